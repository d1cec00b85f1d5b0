/*
 * closed.h - system folders that a user's sandbox accounts may not write, although Everyone, Users or Authenticated Users may.
 *
 * A local account is in those groups, and nothing takes it out of them. So set-up puts entries on the folders that it is given
 * which deny writing to the three groups of the user: here and in all that is in it, by core/tree, on a drive's root on the
 * root alone, because everything is in that. A deny that is inherited comes behind what was allowed in a folder itself, so what
 * the session's own workspace is granted holds in such a folder, but not in what was in it before: closed_check_boundary refuses that.
 *
 * What stands is recorded first, below HKLM\\SOFTWARE\\sbxcom\\closed\\S-1-..., one value a folder: its ids and the SIDs on it. By
 * that it is taken out again wherever the folder is by now, and when the groups were deleted meanwhile and have other SIDs.
 */
#ifndef SBX_CORE_CLOSED_H
#define SBX_CORE_CLOSED_H

#include "core/apply.h"
#include "core/boundary.h"

#define CLOSED_KEY  "SOFTWARE\\sbxcom\\closed"
#define CLOSED_MOST 64 /* folders of one user */

/* The deeds of STEP_CLOSED. A folder that is gone is closed. SBX_E_SETUP_FAILED where the name is no folder's any more. */
sbx_status closed_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error);
sbx_status closed_holds(const struct step *step, bool *holds, struct sbx_error *error);
sbx_status closed_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                       struct sbx_error *error);

/*
 * What a set-up closes where nobody says anything else, as far as it is there: the root of the system's drive, ProgramData, and
 * Temp in Windows. Freed with strings_free. SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status closed_usual(struct sbx_strings *folders, struct sbx_error *error);

/*
 * May it be closed? *final is its final path, freed with sbx_free. SBX_E_ARGUMENT (relative, a file, on another computer or a
 * volume without lists, or that holds the users' folders), SBX_E_PATH_NOT_FOUND, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status closed_check(const char *folder, char **final, struct sbx_error *error);

/* The folders that are recorded of the user; none is fine. SBX_E_SYSTEM, SBX_E_MEMORY. */
sbx_status closed_read(const char *user_sid, struct sbx_strings *folders, struct sbx_error *error);

/* SBX_E_WORKSPACE_REFUSED where a folder that commands shall write lies in one that is closed, naming both. */
sbx_status closed_check_boundary(const char *user_sid, const struct boundary *boundary,
                                 struct sbx_error *error);

#endif
