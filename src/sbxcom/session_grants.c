/*
 * session_grants.c - what a session is allowed for a while: AllowWrite, Grants.
 *
 * A grant has one object from the moment it is made, which AllowWrite returns, Grants() lists and OnGrantExpired brings. It
 * stays listed when it is over: Active tells.
 */
#include "base/memory.h"
#include "sbxcom/arguments.h"
#include "sbxcom/collection.h"
#include "sbxcom/grant.h"
#include "sbxcom/session_private.h"
#include "sbxcom/task.h"

#define USUAL_MINUTES 10
#define MOST_MINUTES  10080 /* a week, as in a policy */
#define MINUTE_MS     60000

struct listed_grant {
    struct engine_allowance *allowance;
    struct engine *engine; /* whose it is; the object keeps its memory */
    ISandboxGrant *object;
};

/* ---- one object a grant ---------------------------------------------------------------------------------------- */

/* Locked. NULL: it is not listed. */
static ISandboxGrant *find_grant(const struct session *self, const struct engine_allowance *allowance)
{
    for (size_t i = 0; i < self->grant_count; i++) {
        if (self->grants[i].allowance == allowance)
            return self->grants[i].object;
    }
    return NULL;
}

/* Locked. */
static HRESULT list_grant(struct session *self, struct engine *engine, struct engine_allowance *allowance)
{
    struct listed_grant made = {allowance, engine, NULL};
    struct listed_grant *larger = sbx_realloc(self->grants, (self->grant_count + 1) * sizeof *larger);
    HRESULT result;

    if (!larger)
        return E_OUTOFMEMORY;
    self->grants = larger;
    result = grant_create(engine, allowance, &made.object);
    if (SUCCEEDED(result))
        self->grants[self->grant_count++] = made;
    return result;
}

HRESULT session_grant(struct session *self, struct engine *engine, struct engine_allowance *allowance,
                      ISandboxGrant **value)
{
    HRESULT result = S_OK;
    ISandboxGrant *found;

    AcquireSRWLockExclusive(&self->grants_lock);
    found = find_grant(self, allowance);
    if (!found) {
        result = list_grant(self, engine, allowance);
        found = find_grant(self, allowance);
    }
    if (found) {
        ISandboxGrant_AddRef(found);
        *value = found;
    }
    ReleaseSRWLockExclusive(&self->grants_lock);
    return result;
}

void session_forget_grants(struct session *self)
{
    for (size_t i = 0; i < self->grant_count; i++)
        ISandboxGrant_Release(self->grants[i].object);
    sbx_free(self->grants);
}

/* ---- AllowWrite ------------------------------------------------------------------------------------------------ */

struct granting {
    struct session_stop stop;
    struct engine *engine; /* held */
    char *path;
    uint64_t for_ms;
    struct engine_allowance *allowance;
    sbx_status status;
    struct sbx_error error;
};

static sbx_status read_minutes(const VARIANT *minutes, uint64_t *for_ms, struct sbx_error *error)
{
    double number = USUAL_MINUTES;
    sbx_status status = SBX_OK;

    if (!argument_absent(minutes))
        status = argument_number(minutes, "minutes", 0, MOST_MINUTES, &number, error);
    if (!status && number <= 0)
        status = argument_wrong(minutes, "minutes", "a number above 0, to 10080 (a week)", error);
    if (!status)
        *for_ms = (uint64_t)(number * MINUTE_MS) + 1;
    return status;
}

static sbx_status take_running(struct session *self, struct engine **engine, struct sbx_error *error)
{
    bool provisioning;

    AcquireSRWLockShared(&self->lock);
    provisioning = self->stop != NULL;
    ReleaseSRWLockShared(&self->lock);
    if (provisioning)
        return error_set(error, SBX_E_STATE,
                         "Provision is in progress on another thread. Wait for it, or call Cancel.");
    return session_take_engine(self, engine, error);
}

static void grant_write(void *context)
{
    struct granting *work = context;

    work->status = engine_allow_write(work->engine, work->path, work->for_ms, work->stop.event,
                                      &work->allowance, &work->error);
}

/* What Cancel and Close end alike ended by one of them. */
static sbx_status tell_end(struct session *self, struct granting *work)
{
    struct sbx_error none = {0};
    sbxState state;

    AcquireSRWLockShared(&self->lock);
    state = session_state(self);
    ReleaseSRWLockShared(&self->lock);
    if (work->status != SBX_E_CANCELLED || state == sbxStateProvisioned)
        return work->status;
    work->error = none;
    return session_not_running(state, &work->error);
}

HRESULT STDMETHODCALLTYPE Session_AllowWrite(ISandboxSession *iface, BSTR path, VARIANT minutes,
                                             ISandboxGrant **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct granting work = {0};
    HRESULT result = S_OK;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = argument_bstr(path, "path", &work.path, NULL, &work.error);
    if (!status)
        status = read_minutes(&minutes, &work.for_ms, &work.error);
    if (!status)
        status = take_running(self, &work.engine, &work.error);
    if (!status)
        status = session_begin_stoppable(self, &work.stop, &work.error);
    if (!status) {
        status = task_run(grant_write, &work, work.stop.event, &work.error);
        if (!status)
            status = tell_end(self, &work);
        session_end_stoppable(self, &work.stop);
    }
    if (!status)
        result = session_grant(self, work.engine, work.allowance, value);
    if (FAILED(result))
        engine_revoke(work.engine, work.allowance, NULL); /* nobody would ever see it */
    if (work.engine)
        engine_release(work.engine);
    sbx_free(work.path);
    return status ? session_result(self, status, &work.error) : result;
}

/* ---- Grants ---------------------------------------------------------------------------------------------------- */

/* By its target the latest one is found: that is the one which may still be in force. Locked. */
static bool is_latest(const struct session *self, size_t at)
{
    struct engine_allowance_info info, later;

    engine_allowance_info(self->grants[at].engine, self->grants[at].allowance, &info);
    for (size_t i = at + 1; i < self->grant_count; i++) {
        engine_allowance_info(self->grants[i].engine, self->grants[i].allowance, &later);
        if (text_equal_ascii_nocase(info.path, later.path))
            return false;
    }
    return true;
}

HRESULT STDMETHODCALLTYPE Session_Grants(ISandboxSession *iface, ISandboxGrants **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct collection *collection;
    HRESULT result = S_OK;

    if (!value)
        return E_POINTER;
    *value = NULL;
    collection = collection_new(TYPE_ISandboxGrants, SESSION_SOURCE, "grant", 0);
    if (!collection)
        return E_OUTOFMEMORY;
    AcquireSRWLockShared(&self->grants_lock);
    for (size_t i = 0; i < self->grant_count && SUCCEEDED(result); i++) {
        struct engine_allowance_info info;

        engine_allowance_info(self->grants[i].engine, self->grants[i].allowance, &info);
        result = collection_add(collection, is_latest(self, i) ? info.path : NULL,
                                (IDispatch *)self->grants[i].object);
    }
    ReleaseSRWLockShared(&self->grants_lock);
    if (FAILED(result))
        object_release(&collection->object);
    else
        *value = object_interface(&collection->object);
    return result;
}
