/*
 * engine_pipe.c - one command's pipes: what is in flight, when reading stops, and how they end.
 *
 * Output is read as long as somebody may want it and there is room, or nobody wants it at all: then it is read into
 * the engine's scratch, so that a command is never held up by a client that went away. A Spawn without
 * COLLECT stops being read when its unread bytes reach the output limit (its writes block then, as on any full
 * pipe) and goes on when something is read. A collecting one is ended at the limit and its first part kept.
 */
#include "os/clock.h"
#include "sbxcom/engine_private.h"

#define WRITE_SIZE \
    (64 * 1024) /* at once: the system keeps the bytes of a pending write in memory of its own */

#define END_OF_FILE "\x1A\r" /* Ctrl-Z and Enter */

static size_t unread_size(const struct engine_run *run)
{
    return run->output[0].bytes.size + run->output[1].bytes.size;
}

/*
 * A stream that somebody waits for is held back by its own bytes alone: the limit may have been filled by the other
 * one, which that somebody will not read before this one has said something.
 */
static bool is_held_back(const struct engine_run *run, const struct run_output *output)
{
    if ((run->flags & ENGINE_COLLECT) || unread_size(run) < run->output_size)
        return false;
    return output->readers == 0 || output->bytes.size >= run->output_size;
}

/* No more memory, or the limit of a collecting command: what came so far is kept, the rest is not. */
static void truncate_run(struct engine_run *run)
{
    run->truncated = true;
    if (run->state == RUN_EXITED) /* its end was told before its last output */
        run->end.reason = EXIT_OUTPUT_LIMIT;
    run_send_terminate(run, EXIT_CODE_ENDED, EXIT_OUTPUT_LIMIT);
}

bool run_output_ended(const struct engine_run *run, int stream)
{
    return !run->output[stream].pipe && !run->output[stream].reading;
}

bool run_pipes_closed(const struct engine_run *run)
{
    return run_output_ended(run, 0) && run_output_ended(run, 1) && !run->input && !run->writing;
}

static void output_has_ended(struct engine_run *run, int stream)
{
    stream_end(&run->output[stream].bytes);
    engine_wake(run->engine, run, WAKE_OUTPUT | WAKE_END);
    run->engine->untidy = true;
}

void run_close_output(struct engine_run *run, int stream)
{
    struct run_output *output = &run->output[stream];

    if (!output->pipe)
        return;
    if (output->reading)
        loop_cancel(output->pipe); /* its event comes, and with it the end */
    handle_close(output->pipe);
    output->pipe = NULL;
    if (!output->reading)
        output_has_ended(run, stream);
}

void run_pump_output(struct engine_run *run, int stream)
{
    struct run_output *output = &run->output[stream];
    struct engine *engine = run->engine;
    void *room = NULL;
    size_t room_size = CHANNEL_READ_SIZE;
    bool is_heard = run_is_heard(run) || run_is_written(run);

    if (!output->pipe || output->reading)
        return;
    if ((run->clients > 0 || is_heard) && !run->truncated) {
        if (run->clients > 0 && is_held_back(run, output))
            return;
        room = stream_reserve(&output->bytes, &room_size);
        if (!room && run->clients > 0)
            truncate_run(run);
        if (!room)
            room_size = CHANNEL_READ_SIZE;
    }

    output->room = room;
    if (loop_read(output->pipe, room ? room : engine->scratch, room_size, &output->operation.loop, NULL)) {
        if (room)
            stream_commit(&output->bytes, 0);
        run_close_output(run, stream);
        return;
    }
    output->reading = true;
    engine->operations++;
}

/* Keeps of `size` read bytes what may be kept. */
static void take_in(struct engine_run *run, int stream, size_t size)
{
    struct run_output *output = &run->output[stream];
    uint64_t room = UINT64_MAX;
    size_t kept = size, told;

    if (run->clients == 0 || run->truncated) {
        kept = 0;
    } else if (run->flags & ENGINE_COLLECT) {
        room = run->output_size - unread_size(run);
        if (size > room)
            kept = (size_t)room;
    }

    told = run->clients == 0 && !run->truncated ? size : kept;
    run_hear(run, stream, output->room, told);
    run_write_down(run, stream, output->room, told);
    stream_commit(&output->bytes, kept);
    if (run->clients == 0)
        stream_clear(&output->bytes);
    else if (size > room)
        truncate_run(run);
}

void run_output_event(struct engine_run *run, int stream, const struct loop_event *event)
{
    struct run_output *output = &run->output[stream];

    output->reading = false;
    if (output->room)
        take_in(run, stream, event->size);
    output->total += event->size;

    if (event->ended || !output->pipe) {
        handle_close(output->pipe);
        output->pipe = NULL;
        output_has_ended(run, stream);
        return;
    }
    run_pump_output(run, stream);
    if (output->readers)
        engine_wake(run->engine, run, WAKE_OUTPUT);
}

void run_close_input(struct engine_run *run)
{
    if (!run->input)
        return;
    if (run->writing)
        loop_cancel(run->input);
    handle_close(run->input);
    run->input = NULL;
    if (!run->writing)
        stream_clear(&run->input_bytes); /* else its bytes are in use until the event comes */
    engine_wake(run->engine, run, WAKE_INPUT);
    run->engine->untidy = true;
}

void run_pump_input(struct engine_run *run)
{
    const void *bytes;
    size_t size;

    if (!run->input || run->writing)
        return;
    bytes = stream_front(&run->input_bytes, &size);
    if (!bytes && run->input_ending && (run->flags & ENGINE_TERMINAL)) {
        /*
         * The other end is the console's host, and for it the end of the pipe is the terminal gone: it would end the program.
         * What a console's program takes for the end of its input is typed instead.
         */
        if (run->end_typed || !stream_append(&run->input_bytes, END_OF_FILE, sizeof END_OF_FILE - 1))
            return;
        run->end_typed = true;
        bytes = stream_front(&run->input_bytes, &size);
    }
    if (!bytes) {
        if (run->input_ending)
            run_close_input(run);
        return;
    }
    if (loop_write(run->input, bytes, size < WRITE_SIZE ? size : WRITE_SIZE, &run->input_operation.loop,
                   NULL)) {
        run_close_input(run); /* nobody reads it any more */
        return;
    }
    run->writing = true;
    run->engine->operations++;
}

void run_input_event(struct engine_run *run, const struct loop_event *event)
{
    run->writing = false;
    if (!run->input) {
        stream_clear(&run->input_bytes);
        run->engine->untidy = true;
        return;
    }
    if (event->ended || event->size == 0) {
        run_close_input(run);
        return;
    }
    stream_drop(&run->input_bytes, event->size);
    run_pump_input(run);
    engine_wake(run->engine, run, WAKE_INPUT);
}
