/*
 * values.c - BSTRs, arrays and dates.
 */
#include "sbxcom/values.h"
#include "base/memory.h"
#include "os/clock.h"

#include <limits.h>
#include <string.h>

HRESULT value_text_size(const char *text, size_t size, BSTR *value)
{
    uint16_t *units;
    size_t count;
    BSTR made;

    if (!value)
        return E_POINTER;
    *value = NULL;
    if (text_to_utf16(text ? text : "", size, &units, &count))
        return E_OUTOFMEMORY;
    made = count > INT_MAX / sizeof(WCHAR) ? NULL : SysAllocStringLen((const OLECHAR *)units, (UINT)count);
    sbx_free(units);
    if (!made)
        return E_OUTOFMEMORY;
    *value = made;
    return S_OK;
}

HRESULT value_text(const char *text, BSTR *value)
{
    return value_text_size(text, text ? strlen(text) : 0, value);
}

HRESULT value_variant_text(const char *text, size_t size, VARIANT *value)
{
    BSTR made;
    HRESULT result;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    result = value_text_size(text, size, &made);
    if (SUCCEEDED(result)) {
        V_VT(value) = VT_BSTR;
        V_BSTR(value) = made;
    }
    return result;
}

HRESULT value_strings(const struct sbx_strings *strings, VARIANT *value)
{
    SAFEARRAY *array;
    VARIANT *items;
    HRESULT result;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    if (strings->count > LONG_MAX)
        return E_OUTOFMEMORY;
    array = SafeArrayCreateVector(VT_VARIANT, 0, (ULONG)strings->count);
    if (!array)
        return E_OUTOFMEMORY;
    result = SafeArrayAccessData(array, (void **)&items);
    if (FAILED(result))
        goto destroy;

    for (size_t i = 0; i < strings->count && SUCCEEDED(result); i++)
        result = value_variant_text(strings->items[i], strlen(strings->items[i]), &items[i]);
    SafeArrayUnaccessData(array);
    if (FAILED(result))
        goto destroy;

    V_VT(value) = VT_ARRAY | VT_VARIANT;
    V_ARRAY(value) = array;
    return S_OK;

destroy:
    SafeArrayDestroy(array);
    return E_OUTOFMEMORY;
}

HRESULT value_bytes(const void *bytes, size_t size, VARIANT *value)
{
    SAFEARRAY *array;
    void *room;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    if (size > LONG_MAX)
        return E_OUTOFMEMORY;
    array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)size);
    if (!array)
        return E_OUTOFMEMORY;
    if (size > 0) {
        if (FAILED(SafeArrayAccessData(array, &room))) {
            SafeArrayDestroy(array);
            return E_OUTOFMEMORY;
        }
        memcpy(room, bytes, size);
        SafeArrayUnaccessData(array);
    }
    V_VT(value) = VT_ARRAY | VT_UI1;
    V_ARRAY(value) = array;
    return S_OK;
}

/* 100 ns since 1601, as files have it. */
static FILETIME file_time(int64_t utc_ms)
{
    uint64_t ticks = (uint64_t)(utc_ms + 11644473600000LL) * 10000;
    FILETIME time;

    time.dwLowDateTime = (DWORD)ticks;
    time.dwHighDateTime = (DWORD)(ticks >> 32);
    return time;
}

DATE value_local_time(int64_t utc_ms)
{
    FILETIME time = file_time(utc_ms);
    SYSTEMTIME utc, local;
    DATE date;

    /* Not FileTimeToLocalFileTime: that takes today's daylight saving for any day of the year. */
    if (!FileTimeToSystemTime(&time, &utc) || !SystemTimeToTzSpecificLocalTime(NULL, &utc, &local) ||
        !SystemTimeToVariantTime(&local, &date))
        return 0;
    return date;
}

HRESULT value_utc_text(int64_t utc_ms, BSTR *value)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format_utc(utc_ms, text);
    return value_text(text, value);
}
