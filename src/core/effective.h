/*
 * effective.h - what holds for one command: the session's report, lowered to what was measured of its very process.
 */
#ifndef SBX_CORE_EFFECTIVE_H
#define SBX_CORE_EFFECTIVE_H

#include "core/attest.h"
#include "core/findings.h"

/*
 * The session's findings with each domain's assurance at most what `measurement` has, and a detail that says what was
 * read back of the process before it ran. What a probe alone can show (handles) stays as the session's probe had it. SBX_E_MEMORY;
 * *effective is untouched on failure.
 */
sbx_status effective_make(const struct findings *session, const struct measurement *measurement,
                          struct findings *effective, struct sbx_error *error);

#endif
