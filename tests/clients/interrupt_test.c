/* Ctrl-C: Interrupt to a command, and the key itself to a caller that waits. */
#include "clients/client.h"

#include <stdio.h>

/*
 * Is there a way for Ctrl-C at all? A program with a console of its own is sent one, as Interrupt has to do it. 0: it
 * arrived; else the error of the call, or -1 where the call went well and nothing arrived.
 */
static long try_ctrl_c(void)
{
    wchar_t line[MAX_PATH + 64];
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESHOWWINDOW, .wShowWindow = SW_HIDE};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    long error = 0;

    swprintf(line, MAX_PATH + 64, L"\"%ls\" interruptible 5000", fixture_path());
    if (!CreateProcessW(fixture_path(), line, NULL, NULL, FALSE, CREATE_NEW_CONSOLE, NULL, NULL, &startup,
                        &process))
        return (long)GetLastError();
    Sleep(500);
    FreeConsole();
    if (!AttachConsole(process.dwProcessId)) {
        error = (long)GetLastError();
    } else {
        SetConsoleCtrlHandler(NULL, TRUE);
        if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0))
            error = (long)GetLastError();
        else if (WaitForSingleObject(process.hProcess, 2000) != WAIT_OBJECT_0)
            error = -1;
        FreeConsole();
        SetConsoleCtrlHandler(NULL, FALSE);
    }
    GetExitCodeProcess(process.hProcess, &code);
    if (!error && code != 42)
        error = -1;
    TerminateProcess(process.hProcess, 0);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    AttachConsole(ATTACH_PARENT_PROCESS);
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

const struct harness_suite interrupt_suite = {
    "interrupt",
    (const struct harness_test[]){
        {"Interrupt reaches the command as Ctrl-C", interrupt_reaches_a_command},
        {"Interrupt of an ended process does no harm", interrupt_of_an_ended_process_is_harmless},
        {NULL, NULL},
    },
};
