/*
 * transcript.c - one JSON object a line.
 *
 * A line is made whole in memory and appended in one write, so whoever reads along sees whole lines, and a
 * line that could not be made leaves no half of itself behind.
 */
#include "core/transcript.h"

#include "base/memory.h"
#include "core/jsontext.h"
#include "os/clock.h"
#include "os/filesystem.h"

#include <string.h>

struct transcript {
    struct append_file *file;
    char *session;
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

/* What every line begins with. NULL without memory; the puts that follow take that. */
static json_t *begin_line(const struct transcript *transcript, const char *event)
{
    json_t *line = jsontext_object();

    if (put_time(line, "time", clock_utc_ms()) && jsontext_put_text(line, "session", transcript->session) &&
        jsontext_put_text(line, "event", event))
        return line;
    json_decref(line);
    return NULL;
}

/* Takes the line over. `whole`: nothing is missing from it. */
static sbx_status end_line(struct transcript *transcript, json_t *line, bool whole, struct sbx_error *error)
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

sbx_status transcript_event(struct transcript *transcript, const char *event, struct sbx_error *error)
{
    return end_line(transcript, begin_line(transcript, event), true, error);
}
