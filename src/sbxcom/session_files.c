/*
 * session_files.c - what a session puts on files: shown before, explained, taken back.
 */
#include "base/memory.h"
#include "sbxcom/arguments.h"
#include "sbxcom/decision.h"
#include "sbxcom/plan.h"
#include "sbxcom/session_private.h"
#include "sbxcom/task.h"

/* Work that Cancel ends. */

sbx_status session_begin_stoppable(struct session *self, struct session_stop *stop, struct sbx_error *error)
{
    stop->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!stop->event)
        return error_memory(error, "an event");
    AcquireSRWLockExclusive(&self->lock);
    stop->next = self->stops;
    self->stops = stop;
    ReleaseSRWLockExclusive(&self->lock);
    return SBX_OK;
}

void session_end_stoppable(struct session *self, struct session_stop *stop)
{
    struct session_stop **link;

    AcquireSRWLockExclusive(&self->lock);
    for (link = &self->stops; *link != stop; link = &(*link)->next)
        ;
    *link = stop->next;
    ReleaseSRWLockExclusive(&self->lock);
    CloseHandle(stop->event);
}

static sbx_status no_workspace(struct sbx_error *error)
{
    return error_set(error, SBX_E_STATE, "There is no workspace yet. Put Workspace first.");
}

/* Plan. */

struct planning {
    struct session_stop stop;
    char *workspace;
    struct sbx_policy policy;
    enum sbx_level level;
    char id[2 * SESSION_ID_BYTES + 1];
    struct plan plan;
    sbx_status status;
    struct sbx_error error;
};

/* A copy of what Provision would take, as it is now. */
static sbx_status begin_planning(struct session *self, struct planning *planning)
{
    sbx_status status = SBX_OK;

    AcquireSRWLockShared(&self->lock);
    if (session_state(self) == sbxStateClosed)
        status = session_not_running(sbxStateClosed, &planning->error);
    else if (!self->workspace)
        status = no_workspace(&planning->error);
    else {
        memcpy(planning->id, self->id, sizeof planning->id);
        planning->level = self->level;
        planning->workspace = sbx_strdup(self->workspace);
        status =
            planning->workspace ? policy_object_copy(self->policy, &planning->policy, NULL) : SBX_E_MEMORY;
    }
    ReleaseSRWLockShared(&self->lock);
    return status;
}

static void make_plan(void *context)
{
    struct planning *planning = context;
    struct engine_options options = {.policy = &planning->policy,
                                     .level = planning->level,
                                     .workspace = planning->workspace,
                                     .session_id = planning->id};

    planning->status = policy_check_built(&planning->policy, &planning->error);
    if (!planning->status)
        planning->status = engine_plan(&options, planning->stop.event, &planning->plan, &planning->error);
}

HRESULT STDMETHODCALLTYPE Session_Plan(ISandboxSession *iface, ISandboxPlan **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct planning planning = {0};
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = begin_planning(self, &planning);
    if (!status)
        status = session_begin_stoppable(self, &planning.stop, &planning.error);
    if (!status) {
        status = task_run(make_plan, &planning, planning.stop.event, &planning.error);
        if (!status)
            status = planning.status;
        session_end_stoppable(self, &planning.stop);
    }
    sbx_free(planning.workspace);
    policy_free(&planning.policy);
    return status ? session_result(self, status, &planning.error)
                  : plan_create(SESSION_SOURCE, &planning.plan, value);
}

/* Explain. */

HRESULT STDMETHODCALLTYPE Session_Explain(ISandboxSession *iface, BSTR path, VARIANT access,
                                          ISandboxDecision **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct explanation explanation = {0};
    struct engine *engine = NULL;
    struct sbx_error error = {0};
    uint32_t wanted = 0;
    char *text = NULL;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = argument_bstr(path, "path", &text, NULL, &error);
    if (!status)
        status = decision_access(&access, &wanted, &error);
    if (!status)
        status = session_take_engine(self, &engine, &error);
    if (!status) {
        status = engine_explain(engine, text, wanted, &explanation, &error);
        engine_release(engine);
    }
    sbx_free(text);
    return status ? session_result(self, status, &error) : decision_create(&explanation, value);
}

/* Deprovision. */

struct deprovisioning {
    struct session_stop stop;
    char *workspace;
    sbx_status status;
    struct sbx_error error;
};

static void deprovision(void *context)
{
    struct deprovisioning *work = context;

    work->status = grants_deprovision(work->workspace, work->stop.event, NULL, &work->error);
}

/* One that is in progress is undone by itself; only then nothing of this session is in the way any more. */
static void await_provisioning(struct session *self)
{
    struct provisioning *provisioning;

    AcquireSRWLockShared(&self->lock);
    provisioning = self->provisioning;
    if (provisioning)
        provisioning_hold(provisioning);
    ReleaseSRWLockShared(&self->lock);
    if (!provisioning)
        return;
    provisioning_cancel(provisioning);
    provisioning_wait(provisioning);
    provisioning_release(provisioning);
}

HRESULT STDMETHODCALLTYPE Session_Deprovision(ISandboxSession *iface)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct deprovisioning work = {0};
    sbx_status status = SBX_OK;

    AcquireSRWLockShared(&self->lock);
    if (!self->workspace)
        status = no_workspace(&work.error);
    else {
        work.workspace = sbx_strdup(self->workspace);
        status = work.workspace ? SBX_OK : SBX_E_MEMORY;
    }
    ReleaseSRWLockShared(&self->lock);
    if (status)
        return session_result(self, status, &work.error);

    ISandboxSession_Close(iface);
    await_provisioning(self);
    status = session_begin_stoppable(self, &work.stop, &work.error);
    if (!status) {
        status = task_run(deprovision, &work, work.stop.event, &work.error);
        if (!status)
            status = work.status;
        session_end_stoppable(self, &work.stop);
    }
    sbx_free(work.workspace);
    return session_result(self, status, &work.error);
}
