/*
 * base_text_test.c - every name survives the way to UTF-16 and back, and what is no text is found out.
 */
#include "base/memory.h"
#include "base/text.h"
#include "core/memory_failing.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

/* The units of `bytes`, compared with `wanted`, which ends with 0. */
static void expect_units(const char *bytes, size_t size, const uint16_t *wanted, size_t wanted_count)
{
    uint16_t *units = NULL;
    size_t count = 0;

    CU_ASSERT_EQUAL_FATAL(text_to_utf16(bytes, size, &units, &count), SBX_OK);
    CU_ASSERT_EQUAL(count, wanted_count);
    CU_ASSERT(!count || (count == wanted_count && !memcmp(units, wanted, count * sizeof *units)));
    CU_ASSERT_EQUAL(units[count], 0);
    sbx_free(units);
}

#define EXPECT_UNITS(bytes, ...)                                               \
    expect_units(bytes, sizeof(bytes) - 1, (const uint16_t[]){__VA_ARGS__, 0}, \
                 sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

static void well_formed_text_becomes_its_units(void)
{
    expect_units("", 0, NULL, 0);
    EXPECT_UNITS("aZ", 'a', 'Z');
    EXPECT_UNITS("\xC2\x80\xDF\xBF", 0x80, 0x7FF);
    EXPECT_UNITS("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", 0x800, 0xD7FF, 0xE000, 0xFFFF);
    EXPECT_UNITS("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 0xD800, 0xDC00, 0xDBFF, 0xDFFF);
    EXPECT_UNITS("a\0b", 'a', 0, 'b');
}

/* The rows of Unicode 15, tables 3-8 to 3-11, and ends that are cut off. */
static void each_maximal_ill_formed_part_becomes_one_replacement(void)
{
    EXPECT_UNITS("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD,
                 0xFFFD, 0xFFFD, 'A');
    EXPECT_UNITS("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A', 0xFFFD,
                 0xFFFD, 'B');
    EXPECT_UNITS("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A');
    EXPECT_UNITS("\xF8\x88\x80\x80\x80", 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD);
    EXPECT_UNITS("a\xE6\x97", 'a', 0xFFFD);
    EXPECT_UNITS("a\xF0\x9F\x98", 'a', 0xFFFD);
    EXPECT_UNITS("\xC3", 0xFFFD);
    EXPECT_UNITS("\xED\xA0", 0xFFFD, 0xFFFD); /* half of a surrogate's WTF-8 form is nothing */
    EXPECT_UNITS("\xED\xA0z", 0xFFFD, 0xFFFD, 'z');
}

static void lone_surrogates_come_from_their_wtf8_form(void)
{
    EXPECT_UNITS("\xED\xA0\x80", 0xD800);
    EXPECT_UNITS("\xED\xBF\xBF", 0xDFFF);
    EXPECT_UNITS("a\xED\xB0\x80\xED\xA0\x80z", 'a', 0xDC00, 0xD800, 'z');
}

static void expect_round_trip(const uint16_t *units, size_t count)
{
    char *text = NULL;
    size_t size = 0;

    CU_ASSERT_EQUAL_FATAL(text_from_utf16(units, count, &text, &size), SBX_OK);
    CU_ASSERT_EQUAL(text[size], '\0');
    expect_units(text, size, units, count);
    sbx_free(text);
}

/* All 65,536 units alone and before and behind each other kind: lone surrogates, pairs, the wrong way round. */
static void every_unit_survives_the_round_trip(void)
{
    static const uint16_t neighbours[] = {'a', 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFF};

    for (uint32_t unit = 0; unit <= 0xFFFF; unit++) {
        const uint16_t alone = (uint16_t)unit;

        expect_round_trip(&alone, 1);
        if (unit >= 0xD700 && unit <= 0xE100) {
            for (size_t i = 0; i < sizeof neighbours / sizeof *neighbours; i++) {
                const uint16_t both[] = {neighbours[i], alone, neighbours[i], alone, alone};

                expect_round_trip(both, 5);
                expect_round_trip(both + 1, 4);
            }
        }
    }
    expect_round_trip(NULL, 0);
}

static void random_units_survive_the_round_trip(void)
{
    uint32_t state = 1;
    uint16_t units[64];

    for (int round = 0; round < 20000; round++) {
        size_t count = round % 64;

        for (size_t i = 0; i < count; i++) {
            state = state * 1664525u + 1013904223u;
            units[i] = state >> 30 ? (uint16_t)(0xD800 + (state >> 16) % 0x800) : (uint16_t)(state >> 16);
        }
        expect_round_trip(units, count);
    }
}

static void pairs_become_one_character(void)
{
    const uint16_t face[] = {0xD83D, 0xDE00};
    char *text = NULL;

    CU_ASSERT_EQUAL(text_from_utf16(face, 2, &text, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(text, "\xF0\x9F\x98\x80");
    sbx_free(text);
}

static void only_strict_utf8_is_utf8(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool strict;
        size_t prefix;
        size_t ill_formed;
    } cases[] = {
        {"", 0, true, 0, 0},
        {"a\0b", 3, true, 3, 0},
        {"\xF4\x8F\xBF\xBF", 4, true, 4, 0},
        {"ab\xED\xA0\x80", 5, false, 2, 1}, /* WTF-8 is not UTF-8 */
        {"\xF4\x90\x80\x80", 4, false, 0, 1},
        {"\xC0\x80", 2, false, 0, 1},
        {"a\xE6\x97", 3, false, 1, 2},
        {"a\x80", 2, false, 1, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t ill_formed = 99;

        CU_ASSERT_EQUAL(text_is_utf8(cases[i].bytes, cases[i].size), cases[i].strict);
        CU_ASSERT_EQUAL(text_utf8_prefix(cases[i].bytes, cases[i].size, &ill_formed), cases[i].prefix);
        CU_ASSERT_EQUAL(ill_formed, cases[i].ill_formed);
    }
}

static void tail_is_what_more_bytes_could_complete(void)
{
    static const struct {
        const char *text;
        size_t tail;
    } cases[] = {
        {"", 0},
        {"abc", 0},
        {"a\xC3", 1},
        {"a\xC3\xA9", 0},
        {"\xE6", 1},
        {"\xE6\x97", 2},
        {"\xE6\x97\xA5", 0},
        {"\xF0\x9F\x98", 3},
        {"\xF0\x9F\x98\x80", 0},
        {"\x80\x80\x80", 0}, /* no beginning */
        {"\xE0\x80", 0},     /* no well-formed one */
        {"\xED\xA0", 0},     /* a surrogate is none either */
        {"\xF5", 0},
        {"\xC0", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(text_incomplete_tail(cases[i].text, strlen(cases[i].text)), cases[i].tail);
}

/* However a stream is cut, tail by tail it comes out as if it had come at once. */
static void stream_cut_anywhere_decodes_the_same(void)
{
    static const char text[] = "a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80\xE6\x97z\xF0\x9F!";
    const size_t size = sizeof text - 1;

    for (size_t cut = 0; cut <= size; cut++) {
        size_t first = cut - text_incomplete_tail(text, cut);
        uint16_t *units[3] = {NULL};
        size_t counts[3];

        CU_ASSERT_EQUAL_FATAL(text_to_utf16(text, size, &units[0], &counts[0]), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(text_to_utf16(text, first, &units[1], &counts[1]), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(text_to_utf16(text + first, size - first, &units[2], &counts[2]), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(counts[0], counts[1] + counts[2]);
        CU_ASSERT(!memcmp(units[0], units[1], counts[1] * sizeof **units));
        CU_ASSERT(!memcmp(units[0] + counts[1], units[2], counts[2] * sizeof **units));
        for (size_t i = 0; i < 3; i++)
            sbx_free(units[i]);
    }
}

static void only_ascii_letters_are_equal_regardless_of_case(void)
{
    CU_ASSERT(text_equal_ascii_nocase("PATH", "Path"));
    CU_ASSERT(text_equal_ascii_nocase("", ""));
    CU_ASSERT_FALSE(text_equal_ascii_nocase("PATH", "PATHX"));
    CU_ASSERT_FALSE(text_equal_ascii_nocase("PATHX", "PATH"));
    CU_ASSERT_FALSE(text_equal_ascii_nocase("\xC3\x84", "\xC3\xA4")); /* A umlaut and a umlaut */
    CU_ASSERT_FALSE(text_equal_ascii_nocase("@", "`"));
    CU_ASSERT_FALSE(text_equal_ascii_nocase("[", "{"));
    CU_ASSERT(text_begins_ascii_nocase("SbxOff-1", "sbxOFF-"));
    CU_ASSERT(text_begins_ascii_nocase("", ""));
    CU_ASSERT_FALSE(text_begins_ascii_nocase("SbxOff", "SbxOff-"));
    CU_ASSERT_FALSE(text_begins_ascii_nocase("SbxOn-1", "SbxOff-"));
}

static void patterns_match_the_whole_text(void)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"**", "anything", true},
        {"*_TOKEN", "GitHub_Token", true},
        {"*_TOKEN", "TOKEN", false},
        {"AWS_*", "aws_", true},
        {"AWS_*", "AW", false},
        {"npm *", "npm install", true},
        {"a*b*c", "aXbXbXc", true},
        {"a*b*c", "aXbXbX", false},
        {"*a", "aaaab", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"a?", "a\xC3\xA9", true}, /* one character of two bytes */
        {"a??", "a\xC3\xA9", false},
        {"?", "\xF0\x9F\x98\x80", true},
        {"*??zqX", "\xF0\x9F\x98\x80zqX", false}, /* no run ends inside a character */
        {"*?", "", false},
        {"?*", "\xE6\x97\xA5", true},
        {"a", "ab", false},
        {"ab", "a", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(text_matches(cases[i].pattern, cases[i].text), cases[i].matches);
}

/* A pattern comes out of a policy: no text makes it take for ever. */
static void hostile_pattern_is_answered_in_time(void)
{
    char pattern[401];
    char text[4001];

    for (size_t i = 0; i < 400; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    pattern[400] = '\0';
    memset(text, 'a', 4000);
    text[3999] = 'b';
    text[4000] = '\0';
    CU_ASSERT_FALSE(text_matches(pattern, text));
}

static void nearest_word_is_a_third_of_the_letters_away_at_most(void)
{
    static const char *const words[] = {"version", "level",  "token",      "files",
                                        "network", "limits", "environment"};
    static const struct {
        const char *text;
        const char *nearest;
    } cases[] = {
        {"versoin", "version"}, /* two letters swapped */
        {"netwrok", "network"},
        {"Network", "network"},
        {"enviroment", "environment"},
        {"file", "files"},
        {"limit", "limits"},
        {"xyz", NULL},
        {"", NULL},
        {"le", NULL},
        {"leve", "level"},
        {"tokne", "token"},
        {"nothing near to it at all", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = text_nearest(cases[i].text, words, sizeof words / sizeof *words);

        if (!found || !cases[i].nearest) {
            CU_ASSERT_PTR_EQUAL(found, cases[i].nearest);
        } else
            CU_ASSERT_STRING_EQUAL(found, cases[i].nearest);
    }
    CU_ASSERT_PTR_NULL(text_nearest("level", words, 0));
}

/* However long a word is that somebody wrote into a policy. */
static void nearest_takes_words_of_any_length(void)
{
    static const char *const words[] = {"level"};
    char longest[65];
    const char *const long_words[] = {longest};
    char *text = calloc(1, 100001);

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'l', 100000);
    CU_ASSERT_PTR_NULL(text_nearest(text, words, 1));
    free(text);
    memset(longest, 'w', 63);
    longest[63] = '\0';
    CU_ASSERT_PTR_EQUAL(text_nearest(longest, long_words, 1), long_words[0]);
    longest[63] = 'w';
    longest[64] = '\0';
    CU_ASSERT_PTR_NULL(text_nearest(longest, long_words, 1)); /* too long to be compared */
}

static void list_copies_what_it_is_given(void)
{
    char text[] = "one";
    struct sbx_strings list = {NULL, 0};
    struct sbx_strings copy = {NULL, 0};

    CU_ASSERT_EQUAL(strings_append(&list, text), SBX_OK);
    text[0] = 'X';
    CU_ASSERT_EQUAL(strings_append(&list, ""), SBX_OK);
    CU_ASSERT_EQUAL(strings_append(&list, "three"), SBX_OK);
    CU_ASSERT_EQUAL(strings_copy(&list, &copy), SBX_OK);
    strings_free(&list);
    CU_ASSERT_PTR_NULL(list.items);
    CU_ASSERT_EQUAL(list.count, 0);
    CU_ASSERT_EQUAL_FATAL(copy.count, 3);
    CU_ASSERT_STRING_EQUAL(copy.items[0], "one");
    CU_ASSERT_STRING_EQUAL(copy.items[1], "");
    CU_ASSERT_EQUAL(strings_append(&copy, "four"), SBX_OK); /* a copy grows as its original would */
    CU_ASSERT_STRING_EQUAL(copy.items[3], "four");
    strings_free(&copy);
    strings_free(&copy);
}

static sbx_status convert(void *context)
{
    uint16_t *units = context;
    size_t count = 77;
    char *text = context;
    size_t size = 77;
    sbx_status status = text_to_utf16("a\xED\xA0\x80", 4, &units, &count);

    if (status) {
        CU_ASSERT(units == context && count == 77);
        return status;
    }
    status = text_from_utf16(units, count, &text, &size);
    sbx_free(units);
    if (status) {
        CU_ASSERT(text == context && size == 77);
        return status;
    }
    sbx_free(text);
    return SBX_OK;
}

static sbx_status copy_list(void *context)
{
    struct sbx_strings copy = {context, 9};
    sbx_status status = strings_copy(context, &copy);

    if (status)
        CU_ASSERT(copy.items == context && copy.count == 9);
    if (!status)
        strings_free(&copy);
    return status;
}

static sbx_status append_to_list(void *context)
{
    struct sbx_strings list = {NULL, 0};
    sbx_status status = strings_append(&list, "one");

    (void)context;
    if (!status) {
        status = strings_append(&list, "two");
        CU_ASSERT_EQUAL(list.count, status ? 1 : 2);
        CU_ASSERT_STRING_EQUAL(list.items[0], "one");
    } else
        CU_ASSERT(list.items == NULL && list.count == 0);
    strings_free(&list);
    return status;
}

static void memory_running_out_leaves_the_outputs_alone(void)
{
    struct sbx_strings list = {NULL, 0};
    int place;

    CU_ASSERT_EQUAL(strings_append(&list, "one"), SBX_OK);
    CU_ASSERT_EQUAL(strings_append(&list, "two"), SBX_OK);
    with_memory_failing(convert, &place);
    with_memory_failing(copy_list, &list);
    with_memory_failing(append_to_list, NULL);
    strings_free(&list);
}

const struct harness_suite base_text_suite = {
    "base text",
    (const struct harness_test[]){
        {"well-formed text becomes its units", well_formed_text_becomes_its_units},
        {"each maximal ill-formed part becomes one replacement",
         each_maximal_ill_formed_part_becomes_one_replacement},
        {"lone surrogates come from their WTF-8 form", lone_surrogates_come_from_their_wtf8_form},
        {"every unit survives the round trip", every_unit_survives_the_round_trip},
        {"random units survive the round trip", random_units_survive_the_round_trip},
        {"pairs become one character", pairs_become_one_character},
        {"only strict UTF-8 is UTF-8", only_strict_utf8_is_utf8},
        {"the tail is what more bytes could complete", tail_is_what_more_bytes_could_complete},
        {"a stream cut anywhere decodes the same", stream_cut_anywhere_decodes_the_same},
        {"only ASCII letters are equal regardless of case", only_ascii_letters_are_equal_regardless_of_case},
        {"patterns match the whole text", patterns_match_the_whole_text},
        {"a hostile pattern is answered in time", hostile_pattern_is_answered_in_time},
        {"the nearest word is a third of the letters away at most",
         nearest_word_is_a_third_of_the_letters_away_at_most},
        {"the nearest takes words of any length", nearest_takes_words_of_any_length},
        {"a list copies what it is given", list_copies_what_it_is_given},
        {"memory running out leaves the outputs alone", memory_running_out_leaves_the_outputs_alone},
        {NULL, NULL},
    },
};
