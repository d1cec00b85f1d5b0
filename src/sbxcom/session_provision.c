/*
 * session_provision.c - from a workspace and a policy to a running engine.
 */
#include "base/memory.h"
#include "sbxcom/report.h"
#include "sbxcom/session_private.h"

/* A frozen copy of what Provision needs. */
struct provision {
    char *workspace;
    struct sbx_policy policy;
    uint32_t edits; /* of the policy object when it was copied */
    enum sbx_level level;
    uint32_t last_id;
    HANDLE stop;
    bool done; /* it is provisioned already, and nothing was changed */
};

static void provision_free(struct provision *provision)
{
    policy_free(&provision->policy);
    sbx_free(provision->workspace);
    if (provision->stop)
        CloseHandle(provision->stop);
}

/* Locked. Since the last Provision, another policy or level was put, or the policy edited. */
static bool is_changed(const struct session *self)
{
    return self->changed || policy_object_edits(self->policy) != self->frozen_edits;
}

/* Locked. */
static sbx_status check_may_provision(const struct session *self, struct sbx_error *error)
{
    sbxState state = session_state(self);

    if (state == sbxStateClosed)
        return session_not_running(state, error);
    if (self->stop)
        return error_set(error, SBX_E_STATE,
                         "Provision is in progress on another thread. Wait for it, or call Cancel.");
    if (!self->workspace)
        return error_set(error, SBX_E_STATE,
                         "There is no workspace yet. Put Workspace, then call Provision.");
    if (state == sbxStateProvisioned && is_changed(self) && engine_is_busy(self->engine))
        return error_set(
            error, SBX_E_STATE,
            "Commands are running under the policy that was provisioned. Wait for them or terminate them, "
            "then call Provision for the new one.");
    return SBX_OK;
}

static sbx_status begin_provision(struct session *self, struct provision *provision, struct sbx_error *error)
{
    sbx_status status;

    provision->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!provision->stop)
        return error_system(error, "CreateEvent", GetLastError());

    AcquireSRWLockExclusive(&self->lock);
    status = check_may_provision(self, error);
    if (status)
        goto unlock;
    provision->done = session_state(self) == sbxStateProvisioned && !is_changed(self);
    if (provision->done)
        goto unlock;

    provision->level = self->level;
    provision->last_id = self->engine ? engine_last_id(self->engine) : 0;
    provision->workspace = sbx_strdup(self->workspace);
    status = provision->workspace ? policy_object_copy(self->policy, &provision->policy, &provision->edits)
                                  : SBX_E_MEMORY;
    if (!status) {
        self->stop = provision->stop;
        self->changed = false;
    }

unlock:
    ReleaseSRWLockExclusive(&self->lock);
    return status;
}

/* Locked. Keeps an engine that is not used any more for the records of its commands. Without memory they are lost. */
static struct engine *retire_engine(struct session *self)
{
    struct engine *old = self->engine;
    struct engine **past;

    self->engine = NULL;
    if (!old)
        return NULL;
    past = sbx_realloc(self->past, (self->past_count + 1) * sizeof *past);
    if (past) {
        engine_hold(old);
        past[self->past_count++] = old;
        self->past = past;
    }
    return old;
}

/* Locked. The policy that the session runs under from now on; moved out of `provision`. */
static void freeze(struct session *self, struct provision *provision)
{
    struct sbx_policy old = self->frozen;

    self->frozen = provision->policy;
    provision->policy = old; /* freed with it */
    self->has_frozen = true;
    self->frozen_edits = provision->edits;
}

/* Takes what came of it into the session: `made` (NULL where it failed) and `measured`. */
static sbx_status end_provision(struct session *self, struct provision *provision, struct engine *made,
                                struct findings *measured, struct sbx_error *error)
{
    struct engine *unused = made;
    sbx_status status = SBX_OK;

    AcquireSRWLockExclusive(&self->lock);
    self->stop = NULL;
    /* A refused one does not describe what goes on running under the one before. */
    if (measured->count && !made && self->engine) {
        findings_free(measured);
    } else if (measured->count) {
        findings_free(&self->findings);
        self->findings = *measured;
    }
    if (!made) {
        self->changed = true; /* the next Provision tries again */
    } else if (self->closed) {
        status = session_not_running(sbxStateClosed, error);
    } else {
        unused = retire_engine(self);
        self->engine = made;
        freeze(self, provision);
    }
    ReleaseSRWLockExclusive(&self->lock);

    if (unused) {
        engine_close(unused);
        engine_release(unused);
    }
    return status;
}

HRESULT STDMETHODCALLTYPE Session_Provision(ISandboxSession *iface, ISandboxReport **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct provision provision = {0};
    struct engine_options options = {0};
    struct findings measured = {NULL, 0};
    struct engine *made = NULL;
    struct sbx_error error = {0};
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = begin_provision(self, &provision, &error);
    if (!status && !provision.done) {
        sbx_status ended;

        options.policy = &provision.policy;
        options.level = provision.level;
        options.workspace = provision.workspace;
        options.session_id = self->id;
        options.last_id = provision.last_id;
        options.feed = self->feed;
        options.changes = self->changes;
        status = policy_check_built(&provision.policy, &error);
        if (!status)
            status = engine_open(&options, provision.stop, &made, &measured, &error);
        ended = end_provision(self, &provision, made, &measured, &error);
        if (!status)
            status = ended;
    }
    provision_free(&provision);
    return status ? session_result(self, status, &error) : session_report_measured(self, value);
}
