/*
 * sddl.h - security descriptors as text, in and out, for fixtures, reports and Explain.
 *
 * [MS-DTYP] 2.5.1 and the tables of sddl.h in Microsoft's SDK. Entries that have no SDDL form or hold more
 * than it tells (conditions, resource attributes, unknown types, bytes behind a SID) are written as
 * (0xTYPE;flags;0xBYTES), with all bytes behind the entry's header, and read back: our own extension, so that
 * nothing is lost on the way through a test's expected text.
 *
 * What text cannot hold: the defaulted bits and the resource manager's, an ACL's revision, slack and reserved
 * fields, where the parts lie. Entries come back byte for byte.
 */
#ifndef SBX_CORE_SDDL_H
#define SBX_CORE_SDDL_H

#include "core/descriptor.h"

/*
 * O:, G:, D: and S: in any order, each at most once. SIDs as S-1-... or by their two letters, domain-relative
 * ones (DA, DU, LA...) excepted: there is no domain here. Rights as letters or as a number (0x hexadecimal, 0
 * octal, decimal); a label's as NW, NR, NX. NO_ACCESS_CONTROL is the NULL list. Letters count in either case.
 * The list's revision is 4 where it holds an object entry, else 2. *descriptor is the caller's, to be freed;
 * untouched on failure.
 *
 * SBX_E_ARGUMENT with the column, SBX_E_LIMIT for a list over 65,535 bytes, SBX_E_MEMORY.
 */
sbx_status sddl_parse(const char *text, struct descriptor *descriptor, struct sbx_error *error);

/*
 * Appends to *out, all or nothing. Rights as 0x-hexadecimal unless they are exactly FA, FR, FW, FX, GA, GR,
 * GW, GX (NW, NR, NX for labels). Lists that the control bits do not call present are left out.
 * SBX_E_ARGUMENT for a malformed list, SBX_E_MEMORY.
 */
sbx_status sddl_write(const struct descriptor *descriptor, struct sbx_buffer *out, struct sbx_error *error);

/* The whole of `text` as a SID or an access mask. SBX_E_ARGUMENT; untouched on failure. */
sbx_status sddl_parse_sid(const char *text, struct sid *sid, struct sbx_error *error);
sbx_status sddl_parse_rights(const char *text, uint32_t *mask, struct sbx_error *error);

void sddl_write_sid(const struct sid *sid, struct sbx_buffer *out); /* two letters where there are any */
void sddl_write_rights(uint32_t mask, struct sbx_buffer *out);

#endif
