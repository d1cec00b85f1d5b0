/*
 * credential.h - the passwords of sandbox accounts, kept for one user alone.
 *
 * Two walls. The bytes are wrapped by DPAPI under the calling user's own key, never CRYPTPROTECT_LOCAL_MACHINE, which every user of the
 * machine can undo: another account that gets them has nothing. And the file admits that user and SYSTEM alone, which is all there is where
 * no key of the user's can be had beforehand: the hand-over that an administrator leaves for a user, unwrapped, destroyed when it was taken over.
 *
 * Under Wine 8.0 the key is made of the user's name: what is wrapped there is wrapped for everybody of that name.
 */
#ifndef SBX_OS_CREDENTIAL_H
#define SBX_OS_CREDENTIAL_H

#include "base/status.h"

/*
 * `entropy` is not secret: it binds a blob to its purpose, so that no other program's blob is taken for ours. No window is ever
 * shown. Not while impersonating: the key is the user's whose profile is loaded. *blob is freed with sbx_free.
 *
 * SBX_E_CREDENTIAL where DPAPI does not work (session 0 without a profile, a key-based SSH logon: the text says so),
 * SBX_E_UNSUPPORTED_HOST, SBX_E_MEMORY.
 */
sbx_status credential_protect(const void *secret, size_t size, const void *entropy, size_t entropy_size,
                              uint8_t **blob, size_t *blob_size, struct sbx_error *error);

/*
 * *secret is the caller's to wipe (sbx_wipe) and free; what the system allocated on the way is wiped here. SBX_E_CREDENTIAL:
 * another user's, another entropy, damaged.
 */
sbx_status credential_unprotect(const void *blob, size_t blob_size, const void *entropy, size_t entropy_size,
                                uint8_t **secret, size_t *size, struct sbx_error *error);

/*
 * Makes `bytes` the whole content of the file, as file_replace does, but for the list of the new one, which admits `user_sid`
 * (NULL: the caller) and SYSTEM from its first moment, and is read back before a byte is written. SBX_E_NOT_ENFORCED where the volume
 * does not keep it (FAT); then nothing is left. Else file_replace's errors.
 */
sbx_status credential_write(const char *path, const char *user_sid, const void *bytes, size_t size,
                            struct sbx_error *error);

/*
 * All of it, the caller's to wipe and free. SBX_E_CREDENTIAL for a file that anybody but the caller and SYSTEM has a right on, or
 * that somebody else than the caller, SYSTEM or Administrators owns, or a link; SBX_E_PATH_NOT_FOUND, SBX_E_LIMIT above `most`.
 */
sbx_status credential_read(const char *path, size_t most, uint8_t **bytes, size_t *size,
                           struct sbx_error *error);

/* Overwritten, then deleted. SBX_E_PATH_NOT_FOUND. What a volume keeps of old blocks (SSD, shadow copy) is beyond us. */
sbx_status credential_destroy(const char *path, struct sbx_error *error);

#endif
