/*
 * filesystem_hold.c - a folder that stays what it is while it is open.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/filesystem_native.h"

sbx_status folder_hold(const char *path, sbx_handle *folder, char **final_path, struct sbx_error *error)
{
    BY_HANDLE_FILE_INFORMATION information;
    WCHAR *wide, *final = NULL;
    HANDLE opened;
    sbx_status status = native_path(path, &wide, error);

    if (status)
        return status;

    /*
     * Sharing counts only for an open with a right to the content, of which FILE_TRAVERSE is one (IoCheckShareAccess);
     * without FILE_SHARE_DELETE it can then not be renamed, nor any folder above it.
     */
    opened = CreateFileW(wide, FILE_TRAVERSE | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                         FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                         NULL);
    sbx_free(wide);
    if (opened == INVALID_HANDLE_VALUE)
        return native_path_error(error, "CreateFile", GetLastError(), path);
    if (GetFileType(opened) != FILE_TYPE_DISK || !GetFileInformationByHandle(opened, &information) ||
        !(information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "%s is no folder.", path);
    if (!status)
        status = native_final_path(opened, &final, error);
    if (!status)
        status = native_plain_path(final, final_path, error);
    sbx_free(final);
    if (status) {
        CloseHandle(opened);
        return status;
    }
    *folder = opened;
    return SBX_OK;
}
