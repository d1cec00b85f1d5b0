/*
 * client.c - the DLL beside us, and errors in words.
 */
#include "client.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdio.h>

#define PATH_SIZE 32768

bool client_write(HANDLE file, const void *bytes, DWORD size)
{
    const BYTE *next = bytes;

    while (size > 0) {
        DWORD written = 0;

        if (!WriteFile(file, next, size, &written, NULL))
            return false;
        next += written;
        size -= written;
    }
    return true;
}

bool client_say(DWORD which, const wchar_t *text)
{
    HANDLE file = GetStdHandle(which);
    DWORD length = (DWORD)wcslen(text);
    DWORD mode, written;
    char *bytes;
    bool done;
    int size;

    if (GetConsoleMode(file, &mode))
        return WriteConsoleW(file, text, length, &written, NULL);

    size = WideCharToMultiByte(CP_UTF8, 0, text, (int)length, NULL, 0, NULL, NULL);
    bytes = size > 0 ? sbx_alloc((size_t)size) : NULL;
    if (!bytes)
        return length == 0;
    WideCharToMultiByte(CP_UTF8, 0, text, (int)length, bytes, size, NULL, NULL);
    done = client_write(file, bytes, (DWORD)size);
    sbx_free(bytes);
    return done;
}

int client_print(const wchar_t *text, bool line)
{
    if (client_say(STD_OUTPUT_HANDLE, text) && (!line || client_say(STD_OUTPUT_HANDLE, L"\r\n")))
        return 0;
    client_say(STD_ERROR_HANDLE,
               L"sbx: E_SYSTEM: Standard output could not be written. Look where it goes: the "
               L"disk may be full, or the reader has left.\r\n");
    return EXIT_INTERNAL;
}

static void say_failure(const wchar_t *text)
{
    client_say(STD_ERROR_HANDLE, L"sbx: ");
    client_say(STD_ERROR_HANDLE, text);
    client_say(STD_ERROR_HANDLE, L"\r\n");
}

int client_usage(const wchar_t *text)
{
    client_say(STD_ERROR_HANDLE, L"sbx: E_ARGUMENT: ");
    client_say(STD_ERROR_HANDLE, text);
    client_say(STD_ERROR_HANDLE, L" Try sbx --help.\r\n");
    return EXIT_USAGE;
}

/* Our own trouble or the host's, which no other policy, path or command would mend. */
static bool is_internal(HRESULT failure)
{
    switch ((DWORD)failure - SBX_HRESULT_BASE) {
    case SBX_E_SYSTEM:
    case SBX_E_RUNNER_LOST:
    case SBX_E_RUNNER_PROTOCOL:
    case SBX_E_JOURNAL:
    case SBX_E_STATE:
    case SBX_E_CLOSED:
    case SBX_E_CANCELLED:
        return true;
    default:
        return (DWORD)failure <= SBX_HRESULT_BASE || (DWORD)failure >= SBX_HRESULT_BASE + SBX_E_MEMORY;
    }
}

int client_failed(HRESULT failure)
{
    IErrorInfo *info = NULL;
    BSTR description = NULL;

    if (GetErrorInfo(0, &info) == S_OK) {
        IErrorInfo_GetDescription(info, &description);
        IErrorInfo_Release(info);
    }

    if (description && *description) {
        say_failure(description);
    } else {
        wchar_t text[80];

        _snwprintf(text, sizeof text / sizeof *text, L"E_SYSTEM: The call failed with 0x%08lX.",
                   (DWORD)failure);
        say_failure(text);
    }
    SysFreeString(description);
    return is_internal(failure) ? EXIT_INTERNAL : EXIT_REFUSED;
}

/* The DLL's path is this program's with another name at its end. */
static HRESULT load_library(HMODULE *library)
{
    static wchar_t path[PATH_SIZE];
    DWORD length = GetModuleFileNameW(NULL, path, PATH_SIZE);
    wchar_t *name = length > 0 && length < PATH_SIZE ? wcsrchr(path, L'\\') : NULL;

    if (!name || name + 1 - path > PATH_SIZE - 16)
        return E_FAIL;
    lstrcpynW(name + 1, L"sbxcom.dll", 16);
    *library = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    return *library ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

static HRESULT create_session(ISandboxSession **session)
{
    HRESULT(STDAPICALLTYPE * get_class_object)(REFCLSID, REFIID, void **);
    IClassFactory *factory;
    HMODULE library;
    HRESULT result;

    result = load_library(&library);
    if (FAILED(result))
        return result;
    get_class_object = (void *)GetProcAddress(library, "DllGetClassObject");
    if (!get_class_object)
        return HRESULT_FROM_WIN32(GetLastError());

    result = get_class_object(&CLSID_SandboxSession, &IID_IClassFactory, (void **)&factory);
    if (FAILED(result))
        return result;
    result = IClassFactory_CreateInstance(factory, NULL, &IID_ISandboxSession, (void **)session);
    IClassFactory_Release(factory);
    return result;
}

BSTR client_absolute_path(const wchar_t *path)
{
    BSTR absolute = NULL;
    DWORD size = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *text = size ? sbx_alloc_array(size, sizeof *text) : NULL;

    if (text && GetFullPathNameW(path, size, text, NULL) < size)
        absolute = SysAllocString(text);
    sbx_free(text);
    return absolute;
}

HRESULT client_open(const struct client_options *options, ISandboxSession **session)
{
    ISandboxSession *made = NULL;
    VARIANT policy = {.vt = VT_BSTR};
    BSTR workspace = NULL;
    HRESULT result;

    result = create_session(&made);
    if (FAILED(result))
        return result;

    workspace = client_absolute_path(options->workspace ? options->workspace : L".");
    result = workspace ? ISandboxSession_put_Workspace(made, workspace) : E_OUTOFMEMORY;
    if (SUCCEEDED(result) && options->policy) {
        policy.bstrVal = client_absolute_path(options->policy);
        result = policy.bstrVal ? ISandboxSession_put_Policy(made, policy) : E_OUTOFMEMORY;
    }

    SysFreeString(workspace);
    SysFreeString(policy.bstrVal);
    if (FAILED(result))
        ISandboxSession_Release(made);
    else
        *session = made;
    return result;
}
