/*
 * tree.h - entries on a folder and on everything in it, put there and taken out again.
 *
 * New files inherit by themselves; what is there already gets, by this walker, what it would have inherited. By handle,
 * from folder to child, so that nothing can be swapped under it; links and junctions are never followed.
 *
 * Left out, counted and told (struct tree_outcome): a file with several hard links, because one of its names may lie outside;
 * reparse points; an object with a NULL DACL, where one entry would lock everybody out; one whose list we may not change; one
 * that is too full. An object with a protected DACL inherits nothing by itself and gets the entries explicitly, inheritable, instead.
 *
 * Taking out goes by SID, type and mask, explicit and inherited, so what somebody turned from inherited into explicit goes, too,
 * and nothing of anybody else's. Both are idempotent: a second run changes nothing.
 */
#ifndef SBX_CORE_TREE_H
#define SBX_CORE_TREE_H

#include "core/step.h"

struct tree_outcome {
    uint64_t seen; /* objects, the root too */
    uint64_t changed;
    uint64_t several_links;
    uint64_t reparse_points;
    uint64_t null_dacls;
    uint64_t refused;     /* by the system: access denied, in use, gone meanwhile does not count */
    char *first_left_out; /* a path, NULL: none; owned */
};
void tree_outcome_free(struct tree_outcome *outcome);

struct tree_control {
    /* Called every now and then; false ends the walk with SBX_E_CANCELLED. May be NULL. */
    bool (*go_on)(void *context, const struct tree_outcome *so_far);
    void *context;
};

/*
 * The object itself (found by path, else by id; SBX_E_PATH_NOT_FOUND when it is gone: for a revoke that is success) must take the
 * entries, or nothing is changed and the call fails: SBX_E_WORKSPACE_REFUSED (NULL DACL, several links, a reparse point),
 * SBX_E_SYSTEM. Below it the walk goes on past what is left out. `step` is STEP_ALLOW, STEP_DENY, STEP_ANCHOR or STEP_PASSAGE;
 * the last two touch the object alone. SBX_E_MEMORY, SBX_E_CANCELLED: what was changed stays; the caller revokes.
 */
sbx_status tree_grant(const struct step_files *step, bool whole_tree, const struct tree_control *control,
                      struct tree_outcome *outcome, struct sbx_error *error);
sbx_status tree_revoke(const struct step_files *step, bool whole_tree, const struct tree_control *control,
                       struct tree_outcome *outcome, struct sbx_error *error);

/* Does the object itself have the entries? What apply reads back after a grant; below it the walker has read back each one. */
sbx_status tree_holds(const struct step_files *step, bool *holds, struct sbx_error *error);

#endif
