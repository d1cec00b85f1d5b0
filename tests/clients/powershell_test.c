/*
 * A C program that calls as PowerShell 7 does (its source, engine/ComInterop, and measurements): members from
 * GetTypeInfo(0) kept for the process, METHOD | PROPERTYGET for every call, its own choice of types.
 */
#include "clients/late.h"

#include <math.h>
#include <stdio.h>
#include <wchar.h>

#define POWERSHELL_FLAGS (DISPATCH_METHOD | DISPATCH_PROPERTYGET)

/* What PowerShell keeps of a type: found once, used for every object of that interface. */
static DISPID member_of(ITypeInfo *type, const wchar_t *name, INVOKEKIND kind)
{
    TYPEATTR *attributes;
    DISPID found = DISPID_UNKNOWN;
    UINT i;

    if (FAILED(ITypeInfo_GetTypeAttr(type, &attributes)))
        return DISPID_UNKNOWN;
    for (i = 0; i < attributes->cFuncs && found == DISPID_UNKNOWN; i++) {
        FUNCDESC *function;
        BSTR spelled = NULL;
        UINT count;

        if (FAILED(ITypeInfo_GetFuncDesc(type, i, &function)))
            continue;
        ITypeInfo_GetNames(type, function->memid, &spelled, 1, &count);
        if (spelled && !_wcsicmp(spelled, name) && function->invkind == kind)
            found = function->memid;
        SysFreeString(spelled);
        ITypeInfo_ReleaseFuncDesc(type, function);
    }
    ITypeInfo_ReleaseTypeAttr(type, attributes);
    return found;
}

static HRESULT ps_call(void *object, const wchar_t *name, VARIANT *result, EXCEPINFO *error, UINT count,
                       const VARIANT *arguments)
{
    struct late call = {.object = object, .flags = POWERSHELL_FLAGS, .count = count};
    ITypeInfo *type;
    UINT i;

    if (FAILED(IDispatch_GetTypeInfo(call.object, 0, LOCALE_USER_DEFAULT, &type)))
        return E_UNEXPECTED;
    call.member = member_of(type, name, INVOKE_FUNC);
    if (call.member == DISPID_UNKNOWN)
        call.member = member_of(type, name, INVOKE_PROPERTYGET);
    ITypeInfo_Release(type);
    for (i = 0; i < count; i++)
        call.arguments[i] = arguments[i];
    return late_invoke(&call, result, error);
}

/* Run with these arguments; the reason of its end, or -1 after saying what was raised. */
static int reason_of(ISandboxSession *session, UINT count, const VARIANT *arguments)
{
    VARIANT result, reason;
    EXCEPINFO error;
    HRESULT status = ps_call(session, L"Run", &result, &error, count, arguments);

    if (FAILED(status)) {
        printf("    %08lx %ls\n", (unsigned long)error.scode,
               error.bstrDescription ? error.bstrDescription : L"");
        late_free(&error);
        return -1;
    }
    ps_call(result.pdispVal, L"ExitReason", &reason, NULL, 0, NULL);
    VariantClear(&result);
    return reason.vt == VT_I4 ? (int)reason.lVal : -2;
}

static void members_come_from_type_information(void)
{
    ISandboxSession *session = session_open(NULL);
    ITypeInfo *first, *second;
    VARIANT report, findings, count, text;

    if (!session)
        return;
    CU_ASSERT_EQUAL(ISandboxSession_GetTypeInfo(session, 0, LOCALE_USER_DEFAULT, &first), S_OK);
    CU_ASSERT_EQUAL(ISandboxSession_GetTypeInfo(session, 0, LOCALE_USER_DEFAULT, &second), S_OK);
    CU_ASSERT_PTR_EQUAL(first, second);
    /* A restricted member is not shown, one with a put comes as one. */
    CU_ASSERT_EQUAL(member_of(first, L"Workspace", INVOKE_PROPERTYPUT), 1);
    CU_ASSERT_EQUAL(member_of(first, L"Run", INVOKE_FUNC), 104);
    ITypeInfo_Release(first);
    ITypeInfo_Release(second);
    CU_ASSERT_EQUAL(ps_call(session, L"Report", &report, NULL, 0, NULL), S_OK);
    CU_ASSERT_EQUAL(ps_call(report.pdispVal, L"Findings", &findings, NULL, 0, NULL), S_OK);
    CU_ASSERT_EQUAL(ps_call(findings.pdispVal, L"Count", &count, NULL, 0, NULL), S_OK);
    CU_ASSERT(count.vt == VT_I4 && count.lVal == 9);
    CU_ASSERT_EQUAL(ps_call(report.pdispVal, L"Text", &text, NULL, 0, NULL), S_OK);
    CU_ASSERT_EQUAL(text.vt, VT_BSTR);
    VariantClear(&text);
    VariantClear(&findings);
    VariantClear(&report);
    session_end(session);
}

/* PowerShell has one list of setters for a DISPID and takes the first. */
static void first_setter_of_policy_takes_anything(void)
{
    ISandboxSession *session = session_new();
    ITypeInfo *type;
    TYPEATTR *attributes;
    INVOKEKIND first = 0;
    UINT i;

    if (!session)
        return;
    ISandboxSession_GetTypeInfo(session, 0, 0, &type);
    ITypeInfo_GetTypeAttr(type, &attributes);
    for (i = 0; i < attributes->cFuncs && !first; i++) {
        FUNCDESC *function;

        ITypeInfo_GetFuncDesc(type, i, &function);
        if (function->memid == 2 && function->invkind & (INVOKE_PROPERTYPUT | INVOKE_PROPERTYPUTREF))
            first = function->invkind;
        ITypeInfo_ReleaseFuncDesc(type, function);
    }
    CU_ASSERT_EQUAL(first, INVOKE_PROPERTYPUT);
    ITypeInfo_ReleaseTypeAttr(type, attributes);
    ITypeInfo_Release(type);
    ISandboxSession_Release(session);
}

static VARIANT number_as(VARTYPE type, long number)
{
    VARIANT from = v_long(number), value;

    VariantInit(&value);
    if (FAILED(VariantChangeType(&value, &from, 0, type)))
        printf("    no VARIANT of type %u\n", type);
    return value;
}

static void numbers_of_every_type_are_taken(void)
{
    static const VARTYPE types[] = {VT_I8,  VT_UI2,  VT_UI8, VT_UI4, VT_I2, VT_I1,      VT_UI1,
                                    VT_INT, VT_UINT, VT_R4,  VT_R8,  VT_CY, VT_DECIMAL, VT_BSTR};
    ISandboxSession *session = session_open(NULL);
    VARIANT arguments[2] = {{.vt = VT_BSTR}};
    size_t i;

    if (!session)
        return;
    arguments[0].bstrVal = fixture_line(L"sleep 60000");
    for (i = 0; i < sizeof types / sizeof *types; i++) {
        arguments[1] = number_as(types[i], 100);
        if (reason_of(session, 2, arguments) != sbxExitTimedOut) {
            printf("    with type %u\n", types[i]);
            CU_FAIL("a type of number was not taken");
        }
        VariantClear(&arguments[1]);
    }
    VariantClear(&arguments[0]);
    session_end(session);
}

static void what_is_left_out_is_absent(void)
{
    ISandboxSession *session = session_open(NULL);
    VARIANT arguments[3] = {{.vt = VT_BSTR}}, empty = {.vt = VT_EMPTY}, null = {.vt = VT_NULL};
    VARIANT by_reference = {.vt = VT_BYREF | VT_VARIANT};

    if (!session)
        return;
    by_reference.pvarVal = &empty;
    arguments[0].bstrVal = fixture_line(L"exit 0");
    CU_ASSERT_EQUAL(reason_of(session, 1, arguments), sbxExitExited);
    arguments[1] = arguments[2] = v_absent();
    CU_ASSERT_EQUAL(reason_of(session, 3, arguments), sbxExitExited);
    arguments[1] = arguments[2] = empty;
    CU_ASSERT_EQUAL(reason_of(session, 3, arguments), sbxExitExited);
    arguments[1] = arguments[2] = null;
    CU_ASSERT_EQUAL(reason_of(session, 3, arguments), sbxExitExited);
    arguments[1] = arguments[2] = by_reference;
    CU_ASSERT_EQUAL(reason_of(session, 3, arguments), sbxExitExited);
    VariantClear(&arguments[0]);
    session_end(session);
}

static bool prints(ISandboxSession *session, const VARIANT *command, const wchar_t *expected)
{
    VARIANT result, text;
    EXCEPINFO error;

    if (FAILED(ps_call(session, L"Run", &result, &error, 1, command))) {
        printf("    %08lx %ls\n", (unsigned long)error.scode,
               error.bstrDescription ? error.bstrDescription : L"");
        late_free(&error);
        return false;
    }
    ps_call(result.pdispVal, L"StdOut", &text, NULL, 0, NULL);
    VariantClear(&result);
    return text.vt == VT_BSTR && text_is(text.bstrVal, expected);
}

/* @('a') is an array of VARIANT, [string[]] one of BSTR; either may come as a reference. */
static void arrays_of_both_kinds_are_commands(void)
{
    ISandboxSession *session = session_open(NULL);
    const wchar_t *texts[] = {fixture_path(), L"args", L"two words", L"", L"quote \" slash \\"};
    const wchar_t *expected = L"two words\n\nquote \" slash \\\n";
    VARIANT array, by_array = {0}, by_variant = {.vt = VT_BYREF | VT_VARIANT};

    if (!session)
        return;
    array = v_texts(VT_VARIANT, texts, 5);
    CU_ASSERT(prints(session, &array, expected));
    by_variant.pvarVal = &array;
    CU_ASSERT(prints(session, &by_variant, expected));
    by_array.vt = VT_BYREF | VT_ARRAY | VT_VARIANT;
    by_array.pparray = &array.parray;
    CU_ASSERT(prints(session, &by_array, expected));
    VariantClear(&array);
    array = v_texts(VT_BSTR, texts, 5);
    CU_ASSERT(prints(session, &array, expected));
    by_array.vt = VT_BYREF | VT_ARRAY | VT_BSTR;
    by_array.pparray = &array.parray;
    CU_ASSERT(prints(session, &by_array, expected));
    VariantClear(&array);
    session_end(session);
}

static void array_elements_may_be_numbers_and_references(void)
{
    ISandboxSession *session = session_open(NULL);
    const wchar_t *texts[] = {fixture_path(), L"args", L"", L"", L""};
    VARIANT array = v_texts(VT_VARIANT, texts, 5), inner = v_text(L"wrapped"), *elements;

    if (!session)
        return;
    SafeArrayAccessData(array.parray, (void **)&elements);
    elements[2].vt = VT_I8;
    elements[2].llVal = 1234567890123;
    elements[3].vt = VT_UI2;
    elements[3].uiVal = 7;
    elements[4].vt = VT_BYREF | VT_VARIANT;
    elements[4].pvarVal = &inner;
    SafeArrayUnaccessData(array.parray);
    CU_ASSERT(prints(session, &array, L"1234567890123\n7\nwrapped\n"));
    VariantClear(&array);
    VariantClear(&inner);
    session_end(session);
}

static void arrays_with_a_lower_bound_are_read_from_it(void)
{
    ISandboxSession *session = session_open(NULL);
    SAFEARRAYBOUND bound = {3, 1};
    const wchar_t *texts[] = {fixture_path(), L"args", L"from one"};
    VARIANT array = {.vt = VT_ARRAY | VT_BSTR};
    LONG i;

    if (!session)
        return;
    array.parray = SafeArrayCreate(VT_BSTR, 1, &bound);
    for (i = 1; i <= 3; i++) {
        BSTR text = SysAllocString(texts[i - 1]);

        SafeArrayPutElement(array.parray, &i, text);
        SysFreeString(text);
    }
    CU_ASSERT(prints(session, &array, L"from one\n"));
    VariantClear(&array);
    session_end(session);
}

/* Never DISP_E_TYPEMISMATCH: PowerShell's own text for it fails. */
static void wrong_types_are_named(void)
{
    ISandboxSession *session = session_open(NULL);
    const wchar_t *texts[] = {L"1", L"2"};
    SAFEARRAYBOUND bounds[2] = {{2, 0}, {2, 0}};
    VARIANT arguments[3], value, *timeout = &arguments[1];
    EXCEPINFO error;

    if (!session)
        return;
    arguments[0].vt = VT_BSTR;
    arguments[0].bstrVal = fixture_line(L"exit 0");

    *timeout = v_texts(VT_BSTR, texts, 2);
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 2, arguments), &error, SBX_CODE(Argument),
                          L"timeoutMs"));
    VariantClear(timeout);
    *timeout = v_object(session);
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 2, arguments), &error, SBX_CODE(Argument),
                          L"timeoutMs"));
    timeout->vt = VT_I8;
    timeout->llVal = 1ll << 40;
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 2, arguments), &error, SBX_CODE(Argument),
                          L"timeoutMs"));
    timeout->vt = VT_UI8;
    timeout->ullVal = UINT64_MAX;
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 2, arguments), &error, SBX_CODE(Argument),
                          L"timeoutMs"));
    timeout->vt = VT_R8;
    timeout->dblVal = NAN;
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 2, arguments), &error, SBX_CODE(Argument),
                          L"timeoutMs"));
    timeout->vt = VT_ERROR;
    timeout->scode = E_FAIL;
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 2, arguments), &error, SBX_CODE(Argument),
                          L"timeoutMs"));
    *timeout = v_absent();
    arguments[2] = v_object(session);
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 3, arguments), &error, SBX_CODE(Argument),
                          L"input"));
    VariantClear(&arguments[0]);

    arguments[0].vt = VT_ARRAY | VT_VARIANT;
    arguments[0].parray = SafeArrayCreate(VT_VARIANT, 2, bounds);
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 1, arguments), &error, SBX_CODE(Argument),
                          L"command"));
    VariantClear(&arguments[0]);
    arguments[0] = v_object(NULL);
    arguments[0].vt = VT_UNKNOWN;
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 1, arguments), &error, SBX_CODE(Argument),
                          L"command"));
    arguments[0].vt = VT_DISPATCH | VT_BYREF;
    arguments[0].ppdispVal = (IDispatch **)&session;
    CU_ASSERT(late_raised(ps_call(session, L"Run", &value, &error, 1, arguments), &error, SBX_CODE(Argument),
                          L"command"));
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 5"), 5);
    session_end(session);
}

/* `$s.Level = 'nonsense'`, `= $null`, `= @()`: a type mismatch there breaks PowerShell's own message. */
static void wrong_puts_are_exceptions(void)
{
    ISandboxSession *session = session_new();
    const wchar_t *texts[] = {L"a"};
    struct late put = {.flags = DISPATCH_PROPERTYPUT, .count = 1};
    EXCEPINFO error;

    if (!session)
        return;
    put.object = (IDispatch *)session;
    put.member = late_id(session, L"Level");
    put.arguments[0] = v_text(L"nonsense");
    CU_ASSERT(late_raised(late_invoke(&put, NULL, &error), &error, SBX_CODE(Argument), L"restricted"));
    VariantClear(&put.arguments[0]);
    put.arguments[0] = v_texts(VT_BSTR, texts, 1);
    CU_ASSERT(late_raised(late_invoke(&put, NULL, &error), &error, SBX_CODE(Argument), NULL));
    put.member = late_id(session, L"Workspace");
    CU_ASSERT(late_raised(late_invoke(&put, NULL, &error), &error, SBX_CODE(Argument), L"workspace"));
    VariantClear(&put.arguments[0]);
    put.arguments[0] = v_object(session);
    CU_ASSERT(late_raised(late_invoke(&put, NULL, &error), &error, SBX_CODE(Argument), L"workspace"));
    ISandboxSession_Release(session);
}

/* DISPID -4 is asked of everything that is piped or turned into text. */
static void enumerator_is_asked_out_of_the_blue(void)
{
    static const WORD flags[] = {POWERSHELL_FLAGS, DISPATCH_METHOD, DISPATCH_PROPERTYGET};
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result = NULL;
    ISandboxProcesses *processes = NULL;
    VARIANT value;
    size_t i;

    if (!session)
        return;
    run(session, L"exit 0", &result);
    ISandboxSession_Processes(session, &processes);
    for (i = 0; i < 3; i++) {
        struct late call = {.member = DISPID_NEWENUM, .flags = flags[i]};
        IEnumVARIANT *items = NULL;

        call.object = (IDispatch *)session;
        CU_ASSERT_EQUAL(late_invoke(&call, &value, NULL), DISP_E_MEMBERNOTFOUND);
        call.object = (IDispatch *)result;
        CU_ASSERT_EQUAL(late_invoke(&call, &value, NULL), DISP_E_MEMBERNOTFOUND);
        call.object = (IDispatch *)processes;
        CU_ASSERT_EQUAL(late_invoke(&call, &value, NULL), S_OK);
        CU_ASSERT_FATAL(value.vt == VT_UNKNOWN || value.vt == VT_DISPATCH);
        CU_ASSERT(SUCCEEDED(IUnknown_QueryInterface(value.punkVal, &IID_IEnumVARIANT, (void **)&items)));
        if (items)
            IEnumVARIANT_Release(items);
        VariantClear(&value);
    }
    ISandboxProcesses_Release(processes);
    ISandboxResult_Release(result);
    session_end(session);
}

/* $s.Processes()['1'], $s.Processes()[0], .Item([long]0) */
static void indexer_takes_numbers_and_text(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcesses *processes = NULL;
    struct late call = {.member = DISPID_VALUE, .flags = POWERSHELL_FLAGS, .count = 1};
    VARIANT value;
    EXCEPINFO error;

    if (!session)
        return;
    CU_ASSERT_EQUAL(exit_code_of(session, L"exit 0"), 0);
    ISandboxSession_Processes(session, &processes);
    call.object = (IDispatch *)processes;
    call.arguments[0] = v_long(0);
    CU_ASSERT(late_invoke(&call, &value, NULL) == S_OK && value.vt == VT_DISPATCH);
    VariantClear(&value);
    call.arguments[0].vt = VT_I8;
    call.arguments[0].llVal = 0;
    CU_ASSERT(late_invoke(&call, &value, NULL) == S_OK && value.vt == VT_DISPATCH);
    VariantClear(&value);
    call.arguments[0] = v_text(L"1");
    CU_ASSERT(late_invoke(&call, &value, NULL) == S_OK && value.vt == VT_DISPATCH);
    VariantClear(&value);
    VariantClear(&call.arguments[0]);
    call.arguments[0] = v_text(L"nobody");
    CU_ASSERT(late_raised(late_invoke(&call, &value, &error), &error, SBX_CODE(Argument), L"nobody"));
    VariantClear(&call.arguments[0]);
    call.arguments[0] = v_long(1);
    CU_ASSERT(late_raised(late_invoke(&call, &value, &error), &error, SBX_CODE(Argument), L"1"));
    ISandboxProcesses_Release(processes);

    /* What has no default member says so. */
    call.object = (IDispatch *)session;
    call.count = 0;
    CU_ASSERT_EQUAL(late_invoke(&call, &value, NULL), DISP_E_MEMBERNOTFOUND);
    session_end(session);
}

/* Every property that PowerShell shows at its prompt answers on a new, a provisioned and a closed session. */
static bool properties_answer(void *object, const char *when)
{
    ITypeInfo *type;
    TYPEATTR *attributes;
    bool all = true;
    UINT i;

    IDispatch_GetTypeInfo((IDispatch *)object, 0, 0, &type);
    ITypeInfo_GetTypeAttr(type, &attributes);
    for (i = 0; i < attributes->cFuncs; i++) {
        FUNCDESC *function;
        struct late get = {.object = object, .flags = POWERSHELL_FLAGS};
        VARIANT value;
        EXCEPINFO error;
        BSTR name = NULL;
        UINT count;

        ITypeInfo_GetFuncDesc(type, i, &function);
        get.member = function->memid;
        if (function->invkind == INVOKE_PROPERTYGET && !function->cParams &&
            FAILED(late_invoke(&get, &value, &error))) {
            ITypeInfo_GetNames(type, function->memid, &name, 1, &count);
            if (error.scode != SBX_CODE(NotBuilt)) {
                printf("    %s, %ls: %08lx %ls\n", when, name, (unsigned long)error.scode,
                       error.bstrDescription);
                all = false;
            }
            SysFreeString(name);
            late_free(&error);
        } else if (function->invkind == INVOKE_PROPERTYGET && !function->cParams) {
            if (value.vt == VT_I8 || value.vt == VT_UI4 || value.vt == VT_UI8 || value.vt == VT_DECIMAL ||
                value.vt == VT_CY) {
                printf("    %s: type %u goes out\n", when, value.vt);
                all = false;
            }
            VariantClear(&value);
        }
        ITypeInfo_ReleaseFuncDesc(type, function);
    }
    ITypeInfo_ReleaseTypeAttr(type, attributes);
    ITypeInfo_Release(type);
    return all;
}

static void properties_never_fail_at_the_prompt(void)
{
    ISandboxSession *session = session_new();
    ISandboxProcess *process = NULL;
    ISandboxResult *result = NULL;
    ISandboxReport *report = NULL;
    VARIANT_BOOL ended;

    if (!session)
        return;
    CU_ASSERT(properties_answer(session, "a new session"));
    ISandboxSession_Release(session);
    session = session_open(NULL);
    if (!session)
        return;
    CU_ASSERT(properties_answer(session, "a provisioned session"));
    CU_ASSERT_FATAL(went_well(ISandboxSession_Report(session, &report), "Report"));
    CU_ASSERT(properties_answer(report, "a report"));
    ISandboxReport_Release(report);
    CU_ASSERT_FATAL(went_well(run(session, L"exit 1", &result), "Run"));
    CU_ASSERT(properties_answer(result, "a result"));
    CU_ASSERT_FATAL(went_well(spawn(session, L"exit 1", 0, &process), "Spawn"));
    ISandboxProcess_Wait(process, v_absent(), &ended);
    CU_ASSERT(properties_answer(process, "an ended process"));
    ISandboxSession_Close(session);
    CU_ASSERT(properties_answer(session, "a closed session"));
    CU_ASSERT(properties_answer(process, "a process of a closed session"));
    CU_ASSERT(properties_answer(result, "a result of a closed session"));
    ISandboxResult_Release(result);
    ISandboxProcess_Release(process);
    ISandboxSession_Release(session);
}

const struct harness_suite powershell_suite = {
    "as PowerShell calls",
    (const struct harness_test[]){
        {"members are found in the cached type information", members_come_from_type_information},
        {"the first setter of Policy is the one that takes anything", first_setter_of_policy_takes_anything},
        {"numbers of every type are taken", numbers_of_every_type_are_taken},
        {"what is left out, Empty or Null is absent", what_is_left_out_is_absent},
        {"arrays of VARIANT and of BSTR are commands", arrays_of_both_kinds_are_commands},
        {"elements may be numbers and references", array_elements_may_be_numbers_and_references},
        {"an array that begins at 1 is read from there", arrays_with_a_lower_bound_are_read_from_it},
        {"wrong types are E_ARGUMENT with the parameter's name", wrong_types_are_named},
        {"wrong values of properties are exceptions, too", wrong_puts_are_exceptions},
        {"DISPID -4 out of the blue is not found or gives the enumerator",
         enumerator_is_asked_out_of_the_blue},
        {"the indexer takes any number and a key", indexer_takes_numbers_and_text},
        {"no property fails at the prompt, and no type that scripts cannot hold goes out",
         properties_never_fail_at_the_prompt},
        {NULL, NULL},
    },
};
