/*
 * engine_feed.c - what is told of commands to those who listen: a copy of their output, and their end.
 *
 * Nothing here takes anything from Read or Collect, and nothing waits: a sink that is slow or hangs holds up no command. The
 * probe is nobody's business. Locked, mostly on the engine's thread.
 */
#include "base/memory.h"
#include "sbxcom/engine_private.h"

bool run_is_heard(const struct engine_run *run)
{
    return !run->internal && feed_is_heard(run->engine->feed);
}

/* The feed has taken a reference: on the run, and so on its engine's memory. */
static void hold_for_feed(struct engine_run *run)
{
    run->references++;
    run->engine->references++;
}

void run_hear(struct engine_run *run, int stream, const void *bytes, size_t size)
{
    const struct feed_output output = {
        .subject = run,
        .stream = stream,
        .encoding = run->encoding,
        .bytes = bytes,
        .size = size,
        .offset = run->output[stream].total,
        .most = run->output_size,
        .waits = run->state == RUN_STARTING,
    };

    if (run_is_heard(run) && feed_output(run->engine->feed, &output))
        hold_for_feed(run);
}

void run_hear_start(struct engine_run *run)
{
    if (run->engine->feed)
        feed_known(run->engine->feed, run);
}

void run_hear_end(struct engine_run *run)
{
    if (run_is_heard(run) && feed_exit(run->engine->feed, run))
        hold_for_feed(run);
}

void run_hear_nothing(struct engine_run *run)
{
    if (!run->engine->feed || !feed_forget(run->engine->feed, run))
        return;
    run_unreference(run); /* not the last one: it is among the active ones */
    run->engine->references--;
}

static void free_violation(void *payload)
{
    violations_free(payload);
    sbx_free(payload);
}

/* Copies: the sinks hear of them in their own time. */
void engine_hear_violations(struct engine *engine, const struct violations *found)
{
    for (size_t i = 0; i < found->count && feed_is_heard(engine->feed); i++) {
        struct violations *one = sbx_alloc(sizeof *one);

        if (one && violations_add(one, &found->items[i])) {
            sbx_free(one);
            one = NULL;
        }
        if (one)
            feed_note(engine->feed, FEED_VIOLATION, one, free_violation);
    }
}
