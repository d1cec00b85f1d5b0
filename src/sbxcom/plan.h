/*
 * plan.h - ISandboxPlan: the steps of a provisioning, frozen when the plan is made. The steps themselves are core/plan.h.
 */
#ifndef SBX_SBXCOM_PLAN_H
#define SBX_SBXCOM_PLAN_H

#include "core/plan.h"
#include "sbxcom/com.h"

/* Takes the plan in any case. `source` is the ProgID that its errors name. E_OUTOFMEMORY. */
HRESULT plan_create(const WCHAR *source, struct plan *plan, ISandboxPlan **value);

#endif
