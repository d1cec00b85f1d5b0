/*
 * registry_test.c - values below HKEY_LOCAL_MACHINE, in a key of this test's own. All of it is real under Wine too.
 */
#include "os/registry.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define ROOT "SOFTWARE\\sbxcom-test"
#define KEY  ROOT "\\Users\\one"

#define SKIP_UNLESS_ELEVATED()                                            \
    do {                                                                  \
        if (!is_elevated())                                               \
            HARNESS_SKIP("only an administrator may change the machine"); \
    } while (0)

/* Past the code under test. */
static bool has_key(const WCHAR *path)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ | KEY_WOW64_64KEY, &key))
        return false;
    RegCloseKey(key);
    return true;
}

static void set_raw(const WCHAR *name, DWORD type, const void *bytes, DWORD size)
{
    HKEY key;

    CU_ASSERT_EQUAL_FATAL(RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\sbxcom-test\\Users\\one", 0, NULL,
                                          0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL),
                          0);
    CU_ASSERT_EQUAL(RegSetValueExW(key, name, 0, type, bytes, size), 0);
    RegCloseKey(key);
}

static void values_read_back_as_they_were_written(void)
{
    static const char long_text[] =
        "C:\\Users\\J\xC3\xB6rg\\%TEMP%\\\xF0\x9F\x90\x99 and a good deal more of it, "
        "so that the first buffer is too small for it";
    uint32_t number = 7;
    char *text = NULL;

    SKIP_UNLESS_ELEVATED();
    CU_ASSERT_EQUAL(registry_write_text(KEY, "text", long_text, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_write_text(KEY, "empty", "", NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_write_number(KEY, "number", 0xFFFFFFFF, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_write_number(KEY, "number", 0x80000001, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(registry_read_text(KEY, "TEXT", &text, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(text, long_text);
    sbx_free(text);
    CU_ASSERT_EQUAL_FATAL(registry_read_text(KEY, "empty", &text, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(text, "");
    sbx_free(text);
    CU_ASSERT_EQUAL(registry_read_number(KEY, "number", &number, NULL), SBX_OK);
    CU_ASSERT_EQUAL(number, 0x80000001);

    CU_ASSERT_EQUAL(registry_delete(KEY, "text", ROOT, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_delete(KEY, "empty", ROOT, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_delete(KEY, "number", "SOFTWARE", NULL), SBX_OK);
}

static void what_is_not_there_is_told_from_what_is_of_another_kind(void)
{
    struct sbx_error error = {0};
    struct sbx_strings names = {0};
    uint32_t number = 7;
    char *text = NULL;

    SKIP_UNLESS_ELEVATED();
    CU_ASSERT_EQUAL(registry_read_number(ROOT, "number", &number, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(registry_list(ROOT, &names, NULL), SBX_E_PATH_NOT_FOUND);
    set_raw(L"binary", REG_BINARY, "1234", 4);
    set_raw(L"expand", REG_EXPAND_SZ, L"%TEMP%", 14);
    CU_ASSERT_EQUAL(registry_read_number(KEY, "number", &number, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(registry_read_number(KEY, "binary", &number, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 1630);
    CU_ASSERT_EQUAL(registry_read_text(KEY, "expand", &text, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(number, 7);
    CU_ASSERT_PTR_NULL(text);
    CU_ASSERT_EQUAL(registry_delete(KEY, "binary", "SOFTWARE", NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_delete(KEY, "expand", "SOFTWARE", NULL), SBX_OK);
    CU_ASSERT_FALSE(has_key(L"SOFTWARE\\sbxcom-test"));
}

static void names_are_listed(void)
{
    struct sbx_strings names = {0};

    SKIP_UNLESS_ELEVATED();
    CU_ASSERT_EQUAL(registry_write_number(KEY, "one", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_write_number(KEY, "two", 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_list(KEY, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(names.count, 2);
    CU_ASSERT(!strcmp(names.items[0], "one") || !strcmp(names.items[1], "one"));
    CU_ASSERT(!strcmp(names.items[0], "two") || !strcmp(names.items[1], "two"));
    strings_free(&names);
    CU_ASSERT_EQUAL(registry_delete(KEY, "one", "SOFTWARE", NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_delete(KEY, "two", "SOFTWARE", NULL), SBX_OK);
}

static void deleting_takes_out_empty_keys_up_to_the_stop_and_nothing_else(void)
{
    SKIP_UNLESS_ELEVATED();
    CU_ASSERT_EQUAL(registry_write_number(KEY, "one", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_write_number(KEY, "two", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_write_number(ROOT, "kept", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_delete(KEY, "one", "SOFTWARE", NULL), SBX_OK);
    CU_ASSERT(has_key(L"SOFTWARE\\sbxcom-test\\Users\\one")); /* it has a value still */
    CU_ASSERT_EQUAL(registry_delete(KEY, "two", "software\\sbxcom-test\\Users", NULL), SBX_OK);
    CU_ASSERT_FALSE(has_key(L"SOFTWARE\\sbxcom-test\\Users\\one"));
    CU_ASSERT(has_key(L"SOFTWARE\\sbxcom-test\\Users"));                    /* the stop */
    CU_ASSERT_EQUAL(registry_delete(KEY, "two", "SOFTWARE", NULL), SBX_OK); /* not there is fine */
    CU_ASSERT_FALSE(has_key(L"SOFTWARE\\sbxcom-test\\Users"));
    CU_ASSERT(has_key(L"SOFTWARE\\sbxcom-test"));
    CU_ASSERT_EQUAL(registry_delete(ROOT, "kept", "SOFTWARE", NULL), SBX_OK);
    CU_ASSERT_FALSE(has_key(L"SOFTWARE\\sbxcom-test"));
    CU_ASSERT(has_key(L"SOFTWARE"));
}

static sbx_status attempt_all(void *context, struct sbx_error *error)
{
    struct sbx_strings names = {0};
    char *text = NULL;
    sbx_status status = registry_write_text(KEY, "text", "some text that is longer than a number", error);

    (void)context;
    if (!status)
        status = registry_read_text(KEY, "text", &text, error);
    if (!status)
        status = registry_list(KEY, &names, error);
    if (!status)
        status = registry_delete(KEY, "text", "SOFTWARE", error);
    strings_free(&names);
    sbx_free(text);
    return status;
}

static void memory_running_out_loses_no_key(void)
{
    SKIP_UNLESS_ELEVATED();
    expect_memory_failures(attempt_all, NULL);
    CU_ASSERT_FALSE(has_key(L"SOFTWARE\\sbxcom-test"));
}

const struct harness_suite registry_suite = {
    "registry",
    (const struct harness_test[]){
        {"values read back as they were written", values_read_back_as_they_were_written},
        {"what is not there is told from what is of another kind",
         what_is_not_there_is_told_from_what_is_of_another_kind},
        {"names are listed", names_are_listed},
        {"deleting takes out empty keys up to the stop and nothing else",
         deleting_takes_out_empty_keys_up_to_the_stop_and_nothing_else},
        {"memory running out loses no key", memory_running_out_loses_no_key},
        {NULL, NULL},
    },
};
