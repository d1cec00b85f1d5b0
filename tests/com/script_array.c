#include "com/script_array.h"
#include "base/memory.h"

#include <stdbool.h>

enum { ID_LENGTH = 1, ID_FIRST = 100 };

struct script_array {
    IDispatch IDispatch_iface;
    LONG references;
    bool is_value;
    const WCHAR *const *texts;
    const WCHAR *text;
    size_t count;
};

static struct script_array *impl_from_IDispatch(IDispatch *iface)
{
    return CONTAINING_RECORD(iface, struct script_array, IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Array_QueryInterface(IDispatch *iface, REFIID iid, void **value)
{
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch)) {
        *value = NULL;
        return E_NOINTERFACE;
    }
    IDispatch_AddRef(iface);
    *value = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Array_AddRef(IDispatch *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IDispatch(iface)->references);
}

static ULONG STDMETHODCALLTYPE Array_Release(IDispatch *iface)
{
    LONG references = InterlockedDecrement(&impl_from_IDispatch(iface)->references);

    if (references == 0)
        sbx_free(impl_from_IDispatch(iface));
    return (ULONG)references;
}

static HRESULT STDMETHODCALLTYPE Array_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    *count = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Array_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info)
{
    (void)iface, (void)index, (void)lcid, (void)info;
    return DISP_E_BADINDEX;
}

static HRESULT STDMETHODCALLTYPE Array_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names,
                                                     UINT count, LCID lcid, DISPID *ids)
{
    const struct script_array *self = impl_from_IDispatch(iface);
    WCHAR *end;
    unsigned long index;

    (void)iid, (void)count, (void)lcid;
    ids[0] = DISPID_UNKNOWN;
    if (self->is_value)
        return DISP_E_UNKNOWNNAME;
    if (wcscmp(names[0], L"length") == 0) {
        ids[0] = ID_LENGTH;
        return S_OK;
    }
    index = wcstoul(names[0], &end, 10);
    if (*end || end == names[0] || index >= self->count)
        return DISP_E_UNKNOWNNAME;
    ids[0] = (DISPID)(ID_FIRST + index);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Array_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags,
                                              DISPPARAMS *parameters, VARIANT *result, EXCEPINFO *exception,
                                              UINT *wrong)
{
    const struct script_array *self = impl_from_IDispatch(iface);

    (void)iid, (void)lcid, (void)flags, (void)parameters, (void)exception, (void)wrong;
    if (self->is_value && id == DISPID_VALUE) {
        V_VT(result) = VT_BSTR;
        V_BSTR(result) = SysAllocString(self->text);
    } else if (!self->is_value && id == ID_LENGTH) {
        V_VT(result) = VT_I4;
        V_I4(result) = (LONG)self->count;
    } else if (!self->is_value && id >= ID_FIRST) {
        V_VT(result) = VT_BSTR;
        V_BSTR(result) = SysAllocString(self->texts[id - ID_FIRST]);
    } else {
        return DISP_E_MEMBERNOTFOUND;
    }
    return S_OK;
}

static const IDispatchVtbl array_vtbl = {
    Array_QueryInterface, Array_AddRef,        Array_Release, Array_GetTypeInfoCount,
    Array_GetTypeInfo,    Array_GetIDsOfNames, Array_Invoke,
};

static struct script_array *new_object(void)
{
    struct script_array *self = sbx_alloc(sizeof *self);

    self->IDispatch_iface.lpVtbl = &array_vtbl;
    self->references = 1;
    return self;
}

IDispatch *script_array_new(const WCHAR *const *texts, size_t count)
{
    struct script_array *self = new_object();

    self->texts = texts;
    self->count = count;
    return &self->IDispatch_iface;
}

IDispatch *script_value_new(const WCHAR *text)
{
    struct script_array *self = new_object();

    self->is_value = true;
    self->text = text;
    return &self->IDispatch_iface;
}
