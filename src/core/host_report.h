/*
 * host_report.h - facts about this host that decide what a session can hold here.
 */
#ifndef SBX_CORE_HOST_REPORT_H
#define SBX_CORE_HOST_REPORT_H

#include "core/findings.h"

/*
 * One finding a fact, 35 of them: enforced is there and usable, absent is not; nothing is required of a host. `scratch_folder` is ours
 * to write a file into, for the facts that only an experiment shows. SBX_E_MEMORY; what cannot be found out is absent
 * and says so.
 */
sbx_status host_report_make(const char *scratch_folder, struct findings *findings, struct sbx_error *error);

#endif
