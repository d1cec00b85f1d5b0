/*
 * engine_transcript.c - what is written down of commands: their start, what they wrote, their end.
 *
 * On the engine's thread, without the lock while a disk takes its time. Of each stream the first TRANSCRIPT_MOST_OUTPUT bytes are
 * written, as text, a quarter of a second's worth at a time so that a command that writes letter by letter does not make a
 * line of each; how much more there was is said with the command's end. Policy /transcript/output "none" writes none of it.
 */
#include "os/clock.h"
#include "sbxcom/engine_private.h"

#include <string.h>

#define TRANSCRIPT_MOST_OUTPUT (1024 * 1024) /* bytes of each stream */
#define WRITE_AT_SIZE          (32 * 1024)   /* at once, ... */
#define WRITE_AFTER_MS         250           /* ... or so long after the first byte */
#define WRITE_OUT_WAIT_MS      5000

bool run_is_written(const struct engine_run *run)
{
    return !run->internal && run->engine->boundary.transcript_output == SBX_TRANSCRIPT_FULL;
}

void run_write_down(struct engine_run *run, int stream, const void *bytes, size_t size)
{
    struct written *written = &run->output[stream].written;
    size_t room;

    if (!run_is_written(run) || size == 0)
        return;
    if (written->size == 0)
        written->decoder.encoding = run->encoding;
    room = written->size < TRANSCRIPT_MOST_OUTPUT ? (size_t)(TRANSCRIPT_MOST_OUTPUT - written->size) : 0;
    written->omitted += size > room ? size - room : 0;
    if (size > room)
        size = room;
    if (size == 0)
        return;
    if (!written->fresh)
        written->since_ms = clock_monotonic_ms();
    written->fresh = true;
    written->size += size;
    buffer_append(&written->bytes, bytes, size);
    if (buffer_failed(&written->bytes)) {
        written->omitted += written->bytes.size + size;
        buffer_free(&written->bytes);
    }
    if (written->bytes.size >= WRITE_AT_SIZE)
        run->engine->untidy = true;
}

/* ---- what is to be written ------------------------------------------------------------------------------------- */

enum writing { WRITE_STARTED, WRITE_OUTPUT, WRITE_EXITED };

/* Its output will not be followed by more, as far as its end is concerned. */
static bool is_quiet(const struct engine_run *run)
{
    return (run->flags & ENGINE_KEEP_DESCENDANTS) || (!run->output[0].reading && !run->output[1].reading);
}

static bool is_ending(const struct engine_run *run)
{
    return run->state == RUN_EXITED && !run->exited_told && is_quiet(run);
}

static bool is_due(const struct engine *engine, const struct written *written, uint64_t now_ms)
{
    return written->fresh &&
           (written->bytes.size >= WRITE_AT_SIZE || engine->writes_asked != engine->writes_done ||
            now_ms - written->since_ms >= WRITE_AFTER_MS);
}

/* Nothing follows what is pending of a stream: the beginning of a character is all that there will be of it. */
static bool is_last(const struct engine_run *run, int stream)
{
    return is_ending(run) || (run->state == RUN_EXITED && run_output_ended(run, stream));
}

static bool output_is_due(const struct engine_run *run, uint64_t now_ms)
{
    for (int stream = 0; stream < 2; stream++) {
        const struct written *written = &run->output[stream].written;

        if (is_due(run->engine, written, now_ms) || (written->bytes.size > 0 && is_last(run, stream)))
            return true;
    }
    return false;
}

/* The next run with something to write, held; NULL: there is none. */
static struct engine_run *next_to_write(struct engine *engine, enum writing *what)
{
    uint64_t now_ms = clock_monotonic_ms();

    for (struct engine_run *run = engine->active; run; run = run->next) {
        if (run->internal || run->state == RUN_STARTING || run->state == RUN_REFUSED)
            continue;
        if (!run->started_told) {
            run->started_told = true;
            *what = WRITE_STARTED;
        } else if (output_is_due(run, now_ms)) {
            *what = WRITE_OUTPUT;
        } else if (is_ending(run)) {
            run->exited_told = true;
            *what = WRITE_EXITED;
        } else {
            continue;
        }
        run->references++;
        return run;
    }
    return NULL;
}

uint64_t engine_next_writing(const struct engine *engine)
{
    uint64_t next_ms = UINT64_MAX;

    for (const struct engine_run *run = engine->active; run; run = run->next) {
        for (int stream = 0; stream < 2; stream++) {
            const struct written *written = &run->output[stream].written;

            if (run->started_told && written->fresh && written->since_ms + WRITE_AFTER_MS < next_ms)
                next_ms = written->since_ms + WRITE_AFTER_MS;
        }
    }
    return next_ms;
}

/* ---- writing: not locked --------------------------------------------------------------------------------------- */

/* JSON's texts are C's here: a NUL would end them. */
static void replace_nuls(const struct sbx_buffer *text, struct sbx_buffer *out)
{
    size_t at = 0;

    while (at < text->size) {
        const uint8_t *nul = memchr(text->data + at, 0, text->size - at);
        size_t size = nul ? (size_t)(nul - text->data) - at : text->size - at;

        buffer_append(out, text->data + at, size);
        if (nul)
            buffer_append_text(out, "\xEF\xBF\xBD");
        at += size + (nul != NULL);
    }
}

/* `bytes` were pending; what is left of them goes back in front. */
static void write_output(struct engine_run *run, int stream, struct sbx_buffer *bytes, bool last)
{
    struct engine *engine = run->engine;
    struct written *written = &run->output[stream].written;
    struct sbx_buffer text = SBX_BUFFER_EMPTY, shown = SBX_BUFFER_EMPTY;
    size_t used = 0;

    if (buffer_failed(bytes) ||
        text_decode(&written->decoder, bytes->data, bytes->size, last, &text, &used, NULL)) {
        used = bytes->size;
        written->omitted += used;
    }
    replace_nuls(&text, &shown);
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (engine->transcript && shown.size)
        transcript_output(engine->transcript, run->id, stream, buffer_text(&shown), NULL);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
    buffer_append(&written->bytes, bytes->data + used, bytes->size - used);
    buffer_free(bytes);
    buffer_free(&text);
    buffer_free(&shown);
}

/* Locked at both ends. The thread alone adds bytes, so nothing comes meanwhile. */
static void write_outputs(struct engine_run *run)
{
    for (int stream = 0; stream < 2; stream++) {
        struct written *written = &run->output[stream].written;
        struct sbx_buffer bytes = written->bytes;
        bool last = is_last(run, stream);

        if (bytes.size == 0 || (!written->fresh && !last))
            continue;
        written->bytes = (struct sbx_buffer)SBX_BUFFER_EMPTY;
        written->fresh = false;
        engine_unlock(run->engine);
        write_output(run, stream, &bytes, last);
        engine_lock(run->engine);
    }
}

static void write_end(struct engine_run *run, const struct message_exited *end, const uint64_t sizes[2])
{
    struct transcript *transcript = run->engine->transcript;

    for (int stream = 0; stream < 2; stream++) {
        if (run->output[stream].written.omitted)
            transcript_omitted(transcript, run->id, stream, run->output[stream].written.omitted, NULL);
    }
    transcript_exited(transcript, run->id, end, sizes[0], sizes[1], NULL);
}

/* Locked at both ends. */
static void write_event(struct engine_run *run, enum writing what)
{
    struct engine *engine = run->engine;
    const struct message_launched launched = run->launched;
    const struct message_exited end = run->end;
    const uint64_t sizes[2] = {run->output[0].total, run->output[1].total};

    engine_unlock(engine);
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (what == WRITE_STARTED)
        transcript_started(engine->transcript, run->id, run->command, run->directory, &launched, NULL);
    else
        write_end(run, &end, sizes);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
    engine_lock(engine);
}

void engine_write_down(struct engine *engine)
{
    uint32_t asked = engine->writes_asked;
    struct engine_run *run;
    enum writing what;

    while ((run = next_to_write(engine, &what)) != NULL) {
        if (what == WRITE_EXITED)
            run_hear_end(run);
        if (what == WRITE_OUTPUT)
            write_outputs(run);
        else
            write_event(run, what);
        run_unreference(run);
    }
    if (engine->writes_done != asked) {
        engine->writes_done = asked;
        engine_wake(engine, engine, WAKE_WRITTEN);
    }
}

/* ---- around it ------------------------------------------------------------------------------------------------- */

void engine_write_out(struct engine *engine)
{
    struct call call;
    uint32_t asked;
    sbx_status status = SBX_OK;

    call_begin(&call, engine, WRITE_OUT_WAIT_MS);
    asked = ++engine->writes_asked;
    engine_poke(engine);
    while ((int32_t)(engine->writes_done - asked) < 0 && !engine->gone && !status)
        status = call_wait(&call, engine, WAKE_WRITTEN, NULL);
    call_end(&call);
}

uint64_t engine_transcript_failure(struct engine *engine, struct sbx_error *failure)
{
    uint64_t lines;

    AcquireSRWLockShared(&engine->transcript_lock);
    if (engine->transcript) {
        lines = transcript_failure(engine->transcript, failure);
    } else {
        lines = engine->lost_lines;
        if (lines)
            *failure = engine->lost_why;
    }
    ReleaseSRWLockShared(&engine->transcript_lock);
    return lines;
}

void engine_close_transcript(struct engine *engine)
{
    struct change_list changes = {NULL, 0};
    bool has_changes =
        engine->watch && !change_log_list(engine->changes, engine->boundary.workspace, &changes);

    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (engine->transcript) {
        if (has_changes)
            transcript_changes(engine->transcript, &changes, NULL);
        transcript_event(engine->transcript, engine_state(engine) == ENGINE_LOST ? "lost" : "closed", NULL);
        engine->lost_lines = transcript_failure(engine->transcript, &engine->lost_why);
    }
    transcript_close(engine->transcript);
    engine->transcript = NULL;
    ReleaseSRWLockExclusive(&engine->transcript_lock);
    change_list_free(&changes);
}
