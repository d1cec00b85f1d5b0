/*
 * guarded.c - may anybody but an administrator change what lies here?
 */
#include "core/guarded.h"
#include "base/memory.h"
#include "core/access_check.h"
#include "core/sddl.h"
#include "os/acl.h"

#include <string.h>

/* What changes the object itself or what is in it: add, append, extended attributes, attributes, delete child. */
#define CHANGES                                                                                   \
    (0x00000156u | ACCESS_DELETE | ACCESS_WRITE_DAC | ACCESS_WRITE_OWNER | ACCESS_GENERIC_WRITE | \
     ACCESS_GENERIC_ALL)

/* What lets a folder above be swapped. That others make things beside ours in it is no harm: C:\ admits everybody for that. */
#define SWAPS (0x00000040u | ACCESS_DELETE | ACCESS_WRITE_DAC | ACCESS_WRITE_OWNER | ACCESS_GENERIC_ALL)

#define LIST "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;RC;;;OW)"

static bool is_trusted(const struct sid *sid)
{
    static const char *const trusted[] = {
        "S-1-5-18", "S-1-5-32-544",
        "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464" /* TrustedInstaller */};
    struct sid other;

    for (size_t i = 0; i < sizeof trusted / sizeof trusted[0]; i++)
        if (!sid_parse(trusted[i], &other, NULL) && sid_equal(sid, &other))
            return true;
    return false;
}

static sbx_status not_guarded(const char *path, const struct sid *sid, const char *what,
                              struct sbx_error *error)
{
    struct sbx_buffer who = SBX_BUFFER_EMPTY;

    if (sid)
        sid_write_text(sid, &who);
    (void)error_set(error, SBX_E_SETUP_FAILED,
                    "%s is not safe from those who are no administrators: %s%s. Install below Program Files, "
                    "or take that right away.",
                    path, sid ? buffer_text(&who) : "", what);
    buffer_free(&who);
    return SBX_E_SETUP_FAILED;
}

/* Somebody's right that an allow entry gives; entries that only deny, audit or label give none. */
static sbx_status check_entry(const char *path, const struct acl_entry *entry, uint32_t unwanted,
                              bool *names_owner_rights, struct sbx_error *error)
{
    struct sid sid;

    if (entry->effect != ACL_ALLOWS || entry->flags & ACE_INHERIT_ONLY)
        return SBX_OK;
    if (!entry->named || !sid_read(entry->sid, entry->sid_size, &sid))
        return not_guarded(path, NULL, "its access control list has an entry of an unknown kind", error);
    if (sid_equal(&sid, &sid_owner_rights))
        *names_owner_rights = true;
    if (!(entry->mask & unwanted) || is_trusted(&sid))
        return SBX_OK;
    return not_guarded(path, &sid, " may change it", error);
}

static sbx_status check_descriptor(const char *path, const struct descriptor *descriptor, uint32_t unwanted,
                                   struct sbx_error *error)
{
    struct acl_cursor cursor;
    struct acl_entry entry;
    bool names_owner_rights = false;
    sbx_status status = SBX_OK;

    if (!(descriptor->control & SD_DACL_PRESENT) || !descriptor->dacl.bytes)
        return not_guarded(path, NULL, "it has no access control list", error);
    if (!acl_begin(descriptor->dacl.bytes, descriptor->dacl.size, &cursor))
        return not_guarded(path, NULL, "its access control list is malformed", error);
    while (!status && acl_next(&cursor, &entry))
        status = check_entry(path, &entry, unwanted, &names_owner_rights, error);
    if (!status && cursor.left)
        status = not_guarded(path, NULL, "its access control list is malformed", error);

    /* An owner may always write the list, unless an entry for OWNER RIGHTS says what he may. */
    if (!status && !names_owner_rights && !is_trusted(&descriptor->owner))
        status = not_guarded(path, &descriptor->owner, " owns it", error);
    return status;
}

static sbx_status read_descriptor(const struct acl_object *object, struct descriptor *descriptor,
                                  struct sbx_error *error)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status = acl_read(object, &bytes, error);

    if (!status)
        status = descriptor_parse(bytes.data, bytes.size, descriptor, error);
    buffer_free(&bytes);
    return status;
}

static sbx_status check_one(const char *path, uint32_t unwanted, struct sbx_error *error)
{
    struct acl_object *object;
    struct acl_facts facts;
    struct descriptor descriptor = {0};
    sbx_status status = acl_open(path, ACL_LOOK, &object, error);

    if (status)
        return status;
    status = acl_examine(object, &facts, error);
    if (!status && facts.reparse)
        status = not_guarded(path, NULL, "it is a link to another place", error);
    if (!status)
        status = read_descriptor(object, &descriptor, error);
    if (!status)
        status = check_descriptor(path, &descriptor, unwanted, error);
    descriptor_free(&descriptor);
    acl_close(object);
    return status;
}

/* "C:\a\b" to "C:\a", "C:\a" to "C:\"; false at the end. */
static bool cut_to_parent(char *path)
{
    char *last = strrchr(path, '\\');

    if (!last || !last[1])
        return false;
    last[last == path + 2 ? 1 : 0] = '\0';
    return true;
}

sbx_status guarded_check(const char *path, struct sbx_error *error)
{
    struct file_facts facts;
    uint32_t unwanted = CHANGES;
    char *at;
    sbx_status status = file_examine(path, &facts, error);

    if (status)
        return status;
    at = sbx_strdup(facts.path);
    if (!at)
        status = error_memory(error, "a path");
    else if (facts.remote || !facts.keeps_acls)
        status = not_guarded(path, NULL, "its volume keeps no access control lists, or is another machine's",
                             error);
    file_facts_free(&facts);
    if (!status) {
        do {
            status = check_one(at, unwanted, error);
            unwanted = SWAPS;
        } while (!status && cut_to_parent(at));
    }
    sbx_free(at);
    return status;
}

/* Making. */

static sbx_status set_list(struct acl_object *object, struct sbx_error *error)
{
    struct descriptor wanted = {0};
    struct descriptor found = {0};
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status = sddl_parse(LIST, &wanted, error);

    if (!status)
        status = read_descriptor(object, &found, error);
    if (!status && (found.dacl.size != wanted.dacl.size || !(found.control & SD_DACL_PROTECTED) ||
                    memcmp(found.dacl.bytes, wanted.dacl.bytes, wanted.dacl.size) != 0)) {
        status = descriptor_build(&wanted, &bytes, error);
        if (!status)
            status = acl_write(object, bytes.data, bytes.size, error);
    }
    buffer_free(&bytes);
    descriptor_free(&found);
    descriptor_free(&wanted);
    return status;
}

sbx_status guarded_make(const char *path, struct sbx_error *error)
{
    struct acl_object *object;
    sbx_status status = folder_create(path, error);

    if (!status)
        status = acl_open(path, ACL_CHANGE, &object, error);
    if (status)
        return status;
    status = set_list(object, error);
    acl_close(object);
    return status ? status : guarded_check(path, error);
}
