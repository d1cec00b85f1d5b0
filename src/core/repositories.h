/*
 * repositories.h - the git repositories below a folder: clones, submodules, worktrees, bare ones, git's own .git/modules.
 *
 * A repository's hooks and configuration are programs that its user's git runs. They are found by their names, as git finds
 * them; folders alone are listed, by handle and from folder to child, and no link is followed.
 */
#ifndef SBX_CORE_REPOSITORIES_H
#define SBX_CORE_REPOSITORIES_H

#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>

/* More are not looked for: each is five names that are looked at after every command. */
#define REPOSITORIES_MOST 256

struct repositories {
    struct sbx_strings directories; /* git directories: .git, .git/modules/x, .git/worktrees/x, bare.git */
    struct sbx_strings files; /* .git files, of worktrees and submodules, which name a directory elsewhere */
    bool more;                /* than REPOSITORIES_MOST */
};
void repositories_free(struct repositories *repositories); /* leaves it empty */

/*
 * Final paths, in an order of the names alone: the same tree, the same list. What the caller may not look into is passed by, and
 * so is what goes meanwhile. `root` is a final path; what it names must be a folder and no link, else nothing is found. SBX_E_SYSTEM, SBX_E_MEMORY;
 * *found is untouched on failure.
 */
sbx_status repositories_find(const char *root, struct repositories *found, struct sbx_error *error);

/*
 * What commands make at will and nobody may look at: closed, locked, a link that goes round. It costs a repository that was
 * found its protection, which is told, and nobody his session.
 */
bool repositories_may_not_look(sbx_status status, const struct sbx_error *why);

#endif
