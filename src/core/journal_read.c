/*
 * journal_read.c - records: as lines, back from lines, and what they come to.
 */
#include "base/memory.h"
#include "core/journal_record.h"
#include "core/jsontext.h"

#include <stdio.h>
#include <string.h>

#define SUM_DIGITS       8
#define MOST_SIZE_DIGITS 7 /* JOURNAL_MOST_LINE has no more */
#define FIRST_CAPACITY   16

static const char *const record_words[RECORD_KIND_COUNT] = {
    [RECORD_JOURNAL] = "journal",   [RECORD_BEGIN] = "begin", [RECORD_INTENT] = "intent",
    [RECORD_DONE] = "done",         [RECORD_UNDO] = "undo",   [RECORD_UNDONE] = "undone",
    [RECORD_COMPLETE] = "complete",
};

static bool is_on_a_step(enum journal_record_kind kind)
{
    return kind >= RECORD_INTENT && kind <= RECORD_UNDONE;
}

void journal_subject_free(struct journal_subject *subject)
{
    sbx_free(subject->path);
    sbx_free(subject->principal_sid);
    memset(subject, 0, sizeof *subject);
}

void journal_record_free(struct journal_record *record)
{
    journal_subject_free(&record->subject);
    step_free(&record->step);
    memset(record, 0, sizeof *record);
}

void journal_state_free(struct journal_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        step_free(&state->entries[i].step);
    sbx_free(state->entries);
    journal_subject_free(&state->subject);
    memset(state, 0, sizeof *state);
}

/* Writing. */

/* CRC-32 as in zip and Ethernet, half a byte at a time. */
static uint32_t crc32_of(const char *bytes, size_t size)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    uint32_t sum = 0xFFFFFFFFu;

    for (size_t i = 0; i < size; i++) {
        sum ^= (uint8_t)bytes[i];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return ~sum;
}

static json_t *subject_as_json(const struct journal_subject *subject)
{
    json_t *json = jsontext_object();

    if (jsontext_put_text(json, "path", subject->path) &&
        jsontext_put(json, "volume", json_string(subject->volume_id)) &&
        jsontext_put(json, "file", json_string(subject->file_id)) &&
        jsontext_put_text(json, "principal", subject->principal_sid) &&
        jsontext_put(json, "level", json_string(level_name(subject->level))) &&
        jsontext_put(json, "since", json_integer(subject->since_utc_ms)))
        return json;
    json_decref(json);
    return NULL;
}

static json_t *record_as_json(const struct journal_record *record)
{
    json_t *json = jsontext_object();
    bool whole = jsontext_put(json, "is", json_string(record_words[record->kind]));

    if (whole && record->kind == RECORD_JOURNAL)
        whole = jsontext_put(json, "version", json_integer(JOURNAL_VERSION)) &&
                jsontext_put(json, "for", subject_as_json(&record->subject));
    if (whole && is_on_a_step(record->kind))
        whole = jsontext_put(json, "step", json_integer(record->number));
    if (whole && record->kind == RECORD_INTENT)
        whole = jsontext_put(json, "what", step_as_json(&record->step));
    if (whole)
        return json;
    json_decref(json);
    return NULL;
}

void journal_record_write(const struct journal_record *record, struct sbx_buffer *out)
{
    struct sbx_buffer json = SBX_BUFFER_EMPTY;

    jsontext_write(record_as_json(record), &json);
    if (buffer_failed(&json)) {
        out->failed = true;
    } else {
        buffer_append_format(out, "%08x %zu ", (unsigned)crc32_of(buffer_text(&json), json.size), json.size);
        buffer_append(out, json.data, json.size);
        buffer_append_text(out, "\n");
    }
    buffer_free(&json);
}

/* What records come to. */

struct journal_entry *journal_state_find(const struct journal_state *state, uint32_t number)
{
    size_t least = 0, most = state->count;

    while (least < most) { /* numbers only grow */
        size_t middle = least + (most - least) / 2;

        if (state->entries[middle].number < number)
            least = middle + 1;
        else
            most = middle;
    }
    return least < state->count && state->entries[least].number == number ? &state->entries[least] : NULL;
}

static sbx_status make_room(struct journal_state *state, struct sbx_error *error)
{
    size_t capacity = state->capacity ? state->capacity * 2 : FIRST_CAPACITY;
    struct journal_entry *grown;

    if (state->count < state->capacity)
        return SBX_OK;
    if (capacity > SIZE_MAX / sizeof *grown)
        return error_memory(error, "the journal");
    grown = sbx_realloc(state->entries, capacity * sizeof *grown);
    if (!grown)
        return error_memory(error, "the journal");
    state->entries = grown;
    state->capacity = capacity;
    return SBX_OK;
}

/* NULL, or why the record may not stand here. */
static const char *fault_in_order(const struct journal_state *state, const struct journal_record *record)
{
    const struct journal_entry *entry = journal_state_find(state, record->number);

    if (state->begun == (record->kind == RECORD_JOURNAL))
        return state->begun ? "a journal has begun already" : "no journal has begun";
    switch (record->kind) {
    case RECORD_INTENT:
        if (!state->unfinished)
            return "nothing was begun that it belongs to";
        return record->number - 1 == state->last_number && record->number ? NULL
                                                                          : "its number is not the next one";
    case RECORD_DONE:
        return entry && entry->step.state == STEP_PLANNED && !entry->undoing ? NULL
                                                                             : "that step is not being done";
    case RECORD_UNDO:
        if (!state->unfinished)
            return "nothing was begun that it belongs to";
        return entry && !entry->undoing ? NULL : "that step does not stand";
    case RECORD_UNDONE:
        return entry && entry->undoing ? NULL : "that step is not being undone";
    case RECORD_COMPLETE:
        if (!state->unfinished)
            return "nothing was begun";
        for (size_t i = 0; i < state->count; i++)
            if (state->entries[i].undoing || state->entries[i].step.state != STEP_DONE)
                return "a step is neither done nor undone";
        return NULL;
    default:
        return NULL;
    }
}

sbx_status journal_state_prepare(struct journal_state *state, const struct journal_record *record,
                                 struct sbx_error *error)
{
    const char *fault = fault_in_order(state, record);

    if (fault)
        return error_set(error, SBX_E_STATE, "\"%s\" cannot be recorded in the journal now: %s.",
                         record_words[record->kind], fault);
    return record->kind == RECORD_INTENT ? make_room(state, error) : SBX_OK;
}

static void remove_entry(struct journal_state *state, struct journal_entry *entry)
{
    size_t behind = (size_t)(state->entries + state->count - entry - 1);

    step_free(&entry->step);
    memmove(entry, entry + 1, behind * sizeof *entry);
    state->count--;
}

void journal_state_change(struct journal_state *state, struct journal_record *record)
{
    struct journal_entry *entry = journal_state_find(state, record->number);

    switch (record->kind) {
    case RECORD_JOURNAL:
        state->begun = true;
        state->subject = record->subject;
        memset(&record->subject, 0, sizeof record->subject);
        break;
    case RECORD_BEGIN:
        state->unfinished = true;
        break;
    case RECORD_INTENT:
        entry = &state->entries[state->count++];
        *entry = (struct journal_entry){record->number, record->step, false};
        entry->step.state = STEP_PLANNED;
        memset(&record->step, 0, sizeof record->step);
        state->last_number = record->number;
        break;
    case RECORD_DONE:
        entry->step.state = STEP_DONE;
        break;
    case RECORD_UNDO:
        entry->undoing = true;
        break;
    case RECORD_UNDONE:
        remove_entry(state, entry);
        break;
    case RECORD_COMPLETE:
        state->unfinished = false;
        break;
    case RECORD_KIND_COUNT:
        break;
    }
}

/* Reading. */

static sbx_status bad(const char *why, struct sbx_error *error)
{
    return error_set(error, SBX_E_JOURNAL, "%s.", why);
}

static bool only_keys(const json_t *json, size_t count)
{
    return json_object_size(json) == count;
}

/* A number of a step, or a version: 1 to 2^32 - 1. 0: none. */
static uint32_t read_number(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    json_int_t number = json_integer_value(value);

    return json_is_integer(value) && number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

static bool read_id(const json_t *json, const char *key, char id[40])
{
    const char *text = json_string_value(json_object_get(json, key));

    if (!text || strlen(text) >= 40)
        return false;
    memcpy(id, text, strlen(text) + 1);
    return true;
}

static sbx_status read_subject(const json_t *json, struct journal_subject *subject, struct sbx_error *error)
{
    const char *level = json_string_value(json_object_get(json, "level"));
    const json_t *since = json_object_get(json, "since");
    sbx_status status;

    if (!json_is_object(json) || !only_keys(json, json_object_get(json, "pathEscaped") ? 7 : 6) || !level ||
        !json_is_integer(since) || !read_id(json, "volume", subject->volume_id) ||
        !read_id(json, "file", subject->file_id))
        return bad("\"for\" does not say whom the journal is for", error);

    if (strcmp(level, level_name(SBX_LEVEL_RESTRICTED)) == 0)
        subject->level = SBX_LEVEL_RESTRICTED;
    else if (strcmp(level, level_name(SBX_LEVEL_ELEVATED)) == 0)
        subject->level = SBX_LEVEL_ELEVATED;
    else
        return bad("\"level\" is none", error);
    subject->since_utc_ms = json_integer_value(since);

    status = jsontext_get_text(json, "path", &subject->path);
    if (!status)
        status = jsontext_get_text(json, "principal", &subject->principal_sid);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "the journal");
    return status ? bad("\"for\" does not say whom the journal is for", error) : SBX_OK;
}

/* A newer version may have changed all but this. */
static sbx_status read_version(const json_t *json, struct sbx_error *error)
{
    const json_t *version = json_object_get(json, "version");

    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return bad("the first record does not tell its version", error);
    if (json_integer_value(version) > JOURNAL_VERSION)
        return error_set(
            error, SBX_E_JOURNAL,
            "It is of version %lld, written by a newer sbxcom; this one reads up to version %d. Install "
            "that newer sbxcom again, or undo with it what it did (Deprovision) before going back",
            (long long)json_integer_value(version), JOURNAL_VERSION);
    return SBX_OK;
}

static sbx_status read_first(const json_t *json, struct journal_record *record, struct sbx_error *error)
{
    sbx_status status = read_version(json, error);

    if (status)
        return status;
    if (!only_keys(json, 3))
        return bad("the first record holds what this version does not know", error);
    return read_subject(json_object_get(json, "for"), &record->subject, error);
}

static sbx_status read_others(const json_t *json, struct journal_record *record, struct sbx_error *error)
{
    const json_t *what = json_object_get(json, "what");

    if (!only_keys(json, record->kind == RECORD_INTENT ? 3 : is_on_a_step(record->kind) ? 2 : 1))
        return bad("a record holds what this version does not know, or too little", error);
    if (!is_on_a_step(record->kind))
        return SBX_OK;
    record->number = read_number(json, "step");
    if (!record->number)
        return bad("a record does not tell its step", error);
    return record->kind == RECORD_INTENT ? step_from_json(what, &record->step, error) : SBX_OK;
}

static sbx_status read_kind(const json_t *json, enum journal_record_kind *kind, struct sbx_error *error)
{
    const char *word = json_string_value(json_object_get(json, "is"));

    for (int i = 0; word && i < RECORD_KIND_COUNT; i++) {
        if (strcmp(word, record_words[i]) == 0) {
            *kind = (enum journal_record_kind)i;
            return SBX_OK;
        }
    }
    return bad("a record is of no kind that this version knows", error);
}

/* Text as the record that it is; what was made of it is *record's, also on a failure. */
static sbx_status record_from_json(const char *text, size_t size, struct journal_record *record,
                                   struct sbx_error *error)
{
    struct jsontext read;
    json_error_t place;
    sbx_status status = jsontext_read(text, size, &read, &place);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "the journal");
    if (status)
        return bad("a record is no JSON", error);
    status = read_kind(read.root, &record->kind, error);
    if (!status)
        status = record->kind == RECORD_JOURNAL ? read_first(read.root, record, error)
                                                : read_others(read.root, record, error);
    jsontext_free(&read);
    return status;
}

struct line {
    const char *json;
    size_t json_size;
    size_t size; /* all of it, its end included */
};

static bool read_sum(const char *bytes, uint32_t *sum)
{
    uint32_t found = 0;

    for (int i = 0; i < SUM_DIGITS; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = bytes[i] ? strchr(digits, bytes[i]) : NULL;

        if (!digit)
            return false;
        found = found << 4 | (uint32_t)(digit - digits);
    }
    *sum = found;
    return true;
}

/* Is there a whole record at the front of these bytes? */
static bool find_line(const char *bytes, size_t size, struct line *line)
{
    size_t at = SUM_DIGITS + 1;
    size_t first = at;
    size_t json_size = 0;
    uint32_t sum;

    if (size < at || bytes[SUM_DIGITS] != ' ' || !read_sum(bytes, &sum))
        return false;
    while (at < size && bytes[at] >= '0' && bytes[at] <= '9' && at < first + MOST_SIZE_DIGITS)
        json_size = json_size * 10 + (size_t)(bytes[at++] - '0');
    if (at == first || bytes[first] == '0' || at == size || bytes[at++] != ' ')
        return false;
    if (json_size > JOURNAL_MOST_LINE || size - at <= json_size || bytes[at + json_size] != '\n' ||
        crc32_of(bytes + at, json_size) != sum)
        return false;
    *line = (struct line){bytes + at, json_size, at + json_size + 1};
    return true;
}

/*
 * What no whole record follows, and what one record could have been. Every place is tried, not only those behind a line end: where a
 * line end itself is damaged, the record behind it would else be cut with the one before.
 */
static bool is_torn_tail(const char *bytes, size_t size)
{
    struct line line;

    if (size > JOURNAL_MOST_LINE + SUM_DIGITS + MOST_SIZE_DIGITS + 3)
        return false;
    for (size_t at = 1; at < size; at++)
        if (find_line(bytes + at, size - at, &line))
            return false;
    return true;
}

static sbx_status read_record(const struct line *line, struct journal_state *state, struct sbx_error *error)
{
    struct journal_record record = {.kind = RECORD_BEGIN};
    struct sbx_error wrong = {0};
    sbx_status status = record_from_json(line->json, line->json_size, &record, error);

    if (!status) {
        status = journal_state_prepare(state, &record, &wrong);
        if (status == SBX_E_STATE)
            status = error_set(error, SBX_E_JOURNAL, "%s", wrong.text);
        else if (status)
            status = error_memory(error, "the journal");
    }
    if (!status)
        journal_state_change(state, &record);
    journal_record_free(&record);
    return status;
}

static sbx_status damaged(size_t record, size_t at, const struct sbx_error *why, struct sbx_error *error)
{
    return error_set(
        error, SBX_E_JOURNAL,
        "Record %zu (at byte %zu): %s Nothing was changed, and nothing can be undone by a record that is "
        "not understood.",
        record, at, why->text);
}

sbx_status journal_read(const char *bytes, size_t size, struct journal_state *state, size_t *good_size,
                        struct sbx_error *error)
{
    struct journal_state made = {0};
    size_t at = 0;
    size_t records = 1;
    sbx_status status = SBX_OK;

    for (; at < size && !status; records++) {
        struct sbx_error why = {0};
        struct line line;

        if (find_line(bytes + at, size - at, &line)) {
            status = read_record(&line, &made, &why);
        } else {
            line.size = 0;
            if (is_torn_tail(bytes + at, size - at))
                break;
            status = bad("It is damaged: its check sum or its size is wrong, and others follow", &why);
        }
        if (status)
            status = status == SBX_E_JOURNAL ? damaged(records, at, &why, error)
                                             : error_memory(error, "the journal");
        else
            at += line.size;
    }
    if (status) {
        journal_state_free(&made);
        return status;
    }
    *state = made;
    *good_size = at;
    return SBX_OK;
}
