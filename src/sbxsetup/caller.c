/*
 * caller.c - who calls.
 */
#include "caller.h"
#include "base/memory.h"
#include "com.h"
#include "os/identity.h"

#include <string.h>

/* How the call came. A local call never leaves the machine: its transport gives privacy or reports none at all. */
static bool is_encrypted(void)
{
    DWORD service = 0, level = 0;
    HRESULT result = CoQueryClientBlanket(&service, NULL, NULL, &level, NULL, NULL, NULL);

    return SUCCEEDED(result) && level >= RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
}

/*
 * *token NULL: the host names nobody. OpenAsSelf: at identification level the thread may not open even its own
 * token in the caller's name, and whether the server may is the question.
 */
static sbx_status open_callers_token(HANDLE *token, struct sbx_error *error)
{
    DWORD failure = ERROR_SUCCESS;

    *token = NULL;
    if (FAILED(CoImpersonateClient()))
        return SBX_OK;
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, token)) {
        failure = GetLastError();
        *token = NULL;
    }

    /* A thread that went on in the caller's name would do everything in it: there is no going on. */
    if (FAILED(CoRevertToSelf()))
        TerminateProcess(GetCurrentProcess(), ERROR_CANNOT_IMPERSONATE);
    if (failure && failure != ERROR_CANT_OPEN_ANONYMOUS)
        return error_system(error, "OpenThreadToken", failure);
    return SBX_OK;
}

static enum setup_impersonation impersonation_of(enum identity_level level)
{
    if (level == IDENTITY_ANONYMOUS)
        return SETUP_IMPERSONATION_ANONYMOUS;
    return level == IDENTITY_IDENTIFICATION ? SETUP_IMPERSONATION_IDENTIFY : SETUP_IMPERSONATION_FULL;
}

sbx_status caller_identify(struct setup_caller *caller, struct sbx_error *error)
{
    struct setup_caller found = {.impersonation = SETUP_IMPERSONATION_NONE, .encrypted_call = is_encrypted()};
    struct identity_facts facts;
    HANDLE token;
    sbx_status status = open_callers_token(&token, error);

    if (status)
        return status;
    if (!token) {
        *caller = found;
        return SBX_OK;
    }
    status = identity_measure(token, &facts, error);
    CloseHandle(token);
    if (status)
        return status;

    found.impersonation = impersonation_of(facts.level);
    found.user_sid = facts.token.user_sid;
    facts.token.user_sid = NULL;
    found.groups = facts.groups;
    facts.groups = (struct sbx_strings){NULL, 0};
    found.restricted = facts.token.restricted || facts.token.restricting_sids.count > 0;
    found.app_container = facts.app_container;
    found.integrity = facts.token.integrity;
    identity_facts_free(&facts);
    *caller = found;
    return SBX_OK;
}

sbx_status caller_examine_server(struct setup_server *server, struct sbx_error *error)
{
    struct token_facts facts;
    sbx_status status = token_measure_process(NULL, &facts, error);

    if (status)
        return status;
    *server = (struct setup_server){facts.administrator, facts.elevated, facts.integrity};
    token_facts_free(&facts);
    return SBX_OK;
}
