/*
 * terminal.c - what the first stage does with a terminal while its command runs: its size.
 *
 * A second stage answers on a pipe of its own, read by a thread of its own: it is as confined as the command, and as little
 * to be relied on. So its answers are taken only for requests that are open with this very terminal, no text of it
 * reaches the caller, and nobody waits for it.
 */
#include "base/memory.h"
#include "os/pipe.h"
#include "sbxrun/runner.h"

#include <string.h>

#define READ_SIZE     4096
#define WRITE_WAIT_MS 100 /* a stage that reads has always room: the pipe takes thousands of frames */

struct resize {
    struct resize *next;
    uint32_t request;
    uint32_t launch;
};

/* Takes the open request out of the list; false: there is none with this terminal. */
static bool close_resize(struct runner *runner, uint32_t launch, uint32_t request, uint32_t *closed)
{
    struct resize **link, *found = NULL;

    AcquireSRWLockExclusive(&runner->lock);
    link = &runner->resizes;
    while (*link && ((*link)->launch != launch || (request && (*link)->request != request)))
        link = &(*link)->next;
    if (*link) {
        found = *link;
        *link = found->next;
        *closed = found->request;
    }
    ReleaseSRWLockExclusive(&runner->lock);
    sbx_free(found);
    return found != NULL;
}

static sbx_status answer(struct runner *runner, uint32_t request, const struct frame *frame)
{
    struct sbx_error failure = {0}, error = {0};

    if (frame->type == FRAME_DONE && !frame->payload_size)
        return send_empty(runner, FRAME_DONE, request);
    if (frame->type != FRAME_FAILED || message_get_failed(frame, &failure, NULL))
        failure.code = SBX_E_STATE;
    switch (failure.code) {
    case SBX_E_UNSUPPORTED_HOST:
        error_set(&error, SBX_E_UNSUPPORTED_HOST,
                  "This host's terminals keep their size (ResizePseudoConsole says E_NOTIMPL, as Wine's "
                  "does). Start "
                  "the command with the size that is wanted: Columns and Rows of CreateCommand.");
        break;
    case SBX_E_SYSTEM:
        error_system(&error, "ResizePseudoConsole", failure.system);
        break;
    default:
        error_set(&error, SBX_E_STATE, "The terminal did not take its new size. Try again.");
    }
    return send_failed(runner, request, &error);
}

struct listening {
    struct runner *runner;
    uint32_t launch;
    sbx_handle from_stage;
};

static DWORD WINAPI listen_to_stage(void *context)
{
    struct listening *listening = context;
    struct runner *runner = listening->runner;
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    struct sbx_error error = {0};
    struct frame frame;
    uint32_t request;
    sbx_status status = SBX_OK;

    while (!status) {
        status = frame_next(&decoder, &frame, NULL);
        if (!status && close_resize(runner, listening->launch, frame.request, &request)) {
            if (frame.request && answer(runner, request, &frame))
                ExitProcess(1); /* the caller is gone */
        } else if (status == SBX_E_TIMEOUT) {
            uint8_t bytes[READ_SIZE];
            size_t got = 0;

            status = pipe_read_within(listening->from_stage, bytes, sizeof bytes, -1, &got, NULL);
            if (!status)
                status = got ? frame_feed(&decoder, bytes, got, NULL) : SBX_E_CLOSED;
        }
    }

    error_set(&error, SBX_E_STATE, "The command's terminal has ended; it has no size any more.");
    while (close_resize(runner, listening->launch, 0, &request)) {
        if (send_failed(runner, request, &error))
            ExitProcess(1);
    }
    frame_decoder_free(&decoder);
    handle_close(listening->from_stage);
    sbx_free(listening);
    return 0;
}

sbx_status terminal_listen(struct running *running)
{
    struct listening *listening = sbx_alloc(sizeof *listening);
    HANDLE thread;

    if (!listening)
        return SBX_E_MEMORY;
    *listening = (struct listening){running->runner, running->launch, running->launched.from_stage};
    thread = CreateThread(NULL, 0, listen_to_stage, listening, 0, NULL);
    if (!thread) {
        sbx_free(listening);
        return SBX_E_SYSTEM;
    }
    CloseHandle(thread); /* it ends with the stage, and the stage with the job */
    running->launched.from_stage = NULL;
    return SBX_OK;
}

/* Passed on under the lock: the end of the command closes the pipe. Answered by listen_to_stage where this succeeds. Locked. */
static sbx_status pass_on(struct runner *runner, const struct frame *frame,
                          const struct message_resize *message, struct sbx_error *error)
{
    struct running *running = find_running(runner, message->launch);
    struct resize *resize;
    struct sbx_buffer payload = SBX_BUFFER_EMPTY, bytes = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (!running)
        return error_set(error, SBX_E_STATE,
                         "The command has ended already; its terminal has no size any more.");
    if (!running->launched.to_stage)
        return error_set(error, SBX_E_STATE, "The command was started without a terminal.");
    resize = sbx_alloc(sizeof *resize);
    if (!resize)
        return error_memory(error, "a terminal's size");
    message_put_resize(&payload, message);
    status = buffer_failed(&payload)
                 ? error_memory(error, "a terminal's size")
                 : frame_encode(&bytes, FRAME_RESIZE, frame->request, payload.data, payload.size, error);
    if (!status)
        status = pipe_write_within(running->launched.to_stage, bytes.data, bytes.size, WRITE_WAIT_MS, NULL);
    buffer_free(&payload);
    buffer_free(&bytes);
    if (status) {
        sbx_free(resize);
        return error_set(error, SBX_E_STATE, "The command's terminal takes no size any more; it is ending.");
    }
    *resize = (struct resize){runner->resizes, frame->request, message->launch};
    runner->resizes = resize;
    return SBX_OK;
}

sbx_status handle_resize(struct runner *runner, const struct frame *frame)
{
    struct message_resize message;
    struct sbx_error error = {0};
    sbx_status status = message_get_resize(frame, &message, NULL);

    if (status)
        return status;
    AcquireSRWLockExclusive(&runner->lock);
    status = pass_on(runner, frame, &message, &error);
    ReleaseSRWLockExclusive(&runner->lock);
    return status ? send_failed(runner, frame->request, &error) : SBX_OK;
}
