#include "com/support.h"

#include <stdio.h>

bool on_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

/* The tests lie in tests, or tests\x86 for the 32-bit ones, and the DLL in bin or bin\x86 beside. */
const WCHAR *dll_path(void)
{
    static WCHAR path[1024];
    WCHAR folder[1024], *end;
    bool nested;

    if (path[0])
        return path;
    GetModuleFileNameW(NULL, folder, 1024);
    *wcsrchr(folder, L'\\') = L'\0';
    end = wcsrchr(folder, L'\\');
    nested = _wcsicmp(end, L"\\tests") != 0;
    if (nested) {
        WCHAR platform[32];

        lstrcpynW(platform, end, sizeof platform / sizeof *platform);
        *end = L'\0';
        *wcsrchr(folder, L'\\') = L'\0';
        _snwprintf(path, 1024, L"%ls\\bin%ls\\sbxcom.dll", folder, platform);
    } else {
        *end = L'\0';
        _snwprintf(path, 1024, L"%ls\\bin\\sbxcom.dll", folder);
    }
    return path;
}

void *dll_function(const char *name)
{
    static HMODULE dll;

    if (!dll)
        dll = LoadLibraryW(dll_path());
    return dll ? (void *)(ULONG_PTR)GetProcAddress(dll, name) : NULL;
}

/* ---- calls --------------------------------------------------------------------------------------------------------- */

HRESULT late_call(struct late *call)
{
    DISPPARAMS parameters = {call->arguments, call->named, call->count, call->named_count};

    VariantInit(&call->result);
    memset(&call->exception, 0, sizeof call->exception);
    call->wrong = 99;
    return IDispatch_Invoke(call->object, call->id, &IID_NULL, LOCALE_USER_DEFAULT, call->flags, &parameters,
                            &call->result, &call->exception, &call->wrong);
}

void late_free(struct late *call)
{
    VariantClear(&call->result);
    SysFreeString(call->exception.bstrDescription);
    SysFreeString(call->exception.bstrSource);
    SysFreeString(call->exception.bstrHelpFile);
}

bool text_holds(BSTR text, const WCHAR *part)
{
    return text && wcsstr(text, part);
}

bool late_raised(struct late *call, HRESULT got, HRESULT code, const WCHAR *says)
{
    bool as_expected = got == DISP_E_EXCEPTION && call->exception.scode == code &&
                       call->exception.wCode == 0 && !call->exception.pfnDeferredFillIn &&
                       text_holds(call->exception.bstrDescription, says);

    if (!as_expected)
        printf("    0x%08lX, scode 0x%08lX: %ls\n", (unsigned long)got, (unsigned long)call->exception.scode,
               call->exception.bstrDescription ? call->exception.bstrDescription : L"(no description)");
    late_free(call);
    return as_expected;
}

HRESULT late_get(void *object, DISPID id, VARIANT *value)
{
    struct late call = {.object = object, .id = id, .flags = DISPATCH_PROPERTYGET};
    HRESULT result = late_call(&call);

    *value = call.result;
    VariantInit(&call.result);
    late_free(&call);
    return result;
}

HRESULT late_put(void *object, DISPID id, VARIANT value)
{
    struct late call = {.object = object,
                        .id = id,
                        .flags = DISPATCH_PROPERTYPUT,
                        .arguments = {value},
                        .count = 1,
                        .named = {DISPID_PROPERTYPUT},
                        .named_count = 1};
    HRESULT result = late_call(&call);

    late_free(&call);
    return result;
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

static VARIANT v_of(VARTYPE type)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = type;
    return value;
}

VARIANT v_text(const WCHAR *text)
{
    VARIANT value = v_of(VT_BSTR);

    V_BSTR(&value) = SysAllocString(text);
    return value;
}

VARIANT v_long(LONG number)
{
    VARIANT value = v_of(VT_I4);

    V_I4(&value) = number;
    return value;
}

VARIANT v_double(double number)
{
    VARIANT value = v_of(VT_R8);

    V_R8(&value) = number;
    return value;
}

VARIANT v_int64(LONGLONG number)
{
    VARIANT value = v_of(VT_I8);

    V_I8(&value) = number;
    return value;
}

VARIANT v_bool(bool truth)
{
    VARIANT value = v_of(VT_BOOL);

    V_BOOL(&value) = truth ? VARIANT_TRUE : VARIANT_FALSE;
    return value;
}

VARIANT v_object(void *object)
{
    VARIANT value = v_of(VT_DISPATCH);

    V_DISPATCH(&value) = object;
    return value;
}

VARIANT v_missing(void)
{
    VARIANT value = v_of(VT_ERROR);

    V_ERROR(&value) = DISP_E_PARAMNOTFOUND;
    return value;
}

VARIANT v_null(void)
{
    return v_of(VT_NULL);
}

VARIANT v_empty(void)
{
    return v_of(VT_EMPTY);
}

VARIANT v_reference(VARIANT *target)
{
    VARIANT value = v_of(VT_BYREF | VT_VARIANT);

    V_VARIANTREF(&value) = target;
    return value;
}

VARIANT v_texts(VARTYPE type, LONG lower, const WCHAR *const *texts, size_t count)
{
    SAFEARRAY *array = SafeArrayCreateVector(type, lower, (ULONG)count);
    VARIANT value = v_of(VT_ARRAY | type);
    void *data;

    V_ARRAY(&value) = array;
    SafeArrayAccessData(array, &data);
    for (size_t i = 0; i < count; i++) {
        if (type == VT_BSTR)
            ((BSTR *)data)[i] = SysAllocString(texts[i]);
        else
            ((VARIANT *)data)[i] = v_text(texts[i]);
    }
    SafeArrayUnaccessData(array);
    return value;
}
