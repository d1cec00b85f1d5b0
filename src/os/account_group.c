/*
 * account_group.c - local groups of this machine, and who is in them.
 *
 * Calls about members want the group's name, which Windows translates for built-in ones, so it is looked up by the SID;
 * and the group's SID, which no NetLocalGroup... call tells, by the name, within this machine's own two domains: a bare name may
 * be answered by a domain, or be the computer's (openai/codex #30445).
 */
#include "os/account_native.h"
#include "base/memory.h"
#include "os/security.h"

#include <string.h>
#include <wchar.h>

#define MOST_NAME 512 /* units; a group's has at most 256, a domain's 255 */

/* Looks for DOMAIN\name among local groups. *sid is untouched where there is none. */
static sbx_status look_up(const WCHAR *domain, const WCHAR *name, BYTE sid[SECURITY_MAX_SID_SIZE],
                          bool *found, struct sbx_error *error)
{
    const size_t domain_count = wcslen(domain);
    const size_t name_count = wcslen(name);
    WCHAR whole[MOST_NAME * 2];
    WCHAR in[MOST_NAME];
    DWORD size = SECURITY_MAX_SID_SIZE;
    DWORD in_size = MOST_NAME;
    BYTE made[SECURITY_MAX_SID_SIZE];
    SID_NAME_USE use;

    *found = false;
    if (domain_count + name_count + 2 > sizeof whole / sizeof *whole)
        return SBX_OK;
    memcpy(whole, domain, domain_count * sizeof *whole);
    whole[domain_count] = L'\\';
    memcpy(whole + domain_count + 1, name, (name_count + 1) * sizeof *whole);
    if (!LookupAccountNameW(NULL, whole, made, &size, in, &in_size, &use))
        return GetLastError() == ERROR_NONE_MAPPED ? SBX_OK : native_error(error, "LookupAccountName");
    *found = use == SidTypeAlias;
    if (*found)
        memcpy(sid, made, size);
    return SBX_OK;
}

/* This machine's own domain of accounts, by the policy. LsaFreeMemory. */
static sbx_status own_domain(POLICY_ACCOUNT_DOMAIN_INFO **domain, struct sbx_error *error)
{
    LSA_HANDLE policy;
    void *found = NULL;
    NTSTATUS system;
    sbx_status status = lsa_open(POLICY_VIEW_LOCAL_INFORMATION, &policy, error);

    if (status)
        return status;
    system = LsaQueryInformationPolicy(policy, PolicyAccountDomainInformation, &found);
    if (system)
        status = lsa_error(error, "LsaQueryInformationPolicy", system);
    else
        *domain = found;
    LsaClose(policy);
    return status;
}

static sbx_status own_domain_name(WCHAR name[MOST_NAME], struct sbx_error *error)
{
    POLICY_ACCOUNT_DOMAIN_INFO *domain;
    size_t count;
    sbx_status status = own_domain(&domain, error);

    if (status)
        return status;
    count = domain->DomainName.Length / sizeof(WCHAR);
    if (count >= MOST_NAME)
        status = error_set(error, SBX_E_SYSTEM, "This machine's name is too long.");
    else {
        memcpy(name, domain->DomainName.Buffer, count * sizeof(WCHAR));
        name[count] = L'\0';
    }
    LsaFreeMemory(domain);
    return status;
}

/* "BUILTIN" in the system's language. */
static sbx_status builtin_domain_name(WCHAR name[MOST_NAME], struct sbx_error *error)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    WCHAR ignored[MOST_NAME];
    DWORD ignored_size = MOST_NAME;
    DWORD name_size = MOST_NAME;
    SID_NAME_USE use;

    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size))
        return native_error(error, "CreateWellKnownSid");
    if (!LookupAccountSidW(NULL, sid, ignored, &ignored_size, name, &name_size, &use))
        return native_error(error, "LookupAccountSid");
    return SBX_OK;
}

static sbx_status sid_of_group(const WCHAR *wide, const char *name, char **sid, struct sbx_error *error)
{
    WCHAR domain[MOST_NAME];
    BYTE found_sid[SECURITY_MAX_SID_SIZE];
    bool found = false;
    sbx_status status = own_domain_name(domain, error);

    if (!status)
        status = look_up(domain, wide, found_sid, &found, error);
    if (!status && !found)
        status = builtin_domain_name(domain, error);
    if (!status && !found)
        status = look_up(domain, wide, found_sid, &found, error);
    if (status)
        return status;
    if (!found)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no group %s.", name);
    return security_sid_text(found_sid, sid, error);
}

/* A group of the machine's own or a built-in one, and none of a domain that is called the same. */
static sbx_status is_local(PSID sid, bool *local, struct sbx_error *error)
{
    POLICY_ACCOUNT_DOMAIN_INFO *domain = NULL;
    BYTE of[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof of;
    sbx_status status;

    *local =
        IsWellKnownSid(sid, WinBuiltinDomainSid) ||
        (*GetSidSubAuthorityCount(sid) == 2 && *GetSidSubAuthority(sid, 0) == SECURITY_BUILTIN_DOMAIN_RID);
    if (*local || !GetWindowsAccountDomainSid(sid, of, &size))
        return SBX_OK;
    status = own_domain(&domain, error);
    if (status)
        return status;
    *local = domain && domain->DomainSid && EqualSid(of, domain->DomainSid);
    LsaFreeMemory(domain);
    return SBX_OK;
}

static sbx_status name_of_group(const char *text, WCHAR name[MOST_NAME], struct sbx_error *error)
{
    WCHAR domain[MOST_NAME];
    DWORD domain_size = MOST_NAME;
    DWORD name_size = MOST_NAME;
    SID_NAME_USE use = SidTypeUnknown;
    bool local = false;
    PSID sid;
    sbx_status status = security_sid(text, &sid, error);

    if (status)
        return status;
    status = is_local(sid, &local, error);
    if (!status && local && !LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use) &&
        GetLastError() != ERROR_NONE_MAPPED)
        status = native_error(error, "LookupAccountSid");
    if (!status && use != SidTypeAlias)
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "There is no group %s on this machine.", text);
    sbx_free(sid);
    return status;
}

/* os/account.h */

sbx_status group_create(const char *name, const char *comment, struct sbx_error *error)
{
    struct net_calls net;
    LOCALGROUP_INFO_1 info = {NULL, NULL};
    NET_API_STATUS system;
    sbx_status status = net_needs_own_accounts(error);

    if (!status)
        status = net_load(&net, error);
    if (!status)
        status = native_wide(name, &info.lgrpi1_name, error);
    if (!status)
        status = native_wide(comment, &info.lgrpi1_comment, error);
    if (!status) {
        system = net.group_add(NULL, 1, (LPBYTE)&info, NULL);
        if (system)
            status = net_error(error, "NetLocalGroupAdd", system, name);
    }
    sbx_free(info.lgrpi1_comment);
    sbx_free(info.lgrpi1_name);
    return status;
}

/* The look-up by name comes first: Wine 8.0's NetLocalGroupGetInfo knows every group that one asks it for. */
sbx_status group_read(const char *name, struct account_facts *facts, struct sbx_error *error)
{
    struct account_facts made = {0};
    struct net_calls net;
    LOCALGROUP_INFO_1 *info = NULL;
    NET_API_STATUS system;
    WCHAR *wide;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = native_wide(name, &wide, error);
    if (status)
        return status;
    status = sid_of_group(wide, name, &made.sid, error);
    if (status)
        goto free_wide;
    system = net.group_get(NULL, wide, 1, (LPBYTE *)&info);
    if (system || !info)
        status = net_error(error, "NetLocalGroupGetInfo", system ? system : NERR_GroupNotFound, name);
    if (!status)
        status = native_text(info->lgrpi1_name, &made.name, error);
    if (!status)
        status = native_text(info->lgrpi1_comment ? info->lgrpi1_comment : L"", &made.comment, error);
    if (info)
        net.buffer_free(info);
    if (status)
        account_facts_free(&made);
    else
        *facts = made;
free_wide:
    sbx_free(wide);
    return status;
}

sbx_status group_delete(const char *name, struct sbx_error *error)
{
    struct net_calls net;
    NET_API_STATUS system;
    WCHAR *wide;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = native_wide(name, &wide, error);
    if (status)
        return status;
    system = net.group_delete(NULL, wide);
    if (system)
        status = net_error(error, "NetLocalGroupDel", system, name);
    sbx_free(wide);
    return status;
}

sbx_status group_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    struct net_calls net;
    DWORD_PTR resume = 0;
    NET_API_STATUS system = ERROR_MORE_DATA;
    sbx_status status = net_load(&net, error);

    while (!status && system == ERROR_MORE_DATA) {
        LOCALGROUP_INFO_0 *entries = NULL;
        DWORD count = 0;
        DWORD total = 0;

        system = net.group_enum(NULL, 0, (LPBYTE *)&entries, MAX_PREFERRED_LENGTH, &count, &total, &resume);
        if (system && system != ERROR_MORE_DATA)
            status = error_system(error, "NetLocalGroupEnum", system);
        for (DWORD i = 0; entries && i < count && !status; i++)
            status = net_append_name(&found, entries[i].lgrpi0_name, prefix, error);
        if (entries)
            net.buffer_free(entries);
    }
    if (status)
        strings_free(&found);
    else
        *names = found;
    return status;
}

/* Members. */

static sbx_status change_member(const char *group_sid, const char *member_sid, bool add,
                                struct sbx_error *error)
{
    const char *call = add ? "NetLocalGroupAddMembers" : "NetLocalGroupDelMembers";
    struct net_calls net;
    WCHAR name[MOST_NAME];
    LOCALGROUP_MEMBERS_INFO_0 member;
    NET_API_STATUS system;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = name_of_group(group_sid, name, error);
    if (!status)
        status = security_sid(member_sid, &member.lgrmi0_sid, error);
    if (status)
        return status;
    system = (add ? net.add_members : net.delete_members)(NULL, name, 0, (LPBYTE)&member, 1);
    if (system == ERROR_NO_SUCH_MEMBER || system == ERROR_INVALID_MEMBER)
        status = native_error_as(error, SBX_E_PATH_NOT_FOUND, call, system,
                                 "There is nobody with the SID %s.", member_sid);
    else if (system && system != (add ? ERROR_MEMBER_IN_ALIAS : ERROR_MEMBER_NOT_IN_ALIAS))
        status = net_error(error, call, system, group_sid);
    sbx_free(member.lgrmi0_sid);
    return status;
}

sbx_status group_add_member(const char *group_sid, const char *member_sid, struct sbx_error *error)
{
    return change_member(group_sid, member_sid, true, error);
}

sbx_status group_remove_member(const char *group_sid, const char *member_sid, struct sbx_error *error)
{
    return change_member(group_sid, member_sid, false, error);
}

sbx_status group_members(const char *group_sid, struct sbx_strings *sids, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    struct net_calls net;
    WCHAR name[MOST_NAME];
    DWORD_PTR resume = 0;
    NET_API_STATUS system = ERROR_MORE_DATA;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = name_of_group(group_sid, name, error);
    while (!status && system == ERROR_MORE_DATA) {
        LOCALGROUP_MEMBERS_INFO_0 *entries = NULL; /* Wine 8.0 says success and leaves all of it alone */
        DWORD count = 0;
        DWORD total = 0;

        system =
            net.get_members(NULL, name, 0, (LPBYTE *)&entries, MAX_PREFERRED_LENGTH, &count, &total, &resume);
        if (system && system != ERROR_MORE_DATA)
            status = net_error(error, "NetLocalGroupGetMembers", system, group_sid);
        for (DWORD i = 0; entries && i < count && !status; i++)
            status = security_append_sid(&found, entries[i].lgrmi0_sid, error);
        if (entries)
            net.buffer_free(entries);
    }
    if (status)
        strings_free(&found);
    else
        *sids = found;
    return status;
}
