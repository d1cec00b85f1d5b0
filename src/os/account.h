/*
 * account.h - local accounts, groups and logon rights of this machine.
 *
 * Everything here needs an administrator and is called by the elevated server alone. What was set is read back by the
 * caller through the *_read functions: NetUserAdd and its like return success on hosts that do nothing (Wine 8.0). There an account or
 * group that was made reads back as not there, and changing one is SBX_E_UNSUPPORTED_HOST, because the call would end the program.
 */
#ifndef SBX_OS_ACCOUNT_H
#define SBX_OS_ACCOUNT_H

#include "base/text.h"

#include <stdbool.h>

#define ACCOUNT_MOST_NAME 20 /* UTF-16 units: SAM's limit for a local account */

enum account_flags {
    ACCOUNT_DISABLED = 1,
    ACCOUNT_PASSWORD_NEVER_EXPIRES = 2,
    ACCOUNT_CANNOT_CHANGE_PASSWORD = 4,
    ACCOUNT_LOCKED_OUT = 8,        /* read only; cleared by account_set_flags without it */
    ACCOUNT_EXPIRED = 16,          /* read only; likewise */
    ACCOUNT_PASSWORD_EXPIRED = 32, /* read only */
};

struct account_facts {
    char *name;
    char *sid;
    char *comment; /* ours begins with a mark, by which our own are told from strangers of the same name */
    uint32_t flags;
};

/*
 * SBX_E_STATE when a user or group of that name is there already, SBX_E_SYSTEM (2245: the password breaks the host's policy),
 * SBX_E_UNSUPPORTED_HOST (a domain controller, whose accounts are the domain's; group_create too), SBX_E_MEMORY.
 */
sbx_status account_create(const char *name, const char *password, const char *comment, uint32_t flags,
                          struct sbx_error *error);
/* SBX_E_PATH_NOT_FOUND: none of that name. The caller frees *facts. The same of the other calls. */
sbx_status account_read(const char *name, struct account_facts *facts, struct sbx_error *error);
sbx_status account_set_password(const char *name, const char *password, struct sbx_error *error);
sbx_status account_set_flags(const char *name, uint32_t flags, struct sbx_error *error);
sbx_status account_delete(const char *name, struct sbx_error *error);

/* Keeps SID, groups, password. SBX_E_STATE when a user or group is called `to` already. */
sbx_status account_rename(const char *name, const char *to, struct sbx_error *error);
void account_facts_free(struct account_facts *facts);

/*
 * The profile of an account: its folder and its entry in the registry. None is fine. Before the account is deleted or after.
 * SBX_E_SYSTEM while a program of that account runs, SBX_E_UNSUPPORTED_HOST (Wine).
 */
sbx_status account_delete_profile(const char *sid, struct sbx_error *error);

/* The accounts and groups whose name begins with `prefix` (ASCII case does not count). */
sbx_status account_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error);
sbx_status group_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error);

sbx_status group_create(const char *name, const char *comment, struct sbx_error *error);
sbx_status group_read(const char *name, struct account_facts *facts, struct sbx_error *error); /* flags 0 */
sbx_status group_delete(const char *name, struct sbx_error *error);

/* By SID, because names of built-in groups are translated ("Benutzer"). Being one already, or not being one, is fine. */
sbx_status group_add_member(const char *group_sid, const char *member_sid, struct sbx_error *error);
sbx_status group_remove_member(const char *group_sid, const char *member_sid, struct sbx_error *error);
sbx_status group_members(const char *group_sid, struct sbx_strings *sids, struct sbx_error *error);

/* LSA account rights, "SeDenyNetworkLogonRight". Having it already, or not having it, is fine. */
sbx_status right_add(const char *sid, const char *right, struct sbx_error *error);
sbx_status right_remove(const char *sid, const char *right, struct sbx_error *error);
sbx_status right_list(const char *sid, struct sbx_strings *rights, struct sbx_error *error);

#endif
