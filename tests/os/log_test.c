/*
 * log_test.c - a log has one holder and loses nothing but its tail; a mark goes with who made it.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/filesystem.h"
#include "os/handle.h"
#include "os/native.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

/* SCRATCH\name, freed by the caller. */
static char *in_scratch(const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", scratch_folder(), name);
    return buffer_take(&path, NULL);
}

static bool is_there(const char *path)
{
    return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

/* A child with `verb` and the path, which has written its first byte: it holds what it is to hold. */
static void start_holder(const char *verb, const char *path, struct process *process)
{
    struct process_start start;
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    HANDLE reading;
    HANDLE writing;
    DWORD got = 0;
    char byte = 0;

    memset(&start, 0, sizeof start);
    buffer_append_format(&line, "%s \"%s\"", verb, path);
    CU_ASSERT_FATAL(CreatePipe(&reading, &writing, NULL, 0));
    start.output = writing;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, buffer_text(&line), process, NULL), SBX_OK);
    CloseHandle(writing);
    CU_ASSERT_EQUAL(process_resume(process, NULL), SBX_OK);
    CU_ASSERT(ReadFile(reading, &byte, 1, &got, NULL));
    CU_ASSERT_EQUAL(byte, '0');
    CloseHandle(reading);
    buffer_free(&line);
}

static void kill_holder(struct process *process)
{
    CU_ASSERT_EQUAL(process_terminate(process->handle, 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(process->handle, 30000, NULL), SBX_OK);
    process_free(process);
}

static void expect_log(const char *path, const char *content)
{
    struct log_file *log = NULL;
    char *bytes = NULL;
    size_t size = 0;

    CU_ASSERT_EQUAL_FATAL(log_open(path, &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(log_read(log, 1000, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, strlen(content));
    CU_ASSERT_STRING_EQUAL(bytes, content);
    sbx_free(bytes);
    log_close(log);
}

static void log_grows_at_its_end_and_is_read_whole(void)
{
    char *path = in_scratch("log");
    struct log_file *log = NULL;
    char *bytes = NULL;
    size_t size = 0;

    CU_ASSERT_EQUAL_FATAL(log_open(path, &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_read(log, 0, &bytes, &size, NULL), SBX_OK); /* made empty */
    CU_ASSERT_EQUAL(size, 0);
    sbx_free(bytes);
    bytes = NULL;
    CU_ASSERT_EQUAL(log_append(log, "one,", 4, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_flush(log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_read(log, 4, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(bytes, "one,");
    sbx_free(bytes);
    bytes = NULL;
    CU_ASSERT_EQUAL(log_read(log, 3, &bytes, &size, NULL), SBX_E_LIMIT);
    CU_ASSERT_PTR_NULL(bytes);
    CU_ASSERT_EQUAL(log_append(log, "two,", 4, NULL), SBX_OK); /* wherever the reading stopped */
    log_close(log);

    CU_ASSERT_EQUAL_FATAL(log_open(path, &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_append(log, "three", 5, NULL), SBX_OK);
    log_close(log);
    expect_log(path, "one,two,three");
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

static void torn_tail_is_cut_and_nothing_else(void)
{
    char *path = in_scratch("torn");
    struct log_file *log = NULL;

    CU_ASSERT_EQUAL_FATAL(log_open(path, &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_append(log, "whole|to", 8, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_cut(log, 9, NULL), SBX_E_ARGUMENT); /* never made longer */
    CU_ASSERT_EQUAL(log_cut(log, 6, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_append(log, "next|", 5, NULL), SBX_OK);
    log_close(log);
    expect_log(path, "whole|next|");
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

static void second_holder_is_told_that_it_is_in_use(void)
{
    char *path = in_scratch("mine");
    struct log_file *log = NULL;
    struct log_file *second = NULL;
    struct sbx_error error = {0};
    char *bytes = NULL;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(log_open(path, &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_open(path, &second, &error), SBX_E_STATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_EQUAL(file_read_all(path, 100, &bytes, &size, NULL), SBX_E_SYSTEM); /* nor read by others */
    log_close(log);
    CU_ASSERT_EQUAL_FATAL(log_open(path, &second, NULL), SBX_OK);
    log_close(second);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_open("C:\\no such folder\\log", &second, NULL), SBX_E_PATH_NOT_FOUND);
    sbx_free(path);
}

static void log_of_a_killed_process_is_free_and_has_what_it_wrote(void)
{
    char *path = in_scratch("theirs");
    struct log_file *log = NULL;
    struct process holder;

    start_holder("--child-log", path, &holder);
    CU_ASSERT_EQUAL(log_open(path, &log, NULL), SBX_E_STATE);
    kill_holder(&holder);
    expect_log(path, "written by a child");
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

/* So a workspace's journal is never found half deleted. */
static void deleted_log_frees_its_name_at_once(void)
{
    char *path = in_scratch("gone");
    struct log_file *log = NULL;
    struct log_file *next = NULL;

    CU_ASSERT_EQUAL_FATAL(log_open(path, &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_append(log, "old", 3, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_delete(log, NULL), SBX_OK);
    CU_ASSERT_FALSE(is_there(path));
    CU_ASSERT_EQUAL_FATAL(log_open(path, &next, NULL), SBX_OK);
    log_close(log);
    CU_ASSERT(is_there(path)); /* the new one */
    log_close(next);
    expect_log(path, "");
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

static void deleted_log_leaves_nothing_in_its_folder(void)
{
    char *folder = in_scratch("logs");
    char *path = in_scratch("logs\\log");
    struct sbx_strings names = {NULL, 0};
    struct log_file *log = NULL;

    CU_ASSERT_EQUAL_FATAL(folder_create(folder, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(log_open(path, &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_delete(log, NULL), SBX_OK);
    log_close(log);
    CU_ASSERT_EQUAL(folder_list(folder, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL(names.count, 0);
    strings_free(&names);
    CU_ASSERT_EQUAL(folder_delete_tree(folder, NULL), SBX_OK);
    sbx_free(path);
    sbx_free(folder);
}

static void mark_is_held_until_it_is_closed(void)
{
    char *path = in_scratch("mark");
    struct held_file *mark = NULL;
    struct held_file *second = NULL;

    CU_ASSERT_FALSE(held_is(path));
    CU_ASSERT_EQUAL_FATAL(held_open(path, &mark, NULL), SBX_OK);
    CU_ASSERT(is_there(path));
    CU_ASSERT(held_is(path));
    CU_ASSERT_EQUAL(held_open(path, &second, NULL), SBX_E_STATE);
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_NOT_EQUAL(file_delete(path, NULL), SBX_OK); /* nobody takes it away from its holder */
    CU_ASSERT(held_is(path));
    held_close(mark);
    CU_ASSERT_FALSE(is_there(path));
    CU_ASSERT_FALSE(held_is(path));
    sbx_free(path);
}

static void mark_of_a_killed_process_is_gone(void)
{
    char *path = in_scratch("their mark");
    struct process holder;

    start_holder("--child-held", path, &holder);
    CU_ASSERT(held_is(path));
    kill_holder(&holder);
    for (int i = 0; i < 100 && is_there(path); i++)
        Sleep(20);
    CU_ASSERT_FALSE(is_there(path));
    CU_ASSERT_FALSE(held_is(path));
    sbx_free(path);
}

/* After a power cut: it is there and nobody holds it. Asked, it goes; or somebody takes it. */
static void mark_that_nobody_holds_is_none(void)
{
    char *path = in_scratch("left");
    struct held_file *mark = NULL;

    CU_ASSERT_EQUAL_FATAL(file_create(path, "", 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(held_open(path, &mark, NULL), SBX_OK);
    CU_ASSERT(held_is(path));
    held_close(mark);
    CU_ASSERT_EQUAL_FATAL(file_create(path, "", 0, NULL), SBX_OK);
    CU_ASSERT_FALSE(held_is(path));
    CU_ASSERT_FALSE(is_there(path));
    CU_ASSERT_FALSE(held_is("not absolute"));
    CU_ASSERT_EQUAL(held_open("C:\\no such folder\\mark", &mark, NULL), SBX_E_PATH_NOT_FOUND);
    sbx_free(path);
}

static sbx_status attempt_log(void *context, struct sbx_error *error)
{
    struct log_file *log = NULL;
    char *bytes = NULL;
    size_t size;
    sbx_status status = log_open(context, &log, error);

    if (!status)
        status = log_append(log, "x", 1, error);
    if (!status)
        status = log_read(log, 100000, &bytes, &size, error);
    if (!status)
        status = log_delete(log, error);
    sbx_free(bytes);
    log_close(log);
    return status;
}

static sbx_status attempt_mark(void *context, struct sbx_error *error)
{
    struct held_file *mark = NULL;
    sbx_status status = held_open(context, &mark, error);

    held_close(mark);
    return status;
}

static sbx_status attempt_list(void *context, struct sbx_error *error)
{
    struct sbx_strings names = {NULL, 0};
    sbx_status status = folder_list(context, &names, error);

    strings_free(&names);
    return status;
}

static void logs_and_marks_survive_memory_running_out(void)
{
    char *path = in_scratch("memory");

    expect_memory_failures(attempt_log, path);
    expect_memory_failures(attempt_mark, path);
    CU_ASSERT_FALSE(is_there(path));
    CU_ASSERT_EQUAL(file_create(path, "", 0, NULL), SBX_OK);
    expect_memory_failures(attempt_list, (char *)scratch_folder());
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

const struct harness_suite log_suite = {
    "log",
    (const struct harness_test[]){
        {"a log grows at its end and is read whole", log_grows_at_its_end_and_is_read_whole},
        {"a torn tail is cut and nothing else", torn_tail_is_cut_and_nothing_else},
        {"a second holder is told that it is in use", second_holder_is_told_that_it_is_in_use},
        {"the log of a killed process is free and has what it wrote",
         log_of_a_killed_process_is_free_and_has_what_it_wrote},
        {"a deleted log frees its name at once", deleted_log_frees_its_name_at_once},
        {"a deleted log leaves nothing in its folder", deleted_log_leaves_nothing_in_its_folder},
        {"a mark is held until it is closed", mark_is_held_until_it_is_closed},
        {"the mark of a killed process is gone", mark_of_a_killed_process_is_gone},
        {"a mark that nobody holds is none", mark_that_nobody_holds_is_none},
        {"memory running out anywhere loses no handle", logs_and_marks_survive_memory_running_out},
        {NULL, NULL},
    },
};
