/*
 * command.c - commands: their start, their end, and what they leave behind.
 *
 * A command is listed before it is launched, because its job may tell of a limit before the launch returns; no request
 * finds it until it runs.
 */
#include "base/memory.h"
#include "os/clock.h"
#include "os/process.h"
#include "sbxrun/runner.h"

#include <string.h>

#define END_WAIT_MS         5000 /* how long a terminated process may take to go */
#define FLUSH_WAIT_MS       2000 /* until a terminal's host has written what its program left */
#define SETTLE_WAIT_MS      1000 /* until what its job told is read: a queue of some packets */
#define EXIT_CODE_OVER_TIME 124  /* as timeout(1) has it */

/* Jobs whose command has ended. */

/* Closes kept jobs that are empty or over their time: a job has its own way of being empty that no packet promises. Locked. */
static void sweep_kept(struct runner *runner)
{
    uint64_t now_ms = clock_monotonic_ms();
    size_t left = 0;

    for (size_t i = 0; i < runner->kept_count; i++) {
        struct job_usage usage;

        if (now_ms >= runner->kept[i].until_ms ||
            (!job_measure(runner->kept[i].job, &usage, NULL) && usage.active_count == 0))
            handle_close(runner->kept[i].job);
        else
            runner->kept[left++] = runner->kept[i];
    }
    runner->kept_count = left;
}

/* Takes the job out of `running` and keeps it. Without memory for that the descendants end: the safe side. Locked. */
static void keep_job(struct runner *runner, struct running *running)
{
    struct kept_job *kept = sbx_realloc(runner->kept, (runner->kept_count + 1) * sizeof *kept);

    if (!kept)
        return;
    runner->kept = kept;
    kept[runner->kept_count++] = (struct kept_job){
        .job = running->launched.job,
        .launch = running->launch,
        .until_ms = running->limit_ms ? running->started_ms + running->limit_ms : UINT64_MAX,
    };
    running->launched.job = NULL;
    sweep_kept(runner);
    /* The listening thread waits for the earliest end: it has to look again. */
    job_port_post(runner->context.port, 0, NULL);
}

/* Milliseconds until the first kept job is over its time; -1: there is none. */
static int32_t next_end(struct runner *runner)
{
    uint64_t now_ms = clock_monotonic_ms(), until_ms = UINT64_MAX;

    AcquireSRWLockShared(&runner->lock);
    for (size_t i = 0; i < runner->kept_count; i++) {
        if (runner->kept[i].until_ms < until_ms)
            until_ms = runner->kept[i].until_ms;
    }
    ReleaseSRWLockShared(&runner->lock);
    if (until_ms == UINT64_MAX)
        return -1;
    if (until_ms <= now_ms)
        return 0;
    return until_ms - now_ms < INT32_MAX ? (int32_t)(until_ms - now_ms) : INT32_MAX;
}

/* What jobs tell. */

static struct running *find_listed(struct runner *runner, uint64_t launch)
{
    struct running *running = runner->running;

    while (running && running->launch != launch)
        running = running->next;
    return running;
}

static void hear(struct runner *runner, const struct job_message *message)
{
    struct running *running;

    AcquireSRWLockExclusive(&runner->lock);
    running = find_listed(runner, message->subject);
    if (running && message->event == JOB_POSTED) {
        running->settled = true;
        WakeAllConditionVariable(&runner->settled);
    } else if (running) {
        ending_take(&running->ending, message);
    }
    if (message->event == JOB_EMPTY)
        sweep_kept(runner);
    ReleaseSRWLockExclusive(&runner->lock);
}

static DWORD WINAPI listen_to_jobs(void *context)
{
    struct runner *runner = context;

    for (;;) {
        struct job_message message;
        sbx_status status = job_port_wait(runner->context.port, next_end(runner), &message, NULL);

        if (!status) {
            hear(runner, &message);
        } else if (status == SBX_E_TIMEOUT) {
            AcquireSRWLockExclusive(&runner->lock);
            sweep_kept(runner);
            ReleaseSRWLockExclusive(&runner->lock);
        } else {
            ExitProcess(1); /* nobody would end what is over its time */
        }
    }
}

sbx_status command_listen(struct runner *runner)
{
    HANDLE thread;

    if (job_port_create(&runner->context.port, NULL))
        return SBX_E_SYSTEM;
    /* It ends with the process, as the runner does: nobody joins it. */
    thread = CreateThread(NULL, 0, listen_to_jobs, runner, 0, NULL);
    if (!thread)
        return SBX_E_SYSTEM;
    CloseHandle(thread);
    return SBX_OK;
}

/* Waits until all is read that the job told before: a packet of our own comes behind it. */
static void settle(struct running *running)
{
    struct runner *runner = running->runner;
    uint64_t until_ms = clock_monotonic_ms() + SETTLE_WAIT_MS, now_ms;

    if (job_port_post(runner->context.port, running->launch, NULL))
        return;
    AcquireSRWLockExclusive(&runner->lock);
    while (!running->settled && (now_ms = clock_monotonic_ms()) < until_ms)
        SleepConditionVariableSRW(&runner->settled, &runner->lock, (DWORD)(until_ms - now_ms), 0);
    ReleaseSRWLockExclusive(&runner->lock);
}

/* Ends. */

static void measure_end(struct running *running, struct message_exited *exited)
{
    uint64_t process_cpu_ms = 0, peak_size = 0;
    struct job_usage usage = {0};
    /* One that cannot be read is no success. */
    uint32_t exit_code = running->asked_reason == running->over_time_reason ? EXIT_CODE_OVER_TIME : 1;

    process_exit_code(running->launched.process.handle, &exit_code, NULL);
    process_usage(running->launched.process.handle, &process_cpu_ms, &peak_size, NULL);
    job_measure(running->launched.job, &usage, NULL);

    /*
     * The job's account has every process that was ever in it. Wine 8.0 keeps none, and tells of the command's process the
     * CPU time of the one who asks, which is this runner: nothing is said there rather than that.
     */
    exited->exit_code = exit_code;
    exited->cpu_ms = usage.cpu_ms;
    exited->peak_memory_size = usage.peak_memory_size > peak_size ? usage.peak_memory_size : peak_size;
    exited->elapsed_ms = clock_monotonic_ms() - running->started_ms;
}

/* The command's own process has ended, or its time is over. On a thread of the system's pool, once a command. */
static void command_ended(void *context, bool timed_out)
{
    struct running *running = context;
    struct runner *runner = running->runner;
    struct message_exited exited = {0};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;

    if (timed_out) {
        AcquireSRWLockExclusive(&runner->lock);
        if (running->asked_reason == EXIT_EXITED)
            running->asked_reason = running->over_time_reason;
        ReleaseSRWLockExclusive(&runner->lock);
        job_terminate(running->launched.job, EXIT_CODE_OVER_TIME, NULL);
        process_wait(running->launched.process.handle, END_WAIT_MS, NULL);
    }

    /* The console's host has output yet, and dies with the job: its stage ends when all is written. */
    if (running->launched.stage.handle)
        process_wait(running->launched.stage.handle, FLUSH_WAIT_MS, NULL);
    measure_end(running, &exited);
    settle(running);

    /* From here on no request finds it. */
    AcquireSRWLockExclusive(&runner->lock);
    running->ended = true;
    exited.reason =
        (uint8_t)ending_reason(&running->ending, (enum exit_reason)running->asked_reason, exited.exit_code);
    if (running->keep_descendants && running->asked_reason == EXIT_EXITED)
        keep_job(runner, running);
    ReleaseSRWLockExclusive(&runner->lock);

    /*
     * Closing the job, not terminating it, ends the descendants: it is what happens when the runner itself dies, so
     * every command's end exercises it, and the session's probe sees it work. Only then the end is reported: whoever
     * reads the output to its end does not wait for a descendant.
     */
    launched_free(&running->launched);

    /* A caller that is never told waits for ever; one whose runner dies is told by that. */
    message_put_exited(&payload, &exited);
    if (send_frame(runner, FRAME_EXITED, running->launch, &payload))
        ExitProcess(1);
}

/* Frees the commands that were reported: a watch cannot be freed from its own call. */
void reap_commands(struct runner *runner)
{
    struct running *done = NULL;
    struct running **link;

    AcquireSRWLockExclusive(&runner->lock);
    link = &runner->running;
    while (*link) {
        struct running *running = *link;

        if (running->ended) {
            *link = running->next;
            running->next = done;
            done = running;
        } else {
            link = &running->next;
        }
    }
    ReleaseSRWLockExclusive(&runner->lock);

    while (done) {
        struct running *next = done->next;

        process_unwatch(done->watch);
        sbx_free(done);
        done = next;
    }
}

/* Starts. */

/* The sooner of the command's own time-out and the policy's limit; -1 for neither. */
static int32_t watch_time(const struct message_launch *request, uint8_t *reason)
{
    uint64_t time_ms = request->timeout_ms;

    *reason = EXIT_TIMED_OUT;
    if (request->limit_ms && (!time_ms || request->limit_ms < time_ms)) {
        time_ms = request->limit_ms;
        *reason = EXIT_TIME_LIMIT;
    }
    if (!time_ms)
        return -1;
    return time_ms > INT32_MAX ? INT32_MAX : (int32_t)time_ms;
}

static struct running *list_command(struct runner *runner, uint32_t launch,
                                    const struct message_launch *request)
{
    struct running *running = sbx_alloc(sizeof *running);

    if (!running)
        return NULL;
    running->runner = runner;
    running->launch = launch;
    running->keep_descendants = request->keep_descendants;
    running->limit_ms = request->limit_ms;
    running->limits = request->limits;
    memcpy(running->floor, request->floor, sizeof running->floor);
    running->started_ms = clock_monotonic_ms();

    AcquireSRWLockExclusive(&runner->lock);
    running->next = runner->running;
    runner->running = running;
    ReleaseSRWLockExclusive(&runner->lock);
    return running;
}

static void unlist_command(struct running *running)
{
    struct runner *runner = running->runner;
    struct running **link = &runner->running;

    AcquireSRWLockExclusive(&runner->lock);
    while (*link != running)
        link = &(*link)->next;
    *link = running->next;
    ReleaseSRWLockExclusive(&runner->lock);
    sbx_free(running);
}

/* Told before it is watched, so that its end never overtakes its beginning. */
static sbx_status tell_launched(struct running *running)
{
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct message_launched answer = {0};

    answer.process_id = running->launched.process.id;
    answer.start_utc_ms = running->launched.start_utc_ms;
    answer.measurement = running->launched.measurement;
    answer.token = running->launched.token; /* lent */
    message_put_launched(&payload, &answer);
    token_facts_free(&running->launched.token);
    return send_frame(running->runner, FRAME_LAUNCHED, running->launch, &payload);
}

static sbx_status start_command(struct runner *runner, const struct frame *frame,
                                const struct message_launch *request)
{
    struct sbx_error error = {0};
    struct running *running = list_command(runner, frame->request, request);
    int32_t time_ms;
    sbx_status status = SBX_OK;

    if (!running) {
        error_memory(&error, "a command");
        return send_failed(runner, frame->request, &error);
    }
    if (launch_command(&runner->context, request, running->launch, &running->launched, &error)) {
        unlist_command(running);
        return send_failed(runner, frame->request, &error);
    }
    if (running->launched.from_stage)
        status = terminal_listen(running);
    if (!status)
        status = tell_launched(running);
    if (status)
        goto free_running;

    /* Watched under the lock: the end may come at once, on another thread, and takes the lock before it touches the record. */
    time_ms = watch_time(request, &running->over_time_reason);
    AcquireSRWLockExclusive(&runner->lock);
    status = process_watch(running->launched.process.handle, time_ms, command_ended, running, &running->watch,
                           &error);
    running->started = !status;
    ReleaseSRWLockExclusive(&runner->lock);
    if (!status)
        return SBX_OK;

free_running:
    /* A command that cannot be watched, or whose caller is gone, must not go on; the runner ends with it. */
    launched_free(&running->launched);
    unlist_command(running);
    return status;
}

sbx_status handle_launch(struct runner *runner, const struct frame *frame)
{
    struct message_launch request = {0};
    sbx_status status;

    status = message_get_launch(frame, &request, NULL);
    if (status)
        return status;

    status = start_command(runner, frame, &request);

    /* Ours from the moment the frame was read, whatever came of it. */
    handle_close(handle_from_wire(request.input));
    handle_close(handle_from_wire(request.output));
    handle_close(handle_from_wire(request.error));
    message_free_launch(&request);
    return status;
}

struct running *find_running(struct runner *runner, uint32_t launch)
{
    struct running *running = find_listed(runner, launch);

    return running && running->started && !running->ended ? running : NULL;
}

sbx_status handle_terminate(struct runner *runner, const struct frame *frame)
{
    struct message_terminate request;
    struct running *running;
    sbx_status status;

    status = message_get_terminate(frame, &request, NULL);
    if (status)
        return status;

    /* One that has ended meanwhile is no error: its end is on the way to the caller. */
    AcquireSRWLockExclusive(&runner->lock);
    running = find_running(runner, request.launch);
    if (running) {
        if (running->asked_reason == EXIT_EXITED)
            running->asked_reason = request.reason;
        job_terminate(running->launched.job, request.exit_code, NULL);
    }
    ReleaseSRWLockExclusive(&runner->lock);
    return SBX_OK;
}
