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

/* Until `event` comes; *process_id is whose it was. False when it does not within ten seconds. */
static bool hear(struct job_port *port, uint64_t subject, uint32_t event, uint32_t *process_id)
{
    struct job_message message = {0};

    while (!job_port_wait(port, 10000, &message, NULL)) {
        CU_ASSERT_EQUAL(message.subject, subject);
        if (message.event == event) {
            *process_id = message.process_id;
            return true;
        }
    }
    return false;
}

static void port_tells_who_came_who_went_and_that_nobody_is_left(void)
{
    const uint64_t subject = 0x12345678u;
    struct job_port *port;
    struct job_limits kept;
    sbx_handle job;
    struct process child;
    struct process_start start = {0};
    struct job_message message;
    uint32_t id = 0;

    CU_ASSERT_EQUAL_FATAL(job_port_create(&port, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(job_port_attach(port, job, subject, NULL), SBX_OK);
    CU_ASSERT_EQUAL(job_port_wait(port, 0, &message, NULL), SBX_E_TIMEOUT);

    start.job = job;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-sleep 60000", &child, NULL), SBX_OK);
    CU_ASSERT(hear(port, subject, JOB_PROCESS_STARTED, &id));
    CU_ASSERT_EQUAL(id, child.id);
    CU_ASSERT_EQUAL(job_port_post(port, subject, NULL), SBX_OK);
    CU_ASSERT(hear(port, subject, JOB_POSTED, &id));

    CU_ASSERT_EQUAL(process_terminate(child.handle, 3, NULL), SBX_OK);
    CU_ASSERT(hear(port, subject, JOB_PROCESS_ENDED, &id));
    CU_ASSERT_EQUAL(id, child.id);
    CU_ASSERT(hear(port, subject, JOB_EMPTY, &id));
    process_free(&child);
    handle_close(job);
    job_port_free(port);
}

/* The port's own answer to a limit, where there is one that is kept. */
static void port_tells_of_a_process_that_was_refused(void)
{
    const struct job_limits wanted = {0, 1, 0};
    struct job_port *port;
    struct job_limits kept;
    sbx_handle job;
    struct process first, second;
    struct process_start start = {0};
    uint32_t id;

    CU_ASSERT_EQUAL_FATAL(job_port_create(&port, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(job_create(&wanted, &job, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(job_port_attach(port, job, 1, NULL), SBX_OK);
    if (!kept.process_count) {
        handle_close(job);
        job_port_free(port);
        HARNESS_SKIP("this host keeps no process limit");
    }
    start.job = job;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-sleep 60000", &first, NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(child_start(&start, "--child-sleep 60000", &second, NULL), SBX_OK);
    CU_ASSERT(hear(port, 1, JOB_PROCESS_LIMIT, &id));
    process_free(&first);
    handle_close(job);
    job_port_free(port);
}

static sbx_status make_port(void *context, struct sbx_error *error)
{
    struct job_port *port = NULL;
    sbx_status status = job_port_create(&port, error);

    (void)context;
    job_port_free(port);
    return status;
}

static void port_without_memory_is_none(void)
{
    expect_memory_failures(make_port, NULL);
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
        {"a port tells who came, who went, and that nobody is left",
         port_tells_who_came_who_went_and_that_nobody_is_left},
        {"a port tells of a process that was refused", port_tells_of_a_process_that_was_refused},
        {"a port without memory is none", port_without_memory_is_none},
        {"a process outside is not inside", process_outside_is_not_inside},
        {"a command's job nests in the session's", command_job_nests_in_the_session_job},
        {NULL, NULL},
    },
};
