/*
 * serve.c - the runner's loop.
 *
 * A launch takes some milliseconds and is done on the reading thread: a request waits for the launches before it, never
 * for a command's run or its output, which does not pass here at all.
 *
 * When the caller goes away the read ends, the runner exits, and the last handles of all jobs close with it: there is
 * no other clean-up that could be forgotten.
 */
#include "sbxrun/serve.h"

#include "base/memory.h"
#include "core/version.h"
#include "os/filesystem.h"
#include "os/pipe.h"
#include "os/process.h"
#include "sbxrun/runner.h"

#include <string.h>

#define READ_SIZE (64 * 1024)

sbx_status send_frame(struct runner *runner, uint16_t type, uint32_t request, struct sbx_buffer *payload)
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

sbx_status send_failed(struct runner *runner, uint32_t request, const struct sbx_error *error)
{
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;

    message_put_failed(&payload, error);
    return send_frame(runner, FRAME_FAILED, request, &payload);
}

sbx_status send_empty(struct runner *runner, uint16_t type, uint32_t request)
{
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;

    return send_frame(runner, type, request, &payload);
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

static sbx_status add_variable(struct environment *environment, const char *name, const char *value,
                               const char *more, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    if (environment_get(environment, name))
        return SBX_OK; /* the policy's `set` */
    buffer_append_format(&text, "%s%s", value, more);
    status = buffer_failed(&text) ? error_memory(error, "an environment")
                                  : environment_set(environment, name, buffer_text(&text), error);
    buffer_free(&text);
    return status;
}

/* Under an account its own folders are its home; only a process of that account is told where they are. */
static sbx_status add_home(struct environment *environment, struct sbx_error *error)
{
    char drive[3] = "";
    char *profile = NULL, *local_data = NULL;
    sbx_status status = folder_path(FOLDER_PROFILE, &profile, error);

    if (!status)
        status = folder_path(FOLDER_LOCAL_DATA, &local_data, error);
    if (!status && strlen(profile) < 3)
        status = error_set(error, SBX_E_LOGON_DENIED, "The sandbox account has no profile. Run Host.Repair.");
    if (!status) {
        memcpy(drive, profile, 2);
        status = add_variable(environment, "USERPROFILE", profile, "", error);
    }
    if (!status)
        status = add_variable(environment, "HOMEDRIVE", drive, "", error);
    if (!status)
        status = add_variable(environment, "HOMEPATH", profile + 2, "", error);
    if (!status)
        status = add_variable(environment, "APPDATA", profile, "\\AppData\\Roaming", error);
    if (!status)
        status = add_variable(environment, "LOCALAPPDATA", local_data, "", error);
    sbx_free(local_data);
    sbx_free(profile);
    return status;
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

    if (!runner->context.port && command_listen(runner))
        return SBX_E_SYSTEM; /* without it no command could say why it ended */
    if (*runner->session.account_sid && add_home(&runner->session.environment, &error))
        return send_failed(runner, frame->request, &error);
    if (token_make(&runner->session.recipe, &runner->token, &error))
        return send_failed(runner, frame->request, &error);

    runner->context.recipe = &runner->session.recipe;
    runner->context.token = runner->token;
    runner->context.user_sid = *runner->session.account_sid ? runner->session.account_sid : runner->user_sid;
    runner->context.group_sid = *runner->session.group_sid ? runner->session.group_sid : NULL;
    runner->context.system_folder = runner->system_folder;
    runner->context.environment = &runner->session.environment;
    runner->context.desktop = *runner->session.desktop ? runner->session.desktop : NULL;
    runner->context.own_file = runner->own_file;
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
    case FRAME_RESIZE:
        return handle_resize(runner, frame);
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
            reap_commands(runner);
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

static sbx_status find_folders(struct runner *runner)
{
    struct file_facts facts = {0};
    char *system_folder = NULL;
    sbx_status status = process_own_file(&runner->own_file, NULL);

    if (!status)
        status = folder_path(FOLDER_SYSTEM, &system_folder, NULL);
    if (!status)
        status = file_examine(system_folder, &facts, NULL);
    if (!status)
        runner->system_folder = facts.path;
    sbx_free(system_folder);
    return status;
}

int runner_serve(const char *admit_sid)
{
    /* Static: calls of the system's pool may still come while the process ends. */
    static struct runner runner = {.lock = SRWLOCK_INIT, .settled = CONDITION_VARIABLE_INIT};

    runner.input = process_standard(0);
    runner.output = process_standard(1);
    if (!runner.input || !runner.output)
        return 1;

    /*
     * Nothing is served before the process is locked: at the restricted level a command is the same user, and without
     * the lock it could open the runner and with it every right that the runner kept. There no SID is admitted; the caller
     * lives on the handle that creation gave it.
     */
    if (process_lock_self(admit_sid, NULL))
        return 1;
    if (identity_user_sid(runner.user_sid, NULL) || find_folders(&runner))
        return 1;

    return read_requests(&runner) == SBX_OK ? 0 : 1;
}

int runner_serve_for(int count, wchar_t **arguments)
{
    char *sid;

    if (count != 1 || text_from_utf16((const uint16_t *)arguments[0], wcslen(arguments[0]), &sid, NULL))
        return 2;
    file_walk_plainly(); /* this account may pass above the workspace, not look, and has nothing to lose */
    return runner_serve(sid); /* the process ends with it */
}
