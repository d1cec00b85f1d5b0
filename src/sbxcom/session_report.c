/*
 * session_report.c - what a session tells: its report, its commands, and both by name.
 */
#include "base/memory.h"
#include "core/effective.h"
#include "core/host_report.h"
#include "os/filesystem.h"
#include "sbxcom/arguments.h"
#include "sbxcom/collection.h"
#include "sbxcom/grants.h"
#include "sbxcom/process.h"
#include "sbxcom/report.h"
#include "sbxcom/session_private.h"
#include "sbxcom/values.h"

#include <stdio.h>

/* A transcript with gaps is a fact that its reader must know; there is a finding only then. */
static sbx_status add_transcript(struct engine *engine, struct findings *findings)
{
    struct sbx_error failure = {0};
    uint64_t lines = engine_transcript_failure(engine, &failure);
    struct sbx_buffer detail = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (lines == 0)
        return SBX_OK;
    buffer_append_format(&detail, "%llu lines could not be written. The first one's reason: %s",
                         (unsigned long long)lines, failure.text);
    status =
        buffer_failed(&detail)
            ? SBX_E_MEMORY
            : findings_add(findings, "transcript", SBX_ABSENT, SBX_ABSENT, "a file of the session's own",
                           buffer_text(&detail),
                           "Look whether the disk with your local application data is full, and whether a "
                           "program holds the session's transcript.jsonl open.");
    buffer_free(&detail);
    return status;
}

/* A report of what was measured last. */
HRESULT session_report_measured(struct session *self, ISandboxReport **value)
{
    struct findings findings = {NULL, 0};
    HRESULT result;
    sbx_status status;

    AcquireSRWLockShared(&self->lock);
    status = findings_copy(&self->findings, &findings);
    if (!status && self->engine)
        status = add_transcript(self->engine, &findings);
    if (!status && self->engine)
        status = engine_add_later_finding(self->engine, &findings);
    ReleaseSRWLockShared(&self->lock);
    result = status ? E_OUTOFMEMORY : report_create(SESSION_SOURCE, &findings, value);
    findings_free(&findings);
    return result;
}

HRESULT STDMETHODCALLTYPE Session_Report(ISandboxSession *iface, ISandboxReport **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct sbx_error error = {0};
    bool measured;
    sbxState state;

    if (!value)
        return E_POINTER;
    *value = NULL;
    AcquireSRWLockShared(&self->lock);
    state = session_state(self);
    measured = self->findings.count > 0;
    ReleaseSRWLockShared(&self->lock);

    /* A session that was refused has a report too: it is the one that says why. */
    if (state == sbxStateProvisioned || (state == sbxStateNew && measured))
        return session_report_measured(self, value);
    return session_result(self, session_not_running(state, &error), &error);
}

HRESULT session_effective(struct session *session, struct engine_run *run, const struct object *caller,
                          ISandboxReport **value)
{
    struct findings effective = {NULL, 0};
    struct sbx_error error = {0};
    struct engine_run_info info;
    HRESULT result;
    sbx_status status;

    *value = NULL;
    engine_run_info(run, &info);
    AcquireSRWLockShared(&session->lock);
    status = effective_make(&session->findings, info.measurement, &effective, &error);
    ReleaseSRWLockShared(&session->lock);
    result =
        status ? object_result(caller, status, &error) : report_create(SESSION_SOURCE, &effective, value);
    findings_free(&effective);
    return result;
}

static HRESULT report_host(struct session *self, ISandboxReport **value)
{
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    char *folder = NULL;
    HRESULT result;
    sbx_status status = grants_state_folder(&folder, &error);

    if (!status)
        status = folder_create(folder, &error);
    if (!status)
        status = host_report_make(folder, &findings, &error);
    result = status ? session_result(self, status, &error) : report_create(SESSION_SOURCE, &findings, value);
    findings_free(&findings);
    sbx_free(folder);
    return result;
}

/* Adds the commands of one engine. */
static HRESULT add_processes(struct session *self, struct engine *engine, struct collection *collection)
{
    struct engine_run **runs = NULL;
    size_t count = 0;
    HRESULT result = S_OK;

    if (engine_runs(engine, &runs, &count, NULL))
        return E_OUTOFMEMORY;
    for (size_t i = 0; i < count; i++) {
        struct engine_run_info info;
        ISandboxProcess *process = NULL;
        char key[16];

        engine_run_info(runs[i], &info);
        snprintf(key, sizeof key, "%lu", (unsigned long)info.id);
        if (FAILED(result))
            engine_run_release(runs[i]);
        else
            result = process_get(self, runs[i], &process);
        if (process) {
            result = collection_add(collection, key, (IDispatch *)process);
            ISandboxProcess_Release(process);
        }
    }
    sbx_free(runs);
    return result;
}

HRESULT STDMETHODCALLTYPE Session_Processes(ISandboxSession *iface, ISandboxProcesses **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct collection *collection;
    struct engine *engine = NULL;
    HRESULT result = S_OK;

    if (!value)
        return E_POINTER;
    *value = NULL;
    collection = collection_new(TYPE_ISandboxProcesses, SESSION_SOURCE, "process", 16);
    if (!collection)
        return E_OUTOFMEMORY;

    /* Engines are only ever added, so each is taken out by its number and asked without the lock. */
    for (size_t i = 0; SUCCEEDED(result); i++) {
        bool last;

        AcquireSRWLockShared(&self->lock);
        last = i >= self->past_count;
        engine = last ? self->engine : self->past[i];
        if (engine)
            engine_hold(engine);
        ReleaseSRWLockShared(&self->lock);
        if (engine) {
            result = add_processes(self, engine, collection);
            engine_release(engine);
        }
        if (last)
            break;
    }

    if (FAILED(result))
        object_release(&collection->object);
    else
        *value = object_interface(&collection->object);
    return result;
}

static HRESULT query_topics(VARIANT *value)
{
    char *topics[] = {"enforcement", "host",    "processes", "grants",
                      "violations",  "changes", "policy",    "topics"};
    const struct sbx_strings strings = {topics, sizeof topics / sizeof *topics};

    return value_strings(&strings, value);
}

static sbx_status no_topic(const char *name, struct sbx_error *error)
{
    return error_set(error, SBX_E_ARGUMENT,
                     "There is no topic \"%.64s\". The topics are enforcement, host, processes, grants, "
                     "violations, changes, policy and topics.",
                     name);
}

HRESULT STDMETHODCALLTYPE Session_Query(ISandboxSession *iface, BSTR topic, VARIANT *value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct sbx_error error = {0};
    IDispatch *object = NULL;
    char *name = NULL;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    status = argument_bstr(topic, "topic", &name, NULL, &error);
    if (status)
        return session_result(self, status, &error);

    if (text_equal_ascii_nocase(name, "topics")) {
        result = query_topics(value);
    } else if (text_equal_ascii_nocase(name, "enforcement")) {
        result = Session_Report(iface, (ISandboxReport **)&object);
    } else if (text_equal_ascii_nocase(name, "host")) {
        result = report_host(self, (ISandboxReport **)&object);
    } else if (text_equal_ascii_nocase(name, "policy")) {
        result = session_query_policy(self, value);
    } else if (text_equal_ascii_nocase(name, "processes")) {
        result = Session_Processes(iface, (ISandboxProcesses **)&object);
    } else if (text_equal_ascii_nocase(name, "grants")) {
        result = Session_Grants(iface, (ISandboxGrants **)&object);
    } else if (text_equal_ascii_nocase(name, "violations")) {
        result = Session_Violations(iface, (ISandboxViolations **)&object);
    } else if (text_equal_ascii_nocase(name, "changes")) {
        result = Session_Changes(iface, (ISandboxChanges **)&object);
    } else {
        result = session_result(self, no_topic(name, &error), &error);
    }

    if (object) {
        V_VT(value) = VT_DISPATCH;
        V_DISPATCH(value) = object;
    }
    sbx_free(name);
    return result;
}
