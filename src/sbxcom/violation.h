/*
 * violation.h - ISandboxViolation: something that was tried and refused, or is suspicious, as it was found.
 */
#ifndef SBX_SBXCOM_VIOLATION_H
#define SBX_SBXCOM_VIOLATION_H

#include "core/violation.h"
#include "sbxcom/com.h"

/* A copy of it. E_OUTOFMEMORY. */
HRESULT violation_create(const struct violation *violation, ISandboxViolation **value);

#endif
