/*
 * repositories.c - a walk over folders, nothing but folders.
 */
#include "core/repositories.h"

#include "base/memory.h"
#include "core/path.h"
#include "os/acl.h"

#include <stdlib.h>
#include <string.h>

#define GIT ".git"

/* A folder on the way from the root to where we are; on the heap, because a command may nest thousands. */
struct level {
    struct level *up;
    struct acl_object *folder;
    char *path;
    struct sbx_strings folders; /* in it, sorted */
    size_t next;
};

struct search {
    struct repositories found;
    struct level *level;
    struct sbx_error *error;
};

void repositories_free(struct repositories *repositories)
{
    strings_free(&repositories->directories);
    strings_free(&repositories->files);
    repositories->more = false;
}

/*
 * git asks for HEAD, objects and refs; a worktree's has a commondir instead of the last two. What is called .git is taken for one
 * whatever is in it: the rest may come.
 */
static bool is_git_directory(const char *path, const struct sbx_strings *folders,
                             const struct sbx_strings *others)
{
    if (text_equal_ascii_nocase(path_name(path), GIT))
        return true;
    return strings_hold_ascii_nocase(others, "HEAD") &&
           ((strings_hold_ascii_nocase(folders, "objects") && strings_hold_ascii_nocase(folders, "refs")) ||
            strings_hold_ascii_nocase(others, "commondir"));
}

static sbx_status add(struct search *search, struct sbx_strings *list, const char *path)
{
    if (search->found.directories.count + search->found.files.count == REPOSITORIES_MOST) {
        search->found.more = true;
        return SBX_OK;
    }
    return strings_append(list, path) ? error_memory(search->error, "repositories") : SBX_OK;
}

/* Of a git directory only these may hold others; its objects are many folders. */
static void keep_those_that_hold_repositories(struct sbx_strings *folders)
{
    size_t kept = 0;

    for (size_t i = 0; i < folders->count; i++) {
        if (text_equal_ascii_nocase(folders->items[i], "modules") ||
            text_equal_ascii_nocase(folders->items[i], "worktrees"))
            folders->items[kept++] = folders->items[i];
        else
            sbx_free(folders->items[i]);
    }
    folders->count = kept;
}

/* By the letters as git and Windows compare them, then by the bytes: one order on every file system. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static sbx_status look_at(struct search *search, struct level *level, const struct sbx_strings *others)
{
    sbx_status status = SBX_OK;

    if (is_git_directory(level->path, &level->folders, others)) {
        status = add(search, &search->found.directories, level->path);
        keep_those_that_hold_repositories(&level->folders);
    }
    for (size_t i = 0; i < others->count && !status; i++) {
        if (text_equal_ascii_nocase(others->items[i], GIT)) {
            char *file = path_join(level->path, others->items[i]);

            status = file ? add(search, &search->found.files, file) : error_memory(search->error, "a path");
            sbx_free(file);
        }
    }
    if (level->folders.count)
        qsort(level->folders.items, level->folders.count, sizeof *level->folders.items, by_name);
    return status;
}

bool repositories_may_not_look(sbx_status status, const struct sbx_error *why)
{
    /* No access; shared otherwise, locked; no file to anybody; a link without end. */
    static const uint32_t reasons[] = {5, 32, 33, 1920, 1921};

    for (size_t i = 0; status == SBX_E_SYSTEM && i < sizeof reasons / sizeof *reasons; i++)
        if (why->system == reasons[i])
            return true;
    return false;
}

static bool is_passed_by(sbx_status status, const struct sbx_error *why)
{
    return status == SBX_E_PATH_NOT_FOUND || status == SBX_E_WORKSPACE_REFUSED ||
           repositories_may_not_look(status, why);
}

static sbx_status keep(struct search *search, sbx_status status, const struct sbx_error *why)
{
    if (search->error && !search->error->code)
        *search->error = *why;
    return status;
}

/* Takes over the open folder, also on failure, and `path`. */
static sbx_status enter(struct search *search, struct acl_object *folder, char *path)
{
    struct level *level = sbx_alloc(sizeof *level);
    struct sbx_strings others = {NULL, 0};
    struct sbx_error why = {0};
    sbx_status status;

    if (!level) {
        acl_close(folder);
        sbx_free(path);
        return error_memory(search->error, "repositories");
    }
    memset(level, 0, sizeof *level);
    level->folder = folder;
    level->path = path;
    level->up = search->level;
    search->level = level;
    status = acl_list_apart(folder, &level->folders, &others, &why);
    if (is_passed_by(status, &why))
        return SBX_OK;
    if (status)
        return keep(search, status, &why);
    status = look_at(search, level, &others);
    strings_free(&others);
    return status;
}

static void leave(struct search *search)
{
    struct level *level = search->level;

    search->level = level->up;
    acl_close(level->folder);
    sbx_free(level->path);
    strings_free(&level->folders);
    sbx_free(level);
}

static sbx_status step_into(struct search *search, struct acl_object *opened, char *path)
{
    struct acl_facts facts;
    struct sbx_error why = {0};
    sbx_status status = path ? acl_examine(opened, &facts, &why) : SBX_E_MEMORY;

    if (!status && facts.kind == FILE_KIND_DIRECTORY && !facts.reparse)
        return enter(search, opened, path);
    acl_close(opened);
    sbx_free(path);
    if (!status || is_passed_by(status, &why))
        return SBX_OK;
    return status == SBX_E_MEMORY ? error_memory(search->error, "a path") : keep(search, status, &why);
}

/* The next folder of the level, into which the search goes. */
static sbx_status go_down(struct search *search)
{
    struct level *level = search->level;
    const char *name = level->folders.items[level->next++];
    struct acl_object *opened;
    struct sbx_error why = {0};
    sbx_status status = acl_open_child(level->folder, name, ACL_LOOK, &opened, &why);

    if (is_passed_by(status, &why))
        return SBX_OK;
    if (status)
        return keep(search, status, &why);
    return step_into(search, opened, path_join(level->path, name));
}

sbx_status repositories_find(const char *root, struct repositories *found, struct sbx_error *error)
{
    struct search search = {.error = error};
    struct acl_object *opened;
    struct sbx_error why = {0};
    sbx_status status = acl_open(root, ACL_LOOK, &opened, &why);

    if (is_passed_by(status, &why)) {
        *found = search.found;
        return SBX_OK;
    }
    status = status ? keep(&search, status, &why) : step_into(&search, opened, sbx_strdup(root));
    while (search.level && !status && !search.found.more) {
        if (search.level->next < search.level->folders.count)
            status = go_down(&search);
        else
            leave(&search);
    }
    while (search.level)
        leave(&search);
    if (status)
        repositories_free(&search.found);
    else
        *found = search.found;
    return status;
}
