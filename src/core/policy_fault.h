/*
 * policy_fault.h - what is wrong with a text in a policy, judged by the text alone.
 *
 * Whether a path is there, and what it really names, is asked of the host when the policy is resolved
 * (boundary).
 */
#ifndef SBX_CORE_POLICY_FAULT_H
#define SBX_CORE_POLICY_FAULT_H

#include <stdbool.h>

struct policy_fault {
    const char *what; /* to be put behind the text itself: "is relative"; NULL: nothing is wrong. Constant */
    const char *fix;  /* what to write instead, a sentence with its point. Constant */
    const char *nearest; /* the preset that somebody may have meant, or NULL */
};

enum path_kind {
    PATH_ONE_PLACE,  /* files.write, files.deny: C:\x; or below ${workspace}, ${temp}, ${home} */
    PATH_ANY_PLACES, /* files.read: the same, and ${toolchains}, which stands for several folders */
    PATH_PROTECTED,  /* files.protect: relative to each write root; or ${vcs}, ${agents}, ${editors} */
};

struct policy_fault policy_fault_of_path(enum path_kind kind, const char *text);

struct policy_fault policy_fault_of_pattern(const char *text); /* of variables' names */
struct policy_fault policy_fault_of_name(const char *text);    /* of one variable */
struct policy_fault policy_fault_of_value(const char *text);
struct policy_fault policy_fault_of_host(const char *text);
struct policy_fault policy_fault_of_command(const char *text); /* pattern of command lines */

/*
 * The path in the one spelling that all texts of the same place have: ASCII letters in small, one / for any run of
 * separators, none at the end. Written over `path`.
 */
void policy_fold_path(char *path);

#endif
