/*
 * base_buffer_test.c - bytes that grow, memory that runs out, and an error that tells what came first.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "base/status.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

static bool refuse(void *context, size_t size)
{
    unsigned *left = context;

    (void)size;
    return (*left)-- == 0;
}

/* The nth request from now (0 is the next) is refused. */
static void refuse_nth(unsigned *nth)
{
    sbx_memory_set_hook(refuse, nth);
}

static void empty_buffer_is_an_empty_text(void)
{
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;
    size_t size = 9;
    char *taken;

    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "");
    buffer_remove_front(&buffer, 5);
    buffer_append(&buffer, NULL, 0);
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "");
    CU_ASSERT_FALSE(buffer_failed(&buffer));
    buffer_free(&buffer);
    taken = buffer_take(&buffer, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    CU_ASSERT_STRING_EQUAL(taken, "");
    CU_ASSERT_EQUAL(size, 0);
    sbx_free(taken);
}

static void buffer_grows_and_is_always_ended(void)
{
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;

    for (unsigned i = 0; i < 10000; i++) {
        buffer_append_format(&buffer, "%u,", i % 10);
        CU_ASSERT(buffer.capacity > buffer.size && buffer.data[buffer.size] == 0);
    }
    CU_ASSERT_EQUAL(buffer.size, 20000);
    CU_ASSERT(!memcmp(buffer.data + 19998, "9,", 3));
    buffer_free(&buffer);
    CU_ASSERT_PTR_NULL(buffer.data);
}

static void numbers_are_little_endian(void)
{
    static const uint8_t wanted[] = {0x02, 0x01, 0x06, 0x05, 0x04, 0x03, 0x0e,
                                     0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 0xff};
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;

    buffer_append_u16(&buffer, 0x0102);
    buffer_append_u32(&buffer, 0x03040506);
    buffer_append_u64(&buffer, 0xff08090a0b0c0d0e);
    CU_ASSERT_EQUAL(buffer.size, 14);
    CU_ASSERT(!memcmp(buffer.data, wanted, 14));
    buffer_free(&buffer);
}

static void front_is_removed_and_the_rest_stays(void)
{
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;

    buffer_append_text(&buffer, "header body");
    buffer_remove_front(&buffer, 7);
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "body");
    CU_ASSERT_EQUAL(buffer.size, 4);
    buffer_append_text(&buffer, "!");
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "body!");
    buffer_remove_front(&buffer, 1000);
    CU_ASSERT_EQUAL(buffer.size, 0);
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "");
    buffer_free(&buffer);
}

/* The whole point: write on, ask once. Nothing that came after the failure is in, so nothing is half there. */
static void failure_sticks_until_the_buffer_is_freed(void)
{
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;
    char big[500];
    unsigned now = 0;
    size_t size = 9;

    memset(big, 'x', sizeof big);
    buffer_append_text(&buffer, "kept");
    refuse_nth(&now);
    buffer_append(&buffer, big, sizeof big);
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT(buffer_failed(&buffer));
    buffer_append_text(&buffer, " more");
    buffer_append_u32(&buffer, 1);
    buffer_append_format(&buffer, "%d", 1);
    CU_ASSERT(buffer_failed(&buffer));
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "kept");
    CU_ASSERT_PTR_NULL(buffer_take(&buffer, &size));
    CU_ASSERT_EQUAL(size, 9);

    /* Taken or freed it is empty and can be used again. */
    CU_ASSERT_FALSE(buffer_failed(&buffer));
    buffer_append_text(&buffer, "again");
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "again");
    buffer_free(&buffer);
}

static void impossible_size_is_a_failure(void)
{
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;

    buffer_append_text(&buffer, "x");
    buffer_append(&buffer, "", SIZE_MAX);
    CU_ASSERT(buffer_failed(&buffer));
    buffer_free(&buffer);
    buffer_append_text(&buffer, "x");
    buffer_append(&buffer, "", SIZE_MAX - 2);
    CU_ASSERT(buffer_failed(&buffer));
    buffer_free(&buffer);
}

static void taken_text_is_the_callers(void)
{
    struct sbx_buffer buffer = SBX_BUFFER_EMPTY;
    size_t size = 0;
    char *taken;

    buffer_append(&buffer, "a\0b", 3);
    taken = buffer_take(&buffer, &size);
    CU_ASSERT_EQUAL(size, 3);
    CU_ASSERT(taken && !memcmp(taken, "a\0b", 4));
    CU_ASSERT_PTR_NULL(buffer.data);
    buffer_append_text(&buffer, "next");
    CU_ASSERT(taken && taken[0] == 'a');
    buffer_free(&buffer);
    sbx_free(taken);
}

static void new_memory_is_zeroed_and_may_be_empty(void)
{
    unsigned char *bytes = sbx_alloc(100);
    void *nothing = sbx_alloc(0);
    size_t sum = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    CU_ASSERT_PTR_NOT_NULL(nothing);
    for (size_t i = 0; i < 100; i++)
        sum += bytes[i];
    CU_ASSERT_EQUAL(sum, 0);
    nothing = sbx_realloc(nothing, 0);
    CU_ASSERT_PTR_NOT_NULL(nothing);
    sbx_free(nothing);
    sbx_free(bytes);
    sbx_free(NULL);
}

static void array_whose_size_overflows_is_refused(void)
{
    void *none = sbx_alloc_array(0, 8);

    CU_ASSERT_PTR_NULL(sbx_alloc_array(SIZE_MAX / 2, 3));
    CU_ASSERT_PTR_NULL(sbx_alloc_array(SIZE_MAX, SIZE_MAX));
    CU_ASSERT_PTR_NOT_NULL(none);
    sbx_free(none);
}

static void refused_memory_leaves_the_old_block(void)
{
    char *text = sbx_strdup("old");
    unsigned now = 0;

    refuse_nth(&now);
    CU_ASSERT_PTR_NULL(sbx_realloc(text, 100));
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT_STRING_EQUAL(text, "old");
    sbx_free(text);

    now = 0;
    refuse_nth(&now);
    CU_ASSERT_PTR_NULL(sbx_strdup("x"));
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT_PTR_NULL(sbx_strndup("x", SIZE_MAX));
}

static void cut_copy_is_ended(void)
{
    char *text = sbx_strndup("a\0bc", 3);

    CU_ASSERT(text && !memcmp(text, "a\0b", 4));
    sbx_free(text);
}

static void first_failure_is_the_one_that_is_told(void)
{
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(error_system(&error, "CreateThing", 5), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error_set(&error, SBX_E_ARGUMENT, "later %d", 1),
                    SBX_E_ARGUMENT); /* each returns its own code */
    CU_ASSERT_EQUAL(error_memory(&error, "a thing"), SBX_E_MEMORY);
    CU_ASSERT_EQUAL(error.code, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 5);
    CU_ASSERT_STRING_EQUAL(error.where, "CreateThing");
    CU_ASSERT_STRING_EQUAL(error.text, "CreateThing failed with error 5.");
    CU_ASSERT_EQUAL(error_set(NULL, SBX_E_STATE, "nobody asks"), SBX_E_STATE);
}

static void text_is_cut_at_a_whole_character(void)
{
    char long_text[SBX_ERROR_TEXT_SIZE + 10];

    for (size_t shift = 0; shift < 4; shift++) {
        struct sbx_error error = {0};
        size_t at = shift;

        memset(long_text, 'x', shift);
        for (; at + 4 < sizeof long_text; at += 4)
            memcpy(long_text + at, "\xF0\x9F\x98\x80", 4);
        long_text[at] = '\0';
        error_set(&error, SBX_E_ARGUMENT, "%s", long_text);
        CU_ASSERT_EQUAL((strlen(error.text) - shift) % 4, 0);
        CU_ASSERT(strlen(error.text) > SBX_ERROR_TEXT_SIZE - 6);
    }
}

static void every_code_has_its_word(void)
{
    CU_ASSERT_STRING_EQUAL(status_word(SBX_OK), "OK");
    CU_ASSERT_STRING_EQUAL(status_word(SBX_E_POLICY_SYNTAX), "E_POLICY_SYNTAX");
    CU_ASSERT_STRING_EQUAL(status_word(SBX_E_NOT_BUILT), "E_NOT_BUILT");
    CU_ASSERT_STRING_EQUAL(status_word(SBX_E_MEMORY), "E_MEMORY");
    CU_ASSERT_STRING_EQUAL(status_word(-1), "E_SYSTEM");
    CU_ASSERT_STRING_EQUAL(status_word(SBX_E_MEMORY + 1), "E_SYSTEM");
    for (sbx_status code = SBX_OK + 1; code <= SBX_E_MEMORY; code++)
        CU_ASSERT(!strncmp(status_word(code), "E_", 2));
}

/* The numbers are a contract with scripts (idl/sbxcom.idl): they never move. */
static void codes_keep_their_numbers(void)
{
    CU_ASSERT_EQUAL(SBX_E_POLICY_SYNTAX, 1);
    CU_ASSERT_EQUAL(SBX_E_BELOW_REQUIREMENT, 7);
    CU_ASSERT_EQUAL(SBX_E_RUNNER_LOST, 16);
    CU_ASSERT_EQUAL(SBX_E_TIMEOUT, 21);
    CU_ASSERT_EQUAL(SBX_E_SYSTEM, 28);
    CU_ASSERT_EQUAL(SBX_E_NOT_BUILT, 29);
}

const struct harness_suite base_buffer_suite = {
    "base",
    (const struct harness_test[]){
        {"an empty buffer is an empty text", empty_buffer_is_an_empty_text},
        {"a buffer grows and is always ended", buffer_grows_and_is_always_ended},
        {"numbers are little-endian", numbers_are_little_endian},
        {"the front is removed and the rest stays", front_is_removed_and_the_rest_stays},
        {"a failure sticks until the buffer is freed", failure_sticks_until_the_buffer_is_freed},
        {"an impossible size is a failure", impossible_size_is_a_failure},
        {"a taken text is the caller's", taken_text_is_the_callers},
        {"new memory is zeroed and may be empty", new_memory_is_zeroed_and_may_be_empty},
        {"an array whose size overflows is refused", array_whose_size_overflows_is_refused},
        {"refused memory leaves the old block", refused_memory_leaves_the_old_block},
        {"a cut copy is ended", cut_copy_is_ended},
        {"the first failure is the one that is told", first_failure_is_the_one_that_is_told},
        {"a text is cut at a whole character", text_is_cut_at_a_whole_character},
        {"every code has its word", every_code_has_its_word},
        {"codes keep their numbers", codes_keep_their_numbers},
        {NULL, NULL},
    },
};
