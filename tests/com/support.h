/*
 * support.h - what the COM tests share: late-bound calls, values, the DLL.
 */
#ifndef TESTS_COM_SUPPORT_H
#define TESTS_COM_SUPPORT_H

#include <stdbool.h>
#include <stdio.h> /* before CUnit, which makes snprintf a macro where the compiler is Microsoft's */

#include "sbxcom/com.h"
#include "support/harness.h"

bool on_wine(void);

/* sbxcom.dll as it was built. Constant. */
const WCHAR *dll_path(void);

/* A function of it; the DLL is loaded at the first call and stays. */
void *dll_function(const char *name);

/* Objects of objects_under_test.c that have not been freed. */
long objects_alive(void);

/* ---- one late-bound call ------------------------------------------------------------------------------------------- */

struct late {
    IDispatch *object;
    DISPID id;
    WORD flags;
    VARIANT arguments[6]; /* as Invoke has them: the last argument first, the named ones before all */
    UINT count;
    DISPID named[6];
    UINT named_count;

    /* What came of it; late_free frees. */
    VARIANT result;
    EXCEPINFO exception;
    UINT wrong;
};

HRESULT late_call(struct late *call);
void late_free(struct late *call);

/* The last call raised this code, and its description holds `says`. Frees the call. */
bool late_raised(struct late *call, HRESULT got, HRESULT code, const WCHAR *says);

/* The calls that most tests make. */
HRESULT late_get(void *object, DISPID id, VARIANT *value);
HRESULT late_put(void *object, DISPID id, VARIANT value);

/* ---- values: texts are the caller's to clear ------------------------------------------------------------------------- */

VARIANT v_text(const WCHAR *text);
VARIANT v_long(LONG number);
VARIANT v_double(double number);
VARIANT v_int64(LONGLONG number);
VARIANT v_bool(bool value);
VARIANT v_object(void *object); /* lent */
VARIANT v_missing(void);
VARIANT v_null(void);
VARIANT v_empty(void);
VARIANT v_reference(VARIANT *target); /* VT_BYREF | VT_VARIANT */

/* An array of VARIANT or BSTR with this lower bound; the texts are copied. */
VARIANT v_texts(VARTYPE type, LONG lower, const WCHAR *const *texts, size_t count);

bool text_holds(BSTR text, const WCHAR *part);

#endif
