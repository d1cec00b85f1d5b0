/*
 * random.h - bytes of the system's generator, for names that nobody can guess.
 */
#ifndef SBX_OS_RANDOM_H
#define SBX_OS_RANDOM_H

#include "base/status.h"

sbx_status random_bytes(void *bytes, size_t size, struct sbx_error *error);

/* `byte_count` random bytes as lower-case hexadecimal; text holds 2 * byte_count + 1. */
sbx_status random_hex(char *text, size_t byte_count, struct sbx_error *error);

/* SHA-256 of `bytes`. For capability SIDs, which are derived and not stored. */
sbx_status hash_sha256(const void *bytes, size_t size, uint8_t digest[32], struct sbx_error *error);

#endif
