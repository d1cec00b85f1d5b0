/*
 * policy_fault.h - what is wrong with a text in a policy, judged by the text alone.
 *
 * Whether a path is there, and what it really names, is asked of the host when the policy is resolved
 * (boundary). Each function gives NULL when the text is fine; else what is wrong and what to write instead,
 * to be put behind the text itself: "... is relative. Write C:\\folder" without the last point. Constant.
 */
#ifndef SBX_CORE_POLICY_FAULT_H
#define SBX_CORE_POLICY_FAULT_H

#include <stdbool.h>

enum path_kind {
    PATH_ONE_PLACE,  /* files.write, files.deny: C:\x; or below ${workspace}, ${temp}, ${home} */
    PATH_ANY_PLACES, /* files.read: the same, and ${toolchains}, which stands for several folders */
    PATH_PROTECTED,  /* files.protect: relative to each write root; or ${vcs}, ${agents}, ${editors} */
};

/* *nearest: the preset that somebody may have meant, or NULL. */
const char *policy_fault_of_path(enum path_kind kind, const char *text, const char **nearest);

const char *policy_fault_of_pattern(const char *text); /* of variables' names */
const char *policy_fault_of_name(const char *text);    /* of one variable */
const char *policy_fault_of_value(const char *text);
const char *policy_fault_of_host(const char *text);
const char *policy_fault_of_command(const char *text); /* pattern of command lines */

/* Same place by the text: ASCII letters in any case, / and \ alike, separators at the end not counted. */
bool policy_same_path(const char *a, const char *b);

#endif
