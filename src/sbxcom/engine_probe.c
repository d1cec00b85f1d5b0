/*
 * engine_probe.c - what really holds: a probe inside, the same acts outside, and the report of both.
 *
 * The probe is the runner's own file, started as any command. A refusal inside proves something only where the same act
 * succeeds outside; so each act has its control here, done by the caller on things of the same kind, and a row whose
 * control fails is invalid.
 */
#include "base/memory.h"
#include "core/probe.h"
#include "os/acl.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "sbxcom/engine_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_WAIT_MS    15000
#define DEATH_WAIT_MS    1000 /* what is called dead must be gone by then */
#define CONTENT          "content"
#define DANGEROUS_ACCESS (PROCESS_TERMINATE | PROCESS_VM_READ | PROCESS_CREATE_PROCESS)

/* The things that the probe tries its hands on. */
struct targets {
    char *folder;                /* outside the workspace, ours */
    char *write, *remove, *read; /* files in it */
    HANDLE canary;               /* an event here ... */
    uint64_t planted;            /* ... and, inheritable, in the runner, where no launch lists it */
    bool control_write, control_remove, control_read, control_open;
};

static char *below(const char *folder, const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", folder, name);
    return buffer_take(&path, NULL);
}

/* The acts of the probe, by the caller. */

static bool can_write(const char *path)
{
    struct append_file *file = NULL;
    bool done;

    if (file_append_open(path, &file, NULL))
        return false;
    done = !file_append(file, CONTENT, 1, NULL);
    file_append_close(file);
    return done;
}

static bool can_read(const char *path)
{
    char *bytes = NULL;
    size_t size;
    bool done = !file_read_all(path, 4096, &bytes, &size, NULL);

    sbx_free(bytes);
    return done;
}

static bool can_remove(const char *folder)
{
    char *path = below(folder, "control.txt");
    bool done = path && !file_create(path, CONTENT, sizeof CONTENT - 1, NULL) && !file_delete(path, NULL);

    sbx_free(path);
    return done;
}

/* An ordinary process of this user, which the calling one is. */
static bool can_open_process(void)
{
    sbx_handle process = NULL;
    bool done = !process_open(process_own_id(), DANGEROUS_ACCESS, &process, NULL);

    handle_close(process);
    return done;
}

static sbx_status make_files(const struct targets *targets, struct sbx_error *error)
{
    const char *const paths[] = {targets->write, targets->remove, targets->read};
    sbx_status status;

    status = folder_create(targets->folder, error);
    for (size_t i = 0; i < sizeof paths / sizeof *paths && !status; i++)
        status = file_create(paths[i], CONTENT, sizeof CONTENT - 1, error);
    return status;
}

static sbx_status make_targets(struct engine *engine, struct targets *targets, struct sbx_error *error)
{
    sbx_status status;

    targets->folder = below(engine->folder, "outside");
    if (targets->folder) {
        targets->write = below(targets->folder, "write.txt");
        targets->remove = below(targets->folder, "delete.txt");
        targets->read = below(targets->folder, "read.txt");
    }
    if (!targets->folder || !targets->write || !targets->remove || !targets->read)
        return error_memory(error, "the probe's files");
    status = make_files(targets, error);
    if (status)
        return status;

    targets->control_write = can_write(targets->write);
    targets->control_read = can_read(targets->read);
    targets->control_remove = can_remove(targets->folder);
    targets->control_open = can_open_process();

    targets->canary = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!targets->canary)
        return error_system(error, "CreateEvent", GetLastError());
    return handle_give(engine->runner.handle, targets->canary, true, &targets->planted, error);
}

static void free_targets(struct engine *engine, struct targets *targets)
{
    if (targets->planted)
        handle_take_back(engine->runner.handle, targets->planted);
    if (targets->canary)
        CloseHandle(targets->canary);
    if (targets->folder)
        folder_delete_tree(targets->folder, NULL);
    sbx_free(targets->folder);
    sbx_free(targets->write);
    sbx_free(targets->remove);
    sbx_free(targets->read);
}

/* The probe itself. */

static sbx_status append_number(struct sbx_strings *strings, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return strings_append(strings, text);
}

static sbx_status make_arguments(const struct engine *engine, const struct targets *targets,
                                 struct sbx_strings *arguments, struct sbx_error *error)
{
    sbx_status status = strings_append(arguments, engine->runner_file);

    if (!status)
        status = strings_append(arguments, "--probe");
    if (!status)
        status = strings_append(arguments, engine->boundary.workspace);
    if (!status)
        status = strings_append(arguments, targets->folder);
    if (!status)
        status = append_number(arguments, process_own_id());
    if (!status)
        status = append_number(arguments, engine->runner.id);
    if (!status)
        status = append_number(arguments, targets->planted);
    return status ? error_memory(error, "the probe") : SBX_OK;
}

/* Gone, or alive though its command has ended? */
static enum probe_outcome look_for(uint32_t id)
{
    sbx_handle process = NULL;
    struct sbx_error error = {0};
    enum probe_outcome outcome = PROBE_INVALID;
    sbx_status status = process_open(id, SYNCHRONIZE, &process, &error);

    if (status)
        return error.system == ERROR_INVALID_PARAMETER ? PROBE_REFUSED : PROBE_INVALID;
    status = process_wait(process, DEATH_WAIT_MS, NULL);
    if (!status)
        outcome = PROBE_REFUSED;
    else if (status == SBX_E_TIMEOUT)
        outcome = PROBE_ALLOWED;
    handle_close(process);
    return outcome;
}

/* The same of what was started in our own name; our process is not in the command's job, so it is ours to end. */
static enum probe_outcome look_for_and_end(uint32_t id)
{
    enum probe_outcome outcome = look_for(id);
    sbx_handle process = NULL;

    if (!process_open(id, PROCESS_TERMINATE, &process, NULL))
        process_terminate(process, 1, NULL);
    handle_close(process);
    return outcome;
}

/* The number behind `word` at the beginning of the line; 0 where there is another. */
static uint32_t number_behind(const char *line, const char *word)
{
    size_t size = strlen(word);

    return strncmp(line, word, size) ? 0 : (uint32_t)strtoul(line + size, NULL, 10);
}

static void read_lines(char *text, struct probe_results *results)
{
    uint32_t grandchild = 0;
    uint32_t reparented = 0;
    char *next;

    for (char *line = text; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line[strcspn(line, "\r")] = '\0';
        if (number_behind(line, "grandchild "))
            grandchild = number_behind(line, "grandchild ");
        else if (number_behind(line, "reparented "))
            reparented = number_behind(line, "reparented ");
        else
            probe_read_line(results, line);
    }
    if (grandchild)
        results->outlive_command = look_for(grandchild);
    if (reparented)
        results->reparent = look_for_and_end(reparented);
}

static bool has_changed(const char *path, size_t size)
{
    char *bytes = NULL;
    size_t found = 0;
    bool changed =
        file_read_all(path, 4096, &bytes, &found, NULL) || found != size || strncmp(bytes, CONTENT, 1);

    sbx_free(bytes);
    return changed;
}

/* What the probe says is checked against what it did, and each row against its control. */
static void judge(const struct targets *targets, struct probe_results *results)
{
    /* The control has made it one byte longer. */
    if (has_changed(targets->write, sizeof CONTENT - 1 + (targets->control_write ? 1 : 0)))
        results->write_outside = PROBE_ALLOWED;
    if (has_changed(targets->remove, sizeof CONTENT - 1))
        results->delete_outside = PROBE_ALLOWED;
    if (WaitForSingleObject(targets->canary, 0) == WAIT_OBJECT_0)
        results->inherit_unlisted = PROBE_ALLOWED;

    if (!targets->control_write && results->write_outside == PROBE_REFUSED)
        results->write_outside = PROBE_INVALID;
    if (!targets->control_remove && results->delete_outside == PROBE_REFUSED)
        results->delete_outside = PROBE_INVALID;
    if (!targets->control_read && results->read_outside == PROBE_REFUSED)
        results->read_outside = PROBE_INVALID;
    if (!targets->control_open && results->open_caller == PROBE_REFUSED)
        results->open_caller = PROBE_INVALID;
    if (!targets->control_open && results->reparent == PROBE_REFUSED)
        results->reparent = PROBE_INVALID;
    if (!targets->control_open && results->open_runner == PROBE_REFUSED)
        results->open_runner = PROBE_INVALID;
}

static sbx_status run_probe(struct engine *engine, const struct targets *targets,
                            struct probe_results *results, struct measurement *measurement,
                            struct sbx_error *error)
{
    struct sbx_strings arguments = {NULL, 0};
    struct engine_command command = {.flags = ENGINE_NO_INPUT | ENGINE_COLLECT | ENGINE_WAITED};
    struct sbx_buffer output[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct engine_run_info info;
    struct engine_run *run;
    bool truncated;
    sbx_status status;

    status = make_arguments(engine, targets, &arguments, error);
    if (status)
        goto free_arguments;
    command.text.arguments = &arguments;
    command.timeout_ms = PROBE_WAIT_MS;
    status = run_start(engine, &command, true, &run, error);
    if (status)
        goto free_arguments;
    status = engine_run_collect(run, -1, output, &truncated, error);
    if (status)
        goto release_run;

    engine_run_info(run, &info);
    *measurement = *info.measurement;
    if (!buffer_failed(&output[0]) && output[0].data)
        read_lines((char *)output[0].data, results);
    judge(targets, results);

    buffer_free(&output[0]);
    buffer_free(&output[1]);
release_run:
    engine_run_release(run);
free_arguments:
    strings_free(&arguments);
    return status;
}

static enum sbx_assurance least(enum sbx_assurance a, enum sbx_assurance b)
{
    return a < b ? a : b;
}

/*
 * No later command is started with less than was reported (and so required). What only a probe can verify, and what is
 * not attested of a single process at all, no attestation can reach: the probe's own process is the measure of that.
 */
static void set_floors(struct engine *engine, const struct findings *findings,
                       const struct measurement *measurement)
{
    for (int domain = 0; domain < SBX_DOMAIN_COUNT; domain++) {
        const struct finding *finding = findings_find(findings, domain_name((enum sbx_domain)domain));
        enum sbx_assurance wanted = engine->boundary.required[domain];

        if (finding && finding->assurance > wanted)
            wanted = finding->assurance;
        engine->floor[domain] = least(wanted, measurement->assurance[domain]);
    }
}

sbx_status engine_measure(struct engine *engine, struct findings *findings, struct sbx_error *error)
{
    struct targets targets = {0};
    struct probe_results results = {0};
    struct measurement measurement = {0};
    struct findings made = {NULL, 0};
    struct report_input input = {0};
    struct host_facts host;
    sbx_status status;

    status = acl_host_keeps_entries(engine->folder, &input.host_keeps_acls, error);
    if (status)
        return status;
    status = make_targets(engine, &targets, error);
    if (!status)
        status = run_probe(engine, &targets, &results, &measurement, error);
    free_targets(engine, &targets);
    if (status)
        return status;

    host_examine(&host);
    input.measurement = &measurement;
    input.probes = &results;
    input.required = engine->boundary.required;
    input.host = host.product;
    input.wine = host.wine[0] != '\0';
    input.fully_restricted = engine->boundary.token == SBX_TOKEN_FULLY_RESTRICTED;
    status = report_make(&input, &made, error);
    if (status)
        return status;

    status = findings_check(&made, error);
    if (!status)
        set_floors(engine, &made, &measurement);
    *findings = made;
    return status;
}
