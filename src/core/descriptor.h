/*
 * descriptor.h - security descriptors as Windows stores them: self-relative bytes in, the very bytes out.
 *
 * Parsing keeps every byte that it does not understand (unknown entry types, bytes behind an entry's SID,
 * slack behind the last entry, where each part lies, what lies between), so that a descriptor that is read
 * and built again without a change is identical byte for byte, and one from which our entries are taken out
 * again is what it was.
 *
 * Sources: [MS-DTYP] 2.4.4 (entries), 2.4.5 (ACL), 2.4.6 (SECURITY_DESCRIPTOR).
 */
#ifndef SBX_CORE_DESCRIPTOR_H
#define SBX_CORE_DESCRIPTOR_H

#include "core/sid.h"

/* SECURITY_DESCRIPTOR_CONTROL */
enum descriptor_control {
    SD_OWNER_DEFAULTED = 0x0001,
    SD_GROUP_DEFAULTED = 0x0002,
    SD_DACL_PRESENT = 0x0004,
    SD_DACL_DEFAULTED = 0x0008,
    SD_SACL_PRESENT = 0x0010,
    SD_SACL_DEFAULTED = 0x0020,
    SD_DACL_AUTO_INHERIT_REQ = 0x0100,
    SD_SACL_AUTO_INHERIT_REQ = 0x0200,
    SD_DACL_AUTO_INHERITED = 0x0400,
    SD_SACL_AUTO_INHERITED = 0x0800,
    SD_DACL_PROTECTED = 0x1000,
    SD_SACL_PROTECTED = 0x2000,
    SD_RM_CONTROL_VALID = 0x4000,
    SD_SELF_RELATIVE = 0x8000,
};

/* Bytes of a descriptor; NULL: not there. */
struct descriptor_part {
    uint8_t *bytes; /* owned */
    size_t size;
};

enum descriptor_place {
    DESCRIPTOR_NOTHING,
    DESCRIPTOR_OWNER,
    DESCRIPTOR_GROUP,
    DESCRIPTOR_SACL,
    DESCRIPTOR_DACL,
};
#define DESCRIPTOR_PLACES 4

/*
 * A DACL is in force when SD_DACL_PRESENT says so: with bytes it decides, without it is the NULL DACL
 * (everything is allowed), and a descriptor without the bit has none, which means the same. Bytes without the
 * bit are kept, no more.
 *
 * All zero is a valid descriptor without any part. Whoever changes a part leaves layout, gaps and rest alone.
 */
struct descriptor {
    uint8_t resource_manager; /* Sbz1 */
    uint16_t control;         /* enum descriptor_control; SD_SELF_RELATIVE is written in any case */
    struct sid owner;         /* size 0: none */
    struct sid group;
    struct descriptor_part dacl; /* a whole ACL, header and slack included */
    struct descriptor_part sacl;

    /* For an identical rebuild: the order in which the parts lie, up to DESCRIPTOR_NOTHING (parts that are
     * not named follow as owner, group, SACL, DACL), and how many bytes of `rest` lie before each and behind
     * the last. */
    uint8_t layout[DESCRIPTOR_PLACES];
    uint32_t gaps[DESCRIPTOR_PLACES + 1];
    struct descriptor_part rest;
    bool one_sid; /* owner and group have the same offset: written once while they are equal */
};

/*
 * *descriptor is the caller's, to be freed. Never reads past `size`; untouched on failure.
 *
 * SBX_E_ARGUMENT: not self-relative, not revision 1, parts that lie outside, in the header or over one
 * another, a SID that is none, an ACL whose header or entries do not fit. What an entry holds is not looked
 * at. SBX_E_MEMORY.
 */
sbx_status descriptor_parse(const void *bytes, size_t size, struct descriptor *descriptor,
                            struct sbx_error *error);

/* Appends the self-relative bytes to *out, all or nothing. SBX_E_LIMIT above 4 GB, SBX_E_MEMORY. */
sbx_status descriptor_build(const struct descriptor *descriptor, struct sbx_buffer *out,
                            struct sbx_error *error);

/* *to is overwritten, not freed; untouched on failure. SBX_E_MEMORY. */
sbx_status descriptor_copy(const struct descriptor *from, struct descriptor *to);

/*
 * Makes a copy of these bytes the DACL, in force. Never makes a NULL DACL: SBX_E_ARGUMENT when `size` is 0.
 * SBX_E_MEMORY; the descriptor is untouched on failure.
 */
sbx_status descriptor_set_dacl(struct descriptor *descriptor, const void *acl, size_t size,
                               struct sbx_error *error);

void descriptor_free(struct descriptor *descriptor); /* leaves it zeroed */

#endif
