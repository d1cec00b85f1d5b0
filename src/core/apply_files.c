/*
 * apply_files.c - what steps on files do: core/tree.h, on the whole tree or on the object alone.
 */
#include "core/apply_files.h"

static bool is_on_tree(const struct step *step)
{
    return step->kind == STEP_ALLOW || step->kind == STEP_DENY;
}

sbx_status files_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                     struct sbx_error *error)
{
    return tree_grant(&step->files, is_on_tree(step), apply->control, outcome, error);
}

sbx_status files_hold(const struct step *step, bool *holds, struct sbx_error *error)
{
    return tree_holds(&step->files, holds, error);
}

sbx_status files_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    return tree_revoke(&step->files, is_on_tree(step), apply->control, outcome, error);
}

const struct step_deeds apply_files[STEP_KIND_COUNT] = {APPLY_FILES_DEEDS};
