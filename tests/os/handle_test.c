/*
 * handle_test.c - handles that go into another process: the runner gets the ends of a command's pipes this way.
 */
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

#include <stdio.h>

/* The value may be used again at once, for something else of the other process: told apart by what an event can. */
static bool has_our_event(HANDLE process, uint64_t remote, HANDLE event)
{
    HANDLE back;
    bool same;

    if (!DuplicateHandle(process, handle_from_wire(remote), GetCurrentProcess(), &back, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return false;
    ResetEvent(event);
    same = SetEvent(back) && WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
    CloseHandle(back);
    return same;
}

static void given_handle_works_in_the_other_process_and_can_be_taken_back(void)
{
    struct process process;
    uint64_t remote;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 60000", &process, NULL), SBX_OK);
    process_resume(&process, NULL); /* under Wine the other process takes part in a duplication */
    CU_ASSERT_EQUAL(handle_give(process.handle, event, false, &remote, NULL), SBX_OK);

    CU_ASSERT(has_our_event(process.handle, remote, event));
    handle_take_back(process.handle, remote);
    CU_ASSERT_FALSE(has_our_event(process.handle, remote, event));
    CloseHandle(event);
    process_terminate(process.handle, 1, NULL);
    process_free(&process);
}

static void giving_to_a_process_that_may_not_be_given_to_leaves_the_output_alone(void)
{
    struct process process;
    struct sbx_error error = {0};
    uint64_t remote = 77;
    sbx_handle poor;

    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-exit 0", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(process_open(process.id, PROCESS_QUERY_INFORMATION, &poor, NULL), SBX_OK);
    CU_ASSERT_EQUAL(handle_give(poor, process.handle, false, &remote, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, ERROR_ACCESS_DENIED);
    CU_ASSERT_EQUAL(remote, 77);
    handle_close(poor);
    process_terminate(process.handle, 1, NULL);
    process_free(&process);
}

static void handles_keep_their_value_on_the_wire_between_32_and_64_bits(void)
{
    CU_ASSERT_EQUAL(handle_to_wire(NULL), 0);
    CU_ASSERT_PTR_NULL(handle_from_wire(0));
    CU_ASSERT_EQUAL(handle_to_wire((sbx_handle)(uintptr_t)0x1a4), 0x1a4);
    CU_ASSERT_PTR_EQUAL(handle_from_wire(0x1a4), (sbx_handle)(uintptr_t)0x1a4);
    CU_ASSERT_EQUAL(handle_to_wire(INVALID_HANDLE_VALUE), 0xFFFFFFFFu);
    CU_ASSERT_PTR_EQUAL(handle_from_wire(handle_to_wire(INVALID_HANDLE_VALUE)), INVALID_HANDLE_VALUE);
    CU_ASSERT_PTR_EQUAL(handle_from_wire(0xFFFFFFFFu), INVALID_HANDLE_VALUE);
    handle_close(NULL);
}

const struct harness_suite handle_suite = {
    "handle",
    (const struct harness_test[]){
        {"a given handle works in the other process and can be taken back",
         given_handle_works_in_the_other_process_and_can_be_taken_back},
        {"a refused gift leaves the output alone",
         giving_to_a_process_that_may_not_be_given_to_leaves_the_output_alone},
        {"handles keep their value on the wire between 32 and 64 bits",
         handles_keep_their_value_on_the_wire_between_32_and_64_bits},
        {NULL, NULL},
    },
};
