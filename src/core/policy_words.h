/*
 * policy_words.h - what the files of policy share; nobody else includes it.
 */
#ifndef SBX_CORE_POLICY_WORDS_H
#define SBX_CORE_POLICY_WORDS_H

#include "core/policy.h"

/* The words of an enumeration in its order, NULL at the end. */
extern const char *const policy_level_words[];
extern const char *const policy_token_words[];
extern const char *const policy_planted_words[];
extern const char *const policy_mode_words[];
extern const char *const policy_localhost_words[];
extern const char *const policy_desktop_words[];
extern const char *const policy_output_words[];

/* A JSON text in its quotes; a JSON number. */
void policy_write_text(struct sbx_buffer *out, const char *text);
void policy_write_number(struct sbx_buffer *out, double number);

void policy_free_grant(struct policy_grant *grant);

#endif
