/*
 * filesystem_list.c - the names in a folder.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/filesystem_native.h"

#include <stdlib.h>
#include <string.h>

#define LIST_SIZE (64 * 1024)

/* A list that grows by halves: a folder may have a hundred thousand names, and strings_append copies all each time. */
struct name_list {
    struct sbx_strings names;
    size_t capacity;
};

static bool append_name(struct name_list *list, const WCHAR *units, size_t unit_count)
{
    char *name;

    if (list->names.count == list->capacity) {
        size_t capacity = list->capacity + list->capacity / 2 + 16;
        char **items = sbx_realloc(list->names.items, capacity * sizeof *items);

        if (!items)
            return false;
        list->names.items = items;
        list->capacity = capacity;
    }
    if (text_from_utf16(units, unit_count, &name, NULL))
        return false;
    list->names.items[list->names.count++] = name;
    return true;
}

static bool is_dots(const WCHAR *units, size_t unit_count)
{
    return (unit_count == 1 || unit_count == 2) && units[0] == L'.' && units[unit_count - 1] == L'.';
}

static bool is_folder(DWORD attributes)
{
    return attributes & FILE_ATTRIBUTE_DIRECTORY && !(attributes & FILE_ATTRIBUTE_REPARSE_POINT);
}

/* One call's worth of entries. False without memory. `folders` may be the same list. */
static bool append_entries(struct name_list *list, struct name_list *folders, const void *bytes)
{
    const FILE_ID_BOTH_DIR_INFO *entry = bytes;

    for (;;) {
        size_t unit_count = entry->FileNameLength / sizeof *entry->FileName;

        if (!is_dots(entry->FileName, unit_count) &&
            !append_name(is_folder(entry->FileAttributes) ? folders : list, entry->FileName, unit_count))
            return false;
        if (!entry->NextEntryOffset)
            return true;
        entry = (const FILE_ID_BOTH_DIR_INFO *)((const uint8_t *)entry + entry->NextEntryOffset);
    }
}

sbx_status native_list_names(HANDLE folder, const char *path, struct sbx_strings *names,
                             struct sbx_strings *folders, struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    struct name_list list = {{NULL, 0}, 0};
    struct name_list apart = {{NULL, 0}, 0};
    void *bytes = sbx_alloc(LIST_SIZE);
    DWORD system;

    if (!bytes)
        return error_memory(error, "a folder's list");
    while (!status && GetFileInformationByHandleEx(folder, FileIdBothDirectoryInfo, bytes, LIST_SIZE))
        status = append_entries(&list, folders ? &apart : &list, bytes)
                     ? SBX_OK
                     : error_memory(error, "a folder's list");
    system = GetLastError();
    sbx_free(bytes);

    /* The root of an empty volume has not even dots: "no such file" at the first call. */
    if (!status && system != ERROR_NO_MORE_FILES && system != ERROR_FILE_NOT_FOUND)
        status = native_error_as(error, SBX_E_SYSTEM, "GetFileInformationByHandleEx", system,
                                 "Listing %s failed with error %lu.", path, (unsigned long)system);
    if (status) {
        strings_free(&list.names);
        strings_free(&apart.names);
        return status;
    }
    *names = list.names;
    if (folders)
        *folders = apart.names;
    return SBX_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

sbx_status folder_list(const char *path, struct sbx_strings *names, struct sbx_error *error)
{
    sbx_status status;
    struct sbx_strings found = {NULL, 0};
    WCHAR *wide;
    HANDLE folder;

    status = native_path(path, &wide, error);
    if (status)
        return status;
    folder = CreateFileW(wide, FILE_LIST_DIRECTORY | SYNCHRONIZE,
                         FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                         FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (folder == INVALID_HANDLE_VALUE) {
        status = native_path_error(error, "CreateFile", GetLastError(), path);
        goto free_wide;
    }
    status = native_list_names(folder, path, &found, NULL, error);
    CloseHandle(folder);
    if (status)
        goto free_wide;

    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, compare_names);
    *names = found;

free_wide:
    sbx_free(wide);
    return status;
}
