/*
 * account_right.c - rights and privileges of a SID in this machine's policy (LSA).
 */
#include "os/account_native.h"
#include "base/memory.h"
#include "os/security.h"

#include <string.h>
#include <wchar.h>

#define NO_RIGHTS \
    ((NTSTATUS)0xC0000034) /* STATUS_OBJECT_NAME_NOT_FOUND: the policy has no entry for the SID */

sbx_status lsa_error(struct sbx_error *error, const char *call, NTSTATUS system)
{
    return error_system(error, call, LsaNtStatusToWinError(system));
}

sbx_status lsa_open(ACCESS_MASK wanted, LSA_HANDLE *policy, struct sbx_error *error)
{
    LSA_OBJECT_ATTRIBUTES attributes;
    NTSTATUS system;

    memset(&attributes, 0, sizeof attributes);
    system = LsaOpenPolicy(NULL, &attributes, wanted, policy);
    return system ? lsa_error(error, "LsaOpenPolicy", system) : SBX_OK;
}

static sbx_status change_right(const char *text, const char *right, bool add, struct sbx_error *error)
{
    const char *call = add ? "LsaAddAccountRights" : "LsaRemoveAccountRights";
    LSA_UNICODE_STRING name;
    LSA_HANDLE policy;
    NTSTATUS system;
    PSID sid;
    sbx_status status = security_sid(text, &sid, error);

    if (status)
        return status;
    status = native_wide(right, &name.Buffer, error);
    if (status)
        goto free_sid;
    if (wcslen(name.Buffer) > MAXSHORT / sizeof(WCHAR)) {
        status = error_set(error, SBX_E_ARGUMENT, "%s is no right.", right);
        goto free_name;
    }
    name.Length = (USHORT)(wcslen(name.Buffer) * sizeof(WCHAR));
    name.MaximumLength = (USHORT)(name.Length + sizeof(WCHAR));

    status =
        lsa_open(add ? POLICY_LOOKUP_NAMES | POLICY_CREATE_ACCOUNT : POLICY_LOOKUP_NAMES, &policy, error);
    if (status)
        goto free_name;
    system = add ? LsaAddAccountRights(policy, sid, &name, 1)
                 : LsaRemoveAccountRights(policy, sid, FALSE, &name, 1);
    if (system && !(system == NO_RIGHTS && !add))
        status = lsa_error(error, call, system);
    LsaClose(policy);
free_name:
    sbx_free(name.Buffer);
free_sid:
    sbx_free(sid);
    return status;
}

sbx_status right_add(const char *sid, const char *right, struct sbx_error *error)
{
    return change_right(sid, right, true, error);
}

sbx_status right_remove(const char *sid, const char *right, struct sbx_error *error)
{
    return change_right(sid, right, false, error);
}

static sbx_status append_right(struct sbx_strings *rights, const LSA_UNICODE_STRING *right,
                               struct sbx_error *error)
{
    char *name;

    if (text_from_utf16((const uint16_t *)right->Buffer, right->Length / sizeof(WCHAR), &name, NULL))
        return error_memory(error, "a list of rights");
    if (strings_append(rights, name)) {
        sbx_free(name);
        return error_memory(error, "a list of rights");
    }
    sbx_free(name);
    return SBX_OK;
}

sbx_status right_list(const char *text, struct sbx_strings *rights, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    LSA_UNICODE_STRING *entries = NULL;
    ULONG count = 0;
    LSA_HANDLE policy;
    NTSTATUS system;
    PSID sid;
    sbx_status status = security_sid(text, &sid, error);

    if (status)
        return status;
    status = lsa_open(POLICY_LOOKUP_NAMES | POLICY_VIEW_LOCAL_INFORMATION, &policy, error);
    if (status)
        goto free_sid;
    system = LsaEnumerateAccountRights(policy, sid, &entries, &count);
    if (system && system != NO_RIGHTS)
        status = lsa_error(error, "LsaEnumerateAccountRights", system);
    for (ULONG i = 0; !system && i < count && !status; i++)
        status = append_right(&found, &entries[i], error);
    if (!system && entries)
        LsaFreeMemory(entries);
    LsaClose(policy);
    if (status)
        strings_free(&found);
    else
        *rights = found;
free_sid:
    sbx_free(sid);
    return status;
}
