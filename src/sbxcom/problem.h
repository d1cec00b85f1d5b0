/*
 * problem.h - what is wrong with a policy text, as ISandboxProblems has it; the problems themselves are
 * core/policy_problem.h.
 */
#ifndef SBX_SBXCOM_PROBLEM_H
#define SBX_SBXCOM_PROBLEM_H

#include "core/policy_problem.h"
#include "sbxcom/com.h"

/* A collection of the problems, in their order and by their number. Takes them in any case. */
HRESULT problems_create(const WCHAR *source, struct policy_problems *problems, ISandboxProblems **value);

#endif
