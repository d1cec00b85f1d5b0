/*
 * job_test.c - nobody leaves a job, and no limit is believed that does not read back.
 */
#include "os/job.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/native.h"
#include "os/pipe.h"
#include "support/harness.h"

#include <string.h>

static const struct job_limits no_limits;

/* Starts a child that starts one of its own; *grandchild is opened for waiting. */
static void start_family(sbx_handle job, struct process *child, sbx_handle *grandchild)
{
    struct process_start start = {0};
    HANDLE reading;
    HANDLE writing;
    DWORD id = 0;
    size_t got = 0;

    CU_ASSERT_FATAL(CreatePipe(&reading, &writing, NULL, 0));
    start.job = job;
    start.output = writing;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-grandchild 60000", child, NULL), SBX_OK);
    CloseHandle(writing);
    process_resume(child, NULL);
    CU_ASSERT_EQUAL(pipe_read(reading, &id, sizeof id, &got, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(got, sizeof id);
    CloseHandle(reading);
    CU_ASSERT_EQUAL_FATAL(
        process_open(id, SYNCHRONIZE | PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION, grandchild, NULL),
        SBX_OK);
}

static void closing_the_job_ends_children_and_grandchildren(void)
{
    struct job_limits kept;
    sbx_handle job;
    struct process child;
    sbx_handle grandchild;
    bool inside = false;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    start_family(job, &child, &grandchild);
    CU_ASSERT_EQUAL(job_contains(job, grandchild, &inside, NULL), SBX_OK);
    CU_ASSERT(inside);
    CU_ASSERT_EQUAL(process_wait(grandchild, 0, NULL), SBX_E_TIMEOUT);
    handle_close(job);
    CU_ASSERT_EQUAL(process_wait(child.handle, 10000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(grandchild, 10000, NULL), SBX_OK);
    handle_close(grandchild);
    process_free(&child);
}

static void terminating_the_job_ends_all_with_the_code(void)
{
    struct job_limits kept;
    sbx_handle job;
    struct process child;
    sbx_handle grandchild;
    uint32_t exit_code = 0;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    start_family(job, &child, &grandchild);
    CU_ASSERT_EQUAL(job_terminate(job, 0xC0FFEE, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(child.handle, 10000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(grandchild, 10000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_exit_code(grandchild, &exit_code, NULL), SBX_OK);
    CU_ASSERT_EQUAL(exit_code, 0xC0FFEE);
    handle_close(grandchild);
    process_free(&child);
    handle_close(job);
}

static void breaking_away_is_refused(void)
{
    struct job_limits kept;
    sbx_handle job;
    struct process_start start = {0};
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION found = {0};

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    start.job = job;
    CU_ASSERT_EQUAL(child_run(&start, "--child-break-away"), ERROR_ACCESS_DENIED);

    /* The control: a job that allows it is left. */
    found.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_BREAKAWAY_OK;
    CU_ASSERT(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &found, sizeof found));
    CU_ASSERT_EQUAL(child_run(&start, "--child-break-away"), 0);
    handle_close(job);
}

/*
 * The guard: *kept comes from the system, not from what was asked. Wine 8.0 accepts every limit and keeps none, so it is
 * empty there; Windows keeps memory and processes, and the CPU rate from Windows 8 on.
 */
static void no_limit_is_reported_that_does_not_read_back(void)
{
    const struct job_limits wanted = {64u << 20, 5, 50};
    struct job_limits kept = {1, 2, 3};
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION found = {0};
    sbx_handle job;

    CU_ASSERT_EQUAL_FATAL(job_create(&wanted, &job, &kept, NULL), SBX_OK);
    CU_ASSERT(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &found, sizeof found, NULL));
    CU_ASSERT_EQUAL(kept.memory_size, found.JobMemoryLimit);
    CU_ASSERT_EQUAL(kept.process_count, found.BasicLimitInformation.ActiveProcessLimit);
    if (on_wine()) {
        CU_ASSERT_EQUAL(kept.memory_size, 0);
        CU_ASSERT_EQUAL(kept.process_count, 0);
        CU_ASSERT_EQUAL(kept.cpu_percent, 0);
    } else {
        CU_ASSERT_EQUAL(kept.memory_size, wanted.memory_size);
        CU_ASSERT_EQUAL(kept.process_count, wanted.process_count);
        CU_ASSERT(kept.cpu_percent == wanted.cpu_percent || kept.cpu_percent == 0);
    }
    handle_close(job);
}

static void no_limit_asked_is_none_kept(void)
{
    struct job_limits kept = {1, 2, 3};
    sbx_handle job;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL(kept.memory_size, 0);
    CU_ASSERT_EQUAL(kept.process_count, 0);
    CU_ASSERT_EQUAL(kept.cpu_percent, 0);
    handle_close(job);
}

static void process_limit_holds_where_it_is_reported(void)
{
    const struct job_limits wanted = {0, 1, 0};
    struct job_limits kept;
    sbx_handle job;
    struct process first;
    struct process second;
    struct process_start start = {0};

    CU_ASSERT_EQUAL_FATAL(job_create(&wanted, &job, &kept, NULL), SBX_OK);
    if (!kept.process_count) {
        handle_close(job);
        HARNESS_SKIP("this host keeps no process limit");
    }
    start.job = job;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-sleep 60000", &first, NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(child_start(&start, "--child-sleep 60000", &second, NULL), SBX_OK);
    process_free(&first);
    handle_close(job);
}

/* Wine counts the console's host, which ends a little later than its program. */
static void usage_counts_processes_and_time(void)
{
    struct job_limits kept;
    struct job_usage usage = {0};
    sbx_handle job;
    struct process_start start = {0};
    struct process child;
    uint32_t before;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    start.job = job;
    CU_ASSERT_EQUAL(child_run(&start, "--child-spin 300"), 0);
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(job_measure(job, &usage, NULL), SBX_OK);
        if (!usage.active_count)
            break;
        Sleep(20);
    }
    CU_ASSERT_EQUAL(usage.active_count, 0);
    CU_ASSERT(usage.total_count == 1 || (on_wine() && usage.total_count == 2));
    CU_ASSERT(on_wine() || (usage.cpu_ms >= 250 && usage.peak_memory_size > 0));

    before = usage.total_count;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-sleep 60000", &child, NULL), SBX_OK);
    CU_ASSERT_EQUAL(job_measure(job, &usage, NULL), SBX_OK);
    CU_ASSERT_EQUAL(usage.active_count, 1);
    CU_ASSERT_EQUAL(usage.total_count, before + 1);
    process_free(&child);
    handle_close(job);
}

static void process_outside_is_not_inside(void)
{
    struct job_limits kept;
    sbx_handle job;
    struct process child;
    bool inside = true;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-exit 0", &child, NULL), SBX_OK);
    CU_ASSERT_EQUAL(job_contains(job, child.handle, &inside, NULL), SBX_OK);
    CU_ASSERT_FALSE(inside);
    CU_ASSERT_EQUAL(job_assign(job, child.handle, NULL), SBX_OK);
    CU_ASSERT_EQUAL(job_contains(job, child.handle, &inside, NULL), SBX_OK);
    CU_ASSERT(inside);
    handle_close(job);
    CU_ASSERT_EQUAL(process_wait(child.handle, 10000, NULL), SBX_OK);
    process_free(&child);
}

static void command_job_nests_in_the_session_job(void)
{
    struct job_limits kept;
    sbx_handle session;
    sbx_handle command;
    struct process child;
    struct process_start start = {0};
    bool inside = false;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &session, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &command, &kept, NULL), SBX_OK);
    start.job = session;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-sleep 60000", &child, NULL), SBX_OK);
    CU_ASSERT_EQUAL(job_assign(command, child.handle, NULL), SBX_OK);
    CU_ASSERT_EQUAL(job_contains(session, child.handle, &inside, NULL), SBX_OK);
    CU_ASSERT(inside);
    handle_close(session);
    CU_ASSERT_EQUAL(process_wait(child.handle, 10000, NULL), SBX_OK);
    process_free(&child);
    handle_close(command);
}

const struct harness_suite job_suite = {
    "job",
    (const struct harness_test[]){
        {"closing the job ends children and grandchildren", closing_the_job_ends_children_and_grandchildren},
        {"terminating the job ends all with the code", terminating_the_job_ends_all_with_the_code},
        {"breaking away is refused", breaking_away_is_refused},
        {"no limit is reported that does not read back", no_limit_is_reported_that_does_not_read_back},
        {"no limit asked is none kept", no_limit_asked_is_none_kept},
        {"a process limit holds where it is reported", process_limit_holds_where_it_is_reported},
        {"usage counts processes and time", usage_counts_processes_and_time},
        {"a process outside is not inside", process_outside_is_not_inside},
        {"a command's job nests in the session's", command_job_nests_in_the_session_job},
        {NULL, NULL},
    },
};
