/*
 * process.c - starting processes, suspended, and giving them their end. CreateProcess stands here and nowhere else.
 */
#include "os/process.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/console_native.h"
#include "os/identity.h"
#include "os/job.h"
#include "os/logon_error.h"
#include "os/native.h"
#include "os/security.h"

#define PSAPI_VERSION 2 /* GetProcessMemoryInfo out of kernel32, not psapi.dll */
#include <psapi.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ATTRIBUTE_JOB_LIST 0x2000D /* PROC_THREAD_ATTRIBUTE_JOB_LIST, Windows 10 */
#define ATTRIBUTE_MITIGATION \
    0x20007 /* PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, Windows 7; its values are newer */
#define ATTRIBUTE_CONSOLE       0x20016 /* PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, Windows 10 1809 */
#define ATTRIBUTE_COUNT         4
#define MOST_COMMAND_LINE_UNITS 32766 /* CreateProcess takes 32,767 with the NUL */
/*
 * Wine 8.0 loses a new process now and then before its first instruction (two in some five thousand starts on a busy
 * machine, plain CreateProcess too) and says 1359, an internal error. Nothing of it ran, so it is started again.
 */
#define MOST_ATTEMPTS 3
#define NOT_TOUCHED   0xFFFFFFFF /* no error of Windows */
#define KILLED        1          /* exit code of what was started and must not live */

/* What one call of CreateProcess needs. Begins zeroed; creation_free takes any state of it. */
struct creation {
    WCHAR *image;
    WCHAR *line;
    WCHAR *environment;
    WCHAR *directory;
    WCHAR *desktop;
    HANDLE standard[3]; /* input, output and error as the child finds them: our inheritable copies, or NULL */
    HANDLE inherited[3]; /* those that there are */
    size_t inherited_count;
    HANDLE job;
    DWORD64 mitigations;
    LPPROC_THREAD_ATTRIBUTE_LIST attributes;
    TOKEN_DEFAULT_DACL *default_acl; /* with a token: what the child's objects get */
    SECURITY_DESCRIPTOR descriptor;
    HANDLE speaker; /* with a token: our own, to be impersonated while creating; see prepare_security */
};

static void creation_free(struct creation *creation)
{
    if (creation->speaker)
        CloseHandle(creation->speaker);
    sbx_free(creation->default_acl);
    if (creation->attributes)
        DeleteProcThreadAttributeList(creation->attributes);
    sbx_free(creation->attributes);
    for (size_t i = 0; i < creation->inherited_count; i++)
        CloseHandle(creation->inherited[i]);
    sbx_free(creation->desktop);
    sbx_free(creation->directory);
    sbx_free(creation->environment);
    sbx_free(creation->line);
    sbx_free(creation->image);
}

/* Checked for being absolute, and taken as it was written: the \\?\ form would show in the child's own path. */
static sbx_status prepare_path(const char *path, WCHAR **wide, struct sbx_error *error)
{
    WCHAR *whole;
    WCHAR *written;
    sbx_status status = native_path(path, &whole, error);

    if (status)
        return status;
    status = native_wide(path, &written, error);
    if (status) {
        sbx_free(whole);
        return status;
    }
    if (wcslen(written) < MAX_PATH) {
        *wide = written;
        sbx_free(whole);
    } else {
        *wide = whole;
        sbx_free(written);
    }
    return SBX_OK;
}

static bool is_batch_file(const char *image)
{
    size_t size = strlen(image);
    char extension[5] = "";

    while (size && (image[size - 1] == ' ' || image[size - 1] == '.'))
        size--; /* the system drops them too */
    if (size < 4)
        return false;
    memcpy(extension, image + size - 4, 4);
    return text_equal_ascii_nocase(extension, ".bat") || text_equal_ascii_nocase(extension, ".cmd");
}

static sbx_status prepare_command(struct creation *creation, const char *image, const char *line,
                                  struct sbx_error *error)
{
    sbx_status status;

    /* CreateProcess would start an interpreter that it looks up by itself, with quoting rules that are not ours. */
    if (is_batch_file(image))
        return error_set(error, SBX_E_ARGUMENT, "%s is a batch file. Start cmd.exe with it.", image);

    status = prepare_path(image, &creation->image, error);
    if (status)
        return status;
    status = native_wide(line, &creation->line, error);
    if (status)
        return status;
    if (wcslen(creation->line) > MOST_COMMAND_LINE_UNITS)
        return error_set(error, SBX_E_ARGUMENT, "The command line has %zu UTF-16 units. Windows takes %d.",
                         wcslen(creation->line), MOST_COMMAND_LINE_UNITS);
    return SBX_OK;
}

struct variable {
    WCHAR *text;
    int name_size; /* in units, without the sign */
    size_t index;
};

static int compare_names(const struct variable *a, const struct variable *b)
{
    return CompareStringOrdinal(a->text, a->name_size, b->text, b->name_size, TRUE) - CSTR_EQUAL;
}

static int compare_variables(const void *a, const void *b)
{
    const struct variable *left = a;
    const struct variable *right = b;
    int order = compare_names(left, right);

    if (order)
        return order;
    return left->index < right->index ? -1 : 1;
}

static sbx_status variable_too_long(const char *text, struct sbx_error *error)
{
    enum { MOST_SHOWN = 64 };
    size_t size = strcspn(text, "=");
    size_t shown = size < MOST_SHOWN ? size : MOST_SHOWN - text_incomplete_tail(text, MOST_SHOWN);

    return error_set(
        error, SBX_E_ARGUMENT,
        "The variable %.*s%s is too long: NAME=value has at most %d UTF-16 units. Pass the value "
        "in a file or on the command's input.",
        (int)shown, text, shown < size ? "..." : "", MAXSHORT);
}

static sbx_status read_variable(const char *text, size_t index, struct variable *variable,
                                struct sbx_error *error)
{
    const WCHAR *sign;
    sbx_status status = native_wide(text, &variable->text, error);

    if (status)
        return status;
    sign = wcschr(variable->text, L'=');
    if (!sign || sign == variable->text)
        return error_set(error, SBX_E_ARGUMENT, "Entry %zu of the environment is not NAME=value.", index);
    if (wcslen(variable->text) > MAXSHORT)
        return variable_too_long(text, error);
    variable->name_size = (int)(sign - variable->text);
    variable->index = index;
    return SBX_OK;
}

/*
 * The block: sorted by name without regard to case, as CreateProcess asks for (remarks: GetEnvironmentVariable may
 * miss names otherwise), of several values of a name the last. An empty block is two NULs: a NULL pointer would
 * pass on the caller's own environment.
 */
static sbx_status prepare_environment(struct creation *creation, const struct sbx_strings *environment,
                                      struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    size_t count = environment ? environment->count : 0;
    size_t total = 2;
    size_t at = 0;
    struct variable *variables = sbx_alloc_array(count, sizeof *variables);

    if (!variables)
        return error_memory(error, "an environment");

    for (size_t i = 0; i < count; i++) {
        status = read_variable(environment->items[i], i, &variables[i], error);
        if (status)
            goto free_variables;
        total += wcslen(variables[i].text) + 1;
    }
    qsort(variables, count, sizeof *variables, compare_variables);

    creation->environment = sbx_alloc_array(total, sizeof *creation->environment);
    if (!creation->environment) {
        status = error_memory(error, "an environment");
        goto free_variables;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size = wcslen(variables[i].text) + 1;

        if (i + 1 < count && !compare_names(&variables[i], &variables[i + 1]))
            continue;
        memcpy(creation->environment + at, variables[i].text, size * sizeof *creation->environment);
        at += size;
    }

free_variables:
    for (size_t i = 0; i < count; i++)
        sbx_free(variables[i].text);
    sbx_free(variables);
    return status;
}

/*
 * Inheritable copies of the standard handles. The caller's own stay as they are: marked inheritable they would go
 * to whatever another thread of the host starts meanwhile. A handle given twice has two copies, so the list of
 * inherited handles names none twice, which the system would refuse.
 */
static sbx_status prepare_handles(struct creation *creation, const struct process_start *start,
                                  struct sbx_error *error)
{
    const HANDLE given[3] = {start->input, start->output, start->error};

    for (size_t i = 0; i < 3; i++) {
        if (!given[i])
            continue;
        if (!DuplicateHandle(GetCurrentProcess(), given[i], GetCurrentProcess(), &creation->standard[i], 0,
                             TRUE, DUPLICATE_SAME_ACCESS)) {
            creation->standard[i] = NULL;
            return native_error(error, "DuplicateHandle of a standard handle");
        }
        creation->inherited[creation->inherited_count++] = creation->standard[i];
    }
    return SBX_OK;
}

/* PROCESS_CREATION_MITIGATION_POLICY_..._ALWAYS_ON of winnt.h. */
static DWORD64 mitigation_values(uint32_t mitigations)
{
    DWORD64 values = 0;

    if (mitigations & PROCESS_NO_EXTENSION_POINTS)
        values |= 1ull << 32;
    if (mitigations & PROCESS_NO_REMOTE_IMAGES)
        values |= 1ull << 52;
    if (mitigations & PROCESS_NO_LOW_LABEL_IMAGES)
        values |= 1ull << 56;
    return values;
}

static sbx_status make_attributes(struct creation *creation, struct sbx_error *error)
{
    LPPROC_THREAD_ATTRIBUTE_LIST list;
    SIZE_T size = 0;

    InitializeProcThreadAttributeList(NULL, ATTRIBUTE_COUNT, 0, &size);
    list = sbx_alloc(size);
    if (!list)
        return error_memory(error, "process attributes");
    if (!InitializeProcThreadAttributeList(list, ATTRIBUTE_COUNT, 0, &size)) {
        sbx_status status = native_error(error, "InitializeProcThreadAttributeList");

        sbx_free(list);
        return status;
    }
    creation->attributes = list;
    return SBX_OK;
}

static sbx_status prepare_attributes(struct creation *creation, const struct process_start *start,
                                     struct sbx_error *error)
{
    LPPROC_THREAD_ATTRIBUTE_LIST list;
    sbx_status status = make_attributes(creation, error);

    if (status)
        return status;
    list = creation->attributes;

    /* A list of no handles is refused by the system. Then the call inherits nothing at all, which is the same. */
    if (creation->inherited_count &&
        !UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, creation->inherited,
                                   creation->inherited_count * sizeof(HANDLE), NULL, NULL))
        return native_error(error, "UpdateProcThreadAttribute(HANDLE_LIST)");

    /* Before Windows 10 the attribute is refused and enter_job does it, between creation and resume. */
    creation->job = start->job;
    if (start->job)
        UpdateProcThreadAttribute(list, 0, ATTRIBUTE_JOB_LIST, &creation->job, sizeof(HANDLE), NULL, NULL);

    creation->mitigations = mitigation_values(start->mitigations);
    if (creation->mitigations &&
        !UpdateProcThreadAttribute(list, 0, ATTRIBUTE_MITIGATION, &creation->mitigations,
                                   sizeof creation->mitigations, NULL, NULL))
        return native_error(error, "UpdateProcThreadAttribute(MITIGATION_POLICY)");

    /* The handle itself is the value, not where it lies. */
    if (start->console &&
        !UpdateProcThreadAttribute(list, 0, ATTRIBUTE_CONSOLE, console_native(start->console), sizeof(void *),
                                   NULL, NULL))
        return native_error(error, "UpdateProcThreadAttribute(PSEUDOCONSOLE)");
    return SBX_OK;
}

/*
 * The new process, its first thread and its token get security descriptors of their own, and not from `token`: "The
 * system constructs them using the caller's default DACL", the token's copy included (winsiderss/systeminformer
 * #436). The runner's default DACL is locked, so a command could not open its own token, and neither could the
 * runner, to measure it. Process and thread can be given a descriptor by the call. The token's copy cannot; it is
 * made with the default DACL of whoever the thread speaks for, so the thread speaks for a copy of our own
 * token which differs in that DACL alone.
 */
static sbx_status prepare_security(struct creation *creation, HANDLE token, struct sbx_error *error)
{
    sbx_status status;
    HANDLE own;

    status = security_token_query(token, TokenDefaultDacl, (void **)&creation->default_acl, error);
    if (status || !creation->default_acl->DefaultDacl)
        return status;
    status = security_descriptor(creation->default_acl->DefaultDacl, &creation->descriptor, error);
    if (status)
        return status;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY, &own))
        return native_error(error, "OpenProcessToken");
    if (!DuplicateTokenEx(own,
                          TOKEN_IMPERSONATE | TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ADJUST_DEFAULT |
                              TOKEN_ADJUST_PRIVILEGES,
                          NULL, SecurityImpersonation, TokenImpersonation, &creation->speaker)) {
        status = native_error(error, "DuplicateTokenEx");
        creation->speaker = NULL;
    }
    CloseHandle(own);
    return status ? status
                  : security_default_acl(creation->speaker, creation->default_acl->DefaultDacl, error);
}

static BOOL call_create_process(struct creation *creation, HANDLE token, DWORD flags, STARTUPINFOEXW *startup,
                                PROCESS_INFORMATION *made)
{
    BOOL inherit = creation->inherited_count > 0;
    SECURITY_ATTRIBUTES security = {sizeof security, &creation->descriptor, FALSE};
    SECURITY_ATTRIBUTES *attributes = creation->speaker ? &security : NULL;

    if (!token)
        return CreateProcessW(creation->image, creation->line, NULL, NULL, inherit, flags,
                              creation->environment, creation->directory, &startup->StartupInfo, made);
    return CreateProcessAsUserW(token, creation->image, creation->line, attributes, attributes, inherit,
                                flags, creation->environment, creation->directory, &startup->StartupInfo,
                                made);
}

static sbx_status create(struct creation *creation, const struct process_start *start,
                         PROCESS_INFORMATION *made, struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    STARTUPINFOEXW startup;
    DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    HANDLE before = NULL;
    DWORD system = ERROR_SUCCESS;

    if (start->private_console)
        flags |= CREATE_NO_WINDOW;
    memset(&startup, 0, sizeof startup);
    startup.StartupInfo.cb = sizeof startup;
    startup.StartupInfo.lpDesktop = creation->desktop;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = creation->standard[0];
    startup.StartupInfo.hStdOutput = creation->standard[1];
    startup.StartupInfo.hStdError = creation->standard[2];
    startup.lpAttributeList = creation->attributes;

    if (creation->speaker) {
        OpenThreadToken(GetCurrentThread(), TOKEN_IMPERSONATE, TRUE, &before);
        if (!SetThreadToken(NULL, creation->speaker)) {
            status = native_error(error, "SetThreadToken");
            goto close_before;
        }
    }

    /* The error mode is inherited on purpose: an error box would wait for ever on a desktop that nobody sees. */
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        system = ERROR_SUCCESS;
        if (!call_create_process(creation, start->token, flags, &startup, made))
            system = GetLastError();
        if (system != ERROR_INTERNAL_ERROR)
            break;
    }
    if (system)
        status = native_path_error(error, "CreateProcess", system,
                                   system == ERROR_DIRECTORY ? start->directory : start->image);

    /* Going on under the copy would mean a default DACL that commands can open: better not to go on. */
    if (creation->speaker && !SetThreadToken(NULL, before))
        abort();
close_before:
    if (before)
        CloseHandle(before);
    return status;
}

/* In the job, by whichever way: what counts is what the system says afterwards. */
static sbx_status enter_job(HANDLE job, HANDLE process, struct sbx_error *error)
{
    bool inside;
    sbx_status status = job_contains(job, process, &inside, error);

    if (status || inside)
        return status;
    status = job_assign(job, process, error);
    if (status)
        return status;
    status = job_contains(job, process, &inside, error);
    if (!status && !inside)
        status = error_set(error, SBX_E_NOT_ENFORCED, "The new process is not in its job.");
    return status;
}

static sbx_status prepare(struct creation *creation, const struct process_start *start,
                          struct sbx_error *error)
{
    sbx_status status = prepare_command(creation, start->image, start->command_line, error);

    if (!status)
        status = prepare_environment(creation, start->environment, error);
    if (!status)
        status = prepare_path(start->directory, &creation->directory, error);
    if (!status && start->desktop)
        status = native_wide(start->desktop, &creation->desktop, error);
    if (!status)
        status = prepare_handles(creation, start, error);
    if (!status)
        status = prepare_attributes(creation, start, error);
    if (!status && start->token)
        status = prepare_security(creation, start->token, error);
    return status;
}

sbx_status process_start(const struct process_start *start, struct process *process, struct sbx_error *error)
{
    sbx_status status;
    struct creation creation;
    PROCESS_INFORMATION made;

    memset(&creation, 0, sizeof creation);
    memset(&made, 0, sizeof made);

    status = prepare(&creation, start, error);
    if (status)
        goto free_creation;
    status = create(&creation, start, &made, error);
    if (status)
        goto free_creation;

    /* Wine starts a Unix program outside of everything and has no process to show for it. */
    if (!made.hProcess || !made.hThread) {
        status = error_set(error, SBX_E_UNSUPPORTED_HOST, "%s is no Windows program.", start->image);
        goto close_process;
    }
    if (start->job) {
        status = enter_job(start->job, made.hProcess, error);
        if (status)
            goto kill_process;
    }

    process->handle = made.hProcess;
    process->thread = made.hThread;
    process->id = made.dwProcessId;
    for (size_t i = 0; i < 3; i++)
        process->given[i] = handle_to_wire(creation.standard[i]);
    goto free_creation;

kill_process:
    TerminateProcess(made.hProcess, KILLED);
close_process:
    handle_close(made.hThread);
    handle_close(made.hProcess);
free_creation:
    creation_free(&creation);
    return status;
}

/* ---- Under another account ---- */

static sbx_status logon_refused(DWORD system, const struct process_start *start, const char *account,
                                struct sbx_error *error)
{
    const struct logon_error *meaning = logon_error_find(system);

    if (system == NOT_TOUCHED) /* Wine 8.0 says FALSE and no more */
        return error_set(
            error, SBX_E_UNSUPPORTED_HOST,
            "This host has no secondary logon, so nothing can be started under %s. Use the restricted level.",
            account);
    if (meaning)
        return native_error_as(error, SBX_E_LOGON_DENIED, "CreateProcessWithLogonW", system,
                               "The sandbox account %s %s. %s", account, meaning->meaning, meaning->fix);
    return native_path_error(error, "CreateProcessWithLogonW", system,
                             system == ERROR_DIRECTORY ? start->directory : start->image);
}

/* The service refuses LocalSystem with 5, which would look as if the program could not be read. */
static sbx_status needs_a_user(struct sbx_error *error)
{
    char self[SID_TEXT_SIZE];
    sbx_status status = identity_user_sid(self, error);

    if (!status && !strcmp(self, "S-1-5-18"))
        status =
            error_set(error, SBX_E_UNSUPPORTED_HOST,
                      "LocalSystem cannot start programs under an account. Call as a user who is logged on.");
    return status;
}

/* No attributes here: the service takes none. Our copies of the standard handles are inheritable, as it wants them. */
static sbx_status create_as(struct creation *creation, const struct process_start *start, const char *account,
                            const WCHAR *wide_account, const WCHAR *wide_password, PROCESS_INFORMATION *made,
                            struct sbx_error *error)
{
    STARTUPINFOW startup;
    DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT;

    if (start->private_console)
        flags |= CREATE_NO_WINDOW;
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    startup.lpDesktop = creation->desktop;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = creation->standard[0];
    startup.hStdOutput = creation->standard[1];
    startup.hStdError = creation->standard[2];

    /* "." is this machine: a bare name might be a domain's (openai/codex #27376). */
    SetLastError(NOT_TOUCHED);
    if (CreateProcessWithLogonW(wide_account, L".", wide_password, LOGON_WITH_PROFILE, creation->image,
                                creation->line, flags, creation->environment, creation->directory, &startup,
                                made))
        return SBX_OK;
    return logon_refused(GetLastError(), start, account, error);
}

static sbx_status prepare_as(struct creation *creation, const struct process_start *start,
                             struct sbx_error *error)
{
    sbx_status status =
        start->token ? error_set(error, SBX_E_ARGUMENT, "A logon makes its own token.") : needs_a_user(error);

    if (!status)
        status = prepare_command(creation, start->image, start->command_line, error);
    if (!status && wcslen(creation->line) > PROCESS_AS_MOST_UNITS)
        status = error_set(error, SBX_E_ARGUMENT,
                           "The command line has %zu UTF-16 units. Under another account Windows takes %d.",
                           wcslen(creation->line), PROCESS_AS_MOST_UNITS);
    if (!status)
        status = prepare_environment(creation, start->environment, error);
    if (!status)
        status = prepare_path(start->directory, &creation->directory, error);
    if (!status && start->desktop)
        status = native_wide(start->desktop, &creation->desktop, error);
    return status ? status : prepare_handles(creation, start, error);
}

sbx_status process_start_as(const struct process_start *start, const char *account, const char *password,
                            struct process *process, struct sbx_error *error)
{
    struct creation creation;
    PROCESS_INFORMATION made;
    WCHAR *wide_account = NULL;
    WCHAR *wide_password = NULL;
    sbx_status status;

    memset(&creation, 0, sizeof creation);
    memset(&made, 0, sizeof made);
    status = prepare_as(&creation, start, error);
    if (!status)
        status = native_wide(account, &wide_account, error);
    if (!status)
        status = native_wide(password, &wide_password, error);
    if (!status)
        status = create_as(&creation, start, account, wide_account, wide_password, &made, error);
    if (status)
        goto free_creation;
    if (start->job) {
        status = enter_job(start->job, made.hProcess, error);
        if (status) {
            TerminateProcess(made.hProcess, KILLED);
            handle_close(made.hThread);
            handle_close(made.hProcess);
            goto free_creation;
        }
    }
    process->handle = made.hProcess;
    process->thread = made.hThread;
    process->id = made.dwProcessId;
    for (size_t i = 0; i < 3; i++)
        process->given[i] = handle_to_wire(creation.standard[i]);

free_creation:
    if (wide_password)
        sbx_wipe(wide_password, wcslen(wide_password) * sizeof *wide_password);
    sbx_free(wide_password);
    sbx_free(wide_account);
    creation_free(&creation);
    return status;
}

sbx_status process_probe_start(const char *image, const char *command_line, bool break_away,
                               sbx_handle parent, sbx_handle job, sbx_handle *process,
                               struct sbx_error *error)
{
    sbx_status status;
    struct creation creation;
    STARTUPINFOEXW startup;
    PROCESS_INFORMATION made;
    DWORD flags = CREATE_NO_WINDOW;

    memset(&creation, 0, sizeof creation);
    memset(&startup, 0, sizeof startup);
    memset(&made, 0, sizeof made);
    startup.StartupInfo.cb = sizeof startup.StartupInfo;
    if (break_away)
        flags |= CREATE_BREAKAWAY_FROM_JOB;

    status = prepare_command(&creation, image, command_line, error);
    if (!status && (parent || job)) {
        status = make_attributes(&creation, error);
        if (!status && parent &&
            !UpdateProcThreadAttribute(creation.attributes, 0, PROC_THREAD_ATTRIBUTE_PARENT_PROCESS, &parent,
                                       sizeof parent, NULL, NULL))
            status = native_error(error, "UpdateProcThreadAttribute(PARENT_PROCESS)");
        if (!status && job &&
            !UpdateProcThreadAttribute(creation.attributes, 0, ATTRIBUTE_JOB_LIST, &job, sizeof job, NULL,
                                       NULL))
            status = native_error(error, "UpdateProcThreadAttribute(JOB_LIST)");
        startup.StartupInfo.cb = sizeof startup;
        startup.lpAttributeList = creation.attributes;
        flags |= EXTENDED_STARTUPINFO_PRESENT;
    }
    if (status)
        goto free_creation;
    if (!CreateProcessW(creation.image, creation.line, NULL, NULL, FALSE, flags, NULL, NULL,
                        &startup.StartupInfo, &made)) {
        status =
            native_error(error, "CreateProcess"); /* what was refused, and why, is the probe's whole result */
        goto free_creation;
    }
    handle_close(made.hThread);
    *process = made.hProcess;

free_creation:
    creation_free(&creation);
    return status;
}

void process_free(struct process *process)
{
    handle_close(process->thread);
    handle_close(process->handle);
    memset(process, 0, sizeof *process);
}

sbx_status process_resume(struct process *process, struct sbx_error *error)
{
    if (ResumeThread(process->thread) == (DWORD)-1)
        return native_error(error, "ResumeThread");
    CloseHandle(process->thread);
    process->thread = NULL;
    return SBX_OK;
}

static bool has_ended(HANDLE process)
{
    return WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
}

sbx_status process_terminate(sbx_handle process, uint32_t exit_code, struct sbx_error *error)
{
    if (!TerminateProcess(process, exit_code)) {
        DWORD system = GetLastError();

        /* A process that has ended by itself meanwhile refuses with 5. It is gone, and that was wanted. */
        if (!has_ended(process))
            return error_system(error, "TerminateProcess", system);
    }
    return SBX_OK;
}

sbx_status process_wait(sbx_handle process, int32_t timeout_ms, struct sbx_error *error)
{
    switch (WaitForSingleObject(process, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms)) {
    case WAIT_OBJECT_0:
        return SBX_OK;
    case WAIT_TIMEOUT:
        return SBX_E_TIMEOUT;
    default:
        return native_error(error, "WaitForSingleObject");
    }
}

sbx_status process_exit_code(sbx_handle process, uint32_t *exit_code, struct sbx_error *error)
{
    DWORD code;

    /* GetExitCodeProcess says 259 of a process that runs, and of one that ended with 259. */
    if (!has_ended(process))
        return error_set(error, SBX_E_STATE, "The process has not ended, so it has no exit code.");
    if (!GetExitCodeProcess(process, &code))
        return native_error(error, "GetExitCodeProcess");
    *exit_code = code;
    return SBX_OK;
}

static uint64_t ticks_of(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

sbx_status process_usage(sbx_handle process, uint64_t *cpu_ms, uint64_t *peak_memory_size,
                         struct sbx_error *error)
{
    FILETIME created;
    FILETIME ended;
    FILETIME kernel;
    FILETIME user;
    PROCESS_MEMORY_COUNTERS memory;

    if (!GetProcessTimes(process, &created, &ended, &kernel, &user))
        return native_error(error, "GetProcessTimes");
    if (!GetProcessMemoryInfo(process, &memory, sizeof memory))
        return native_error(error, "GetProcessMemoryInfo");
    *cpu_ms = (ticks_of(kernel) + ticks_of(user)) / 10000;
    *peak_memory_size = memory.PeakPagefileUsage;
    return SBX_OK;
}

sbx_status process_open(uint32_t id, uint32_t wanted, sbx_handle *process, struct sbx_error *error)
{
    HANDLE opened = OpenProcess(wanted, FALSE, id);

    if (!opened)
        return native_error(error, "OpenProcess");
    *process = opened;
    return SBX_OK;
}

sbx_status process_adopt(uint32_t id, sbx_handle *process, struct sbx_error *error)
{
    return process_open(id,
                        PROCESS_QUERY_INFORMATION | PROCESS_VM_READ | PROCESS_DUP_HANDLE | PROCESS_TERMINATE |
                            SYNCHRONIZE,
                        process, error);
}
