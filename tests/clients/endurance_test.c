/*
 * A thousand commands in one session (without SBX_LONG=1 half as many: they take minutes on a busy machine): neither the caller nor the
 * runner holds more afterwards, and the system no logon session.
 */
#include "clients/client.h"
#include "clients/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned how_many(void)
{
    return getenv("SBX_LONG") ? 1000 : 500;
}

static bool run_rounds(ISandboxSession *session, unsigned rounds)
{
    unsigned i, right = 0;

    for (i = 0; i < rounds; i++) {
        switch (i % 10) {
        case 0: { /* output, both streams */
            ISandboxResult *result;
            BSTR text = NULL;

            if (went_well(run(session, L"emit both hex 6f6b", &result), "Run")) {
                ISandboxResult_get_StdErr(result, &text);
                right += text_is(text, L"ok");
                ISandboxResult_Release(result);
            }
            break;
        }
        case 1: { /* a process that is ended */
            ISandboxProcess *process;
            VARIANT_BOOL ended = VARIANT_FALSE;

            if (went_well(spawn(session, L"sleep 60000", 0, &process), "Spawn")) {
                ISandboxProcess_Terminate(process, v_absent());
                ISandboxProcess_Wait(process, v_long(10000), &ended);
                right += ended == VARIANT_TRUE;
                ISandboxProcess_Release(process);
            }
            break;
        }
        case 2: { /* one that cannot be started */
            ISandboxResult *result;
            VARIANT command = v_text(L"no-such-command");

            right += ISandboxSession_Run(session, command, v_absent(), v_absent(), &result) ==
                     SBX_CODE(CommandNotFound);
            SetErrorInfo(0, NULL);
            VariantClear(&command);
            break;
        }
        default:
            right += exit_code_of(session, L"exit 7") == 7;
        }
    }
    return right == rounds;
}

static void thousand_commands_leave_nothing(void)
{
    ISandboxSession *session = session_open(NULL);
    const unsigned rounds = how_many();
    struct meter caller[2], runner[2];
    unsigned long id;
    uint64_t start;

    if (!session)
        return;
    id = runner_of_this_process();
    CU_ASSERT_FATAL(id != 0);
    CU_ASSERT(run_rounds(session, 100)); /* first uses of this and that */
    CU_ASSERT(meter_read(GetCurrentProcessId(), &caller[0]));
    CU_ASSERT(meter_read(id, &runner[0]));
    start = now_ms();
    CU_ASSERT(run_rounds(session, rounds));
    printf("    %u commands in %llu ms\n", rounds, (unsigned long long)(now_ms() - start));
    CU_ASSERT(meter_read(GetCurrentProcessId(), &caller[1]));
    CU_ASSERT(meter_read(id, &runner[1]));
    CU_ASSERT(!meter_grew(&caller[0], &caller[1], rounds, "caller"));
    CU_ASSERT(!meter_grew(&runner[0], &runner[1], rounds, "runner"));
    session_end(session);
    if (!meter_counts_logons())
        harness_note("logon sessions cannot be counted here: this host lists none");
}

static void twenty_sessions_leave_nothing(void)
{
    struct meter before, after;
    unsigned i, right = 0;

    session_end(session_open(NULL));
    session_end(session_open(NULL));
    CU_ASSERT(meter_read(GetCurrentProcessId(), &before));
    for (i = 0; i < 20; i++) {
        ISandboxSession *session = session_open(NULL);

        if (!session)
            return;
        right += exit_code_of(session, L"exit 7") == 7;
        session_end(session);
    }
    CU_ASSERT_EQUAL(right, 20);
    CU_ASSERT(meter_read(GetCurrentProcessId(), &after));
    CU_ASSERT(!meter_grew(&before, &after, 20, "caller, sessions"));
    CU_ASSERT_EQUAL(runner_of_this_process(), 0);
}

/* The guard of the two tests above: each kind of leak, of one in ten rounds, is seen in another process. */
static bool leak_is_seen(const wchar_t *kind, unsigned count)
{
    wchar_t line[MAX_PATH + 64];
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process[2];
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    struct meter meters[2];
    HANDLE write[2], read_output, write_output;
    char ready[8];
    DWORD size;
    int i;

    for (i = 0; i < 2; i++) { /* without the leak, then with it */
        CreatePipe(&startup.hStdInput, &write[i], &inherited, 0);
        CreatePipe(&read_output, &write_output, &inherited, 0);
        SetHandleInformation(write[i], HANDLE_FLAG_INHERIT, 0);
        SetHandleInformation(read_output, HANDLE_FLAG_INHERIT, 0);
        startup.hStdOutput = write_output;
        swprintf(line, MAX_PATH + 64, L"\"%ls\" leak %ls %u", fixture_path(), kind, i ? count : 0);
        if (!CreateProcessW(fixture_path(), line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process[i]))
            return false;
        CloseHandle(startup.hStdInput);
        CloseHandle(write_output);
        ReadFile(read_output, ready, sizeof ready, &size, NULL);
        CloseHandle(read_output);
        meter_read(process[i].dwProcessId, &meters[i]);
        CloseHandle(write[i]);
        WaitForSingleObject(process[i].hProcess, 10000);
        CloseHandle(process[i].hProcess);
        CloseHandle(process[i].hThread);
    }
    return meter_grew(&meters[0], &meters[1], how_many(), "deliberate leak");
}

static void leaks_are_seen(void)
{
    CU_ASSERT(!leak_is_seen(L"handles", 0));
    CU_ASSERT(leak_is_seen(L"handles", how_many() / 10 + 1));
    CU_ASSERT(leak_is_seen(L"threads", 4));
    CU_ASSERT(leak_is_seen(L"mb", how_many() * 4096 / (1u << 20) + 2));
}

/* The same through the product: a client that keeps its results holds their output. */
static void kept_results_are_seen_as_memory(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *results[40] = {0};
    struct meter before, after;
    int i;

    if (!session)
        return;
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 7"), 7);
    CU_ASSERT(meter_read(GetCurrentProcessId(), &before));
    for (i = 0; i < 40; i++)
        CU_ASSERT(went_well(run(session, L"emit out kb 256", &results[i]), "Run"));
    CU_ASSERT(meter_read(GetCurrentProcessId(), &after));
    CU_ASSERT(meter_grew(&before, &after, 40, "results kept"));
    for (i = 0; i < 40; i++)
        if (results[i])
            ISandboxResult_Release(results[i]);
    session_end(session);
}

const struct harness_suite endurance_suite = {
    "endurance",
    (const struct harness_test[]){
        {"(control) leaked handles, threads and memory are seen", leaks_are_seen},
        {"(control) results that a client keeps are seen", kept_results_are_seen_as_memory},
        {"500 commands in one session, or 1000, leave nothing in caller or runner, and no logon session",
         thousand_commands_leave_nothing},
        {"20 sessions leave nothing in the caller, and no runner", twenty_sessions_leave_nothing},
        {NULL, NULL},
    },
};
