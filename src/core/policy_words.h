/*
 * policy_words.h - what policy.c and policy_parse.c share; nobody else includes it.
 */
#ifndef SBX_CORE_POLICY_WORDS_H
#define SBX_CORE_POLICY_WORDS_H

#include "core/policy.h"

/* The words of an enumeration in its order, NULL at the end. */
extern const char *const level_words[];
extern const char *const token_words[];

void policy_free_grant(struct policy_grant *grant);

#endif
