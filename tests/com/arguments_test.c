/* What arguments.h makes of what scripts pass: the rules of the interface page, one by one. */
#include "sbxcom/arguments.h"
#include "base/memory.h"
#include "com/script_array.h"
#include "com/support.h"
#include "sbxcom/environment.h"

#include <string.h>

static const WCHAR *const git_status[] = {L"git", L"status", L""};
static const struct argument_word levels[] = {{"auto", 0}, {"restricted", 1}, {"elevated", 2}};
static const struct argument_word accesses[] = {{"read", 1}, {"write", 2}, {"delete", 4}, {"execute", 8}};

static bool says(const struct sbx_error *error, const char *part)
{
    return error->code == SBX_E_ARGUMENT && strstr(error->text, part);
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

static bool text_becomes(VARIANT value, const char *expected)
{
    char *text = NULL;
    bool equal = argument_text(&value, "path", &text, NULL, NULL) == SBX_OK && strcmp(text, expected) == 0;

    sbx_free(text);
    VariantClear(&value);
    return equal;
}

static void text_is_what_a_value_is_written_as(void)
{
    CU_ASSERT(text_becomes(v_text(L"C:\\src \x00e4\xd83d\xde00"), "C:\\src \xc3\xa4\xf0\x9f\x98\x80"));
    CU_ASSERT(text_becomes(v_text(L""), ""));
    CU_ASSERT(text_becomes(v_long(-5), "-5"));
    CU_ASSERT(text_becomes(v_double(0.5), "0.5")); /* in no locale "0,5" */
    CU_ASSERT(text_becomes(v_bool(true), "True"));
    CU_ASSERT(text_becomes(v_bool(false), "False"));
}

static void a_lone_surrogate_survives(void)
{
    CU_ASSERT(text_becomes(v_text(L"a\xd800z"), "a\xed\xa0\x80z"));
}

static void a_nul_in_a_text_is_refused_unless_a_size_is_asked_for(void)
{
    struct sbx_error error = {0};
    VARIANT value = v_text(NULL);
    char *text = NULL;
    size_t size = 0;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocStringLen(L"a\0b", 3);
    CU_ASSERT_EQUAL(argument_text(&value, "path", &text, NULL, &error), SBX_E_ARGUMENT);
    CU_ASSERT(says(&error, "path has a NUL"));
    CU_ASSERT_PTR_NULL(text);
    CU_ASSERT_EQUAL(argument_text(&value, "input", &text, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, 3);
    sbx_free(text);
    VariantClear(&value);
}

static void what_is_no_text_is_refused(void)
{
    VARIANT values[] = {v_missing(), v_empty(), v_null(), v_object(NULL), v_double(1)};
    char *text = NULL;

    V_VT(&values[4]) = VT_DATE; /* written differently everywhere */
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(argument_text(&values[i], "path", &text, NULL, &error), SBX_E_ARGUMENT);
        CU_ASSERT(says(&error, "path takes text, not "));
    }
    CU_ASSERT_PTR_NULL(text);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------- */

static bool number_becomes(const WCHAR *text, double expected)
{
    VARIANT value = v_text(text);
    double number = -12345;
    bool equal = argument_number(&value, "n", -1e300, 1e300, &number, NULL) == SBX_OK && number == expected;

    VariantClear(&value);
    return equal;
}

static void numbers_are_read_from_text_the_same_in_every_locale(void)
{
    CU_ASSERT(number_becomes(L"0", 0));
    CU_ASSERT(number_becomes(L"  -42 ", -42));
    CU_ASSERT(number_becomes(L"+7", 7));
    CU_ASSERT(number_becomes(L"1.5", 1.5));
    CU_ASSERT(number_becomes(L".25", 0.25));
    CU_ASSERT(number_becomes(L"1e3", 1000));
    CU_ASSERT(number_becomes(L"25E-1", 2.5));
    CU_ASSERT(number_becomes(L"0x1F", 31));
    CU_ASSERT(number_becomes(L"4294967295", 4294967295.0));
    CU_ASSERT(number_becomes(L"9007199254740991", 9007199254740991.0));
}

static void what_only_looks_like_a_number_is_refused(void)
{
    static const WCHAR *const texts[] = {L"",      L" ",   L"-",   L".",      L"1,5",  L"1 000",
                                         L"12abc", L"1e",  L"0x",  L"1e9999", L"&H1F", L"1.2.3",
                                         L"--1",   L"NaN", L"inf", L"5%"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sbx_error error = {0};
        VARIANT value = v_text(texts[i]);
        double number = 7;

        CU_ASSERT_EQUAL(argument_number(&value, "n", -1e300, 1e300, &number, &error), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(number, 7);
        CU_ASSERT(says(&error, "n takes a number"));
        VariantClear(&value);
    }
}

static void whole_numbers_are_rounded_and_kept_in_their_range(void)
{
    VARIANT value = v_double(332.5);
    int64_t number = 0;

    CU_ASSERT_EQUAL(argument_whole(&value, "n", 0, 1000, &number, NULL), SBX_OK);
    CU_ASSERT_EQUAL(number, 333);
    value = v_double(-0.4);
    CU_ASSERT_EQUAL(argument_whole(&value, "n", 0, 1000, &number, NULL), SBX_OK);
    CU_ASSERT_EQUAL(number, 0);
    value = v_double(1000.6);
    CU_ASSERT_EQUAL(argument_whole(&value, "n", 0, 1000, &number, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(argument_number(&value, "n", 1001, 2000, &(double){0}, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(argument_number(&value, "n", 0, 1000, &(double){0}, NULL), SBX_E_ARGUMENT);
    V_R8(&value) = 0;
    V_R8(&value) /= V_R8(&value); /* not a number */
    CU_ASSERT_EQUAL(argument_whole(&value, "n", 0, 1000, &number, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(argument_number(&value, "n", 0, 1000, &(double){0}, NULL), SBX_E_ARGUMENT);
    value = v_int64(INT64_MAX);
    CU_ASSERT_EQUAL(argument_whole(&value, "n", INT32_MIN, UINT32_MAX, &number, NULL), SBX_E_ARGUMENT);
    value = v_double(4294967295.0);
    CU_ASSERT_EQUAL(argument_whole(&value, "n", INT32_MIN, UINT32_MAX, &number, NULL), SBX_OK);
    CU_ASSERT_EQUAL(number, UINT32_MAX);
}

static void a_boolean_is_no_number(void)
{
    struct sbx_error error = {0};
    VARIANT value = v_bool(true); /* -1: as a time-out it would be for ever */
    int32_t timeout_ms = 5;

    CU_ASSERT_EQUAL(argument_time_out(&value, "timeoutMs", -1, &timeout_ms, &error), SBX_E_ARGUMENT);
    CU_ASSERT(says(&error, "timeoutMs takes a whole number from -1 to 2147483647, not a Boolean."));
    CU_ASSERT_EQUAL(timeout_ms, 5);
}

static void a_time_out_left_out_is_the_members_own(void)
{
    VARIANT values[] = {v_missing(), v_empty(), v_null(), v_long(0), v_long(-1), v_int64(1500)};
    int32_t expected[] = {-7, -7, -7, 0, -1, 1500};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        int32_t timeout_ms = 99;

        CU_ASSERT_EQUAL(argument_time_out(&values[i], "timeoutMs", -7, &timeout_ms, NULL), SBX_OK);
        CU_ASSERT_EQUAL(timeout_ms, expected[i]);
    }
    values[0] = v_long(-2);
    CU_ASSERT_EQUAL(argument_time_out(&values[0], "timeoutMs", -7, &expected[0], NULL), SBX_E_ARGUMENT);
}

/* ---- words --------------------------------------------------------------------------------------------------------- */

static void an_enum_takes_its_words_and_its_numbers(void)
{
    VARIANT values[] = {v_text(L"elevated"), v_text(L"ELEVATED"), v_long(2),
                        v_int64(2),          v_text(L"2"),        v_double(2)};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        int32_t level = 0;

        CU_ASSERT_EQUAL(argument_enum(&values[i], "level", levels, 3, &level, NULL), SBX_OK);
        CU_ASSERT_EQUAL(level, 2);
        VariantClear(&values[i]);
    }
}

static void a_wrong_word_is_answered_with_the_right_ones(void)
{
    struct sbx_error error = {0};
    VARIANT value = v_text(L"elevatd");
    int32_t level = 1;

    CU_ASSERT_EQUAL(argument_enum(&value, "level", levels, 3, &level, &error), SBX_E_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "level takes auto (0), restricted (1) or elevated (2) (perhaps elevated), "
                           "not the text \"elevatd\".");
    VariantClear(&value);
    value = v_long(7);
    error.code = 0;
    CU_ASSERT_EQUAL(argument_enum(&value, "level", levels, 3, &level, &error), SBX_E_ARGUMENT);
    CU_ASSERT(says(&error, "elevated (2), not the number 7."));
    value = v_double(1.5);
    CU_ASSERT_EQUAL(argument_enum(&value, "level", levels, 3, &level, NULL), SBX_E_ARGUMENT);
    value = v_empty();
    CU_ASSERT_EQUAL(argument_enum(&value, "level", levels, 3, &level, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(level, 1);
}

static bool flags_are(VARIANT value, int32_t expected)
{
    int32_t flags = -1;
    bool equal = argument_flags(&value, "access", accesses, 4, &flags, NULL) == SBX_OK && flags == expected;

    VariantClear(&value);
    return equal;
}

static void flags_are_summed_from_numbers_words_and_lists(void)
{
    static const WCHAR *const words[] = {L"read", L"delete"};
    static const WCHAR *const wrong[] = {L"reed", L"16", L"-1", L"1.5", L"read;write"};

    CU_ASSERT(flags_are(v_long(0), 0));
    CU_ASSERT(flags_are(v_long(15), 15));
    CU_ASSERT(flags_are(v_text(L"read"), 1));
    CU_ASSERT(flags_are(v_text(L"Read, WRITE"), 3));
    CU_ASSERT(flags_are(v_text(L"read|execute"), 9));
    CU_ASSERT(flags_are(v_text(L"6"), 6));
    CU_ASSERT(flags_are(v_texts(VT_VARIANT, 0, words, 2), 5));
    CU_ASSERT(flags_are(v_texts(VT_BSTR, 1, words, 2), 5));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sbx_error error = {0};
        VARIANT value = v_text(wrong[i]);
        int32_t flags = 99;

        CU_ASSERT_EQUAL(argument_flags(&value, "access", accesses, 4, &flags, &error), SBX_E_ARGUMENT);
        CU_ASSERT(says(&error, "access takes read (1), write (2), delete (4) and execute (8)"));
        CU_ASSERT_EQUAL(flags, 99);
        VariantClear(&value);
    }
}

static void booleans_come_as_numbers_and_words_too(void)
{
    VARIANT values[] = {v_bool(true),  v_long(1), v_long(-1),      v_text(L"TRUE"),
                        v_bool(false), v_long(0), v_text(L"false")};
    struct sbx_error error = {0};
    VARIANT wrong = v_text(L"yes");
    bool value = false;

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        CU_ASSERT_EQUAL(argument_bool(&values[i], "terminal", &value, NULL), SBX_OK);
        CU_ASSERT_EQUAL(value, i < 4);
        VariantClear(&values[i]);
    }
    CU_ASSERT_EQUAL(argument_bool(&wrong, "terminal", &value, &error), SBX_E_ARGUMENT);
    CU_ASSERT(says(&error, "terminal takes True or False, not the text \"yes\"."));
    VariantClear(&wrong);
}

/* ---- one or many --------------------------------------------------------------------------------------------------- */

static bool strings_are(VARIANT *value, const char *const *expected, size_t count)
{
    struct sbx_strings strings = {NULL, 0};
    bool equal = argument_strings(value, "path", &strings, NULL) == SBX_OK && strings.count == count;

    for (size_t i = 0; equal && i < count; i++)
        equal = strcmp(strings.items[i], expected[i]) == 0;
    strings_free(&strings);
    return equal;
}

static const char *const git_status_utf8[] = {"git", "status", ""};

static void one_text_or_an_array_of_either_kind_are_strings(void)
{
    VARIANT one = v_text(L"git"), variants = v_texts(VT_VARIANT, 0, git_status, 3);
    VARIANT bstrs = v_texts(VT_BSTR, -5, git_status, 3), none = v_texts(VT_VARIANT, 0, git_status, 0),
            reference;

    CU_ASSERT(strings_are(&one, git_status_utf8, 1));
    CU_ASSERT(strings_are(&variants, git_status_utf8, 3));
    CU_ASSERT(strings_are(&bstrs, git_status_utf8, 3));
    CU_ASSERT(strings_are(&none, NULL, 0));

    /* VBScript passes its array variables as a reference to a VARIANT, or to the array itself. */
    reference = v_reference(&variants);
    CU_ASSERT(strings_are(&reference, git_status_utf8, 3));
    V_VT(&reference) = VT_BYREF | VT_ARRAY | VT_VARIANT;
    V_ARRAYREF(&reference) = &V_ARRAY(&variants);
    CU_ASSERT(strings_are(&reference, git_status_utf8, 3));
    VariantClear(&one);
    VariantClear(&variants);
    VariantClear(&bstrs);
    VariantClear(&none);
}

static void elements_may_be_references_numbers_and_booleans(void)
{
    static const char *const expected[] = {"5", "git", "True"};
    VARIANT array = v_texts(VT_VARIANT, 0, git_status, 3), text = v_text(L"git"), *elements;

    SafeArrayAccessData(V_ARRAY(&array), (void **)&elements);
    for (int i = 0; i < 3; i++)
        VariantClear(&elements[i]);
    elements[0] = v_long(5);
    elements[1] = v_reference(&text);
    elements[2] = v_bool(true);
    CU_ASSERT(strings_are(&array, expected, 3));
    V_VT(&elements[1]) = VT_EMPTY;
    SafeArrayUnaccessData(V_ARRAY(&array));
    VariantClear(&array);
    VariantClear(&text);
}

static void collections_and_script_arrays_are_walked(void)
{
    struct environment variables = {{NULL, 0}};
    struct environment_object *object;
    IDispatch *array = script_array_new(git_status, 3), *none = script_array_new(git_status, 0);
    VARIANT value;

    CU_ASSERT_EQUAL(environment_set(&variables, "git", "1", NULL), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&variables, "status", "2", NULL), SBX_OK);
    object = environment_object_new(&variables);
    environment_free(&variables);
    value = v_object(object_interface(environment_object_base(object)));
    CU_ASSERT(strings_are(&value, git_status_utf8, 2)); /* anything with _NewEnum; this one gives names */
    object_release(environment_object_base(object));

    value = v_object(array);
    CU_ASSERT(strings_are(&value, git_status_utf8, 3));
    value = v_object(none);
    CU_ASSERT(strings_are(&value, NULL, 0));
    IDispatch_Release(array);
    IDispatch_Release(none);
}

static void an_object_with_a_default_property_is_its_text(void)
{
    IDispatch *folder = script_value_new(L"C:\\src");
    VARIANT value = v_object(folder);
    static const char *const expected[] = {"C:\\src"};

    CU_ASSERT(text_becomes(value, "C:\\src")); /* takes the reference */
    folder = script_value_new(L"C:\\src");
    value = v_object(folder);
    CU_ASSERT(strings_are(&value, expected, 1));
    IDispatch_Release(folder);
}

static void what_is_no_list_of_texts_is_refused_and_adds_nothing(void)
{
    struct sbx_strings strings = {NULL, 0};
    VARIANT array = v_texts(VT_VARIANT, 0, git_status, 3), *elements,
            values[3] = {v_empty(), v_missing(), v_null()};
    SAFEARRAYBOUND bounds[2] = {{2, 0}, {2, 0}};
    VARIANT table = v_empty();

    CU_ASSERT_EQUAL(strings_append(&strings, "kept"), SBX_OK);
    SafeArrayAccessData(V_ARRAY(&array), (void **)&elements);
    VariantClear(&elements[2]);
    SafeArrayUnaccessData(V_ARRAY(&array));
    for (int i = 0; i < 5; i++) {
        struct sbx_error error = {0};
        VARIANT *value = i < 3 ? &values[i] : i == 3 ? &array : &table;

        if (i == 4) {
            V_VT(&table) = VT_ARRAY | VT_VARIANT;
            V_ARRAY(&table) = SafeArrayCreate(VT_VARIANT, 2, bounds);
        }
        CU_ASSERT_EQUAL(argument_strings(value, "path", &strings, &error), SBX_E_ARGUMENT);
        CU_ASSERT(says(&error,
                       i < 4 ? "path takes text, not " : "path takes an array of one dimension, not of 2."));
        CU_ASSERT_EQUAL(strings.count, 1);
    }
    strings_free(&strings);
    VariantClear(&array);
    VariantClear(&table);
}

static bool bytes_are(VARIANT value, const void *expected, size_t size)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    bool equal = argument_bytes(&value, "bytes", &bytes, NULL) == SBX_OK && bytes.size == size &&
                 (size == 0 || memcmp(bytes.data, expected, size) == 0);

    buffer_free(&bytes);
    VariantClear(&value);
    return equal;
}

static VARIANT v_array(VARTYPE type, const void *data, ULONG count)
{
    VARIANT value = v_empty();
    void *room;

    V_VT(&value) = VT_ARRAY | type;
    V_ARRAY(&value) = SafeArrayCreateVector(type, 0, count);
    SafeArrayAccessData(V_ARRAY(&value), &room);
    memcpy(room, data, count * V_ARRAY(&value)->cbElements);
    SafeArrayUnaccessData(V_ARRAY(&value));
    return value;
}

static void bytes_come_as_bytes_or_as_numbers(void)
{
    static const WCHAR *const digits[] = {L"0", L"255"};
    VARIANT numbers[2];

    numbers[0] = v_long(0);
    numbers[1] = v_int64(255);
    CU_ASSERT(bytes_are(v_array(VT_UI1, "\0\xff", 2), "\0\xff", 2));
    CU_ASSERT(bytes_are(v_array(VT_UI1, "", 0), NULL, 0));
    CU_ASSERT(bytes_are(v_array(VT_VARIANT, numbers, 2), "\0\xff", 2));
    CU_ASSERT(bytes_are(v_array(VT_I4, (LONG[]){0, 255}, 2), "\0\xff", 2));
    CU_ASSERT(bytes_are(v_array(VT_I2, (SHORT[]){7}, 1), "\7", 1));
    CU_ASSERT(bytes_are(v_long(9), "\t", 1));
    CU_ASSERT_FALSE(bytes_are(v_texts(VT_BSTR, 0, digits, 2), "\0\xff", 2));
}

static void what_is_no_byte_is_refused(void)
{
    VARIANT values[] = {v_long(256), v_long(-1), v_text(L"abc"), v_empty(), v_bool(true)};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct sbx_error error = {0};
        struct sbx_buffer bytes = SBX_BUFFER_EMPTY;

        CU_ASSERT_EQUAL(argument_bytes(&values[i], "bytes", &bytes, &error), SBX_E_ARGUMENT);
        CU_ASSERT(says(&error, "bytes takes "));
        CU_ASSERT_EQUAL(bytes.size, 0);
        buffer_free(&bytes);
        VariantClear(&values[i]);
    }
}

/* ---- memory -------------------------------------------------------------------------------------------------------- */

static bool fail_nth(void *context, size_t size)
{
    (void)size;
    return --*(int *)context == 0;
}

static void running_out_of_memory_is_said_and_nothing_is_lost(void)
{
    VARIANT array = v_texts(VT_VARIANT, 0, git_status, 3);
    sbx_status status = SBX_E_MEMORY;
    int n;

    for (n = 1; n < 100 && status; n++) {
        struct sbx_strings strings = {NULL, 0};
        int countdown = n;

        sbx_memory_set_hook(fail_nth, &countdown);
        status = argument_strings(&array, "path", &strings, NULL);
        sbx_memory_set_hook(NULL, NULL);
        CU_ASSERT(status == SBX_OK || (status == SBX_E_MEMORY && strings.count == 0));
        strings_free(&strings);
    }
    CU_ASSERT(n > 3 && n < 100);
    VariantClear(&array);
}

const struct harness_suite arguments_suite = {
    "arguments",
    (const struct harness_test[]){
        {"text is what a value is written as, whatever the locale", text_is_what_a_value_is_written_as},
        {"a lone surrogate survives", a_lone_surrogate_survives},
        {"a NUL in a text is refused unless a size is asked for",
         a_nul_in_a_text_is_refused_unless_a_size_is_asked_for},
        {"what is no text is refused", what_is_no_text_is_refused},
        {"numbers are read from text the same in every locale",
         numbers_are_read_from_text_the_same_in_every_locale},
        {"what only looks like a number is refused", what_only_looks_like_a_number_is_refused},
        {"whole numbers are rounded and kept in their range",
         whole_numbers_are_rounded_and_kept_in_their_range},
        {"a Boolean is no number", a_boolean_is_no_number},
        {"a time-out left out is the member's own", a_time_out_left_out_is_the_members_own},
        {"an enum takes its words and its numbers", an_enum_takes_its_words_and_its_numbers},
        {"a wrong word is answered with the right ones", a_wrong_word_is_answered_with_the_right_ones},
        {"flags are summed from numbers, words and lists", flags_are_summed_from_numbers_words_and_lists},
        {"Booleans come as numbers and words, too", booleans_come_as_numbers_and_words_too},
        {"one text or an array of either kind are strings", one_text_or_an_array_of_either_kind_are_strings},
        {"elements may be references, numbers and Booleans", elements_may_be_references_numbers_and_booleans},
        {"collections and script arrays are walked", collections_and_script_arrays_are_walked},
        {"an object with a default property is its text", an_object_with_a_default_property_is_its_text},
        {"what is no list of texts is refused and adds nothing",
         what_is_no_list_of_texts_is_refused_and_adds_nothing},
        {"bytes come as bytes or as numbers", bytes_come_as_bytes_or_as_numbers},
        {"what is no byte is refused", what_is_no_byte_is_refused},
        {"running out of memory is said and nothing is lost",
         running_out_of_memory_is_said_and_nothing_is_lost},
        {NULL, NULL},
    },
};
