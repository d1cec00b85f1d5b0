/*
 * filesystem_files.c - the few files we keep ourselves.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/filesystem_native.h"
#include "os/native.h"
#include "os/random.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define PART_SIZE 0x40000000u /* one call takes a 32-bit size */

sbx_status native_read_whole(HANDLE file, const char *path, size_t most, char **bytes, size_t *size,
                             struct sbx_error *error)
{
    sbx_status status;
    LARGE_INTEGER length;
    char *made;
    size_t at = 0;

    if (!GetFileSizeEx(file, &length))
        return native_path_error(error, "GetFileSizeEx", GetLastError(), path);
    if ((uint64_t)length.QuadPart > most)
        return error_set(error, SBX_E_LIMIT, "%s has %lld bytes, more than the %zu that are taken.", path,
                         (long long)length.QuadPart, most);

    made = sbx_alloc((size_t)length.QuadPart + 1);
    if (!made)
        return error_memory(error, "a file's content");

    /* A file that shrinks meanwhile is shorter, one that grows is read as far as it was. */
    while (at < (size_t)length.QuadPart) {
        size_t left = (size_t)length.QuadPart - at;
        DWORD got;

        if (!ReadFile(file, made + at, left < PART_SIZE ? (DWORD)left : PART_SIZE, &got, NULL)) {
            status = native_path_error(error, "ReadFile", GetLastError(), path);
            goto free_made;
        }
        if (!got)
            break;
        at += got;
    }
    made[at] = '\0';
    *bytes = made;
    *size = at;
    return SBX_OK;

free_made:
    sbx_free(made);
    return status;
}

static bool is_folder(const WCHAR *wide)
{
    DWORD attributes = GetFileAttributesW(wide);

    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

/*
 * The walk opened a placeholder itself, whose content comes only to who opens it without FILE_OPEN_REPARSE_POINT. By its handle,
 * so that it is the same file. *file is another handle then.
 */
static sbx_status open_content(HANDLE *file, const char *path, struct sbx_error *error)
{
    FILE_BASIC_INFO basic;
    HANDLE content;

    if (!GetFileInformationByHandleEx(*file, FileBasicInfo, &basic, sizeof basic))
        return native_path_error(error, "GetFileInformationByHandleEx", GetLastError(), path);
    if (!(basic.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
        return SBX_OK;
    content = ReOpenFile(*file, GENERIC_READ, SHARE_ALL, 0);
    if (content == INVALID_HANDLE_VALUE)
        return native_path_error(error, "ReOpenFile", GetLastError(), path);
    CloseHandle(*file);
    *file = content;
    return SBX_OK;
}

sbx_status file_read_all(const char *path, size_t most, char **bytes, size_t *size, struct sbx_error *error)
{
    static const struct native_walk read = {GENERIC_READ | SYNCHRONIZE, SHARE_ALL, FILE_NON_DIRECTORY_FILE,
                                            NATIVE_LOCAL_LINKS};
    HANDLE file;
    bool reparse;
    sbx_status status = native_walk_open(path, &read, &file, &reparse, error);

    if (status)
        return status;
    status = open_content(&file, path, error);
    if (!status)
        status = native_read_whole(file, path, most, bytes, size, error);
    CloseHandle(file);
    return status;
}

/*
 * Makes the folder that ends at `end`, after its parents. The text is cut for each call and put together again. Whether
 * a folder is there is asked after the attempt, not before: two sessions may make the same one.
 */
static DWORD create_up_to(WCHAR *wide, size_t end)
{
    WCHAR cut = wide[end];
    DWORD system = ERROR_SUCCESS;
    size_t parent = end;

    wide[end] = 0;
    if (!CreateDirectoryW(wide, NULL))
        system = GetLastError();
    if (system == ERROR_PATH_NOT_FOUND) {
        while (parent && wide[parent - 1] != L'\\')
            parent--;
        if (parent > 1) {
            system = create_up_to(wide, parent - 1);
            if (!system && !CreateDirectoryW(wide, NULL))
                system = GetLastError();
        }
    }
    if (system && is_folder(wide)) /* 183, or 5 for the root of a volume */
        system = ERROR_SUCCESS;
    wide[end] = cut;
    return system;
}

sbx_status folder_create(const char *path, struct sbx_error *error)
{
    WCHAR *wide;
    size_t end;
    DWORD system;
    sbx_status status = native_path(path, &wide, error);

    if (status)
        return status;
    end = wcslen(wide);
    while (end > 1 && wide[end - 1] == L'\\')
        end--;
    system = create_up_to(wide, end);
    sbx_free(wide);
    return system ? native_path_error(error, "CreateDirectory", system, path) : SBX_OK;
}

static sbx_status delete_with(BOOL(WINAPI *delete_it)(LPCWSTR), const char *call, const char *path,
                              struct sbx_error *error)
{
    WCHAR *wide;
    sbx_status status = native_path(path, &wide, error);

    if (status)
        return status;
    if (!delete_it(wide))
        status = native_path_error(error, call, GetLastError(), path);
    sbx_free(wide);
    return status;
}

sbx_status file_delete(const char *path, struct sbx_error *error)
{
    return delete_with(DeleteFileW, "DeleteFile", path, error);
}

sbx_status folder_delete(const char *path, struct sbx_error *error)
{
    return delete_with(RemoveDirectoryW, "RemoveDirectory", path, error);
}

sbx_status native_write_all(HANDLE file, const void *bytes, size_t size, struct sbx_error *error)
{
    const uint8_t *at = bytes;

    while (size) {
        DWORD written;

        if (!WriteFile(file, at, size < PART_SIZE ? (DWORD)size : PART_SIZE, &written, NULL))
            return native_error(error, "WriteFile");
        if (!written)
            return error_system(error, "WriteFile", ERROR_HANDLE_DISK_FULL);
        at += written;
        size -= written;
    }
    return SBX_OK;
}

sbx_status file_create(const char *path, const void *bytes, size_t size, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;
    HANDLE file;

    status = native_path(path, &wide, error);
    if (status)
        return status;
    file = CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        status = native_path_error(error, "CreateFile", GetLastError(), path);
        goto free_wide;
    }
    status = native_write_all(file, bytes, size, error);
    CloseHandle(file);
    if (status)
        DeleteFileW(wide); /* ours: it was not there before */

free_wide:
    sbx_free(wide);
    return status;
}

/* A new file beside `wide`, in its folder. The caller closes the handle and frees the name. */
static sbx_status create_beside(const WCHAR *wide, const char *path, SECURITY_ATTRIBUTES *security,
                                WCHAR **name, HANDLE *file, struct sbx_error *error)
{
    size_t length = wcslen(wide);
    WCHAR *made = sbx_alloc_array(length + 32, sizeof *made);
    char mark[17];
    sbx_status status;

    if (!made)
        return error_memory(error, "a path");
    status = random_hex(mark, 8, error);
    if (status)
        goto free_made;
    memcpy(made, wide, length * sizeof *made);
    _snwprintf(made + length, 32, L".%hs.new", mark);
    *file =
        CreateFileW(made, GENERIC_WRITE | READ_CONTROL, 0, security, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (*file == INVALID_HANDLE_VALUE) {
        status = native_path_error(error, "CreateFile", GetLastError(), path);
        goto free_made;
    }
    *name = made;
    return SBX_OK;

free_made:
    sbx_free(made);
    return status;
}

sbx_status native_replace(const char *path, const void *bytes, size_t size, SECURITY_ATTRIBUTES *security,
                          native_file_check check, void *context, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;
    WCHAR *name = NULL;
    HANDLE file;

    status = native_path(path, &wide, error);
    if (status)
        return status;
    if (is_folder(wide)) {
        status = error_set(error, SBX_E_ARGUMENT, "%s is a folder. Name the file itself.", path);
        goto free_wide;
    }
    status = create_beside(wide, path, security, &name, &file, error);
    if (status)
        goto free_wide;

    status = check ? check(file, context, error) : SBX_OK;
    if (!status)
        status = native_write_all(file, bytes, size, error);
    if (!status && !FlushFileBuffers(file))
        status = native_error(error, "FlushFileBuffers");
    CloseHandle(file);
    if (!status && !MoveFileExW(name, wide, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        status = native_path_error(error, "MoveFileEx", GetLastError(), path);
    if (status)
        DeleteFileW(name);
    sbx_free(name);

free_wide:
    sbx_free(wide);
    return status;
}

sbx_status file_replace(const char *path, const void *bytes, size_t size, struct sbx_error *error)
{
    return native_replace(path, bytes, size, NULL, NULL, NULL, error);
}

struct append_file {
    HANDLE handle;
};

sbx_status file_append_open(const char *path, struct append_file **file, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;
    struct append_file *made;

    status = native_path(path, &wide, error);
    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made) {
        status = error_memory(error, "a file");
        goto free_wide;
    }

    /*
     * FILE_APPEND_DATA without FILE_WRITE_DATA: every write goes to the end, whatever its position says. So two may
     * have it open, as the engines of one session do while one takes over from the other.
     */
    made->handle = CreateFileW(wide, FILE_APPEND_DATA | SYNCHRONIZE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                               OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (made->handle == INVALID_HANDLE_VALUE) {
        status = native_path_error(error, "CreateFile", GetLastError(), path);
        goto free_made;
    }
    *file = made;
    goto free_wide;

free_made:
    sbx_free(made);
free_wide:
    sbx_free(wide);
    return status;
}

sbx_status file_append(struct append_file *file, const void *bytes, size_t size, struct sbx_error *error)
{
    DWORD written;

    if (size > PART_SIZE)
        return error_set(error, SBX_E_LIMIT, "%zu bytes are too many for one append.", size);
    if (!WriteFile(file->handle, bytes, (DWORD)size, &written, NULL))
        return native_error(error, "WriteFile");
    if (written != size)
        return error_system(error, "WriteFile", ERROR_HANDLE_DISK_FULL);
    return SBX_OK;
}

void file_append_close(struct append_file *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
    sbx_free(file);
}
