/*
 * session.h - Sbx.Session: a sandbox around one workspace, as ISandboxSession has it.
 */
#ifndef SBX_SBXCOM_SESSION_H
#define SBX_SBXCOM_SESSION_H

#include "sbxcom/com.h"

HRESULT session_create(REFIID iid, void **value);

#endif
