/*
 * session.c - the session over the engine; to be built.
 */
#include "sbxcom/session.h"
#include "sbxcom/not_built.h"

NOT_BUILT1(Session, put_Workspace, BSTR)
NOT_BUILT1(Session, get_Workspace, BSTR *)
NOT_BUILT1(Session, put_Policy, VARIANT)
NOT_BUILT1(Session, get_Policy, ISandboxPolicy **)
NOT_BUILT1(Session, putref_Policy, ISandboxPolicy *)
NOT_BUILT1(Session, put_Level, VARIANT)
NOT_BUILT1(Session, get_Level, sbxLevel *)
NOT_BUILT1(Session, get_LevelText, BSTR *)
NOT_BUILT1(Session, get_State, sbxState *)
NOT_BUILT1(Session, get_StateText, BSTR *)
NOT_BUILT1(Session, get_Id, BSTR *)
NOT_BUILT1(Session, put_ParentWindow, VARIANT)
NOT_BUILT1(Session, get_ParentWindow, LONG *)
NOT_BUILT1(Session, Provision, ISandboxReport **)
NOT_BUILT1(Session, StartProvision, ISandboxOperation **)
NOT_BUILT1(Session, Plan, ISandboxPlan **)
NOT_BUILT4(Session, Run, VARIANT, VARIANT, VARIANT, ISandboxResult **)
NOT_BUILT4(Session, Spawn, VARIANT, VARIANT, VARIANT, ISandboxProcess **)
NOT_BUILT2(Session, CreateCommand, VARIANT, ISandboxCommand **)
NOT_BUILT1(Session, Report, ISandboxReport **)
NOT_BUILT1(Session, SelfTest, ISandboxReport **)
NOT_BUILT3(Session, Explain, BSTR, VARIANT, ISandboxDecision **)
NOT_BUILT2(Session, Query, BSTR, VARIANT *)
NOT_BUILT1(Session, Processes, ISandboxProcesses **)
NOT_BUILT1(Session, Grants, ISandboxGrants **)
NOT_BUILT1(Session, Violations, ISandboxViolations **)
NOT_BUILT1(Session, Changes, ISandboxChanges **)
NOT_BUILT5(Session, AllowNetwork, BSTR, VARIANT, VARIANT, VARIANT, ISandboxGrant **)
NOT_BUILT3(Session, AllowWrite, BSTR, VARIANT, ISandboxGrant **)
NOT_BUILT2(Session, ExportTranscript, BSTR, VARIANT)
NOT_BUILT0(Session, Cancel)
NOT_BUILT0(Session, Close)
NOT_BUILT0(Session, Deprovision)
NOT_BUILT1(Session, SetPolicy, ISandboxPolicy *)

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
    .source = L"Sbx.Session",
    .clsid = &CLSID_SandboxSession,
    .events = &DIID_ISandboxSessionEvents,
};

HRESULT session_create(REFIID iid, void **value)
{
    struct object *self = object_new(sizeof *self, &session_class, &session_vtbl);

    return self ? object_give(self, iid, value) : E_OUTOFMEMORY;
}
