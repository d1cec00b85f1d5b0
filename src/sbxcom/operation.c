/*
 * operation.c - ISandboxOperation over one provisioning.
 */
#include "sbxcom/operation.h"
#include "sbxcom/arguments.h"
#include "sbxcom/report.h"
#include "sbxcom/values.h"
#include "sbxcom/wait.h"

struct operation_object {
    struct object object;
    struct session *session; /* held: a child keeps its session alive */
    struct provisioning *provisioning;
};

static struct operation_object *impl_from_ISandboxOperation(ISandboxOperation *iface)
{
    return CONTAINING_RECORD(iface, struct operation_object, object.IDispatch_iface);
}

static struct provisioning_progress progress_of(ISandboxOperation *iface)
{
    struct provisioning_progress progress;

    provisioning_progress(impl_from_ISandboxOperation(iface)->provisioning, &progress);
    return progress;
}

static HRESULT STDMETHODCALLTYPE Operation_get_Phase(ISandboxOperation *iface, BSTR *value)
{
    struct provisioning_progress progress = progress_of(iface);

    return value_text(progress.phase, value);
}

static HRESULT STDMETHODCALLTYPE Operation_get_Done(ISandboxOperation *iface, double *value)
{
    if (!value)
        return E_POINTER;
    *value = (double)progress_of(iface).done;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Operation_get_Total(ISandboxOperation *iface, double *value)
{
    if (!value)
        return E_POINTER;
    *value = (double)progress_of(iface).total;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Operation_get_Finished(ISandboxOperation *iface, VARIANT_BOOL *value)
{
    if (!value)
        return E_POINTER;
    *value = progress_of(iface).finished ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Operation_Wait(ISandboxOperation *iface, VARIANT timeoutMs,
                                                VARIANT_BOOL *value)
{
    struct operation_object *self = impl_from_ISandboxOperation(iface);
    sbx_handle ended = provisioning_ended(self->provisioning);
    struct sbx_error error = {0};
    int32_t timeout_ms = -1;
    size_t index;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = VARIANT_FALSE;
    status = argument_time_out(&timeoutMs, "timeoutMs", -1, &timeout_ms, &error);
    if (!status)
        status = wait_for(&ended, 1, timeout_ms < 0 ? WAIT_FOREVER : (uint32_t)timeout_ms, &index, &error);
    if (!status)
        *value = VARIANT_TRUE;
    return object_result(&self->object, status == SBX_E_TIMEOUT ? SBX_OK : status, &error);
}

static HRESULT STDMETHODCALLTYPE Operation_Cancel(ISandboxOperation *iface)
{
    provisioning_cancel(impl_from_ISandboxOperation(iface)->provisioning);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Operation_GetReport(ISandboxOperation *iface, ISandboxReport **value)
{
    struct operation_object *self = impl_from_ISandboxOperation(iface);
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    provisioning_wait(self->provisioning);
    status = provisioning_result(self->provisioning, &findings, &error);
    if (status)
        return object_result(&self->object, status, &error);
    result = report_create(L"Sbx.Session", &findings, value);
    findings_free(&findings);
    return result;
}

static const ISandboxOperationVtbl operation_vtbl = {
    OBJECT_METHODS(ISandboxOperation),
    Operation_get_Phase,
    Operation_get_Done,
    Operation_get_Total,
    Operation_get_Finished,
    Operation_Wait,
    Operation_Cancel,
    Operation_GetReport,
};

static void operation_destroy(struct object *object)
{
    struct operation_object *self = CONTAINING_RECORD(object, struct operation_object, object);

    provisioning_release(self->provisioning);
    session_release(self->session);
}

static const struct object_class operation_class = {
    .type = TYPE_ISandboxOperation,
    .source = L"Sbx.Session",
    .destroy = operation_destroy,
};

HRESULT operation_create(struct session *session, struct provisioning *provisioning,
                         ISandboxOperation **value)
{
    struct operation_object *self = object_new(sizeof *self, &operation_class, &operation_vtbl);

    if (!self)
        return E_OUTOFMEMORY;
    session_hold(session);
    provisioning_hold(provisioning);
    self->session = session;
    self->provisioning = provisioning;
    *value = object_interface(&self->object);
    return S_OK;
}
