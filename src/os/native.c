/*
 * native.c - wide text, failed calls, calls newer than Windows 7.
 */
#include "os/native.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

sbx_status native_error(struct sbx_error *error, const char *call)
{
    return error_system(error, call, GetLastError());
}

sbx_status native_error_as(struct sbx_error *error, sbx_status code, const char *call, DWORD system,
                           const char *format, ...)
{
    char text[SBX_ERROR_TEXT_SIZE + 1]; /* one byte more than fits, so that error_set is the one that cuts */
    bool first = error && error->code == SBX_OK;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    error_set(error, code, "%s", text);
    if (first) {
        error->where = call;
        error->system = system;
    }
    return code;
}

sbx_status native_path_error(struct sbx_error *error, const char *call, DWORD system, const char *path)
{
    switch (system) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_NOT_READY:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_DIRECTORY:
        return native_error_as(error, SBX_E_PATH_NOT_FOUND, call, system,
                               "There is no %s. Correct the path, or create what is missing of it.", path);
    case ERROR_ACCESS_DENIED:
        return native_error_as(
            error, SBX_E_SYSTEM, call, system,
            "%s failed with error %lu for %s: access is denied. Look at its permissions and at "
            "its folder's.",
            call, (unsigned long)system, path);
    case ERROR_SHARING_VIOLATION:
        return native_error_as(
            error, SBX_E_SYSTEM, call, system,
            "%s failed with error %lu for %s: another program has it open. Close that one, and "
            "try again.",
            call, (unsigned long)system, path);
    default:
        return native_error_as(error, SBX_E_SYSTEM, call, system, "%s failed with error %lu for %s.", call,
                               (unsigned long)system, path);
    }
}

sbx_status native_wide(const char *text, WCHAR **wide, struct sbx_error *error)
{
    size_t count;

    if (text_to_utf16(text, strlen(text), wide, &count))
        return error_memory(error, "a text");
    return SBX_OK;
}

sbx_status native_text(const WCHAR *wide, char **text, struct sbx_error *error)
{
    if (text_from_utf16(wide, wcslen(wide), text, NULL))
        return error_memory(error, "a text");
    return SBX_OK;
}

static bool is_slash(WCHAR unit)
{
    return unit == L'\\' || unit == L'/';
}

static bool is_drive(const WCHAR *path)
{
    return ((path[0] >= L'A' && path[0] <= L'Z') || (path[0] >= L'a' && path[0] <= L'z')) && path[1] == L':';
}

/* With backslashes only: GetFullPathName turns //?/ into this form. */
static bool is_device_path(const WCHAR *path)
{
    return path[0] == L'\\' && path[1] == L'\\' && (path[2] == L'?' || path[2] == L'.') && path[3] == L'\\';
}

sbx_status native_path(const char *path, WCHAR **wide, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *given;
    WCHAR *made;
    const WCHAR *prefix = L"";
    size_t skip = 0;
    DWORD size;
    DWORD length;

    status = native_wide(path, &given, error);
    if (status)
        return status;

    if (is_device_path(given)) {
        *wide = given;
        return SBX_OK;
    }
    if (!(is_drive(given) && is_slash(given[2])) && !(is_slash(given[0]) && is_slash(given[1]))) {
        status =
            error_set(error, SBX_E_ARGUMENT,
                      "\"%s\" is not an absolute path. Begin it with a drive, as C:\\folder\\name.", path);
        goto free_given;
    }

    size = GetFullPathNameW(given, 0, NULL, NULL);
    if (!size) {
        status = native_path_error(error, "GetFullPathName", GetLastError(), path);
        goto free_given;
    }
    made = sbx_alloc_array((size_t)size + 8, sizeof *made);
    if (!made) {
        status = error_memory(error, "a path");
        goto free_given;
    }
    length = GetFullPathNameW(given, size, made, NULL);
    if (!length || length >= size) {
        status = native_path_error(error, "GetFullPathName", GetLastError(), path);
        goto free_made;
    }

    /* A reserved name (C:\con) has become \\.\con by now, which must stay what it is. */
    if (is_drive(made))
        prefix = L"\\\\?\\";
    else if (!is_device_path(made)) {
        prefix = L"\\\\?\\UNC\\";
        skip = 2;
    }
    memmove(made + wcslen(prefix), made + skip, (length + 1 - skip) * sizeof *made);
    memcpy(made, prefix, wcslen(prefix) * sizeof *made);

    *wide = made;
    sbx_free(given);
    return SBX_OK;

free_made:
    sbx_free(made);
free_given:
    sbx_free(given);
    return status;
}

sbx_status native_plain_path(const WCHAR *wide, char **path, struct sbx_error *error)
{
    sbx_status status;
    char *text;

    if (!wcsncmp(wide, L"\\\\?\\UNC\\", 8)) {
        status =
            native_text(wide + 6, &text, error); /* "C\server\share": its C becomes the second backslash */
        if (!status)
            text[0] = '\\';
    } else if (!wcsncmp(wide, L"\\\\?\\", 4) && is_drive(wide + 4))
        status = native_text(wide + 4, &text, error);
    else
        status = native_text(wide, &text, error);

    if (!status)
        *path = text;
    return status;
}

native_function native_call(const WCHAR *dll, const char *name)
{
    WCHAR path[MAX_PATH + 32];
    UINT length = GetSystemDirectoryW(path, MAX_PATH);
    HMODULE module;

    if (!length || length >= MAX_PATH || wcslen(dll) > 30)
        return NULL;
    path[length] = L'\\';
    memcpy(path + length + 1, dll, (wcslen(dll) + 1) * sizeof *dll);

    /*
     * By its whole path, and what it needs from its own folder: no search that an environment or a working directory
     * takes part in. Never freed: the functions are used for as long as the process lives.
     */
    module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    return module ? (native_function)GetProcAddress(module, name) : NULL;
}

const char *native_wine_version(void)
{
    typedef const char *(CDECL * wine_version)(void);
    wine_version version = (wine_version)native_call(L"ntdll.dll", "wine_get_version");

    return version ? version() : NULL;
}

sbx_status native_needs_windows(const char *call, struct sbx_error *error)
{
    const char *wine = native_wine_version();

    if (!wine)
        return SBX_OK;
    return error_set(error, SBX_E_UNSUPPORTED_HOST,
                     "Wine %s has no %s, only a name that ends the program. Use Windows.", wine, call);
}
