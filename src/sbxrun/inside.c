/*
 * inside.c - probes and messengers: the runner's file started as a command.
 */
#include "sbxrun/inside.h"

#include "base/memory.h"
#include "core/probe.h"
#include "core/probe_token.h"
#include "os/process.h"
#include "os/token.h"

#include <stdio.h>
#include <windows.h>

#define PATH_SIZE    1024 /* UTF-16 units; longer workspaces make the row invalid, not allowed */
#define TRIAL_MS     20
#define LEFT_LIFE_MS "30000" /* long enough to be seen alive; ends by itself if nothing ends it */

/* Refused means refused for lack of access; anything else, not found included, proves nothing. */
static enum probe_outcome outcome_of(DWORD system, DWORD refusal)
{
    if (system == ERROR_SUCCESS)
        return PROBE_ALLOWED;
    return system == refusal ? PROBE_REFUSED : PROBE_INVALID;
}

static bool join(wchar_t *path, const wchar_t *folder, const wchar_t *name)
{
    int length = _snwprintf(path, PATH_SIZE, L"%ls\\%ls", folder, name);

    return length > 0 && length < PATH_SIZE;
}

static DWORD try_create(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW,
                              FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    CloseHandle(file);
    return ERROR_SUCCESS;
}

static DWORD try_overwrite(const wchar_t *path)
{
    DWORD system = ERROR_SUCCESS;
    DWORD written = 0;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    if (!WriteFile(file, "x", 1, &written, NULL))
        system = GetLastError();
    CloseHandle(file);
    return system;
}

static DWORD try_read(const wchar_t *path)
{
    DWORD system = ERROR_SUCCESS;
    DWORD got = 0;
    char byte;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    if (!ReadFile(file, &byte, 1, &got, NULL))
        system = GetLastError();
    CloseHandle(file);
    return system;
}

static DWORD try_delete(const wchar_t *path)
{
    return DeleteFileW(path) ? ERROR_SUCCESS : GetLastError();
}

/*
 * One right at a time: asked for together they are refused together, although one alone may be enough to take the process
 * over (WRITE_DAC, for one, is the owner's under Wine whatever the OWNER RIGHTS entry says). ERROR_SUCCESS when any
 * is granted, else the first reason that is not a lack of access.
 */
static DWORD try_open_process(const wchar_t *id)
{
    static const DWORD rights[] = {
        PROCESS_TERMINATE,
        PROCESS_VM_READ,
        PROCESS_VM_WRITE,
        PROCESS_VM_OPERATION,
        PROCESS_CREATE_THREAD,
        PROCESS_DUP_HANDLE,
        PROCESS_CREATE_PROCESS,
        PROCESS_SET_INFORMATION,
        PROCESS_SUSPEND_RESUME,
        WRITE_DAC,
        WRITE_OWNER,
    };
    DWORD system = ERROR_ACCESS_DENIED;

    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        HANDLE process = OpenProcess(rights[i], FALSE, wcstoul(id, NULL, 10));

        if (process) {
            CloseHandle(process);
            return ERROR_SUCCESS;
        }
        if (system == ERROR_ACCESS_DENIED)
            system = GetLastError();
    }
    return system;
}

/* The number is a handle of the runner that was inheritable and not listed: here it must be nothing. */
static DWORD try_canary(const wchar_t *value)
{
    return SetEvent((HANDLE)(uintptr_t)_wcstoui64(value, NULL, 10)) ? ERROR_SUCCESS : GetLastError();
}

/* Starts this file again with a verb. ERROR_SUCCESS and *process, which the caller closes. */
static DWORD try_start_own(const char *verb, bool break_away, sbx_handle parent, sbx_handle *process)
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
        if (process_probe_start(own_file, buffer_text(&line), break_away, parent, process, &error))
            system = error.system ? error.system : ERROR_INVALID_DATA;
    }

    buffer_free(&line);
    sbx_free(own_file);
    return system;
}

static DWORD try_break_away(void)
{
    sbx_handle process = NULL;
    DWORD system = try_start_own("--sleep 0", true, NULL, &process);

    handle_close(process);
    return system;
}

/* Alive as far as this process can see, which is not for long. */
static bool is_alive(sbx_handle process)
{
    return process && GetProcessId(process) && process_wait(process, TRIAL_MS, NULL) == SBX_E_TIMEOUT;
}

/*
 * A child in the name of the calling process (PROC_THREAD_ATTRIBUTE_PARENT_PROCESS) is in that one's job, not in ours. Whether
 * it lives on is for the caller to see; here is only told who it is, or why there is none. The pipe that the probe
 * writes to is not inherited: the caller's wait for its end would be for the child, too.
 */
static void try_reparent(const wchar_t *id, struct sbx_buffer *out)
{
    sbx_handle child = NULL;
    DWORD system = ERROR_SUCCESS;
    HANDLE parent = OpenProcess(PROCESS_CREATE_PROCESS, FALSE, wcstoul(id, NULL, 10));

    if (!parent)
        system = GetLastError();
    else
        system = try_start_own("--sleep " LEFT_LIFE_MS, false, parent, &child);
    if (!system && is_alive(child))
        buffer_append_format(out, "reparented %lu\n", (unsigned long)GetProcessId(child));
    else
        probe_write_line(out, "reparent", system ? outcome_of(system, ERROR_ACCESS_DENIED) : PROBE_INVALID,
                         system);
    handle_close(child);
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
    if (process_probe_start("\\\\?\\unix\\bin\\true", "true", false, NULL, &process, &error))
        *system = error.system ? error.system : ERROR_INVALID_DATA;
    else if (process)
        *system =
            ERROR_ACCESS_DENIED; /* it has an object, so the job holds it: that is the refusal we ask about */
    handle_close(process);
    return true;
}

/* What this command may do follows from its token alone: whoever explains it asks for the token as it really is. */
static void write_token(struct sbx_buffer *out)
{
    struct token_facts facts;

    if (token_measure_process(NULL, &facts, NULL))
        return; /* no line at all: then nothing is explained */
    probe_token_write(&facts, out);
    token_facts_free(&facts);
}

int inside_probe(int count, wchar_t **arguments)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    wchar_t path[PATH_SIZE];
    wchar_t name[64];
    sbx_handle grandchild = NULL;
    DWORD system, written;
    int result = 1;

    if (count != 5)
        return 2;

    _snwprintf(name, sizeof name / sizeof *name, L".sbx-probe-%lu.tmp", (unsigned long)GetCurrentProcessId());
    system = join(path, arguments[0], name) ? try_create(path) : ERROR_FILENAME_EXCED_RANGE;
    probe_write_line(&out, "write_workspace", outcome_of(system, ERROR_ACCESS_DENIED), system);
    system = join(path, arguments[1], L"write.txt") ? try_overwrite(path) : ERROR_FILENAME_EXCED_RANGE;
    probe_write_line(&out, "write_outside", outcome_of(system, ERROR_ACCESS_DENIED), system);
    system = join(path, arguments[1], L"read.txt") ? try_read(path) : ERROR_FILENAME_EXCED_RANGE;
    probe_write_line(&out, "read_outside", outcome_of(system, ERROR_ACCESS_DENIED), system);
    system = join(path, arguments[1], L"delete.txt") ? try_delete(path) : ERROR_FILENAME_EXCED_RANGE;
    probe_write_line(&out, "delete_outside", outcome_of(system, ERROR_ACCESS_DENIED), system);

    system = try_open_process(arguments[2]);
    probe_write_line(&out, "open_caller", outcome_of(system, ERROR_ACCESS_DENIED), system);
    system = try_open_process(arguments[3]);
    probe_write_line(&out, "open_runner", outcome_of(system, ERROR_ACCESS_DENIED), system);
    system = try_canary(arguments[4]);
    probe_write_line(&out, "inherit_unlisted", outcome_of(system, ERROR_INVALID_HANDLE), system);

    system = try_break_away();
    probe_write_line(&out, "break_away", outcome_of(system, ERROR_ACCESS_DENIED), system);
    try_reparent(arguments[2], &out);
    if (try_unix_program(&system))
        probe_write_line(&out, "unix_program", outcome_of(system, ERROR_ACCESS_DENIED), system);
    /* Only one that is seen alive here can be seen dead afterwards. */
    if (!try_start_own("--sleep " LEFT_LIFE_MS, false, NULL, &grandchild) && is_alive(grandchild))
        buffer_append_format(&out, "grandchild %lu\n", (unsigned long)GetProcessId(grandchild));
    handle_close(grandchild);
    write_token(&out);

    if (!buffer_failed(&out) &&
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), out.data, (DWORD)out.size, &written, NULL) &&
        written == out.size)
        result = 0;
    buffer_free(&out);
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
