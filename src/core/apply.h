/*
 * apply.h - plans carried out, taken back, and finished or undone after a crash. The only caller of the steps' deeds.
 *
 * For each step: intent into the journal, do, read back, done into the journal. Whatever stops it (a failure, a cancel, the power),
 * the journal knows; apply_recover brings the host to where it was before, or finds that all that was asked is there.
 *
 * What a step does is looked up in a table, so that the in-process server links the deeds on files alone and the elevated
 * server those on the machine, too.
 */
#ifndef SBX_CORE_APPLY_H
#define SBX_CORE_APPLY_H

#include "core/journal.h"
#include "core/plan.h"
#include "core/tree.h"

struct step_deeds {
    sbx_status (*act)(const struct step *step, const struct tree_control *control,
                      struct tree_outcome *outcome, struct sbx_error *error);
    sbx_status (*holds)(const struct step *step, bool *holds, struct sbx_error *error); /* the read-back */
    sbx_status (*undo)(const struct step *step, const struct tree_control *control,
                       struct tree_outcome *outcome, struct sbx_error *error);
};

/* Indexed by enum step_kind; a kind without deeds is SBX_E_NOT_BUILT before anything is changed. */
extern const struct step_deeds apply_files[STEP_KIND_COUNT];   /* apply_files.c */
extern const struct step_deeds apply_machine[STEP_KIND_COUNT]; /* apply_machine.c: these and the files' */

struct apply {
    const struct step_deeds *deeds;
    struct journal *journal;
    const struct tree_control *control;
    /* Called before each step, may be NULL: `done` of `total` steps are behind us. */
    void (*progress)(void *context, const struct step *step, size_t done, size_t total);
    void *context;
};

/*
 * Makes what stands in the journal equal to the plan: undoes (last first) what stands and is not in the plan, then does (first
 * first) what is in the plan and does not stand; a step that stands as done is left alone, which is why a second provisioning
 * is quick. An unfinished journal is recovered first. Sets each step's state. On a failure or cancel what this call did is
 * undone again as far as possible, and the error is the first one; what could not be undone stays in the journal for apply_recover.
 * SBX_E_NOT_ENFORCED when a step reads back as not done.
 */
sbx_status apply_plan(const struct apply *apply, struct plan *plan, struct tree_outcome *outcome,
                      struct sbx_error *error);

/* Undoes all that stands, last first, goes on past failures and returns the first; deletes the journal when nothing stands any more. */
sbx_status apply_undo(const struct apply *apply, struct tree_outcome *outcome, struct sbx_error *error);

/* After a crash: a complete journal is left alone (*undone false), an unfinished one is undone as apply_undo does. */
sbx_status apply_recover(const struct apply *apply, bool *undone, struct tree_outcome *outcome,
                         struct sbx_error *error);

#endif
