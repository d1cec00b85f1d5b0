/*
 * apply.h - plans carried out, taken back, and finished or undone after a crash. The only caller of the
 * steps' deeds.
 *
 * For each step: intent into the journal, do, read back, done into the journal. Whatever stops it (a failure,
 * a cancel, the power), the journal knows; apply_recover brings the host to where it was before, or finds
 * that all that was asked is there. While anything is unfinished the journal says so, and an unfinished one
 * is always undone whole: so a deed may be done or undone although its own record could not be written, and
 * undoing it twice does no harm.
 *
 * What a step does is looked up in a table, so that the in-process server links the deeds on files alone and
 * the elevated server those on the machine, too.
 */
#ifndef SBX_CORE_APPLY_H
#define SBX_CORE_APPLY_H

#include "core/journal.h"
#include "core/plan.h"
#include "core/tree.h"

struct apply;

/*
 * All three may be repeated, in any state that a crash can leave: `act` finds its work done, `undo` finds
 * nothing to undo, and what bears our name but is not ours (apply_machine) `act` refuses and `undo` leaves
 * alone. `outcome` is counted on, of steps on files.
 */
struct step_deeds {
    sbx_status (*act)(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error);
    sbx_status (*holds)(const struct step *step, bool *holds, struct sbx_error *error); /* the read-back */
    sbx_status (*undo)(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                       struct sbx_error *error);
};

/* Indexed by enum step_kind; a kind without deeds is SBX_E_NOT_BUILT before anything is changed. */
extern const struct step_deeds apply_files[STEP_KIND_COUNT];   /* apply_files.c */
extern const struct step_deeds apply_machine[STEP_KIND_COUNT]; /* apply_machine.c: the machine's alone */

struct apply {
    const struct step_deeds *deeds;
    struct journal *journal;
    const struct tree_control
        *control; /* may be NULL; its `false` ends what is being done, never what is being taken back */

    /* apply_plan leaves later steps (plan.h) that do not stand as they are: planned, and not counted. */
    bool leaves_later;

    /* Called before each step, may be NULL: `done` of `total` steps are behind us. */
    void (*progress)(void *context, const struct step *step, size_t done, size_t total);

    /*
     * Whoever keeps the password of an account that a STEP_ACCOUNT has just made or found without one;
     * `password` is wiped when this returns, and nobody else has it. On a failure the account is taken back.
     * Needed for plans with such steps (SBX_E_ARGUMENT).
     */
    sbx_status (*keep_password)(void *context, const char *account, const char *password,
                                struct sbx_error *error);
    void *context;
};

/*
 * Makes what stands in the journal equal to the plan: undoes (last first) what stands and is not in the plan,
 * then does (first first) what is in the plan and does not stand; a step that stands as done is left alone,
 * which is why a second provisioning is quick and writes nothing. An unfinished journal is undone first. Sets
 * each step's state.
 *
 * On a failure or cancel, what this call did is undone again, and what it undid is done again (the same
 * entries; among several of ours perhaps in another order), and the error is the first one; where that fails,
 * too, the journal is left unfinished for apply_recover, which undoes everything. When nothing stands in the
 * end the journal is deleted. SBX_E_NOT_ENFORCED when a step reads back as not done.
 */
sbx_status apply_plan(const struct apply *apply, struct plan *plan, struct tree_outcome *outcome,
                      struct sbx_error *error);

/*
 * Does the steps of the plan, later ones too, beside all that stands, which is left alone. On a failure or cancel what this call did
 * is undone again, else as apply_plan. SBX_E_STATE: the journal is unfinished; nothing is done.
 */
sbx_status apply_more(const struct apply *apply, struct plan *plan, struct tree_outcome *outcome,
                      struct sbx_error *error);

/*
 * Undoes all that stands, last first, goes on past failures of steps on files and returns the first; deletes
 * the journal when nothing stands any more. Steps' stops do not count here: nothing else stands in the end,
 * and what was moved there comes out, too. It can be cancelled between steps and in them; then the journal is
 * left unfinished.
 */
sbx_status apply_undo(const struct apply *apply, struct tree_outcome *outcome, struct sbx_error *error);

/*
 * After a crash: an unfinished journal is undone as apply_undo does (*undone true), a complete one is left
 * alone, or deleted where nothing stands in it.
 */
sbx_status apply_recover(const struct apply *apply, bool *undone, struct tree_outcome *outcome,
                         struct sbx_error *error);

#endif
