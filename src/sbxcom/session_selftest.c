/*
 * session_selftest.c - SelfTest: the full battery of probes, as a report of its own.
 */
#include "sbxcom/report.h"
#include "sbxcom/session_private.h"

HRESULT STDMETHODCALLTYPE Session_SelfTest(ISandboxSession *iface, ISandboxReport **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    struct engine *engine = NULL;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = session_take_engine(self, &engine, &error);
    if (status)
        return session_result(self, status, &error);
    status = engine_self_test(engine, &findings, &error);
    engine_release(engine);
    result = status ? session_result(self, status, &error) : report_create(SESSION_SOURCE, &findings, value);
    findings_free(&findings);
    return result;
}
