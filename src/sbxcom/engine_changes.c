/*
 * engine_changes.c - what changes in the workspace while the session lives, written down for whoever asks.
 *
 * One read of the watch is in flight, served by the engine's thread. A record is a command's if it was the only one that ran
 * then: the system does not tell who did it, and the user's own editor may be at work in the same folder. Records come a
 * moment after the deed, so a command that has just ended counts as one that ran.
 */
#include "os/clock.h"
#include "sbxcom/engine_private.h"

#define RECORD_DELAY_MS 100 /* after its end a command may still be meant */
#define QUIET_MS        30  /* without a record: there are no more on their way */
#define MOST_QUIET_MS   500 /* in a folder that is never quiet */

static void add(struct engine *engine, enum change_action action, const char *path, uint32_t process)
{
    change_log_add(engine->changes, engine, action, path, process);
}

/* The command that ran now, if it was one alone; else 0. Locked. */
static uint32_t who_ran(const struct engine *engine)
{
    uint64_t now_ms = clock_monotonic_ms();
    uint32_t id = 0, count = 0;

    for (const struct engine_run *run = engine->active; run; run = run->next) {
        if (run->state != RUN_RUNNING || run->internal)
            continue;
        id = run->id;
        count++;
    }
    for (size_t i = 0; i < sizeof engine->ended / sizeof *engine->ended; i++) {
        if (!engine->ended[i].id || now_ms - engine->ended[i].ms > RECORD_DELAY_MS)
            continue;
        id = engine->ended[i].id;
        count++;
    }
    return count == 1 ? id : 0;
}

void run_is_over(struct engine_run *run)
{
    struct engine *engine = run->engine;

    if (run->internal)
        return;
    engine->ended[1] = engine->ended[0];
    engine->ended[0] = (struct ended){run->id, clock_monotonic_ms()};
}

struct change_writer {
    struct engine *engine;
    uint32_t process;
};

static void write_down(void *context, enum folder_action action, const char *name)
{
    static const enum change_action actions[] = {
        [FOLDER_ADDED] = CHANGE_ACTION_ADDED,           [FOLDER_REMOVED] = CHANGE_ACTION_REMOVED,
        [FOLDER_MODIFIED] = CHANGE_ACTION_MODIFIED,     [FOLDER_RENAMED_FROM] = CHANGE_ACTION_RENAMED_FROM,
        [FOLDER_RENAMED_TO] = CHANGE_ACTION_RENAMED_TO, [FOLDER_LOST] = CHANGE_ACTION_LOST,
    };
    const struct change_writer *writer = context;

    add(writer->engine, actions[action], name, writer->process);
}

/* Locked. */
static void watch_on(struct engine *engine)
{
    if (engine->from_runner && !folder_watch_next(engine->watch, &engine->watch_operation.loop, NULL)) {
        engine->watching = true;
        engine->operations++;
        return;
    }
    add(engine, CHANGE_ACTION_LOST, "", 0);
    folder_watch_stop(engine->watch);
}

void changes_event(struct engine *engine, const struct loop_event *event)
{
    struct change_writer writer = {engine, who_ran(engine)};

    engine->watching = false;
    folder_watch_take(engine->watch, event, write_down, &writer);
    engine_wake(engine, engine, WAKE_CHANGES);
    if (!event->ended)
        watch_on(engine);
}

void changes_stop(struct engine *engine)
{
    if (engine->watch)
        folder_watch_stop(engine->watch);
}

void engine_watch_changes(struct engine *engine)
{
    struct folder_watch *watch = NULL;

    if (!engine->changes)
        return;
    change_log_claim(engine->changes, engine);
    engine->watch_operation.kind = OPERATION_CHANGES;
    engine->watch_operation.loop.user = &engine->watch_operation;
    engine_lock(engine);
    if (engine->from_runner && !folder_watch_open(engine->boundary.workspace, engine->loop, &watch, NULL)) {
        engine->watch = watch;
        watch_on(engine);
    } else {
        add(engine, CHANGE_ACTION_LOST, "", 0);
    }
    engine_unlock(engine);
}

/* What happened before the call is in the list after it: as soon as no record has come for a moment. */
sbx_status engine_changes(struct engine *engine, struct change_list *list, struct sbx_error *error)
{
    struct call call;
    uint64_t until_ms;
    sbx_status status = SBX_OK;

    call_begin(&call, engine, MOST_QUIET_MS);
    until_ms = call.until_ms;
    while (engine->watching && !status) {
        uint64_t now_ms = clock_monotonic_ms();

        if (now_ms >= until_ms)
            break;
        call.until_ms = now_ms + QUIET_MS;
        status = call_wait(&call, engine, WAKE_CHANGES, error);
        if (!status && clock_monotonic_ms() >= call.until_ms)
            break; /* the time is over, and nothing came */
    }
    call_end(&call);
    if (status == SBX_E_CANCELLED)
        return status;
    if (change_log_list(engine->changes, engine->boundary.workspace, list))
        return error_memory(error, "the list of changes");
    return SBX_OK;
}
