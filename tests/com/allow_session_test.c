/*
 * allow_session_test.c - AllowWrite, Grants and OnGrantExpired as a client has them, where the host keeps lists (acl_world.h).
 */
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/grants_world.h"
#include "com/support.h"
#include "os/filesystem.h"
#include "sbxcom/session.h"

#include <string.h>

#define ON_GRANT_EXPIRED 5
#define WAIT_MS          20000

static char *extra;
static volatile LONG told;
static IUnknown *volatile told_of;

/* ---- a sink that hears of grants alone; its memory is the program's --------------------------------------------- */

static HRESULT STDMETHODCALLTYPE Sink_QueryInterface(IDispatch *iface, REFIID iid, void **value)
{
    *value = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch) &&
        !IsEqualIID(iid, &DIID_ISandboxSessionEvents))
        return E_NOINTERFACE;
    *value = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Sink_AddRef(IDispatch *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE Sink_Release(IDispatch *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE Sink_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    *count = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Sink_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info)
{
    (void)iface, (void)index, (void)lcid, (void)info;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE Sink_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count,
                                                    LCID lcid, DISPID *ids)
{
    (void)iface, (void)iid, (void)names, (void)count, (void)lcid, (void)ids;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE Sink_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags,
                                             DISPPARAMS *parameters, VARIANT *result, EXCEPINFO *exception,
                                             UINT *wrong)
{
    IUnknown *object = NULL;

    (void)iface, (void)iid, (void)lcid, (void)flags, (void)result, (void)exception, (void)wrong;
    if (id != ON_GRANT_EXPIRED || parameters->cArgs != 1 || V_VT(parameters->rgvarg) != VT_DISPATCH)
        return S_OK;
    IDispatch_QueryInterface(V_DISPATCH(parameters->rgvarg), &IID_IUnknown, (void **)&object);
    told_of = object;
    InterlockedIncrement(&told);
    return S_OK;
}

static const IDispatchVtbl sink_vtbl = {
    Sink_QueryInterface, Sink_AddRef,        Sink_Release, Sink_GetTypeInfoCount,
    Sink_GetTypeInfo,    Sink_GetIDsOfNames, Sink_Invoke,
};
static IDispatch sink = {&sink_vtbl};

static void advise(ISandboxSession *session)
{
    IConnectionPointContainer *container = NULL;
    IConnectionPoint *point = NULL;
    DWORD cookie = 0;

    CU_ASSERT_EQUAL_FATAL(
        ISandboxSession_QueryInterface(session, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    CU_ASSERT_EQUAL_FATAL(
        IConnectionPointContainer_FindConnectionPoint(container, &DIID_ISandboxSessionEvents, &point), S_OK);
    CU_ASSERT_EQUAL(IConnectionPoint_Advise(point, (IUnknown *)&sink, &cookie), S_OK);
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
}

/* ---- a session ---------------------------------------------------------------------------------------------------- */

static BSTR text_of(const char *text)
{
    WCHAR wide[512];

    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, 512);
    return SysAllocString(wide);
}

static ISandboxSession *begin(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    ISandboxSession *session = NULL;
    ISandboxReport *report = NULL;
    struct file_facts facts;
    VARIANT policy;
    BSTR text;

    work_begin();
    buffer_append_format(&path, "%s extra", work_folder);
    CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&path), NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_examine(buffer_text(&path), &facts, NULL), SBX_OK);
    extra = facts.path;
    buffer_free(&path);
    told = 0;

    CU_ASSERT_EQUAL_FATAL(session_create(&IID_ISandboxSession, (void **)&session), S_OK);
    text = text_of(work_folder);
    CU_ASSERT_EQUAL(ISandboxSession_put_Workspace(session, text), S_OK);
    SysFreeString(text);
    V_VT(&policy) = VT_BSTR;
    V_BSTR(&policy) = text_of(USUAL);
    CU_ASSERT_EQUAL(ISandboxSession_put_Policy(session, policy), S_OK);
    VariantClear(&policy);
    CU_ASSERT_EQUAL_FATAL(ISandboxSession_Provision(session, &report), S_OK);
    ISandboxReport_Release(report);
    return session;
}

static void end(void)
{
    CU_ASSERT_TRUE(acl_world_file_is_as_it_was(extra));
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_delete_tree(extra, NULL), SBX_OK);
    sbx_free(extra);
    work_end();
}

static ISandboxGrant *allow(ISandboxSession *session, VARIANT minutes)
{
    ISandboxGrant *grant = NULL;
    BSTR path = text_of(extra);

    CU_ASSERT_EQUAL(ISandboxSession_AllowWrite(session, path, minutes, &grant), S_OK);
    SysFreeString(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(grant);
    return grant;
}

static bool is_active(ISandboxGrant *grant)
{
    VARIANT_BOOL active = VARIANT_FALSE;

    CU_ASSERT_EQUAL(ISandboxGrant_get_Active(grant, &active), S_OK);
    return active != VARIANT_FALSE;
}

static LONG seconds_left(ISandboxGrant *grant)
{
    LONG seconds = -1;

    CU_ASSERT_EQUAL(ISandboxGrant_get_SecondsLeft(grant, &seconds), S_OK);
    return seconds;
}

static bool is_listed(ISandboxSession *session, LONG at, ISandboxGrant *grant)
{
    ISandboxGrants *grants = NULL;
    ISandboxGrant *found = NULL;

    CU_ASSERT_EQUAL_FATAL(ISandboxSession_Grants(session, &grants), S_OK);
    CU_ASSERT_EQUAL(ISandboxGrants_get_Item(grants, v_long(at), &found), S_OK);
    ISandboxGrants_Release(grants);
    if (found)
        ISandboxGrant_Release(found);
    return found == grant;
}

/* Of several the latest. */
static bool is_found_by_target(ISandboxSession *session, ISandboxGrant *grant)
{
    ISandboxGrants *grants = NULL;
    ISandboxGrant *found = NULL;
    VARIANT target = {.vt = VT_BSTR, .bstrVal = text_of(extra)};

    CU_ASSERT_EQUAL_FATAL(ISandboxSession_Grants(session, &grants), S_OK);
    CU_ASSERT_EQUAL(ISandboxGrants_get_Item(grants, target, &found), S_OK);
    VariantClear(&target);
    ISandboxGrants_Release(grants);
    if (found)
        ISandboxGrant_Release(found);
    return found == grant;
}

static void the_end_is_told_with_the_very_object(void)
{
    ISandboxSession *session = begin();
    ISandboxGrant *grant, *other;
    IUnknown *same = NULL;
    int waited;

    advise(session);
    other = allow(session, v_missing());
    CU_ASSERT(seconds_left(other) > 590 && seconds_left(other) <= 601);
    grant = allow(session, v_double(0.02));
    CU_ASSERT_TRUE(is_active(grant));
    CU_ASSERT_TRUE(is_listed(session, 0, other));
    CU_ASSERT_TRUE(is_listed(session, 1, grant));
    CU_ASSERT_TRUE(is_found_by_target(session, grant));
    for (waited = 0; waited < WAIT_MS && !told; waited += 20)
        Sleep(20);
    CU_ASSERT_EQUAL(told, 1);
    CU_ASSERT_EQUAL(ISandboxGrant_QueryInterface(grant, &IID_IUnknown, (void **)&same), S_OK);
    CU_ASSERT_PTR_EQUAL(told_of, same);
    CU_ASSERT_FALSE(is_active(grant));
    CU_ASSERT_EQUAL(seconds_left(grant), 0);
    CU_ASSERT_TRUE(is_active(other));
    CU_ASSERT_EQUAL(ISandboxGrant_Revoke(other), S_OK);
    CU_ASSERT_FALSE(is_active(other));
    CU_ASSERT_EQUAL(told, 1); /* whoever revokes knows */
    IUnknown_Release(same);
    IUnknown_Release(told_of);
    ISandboxGrant_Release(other);
    ISandboxGrant_Release(grant);
    CU_ASSERT_EQUAL(ISandboxSession_Close(session), S_OK);
    ISandboxSession_Release(session);
    end();
}

static void a_grant_outlives_its_session_and_is_over_with_it(void)
{
    ISandboxSession *session = begin();
    ISandboxGrant *grant = allow(session, v_text(L"5"));
    BSTR text = NULL;

    CU_ASSERT_TRUE(is_active(grant));
    ISandboxSession_Release(session);
    for (int waited = 0; waited < WAIT_MS && is_active(grant); waited += 20)
        Sleep(20);
    CU_ASSERT_FALSE(is_active(grant));
    CU_ASSERT_EQUAL(seconds_left(grant), 0);
    CU_ASSERT_EQUAL(ISandboxGrant_get_Target(grant, &text), S_OK);
    CU_ASSERT_TRUE(text_holds(text, L" extra"));
    SysFreeString(text);
    CU_ASSERT_EQUAL(ISandboxGrant_Revoke(grant), S_OK);
    ISandboxGrant_Release(grant);
    for (int waited = 0; waited < WAIT_MS && work_listed() == 2; waited += 20)
        Sleep(20);
    end();
}

/* ---- the policy's file ------------------------------------------------------------------------------------------- */

/* Whether a session with that policy, text or path, plans anything for a file of that name. */
static bool plans_for(const char *policy_text, const WCHAR *name)
{
    ISandboxSession *session = NULL;
    ISandboxPlan *plan = NULL;
    VARIANT policy;
    BSTR text = text_of(work_folder);
    bool found;

    CU_ASSERT_EQUAL_FATAL(session_create(&IID_ISandboxSession, (void **)&session), S_OK);
    CU_ASSERT_EQUAL(ISandboxSession_put_Workspace(session, text), S_OK);
    SysFreeString(text);
    V_VT(&policy) = VT_BSTR;
    V_BSTR(&policy) = text_of(policy_text);
    CU_ASSERT_EQUAL(ISandboxSession_put_Policy(session, policy), S_OK);
    VariantClear(&policy);
    CU_ASSERT_EQUAL_FATAL(ISandboxSession_Plan(session, &plan), S_OK);
    text = NULL;
    CU_ASSERT_EQUAL(ISandboxPlan_get_Text(plan, &text), S_OK);
    found = text_holds(text, name);
    SysFreeString(text);
    ISandboxPlan_Release(plan);
    CU_ASSERT_EQUAL(ISandboxSession_Close(session), S_OK);
    ISandboxSession_Release(session);
    return found;
}

static void the_file_of_the_policy_is_protected_in_the_workspace(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    work_begin();
    buffer_append_format(&path, "%s\\own-policy.json", work_folder);
    CU_ASSERT_EQUAL_FATAL(file_create(buffer_text(&path), USUAL, strlen(USUAL), NULL), SBX_OK);
    CU_ASSERT_FALSE(plans_for(USUAL, L"own-policy.json")); /* the control */
    CU_ASSERT_TRUE(plans_for(buffer_text(&path), L"own-policy.json"));
    CU_ASSERT_EQUAL(file_delete(buffer_text(&path), NULL), SBX_OK);
    buffer_free(&path);
    work_end();
}

const struct harness_suite allow_session_suite = {
    "allow_session",
    (const struct harness_test[]){
        {"the end is told with the very object", the_end_is_told_with_the_very_object},
        {"a grant outlives its session, and is over with it",
         a_grant_outlives_its_session_and_is_over_with_it},
        {"the file of the policy is protected in the workspace",
         the_file_of_the_policy_is_protected_in_the_workspace},
        {NULL, NULL},
    },
};
