/*
 * filesystem_save.c - a file that a client names, written where its path says and nowhere else.
 *
 * The path may lead through a workspace, where commands put links as they like. So the folder is opened without following one, and
 * the file is made, and given its name, by the folder's handle: whatever is swapped meanwhile, it is this folder.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/filesystem_native.h"
#include "os/random.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <winternl.h>

#define MARK_SIZE   sizeof ".0123456789abcdef.new"
#define NEW_ACCESS  (GENERIC_WRITE | DELETE | SYNCHRONIZE)
#define NEW_OPTIONS (FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_REPARSE_POINT)

typedef LONG(NTAPI *create_file)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *,
                                 LARGE_INTEGER *, ULONG, ULONG, ULONG, ULONG, void *, ULONG);
typedef ULONG(NTAPI *status_to_error)(LONG);

struct saving {
    const char *shown;
    HANDLE folder;
    WCHAR name[MOST_NAME_UNITS + 1];
    create_file create;
    status_to_error to_error;
};

static sbx_status find_calls(struct saving *saving, struct sbx_error *error)
{
    saving->create = (create_file)native_call(L"ntdll.dll", "NtCreateFile");
    saving->to_error = (status_to_error)native_call(L"ntdll.dll", "RtlNtStatusToDosError");
    return saving->create && saving->to_error ? SBX_OK : native_error(error, "ntdll.dll");
}

static sbx_status open_at(const struct saving *saving, WCHAR *name, ACCESS_MASK access, ULONG share,
                          ULONG disposition, ULONG options, HANDLE *file, struct sbx_error *error)
{
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block;
    LONG result;

    text.Buffer = name;
    text.Length = text.MaximumLength = (USHORT)(wcslen(name) * sizeof *name);
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, saving->folder, NULL);
    result = saving->create(file, access, &attributes, &block, NULL, FILE_ATTRIBUTE_NORMAL, share,
                            disposition, options, NULL, 0);
    return result < 0 ? native_path_error(error, "NtCreateFile", saving->to_error(result), saving->shown)
                      : SBX_OK;
}

/* A folder of that name cannot be replaced, which Windows says in words that are of no use. */
static sbx_status check_no_folder(struct saving *saving, struct sbx_error *error)
{
    FILE_BASIC_INFO basic;
    HANDLE there;
    bool is_folder;

    if (open_at(saving, saving->name, FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN,
                FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT, &there, NULL))
        return SBX_OK;
    is_folder = GetFileInformationByHandleEx(there, FileBasicInfo, &basic, sizeof basic) &&
                basic.FileAttributes & FILE_ATTRIBUTE_DIRECTORY;
    CloseHandle(there);
    return is_folder
               ? error_set(error, SBX_E_ARGUMENT, "%s is a folder. Name the file itself.", saving->shown)
               : SBX_OK;
}

static sbx_status write_and_name(struct saving *saving, const void *bytes, size_t size,
                                 struct sbx_error *error)
{
    FILE_DISPOSITION_INFO gone = {TRUE};
    WCHAR name[MOST_NAME_UNITS + MARK_SIZE];
    char mark[17];
    HANDLE file;
    sbx_status status = random_hex(mark, 8, error);

    if (status)
        return status;
    /* Cut, where the mark would make the name longer than names can be. */
    _snwprintf(name, sizeof name / sizeof *name, L"%.*ls.%hs.new", (int)(MOST_NAME_UNITS + 1 - MARK_SIZE),
               saving->name, mark);
    status = open_at(saving, name, NEW_ACCESS, 0, FILE_CREATE, NEW_OPTIONS, &file, error);
    if (status)
        return status;
    status = native_write_all(file, bytes, size, error);
    if (!status && !FlushFileBuffers(file))
        status = native_error(error, "FlushFileBuffers");
    if (!status) {
        DWORD system = native_rename(file, saving->folder, saving->name, true);

        if (system)
            status = native_path_error(error, "NtSetInformationFile", system, saving->shown);
    }
    if (status)
        SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone);
    CloseHandle(file);
    return status;
}

sbx_status file_save(const char *path, const void *bytes, size_t size, struct sbx_error *error)
{
    /* Held, and no longer to be moved: no FILE_SHARE_DELETE. */
    static const struct native_walk hold = {FILE_TRAVERSE | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                            FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_DIRECTORY_FILE,
                                            NATIVE_NO_LINKS};
    struct saving saving = {.shown = path};
    char *folder = NULL;
    WCHAR *wide, *name;
    bool reparse;
    sbx_status status = native_path(path, &wide, error);

    if (status)
        return status;
    name = wcsrchr(wide, L'\\') + 1;
    if (!*name || wcschr(name, L':')) {
        status = error_set(error, SBX_E_ARGUMENT, "%s names no file. Name the file itself.", path);
        goto free_wide;
    }
    if (wcslen(name) > MOST_NAME_UNITS) {
        status =
            error_set(error, SBX_E_ARGUMENT,
                      "The file's name is too long: it has %zu UTF-16 units, and at most %d are possible. "
                      "Give the file a shorter name.",
                      wcslen(name), MOST_NAME_UNITS);
        goto free_wide;
    }
    memcpy(saving.name, name, (wcslen(name) + 1) * sizeof *name);
    *name = 0;
    status = find_calls(&saving, error);
    if (!status)
        status = native_text(wide, &folder, error);
    if (!status)
        status = native_walk_open(folder, &hold, &saving.folder, &reparse, error);
    if (status)
        goto free_folder;

    status = check_no_folder(&saving, error);
    if (!status)
        status = write_and_name(&saving, bytes, size, error);
    CloseHandle(saving.folder);

free_folder:
    sbx_free(folder);
free_wide:
    sbx_free(wide);
    return status;
}
