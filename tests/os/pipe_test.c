/*
 * pipe_test.c - pipes between us and a command, used directly.
 */
#include "os/pipe.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/native.h"
#include "os/security.h"
#include "support/harness.h"

#include <string.h>

static bool is_inheritable(HANDLE handle)
{
    DWORD flags = HANDLE_FLAG_INHERIT;

    CU_ASSERT(GetHandleInformation(handle, &flags));
    return flags & HANDLE_FLAG_INHERIT;
}

static void neither_end_is_inherited_unless_it_is_named(void)
{
    sbx_handle ours;
    sbx_handle theirs;

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_FALSE(is_inheritable(ours));
    CU_ASSERT_FALSE(is_inheritable(theirs));
    handle_close(ours);
    handle_close(theirs);
}

/* Our end is overlapped, so here it gives its event a chance. */
static sbx_status read_ours(HANDLE ours, void *bytes, size_t capacity, DWORD *got)
{
    OVERLAPPED overlapped;
    sbx_status status = SBX_OK;

    memset(&overlapped, 0, sizeof overlapped);
    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    *got = 0;
    if (!ReadFile(ours, bytes, (DWORD)capacity, NULL, &overlapped) && GetLastError() != ERROR_IO_PENDING)
        status = SBX_E_CLOSED;
    else if (!GetOverlappedResult(ours, &overlapped, got, TRUE))
        status = SBX_E_CLOSED;
    CloseHandle(overlapped.hEvent);
    return status;
}

static void command_writes_and_we_read_until_its_end_is_closed(void)
{
    sbx_handle ours;
    sbx_handle theirs;
    char bytes[16] = "";
    DWORD got;

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_write(theirs, "hello", 5, NULL), SBX_OK);
    CU_ASSERT_EQUAL(read_ours(ours, bytes, sizeof bytes, &got), SBX_OK);
    CU_ASSERT_EQUAL(got, 5);
    CU_ASSERT(!memcmp(bytes, "hello", 5));
    handle_close(theirs);
    CU_ASSERT_EQUAL(read_ours(ours, bytes, sizeof bytes, &got), SBX_E_CLOSED);
    handle_close(ours);
}

static void command_reads_to_an_end_of_file(void)
{
    sbx_handle ours;
    sbx_handle theirs;
    OVERLAPPED overlapped;
    char bytes[16] = "";
    size_t got = 99;

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_WRITTEN_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    memset(&overlapped, 0, sizeof overlapped);
    CU_ASSERT(WriteFile(ours, "abc", 3, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CU_ASSERT_EQUAL(pipe_read(theirs, bytes, sizeof bytes, &got, NULL), SBX_OK);
    CU_ASSERT_EQUAL(got, 3);
    handle_close(ours);
    CU_ASSERT_EQUAL(pipe_read(theirs, bytes, sizeof bytes, &got, NULL), SBX_OK);
    CU_ASSERT_EQUAL(got, 0);
    handle_close(theirs);
}

static void write_that_nobody_reads_says_closed(void)
{
    sbx_handle ours;
    sbx_handle theirs;
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    handle_close(ours);
    CU_ASSERT_EQUAL(pipe_write(theirs, "x", 1, &error), SBX_E_CLOSED);
    CU_ASSERT_EQUAL(error.code, SBX_E_CLOSED);
    CU_ASSERT(error.text[0] != '\0');
    handle_close(theirs);
}

static void write_of_nothing_is_not_the_end(void)
{
    HANDLE reading;
    HANDLE writing;
    DWORD written;
    size_t got;
    char byte = 0;

    CU_ASSERT_FATAL(CreatePipe(&reading, &writing, NULL, 0));
    WriteFile(writing, "", 0, &written, NULL);
    WriteFile(writing, "b", 1, &written, NULL);
    CU_ASSERT_EQUAL(pipe_read(reading, &byte, 1, &got, NULL), SBX_OK);
    CU_ASSERT_EQUAL(got, 1);
    CU_ASSERT_EQUAL(byte, 'b');
    CloseHandle(writing);
    CloseHandle(reading);
}

static void every_end_has_only_its_direction(void)
{
    sbx_handle ours;
    sbx_handle theirs;
    size_t got;
    char byte;

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_read(theirs, &byte, 1, &got, NULL), SBX_E_SYSTEM);
    handle_close(ours);
    handle_close(theirs);
    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_WRITTEN_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_write(theirs, "x", 1, NULL), SBX_E_SYSTEM);
    handle_close(ours);
    handle_close(theirs);
}

/* Programs ask for the state of the pipe that is their standard output, and set it. */
static void command_can_ask_for_its_pipes_state(void)
{
    sbx_handle ours;
    sbx_handle theirs;
    DWORD state;

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL(GetFileType(theirs), FILE_TYPE_PIPE);
    CU_ASSERT(GetNamedPipeHandleStateW(theirs, &state, NULL, NULL, NULL, NULL, 0));
    handle_close(ours);
    handle_close(theirs);
}

static void nobody_but_the_user_is_let_in(void)
{
    sbx_handle ours;
    sbx_handle theirs;
    void *descriptor;
    ACL *acl;
    ACCESS_ALLOWED_ACE *entry;

    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(security_object_acl(ours, &descriptor, &acl, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(acl);
    CU_ASSERT_EQUAL(acl->AceCount, 1);
    CU_ASSERT(GetAce(acl, 0, (void **)&entry));
    CU_ASSERT_EQUAL(entry->Header.AceType, ACCESS_ALLOWED_ACE_TYPE);
    CU_ASSERT_FALSE(IsWellKnownSid(&entry->SidStart, WinWorldSid));
    sbx_free(descriptor);
    handle_close(ours);
    handle_close(theirs);
}

static void null_device_reads_nothing_and_takes_everything(void)
{
    sbx_handle null;
    size_t got = 99;
    char byte;

    CU_ASSERT_EQUAL_FATAL(pipe_open_null(false, &null, NULL), SBX_OK);
    CU_ASSERT(is_inheritable(null));
    CU_ASSERT_EQUAL(pipe_read(null, &byte, 1, &got, NULL), SBX_OK);
    CU_ASSERT_EQUAL(got, 0);
    handle_close(null);
    CU_ASSERT_EQUAL_FATAL(pipe_open_null(true, &null, NULL), SBX_OK);
    CU_ASSERT_EQUAL(pipe_write(null, "x", 1, NULL), SBX_OK);
    handle_close(null);
}

static sbx_status attempt_pipe(void *context, struct sbx_error *error)
{
    sbx_handle ours = context;
    sbx_handle theirs = context;
    sbx_status status = pipe_create(PIPE_READ_BY_US, 4096, &ours, &theirs, error);

    if (status) {
        CU_ASSERT_PTR_EQUAL(ours, context);
        CU_ASSERT_PTR_EQUAL(theirs, context);
        return status;
    }
    handle_close(ours);
    handle_close(theirs);
    return SBX_OK;
}

static void pipe_survives_memory_running_out_anywhere(void)
{
    int place;

    expect_memory_failures(attempt_pipe, &place);
}

const struct harness_suite pipe_suite = {
    "pipe",
    (const struct harness_test[]){
        {"neither end is inherited unless it is named", neither_end_is_inherited_unless_it_is_named},
        {"a command writes and we read until its end is closed",
         command_writes_and_we_read_until_its_end_is_closed},
        {"a command reads to an end of file", command_reads_to_an_end_of_file},
        {"a write that nobody reads says closed", write_that_nobody_reads_says_closed},
        {"a write of nothing is not the end", write_of_nothing_is_not_the_end},
        {"every end has only its direction", every_end_has_only_its_direction},
        {"a command can ask for its pipe's state", command_can_ask_for_its_pipes_state},
        {"nobody but the user is let in", nobody_but_the_user_is_let_in},
        {"the null device reads nothing and takes everything",
         null_device_reads_nothing_and_takes_everything},
        {"memory running out anywhere loses no handle", pipe_survives_memory_running_out_anywhere},
        {NULL, NULL},
    },
};
