/*
 * stage.c - a terminal's second stage.
 *
 * The main thread reads what the first stage says; the program's end comes on a thread of the system's pool, closes the
 * console (which waits until its host has written everything) and ends this process, on which the first stage waits. When the
 * first stage goes away, its end of the pipe and the job go with it.
 */
#include "sbxrun/stage.h"

#include "base/memory.h"
#include "core/launch.h"
#include "core/message.h"
#include "os/console.h"
#include "os/filesystem.h"
#include "os/pipe.h"
#include "os/process.h"

#include <windows.h>

#define READ_SIZE 4096

struct stage {
    sbx_handle input, output;
    struct frame_decoder decoder;
    SRWLOCK lock; /* guards the console: it is closed by another thread than it is resized by */
    struct console *console;
    struct process program;
    struct process_watch *watch;
};

/* The next frame. SBX_E_CLOSED: the first stage is gone. */
static sbx_status hear(struct stage *stage, struct frame *frame)
{
    uint8_t bytes[READ_SIZE];
    sbx_status status = frame_next(&stage->decoder, frame, NULL);

    while (status == SBX_E_TIMEOUT) {
        size_t got = 0;

        status = pipe_read(stage->input, bytes, sizeof bytes, &got, NULL);
        if (!status)
            status = got ? frame_feed(&stage->decoder, bytes, got, NULL) : SBX_E_CLOSED;
        if (!status)
            status = frame_next(&stage->decoder, frame, NULL);
    }
    return status;
}

/* Frees the payload. */
static sbx_status say(struct stage *stage, uint16_t type, uint32_t request, struct sbx_buffer *payload)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status = buffer_failed(payload)
                            ? SBX_E_MEMORY
                            : frame_encode(&bytes, type, request, payload->data, payload->size, NULL);

    if (!status)
        status = pipe_write(stage->output, bytes.data, bytes.size, NULL);
    buffer_free(&bytes);
    buffer_free(payload);
    return status;
}

static sbx_status say_failed(struct stage *stage, uint32_t request, const struct sbx_error *error)
{
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;

    message_put_failed(&payload, error);
    return say(stage, FRAME_FAILED, request, &payload);
}

/* The console and the program at it, suspended. */
static sbx_status attach(struct stage *stage, const struct message_attach *request, struct sbx_error *error)
{
    sbx_handle input = handle_from_wire(request->input), output = handle_from_wire(request->output);
    sbx_status status =
        console_create(request->columns, request->rows, input, output, &stage->console, error);

    if (!status)
        status = launch_attached(request, stage->console, &stage->program, error);

    /* The console's host has its own. The output ends when that one ends, and not before. */
    handle_close(input);
    handle_close(output);
    return status;
}

static sbx_status handle_attach(struct stage *stage, const struct frame *frame)
{
    struct message_attach request = {0};
    struct message_attached answer;
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    sbx_status status = message_get_attach(frame, &request, NULL);

    if (status)
        return status;
    status = attach(stage, &request, &error);
    message_free_attach(&request);
    if (status) {
        say_failed(stage, frame->request, &error);
        return status;
    }
    answer.process_id = stage->program.id;
    message_put_attached(&payload, &answer);
    return say(stage, FRAME_ATTACHED, frame->request, &payload);
}

/* On a thread of the system's pool. */
static void program_ended(void *context, bool timed_out)
{
    struct stage *stage = context;

    (void)timed_out;
    AcquireSRWLockExclusive(&stage->lock);
    console_close(stage->console);
    ExitProcess(0); /* with the lock: nobody resizes what is closed */
}

static sbx_status handle_resume(struct stage *stage)
{
    sbx_status status = process_watch(stage->program.handle, -1, program_ended, stage, &stage->watch, NULL);

    return status ? status : process_resume(&stage->program, NULL);
}

static sbx_status handle_resize(struct stage *stage, const struct frame *frame)
{
    struct message_resize request;
    struct sbx_buffer nothing = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    sbx_status status = message_get_resize(frame, &request, NULL);

    if (status)
        return status;
    AcquireSRWLockExclusive(&stage->lock);
    status = console_resize(stage->console, request.columns, request.rows, &error);
    ReleaseSRWLockExclusive(&stage->lock);
    return status ? say_failed(stage, frame->request, &error)
                  : say(stage, FRAME_DONE, frame->request, &nothing);
}

int stage_serve(int count, wchar_t **arguments)
{
    /* Static: the call of the system's pool may still come while the process ends. */
    static struct stage stage = {.lock = SRWLOCK_INIT};
    enum { FRESH, ATTACHED, RUNNING } state = FRESH;
    struct frame frame;
    sbx_status status = SBX_OK;

    (void)arguments;
    file_walk_plainly(); /* inside the sandbox already: what it follows a command could follow */
    stage.input = process_standard(0);
    stage.output = process_standard(1);
    if (count || !stage.input || !stage.output)
        return 2;

    while (!status) {
        status = hear(&stage, &frame);
        if (status)
            break;
        if (state == FRESH && frame.type == FRAME_ATTACH) {
            status = handle_attach(&stage, &frame);
            state = ATTACHED;
        } else if (state == ATTACHED && frame.type == FRAME_RESUME) {
            status = handle_resume(&stage);
            state = RUNNING;
        } else if (state == RUNNING && frame.type == FRAME_RESIZE) {
            status = handle_resize(&stage, &frame);
        } else {
            status = SBX_E_RUNNER_PROTOCOL;
        }
    }
    /* Whoever started us ends the job; what we started and nobody resumed must not wait for that. */
    if (state == ATTACHED && stage.program.handle)
        process_terminate(stage.program.handle, 1, NULL);
    return 1;
}
