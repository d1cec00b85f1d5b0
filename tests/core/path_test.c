/*
 * path_test.c - what a path's text says, and that nothing else is read into it.
 */
#include "core/path.h"
#include "base/memory.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

static void every_form_is_told_apart(void)
{
    static const struct {
        const char *path;
        enum path_form form;
    } cases[] = {
        {"", PATH_FORM_RELATIVE},
        {"a", PATH_FORM_RELATIVE},
        {".\\a", PATH_FORM_RELATIVE},
        {"..", PATH_FORM_RELATIVE},
        {"1:\\a", PATH_FORM_RELATIVE},
        {"C", PATH_FORM_RELATIVE},
        {"C:\\", PATH_FORM_DRIVE},
        {"c:/a", PATH_FORM_DRIVE},
        {"\\\\?\\C:\\a", PATH_FORM_DRIVE},
        {"//?/C:/a", PATH_FORM_DRIVE},
        {"C:", PATH_FORM_DRIVE_RELATIVE},
        {"C:a", PATH_FORM_DRIVE_RELATIVE},
        {"\\", PATH_FORM_ROOTED},
        {"/a", PATH_FORM_ROOTED},
        {"\\?\\C:\\a", PATH_FORM_ROOTED},
        {"\\\\server\\share", PATH_FORM_NETWORK},
        {"//server/share", PATH_FORM_NETWORK},
        {"\\/server", PATH_FORM_NETWORK},
        {"\\\\?\\UNC\\server\\share", PATH_FORM_NETWORK},
        {"\\\\?\\unc/server", PATH_FORM_NETWORK},
        {"\\\\", PATH_FORM_NETWORK},
        {"\\\\.\\C:\\a", PATH_FORM_DEVICE},
        {"\\\\.", PATH_FORM_DEVICE},
        {"\\\\?", PATH_FORM_DEVICE},
        {"\\\\?\\", PATH_FORM_DEVICE},
        {"\\\\?\\C:", PATH_FORM_DEVICE},
        {"\\\\?\\C:a", PATH_FORM_DEVICE},
        {"\\\\?\\Volume{b75e2c83-0000-0000-0000-602f00000000}\\a", PATH_FORM_DEVICE},
        {"\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1", PATH_FORM_DEVICE},
        {"\\\\?\\UNC", PATH_FORM_DEVICE},
        {"\\\\?\\UNCLE\\a", PATH_FORM_DEVICE},
        {"\\\\?\\unix\\bin\\sh", PATH_FORM_DEVICE},
        {"\\??\\C:\\a", PATH_FORM_DEVICE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (path_form(cases[i].path) != cases[i].form)
            CU_FAIL(cases[i].path);
        CU_ASSERT_EQUAL(path_form(cases[i].path), cases[i].form);
    }
}

static void names_that_windows_would_read_differently_are_faults(void)
{
    static const char *const good[] = {"C:\\src\\app", "a.b",          ".",    "..",    ".\\..\\x",
                                       "C:\\",         "\\\\?\\C:\\a", ".git", "a b\\c"};
    static const char *const bad[] = {"C:\\a.", "C:\\a \\b", "a...",          "x::$DATA", "C:\\a:b",
                                      "a*",     "a?b",       "a<b",           "a|b",      "a\"b",
                                      "a\tb",   "a\nb",      "\\\\?\\C:\\a.", "C:\\..."};

    static const char *const devices[] = {
        "con",  "C:\\users\\Con", "a/NUL.txt", "nul .tar.gz", "C:\\aux\\x", "prn",
        "com0", "COM1.log",       "lpt9",      "com\xC2\xB2", "conin$",     "ConOut$.x"};
    static const char *const none[] = {"conx", "c",     "co",      "com",         "com10",     "lpt", "comx",
                                       "nu.l", "a.nul", "console", "com\xC2\xB4", "auxiliary", ".con"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_PTR_NULL(path_fault(good[i]));
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        if (!path_fault(devices[i]) || !strstr(path_fault(devices[i]), "a device"))
            CU_FAIL(devices[i]);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (path_fault(none[i]))
            CU_FAIL(none[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_PTR_NOT_NULL(path_fault(bad[i]));
}

static void absolute_paths_are_made_as_windows_makes_them(void)
{
    static const struct {
        const char *directory, *path, *expected;
    } cases[] = {
        {"C:\\ws", "a", "C:\\ws\\a"},
        {"C:\\ws\\", "./a/b", "C:\\ws\\a\\b"},
        {"C:\\ws", "..\\a", "C:\\a"},
        {"C:\\ws", "..\\..\\..\\a", "C:\\a"},
        {"C:\\ws", "..", "C:\\"},
        {"C:\\", "a", "C:\\a"},
        {"C:\\ws", "", "C:\\ws"},
        {"C:\\ws", "D:\\x\\", "D:\\x"},
        {"C:\\ws", "d:/x//y/.", "d:\\x\\y"},
        {"C:\\ws", "\\\\?\\C:\\x", "C:\\x"},
        {"\\\\?\\C:\\ws", "a", "C:\\ws\\a"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *made = path_absolute(cases[i].directory, cases[i].path);

        CU_ASSERT_STRING_EQUAL(made, cases[i].expected);
        sbx_free(made);
    }
}

static void holding_goes_by_whole_names(void)
{
    CU_ASSERT(path_holds("C:\\Windows", "C:\\Windows"));
    CU_ASSERT(path_holds("C:\\Windows", "c:\\WINDOWS\\System32"));
    CU_ASSERT(path_holds("C:\\", "C:\\x"));
    CU_ASSERT(path_holds("C:\\Windows\\", "C:\\Windows"));
    CU_ASSERT(!path_holds("C:\\Windows", "C:\\Windows.old"));
    CU_ASSERT(!path_holds("C:\\Windows\\System32", "C:\\Windows"));
    CU_ASSERT(!path_holds("C:\\Windows", "D:\\Windows"));
}

static void names_and_extensions_are_the_last_ones(void)
{
    CU_ASSERT_STRING_EQUAL(path_name("C:\\a\\b.c"), "b.c");
    CU_ASSERT_STRING_EQUAL(path_name("C:b"), "b");
    CU_ASSERT_STRING_EQUAL(path_name("a/"), "");
    CU_ASSERT_STRING_EQUAL(path_extension("C:\\a.b\\c"), "");
    CU_ASSERT_STRING_EQUAL(path_extension("a.tar.gz"), ".gz");
    CU_ASSERT_STRING_EQUAL(path_extension(".git"), ".git");
}

static void joining_puts_one_separator_between(void)
{
    char *of_root = path_join("C:\\", "b"), *of_folder = path_join("C:\\a", "b\\c");

    CU_ASSERT_PTR_NOT_NULL_FATAL(of_root);
    CU_ASSERT_PTR_NOT_NULL_FATAL(of_folder);
    CU_ASSERT_STRING_EQUAL(of_root, "C:\\b");
    CU_ASSERT_STRING_EQUAL(of_folder, "C:\\a\\b\\c");
    sbx_free(of_root);
    sbx_free(of_folder);
}

static void memory_running_out_gives_no_path(void)
{
    sim_fail_allocation(1);
    CU_ASSERT_PTR_NULL(path_join("C:\\ws", "a"));
    sim_fail_allocation(1);
    CU_ASSERT_PTR_NULL(path_absolute("C:\\ws", "a"));
    sim_fail_allocation(0);
}

const struct harness_suite path_suite = {
    "path",
    (const struct harness_test[]){
        {"every form is told apart", every_form_is_told_apart},
        {"names that Windows would read differently are faults",
         names_that_windows_would_read_differently_are_faults},
        {"absolute paths are made as Windows makes them", absolute_paths_are_made_as_windows_makes_them},
        {"a folder holds what is below it by whole names", holding_goes_by_whole_names},
        {"name and extension are the last ones", names_and_extensions_are_the_last_ones},
        {"joining puts one separator between", joining_puts_one_separator_between},
        {"memory running out gives no path", memory_running_out_gives_no_path},
        {NULL, NULL},
    },
};
