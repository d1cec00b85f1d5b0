/*
 * class_factory.h - the classes that clients create by name or identifier.
 */
#ifndef SBX_SBXCOM_CLASS_FACTORY_H
#define SBX_SBXCOM_CLASS_FACTORY_H

#include "sbxcom/com.h"

/* One row a class; registration writes what stands here, the factories create what stands here. */
struct class_entry {
    const CLSID *clsid;
    const WCHAR *prog_id;     /* without the version: "Sbx.Session" */
    const WCHAR *description; /* for registry editors */
    HRESULT (*create)(REFIID iid, void **object);
};

extern const struct class_entry class_entries[];
extern const size_t class_entry_count;

/* DllGetClassObject: CLASS_E_CLASSNOTAVAILABLE, E_NOINTERFACE, E_POINTER. */
HRESULT class_factory_get(REFCLSID clsid, REFIID iid, void **object);

#endif
