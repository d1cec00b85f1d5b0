/*
 * filesystem.c - what a path really names, and the few files we keep ourselves.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/filesystem_native.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* FileIdInfo, Windows 8; the headers hide it from Windows 7 programs. */
#define FILE_ID_CLASS ((FILE_INFO_BY_HANDLE_CLASS)18)
struct file_id_info {
    ULONGLONG volume;
    BYTE id[16];
};

static sbx_status final_path_as(HANDLE file, DWORD form, WCHAR **wide, struct sbx_error *error)
{
    DWORD size = GetFinalPathNameByHandleW(file, NULL, 0, form);
    WCHAR *made;

    if (!size)
        return native_error(error, "GetFinalPathNameByHandle");
    made = sbx_alloc_array((size_t)size + 1, sizeof *made);
    if (!made)
        return error_memory(error, "a path");
    if (!GetFinalPathNameByHandleW(file, made, size + 1, form)) {
        sbx_status status = native_error(error, "GetFinalPathNameByHandle");

        sbx_free(made);
        return status;
    }
    *wide = made;
    return SBX_OK;
}

/* A volume that has no drive letter has no path of the usual form, but one with its GUID. */
sbx_status native_final_path(HANDLE file, WCHAR **wide, struct sbx_error *error)
{
    sbx_status status = final_path_as(file, FILE_NAME_NORMALIZED | VOLUME_NAME_DOS, wide, NULL);

    if (status == SBX_E_SYSTEM)
        return final_path_as(file, FILE_NAME_NORMALIZED | VOLUME_NAME_GUID, wide, error);
    return status ? error_memory(error, "a path") : SBX_OK;
}

/* Past the volume's own part of a final path: C:\, \\server\share\, \\?\Volume{...}\; with nothing behind it is a root. */
static bool is_volume_root(const char *path)
{
    const char *at = path;
    int parts = 1;

    if (!strncmp(path, "\\\\?\\", 4))
        at += 4;
    else if (!strncmp(path, "\\\\", 2)) {
        at += 2;
        parts = 2;
    }
    while (parts--) {
        const char *end = strchr(at, '\\');

        if (!end)
            return parts == 0;
        at = end + 1;
    }
    return !*at;
}

static void examine_volume(HANDLE file, const WCHAR *wide, struct file_facts *facts)
{
    DWORD flags = 0;
    WCHAR root[4] = {0, L':', L'\\', 0};

    /* A volume that cannot be asked is one that keeps no lists. */
    facts->keeps_acls = GetVolumeInformationByHandleW(file, NULL, 0, NULL, NULL, &flags, NULL, 0) &&
                        flags & FILE_PERSISTENT_ACLS;
    facts->volume_root = is_volume_root(facts->path);

    /* The final path of a mapped drive already names its server; the type is for whatever pretends to be a drive. */
    facts->remote = !wcsncmp(wide, L"\\\\?\\UNC\\", 8);
    if (!facts->remote && facts->path[0] && facts->path[1] == ':') {
        root[0] = (WCHAR)facts->path[0];
        facts->remote = GetDriveTypeW(root) == DRIVE_REMOTE;
    }
}

/*
 * The 128-bit id where the file system has one, else the 64-bit one, written so that the two forms of one NTFS file
 * (the upper half of the long one is zero) are the same.
 */
void native_file_ids(HANDLE file, const BY_HANDLE_FILE_INFORMATION *information, char volume_id[40],
                     char file_id[40])
{
    struct file_id_info wide;
    uint64_t low = (uint64_t)information->nFileIndexHigh << 32 | information->nFileIndexLow;
    uint64_t high = 0;
    uint64_t volume = information->dwVolumeSerialNumber;

    if (GetFileInformationByHandleEx(file, FILE_ID_CLASS, &wide, sizeof wide)) {
        volume = wide.volume;
        memcpy(&low, wide.id, sizeof low);
        memcpy(&high, wide.id + sizeof low, sizeof high);
    }
    snprintf(volume_id, 40, "%016llx", (unsigned long long)volume);
    snprintf(file_id, 40, "%016llx%016llx", (unsigned long long)high, (unsigned long long)low);
}

static sbx_status examine_handle(HANDLE file, const char *path, struct file_facts *facts,
                                 struct sbx_error *error)
{
    sbx_status status;
    BY_HANDLE_FILE_INFORMATION information;
    WCHAR *wide;

    /* NUL, a pipe: no path to resolve and nothing that could be a part of a boundary. */
    if (GetFileType(file) != FILE_TYPE_DISK) {
        facts->kind = FILE_KIND_OTHER;
        facts->path = sbx_strdup(path);
        return facts->path ? SBX_OK : error_memory(error, "a path");
    }

    if (!GetFileInformationByHandle(file, &information))
        return native_error(error, "GetFileInformationByHandle");
    facts->kind =
        (information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ? FILE_KIND_DIRECTORY : FILE_KIND_FILE;
    native_file_ids(file, &information, facts->volume_id, facts->file_id);

    status = native_final_path(file, &wide, error);
    if (status)
        return status;
    status = native_plain_path(wide, &facts->path, error);
    if (!status)
        examine_volume(file, wide, facts);
    sbx_free(wide);
    return status;
}

sbx_status file_examine(const char *path, struct file_facts *facts, struct sbx_error *error)
{
    static const struct native_walk look = {FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, 0,
                                            NATIVE_LOCAL_LINKS};
    struct file_facts found;
    HANDLE file;
    sbx_status status;

    memset(&found, 0, sizeof found);
    status = native_walk_open(path, &look, &file, &found.reparse, error);
    if (status)
        return status;
    status = examine_handle(file, path, &found, error);
    CloseHandle(file);
    if (status)
        file_facts_free(&found);
    else
        *facts = found;
    return status;
}

void file_facts_free(struct file_facts *facts)
{
    sbx_free(facts->path);
    memset(facts, 0, sizeof *facts);
}

bool file_is_program(const char *path)
{
    static const struct native_walk look = {FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, 0,
                                            NATIVE_LOCAL_LINKS};
    FILE_BASIC_INFO basic;
    HANDLE file;
    bool reparse, is;

    if (native_walk_open(path, &look, &file, &reparse, NULL))
        return false;
    is = GetFileType(file) == FILE_TYPE_DISK &&
         GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof basic) &&
         !(basic.FileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE));
    CloseHandle(file);
    return is;
}

LONG native_unless_oplocked(LONG result, ACCESS_MASK access, HANDLE *file)
{
    if (result != NT_OPLOCK_BREAK_IN_PROGRESS || !(access & (GENERIC_READ | FILE_READ_DATA | DELETE)))
        return result;
    CloseHandle(*file);
    *file = NULL;
    return NT_SHARING_VIOLATION;
}

#define RENAME_INFORMATION 10 /* FileRenameInformation */

/* FILE_RENAME_INFORMATION, with room for one name. */
struct rename_request {
    BOOLEAN replace;
    HANDLE root;
    ULONG size; /* of the name in bytes */
    WCHAR name[MOST_NAME_UNITS + 1];
};
typedef LONG(NTAPI *set_information)(HANDLE, IO_STATUS_BLOCK *, void *, ULONG, int);
typedef ULONG(NTAPI *status_to_error)(LONG);

DWORD native_rename(HANDLE file, HANDLE folder, const WCHAR *name, bool replace)
{
    set_information set = (set_information)native_call(L"ntdll.dll", "NtSetInformationFile");
    status_to_error to_error = (status_to_error)native_call(L"ntdll.dll", "RtlNtStatusToDosError");
    struct rename_request request = {.replace = replace, .root = folder};
    IO_STATUS_BLOCK block;
    size_t length = wcslen(name);
    LONG result;

    if (!set || !to_error)
        return ERROR_PROC_NOT_FOUND;
    if (length > MOST_NAME_UNITS)
        return ERROR_FILENAME_EXCED_RANGE;
    request.size = (ULONG)(length * sizeof *name);
    memcpy(request.name, name, request.size + sizeof *name);
    result = set(file, &block, &request, sizeof request, RENAME_INFORMATION);
    return result < 0 ? to_error(result) : ERROR_SUCCESS;
}
