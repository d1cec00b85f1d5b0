/*
 * process_test.c - what a started program gets: exactly what it was given, and nothing before it may run.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "os/job.h"
#include "os/native.h"
#include "os/pipe.h"
#include "os/token.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>
#include <tlhelp32.h>
#include <wchar.h>

static const struct job_limits no_limits;

static void process_is_suspended_until_it_is_resumed(void)
{
    struct process process;
    struct sbx_error error = {0};
    uint32_t exit_code = 0;

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-exit 7", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(process.handle, 300, &error), SBX_E_TIMEOUT);
    CU_ASSERT_EQUAL(error.code, SBX_OK); /* a time-out has no text */
    CU_ASSERT_EQUAL(process_exit_code(process.handle, &exit_code, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(process_resume(&process, NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(process.thread);
    CU_ASSERT_EQUAL(process_wait(process.handle, 30000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_exit_code(process.handle, &exit_code, NULL), SBX_OK);
    CU_ASSERT_EQUAL(exit_code, 7);
    process_free(&process);
    CU_ASSERT_PTR_NULL(process.handle);
}

static void exit_codes_keep_all_32_bits(void)
{
    CU_ASSERT_EQUAL(child_run(NULL, "--child-exit 0xDEADBEEF"), 0xDEADBEEF);
    CU_ASSERT_EQUAL(child_run(NULL, "--child-exit 259"), 259); /* STILL_ACTIVE, which is an answer here */
}

static void exit_code_of_a_running_program_is_refused(void)
{
    struct process process;
    uint32_t exit_code = 5;

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 60000", &process, NULL), SBX_OK);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL(process_exit_code(process.handle, &exit_code, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(exit_code, 5);
    CU_ASSERT_EQUAL(process_terminate(process.handle, 0x80000001u, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(process.handle, 10000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_exit_code(process.handle, &exit_code, NULL), SBX_OK);
    CU_ASSERT_EQUAL(exit_code, 0x80000001u);
    CU_ASSERT_EQUAL(process_terminate(process.handle, 1, NULL), SBX_OK); /* ended is ended */
    process_free(&process);
}

/* Quotes, a trailing backslash, a character beyond the first plane, a lone surrogate in its WTF-8 form. */
static void command_line_arrives_unchanged(void)
{
    static const char arguments[] = "--child-command-line \"a \\\"b\\\\\" \xF0\x9F\x98\x80 \xED\xA0\x80 c\\";
    char *output = NULL;
    size_t size = 0;
    uint16_t *wanted = NULL;
    size_t count = 0;

    CU_ASSERT_EQUAL(child_run_output(NULL, arguments, &output, &size), 0);
    CU_ASSERT_EQUAL(text_to_utf16(arguments, sizeof arguments - 1, &wanted, &count), SBX_OK);
    CU_ASSERT_FATAL(output && size >= count * 2);
    CU_ASSERT(!memcmp(output + size - count * 2, wanted, count * 2));
    sbx_free(wanted);
    sbx_free(output);
}

/* Wine gives every program some variables of its own. */
static bool is_wines_own(const char *variable)
{
    return on_wine() && (text_matches("WINE*", variable) || text_matches("SystemDrive=*", variable) ||
                         text_matches("SystemRoot=*", variable));
}

/* The child's block as one UTF-8 text, a line for each variable. */
static char *child_environment(const struct sbx_strings *environment)
{
    struct process_start start = {0};
    struct sbx_buffer lines = SBX_BUFFER_EMPTY;
    char *output = NULL;
    size_t size = 0;

    start.environment = environment;
    CU_ASSERT_EQUAL(child_run_output(&start, "--child-environment", &output, &size), 0);
    CU_ASSERT_FATAL(output != NULL);
    for (const WCHAR *entry = (const WCHAR *)(void *)output; (const char *)entry < output + size;
         entry += wcslen(entry) + 1) {
        char *text = NULL;

        CU_ASSERT_EQUAL_FATAL(text_from_utf16(entry, wcslen(entry), &text, NULL), SBX_OK);
        if (!is_wines_own(text))
            buffer_append_format(&lines, "%s\n", text);
        sbx_free(text);
    }
    sbx_free(output);
    return buffer_take(&lines, NULL);
}

static struct sbx_strings strings_of(const char *const *texts)
{
    struct sbx_strings strings = {NULL, 0};

    while (*texts)
        CU_ASSERT_EQUAL(strings_append(&strings, *texts++), SBX_OK);
    return strings;
}

static void environment_is_sorted_without_case_and_the_last_value_counts(void)
{
    const char *const texts[] = {"b=1",  "PATH=x",     "A=first", "_=2", "a=second",
                                 "AB=3", "\xC3\xA9=4", "C=5=6",   "E=",  NULL};
    struct sbx_strings environment = strings_of(texts);
    char *found = child_environment(&environment);

    CU_ASSERT_STRING_EQUAL(found, "a=second\nAB=3\nb=1\nC=5=6\nE=\nPATH=x\n_=2\n\xC3\xA9=4\n");
    sbx_free(found);
    strings_free(&environment);
}

/* The caller's own would be passed on where the block is a NULL pointer. */
static void no_environment_is_none(void)
{
    struct sbx_strings none = {NULL, 0};
    char *found;

    CU_ASSERT(SetEnvironmentVariableA("SBX_CANARY", "leaked"));
    found = child_environment(&none);
    CU_ASSERT_STRING_EQUAL(found, "");
    sbx_free(found);
    SetEnvironmentVariableA("SBX_CANARY", NULL);
}

static sbx_status start_with(const char *image, const char *line, const char *directory,
                             const struct sbx_strings *environment, struct sbx_error *error)
{
    struct process_start start = {0};
    struct process process = {.id = 77};
    sbx_status status;

    start.image = image;
    start.command_line = line;
    start.directory = directory;
    start.environment = environment;
    start.private_console = true;
    status = process_start(&start, &process, error);
    if (!status) {
        process_terminate(process.handle, 1, NULL);
        process_free(&process);
    } else {
        CU_ASSERT_PTR_NULL(process.handle);
        CU_ASSERT_EQUAL(process.id, 77);
    }
    return status;
}

static void bad_requests_are_refused_and_say_why(void)
{
    static const struct {
        const char *image;
        const char *directory;
        sbx_status status;
        const char *text; /* a part of it */
    } cases[] = {
        {"C:\\no\\such\\program.exe", "C:\\windows", SBX_E_PATH_NOT_FOUND, "C:\\no\\such\\program.exe"},
        {"C:\\windows\\system32\\no such program.exe", "C:\\windows", SBX_E_PATH_NOT_FOUND,
         "no such program"},
        {"other_file.exe", "C:\\windows", SBX_E_ARGUMENT, "absolute"},
        {"\\windows\\other_file.exe", "C:\\windows", SBX_E_ARGUMENT, "absolute"},
        {"C:other_file.exe", "C:\\windows", SBX_E_ARGUMENT, "absolute"},
        {"", "C:\\windows", SBX_E_ARGUMENT, "absolute"},
        {"C:\\x\\build.bat", "C:\\windows", SBX_E_ARGUMENT, "batch"},
        {"C:\\x\\build.CMD", "C:\\windows", SBX_E_ARGUMENT, "batch"},
        {"C:\\x\\build.bat. .", "C:\\windows", SBX_E_ARGUMENT, "batch"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(start_with(cases[i].image, "x", cases[i].directory, NULL, &error), cases[i].status);
        CU_ASSERT_EQUAL(error.code, cases[i].status);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, cases[i].text));
    }
}

static void missing_directory_is_refused(void)
{
    struct sbx_error error = {0};
    char *image = NULL;

    CU_ASSERT_EQUAL_FATAL(process_own_file(&image, NULL), SBX_OK);
    CU_ASSERT_EQUAL(start_with(image, "x --child-exit 0", "C:\\no such folder", NULL, &error),
                    SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "no such folder"));
    memset(&error, 0, sizeof error);
    CU_ASSERT_EQUAL(start_with(image, "x --child-exit 0", "windows", NULL, &error), SBX_E_ARGUMENT);
    sbx_free(image);
}

static void environment_without_names_is_refused(void)
{
    const char *const bad[] = {"NAME", "=C:=C:\\x", "="};
    char *image = NULL;

    CU_ASSERT_EQUAL_FATAL(process_own_file(&image, NULL), SBX_OK);
    for (size_t i = 0; i < 3; i++) {
        const char *const texts[] = {"A=1", bad[i], NULL};
        struct sbx_strings environment = strings_of(texts);
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(start_with(image, "x --child-exit 0", "C:\\windows", &environment, &error),
                        SBX_E_ARGUMENT);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Entry 1"));
        strings_free(&environment);
    }
    sbx_free(image);
}

static void longest_command_line_passes_and_one_unit_more_does_not(void)
{
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    char *image = NULL;

    CU_ASSERT_EQUAL_FATAL(process_own_file(&image, NULL), SBX_OK);
    buffer_append_text(&line, "x --child-exit 0 ");
    while (line.size < 32766)
        buffer_append_text(&line, "y");
    CU_ASSERT_EQUAL(start_with(image, buffer_text(&line), "C:\\windows", NULL, NULL), SBX_OK);
    buffer_append_text(&line, "y");
    CU_ASSERT_EQUAL(start_with(image, buffer_text(&line), "C:\\windows", NULL, &error), SBX_E_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "32767"));
    buffer_free(&line);
    sbx_free(image);
}

static void program_starts_in_its_directory(void)
{
    char *output = NULL;
    size_t size = 0;
    static const WCHAR wanted[] = L"C:\\windows";

    CU_ASSERT_EQUAL(child_run_output(NULL, "--child-directory", &output, &size), 0);
    CU_ASSERT_EQUAL_FATAL(size, wcslen(wanted) * 2);
    CU_ASSERT(!_wcsnicmp((const WCHAR *)(void *)output, wanted, wcslen(wanted)));
    sbx_free(output);
}

/* The caller may have inheritable handles of its own (a host always has); the command must not see them. */
static void only_named_handles_are_inherited(void)
{
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE canary = CreateEventW(&inheritable, TRUE, FALSE, NULL);
    struct process_start start = {0};
    struct process process;
    char line[64];
    STARTUPINFOA startup;
    PROCESS_INFORMATION made;
    char path[MAX_PATH];
    char whole[MAX_PATH + 64];
    sbx_handle null = NULL;

    snprintf(line, sizeof line, "--child-set-event 0x%llx", (unsigned long long)handle_to_wire(canary));
    CU_ASSERT_EQUAL_FATAL(pipe_open_null(true, &null, NULL), SBX_OK);
    start.output = null;
    CU_ASSERT_NOT_EQUAL(child_run(&start, line), 0);
    CU_ASSERT_EQUAL(WaitForSingleObject(canary, 0), WAIT_TIMEOUT);

    memset(&start, 0, sizeof start); /* and with no handle at all */
    CU_ASSERT_NOT_EQUAL(child_run(&start, line), 0);
    CU_ASSERT_EQUAL(WaitForSingleObject(canary, 0), WAIT_TIMEOUT);

    /* The control: started plainly, a program does inherit it. */
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    GetModuleFileNameA(NULL, path, MAX_PATH);
    snprintf(whole, sizeof whole, "\"%s\" %s", path, line);
    CU_ASSERT_FATAL(
        CreateProcessA(path, whole, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &startup, &made));
    process.handle = made.hProcess;
    process.thread = made.hThread;
    CU_ASSERT_EQUAL(process_wait(process.handle, 30000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(WaitForSingleObject(canary, 0), WAIT_OBJECT_0);
    process_free(&process);
    handle_close(null);
    CloseHandle(canary);
}

/* Wine fills what is not given with handles of the console. */
static void standard_handles_are_those_given(void)
{
    struct process_start start = {0};
    uint32_t all = on_wine() ? 0 : 7;

    CU_ASSERT_EQUAL(child_run(&start, "--child-standard") & all, 0);
    CU_ASSERT_EQUAL_FATAL(pipe_open_null(true, &start.output, NULL), SBX_OK);
    CU_ASSERT_EQUAL(child_run(&start, "--child-standard") & (all | 2), 2);
    start.error = start.output; /* twice the same: the system's list of handles must not name it twice */
    CU_ASSERT_EQUAL(child_run(&start, "--child-standard") & (all | 6), 6);
    CU_ASSERT_EQUAL_FATAL(pipe_open_null(false, &start.input, NULL), SBX_OK);
    CU_ASSERT_EQUAL(child_run(&start, "--child-standard"), 7);
    handle_close(start.input);
    handle_close(start.output);
}

static void output_and_error_may_be_one_pipe(void)
{
    struct process_start start = {0};
    sbx_handle reading;
    char bytes[8] = "";
    size_t got = 0;

    CU_ASSERT_FATAL(CreatePipe(&reading, &start.output, NULL, 0));
    start.error = start.output;
    CU_ASSERT_EQUAL(child_run(&start, "--child-write-both"), 0);
    CU_ASSERT_EQUAL(pipe_read(reading, bytes, sizeof bytes, &got, NULL), SBX_OK);
    CU_ASSERT(got >= 2 && !memcmp(bytes, "oe", 2));
    handle_close(start.output);
    handle_close(reading);
}

static void given_handles_stay_as_the_caller_has_them(void)
{
    struct process_start start = {0};
    sbx_handle ours = NULL;
    DWORD flags = HANDLE_FLAG_INHERIT;
    uint32_t handles;

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &start.output, NULL), SBX_OK);
    CU_ASSERT_EQUAL(child_run(&start, "--child-exit 0"), 0);
    handles = open_handles();
    CU_ASSERT_EQUAL(child_run(&start, "--child-exit 0"), 0);
    CU_ASSERT_EQUAL(open_handles(), handles);
    CU_ASSERT(GetHandleInformation(start.output, &flags));
    CU_ASSERT_EQUAL(flags & HANDLE_FLAG_INHERIT, 0);
    handle_close(start.output);
    handle_close(ours);
}

static void process_is_in_its_job_before_it_runs(void)
{
    struct job_limits kept;
    struct process_start start = {0};
    struct process process;
    bool inside = false;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &start.job, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-sleep 60000", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(job_contains(start.job, process.handle, &inside, NULL), SBX_OK);
    CU_ASSERT(inside);
    handle_close(start.job);
    CU_ASSERT_EQUAL(process_wait(process.handle, 10000, NULL), SBX_OK);
    process_free(&process);
}

static unsigned children_alive(void)
{
    PROCESSENTRY32 entry;
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    unsigned count = 0;

    memset(&entry, 0, sizeof entry);
    entry.dwSize = sizeof entry;
    for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry))
        count += entry.th32ParentProcessID == GetCurrentProcessId();
    CloseHandle(snapshot);
    return count;
}

/*
 * A process whose job refuses it is ended: suspended for ever it would be an orphan outside of every limit. Without the
 * right to assign, creation is refused; without the right to query, it cannot be seen that the process is inside.
 */
static void what_cannot_be_seen_in_its_job_is_not_left_behind(void)
{
    static const DWORD rights[] = {JOB_OBJECT_QUERY, JOB_OBJECT_ASSIGN_PROCESS};
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION none = {0};
    struct job_limits kept;
    struct process_start start = {0};
    struct process process;
    sbx_handle job;
    unsigned before;

    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &job, &kept, NULL), SBX_OK);
    /* No limits: or closing it would end what was left. */
    CU_ASSERT(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &none, sizeof none));
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_FATAL(
            DuplicateHandle(GetCurrentProcess(), job, GetCurrentProcess(), &start.job, rights[i], FALSE, 0));
        Sleep(200); /* children of earlier tests may still be going */
        before = children_alive();
        CU_ASSERT_NOT_EQUAL(child_start(&start, "--child-sleep 20000", &process, NULL), SBX_OK);
        Sleep(200);
        CU_ASSERT_EQUAL(children_alive(), before);
        handle_close(start.job);
    }
    handle_close(job);
}

static void unix_program_is_refused_under_wine(void)
{
    struct sbx_error error = {0};

    if (!on_wine())
        HARNESS_SKIP("not under Wine");
    CU_ASSERT_EQUAL(start_with("\\\\?\\unix\\bin\\true", "true", "C:\\windows", NULL, &error),
                    SBX_E_UNSUPPORTED_HOST);
}

static void probe_finds_the_unix_program_under_wine(void)
{
    sbx_handle process = &process;

    if (!on_wine())
        HARNESS_SKIP("not under Wine");
    CU_ASSERT_EQUAL(process_probe_start("\\\\?\\unix\\bin\\true", "true", false, NULL, NULL, &process, NULL),
                    SBX_OK);
    CU_ASSERT_PTR_NULL(process);
}

static void probe_inherits_nothing(void)
{
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE canary = CreateEventW(&inheritable, TRUE, FALSE, NULL);
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    sbx_handle process = NULL;
    uint32_t exit_code = 0;
    char *image = NULL;

    CU_ASSERT_EQUAL_FATAL(process_own_file(&image, NULL), SBX_OK);
    buffer_append_format(&line, "\"%s\" --child-set-event 0x%llx", image,
                         (unsigned long long)handle_to_wire(canary));
    CU_ASSERT_EQUAL_FATAL(process_probe_start(image, buffer_text(&line), false, NULL, NULL, &process, NULL),
                          SBX_OK);
    CU_ASSERT_EQUAL(process_wait(process, 30000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_exit_code(process, &exit_code, NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(exit_code, 0);
    CU_ASSERT_EQUAL(WaitForSingleObject(canary, 0), WAIT_TIMEOUT);
    handle_close(process);
    CloseHandle(canary);
    buffer_free(&line);
    sbx_free(image);
}

/* Wine tells the CPU time of the one who asks, and no memory of a process that has ended. */
static void usage_tells_cpu_time(void)
{
    struct process process;
    uint64_t cpu_ms = 0;
    uint64_t peak = 0;

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-spin 400", &process, NULL), SBX_OK);
    process_resume(&process, NULL);
    CU_ASSERT_EQUAL(process_wait(process.handle, 30000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_usage(process.handle, &cpu_ms, &peak, NULL), SBX_OK);
    CU_ASSERT(on_wine() || (cpu_ms >= 350 && cpu_ms < 30000 && peak > 100000));
    process_free(&process);
    CU_ASSERT_EQUAL(process_usage(GetCurrentProcess(), &cpu_ms, &peak, NULL), SBX_OK);
    CU_ASSERT(peak > 100000);
}

static void process_that_is_not_there_cannot_be_opened(void)
{
    struct sbx_error error = {0};
    sbx_handle process = &process;

    CU_ASSERT_EQUAL(process_open(0x7FFFFFFC, PROCESS_TERMINATE, &process, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, ERROR_INVALID_PARAMETER);
    CU_ASSERT_PTR_EQUAL(process, &process);
}

/* What somebody else named by number is ended only where all of it is so. */
static void child_is_told_from_other_processes(void)
{
    struct process process;
    sbx_handle own = NULL;
    char *own_file = NULL, *other_file = NULL;
    int64_t before_ms = clock_utc_ms();

    CU_ASSERT_EQUAL_FATAL(process_own_file(&own_file, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(folder_path(FOLDER_SYSTEM, &other_file, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 60000", &process, NULL), SBX_OK);
    CU_ASSERT(process_is_child(process.handle, own_file, before_ms));
    CU_ASSERT(!process_is_child(process.handle, other_file, before_ms)); /* another file */
    CU_ASSERT(!process_is_child(process.handle, own_file, clock_utc_ms() + 1000));
    CU_ASSERT_EQUAL_FATAL(process_open(process_own_id(), PROCESS_QUERY_INFORMATION, &own, NULL), SBX_OK);
    CU_ASSERT(!process_is_child(own, own_file, 0)); /* it is its parent's */
    handle_close(own);
    process_terminate(process.handle, 1, NULL);
    process_free(&process);
    sbx_free(own_file);
    sbx_free(other_file);
}

static void own_file_is_this_program(void)
{
    char *path = NULL;

    CU_ASSERT_EQUAL_FATAL(process_own_file(&path, NULL), SBX_OK);
    CU_ASSERT(file_is_program(path));
    CU_ASSERT(text_matches("?:\\*.exe", path));
    sbx_free(path);
    CU_ASSERT_EQUAL(process_own_id(), GetCurrentProcessId());
    CU_ASSERT_PTR_NULL(process_standard(3));
}

static void own_environment_is_told_without_hidden_entries(void)
{
    struct sbx_strings environment = {NULL, 0};
    bool found = false;

    SetEnvironmentVariableW(L"=X:", L"X:\\hidden");
    SetEnvironmentVariableW(L"SBX_T\x00C4ST", L"\xD800=1");
    CU_ASSERT_EQUAL_FATAL(process_environment(&environment, NULL), SBX_OK);
    for (size_t i = 0; i < environment.count; i++) {
        CU_ASSERT_NOT_EQUAL(environment.items[i][0], '=');
        found |= !strcmp(environment.items[i], "SBX_T\xC3\x84ST=\xED\xA0\x80=1");
    }
    CU_ASSERT(found);
    SetEnvironmentVariableW(L"SBX_T\x00C4ST", NULL);
    SetEnvironmentVariableW(L"=X:", NULL);
    strings_free(&environment);
}

static sbx_status attempt_start(void *context, struct sbx_error *error)
{
    struct process process = {.id = 5};
    sbx_status status = child_start(context, "--child-sleep 60000", &process, error);

    if (status) {
        CU_ASSERT_PTR_NULL(process.handle);
        return status;
    }
    process_terminate(process.handle, 1, NULL);
    process_wait(process.handle, 10000, NULL);
    process_free(&process);
    return SBX_OK;
}

static void starting_survives_memory_running_out_anywhere(void)
{
    struct token_recipe recipe;
    struct process_start start = {0};
    struct job_limits kept;
    struct job_usage usage = {0};

    memset(&recipe, 0, sizeof recipe);
    CU_ASSERT_EQUAL_FATAL(job_create(&no_limits, &start.job, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &start.token, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(pipe_open_null(true, &start.output, NULL), SBX_OK);
    expect_memory_failures(attempt_start, &start);

    /* And no failure has left a process behind. */
    CU_ASSERT_EQUAL(job_measure(start.job, &usage, NULL), SBX_OK);
    CU_ASSERT_EQUAL(usage.active_count, 0);
    handle_close(start.output);
    handle_close(start.token);
    handle_close(start.job);
}

/* The directory that the program stands in is where DLLs are planted. */
static void hardened_program_loads_nothing_from_the_current_directory(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    char system[MAX_PATH];

    GetSystemDirectoryA(system, MAX_PATH);
    buffer_append_format(&path, "%s\\sbx-planted.dll", scratch_folder());
    buffer_append_format(&line, "%s\\version.dll", system);
    CU_ASSERT(CopyFileA(buffer_text(&line), buffer_text(&path), FALSE));
    buffer_free(&line);
    buffer_append_format(&line, "--child-harden \"%s\"", scratch_folder());
    CU_ASSERT_EQUAL(child_run(NULL, buffer_text(&line)), 0);

    /* The control: without hardening it is loaded. */
    buffer_free(&line);
    buffer_append_format(&line, "--child-load \"%s\"", scratch_folder());
    CU_ASSERT_EQUAL(child_run(NULL, buffer_text(&line)), 2);
    CU_ASSERT_EQUAL(file_delete(buffer_text(&path), NULL), SBX_OK);
    buffer_free(&line);
    buffer_free(&path);
}

const struct harness_suite process_suite = {
    "process",
    (const struct harness_test[]){
        {"a process is suspended until it is resumed", process_is_suspended_until_it_is_resumed},
        {"exit codes keep all 32 bits", exit_codes_keep_all_32_bits},
        {"the exit code of a running program is refused", exit_code_of_a_running_program_is_refused},
        {"a command line arrives unchanged", command_line_arrives_unchanged},
        {"an environment is sorted without case and the last value counts",
         environment_is_sorted_without_case_and_the_last_value_counts},
        {"no environment is none", no_environment_is_none},
        {"bad requests are refused and say why", bad_requests_are_refused_and_say_why},
        {"a missing directory is refused", missing_directory_is_refused},
        {"an environment without names is refused", environment_without_names_is_refused},
        {"the longest command line passes and one unit more does not",
         longest_command_line_passes_and_one_unit_more_does_not},
        {"a program starts in its directory", program_starts_in_its_directory},
        {"only named handles are inherited", only_named_handles_are_inherited},
        {"standard handles are those given", standard_handles_are_those_given},
        {"output and error may be one pipe", output_and_error_may_be_one_pipe},
        {"given handles stay as the caller has them", given_handles_stay_as_the_caller_has_them},
        {"a process is in its job before it runs", process_is_in_its_job_before_it_runs},
        {"what cannot be seen in its job is not left behind",
         what_cannot_be_seen_in_its_job_is_not_left_behind},
        {"a Unix program is refused under Wine", unix_program_is_refused_under_wine},
        {"a probe finds the Unix program under Wine", probe_finds_the_unix_program_under_wine},
        {"a probe inherits nothing", probe_inherits_nothing},
        {"usage tells CPU time", usage_tells_cpu_time},
        {"a process that is not there cannot be opened", process_that_is_not_there_cannot_be_opened},
        {"a child is told from other processes", child_is_told_from_other_processes},
        {"the own file is this program", own_file_is_this_program},
        {"the own environment is told without hidden entries",
         own_environment_is_told_without_hidden_entries},
        {"memory running out anywhere leaves no process and no handle",
         starting_survives_memory_running_out_anywhere},
        {"a hardened program loads nothing from the current directory",
         hardened_program_loads_nothing_from_the_current_directory},
        {NULL, NULL},
    },
};
