/* A C program through the vtables: what COM itself promises, and the session as early-bound clients see it. */
#include "clients/client.h"

#include <objsafe.h>
#include <stdio.h>

static bool answers(void *object, const IID *iid)
{
    IUnknown *found = NULL;
    HRESULT status = IUnknown_QueryInterface((IUnknown *)object, iid, (void **)&found);

    if (SUCCEEDED(status))
        IUnknown_Release(found);
    return SUCCEEDED(status) && found;
}

static void session_has_its_interfaces(void)
{
    ISandboxSession *session = session_new();
    IUnknown *one, *two;
    IDispatch *dispatch;

    if (!session)
        return;
    CU_ASSERT(answers(session, &IID_ISandboxSession));
    CU_ASSERT(answers(session, &IID_ISupportErrorInfo));
    CU_ASSERT(answers(session, &IID_IProvideClassInfo));
    CU_ASSERT(answers(session, &IID_IProvideClassInfo2));
    CU_ASSERT(answers(session, &IID_IMarshal));
    CU_ASSERT(!answers(session, &IID_IObjectSafety));
    CU_ASSERT(!answers(session, &IID_ISandboxProcess));

    /* COM's law of identity. */
    ISandboxSession_QueryInterface(session, &IID_IDispatch, (void **)&dispatch);
    ISandboxSession_QueryInterface(session, &IID_IUnknown, (void **)&one);
    IDispatch_QueryInterface(dispatch, &IID_IUnknown, (void **)&two);
    CU_ASSERT_PTR_EQUAL(one, two);
    IUnknown_Release(one);
    IUnknown_Release(two);
    IDispatch_Release(dispatch);
    ISandboxSession_Release(session);
}

static void unknown_interface_gives_null(void)
{
    ISandboxSession *session = session_new();
    void *found = session;

    if (!session)
        return;
    CU_ASSERT_EQUAL(ISandboxSession_QueryInterface(session, &IID_IStorage, &found), E_NOINTERFACE);
    CU_ASSERT_PTR_NULL(found);
    CU_ASSERT_EQUAL(ISandboxSession_QueryInterface(session, &IID_IStorage, NULL), E_POINTER);
    ISandboxSession_Release(session);
}

static void factory_keeps_to_the_rules(void)
{
    IClassFactory *factory;
    IUnknown *found = NULL, *outer = (IUnknown *)session_new();

    if (!outer)
        return;
    CU_ASSERT_EQUAL(
        CoCreateInstance(&CLSID_SandboxSession, outer, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&found),
        CLASS_E_NOAGGREGATION);
    CU_ASSERT_PTR_NULL(found);
    CU_ASSERT_EQUAL(
        CoCreateInstance(&CLSID_SandboxSession, NULL, CLSCTX_INPROC_SERVER, &IID_IStorage, (void **)&found),
        E_NOINTERFACE);
    CU_ASSERT(SUCCEEDED(CoGetClassObject(&CLSID_SandboxSession, CLSCTX_INPROC_SERVER, NULL,
                                         &IID_IClassFactory, (void **)&factory)));
    CU_ASSERT(SUCCEEDED(IClassFactory_LockServer(factory, TRUE)));
    CU_ASSERT(SUCCEEDED(IClassFactory_LockServer(factory, FALSE)));
    IClassFactory_Release(factory);
    IUnknown_Release(outer);
}

static void progids_lead_to_the_classes(void)
{
    static const struct {
        const wchar_t *progid;
        const CLSID *class;
    } known[] = {
        {L"Sbx.Session", &CLSID_SandboxSession}, {L"Sbx.Session.1", &CLSID_SandboxSession},
        {L"Sbx.Policy", &CLSID_SandboxPolicy},   {L"Sbx.Policy.1", &CLSID_SandboxPolicy},
        {L"Sbx.Host", &CLSID_SandboxHost},       {L"Sbx.Host.1", &CLSID_SandboxHost},
    };
    CLSID class;
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++) {
        CU_ASSERT(SUCCEEDED(CLSIDFromProgID(known[i].progid, &class)));
        CU_ASSERT(IsEqualGUID(&class, known[i].class));
    }
}

static void null_out_pointers_are_refused(void)
{
    ISandboxSession *session = session_new();
    VARIANT command = v_text(L"cmd /c ver");

    if (!session)
        return;
    CU_ASSERT_EQUAL(ISandboxSession_get_State(session, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxSession_get_Id(session, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxSession_get_Workspace(session, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxSession_Provision(session, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxSession_Run(session, command, v_absent(), v_absent(), NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxSession_Processes(session, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxSession_Query(session, NULL, NULL), E_POINTER);
    VariantClear(&command);
    ISandboxSession_Release(session);
}

static void null_text_is_empty_text(void)
{
    ISandboxSession *session = session_new();
    BSTR text = NULL;

    if (!session)
        return;
    ISandboxSession_put_Workspace(session, NULL);
    SetErrorInfo(0, NULL);
    CU_ASSERT(SUCCEEDED(ISandboxSession_get_Workspace(session, &text)));
    CU_ASSERT_EQUAL(SysStringLen(text), 0);
    SysFreeString(text);
    ISandboxSession_Release(session);
}

static void session_runs_a_command(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result;
    sbxExit reason = sbxExitRunnerLost;
    VARIANT_BOOL succeeded = VARIANT_TRUE;
    BSTR text = NULL;
    long code = 0;

    if (!session)
        return;
    if (went_well(run(session, L"args one two", &result), "Run")) {
        CU_ASSERT(SUCCEEDED(ISandboxResult_get_StdOut(result, &text)));
        CU_ASSERT(text_is(text, L"one\ntwo\n"));
        CU_ASSERT(SUCCEEDED(ISandboxResult_get_ExitReason(result, &reason)));
        CU_ASSERT_EQUAL(reason, sbxExitExited);
        ISandboxResult_Release(result);
    }
    if (went_well(run(session, L"exit 300", &result), "Run")) {
        CU_ASSERT(SUCCEEDED(ISandboxResult_get_ExitCode(result, &code)));
        CU_ASSERT_EQUAL(code, 300);
        CU_ASSERT(SUCCEEDED(ISandboxResult_get_Succeeded(result, &succeeded)));
        CU_ASSERT_EQUAL(succeeded, VARIANT_FALSE);
        ISandboxResult_Release(result);
    }
    session_end(session);
}

static void errors_come_with_their_text(void)
{
    ISandboxSession *session = session_new();
    ISupportErrorInfo *support;
    ISandboxResult *result = (ISandboxResult *)session;

    if (!session)
        return;
    ISandboxSession_QueryInterface(session, &IID_ISupportErrorInfo, (void **)&support);
    CU_ASSERT_EQUAL(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_ISandboxSession), S_OK);
    CU_ASSERT_EQUAL(ISupportErrorInfo_InterfaceSupportsErrorInfo(support, &IID_ISandboxProcess), S_FALSE);
    ISupportErrorInfo_Release(support);
    CU_ASSERT(raised(run(session, L"exit 0", &result), SBX_CODE(NotProvisioned), L"Provision"));
    CU_ASSERT_PTR_NULL(result);
    ISandboxSession_Release(session);
}

/* The caller's VARIANT may be a reference, or a reference to a VARIANT: scripts pass variables that way. */
static void references_are_followed(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result;
    BSTR line = fixture_line(L"sleep 60000");
    VARIANT command = {.vt = VT_BSTR}, by_text = {.vt = VT_BYREF | VT_BSTR},
            by_variant = {.vt = VT_BYREF | VT_VARIANT}, timeout;
    sbxExit reason;
    short milliseconds = 100;

    if (!session)
        return;
    command.bstrVal = line;
    by_text.pbstrVal = &line;
    by_variant.pvarVal = &command;
    timeout.vt = VT_BYREF | VT_I2;
    timeout.piVal = &milliseconds;
    CU_ASSERT(went_well(ISandboxSession_Run(session, by_text, timeout, v_absent(), &result),
                        "a reference to a BSTR"));
    ISandboxResult_get_ExitReason(result, &reason);
    CU_ASSERT_EQUAL(reason, sbxExitTimedOut);
    ISandboxResult_Release(result);
    CU_ASSERT(went_well(ISandboxSession_Run(session, by_variant, timeout, v_absent(), &result),
                        "a reference to a VARIANT"));
    ISandboxResult_get_ExitReason(result, &reason);
    CU_ASSERT_EQUAL(reason, sbxExitTimedOut);
    ISandboxResult_Release(result);
    SysFreeString(line);
    session_end(session);
}

static void enumerators_keep_to_the_rules(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxReport *report;
    ISandboxFindings *findings;
    IUnknown *unknown;
    IEnumVARIANT *all = NULL, *copy = NULL;
    VARIANT items[16];
    ULONG count = 99, i;
    long total = 0;

    if (!session)
        return;
    CU_ASSERT_FATAL(SUCCEEDED(ISandboxSession_Report(session, &report)));
    CU_ASSERT_FATAL(SUCCEEDED(ISandboxReport_get_Findings(report, &findings)));
    CU_ASSERT(SUCCEEDED(ISandboxFindings_get_Count(findings, &total)));
    CU_ASSERT_FATAL(SUCCEEDED(ISandboxFindings_get__NewEnum(findings, &unknown)));
    CU_ASSERT_FATAL(SUCCEEDED(IUnknown_QueryInterface(unknown, &IID_IEnumVARIANT, (void **)&all)));
    IUnknown_Release(unknown);

    CU_ASSERT_EQUAL(IEnumVARIANT_Next(all, 1, items, NULL), S_OK);
    VariantClear(items);
    CU_ASSERT_EQUAL(IEnumVARIANT_Skip(all, 1), S_OK);
    CU_ASSERT_EQUAL(IEnumVARIANT_Clone(all, &copy), S_OK);
    CU_ASSERT_EQUAL(IEnumVARIANT_Next(all, 16, items, &count), S_FALSE);
    CU_ASSERT_EQUAL(count, (ULONG)total - 2);
    for (i = 0; i < count; i++) {
        CU_ASSERT(items[i].vt == VT_DISPATCH && answers(items[i].pdispVal, &IID_ISandboxFinding));
        VariantClear(&items[i]);
    }
    CU_ASSERT_EQUAL(IEnumVARIANT_Next(all, 1, items, &count), S_FALSE);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(IEnumVARIANT_Skip(all, 1), S_FALSE);
    CU_ASSERT_EQUAL(IEnumVARIANT_Reset(all), S_OK);
    CU_ASSERT_EQUAL(IEnumVARIANT_Skip(all, (ULONG)total), S_OK);
    CU_ASSERT_EQUAL(IEnumVARIANT_Skip(copy, (ULONG)total), S_FALSE);
    IEnumVARIANT_Release(copy);
    IEnumVARIANT_Release(all);
    ISandboxFindings_Release(findings);
    ISandboxReport_Release(report);
    session_end(session);
}

static void process_outlives_its_session_object(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    VARIANT_BOOL ended = VARIANT_FALSE;
    VARIANT line;
    long code = 0;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"echo", 0, &process), "Spawn"));
    ISandboxSession_Release(session); /* not closed: the process holds it */
    line = v_text(L"still here\n");
    CU_ASSERT(went_well(ISandboxProcess_Write(process, line.bstrVal), "Write"));
    VariantClear(&line);
    CU_ASSERT(went_well(ISandboxProcess_ReadLine(process, v_long(10000), &line), "ReadLine"));
    CU_ASSERT(line.vt == VT_BSTR && text_is(line.bstrVal, L"still here"));
    CU_ASSERT(went_well(ISandboxProcess_CloseInput(process), "CloseInput"));
    CU_ASSERT(went_well(ISandboxProcess_Wait(process, v_long(10000), &ended), "Wait"));
    CU_ASSERT_EQUAL(ended, VARIANT_TRUE);
    CU_ASSERT(went_well(ISandboxProcess_get_ExitCode(process, &code), "ExitCode"));
    CU_ASSERT_EQUAL(code, 0);
    ISandboxProcess_Release(process);
}

static void last_release_ends_commands_and_does_not_wait(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    HANDLE command;
    long id = 0;
    uint64_t start;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"sleep 60000", 0, &process), "Spawn"));
    ISandboxProcess_get_ProcessId(process, &id);
    command = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)id);
    start = now_ms();
    ISandboxProcess_Release(process);
    CU_ASSERT_EQUAL(ISandboxSession_Release(session), 0);
    CU_ASSERT(now_ms() - start < 500);
    CU_ASSERT_EQUAL(WaitForSingleObject(command, 3000), WAIT_OBJECT_0);
    CloseHandle(command);
}

/* What is read as a number is read as a word, too, and the words are those of the interface. */
static void every_number_has_its_word(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    BSTR text = NULL;
    sbxState state;
    sbxProcessState process_state;

    if (!session)
        return;
    ISandboxSession_get_State(session, &state);
    ISandboxSession_get_StateText(session, &text);
    CU_ASSERT(state == sbxStateProvisioned && text_is(text, L"provisioned"));
    ISandboxSession_get_LevelText(session, &text);
    CU_ASSERT(text_is(text, L"restricted"));
    CU_ASSERT_FATAL(went_well(spawn(session, L"sleep 60000", 0, &process), "Spawn"));
    ISandboxProcess_get_State(process, &process_state);
    ISandboxProcess_get_StateText(process, &text);
    CU_ASSERT(process_state == sbxProcessRunning && text_is(text, L"running"));
    ISandboxSession_Close(session);
    ISandboxProcess_get_State(process, &process_state);
    ISandboxProcess_get_StateText(process, &text);
    CU_ASSERT(process_state == sbxProcessExited && text_is(text, L"exited"));
    ISandboxProcess_Release(process);
    ISandboxSession_Release(session);
}

const struct harness_suite vtable_suite = {
    "vtable",
    (const struct harness_test[]){
        {"a session has its interfaces, one identity, and no IObjectSafety", session_has_its_interfaces},
        {"an interface that is not there gives NULL", unknown_interface_gives_null},
        {"the class object refuses aggregation and locks the server", factory_keeps_to_the_rules},
        {"each ProgID leads to its class", progids_lead_to_the_classes},
        {"a NULL for a result is refused with E_POINTER", null_out_pointers_are_refused},
        {"a NULL BSTR is an empty text", null_text_is_empty_text},
        {"a session runs commands", session_runs_a_command},
        {"an error comes with its text, and the result is NULL", errors_come_with_their_text},
        {"arguments by reference are followed", references_are_followed},
        {"an enumerator counts, skips, resets and clones", enumerators_keep_to_the_rules},
        {"a process outlives the session's own object", process_outlives_its_session_object},
        {"the last Release ends what runs and does not wait for it",
         last_release_ends_commands_and_does_not_wait},
        {"every number has its word", every_number_has_its_word},
        {NULL, NULL},
    },
};
