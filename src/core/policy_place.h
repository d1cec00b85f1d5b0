/*
 * policy_place.h - problems of a policy get their places in its text. Only policy_parse.c includes this.
 */
#ifndef SBX_CORE_POLICY_PLACE_H
#define SBX_CORE_POLICY_PLACE_H

#include "core/policy_problem.h"

/* Line and column of a byte, counted from 1 in characters. */
void policy_place_column(const char *text, size_t at, uint32_t *line, uint32_t *column);

/*
 * Adds a problem for each key that stands in its object a second time. `text` is JSON but for that, at most
 * 16 levels deep. SBX_E_MEMORY.
 */
sbx_status policy_place_repeated_keys(const char *text, struct policy_problems *problems);

/*
 * Finds the places of all problems by their pointers, fills line and column, and brings the problems into the text's
 * order. The same text. SBX_E_MEMORY.
 */
sbx_status policy_place_problems(const char *text, struct policy_problems *problems);

#endif
