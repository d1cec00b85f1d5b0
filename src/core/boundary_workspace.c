/*
 * boundary_workspace.c - which folders may be a workspace, and the SID that stands for one.
 */
#include "core/boundary.h"
#include "base/memory.h"
#include "core/excerpt.h"
#include "core/path.h"
#include "os/filesystem.h"
#include "os/random.h"

#include <stdio.h>
#include <string.h>

#define CAPABILITY_AUTHORITY \
    1396856881u                 /* "SBX1": our own first sub-authority below the resource manager authority */
#define STATE_FOLDER   "sbxcom" /* below the user's local application data */
#define MOST_PATH_SIZE 32767
#define COUNT(array)   (sizeof(array) / sizeof(array)[0])

/* The name of a folder and of everything above it, by what the host calls them, nearest first. */
struct lineage {
    struct folder_id {
        char volume[40];
        char file[40];
    } * items;
    size_t count;
};

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

/* Cuts the last name off a final path; false at a root. */
static bool go_up(char *path)
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

    while (!status && go_up(path)) {
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

/* A folder with its final path and line: the workspace, or one that it must keep away from. */
struct place {
    struct file_facts facts;
    struct lineage lineage;
};

static void place_free(struct place *place)
{
    file_facts_free(&place->facts);
    sbx_free(place->lineage.items);
}

static sbx_status place_examine(const char *path, struct place *place, struct sbx_error *error)
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

/* Is `inner` the place itself or below it? By the texts and by what the host calls them: either is enough. */
static bool place_holds(const struct place *outer, const struct place *inner)
{
    return path_holds(outer->facts.path, inner->facts.path) || is_among(&outer->lineage, &inner->lineage);
}

/* Where commands must not be given a whole folder to write. */
static const struct guarded {
    enum known_folder folder;
    const char *below; /* of that folder; NULL: itself */
    bool inside;       /* a workspace in it is refused, too */
    const char *what;  /* as the error calls it */
} guarded[] = {
    {FOLDER_WINDOWS, NULL, true, "the Windows folder"},
    {FOLDER_PROGRAM_FILES, NULL, true, "a folder of installed programs"},
    {FOLDER_PROGRAM_FILES_X86, NULL, true, "a folder of installed programs"},
    {FOLDER_PROGRAM_DATA, NULL, false, "the folder of all programs' data"},
    {FOLDER_PROFILE, NULL, false, "your profile folder"},
    {FOLDER_LOCAL_DATA, NULL, false, "your local application data"},
    {FOLDER_LOCAL_DATA, STATE_FOLDER, true, "the folder where sbxcom keeps its own state"},
};

/* A failure of the host while something about the workspace was to be found out. */
static sbx_status cannot(sbx_status status, const char *what, const struct sbx_error *reason,
                         struct sbx_error *error)
{
    bool first = error && error->code == SBX_OK;

    error_set(error, status, "The workspace cannot be %s: %s", what, reason->text);
    if (first) {
        error->system = reason->system;
        error->where = reason->where;
    }
    return status;
}

static sbx_status refuse(const struct place *workspace, const char *relation, const char *what,
                         struct sbx_error *error)
{
    char start[EXCERPT_SIZE];

    return error_set(error, SBX_E_WORKSPACE_REFUSED,
                     "The workspace %s %s %s. Choose a folder of your own for it, such as C:\\src\\app: "
                     "commands may write everything in the workspace.",
                     excerpt(start, workspace->facts.path), relation, what);
}

/* The place of a guarded folder. SBX_E_PATH_NOT_FOUND where this host has none. */
static sbx_status guarded_examine(const struct guarded *guard, struct place *place, struct sbx_error *error)
{
    char *folder = NULL;
    char *path;
    sbx_status status = folder_path(guard->folder, &folder, error);

    if (status)
        return status;
    path = guard->below ? path_absolute(folder, guard->below) : sbx_strdup(folder);
    sbx_free(folder);
    if (!path)
        return error_memory(error, "a path");
    status = place_examine(path, place, error);
    sbx_free(path);
    return status;
}

/* Beside your own profile lie the others': C:\Users\Public, C:\Users\somebody. */
static bool is_beside(const struct place *workspace, const struct place *profile)
{
    const struct lineage *a = &workspace->lineage;
    const struct lineage *b = &profile->lineage;

    /* Where profiles lie in a volume's root, everything lies beside them. */
    return a->count > 1 && b->count > 2 && is_same(&a->items[1], &b->items[1]);
}

static sbx_status keep_away(const struct place *workspace, const struct guarded *guard,
                            struct sbx_error *error)
{
    struct place place = {0};
    struct sbx_error reason = {0};
    bool holds, inside;
    sbx_status status = guarded_examine(guard, &place, &reason);

    if (status == SBX_E_PATH_NOT_FOUND)
        return SBX_OK;
    if (status)
        return cannot(status, "judged", &reason, error);

    holds = place_holds(workspace, &place);
    inside = place_holds(&place, workspace);
    if (holds)
        status = refuse(workspace, inside ? "is" : "holds", guard->what, error);
    else if (inside && guard->inside)
        status = refuse(workspace, "lies in", guard->what, error);
    else if (guard->folder == FOLDER_PROFILE && is_beside(workspace, &place))
        status = refuse(workspace, "is", "the profile folder of a user", error);
    place_free(&place);
    return status;
}

/* What can be said of the text alone; nothing is opened for what is refused here, no server asked. */
static sbx_status check_text(const char *workspace, struct sbx_error *error)
{
    const char *fault = path_fault(workspace);
    char start[EXCERPT_SIZE];

    if (!*workspace)
        return error_set(error, SBX_E_ARGUMENT,
                         "The workspace is empty. Give the absolute path of a folder, such as C:\\src\\app.");
    excerpt(start, workspace);
    if (strlen(workspace) > MOST_PATH_SIZE)
        return error_set(error, SBX_E_ARGUMENT, "The workspace %s is longer than any Windows path.", start);

    switch (path_form(workspace)) {
    case PATH_FORM_DRIVE:
        break;
    case PATH_FORM_RELATIVE:
        return error_set(error, SBX_E_ARGUMENT,
                         "The workspace %s is relative. Give the absolute path of a folder: the caller's "
                         "current directory is not the session's.",
                         start);
    case PATH_FORM_DRIVE_RELATIVE:
    case PATH_FORM_ROOTED:
        return error_set(
            error, SBX_E_ARGUMENT,
            "The workspace %s depends on a current drive or directory. Give the absolute path of a folder.",
            start);
    case PATH_FORM_NETWORK:
        return error_set(error, SBX_E_WORKSPACE_REFUSED,
                         "The workspace %s is on the network, where this computer's rules do not hold. Work "
                         "on a copy in a local folder.",
                         start);
    case PATH_FORM_DEVICE:
        return error_set(error, SBX_E_WORKSPACE_REFUSED,
                         "The workspace %s names a device. Give the folder's path with its drive letter.",
                         start);
    }
    if (fault)
        return error_set(error, SBX_E_ARGUMENT, "The workspace %s %s.", start, fault);
    return SBX_OK;
}

static sbx_status examine_workspace(const char *workspace, struct place *place, struct sbx_error *error)
{
    char start[EXCERPT_SIZE];
    struct sbx_error reason = {0};
    char *path = path_absolute(workspace, workspace);
    sbx_status status = path ? place_examine(path, place, &reason) : SBX_E_MEMORY;

    sbx_free(path);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "a path");
    if (status == SBX_E_PATH_NOT_FOUND)
        return error_set(error, status,
                         "The workspace %s does not exist. Create the folder first, or correct the path.",
                         excerpt(start, workspace));
    return status ? cannot(status, "examined", &reason, error) : SBX_OK;
}

static sbx_status judge(const struct place *workspace, struct sbx_error *error)
{
    const struct file_facts *facts = &workspace->facts;
    sbx_status status = SBX_OK;

    if (facts->kind == FILE_KIND_FILE)
        return refuse(workspace, "is", "a file", error);
    if (facts->kind != FILE_KIND_DIRECTORY)
        return refuse(workspace, "is", "no folder", error);
    if (facts->remote || path_form(facts->path) == PATH_FORM_NETWORK)
        return refuse(workspace, "is", "on the network, where this computer's rules do not hold", error);
    if (path_form(facts->path) != PATH_FORM_DRIVE)
        return refuse(workspace, "is", "on a volume without a drive letter", error);
    if (facts->volume_root)
        return refuse(workspace, "is", "the root of a volume", error);

    for (size_t i = 0; i < COUNT(guarded) && !status; i++)
        status = keep_away(workspace, &guarded[i], error);
    return status;
}

sbx_status boundary_workspace(const char *workspace, char **final_path, char **capability_sid,
                              const char *user_sid, struct sbx_error *error)
{
    struct place place = {0};
    sbx_status status = check_text(workspace, error);

    if (status)
        return status;
    status = examine_workspace(workspace, &place, error);
    if (status)
        return status;
    status = judge(&place, error);
    if (!status)
        status = boundary_capability_sid(user_sid, place.facts.volume_id, place.facts.file_id, capability_sid,
                                         error);
    if (!status) {
        *final_path = place.facts.path;
        place.facts.path = NULL;
    }
    place_free(&place);
    return status;
}

sbx_status boundary_capability_sid(const char *user_sid, const char *volume_id, const char *file_id,
                                   char **sid, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    uint8_t digest[32];
    char *made;
    sbx_status status;

    /* A line each, so that no two triples run together to the same bytes. */
    buffer_append_format(&text, "sbxcom capability 1\n%s\n%s\n%s\n", user_sid, volume_id, file_id);
    if (buffer_failed(&text))
        return error_memory(error, "a SID");
    status = hash_sha256(text.data, text.size, digest, error);
    buffer_free(&text);
    if (status)
        return status;

    buffer_append_format(&text, "S-1-9-%lu", (unsigned long)CAPABILITY_AUTHORITY);
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *part = digest + 4 * i;

        buffer_append_format(
            &text, "-%lu",
            (unsigned long)((uint32_t)part[0] << 24 | (uint32_t)part[1] << 16 | part[2] << 8 | part[3]));
    }
    made = buffer_take(&text, NULL);
    if (!made)
        return error_memory(error, "a SID");
    *sid = made;
    return SBX_OK;
}
