/*
 * desktop.c - a session's own desktop.
 */
#include "core/desktop.h"

#include "base/memory.h"
#include "core/acl.h"
#include "os/random.h"

#include <string.h>

#define NAME_PREFIX       "sbx-"
#define NAME_RANDOM_SIZE  8
#define CAPABILITY_PREFIX "S-1-9-" /* boundary_capability_sid's authority */
#define SYSTEM_SID        "S-1-5-18"

/* Rights, from winuser.h and wdm.h, with READ_CONTROL. */
#define RIGHT_READ_CONTROL 0x20000u
/* Read and write objects, windows, menus, hooks, enumerate: not the journals, and not to show it to the person. */
#define DESKTOP_USE (0x1u | 0x2u | 0x4u | 0x8u | 0x40u | 0x80u | RIGHT_READ_CONTROL)
#define DESKTOP_ALL 0xF01FFu
/* Enumerate desktops, attributes, atoms, enumerate: not the clipboard (4), new desktops (8), exit (0x40), the screen (0x200). */
#define STATION_USE (0x1u | 0x2u | 0x10u | 0x20u | 0x100u | RIGHT_READ_CONTROL)
/* Query, traverse, make objects, make directories. */
#define NAMED_OBJECTS_USE 0xFu

static const uint32_t masks[DESKTOP_OBJECT_COUNT] = {
    [DESKTOP_ITSELF] = DESKTOP_USE,
    [DESKTOP_STATION] = STATION_USE,
    [DESKTOP_NAMED_OBJECTS] = NAMED_OBJECTS_USE,
};

static sbx_status choose_sids(const char *account_sid, const struct sbx_strings *restricting,
                              struct sbx_strings *sids)
{
    sbx_status status = account_sid ? strings_append(sids, account_sid) : SBX_OK;

    for (size_t i = 0; i < restricting->count && !status; i++) {
        if (strncmp(restricting->items[i], CAPABILITY_PREFIX, sizeof CAPABILITY_PREFIX - 1) == 0)
            status = strings_append(sids, restricting->items[i]);
    }
    return status;
}

/* An allow entry for each SID; freed with sbx_free. */
static sbx_status make_entries(const struct sbx_strings *sids, uint32_t mask, struct ace **entries,
                               struct sbx_error *error)
{
    struct ace *made = sbx_alloc_array(sids->count + 1, sizeof *made);
    sbx_status status = SBX_OK;

    if (!made)
        return error_memory(error, "entries of a desktop");
    for (size_t i = 0; i < sids->count && !status; i++) {
        made[i].type = ACE_ALLOW;
        made[i].mask = mask;
        status = sid_parse(sids->items[i], &made[i].sid, error);
    }
    if (status) {
        sbx_free(made);
        return status;
    }
    *entries = made;
    return SBX_OK;
}

static sbx_status read_object(struct desktop *desktop, enum desktop_object object,
                              struct descriptor *descriptor, struct sbx_error *error)
{
    void *bytes;
    size_t size;
    sbx_status status = desktop_read(desktop, object, &bytes, &size, error);

    if (status)
        return status;
    status = descriptor_parse(bytes, size, descriptor, error);
    sbx_free(bytes);
    return status;
}

static sbx_status write_object(struct desktop *desktop, enum desktop_object object,
                               const struct descriptor *descriptor, struct sbx_error *error)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status = descriptor_build(descriptor, &bytes, error);

    if (!status)
        status = desktop_write(desktop, object, bytes.data, error);
    buffer_free(&bytes);
    return status;
}

/* A list that decides, as it is now? The NULL list is none: one entry in it would take everything from everybody else. */
static bool has_list(const struct descriptor *descriptor)
{
    return descriptor->control & SD_DACL_PRESENT && descriptor->dacl.bytes;
}

/* Is every entry there? False also where it cannot be read. */
static bool reads_back(struct desktop *desktop, enum desktop_object object, const struct ace *entries,
                       size_t count)
{
    struct descriptor found = {0};
    bool all = !read_object(desktop, object, &found, NULL) && has_list(&found);

    for (size_t i = 0; i < count && all; i++)
        all = acl_has(found.dacl.bytes, found.dacl.size, &entries[i]);
    descriptor_free(&found);
    return all;
}

static sbx_status add_to(struct desktop *desktop, enum desktop_object object, const struct ace *entries,
                         size_t count, bool *added, struct sbx_error *error)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer acl = SBX_BUFFER_EMPTY;
    sbx_status status = read_object(desktop, object, &descriptor, error);

    if (status)
        return status;
    *added = has_list(&descriptor);
    if (*added) {
        status = acl_add(descriptor.dacl.bytes, descriptor.dacl.size, entries, count, &acl, error);
        if (!status)
            status = descriptor_set_dacl(&descriptor, acl.data, acl.size, error);
        if (!status)
            status = write_object(desktop, object, &descriptor, error);
    }
    buffer_free(&acl);
    descriptor_free(&descriptor);
    return status;
}

static sbx_status remove_from(struct desktop *desktop, enum desktop_object object, const struct ace *entries,
                              size_t count, struct sbx_error *error)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer acl = SBX_BUFFER_EMPTY;
    size_t removed = 0;
    sbx_status status = read_object(desktop, object, &descriptor, error);

    if (status)
        return status;
    /* A list that is not there any more was somebody else's to take away. */
    if (has_list(&descriptor))
        status =
            acl_remove(descriptor.dacl.bytes, descriptor.dacl.size, entries, count, &acl, &removed, error);
    if (!status && removed)
        status = descriptor_set_dacl(&descriptor, acl.data, acl.size, error);
    if (!status && removed)
        status = write_object(desktop, object, &descriptor, error);
    buffer_free(&acl);
    descriptor_free(&descriptor);
    return status;
}

/* The new desktop's whole list: nobody else's rights are to be kept there. */
static sbx_status set_own_list(struct private_desktop *made, const char *user_sid, struct sbx_error *error)
{
    struct descriptor descriptor = {.control = SD_DACL_PRESENT | SD_DACL_PROTECTED};
    struct sbx_strings all = {NULL, 0};
    struct sbx_buffer acl = SBX_BUFFER_EMPTY;
    struct ace *entries = NULL;
    sbx_status status = strings_copy(&made->sids, &all);

    if (!status)
        status = strings_append(&all, user_sid);
    if (!status)
        status = strings_append(&all, SYSTEM_SID);
    if (status) {
        strings_free(&all);
        return error_memory(error, "a desktop");
    }
    status = make_entries(&all, DESKTOP_USE, &entries, error);
    if (!status) {
        entries[all.count - 1].mask = DESKTOP_ALL;
        status = acl_add(NULL, 0, entries, all.count, &acl, error);
    }
    if (!status)
        status = descriptor_set_dacl(&descriptor, acl.data, acl.size, error);
    if (!status)
        status = write_object(made->desktop, DESKTOP_ITSELF, &descriptor, error);
    if (!status)
        made->entries[DESKTOP_ITSELF] = reads_back(made->desktop, DESKTOP_ITSELF, entries, all.count)
                                            ? DESKTOP_ENTRIES_PUT
                                            : DESKTOP_ENTRIES_LOST;
    sbx_free(entries);
    buffer_free(&acl);
    descriptor_free(&descriptor);
    strings_free(&all);
    return status;
}

/* On what is shared. What cannot be changed is a fact; only memory is a failure. */
static sbx_status put_entries(struct private_desktop *made, enum desktop_object object,
                              struct sbx_error *error)
{
    struct sbx_error why = {0};
    struct ace *entries;
    bool added = false;
    sbx_status status;

    if (!made->sids.count)
        return SBX_OK;
    status = make_entries(&made->sids, masks[object], &entries, error);
    if (status)
        return status;
    status = add_to(made->desktop, object, entries, made->sids.count, &added, &why);
    if (status == SBX_E_MEMORY)
        error_memory(error, "entries of a desktop");
    else if (status)
        made->entries[object] = DESKTOP_ENTRIES_REFUSED;
    else
        made->entries[object] = added && reads_back(made->desktop, object, entries, made->sids.count)
                                    ? DESKTOP_ENTRIES_PUT
                                    : DESKTOP_ENTRIES_LOST;
    /* Written and yet not seen: out with it, should it be there all the same. */
    if (!status && added && made->entries[object] == DESKTOP_ENTRIES_LOST)
        remove_from(made->desktop, object, entries, made->sids.count, NULL);
    sbx_free(entries);
    return status == SBX_E_MEMORY ? status : SBX_OK;
}

sbx_status private_desktop_open(const char *user_sid, const char *account_sid,
                                const struct sbx_strings *restricting_sids, struct private_desktop *made,
                                struct sbx_error *error)
{
    char name[sizeof NAME_PREFIX + 2 * NAME_RANDOM_SIZE] = NAME_PREFIX;
    struct private_desktop opened = {0};
    sbx_status status = choose_sids(account_sid, restricting_sids, &opened.sids);

    if (status) {
        strings_free(&opened.sids);
        return error_memory(error, "a desktop");
    }
    status = random_hex(name + sizeof NAME_PREFIX - 1, NAME_RANDOM_SIZE, error);
    if (!status)
        status = desktop_create(name, &opened.desktop, &opened.name, error);
    if (!status)
        status = set_own_list(&opened, user_sid, error);
    if (!status)
        status = put_entries(&opened, DESKTOP_STATION, error);
    if (!status)
        status = put_entries(&opened, DESKTOP_NAMED_OBJECTS, error);
    if (status) {
        private_desktop_close(&opened, NULL);
        return status;
    }
    *made = opened;
    return SBX_OK;
}

sbx_status private_desktop_close(struct private_desktop *desktop, struct sbx_error *error)
{
    sbx_status first = SBX_OK;

    for (int object = DESKTOP_STATION; object < DESKTOP_OBJECT_COUNT && desktop->desktop; object++) {
        struct ace *entries;
        sbx_status status;

        if (desktop->entries[object] != DESKTOP_ENTRIES_PUT)
            continue;
        status = make_entries(&desktop->sids, masks[object], &entries, error);
        if (!status) {
            status = remove_from(desktop->desktop, (enum desktop_object)object, entries, desktop->sids.count,
                                 error);
            sbx_free(entries);
        }
        if (!first)
            first = status;
    }
    desktop_close(desktop->desktop);
    sbx_free(desktop->name);
    strings_free(&desktop->sids);
    memset(desktop, 0, sizeof *desktop);
    return first;
}

void private_desktop_describe(const struct private_desktop *desktop, struct sbx_buffer *out)
{
    static const char *const objects[] = {
        [DESKTOP_ITSELF] = "the desktop",
        [DESKTOP_STATION] = "the window station",
        [DESKTOP_NAMED_OBJECTS] = "the session's BaseNamedObjects",
    };
    static const char *const states[] = {
        [DESKTOP_ENTRIES_PUT] = "has the entries that were set",
        [DESKTOP_ENTRIES_LOST] = "took entries and keeps none on this host",
        [DESKTOP_ENTRIES_REFUSED] = "could not be given entries",
    };
    const char *between = " Read back: ";

    buffer_append_format(out, "Commands start on %s.", desktop->name);
    for (int object = 0; object < DESKTOP_OBJECT_COUNT; object++) {
        if (desktop->entries[object] == DESKTOP_ENTRIES_NONE)
            continue;
        buffer_append_format(out, "%s%s %s", between, objects[object], states[desktop->entries[object]]);
        between = ", ";
    }
    if (*between == ',')
        buffer_append_text(out, ".");
}
