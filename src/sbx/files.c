/*
 * files.c - plans, explanations, and the way back.
 */
#include "files.h"

static int print_plan(ISandboxPlan *plan, bool json)
{
    BSTR text = NULL;
    HRESULT result = json ? ISandboxPlan_get_Json(plan, &text) : ISandboxPlan_get_Text(plan, &text);
    int code = FAILED(result) ? client_failed(result) : client_print(text, json);

    SysFreeString(text);
    return code;
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
    code = FAILED(result) ? client_failed(result) : print_plan(plan, json);
    if (plan)
        ISandboxPlan_Release(plan);
    ISandboxSession_Release(session);
    return code;
}

static int print_decision(ISandboxDecision *decision)
{
    VARIANT_BOOL allowed = VARIANT_FALSE;
    BSTR text = NULL;
    HRESULT result = ISandboxDecision_get_Allowed(decision, &allowed);
    int code;

    if (SUCCEEDED(result))
        result = ISandboxDecision_get_Text(decision, &text);
    if (FAILED(result))
        return client_failed(result);
    code = client_print(allowed ? L"Allowed. " : L"Refused. ", false);
    if (!code)
        code = client_print(text, true);
    SysFreeString(text);
    return code ? code : allowed ? 0 : EXIT_NOT_ALLOWED;
}

static int explain(ISandboxSession *session, const wchar_t *path, const wchar_t *access)
{
    ISandboxDecision *decision = NULL;
    VARIANT words = {.vt = VT_BSTR};
    BSTR absolute = client_absolute_path(path);
    HRESULT result = E_OUTOFMEMORY;
    int code;

    words.bstrVal = SysAllocString(access ? access : L"write");
    if (absolute && words.bstrVal)
        result = ISandboxSession_Explain(session, absolute, words, &decision);
    code = FAILED(result) ? client_failed(result) : print_decision(decision);
    if (decision)
        ISandboxDecision_Release(decision);
    SysFreeString(absolute);
    SysFreeString(words.bstrVal);
    return code;
}

int files_explain(const struct client_options *options, const wchar_t *path, const wchar_t *access)
{
    ISandboxSession *session;
    ISandboxReport *report = NULL;
    HRESULT result = client_open(options, &session);
    int code;

    if (FAILED(result))
        return client_failed(result);
    result = ISandboxSession_Provision(session, &report);
    code = FAILED(result) ? client_failed(result) : explain(session, path, access);
    if (report)
        ISandboxReport_Release(report);
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
