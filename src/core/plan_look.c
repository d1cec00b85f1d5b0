/*
 * plan_look.c - the facts that a plan is made of, asked of the host. Nothing is changed.
 */
#include "base/memory.h"
#include "core/plan.h"
#include "core/plan_index.h"
#include "os/acl.h"

#include <stdlib.h>
#include <string.h>

#define ERROR_NO_ACCESS 5 /* ERROR_ACCESS_DENIED */

struct looking {
    struct plan_facts facts;
    size_t capacity;
    struct plan_index known;
    struct sbx_error *error;
};

static bool is_no_access(sbx_status status, const struct sbx_error *why)
{
    return status == SBX_E_SYSTEM && why->system == ERROR_NO_ACCESS;
}

/* Opened for as much as we may: what we may change, what we may only read, neither (*object stays NULL). */
static sbx_status open_object(const char *path, struct plan_object *found, struct acl_object **object,
                              struct sbx_error *error)
{
    struct sbx_error why = {0};
    sbx_status status = acl_open(path, ACL_CHANGE, object, &why);

    found->changeable = !status;
    if (is_no_access(status, &why)) {
        memset(&why, 0, sizeof why);
        status = acl_open(path, ACL_LOOK, object, &why);
        if (is_no_access(status, &why))
            return SBX_OK;
    }
    if (status && error && !error->code)
        *error = why;
    return status;
}

static sbx_status examine_object(const struct acl_object *object, struct plan_object *found,
                                 struct sbx_error *error)
{
    struct acl_facts facts;
    struct sbx_buffer descriptor = SBX_BUFFER_EMPTY;
    sbx_status status = acl_examine(object, &facts, error);

    if (!status)
        status = acl_read(object, &descriptor, error);
    if (status) {
        buffer_free(&descriptor);
        return status;
    }
    found->folder = facts.kind == FILE_KIND_DIRECTORY;
    found->reparse = facts.reparse;
    memcpy(found->volume_id, facts.volume_id, sizeof found->volume_id);
    memcpy(found->file_id, facts.file_id, sizeof found->file_id);
    found->descriptor = (uint8_t *)buffer_take(&descriptor, &found->descriptor_size);
    return found->descriptor ? SBX_OK : error_memory(error, "a plan");
}

/* *found is the caller's, also on a failure. */
static sbx_status look_at(const char *path, struct plan_object *found, struct sbx_error *error)
{
    struct acl_object *object = NULL;
    sbx_status status = open_object(path, found, &object, error);

    if (status || !object)
        return status;
    status = examine_object(object, found, error);
    acl_close(object);
    return status;
}

static sbx_status make_room(struct looking *looking)
{
    size_t capacity = looking->capacity ? looking->capacity * 2 : 16;
    struct plan_object *grown;

    if (looking->facts.count < looking->capacity)
        return SBX_OK;
    grown = sbx_realloc(looking->facts.objects, capacity * sizeof *grown);
    if (!grown)
        return error_memory(looking->error, "a plan");
    looking->facts.objects = grown;
    looking->capacity = capacity;
    return SBX_OK;
}

/* A link's own ids are told here first, so of a link only another kind of thing is another. */
static bool is_another(const struct boundary_place *place, const struct plan_object *found)
{
    if (place->link)
        return !found->reparse;
    return strcmp(found->volume_id, place->volume_id) != 0 || strcmp(found->file_id, place->file_id) != 0;
}

/* Adds the object of that path; `place` is NULL for a folder above one. What is gone is left out. */
static sbx_status add_object(struct looking *looking, const char *path, size_t size, bool keeps_acls,
                             const struct boundary_place *place)
{
    struct plan_object found = {.path = sbx_strndup(path, size), .keeps_acls = keeps_acls, .folder = true};
    sbx_status status = found.path ? make_room(looking) : error_memory(looking->error, "a plan");
    struct sbx_error why = {0};

    if (!status) {
        status = look_at(found.path, &found, &why);
        if (status == SBX_E_PATH_NOT_FOUND) {
            sbx_free(found.path);
            sbx_free(found.descriptor);
            return SBX_OK;
        }
        if (status && looking->error && !looking->error->code)
            *looking->error = why;
    }
    if (!status && place && found.descriptor && is_another(place, &found))
        status = error_set(looking->error, SBX_E_WORKSPACE_REFUSED,
                           "%s (%s in the policy) was replaced by something else while it was looked at. "
                           "Provision again.",
                           place->path, place->pointer);
    if (status) {
        sbx_free(found.path);
        sbx_free(found.descriptor);
        return status;
    }
    /* A place that we may not even open is still known by its boundary's ids. */
    if (place && !found.descriptor) {
        found.folder = place->kind == FILE_KIND_DIRECTORY;
        memcpy(found.volume_id, place->volume_id, sizeof found.volume_id);
        memcpy(found.file_id, place->file_id, sizeof found.file_id);
    }
    looking->facts.objects[looking->facts.count++] = found;
    return SBX_OK;
}

/* The folders above a place. One that is known may be a place itself, so it goes on to the top. */
static sbx_status look_above(struct looking *looking, const struct boundary_place *place)
{
    size_t size = plan_parent_size(place->path, strlen(place->path));
    sbx_status status = SBX_OK;

    for (; size && !status; size = plan_parent_size(place->path, size))
        if (plan_index_add(&looking->known, place->path, size, 0))
            status = add_object(looking, place->path, size, place->keeps_acls, NULL);
    return status;
}

/* Places themselves first, because a folder above one may be one: then it is known by its ids. */
static sbx_status look_at_places(struct looking *looking, const struct boundary *boundary)
{
    size_t most = 0;
    sbx_status status;

    for (size_t i = 0; i < boundary->place_count; i++)
        for (const char *at = boundary->places[i].path; *at; at++)
            most += *at == '\\';
    if (plan_index_make(most + 2 * boundary->place_count, &looking->known))
        return error_memory(looking->error, "a plan");
    status = SBX_OK;
    for (size_t i = 0; i < boundary->place_count && !status; i++) {
        const struct boundary_place *place = &boundary->places[i];
        size_t size = strlen(place->path);

        if (place->present && plan_index_add(&looking->known, place->path, size, 0))
            status = add_object(looking, place->path, size, place->keeps_acls, place);
    }
    for (size_t i = 0; i < boundary->place_count && !status; i++)
        if (boundary->places[i].present)
            status = look_above(looking, &boundary->places[i]);
    return status;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct plan_object *)a)->path, ((const struct plan_object *)b)->path);
}

sbx_status plan_look(const struct boundary *boundary, const char *scratch_folder, struct plan_facts *facts,
                     struct sbx_error *error)
{
    struct looking looking = {.error = error};
    sbx_status status = acl_host_keeps_entries(scratch_folder, &looking.facts.host_keeps_acls, error);

    if (!status && looking.facts.host_keeps_acls)
        status = look_at_places(&looking, boundary);
    plan_index_free(&looking.known);
    if (status) {
        plan_facts_free(&looking.facts);
        return status;
    }
    if (looking.facts.count)
        qsort(looking.facts.objects, looking.facts.count, sizeof *looking.facts.objects, by_path);
    *facts = looking.facts;
    return SBX_OK;
}

void plan_facts_free(struct plan_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        sbx_free(facts->objects[i].path);
        sbx_free(facts->objects[i].descriptor);
    }
    sbx_free(facts->objects);
    memset(facts, 0, sizeof *facts);
}
