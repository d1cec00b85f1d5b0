/* Apartments and threads: who may call when, and what goes on while a call waits. */
#include "clients/late.h"

#include <stdio.h>

/* ---- apartments --------------------------------------------------------------------------------------------------- */

static void run_in_this_apartment(void *context)
{
    long *code = context;
    ISandboxSession *session = session_open(NULL);

    *code = session ? exit_code_of(session, L"exit 12") : NO_EXIT_CODE;
    session_end(session);
}

static void every_apartment_runs_commands(void)
{
    long code = 0;

    in_apartment(COINIT_APARTMENTTHREADED, run_in_this_apartment, &code);
    CU_ASSERT_EQUAL(code, 12);
    in_apartment(COINIT_MULTITHREADED, run_in_this_apartment, &code);
    CU_ASSERT_EQUAL(code, 12);
}

struct hand_over {
    IStream *stream;
    ISandboxSession *original;
    bool same;
    long code;
};

static void take_over(void *context)
{
    struct hand_over *hand_over = context;
    ISandboxSession *session = NULL;

    hand_over->code = NO_EXIT_CODE;
    if (!went_well(CoGetInterfaceAndReleaseStream(hand_over->stream, &IID_ISandboxSession, (void **)&session),
                   "unmarshal"))
        return;
    hand_over->same = session == hand_over->original;
    hand_over->code = exit_code_of(session, L"exit 13");
    ISandboxSession_Release(session);
}

/* The first apartment neither pumps nor takes part: a proxy would hang here. */
static void another_apartment_calls_directly(void)
{
    struct hand_over hand_over = {.original = session_open(NULL)};
    HANDLE thread;

    if (!hand_over.original)
        return;
    CU_ASSERT_EQUAL_FATAL(CoMarshalInterThreadInterfaceInStream(
                              &IID_ISandboxSession, (IUnknown *)hand_over.original, &hand_over.stream),
                          S_OK);
    thread = thread_start(COINIT_MULTITHREADED, take_over, &hand_over);
    CU_ASSERT_EQUAL_FATAL(WaitForSingleObject(thread, 30000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CU_ASSERT(hand_over.same);
    CU_ASSERT_EQUAL(hand_over.code, 13);
    session_end(hand_over.original);
}

/* ---- what goes on while a single-threaded apartment waits in Run --------------------------------------------------- */

#define WM_LATER  (WM_APP + 1)
#define WM_RUN    (WM_APP + 2)
#define WM_CANCEL (WM_APP + 3)

struct window_state {
    ISandboxSession *session;
    unsigned posted;
    HRESULT inner; /* of a call made inside the window procedure */
    long inner_code;
};

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    struct window_state *state = (struct window_state *)GetWindowLongPtrW(window, GWLP_USERDATA);
    ISandboxResult *result;

    switch (message) {
    case WM_LATER:
        state->posted++;
        return 0;
    case WM_RUN:
        state->inner = run(state->session, L"exit 77", &result);
        if (SUCCEEDED(state->inner)) {
            ISandboxResult_get_ExitCode(result, &state->inner_code);
            ISandboxResult_Release(result);
        }
        return 42;
    case WM_CANCEL:
        state->inner = ISandboxSession_Cancel(state->session);
        return 42;
    default:
        return DefWindowProcW(window, message, wparam, lparam);
    }
}

static HWND make_window(struct window_state *state)
{
    WNDCLASSW class = {.lpfnWndProc = window_procedure,
                       .lpszClassName = L"sbx-clients",
                       .hInstance = GetModuleHandleW(NULL)};
    HWND window;

    RegisterClassW(&class);
    window = CreateWindowW(L"sbx-clients", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, class.hInstance, NULL);
    SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)state);
    return window;
}

struct caller {
    HWND window;
    UINT message;
    IStream *stream; /* may be NULL */
    LRESULT answer;
    HRESULT called;
    long count;
    uint64_t done_ms;
};

/* From another apartment: a sent message, and a COM call to an object of the apartment that waits in Run. */
static void call_into_waiting_apartment(void *context)
{
    struct caller *caller = context;
    IDispatch *object = NULL;
    VARIANT count;

    Sleep(200);
    caller->answer = SendMessageW(caller->window, caller->message, 0, 0);
    if (caller->stream) {
        caller->called = CoGetInterfaceAndReleaseStream(caller->stream, &IID_IDispatch, (void **)&object);
        if (FAILED(caller->called))
            return;
        caller->called = late_call(object, L"Count", &count, 0);
        caller->count = count.vt == VT_I4 ? count.lVal : -1;
        IDispatch_Release(object);
    }
    caller->done_ms = now_ms();
}

/*
 * What arrives while the wait lasts is what COM itself lets through: calls and sent messages. Posted messages wait, as in
 * every other COM call, until the apartment's own loop runs again; none is lost.
 */
static void waiting_apartment_keeps_calls_going(void)
{
    struct window_state state = {.session = session_open(NULL)};
    struct caller caller = {.message = WM_RUN};
    IDispatch *object = NULL;
    ISandboxResult *result;
    HANDLE thread;
    MSG message;
    CLSID class;
    uint64_t ended_ms;
    long code = 1;

    if (!state.session)
        return;
    caller.window = make_window(&state);
    CU_ASSERT_PTR_NOT_NULL_FATAL(caller.window);
    CLSIDFromProgID(L"Scripting.Dictionary", &class); /* any object that lives in this apartment */
    CU_ASSERT(
        SUCCEEDED(CoCreateInstance(&class, NULL, CLSCTX_INPROC_SERVER, &IID_IDispatch, (void **)&object)));
    CU_ASSERT_EQUAL_FATAL(
        CoMarshalInterThreadInterfaceInStream(&IID_IDispatch, (IUnknown *)object, &caller.stream), S_OK);
    PostMessageW(caller.window, WM_LATER, 0, 0);
    thread = thread_start(COINIT_MULTITHREADED, call_into_waiting_apartment, &caller);

    CU_ASSERT(went_well(run(state.session, L"sleep 3000", &result), "Run"));
    ended_ms = now_ms();
    ISandboxResult_get_ExitCode(result, &code);
    CU_ASSERT_EQUAL(code, 0);
    ISandboxResult_Release(result);
    CU_ASSERT(thread_join(thread, 5000));
    CU_ASSERT_EQUAL(caller.answer, 42);
    CU_ASSERT(caller.called == S_OK && caller.count == 0);
    CU_ASSERT(caller.done_ms < ended_ms);
    CU_ASSERT(went_well(state.inner, "a call from the window procedure"));
    CU_ASSERT_EQUAL(state.inner_code, 77);
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
    CU_ASSERT_EQUAL(state.posted, 1);
    DestroyWindow(caller.window);
    IDispatch_Release(object);
    session_end(state.session);
}

static void window_procedure_cancels_its_own_wait(void)
{
    struct window_state state = {.session = session_open(NULL)};
    struct caller caller = {.message = WM_CANCEL};
    ISandboxResult *result = NULL;
    HANDLE thread;
    uint64_t start = now_ms();

    if (!state.session)
        return;
    caller.window = make_window(&state);
    thread = thread_start(COINIT_MULTITHREADED, call_into_waiting_apartment, &caller);
    CU_ASSERT(raised(run(state.session, L"sleep 60000", &result), SBX_CODE(Cancelled), NULL));
    CU_ASSERT_PTR_NULL(result);
    CU_ASSERT(now_ms() - start < 5000);
    CU_ASSERT_EQUAL(state.inner, S_OK);
    CU_ASSERT(thread_join(thread, 5000));
    DestroyWindow(caller.window);
    CU_ASSERT_EQUAL(exit_code_of(state.session, L"exit 6"), 6);
    session_end(state.session);
}

/* ---- from another thread --------------------------------------------------------------------------------------------- */

struct waiting {
    ISandboxSession *session;
    ISandboxProcess *process;
    int kind; /* of the call: Run, Wait, Read, Collect, Provision */
    HRESULT code;
    HRESULT got;
    bool fits;
    uint64_t ended_ms;
};

enum { IN_RUN, IN_WAIT, IN_READ, IN_COLLECT };

static void wait_in_a_call(void *context)
{
    struct waiting *waiting = context;
    ISandboxResult *result = NULL;
    VARIANT_BOOL ended;
    VARIANT text;

    VariantInit(&text);
    switch (waiting->kind) {
    case IN_RUN:
        waiting->got = run(waiting->session, L"sleep 60000", &result);
        break;
    case IN_WAIT:
        waiting->got = ISandboxProcess_Wait(waiting->process, v_absent(), &ended);
        break;
    case IN_READ:
        waiting->got = ISandboxProcess_ReadError(waiting->process, v_absent(), v_absent(), &text);
        break;
    case IN_COLLECT:
        waiting->got = ISandboxProcess_Collect(waiting->process, v_absent(), &result);
        break;
    }
    waiting->ended_ms = now_ms();
    waiting->fits = waiting->code ? raised(waiting->got, waiting->code, NULL) : waiting->got == S_OK;
}

#define WAITING_COUNT 8

/*
 * Puts two threads, one of each apartment, into each of the four waiting calls, ends them by `end`, and looks that
 * each got `code` within a second.
 */
static void end_all_waits(HRESULT (*end)(ISandboxSession *session), HRESULT code, bool spawned_live_on)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *plain = NULL, *collecting = NULL;
    struct waiting waiting[WAITING_COUNT];
    HANDLE threads[WAITING_COUNT];
    sbxProcessState state;
    uint64_t start;
    int i;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"sleep 60000", 0, &plain), "Spawn"));
    CU_ASSERT_FATAL(went_well(spawn(session, L"sleep 60000", sbxSpawnCollect, &collecting), "Spawn"));
    for (i = 0; i < WAITING_COUNT; i++) {
        waiting[i] = (struct waiting){.session = session,
                                      .kind = i / 2,
                                      .code = code,
                                      .process = i / 2 == IN_COLLECT ? collecting : plain};
        threads[i] = thread_start(i % 2 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED, wait_in_a_call,
                                  &waiting[i]);
    }
    Sleep(800);
    for (i = 0; i < WAITING_COUNT; i++)
        CU_ASSERT_EQUAL(WaitForSingleObject(threads[i], 0), WAIT_TIMEOUT);
    start = now_ms();
    CU_ASSERT(went_well(end(session), "the call that ends the others"));
    for (i = 0; i < WAITING_COUNT; i++) {
        CU_ASSERT(thread_join(threads[i], 10000));
        CU_ASSERT(waiting[i].fits);
        if (waiting[i].ended_ms - start >= 1000 || !waiting[i].fits)
            printf("    call %d, thread %d: %llu ms\n", i / 2, i % 2,
                   (unsigned long long)(waiting[i].ended_ms - start));
        CU_ASSERT(waiting[i].ended_ms - start < 1000);
    }
    ISandboxProcess_get_State(plain, &state);
    CU_ASSERT_EQUAL(state, spawned_live_on ? sbxProcessRunning : sbxProcessExited);
    if (spawned_live_on)
        CU_ASSERT_EQUAL(exit_code_of(session, L"exit 3"), 3);
    ISandboxProcess_Release(plain);
    ISandboxProcess_Release(collecting);
    session_end(session);
}

static HRESULT cancel_it(ISandboxSession *session)
{
    return ISandboxSession_Cancel(session);
}

static HRESULT close_it(ISandboxSession *session)
{
    return ISandboxSession_Close(session);
}

static void cancel_ends_what_waits(void)
{
    end_all_waits(cancel_it, SBX_CODE(Cancelled), true);
}

static void close_ends_what_waits(void)
{
    end_all_waits(close_it, SBX_CODE(Closed), false);
}

/* A Run that is cancelled ends its command; what Spawn started is the script's own to end. */
static void cancelled_run_leaves_nothing_behind(void)
{
    struct waiting waiting = {.kind = IN_RUN, .code = SBX_CODE(Cancelled), .session = session_open(NULL)};
    ISandboxProcesses *processes;
    ISandboxProcess *process;
    sbxExit reason = sbxExitExited;
    VARIANT_BOOL ended = VARIANT_FALSE;
    HANDLE thread;

    if (!waiting.session)
        return;
    thread = thread_start(COINIT_MULTITHREADED, wait_in_a_call, &waiting);
    Sleep(500);
    ISandboxSession_Cancel(waiting.session);
    CU_ASSERT(thread_join(thread, 5000));
    CU_ASSERT(waiting.fits);
    CU_ASSERT_FATAL(went_well(ISandboxSession_Processes(waiting.session, &processes), "Processes"));
    CU_ASSERT_FATAL(went_well(ISandboxProcesses_get_Item(processes, v_long(0), &process), "Item"));
    CU_ASSERT(went_well(ISandboxProcess_Wait(process, v_long(5000), &ended), "Wait"));
    CU_ASSERT_EQUAL(ended, VARIANT_TRUE);
    ISandboxProcess_get_ExitReason(process, &reason);
    CU_ASSERT_EQUAL(reason, sbxExitTerminated);
    ISandboxProcess_Release(process);
    ISandboxProcesses_Release(processes);
    session_end(waiting.session);
}

static HRESULT terminate_it(ISandboxProcess *process)
{
    VARIANT code = v_long(9);

    return ISandboxProcess_Terminate(process, code);
}

static void waits_end_when_another_thread_ends_the_process(void)
{
    struct waiting waiting = {.kind = IN_WAIT, .session = session_open(NULL)};
    HANDLE thread;
    long code = 0;

    if (!waiting.session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(waiting.session, L"sleep 60000", 0, &waiting.process), "Spawn"));
    thread = thread_start(COINIT_APARTMENTTHREADED, wait_in_a_call, &waiting);
    Sleep(300);
    CU_ASSERT(went_well(terminate_it(waiting.process), "Terminate"));
    CU_ASSERT(thread_join(thread, 5000));
    CU_ASSERT_EQUAL(waiting.got, S_OK);
    ISandboxProcess_get_ExitCode(waiting.process, &code);
    CU_ASSERT_EQUAL(code, 9);
    ISandboxProcess_Release(waiting.process);
    session_end(waiting.session);
}

struct worker {
    ISandboxSession *session;
    long number;
    unsigned right;
};

#define WORKER_ROUNDS 10

static void run_many(void *context)
{
    struct worker *worker = context;
    unsigned i;

    for (i = 0; i < WORKER_ROUNDS; i++) {
        wchar_t verb[32];

        swprintf(verb, 32, L"exit %ld", worker->number + (long)i);
        worker->right += exit_code_of(worker->session, verb) == worker->number + (long)i;
    }
}

static void threads_share_a_session(void)
{
    ISandboxSession *session = session_open(NULL);
    struct worker workers[8];
    HANDLE threads[8];
    int i;

    if (!session)
        return;
    for (i = 0; i < 8; i++) {
        workers[i] = (struct worker){session, i * 100, 0};
        threads[i] =
            thread_start(i % 2 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED, run_many, &workers[i]);
    }
    for (i = 0; i < 8; i++) {
        CU_ASSERT(thread_join(threads[i], 60000));
        CU_ASSERT_EQUAL(workers[i].right, WORKER_ROUNDS);
    }
    session_end(session);
}

const struct harness_suite threads_suite = {
    "threads",
    (const struct harness_test[]){
        {"a session works in every apartment", every_apartment_runs_commands},
        {"another apartment calls directly, whatever the first does", another_apartment_calls_directly},
        {"an apartment that waits in Run takes calls and sent messages, and calls from within",
         waiting_apartment_keeps_calls_going},
        {"a window procedure cancels the Run that it is called in", window_procedure_cancels_its_own_wait},
        {"Cancel ends every waiting call with E_CANCELLED, and the session goes on", cancel_ends_what_waits},
        {"Close ends every waiting call with E_CLOSED", close_ends_what_waits},
        {"a cancelled Run ends its command", cancelled_run_leaves_nothing_behind},
        {"Terminate from another thread ends a Wait", waits_end_when_another_thread_ends_the_process},
        {"eight threads share a session, each gets its own results", threads_share_a_session},
        {NULL, NULL},
    },
};
