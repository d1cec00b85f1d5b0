/*
 * setup.c - ISandboxSetup.
 *
 * Each call is judged for itself: is this program elevated, who calls (core/setup_caller.h). What is made is bound to the SID that
 * the system told. Not IDispatch, no VARIANT, no object goes in: nothing of the caller's is loaded here.
 */
#include "setup.h"
#include "base/memory.h"
#include "caller.h"
#include "core/machine_record.h"
#include "core/setup_machine.h"
#include "server.h"

#include <string.h>

struct setup {
    ISandboxSetup ISandboxSetup_iface;
    ISupportErrorInfo ISupportErrorInfo_iface;
    LONG references;
};

static struct setup *impl_from_ISandboxSetup(ISandboxSetup *iface)
{
    return CONTAINING_RECORD(iface, struct setup, ISandboxSetup_iface);
}

static struct setup *impl_from_ISupportErrorInfo(ISupportErrorInfo *iface)
{
    return CONTAINING_RECORD(iface, struct setup, ISupportErrorInfo_iface);
}

/* ---- failures ---- */

static BSTR description_of(sbx_status status, const struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    uint16_t *units = NULL;
    size_t count = 0;
    BSTR made = NULL;

    buffer_append_format(&text, "%s: %s", status_word(status),
                         error->text[0] ? error->text : "The call failed.");
    if (!buffer_failed(&text) && !text_to_utf16(buffer_text(&text), text.size, &units, &count))
        made = SysAllocStringLen((const OLECHAR *)units, (UINT)count);
    sbx_free(units);
    buffer_free(&text);
    return made;
}

/* As the in-process server does it: the code, and the text with its word. */
static HRESULT raise(sbx_status status, const struct sbx_error *error)
{
    ICreateErrorInfo *create;
    IErrorInfo *info;
    BSTR description;

    if (!status)
        return S_OK;
    if (status == SBX_E_MEMORY)
        return E_OUTOFMEMORY;
    SetErrorInfo(0, NULL);
    description = description_of(status, error);
    if (SUCCEEDED(CreateErrorInfo(&create))) {
        ICreateErrorInfo_SetGUID(create, &IID_ISandboxSetup);
        ICreateErrorInfo_SetSource(create, (OLECHAR *)L"Sbx.Setup");
        if (description)
            ICreateErrorInfo_SetDescription(create, description);
        if (SUCCEEDED(ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&info))) {
            SetErrorInfo(0, info);
            IErrorInfo_Release(info);
        }
        ICreateErrorInfo_Release(create);
    }
    SysFreeString(description);
    return (HRESULT)(SBX_HRESULT_BASE + (DWORD)status);
}

/* ---- every call ---- */

struct call {
    struct setup_machine machine;
    char *state_folder;
    char *user_sid; /* of the caller, who was found fit */
};

static sbx_status judge_caller(char **user_sid, struct sbx_error *error)
{
    struct setup_caller caller = {0};
    struct sbx_strings own = {0};
    sbx_status status = caller_identify(&caller, error);

    if (!status)
        status = record_list_sids(&own, error);
    if (!status)
        status = setup_caller_judge(&caller, &own, error);
    if (!status) {
        *user_sid = caller.user_sid;
        caller.user_sid = NULL;
    }
    strings_free(&own);
    setup_caller_free(&caller);
    return status;
}

static sbx_status begin(struct call *call, struct sbx_error *error)
{
    struct setup_server server;
    sbx_status status;

    memset(call, 0, sizeof *call);
    server_call_begins();
    status = judge_caller(&call->user_sid, error);
    if (!status)
        status = caller_examine_server(&server, error);
    if (!status)
        status = setup_server_judge(&server, error);
    if (!status)
        status = setup_state_folder(&call->state_folder, error);
    call->machine.state_folder = call->state_folder;
    return status;
}

static HRESULT end(struct call *call, sbx_status status, const struct sbx_error *error)
{
    HRESULT result = raise(status, error);

    sbx_free(call->user_sid);
    sbx_free(call->state_folder);
    server_call_ends();
    return result;
}

/* ---- the verbs ---- */

static sbx_status give_credentials(const struct credentials *credentials, SAFEARRAY **value,
                                   struct sbx_error *error)
{
    uint8_t *bytes;
    size_t size;
    SAFEARRAY *array;
    void *room;
    sbx_status status = credentials_write(credentials, &bytes, &size, error);

    if (status)
        return status;
    array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)size);
    if (array && SUCCEEDED(SafeArrayAccessData(array, &room))) {
        memcpy(room, bytes, size);
        SafeArrayUnaccessData(array);
        *value = array;
    } else {
        if (array)
            SafeArrayDestroy(array);
        status = error_memory(error, "credentials");
    }
    sbx_wipe(bytes, size);
    sbx_free(bytes);
    return status;
}

static HRESULT STDMETHODCALLTYPE Setup_Provision(ISandboxSetup *iface, long accounts, SAFEARRAY **value)
{
    struct sbx_error error = {0};
    struct credentials credentials = {0};
    struct call call;
    sbx_status status;

    (void)iface;
    if (!value)
        return E_POINTER;
    *value = NULL;
    status = begin(&call, &error);
    if (!status && (accounts < 0 || accounts > SETUP_MOST_ACCOUNTS))
        status = error_set(&error, SBX_E_ARGUMENT, "accounts is from 0 (the usual number) to %d.",
                           SETUP_MOST_ACCOUNTS);
    if (!status) {
        const struct setup_input input = {.user_sid = call.user_sid, .offline_accounts = (uint32_t)accounts};

        status = setup_provision(&call.machine, &input, &credentials, &error);
    }
    if (!status)
        status = give_credentials(&credentials, value, &error);
    credentials_free(&credentials);
    return end(&call, status, &error);
}

static HRESULT STDMETHODCALLTYPE Setup_Repair(ISandboxSetup *iface, SAFEARRAY **value)
{
    struct sbx_error error = {0};
    struct credentials credentials = {0};
    struct findings healed = {NULL, 0};
    struct call call;
    sbx_status status;

    (void)iface;
    if (!value)
        return E_POINTER;
    *value = NULL;
    status = begin(&call, &error);
    if (!status)
        status = setup_repair(&call.machine, call.user_sid, &credentials, &healed, &error);
    if (!status)
        status = give_credentials(&credentials, value, &error);
    findings_free(&healed);
    credentials_free(&credentials);
    return end(&call, status, &error);
}

static HRESULT STDMETHODCALLTYPE Setup_Status(ISandboxSetup *iface, BSTR *value)
{
    struct sbx_error error = {0};
    struct sbx_buffer json = SBX_BUFFER_EMPTY;
    struct setup_look look = {0};
    uint16_t *units = NULL;
    size_t count = 0;
    struct call call;
    sbx_status status;

    (void)iface;
    if (!value)
        return E_POINTER;
    *value = NULL;
    status = begin(&call, &error);
    if (!status)
        status = setup_look(call.user_sid, &look, &error);
    if (!status) {
        setup_look_write_json(&look, call.user_sid, &json);
        if (buffer_failed(&json) || text_to_utf16(buffer_text(&json), json.size, &units, &count) ||
            !(*value = SysAllocStringLen((const OLECHAR *)units, (UINT)count)))
            status = error_memory(&error, "a report");
    }
    sbx_free(units);
    buffer_free(&json);
    setup_look_free(&look);
    return end(&call, status, &error);
}

/* For every user: an administrator's word, whom the caller has with him, or else he could not have started this program. */
static HRESULT STDMETHODCALLTYPE Setup_Deprovision(ISandboxSetup *iface, VARIANT_BOOL all)
{
    struct sbx_error error = {0};
    struct call call;
    sbx_status status;

    (void)iface;
    status = begin(&call, &error);
    if (!status)
        status = setup_deprovision(&call.machine, all ? NULL : call.user_sid, false, &error);
    return end(&call, status, &error);
}

/* ---- the object ---- */

static HRESULT STDMETHODCALLTYPE Setup_QueryInterface(ISandboxSetup *iface, REFIID iid, void **value)
{
    struct setup *self = impl_from_ISandboxSetup(iface);

    if (!value)
        return E_POINTER;
    *value = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ISandboxSetup))
        *value = &self->ISandboxSetup_iface;
    else if (IsEqualIID(iid, &IID_ISupportErrorInfo))
        *value = &self->ISupportErrorInfo_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&self->references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Setup_AddRef(ISandboxSetup *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_ISandboxSetup(iface)->references);
}

static ULONG STDMETHODCALLTYPE Setup_Release(ISandboxSetup *iface)
{
    struct setup *self = impl_from_ISandboxSetup(iface);
    LONG references = InterlockedDecrement(&self->references);

    if (references == 0) {
        sbx_free(self);
        server_object_gone();
    }
    return (ULONG)references;
}

static const ISandboxSetupVtbl setup_vtbl = {
    Setup_QueryInterface, Setup_AddRef, Setup_Release,     Setup_Provision,
    Setup_Repair,         Setup_Status, Setup_Deprovision,
};

static HRESULT STDMETHODCALLTYPE Errors_QueryInterface(ISupportErrorInfo *iface, REFIID iid, void **value)
{
    return Setup_QueryInterface(&impl_from_ISupportErrorInfo(iface)->ISandboxSetup_iface, iid, value);
}

static ULONG STDMETHODCALLTYPE Errors_AddRef(ISupportErrorInfo *iface)
{
    return Setup_AddRef(&impl_from_ISupportErrorInfo(iface)->ISandboxSetup_iface);
}

static ULONG STDMETHODCALLTYPE Errors_Release(ISupportErrorInfo *iface)
{
    return Setup_Release(&impl_from_ISupportErrorInfo(iface)->ISandboxSetup_iface);
}

static HRESULT STDMETHODCALLTYPE Errors_InterfaceSupportsErrorInfo(ISupportErrorInfo *iface, REFIID iid)
{
    (void)iface;
    return IsEqualIID(iid, &IID_ISandboxSetup) ? S_OK : S_FALSE;
}

static const ISupportErrorInfoVtbl errors_vtbl = {
    Errors_QueryInterface,
    Errors_AddRef,
    Errors_Release,
    Errors_InterfaceSupportsErrorInfo,
};

HRESULT setup_create(REFIID iid, void **value)
{
    struct setup *self = sbx_alloc(sizeof *self);
    HRESULT result;

    if (!self)
        return E_OUTOFMEMORY;
    self->ISandboxSetup_iface.lpVtbl = &setup_vtbl;
    self->ISupportErrorInfo_iface.lpVtbl = &errors_vtbl;
    self->references = 1;
    server_object_made();
    result = Setup_QueryInterface(&self->ISandboxSetup_iface, iid, value);
    Setup_Release(&self->ISandboxSetup_iface);
    return result;
}
