/*
 * status.c - the report of this very host, measured now.
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
    int code = 0;
    HRESULT result;

    result = client_open(options, &session);
    if (FAILED(result))
        return client_failed(result);

    result = ISandboxSession_Provision(session, &report);
    if (FAILED(result)) {
        code = client_failed(result);
        /* What was measured before the refusal is what the reader came for. */
        if (result == (HRESULT)sbxErrorBelowRequirement)
            ISandboxSession_Report(session, &report);
    }
    if (report) {
        result = print_report(report, json);
        if (FAILED(result))
            code = client_failed(result);
        ISandboxReport_Release(report);
    }

    ISandboxSession_Close(session);
    ISandboxSession_Release(session);
    return code;
}
