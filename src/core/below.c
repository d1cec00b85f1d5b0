/*
 * below.c - from an open folder on, by names.
 */
#include "core/below.h"

#include "base/memory.h"

#include <string.h>

/* NULL unless it is a folder. The caller closes it. */
static struct acl_object *open_folder(const struct acl_object *above, const char *name)
{
    struct acl_object *opened;
    struct acl_facts facts;

    if (acl_open_child(above, name, ACL_LOOK, &opened, NULL))
        return NULL;
    if (!acl_examine(opened, &facts, NULL) && facts.kind == FILE_KIND_DIRECTORY && !facts.reparse)
        return opened;
    acl_close(opened);
    return NULL;
}

bool below_is_folder(const struct acl_object *folder, const char *path)
{
    char *names = sbx_strdup(path);
    struct acl_object *reached = NULL;
    bool found = names && *names;

    for (char *name = names, *next; found && name; name = next) {
        struct acl_object *above = reached;

        next = strchr(name, '\\');
        if (next)
            *next++ = '\0';
        reached = open_folder(above ? above : folder, name);
        acl_close(above);
        found = reached != NULL;
    }
    acl_close(reached);
    sbx_free(names);
    return found;
}
