/*
 * plan_scene.c - boundaries and facts for plans, from a line of text.
 */
#include "core/plan_scene.h"

#include "base/memory.h"
#include "core/sddl.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRIVATE_LIST \
    "O:S-1-5-21-1000-2000-3000-1001G:BUD:(A;OICI;FA;;;SY)(A;OICI;FA;;;S-1-5-21-1000-2000-3000-1001)"
#define PUBLIC_LIST "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)"
#define NULL_LIST   "O:SYG:SYD:NO_ACCESS_CONTROL"

static char *copy(const char *text, size_t size)
{
    char *made = sbx_strndup(text, size);

    CU_ASSERT_FATAL(made != NULL);
    return made;
}

static void set_descriptor(struct plan_object *object, const char *sddl)
{
    struct descriptor descriptor;
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL_FATAL(sddl_parse(sddl, &descriptor, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &bytes, NULL), SBX_OK);
    descriptor_free(&descriptor);
    sbx_free(object->descriptor);
    object->descriptor = (uint8_t *)buffer_take(&bytes, &object->descriptor_size);
}

static bool is_public(const char *path)
{
    return strcmp(path, "C:\\") == 0 || strcmp(path, "C:\\Users") == 0 || strstr(path, "Program Files");
}

static void fill_object(struct plan_object *object, size_t number)
{
    const char *path = object->path;
    const char *name = strrchr(path, '\\');
    size_t size = strlen(path);

    snprintf(object->volume_id, sizeof object->volume_id, "%016x", 7);
    snprintf(object->file_id, sizeof object->file_id, "%032x", (unsigned)(0x100 + number));
    object->folder = size < 4 || strcmp(path + size - 4, ".txt") != 0;
    object->keeps_acls = !strstr(name, "fat");
    object->reparse = strstr(name, "link") != NULL;
    object->changeable = !is_public(path) && !strstr(name, "fixed");
    if (!strstr(name, "blind"))
        set_descriptor(object, strstr(name, "null") ? NULL_LIST
                               : is_public(path)    ? PUBLIC_LIST
                                                    : PRIVATE_LIST);
}

static void add_object(struct plan_facts *facts, const char *path, size_t size)
{
    struct plan_object *object;

    for (size_t i = 0; i < facts->count; i++)
        if (strlen(facts->objects[i].path) == size && memcmp(facts->objects[i].path, path, size) == 0)
            return;
    facts->objects = sbx_realloc(facts->objects, (facts->count + 1) * sizeof *facts->objects);
    CU_ASSERT_FATAL(facts->objects != NULL);
    object = &facts->objects[facts->count];
    memset(object, 0, sizeof *object);
    object->path = copy(path, size);
    fill_object(object, facts->count++);
}

static void add_with_folders(struct plan_facts *facts, const char *path)
{
    add_object(facts, path, 3);
    for (size_t size = 4; path[3] && size <= strlen(path); size++)
        if (!path[size] || path[size] == '\\')
            add_object(facts, path, size);
}

static void add_place(struct scene *scene, const char *text, size_t size, size_t number)
{
    struct boundary_place *place = &scene->boundary.places[number];
    char pointer[16];

    place->present = *text != '-';
    text += !place->present;
    size -= !place->present;
    place->right = *text == 'w'   ? BOUNDARY_WRITE
                   : *text == 'r' ? BOUNDARY_READ
                   : *text == 'p' ? BOUNDARY_PROTECT
                                  : BOUNDARY_DENY;
    place->path = copy(text + 2, size - 2);
    snprintf(pointer, sizeof pointer, "/%zu", number);
    place->pointer = copy(pointer, strlen(pointer));
    place->sid = copy(scene->place_sid, strlen(scene->place_sid));
    if (place->present)
        add_with_folders(&scene->facts, place->path);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct plan_object *)a)->path, ((const struct plan_object *)b)->path);
}

void scene_make(char recipe, const char *places, struct scene *scene)
{
    static const char *const restricting[] = {SCENE_PRINCIPAL, "S-1-1-0", "S-1-5-12", "S-1-5-32-545"};
    struct boundary *boundary = &scene->boundary;
    size_t most = 1;

    memset(scene, 0, sizeof *scene);
    boundary->level = strchr("evg", recipe) ? SBX_LEVEL_ELEVATED : SBX_LEVEL_RESTRICTED;
    boundary->recipe.write_restricted = recipe == 'w' || recipe == 'v';
    for (size_t i = 0; recipe != 'e' && i < 4; i++)
        CU_ASSERT_EQUAL_FATAL(strings_append(&boundary->recipe.restricting_sids, restricting[i]), SBX_OK);
    boundary->principal_sid = sbx_strdup(strchr("evg", recipe) ? SCENE_ACCOUNT : SCENE_PRINCIPAL);
    boundary->capability_sid = sbx_strdup(SCENE_PRINCIPAL);
    scene->place_sid = recipe == 'e' ? SCENE_ACCOUNT : SCENE_PRINCIPAL;
    scene->facts.host_keeps_acls = true;

    for (const char *at = places; *at; at++)
        most += *at == ';';
    boundary->places = sbx_alloc_array(most, sizeof *boundary->places);
    CU_ASSERT_FATAL(boundary->principal_sid && boundary->capability_sid && boundary->places);
    while (*places) {
        size_t size = strcspn(places, ";");

        add_place(scene, places, size, boundary->place_count++);
        places += size + (places[size] == ';');
    }
    if (scene->facts.count)
        qsort(scene->facts.objects, scene->facts.count, sizeof *scene->facts.objects, by_path);
}

void scene_set(struct scene *scene, const char *path, const char *sddl)
{
    for (size_t i = 0; i < scene->facts.count; i++) {
        if (strcmp(scene->facts.objects[i].path, path) == 0) {
            set_descriptor(&scene->facts.objects[i], sddl);
            return;
        }
    }
    CU_FAIL_FATAL("no such object in the scene");
}

void scene_free(struct scene *scene)
{
    struct boundary *boundary = &scene->boundary;

    for (size_t i = 0; i < boundary->place_count; i++) {
        sbx_free(boundary->places[i].path);
        sbx_free(boundary->places[i].pointer);
        sbx_free(boundary->places[i].sid);
    }
    sbx_free(boundary->places);
    sbx_free(boundary->principal_sid);
    sbx_free(boundary->capability_sid);
    strings_free(&boundary->recipe.restricting_sids);
    plan_facts_free(&scene->facts);
}
