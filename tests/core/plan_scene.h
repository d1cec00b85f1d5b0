/*
 * plan_scene.h - boundaries and facts for plans, from a line of text.
 */
#ifndef TESTS_CORE_PLAN_SCENE_H
#define TESTS_CORE_PLAN_SCENE_H

#include "core/plan.h"

#define SCENE_PRINCIPAL "S-1-9-1397967427-1-1-1-1"
#define SCENE_ACCOUNT   "S-1-5-21-1000-2000-3000-1777"

/* 'w': restricted, write-restricted. 'f': restricted, fully-restricted. 'e': elevated, filtered; 'v', 'g': elevated, 'w' and 'f'. */
struct scene {
    struct boundary boundary;
    struct plan_facts facts;
    const char *place_sid; /* whom places name */
};

/*
 * `places`: "w C:\\w;p C:\\w\\.git;-d C:\\w\\later": right (write, read, protect, deny), a minus where it is not there, the
 * path; by path. Its JSON pointer is "/0" and so on. What ends with .txt is a file. The host: C:\\, C:\\Users and what has
 * "fixed" in its name is not ours to change; those two and "Program Files" are readable by everybody, all else by
 * the user alone; "null": no list; "fat": a volume without lists; "link": a reparse point; "blind": a list that we may not read.
 */
void scene_make(char recipe, const char *places, struct scene *scene);
void scene_free(struct scene *scene);

/* Another descriptor for an object; "" takes its DACL away. */
void scene_set(struct scene *scene, const char *path, const char *sddl);

#endif
