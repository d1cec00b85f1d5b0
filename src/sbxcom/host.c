/*
 * host.c - what is built of it: its version.
 */
#include "sbxcom/host.h"
#include "core/version.h"
#include "sbxcom/not_built.h"
#include "sbxcom/values.h"

static HRESULT STDMETHODCALLTYPE Host_get_Version(ISandboxHost *iface, BSTR *value)
{
    (void)iface;
    return value_text(SBX_VERSION, value);
}

NOT_BUILT_RESULT1(Host, Doctor, ISandboxReport **)
NOT_BUILT_RESULT1(Host, Provision, ISandboxReport **)
NOT_BUILT_RESULT1(Host, Repair, ISandboxReport **)
NOT_BUILT1(Host, Deprovision, VARIANT)
NOT_BUILT_RESULT1(Host, Status, ISandboxReport **)

static const ISandboxHostVtbl host_vtbl = {
    OBJECT_METHODS(ISandboxHost),
    Host_get_Version,
    Host_Doctor,
    Host_Provision,
    Host_Repair,
    Host_Deprovision,
    Host_Status,
    Host_Workspaces,
    Host_Recover,
};

static const struct object_class host_class = {
    .type = TYPE_ISandboxHost,
    .source = L"Sbx.Host",
    .clsid = &CLSID_SandboxHost,
};

HRESULT host_create(REFIID iid, void **value)
{
    struct object *self = object_new(sizeof *self, &host_class, &host_vtbl);

    return self ? object_give(self, iid, value) : E_OUTOFMEMORY;
}
