/*
 * status.c - the report of this very host, measured now.
 *
 * The table is what was asked for, and the only thing on standard output. Where the policy is refused it is what was measured before that;
 * then the refusal comes behind it, on standard error, so that at a terminal its last line, what to write into the policy, is the last.
 */
#include "status.h"

static HRESULT print_report(ISandboxReport *report, bool json)
{
    BSTR text = NULL;
    HRESULT result;

    result = json ? ISandboxReport_get_Json(report, &text) : ISandboxReport_get_Text(report, &text);
    if (SUCCEEDED(result)) {
        client_say(STD_OUTPUT_HANDLE, text);
        if (json)
            client_say(STD_OUTPUT_HANDLE, L"\r\n");
    }
    SysFreeString(text);
    return result;
}

int status_show(const struct client_options *options, bool json)
{
    ISandboxSession *session;
    ISandboxReport *report = NULL;
    IErrorInfo *why = NULL;
    int code = 0;
    HRESULT refused, result;

    result = client_open(options, &session);
    if (FAILED(result))
        return client_failed(result);

    refused = ISandboxSession_Provision(session, &report);
    if (FAILED(refused))
        GetErrorInfo(0, &why); /* kept: the next call takes its place */
    if (refused == (HRESULT)sbxErrorBelowRequirement)
        ISandboxSession_Report(session, &report);
    if (report) {
        result = print_report(report, json);
        if (FAILED(result))
            code = client_failed(result);
        ISandboxReport_Release(report);
    }
    if (FAILED(refused)) {
        SetErrorInfo(0, why);
        if (why)
            IErrorInfo_Release(why);
        code = client_failed(refused);
    }

    ISandboxSession_Close(session);
    ISandboxSession_Release(session);
    return code;
}
