/*
 * machine_lock_test.c - one holder on the machine, and nobody who is no administrator can be in his way.
 */
#include "base/memory.h"
#include "os/child.h"
#include "os/lock.h"
#include "os/native.h"
#include "os/token.h"
#include "support/harness.h"

#include <string.h>
#include <wchar.h>

#define SKIP_UNLESS_ELEVATED()                                        \
    do {                                                              \
        if (!is_elevated())                                           \
            HARNESS_SKIP("only an administrator may take this lock"); \
    } while (0)

static bool is_there(void)
{
    static const WCHAR name[] = L"\\sbxcom-setup.lock";
    WCHAR path[MAX_PATH + 32];
    UINT length = GetSystemWindowsDirectoryW(path, MAX_PATH);

    memcpy(path + length, name, sizeof name);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES || GetLastError() != ERROR_FILE_NOT_FOUND;
}

static void one_holder_at_a_time_and_nothing_is_left(void)
{
    struct machine_lock *lock = NULL;
    struct machine_lock *other = NULL;
    struct sbx_error error = {0};

    SKIP_UNLESS_ELEVATED();
    CU_ASSERT_EQUAL_FATAL(machine_lock_take(0, &lock, NULL), SBX_OK);
    CU_ASSERT_EQUAL(machine_lock_take(0, &other, &error), SBX_E_TIMEOUT); /* not even the same process */
    CU_ASSERT_PTR_NULL(other);
    CU_ASSERT(strlen(error.text) > 20);
    CU_ASSERT_EQUAL(child_run(NULL, "--child-machine-lock 200"), SBX_E_TIMEOUT);
    CU_ASSERT(is_there());
    machine_lock_release(lock);
    CU_ASSERT_FALSE(is_there());
    machine_lock_release(NULL);
}

static void a_holder_that_dies_lets_go(void)
{
    struct machine_lock *lock = NULL;

    SKIP_UNLESS_ELEVATED();
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(child_run(NULL, "--child-machine-lock 2000"), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(machine_lock_take(2000, &lock, NULL), SBX_OK);
    machine_lock_release(lock);
}

static sbx_status attempt_take(void *context, struct sbx_error *error)
{
    struct machine_lock *lock;
    sbx_status status = machine_lock_take(0, &lock, error);

    (void)context;
    if (!status)
        machine_lock_release(lock);
    return status;
}

static void memory_running_out_holds_nothing(void)
{
    SKIP_UNLESS_ELEVATED();
    expect_memory_failures(attempt_take, NULL);
    CU_ASSERT_FALSE(is_there());
}

/* Who is no administrator neither makes it nor opens it: else he could keep everybody out. Wine has no such folder rights. */
static void nobody_else_can_take_it_or_be_in_the_way(void)
{
    static const struct token_recipe recipe;
    struct process_start how = {0};
    sbx_handle token;
    struct machine_lock *lock = NULL;
    uint32_t result;

    SKIP_UNLESS_ELEVATED();
    if (on_wine())
        HARNESS_SKIP("Wine lets everybody write its Windows folder");
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &token, NULL), SBX_OK);
    how.token = token;
    result = child_run(&how, "--child-machine-lock 2000");
    CU_ASSERT_EQUAL(result, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL_FATAL(machine_lock_take(0, &lock, NULL), SBX_OK);
    result = child_run(&how, "--child-machine-lock 2000");
    CU_ASSERT_EQUAL(result, SBX_E_SYSTEM);
    machine_lock_release(lock);
    handle_close(token);
}

const struct harness_suite machine_lock_suite = {
    "machine_lock",
    (const struct harness_test[]){
        {"one holder at a time and nothing is left", one_holder_at_a_time_and_nothing_is_left},
        {"a holder that dies lets go", a_holder_that_dies_lets_go},
        {"memory running out holds nothing", memory_running_out_holds_nothing},
        {"nobody else can take it or be in the way", nobody_else_can_take_it_or_be_in_the_way},
        {NULL, NULL},
    },
};
