/*
 * launch_terminal.c - a command at a terminal.
 *
 * CreatePseudoConsole starts the console's host with its caller's token, so the runner, which has more rights than the
 * command, must not be the caller. A second stage is: the runner's own file, started as any command is, with the
 * command's token in the command's job. It makes the console, starts the program suspended and says which process that is.
 * What it says is not believed. The first stage, here, opens that process and attests it as it attests every other; only then
 * it tells the second to let it run. A second stage in which somebody else had his hand could name another process, or run
 * the program unasked; either is a process with the command's token in the command's job, or it is refused.
 *
 *     first stage                      second stage (sbxrun/stage.c)
 *     starts, attests, resumes   ->
 *     FRAME_ATTACH               ->    makes the console, starts the program suspended
 *                                <-    FRAME_ATTACHED with its process id, or FRAME_FAILED
 *     opens it, attests it
 *     FRAME_RESUME               ->    resumes it, waits for its end, closes the console
 *     FRAME_RESIZE               ->
 *                                <-    FRAME_DONE or FRAME_FAILED
 */
#include "base/memory.h"
#include "core/cmdline.h"
#include "core/launch_private.h"
#include "os/pipe.h"

#include <string.h>

#define STAGE_WAIT_MS   15000 /* for its answer: a host of consoles may have to be found and scanned first */
#define STAGE_PIPE_SIZE 65536
#define STAGE_READ_SIZE 4096

/* A suspended or running stage and the pipes to it. */

static sbx_status make_pipes(struct launched *made, struct process_start *start, struct sbx_error *error)
{
    sbx_status status =
        pipe_create(PIPE_WRITTEN_BY_US, STAGE_PIPE_SIZE, &made->to_stage, &start->input, error);

    if (!status)
        status = pipe_create(PIPE_READ_BY_US, STAGE_PIPE_SIZE, &made->from_stage, &start->output, error);
    if (!status)
        status = pipe_open_null(true, &start->error, error);
    return status;
}

static sbx_status start_stage(const struct launching *launching, struct launched *made,
                              struct sbx_error *error)
{
    char verb[] = "--terminal";
    char *verbs[] = {verb};
    const struct sbx_strings arguments = {verbs, 1};
    struct process_start start = {0};
    struct measurement measurement;
    char *line = NULL;
    sbx_status status;

    status = cmdline_make(launching->context->own_file, &arguments, 0, &line, error);
    if (status)
        return status;
    status = make_pipes(made, &start, error);
    if (!status) {
        start.image = launching->context->own_file;
        start.command_line = line;
        start.environment = &launching->environment->entries;
        start.directory = launching->context->system_folder;
        start.private_console = true;
        status = launch_attested(launching, &start, &made->stage, &measurement, NULL, error);
    }
    handle_close(start.input);
    handle_close(start.output);
    handle_close(start.error);
    sbx_free(line);
    return status ? status : process_resume(&made->stage, error);
}

/* Frames. */

static sbx_status too_late(sbx_status status, struct sbx_error *error)
{
    if (status != SBX_E_TIMEOUT)
        return status;
    return error_set(
        error, SBX_E_SYSTEM,
        "The command's terminal was not there within %d seconds; the command was not run. Try again, or "
        "start it without a terminal.",
        STAGE_WAIT_MS / 1000);
}

static sbx_status tell(sbx_handle pipe, uint16_t type, struct sbx_buffer *payload, struct sbx_error *error)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (buffer_failed(payload))
        status = error_memory(error, "a message to a terminal");
    else
        status = frame_encode(&bytes, type, 0, payload->data, payload->size, error);
    if (!status)
        status = too_late(pipe_write_within(pipe, bytes.data, bytes.size, STAGE_WAIT_MS, error), error);
    buffer_free(&bytes);
    buffer_free(payload);
    return status;
}

static sbx_status tell_attach(const struct launching *launching, const struct launched *made,
                              struct sbx_error *error)
{
    struct message_attach attach = {
        .image = launching->program->image,
        .command_line = launching->program->command_line,
        .directory = launching->request->directory,
        .desktop = (char *)launching->expected.desktop,
        .environment = *launching->environment,
        .mitigations = launching->expected.mitigations,
        .columns = launching->request->columns,
        .rows = launching->request->rows,
    };
    const uint64_t wire[2] = {launching->request->input, launching->request->output};
    uint64_t *const there[2] = {&attach.input, &attach.output};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    /* Not inheritable there: the program gets the console, and neither of the pipes behind it. */
    for (size_t i = 0; i < 2 && !status; i++)
        status = handle_give(made->stage.handle, handle_from_wire(wire[i]), false, there[i], error);
    if (status)
        return status;
    message_put_attach(&payload, &attach);
    return tell(made->to_stage, FRAME_ATTACH, &payload, error);
}

/* What the stage answers to FRAME_ATTACH. */
static sbx_status take_answer(const struct frame *frame, uint32_t *id, struct sbx_error *error)
{
    struct message_attached attached;
    struct sbx_error failure;
    sbx_status status;

    if (frame->type == FRAME_FAILED) {
        status = message_get_failed(frame, &failure, error);
        if (!status)
            status = error_set(error, failure.code, "%s", failure.text);
        return status;
    }
    status = message_get_attached(frame, &attached, error);
    if (!status)
        *id = attached.process_id;
    return status;
}

/* One frame, answered by one frame: nothing is expected behind it, so what is left in the decoder is dropped. */
static sbx_status hear_attached(const struct launched *made, uint32_t *id, struct sbx_error *error)
{
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    uint8_t bytes[STAGE_READ_SIZE];
    struct frame frame;
    sbx_status status = frame_next(&decoder, &frame, error);

    while (status == SBX_E_TIMEOUT) {
        size_t got = 0;

        status = too_late(pipe_read_within(made->from_stage, bytes, sizeof bytes, STAGE_WAIT_MS, &got, error),
                          error);
        if (!status && !got)
            status =
                error_set(error, SBX_E_NOT_ENFORCED,
                          "The command was not run: what makes its terminal ended before there was one.");
        if (!status)
            status = frame_feed(&decoder, bytes, got, error);
        if (!status)
            status = frame_next(&decoder, &frame, error);
    }
    if (!status)
        status = take_answer(&frame, id, error);
    frame_decoder_free(&decoder);
    return status;
}

/*
 * The process that the stage named, attested. Whatever the floors are, it is in the command's job: one that is not would
 * be somebody else's, and ending the command would not end it.
 */
static sbx_status adopt(const struct launching *launching, uint32_t id, struct launched *made,
                        struct sbx_error *error)
{
    struct attest_expectation expected = launching->expected;
    struct process process = {.id = id};
    sbx_status status = process_adopt(id, &process.handle, error);

    if (status)
        return status;
    expected.parent = made->stage.handle;
    status = attest_process(&process, &expected, &made->measurement, launching_token(launching, made), error);
    if (!status && made->measurement.differences & ATTEST_JOB)
        status = error_set(error, SBX_E_NOT_ENFORCED,
                           "The command was not run: the process at its terminal is not in its job.");
    if (!status)
        status = attest_check(&made->measurement, launching->request->floor, error);
    if (status)
        process_free(&process);
    else
        made->process = process;
    return status;
}

sbx_status terminal_start(const struct launching *launching, struct launched *launched,
                          struct sbx_error *error)
{
    uint32_t id = 0;
    sbx_status status;

    if (!launching->request->input || !launching->request->output)
        return error_set(error, SBX_E_ARGUMENT, "A terminal has an input and an output.");
    if (!launching->request->columns || !launching->request->rows)
        return error_set(error, SBX_E_ARGUMENT, "A terminal has a column and a row at least.");

    status = start_stage(launching, launched, error);
    if (!status)
        status = tell_attach(launching, launched, error);
    if (!status)
        status = hear_attached(launched, &id, error);
    if (!status)
        status = adopt(launching, id, launched, error);
    return status;
}

sbx_status terminal_resume(struct launched *launched, struct sbx_error *error)
{
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;

    return tell(launched->to_stage, FRAME_RESUME, &payload, error);
}
