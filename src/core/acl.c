/*
 * acl.c - editing access control lists.
 */
#include "core/acl.h"
#include "base/memory.h"
#include "core/access_check.h"

#include <string.h>

#define ACL_HEADER_SIZE 8
#define ACE_HEADER_SIZE 4
#define ACE_SID_OFFSET  8 /* header and mask */

enum { OBJECT_TYPE_PRESENT = 1, INHERITED_OBJECT_TYPE_PRESENT = 2, GUID_SIZE = 16 };

static uint16_t read_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t read_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* What the types of [MS-DTYP] 2.4.4.1 say of themselves. Every other is unknown: no effect, no name. */
static const struct kind {
    uint8_t effect; /* enum acl_effect */
    bool plain;
    bool named;
    bool object;
    bool callback;
} kinds[] = {
    [0x00] = {ACL_ALLOWS, .plain = true, .named = true},
    [0x01] = {ACL_DENIES, .plain = true, .named = true},
    [0x02] = {ACL_NEITHER, .plain = true, .named = true}, /* audit */
    [0x03] = {ACL_NEITHER, .named = true},                /* alarm */
    [0x04] = {.effect = ACL_ALLOWS},                      /* compound: two SIDs, reserved */
    [0x05] = {ACL_ALLOWS, .named = true, .object = true},
    [0x06] = {ACL_DENIES, .named = true, .object = true},
    [0x07] = {ACL_NEITHER, .named = true, .object = true},
    [0x08] = {ACL_NEITHER, .named = true, .object = true},
    [0x09] = {ACL_ALLOWS, .named = true, .callback = true},
    [0x0A] = {ACL_DENIES, .named = true, .callback = true},
    [0x0B] = {ACL_ALLOWS, .named = true, .object = true, .callback = true},
    [0x0C] = {ACL_DENIES, .named = true, .object = true, .callback = true},
    [0x0D] = {ACL_NEITHER, .named = true, .callback = true},
    [0x0E] = {ACL_NEITHER, .named = true, .callback = true},
    [0x0F] = {ACL_NEITHER, .named = true, .object = true, .callback = true},
    [0x10] = {ACL_NEITHER, .named = true, .object = true, .callback = true},
    [0x11] = {ACL_NEITHER, .plain = true, .named = true},    /* mandatory label */
    [0x12] = {ACL_NEITHER, .named = true},                   /* resource attribute */
    [0x13] = {ACL_NEITHER, .named = true},                   /* scoped policy */
    [0x14] = {ACL_NEITHER, .named = true},                   /* process trust label */
    [0x15] = {ACL_NEITHER, .named = true, .callback = true}, /* access filter */
};

static const struct kind *kind_of(uint8_t type)
{
    static const struct kind unknown = {ACL_NEITHER, .plain = false};

    return type < sizeof kinds / sizeof kinds[0] ? &kinds[type] : &unknown;
}

bool acl_begin(const void *data, size_t size, struct acl_cursor *cursor)
{
    const uint8_t *bytes = data;
    size_t acl_size;

    if (!bytes || size < ACL_HEADER_SIZE || bytes[0] < 2 || bytes[0] > 4)
        return false;

    acl_size = read_u16(bytes + 2);
    if (acl_size < ACL_HEADER_SIZE || acl_size > size)
        return false;

    cursor->bytes = bytes;
    cursor->size = acl_size;
    cursor->offset = ACL_HEADER_SIZE;
    cursor->left = read_u16(bytes + 4);
    return true;
}

/* Where the SID of an entry of this kind begins. */
static size_t sid_offset(const struct kind *kind, const struct acl_entry *entry, bool *has_object_type)
{
    uint32_t present;

    *has_object_type = false;
    if (!kind->object || entry->size < ACE_SID_OFFSET + 4)
        return ACE_SID_OFFSET;

    present = read_u32(entry->bytes + ACE_SID_OFFSET);
    *has_object_type = present & OBJECT_TYPE_PRESENT;
    return ACE_SID_OFFSET + 4 + (present & OBJECT_TYPE_PRESENT ? GUID_SIZE : 0) +
           (present & INHERITED_OBJECT_TYPE_PRESENT ? GUID_SIZE : 0);
}

/* The size of the SID at the front of `bytes`, 0 where there is none; sid_read without the copy. */
static size_t sid_size_at(const uint8_t *bytes, size_t size)
{
    size_t needed;

    if (size < 8 || bytes[0] != 1 || bytes[1] > 15)
        return 0;
    needed = 8 + 4u * bytes[1];
    return needed <= size ? needed : 0;
}

bool acl_next(struct acl_cursor *cursor, struct acl_entry *entry)
{
    const struct kind *kind;
    size_t rest = cursor->size - cursor->offset;
    size_t offset;

    if (!cursor->left || rest < ACE_HEADER_SIZE)
        return false;

    entry->bytes = cursor->bytes + cursor->offset;
    entry->type = entry->bytes[0];
    entry->flags = entry->bytes[1];
    entry->size = read_u16(entry->bytes + 2);
    if (entry->size < ACE_HEADER_SIZE || entry->size > rest)
        return false;

    kind = kind_of(entry->type);
    entry->effect = (enum acl_effect)kind->effect;
    entry->callback = kind->callback;
    entry->has_object_type = false;
    entry->sid = NULL;
    entry->sid_size = 0;
    entry->mask = 0;
    if (kind->named && entry->size >= ACE_SID_OFFSET) {
        offset = sid_offset(kind, entry, &entry->has_object_type);
        entry->mask = read_u32(entry->bytes + ACE_HEADER_SIZE);
        if (offset < entry->size) {
            entry->sid = entry->bytes + offset;
            entry->sid_size = sid_size_at(entry->sid, entry->size - offset);
        }
    }
    entry->named = entry->sid_size != 0;
    entry->plain = entry->named && kind->plain;

    cursor->offset += entry->size;
    cursor->left--;
    return true;
}

bool acl_is_canonical(const void *bytes, size_t size)
{
    enum { EXPLICIT_DENIES, EXPLICIT_ALLOWS, INHERITED } section = EXPLICIT_DENIES;
    struct acl_cursor cursor;
    struct acl_entry entry;

    if (!acl_begin(bytes, size, &cursor))
        return false;

    while (acl_next(&cursor, &entry)) {
        if (entry.flags & ACE_INHERITED)
            section = INHERITED;
        else if (entry.effect == ACL_DENIES && section != EXPLICIT_DENIES)
            return false;
        else if (entry.effect == ACL_ALLOWS) {
            if (section == INHERITED)
                return false;
            section = EXPLICIT_ALLOWS;
        }
    }
    return cursor.left == 0;
}

static bool is_plain(const struct ace *entry)
{
    return entry->sid.size && kind_of(entry->type)->plain;
}

void ace_write(const struct ace *entry, struct sbx_buffer *out)
{
    buffer_append(out, (const uint8_t[]){entry->type, entry->flags}, 2);
    buffer_append_u16(out, (uint16_t)(ACE_SID_OFFSET + entry->sid.size));
    buffer_append_u32(out, entry->mask);
    buffer_append(out, entry->sid.bytes, entry->sid.size);
}

bool ace_read(const struct acl_entry *entry, struct ace *ace)
{
    if (!entry->plain)
        return false;

    memset(ace, 0, sizeof *ace);
    ace->type = entry->type;
    ace->flags = entry->flags;
    ace->mask = entry->mask;
    return sid_read(entry->sid, entry->sid_size, &ace->sid);
}

/* Adding */

/* The four places where entries go in. */
enum place { EXPLICIT_DENY, EXPLICIT_ALLOW, INHERITED_DENY, INHERITED_ALLOW };

static enum place place_of(const struct ace *entry)
{
    bool denies = entry->type == ACE_DENY;

    if (entry->flags & ACE_INHERITED)
        return denies ? INHERITED_DENY : INHERITED_ALLOW;
    return denies ? EXPLICIT_DENY : EXPLICIT_ALLOW;
}

static void write_group(const struct ace *entries, size_t entry_count, enum place place,
                        struct sbx_buffer *out)
{
    for (size_t i = 0; i < entry_count; i++)
        if (place_of(&entries[i]) == place)
            ace_write(&entries[i], out);
}

static void write_header(const uint8_t *old, size_t size, size_t count, struct sbx_buffer *out)
{
    buffer_append(out, old, 2);
    buffer_append_u16(out, (uint16_t)size);
    buffer_append_u16(out, (uint16_t)count);
    buffer_append(out, old + 6, 2);
}

/* Moves what was written to the caller's buffer in one append, so that it is all or nothing. */
static sbx_status hand_over(struct sbx_buffer *written, struct sbx_buffer *out, struct sbx_error *error)
{
    if (!buffer_failed(written))
        buffer_append(out, written->data, written->size);
    return buffer_failed(written) || buffer_failed(out) ? error_memory(error, "an access control list")
                                                        : SBX_OK;
}

static sbx_status malformed(struct sbx_error *error)
{
    return error_set(error, SBX_E_ARGUMENT, "The access control list is malformed.");
}

sbx_status acl_add(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                   struct sbx_buffer *out, struct sbx_error *error)
{
    static const uint8_t none[ACL_HEADER_SIZE] = {2, 0, ACL_HEADER_SIZE, 0, 0, 0, 0, 0};
    struct sbx_buffer made = SBX_BUFFER_EMPTY;
    struct acl_cursor cursor;
    struct acl_entry entry;
    size_t inherited_offset = 0;
    size_t count;
    size_t total;
    sbx_status status;

    if (!acl) {
        acl = none;
        size = sizeof none;
    }
    if (!acl_begin(acl, size, &cursor))
        return malformed(error);
    count = cursor.left + entry_count;
    while (acl_next(&cursor, &entry))
        if (!inherited_offset && entry.flags & ACE_INHERITED)
            inherited_offset = (size_t)(entry.bytes - cursor.bytes);
    if (cursor.left)
        return malformed(error);
    if (!inherited_offset)
        inherited_offset = cursor.offset;

    total = cursor.size;
    for (size_t i = 0; i < entry_count; i++) {
        if (!is_plain(&entries[i]))
            return error_set(error, SBX_E_ARGUMENT, "An entry to be added is not plain or has no SID.");
        total += ACE_SID_OFFSET + entries[i].sid.size;
        if (total > ACL_MOST_SIZE)
            return error_set(error, SBX_E_LIMIT, "The access control list would be larger than %d bytes.",
                             ACL_MOST_SIZE);
    }

    write_header(cursor.bytes, total, count, &made);
    write_group(entries, entry_count, EXPLICIT_DENY, &made);
    buffer_append(&made, cursor.bytes + ACL_HEADER_SIZE, inherited_offset - ACL_HEADER_SIZE);
    write_group(entries, entry_count, EXPLICIT_ALLOW, &made);
    write_group(entries, entry_count, INHERITED_DENY, &made);
    buffer_append(&made, cursor.bytes + inherited_offset, cursor.offset - inherited_offset);
    write_group(entries, entry_count, INHERITED_ALLOW, &made);
    buffer_append(&made, cursor.bytes + cursor.offset, cursor.size - cursor.offset);

    status = hand_over(&made, out, error);
    buffer_free(&made);
    return status;
}

/* Removing */

/* An entry of the list that is edited. */
struct item {
    const uint8_t *bytes;
    uint16_t size;
    bool removed;
};

struct items {
    struct acl_cursor end; /* behind the last entry */
    struct item *items;    /* owned */
    size_t count;
    size_t first_inherited; /* count when there is none */
};

static sbx_status read_items(const void *acl, size_t size, struct items *list, struct sbx_error *error)
{
    struct acl_entry entry;

    if (!acl_begin(acl, size, &list->end))
        return malformed(error);

    list->items = sbx_alloc_array(list->end.left, sizeof *list->items);
    if (!list->items)
        return error_memory(error, "an access control list");

    list->count = 0;
    list->first_inherited = list->end.left;
    while (acl_next(&list->end, &entry)) {
        struct item item = {entry.bytes, (uint16_t)entry.size, false};

        if (entry.flags & ACE_INHERITED && list->count < list->first_inherited)
            list->first_inherited = list->count;
        list->items[list->count++] = item;
    }
    if (list->end.left) {
        sbx_free(list->items);
        return malformed(error);
    }
    return SBX_OK;
}

static sbx_status write_items(const struct items *list, struct sbx_buffer *out, size_t *removed_count,
                              struct sbx_error *error)
{
    struct sbx_buffer made = SBX_BUFFER_EMPTY;
    size_t size = list->end.size;
    size_t removed = 0;
    sbx_status status;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].removed) {
            size -= list->items[i].size;
            removed++;
        }

    write_header(list->end.bytes, size, list->count - removed, &made);
    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].removed)
            buffer_append(&made, list->items[i].bytes, list->items[i].size);
    buffer_append(&made, list->end.bytes + list->end.offset, list->end.size - list->end.offset);

    status = hand_over(&made, out, error);
    if (!status)
        *removed_count = removed;
    buffer_free(&made);
    return status;
}

/* Equal in all but the flags. */
static bool is_like(const uint8_t *bytes, size_t size, const struct ace *entry)
{
    return entry->sid.size && size == ACE_SID_OFFSET + (size_t)entry->sid.size && bytes[0] == entry->type &&
           read_u32(bytes + ACE_HEADER_SIZE) == entry->mask &&
           memcmp(bytes + ACE_SID_OFFSET, entry->sid.bytes, entry->sid.size) == 0;
}

static bool is_entry(const struct item *item, const struct ace *entry)
{
    return item->bytes[1] == entry->flags && is_like(item->bytes, item->size, entry);
}

static struct item *first_alike(const struct items *list, const struct ace *entry)
{
    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].removed && is_entry(&list->items[i], entry))
            return &list->items[i];
    return NULL;
}

static struct item *last_alike(const struct items *list, size_t before, const struct ace *entry)
{
    for (size_t i = before; i-- > 0;)
        if (!list->items[i].removed && is_entry(&list->items[i], entry))
            return &list->items[i];
    return NULL;
}

/*
 * The one that acl_add put in. It writes denies in front of everything that could be alike, and allows behind
 * it, but for an explicit allow: that lies before the first inherited entry, and one alike may lie behind
 * that in a list that is not canonical.
 */
static struct item *ours(const struct items *list, const struct ace *entry)
{
    struct item *found;

    if (entry->type == ACE_DENY)
        return first_alike(list, entry);
    if (entry->flags & ACE_INHERITED)
        return last_alike(list, list->count, entry);

    found = last_alike(list, list->first_inherited, entry);
    return found ? found : last_alike(list, list->count, entry);
}

sbx_status acl_remove(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                      struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error)
{
    struct items list = {.items = NULL};
    struct item *found;
    sbx_status status = read_items(acl, size, &list, error);

    if (status)
        return status;

    for (size_t i = 0; i < entry_count; i++) {
        found = ours(&list, &entries[i]);
        if (found)
            found->removed = true;
    }
    status = write_items(&list, out, removed_count, error);

    sbx_free(list.items);
    return status;
}

sbx_status acl_remove_like(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                           struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error)
{
    struct items list = {.items = NULL};
    sbx_status status = read_items(acl, size, &list, error);

    if (status)
        return status;

    for (size_t i = 0; i < list.count; i++)
        for (size_t j = 0; j < entry_count && !list.items[i].removed; j++)
            list.items[i].removed = is_like(list.items[i].bytes, list.items[i].size, &entries[j]);
    status = write_items(&list, out, removed_count, error);

    sbx_free(list.items);
    return status;
}

bool acl_has(const void *acl, size_t size, const struct ace *entry)
{
    struct acl_cursor cursor;
    struct acl_entry found;

    if (!acl_begin(acl, size, &cursor))
        return false;
    while (acl_next(&cursor, &found))
        if (found.flags == entry->flags && is_like(found.bytes, found.size, entry))
            return true;
    return false;
}

sbx_status acl_remove_sid(const void *acl, size_t size, const struct sid *sid, bool inherited_too,
                          struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error)
{
    struct items list = {.items = NULL};
    struct acl_cursor cursor = {.bytes = NULL};
    struct acl_entry entry;
    sbx_status status = read_items(acl, size, &list, error);

    if (status)
        return status;

    acl_begin(acl, size, &cursor);
    for (size_t i = 0; acl_next(&cursor, &entry); i++)
        list.items[i].removed = entry.plain && (inherited_too || !(entry.flags & ACE_INHERITED)) &&
                                entry.sid_size == sid->size && memcmp(entry.sid, sid->bytes, sid->size) == 0;
    status = write_items(&list, out, removed_count, error);

    sbx_free(list.items);
    return status;
}

/* Inheriting */

#define INHERITANCE_FLAGS (ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT | ACE_NO_PROPAGATE | ACE_INHERIT_ONLY)

/* `parent` as it takes effect on a child. False when it names nobody there. */
static bool make_effective(const struct ace *parent, const struct sid *owner, const struct sid *group,
                           struct ace *effective)
{
    const struct sid *stands_in = NULL;
    bool owner_place = sid_equal(&parent->sid, &sid_creator_owner);
    bool group_place = sid_equal(&parent->sid, &sid_creator_group);

    *effective = *parent;
    effective->mask = access_map(parent->mask, &access_mapping_file);

    if (owner_place || group_place) {
        stands_in = owner_place ? owner : group;
        if (!stands_in || !stands_in->size)
            return false;
        effective->sid = *stands_in;
    }
    return true;
}

sbx_status ace_inherit(const struct ace *parent, bool child_is_container, const struct sid *owner,
                       const struct sid *group, struct ace inherited[2], size_t *count)
{
    /* [MS-DTYP]'s pseudocode leaves inherit-only entries out of the effective ones; its text says that the
     * flag plays no part, and so it is: CREATOR OWNER entries of folders are inherit-only, and take effect in
     * files. */
    bool takes_effect = parent->flags & (child_is_container ? ACE_CONTAINER_INHERIT : ACE_OBJECT_INHERIT);
    uint8_t passed_on = parent->flags & (ACE_CONTAINER_INHERIT | ACE_OBJECT_INHERIT);
    uint8_t flags = (uint8_t)((parent->flags & ~INHERITANCE_FLAGS) | ACE_INHERITED);
    struct ace effective;
    size_t made = 0;

    if (!is_plain(parent))
        return SBX_E_ARGUMENT;
    if (!child_is_container || parent->flags & ACE_NO_PROPAGATE)
        passed_on = 0;

    if (takes_effect)
        takes_effect = make_effective(parent, owner, group, &effective);

    if (takes_effect) {
        inherited[made] = effective;
        inherited[made++].flags = flags;
        if (passed_on && effective.mask == parent->mask && sid_equal(&effective.sid, &parent->sid)) {
            inherited[0].flags |= passed_on; /* one entry does for both */
            passed_on = 0;
        }
    }
    if (passed_on) {
        inherited[made] = *parent;
        inherited[made++].flags = (uint8_t)(flags | passed_on | ACE_INHERIT_ONLY);
    }

    *count = made;
    return SBX_OK;
}
