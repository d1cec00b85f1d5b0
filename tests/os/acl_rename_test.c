/*
 * acl_rename_test.c - a child gets another name only as the very object that is meant, and covers nothing.
 */
#include "os/acl.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

#include <string.h>

static char *in_scratch(const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", scratch_folder(), name);
    return buffer_take(&path, NULL);
}

static void make(const char *name)
{
    char *path = in_scratch(name);

    CU_ASSERT_EQUAL(file_create(path, name, strlen(name), NULL), SBX_OK);
    sbx_free(path);
}

/* The file of that name says by its content how it was made. */
static bool is_made_as(const char *name, const char *made_as)
{
    char *path = in_scratch(name);
    char *bytes = NULL;
    size_t size;
    bool same = !file_read_all(path, 100, &bytes, &size, NULL) && strcmp(bytes, made_as) == 0;

    sbx_free(bytes);
    sbx_free(path);
    return same;
}

static void remove_it(const char *name)
{
    char *path = in_scratch(name);

    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

static void facts_of(const struct acl_object *folder, const char *name, struct acl_facts *facts)
{
    struct acl_object *child = NULL;

    CU_ASSERT_EQUAL_FATAL(acl_open_child(folder, name, ACL_LOOK, &child, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_examine(child, facts, NULL), SBX_OK);
    acl_close(child);
}

static void child_is_renamed_and_covers_nothing(void)
{
    struct acl_object *folder = NULL;
    struct acl_facts facts;
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL_FATAL(acl_open(scratch_folder(), ACL_LOOK, &folder, NULL), SBX_OK);
    make("one");
    make("two");
    facts_of(folder, "one", &facts);
    CU_ASSERT_EQUAL(acl_rename_child(folder, "one", &facts, "two", &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, ERROR_ALREADY_EXISTS);
    CU_ASSERT(is_made_as("one", "one") && is_made_as("two", "two"));
    CU_ASSERT_EQUAL(acl_rename_child(folder, "one", &facts, "one.planted", NULL), SBX_OK);
    CU_ASSERT(is_made_as("one.planted", "one"));
    CU_ASSERT_EQUAL(acl_rename_child(folder, "one", &facts, "three", NULL), SBX_E_PATH_NOT_FOUND);
    remove_it("one.planted");
    remove_it("two");
    acl_close(folder);
}

static void another_of_that_name_stays(void)
{
    struct acl_object *folder = NULL;
    struct acl_facts facts;

    CU_ASSERT_EQUAL_FATAL(acl_open(scratch_folder(), ACL_LOOK, &folder, NULL), SBX_OK);
    make("one");
    make("two");
    facts_of(folder, "two", &facts);
    CU_ASSERT_EQUAL(acl_rename_child(folder, "one", &facts, "three", NULL), SBX_E_STATE);
    CU_ASSERT(is_made_as("one", "one") && is_made_as("two", "two"));
    remove_it("one");
    remove_it("two");
    acl_close(folder);
}

/* By handle: the folder may be called something else by now. */
static void folder_may_be_renamed_meanwhile(void)
{
    struct acl_object *folder = NULL;
    struct acl_facts facts;
    char *before = in_scratch("folder");
    char *after = in_scratch("renamed");
    WCHAR *wide_before = NULL, *wide_after = NULL;

    CU_ASSERT_EQUAL(folder_create(before, NULL), SBX_OK);
    make("folder\\file");
    CU_ASSERT_EQUAL_FATAL(acl_open(before, ACL_LOOK, &folder, NULL), SBX_OK);
    facts_of(folder, "file", &facts);
    CU_ASSERT_EQUAL_FATAL(native_path(before, &wide_before, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(native_path(after, &wide_after, NULL), SBX_OK);
    CU_ASSERT(MoveFileW(wide_before, wide_after));
    if (on_wine()) { /* which looks the folder up by the name that it had */
        CU_ASSERT_NOT_EQUAL(acl_rename_child(folder, "file", &facts, "moved", NULL), SBX_OK);
        CU_ASSERT(is_made_as("renamed\\file", "folder\\file"));
        remove_it("renamed\\file");
    } else {
        CU_ASSERT_EQUAL(acl_rename_child(folder, "file", &facts, "moved", NULL), SBX_OK);
        CU_ASSERT(is_made_as("renamed\\moved", "folder\\file"));
        remove_it("renamed\\moved");
    }
    acl_close(folder);
    CU_ASSERT_EQUAL(folder_delete(after, NULL), SBX_OK);
    sbx_free(wide_before);
    sbx_free(wide_after);
    sbx_free(before);
    sbx_free(after);
}

static void names_that_are_paths_are_refused(void)
{
    static const char *const names[] = {"", "a\\b", "..\\x", "a/b", "file:stream"};
    struct acl_object *folder = NULL;
    struct acl_facts facts;

    CU_ASSERT_EQUAL_FATAL(acl_open(scratch_folder(), ACL_LOOK, &folder, NULL), SBX_OK);
    make("one");
    facts_of(folder, "one", &facts);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CU_ASSERT_EQUAL(acl_rename_child(folder, names[i], &facts, "x", NULL), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(acl_rename_child(folder, "one", &facts, names[i], NULL), SBX_E_ARGUMENT);
    }
    CU_ASSERT(is_made_as("one", "one"));
    remove_it("one");
    acl_close(folder);
}

const struct harness_suite acl_rename_suite = {
    "acl_rename",
    (const struct harness_test[]){
        {"a child is renamed and covers nothing", child_is_renamed_and_covers_nothing},
        {"another file of that name stays as it is", another_of_that_name_stays},
        {"its folder may be renamed meanwhile", folder_may_be_renamed_meanwhile},
        {"names that are paths are refused", names_that_are_paths_are_refused},
        {NULL, NULL},
    },
};
