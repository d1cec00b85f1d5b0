/*
 * private_folder.c - one list, made from nothing.
 */
#include "core/private_folder.h"
#include "core/descriptor.h"
#include "core/plan.h"
#include "os/acl.h"

#include <stdbool.h>
#include <string.h>

#define EVERYTHING 0x001F01FFu /* FILE_ALL_ACCESS */
#define ON_ALL     (ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT)

static sbx_status make_list(const char *user_sid, const char *sandbox_sid, const char *account_sid,
                            struct sbx_buffer *list, struct sbx_error *error)
{
    struct ace entries[] = {{ACE_ALLOW, ON_ALL, EVERYTHING, {{0}, 0}},
                            {ACE_ALLOW, ON_ALL, EVERYTHING, {{0}, 0}},
                            {ACE_ALLOW, 0, PLAN_MASK_WRITE_ROOT, {{0}, 0}},
                            {ACE_ALLOW, ON_ALL | ACE_INHERIT_ONLY, PLAN_MASK_WRITE_BELOW, {{0}, 0}},
                            {ACE_ALLOW, 0, PLAN_MASK_WRITE_ROOT, {{0}, 0}},
                            {ACE_ALLOW, ON_ALL | ACE_INHERIT_ONLY, PLAN_MASK_WRITE_BELOW, {{0}, 0}}};
    bool two = sandbox_sid && account_sid && strcmp(sandbox_sid, account_sid) != 0;
    size_t count = two ? 6 : sandbox_sid ? 4 : 2;
    sbx_status status = sid_parse("S-1-5-18", &entries[0].sid, error);

    if (!status)
        status = sid_parse(user_sid, &entries[1].sid, error);
    if (!status && sandbox_sid)
        status = sid_parse(sandbox_sid, &entries[2].sid, error);
    if (!status && two)
        status = sid_parse(account_sid, &entries[4].sid, error);
    entries[3].sid = entries[2].sid;
    entries[5].sid = entries[4].sid;
    return status ? status : acl_add(NULL, 0, entries, count, list, error);
}

static sbx_status set_list(struct acl_object *folder, const struct sbx_buffer *list, struct sbx_error *error)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};
    sbx_status status = acl_read(folder, &bytes, error);

    if (!status)
        status = descriptor_parse(bytes.data, bytes.size, &descriptor, error);
    if (status)
        goto free_bytes;
    status = descriptor_set_dacl(&descriptor, list->data, list->size, error);
    descriptor.control |= SD_DACL_PROTECTED;
    buffer_free(&bytes);
    if (!status)
        status = descriptor_build(&descriptor, &bytes, error);
    if (!status)
        status = acl_write(folder, bytes.data, bytes.size, error);
    descriptor_free(&descriptor);

free_bytes:
    buffer_free(&bytes);
    return status;
}

sbx_status private_folder_close(const char *path, const char *user_sid, const char *sandbox_sid,
                                const char *account_sid, struct sbx_error *error)
{
    struct sbx_buffer list = SBX_BUFFER_EMPTY;
    struct acl_object *folder = NULL;
    struct acl_facts facts;
    sbx_status status = make_list(user_sid, sandbox_sid, account_sid, &list, error);

    if (status)
        return status;
    status = acl_open(path, ACL_CHANGE, &folder, error);
    if (!status)
        status = acl_examine(folder, &facts, error);
    if (!status && (facts.reparse || facts.kind != FILE_KIND_DIRECTORY))
        status = error_set(error, SBX_E_WORKSPACE_REFUSED,
                           "%s is not the folder that was made for the session. Look who put it there, then "
                           "provision again.",
                           path);
    if (!status)
        status = set_list(folder, &list, error);
    acl_close(folder);
    buffer_free(&list);
    return status;
}
