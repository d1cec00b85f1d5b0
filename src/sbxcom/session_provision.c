/*
 * session_provision.c - from a workspace and a policy to a running engine, on a worker: one way for Provision, which
 * waits for it, and for StartProvision, which does not.
 */
#include "base/memory.h"
#include "sbxcom/module.h"
#include "sbxcom/operation.h"
#include "sbxcom/report.h"
#include "sbxcom/session_private.h"
#include "sbxcom/task.h"

#include <stdio.h>
#include <string.h>

struct provisioning {
    LONG references;
    HANDLE stop, ended; /* events that stay set */

    /* A frozen copy of what it needs. */
    char id[2 * SESSION_ID_BYTES + 1];
    char *workspace;
    struct sbx_policy policy;
    uint32_t edits; /* of the policy object when it was copied */
    enum sbx_level level;
    uint32_t last_id;
    struct engine *former;      /* held while it works */
    struct feed *feed;          /* held; NULL: nobody listens */
    struct change_log *changes; /* held */

    /* The lock guards everything below. Whoever holds it may take the session's, never the other way round. */
    SRWLOCK lock;
    struct session *session; /* NULL: it is no more */
    struct provisioning_progress progress;
    sbx_status status;
    struct sbx_error error;
    struct findings findings;
};

void provisioning_hold(struct provisioning *provisioning)
{
    InterlockedIncrement(&provisioning->references);
}

void provisioning_release(struct provisioning *provisioning)
{
    if (InterlockedDecrement(&provisioning->references))
        return;
    feed_release(provisioning->feed);
    change_log_release(provisioning->changes);
    policy_free(&provisioning->policy);
    findings_free(&provisioning->findings);
    sbx_free(provisioning->workspace);
    if (provisioning->stop)
        CloseHandle(provisioning->stop);
    if (provisioning->ended)
        CloseHandle(provisioning->ended);
    sbx_free(provisioning);
}

static struct provisioning *new_provisioning(void)
{
    struct provisioning *made = sbx_alloc(sizeof *made);

    if (!made)
        return NULL;
    made->references = 1;
    InitializeSRWLock(&made->lock);
    made->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    made->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!made->stop || !made->ended) {
        provisioning_release(made);
        return NULL;
    }
    return made;
}

/* How far it is. */

static void set_phase(struct provisioning *provisioning, const char *phase, uint64_t done, uint64_t total)
{
    struct provisioning_progress *progress = &provisioning->progress;

    AcquireSRWLockExclusive(&provisioning->lock);
    snprintf(progress->phase, sizeof progress->phase, "%s", phase);
    progress->done = done;
    progress->total = total;
    ReleaseSRWLockExclusive(&provisioning->lock);
}

static void on_progress(void *context, const char *phase, uint64_t done, uint64_t total)
{
    struct provisioning *provisioning = context;

    set_phase(provisioning, phase, done, total);
    if (feed_is_heard(provisioning->feed))
        feed_progress(provisioning->feed, phase, (double)done, (double)total);
}

void provisioning_progress(struct provisioning *provisioning, struct provisioning_progress *progress)
{
    AcquireSRWLockShared(&provisioning->lock);
    *progress = provisioning->progress;
    ReleaseSRWLockShared(&provisioning->lock);
}

HANDLE provisioning_ended(const struct provisioning *provisioning)
{
    return provisioning->ended;
}

void provisioning_cancel(struct provisioning *provisioning)
{
    SetEvent(provisioning->stop);
}

void provisioning_wait(struct provisioning *provisioning)
{
    task_wait(provisioning->ended, provisioning->stop);
}

sbx_status provisioning_result(struct provisioning *provisioning, struct findings *findings,
                               struct sbx_error *error)
{
    sbx_status status;

    AcquireSRWLockShared(&provisioning->lock);
    status = provisioning->status;
    if (status)
        *error = provisioning->error;
    else
        status = findings_copy(&provisioning->findings, findings);
    ReleaseSRWLockShared(&provisioning->lock);
    return status;
}

void provisioning_forget_session(struct provisioning *provisioning)
{
    bool was_its;

    AcquireSRWLockExclusive(&provisioning->lock);
    was_its = provisioning->session != NULL;
    provisioning->session = NULL;
    ReleaseSRWLockExclusive(&provisioning->lock);
    SetEvent(provisioning->stop);
    if (was_its)
        provisioning_release(provisioning); /* the session's, which nobody takes back any more */
    provisioning_release(provisioning);
}

/* The beginning. */

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

/* Locked. */
static sbx_status fill(struct session *self, struct provisioning *provisioning)
{
    sbx_status status;

    memcpy(provisioning->id, self->id, sizeof provisioning->id);
    provisioning->level = self->level;
    provisioning->last_id = self->engine ? engine_last_id(self->engine) : 0;
    provisioning->workspace = sbx_strdup(self->workspace);
    status = provisioning->workspace
                 ? policy_object_copy(self->policy, &provisioning->policy, &provisioning->edits)
                 : SBX_E_MEMORY;
    if (status)
        return status;
    provisioning->former = self->engine;
    if (provisioning->former)
        engine_hold(provisioning->former);
    provisioning->feed = self->feed;
    if (provisioning->feed)
        feed_hold(provisioning->feed);
    provisioning->changes = self->changes;
    change_log_hold(provisioning->changes);
    provisioning->session = self;
    provisioning_hold(provisioning); /* the session's */
    self->provisioning = provisioning;
    self->stop = provisioning->stop;
    self->changed = false;
    return SBX_OK;
}

/* *done: it is provisioned already, and nothing was changed since. */
static sbx_status begin(struct session *self, struct provisioning *provisioning, bool *done,
                        struct sbx_error *error)
{
    sbx_status status;

    AcquireSRWLockExclusive(&self->lock);
    status = check_may_provision(self, error);
    if (!status) {
        *done = session_state(self) == sbxStateProvisioned && !is_changed(self);
        status = *done ? findings_copy(&self->findings, &provisioning->findings) : fill(self, provisioning);
        if (status)
            error_memory(error, "a session");
    }
    ReleaseSRWLockExclusive(&self->lock);
    return status;
}

/* The end. */

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

/* Locked. The policy that the session runs under from now on; moved out of `provisioning`. */
static void freeze(struct session *self, struct provisioning *provisioning)
{
    struct sbx_policy old = self->frozen;

    self->frozen = provisioning->policy;
    provisioning->policy = old; /* freed with it */
    self->has_frozen = true;
    self->frozen_edits = provisioning->edits;
}

/* Locked. Takes what came of it into the session; *made and *measured are emptied of what was taken. */
static void take(struct session *self, struct provisioning *provisioning, struct engine **made,
                 struct engine **retired, struct findings *measured)
{
    /* A refused one does not describe what goes on running under the one before. */
    if (measured->count && (*made || !self->engine)) {
        findings_free(&self->findings);
        self->findings = *measured;
        *measured = (struct findings){NULL, 0};
    }
    if (!*made) {
        self->changed = true; /* the next Provision tries again */
        return;
    }
    *retired = retire_engine(self);
    self->engine = *made;
    *made = NULL;
    freeze(self, provisioning);
}

/*
 * Hands `made` (NULL where it failed) and `measured` to the session. What the session does not want any more, because it was
 * closed or dropped meanwhile, goes again as if it had never been.
 */
static sbx_status deliver(struct provisioning *provisioning, sbx_status status, struct engine *made,
                          struct findings *measured, struct sbx_error *error)
{
    struct engine *retired = NULL;
    struct session *session;
    bool closed;

    AcquireSRWLockExclusive(&provisioning->lock);
    session = provisioning->session;
    provisioning->session = NULL;
    closed = !session;
    if (session) {
        AcquireSRWLockExclusive(&session->lock);
        session->stop = NULL;
        session->provisioning = NULL;
        closed = session->closed;
        if (!closed || !made)
            take(session, provisioning, &made, &retired, measured);
        ReleaseSRWLockExclusive(&session->lock);
    }
    ReleaseSRWLockExclusive(&provisioning->lock);
    if (session)
        provisioning_release(provisioning); /* the session's */

    if (made)
        engine_abandon(made, provisioning->former);
    if (retired) {
        engine_close(retired);
        engine_release(retired);
    }
    if (closed && (!status || status == SBX_E_CANCELLED)) {
        error->code = SBX_OK;
        status = session_not_running(sbxStateClosed, error);
    }
    return status;
}

/* For whoever waits. */
static void finish(struct provisioning *provisioning, sbx_status status, const struct sbx_error *error)
{
    static const char *const phases[] = {"done", "failed", "cancelled"};

    set_phase(provisioning, phases[status == SBX_E_CANCELLED ? 2 : status != SBX_OK], 0, 0);
    AcquireSRWLockExclusive(&provisioning->lock);
    provisioning->status = status;
    provisioning->error = *error;
    provisioning->progress.finished = true;
    ReleaseSRWLockExclusive(&provisioning->lock);
    SetEvent(provisioning->ended);
}

static void provision(void *context)
{
    struct provisioning *provisioning = context;
    struct engine_options options = {.policy = &provisioning->policy,
                                     .level = provisioning->level,
                                     .workspace = provisioning->workspace,
                                     .session_id = provisioning->id,
                                     .last_id = provisioning->last_id,
                                     .former = provisioning->former,
                                     .feed = provisioning->feed,
                                     .changes = provisioning->changes,
                                     .progress = {on_progress, provisioning}};
    struct findings measured = {NULL, 0};
    struct engine *made = NULL;
    struct sbx_error error = {0};
    sbx_status status = policy_check_built(&provisioning->policy, &error);

    if (!status)
        status = engine_open(&options, provisioning->stop, &made, &measured, &error);
    if (!status && findings_copy(&measured, &provisioning->findings)) {
        status = error_memory(&error, "a report");
        engine_abandon(made, provisioning->former);
        made = NULL;
    }
    status = deliver(provisioning, status, made, &measured, &error);
    findings_free(&measured);
    if (provisioning->former)
        engine_release(provisioning->former);
    finish(provisioning, status, &error);
    provisioning_release(provisioning); /* the worker's */
}

sbx_status provisioning_start(struct session *session, struct provisioning **provisioning,
                              struct sbx_error *error)
{
    struct provisioning *made = new_provisioning();
    struct findings nothing = {NULL, 0};
    bool done = false;
    sbx_status status;

    if (!made)
        return error_memory(error, "a session");
    set_phase(made, "starting", 0, 0);
    status = begin(session, made, &done, error);
    if (status) {
        provisioning_release(made);
        return status;
    }
    if (done) {
        struct sbx_error no_error = {0};

        finish(made, SBX_OK, &no_error);
        *provisioning = made;
        return SBX_OK;
    }

    provisioning_hold(made); /* the worker's */
    status = module_start_worker(provision, made, NULL, error);
    if (status) {
        deliver(made, status, NULL, &nothing, error);
        if (made->former)
            engine_release(made->former);
        provisioning_release(made);
        provisioning_release(made);
        return status;
    }
    *provisioning = made;
    return SBX_OK;
}

/* Methods. */

HRESULT STDMETHODCALLTYPE Session_Provision(ISandboxSession *iface, ISandboxReport **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct provisioning *provisioning;
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = provisioning_start(self, &provisioning, &error);
    if (status)
        return session_result(self, status, &error);
    provisioning_wait(provisioning);
    status = provisioning_result(provisioning, &findings, &error);
    provisioning_release(provisioning);
    result = status ? session_result(self, status, &error) : report_create(SESSION_SOURCE, &findings, value);
    findings_free(&findings);
    return result;
}

HRESULT STDMETHODCALLTYPE Session_StartProvision(ISandboxSession *iface, ISandboxOperation **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct provisioning *provisioning;
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = provisioning_start(self, &provisioning, &error);
    if (status)
        return session_result(self, status, &error);
    result = operation_create(self, provisioning, value);
    if (FAILED(result))
        provisioning_cancel(provisioning); /* nobody would ever see it */
    provisioning_release(provisioning);
    return result;
}
