/*
 * engine_channel.c - frames to and from the runner, and the engine's thread.
 *
 * Frames are written by whoever has something to say: an overlapped write on a pipe is queued whole, in order, and its
 * bytes live until its event comes. Everything that comes back, and every read and write of the commands' pipes, ends on
 * one thread, which never calls a client and never waits for one.
 */
#include "base/memory.h"
#include "os/clock.h"
#include "sbxcom/engine_private.h"
#include "sbxcom/module.h"

#include <string.h>

#define WAIT_FAILED_PAUSE_MS 50

/* Out. */

sbx_status channel_write_make(uint16_t type, uint32_t request, struct sbx_buffer *payload,
                              struct channel_write **write, struct sbx_error *error)
{
    struct channel_write *made = sbx_alloc(sizeof *made);
    sbx_status status = SBX_OK;

    if (!made || buffer_failed(payload))
        status = error_memory(error, "a message to the runner");
    else
        status = frame_encode(&made->bytes, type, request, payload->data, payload->size, error);
    buffer_free(payload);
    if (status) {
        channel_write_free(made);
        return status;
    }
    made->operation.loop.user = &made->operation;
    made->operation.kind = OPERATION_CHANNEL_WRITE;
    *write = made;
    return SBX_OK;
}

void channel_write_free(struct channel_write *write)
{
    if (!write)
        return;
    buffer_free(&write->bytes);
    sbx_free(write);
}

sbx_status channel_send(struct engine *engine, struct channel_write *write, struct sbx_error *error)
{
    sbx_status status = SBX_E_CLOSED;

    if (engine->to_runner)
        status =
            loop_write(engine->to_runner, write->bytes.data, write->bytes.size, &write->operation.loop, NULL);
    if (!status) {
        engine->operations++;
        return SBX_OK;
    }
    channel_write_free(write);
    /* The read of the channel ends as well, and with it the session; this call need not wait for it. */
    return engine_say_lost(error);
}

uint32_t channel_next_request(struct engine *engine)
{
    if (++engine->last_request == 0)
        engine->last_request = 1; /* 0 is no request */
    return engine->last_request;
}

void request_list(struct engine *engine, struct request *request)
{
    request->next = engine->requests;
    engine->requests = request;
}

void request_unlist(struct engine *engine, struct request *request)
{
    struct request **link = &engine->requests;

    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
}

/*
 * What a wait for an answer comes to. The answer may have come together with what ended the wait: a good one then counts and
 * takes the wait's text back, a bad one is not told, because the text is the wait's already.
 */
sbx_status request_end(const struct request *request, sbx_status waited, struct sbx_error *error)
{
    if (!request->answered || (waited && request->status))
        return waited;
    if (waited && error) {
        error->code = SBX_OK;
        error->text[0] = '\0';
    }
    return request->status;
}

sbx_status channel_ask(struct engine *engine, uint16_t type, struct sbx_buffer *payload, int32_t timeout_ms,
                       struct request *request, struct sbx_error *error)
{
    struct channel_write *write;
    struct call call;
    sbx_status status;

    memset(request, 0, sizeof *request);
    request->error = error;
    call_begin(&call, engine, timeout_ms);
    request->id = channel_next_request(engine);
    status = engine_check_running(engine, error);
    if (status) {
        buffer_free(payload);
        goto unlock;
    }
    status = channel_write_make(type, request->id, payload, &write, error);
    if (status)
        goto unlock;
    status = channel_send(engine, write, error);
    if (status)
        goto unlock;

    request_list(engine, request);
    while (!request->answered && !status)
        status = call_wait(&call, request, WAKE_ANSWER, error);
    request_unlist(engine, request);
    status = request_end(request, status, error);

unlock:
    call_end(&call);
    return status;
}

/* In. Everything below runs on the engine's thread, locked unless it says otherwise. */

static struct request *find_request(struct engine *engine, uint32_t id)
{
    struct request *request = engine->requests;

    while (request && request->id != id)
        request = request->next;
    return request;
}

static struct engine_run *find_run(struct engine *engine, uint32_t launch)
{
    struct engine_run *run = engine->active;

    while (run && run->launch != launch)
        run = run->next;
    return run;
}

/* One that nobody waits for any more is no error: its asker has given up. */
static void answer(struct engine *engine, uint32_t id, sbx_status status)
{
    struct request *request = find_request(engine, id);

    if (!request)
        return;
    request->answered = true;
    request->status = status;
    engine_wake(engine, request, WAKE_ANSWER);
}

static sbx_status take_ready(struct engine *engine, const struct frame *frame)
{
    struct request *request = find_request(engine, frame->request);
    struct message_hello hello = {0};
    sbx_status status = message_get_hello(frame, &hello, NULL);

    if (status)
        return status;
    if (request) {
        request->version = hello.version;
        hello.version = NULL;
    }
    message_free_hello(&hello);
    answer(engine, frame->request, SBX_OK);
    return SBX_OK;
}

static sbx_status take_launched(struct engine *engine, const struct frame *frame)
{
    struct engine_run *run = find_run(engine, frame->request);
    struct message_launched launched = {0};
    sbx_status status = message_get_launched(frame, &launched, NULL);

    if (status)
        return status;
    if (!run || run->state != RUN_STARTING) {
        message_free_launched(&launched);
        return SBX_E_RUNNER_PROTOCOL;
    }
    run_launched(run, &launched);
    answer(engine, frame->request, SBX_OK);
    return SBX_OK;
}

static sbx_status take_exited(struct engine *engine, const struct frame *frame)
{
    struct engine_run *run = find_run(engine, frame->request);
    struct message_exited exited;
    sbx_status status = message_get_exited(frame, &exited, NULL);

    if (status)
        return status;
    if (!run || run->state != RUN_RUNNING)
        return SBX_E_RUNNER_PROTOCOL;
    run_look(run);
    run_exited(run, &exited);
    return SBX_OK;
}

static sbx_status take_failed(struct engine *engine, const struct frame *frame)
{
    struct engine_run *run = find_run(engine, frame->request);
    struct request *request = find_request(engine, frame->request);
    struct sbx_error failure;
    sbx_status status = message_get_failed(frame, &failure, NULL);

    if (status)
        return status;
    if (run) {
        if (run->state != RUN_STARTING)
            return SBX_E_RUNNER_PROTOCOL;
        run_refused(run);
    }
    if (request && request->error && !request->error->code)
        *request->error = failure;
    answer(engine, frame->request, failure.code);
    return SBX_OK;
}

static sbx_status take_frame(struct engine *engine, const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_READY:
        return take_ready(engine, frame);
    case FRAME_LAUNCHED:
        return take_launched(engine, frame);
    case FRAME_EXITED:
        return take_exited(engine, frame);
    case FRAME_FAILED:
        return take_failed(engine, frame);
    case FRAME_PREPARED:
    case FRAME_DONE:
        if (frame->payload_size)
            return SBX_E_RUNNER_PROTOCOL;
        answer(engine, frame->request, SBX_OK);
        return SBX_OK;
    default:
        return SBX_E_RUNNER_PROTOCOL;
    }
}

static void end_channel(struct engine *engine)
{
    enum exit_reason reason;

    if (engine->state == ENGINE_RUNNING)
        engine->state = ENGINE_LOST;
    reason = engine->state == ENGINE_CLOSED ? EXIT_SESSION_CLOSED : EXIT_RUNNER_LOST;

    if (engine->channel_reading)
        loop_cancel(engine->from_runner);
    handle_close(engine->from_runner);
    loop_cancel(engine->to_runner);
    handle_close(engine->to_runner);
    engine->from_runner = engine->to_runner = NULL;

    changes_stop(engine);
    for (struct engine_run *run = engine->active; run; run = run->next)
        run_lost(run, reason);
    engine_wake(engine, NULL, ~0u);
    engine->untidy = true;
}

static void read_channel(struct engine *engine)
{
    if (loop_read(engine->from_runner, engine->channel_bytes, CHANNEL_READ_SIZE, &engine->channel_read.loop,
                  NULL)) {
        end_channel(engine);
        return;
    }
    engine->channel_reading = true;
    engine->operations++;
}

static void channel_event(struct engine *engine, const struct loop_event *event)
{
    struct frame frame;
    sbx_status status;

    engine->channel_reading = false;
    if (!engine->from_runner)
        return;
    if (event->ended) {
        end_channel(engine);
        return;
    }

    status = frame_feed(&engine->decoder, engine->channel_bytes, event->size, NULL);
    while (!status) {
        status = frame_next(&engine->decoder, &frame, NULL);
        if (!status)
            status = take_frame(engine, &frame);
    }
    /* Anything else than "needs more bytes" is a runner that cannot be talked to, or no memory to do so. */
    if (status == SBX_E_TIMEOUT)
        read_channel(engine);
    else
        end_channel(engine);
}

static void take_event(struct engine *engine, const struct loop_event *event)
{
    struct operation *operation = event->operation->user;

    if (operation->kind == OPERATION_WAKE) {
        engine->wake_posted = false;
        return;
    }
    engine->operations--;
    switch (operation->kind) {
    case OPERATION_CHANNEL_READ:
        channel_event(engine, event);
        break;
    case OPERATION_CHANNEL_WRITE:
        channel_write_free(CONTAINING_RECORD(operation, struct channel_write, operation));
        break;
    case OPERATION_OUTPUT:
        run_output_event(operation->run, operation->stream, event);
        break;
    case OPERATION_INPUT:
        run_input_event(operation->run, event);
        break;
    case OPERATION_CHANGES:
        changes_event(engine, event);
        break;
    case OPERATION_WAKE:
        break;
    }
}

/* Time. */

/* The earliest moment at which something is to be given up; UINT64_MAX for none. */
static uint64_t next_deadline(const struct engine *engine)
{
    uint64_t deadline_ms = UINT64_MAX;

    if (engine->close_ms && engine->from_runner)
        deadline_ms = engine->close_ms;
    for (const struct engine_run *run = engine->active; run; run = run->next) {
        if (run->give_up_ms && run->give_up_ms < deadline_ms)
            deadline_ms = run->give_up_ms;
    }
    if (engine_next_writing(engine) < deadline_ms)
        deadline_ms = engine_next_writing(engine);
    return deadline_ms;
}

static void keep_deadlines(struct engine *engine)
{
    uint64_t now_ms = clock_monotonic_ms();

    if (engine->close_ms && engine->from_runner && now_ms >= engine->close_ms)
        end_channel(engine);
    if (now_ms >= engine_next_writing(engine))
        engine->untidy = true;
    for (struct engine_run *run = engine->active; run; run = run->next) {
        if (!run->give_up_ms || now_ms < run->give_up_ms)
            continue;
        run->give_up_ms = 0;
        /* A stream that is held back has bytes to come, which its client may want yet: unless the session is over. */
        for (int stream = 0; stream < 2; stream++) {
            if (run->output[stream].reading || engine->state != ENGINE_RUNNING)
                run_close_output(run, stream);
        }
    }
}

/* Order. */

/* Writes down what happened, without the lock while it does, and lets go of the runs that have settled. */
static void tidy(struct engine *engine)
{
    struct engine_run *run;
    struct engine_run **link;

    engine->untidy = false;
    engine_write_down(engine);

    link = &engine->active;
    while (*link) {
        run = *link;
        if ((run->state == RUN_EXITED || run->state == RUN_REFUSED) && !run->preparing &&
            run_pipes_closed(run)) {
            *link = run->next;
            run->next = NULL;
            run_unreference(run);
        } else {
            link = &run->next;
        }
    }
}

/* The thread. */

static void serve(struct engine *engine)
{
    for (;;) {
        struct loop_event event;
        uint64_t deadline_ms, now_ms = 0;
        int32_t wait_ms = -1;
        sbx_status status;
        bool ended, done;

        engine_lock(engine);
        while (engine->untidy)
            tidy(engine);
        deadline_ms = next_deadline(engine);
        ended = !engine->from_runner;
        done = ended && engine->operations == 0 && !engine->active;
        engine_unlock(engine);
        if (ended)
            engine_end_runner(engine);
        if (done)
            return;

        if (deadline_ms != UINT64_MAX) {
            now_ms = clock_monotonic_ms();
            wait_ms = deadline_ms > now_ms ? (int32_t)(deadline_ms - now_ms) : 0;
        }
        status = loop_wait(engine->loop, wait_ms, &event, NULL);
        if (status && status != SBX_E_TIMEOUT)
            Sleep(WAIT_FAILED_PAUSE_MS);

        engine_lock(engine);
        if (!status)
            take_event(engine, &event);
        if (deadline_ms != UINT64_MAX)
            keep_deadlines(engine);
        engine_unlock(engine);
    }
}

static void engine_thread(void *context)
{
    struct engine *engine = context;

    engine_lock(engine);
    read_channel(engine);
    engine_unlock(engine);
    serve(engine);
    engine_dismantle(engine);
    engine_drop(engine);
}

sbx_status channel_start(struct engine *engine, struct sbx_error *error)
{
    sbx_status status;

    engine->channel_read.loop.user = &engine->channel_read;
    engine->channel_read.kind = OPERATION_CHANNEL_READ;
    engine->wake.loop.user = &engine->wake;
    engine->wake.kind = OPERATION_WAKE;

    engine->references++; /* the thread's */
    status = module_start_worker(engine_thread, engine, NULL, error);
    if (status)
        engine->references--;
    return status;
}
