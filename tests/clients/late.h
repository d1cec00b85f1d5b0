/*
 * late.h - calls through IDispatch, with everything that a caller can choose about them.
 */
#ifndef TESTS_CLIENTS_LATE_H
#define TESTS_CLIENTS_LATE_H

#include "clients/client.h"

#define LATE_MOST 4 /* arguments */

struct late {
    IDispatch *object;
    DISPID member;
    WORD flags; /* DISPATCH_... */
    LCID locale;
    UINT count; /* arguments, in the order of the declaration */
    VARIANT arguments[LATE_MOST];
    UINT named_count; /* the last so many of them are named: */
    DISPID named[LATE_MOST];
};

DISPID late_id(void *object, const wchar_t *name); /* DISPID_UNKNOWN where there is none */

/* Invoke. *result is VT_EMPTY on failure; *error (may be NULL) is what EXCEPINFO said, freed with late_free. */
HRESULT late_invoke(const struct late *call, VARIANT *result, EXCEPINFO *error);
void late_free(EXCEPINFO *error);

/* As scripts call and get: METHOD | PROPERTYGET by name, arguments by position. */
HRESULT late_call(void *object, const wchar_t *name, VARIANT *result, UINT count, ...);
HRESULT late_put(void *object, const wchar_t *name, WORD flags, VARIANT value);

/* DISP_E_EXCEPTION with that code in scode, the word's text, the ProgID, no wCode, nothing deferred. Frees *error. */
bool late_raised(HRESULT got, EXCEPINFO *error, HRESULT code, const wchar_t *says);

#endif
