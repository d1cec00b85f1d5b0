/*
 * inside.c - probes and messengers: the runner's file started as a command.
 */
#include "sbxrun/inside.h"

#include "base/memory.h"
#include "core/path.h"
#include "core/probe.h"
#include "os/attempt.h"
#include "os/filesystem.h"
#include "os/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define TRIAL_MS      20
#define LEFT_LIFE_MS  "30000" /* long enough to be seen alive; ends by itself if nothing ends it */
#define CROWD         6       /* processes; whoever asks has set a lower limit */
#define CROWD_LIFE_MS "3000"

/* A file of `folder`, opened as asked: what os has for it asks for more than an attacker would. */
static DWORD open_in(const char *folder, const char *name, DWORD access, DWORD disposition, DWORD flags,
                     HANDLE *file)
{
    char *path = path_join(folder, name);
    uint16_t *wide = NULL;
    size_t count;
    DWORD system = ERROR_SUCCESS;

    if (!path || text_to_utf16(path, strlen(path), &wide, &count)) {
        sbx_free(path);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    *file = CreateFileW((const wchar_t *)wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                        NULL, disposition, flags, NULL);
    if (*file == INVALID_HANDLE_VALUE)
        system = GetLastError();
    sbx_free(wide);
    sbx_free(path);
    return system;
}

static DWORD try_create(const char *folder)
{
    char name[64];
    HANDLE file;
    DWORD system;

    snprintf(name, sizeof name, ".sbx-probe-%lu.tmp", (unsigned long)GetCurrentProcessId());
    system = open_in(folder, name, GENERIC_WRITE | DELETE, CREATE_NEW,
                     FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, &file);
    if (!system)
        CloseHandle(file);
    return system;
}

static DWORD try_overwrite(const char *folder)
{
    HANDLE file;
    DWORD written = 0;
    DWORD system = open_in(folder, "write.txt", GENERIC_WRITE, OPEN_EXISTING, 0, &file);

    if (system)
        return system;
    if (!WriteFile(file, "x", 1, &written, NULL))
        system = GetLastError();
    CloseHandle(file);
    return system;
}

static DWORD try_read(const char *folder)
{
    HANDLE file;
    DWORD got = 0;
    char byte;
    DWORD system = open_in(folder, "read.txt", GENERIC_READ, OPEN_EXISTING, 0, &file);

    if (system)
        return system;
    if (!ReadFile(file, &byte, 1, &got, NULL))
        system = GetLastError();
    CloseHandle(file);
    return system;
}

static DWORD try_delete(const char *folder)
{
    char *path = path_join(folder, "delete.txt");
    struct sbx_error error = {0};
    DWORD system = ERROR_NOT_ENOUGH_MEMORY;

    if (path)
        system = file_delete(path, &error) ? error.system : ERROR_SUCCESS;
    if (error.code && !system)
        system = ERROR_INVALID_DATA;
    sbx_free(path);
    return system;
}

static DWORD try_write_protected(const char *path)
{
    return attempt_file(path, ATTEMPT_WRITE);
}

static DWORD try_delete_protected(const char *path)
{
    return attempt_file(path, ATTEMPT_DELETE);
}

static DWORD try_read_path(const char *path)
{
    return attempt_file(path, ATTEMPT_READ);
}

static uint32_t number_of(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

static DWORD try_process(const char *id)
{
    return attempt_process(number_of(id));
}

static DWORD try_threads(const char *id)
{
    return attempt_threads(number_of(id));
}

static DWORD try_variable(const char *name)
{
    return attempt_variable(name);
}

static DWORD try_event(const char *name)
{
    return attempt_event(name);
}

static DWORD try_pipe(const char *name)
{
    return attempt_pipe(name);
}

static DWORD try_clipboard(const char *unused)
{
    (void)unused;
    return attempt_clipboard();
}

static DWORD try_connect_v4(const char *port)
{
    return attempt_connect(false, (uint16_t)number_of(port));
}

static DWORD try_connect_v6(const char *port)
{
    return attempt_connect(true, (uint16_t)number_of(port));
}

static DWORD try_memory(const char *mib)
{
    return attempt_memory((size_t)number_of(mib) << 20);
}

/* The number is a handle of the runner that was inheritable and not listed: here it must be nothing. */
static DWORD try_canary(const char *value)
{
    return SetEvent((HANDLE)(uintptr_t)strtoull(value, NULL, 10)) ? ERROR_SUCCESS : GetLastError();
}

/* Starts this file again with a verb. ERROR_SUCCESS and *process, which the caller closes. */
static DWORD try_start_own(const char *verb, bool break_away, sbx_handle parent, sbx_handle job,
                           sbx_handle *process)
{
    struct sbx_error error = {0};
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    char *own_file = NULL;
    DWORD system = ERROR_NOT_ENOUGH_MEMORY;

    if (process_own_file(&own_file, &error))
        return error.system ? error.system : system;
    buffer_append_format(&line, "\"%s\" %s", own_file, verb);
    if (!buffer_failed(&line)) {
        system = ERROR_SUCCESS;
        if (process_probe_start(own_file, buffer_text(&line), break_away, parent, job, process, &error))
            system = error.system ? error.system : ERROR_INVALID_DATA;
    }

    buffer_free(&line);
    sbx_free(own_file);
    return system;
}

static DWORD try_break_away(const char *unused)
{
    sbx_handle process = NULL;
    DWORD system = try_start_own("--sleep 0", true, NULL, NULL, &process);

    (void)unused;
    handle_close(process);
    return system;
}

/* As many at once as the command may not have. They end with it, or by themselves. */
static DWORD try_crowd(const char *unused)
{
    DWORD system = ERROR_SUCCESS;

    (void)unused;
    for (int i = 0; i < CROWD && !system; i++) {
        sbx_handle process = NULL;

        system = try_start_own("--sleep " CROWD_LIFE_MS, false, NULL, NULL, &process);
        handle_close(process);
    }
    return system;
}

/* Alive as far as this process can see, which is not for long. */
static bool is_alive(sbx_handle process)
{
    return process && GetProcessId(process) && process_wait(process, TRIAL_MS, NULL) == SBX_E_TIMEOUT;
}

static HANDLE open_leash(const char *name)
{
    uint16_t *wide;
    size_t count;
    HANDLE job;

    if (!name || text_to_utf16(name, strlen(name), &wide, &count))
        return NULL;
    job = OpenJobObjectW(JOB_OBJECT_ASSIGN_PROCESS, FALSE, (const wchar_t *)wide);
    sbx_free(wide);
    return job;
}

/*
 * A child in the name of the calling process (PROC_THREAD_ATTRIBUTE_PARENT_PROCESS) is in that one's job, not in ours. Whether
 * it lives on is for the caller to see; here is only told who it is, or why there is none. The pipe that the probe
 * writes to is not inherited: the caller's wait for its end would be for the child, too.
 *
 * Nothing that ends us ends such a child, and CreateProcess makes every process suspended: were we killed inside the call, a process
 * would be left that nobody knows and nobody resumes. So it is born into the caller's leash, which ends it whatever becomes of us and
 * of him. A host that refuses that is asked once more without: the answer is about the parent, not about a job.
 */
static void try_reparent(const char *id, const char *leash, struct sbx_buffer *out)
{
    sbx_handle child = NULL;
    DWORD system = ERROR_SUCCESS;
    HANDLE parent = OpenProcess(PROCESS_CREATE_PROCESS, FALSE, number_of(id));
    HANDLE job = NULL;

    if (!parent)
        system = GetLastError();
    else if (!(job = open_leash(leash)) || try_start_own("--sleep " LEFT_LIFE_MS, false, parent, job, &child))
        system = try_start_own("--sleep " LEFT_LIFE_MS, false, parent, NULL, &child);
    if (!system && is_alive(child))
        buffer_append_format(out, "reparented %lu\n", (unsigned long)GetProcessId(child));
    else
        probe_write_line(out, "reparent",
                         system ? probe_outcome_of(system, ERROR_ACCESS_DENIED) : PROBE_INVALID, system);
    handle_close(child);
    if (job)
        CloseHandle(job);
    if (parent)
        CloseHandle(parent);
}

/*
 * Wine runs Unix programs named by their Unix path, beside its own world: no process object comes back that a job
 * could hold. On Windows there is nothing to try, and no line is written.
 */
static bool try_unix_program(DWORD *system)
{
    struct sbx_error error = {0};
    sbx_handle process = NULL;

    if (!GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version"))
        return false;
    *system = ERROR_SUCCESS;
    if (process_probe_start("\\\\?\\unix\\bin\\true", "true", false, NULL, NULL, &process, &error))
        *system = error.system ? error.system : ERROR_INVALID_DATA;
    else if (process)
        *system =
            ERROR_ACCESS_DENIED; /* it has an object, so the job holds it: that is the refusal we ask about */
    handle_close(process);
    return true;
}

/* What is tried where its target is named, in this order, and the one answer that is a refusal. */
static const struct {
    const char *target;
    const char *name;
    DWORD (*attempt)(const char *value);
    DWORD refusal;
} acts[] = {
    {"workspace", "write_workspace", try_create, ERROR_ACCESS_DENIED},
    {"outside", "write_outside", try_overwrite, ERROR_ACCESS_DENIED},
    {"outside", "read_outside", try_read, ERROR_ACCESS_DENIED},
    {"outside", "delete_outside", try_delete, ERROR_ACCESS_DENIED},
    {"protected", "write_protected", try_write_protected, ERROR_ACCESS_DENIED},
    {"protected", "delete_protected", try_delete_protected, ERROR_ACCESS_DENIED},
    {"denied", "read_denied", try_read_path, ERROR_ACCESS_DENIED},
    {"drive", "physical_drive", try_read_path, ERROR_ACCESS_DENIED},
    {"caller", "open_caller", try_process, ERROR_ACCESS_DENIED},
    {"runner", "open_runner", try_process, ERROR_ACCESS_DENIED},
    {"caller-threads", "caller_threads", try_threads, ERROR_ACCESS_DENIED},
    {"runner-threads", "runner_threads", try_threads, ERROR_ACCESS_DENIED},
    {"canary", "inherit_unlisted", try_canary, ERROR_INVALID_HANDLE},
    {"variable", "see_variable", try_variable, ERROR_ENVVAR_NOT_FOUND},
    {"event", "set_event", try_event, ERROR_ACCESS_DENIED},
    {"pipe", "squat_pipe", try_pipe, ERROR_ACCESS_DENIED},
    {"clipboard", "clipboard", try_clipboard, ERROR_ACCESS_DENIED},
    {"port4", "connect_v4", try_connect_v4, ATTEMPT_BLOCKED},
    {"port6", "connect_v6", try_connect_v6, ATTEMPT_BLOCKED},
    {"tree", "break_away", try_break_away, ERROR_ACCESS_DENIED},
    {"memory", "limit_memory", try_memory, ERROR_COMMITMENT_LIMIT},
    {"crowd", "limit_processes", try_crowd, ERROR_NOT_ENOUGH_QUOTA},
};

/* The value of "target=value", NULL: it is not named. */
static const char *target_of(const struct sbx_strings *targets, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < targets->count; i++) {
        if (strncmp(targets->items[i], name, size) == 0 && targets->items[i][size] == '=')
            return targets->items[i] + size + 1;
    }
    return NULL;
}

/* The tree of this command: what leaves it, and what it leaves behind. */
static void try_tree(const char *caller, const char *leash, struct sbx_buffer *out)
{
    sbx_handle grandchild = NULL;
    DWORD system;

    if (caller)
        try_reparent(caller, leash, out);
    if (try_unix_program(&system))
        probe_write_line(out, "unix_program", probe_outcome_of(system, ERROR_ACCESS_DENIED), system);
    /* Only one that is seen alive here can be seen dead afterwards. */
    if (!try_start_own("--sleep " LEFT_LIFE_MS, false, NULL, NULL, &grandchild) && is_alive(grandchild))
        buffer_append_format(out, "grandchild %lu\n", (unsigned long)GetProcessId(grandchild));
    handle_close(grandchild);
}

static bool read_targets(int count, wchar_t **arguments, struct sbx_strings *targets)
{
    for (int i = 0; i < count; i++) {
        char *text;
        sbx_status status =
            text_from_utf16((const uint16_t *)arguments[i], wcslen(arguments[i]), &text, NULL);

        if (!status) {
            status = strings_append(targets, text);
            sbx_free(text);
        }
        if (status)
            return false;
    }
    return true;
}

int inside_probe(int count, wchar_t **arguments)
{
    struct sbx_strings targets = {NULL, 0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    DWORD written;
    int result = 1;

    if (!read_targets(count, arguments, &targets))
        goto free_targets;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        const char *value = target_of(&targets, acts[i].target);
        DWORD system;

        if (!value)
            continue;
        system = acts[i].attempt(value);
        probe_write_line(&out, acts[i].name, probe_outcome_of(system, acts[i].refusal), system);
    }
    if (target_of(&targets, "tree"))
        try_tree(target_of(&targets, "caller"), target_of(&targets, "leash"), &out);

    if (!buffer_failed(&out) && (!out.size || (WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), out.data,
                                                         (DWORD)out.size, &written, NULL) &&
                                               written == out.size)))
        result = 0;
    buffer_free(&out);
free_targets:
    strings_free(&targets);
    return result;
}

int inside_interrupt(int count, wchar_t **arguments)
{
    if (count != 1)
        return 2;

    /* Leave a console of our own first (there is none: GUI subsystem, but the caller may be anything). */
    FreeConsole();
    if (!AttachConsole(wcstoul(arguments[0], NULL, 10)))
        return (int)GetLastError();
    SetConsoleCtrlHandler(NULL, TRUE); /* not for ourselves */
    return GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) ? 0 : (int)GetLastError();
}

int inside_sleep(int count, wchar_t **arguments)
{
    if (count != 1)
        return 2;
    Sleep(wcstoul(arguments[0], NULL, 10));
    return 0;
}
