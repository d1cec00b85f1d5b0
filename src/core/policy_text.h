/*
 * policy_text.h - a policy's text as such: its encoding, depth and syntax, before anybody looks what it means.
 */
#ifndef SBX_CORE_POLICY_TEXT_H
#define SBX_CORE_POLICY_TEXT_H

#include "core/jsontext.h"
#include "core/policy_problem.h"

/*
 * Reads an object or a list. What is wrong is added to *problems, which is empty; then read->root is NULL, but for
 * repeated keys, of which the last one counts. SBX_E_MEMORY.
 */
sbx_status policy_read_json(const char *text, size_t size, struct jsontext *read,
                            struct policy_problems *problems);

/* Only looks, and takes a text or number as well. The problems have their lines and columns. SBX_E_MEMORY. */
sbx_status policy_check_json(const char *text, size_t size, struct policy_problems *problems);

#endif
