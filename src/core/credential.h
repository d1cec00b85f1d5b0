/*
 * credential.h - the passwords of a user's sandbox accounts: what the elevated server hands over, once, and the user
 * keeps.
 *
 * They exist in three places: in the server's memory while it makes them; in the bytes of the call that returns them;
 * in a file of the user's, which DPAPI opens for him alone. Never in a step, a journal, a log or an error's text.
 * Everything here wipes what it frees.
 */
#ifndef SBX_CORE_CREDENTIAL_H
#define SBX_CORE_CREDENTIAL_H

#include "base/status.h"

#include <stdbool.h>

#define CREDENTIALS_MOST_COUNT 64
#define CREDENTIALS_MOST_SIZE  16384 /* bytes of credentials_write */

struct credential {
    char *account; /* "Sbx-1a2b3c4d-off1" */
    char *password;
};

struct credentials {
    char *user_sid; /* whose they are; NULL while there are none */
    struct credential *items;
    size_t count;
};

void credentials_free(struct credentials *credentials); /* wipes; leaves it zeroed */

/* Copies; the account's older password is replaced. SBX_E_MEMORY, SBX_E_LIMIT; nothing is changed then. */
sbx_status credentials_add(struct credentials *credentials, const char *account, const char *password,
                           struct sbx_error *error);

/* NULL: none of that account. */
const char *credentials_find(const struct credentials *credentials, const char *account);

/*
 * As bytes that cross the elevation boundary and are kept, and back. *bytes is the caller's to wipe (sbx_wipe) and to free.
 * credentials_read: SBX_E_CREDENTIAL for what credentials_write did not write; *credentials is untouched on failure.
 */
sbx_status credentials_write(const struct credentials *credentials, uint8_t **bytes, size_t *size,
                             struct sbx_error *error);
sbx_status credentials_read(const void *bytes, size_t size, struct credentials *credentials,
                            struct sbx_error *error);

/* ---- the user's own file ---- */

/*
 * Keeps them for the calling user below `state_folder` ("...\\AppData\\Local\\sbxcom"), wrapped for him alone in a file that admits
 * him and SYSTEM. The file is replaced whole or not at all. SBX_E_CREDENTIAL (DPAPI does not work in this session; they
 * are another user's), SBX_E_NOT_ENFORCED (a volume without lists), SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status credentials_keep(const char *state_folder, const struct credentials *credentials,
                            struct sbx_error *error);

/*
 * Those that were kept for the calling user. Where the administrator left a hand-over for him in `machine_folder` (may be
 * NULL), that is newer than what is kept: it is adopted, kept and destroyed first.
 * SBX_E_CREDENTIAL: there are none, or they do not open (the text says what to do), SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status credentials_load(const char *state_folder, const char *machine_folder,
                            struct credentials *credentials, struct sbx_error *error);

/* None there is fine. */
sbx_status credentials_forget(const char *state_folder, struct sbx_error *error);

/* ---- the hand-over: sbxsetup provision --for USER ---- */

/*
 * Leaves them for `credentials->user_sid` in `machine_folder`, which only administrators may write: not wrapped, because nobody can wrap
 * for a user who is not there; in a file that admits that user and SYSTEM from its first moment. An older one is replaced.
 * Errors of os/credential.h's credential_write.
 */
sbx_status handover_leave(const char *machine_folder, const struct credentials *credentials,
                          struct sbx_error *error);
sbx_status handover_remove(const char *machine_folder, const char *user_sid, struct sbx_error *error);

#endif
