/*
 * journal_test.c - what was done to the host is known after any crash: every beginning of a journal's bytes is a whole number
 * of records, and no damaged byte turns into another meaning.
 */
#include "base/memory.h"
#include "core/journal_record.h"
#include "core/step_samples.h"
#include "memory_failing.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_RECORDS 32

static const struct journal_subject a_subject = {
    .path = "C:\\src\\app",
    .volume_id = "00000000000010a4",
    .file_id = "000000000000000000000000000001ff",
    .principal_sid = "S-1-9-1397967427-1-2-3-4",
    .level = SBX_LEVEL_RESTRICTED,
    .since_utc_ms = 1795253400123,
};

/* A state as text, so that two can be compared. The caller frees with sbx_free. */
static char *told(const struct journal_state *state)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    char *text;

    buffer_append_format(&out, "%d %d %u %s\n", state->begun, state->unfinished, (unsigned)state->last_number,
                         state->begun ? state->subject.path : "");
    for (size_t i = 0; i < state->count; i++) {
        const struct journal_entry *entry = &state->entries[i];
        char *step = step_sample_text(&entry->step);

        buffer_append_format(&out, "%u %s %d %s\n", (unsigned)entry->number,
                             step_state_name(entry->step.state), entry->undoing, step);
        sbx_free(step);
    }
    text = buffer_take(&out, NULL);
    CU_ASSERT_FATAL(text != NULL);
    return text;
}

/* A journal's bytes, and behind each of its records where it ends and what all so far come to. */
struct story {
    struct sbx_buffer bytes;
    size_t ends[MOST_RECORDS];
    char *states[MOST_RECORDS];
    size_t count; /* records; ends[0] and states[0] are those of none */
    struct journal_state state;
};

static void remember(struct story *story)
{
    story->ends[story->count] = story->bytes.size;
    story->states[story->count] = told(&story->state);
}

static void tell(struct story *story, enum journal_record_kind kind, uint32_t number, enum step_kind step)
{
    struct journal_record record = {.kind = kind, .number = number};

    if (kind == RECORD_INTENT)
        record.step = step_sample(step);
    if (kind == RECORD_JOURNAL) {
        record.subject = a_subject;
        record.subject.path = sbx_strdup(a_subject.path);
        record.subject.principal_sid = sbx_strdup(a_subject.principal_sid);
    }
    journal_record_write(&record, &story->bytes);
    CU_ASSERT_EQUAL_FATAL(journal_state_prepare(&story->state, &record, NULL), SBX_OK);
    journal_state_change(&story->state, &record);
    journal_record_free(&record);
    story->count++;
    remember(story);
}

static void begin_story(struct story *story)
{
    memset(story, 0, sizeof *story);
    remember(story);
    tell(story, RECORD_JOURNAL, 0, 0);
}

static void end_story(struct story *story)
{
    for (size_t i = 0; i <= story->count; i++)
        sbx_free(story->states[i]);
    journal_state_free(&story->state);
    buffer_free(&story->bytes);
}

/* Something of everything: done, failed in between, undone, left half undone; ends with `last`. */
static void tell_all(struct story *story)
{
    begin_story(story);
    tell(story, RECORD_BEGIN, 0, 0);
    tell(story, RECORD_INTENT, 1, STEP_RIGHT);
    tell(story, RECORD_DONE, 1, 0);
    tell(story, RECORD_INTENT, 2, STEP_ANCHOR);
    tell(story, RECORD_DONE, 2, 0);
    tell(story, RECORD_COMPLETE, 0, 0);
    tell(story, RECORD_BEGIN, 0, 0);
    tell(story, RECORD_UNDO, 1, 0);
    tell(story, RECORD_UNDONE, 1, 0);
    tell(story, RECORD_INTENT, 3, STEP_GROUP);
    tell(story, RECORD_UNDO, 3, 0);
}

static void each_record_says_what_is_known_then(void)
{
    struct story story;
    const struct journal_entry *entries;

    tell_all(&story);
    entries = story.state.entries;
    CU_ASSERT_EQUAL_FATAL(story.state.count, 2);
    CU_ASSERT_EQUAL(entries[0].number, 2);
    CU_ASSERT_EQUAL(entries[0].step.state, STEP_DONE);
    CU_ASSERT(!entries[0].undoing);
    CU_ASSERT_EQUAL(entries[1].number, 3);
    CU_ASSERT_EQUAL(entries[1].step.state, STEP_PLANNED);
    CU_ASSERT(entries[1].undoing);
    CU_ASSERT(story.state.unfinished);
    CU_ASSERT_EQUAL(story.state.last_number, 3);
    end_story(&story);
}

static void every_beginning_is_a_whole_number_of_records(void)
{
    struct story story;
    size_t record = 0;

    tell_all(&story);
    for (size_t size = 0; size <= story.bytes.size; size++) {
        /* Of its own, so that the sanitizer sees the byte behind. */
        char *bytes = malloc(size ? size : 1);
        struct journal_state state = {0};
        size_t good_size = 99;
        char *text;

        memcpy(bytes, story.bytes.data ? story.bytes.data : (const uint8_t *)"", size);
        if (record < story.count && size == story.ends[record + 1])
            record++;
        CU_ASSERT_EQUAL_FATAL(journal_read(bytes, size, &state, &good_size, NULL), SBX_OK);
        CU_ASSERT_EQUAL(good_size, story.ends[record]);
        text = told(&state);
        CU_ASSERT_STRING_EQUAL(text, story.states[record]);
        sbx_free(text);
        journal_state_free(&state);
        free(bytes);
    }
    CU_ASSERT_EQUAL(record, story.count);
    end_story(&story);
}

/* What a power cut may leave behind the whole records: nothing that was written, or blocks of zeros. */
static void a_tail_of_anything_is_cut(void)
{
    static const char *const tails[] = {"\n",
                                        "0",
                                        "00000000 2 {}\n",
                                        "garbage",
                                        "\n\n\n",
                                        "{\"is\":\"undo\"}\n",
                                        "00000000 99999999 {}\n",
                                        "0000000g 1 1\n",
                                        "00000000 01 1\n"};
    struct story story;

    tell_all(&story);
    for (size_t i = 0; i <= sizeof tails / sizeof tails[0]; i++) {
        struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
        struct journal_state state;
        size_t good_size;
        char *text;

        buffer_append(&bytes, story.bytes.data, story.bytes.size);
        if (i < sizeof tails / sizeof tails[0])
            buffer_append_text(&bytes, tails[i]);
        else
            buffer_append(&bytes, (const char[4096]){0}, 4096);
        CU_ASSERT_EQUAL_FATAL(journal_read(buffer_text(&bytes), bytes.size, &state, &good_size, NULL),
                              SBX_OK);
        CU_ASSERT_EQUAL(good_size, story.bytes.size);
        text = told(&state);
        CU_ASSERT_STRING_EQUAL(text, story.states[story.count]);
        sbx_free(text);
        journal_state_free(&state);
        buffer_free(&bytes);
    }
    end_story(&story);
}

/* One flipped bit: damage, or in the last record as if that one had never been. */
static void flip(struct story *story, size_t at, int bit)
{
    struct journal_state state;
    size_t good_size;
    size_t before_last = story->ends[story->count - 1];
    sbx_status status;

    story->bytes.data[at] ^= (uint8_t)(1 << bit);
    status = journal_read(buffer_text(&story->bytes), story->bytes.size, &state, &good_size, NULL);
    if (status == SBX_OK) {
        char *text = told(&state);

        CU_ASSERT(at >= before_last);
        CU_ASSERT_EQUAL(good_size, before_last);
        CU_ASSERT_STRING_EQUAL(text, story->states[story->count - 1]);
        sbx_free(text);
        journal_state_free(&state);
    } else {
        CU_ASSERT_EQUAL(status, SBX_E_JOURNAL);
    }
    story->bytes.data[at] ^= (uint8_t)(1 << bit);
}

static void no_flipped_bit_has_another_meaning(void)
{
    struct story story;

    tell_all(&story);
    for (size_t at = 0; at < story.bytes.size; at++)
        for (int bit = 0; bit < 8; bit++)
            flip(&story, at, bit);
    end_story(&story);
}

/* Any record taken out, repeated or swapped with its neighbour: damage where the rest then cannot be. */
static void a_record_that_cannot_follow_is_damage(void)
{
    static const enum journal_record_kind first_only[] = {RECORD_BEGIN, RECORD_COMPLETE};
    struct story story;

    tell_all(&story);
    for (size_t i = 0; i < story.count; i++) {
        struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
        struct journal_state state;
        struct sbx_error error = {0};
        size_t good_size;
        sbx_status status;

        buffer_append(&bytes, story.bytes.data, story.ends[i + 1]);
        buffer_append(&bytes, story.bytes.data + story.ends[i], story.ends[i + 1] - story.ends[i]);
        status = journal_read(buffer_text(&bytes), bytes.size, &state, &good_size, &error);
        if (i == 1 || i == 7) { /* begun twice: a crash while it was being undone */
            CU_ASSERT_EQUAL(status, SBX_OK);
            journal_state_free(&state);
        } else {
            CU_ASSERT_EQUAL(status, SBX_E_JOURNAL);
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "cannot be recorded"));
        }
        buffer_free(&bytes);
    }
    end_story(&story);

    for (size_t i = 0; i < 2; i++) {
        struct journal_record record = {.kind = first_only[i]};
        struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
        struct journal_state state;
        size_t good_size;

        journal_record_write(&record, &bytes);
        CU_ASSERT_EQUAL(journal_read(buffer_text(&bytes), bytes.size, &state, &good_size, NULL),
                        SBX_E_JOURNAL);
        buffer_free(&bytes);
    }
}

/* The check sum as somebody else computes it: bit by bit. */
static void append_line(struct sbx_buffer *bytes, const char *json)
{
    uint32_t sum = 0xFFFFFFFFu;

    for (const char *at = json; *at; at++) {
        sum ^= (uint8_t)*at;
        for (int i = 0; i < 8; i++)
            sum = sum & 1 ? sum >> 1 ^ 0xEDB88320u : sum >> 1;
    }
    buffer_append_format(bytes, "%08x %zu %s\n", (unsigned)~sum, strlen(json), json);
}

#define FOR                                                                                              \
    "\"for\":{\"path\":\"C:\\\\w\",\"volume\":\"1\",\"file\":\"2\",\"principal\":\"S-1-9-1\",\"level\":" \
    "\"restricted\",\"since\":5}"
#define FIRST "{\"is\":\"journal\",\"version\":1," FOR "}"

static sbx_status read_lines(const char *const *lines, struct journal_state *state, struct sbx_error *error)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    size_t good_size;
    sbx_status status;

    for (; *lines; lines++)
        append_line(&bytes, *lines);
    memset(error, 0, sizeof *error);
    status = journal_read(buffer_text(&bytes), bytes.size, state, &good_size, error);
    if (!status)
        CU_ASSERT_EQUAL(good_size, bytes.size);
    buffer_free(&bytes);
    return status;
}

/* The format as the header tells it, by hand: what version 1 wrote, every later one can read. */
static void version_1_reads_as_it_was_written(void)
{
    static const char *const lines[] = {
        FIRST,
        "{\"is\":\"begin\"}",
        "{\"is\":\"intent\",\"step\":1,\"what\":{\"kind\":\"right\",\"rule\":\"\",\"name\":"
        "\"SeDenyBatchLogonRight\","
        "\"of\":\"SbxOff-1a2b3c4d\",\"text\":\"\",\"flags\":0}}",
        "{\"is\":\"intent\",\"step\":2,\"what\":{\"kind\":\"deny\",\"rule\":\"/files/deny/"
        "0\",\"path\":\"C:\\\\w\\\\x\","
        "\"volume\":\"1\",\"file\":\"3\",\"folder\":false,\"entries\":[{\"type\":1,\"flags\":0,\"mask\":"
        "983551,\"sid\":"
        "\"S-1-9-1\"}],\"stops\":[]}}",
        "{\"is\":\"done\",\"step\":1}",
        "{\"is\":\"done\",\"step\":2}",
        "{\"is\":\"complete\"}",
        NULL,
    };
    struct journal_state state;
    struct sbx_error error;

    CU_ASSERT_EQUAL_FATAL(read_lines(lines, &state, &error), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(state.count, 2);
    CU_ASSERT_STRING_EQUAL(state.subject.path, "C:\\w");
    CU_ASSERT_STRING_EQUAL(state.subject.principal_sid, "S-1-9-1");
    CU_ASSERT_EQUAL(state.subject.level, SBX_LEVEL_RESTRICTED);
    CU_ASSERT_EQUAL(state.subject.since_utc_ms, 5);
    CU_ASSERT_EQUAL(state.entries[0].step.kind, STEP_RIGHT);
    CU_ASSERT_STRING_EQUAL(state.entries[0].step.named.of, "SbxOff-1a2b3c4d");
    CU_ASSERT_EQUAL(state.entries[1].step.files.entries[0].mask, 983551);
    CU_ASSERT(!state.unfinished);
    journal_state_free(&state);
}

struct wrong {
    const char *what; /* that the text tells */
    const char *lines[4];
};

static void whole_records_that_mean_nothing_are_refused(void)
{
    static const struct wrong wrongs[] = {
        {"does not tell its version", {"{\"is\":\"journal\"," FOR "}"}},
        {"does not tell its version", {"{\"is\":\"journal\",\"version\":\"1\"," FOR "}"}},
        {"does not tell its version", {"{\"is\":\"journal\",\"version\":0," FOR "}"}},
        {"does not know", {"{\"is\":\"journal\",\"version\":1,\"more\":1," FOR "}"}},
        {"whom the journal is for", {"{\"is\":\"journal\",\"version\":1,\"for\":7}"}},
        {"no kind", {FIRST, "{\"is\":\"Begin\"}"}},
        {"no kind", {FIRST, "{}"}},
        {"no JSON", {FIRST, "{\"is\":\"begin\",}"}},
        {"no JSON", {FIRST, "{\"is\":\"begin\",\"is\":\"begin\"}"}},
        {"does not know", {FIRST, "{\"is\":\"begin\",\"later\":1}"}},
        {"too little", {FIRST, "{\"is\":\"begin\"}", "{\"is\":\"done\"}"}},
        {"its step", {FIRST, "{\"is\":\"begin\"}", "{\"is\":\"undo\",\"step\":0}"}},
        {"its step", {FIRST, "{\"is\":\"begin\"}", "{\"is\":\"undo\",\"step\":4294967296}"}},
        {"\"kind\"", {FIRST, "{\"is\":\"begin\"}", "{\"is\":\"intent\",\"step\":1,\"what\":{}}"}},
        {"not the next one",
         {FIRST, "{\"is\":\"begin\"}",
          "{\"is\":\"intent\",\"step\":2,\"what\":{\"kind\":\"group\",\"rule\":\"\",\"name\":\"a\",\"of\":"
          "\"\",\"text\":\"\",\"flags\":0}}"}},
        {"no journal has begun", {"{\"is\":\"begin\"}"}},
        {"has begun already", {FIRST, FIRST}},
        {"does not stand", {FIRST, "{\"is\":\"begin\"}", "{\"is\":\"undo\",\"step\":1}"}},
    };

    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        struct journal_state state;
        struct sbx_error error;

        CU_ASSERT_EQUAL(read_lines(wrongs[i].lines, &state, &error), SBX_E_JOURNAL);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, wrongs[i].what));
        if (!strstr(error.text, wrongs[i].what))
            printf("    expected \"%s\": %s\n", wrongs[i].what, error.text);
    }
}

static void a_newer_version_is_named_and_refused(void)
{
    /* All but version and kind may be other there. */
    static const char *const lines[] = {"{\"is\":\"journal\",\"version\":7,\"whom\":[]}", "[1,2,3]", NULL};
    struct journal_state state;
    struct sbx_error error;

    CU_ASSERT_EQUAL(read_lines(lines, &state, &error), SBX_E_JOURNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "version 7"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Install that newer sbxcom"));
}

static sbx_status read_it(void *context)
{
    const struct story *story = context;
    struct journal_state state = {0}, zero = {0};
    size_t good_size;
    sbx_status status = journal_read(buffer_text(&story->bytes), story->bytes.size, &state, &good_size, NULL);

    if (status)
        CU_ASSERT_EQUAL(memcmp(&state, &zero, sizeof state), 0);
    journal_state_free(&state);
    return status;
}

static void any_allocation_of_reading_may_fail(void)
{
    struct story story;

    tell_all(&story);
    with_memory_failing(read_it, &story);
    end_story(&story);
}

const struct harness_suite journal_suite = {
    "journal",
    (const struct harness_test[]){
        {"each record says what is known then", each_record_says_what_is_known_then},
        {"every beginning of the bytes is a whole number of records",
         every_beginning_is_a_whole_number_of_records},
        {"a tail of anything is cut", a_tail_of_anything_is_cut},
        {"no flipped bit has another meaning", no_flipped_bit_has_another_meaning},
        {"a record that cannot follow is damage", a_record_that_cannot_follow_is_damage},
        {"version 1 reads as it was written", version_1_reads_as_it_was_written},
        {"whole records that mean nothing are refused", whole_records_that_mean_nothing_are_refused},
        {"a newer version is named and refused", a_newer_version_is_named_and_refused},
        {"any allocation of reading may fail", any_allocation_of_reading_may_fail},
        {NULL, NULL},
    },
};
