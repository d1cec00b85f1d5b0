/*
 * decision.h - ISandboxDecision: may the sandbox do it, and why. Who decides is core/explain.h.
 */
#ifndef SBX_SBXCOM_DECISION_H
#define SBX_SBXCOM_DECISION_H

#include "core/explain.h"
#include "sbxcom/com.h"

/* sbxAccess as scripts give it: a sum, words with anything between them, several of these. Nothing at all is SBX_E_ARGUMENT. */
sbx_status decision_access(const VARIANT *given, uint32_t *access, struct sbx_error *error);

/* Takes the explanation in any case. E_OUTOFMEMORY. */
HRESULT decision_create(struct explanation *explanation, ISandboxDecision **value);

#endif
