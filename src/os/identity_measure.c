/*
 * identity_measure.c - who somebody is, and whether the secondary logon can be used.
 */
#include "os/identity.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/random.h"
#include "os/security.h"

#include <ntsecapi.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_IS_APP_CONTAINER ((TOKEN_INFORMATION_CLASS)29) /* TokenIsAppContainer, Windows 8 */
#define LOGON_TYPE_NETWORK     3
#define SYSTEM_SID             "S-1-5-18"

void identity_facts_free(struct identity_facts *facts)
{
    token_facts_free(&facts->token);
    strings_free(&facts->groups);
    memset(facts, 0, sizeof *facts);
}

bool identity_in_group(const struct identity_facts *facts, const char *sid)
{
    for (size_t i = 0; i < facts->groups.count; i++)
        if (!strcmp(facts->groups.items[i], sid))
            return true;
    return false;
}

static sbx_status measure_groups(HANDLE token, struct identity_facts *facts, struct sbx_error *error)
{
    TOKEN_GROUPS *groups;
    sbx_status status = security_token_query(token, TokenGroups, (void **)&groups, error);

    if (status)
        return status;
    for (DWORD i = 0; i < groups->GroupCount && !status; i++) {
        const SID_AND_ATTRIBUTES *group = &groups->Groups[i];

        if (group->Attributes & SE_GROUP_INTEGRITY)
            continue;
        if (group->Attributes & SE_GROUP_USE_FOR_DENY_ONLY &&
            IsWellKnownSid(group->Sid, WinBuiltinAdministratorsSid))
            facts->could_elevate = true;
        status = security_append_sid(&facts->groups, group->Sid, error);
    }
    sbx_free(groups);
    return status;
}

static sbx_status query_number(HANDLE token, TOKEN_INFORMATION_CLASS class, DWORD *number,
                               struct sbx_error *error)
{
    DWORD size;

    return GetTokenInformation(token, class, number, sizeof *number, &size)
               ? SBX_OK
               : native_error(error, "GetTokenInformation");
}

static sbx_status measure_level(HANDLE token, struct identity_facts *facts, struct sbx_error *error)
{
    DWORD type = 0;
    DWORD level = 0;
    sbx_status status = query_number(token, TokenType, &type, error);

    facts->level = IDENTITY_PRIMARY;
    if (status || type == TokenPrimary)
        return status;
    status = query_number(token, TokenImpersonationLevel, &level, error);
    facts->level = (enum identity_level)level; /* the same order: anonymous 0 to delegation 3 */
    return status;
}

/* Before Windows 8 there are none and the class is refused. Any other failure must not look like the good answer. */
static sbx_status measure_app_container(HANDLE token, struct identity_facts *facts, struct sbx_error *error)
{
    DWORD number = 0;
    DWORD size;

    if (!GetTokenInformation(token, TOKEN_IS_APP_CONTAINER, &number, sizeof number, &size) &&
        GetLastError() != ERROR_INVALID_PARAMETER && GetLastError() != ERROR_INVALID_FUNCTION)
        return native_error(error, "GetTokenInformation(TokenIsAppContainer)");
    facts->app_container = number != 0;
    return SBX_OK;
}

/*
 * LSA tells about a session to whoever is in it and to administrators: what it does not tell stays unknown. secur32.dll is looked up.
 */
static sbx_status measure_logon(HANDLE token, struct identity_facts *facts, struct sbx_error *error)
{
    typedef NTSTATUS(NTAPI * get_session)(LUID *, SECURITY_LOGON_SESSION_DATA **);
    typedef NTSTATUS(NTAPI * free_buffer)(void *);
    get_session get = (get_session)native_call(L"secur32.dll", "LsaGetLogonSessionData");
    free_buffer release = (free_buffer)native_call(L"secur32.dll", "LsaFreeReturnBuffer");
    SECURITY_LOGON_SESSION_DATA *session = NULL;
    TOKEN_STATISTICS *statistics;
    sbx_status status = security_token_query(token, TokenStatistics, (void **)&statistics, error);

    if (status)
        return status;
    if (get && release && !get(&statistics->AuthenticationId, &session) && session) {
        facts->logon_type = session->LogonType;
        for (size_t i = 0;
             i < session->AuthenticationPackage.Length / sizeof(WCHAR) && i < sizeof facts->logon_package - 1;
             i++)
            facts->logon_package[i] = (char)session->AuthenticationPackage.Buffer[i]; /* ASCII by nature */
        release(session);
    }
    sbx_free(statistics);
    return SBX_OK;
}

static sbx_status measure(HANDLE token, struct identity_facts *facts, struct sbx_error *error)
{
    DWORD session = 0;
    sbx_status status = token_measure(token, &facts->token, error);

    if (!status)
        status = measure_groups(token, facts, error);
    if (!status)
        status = measure_level(token, facts, error);
    if (!status)
        status = measure_app_container(token, facts, error);
    if (!status)
        status = measure_logon(token, facts, error);
    if (!status)
        status = query_number(token, TokenSessionId, &session, error);
    if (status)
        return status;
    facts->session_id = session;
    facts->system = !strcmp(facts->token.user_sid, SYSTEM_SID);
    facts->without_password = facts->logon_type ? facts->logon_type == LOGON_TYPE_NETWORK
                                                : identity_in_group(facts, "S-1-5-2"); /* NETWORK */
    return SBX_OK;
}

sbx_status identity_measure(sbx_handle token, struct identity_facts *facts, struct sbx_error *error)
{
    struct identity_facts found;
    HANDLE own = NULL;
    sbx_status status;

    memset(&found, 0, sizeof found);
    if (!token && !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &own))
        return native_error(error, "OpenProcessToken");
    status = measure(token ? token : own, &found, error);
    if (own)
        CloseHandle(own);
    if (status)
        identity_facts_free(&found);
    else
        *facts = found;
    return status;
}

/* The secondary logon. */

static sbx_status is_disabled(SC_HANDLE service, bool *disabled, struct sbx_error *error)
{
    QUERY_SERVICE_CONFIGW *config;
    DWORD size = 0;
    sbx_status status = SBX_OK;

    if (!QueryServiceConfigW(service, NULL, 0, &size) && GetLastError() != ERROR_INSUFFICIENT_BUFFER)
        return native_error(error, "QueryServiceConfig");
    config = sbx_alloc(size);
    if (!config)
        return error_memory(error, "a service's configuration");
    if (QueryServiceConfigW(service, config, size, &size))
        *disabled = config->dwStartType == SERVICE_DISABLED;
    else
        status = native_error(error, "QueryServiceConfig");
    sbx_free(config);
    return status;
}

static sbx_status examine_service(SC_HANDLE service, enum secondary_logon *state, struct sbx_error *error)
{
    SERVICE_STATUS now;
    bool disabled = false;
    sbx_status status;

    if (!QueryServiceStatus(service, &now))
        return native_error(error, "QueryServiceStatus");
    status = is_disabled(service, &disabled, error);
    if (status)
        return status;
    if (now.dwCurrentState == SERVICE_RUNNING)
        *state = SECONDARY_LOGON_RUNNING; /* disabled or not, until it stops */
    else
        *state = disabled ? SECONDARY_LOGON_DISABLED : SECONDARY_LOGON_STOPPED;
    return SBX_OK;
}

sbx_status identity_secondary_logon(enum secondary_logon *state, struct sbx_error *error)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service;
    sbx_status status;

    if (!manager)
        return native_error(error, "OpenSCManager");
    service = OpenServiceW(manager, L"seclogon", SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG);
    if (service) {
        status = examine_service(service, state, error);
        CloseServiceHandle(service);
    } else if (GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST) {
        *state = SECONDARY_LOGON_MISSING;
        status = SBX_OK;
    } else {
        status = native_error(error, "OpenService");
    }
    CloseServiceHandle(manager);
    return status;
}

/* A control. */

sbx_status identity_checks_passwords(bool *checks, struct sbx_error *error)
{
    char name[17], password[33];
    WCHAR wide_name[17], wide_password[33];
    HANDLE token = NULL;
    BOOL entered;
    DWORD system;
    sbx_status status = random_hex(name, 8, error);

    if (!status)
        status = random_hex(password, 16, error);
    if (status)
        return status;
    for (size_t i = 0; i < sizeof name; i++)
        wide_name[i] = (WCHAR)name[i];
    for (size_t i = 0; i < sizeof password; i++)
        wide_password[i] = (WCHAR)password[i];
    entered =
        LogonUserW(wide_name, L".", wide_password, LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, &token);
    system = entered ? ERROR_SUCCESS : GetLastError();
    if (token)
        CloseHandle(token);
    if (!entered && system != ERROR_LOGON_FAILURE)
        return error_system(error, "LogonUser", system);
    *checks = !entered;
    return SBX_OK;
}
