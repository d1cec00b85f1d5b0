/*
 * journal.c - the journal's file: opened, cut to its whole records, and appended to.
 */
#include "core/journal.h"

#include "base/memory.h"
#include "core/journal_record.h"
#include "os/filesystem.h"

#include <string.h>

/* An intent is refused above this, so that what stands can always be recorded as undone. */
#define MOST_SIZE_FOR_INTENTS (JOURNAL_MOST_SIZE / 2)

struct journal {
    struct log_file *file;
    struct journal_state state;
    size_t size;    /* of the whole records */
    bool torn_tail; /* there may be more behind them: an append failed */
};

static sbx_status cut_tail(struct journal *journal, struct sbx_error *error)
{
    sbx_status status = log_cut(journal->file, journal->size, error);

    if (!status)
        journal->torn_tail = false;
    return status;
}

static sbx_status write_line(struct journal *journal, const struct sbx_buffer *line, struct sbx_error *error)
{
    sbx_status status = journal->torn_tail ? cut_tail(journal, error) : SBX_OK;

    if (status)
        return status;
    /* From the first byte until the flush has returned nobody knows what of it is there. */
    journal->torn_tail = true;
    status = log_append(journal->file, line->data, line->size, error);
    if (!status)
        status = log_flush(journal->file, error);
    if (status) {
        /* At once, if it can be, so that a crash does not find a record that was called not written. */
        cut_tail(journal, NULL);
        return status;
    }
    journal->torn_tail = false;
    journal->size += line->size;
    return SBX_OK;
}

static sbx_status check_room(const struct journal *journal, const struct journal_record *record,
                             const struct sbx_buffer *line, struct sbx_error *error)
{
    bool intent = record->kind == RECORD_INTENT;
    size_t most = intent ? MOST_SIZE_FOR_INTENTS : JOURNAL_MOST_SIZE;

    if (intent && line->size > JOURNAL_MOST_LINE)
        return error_set(
            error, SBX_E_LIMIT,
            "One step has too much in it for the journal (%zu bytes). Name fewer paths in the policy.",
            line->size);
    if (journal->size + line->size > most)
        return error_set(
            error, SBX_E_LIMIT,
            "The journal is full (%zu bytes). Deprovision undoes what stands and begins a new one.",
            journal->size);
    return SBX_OK;
}

/* Takes over what the record owns. Room first, then the file, then memory: only the last cannot fail. */
static sbx_status append(struct journal *journal, struct journal_record *record, struct sbx_error *error)
{
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    sbx_status status = journal_state_prepare(&journal->state, record, error);

    if (status)
        goto free_record;
    journal_record_write(record, &line);
    status = buffer_failed(&line) ? error_memory(error, "a record of the journal")
                                  : check_room(journal, record, &line, error);
    if (!status)
        status = write_line(journal, &line, error);
    if (!status)
        journal_state_change(&journal->state, record);
    buffer_free(&line);

free_record:
    journal_record_free(record);
    return status;
}

static sbx_status append_number(struct journal *journal, enum journal_record_kind kind, uint32_t number,
                                struct sbx_error *error)
{
    struct journal_record record = {.kind = kind, .number = number};

    return append(journal, &record, error);
}

static sbx_status append_first(struct journal *journal, const struct journal_subject *subject,
                               struct sbx_error *error)
{
    struct journal_record record = {.kind = RECORD_JOURNAL, .subject = *subject};

    record.subject.path = sbx_strdup(subject->path);
    record.subject.principal_sid = sbx_strdup(subject->principal_sid);
    if (!record.subject.path || !record.subject.principal_sid) {
        journal_record_free(&record);
        return error_memory(error, "the journal");
    }
    return append(journal, &record, error);
}

/* Whoever only looks makes no file. One who looks by name alone does not need the file to be free. */
static sbx_status must_exist(const char *path, struct sbx_error *error)
{
    struct file_facts facts;
    sbx_status status = file_examine(path, &facts, error);

    if (!status)
        file_facts_free(&facts);
    return status;
}

static sbx_status read_state(struct journal *journal, const char *path, struct sbx_error *error)
{
    struct sbx_error why = {0};
    char *bytes;
    size_t size;
    sbx_status status = log_read(journal->file, JOURNAL_MOST_SIZE, &bytes, &size, error);

    if (status)
        return status;
    status = journal_read(bytes, size, &journal->state, &journal->size, &why);
    if (status == SBX_E_JOURNAL)
        status = error_set(error, SBX_E_JOURNAL, "The journal %s cannot be used. %s", path, why.text);
    else if (status)
        status = error_memory(error, "the journal");
    else if (journal->size < size)
        status = cut_tail(journal, error);
    sbx_free(bytes);
    return status;
}

sbx_status journal_open(const char *path, const struct journal_subject *subject, struct journal **journal,
                        struct sbx_error *error)
{
    struct journal *made;
    sbx_status status = subject ? SBX_OK : must_exist(path, error);

    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "the journal");
    status = log_open(path, &made->file, error);
    if (status)
        goto free_made;
    status = read_state(made, path, error);
    if (status)
        goto close_file;
    if (!made->state.begun) {
        status = subject ? append_first(made, subject, error)
                         : error_set(error, SBX_E_PATH_NOT_FOUND, "The journal %s is empty.", path);
        if (status)
            goto close_file;
    }
    *journal = made;
    return SBX_OK;

close_file:
    journal_state_free(&made->state);
    log_close(made->file);
free_made:
    sbx_free(made);
    return status;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    journal_state_free(&journal->state);
    log_close(journal->file);
    sbx_free(journal);
}

const struct journal_subject *journal_subject(const struct journal *journal)
{
    return &journal->state.subject;
}

bool journal_is_complete(const struct journal *journal)
{
    return !journal->state.unfinished;
}

size_t journal_count(const struct journal *journal)
{
    return journal->state.count;
}

const struct journal_entry *journal_at(const struct journal *journal, size_t index)
{
    return &journal->state.entries[index];
}

bool journal_has_done(const struct journal *journal, const struct step *step)
{
    for (size_t i = 0; journal && i < journal_count(journal); i++) {
        const struct journal_entry *entry = journal_at(journal, i);

        if (entry->step.state == STEP_DONE && !entry->undoing && step_equal(&entry->step, step))
            return true;
    }
    return false;
}

sbx_status journal_begin(struct journal *journal, struct sbx_error *error)
{
    return append_number(journal, RECORD_BEGIN, 0, error);
}

sbx_status journal_intend(struct journal *journal, const struct step *step, uint32_t *number,
                          struct sbx_error *error)
{
    struct journal_record record = {.kind = RECORD_INTENT, .number = journal->state.last_number + 1};
    uint32_t given = record.number;
    sbx_status status = step_copy(step, &record.step);

    if (status)
        return error_memory(error, "a record of the journal");
    status = append(journal, &record, error);
    if (!status)
        *number = given;
    return status;
}

sbx_status journal_done(struct journal *journal, uint32_t number, struct sbx_error *error)
{
    return append_number(journal, RECORD_DONE, number, error);
}

sbx_status journal_undo(struct journal *journal, uint32_t number, struct sbx_error *error)
{
    const struct journal_entry *entry = journal_state_find(&journal->state, number);

    if (entry && entry->undoing)
        return SBX_OK;
    return append_number(journal, RECORD_UNDO, number, error);
}

sbx_status journal_undone(struct journal *journal, uint32_t number, struct sbx_error *error)
{
    return append_number(journal, RECORD_UNDONE, number, error);
}

sbx_status journal_complete(struct journal *journal, struct sbx_error *error)
{
    return append_number(journal, RECORD_COMPLETE, 0, error);
}

sbx_status journal_delete(struct journal *journal, struct sbx_error *error)
{
    if (journal->state.count)
        return error_set(error, SBX_E_STATE, "The journal still lists %zu steps that stand. Undo them first.",
                         journal->state.count);
    return log_delete(journal->file, error);
}
