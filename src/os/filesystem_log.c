/*
 * filesystem_log.c - files of one holder: logs, and the marks of who lives.
 *
 * Both are opened with a right that they share with nobody, so the system itself keeps a second holder out and lets go when
 * the first one dies, however it dies. Indexers and virus scanners open what is new for a moment; so "held" is
 * only believed after a few tries.
 */
#include "os/filesystem.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/filesystem_native.h"
#include "os/random.h"

#include <string.h>
#include <wchar.h>

#define TRY_COUNT 5
#define TRY_MS    20

/* FileDispositionInfoEx, Windows 10 1607; the headers hide it from Windows 7 programs. */
#define DISPOSITION_EX_CLASS ((FILE_INFO_BY_HANDLE_CLASS)21)
#define DISPOSITION_DELETE   0x1
#define DISPOSITION_POSIX    0x2

struct log_file {
    HANDLE handle;
    char *path;
};

struct held_file {
    HANDLE handle;
};

/* Shared with nobody. INVALID_HANDLE_VALUE with the last error. */
static HANDLE open_alone(const WCHAR *wide, DWORD access, DWORD how, DWORD flags)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD system = ERROR_SHARING_VIOLATION;

    for (int i = 0; i < TRY_COUNT && system == ERROR_SHARING_VIOLATION; i++) {
        if (i)
            Sleep(TRY_MS);
        file = CreateFileW(wide, access, 0, NULL, how, FILE_ATTRIBUTE_NORMAL | flags, NULL);
        system = file == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
    }
    SetLastError(system);
    return file;
}

static sbx_status alone_error(struct sbx_error *error, DWORD system, const char *path)
{
    if (system == ERROR_SHARING_VIOLATION)
        return native_error_as(error, SBX_E_STATE, "CreateFile", system, "%s is in use by another session.",
                               path);
    return native_path_error(error, "CreateFile", system, path);
}

sbx_status log_open(const char *path, struct log_file **file, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;
    struct log_file *made;

    status = native_path(path, &wide, error);
    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (made)
        made->path = sbx_strdup(path);
    if (!made || !made->path) {
        status = error_memory(error, "a log");
        goto free_made;
    }
    made->handle = open_alone(wide, GENERIC_READ | GENERIC_WRITE | DELETE, OPEN_ALWAYS, 0);
    if (made->handle == INVALID_HANDLE_VALUE) {
        status = alone_error(error, GetLastError(), path);
        goto free_made;
    }
    *file = made;
    sbx_free(wide);
    return SBX_OK;

free_made:
    if (made)
        sbx_free(made->path);
    sbx_free(made);
    sbx_free(wide);
    return status;
}

void log_close(struct log_file *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
    sbx_free(file->path);
    sbx_free(file);
}

static sbx_status log_error(const struct log_file *file, const char *call, struct sbx_error *error)
{
    return native_path_error(error, call, GetLastError(), file->path);
}

sbx_status log_read(struct log_file *file, size_t most, char **bytes, size_t *size, struct sbx_error *error)
{
    LARGE_INTEGER start = {.QuadPart = 0};

    if (!SetFilePointerEx(file->handle, start, NULL, FILE_BEGIN))
        return log_error(file, "SetFilePointerEx", error);
    return native_read_whole(file->handle, file->path, most, bytes, size, error);
}

sbx_status log_append(struct log_file *file, const void *bytes, size_t size, struct sbx_error *error)
{
    LARGE_INTEGER end = {.QuadPart = 0};

    if (!SetFilePointerEx(file->handle, end, NULL, FILE_END))
        return log_error(file, "SetFilePointerEx", error);
    return native_write_all(file->handle, bytes, size, error);
}

sbx_status log_flush(struct log_file *file, struct sbx_error *error)
{
    return FlushFileBuffers(file->handle) ? SBX_OK : log_error(file, "FlushFileBuffers", error);
}

sbx_status log_cut(struct log_file *file, size_t size, struct sbx_error *error)
{
    LARGE_INTEGER length;
    LARGE_INTEGER wanted;

    if (!GetFileSizeEx(file->handle, &length))
        return log_error(file, "GetFileSizeEx", error);

    /* SetEndOfFile would make it longer, with bytes that nobody wrote. */
    if ((uint64_t)length.QuadPart < size)
        return error_set(error, SBX_E_ARGUMENT, "%s has %lld bytes and cannot be cut to %zu.", file->path,
                         (long long)length.QuadPart, size);
    wanted.QuadPart = (LONGLONG)size;
    if (!SetFilePointerEx(file->handle, wanted, NULL, FILE_BEGIN) || !SetEndOfFile(file->handle))
        return log_error(file, "SetEndOfFile", error);
    return log_flush(file, error);
}

/* To a random name in the same folder: the old name is free, though the file lives until its handle is closed. */
static sbx_status rename_away(struct log_file *file, struct sbx_error *error)
{
    sbx_status status;
    char random[2 * 16 + 1];
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    const char *name = strrchr(file->path, '\\');
    WCHAR *wide = NULL;
    FILE_RENAME_INFO *wanted;
    size_t size;

    if (!name)
        name = strrchr(file->path, '/');
    status = name ? random_hex(random, 16, error)
                  : error_set(error, SBX_E_ARGUMENT, "%s has no folder.", file->path);
    if (status)
        return status;
    buffer_append(&path, file->path, (size_t)(name - file->path));
    buffer_append_format(&path, "\\sbx-%s.tmp", random);
    status =
        buffer_failed(&path) ? error_memory(error, "a path") : native_path(buffer_text(&path), &wide, error);
    if (status)
        goto free_path;

    size = sizeof *wanted + wcslen(wide) * sizeof *wide;
    wanted = sbx_alloc(size);
    if (!wanted) {
        status = error_memory(error, "a path");
        goto free_wide;
    }
    wanted->FileNameLength = (DWORD)(wcslen(wide) * sizeof *wide);
    memcpy(wanted->FileName, wide, wanted->FileNameLength);
    if (!SetFileInformationByHandle(file->handle, FileRenameInfo, wanted, (DWORD)size))
        status = log_error(file, "SetFileInformationByHandle(FileRenameInfo)", error);
    sbx_free(wanted);

free_wide:
    sbx_free(wide);
free_path:
    buffer_free(&path);
    return status;
}

sbx_status log_delete(struct log_file *file, struct sbx_error *error)
{
    ULONG posix = DISPOSITION_DELETE | DISPOSITION_POSIX;
    FILE_DISPOSITION_INFO gone = {TRUE};
    sbx_status status;

    /* Since Windows 10 the name can go before the handle does; before that, and under Wine, it is given another one first. */
    if (SetFileInformationByHandle(file->handle, DISPOSITION_EX_CLASS, &posix, sizeof posix))
        return SBX_OK;
    status = rename_away(file, error);
    if (status)
        return status;
    if (!SetFileInformationByHandle(file->handle, FileDispositionInfo, &gone, sizeof gone))
        return log_error(file, "SetFileInformationByHandle(FileDispositionInfo)", error);
    return SBX_OK;
}

sbx_status held_open(const char *path, struct held_file **file, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;
    struct held_file *made;

    status = native_path(path, &wide, error);
    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made) {
        status = error_memory(error, "a mark");
        goto free_wide;
    }

    /* One that nobody holds is taken over. The system deletes it with the last handle, also when we are killed. */
    made->handle = open_alone(wide, GENERIC_WRITE | DELETE, OPEN_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE);
    if (made->handle == INVALID_HANDLE_VALUE) {
        status = alone_error(error, GetLastError(), path);
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

void held_close(struct held_file *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
    sbx_free(file);
}

bool held_is(const char *path)
{
    WCHAR *wide;
    HANDLE file;
    bool held;

    if (native_path(path, &wide, NULL))
        return false;
    file = open_alone(wide, GENERIC_WRITE | DELETE, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE);
    held = file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_SHARING_VIOLATION;
    sbx_free(wide);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return held;
}
