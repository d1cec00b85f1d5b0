/*
 * policy_test.c - what somebody who writes a policy can rely on: every mistake is told with its place and
 * what would be right, every value that is read is there afterwards, and nothing is ignored.
 *
 * tests/fixtures/policy has the data. valid/NAME.json with NAME.expect, the values that are not the
 * default's, each a line "JSON-pointer value"; invalid/NAME.json with NAME.error, the code word and the exact
 * text; unbuilt/ the same of policies that are valid but more than this version can honour.
 */
#include "core/policy.h"

#include "base/memory.h"
#include "core/environment.h"
#include "fixtures.h"
#include "memory_failing.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/fixtures/policy/"

/* Says which fixture a failure is about: an assertion's own text cannot. */
static void note(const char *fixture, const char *what, const char *found, const char *expected)
{
    printf("    %s: %s\n      found:    %s\n      expected: %s\n", fixture, what, found, expected);
}

/* ---- A policy as JSON values by their pointers ---- */

static void put(json_t *values, const char *pointer, json_t *value)
{
    json_object_set_new(values, pointer, value);
}

static json_t *list(const struct sbx_strings *strings)
{
    json_t *array = json_array();

    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(array, json_string(strings->items[i]));
    return array;
}

static json_t *grants(const struct sbx_policy *policy)
{
    json_t *array = json_array();

    for (size_t i = 0; i < policy->network.allow_count; i++) {
        const struct policy_grant *grant = &policy->network.allow[i];

        json_array_append_new(array, json_pack("{s:s, s:i, s:f, s:s?}", "host", grant->host, "port",
                                               (int)grant->port, "minutes", grant->minutes, "command",
                                               grant->command));
    }
    return array;
}

static json_t *variables(const struct sbx_policy *policy)
{
    json_t *object = json_object();

    for (size_t i = 0; i < policy->environment.set_count; i++)
        json_object_set_new(object, policy->environment.set[i].name,
                            json_string(policy->environment.set[i].value));
    return object;
}

static const char *word(const char *const *words, int index)
{
    return words[index];
}

#define WORD(index, ...) json_string(word((const char *const[]){__VA_ARGS__}, (int)(index)))

static json_t *policy_values(const struct sbx_policy *policy)
{
    json_t *values = json_object();

    put(values, "/level", json_string(level_name(policy->level)));
    put(values, "/token", json_string(token_name(policy->token)));
    put(values, "/files/write", list(&policy->files.write));
    put(values, "/files/read", list(&policy->files.read));
    put(values, "/files/deny", list(&policy->files.deny));
    put(values, "/files/protect", list(&policy->files.protect));
    put(values, "/files/onPlanted", WORD(policy->files.on_planted, "report", "move"));
    put(values, "/network/mode", WORD(policy->network.mode, "none", "grants", "any"));
    put(values, "/network/localhost", WORD(policy->network.localhost, "none", "ephemeral"));
    put(values, "/network/allow", grants(policy));
    put(values, "/limits/memoryMB", json_integer(policy->limits.memory_mb));
    put(values, "/limits/processes", json_integer(policy->limits.processes));
    put(values, "/limits/cpuPercent", json_integer(policy->limits.cpu_percent));
    put(values, "/limits/seconds", json_integer(policy->limits.seconds));
    put(values, "/limits/outputMB", json_integer(policy->limits.output_mb));
    put(values, "/environment/inherit", list(&policy->environment.inherit));
    put(values, "/environment/set", variables(policy));
    put(values, "/environment/deny", list(&policy->environment.deny));
    put(values, "/desktop", WORD(policy->desktop, "private", "shared"));
    for (int i = 0; i < SBX_DOMAIN_COUNT; i++) {
        char pointer[64];

        snprintf(pointer, sizeof pointer, "/require/%s", domain_name((enum sbx_domain)i));
        put(values, pointer, json_string(assurance_name(policy->require[i])));
    }
    put(values, "/transcript/output", WORD(policy->transcript_output, "full", "none"));
    return values;
}

static char *text_of(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* Both as JSON texts, so that a failure can be read. */
static bool same_values(const char *fixture, json_t *found, json_t *expected)
{
    const char *pointer;
    json_t *value;
    bool same = json_object_size(found) == json_object_size(expected);

    json_object_foreach(expected, pointer, value)
    {
        char *found_text = text_of(json_object_get(found, pointer));
        char *expected_text = text_of(value);

        if (!found_text || strcmp(found_text, expected_text) != 0) {
            note(fixture, pointer, found_text ? found_text : "(nothing)", expected_text);
            same = false;
        }
        free(found_text);
        free(expected_text);
    }
    return same;
}

static bool same_policies(const char *what, const struct sbx_policy *a, const struct sbx_policy *b)
{
    json_t *a_values = policy_values(a);
    json_t *b_values = policy_values(b);
    bool same = same_values(what, a_values, b_values);

    json_decref(a_values);
    json_decref(b_values);
    return same;
}

/* ---- Fixtures ---- */

static char *read_fixture(const char *folder, const char *name, const char *extension, size_t *size)
{
    char path[256];

    snprintf(path, sizeof path, FOLDER "%s/%s%s", folder, name, extension);
    return fixtures_read(path, size);
}

/* Changes `values` by lines "pointer JSON". */
static bool apply_expectations(json_t *values, char *lines)
{
    for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
        char *blank = strchr(line, ' ');
        json_t *value = blank ? json_loads(blank + 1, JSON_DECODE_ANY, NULL) : NULL;

        if (!value)
            return false;
        *blank = '\0';
        if (!json_object_get(values, line)) {
            json_decref(value);
            return false;
        }
        json_object_set_new(values, line, value);
    }
    return true;
}

/* Its canonical text comes to the same values. */
static bool is_same_when_written(const char *what, const struct sbx_policy *policy)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_policy again;
    bool same;

    policy_write(policy, &text);
    CU_ASSERT_EQUAL_FATAL(policy_parse(buffer_text(&text), text.size, &again, NULL), SBX_OK);
    same = same_policies(what, &again, policy);
    policy_free(&again);
    buffer_free(&text);
    return same;
}

static void every_valid_policy_comes_to_what_it_says(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "valid", ".json");

    CU_ASSERT(names.count >= 60);
    for (size_t i = 0; i < names.count; i++) {
        struct sbx_policy policy;
        struct sbx_policy strict;
        struct sbx_error error = {0};
        size_t size;
        char *text = read_fixture("valid", names.items[i], ".json", &size);
        char *lines = read_fixture("valid", names.items[i], ".expect", NULL);
        json_t *found;
        json_t *expected;

        CU_ASSERT_FATAL(lines != NULL);
        if (policy_parse(text, size, &policy, &error)) {
            note(names.items[i], "is refused", error.text, "no error");
            CU_FAIL("a valid policy is refused");
        } else {
            CU_ASSERT_EQUAL_FATAL(policy_default(&strict), SBX_OK);
            expected = policy_values(&strict);
            found = policy_values(&policy);
            CU_ASSERT(apply_expectations(expected, lines));
            CU_ASSERT(same_values(names.items[i], found, expected));
            CU_ASSERT(is_same_when_written(names.items[i], &policy));
            json_decref(found);
            json_decref(expected);
            policy_free(&strict);
            policy_free(&policy);
        }
        free(lines);
        free(text);
    }
    harness_note("%zu policies", names.count);
    strings_free(&names);
}

static void expect_error(const char *folder, const char *name, const struct sbx_error *error)
{
    char found[SBX_ERROR_TEXT_SIZE + 64];
    char *expected = read_fixture(folder, name, ".error", NULL);

    snprintf(found, sizeof found, "%s\n%s\n", status_word(error->code), error->text);
    if (!expected || strcmp(found, expected) != 0) {
        note(name, "another error", found, expected ? expected : "(no .error file)");
        CU_FAIL("another error than expected");
    }
    CU_ASSERT(text_is_utf8(error->text, strlen(error->text)));
    free(expected);
}

static void every_invalid_policy_has_its_exact_error(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "invalid", ".json");

    CU_ASSERT(names.count >= 150);
    for (size_t i = 0; i < names.count; i++) {
        struct sbx_policy policy = {.limits = {.seconds = 4711}};
        struct sbx_error error = {0};
        size_t size;
        char *text = read_fixture("invalid", names.items[i], ".json", &size);
        sbx_status status = policy_parse(text, size, &policy, &error);

        CU_ASSERT_NOT_EQUAL(status, SBX_OK);
        CU_ASSERT_EQUAL(status, error.code);
        CU_ASSERT(policy.limits.seconds == 4711 && !policy.files.write.items); /* untouched */
        expect_error("invalid", names.items[i], &error);
        CU_ASSERT_EQUAL(policy_parse(text, size, &policy, NULL), status);
        free(text);
    }
    harness_note("%zu policies", names.count);
    strings_free(&names);
}

/* The keys are those of the table in src/core/README.md. */
static void every_key_has_a_policy_that_is_refused_at_it(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "invalid", ".error");
    char *readme = fixtures_read("src/core/README.md", NULL);
    unsigned keys = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(readme);
    for (char *at = readme; (at = strstr(at, "\n| `/")) != NULL;) {
        char pointer[64];
        bool found = false;

        at += 4;
        snprintf(pointer, sizeof pointer, "%.*s", (int)strcspn(at, "`"), at);
        for (size_t i = 0; i < names.count && !found; i++) {
            char *error = read_fixture("invalid", names.items[i], ".error", NULL);

            found = strstr(error, pointer) != NULL;
            free(error);
        }
        if (!found)
            printf("    %s\n", pointer);
        CU_ASSERT_TRUE(found);
        keys++;
    }
    CU_ASSERT(keys > 30);
    free(readme);
    strings_free(&names);
}

static void what_cannot_be_honoured_yet_is_refused_by_name(void)
{
    struct sbx_strings names = fixtures_list(FOLDER "unbuilt", ".json");

    CU_ASSERT(names.count > 0);
    for (size_t i = 0; i < names.count; i++) {
        struct sbx_policy policy;
        struct sbx_error error = {0};
        size_t size;
        char *text = read_fixture("unbuilt", names.items[i], ".json", &size);

        CU_ASSERT_EQUAL_FATAL(policy_parse(text, size, &policy, &error), SBX_OK);
        CU_ASSERT_EQUAL(policy_check_built(&policy, &error), SBX_E_NOT_BUILT);
        expect_error("unbuilt", names.items[i], &error);
        policy_free(&policy);
        free(text);
    }
    strings_free(&names);
}

/* ---- The README's table of keys ---- */

/* The cell from *at on, without its blanks and backquotes; *at moves behind it. False at the row's end. */
static bool next_cell(const char **at, char *cell, size_t cell_size)
{
    const char *end = strchr(*at, '|');
    const char *start = *at;
    size_t size = 0;

    if (!end)
        return false;
    for (; start < end; start++) {
        if (*start != '`' && size < cell_size - 1)
            cell[size++] = *start;
    }
    while (size && cell[size - 1] == ' ')
        size--;
    cell[size] = '\0';
    memmove(cell, cell + strspn(cell, " "), size + 1 - strspn(cell, " "));
    *at = end + 1;
    return true;
}

struct row {
    char pointer[64];
    char standard[128]; /* the default */
    char other[128];    /* an example of another value */
    char answer[32];    /* the first word of what this version does */
};

/* Rows "| `/level` | `"auto"` | `"elevated"` | refused ... |" of src/core/README.md. */
static size_t read_rows(struct row *rows, size_t most)
{
    char *readme = fixtures_read("src/core/README.md", NULL);
    size_t count = 0;

    CU_ASSERT_FATAL(readme != NULL);
    for (char *line = strtok(readme, "\n"); line && count < most; line = strtok(NULL, "\n")) {
        struct row *row = &rows[count];
        char answer[512];
        const char *at = line + 1;

        if (strncmp(line, "| `/", 4) == 0 && next_cell(&at, row->pointer, sizeof row->pointer) &&
            next_cell(&at, row->standard, sizeof row->standard) &&
            next_cell(&at, row->other, sizeof row->other) && next_cell(&at, answer, sizeof answer)) {
            snprintf(row->answer, sizeof row->answer, "%.*s", (int)strcspn(answer, " :;"), answer);
            count++;
        }
    }
    free(readme);
    return count;
}

/* {"limits": {"seconds": VALUE}} for /limits/seconds. */
static char *policy_with(const char *pointer, const char *value)
{
    char *text = malloc(1024);
    const char *slash = strchr(pointer + 1, '/');

    if (slash)
        snprintf(text, 1024, "{\"%.*s\": {\"%s\": %s}}", (int)(slash - pointer - 1), pointer + 1, slash + 1,
                 value);
    else
        snprintf(text, 1024, "{\"%s\": %s}", pointer + 1, value);
    return text;
}

static sbx_status parse_row(const struct row *row, const char *value, struct sbx_policy *policy)
{
    struct sbx_error error = {0};
    char *text = policy_with(row->pointer, value);
    sbx_status status = policy_parse(text, strlen(text), policy, &error);

    if (status)
        note(row->pointer, text, error.text, "a valid policy");
    free(text);
    return status;
}

static void every_key_is_handled_as_the_table_says(void)
{
    struct row rows[64];
    size_t count = read_rows(rows, 64);
    struct sbx_policy strict;

    CU_ASSERT_EQUAL_FATAL(policy_default(&strict), SBX_OK);
    CU_ASSERT_EQUAL(policy_check_built(&strict, NULL), SBX_OK);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct sbx_error error = {0};
        struct sbx_policy policy;
        char *before;
        char *after;
        json_t *values;

        /* The default of the table is the default. */
        if (strcmp(row->standard, "see below") != 0) {
            CU_ASSERT_EQUAL_FATAL(parse_row(row, row->standard, &policy), SBX_OK);
            CU_ASSERT(same_policies(row->pointer, &policy, &strict));
            policy_free(&policy);
        }
        if (strcmp(row->other, "-") == 0)
            continue;

        /* Another value arrives; the version honours it or refuses it by this very pointer. */
        CU_ASSERT_EQUAL_FATAL(parse_row(row, row->other, &policy), SBX_OK);
        values = policy_values(&strict);
        before = text_of(json_object_get(values, row->pointer));
        json_decref(values);
        values = policy_values(&policy);
        after = text_of(json_object_get(values, row->pointer));
        json_decref(values);
        CU_ASSERT(before && after && strcmp(before, after) != 0);
        free(before);
        free(after);

        if (strcmp(row->answer, "refused") == 0) {
            CU_ASSERT_EQUAL(policy_check_built(&policy, &error), SBX_E_NOT_BUILT);
            CU_ASSERT_EQUAL(strncmp(error.text, row->pointer, strlen(row->pointer)), 0);
        } else {
            CU_ASSERT(strcmp(row->answer, "enforced") == 0 || strcmp(row->answer, "reported") == 0);
            if (policy_check_built(&policy, &error))
                note(row->pointer, "is refused", error.text, row->answer);
            CU_ASSERT_EQUAL(error.code, SBX_OK);
        }
        policy_free(&policy);
    }
    policy_free(&strict);
}

static bool has_row(const struct row *rows, size_t count, const char *prefix, const char *key,
                    size_t key_size)
{
    for (size_t i = 0; i < count; i++) {
        const char *rest = rows[i].pointer + strlen(prefix) + 1;

        if (strncmp(rows[i].pointer, prefix, strlen(prefix)) == 0 && rows[i].pointer[strlen(prefix)] == '/' &&
            strncmp(rest, key, key_size) == 0 && (!rest[key_size] || rest[key_size] == '/'))
            return true;
    }
    return false;
}

/* The parser tells its keys itself, to somebody who wrote one that it does not know. */
static void every_key_of_the_parser_is_in_the_table(void)
{
    static const char *const objects[] = {"",         "/files",     "/network", "/limits", "/environment",
                                          "/require", "/transcript"};
    struct row rows[64];
    size_t count = read_rows(rows, 64);
    size_t found = 0;

    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        struct sbx_error error = {0};
        struct sbx_policy policy;
        char *text = *objects[i] ? policy_with(objects[i], "{\"?\": 1}") : policy_with("/?", "1");
        const char *at;

        CU_ASSERT_EQUAL_FATAL(policy_parse(text, strlen(text), &policy, &error), SBX_E_POLICY_VALUE);
        free(text);
        at = strstr(error.text, "Known here: ");
        CU_ASSERT_FATAL(at != NULL);
        while ((at = strchr(at, '"'))) {
            size_t size = strcspn(at + 1, "\"");

            if (!has_row(rows, count, objects[i], at + 1, size)) {
                note("src/core/README.md", objects[i], "no row", at);
                CU_FAIL("a key without a row in the table");
            }
            at += size + 2;
            found++;
        }
    }
    CU_ASSERT_EQUAL(found, 10 + 5 + 3 + 5 + 3 + SBX_DOMAIN_COUNT + 1);
}

/* The lists that are too long for the table stand below it, name for name. */
static void the_default_lists_are_documented(void)
{
    char *readme = fixtures_read("src/core/README.md", NULL);
    char name[128];

    for (size_t i = 0; i < environment_default_inherit_count; i++) {
        snprintf(name, sizeof name, "`%s`", environment_default_inherit[i]);
        if (!strstr(readme, name)) {
            note("src/core/README.md", "environment.inherit", "missing", name);
            CU_FAIL("an inherited name is not documented");
        }
    }
    for (size_t i = 0; i < environment_default_deny_count; i++) {
        snprintf(name, sizeof name, "`%s`", environment_default_deny[i]);
        if (!strstr(readme, name)) {
            note("src/core/README.md", "environment.deny", "missing", name);
            CU_FAIL("a denied pattern is not documented");
        }
    }
    free(readme);
}

/* ---- Sizes, copies, memory ---- */

static void a_policy_of_a_mebibyte_is_read_and_no_more(void)
{
    char *text = malloc(POLICY_MOST_SIZE + 1);
    struct sbx_policy policy;
    struct sbx_error error = {0};

    memset(text, ' ', POLICY_MOST_SIZE + 1);
    memcpy(text, "{}", 2);
    CU_ASSERT_EQUAL_FATAL(policy_parse(text, POLICY_MOST_SIZE, &policy, &error), SBX_OK);
    policy_free(&policy);
    CU_ASSERT_EQUAL(policy_parse(text, POLICY_MOST_SIZE + 1, &policy, &error), SBX_E_LIMIT);
    CU_ASSERT(strstr(error.text, "1048577") && strstr(error.text, "1048576"));
    free(text);
}

/* The text is not ended by a NUL; one byte further there is nothing that may be read. */
static void only_the_given_bytes_are_read(void)
{
    static const char text[] = "{\"level\": \"restricted\"}";
    size_t size = sizeof text - 1;

    for (size_t cut = 0; cut <= size; cut++) {
        struct sbx_policy policy;
        char *exact = malloc(cut ? cut : 1);
        sbx_status status;

        memcpy(exact, text, cut);
        status = policy_parse(exact, cut, &policy, NULL);
        CU_ASSERT_EQUAL(status, cut == size ? SBX_OK : SBX_E_POLICY_SYNTAX);
        if (!status)
            policy_free(&policy);
        free(exact);
    }
}

/*
 * Whatever stands in a policy, it is read or refused: nothing crashes, and every refusal has a text in UTF-8.
 */
static void changed_bytes_never_crash(void)
{
    size_t size;
    char *text = read_fixture("valid", "interface_page", ".json", &size);
    char *changed = malloc(size);
    uint32_t seed = 1;

    for (int round = 0; round < 20000; round++) {
        struct sbx_policy policy;
        struct sbx_error error = {0};
        uint32_t changes = 1 + sim_pseudo_random(&seed) % 4;

        memcpy(changed, text, size);
        while (changes--) {
            static const char likely[] = "{}[]\",:\\ux0\0\xC3\xBC\xED\xA0\x80 -1.5etrufalsn";
            uint32_t at = sim_pseudo_random(&seed) % size;

            changed[at] = sim_pseudo_random(&seed) % 2
                              ? (char)sim_pseudo_random(&seed)
                              : likely[sim_pseudo_random(&seed) % (sizeof likely - 1)];
        }
        if (policy_parse(changed, size, &policy, &error) == SBX_OK)
            policy_free(&policy);
        else
            CU_ASSERT(error.text[0] && text_is_utf8(error.text, strlen(error.text)));
    }
    free(changed);
    free(text);
}

static void a_copy_is_the_same_and_apart(void)
{
    size_t size;
    char *text = read_fixture("valid", "interface_page", ".json", &size);
    struct sbx_policy policy;
    struct sbx_policy copy;
    struct sbx_policy again;

    CU_ASSERT_EQUAL_FATAL(policy_parse(text, size, &policy, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(policy_copy(&policy, &copy), SBX_OK);
    policy_free(&policy);
    CU_ASSERT(policy.files.write.count == 0 && policy.limits.seconds == 0);
    CU_ASSERT_EQUAL_FATAL(policy_parse(text, size, &again, NULL), SBX_OK);
    CU_ASSERT(same_policies("copy", &copy, &again));
    policy_free(&copy);
    policy_free(&again);
    free(text);
}

struct text_and_size {
    char *text;
    size_t size;
};

static sbx_status parse_and_copy(void *context)
{
    const struct text_and_size *text = context;
    struct sbx_policy policy = {.limits = {.seconds = 4711}};
    struct sbx_policy copy = {.limits = {.seconds = 4711}};
    struct sbx_error error = {0};
    sbx_status status = policy_parse(text->text, text->size, &policy, &error);

    if (status) {
        CU_ASSERT_EQUAL(error.code, SBX_E_MEMORY);
        CU_ASSERT(policy.limits.seconds == 4711 && !policy.files.write.items);
        return status;
    }
    status = policy_copy(&policy, &copy);
    if (status) {
        CU_ASSERT(copy.limits.seconds == 4711 && !copy.files.write.items);
    } else
        policy_free(&copy);
    policy_free(&policy);
    return status;
}

/*
 * jansson's lexer drops a byte when memory for it runs out, which ends in an assertion or behind the end of a
 * string (akheron/jansson #362). Long texts, numbers and keys, so that its buffer grows at every kind of
 * token.
 */
static void memory_running_out_leaves_no_policy(void)
{
    static const char long_tokens[] =
        "{\"environment\": {\"set\": {\"A_NAME_OF_MORE_THAN_THIRTY_TWO_LETTERS_IN_IT\": \"a value that is "
        "longer than "
        "that, so that the buffer grows twice or more while it is read, \\u00fc\\u00fc included\"}}, "
        "\"limits\": "
        "{\"seconds\": 600}, \"network\": {\"allow\": [{\"host\": \"a.example\", \"command\": \"npm *\", "
        "\"minutes\": "
        "1.50000000000000000000000}]}}";
    struct text_and_size text = {(char *)long_tokens, sizeof long_tokens - 1};

    with_memory_failing(parse_and_copy, &text);
    text.text = read_fixture("valid", "interface_page", ".json", &text.size);
    with_memory_failing(parse_and_copy, &text);
    free(text.text);
}

/* A policy that is wrong stays wrong when memory is short; it never passes. */
static sbx_status parse_wrong(void *context)
{
    const char *text = context;
    struct sbx_policy policy;
    sbx_status status = policy_parse(text, strlen(text), &policy, NULL);

    CU_ASSERT_NOT_EQUAL(status, SBX_OK);
    return status == SBX_E_MEMORY ? status : SBX_OK;
}

static void memory_running_out_passes_no_wrong_policy(void)
{
    with_memory_failing(parse_wrong, "{\"limits\": {\"seconds\": 1000000000000000}}");
    with_memory_failing(parse_wrong, "{\"files\": {\"deny\": [\"C:/a\"], \"write\": [\"C:/a\"]}}");
    with_memory_failing(parse_wrong, "{\"a key with more than sixteen letters\": 1}");
    with_memory_failing(parse_wrong, "{\"level\": \"restricted\", \"level\": \"restricted\"}");
    with_memory_failing(parse_wrong, "{\"level\": \"restricted with a long and unclosed end");
}

const struct harness_suite policy_suite = {
    "policy",
    (const struct harness_test[]){
        {"every valid policy comes to what it says", every_valid_policy_comes_to_what_it_says},
        {"every invalid policy has its exact error", every_invalid_policy_has_its_exact_error},
        {"every key has a policy that is refused at it", every_key_has_a_policy_that_is_refused_at_it},
        {"what cannot be honoured yet is refused by name", what_cannot_be_honoured_yet_is_refused_by_name},
        {"every key is handled as the README's table says", every_key_is_handled_as_the_table_says},
        {"every key of the parser is in the README's table", every_key_of_the_parser_is_in_the_table},
        {"the default lists are documented", the_default_lists_are_documented},
        {"a policy of a mebibyte is read and no more", a_policy_of_a_mebibyte_is_read_and_no_more},
        {"only the given bytes are read", only_the_given_bytes_are_read},
        {"changed bytes never crash the parser", changed_bytes_never_crash},
        {"a copy is the same and apart", a_copy_is_the_same_and_apart},
        {"memory running out leaves no policy", memory_running_out_leaves_no_policy},
        {"memory running out passes no wrong policy", memory_running_out_passes_no_wrong_policy},
        {NULL, NULL},
    },
};
