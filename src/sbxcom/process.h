/*
 * process.h - ISandboxProcess: a command of a session, while it runs and afterwards.
 */
#ifndef SBX_SBXCOM_PROCESS_H
#define SBX_SBXCOM_PROCESS_H

#include "core/decode.h"
#include "sbxcom/engine.h"
#include "sbxcom/session.h"

/*
 * The object of `run`, whose client reference it takes over in any case. It holds the session. `encoding` is how its
 * bytes and texts are turned into each other. E_OUTOFMEMORY.
 */
HRESULT process_create(struct session *session, struct engine_run *run, enum text_encoding encoding,
                       ISandboxProcess **value);

/* "exited", "timedOut", ... of sbxExit. Constant. */
const char *exit_reason_text(enum exit_reason reason);

#endif
