/*
 * status.c - the report of this very host, measured now.
 *
 * The table is what was asked for, and the only thing on standard output. Where the policy is refused it is what was measured before that;
 * then the refusal comes behind it, on standard error, so that at a terminal its last line, what to write into the policy, is the last.
 */
#include "status.h"

static int print_report(ISandboxReport *report, bool json)
{
    BSTR text = NULL;
    HRESULT result;
    int code;

    result = json ? ISandboxReport_get_Json(report, &text) : ISandboxReport_get_Text(report, &text);
    code = FAILED(result) ? client_failed(result) : client_print(text, json);
    SysFreeString(text);
    return code;
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
        code = print_report(report, json);
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
