/*
 * objects_under_test.c - what all automation objects share, for a program that is not the DLL: tests put objects of
 * their own on top of it, which see what arrives. Only the DLL's life is put in the place of.
 */
#include "sbxcom/arguments.c"
#include "sbxcom/arguments_many.c"
#include "sbxcom/collection.c"
#include "sbxcom/dispatch.c"
#include "sbxcom/enumerator.c"
#include "sbxcom/environment.c"
#include "sbxcom/error.c"
#include "sbxcom/object.c"
#include "sbxcom/plan.c"
#include "sbxcom/report.c"
#include "sbxcom/typeinfo.c"
#include "sbxcom/values.c"
#include "sbxcom/workspace.c"

#include "com/support.h"

static LONG holds;

void module_hold(void)
{
    InterlockedIncrement(&holds);
}

void module_release(void)
{
    InterlockedDecrement(&holds);
}

long objects_alive(void)
{
    return holds;
}

/* The type library is the DLL's. */
HRESULT module_path(WCHAR **path)
{
    size_t size = (wcslen(dll_path()) + 1) * sizeof **path;

    *path = sbx_alloc(size);
    if (!*path)
        return E_OUTOFMEMORY;
    memcpy(*path, dll_path(), size);
    return S_OK;
}
