/*
 * engine_run.c - commands: how they are started, what is kept of them, what clients ask of them.
 *
 * A run is held by its clients, by the list of active runs while anything of it is open, and by the records. What is
 * left of it in the records when all is over is this structure and its texts: no handle, no output.
 */
#include "base/memory.h"
#include "core/cmdline.h"
#include "core/excerpt.h"
#include "core/path.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "sbxcom/engine_private.h"

#include <string.h>

#define TERMINAL_COLUMNS 80
#define TERMINAL_ROWS    25

/* Life. */

static void free_run(struct engine_run *run)
{
    for (int stream = 0; stream < 2; stream++) {
        stream_clear(&run->output[stream].bytes);
        buffer_free(&run->output[stream].written.bytes);
    }
    stream_clear(&run->input_bytes);
    message_free_launched(&run->launched);
    violations_free(&run->violations);
    sbx_free(run->command);
    sbx_free(run->directory);
    sbx_free(run);
}

void run_unreference(struct engine_run *run)
{
    if (--run->references == 0)
        free_run(run);
}

void engine_run_drop(void *held)
{
    struct engine_run *run = held;
    struct engine *engine = run->engine;

    engine_lock(engine);
    run_unreference(run);
    engine_unlock(engine);
    engine_drop(engine);
}

void **engine_run_slot(struct engine_run *run)
{
    return &run->slot;
}

void runs_free(struct engine *engine)
{
    for (size_t i = 0; i < engine->record_count; i++)
        run_unreference(engine->records[i]);
    sbx_free(engine->records);
}

/* A client of a run is one of its engine: a process object alone keeps the session going. Locked. */
static void hold_run(struct engine_run *run)
{
    run->references++;
    run->clients++;
    run->engine->references++;
    run->engine->clients++;
}

void engine_run_hold(struct engine_run *run)
{
    engine_lock(run->engine);
    hold_run(run);
    engine_unlock(run->engine);
}

void engine_run_release(struct engine_run *run)
{
    struct engine *engine = run->engine;

    engine_lock(engine);
    if (--run->clients == 0) {
        /* Nobody can read it any more: what is there goes, what comes is dropped. Nor can anybody write. */
        for (int stream = 0; stream < 2; stream++) {
            stream_clear(&run->output[stream].bytes);
            run_pump_output(run, stream);
        }
        run->input_ending = true;
        run_pump_input(run);
        if (engine->untidy)
            engine_poke(engine);
    }
    run_unreference(run);
    engine_unlock(engine);
    engine_release(engine);
}

/* What the runner says. Locked, on the engine's thread. */

void run_launched(struct engine_run *run, const struct message_launched *launched)
{
    struct engine *engine = run->engine;

    run->launched = *launched;
    run->state = RUN_RUNNING;
    engine->untidy = true;
    if (!run->internal) {
        run->id = ++engine->last_id;
        run->references++;
        engine->records[engine->record_count++] = run;
        engine->starting_count--;
        run_hear_start(run);
    }
    if (run->abandoned)
        run_send_terminate(run, EXIT_CODE_ENDED, EXIT_TERMINATED);
    else if (run->truncated) /* there was no memory for its first output, before it ran */
        run_send_terminate(run, EXIT_CODE_ENDED, EXIT_OUTPUT_LIMIT);
}

void run_refused(struct engine_run *run)
{
    run->state = RUN_REFUSED;
    run_hear_nothing(run);
    if (!run->internal)
        run->engine->starting_count--;
    run_close_input(run);
    for (int stream = 0; stream < 2; stream++)
        run_close_output(run, stream);
    run->engine->untidy = true;
}

void run_exited(struct engine_run *run, const struct message_exited *end)
{
    run->state = RUN_EXITED;
    run->end = *end;
    run_is_over(run);
    run->engine->left_behind |= (run->flags & ENGINE_KEEP_DESCENDANTS) != 0;
    /* The limit may be found out only after the command has gone; it is no less over it. */
    if (run->truncated)
        run->end.reason = EXIT_OUTPUT_LIMIT;
    if (!(run->flags & ENGINE_KEEP_DESCENDANTS)) {
        run_close_input(run);
        /* Its tree is dead, so its pipes end at once, unless something that no job holds has their other ends. */
        run->give_up_ms = clock_monotonic_ms() + OUTPUT_WAIT_MS;
    }
    engine_wake(run->engine, run, WAKE_OUTPUT | WAKE_INPUT | WAKE_END);
    run->engine->untidy = true;
}

void run_lost(struct engine_run *run, enum exit_reason reason)
{
    struct message_exited end = {.exit_code = EXIT_CODE_ENDED, .reason = (uint8_t)reason};

    if (run->state == RUN_STARTING) {
        run_refused(run);
        return;
    }
    if (run->state == RUN_RUNNING) {
        end.elapsed_ms = clock_monotonic_ms() - run->started_ms;
        run_exited(run, &end);
    }
    /* Descendants that were to live on end with the session. What is held back will not be read. */
    run_close_input(run);
    run->give_up_ms = clock_monotonic_ms() + OUTPUT_WAIT_MS;
    for (int stream = 0; stream < 2; stream++) {
        if (!run->output[stream].reading)
            run_close_output(run, stream);
    }
}

/* Starting. */

static bool is_absolute(const char *path)
{
    bool letter = (path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z');

    if (letter && path[1] == ':')
        return path[2] == '\\' || path[2] == '/';
    return (path[0] == '\\' || path[0] == '/') && (path[1] == '\\' || path[1] == '/');
}

/* The workspace serves where it may not be written, too: whether a command may enter it is its token's matter. */
static bool may_be_directory(const struct boundary *boundary, const char *path)
{
    const struct boundary_place *place = boundary_place_for(boundary, path);

    return place ? place->right != BOUNDARY_DENY : path_holds(boundary->workspace, path);
}

/*
 * The final path, which the runner compares with what it opens: a folder in the workspace that a command has made a link
 * would lead the next one elsewhere.
 */
static sbx_status look_up_directory(const struct engine *engine, const char *path, char **directory,
                                    struct sbx_error *error)
{
    struct file_facts facts;
    sbx_status status = file_examine(path, &facts, error);

    if (status)
        return status;
    if (facts.kind != FILE_KIND_DIRECTORY)
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "The working directory %s is no folder.", path);
    else if (!may_be_directory(&engine->boundary, facts.path))
        status = error_set(error, SBX_E_ARGUMENT,
                           "The working directory %s (%s) is not in what the policy lets commands write or "
                           "read. Name one in "
                           "the workspace, or add it to /files/read.",
                           path, facts.path);
    if (!status) {
        *directory = sbx_strdup(facts.path);
        if (!*directory)
            status = error_memory(error, "the working directory");
    }
    file_facts_free(&facts);
    return status;
}

static sbx_status make_directory(const struct engine *engine, const char *wanted, char **directory,
                                 struct sbx_error *error)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    char shown[EXCERPT_SIZE];
    sbx_status status;

    if (!wanted || !*wanted)
        wanted = "";
    else if (path_form(wanted) == PATH_FORM_NETWORK)
        /* Not looked up: whoever does that shows the user's credentials to that machine. */
        return error_set(error, SBX_E_WORKSPACE_REFUSED,
                         "The working directory \"%s\" is on the network, where this computer's rules do not "
                         "hold. Name a folder in the workspace.",
                         excerpt(shown, wanted));
    else if (path_form(wanted) == PATH_FORM_DEVICE)
        return error_set(error, SBX_E_ARGUMENT,
                         "The working directory \"%s\" names a device. Name a folder in the workspace.",
                         excerpt(shown, wanted));
    else if (!is_absolute(wanted) && (wanted[0] == '\\' || wanted[0] == '/' || wanted[1] == ':'))
        return error_set(
            error, SBX_E_ARGUMENT,
            "The working directory \"%s\" depends on a current drive, which a session does not have. "
            "Write it with its drive and a backslash, or relative to the workspace.",
            excerpt(shown, wanted));

    if (!is_absolute(wanted)) {
        buffer_append_text(&path, engine->boundary.workspace);
        if (*wanted)
            buffer_append_text(&path, "\\");
    }
    buffer_append_text(&path, wanted);
    if (buffer_failed(&path))
        return error_memory(error, "the working directory");
    status = look_up_directory(engine, buffer_text(&path), directory, error);
    buffer_free(&path);
    return status;
}

/* As it was given; an array is shown quoted. */
static char *make_command_text(const struct command_text *text)
{
    struct sbx_buffer shown = SBX_BUFFER_EMPTY;

    if (text->line)
        return sbx_strdup(text->line);
    buffer_append(&shown, "", 0);
    for (size_t i = 0; i < text->arguments->count; i++) {
        if (i > 0)
            buffer_append_text(&shown, " ");
        cmdline_quote(&shown, text->arguments->items[i]);
    }
    return buffer_take(&shown, NULL);
}

/* In the unit that both the command's property and the policy's value are in. */
static sbx_status check_limit(const char *property, const char *pointer, uint64_t wanted, uint64_t allowed,
                              uint64_t unit, struct sbx_error *error)
{
    if (wanted <= allowed)
        return SBX_OK;
    return error_set(
        error, SBX_E_ARGUMENT,
        "%s is %llu, the policy's %s allows %llu. Ask for less, or raise the limit in the policy "
        "and call Provision again.",
        property, (unsigned long long)((wanted + unit - 1) / unit), pointer,
        (unsigned long long)(allowed / unit));
}

static sbx_status check_command(const struct engine *engine, const struct engine_command *command,
                                struct sbx_error *error)
{
    const struct boundary *boundary = &engine->boundary;
    sbx_status status;

    status = check_limit("MemoryLimitMB", "/limits/memoryMB", command->memory_size, boundary->memory_size,
                         1 << 20, error);
    if (!status)
        status = check_limit("ProcessLimit", "/limits/processes", command->process_count,
                             boundary->process_count, 1, error);
    if (!status)
        status = check_limit("OutputLimitMB", "/limits/outputMB", command->output_size, boundary->output_size,
                             1 << 20, error);
    return status;
}

static sbx_status make_run(struct engine *engine, const struct engine_command *command, bool internal,
                           struct engine_run **run, struct sbx_error *error)
{
    struct engine_run *made = sbx_alloc(sizeof *made);
    sbx_status status = SBX_OK;

    if (!made) {
        error_memory(error, "a command");
        return SBX_E_MEMORY;
    }
    made->engine = engine;
    made->flags = command->flags;
    made->internal = internal;
    made->encoding =
        command->flags & ENGINE_TERMINAL ? ENCODING_UTF8 : command->encoding; /* what consoles speak */
    made->output_size = command->output_size ? command->output_size : engine->boundary.output_size;
    made->input_ending = command->input != NULL;
    made->command = make_command_text(&command->text);
    if (!made->command ||
        (command->input_size && !stream_append(&made->input_bytes, command->input, command->input_size)))
        status = error_memory(error, "a command");
    if (!status)
        status = make_directory(engine, command->directory, &made->directory, error);
    if (status) {
        free_run(made);
        return status;
    }

    for (int stream = 0; stream < 2; stream++) {
        made->output[stream].operation =
            (struct operation){.kind = OPERATION_OUTPUT, .run = made, .stream = stream};
        made->output[stream].operation.loop.user = &made->output[stream].operation;
    }
    made->input_operation = (struct operation){.kind = OPERATION_INPUT, .run = made};
    made->input_operation.loop.user = &made->input_operation;
    *run = made;
    return SBX_OK;
}

/* A command's pipes before it is sent: our ends, and the child's ends as values in the runner. */
struct launch_pipes {
    sbx_handle ours[3]; /* input, output, error; NULL: none */
    uint64_t remote[3];
};

static void undo_pipes(struct engine *engine, struct launch_pipes *pipes)
{
    for (int i = 0; i < 3; i++) {
        if (pipes->remote[i])
            handle_take_back(engine->runner.handle, pipes->remote[i]);
        handle_close(pipes->ours[i]);
    }
}

static sbx_status make_pipe(struct engine *engine, enum pipe_direction direction, sbx_handle *ours,
                            uint64_t *remote, struct sbx_error *error)
{
    sbx_handle made = NULL, theirs = NULL;
    sbx_status status;

    status = pipe_create(direction, direction == PIPE_READ_BY_US ? OUTPUT_PIPE_SIZE : PIPE_BUFFER_SIZE, &made,
                         &theirs, error);
    if (status)
        return status;
    status = loop_attach(engine->loop, made, error);
    if (!status)
        status = handle_give(engine->runner.handle, theirs, true, remote, error);
    handle_close(theirs);
    if (status) {
        handle_close(made);
        return status;
    }
    *ours = made;
    return SBX_OK;
}

static sbx_status make_pipes(struct engine *engine, const struct engine_command *command,
                             struct launch_pipes *pipes, struct sbx_error *error)
{
    bool terminal = (command->flags & ENGINE_TERMINAL) != 0;
    bool wants_input = command->input ? command->input_size > 0 : !(command->flags & ENGINE_NO_INPUT);
    sbx_status status = SBX_OK;

    /* A terminal has both ends whoever writes to it, and both of the program's outputs are one there. */
    for (int i = wants_input || terminal ? 0 : 1; i < (terminal ? 2 : 3) && !status; i++)
        status = make_pipe(engine, i == 0 ? PIPE_WRITTEN_BY_US : PIPE_READ_BY_US, &pipes->ours[i],
                           &pipes->remote[i], error);
    return status;
}

/* What the runner needs to know; everything in it is lent, but for the handles. */
static void fill_request(struct engine_run *run, const struct engine_command *command,
                         const struct launch_pipes *pipes, struct message_launch *request)
{
    const struct boundary *boundary = &run->engine->boundary;

    request->is_line = command->text.line != NULL;
    if (request->is_line)
        request->arguments = (struct sbx_strings){&run->command, 1};
    else
        request->arguments = *command->text.arguments;
    request->directory = run->directory;
    if (command->environment) {
        request->environment = *command->environment;
        request->own_environment = true;
    }
    request->input = pipes->remote[0];
    request->output = pipes->remote[1];
    request->error = pipes->remote[2];
    request->limits.memory_size = command->memory_size ? command->memory_size : boundary->memory_size;
    request->limits.process_count = command->process_count ? command->process_count : boundary->process_count;
    request->limits.cpu_percent = boundary->cpu_percent;
    request->timeout_ms = command->timeout_ms;
    request->limit_ms = (uint64_t)boundary->seconds * 1000;
    request->tell_token = run->internal;
    request->terminal = (command->flags & ENGINE_TERMINAL) != 0;
    if (request->terminal) {
        request->columns = command->columns ? command->columns : TERMINAL_COLUMNS;
        request->rows = command->rows ? command->rows : TERMINAL_ROWS;
    }
    request->keep_descendants = (command->flags & ENGINE_KEEP_DESCENDANTS) != 0;
    memcpy(request->floor, run->engine->floor, sizeof request->floor);
}

/* Room for the record of one more starting run, so that its start cannot fail for it later. Locked. */
static sbx_status reserve_record(struct engine *engine, struct sbx_error *error)
{
    size_t needed = engine->record_count + engine->starting_count + 1;
    size_t capacity = engine->record_capacity ? engine->record_capacity : 32;
    struct engine_run **records;

    if (needed > engine->record_capacity) {
        while (capacity < needed)
            capacity *= 2;
        records = sbx_realloc(engine->records, capacity * sizeof *records);
        if (!records)
            return error_memory(error, "the list of processes");
        engine->records = records;
        engine->record_capacity = capacity;
    }
    engine->starting_count++;
    return SBX_OK;
}

/*
 * Makes the run known to the engine's thread, which does not leave while there is one: its loop and the runner's handle
 * can be used without the lock until the run is sent or refused. Locked.
 */
static sbx_status list_run(struct engine_run *run, struct sbx_error *error)
{
    struct engine *engine = run->engine;
    sbx_status status;

    status = engine_check_running(engine, error);
    if (!status && engine->gives_way)
        status =
            error_set(error, SBX_E_STATE,
                      "Provision is at work, and the session's account runs nothing meanwhile. Start the "
                      "command when it is done.");
    if (!status && !run->internal)
        status = reserve_record(engine, error);
    if (status)
        return status;

    run->launch = channel_next_request(engine);
    run->cancels = engine->cancels;
    run->preparing = true;
    run->next = engine->active;
    engine->active = run;
    run->references++;
    hold_run(run); /* the caller's */
    return SBX_OK;
}

/* Makes the pipes and the frame. Not locked: a dozen system calls. */
static sbx_status prepare_launch(struct engine_run *run, const struct engine_command *command,
                                 struct launch_pipes *pipes, struct channel_write **write,
                                 struct sbx_error *error)
{
    struct message_launch request = {0};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    sbx_status status;

    status = make_pipes(run->engine, command, pipes, error);
    if (status)
        return status;
    fill_request(run, command, pipes, &request);
    message_put_launch(&payload, &request);
    return channel_write_make(FRAME_LAUNCH, run->launch, &payload, write, error);
}

/* Takes `write`, and the pipes where it succeeds. Locked. */
static sbx_status send_launch(struct engine_run *run, struct channel_write *write,
                              const struct launch_pipes *pipes, struct sbx_error *error)
{
    sbx_status status;

    status = engine_check_running(run->engine, error);
    if (status) {
        channel_write_free(write);
        return status;
    }
    status = channel_send(run->engine, write, error);
    if (status)
        return status;

    run->started_ms = clock_monotonic_ms();
    run->input = pipes->ours[0];
    run->output[0].pipe = pipes->ours[1];
    run->output[1].pipe = pipes->ours[2];
    run_pump_output(run, 0);
    run_pump_output(run, 1);
    run_pump_input(run);
    return SBX_OK;
}

/* Waits until it runs or is refused. The caller's own reference stays. */
static sbx_status await_launch(struct call *call, struct engine_run *run, struct request *request,
                               struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    while (!request->answered && !status)
        status = call_wait(call, request, WAKE_ANSWER, error);
    if (request->answered)
        return request_end(request, status, error);

    if (status == SBX_E_TIMEOUT)
        error_set(
            error, SBX_E_TIMEOUT,
            "The command was not started within %d seconds; it is ended if it still comes. Look whether the "
            "program's file can be read, and try again.",
            LAUNCH_WAIT_MS / 1000);
    run->abandoned = true;
    return status;
}

static void tell_refusal(struct engine *engine, const struct command_text *text, const struct sbx_error *why)
{
    char *command;

    if (why->code == SBX_E_CLOSED || why->code == SBX_E_CANCELLED || why->code == SBX_E_RUNNER_LOST)
        return;
    command = make_command_text(text);
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (engine->transcript)
        transcript_refused(engine->transcript, command ? command : "", why, NULL);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
    sbx_free(command);
}

/* What cannot be done because the session has ended, or the runner has died this moment, has that one reason. Locked. */
static sbx_status explain(struct engine *engine, const struct sbx_error *why, struct sbx_error *error)
{
    sbx_status status = engine_check_running(engine, error);

    if (!status && !process_wait(engine->runner.handle, 0, NULL))
        status = engine_say_lost(error);
    if (!status) {
        status = why->code;
        if (error && !error->code)
            *error = *why;
    }
    return status;
}

/* Its time counts from here. */
static sbx_status await_toolchains(const struct engine_run *run, struct engine_command *command,
                                   struct sbx_error *error)
{
    uint64_t since_ms = clock_monotonic_ms(), waited_ms;
    sbx_status status = engine_await_later(run->engine, command, run->directory, error);

    waited_ms = clock_monotonic_ms() - since_ms;
    if (!status && command->timeout_ms)
        command->timeout_ms = command->timeout_ms > waited_ms ? command->timeout_ms - waited_ms : 1;
    return status;
}

sbx_status run_start(struct engine *engine, const struct engine_command *command, bool internal,
                     struct engine_run **run, struct sbx_error *error)
{
    struct launch_pipes pipes = {{NULL}, {0}};
    struct request request = {.error = error};
    struct engine_command timed = *command;
    struct sbx_error why = {0};
    struct channel_write *write = NULL;
    struct engine_run *made = NULL;
    struct call call;
    sbx_status status;

    status = make_run(engine, command, internal, &made, error);
    if (status)
        return status;
    if (!internal)
        status = await_toolchains(made, &timed, error);
    if (status) {
        free_run(made);
        return status;
    }

    call_begin(&call, engine, LAUNCH_WAIT_MS);
    status = list_run(made, error);
    if (status) {
        call_end(&call);
        free_run(made);
        return status;
    }
    engine_unlock(engine);
    status = prepare_launch(made, &timed, &pipes, &write, &why);
    engine_lock(engine);
    if (status)
        status = explain(engine, &why, error);

    if (!status)
        status = send_launch(made, write, &pipes, error);
    if (status) {
        undo_pipes(engine, &pipes);
        if (made->state == RUN_STARTING)
            run_refused(made);
        made->preparing = false;
        engine_poke(engine);
    } else {
        made->preparing = false;
        request.id = made->launch;
        request_list(engine, &request);
        status = await_launch(&call, made, &request, error);
        request_unlist(engine, &request);
    }
    call_end(&call);

    if (status) {
        engine_run_release(made);
        return status;
    }
    *run = made;
    return SBX_OK;
}

sbx_status engine_start(struct engine *engine, const struct engine_command *command, struct engine_run **run,
                        struct sbx_error *error)
{
    struct sbx_error own_error = {0};
    sbx_status status;

    if (!error)
        error = &own_error;
    status = check_command(engine, command, error);
    if (!status)
        status = run_start(engine, command, false, run, error);
    if (status)
        tell_refusal(engine, &command->text, error);
    return status;
}

/* Records. */

sbx_status engine_runs(struct engine *engine, struct engine_run ***runs, size_t *count,
                       struct sbx_error *error)
{
    struct engine_run **made;

    engine_lock(engine);
    made = sbx_alloc_array(engine->record_count, sizeof *made);
    if (made) {
        *count = engine->record_count;
        for (size_t i = 0; i < engine->record_count; i++) {
            made[i] = engine->records[i];
            hold_run(made[i]);
        }
    }
    engine_unlock(engine);
    if (!made)
        return error_memory(error, "the list of processes");
    *runs = made;
    return SBX_OK;
}

void engine_run_info(struct engine_run *run, struct engine_run_info *info)
{
    struct engine *engine = run->engine;

    engine_lock(engine);
    *info = (struct engine_run_info){
        .id = run->id,
        .process_id = run->launched.process_id,
        .command = run->command,
        .exited = run->state == RUN_EXITED,
        .end = run->end,
        .start_utc_ms = run->launched.start_utc_ms,
        .truncated = run->truncated,
        .terminal = (run->flags & ENGINE_TERMINAL) != 0,
        .measurement = &run->launched.measurement,
        .encoding = run->encoding,
    };
    info->elapsed_ms = info->exited ? run->end.elapsed_ms : clock_monotonic_ms() - run->started_ms;
    for (int stream = 0; stream < 2; stream++)
        info->at_end[stream] = run_output_ended(run, stream) && run->output[stream].bytes.size == 0;
    engine_unlock(engine);
}
