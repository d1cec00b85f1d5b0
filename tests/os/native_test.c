/*
 * native_test.c - paths as the system's calls are given them, and calls that not every host has.
 */
#include "os/native.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/security.h"
#include "support/harness.h"

#include <string.h>

static void absolute_paths_become_long_ones(void)
{
    static const struct {
        const char *path;
        const char *wanted;
    } cases[] = {
        {"C:\\x", "\\\\?\\C:\\x"},
        {"C:\\", "\\\\?\\C:\\"},
        {"c:/a/../b/./c", "\\\\?\\c:\\b\\c"},
        {"C:\\a\\..\\..\\..\\b", "\\\\?\\C:\\b"}, /* nothing is above the root */
        {"C:\\trailing. . ", "\\\\?\\C:\\trailing"},
        {"\\\\server\\share\\x", "\\\\?\\UNC\\server\\share\\x"},
        {"//server/share/x", "\\\\?\\UNC\\server\\share\\x"},
        {"\\\\?\\C:\\a/b\\..\\c. ", "\\\\?\\C:\\a/b\\..\\c. "}, /* as it is, which is what that form is for */
        {"\\\\.\\pipe\\x", "\\\\.\\pipe\\x"},
        {"C:\\con", "\\\\.\\con"}, /* a reserved name stays one */
        {"C:\\\xED\xA0\x80", "\\\\?\\C:\\\xED\xA0\x80"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        WCHAR *wide = NULL;
        char *text = NULL;

        CU_ASSERT_EQUAL_FATAL(native_path(cases[i].path, &wide, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(native_text(wide, &text, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(text, cases[i].wanted);
        sbx_free(text);
        sbx_free(wide);
    }
}

static void other_paths_are_refused(void)
{
    static const char *const paths[] = {"", "x", "x\\y", "\\x", "C:", "C:x", "1:\\x", ":\\x", ".", "..\\x"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        WCHAR *wide = NULL;

        CU_ASSERT_EQUAL(native_path(paths[i], &wide, NULL), SBX_E_ARGUMENT);
        CU_ASSERT_PTR_NULL(wide);
    }
}

static void final_paths_lose_their_prefix(void)
{
    static const struct {
        const WCHAR *wide;
        const char *wanted;
    } cases[] = {
        {L"\\\\?\\C:\\x", "C:\\x"},
        {L"\\\\?\\C:\\", "C:\\"},
        {L"\\\\?\\UNC\\server\\share\\x", "\\\\server\\share\\x"},
        {L"\\\\?\\Volume{1}\\x", "\\\\?\\Volume{1}\\x"},
        {L"C:\\x", "C:\\x"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = NULL;

        CU_ASSERT_EQUAL_FATAL(native_plain_path(cases[i].wide, &path, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(path, cases[i].wanted);
        sbx_free(path);
    }
}

static void missing_calls_are_told_as_missing(void)
{
    CU_ASSERT(native_call(L"kernel32.dll", "CreateFileW") != NULL);
    CU_ASSERT(native_call(L"kernel32.dll", "NoSuchCall") == NULL);
    CU_ASSERT(native_call(L"sbx-no-such.dll", "CreateFileW") == NULL);
}

static void lists_are_equal_entry_by_entry(void)
{
    struct security_entry entries[2] = {{NULL, GENERIC_ALL}, {NULL, READ_CONTROL}};
    ACL *one = NULL;
    ACL *same = NULL;
    ACL *other = NULL;
    ACL *shorter = NULL;

    CU_ASSERT_EQUAL_FATAL(security_sid("S-1-5-18", &entries[0].sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(security_sid("S-1-3-4", &entries[1].sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL(security_acl(entries, 2, &one, NULL), SBX_OK);
    CU_ASSERT_EQUAL(security_acl(entries, 2, &same, NULL), SBX_OK);
    CU_ASSERT_EQUAL(security_acl(entries, 1, &shorter, NULL), SBX_OK);
    entries[1].mask |= WRITE_DAC;
    CU_ASSERT_EQUAL(security_acl(entries, 2, &other, NULL), SBX_OK);
    CU_ASSERT(security_acl_equal(one, same));
    CU_ASSERT_FALSE(security_acl_equal(one, other));
    CU_ASSERT_FALSE(security_acl_equal(one, shorter));
    CU_ASSERT_FALSE(security_acl_equal(one, NULL));
    CU_ASSERT_FALSE(
        security_acl_equal(NULL, NULL)); /* a missing list allows everything: it is no match for anything */
    sbx_free(one);
    sbx_free(same);
    sbx_free(shorter);
    sbx_free(other);
    sbx_free(entries[0].sid);
    sbx_free(entries[1].sid);
}

const struct harness_suite native_suite = {
    "native",
    (const struct harness_test[]){
        {"absolute paths become long ones", absolute_paths_become_long_ones},
        {"other paths are refused", other_paths_are_refused},
        {"final paths lose their prefix", final_paths_lose_their_prefix},
        {"missing calls are told as missing", missing_calls_are_told_as_missing},
        {"lists are equal entry by entry", lists_are_equal_entry_by_entry},
        {NULL, NULL},
    },
};
