/*
 * enumerator.c - IEnumVARIANT. Its clones share the values; each has a place of its own.
 */
#include "sbxcom/enumerator.h"
#include "base/memory.h"
#include "sbxcom/module.h"

struct values {
    LONG references;
    VARIANT *items;
    size_t count;
};

struct enumerator {
    IEnumVARIANT IEnumVARIANT_iface;
    LONG references;
    SRWLOCK lock; /* guards the place: in a multi-threaded apartment two threads may ask at once */
    struct values *values;
    size_t next;
};

static struct enumerator *impl_from_IEnumVARIANT(IEnumVARIANT *iface)
{
    return CONTAINING_RECORD(iface, struct enumerator, IEnumVARIANT_iface);
}

static void free_items(VARIANT *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        VariantClear(&items[i]);
    sbx_free(items);
}

static void values_release(struct values *values)
{
    if (InterlockedDecrement(&values->references) == 0) {
        free_items(values->items, values->count);
        sbx_free(values);
    }
}

static HRESULT STDMETHODCALLTYPE Enumerator_QueryInterface(IEnumVARIANT *iface, REFIID iid, void **value)
{
    if (!value)
        return E_POINTER;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IEnumVARIANT)) {
        *value = NULL;
        return E_NOINTERFACE;
    }
    IEnumVARIANT_AddRef(iface);
    *value = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Enumerator_AddRef(IEnumVARIANT *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IEnumVARIANT(iface)->references);
}

static ULONG STDMETHODCALLTYPE Enumerator_Release(IEnumVARIANT *iface)
{
    struct enumerator *self = impl_from_IEnumVARIANT(iface);
    LONG references = InterlockedDecrement(&self->references);

    if (references == 0) {
        values_release(self->values);
        sbx_free(self);
        module_release();
    }
    return (ULONG)references;
}

static HRESULT STDMETHODCALLTYPE Enumerator_Next(IEnumVARIANT *iface, ULONG wanted, VARIANT *items,
                                                 ULONG *fetched)
{
    struct enumerator *self = impl_from_IEnumVARIANT(iface);
    ULONG count = 0;
    HRESULT result = S_OK;

    if (!items || (!fetched && wanted != 1))
        return E_POINTER;
    for (ULONG i = 0; i < wanted; i++)
        VariantInit(&items[i]);

    AcquireSRWLockExclusive(&self->lock);
    while (count < wanted && self->next < self->values->count && SUCCEEDED(result)) {
        result = VariantCopy(&items[count], &self->values->items[self->next]);
        if (SUCCEEDED(result)) {
            self->next++;
            count++;
        }
    }
    ReleaseSRWLockExclusive(&self->lock);

    if (fetched)
        *fetched = count;
    if (FAILED(result) && count == 0)
        return result;
    return count == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE Enumerator_Skip(IEnumVARIANT *iface, ULONG count)
{
    struct enumerator *self = impl_from_IEnumVARIANT(iface);
    size_t left;

    AcquireSRWLockExclusive(&self->lock);
    left = self->values->count - self->next;
    self->next += count < left ? count : left;
    ReleaseSRWLockExclusive(&self->lock);
    return count <= left ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE Enumerator_Reset(IEnumVARIANT *iface)
{
    struct enumerator *self = impl_from_IEnumVARIANT(iface);

    AcquireSRWLockExclusive(&self->lock);
    self->next = 0;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Enumerator_Clone(IEnumVARIANT *iface, IEnumVARIANT **clone);

static const IEnumVARIANTVtbl enumerator_vtbl = {
    Enumerator_QueryInterface, Enumerator_AddRef, Enumerator_Release, Enumerator_Next,
    Enumerator_Skip,           Enumerator_Reset,  Enumerator_Clone,
};

/* Takes a reference of its own on the values. */
static struct enumerator *enumerator_new(struct values *values, size_t next)
{
    struct enumerator *self = sbx_alloc(sizeof *self);

    if (!self)
        return NULL;
    self->IEnumVARIANT_iface.lpVtbl = &enumerator_vtbl;
    self->references = 1;
    InitializeSRWLock(&self->lock);
    InterlockedIncrement(&values->references);
    self->values = values;
    self->next = next;
    module_hold();
    return self;
}

static HRESULT STDMETHODCALLTYPE Enumerator_Clone(IEnumVARIANT *iface, IEnumVARIANT **clone)
{
    struct enumerator *self = impl_from_IEnumVARIANT(iface), *made;
    size_t next;

    if (!clone)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    next = self->next;
    ReleaseSRWLockShared(&self->lock);

    made = enumerator_new(self->values, next);
    *clone = made ? &made->IEnumVARIANT_iface : NULL;
    return made ? S_OK : E_OUTOFMEMORY;
}

HRESULT enumerator_create(VARIANT *items, size_t count, IUnknown **enumerator)
{
    struct enumerator *made;
    struct values *values = sbx_alloc(sizeof *values);

    if (!values) {
        free_items(items, count);
        return E_OUTOFMEMORY;
    }
    values->references = 1;
    values->items = items;
    values->count = count;
    made = enumerator_new(values, 0);
    values_release(values);
    if (!made)
        return E_OUTOFMEMORY;
    *enumerator = (IUnknown *)&made->IEnumVARIANT_iface;
    return S_OK;
}
