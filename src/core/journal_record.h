/*
 * journal_record.h - one record of a journal, between its line and the state that it changes.
 *
 * Private to journal.c, which makes records and writes them, and journal_read.c, which finds them again: both change the
 * state by the same two functions, so what was written is what will be read.
 */
#ifndef SBX_CORE_JOURNAL_RECORD_H
#define SBX_CORE_JOURNAL_RECORD_H

#include "core/journal.h"

enum journal_record_kind {
    RECORD_JOURNAL,
    RECORD_BEGIN,
    RECORD_INTENT,
    RECORD_DONE,
    RECORD_UNDO,
    RECORD_UNDONE,
    RECORD_COMPLETE,
    RECORD_KIND_COUNT,
};

struct journal_record {
    enum journal_record_kind kind;
    struct journal_subject subject; /* of RECORD_JOURNAL; owned */
    uint32_t number;                /* of those on a step */
    struct step step;               /* of RECORD_INTENT; owned */
};

void journal_record_free(struct journal_record *record);
void journal_subject_free(struct journal_subject *subject);

/* The whole line, appended; look at buffer_failed. */
void journal_record_write(const struct journal_record *record, struct sbx_buffer *out);

/*
 * May this record follow? Makes room for it, so that journal_state_change cannot fail. SBX_E_STATE with what is wrong,
 * SBX_E_MEMORY.
 */
sbx_status journal_state_prepare(struct journal_state *state, const struct journal_record *record,
                                 struct sbx_error *error);

/* Moves what the record owns into the state. */
void journal_state_change(struct journal_state *state, struct journal_record *record);

struct journal_entry *journal_state_find(const struct journal_state *state, uint32_t number); /* or NULL */

#endif
