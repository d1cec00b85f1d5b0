/*
 * violation.c - ISandboxViolation over a frozen copy.
 */
#include "sbxcom/violation.h"
#include "sbxcom/object.h"
#include "sbxcom/values.h"

struct violation_object {
    struct object object;
    struct violations one; /* with one item: copied and freed as a list */
};

static const struct violation *violation_from(ISandboxViolation *iface)
{
    return &CONTAINING_RECORD(iface, struct violation_object, object.IDispatch_iface)->one.items[0];
}

static HRESULT STDMETHODCALLTYPE Violation_get_Kind(ISandboxViolation *iface, BSTR *value)
{
    return value_text(violation_kind_name(violation_from(iface)->kind), value);
}

static HRESULT STDMETHODCALLTYPE Violation_get_Path(ISandboxViolation *iface, BSTR *value)
{
    return value_text(violation_from(iface)->path, value);
}

static HRESULT STDMETHODCALLTYPE Violation_get_Process(ISandboxViolation *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)violation_from(iface)->process;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Violation_get_Rule(ISandboxViolation *iface, BSTR *value)
{
    return value_text(violation_from(iface)->rule, value);
}

static HRESULT STDMETHODCALLTYPE Violation_get_Time(ISandboxViolation *iface, DATE *value)
{
    if (!value)
        return E_POINTER;
    *value = value_local_time(violation_from(iface)->utc_ms);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Violation_get_TimeUtc(ISandboxViolation *iface, BSTR *value)
{
    return value_utc_text(violation_from(iface)->utc_ms, value);
}

static HRESULT STDMETHODCALLTYPE Violation_get_Text(ISandboxViolation *iface, BSTR *value)
{
    return value_text(violation_from(iface)->text, value);
}

static HRESULT STDMETHODCALLTYPE Violation_get_Fix(ISandboxViolation *iface, BSTR *value)
{
    return value_text(violation_from(iface)->fix, value);
}

static const ISandboxViolationVtbl violation_vtbl = {
    OBJECT_METHODS(ISandboxViolation),
    Violation_get_Kind,
    Violation_get_Path,
    Violation_get_Process,
    Violation_get_Rule,
    Violation_get_Time,
    Violation_get_TimeUtc,
    Violation_get_Text,
    Violation_get_Fix,
};

static void violation_destroy(struct object *object)
{
    violations_free(&CONTAINING_RECORD(object, struct violation_object, object)->one);
}

static const struct object_class violation_class = {
    .type = TYPE_ISandboxViolation,
    .source = L"Sbx.Session",
    .destroy = violation_destroy,
};

HRESULT violation_create(const struct violation *violation, ISandboxViolation **value)
{
    struct violation_object *self = object_new(sizeof *self, &violation_class, &violation_vtbl);

    if (!self)
        return E_OUTOFMEMORY;
    if (violations_add(&self->one, violation)) {
        object_release(&self->object);
        return E_OUTOFMEMORY;
    }
    *value = object_interface(&self->object);
    return S_OK;
}
