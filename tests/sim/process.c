/*
 * process.c - os/process.h of the simulation: processes that are started, read, resumed and ended, and run
 * nothing.
 */
#include "os/process.h"
#include "base/memory.h"
#include "os/filesystem.h"
#include "os/logon_error.h"
#include "sim/logon.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

/* Standard handles: the record tells the test which they are. */
static bool note_standard(struct sim_process *record, int which, sbx_handle handle)
{
    struct sim_object *object = sim_any_object(handle);

    if (handle == NULL)
        return false;
    if (!object || (object->kind != SIM_NULL_DEVICE && object->kind != SIM_PIPE))
        return false;
    record->null_device[which] = object->kind == SIM_NULL_DEVICE;
    record->standard[which] = object->pipe;
    return true;
}

static sbx_status check(const struct process_start *start, struct sbx_error *error)
{
    struct file_facts facts;
    sbx_status status = sim_enter("CreateProcessAsUser", error);

    if (status)
        return status;
    if (!file_is_program(start->image))
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no program %s.", start->image);
    status = file_examine(start->directory, &facts, error);
    if (status)
        return status;
    file_facts_free(&facts);
    if (start->token && !sim_handle_object(start->token, SIM_TOKEN))
        return error_system(error, "CreateProcessAsUser", SIM_ERROR_INVALID_HANDLE);
    if (start->job && !sim_handle_object(start->job, SIM_JOB))
        return error_system(error, "CreateProcessAsUser", SIM_ERROR_INVALID_HANDLE);
    return SBX_OK;
}

static sbx_status give_token(const struct process_start *start, struct token_facts *token,
                             struct sbx_error *error)
{
    sbx_status status =
        start->token ? token_measure(start->token, token, error) : token_measure_process(NULL, token, error);

    if (!status && sim_host.starts_as_another_user) {
        char *user = sbx_strdup(SIM_OTHER_USER);

        if (!user) {
            token_facts_free(token);
            return error_memory(error, "a process");
        }
        /* That one's own list, too: whose it is, is another question. */
        for (size_t i = 0; i < token->default_dacl.count; i++) {
            if (strcmp(token->default_dacl.items[i], token->user_sid) != 0)
                continue;
            sbx_free(token->default_dacl.items[i]);
            token->default_dacl.items[i] = sim_duplicate(user);
        }
        sbx_free(token->user_sid);
        token->user_sid = user;
    }
    return status;
}

/* Takes `token` over, also where it fails. `account` NULL: none. */
static sbx_status start_with(const struct process_start *start, struct token_facts *token,
                             const char *account, struct process *process, struct sbx_error *error)
{
    static const struct sbx_strings none;
    struct sbx_strings environment = {0};
    struct sim_object *object, *thread;
    struct sim_process *record;

    if (strings_copy(start->environment ? start->environment : &none, &environment)) {
        token_facts_free(token);
        return error_memory(error, "a process");
    }

    object = sim_object_make(SIM_PROCESS);
    record = sim_record_make(object);
    object->record = record;
    object->token = *token;
    record->image = sim_duplicate(start->image);
    record->command_line = sim_duplicate(start->command_line);
    record->directory = sim_duplicate(start->directory);
    record->environment = environment;
    record->private_console = start->private_console;
    record->has_token = start->token != NULL;
    record->account = account ? sim_duplicate(account) : NULL;
    record->desktop = start->desktop ? sim_duplicate(start->desktop) : NULL;
    record->mitigations = start->mitigations;
    if (start->job && !sim_host.starts_outside_job) {
        object->job = sim_handle_object(start->job, SIM_JOB);
        sim_object_hold(object->job);
        record->in_job = true;
        sim_job_tell(object->job, JOB_PROCESS_STARTED, record->id);
    }

    thread = sim_object_make(SIM_THREAD);
    thread->process = object;
    sim_object_hold(object);
    process->id = record->id;
    process->handle = sim_handle_make(object, SIM_OWN_PROCESS);
    process->thread = sim_handle_make(thread, SIM_OWN_PROCESS);

    if (!note_standard(record, 0, start->input) || !note_standard(record, 1, start->output) ||
        !note_standard(record, 2, start->error)) {
        sim_kill(object, 0);
        process_free(process);
        return error_system(error, "UpdateProcThreadAttribute", SIM_ERROR_INVALID_HANDLE);
    }
    return SBX_OK;
}

sbx_status process_start(const struct process_start *start, struct process *process, struct sbx_error *error)
{
    struct token_facts token = {0};
    sbx_status status = check(start, error);

    if (!status)
        status = give_token(start, &token, error);
    return status ? status : start_with(start, &token, NULL, process, error);
}

static sbx_status refuse_logon(uint32_t system, const char *account, struct sbx_error *error)
{
    const struct logon_error *meaning = logon_error_find(system);
    bool first = error && error->code == SBX_OK;

    if (!meaning)
        return error_system(error, "CreateProcessWithLogonW", system);
    error_set(error, SBX_E_LOGON_DENIED, "The sandbox account %s %s. %s", account, meaning->meaning,
              meaning->fix);
    if (first) {
        error->where = "CreateProcessWithLogonW";
        error->system = system;
    }
    return SBX_E_LOGON_DENIED;
}

/* What a test has the host do to the token of a logon. */
static sbx_status falsify(struct token_facts *facts)
{
    sbx_status status = SBX_OK;

    if (sim_host.starts_as_another_user) {
        char *user = sbx_strdup(SIM_OTHER_USER);

        if (!user)
            return SBX_E_MEMORY;
        sbx_free(facts->user_sid);
        facts->user_sid = user;
    }
    if (sim_host.gives_logons_privilege)
        status = strings_append(&facts->privileges, sim_host.gives_logons_privilege);
    if (!status && sim_host.restricts_logons) {
        facts->restricted = true;
        status = strings_append(&facts->restricting_sids, "S-1-1-0");
    }
    facts->administrator = facts->administrator || sim_host.keeps_administrator;
    return status;
}

/* As the service goes about it: may it log on, then its profile, then the process. */
sbx_status process_start_as(const struct process_start *start, const char *account, const char *password,
                            struct process *process, struct sbx_error *error)
{
    struct token_facts facts = {0};
    struct sim_token token;
    uint32_t refused;
    sbx_status status =
        start->token ? error_set(error, SBX_E_ARGUMENT, "A logon makes its own token.") : SBX_OK;

    if (!status && strlen(start->command_line) > PROCESS_AS_MOST_UNITS)
        status = error_set(error, SBX_E_ARGUMENT, "The command line is too long for another account.");
    if (!status)
        status = check(start, error);
    if (!status)
        status = sim_enter("CreateProcessWithLogonW", error);
    if (status)
        return status;
    if (sim_host.has_no_secondary_logon || sim_caller()->integrity >= 0x4000)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "There is no secondary logon here.");
    refused = sim_host.secondary_logon_is_disabled ? 1058 : sim_logon_error(account, password);
    if (refused)
        return refuse_logon(refused, account, error);
    sim_logon(account, &token);
    status = sim_facts_of(&token.access, &facts, error);
    if (status)
        return status;
    sim_add_profile(facts.user_sid, false);
    status = falsify(&facts);
    if (status) {
        token_facts_free(&facts);
        return error_memory(error, "a process");
    }
    return start_with(start, &facts, account, process, error);
}

void process_free(struct process *process)
{
    handle_close(process->handle);
    handle_close(process->thread);
    memset(process, 0, sizeof *process);
}

sbx_status process_resume(struct process *process, struct sbx_error *error)
{
    struct sim_object *thread = sim_handle_object(process->thread, SIM_THREAD);
    sbx_status status = sim_enter("ResumeThread", error);

    if (status)
        return status;
    if (!thread || !thread->process->record->alive)
        return error_system(error, "ResumeThread", SIM_ERROR_INVALID_HANDLE);
    thread->process->record->resumed = true;
    handle_close(process->thread);
    process->thread = NULL;
    return SBX_OK;
}

sbx_status process_terminate(sbx_handle process, uint32_t exit_code, struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(process, SIM_PROCESS);
    sbx_status status = sim_enter("TerminateProcess", error);

    if (status)
        return status;
    if (!object)
        return error_system(error, "TerminateProcess", SIM_ERROR_INVALID_HANDLE);
    sim_kill(object, exit_code);
    return SBX_OK;
}

sbx_status process_wait(sbx_handle process, int32_t timeout_ms, struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(process, SIM_PROCESS);
    sbx_status status = sim_enter("WaitForSingleObject", error);

    (void)timeout_ms; /* nothing happens by itself: what is alive now stays so */
    if (status)
        return status;
    if (!object)
        return error_system(error, "WaitForSingleObject", SIM_ERROR_INVALID_HANDLE);
    return object->record->alive ? SBX_E_TIMEOUT : SBX_OK;
}

sbx_status process_exit_code(sbx_handle process, uint32_t *exit_code, struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(process, SIM_PROCESS);
    sbx_status status = sim_enter("GetExitCodeProcess", error);

    if (status)
        return status;
    if (!object || object->record->alive)
        return error_system(error, "GetExitCodeProcess", SIM_ERROR_INVALID_HANDLE);
    *exit_code = object->record->exit_code;
    return SBX_OK;
}

uint32_t process_own_id(void)
{
    return SIM_OWN_PROCESS;
}

sbx_status process_own_file(char **path, struct sbx_error *error)
{
    sbx_status status = sim_enter("GetModuleFileName", error);
    char *copy = status ? NULL : sbx_strdup("C:\\Program Files\\sbxcom\\sbxcom.dll");

    if (!status && !copy)
        return error_memory(error, "a path");
    if (!status)
        *path = copy;
    return status;
}

/* Reading back. */

uint32_t process_mitigations(void)
{
    return PROCESS_NO_EXTENSION_POINTS | PROCESS_NO_REMOTE_IMAGES | PROCESS_NO_LOW_LABEL_IMAGES;
}

sbx_status process_inspect(const struct process *process, sbx_handle parent, struct process_facts *facts,
                           struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(process->handle, SIM_PROCESS);
    const char *desktop = sim_host.starts_elsewhere ? "WinSta0\\Default" : NULL;
    char *copy = NULL;
    sbx_status status = sim_enter("ReadProcessMemory", error);

    if (status)
        return status;
    if (!object || (parent && !sim_handle_object(parent, SIM_PROCESS)))
        return error_system(error, "ReadProcessMemory", SIM_ERROR_INVALID_HANDLE);
    if (!desktop)
        desktop = object->record->desktop ? object->record->desktop : "WinSta0\\Default";
    if (!sim_host.hides_desktop) {
        copy = sbx_strdup(desktop);
        if (!copy)
            return error_memory(error, "a desktop's name");
    }
    *facts = (struct process_facts){
        .desktop = copy,
        .mitigations = sim_host.drops_mitigations ? 0 : object->record->mitigations,
        .handles_known = !sim_host.hides_handles,
        .leak_count = sim_host.leaks_handle && !sim_host.hides_handles ? 1 : 0,
    };
    return SBX_OK;
}

void process_facts_free(struct process_facts *facts)
{
    sbx_free(facts->desktop);
    memset(facts, 0, sizeof *facts);
}

sbx_status process_adopt(uint32_t id, sbx_handle *process, struct sbx_error *error)
{
    struct sim_object *object = sim_process_object(id);
    sbx_status status = sim_enter("OpenProcess", error);

    if (status)
        return status;
    if (!object)
        return error_system(error, "OpenProcess", SIM_ERROR_INVALID_PARAMETER);
    sim_object_hold(object);
    *process = sim_handle_make(object, SIM_OWN_PROCESS);
    return SBX_OK;
}

/* Children of others, for tests. */

static struct sim_object *make_process(const struct token_facts *token)
{
    struct sim_object *object = sim_object_make(SIM_PROCESS);
    struct sim_process *record = sim_record_make(object);

    object->record = record;
    object->token = *token;
    record->image = sim_duplicate("C:\\Windows\\System32\\cmd.exe");
    record->command_line = sim_duplicate("cmd");
    record->directory = sim_duplicate("C:\\Windows");
    return object;
}

uint32_t sim_start_child(uint32_t parent_id)
{
    struct sim_object *parent = sim_process_object(parent_id);
    struct token_facts token = {0};
    struct sim_object *made;
    uint32_t id;

    if (!parent || sim_token_facts_copy(&parent->token, &token))
        abort();
    made = make_process(&token);
    made->record->has_token = parent->record->has_token;
    made->record->mitigations = parent->record->mitigations;
    if (parent->record->desktop)
        made->record->desktop = sim_duplicate(parent->record->desktop);
    if (parent->job) {
        made->job = parent->job;
        sim_object_hold(made->job);
        made->record->in_job = true;
    }
    id = made->record->id;
    sim_object_release(made); /* the record's own reference keeps it */
    return id;
}

uint32_t sim_start_stranger(void)
{
    struct token_facts token = {0};
    struct sim_object *made;
    uint32_t id;

    if (token_measure_process(NULL, &token, NULL))
        abort();
    made = make_process(&token);
    id = made->record->id;
    sim_object_release(made);
    return id;
}
