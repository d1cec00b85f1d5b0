/* A C program through IDispatch: names, flags, positions, what EXCEPINFO says. */
#include "clients/late.h"

#include <stdio.h>

static void names_are_found_in_any_case(void)
{
    ISandboxSession *session = session_new();

    if (!session)
        return;
    CU_ASSERT_NOT_EQUAL(late_id(session, L"Workspace"), DISPID_UNKNOWN);
    CU_ASSERT_EQUAL(late_id(session, L"workspace"), late_id(session, L"Workspace"));
    CU_ASSERT_EQUAL(late_id(session, L"PROVISION"), late_id(session, L"Provision"));
    CU_ASSERT_EQUAL(late_id(session, L"NoSuchMember"), DISPID_UNKNOWN);
    ISandboxSession_Release(session);
}

static void dispids_are_those_of_the_idl(void)
{
    ISandboxSession *session = session_new();

    if (!session)
        return;
    CU_ASSERT_EQUAL(late_id(session, L"Workspace"), 1);
    CU_ASSERT_EQUAL(late_id(session, L"Policy"), 2);
    CU_ASSERT_EQUAL(late_id(session, L"Provision"), 101);
    CU_ASSERT_EQUAL(late_id(session, L"Run"), 104);
    CU_ASSERT_EQUAL(late_id(session, L"Close"), 119);
    ISandboxSession_Release(session);
}

static void parameters_have_names(void)
{
    ISandboxSession *session = session_open(NULL);
    OLECHAR *names[] = {(OLECHAR *)L"Run", (OLECHAR *)L"command", (OLECHAR *)L"timeoutMs",
                        (OLECHAR *)L"input"};
    DISPID ids[4];
    VARIANT result;
    sbxExit reason;
    EXCEPINFO error;

    if (!session)
        return;
    CU_ASSERT_EQUAL_FATAL(
        ISandboxSession_GetIDsOfNames(session, &IID_NULL, names, 4, LOCALE_USER_DEFAULT, ids), S_OK);
    struct late call = {.object = (IDispatch *)session,
                        .member = ids[0],
                        .flags = DISPATCH_METHOD,
                        .count = 2,
                        .named_count = 1,
                        .named = {ids[2]}};
    call.arguments[0].vt = VT_BSTR;
    call.arguments[0].bstrVal = fixture_line(L"sleep 60000");
    call.arguments[1] = v_long(100);
    CU_ASSERT_EQUAL(late_invoke(&call, &result, &error), S_OK);
    late_free(&error);
    VariantClear(&call.arguments[0]);
    CU_ASSERT_FATAL(result.vt == VT_DISPATCH);
    ISandboxResult_get_ExitReason((ISandboxResult *)result.pdispVal, &reason);
    CU_ASSERT_EQUAL(reason, sbxExitTimedOut);
    VariantClear(&result);
    session_end(session);
}

/* METHOD and PROPERTYGET are the same to us: languages differ in what they send for what looks like a call. */
static void methods_and_properties_answer_either_way(void)
{
    static const WORD flags[] = {DISPATCH_METHOD, DISPATCH_PROPERTYGET,
                                 DISPATCH_METHOD | DISPATCH_PROPERTYGET};
    ISandboxSession *session = session_open(NULL);
    VARIANT value;
    size_t i;

    if (!session)
        return;
    for (i = 0; i < 3; i++) {
        struct late state = {
            .object = (IDispatch *)session, .member = late_id(session, L"State"), .flags = flags[i]};
        struct late report = {
            .object = (IDispatch *)session, .member = late_id(session, L"Report"), .flags = flags[i]};

        CU_ASSERT_EQUAL(late_invoke(&state, &value, NULL), S_OK);
        CU_ASSERT(value.vt == VT_I4 && value.lVal == sbxStateProvisioned);
        CU_ASSERT_EQUAL(late_invoke(&report, &value, NULL), S_OK);
        CU_ASSERT_EQUAL(value.vt, VT_DISPATCH);
        VariantClear(&value);
    }
    session_end(session);
}

static void locale_is_ignored(void)
{
    static const LCID locales[] = {0, 0x0409, 0x0407, 0x0411, 0x7f, 0xffffffff};
    ISandboxSession *session = session_new();
    VARIANT value;
    size_t i;

    if (!session)
        return;
    for (i = 0; i < sizeof locales / sizeof *locales; i++) {
        struct late call = {
            .object = (IDispatch *)session, .member = 5, .flags = DISPATCH_PROPERTYGET, .locale = locales[i]};
        DISPID id = 0;
        OLECHAR *name = (OLECHAR *)L"State";

        CU_ASSERT_EQUAL(ISandboxSession_GetIDsOfNames(session, &IID_NULL, &name, 1, locales[i], &id), S_OK);
        CU_ASSERT_EQUAL(id, 5);
        CU_ASSERT_EQUAL(late_invoke(&call, &value, NULL), S_OK);
        CU_ASSERT_EQUAL(value.lVal, sbxStateNew);
    }
    ISandboxSession_Release(session);
}

static void exceptions_are_whole(void)
{
    ISandboxSession *session = session_new();
    struct late call = {.flags = DISPATCH_METHOD, .count = 1};
    VARIANT value;
    EXCEPINFO error;

    if (!session)
        return;
    call.object = (IDispatch *)session;
    call.member = late_id(session, L"Run");
    call.arguments[0] = v_text(L"cmd /c ver");
    CU_ASSERT(
        late_raised(late_invoke(&call, &value, &error), &error, SBX_CODE(NotProvisioned), L"Provision"));
    CU_ASSERT_EQUAL(value.vt, VT_EMPTY);
    /* A caller that wants no EXCEPINFO is not written to. */
    CU_ASSERT(FAILED(late_invoke(&call, &value, NULL)));
    VariantClear(&call.arguments[0]);
    ISandboxSession_Release(session);
}

static void wrong_calls_have_their_codes(void)
{
    ISandboxSession *session = session_new();
    struct late call = {.flags = DISPATCH_METHOD};
    DISPPARAMS none = {0};
    EXCEPINFO error;
    VARIANT value;

    if (!session)
        return;
    call.object = (IDispatch *)session;
    call.member = 4711;
    CU_ASSERT_EQUAL(late_invoke(&call, &value, NULL), DISP_E_MEMBERNOTFOUND);
    call.member = late_id(session, L"Close");
    call.count = 1;
    call.arguments[0] = v_long(1);
    CU_ASSERT(late_raised(late_invoke(&call, &value, &error), &error, SBX_CODE(Argument), L"Close"));
    CU_ASSERT_EQUAL(ISandboxSession_Invoke(session, 5, &IID_IDispatch, 0, DISPATCH_PROPERTYGET, &none, &value,
                                           NULL, NULL),
                    DISP_E_UNKNOWNINTERFACE);
    call.member = late_id(session, L"Id"); /* reading only */
    call.flags = DISPATCH_PROPERTYPUT;
    call.arguments[0] = v_text(L"x");
    CU_ASSERT_EQUAL(late_invoke(&call, NULL, NULL), DISP_E_MEMBERNOTFOUND);
    VariantClear(&call.arguments[0]);
    ISandboxSession_Release(session);
}

static void type_information_is_the_interfaces(void)
{
    ISandboxSession *session = session_new();
    ITypeInfo *info = NULL;
    TYPEATTR *attributes;
    BSTR name = NULL;
    UINT count = 0;

    if (!session)
        return;
    CU_ASSERT_EQUAL(ISandboxSession_GetTypeInfoCount(session, &count), S_OK);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(ISandboxSession_GetTypeInfo(session, 1, 0, &info), DISP_E_BADINDEX);
    CU_ASSERT_EQUAL_FATAL(ISandboxSession_GetTypeInfo(session, 0, 0, &info), S_OK);
    CU_ASSERT_EQUAL_FATAL(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    CU_ASSERT(IsEqualGUID(&attributes->guid, &IID_ISandboxSession));
    CU_ASSERT_EQUAL(attributes->typekind, TKIND_DISPATCH);
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_GetDocumentation(info, MEMBERID_NIL, &name, NULL, NULL, NULL);
    CU_ASSERT(text_is(name, L"ISandboxSession"));
    ITypeInfo_Release(info);
    ISandboxSession_Release(session);
}

static bool put_raises(ISandboxSession *session, WORD flags, VARIANT value, HRESULT code)
{
    struct late put = {
        .object = (IDispatch *)session, .member = 2, .flags = flags, .count = 1, .arguments = {value}};
    EXCEPINFO error;

    return late_raised(late_invoke(&put, NULL, &error), &error, code, NULL);
}

/* Let and Set both take an object of ours and text, and nothing else. */
static void policy_is_put_in_every_way(void)
{
    ISandboxSession *session = session_new(), *other = session_new();
    IDispatch *policy = NULL;
    VARIANT value = {.vt = VT_BSTR};

    if (!session || !other)
        return;
    value.bstrVal = policy_text(NULL);
    CU_ASSERT_EQUAL(late_put(session, L"Policy", DISPATCH_PROPERTYPUT, value), S_OK);
    CU_ASSERT_EQUAL(late_put(session, L"Policy", DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF, value),
                    S_OK);
    /* PowerShell, once it has put an object: from then on it puts texts by reference, too. */
    CU_ASSERT_EQUAL(late_put(session, L"Policy", DISPATCH_PROPERTYPUTREF, value), S_OK);
    VariantClear(&value);
    CU_ASSERT_FATAL(SUCCEEDED(CoCreateInstance(&CLSID_SandboxPolicy, NULL, CLSCTX_INPROC_SERVER,
                                               &IID_IDispatch, (void **)&policy)));
    CU_ASSERT_EQUAL(late_put(session, L"Policy", DISPATCH_PROPERTYPUT, v_object(policy)), S_OK);
    CU_ASSERT_EQUAL(late_put(session, L"Policy", DISPATCH_PROPERTYPUTREF, v_object(policy)), S_OK);
    CU_ASSERT_EQUAL(
        late_put(session, L"Policy", DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF, v_object(policy)), S_OK);
    CU_ASSERT(put_raises(session, DISPATCH_PROPERTYPUT, v_object(NULL), SBX_CODE(Argument)));
    CU_ASSERT(put_raises(session, DISPATCH_PROPERTYPUT, v_object((IDispatch *)other), SBX_CODE(Argument)));
    CU_ASSERT(put_raises(session, DISPATCH_PROPERTYPUTREF, v_object(other), SBX_CODE(Argument)));
    CU_ASSERT(put_raises(session, DISPATCH_PROPERTYPUTREF, v_object(NULL), SBX_CODE(Argument)));
    IDispatch_Release(policy);
    ISandboxSession_Release(other);
    ISandboxSession_Release(session);
}

const struct harness_suite dispatch_suite = {
    "dispatch",
    (const struct harness_test[]){
        {"names are found in any case", names_are_found_in_any_case},
        {"DISPIDs are those of the IDL", dispids_are_those_of_the_idl},
        {"parameters can be named", parameters_have_names},
        {"methods and properties answer as either", methods_and_properties_answer_either_way},
        {"the locale changes nothing", locale_is_ignored},
        {"an exception has its code, text and source at once", exceptions_are_whole},
        {"members that are not there get Automation's own codes, too many arguments our own",
         wrong_calls_have_their_codes},
        {"type information is there and is the interface's", type_information_is_the_interfaces},
        {"a policy is put as text or as an object of ours, with Let, Set or both",
         policy_is_put_in_every_way},
        {NULL, NULL},
    },
};
