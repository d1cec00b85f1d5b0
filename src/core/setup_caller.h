/*
 * setup_caller.h - who may have the elevated server work for him: a judgement on facts, nothing else.
 *
 * The server's access permission has to admit INTERACTIVE, or over-the-shoulder elevation would refuse the very
 * user that it is for. So whoever is logged on reaches the server, commands in a sandbox with him, and this
 * table is what stands between. What a caller gets is bound to his SID; he names nobody.
 *
 * Refused, in this order: who cannot be told (no impersonation, an anonymous token, no SID), service accounts and
 * other SIDs that are no person's, sandbox accounts (their SID or a group's of ours, deny-only too), AppContainers,
 * restricted tokens, integrity below medium or unknown, logons over the network, batch logons and services.
 */
#ifndef SBX_CORE_SETUP_CALLER_H
#define SBX_CORE_SETUP_CALLER_H

#include "base/text.h"

#include <stdbool.h>

/* Ordered: a token at identification level can be asked, an anonymous one has nothing to say. */
enum setup_impersonation {
    SETUP_IMPERSONATION_NONE, /* the call has no caller that the system would name (Wine: always) */
    SETUP_IMPERSONATION_ANONYMOUS,
    SETUP_IMPERSONATION_IDENTIFY,
    SETUP_IMPERSONATION_FULL,
};

struct setup_caller {
    enum setup_impersonation impersonation;
    char *user_sid;            /* NULL or "": unknown */
    struct sbx_strings groups; /* SIDs, the deny-only ones too */
    bool restricted;           /* IsTokenRestricted, or restricting SIDs read back */
    bool app_container;
    bool facts_missing;  /* one of these could not be asked */
    uint32_t integrity;  /* RID; 0: unknown */
    bool encrypted_call; /* RPC_C_AUTHN_LEVEL_PKT_PRIVACY or local: credentials travel over it */
};

/*
 * `own_sids`: all accounts and groups that sbxcom made on this machine, of whatever user. SBX_OK, or
 * SBX_E_SETUP_CALLER with the reason and what to do.
 */
sbx_status setup_caller_judge(const struct setup_caller *caller, const struct sbx_strings *own_sids,
                              struct sbx_error *error);

void setup_caller_free(struct setup_caller *caller); /* leaves it zeroed */

/* A person's account: of a machine or domain (S-1-5-21-...), of a directory in the cloud (S-1-12-1-...). */
bool setup_is_person(const char *user_sid);

/* What the server asks of itself before it asks who calls. */
struct setup_server {
    bool administrator; /* BUILTIN\Administrators grants */
    bool elevated;      /* TokenElevation */
    uint32_t integrity;
};

/* SBX_E_SETUP_FAILED: it was started without elevation, so nothing that it tried could succeed. */
sbx_status setup_server_judge(const struct setup_server *server, struct sbx_error *error);

#endif
