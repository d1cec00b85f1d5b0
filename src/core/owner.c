/*
 * owner.c - what an account made, given to the user.
 */
#include "core/owner.h"
#include "base/memory.h"
#include "core/below.h"
#include "core/descriptor.h"
#include "core/path.h"
#include "os/acl.h"

#include <string.h>

void owner_outcome_free(struct owner_outcome *outcome)
{
    sbx_free(outcome->first_refused);
    memset(outcome, 0, sizeof *outcome);
}

static sbx_status belongs(const struct acl_object *object, const struct sid *account, bool *does)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};
    sbx_status status = acl_read(object, &bytes, NULL);

    if (!status)
        status = descriptor_parse(bytes.data, bytes.size, &descriptor, NULL);
    if (!status)
        *does = sid_equal(&descriptor.owner, account);
    descriptor_free(&descriptor);
    buffer_free(&bytes);
    return status;
}

/* Of the path below `folder`: looked at first, with less. */
static sbx_status look(const struct acl_object *folder, const char *path, const struct sid *account,
                       struct acl_facts *facts, bool *is_account_s)
{
    struct acl_object *object = NULL;
    sbx_status status = below_open(folder, path, ACL_LOOK, &object, NULL);

    if (status)
        return status;
    status = acl_examine(object, facts, NULL);
    if (!status && !facts->reparse)
        status = belongs(object, account, is_account_s);
    acl_close(object);
    return status;
}

/* The right to take it is asked for where it is to be taken, of the same object. */
static sbx_status take(const struct acl_object *folder, const char *path, const struct sid *account,
                       bool *taken, bool *is_account_s)
{
    struct acl_object *object = NULL;
    struct acl_facts seen = {0}, facts = {0};
    sbx_status status;

    *taken = *is_account_s = false;
    status = look(folder, path, account, &seen, is_account_s);
    if (status || !*is_account_s)
        return status;
    if (seen.link_count > 1) /* one of its names may lie elsewhere */
        return SBX_E_WORKSPACE_REFUSED;

    status = below_open(folder, path, ACL_OWN, &object, NULL);
    if (status)
        return status;
    status = acl_examine(object, &facts, NULL);
    if (!status &&
        (facts.reparse || strcmp(facts.file_id, seen.file_id) || strcmp(facts.volume_id, seen.volume_id)))
        *is_account_s = false; /* somebody else's of that name by now */
    else if (!status)
        status = acl_own(object, NULL);
    *taken = !status && *is_account_s;
    acl_close(object);
    return status;
}

static sbx_status tell(const char *path, struct owner_outcome *outcome, struct sbx_error *error)
{
    outcome->refused++;
    if (outcome->first_refused)
        return SBX_OK;
    outcome->first_refused = sbx_strdup(path);
    return outcome->first_refused ? SBX_OK : error_memory(error, "a path");
}

sbx_status owner_take(const char *folder, const struct change_list *changes, const char *account_sid,
                      struct owner_outcome *outcome, struct sbx_error *error)
{
    struct acl_object *opened = NULL;
    struct sid account;
    sbx_status status = sid_parse(account_sid, &account, error);

    for (size_t i = 0; i < changes->count && !status; i++) {
        const struct change *change = &changes->items[i];
        const char *path = path_below(folder, change->path);
        bool taken = false, is_account_s = false;

        if (change->kind == CHANGE_DELETED || !path)
            continue;
        if (!opened)
            status = acl_open(folder, ACL_LOOK, &opened, NULL);
        if (!status)
            status = take(opened, path, &account, &taken, &is_account_s);
        outcome->taken += taken;
        if (status == SBX_E_MEMORY)
            error_memory(error, "a list of files");
        else
            status = status && is_account_s ? tell(change->path, outcome, error) : SBX_OK;
    }
    acl_close(opened);
    return status;
}
