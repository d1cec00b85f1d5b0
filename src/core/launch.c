/*
 * launch.c - from a finished request to a running command, or to nothing at all.
 */
#include "base/memory.h"
#include "core/launch_private.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "os/pipe.h"

#include <string.h>

#define REFUSED_EXIT_CODE  1
#define DEATH_WAIT_MS      5000
#define TERMINAL_PROCESSES 2 /* the second stage and the console's host */

struct standard_handles {
    sbx_handle items[3];
    bool ours[3]; /* opened here, so closed here */
};

static void close_standard(struct standard_handles *standard)
{
    for (size_t i = 0; i < 3; i++) {
        if (standard->ours[i])
            handle_close(standard->items[i]);
    }
}

static sbx_status open_standard(const struct message_launch *request, struct standard_handles *standard,
                                struct sbx_error *error)
{
    const uint64_t wire[3] = {request->input, request->output, request->error};

    memset(standard, 0, sizeof *standard);
    for (size_t i = 0; i < 3; i++) {
        if (wire[i]) {
            standard->items[i] = handle_from_wire(wire[i]);
        } else {
            sbx_status status = pipe_open_null(i != 0, &standard->items[i], error);

            if (status) {
                close_standard(standard);
                return status;
            }
            standard->ours[i] = true;
        }
    }
    return SBX_OK;
}

/* One "NAME=value", or "NAME" alone, which takes the variable out. */
static sbx_status change_environment(struct environment *environment, const char *entry,
                                     struct sbx_error *error)
{
    const char *equals = strchr(entry, '=');
    char *name;
    sbx_status status;

    if (!equals)
        return environment_set(environment, entry, NULL, error);

    name = sbx_strndup(entry, (size_t)(equals - entry));
    if (!name)
        return error_memory(error, "an environment");
    status = environment_set(environment, name, equals + 1, error);
    sbx_free(name);
    return status;
}

/* What this command sees: the session's variables with the request's changes, or the request's own alone. */
static sbx_status make_environment(const struct launch_context *context, const struct message_launch *request,
                                   struct environment *environment, struct sbx_error *error)
{
    struct environment made = {{NULL, 0}};
    const struct sbx_strings *changes = &request->environment.entries;
    sbx_status status = SBX_OK;

    if (!request->own_environment)
        status = environment_copy(context->environment, &made);
    if (status)
        return error_memory(error, "an environment");

    for (size_t i = 0; i < changes->count && !status; i++)
        status = change_environment(&made, changes->items[i], error);
    if (status) {
        environment_free(&made);
        return status;
    }
    *environment = made;
    return SBX_OK;
}

/*
 * A child that never ran. Its death is waited for: whoever reads the error may rely on nothing having been
 * run.
 */
static void kill_suspended(struct process *process)
{
    if (process_terminate(process->handle, REFUSED_EXIT_CODE, NULL) == SBX_OK)
        process_wait(process->handle, DEATH_WAIT_MS, NULL);
    process_free(process);
}

sbx_status launch_attested(const struct launching *launching, struct process_start *start,
                           struct process *process, struct measurement *measurement,
                           struct token_facts *token, struct sbx_error *error)
{
    const struct attest_expectation *expected = &launching->expected;
    struct process made;
    struct measurement found;
    struct token_facts read = {0};
    sbx_status status;

    start->token = launching->context->token;
    start->job = expected->job;
    start->desktop = expected->desktop;
    start->mitigations = expected->mitigations;
    status = process_start(start, &made, error);
    if (status)
        return status;
    status = attest_process(&made, expected, &found, token ? &read : NULL, error);
    if (!status)
        status = attest_check(&found, launching->request->floor, error);
    if (status) {
        kill_suspended(&made);
        token_facts_free(&read);
        return status;
    }
    *process = made;
    *measurement = found;
    if (token)
        *token = read;
    return SBX_OK;
}

struct token_facts *launching_token(const struct launching *launching, struct launched *launched)
{
    return launching->request->tell_token ? &launched->token : NULL;
}

sbx_status launch_attached(const struct message_attach *attach, const struct console *console,
                           struct process *process, struct sbx_error *error)
{
    struct process_start start = {0};

    start.image = attach->image;
    start.command_line = attach->command_line;
    start.environment = &attach->environment.entries;
    start.directory = attach->directory;
    start.desktop = attach->desktop && *attach->desktop ? attach->desktop : NULL;
    start.mitigations = attach->mitigations;
    start.console = console;
    return process_start(&start, process, error);
}

/* With nothing but the named handles. */
static sbx_status start_with_pipes(const struct launching *launching, struct launched *launched,
                                   struct sbx_error *error)
{
    struct standard_handles standard;
    struct process_start start = {0};
    sbx_status status = open_standard(launching->request, &standard, error);

    if (status)
        return status;
    start.image = launching->program->image;
    start.command_line = launching->program->command_line;
    start.environment = &launching->environment->entries;
    start.directory = launching->request->directory;
    start.input = standard.items[0];
    start.output = standard.items[1];
    start.error = standard.items[2];
    start.private_console = true;
    status = launch_attested(launching, &start, &launched->process, &launched->measurement,
                             launching_token(launching, launched), error);

    close_standard(&standard);
    return status;
}

/*
 * The folder is final in the request, because whoever sent it has looked. One that is another now was swapped meanwhile, by
 * a link in its place or above it; held open, it stays what it is until the command runs.
 */
static sbx_status hold_folder(const char *directory, sbx_handle *folder, struct sbx_error *error)
{
    char *found = NULL;
    sbx_handle held;
    sbx_status status = folder_hold(directory, &held, &found, error);

    if (status)
        return status;
    if (strcmp(found, directory) != 0) {
        status = error_set(
            error, SBX_E_NOT_ENFORCED,
            "The command was not run: its working directory %s leads to %s now. Look who replaced it, "
            "and start the command again.",
            directory, found);
        handle_close(held);
    } else
        *folder = held;
    sbx_free(found);
    return status;
}

/* The terminal's own two processes are not the command's to pay for. */
static struct job_limits limits_of(const struct message_launch *request)
{
    struct job_limits limits = request->limits;

    if (request->terminal && limits.process_count)
        limits.process_count += TERMINAL_PROCESSES;
    return limits;
}

/* Everything but the job, which is made and closed around it. */
static sbx_status run(const struct launching *launching, struct launched *made, struct sbx_error *error)
{
    sbx_status status = launching->request->terminal ? terminal_start(launching, made, error)
                                                     : start_with_pipes(launching, made, error);

    made->start_utc_ms = clock_utc_ms();
    if (!status)
        status = launching->request->terminal ? terminal_resume(made, error)
                                              : process_resume(&made->process, error);
    if (!status)
        return SBX_OK;

    /* Of the job's processes only those that we hold can be waited for; closing the job ends all. */
    job_terminate(made->job, REFUSED_EXIT_CODE, NULL);
    if (made->process.handle)
        kill_suspended(&made->process);
    if (made->stage.handle)
        kill_suspended(&made->stage);
    return status;
}

sbx_status launch_command(const struct launch_context *context, const struct message_launch *request,
                          uint64_t subject, struct launched *launched, struct sbx_error *error)
{
    struct command_text command = {NULL, &request->arguments};
    struct environment environment;
    struct program program;
    struct launching launching = {context,
                                  request,
                                  &program,
                                  &environment,
                                  {.recipe = context->recipe,
                                   .user_sid = context->user_sid,
                                   .group_sid = context->group_sid,
                                   .limits = limits_of(request),
                                   .desktop = context->desktop,
                                   .mitigations = process_mitigations()}};
    struct launched made = {0};
    sbx_handle folder = NULL;
    sbx_status status;

    /* A NULL token would mean the runner's own: the one way to start a command without a sandbox. */
    if (!context->token)
        return error_set(error, SBX_E_NOT_ENFORCED,
                         "The command was not run: the session has no token for it.");
    if (request->is_line) {
        if (request->arguments.count != 1)
            return error_set(error, SBX_E_ARGUMENT, "A command line is exactly one text.");
        command.line = request->arguments.items[0];
    }

    status = make_environment(context, request, &environment, error);
    if (status)
        return status;
    status =
        program_find(&command, &environment, request->directory, context->system_folder, &program, error);
    if (status)
        goto free_environment;
    status = hold_folder(request->directory, &folder, error);
    if (status)
        goto free_program;
    status = job_create(&launching.expected.limits, &made.job, &launching.expected.kept, error);
    if (status)
        goto close_folder;
    launching.expected.job = made.job;
    if (context->port)
        status = job_port_attach(context->port, made.job, subject, error);
    if (!status)
        status = run(&launching, &made, error);

    if (status)
        launched_free(&made); /* kills too, should a process have refused to go */
    else
        *launched = made;
close_folder:
    handle_close(folder);
free_program:
    program_free(&program);
free_environment:
    environment_free(&environment);
    return status;
}

void launched_free(struct launched *launched)
{
    handle_close(launched->job);
    handle_close(launched->to_stage);
    handle_close(launched->from_stage);
    process_free(&launched->stage);
    process_free(&launched->process);
    token_facts_free(&launched->token);
    launched->job = launched->to_stage = launched->from_stage = NULL;
}
