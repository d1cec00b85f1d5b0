/*
 * filesystem_hold.c - a folder that stays what it is while it is open.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/filesystem_native.h"

sbx_status folder_hold(const char *path, sbx_handle *folder, char **final_path, struct sbx_error *error)
{
    /*
     * Sharing counts only for an open with a right to the content, of which FILE_TRAVERSE is one (IoCheckShareAccess);
     * without FILE_SHARE_DELETE it can then not be renamed, nor any folder above it.
     */
    static const struct native_walk hold = {FILE_TRAVERSE | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                            FILE_SHARE_READ | FILE_SHARE_WRITE, 0, NATIVE_LOCAL_LINKS};
    BY_HANDLE_FILE_INFORMATION information;
    WCHAR *final = NULL;
    HANDLE opened;
    bool reparse;
    sbx_status status = native_walk_open(path, &hold, &opened, &reparse, error);

    if (status)
        return status;
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
