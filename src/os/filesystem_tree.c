/*
 * filesystem_tree.c - deleting a folder with all that a command may have left in it.
 *
 * What is in there was made by code that nobody trusts, so nothing is followed: a link or a junction is taken away itself.
 * Each folder on the way is held open, by a handle that lets nobody delete or rename it and that was asked whether it
 * is a real folder; so a name below it cannot lead elsewhere between the look and the act.
 *
 * Wine opens what a Unix link leads to, whatever the flags say, and deletes that (measured with 8.0: RemoveDirectory and
 * DeleteFile take the target away and leave the link). So whatever is to go is opened first, asked where it really
 * is, and deleted by that handle. There a link is left, and its folder with it; on Windows it goes.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/native.h"

#include <string.h>
#include <wchar.h>

#define LIST_SIZE  (16 * 1024)
#define MOST_UNITS 32767
#define LOOK_FLAGS (FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)

/* A folder on the way from the top to where we are; on the heap, because a command may nest thousands. */
struct level {
    struct level *up;
    HANDLE folder;
    WCHAR *place;      /* where it really is, from the device on */
    size_t name_end;   /* of the folder's own path, in units */
    DWORD at;          /* offset of the next entry in `list` */
    bool listed, more; /* the list was begun; it holds entries */
    uint64_t list[LIST_SIZE / sizeof(uint64_t)];
};

struct walk {
    WCHAR path[MOST_UNITS + 1];
    size_t length;
    struct level *level;
    DWORD failure; /* the first one */
};

static void note(struct walk *walk, DWORD system)
{
    if (!walk->failure)
        walk->failure = system;
}

/* The device's form needs no drive letter. NULL with the failure noted. Freed with sbx_free. */
static WCHAR *place_of(struct walk *walk, HANDLE file)
{
    DWORD size = GetFinalPathNameByHandleW(file, NULL, 0, FILE_NAME_NORMALIZED | VOLUME_NAME_NT);
    WCHAR *place;

    if (!size) {
        note(walk, GetLastError());
        return NULL;
    }
    place = sbx_alloc_array((size_t)size + 1, sizeof *place);
    if (!place) {
        note(walk, ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (!GetFinalPathNameByHandleW(file, place, size + 1, FILE_NAME_NORMALIZED | VOLUME_NAME_NT)) {
        note(walk, GetLastError());
        sbx_free(place);
        return NULL;
    }
    return place;
}

/* Is `place` that of the last part of walk->path in the folder `level`? Of a top folder nobody knows better. */
static bool is_below(const struct walk *walk, const struct level *level, const WCHAR *place)
{
    size_t size;
    const WCHAR *name;

    if (!level)
        return true;
    size = wcslen(level->place);
    name = walk->path + level->name_end + 1;
    return !wcsncmp(place, level->place, size) && place[size] == L'\\' &&
           CompareStringOrdinal(place + size + 1, -1, name, -1, TRUE) == CSTR_EQUAL;
}

/* The folder at walk->path, held; NULL when it is none (a file, a link), cannot be opened or there is no memory. */
static struct level *enter(struct walk *walk)
{
    BY_HANDLE_FILE_INFORMATION information;
    struct level *level = sbx_alloc(sizeof *level);

    if (!level) {
        note(walk, ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    level->folder = CreateFileW(walk->path, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, LOOK_FLAGS, NULL);
    if (level->folder == INVALID_HANDLE_VALUE) {
        note(walk, GetLastError());
        goto free_level;
    }
    if (!GetFileInformationByHandle(level->folder, &information) ||
        !(information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
        (information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) ||
        (GetFileAttributesW(walk->path) & FILE_ATTRIBUTE_REPARSE_POINT)) {
        note(walk, ERROR_DIRECTORY);
        goto close_folder;
    }
    level->place = place_of(walk, level->folder);
    if (!level->place)
        goto close_folder;
    if (!is_below(walk, walk->level, level->place)) {
        note(walk, ERROR_DIRECTORY);
        goto free_place;
    }
    level->up = walk->level;
    level->name_end = walk->length;
    return level;

free_place:
    sbx_free(level->place);
close_folder:
    CloseHandle(level->folder);
free_level:
    sbx_free(level);
    return NULL;
}

/* The next name in the folder, NULL at its end. */
static const FILE_ID_BOTH_DIR_INFO *next_entry(struct walk *walk, struct level *level)
{
    const FILE_ID_BOTH_DIR_INFO *entry;

    if (!level->more) {
        if (!GetFileInformationByHandleEx(
                level->folder, level->listed ? FileIdBothDirectoryInfo : FileIdBothDirectoryRestartInfo,
                level->list, sizeof level->list)) {
            if (GetLastError() != ERROR_NO_MORE_FILES)
                note(walk, GetLastError());
            return NULL;
        }
        level->listed = level->more = true;
        level->at = 0;
    }
    entry = (const FILE_ID_BOTH_DIR_INFO *)((const uint8_t *)level->list + level->at);
    level->at += entry->NextEntryOffset;
    level->more = entry->NextEntryOffset != 0;
    return entry;
}

static bool append_name(struct walk *walk, const struct level *level, const FILE_ID_BOTH_DIR_INFO *entry)
{
    size_t units = entry->FileNameLength / sizeof(WCHAR);

    if (level->name_end + 1 + units > MOST_UNITS) {
        note(walk, ERROR_FILENAME_EXCED_RANGE);
        return false;
    }
    walk->path[level->name_end] = L'\\';
    memcpy(walk->path + level->name_end + 1, entry->FileName, entry->FileNameLength);
    walk->length = level->name_end + 1 + units;
    walk->path[walk->length] = 0;
    return true;
}

static bool is_dots(const FILE_ID_BOTH_DIR_INFO *entry)
{
    size_t units = entry->FileNameLength / sizeof(WCHAR);

    return (units == 1 || units == 2) && entry->FileName[0] == L'.' && entry->FileName[units - 1] == L'.';
}

/* What the handle names, which is asked to go. A file that is read-only does not, until it is no more. */
static BOOL dispose(HANDLE file)
{
    FILE_DISPOSITION_INFO gone = {TRUE};
    FILE_BASIC_INFO plain;

    if (SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone))
        return TRUE;
    memset(&plain, 0, sizeof plain);
    plain.FileAttributes = FILE_ATTRIBUTE_NORMAL;
    return SetFileInformationByHandle(file, FileBasicInfo, &plain, sizeof plain) &&
           SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone);
}

/* What is at walk->path, itself, if it is in the folder `level` indeed. */
static void remove_at_path(struct walk *walk, const struct level *level)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    WCHAR *place;
    HANDLE file = CreateFileW(walk->path, DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, share, NULL,
                              OPEN_EXISTING, LOOK_FLAGS, NULL);

    if (file == INVALID_HANDLE_VALUE)
        file = CreateFileW(walk->path, DELETE | FILE_READ_ATTRIBUTES, share, NULL, OPEN_EXISTING, LOOK_FLAGS,
                           NULL);
    if (file == INVALID_HANDLE_VALUE) {
        note(walk, GetLastError());
        return;
    }
    place = place_of(walk, file);
    if (place && !is_below(walk, level, place))
        note(walk, ERROR_DIRECTORY);
    else if (place && !dispose(file))
        note(walk, GetLastError());
    sbx_free(place);
    CloseHandle(file);
}

static void leave(struct walk *walk)
{
    struct level *level = walk->level;

    walk->level = level->up;
    walk->length = level->name_end;
    walk->path[walk->length] = 0;
    CloseHandle(level->folder);
    sbx_free(level->place);
    sbx_free(level);
    remove_at_path(walk, walk->level);
}

static void walk_down(struct walk *walk)
{
    while (walk->level) {
        const FILE_ID_BOTH_DIR_INFO *entry = next_entry(walk, walk->level);
        struct level *below;

        if (!entry) {
            leave(walk);
            continue;
        }
        if (is_dots(entry) || !append_name(walk, walk->level, entry))
            continue;
        if (!(entry->FileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
            (entry->FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)) {
            remove_at_path(walk, walk->level);
            continue;
        }
        below = enter(walk);
        if (below)
            walk->level = below;
    }
}

sbx_status folder_delete_tree(const char *path, struct sbx_error *error)
{
    WCHAR *wide;
    struct walk *walk;
    sbx_status status = native_path(path, &wide, error);

    if (status)
        return status;
    walk = sbx_alloc(sizeof *walk);
    if (!walk) {
        status = error_memory(error, "a folder to be deleted");
        goto free_wide;
    }
    walk->length = wcslen(wide);
    while (walk->length > 1 && wide[walk->length - 1] == L'\\')
        walk->length--;
    if (walk->length > MOST_UNITS) {
        status = error_set(error, SBX_E_LIMIT, "The path of a folder to be deleted is too long: %s.", path);
        goto free_walk;
    }
    memcpy(walk->path, wide, walk->length * sizeof *wide);

    walk->level = enter(walk);
    walk_down(walk);
    if (walk->failure == ERROR_NOT_ENOUGH_MEMORY)
        status = error_memory(error, "a folder to be deleted");
    else if (walk->failure)
        status = native_path_error(error, "Deleting a folder", walk->failure, path);

free_walk:
    sbx_free(walk);
free_wide:
    sbx_free(wide);
    return status;
}
