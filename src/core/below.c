/*
 * below.c - from an open folder on, by names.
 */
#include "core/below.h"

#include "base/memory.h"

#include <string.h>

/* And no link. */
static bool is_folder(const struct acl_facts *facts)
{
    return facts->kind == FILE_KIND_DIRECTORY && !facts->reparse;
}

static sbx_status no_folder(const char *name, struct sbx_error *error)
{
    return error_set(error, SBX_E_PATH_NOT_FOUND, "\"%s\" is no folder.", name);
}

/* SBX_E_PATH_NOT_FOUND unless it is a real folder. The caller closes it. */
static sbx_status open_folder(const struct acl_object *above, const char *name, struct acl_object **folder,
                              struct sbx_error *error)
{
    struct acl_object *opened;
    struct acl_facts facts;
    sbx_status status = acl_open_child(above, name, ACL_LOOK, &opened, error);

    if (status)
        return status;
    status = acl_examine(opened, &facts, error);
    if (!status && !is_folder(&facts))
        status = no_folder(name, error);
    if (status)
        acl_close(opened);
    else
        *folder = opened;
    return status;
}

sbx_status below_open(const struct acl_object *folder, const char *path, enum acl_use use,
                      struct acl_object **object, struct sbx_error *error)
{
    char *names = sbx_strdup(path);
    char *name = names, *next;
    struct acl_object *above = NULL;
    sbx_status status = names ? SBX_OK : error_memory(error, "a path");

    while (!status && (next = strchr(name, '\\')) != NULL) {
        struct acl_object *reached = NULL;

        *next++ = '\0';
        status = open_folder(above ? above : folder, name, &reached, error);
        acl_close(above);
        above = reached;
        name = next;
    }
    if (!status)
        status = acl_open_child(above ? above : folder, name, use, object, error);
    acl_close(above);
    sbx_free(names);
    return status;
}

bool below_is_folder(const struct acl_object *folder, const char *path)
{
    struct acl_object *reached;
    struct acl_facts facts;
    bool found;

    if (below_open(folder, path, ACL_LOOK, &reached, NULL))
        return false;
    found = !acl_examine(reached, &facts, NULL) && is_folder(&facts);
    acl_close(reached);
    return found;
}
