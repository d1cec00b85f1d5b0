/*
 * attempt_test.c - what the probes try says the truth of what can be done here and what cannot.
 */
#include "os/attempt.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/native.h"
#include "os/process.h"
#include "support/harness.h"

static void files_are_opened_as_asked_and_left_as_they_are(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    char *bytes = NULL;
    size_t size = 0;

    buffer_append_format(&path, "%s\\attempt.txt", scratch_folder());
    CU_ASSERT_EQUAL(attempt_file(buffer_text(&path), ATTEMPT_READ), ERROR_FILE_NOT_FOUND);
    CU_ASSERT_EQUAL(file_create(buffer_text(&path), "as it was", 9, NULL), SBX_OK);
    CU_ASSERT_EQUAL(attempt_file(buffer_text(&path), ATTEMPT_READ), 0);
    CU_ASSERT_EQUAL(attempt_file(buffer_text(&path), ATTEMPT_WRITE), 0);
    CU_ASSERT_EQUAL(attempt_file(buffer_text(&path), ATTEMPT_DELETE), 0);
    CU_ASSERT_EQUAL(attempt_file(scratch_folder(), ATTEMPT_WRITE), 0);
    CU_ASSERT_EQUAL(file_read_all(buffer_text(&path), 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, 9);
    sbx_free(bytes);
    CU_ASSERT_EQUAL(file_delete(buffer_text(&path), NULL), SBX_OK);
    buffer_free(&path);
}

static void a_process_and_its_threads_are_tried(void)
{
    CU_ASSERT_EQUAL(attempt_process(process_own_id()), 0);
    CU_ASSERT_EQUAL(attempt_threads(process_own_id()), 0);
    CU_ASSERT_EQUAL(attempt_process(0xFFFFFFF0u), ERROR_INVALID_PARAMETER);
    CU_ASSERT_EQUAL(attempt_threads(0xFFFFFFF0u), ERROR_NOT_FOUND);
}

static void named_things_are_found_while_they_are_there(void)
{
    struct attempt_target *target = NULL;

    CU_ASSERT_EQUAL(attempt_event("Local\\sbx-attempt-test"), ERROR_FILE_NOT_FOUND);
    CU_ASSERT_EQUAL_FATAL(attempt_target_event("Local\\sbx-attempt-test", &target, NULL), SBX_OK);
    CU_ASSERT_EQUAL(attempt_event("Local\\sbx-attempt-test"), 0);
    attempt_target_close(target);
    CU_ASSERT_EQUAL(attempt_event("Local\\sbx-attempt-test"), ERROR_FILE_NOT_FOUND);
    CU_ASSERT_EQUAL_FATAL(attempt_target_pipe("\\\\.\\pipe\\sbx-attempt-test", &target, NULL), SBX_OK);
    CU_ASSERT_EQUAL(attempt_pipe("\\\\.\\pipe\\sbx-attempt-test"), 0);
    attempt_target_close(target);
    attempt_target_close(NULL);
}

/* In our own name, as the probe does it: no other job of the test's holds it. */
static void what_is_born_into_the_leash_ends_with_it(void)
{
    char sid[SID_TEXT_SIZE];
    char *texts[] = {sid};
    const struct sbx_strings sids = {texts, 1};
    struct attempt_target *leash = NULL;
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    sbx_handle parent = NULL, process = NULL;
    char *image = NULL;
    HANDLE job;

    CU_ASSERT_EQUAL_FATAL(identity_user_sid(sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(attempt_target_job("Local\\sbx-leash-test", &sids, &leash, NULL), SBX_OK);
    job = OpenJobObjectW(JOB_OBJECT_ASSIGN_PROCESS, FALSE, L"Local\\sbx-leash-test");
    CU_ASSERT_PTR_NOT_NULL_FATAL(job);
    CU_ASSERT_PTR_NULL(OpenJobObjectW(JOB_OBJECT_TERMINATE, FALSE, L"Local\\sbx-leash-test"));
    CU_ASSERT_EQUAL_FATAL(process_open(process_own_id(), PROCESS_CREATE_PROCESS, &parent, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(process_own_file(&image, NULL), SBX_OK);
    buffer_append_format(&line, "\"%s\" --child-sleep 30000", image);
    CU_ASSERT_EQUAL_FATAL(process_probe_start(image, buffer_text(&line), false, parent, job, &process, NULL),
                          SBX_OK);
    CloseHandle(job);
    CU_ASSERT_EQUAL(process_wait(process, 200, NULL), SBX_E_TIMEOUT);
    attempt_target_close(leash);
    CU_ASSERT_EQUAL(process_wait(process, 5000, NULL), SBX_OK);
    process_terminate(process, 1, NULL);
    handle_close(process);
    handle_close(parent);
    buffer_free(&line);
    sbx_free(image);
}

static void variables_and_memory_are_tried(void)
{
    SetEnvironmentVariableW(L"SBX_ATTEMPT", L"");
    CU_ASSERT_EQUAL(attempt_variable("SBX_ATTEMPT"), 0);
    SetEnvironmentVariableW(L"SBX_ATTEMPT", NULL);
    CU_ASSERT_EQUAL(attempt_variable("SBX_ATTEMPT"), ERROR_ENVVAR_NOT_FOUND);
    CU_ASSERT_EQUAL(attempt_memory(1 << 20), 0);
    CU_ASSERT_NOT_EQUAL(attempt_memory(SIZE_MAX / 2), 0);
}

static void connect_once(bool v6)
{
    struct attempt_listener *listener = NULL;
    uint16_t port = 0;

    if (attempt_listen(v6, &listener, &port, NULL))
        return;
    CU_ASSERT(port != 0);
    CU_ASSERT_FALSE(attempt_heard(listener));
    CU_ASSERT_EQUAL(attempt_connect(v6, port), 0);
    CU_ASSERT(attempt_heard(listener));
    CU_ASSERT_FALSE(attempt_heard(listener));
    attempt_listener_close(listener);
    CU_ASSERT_NOT_EQUAL(attempt_connect(v6, port), 0);
}

static void a_listener_hears_who_connects(void)
{
    connect_once(false);
    connect_once(true);
}

const struct harness_suite attempt_suite = {
    "attempt",
    (const struct harness_test[]){
        {"files are opened as asked and left as they are", files_are_opened_as_asked_and_left_as_they_are},
        {"a process and its threads are tried", a_process_and_its_threads_are_tried},
        {"named things are found while they are there", named_things_are_found_while_they_are_there},
        {"a process that is born into a target's job ends with it", what_is_born_into_the_leash_ends_with_it},
        {"variables and memory are tried", variables_and_memory_are_tried},
        {"a listener hears who connects", a_listener_hears_who_connects},
        {NULL, NULL},
    },
};
