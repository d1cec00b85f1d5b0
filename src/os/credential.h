/*
 * credential.h - secrets that only this user opens again: DPAPI, for the calling user.
 *
 * Never CRYPTPROTECT_LOCAL_MACHINE, which every user of the machine can undo. `entropy` is not secret: it binds a blob
 * to its purpose, so that no other program's blob is taken for ours. Under Wine the key comes of the user's name alone
 * (reference: any prefix with the same name opens it), so nothing is promised there.
 */
#ifndef SBX_OS_CREDENTIAL_H
#define SBX_OS_CREDENTIAL_H

#include "base/status.h"

/*
 * *blob is freed with sbx_free. SBX_E_CREDENTIAL where DPAPI does not work (session 0 without a profile, a key-based SSH
 * logon: the text says so), SBX_E_MEMORY.
 */
sbx_status credential_protect(const void *secret, size_t size, const void *entropy, size_t entropy_size,
                              uint8_t **blob, size_t *blob_size, struct sbx_error *error);

/*
 * *secret is the caller's to wipe (sbx_wipe) and free; what the system allocated on the way is wiped here. SBX_E_CREDENTIAL:
 * another user's, another entropy, damaged.
 */
sbx_status credential_unprotect(const void *blob, size_t blob_size, const void *entropy, size_t entropy_size,
                                uint8_t **secret, size_t *size, struct sbx_error *error);

#endif
