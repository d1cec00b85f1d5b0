/*
 * process_self.c - the calling process: hardening, standard handles, environment, its own file.
 */
#include "os/process.h"
#include "base/memory.h"
#include "os/native.h"

#include <wchar.h>

#define SEARCH_SYSTEM32 \
    0x00000800 /* LOAD_LIBRARY_SEARCH_SYSTEM32; the headers hide it from Windows 7 programs */

typedef BOOL(WINAPI *set_default_directories)(DWORD);

sbx_status process_harden_self(struct sbx_error *error)
{
    /* Windows 8, and Windows 7 with KB2533623. Without it SetDllDirectory("") still takes the current directory out. */
    set_default_directories set_directories =
        (set_default_directories)native_call(L"kernel32.dll", "SetDefaultDllDirectories");

    if (set_directories && !set_directories(SEARCH_SYSTEM32))
        return native_error(error, "SetDefaultDllDirectories");
    if (!SetDllDirectoryW(L""))
        return native_error(error, "SetDllDirectory");
    if (!HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0))
        return native_error(error, "HeapSetInformation");
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    return SBX_OK;
}

uint32_t process_own_id(void)
{
    return GetCurrentProcessId();
}

sbx_handle process_standard(int which)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    HANDLE handle;

    if (which < 0 || which > 2)
        return NULL;
    handle = GetStdHandle(names[which]);
    return handle == INVALID_HANDLE_VALUE ? NULL : handle;
}

sbx_status process_environment(struct sbx_strings *environment, struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    struct sbx_strings made = {NULL, 0};
    WCHAR *block = GetEnvironmentStringsW();

    if (!block)
        return native_error(error, "GetEnvironmentStrings");

    for (const WCHAR *entry = block; *entry && !status; entry += wcslen(entry) + 1) {
        char *text;

        if (*entry == L'=')
            continue;
        status = native_text(entry, &text, error);
        if (!status) {
            if (strings_append(&made, text))
                status = error_memory(error, "the environment");
            sbx_free(text);
        }
    }
    FreeEnvironmentStringsW(block);

    if (status)
        strings_free(&made);
    else
        *environment = made;
    return status;
}

sbx_status process_own_file(char **path, struct sbx_error *error)
{
    static const char here = 0; /* lies in the file that holds this code */
    sbx_status status = SBX_OK;
    HMODULE module;
    WCHAR *wide = NULL;
    DWORD capacity = MAX_PATH;
    DWORD size;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const WCHAR *)&here, &module))
        return native_error(error, "GetModuleHandleEx");

    /* A text that does not fit is cut without an error that all versions agree on: only a shorter one is whole. */
    do {
        sbx_free(wide);
        capacity *= 2;
        wide = sbx_alloc_array(capacity, sizeof *wide);
        if (!wide)
            return error_memory(error, "a path");
        size = GetModuleFileNameW(module, wide, capacity);
        if (!size) {
            status = native_error(error, "GetModuleFileName");
            goto free_wide;
        }
    } while (size >= capacity - 1 && capacity < 0x20000);

    status = native_plain_path(wide, path, error);

free_wide:
    sbx_free(wide);
    return status;
}
