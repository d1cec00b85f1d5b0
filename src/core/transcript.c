/*
 * transcript.c - one JSON object a line.
 *
 * A line is made whole in memory and appended in one write, so whoever reads along sees whole lines, and a
 * line that could not be made leaves no half of itself behind.
 */
#include "core/transcript.h"

#include "base/memory.h"
#include "core/jsontext.h"
#include "core/owner.h"
#include "os/clock.h"
#include "os/filesystem.h"

#include <string.h>

struct transcript {
    struct append_file *file;
    char *session;
    uint64_t lost_count;      /* lines that could not be written, ever */
    uint64_t told_count;      /* of these, what the file says itself */
    struct sbx_error failure; /* the first one's */
};

static const char *const reason_names[] = {
    [EXIT_EXITED] = "exited",
    [EXIT_TIMED_OUT] = "timedOut",
    [EXIT_TERMINATED] = "terminated",
    [EXIT_MEMORY_LIMIT] = "memoryLimit",
    [EXIT_PROCESS_LIMIT] = "processLimit",
    [EXIT_TIME_LIMIT] = "timeLimit",
    [EXIT_OUTPUT_LIMIT] = "outputLimit",
    [EXIT_SESSION_CLOSED] = "sessionClosed",
    [EXIT_RUNNER_LOST] = "runnerLost",
};

static const char *reason_name(uint8_t reason)
{
    return reason < sizeof reason_names / sizeof reason_names[0] ? reason_names[reason] : "unknown";
}

sbx_status transcript_open(const char *path, const char *session, struct transcript **transcript,
                           struct sbx_error *error)
{
    sbx_status status;
    struct transcript *made = sbx_alloc(sizeof *made);

    if (!made)
        return error_memory(error, "the transcript");

    made->session = sbx_strdup(session);
    if (!made->session) {
        status = error_memory(error, "the transcript");
        goto free_made;
    }
    status = file_append_open(path, &made->file, error);
    if (status)
        goto free_session;

    *transcript = made;
    return SBX_OK;

free_session:
    sbx_free(made->session);
free_made:
    sbx_free(made);
    return status;
}

void transcript_close(struct transcript *transcript)
{
    if (!transcript)
        return;
    file_append_close(transcript->file);
    sbx_free(transcript->session);
    sbx_free(transcript);
}

static bool put_time(json_t *object, const char *key, int64_t utc_ms)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format_utc(utc_ms, text);
    return jsontext_put(object, key, json_string(text));
}

static bool put_number(json_t *object, const char *key, uint64_t number)
{
    return jsontext_put(object, key, json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

static json_t *begin_line_of(const char *session, const char *event)
{
    json_t *line = jsontext_object();

    if (put_time(line, "time", clock_utc_ms()) && jsontext_put_text(line, "session", session) &&
        jsontext_put_text(line, "event", event))
        return line;
    json_decref(line);
    return NULL;
}

/* What every line begins with. NULL without memory; the puts that follow take that. */
static json_t *begin_line(const struct transcript *transcript, const char *event)
{
    return begin_line_of(transcript->session, event);
}

/* Takes the line over. `whole`: nothing is missing from it. */
static sbx_status write_line(struct transcript *transcript, json_t *line, bool whole, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status;

    jsontext_write(line, &text);
    buffer_append_text(&text, "\n");
    if (!whole || buffer_failed(&text))
        status = error_memory(error, "a line of the transcript");
    else
        status = file_append(transcript->file, text.data, text.size, error);
    buffer_free(&text);
    return status;
}

/* The file says itself what is missing from it, as soon as it can be written again. */
static void write_gap(struct transcript *transcript)
{
    uint64_t lines = transcript->lost_count - transcript->told_count;
    json_t *line;
    bool whole;

    if (lines == 0)
        return;
    line = begin_line(transcript, "gap");
    whole = put_number(line, "lines", lines) && jsontext_put_text(line, "text", transcript->failure.text);
    if (!write_line(transcript, line, whole, NULL))
        transcript->told_count += lines;
}

/* The same, with a failure kept for transcript_failure. */
static sbx_status end_line(struct transcript *transcript, json_t *line, bool whole, struct sbx_error *error)
{
    struct sbx_error why = {0};
    sbx_status status;

    write_gap(transcript);
    status = write_line(transcript, line, whole, &why);
    if (!status)
        return SBX_OK;
    if (transcript->lost_count++ == 0)
        transcript->failure = why;
    return error_set(error, status, "%s", why.text);
}

uint64_t transcript_failure(const struct transcript *transcript, struct sbx_error *failure)
{
    if (transcript->lost_count)
        *failure = transcript->failure;
    return transcript->lost_count;
}

sbx_status transcript_provisioned(struct transcript *transcript, const char *workspace,
                                  const struct findings *findings, struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "provisioned");
    bool whole = jsontext_put_text(line, "workspace", workspace) &&
                 jsontext_put(line, "meets", json_boolean(findings_meet(findings))) &&
                 jsontext_put(line, "findings", findings_as_json(findings));

    return end_line(transcript, line, whole, error);
}

sbx_status transcript_refused(struct transcript *transcript, const char *command, const struct sbx_error *why,
                              struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "refused");
    bool whole = (!command || jsontext_put_text(line, "command", command)) &&
                 jsontext_put(line, "code", json_string(status_word(why->code))) &&
                 jsontext_put_text(line, "text", why->text);

    return end_line(transcript, line, whole, error);
}

static json_t *assurances_as_json(const struct measurement *measurement)
{
    json_t *object = jsontext_object();

    for (int i = 0; i < SBX_DOMAIN_COUNT; i++) {
        if (!jsontext_put(object, domain_name((enum sbx_domain)i),
                          json_string(assurance_name(measurement->assurance[i])))) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

sbx_status transcript_started(struct transcript *transcript, uint32_t id, const char *command,
                              const char *directory, const struct message_launched *launched,
                              struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "started");
    bool whole = put_number(line, "id", id) && put_number(line, "processId", launched->process_id) &&
                 put_time(line, "start", launched->start_utc_ms) &&
                 jsontext_put_text(line, "command", command) &&
                 jsontext_put_text(line, "directory", directory) &&
                 jsontext_put(line, "effective", assurances_as_json(&launched->measurement));

    return end_line(transcript, line, whole, error);
}

/* The exit code as scripts see it: the signed 32 bits. */
sbx_status transcript_exited(struct transcript *transcript, uint32_t id, const struct message_exited *exited,
                             uint64_t stdout_size, uint64_t stderr_size, struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "exited");
    bool whole = put_number(line, "id", id) &&
                 jsontext_put(line, "exitCode", json_integer((int32_t)exited->exit_code)) &&
                 jsontext_put(line, "reason", json_string(reason_name(exited->reason))) &&
                 put_number(line, "elapsedMs", exited->elapsed_ms) &&
                 put_number(line, "cpuMs", exited->cpu_ms) &&
                 put_number(line, "peakMemorySize", exited->peak_memory_size) &&
                 put_number(line, "stdoutSize", stdout_size) && put_number(line, "stderrSize", stderr_size);

    return end_line(transcript, line, whole, error);
}

sbx_status transcript_violation(struct transcript *transcript, const struct violation *violation,
                                struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "violation");
    bool whole = jsontext_put(line, "violation", violation_as_json(violation));

    return end_line(transcript, line, whole, error);
}

/* Of a grant for a while: only folders to be written are. */
static bool put_grant(json_t *line, const char *path)
{
    return jsontext_put(line, "access", json_string("write")) && jsontext_put_text(line, "path", path);
}

sbx_status transcript_granted(struct transcript *transcript, const char *path, int64_t until_utc_ms,
                              struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "granted");
    bool whole = put_grant(line, path) && put_time(line, "until", until_utc_ms);

    return end_line(transcript, line, whole, error);
}

sbx_status transcript_grant_ended(struct transcript *transcript, const char *path,
                                  enum transcript_grant_end why, struct sbx_error *error)
{
    static const char *const reasons[] = {"expired", "revoked", "closed", "gone"};
    json_t *line = begin_line(transcript, "ended");
    bool whole = put_grant(line, path) && jsontext_put(line, "reason", json_string(reasons[why]));

    return end_line(transcript, line, whole, error);
}

sbx_status transcript_toolchain(struct transcript *transcript, const char *path, const struct sbx_error *why,
                                struct sbx_error *error)
{
    struct sbx_buffer name = SBX_BUFFER_EMPTY;
    json_t *line;
    bool whole;
    sbx_status status;

    if (!why) {
        line = begin_line(transcript, "granted");
        whole = jsontext_put(line, "access", json_string("read")) && jsontext_put_text(line, "path", path);
        return end_line(transcript, line, whole, error);
    }
    buffer_append_format(&name, "toolchain %s", path);
    status = buffer_failed(&name) ? error_memory(error, "a line of the transcript")
                                  : transcript_refused(transcript, buffer_text(&name), why, error);
    buffer_free(&name);
    return status;
}

static const char *stream_name(int stream)
{
    return stream == 0 ? "stdout" : "stderr";
}

sbx_status transcript_output(struct transcript *transcript, uint32_t id, int stream, const char *text,
                             struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "output");
    bool whole = put_number(line, "id", id) && jsontext_put_text(line, "stream", stream_name(stream)) &&
                 jsontext_put_text(line, "text", text);

    return end_line(transcript, line, whole, error);
}

sbx_status transcript_omitted(struct transcript *transcript, uint32_t id, int stream, uint64_t size,
                              struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "output");
    bool whole = put_number(line, "id", id) && jsontext_put_text(line, "stream", stream_name(stream)) &&
                 put_number(line, "omittedSize", size);

    return end_line(transcript, line, whole, error);
}

void transcript_write_changes(const char *session, const struct change_list *list, struct sbx_buffer *out)
{
    size_t count = list->count < TRANSCRIPT_MOST_CHANGES ? list->count : TRANSCRIPT_MOST_CHANGES;
    json_t *line = begin_line_of(session, "changes");
    bool whole = put_number(line, "count", list->count);

    jsontext_write(line, out);
    buffer_append_text(out, "\n");
    for (size_t i = 0; i < count && whole; i++) {
        line = begin_line_of(session, "change");
        whole = jsontext_put(line, "kind", json_string(change_kind_name(list->items[i].kind))) &&
                jsontext_put_text(line, "path", list->items[i].path) &&
                put_number(line, "process", list->items[i].process);
        jsontext_write(line, out);
        buffer_append_text(out, "\n");
    }
    if (!whole)
        out->failed = true;
}

sbx_status transcript_changes(struct transcript *transcript, const struct change_list *list,
                              struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_error why = {0};
    sbx_status status;

    write_gap(transcript);
    transcript_write_changes(transcript->session, list, &text);
    if (buffer_failed(&text))
        status = error_memory(&why, "the transcript's list of changes");
    else
        status = file_append(transcript->file, text.data, text.size, &why);
    buffer_free(&text);
    if (!status)
        return SBX_OK;
    if (transcript->lost_count++ == 0)
        transcript->failure = why;
    return error_set(error, status, "%s", why.text);
}

sbx_status transcript_ownership(struct transcript *transcript, const struct owner_outcome *outcome,
                                struct sbx_error *error)
{
    json_t *line = begin_line(transcript, "ownership");
    bool ok = jsontext_put(line, "taken", json_integer((json_int_t)outcome->taken));

    ok &= jsontext_put(line, "refused", json_integer((json_int_t)outcome->refused));
    if (outcome->first_refused)
        ok &= jsontext_put_text(line, "firstRefused", outcome->first_refused);
    return end_line(transcript, line, ok, error);
}

sbx_status transcript_event(struct transcript *transcript, const char *event, struct sbx_error *error)
{
    return end_line(transcript, begin_line(transcript, event), true, error);
}
