/*
 * acl_rename.c - another name for a child of an open folder.
 *
 * Not MoveFile: it takes two paths, and whoever may write the folder could turn either into something else meanwhile.
 */
#include "os/acl.h"
#include "base/memory.h"
#include "os/acl_native.h"
#include "os/filesystem_native.h"

#include <string.h>
#include <wchar.h>
#include <winternl.h>

#define SHARE_ALL     (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define RENAME_ACCESS (DELETE | FILE_READ_ATTRIBUTES | SYNCHRONIZE)

typedef LONG(NTAPI *open_file)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, ULONG, ULONG);
typedef ULONG(NTAPI *status_to_error)(LONG);

static sbx_status check_name(const char *name, WCHAR **wide, struct sbx_error *error)
{
    sbx_status status;

    if (!*name || strpbrk(name, "\\/:"))
        return error_set(error, SBX_E_ARGUMENT, "\"%s\" is not the name of a file in a folder.", name);
    status = native_wide(name, wide, error);
    if (!status && wcslen(*wide) > MOST_NAME_UNITS) {
        sbx_free(*wide);
        status = error_system(error, "NtSetInformationFile", ERROR_FILENAME_EXCED_RANGE);
    }
    return status;
}

static sbx_status open_to_rename(HANDLE folder, const WCHAR *name, const char *shown, HANDLE *file,
                                 struct sbx_error *error)
{
    open_file open = (open_file)native_call(L"ntdll.dll", "NtOpenFile");
    status_to_error to_error = (status_to_error)native_call(L"ntdll.dll", "RtlNtStatusToDosError");
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block;
    LONG result;

    if (!open || !to_error)
        return native_error(error, "ntdll.dll");
    text.Buffer = (WCHAR *)name;
    text.Length = text.MaximumLength = (USHORT)(wcslen(name) * sizeof *name);
    InitializeObjectAttributes(&attributes, &text, 0, folder, NULL);
    result = open(file, RENAME_ACCESS, &attributes, &block, SHARE_ALL,
                  FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT | FILE_COMPLETE_IF_OPLOCKED);
    result = native_unless_oplocked(result, RENAME_ACCESS, file);
    return result < 0 ? native_path_error(error, "NtOpenFile", to_error(result), shown) : SBX_OK;
}

/* Is what was opened the one that is meant? The same questions as everybody asks, of this handle. */
static sbx_status check_object(HANDLE file, const char *name, const struct acl_facts *expected,
                               struct sbx_error *error)
{
    struct acl_object object = {.handle = file};
    struct acl_facts facts;
    sbx_status status = acl_examine(&object, &facts, error);

    if (status)
        return status;
    if (strcmp(facts.volume_id, expected->volume_id) || strcmp(facts.file_id, expected->file_id))
        return error_set(error, SBX_E_STATE, "%s is another file or folder now.", name);
    /* Wine opens what a link leads to, and would give that another name. */
    if (expected->reparse && native_call(L"ntdll.dll", "wine_get_version"))
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "Wine cannot rename the link %s itself.", name);
    return SBX_OK;
}

sbx_status acl_rename_child(const struct acl_object *folder, const char *name,
                            const struct acl_facts *expected, const char *new_name, struct sbx_error *error)
{
    WCHAR *old_wide = NULL, *new_wide = NULL;
    HANDLE file = NULL;
    sbx_status status;

    status = check_name(name, &old_wide, error);
    if (status)
        return status;
    status = check_name(new_name, &new_wide, error);
    if (status)
        goto free_old;
    status = open_to_rename(folder->handle, old_wide, name, &file, error);
    if (status)
        goto free_new;

    status = check_object(file, name, expected, error);
    if (!status) {
        DWORD system = native_rename(file, folder->handle, new_wide, false);

        if (system)
            status = error_system(error, "NtSetInformationFile", system);
    }
    CloseHandle(file);

free_new:
    sbx_free(new_wide);
free_old:
    sbx_free(old_wide);
    return status;
}
