/*
 * grant.h - ISandboxGrant: something that is allowed for a while.
 */
#ifndef SBX_SBXCOM_GRANT_H
#define SBX_SBXCOM_GRANT_H

#include "sbxcom/com.h"
#include "sbxcom/engine.h"

/*
 * Of an allowance of this engine. It keeps the engine's memory, not the session: a grant outlives its session, tells then that it is
 * over, and holds up nobody's end. E_OUTOFMEMORY.
 */
HRESULT grant_create(struct engine *engine, struct engine_allowance *allowance, ISandboxGrant **value);

#endif
