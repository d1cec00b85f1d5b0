/*
 * sid_test.c - a SID is the same after it went through text, and nothing else is taken for one.
 */
#include "core/sid.h"
#include "core/descriptor_random.h"
#include "support/harness.h"

#include <string.h>

static const char *text_of(const struct sid *sid, struct sbx_buffer *buffer)
{
    buffer_free(buffer);
    sid_write_text(sid, buffer);
    return buffer_text(buffer);
}

static void text_is_read_and_written_back(void)
{
    static const char *const texts[] = {
        "S-1-1-0",
        "S-1-5-18",
        "S-1-5",
        "S-1-0-0",
        "S-1-5-32-545",
        "S-1-5-21-4294967295-0-1-1001",
        "S-1-4294967295-1",
        "S-1-0x000100000000-1",
        "S-1-0xFFFFFFFFFFFF-4294967295",
        "S-1-9-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15",
    };
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;
    struct sid sid;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CU_ASSERT_EQUAL_FATAL(sid_parse(texts[i], &sid, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(text_of(&sid, &buffer), texts[i]);
    }
    CU_ASSERT_EQUAL(sid_parse("s-1-0x00000000000f-2-1", &sid, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(text_of(&sid, &buffer), "S-1-15-2-1");
    sid.size = 0;
    CU_ASSERT_STRING_EQUAL(text_of(&sid, &buffer), "");
    buffer_free(&buffer);
}

static void what_is_no_sid_is_refused_and_nothing_written(void)
{
    static const char *const texts[] = {
        "",
        "S",
        "S-",
        "S-1",
        "S-1-",
        "S-2-5-18",
        "S-1-5-",
        "S-1-5-18-",
        "S-1-5--18",
        "S-1-5-x",
        "S-1-5-18 ",
        " S-1-5-18",
        "S-1-05-18",
        "S-1-5-018",
        "S-1-5-0x12",
        "S-1-4294967296-1",
        "S-1-5-4294967296",
        "S-1-0x-1",
        "S-1-5-+1",
        "S-1-5-1.0",
        "T-1-5-18",
        "SY",
        "S-1-0x1000000000000-1",
        "S-1-9-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
        "S-1-5-99999999999999999999999",
    };
    struct sbx_error error = {0};
    struct sid sid;

    memset(&sid, 0xAA, sizeof sid);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        error.code = SBX_OK;
        CU_ASSERT_EQUAL(sid_parse(texts[i], &sid, &error), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(error.code, SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(sid.size, 0xAA);
    }
}

static void bytes_are_read_only_as_far_as_they_go(void)
{
    static const uint8_t bytes[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0, 0xFF};
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;
    uint8_t exact[16];
    struct sid sid;

    for (size_t size = 0; size < 16; size++) {
        memcpy(exact, bytes, size);
        CU_ASSERT_FALSE(sid_read(exact, size, &sid));
    }
    CU_ASSERT_TRUE_FATAL(sid_read(bytes, sizeof bytes, &sid));
    CU_ASSERT_EQUAL(sid.size, 16);
    CU_ASSERT_STRING_EQUAL(text_of(&sid, &buffer), "S-1-5-32-545");
    CU_ASSERT_FALSE(sid_read((const uint8_t[68]){2, 1}, 68, &sid));
    CU_ASSERT_FALSE(sid_read((const uint8_t[80]){1, 16}, 80, &sid));
    CU_ASSERT_TRUE(sid_read((const uint8_t[68]){1, 15}, 68, &sid));
    buffer_free(&buffer);
}

static void well_known_ones_are_what_their_names_say(void)
{
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;

    CU_ASSERT_STRING_EQUAL(text_of(&sid_everyone, &buffer), "S-1-1-0");
    CU_ASSERT_STRING_EQUAL(text_of(&sid_creator_owner, &buffer), "S-1-3-0");
    CU_ASSERT_STRING_EQUAL(text_of(&sid_creator_group, &buffer), "S-1-3-1");
    CU_ASSERT_STRING_EQUAL(text_of(&sid_owner_rights, &buffer), "S-1-3-4");
    CU_ASSERT_STRING_EQUAL(text_of(&sid_principal_self, &buffer), "S-1-5-10");
    CU_ASSERT_FALSE(sid_equal(&sid_everyone, &sid_owner_rights));
    buffer_free(&buffer);
}

static void every_sid_survives_text(void)
{
    struct cases cases = chance_cases(20000);
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;
    struct chance chance;

    for (unsigned long i = 0; i < cases.count; i++) {
        struct sid sid;
        struct sid again;

        chance_seed(&chance, cases.first_seed + i);
        sid = chance_sid(&chance);
        if (sid_parse(text_of(&sid, &buffer), &again, NULL) || !sid_equal(&sid, &again)) {
            chance_failed("every_sid_survives_text", cases.first_seed + i);
            CU_FAIL("another SID");
            break;
        }
    }
    buffer_free(&buffer);
}

const struct harness_suite sid_suite = {
    "sid",
    (const struct harness_test[]){
        {"text is read and written back the same", text_is_read_and_written_back},
        {"what is no SID is refused, and nothing is written", what_is_no_sid_is_refused_and_nothing_written},
        {"bytes are read only as far as they go", bytes_are_read_only_as_far_as_they_go},
        {"the well-known ones are what their names say", well_known_ones_are_what_their_names_say},
        {"every SID survives text", every_sid_survives_text},
        {NULL, NULL},
    },
};
