/*
 * serve.c - the runner's loop.
 *
 * One thread reads requests and carries them out in order; the ends of commands come on threads of the system's pool.
 * What they share (the list of running commands, the standard output) is guarded by one lock. A launch takes some
 * milliseconds and is done on the reading thread: a request waits for the launches before it, never for a command's
 * run or its output, which does not pass here at all.
 *
 * When the caller goes away the read ends, the runner exits, and the last handles of all jobs close with it: there is
 * no other clean-up that could be forgotten.
 */
#include "sbxrun/serve.h"

#include "base/memory.h"
#include "core/launch.h"
#include "core/message.h"
#include "core/version.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/pipe.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#define READ_SIZE           (64 * 1024)
#define END_WAIT_MS         5000 /* how long a terminated process may take to go */
#define EXIT_CODE_OVER_TIME 124  /* as timeout(1) has it */
#define INTERRUPT_WAIT_MS   3000

struct running {
    struct running *next;
    struct runner *runner;
    uint32_t launch; /* request id */
    struct launched launched;
    struct process_watch *watch;
    uint64_t started_ms;
    bool keep_descendants;
    struct job_limits
        limits; /* of its request, and below which its attestation may not fall: for the messenger */
    enum sbx_assurance floor[SBX_DOMAIN_COUNT];
    uint8_t over_time_reason; /* what it means when the watch times out */
    uint8_t asked_reason;     /* EXIT_EXITED until somebody ended it */
    bool ended;               /* reported; only the watch is left to be freed */
};

/* A messenger on its way, and the request that waits for what became of it. */
struct interrupt {
    struct interrupt *next;
    struct runner *runner;
    uint32_t request;
    struct launched messenger;
    struct process_watch *watch;
    bool ended; /* answered; only the watch is left to be freed */
};

struct runner {
    sbx_handle input;
    sbx_handle output;
    SRWLOCK lock; /* guards `running` and everything in it, `kept`, and whole frames on `output` */
    struct running *running;
    struct interrupt *interrupts; /* guarded as `running` is */
    sbx_handle *kept;             /* jobs whose command ended but whose descendants may go on */
    size_t kept_count;

    bool greeted;
    bool prepared;
    struct message_prepare session;
    struct launch_context context;
    sbx_handle token;
    char user_sid[SID_TEXT_SIZE];
    char *system_folder;
};

static sbx_status send_frame(struct runner *runner, uint16_t type, uint32_t request,
                             struct sbx_buffer *payload)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_E_MEMORY;

    if (!buffer_failed(payload))
        status = frame_encode(&bytes, type, request, payload->data, payload->size, NULL);
    if (!status) {
        AcquireSRWLockExclusive(&runner->lock);
        status = pipe_write(runner->output, bytes.data, bytes.size, NULL);
        ReleaseSRWLockExclusive(&runner->lock);
    }

    buffer_free(&bytes);
    buffer_free(payload);
    return status;
}

static sbx_status send_failed(struct runner *runner, uint32_t request, const struct sbx_error *error)
{
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;

    message_put_failed(&payload, error);
    return send_frame(runner, FRAME_FAILED, request, &payload);
}

static sbx_status send_empty(struct runner *runner, uint16_t type, uint32_t request)
{
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;

    return send_frame(runner, type, request, &payload);
}

/* Closes kept jobs that have become empty, so that a session of many such commands does not pile up handles. Locked. */
static void sweep_kept(struct runner *runner)
{
    size_t left = 0;

    for (size_t i = 0; i < runner->kept_count; i++) {
        struct job_usage usage;

        if (!job_measure(runner->kept[i], &usage, NULL) && usage.active_count == 0)
            handle_close(runner->kept[i]);
        else
            runner->kept[left++] = runner->kept[i];
    }
    runner->kept_count = left;
}

/* Takes the job out of `launched` and keeps it. Without memory for that the descendants end: the safe side. Locked. */
static void keep_job(struct runner *runner, struct launched *launched)
{
    sbx_handle *kept;

    sweep_kept(runner);
    kept = sbx_realloc(runner->kept, (runner->kept_count + 1) * sizeof *kept);
    if (!kept)
        return;
    runner->kept = kept;
    kept[runner->kept_count++] = launched->job;
    launched->job = NULL;
}

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

    measure_end(running, &exited);

    /* From here on no request finds it. */
    AcquireSRWLockExclusive(&runner->lock);
    running->ended = true;
    exited.reason = running->asked_reason;
    if (running->keep_descendants && exited.reason == EXIT_EXITED)
        keep_job(runner, &running->launched);
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

/* Frees the commands that were reported: a watch cannot be freed from its own call. On the reading thread. */
static void reap(struct runner *runner)
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

static sbx_status start_command(struct runner *runner, const struct frame *frame,
                                const struct message_launch *request)
{
    struct sbx_error error = {0};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct message_launched answer = {0};
    struct running *running = sbx_alloc(sizeof *running);
    uint32_t launch = frame->request;
    int32_t time_ms;
    sbx_status status;

    if (!running) {
        error_memory(&error, "command");
        return send_failed(runner, launch, &error);
    }

    running->runner = runner;
    running->launch = launch;
    running->keep_descendants = request->keep_descendants;
    running->limits = request->limits;
    memcpy(running->floor, request->floor, sizeof running->floor);
    running->started_ms = clock_monotonic_ms();
    time_ms = watch_time(request, &running->over_time_reason);

    if (launch_command(&runner->context, request, &running->launched, &error)) {
        sbx_free(running);
        return send_failed(runner, launch, &error);
    }

    /* Told before it is watched, so that its end never overtakes its beginning. */
    answer.process_id = running->launched.process.id;
    answer.start_utc_ms = running->launched.start_utc_ms;
    answer.measurement = running->launched.measurement;
    message_put_launched(&payload, &answer);
    status = send_frame(runner, FRAME_LAUNCHED, launch, &payload);
    if (status)
        goto free_running;

    /*
     * Listed and watched under the lock: the end may come at once, on another thread, and takes the lock before it
     * touches the record.
     */
    AcquireSRWLockExclusive(&runner->lock);
    running->next = runner->running;
    runner->running = running;
    status = process_watch(running->launched.process.handle, time_ms, command_ended, running, &running->watch,
                           &error);
    if (status)
        runner->running = running->next;
    ReleaseSRWLockExclusive(&runner->lock);
    if (status)
        goto free_running;
    return SBX_OK;

free_running:
    /* A command that cannot be watched, or whose caller is gone, must not go on; the runner ends with it. */
    launched_free(&running->launched);
    sbx_free(running);
    return status;
}

static sbx_status handle_launch(struct runner *runner, const struct frame *frame)
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

/* The running command of that request, or NULL. Locked. */
static struct running *find_running(struct runner *runner, uint32_t launch)
{
    for (struct running *running = runner->running; running; running = running->next) {
        if (running->launch == launch && !running->ended)
            return running;
    }
    return NULL;
}

static sbx_status handle_terminate(struct runner *runner, const struct frame *frame)
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

/* The messenger has ended, or takes too long. On a thread of the system's pool, once an interrupt. */
static void messenger_ended(void *context, bool timed_out)
{
    struct interrupt *interrupt = context;
    struct runner *runner = interrupt->runner;
    struct sbx_error error = {0};
    uint32_t exit_code = 0;
    sbx_status status = SBX_OK;

    if (timed_out)
        status = error_set(&error, SBX_E_TIMEOUT,
                           "The command's console did not take the interrupt in %d ms.", INTERRUPT_WAIT_MS);
    if (!status)
        status = process_exit_code(interrupt->messenger.process.handle, &exit_code, &error);
    if (!status && exit_code != 0)
        status = error_system(&error, "AttachConsole or GenerateConsoleCtrlEvent", exit_code);
    launched_free(&interrupt->messenger); /* ends one that hangs */

    status = status ? send_failed(runner, interrupt->request, &error)
                    : send_empty(runner, FRAME_DONE, interrupt->request);
    if (status)
        ExitProcess(1); /* as for the end of a command */
    AcquireSRWLockExclusive(&runner->lock);
    interrupt->ended = true;
    ReleaseSRWLockExclusive(&runner->lock);
}

static sbx_status launch_messenger(struct runner *runner, uint32_t process_id, const struct running *like,
                                   struct launched *messenger, struct sbx_error *error)
{
    struct message_launch request = {0};
    char *own_file = NULL;
    char number[16];
    sbx_status status;

    snprintf(number, sizeof number, "%lu", (unsigned long)process_id);
    request.directory = runner->system_folder;
    request.limits = like->limits;
    memcpy(request.floor, like->floor, sizeof request.floor);
    status = process_own_file(&own_file, error);
    if (!status &&
        (strings_append(&request.arguments, own_file) || strings_append(&request.arguments, "--interrupt") ||
         strings_append(&request.arguments, number)))
        status = error_memory(error, "an interrupt");
    if (!status)
        status = launch_command(&runner->context, &request, messenger, error);
    strings_free(&request.arguments);
    sbx_free(own_file);
    return status;
}

/*
 * Ctrl-C reaches a console's processes only from a process attached to that console. The runner does not attach itself:
 * with more rights than the command, it would be the one at the other end. A messenger with the command's own
 * token does, started as any command is, and its end is watched as any command's: a console that does not answer delays
 * nobody else's request. Answered by messenger_ended where this succeeds.
 */
static sbx_status send_interrupt(struct runner *runner, uint32_t request, uint32_t process_id,
                                 const struct running *like, struct sbx_error *error)
{
    struct interrupt *interrupt = sbx_alloc(sizeof *interrupt);
    sbx_status status;

    if (!interrupt)
        return error_memory(error, "an interrupt");
    interrupt->runner = runner;
    interrupt->request = request;
    status = launch_messenger(runner, process_id, like, &interrupt->messenger, error);
    if (status)
        goto free_interrupt;

    /* Under the lock, as a command is: its end may come at once. */
    AcquireSRWLockExclusive(&runner->lock);
    status = process_watch(interrupt->messenger.process.handle, INTERRUPT_WAIT_MS, messenger_ended, interrupt,
                           &interrupt->watch, error);
    if (!status) {
        interrupt->next = runner->interrupts;
        runner->interrupts = interrupt;
    }
    ReleaseSRWLockExclusive(&runner->lock);
    if (!status)
        return SBX_OK;
    launched_free(&interrupt->messenger);

free_interrupt:
    sbx_free(interrupt);
    return status;
}

/* As reap does for commands. */
static void reap_interrupts(struct runner *runner)
{
    struct interrupt *done = NULL;
    struct interrupt **link;

    AcquireSRWLockExclusive(&runner->lock);
    link = &runner->interrupts;
    while (*link) {
        struct interrupt *interrupt = *link;

        if (interrupt->ended) {
            *link = interrupt->next;
            interrupt->next = done;
            done = interrupt;
        } else {
            link = &interrupt->next;
        }
    }
    ReleaseSRWLockExclusive(&runner->lock);

    while (done) {
        struct interrupt *next = done->next;

        process_unwatch(done->watch);
        sbx_free(done);
        done = next;
    }
}

static sbx_status handle_interrupt(struct runner *runner, const struct frame *frame)
{
    struct sbx_error error = {0};
    struct message_terminate request;
    struct running *running;
    struct running like = {0}; /* a copy: the command may end meanwhile */
    uint32_t process_id = 0;
    sbx_status status;

    status = message_get_terminate(frame, &request, NULL);
    if (status)
        return status;

    AcquireSRWLockExclusive(&runner->lock);
    running = find_running(runner, request.launch);
    if (running) {
        like = *running;
        process_id = running->launched.process.id;
    }
    ReleaseSRWLockExclusive(&runner->lock);

    if (!running)
        error_set(&error, SBX_E_STATE, "The command has ended already; there is nobody to interrupt.");
    else if (!send_interrupt(runner, frame->request, process_id, &like, &error))
        return SBX_OK;
    return send_failed(runner, frame->request, &error);
}

static sbx_status handle_hello(struct runner *runner, const struct frame *frame)
{
    struct message_hello caller = {0};
    struct message_hello own = {0};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    char version[] = SBX_VERSION;
    sbx_status status;

    status = message_get_hello(frame, &caller, NULL);
    if (status)
        return status;
    runner->greeted = !strcmp(caller.version, SBX_VERSION);
    message_free_hello(&caller);

    /* Answered in any case: the caller's text names both versions. Nothing else is served to another version. */
    own.version = version;
    own.process_id = process_own_id();
    message_put_hello(&payload, &own);
    return send_frame(runner, FRAME_READY, frame->request, &payload);
}

static sbx_status handle_prepare(struct runner *runner, const struct frame *frame)
{
    struct sbx_error error = {0};
    sbx_status status;

    status = message_get_prepare(frame, &runner->session, NULL);
    if (status)
        return status;
    runner->prepared =
        true; /* a second one is refused, also after a failure: there is one session a runner */

    if (token_make(&runner->session.recipe, &runner->token, &error))
        return send_failed(runner, frame->request, &error);

    runner->context.recipe = &runner->session.recipe;
    runner->context.token = runner->token;
    runner->context.user_sid = runner->user_sid;
    runner->context.system_folder = runner->system_folder;
    runner->context.environment = &runner->session.environment;
    return send_empty(runner, FRAME_PREPARED, frame->request);
}

/* Carries out one request. Any failure ends the runner; what concerns one request alone was answered with FRAME_FAILED. */
static sbx_status handle_frame(struct runner *runner, const struct frame *frame, bool *close)
{
    if (frame->type == FRAME_HELLO)
        return runner->greeted ? SBX_E_RUNNER_PROTOCOL : handle_hello(runner, frame);
    if (!runner->greeted)
        return SBX_E_RUNNER_PROTOCOL;
    if (frame->type == FRAME_CLOSE) {
        *close = true;
        return SBX_OK;
    }
    if (frame->type == FRAME_PREPARE)
        return runner->prepared ? SBX_E_RUNNER_PROTOCOL : handle_prepare(runner, frame);
    if (!runner->token)
        return SBX_E_RUNNER_PROTOCOL;

    switch (frame->type) {
    case FRAME_LAUNCH:
        return handle_launch(runner, frame);
    case FRAME_TERMINATE:
        return handle_terminate(runner, frame);
    case FRAME_INTERRUPT:
        return handle_interrupt(runner, frame);
    default:
        return SBX_E_RUNNER_PROTOCOL;
    }
}

static sbx_status read_requests(struct runner *runner)
{
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    uint8_t *bytes = sbx_alloc(READ_SIZE);
    bool close = false;
    sbx_status status = bytes ? SBX_OK : SBX_E_MEMORY;

    while (!status && !close) {
        struct frame frame;
        size_t got = 0;

        status = frame_next(&decoder, &frame, NULL);
        if (!status) {
            reap(runner);
            reap_interrupts(runner);
            status = handle_frame(runner, &frame, &close);
        } else if (status == SBX_E_TIMEOUT) {
            status = pipe_read(runner->input, bytes, READ_SIZE, &got, NULL);
            if (!status)
                status = got ? frame_feed(&decoder, bytes, got, NULL) : SBX_E_CLOSED;
        }
    }

    frame_decoder_free(&decoder);
    sbx_free(bytes);
    return status;
}

int runner_serve(void)
{
    /* Static: calls of the system's pool may still come while the process ends. */
    static struct runner runner = {.lock = SRWLOCK_INIT};

    runner.input = process_standard(0);
    runner.output = process_standard(1);
    if (!runner.input || !runner.output)
        return 1;

    /*
     * Nothing is served before the process is locked: at the restricted level a command is the same user, and without
     * the lock it could open the runner and with it every right that the runner kept. No SID is admitted; the caller
     * lives on the handle that creation gave it.
     */
    if (process_lock_self(NULL, NULL))
        return 1;
    if (identity_user_sid(runner.user_sid, NULL) || folder_path(FOLDER_SYSTEM, &runner.system_folder, NULL))
        return 1;

    return read_requests(&runner) == SBX_OK ? 0 : 1;
}
