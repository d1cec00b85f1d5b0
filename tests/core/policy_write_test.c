/*
 * policy_write_test.c - the canonical text: it is the policy, whole, and there is one for each.
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

/* The text's own canonical form. */
static struct sbx_buffer canonical(const char *text, size_t size)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    struct sbx_policy policy;

    if (policy_parse(text, size, &policy, &error)) {
        printf("    %s\n%.400s\n", error.text, text);
        CU_FAIL("a canonical text is refused");
        return out;
    }
    policy_write(&policy, &out);
    CU_ASSERT(!buffer_failed(&out));
    policy_free(&policy);
    return out;
}

static void expect_same_again(const char *text, size_t size)
{
    struct sbx_buffer once = canonical(text, size);
    struct sbx_buffer twice = canonical(buffer_text(&once), once.size);

    CU_ASSERT_STRING_EQUAL(buffer_text(&once), buffer_text(&twice));
    buffer_free(&once);
    buffer_free(&twice);
}

/* That the policy is the same, value for value, policy_test.c sees to. */
static void a_canonical_text_is_its_own(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "valid", ".json");

    for (size_t i = 0; i < names.count; i++) {
        char path[256];
        size_t size;
        char *text;

        snprintf(path, sizeof path, FOLDER "valid/%s.json", names.items[i]);
        text = fixtures_read(path, &size);
        expect_same_again(text, size);
        free(text);
    }
    strings_free(&names);
}

/* Byte for byte, so that a policy under version control does not change with the program. */
static void the_default_is_written_as_it_always_was(void)
{
    char *expected = fixtures_read(FOLDER "default.canonical", NULL);
    struct sbx_buffer found = canonical("{}", 2);

    CU_ASSERT_FATAL(expected != NULL);
    CU_ASSERT_STRING_EQUAL(buffer_text(&found), expected);
    buffer_free(&found);
    free(expected);
}

/* ---- Policies that nobody thought of ---- */

static uint32_t below(uint32_t *seed, uint32_t most)
{
    return sim_pseudo_random(seed) % most;
}

static const char *pick(uint32_t *seed, const char *const *words, uint32_t count)
{
    return words[below(seed, count)];
}

#define PICK(seed, ...)                            \
    pick(seed, (const char *const[]){__VA_ARGS__}, \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* A letter as JSON has it in a text. */
static void random_letters(struct sbx_buffer *out, uint32_t *seed, uint32_t count)
{
    while (count--)
        buffer_append_text(out, PICK(seed, "a", "B", "7", " ", "\\\\", "\\\"", "\\u00fc", "\xC3\xBC", "\\n",
                                     "\\u0001", "\x7F", "\\/", "\xF0\x9F\x98\x80", "\\ud83d\\ude00", "~",
                                     "\\t", "&"));
}

static void random_list(struct sbx_buffer *out, uint32_t *seed, const char *key, const char *const *entries,
                        uint32_t entry_count)
{
    uint32_t count = below(seed, 5);

    buffer_append_format(out, "\"%s\": [", key);
    for (uint32_t i = 0; i < count; i++)
        buffer_append_format(out, "%s\"%s\"", i ? "," : "", pick(seed, entries, entry_count));
    buffer_append_text(out, "]");
}

static void random_grants(struct sbx_buffer *out, uint32_t *seed)
{
    uint32_t count = below(seed, 4);

    buffer_append_text(out, "\"allow\": [");
    for (uint32_t i = 0; i < count; i++) {
        buffer_append_format(out, "%s{\"minutes\": %lu.%lu%s, \"host\": \"h%lu.example\"", i ? "," : "",
                             (unsigned long)below(seed, 10000), 1 + (unsigned long)sim_pseudo_random(seed),
                             PICK(seed, "", "e0", "e-3", "E-10"), (unsigned long)i);
        if (below(seed, 2))
            buffer_append_format(out, ", \"port\": %lu", 1 + (unsigned long)below(seed, 65535));
        if (below(seed, 2))
            buffer_append_text(out, ", \"command\": \"npm \\\"*\\\" \\\\ \xC3\xBC\"");
        buffer_append_text(out, "}");
    }
    buffer_append_text(out, "]");
}

static void random_policy(struct sbx_buffer *out, uint32_t *seed)
{
    static const char *const paths[] = {"${workspace}", "C:/a b/\\u00fc", "d:\\\\x\\\\y", "${home}/~",
                                        "${temp}/$"};
    static const char *const denied[] = {"E:/1", "E:/2", "${workspace}/.env"};
    static const char *const names[] = {"PATH", "*_KEY", "A B", "\\u00fc?", "(x86)"};

    buffer_append_format(out, "{\"level\": \"%s\", \"files\": {",
                         PICK(seed, "auto", "restricted", "elevated"));
    random_list(out, seed, "write", paths, 5);
    buffer_append_text(out, ",");
    random_list(out, seed, "read", paths, 5);
    buffer_append_text(out, ",");
    random_list(out, seed, "deny", denied, 3);
    buffer_append_text(out, "}, \"environment\": {");
    random_list(out, seed, "inherit", names, 5);
    buffer_append_text(out, ", \"set\": {");
    for (uint32_t i = 0; i < 3; i++) {
        buffer_append_format(out, "%s\"V%lu\": \"", i ? "," : "", (unsigned long)i);
        random_letters(out, seed, below(seed, 12));
        buffer_append_text(out, "\"");
    }
    buffer_append_format(out, "}}, \"limits\": {\"seconds\": %lu}, \"network\": {\"mode\": \"%s\", ",
                         1 + (unsigned long)below(seed, 604800), PICK(seed, "none", "grants", "any"));
    random_grants(out, seed);
    buffer_append_format(out, "}, \"require\": {\"fileRead\": \"%s\"}}",
                         PICK(seed, "absent", "advisory", "enforced", "verified"));
}

static void random_policies_survive(void)
{
    uint32_t seed = 11;

    for (int round = 0; round < 2000; round++) {
        struct sbx_buffer text = SBX_BUFFER_EMPTY;

        random_policy(&text, &seed);
        expect_same_again(buffer_text(&text), text.size);
        buffer_free(&text);
    }
}

/* A double has no canonical text but the shortest; one that reads as another number is a grant of another time. */
static void minutes_keep_every_bit(void)
{
    static const char *const minutes[] = {"0.1",   "10",  "0.30000000000000004", "1e-300",
                                          "10080", "1e3", "3.3333333333333335"};
    static const char *const written[] = {"0.1",   "10",   "0.30000000000000004", "1e-300",
                                          "10080", "1000", "3.3333333333333335"};

    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        char text[128];
        char expected[64];
        struct sbx_buffer found;

        snprintf(text, sizeof text, "{\"network\": {\"allow\": [{\"host\": \"a\", \"minutes\": %s}]}}",
                 minutes[i]);
        snprintf(expected, sizeof expected, "\"minutes\": %s\n", written[i]);
        found = canonical(text, strlen(text));
        CU_ASSERT(strstr(buffer_text(&found), expected) != NULL);
        buffer_free(&found);
    }
}

/* ---- Memory ---- */

static sbx_status write_interface_page(void *context)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    sbx_status status;

    policy_write(context, &out);
    status = buffer_failed(&out) ? SBX_E_MEMORY : SBX_OK;
    buffer_free(&out);
    return status;
}

static void memory_running_out_marks_the_buffer(void)
{
    size_t size;
    char *text = fixtures_read(FOLDER "valid/interface_page.json", &size);
    struct sbx_policy policy;

    CU_ASSERT_EQUAL_FATAL(policy_parse(text, size, &policy, NULL), SBX_OK);
    with_memory_failing(write_interface_page, &policy);
    policy_free(&policy);
    free(text);
}

const struct harness_suite policy_write_suite = {
    "policy text",
    (const struct harness_test[]){
        {"a canonical text is its own canonical text", a_canonical_text_is_its_own},
        {"the default is written as it always was", the_default_is_written_as_it_always_was},
        {"random policies survive being written and read", random_policies_survive},
        {"minutes keep every bit", minutes_keep_every_bit},
        {"memory running out marks the buffer", memory_running_out_marks_the_buffer},
        {NULL, NULL},
    },
};
