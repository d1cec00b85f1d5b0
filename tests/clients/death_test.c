/* The runner or the caller is killed from outside, at the worst time. */
#include "clients/client.h"
#include "clients/meter.h"
#include "clients/victim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the runner --------------------------------------------------------------------------------------------------- */

struct lost {
    ISandboxSession *session;
    ISandboxProcess *process; /* NULL: waits in Run */
    bool collects;
    bool fits;
    uint64_t ended_ms;
};

static void wait_until_lost(void *context)
{
    struct lost *lost = context;
    ISandboxResult *result = NULL;
    VARIANT_BOOL ended;
    HRESULT got;

    if (!lost->process)
        got = run(lost->session, L"sleep 60000", &result);
    else if (lost->collects)
        got = ISandboxProcess_Collect(lost->process, v_absent(), &result);
    else
        got = ISandboxProcess_Wait(lost->process, v_absent(), &ended);
    lost->ended_ms = now_ms();
    lost->fits = raised(got, SBX_CODE(RunnerLost), L"Provision");
}

#define LOST_COUNT 6

static void killed_runner_hangs_nothing(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *plain, *collecting;
    ISandboxReport *report;
    struct lost lost[LOST_COUNT];
    HANDLE threads[LOST_COUNT];
    unsigned long runner, command;
    sbxState state = sbxStateNew;
    sbxExit reason = sbxExitExited;
    uint64_t start;
    long id = 0;
    int i;

    if (!session)
        return;
    runner = runner_of_this_process();
    CU_ASSERT_FATAL(runner != 0);
    CU_ASSERT_FATAL(went_well(spawn(session, L"sleep 60000", 0, &plain), "Spawn"));
    CU_ASSERT_FATAL(went_well(spawn(session, L"sleep 60000", sbxSpawnCollect, &collecting), "Spawn"));
    ISandboxProcess_get_ProcessId(plain, &id);
    command = (unsigned long)id;
    for (i = 0; i < LOST_COUNT; i++) {
        lost[i] = (struct lost){.session = session,
                                .process = i < 2   ? NULL
                                           : i < 4 ? plain
                                                   : collecting,
                                .collects = i >= 4};
        threads[i] =
            thread_start(i % 2 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED, wait_until_lost, &lost[i]);
    }
    Sleep(500);
    start = now_ms();
    if (!process_kill(runner)) {
        ISandboxSession_Close(session);
        for (i = 0; i < LOST_COUNT; i++)
            thread_join(threads[i], 10000);
        session_end(session);
        HARNESS_SKIP(
            "this user may not kill the runner, which is as it should be: run the tests as administrator");
    }
    for (i = 0; i < LOST_COUNT; i++) {
        CU_ASSERT(thread_join(threads[i], 10000));
        CU_ASSERT(lost[i].fits);
        if (lost[i].ended_ms - start >= 1000)
            printf("    call %d ended after %llu ms\n", i, (unsigned long long)(lost[i].ended_ms - start));
        CU_ASSERT(lost[i].ended_ms - start < 1000);
    }
    CU_ASSERT(!process_is_there(command));
    ISandboxSession_get_State(session, &state);
    CU_ASSERT_EQUAL(state, sbxStateLost);
    CU_ASSERT(went_well(ISandboxProcess_get_ExitReason(plain, &reason), "ExitReason"));
    CU_ASSERT_EQUAL(reason, sbxExitRunnerLost);

    /* Whatever needs the runner says that it is lost; Provision starts the session anew. */
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 1"), NO_EXIT_CODE);
    CU_ASSERT(went_well(ISandboxSession_Provision(session, &report), "Provision"));
    ISandboxReport_Release(report);
    ISandboxSession_get_State(session, &state);
    CU_ASSERT_EQUAL(state, sbxStateProvisioned);
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 21"), 21);
    CU_ASSERT(went_well(ISandboxProcess_get_ExitReason(plain, &reason), "ExitReason"));
    CU_ASSERT_EQUAL(reason, sbxExitRunnerLost);
    ISandboxProcess_Release(plain);
    ISandboxProcess_Release(collecting);
    session_end(session);
}

static void lost_session_says_so(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *ended = NULL;
    ISandboxResult *result = NULL;
    sbxState state = sbxStateNew;
    VARIANT_BOOL has_ended;
    long code = 0;
    int i;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"exit 8", 0, &ended), "Spawn"));
    ISandboxProcess_Wait(ended, v_absent(), &has_ended);
    if (!process_kill(runner_of_this_process())) {
        ISandboxProcess_Release(ended);
        session_end(session);
        HARNESS_SKIP(
            "this user may not kill the runner, which is as it should be: run the tests as administrator");
    }
    for (i = 0; i < 100 && state != sbxStateLost; i++) {
        Sleep(10);
        ISandboxSession_get_State(session, &state);
    }
    CU_ASSERT_EQUAL(state, sbxStateLost);
    CU_ASSERT(raised(run(session, L"exit 0", &result), SBX_CODE(RunnerLost), L"Provision"));
    CU_ASSERT(went_well(ISandboxProcess_get_ExitCode(ended, &code), "ExitCode"));
    CU_ASSERT_EQUAL(code, 8);
    ISandboxProcess_Release(ended);
    CU_ASSERT(went_well(ISandboxSession_Close(session), "Close"));
    ISandboxSession_get_State(session, &state);
    CU_ASSERT_EQUAL(state, sbxStateClosed);
    ISandboxSession_Release(session);
}

/* ---- the caller ---------------------------------------------------------------------------------------------------- */

void victim_main(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process, *quiet;
    ISandboxResult *result;
    unsigned long child, grandchild;
    long id = 0;

    if (!session || FAILED(spawn(session, L"tree 2", 0, &process)) ||
        FAILED(spawn(session, L"spawn --quiet 2 sleep 60000", 0, &quiet)))
        return;
    printf("pid %lu\n", runner_of_this_process());
    ISandboxProcess_get_ProcessId(process, &id);
    child = read_number(process);
    grandchild = read_number(process);
    printf("pid %ld\npid %lu\npid %lu\nready\n", id, child, grandchild);
    run(session, L"sleep 60000", &result);
}

#define VICTIM_PIDS 4

HANDLE victim_start(const wchar_t *option, DWORD flags, HANDLE *output, char *text, DWORD *process_id)
{
    wchar_t program[MAX_PATH], line[MAX_PATH + 32];
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    STARTUPINFOW startup = {
        .cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES | STARTF_USESHOWWINDOW, .wShowWindow = SW_HIDE};
    PROCESS_INFORMATION process;
    DWORD size, length = 0;

    GetModuleFileNameW(NULL, program, MAX_PATH);
    swprintf(line, MAX_PATH + 32, L"\"%ls\" %ls", program, option);
    CreatePipe(output, &startup.hStdOutput, &inherited, 0);
    SetHandleInformation(*output, HANDLE_FLAG_INHERIT, 0);
    if (!CreateProcessW(program, line, NULL, NULL, TRUE, flags, NULL, NULL, &startup, &process))
        return NULL;
    CloseHandle(startup.hStdOutput);
    CloseHandle(process.hThread);
    do {
        if (!ReadFile(*output, text + length, 4095 - length, &size, NULL))
            size = 0;
        length += size;
        text[length] = 0;
    } while (size && length < 4095 && !strstr(text, "ready"));
    if (process_id)
        *process_id = process.dwProcessId;
    return process.hProcess;
}

#define VICTIM_PIDS 4

static HANDLE start_victim(unsigned long pids[VICTIM_PIDS], HANDLE *output)
{
    char text[4096], *at = text;
    HANDLE process = victim_start(L"" VICTIM_OPTION, 0, output, text, NULL);
    int count;

    for (count = 0; process && count < VICTIM_PIDS && (at = strstr(at, "pid ")) != NULL; at += 4)
        pids[count++] = strtoul(at + 4, NULL, 10);
    if (process && count < VICTIM_PIDS)
        printf("    the victim said: %s\n", text);
    return process;
}

static void killed_caller_takes_everything_along(void)
{
    unsigned long pids[VICTIM_PIDS] = {0};
    HANDLE output, victim = start_victim(pids, &output);
    unsigned left = 0;
    uint64_t start;
    int i;

    CU_ASSERT_PTR_NOT_NULL_FATAL(victim);
    for (i = 0; i < VICTIM_PIDS; i++)
        CU_ASSERT_FATAL(process_is_there(pids[i]));
    start = now_ms();
    CU_ASSERT(TerminateProcess(victim, 1));
    do {
        for (i = 0, left = 0; i < VICTIM_PIDS; i++)
            left += process_is_there(pids[i]);
    } while (left && now_ms() - start < 5000);
    printf("    all gone after %llu ms\n", (unsigned long long)(now_ms() - start));
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT(now_ms() - start < 1000);
    CloseHandle(victim);
    CloseHandle(output);
}

const struct harness_suite death_suite = {
    "death",
    (const struct harness_test[]){
        {"a runner killed while commands run: E_RUNNER_LOST for each within a second, and Provision starts "
         "anew",
         killed_runner_hangs_nothing},
        {"a session whose runner was killed says so and can be closed", lost_session_says_so},
        {"a caller that is killed takes runner, commands and descendants along within a second",
         killed_caller_takes_everything_along},
        {NULL, NULL},
    },
};
