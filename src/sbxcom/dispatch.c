/*
 * dispatch.c - from an Invoke to a slot of the vtable and back.
 */
#include "sbxcom/dispatch.h"
#include "sbxcom/arguments.h"

#include <string.h>

/* ---- names --------------------------------------------------------------------------------------------------------- */

static DISPID find_parameter(const struct typeinfo *info, const struct member *member, const WCHAR *name)
{
    size_t ways;

    /* The put and the get of one property have the same names for their parameters, but not the same number. */
    member = typeinfo_find(info, member->id, &ways);
    for (; ways > 0; member++, ways--) {
        for (UINT i = 0; i < member->parameter_count; i++) {
            if (typeinfo_is_name(name, member->parameters[i].name))
                return (DISPID)i;
        }
    }
    return DISPID_UNKNOWN;
}

HRESULT dispatch_get_ids(const struct object *object, LPOLESTR *names, UINT count, DISPID *ids)
{
    const struct typeinfo *info;
    const struct member *member;
    HRESULT result = typeinfo_get(object->class->type, &info);

    if (FAILED(result) || count == 0)
        return result;
    member = typeinfo_find_name(info, names[0]);
    ids[0] = member ? member->id : DISPID_UNKNOWN;
    result = member ? S_OK : DISP_E_UNKNOWNNAME;
    for (UINT i = 1; i < count; i++) {
        ids[i] = member ? find_parameter(info, member, names[i]) : DISPID_UNKNOWN;
        if (ids[i] == DISPID_UNKNOWN)
            result = DISP_E_UNKNOWNNAME;
    }
    return result;
}

/* ---- which member -------------------------------------------------------------------------------------------------- */

/*
 * The way of using the member that the flags ask for. Languages are not exact: some put objects with PROPERTYPUT, some
 * put values with PROPERTYPUTREF (PowerShell every one, once it has put an object to that property), some set both flags and
 * leave the choice to us. So the put that takes any VARIANT is asked whatever the flags are: it takes objects as well, and
 * knows what to say of what it does not take. The one by reference is for callers of the vtable.
 */
static const struct member *choose(const struct member *ways, size_t count, WORD flags)
{
    const struct member *put = NULL, *put_reference = NULL, *get = NULL;

    for (size_t i = 0; i < count; i++) {
        if (ways[i].kind == INVOKE_PROPERTYPUT)
            put = &ways[i];
        else if (ways[i].kind == INVOKE_PROPERTYPUTREF)
            put_reference = &ways[i];
        else
            get = &ways[i];
    }
    if (!(flags & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF)))
        return get;
    return put ? put : put_reference;
}

/* ---- arguments ----------------------------------------------------------------------------------------------------- */

/* One call: what was given, in the order of the parameters, and what the vtable gets. Lives on the stack. */
struct call {
    const struct object *object;
    const struct member *member;
    VARIANT *given[MEMBER_MOST_PARAMETERS]; /* NULL: left out */
    VARIANT values[MEMBER_MOST_PARAMETERS];
    VARIANT *pointers[MEMBER_MOST_PARAMETERS];
    UINT value_count;                   /* converted so far, to be cleaned up */
    bool owned[MEMBER_MOST_PARAMETERS]; /* the value is ours to clear, not the caller's own */
};

static const char *what_it_takes(VARTYPE type)
{
    switch (type) {
    case VT_BSTR:
        return "text";
    case VT_I4:
        return "a whole number";
    case VT_R8:
        return "a number";
    case VT_BOOL:
        return "True or False";
    case VT_DISPATCH:
        return "a policy object (Sbx.Policy)"; /* the only one that a member takes */
    default:
        return "a value";
    }
}

static sbx_status too_many(const struct call *call, UINT given, struct sbx_error *error)
{
    UINT most = call->member->parameter_count;

    if (most == 0)
        return error_set(error, SBX_E_ARGUMENT, "%s takes no arguments; %u were given.", call->member->name,
                         given);
    return error_set(error, SBX_E_ARGUMENT, "%s takes at most %u argument%s; %u were given.",
                     call->member->name, most, most == 1 ? "" : "s", given);
}

/* Puts what was given in the order of the parameters. *wrong is the caller's number of a wrong argument. */
static HRESULT place(struct call *call, const DISPPARAMS *given, UINT *wrong, sbx_status *status,
                     struct sbx_error *error)
{
    UINT parameter_count = call->member->parameter_count;
    UINT positional = given->cArgs - given->cNamedArgs;

    if (given->cNamedArgs > given->cArgs)
        return E_INVALIDARG;
    *status = SBX_OK;
    if (given->cArgs > parameter_count) {
        *wrong = 0;
        *status = too_many(call, given->cArgs, error);
        return S_OK;
    }
    /* The last of the caller's array is the first argument. */
    for (UINT i = 0; i < positional; i++)
        call->given[i] = &given->rgvarg[given->cArgs - 1 - i];
    for (UINT i = 0; i < given->cNamedArgs; i++) {
        DISPID id = given->rgdispidNamedArgs[i];
        UINT place = id == DISPID_PROPERTYPUT ? parameter_count - 1 : (UINT)id;

        *wrong = i;
        if (place >= parameter_count)
            return DISP_E_PARAMNOTFOUND;
        if (call->given[place]) {
            *status = error_set(error, SBX_E_ARGUMENT, "%s was given %s twice.", call->member->name,
                                call->member->parameters[place].name);
            return S_OK;
        }
        call->given[place] = &given->rgvarg[i];
    }
    return S_OK;
}

static sbx_status convert_object(const VARIANT *given, const struct parameter *parameter, VARIANT *value,
                                 bool *owned, struct sbx_error *error)
{
    VARIANT meant = argument_value(given);

    V_VT(value) = VT_DISPATCH;
    V_DISPATCH(value) = NULL;
    if ((V_VT(&meant) == VT_DISPATCH || V_VT(&meant) == VT_UNKNOWN) && !V_UNKNOWN(&meant))
        return SBX_OK; /* Nothing: the method says what that means */
    if (argument_shape(&meant) != ARGUMENT_OBJECT ||
        FAILED(IUnknown_QueryInterface(V_UNKNOWN(&meant), &parameter->iid, (void **)&V_DISPATCH(value))))
        return argument_wrong(&meant, parameter->name, what_it_takes(VT_DISPATCH), error);
    *owned = true;
    return SBX_OK;
}

static sbx_status convert(VARIANT *given, const struct parameter *parameter, VARIANT *value, bool *owned,
                          struct sbx_error *error)
{
    int64_t whole;
    bool truth;
    sbx_status status;

    V_VT(value) = parameter->type;
    switch (parameter->type) {
    case VT_BSTR:
        return argument_as_bstr(given, parameter->name, &V_BSTR(value), owned, error);
    case VT_I4:
        status = argument_whole(given, parameter->name, INT32_MIN, INT32_MAX, &whole, error);
        if (!status)
            V_I4(value) = (LONG)whole;
        return status;
    case VT_R8:
        return argument_number(given, parameter->name, -1e300, 1e300, &V_R8(value), error);
    case VT_BOOL:
        status = argument_bool(given, parameter->name, &truth, error);
        if (!status)
            V_BOOL(value) = truth ? VARIANT_TRUE : VARIANT_FALSE;
        return status;
    case VT_DISPATCH:
        return convert_object(given, parameter, value, owned, error);
    default: /* VT_VARIANT: the method looks at it, with the same functions */
        *value = argument_value(given);
        return SBX_OK;
    }
}

static bool is_left_out(const VARIANT *argument)
{
    VARIANT value;

    if (!argument)
        return true;
    value = argument_value(argument);
    return V_VT(&value) == VT_ERROR && V_ERROR(&value) == DISP_E_PARAMNOTFOUND;
}

/* *wrong is untouched where nothing was given. */
static sbx_status convert_all(struct call *call, const DISPPARAMS *given, UINT *wrong,
                              struct sbx_error *error)
{
    for (UINT i = 0; i < call->member->parameter_count; i++) {
        const struct parameter *parameter = &call->member->parameters[i];
        VARIANT *argument = call->given[i];
        sbx_status status;

        call->owned[i] = false;
        call->pointers[i] = &call->values[i];
        call->value_count = i + 1;
        if (is_left_out(argument)) {
            if (!parameter->optional)
                return error_set(error, SBX_E_ARGUMENT, "%s needs %s: %s.", call->member->name,
                                 strcmp(parameter->name, call->member->name) == 0 ? "a value"
                                                                                  : parameter->name,
                                 what_it_takes(parameter->type));
            V_VT(&call->values[i]) = VT_ERROR;
            V_ERROR(&call->values[i]) = DISP_E_PARAMNOTFOUND;
            continue;
        }
        status = convert(argument, parameter, &call->values[i], &call->owned[i], error);
        if (status) {
            *wrong = (UINT)(argument - given->rgvarg);
            return status;
        }
    }
    return SBX_OK;
}

static void clean_up(struct call *call)
{
    for (UINT i = 0; i < call->value_count; i++) {
        if (call->owned[i])
            VariantClear(&call->values[i]);
    }
}

/* ---- the call ------------------------------------------------------------------------------------------------------ */

/* Only these leave without a text: there is nothing to say, or no memory to say it in. */
static bool is_bare(HRESULT failure)
{
    return failure == E_OUTOFMEMORY || failure == E_POINTER || failure == E_NOINTERFACE;
}

/* What the failed method left as the thread's error information becomes the caller's exception. */
static HRESULT failed(HRESULT failure, EXCEPINFO *exception)
{
    IErrorInfo *info = NULL;

    if (is_bare(failure))
        return failure;
    if (!exception)
        return DISP_E_EXCEPTION; /* the information stays where it is, for whoever wants it */
    memset(exception, 0, sizeof *exception);
    exception->scode = failure;
    if (GetErrorInfo(0, &info) == S_OK) {
        IErrorInfo_GetSource(info, &exception->bstrSource);
        IErrorInfo_GetDescription(info, &exception->bstrDescription);
        IErrorInfo_Release(info);
    }
    return DISP_E_EXCEPTION;
}

/* *result is initialized, and filled when the member has a result and succeeds. */
static HRESULT call_vtable(struct call *call, VARIANT *result)
{
    const struct member *member = call->member;
    UINT count = member->parameter_count;
    VARIANT returned, by_reference;
    HRESULT outcome;

    VariantInit(result);
    VariantInit(&returned);
    if (member->result != VT_EMPTY) {
        V_VT(&by_reference) = VT_BYREF | member->result;
        V_BYREF(&by_reference) = member->result == VT_VARIANT ? (void *)result : (void *)&V_I8(result);
        V_I8(result) = 0;
        call->pointers[count++] = &by_reference;
    }
    outcome = DispCallFunc((void *)&call->object->IDispatch_iface, member->offset, CC_STDCALL, VT_I4, count,
                           (VARTYPE *)member->call_types, call->pointers, &returned);
    if (SUCCEEDED(outcome))
        outcome = V_I4(&returned);
    if (FAILED(outcome))
        VariantInit(result);
    else if (member->result != VT_EMPTY && member->result != VT_VARIANT)
        V_VT(result) = member->result;
    return outcome;
}

/*
 * report.Findings("network") in VBScript is one call, of Findings with an argument that it does not take: the argument
 * is for the default member of what Findings gives. The same for env("CI") = 1 in command.Environment("CI") = 1.
 */
static HRESULT call_default_of_result(struct call *call, WORD flags, DISPPARAMS *given, VARIANT *result,
                                      EXCEPINFO *exception, UINT *wrong)
{
    VARIANT items;
    HRESULT outcome = call_vtable(call, &items);

    if (FAILED(outcome))
        return failed(outcome, exception);
    if (!V_DISPATCH(&items))
        return DISP_E_MEMBERNOTFOUND;
    outcome = IDispatch_Invoke(V_DISPATCH(&items), DISPID_VALUE, &IID_NULL, LOCALE_INVARIANT, flags, given,
                               result, exception, wrong);
    VariantClear(&items);
    return outcome;
}

static bool is_for_default_of_result(const struct member *member, const DISPPARAMS *given)
{
    return member->result_has_items && member->parameter_count == 0 && given->cArgs > 0;
}

static HRESULT call_member(struct call *call, const DISPPARAMS *given, VARIANT *result, EXCEPINFO *exception,
                           UINT *wrong)
{
    struct sbx_error error;
    sbx_status status;
    VARIANT made;
    HRESULT outcome;

    error.code = SBX_OK;
    error.text[0] = '\0';
    outcome = place(call, given, wrong, &status, &error);
    if (FAILED(outcome))
        return outcome;
    if (!status)
        status = convert_all(call, given, wrong, &error);
    outcome = status ? object_result(call->object, status, &error) : call_vtable(call, &made);
    clean_up(call);
    if (FAILED(outcome))
        return failed(outcome, exception);
    if (result)
        *result = made;
    else
        VariantClear(&made);
    return S_OK;
}

HRESULT dispatch_invoke(struct object *object, DISPID id, WORD flags, DISPPARAMS *given, VARIANT *result,
                        EXCEPINFO *exception, UINT *wrong)
{
    const struct typeinfo *info;
    const struct member *ways, *member;
    struct call call;
    size_t count;
    UINT unasked;
    HRESULT outcome = typeinfo_get(object->class->type, &info);

    if (FAILED(outcome))
        return outcome;
    ways = typeinfo_find(info, id, &count);
    if (!ways)
        return DISP_E_MEMBERNOTFOUND;
    if (!wrong)
        wrong = &unasked;

    call.object = object;
    call.value_count = 0;
    memset(call.given, 0, sizeof call.given);
    call.member = member = choose(ways, count, flags);
    if (!member)
        call.member = choose(ways, count, DISPATCH_PROPERTYGET);
    if (call.member && is_for_default_of_result(call.member, given))
        return call_default_of_result(&call, flags, given, result, exception, wrong);
    if (!member)
        return DISP_E_MEMBERNOTFOUND;

    if (result)
        VariantInit(result);
    return call_member(&call, given, result, exception, wrong);
}

/* ---- IDispatch ----------------------------------------------------------------------------------------------------- */

HRESULT STDMETHODCALLTYPE object_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    if (!count)
        return E_POINTER;
    *count = 1;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE object_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **value)
{
    const struct typeinfo *info;
    HRESULT result;

    (void)lcid;
    if (!value)
        return E_POINTER;
    *value = NULL;
    if (index != 0)
        return DISP_E_BADINDEX;
    result = typeinfo_get(object_from_interface(iface)->class->type, &info);
    if (FAILED(result))
        return result;
    ITypeInfo_AddRef(info->dispatch);
    *value = info->dispatch;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE object_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count,
                                               LCID lcid, DISPID *ids)
{
    (void)lcid;
    if (!IsEqualIID(iid, &IID_NULL))
        return DISP_E_UNKNOWNINTERFACE;
    if (!names || !ids)
        return E_POINTER;
    return dispatch_get_ids(object_from_interface(iface), names, count, ids);
}

HRESULT STDMETHODCALLTYPE object_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags,
                                        DISPPARAMS *parameters, VARIANT *result, EXCEPINFO *exception,
                                        UINT *wrong)
{
    (void)lcid;
    if (!IsEqualIID(iid, &IID_NULL))
        return DISP_E_UNKNOWNINTERFACE;
    if (!parameters)
        return E_POINTER;
    return dispatch_invoke(object_from_interface(iface), id, flags, parameters, result, exception, wrong);
}
