/*
 * report.h - ISandboxReport: what holds, frozen when the report is made. The findings themselves are core/findings.h.
 */
#ifndef SBX_SBXCOM_REPORT_H
#define SBX_SBXCOM_REPORT_H

#include "core/findings.h"
#include "sbxcom/com.h"

/* A report of a copy of `findings`. `source` is the ProgID that its errors name. E_OUTOFMEMORY. */
HRESULT report_create(const WCHAR *source, const struct findings *findings, ISandboxReport **report);

#endif
