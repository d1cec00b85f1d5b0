/*
 * credential_store.c - passwords in files: the user's own, opened by DPAPI for him alone; the hand-over that an
 * administrator leaves for him, once.
 */
#include "core/credential.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/credential.h"
#include "os/filesystem.h"
#include "os/identity.h"

#include <string.h>

#define NAME    "credentials"
#define ENTROPY "sbxcom credentials 1 "
#define MOST    (CREDENTIALS_MOST_SIZE + 4096) /* of a blob */

static sbx_status path_of(char **path, const char *folder, const char *name, const char *extension,
                          struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_format(&text, "%s\\%s%s", folder, name, extension);
    *path = buffer_take(&text, NULL);
    buffer_free(&text);
    return *path ? SBX_OK : error_memory(error, "a path");
}

static void wipe_and_free(void *bytes, size_t size)
{
    if (bytes)
        sbx_wipe(bytes, size);
    sbx_free(bytes);
}

/* `status` with its text, unless the file was not there: *there tells. */
static sbx_status none_is_fine(sbx_status status, const struct sbx_error *met, bool *there,
                               struct sbx_error *error)
{
    *there = status != SBX_E_PATH_NOT_FOUND;
    if (!*there)
        return SBX_OK;
    if (status && error && !error->code)
        *error = *met;
    return status;
}

/* The user's own. */

static size_t entropy_of(const char *user_sid, char entropy[256])
{
    size_t head = strlen(ENTROPY), size = strlen(user_sid);

    memcpy(entropy, ENTROPY, head);
    memcpy(entropy + head, user_sid, size);
    return head + size;
}

sbx_status credentials_keep(const char *state_folder, const struct credentials *credentials,
                            struct sbx_error *error)
{
    char user_sid[SID_TEXT_SIZE], entropy[256];
    char *path = NULL;
    uint8_t *bytes = NULL, *blob = NULL;
    size_t size = 0, blob_size = 0;
    sbx_status status = identity_user_sid(user_sid, error);

    if (!status && strcmp(user_sid, credentials->user_sid) != 0)
        status =
            error_set(error, SBX_E_CREDENTIAL, "These credentials are not of the user who would keep them.");
    if (!status)
        status = path_of(&path, state_folder, NAME, "", error);
    if (!status)
        status = credentials_write(credentials, &bytes, &size, error);
    if (!status)
        status =
            credential_protect(bytes, size, entropy, entropy_of(user_sid, entropy), &blob, &blob_size, error);
    if (!status)
        status = folder_create(state_folder, error);
    if (!status)
        status = credential_write(path, NULL, blob, blob_size, error);
    wipe_and_free(bytes, size);
    sbx_free(blob);
    sbx_free(path);
    return status;
}

static sbx_status open_blob(const uint8_t *blob, size_t blob_size, const char *user_sid,
                            struct credentials *credentials, struct sbx_error *error)
{
    char entropy[256];
    struct credentials found = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    sbx_status status =
        credential_unprotect(blob, blob_size, entropy, entropy_of(user_sid, entropy), &bytes, &size, error);

    if (status)
        return status;
    status = credentials_read(bytes, size, &found, error);
    wipe_and_free(bytes, size);
    if (!status && strcmp(found.user_sid, user_sid) != 0) {
        credentials_free(&found);
        status = error_set(error, SBX_E_CREDENTIAL,
                           "The credentials that are kept here are another user's. Run Host.Repair.");
    }
    if (!status)
        *credentials = found;
    return status;
}

static sbx_status load_kept(const char *state_folder, const char *user_sid, struct credentials *credentials,
                            struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *path = NULL;
    uint8_t *blob = NULL;
    size_t size = 0;
    bool there = false;
    sbx_status status = path_of(&path, state_folder, NAME, "", error);

    if (status)
        return status;
    status = none_is_fine(credential_read(path, MOST, &blob, &size, &met), &met, &there, error);
    if (!status && !there)
        status = error_set(error, SBX_E_CREDENTIAL,
                           "No credentials of sandbox accounts are kept for you. Run Host.Provision, or "
                           "Host.Repair where this computer is set up already.");
    if (!status)
        status = open_blob(blob, size, user_sid, credentials, error);
    sbx_free(blob);
    sbx_free(path);
    return status;
}

/* *adopted: there was a hand-over. It is destroyed when it is kept, not before. */
static sbx_status adopt(const char *state_folder, const char *machine_folder, const char *user_sid,
                        struct credentials *credentials, bool *adopted, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct credentials found = {0};
    char *path = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    bool there = false;
    sbx_status status = path_of(&path, machine_folder, user_sid, ".handover", error);

    if (status)
        return status;
    status =
        none_is_fine(credential_read(path, CREDENTIALS_MOST_SIZE, &bytes, &size, &met), &met, &there, error);
    if (status || !there)
        goto free_path;
    status = credentials_read(bytes, size, &found, error);
    if (!status)
        status = credentials_keep(state_folder, &found, error);
    if (!status)
        status = credential_destroy(path, error);
    if (status) {
        credentials_free(&found);
    } else {
        *credentials = found;
        *adopted = true;
    }

free_path:
    wipe_and_free(bytes, size);
    sbx_free(path);
    return status;
}

sbx_status credentials_load(const char *state_folder, const char *machine_folder,
                            struct credentials *credentials, struct sbx_error *error)
{
    char user_sid[SID_TEXT_SIZE];
    bool adopted = false;
    sbx_status status = identity_user_sid(user_sid, error);

    if (!status && machine_folder)
        status = adopt(state_folder, machine_folder, user_sid, credentials, &adopted, error);
    if (status || adopted)
        return status;
    return load_kept(state_folder, user_sid, credentials, error);
}

sbx_status credentials_forget(const char *state_folder, struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *path = NULL;
    bool there;
    sbx_status status = path_of(&path, state_folder, NAME, "", error);

    if (!status)
        status = none_is_fine(credential_destroy(path, &met), &met, &there, error);
    sbx_free(path);
    return status;
}

/* The hand-over. */

/* By the administrator, whom the file itself does not admit: its folder lets him delete what is in it. */
sbx_status handover_remove(const char *machine_folder, const char *user_sid, struct sbx_error *error)
{
    char *path = NULL;
    sbx_status status = path_of(&path, machine_folder, user_sid, ".handover", error);

    if (!status && file_is_program(path))
        status = file_delete(path, error);
    sbx_free(path);
    return status;
}

sbx_status handover_leave(const char *machine_folder, const struct credentials *credentials,
                          struct sbx_error *error)
{
    char *path = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    sbx_status status = path_of(&path, machine_folder, credentials->user_sid, ".handover", error);

    if (!status)
        status = credentials_write(credentials, &bytes, &size, error);
    if (!status)
        status = credential_write(path, credentials->user_sid, bytes, size, error);
    wipe_and_free(bytes, size);
    sbx_free(path);
    return status;
}
