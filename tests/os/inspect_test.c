/*
 * inspect_test.c - what a suspended process was given is read back from it: desktop, handles, policies; and what a
 * working directory and a terminal take.
 */
#include "base/memory.h"
#include "os/child.h"
#include "os/console.h"
#include "os/desktop.h"
#include "os/filesystem.h"
#include "os/job.h"
#include "os/native.h"
#include "os/pipe.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

static struct process_facts inspect(const struct process *process)
{
    struct process_facts facts = {0};

    CU_ASSERT_EQUAL_FATAL(process_inspect(process, NULL, &facts, NULL), SBX_OK);
    return facts;
}

static void end(struct process *process)
{
    process_terminate(process->handle, 0, NULL);
    process_free(process);
}

/* The three given ones are none too many; an inheritable one beside them, which the list leaves out, is not there. */
static void given_handles_are_no_leak(void)
{
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE beside = CreateEventW(&inheritable, TRUE, FALSE, NULL);
    struct process_start start = {0};
    struct process process;
    struct process_facts facts;

    CU_ASSERT_EQUAL_FATAL(pipe_open_null(false, &start.input, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(pipe_open_null(true, &start.output, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-exit 0", &process, NULL), SBX_OK);
    CU_ASSERT(process.given[0] && process.given[1] && !process.given[2]);
    facts = inspect(&process);
    CU_ASSERT(facts.handles_known);
    CU_ASSERT_EQUAL(facts.leak_count, 0);
    process_facts_free(&facts);
    end(&process);
    handle_close(start.input);
    handle_close(start.output);
    CloseHandle(beside);
}

/* As a program makes a child that takes no care: everything inheritable goes along. */
static void inherited_handle_that_was_not_given_is_a_leak(void)
{
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE leaked = CreateEventW(&inheritable, TRUE, FALSE, NULL);
    WCHAR path[MAX_PATH], line[MAX_PATH + 32];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION made;
    struct process process = {0};
    struct process_facts facts;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    _snwprintf(line, MAX_PATH + 32, L"\"%ls\" --child-exit 0", path);
    CU_ASSERT_FATAL(CreateProcessW(path, line, NULL, NULL, TRUE, CREATE_SUSPENDED | CREATE_NO_WINDOW, NULL,
                                   NULL, &startup, &made));
    process.handle = made.hProcess;
    process.thread = made.hThread;
    process.id = made.dwProcessId;
    facts = inspect(&process);
    CU_ASSERT(facts.leak_count >= 1);
    process_facts_free(&facts);
    end(&process);
    CloseHandle(leaked);
}

static void adopted_process_is_inspected_against_the_one_that_made_it(void)
{
    struct process process;
    struct process adopted = {0};
    struct process_facts facts;

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 60000", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(process_adopt(process.id, &adopted.handle, NULL), SBX_OK);
    adopted.id = process.id;
    CU_ASSERT_EQUAL_FATAL(process_inspect(&adopted, process.handle, &facts, NULL), SBX_OK);
    process_facts_free(&facts);
    CU_ASSERT_EQUAL(process_terminate(adopted.handle, 5, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(adopted.handle, 10000, NULL), SBX_OK);
    process_free(&adopted);
    process_free(&process);
    CU_ASSERT_EQUAL(process_adopt(0xFFFFFFF0u, &adopted.handle, NULL), SBX_E_SYSTEM);
}

/* Wine 8.0 takes the attribute with TRUE and has no policies: they must come out as not there. */
static void mitigation_policies_are_those_that_read_back(void)
{
    struct process_start start = {.mitigations = process_mitigations()};
    struct process process;
    struct process_facts facts;

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-exit 0", &process, NULL), SBX_OK);
    facts = inspect(&process);
    CU_ASSERT_EQUAL(facts.mitigations, 0);
    process_facts_free(&facts);
    end(&process);

    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-exit 0", &process, NULL), SBX_OK);
    facts = inspect(&process);
    CU_ASSERT_EQUAL(facts.mitigations, on_wine() ? 0 : start.mitigations);
    process_facts_free(&facts);
    end(&process);
    CU_ASSERT_EQUAL(child_run(&start, "--child-exit 3"), 3); /* a program lives with them */
}

static void process_starts_on_the_desktop_that_was_named(void)
{
    struct process_start start = {0};
    struct desktop *desktop;
    struct process process;
    struct process_facts facts;
    char *name = NULL;
    void *descriptor;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(desktop_create("sbx-os-test", &desktop, &name, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(name, "\\sbx-os-test"));
    for (int object = 0; object < DESKTOP_OBJECT_COUNT; object++) {
        CU_ASSERT_EQUAL_FATAL(desktop_read(desktop, (enum desktop_object)object, &descriptor, &size, NULL),
                              SBX_OK);
        CU_ASSERT(size >= 20 && ((const uint8_t *)descriptor)[3] & 0x80); /* SE_SELF_RELATIVE */
        CU_ASSERT_EQUAL(desktop_write(desktop, (enum desktop_object)object, descriptor, NULL), SBX_OK);
        sbx_free(descriptor);
    }
    start.desktop = name;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-exit 0", &process, NULL), SBX_OK);
    facts = inspect(&process);
    CU_ASSERT_PTR_NOT_NULL_FATAL(facts.desktop);
    CU_ASSERT_STRING_EQUAL(facts.desktop, name);
    process_facts_free(&facts);
    end(&process);
    desktop_close(desktop);
    sbx_free(name);
}

static void pipe_in_time_gives_up_and_tells_the_end(void)
{
    char bytes[16];
    size_t got = 7;
    sbx_handle ours, theirs;
    uint64_t start = GetTickCount64();

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_read_within(ours, bytes, sizeof bytes, 200, &got, NULL), SBX_E_TIMEOUT);
    CU_ASSERT(GetTickCount64() - start >= 150);
    CU_ASSERT_EQUAL(got, 7);
    CU_ASSERT_EQUAL(pipe_write(theirs, "abc", 3, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_read_within(ours, bytes, sizeof bytes, 5000, &got, NULL), SBX_OK);
    CU_ASSERT(got == 3 && !memcmp(bytes, "abc", 3));
    handle_close(theirs);
    CU_ASSERT_EQUAL(pipe_read_within(ours, bytes, sizeof bytes, 5000, &got, NULL), SBX_OK);
    CU_ASSERT_EQUAL(got, 0);
    handle_close(ours);

    /* A peer that does not read: what fits is taken, what does not is given up. */
    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_WRITTEN_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_write_within(ours, "abc", 3, 1000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_read(theirs, bytes, sizeof bytes, &got, NULL), SBX_OK);
    CU_ASSERT_EQUAL(got, 3);
    handle_close(theirs);
    CU_ASSERT_EQUAL(pipe_write_within(ours, "abc", 3, 1000, NULL), SBX_E_CLOSED);
    handle_close(ours);
}

static void terminals_size_is_checked_before_anything_is_made(void)
{
    static const uint32_t wrong[][2] = {
        {0, 25}, {80, 0}, {CONSOLE_MOST_CELLS + 1, 25}, {80, CONSOLE_MOST_CELLS + 1}};
    struct console *console = NULL;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT_EQUAL(console_create(wrong[i][0], wrong[i][1], NULL, NULL, &console, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_PTR_NULL(console);
    console_close(NULL);
}

static void held_folder_tells_where_it_really_is(void)
{
    sbx_handle folder = NULL;
    char *final_path = NULL;
    char path[MAX_PATH];

    CU_ASSERT_EQUAL_FATAL(folder_hold(scratch_folder(), &folder, &final_path, NULL), SBX_OK);
    CU_ASSERT(text_equal_ascii_nocase(final_path, scratch_folder()));
    sbx_free(final_path);
    handle_close(folder);

    snprintf(path, sizeof path, "%s\\missing", scratch_folder());
    CU_ASSERT_EQUAL(folder_hold(path, &folder, &final_path, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(folder_hold("relative", &folder, &final_path, NULL), SBX_E_ARGUMENT);
    snprintf(path, sizeof path, "%s\\file", scratch_folder());
    CU_ASSERT_EQUAL_FATAL(file_create(path, "x", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_hold(path, &folder, &final_path, NULL), SBX_E_PATH_NOT_FOUND);
    file_delete(path, NULL);
}

static void link_is_held_where_it_leads(void)
{
    sbx_handle folder = NULL;
    char *final_path = NULL;
    char target[MAX_PATH], link[MAX_PATH];

    snprintf(target, sizeof target, "%s\\real", scratch_folder());
    snprintf(link, sizeof link, "%s\\link", scratch_folder());
    CU_ASSERT_EQUAL_FATAL(folder_create(target, NULL), SBX_OK);
    if (!make_link("link", "real")) {
        folder_delete(target, NULL);
        HARNESS_SKIP("no link can be made here");
    }
    CU_ASSERT_EQUAL_FATAL(folder_hold(link, &folder, &final_path, NULL), SBX_OK);
    CU_ASSERT(text_equal_ascii_nocase(final_path, target));
    sbx_free(final_path);
    handle_close(folder);
    remove_link("link");
    folder_delete(target, NULL);
}

static void held_folder_stays_where_it_is(void)
{
    sbx_handle folder = NULL;
    char *final_path = NULL;
    char path[MAX_PATH];
    WCHAR *from, *to;
    BOOL moved;

    snprintf(path, sizeof path, "%s\\held", scratch_folder());
    CU_ASSERT_EQUAL_FATAL(folder_create(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(folder_hold(path, &folder, &final_path, NULL), SBX_OK);
    sbx_free(final_path);
    CU_ASSERT_EQUAL(native_path(path, &from, NULL), SBX_OK);
    strncat(path, "-moved", sizeof path - strlen(path) - 1);
    CU_ASSERT_EQUAL(native_path(path, &to, NULL), SBX_OK);
    moved = MoveFileW(from, to);
    handle_close(folder);
    RemoveDirectoryW(moved ? to : from);
    sbx_free(from);
    sbx_free(to);
    CU_ASSERT(!moved);
}

const struct harness_suite inspect_suite = {
    "inspect",
    (const struct harness_test[]){
        {"given handles are no leak", given_handles_are_no_leak},
        {"an inherited handle that was not given is a leak", inherited_handle_that_was_not_given_is_a_leak},
        {"an adopted process is inspected against the one that made it",
         adopted_process_is_inspected_against_the_one_that_made_it},
        {"mitigation policies are those that read back", mitigation_policies_are_those_that_read_back},
        {"a process starts on the desktop that was named", process_starts_on_the_desktop_that_was_named},
        {"a pipe in time gives up, and tells the end", pipe_in_time_gives_up_and_tells_the_end},
        {"a terminal's size is checked before anything is made",
         terminals_size_is_checked_before_anything_is_made},
        {"a held folder tells where it really is", held_folder_tells_where_it_really_is},
        {"a link is held where it leads", link_is_held_where_it_leads},
        {"a held folder stays where it is", held_folder_stays_where_it_is},
        {NULL, NULL},
    },
};
