/*
 * policy_problem.h - what is wrong with a policy: one problem for each mistake, in the order of the text.
 */
#ifndef SBX_CORE_POLICY_PROBLEM_H
#define SBX_CORE_POLICY_PROBLEM_H

#include "base/status.h"

#include <stdbool.h>

struct policy_problem {
    sbx_status code; /* SBX_E_POLICY_SYNTAX, SBX_E_POLICY_VALUE, SBX_E_POLICY_CONFLICT, SBX_E_LIMIT */
    char *pointer;   /* JSON pointer (RFC 6901) of the value; "": the text as a whole, or no value at all */
    uint32_t line;   /* from 1, of the value, or of the key where the key is the mistake; 0: in no text */
    uint32_t column; /* from 1, in characters; of an error of syntax where it begins */
    char *text;      /* what is wrong: `0 is out of range.` */
    char *fix;       /* what to do: `Write a whole number from 1 to 604800.` */
    size_t offset;   /* bytes in front of the place; SIZE_MAX: in no text */
    bool at_key;     /* the place is that of the key */
};

/* The last of as many says that there are more. */
#define POLICY_MOST_PROBLEMS 1000

struct policy_problems {
    struct policy_problem *items;
    size_t count;
};

void policy_problems_free(struct policy_problems *problems); /* leaves it empty */

/*
 * Adds one, or, where there are POLICY_MOST_PROBLEMS already, nothing. The texts are copied. What is added last
 * of all is replaced by "there are more". The place is SIZE_MAX until somebody finds it. SBX_E_MEMORY.
 */
sbx_status policy_problems_add(struct policy_problems *problems, sbx_status code, const char *pointer,
                               const char *text, const char *fix);
bool policy_problems_full(const struct policy_problems *problems);

/* The problem as an error in one text: "PLACE: TEXT FIX", control characters escaped and long names cut. */
sbx_status policy_problem_raise(const struct policy_problem *problem, struct sbx_error *error);

/*
 * Somebody's text in double quotes as a message can bear it: at most 80 bytes and "...", control characters
 * as JSON writes them. Returns `shown`.
 */
#define POLICY_MOST_SHOWN 80
#define POLICY_SHOWN_SIZE (6 * POLICY_MOST_SHOWN + 8)
const char *policy_show(const char *text, char shown[POLICY_SHOWN_SIZE]);

#endif
