/*
 * engine_client.c - what clients do with a command: wait for it, read, write, end it, collect.
 */
#include "base/memory.h"
#include "sbxcom/engine_private.h"

/* Whatever a client did may have closed a pipe; the engine's thread puts the run away then. Ends the call. */
static void leave(struct call *call)
{
    if (call->engine->untidy)
        engine_poke(call->engine);
    call_end(call);
}

/* Its end is reported to those who take its output as a whole when that is whole. */
static bool is_finished(const struct engine_run *run)
{
    if (run->state != RUN_EXITED)
        return false;
    return !(run->flags & ENGINE_COLLECT) || (run_output_ended(run, 0) && run_output_ended(run, 1));
}

sbx_status engine_run_wait(struct engine_run *run, int32_t timeout_ms, bool *exited, struct sbx_error *error)
{
    struct call call;
    sbx_status status = SBX_OK;

    call_begin(&call, run->engine, timeout_ms);
    while (!is_finished(run) && !status)
        status = call_wait(&call, run, WAKE_END, error);
    call_end(&call);

    if (status && status != SBX_E_TIMEOUT)
        return status;
    *exited = !status;
    return SBX_OK;
}

/* Reading. */

/* How many bytes may be taken now; 0: wait, unless the stream has ended. */
static size_t takeable(struct engine_run *run, int stream, bool line, size_t most)
{
    struct run_output *output = &run->output[stream];
    size_t size = output->bytes.size;

    if (line && size > 0) {
        size_t line_size = stream_line(&output->bytes);

        if (line_size)
            size = line_size;
        else if (size < most && size < run->output_size && !run_output_ended(run, stream))
            size = 0; /* the rest of the line may still come */
    }
    return size < most ? size : most;
}

sbx_status engine_run_read(struct engine_run *run, int stream, bool line, size_t most, int32_t timeout_ms,
                           struct sbx_buffer *out, bool *end, struct sbx_error *error)
{
    struct run_output *output = &run->output[stream];
    struct call call;
    size_t size = 0;
    sbx_status status = SBX_OK;

    if (run->flags & ENGINE_COLLECT)
        return error_set(error, SBX_E_STATE,
                         "This process collects its output. Take it with Collect, or start it without "
                         "sbxSpawnCollect to read it as it comes.");
    if (most == 0)
        return error_set(error, SBX_E_ARGUMENT, "At least one byte must be asked for.");

    call_begin(&call, run->engine, timeout_ms);
    output->readers++;
    while (!status) {
        size = takeable(run, stream, line, most);
        if (size > 0 || run_output_ended(run, stream))
            break;
        run_pump_output(run, stream); /* it may have been held back for the other stream's sake */
        status = call_wait(&call, run, WAKE_OUTPUT, error);
    }
    output->readers--;

    if (!status && size > 0 && !stream_take(&output->bytes, size, out))
        status = error_memory(error, "output that was read");
    if (!status) {
        *end = size == 0;
        for (int other = 0; other < 2; other++)
            run_pump_output(run, other); /* there is room again */
    }
    leave(&call);
    if (status == SBX_E_TIMEOUT)
        error_set(
            error, SBX_E_TIMEOUT,
            "The command has written nothing more in time. Read again, with a longer timeoutMs or none.");
    return status;
}

sbx_status engine_run_unread(struct engine_run *run, int stream, const void *bytes, size_t size,
                             struct sbx_error *error)
{
    bool done;

    engine_lock(run->engine);
    done = stream_unread(&run->output[stream].bytes, bytes, size);
    engine_unlock(run->engine);
    return done ? SBX_OK : error_memory(error, "output that was read");
}

sbx_status engine_run_collect(struct engine_run *run, int32_t timeout_ms, struct sbx_buffer out[2],
                              bool *truncated, struct sbx_error *error)
{
    struct stream taken[2] = {{0}, {0}};
    struct sbx_buffer made[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    bool interrupted;
    struct call call;
    sbx_status status = SBX_OK;

    if (!(run->flags & ENGINE_COLLECT))
        return error_set(
            error, SBX_E_STATE,
            "This process does not collect its output. Start it with sbxSpawnCollect, or read it.");

    call_begin(&call, run->engine, timeout_ms);
    if (run->flags & ENGINE_WAITED)
        call.cancels = run->cancels; /* a Cancel between the start and this wait counts */
    while (!is_finished(run) && !status)
        status = call_wait(&call, run, WAKE_END, error);
    /* A Run that was cut off by the session's end has no result, even where it learns that only now. */
    interrupted = run->end.reason == EXIT_SESSION_CLOSED || run->end.reason == EXIT_RUNNER_LOST;
    if (!status && (run->flags & ENGINE_WAITED) && interrupted)
        status = engine_check_running(run->engine, error);
    if (status == SBX_E_CANCELLED && (run->flags & ENGINE_WAITED))
        run_send_terminate(run, EXIT_CODE_ENDED, EXIT_TERMINATED);
    if (!status && run->collected)
        status = error_set(error, SBX_E_STATE, "The output was collected already. Keep the first result.");
    if (!status) {
        run->collected = true;
        *truncated = run->truncated;
        for (int stream = 0; stream < 2; stream++) {
            taken[stream] = run->output[stream].bytes;
            run->output[stream].bytes = (struct stream){0};
        }
    }
    leave(&call);
    if (status == SBX_E_TIMEOUT)
        error_set(error, SBX_E_TIMEOUT, "The command has not ended in time. Collect again, or Terminate it.");
    if (status)
        return status;

    /* Without the lock: it may be a policy's worth of megabytes. */
    for (int stream = 0; stream < 2 && !status; stream++) {
        if (!stream_take(&taken[stream], taken[stream].size, &made[stream]))
            status = error_memory(error, "collected output");
    }
    for (int stream = 0; stream < 2; stream++) {
        stream_clear(&taken[stream]);
        if (status)
            buffer_free(&made[stream]);
        else
            out[stream] = made[stream];
    }
    return status;
}

/* Writing. */

static sbx_status check_input(const struct engine_run *run, struct sbx_error *error)
{
    const uint32_t nobody_types = ENGINE_TERMINAL | ENGINE_NO_INPUT;

    if (run->input && !run->input_ending && (run->flags & nobody_types) != nobody_types)
        return SBX_OK;
    if (run->state == RUN_EXITED)
        return error_set(error, SBX_E_STATE, "The command has ended; nobody reads its input any more.");
    return error_set(error, SBX_E_STATE,
                     "The command has no input (any more): it was started without, it has closed its end, or "
                     "CloseInput was called. Start it anew to write to it.");
}

sbx_status engine_run_write(struct engine_run *run, const void *bytes, size_t size, struct sbx_error *error)
{
    struct call call;
    sbx_status status;

    call_begin(&call, run->engine, -1);
    status = check_input(run, error);
    while (!status && run->input_bytes.size > INPUT_QUEUE_SIZE) {
        status = call_wait(&call, run, WAKE_INPUT, error);
        if (!status)
            status = check_input(run, error);
    }
    if (!status && size > 0 && !stream_append(&run->input_bytes, bytes, size))
        status = error_memory(error, "input for a command");
    if (!status)
        run_pump_input(run);
    leave(&call);
    return status;
}

sbx_status engine_run_close_input(struct engine_run *run, struct sbx_error *error)
{
    struct call call;

    (void)error;
    call_begin(&call, run->engine, -1);
    run->input_ending = true;
    run_pump_input(run);
    leave(&call);
    return SBX_OK;
}

/* Ending. */

void run_send_terminate(struct engine_run *run, uint32_t exit_code, enum exit_reason reason)
{
    struct message_terminate message = {run->launch, exit_code, (uint8_t)reason};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct engine *engine = run->engine;
    struct channel_write *write;

    if (run->state != RUN_RUNNING || engine->state != ENGINE_RUNNING)
        return;
    message_put_terminate(&payload, &message);
    if (!channel_write_make(FRAME_TERMINATE, channel_next_request(engine), &payload, &write, NULL))
        channel_send(engine, write, NULL);
}

sbx_status engine_run_terminate(struct engine_run *run, uint32_t exit_code, enum exit_reason reason,
                                struct sbx_error *error)
{
    (void)error;
    engine_lock(run->engine);
    run_send_terminate(run, exit_code, reason);
    engine_unlock(run->engine);
    return SBX_OK;
}

/* The console's host makes a Ctrl-C event of it, or hands it on as a key to a program that asked for that. */
static sbx_status type_interrupt(struct engine_run *run, struct sbx_error *error)
{
    struct call call;
    sbx_status status = SBX_OK;

    call_begin(&call, run->engine, -1);
    if (!run->input)
        status =
            error_set(error, SBX_E_STATE, "The command has ended already; there is nobody to interrupt.");
    else if (!stream_append(&run->input_bytes, "\x03", 1))
        status = error_memory(error, "input for a command");
    else
        run_pump_input(run);
    leave(&call);
    return status;
}

sbx_status engine_run_resize(struct engine_run *run, int32_t columns, int32_t rows, struct sbx_error *error)
{
    struct message_resize message = {run->launch, (uint32_t)columns, (uint32_t)rows};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct request request;
    sbx_status status;

    if (columns < 1 || columns > CONSOLE_MOST_CELLS || rows < 1 || rows > CONSOLE_MOST_CELLS)
        return error_set(error, SBX_E_ARGUMENT,
                         "A terminal of %ld columns and %ld rows cannot be. Each is 1 to %d.", (long)columns,
                         (long)rows, CONSOLE_MOST_CELLS);
    if (!(run->flags & ENGINE_TERMINAL))
        return error_set(
            error, SBX_E_STATE,
            "This command has no terminal. Start it with sbxSpawnTerminal, or with CreateCommand's Terminal "
            "set.");
    message_put_resize(&payload, &message);
    status = channel_ask(run->engine, FRAME_RESIZE, &payload, INTERRUPT_WAIT_MS, &request, error);
    if (status == SBX_E_TIMEOUT)
        error_set(error, SBX_E_TIMEOUT, "The terminal did not take its new size in time. Try again.");
    return status;
}

sbx_status engine_run_interrupt(struct engine_run *run, struct sbx_error *error)
{
    struct message_terminate message = {.launch = run->launch};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct request request;
    sbx_status status;

    if (run->flags & ENGINE_TERMINAL)
        return type_interrupt(run, error);
    message_put_terminate(&payload, &message);
    status = channel_ask(run->engine, FRAME_INTERRUPT, &payload, INTERRUPT_WAIT_MS, &request, error);
    if (status == SBX_E_TIMEOUT)
        error_set(error, SBX_E_TIMEOUT, "The command could not be interrupted in time. Terminate ends it.");
    return status;
}
