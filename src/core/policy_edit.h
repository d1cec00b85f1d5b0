/*
 * policy_edit.h - single values of a policy, by JSON pointer (RFC 6901): looked at, set, added, taken out.
 *
 * A policy is its canonical text here (policy_write), so every key can be named, defaults included: "/limits/seconds",
 * "/files/deny/0", "/environment/set/CI"; "/files/deny/-" is behind the last entry and "" the whole. An edit puts new
 * JSON into that text and has policy_parse read all of it: so it is the one reader that judges, on the whole result,
 * and there is nothing that an edit takes and a file would not. Edits are all or nothing: on failure *policy is as
 * it was. Errors: SBX_E_POLICY_VALUE and SBX_E_POLICY_CONFLICT as policy_parse has them, with the pointer, what is
 * allowed there and the nearest known word; SBX_E_POLICY_SYNTAX for text that is no JSON; SBX_E_ARGUMENT for a pointer
 * that is none; SBX_E_MEMORY.
 */
#ifndef SBX_CORE_POLICY_EDIT_H
#define SBX_CORE_POLICY_EDIT_H

#include "core/policy.h"

enum policy_kind { POLICY_TEXT, POLICY_NUMBER, POLICY_BOOLEAN, POLICY_LIST, POLICY_OBJECT };

/* What stands at a pointer. No Boolean stands anywhere in version 1; to set one is for the reader to refuse. */
struct policy_value {
    enum policy_kind kind;
    char *text;    /* owned, of a text; NULL of all else */
    double number; /* of a number; of a Boolean 0 or 1 */
};

/* The caller frees the value's text with sbx_free. Of lists and objects only the kind is told. */
sbx_status policy_get(const struct sbx_policy *policy, const char *pointer, struct policy_value *value,
                      struct sbx_error *error);

/* Appends what stands there as JSON, canonical as policy_write has it, without a line end. */
sbx_status policy_get_json(const struct sbx_policy *policy, const char *pointer, struct sbx_buffer *out,
                           struct sbx_error *error);

/*
 * Puts a text, number or Boolean there. A number becomes text where there are only texts (a variable's value), and a
 * text that is a number a number where there are only numbers: scripts have no types.
 */
sbx_status policy_set(struct sbx_policy *policy, const char *pointer, const struct policy_value *value,
                      struct sbx_error *error);

/* Puts any JSON value there, `size` bytes. */
sbx_status policy_set_json(struct sbx_policy *policy, const char *pointer, const char *text, size_t size,
                           struct sbx_error *error);

/* Takes a key out, so that its default counts again, or an entry of a list. "" makes the whole the default. */
sbx_status policy_remove(struct sbx_policy *policy, const char *pointer, struct sbx_error *error);

/* Adds to a list: "/files/write", "/files/read", "/files/deny", "/files/protect". What is there already is no error. */
sbx_status policy_add(struct sbx_policy *policy, const char *list, const struct sbx_strings *entries,
                      struct sbx_error *error);

/* Requires the assurance, by its word in any case, of all these domains. */
sbx_status policy_require(struct sbx_policy *policy, const struct sbx_strings *domains, const char *assurance,
                          struct sbx_error *error);

#endif
