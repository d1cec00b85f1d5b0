/*
 * account_pool.h - at which level a session runs, and which of the user's sandbox accounts serves its workspace.
 *
 * A workspace keeps its account: files there belong to it, and what another workspace granted names another. State, below the
 * user's local application data: sbxcom\accounts\, in it KEY-off (KEY-loop, KEY-on) with the account's name, KEY being the
 * workspace's capability SID, and marks ACCOUNT.live and KEY-off.live, held as long as the session lives (os/filesystem.h, held_*):
 * an account serves one live session at a time, and a workspace has one account at a time.
 */
#ifndef SBX_CORE_ACCOUNT_POOL_H
#define SBX_CORE_ACCOUNT_POOL_H

#include "core/boundary.h"
#include "core/setup.h"

/*
 * The level that `wanted` comes to on this host. Auto is the elevated one where it is set up for the user, and *why (freed with
 * sbx_free; NULL for another wish) says why it is which. Elevated is never anything else: SBX_E_UNSUPPORTED_HOST (no secondary
 * logon), SBX_E_NOT_PROVISIONED (not set up), and for auto too, where it is set up: SBX_E_LOGON_DENIED (that service is
 * disabled), SBX_E_SETUP_FAILED, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status account_pool_level(const char *user_sid, enum sbx_level wanted, enum sbx_level *level, char **why,
                              struct sbx_error *error);

/* Whose rules a policy's network asks for: none, loop-back ports from 49152 up, all. */
enum setup_group account_pool_group(const struct sbx_policy *policy);

struct pool_question {
    const char *state_folder;   /* "...\\sbxcom" of the calling user */
    const char *machine_folder; /* where a hand-over may lie (credentials_load); may be NULL */
    const char *user_sid;
    const char *key; /* the workspace's capability SID */
    enum setup_group group;
    bool network_enforced; /* the policy requires `network` enforced or more */
};

struct pool_account {
    char *name, *sid, *group_sid;
    char *password; /* NULL: account_pool_look, or forgotten */
    bool
        network_holds; /* the group's rules count on every profile, and nothing of them is known to be missing */
    char *network_words; /* what was seen of them, in sentences */
    struct sbx_strings
        others; /* keys of other workspaces that keep this account, too: there are more than accounts */
    struct held_file *marks[2];
};

/*
 * The account that the workspace has, or else the free one that the fewest other workspaces keep; marked, remembered, with its
 * password. The caller gives *account back when the session is over.
 *
 * SBX_E_STATE (a session lives in this workspace with its account), SBX_E_LIMIT (none is free; with the way to more),
 * SBX_E_ACCOUNT_DRIFT (it is not as set-up left it, or none is), SBX_E_FIREWALL_INEFFECTIVE (`network_enforced`, and it does
 * not hold), SBX_E_CREDENTIAL, SBX_E_NOT_PROVISIONED, SBX_E_SETUP_FAILED, SBX_E_SYSTEM, SBX_E_MEMORY. After a failure nothing
 * is marked and *account is untouched.
 */
sbx_status account_pool_take(const struct pool_question *question, struct pool_account *account,
                             struct sbx_error *error);

/* Which one account_pool_take would give now; marks, remembers and opens nothing. One that is in use is as good here. */
sbx_status account_pool_look(const struct pool_question *question, struct pool_account *account,
                             struct sbx_error *error);

/* Of an account that was taken before. *password is the caller's to wipe and to free. SBX_E_CREDENTIAL, SBX_E_MEMORY, SBX_E_SYSTEM. */
sbx_status account_pool_password(const struct pool_question *question, const char *name, char **password,
                                 struct sbx_error *error);

void account_pool_forget_password(struct pool_account *account); /* wiped; as soon as the process exists */
void account_pool_give_back(struct pool_account *account);       /* leaves it empty; an empty one is fine */

#endif
