/*
 * arguments_many.c - one or many: arrays, collections, JScript arrays.
 */
#include "sbxcom/arguments.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#define MOST_ELEMENTS 1000000 /* of an enumerator, which need not end */

/* ---- SAFEARRAYs ---------------------------------------------------------------------------------------------------- */

/* One element as a VARIANT that owns nothing. */
static VARIANT element_at(SAFEARRAY *array, VARTYPE type, size_t index)
{
    const uint8_t *data = (const uint8_t *)array->pvData + index * array->cbElements;
    VARIANT element;

    if (type == VT_VARIANT)
        return argument_value((const VARIANT *)data);
    /* The same as a reference to the element: argument_value knows the size of each type. */
    VariantInit(&element);
    V_VT(&element) = VT_BYREF | type;
    V_BYREF(&element) = (void *)data;
    return argument_value(&element);
}

static sbx_status each_of_array(const VARIANT *value, const char *name, argument_visit visit, void *context,
                                struct sbx_error *error)
{
    SAFEARRAY *array = V_ARRAY(value);
    VARTYPE type = V_VT(value) & VT_TYPEMASK;
    sbx_status status = SBX_OK;

    if (SafeArrayGetDim(array) != 1)
        return error_set(error, SBX_E_ARGUMENT, "%s takes an array of one dimension, not of %u.", name,
                         SafeArrayGetDim(array));
    /* Locked, so that a client's code that runs in between cannot shrink it. */
    if (FAILED(SafeArrayLock(array)))
        return error_set(error, SBX_E_ARGUMENT, "%s is an array that cannot be read.", name);
    for (size_t i = 0; i < array->rgsabound[0].cElements && !status; i++) {
        VARIANT element = element_at(array, type, i);

        status = visit(context, &element, error);
    }
    SafeArrayUnlock(array);
    return status;
}

/* ---- objects ------------------------------------------------------------------------------------------------------- */

static HRESULT get_property(IDispatch *object, DISPID id, WORD flags, VARIANT *value)
{
    DISPPARAMS none = {NULL, NULL, 0, 0};

    VariantInit(value);
    return IDispatch_Invoke(object, id, &IID_NULL, LOCALE_INVARIANT, flags, &none, value, NULL, NULL);
}

/* Not as a method, too: Wine's JScript would then call what is only a value. */
static HRESULT get_property_by_name(IDispatch *object, const WCHAR *name, VARIANT *value)
{
    OLECHAR *names = (OLECHAR *)name;
    DISPID id;
    HRESULT result = IDispatch_GetIDsOfNames(object, &IID_NULL, &names, 1, LOCALE_INVARIANT, &id);

    return FAILED(result) ? result : get_property(object, id, DISPATCH_PROPERTYGET, value);
}

static sbx_status visit_and_clear(VARIANT *element, argument_visit visit, void *context,
                                  struct sbx_error *error)
{
    VARIANT meant = argument_value(element);
    sbx_status status = visit(context, &meant, error);

    VariantClear(element);
    return status;
}

/*
 * JScript's arrays are objects with a property `length` and properties named "0", "1"... They are tried before
 * _NewEnum, which some of JScript's engines answer for any object. A String object has a length, too, but no "0".
 */
static bool script_array_length(IDispatch *object, int64_t *length)
{
    VARIANT value;
    OLECHAR zero[] = L"0", *names = zero;
    bool found;
    DISPID id;

    if (FAILED(get_property_by_name(object, L"length", &value)))
        return false;
    found = argument_shape(&value) == ARGUMENT_NUMBER &&
            argument_whole(&value, "length", 0, UINT32_MAX, length, NULL) == SBX_OK;
    VariantClear(&value);
    if (!found)
        return false;
    return *length == 0 ||
           SUCCEEDED(IDispatch_GetIDsOfNames(object, &IID_NULL, &names, 1, LOCALE_INVARIANT, &id));
}

static sbx_status each_of_script_array(IDispatch *object, int64_t length, const char *name,
                                       argument_visit visit, void *context, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    if (length > MOST_ELEMENTS)
        return error_set(error, SBX_E_ARGUMENT, "%s has more than %d elements.", name, MOST_ELEMENTS);
    for (int64_t i = 0; i < length && !status; i++) {
        WCHAR index[24];
        VARIANT element;

        _snwprintf(index, 24, L"%ld", (long)i);
        if (FAILED(get_property_by_name(object, index, &element)))
            return error_set(error, SBX_E_ARGUMENT, "%s is an array without an element %ld.", name, (long)i);
        status = visit_and_clear(&element, visit, context, error);
    }
    return status;
}

static IEnumVARIANT *enumerator_of(IDispatch *object)
{
    VARIANT value;
    IEnumVARIANT *enumerator = NULL;

    if (FAILED(get_property(object, DISPID_NEWENUM, DISPATCH_METHOD | DISPATCH_PROPERTYGET, &value)))
        return NULL;
    if ((V_VT(&value) == VT_UNKNOWN || V_VT(&value) == VT_DISPATCH) && V_UNKNOWN(&value))
        IUnknown_QueryInterface(V_UNKNOWN(&value), &IID_IEnumVARIANT, (void **)&enumerator);
    VariantClear(&value);
    return enumerator;
}

static sbx_status each_of_enumerator(IEnumVARIANT *enumerator, const char *name, argument_visit visit,
                                     void *context, struct sbx_error *error)
{
    for (int i = 0; i < MOST_ELEMENTS; i++) {
        VARIANT element;
        ULONG fetched = 0;
        HRESULT result;
        sbx_status status;

        VariantInit(&element);
        result = IEnumVARIANT_Next(enumerator, 1, &element, &fetched);
        if (FAILED(result))
            return error_set(error, SBX_E_ARGUMENT, "%s is a collection that failed with 0x%08lX.", name,
                             (unsigned long)result);
        if (result != S_OK || fetched != 1)
            return SBX_OK;
        status = visit_and_clear(&element, visit, context, error);
        if (status)
            return status;
    }
    return error_set(error, SBX_E_ARGUMENT, "%s has more than %d elements.", name, MOST_ELEMENTS);
}

static sbx_status each_of_object(const VARIANT *value, const char *name, argument_visit visit, void *context,
                                 struct sbx_error *error)
{
    IDispatch *object;
    IEnumVARIANT *enumerator;
    int64_t length;
    sbx_status status;

    if (FAILED(IUnknown_QueryInterface(V_UNKNOWN(value), &IID_IDispatch, (void **)&object)))
        return visit(context, value, error);
    if (script_array_length(object, &length)) {
        status = each_of_script_array(object, length, name, visit, context, error);
    } else if ((enumerator = enumerator_of(object)) != NULL) {
        status = each_of_enumerator(enumerator, name, visit, context, error);
        IEnumVARIANT_Release(enumerator);
    } else {
        status = visit(context, value, error); /* one object, as a value */
    }
    IDispatch_Release(object);
    return status;
}

sbx_status argument_each(const VARIANT *given, const char *name, argument_visit visit, void *context,
                         struct sbx_error *error)
{
    VARIANT value = argument_value(given);

    switch (argument_shape(&value)) {
    case ARGUMENT_ARRAY:
        return each_of_array(&value, name, visit, context, error);
    case ARGUMENT_OBJECT:
        return each_of_object(&value, name, visit, context, error);
    default:
        return visit(context, &value, error);
    }
}

/* ---- texts --------------------------------------------------------------------------------------------------------- */

struct texts {
    const char *name;
    struct sbx_strings strings;
};

static sbx_status add_text(void *context, const VARIANT *element, struct sbx_error *error)
{
    struct texts *texts = context;
    char *text;
    sbx_status status = argument_text(element, texts->name, &text, NULL, error);

    if (status)
        return status;
    if (strings_append(&texts->strings, text))
        status = error_memory(error, "an argument");
    sbx_free(text);
    return status;
}

sbx_status argument_strings(const VARIANT *given, const char *name, struct sbx_strings *strings,
                            struct sbx_error *error)
{
    struct texts texts = {name, {NULL, 0}};
    sbx_status status;

    /* What is there already stays as it is when this fails. */
    if (strings_copy(strings, &texts.strings))
        return error_memory(error, "an argument");
    status = argument_each(given, name, add_text, &texts, error);
    if (status) {
        strings_free(&texts.strings);
        return status;
    }
    strings_free(strings);
    *strings = texts.strings;
    return SBX_OK;
}

/* ---- bytes --------------------------------------------------------------------------------------------------------- */

struct bytes {
    const char *name;
    struct sbx_buffer buffer;
};

static sbx_status add_byte(void *context, const VARIANT *element, struct sbx_error *error)
{
    struct bytes *bytes = context;
    int64_t number;
    uint8_t byte;
    sbx_status status;

    if (argument_shape(element) != ARGUMENT_NUMBER)
        return argument_wrong(element, bytes->name, "an array of numbers from 0 to 255", error);
    status = argument_whole(element, bytes->name, 0, 255, &number, error);
    if (status)
        return status;
    byte = (uint8_t)number;
    buffer_append(&bytes->buffer, &byte, 1);
    return buffer_failed(&bytes->buffer) ? error_memory(error, "bytes") : SBX_OK;
}

sbx_status argument_bytes(const VARIANT *given, const char *name, struct sbx_buffer *buffer,
                          struct sbx_error *error)
{
    struct bytes bytes = {name, SBX_BUFFER_EMPTY};
    VARIANT value = argument_value(given);
    sbx_status status;

    if (V_VT(&value) == (VT_ARRAY | VT_UI1) && V_ARRAY(&value) && SafeArrayGetDim(V_ARRAY(&value)) == 1) {
        if (FAILED(SafeArrayLock(V_ARRAY(&value))))
            return error_set(error, SBX_E_ARGUMENT, "%s is an array that cannot be read.", name);
        buffer_append(buffer, V_ARRAY(&value)->pvData, V_ARRAY(&value)->rgsabound[0].cElements);
        SafeArrayUnlock(V_ARRAY(&value));
        return buffer_failed(buffer) ? error_memory(error, "bytes") : SBX_OK;
    }

    status = argument_each(&value, name, add_byte, &bytes, error);
    if (!status) {
        buffer_append(buffer, bytes.buffer.data, bytes.buffer.size);
        if (buffer_failed(buffer))
            status = error_memory(error, "bytes");
    }
    buffer_free(&bytes.buffer);
    return status;
}
