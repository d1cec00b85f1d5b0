/*
 * journal.h - what was done to the host for one workspace (or, by the elevated server, for one user), so that it can be
 * undone exactly, whatever happened in between.
 *
 * A log of lines (os/filesystem.h, log_*): "CRC SIZE JSON\n", CRC-32 of the JSON's bytes as 8 hexadecimal digits, its size in
 * decimal digits. The first record names the version of the format and whom the journal is for. Before a step its record is
 * appended and flushed (intent); after it and its read-back another one (done). So after a crash each step is known to be
 * untouched, done, or perhaps done.
 *
 *   {"is": "journal", "version": 1, "for": {...}}         first
 *   {"is": "begin"}                                        an apply or undo starts; until "complete" it is unfinished
 *   {"is": "intent", "step": N, "what": {...step.h...}}    N: its number in this journal, from 1, never used twice
 *   {"is": "done", "step": N}
 *   {"is": "undo", "step": N}                              is about to be undone
 *   {"is": "undone", "step": N}
 *   {"is": "complete"}                                     what stands as done is what was asked for
 *
 * A torn tail (what no whole record follows) is cut, because it was never acted upon. A bad record before a good one is
 * damage: SBX_E_JOURNAL, nothing is guessed; so is a good one that says what cannot be (an unknown word, a step that
 * does not stand). A version above ours is refused before anything else of it is read.
 */
#ifndef SBX_CORE_JOURNAL_H
#define SBX_CORE_JOURNAL_H

#include "core/policy.h"
#include "core/step.h"

#define JOURNAL_VERSION   1
#define JOURNAL_MOST_SIZE (64 * 1024 * 1024)
#define JOURNAL_MOST_LINE (8 * 1024 * 1024) /* of one record */

struct journal_subject {
    char *path; /* the workspace; "" of the machine's */
    char volume_id[40], file_id[40];
    char *principal_sid;
    enum sbx_level level;
    int64_t since_utc_ms;
};

struct journal_entry {
    uint32_t number;
    struct step step; /* state: STEP_PLANNED is intent without done, STEP_DONE; undone ones are not listed */
    bool undoing;     /* an undo was begun */
};

/* What the records come to. */
struct journal_state {
    struct journal_subject subject;
    struct journal_entry *entries; /* that stand: intended, done or half undone, oldest first */
    size_t count;
    size_t capacity;
    uint32_t last_number;
    bool begun;      /* the first record is there */
    bool unfinished; /* begun to apply or undo, and not completed */
};

struct journal; /* open and held alone */

/*
 * Opens the journal at `path` (its folder is there). A new or empty one is begun with `subject`; in an old one `subject` is not looked at and may
 * be NULL, then a new one is SBX_E_PATH_NOT_FOUND and none is made. A torn tail is cut from the file. SBX_E_STATE: somebody
 * else has it open; SBX_E_JOURNAL; SBX_E_SYSTEM; SBX_E_LIMIT (a file over JOURNAL_MOST_SIZE is none of ours); SBX_E_MEMORY.
 */
sbx_status journal_open(const char *path, const struct journal_subject *subject, struct journal **journal,
                        struct sbx_error *error);
void journal_close(struct journal *journal); /* NULL is fine */

const struct journal_subject *journal_subject(const struct journal *journal);
bool journal_is_complete(const struct journal *journal); /* nothing unfinished */
size_t journal_count(const struct journal *journal);     /* of struct journal_state's entries */
const struct journal_entry *journal_at(const struct journal *journal,
                                       size_t index); /* until the next append */

/* Stands such a step whole: done, and no undo of it begun? `journal` NULL: nothing stands. */
bool journal_has_done(const struct journal *journal, const struct step *step);

/*
 * Each appends and flushes; on a failure (a full disk: SBX_E_SYSTEM) the record counts as not written, what stands in memory is
 * unchanged, and the tail is cut before anything else is appended.
 *
 * SBX_E_STATE, and nothing is written: intent, undo or complete without begin; done, undo or undone of a step that does not
 * stand so; complete while a step is not done or half undone. An undo that was begun before a crash is begun already: fine, nothing
 * is written. SBX_E_LIMIT: an intent that is too long, or that would leave no room for the records that undoing needs.
 */
sbx_status journal_begin(struct journal *journal, struct sbx_error *error);
sbx_status journal_intend(struct journal *journal, const struct step *step, uint32_t *number,
                          struct sbx_error *error);
sbx_status journal_done(struct journal *journal, uint32_t number, struct sbx_error *error);
sbx_status journal_undo(struct journal *journal, uint32_t number, struct sbx_error *error);
sbx_status journal_undone(struct journal *journal, uint32_t number, struct sbx_error *error);
sbx_status journal_complete(struct journal *journal, struct sbx_error *error);

/* Nothing stands any more: the file is deleted. SBX_E_STATE while something stands. The journal is still to be closed. */
sbx_status journal_delete(struct journal *journal, struct sbx_error *error);

/*
 * What the bytes of a journal say; *good_size is where a torn tail begins. SBX_E_JOURNAL, SBX_E_MEMORY; *state and *good_size are
 * untouched on failure. No bytes are fine: an empty state that is not begun.
 */
sbx_status journal_read(const char *bytes, size_t size, struct journal_state *state, size_t *good_size,
                        struct sbx_error *error);
void journal_state_free(struct journal_state *state); /* leaves it zeroed */

#endif
