/*
 * decode_test.c - what somebody who reads a command's output can rely on: the text does not depend on how the
 * pipe cut the bytes, and what cannot be text is seen as U+FFFD, never as an error. The code pages are those
 * of tests/sim/codepage.c.
 */
#include "core/decode.h"

#include "base/memory.h"
#include "base/text.h"
#include "memory_failing.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#define BAD "\xEF\xBF\xBD" /* U+FFFD */

static const enum text_encoding all[] = {ENCODING_AUTO, ENCODING_UTF8,  ENCODING_OEM,
                                         ENCODING_ANSI, ENCODING_UTF16, ENCODING_LATIN1};
#define ALL_COUNT (sizeof all / sizeof all[0])

/*
 * Feeds `bytes` as a reader would: in pieces of the sizes that `seed` gives (0: one piece), keeping what was
 * not taken for the next call. `last` comes with the last piece, or alone behind it.
 */
static char *decode(enum text_encoding encoding, const void *bytes, size_t size, uint32_t seed)
{
    struct text_decoder decoder = {encoding, false};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    uint8_t *kept = malloc(size + 1);
    size_t kept_size = 0;
    size_t at = 0;
    bool done = false;

    while (!done) {
        size_t piece = seed ? sim_pseudo_random(&seed) % 4 : size;
        bool last;
        size_t used;
        uint8_t *exact;

        if (piece > size - at)
            piece = size - at;
        memcpy(kept + kept_size, (const uint8_t *)bytes + at, piece);
        kept_size += piece;
        at += piece;
        last = at == size && (!seed || sim_pseudo_random(&seed) % 2);

        exact = malloc(kept_size ? kept_size : 1); /* so that reading further is seen */
        memcpy(exact, kept, kept_size);
        CU_ASSERT_EQUAL_FATAL(text_decode(&decoder, exact, kept_size, last, &out, &used, NULL), SBX_OK);
        free(exact);
        CU_ASSERT_FATAL(used <= kept_size);
        CU_ASSERT(last ? used == kept_size : kept_size - used <= 3);
        memmove(kept, kept + used, kept_size - used);
        kept_size -= used;
        done = last;
    }
    free(kept);
    return buffer_take(&out, NULL);
}

static void expect(enum text_encoding encoding, const void *bytes, size_t size, const char *expected)
{
    for (uint32_t seed = 0; seed < 40; seed++) {
        char *text = decode(encoding, bytes, size, seed);

        CU_ASSERT_STRING_EQUAL(text, expected);
        sbx_free(text);
    }
}

#define EXPECT(encoding, bytes, expected) expect(encoding, bytes, sizeof(bytes) - 1, expected)

static void names_are_those_of_the_interface(void)
{
    static const char *const names[] = {"auto", "utf-8", "oem", "ansi", "utf-16", "latin1"};
    enum text_encoding encoding;

    for (size_t i = 0; i < ALL_COUNT; i++) {
        CU_ASSERT(encoding_from_name(names[i], &encoding) && encoding == all[i]);
        CU_ASSERT_STRING_EQUAL(encoding_name(all[i]), names[i]);
    }
    CU_ASSERT(encoding_from_name("UTF-8", &encoding) && encoding == ENCODING_UTF8);
    CU_ASSERT(!encoding_from_name("utf8", &encoding) && !encoding_from_name("", &encoding));
    CU_ASSERT_EQUAL(encoding, ENCODING_UTF8);
}

static void utf8_is_taken_as_it_is_and_faults_are_replaced(void)
{
    EXPECT(ENCODING_UTF8, "", "");
    EXPECT(ENCODING_UTF8, "plain\r\ntext", "plain\r\ntext");
    EXPECT(ENCODING_UTF8, "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT(ENCODING_UTF8,
           "a\xFF"
           "b\x80",
           "a" BAD "b" BAD);
    EXPECT(ENCODING_UTF8,
           "\xE2\x82"
           "A",
           BAD "A"); /* a beginning of a character is one part */
    EXPECT(ENCODING_UTF8, "\xE2\x82\xE2\x82\xAC", BAD "\xE2\x82\xAC");
    EXPECT(ENCODING_UTF8, "\xC0\xAF", BAD BAD);                 /* overlong */
    EXPECT(ENCODING_UTF8, "\xED\xA0\x80", BAD BAD BAD);         /* a surrogate */
    EXPECT(ENCODING_UTF8, "\xF4\x90\x80\x80", BAD BAD BAD BAD); /* above U+10FFFF */
    EXPECT(ENCODING_UTF8, "cut \xF0\x9F\x98", "cut " BAD);
    EXPECT(ENCODING_UTF8, "\xEF\xBB\xBFtext\xEF\xBB\xBF", "text\xEF\xBB\xBF"); /* a mark only at the start */
    EXPECT(ENCODING_UTF8, "\xEF\xBB", BAD);
    EXPECT(ENCODING_UTF8, "\xEF\xBB\xBF", "");
}

static void auto_is_utf8_until_a_byte_proves_otherwise(void)
{
    EXPECT(ENCODING_AUTO, "gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F");
    EXPECT(ENCODING_AUTO, "gr\xFC\xDF dich", "gr\xC3\xBC\xC3\x9F dich");
    /* What was UTF-8 stays; from the fault on everything is the page's, also what would be UTF-8 again. */
    EXPECT(ENCODING_AUTO, "\xC3\xBC \xFC \xC3\xBC", "\xC3\xBC \xC3\xBC \xC3\x83\xC2\xBC");
    EXPECT(ENCODING_AUTO,
           "\xE2\xA2"
           "A",
           "\xC3\xA2\xC2\xA2"
           "A");                        /* from the first byte of what is no character */
    EXPECT(ENCODING_AUTO, "\x85", BAD); /* which the page does not know */
    EXPECT(ENCODING_AUTO, "cut \xE2\x82", "cut " BAD);
    EXPECT(ENCODING_AUTO, "\xEF\xBB\xBFmark", "mark");
    EXPECT(ENCODING_AUTO, "\xEF\xBBX", "\xC3\xAF\xC2\xBBX");
}

static void pages_are_decoded_by_the_host(void)
{
    EXPECT(ENCODING_OEM, "a\xE4\x81z", "a\xC3\xA4" BAD "z");
    EXPECT(ENCODING_ANSI, "a\x81\x40\x81\x41z",
           "a\xE4\xB8\x80\xE4\xB8\x81z"); /* U+4E00, U+4E01: two bytes each */
    EXPECT(ENCODING_ANSI, "a\x81", "a" BAD);
    EXPECT(ENCODING_ANSI, "\x81\xFF\x81\x40", BAD BAD "\xE4\xB8\x80");
}

static void utf16_is_little_endian_with_or_without_a_mark(void)
{
    EXPECT(ENCODING_UTF16, "a\0\xFC\0", "a\xC3\xBC");
    EXPECT(ENCODING_UTF16,
           "\xFF\xFE"
           "a\0",
           "a");
    EXPECT(ENCODING_UTF16, "a\0\xFF\xFE", "a\xEF\xBB\xBF");
    EXPECT(ENCODING_UTF16, "\x3D\xD8\x00\xDE", "\xF0\x9F\x98\x80");
    EXPECT(ENCODING_UTF16,
           "\x3D\xD8"
           "a\0",
           BAD "a");
    EXPECT(ENCODING_UTF16,
           "\x00\xDE"
           "a\0",
           BAD "a");
    EXPECT(ENCODING_UTF16, "\x3D\xD8\x3D\xD8\x00\xDE", BAD "\xF0\x9F\x98\x80");
    EXPECT(ENCODING_UTF16, "a\0b", "a" BAD);
    EXPECT(ENCODING_UTF16, "\x3D\xD8\x00", BAD BAD);
    EXPECT(ENCODING_UTF16, "\xFF", BAD);
}

static void latin1_is_a_character_a_byte(void)
{
    EXPECT(ENCODING_LATIN1, "a\x80\xFF", "a\xC2\x80\xC3\xBF");
    EXPECT(ENCODING_LATIN1, "\xEF\xBB\xBF", "\xC3\xAF\xC2\xBB\xC2\xBF");
}

static void zero_bytes_are_text(void)
{
    for (size_t i = 0; i < ALL_COUNT; i++) {
        struct text_decoder decoder = {all[i], false};
        struct sbx_buffer out = SBX_BUFFER_EMPTY;
        size_t used;

        CU_ASSERT_EQUAL(text_decode(&decoder, "a\0\0\0b", 6, true, &out, &used, NULL), SBX_OK);
        CU_ASSERT_EQUAL(out.size, all[i] == ENCODING_UTF16 ? 3 : 6);
        CU_ASSERT_EQUAL(used, 6);
        buffer_free(&out);
    }
}

/* Bytes as streams have them: much text, some faults, so that every step of every decoder is met at a cut. */
static size_t make_stream(uint8_t *bytes, size_t most, uint32_t *seed)
{
    static const char *const parts[] = {
        "a",        "\r\n",     "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xE2\x82", "\xED\xA0\x80",
        "\x81\x40", "\x3D\xD8", "\x00\xDE", "\xFF\xFE",     "\xEF\xBB\xBF",     "\xFC",     "\x80",
        "\xF0\x9F", "\x81",
    };
    size_t size = 0;
    uint32_t count = sim_pseudo_random(seed) % 24;
    uint32_t kinds = 1 + sim_pseudo_random(seed) % 16; /* often UTF-8 to its end */

    while (count--) {
        const char *part = parts[sim_pseudo_random(seed) % kinds];
        size_t part_size = part[0] ? strlen(part) : 2;

        if (size + part_size > most)
            break;
        memcpy(bytes + size, part, part_size);
        size += part_size;
    }
    return size;
}

static void any_cut_of_a_stream_gives_the_same_text(void)
{
    uint32_t seed = 2026;

    for (int round = 0; round < 4000; round++) {
        uint8_t bytes[128];
        size_t size = make_stream(bytes, sizeof bytes, &seed);

        for (size_t i = 0; i < ALL_COUNT; i++) {
            char *whole = decode(all[i], bytes, size, 0);

            CU_ASSERT(text_is_utf8(whole, strlen(whole)));
            for (uint32_t cut = 1; cut <= 4; cut++) {
                char *pieces = decode(all[i], bytes, size, cut + (uint32_t)round);

                CU_ASSERT_STRING_EQUAL(pieces, whole);
                sbx_free(pieces);
            }
            sbx_free(whole);
        }
    }
}

static void text_is_encoded_for_the_command(void)
{
    static const struct {
        enum text_encoding encoding;
        const char *text, *bytes;
        size_t size;
    } cases[] = {
        {ENCODING_AUTO, "a\xC3\xBC", "a\xC3\xBC", 3},
        {ENCODING_UTF8, "a\xED\xA0\x80\xFF", "a" BAD BAD BAD BAD, 13},
        {ENCODING_OEM, "a\xC3\xBC\xE2\x82\xAC", "a\xFC?", 3},
        {ENCODING_ANSI, "a\xE4\xB8\x81", "a\x81\x41", 3},
        {ENCODING_UTF16, "a\xF0\x9F\x98\x80", "a\0\x3D\xD8\x00\xDE", 6},
        {ENCODING_UTF16, "\xED\xA0\x80", "\xFD\xFF\xFD\xFF\xFD\xFF", 6},
        {ENCODING_LATIN1, "\xC3\xBF\xE2\x82\xAC\xF0\x9F\x98\x80", "\xFF??", 3},
        {ENCODING_UTF8, "", "", 0},
        {ENCODING_UTF16, "", "", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *bytes = NULL;
        size_t size = 99;

        CU_ASSERT_EQUAL_FATAL(
            text_encode(cases[i].encoding, cases[i].text, strlen(cases[i].text), &bytes, &size, NULL),
            SBX_OK);
        CU_ASSERT_EQUAL(size, cases[i].size);
        CU_ASSERT(size == cases[i].size && memcmp(bytes, cases[i].bytes, size) == 0);
        sbx_free(bytes);
    }
}

static void what_is_encoded_decodes_to_the_same(void)
{
    static const char text[] = "line\r\n\xC3\xBC\0\xC3\xBF.";

    for (size_t i = 0; i < ALL_COUNT; i++) {
        struct text_decoder decoder = {all[i], false};
        struct sbx_buffer out = SBX_BUFFER_EMPTY;
        void *bytes;
        size_t size;
        size_t used;

        if (all[i] == ENCODING_ANSI) /* the simulation's has none of these letters */
            continue;
        CU_ASSERT_EQUAL_FATAL(text_encode(all[i], text, sizeof text - 1, &bytes, &size, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(text_decode(&decoder, bytes, size, true, &out, &used, NULL), SBX_OK);
        CU_ASSERT(out.size == sizeof text - 1 && memcmp(out.data, text, out.size) == 0);
        buffer_free(&out);
        sbx_free(bytes);
    }
}

static void a_failing_page_changes_nothing(void)
{
    struct text_decoder decoder = {ENCODING_AUTO, false};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    void *bytes = NULL;
    size_t size = 7;
    size_t used = 7;

    buffer_append_text(&out, "before");
    sim_fail_call(1);
    CU_ASSERT_EQUAL(text_decode(&decoder, "abc\xFC", 4, true, &out, &used, &error), SBX_E_SYSTEM);
    CU_ASSERT(decoder.encoding == ENCODING_AUTO && !decoder.started && used == 7);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), "before");
    CU_ASSERT_EQUAL(error.code, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(text_decode(&decoder, "abc\xFC", 4, true, &out, &used, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), "beforeabc\xC3\xBC");
    CU_ASSERT_EQUAL(decoder.encoding, ENCODING_OEM);
    sim_fail_call(1);
    CU_ASSERT_EQUAL(text_encode(ENCODING_OEM, "a", 1, &bytes, &size, NULL), SBX_E_SYSTEM);
    CU_ASSERT(!bytes && size == 7);
    sim_fail_call(0);
    buffer_free(&out);
}

static sbx_status decode_and_encode(void *context)
{
    static const char bytes[] =
        "a text that needs more room than a new buffer has, twice: \xC3\xBC\xFC\x81\x40 and on and on";
    struct text_decoder decoder = {*(const enum text_encoding *)context, false};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    void *encoded = NULL;
    size_t size = 0;
    size_t used = 7;
    sbx_status status = text_decode(&decoder, bytes, sizeof bytes - 1, true, &out, &used, NULL);

    if (status) {
        CU_ASSERT(used == 7 && out.size == 0 && !buffer_failed(&out) && !decoder.started);
    } else {
        status = text_encode(*(const enum text_encoding *)context, buffer_text(&out), out.size, &encoded,
                             &size, NULL);
        CU_ASSERT(!status == (encoded != NULL));
    }
    sbx_free(encoded);
    buffer_free(&out);
    return status;
}

static void memory_running_out_changes_nothing(void)
{
    for (size_t i = 0; i < ALL_COUNT; i++)
        with_memory_failing(decode_and_encode, (void *)&all[i]);
}

const struct harness_suite decode_suite = {
    "decode",
    (const struct harness_test[]){
        {"names are those of the interface", names_are_those_of_the_interface},
        {"UTF-8 is taken as it is and faults are replaced", utf8_is_taken_as_it_is_and_faults_are_replaced},
        {"auto is UTF-8 until a byte proves otherwise", auto_is_utf8_until_a_byte_proves_otherwise},
        {"pages are decoded by the host", pages_are_decoded_by_the_host},
        {"UTF-16 is little-endian with or without a mark", utf16_is_little_endian_with_or_without_a_mark},
        {"latin1 is a character a byte", latin1_is_a_character_a_byte},
        {"zero bytes are text", zero_bytes_are_text},
        {"any cut of a stream gives the same text", any_cut_of_a_stream_gives_the_same_text},
        {"text is encoded for the command", text_is_encoded_for_the_command},
        {"what is encoded decodes to the same", what_is_encoded_decodes_to_the_same},
        {"a failing page changes nothing", a_failing_page_changes_nothing},
        {"memory running out changes nothing", memory_running_out_changes_nothing},
        {NULL, NULL},
    },
};
