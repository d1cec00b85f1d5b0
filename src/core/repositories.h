/*
 * repositories.h - the git repositories below a folder: clones, submodules, worktrees, bare ones, git's own .git/modules.
 *
 * A repository's hooks and configuration are programs that its user's git runs. They are found by their names, as git finds
 * them; folders alone are listed, by handle and from folder to child, and no link is followed.
 *
 * Commands make folders at will, so the search has limits, and what it does first decides what they can crowd out: what was
 * found before comes first, wherever it is, then what lies nearer to the root, of that the first by name.
 */
#ifndef SBX_CORE_REPOSITORIES_H
#define SBX_CORE_REPOSITORIES_H

#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>

/* More are not looked for: each is five names that are looked at after every command. */
#define REPOSITORIES_MOST 256

/* Nor in more folders, or for longer. The folders of a large workspace with all its packages are a tenth of that. */
#define REPOSITORIES_MOST_FOLDERS 1000000
#define REPOSITORIES_MOST_MS      60000

struct repositories_search {
    /* As a search begins, before its time counts; it may fill *known. Its failure is the search's. May be NULL. */
    sbx_status (*begin)(void *context, struct sbx_error *error);
    /* Paths of git directories and .git files that were found before, in no order; those that are one still come first. May be NULL. */
    const struct sbx_strings *known;
    size_t most_folders; /* 0: REPOSITORIES_MOST_FOLDERS */
    uint32_t most_ms;    /* 0: REPOSITORIES_MOST_MS */
    /* Now and then, with the number of folders looked at; false is SBX_E_CANCELLED. May be NULL. */
    bool (*go_on)(void *context, size_t folders);
    void *context;
};

struct repositories {
    struct sbx_strings directories; /* git directories: .git, .git/modules/x, .git/worktrees/x, bare.git */
    struct sbx_strings files; /* .git files, of worktrees and submodules, which name a directory elsewhere */
    size_t folders;           /* looked at */
    bool more;                /* than REPOSITORIES_MOST */
    bool out_of_count, out_of_time; /* there is more that was not looked at */
    /* Where those are not all: up to two that were not known before, the last ones found; or the folder where the search ended. */
    struct sbx_strings last;
};
void repositories_free(struct repositories *repositories); /* leaves it empty */
bool repositories_are_all(const struct repositories *repositories);

/*
 * Final paths, in an order of places and names alone: but for the limit of time, the same tree gives the same list. What the caller may
 * not look into is passed by, and so is what goes meanwhile. `root` is a final path; what it names must be a folder and no link, else
 * nothing is found. `search` may be NULL. SBX_E_CANCELLED, SBX_E_SYSTEM, SBX_E_MEMORY; *found is untouched on failure.
 */
sbx_status repositories_find(const char *root, const struct repositories_search *search,
                             struct repositories *found, struct sbx_error *error);

/*
 * What commands make at will and nobody may look at: closed, locked, a link that goes round. It costs a repository that was
 * found its protection, which is told, and nobody his session.
 */
bool repositories_may_not_look(sbx_status status, const struct sbx_error *why);

/* What was found below several roots, so that it is looked for once. Zeroed: nothing. */
struct repositories_root {
    char *path; /* final */
    char volume_id[40], file_id[40];
    struct repositories found;
    bool aside;
};
struct repositories_kept {
    struct repositories_root *roots;
    size_t count;
};
void repositories_kept_free(struct repositories_kept *kept); /* leaves it zeroed */

/* Of that very folder; NULL: not looked for yet. Until the next keep or forget. */
const struct repositories *repositories_kept_find(const struct repositories_kept *kept, const char *path,
                                                  const char *volume_id, const char *file_id);
/* Takes over *found and leaves it empty, but on failure (SBX_E_MEMORY). */
sbx_status repositories_keep(struct repositories_kept *kept, const char *path, const char *volume_id,
                             const char *file_id, struct repositories *found);

/* So that it is looked for anew. What was set aside is not found, and comes back where the new is not to count. */
void repositories_set_aside(struct repositories_kept *kept, const char *path);
/* After it: with `anew` what was set aside goes, without it what was kept since. Neither can fail. */
void repositories_settle(struct repositories_kept *kept, const char *path, bool anew);

#endif
