/*
 * class_factory.c - which classes there are, and the objects that make their objects.
 */
#include "sbxcom/class_factory.h"
#include "base/memory.h"
#include "sbxcom/host.h"
#include "sbxcom/module.h"
#include "sbxcom/policy.h"
#include "sbxcom/session.h"

/* SandboxSetup is not among them: it lives in sbxsetup.exe. */
const struct class_entry class_entries[] = {
    {&CLSID_SandboxSession, L"Sbx.Session", L"sbxcom sandbox session", session_create},
    {&CLSID_SandboxPolicy, L"Sbx.Policy", L"sbxcom sandbox policy", policy_create},
    {&CLSID_SandboxHost, L"Sbx.Host", L"sbxcom sandbox host", host_create},
};
const size_t class_entry_count = sizeof class_entries / sizeof class_entries[0];

/* Made for the call and counted like any object: a client that keeps one keeps the DLL. */
struct class_factory {
    IClassFactory IClassFactory_iface;
    LONG references;
    const struct class_entry *entry;
};

static struct class_factory *impl_from_IClassFactory(IClassFactory *iface)
{
    return CONTAINING_RECORD(iface, struct class_factory, IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE ClassFactory_QueryInterface(IClassFactory *iface, REFIID iid, void **object)
{
    if (!object)
        return E_POINTER;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory)) {
        *object = NULL;
        return E_NOINTERFACE;
    }
    IClassFactory_AddRef(iface);
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE ClassFactory_AddRef(IClassFactory *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IClassFactory(iface)->references);
}

static ULONG STDMETHODCALLTYPE ClassFactory_Release(IClassFactory *iface)
{
    struct class_factory *self = impl_from_IClassFactory(iface);
    LONG references = InterlockedDecrement(&self->references);

    if (references == 0) {
        sbx_free(self);
        module_release();
    }
    return (ULONG)references;
}

static HRESULT STDMETHODCALLTYPE ClassFactory_CreateInstance(IClassFactory *iface, IUnknown *outer,
                                                             REFIID iid, void **object)
{
    if (!object)
        return E_POINTER;
    *object = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return impl_from_IClassFactory(iface)->entry->create(iid, object);
}

static HRESULT STDMETHODCALLTYPE ClassFactory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    if (lock)
        module_hold();
    else
        module_release();
    return S_OK;
}

static const IClassFactoryVtbl class_factory_vtbl = {
    ClassFactory_QueryInterface, ClassFactory_AddRef,     ClassFactory_Release,
    ClassFactory_CreateInstance, ClassFactory_LockServer,
};

HRESULT class_factory_get(REFCLSID clsid, REFIID iid, void **object)
{
    const struct class_entry *entry = NULL;
    struct class_factory *factory;
    HRESULT result;

    if (!object)
        return E_POINTER;
    *object = NULL;
    for (size_t i = 0; i < class_entry_count && !entry; i++) {
        if (IsEqualCLSID(clsid, class_entries[i].clsid))
            entry = &class_entries[i];
    }
    if (!entry)
        return CLASS_E_CLASSNOTAVAILABLE;

    factory = sbx_alloc(sizeof *factory);
    if (!factory)
        return E_OUTOFMEMORY;
    factory->IClassFactory_iface.lpVtbl = &class_factory_vtbl;
    factory->references = 1;
    factory->entry = entry;
    module_hold();
    result = IClassFactory_QueryInterface(&factory->IClassFactory_iface, iid, object);
    IClassFactory_Release(&factory->IClassFactory_iface);
    return result;
}
