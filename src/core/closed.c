/*
 * closed.c - system folders that sandbox accounts may not write.
 */
#include "core/closed.h"
#include "base/memory.h"
#include "core/apply_principals.h"
#include "core/path.h"
#include "core/plan.h"
#include "core/setup.h"
#include "os/acl.h"
#include "os/identity.h"
#include "os/registry.h"

#include <string.h>

#define OTHER_TYPE 1630 /* ERROR_UNSUPPORTED_TYPE */
#define NO_ID      "0"  /* of a folder that was not there */

/* What a value says: "volume file sid sid sid". */
struct record {
    char volume_id[40], file_id[40];
    struct sid sids[SETUP_GROUP_COUNT];
    size_t sid_count;
};

static char *key_of(const char *user_sid)
{
    struct sbx_buffer key = SBX_BUFFER_EMPTY;
    char *text;

    buffer_append_format(&key, "%s\\%s", CLOSED_KEY, user_sid);
    text = buffer_take(&key, NULL);
    buffer_free(&key);
    return text;
}

/* Records. */

/* The next of the words that blanks part; false: there is none, or it is too long. */
static bool next_word(const char **text, char *word, size_t size)
{
    size_t length = strcspn(*text, " ");

    if (!length || length >= size)
        return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length + ((*text)[length] == ' ');
    return true;
}

static bool parse_record(const char *text, struct record *record)
{
    char word[SID_TEXT_SIZE];

    memset(record, 0, sizeof *record);
    if (!next_word(&text, record->volume_id, sizeof record->volume_id) ||
        !next_word(&text, record->file_id, sizeof record->file_id))
        return false;
    while (*text && record->sid_count < SETUP_GROUP_COUNT)
        if (!next_word(&text, word, sizeof word) || sid_parse(word, &record->sids[record->sid_count++], NULL))
            return false;
    return !*text && record->sid_count;
}

static void write_record(const struct record *record, struct sbx_buffer *text)
{
    buffer_append_format(text, "%s %s", record->volume_id, record->file_id);
    for (size_t i = 0; i < record->sid_count; i++) {
        buffer_append_text(text, " ");
        sid_write_text(&record->sids[i], text);
    }
}

/* *there false: none, or what no version of ours wrote. */
static sbx_status find_record(const struct step *step, struct record *record, bool *there,
                              struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *key = key_of(step->named.of);
    char *text = NULL;
    sbx_status status;

    *there = false;
    if (!key)
        return error_memory(error, "a key");
    status = registry_read_text(key, step->named.name, &text, &met);
    sbx_free(key);
    if (status == SBX_E_PATH_NOT_FOUND || (status == SBX_E_SYSTEM && met.system == OTHER_TYPE))
        return SBX_OK;
    if (status) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    *there = parse_record(text, record);
    sbx_free(text);
    return SBX_OK;
}

static sbx_status delete_record(const struct step *step, struct sbx_error *error)
{
    char *key = key_of(step->named.of);
    sbx_status status =
        key ? registry_delete(key, step->named.name, "SOFTWARE", error) : error_memory(error, "a key");

    sbx_free(key);
    return status;
}

static sbx_status keep_record(const struct step *step, const struct record *record, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char *key = key_of(step->named.of);
    sbx_status status = SBX_OK;

    write_record(record, &text);
    if (!key || buffer_failed(&text))
        status = error_memory(error, "a key");
    if (!status)
        status = registry_write_text(key, step->named.name, buffer_text(&text), error);
    buffer_free(&text);
    sbx_free(key);
    return status;
}

static bool records_equal(const struct record *a, const struct record *b)
{
    if (strcmp(a->volume_id, b->volume_id) || strcmp(a->file_id, b->file_id) || a->sid_count != b->sid_count)
        return false;
    for (size_t i = 0; i < a->sid_count; i++)
        if (!sid_equal(&a->sids[i], &b->sids[i]))
            return false;
    return true;
}

/* What is there now. */

/* Of the groups that there are; `all`: SBX_E_SETUP_FAILED where one is missing. */
static sbx_status find_groups(const char *user_sid, bool all, struct record *record, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    record->sid_count = 0;
    for (int i = 0; i < SETUP_GROUP_COUNT && !status; i++) {
        char *name = setup_group_name(user_sid, (enum setup_group)i);
        char *sid = NULL;

        status = name ? sid_of_group(name, &sid, error) : error_memory(error, "a group's name");
        if (!status && all)
            status = needed(status, sid, name, error);
        if (!status && sid)
            status = sid_parse(sid, &record->sids[record->sid_count++], error);
        sbx_free(sid);
        sbx_free(name);
    }
    return status;
}

static sbx_status find_folder(const char *path, struct record *record, bool *there, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct acl_object *object;
    struct acl_facts facts;
    sbx_status status = absent_is_fine(acl_open(path, ACL_LOOK, &object, &met), &met, there, error);

    memcpy(record->volume_id, NO_ID, sizeof NO_ID);
    memcpy(record->file_id, NO_ID, sizeof NO_ID);
    if (status || !*there)
        return status;
    status = acl_examine(object, &facts, error);
    acl_close(object);
    if (status)
        return status;
    if (facts.kind != FILE_KIND_DIRECTORY || facts.reparse)
        return error_set(
            error, SBX_E_SETUP_FAILED,
            "%s is to be closed to sandbox accounts and is no folder any more, but a %s. Take it "
            "away, or set up with another list.",
            path, facts.reparse ? "link" : "file");
    memcpy(record->volume_id, facts.volume_id, sizeof record->volume_id);
    memcpy(record->file_id, facts.file_id, sizeof record->file_id);
    return SBX_OK;
}

/* Lent: what the record and the path say, as a step on files. */
struct entries {
    struct step_files files;
    struct ace aces[SETUP_GROUP_COUNT];
};

static void make_entries(const char *path, const struct record *record, struct entries *entries)
{
    uint8_t flags = path_is_drive_root(path) ? 0 : ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT;

    memset(entries, 0, sizeof *entries);
    for (size_t i = 0; i < record->sid_count; i++)
        entries->aces[i] = (struct ace){ACE_DENY, flags, PLAN_MASK_PROTECT, record->sids[i]};
    entries->files.path = (char *)(uintptr_t)path;
    memcpy(entries->files.volume_id, record->volume_id, sizeof record->volume_id);
    memcpy(entries->files.file_id, record->file_id, sizeof record->file_id);
    entries->files.folder = true;
    entries->files.entries = entries->aces;
    entries->files.entry_count = record->sid_count;
}

static sbx_status take_out(const struct apply *apply, const char *path, const struct record *record,
                           struct tree_outcome *outcome, struct sbx_error *error)
{
    struct entries entries;

    if (!record->sid_count || !strcmp(record->file_id, NO_ID))
        return SBX_OK;
    make_entries(path, record, &entries);
    return tree_revoke(&entries.files, !path_is_drive_root(path), apply->control, outcome, error);
}

/* Deeds. */

sbx_status closed_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    const char *path = step->named.name;
    struct record wanted = {0}, found = {0};
    struct entries entries;
    bool there = false, recorded = false;
    sbx_status status = find_groups(step->named.of, true, &wanted, error);

    if (!status)
        status = find_folder(path, &wanted, &there, error);
    if (!status)
        status = find_record(step, &found, &recorded, error);
    /* Another folder, or other groups: theirs are found by this record alone, and it is about to go. */
    if (!status && recorded && !records_equal(&found, &wanted))
        status = take_out(apply, path, &found, outcome, error);
    if (!status && (!recorded || !records_equal(&found, &wanted))) {
        status = delete_record(step, error); /* one of another type is not written over */
        if (!status)
            status = keep_record(step, &wanted, error);
    }
    if (status || !there)
        return status;
    make_entries(path, &wanted, &entries);
    return tree_grant(&entries.files, !path_is_drive_root(path), apply->control, outcome, error);
}

sbx_status closed_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct record wanted = {0}, found = {0};
    struct entries entries;
    bool there = false, recorded = false, held = true;
    sbx_status status = find_groups(step->named.of, true, &wanted, error);

    if (!status)
        status = find_folder(step->named.name, &wanted, &there, error);
    if (!status)
        status = find_record(step, &found, &recorded, error);
    if (!status && there) {
        make_entries(step->named.name, &wanted, &entries);
        status = tree_holds(&entries.files, &held, error);
    }
    if (!status)
        *holds = held && recorded && (!there || records_equal(&found, &wanted));
    return status;
}

sbx_status closed_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                       struct sbx_error *error)
{
    struct record record = {0};
    bool there = false, recorded = false;
    sbx_status status = find_record(step, &record, &recorded, error);

    if (!status && !recorded) { /* lost: what can still be told */
        status = find_groups(step->named.of, false, &record, error);
        if (!status)
            status = find_folder(step->named.name, &record, &there, error);
        if (status == SBX_E_SETUP_FAILED) { /* no folder: nothing of ours is on it */
            record.sid_count = 0;
            if (error)
                error->code = SBX_OK;
            status = SBX_OK;
        }
    }
    if (!status)
        status = take_out(apply, step->named.name, &record, outcome, error);
    return status ? status : delete_record(step, error);
}

/* Lists. */

static sbx_status add_if_there(struct sbx_strings *folders, const char *path, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct file_facts facts;
    sbx_status status = file_examine(path, &facts, &met);

    if (status == SBX_E_PATH_NOT_FOUND)
        return SBX_OK;
    if (status) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    if (facts.kind == FILE_KIND_DIRECTORY && facts.keeps_acls && strings_append(folders, facts.path))
        status = error_memory(error, "a list of folders");
    file_facts_free(&facts);
    return status;
}

sbx_status closed_usual(struct sbx_strings *folders, struct sbx_error *error)
{
    struct sbx_strings made = {NULL, 0};
    char root[] = "C:\\";
    char *windows = NULL, *data = NULL, *temp = NULL;
    sbx_status status = folder_path(FOLDER_WINDOWS, &windows, error);

    if (!status)
        status = folder_path(FOLDER_PROGRAM_DATA, &data, error);
    if (!status && !(temp = path_join(windows, "Temp")))
        status = error_memory(error, "a path");
    if (!status) {
        root[0] = windows[0];
        status = add_if_there(&made, root, error);
    }
    if (!status)
        status = add_if_there(&made, data, error);
    if (!status)
        status = add_if_there(&made, temp, error);
    sbx_free(temp);
    sbx_free(data);
    sbx_free(windows);
    if (status)
        strings_free(&made);
    else
        *folders = made;
    return status;
}

/* What holds the profiles, or lies in there: workspaces lie in there. The profiles' folder is the one above the caller's own. */
static sbx_status holds_profiles(const char *path, bool *holds, struct sbx_error *error)
{
    char *profile = NULL, *last;
    sbx_status status = folder_path(FOLDER_PROFILE, &profile, error);

    if (status)
        return status;
    *holds = path_holds(path, profile);
    last = strrchr(profile, '\\');
    if (last && last > profile + 2) {
        *last = '\0';
        *holds = *holds || path_holds(path, profile) || path_holds(profile, path);
    }
    sbx_free(profile);
    return SBX_OK;
}

sbx_status closed_check(const char *folder, char **final, struct sbx_error *error)
{
    struct file_facts facts;
    const char *fault = NULL;
    bool profiles = false;
    sbx_status status;

    if (path_form(folder) != PATH_FORM_DRIVE)
        return error_set(
            error, SBX_E_ARGUMENT,
            "%s cannot be closed to sandbox accounts: name a folder by its whole path, as C:\\tools.",
            folder);
    status = file_examine(folder, &facts, error);
    if (status)
        return status;
    if (facts.kind != FILE_KIND_DIRECTORY)
        fault = "is no folder";
    else if (facts.remote)
        fault = "is on another computer";
    else if (!facts.keeps_acls)
        fault = "is on a volume without access control lists";
    else if (!path_is_drive_root(facts.path)) {
        status = holds_profiles(facts.path, &profiles, error);
        if (profiles)
            fault = "holds users' folders or lies in them, and workspaces do, too";
    }
    if (!status && fault)
        status = error_set(error, SBX_E_ARGUMENT, "%s cannot be closed to sandbox accounts: it %s.",
                           facts.path, fault);
    if (!status && !(* final = sbx_strdup(facts.path)))
        status = error_memory(error, "a path");
    file_facts_free(&facts);
    return status;
}

sbx_status closed_read(const char *user_sid, struct sbx_strings *folders, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings found = {NULL, 0};
    char *key = key_of(user_sid);
    bool there;
    sbx_status status = key ? absent_is_fine(registry_list(key, &found, &met), &met, &there, error)
                            : error_memory(error, "a key");

    sbx_free(key);
    if (!status)
        *folders = found;
    return status;
}

sbx_status closed_check_boundary(const char *user_sid, const struct boundary *boundary,
                                 struct sbx_error *error)
{
    struct sbx_strings folders = {NULL, 0};
    sbx_status status = closed_read(user_sid, &folders, error);

    for (size_t i = 0; i < folders.count && !status; i++) {
        const char *folder = folders.items[i];

        for (size_t n = 0; n < boundary->place_count && !status && !path_is_drive_root(folder); n++) {
            const struct boundary_place *place = &boundary->places[n];

            if (place->right == BOUNDARY_WRITE && path_holds(folder, place->path))
                status = error_set(
                    error, SBX_E_WORKSPACE_REFUSED,
                    "%s lies in %s, which set-up closes to sandbox accounts: what is in it could "
                    "not be written. Use another folder, or have the list of closed folders changed "
                    "(sbxsetup provision --close).",
                    place->path, folder);
        }
    }
    strings_free(&folders);
    return status;
}
