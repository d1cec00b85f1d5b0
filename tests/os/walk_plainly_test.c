/*
 * walk_plainly_test.c - what file_walk_plainly asks the system for. An account that may pass above a workspace has FILE_READ_ATTRIBUTES there
 * and no more: who asks for SYNCHRONIZE as well is refused. No list of this host could show that under Wine, so the masks are looked at.
 *
 * This file has filesystem_walk.c's functions for itself, with a NtOpenFile that writes down what it is asked.
 */
#include "os/native.h"

static native_function recorded_call(const WCHAR *dll, const char *name);

#define file_walk_plainly      walk_plainly_here
#define native_walk_open       walk_open_here
#define native_link_target     link_target_here
#define native_way_on          way_on_here
#define native_is_local_target is_local_target_here
#define native_call            recorded_call
#include "os/filesystem_walk.c"
#undef native_call

#include "os/child.h"
#include "support/harness.h"

#define MOST_OPENS 32
#define RIGHTS     (FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE)

static struct {
    ACCESS_MASK access[MOST_OPENS];
    ULONG options[MOST_OPENS];
    size_t count;
} opens;

static LONG NTAPI record_open(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
                              IO_STATUS_BLOCK *block, ULONG share, ULONG options)
{
    open_file real = (open_file)native_call(L"ntdll.dll", "NtOpenFile");

    if (opens.count < MOST_OPENS) {
        opens.access[opens.count] = access;
        opens.options[opens.count] = options;
    }
    opens.count++;
    return real(file, access, attributes, block, share, options);
}

static native_function recorded_call(const WCHAR *dll, const char *name)
{
    return strcmp(name, "NtOpenFile") ? native_call(dll, name) : (native_function)record_open;
}

static void open_and_close(const char *path, enum native_links links)
{
    const struct native_walk walk = {RIGHTS, SHARE_ALL, 0, links};
    HANDLE file;
    bool reparse;

    opens.count = 0;
    CU_ASSERT_EQUAL_FATAL(walk_open_here(path, &walk, &file, &reparse, NULL), SBX_OK);
    CloseHandle(file);
    CU_ASSERT_FALSE(reparse);
}

/* A handle that is waited on by the calls themselves wants SYNCHRONIZE, too: the system refuses the option without the right. */
static void expect_no_synchronize(size_t from, size_t to)
{
    for (size_t i = from; i < to && i < MOST_OPENS; i++) {
        CU_ASSERT_EQUAL(opens.access[i], FILE_READ_ATTRIBUTES);
        CU_ASSERT_EQUAL(opens.options[i] & (FILE_SYNCHRONOUS_IO_NONALERT | FILE_SYNCHRONOUS_IO_ALERT), 0);
    }
}

/* Only what is meant is opened with the rights that are wanted; on the way to it, and to see whether it is a link, attributes do. */
static void nothing_but_the_last_name_is_opened_with_more_than_attributes(void)
{
    char *system = NULL;

    CU_ASSERT_EQUAL_FATAL(folder_path(FOLDER_SYSTEM, &system, NULL), SBX_OK); /* C:\Windows\System32 */
    open_and_close(system, NATIVE_LOCAL_LINKS);
    CU_ASSERT_EQUAL(opens.count, 3);
    expect_no_synchronize(0, 2);
    CU_ASSERT_EQUAL(opens.access[2], RIGHTS);
    CU_ASSERT(opens.options[2] & FILE_COMPLETE_IF_OPLOCKED); /* nobody makes it wait */

    /* From here on this file's functions walk plainly: those of the other tests do not. */
    walk_plainly_here();
    for (enum native_links links = NATIVE_LOCAL_LINKS; links <= NATIVE_LAST_ITSELF; links++) {
        open_and_close(system, links);
        CU_ASSERT_EQUAL(opens.count, 2); /* no folder on the way */
        expect_no_synchronize(0, 1);
        CU_ASSERT(opens.options[0] & FILE_OPEN_REPARSE_POINT);
        CU_ASSERT_EQUAL(opens.access[1], RIGHTS);
        CU_ASSERT(opens.options[1] & FILE_COMPLETE_IF_OPLOCKED);
        CU_ASSERT_EQUAL((opens.options[1] & FILE_OPEN_REPARSE_POINT) != 0, links == NATIVE_LAST_ITSELF);
    }
    open_and_close(system, NATIVE_NO_LINKS); /* as before, name by name */
    CU_ASSERT_EQUAL(opens.count, 3);
    expect_no_synchronize(0, 2);
    sbx_free(system);
}

static void no_right_is_asked_of_what_is_not_there(void)
{
    const struct native_walk walk = {RIGHTS, SHARE_ALL, 0, NATIVE_LOCAL_LINKS};
    struct sbx_error error = {0};
    HANDLE file;
    bool reparse = true;

    walk_plainly_here();
    opens.count = 0;
    CU_ASSERT_EQUAL(walk_open_here("C:\\no such folder\\x", &walk, &file, &reparse, &error),
                    SBX_E_PATH_NOT_FOUND);
    CU_ASSERT(reparse && error.text[0]);
    CU_ASSERT_EQUAL(opens.count, 2);
    expect_no_synchronize(0, 1);
}

const struct harness_suite walk_plainly_suite = {
    "walk_plainly",
    (const struct harness_test[]){
        {"nothing but the last name is opened with more than attributes",
         nothing_but_the_last_name_is_opened_with_more_than_attributes},
        {"what is not there is asked for in the same way", no_right_is_asked_of_what_is_not_there},
        {NULL, NULL},
    },
};
