/* Ctrl-C: Interrupt to a command, and the key itself to a caller that waits. */
#include "clients/client.h"
#include "clients/victim.h"

#include <stdio.h>
#include <string.h>

/* Ctrl-C to all processes of another process's console, as Interrupt has to do it: 0, or the error of the call that failed. */
static long send_ctrl_c(DWORD process_id)
{
    long error = 0;

    FreeConsole();
    if (!AttachConsole(process_id)) {
        error = (long)GetLastError();
    } else {
        SetConsoleCtrlHandler(NULL, TRUE); /* not for ourselves */
        if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0))
            error = (long)GetLastError();
        Sleep(100);
        FreeConsole();
        SetConsoleCtrlHandler(NULL, FALSE);
    }
    AttachConsole(ATTACH_PARENT_PROCESS);
    return error;
}

/* Is there a way for Ctrl-C at all? 0: it arrived; else the error of a call, or -1: the calls went well, it did not arrive. */
static long try_ctrl_c(void)
{
    wchar_t line[MAX_PATH + 64];
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESHOWWINDOW, .wShowWindow = SW_HIDE};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    long error;

    swprintf(line, MAX_PATH + 64, L"\"%ls\" interruptible 5000", fixture_path());
    if (!CreateProcessW(fixture_path(), line, NULL, NULL, FALSE, CREATE_NEW_CONSOLE, NULL, NULL, &startup,
                        &process))
        return (long)GetLastError();
    Sleep(500);
    error = send_ctrl_c(process.dwProcessId);
    if (!error && (WaitForSingleObject(process.hProcess, 2000) != WAIT_OBJECT_0 ||
                   !GetExitCodeProcess(process.hProcess, &code) || code != 42))
        error = -1;
    TerminateProcess(process.hProcess, 0);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    return error;
}

static void interrupt_reaches_a_command(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    VARIANT_BOOL ended = VARIANT_FALSE;
    VARIANT line;
    long code = 0, route;
    HRESULT got;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"interruptible 5000", 0, &process), "Spawn"));
    CU_ASSERT(went_well(ISandboxProcess_ReadLine(process, v_long(10000), &line), "ReadLine"));
    VariantClear(&line);
    got = ISandboxProcess_Interrupt(process);
    ISandboxProcess_Wait(process, v_long(10000), &ended);
    ISandboxProcess_get_ExitCode(process, &code);
    ISandboxProcess_Release(process);
    if (SUCCEEDED(got) && code == 42) {
        CU_PASS("it arrived");
        session_end(session);
        return;
    }
    route = try_ctrl_c();
    if (route) {
        static char reason[160];

        CU_ASSERT(FAILED(got)); /* where it cannot arrive it must not be claimed */
        CU_ASSERT(raised(got, SBX_CODE(System), NULL));
        CU_ASSERT_EQUAL(exit_code_of(session, L"exit 2"), 2);
        snprintf(reason, sizeof reason,
                 "no Ctrl-C arrives here at all: sent to a console program directly it %s (error %ld)",
                 route == -1 ? "is lost" : "fails", route);
        session_end(session);
        HARNESS_SKIP(reason);
    }
    went_well(got, "Interrupt");
    CU_ASSERT_EQUAL(code, 42);
    session_end(session);
}

static void interrupt_of_an_ended_process_is_harmless(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    VARIANT_BOOL ended;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"exit 5", 0, &process), "Spawn"));
    ISandboxProcess_Wait(process, v_absent(), &ended);
    ISandboxProcess_Interrupt(process);
    SetErrorInfo(0, NULL);
    ISandboxProcess_Release(process);
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 6"), 6);
    session_end(session);
}

/* ---- Ctrl-C at the caller's own console ------------------------------------------------------------------------------------ */

static LONG keys_seen;

static BOOL WINAPI keep_alive(DWORD event)
{
    if (event == CTRL_C_EVENT)
        InterlockedIncrement(&keys_seen);
    return TRUE;
}

void waiter_main(void)
{
    ISandboxSession *session;
    ISandboxResult *result = NULL;
    const char *how;
    HRESULT got;

    SetConsoleCtrlHandler(NULL, FALSE);
    SetConsoleCtrlHandler(keep_alive, TRUE);
    session = session_open(NULL);
    if (!session)
        return;
    printf("ready\n");
    got = run(session, L"sleep 60000", &result);
    how = raised(got, SBX_CODE(Cancelled), NULL) ? "cancelled" : "ended otherwise";
    printf("%s, %ld keys, then %ld\n", how, keys_seen, exit_code_of(session, L"exit 23"));
    session_end(session);
}

/* A thread inside a COM call does not see Ctrl-C: whoever wrote the script would wait for the end of a build. */
static void ctrl_c_ends_a_wait(void)
{
    char text[4096] = "";
    HANDLE output, waiter;
    DWORD id, size = 0, length = 0;
    long route = try_ctrl_c();
    uint64_t start;

    if (route)
        HARNESS_SKIP("no Ctrl-C arrives here at all: sent to a console program directly it is lost or fails");
    waiter = victim_start(L"" WAITER_OPTION, CREATE_NEW_CONSOLE, &output, text, &id);
    CU_ASSERT_PTR_NOT_NULL_FATAL(waiter);
    CU_ASSERT(strstr(text, "ready") != NULL);
    Sleep(1500); /* until it waits */
    start = now_ms();
    CU_ASSERT_EQUAL(send_ctrl_c(id), 0);
    do {
        if (!ReadFile(output, text + length, sizeof text - 1 - length, &size, NULL))
            size = 0;
        length += size;
        text[length] = 0;
    } while (size && length < sizeof text - 1); /* until the waiter ends */
    CU_ASSERT(strstr(text, "cancelled, 1 keys, then 23") != NULL);
    if (!strstr(text, "cancelled, 1 keys, then 23"))
        printf("    the waiter said: %s", text);
    CU_ASSERT(now_ms() - start < 10000);
    TerminateProcess(waiter, 0);
    CloseHandle(waiter);
    CloseHandle(output);
}

const struct harness_suite interrupt_suite = {
    "interrupt",
    (const struct harness_test[]){
        {"Interrupt reaches the command as Ctrl-C", interrupt_reaches_a_command},
        {"Ctrl-C ends a waiting Run with E_CANCELLED, is passed on, and the session goes on",
         ctrl_c_ends_a_wait},
        {"Interrupt of an ended process does no harm", interrupt_of_an_ended_process_is_harmless},
        {NULL, NULL},
    },
};
