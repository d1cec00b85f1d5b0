/*
 * firewall.c - rules of the Windows Firewall, by its COM interfaces.
 *
 * The classes live in a DLL of System32 that is registered below HKLM, which is where elevated processes look alone.
 * Linked to ole32 and oleaut32: both are known DLLs. Only a program that calls something here gets this file.
 */
#include "os/firewall.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/registry.h"

#include <ole2.h>
#include <oleauto.h>
#include <netfw.h>
#include <string.h>
#include <wchar.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Of our own: mingw-w64 and Microsoft's SDK keep them in different libraries. */
static const CLSID class_policy = {
    0xE2B3C97F, 0x6AE1, 0x41AC, {0x81, 0x7A, 0xF6, 0xF9, 0x21, 0x66, 0xD7, 0xDD}};
static const CLSID class_rule = {
    0x2C5BC43E, 0x3369, 0x4C33, {0xAB, 0x0C, 0xBE, 0x94, 0x69, 0x67, 0x7A, 0xF4}};
static const IID iid_policy2 = {0x98325047, 0xC671, 0x4174, {0x8D, 0x81, 0xDE, 0xFC, 0xD3, 0xF0, 0x31, 0x86}};
static const IID iid_rule3 = {0xB21563FF, 0xD696, 0x4222, {0xAB, 0x46, 0x4E, 0x89, 0xB7, 0x3A, 0xB3, 0x4A}};
static const IID iid_enum_variant = {0x00020404, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

void firewall_rule_free(struct firewall_rule *rule)
{
    sbx_free(rule->name);
    sbx_free(rule->group);
    sbx_free(rule->description);
    sbx_free(rule->users);
    sbx_free(rule->remote_addresses);
    sbx_free(rule->remote_ports);
    memset(rule, 0, sizeof *rule);
}

/* E_ACCESSDENIED and E_INVALIDARG are Windows errors in disguise (5, 87): all of that kind come out as what they are. */
static sbx_status com_error(struct sbx_error *error, const char *call, HRESULT result)
{
    switch (result) {
    case E_NOTIMPL:     /* Wine 8.0 */
    case E_NOINTERFACE: /* Windows 7: INetFwRule3 is of Windows 8 */
    case REGDB_E_CLASSNOTREG:
        return native_error_as(
            error, SBX_E_UNSUPPORTED_HOST, call, (DWORD)result,
            "This host's firewall has no rules for groups of users (%s: 0x%08lX). That takes "
            "Windows 8 or later.",
            call, (unsigned long)result);
    case __HRESULT_FROM_WIN32(EPT_S_NOT_REGISTERED):
        return native_error_as(
            error, SBX_E_FIREWALL_INEFFECTIVE, call, EPT_S_NOT_REGISTERED,
            "The service of the Windows Firewall (mpssvc) is not running. Start it, then try "
            "again.");
    default:
        return error_system(error, call,
                            HRESULT_FACILITY(result) == FACILITY_WIN32 ? (uint32_t)HRESULT_CODE(result)
                                                                       : (uint32_t)result);
    }
}

/* The store of rules, for one call of ours. Begins zeroed; firewall_close takes any state of it. */
struct firewall {
    bool initialized; /* CoUninitialize is owed */
    INetFwPolicy2 *policy;
    INetFwRules *rules;
};

static void firewall_close(struct firewall *firewall)
{
    if (firewall->rules)
        INetFwRules_Release(firewall->rules);
    if (firewall->policy)
        INetFwPolicy2_Release(firewall->policy);
    if (firewall->initialized)
        CoUninitialize();
}

/* A thread that is in another kind of apartment already stays there: these objects do not mind. */
static sbx_status open_policy(struct firewall *firewall, struct sbx_error *error)
{
    HRESULT result = CoInitializeEx(NULL, COINIT_MULTITHREADED | COINIT_DISABLE_OLE1DDE);

    if (FAILED(result) && result != RPC_E_CHANGED_MODE)
        return com_error(error, "CoInitializeEx", result);
    firewall->initialized = SUCCEEDED(result);
    result =
        CoCreateInstance(&class_policy, NULL, CLSCTX_INPROC_SERVER, &iid_policy2, (void **)&firewall->policy);
    return FAILED(result) ? com_error(error, "CoCreateInstance(NetFwPolicy2)", result) : SBX_OK;
}

static sbx_status open_rules(struct firewall *firewall, struct sbx_error *error)
{
    HRESULT result;
    sbx_status status = open_policy(firewall, error);

    if (status)
        return status;
    result = INetFwPolicy2_get_Rules(firewall->policy, &firewall->rules);
    return FAILED(result) ? com_error(error, "INetFwPolicy2::get_Rules", result) : SBX_OK;
}

static sbx_status make_bstr(const char *text, BSTR *made, struct sbx_error *error)
{
    WCHAR *wide;
    sbx_status status = native_wide(text, &wide, error);

    if (status)
        return status;
    *made = SysAllocString(wide);
    sbx_free(wide);
    return *made ? SBX_OK : error_memory(error, "a text");
}

/* *rule NULL: there is none of that name. */
static sbx_status find_rule(const struct firewall *firewall, const char *name, INetFwRule3 **rule,
                            struct sbx_error *error)
{
    INetFwRule *found = NULL;
    HRESULT result;
    BSTR wide;
    sbx_status status = make_bstr(name, &wide, error);

    if (status)
        return status;
    result = INetFwRules_Item(firewall->rules, wide, &found);
    SysFreeString(wide);
    *rule = NULL;
    if (result == __HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND))
        return SBX_OK;
    if (FAILED(result))
        return com_error(error, "INetFwRules::Item", result);
    result = INetFwRule_QueryInterface(found, &iid_rule3, (void **)rule);
    INetFwRule_Release(found);
    return FAILED(result) ? com_error(error, "INetFwRule3", result) : SBX_OK;
}

/* Adding. */

typedef HRESULT(STDMETHODCALLTYPE *put_text)(INetFwRule3 *, BSTR);

static sbx_status put(INetFwRule3 *rule, put_text method, const char *text, const char *call,
                      struct sbx_error *error)
{
    HRESULT result;
    BSTR wide;
    sbx_status status;

    if (!text || !*text)
        return SBX_OK;
    status = make_bstr(text, &wide, error);
    if (status)
        return status;
    result = method(rule, wide);
    SysFreeString(wide);
    return FAILED(result) ? com_error(error, call, result) : SBX_OK;
}

static sbx_status put_number(HRESULT result, const char *call, struct sbx_error *error)
{
    return FAILED(result) ? com_error(error, call, result) : SBX_OK;
}

static bool names_ports(const struct firewall_rule *from)
{
    return from->remote_ports && *from->remote_ports && strcmp(from->remote_ports, "*") != 0;
}

/* The protocol before the ports, which are refused with one that has none. */
static sbx_status fill(INetFwRule3 *rule, const struct firewall_rule *from, struct sbx_error *error)
{
    const INetFwRule3Vtbl *put_of = rule->lpVtbl;
    const NET_FW_RULE_DIRECTION direction =
        from->direction == FIREWALL_OUT ? NET_FW_RULE_DIR_OUT : NET_FW_RULE_DIR_IN;
    sbx_status status = put(rule, put_of->put_Name, from->name, "INetFwRule::put_Name", error);

    if (!status)
        status = put(rule, put_of->put_Description, from->description, "INetFwRule::put_Description", error);
    if (!status)
        status = put(rule, put_of->put_Grouping, from->group, "INetFwRule::put_Grouping", error);
    if (!status)
        status = put_number(put_of->put_Protocol(rule, from->protocol), "INetFwRule::put_Protocol", error);
    if (!status && names_ports(from))
        status = put(rule, put_of->put_RemotePorts, from->remote_ports, "INetFwRule::put_RemotePorts", error);
    if (!status)
        status = put(rule, put_of->put_RemoteAddresses, from->remote_addresses,
                     "INetFwRule::put_RemoteAddresses", error);
    if (!status)
        status = put(rule, put_of->put_LocalUserAuthorizedList, from->users,
                     "INetFwRule3::put_LocalUserAuthorizedList", error);
    if (!status)
        status = put_number(put_of->put_Direction(rule, direction), "INetFwRule::put_Direction", error);
    if (!status)
        status =
            put_number(put_of->put_Profiles(rule, NET_FW_PROFILE2_ALL), "INetFwRule::put_Profiles", error);
    if (!status)
        status = put_number(put_of->put_Action(rule, from->allow ? NET_FW_ACTION_ALLOW : NET_FW_ACTION_BLOCK),
                            "INetFwRule::put_Action", error);
    if (!status)
        status = put_number(put_of->put_Enabled(rule, from->enabled ? VARIANT_TRUE : VARIANT_FALSE),
                            "INetFwRule::put_Enabled", error);
    return status;
}

static sbx_status add_new(const struct firewall *firewall, const struct firewall_rule *from,
                          struct sbx_error *error)
{
    INetFwRule3 *rule;
    HRESULT result = CoCreateInstance(&class_rule, NULL, CLSCTX_INPROC_SERVER, &iid_rule3, (void **)&rule);
    sbx_status status;

    if (FAILED(result))
        return com_error(error, "CoCreateInstance(NetFwRule)", result);
    status = fill(rule, from, error);
    if (!status) {
        result =
            INetFwRules_Add(firewall->rules, (INetFwRule *)rule); /* INetFwRule3 begins with INetFwRule */
        if (FAILED(result))
            status = com_error(error, "INetFwRules::Add", result);
    }
    INetFwRule3_Release(rule);
    return status;
}

/* Looked for first: Add takes a second one of the same name, or writes over the first. */
sbx_status firewall_add(const struct firewall_rule *rule, struct sbx_error *error)
{
    struct firewall firewall = {0};
    INetFwRule3 *there = NULL;
    sbx_status status = open_rules(&firewall, error);

    if (!status)
        status = find_rule(&firewall, rule->name, &there, error);
    if (there) {
        INetFwRule3_Release(there);
        status = error_set(error, SBX_E_STATE, "There is a firewall rule %s already.", rule->name);
    }
    if (!status)
        status = add_new(&firewall, rule, error);
    firewall_close(&firewall);
    return status;
}

/* Reading. */

typedef HRESULT(STDMETHODCALLTYPE *get_text)(INetFwRule3 *, BSTR *);

/* `otherwise` where the property is not set. */
static sbx_status get(INetFwRule3 *rule, get_text method, const char *otherwise, const char *call,
                      char **text, struct sbx_error *error)
{
    BSTR wide = NULL;
    HRESULT result = method(rule, &wide);
    sbx_status status;

    if (FAILED(result))
        return com_error(error, call, result);
    status = wide && *wide ? native_text(wide, text, error) : SBX_OK;
    if (!status && !(wide && *wide)) {
        *text = sbx_strdup(otherwise);
        if (!*text)
            status = error_memory(error, "a firewall rule");
    }
    SysFreeString(wide);
    return status;
}

static sbx_status get_texts(INetFwRule3 *rule, struct firewall_rule *to, struct sbx_error *error)
{
    const INetFwRule3Vtbl *get_of = rule->lpVtbl;
    const struct {
        get_text method;
        char **to;
        const char *otherwise, *call;
    } texts[] = {
        {get_of->get_Name, &to->name, "", "INetFwRule::get_Name"},
        {get_of->get_Grouping, &to->group, "", "INetFwRule::get_Grouping"},
        {get_of->get_Description, &to->description, "", "INetFwRule::get_Description"},
        {get_of->get_LocalUserAuthorizedList, &to->users, "", "INetFwRule3::get_LocalUserAuthorizedList"},
        {get_of->get_RemoteAddresses, &to->remote_addresses, "*", "INetFwRule::get_RemoteAddresses"},
        {get_of->get_RemotePorts, &to->remote_ports, "*", "INetFwRule::get_RemotePorts"},
    };
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < COUNT(texts) && !status; i++)
        status = get(rule, texts[i].method, texts[i].otherwise, texts[i].call, texts[i].to, error);
    return status;
}

/*
 * Does it hold for every program, service, interface and local address? *narrowed: somebody made it less than what
 * firewall_add made.
 */
static sbx_status get_narrowed(INetFwRule3 *rule, bool *narrowed, struct sbx_error *error)
{
    const INetFwRule3Vtbl *get_of = rule->lpVtbl;
    const struct {
        get_text method;
        const char *whole, *call;
    } texts[] = {
        {get_of->get_ApplicationName, "", "INetFwRule::get_ApplicationName"},
        {get_of->get_ServiceName, "", "INetFwRule::get_ServiceName"},
        {get_of->get_InterfaceTypes, "All", "INetFwRule::get_InterfaceTypes"},
        {get_of->get_LocalAddresses, "*", "INetFwRule::get_LocalAddresses"},
        {get_of->get_LocalPorts, "*", "INetFwRule::get_LocalPorts"},
    };
    const long profiles = NET_FW_PROFILE2_DOMAIN | NET_FW_PROFILE2_PRIVATE | NET_FW_PROFILE2_PUBLIC;
    long found = 0;
    HRESULT result = get_of->get_Profiles(rule, &found);
    sbx_status status = FAILED(result) ? com_error(error, "INetFwRule::get_Profiles", result) : SBX_OK;

    *narrowed = (found & profiles) != profiles;
    for (size_t i = 0; i < COUNT(texts) && !status; i++) {
        char *text;

        status = get(rule, texts[i].method, texts[i].whole, texts[i].call, &text, error);
        if (status)
            break;
        *narrowed = *narrowed || !text_equal_ascii_nocase(text, texts[i].whole);
        sbx_free(text);
    }
    return status;
}

static sbx_status get_numbers(INetFwRule3 *rule, struct firewall_rule *to, struct sbx_error *error)
{
    long protocol = 0;
    NET_FW_RULE_DIRECTION direction = NET_FW_RULE_DIR_OUT;
    NET_FW_ACTION action = NET_FW_ACTION_ALLOW;
    VARIANT_BOOL enabled = VARIANT_FALSE;
    bool narrowed = false;
    sbx_status status =
        put_number(INetFwRule3_get_Protocol(rule, &protocol), "INetFwRule::get_Protocol", error);

    if (!status)
        status = put_number(INetFwRule3_get_Direction(rule, &direction), "INetFwRule::get_Direction", error);
    if (!status)
        status = put_number(INetFwRule3_get_Action(rule, &action), "INetFwRule::get_Action", error);
    if (!status)
        status = put_number(INetFwRule3_get_Enabled(rule, &enabled), "INetFwRule::get_Enabled", error);
    if (!status)
        status = get_narrowed(rule, &narrowed, error);
    to->protocol = (uint16_t)protocol;
    to->direction = direction == NET_FW_RULE_DIR_OUT ? FIREWALL_OUT : FIREWALL_IN;
    to->allow = action != NET_FW_ACTION_BLOCK;
    to->enabled = enabled != VARIANT_FALSE && !narrowed;
    return status;
}

sbx_status firewall_read(const char *name, struct firewall_rule *rule, struct sbx_error *error)
{
    struct firewall firewall = {0};
    struct firewall_rule made = {0};
    INetFwRule3 *there = NULL;
    sbx_status status = open_rules(&firewall, error);

    if (!status)
        status = find_rule(&firewall, name, &there, error);
    if (!status && !there)
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "There is no firewall rule %s.", name);
    if (!status)
        status = get_texts(there, &made, error);
    if (!status)
        status = get_numbers(there, &made, error);
    if (there)
        INetFwRule3_Release(there);
    firewall_close(&firewall);
    if (status)
        firewall_rule_free(&made);
    else
        *rule = made;
    return status;
}

sbx_status firewall_remove(const char *name, struct sbx_error *error)
{
    struct firewall firewall = {0};
    INetFwRule3 *there = NULL;
    HRESULT result;
    BSTR wide;
    sbx_status status = open_rules(&firewall, error);

    if (!status)
        status = find_rule(&firewall, name, &there, error);
    if (!status && !there)
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "There is no firewall rule %s.", name);
    if (there)
        INetFwRule3_Release(there);
    if (!status)
        status = make_bstr(name, &wide, error);
    if (!status) {
        result = INetFwRules_Remove(firewall.rules, wide);
        SysFreeString(wide);
        if (FAILED(result))
            status = com_error(error, "INetFwRules::Remove", result);
    }
    firewall_close(&firewall);
    return status;
}

/* `item` is one of the collection. One that is no INetFwRule3 has no name of ours. */
static sbx_status append_name(struct sbx_strings *names, const VARIANT *item, const char *prefix,
                              struct sbx_error *error)
{
    INetFwRule3 *rule;
    char *name;
    sbx_status status;

    if (item->vt != VT_DISPATCH || !item->pdispVal ||
        FAILED(IDispatch_QueryInterface(item->pdispVal, &iid_rule3, (void **)&rule)))
        return SBX_OK;
    status = get(rule, rule->lpVtbl->get_Name, "", "INetFwRule::get_Name", &name, error);
    INetFwRule3_Release(rule);
    if (status)
        return status;
    if (!strncmp(name, prefix, strlen(prefix)) && strings_append(names, name))
        status = error_memory(error, "names");
    sbx_free(name);
    return status;
}

static sbx_status append_names(IEnumVARIANT *items, const char *prefix, struct sbx_strings *names,
                               struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    while (!status) {
        VARIANT item;
        ULONG count = 0;
        HRESULT result;

        VariantInit(&item);
        result = IEnumVARIANT_Next(items, 1, &item, &count);
        if (result == S_FALSE || (SUCCEEDED(result) && !count))
            break;
        status = FAILED(result) ? com_error(error, "IEnumVARIANT::Next", result)
                                : append_name(names, &item, prefix, error);
        VariantClear(&item);
    }
    return status;
}

sbx_status firewall_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error)
{
    struct firewall firewall = {0};
    struct sbx_strings found = {0};
    IUnknown *unknown = NULL;
    IEnumVARIANT *items = NULL;
    HRESULT result;
    sbx_status status = open_rules(&firewall, error);

    if (!status) {
        result = INetFwRules_get__NewEnum(firewall.rules, &unknown);
        if (SUCCEEDED(result))
            result = IUnknown_QueryInterface(unknown, &iid_enum_variant, (void **)&items);
        status = FAILED(result) ? com_error(error, "INetFwRules::get__NewEnum", result)
                                : append_names(items, prefix, &found, error);
    }
    if (items)
        IEnumVARIANT_Release(items);
    if (unknown)
        IUnknown_Release(unknown);
    firewall_close(&firewall);
    if (status)
        strings_free(&found);
    else
        *names = found;
    return status;
}

/* Do rules count? */

#define POLICIES "SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\"

/* Where group policy keeps what it says of a profile ([MS-GPFAS] 2.2.3); StandardProfile is the private one's old name. */
static const struct {
    NET_FW_PROFILE_TYPE2 profile;
    const char *name;
    const char *key;
} profiles[] = {
    {NET_FW_PROFILE2_DOMAIN, "domain", POLICIES "DomainProfile"},
    {NET_FW_PROFILE2_PRIVATE, "private", POLICIES "PrivateProfile"},
    {NET_FW_PROFILE2_PRIVATE, "private", POLICIES "StandardProfile"},
    {NET_FW_PROFILE2_PUBLIC, "public", POLICIES "PublicProfile"},
};

static bool policy_says_no(const char *key, const char *value)
{
    uint32_t number = 1;

    return registry_read_number(key, value, &number, NULL) == SBX_OK && number == 0;
}

static sbx_status profile_is_effective(INetFwPolicy2 *policy, size_t which, struct sbx_error *error)
{
    const char *name = profiles[which].name;
    const char *key = profiles[which].key;
    VARIANT_BOOL on = VARIANT_FALSE;
    HRESULT result = INetFwPolicy2_get_FirewallEnabled(policy, profiles[which].profile, &on);

    if (FAILED(result))
        return native_error_as(error, SBX_E_FIREWALL_INEFFECTIVE, "INetFwPolicy2::get_FirewallEnabled",
                               (DWORD)result, "This host does not say whether its firewall is on (0x%08lX).",
                               (unsigned long)result);
    if (on == VARIANT_FALSE && policy_says_no(key, "EnableFirewall"))
        return error_set(
            error, SBX_E_FIREWALL_INEFFECTIVE,
            "Group policy turns the firewall off on the %s profile (HKLM\\%s, EnableFirewall). Ask "
            "whoever administers it.",
            name, key);
    if (on == VARIANT_FALSE)
        return error_set(error, SBX_E_FIREWALL_INEFFECTIVE,
                         "The firewall is off on the %s profile. Turn it on: Set-NetFirewallProfile -Name %s "
                         "-Enabled True",
                         name, name);
    if (policy_says_no(key, "AllowLocalPolicyMerge"))
        return error_set(error, SBX_E_FIREWALL_INEFFECTIVE,
                         "Group policy lets local rules count for nothing on the %s profile (HKLM\\%s, "
                         "AllowLocalPolicyMerge). Ask whoever administers it to allow local rules.",
                         name, key);
    return SBX_OK;
}

/* S_FALSE: on some of the profiles that hold now, and not on all. */
static sbx_status local_rules_count(INetFwPolicy2 *policy, struct sbx_error *error)
{
    NET_FW_MODIFY_STATE state = NET_FW_MODIFY_STATE_GP_OVERRIDE;
    HRESULT result = INetFwPolicy2_get_LocalPolicyModifyState(policy, &state);
    const char *why;

    if (FAILED(result))
        return com_error(error, "INetFwPolicy2::get_LocalPolicyModifyState", result);
    if (result == S_OK && state == NET_FW_MODIFY_STATE_OK)
        return SBX_OK;
    if (state == NET_FW_MODIFY_STATE_INBOUND_BLOCKED)
        why = "every incoming connection is blocked, whatever the rules say";
    else if (state == NET_FW_MODIFY_STATE_GP_OVERRIDE)
        why = "group policy overrides local rules";
    else
        why = "local rules count on some of the profiles that hold now, and not on all";
    return native_error_as(
        error, SBX_E_FIREWALL_INEFFECTIVE, "INetFwPolicy2::get_LocalPolicyModifyState", (DWORD)state,
        "Firewall rules of this machine have no effect: %s. Ask whoever administers it.", why);
}

sbx_status firewall_effective(struct sbx_error *error)
{
    struct firewall firewall = {0};
    sbx_status status = open_policy(&firewall, error);

    for (size_t i = 0; i < COUNT(profiles) && !status; i++)
        status = profile_is_effective(firewall.policy, i, error);
    if (!status)
        status = local_rules_count(firewall.policy, error);
    firewall_close(&firewall);
    return status;
}
