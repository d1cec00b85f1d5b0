/* What a session puts on files, for clients in C: while a call works, its apartment answers; who lets go is not waited for. */
#include "clients/client.h"
#include "clients/meter.h"

static void operation_is_polled_to_its_end(void)
{
    ISandboxSession *session = session_prepare(NULL);
    ISandboxOperation *operation = NULL;
    ISandboxReport *report = NULL;
    VARIANT_BOOL ended = VARIANT_FALSE, meets = VARIANT_FALSE;
    sbxState state = sbxStateNew;
    double done = -1, total = -1;

    if (!session)
        return;
    CU_ASSERT_EQUAL(ISandboxSession_StartProvision(session, NULL), E_POINTER);
    CU_ASSERT(went_well(ISandboxSession_StartProvision(session, &operation), "StartProvision"));
    if (!operation)
        goto release;
    CU_ASSERT(raised(ISandboxSession_StartProvision(session, &(ISandboxOperation *){NULL}), SBX_CODE(State),
                     L"in progress"));
    CU_ASSERT(SUCCEEDED(ISandboxOperation_get_Done(operation, &done)) && done >= 0);
    CU_ASSERT(SUCCEEDED(ISandboxOperation_get_Total(operation, &total)) && total >= 0);
    CU_ASSERT(went_well(ISandboxOperation_Wait(operation, v_absent(), &ended), "Wait"));
    CU_ASSERT_EQUAL(ended, VARIANT_TRUE);
    CU_ASSERT(went_well(ISandboxOperation_GetReport(operation, &report), "GetReport"));
    if (report) {
        CU_ASSERT(SUCCEEDED(ISandboxReport_get_Meets(report, &meets)) && meets == VARIANT_TRUE);
        ISandboxReport_Release(report);
    }
    ISandboxOperation_Release(operation);
    CU_ASSERT(SUCCEEDED(ISandboxSession_get_State(session, &state)));
    CU_ASSERT_EQUAL(state, sbxStateProvisioned);
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 7"), 7);
    CU_ASSERT(went_well(ISandboxSession_Deprovision(session), "Deprovision"));
release:
    ISandboxSession_Release(session);
}

/* An operation keeps its session; when both are dropped the work is stopped and nobody waits for it. */
static void dropping_everything_stops_the_work(void)
{
    uint64_t start_ms = now_ms();

    for (int i = 0; i < 4; i++) {
        ISandboxSession *session = session_prepare(NULL);
        ISandboxOperation *operation = NULL;

        if (!session)
            return;
        start_ms = now_ms();
        CU_ASSERT(went_well(ISandboxSession_StartProvision(session, &operation), "StartProvision"));
        Sleep((DWORD)i * 150);
        ISandboxSession_Release(session);
        if (operation)
            ISandboxOperation_Release(operation);
        CU_ASSERT(now_ms() < start_ms + (uint64_t)i * 150 + 500);
    }
}

#define DROPS        24
#define DROP_STEP_MS 60   /* a session takes about one second to open */
#define GONE_MS      8000 /* on a busy machine, too; what the probe starts in our name once lived for 30 s */

/* Neither the runner nor what its probe starts in our own name, which no job of the session's holds. */
static void dropped_at_any_moment_nothing_lives_on(void)
{
    unsigned long left;
    uint64_t start_ms;

    for (int i = 0; i < DROPS; i++) {
        ISandboxSession *session = session_prepare(NULL);
        ISandboxOperation *operation = NULL;

        if (!session)
            return;
        CU_ASSERT(went_well(ISandboxSession_StartProvision(session, &operation), "StartProvision"));
        Sleep((DWORD)(i * DROP_STEP_MS));
        if (i % 2)
            ISandboxSession_Close(session);
        ISandboxSession_Release(session);
        if (operation)
            ISandboxOperation_Release(operation);
    }
    start_ms = now_ms();
    while (runner_of_this_process() && now_ms() < start_ms + GONE_MS)
        Sleep(20);
    left = runner_of_this_process();
    CU_ASSERT_EQUAL(left ? process_say(&left, 1) : 0, 0);
}

static void deprovision_ends_a_provision_in_progress(void)
{
    ISandboxSession *session = session_prepare(NULL);
    ISandboxOperation *operation = NULL;
    ISandboxReport *report = NULL;
    VARIANT_BOOL finished = VARIANT_FALSE;

    if (!session)
        return;
    CU_ASSERT(went_well(ISandboxSession_StartProvision(session, &operation), "StartProvision"));
    CU_ASSERT(went_well(ISandboxSession_Deprovision(session), "Deprovision"));
    if (operation) {
        CU_ASSERT(SUCCEEDED(ISandboxOperation_get_Finished(operation, &finished)));
        CU_ASSERT_EQUAL(finished, VARIANT_TRUE);
        CU_ASSERT(raised(ISandboxOperation_GetReport(operation, &report), SBX_CODE(Closed), NULL));
        ISandboxOperation_Release(operation);
    }
    ISandboxSession_Release(session);
}

const struct harness_suite files_suite = {
    "files",
    (const struct harness_test[]){
        {"an operation is polled to its end", operation_is_polled_to_its_end},
        {"dropping everything stops the work, and is not waited for", dropping_everything_stops_the_work},
        {"a Provision dropped or closed at any moment leaves no process",
         dropped_at_any_moment_nothing_lives_on},
        {"Deprovision ends a Provision in progress", deprovision_ends_a_provision_in_progress},
        {NULL, NULL},
    },
};
