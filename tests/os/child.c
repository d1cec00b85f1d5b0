/*
 * child.c - the verbs, and how tests start them.
 */
#include "os/child.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/lock.h"
#include "os/native.h"
#include "os/pipe.h"
#include "os/random.h"
#include "os/security.h"
#include "os/token.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NOT_STARTED 0xBAD00000u

static DWORD number(const char *text)
{
    return (DWORD)strtoull(text, NULL, 0);
}

static DWORD last_unless(BOOL done)
{
    return done ? 0 : GetLastError();
}

static DWORD opened(HANDLE handle)
{
    return handle ? 0 : GetLastError();
}

static DWORD do_exit(char **arguments)
{
    return number(arguments[0]);
}

static DWORD do_sleep(char **arguments)
{
    Sleep(number(arguments[0]));
    return 0;
}

static ULONGLONG own_cpu_ms(void)
{
    FILETIME created;
    FILETIME ended;
    FILETIME kernel;
    FILETIME user;

    GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user);
    return ((ULONGLONG)kernel.dwLowDateTime + user.dwLowDateTime) / 10000;
}

/* Uses the CPU for so many milliseconds, however long that takes on a busy machine. */
static DWORD do_spin(char **arguments)
{
    ULONGLONG give_up = GetTickCount64() + 30000;

    while (own_cpu_ms() < number(arguments[0]) && GetTickCount64() < give_up)
        ;
    return 0;
}

static DWORD do_echo(char **arguments)
{
    static char bytes[65536];
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD got;
    DWORD written;

    (void)arguments;
    while (ReadFile(input, bytes, sizeof bytes, &got, NULL) && got) {
        if (!WriteFile(output, bytes, got, &written, NULL))
            return GetLastError();
    }
    return 0;
}

static DWORD write_output(const void *bytes, size_t size)
{
    DWORD written;

    return last_unless(WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes, (DWORD)size, &written, NULL));
}

/* A write of nothing between two of something. */
static DWORD do_write_nothing(char **arguments)
{
    DWORD written;

    (void)arguments;
    write_output("a", 1);
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "", 0, &written, NULL);
    return write_output("b", 1);
}

static DWORD do_write_both(char **arguments)
{
    DWORD written;

    (void)arguments;
    if (write_output("o", 1))
        return GetLastError();
    return last_unless(WriteFile(GetStdHandle(STD_ERROR_HANDLE), "e", 1, &written, NULL));
}

static DWORD do_command_line(char **arguments)
{
    (void)arguments;
    return write_output(GetCommandLineW(), wcslen(GetCommandLineW()) * sizeof(WCHAR));
}

static DWORD do_environment(char **arguments)
{
    WCHAR *block = GetEnvironmentStringsW();
    const WCHAR *end = block;

    (void)arguments;
    while (*end)
        end += wcslen(end) + 1;
    return write_output(block, (size_t)(end - block) * sizeof *block);
}

static DWORD do_directory(char **arguments)
{
    WCHAR path[MAX_PATH];

    (void)arguments;
    return write_output(path, GetCurrentDirectoryW(MAX_PATH, path) * sizeof *path);
}

/* One bit for each standard handle that is there. */
static DWORD do_standard(char **arguments)
{
    DWORD mask = 0;

    (void)arguments;
    for (int i = 0; i < 3; i++)
        mask |= process_standard(i) ? 1u << i : 0;
    return mask;
}

static DWORD do_set_event(char **arguments)
{
    return last_unless(SetEvent(handle_from_wire(number(arguments[0]))));
}

static DWORD do_open_event(char **arguments)
{
    return opened(OpenEventA(EVENT_MODIFY_STATE, FALSE, arguments[0]));
}

static DWORD do_open_process(char **arguments)
{
    return opened(OpenProcess(number(arguments[1]), FALSE, number(arguments[0])));
}

static DWORD do_open_thread(char **arguments)
{
    return opened(OpenThread(number(arguments[1]), FALSE, number(arguments[0])));
}

static DWORD do_open_self(char **arguments)
{
    HANDLE token;

    if (!OpenProcess(number(arguments[0]), FALSE, GetCurrentProcessId()))
        return GetLastError();
    return last_unless(OpenProcessToken(GetCurrentProcess(), number(arguments[1]), &token));
}

/* Starts a child that sleeps, tells its id, and sleeps too. */
static DWORD do_grandchild(char **arguments)
{
    WCHAR path[MAX_PATH];
    WCHAR line[MAX_PATH + 64];
    STARTUPINFOW startup;
    PROCESS_INFORMATION made;

    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    GetModuleFileNameW(NULL, path, MAX_PATH);
    _snwprintf(line, MAX_PATH + 64, L"\"%ls\" --child-sleep %hs", path, arguments[0]);
    if (!CreateProcessW(path, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &startup, &made))
        return GetLastError();
    write_output(&made.dwProcessId, sizeof made.dwProcessId);
    Sleep(number(arguments[0]));
    return 0;
}

static DWORD do_break_away(char **arguments)
{
    sbx_handle process = NULL;
    struct sbx_error error;
    char *image;
    sbx_status status = process_own_file(&image, NULL);

    (void)arguments;
    memset(&error, 0, sizeof error);
    if (!status)
        status = process_probe_start(image, "x --child-exit 0", true, NULL, NULL, &process, &error);
    if (!status)
        process_wait(process, 30000, NULL);
    return status ? error.system : 0;
}

static DWORD WINAPI wait_for_ever(void *context)
{
    WaitForSingleObject(context, INFINITE);
    return 0;
}

/* Is the list that new objects of this process get the locked one, which ends with OWNER RIGHTS? */
static bool default_is_locked(void)
{
    TOKEN_DEFAULT_DACL *found;
    ACCESS_ALLOWED_ACE *last;
    HANDLE token;
    bool locked = false;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    if (!security_token_query(token, TokenDefaultDacl, (void **)&found, NULL)) {
        locked = found->DefaultDacl && found->DefaultDacl->AceCount == 3 &&
                 GetAce(found->DefaultDacl, 2, (void **)&last) && last->Mask == READ_CONTROL &&
                 IsWellKnownSid(&last->SidStart, WinCreatorOwnerRightsSid);
        sbx_free(found);
    }
    CloseHandle(token);
    return locked;
}

/*
 * What the runner does: locks itself, then starts a command with a restricted token. Bits of the result: 1 the command
 * could open the runner, 2 a thread that the runner made after locking, 4 the command could not open itself and its own
 * token, 8 the runner could not measure it, 16 something failed, 32 the runner's default DACL is not locked.
 */
static DWORD do_runner(char **arguments)
{
    struct token_recipe recipe;
    struct process_start start;
    struct process process;
    struct token_facts facts;
    struct sbx_error error;
    char line[128];
    DWORD thread_id;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE thread;
    DWORD bits = 0;

    (void)arguments;
    memset(&recipe, 0, sizeof recipe);
    memset(&start, 0, sizeof start);
    memset(&error, 0, sizeof error);
    if (process_lock_self(NULL, &error) || token_make(&recipe, &start.token, &error))
        return 16;
    thread = CreateThread(NULL, 0, wait_for_ever, event, 0, &thread_id);

    snprintf(line, sizeof line, "--child-open-process %lu 0x1", (unsigned long)GetCurrentProcessId());
    bits |= child_run(&start, line) == ERROR_ACCESS_DENIED ? 0 : 1;
    snprintf(line, sizeof line, "--child-open-thread %lu 0x1", (unsigned long)thread_id);
    bits |= child_run(&start, line) == ERROR_ACCESS_DENIED ? 0 : 2;
    bits |= child_run(&start, "--child-open-self 0x1fffff 0xa8") == 0 ? 0 : 4;
    bits |= default_is_locked() ? 0 : 32;

    if (child_start(&start, "--child-exit 0", &process, &error))
        return bits | 16;
    if (token_measure_process(process.handle, &facts, &error))
        bits |= 8;
    else
        token_facts_free(&facts);
    process_terminate(process.handle, 0, NULL);
    process_free(&process);

    SetEvent(event);
    WaitForSingleObject(thread, INFINITE);
    return bits;
}

/* 2: a plain name loads the DLL that lies in the current directory. */
static DWORD do_load(char **arguments)
{
    SetCurrentDirectoryA(arguments[0]);
    return LoadLibraryA("sbx-planted.dll") ? 2 : 0;
}

static DWORD do_harden(char **arguments)
{
    return process_harden_self(NULL) ? 1 : do_load(arguments);
}

/* Says so and stays until it is killed; a failure is its exit code, unsaid. */
static DWORD hold(sbx_status status)
{
    if (status)
        return NOT_STARTED + (DWORD)status;
    write_output("0", 1);
    Sleep(60000);
    return 0;
}

static DWORD do_log(char **arguments)
{
    struct log_file *log;
    sbx_status status = log_open(arguments[0], &log, NULL);

    return hold(status ? status : log_append(log, "written by a child", 18, NULL));
}

static DWORD do_held(char **arguments)
{
    struct held_file *mark;

    return hold(held_open(arguments[0], &mark, NULL));
}

/* Takes it and ends with it in its hands; the wait is the argument. */
static DWORD do_machine_lock(char **arguments)
{
    struct machine_lock *lock;

    return (DWORD)machine_lock_take(number(arguments[0]), &lock, NULL);
}

static const struct {
    const char *name;
    int argument_count;
    DWORD (*run)(char **arguments);
} verbs[] = {
    {"--child-exit", 1, do_exit},
    {"--child-sleep", 1, do_sleep},
    {"--child-spin", 1, do_spin},
    {"--child-echo", 0, do_echo},
    {"--child-write-nothing", 0, do_write_nothing},
    {"--child-write-both", 0, do_write_both},
    {"--child-command-line", 0, do_command_line},
    {"--child-environment", 0, do_environment},
    {"--child-directory", 0, do_directory},
    {"--child-standard", 0, do_standard},
    {"--child-set-event", 1, do_set_event},
    {"--child-open-event", 1, do_open_event},
    {"--child-open-process", 2, do_open_process},
    {"--child-open-thread", 2, do_open_thread},
    {"--child-open-self", 2, do_open_self},
    {"--child-grandchild", 1, do_grandchild},
    {"--child-break-away", 0, do_break_away},
    {"--child-runner", 0, do_runner},
    {"--child-load", 1, do_load},
    {"--child-harden", 1, do_harden},
    {"--child-log", 1, do_log},
    {"--child-held", 1, do_held},
    {"--child-machine-lock", 1, do_machine_lock},
};

bool child_main(int argc, char **argv, int *exit_code)
{
    if (argc < 2 || strncmp(argv[1], "--child-", 8))
        return false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!strcmp(argv[1], verbs[i].name) && argc - 2 >= verbs[i].argument_count) {
            *exit_code = (int)verbs[i].run(argv + 2);
            return true;
        }
    }
    *exit_code = 0x7FFF;
    return true;
}

sbx_status child_start(const struct process_start *how, const char *arguments, struct process *process,
                       struct sbx_error *error)
{
    sbx_status status;
    struct process_start start;
    struct sbx_strings environment = {NULL, 0};
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    char *image = NULL;
    char *directory = NULL;

    memset(&start, 0, sizeof start);
    if (how)
        start = *how;
    status = process_own_file(&image, error);
    if (!status)
        status = folder_path(FOLDER_WINDOWS, &directory, error);
    if (!status && !start.environment) {
        status = process_environment(&environment, error);
        start.environment = &environment;
    }
    if (status)
        goto end;

    buffer_append_format(&line, "\"%s\" %s", image, arguments);
    start.image = image;
    start.command_line = buffer_text(&line);
    start.directory = directory;
    start.private_console = true;
    status = buffer_failed(&line) ? error_memory(error, "a line") : process_start(&start, process, error);

end:
    buffer_free(&line);
    strings_free(&environment);
    sbx_free(directory);
    sbx_free(image);
    return status;
}

/* The end of a resumed child, which is freed. */
static uint32_t finish(struct process *process)
{
    uint32_t exit_code = NOT_STARTED;
    sbx_status status = process_wait(process->handle, 60000, NULL);

    if (!status)
        status = process_exit_code(process->handle, &exit_code, NULL);
    process_terminate(process->handle, 1, NULL);
    process_free(process);
    return status ? NOT_STARTED + (uint32_t)status : exit_code;
}

uint32_t child_run(const struct process_start *how, const char *arguments)
{
    struct process process;
    sbx_status status = child_start(how, arguments, &process, NULL);

    if (status)
        return NOT_STARTED + (uint32_t)status;
    process_resume(&process, NULL);
    return finish(&process);
}

uint32_t child_run_output(const struct process_start *how, const char *arguments, char **output, size_t *size)
{
    struct process_start start;
    struct process process;
    struct sbx_buffer all = SBX_BUFFER_EMPTY;
    sbx_handle reading;
    sbx_handle writing;
    char bytes[4096];
    size_t got;
    sbx_status status;

    memset(&start, 0, sizeof start);
    if (how)
        start = *how;
    if (!CreatePipe(&reading, &writing, NULL, 0))
        return NOT_STARTED;
    start.output = writing;
    status = child_start(&start, arguments, &process, NULL);
    CloseHandle(writing);
    if (!status) {
        process_resume(&process, NULL);
        while (!pipe_read(reading, bytes, sizeof bytes, &got, NULL) && got)
            buffer_append(&all, bytes, got);
    }
    CloseHandle(reading);
    *output = buffer_take(&all, size);
    return status ? NOT_STARTED + (uint32_t)status : finish(&process);
}

static char *scratch;

const char *scratch_folder(void)
{
    char *data = NULL;
    char name[17];
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    if (scratch)
        return scratch;
    if (folder_path(FOLDER_LOCAL_DATA, &data, NULL) || random_hex(name, 8, NULL))
        return "C:\\";
    buffer_append_format(&path, "%s\\sbx-test-%s", data, name);
    sbx_free(data);
    scratch = buffer_take(&path, NULL);
    CU_ASSERT_EQUAL(folder_create(scratch, NULL), SBX_OK);
    return scratch;
}

void scratch_end(void)
{
    if (scratch)
        folder_delete(scratch, NULL);
    sbx_free(scratch);
    scratch = NULL;
}

/* Starts a Unix program in the scratch folder and waits until `path` is there or not, as wanted: it has no handle. */
static bool run_unix(const char *program, char *line, const char *path, bool wanted)
{
    STARTUPINFOA startup;
    PROCESS_INFORMATION made;
    bool there = !wanted;

    memset(&startup, 0, sizeof startup);
    memset(&made, 0, sizeof made);
    startup.cb = sizeof startup;
    CreateProcessA(program, line, NULL, NULL, FALSE, 0, NULL, scratch_folder(), &startup, &made);
    for (int i = 0; i < 100 && there != wanted; i++) {
        Sleep(20);
        there = GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
    }
    handle_close(made.hProcess);
    handle_close(made.hThread);
    return there == wanted;
}

static char *scratch_path(const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", scratch_folder(), name);
    return buffer_take(&path, NULL);
}

static char *unix_line(const char *program, const char *target, const char *name)
{
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    char *slash;

    buffer_append_format(&line, "%s \"%s\" \"%s\"", program, target, name);
    for (slash = (char *)line.data; (slash = strchr(slash, '\\')) != NULL;)
        *slash = '/';
    return buffer_take(&line, NULL);
}

bool make_link(const char *name, const char *target)
{
    char *path = scratch_path(name);
    char *line = unix_line("ln -s", target, name);
    bool made;

    if (on_wine())
        made = run_unix("\\\\?\\unix\\bin\\ln", line, path, true);
    else {
        struct sbx_buffer whole = SBX_BUFFER_EMPTY; /* to ask whether it is a folder */
        DWORD attributes;

        buffer_append_format(&whole, "%s\\..\\%s", path, target);
        attributes = GetFileAttributesA(buffer_text(&whole));
        buffer_free(&whole);
        made = CreateSymbolicLinkA(path, target, attributes & FILE_ATTRIBUTE_DIRECTORY ? 1 : 0) &&
               GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
    }
    sbx_free(line);
    sbx_free(path);
    return made;
}

bool remove_link(const char *name)
{
    char *path = scratch_path(name);
    char *line = unix_line("rm -f", "--", name);
    bool gone;

    if (on_wine())
        gone = run_unix("\\\\?\\unix\\bin\\rm", line, path, false);
    else
        gone = RemoveDirectoryA(path) || DeleteFileA(path);
    sbx_free(line);
    sbx_free(path);
    return gone;
}

bool on_wine(void)
{
    struct host_facts facts;

    host_examine(&facts);
    return facts.wine[0] != '\0';
}

bool is_elevated(void)
{
    struct token_facts facts;
    bool elevated;

    if (token_measure_process(NULL, &facts, NULL))
        return false;
    elevated = facts.elevated && facts.administrator;
    token_facts_free(&facts);
    return elevated;
}

uint32_t open_handles(void)
{
    DWORD count = 0;

    GetProcessHandleCount(GetCurrentProcess(), &count);
    return count;
}

struct refusal {
    unsigned number;
    unsigned seen;
};

static bool refuse(void *context, size_t size)
{
    struct refusal *refusal = context;

    (void)size;
    return ++refusal->seen == refusal->number;
}

void expect_memory_failures(sbx_status (*attempt)(void *context, struct sbx_error *error), void *context)
{
    uint32_t handles;
    struct sbx_error error;
    sbx_status status = SBX_E_MEMORY;

    CU_ASSERT_EQUAL(attempt(context, NULL), SBX_OK); /* loads what is loaded once */
    handles = open_handles();

    for (unsigned number = 1; status && number < 1000; number++) {
        struct refusal refusal = {number, 0};

        memset(&error, 0, sizeof error);
        sbx_memory_set_hook(refuse, &refusal);
        status = attempt(context, &error);
        sbx_memory_set_hook(NULL, NULL);

        if (refusal.seen >= number) {
            CU_ASSERT_EQUAL(status, SBX_E_MEMORY);
            CU_ASSERT_EQUAL(error.code, SBX_E_MEMORY);
            CU_ASSERT(error.text[0] != '\0');
            status = SBX_E_MEMORY;
        }
        CU_ASSERT_EQUAL(open_handles(), handles);
    }
    CU_ASSERT_EQUAL(status, SBX_OK);
}
