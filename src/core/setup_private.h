/*
 * setup_private.h - what setup_machine.c, setup_heal.c and setup_look.c share.
 */
#ifndef SBX_CORE_SETUP_PRIVATE_H
#define SBX_CORE_SETUP_PRIVATE_H

#include "core/apply.h"
#include "core/setup_machine.h"

#define SETUP_ADMINISTRATORS "S-1-5-32-544"

/*
 * Every step that stands in the journal is looked at and put right where it no longer holds. Nothing comes to stand that the
 * journal does not have, so it is not begun: a crash in between leaves drift, as before. `healed` may be NULL.
 */
sbx_status setup_heal(const struct apply *apply, struct findings *healed, struct sbx_error *error);

/* Every account that stands and whose password is not in `credentials` yet gets a new one. */
sbx_status setup_renew_passwords(const struct apply *apply, const struct credentials *credentials,
                                 struct sbx_error *error);

/*
 * Before an undo: values and rules that were done, and are there changed, are ours by the journal, but no longer by what they say,
 * and undoing leaves alone what is not ours.
 */
sbx_status setup_claim_changed(const struct apply *apply, struct sbx_error *error);

#endif
