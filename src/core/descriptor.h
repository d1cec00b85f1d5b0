/*
 * descriptor.h - security descriptors as Windows stores them: self-relative bytes in, the very bytes out.
 *
 * Parsing keeps every byte that it does not understand (unknown entry types, bytes behind an entry's SID, slack behind
 * the last entry, where each part lies), so that a descriptor that is read and built again without a change is identical byte
 * for byte, and one from which our entries are taken out again is what it was.
 *
 * Sources: [MS-DTYP] 2.4.4 (entries), 2.4.5 (ACL), 2.4.6 (SECURITY_DESCRIPTOR).
 */
#ifndef SBX_CORE_DESCRIPTOR_H
#define SBX_CORE_DESCRIPTOR_H

#include "core/sid.h"

enum descriptor_control { /* SECURITY_DESCRIPTOR_CONTROL */
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

/* One part of a descriptor. `bytes` NULL: not there; a present DACL without bytes is the NULL DACL (everything allowed). */
struct descriptor_part {
    uint8_t *bytes; /* owned */
    size_t size;
};

struct descriptor {
    uint8_t revision;
    uint8_t resource_manager; /* Sbz1 */
    uint16_t control;
    struct sid owner; /* size 0: none */
    struct sid group;
    struct descriptor_part dacl; /* a whole ACL, header included, slack included */
    struct descriptor_part sacl;
    uint8_t layout[4]; /* order in which owner, group, sacl, dacl lie, for an identical rebuild */
    /* bytes between or behind the parts that belong to none, kept for an identical rebuild */
    struct descriptor_part rest;
};

/* SBX_E_ARGUMENT: offsets outside, overlapping the header, an ACL or SID that does not fit. Never reads past `size`. */
sbx_status descriptor_parse(const void *bytes, size_t size, struct descriptor *descriptor,
                            struct sbx_error *error);
sbx_status descriptor_build(const struct descriptor *descriptor, struct sbx_buffer *out,
                            struct sbx_error *error);
sbx_status descriptor_copy(const struct descriptor *from, struct descriptor *to);
void descriptor_free(struct descriptor *descriptor); /* leaves it zeroed */

#endif
