/*
 * grants_world.h - a workspace with a .git folder on lists that are kept in memory (acl_world.h), and engines opened in it with the
 * real runner.
 */
#ifndef TESTS_COM_GRANTS_WORLD_H
#define TESTS_COM_GRANTS_WORLD_H

#include "sbxcom/engine.h"

#include <windows.h>

#define LOWERED                                                                                              \
    "\"require\": {\"fileWrite\": \"absent\", \"fileDelete\": \"absent\", \"fileRead\": \"absent\", "        \
    "\"network\": \"absent\", \"process\": \"absent\", \"desktop\": \"absent\", \"resources\": \"absent\", " \
    "\"lifetime\": \"absent\", \"handles\": \"absent\"}"
#define USUAL "{" LOWERED "}"

extern char *work_folder; /* the workspace: final; between work_begin and work_end */

void work_begin(void);
void work_end(void);
char *work_below(const char *folder, const char *name); /* freed with sbx_free */
void work_make_file(const char *name);                  /* below the workspace */
const char *work_list(const char *name);                /* acl_world_list of one there */

/* As Host.Workspaces has it. -1: unfinished; 0: not listed; 1: complete; 2: and a session lives in it. */
int work_listed(void);
sbx_status work_deprovision(struct sbx_error *error);
bool work_has_private_folder(const char *id); /* of that session */

struct opening {
    const char *policy, *id, *runner;
    struct engine *former;
    struct feed *feed;
    HANDLE stop;
    const char *stop_in; /* a part of the phase in which `stop` is set; NULL: none */
    struct findings findings;
    struct sbx_error error;
};
sbx_status work_open(struct opening *opening, struct engine **engine);
struct engine *work_open_well(const char *policy, const char *id, struct engine *former);
sbx_status work_fails(struct opening *opening); /* asserts that it does */
void work_close(struct engine *engine);

/* Of the last opening: what it told. */
extern bool work_runner_was_started;
extern char work_phases[4096];

/* sbxrun.exe as it was built, freed with sbx_free. */
char *work_find_runner(void);

#endif
