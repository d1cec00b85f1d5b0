/*
 * cmdline_test.c - arguments arrive as they were given, or not at all.
 */
#include "core/cmdline.h"
#include "base/memory.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 8

struct split_case {
    const char *line;
    const char *arguments[MOST]; /* NULL ends */
};

static void lines_split_as_the_c_runtime_splits_them(void)
{
    /*
     * The first rows are the examples of Microsoft's page; the others were settled by its rules one by one.
     */
    static const struct split_case cases[] = {
        {"p \"abc\" d e", {"p", "abc", "d", "e"}},
        {"p a\\\\b d\"e f\"g h", {"p", "a\\\\b", "de fg", "h"}},
        {"p a\\\\\\\"b c d", {"p", "a\\\"b", "c", "d"}},
        {"p a\\\\\\\\\"b c\" d e", {"p", "a\\\\b c", "d", "e"}},
        {"p a\"b\"\" c d", {"p", "ab\" c d"}},
        {"p \"\"\"Call Me Ishmael\"\"\" b c", {"p", "\"Call Me Ishmael\"", "b", "c"}},
        {"p \"\"\"\"Call Me Ishmael\"\" b c", {"p", "\"Call", "Me", "Ishmael", "b", "c"}},
        {"p \"abc\"\"\" d", {"p", "abc\"", "d"}},
        {"p", {"p"}},
        {"  \tp  \t a \t ", {"p", "a"}},
        {"\"C:\\Program Files\\x.exe\" a", {"C:\\Program Files\\x.exe", "a"}},
        {"C:\\a\\\"b c\"\\d e", {"C:\\a\\b c\\d", "e"}},
        {"\"p\\\" a", {"p\\", "a"}},
        {"\"p a", {"p a"}},
        {"p \"\"", {"p", ""}},
        {"p \"\" \"\" a", {"p", "", "", "a"}},
        {"p \"", {"p", ""}},
        {"p \"a b", {"p", "a b"}},
        {"p a\"\"b", {"p", "ab"}},
        {"p \\", {"p", "\\"}},
        {"p \\\\\" a\"", {"p", "\\ a"}},
        {"p C:\\dir\\ x", {"p", "C:\\dir\\", "x"}},
        {"p a\nb", {"p", "a\nb"}},
        {"p ^a %b% 'c d'", {"p", "^a", "%b%", "'c", "d'"}},
        {"\xC3\xA9 \xED\xA0\x80", {"\xC3\xA9", "\xED\xA0\x80"}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbx_strings found = {NULL, 0};
        size_t count = 0;

        while (count < MOST && cases[i].arguments[count])
            count++;
        CU_ASSERT_EQUAL_FATAL(cmdline_split(cases[i].line, &found, NULL), SBX_OK);
        if (found.count != count)
            CU_FAIL(cases[i].line);
        for (size_t k = 0; k < count && k < found.count; k++)
            CU_ASSERT_STRING_EQUAL(found.items[k], cases[i].arguments[k]);
        strings_free(&found);
    }
}

static void nothing_to_run_is_an_error(void)
{
    static const char *const lines[] = {"", " ", "\t \t", "\"\"", " \"\" a"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct sbx_strings arguments = {NULL, 99};
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(cmdline_split(lines[i], &arguments, &error), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(arguments.count, 99);
        CU_ASSERT(strstr(error.text, "empty") != NULL);
    }
}

static void program_leaves_the_rest_as_it_is(void)
{
    char *program;
    const char *rest;

    CU_ASSERT_EQUAL_FATAL(cmdline_program("  \"a b\"c  \"x\" ", &program, &rest, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(program, "a bc");
    CU_ASSERT_STRING_EQUAL(rest, "  \"x\" ");
    sbx_free(program);
}

static void ordinary_arguments_are_left_alone(void)
{
    static const struct {
        const char *argument, *quoted;
    } cases[] = {
        {"abc", "abc"},
        {"", "\"\""},
        {"a b", "\"a b\""},
        {"C:\\x\\", "C:\\x\\"},
        {"a b\\", "\"a b\\\\\""},
        {"a\\b c", "\"a\\b c\""},
        {"\"", "\"\\\"\""},
        {"a\\\"b", "\"a\\\\\\\"b\""},
        {"\\\\server\\x y", "\"\\\\server\\x y\""},
        {"a\tb", "\"a\tb\""},
        {"--x=y&z", "--x=y&z"},
        {"a\nb", "\"a\nb\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbx_buffer out = SBX_BUFFER_EMPTY;

        cmdline_quote(&out, cases[i].argument);
        CU_ASSERT_STRING_EQUAL(buffer_text(&out), cases[i].quoted);
        buffer_free(&out);
    }
}

/* Texts of the characters that quoting is about, so that every combination of a few comes up. */
static void random_text(char *text, size_t most, uint32_t *seed)
{
    static const char letters[] = "\\\\\\\"\" \tab&%\n\v^!'\x7F\xC3\xA9";
    size_t size = sim_pseudo_random(seed) % most;

    for (size_t i = 0; i < size; i++)
        text[i] = letters[sim_pseudo_random(seed) % (sizeof letters - 1)];
    text[size] = '\0';
}

static void quoted_then_split_gives_the_same_arguments(void)
{
    uint32_t seed = 3;
    size_t wrong = 0;

    for (int round = 0; round < 20000; round++) {
        char texts[5][12];
        char *items[5] = {texts[0], texts[1], texts[2], texts[3], texts[4]};
        struct sbx_strings arguments = {items, 1 + sim_pseudo_random(&seed) % 5};
        struct sbx_strings found = {NULL, 0};
        char *line;

        for (size_t i = 0; i < arguments.count; i++)
            random_text(texts[i], sizeof texts[i], &seed);
        if (cmdline_make("C:\\Program Files\\p.exe", &arguments, 0, &line, NULL) ||
            cmdline_split(line, &found, NULL)) {
            wrong++;
            continue;
        }
        wrong +=
            found.count != arguments.count + 1 || strcmp(found.items[0], "C:\\Program Files\\p.exe") != 0;
        for (size_t i = 0; i < arguments.count && i + 1 < found.count; i++)
            wrong += strcmp(found.items[i + 1], texts[i]) != 0;
        strings_free(&found);
        sbx_free(line);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void program_name_with_a_quote_is_refused(void)
{
    struct sbx_strings none = {NULL, 0};
    char *line = NULL;

    CU_ASSERT_EQUAL(cmdline_make("a\"b", &none, 0, &line, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_PTR_NULL(line);
}

static char *repeated(const char *text, size_t count)
{
    size_t size = strlen(text);
    char *made = malloc(count * size + 1);

    for (size_t i = 0; i < count; i++)
        memcpy(made + i * size, text, size);
    made[count * size] = '\0';
    return made;
}

static void limits_count_utf16_units_and_not_bytes(void)
{
    /* "p" and a blank are four units. */
    static const struct {
        const char *text;
        size_t units;
    } letters[] = {{"a", 1}, {"\xC3\xA9", 1}, {"\xE2\x82\xAC", 1}, {"\xF0\x9F\x98\x80", 2}, {"\xFF", 1}};

    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        size_t fits = (CMDLINE_MOST_UNITS - 4) / letters[i].units;
        char *items[1];
        struct sbx_strings arguments = {items, 1};
        struct sbx_error error = {0};
        char *line = NULL;

        items[0] = repeated(letters[i].text, fits);
        CU_ASSERT_EQUAL(cmdline_make("p", &arguments, 0, &line, NULL), SBX_OK);
        sbx_free(line);
        free(items[0]);

        line = NULL;
        items[0] = repeated(letters[i].text, fits + 1);
        CU_ASSERT_EQUAL(cmdline_make("p", &arguments, 0, &line, &error), SBX_E_LIMIT);
        CU_ASSERT_PTR_NULL(line);
        CU_ASSERT(strstr(error.text, "32766") != NULL);
        free(items[0]);
    }
}

static sbx_status make_batch(const char *batch, const char *argument, char **line, struct sbx_error *error)
{
    char copy[64];
    char *items[2] = {(char *)batch, copy};
    struct sbx_strings arguments = {items, 2};

    snprintf(copy, sizeof copy, "%s", argument);
    return cmdline_make_batch("C:\\Windows\\System32\\cmd.exe", batch, &arguments, 1, line, error);
}

static void batch_arguments_that_have_no_safe_quoting_are_refused(void)
{
    static const struct {
        const char *argument, *fault;
    } cases[] = {
        {"\"", "a quote"},
        {"a\"&calc&\"", "a quote"},
        {"%PATH%", "percent"},
        {"100%", "percent"},
        {"%CMDCMDLINE:~-1%", "percent"},
        {"a\nb", "line end"},
        {"a\rb", "line end"},
        {"C:\\dir\\", "backslash"},
        {"\\", "backslash"},
        {"a\x1A", "control character"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbx_error error = {0};
        char *line = NULL;

        CU_ASSERT_EQUAL(make_batch("C:\\npm.cmd", cases[i].argument, &line, &error),
                        SBX_E_COMMAND_UNSAFE_ARGUMENT);
        CU_ASSERT_PTR_NULL(line);
        CU_ASSERT(strstr(error.text, cases[i].fault) != NULL);
        CU_ASSERT(strstr(error.text, "C:\\npm.cmd") != NULL);
    }
}

static void batch_arguments_are_quoted_and_nothing_else_is_done_to_them(void)
{
    static const char *const safe[] = {"",    "a",    "a b", "a&b",   "a|b",      "<a>",
                                       "^",   "a^b",  "!x!", "(a)",   "a;b",      "a,b",
                                       "a=b", "a\tb", "'",   "C:\\x", "\xC3\xA9", "a\\\\b"};

    for (size_t i = 0; i < sizeof safe / sizeof safe[0]; i++) {
        char expected[256];
        char *line = NULL;

        CU_ASSERT_EQUAL_FATAL(make_batch("C:\\a b\\npm.cmd", safe[i], &line, NULL), SBX_OK);
        snprintf(expected, sizeof expected,
                 "\"C:\\Windows\\System32\\cmd.exe\" /d /e:on /v:off /s /c \"\"C:\\a b\\npm.cmd\" \"%s\"\"",
                 safe[i]);
        CU_ASSERT_STRING_EQUAL(line, expected);
        sbx_free(line);
    }
}

static void batch_file_in_a_folder_with_a_percent_sign_is_refused(void)
{
    struct sbx_error error = {0};
    char *line = NULL;

    CU_ASSERT_EQUAL(make_batch("C:\\100%\\x.cmd", "a", &line, &error), SBX_E_COMMAND_UNSAFE_ARGUMENT);
    CU_ASSERT(strstr(error.text, "its path has a percent sign") != NULL);
}

static void batch_lines_end_at_cmds_own_limit(void)
{
    char *items[1] = {repeated("a", 8191)};
    struct sbx_strings arguments = {items, 1};
    struct sbx_error error = {0};
    char *line = NULL;

    CU_ASSERT_EQUAL(cmdline_make_batch("cmd", "b", &arguments, 0, &line, &error), SBX_E_LIMIT);
    CU_ASSERT(strstr(error.text, "8191") != NULL);
    free(items[0]);
}

static void errors_quote_long_texts_only_in_part(void)
{
    char *items[1] = {repeated("\xE2\x82\xAC%", 3000)};
    struct sbx_strings arguments = {items, 1};
    struct sbx_error error = {0};
    char *line = NULL;

    CU_ASSERT_EQUAL(cmdline_make_batch("cmd", "b.cmd", &arguments, 0, &line, &error),
                    SBX_E_COMMAND_UNSAFE_ARGUMENT);
    CU_ASSERT(strlen(error.text) < 600);
    CU_ASSERT(text_is_utf8(error.text, strlen(error.text)));
    CU_ASSERT(strstr(error.text, "...\"") != NULL);
    free(items[0]);
}

static void memory_running_out_fails_whole(void)
{
    char *items[2] = {"a b", "c"};
    struct sbx_strings arguments = {items, 2};
    sbx_status status = SBX_E_MEMORY;
    char *line = NULL;

    for (size_t nth = 1; status; nth++) {
        sim_fail_allocation(nth);
        status = cmdline_make("p", &arguments, 0, &line, NULL);
        sim_fail_allocation(0);
        CU_ASSERT(status == SBX_OK || (status == SBX_E_MEMORY && !line));
    }
    status = SBX_E_MEMORY;
    for (size_t nth = 1; status; nth++) {
        struct sbx_strings found = {NULL, 0};

        sim_fail_allocation(nth);
        status = cmdline_split(line, &found, NULL);
        sim_fail_allocation(0);
        CU_ASSERT(status == SBX_OK ? found.count == 3 : status == SBX_E_MEMORY && found.count == 0);
        strings_free(&found);
    }
    sbx_free(line);
    line = NULL;
    status = SBX_E_MEMORY;
    for (size_t nth = 1; status; nth++) {
        sim_fail_allocation(nth);
        status = cmdline_make_batch("cmd", "b", &arguments, 0, &line, NULL);
        sim_fail_allocation(0);
        CU_ASSERT(status == SBX_OK || (status == SBX_E_MEMORY && !line));
    }
    sbx_free(line);
}

const struct harness_suite cmdline_suite = {
    "cmdline",
    (const struct harness_test[]){
        {"lines split as the C runtime splits them", lines_split_as_the_c_runtime_splits_them},
        {"nothing to run is an error", nothing_to_run_is_an_error},
        {"the program leaves the rest as it is", program_leaves_the_rest_as_it_is},
        {"ordinary arguments are left alone", ordinary_arguments_are_left_alone},
        {"quoted then split gives the same arguments", quoted_then_split_gives_the_same_arguments},
        {"a program's name with a quote is refused", program_name_with_a_quote_is_refused},
        {"limits count UTF-16 units and not bytes", limits_count_utf16_units_and_not_bytes},
        {"batch arguments that have no safe quoting are refused",
         batch_arguments_that_have_no_safe_quoting_are_refused},
        {"batch arguments are quoted and nothing else is done to them",
         batch_arguments_are_quoted_and_nothing_else_is_done_to_them},
        {"a batch file in a folder with a percent sign is refused",
         batch_file_in_a_folder_with_a_percent_sign_is_refused},
        {"lines for batch files end at cmd's own limit", batch_lines_end_at_cmds_own_limit},
        {"errors quote long texts only in part, cut at a whole character",
         errors_quote_long_texts_only_in_part},
        {"memory running out fails the whole line", memory_running_out_fails_whole},
        {NULL, NULL},
    },
};
