/*
 * sid.h - security identifiers as bytes and as text.
 *
 * Source of the layout: [MS-DTYP] 2.4.2. At most 15 sub-authorities; the revision is 1.
 */
#ifndef SBX_CORE_SID_H
#define SBX_CORE_SID_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>

#define SID_MOST_SIZE 68 /* bytes: 8 + 15 * 4 */

struct sid {
    uint8_t bytes[SID_MOST_SIZE];
    uint8_t size; /* 0: none */
};

/*
 * "S-1-5-32-545" by the grammar of [MS-DTYP] 2.4.2.1: the authority in decimal below 2^32 and as 0x and
 * twelve digits from there on, no leading zeros. More than the grammar: a small s, fewer hexadecimal digits,
 * and no sub-authority at all ("S-1-5"), because such bytes are well-formed. No two-letter names: those are
 * SDDL's.
 *
 * SBX_E_ARGUMENT. *sid is untouched on failure.
 */
sbx_status sid_parse(const char *text, struct sid *sid, struct sbx_error *error);

/* From bytes that may go on behind it; false when they are no SID of at most `size` bytes. */
bool sid_read(const void *bytes, size_t size, struct sid *sid);

/* Nothing for a SID of size 0. */
void sid_write_text(const struct sid *sid, struct sbx_buffer *out);

bool sid_equal(const struct sid *a, const struct sid *b);

extern const struct sid sid_everyone;       /* S-1-1-0 */
extern const struct sid sid_creator_owner;  /* S-1-3-0 */
extern const struct sid sid_creator_group;  /* S-1-3-1 */
extern const struct sid sid_owner_rights;   /* S-1-3-4 */
extern const struct sid sid_principal_self; /* S-1-5-10 */

#endif
