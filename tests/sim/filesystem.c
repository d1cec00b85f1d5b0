/*
 * filesystem.c - os/filesystem.h of the simulation: looking, reading, making and deleting. Logs and marks are
 * in filesystem_log.c, append files in filesystem_append.c.
 */
#include "os/filesystem.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "sim/access.h"
#include "sim/fault.h"
#include "sim/open.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

sbx_status sim_leads_off(const char *path, struct sbx_error *error)
{
    return error_set(error, SBX_E_WORKSPACE_REFUSED, "%s goes over a link, which leads to another computer.",
                     path);
}

/* Enters the call and finds what the path leads to; SBX_E_PATH_NOT_FOUND where there is nothing. */
static sbx_status enter_and_find(const char *call, const char *path, enum sim_follow follow,
                                 struct sim_place *place, struct sbx_error *error)
{
    sbx_status status = sim_enter(call, error);

    if (status)
        return status;
    *place = sim_walk(path, follow);
    if (place->leads_off)
        return sim_leads_off(path, error);
    if (!place->file)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is nothing at %s.", path);
    return SBX_OK;
}

sbx_status file_examine(const char *path, struct file_facts *facts, struct sbx_error *error)
{
    struct sim_place place;
    const struct sim_name *name;
    char *true_path, *text;
    sbx_status status = enter_and_find("GetFinalPathNameByHandle", path, SIM_FOLLOW_LINK, &place, error);

    if (status)
        return status;
    name = place.through_link || place.name->file != place.file ? place.file->name : place.name;
    status = sim_allow("CreateFile", place.file, name->folder, SIM_READ_ATTRIBUTES, error);
    if (status)
        return status;
    true_path = sim_path_of(name);
    text = sbx_strdup(true_path);
    free(true_path);
    if (!text)
        return error_memory(error, "a path");

    memset(facts, 0, sizeof *facts);
    facts->path = text;
    facts->kind = place.file->kind;
    facts->reparse = place.through_link;
    facts->remote = place.file->volume->remote;
    facts->keeps_acls = place.file->volume->keeps_acls;
    facts->volume_root = !name->folder;
    memcpy(facts->volume_id, place.file->volume_id, sizeof facts->volume_id);
    memcpy(facts->file_id, place.file->file_id, sizeof facts->file_id);
    return SBX_OK;
}

void file_facts_free(struct file_facts *facts)
{
    sbx_free(facts->path);
    memset(facts, 0, sizeof *facts);
}

sbx_status folder_hold(const char *path, sbx_handle *folder, char **final_path, struct sbx_error *error)
{
    struct file_facts facts;
    sbx_status status = file_examine(path, &facts, error);

    if (status)
        return status;
    if (facts.kind != FILE_KIND_DIRECTORY) {
        file_facts_free(&facts);
        return error_set(error, SBX_E_PATH_NOT_FOUND, "%s is no folder.", path);
    }
    *folder = sim_handle_make(sim_object_make(SIM_FOLDER), SIM_OWN_PROCESS);
    *final_path = facts.path;
    return SBX_OK;
}

bool file_is_program(const char *path)
{
    struct sim_file *file = sim_walk(path, SIM_FOLLOW_LINK).file;

    return file && file->kind == FILE_KIND_FILE;
}

sbx_status folder_path(enum known_folder folder, char **path, struct sbx_error *error)
{
    static const char *const paths[] = {
        [FOLDER_SYSTEM] = "C:\\Windows\\System32",    [FOLDER_WINDOWS] = "C:\\Windows",
        [FOLDER_PROFILE] = "C:\\Users\\me",           [FOLDER_LOCAL_DATA] = "C:\\Users\\me\\AppData\\Local",
        [FOLDER_PROGRAM_FILES] = "C:\\Program Files", [FOLDER_PROGRAM_FILES_X86] = "C:\\Program Files (x86)",
        [FOLDER_PROGRAM_DATA] = "C:\\ProgramData",
    };
    sbx_status status = sim_enter("SHGetKnownFolderPath", error);
    char *copy;

    if (status)
        return status;
    copy = sbx_strdup(paths[folder]);
    if (!copy)
        return error_memory(error, "a path");
    *path = copy;
    return SBX_OK;
}

sbx_status drive_list(struct sbx_strings *roots, struct sbx_error *error)
{
    struct sbx_strings made = {NULL, 0};
    sbx_status status = sim_enter("GetLogicalDrives", error);

    for (char letter = 'A'; letter <= 'Z' && !status; letter++) {
        char root[] = {letter, ':', '\\', '\0'};
        struct sim_place place = sim_find(root, SIM_LOOK_AT_LINK);

        if (place.file && place.file->name && !place.file->name->folder && !place.file->volume->remote &&
            strings_append(&made, root))
            status = error_memory(error, "a list of drives");
    }
    if (status)
        strings_free(&made);
    else
        *roots = made;
    return status;
}

bool file_drive_is_disk(const char *path)
{
    char root[] = {path[0], ':', '\\', '\0'};
    struct sim_place place;

    if (!path[0] || path[1] != ':')
        return false;
    place = sim_find(root, SIM_LOOK_AT_LINK); /* of SUBST: what it stands for, which has another name */
    return place.file && place.file->name == place.name && !place.file->volume->remote;
}

sbx_status file_read_all(const char *path, size_t most, char **bytes, size_t *size, struct sbx_error *error)
{
    struct sim_place place;
    char *copy;
    sbx_status status = enter_and_find("CreateFile", path, SIM_FOLLOW_LINK, &place, error);

    if (!status)
        status = sim_allow("CreateFile", place.file, place.folder, SIM_GENERIC_READ_FILE, error);
    if (status)
        return status;
    if (place.file->kind != FILE_KIND_FILE)
        return error_system(error, "CreateFile", SIM_ERROR_ACCESS_DENIED);
    if (sim_is_open(place.file, true))
        return error_system(error, "CreateFile", SIM_ERROR_SHARING_VIOLATION);
    if (place.file->size > most)
        return error_set(error, SBX_E_LIMIT, "%s is larger than %zu bytes.", path, most);
    copy = sbx_strndup((const char *)place.file->bytes, place.file->size);
    if (!copy)
        return error_memory(error, "a file");
    *bytes = copy;
    *size = place.file->size;
    return SBX_OK;
}

/* Making. */

/* `descriptor`: the new one's own, NULL: what it inherits. */
static sbx_status make_with(const char *call, const struct sim_place *place, enum file_kind kind,
                            const struct sim_bytes *descriptor, struct sim_file **file,
                            struct sbx_error *error)
{
    sbx_status status = sim_allow(call, place->folder, NULL,
                                  kind == FILE_KIND_DIRECTORY ? SIM_ADD_SUBDIRECTORY : SIM_ADD_FILE, error);

    if (!status)
        status = sim_change(call, error);
    if (status)
        return status;
    *file = sim_file_make(place->folder, place->last, place->last_size, kind);
    if (descriptor)
        sim_file_set_descriptor(*file, descriptor->data, descriptor->size);
    return sim_changed(call, error);
}

static sbx_status make(const char *call, const struct sim_place *place, enum file_kind kind,
                       struct sim_file **file, struct sbx_error *error)
{
    return make_with(call, place, kind, NULL, file, error);
}

static sbx_status make_folder(const char *path, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateDirectory", error);
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);
    struct sim_file *made;

    if (status)
        return status;
    if (place.file && place.file->kind == FILE_KIND_DIRECTORY)
        return SBX_OK;
    if (place.file)
        return error_system(error, "CreateDirectory", SIM_ERROR_ALREADY_EXISTS);
    if (!place.folder)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "A folder above %s is missing.", path);
    return make("CreateDirectory", &place, FILE_KIND_DIRECTORY, &made, error);
}

sbx_status folder_create(const char *path, struct sbx_error *error)
{
    size_t size = sim_root_size(path);
    sbx_status status = SBX_OK;

    if (!size)
        return error_set(error, SBX_E_ARGUMENT, "%s is no absolute path.", path);
    if (sim_find(path, SIM_FOLLOW_LINK).file)
        return make_folder(path, error);
    while (path[size] && !status) {
        char *part = sim_duplicate(path);

        size++;
        while (path[size] && !sim_is_separator(path[size]))
            size++;
        part[size] = '\0';
        if (!path[size] || !sim_find(part, SIM_FOLLOW_LINK).file)
            status = make_folder(part, error);
        free(part);
    }
    return status;
}

static sbx_status write_new(struct sim_open *open, const void *bytes, size_t size, struct sbx_error *error)
{
    sbx_status status = sim_enter("WriteFile", error);
    size_t fits;

    if (!status)
        status = sim_change("WriteFile", error);
    if (status)
        return status;
    fits = sim_take_disk(size);
    sim_file_append(open->file, bytes, fits);
    if (fits < size)
        return error_system(error, "WriteFile", SIM_ERROR_DISK_FULL);
    return sim_changed("WriteFile", error);
}

/* Two changes, as in Windows: the name, then what is in it, which is not flushed. */
sbx_status file_create(const char *path, const void *bytes, size_t size, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);
    struct sim_file *file;
    struct sim_open *open;

    if (status)
        return status;
    if (place.name)
        return error_system(error, "CreateFile", SIM_ERROR_FILE_EXISTS);
    if (!place.folder)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "A folder above %s is missing.", path);
    status = make("CreateFile", &place, FILE_KIND_FILE, &file, error);
    if (status)
        return status;
    open = sim_open_make(file, file->name, SIM_GENERIC_WRITE_FILE);
    open->alone = true;
    if (size)
        status = write_new(open, bytes, size, error);
    if (status && open->name && !sim_power_is_off())
        sim_name_remove(open->name);
    sim_open_close(open);
    return status;
}

/*
 * Written, flushed, renamed: changes of their own. The new file is the caller's to take away again on a
 * failure.
 */
static sbx_status replace_with(struct sim_open *open, const char *path, const void *bytes, size_t size,
                               struct sbx_error *error)
{
    sbx_status status = write_new(open, bytes, size, error);
    struct sim_place place;

    if (!status)
        status = sim_enter("FlushFileBuffers", error);
    if (!status)
        status = sim_change("FlushFileBuffers", error);
    if (status)
        return status;
    open->file->flushed_size = open->file->size;
    status = sim_changed("FlushFileBuffers", error);
    if (!status)
        status = sim_enter("MoveFileEx", error);
    if (status)
        return status;
    place = sim_find(path, SIM_LOOK_AT_LINK);
    if (!place.folder || !open->name)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "A folder above %s is missing.", path);
    if (place.file && (place.file->kind != FILE_KIND_FILE || place.file->read_only))
        return error_system(error, "MoveFileEx", SIM_ERROR_ACCESS_DENIED);
    if (place.file && sim_is_open(place.file, true))
        return error_system(error, "MoveFileEx", SIM_ERROR_SHARING_VIOLATION);
    status = place.file ? sim_allow("MoveFileEx", place.file, place.folder, SIM_DELETE, error) : SBX_OK;
    if (!status)
        status = sim_change("MoveFileEx", error);
    if (status)
        return status;
    if (place.name)
        sim_name_remove(place.name);
    sim_name_move(open->name, place.folder, place.last, place.last_size);
    open->name = NULL; /* it stays */
    return sim_changed("MoveFileEx", error);
}

sbx_status sim_replace(const char *path, const struct sim_bytes *descriptor, const void *bytes, size_t size,
                       struct sbx_error *error)
{
    static unsigned number;
    sbx_status status = sim_enter("CreateFile", error);
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);
    struct sim_file *file;
    struct sim_open *open;
    char *beside;

    if (status)
        return status;
    if (place.file && place.file->kind == FILE_KIND_DIRECTORY)
        return error_set(error, SBX_E_ARGUMENT, "%s is a folder.", path);
    if (!place.folder)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "A folder above %s is missing.", path);
    beside = sim_allocate(place.last_size + 32);
    snprintf(beside, place.last_size + 32, "%.*s.%016x.new", (int)place.last_size, place.last, number++);
    place.last = beside;
    place.last_size = strlen(beside);
    status = make_with("CreateFile", &place, FILE_KIND_FILE, descriptor, &file, error);
    free(beside);
    if (status)
        return status;
    open = sim_open_make(file, file->name, SIM_GENERIC_WRITE_FILE);
    open->alone = true;
    status = replace_with(open, path, bytes, size, error);
    if (status && open->name && !sim_power_is_off())
        sim_name_remove(open->name);
    sim_open_close(open);
    return status;
}

sbx_status file_save(const char *path, const void *bytes, size_t size, struct sbx_error *error)
{
    struct sim_place place = sim_walk(path, SIM_LOOK_AT_LINK);

    if (place.over_link)
        return error_set(error, SBX_E_WORKSPACE_REFUSED, "%s goes over a link.", path);
    return file_replace(path, bytes, size, error);
}

sbx_status file_replace(const char *path, const void *bytes, size_t size, struct sbx_error *error)
{
    return sim_replace(path, NULL, bytes, size, error);
}

/* Deleting. */

static sbx_status remove_name(const char *call, struct sim_name *name, struct sbx_error *error)
{
    sbx_status status = sim_allow(call, name->file, name->folder, SIM_DELETE, error);

    if (status)
        return status;
    if (name->file->read_only)
        return error_system(error, call, SIM_ERROR_ACCESS_DENIED);
    if (sim_is_open(name->file, true))
        return error_system(error, call, SIM_ERROR_SHARING_VIOLATION);
    if (name->file->children)
        return error_system(error, call, SIM_ERROR_DIR_NOT_EMPTY);
    status = sim_change(call, error);
    if (status)
        return status;
    sim_name_remove(name);
    return sim_changed(call, error);
}

sbx_status file_delete(const char *path, struct sbx_error *error)
{
    struct sim_place place;
    sbx_status status = enter_and_find("DeleteFile", path, SIM_LOOK_AT_LINK, &place, error);

    if (!status && place.file->kind == FILE_KIND_DIRECTORY)
        status = error_system(error, "DeleteFile", SIM_ERROR_ACCESS_DENIED);
    return status ? status : remove_name("DeleteFile", place.name, error);
}

sbx_status folder_delete(const char *path, struct sbx_error *error)
{
    struct sim_place place;
    sbx_status status = enter_and_find("RemoveDirectory", path, SIM_LOOK_AT_LINK, &place, error);

    if (!status && place.file->kind != FILE_KIND_DIRECTORY)
        status = error_system(error, "RemoveDirectory", SIM_ERROR_DIRECTORY);
    return status ? status : remove_name("RemoveDirectory", place.name, error);
}

/* The first name in the folder behind this one ("": the first of all). */
static const struct sim_name *name_after(const struct sim_file *folder, const char *text)
{
    const struct sim_name *name = folder->children;

    while (name && strcmp(name->text, text) <= 0)
        name = name->next;
    return name;
}

/* Somebody else may act at every call: what was found before it is looked up again. */
static sbx_status delete_all(struct sim_file *folder, const char *text, struct sbx_error *error);

static sbx_status delete_children(struct sim_file *folder, struct sbx_error *error)
{
    char *last = sim_duplicate("");
    sbx_status first = SBX_OK;

    for (const struct sim_name *name; (name = name_after(folder, last)) != NULL;) {
        sbx_status status;

        free(last);
        last = sim_duplicate(name->text);
        status = delete_all(folder, last, error);
        first = first ? first : status;
    }
    free(last);
    return first;
}

static sbx_status delete_all(struct sim_file *folder, const char *text, struct sbx_error *error)
{
    sbx_status status = sim_enter("NtSetInformationFile", error);
    struct sim_name *name = sim_child(folder, text, strlen(text));
    struct sim_file *file = name ? name->file : NULL;

    if (status || !name)
        return status;
    sim_file_hold(file);
    if (!file->link && file->kind == FILE_KIND_DIRECTORY) {
        status = sim_allow("CreateFile", file, folder, SIM_LIST, error);
        if (!status)
            status = delete_children(file, error);
    }
    name = sim_child(folder, text, strlen(text));
    if (!status && name && name->file == file) {
        file->read_only = false;
        status = remove_name("NtSetInformationFile", name, error);
    }
    sim_file_release(file);
    return status;
}

sbx_status folder_delete_tree(const char *path, struct sbx_error *error)
{
    struct sim_place place;
    sbx_status status = enter_and_find("CreateFile", path, SIM_LOOK_AT_LINK, &place, error);

    if (status)
        return status;
    if (place.file->link)
        return error_set(error, SBX_E_ARGUMENT, "%s is a link.", path);
    if (place.file->kind != FILE_KIND_DIRECTORY)
        return error_system(error, "CreateFile", SIM_ERROR_DIRECTORY);
    if (!place.folder)
        return error_system(error, "CreateFile", SIM_ERROR_ACCESS_DENIED);
    sim_file_hold(place.folder);
    status = delete_all(place.folder, place.name->text, error);
    sim_file_release(place.folder);
    return status;
}

sbx_status folder_list(const char *path, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    struct sim_place place;
    sbx_status status = enter_and_find("FindFirstFile", path, SIM_FOLLOW_LINK, &place, error);

    if (!status && place.file->kind != FILE_KIND_DIRECTORY)
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "%s is no folder.", path);
    if (!status)
        status = sim_allow("FindFirstFile", place.file, place.folder, SIM_LIST, error);
    if (status)
        return status;
    for (const struct sim_name *name = place.file->children; name && !status; name = name->next)
        status = strings_append(&found, name->text);
    if (status) {
        strings_free(&found);
        return error_memory(error, "names");
    }
    *names = found;
    return SBX_OK;
}
