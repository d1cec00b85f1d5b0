/*
 * engine_later.c - toolchains, which are granted while the session runs already, and commands that wait for theirs.
 *
 * A thread of the engine's grants one folder after another, first what a command waits for. Each is a change of what is granted
 * like AllowWrite's (engine_allow.c): the thread has the session's mark in its hand as long as it takes, and the journal, and gives both
 * back between two folders, with a pause in which whoever waits for them has his turn.
 *
 * Such another change may undo what was granted here: a grant of the folder above lets commands read the toolchain itself, so that its own
 * entries are not planned any more. While that grant is in force the toolchain counts as granted; after it, what does not stand is
 * pending again.
 *
 * Whoever takes the mark for good (another engine, the end) stops the thread first; what it is at is undone then. An
 * engine that gets its mark back goes on where it was stopped.
 */
#include "base/memory.h"
#include "core/excerpt.h"
#include "core/later.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "sbxcom/engine_private.h"
#include "sbxcom/module.h"

#include <string.h>

#define PHASE "toolchains"
/* After so long at work the thread makes a pause, longer than the one between two looks of who waits for the journal (core/provision.c). */
#define WORK_MS       200
#define PAUSE_MS      120
#define LOOK_AGAIN_MS 1000 /* until the journal is looked at again that somebody left unfinished */
#define LOOK_MS       50   /* between two looks whether the thread has ended */
#define ROOT_TEXT     160  /* of a folder's path in an error */

/* ---- what stands ------------------------------------------------------------------------------------------------ */

/* Is all of it done already, by an earlier session? */
static sbx_status is_done(const struct plan *plan, const char *path, bool *done)
{
    struct plan part = {0};
    sbx_status status = plan_part(plan, path, &part, NULL);

    if (status)
        return status;
    *done = true;
    for (size_t i = 0; i < part.count; i++)
        *done = *done && part.steps[i].state == STEP_DONE;
    plan_free(&part);
    return SBX_OK;
}

sbx_status engine_list_later(struct engine *engine, struct sbx_error *error)
{
    const struct plan *plan = &engine->plan;
    struct engine_later *later = &engine->later;

    if (!plan->later_count)
        return SBX_OK;
    later->roots = sbx_alloc_array(plan->later_count, sizeof *later->roots);
    later->stop = later->roots ? CreateEventW(NULL, TRUE, FALSE, NULL) : NULL;
    if (!later->stop)
        return error_memory(error, "a list of toolchains");
    for (size_t i = 0; i < plan->later_count; i++) {
        struct later_root *root = &later->roots[i];
        bool done = false;

        if (plan->later[i].problem) {
            root->state = LATER_FAILED;
            error_set(&root->error, SBX_E_WORKSPACE_REFUSED, "%s", plan->later[i].problem);
        } else if (is_done(plan, plan->later[i].path, &done)) {
            return error_memory(error, "a list of toolchains");
        } else {
            root->state = done ? LATER_GRANTED : LATER_PENDING;
        }
    }
    return SBX_OK;
}

void engine_free_later(struct engine *engine)
{
    sbx_free(engine->later.roots);
    if (engine->later.stop)
        CloseHandle(engine->later.stop);
}

/* Locked. */
static size_t count_in(const struct engine *engine, enum later_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < engine->plan.later_count; i++)
        count += engine->later.roots[i].state == state;
    return count;
}

/* One that is pending has an error where somebody left the journal unfinished. */
static sbx_status add_failures(struct engine *engine, struct sbx_buffer *detail)
{
    for (size_t i = 0; i < engine->plan.later_count; i++) {
        const struct later_root *root = &engine->later.roots[i];

        if (root->state == LATER_FAILED || (root->state == LATER_PENDING && root->error.code))
            buffer_append_format(detail, " %s %s: %s", engine->plan.later[i].path,
                                 root->state == LATER_FAILED ? "could not be granted" : "is not granted yet",
                                 root->error.text);
    }
    return buffer_failed(detail) ? SBX_E_MEMORY : SBX_OK;
}

/* May commands read it by what is granted for a while? Locked. */
static bool is_lent(const struct engine *engine, const char *path)
{
    const struct boundary *boundary = engine->view ? &engine->view->boundary : NULL;

    for (size_t i = 0; boundary && i < boundary->place_count; i++) {
        const struct boundary_place *place = &boundary->places[i];

        if (!place->present || !path_holds(place->path, path))
            continue;
        if (place->right == BOUNDARY_WRITE)
            return true;
        /* What is granted lies in it, so it was given its entries with that. */
        if (place->right == BOUNDARY_READ && !place->later && text_equal_ascii_nocase(place->path, path))
            return true;
    }
    return false;
}

/* What cannot be looked up is granted again, which finds what stands already. */
void engine_look_at_later(struct engine *engine, const struct provision *provision)
{
    struct grants grants;
    bool *stand = NULL;

    if (!engine->later.roots)
        return;
    if (!grants_begin(&grants, GRANTS_GIVE, NULL, NULL, NULL)) {
        provision_later_stand(&grants.host, provision, &engine->plan, &stand, NULL);
        grants_end(&grants);
    }
    engine_lock(engine);
    for (size_t i = 0; i < engine->plan.later_count; i++) {
        struct later_root *root = &engine->later.roots[i];

        if (root->state == LATER_FAILED)
            continue;
        if (is_lent(engine, engine->plan.later[i].path))
            root->state = LATER_GRANTED;
        else if (!stand || !stand[i])
            root->state = LATER_PENDING;
    }
    engine_wake(engine, &engine->later, WAKE_LATER);
    engine_unlock(engine);
    sbx_free(stand);
}

sbx_status engine_add_later_finding(struct engine *engine, struct findings *findings)
{
    struct sbx_buffer detail = SBX_BUFFER_EMPTY;
    size_t granted, failed, count = engine->plan.later_count;
    sbx_status status;

    if (!count)
        return SBX_OK;
    engine_lock(engine);
    granted = count_in(engine, LATER_GRANTED);
    failed = count_in(engine, LATER_FAILED);
    buffer_append_format(&detail, "%zu of %zu toolchains are granted.", granted, count);
    if (granted + failed < count)
        buffer_append_text(&detail, " The others are granted in the background; commands that need one of "
                                    "those wait for it.");
    status = add_failures(engine, &detail);
    engine_unlock(engine);
    if (!status)
        status = findings_add(
            findings, PHASE, granted == count ? SBX_ENFORCED : SBX_ABSENT, SBX_ABSENT,
            "entries that let commands read them, put there while the session runs", buffer_text(&detail),
            failed ? "Commands that need those fail. Put right what is said of each, Close this session, and "
                     "Provision another one."
                   : "");
    buffer_free(&detail);
    return status;
}

/* ---- granting --------------------------------------------------------------------------------------------------- */

/* Locked. Those that failed are dealt with, too: nothing more comes of them. */
static void tell_progress(struct engine *engine)
{
    size_t dealt_with = engine->plan.later_count - count_in(engine, LATER_PENDING);

    if (feed_is_heard(engine->feed))
        feed_progress(engine->feed, PHASE, (double)dealt_with, (double)engine->plan.later_count);
}

/* Locked. */
static void end_work(struct engine *engine)
{
    engine->later.working = false;
    WakeAllConditionVariable(&engine->changed);
}

/*
 * The next one: of those that commands wait for the first, else the first. False: there is none, or nothing is to be done any more,
 * and the thread is at its end: one that becomes pending from now on needs another thread.
 */
static bool next_root(struct engine *engine, size_t *index)
{
    const struct later_root *roots = engine->later.roots;
    bool found = false;

    engine_lock(engine);
    for (size_t i = 0; i < engine->plan.later_count; i++) {
        if (roots[i].state != LATER_PENDING || (found && !(roots[i].wanted && !roots[*index].wanted)))
            continue;
        found = true;
        *index = i;
    }
    found = found && engine->state == ENGINE_RUNNING &&
            WaitForSingleObject(engine->later.stop, 0) != WAIT_OBJECT_0;
    if (!found)
        end_work(engine);
    engine_unlock(engine);
    return found;
}

static sbx_status give_entries(struct engine *engine, const struct provision *provision, const char *path,
                               struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    struct grants grants;
    sbx_status status = grants_begin(&grants, GRANTS_GIVE, engine->later.stop, NULL, error);

    if (status)
        return status;
    status = provision_apply_later(&grants.host, provision, &engine->plan, path, &outcome, error);
    grants_end(&grants);
    tree_outcome_free(&outcome);
    return status;
}

static void write_root(struct engine *engine, const char *path, const struct sbx_error *why)
{
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (engine->transcript)
        transcript_toolchain(engine->transcript, path, why, NULL);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
}

static void end_root(struct engine *engine, size_t index, sbx_status status, const struct sbx_error *why)
{
    struct later_root *root = &engine->later.roots[index];

    write_root(engine, engine->plan.later[index].path, status ? why : NULL);
    engine_lock(engine);
    root->state = status ? LATER_FAILED : LATER_GRANTED;
    root->error = status ? *why : (struct sbx_error){0};
    tell_progress(engine);
    engine_wake(engine, &engine->later, WAKE_LATER);
    engine_unlock(engine);
}

static void note_problem(struct engine *engine, size_t index, const struct sbx_error *why)
{
    engine_lock(engine);
    engine->later.roots[index].error = *why;
    engine_unlock(engine);
}

static bool is_pending(struct engine *engine, size_t index)
{
    bool pending;

    engine_lock(engine);
    pending = engine->later.roots[index].state == LATER_PENDING;
    engine_unlock(engine);
    return pending;
}

/*
 * What became of it is said before the mark is given back: the next change may undo it again. *stopped: not by the folder's fault,
 * and nothing of it is left. SBX_E_TIMEOUT, SBX_E_STATE: its turn comes again.
 */
static sbx_status grant_root(struct engine *engine, size_t index, bool *stopped)
{
    struct provision *provision = NULL;
    struct sbx_error error = {0};
    sbx_status status = engine_begin_change(engine, engine->later.stop, &provision, &error);

    *stopped = status != SBX_OK;
    if (status)
        return status;
    if (is_pending(engine, index)) { /* else the change before lent it */
        status = give_entries(engine, provision, engine->plan.later[index].path, &error);
        *stopped = status == SBX_E_CANCELLED;
        /* Another session may take its time with the same; or it died at that, and the next change mends it. */
        if (status == SBX_E_STATE)
            note_problem(engine, index, &error);
        else if (!*stopped && status != SBX_E_TIMEOUT)
            end_root(engine, index, status, &error);
    }
    engine_end_change(engine, provision);
    return status;
}

static void grant_all(void *context)
{
    struct engine *engine = context;
    uint64_t since_ms = clock_monotonic_ms();
    bool stopped = false;
    size_t index = 0;

    while (!stopped && next_root(engine, &index)) {
        sbx_status status = grant_root(engine, index, &stopped);

        if (!stopped && (status == SBX_E_TIMEOUT || status == SBX_E_STATE ||
                         clock_monotonic_ms() - since_ms >= WORK_MS)) {
            WaitForSingleObject(engine->later.stop, status == SBX_E_STATE ? LOOK_AGAIN_MS : PAUSE_MS);
            since_ms = clock_monotonic_ms();
        }
    }
    if (stopped) {
        engine_lock(engine);
        end_work(engine);
        engine_unlock(engine);
    }
    engine_drop(engine);
}

/* Without a thread nothing comes of those that are left. Locked. */
static void fail_all(struct engine *engine, const struct sbx_error *why)
{
    for (size_t i = 0; i < engine->plan.later_count; i++) {
        struct later_root *root = &engine->later.roots[i];

        if (root->state == LATER_PENDING) {
            root->state = LATER_FAILED;
            root->error = *why;
        }
    }
    engine_wake(engine, &engine->later, WAKE_LATER);
}

void engine_begin_later(struct engine *engine)
{
    struct sbx_error error = {0};
    bool begins;

    if (!engine->later.roots)
        return;
    engine_lock(engine);
    begins = !engine->later.working && count_in(engine, LATER_PENDING) && engine->state == ENGINE_RUNNING;
    if (begins) {
        ResetEvent(engine->later.stop);
        engine->later.working = true;
        engine->references++; /* the thread's */
        tell_progress(engine);
    }
    engine_unlock(engine);
    if (!begins || !module_start_worker(grant_all, engine, NULL, &error))
        return;
    engine_lock(engine);
    engine->later.working = false;
    engine->references--; /* not the last one */
    fail_all(engine, &error);
    engine_unlock(engine);
}

void engine_stop_later(struct engine *engine)
{
    if (!engine->later.roots)
        return;
    engine_lock(engine);
    SetEvent(engine->later.stop);
    while (engine->later.working) {
        SleepConditionVariableSRW(&engine->changed, &engine->lock, LOOK_MS, 0);
        SetEvent(engine->later.stop); /* a change that has just ended may have begun it anew */
    }
    engine_unlock(engine);
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

/* One command's; `needed` has a value for each of the plan's. */
struct wait {
    struct engine *engine;
    bool *needed;
};

/* Locked. */
static void want_needed(const struct wait *wait, int more)
{
    struct engine_later *later = &wait->engine->later;

    later->waiting += (unsigned)more;
    for (size_t i = 0; i < wait->engine->plan.later_count; i++) {
        if (wait->needed[i])
            later->roots[i].wanted += (unsigned)more;
    }
}

static sbx_status refuse_for(const struct engine *engine, size_t index, struct sbx_error *error)
{
    const struct sbx_error *why = &engine->later.roots[index].error;
    char shown[EXCERPT_SIZE];

    excerpt(shown, engine->plan.later[index].path);
    return error_set(
        error, why->code,
        "The command needs the toolchain in %.*s, which could not be granted to commands: %s Put "
        "that right, Close this session and Provision another one; or give the command a PATH "
        "without it.",
        ROOT_TEXT, shown, why->text);
}

static sbx_status say_too_late(const struct engine *engine, size_t index, struct sbx_error *error)
{
    char shown[EXCERPT_SIZE];

    excerpt(shown, engine->plan.later[index].path);
    return error_set(error, SBX_E_TIMEOUT,
                     "The command's time was over before the toolchain in %.*s, which it needs, was granted "
                     "(%zu of %zu are), so it was not started. Give it more time, wait until the report's "
                     "\"toolchains\" says that all are granted, or give the command a PATH without it.",
                     ROOT_TEXT, shown, count_in(engine, LATER_GRANTED), engine->plan.later_count);
}

/* Locked. What is still to come of what is needed: *index, or none (the plan's count). An error where one failed. */
static sbx_status look_at_needed(const struct wait *wait, size_t *index, struct sbx_error *error)
{
    const struct engine *engine = wait->engine;

    *index = engine->plan.later_count;
    for (size_t i = 0; i < engine->plan.later_count; i++) {
        if (!wait->needed[i] || engine->later.roots[i].state == LATER_GRANTED)
            continue;
        if (engine->later.roots[i].state == LATER_FAILED)
            return refuse_for(engine, i, error);
        if (*index == engine->plan.later_count)
            *index = i;
    }
    return SBX_OK;
}

static sbx_status wait_for_needed(const struct wait *wait, int32_t timeout_ms, struct sbx_error *error)
{
    struct engine *engine = wait->engine;
    struct call call;
    size_t index = 0;
    sbx_status status;

    call_begin(&call, engine, timeout_ms);
    want_needed(wait, 1);
    while (!(status = look_at_needed(wait, &index, error)) && index < engine->plan.later_count) {
        status = call_wait(&call, &engine->later, WAKE_LATER, error);
        if (status == SBX_E_TIMEOUT)
            say_too_late(engine, index, error);
        if (status)
            break;
    }
    want_needed(wait, -1);
    call_end(&call);
    return status;
}

/* What the command reaches, of what is not granted. */
static sbx_status find_needed(const struct wait *wait, const struct engine_command *command,
                              const char *directory, struct sbx_error *error)
{
    const struct engine *engine = wait->engine;
    struct later_question question = {.command = &command->text,
                                      .environment = command->environment ? command->environment
                                                                          : &engine->boundary.environment,
                                      .directory = directory};
    struct later_reach reach;
    char *system = NULL;
    sbx_status status = folder_path(FOLDER_SYSTEM, &system, error);

    if (status)
        return status;
    question.system_folder = system;
    status = later_look(&engine->plan, &question, &reach, error);
    sbx_free(system);
    if (status)
        return status;
    for (size_t i = 0; i < engine->plan.later_count; i++)
        wait->needed[i] = later_needs(&engine->plan, &reach, i);
    later_reach_free(&reach);
    return SBX_OK;
}

sbx_status engine_await_later(struct engine *engine, const struct engine_command *command,
                              const char *directory, struct sbx_error *error)
{
    uint64_t most_ms = (uint64_t)engine->boundary.seconds * 1000;
    struct wait wait = {engine, NULL};
    bool all;
    sbx_status status;

    if (!engine->later.roots)
        return SBX_OK;
    if (command->timeout_ms && command->timeout_ms < most_ms)
        most_ms = command->timeout_ms;
    engine_lock(engine);
    all = count_in(engine, LATER_GRANTED) == engine->plan.later_count;
    engine_unlock(engine);
    if (all)
        return SBX_OK;

    wait.needed = sbx_alloc_array(engine->plan.later_count, sizeof *wait.needed);
    if (!wait.needed)
        return error_memory(error, "a command");
    status = find_needed(&wait, command, directory, error);
    if (!status)
        status = wait_for_needed(&wait, most_ms < INT32_MAX ? (int32_t)most_ms : INT32_MAX, error);
    sbx_free(wait.needed);
    return status;
}
