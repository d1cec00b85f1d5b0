/*
 * boundary_root.c - which folders may be a workspace or another root, and the SID that stands for one.
 */
#include "base/memory.h"
#include "core/boundary_private.h"
#include "core/excerpt.h"
#include "core/path.h"
#include "os/random.h"

#include <stdio.h>
#include <string.h>

#define CAPABILITY_AUTHORITY \
    1396856881u                 /* "SBX1": our own first sub-authority below the resource manager authority */
#define STATE_FOLDER   "sbxcom" /* below the user's local application data */
#define MOST_PATH_SIZE 32767
#define COUNT(array)   (sizeof(array) / sizeof(array)[0])

static sbx_status lineage_add(struct lineage *lineage, const struct file_facts *facts)
{
    struct folder_id *items = sbx_realloc(lineage->items, (lineage->count + 1) * sizeof *items);

    if (!items)
        return SBX_E_MEMORY;
    lineage->items = items;
    snprintf(items[lineage->count].volume, sizeof items->volume, "%s", facts->volume_id);
    snprintf(items[lineage->count].file, sizeof items->file, "%s", facts->file_id);
    lineage->count++;
    return SBX_OK;
}

bool path_go_up(char *path)
{
    char *separator = strrchr(path, '\\');

    if (!separator || !separator[1])
        return false;
    separator[separator == path + 2 ? 1 : 0] = '\0'; /* C:\x becomes C:\ */
    return true;
}

/* A folder above that cannot be examined is left out: the comparison of the texts stands for it. */
static sbx_status lineage_make(const struct file_facts *facts, struct lineage *lineage)
{
    struct lineage made = {NULL, 0};
    char *path = sbx_strdup(facts->path);
    sbx_status status = path ? lineage_add(&made, facts) : SBX_E_MEMORY;

    while (!status && path_go_up(path)) {
        struct file_facts above;

        status = file_examine(path, &above, NULL);
        if (!status) {
            status = lineage_add(&made, &above);
            file_facts_free(&above);
        } else if (status != SBX_E_MEMORY) {
            status = SBX_OK;
        }
    }
    sbx_free(path);
    if (status)
        sbx_free(made.items);
    else
        *lineage = made;
    return status;
}

static bool is_same(const struct folder_id *a, const struct folder_id *b)
{
    return *a->file && strcmp(a->file, b->file) == 0 && strcmp(a->volume, b->volume) == 0;
}

/* Is the first folder of `folder` somewhere in the other line? */
static bool is_among(const struct lineage *folder, const struct lineage *line)
{
    for (size_t i = 0; i < line->count; i++) {
        if (is_same(&folder->items[0], &line->items[i]))
            return true;
    }
    return false;
}

void host_place_free(struct host_place *place)
{
    file_facts_free(&place->facts);
    sbx_free(place->lineage.items);
    memset(place, 0, sizeof *place);
}

sbx_status host_place_examine(const char *path, struct host_place *place, struct sbx_error *error)
{
    sbx_status status = file_examine(path, &place->facts, error);

    if (status)
        return status;
    status = lineage_make(&place->facts, &place->lineage);
    if (status) {
        file_facts_free(&place->facts);
        return error_memory(error, "a path");
    }
    return SBX_OK;
}

bool host_place_holds(const struct host_place *outer, const struct host_place *inner)
{
    return path_holds(outer->facts.path, inner->facts.path) || is_among(&outer->lineage, &inner->lineage);
}

/* Where commands must not be given a whole folder. */
static const struct guard_rule {
    enum known_folder folder;
    const char *below; /* of that folder; NULL: itself */
    bool inside;       /* a root in it is refused, too */
    const char *what;  /* as the error calls it */
} guard_rules[] = {
    {FOLDER_WINDOWS, NULL, true, "the Windows folder"},
    {FOLDER_PROGRAM_FILES, NULL, true, "a folder of installed programs"},
    {FOLDER_PROGRAM_FILES_X86, NULL, true, "a folder of installed programs"},
    {FOLDER_PROGRAM_DATA, NULL, false, "the folder of all programs' data"},
    {FOLDER_PROFILE, NULL, false, "your profile folder"},
    {FOLDER_LOCAL_DATA, NULL, false, "your local application data"},
    {FOLDER_LOCAL_DATA, STATE_FOLDER, true, "the folder where sbxcom keeps its own state"},
};

struct root_guards {
    struct host_place places[COUNT(guard_rules)];
    bool present[COUNT(guard_rules)]; /* not every host has each */
    struct host_place program;
    bool has_program;
};

static sbx_status guard_examine(const struct guard_rule *rule, struct host_place *place,
                                struct sbx_error *error)
{
    char *folder = NULL;
    char *path;
    sbx_status status = folder_path(rule->folder, &folder, error);

    if (status)
        return status;
    path = rule->below ? path_absolute(folder, rule->below) : sbx_strdup(folder);
    sbx_free(folder);
    if (!path)
        return error_memory(error, "a path");
    status = host_place_examine(path, place, error);
    sbx_free(path);
    return status;
}

/* No root is judged as long as one of them cannot be seen, other than by not being there. */
sbx_status root_guards_make(const char *program_folder, struct root_guards **guards, struct sbx_error *error)
{
    struct sbx_error reason = {0};
    struct root_guards *made = sbx_alloc(sizeof *made);
    sbx_status status = SBX_OK;

    if (!made)
        return error_memory(error, "a boundary");
    for (size_t i = 0; i < COUNT(guard_rules) && !status; i++) {
        status = guard_examine(&guard_rules[i], &made->places[i], &reason);
        made->present[i] = status == SBX_OK;
        if (status == SBX_E_PATH_NOT_FOUND) {
            status = SBX_OK;
            memset(&reason, 0, sizeof reason);
        }
    }
    if (!status && program_folder) {
        status = host_place_examine(program_folder, &made->program, &reason);
        made->has_program = status == SBX_OK;
    }
    if (!status) {
        *guards = made;
        return SBX_OK;
    }
    root_guards_free(made);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "a boundary");
    return root_cannot(NULL, status, "judged", &reason, error);
}

void root_guards_free(struct root_guards *guards)
{
    if (!guards)
        return;
    for (size_t i = 0; i < COUNT(guard_rules); i++)
        host_place_free(&guards->places[i]);
    host_place_free(&guards->program);
    sbx_free(guards);
}

/* "The workspace C:\\x" or "/files/write/1: C:\\x": how an error begins. */
#define SUBJECT_SIZE (EXCERPT_SIZE + 64)

static const char *subject(char out[SUBJECT_SIZE], const struct root_question *question, const char *path)
{
    char start[EXCERPT_SIZE];

    snprintf(out, SUBJECT_SIZE, question->pointer ? "%s: %s" : "%s %s",
             question->pointer ? question->pointer : "The workspace", excerpt(start, path));
    return out;
}

sbx_status root_cannot(const struct root_question *question, sbx_status status, const char *what,
                       const struct sbx_error *reason, struct sbx_error *error)
{
    bool first = error && error->code == SBX_OK;

    if (question && question->pointer)
        error_set(error, status, "%s cannot be %s: %s", question->pointer, what, reason->text);
    else
        error_set(error, status, "The workspace cannot be %s: %s", what, reason->text);
    if (first) {
        error->system = reason->system;
        error->where = reason->where;
    }
    return status;
}

static sbx_status refuse(const struct root_question *question, const struct host_place *root,
                         const char *relation, const char *what, struct sbx_error *error)
{
    char start[SUBJECT_SIZE];
    const char *advice = "Choose a folder of your own for it, such as C:\\src\\app: commands may write "
                         "everything in the workspace.";

    if (question->pointer && question->right == BOUNDARY_WRITE)
        advice = "Name a folder of your own, or one in it: commands may write everything in a root.";
    else if (question->pointer)
        advice = "Name the folder that is needed itself: entries are written on everything in it. What all "
                 "users may read need not be named.";
    return error_set(error, SBX_E_WORKSPACE_REFUSED, "%s %s %s. %s",
                     subject(start, question, root->facts.path), relation, what, advice);
}

/* Beside your own profile lie the others': C:\Users\Public, C:\Users\somebody. */
static bool is_beside(const struct host_place *root, const struct host_place *profile)
{
    const struct lineage *a = &root->lineage;
    const struct lineage *b = &profile->lineage;

    /* Where profiles lie in a volume's root, everything lies beside them. */
    return a->count > 1 && b->count > 2 && is_same(&a->items[1], &b->items[1]);
}

static sbx_status keep_away(const struct root_question *question, const struct host_place *root,
                            const struct guard_rule *rule, const struct host_place *guarded,
                            struct sbx_error *error)
{
    bool holds = host_place_holds(root, guarded);
    bool inside = host_place_holds(guarded, root);

    if (holds)
        return refuse(question, root, inside ? "is" : "holds", rule->what, error);
    if (inside && rule->inside)
        return refuse(question, root, "lies in", rule->what, error);
    if (rule->folder == FOLDER_PROFILE && is_beside(root, guarded))
        return refuse(question, root, "is", "the profile folder of a user", error);
    return SBX_OK;
}

sbx_status root_check_text(const struct root_question *question, struct sbx_error *error)
{
    const char *written = question->written;
    const char *fault = path_fault(written);
    char start[SUBJECT_SIZE];

    subject(start, question, written);
    if (!*written)
        return error_set(error, SBX_E_ARGUMENT,
                         "%s is empty. Give the absolute path of a folder, such as C:\\src\\app.",
                         question->pointer ? question->pointer : "The workspace");
    if (strlen(written) > MOST_PATH_SIZE)
        return error_set(error, SBX_E_ARGUMENT, "%s is longer than any Windows path.", start);

    switch (path_form(written)) {
    case PATH_FORM_DRIVE:
        break;
    case PATH_FORM_RELATIVE:
        return error_set(error, SBX_E_ARGUMENT,
                         "%s is relative. Give the absolute path of a folder: the caller's current directory "
                         "is not the session's.",
                         start);
    case PATH_FORM_DRIVE_RELATIVE:
    case PATH_FORM_ROOTED:
        return error_set(error, SBX_E_ARGUMENT,
                         "%s depends on a current drive or directory. Give the absolute path of a folder.",
                         start);
    case PATH_FORM_NETWORK:
        return error_set(error, SBX_E_WORKSPACE_REFUSED,
                         "%s is on the network, where this computer's rules do not hold. Work on a copy in a "
                         "local folder.",
                         start);
    case PATH_FORM_DEVICE:
        return error_set(error, SBX_E_WORKSPACE_REFUSED,
                         "%s names a device. Give the folder's path with its drive letter.", start);
    }
    if (fault)
        return error_set(error, SBX_E_ARGUMENT, "%s %s.", start, fault);
    return SBX_OK;
}

sbx_status root_examine(const struct root_question *question, const char *path, struct host_place *root,
                        struct sbx_error *error)
{
    char start[SUBJECT_SIZE];
    struct sbx_error reason = {0};
    sbx_status status = host_place_examine(path, root, &reason);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "a path");
    if (status == SBX_E_PATH_NOT_FOUND)
        return error_set(error, status,
                         question->pointer
                             ? "%s does not exist. Create the folder first, correct the path, or take it out "
                               "of the list."
                             : "%s does not exist. Create the folder first, or correct the path.",
                         subject(start, question, question->written));
    return status ? root_cannot(question, status, "examined", &reason, error) : SBX_OK;
}

sbx_status root_judge(const struct root_guards *guards, const struct root_question *question,
                      const struct host_place *root, struct sbx_error *error)
{
    static const struct guard_rule own_programs = {FOLDER_PROGRAM_FILES, NULL, true,
                                                   "the folder of sbxcom's own programs"};
    const struct file_facts *facts = &root->facts;
    sbx_status status = SBX_OK;

    if (facts->kind == FILE_KIND_FILE && question->right == BOUNDARY_WRITE)
        return refuse(question, root, "is", "a file", error);
    if (facts->kind == FILE_KIND_OTHER)
        return refuse(question, root, "is", "no folder", error);
    if (facts->remote || path_form(facts->path) == PATH_FORM_NETWORK)
        return refuse(question, root, "is", "on the network, where this computer's rules do not hold", error);
    if (path_form(facts->path) != PATH_FORM_DRIVE)
        return refuse(question, root, "is", "on a volume without a drive letter", error);
    if (facts->volume_root)
        return refuse(question, root, "is", "the root of a volume", error);

    for (size_t i = 0; i < COUNT(guard_rules) && !status; i++) {
        if (guards->present[i])
            status = keep_away(question, root, &guard_rules[i], &guards->places[i], error);
    }
    /* To be read by commands does it no harm. */
    if (!status && guards->has_program && question->right == BOUNDARY_WRITE)
        status = keep_away(question, root, &own_programs, &guards->program, error);
    return status;
}

sbx_status boundary_workspace(const char *workspace, const char *user_sid, const char *program_folder,
                              char **final_path, char **capability_sid, struct sbx_error *error)
{
    const struct root_question question = {NULL, workspace, BOUNDARY_WRITE};
    struct root_guards *guards = NULL;
    struct host_place root = {0};
    char *path = NULL;
    sbx_status status = root_check_text(&question, error);

    if (status)
        return status;
    status = root_guards_make(program_folder, &guards, error);
    if (status)
        return status;
    path = path_absolute(workspace, workspace);
    status = path ? root_examine(&question, path, &root, error) : error_memory(error, "a path");
    sbx_free(path);
    if (status)
        goto free_guards;

    status = root_judge(guards, &question, &root, error);
    if (!status)
        status = boundary_capability_sid(user_sid, root.facts.volume_id, root.facts.file_id, capability_sid,
                                         error);
    if (!status) {
        *final_path = root.facts.path;
        root.facts.path = NULL;
    }
    host_place_free(&root);
free_guards:
    root_guards_free(guards);
    return status;
}

/* The digest of lines, so that no two lists of parts run together to the same bytes. */
static sbx_status sid_of(struct sbx_buffer *text, char **sid, struct sbx_error *error)
{
    struct sbx_buffer made = SBX_BUFFER_EMPTY;
    uint8_t digest[32];
    char *taken;
    sbx_status status = buffer_failed(text) ? error_memory(error, "a SID") : SBX_OK;

    if (!status)
        status = hash_sha256(text->data, text->size, digest, error);
    buffer_free(text);
    if (status)
        return status;

    buffer_append_format(&made, "S-1-9-%lu", (unsigned long)CAPABILITY_AUTHORITY);
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *part = digest + 4 * i;

        buffer_append_format(
            &made, "-%lu",
            (unsigned long)((uint32_t)part[0] << 24 | (uint32_t)part[1] << 16 | part[2] << 8 | part[3]));
    }
    taken = buffer_take(&made, NULL);
    if (!taken)
        return error_memory(error, "a SID");
    *sid = taken;
    return SBX_OK;
}

sbx_status boundary_capability_sid(const char *user_sid, const char *volume_id, const char *file_id,
                                   char **sid, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_format(&text, "sbxcom capability 1\n%s\n%s\n%s\n", user_sid, volume_id, file_id);
    return sid_of(&text, sid, error);
}

sbx_status boundary_root_sid(const char *user_sid, const struct boundary_place *workspace,
                             const struct boundary_place *root, char **sid, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_format(&text, "sbxcom capability 2\n%s\n%s\n%s\n%s\n%s\n", user_sid, workspace->volume_id,
                         workspace->file_id, root->volume_id, root->file_id);
    return sid_of(&text, sid, error);
}
