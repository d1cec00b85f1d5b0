/*
 * events_test.c - what a session tells its sinks, in and out of a single-threaded apartment; and sinks that misbehave.
 *
 * The main thread, on which these tests run, lives in a single-threaded apartment: its sinks are called while it
 * passes on messages or waits in a call of the session.
 */
#include "clients/client.h"

#include <olectl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { ON_OUTPUT = 1, ON_EXIT = 2, ON_PROGRESS = 3, ON_VIOLATION = 4, ON_GRANT_EXPIRED = 5 };

#define PATIENCE_MS 15000

struct sink {
    IDispatch IDispatch_iface;
    LONG references;
    HRESULT (*react)(struct sink *sink, DISPID id); /* NULL: nothing; called without the lock */
    ISandboxSession *session;                       /* lent, for `react` */
    IConnectionPoint *point;                        /* while connected */
    DWORD cookie;
    HRESULT inner; /* of what `react` did */
    long inner_code;
    HANDLE let_go; /* a hanging sink waits for it */

    SRWLOCK lock;
    DWORD thread; /* the last call's */
    LONG calls[6];
    wchar_t *text[2]; /* of all OnOutput events, by stream */
    size_t length[2];
    LONG output_after_exit;
    ISandboxProcess *process; /* the last OnExit's, held */
    ISandboxProcess *speaker; /* the last OnOutput's, held */
    IDispatch *violation;     /* the last OnViolation's, held */
};

static struct sink *sink_from_IDispatch(IDispatch *iface)
{
    return CONTAINING_RECORD(iface, struct sink, IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Sink_QueryInterface(IDispatch *iface, REFIID iid, void **value)
{
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch) &&
        !IsEqualIID(iid, &DIID_ISandboxSessionEvents)) {
        *value = NULL;
        return E_NOINTERFACE;
    }
    IDispatch_AddRef(iface);
    *value = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Sink_AddRef(IDispatch *iface)
{
    return (ULONG)InterlockedIncrement(&sink_from_IDispatch(iface)->references);
}

/* The memory is the test's. */
static ULONG STDMETHODCALLTYPE Sink_Release(IDispatch *iface)
{
    return (ULONG)InterlockedDecrement(&sink_from_IDispatch(iface)->references);
}

static HRESULT STDMETHODCALLTYPE Sink_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    *count = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Sink_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info)
{
    (void)iface, (void)index, (void)lcid, (void)info;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE Sink_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count,
                                                    LCID lcid, DISPID *ids)
{
    (void)iface, (void)iid, (void)names, (void)count, (void)lcid, (void)ids;
    return E_NOTIMPL;
}

static void keep(ISandboxProcess **kept, const VARIANT *argument)
{
    ISandboxProcess *process = NULL;

    if (V_VT(argument) != VT_DISPATCH ||
        FAILED(IDispatch_QueryInterface(V_DISPATCH(argument), &IID_ISandboxProcess, (void **)&process)))
        return;
    if (*kept)
        ISandboxProcess_Release(*kept);
    *kept = process;
}

static void add_text(struct sink *self, int stream, BSTR text)
{
    size_t length = SysStringLen(text);
    wchar_t *larger = realloc(self->text[stream], (self->length[stream] + length + 1) * sizeof *larger);

    if (!larger)
        return;
    memcpy(larger + self->length[stream], text, length * sizeof *larger);
    self->length[stream] += length;
    larger[self->length[stream]] = 0;
    self->text[stream] = larger;
}

static HRESULT STDMETHODCALLTYPE Sink_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags,
                                             DISPPARAMS *parameters, VARIANT *result, EXCEPINFO *exception,
                                             UINT *wrong)
{
    struct sink *self = sink_from_IDispatch(iface);
    const VARIANT *last = parameters->rgvarg;

    (void)iid, (void)lcid, (void)flags, (void)result, (void)wrong;
    if (id < 1 || id > 5)
        return DISP_E_MEMBERNOTFOUND;
    AcquireSRWLockExclusive(&self->lock);
    self->thread = GetCurrentThreadId();
    self->calls[id]++;
    if (id == ON_OUTPUT && parameters->cArgs == 3 && V_VT(&last[0]) == VT_BSTR && V_VT(&last[1]) == VT_I4) {
        add_text(self, V_I4(&last[1]) == sbxStreamError, V_BSTR(&last[0]));
        keep(&self->speaker, &last[2]);
        self->output_after_exit += self->calls[ON_EXIT] > 0;
    } else if (id == ON_EXIT && parameters->cArgs == 1) {
        keep(&self->process, &last[0]);
    } else if (id == ON_VIOLATION && parameters->cArgs == 1 && V_VT(&last[0]) == VT_DISPATCH) {
        if (self->violation)
            IDispatch_Release(self->violation);
        self->violation = V_DISPATCH(&last[0]);
        IDispatch_AddRef(self->violation);
    }
    ReleaseSRWLockExclusive(&self->lock);
    if (!self->react)
        return S_OK;
    if (exception)
        exception->bstrDescription = NULL;
    return self->react(self, id);
}

static const IDispatchVtbl sink_vtbl = {
    Sink_QueryInterface, Sink_AddRef,        Sink_Release, Sink_GetTypeInfoCount,
    Sink_GetTypeInfo,    Sink_GetIDsOfNames, Sink_Invoke,
};

static void sink_begin(struct sink *sink)
{
    memset(sink, 0, sizeof *sink);
    sink->IDispatch_iface.lpVtbl = (void *)&sink_vtbl;
    sink->references = 1;
    InitializeSRWLock(&sink->lock);
}

static IConnectionPoint *point_of(ISandboxSession *session)
{
    IConnectionPointContainer *container = NULL;
    IConnectionPoint *point = NULL;

    CU_ASSERT_EQUAL_FATAL(
        ISandboxSession_QueryInterface(session, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    CU_ASSERT_EQUAL_FATAL(
        IConnectionPointContainer_FindConnectionPoint(container, &DIID_ISandboxSessionEvents, &point), S_OK);
    IConnectionPointContainer_Release(container);
    return point;
}

static void sink_connect(struct sink *sink, ISandboxSession *session)
{
    sink->session = session;
    sink->point = point_of(session);
    CU_ASSERT_EQUAL_FATAL(
        IConnectionPoint_Advise(sink->point, (IUnknown *)&sink->IDispatch_iface, &sink->cookie), S_OK);
    CU_ASSERT(sink->cookie != 0);
}

static HRESULT sink_disconnect(struct sink *sink)
{
    HRESULT result = IConnectionPoint_Unadvise(sink->point, sink->cookie);

    IConnectionPoint_Release(sink->point);
    sink->point = NULL;
    return result;
}

static void sink_end(struct sink *sink)
{
    if (sink->process)
        ISandboxProcess_Release(sink->process);
    if (sink->speaker)
        ISandboxProcess_Release(sink->speaker);
    if (sink->violation)
        IDispatch_Release(sink->violation);
    free(sink->text[0]);
    free(sink->text[1]);
}

static LONG calls_of(struct sink *sink, DISPID id)
{
    LONG calls;

    AcquireSRWLockShared(&sink->lock);
    calls = sink->calls[id];
    ReleaseSRWLockShared(&sink->lock);
    return calls;
}

static void pump(DWORD wait_ms)
{
    MSG message;

    MsgWaitForMultipleObjects(0, NULL, FALSE, wait_ms, QS_ALLINPUT);
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

/* Passes on messages until the sink has had `count` such calls. */
static bool sink_has(struct sink *sink, DISPID id, LONG count)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    while (calls_of(sink, id) < count && now_ms() < end)
        pump(20);
    if (calls_of(sink, id) < count)
        printf("    event %ld came %ld times instead of %ld\n", (long)id, (long)calls_of(sink, id),
               (long)count);
    return calls_of(sink, id) >= count;
}

/* The text that OnOutput has told so far is `expected`, waited for. */
static bool sink_heard(struct sink *sink, int stream, const wchar_t *expected)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    bool same = false;

    while (!same && now_ms() < end) {
        pump(20);
        AcquireSRWLockShared(&sink->lock);
        same = !wcscmp(sink->text[stream] ? sink->text[stream] : L"", expected);
        ReleaseSRWLockShared(&sink->lock);
    }
    if (!same)
        printf("    heard \"%.100ls\" instead of \"%.100ls\"\n",
               sink->text[stream] ? sink->text[stream] : L"", expected);
    return same;
}

static bool text_equals(struct sink *sink, int stream, BSTR text)
{
    bool same = sink->length[stream] == SysStringLen(text) &&
                (sink->length[stream] == 0 ||
                 !memcmp(sink->text[stream], text, sink->length[stream] * sizeof(wchar_t)));

    if (!same)
        printf("    stream %d: told %u characters, polling gives %u\n", stream,
               (unsigned)sink->length[stream], SysStringLen(text));
    SysFreeString(text);
    return same;
}

/* What the sink heard of a command that Run ran is what the result has. */
static bool sink_agrees(struct sink *sink, ISandboxResult *result)
{
    BSTR out = NULL, err = NULL;
    bool same;

    ISandboxResult_get_StdOut(result, &out);
    ISandboxResult_get_StdErr(result, &err);
    same = text_equals(sink, 0, out);
    return text_equals(sink, 1, err) && same;
}

/* ---- what is told ---------------------------------------------------------------------------------------------- */

static bool same_object(void *one, void *other)
{
    IUnknown *a = NULL, *b = NULL;
    bool same;

    if (!one || !other)
        return false;
    IUnknown_QueryInterface((IUnknown *)one, &IID_IUnknown, (void **)&a);
    IUnknown_QueryInterface((IUnknown *)other, &IID_IUnknown, (void **)&b);
    same = a == b;
    IUnknown_Release(a);
    IUnknown_Release(b);
    return same;
}

static void run_and_compare(DWORD *thread)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcesses *processes = NULL;
    ISandboxProcess *process = NULL;
    ISandboxResult *result = NULL;
    struct sink sink;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    CU_ASSERT(went_well(run(session, L"emit both kb 300", &result), "Run"));
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    CU_ASSERT(sink_agrees(&sink, result));
    CU_ASSERT_EQUAL(sink.calls[ON_EXIT], 1);
    CU_ASSERT_EQUAL(sink.output_after_exit, 0);
    CU_ASSERT(went_well(ISandboxSession_Processes(session, &processes), "Processes"));
    CU_ASSERT(went_well(ISandboxProcesses_get_Item(processes, v_long(0), &process), "Item"));
    CU_ASSERT(same_object(process, sink.process));
    *thread = sink.thread;
    ISandboxProcess_Release(process);
    ISandboxProcesses_Release(processes);
    ISandboxResult_Release(result);
    CU_ASSERT_EQUAL(sink_disconnect(&sink), S_OK);
    sink_end(&sink);
    session_end(session);
}

static void an_apartment_hears_on_its_own_thread(void)
{
    DWORD thread = 0;

    run_and_compare(&thread);
    CU_ASSERT_EQUAL(thread, GetCurrentThreadId());
}

static void run_outside(void *context)
{
    DWORD thread = 0;

    (void)context;
    run_and_compare(&thread);
    CU_ASSERT(thread != 0 && thread != GetCurrentThreadId());
}

static void threads_of_no_apartment_hear_on_the_notifiers(void)
{
    in_apartment(COINIT_MULTITHREADED, run_outside, NULL);
}

static void telling_takes_nothing_away(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process = NULL;
    struct sink sink;
    VARIANT text;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    CU_ASSERT_FATAL(went_well(spawn(session, L"lines 3", 0, &process), "Spawn"));
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    CU_ASSERT(sink_heard(&sink, 0, L"line 1\r\nline 2\r\nline 3\r\n"));
    CU_ASSERT(same_object(process, sink.process));
    CU_ASSERT(same_object(process, sink.speaker));
    for (int i = 1; i <= 3; i++) {
        wchar_t expected[16];

        swprintf(expected, 16, L"line %d", i);
        CU_ASSERT(went_well(ISandboxProcess_ReadLine(process, v_long(5000), &text), "ReadLine"));
        CU_ASSERT(V_VT(&text) == VT_BSTR && !wcscmp(V_BSTR(&text), expected));
        VariantClear(&text);
    }
    ISandboxProcess_Release(process);
    sink_disconnect(&sink);
    sink_end(&sink);
    session_end(session);
}

static void write_bytes(ISandboxProcess *process, const char *bytes, size_t size)
{
    VARIANT value = v_bytes(bytes, size);

    CU_ASSERT(went_well(ISandboxProcess_WriteBytes(process, value), "WriteBytes"));
    VariantClear(&value);
}

static void characters_are_told_whole(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process = NULL;
    struct sink sink;
    VARIANT echoed;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    CU_ASSERT_FATAL(went_well(spawn(session, L"echo", 0, &process), "Spawn"));
    write_bytes(process, "a\xe2", 2);
    CU_ASSERT(sink_heard(&sink, 0, L"a"));
    write_bytes(process, "\x82", 1);
    CU_ASSERT(went_well(ISandboxProcess_ReadBytes(process, v_long(2), v_long(5000), v_absent(), &echoed),
                        "ReadBytes"));
    VariantClear(&echoed);
    pump(200);
    CU_ASSERT(sink_heard(&sink, 0, L"a"));
    write_bytes(process, "\xac!", 2);
    CU_ASSERT(sink_heard(&sink, 0, L"a\x20ac!"));
    write_bytes(process, "\xc3", 1); /* one that never becomes whole: told at the end, as Read does */
    ISandboxProcess_CloseInput(process);
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    CU_ASSERT(sink_heard(&sink, 0, L"a\x20ac!\xfffd"));
    ISandboxProcess_Release(process);
    sink_disconnect(&sink);
    sink_end(&sink);
    session_end(session);
}

/* A sink that comes late hears what comes then, even if it came in the middle of a character. */
static void who_connects_late_hears_the_rest(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process = NULL;
    struct sink sink;
    VARIANT line;

    if (!session)
        return;
    sink_begin(&sink);
    CU_ASSERT_FATAL(went_well(spawn(session, L"echo", 0, &process), "Spawn"));
    write_bytes(process, "first\n\xe2\x82", 8);
    CU_ASSERT(went_well(ISandboxProcess_ReadLine(process, v_long(5000), &line), "ReadLine"));
    VariantClear(&line);
    sink_connect(&sink, session);
    write_bytes(process, "\xac\xc3\xbc", 3);
    CU_ASSERT(sink_heard(&sink, 0, L"\xfc"));
    CU_ASSERT_EQUAL(sink_disconnect(&sink), S_OK);
    write_bytes(process, "unheard", 7);
    pump(200);
    CU_ASSERT(sink_heard(&sink, 0, L"\xfc"));
    ISandboxProcess_Terminate(process, v_absent());
    ISandboxProcess_Release(process);
    sink_end(&sink);
    session_end(session);
}

/* A process that no client holds has its output told, though nobody could read it any more. */
static void what_nobody_holds_is_told(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process = NULL;
    struct sink sink;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    CU_ASSERT_FATAL(went_well(spawn(session, L"lines 4 100", 0, &process), "Spawn"));
    ISandboxProcess_Release(process);
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    CU_ASSERT(sink_heard(&sink, 0, L"line 1\r\nline 2\r\nline 3\r\nline 4\r\n"));
    sink_disconnect(&sink);
    sink_end(&sink);
    session_end(session);
}

static void close_tells_the_end_of_what_ran(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process = NULL;
    struct sink sink;
    sbxExit reason = sbxExitExited;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    CU_ASSERT_FATAL(went_well(spawn(session, L"sleep 60000", 0, &process), "Spawn"));
    CU_ASSERT_EQUAL(ISandboxSession_Close(session), S_OK);
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    CU_ASSERT(same_object(process, sink.process));
    if (sink.process)
        ISandboxProcess_get_ExitReason(sink.process, &reason);
    CU_ASSERT_EQUAL(reason, sbxExitSessionClosed);
    ISandboxProcess_Release(process);
    sink_disconnect(&sink);
    sink_end(&sink);
    session_end(session);
}

static void a_violation_is_told_before_the_end(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxViolations *violations = NULL;
    ISandboxViolation *violation = NULL;
    ISandboxResult *result = NULL;
    VARIANT command = v_text(L"cmd /c mkdir .git\\hooks");
    struct sink sink;
    long count = 0;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    CU_ASSERT(went_well(ISandboxSession_Run(session, command, v_absent(), v_absent(), &result), "Run"));
    CU_ASSERT(sink_has(&sink, ON_VIOLATION, 1));
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    CU_ASSERT(went_well(ISandboxResult_get_Violations(result, &violations), "Violations"));
    ISandboxViolations_get_Count(violations, &count);
    CU_ASSERT_EQUAL(calls_of(&sink, ON_VIOLATION), count);
    CU_ASSERT(went_well(ISandboxViolations_get_Item(violations, v_long(count - 1), &violation), "Item"));
    CU_ASSERT(same_object(violation, sink.violation));
    ISandboxViolation_Release(violation);
    ISandboxViolations_Release(violations);
    ISandboxResult_Release(result);
    VariantClear(&command);
    sink_disconnect(&sink);
    sink_end(&sink);
    session_end(session);
}

static void several_sinks_hear_the_same(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result = NULL;
    struct sink sinks[3];

    if (!session)
        return;
    for (int i = 0; i < 3; i++) {
        sink_begin(&sinks[i]);
        sink_connect(&sinks[i], session);
    }
    CU_ASSERT(went_well(run(session, L"lines 50", &result), "Run"));
    for (int i = 0; i < 3; i++) {
        CU_ASSERT(sink_has(&sinks[i], ON_EXIT, 1));
        CU_ASSERT(sink_agrees(&sinks[i], result));
        CU_ASSERT_EQUAL(sink_disconnect(&sinks[i]), S_OK);
        sink_end(&sinks[i]);
    }
    ISandboxResult_Release(result);
    session_end(session);
}

/* ---- the connection point ---------------------------------------------------------------------------------------- */

static void connections_are_listed_and_end(void)
{
    ISandboxSession *session = session_new();
    IConnectionPointContainer *container = NULL;
    IEnumConnectionPoints *points = NULL;
    IEnumConnections *connections = NULL;
    IConnectionPoint *point = NULL, *listed[2] = {NULL, NULL};
    CONNECTDATA data[2];
    struct sink sink;
    ULONG fetched = 0;
    IID iid;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    IConnectionPoint_GetConnectionPointContainer(sink.point, &container);
    CU_ASSERT(same_object(container, session));
    CU_ASSERT_EQUAL(IConnectionPointContainer_FindConnectionPoint(container, &IID_IDispatch, &point),
                    CONNECT_E_NOCONNECTION);
    CU_ASSERT_PTR_NULL(point);
    CU_ASSERT_EQUAL_FATAL(IConnectionPointContainer_EnumConnectionPoints(container, &points), S_OK);
    CU_ASSERT_EQUAL(IEnumConnectionPoints_Next(points, 2, listed, &fetched), S_FALSE);
    CU_ASSERT_EQUAL(fetched, 1);
    CU_ASSERT(same_object(listed[0], sink.point));
    CU_ASSERT(!same_object(listed[0], session));
    IConnectionPoint_GetConnectionInterface(listed[0], &iid);
    CU_ASSERT(IsEqualIID(&iid, &DIID_ISandboxSessionEvents));
    IConnectionPoint_Release(listed[0]);
    IEnumConnectionPoints_Release(points);

    CU_ASSERT_EQUAL_FATAL(IConnectionPoint_EnumConnections(sink.point, &connections), S_OK);
    CU_ASSERT_EQUAL(IEnumConnections_Next(connections, 2, data, &fetched), S_FALSE);
    CU_ASSERT_EQUAL(fetched, 1);
    CU_ASSERT_EQUAL(data[0].dwCookie, sink.cookie);
    CU_ASSERT(same_object(data[0].pUnk, &sink.IDispatch_iface));
    IUnknown_Release(data[0].pUnk);
    IEnumConnections_Release(connections);

    CU_ASSERT_EQUAL(IConnectionPoint_Advise(sink.point, NULL, &fetched), E_POINTER);
    CU_ASSERT_EQUAL(IConnectionPoint_Unadvise(sink.point, sink.cookie + 1000), CONNECT_E_NOCONNECTION);
    CU_ASSERT_EQUAL(IConnectionPoint_Unadvise(sink.point, sink.cookie), S_OK);
    CU_ASSERT_EQUAL(sink_disconnect(&sink), CONNECT_E_NOCONNECTION);
    CU_ASSERT_EQUAL(sink.references, 1);
    IConnectionPointContainer_Release(container);
    CU_ASSERT_EQUAL(ISandboxSession_Release(session), 0);
    sink_end(&sink);
}

static void a_session_lets_go_of_its_sinks(void)
{
    ISandboxSession *session = session_open(NULL);
    struct sink sink;
    uint64_t end = now_ms() + PATIENCE_MS;

    if (!session)
        return;
    sink_begin(&sink);
    sink_connect(&sink, session);
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 0"), 0);
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    ISandboxProcess_Release(sink.process);
    sink.process = NULL;
    IConnectionPoint_Release(sink.point);
    ISandboxSession_Close(session);
    ISandboxSession_Release(session); /* without Unadvise */
    while (sink.references > 1 && now_ms() < end)
        pump(20);
    CU_ASSERT_EQUAL(sink.references, 1);
    sink_end(&sink);
}

/* ---- sinks that misbehave ---------------------------------------------------------------------------------------- */

static HRESULT throws(struct sink *sink, DISPID id)
{
    (void)sink, (void)id;
    return DISP_E_EXCEPTION;
}

static void a_sink_that_throws_is_called_again(void)
{
    ISandboxSession *session = session_open(NULL);
    struct sink bad, good;

    if (!session)
        return;
    sink_begin(&bad);
    bad.react = throws;
    sink_begin(&good);
    sink_connect(&bad, session);
    sink_connect(&good, session);
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 3"), 3);
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 4"), 4);
    CU_ASSERT(sink_has(&bad, ON_EXIT, 2));
    CU_ASSERT(sink_has(&good, ON_EXIT, 2));
    sink_disconnect(&bad);
    sink_disconnect(&good);
    sink_end(&bad);
    sink_end(&good);
    session_end(session);
}

static HRESULT runs_within(struct sink *sink, DISPID id)
{
    ISandboxResult *result = NULL;

    if (id != ON_OUTPUT || sink->inner_code)
        return S_OK;
    sink->inner_code = -1;
    sink->inner = run(sink->session, L"exit 77", &result);
    if (SUCCEEDED(sink->inner)) {
        ISandboxResult_get_ExitCode(result, &sink->inner_code);
        ISandboxResult_Release(result);
    }
    return S_OK;
}

static HRESULT cancels_within(struct sink *sink, DISPID id)
{
    if (id == ON_OUTPUT)
        sink->inner = ISandboxSession_Cancel(sink->session);
    return S_OK;
}

static HRESULT closes_within(struct sink *sink, DISPID id)
{
    if (id == ON_OUTPUT)
        sink->inner = ISandboxSession_Close(sink->session);
    return S_OK;
}

static HRESULT leaves_within(struct sink *sink, DISPID id)
{
    if (id == ON_OUTPUT)
        sink->inner = IConnectionPoint_Unadvise(sink->point, sink->cookie);
    return S_OK;
}

/* A Run that waits, in this apartment or outside of one, while the sink does something to the session. */
struct reentry {
    HRESULT (*react)(struct sink *sink, DISPID id);
    HRESULT code; /* what Run comes to; S_OK: its result */
    const wchar_t *verb;
    struct sink sink;
};

static void run_with_reentry(void *context)
{
    struct reentry *reentry = context;
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result = NULL;
    uint64_t start;
    HRESULT got;

    if (!session)
        return;
    sink_begin(&reentry->sink);
    reentry->sink.react = reentry->react;
    reentry->sink.inner = E_FAIL;
    sink_connect(&reentry->sink, session);
    start = now_ms();
    got = run(session, reentry->verb, &result);
    CU_ASSERT(reentry->code ? raised(got, reentry->code, NULL) : went_well(got, "Run"));
    CU_ASSERT(now_ms() - start < PATIENCE_MS);
    CU_ASSERT(sink_has(&reentry->sink, ON_OUTPUT, 1));
    if (result)
        ISandboxResult_Release(result);
    sink_has(&reentry->sink, ON_EXIT, reentry->react == leaves_within ? 0 : 1);
    sink_disconnect(&reentry->sink);
    CU_ASSERT_EQUAL(reentry->sink.inner, S_OK);
    sink_end(&reentry->sink);
    session_end(session);
}

static void in_both(HRESULT (*react)(struct sink *sink, DISPID id), HRESULT code, const wchar_t *verb)
{
    struct reentry reentry = {.react = react, .code = code, .verb = verb};

    run_with_reentry(&reentry);
    if (react == runs_within)
        CU_ASSERT_EQUAL(reentry.sink.inner_code, 77);
    in_apartment(COINIT_MULTITHREADED, run_with_reentry, &reentry);
    if (react == runs_within)
        CU_ASSERT_EQUAL(reentry.sink.inner_code, 77);
}

static void a_sink_runs_a_command(void)
{
    in_both(runs_within, S_OK, L"lines 2");
}

static void a_sink_cancels(void)
{
    in_both(cancels_within, SBX_CODE(Cancelled), L"sleep 60000");
}

static void a_sink_closes(void)
{
    in_both(closes_within, SBX_CODE(Closed), L"sleep 60000");
}

static void a_sink_leaves(void)
{
    in_both(leaves_within, S_OK, L"lines 5 50");
}

static HRESULT hangs(struct sink *sink, DISPID id)
{
    (void)id;
    WaitForSingleObject(sink->let_go, 60000);
    return S_OK;
}

struct hanging {
    struct sink sink;
    ISandboxSession *session;
    HANDLE connected;
    HANDLE done;
};

static void connect_and_hang(void *context)
{
    struct hanging *hanging = context;

    sink_begin(&hanging->sink);
    hanging->sink.react = hangs;
    hanging->sink.let_go = hanging->done;
    sink_connect(&hanging->sink, hanging->session);
    SetEvent(hanging->connected);
    WaitForSingleObject(hanging->done, 60000);
}

/* Commands, Unadvise, Close and Release go on as if nothing were; other sessions hear on. */
static void a_sink_that_hangs_holds_up_nothing_else(void)
{
    struct hanging hanging = {.session = session_open(NULL)};
    ISandboxSession *other = session_open(NULL);
    ISandboxResult *result = NULL;
    struct sink good;
    HANDLE thread;
    uint64_t start;

    if (!hanging.session || !other)
        return;
    hanging.connected = CreateEventW(NULL, TRUE, FALSE, NULL);
    hanging.done = CreateEventW(NULL, TRUE, FALSE, NULL);
    thread = thread_start(COINIT_MULTITHREADED, connect_and_hang, &hanging);
    WaitForSingleObject(hanging.connected, 10000);
    sink_begin(&good);
    sink_connect(&good, other);

    CU_ASSERT(went_well(run(hanging.session, L"emit both kb 1000", &result), "Run"));
    ISandboxResult_Release(result);
    CU_ASSERT_EQUAL(calls_of(&hanging.sink, ON_OUTPUT), 1);
    CU_ASSERT_EQUAL(exit_code_of(hanging.session, L"exit 5"), 5);
    CU_ASSERT_EQUAL(exit_code_of(other, L"exit 6"), 6);
    CU_ASSERT(sink_has(&good, ON_EXIT, 1));
    start = now_ms();
    CU_ASSERT_EQUAL(sink_disconnect(&hanging.sink), S_OK);
    CU_ASSERT_EQUAL(exit_code_of(hanging.session, L"exit 8"), 8);
    CU_ASSERT_EQUAL(ISandboxSession_Close(hanging.session), S_OK);
    ISandboxSession_Release(hanging.session);
    CU_ASSERT(now_ms() - start < 10000);
    CU_ASSERT_EQUAL(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);

    SetEvent(hanging.done);
    CU_ASSERT(thread_join(thread, 10000));
    start = now_ms();
    while (hanging.sink.references > 1 && now_ms() - start < PATIENCE_MS)
        pump(20);
    CU_ASSERT_EQUAL(hanging.sink.references, 1);
    CU_ASSERT_EQUAL(calls_of(&hanging.sink, ON_OUTPUT), 1);
    sink_end(&hanging.sink);
    sink_disconnect(&good);
    sink_end(&good);
    session_end(other);
    CloseHandle(hanging.connected);
    CloseHandle(hanging.done);
}

static void connect_and_die(void *context)
{
    struct hanging *hanging = context;

    sink_begin(&hanging->sink);
    sink_connect(&hanging->sink, hanging->session);
    IConnectionPoint_Release(hanging->sink.point);
}

static void a_sink_whose_apartment_is_gone_is_let_go_of(void)
{
    struct hanging dead = {.session = session_open(NULL)};
    struct sink good;

    if (!dead.session)
        return;
    CU_ASSERT(thread_join(thread_start(COINIT_APARTMENTTHREADED, connect_and_die, &dead), 10000));
    sink_begin(&good);
    sink_connect(&good, dead.session);
    CU_ASSERT_EQUAL(exit_code_of(dead.session, L"exit 3"), 3);
    CU_ASSERT_EQUAL(exit_code_of(dead.session, L"exit 4"), 4);
    CU_ASSERT(sink_has(&good, ON_EXIT, 2));
    CU_ASSERT_EQUAL(calls_of(&dead.sink, ON_EXIT), 0);
    CU_ASSERT_EQUAL(IConnectionPoint_Unadvise(good.point, dead.sink.cookie), CONNECT_E_NOCONNECTION);
    sink_disconnect(&good);
    sink_end(&good);
    session_end(dead.session);
}

/* ---- what cannot be written down ------------------------------------------------------------------------------- */

/* This process's handle of the session's transcript; NULL: not found. */
static HANDLE transcript_handle(ISandboxSession *session)
{
    wchar_t path[1024];
    BSTR id = NULL;
    HANDLE found = NULL;

    ISandboxSession_get_Id(session, &id);
    for (ULONG_PTR value = 4; value < 0x10000 && !found; value += 4) {
        HANDLE handle = (HANDLE)value;

        if (GetFileType(handle) == FILE_TYPE_DISK && GetFinalPathNameByHandleW(handle, path, 1024, 0) &&
            wcsstr(path, id) && wcsstr(path, L"transcript.jsonl"))
            found = handle;
    }
    SysFreeString(id);
    return found;
}

/* A handle of that number that may only read; NULL, where the system gives none. */
static HANDLE replace_handle(HANDLE wanted)
{
    HANDLE made[256], found = NULL;
    int count = 0;

    while (count < 256 && !found) {
        made[count] = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                  OPEN_EXISTING, 0, NULL);
        if (made[count] == wanted)
            found = made[count];
        else
            count++;
    }
    while (count > 0)
        CloseHandle(made[--count]);
    return found;
}

/* A disk that refuses every write, made of a handle that may only read. */
static void a_transcript_that_cannot_be_written_is_told(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxReport *report = NULL;
    ISandboxFindings *findings = NULL;
    ISandboxFinding *finding = NULL;
    VARIANT key = v_text(L"transcript");
    BSTR detail = NULL;
    HANDLE handle, other;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(ISandboxSession_Report(session, &report), "Report"));
    ISandboxReport_get_Findings(report, &findings);
    CU_ASSERT(raised(ISandboxFindings_get_Item(findings, key, &finding), SBX_CODE(Argument), L"transcript"));
    ISandboxFindings_Release(findings);
    ISandboxReport_Release(report);

    handle = transcript_handle(session);
    CU_ASSERT_PTR_NOT_NULL_FATAL(handle);
    CloseHandle(handle);
    other = replace_handle(handle);
    CU_ASSERT_PTR_EQUAL_FATAL(other, handle); /* else somebody else's handle would be written to */
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 3"), 3); /* the command is none the worse */
    Sleep(500);
    CU_ASSERT_FATAL(went_well(ISandboxSession_Report(session, &report), "Report"));
    ISandboxReport_get_Findings(report, &findings);
    CU_ASSERT_FATAL(went_well(ISandboxFindings_get_Item(findings, key, &finding), "the finding"));
    ISandboxFinding_get_Detail(finding, &detail);
    CU_ASSERT(text_says(detail, L"lines could not be written"));
    ISandboxFinding_Release(finding);
    ISandboxFindings_Release(findings);
    ISandboxReport_Release(report);
    VariantClear(&key);
    session_end(session); /* closes the handle, which is the session's */
}

/* ---- floods ------------------------------------------------------------------------------------------------------ */

static HRESULT is_slow(struct sink *sink, DISPID id)
{
    (void)sink;
    if (id == ON_OUTPUT)
        Sleep(20);
    return S_OK;
}

static void flood(void *context)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result = NULL;
    struct sink sink;
    double duration = 0;
    uint64_t start;

    (void)context;
    if (!session)
        return;
    sink_begin(&sink);
    sink.react = is_slow;
    sink_connect(&sink, session);
    start = now_ms();
    CU_ASSERT(went_well(run(session, L"emit both kb 8192", &result), "Run"));
    ISandboxResult_get_DurationMs(result, &duration);
    CU_ASSERT(sink_has(&sink, ON_EXIT, 1));
    CU_ASSERT(sink_agrees(&sink, result)); /* merged, but nothing is missing */
    CU_ASSERT(calls_of(&sink, ON_OUTPUT) >= 256);
    if (duration > (double)(now_ms() - start) / 2)
        printf("    the command took %.0f ms of %llu\n", duration, (unsigned long long)(now_ms() - start));
    CU_ASSERT(duration < (double)(now_ms() - start) / 2); /* the command did not wait for the sink */
    ISandboxResult_Release(result);
    sink_disconnect(&sink);
    sink_end(&sink);
    session_end(session);
}

static void a_slow_sink_hears_a_whole_flood(void)
{
    in_apartment(COINIT_MULTITHREADED, flood, NULL);
}

const struct harness_suite events_suite = {
    "events",
    (const struct harness_test[]){
        {"an apartment hears on its own thread what polling tells", an_apartment_hears_on_its_own_thread},
        {"outside of an apartment the same is heard", threads_of_no_apartment_hear_on_the_notifiers},
        {"what is told can be read as well, of the object that Spawn returned", telling_takes_nothing_away},
        {"characters are told whole", characters_are_told_whole},
        {"who connects late hears the rest, and nothing after Unadvise", who_connects_late_hears_the_rest},
        {"a process that nobody holds is told of", what_nobody_holds_is_told},
        {"Close tells the end of what ran", close_tells_the_end_of_what_ran},
        {"a violation is told, as the object that the result has", a_violation_is_told_before_the_end},
        {"several sinks hear the same", several_sinks_hear_the_same},
        {"connections are listed, and end once", connections_are_listed_and_end},
        {"a session that goes lets go of its sinks", a_session_lets_go_of_its_sinks},
        {"a sink that throws is called again, and others are", a_sink_that_throws_is_called_again},
        {"a sink runs a command of the session that calls it", a_sink_runs_a_command},
        {"a sink cancels the Run during which it is called", a_sink_cancels},
        {"a sink closes the session that calls it", a_sink_closes},
        {"a sink disconnects itself", a_sink_leaves},
        {"a sink that hangs holds up nothing but its session's events",
         a_sink_that_hangs_holds_up_nothing_else},
        {"a sink whose apartment is gone is let go of", a_sink_whose_apartment_is_gone_is_let_go_of},
        {"a transcript that cannot be written is told by the report",
         a_transcript_that_cannot_be_written_is_told},
        {"a slow sink hears a whole flood, and the command does not wait for it",
         a_slow_sink_hears_a_whole_flood},
        {NULL, NULL},
    },
};
