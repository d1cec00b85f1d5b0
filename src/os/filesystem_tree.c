/*
 * filesystem_tree.c - deleting a folder with all that a command may have left in it.
 *
 * What is in there was made by code that nobody trusts, so nothing is followed: a link or a junction is taken away itself.
 * Each folder on the way is held open, by a handle that lets nobody delete or rename it and that was asked whether it
 * is a real folder; so a name below it cannot lead elsewhere between the look and the act.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/native.h"

#include <string.h>
#include <wchar.h>

#define LIST_SIZE  (16 * 1024)
#define MOST_UNITS 32767

/* A folder on the way from the top to where we are; on the heap, because a command may nest thousands. */
struct level {
    struct level *up;
    HANDLE folder;
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
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (level->folder == INVALID_HANDLE_VALUE) {
        note(walk, GetLastError());
        goto free_level;
    }
    if (!GetFileInformationByHandle(level->folder, &information) ||
        !(information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
        (information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)) {
        note(walk, ERROR_DIRECTORY);
        goto close_folder;
    }
    level->up = walk->level;
    level->name_end = walk->length;
    return level;

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

/* Not followed by either call: both open the link itself. */
static void remove_at_path(struct walk *walk, DWORD attributes)
{
    BOOL(WINAPI * remove_it)
    (LPCWSTR) = attributes & FILE_ATTRIBUTE_DIRECTORY ? RemoveDirectoryW : DeleteFileW;

    if (remove_it(walk->path))
        return;
    if (GetLastError() == ERROR_ACCESS_DENIED && (attributes & FILE_ATTRIBUTE_READONLY)) {
        SetFileAttributesW(walk->path, FILE_ATTRIBUTE_NORMAL);
        if (remove_it(walk->path))
            return;
    }
    note(walk, GetLastError());
}

static void leave(struct walk *walk)
{
    struct level *level = walk->level;

    walk->level = level->up;
    walk->length = level->name_end;
    walk->path[walk->length] = 0;
    CloseHandle(level->folder);
    sbx_free(level);
    remove_at_path(walk, FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_READONLY);
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
            remove_at_path(walk, entry->FileAttributes);
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
    if (walk->failure)
        status = native_path_error(error, "Deleting a folder", walk->failure, path);

free_walk:
    sbx_free(walk);
free_wide:
    sbx_free(wide);
    return status;
}
