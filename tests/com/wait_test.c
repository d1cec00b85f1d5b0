/* How a client's call waits: without stopping the client's world. */
#include "sbxcom/wait.h"
#include "com/script_array.h"
#include "com/support.h"

#include <stdio.h>

/* ---- plain waits ---------------------------------------------------------------------------------------------------- */

static HANDLE event_new(bool set)
{
    return CreateEventW(NULL, TRUE, set, NULL);
}

static void the_first_signalled_handle_is_told(void)
{
    sbx_handle handles[3] = {event_new(false), event_new(true), event_new(true)};
    size_t index = 9;

    CU_ASSERT_EQUAL(wait_for(handles, 3, WAIT_FOREVER, &index, NULL), SBX_OK);
    CU_ASSERT_EQUAL(index, 1);
    for (int i = 0; i < 3; i++)
        CloseHandle(handles[i]);
}

static void a_time_out_and_a_poll_end_in_time_without_a_text(void)
{
    sbx_handle handle = event_new(false);
    struct sbx_error error = {0};
    ULONGLONG start = GetTickCount64();
    size_t index = 9;

    CU_ASSERT_EQUAL(wait_for(&handle, 1, 0, &index, &error), SBX_E_TIMEOUT);
    CU_ASSERT(GetTickCount64() - start < 50);
    CU_ASSERT_EQUAL(wait_for(&handle, 1, 100, &index, &error), SBX_E_TIMEOUT);
    CU_ASSERT(GetTickCount64() - start >= 90);
    CU_ASSERT_EQUAL(index, 9);
    CU_ASSERT_EQUAL(error.code, SBX_OK);
    CloseHandle(handle);
    handle = (sbx_handle)(ULONG_PTR)0x7ffffff0; /* no handle at all */
    CU_ASSERT_EQUAL(wait_for(&handle, 1, 0, &index, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(wait_for(&handle, 0, 0, &index, NULL), SBX_E_ARGUMENT);
}

/* ---- in a script's apartment ----------------------------------------------------------------------------------------- */

struct visit {
    IStream *stream; /* an object of the waiting apartment, to be called from another */
    HANDLE done;
    HRESULT result;
};

/* Without the waiting thread's help this call would hang: the object lives there and is no agile one. */
static DWORD WINAPI call_into_apartment(void *parameter)
{
    struct visit *visit = parameter;
    IDispatch *object = NULL;
    VARIANT value = v_empty();

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    visit->result = CoGetInterfaceAndReleaseStream(visit->stream, &IID_IDispatch, (void **)&object);
    if (SUCCEEDED(visit->result)) {
        visit->result = late_get(object, DISPID_VALUE, &value);
        VariantClear(&value);
        IDispatch_Release(object);
    }
    SetEvent(visit->done);
    CoUninitialize();
    return 0;
}

static DWORD WINAPI wait_in_apartment(void *parameter)
{
    struct visit visit = {NULL, event_new(false), E_FAIL};
    IDispatch *object = script_value_new(L"here");
    sbx_status *status = parameter;
    HANDLE thread;
    size_t index;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (SUCCEEDED(CoMarshalInterThreadInterfaceInStream(&IID_IDispatch, (IUnknown *)object, &visit.stream))) {
        thread = CreateThread(NULL, 0, call_into_apartment, &visit, 0, NULL);
        *status = wait_for(&visit.done, 1, 10000, &index, NULL);
        if (*status == SBX_OK && FAILED(visit.result))
            *status = SBX_E_SYSTEM;
        CoDisconnectObject((IUnknown *)object, 0);
        WaitForSingleObject(thread, 5000);
        CloseHandle(thread);
    }
    IDispatch_Release(object);
    CloseHandle(visit.done);
    CoUninitialize();
    return 0;
}

static void a_waiting_apartment_goes_on_taking_calls(void)
{
    sbx_status status = SBX_E_STATE;
    HANDLE thread = CreateThread(NULL, 0, wait_in_apartment, &status, 0, NULL);

    CU_ASSERT_EQUAL(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CU_ASSERT_EQUAL(status, SBX_OK);
    CloseHandle(thread);
}

/* ---- Ctrl-C ------------------------------------------------------------------------------------------------------------ */

/* wait_under_test.c: the handler, called as the system calls it. What it returned. */
bool wait_press_ctrl_c(void);

static DWORD WINAPI wait_for_key(void *parameter)
{
    sbx_handle never = event_new(false);
    size_t index;

    *(sbx_status *)parameter = wait_for(&never, 1, 10000, &index, NULL);
    CloseHandle(never);
    return 0;
}

/* `press` presses the key once; all three have to end. */
static void three_waits_are_ended_by(bool (*press)(void))
{
    sbx_status statuses[3] = {SBX_OK, SBX_OK, SBX_OK};
    HANDLE threads[3];

    for (int i = 0; i < 3; i++)
        threads[i] = CreateThread(NULL, 0, wait_for_key, &statuses[i], 0, NULL);
    Sleep(300);
    press();
    CU_ASSERT_NOT_EQUAL(WaitForMultipleObjects(3, threads, TRUE, 5000), WAIT_TIMEOUT);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(statuses[i], SBX_E_CANCELLED);
        CloseHandle(threads[i]);
    }
}

static void ctrl_c_ends_every_wait(void)
{
    CU_ASSERT_FALSE(wait_press_ctrl_c()); /* FALSE: the handlers that were there before are asked, too */
    three_waits_are_ended_by(wait_press_ctrl_c);
}

static LONG passed_on;

/* The host's own handler, there before any wait: without it the test program would end. */
static BOOL WINAPI host_handler(DWORD event)
{
    if (event != CTRL_C_EVENT)
        return FALSE;
    InterlockedIncrement(&passed_on);
    return TRUE;
}

static bool press_real_key(void)
{
    return GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) != 0;
}

static void the_key_itself_reaches_the_waits_and_then_the_host(void)
{
    SetConsoleCtrlHandler(NULL, FALSE); /* a parent may have had it ignored */
    SetConsoleCtrlHandler(host_handler, TRUE);
    if (!press_real_key()) {
        SetConsoleCtrlHandler(host_handler, FALSE);
        HARNESS_SKIP("this host has no console to press Ctrl-C in");
    }
    for (int i = 0; i < 100 && !passed_on; i++)
        Sleep(20);
    CU_ASSERT_EQUAL(passed_on, 1);
    three_waits_are_ended_by(press_real_key);
    CU_ASSERT_EQUAL(passed_on, 2);
    SetConsoleCtrlHandler(host_handler, FALSE);
}

const struct harness_suite wait_suite = {
    "wait",
    (const struct harness_test[]){
        {"the first signalled handle is told", the_first_signalled_handle_is_told},
        {"a time-out and a poll end in time, without a text",
         a_time_out_and_a_poll_end_in_time_without_a_text},
        {"a waiting apartment goes on taking calls", a_waiting_apartment_goes_on_taking_calls},
        {"Ctrl-C ends every wait", ctrl_c_ends_every_wait},
        {"the key itself reaches the waits and then the host",
         the_key_itself_reaches_the_waits_and_then_the_host},
        {NULL, NULL},
    },
};
