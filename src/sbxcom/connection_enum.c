/*
 * connection_enum.c - IEnumConnectionPoints and IEnumConnections: one object, which is either.
 *
 * The two differ in what Next gives out. The other slots have the same types but for the interface's own.
 */
#include "sbxcom/connection_enum.h"
#include "base/memory.h"
#include "sbxcom/module.h"

#include <string.h>

struct enumeration {
    IEnumConnections IEnumConnections_iface; /* or IEnumConnectionPoints: by its vtable */
    LONG references;
    SRWLOCK lock; /* guards the place */
    size_t next;
    size_t count;
    CONNECTDATA items[];
};

static struct enumeration *impl_from_IEnumConnections(IEnumConnections *iface)
{
    return CONTAINING_RECORD(iface, struct enumeration, IEnumConnections_iface);
}

static HRESULT create(const CONNECTDATA *items, size_t count, size_t next, const IEnumConnectionsVtbl *vtable,
                      IEnumConnections **value)
{
    struct enumeration *self = sbx_alloc(sizeof *self + count * sizeof *items);

    if (!self)
        return E_OUTOFMEMORY;
    self->IEnumConnections_iface.lpVtbl = vtable;
    self->references = 1;
    InitializeSRWLock(&self->lock);
    self->next = next;
    self->count = count;
    for (size_t i = 0; i < count; i++) {
        self->items[i] = items[i];
        IUnknown_AddRef(items[i].pUnk);
    }
    module_hold();
    *value = &self->IEnumConnections_iface;
    return S_OK;
}

static HRESULT query(IEnumConnections *iface, REFIID own, REFIID iid, void **value)
{
    if (!value)
        return E_POINTER;
    *value = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, own))
        return E_NOINTERFACE;
    IEnumConnections_AddRef(iface);
    *value = iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Connections_QueryInterface(IEnumConnections *iface, REFIID iid, void **value)
{
    return query(iface, &IID_IEnumConnections, iid, value);
}

static HRESULT STDMETHODCALLTYPE Points_QueryInterface(IEnumConnections *iface, REFIID iid, void **value)
{
    return query(iface, &IID_IEnumConnectionPoints, iid, value);
}

static ULONG STDMETHODCALLTYPE Enumeration_AddRef(IEnumConnections *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IEnumConnections(iface)->references);
}

static ULONG STDMETHODCALLTYPE Enumeration_Release(IEnumConnections *iface)
{
    struct enumeration *self = impl_from_IEnumConnections(iface);
    LONG references = InterlockedDecrement(&self->references);

    if (references == 0) {
        for (size_t i = 0; i < self->count; i++)
            IUnknown_Release(self->items[i].pUnk);
        sbx_free(self);
        module_release();
    }
    return (ULONG)references;
}

/* Where the next `wanted` begin and how many there are; they count as given. */
static size_t advance(struct enumeration *self, ULONG wanted, size_t *from)
{
    size_t count;

    AcquireSRWLockExclusive(&self->lock);
    *from = self->next;
    count = self->count - self->next < wanted ? self->count - self->next : wanted;
    self->next += count;
    ReleaseSRWLockExclusive(&self->lock);
    return count;
}

static HRESULT STDMETHODCALLTYPE Connections_Next(IEnumConnections *iface, ULONG wanted, CONNECTDATA *items,
                                                  ULONG *fetched)
{
    struct enumeration *self = impl_from_IEnumConnections(iface);
    size_t from, count;

    if (!items || (!fetched && wanted != 1))
        return E_POINTER;
    count = advance(self, wanted, &from);
    for (size_t i = 0; i < count; i++) {
        items[i] = self->items[from + i];
        IUnknown_AddRef(items[i].pUnk);
    }
    if (fetched)
        *fetched = (ULONG)count;
    return count == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE Points_Next(IEnumConnectionPoints *iface, ULONG wanted,
                                             IConnectionPoint **points, ULONG *fetched)
{
    struct enumeration *self = impl_from_IEnumConnections((IEnumConnections *)iface);
    size_t from, count;

    if (!points || (!fetched && wanted != 1))
        return E_POINTER;
    count = advance(self, wanted, &from);
    for (size_t i = 0; i < count; i++) {
        points[i] = (IConnectionPoint *)self->items[from + i].pUnk;
        IConnectionPoint_AddRef(points[i]);
    }
    if (fetched)
        *fetched = (ULONG)count;
    return count == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE Enumeration_Skip(IEnumConnections *iface, ULONG wanted)
{
    size_t from;

    return advance(impl_from_IEnumConnections(iface), wanted, &from) == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE Enumeration_Reset(IEnumConnections *iface)
{
    struct enumeration *self = impl_from_IEnumConnections(iface);

    AcquireSRWLockExclusive(&self->lock);
    self->next = 0;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Enumeration_Clone(IEnumConnections *iface, IEnumConnections **value)
{
    struct enumeration *self = impl_from_IEnumConnections(iface);
    size_t next;

    if (!value)
        return E_POINTER;
    *value = NULL;
    AcquireSRWLockShared(&self->lock);
    next = self->next;
    ReleaseSRWLockShared(&self->lock);
    return create(self->items, self->count, next, self->IEnumConnections_iface.lpVtbl, value);
}

static const IEnumConnectionsVtbl connections_vtbl = {
    Connections_QueryInterface, Enumeration_AddRef, Enumeration_Release, Connections_Next,
    Enumeration_Skip,           Enumeration_Reset,  Enumeration_Clone,
};

static const IEnumConnectionPointsVtbl points_vtbl = {
    (HRESULT(STDMETHODCALLTYPE *)(IEnumConnectionPoints *, REFIID, void **))Points_QueryInterface,
    (ULONG(STDMETHODCALLTYPE *)(IEnumConnectionPoints *))Enumeration_AddRef,
    (ULONG(STDMETHODCALLTYPE *)(IEnumConnectionPoints *))Enumeration_Release,
    Points_Next,
    (HRESULT(STDMETHODCALLTYPE *)(IEnumConnectionPoints *, ULONG))Enumeration_Skip,
    (HRESULT(STDMETHODCALLTYPE *)(IEnumConnectionPoints *))Enumeration_Reset,
    (HRESULT(STDMETHODCALLTYPE *)(IEnumConnectionPoints *, IEnumConnectionPoints **))Enumeration_Clone,
};

HRESULT connections_create(const CONNECTDATA *items, size_t count, IEnumConnections **value)
{
    return create(items, count, 0, &connections_vtbl, value);
}

HRESULT connection_points_create(const CONNECTDATA *items, size_t count, IEnumConnectionPoints **value)
{
    return create(items, count, 0, (const IEnumConnectionsVtbl *)&points_vtbl, (IEnumConnections **)value);
}
