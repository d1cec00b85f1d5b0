/*
 * watch_test.c - the end of a process is told once, and never after the watch was taken back.
 */
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

struct told {
    HANDLE event;
    volatile LONG count;
    bool timed_out;
    DWORD linger_ms; /* how long the call takes */
    volatile LONG finished;
};

static void tell(void *context, bool timed_out)
{
    struct told *told = context;

    told->timed_out = timed_out;
    InterlockedIncrement(&told->count);
    SetEvent(told->event);
    Sleep(told->linger_ms);
    InterlockedIncrement(&told->finished);
}

static void told_begin(struct told *told)
{
    const struct told nothing = {0};

    *told = nothing;
    told->event = CreateEventW(NULL, TRUE, FALSE, NULL);
}

static void end_is_told_once(void)
{
    struct told told;
    struct process process;
    struct process_watch *watch;

    told_begin(&told);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 200", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(process_watch(process.handle, -1, tell, &told, &watch, NULL), SBX_OK);
    CU_ASSERT_EQUAL(WaitForSingleObject(told.event, 100), WAIT_TIMEOUT);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL(WaitForSingleObject(told.event, 30000), WAIT_OBJECT_0);
    CU_ASSERT_FALSE(told.timed_out);
    Sleep(100);
    process_unwatch(watch);
    CU_ASSERT_EQUAL(told.count, 1);
    process_free(&process);
    CloseHandle(told.event);
}

static void timeout_is_told_and_ends_nothing(void)
{
    struct told told;
    struct process process;
    struct process_watch *watch;

    told_begin(&told);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 60000", &process, NULL), SBX_OK);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL_FATAL(process_watch(process.handle, 100, tell, &told, &watch, NULL), SBX_OK);
    CU_ASSERT_EQUAL(WaitForSingleObject(told.event, 10000), WAIT_OBJECT_0);
    CU_ASSERT(told.timed_out);
    CU_ASSERT_EQUAL(process_wait(process.handle, 0, NULL), SBX_E_TIMEOUT);
    process_terminate(process.handle, 1, NULL);
    process_wait(process.handle, 10000, NULL);
    Sleep(100);
    process_unwatch(watch);
    CU_ASSERT_EQUAL(told.count, 1);
    process_free(&process);
    CloseHandle(told.event);
}

static void watch_of_an_ended_process_is_told_at_once(void)
{
    struct told told;
    struct process process;
    struct process_watch *watch;

    told_begin(&told);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-exit 0", &process, NULL), SBX_OK);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL(process_wait(process.handle, 30000, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(process_watch(process.handle, -1, tell, &told, &watch, NULL), SBX_OK);
    CU_ASSERT_EQUAL(WaitForSingleObject(told.event, 10000), WAIT_OBJECT_0);
    CU_ASSERT_FALSE(told.timed_out);
    process_unwatch(watch);
    process_free(&process);
    CloseHandle(told.event);
}

static void taken_back_it_is_never_told(void)
{
    struct told told;
    struct process process;
    struct process_watch *watch;

    told_begin(&told);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 60000", &process, NULL), SBX_OK);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL_FATAL(process_watch(process.handle, 60000, tell, &told, &watch, NULL), SBX_OK);
    process_unwatch(watch);
    process_terminate(process.handle, 1, NULL);
    CU_ASSERT_EQUAL(process_wait(process.handle, 10000, NULL), SBX_OK);
    Sleep(100);
    CU_ASSERT_EQUAL(told.count, 0);
    process_free(&process);
    CloseHandle(told.event);
    process_unwatch(NULL);
}

static void taking_back_waits_for_a_running_call(void)
{
    struct told told;
    struct process process;
    struct process_watch *watch;

    told_begin(&told);
    told.linger_ms = 300;
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-exit 0", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(process_watch(process.handle, -1, tell, &told, &watch, NULL), SBX_OK);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL(WaitForSingleObject(told.event, 30000), WAIT_OBJECT_0);
    process_unwatch(watch);
    CU_ASSERT_EQUAL(told.finished, 1);
    process_free(&process);
    CloseHandle(told.event);
}

static void callers_handle_may_be_closed_meanwhile(void)
{
    struct told told;
    struct process process;
    struct process_watch *watch;
    HANDLE copy;

    told_begin(&told);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 300", &process, NULL), SBX_OK);
    CU_ASSERT(DuplicateHandle(GetCurrentProcess(), process.handle, GetCurrentProcess(), &copy, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
    CU_ASSERT_EQUAL_FATAL(process_watch(copy, -1, tell, &told, &watch, NULL), SBX_OK);
    CloseHandle(copy);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL(WaitForSingleObject(told.event, 30000), WAIT_OBJECT_0);
    CU_ASSERT_FALSE(told.timed_out);
    CU_ASSERT_EQUAL(process_wait(process.handle, 0, NULL), SBX_OK);
    process_unwatch(watch);
    process_free(&process);
    CloseHandle(told.event);
}

static sbx_status attempt_watch(void *context, struct sbx_error *error)
{
    struct told told = {0};
    struct process_watch *watch;
    sbx_status status = process_watch(context, -1, tell, &told, &watch, error);

    if (!status)
        process_unwatch(watch);
    return status;
}

static void watching_survives_memory_running_out(void)
{
    struct process process;

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-exit 0", &process, NULL), SBX_OK);
    expect_memory_failures(attempt_watch, process.handle);
    process_terminate(process.handle, 1, NULL);
    process_free(&process);
}

const struct harness_suite watch_suite = {
    "watch",
    (const struct harness_test[]){
        {"the end is told once", end_is_told_once},
        {"a time-out is told and ends nothing", timeout_is_told_and_ends_nothing},
        {"the end of a process that has ended is told at once", watch_of_an_ended_process_is_told_at_once},
        {"taken back, it is never told", taken_back_it_is_never_told},
        {"taking back waits for a running call", taking_back_waits_for_a_running_call},
        {"the caller's handle may be closed meanwhile", callers_handle_may_be_closed_meanwhile},
        {"memory running out loses no handle", watching_survives_memory_running_out},
        {NULL, NULL},
    },
};
