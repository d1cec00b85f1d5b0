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

/*
 * The violations of one command, as they are now, for its result: the very objects that Violations() lists. 0 elements is
 * no failure. E_OUTOFMEMORY.
 */
HRESULT session_violations_of(struct session *session, uint32_t process, ISandboxViolations **value);

/* The object that Violations() lists for this one; of its own where that is not there any more. E_OUTOFMEMORY. */
HRESULT session_violation(struct session *session, const struct violation *violation,
                          ISandboxViolation **value);

/* The one object of a grant, the very one that AllowWrite returned and Grants() lists. E_OUTOFMEMORY. */
HRESULT session_grant(struct session *session, struct engine *engine, struct engine_allowance *allowance,
                      ISandboxGrant **value);

/* Effective() of a process or a result: the session's report lowered to what was measured of `run`. */
HRESULT session_effective(struct session *session, struct engine_run *run, const struct object *caller,
                          ISandboxReport **value);

/* The variables that a command of this session sees; SBX_E_NOT_PROVISIONED, SBX_E_CLOSED, SBX_E_RUNNER_LOST, SBX_E_MEMORY. */
sbx_status session_environment(struct session *session, struct environment *environment,
                               struct sbx_error *error);

#endif
