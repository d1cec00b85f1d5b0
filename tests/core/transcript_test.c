/*
 * transcript_test.c - what somebody who reads a transcript can rely on: every line is one whole JSON object,
 * whatever the commands were called, and no environment value stands in it.
 */
#include "core/transcript.h"
#include "core/owner.h"

#include "base/memory.h"
#include "memory_failing.h"
#include "sim/append.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct message_launched a_launch = {
    .process_id = 4711,
    .start_utc_ms = 1795253400123,
    .measurement = {.assurance = {[SBX_FILE_WRITE] = SBX_ENFORCED, [SBX_NETWORK] = SBX_ADVISORY}},
};

static struct transcript *open_transcript(void)
{
    struct transcript *transcript = NULL;

    sim_append_reset();
    CU_ASSERT_EQUAL_FATAL(transcript_open("C:\\s\\transcript.jsonl", "s-1", &transcript, NULL), SBX_OK);
    return transcript;
}

/* Every line of the file as JSON, in an array; each came by a write of its own. */
static json_t *close_and_read(struct transcript *transcript)
{
    json_t *lines = json_array();
    const char *at = sim_append_text();

    transcript_close(transcript);
    CU_ASSERT_EQUAL(strlen(at), sim_append_size());
    CU_ASSERT(text_is_utf8(at, sim_append_size()));
    while (*at) {
        const char *end = strchr(at, '\n');
        json_error_t error;
        json_t *line;

        CU_ASSERT_FATAL(end != NULL);
        line = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, &error);
        if (!line)
            printf("    %s: %.*s\n", error.text, (int)(end - at), at);
        CU_ASSERT_FATAL(line != NULL);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(line, "session")), "s-1");
        CU_ASSERT_EQUAL(strlen(json_string_value(json_object_get(line, "time"))),
                        strlen("2026-11-21T09:30:00.123Z"));
        CU_ASSERT(json_is_string(json_object_get(line, "event")));
        json_array_append_new(lines, line);
        at = end + 1;
    }
    CU_ASSERT_EQUAL(json_array_size(lines), sim_append_writes());
    return lines;
}

static const char *text_at(const json_t *lines, size_t index, const char *key)
{
    const char *text = json_string_value(json_object_get(json_array_get(lines, index), key));

    return text ? text : "(none)";
}

static json_int_t number_at(const json_t *lines, size_t index, const char *key)
{
    return json_integer_value(json_object_get(json_array_get(lines, index), key));
}

static void a_session_is_told_line_by_line(void)
{
    struct transcript *transcript = open_transcript();
    struct findings findings = {NULL, 0};
    struct sbx_error why = {0};
    struct message_exited exited = {
        .exit_code = 0xFFFFFFFFu, .reason = EXIT_TIME_LIMIT, .cpu_ms = 5, .elapsed_ms = 7};
    char where[] = "C:\\src\\app\\.mcp.json", none[] = "";
    const struct violation planted = {VIOLATION_PLANTED, where, none, 3, none, 0, none, none};
    json_t *lines;
    json_t *finding;

    exited.peak_memory_size = UINT64_MAX;
    error_set(&why, SBX_E_COMMAND_NOT_FOUND, "There is no \"%s\".", "nope");
    CU_ASSERT_EQUAL(findings_add(&findings, "network", SBX_ADVISORY, SBX_ENFORCED, "environment", "", ""),
                    SBX_OK);
    CU_ASSERT_EQUAL(transcript_provisioned(transcript, "C:\\src\\app", &findings, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_refused(transcript, "nope --x", &why, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_refused(transcript, NULL, &why, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_started(transcript, 3, "git status", "C:\\src\\app", &a_launch, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_exited(transcript, 3, &exited, 10, 20, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_violation(transcript, &planted, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_granted(transcript, "C:\\more", 1793526600123, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_grant_ended(transcript, "C:\\more", GRANT_REVOKED, NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_ownership(transcript, &(struct owner_outcome){2, 1, "C:\\src\\a"}, NULL),
                    SBX_OK);
    CU_ASSERT_EQUAL(transcript_event(transcript, "closed", NULL), SBX_OK);
    findings_free(&findings);

    lines = close_and_read(transcript);
    CU_ASSERT_EQUAL_FATAL(json_array_size(lines), 10);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 0, "event"), "provisioned");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 0, "workspace"), "C:\\src\\app");
    CU_ASSERT(json_is_false(json_object_get(json_array_get(lines, 0), "meets")));
    finding = json_array_get(json_object_get(json_array_get(lines, 0), "findings"), 0);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(finding, "assurance")), "advisory");

    CU_ASSERT_STRING_EQUAL(text_at(lines, 1, "event"), "refused");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 1, "command"), "nope --x");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 1, "code"), "E_COMMAND_NOT_FOUND");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 1, "text"), "There is no \"nope\".");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 2, "command"), "(none)");

    CU_ASSERT_STRING_EQUAL(text_at(lines, 3, "event"), "started");
    CU_ASSERT_EQUAL(number_at(lines, 3, "id"), 3);
    CU_ASSERT_EQUAL(number_at(lines, 3, "processId"), 4711);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 3, "start"), "2026-11-21T09:30:00.123Z");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 3, "command"), "git status");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 3, "directory"), "C:\\src\\app");
    finding = json_object_get(json_array_get(lines, 3), "effective");
    CU_ASSERT_EQUAL(json_object_size(finding), SBX_DOMAIN_COUNT);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(finding, "fileWrite")), "enforced");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(finding, "handles")), "absent");

    CU_ASSERT_STRING_EQUAL(text_at(lines, 4, "event"), "exited");
    CU_ASSERT_EQUAL(number_at(lines, 4, "exitCode"), -1); /* as scripts see it */
    CU_ASSERT_STRING_EQUAL(text_at(lines, 4, "reason"), "timeLimit");
    CU_ASSERT_EQUAL(number_at(lines, 4, "elapsedMs"), 7);
    CU_ASSERT_EQUAL(number_at(lines, 4, "cpuMs"), 5);
    CU_ASSERT_EQUAL(number_at(lines, 4, "peakMemorySize"), INT64_MAX);
    CU_ASSERT_EQUAL(number_at(lines, 4, "stdoutSize"), 10);
    CU_ASSERT_EQUAL(number_at(lines, 4, "stderrSize"), 20);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 5, "event"), "violation");
    finding = json_object_get(json_array_get(lines, 5), "violation");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(finding, "kind")), "planted");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(finding, "path")), where);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 6, "event"), "granted");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 6, "access"), "write");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 6, "path"), "C:\\more");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 6, "until"), "2026-11-01T09:50:00.123Z");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 7, "event"), "ended");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 7, "path"), "C:\\more");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 7, "reason"), "revoked");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 8, "event"), "ownership");
    CU_ASSERT_EQUAL(number_at(lines, 8, "taken"), 2);
    CU_ASSERT_EQUAL(number_at(lines, 8, "refused"), 1);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 8, "firstRefused"), "C:\\src\\a");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 9, "event"), "closed");
    json_decref(lines);
}

static void every_exit_has_its_word(void)
{
    static const char *const words[] = {"exited",       "timedOut",  "terminated",  "memoryLimit",
                                        "processLimit", "timeLimit", "outputLimit", "sessionClosed",
                                        "runnerLost",   "unknown"};
    struct transcript *transcript = open_transcript();
    json_t *lines;

    for (uint8_t reason = 0; reason < sizeof words / sizeof words[0]; reason++) {
        struct message_exited exited = {.reason = reason};

        CU_ASSERT_EQUAL(transcript_exited(transcript, reason, &exited, 0, 0, NULL), SBX_OK);
    }
    lines = close_and_read(transcript);
    for (size_t i = 0; i < json_array_size(lines); i++)
        CU_ASSERT_STRING_EQUAL(text_at(lines, i, "reason"), words[i]);
    json_decref(lines);
}

static void any_command_line_gives_a_valid_line(void)
{
    static const struct {
        const char *given, *text, *escaped; /* escaped: "(none)" where the text has everything */
    } cases[] = {
        {"", "", "(none)"},
        {"a\nb\r\tc\x01\x1B[31m\x7F", "a\nb\r\tc\x01\x1B[31m\x7F", "(none)"},
        {"\"quoted\" \\back\\", "\"quoted\" \\back\\", "(none)"},
        {"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xE2\x80\xA8",
         "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xE2\x80\xA8", "(none)"},
        {"a\xED\xA0\x80z", "a\xEF\xBF\xBDz", "a\\ud800z"}, /* lone, high */
        {"\xED\xBF\xBF\xED\xA0\xBD", "\xEF\xBF\xBD\xEF\xBF\xBD",
         "\\udfff\\ud83d"}, /* low, then high: no pair */
        {"C:\\\xED\xA0\x80\\ud800 \xC3\xBC", "C:\\\xEF\xBF\xBD\\ud800 \xC3\xBC",
         "C:\\\\\\ud800\\\\ud800 \xC3\xBC"},
        {"no \xFF text", "no \xEF\xBF\xBD text", "no \xEF\xBF\xBD text"}, /* not even WTF-8 */
    };
    struct transcript *transcript = open_transcript();
    json_t *lines;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(
            transcript_started(transcript, (uint32_t)i, cases[i].given, cases[i].given, &a_launch, NULL),
            SBX_OK);
    lines = close_and_read(transcript);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_STRING_EQUAL(text_at(lines, i, "command"), cases[i].text);
        CU_ASSERT_STRING_EQUAL(text_at(lines, i, "commandEscaped"), cases[i].escaped);
        CU_ASSERT_STRING_EQUAL(text_at(lines, i, "directory"), cases[i].text);
        CU_ASSERT_STRING_EQUAL(text_at(lines, i, "directoryEscaped"), cases[i].escaped);
    }
    json_decref(lines);
}

/* The escaped form loses nothing: undoing it gives the bytes that were given. */
static void random_names_survive(void)
{
    struct transcript *transcript = open_transcript();
    char given[500][64] = {{0}};
    uint32_t seed = 5;
    json_t *lines;

    for (size_t i = 0; i < 500; i++) {
        static const char *const parts[] = {"a",
                                            "\\",
                                            "\\u",
                                            "d800",
                                            "\xED\xA0\x80",
                                            "\xED\xB0\x80",
                                            "\xC3\xBC",
                                            "\"",
                                            "\n",
                                            "\xF0\x9F\x98\x80",
                                            " "};

        size_t size = 0;

        for (uint32_t count = sim_pseudo_random(&seed) % 12; count; count--)
            size += (size_t)snprintf(given[i] + size, sizeof given[i] - size, "%s",
                                     parts[sim_pseudo_random(&seed) % (sizeof parts / sizeof parts[0])]);
        CU_ASSERT_EQUAL(transcript_started(transcript, 0, given[i], "", &a_launch, NULL), SBX_OK);
    }
    lines = close_and_read(transcript);
    for (size_t i = 0; i < 500; i++) {
        const char *at = text_at(lines, i, "commandEscaped");
        struct sbx_buffer undone = SBX_BUFFER_EMPTY;
        uint16_t *units;
        char *normal;
        size_t count;

        if (strcmp(at, "(none)") == 0) {
            CU_ASSERT_STRING_EQUAL(text_at(lines, i, "command"), given[i]);
            continue;
        }
        while (*at) {
            unsigned unit;

            if (strncmp(at, "\\\\", 2) == 0) {
                buffer_append_text(&undone, "\\");
                at += 2;
            } else if (sscanf(at, "\\u%4x", &unit) == 1) {
                const char bytes[] = {(char)(0xE0 | unit >> 12), (char)(0x80 | (unit >> 6 & 0x3F)),
                                      (char)(0x80 | (unit & 0x3F))};

                buffer_append(&undone, bytes, sizeof bytes);
                at += 6;
            } else
                buffer_append(&undone, at++, 1);
        }
        /* A pair written as two surrogates is one character to Windows. */
        CU_ASSERT_EQUAL_FATAL(text_to_utf16(given[i], strlen(given[i]), &units, &count), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(text_from_utf16(units, count, &normal, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(buffer_text(&undone), normal);
        sbx_free(normal);
        sbx_free(units);
        buffer_free(&undone);
    }
    json_decref(lines);
}

static void a_failed_write_is_told_and_the_next_line_is_whole(void)
{
    struct transcript *transcript = open_transcript();
    struct transcript *none = NULL;
    struct sbx_error error = {0};
    json_t *lines;

    sim_fail_call(1);
    CU_ASSERT_EQUAL(transcript_event(transcript, "lost", &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.code, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(transcript_event(transcript, "closed", NULL), SBX_OK);
    sim_fail_call(1);
    CU_ASSERT_EQUAL(transcript_open("C:\\s\\t", "s-1", &none, NULL), SBX_E_SYSTEM);
    CU_ASSERT_PTR_NULL(none);
    sim_fail_call(0);
    transcript_close(none);
    lines = close_and_read(transcript);
    CU_ASSERT_EQUAL_FATAL(json_array_size(lines), 2);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 0, "event"), "gap");
    CU_ASSERT_EQUAL(number_at(lines, 0, "lines"), 1);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 1, "event"), "closed");
    json_decref(lines);
}

static void what_is_missing_is_counted_and_said_once(void)
{
    struct transcript *transcript = open_transcript();
    struct sbx_error failure = {0};
    json_t *lines;

    CU_ASSERT_EQUAL(transcript_failure(transcript, &failure), 0);
    CU_ASSERT_EQUAL(failure.code, SBX_OK);
    sim_fail_calls_from(1);
    CU_ASSERT_EQUAL(transcript_output(transcript, 1, 0, "lost", NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(transcript_omitted(transcript, 1, 0, 5, NULL), SBX_E_SYSTEM);
    sim_fail_call(0);
    CU_ASSERT_EQUAL(transcript_failure(transcript, &failure), 2);
    CU_ASSERT_EQUAL(failure.code, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(transcript_output(transcript, 1, 1, "a\xFF\n", NULL), SBX_OK);
    CU_ASSERT_EQUAL(transcript_omitted(transcript, 1, 1, 12345, NULL), SBX_OK);
    lines = close_and_read(transcript);
    CU_ASSERT_EQUAL_FATAL(json_array_size(lines), 3);
    CU_ASSERT_EQUAL(number_at(lines, 0, "lines"), 2);
    CU_ASSERT_STRING_EQUAL(text_at(lines, 1, "stream"), "stderr");
    CU_ASSERT_STRING_EQUAL(text_at(lines, 1, "text"), "a\xEF\xBF\xBD\n");
    CU_ASSERT_EQUAL(number_at(lines, 2, "omittedSize"), 12345);
    json_decref(lines);
}

static sbx_status write_everything(void *context)
{
    static const struct message_exited exited = {.exit_code = 1};
    const struct findings *findings = context;
    struct transcript *transcript = NULL;
    struct sbx_error why = {.code = SBX_E_LIMIT, .text = "Too much \xED\xA0\x80."};
    sbx_status status;

    sim_append_reset();
    status = transcript_open("C:\\s\\t", "s-1", &transcript, NULL);
    if (status) {
        CU_ASSERT_PTR_NULL(transcript);
        return status;
    }
    if (!status)
        status = transcript_provisioned(transcript, "C:\\\xED\xA0\x80", findings, NULL);
    if (!status)
        status = transcript_refused(transcript, "x\xED\xA0\x80", &why, NULL);
    if (!status)
        status = transcript_started(transcript, 1, "a command that is not short", "C:\\", &a_launch, NULL);
    if (!status)
        status = transcript_exited(transcript, 1, &exited, 0, 0, NULL);
    if (!status)
        status = transcript_ownership(transcript, &(struct owner_outcome){2, 1, "C:\\src\\a"}, NULL);
    if (!status)
        status = transcript_event(transcript, "closed", NULL);

    sbx_memory_set_hook(NULL, NULL); /* the test's own reading has memory */
    json_decref(close_and_read(transcript));
    return status;
}

static void memory_running_out_writes_no_half_line(void)
{
    struct findings findings = {NULL, 0};

    CU_ASSERT_EQUAL(findings_add(&findings, "network", SBX_ADVISORY, SBX_ENFORCED, "m", "d\xED\xA0\x80", "f"),
                    SBX_OK);
    with_memory_failing(write_everything, &findings);
    findings_free(&findings);
    sim_append_reset();
}

const struct harness_suite transcript_suite = {
    "transcript",
    (const struct harness_test[]){
        {"a session is told line by line", a_session_is_told_line_by_line},
        {"every exit has its word", every_exit_has_its_word},
        {"any command line gives a valid line", any_command_line_gives_a_valid_line},
        {"random names survive", random_names_survive},
        {"what is missing is counted, and said once", what_is_missing_is_counted_and_said_once},
        {"a failed write is told and the next line is whole",
         a_failed_write_is_told_and_the_next_line_is_whole},
        {"memory running out writes no half line", memory_running_out_writes_no_half_line},
        {NULL, NULL},
    },
};
