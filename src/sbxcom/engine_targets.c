/*
 * engine_targets.c - the probes' targets and the controls outside.
 */
#include "sbxcom/engine_targets.h"

#include "base/memory.h"
#include "core/path.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT          "content"
#define NAME_BYTES       8
#define DANGEROUS_ACCESS (PROCESS_TERMINATE | PROCESS_VM_READ | PROCESS_CREATE_PROCESS)

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
    char *path = path_join(folder, "control.txt");
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

static bool can_use_canary(HANDLE canary)
{
    return SetEvent(canary) && ResetEvent(canary);
}

static enum probe_outcome control(bool done)
{
    return done ? PROBE_ALLOWED : PROBE_INVALID;
}

/* Files, and what Provision's share of the battery needs. */

static sbx_status make_files(const struct targets *targets, struct sbx_error *error)
{
    const char *const paths[] = {targets->write, targets->remove, targets->read};
    sbx_status status;

    status = folder_create(targets->folder, error);
    for (size_t i = 0; i < sizeof paths / sizeof *paths && !status; i++)
        status = file_create(paths[i], CONTENT, sizeof CONTENT - 1, error);
    return status;
}

/* Of the runner as it is now; somebody else may close the session meanwhile. */
static sbx_status hold_runner(struct engine *engine, HANDLE *copy, struct sbx_error *error)
{
    HANDLE own = GetCurrentProcess();
    sbx_status status;

    engine_lock(engine);
    status = engine_check_running(engine, error);
    if (!status && !DuplicateHandle(own, engine->runner.handle, own, copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        status = error_system(error, "DuplicateHandle", GetLastError());
    engine_unlock(engine);
    return status;
}

/*
 * What the probe starts in our name is in no job of the session's: without this one, a session that is given up while its probe runs
 * would leave it behind. Every token of the commands may put processes in, and nothing else.
 */
static sbx_status make_leash(const struct engine *engine, struct targets *targets, struct sbx_error *error)
{
    char sid[SID_TEXT_SIZE], name[2 * NAME_BYTES + 1];
    struct sbx_strings sids = {NULL, 0};
    sbx_status status = random_hex(name, NAME_BYTES, error);

    if (!status)
        status = identity_user_sid(sid, error);
    if (status)
        return status;
    if (strings_copy(&engine->boundary.recipe.restricting_sids, &sids) || strings_append(&sids, sid))
        status = error_memory(error, "a probe's target");
    snprintf(targets->leash_name, sizeof targets->leash_name, "Local\\sbxcom-leash-%s", name);
    if (!status)
        status = attempt_target_job(targets->leash_name, &sids, &targets->leash, error);
    strings_free(&sids);
    return status;
}

static sbx_status make_quick(struct engine *engine, struct targets *targets, struct sbx_error *error)
{
    struct probe_results *controls = &targets->controls;
    char name[sizeof "outside-" + 2 * NAME_BYTES] = "outside-";
    sbx_status status;

    status = hold_runner(engine, &targets->runner, error);
    if (!status)
        status = make_leash(engine, targets, error);
    if (!status)
        status = random_hex(name + strlen(name), NAME_BYTES, error);
    if (status)
        return status;
    targets->folder = path_join(engine->folder, name);
    if (targets->folder) {
        targets->write = path_join(targets->folder, "write.txt");
        targets->remove = path_join(targets->folder, "delete.txt");
        targets->read = path_join(targets->folder, "read.txt");
    }
    if (!targets->folder || !targets->write || !targets->remove || !targets->read)
        return error_memory(error, "the probe's files");
    status = make_files(targets, error);
    if (status)
        return status;
    targets->canary = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!targets->canary)
        return error_system(error, "CreateEvent", GetLastError());

    controls->write_outside = control(can_write(targets->write));
    controls->read_outside = control(can_read(targets->read));
    controls->delete_outside = control(can_remove(targets->folder));
    controls->open_caller = controls->open_runner = controls->reparent = control(can_open_process());
    controls->inherit_unlisted = control(can_use_canary(targets->canary));
    /* That a process can be started at all, and lives on, is what the probe itself shows. */
    controls->outlive_command = controls->break_away = controls->unix_program = PROBE_ALLOWED;
    controls->write_workspace = PROBE_ALLOWED; /* its refusal is no claim */
    return handle_give(targets->runner, targets->canary, true, &targets->given, error);
}

/* The rest. */

static const char *first_path(const struct boundary *boundary, enum boundary_right right)
{
    for (size_t i = 0; i < boundary->place_count; i++) {
        const struct boundary_place *place = &boundary->places[i];

        if (place->right == right && place->present && !place->link)
            return place->path;
    }
    return NULL;
}

/* Whose name, and no value, is told to the probe. */
static char *find_variable(const struct boundary *boundary)
{
    struct sbx_strings ours = {NULL, 0};
    char *found = NULL;

    if (process_environment(&ours, NULL))
        return NULL;
    for (size_t i = 0; i < ours.count && !found; i++) {
        char *name = ours.items[i];

        name[strcspn(name, "=")] = '\0';
        if (*name && !environment_get(&boundary->environment, name))
            found = sbx_strdup(name);
    }
    strings_free(&ours);
    return found;
}

static void make_named(struct targets *targets)
{
    char name[2 * NAME_BYTES + 1];

    if (random_hex(name, NAME_BYTES, NULL))
        return;
    snprintf(targets->event_name, sizeof targets->event_name, "Local\\sbxcom-probe-%s", name);
    snprintf(targets->pipe_name, sizeof targets->pipe_name, "\\\\.\\pipe\\sbxcom-probe-%s", name);
    if (!attempt_target_event(targets->event_name, &targets->event, NULL))
        targets->controls.set_event = control(!attempt_event(targets->event_name));
    if (!attempt_target_pipe(targets->pipe_name, &targets->pipe, NULL))
        targets->controls.squat_pipe = control(!attempt_pipe(targets->pipe_name));
}

static void make_listeners(struct targets *targets)
{
    enum probe_outcome *controls[] = {&targets->controls.connect_v4, &targets->controls.connect_v6};

    for (int v6 = 0; v6 < 2; v6++) {
        if (attempt_listen(v6, &targets->listeners[v6], &targets->ports[v6], NULL))
            continue;
        *controls[v6] = control(!attempt_connect(v6, targets->ports[v6]));
        attempt_heard(targets->listeners[v6]);
    }
}

static void make_whole(struct engine *engine, struct targets *targets)
{
    struct probe_results *controls = &targets->controls;

    targets->protected_path = first_path(&engine->boundary, BOUNDARY_PROTECT);
    if (targets->protected_path) {
        controls->write_protected = control(!attempt_file(targets->protected_path, ATTEMPT_WRITE));
        controls->delete_protected = control(!attempt_file(targets->protected_path, ATTEMPT_DELETE));
    }
    targets->denied = first_path(&engine->boundary, BOUNDARY_DENY);
    if (targets->denied)
        controls->read_denied = control(!attempt_file(targets->denied, ATTEMPT_READ));
    targets->variable = find_variable(&engine->boundary);
    if (targets->variable)
        controls->see_variable = control(!attempt_variable(targets->variable));
    make_named(targets);
    make_listeners(targets);
    controls->caller_threads = controls->runner_threads = control(!attempt_threads(process_own_id()));
    controls->clipboard = control(!attempt_clipboard());
    targets->drive = !attempt_file(ATTEMPT_PHYSICAL_DRIVE, ATTEMPT_READ);
    controls->physical_drive = control(targets->drive);
}

sbx_status targets_make(struct engine *engine, bool whole, struct targets *targets, struct sbx_error *error)
{
    sbx_status status = make_quick(engine, targets, error);

    targets->whole = whole;
    if (!status && whole)
        make_whole(engine, targets);
    return status;
}

void targets_free(struct targets *targets)
{
    if (targets->given)
        handle_take_back(targets->runner, targets->given);
    if (targets->runner)
        CloseHandle(targets->runner);
    if (targets->canary)
        CloseHandle(targets->canary);
    attempt_target_close(targets->event);
    attempt_target_close(targets->pipe);
    attempt_target_close(targets->leash);
    attempt_listener_close(targets->listeners[0]);
    attempt_listener_close(targets->listeners[1]);
    if (targets->folder)
        folder_delete_tree(targets->folder, NULL);
    sbx_free(targets->folder);
    sbx_free(targets->write);
    sbx_free(targets->remove);
    sbx_free(targets->read);
    sbx_free(targets->variable);
}

/* The command line. */

static void name_target(struct sbx_strings *arguments, const char *target, const char *value,
                        sbx_status *status)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    if (!value || *status)
        return;
    buffer_append_format(&text, "%s=%s", target, value);
    *status = buffer_failed(&text) ? SBX_E_MEMORY : strings_append(arguments, buffer_text(&text));
    buffer_free(&text);
}

static void number_target(struct sbx_strings *arguments, const char *target, uint64_t value,
                          sbx_status *status)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    name_target(arguments, target, text, status);
}

sbx_status targets_arguments(const struct engine *engine, const struct targets *targets,
                             struct sbx_strings *arguments, struct sbx_error *error)
{
    sbx_status status = strings_append(arguments, engine->runner_file);

    if (!status)
        status = strings_append(arguments, "--probe");
    if (!targets)
        goto end;
    name_target(arguments, "workspace", engine->boundary.workspace, &status);
    name_target(arguments, "outside", targets->folder, &status);
    number_target(arguments, "caller", process_own_id(), &status);
    number_target(arguments, "runner", engine->runner.id, &status);
    number_target(arguments, "canary", targets->given, &status);
    name_target(arguments, "tree", "1", &status);
    name_target(arguments, "leash", targets->leash_name, &status);
    if (targets->whole) {
        name_target(arguments, "protected", targets->protected_path, &status);
        name_target(arguments, "denied", targets->denied, &status);
        name_target(arguments, "variable", targets->variable, &status);
        name_target(arguments, "event", targets->event ? targets->event_name : NULL, &status);
        name_target(arguments, "pipe", targets->pipe ? targets->pipe_name : NULL, &status);
        name_target(arguments, "clipboard", "1", &status);
        name_target(arguments, "drive", targets->drive ? ATTEMPT_PHYSICAL_DRIVE : NULL, &status);
        number_target(arguments, "caller-threads", process_own_id(), &status);
        number_target(arguments, "runner-threads", engine->runner.id, &status);
        if (targets->listeners[0])
            number_target(arguments, "port4", targets->ports[0], &status);
        if (targets->listeners[1])
            number_target(arguments, "port6", targets->ports[1], &status);
    }
end:
    return status ? error_memory(error, "the probe") : SBX_OK;
}

/* Judging. */

static bool has_changed(const char *path, size_t size)
{
    char *bytes = NULL;
    size_t found = 0;
    bool changed =
        file_read_all(path, 4096, &bytes, &found, NULL) || found != size || strncmp(bytes, CONTENT, 1);

    sbx_free(bytes);
    return changed;
}

void targets_judge(const struct targets *targets, struct probe_results *results)
{
    bool written = targets->controls.write_outside == PROBE_ALLOWED; /* which has made it one byte longer */

    if (has_changed(targets->write, sizeof CONTENT - 1 + (written ? 1 : 0)))
        results->write_outside = PROBE_ALLOWED;
    if (has_changed(targets->remove, sizeof CONTENT - 1))
        results->delete_outside = PROBE_ALLOWED;
    if (WaitForSingleObject(targets->canary, 0) == WAIT_OBJECT_0)
        results->inherit_unlisted = PROBE_ALLOWED;
    if (targets->listeners[0] && attempt_heard(targets->listeners[0]))
        results->connect_v4 = PROBE_ALLOWED;
    if (targets->listeners[1] && attempt_heard(targets->listeners[1]))
        results->connect_v6 = PROBE_ALLOWED;
    probe_control(results, &targets->controls);
}
