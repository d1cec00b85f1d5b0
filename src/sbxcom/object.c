/*
 * object.c - IUnknown and what comes with it; IDispatch is in dispatch.c.
 */
#include "sbxcom/object.h"
#include "base/memory.h"
#include "sbxcom/module.h"

#include <string.h>

/* Windows 8: "call me from any apartment". A marker, known to .NET; the headers hide it from Windows 7 programs. */
static const IID iid_agile = {0x94ea2b94, 0xe9cc, 0x49e0, {0xc0, 0xff, 0xee, 0x64, 0xca, 0x8f, 0x5b, 0x90}};

/* ---- IUnknown ------------------------------------------------------------------------------------------------------ */

void object_hold(struct object *object)
{
    InterlockedIncrement(&object->references);
}

bool object_hold_living(struct object *object)
{
    LONG seen = InterlockedCompareExchange(&object->references, 0, 0), before;

    while (seen > 0) {
        before = InterlockedCompareExchange(&object->references, seen + 1, seen);
        if (before == seen)
            return true;
        seen = before;
    }
    return false;
}

static ULONG release(struct object *object)
{
    LONG references = InterlockedDecrement(&object->references);

    if (references == 0) {
        if (object->class->destroy)
            object->class->destroy(object);
        if (object->marshaler)
            IUnknown_Release(object->marshaler);
        sbx_free(object);
        module_release();
    }
    return (ULONG)references;
}

static HRESULT get_marshaler(struct object *object, void **value)
{
    IUnknown *marshaler = InterlockedCompareExchangePointer((void **)&object->marshaler, NULL, NULL);

    if (!marshaler) {
        HRESULT result = CoCreateFreeThreadedMarshaler((IUnknown *)&object->IDispatch_iface, &marshaler);

        if (FAILED(result)) {
            *value = NULL;
            return result;
        }
        if (InterlockedCompareExchangePointer((void **)&object->marshaler, marshaler, NULL)) {
            IUnknown_Release(marshaler); /* another thread was faster */
            marshaler = object->marshaler;
        }
    }
    return IUnknown_QueryInterface(marshaler, &IID_IMarshal, value);
}

HRESULT STDMETHODCALLTYPE object_QueryInterface(IDispatch *iface, REFIID iid, void **value)
{
    struct object *self = object_from_interface(iface);

    if (!value)
        return E_POINTER;
    *value = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IDispatch) || IsEqualIID(iid, &iid_agile) ||
        IsEqualIID(iid, typeinfo_iid(self->class->type)))
        *value = &self->IDispatch_iface;
    else if (IsEqualIID(iid, &IID_ISupportErrorInfo))
        *value = &self->ISupportErrorInfo_iface;
    else if (self->class->clsid &&
             (IsEqualIID(iid, &IID_IProvideClassInfo) || IsEqualIID(iid, &IID_IProvideClassInfo2)))
        *value = &self->IProvideClassInfo2_iface;
    else if (IsEqualIID(iid, &IID_IMarshal))
        return get_marshaler(self, value);
    else if (self->class->query)
        return self->class->query(self, iid, value);
    else
        return E_NOINTERFACE;

    object_hold(self);
    return S_OK;
}

ULONG STDMETHODCALLTYPE object_AddRef(IDispatch *iface)
{
    return (ULONG)InterlockedIncrement(&object_from_interface(iface)->references);
}

ULONG STDMETHODCALLTYPE object_Release(IDispatch *iface)
{
    return release(object_from_interface(iface));
}

/* ---- ISupportErrorInfo --------------------------------------------------------------------------------------------- */

static struct object *impl_from_ISupportErrorInfo(ISupportErrorInfo *iface)
{
    return CONTAINING_RECORD(iface, struct object, ISupportErrorInfo_iface);
}

static HRESULT STDMETHODCALLTYPE SupportErrorInfo_QueryInterface(ISupportErrorInfo *iface, REFIID iid,
                                                                 void **value)
{
    return object_QueryInterface(&impl_from_ISupportErrorInfo(iface)->IDispatch_iface, iid, value);
}

static ULONG STDMETHODCALLTYPE SupportErrorInfo_AddRef(ISupportErrorInfo *iface)
{
    return object_AddRef(&impl_from_ISupportErrorInfo(iface)->IDispatch_iface);
}

static ULONG STDMETHODCALLTYPE SupportErrorInfo_Release(ISupportErrorInfo *iface)
{
    return release(impl_from_ISupportErrorInfo(iface));
}

static HRESULT STDMETHODCALLTYPE SupportErrorInfo_InterfaceSupportsErrorInfo(ISupportErrorInfo *iface,
                                                                             REFIID iid)
{
    const struct object *self = impl_from_ISupportErrorInfo(iface);

    return IsEqualIID(iid, typeinfo_iid(self->class->type)) ? S_OK : S_FALSE;
}

static const ISupportErrorInfoVtbl support_error_info_vtbl = {
    SupportErrorInfo_QueryInterface,
    SupportErrorInfo_AddRef,
    SupportErrorInfo_Release,
    SupportErrorInfo_InterfaceSupportsErrorInfo,
};

/* ---- IProvideClassInfo2 -------------------------------------------------------------------------------------------- */

static struct object *impl_from_IProvideClassInfo2(IProvideClassInfo2 *iface)
{
    return CONTAINING_RECORD(iface, struct object, IProvideClassInfo2_iface);
}

static HRESULT STDMETHODCALLTYPE ProvideClassInfo_QueryInterface(IProvideClassInfo2 *iface, REFIID iid,
                                                                 void **value)
{
    return object_QueryInterface(&impl_from_IProvideClassInfo2(iface)->IDispatch_iface, iid, value);
}

static ULONG STDMETHODCALLTYPE ProvideClassInfo_AddRef(IProvideClassInfo2 *iface)
{
    return object_AddRef(&impl_from_IProvideClassInfo2(iface)->IDispatch_iface);
}

static ULONG STDMETHODCALLTYPE ProvideClassInfo_Release(IProvideClassInfo2 *iface)
{
    return release(impl_from_IProvideClassInfo2(iface));
}

static HRESULT STDMETHODCALLTYPE ProvideClassInfo_GetClassInfo(IProvideClassInfo2 *iface, ITypeInfo **info)
{
    if (!info)
        return E_POINTER;
    *info = NULL;
    return typeinfo_get_class(impl_from_IProvideClassInfo2(iface)->class->clsid, info);
}

static HRESULT STDMETHODCALLTYPE ProvideClassInfo_GetGUID(IProvideClassInfo2 *iface, DWORD kind, GUID *guid)
{
    const struct object *self = impl_from_IProvideClassInfo2(iface);

    if (!guid)
        return E_POINTER;
    *guid = GUID_NULL;
    if (kind != GUIDKIND_DEFAULT_SOURCE_DISP_IID)
        return E_INVALIDARG;
    if (!self->class->events)
        return E_NOINTERFACE;
    *guid = *self->class->events;
    return S_OK;
}

static const IProvideClassInfo2Vtbl provide_class_info_vtbl = {
    ProvideClassInfo_QueryInterface, ProvideClassInfo_AddRef,  ProvideClassInfo_Release,
    ProvideClassInfo_GetClassInfo,   ProvideClassInfo_GetGUID,
};

/* ---- life ---------------------------------------------------------------------------------------------------------- */

void *object_new(size_t size, const struct object_class *class, const void *vtable)
{
    struct object *object = sbx_alloc(size);

    if (!object)
        return NULL;
    object->IDispatch_iface.lpVtbl = vtable;
    object->ISupportErrorInfo_iface.lpVtbl = &support_error_info_vtbl;
    object->IProvideClassInfo2_iface.lpVtbl = &provide_class_info_vtbl;
    object->class = class;
    object->references = 1;
    module_hold();
    return object;
}

void *object_interface(struct object *object)
{
    return &object->IDispatch_iface;
}

void object_release(struct object *object)
{
    release(object);
}

HRESULT object_give(struct object *object, REFIID iid, void **value)
{
    HRESULT result = object_QueryInterface(&object->IDispatch_iface, iid, value);

    object_release(object);
    return result;
}

struct object *object_from_client(IUnknown *client, const struct object_class *class)
{
    struct object *object = NULL;
    IDispatch *dispatch;

    if (!client || FAILED(IUnknown_QueryInterface(client, &IID_IDispatch, (void **)&dispatch)))
        return NULL;
    /* The address of the function is the proof: only a vtable of this DLL has it in that place. */
    if (dispatch->lpVtbl->QueryInterface == object_QueryInterface &&
        object_from_interface(dispatch)->class == class)
        object = object_from_interface(dispatch);
    IDispatch_Release(dispatch);
    return object;
}

HRESULT object_result(const struct object *object, sbx_status status, const struct sbx_error *error)
{
    return error_raise(object->class->source, typeinfo_iid(object->class->type), status, error);
}

HRESULT object_not_built(const struct object *object, const char *interface_name, const char *slot)
{
    static const char *const prefixes[] = {"get_", "put_", "putref_"};
    struct sbx_error error;

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(slot, prefixes[i], strlen(prefixes[i])) == 0)
            slot += strlen(prefixes[i]);
    }
    error.code = SBX_OK;
    error_set(&error, SBX_E_NOT_BUILT,
              "%s.%s is not built in this version. The README lists what is; scripts can test for this code.",
              interface_name, slot);
    return object_result(object, SBX_E_NOT_BUILT, &error);
}
