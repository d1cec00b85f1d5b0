/*
 * launch.c - from a finished request to a running command, or to nothing at all.
 */
#include "core/launch.h"
#include "base/memory.h"
#include "os/clock.h"
#include "os/pipe.h"

#include <string.h>

#define REFUSED_EXIT_CODE 1
#define DEATH_WAIT_MS     5000

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

/* Into its job, suspended, with nothing but the named handles. */
static sbx_status start_suspended(const struct launch_context *context, const struct message_launch *request,
                                  const struct program *program, const struct environment *environment,
                                  sbx_handle job, struct process *process, struct sbx_error *error)
{
    struct standard_handles standard;
    struct process_start start = {0};
    sbx_status status = open_standard(request, &standard, error);

    if (status)
        return status;

    start.image = program->image;
    start.command_line = program->command_line;
    start.environment = &environment->entries;
    start.directory = request->directory;
    start.token = context->token;
    start.job = job;
    start.input = standard.items[0];
    start.output = standard.items[1];
    start.error = standard.items[2];
    start.private_console = true;
    status = process_start(&start, process, error);

    close_standard(&standard);
    return status;
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

sbx_status launch_command(const struct launch_context *context, const struct message_launch *request,
                          uint64_t subject, struct launched *launched, struct sbx_error *error)
{
    struct command_text command = {NULL, &request->arguments};
    struct attest_expectation expected = {
        context->recipe, context->user_sid, request->limits, {0, 0, 0}, NULL};
    struct environment environment;
    struct program program;
    struct process process;
    struct measurement measurement;
    int64_t start_utc_ms;
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
    status = job_create(&request->limits, &expected.job, &expected.kept, error);
    if (status)
        goto free_program;
    if (context->port)
        status = job_port_attach(context->port, expected.job, subject, error);
    if (status)
        goto close_job;
    status = start_suspended(context, request, &program, &environment, expected.job, &process, error);
    if (status)
        goto close_job;

    status = attest_process(process.handle, &expected, &measurement, error);
    if (status)
        goto kill_process;
    status = attest_check(&measurement, request->floor, error);
    if (status)
        goto kill_process;
    start_utc_ms = clock_utc_ms();
    status = process_resume(&process, error);
    if (status)
        goto kill_process;

    launched->process = process;
    launched->job = expected.job;
    launched->measurement = measurement;
    launched->start_utc_ms = start_utc_ms;
    goto free_program;

kill_process:
    kill_suspended(&process);
close_job:
    handle_close(expected.job); /* kills too, should the process have refused to go */
free_program:
    program_free(&program);
free_environment:
    environment_free(&environment);
    return status;
}

void launched_free(struct launched *launched)
{
    handle_close(launched->job);
    process_free(&launched->process);
    launched->job = NULL;
}
