/*
 * session_private.h - what the session's own files share; its children include session.h.
 *
 *     session.c             life, properties, Cancel, Close, the vtable
 *     session_provision.c   Provision, StartProvision
 *     session_files.c       Plan, Explain, Deprovision
 *     session_policy.c      Policy, SetPolicy
 *     session_run.c         Run, Spawn, CreateCommand
 *     session_transcript.c  ExportTranscript
 *     session_told.c        Violations, Changes
 *     session_grants.c      AllowWrite, Grants
 *     session_report.c      Report, Query, Processes
 *     session_selftest.c    SelfTest
 *
 * The lock guards the session's own fields, for the time it takes to read or write them. No call of the engine that can wait
 * is made with it held: the engine in use is taken out with a hold of its own, so that Close and Cancel from another
 * thread, or from a call that an STA takes while it waits, find a session that answers.
 */
#ifndef SBX_SBXCOM_SESSION_PRIVATE_H
#define SBX_SBXCOM_SESSION_PRIVATE_H

#include "sbxcom/events.h"
#include "sbxcom/policy.h"
#include "sbxcom/provisioning.h"
#include "sbxcom/session.h"

#define SESSION_SOURCE   L"Sbx.Session"
#define SESSION_ID_BYTES 16

/* One call that Cancel ends; on the calling thread's stack, listed while it lasts. */
struct session_stop {
    struct session_stop *next;
    HANDLE event;
};

struct session {
    struct object object;
    char id[2 * SESSION_ID_BYTES + 1];
    struct feed *feed;     /* what the session's engines tell */
    struct events *events; /* whom it is told to */
    struct change_log *changes;
    SRWLOCK violations_lock;             /* guards the next two; before `lock` */
    struct listed_violation *violations; /* all that were ever asked for, oldest first of each engine */
    size_t violation_count;
    SRWLOCK grants_lock;         /* guards the next two; before an engine's */
    struct listed_grant *grants; /* all that there ever were, oldest first */
    size_t grant_count;
    SRWLOCK lock; /* guards everything below */
    char *workspace;
    struct policy_object *policy;
    struct sbx_policy frozen; /* the policy of the last Provision, where `has_frozen` */
    bool has_frozen;
    uint32_t frozen_edits; /* of the policy object when it was frozen */
    enum sbx_level level;  /* asked for */
    LONG parent_window;
    bool changed; /* policy or level were put since Provision, or it failed */
    bool closed;
    struct provisioning *provisioning; /* in progress; held */
    HANDLE stop;                       /* ends it; lent */
    struct session_stop *stops;        /* of other calls in progress */
    struct engine *engine;             /* NULL before Provision */
    struct engine **past; /* those that were lost or replaced: for the records of their commands */
    size_t past_count;
    struct findings findings; /* of the last Provision, a refused one included */
};

static inline struct session *impl_from_ISandboxSession(ISandboxSession *iface)
{
    return CONTAINING_RECORD(iface, struct session, object.IDispatch_iface);
}

/* session.c */
HRESULT session_result(const struct session *self, sbx_status status, const struct sbx_error *error);
sbxState session_state(const struct session *self); /* locked */

/* Why a session in this state cannot do what needs a running one. */
sbx_status session_not_running(sbxState state, struct sbx_error *error);

/* The running engine with a hold for the caller. */
sbx_status session_take_engine(struct session *self, struct engine **engine, struct sbx_error *error);

/* session_told.c */
void session_forget_told(struct session *self); /* at its end */

/* session_grants.c */
void session_forget_grants(struct session *self); /* at its end */

/* session_files.c: a call that Cancel ends, by an event that stop->event is meanwhile. SBX_E_MEMORY. */
sbx_status session_begin_stoppable(struct session *self, struct session_stop *stop, struct sbx_error *error);
void session_end_stoppable(struct session *self, struct session_stop *stop);

/* session_report.c: a report of what was measured last. */
HRESULT session_report_measured(struct session *self, ISandboxReport **value);

/* session_policy.c: the policy as JSON, of the last Provision, or before it what it would be. */
HRESULT session_query_policy(struct session *self, VARIANT *value);

/* Methods for the vtable. */
HRESULT STDMETHODCALLTYPE Session_put_Policy(ISandboxSession *iface, VARIANT given);
HRESULT STDMETHODCALLTYPE Session_get_Policy(ISandboxSession *iface, ISandboxPolicy **value);
HRESULT STDMETHODCALLTYPE Session_putref_Policy(ISandboxSession *iface, ISandboxPolicy *given);
HRESULT STDMETHODCALLTYPE Session_SetPolicy(ISandboxSession *iface, ISandboxPolicy *policy);
HRESULT STDMETHODCALLTYPE Session_Provision(ISandboxSession *iface, ISandboxReport **value);
HRESULT STDMETHODCALLTYPE Session_StartProvision(ISandboxSession *iface, ISandboxOperation **value);
HRESULT STDMETHODCALLTYPE Session_Plan(ISandboxSession *iface, ISandboxPlan **value);
HRESULT STDMETHODCALLTYPE Session_Explain(ISandboxSession *iface, BSTR path, VARIANT access,
                                          ISandboxDecision **value);
HRESULT STDMETHODCALLTYPE Session_Deprovision(ISandboxSession *iface);
HRESULT STDMETHODCALLTYPE Session_Run(ISandboxSession *iface, VARIANT command, VARIANT timeoutMs,
                                      VARIANT input, ISandboxResult **value);
HRESULT STDMETHODCALLTYPE Session_Spawn(ISandboxSession *iface, VARIANT command, VARIANT workingDirectory,
                                        VARIANT flags, ISandboxProcess **value);
HRESULT STDMETHODCALLTYPE Session_CreateCommand(ISandboxSession *iface, VARIANT command,
                                                ISandboxCommand **value);
HRESULT STDMETHODCALLTYPE Session_Report(ISandboxSession *iface, ISandboxReport **value);
HRESULT STDMETHODCALLTYPE Session_SelfTest(ISandboxSession *iface, ISandboxReport **value);
HRESULT STDMETHODCALLTYPE Session_Processes(ISandboxSession *iface, ISandboxProcesses **value);
HRESULT STDMETHODCALLTYPE Session_Violations(ISandboxSession *iface, ISandboxViolations **value);
HRESULT STDMETHODCALLTYPE Session_Changes(ISandboxSession *iface, ISandboxChanges **value);
HRESULT STDMETHODCALLTYPE Session_Grants(ISandboxSession *iface, ISandboxGrants **value);
HRESULT STDMETHODCALLTYPE Session_AllowWrite(ISandboxSession *iface, BSTR path, VARIANT minutes,
                                             ISandboxGrant **value);
HRESULT STDMETHODCALLTYPE Session_ExportTranscript(ISandboxSession *iface, BSTR path, VARIANT format);
HRESULT STDMETHODCALLTYPE Session_Query(ISandboxSession *iface, BSTR topic, VARIANT *value);

#endif
