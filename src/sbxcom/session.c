/*
 * session.c - ISandboxSession over the engine.
 *
 * The lock guards the session's own fields, for the time it takes to read or write them. No call of the engine that can wait
 * is made with it held: the engine in use is taken out with a hold of its own, so that Close and Cancel from another
 * thread, or from a call that an STA takes while it waits, find a session that answers.
 */
#include "sbxcom/session.h"

#include "base/memory.h"
#include "core/effective.h"
#include "core/host_report.h"
#include "os/filesystem.h"
#include "os/random.h"
#include "sbxcom/arguments.h"
#include "sbxcom/collection.h"
#include "sbxcom/command.h"
#include "sbxcom/not_built.h"
#include "sbxcom/process.h"
#include "sbxcom/report.h"
#include "sbxcom/result.h"
#include "sbxcom/values.h"

#include <stdio.h>
#include <string.h>

#define SOURCE   L"Sbx.Session"
#define ID_BYTES 16

struct session {
    struct object object;
    char id[2 * ID_BYTES + 1];
    SRWLOCK lock; /* guards everything below */
    char *workspace;
    struct sbx_policy policy;
    enum sbx_level level; /* asked for */
    LONG parent_window;
    bool changed; /* policy or level were put since Provision */
    bool closed;
    HANDLE stop;           /* while Provision runs: ends it */
    struct engine *engine; /* NULL before Provision */
    struct engine **past;  /* those that were lost or replaced: for the records of their commands */
    size_t past_count;
    struct findings findings; /* of the last Provision, a refused one included */
};

static struct session *impl_from_ISandboxSession(ISandboxSession *iface)
{
    return CONTAINING_RECORD(iface, struct session, object.IDispatch_iface);
}

static HRESULT result_of(const struct session *self, sbx_status status, const struct sbx_error *error)
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

/* Locked. */
static sbxState state_of(const struct session *self)
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

/* Why a session in this state cannot do what needs a running one. */
static sbx_status not_running(sbxState state, struct sbx_error *error)
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

/* The running engine with a hold for the caller. */
static sbx_status take_engine(struct session *self, struct engine **engine, struct sbx_error *error)
{
    sbxState state;

    AcquireSRWLockShared(&self->lock);
    state = state_of(self);
    if (state == sbxStateProvisioned) {
        *engine = self->engine;
        engine_hold(*engine);
    }
    ReleaseSRWLockShared(&self->lock);
    return state == sbxStateProvisioned ? SBX_OK : not_running(state, error);
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
        return result_of(self, status, &error);

    AcquireSRWLockExclusive(&self->lock);
    if (state_of(self) == sbxStateClosed) {
        status = not_running(sbxStateClosed, &error);
    } else if (state_of(self) != sbxStateNew || self->stop) {
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
    return result_of(self, status, &error);
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

/* Text that begins with a brace is the policy itself, any other the path of a file. */
static sbx_status read_policy(const char *text, size_t size, struct sbx_policy *policy,
                              struct sbx_error *error)
{
    const char *first = text + strspn(text, " \t\r\n");
    char *bytes = NULL;
    size_t bytes_size;
    sbx_status status;

    if (*first == '{')
        return policy_parse(text, size, policy, error);
    if (!*first)
        return error_set(
            error, SBX_E_ARGUMENT,
            "Policy takes JSON text that begins with a brace, or the path of a file with it; this is empty.");
    if (strlen(text) != size)
        return error_set(error, SBX_E_ARGUMENT, "The path of a policy file has a NUL in it.");

    status = file_read_all(text, POLICY_MOST_SIZE, &bytes, &bytes_size, error);
    if (!status)
        status = policy_parse(bytes, bytes_size, policy, error);
    sbx_free(bytes);
    return status;
}

static HRESULT STDMETHODCALLTYPE Session_put_Policy(ISandboxSession *iface, VARIANT policy)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct sbx_policy read = {0};
    struct sbx_error error = {0};
    char *text = NULL;
    size_t size;
    sbx_status status;

    switch (argument_shape(&policy)) {
    case ARGUMENT_ABSENT:
        status = policy_default(&read); /* $null takes a policy off again: the strict default */
        break;
    case ARGUMENT_OBJECT:
        status =
            error_set(&error, SBX_E_NOT_BUILT,
                      "Policy objects are not built in this version. Put JSON text or the path of a file.");
        break;
    case ARGUMENT_TEXT:
        status = argument_text(&policy, "Policy", &text, &size, &error);
        if (!status)
            status = read_policy(text, size, &read, &error);
        break;
    default:
        status = argument_wrong(&policy, "Policy", "JSON text or the path of a file", &error);
    }
    sbx_free(text);
    if (status)
        return result_of(self, status, &error);

    AcquireSRWLockExclusive(&self->lock);
    policy_free(&self->policy);
    self->policy = read;
    self->changed = true;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

NOT_BUILT_RESULT1(Session, get_Policy, ISandboxPolicy **)
NOT_BUILT1(Session, putref_Policy, ISandboxPolicy *)

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
        return result_of(self, status, &error);

    AcquireSRWLockExclusive(&self->lock);
    self->changed |= self->level != (enum sbx_level)value;
    self->level = (enum sbx_level)value;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
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
    state = state_of(self);
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
        return result_of(self, status, &error);
    AcquireSRWLockExclusive(&self->lock);
    self->parent_window = (LONG)value;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
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

/* Provision. */

/* A frozen copy of what Provision needs. */
struct provision {
    char *workspace;
    struct sbx_policy policy;
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

/* Locked. */
static sbx_status check_may_provision(const struct session *self, struct sbx_error *error)
{
    sbxState state = state_of(self);

    if (state == sbxStateClosed)
        return not_running(state, error);
    if (self->stop)
        return error_set(error, SBX_E_STATE,
                         "Provision is in progress on another thread. Wait for it, or call Cancel.");
    if (!self->workspace)
        return error_set(error, SBX_E_STATE,
                         "There is no workspace yet. Put Workspace, then call Provision.");
    if (state == sbxStateProvisioned && self->changed && engine_is_busy(self->engine))
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
    provision->done = state_of(self) == sbxStateProvisioned && !self->changed;
    if (provision->done)
        goto unlock;

    provision->level = self->level;
    provision->last_id = self->engine ? engine_last_id(self->engine) : 0;
    provision->workspace = sbx_strdup(self->workspace);
    status = provision->workspace ? policy_copy(&self->policy, &provision->policy) : SBX_E_MEMORY;
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

/* Takes what came of it into the session: `made` (NULL where it failed) and `measured`. */
static sbx_status end_provision(struct session *self, struct engine *made, struct findings *measured,
                                struct sbx_error *error)
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
        status = not_running(sbxStateClosed, error);
    } else {
        unused = retire_engine(self);
        self->engine = made;
    }
    ReleaseSRWLockExclusive(&self->lock);

    if (unused) {
        engine_close(unused);
        engine_release(unused);
    }
    return status;
}

/* A report of what was measured last. */
static HRESULT report_measured(struct session *self, ISandboxReport **value)
{
    struct findings findings = {NULL, 0};
    HRESULT result;
    sbx_status status;

    AcquireSRWLockShared(&self->lock);
    status = findings_copy(&self->findings, &findings);
    ReleaseSRWLockShared(&self->lock);
    result = status ? E_OUTOFMEMORY : report_create(SOURCE, &findings, value);
    findings_free(&findings);
    return result;
}

static HRESULT STDMETHODCALLTYPE Session_Provision(ISandboxSession *iface, ISandboxReport **value)
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
        status = policy_check_built(&provision.policy, &error);
        if (!status)
            status = engine_open(&options, provision.stop, &made, &measured, &error);
        ended = end_provision(self, made, &measured, &error);
        if (!status)
            status = ended;
    }
    provision_free(&provision);
    return status ? result_of(self, status, &error) : report_measured(self, value);
}

NOT_BUILT_RESULT1(Session, StartProvision, ISandboxOperation **)
NOT_BUILT_RESULT1(Session, Plan, ISandboxPlan **)

/* Commands. */

HRESULT session_run(struct session *session, const struct object *caller, struct engine_command *command,
                    enum text_encoding encoding, ISandboxResult **value)
{
    struct sbx_buffer output[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct sbx_error error = {0};
    struct engine *engine = NULL;
    struct engine_run *run = NULL;
    bool truncated = false;
    sbx_status status;

    status = take_engine(session, &engine, &error);
    if (status)
        return object_result(caller, status, &error);

    command->flags |= ENGINE_COLLECT | ENGINE_WAITED;
    command->tag = (uint32_t)encoding;
    status = engine_start(engine, command, &run, &error);
    engine_release(engine);
    if (status)
        return object_result(caller, status, &error);

    status = engine_run_collect(run, -1, output, &truncated, &error);
    if (status) {
        engine_run_release(run);
        return object_result(caller, status, &error);
    }
    return result_create(session, run, output, truncated, encoding, value);
}

HRESULT session_spawn(struct session *session, const struct object *caller, struct engine_command *command,
                      enum text_encoding encoding, ISandboxProcess **value)
{
    struct sbx_error error = {0};
    struct engine *engine = NULL;
    struct engine_run *run = NULL;
    sbx_status status;

    status = take_engine(session, &engine, &error);
    if (status)
        return object_result(caller, status, &error);

    command->tag = (uint32_t)encoding;
    status = engine_start(engine, command, &run, &error);
    engine_release(engine);
    if (status)
        return object_result(caller, status, &error);
    return process_create(session, run, encoding, value);
}

/* Run('git', 'status') is what everybody writes once; the answer says what to write instead. */
static sbx_status take_run_time_out(const VARIANT *given, uint64_t *timeout_ms, struct sbx_error *error)
{
    struct sbx_error plain = {0};
    int32_t value;
    sbx_status status;

    status = argument_time_out(given, "timeoutMs", -1, &value, &plain);
    if (status == SBX_E_ARGUMENT)
        return error_set(error, SBX_E_ARGUMENT,
                         "%s Program and arguments are given as one array: Run(Array(\"git\", \"status\")), "
                         "in PowerShell Run(@('git', 'status')).",
                         plain.text);
    if (status)
        return error_set(error, status, "%s", plain.text);
    /* To the engine 0 is no time-out; a script that writes 0 wants the command ended at once. */
    *timeout_ms = value < 0 ? 0 : value == 0 ? 1 : (uint64_t)value;
    return SBX_OK;
}

static HRESULT STDMETHODCALLTYPE Session_Run(ISandboxSession *iface, VARIANT command, VARIANT timeoutMs,
                                             VARIANT input, ISandboxResult **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct given_command given = {0};
    struct engine_command engine_command = {0};
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    bool has_input = false;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = given_command_take(&command, &given, &error);
    if (!status)
        status = take_run_time_out(&timeoutMs, &engine_command.timeout_ms, &error);
    if (!status)
        status = given_input_take(&input, ENCODING_AUTO, &bytes, &has_input, &error);
    if (status) {
        result = result_of(self, status, &error);
    } else {
        engine_command.text = given_command_text(&given);
        engine_command.flags = has_input ? 0 : ENGINE_NO_INPUT;
        engine_command.input = has_input ? buffer_text(&bytes) : NULL;
        engine_command.input_size = bytes.size;
        result = session_run(self, &self->object, &engine_command, ENCODING_AUTO, value);
    }
    buffer_free(&bytes);
    given_command_free(&given);
    return result;
}

static HRESULT STDMETHODCALLTYPE Session_Spawn(ISandboxSession *iface, VARIANT command,
                                               VARIANT workingDirectory, VARIANT flags,
                                               ISandboxProcess **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct given_command given = {0};
    struct engine_command engine_command = {0};
    struct sbx_error error = {0};
    char *directory = NULL;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = given_command_take(&command, &given, &error);
    if (!status && !argument_absent(&workingDirectory))
        status = argument_text(&workingDirectory, "workingDirectory", &directory, NULL, &error);
    if (!status)
        status = given_flags_take(&flags, &engine_command.flags, &error);
    if (status) {
        result = result_of(self, status, &error);
    } else {
        engine_command.text = given_command_text(&given);
        engine_command.directory = directory && *directory ? directory : NULL;
        result = session_spawn(self, &self->object, &engine_command, ENCODING_AUTO, value);
    }
    sbx_free(directory);
    given_command_free(&given);
    return result;
}

sbx_status session_environment(struct session *session, struct environment *environment,
                               struct sbx_error *error)
{
    struct engine *engine = NULL;
    sbx_status status;

    status = take_engine(session, &engine, error);
    if (status)
        return status;
    if (environment_copy(&engine_boundary(engine)->environment, environment))
        status = error_memory(error, "an environment");
    engine_release(engine);
    return status;
}

static HRESULT STDMETHODCALLTYPE Session_CreateCommand(ISandboxSession *iface, VARIANT command,
                                                       ISandboxCommand **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct environment environment = {{NULL, 0}};
    struct given_command given = {0};
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = session_environment(self, &environment, &error);
    if (!status)
        status = given_command_take(&command, &given, &error);
    result = status ? result_of(self, status, &error) : command_create(self, &given, &environment, value);
    environment_free(&environment);
    return result;
}

/* What holds. */

static HRESULT STDMETHODCALLTYPE Session_Report(ISandboxSession *iface, ISandboxReport **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct sbx_error error = {0};
    bool measured;
    sbxState state;

    if (!value)
        return E_POINTER;
    *value = NULL;
    AcquireSRWLockShared(&self->lock);
    state = state_of(self);
    measured = self->findings.count > 0;
    ReleaseSRWLockShared(&self->lock);

    /* A session that was refused has a report too: it is the one that says why. */
    if (state == sbxStateProvisioned || (state == sbxStateNew && measured))
        return report_measured(self, value);
    return result_of(self, not_running(state, &error), &error);
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
    result = status ? object_result(caller, status, &error) : report_create(SOURCE, &effective, value);
    findings_free(&effective);
    return result;
}

static HRESULT report_host(struct session *self, ISandboxReport **value)
{
    struct findings findings = {NULL, 0};
    struct sbx_buffer folder = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    char *local_data = NULL;
    HRESULT result;
    sbx_status status;

    status = folder_path(FOLDER_LOCAL_DATA, &local_data, &error);
    if (!status) {
        buffer_append_format(&folder, "%s\\sbxcom", local_data);
        status = buffer_failed(&folder) ? SBX_E_MEMORY : folder_create(buffer_text(&folder), &error);
    }
    if (!status)
        status = host_report_make(buffer_text(&folder), &findings, &error);
    result = status ? result_of(self, status, &error) : report_create(SOURCE, &findings, value);
    findings_free(&findings);
    buffer_free(&folder);
    sbx_free(local_data);
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
            result = process_create(self, runs[i], (enum text_encoding)info.tag, &process);
        if (process) {
            result = collection_add(collection, key, (IDispatch *)process);
            ISandboxProcess_Release(process);
        }
    }
    sbx_free(runs);
    return result;
}

static HRESULT STDMETHODCALLTYPE Session_Processes(ISandboxSession *iface, ISandboxProcesses **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct collection *collection;
    struct engine *engine = NULL;
    HRESULT result = S_OK;

    if (!value)
        return E_POINTER;
    *value = NULL;
    collection = collection_new(TYPE_ISandboxProcesses, SOURCE, "process", 16);
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
    char *topics[] = {"enforcement", "host", "processes", "topics"};
    const struct sbx_strings strings = {topics, sizeof topics / sizeof *topics};

    return value_strings(&strings, value);
}

static sbx_status no_topic(const char *name, struct sbx_error *error)
{
    static const char *const later[] = {"grants", "violations", "changes", "policy"};

    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        if (text_equal_ascii_nocase(name, later[i]))
            return error_set(error, SBX_E_NOT_BUILT, "The topic \"%s\" is not built in this version.",
                             later[i]);
    }
    return error_set(
        error, SBX_E_ARGUMENT,
        "There is no topic \"%.64s\". The topics are enforcement, host, processes and topics; grants, "
        "violations, changes and policy are not built in this version.",
        name);
}

static HRESULT STDMETHODCALLTYPE Session_Query(ISandboxSession *iface, BSTR topic, VARIANT *value)
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
        return result_of(self, status, &error);

    if (text_equal_ascii_nocase(name, "topics")) {
        result = query_topics(value);
    } else if (text_equal_ascii_nocase(name, "enforcement")) {
        result = Session_Report(iface, (ISandboxReport **)&object);
    } else if (text_equal_ascii_nocase(name, "host")) {
        result = report_host(self, (ISandboxReport **)&object);
    } else if (text_equal_ascii_nocase(name, "processes")) {
        result = Session_Processes(iface, (ISandboxProcesses **)&object);
    } else {
        result = result_of(self, no_topic(name, &error), &error);
    }

    if (object) {
        V_VT(value) = VT_DISPATCH;
        V_DISPATCH(value) = object;
    }
    sbx_free(name);
    return result;
}

NOT_BUILT_RESULT1(Session, SelfTest, ISandboxReport **)
NOT_BUILT_RESULT3(Session, Explain, BSTR, VARIANT, ISandboxDecision **)
NOT_BUILT_RESULT1(Session, Grants, ISandboxGrants **)
NOT_BUILT_RESULT1(Session, Violations, ISandboxViolations **)
NOT_BUILT_RESULT1(Session, Changes, ISandboxChanges **)
NOT_BUILT_RESULT5(Session, AllowNetwork, BSTR, VARIANT, VARIANT, VARIANT, ISandboxGrant **)
NOT_BUILT_RESULT3(Session, AllowWrite, BSTR, VARIANT, ISandboxGrant **)
NOT_BUILT2(Session, ExportTranscript, BSTR, VARIANT)

/* Ends. */

static HRESULT STDMETHODCALLTYPE Session_Cancel(ISandboxSession *iface)
{
    struct session *self = impl_from_ISandboxSession(iface);

    /* Both only signal: they may be called with the lock held. */
    AcquireSRWLockShared(&self->lock);
    if (self->stop)
        SetEvent(self->stop);
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

NOT_BUILT0(Session, Deprovision)
NOT_BUILT1(Session, SetPolicy, ISandboxPolicy *)

static void session_destroy(struct object *object)
{
    struct session *self = CONTAINING_RECORD(object, struct session, object);

    for (size_t i = 0; i < self->past_count; i++)
        engine_release(self->past[i]);
    sbx_free(self->past);
    if (self->engine)
        engine_release(self->engine);
    findings_free(&self->findings);
    policy_free(&self->policy);
    sbx_free(self->workspace);
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
    .source = SOURCE,
    .clsid = &CLSID_SandboxSession,
    .events = &DIID_ISandboxSessionEvents,
    .destroy = session_destroy,
};

HRESULT session_create(REFIID iid, void **value)
{
    struct session *self = object_new(sizeof *self, &session_class, &session_vtbl);

    if (!self)
        return E_OUTOFMEMORY;
    InitializeSRWLock(&self->lock);
    if (policy_default(&self->policy) || random_hex(self->id, ID_BYTES, NULL)) {
        object_release(&self->object);
        return E_OUTOFMEMORY;
    }
    return object_give(&self->object, iid, value);
}
