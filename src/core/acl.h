/*
 * acl.h - editing access control lists: our entries in, our entries out, nothing else moved.
 *
 * Canonical order (Microsoft, "Order of ACEs in a DACL"): explicit denies, explicit allows, then inherited
 * entries in the order of their ancestors, nearest first. Entries that are there keep their order, canonical
 * or not, and their bytes; ours go in between:
 *
 *     our explicit denies | theirs, explicit | our explicit allows | our inherited denies | theirs, from the
 *     first inherited one on | our inherited allows
 *
 * The order says nothing of which ancestor an inherited entry is from, so ours go where they can only give
 * less than the system's own order would: a deny before, an allow behind all that was inherited.
 *
 * What was added is taken out again by content: the caller says which entries it added (the journal knows),
 * and exactly those go, one for one. Adding never merges with an entry that is there, so removing never
 * splits one.
 *
 * A NULL DACL is no list: an entry added "to it" would take everything away from everybody. Callers refuse
 * it.
 */
#ifndef SBX_CORE_ACL_H
#define SBX_CORE_ACL_H

#include "core/descriptor.h"

#define ACL_MOST_SIZE 65535 /* bytes: the header's size field */

enum ace_type { ACE_ALLOW = 0x00, ACE_DENY = 0x01, ACE_AUDIT = 0x02, ACE_LABEL = 0x11 /* mandatory label */ };

enum ace_flags {
    ACE_OBJECT_INHERIT = 0x01,
    ACE_CONTAINER_INHERIT = 0x02,
    ACE_NO_PROPAGATE = 0x04,
    ACE_INHERIT_ONLY = 0x08,
    ACE_INHERITED = 0x10,
};

/* The mask of a mandatory label. */
enum ace_label_policy {
    ACE_NO_WRITE_UP = 0x1,
    ACE_NO_READ_UP = 0x2,
    ACE_NO_EXECUTE_UP = 0x4,
};

struct ace { /* a plain entry: enum ace_type */
    uint8_t type;
    uint8_t flags;
    uint32_t mask;
    struct sid sid;
};

/* Walks the entries of a whole ACL (any bytes: every length is checked). */
struct acl_cursor {
    const uint8_t *bytes;
    size_t size;   /* as the header says: slack included */
    size_t offset; /* of the next entry; behind the last one, of the slack */
    uint16_t left; /* entries still to come, as the header says: not 0 at the end means malformed */
};

enum acl_effect { ACL_NEITHER, ACL_ALLOWS, ACL_DENIES };

struct acl_entry {
    const uint8_t *bytes; /* header included */
    size_t size;
    uint8_t type;
    uint8_t flags;
    enum acl_effect effect; /* by its type: plain, compound, object and callback entries allow or deny */
    bool plain;             /* ACE_ALLOW, ACE_DENY, ACE_AUDIT, ACE_LABEL with a well-formed SID */
    bool named;             /* of a type that has one mask and one SID, and the SID is well-formed */
    bool callback;          /* whether it applies is decided by bytes behind the SID (a condition) */
    bool has_object_type;   /* an object entry that is for one object type or property only */
    uint32_t mask;          /* of a named one */
    const uint8_t *sid;     /* of a named one, inside `bytes` */
    size_t sid_size;        /* 0 where it is not named */
};

/* False: no ACL of revision 2 to 4. */
bool acl_begin(const void *bytes, size_t size, struct acl_cursor *cursor);

/* False: no more, or malformed. */
bool acl_next(struct acl_cursor *cursor, struct acl_entry *entry);

/*
 * Explicit denies, explicit allows, inherited? Object and callback entries count as what their type says,
 * explicit ones of any other type nowhere. False for a malformed list.
 */
bool acl_is_canonical(const void *bytes, size_t size);

/*
 * Appends to *out, all or nothing: `acl` (NULL: a new one of revision 2) with `entries` added, each of the
 * four groups in the given order. The slack behind the last entry and the revision stay. SBX_E_LIMIT over
 * 65,535 bytes, SBX_E_ARGUMENT for a malformed list or an entry that is not plain or has no SID,
 * SBX_E_MEMORY.
 */
sbx_status acl_add(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                   struct sbx_buffer *out, struct sbx_error *error);

/*
 * Takes out one entry for each of `entries` (type, flags, mask, SID all equal, nothing behind the SID): of
 * several that are alike the one where acl_add puts it, so that what comes out is what acl_add had been
 * given. *removed_count may be less than asked. SBX_E_ARGUMENT for a malformed list, SBX_E_MEMORY; outputs
 * are untouched on failure.
 */
sbx_status acl_remove(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                      struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error);

/*
 * Takes out every entry that is one of `entries` in type, mask and SID, whatever its flags, and has nothing
 * behind the SID: somebody may have made an inherited one explicit, or the system the other way round. As
 * acl_remove else; *removed_count may be more than entry_count.
 */
sbx_status acl_remove_like(const void *acl, size_t size, const struct ace *entries, size_t entry_count,
                           struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error);

/* Is there an entry with this type, flags, mask and SID and nothing behind it? False for a malformed list. */
bool acl_has(const void *acl, size_t size, const struct ace *entry);

/* Takes out every plain entry that names `sid`, explicit ones only or inherited too. Errors as above. */
sbx_status acl_remove_sid(const void *acl, size_t size, const struct sid *sid, bool inherited_too,
                          struct sbx_buffer *out, size_t *removed_count, struct sbx_error *error);

/*
 * What a child file or folder gets of `parent` by inheritance: [MS-DTYP] 2.5.3.4.4 and .7, Microsoft's "ACE
 * Inheritance Rules". An entry that takes effect on the child has its generic rights mapped (files) and
 * CREATOR OWNER and CREATOR GROUP replaced; where that makes it another than the one that is passed on, a
 * folder gets both, the effective one first. `owner` and `group` are the child's; NULL or size 0: nobody, and
 * then the effective half of such an entry, which would name no one, is left out. *count 0 when nothing is
 * inherited.
 *
 * SBX_E_ARGUMENT for an entry that is not plain or has no SID.
 */
sbx_status ace_inherit(const struct ace *parent, bool child_is_container, const struct sid *owner,
                       const struct sid *group, struct ace inherited[2], size_t *count);

/* Appends one entry's bytes. */
void ace_write(const struct ace *entry, struct sbx_buffer *out);

/* A plain entry of a list as such; false when it is not. */
bool ace_read(const struct acl_entry *entry, struct ace *ace);

#endif
