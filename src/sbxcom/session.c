/*
 * session.c - ISandboxSession over the engine: its life, its properties, its end.
 */
#include "sbxcom/session_private.h"

#include "base/memory.h"
#include "os/filesystem.h"
#include "os/random.h"
#include "sbxcom/arguments.h"
#include "sbxcom/not_built.h"
#include "sbxcom/values.h"

#include <string.h>

HRESULT session_result(const struct session *self, sbx_status status, const struct sbx_error *error)
{
    return object_result(&self->object, status, error);
}

void session_hold(struct session *session)
{
    object_hold(&session->object);
}

void session_release(struct session *session)
{
    object_release(&session->object);
}

sbxState session_state(const struct session *self)
{
    if (self->closed)
        return sbxStateClosed;
    if (!self->engine)
        return sbxStateNew;
    switch (engine_state(self->engine)) {
    case ENGINE_RUNNING:
        return sbxStateProvisioned;
    case ENGINE_LOST:
        return sbxStateLost;
    default:
        return sbxStateClosed;
    }
}

sbx_status session_not_running(sbxState state, struct sbx_error *error)
{
    switch (state) {
    case sbxStateNew:
        return error_set(error, SBX_E_NOT_PROVISIONED,
                         "The session is not provisioned. Call Provision first.");
    case sbxStateLost:
        return error_set(error, SBX_E_RUNNER_LOST,
                         "The command runner died, and every command with it. Call Provision to start anew.");
    default:
        return error_set(error, SBX_E_CLOSED, "The session is closed. Create a new one.");
    }
}

sbx_status session_take_engine(struct session *self, struct engine **engine, struct sbx_error *error)
{
    bool provisioning;
    sbxState state;

    AcquireSRWLockShared(&self->lock);
    state = session_state(self);
    provisioning = self->stop != NULL;
    if (state == sbxStateProvisioned) {
        *engine = self->engine;
        engine_hold(*engine);
    }
    ReleaseSRWLockShared(&self->lock);
    if (state == sbxStateNew && provisioning)
        return error_set(
            error, SBX_E_NOT_PROVISIONED,
            "The session is not provisioned yet: that is in progress. Wait for it first (Wait of what "
            "StartProvision returned).");
    return state == sbxStateProvisioned ? SBX_OK : session_not_running(state, error);
}

/* Properties. */

static HRESULT STDMETHODCALLTYPE Session_put_Workspace(ISandboxSession *iface, BSTR workspace)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct sbx_error error = {0};
    char *text = NULL;
    sbx_status status;

    status = argument_bstr(workspace, "Workspace", &text, NULL, &error);
    if (status)
        return session_result(self, status, &error);

    AcquireSRWLockExclusive(&self->lock);
    if (session_state(self) == sbxStateClosed) {
        status = session_not_running(sbxStateClosed, &error);
    } else if (session_state(self) == sbxStateNew && self->stop) {
        status =
            error_set(&error, SBX_E_STATE,
                      "Provision is in progress for this workspace. Create another session for another.");
    } else if (session_state(self) != sbxStateNew || self->stop) {
        status = error_set(
            &error, SBX_E_STATE,
            "A session keeps the workspace it was provisioned with. Create another session for another.");
    } else {
        char *old = self->workspace;

        self->workspace = text;
        text = old;
    }
    ReleaseSRWLockExclusive(&self->lock);
    sbx_free(text);
    return session_result(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Session_get_Workspace(ISandboxSession *iface, BSTR *value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    const char *workspace;
    HRESULT result;

    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    workspace = self->engine ? engine_boundary(self->engine)->workspace : self->workspace;
    result = value_text(workspace, value);
    ReleaseSRWLockShared(&self->lock);
    return result;
}

static HRESULT STDMETHODCALLTYPE Session_put_Level(ISandboxSession *iface, VARIANT level)
{
    static const struct argument_word words[] = {
        {"auto", sbxLevelAuto}, {"restricted", sbxLevelRestricted}, {"elevated", sbxLevelElevated}};
    struct session *self = impl_from_ISandboxSession(iface);
    struct sbx_error error = {0};
    int32_t value = sbxLevelAuto;
    sbx_status status = SBX_OK;

    if (!argument_absent(&level))
        status = argument_enum(&level, "Level", words, 3, &value, &error);
    if (status)
        return session_result(self, status, &error);

    AcquireSRWLockExclusive(&self->lock);
    if (session_state(self) == sbxStateClosed) {
        status = session_not_running(sbxStateClosed, &error);
    } else {
        self->changed |= self->level != (enum sbx_level)value;
        self->level = (enum sbx_level)value;
    }
    ReleaseSRWLockExclusive(&self->lock);
    return session_result(self, status, &error);
}

static enum sbx_level level_of(struct session *self)
{
    enum sbx_level level;

    AcquireSRWLockShared(&self->lock);
    level = self->engine ? engine_boundary(self->engine)->level : self->level;
    ReleaseSRWLockShared(&self->lock);
    return level;
}

static HRESULT STDMETHODCALLTYPE Session_get_Level(ISandboxSession *iface, sbxLevel *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxLevel)level_of(impl_from_ISandboxSession(iface));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Session_get_LevelText(ISandboxSession *iface, BSTR *value)
{
    return value ? value_text(level_name(level_of(impl_from_ISandboxSession(iface))), value) : E_POINTER;
}

static sbxState shared_state_of(struct session *self)
{
    sbxState state;

    AcquireSRWLockShared(&self->lock);
    state = session_state(self);
    ReleaseSRWLockShared(&self->lock);
    return state;
}

static HRESULT STDMETHODCALLTYPE Session_get_State(ISandboxSession *iface, sbxState *value)
{
    if (!value)
        return E_POINTER;
    *value = shared_state_of(impl_from_ISandboxSession(iface));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Session_get_StateText(ISandboxSession *iface, BSTR *value)
{
    static const char *const texts[] = {"new", "provisioned", "closed", "lost"};

    return value ? value_text(texts[shared_state_of(impl_from_ISandboxSession(iface))], value) : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE Session_get_Id(ISandboxSession *iface, BSTR *value)
{
    return value ? value_text(impl_from_ISandboxSession(iface)->id, value) : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE Session_put_ParentWindow(ISandboxSession *iface, VARIANT window)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct sbx_error error = {0};
    int64_t value = 0;
    sbx_status status = SBX_OK;

    /* A handle of 64 bits has 32 that count, sign-extended or not. */
    if (!argument_absent(&window))
        status = argument_whole(&window, "ParentWindow", INT32_MIN, UINT32_MAX, &value, &error);
    if (status)
        return session_result(self, status, &error);
    AcquireSRWLockExclusive(&self->lock);
    if (session_state(self) == sbxStateClosed)
        status = session_not_running(sbxStateClosed, &error);
    else
        self->parent_window = (LONG)value;
    ReleaseSRWLockExclusive(&self->lock);
    return session_result(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Session_get_ParentWindow(ISandboxSession *iface, LONG *value)
{
    struct session *self = impl_from_ISandboxSession(iface);

    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    *value = self->parent_window;
    ReleaseSRWLockShared(&self->lock);
    return S_OK;
}

NOT_BUILT_RESULT5(Session, AllowNetwork, BSTR, VARIANT, VARIANT, VARIANT, ISandboxGrant **)

/* Ends. */

static HRESULT STDMETHODCALLTYPE Session_Cancel(ISandboxSession *iface)
{
    struct session *self = impl_from_ISandboxSession(iface);

    /* Both only signal: they may be called with the lock held. */
    AcquireSRWLockShared(&self->lock);
    if (self->stop)
        SetEvent(self->stop);
    for (const struct session_stop *stop = self->stops; stop; stop = stop->next)
        SetEvent(stop->event);
    if (self->engine)
        engine_cancel(self->engine);
    ReleaseSRWLockShared(&self->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Session_Close(ISandboxSession *iface)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct engine *engine = NULL;

    AcquireSRWLockExclusive(&self->lock);
    self->closed = true;
    if (self->stop)
        SetEvent(self->stop);
    engine = self->engine;
    if (engine)
        engine_hold(engine);
    ReleaseSRWLockExclusive(&self->lock);

    if (engine) {
        engine_close(engine);
        engine_release(engine);
    }
    return S_OK;
}

static void session_destroy(struct object *object)
{
    struct session *self = CONTAINING_RECORD(object, struct session, object);
    struct provisioning *provisioning;

    /* The worker may be handing over its engine right now, and takes its reference back then. */
    AcquireSRWLockShared(&self->lock);
    provisioning = self->provisioning;
    if (provisioning)
        provisioning_hold(provisioning);
    ReleaseSRWLockShared(&self->lock);
    if (provisioning)
        provisioning_forget_session(provisioning);

    events_end(self->events);
    for (size_t i = 0; i < self->past_count; i++)
        engine_release(self->past[i]);
    sbx_free(self->past);
    if (self->engine)
        engine_release(self->engine);
    findings_free(&self->findings);
    if (self->policy)
        policy_object_release(self->policy);
    policy_free(&self->frozen);
    feed_release(self->feed);
    session_forget_told(self);
    session_forget_grants(self);
    sbx_free(self->workspace);
}

static HRESULT session_query(struct object *object, REFIID iid, void **value)
{
    struct session *self = CONTAINING_RECORD(object, struct session, object);

    if (!IsEqualIID(iid, &IID_IConnectionPointContainer))
        return E_NOINTERFACE;
    object_hold(object);
    *value = events_container(self->events);
    return S_OK;
}

static const ISandboxSessionVtbl session_vtbl = {
    OBJECT_METHODS(ISandboxSession),
    Session_put_Workspace,
    Session_get_Workspace,
    Session_put_Policy,
    Session_get_Policy,
    Session_putref_Policy,
    Session_put_Level,
    Session_get_Level,
    Session_get_LevelText,
    Session_get_State,
    Session_get_StateText,
    Session_get_Id,
    Session_put_ParentWindow,
    Session_get_ParentWindow,
    Session_Provision,
    Session_StartProvision,
    Session_Plan,
    Session_Run,
    Session_Spawn,
    Session_CreateCommand,
    Session_Report,
    Session_SelfTest,
    Session_Explain,
    Session_Query,
    Session_Processes,
    Session_Grants,
    Session_Violations,
    Session_Changes,
    Session_AllowNetwork,
    Session_AllowWrite,
    Session_ExportTranscript,
    Session_Cancel,
    Session_Close,
    Session_Deprovision,
    Session_SetPolicy,
};

static const struct object_class session_class = {
    .type = TYPE_ISandboxSession,
    .source = SESSION_SOURCE,
    .clsid = &CLSID_SandboxSession,
    .events = &DIID_ISandboxSessionEvents,
    .destroy = session_destroy,
    .query = session_query,
};

HRESULT session_create(REFIID iid, void **value)
{
    struct session *self = object_new(sizeof *self, &session_class, &session_vtbl);
    struct sbx_error error = {0};
    struct sbx_policy policy;
    sbx_status status;

    if (!self)
        return E_OUTOFMEMORY;
    InitializeSRWLock(&self->lock);
    InitializeSRWLock(&self->violations_lock);
    InitializeSRWLock(&self->grants_lock);
    status = policy_default(&policy);
    if (!status) {
        self->policy = policy_object_new(&policy);
        status = self->policy ? SBX_OK : SBX_E_MEMORY;
    }
    if (!status) {
        self->feed = feed_create(engine_run_drop);
        self->events = self->feed ? events_create(self, &self->object, self->feed) : NULL;
        self->changes = change_log_create();
        status = self->events && self->changes ? SBX_OK : SBX_E_MEMORY;
    }
    if (!status)
        status = random_hex(self->id, SESSION_ID_BYTES, &error);
    if (status) {
        HRESULT result = session_result(self, status, &error);

        object_release(&self->object);
        return result;
    }
    return object_give(&self->object, iid, value);
}
