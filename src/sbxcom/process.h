/*
 * process.h - ISandboxProcess: a command of a session, while it runs and afterwards.
 */
#ifndef SBX_SBXCOM_PROCESS_H
#define SBX_SBXCOM_PROCESS_H

#include "core/decode.h"
#include "sbxcom/engine.h"
#include "sbxcom/session.h"

/*
 * The object of `run`, whose client reference it takes over in any case: the one that there is, as long as a client holds it,
 * so that what Spawn returned, Processes() lists and an event brings compare equal. It holds the session. E_OUTOFMEMORY.
 */
HRESULT process_get(struct session *session, struct engine_run *run, ISandboxProcess **value);

/* "exited", "timedOut", ... of sbxExit. Constant. */
const char *exit_reason_text(enum exit_reason reason);

#endif
