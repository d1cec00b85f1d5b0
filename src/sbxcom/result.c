/*
 * result.c - ISandboxResult. The bytes are the truth; the text is decoded when it is first asked for and kept.
 */
#include "sbxcom/result.h"

#include "sbxcom/process.h"
#include "sbxcom/values.h"

struct result_object {
    struct object object;
    struct session *session; /* held */
    struct engine_run *run;  /* a client reference; ended */
    struct engine_run_info info;
    struct sbx_buffer output[2];
    bool truncated;
    enum text_encoding encoding;
    SRWLOCK lock;
    ISandboxViolations *violations; /* frozen */
    BSTR text[2];                   /* guarded by the lock; NULL until asked for */
};

static struct result_object *impl_from_ISandboxResult(ISandboxResult *iface)
{
    return CONTAINING_RECORD(iface, struct result_object, object.IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Result_get_ExitCode(ISandboxResult *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)impl_from_ISandboxResult(iface)->info.end.exit_code;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Result_get_ExitReason(ISandboxResult *iface, sbxExit *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxExit)impl_from_ISandboxResult(iface)->info.end.reason;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Result_get_ExitReasonText(ISandboxResult *iface, BSTR *value)
{
    const struct result_object *self = impl_from_ISandboxResult(iface);

    return value ? value_text(exit_reason_text((enum exit_reason)self->info.end.reason), value) : E_POINTER;
}

static HRESULT decode(struct result_object *self, int stream, BSTR *text)
{
    struct text_decoder decoder = {self->encoding, false};
    const struct sbx_buffer *bytes = &self->output[stream];
    struct sbx_buffer utf8 = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    size_t used;
    HRESULT result;
    sbx_status status;

    status = text_decode(&decoder, bytes->data, bytes->size, true, &utf8, &used, &error);
    if (!status && buffer_failed(&utf8))
        status = SBX_E_MEMORY;
    result = status ? object_result(&self->object, status, &error)
                    : value_text_size(buffer_text(&utf8), utf8.size, text);
    buffer_free(&utf8);
    return result;
}

static HRESULT get_text(struct result_object *self, int stream, BSTR *value)
{
    HRESULT result = S_OK;

    if (!value)
        return E_POINTER;
    AcquireSRWLockExclusive(&self->lock);
    if (!self->text[stream])
        result = decode(self, stream, &self->text[stream]);
    if (SUCCEEDED(result)) {
        BSTR copy = SysAllocStringLen(self->text[stream], SysStringLen(self->text[stream]));

        if (copy)
            *value = copy;
        else
            result = E_OUTOFMEMORY;
    }
    ReleaseSRWLockExclusive(&self->lock);
    return result;
}

static HRESULT STDMETHODCALLTYPE Result_get_StdOut(ISandboxResult *iface, BSTR *value)
{
    return get_text(impl_from_ISandboxResult(iface), 0, value);
}

static HRESULT STDMETHODCALLTYPE Result_get_StdErr(ISandboxResult *iface, BSTR *value)
{
    return get_text(impl_from_ISandboxResult(iface), 1, value);
}

static HRESULT STDMETHODCALLTYPE Result_get_Truncated(ISandboxResult *iface, VARIANT_BOOL *value)
{
    if (!value)
        return E_POINTER;
    *value = impl_from_ISandboxResult(iface)->truncated ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Result_get_DurationMs(ISandboxResult *iface, double *value)
{
    if (!value)
        return E_POINTER;
    *value = (double)impl_from_ISandboxResult(iface)->info.end.elapsed_ms;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Result_get_Succeeded(ISandboxResult *iface, VARIANT_BOOL *value)
{
    const struct message_exited *end = &impl_from_ISandboxResult(iface)->info.end;

    if (!value)
        return E_POINTER;
    *value = end->reason == EXIT_EXITED && end->exit_code == 0 ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Result_get_Violations(ISandboxResult *iface, ISandboxViolations **value)
{
    struct result_object *self = impl_from_ISandboxResult(iface);

    if (!value)
        return E_POINTER;
    ISandboxViolations_AddRef(self->violations);
    *value = self->violations;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Result_StdOutBytes(ISandboxResult *iface, VARIANT *value)
{
    const struct sbx_buffer *bytes = &impl_from_ISandboxResult(iface)->output[0];

    return value ? value_bytes(bytes->data, bytes->size, value) : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE Result_StdErrBytes(ISandboxResult *iface, VARIANT *value)
{
    const struct sbx_buffer *bytes = &impl_from_ISandboxResult(iface)->output[1];

    return value ? value_bytes(bytes->data, bytes->size, value) : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE Result_Effective(ISandboxResult *iface, ISandboxReport **value)
{
    struct result_object *self = impl_from_ISandboxResult(iface);

    return value ? session_effective(self->session, self->run, &self->object, value) : E_POINTER;
}

static void result_destroy(struct object *object)
{
    struct result_object *self = CONTAINING_RECORD(object, struct result_object, object);

    for (int stream = 0; stream < 2; stream++) {
        SysFreeString(self->text[stream]);
        buffer_free(&self->output[stream]);
    }
    if (self->violations)
        ISandboxViolations_Release(self->violations);
    engine_run_release(self->run);
    session_release(self->session);
}

static const ISandboxResultVtbl result_vtbl = {
    OBJECT_METHODS(ISandboxResult),
    Result_get_ExitCode,
    Result_get_ExitReason,
    Result_get_ExitReasonText,
    Result_get_StdOut,
    Result_get_StdErr,
    Result_get_Truncated,
    Result_get_DurationMs,
    Result_get_Succeeded,
    Result_get_Violations,
    Result_StdOutBytes,
    Result_StdErrBytes,
    Result_Effective,
};

static const struct object_class result_class = {
    .type = TYPE_ISandboxResult,
    .source = L"Sbx.Session",
    .destroy = result_destroy,
};

HRESULT result_create(struct session *session, struct engine_run *run, struct sbx_buffer output[2],
                      bool truncated, enum text_encoding encoding, ISandboxResult **value)
{
    struct result_object *self = object_new(sizeof *self, &result_class, &result_vtbl);

    if (!self) {
        buffer_free(&output[0]);
        buffer_free(&output[1]);
        engine_run_release(run);
        return E_OUTOFMEMORY;
    }
    session_hold(session);
    self->session = session;
    self->run = run;
    engine_run_info(run, &self->info);
    self->output[0] = output[0];
    self->output[1] = output[1];
    self->truncated = truncated;
    self->encoding = self->info.terminal ? ENCODING_UTF8 : encoding;
    InitializeSRWLock(&self->lock);
    if (FAILED(session_violations_of(session, self->info.id, &self->violations))) {
        object_release(&self->object);
        return E_OUTOFMEMORY;
    }
    *value = object_interface(&self->object);
    return S_OK;
}
