/*
 * machine_record.h - which SIDs our accounts and groups were given, below HKLM\SOFTWARE\sbxcom\identities.
 *
 * Names and comments can be changed by anybody who administers the machine; a SID is given once. With it a renamed
 * account is found again, one that was made anew under our name is told from ours, and rights that LSA keeps of a
 * deleted group are taken out. Written by the elevated server alone, readable for everybody; no secret.
 */
#ifndef SBX_CORE_MACHINE_RECORD_H
#define SBX_CORE_MACHINE_RECORD_H

#include "base/text.h"

/* *sid NULL: none is recorded. Freed with sbx_free. */
sbx_status record_read(const char *name, char **sid, struct sbx_error *error);
sbx_status record_write(const char *name, const char *sid, struct sbx_error *error);
sbx_status record_delete(const char *name, struct sbx_error *error); /* not there is fine */

/* The SIDs of all accounts and groups that sbxcom made on this machine, of whatever user. */
sbx_status record_list_sids(struct sbx_strings *sids, struct sbx_error *error);

#endif
