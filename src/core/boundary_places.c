/*
 * boundary_places.c - the policy's paths, looked up on this host.
 */
#include "base/memory.h"
#include "core/boundary_private.h"
#include "core/excerpt.h"
#include "core/path.h"

#include <stdio.h>
#include <string.h>

#define POINTER_SIZE      48
#define MOST_GIT_FILE     4096 /* bytes of a .git or commondir file: one line with a path */
#define COUNT(array)      (sizeof(array) / sizeof(array)[0])
#define PRESET_WORKSPACE  "${workspace}"
#define PRESET_TEMP       "${temp}"
#define PRESET_HOME       "${home}"
#define PRESET_TOOLCHAINS "${toolchains}"
#define PRESET_VCS        "${vcs}"
#define SOURCE_POINTER    "/files/protect" /* of what is protected without standing in that list */
#define GIT               ".git" /* of a root: the folder, or in a worktree or submodule the file that names it */

/* In a git directory: what makes git run something else or look elsewhere. */
static const char *const git_names[] = {"hooks", "config", "config.worktree", "commondir"};
static const char *const vcs_names[] = {".gitmodules"}; /* and those above */
static const char *const agent_names[] = {".codex", ".agents", ".claude", ".mcp.json"};
static const char *const editor_names[] = {".vscode", ".idea"};

struct gathering {
    const struct boundary_input *input;
    const struct root_guards *guards;
    const char *workspace; /* final paths */
    const char *temp;
    char *home; /* NULL until somebody asks */
    struct place_list *list;
    struct sbx_strings *notes;
    char **not_all;
    bool found; /* what is added now is of a repository that was found, or a secret of a toolchain's */
    bool reads_checked;
};

/* Lists of places. */

void boundary_place_free(struct boundary_place *place)
{
    sbx_free(place->path);
    sbx_free(place->pointer);
    sbx_free(place->grant);
    sbx_free(place->sid);
    memset(place, 0, sizeof *place);
}

void place_list_free(struct place_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        boundary_place_free(&list->items[i]);
    sbx_free(list->items);
    memset(list, 0, sizeof *list);
}

sbx_status place_list_add(struct place_list *list, struct boundary_place *place)
{
    sbx_status status = SBX_OK;

    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct boundary_place *items = sbx_realloc(list->items, capacity * sizeof *items);

        if (items) {
            list->items = items;
            list->capacity = capacity;
        } else
            status = SBX_E_MEMORY;
    }
    if (status)
        boundary_place_free(place);
    else
        list->items[list->count++] = *place;
    memset(place, 0, sizeof *place);
    return status;
}

/* `path` is taken over, also on failure; `facts` (NULL: it is not there) and `pointer` are not. */
static sbx_status add_place(struct gathering *gathering, enum boundary_right right, char *path,
                            const struct file_facts *facts, const char *pointer, struct sbx_error *error)
{
    struct boundary_place place = {
        .right = right, .path = path, .present = facts != NULL, .found = gathering->found};

    place.pointer = sbx_strdup(pointer);
    if (facts) {
        place.keeps_acls = facts->keeps_acls;
        place.kind = facts->kind;
        memcpy(place.volume_id, facts->volume_id, sizeof place.volume_id);
        memcpy(place.file_id, facts->file_id, sizeof place.file_id);
    }
    if (!place.path || !place.pointer) {
        boundary_place_free(&place);
        return error_memory(error, "a boundary");
    }
    return place_list_add(gathering->list, &place) ? error_memory(error, "a boundary") : SBX_OK;
}

/* Presets. */

/* What follows a preset at the front of `text`, NULL where that is not what stands there. */
static const char *behind(const char *text, const char *preset)
{
    size_t size = strlen(preset);

    if (strncmp(text, preset, size) != 0)
        return NULL;
    text += size;
    return *text && *text != '/' && *text != '\\' ? NULL : text + strspn(text, "/\\");
}

static sbx_status find_home(struct gathering *gathering, struct sbx_error *error)
{
    return gathering->home ? SBX_OK : folder_path(FOLDER_PROFILE, &gathering->home, error);
}

/* The absolute path of a policy's value. The caller frees *path. */
static sbx_status expand(struct gathering *gathering, const char *text, char **path, struct sbx_error *error)
{
    const char *base = NULL;
    const char *rest;
    sbx_status status;

    if ((rest = behind(text, PRESET_WORKSPACE)) != NULL)
        base = gathering->workspace;
    else if ((rest = behind(text, PRESET_TEMP)) != NULL)
        base = gathering->temp;
    else if ((rest = behind(text, PRESET_HOME)) != NULL) {
        status = find_home(gathering, error);
        if (status)
            return status;
        base = gathering->home;
    } else
        rest = text;
    *path = base ? path_absolute(base, rest) : sbx_strdup(text);
    return *path ? SBX_OK : error_memory(error, "a path");
}

/* Paths as the host has them. */

/* Where a path leads: what is there, or the nearest folder above that is. */
struct followed {
    char *path;        /* final */
    bool found;        /* `facts` are of something */
    bool present;      /* and that is the path itself */
    bool last_is_link; /* the last name is one */
    bool leads_off;    /* over a link to another machine, which nobody followed: `path` is the link itself */
    struct file_facts facts;  /* of it, or of the nearest that is there */
    struct sbx_strings links; /* final paths of the links on the way, nearest first */
};

static void followed_free(struct followed *followed)
{
    sbx_free(followed->path);
    file_facts_free(&followed->facts);
    strings_free(&followed->links);
    memset(followed, 0, sizeof *followed);
}

/* "C:\a" and "b\c" */
static char *join(const char *folder, const char *names)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    size_t size = strlen(folder);

    buffer_append_text(&path, folder);
    if (!size || folder[size - 1] != '\\')
        buffer_append(&path, "\\", 1);
    buffer_append_text(&path, names);
    return buffer_take(&path, NULL);
}

/* The link that `path` (which may change here) is by its last name: where it lies itself. */
static sbx_status add_link(struct followed *followed, char *path, struct sbx_error *error)
{
    struct file_facts folder;
    char *name = sbx_strdup(path_name(path));
    char *own = NULL;
    sbx_status status = SBX_E_MEMORY;

    if (name && path_go_up(path)) {
        status = file_examine(path, &folder, error);
        if (!status) {
            own = join(folder.path, name);
            status = own ? strings_append(&followed->links, own) : SBX_E_MEMORY;
            file_facts_free(&folder);
        }
    }
    sbx_free(own);
    sbx_free(name);
    return status == SBX_E_MEMORY ? error_memory(error, "a path") : status;
}

/* Only asked where the final path is another than the one that was asked for. `path` is used up. */
static sbx_status find_links(struct followed *followed, char *path, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    do {
        struct file_facts facts;
        bool link;

        if (strlen(path) <= sizeof "C:\\" - 1)
            break;
        status = file_examine(path, &facts, error);
        if (status)
            break;
        link = facts.reparse;
        file_facts_free(&facts);
        if (link) {
            status = add_link(followed, path, error);
            continue; /* which has gone up */
        }
        if (!path_go_up(path))
            break;
    } while (!status);
    return status;
}

/*
 * Examines `at`, else the nearest folder above that can be, to which `at` is cut. *off (NULL: none) is the size of the first
 * name's path, from the root on, that is a link to another machine.
 */
static sbx_status examine_nearest(char *at, struct file_facts *facts, size_t *off, struct sbx_error *reason)
{
    sbx_status status;

    *off = 0;
    do {
        reason->code = SBX_OK;
        status = file_examine(at, facts, reason);
        if (status == SBX_E_WORKSPACE_REFUSED)
            *off = strlen(at);
    } while ((status == SBX_E_PATH_NOT_FOUND || status == SBX_E_WORKSPACE_REFUSED) && path_go_up(at));
    return status;
}

/* The link at the end of `path`, which is used up, is the last that anybody looks at. */
static sbx_status stay_at_link(struct followed *followed, char *path, bool is_last, struct sbx_error *error)
{
    sbx_status status = add_link(followed, path, error); /* which has gone up */

    if (!status)
        status = find_links(followed, path, error);
    if (status)
        return status;
    followed->path = sbx_strdup(followed->links.items[0]);
    if (!followed->path)
        return error_memory(error, "a path");
    followed->leads_off = true;
    followed->last_is_link = is_last;
    return SBX_OK;
}

static sbx_status follow(const char *path, struct followed *followed, struct sbx_error *error)
{
    struct followed made = {0};
    struct sbx_error reason = {0};
    char *at = sbx_strdup(path);
    const char *rest;
    size_t off;
    sbx_status status;

    if (!at)
        return error_memory(error, "a path");
    status = examine_nearest(at, &made.facts, &off, &reason);
    if (status && status != SBX_E_PATH_NOT_FOUND) {
        if (error && !error->code)
            *error = reason;
        goto free_at;
    }
    made.found = status == SBX_OK;
    if (off) {
        memcpy(at, path, off);
        at[off] = '\0';
        status = stay_at_link(&made, at, off == strlen(path), error);
        if (!status)
            *followed = made;
        goto free_at;
    }

    made.present = made.found && strlen(at) == strlen(path);
    made.last_is_link = made.present && made.facts.reparse;
    rest = path + strlen(at);
    rest += strspn(rest, "\\");
    made.path = !made.found || made.present ? sbx_strdup(made.found ? made.facts.path : path)
                                            : join(made.facts.path, rest);
    status = made.path ? SBX_OK : error_memory(error, "a path");
    if (!status && made.found && (made.facts.reparse || !text_equal_ascii_nocase(at, made.facts.path)))
        status = find_links(&made, at, error);
    if (!status)
        *followed = made;

free_at:
    sbx_free(at);
    if (status)
        followed_free(&made);
    return status;
}

/* Roots. */

/* A write root, of those found so far, that is left on the way to `path` through a link that lies in it. */
static const struct boundary_place *root_that_is_left(const struct place_list *list,
                                                      const struct followed *followed, const char **link)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct boundary_place *root = &list->items[i];

        if (root->right != BOUNDARY_WRITE || path_holds(root->path, followed->path))
            continue;
        for (size_t k = 0; k < followed->links.count; k++) {
            if (path_holds(root->path, followed->links.items[k])) {
                *link = followed->links.items[k];
                return root;
            }
        }
    }
    return NULL;
}

/* The links on the way to a root that are in a write root, where commands may have put them. */
static sbx_status check_way(const struct gathering *gathering, const struct root_question *question,
                            const char *path, struct sbx_error *error)
{
    struct followed followed = {0};
    const struct boundary_place *left;
    const char *link = "";
    char shown[2][EXCERPT_SIZE];
    sbx_status status = follow(path, &followed, error);

    if (status)
        return status;
    left = followed.links.count ? root_that_is_left(gathering->list, &followed, &link) : NULL;
    if (left)
        status = error_set(error, SBX_E_WORKSPACE_REFUSED,
                           "%s: %s is a link that leads out of the root it lies in, to %s; commands that may "
                           "write the root could turn it elsewhere. Name the folder that it leads to.",
                           question->pointer, excerpt(shown[0], link), excerpt(shown[1], followed.path));
    followed_free(&followed);
    return status;
}

/* The session's temp and what is in it: ours, and not there yet. */
static sbx_status add_temp(struct gathering *gathering, const struct root_question *question,
                           const char *path, struct sbx_error *error)
{
    char *copy = sbx_strdup(path);

    return copy ? add_place(gathering, question->right, copy, NULL, question->pointer, error)
                : error_memory(error, "a path");
}

/* A place to write or to read. */
static sbx_status add_root(struct gathering *gathering, const struct root_question *question,
                           struct sbx_error *error)
{
    struct root_question expanded = *question;
    struct host_place root = {0};
    char *path = NULL;
    char *absolute = NULL;
    sbx_status status = expand(gathering, question->written, &path, error);

    if (status)
        return status;
    if (path_holds(gathering->temp, path)) {
        status = add_temp(gathering, question, path, error);
        goto free_path;
    }
    expanded.written = path;
    status = root_check_text(&expanded, error);
    if (status)
        goto free_path;
    absolute = path_absolute(path, path);
    status = absolute ? root_examine(&expanded, absolute, &root, error) : error_memory(error, "a path");
    if (status)
        goto free_absolute;
    status = root_judge(gathering->guards, &expanded, &root, error);
    if (!status) {
        char *final = root.facts.path;

        root.facts.path = NULL;
        status = add_place(gathering, question->right, final, &root.facts, question->pointer, error);
    }
    host_place_free(&root);

free_absolute:
    sbx_free(absolute);
free_path:
    sbx_free(path);
    return status;
}

/* Denied paths. */

static sbx_status add_link_place(struct gathering *gathering, enum boundary_right right, const char *path,
                                 const char *pointer, struct sbx_error *error)
{
    char *copy = sbx_strdup(path);
    sbx_status status =
        copy ? add_place(gathering, right, copy, NULL, pointer, error) : error_memory(error, "a path");

    if (!status) {
        struct boundary_place *place = &gathering->list->items[gathering->list->count - 1];

        place->link = place->present = place->keeps_acls = true;
        place->kind = FILE_KIND_OTHER;
    }
    return status;
}

static sbx_status add_followed(struct gathering *gathering, enum boundary_right right,
                               struct followed *followed, const char *pointer, struct sbx_error *error)
{
    char *path = followed->path;

    followed->path = NULL;
    return add_place(gathering, right, path, followed->present ? &followed->facts : NULL, pointer, error);
}

static sbx_status add_denied_path(struct gathering *gathering, const struct root_question *question,
                                  const char *path, struct sbx_error *error)
{
    struct followed followed = {0};
    struct sbx_error reason = {0};
    char shown[EXCERPT_SIZE];
    sbx_status status = follow(path, &followed, &reason);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "a path");
    if (status)
        return root_cannot(question, status, "examined", &reason, error);
    if (followed.leads_off || (followed.found && followed.facts.remote))
        status =
            error_set(error, SBX_E_WORKSPACE_REFUSED,
                      "%s: %s is on the network, where this computer's rules do not hold. Take it out of the "
                      "list, and keep secrets in a local folder.",
                      question->pointer, excerpt(shown, path));
    if (!status && followed.last_is_link && followed.links.count)
        status = add_link_place(gathering, BOUNDARY_DENY, followed.links.items[0], question->pointer, error);
    if (!status)
        status = add_followed(gathering, BOUNDARY_DENY, &followed, question->pointer, error);
    followed_free(&followed);
    return status;
}

/* Toolchains. */

/* What a toolchain's folder keeps of credentials, where it is there. Where that cannot be denied, the toolchain is none. */
static sbx_status deny_secret(struct gathering *gathering, const struct toolchain *toolchain,
                              const char *path, const char *pointer)
{
    struct root_question question = {pointer, NULL, BOUNDARY_READ};
    struct file_facts facts = {0};
    char *secret;
    sbx_status status;

    if (!toolchain->secret || !gathering->reads_checked)
        return SBX_OK;
    secret = path_absolute(path, toolchain->secret);
    if (!secret)
        return SBX_E_MEMORY;
    question.written = secret;
    status = file_examine(secret, &facts, NULL);
    /* What a link leads to is not granted with the folder. */
    if (!status && !facts.reparse) {
        gathering->found = true; /* nobody wrote its path */
        status = add_denied_path(gathering, &question, secret, NULL);
        gathering->found = false;
    }
    file_facts_free(&facts);
    sbx_free(secret);
    return status == SBX_E_PATH_NOT_FOUND ? SBX_OK : status;
}

/* One that is not on this host, that may not be looked at, or that no root may be, is not one of its toolchains. */
static sbx_status add_toolchain(struct gathering *gathering, const struct toolchain *toolchain,
                                const char *pointer, struct sbx_error *error)
{
    char *folder = NULL;
    char *path = NULL;
    struct root_question question = {pointer, NULL, BOUNDARY_READ};
    sbx_status status = folder_path(toolchain->folder, &folder, NULL);

    if (!status) {
        path = path_absolute(folder, toolchain->below);
        question.written = path;
        status = path ? check_way(gathering, &question, path, NULL) : SBX_E_MEMORY;
    }
    if (!status)
        status = deny_secret(gathering, toolchain, path, pointer);
    if (!status)
        status = add_root(gathering, &question, NULL);
    if (!status) {
        struct boundary_place *place = &gathering->list->items[gathering->list->count - 1];

        place->later = true;
        place->family = toolchain->family;
    }
    sbx_free(path);
    sbx_free(folder);
    return status == SBX_E_MEMORY ? error_memory(error, "a boundary") : SBX_OK;
}

static void make_pointer(char pointer[POINTER_SIZE], const char *list, size_t index)
{
    snprintf(pointer, POINTER_SIZE, "/files/%s/%lu", list, (unsigned long)index);
}

static sbx_status add_written(struct gathering *gathering, struct sbx_error *error)
{
    const struct sbx_strings *texts = &gathering->input->policy->files.write;
    char pointer[POINTER_SIZE];
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < texts->count && !status; i++) {
        const struct root_question question = {pointer, texts->items[i], BOUNDARY_WRITE};

        make_pointer(pointer, "write", i);
        status = add_root(gathering, &question, error);
    }
    return status;
}

static sbx_status add_read(struct gathering *gathering, struct sbx_error *error)
{
    const struct sbx_strings *texts = &gathering->input->policy->files.read;
    char pointer[POINTER_SIZE];
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < texts->count && !status; i++) {
        const struct root_question question = {pointer, texts->items[i], BOUNDARY_READ};

        make_pointer(pointer, "read", i);
        if (strcmp(texts->items[i], PRESET_TOOLCHAINS) != 0) {
            status = add_root(gathering, &question, error);
            continue;
        }
        for (size_t k = 0; k < boundary_toolchain_count && !status; k++)
            status = add_toolchain(gathering, &boundary_toolchains[k], pointer, error);
    }
    return status;
}

/* All roots must be known before it can be said which way leaves one. */
static sbx_status check_ways(struct gathering *gathering, const char *list, const struct sbx_strings *texts,
                             enum boundary_right right, struct sbx_error *error)
{
    char pointer[POINTER_SIZE];
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < texts->count && !status; i++) {
        const struct root_question question = {pointer, texts->items[i], right};
        char *path = NULL;
        char *absolute;

        if (strcmp(texts->items[i], PRESET_TOOLCHAINS) == 0)
            continue;
        make_pointer(pointer, list, i);
        status = expand(gathering, texts->items[i], &path, error);
        if (status)
            break;
        absolute = path_absolute(path, path);
        if (!absolute)
            status = error_memory(error, "a path");
        else if (!path_holds(gathering->temp, absolute))
            status = check_way(gathering, &question, absolute, error);
        sbx_free(absolute);
        sbx_free(path);
    }
    return status;
}

/* The policy's. */

static sbx_status add_denied(struct gathering *gathering, struct sbx_error *error)
{
    const struct sbx_strings *texts = &gathering->input->policy->files.deny;
    char pointer[POINTER_SIZE];
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < texts->count && !status; i++) {
        struct root_question question = {pointer, NULL, BOUNDARY_READ};
        char *path = NULL;
        char *absolute = NULL;

        make_pointer(pointer, "deny", i);
        status = expand(gathering, texts->items[i], &path, error);
        if (status)
            break;
        question.written = path;
        status = root_check_text(&question, error);
        if (!status) {
            absolute = path_absolute(path, path);
            status = absolute ? add_denied_path(gathering, &question, absolute, error)
                              : error_memory(error, "a path");
        }
        sbx_free(absolute);
        sbx_free(path);
    }
    return status;
}

/* Protected names. */

/* Would protecting this take a whole root away? Where a link leads is up to whoever made the link. */
static bool holds_a_root(const struct gathering *gathering, const char *path)
{
    if (path_holds(path, gathering->workspace))
        return true;
    for (size_t i = 0; i < gathering->list->count; i++) {
        if (gathering->list->items[i].right == BOUNDARY_WRITE &&
            path_holds(path, gathering->list->items[i].path))
            return true;
    }
    return false;
}

static sbx_status add_note(struct gathering *gathering, struct sbx_buffer *text, struct sbx_error *error)
{
    sbx_status status = buffer_failed(text) || strings_append(gathering->notes, buffer_text(text))
                            ? error_memory(error, "a boundary")
                            : SBX_OK;

    buffer_free(text);
    return status;
}

/* Of a repository that was found: what is not protected of it, and why. */
static sbx_status leave_open(struct gathering *gathering, const char *path, const char *pointer,
                             const char *why, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char shown[EXCERPT_SIZE];

    buffer_append_format(&text, "%s does not hold for %s: %s.", pointer, excerpt(shown, path), why);
    return add_note(gathering, &text, error);
}

/*
 * A protected path: itself, and on the way to it below `root` each link, because who swaps the link has
 * swapped the path. What a link leads to is protected where it lies in a root; boundary_rules leaves it out elsewhere.
 */
static sbx_status protect(struct gathering *gathering, const char *root, const char *path,
                          const char *pointer, struct sbx_error *error)
{
    const struct root_question question = {pointer, path, BOUNDARY_READ};
    struct followed followed = {0};
    struct sbx_error reason = {0};
    sbx_status status = follow(path, &followed, &reason);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "a path");
    if (gathering->found && repositories_may_not_look(status, &reason))
        return leave_open(gathering, path, pointer, "it may not be looked at", error);
    if (status)
        return root_cannot(&question, status, "examined", &reason, error);
    if (gathering->found && followed.links.count) {
        status = leave_open(gathering, path, pointer, "there is a link on the way, which commands may turn",
                            error);
        goto free_followed;
    }

    for (size_t i = 0; i < followed.links.count && !status; i++) {
        const char *link = followed.links.items[i];

        if (path_holds(root, link) && !path_holds(link, root))
            status = add_link_place(gathering, BOUNDARY_PROTECT, link, pointer, error);
    }
    /* Below a file there is nothing, and of what is on another machine nothing is known. */
    if (status || followed.leads_off ||
        (!followed.present && followed.found && followed.facts.kind == FILE_KIND_FILE))
        goto free_followed;
    if (!followed.links.count || !holds_a_root(gathering, followed.path))
        status = add_followed(gathering, BOUNDARY_PROTECT, &followed, pointer, error);

free_followed:
    followed_free(&followed);
    return status;
}

static sbx_status protect_names(struct gathering *gathering, const char *root, const char *folder,
                                const char *const *names, size_t count, const char *pointer,
                                struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < count && !status; i++) {
        char *path = path_absolute(folder, names[i]);

        status = path ? protect(gathering, root, path, pointer, error) : error_memory(error, "a path");
        sbx_free(path);
    }
    return status;
}

/*
 * The path in a one-line file of git's, absolute; *path NULL where the file is none, holds none, or one that leads to another
 * machine, or begins with a drive that is no disk: the file may be a command's, and so may be what its letter stands for. `start` is what stands before it. Relative ones are as seen from `folder`.
 */
static sbx_status read_git_path(const char *file, const char *start, const char *folder, char **path,
                                struct sbx_error *error)
{
    struct file_facts facts;
    char *text = NULL;
    const char *rest;
    size_t size = 0;
    sbx_status status = file_examine(file, &facts, error);

    if (status)
        return status;
    if (facts.kind == FILE_KIND_FILE && !facts.remote)
        status = file_read_all(file, MOST_GIT_FILE, &text, &size, error);
    file_facts_free(&facts);
    if (status || !text)
        return status;

    text[strcspn(text, "\r\n")] = '\0';
    rest = text + strlen(start);
    if (strncmp(text, start, strlen(start)) == 0 && *rest && !path_fault(rest) &&
        (path_form(rest) == PATH_FORM_RELATIVE || path_form(rest) == PATH_FORM_DRIVE)) {
        char *named = path_absolute(folder, rest);

        if (!named)
            status = error_memory(error, "a path");
        else if (path_form(rest) == PATH_FORM_RELATIVE || file_drive_is_disk(named))
            *path = named;
        else
            sbx_free(named);
    }
    sbx_free(text);
    return status;
}

/* As read_git_path; what is not there or on another machine, and what is no such file, leads nowhere. */
static sbx_status find_git_path(const struct gathering *gathering, const char *file, const char *start,
                                const char *folder, char **path, struct sbx_error *error)
{
    struct sbx_error reason = {0};
    sbx_status status = read_git_path(file, start, folder, path, &reason);

    if (status == SBX_E_PATH_NOT_FOUND || status == SBX_E_LIMIT || status == SBX_E_WORKSPACE_REFUSED)
        return SBX_OK;
    if (status == SBX_E_MEMORY)
        return error_memory(error, "a path");
    if (gathering->found && repositories_may_not_look(status, &reason))
        return SBX_OK;
    if (status)
        error_set(error, status, "%s cannot be read, which says where git's own files are: %s", file,
                  reason.text);
    return status;
}

/* A git directory wherever it is, and the one that it shares hooks and configuration with. */
static sbx_status protect_git_directory(struct gathering *gathering, const char *root, const char *folder,
                                        const char *pointer, struct sbx_error *error)
{
    char *file = path_absolute(folder, "commondir");
    char *common = NULL;
    sbx_status status = file ? SBX_OK : error_memory(error, "a path");

    if (!status)
        status = protect_names(gathering, root, folder, git_names, COUNT(git_names), pointer, error);
    if (!status)
        status = find_git_path(gathering, file, "", folder, &common, error);
    if (!status && common)
        status = protect_names(gathering, root, common, git_names, COUNT(git_names), pointer, error);
    sbx_free(common);
    sbx_free(file);
    return status;
}

/* The folder itself commits write. */
static sbx_status protect_if_file(struct gathering *gathering, const char *root, const char *path,
                                  const char *pointer, struct sbx_error *error)
{
    const struct root_question question = {pointer, path, BOUNDARY_READ};
    struct sbx_error reason = {0};
    struct file_facts facts;
    bool is_file;
    sbx_status status = file_examine(path, &facts, &reason);

    if (status == SBX_E_PATH_NOT_FOUND || status == SBX_E_WORKSPACE_REFUSED)
        return SBX_OK; /* a link that leads off is protected itself, as the way to what is in it */
    if (status == SBX_E_MEMORY)
        return error_memory(error, "a path");
    if (gathering->found && repositories_may_not_look(status, &reason))
        return leave_open(gathering, path, pointer, "it may not be looked at", error);
    if (status)
        return root_cannot(&question, status, "examined", &reason, error);
    is_file = facts.kind == FILE_KIND_FILE;
    file_facts_free(&facts);
    return is_file ? protect(gathering, root, path, pointer, error) : SBX_OK;
}

/* `git` is a .git file, or is called so and is none: then nothing is done. */
static sbx_status protect_git_file(struct gathering *gathering, const char *root, const char *folder,
                                   const char *git, const char *pointer, struct sbx_error *error)
{
    char *directory = NULL;
    sbx_status status = protect_if_file(gathering, root, git, pointer, error);

    if (!status)
        status = find_git_path(gathering, git, "gitdir: ", folder, &directory, error);
    if (!status && directory)
        status = protect_git_directory(gathering, root, directory, pointer, error);
    sbx_free(directory);
    return status;
}

/* What was found at `git`: a git directory, or a .git file. The folder that it belongs to has .gitmodules. */
static sbx_status protect_found(struct gathering *gathering, const char *root, const char *git, bool is_file,
                                const char *pointer, struct sbx_error *error)
{
    char *folder = path_absolute(git, "..");
    sbx_status status = folder ? SBX_OK : error_memory(error, "a path");

    if (!status && text_equal_ascii_nocase(path_name(git), GIT))
        status = protect_names(gathering, root, folder, vcs_names, COUNT(vcs_names), pointer, error);
    /* What is no folder may be a link to one, which is told name by name; below a file there is none. */
    if (!status)
        status = protect_git_directory(gathering, root, git, pointer, error);
    if (!status && is_file)
        status = protect_git_file(gathering, root, folder, git, pointer, error);
    sbx_free(folder);
    return status;
}

static sbx_status note_found(struct gathering *gathering, const char *root, size_t count, const char *pointer,
                             struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char shown[EXCERPT_SIZE];

    if (!count)
        return SBX_OK;
    buffer_append_format(&text, "%s holds for %lu more git %s below %s.", pointer, (unsigned long)count,
                         count == 1 ? "repository" : "repositories", excerpt(shown, root));
    return add_note(gathering, &text, error);
}

/* Not all were found. One sentence for all roots. */
static sbx_status tell_not_all(struct gathering *gathering, const char *root,
                               const struct repositories *found, const char *pointer, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char shown[EXCERPT_SIZE];

    if (*gathering->not_all)
        buffer_append_format(&text, "%s ", *gathering->not_all);
    buffer_append_format(&text,
                         "%s does not hold for all git repositories below %s: not all were found. %lu "
                         "folders were looked at; ",
                         pointer, excerpt(shown, root), (unsigned long)found->folders);
    if (found->more)
        buffer_append_format(&text, "there are more repositories than %d", REPOSITORIES_MOST);
    else
        buffer_append_format(&text, "the limit of %s ended it", found->out_of_time ? "time" : "their number");
    for (size_t i = 0; i < found->last.count; i++)
        buffer_append_format(&text, "%s%s",
                             i             ? ", "
                             : found->more ? ", the last "
                                           : " in ",
                             excerpt(shown, found->last.items[i]));
    buffer_append_text(&text, found->last.count ? "; delete those if a command made them." : ".");
    sbx_free(*gathering->not_all);
    *gathering->not_all = buffer_take(&text, NULL);
    return *gathering->not_all ? SBX_OK : error_memory(error, "a boundary");
}

/* What is found below the root, or was found before. *found is lent; `made` is the caller's, empty, and freed by him. */
static sbx_status find_repositories(struct gathering *gathering, const char *root, struct repositories *made,
                                    const struct repositories **found, struct sbx_error *error)
{
    struct repositories_kept *kept = gathering->input->searched;
    const struct boundary_place *place = NULL;
    sbx_status status;

    for (size_t i = 0; i < gathering->list->count && !place; i++) {
        if (gathering->list->items[i].right == BOUNDARY_WRITE &&
            !strcmp(gathering->list->items[i].path, root))
            place = &gathering->list->items[i];
    }
    *found = kept && place ? repositories_kept_find(kept, root, place->volume_id, place->file_id) : NULL;
    if (*found)
        return SBX_OK;
    status = repositories_find(root, gathering->input->search, made, error);
    *found = made;
    if (status || !kept || !place)
        return status;
    if (repositories_keep(kept, root, place->volume_id, place->file_id, made))
        return error_memory(error, "repositories");
    *found = repositories_kept_find(kept, root, place->volume_id, place->file_id);
    return SBX_OK;
}

static sbx_status protect_all_found(struct gathering *gathering, const char *root, const char *own,
                                    const struct repositories *found, const char *pointer, size_t *count,
                                    struct sbx_error *error)
{
    const struct sbx_strings *lists[] = {&found->directories, &found->files};
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < COUNT(lists); i++) {
        for (size_t k = 0; k < lists[i]->count && !status; k++) {
            if (text_equal_ascii_nocase(lists[i]->items[k], own))
                continue;
            status =
                protect_found(gathering, root, lists[i]->items[k], lists[i] == &found->files, pointer, error);
            ++*count;
        }
    }
    return status;
}

/* The root's own is looked up whether it is there or not; what else there is must be found. */
static sbx_status protect_repositories(struct gathering *gathering, const char *root, const char *own,
                                       const char *pointer, struct sbx_error *error)
{
    struct repositories made = {0};
    const struct repositories *found = NULL;
    size_t count = 0;
    sbx_status status = find_repositories(gathering, root, &made, &found, error);

    gathering->found = true;
    if (!status)
        status = protect_all_found(gathering, root, own, found, pointer, &count, error);
    gathering->found = false;
    if (!status)
        status = note_found(gathering, root, count, pointer, error);
    if (!status && !repositories_are_all(found))
        status = tell_not_all(gathering, root, found, pointer, error);
    repositories_free(&made);
    return status;
}

static sbx_status protect_vcs(struct gathering *gathering, const char *root, const char *pointer,
                              struct sbx_error *error)
{
    char *git = path_absolute(root, GIT);
    sbx_status status = git ? SBX_OK : error_memory(error, "a path");

    if (!status)
        status = protect_names(gathering, root, root, vcs_names, COUNT(vcs_names), pointer, error);
    if (!status)
        status = protect_git_directory(gathering, root, git, pointer, error);
    if (!status)
        status = protect_git_file(gathering, root, root, git, pointer, error);
    if (!status)
        status = protect_repositories(gathering, root, git, pointer, error);
    sbx_free(git);
    return status;
}

static sbx_status add_protected_name(struct gathering *gathering, const char *root, const char *name,
                                     const char *pointer, struct sbx_error *error)
{
    static const struct {
        const char *preset;
        const char *const *names;
        size_t count;
    } presets[] = {{"${agents}", agent_names, COUNT(agent_names)},
                   {"${editors}", editor_names, COUNT(editor_names)}};
    const char *fault =
        path_form(name) == PATH_FORM_RELATIVE ? path_fault(name) : "is not relative to a root";
    char shown[EXCERPT_SIZE];

    if (strcmp(name, PRESET_VCS) == 0)
        return protect_vcs(gathering, root, pointer, error);
    for (size_t i = 0; i < COUNT(presets); i++) {
        if (strcmp(name, presets[i].preset) == 0)
            return protect_names(gathering, root, root, presets[i].names, presets[i].count, pointer, error);
    }
    if (fault || !*name)
        return error_set(error, SBX_E_ARGUMENT, "%s: %s %s. Write a name in a root, such as .git/hooks.",
                         pointer, excerpt(shown, name), fault ? fault : "is empty");
    return protect_names(gathering, root, root, &name, 1, pointer, error);
}

/* In every root that may be written, but for the session's temp, which nobody but its commands ever reads. */
static sbx_status add_protected(struct gathering *gathering, struct sbx_error *error)
{
    const struct sbx_strings *names = &gathering->input->policy->files.protect;
    size_t root_count = gathering->list->count;
    char pointer[POINTER_SIZE];
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < root_count && !status; i++) {
        char *root;

        if (gathering->list->items[i].right != BOUNDARY_WRITE ||
            path_holds(gathering->temp, gathering->list->items[i].path))
            continue;
        root = sbx_strdup(gathering->list->items[i].path); /* the list moves while it grows */
        if (!root)
            return error_memory(error, "a path");
        for (size_t k = 0; k < names->count && !status; k++) {
            make_pointer(pointer, "protect", k);
            status = add_protected_name(gathering, root, names->items[k], pointer, error);
        }
        sbx_free(root);
    }
    return status;
}

/* With a drive, where it has one: \\?\C:\x is C:\x. *path NULL: it has none, or cannot be had any more. The caller frees it. */
static sbx_status find_source(const char *source, char **path, struct sbx_error *error)
{
    struct file_facts facts = {0};
    sbx_status status;

    if (path_form(source) != PATH_FORM_DRIVE) {
        status = file_examine(source, &facts, NULL);
        if (status == SBX_E_MEMORY)
            return error_memory(error, "a path");
        if (status || path_form(facts.path) != PATH_FORM_DRIVE) {
            file_facts_free(&facts);
            return SBX_OK;
        }
        source = facts.path;
    }
    *path = path_absolute(source, source);
    file_facts_free(&facts);
    return *path ? SBX_OK : error_memory(error, "a path");
}

/* The policy's own file, where it lies in a root: what commands put there would be the next session's policy. */
static sbx_status protect_source(struct gathering *gathering, struct sbx_error *error)
{
    const char *source = gathering->input->policy->source;
    size_t root_count = gathering->list->count;
    char *path = NULL;
    sbx_status status = source ? find_source(source, &path, error) : SBX_OK;

    for (size_t i = 0; i < root_count && !status; i++) {
        char *root;

        if (!path || gathering->list->items[i].right != BOUNDARY_WRITE)
            continue;
        root = sbx_strdup(gathering->list->items[i].path); /* the list moves while it grows */
        status = root ? protect(gathering, root, path, SOURCE_POINTER, error) : error_memory(error, "a path");
        sbx_free(root);
    }
    sbx_free(path);
    return status;
}

sbx_status boundary_gather(const struct boundary_input *input, const struct root_guards *guards,
                           const struct host_place *workspace, const char *temp, bool reads_checked,
                           struct place_list *list, struct sbx_strings *notes, char **not_all,
                           struct sbx_error *error)
{
    struct gathering gathering = {.input = input,
                                  .guards = guards,
                                  .workspace = workspace->facts.path,
                                  .reads_checked = reads_checked,
                                  .list = list,
                                  .notes = notes,
                                  .not_all = not_all};
    const struct sbx_policy *policy = input->policy;
    struct followed followed = {0};
    sbx_status status = follow(temp, &followed, error);

    if (status)
        return status;
    gathering.temp = followed.path;
    status = add_written(&gathering, error);
    if (!status)
        status = check_ways(&gathering, "write", &policy->files.write, BOUNDARY_WRITE, error);
    if (!status)
        status = protect_source(&gathering, error); /* of the roots alone: they are what is in the list yet */
    if (!status)
        status = add_protected(&gathering, error);
    if (!status)
        status = add_read(&gathering, error);
    if (!status)
        status = check_ways(&gathering, "read", &policy->files.read, BOUNDARY_READ, error);
    if (!status)
        status = add_denied(&gathering, error);
    followed_free(&followed);
    sbx_free(gathering.home);
    return status;
}
