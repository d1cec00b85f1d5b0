/*
 * account.c - local accounts of this machine.
 */
#include "os/account_native.h"
#include "base/memory.h"
#include "os/clock.h"
#include "os/identity.h"
#include "os/security.h"

#include <string.h>

#define SETTABLE_FLAGS (UF_ACCOUNTDISABLE | UF_DONT_EXPIRE_PASSWD | UF_PASSWD_CANT_CHANGE)

sbx_status net_load(struct net_calls *net, struct sbx_error *error)
{
    static const char *const names[] = {
        "NetUserAdd",        "NetUserGetInfo",          "NetUserSetInfo",          "NetUserDel",
        "NetUserEnum",       "NetLocalGroupAdd",        "NetLocalGroupGetInfo",    "NetLocalGroupDel",
        "NetLocalGroupEnum", "NetLocalGroupAddMembers", "NetLocalGroupDelMembers", "NetLocalGroupGetMembers",
        "NetApiBufferFree",
    };
    native_function found[sizeof names / sizeof *names];

    _Static_assert(sizeof found == sizeof *net, "one name for each call, in the same order");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        found[i] = native_call(L"netapi32.dll", names[i]);
        if (!found[i])
            return error_set(error, SBX_E_UNSUPPORTED_HOST, "This host has no %s.", names[i]);
    }
    memcpy(net, found, sizeof *net);
    return SBX_OK;
}

sbx_status net_needs_own_accounts(struct sbx_error *error)
{
    struct host_facts host;

    host_examine(&host);
    if (!host.domain_controller)
        return SBX_OK;
    return error_set(
        error, SBX_E_UNSUPPORTED_HOST,
        "This machine is a domain controller, which has no accounts of its own. Use the restricted "
        "level, or another machine.");
}

sbx_status net_error(struct sbx_error *error, const char *call, NET_API_STATUS system, const char *name)
{
    switch (system) {
    case NERR_UserNotFound:
    case NERR_GroupNotFound:
    case ERROR_NO_SUCH_USER:
    case ERROR_NO_SUCH_GROUP:
    case ERROR_NO_SUCH_ALIAS:
        return native_error_as(error, SBX_E_PATH_NOT_FOUND, call, system, "There is no account or group %s.",
                               name);
    case NERR_UserExists:
    case NERR_GroupExists:
    case ERROR_USER_EXISTS:
    case ERROR_GROUP_EXISTS:
    case ERROR_ALIAS_EXISTS:
        return native_error_as(error, SBX_E_STATE, call, system, "There is an account or group %s already.",
                               name);
    case NERR_PasswordTooShort:
    case ERROR_PASSWORD_RESTRICTION: /* the same under another name, by the calls below NetUser... */
        return native_error_as(error, SBX_E_SYSTEM, call, NERR_PasswordTooShort,
                               "The password of %s breaks this machine's password policy (%s, error %lu).",
                               name, call, (unsigned long)system);
    default:
        return native_error_as(error, SBX_E_SYSTEM, call, system, "%s failed with error %lu for %s.", call,
                               (unsigned long)system, name);
    }
}

sbx_status net_append_name(struct sbx_strings *names, const WCHAR *wide, const char *prefix,
                           struct sbx_error *error)
{
    char *name;
    sbx_status status = native_text(wide, &name, error);

    if (status)
        return status;
    if (text_begins_ascii_nocase(name, prefix) && strings_append(names, name))
        status = error_memory(error, "names");
    sbx_free(name);
    return status;
}

/* Reading. */

void account_facts_free(struct account_facts *facts)
{
    sbx_free(facts->name);
    sbx_free(facts->sid);
    sbx_free(facts->comment);
    memset(facts, 0, sizeof *facts);
}

static uint32_t flags_of(const USER_INFO_4 *info)
{
    uint32_t flags = 0;

    if (info->usri4_flags & UF_ACCOUNTDISABLE)
        flags |= ACCOUNT_DISABLED;
    if (info->usri4_flags & UF_DONT_EXPIRE_PASSWD)
        flags |= ACCOUNT_PASSWORD_NEVER_EXPIRES;
    if (info->usri4_flags & UF_PASSWD_CANT_CHANGE)
        flags |= ACCOUNT_CANNOT_CHANGE_PASSWORD;
    if (info->usri4_flags & UF_LOCKOUT)
        flags |= ACCOUNT_LOCKED_OUT;
    if (info->usri4_acct_expires != TIMEQ_FOREVER && info->usri4_acct_expires <= clock_utc_ms() / 1000)
        flags |= ACCOUNT_EXPIRED;
    if (info->usri4_password_expired)
        flags |= ACCOUNT_PASSWORD_EXPIRED;
    return flags;
}

/* SAM's record, freed with buffer_free. Level 4, because it tells the SID: a look-up by name may find a domain's. */
static sbx_status get_info(const struct net_calls *net, const WCHAR *wide, const char *name,
                           USER_INFO_4 **info, struct sbx_error *error)
{
    LPBYTE found = NULL;
    NET_API_STATUS system = net->user_get(NULL, wide, 4, &found);

    /*
     * Wine 8.0 keeps what NetUserAdd made in a list of the calling process, for itself alone, and has only a name and a
     * comment of it. Nobody can log on to that, and it has no SID: it is not there.
     */
    if (system == NERR_InternalError && native_wine_version())
        system = NERR_UserNotFound;
    if (system)
        return net_error(error, "NetUserGetInfo", system, name);
    *info = (USER_INFO_4 *)found;
    return SBX_OK;
}

sbx_status account_read(const char *name, struct account_facts *facts, struct sbx_error *error)
{
    struct account_facts made = {0};
    struct net_calls net;
    USER_INFO_4 *info;
    WCHAR *wide;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = native_wide(name, &wide, error);
    if (status)
        return status;
    status = get_info(&net, wide, name, &info, error);
    if (status)
        goto free_wide;
    status = native_text(info->usri4_name, &made.name, error);
    if (!status)
        status = native_text(info->usri4_comment ? info->usri4_comment : L"", &made.comment, error);
    if (!status)
        status = security_sid_text(info->usri4_user_sid, &made.sid, error);
    made.flags = flags_of(info);
    if (status)
        account_facts_free(&made);
    else
        *facts = made;
    net.buffer_free(info);
free_wide:
    sbx_free(wide);
    return status;
}

sbx_status account_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    struct net_calls net;
    DWORD resume = 0;
    NET_API_STATUS system = ERROR_MORE_DATA;
    sbx_status status = net_load(&net, error);

    while (!status && system == ERROR_MORE_DATA) {
        USER_INFO_0 *entries = NULL;
        DWORD count = 0;
        DWORD total = 0;

        system = net.user_enum(NULL, 0, FILTER_NORMAL_ACCOUNT, (LPBYTE *)&entries, MAX_PREFERRED_LENGTH,
                               &count, &total, &resume);
        if (system && system != ERROR_MORE_DATA)
            status = error_system(error, "NetUserEnum", system);
        for (DWORD i = 0; entries && i < count && !status; i++)
            status = net_append_name(&found, entries[i].usri0_name, prefix, error);
        if (entries)
            net.buffer_free(entries);
    }
    if (status)
        strings_free(&found);
    else
        *names = found;
    return status;
}

/* Making and changing. */

static DWORD native_flags(uint32_t flags)
{
    DWORD made = 0;

    if (flags & ACCOUNT_DISABLED)
        made |= UF_ACCOUNTDISABLE;
    if (flags & ACCOUNT_PASSWORD_NEVER_EXPIRES)
        made |= UF_DONT_EXPIRE_PASSWD;
    if (flags & ACCOUNT_CANNOT_CHANGE_PASSWORD)
        made |= UF_PASSWD_CANT_CHANGE;
    return made;
}

static void free_secret(WCHAR *wide)
{
    if (wide)
        sbx_wipe(wide, wcslen(wide) * sizeof *wide);
    sbx_free(wide);
}

/* UF_SCRIPT has to be set; without home and groups: NetUserAdd puts nobody into Users. */
sbx_status account_create(const char *name, const char *password, const char *comment, uint32_t flags,
                          struct sbx_error *error)
{
    struct net_calls net;
    USER_INFO_1 info = {.usri1_priv = USER_PRIV_USER, .usri1_flags = UF_SCRIPT | native_flags(flags)};
    NET_API_STATUS system;
    sbx_status status = net_needs_own_accounts(error);

    if (!status)
        status = net_load(&net, error);
    if (!status)
        status = native_wide(name, &info.usri1_name, error);
    if (!status)
        status = native_wide(password, &info.usri1_password, error);
    if (!status)
        status = native_wide(comment, &info.usri1_comment, error);
    if (!status) {
        system = net.user_add(NULL, 1, (LPBYTE)&info, NULL);
        if (system)
            status = net_error(error, "NetUserAdd", system, name);
    }
    sbx_free(info.usri1_comment);
    free_secret(info.usri1_password);
    sbx_free(info.usri1_name);
    return status;
}

static sbx_status set_info(const struct net_calls *net, const WCHAR *wide, const char *name, DWORD level,
                           void *info, struct sbx_error *error)
{
    sbx_status status = native_needs_windows("NetUserSetInfo", error);
    NET_API_STATUS system;

    if (status)
        return status;
    system = net->user_set(NULL, wide, level, info, NULL);
    return system ? net_error(error, "NetUserSetInfo", system, name) : SBX_OK;
}

sbx_status account_set_password(const char *name, const char *password, struct sbx_error *error)
{
    struct net_calls net;
    USER_INFO_1003 info = {NULL};
    WCHAR *wide = NULL;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = native_wide(name, &wide, error);
    if (!status)
        status = native_wide(password, &info.usri1003_password, error);
    if (!status)
        status = set_info(&net, wide, name, 1003, &info, error);
    free_secret(info.usri1003_password);
    sbx_free(wide);
    return status;
}

sbx_status account_rename(const char *name, const char *to, struct sbx_error *error)
{
    struct net_calls net;
    USER_INFO_0 info = {NULL};
    WCHAR *wide = NULL;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = native_wide(name, &wide, error);
    if (!status)
        status = native_wide(to, &info.usri0_name, error);
    if (!status)
        status = set_info(&net, wide, name, 0, &info, error);
    sbx_free(info.usri0_name);
    sbx_free(wide);
    return status;
}

static sbx_status change_flags(const struct net_calls *net, const WCHAR *wide, const char *name,
                               uint32_t flags, struct sbx_error *error)
{
    USER_INFO_1008 info;
    USER_INFO_1017 expiry = {TIMEQ_FOREVER};
    USER_INFO_4 *now;
    bool expires;
    sbx_status status = get_info(net, wide, name, &now, error);

    if (status)
        return status;
    info.usri1008_flags = (now->usri4_flags & ~(DWORD)SETTABLE_FLAGS) | native_flags(flags);
    if (!(flags & ACCOUNT_LOCKED_OUT))
        info.usri1008_flags &= ~(DWORD)UF_LOCKOUT; /* may be cleared by a caller, never set */
    expires = now->usri4_acct_expires != TIMEQ_FOREVER && !(flags & ACCOUNT_EXPIRED);
    net->buffer_free(now);

    status = set_info(net, wide, name, 1008, &info, error);
    if (!status && expires)
        status = set_info(net, wide, name, 1017, &expiry, error);
    return status;
}

sbx_status account_set_flags(const char *name, uint32_t flags, struct sbx_error *error)
{
    struct net_calls net;
    WCHAR *wide;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = native_wide(name, &wide, error);
    if (status)
        return status;
    status = change_flags(&net, wide, name, flags, error);
    sbx_free(wide);
    return status;
}

sbx_status account_delete(const char *name, struct sbx_error *error)
{
    struct net_calls net;
    NET_API_STATUS system;
    WCHAR *wide;
    sbx_status status = net_load(&net, error);

    if (!status)
        status = native_wide(name, &wide, error);
    if (status)
        return status;
    system = net.user_delete(NULL, wide);
    if (system)
        status = net_error(error, "NetUserDel", system, name);
    sbx_free(wide);
    return status;
}

sbx_status account_delete_profile(const char *sid, struct sbx_error *error)
{
    typedef BOOL(WINAPI * delete_profile)(LPCWSTR, LPCWSTR, LPCWSTR);
    delete_profile call = (delete_profile)native_call(L"userenv.dll", "DeleteProfileW");
    WCHAR *wide;
    sbx_status status;

    if (!call) /* Wine has neither this call nor profiles of other accounts */
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "This host has no DeleteProfile.");
    status = native_wide(sid, &wide, error);
    if (status)
        return status;
    if (!call(wide, NULL, NULL)) {
        DWORD system = GetLastError();

        if (system != ERROR_FILE_NOT_FOUND && system != ERROR_PATH_NOT_FOUND)
            status =
                native_error_as(error, SBX_E_SYSTEM, "DeleteProfile", system,
                                "The profile of %s could not be deleted: error %lu. Programs of that account "
                                "may still run; end them, then try again.",
                                sid, (unsigned long)system);
    }
    sbx_free(wide);
    return status;
}
