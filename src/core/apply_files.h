/*
 * apply_files.h - the deeds on files, for the tables that hold them.
 */
#ifndef SBX_CORE_APPLY_FILES_H
#define SBX_CORE_APPLY_FILES_H

#include "core/apply.h"

sbx_status files_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                     struct sbx_error *error);
sbx_status files_hold(const struct step *step, bool *holds, struct sbx_error *error);
sbx_status files_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error);

#define APPLY_FILES_DEEDS                                                                                  \
    [STEP_ALLOW] = {files_act, files_hold, files_undo}, [STEP_DENY] = {files_act, files_hold, files_undo}, \
    [STEP_ANCHOR] = {files_act, files_hold, files_undo},                                                   \
    [STEP_PASSAGE] = {files_act, files_hold, files_undo}

#endif
