/*
 * session.h - Sbx.Session: a sandbox around one workspace, as ISandboxSession has it, and what its children ask of it.
 */
#ifndef SBX_SBXCOM_SESSION_H
#define SBX_SBXCOM_SESSION_H

#include "core/decode.h"
#include "sbxcom/com.h"
#include "sbxcom/engine.h"
#include "sbxcom/object.h"

struct session;

HRESULT session_create(REFIID iid, void **value);

/* A child keeps its session alive. */
void session_hold(struct session *session);
void session_release(struct session *session);

/*
 * Run and Spawn of a finished command, for the session's own methods and for ISandboxCommand. `caller` is the object whose
 * method it is: errors name its interface.
 */
HRESULT session_run(struct session *session, const struct object *caller, struct engine_command *command,
                    enum text_encoding encoding, ISandboxResult **value);
HRESULT session_spawn(struct session *session, const struct object *caller, struct engine_command *command,
                      enum text_encoding encoding, ISandboxProcess **value);

/* Effective() of a process or a result: the session's report lowered to what was measured of `run`. */
HRESULT session_effective(struct session *session, struct engine_run *run, const struct object *caller,
                          ISandboxReport **value);

/* The variables that a command of this session sees; SBX_E_NOT_PROVISIONED, SBX_E_CLOSED, SBX_E_RUNNER_LOST, SBX_E_MEMORY. */
sbx_status session_environment(struct session *session, struct environment *environment,
                               struct sbx_error *error);

#endif
