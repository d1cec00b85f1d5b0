/*
 * filesystem_test.c - a path is what the file system says it is, and our own files are whole.
 */
#include "os/filesystem.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SCRATCH\name, freed by the caller. */
static char *in_scratch(const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", scratch_folder(), name);
    return buffer_take(&path, NULL);
}

static void file_is_told_with_its_true_name(void)
{
    char *path = in_scratch("Mixed Case.Txt");
    char *wrong = in_scratch(".\\x\\..\\mIXED cASE.tXT");
    struct file_facts facts = {0};

    CU_ASSERT_EQUAL_FATAL(file_create(path, "x", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_examine(wrong, &facts, NULL), SBX_OK);
    CU_ASSERT(text_matches("?:\\*\\Mixed Case.Txt", facts.path));
    CU_ASSERT_PTR_NOT_NULL(strstr(facts.path, "Mixed Case.Txt"));
    CU_ASSERT_EQUAL(facts.kind, FILE_KIND_FILE);
    CU_ASSERT_FALSE(facts.reparse);
    CU_ASSERT_FALSE(facts.volume_root);
    CU_ASSERT_FALSE(facts.remote);
    CU_ASSERT_EQUAL(strlen(facts.volume_id), 16);
    CU_ASSERT_EQUAL(strlen(facts.file_id), 32);
    CU_ASSERT_EQUAL(strspn(facts.file_id, "0123456789abcdef"), 32);
    file_facts_free(&facts);
    CU_ASSERT_PTR_NULL(facts.path);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
    sbx_free(wrong);
}

static void two_names_of_one_file_have_one_id_and_two_files_have_two(void)
{
    char *first = in_scratch("first");
    char *second = in_scratch("second");
    char *other = in_scratch("other");
    struct file_facts facts[3] = {{0}};
    WCHAR *wide_first = NULL;
    WCHAR *wide_second = NULL;

    CU_ASSERT_EQUAL_FATAL(file_create(first, "x", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_create(other, "x", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(native_wide(first, &wide_first, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(native_wide(second, &wide_second, NULL), SBX_OK);
    CU_ASSERT(CreateHardLinkW(wide_second, wide_first, NULL));
    CU_ASSERT_EQUAL_FATAL(file_examine(first, &facts[0], NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_examine(second, &facts[1], NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_examine(other, &facts[2], NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(facts[0].file_id, facts[1].file_id);
    CU_ASSERT_STRING_NOT_EQUAL(facts[0].file_id, facts[2].file_id);
    CU_ASSERT_STRING_EQUAL(facts[0].volume_id, facts[2].volume_id);
    for (size_t i = 0; i < 3; i++)
        file_facts_free(&facts[i]);
    CU_ASSERT_EQUAL(file_delete(first, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_delete(second, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_delete(other, NULL), SBX_OK);
    sbx_free(wide_first);
    sbx_free(wide_second);
    sbx_free(first);
    sbx_free(second);
    sbx_free(other);
}

static void folders_and_roots_are_told(void)
{
    struct file_facts facts = {0};

    CU_ASSERT_EQUAL_FATAL(file_examine(scratch_folder(), &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.kind, FILE_KIND_DIRECTORY);
    CU_ASSERT_FALSE(facts.volume_root);
    file_facts_free(&facts);
    CU_ASSERT_EQUAL_FATAL(file_examine("C:\\", &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.kind, FILE_KIND_DIRECTORY);
    CU_ASSERT(facts.volume_root);
    file_facts_free(&facts);
    CU_ASSERT_EQUAL_FATAL(file_examine("c:/windows/..", &facts, NULL), SBX_OK);
    CU_ASSERT(facts.volume_root);
    file_facts_free(&facts);
    CU_ASSERT_EQUAL_FATAL(file_examine("C:\\windows\\", &facts, NULL), SBX_OK);
    CU_ASSERT_FALSE(facts.volume_root);
    CU_ASSERT(text_equal_ascii_nocase(facts.path, "C:\\windows"));
    file_facts_free(&facts);
}

static void what_is_not_there_is_told_as_that(void)
{
    static const char *const missing[] = {"C:\\no such file", "C:\\no such folder\\x", "C:\\windows\\a?b",
                                          "Q:\\x"};
    struct file_facts facts = {0};

    facts.reparse = true;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(file_examine(missing[i], &facts, &error), SBX_E_PATH_NOT_FOUND);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, missing[i]));
        CU_ASSERT_NOT_EQUAL(error.system, 0);
    }
    CU_ASSERT_EQUAL(file_examine("windows", &facts, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(file_examine("\\windows", &facts, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(file_examine("C:windows", &facts, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(file_examine("", &facts, NULL), SBX_E_ARGUMENT);
    CU_ASSERT(facts.reparse);
    CU_ASSERT_PTR_NULL(facts.path);
}

static void device_is_no_file(void)
{
    struct file_facts facts = {0};

    CU_ASSERT_EQUAL_FATAL(file_examine("\\\\.\\NUL", &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.kind, FILE_KIND_OTHER);
    file_facts_free(&facts);
}

static void link_is_told_and_followed(void)
{
    char *target = in_scratch("target");
    char *link = in_scratch("link");
    char *slash = in_scratch("link\\");
    struct file_facts facts = {0};
    bool made;

    CU_ASSERT_EQUAL_FATAL(folder_create(target, NULL), SBX_OK);
    made = make_link("link", "target");
    if (made) {
        CU_ASSERT_EQUAL_FATAL(file_examine(link, &facts, NULL), SBX_OK);
        CU_ASSERT(facts.reparse);
        CU_ASSERT(text_matches("*\\target", facts.path));
        file_facts_free(&facts);
        CU_ASSERT_EQUAL_FATAL(file_examine(slash, &facts, NULL), SBX_OK); /* the same link */
        CU_ASSERT(facts.reparse);
        file_facts_free(&facts);
        CU_ASSERT_EQUAL_FATAL(file_examine(target, &facts, NULL), SBX_OK);
        CU_ASSERT_FALSE(facts.reparse);
        file_facts_free(&facts);
        CU_ASSERT(remove_link("link"));
    }
    CU_ASSERT_EQUAL(folder_delete(target, NULL), SBX_OK);
    sbx_free(target);
    sbx_free(link);
    sbx_free(slash);
    if (!made)
        HARNESS_SKIP("this user may not make symbolic links");
}

static void create_in_scratch(const char *name)
{
    char *path = in_scratch(name);

    CU_ASSERT_EQUAL(file_create(path, name, strlen(name), NULL), SBX_OK);
    sbx_free(path);
}

/* What a command left behind is deleted; what its links point to is not. Wine cannot delete a link: there it stays. */
static void tree_is_deleted_and_nothing_outside_of_it(void)
{
    char *tree = in_scratch("tree");
    char *deep = in_scratch("tree\\a\\b\\c");
    char *outside = in_scratch("outside");
    char *canary = in_scratch("outside\\canary");
    char *read_only = in_scratch("tree\\a\\read only");
    bool made;

    CU_ASSERT_EQUAL_FATAL(folder_create(deep, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(folder_create(outside, NULL), SBX_OK);
    create_in_scratch("outside\\canary");
    create_in_scratch("tree\\file");
    create_in_scratch("tree\\a\\read only");
    create_in_scratch("tree\\a\\b\\c\\file");
    CU_ASSERT(SetFileAttributesA(read_only, FILE_ATTRIBUTE_READONLY));
    made = make_link("tree\\a\\link", on_wine() ? "../../outside" : "..\\..\\outside");
    made = made && make_link("tree\\a\\link to a file",
                             on_wine() ? "../../outside/canary" : "..\\..\\outside\\canary");

    CU_ASSERT_EQUAL(folder_delete_tree(tree, NULL) != SBX_OK, made && on_wine());
    CU_ASSERT(file_is_program(canary));
    CU_ASSERT_EQUAL(GetFileAttributesA(deep), INVALID_FILE_ATTRIBUTES);
    CU_ASSERT_EQUAL(GetFileAttributesA(read_only), INVALID_FILE_ATTRIBUTES);
    if (made && on_wine()) {
        CU_ASSERT(remove_link("tree\\a\\link"));
        CU_ASSERT(remove_link("tree\\a\\link to a file"));
        CU_ASSERT_EQUAL(folder_delete_tree(tree, NULL), SBX_OK);
    }
    CU_ASSERT_EQUAL(GetFileAttributesA(tree), INVALID_FILE_ATTRIBUTES);

    CU_ASSERT_EQUAL(file_delete(canary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_delete(outside, NULL), SBX_OK);
    sbx_free(tree);
    sbx_free(deep);
    sbx_free(outside);
    sbx_free(canary);
    sbx_free(read_only);
    if (!made)
        HARNESS_SKIP("this user may not make symbolic links");
}

static void tree_that_is_a_link_is_refused(void)
{
    char *target = in_scratch("target");
    char *link = in_scratch("link");
    char *canary = in_scratch("target\\canary");
    bool made;

    CU_ASSERT_EQUAL_FATAL(folder_create(target, NULL), SBX_OK);
    create_in_scratch("target\\canary");
    made = make_link("link", "target");
    if (made) {
        CU_ASSERT_NOT_EQUAL(folder_delete_tree(link, NULL), SBX_OK);
        CU_ASSERT(file_is_program(canary));
        CU_ASSERT(remove_link("link"));
    }
    CU_ASSERT_NOT_EQUAL(folder_delete_tree(canary, NULL), SBX_OK); /* neither is a file a tree */
    CU_ASSERT_EQUAL(file_delete(canary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_delete_tree(target, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_delete_tree(target, NULL), SBX_E_PATH_NOT_FOUND);
    sbx_free(target);
    sbx_free(link);
    sbx_free(canary);
    if (!made)
        HARNESS_SKIP("this user may not make symbolic links");
}

static void long_paths_are_paths_too(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct file_facts facts = {0};
    struct sbx_error error = {0};
    sbx_status status;
    size_t levels[8];

    buffer_append_text(&path, scratch_folder());
    for (size_t i = 0; i < 8; i++) {
        levels[i] = path.size;
        buffer_append_text(&path, "\\a folder with a rather long name, one of several");
    }
    CU_ASSERT(path.size > 400);
    CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&path), NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_create(buffer_text(&path), NULL), SBX_OK); /* there already is fine */
    status = file_examine(buffer_text(&path), &facts, &error);
    CU_ASSERT(!status ||
              (on_wine() && error.system == ERROR_MORE_DATA)); /* Wine asks itself with too little room */
    file_facts_free(&facts);
    CU_ASSERT_EQUAL(folder_delete(scratch_folder(), NULL), SBX_E_SYSTEM); /* not empty */
    for (size_t i = 8; i-- > 0;) {
        CU_ASSERT_EQUAL(folder_delete(buffer_text(&path), NULL), SBX_OK);
        path.data[levels[i]] = 0;
    }
    buffer_free(&path);
}

static void folder_where_a_file_is_is_refused(void)
{
    char *path = in_scratch("file");
    char *below = in_scratch("file\\folder");

    CU_ASSERT_EQUAL_FATAL(file_create(path, "", 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_create(path, NULL), SBX_E_SYSTEM);
    CU_ASSERT_NOT_EQUAL(folder_create(below, NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(folder_create("Q:\\folder", NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_create("C:\\", NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_E_PATH_NOT_FOUND);
    sbx_free(path);
    sbx_free(below);
}

static void created_file_is_read_back_whole_and_never_overwritten(void)
{
    char *path = in_scratch("content");
    char *bytes = NULL;
    size_t size = 0;
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL_FATAL(file_create(path, "one\0two", 7, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_create(path, "other", 5, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, ERROR_FILE_EXISTS);
    CU_ASSERT_EQUAL(file_read_all(path, 7, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, 7);
    CU_ASSERT(!memcmp(bytes, "one\0two", 8));
    sbx_free(bytes);
    bytes = NULL;
    CU_ASSERT_EQUAL(file_read_all(path, 6, &bytes, &size, NULL), SBX_E_LIMIT);
    CU_ASSERT_PTR_NULL(bytes);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_read_all(path, 6, &bytes, &size, NULL), SBX_E_PATH_NOT_FOUND);
    sbx_free(path);
}

/* Whatever happens, the old content is there or the new, and nothing beside it. */
static void replaced_file_is_the_old_or_the_new(void)
{
    char *folder = in_scratch("replace");
    char *path = in_scratch("replace\\content");
    char *bytes = NULL;
    size_t size = 0;
    struct sbx_error error = {0};
    HANDLE held;

    CU_ASSERT_EQUAL(file_replace(path, "x", 1, NULL), SBX_E_PATH_NOT_FOUND); /* its folder */
    CU_ASSERT_EQUAL_FATAL(folder_create(folder, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_replace(path, "a long old content", 18, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_replace(path, "new", 3, NULL), SBX_OK);
    held = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    CU_ASSERT_NOT_EQUAL_FATAL(held, INVALID_HANDLE_VALUE);
    CU_ASSERT_EQUAL(file_replace(path, "other", 5, &error),
                    SBX_E_SYSTEM); /* somebody keeps it from being deleted */
    CloseHandle(held);
    CU_ASSERT_EQUAL_FATAL(file_read_all(path, 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(bytes, "new");
    sbx_free(bytes);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_delete(folder, NULL), SBX_OK); /* empty: nothing was left beside it */
    sbx_free(path);
    sbx_free(folder);
}

static void folder_is_no_file(void)
{
    char *path = in_scratch("no file");
    char *bytes = NULL;
    size_t size = 0;
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL_FATAL(folder_create(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_read_all(path, 100, &bytes, &size, &error), SBX_E_ARGUMENT);
    CU_ASSERT(strstr(error.text, "is a folder") && strstr(error.text, path));
    CU_ASSERT_EQUAL(file_replace(path, "x", 1, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(folder_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

/* The engines of one session both write its transcript while one takes over from the other. */
static void two_append_to_one_file(void)
{
    char *path = in_scratch("two");
    struct append_file *files[2] = {NULL, NULL};
    char *bytes = NULL;
    size_t size = 0;

    CU_ASSERT_EQUAL_FATAL(file_append_open(path, &files[0], NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_append_open(path, &files[1], NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_append(files[0], "one\n", 4, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_append(files[1], "two\n", 4, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_append(files[0], "three\n", 6, NULL), SBX_OK);
    file_append_close(files[0]);
    file_append_close(files[1]);
    CU_ASSERT_EQUAL_FATAL(file_read_all(path, 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(bytes, "one\ntwo\nthree\n");
    sbx_free(bytes);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

static void appended_lines_are_read_by_others_meanwhile(void)
{
    char *path = in_scratch("log");
    struct append_file *file = NULL;
    char *bytes = NULL;
    size_t size = 0;

    CU_ASSERT_EQUAL_FATAL(file_append_open(path, &file, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_append(file, "one\n", 4, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_read_all(path, 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, 4);
    sbx_free(bytes);
    bytes = NULL;
    file_append_close(file);

    CU_ASSERT_EQUAL_FATAL(file_append_open(path, &file, NULL), SBX_OK); /* goes on at the end */
    CU_ASSERT_EQUAL(file_append(file, "two\n", 4, NULL), SBX_OK);
    file_append_close(file);
    CU_ASSERT_EQUAL(file_read_all(path, 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(bytes, "one\ntwo\n");
    sbx_free(bytes);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    file_append_close(NULL);
    sbx_free(path);
}

/* Windows allows a lone surrogate in a name. Under Wine a Unix name has no place for one. */
static void ill_formed_name_survives_the_round_trip(void)
{
    char *path = in_scratch("lone \xED\xA0\x80.txt");
    struct file_facts facts = {0};
    sbx_status status = file_create(path, "x", 1, NULL);

    if (status && on_wine()) {
        sbx_free(path);
        HARNESS_SKIP("Wine has no file name with a lone surrogate");
    }
    CU_ASSERT_EQUAL(status, SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_examine(path, &facts, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(facts.path, "lone \xED\xA0\x80.txt"));
    file_facts_free(&facts);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

static void programs_are_files(void)
{
    CU_ASSERT(file_is_program("C:\\windows\\system32\\cmd.exe"));
    CU_ASSERT_FALSE(file_is_program("C:\\windows\\system32"));
    CU_ASSERT_FALSE(file_is_program("C:\\windows\\system32\\cmd"));
    CU_ASSERT_FALSE(file_is_program("cmd.exe"));
    CU_ASSERT_FALSE(file_is_program(""));
}

static void known_folders_are_there_and_not_from_the_environment(void)
{
    static const enum known_folder folders[] = {FOLDER_SYSTEM,     FOLDER_WINDOWS,       FOLDER_PROFILE,
                                                FOLDER_LOCAL_DATA, FOLDER_PROGRAM_FILES, FOLDER_PROGRAM_DATA};
    static const char *const names[] = {"SystemRoot",   "windir",      "USERPROFILE", "LOCALAPPDATA",
                                        "ProgramFiles", "ProgramData", "APPDATA",     "HOMEPATH",
                                        "HOMEDRIVE",    "SystemDrive"};
    char *saved[10] = {NULL};

    for (size_t i = 0; i < 10; i++) {
        const char *value = getenv(names[i]);

        saved[i] = value ? sbx_strdup(value) : NULL;
        SetEnvironmentVariableA(names[i], "C:\\planted");
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct file_facts facts = {0};
        char *path = NULL;

        CU_ASSERT_EQUAL_FATAL(folder_path(folders[i], &path, NULL), SBX_OK);
        CU_ASSERT_PTR_NULL(strstr(path, "planted"));
        CU_ASSERT(path[1] == ':' && path[strlen(path) - 1] != '\\');
        CU_ASSERT_EQUAL(file_examine(path, &facts, NULL), SBX_OK);
        CU_ASSERT_EQUAL(facts.kind, FILE_KIND_DIRECTORY);
        file_facts_free(&facts);
        sbx_free(path);
    }
    for (size_t i = 0; i < 10; i++) {
        SetEnvironmentVariableA(names[i], saved[i]);
        sbx_free(saved[i]);
    }
}

static sbx_status attempt_examine(void *context, struct sbx_error *error)
{
    struct file_facts facts = {0};
    sbx_status status = file_examine(context, &facts, error);

    CU_ASSERT_EQUAL(facts.path == NULL, status != SBX_OK);
    file_facts_free(&facts);
    return status;
}

static sbx_status attempt_files(void *context, struct sbx_error *error)
{
    char *bytes = NULL;
    size_t size;
    sbx_status status = file_create(context, "abc", 3, error);

    if (!status) {
        status = file_read_all(context, 10, &bytes, &size, error);
        CU_ASSERT(DeleteFileA(context)); /* file_delete asks for memory, too */
    }
    CU_ASSERT_EQUAL(bytes == NULL, status != SBX_OK);
    sbx_free(bytes);
    return status;
}

static sbx_status attempt_tree(void *context, struct sbx_error *error)
{
    char below[300];

    snprintf(below, sizeof below, "%s\\below", (const char *)context);
    CreateDirectoryA(context, NULL);
    CreateDirectoryA(below, NULL);
    return folder_delete_tree(context, error);
}

static void files_survive_memory_running_out_anywhere(void)
{
    char *path = in_scratch("memory");
    char *tree = in_scratch("memory tree");

    expect_memory_failures(attempt_examine, (char[]){"C:\\windows"});
    expect_memory_failures(attempt_files, path);
    expect_memory_failures(attempt_tree, tree);
    sbx_free(tree);
    sbx_free(path);
}

static void drives_are_roots_and_the_systems_is_among_them(void)
{
    struct sbx_strings drives = {NULL, 0};
    bool system = false;

    CU_ASSERT_EQUAL_FATAL(drive_list(&drives, NULL), SBX_OK);
    for (size_t i = 0; i < drives.count; i++) {
        CU_ASSERT_EQUAL(strlen(drives.items[i]), 3);
        CU_ASSERT_STRING_EQUAL(drives.items[i] + 1, ":\\");
        system = system || drives.items[i][0] == 'C';
    }
    CU_ASSERT(system);
    strings_free(&drives);
}

const struct harness_suite filesystem_suite = {
    "filesystem",
    (const struct harness_test[]){
        {"a file is told with its true name", file_is_told_with_its_true_name},
        {"two names of one file have one id, and two files have two",
         two_names_of_one_file_have_one_id_and_two_files_have_two},
        {"folders and roots are told", folders_and_roots_are_told},
        {"what is not there is told as that", what_is_not_there_is_told_as_that},
        {"a device is no file", device_is_no_file},
        {"a link is told and followed", link_is_told_and_followed},
        {"a tree is deleted and nothing outside of it", tree_is_deleted_and_nothing_outside_of_it},
        {"a tree that is a link is refused", tree_that_is_a_link_is_refused},
        {"long paths are paths too", long_paths_are_paths_too},
        {"a folder where a file is is refused", folder_where_a_file_is_is_refused},
        {"a created file is read back whole and never overwritten",
         created_file_is_read_back_whole_and_never_overwritten},
        {"a replaced file is the old one or the new", replaced_file_is_the_old_or_the_new},
        {"a folder is no file, and is told as that", folder_is_no_file},
        {"two append to one file", two_append_to_one_file},
        {"appended lines are read by others meanwhile", appended_lines_are_read_by_others_meanwhile},
        {"an ill-formed name survives the round trip", ill_formed_name_survives_the_round_trip},
        {"programs are files", programs_are_files},
        {"known folders are there and not from the environment",
         known_folders_are_there_and_not_from_the_environment},
        {"memory running out anywhere loses no handle", files_survive_memory_running_out_anywhere},
        {"drives are roots, and the system's is among them", drives_are_roots_and_the_systems_is_among_them},
        {NULL, NULL},
    },
};
