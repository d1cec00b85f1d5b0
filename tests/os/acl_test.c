/*
 * acl_test.c - before anybody edits the access control lists of a user's files: does this host keep them?
 */
#include "os/acl.h"
#include "base/buffer.h"
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

#include <string.h>

static unsigned files_in(const char *folder)
{
    struct sbx_buffer pattern = SBX_BUFFER_EMPTY;
    WIN32_FIND_DATAA found;
    HANDLE search;
    unsigned count = 0;

    buffer_append_format(&pattern, "%s\\*", folder);
    search = FindFirstFileA(buffer_text(&pattern), &found);
    buffer_free(&pattern);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileA(search, &found));
    FindClose(search);
    return count;
}

/* Wine folds every list into the mode bits of the owner, whatever the volume says; NTFS keeps it. */
static void lists_are_kept_on_windows_and_not_under_wine(void)
{
    bool kept = on_wine();
    unsigned before = files_in(scratch_folder());

    CU_ASSERT_EQUAL_FATAL(acl_host_keeps_entries(scratch_folder(), &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL(kept, !on_wine());
    CU_ASSERT_EQUAL(files_in(scratch_folder()), before); /* nothing is left behind */
}

static void folder_that_is_not_there_is_an_error(void)
{
    struct sbx_error error = {0};
    bool kept = true;

    CU_ASSERT_NOT_EQUAL(acl_host_keeps_entries("C:\\no such folder", &kept, &error), SBX_OK);
    CU_ASSERT(kept);
    CU_ASSERT(error.text[0] != '\0');
}

static sbx_status attempt_acl(void *context, struct sbx_error *error)
{
    bool kept;

    return acl_host_keeps_entries(context, &kept, error);
}

static void question_survives_memory_running_out(void)
{
    expect_memory_failures(attempt_acl, (char *)scratch_folder());
    CU_ASSERT_EQUAL(files_in(scratch_folder()), 2); /* . and .. */
}

const struct harness_suite acl_suite = {
    "acl",
    (const struct harness_test[]){
        {"lists of files are kept on Windows and not under Wine",
         lists_are_kept_on_windows_and_not_under_wine},
        {"a folder that is not there is an error", folder_that_is_not_there_is_an_error},
        {"memory running out leaves no file behind", question_survives_memory_running_out},
        {NULL, NULL},
    },
};
