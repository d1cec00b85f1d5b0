/*
 * tree.h - entries on a folder and on everything in it, put there and taken out again.
 *
 * New files inherit by themselves; what is there already gets, by this walker, what it would have inherited.
 * By handle, from folder to child, so that nothing can be swapped under it; links and junctions are never
 * followed. A folder gets its entries before it is listed, and loses them before, so that what is made in it
 * meanwhile is right by itself.
 *
 * Left out, counted and told (struct tree_outcome): a file with several hard links where anything is allowed, because one
 * of its names may lie outside (what only denies it gets); reparse points; an object with a NULL DACL, where one entry would lock everybody out; one
 * whose list we may not change; one whose list is full. What is in a folder that is left out gets its entries
 * all the same, but for reparse points. An object with a protected DACL inherits nothing by itself and gets
 * the entries explicitly, inheritable, instead; so does one with explicit entries that allow, for denies: in
 * the order of a list (explicit before inherited) an inherited deny would come behind them and deny nothing.
 * Cygwin and git write such lists.
 *
 * Taking out goes by SID, type and mask, explicit and inherited, whatever became of the object (another link,
 * a reparse point, protected), so what somebody turned from inherited into explicit goes, too, and nothing of
 * anybody else's. Both are idempotent: a second run changes nothing.
 *
 * What was moved out of the folder on the same volume keeps its entries (they name a SID that no other token
 * has) and cannot be found. In a folder from which nothing was inheritable before (rare, and then its DACL is
 * protected) new files inherit our entries alone, where they would have had their creator's default list.
 */
#ifndef SBX_CORE_TREE_H
#define SBX_CORE_TREE_H

#include "core/step.h"

/* Counted on: a caller with several steps gives the same one to each. */
struct tree_outcome {
    uint64_t seen; /* objects, the root too; a file with two names is two */
    uint64_t changed;
    uint64_t several_links;
    uint64_t reparse_points;
    uint64_t null_dacls;
    uint64_t full;        /* the list would be larger than 65,535 bytes */
    uint64_t refused;     /* by the system: access denied, to the object, its list or its names */
    char *first_left_out; /* a path, the first that any thread met; NULL: none; owned */
};
void tree_outcome_free(struct tree_outcome *outcome);

/*
 * A tree of some size is walked by several threads, as many as there are processors, at most 8; they are gone when the call returns
 * (os/crew.h). `outcome` is touched by one of them at a time; what the caller lends must stay as it is meanwhile.
 */
struct tree_control {
    /*
     * Called every now and then, on any of the threads, never on two at once; false ends the walk with SBX_E_CANCELLED. It must not need a lock that the caller of the walk holds. May be NULL.
     */
    bool (*go_on)(void *context, const struct tree_outcome *so_far);
    void *context;
};

/*
 * The object itself (found by path, else by id) must take the entries, or nothing is changed and the call
 * fails: SBX_E_WORKSPACE_REFUSED (NULL DACL, several links where it allows, a reparse point, a full list),
 * SBX_E_PATH_NOT_FOUND, SBX_E_SYSTEM. Below it (`whole_tree`; else the object alone, as for anchors and
 * passages) the walk goes on past what is left out, and past the step's `stops` it does not go. Any other
 * failure ends it, with SBX_E_NOT_ENFORCED where the host accepts a list and keeps another; SBX_E_MEMORY,
 * SBX_E_CANCELLED: what was changed stays; the caller revokes.
 */
sbx_status tree_grant(const struct step_files *step, bool whole_tree, const struct tree_control *control,
                      struct tree_outcome *outcome, struct sbx_error *error);

/*
 * That the object is gone is success, and `seen` stays as it is. That its volume is not there (SBX_E_PATH_NOT_FOUND) is not: the entries
 * are still on it. Below the object the walk goes on past failures and returns the first one. Something in it
 * that holds entries which we may not take out is counted and told and no failure: the sandbox could make
 * such a thing, and nobody could deprovision ever again.
 */
sbx_status tree_revoke(const struct step_files *step, bool whole_tree, const struct tree_control *control,
                       struct tree_outcome *outcome, struct sbx_error *error);

/*
 * Takes out every plain entry that names one of `sids`, explicit and inherited, of the object and of all in it:
 * what somebody made of an object that is not the journal's. `object` says which one, its entries do not
 * count. Fails and goes on as tree_revoke does; that the object is gone is success, and nothing was seen.
 */
sbx_status tree_strip(const struct step_files *object, const struct sid *sids, size_t sid_count,
                      const struct tree_control *control, struct tree_outcome *outcome,
                      struct sbx_error *error);

/*
 * Does the object itself have the entries? What apply reads back after a grant; below it acl_write has read
 * back each one. SBX_E_PATH_NOT_FOUND when it is gone.
 */
sbx_status tree_holds(const struct step_files *step, bool *holds, struct sbx_error *error);

#endif
