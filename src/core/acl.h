/*
 * acl.h - editing access control lists: our entries in, our entries out, nothing else moved.
 *
 * Canonical order (Microsoft, "Order of ACEs in a DACL"): explicit denies, explicit allows, then inherited entries in
 * the order of their ancestors, nearest first. A list that is not canonical keeps its own order: our denies go
 * before its first entry, our allows before its first inherited one. Object, callback, audit and unknown
 * entries are never touched.
 *
 * What was added is taken out again by content: the caller says which entries it added (the journal knows), and
 * exactly those go, one for one. Adding never merges with an entry that is there, so removing never splits one.
 */
#ifndef SBX_CORE_ACL_H
#define SBX_CORE_ACL_H

#include "core/descriptor.h"

enum ace_type { ACE_ALLOW = 0x00, ACE_DENY = 0x01, ACE_AUDIT = 0x02, ACE_LABEL = 0x11 /* mandatory label */ };

enum ace_flags {
    ACE_OBJECT_INHERIT = 0x01,
    ACE_CONTAINER_INHERIT = 0x02,
    ACE_NO_PROPAGATE = 0x04,
    ACE_INHERIT_ONLY = 0x08,
    ACE_INHERITED = 0x10,
};

struct ace { /* a plain allow, deny or label entry */
    uint8_t type;
    uint8_t flags;
    uint32_t mask;
    struct sid sid;
};

/* Walks the entries of a whole ACL (any bytes: every length is checked). */
struct acl_cursor {
    const uint8_t *bytes;
    size_t size;
    size_t offset; /* of the next entry */
    uint16_t left; /* entries still to come, as the header says */
};
struct acl_entry {
    const uint8_t *bytes; /* header included */
    size_t size;
    uint8_t type;
    uint8_t flags;
    bool plain; /* ACE_ALLOW, ACE_DENY, ACE_AUDIT, ACE_LABEL with a well-formed SID: mask and sid are set */
    uint32_t mask;
    struct sid sid;
};
bool acl_begin(const void *bytes, size_t size, struct acl_cursor *cursor); /* false: no ACL */
bool acl_next(struct acl_cursor *cursor, struct acl_entry *entry);         /* false: no more, or malformed */

/* Explicit denies, explicit allows, inherited? Unknown types count as what their type says (callback, object). */
bool acl_is_canonical(const void *bytes, size_t size);

/*
 * `acl` (NULL or empty: a new one of revision 2) with `entries` added in canonical position, each group in the given order. The
 * slack behind the last entry and the revision stay. SBX_E_LIMIT over 65,535 bytes, SBX_E_ARGUMENT for a malformed list.
 */
sbx_status acl_add(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                   struct sbx_buffer *out, struct sbx_error *error);

/* Takes out one entry for each of `entries` (type, flags, mask, SID all equal). *removed_count may be less. */
sbx_status acl_remove(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                      struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error);

/* Takes out every plain entry that names `sid`, explicit ones only or inherited too. */
sbx_status acl_remove_sid(const void *acl, size_t size, const struct sid *sid, bool inherited_too,
                          struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error);

/*
 * What a child gets of `parent` by inheritance, as [MS-DTYP] 2.5.3.4 computes it, for plain entries: generic rights mapped, CREATOR
 * OWNER and CREATOR GROUP replaced and split. At most two for each entry. *count 0 when nothing is inherited.
 */
sbx_status ace_inherit(const struct ace *parent, bool child_is_container, const struct sid *owner,
                       const struct sid *group, struct ace inherited[2], size_t *count);

/* Appends one entry's bytes. */
void ace_write(const struct ace *entry, struct sbx_buffer *out);

#endif
