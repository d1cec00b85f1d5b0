/*
 * wfp.c - our filters of the Windows Filtering Platform.
 *
 * fwpuclnt.dll is looked up at run time: it is no known DLL. Wine 8.0 exports all of its names and has nothing behind
 * most of them (FwpmTransactionBegin0 ends the program), so the engine is not even opened there.
 */
#include "os/wfp.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/security.h"

#include <fwpmu.h>
#include <sddl.h>
#include <stdio.h>
#include <string.h>

#define TRANSACTION_WAIT_MS 10000 /* for another program's transaction */
#define PAGE                64    /* filters at a time */
#define MOST_CONDITIONS     4

/* Made once for this product; never change. */
static const GUID our_provider = {
    0x8A677B1B, 0x53B3, 0x4842, {0x81, 0xF7, 0xD8, 0xC5, 0x33, 0xC8, 0xDD, 0x33}};
static const GUID our_sublayer = {
    0x892A5082, 0x48F7, 0x49F0, {0xB4, 0x2E, 0x17, 0x4F, 0x2E, 0xFE, 0xA1, 0x40}};
static const char our_data[] = "sbxcom filter 1"; /* in each filter: a format that is not known is not ours */

/* fwpmu.h's, which mingw-w64's lacks. For IPv4 and IPv6, in the order of enum wfp_layer. */
static const GUID layers[WFP_LAYER_COUNT][2] = {
    {{0xC38D57D1, 0x05A7, 0x4C33, {0x90, 0x4F, 0x7F, 0xBC, 0xEE, 0xE6, 0x0E, 0x82}},
     {0x4A72393B, 0x319F, 0x44BC, {0x84, 0xC3, 0xBA, 0x54, 0xDC, 0xB3, 0xB6, 0xB4}}},
    {{0x88BB5DAD, 0x76D7, 0x4227, {0x9C, 0x71, 0xDF, 0x0A, 0x3E, 0xD7, 0xBE, 0x7E}},
     {0x7AC9DE24, 0x17DD, 0x4814, {0xB4, 0xBD, 0xA9, 0xFB, 0xC9, 0x5A, 0x32, 0x1B}}},
    {{0xE1CD9FE7, 0xF4B5, 0x4273, {0x96, 0xC0, 0x59, 0x2E, 0x48, 0x7B, 0x86, 0x50}},
     {0xA3B42C97, 0x9F04, 0x4672, {0xB8, 0x7E, 0xCE, 0xE9, 0xC4, 0x83, 0x25, 0x7F}}},
    {{0x1247D66D, 0x0B60, 0x4A15, {0x8D, 0x44, 0x71, 0x55, 0xD0, 0xF5, 0x3A, 0x0C}},
     {0x55A650E1, 0x5F0A, 0x4ECA, {0xA6, 0x53, 0x88, 0xF5, 0x3B, 0x26, 0xAA, 0x8C}}},
};
static const GUID field_user = {0xAF043A0A, 0xB34D, 0x4F86, {0x97, 0x9C, 0xC9, 0x03, 0x71, 0xAF, 0x6E, 0x66}};
static const GUID field_protocol = {
    0x3971EF2B, 0x623E, 0x4F9A, {0x8C, 0xB1, 0x6E, 0x79, 0xB8, 0x06, 0xB9, 0xA7}};
static const GUID field_port = {0xC35A604D, 0xD22B, 0x4E1A, {0x91, 0xB4, 0x68, 0xF6, 0x74, 0xEE, 0x67, 0x4B}};
static const GUID field_flags = {
    0x632CE23B, 0x5167, 0x435C, {0x86, 0xD7, 0xE9, 0x03, 0x68, 0x4A, 0xA8, 0x0C}};

#define FLAG_LOOPBACK        0x1 /* FWP_CONDITION_FLAG_IS_LOOPBACK */
#define FLAG_PERSISTENT      0x1 /* of provider, sublayer and filter alike */
#define FLAG_FILTER_DISABLED 0x20

struct engine {
    HANDLE handle;
    DWORD(WINAPI *open)(const WCHAR *, UINT32, SEC_WINNT_AUTH_IDENTITY_W *, const FWPM_SESSION0 *, HANDLE *);
    DWORD(WINAPI *close)(HANDLE);
    DWORD(WINAPI *begin)(HANDLE, UINT32);
    DWORD(WINAPI *commit)(HANDLE);
    DWORD(WINAPI *abort)(HANDLE);
    DWORD(WINAPI *add_provider)(HANDLE, const FWPM_PROVIDER0 *, PSECURITY_DESCRIPTOR);
    DWORD(WINAPI *delete_provider)(HANDLE, const GUID *);
    DWORD(WINAPI *add_sublayer)(HANDLE, const FWPM_SUBLAYER0 *, PSECURITY_DESCRIPTOR);
    DWORD(WINAPI *delete_sublayer)(HANDLE, const GUID *);
    DWORD(WINAPI *add_filter)(HANDLE, const FWPM_FILTER0 *, PSECURITY_DESCRIPTOR, UINT64 *);
    DWORD(WINAPI *delete_filter)(HANDLE, const GUID *);
    DWORD(WINAPI *get_filter)(HANDLE, const GUID *, FWPM_FILTER0 **);
    DWORD(WINAPI *create_enum)(HANDLE, const FWPM_FILTER_ENUM_TEMPLATE0 *, HANDLE *);
    DWORD(WINAPI *next)(HANDLE, HANDLE, UINT32, FWPM_FILTER0 ***, UINT32 *);
    DWORD(WINAPI *destroy_enum)(HANDLE, HANDLE);
    void(WINAPI *free_memory)(void **);
};

static sbx_status load(struct engine *engine, struct sbx_error *error)
{
    static const char *const names[] = {
        "FwpmEngineOpen0",
        "FwpmEngineClose0",
        "FwpmTransactionBegin0",
        "FwpmTransactionCommit0",
        "FwpmTransactionAbort0",
        "FwpmProviderAdd0",
        "FwpmProviderDeleteByKey0",
        "FwpmSubLayerAdd0",
        "FwpmSubLayerDeleteByKey0",
        "FwpmFilterAdd0",
        "FwpmFilterDeleteByKey0",
        "FwpmFilterGetByKey0",
        "FwpmFilterCreateEnumHandle0",
        "FwpmFilterEnum0",
        "FwpmFilterDestroyEnumHandle0",
        "FwpmFreeMemory0",
    };
    native_function found[sizeof names / sizeof *names];

    _Static_assert(sizeof found == sizeof *engine - sizeof engine->handle,
                   "one name for each call, in the same order");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        found[i] = native_call(L"fwpuclnt.dll", names[i]);
        if (!found[i])
            return error_set(error, SBX_E_UNSUPPORTED_HOST, "This host has no filtering platform (no %s).",
                             names[i]);
    }
    memcpy(&engine->open, found, sizeof found);
    return SBX_OK;
}

static sbx_status open_engine(struct engine *engine, struct sbx_error *error)
{
    static WCHAR name[] = L"sbxcom";
    FWPM_SESSION0 session;
    DWORD system;
    sbx_status status = native_needs_windows("filtering platform", error);

    if (!status)
        status = load(engine, error);
    if (status)
        return status;
    memset(&session, 0, sizeof session);
    session.displayData.name = name;
    session.txnWaitTimeoutInMSec = TRANSACTION_WAIT_MS;
    system = engine->open(NULL, RPC_C_AUTHN_DEFAULT, NULL, &session, &engine->handle);
    switch (system) {
    case ERROR_SUCCESS:
        return SBX_OK;
    case EPT_S_NOT_REGISTERED:
    case RPC_S_UNKNOWN_IF:
    case RPC_S_SERVER_UNAVAILABLE:
    case RPC_S_CANNOT_SUPPORT:
        return native_error_as(
            error, SBX_E_UNSUPPORTED_HOST, "FwpmEngineOpen0", system,
            "The base filtering engine (service bfe) is not running. Start it, then try again.");
    default:
        return error_system(error, "FwpmEngineOpen0", system);
    }
}

/* Keys. */

static void write_key(const GUID *key, char text[40])
{
    const unsigned char *rest = key->Data4;

    snprintf(text, 40, "%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned long)key->Data1,
             key->Data2, key->Data3, rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]);
}

static bool key_of(const char *text, GUID *key)
{
    unsigned long first = 0;
    unsigned parts[10] = {0};
    char again[40];

    if (sscanf(text, "%8lx-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &first, &parts[0], &parts[1], &parts[2],
               &parts[3], &parts[4], &parts[5], &parts[6], &parts[7], &parts[8], &parts[9]) != 11)
        return false;
    key->Data1 = first;
    key->Data2 = (unsigned short)parts[0];
    key->Data3 = (unsigned short)parts[1];
    for (int i = 0; i < 8; i++)
        key->Data4[i] = (unsigned char)parts[2 + i];
    write_key(key, again); /* what sscanf takes besides: signs, fewer digits */
    return text_equal_ascii_nocase(text, again);
}

static sbx_status read_key(const char *text, GUID *key, struct sbx_error *error)
{
    return key_of(text, key) ? SBX_OK
                             : error_set(error, SBX_E_ARGUMENT, "\"%s\" is no key of a filter.", text);
}

static bool same_key(const GUID *a, const GUID *b)
{
    return !memcmp(a, b, sizeof *a);
}

/* From the system's filter to ours. */

void wfp_filter_free(struct wfp_filter *filter)
{
    sbx_free(filter->name);
    sbx_free(filter->user_sid);
    memset(filter, 0, sizeof *filter);
}

static bool is_ours(const FWPM_FILTER0 *filter)
{
    return filter->providerKey && same_key(filter->providerKey, &our_provider) &&
           filter->providerData.size == sizeof our_data &&
           !memcmp(filter->providerData.data, our_data, sizeof our_data);
}

static bool layer_of(const FWPM_FILTER0 *filter, struct wfp_filter *to)
{
    for (int layer = 0; layer < WFP_LAYER_COUNT; layer++)
        for (int ipv6 = 0; ipv6 < 2; ipv6++)
            if (same_key(&filter->layerKey, &layers[layer][ipv6])) {
                to->layer = (enum wfp_layer)layer;
                to->ipv6 = ipv6;
                return true;
            }
    return false;
}

/* The one whom a descriptor of ours lets match. NULL when it says anything else. */
static PSID user_of(const FWP_CONDITION_VALUE0 *value)
{
    PSECURITY_DESCRIPTOR descriptor;
    BOOL present = FALSE;
    BOOL defaulted;
    ACL *acl = NULL;
    ACCESS_ALLOWED_ACE *entry;

    if (value->type != FWP_SECURITY_DESCRIPTOR_TYPE || !value->sd)
        return NULL;
    descriptor = value->sd->data;
    if (!IsValidSecurityDescriptor(descriptor) ||
        !GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted) || !present || !acl ||
        acl->AceCount != 1 || !GetAce(acl, 0, (void **)&entry) ||
        entry->Header.AceType != ACCESS_ALLOWED_ACE_TYPE || entry->Mask != FWP_ACTRL_MATCH_FILTER)
        return NULL;
    return &entry->SidStart;
}

static bool port_of(const FWPM_FILTER_CONDITION0 *condition, struct wfp_filter *to)
{
    const FWP_CONDITION_VALUE0 *value = &condition->conditionValue;

    if (condition->matchType == FWP_MATCH_EQUAL && value->type == FWP_UINT16) {
        to->port_least = to->port_most = value->uint16;
        return true;
    }
    if (condition->matchType != FWP_MATCH_RANGE || value->type != FWP_RANGE_TYPE ||
        value->rangeValue->valueLow.type != FWP_UINT16 || value->rangeValue->valueHigh.type != FWP_UINT16)
        return false;
    to->port_least = value->rangeValue->valueLow.uint16;
    to->port_most = value->rangeValue->valueHigh.uint16;
    return true;
}

/* False for a condition that no filter of ours has. *user is looked for, too. */
static bool condition_of(const FWPM_FILTER_CONDITION0 *condition, struct wfp_filter *to, PSID *user)
{
    const FWP_CONDITION_VALUE0 *value = &condition->conditionValue;

    if (same_key(&condition->fieldKey, &field_port))
        return port_of(condition, to);
    if (same_key(&condition->fieldKey, &field_user)) {
        *user = condition->matchType == FWP_MATCH_EQUAL ? user_of(value) : NULL;
        return *user != NULL;
    }
    if (same_key(&condition->fieldKey, &field_protocol)) {
        to->protocol = value->uint8;
        return condition->matchType == FWP_MATCH_EQUAL && value->type == FWP_UINT8;
    }
    to->loopback_only = true;
    return same_key(&condition->fieldKey, &field_flags) && condition->matchType == FWP_MATCH_FLAGS_ALL_SET &&
           value->type == FWP_UINT32 && value->uint32 == FLAG_LOOPBACK;
}

/* What cannot be said in a struct wfp_filter is for nobody: user_sid stays "". */
static bool can_be_said(const FWPM_FILTER0 *from, struct wfp_filter *to, PSID *user)
{
    bool can = layer_of(from, to) && same_key(&from->subLayerKey, &our_sublayer) &&
               from->weight.type == FWP_UINT8 &&
               (from->flags & (FLAG_PERSISTENT | FLAG_FILTER_DISABLED)) == FLAG_PERSISTENT &&
               (from->action.type == FWP_ACTION_BLOCK || from->action.type == FWP_ACTION_PERMIT);

    to->weight = from->weight.uint8;
    to->permit = from->action.type != FWP_ACTION_BLOCK;
    for (UINT32 i = 0; i < from->numFilterConditions; i++)
        can = condition_of(&from->filterCondition[i], to, user) && can;
    return can && *user;
}

static sbx_status filter_of(const FWPM_FILTER0 *from, struct wfp_filter *to, struct sbx_error *error)
{
    struct wfp_filter made;
    PSID user = NULL;
    bool whole;
    sbx_status status;

    memset(&made, 0, sizeof made);
    whole = can_be_said(from, &made, &user);
    status = native_text(from->displayData.name ? from->displayData.name : L"", &made.name, error);

    write_key(&from->filterKey, made.key);
    if (!status && whole)
        status = security_sid_text(user, &made.user_sid, error);
    if (!status && !whole && !(made.user_sid = sbx_strdup("")))
        status = error_memory(error, "a filter");
    if (status)
        wfp_filter_free(&made);
    else
        *to = made;
    return status;
}

/* *found false: there is none of that key, or it is a stranger's. */
static sbx_status get_filter(const struct engine *engine, const GUID *key, struct wfp_filter *filter,
                             bool *found, struct sbx_error *error)
{
    FWPM_FILTER0 *there = NULL;
    DWORD system = engine->get_filter(engine->handle, key, &there);
    sbx_status status = SBX_OK;

    *found = false;
    if (system == (DWORD)FWP_E_FILTER_NOT_FOUND)
        return SBX_OK;
    if (system)
        return error_system(error, "FwpmFilterGetByKey0", system);
    if (is_ours(there)) {
        status = filter_of(there, filter, error);
        *found = !status;
    }
    engine->free_memory((void **)&there);
    return status;
}

/* From ours to the system's. */

/* All that FwpmFilterAdd0 is given points in here, so that it lies still. */
struct making {
    FWPM_FILTER0 filter;
    FWPM_FILTER_CONDITION0 conditions[MOST_CONDITIONS];
    FWP_RANGE0 ports;
    FWP_BYTE_BLOB descriptor;
    PSECURITY_DESCRIPTOR descriptor_bytes; /* LocalFree */
    WCHAR *name;
    GUID provider;
    char data[sizeof our_data];
};

static void making_free(struct making *making)
{
    sbx_free(making->name);
    LocalFree(making->descriptor_bytes);
}

static FWPM_FILTER_CONDITION0 *add_condition(struct making *making, const GUID *field, FWP_MATCH_TYPE match,
                                             FWP_DATA_TYPE type)
{
    FWPM_FILTER_CONDITION0 *condition = &making->conditions[making->filter.numFilterConditions++];

    condition->fieldKey = *field;
    condition->matchType = match;
    condition->conditionValue.type = type;
    return condition;
}

/* The same descriptor that the Windows Firewall makes of its rules for users: whoever it admits, matches. */
static sbx_status make_user(struct making *making, const char *user_sid, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    WCHAR *wide;
    ULONG size = 0;
    PSID sid;
    sbx_status status =
        security_sid(user_sid, &sid, error); /* a SID, and nothing that would be read as more */

    if (status)
        return status;
    sbx_free(sid);
    buffer_append_format(&text, "O:LSD:(A;;CC;;;%s)", user_sid); /* CC: FWP_ACTRL_MATCH_FILTER */
    status = buffer_failed(&text) ? error_memory(error, "a filter")
                                  : native_wide(buffer_text(&text), &wide, error);
    buffer_free(&text);
    if (status)
        return status;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1,
                                                              &making->descriptor_bytes, &size))
        status = native_error(error, "ConvertStringSecurityDescriptorToSecurityDescriptor");
    sbx_free(wide);
    if (status)
        return status;
    making->descriptor.size = size;
    making->descriptor.data = making->descriptor_bytes;
    add_condition(making, &field_user, FWP_MATCH_EQUAL, FWP_SECURITY_DESCRIPTOR_TYPE)->conditionValue.sd =
        &making->descriptor;
    return SBX_OK;
}

static void make_ports(struct making *making, const struct wfp_filter *from)
{
    if (!from->port_least && !from->port_most)
        return;
    if (from->port_least == from->port_most) {
        add_condition(making, &field_port, FWP_MATCH_EQUAL, FWP_UINT16)->conditionValue.uint16 =
            from->port_least;
        return;
    }
    making->ports.valueLow.type = making->ports.valueHigh.type = FWP_UINT16;
    making->ports.valueLow.uint16 = from->port_least;
    making->ports.valueHigh.uint16 = from->port_most;
    add_condition(making, &field_port, FWP_MATCH_RANGE, FWP_RANGE_TYPE)->conditionValue.rangeValue =
        &making->ports;
}

static sbx_status make_filter(const struct wfp_filter *from, struct making *making, struct sbx_error *error)
{
    FWPM_FILTER0 *filter = &making->filter;
    sbx_status status = read_key(from->key, &filter->filterKey, error);

    if (!status &&
        (from->layer >= WFP_LAYER_COUNT || from->weight > 15 || from->port_least > from->port_most))
        status = error_set(error, SBX_E_ARGUMENT, "The filter %s makes no sense.", from->key);
    if (!status)
        status = native_wide(from->name, &making->name, error);
    if (!status)
        status = make_user(making, from->user_sid, error);
    if (status)
        return status;

    if (from->protocol)
        add_condition(making, &field_protocol, FWP_MATCH_EQUAL, FWP_UINT8)->conditionValue.uint8 =
            from->protocol;
    make_ports(making, from);
    if (from->loopback_only)
        add_condition(making, &field_flags, FWP_MATCH_FLAGS_ALL_SET, FWP_UINT32)->conditionValue.uint32 =
            FLAG_LOOPBACK;

    making->provider = our_provider;
    memcpy(making->data, our_data, sizeof our_data);
    filter->displayData.name = making->name;
    filter->flags = FLAG_PERSISTENT;
    filter->providerKey = &making->provider;
    filter->providerData.size = sizeof making->data;
    filter->providerData.data = (UINT8 *)making->data;
    filter->layerKey = layers[from->layer][from->ipv6];
    filter->subLayerKey = our_sublayer;
    filter->weight.type = FWP_UINT8; /* 0..15: the engine weighs within that sixteenth by itself */
    filter->weight.uint8 = from->weight;
    filter->filterCondition = making->conditions;
    filter->action.type = from->permit ? FWP_ACTION_PERMIT : FWP_ACTION_BLOCK;
    return SBX_OK;
}

/* Changes, within the transaction. */

/* The sublayer weighs the most: what it blocks stays blocked whatever the others say, what it permits they may still block. */
static sbx_status add_place(const struct engine *engine, struct sbx_error *error)
{
    static WCHAR name[] = L"sbxcom";
    GUID provider_key = our_provider;
    FWPM_PROVIDER0 provider;
    FWPM_SUBLAYER0 sublayer;
    DWORD system;

    memset(&provider, 0, sizeof provider);
    provider.providerKey = our_provider;
    provider.displayData.name = name;
    provider.flags = FLAG_PERSISTENT;
    system = engine->add_provider(engine->handle, &provider, NULL);
    if (system && system != (DWORD)FWP_E_ALREADY_EXISTS)
        return error_system(error, "FwpmProviderAdd0", system);

    memset(&sublayer, 0, sizeof sublayer);
    sublayer.subLayerKey = our_sublayer;
    sublayer.displayData.name = name;
    sublayer.flags = FLAG_PERSISTENT;
    sublayer.providerKey = &provider_key;
    sublayer.weight = 0xFFFF;
    system = engine->add_sublayer(engine->handle, &sublayer, NULL);
    if (system && system != (DWORD)FWP_E_ALREADY_EXISTS)
        return error_system(error, "FwpmSubLayerAdd0", system);
    return SBX_OK;
}

/* The engine knows whether a filter is left that uses them. */
static sbx_status remove_place(const struct engine *engine, struct sbx_error *error)
{
    DWORD system = engine->delete_sublayer(engine->handle, &our_sublayer);

    if (system == (DWORD)FWP_E_IN_USE)
        return SBX_OK;
    if (system && system != (DWORD)FWP_E_SUBLAYER_NOT_FOUND)
        return error_system(error, "FwpmSubLayerDeleteByKey0", system);
    system = engine->delete_provider(engine->handle, &our_provider);
    if (system && system != (DWORD)FWP_E_IN_USE && system != (DWORD)FWP_E_PROVIDER_NOT_FOUND)
        return error_system(error, "FwpmProviderDeleteByKey0", system);
    return SBX_OK;
}

static bool filters_equal(const struct wfp_filter *a, const struct wfp_filter *b)
{
    return !strcmp(a->name, b->name) && !strcmp(a->user_sid, b->user_sid) && a->layer == b->layer &&
           a->ipv6 == b->ipv6 && a->permit == b->permit && a->weight == b->weight &&
           a->protocol == b->protocol && a->port_least == b->port_least && a->port_most == b->port_most &&
           a->loopback_only == b->loopback_only;
}

static sbx_status add_filter(const struct engine *engine, const struct wfp_filter *filter,
                             struct sbx_error *error)
{
    struct making making;
    struct wfp_filter there;
    bool found = false;
    bool equal = false;
    sbx_status status;

    memset(&making, 0, sizeof making);
    status = make_filter(filter, &making, error);
    if (!status)
        status = get_filter(engine, &making.filter.filterKey, &there, &found, error);
    if (found) {
        equal = filters_equal(&there, filter);
        wfp_filter_free(&there);
    }
    if (!status && !equal) {
        DWORD system = engine->add_filter(engine->handle, &making.filter, NULL, NULL);

        if (system)
            status = error_system(error, "FwpmFilterAdd0", system);
    }
    making_free(&making);
    return status;
}

/* A stranger's of that key, which would be a wonder, is left alone. */
static sbx_status remove_filter(const struct engine *engine, const char *text, struct sbx_error *error)
{
    struct wfp_filter there;
    GUID key;
    DWORD system;
    bool found = false;
    sbx_status status = read_key(text, &key, error);

    if (!status)
        status = get_filter(engine, &key, &there, &found, error);
    if (status || !found)
        return status;
    wfp_filter_free(&there);
    system = engine->delete_filter(engine->handle, &key);
    if (system && system != (DWORD)FWP_E_FILTER_NOT_FOUND)
        status = error_system(error, "FwpmFilterDeleteByKey0", system);
    return status;
}

static sbx_status change_all(const struct engine *engine, const struct wfp_change *changes, size_t count,
                             struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    bool adds = false;

    for (size_t i = 0; i < count; i++)
        adds = adds || changes[i].add;
    if (adds)
        status = add_place(engine, error);
    for (size_t i = 0; i < count && !status; i++)
        status = changes[i].add ? add_filter(engine, changes[i].add, error)
                                : remove_filter(engine, changes[i].remove, error);
    return status ? status : remove_place(engine, error);
}

sbx_status wfp_apply(const struct wfp_change *changes, size_t count, struct sbx_error *error)
{
    struct engine engine;
    DWORD system;
    sbx_status status;

    memset(&engine, 0, sizeof engine);
    status = open_engine(&engine, error);
    if (status)
        return status;
    system = engine.begin(engine.handle, 0);
    if (system) {
        status = error_system(error, "FwpmTransactionBegin0", system);
        goto close_engine;
    }
    status = change_all(&engine, changes, count, error);
    if (status) {
        engine.abort(engine.handle);
        goto close_engine;
    }
    system = engine.commit(engine.handle);
    if (system)
        status = error_system(error, "FwpmTransactionCommit0", system);

close_engine:
    engine.close(engine.handle);
    return status;
}

/* Reading. */

sbx_status wfp_read(const char *text, struct wfp_filter *filter, struct sbx_error *error)
{
    struct engine engine;
    GUID key;
    bool found = false;
    sbx_status status = read_key(text, &key, error);

    memset(&engine, 0, sizeof engine);
    if (!status)
        status = open_engine(&engine, error);
    if (status)
        return status;
    status = get_filter(&engine, &key, filter, &found, error);
    if (!status && !found)
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "There is no filter %s.", text);
    engine.close(engine.handle);
    return status;
}

static sbx_status append_keys(FWPM_FILTER0 *const *filters, UINT32 count, struct sbx_strings *keys,
                              struct sbx_error *error)
{
    for (UINT32 i = 0; i < count; i++) {
        char key[40];

        if (!is_ours(filters[i]))
            continue;
        write_key(&filters[i]->filterKey, key);
        if (strings_append(keys, key))
            return error_memory(error, "keys of filters");
    }
    return SBX_OK;
}

/* Every filter there is, because a template asks for one layer at a time. The enumeration is of one moment. */
static sbx_status enumerate(const struct engine *engine, struct sbx_strings *keys, struct sbx_error *error)
{
    HANDLE all;
    UINT32 count = PAGE;
    DWORD system = engine->create_enum(engine->handle, NULL, &all);
    sbx_status status = SBX_OK;

    if (system)
        return error_system(error, "FwpmFilterCreateEnumHandle0", system);
    while (!status && count == PAGE) {
        FWPM_FILTER0 **filters = NULL;

        count = 0;
        system = engine->next(engine->handle, all, PAGE, &filters, &count);
        status = system ? error_system(error, "FwpmFilterEnum0", system)
                        : append_keys(filters, count, keys, error);
        if (filters)
            engine->free_memory((void **)&filters);
    }
    engine->destroy_enum(engine->handle, all);
    return status;
}

sbx_status wfp_list(struct sbx_strings *keys, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    struct engine engine;
    sbx_status status;

    memset(&engine, 0, sizeof engine);
    status = open_engine(&engine, error);
    if (status)
        return status;
    status = enumerate(&engine, &found, error);
    engine.close(engine.handle);
    if (status)
        strings_free(&found);
    else
        *keys = found;
    return status;
}
