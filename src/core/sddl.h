/*
 * sddl.h - security descriptors as text, in and out, for fixtures, reports and Explain.
 *
 * [MS-DTYP] 2.5.1. Entries that have no SDDL form (unknown types) are written as (0xTYPE;flags;0xHEX-BYTES) and read back:
 * our own extension, so that nothing is lost on the way through a test's expected text.
 */
#ifndef SBX_CORE_SDDL_H
#define SBX_CORE_SDDL_H

#include "core/descriptor.h"

/* SBX_E_ARGUMENT with the column. Two-letter SIDs and rights by their standard tables (no domain-relative ones). */
sbx_status sddl_parse(const char *text, struct descriptor *descriptor, struct sbx_error *error);

/* Rights as 0x-hexadecimal unless they are exactly FA, FR, FW, FX, GA, GR, GW, GX. */
sbx_status sddl_write(const struct descriptor *descriptor, struct sbx_buffer *out, struct sbx_error *error);

#endif
