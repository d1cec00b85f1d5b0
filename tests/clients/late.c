#include "clients/late.h"

#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

DISPID late_id(void *object, const wchar_t *name)
{
    DISPID id = DISPID_UNKNOWN;
    OLECHAR *names[1] = {(OLECHAR *)name};

    IDispatch_GetIDsOfNames((IDispatch *)object, &IID_NULL, names, 1, LOCALE_USER_DEFAULT, &id);
    return id;
}

HRESULT late_invoke(const struct late *call, VARIANT *result, EXCEPINFO *error)
{
    static DISPID put = DISPID_PROPERTYPUT;
    VARIANTARG arguments[LATE_MOST];
    DISPID named[LATE_MOST];
    DISPPARAMS parameters = {arguments, named, call->count, call->named_count};
    bool puts = call->flags & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF);
    UINT i;

    for (i = 0; i < call->count; i++)
        arguments[i] =
            call->arguments[call->count - 1 - i]; /* the last comes first, named ones before the others */
    for (i = 0; i < call->named_count; i++)
        named[i] = call->named[call->named_count - 1 - i];
    if (puts) {
        parameters.rgdispidNamedArgs = &put;
        parameters.cNamedArgs = 1;
    }
    if (result)
        VariantInit(result);
    if (error)
        *error = (EXCEPINFO){0};
    return IDispatch_Invoke(call->object, call->member, &IID_NULL, call->locale, call->flags, &parameters,
                            puts ? NULL : result, error, NULL);
}

void late_free(EXCEPINFO *error)
{
    SysFreeString(error->bstrDescription);
    SysFreeString(error->bstrSource);
    SysFreeString(error->bstrHelpFile);
    *error = (EXCEPINFO){0};
}

static HRESULT call_with(struct late *call, const wchar_t *name, VARIANT *result)
{
    EXCEPINFO error;
    HRESULT status;

    call->member = late_id(call->object, name);
    if (call->member == DISPID_UNKNOWN) {
        printf("    there is no %ls\n", name);
        return DISP_E_UNKNOWNNAME;
    }
    status = late_invoke(call, result, &error);
    if (FAILED(status)) {
        printf("    %ls: %08lx, %08lx %ls\n", name, (unsigned long)status, (unsigned long)error.scode,
               error.bstrDescription ? error.bstrDescription : L"(no text)");
        late_free(&error);
    }
    return status;
}

HRESULT late_call(void *object, const wchar_t *name, VARIANT *result, UINT count, ...)
{
    struct late call = {.object = object, .flags = DISPATCH_METHOD | DISPATCH_PROPERTYGET, .count = count};
    va_list arguments;
    UINT i;

    va_start(arguments, count);
    for (i = 0; i < count; i++)
        call.arguments[i] = va_arg(arguments, VARIANT);
    va_end(arguments);
    return call_with(&call, name, result);
}

HRESULT late_put(void *object, const wchar_t *name, WORD flags, VARIANT value)
{
    struct late call = {.object = object, .flags = flags, .count = 1, .arguments = {value}};

    return call_with(&call, name, NULL);
}

static bool complain(const char *what, HRESULT got, const EXCEPINFO *error)
{
    printf("    %s: %08lx, scode %08lx, wCode %u, from %ls: %ls\n", what, (unsigned long)got,
           (unsigned long)error->scode, error->wCode, error->bstrSource ? error->bstrSource : L"(none)",
           error->bstrDescription ? error->bstrDescription : L"(no text)");
    return false;
}

bool late_raised(HRESULT got, EXCEPINFO *error, HRESULT code, const wchar_t *says)
{
    BSTR text = error->bstrDescription;
    bool fits = true;

    if (got != DISP_E_EXCEPTION)
        fits = complain("no exception", got, error);
    else if (error->scode != code || error->wCode)
        fits = complain("another code", got, error);
    else if (error->pfnDeferredFillIn)
        fits = complain("the text is deferred", got, error);
    else if (!text || wcsncmp(text, L"E_", 2) || !wcschr(text, L':'))
        fits = complain("the text does not start with the word", got, error);
    else if (!error->bstrSource || wcsncmp(error->bstrSource, L"Sbx.", 4))
        fits = complain("the source is not the ProgID", got, error);
    else if (says)
        fits = text_says(SysAllocString(text), says);
    late_free(error);
    return fits;
}
