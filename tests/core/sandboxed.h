/*
 * sandboxed.h - a workspace on the simulated Windows with its grants in force, and the token of a command in it.
 *
 * For tests that act as a command does: sim_do(&sandboxed.command.access, ...) is decided by the simulation's oracle over
 * the descriptors that provisioning left.
 */
#ifndef TESTS_CORE_SANDBOXED_H
#define TESTS_CORE_SANDBOXED_H

#include "core/provision.h"
#include "sim/logon.h"

#define SANDBOXED_STATE     "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define SANDBOXED_WORKSPACE "C:\\src\\app"
#define SANDBOXED_OUTSIDE   "C:\\src\\other" /* the user's own, beside it */

struct sandboxed {
    struct boundary boundary;
    struct plan plan;
    struct tree_outcome outcome;
    struct provision *mark;
    struct sim_token command; /* of the policy's recipe */
};

/*
 * sim_reset, the user's folders C:\src, app and other with a file "mine.txt" in each. Whatever the test wants to be
 * there before provisioning it adds then.
 */
void sandboxed_world(void);

/* Resolves and applies, which must succeed (CU_ASSERT_FATAL), and makes the token. */
void sandboxed_enter(struct sandboxed *sandboxed, const char *policy_text);

/* Another workspace than SANDBOXED_WORKSPACE, for the next one; NULL: that one again. */
void sandboxed_at(const char *workspace);

/* Undoes all that provisioning did, as the last session; the status is provision_undo's. */
sbx_status sandboxed_undo(struct sandboxed *sandboxed, struct sbx_error *error);

/* The same where provisioning may fail: its status, and *sandboxed is to be left all the same. */
sbx_status sandboxed_try(struct sandboxed *sandboxed, const char *policy_text, struct sbx_error *error);
void sandboxed_leave(struct sandboxed *sandboxed);

#endif
