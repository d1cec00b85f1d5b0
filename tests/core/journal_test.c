/*
 * journal_test.c - what was done to the host is known after any crash: every beginning of a journal's bytes is a whole number
 * of records, and no damaged byte turns into another meaning.
 */
#include "base/memory.h"
#include "core/journal_record.h"
#include "core/step_samples.h"
#include "memory_failing.h"
#include "sim/sim.h"
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

/* The file, on the simulated Windows. */

#define FOLDER       "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define JOURNAL_PATH FOLDER "\\journal"

/* What somebody does with a journal, one record after the other. */
static const struct act {
    enum journal_record_kind kind;
    uint32_t number;
    enum step_kind step;
} acts[] = {
    {RECORD_BEGIN, 0, 0},  {RECORD_INTENT, 1, STEP_RIGHT},
    {RECORD_DONE, 1, 0},   {RECORD_INTENT, 2, STEP_ANCHOR},
    {RECORD_DONE, 2, 0},   {RECORD_COMPLETE, 0, 0},
    {RECORD_BEGIN, 0, 0},  {RECORD_UNDO, 1, 0},
    {RECORD_UNDONE, 1, 0}, {RECORD_INTENT, 3, STEP_GROUP},
    {RECORD_UNDO, 3, 0},
};
#define ACTS (sizeof acts / sizeof acts[0])

static sbx_status do_act(struct journal *journal, const struct act *act, struct sbx_error *error)
{
    struct step step;
    uint32_t number = 0;
    sbx_status status;

    switch (act->kind) {
    case RECORD_BEGIN:
        return journal_begin(journal, error);
    case RECORD_INTENT:
        step = step_sample(act->step);
        status = journal_intend(journal, &step, &number, error);
        CU_ASSERT_EQUAL(number, status ? 0 : act->number);
        step_free(&step);
        return status;
    case RECORD_DONE:
        return journal_done(journal, act->number, error);
    case RECORD_UNDO:
        return journal_undo(journal, act->number, error);
    case RECORD_UNDONE:
        return journal_undone(journal, act->number, error);
    default:
        return journal_complete(journal, error);
    }
}

static char *told_by(const struct journal *journal)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    char *text;

    buffer_append_format(&out, "%s %d\n", journal_subject(journal)->path, journal_is_complete(journal));
    for (size_t i = 0; i < journal_count(journal); i++) {
        const struct journal_entry *entry = journal_at(journal, i);
        char *step = step_sample_text(&entry->step);

        buffer_append_format(&out, "%u %s %d %s\n", (unsigned)entry->number,
                             step_state_name(entry->step.state), entry->undoing, step);
        sbx_free(step);
    }
    text = buffer_take(&out, NULL);
    CU_ASSERT_FATAL(text != NULL);
    return text;
}

static struct journal *open_journal(const struct journal_subject *subject)
{
    struct journal *journal = NULL;

    CU_ASSERT_EQUAL_FATAL(journal_open(JOURNAL_PATH, subject, &journal, NULL), SBX_OK);
    return journal;
}

/* What is told behind each act of a run without a fault; [0]: of a new journal. */
static char *expected[ACTS + 1];

static void expect(void)
{
    struct journal *journal;

    sim_reset();
    journal = open_journal(&a_subject);
    expected[0] = told_by(journal);
    for (size_t i = 0; i < ACTS; i++) {
        CU_ASSERT_EQUAL_FATAL(do_act(journal, &acts[i], NULL), SBX_OK);
        expected[i + 1] = told_by(journal);
    }
    journal_close(journal);
}

static void expect_no_more(void)
{
    for (size_t i = 0; i <= ACTS; i++)
        sbx_free(expected[i]);
}

static void tells(const struct journal *journal, const char *what)
{
    char *text = told_by(journal);

    CU_ASSERT_STRING_EQUAL(text, what);
    sbx_free(text);
}

static void a_journal_opened_again_is_the_same(void)
{
    expect();
    sim_reset();
    for (size_t i = 0; i <= ACTS; i++) {
        struct journal *journal = open_journal(i ? NULL : &a_subject);

        tells(journal, expected[i]);
        if (i < ACTS)
            CU_ASSERT_EQUAL(do_act(journal, &acts[i], NULL), SBX_OK);
        journal_close(journal);
    }
    expect_no_more();
}

/*
 * One call fails, whichever: what was not written is not remembered, and doing it once more is enough. What was called not
 * written is not found later either.
 */
static void a_call_that_fails_leaves_what_was(void)
{
    expect();
    for (size_t act = 0; act < ACTS; act++) {
        bool failed = true;

        for (size_t nth = 1; failed; nth++) {
            struct journal *journal;
            struct sbx_error error = {0};

            sim_reset();
            journal = open_journal(&a_subject);
            for (size_t i = 0; i < act; i++)
                do_act(journal, &acts[i], NULL);
            sim_fail_call(nth);
            failed = do_act(journal, &acts[act], &error) != SBX_OK;
            sim_fail_call(0);
            if (failed) {
                CU_ASSERT_EQUAL(error.code, SBX_E_SYSTEM);
                tells(journal, expected[act]);
                journal_close(journal);
                journal = open_journal(NULL);
                tells(journal, expected[act]);
                CU_ASSERT_EQUAL(do_act(journal, &acts[act], NULL), SBX_OK);
            } else {
                CU_ASSERT(nth > 2); /* append and flush are two */
            }
            tells(journal, expected[act + 1]);
            journal_close(journal);
            journal = open_journal(NULL);
            tells(journal, expected[act + 1]);
            journal_close(journal);
        }
    }
    expect_no_more();
}

/* From some call on nothing works, not even cutting the tail; then it does again. */
static void a_tail_that_could_not_be_cut_is_cut_before_the_next_record(void)
{
    expect();
    for (size_t nth = 1; nth <= 2; nth++) {
        struct journal *journal;

        sim_reset();
        journal = open_journal(&a_subject);
        for (size_t i = 0; i < ACTS; i++) {
            sim_fail_calls_from(nth);
            CU_ASSERT_EQUAL(do_act(journal, &acts[i], NULL), SBX_E_SYSTEM);
            CU_ASSERT_EQUAL(do_act(journal, &acts[i], NULL), SBX_E_SYSTEM);
            sim_fail_call(0);
            tells(journal, expected[i]);
            CU_ASSERT_EQUAL_FATAL(do_act(journal, &acts[i], NULL), SBX_OK);
        }
        journal_close(journal);
        journal = open_journal(NULL);
        tells(journal, expected[ACTS]);
        journal_close(journal);
    }
    expect_no_more();
}

static void a_full_disk_leaves_what_was_and_no_torn_record(void)
{
    bool failed = true;

    expect();
    for (size_t room = 0; failed; room++) {
        struct journal *journal;
        size_t act = 0;

        sim_reset();
        journal = open_journal(&a_subject);
        sim_disk_full_after(room);
        while (act < ACTS && !do_act(journal, &acts[act], NULL))
            act++;
        failed = act < ACTS;
        if (failed) {
            tells(journal, expected[act]);
            CU_ASSERT_EQUAL(do_act(journal, &acts[act], NULL), SBX_E_SYSTEM);
        }
        sim_disk_empty();
        for (; act < ACTS; act++)
            CU_ASSERT_EQUAL_FATAL(do_act(journal, &acts[act], NULL), SBX_OK);
        journal_close(journal);
        journal = open_journal(NULL);
        tells(journal, expected[ACTS]);
        journal_close(journal);
    }
    expect_no_more();
}

/* Does all acts until the power goes; how many were acknowledged. */
static size_t live_until_the_cut(size_t nth, enum sim_cut when, bool *began)
{
    struct journal *journal = NULL;
    size_t act = 0;

    sim_cut_power(nth, when);
    *began = journal_open(JOURNAL_PATH, &a_subject, &journal, NULL) == SBX_OK;
    while (*began && act < ACTS && !do_act(journal, &acts[act], NULL))
        act++;
    journal_close(journal);
    return act;
}

/* After any power cut the journal says what was acknowledged, or one record more. */
static void after_a_power_cut_what_was_acknowledged_is_there(void)
{
    size_t changes;
    bool began;

    expect();
    sim_reset();
    live_until_the_cut(0, SIM_CUT_BEFORE, &began);
    changes = sim_change_count();
    CU_ASSERT_FATAL(changes > 2 * ACTS);

    for (size_t nth = 1; nth <= changes; nth++) {
        for (int what = 0; what < 2 * SIM_UNFLUSHED_COUNT; what++) {
            struct journal *journal;
            char *text;
            size_t act;

            sim_reset();
            act = live_until_the_cut(nth, what & 1 ? SIM_CUT_AFTER : SIM_CUT_BEFORE, &began);
            sim_reboot((enum sim_unflushed)(what / 2));
            journal = open_journal(&a_subject);
            text = told_by(journal);
            CU_ASSERT(strcmp(text, expected[act]) == 0 ||
                      (act < ACTS && began && strcmp(text, expected[act + 1]) == 0));
            sbx_free(text);
            CU_ASSERT_EQUAL(journal_begin(journal, NULL), SBX_OK); /* no torn tail is before it */
            journal_close(journal);
            journal = open_journal(NULL);
            CU_ASSERT(!journal_is_complete(journal));
            journal_close(journal);
        }
    }
    expect_no_more();
}

static void who_only_looks_makes_no_journal(void)
{
    struct journal *journal = NULL;
    struct sbx_error error = {0};

    sim_reset();
    CU_ASSERT_EQUAL(journal_open(JOURNAL_PATH, NULL, &journal, &error), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT(!sim_exists(JOURNAL_PATH));
    sim_add_file(JOURNAL_PATH);
    CU_ASSERT_EQUAL(journal_open(JOURNAL_PATH, NULL, &journal, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(journal_open("C:\\nowhere\\journal", &a_subject, &journal, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_PTR_NULL(journal);

    journal = open_journal(&a_subject); /* the empty file is begun */
    journal_close(journal);
    journal = open_journal(NULL);
    CU_ASSERT_STRING_EQUAL(journal_subject(journal)->principal_sid, a_subject.principal_sid);
    CU_ASSERT(journal_is_complete(journal));
    journal_close(journal);
}

static void a_journal_is_held_alone(void)
{
    struct journal *journal, *other = NULL;

    sim_reset();
    journal = open_journal(&a_subject);
    sim_actor(1);
    CU_ASSERT_EQUAL(journal_open(JOURNAL_PATH, &a_subject, &other, NULL), SBX_E_STATE);
    sim_actor(0);
    journal_close(journal);
    sim_actor(1);
    CU_ASSERT_EQUAL(journal_open(JOURNAL_PATH, &a_subject, &other, NULL), SBX_OK);
    journal_close(other);
    sim_actor(0);
}

static void a_damaged_journal_is_left_as_it_is(void)
{
    struct journal *journal;
    struct sbx_error error = {0};
    char *bytes;

    sim_reset();
    journal = open_journal(&a_subject);
    CU_ASSERT_EQUAL(journal_begin(journal, NULL), SBX_OK);
    journal_close(journal);
    bytes = sbx_strdup(sim_contents(JOURNAL_PATH, NULL));
    bytes[30] ^= 1;
    sim_set_contents(JOURNAL_PATH, bytes);
    CU_ASSERT_EQUAL(journal_open(JOURNAL_PATH, &a_subject, &journal, &error), SBX_E_JOURNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, JOURNAL_PATH));
    CU_ASSERT_STRING_EQUAL(sim_contents(JOURNAL_PATH, NULL), bytes);
    sbx_free(bytes);
}

/* A caller's mistake is told as that, and the file does not get a record that could not be read again. */
static void a_record_that_cannot_follow_is_not_written(void)
{
    struct journal *journal;
    struct step step = step_sample(STEP_RIGHT);
    uint32_t number = 0;
    size_t size, size_then;

    sim_reset();
    journal = open_journal(&a_subject);
    sim_contents(JOURNAL_PATH, &size);
    CU_ASSERT_EQUAL(journal_intend(journal, &step, &number, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(journal_complete(journal, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(journal_done(journal, 1, NULL), SBX_E_STATE);
    sim_contents(JOURNAL_PATH, &size_then);
    CU_ASSERT_EQUAL(size, size_then);

    CU_ASSERT_EQUAL(journal_begin(journal, NULL), SBX_OK);
    CU_ASSERT_EQUAL(journal_intend(journal, &step, &number, NULL), SBX_OK);
    CU_ASSERT_EQUAL(number, 1);
    CU_ASSERT_EQUAL(journal_complete(journal, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(journal_undone(journal, 1, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(journal_undo(journal, 1, NULL), SBX_OK);
    sim_contents(JOURNAL_PATH, &size);
    CU_ASSERT_EQUAL(journal_undo(journal, 1, NULL), SBX_OK); /* begun before a crash */
    sim_contents(JOURNAL_PATH, &size_then);
    CU_ASSERT_EQUAL(size, size_then);
    CU_ASSERT_EQUAL(journal_done(journal, 1, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(journal_delete(journal, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(journal_undone(journal, 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL(journal_undo(journal, 1, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(journal_intend(journal, &step, &number, NULL), SBX_OK);
    CU_ASSERT_EQUAL(number, 2); /* no number is used twice */
    CU_ASSERT_EQUAL(journal_undo(journal, 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(journal_undone(journal, 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(journal_delete(journal, NULL), SBX_OK);
    CU_ASSERT(!sim_exists(JOURNAL_PATH));
    journal_close(journal);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    step_free(&step);
}

/* More than a record may hold; the journal goes on without it. */
static void a_step_that_is_too_long_is_refused(void)
{
    struct journal *journal;
    struct step step = step_sample(STEP_GROUP);
    uint32_t number;
    size_t size = JOURNAL_MOST_LINE;
    char *text = sbx_alloc(size + 1);

    sim_reset();
    memset(text, 'x', size);
    sbx_free(step.named.text);
    step.named.text = text;
    journal = open_journal(&a_subject);
    CU_ASSERT_EQUAL(journal_begin(journal, NULL), SBX_OK);
    CU_ASSERT_EQUAL(journal_intend(journal, &step, &number, NULL), SBX_E_LIMIT);
    text[100] = '\0';
    CU_ASSERT_EQUAL(journal_intend(journal, &step, &number, NULL), SBX_OK);
    journal_close(journal);
    step_free(&step);
}

static sbx_status live(void *context)
{
    struct journal *journal = NULL;
    struct step step = *(struct step *)context;
    uint32_t number = 0;
    sbx_status status;

    sim_reset();
    status = journal_open(JOURNAL_PATH, &a_subject, &journal, NULL);
    if (status)
        CU_ASSERT_PTR_NULL(journal);
    if (!status)
        status = journal_begin(journal, NULL);
    if (!status)
        status = journal_intend(journal, &step, &number, NULL);
    if (!status)
        status = journal_done(journal, number, NULL);
    journal_close(journal);
    if (!status)
        status = journal_open(JOURNAL_PATH, NULL, &journal, NULL);
    if (!status)
        journal_close(journal);
    return status;
}

static void any_allocation_may_fail(void)
{
    struct step step = step_sample(STEP_DENY);

    with_memory_failing(live, &step);
    step_free(&step);
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
        {"a journal opened again is the same", a_journal_opened_again_is_the_same},
        {"a call that fails leaves what was, and once more is enough", a_call_that_fails_leaves_what_was},
        {"a tail that could not be cut is cut before the next record",
         a_tail_that_could_not_be_cut_is_cut_before_the_next_record},
        {"a full disk leaves what was and no torn record", a_full_disk_leaves_what_was_and_no_torn_record},
        {"after a power cut what was acknowledged is there",
         after_a_power_cut_what_was_acknowledged_is_there},
        {"who only looks makes no journal", who_only_looks_makes_no_journal},
        {"a journal is held alone", a_journal_is_held_alone},
        {"a damaged journal is left as it is", a_damaged_journal_is_left_as_it_is},
        {"a record that cannot follow is not written", a_record_that_cannot_follow_is_not_written},
        {"a step that is too long is refused", a_step_that_is_too_long_is_refused},
        {"any allocation may fail", any_allocation_may_fail},
        {NULL, NULL},
    },
};
