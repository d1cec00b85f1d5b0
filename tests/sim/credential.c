/*
 * credential.c - os/credential.h of the simulation: blobs that the user who made them opens again, with the same
 * entropy, whole.
 *
 * A blob is the SHA-256 of user, entropy and secret, then the secret with every bit turned: not readable by a search
 * for its text, which is what tests look for.
 */
#include "os/credential.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/random.h"
#include "sim/security.h"
#include "sim/world.h"

#include <string.h>

#define HASH_SIZE 32

/* Of world memory and uncounted, as all that is the system's own. */
static void seal(const uint8_t *secret, size_t size, const void *entropy, size_t entropy_size,
                 uint8_t hash[HASH_SIZE])
{
    const struct sid *user = &sim_caller()->user.sid;
    struct sim_bytes bytes = {0};

    sim_put(&bytes, user->bytes, user->size);
    sim_put32(&bytes, (uint32_t)entropy_size);
    sim_put(&bytes, entropy, entropy_size);
    sim_put(&bytes, secret, size);
    (void)sim_hash(bytes.data, bytes.size, hash);
    sim_bytes_free(&bytes);
}

static sbx_status refused(struct sbx_error *error)
{
    return error_set(error, SBX_E_CREDENTIAL,
                     "What is kept cannot be opened: it is another user's, or damaged.");
}

sbx_status credential_protect(const void *secret, size_t size, const void *entropy, size_t entropy_size,
                              uint8_t **blob, size_t *blob_size, struct sbx_error *error)
{
    sbx_status status = sim_enter("CryptProtectData", error);
    uint8_t *made;

    if (status)
        return status;
    if (sim_host.has_no_dpapi)
        return error_set(error, SBX_E_CREDENTIAL, "Passwords cannot be kept in this session.");
    made = sbx_alloc(HASH_SIZE + size);
    if (!made)
        return error_memory(error, "a credential");
    seal(secret, size, entropy, entropy_size, made);
    for (size_t i = 0; i < size; i++)
        made[HASH_SIZE + i] = (uint8_t) ~((const uint8_t *)secret)[i];
    *blob = made;
    *blob_size = HASH_SIZE + size;
    return SBX_OK;
}

sbx_status credential_unprotect(const void *blob, size_t blob_size, const void *entropy, size_t entropy_size,
                                uint8_t **secret, size_t *size, struct sbx_error *error)
{
    sbx_status status = sim_enter("CryptUnprotectData", error);
    uint8_t hash[HASH_SIZE];
    uint8_t *made;

    if (status)
        return status;
    if (sim_host.has_no_dpapi || blob_size < HASH_SIZE)
        return refused(error);
    made = sbx_alloc(blob_size - HASH_SIZE);
    if (!made)
        return error_memory(error, "a credential");
    for (size_t i = HASH_SIZE; i < blob_size; i++)
        made[i - HASH_SIZE] = (uint8_t) ~((const uint8_t *)blob)[i];
    seal(made, blob_size - HASH_SIZE, entropy, entropy_size, hash);
    if (memcmp(hash, blob, HASH_SIZE) != 0) {
        sbx_free(made);
        return refused(error);
    }
    *secret = made;
    *size = blob_size - HASH_SIZE;
    return SBX_OK;
}
