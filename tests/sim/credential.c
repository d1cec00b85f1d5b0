/*
 * credential.c - os/credential.h of the simulation: blobs that the user who made them opens again, with the same
 * entropy, whole.
 *
 * A blob is the SHA-256 of user, entropy and secret, then the secret with every bit turned: not readable by a search
 * for its text, which is what tests look for. Files of one user have a descriptor of their own from their first moment.
 */
#include "os/credential.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/random.h"
#include "sim/file.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <string.h>

#define HASH_SIZE  32
#define SIM_SYSTEM "S-1-5-18"

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

/* Files. */

/* What an administrator makes is the group's. */
static void own_descriptor(const char *user_sid, struct sim_bytes *descriptor)
{
    char caller[SID_TEXT_SIZE], text[1024];

    sim_sid_text(&sim_caller()->user.sid, caller);
    snprintf(text, sizeof text, "O:%sD:P(A;;FA;;;%s)(A;;FA;;;SY)",
             sim_is_administrator(sim_caller()) ? SIM_ADMINISTRATORS : caller, user_sid ? user_sid : caller);
    sim_sddl(text, descriptor);
}

/* Its second byte counts what follows the first eight. */
static bool sid_is(const uint8_t *sid, const char *text)
{
    uint8_t other[68];

    sim_sid(text, other);
    return sid[1] == other[1] && memcmp(sid, other, 8 + 4u * other[1]) == 0;
}

sbx_status credential_write(const char *path, const char *user_sid, const void *bytes, size_t size,
                            struct sbx_error *error)
{
    struct sim_bytes descriptor = {0};
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);
    sbx_status status;

    if (place.folder && !place.folder->volume->keeps_acls)
        return error_set(error, SBX_E_NOT_ENFORCED, "This volume keeps no file for one user alone.");
    own_descriptor(user_sid, &descriptor);
    status = sim_replace(path, &descriptor, bytes, size, error);
    sim_bytes_free(&descriptor);
    return status;
}

/* Is nobody but the caller and SYSTEM given anything by the list, may no folder add to it, is the owner one of them? */
static bool is_own(const struct sim_file *file)
{
    char caller[SID_TEXT_SIZE];
    size_t size;
    const uint8_t *owner, *list;
    bool own;

    if (!file->descriptor)
        return false;
    sim_sid_text(&sim_caller()->user.sid, caller);
    owner = sim_part_of(file->descriptor, SIM_OWNER, &size);
    own = owner && (sid_is(owner, caller) || sid_is(owner, SIM_SYSTEM) || sid_is(owner, SIM_ADMINISTRATORS));
    list = sim_part_of(file->descriptor, SIM_DACL, &size);
    own = own && list && sim_control_of(file->descriptor) & 0x1000; /* SE_DACL_PROTECTED */
    for (size_t at = 8; own && at + 8 < size; at += list[at + 2] | (size_t)list[at + 3] << 8)
        own = list[at] == 0 && (sid_is(list + at + 8, caller) || sid_is(list + at + 8, SIM_SYSTEM));
    return own;
}

sbx_status credential_read(const char *path, size_t most, uint8_t **bytes, size_t *size,
                           struct sbx_error *error)
{
    struct sim_place place;
    char *found;
    size_t found_size;
    sbx_status status = file_read_all(path, most, &found, &found_size, error);

    if (status)
        return status;
    place = sim_find(path, SIM_LOOK_AT_LINK);
    if (place.through_link || !place.file || place.file->link || !is_own(place.file)) {
        sbx_wipe(found, found_size);
        sbx_free(found);
        return error_set(error, SBX_E_CREDENTIAL, "Others than you may read or replace %s.", path);
    }
    *bytes = (uint8_t *)found;
    *size = found_size;
    return SBX_OK;
}

/* Here a deleted file's bytes are gone. */
sbx_status credential_destroy(const char *path, struct sbx_error *error)
{
    return file_delete(path, error);
}
