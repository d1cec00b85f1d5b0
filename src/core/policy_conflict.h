/*
 * policy_conflict.h - what in a policy contradicts itself. Only policy_parse.c includes this.
 */
#ifndef SBX_CORE_POLICY_CONFLICT_H
#define SBX_CORE_POLICY_CONFLICT_H

#include "core/policy.h"

/*
 * Adds a problem for each path that is both granted and denied, each network grant that is there already and each
 * variable that differs from another by case alone. What was refused before (a text that is "" or NULL) is passed
 * over. SBX_E_MEMORY.
 */
sbx_status policy_conflicts(const struct sbx_policy *policy, struct policy_problems *problems);

#endif
