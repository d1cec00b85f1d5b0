/*
 * token_measure.c - what the system made of a token.
 *
 * A query that fails must not look like a good answer. No restricting SIDs is a bad answer, so a host that cannot tell
 * them says none. No groups and no privileges would be good ones, so their failure is a failure; the same for the default DACL.
 */
#include "os/token.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/security.h"

#include <stdio.h>
#include <string.h>

#define FLAG_WRITE_RESTRICTED \
    0x8 /* TOKEN_WRITE_RESTRICTED of ntifs.h, in the Flags of TOKEN_ACCESS_INFORMATION */

void token_facts_free(struct token_facts *facts)
{
    sbx_free(facts->user_sid);
    strings_free(&facts->restricting_sids);
    strings_free(&facts->enabled_groups);
    strings_free(&facts->privileges);
    strings_free(&facts->default_dacl);
    memset(facts, 0, sizeof *facts);
}

static sbx_status measure_user(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    TOKEN_USER *user;
    sbx_status status = security_token_query(token, TokenUser, (void **)&user, error);

    if (status)
        return status;
    status = security_sid_text(user->User.Sid, &facts->user_sid, error);
    sbx_free(user);
    return status;
}

static sbx_status measure_groups(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    const DWORD not_granting = SE_GROUP_USE_FOR_DENY_ONLY | SE_GROUP_INTEGRITY;
    TOKEN_GROUPS *groups;
    sbx_status status = security_token_query(token, TokenGroups, (void **)&groups, error);

    if (status)
        return status;
    for (DWORD i = 0; i < groups->GroupCount && !status; i++) {
        const SID_AND_ATTRIBUTES *group = &groups->Groups[i];

        if (!(group->Attributes & SE_GROUP_ENABLED) || group->Attributes & not_granting)
            continue;
        if (IsWellKnownSid(group->Sid, WinBuiltinAdministratorsSid))
            facts->administrator = true;
        status = security_append_sid(&facts->enabled_groups, group->Sid, error);
    }
    sbx_free(groups);
    return status;
}

static sbx_status append_privilege(struct sbx_strings *names, LUID luid, struct sbx_error *error)
{
    sbx_status status;
    WCHAR wide[64];
    DWORD size = sizeof wide / sizeof *wide;
    char number[32];
    char *name;

    if (!LookupPrivilegeNameW(NULL, &luid, wide, &size)) {
        /* One that this system has no name for is still one too many. */
        snprintf(number, sizeof number, "%ld:%lu", (long)luid.HighPart, (unsigned long)luid.LowPart);
        return strings_append(names, number) ? error_memory(error, "a list of privileges") : SBX_OK;
    }
    status = native_text(wide, &name, error);
    if (status)
        return status;
    if (strings_append(names, name))
        status = error_memory(error, "a list of privileges");
    sbx_free(name);
    return status;
}

static sbx_status measure_privileges(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    TOKEN_PRIVILEGES *privileges;
    sbx_status status = security_token_query(token, TokenPrivileges, (void **)&privileges, error);

    if (status)
        return status;
    for (DWORD i = 0; i < privileges->PrivilegeCount && !status; i++)
        status = append_privilege(&facts->privileges, privileges->Privileges[i].Luid, error);
    sbx_free(privileges);
    return status;
}

static sbx_status measure_restrictions(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    TOKEN_GROUPS *sids;
    TOKEN_ACCESS_INFORMATION *access;

    facts->restricted = IsTokenRestricted(token);

    status = security_token_query(token, TokenRestrictedSids, (void **)&sids, NULL);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "token information");
    if (!status) {
        for (DWORD i = 0; i < sids->GroupCount && !status; i++)
            status = security_append_sid(&facts->restricting_sids, sids->Groups[i].Sid, error);
        sbx_free(sids);
        if (status)
            return status;
    }

    /* No class of its own tells the flag; this one carries the kernel's flags of the token (System Informer reads them so). */
    status = security_token_query(token, TokenAccessInformation, (void **)&access, NULL);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "token information");
    if (!status) {
        facts->write_restricted = facts->restricting_sids.count && access->Flags & FLAG_WRITE_RESTRICTED;
        sbx_free(access);
    }
    return SBX_OK;
}

static sbx_status measure_elevation(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    TOKEN_ELEVATION *elevation;
    sbx_status status = security_token_query(token, TokenElevation, (void **)&elevation, error);

    if (status)
        return status;
    facts->elevated = elevation->TokenIsElevated != 0;
    sbx_free(elevation);
    return SBX_OK;
}

static sbx_status measure_integrity(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    TOKEN_MANDATORY_LABEL *label;
    sbx_status status = security_token_query(token, TokenIntegrityLevel, (void **)&label, NULL);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "token information");
    if (!status) {
        PSID sid = label->Label.Sid;

        facts->integrity = *GetSidSubAuthority(sid, (DWORD)(*GetSidSubAuthorityCount(sid) - 1));
        sbx_free(label);
    }
    return SBX_OK;
}

static sbx_status append_entry(struct sbx_strings *entries, const ACE_HEADER *header, struct sbx_error *error)
{
    const ACCESS_ALLOWED_ACE *entry = (const ACCESS_ALLOWED_ACE *)header;
    char odd[64];

    if (header->AceType == ACCESS_ALLOWED_ACE_TYPE && !header->AceFlags && entry->Mask == GENERIC_ALL)
        return security_append_sid(entries, (PSID)&entry->SidStart, error);
    snprintf(odd, sizeof odd, "type %u, flags 0x%x, mask 0x%lx", header->AceType, header->AceFlags,
             (unsigned long)entry->Mask);
    return strings_append(entries, odd) ? error_memory(error, "a list") : SBX_OK;
}

static sbx_status measure_default_dacl(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    TOKEN_DEFAULT_DACL *list;
    sbx_status status = security_token_query(token, TokenDefaultDacl, (void **)&list, error);

    if (status)
        return status;
    /* Without a list everybody has all access to what the process makes without saying whose it is. */
    if (!list->DefaultDacl && strings_append(&facts->default_dacl, "no list"))
        status = error_memory(error, "a list");
    for (DWORD i = 0; list->DefaultDacl && i < list->DefaultDacl->AceCount && !status; i++) {
        void *entry;

        status = GetAce(list->DefaultDacl, i, &entry) ? append_entry(&facts->default_dacl, entry, error)
                                                      : native_error(error, "GetAce");
    }
    sbx_free(list);
    return status;
}

/* Windows has the class since Vista. A host that does not know it (Wine 8.0: 1) has no such right to give either. */
static sbx_status measure_ui_access(HANDLE token, struct token_facts *facts, struct sbx_error *error)
{
    DWORD access = 1, size;

    if (GetTokenInformation(token, TokenUIAccess, &access, sizeof access, &size))
        facts->ui_access = access ? TOKEN_UI_ACCESS : TOKEN_UI_NONE;
    else if (GetLastError() == ERROR_INVALID_FUNCTION || GetLastError() == ERROR_NOT_SUPPORTED)
        facts->ui_access = TOKEN_UI_UNKNOWN;
    else
        return native_error(error, "GetTokenInformation(TokenUIAccess)");
    return SBX_OK;
}

sbx_status token_measure(sbx_handle token, struct token_facts *facts, struct sbx_error *error)
{
    struct token_facts found;
    sbx_status status;

    memset(&found, 0, sizeof found);
    status = measure_user(token, &found, error);
    if (!status)
        status = measure_groups(token, &found, error);
    if (!status)
        status = measure_privileges(token, &found, error);
    if (!status)
        status = measure_restrictions(token, &found, error);
    if (!status)
        status = measure_elevation(token, &found, error);
    if (!status)
        status = measure_integrity(token, &found, error);
    if (!status)
        status = measure_default_dacl(token, &found, error);
    if (!status)
        status = measure_ui_access(token, &found, error);

    if (status)
        token_facts_free(&found);
    else
        *facts = found;
    return status;
}

sbx_status token_measure_process(sbx_handle process, struct token_facts *facts, struct sbx_error *error)
{
    sbx_status status;
    HANDLE token;

    if (!OpenProcessToken(process ? process : GetCurrentProcess(), TOKEN_QUERY, &token))
        return native_error(error, "OpenProcessToken");
    status = token_measure(token, facts, error);
    CloseHandle(token);
    return status;
}
