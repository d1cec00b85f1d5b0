/*
 * provisioning.h - one Provision, in progress or ended: what Session.Provision waits for and ISandboxOperation shows.
 *
 * A worker of the module does it. The session it is for is not kept alive by it: when a client lets go of the session,
 * the work is stopped and undone. The last reference frees it.
 */
#ifndef SBX_SBXCOM_PROVISIONING_H
#define SBX_SBXCOM_PROVISIONING_H

#include "core/findings.h"
#include "sbxcom/com.h"

#include <stdint.h>

struct session;
struct provisioning;

#define PROVISIONING_PHASE_SIZE 96

struct provisioning_progress {
    char phase[PROVISIONING_PHASE_SIZE]; /* for people */
    uint64_t done, total;                /* total 0: unknown, or nothing to count */
    bool finished;
};

/*
 * Starts it; of a session that is provisioned already, and unchanged since, one that has ended well. The caller has
 * one reference. SBX_E_STATE (no workspace yet, one in progress, commands running), SBX_E_CLOSED, SBX_E_MEMORY,
 * SBX_E_SYSTEM.
 */
sbx_status provisioning_start(struct session *session, struct provisioning **provisioning,
                              struct sbx_error *error);

void provisioning_hold(struct provisioning *provisioning);
void provisioning_release(struct provisioning *provisioning);

/* Its session is no more: ends it, and what it did is undone. Takes the caller's reference, and the session's own. */
void provisioning_forget_session(struct provisioning *provisioning);

void provisioning_progress(struct provisioning *provisioning,
                           struct provisioning_progress *progress); /* memory only */

HANDLE provisioning_ended(const struct provisioning *provisioning); /* an event, set for ever at the end */
void provisioning_cancel(struct provisioning *provisioning);        /* signals; does not wait */
void provisioning_wait(struct provisioning *provisioning); /* to the end, as task_wait; Ctrl-C cancels */

/*
 * What came of one that has ended: its status with the error, and where it went well what holds, which the caller
 * frees. SBX_E_MEMORY.
 */
sbx_status provisioning_result(struct provisioning *provisioning, struct findings *findings,
                               struct sbx_error *error);

#endif
