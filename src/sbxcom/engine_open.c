/*
 * engine_open.c - from a policy to a session that can start commands: the folder, the runner, the first frames.
 */
#include "base/memory.h"
#include "core/closed.h"
#include "core/cmdline.h"
#include "core/version.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/random.h"
#include "sbxcom/engine_private.h"

#include <string.h>

#define RUNNER_NAME     "sbxrun.exe"
#define WORK_NAME_BYTES 4

/* "A\B" of two parts. */
static sbx_status join(const char *folder, const char *name, char **path, struct sbx_error *error)
{
    struct sbx_buffer made = SBX_BUFFER_EMPTY;

    buffer_append_format(&made, "%s\\%s", folder, name);
    *path = buffer_take(&made, NULL);
    return *path ? SBX_OK : error_memory(error, "a path");
}

/* What the runner serves and where: the boundary, the folders. */

/* Whose name commands see, where the policy sets no other. */
static sbx_status name_account(struct engine *engine, struct sbx_error *error)
{
    const struct pool_account *account = engine_pool_account(engine);
    struct environment *environment = &engine->boundary.environment;

    if (!account || environment_get(environment, "USERNAME"))
        return SBX_OK;
    return environment_set(environment, "USERNAME", account->name, error);
}

/* `input` has all but the session's folder, the caller's environment and the search for repositories. */
static sbx_status resolve_input(struct engine *engine, const struct boundary_input *input, sbx_handle stop,
                                const struct grants_progress *progress, struct boundary *boundary,
                                struct sbx_error *error)
{
    struct boundary_input whole = *input;
    struct sbx_strings environment = {NULL, 0};
    struct engine_search search;
    sbx_status status = process_environment(&environment, error);

    if (status)
        return status;
    whole.session_folder = engine->work;
    whole.caller_environment = &environment;
    engine_search_begin(&search, engine, stop, progress, &whole);
    status = boundary_resolve(&whole, boundary, error);
    engine_search_end(&search);
    strings_free(&environment);
    return status;
}

sbx_status engine_resolve_policy(struct engine *engine, const struct sbx_policy *policy, enum sbx_level level,
                                 const char *workspace, sbx_handle stop, struct boundary *boundary,
                                 struct sbx_error *error)
{
    const struct pool_account *account = engine_pool_account(engine);
    char sid[SID_TEXT_SIZE];
    struct boundary_input input = {.policy = policy, .level = level, .workspace = workspace, .user_sid = sid};
    char *programs = NULL;
    sbx_status status = identity_user_sid(sid, error);

    if (account) {
        input.account_sid = account->sid;
        input.account_group_sid = account->group_sid;
    }
    if (!status)
        status = grants_program_folder(&programs, error);
    input.program_folder = programs;
    if (!status)
        status = resolve_input(engine, &input, stop, NULL, boundary, error);
    sbx_free(programs);
    return status;
}

sbx_status engine_resolve(struct engine *engine, const struct engine_options *options, bool look,
                          struct sbx_error *error)
{
    char sid[SID_TEXT_SIZE];
    struct boundary_input input = {
        .policy = options->policy, .level = options->level, .workspace = options->workspace, .user_sid = sid};
    char *level_words = NULL;
    char *programs = NULL;
    char *state = NULL;
    struct sbx_buffer below = SBX_BUFFER_EMPTY;
    char name[2 * WORK_NAME_BYTES + 1];
    sbx_status status;

    status = grants_state_folder(&state, error);
    if (status)
        return status;
    buffer_append_format(&below, "%s\\sessions\\%s", state, options->session_id);
    sbx_free(state);
    engine->folder = buffer_take(&below, NULL);
    engine->session_id = sbx_strdup(options->session_id);
    if (!engine->folder || !engine->session_id || policy_copy(options->policy, &engine->policy))
        return error_memory(error, "a session");
    status = random_hex(name, WORK_NAME_BYTES, error);
    if (!status)
        status = join(engine->folder, name, &engine->work, error);
    if (!status)
        status = identity_user_sid(sid, error);
    if (!status)
        status = grants_program_folder(&programs, error);
    input.program_folder = programs;
    if (!status)
        status = engine_choose_account(engine, options, look, &input, &level_words, error);
    if (!status)
        status = resolve_input(engine, &input, engine->stop, &options->progress, &engine->boundary, error);
    if (!status && engine->boundary.level == SBX_LEVEL_ELEVATED)
        status = closed_check_boundary(sid, &engine->boundary, error);
    if (!status)
        status = name_account(engine, error);
    sbx_free(level_words);
    sbx_free(programs);
    return status;
}

static sbx_status make_folders(struct engine *engine, struct sbx_error *error)
{
    char *path = NULL;
    sbx_status status;

    status = folder_create(engine->folder, error);
    if (status)
        return status;
    engine->folder_made = true;
    status = provision_mark_folder(engine->work, &engine->work_mark, error);
    if (!status)
        status = folder_create(engine->boundary.temp, error);
    if (!status)
        status = join(engine->folder, "transcript.jsonl", &path, error);
    if (!status)
        status = transcript_open(path, engine->session_id, &engine->transcript, error);
    sbx_free(path);
    return status;
}

/* The runner. */

/* Beside this module; an absolute path, so that nothing is looked up. */
static sbx_status find_runner(struct engine *engine, const char *given, struct sbx_error *error)
{
    char *own = NULL;
    sbx_status status;

    if (given) {
        engine->runner_file = sbx_strdup(given);
        return engine->runner_file ? SBX_OK : error_memory(error, "a path");
    }
    status = grants_program_folder(&own, error);
    if (status)
        return status;
    status = join(own, RUNNER_NAME, &engine->runner_file, error);
    sbx_free(own);
    if (!status && !file_is_program(engine->runner_file))
        status = error_set(
            error, SBX_E_PATH_NOT_FOUND,
            "The runner is missing: %s. Install sbxcom again; its files belong together in one folder.",
            engine->runner_file);
    return status;
}

static sbx_status append_variable(struct sbx_strings *environment, const char *name, const char *value,
                                  const char *more)
{
    struct sbx_buffer entry = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_E_MEMORY;

    buffer_append_format(&entry, "%s=%s%s", name, value, more);
    if (!buffer_failed(&entry))
        status = strings_append(environment, buffer_text(&entry));
    buffer_free(&entry);
    return status;
}

/* Made from nothing: what the caller's variables say must not steer a program that has more rights than a command. */
static sbx_status make_runner_environment(const struct engine *engine, const char *windows,
                                          const char *system, struct sbx_strings *environment,
                                          struct sbx_error *error)
{
    char drive[3] = {windows[0], windows[1], '\0'};
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    sbx_status status;

    buffer_append_format(&path, "%s;%s", system, windows);
    status = buffer_failed(&path) ? SBX_E_MEMORY : SBX_OK;
    if (!status)
        status = append_variable(environment, "PATH", buffer_text(&path), "");
    if (!status)
        status = append_variable(environment, "SystemDrive", drive, "");
    if (!status)
        status = append_variable(environment, "SystemRoot", windows, "");
    if (!status)
        status = append_variable(environment, "TEMP", engine->boundary.temp, "");
    if (!status)
        status = append_variable(environment, "TMP", engine->boundary.temp, "");
    if (!status)
        status = append_variable(environment, "windir", windows, "");
    buffer_free(&path);
    return status ? error_memory(error, "the runner's environment") : SBX_OK;
}

/* Suspended, in the engine's job, locked, then resumed. `user_sid`: of the real user, at the elevated level; else NULL. */
static sbx_status create_runner(struct engine *engine, struct process_start *start, const char *user_sid,
                                struct sbx_error *error)
{
    const struct job_limits no_limits = {0};
    struct job_limits kept;
    sbx_status status;

    status = job_create(&no_limits, &engine->job, &kept, error);
    if (status)
        return status;
    start->job = engine->job;
    status = user_sid ? engine_start_as(engine, start, error) : process_start(start, &engine->runner, error);
    if (status)
        return status;
    if (user_sid)
        status = attest_runner(&engine->runner, engine->boundary.principal_sid, engine->boundary.group_sid,
                               engine->job, &engine->runner_read, error);
    if (!status)
        status = process_lock(&engine->runner, user_sid, error);
    if (!status)
        status = process_resume(&engine->runner, error);
    return status;
}

static sbx_status start_runner(struct engine *engine, struct sbx_error *error)
{
    struct process_start start = {0};
    struct sbx_strings environment = {NULL, 0};
    struct sbx_strings arguments = {NULL, 0};
    char *windows = NULL, *system = NULL, *line = NULL;
    char user_sid[SID_TEXT_SIZE] = "";
    bool elevated = engine->boundary.level == SBX_LEVEL_ELEVATED;
    sbx_status status = elevated ? identity_user_sid(user_sid, error) : SBX_OK;

    if (!status && elevated &&
        (strings_append(&arguments, "--serve") || strings_append(&arguments, user_sid)))
        status = error_memory(error, "the runner's arguments");
    if (!status)
        status = folder_path(FOLDER_WINDOWS, &windows, error);
    if (!status)
        status = folder_path(FOLDER_SYSTEM, &system, error);
    if (!status)
        status = make_runner_environment(engine, windows, system, &environment, error);
    if (!status)
        status = cmdline_make(engine->runner_file, &arguments, 0, &line, error);
    if (status)
        goto free_texts;

    status = pipe_create(PIPE_WRITTEN_BY_US, PIPE_BUFFER_SIZE, &engine->to_runner, &start.input, error);
    if (status)
        goto free_texts;
    status = pipe_create(PIPE_READ_BY_US, PIPE_BUFFER_SIZE, &engine->from_runner, &start.output, error);
    if (status)
        goto close_input;
    status = pipe_open_null(true, &start.error, error);
    if (status)
        goto close_output;

    /* Not the caller's console: a Ctrl-C there is the caller's alone. (Wine gives it to windowed programs, too.) */
    start.private_console = true;
    start.desktop = engine->desktop.name;
    start.image = engine->runner_file;
    start.command_line = line;
    start.environment = &environment;
    start.directory = system;
    status = create_runner(engine, &start, elevated ? user_sid : NULL, error);

    handle_close(start.error);
close_output:
    handle_close(start.output);
close_input:
    handle_close(start.input);
free_texts:
    strings_free(&arguments);
    strings_free(&environment);
    sbx_free(line);
    sbx_free(windows);
    sbx_free(system);
    return status;
}

static sbx_status open_channel(struct engine *engine, struct sbx_error *error)
{
    sbx_status status;

    engine->channel_bytes = sbx_realloc(NULL, CHANNEL_READ_SIZE);
    engine->scratch = sbx_realloc(NULL, CHANNEL_READ_SIZE);
    if (!engine->channel_bytes || !engine->scratch)
        return error_memory(error, "a session");
    status = loop_create(&engine->loop, error);
    if (!status)
        status = loop_attach(engine->loop, engine->to_runner, error);
    if (!status)
        status = loop_attach(engine->loop, engine->from_runner, error);
    if (!status)
        status = channel_start(engine, error);
    return status;
}

/* The first frames. */

static sbx_status too_late(sbx_status status, const char *what, struct sbx_error *error)
{
    if (status != SBX_E_TIMEOUT)
        return status;
    return error_set(
        error, SBX_E_RUNNER_PROTOCOL,
        "The runner did not answer %s within %d seconds. Try again; if it stays so, look whether a virus "
        "scanner holds sbxrun.exe back.",
        what, HANDSHAKE_WAIT_MS / 1000);
}

static sbx_status greet(struct engine *engine, struct sbx_error *error)
{
    char version[] = SBX_VERSION;
    struct message_hello hello = {version, process_own_id()};
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct request request;
    sbx_status status;

    message_put_hello(&payload, &hello);
    status = channel_ask(engine, FRAME_HELLO, &payload, HANDSHAKE_WAIT_MS, &request, error);
    status = too_late(status, "the greeting", error);
    if (!status && (!request.version || strcmp(request.version, SBX_VERSION)))
        status = error_set(
            error, SBX_E_RUNNER_PROTOCOL,
            "The runner %s has version %s, this library has version %s. Install both from one release.",
            engine->runner_file, request.version ? request.version : "(none)", SBX_VERSION);
    sbx_free(request.version);
    return status;
}

static sbx_status prepare(struct engine *engine, struct sbx_error *error)
{
    const struct boundary *boundary = &engine->boundary;
    struct message_prepare session = {.recipe = boundary->recipe,
                                      .directory = boundary->workspace,
                                      .desktop = engine->desktop.name,
                                      .account_sid = boundary->group_sid ? boundary->principal_sid : NULL,
                                      .group_sid = boundary->group_sid,
                                      .environment = boundary->environment}; /* lent */
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct request request;
    sbx_status status;

    message_put_prepare(&payload, &session);
    status = channel_ask(engine, FRAME_PREPARE, &payload, HANDSHAKE_WAIT_MS, &request, error);
    return too_late(status, "the session's settings", error);
}

/* The whole. */

/* The transcript says why there is no session, or what holds in it. */
static sbx_status tell_provisioned(struct engine *engine, sbx_status status, const struct findings *findings,
                                   struct sbx_error *error)
{
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (!engine->transcript)
        ; /* it was closed with the session */
    else if (status)
        transcript_refused(engine->transcript, "Provision", error, NULL);
    else
        status = transcript_provisioned(engine->transcript, engine->boundary.workspace, findings, error);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
    return status;
}

/* What is on protected names counts from here on. */
static sbx_status watch_protected(struct engine *engine, const struct engine_options *options,
                                  struct sbx_error *error)
{
    const struct planted_options watched = {
        .boundary = &engine->boundary,
        .granted = engine->plan.count > 0,
        .move = options->policy->files.on_planted == SBX_PLANTED_MOVE,
    };

    return planted_begin(&watched, &engine->planted, error);
}

/* Nothing runs yet, and there is no thread that would clean up. */
static sbx_status start(struct engine *engine, const struct engine_options *options,
                        struct provision **provision, struct sbx_error *error)
{
    sbx_status status = engine_resolve(engine, options, false, error);

    if (status == SBX_E_CANCELLED) {
        *error = (struct sbx_error){0}; /* what the search for repositories says of itself */
        error_set(error, status,
                  "Provision was cancelled while git repositories were looked for; nothing of it is left.");
    }
    if (!status)
        status = find_runner(engine, options->runner, error);
    if (!status)
        status = make_folders(engine, error);
    if (!status)
        status = engine_grant(engine, options, provision, error);
    if (!status)
        status = engine_make_desktop(engine, error);
    if (!status && engine->account && options->former && options->former->account == engine->account)
        status = engine_give_way(options->former, error);
    if (!status) {
        grants_tell(&options->progress, "starting the runner", 0, 0);
        status = start_runner(engine, error);
    }
    if (!status)
        status = open_channel(engine, error);
    if (status) {
        tell_provisioned(engine, status, NULL, error);
        engine_dismantle(engine);
    }
    return status;
}

/* With the channel open: the engine's thread cleans up when it is closed. */
static sbx_status measure(struct engine *engine, const struct engine_options *options,
                          struct findings *findings, struct sbx_error *error)
{
    struct findings measured = {NULL, 0};
    sbx_status status = greet(engine, error);

    if (!status)
        status = prepare(engine, error);
    if (!status) {
        grants_tell(&options->progress, "measuring what holds", 0, 0);
        status = engine_measure(engine, &measured, error);
    }
    if (!status)
        status = watch_protected(engine, options, error);
    if (!status)
        engine_watch_changes(engine);
    status = tell_provisioned(engine, status, &measured, error);
    if (!status || status == SBX_E_BELOW_REQUIREMENT)
        *findings = measured;
    else
        findings_free(&measured);

    engine_lock(engine);
    engine->stop = NULL;
    engine_unlock(engine);
    if (status)
        engine_close(engine);
    return status;
}

sbx_status engine_open(const struct engine_options *options, void *stop, struct engine **engine,
                       struct findings *findings, struct sbx_error *error)
{
    struct engine *made = sbx_alloc(sizeof *made);
    struct provision *provision = NULL;
    struct sbx_error own_error = {0};
    bool started;
    sbx_status status;

    if (!made)
        return error_memory(error, "a session");
    if (!error)
        error = &own_error;
    made->references = made->clients = 1;
    made->stop = stop;
    made->last_id = options->last_id;
    made->feed = options->feed;
    if (made->feed)
        feed_hold(made->feed);
    made->changes = options->changes;
    if (made->changes)
        change_log_hold(made->changes);

    /* The one before may hold the workspace's journal for as long as a toolchain takes, and resolving reads it. */
    if (options->former)
        engine_stop_later(options->former);
    grants_tell(&options->progress, "resolving the policy", 0, 0);
    status = start(made, options, &provision, error);
    started = !status;
    if (started)
        status = measure(made, options, findings, error);
    if (status) {
        engine_take_back(provision, options->former, &options->progress, error);
        if (options->former) {
            engine_go_on(options->former);
            engine_begin_later(options->former);
        }
        if (started)
            engine_release(made);
        else
            engine_drop(made);
        return status;
    }
    engine_lock(made);
    made->provision = provision;
    engine_unlock(made);
    engine_begin_later(made);
    *engine = made;
    return SBX_OK;
}
