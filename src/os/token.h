/*
 * token.h - restricted tokens: made from a recipe, measured back.
 *
 * A recipe is data; token_make is the one function that turns it into a token, whoever asks. What the system made
 * of it is a different question, answered by token_measure: CreateRestrictedToken returns TRUE on hosts that drop
 * the flags and the restricting SIDs (Wine 8.0 does), so nothing here takes that TRUE for evidence.
 */
#ifndef SBX_OS_TOKEN_H
#define SBX_OS_TOKEN_H

#include "base/text.h"
#include "os/handle.h"

enum token_integrity { /* the RID of the mandatory label */
                       TOKEN_INTEGRITY_UNKNOWN = 0,
                       TOKEN_INTEGRITY_LOW = 0x1000,
                       TOKEN_INTEGRITY_MEDIUM = 0x2000,
                       TOKEN_INTEGRITY_HIGH = 0x3000,
                       TOKEN_INTEGRITY_SYSTEM = 0x4000,
};

struct token_recipe {
    bool write_restricted;               /* WRITE_RESTRICTED; only with restricting SIDs */
    bool logon_deny_only;                /* logon SID and INTERACTIVE deny-only (recipe `filtered`) */
    struct sbx_strings restricting_sids; /* S-1-... texts; empty is none */
    struct sbx_strings deny_only_sids;   /* besides the administrative groups, which always are */
    struct sbx_strings
        default_dacl_sids; /* besides the user and SYSTEM: full access to objects the command makes */
};

/*
 * A restricted primary token of the calling process's own. Always: every privilege but SeChangeNotifyPrivilege is
 * deleted (DISABLE_MAX_PRIVILEGE, and by list: Wine honours only the second); Administrators and every other
 * administrative group in the token are deny-only; integrity is lowered to medium where it is higher; the default DACL
 * is the user, SYSTEM and the recipe's SIDs. The token object itself gets that list too, as every program has all access
 * to its own token: Cygwin asks for TOKEN_ADJUST_DEFAULT at each start, browsers for everything, and nothing that the
 * recipe took away can be given back through a handle. The caller closes *token.
 *
 * SBX_E_ARGUMENT for a SID text that is none or a write restriction without restricting SIDs, SBX_E_NOT_ENFORCED when
 * the default DACL does not read back, SBX_E_MEMORY, SBX_E_SYSTEM.
 */
sbx_status token_make(const struct token_recipe *recipe, sbx_handle *token, struct sbx_error *error);

enum token_ui_access {
    TOKEN_UI_UNKNOWN, /* this host does not tell (Wine 8.0) */
    TOKEN_UI_NONE,
    TOKEN_UI_ACCESS, /* it may drive the windows of programs with more rights */
};

struct token_facts {
    char *user_sid;                      /* S-1-... */
    struct sbx_strings restricting_sids; /* what reads back; empty also where the host cannot tell */
    struct sbx_strings enabled_groups;   /* group SIDs that grant (enabled, not deny-only) */
    struct sbx_strings privileges;       /* names of those present, enabled or not */
    /* Of what it makes: a SID for each plain entry that allows all access; anything else, no list too, is a text that is no SID. */
    struct sbx_strings default_dacl;
    bool restricted;       /* IsTokenRestricted */
    bool write_restricted; /* restricting SIDs, and the kernel's flag in TokenAccessInformation */
    bool administrator;    /* BUILTIN\Administrators grants */
    bool elevated;         /* TokenElevation */
    uint32_t integrity;    /* enum token_integrity or any other RID; 0 unknown */
    uint8_t ui_access;     /* enum token_ui_access */
};

/*
 * `token` as token_make gave it. What would be a good answer if it were empty (groups, privileges, the default DACL) is a failure when it cannot
 * be asked; what would be a bad one (restricting SIDs) is empty. SBX_E_SYSTEM, SBX_E_MEMORY; *facts is untouched on failure.
 */
sbx_status token_measure(sbx_handle token, struct token_facts *facts, struct sbx_error *error);

/* The primary token of a process (handle with PROCESS_QUERY_INFORMATION); NULL is the calling process. */
sbx_status token_measure_process(sbx_handle process, struct token_facts *facts, struct sbx_error *error);

void token_facts_free(struct token_facts *facts); /* leaves it empty */

#endif
