/*
 * engine_planted.c - after each command: what stands on protected names now.
 *
 * On the engine's thread, without the lock, before the command is seen as ended: so a result's violations are all there, and
 * a client that waits for the command waits for the look as well. A look is a dozen opens; what takes long, taking rights out of
 * a large tree, ends after a while or with the session, and the violation's text says that it did.
 */
#include "os/clock.h"
#include "sbxcom/engine_private.h"

#define MOST_LOOK_MS 10000 /* of one command's */
#define LAST_LOOK_MS 2000  /* of the session's end */

struct patience {
    struct engine *engine;
    uint64_t until_ms;
    bool to_the_end; /* the session is over already */
};

static bool is_patient(void *context, const struct tree_outcome *so_far)
{
    const struct patience *patience = context;

    (void)so_far;
    return clock_monotonic_ms() < patience->until_ms &&
           (patience->to_the_end || engine_state(patience->engine) == ENGINE_RUNNING);
}

/* Not locked. What was found is kept, and told to the transcript; without memory for it the next look finds it. */
static void look(struct engine *engine, uint32_t process, uint32_t most_ms, struct violations *found)
{
    struct patience patience = {engine, clock_monotonic_ms() + most_ms, process == 0};
    const struct tree_control control = {is_patient, &patience};

    planted_look(engine->planted, process, &control, found, NULL);
    AcquireSRWLockExclusive(&engine->transcript_lock);
    for (size_t i = 0; i < found->count && engine->transcript; i++)
        transcript_violation(engine->transcript, &found->items[i], NULL);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
}

void run_look(struct engine_run *run)
{
    struct engine *engine = run->engine;
    struct violations found = {NULL, 0};

    if (!engine->planted || run->internal)
        return;
    run->references++;
    engine_unlock(engine);
    look(engine, run->id, MOST_LOOK_MS, &found);
    engine_lock(engine);
    violations_append(&engine->violations, &found, 0);
    engine_hear_violations(engine, &found);
    violations_free(&run->violations);
    run->violations = found;
    run_unreference(run);
}

void engine_last_look(struct engine *engine)
{
    struct violations found = {NULL, 0};

    if (!engine->planted)
        return;
    look(engine, 0, LAST_LOOK_MS, &found);
    engine_lock(engine);
    violations_append(&engine->violations, &found, 0);
    engine_hear_violations(engine, &found);
    engine_unlock(engine);
    violations_free(&found);
}

sbx_status engine_violations(struct engine *engine, size_t first, struct violations *violations)
{
    sbx_status status;

    engine_lock(engine);
    status = violations_append(violations, &engine->violations, first);
    engine_unlock(engine);
    return status;
}

sbx_status engine_run_violations(struct engine_run *run, struct violations *violations)
{
    sbx_status status;

    engine_lock(run->engine);
    status = violations_append(violations, &run->violations, 0);
    engine_unlock(run->engine);
    return status;
}
