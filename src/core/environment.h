/*
 * environment.h - which variables a command sees.
 *
 * Built from nothing: what the policy's `inherit` names of the caller's environment, less what `deny`
 * matches, then what the session adds (its private TEMP, the advisory network variables), then `set`, then
 * the command's own; the later one wins. So a secret reaches a command only when somebody wrote its very
 * name.
 */
#ifndef SBX_CORE_ENVIRONMENT_H
#define SBX_CORE_ENVIRONMENT_H

#include "core/policy.h"

/* Names are compared without regard to the case of ASCII letters; order is that of first appearance. */
struct environment {
    struct sbx_strings entries; /* "NAME=value" */
};

void environment_free(struct environment *environment);
sbx_status environment_copy(const struct environment *from, struct environment *to);

/* SBX_E_ARGUMENT for an empty name, one with '=' or NUL; value NULL removes. */
sbx_status environment_set(struct environment *environment, const char *name, const char *value,
                           struct sbx_error *error);
const char *environment_get(const struct environment *environment, const char *name); /* the value, or NULL */

/*
 * The base environment of a session. `caller` is "NAME=value" of the calling process. `temp` becomes TEMP and
 * TMP (NULL: those of the caller stay, if inherited). Hidden "=C:" entries are left out. With network mode
 * none the advisory variables are set (proxies to a dead port, offline switches of pip, npm, cargo, git):
 * programs that ask nicely stay off the network; nothing is enforced by them, and the report says so.
 */
sbx_status environment_build(const struct sbx_policy *policy, const struct sbx_strings *caller,
                             const char *temp, struct environment *environment, struct sbx_error *error);

/*
 * Has git take `folder`, and the repositories in it, although they belong to somebody else: safe.directory by
 * GIT_CONFIG_COUNT, GIT_CONFIG_KEY_n and GIT_CONFIG_VALUE_n, behind what is there already. git listens to these for that key from
 * 2.38 on (it is protected configuration; before, only files of the user's and the system's count), and to the
 * pattern for repositories in it from 2.46 on. A GIT_CONFIG_COUNT that is no number is left as it is: git refuses it anyway.
 */
sbx_status environment_trust_git(struct environment *environment, const char *folder,
                                 struct sbx_error *error);

/*
 * The defaults of environment.inherit and environment.deny, for the policy module and the documentation's
 * test.
 */
extern const char *const environment_default_inherit[];
extern const size_t environment_default_inherit_count;
extern const char *const environment_default_deny[];
extern const size_t environment_default_deny_count;

#endif
