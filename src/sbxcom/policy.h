/*
 * policy.h - Sbx.Policy: what is allowed, as ISandboxPolicy has it. The policy itself is core/policy.h.
 */
#ifndef SBX_SBXCOM_POLICY_H
#define SBX_SBXCOM_POLICY_H

#include "sbxcom/com.h"

HRESULT policy_create(REFIID iid, void **value);

#endif
