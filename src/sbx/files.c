/*
 * files.c - plans, explanations, and the way back.
 */
#include "files.h"

static HRESULT print_plan(ISandboxPlan *plan, bool json)
{
    BSTR text = NULL;
    HRESULT result = json ? ISandboxPlan_get_Json(plan, &text) : ISandboxPlan_get_Text(plan, &text);

    if (SUCCEEDED(result)) {
        client_say(STD_OUTPUT_HANDLE, text);
        if (json)
            client_say(STD_OUTPUT_HANDLE, L"\r\n");
    }
    SysFreeString(text);
    return result;
}

int files_plan(const struct client_options *options, bool json)
{
    ISandboxSession *session;
    ISandboxPlan *plan = NULL;
    HRESULT result = client_open(options, &session);
    int code;

    if (FAILED(result))
        return client_failed(result);
    result = ISandboxSession_Plan(session, &plan);
    if (SUCCEEDED(result)) {
        result = print_plan(plan, json);
        ISandboxPlan_Release(plan);
    }
    code = FAILED(result) ? client_failed(result) : 0;
    ISandboxSession_Release(session);
    return code;
}

static HRESULT print_decision(ISandboxDecision *decision, bool *allowed)
{
    VARIANT_BOOL value = VARIANT_FALSE;
    BSTR text = NULL;
    HRESULT result = ISandboxDecision_get_Allowed(decision, &value);

    if (SUCCEEDED(result))
        result = ISandboxDecision_get_Text(decision, &text);
    if (SUCCEEDED(result)) {
        client_say(STD_OUTPUT_HANDLE, value ? L"Allowed. " : L"Refused. ");
        client_say(STD_OUTPUT_HANDLE, text);
        client_say(STD_OUTPUT_HANDLE, L"\r\n");
        *allowed = value != VARIANT_FALSE;
    }
    SysFreeString(text);
    return result;
}

static HRESULT explain(ISandboxSession *session, const wchar_t *path, const wchar_t *access, bool *allowed)
{
    ISandboxDecision *decision = NULL;
    VARIANT words = {.vt = VT_BSTR};
    BSTR absolute = client_absolute_path(path);
    HRESULT result = E_OUTOFMEMORY;

    words.bstrVal = SysAllocString(access ? access : L"write");
    if (absolute && words.bstrVal)
        result = ISandboxSession_Explain(session, absolute, words, &decision);
    if (SUCCEEDED(result)) {
        result = print_decision(decision, allowed);
        ISandboxDecision_Release(decision);
    }
    SysFreeString(absolute);
    SysFreeString(words.bstrVal);
    return result;
}

int files_explain(const struct client_options *options, const wchar_t *path, const wchar_t *access)
{
    ISandboxSession *session;
    ISandboxReport *report = NULL;
    bool allowed = false;
    HRESULT result = client_open(options, &session);
    int code;

    if (FAILED(result))
        return client_failed(result);
    result = ISandboxSession_Provision(session, &report);
    if (SUCCEEDED(result)) {
        ISandboxReport_Release(report);
        result = explain(session, path, access, &allowed);
    }
    code = FAILED(result) ? client_failed(result) : allowed ? 0 : EXIT_NOT_ALLOWED;
    ISandboxSession_Close(session);
    ISandboxSession_Release(session);
    return code;
}

int files_deprovision(const struct client_options *options)
{
    ISandboxSession *session;
    HRESULT result = client_open(options, &session);
    int code;

    if (FAILED(result))
        return client_failed(result);
    result = ISandboxSession_Deprovision(session);
    code = FAILED(result) ? client_failed(result) : 0;
    ISandboxSession_Release(session);
    return code;
}
