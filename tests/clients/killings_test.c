/*
 * killings_test.c - the caller, the runner, or both are killed at a random moment, from the session's first to a busy one, many times
 * over: nothing of the tree lives on, and the next session finds nothing amiss.
 *
 * Runs with SBX_LONG=1 alone; SBX_SEED=N repeats what the line "seed N" tells.
 */
#include "clients/client.h"
#include "clients/meter.h"
#include "clients/victim.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS       200
#define MOST_WAIT_MS 2500 /* until the kill; a session takes about one second to open */
#define MOST_END_MS  3000
#define MOST_CALLER_MS \
    10000 /* until a caller has seen that its runner is gone, and has cleaned up; on a busy machine */
#define MOST_FAMILY 64
#define MOST_ELDERS 1024

void busy_main(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process = NULL;
    unsigned count = 0;

    if (!session)
        return;
    printf("ready\n");
    while (exit_code_of(session, L"exit 5") == 5 && count++ < 1000) {
        if (SUCCEEDED(spawn(session, L"tree 2", 0, &process)))
            ISandboxProcess_Release(process);
        if (count % 4 == 0 && SUCCEEDED(spawn(session, L"flood 100000", 0, &process)))
            ISandboxProcess_Release(process);
    }
    ISandboxSession_Release(session);
}

enum killed { KILL_CALLER, KILL_RUNNER, KILL_BOTH, KILL_KINDS };

static HANDLE start_busy(unsigned long *id)
{
    wchar_t program[MAX_PATH], line[MAX_PATH + 32];
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    BOOL started;

    /* Or its first session would be one that is refused, whose runner nobody misses. */
    SetEnvironmentVariableW(L"" REQUIREMENT_VARIABLE, host_requirement());
    GetModuleFileNameW(NULL, program, MAX_PATH);
    swprintf(line, MAX_PATH + 32, L"\"%ls\" %ls", program, L"" BUSY_OPTION);
    started = CreateProcessW(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process);
    SetEnvironmentVariableW(L"" REQUIREMENT_VARIABLE, NULL);
    if (!started)
        return NULL;
    CloseHandle(process.hThread);
    *id = process.dwProcessId;
    return process.hProcess;
}

static size_t how_many_live(const unsigned long *ids, size_t count)
{
    size_t alive = 0;

    for (size_t i = 0; i < count; i++)
        alive += process_is_there(ids[i]);
    return alive;
}

/*
 * *may_not: the host does not let the runner be killed, so the caller went instead; likewise before there is a runner. Whoever
 * was killed: the runner, all below it, and what a probe started in the caller's own name are gone, and the caller, who is told
 * E_RUNNER_LOST, ends by itself.
 */
static void kill_once(enum killed what, unsigned wait_ms, int *may_not)
{
    unsigned long family[MOST_FAMILY] = {0}, elders[MOST_ELDERS];
    size_t elder_count = process_all(elders, MOST_ELDERS);
    unsigned long caller_id = 0, runner;
    HANDLE caller = start_busy(&caller_id);
    size_t count = 1;
    uint64_t start;

    CU_ASSERT_PTR_NOT_NULL_FATAL(caller);
    Sleep(wait_ms);
    runner = runner_of(caller_id);
    family[0] = caller_id;
    count = process_family(family, 1, MOST_FAMILY, elders, elder_count);
    if (runner && what != KILL_CALLER && !process_kill(runner) && process_is_there(runner)) {
        ++*may_not;
        what = KILL_CALLER;
    }
    if (!runner || what != KILL_RUNNER)
        TerminateProcess(caller, 1); /* it may have ended with its runner already */

    CU_ASSERT_EQUAL(WaitForSingleObject(caller, MOST_CALLER_MS), WAIT_OBJECT_0);
    start = now_ms();
    do
        count = process_family(family, count, MOST_FAMILY, elders, elder_count);
    while (how_many_live(family, count) && now_ms() - start < MOST_END_MS);
    if (how_many_live(family, count)) {
        printf("    %s killed after %u ms; family of %lu, runner %lu:\n",
               what == KILL_BOTH     ? "both"
               : what == KILL_RUNNER ? "runner"
                                     : "caller",
               wait_ms, caller_id, runner);
        CU_ASSERT_EQUAL(process_say(family, count), 0);
    }
    TerminateProcess(caller, 1);
    CloseHandle(caller);
}

/* Whatever the dead left in our folders is found once, and then there is nothing more. */
static void expect_nothing_amiss(void)
{
    ISandboxHost *host;
    ISandboxSession *session;

    CU_ASSERT_EQUAL_FATAL(
        CoCreateInstance(&CLSID_SandboxHost, NULL, CLSCTX_INPROC_SERVER, &IID_ISandboxHost, (void **)&host),
        S_OK);
    for (int round = 0; round < 2; round++) {
        ISandboxReport *report = NULL;
        ISandboxFindings *findings = NULL;
        VARIANT_BOOL meets = VARIANT_FALSE;
        long count = -1;

        CU_ASSERT_FATAL(went_well(ISandboxHost_Recover(host, &report), "Recover"));
        ISandboxReport_get_Meets(report, &meets);
        CU_ASSERT_EQUAL(meets, VARIANT_TRUE);
        ISandboxReport_get_Findings(report, &findings);
        ISandboxFindings_get_Count(findings, &count);
        if (round)
            CU_ASSERT_EQUAL(count, 0);
        ISandboxFindings_Release(findings);
        ISandboxReport_Release(report);
    }
    ISandboxHost_Release(host);

    session = session_open(NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(session);
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 21"), 21);
    session_end(session);
}

static void nothing_lives_on(void)
{
    const char *given = getenv("SBX_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : GetTickCount();
    int rounds = ROUNDS;
    int may_not = 0;

    if (!getenv("SBX_LONG"))
        HARNESS_SKIP("minutes, and a quiet machine: it runs with SBX_LONG=1");
    printf("    seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < rounds; i++) {
        kill_once((enum killed)(i % KILL_KINDS), (unsigned)(rand() % MOST_WAIT_MS), &may_not);
        if (i % 20 == 19)
            printf("    %d killed\n", i + 1);
    }
    expect_nothing_amiss();
    harness_note("%d killings; the runner was out of reach in %d", rounds, may_not);
}

const struct harness_suite killings_suite = {
    "killings",
    (const struct harness_test[]){
        {"caller, runner or both, killed at any moment: nothing lives on, nothing is left to recover",
         nothing_lives_on},
        {NULL, NULL},
    },
};
