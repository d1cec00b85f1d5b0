/*
 * setup_client.c - the elevated server, called.
 */
#include "sbxcom/setup_client.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

#define MONIKER L"Elevation:Administrator!new:{D379D699-4818-4D1E-AE56-E2280B084AB9}"

/* ---- activation ---- */

/* A prompt over nobody's window is minimized, and nobody sees it. */
static HWND window_or_own(HWND window)
{
    if (!window)
        window = GetConsoleWindow();
    if (!window)
        window = GetActiveWindow();
    return window ? window : GetForegroundWindow();
}

static HRESULT activate_elevated(HWND window, ISandboxSetup **setup)
{
    BIND_OPTS3 options;

    memset(&options, 0, sizeof options);
    options.cbStruct = sizeof options;
    options.hwnd = window_or_own(window);
    options.dwClassContext = CLSCTX_LOCAL_SERVER;
    return CoGetObject(MONIKER, (BIND_OPTS *)&options, &IID_ISandboxSetup, (void **)setup);
}

/* What a host without the moniker makes of its name: no file, no syntax. Windows knows it since Vista. */
static bool has_no_moniker(HRESULT result)
{
    return result == MK_E_CANTOPENFILE || result == MK_E_SYNTAX || result == MK_E_NOOBJECT;
}

static sbx_status activation_error(HRESULT result, struct sbx_error *error)
{
    switch (result) {
    case __HRESULT_FROM_WIN32(ERROR_CANCELLED): /* without underscores a function, to Microsoft */
        return error_set(
            error, SBX_E_SETUP_DECLINED,
            "The elevation prompt was refused. Call again and accept it, or have an administrator run "
            "sbxsetup provision --for USER.");
    case E_OUTOFMEMORY:
        return error_memory(error, "the set-up server");
    default:
        return error_set(
            error, SBX_E_SETUP_FAILED,
            "The set-up server could not be started (0x%08lX). Install sbxcom for all users, or run sbxsetup "
            "/RegServer as administrator.",
            (unsigned long)result);
    }
}

/*
 * The server learns who calls, no more (identify), and what it returns is encrypted. Wine has no blanket for remote
 * objects; its server will refuse.
 */
static HRESULT set_blanket(ISandboxSetup *setup)
{
    HRESULT result =
        CoSetProxyBlanket((IUnknown *)setup, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                          RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_DEFAULT);

    return result == E_NOTIMPL || result == E_NOINTERFACE ? S_OK : result;
}

static sbx_status activate(HWND window, ISandboxSetup **setup, struct sbx_error *error)
{
    ISandboxSetup *made = NULL;
    HRESULT result = activate_elevated(window, &made);

    if (has_no_moniker(result))
        result = CoCreateInstance(&CLSID_SandboxSetup, NULL, CLSCTX_LOCAL_SERVER, &IID_ISandboxSetup,
                                  (void **)&made);
    if (FAILED(result))
        return activation_error(result, error);
    result = set_blanket(made);
    if (FAILED(result)) {
        ISandboxSetup_Release(made);
        return activation_error(result, error);
    }
    *setup = made;
    return SBX_OK;
}

/* ---- failures ---- */

/* "E_WORD: text" without its word, which is said again. */
static char *text_of(BSTR description, const char *word)
{
    char *text = NULL;
    size_t size = strlen(word);

    if (!description ||
        text_from_utf16((const uint16_t *)description, SysStringLen(description), &text, NULL))
        return NULL;
    if (strncmp(text, word, size) == 0 && strncmp(text + size, ": ", 2) == 0)
        memmove(text, text + size + 2, strlen(text + size + 2) + 1);
    return text;
}

/* Wine carries no texts of vtable calls between processes. */
static const char *usual_text(sbx_status status)
{
    if (status == SBX_E_SETUP_CALLER)
        return "The set-up server refused this caller, or cannot tell who calls (Wine never tells it). Call "
               "from an "
               "ordinary program of the user that it is for, outside of any sandbox.";
    if (status == SBX_E_FIREWALL_INEFFECTIVE)
        return "The firewall is off, or a policy neutralizes local rules. Host.Doctor says which.";
    return "The set-up server failed. Run sbxsetup as administrator to see why.";
}

static sbx_status call_error(HRESULT result, struct sbx_error *error)
{
    DWORD code = (DWORD)result - SBX_HRESULT_BASE;
    sbx_status status = code > SBX_OK && code < SBX_E_MEMORY ? (sbx_status)code : SBX_E_SETUP_FAILED;
    IErrorInfo *info = NULL;
    BSTR description = NULL;
    char *text;

    if (result == E_OUTOFMEMORY)
        return error_memory(error, "the set-up server");
    if (GetErrorInfo(0, &info) == S_OK) {
        IErrorInfo_GetDescription(info, &description);
        IErrorInfo_Release(info);
    }
    text = text_of(description, status_word(status));
    SysFreeString(description);
    if (text && *text)
        (void)error_set(error, status, "%s", text);
    else if (status == SBX_E_SETUP_FAILED && code != SBX_E_SETUP_FAILED)
        (void)error_set(error, status, "The call of the set-up server failed (0x%08lX).",
                        (unsigned long)result);
    else
        (void)error_set(error, status, "%s", usual_text(status));
    sbx_free(text);
    return status;
}

/* ---- the verbs ---- */

/* Copies, and wipes what came. */
static sbx_status take_credentials(SAFEARRAY *array, struct credentials *credentials, struct sbx_error *error)
{
    void *bytes;
    LONG last = -1;
    sbx_status status;

    if (!array || FAILED(SafeArrayGetUBound(array, 1, &last)) || FAILED(SafeArrayAccessData(array, &bytes)))
        return error_set(error, SBX_E_CREDENTIAL,
                         "The set-up server returned no credentials. Run Host.Repair.");
    status = credentials_read(bytes, (size_t)last + 1, credentials, error);
    sbx_wipe(bytes, (size_t)last + 1);
    SafeArrayUnaccessData(array);
    return status;
}

static sbx_status finish(ISandboxSetup *setup, HRESULT result, SAFEARRAY *array,
                         struct credentials *credentials, struct sbx_error *error)
{
    sbx_status status =
        FAILED(result) ? call_error(result, error) : take_credentials(array, credentials, error);

    if (array)
        SafeArrayDestroy(array);
    ISandboxSetup_Release(setup);
    return status;
}

sbx_status setup_client_provision(HWND window, long accounts, struct credentials *credentials,
                                  struct sbx_error *error)
{
    ISandboxSetup *setup;
    SAFEARRAY *array = NULL;
    HRESULT result;
    sbx_status status = activate(window, &setup, error);

    if (status)
        return status;
    SetErrorInfo(0, NULL);
    result = ISandboxSetup_Provision(setup, accounts, &array);
    return finish(setup, result, array, credentials, error);
}

sbx_status setup_client_repair(HWND window, struct credentials *credentials, struct sbx_error *error)
{
    ISandboxSetup *setup;
    SAFEARRAY *array = NULL;
    HRESULT result;
    sbx_status status = activate(window, &setup, error);

    if (status)
        return status;
    SetErrorInfo(0, NULL);
    result = ISandboxSetup_Repair(setup, &array);
    return finish(setup, result, array, credentials, error);
}

sbx_status setup_client_deprovision(HWND window, bool all, struct sbx_error *error)
{
    ISandboxSetup *setup;
    HRESULT result;
    sbx_status status = activate(window, &setup, error);

    if (status)
        return status;
    SetErrorInfo(0, NULL);
    result = ISandboxSetup_Deprovision(setup, all ? VARIANT_TRUE : VARIANT_FALSE);
    if (FAILED(result))
        status = call_error(result, error);
    ISandboxSetup_Release(setup);
    return status;
}
