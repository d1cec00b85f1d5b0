/*
 * step_maker.h - steps on files of the simulation, made by hand: what plan_make would make, one at a time.
 */
#ifndef TESTS_CORE_STEP_MAKER_H
#define TESTS_CORE_STEP_MAKER_H

#include "core/plan.h"

#define STEP_MAKER_SID "S-1-9-1396856881-11-22-33-44" /* nobody else's */

/*
 * The entries of a plan for that kind, for STEP_MAKER_SID, on what is at `path` now. The caller frees with
 * step_free.
 */
struct step make_files_step(enum step_kind kind, const char *path);

/* Does the list of what is at `path` hold an entry for STEP_MAKER_SID, in whatever form? */
bool names_our_sid(const char *path);

#endif
