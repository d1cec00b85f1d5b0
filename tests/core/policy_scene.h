/*
 * policy_scene.h - a policy on the simulated host, and how that host differs from what it was.
 */
#ifndef TESTS_CORE_POLICY_SCENE_H
#define TESTS_CORE_POLICY_SCENE_H

#include "core/boundary.h"
#include "sim/sim.h"

/* The boundary of a policy's text, in place of what *boundary was (zeroed, or another one); the caller frees it. */
void policy_scene(const char *policy_text, const char *workspace, const char *session_folder,
                  struct boundary *boundary);

/* NULL, or the first difference to the host as it is now, but for what is in `without`; valid until the next one. */
const char *host_difference(const struct sim_snapshot *expected, const char *without);
void expect_host(const struct sim_snapshot *expected, const char *without); /* asserts that there is none */

#endif
