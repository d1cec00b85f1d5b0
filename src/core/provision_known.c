/*
 * provision_known.c - the git repositories that a workspace's journal protects already, for the next search (repositories.h): what was
 * protected once is not crowded out by what commands make meanwhile.
 */
#include "base/memory.h"
#include "core/path.h"
#include "core/provision_state.h"

#include <string.h>

/* A step is on what is in a git directory, or on a .git file; NULL: on something else. The caller frees *path. */
static sbx_status repository_of(const struct step *step, char **path)
{
    static const char *const inside[] = {"hooks", "config", "config.worktree", "commondir"};
    const char *name;
    bool is_file;

    *path = NULL;
    if (step->kind != STEP_DENY)
        return SBX_OK;
    name = path_name(step->files.path);
    is_file = text_equal_ascii_nocase(name, ".git") && !step->files.folder;
    for (size_t i = 0; i < sizeof inside / sizeof *inside && !*path; i++) {
        if (text_equal_ascii_nocase(name, inside[i]) || is_file) {
            *path = is_file ? sbx_strdup(step->files.path) : path_absolute(step->files.path, "..");
            if (!*path)
                return SBX_E_MEMORY;
        }
    }
    return SBX_OK;
}

static sbx_status read_repositories(const struct journal *journal, struct sbx_strings *paths)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < journal_count(journal) && !status; i++) {
        char *path;

        status = repository_of(&journal_at(journal, i)->step, &path);
        if (!status && path && !(paths->count && !strcmp(paths->items[paths->count - 1], path)))
            status = strings_append(paths, path);
        sbx_free(path);
    }
    return status;
}

sbx_status provision_repositories(const struct provision_host *host, const char *capability_sid,
                                  struct sbx_strings *paths, struct sbx_error *error)
{
    struct sbx_strings found = {NULL, 0};
    struct sbx_error met = {0};
    struct journal *journal;
    char *all = provision_join(host->state_folder, "workspaces", "");
    char *folder = all ? provision_join(all, capability_sid, "") : NULL;
    sbx_status status = folder ? SBX_OK : error_memory(error, "a path");

    if (status)
        goto free_paths;
    status = provision_open_journal(folder, NULL, PROVISION_MOST_WAIT_MS, host->control, &journal, &met);
    if (!status) {
        status = read_repositories(journal, &found) ? error_memory(error, "repositories") : SBX_OK;
        journal_close(journal);
    } else if (status != SBX_E_CANCELLED && status != SBX_E_MEMORY && status != SBX_E_TIMEOUT)
        status = SBX_OK; /* there is none, or whoever carries out the plan says what is wrong with it */
    else if (error && !error->code)
        *error = met;
    if (status)
        strings_free(&found);
    else
        *paths = found;

free_paths:
    sbx_free(folder);
    sbx_free(all);
    return status;
}
