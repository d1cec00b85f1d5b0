/*
 * process.c - ISandboxProcess. Properties read the engine's memory; what can wait is a method and waits in the engine.
 */
#include "sbxcom/process.h"

#include "base/memory.h"
#include "sbxcom/arguments.h"
#include "sbxcom/reading.h"
#include "sbxcom/report.h"
#include "sbxcom/result.h"
#include "sbxcom/values.h"

#define TERMINATE_EXIT_CODE 1 /* where Terminate is given none */

struct process_object {
    struct object object;
    struct session *session; /* held */
    struct engine_run *run;  /* a client reference */
    enum text_encoding encoding;
    SRWLOCK lock;
    struct text_decoder decoders[2]; /* guarded by the lock */
};

static struct process_object *impl_from_ISandboxProcess(ISandboxProcess *iface)
{
    return CONTAINING_RECORD(iface, struct process_object, object.IDispatch_iface);
}

static HRESULT result_of(const struct process_object *self, sbx_status status, const struct sbx_error *error)
{
    return object_result(&self->object, status, error);
}

static struct engine_run_info info_of(const struct process_object *self)
{
    struct engine_run_info info;

    engine_run_info(self->run, &info);
    return info;
}

/* Properties. */

static HRESULT STDMETHODCALLTYPE Process_get_Id(ISandboxProcess *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)info_of(impl_from_ISandboxProcess(iface)).id;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Process_get_ProcessId(ISandboxProcess *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)info_of(impl_from_ISandboxProcess(iface)).process_id;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Process_get_Command(ISandboxProcess *iface, BSTR *value)
{
    return value ? value_text(info_of(impl_from_ISandboxProcess(iface)).command, value) : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE Process_get_State(ISandboxProcess *iface, sbxProcessState *value)
{
    if (!value)
        return E_POINTER;
    *value = info_of(impl_from_ISandboxProcess(iface)).exited ? sbxProcessExited : sbxProcessRunning;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Process_get_StateText(ISandboxProcess *iface, BSTR *value)
{
    if (!value)
        return E_POINTER;
    return value_text(info_of(impl_from_ISandboxProcess(iface)).exited ? "exited" : "running", value);
}

/* How it ended; E_STATE while it runs, which is "use before the value exists". */
static HRESULT get_end(const struct process_object *self, struct message_exited *end)
{
    struct engine_run_info info = info_of(self);
    struct sbx_error error = {0};

    if (!info.exited)
        return result_of(self,
                         error_set(&error, SBX_E_STATE,
                                   "The process has not ended yet. Call Wait, or look at State first."),
                         &error);
    *end = info.end;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Process_get_ExitCode(ISandboxProcess *iface, LONG *value)
{
    struct message_exited end;
    HRESULT result;

    if (!value)
        return E_POINTER;
    result = get_end(impl_from_ISandboxProcess(iface), &end);
    if (SUCCEEDED(result))
        *value = (LONG)end.exit_code;
    return result;
}

static HRESULT STDMETHODCALLTYPE Process_get_ExitReason(ISandboxProcess *iface, sbxExit *value)
{
    struct message_exited end;
    HRESULT result;

    if (!value)
        return E_POINTER;
    result = get_end(impl_from_ISandboxProcess(iface), &end);
    if (SUCCEEDED(result))
        *value = (sbxExit)end.reason;
    return result;
}

const char *exit_reason_text(enum exit_reason reason)
{
    static const char *const texts[] = {
        [EXIT_EXITED] = "exited",
        [EXIT_TIMED_OUT] = "timedOut",
        [EXIT_TERMINATED] = "terminated",
        [EXIT_MEMORY_LIMIT] = "memoryLimit",
        [EXIT_PROCESS_LIMIT] = "processLimit",
        [EXIT_TIME_LIMIT] = "timeLimit",
        [EXIT_OUTPUT_LIMIT] = "outputLimit",
        [EXIT_SESSION_CLOSED] = "sessionClosed",
        [EXIT_RUNNER_LOST] = "runnerLost",
    };

    return (size_t)reason < sizeof texts / sizeof *texts ? texts[reason] : "unknown";
}

static HRESULT STDMETHODCALLTYPE Process_get_ExitReasonText(ISandboxProcess *iface, BSTR *value)
{
    struct message_exited end;
    HRESULT result;

    if (!value)
        return E_POINTER;
    result = get_end(impl_from_ISandboxProcess(iface), &end);
    return FAILED(result) ? result : value_text(exit_reason_text((enum exit_reason)end.reason), value);
}

static HRESULT STDMETHODCALLTYPE Process_get_StartTime(ISandboxProcess *iface, DATE *value)
{
    if (!value)
        return E_POINTER;
    *value = value_local_time(info_of(impl_from_ISandboxProcess(iface)).start_utc_ms);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Process_get_StartTimeUtc(ISandboxProcess *iface, BSTR *value)
{
    return value ? value_utc_text(info_of(impl_from_ISandboxProcess(iface)).start_utc_ms, value) : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE Process_get_ElapsedMs(ISandboxProcess *iface, double *value)
{
    if (!value)
        return E_POINTER;
    *value = (double)info_of(impl_from_ISandboxProcess(iface)).elapsed_ms;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Process_get_CpuMs(ISandboxProcess *iface, double *value)
{
    struct message_exited end;
    HRESULT result;

    if (!value)
        return E_POINTER;
    result = get_end(impl_from_ISandboxProcess(iface), &end);
    if (SUCCEEDED(result))
        *value = (double)end.cpu_ms;
    return result;
}

static HRESULT STDMETHODCALLTYPE Process_get_PeakMemoryMB(ISandboxProcess *iface, double *value)
{
    struct message_exited end;
    HRESULT result;

    if (!value)
        return E_POINTER;
    result = get_end(impl_from_ISandboxProcess(iface), &end);
    if (SUCCEEDED(result))
        *value = (double)end.peak_memory_size / (1024 * 1024);
    return result;
}

static HRESULT STDMETHODCALLTYPE Process_get_AtEnd(ISandboxProcess *iface, VARIANT_BOOL *value)
{
    struct engine_run_info info;

    if (!value)
        return E_POINTER;
    info = info_of(impl_from_ISandboxProcess(iface));
    *value = info.at_end[0] && info.at_end[1] ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

/* Waiting and reading. */

static HRESULT STDMETHODCALLTYPE Process_Wait(ISandboxProcess *iface, VARIANT timeoutMs, VARIANT_BOOL *value)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_error error = {0};
    int32_t timeout_ms;
    bool exited = false;
    sbx_status status;

    if (!value)
        return E_POINTER;
    status = argument_time_out(&timeoutMs, "timeoutMs", -1, &timeout_ms, &error);
    if (!status)
        status = engine_run_wait(self->run, timeout_ms, &exited, &error);
    if (!status)
        *value = exited ? VARIANT_TRUE : VARIANT_FALSE;
    return result_of(self, status, &error);
}

/* Text of one stream: what Read, ReadLine and ReadError are. Empty at the end of output. */
static HRESULT read_text(struct process_object *self, int stream, bool line, const VARIANT *maxChars,
                         const VARIANT *timeoutMs, VARIANT *value)
{
    struct reading reading = {self->run, stream, line, SIZE_MAX, -1};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    struct text_decoder decoder;
    int64_t most = 0;
    bool end = false;
    HRESULT result;
    sbx_status status = SBX_OK;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    if (maxChars && !argument_absent(maxChars)) {
        status = argument_whole(maxChars, "maxChars", 1, INT32_MAX, &most, &error);
        reading.most = (size_t)most;
    }
    if (!status)
        status = argument_time_out(timeoutMs, "timeoutMs", -1, &reading.timeout_ms, &error);
    if (status)
        return result_of(self, status, &error);

    AcquireSRWLockExclusive(&self->lock);
    decoder = self->decoders[stream];
    ReleaseSRWLockExclusive(&self->lock);
    status = reading_text(&reading, &decoder, &text, &end, &error);
    if (status) {
        buffer_free(&text);
        return result_of(self, status, &error);
    }
    AcquireSRWLockExclusive(&self->lock);
    self->decoders[stream] = decoder;
    ReleaseSRWLockExclusive(&self->lock);

    result = S_OK;
    if (end)
        VariantInit(value);
    else
        result = value_variant_text(buffer_text(&text), text.size, value);
    buffer_free(&text);
    return result;
}

static HRESULT STDMETHODCALLTYPE Process_Read(ISandboxProcess *iface, VARIANT maxChars, VARIANT timeoutMs,
                                              VARIANT *value)
{
    return read_text(impl_from_ISandboxProcess(iface), 0, false, &maxChars, &timeoutMs, value);
}

static HRESULT STDMETHODCALLTYPE Process_ReadLine(ISandboxProcess *iface, VARIANT timeoutMs, VARIANT *value)
{
    return read_text(impl_from_ISandboxProcess(iface), 0, true, NULL, &timeoutMs, value);
}

static HRESULT STDMETHODCALLTYPE Process_ReadError(ISandboxProcess *iface, VARIANT maxChars,
                                                   VARIANT timeoutMs, VARIANT *value)
{
    return read_text(impl_from_ISandboxProcess(iface), 1, false, &maxChars, &timeoutMs, value);
}

static HRESULT STDMETHODCALLTYPE Process_ReadBytes(ISandboxProcess *iface, VARIANT maxBytes,
                                                   VARIANT timeoutMs, VARIANT stream, VARIANT *value)
{
    static const struct argument_word streams[] = {{"output", sbxStreamOutput}, {"error", sbxStreamError}};
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    int32_t timeout_ms, which = sbxStreamOutput;
    int64_t most = INT64_MAX;
    bool end = false;
    HRESULT result;
    sbx_status status = SBX_OK;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    if (!argument_absent(&maxBytes))
        status = argument_whole(&maxBytes, "maxBytes", 1, INT32_MAX, &most, &error);
    if (!status)
        status = argument_time_out(&timeoutMs, "timeoutMs", -1, &timeout_ms, &error);
    if (!status && !argument_absent(&stream))
        status = argument_enum(&stream, "stream", streams, 2, &which, &error);
    if (!status)
        status =
            engine_run_read(self->run, which == sbxStreamError, false,
                            most > INT32_MAX ? SIZE_MAX : (size_t)most, timeout_ms, &bytes, &end, &error);

    result = result_of(self, status, &error);
    if (!status && end)
        VariantInit(value);
    else if (!status)
        result = value_bytes(bytes.data, bytes.size, value);
    buffer_free(&bytes);
    return result;
}

/* Input. */

static HRESULT STDMETHODCALLTYPE Process_Write(ISandboxProcess *iface, BSTR text)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_error error = {0};
    char *utf8 = NULL;
    void *bytes = NULL;
    size_t utf8_size, size;
    sbx_status status;

    status = argument_bstr(text, "text", &utf8, &utf8_size, &error);
    if (!status)
        status = text_encode(self->encoding, utf8, utf8_size, &bytes, &size, &error);
    if (!status)
        status = engine_run_write(self->run, bytes, size, &error);
    sbx_free(bytes);
    sbx_free(utf8);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Process_WriteBytes(ISandboxProcess *iface, VARIANT bytes)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_buffer taken = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    sbx_status status;

    status = argument_bytes(&bytes, "bytes", &taken, &error);
    if (!status)
        status = engine_run_write(self->run, taken.data, taken.size, &error);
    buffer_free(&taken);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Process_CloseInput(ISandboxProcess *iface)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_error error = {0};

    return result_of(self, engine_run_close_input(self->run, &error), &error);
}

/* Ends. */

static HRESULT STDMETHODCALLTYPE Process_Resize(ISandboxProcess *iface, LONG columns, LONG rows)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_error error = {0};

    return result_of(self, engine_run_resize(self->run, columns, rows, &error), &error);
}

static HRESULT STDMETHODCALLTYPE Process_Interrupt(ISandboxProcess *iface)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_error error = {0};

    return result_of(self, engine_run_interrupt(self->run, &error), &error);
}

static HRESULT STDMETHODCALLTYPE Process_Terminate(ISandboxProcess *iface, VARIANT exitCode)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_error error = {0};
    int64_t exit_code = TERMINATE_EXIT_CODE;
    sbx_status status = SBX_OK;

    if (!argument_absent(&exitCode))
        status = argument_whole(&exitCode, "exitCode", INT32_MIN, UINT32_MAX, &exit_code, &error);
    if (!status)
        status = engine_run_terminate(self->run, (uint32_t)exit_code, EXIT_TERMINATED, &error);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Process_Collect(ISandboxProcess *iface, VARIANT timeoutMs,
                                                 ISandboxResult **value)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);
    struct sbx_buffer output[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct sbx_error error = {0};
    bool truncated = false;
    int32_t timeout_ms;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = argument_time_out(&timeoutMs, "timeoutMs", -1, &timeout_ms, &error);
    if (!status)
        status = engine_run_collect(self->run, timeout_ms, output, &truncated, &error);
    if (status)
        return result_of(self, status, &error);

    engine_run_hold(self->run);
    return result_create(self->session, self->run, output, truncated, self->encoding, value);
}

static HRESULT STDMETHODCALLTYPE Process_Effective(ISandboxProcess *iface, ISandboxReport **value)
{
    struct process_object *self = impl_from_ISandboxProcess(iface);

    return value ? session_effective(self->session, self->run, &self->object, value) : E_POINTER;
}

/* Guards the runs' slots, where the one object of each run stands while there is one. */
static SRWLOCK slots = SRWLOCK_INIT;

static void process_destroy(struct object *object)
{
    struct process_object *self = CONTAINING_RECORD(object, struct process_object, object);
    void **slot = engine_run_slot(self->run);

    AcquireSRWLockExclusive(&slots);
    if (*slot == self) /* else another one was made after the last reference on this one had gone */
        *slot = NULL;
    ReleaseSRWLockExclusive(&slots);
    engine_run_release(self->run);
    session_release(self->session);
}

static const ISandboxProcessVtbl process_vtbl = {
    OBJECT_METHODS(ISandboxProcess),
    Process_get_Id,
    Process_get_ProcessId,
    Process_get_Command,
    Process_get_State,
    Process_get_StateText,
    Process_get_ExitCode,
    Process_get_ExitReason,
    Process_get_ExitReasonText,
    Process_get_StartTime,
    Process_get_StartTimeUtc,
    Process_get_ElapsedMs,
    Process_get_CpuMs,
    Process_get_PeakMemoryMB,
    Process_get_AtEnd,
    Process_Wait,
    Process_Read,
    Process_ReadLine,
    Process_ReadError,
    Process_ReadBytes,
    Process_Write,
    Process_WriteBytes,
    Process_CloseInput,
    Process_Resize,
    Process_Interrupt,
    Process_Terminate,
    Process_Collect,
    Process_Effective,
};

static const struct object_class process_class = {
    .type = TYPE_ISandboxProcess,
    .source = L"Sbx.Session",
    .destroy = process_destroy,
};

static struct process_object *process_create(struct session *session, struct engine_run *run)
{
    struct process_object *self = object_new(sizeof *self, &process_class, &process_vtbl);
    struct engine_run_info info;

    if (!self)
        return NULL;
    engine_run_info(run, &info);
    session_hold(session);
    self->session = session;
    self->run = run;
    self->encoding = info.encoding;
    InitializeSRWLock(&self->lock);
    self->decoders[0].encoding = info.encoding;
    self->decoders[1].encoding = info.encoding;
    return self;
}

HRESULT process_get(struct session *session, struct engine_run *run, ISandboxProcess **value)
{
    void **slot = engine_run_slot(run);
    struct process_object *self;
    bool found;

    AcquireSRWLockExclusive(&slots);
    self = *slot;
    found = self && object_hold_living(&self->object);
    if (!found) {
        self = process_create(session, run);
        if (self)
            *slot = self;
    }
    ReleaseSRWLockExclusive(&slots);
    if (found || !self)
        engine_run_release(run);
    if (!self)
        return E_OUTOFMEMORY;
    *value = object_interface(&self->object);
    return S_OK;
}
