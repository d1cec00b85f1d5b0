/*
 * repositories.c - a walk over folders, nothing but folders, those nearer to the root first.
 *
 * The folders that were found wait in a line, each with its name and the folder that it is in. Opened by handle from folder to child,
 * the handles of the way to where we are stay open: the children of one folder follow each other in that line, so that each folder is
 * opened once to be looked at, and those with something deeper in them once more for each depth.
 */
#include "core/repositories.h"

#include "base/memory.h"
#include "core/path.h"
#include "os/acl.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

#define GIT        ".git"
#define EACH_COUNT 64 /* folders, between two looks whether to go on */

/* A folder that was found; on the heap, because a command may nest thousands. */
struct node {
    struct node *parent;       /* NULL: the root */
    struct node *next;         /* in the line */
    struct acl_object *folder; /* while it is on the way to where we are */
    size_t depth;
    bool of_git; /* a .git, or below one */
    char *name;  /* of the root its path */
};

struct search {
    const struct repositories_search *wishes;
    const char *root;
    uint64_t began_ms;
    struct repositories found;
    const char *newest[2];    /* in `found`, not known before; the newest one first */
    const struct node *ended; /* where a limit of folders or time did; NULL: none did */
    struct node *first, *last;
    size_t count;      /* in the line, those that are done too */
    struct node *open; /* the deepest one that is; NULL: none */
    struct node **way; /* from one of them up to an open one, while it is opened */
    size_t way_room;
    struct sbx_error *error;
};

void repositories_free(struct repositories *repositories)
{
    strings_free(&repositories->directories);
    strings_free(&repositories->files);
    strings_free(&repositories->last);
    memset(repositories, 0, sizeof *repositories);
}

bool repositories_are_all(const struct repositories *repositories)
{
    return !repositories->more && !repositories->out_of_count && !repositories->out_of_time;
}

/* What is in a folder. */
struct contents {
    struct sbx_strings folders, others; /* a link is among the others, whatever it leads to */
};

static void contents_free(struct contents *contents)
{
    strings_free(&contents->others);
    strings_free(&contents->folders);
}

static bool has(const struct contents *contents, const char *name)
{
    return strings_hold_ascii_nocase(&contents->folders, name) ||
           strings_hold_ascii_nocase(&contents->others, name);
}

/*
 * git asks for HEAD, objects and refs, and follows links there; a worktree's has a commondir instead of the last two. What is called
 * .git is taken for one whatever is in it: the rest may come.
 */
static bool is_git_directory(const char *name, const struct contents *contents)
{
    if (text_equal_ascii_nocase(name, GIT))
        return true;
    return strings_hold_ascii_nocase(&contents->others, "HEAD") &&
           ((has(contents, "objects") && has(contents, "refs")) ||
            strings_hold_ascii_nocase(&contents->others, "commondir"));
}

/*
 * Of what is protected already. Commands may take HEAD, objects and refs away and put them back when nobody looks; what is protected
 * they cannot, so that is what an old one is known by. A name that others use too is not enough.
 */
static bool was_git_directory(const char *name, const struct contents *contents)
{
    return is_git_directory(name, contents) || (has(contents, "hooks") && has(contents, "config")) ||
           has(contents, "commondir") || has(contents, "config.worktree");
}

static bool is_listed(const struct search *search, const char *path)
{
    return strings_hold_ascii_nocase(&search->found.directories, path) ||
           strings_hold_ascii_nocase(&search->found.files, path);
}

static sbx_status add(struct search *search, struct sbx_strings *list, const char *path)
{
    if (is_listed(search, path))
        return SBX_OK; /* it was known */
    if (search->found.directories.count + search->found.files.count == REPOSITORIES_MOST) {
        search->found.more = true;
        return SBX_OK;
    }
    if (strings_append(list, path))
        return error_memory(search->error, "repositories");
    if (search->first) { /* what is known comes before the walk */
        search->newest[1] = search->newest[0];
        search->newest[0] = list->items[list->count - 1];
    }
    return SBX_OK;
}

/*
 * Is `name` in a git directory a folder in which nobody has repositories? In a .git all are, but for two; below one (.git/modules/x)
 * those that git makes, objects being many folders. Elsewhere none is: a command makes a git directory of any folder by two more in it
 * and a file, and must not hide by that what is in there.
 */
static bool is_gits_own(const struct node *node, const char *name)
{
    static const char *const others[] = {"modules", "worktrees"};
    static const char *const own[] = {"hooks", "info", "lfs", "logs", "objects", "refs"};

    if (!node->of_git)
        return false;
    return text_equal_ascii_nocase(path_name(node->name), GIT)
               ? !text_is_one_of_ascii_nocase(name, others, sizeof others / sizeof *others)
               : text_is_one_of_ascii_nocase(name, own, sizeof own / sizeof *own);
}

static void keep_those_that_hold_repositories(const struct node *node, struct sbx_strings *folders)
{
    size_t kept = 0;

    for (size_t i = 0; i < folders->count; i++) {
        if (is_gits_own(node, folders->items[i]))
            sbx_free(folders->items[i]);
        else
            folders->items[kept++] = folders->items[i];
    }
    folders->count = kept;
}

/* By the letters as git and Windows compare them, then by the bytes: one order on every file system. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
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

/* *is: a real folder, not a link; else it is to be passed by. */
static sbx_status check_folder(struct search *search, const struct acl_object *opened, bool *is)
{
    struct acl_facts facts;
    struct sbx_error why = {0};
    sbx_status status = acl_examine(opened, &facts, &why);

    *is = !status && facts.kind == FILE_KIND_DIRECTORY && !facts.reparse;
    return !status || is_passed_by(status, &why) ? SBX_OK : keep(search, status, &why);
}

/* *folder stays NULL where it is none, or may not be looked at. */
static sbx_status open_folder(struct search *search, const struct acl_object *parent, const char *name,
                              struct acl_object **folder)
{
    struct acl_object *opened;
    struct sbx_error why = {0};
    bool is = false;
    sbx_status status = parent ? acl_open_child(parent, name, ACL_LOOK, &opened, &why)
                               : acl_open(name, ACL_LOOK, &opened, &why);

    if (status)
        return is_passed_by(status, &why) ? SBX_OK : keep(search, status, &why);
    status = check_folder(search, opened, &is);
    if (is)
        *folder = opened;
    else
        acl_close(opened);
    return status;
}

/* *listed: *contents, the caller's to free, is what is in it; else it may not be listed, and is passed by. */
static sbx_status list_folder(struct search *search, const struct acl_object *folder,
                              struct contents *contents, bool *listed)
{
    struct sbx_error why = {0};
    sbx_status status = acl_list_apart(folder, &contents->folders, &contents->others, &why);

    *listed = !status;
    return !status || is_passed_by(status, &why) ? SBX_OK : keep(search, status, &why);
}

/* The line. */

static char *path_of(const struct search *search, const struct node *node)
{
    size_t size = strlen(search->root) + 1;
    char *path, *end;

    if (!node->parent)
        return sbx_strdup(search->root);
    for (const struct node *at = node; at->parent; at = at->parent)
        size += strlen(at->name) + 1;
    path = sbx_alloc(size + 1);
    if (!path)
        return NULL;
    end = path + size;
    *end = '\0';
    for (const struct node *at = node; at->parent; at = at->parent) {
        size_t length = strlen(at->name);

        end -= length;
        memcpy(end, at->name, length);
        *--end = '\\';
    }
    size = strlen(search->root);
    size -= search->root[size - 1] == '\\'; /* of a volume's root */
    end -= size;
    memcpy(end, search->root, size);
    memmove(path, end, strlen(end) + 1);
    return path;
}

static sbx_status enqueue(struct search *search, struct node *parent, const char *name)
{
    struct node *node = sbx_alloc(sizeof *node);

    if (!node)
        return error_memory(search->error, "repositories");
    *node =
        (struct node){.parent = parent, .depth = parent ? parent->depth + 1 : 0, .name = sbx_strdup(name)};
    if (!node->name) {
        sbx_free(node);
        return error_memory(search->error, "repositories");
    }
    node->of_git = (parent && parent->of_git) || text_equal_ascii_nocase(path_name(name), GIT);
    if (search->last)
        search->last->next = node;
    else
        search->first = node;
    search->last = node;
    search->count++;
    return SBX_OK;
}

static size_t most_folders(const struct search *search)
{
    return search->wishes->most_folders ? search->wishes->most_folders : REPOSITORIES_MOST_FOLDERS;
}

static sbx_status enqueue_all(struct search *search, struct node *parent, struct sbx_strings *names)
{
    sbx_status status = SBX_OK;

    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, by_name);
    for (size_t i = 0; i < names->count && !status; i++) {
        if (search->count == most_folders(search)) {
            search->found.out_of_count = true;
            search->ended = search->ended ? search->ended : parent;
            break;
        }
        status = enqueue(search, parent, names->items[i]);
    }
    return status;
}

static struct node *close_one(struct node *node)
{
    acl_close(node->folder);
    node->folder = NULL;
    return node->parent;
}

/* What is not on the way to `node` is closed. What is left of the way is in search->way, the lowest first; its length is returned. */
static size_t go_up_to_way(struct search *search, struct node *node)
{
    struct node *open = search->open;
    size_t count = 0;

    while (open && open->depth > node->depth)
        open = close_one(open);
    while (node && (!open || node->depth > open->depth)) {
        search->way[count++] = node;
        node = node->parent;
    }
    while (open != node) {
        open = close_one(open);
        search->way[count++] = node;
        node = node->parent;
    }
    search->open = open;
    return count;
}

/* node->folder stays NULL where it, or one on the way, is gone or may not be looked at. */
static sbx_status open_way(struct search *search, struct node *node)
{
    size_t count;

    if (node->depth >= search->way_room) {
        size_t room = 2 * node->depth + 64;
        struct node **larger = sbx_realloc(search->way, room * sizeof *larger);

        if (!larger)
            return error_memory(search->error, "repositories");
        search->way = larger;
        search->way_room = room;
    }
    count = go_up_to_way(search, node);
    while (count > 0) {
        struct node *at = search->way[--count];
        sbx_status status =
            open_folder(search, at->parent ? at->parent->folder : NULL, at->name, &at->folder);

        if (status || !at->folder)
            return status;
        search->open = at;
    }
    return SBX_OK;
}

/* Looking. */

static sbx_status add_child(struct search *search, struct sbx_strings *list, const struct node *node,
                            const char *name)
{
    char *folder = path_of(search, node);
    char *path = folder && name ? path_join(folder, name) : NULL;
    sbx_status status = folder && (path || !name) ? add(search, list, name ? path : folder)
                                                  : error_memory(search->error, "a path");

    sbx_free(path);
    sbx_free(folder);
    return status;
}

static sbx_status look_at(struct search *search, struct node *node)
{
    struct contents contents = {{NULL, 0}, {NULL, 0}};
    bool listed;
    sbx_status status = list_folder(search, node->folder, &contents, &listed);

    if (!status && listed && is_git_directory(path_name(node->name), &contents)) {
        status = add_child(search, &search->found.directories, node, NULL);
        keep_those_that_hold_repositories(node, &contents.folders);
    }
    for (size_t i = 0; i < contents.others.count && !status; i++) {
        if (text_equal_ascii_nocase(contents.others.items[i], GIT))
            status = add_child(search, &search->found.files, node, contents.others.items[i]);
    }
    if (!status)
        status = enqueue_all(search, node, &contents.folders);
    contents_free(&contents);
    return status;
}

/* *on: there is time, and nobody wants it to end. */
static sbx_status may_go_on(struct search *search, bool *on)
{
    const struct repositories_search *wishes = search->wishes;
    uint32_t most_ms = wishes->most_ms ? wishes->most_ms : REPOSITORIES_MOST_MS;

    *on = true;
    if (search->found.folders % EACH_COUNT)
        return SBX_OK;
    if (wishes->go_on && !wishes->go_on(wishes->context, search->found.folders))
        return error_set(search->error, SBX_E_CANCELLED,
                         "It was cancelled while git repositories were looked for; nothing was changed.");
    if (clock_monotonic_ms() - search->began_ms >= most_ms) {
        search->found.out_of_time = true;
        *on = false;
    }
    return SBX_OK;
}

static sbx_status walk(struct search *search)
{
    sbx_status status = SBX_OK;

    for (struct node *node = search->first; node && !status && !search->found.more; node = node->next) {
        bool on;

        status = may_go_on(search, &on);
        if (!status && !on)
            search->ended = node;
        if (status || !on)
            break;
        search->found.folders++;
        status = open_way(search, node);
        if (!status && node->folder)
            status = look_at(search, node);
    }
    return status;
}

/* What was found before. */

/* The folder that holds the last name of `names`, which are as a path below the root is. *folder as in open_folder; *last is that name. */
static sbx_status open_above(struct search *search, char *names, struct acl_object **folder,
                             const char **last)
{
    struct acl_object *at = NULL, *next;
    sbx_status status = open_folder(search, NULL, search->root, &at);

    while (!status && at && strchr(names, '\\')) {
        char *end = strchr(names, '\\');

        *end = '\0';
        next = NULL;
        status = open_folder(search, at, names, &next);
        acl_close(at);
        at = next;
        names = end + 1;
    }
    *folder = at;
    *last = names;
    return status;
}

static sbx_status add_known_directory(struct search *search, const struct acl_object *folder,
                                      const char *path)
{
    struct contents contents = {{NULL, 0}, {NULL, 0}};
    bool listed;
    sbx_status status = list_folder(search, folder, &contents, &listed);

    if (!status && listed && was_git_directory(path_name(path), &contents))
        status = add(search, &search->found.directories, path);
    contents_free(&contents);
    return status;
}

/* By its name: a .git that is no folder. */
static sbx_status add_known_file(struct search *search, const struct acl_object *above, const char *name,
                                 const char *path)
{
    struct acl_object *opened;
    struct acl_facts facts;
    struct sbx_error why = {0};
    sbx_status status;

    if (!text_equal_ascii_nocase(name, GIT))
        return SBX_OK;
    status = acl_open_child(above, name, ACL_LOOK, &opened, &why);
    if (!status) {
        status = acl_examine(opened, &facts, &why);
        acl_close(opened);
    }
    if (status)
        return is_passed_by(status, &why) ? SBX_OK : keep(search, status, &why);
    return facts.kind == FILE_KIND_FILE ? add(search, &search->found.files, path) : SBX_OK;
}

static sbx_status add_known(struct search *search, const char *path)
{
    struct acl_object *above = NULL, *folder = NULL;
    const char *below = path_below(search->root, path), *last = NULL;
    char *names;
    sbx_status status;

    if (!below)
        return SBX_OK;
    names = sbx_strdup(below);
    if (!names)
        return error_memory(search->error, "a path");
    status = open_above(search, names, &above, &last);
    if (!status && above)
        status = open_folder(search, above, last, &folder);
    if (!status && folder)
        status = add_known_directory(search, folder, path);
    else if (!status && above)
        status = add_known_file(search, above, last, path);
    acl_close(folder);
    acl_close(above);
    sbx_free(names);
    return status;
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;

    for (; *path; path++)
        depth += *path == '\\';
    return depth;
}

static int by_depth(const void *a, const void *b)
{
    size_t first = depth_of(*(char *const *)a), other = depth_of(*(char *const *)b);

    return first == other ? by_name(a, b) : first < other ? -1 : 1;
}

static sbx_status add_all_known(struct search *search)
{
    struct sbx_strings sorted = {NULL, 0};
    sbx_status status = SBX_OK;

    if (!search->wishes->known || !search->wishes->known->count)
        return SBX_OK;
    if (strings_copy(search->wishes->known, &sorted))
        return error_memory(search->error, "repositories");
    qsort(sorted.items, sorted.count, sizeof *sorted.items, by_depth);
    for (size_t i = 0; i < sorted.count && !status && !search->found.more; i++)
        status = add_known(search, sorted.items[i]);
    strings_free(&sorted);
    return status;
}

/* The whole. */

static sbx_status note_last(struct search *search)
{
    struct sbx_strings *last = &search->found.last;
    char *ended = NULL;
    sbx_status status = SBX_OK;

    if (search->found.more) {
        for (size_t i = 2; i-- > 0 && !status;)
            status = search->newest[i] ? strings_append(last, search->newest[i]) : SBX_OK;
    } else if (search->ended) {
        ended = path_of(search, search->ended);
        status = ended ? strings_append(last, ended) : SBX_E_MEMORY;
        sbx_free(ended);
    }
    return status ? error_memory(search->error, "repositories") : SBX_OK;
}

static void end_search(struct search *search)
{
    while (search->open)
        search->open = close_one(search->open);
    while (search->first) {
        struct node *node = search->first;

        search->first = node->next;
        sbx_free(node->name);
        sbx_free(node);
    }
    sbx_free(search->way);
}

sbx_status repositories_find(const char *root, const struct repositories_search *search,
                             struct repositories *found, struct sbx_error *error)
{
    static const struct repositories_search usual = {0};
    struct search made = {.wishes = search ? search : &usual, .root = root, .error = error};
    sbx_status status;

    status = made.wishes->begin ? made.wishes->begin(made.wishes->context, error) : SBX_OK;
    made.began_ms = clock_monotonic_ms();
    if (!status)
        status = add_all_known(&made);
    if (!status)
        status = enqueue(&made, NULL, root);
    if (!status)
        status = walk(&made);
    if (!status)
        status = note_last(&made);
    end_search(&made);
    if (status)
        repositories_free(&made.found);
    else
        *found = made.found;
    return status;
}

/* What is kept. */

void repositories_kept_free(struct repositories_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        sbx_free(kept->roots[i].path);
        repositories_free(&kept->roots[i].found);
    }
    sbx_free(kept->roots);
    memset(kept, 0, sizeof *kept);
}

const struct repositories *repositories_kept_find(const struct repositories_kept *kept, const char *path,
                                                  const char *volume_id, const char *file_id)
{
    for (size_t i = 0; i < kept->count; i++) {
        const struct repositories_root *root = &kept->roots[i];

        if (!root->aside && text_equal_ascii_nocase(root->path, path) &&
            !strcmp(root->volume_id, volume_id) && !strcmp(root->file_id, file_id))
            return &root->found;
    }
    return NULL;
}

sbx_status repositories_keep(struct repositories_kept *kept, const char *path, const char *volume_id,
                             const char *file_id, struct repositories *found)
{
    struct repositories_root made = {.path = sbx_strdup(path)};
    struct repositories_root *larger = sbx_realloc(kept->roots, (kept->count + 1) * sizeof *larger);

    if (larger)
        kept->roots = larger;
    if (!larger || !made.path) {
        sbx_free(made.path);
        return SBX_E_MEMORY;
    }
    memcpy(made.volume_id, volume_id, strlen(volume_id) + 1);
    memcpy(made.file_id, file_id, strlen(file_id) + 1);
    made.found = *found;
    memset(found, 0, sizeof *found);
    kept->roots[kept->count++] = made;
    return SBX_OK;
}

void repositories_set_aside(struct repositories_kept *kept, const char *path)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (text_equal_ascii_nocase(kept->roots[i].path, path))
            kept->roots[i].aside = true;
    }
}

void repositories_settle(struct repositories_kept *kept, const char *path, bool anew)
{
    size_t left = 0;

    for (size_t i = 0; i < kept->count; i++) {
        struct repositories_root *root = &kept->roots[i];

        if (text_equal_ascii_nocase(root->path, path)) {
            if (root->aside == anew) {
                sbx_free(root->path);
                repositories_free(&root->found);
                continue;
            }
            root->aside = false;
        }
        kept->roots[left++] = *root;
    }
    kept->count = left;
}
