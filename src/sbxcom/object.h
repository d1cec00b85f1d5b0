/*
 * object.h - what every automation object of the DLL shares, so that each one's file is about itself alone.
 *
 * An object is a structure that begins with a struct object, a class (what kind of object it is) and the vtable of its
 * dual interface, whose first seven slots are filled by OBJECT_METHODS:
 *
 *     struct finding_object {
 *         struct object object;
 *         ...
 *     };
 *
 *     static const ISandboxFindingVtbl finding_vtbl = {OBJECT_METHODS(ISandboxFinding), Finding_get_Domain, ...};
 *     static const struct object_class finding_class = {.type = TYPE_ISandboxFinding, .source = L"Sbx.Session",
 *                                                       .destroy = finding_destroy};
 *
 *     self = object_new(sizeof *self, &finding_class, &finding_vtbl);
 *     *value = object_interface(&self->object);
 *
 * What it gets for that: IUnknown, IDispatch by the type library, ISupportErrorInfo; a free-threaded marshaler, so that
 * every apartment of the process calls it directly; IProvideClassInfo2 where it has a class that clients create. All
 * objects are therefore called from any thread at any time: what changes is guarded by the object's own lock.
 * IObjectSafety is not offered: nothing here is safe for scripts of a web page.
 */
#ifndef SBX_SBXCOM_OBJECT_H
#define SBX_SBXCOM_OBJECT_H

#include "sbxcom/com.h"
#include "sbxcom/error.h"
#include "sbxcom/typeinfo.h"

#include <stdbool.h>

struct object;

struct object_class {
    enum type type;      /* its dual interface */
    const WCHAR *source; /* the ProgID that its errors name */
    const CLSID *clsid;  /* the class that clients create; NULL: it is handed out by other objects */
    const IID *events;   /* the class's event interface; NULL: none */

    /* Lets go of what the object holds, after the last reference is gone. The memory is freed by the caller. */
    void (*destroy)(struct object *object);

    /* Further interfaces; NULL: none. Answers as QueryInterface does. */
    HRESULT (*query)(struct object *object, REFIID iid, void **value);
};

struct object {
    IDispatch IDispatch_iface; /* first; its vtable is that of the dual interface */
    ISupportErrorInfo ISupportErrorInfo_iface;
    IProvideClassInfo2 IProvideClassInfo2_iface;
    const struct object_class *class;
    IUnknown *marshaler; /* made when it is first asked for */
    LONG references;
};

/* The object behind its dual interface. */
static inline struct object *object_from_interface(void *iface)
{
    return CONTAINING_RECORD(iface, struct object, IDispatch_iface);
}

/* A zeroed structure of `size` bytes with one reference; NULL without memory. */
void *object_new(size_t size, const struct object_class *class, const void *vtable);

/* The dual interface, to be handed out with the reference that the caller has. */
void *object_interface(struct object *object);

void object_hold(struct object *object);
void object_release(struct object *object);

/*
 * For whoever knows an object without a reference of its own, under a lock that the object's destroy takes: false, the last
 * reference has gone and the object will.
 */
bool object_hold_living(struct object *object);

/* The interface that a client asked for, for class factories: takes the caller's reference whatever comes out. */
HRESULT object_give(struct object *object, REFIID iid, void **value);

/*
 * An object that a client passed, if it is one of this DLL and of this class; NULL for any other. Borrowed from the
 * client: hold it to keep it. No client can build something that is taken for one of ours.
 */
struct object *object_from_client(IUnknown *client, const struct object_class *class);

/* How methods end: S_OK, or the failure raised under the object's source and interface. */
HRESULT object_result(const struct object *object, sbx_status status, const struct sbx_error *error);

/* How a member ends that this version has not: see not_built.h. "Host" and "get_Version" are Host.Version. */
HRESULT object_not_built(const struct object *object, const char *interface_name, const char *slot);

/* The slots of IUnknown and IDispatch, which take the dual interface itself where these functions take an IDispatch. */
HRESULT STDMETHODCALLTYPE object_QueryInterface(IDispatch *iface, REFIID iid, void **value);
ULONG STDMETHODCALLTYPE object_AddRef(IDispatch *iface);
ULONG STDMETHODCALLTYPE object_Release(IDispatch *iface);
HRESULT STDMETHODCALLTYPE object_GetTypeInfoCount(IDispatch *iface, UINT *count);
HRESULT STDMETHODCALLTYPE object_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info);
HRESULT STDMETHODCALLTYPE object_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count,
                                               LCID lcid, DISPID *ids);
HRESULT STDMETHODCALLTYPE object_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags,
                                        DISPPARAMS *parameters, VARIANT *result, EXCEPINFO *exception,
                                        UINT *wrong);

#define OBJECT_METHODS(I)                                                                                    \
    (HRESULT(STDMETHODCALLTYPE *)(I *, REFIID, void **)) object_QueryInterface,                              \
        (ULONG(STDMETHODCALLTYPE *)(I *))object_AddRef, (ULONG(STDMETHODCALLTYPE *)(I *))object_Release,     \
        (HRESULT(STDMETHODCALLTYPE *)(I *, UINT *))object_GetTypeInfoCount,                                  \
        (HRESULT(STDMETHODCALLTYPE *)(I *, UINT, LCID, ITypeInfo **))object_GetTypeInfo,                     \
        (HRESULT(STDMETHODCALLTYPE *)(I *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))object_GetIDsOfNames,   \
        (HRESULT(STDMETHODCALLTYPE *)(I *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *, \
                                      UINT *))object_Invoke

#endif
