/*
 * policy_problems_test.c - what an editor or a script can rely on that shows all mistakes of a policy at once: each
 * is there with its place, what is wrong and what to do; nothing is there twice, and a good policy has none.
 *
 * tests/fixtures/policy/several/NAME.json has several mistakes; NAME.problems is the exact list, three lines each:
 * code, pointer ("-" for none) and line:column; the text; the fix.
 */
#include "core/policy.h"

#include "base/memory.h"
#include "fixtures.h"
#include "memory_failing.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/fixtures/policy/"

static char *fixture(const char *folder, const char *name, const char *extension, size_t *size)
{
    char path[256];

    snprintf(path, sizeof path, FOLDER "%s/%s%s", folder, name, extension);
    return fixtures_read(path, size);
}

static void say(const struct policy_problems *problems, struct sbx_buffer *out)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct policy_problem *problem = &problems->items[i];

        buffer_append_format(out, "%s %s %lu:%lu\n  %s\n  %s\n", status_word(problem->code),
                             *problem->pointer ? problem->pointer : "-", (unsigned long)problem->line,
                             (unsigned long)problem->column, problem->text, problem->fix);
    }
}

static void every_mistake_of_a_text_is_listed(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "several", ".json");

    CU_ASSERT(names.count >= 8);
    for (size_t i = 0; i < names.count; i++) {
        struct policy_problems problems = {NULL, 0};
        struct sbx_buffer found = SBX_BUFFER_EMPTY;
        size_t size;
        char *text = fixture("several", names.items[i], ".json", &size);
        char *expected = fixture("several", names.items[i], ".problems", NULL);

        CU_ASSERT_FATAL(expected != NULL);
        CU_ASSERT_EQUAL_FATAL(policy_validate(text, size, &problems, NULL), SBX_OK);
        say(&problems, &found);
        if (strcmp(buffer_text(&found), expected) != 0) {
            printf("    %s has other problems:\n%s", names.items[i], buffer_text(&found));
            CU_FAIL("other problems than expected");
        }
        buffer_free(&found);
        policy_problems_free(&problems);
        free(expected);
        free(text);
    }
    strings_free(&names);
}

/* The character in front of which a place lies. */
static char at_place(const char *text, size_t size, uint32_t line, uint32_t column)
{
    size_t at = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    for (; line > 1 && at < size; at++)
        line -= text[at] == '\n';
    for (; column > 1 && at < size; column--) {
        do
            at++;
        while (at < size && ((unsigned char)text[at] & 0xC0) == 0x80);
    }
    return at < size ? text[at] : '\0';
}

static bool is_sentence(const char *text)
{
    size_t size = strlen(text);

    return size > 1 && text[size - 1] == '.' && text_is_utf8(text, size);
}

static void expect_whole_problem(const char *name, const char *text, size_t size,
                                 const struct policy_problem *problem)
{
    bool whole = is_sentence(problem->text) && is_sentence(problem->fix);

    if (problem->code == SBX_E_POLICY_VALUE || problem->code == SBX_E_POLICY_CONFLICT)
        whole = whole && problem->line && problem->column &&
                (!*problem->pointer || *problem->pointer == '/') &&
                strchr("\"{[-0123456789tfn", at_place(text, size, problem->line, problem->column));
    else
        whole = whole && problem->code == SBX_E_POLICY_SYNTAX;
    if (!whole)
        printf("    %s: %s at %lu:%lu: %s %s\n", name, problem->pointer, (unsigned long)problem->line,
               (unsigned long)problem->column, problem->text, problem->fix);
    CU_ASSERT(whole);
}

/* The error of policy_parse is the first of the list, so whoever mends by the list ends with a policy. */
static void the_first_problem_is_the_error(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "invalid", ".json");

    for (size_t i = 0; i < names.count; i++) {
        struct policy_problems problems = {NULL, 0};
        struct sbx_error error = {0};
        struct sbx_policy policy;
        char said[SBX_ERROR_TEXT_SIZE + 64];
        size_t size;
        char *text = fixture("invalid", names.items[i], ".json", &size);
        char *expected = fixture("invalid", names.items[i], ".error", NULL);

        CU_ASSERT_EQUAL_FATAL(policy_validate(text, size, &problems, NULL), SBX_OK);
        CU_ASSERT_FATAL(problems.count > 0);
        CU_ASSERT_EQUAL(policy_parse(text, size, &policy, NULL), problems.items[0].code);
        policy_problem_raise(&problems.items[0], &error);
        snprintf(said, sizeof said, "%s\n%s\n", status_word(error.code), error.text);
        CU_ASSERT_STRING_EQUAL(said, expected);
        for (size_t j = 0; j < problems.count; j++)
            expect_whole_problem(names.items[i], text, size, &problems.items[j]);
        policy_problems_free(&problems);
        free(expected);
        free(text);
    }
    strings_free(&names);
}

static void a_valid_policy_has_no_problem(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "valid", ".json");

    for (size_t i = 0; i < names.count; i++) {
        struct policy_problems problems = {NULL, 4711};
        size_t size;
        char *text = fixture("valid", names.items[i], ".json", &size);

        CU_ASSERT_EQUAL(policy_validate(text, size, &problems, NULL), SBX_OK);
        CU_ASSERT_EQUAL(problems.count, 0);
        policy_problems_free(&problems);
        free(text);
    }
    strings_free(&names);
}

static char *many_unknown_keys(size_t count)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_text(&text, "{");
    for (size_t i = 0; i < count; i++)
        buffer_append_format(&text, "%s\"unknown%zu\": 1", i ? ",\n" : "\n", i);
    buffer_append_text(&text, "}");
    return buffer_take(&text, NULL);
}

static void the_list_ends_where_nobody_reads_on(void)
{
    static const size_t counts[] = {POLICY_MOST_PROBLEMS - 1, POLICY_MOST_PROBLEMS, 3 * POLICY_MOST_PROBLEMS};

    for (size_t i = 0; i < 3; i++) {
        struct policy_problems problems = {NULL, 0};
        char *text = many_unknown_keys(counts[i]);
        const struct policy_problem *last;

        CU_ASSERT_EQUAL_FATAL(policy_validate(text, strlen(text), &problems, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(problems.count, i ? POLICY_MOST_PROBLEMS : counts[i]);
        last = &problems.items[problems.count - 1];
        CU_ASSERT_EQUAL(problems.items[998].line, 1000);
        CU_ASSERT_EQUAL(last->code, i ? SBX_E_LIMIT : SBX_E_POLICY_VALUE);
        CU_ASSERT_EQUAL(strstr(last->text, "more") != NULL, i > 0);
        policy_problems_free(&problems);
        sbx_free(text);
    }
}

/* Whatever the text, places lie in it and in its order. */
static void changed_bytes_have_problems_in_order(void)
{
    size_t size;
    char *text = fixture("several", "one_of_each_kind", ".json", &size);
    char *changed = malloc(size);
    uint32_t seed = 7;

    for (int round = 0; round < 10000; round++) {
        static const char likely[] = "{}[]\",:\\u0 -1etrufalsn";
        struct policy_problems problems = {NULL, 0};
        size_t before = 0;

        memcpy(changed, text, size);
        for (uint32_t changes = 1 + sim_pseudo_random(&seed) % 4; changes; changes--)
            changed[sim_pseudo_random(&seed) % size] = likely[sim_pseudo_random(&seed) % (sizeof likely - 1)];
        CU_ASSERT_EQUAL_FATAL(policy_validate(changed, size, &problems, NULL), SBX_OK);
        for (size_t i = 0; i < problems.count; i++) {
            const struct policy_problem *problem = &problems.items[i];

            if (problem->code == SBX_E_POLICY_SYNTAX && problem->offset == SIZE_MAX)
                continue;
            CU_ASSERT(problem->offset < size && problem->offset >= before);
            before = problem->offset;
        }
        policy_problems_free(&problems);
    }
    free(changed);
    free(text);
}

struct text_and_size {
    char *text;
    size_t size;
};

static sbx_status validate(void *context)
{
    const struct text_and_size *text = context;
    struct policy_problems problems = {NULL, 4711};
    struct sbx_error error = {0};
    sbx_status status = policy_validate(text->text, text->size, &problems, &error);

    if (status) {
        CU_ASSERT(error.code == SBX_E_MEMORY && problems.count == 4711);
    } else {
        CU_ASSERT(problems.count > 0);
        policy_problems_free(&problems);
    }
    return status;
}

static void memory_running_out_hides_no_mistake(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "several", ".json");

    for (size_t i = 0; i < names.count; i++) {
        struct text_and_size text;

        text.text = fixture("several", names.items[i], ".json", &text.size);
        with_memory_failing(validate, &text);
        free(text.text);
    }
    strings_free(&names);
}

const struct harness_suite policy_problems_suite = {
    "policy problems",
    (const struct harness_test[]){
        {"every mistake of a text is listed", every_mistake_of_a_text_is_listed},
        {"the first problem is policy_parse's error", the_first_problem_is_the_error},
        {"a valid policy has no problem", a_valid_policy_has_no_problem},
        {"the list ends where nobody reads on, and says so", the_list_ends_where_nobody_reads_on},
        {"changed bytes have problems in the text's order", changed_bytes_have_problems_in_order},
        {"memory running out hides no mistake", memory_running_out_hides_no_mistake},
        {NULL, NULL},
    },
};
