/*
 * filesystem_drive.c - what a drive letter stands for, asked of the table of names alone.
 */
#include "os/filesystem.h"
#include "os/filesystem_native.h"

#include <wchar.h>

#define SYMBOLIC L"\\??\\" /* another name behind it: SUBST, or whatever somebody defined */

bool file_drive_is_disk(const char *path)
{
    WCHAR drive[] = {(WCHAR)(unsigned char)path[0], L':', 0}, root[] = L"\\??\\?:\\";
    WCHAR device[MAX_PATH + 1];

    if (!((path[0] | 0x20) >= 'a' && (path[0] | 0x20) <= 'z') || path[1] != ':')
        return false;
    root[wcslen(SYMBOLIC)] = drive[0];
    return QueryDosDeviceW(drive, device, MAX_PATH) && wcsncmp(device, SYMBOLIC, wcslen(SYMBOLIC)) != 0 &&
           native_is_local_target(root);
}
