/*
 * codepage_test.c - output of old programs becomes text, and what they are given becomes their bytes.
 */
#include "os/codepage.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

#include <string.h>

static void expect_decoded(enum codepage page, const char *bytes, size_t size, int last, const char *wanted,
                           size_t wanted_used)
{
    char *text = NULL;
    size_t text_size = 0;
    size_t used = 0;

    CU_ASSERT_EQUAL_FATAL(codepage_decode(page, bytes, size, last, &text, &text_size, &used, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(text, wanted);
    CU_ASSERT_EQUAL(text_size, strlen(wanted));
    CU_ASSERT_EQUAL(used, wanted_used);
    sbx_free(text);
}

static void ascii_stays_itself_in_every_page(void)
{
    void *bytes = NULL;
    size_t size = 0;

    expect_decoded(CODEPAGE_OEM, "dir /b\r\n", 8, 0, "dir /b\r\n", 8);
    expect_decoded(CODEPAGE_ANSI, "", 0, 1, "", 0);
    CU_ASSERT_EQUAL_FATAL(codepage_encode(CODEPAGE_OEM, "echo", 4, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT(size == 4 && !memcmp(bytes, "echo", 4));
    sbx_free(bytes);
    CU_ASSERT_EQUAL_FATAL(codepage_encode(CODEPAGE_ANSI, "", 0, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, 0);
    sbx_free(bytes);
}

static void every_byte_of_the_oem_page_survives_the_round_trip(void)
{
    char bytes[256];
    char *text = NULL;
    size_t text_size = 0;
    size_t used = 0;
    void *back = NULL;
    size_t back_size = 0;
    CPINFO information;

    CU_ASSERT(GetCPInfo(GetOEMCP(), &information));
    if (information.MaxCharSize != 1)
        HARNESS_SKIP("the OEM page of this host has characters of several bytes");
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    CU_ASSERT_EQUAL_FATAL(codepage_decode(CODEPAGE_OEM, bytes, 256, 1, &text, &text_size, &used, NULL),
                          SBX_OK);
    CU_ASSERT_EQUAL(used, 256);
    CU_ASSERT_EQUAL_FATAL(codepage_encode(CODEPAGE_OEM, text, text_size, &back, &back_size, NULL), SBX_OK);
    CU_ASSERT(back_size == 256 && !memcmp(back, bytes, 256));
    sbx_free(back);
    sbx_free(text);
}

/* The page of old programs' output, and the one of old programs' files, are two. */
static void each_page_is_the_hosts(void)
{
    static const UINT numbers[] = {CP_OEMCP, CP_ACP};
    static const enum codepage pages[] = {CODEPAGE_OEM, CODEPAGE_ANSI};

    for (size_t i = 0; i < 2; i++) {
        char bytes[96];
        WCHAR wide[96];
        char *wanted = NULL;
        char *text = NULL;
        size_t text_size = 0;
        size_t used = 0;
        int count;
        CPINFO information;

        if (!GetCPInfo(numbers[i], &information) || information.MaxCharSize != 1)
            HARNESS_SKIP("a page of this host has characters of several bytes");
        for (int j = 0; j < 96; j++)
            bytes[j] = (char)(0xA0 + j);
        count = MultiByteToWideChar(numbers[i], 0, bytes, 96, wide, 96);
        CU_ASSERT_EQUAL_FATAL(text_from_utf16(wide, (size_t)count, &wanted, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(codepage_decode(pages[i], bytes, 96, 1, &text, &text_size, &used, NULL),
                              SBX_OK);
        CU_ASSERT_STRING_EQUAL(text, wanted);
        sbx_free(text);
        sbx_free(wanted);
    }
}

/* Fullwidth letters, letters with a macron, quotation marks: nothing is given to a program that is only similar. */
static void similar_characters_are_not_taken_for_the_same(void)
{
    static const char *const texts[] = {"\xEF\xBC\xA1", "\xC4\x80", "\xE2\x80\x98", "\xE2\x88\x9E",
                                        "\xE2\x80\xB5"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        void *bytes = NULL;
        size_t size = 0;
        char *text = NULL;
        size_t text_size = 0;
        size_t used = 0;

        CU_ASSERT_EQUAL_FATAL(codepage_encode(CODEPAGE_OEM, texts[i], strlen(texts[i]), &bytes, &size, NULL),
                              SBX_OK);
        CU_ASSERT_EQUAL_FATAL(codepage_decode(CODEPAGE_OEM, bytes, size, 1, &text, &text_size, &used, NULL),
                              SBX_OK);
        CU_ASSERT(!strcmp(text, "?") || !strcmp(text, texts[i]));
        sbx_free(text);
        sbx_free(bytes);
    }
}

static void unknown_characters_become_one_question_mark(void)
{
    static const char text[] =
        "a\xE2\x98\x83z\xF0\x9F\x98\x80!\xED\xA0\x80"; /* a snowman, a face, half a pair */
    void *bytes = NULL;
    size_t size = 0;

    if (GetOEMCP() == CP_UTF8)
        HARNESS_SKIP("the OEM page of this host is UTF-8");
    CU_ASSERT_EQUAL_FATAL(codepage_encode(CODEPAGE_OEM, text, sizeof text - 1, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT(size == 6 && !memcmp(bytes, "a?z?!?", 6));
    sbx_free(bytes);
}

static void pages_of_several_bytes_leave_half_a_character_for_the_next_call(void)
{
    if (GetOEMCP() == 932) {
        expect_decoded(CODEPAGE_OEM, "\x93\xFA\x96", 3, 0, "\xE6\x97\xA5",
                       2); /* half of the second sign is kept */
        expect_decoded(CODEPAGE_OEM, "\x93\xFA\x96", 3, 1, "\xE6\x97\xA5\xEF\xBF\xBD", 3);
        expect_decoded(CODEPAGE_OEM,
                       "a\x81\x81"
                       "b",
                       4, 0,
                       "a\xEF\xBC\x9D"
                       "b",
                       4);
    } else if (GetOEMCP() == CP_UTF8) {
        expect_decoded(CODEPAGE_OEM, "a\xE6\x97", 3, 0, "a", 1);
        expect_decoded(CODEPAGE_OEM, "a\xE6\x97", 3, 1, "a\xEF\xBF\xBD", 3);
    } else
        HARNESS_SKIP("the OEM page of this host has characters of one byte");
}

static sbx_status attempt_both(void *context, struct sbx_error *error)
{
    char *text = NULL;
    size_t text_size;
    size_t used;
    void *bytes = NULL;
    size_t size;
    sbx_status status = codepage_decode(CODEPAGE_ANSI, context, 3, 1, &text, &text_size, &used, error);

    if (!status)
        status = codepage_encode(CODEPAGE_ANSI, text, text_size, &bytes, &size, error);
    sbx_free(bytes);
    sbx_free(text);
    return status;
}

static void conversion_survives_memory_running_out(void)
{
    expect_memory_failures(attempt_both, (char[]){"abc"});
}

const struct harness_suite codepage_suite = {
    "codepage",
    (const struct harness_test[]){
        {"ASCII stays itself in every page", ascii_stays_itself_in_every_page},
        {"every byte of the OEM page survives the round trip",
         every_byte_of_the_oem_page_survives_the_round_trip},
        {"each page is the host's", each_page_is_the_hosts},
        {"similar characters are not taken for the same", similar_characters_are_not_taken_for_the_same},
        {"unknown characters become one question mark", unknown_characters_become_one_question_mark},
        {"pages of several bytes leave half a character for the next call",
         pages_of_several_bytes_leave_half_a_character_for_the_next_call},
        {"memory running out is an error like another", conversion_survives_memory_running_out},
        {NULL, NULL},
    },
};
