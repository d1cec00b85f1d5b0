/*
 * owner.h - what a sandbox account made in the workspace, given to the user whose workspace it is.
 *
 * Whoever creates a file owns it, and an owner may change its list whatever that says. git takes a repository only from its owner, so
 * one that a command made is "dubious" to the user. He may take what he has WRITE_OWNER on: full control that is inherited in his
 * own folders has it, the right to modify, which everybody has in a folder that was made on a drive's root, has not.
 */
#ifndef SBX_CORE_OWNER_H
#define SBX_CORE_OWNER_H

#include "core/changes.h"

struct owner_outcome {
    size_t taken;
    size_t refused;      /* no right to take them, several names, or a host that keeps no owner */
    char *first_refused; /* a path; NULL: none; owned */
};
void owner_outcome_free(struct owner_outcome *outcome); /* leaves it zeroed */

/*
 * Makes the calling user the owner of what was created, renamed or changed in `folder` (a path as the changes have it) and belongs to
 * `account_sid`. A list of changes is what a command made of it, and what it names may lead elsewhere by now: links are left alone, never
 * followed, on the way neither; so is a file with several names, which is told as refused. What is gone is none. Goes on past what is refused.
 * SBX_E_ARGUMENT (no SID), SBX_E_MEMORY, what was taken stays taken.
 */
sbx_status owner_take(const char *folder, const struct change_list *changes, const char *account_sid,
                      struct owner_outcome *outcome, struct sbx_error *error);

#endif
