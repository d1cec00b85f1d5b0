/*
 * engine.c - the life of an engine, its state, and how a client's call waits for it.
 */
#include "base/memory.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "sbxcom/engine_private.h"
#include "sbxcom/wait.h"

#include <string.h>

#define IDLE_WAITERS 8 /* events kept for the next waiting calls */

/* Locking. */

void engine_lock(struct engine *engine)
{
    AcquireSRWLockExclusive(&engine->lock);
}

void engine_unlock(struct engine *engine)
{
    ReleaseSRWLockExclusive(&engine->lock);
}

/* Waiting. */

void engine_wake(struct engine *engine, const void *subject, unsigned what)
{
    for (struct engine_waiter *waiter = engine->waiters; waiter; waiter = waiter->next) {
        if (waiter->woken || (subject && waiter->subject != subject) || !(waiter->wants & what))
            continue;
        waiter->woken = true;
        SetEvent(waiter->event);
    }
}

static struct engine_waiter *take_waiter(struct engine *engine)
{
    struct engine_waiter *waiter = engine->idle_waiters;

    if (waiter) {
        engine->idle_waiters = waiter->next;
        return waiter;
    }
    waiter = sbx_alloc(sizeof *waiter);
    if (!waiter)
        return NULL;
    waiter->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!waiter->event) {
        sbx_free(waiter);
        return NULL;
    }
    return waiter;
}

static void free_waiter(struct engine_waiter *waiter)
{
    CloseHandle(waiter->event);
    sbx_free(waiter);
}

static void give_waiter(struct engine *engine, struct engine_waiter *waiter)
{
    size_t idle_count = 0;

    for (const struct engine_waiter *idle = engine->idle_waiters; idle; idle = idle->next)
        idle_count++;
    if (idle_count >= IDLE_WAITERS || engine->gone) {
        free_waiter(waiter);
        return;
    }
    waiter->next = engine->idle_waiters;
    engine->idle_waiters = waiter;
}

static void free_idle_waiters(struct engine *engine)
{
    while (engine->idle_waiters) {
        struct engine_waiter *waiter = engine->idle_waiters;

        engine->idle_waiters = waiter->next;
        free_waiter(waiter);
    }
}

static void unlist_waiter(struct engine *engine, const struct engine_waiter *waiter)
{
    struct engine_waiter **link = &engine->waiters;

    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
}

void call_begin(struct call *call, struct engine *engine, int32_t timeout_ms)
{
    engine_lock(engine);
    *call = (struct call){.engine = engine, .until_ms = UINT64_MAX, .cancels = engine->cancels};
    if (timeout_ms >= 0)
        call->until_ms = clock_monotonic_ms() + (uint64_t)timeout_ms;
}

void call_end(struct call *call)
{
    engine_unlock(call->engine);
}

static sbx_status cancelled(struct sbx_error *error)
{
    return error_set(
        error, SBX_E_CANCELLED,
        "The call was cancelled. The session can be used on; what the call waited for may still come.");
}

/* What ends a call whatever it waits for. */
static sbx_status check_call(const struct call *call, struct sbx_error *error)
{
    sbx_status status;

    if (call->to_the_end)
        return SBX_OK;
    status = engine_check_running(call->engine, error);
    if (!status && call->cancels != call->engine->cancels)
        status = cancelled(error);
    return status;
}

/* Milliseconds until then, as the system's waits take them. */
static uint32_t time_left(uint64_t until_ms)
{
    uint64_t now_ms;

    if (until_ms == UINT64_MAX)
        return WAIT_FOREVER;
    now_ms = clock_monotonic_ms();
    if (now_ms >= until_ms)
        return 0;
    return until_ms - now_ms < INT32_MAX ? (uint32_t)(until_ms - now_ms) : INT32_MAX;
}

sbx_status call_wait(struct call *call, const void *subject, unsigned wants, struct sbx_error *error)
{
    struct engine *engine = call->engine;
    uint32_t left_ms = time_left(call->until_ms);
    struct engine_waiter *waiter;
    sbx_handle stop = call->to_the_end ? NULL : engine->stop;
    bool stopped = false;
    sbx_status status;

    status = check_call(call, error);
    if (status)
        return status;
    if (left_ms == 0)
        return SBX_E_TIMEOUT;
    waiter = take_waiter(engine);
    if (!waiter)
        return error_memory(error, "an event to wait for");

    waiter->subject = subject;
    waiter->wants = wants;
    waiter->woken = false;
    waiter->next = engine->waiters;
    engine->waiters = waiter;
    engine_unlock(engine);

    status = wait_for_own(waiter->event, stop, left_ms, &stopped, error);

    engine_lock(engine);
    unlist_waiter(engine, waiter);
    give_waiter(engine, waiter); /* its event may still be set: the next one's wait ends for nothing, once */
    if (status == SBX_E_TIMEOUT || (status == SBX_E_CANCELLED && call->to_the_end))
        return SBX_OK; /* it may have come in the last moment; the next look is the last one */
    if (!status && stopped)
        status = cancelled(error);
    if (!status)
        status = check_call(call, error);
    return status;
}

/* State. */

sbx_status engine_say_lost(struct sbx_error *error)
{
    return error_set(
        error, SBX_E_RUNNER_LOST,
        "The session's runner has ended, and every command with it. Call Provision to start the session "
        "anew; if it happens again, look whether a virus scanner or an administrator ends sbxrun.exe.");
}

sbx_status engine_check_running(const struct engine *engine, struct sbx_error *error)
{
    switch (engine->state) {
    case ENGINE_RUNNING:
        return SBX_OK;
    case ENGINE_CLOSED:
        return error_set(error, SBX_E_CLOSED,
                         "The session is closed. Start another one with a new Sbx.Session.");
    case ENGINE_LOST:
        break;
    }
    return engine_say_lost(error);
}

enum engine_state engine_state(struct engine *engine)
{
    enum engine_state state;

    engine_lock(engine);
    state = engine->state;
    engine_unlock(engine);
    return state;
}

uint32_t engine_last_id(struct engine *engine)
{
    uint32_t last_id;

    engine_lock(engine);
    last_id = engine->last_id;
    engine_unlock(engine);
    return last_id;
}

bool engine_has_commands(const struct engine *engine)
{
    for (const struct engine_run *run = engine->active; run; run = run->next) {
        if (run->state == RUN_STARTING || run->state == RUN_RUNNING)
            return true;
    }
    return false;
}

bool engine_is_busy(struct engine *engine)
{
    bool busy;

    engine_lock(engine);
    busy = engine_has_commands(engine) || engine->later.waiting > 0;
    engine_unlock(engine);
    return busy;
}

const struct boundary *engine_boundary(struct engine *engine)
{
    return &engine->boundary;
}

void engine_cancel(struct engine *engine)
{
    engine_lock(engine);
    engine->cancels++;
    engine_wake(engine, NULL, ~0u);
    engine_unlock(engine);
}

void engine_poke(struct engine *engine)
{
    engine->untidy = true;
    if (engine->wake_posted || !engine->loop)
        return;
    engine->wake_posted = !loop_post(engine->loop, &engine->wake.loop, NULL);
}

void engine_begin_close(struct engine *engine)
{
    struct sbx_buffer nothing = SBX_BUFFER_EMPTY;
    struct channel_write *write;

    if (engine->state != ENGINE_RUNNING)
        return;
    engine->state = ENGINE_CLOSED;
    engine->close_ms = clock_monotonic_ms() + CLOSE_WAIT_MS;

    /* Asked first, so that it ends with an exit code of its own; the thread kills it if that takes too long. */
    if (!channel_write_make(FRAME_CLOSE, channel_next_request(engine), &nothing, &write, NULL))
        channel_send(engine, write, NULL);
    if (engine->changing_stop)
        SetEvent(engine->changing_stop);
    WakeAllConditionVariable(&engine->changed);
    engine_wake(engine, NULL, ~0u);
    engine_poke(engine);
}

void engine_close(struct engine *engine)
{
    struct call call;

    call_begin(&call, engine, -1);
    call.to_the_end = true;
    engine_begin_close(engine);
    while (!engine->gone) {
        if (call_wait(&call, engine, WAKE_GONE, NULL))
            break; /* no memory for an event: the thread goes on without us */
    }
    call_end(&call);
}

/* References. */

void engine_hold(struct engine *engine)
{
    engine_lock(engine);
    engine->clients++;
    engine->references++;
    engine_unlock(engine);
}

void engine_keep(struct engine *engine)
{
    engine_lock(engine);
    engine->references++;
    engine_unlock(engine);
}

static void free_engine(struct engine *engine)
{
    runs_free(engine);
    engine_drop_account(engine);
    free_idle_waiters(engine);
    planted_free(engine->planted); /* it looks at the boundary */
    boundary_free(&engine->boundary);
    repositories_kept_free(&engine->searched);
    policy_free(&engine->policy);
    engine_free_allowances(engine);
    violations_free(&engine->violations);
    engine_free_later(engine);
    plan_free(&engine->plan);
    tree_outcome_free(&engine->outcome);
    token_facts_free(&engine->token);
    frame_decoder_free(&engine->decoder);
    sbx_free(engine->channel_bytes);
    sbx_free(engine->scratch);
    sbx_free(engine->session_id);
    sbx_free(engine->runner_file);
    sbx_free(engine->folder);
    sbx_free(engine->work);
    sbx_free(engine->desktop_words);
    sbx_free(engine->network_words);
    folder_watch_free(engine->watch);
    change_log_release(engine->changes);
    feed_release(engine->feed);
    sbx_free(engine);
}

void engine_drop(struct engine *engine)
{
    bool last;

    engine_lock(engine);
    last = --engine->references == 0;
    engine_unlock(engine);
    if (last)
        free_engine(engine);
}

void engine_release(struct engine *engine)
{
    engine_lock(engine);
    if (--engine->clients == 0)
        engine_begin_close(engine);
    engine_unlock(engine);
    engine_drop(engine);
}

void engine_end_runner(struct engine *engine)
{
    /* Closing the job ends the runner and whatever any command left behind. */
    handle_close(engine->job);
    engine->job = NULL;
    if (engine->runner.handle)
        process_terminate(engine->runner.handle, EXIT_CODE_ENDED, NULL);
}

void engine_dismantle(struct engine *engine)
{
    struct process runner;
    struct loop *loop;

    engine_end_runner(engine);

    /* Nobody starts anything once the state has changed, so these are ours; the lock is for those who only look. */
    engine_lock(engine);
    runner = engine->runner;
    loop = engine->loop;
    memset(&engine->runner, 0, sizeof engine->runner);
    engine->loop = NULL;
    handle_close(engine->to_runner);
    handle_close(engine->from_runner);
    engine->to_runner = engine->from_runner = NULL;
    engine_unlock(engine);

    /* It was ended; whoever closes a session may rely on its being gone, and the account goes to the next one. */
    if (runner.handle)
        process_wait(runner.handle, DEATH_WAIT_MS, NULL);
    process_free(&runner);
    loop_free(loop);
    engine_drop_desktop(engine);
    engine_last_look(engine);
    engine_give_back_files(engine);

    /* Best effort: a file that somebody else holds open stays, as it would in any temporary folder. */
    if (engine->folder_made)
        folder_delete_tree(engine->work, NULL);
    if (engine->work_mark)
        held_close(engine->work_mark);
    engine->work_mark = NULL;
    engine_stop_later(engine);
    engine_let_go_of_files(engine, engine_take_provision(engine));
    engine_drop_account(engine); /* the runner is dead: another session may have the account */
    engine_close_transcript(engine);

    engine_lock(engine);
    engine->gone = true;
    free_idle_waiters(engine);
    engine_wake(engine, NULL, ~0u);
    engine_unlock(engine);
}
