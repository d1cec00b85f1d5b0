/*
 * filesystem_folders.c - where Windows keeps its folders. A caller's environment could say anything.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/native.h"

#include <string.h>

typedef BOOL(WINAPI *get_profile)(HANDLE, WCHAR *, DWORD *);
typedef HRESULT(WINAPI *get_known_folder)(const GUID *, DWORD, HANDLE, WCHAR **);
typedef void(WINAPI *task_free)(void *);

/* FOLDERID_LocalAppData and FOLDERID_ProgramData; knownfolders.h wants a library to go with it. */
static const GUID local_app_data = {
    0xF1B32785, 0x6FBA, 0x4FCF, {0x9D, 0x55, 0x7B, 0x8E, 0x7F, 0x15, 0x70, 0x91}};
static const GUID program_data = {
    0x62AB5D82, 0xFDC1, 0x4DC3, {0xA9, 0xDD, 0x07, 0x0D, 0x1D, 0x49, 0x5D, 0x97}};

static sbx_status from_system(UINT(WINAPI *ask)(LPWSTR, UINT), const char *call, char **path,
                              struct sbx_error *error)
{
    WCHAR wide[MAX_PATH];
    UINT length = ask(wide, MAX_PATH);

    if (!length || length >= MAX_PATH)
        return native_error(error, call);
    return native_text(wide, path, error);
}

static sbx_status profile_path(char **path, struct sbx_error *error)
{
    get_profile ask = (get_profile)native_call(L"userenv.dll", "GetUserProfileDirectoryW");
    sbx_status status;
    WCHAR wide[MAX_PATH];
    DWORD size = MAX_PATH;
    HANDLE token;

    if (!ask)
        return native_error(error, "userenv.dll");
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return native_error(error, "OpenProcessToken");
    if (ask(token, wide, &size))
        status = native_text(wide, path, error);
    else
        status = native_error(error, "GetUserProfileDirectory");
    CloseHandle(token);
    return status;
}

static sbx_status known_path(const GUID *folder, char **path, struct sbx_error *error)
{
    get_known_folder ask = (get_known_folder)native_call(L"shell32.dll", "SHGetKnownFolderPath");
    task_free release = (task_free)native_call(L"ole32.dll", "CoTaskMemFree");
    sbx_status status;
    WCHAR *wide = NULL;
    HRESULT result;

    if (!ask || !release)
        return native_error(error, "shell32.dll");
    result = ask(folder, 0, NULL, &wide);
    if (SUCCEEDED(result))
        status = native_text(wide, path, error);
    else
        status = error_system(error, "SHGetKnownFolderPath", (uint32_t)result);
    release(wide);
    return status;
}

/*
 * From the 64-bit view of the registry, which only administrators can write: a 32-bit caller's known folder would be the
 * x86 one, while the runner and the commands are 64-bit programs.
 */
static sbx_status registry_path(const WCHAR *name, char **path, struct sbx_error *error)
{
    WCHAR wide[MAX_PATH + 1];
    DWORD size = MAX_PATH * sizeof *wide;
    DWORD type;
    HKEY key;
    LONG result = RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion", 0,
                                KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);

    if (result)
        return error_system(error, "RegOpenKeyEx", (uint32_t)result);
    result = RegQueryValueExW(key, name, NULL, &type, (BYTE *)wide, &size);
    RegCloseKey(key);
    if (result == ERROR_FILE_NOT_FOUND)
        return native_error_as(error, SBX_E_PATH_NOT_FOUND, "RegQueryValueEx", (DWORD)result,
                               "This system has no such folder.");
    if (result || type != REG_SZ)
        return error_system(error, "RegQueryValueEx", result ? (uint32_t)result : ERROR_INVALID_DATA);
    wide[size / sizeof *wide] = 0; /* a value need not end with its NUL */
    return native_text(wide, path, error);
}

sbx_status folder_path(enum known_folder folder, char **path, struct sbx_error *error)
{
    switch (folder) {
    case FOLDER_SYSTEM:
        return from_system(GetSystemDirectoryW, "GetSystemDirectory", path, error);
    case FOLDER_WINDOWS: /* the system's: GetWindowsDirectory is private to the user of a terminal server */
        return from_system(GetSystemWindowsDirectoryW, "GetSystemWindowsDirectory", path, error);
    case FOLDER_PROFILE:
        return profile_path(path, error);
    case FOLDER_LOCAL_DATA:
        return known_path(&local_app_data, path, error);
    case FOLDER_PROGRAM_FILES:
        return registry_path(L"ProgramFilesDir", path, error);
    case FOLDER_PROGRAM_FILES_X86:
        return registry_path(L"ProgramFilesDir (x86)", path, error);
    case FOLDER_PROGRAM_DATA:
        return known_path(&program_data, path, error);
    }
    return error_set(error, SBX_E_ARGUMENT, "There is no known folder %d.", (int)folder);
}

sbx_status drive_list(struct sbx_strings *roots, struct sbx_error *error)
{
    struct sbx_strings made = {NULL, 0};
    DWORD drives = GetLogicalDrives();
    sbx_status status = drives ? SBX_OK : error_system(error, "GetLogicalDrives", GetLastError());

    for (int i = 0; i < 26 && !status; i++) {
        WCHAR wide[] = {(WCHAR)(L'A' + i), L':', L'\\', 0};
        char root[] = {(char)('A' + i), ':', '\\', '\0'};
        UINT kind = drives >> i & 1 ? GetDriveTypeW(wide) : DRIVE_NO_ROOT_DIR;

        if ((kind == DRIVE_FIXED || kind == DRIVE_REMOVABLE) && strings_append(&made, root))
            status = error_memory(error, "a list of drives");
    }
    if (status)
        strings_free(&made);
    else
        *roots = made;
    return status;
}
