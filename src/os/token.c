/*
 * token.c - making a restricted token from a recipe.
 */
#include "os/token.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/security.h"

#include <string.h>

/* Newer than some headers, and the same since Windows 2000 (wdm.h); LookupPrivilegeValue would ask the LSA for it. */
#define CHANGE_NOTIFY_PRIVILEGE 23

/* WRITE_RESTRICTED of CreateRestrictedToken; DISABLE_MAX_PRIVILEGE is in every header. */
#define FLAG_WRITE_RESTRICTED 0x8

struct sid_list {
    SID_AND_ATTRIBUTES *items;
    size_t count;
};

static void sid_list_free(struct sid_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        sbx_free(list->items[i].Sid);
    sbx_free(list->items);
}

static sbx_status sid_list_parse(const struct sbx_strings *texts, struct sid_list *list,
                                 struct sbx_error *error)
{
    list->items = sbx_alloc_array(texts->count, sizeof *list->items);
    if (!list->items)
        return error_memory(error, "a list of SIDs");

    for (; list->count < texts->count; list->count++) {
        sbx_status status = security_sid(texts->items[list->count], &list->items[list->count].Sid, error);

        if (status)
            return status;
    }
    return SBX_OK;
}

static bool is_one_of(DWORD rid, const DWORD *rids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rids[i] == rid)
            return true;
    }
    return false;
}

/*
 * The groups that UAC too takes from an administrator's everyday token (Microsoft, "How User Account Control works",
 * and the aliases that came after it), so that whoever is one of them is an ordinary user in the sandbox.
 */
static bool is_administrative(PSID sid)
{
    static const SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    static const DWORD aliases[] = {
        544, /* Administrators */
        547, /* Power Users */
        548, /* Account Operators */
        549, /* Server Operators */
        550, /* Print Operators */
        551, /* Backup Operators */
        552, /* Replicators */
        553, /* RAS Servers */
        554, /* Pre-Windows 2000 Compatible Access */
        556, /* Network Configuration Operators */
        569, /* Cryptographic Operators */
        578, /* Hyper-V Administrators */
        582, /* Storage Replica Administrators */
    };
    static const DWORD domain_groups[] = {
        498, /* Enterprise Read-only Domain Controllers */
        512, /* Domain Admins */
        516, /* Domain Controllers */
        517, /* Cert Publishers */
        518, /* Schema Admins */
        519, /* Enterprise Admins */
        520, /* Group Policy Creator Owners */
        521, /* Read-only Domain Controllers */
        526, /* Key Admins */
        527, /* Enterprise Key Admins */
    };
    UCHAR count = *GetSidSubAuthorityCount(sid);
    DWORD first = count ? *GetSidSubAuthority(sid, 0) : 0;

    if (memcmp(GetSidIdentifierAuthority(sid), &nt, sizeof nt))
        return false;
    if (count == 1)
        return first == 114; /* "Local account and member of Administrators group" */
    if (count == 2 && first == SECURITY_BUILTIN_DOMAIN_RID)
        return is_one_of(*GetSidSubAuthority(sid, 1), aliases, sizeof aliases / sizeof *aliases);
    if (count == 5 && first == SECURITY_NT_NON_UNIQUE)
        return is_one_of(*GetSidSubAuthority(sid, 4), domain_groups,
                         sizeof domain_groups / sizeof *domain_groups);
    return false;
}

static bool is_logon(const SID_AND_ATTRIBUTES *group)
{
    return (group->Attributes & SE_GROUP_LOGON_ID) == SE_GROUP_LOGON_ID ||
           IsWellKnownSid(group->Sid, WinInteractiveSid);
}

/* What CreateRestrictedToken is given. Begins zeroed; making_free takes any state of it. */
struct making {
    TOKEN_USER *user;
    TOKEN_GROUPS *groups;
    TOKEN_PRIVILEGES *privileges;
    struct sid_list restricting;
    struct sid_list deny_only;    /* the recipe's */
    SID_AND_ATTRIBUTES *disabled; /* those and the token's own; the SIDs belong to the lists above */
    size_t disabled_count;
    LUID_AND_ATTRIBUTES *deleted;
    size_t deleted_count;
    ACL *acl; /* of what the command makes, and of the token itself */
};

static void making_free(struct making *making)
{
    sbx_free(making->acl);
    sbx_free(making->deleted);
    sbx_free(making->disabled);
    sid_list_free(&making->deny_only);
    sid_list_free(&making->restricting);
    sbx_free(making->privileges);
    sbx_free(making->groups);
    sbx_free(making->user);
}

static sbx_status choose_disabled(const struct token_recipe *recipe, struct making *making,
                                  struct sbx_error *error)
{
    const TOKEN_GROUPS *groups = making->groups;

    making->disabled =
        sbx_alloc_array(groups->GroupCount + making->deny_only.count, sizeof *making->disabled);
    if (!making->disabled)
        return error_memory(error, "a list of groups");

    for (DWORD i = 0; i < groups->GroupCount; i++) {
        if (is_administrative(groups->Groups[i].Sid) ||
            (recipe->logon_deny_only && is_logon(&groups->Groups[i])))
            making->disabled[making->disabled_count++].Sid = groups->Groups[i].Sid;
    }
    for (size_t i = 0; i < making->deny_only.count; i++)
        making->disabled[making->disabled_count++].Sid = making->deny_only.items[i].Sid;
    return SBX_OK;
}

static sbx_status choose_deleted(struct making *making, struct sbx_error *error)
{
    const TOKEN_PRIVILEGES *privileges = making->privileges;

    making->deleted = sbx_alloc_array(privileges->PrivilegeCount, sizeof *making->deleted);
    if (!making->deleted)
        return error_memory(error, "a list of privileges");

    for (DWORD i = 0; i < privileges->PrivilegeCount; i++) {
        const LUID *luid = &privileges->Privileges[i].Luid;

        if (luid->LowPart != CHANGE_NOTIFY_PRIVILEGE || luid->HighPart)
            making->deleted[making->deleted_count++].Luid = *luid;
    }
    return SBX_OK;
}

/* The user, SYSTEM and the recipe's SIDs: all access to what the command makes. */
static sbx_status make_acl(const struct token_recipe *recipe, struct making *making, struct sbx_error *error)
{
    sbx_status status;
    PSID system = NULL;
    struct sid_list more = {NULL, 0};
    size_t count = recipe->default_dacl_sids.count + 2;
    struct security_entry *entries = sbx_alloc_array(count, sizeof *entries);

    if (!entries)
        return error_memory(error, "an access control list");

    status = security_sid("S-1-5-18", &system, error);
    if (!status)
        status = sid_list_parse(&recipe->default_dacl_sids, &more, error);
    if (status)
        goto free_sids;

    entries[0].sid = making->user->User.Sid;
    entries[1].sid = system;
    for (size_t i = 0; i < more.count; i++)
        entries[2 + i].sid = more.items[i].Sid;
    for (size_t i = 0; i < count; i++)
        entries[i].mask = GENERIC_ALL;
    status = security_acl(entries, count, &making->acl, error);

free_sids:
    sid_list_free(&more);
    sbx_free(system);
    sbx_free(entries);
    return status;
}

static sbx_status prepare(const struct token_recipe *recipe, HANDLE own, struct making *making,
                          struct sbx_error *error)
{
    sbx_status status = security_token_query(own, TokenUser, (void **)&making->user, error);

    if (!status)
        status = security_token_query(own, TokenGroups, (void **)&making->groups, error);
    if (!status)
        status = security_token_query(own, TokenPrivileges, (void **)&making->privileges, error);
    if (!status)
        status = sid_list_parse(&recipe->restricting_sids, &making->restricting, error);
    if (!status)
        status = sid_list_parse(&recipe->deny_only_sids, &making->deny_only, error);
    if (!status)
        status = choose_disabled(recipe, making, error);
    if (!status)
        status = choose_deleted(making, error);
    if (!status)
        status = make_acl(recipe, making, error);
    return status;
}

static sbx_status lower_integrity(HANDLE token, struct sbx_error *error)
{
    sbx_status status;
    TOKEN_MANDATORY_LABEL *found;
    TOKEN_MANDATORY_LABEL wanted;
    PSID medium;
    DWORD level;

    status = security_token_query(token, TokenIntegrityLevel, (void **)&found, error);
    if (status)
        return status;
    level = *GetSidSubAuthority(found->Label.Sid, (DWORD)(*GetSidSubAuthorityCount(found->Label.Sid) - 1));
    sbx_free(found);
    if (level <= TOKEN_INTEGRITY_MEDIUM)
        return SBX_OK;

    status = security_sid("S-1-16-8192", &medium, error);
    if (status)
        return status;
    wanted.Label.Sid = medium;
    wanted.Label.Attributes = SE_GROUP_INTEGRITY;
    if (!SetTokenInformation(token, TokenIntegrityLevel, &wanted, sizeof wanted + GetLengthSid(medium)))
        status = native_error(error, "SetTokenInformation(TokenIntegrityLevel)");
    sbx_free(medium);
    return status;
}

/*
 * An elevated caller's objects belong to Administrators, which is deny-only here: the command would not own what it
 * makes. Best effort, because such an owner takes rights away and gives none.
 */
static void set_owner(HANDLE token, PSID user)
{
    TOKEN_OWNER owner = {user};

    SetTokenInformation(token, TokenOwner, &owner, sizeof owner);
}

sbx_status token_make(const struct token_recipe *recipe, sbx_handle *token, struct sbx_error *error)
{
    sbx_status status;
    struct making making;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    HANDLE own;
    HANDLE filtered;
    HANDLE made;

    if (recipe->write_restricted && !recipe->restricting_sids.count)
        return error_set(error, SBX_E_ARGUMENT,
                         "A write-restricted token without restricting SIDs restricts nothing.");

    memset(&making, 0, sizeof making);
    if (!OpenProcessToken(GetCurrentProcess(),
                          TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_ADJUST_DEFAULT, &own))
        return native_error(error, "OpenProcessToken");

    status = prepare(recipe, own, &making, error);
    if (status)
        goto close_own;

    /* On Windows the flag deletes the privileges and the list is ignored; Wine ignores the flag and takes the list. */
    if (!CreateRestrictedToken(
            own, DISABLE_MAX_PRIVILEGE | (recipe->write_restricted ? FLAG_WRITE_RESTRICTED : 0),
            (DWORD)making.disabled_count, making.disabled, (DWORD)making.deleted_count, making.deleted,
            (DWORD)making.restricting.count, making.restricting.items, &filtered)) {
        status = native_error(error, "CreateRestrictedToken");
        goto close_own;
    }

    status = lower_integrity(filtered, error);
    if (status)
        goto close_filtered;
    set_owner(filtered, making.user->User.Sid);
    status = security_default_acl(filtered, making.acl, error);
    if (status)
        goto close_filtered;

    /*
     * The token object's own list: CreateRestrictedToken gives it the caller's default DACL, which in the runner is
     * locked. Every process has all access to its own token, and programs ask for it: Cygwin and MSYS for
     * TOKEN_ADJUST_DEFAULT (without it each start prints "NtSetInformationToken (TokenDefaultDacl)"), browsers' own
     * sandboxes for TOKEN_ALL_ACCESS. Nothing is lost by it: disabled groups, deleted privileges, restricting SIDs and a lower
     * label cannot be undone through the handle of a token, whatever its access.
     */
    status = security_descriptor(making.acl, &descriptor, error);
    if (status)
        goto close_filtered;
    if (!DuplicateTokenEx(filtered,
                          TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_IMPERSONATE |
                              TOKEN_ADJUST_DEFAULT | READ_CONTROL,
                          &attributes, SecurityImpersonation, TokenPrimary, &made)) {
        status = native_error(error, "DuplicateTokenEx");
        goto close_filtered;
    }
    *token = made;

close_filtered:
    CloseHandle(filtered);
close_own:
    CloseHandle(own);
    making_free(&making);
    return status;
}
