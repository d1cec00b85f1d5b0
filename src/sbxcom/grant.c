/*
 * grant.c - ISandboxGrant over a folder that may be written for a while.
 */
#include "sbxcom/grant.h"
#include "sbxcom/object.h"
#include "sbxcom/task.h"
#include "sbxcom/values.h"

struct grant_object {
    struct object object;
    struct engine *engine; /* its memory is held */
    struct engine_allowance *allowance;
};

static struct grant_object *impl_from_ISandboxGrant(ISandboxGrant *iface)
{
    return CONTAINING_RECORD(iface, struct grant_object, object.IDispatch_iface);
}

static struct engine_allowance_info look_at(ISandboxGrant *iface)
{
    const struct grant_object *self = impl_from_ISandboxGrant(iface);
    struct engine_allowance_info info;

    engine_allowance_info(self->engine, self->allowance, &info);
    return info;
}

static HRESULT STDMETHODCALLTYPE Grant_get_Kind(ISandboxGrant *iface, BSTR *value)
{
    (void)iface;
    return value_text("write", value);
}

static HRESULT STDMETHODCALLTYPE Grant_get_Target(ISandboxGrant *iface, BSTR *value)
{
    return value_text(look_at(iface).path, value);
}

static HRESULT STDMETHODCALLTYPE Grant_get_Expires(ISandboxGrant *iface, DATE *value)
{
    if (!value)
        return E_POINTER;
    *value = value_local_time(look_at(iface).expires_utc_ms);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Grant_get_ExpiresUtc(ISandboxGrant *iface, BSTR *value)
{
    return value_utc_text(look_at(iface).expires_utc_ms, value);
}

static HRESULT STDMETHODCALLTYPE Grant_get_SecondsLeft(ISandboxGrant *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)look_at(iface).seconds_left;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Grant_get_Active(ISandboxGrant *iface, VARIANT_BOOL *value)
{
    if (!value)
        return E_POINTER;
    *value = look_at(iface).active ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

/* What stands on a file counts for every command of the session. */
static HRESULT STDMETHODCALLTYPE Grant_get_Command(ISandboxGrant *iface, BSTR *value)
{
    (void)iface;
    return value_text("", value);
}

/* Windows decides about a file by itself and tells nobody: writes are not counted, which the README says. */
static HRESULT STDMETHODCALLTYPE Grant_get_Uses(ISandboxGrant *iface, LONG *value)
{
    (void)iface;
    if (!value)
        return E_POINTER;
    *value = 0;
    return S_OK;
}

struct revoking {
    struct grant_object *grant;
    sbx_status status;
    struct sbx_error error;
};

static void revoke(void *context)
{
    struct revoking *work = context;

    work->status = engine_revoke(work->grant->engine, work->grant->allowance, &work->error);
}

static HRESULT STDMETHODCALLTYPE Grant_Revoke(ISandboxGrant *iface)
{
    struct revoking work = {.grant = impl_from_ISandboxGrant(iface)};
    sbx_status status;

    if (!look_at(iface).active)
        return S_OK;
    status = task_run(revoke, &work, NULL, &work.error);
    return object_result(&work.grant->object, status ? status : work.status, &work.error);
}

static const ISandboxGrantVtbl grant_vtbl = {
    OBJECT_METHODS(ISandboxGrant),
    Grant_get_Kind,
    Grant_get_Target,
    Grant_get_Expires,
    Grant_get_ExpiresUtc,
    Grant_get_SecondsLeft,
    Grant_get_Active,
    Grant_get_Command,
    Grant_get_Uses,
    Grant_Revoke,
};

static void grant_destroy(struct object *object)
{
    struct grant_object *self = CONTAINING_RECORD(object, struct grant_object, object);

    if (self->engine)
        engine_drop(self->engine);
}

static const struct object_class grant_class = {
    .type = TYPE_ISandboxGrant,
    .source = L"Sbx.Session",
    .destroy = grant_destroy,
};

HRESULT grant_create(struct engine *engine, struct engine_allowance *allowance, ISandboxGrant **value)
{
    struct grant_object *self = object_new(sizeof *self, &grant_class, &grant_vtbl);

    if (!self)
        return E_OUTOFMEMORY;
    engine_keep(engine);
    self->engine = engine;
    self->allowance = allowance;
    *value = object_interface(&self->object);
    return S_OK;
}
