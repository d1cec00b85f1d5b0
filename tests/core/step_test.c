/*
 * step_test.c - a step that was kept is the step that was made: nothing of it is lost in a copy or in JSON, and what is not
 * wholly understood is not taken for a step.
 */
#include "core/jsontext.h"
#include "base/memory.h"
#include "core/step_samples.h"
#include "memory_failing.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

static sbx_status step_of(const json_t *json, struct step *step, struct sbx_error *error)
{
    memset(step, 0, sizeof *step);
    memset(error, 0, sizeof *error);
    return step_from_json(json, step, error);
}

static void a_step_comes_back_from_json(void)
{
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++) {
        struct step step = step_sample((enum step_kind)kind);
        char *text = step_sample_text(&step);
        struct jsontext read;
        json_error_t place;
        struct step again;
        struct sbx_error error;
        char *text_again;

        CU_ASSERT_EQUAL_FATAL(jsontext_read(text, strlen(text), &read, &place), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(step_of(read.root, &again, &error), SBX_OK);
        CU_ASSERT(step_equal(&step, &again));
        CU_ASSERT_STRING_EQUAL(again.rule, step.rule);
        if (kind <= STEP_PASSAGE)
            CU_ASSERT_STRING_EQUAL(again.files.path, step.files.path);
        text_again = step_sample_text(&again);
        CU_ASSERT_STRING_EQUAL(text_again, text);

        sbx_free(text_again);
        step_free(&again);
        jsontext_free(&read);
        sbx_free(text);
        step_free(&step);
    }
}

static void a_copy_is_equal_and_its_own(void)
{
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++) {
        struct step step = step_sample((enum step_kind)kind);
        struct step copy = {0};
        char *before = step_sample_text(&step);
        char *after;

        step.state = STEP_DONE;
        CU_ASSERT_EQUAL_FATAL(step_copy(&step, &copy), SBX_OK);
        CU_ASSERT(step_equal(&step, &copy));
        CU_ASSERT_EQUAL(copy.state, STEP_DONE);
        step_free(&step);
        after = step_sample_text(&copy);
        CU_ASSERT_STRING_EQUAL(after, before);
        sbx_free(after);
        sbx_free(before);
        step_free(&copy);
    }
}

/* The value that a field could have instead, of the same type and allowed. */
static json_t *another_value(const char *key, const json_t *value)
{
    if (json_is_boolean(value))
        return json_boolean(!json_is_true(value));
    if (json_is_integer(value))
        return json_integer(json_integer_value(value) ? json_integer_value(value) - 1 : 1);
    if (strcmp(key, "layer") == 0)
        return json_string("listen");
    if (strcmp(key, "direction") == 0)
        return json_string("out");
    if (strcmp(key, "sid") == 0)
        return json_string("S-1-9-7");
    return json_string("abc");
}

/* Changes each value below `json` in turn, asks whether the step is still the same one, and changes it back. */
static void change_each(json_t *root, json_t *json, const struct step *step)
{
    const char *key;
    json_t *value;
    size_t index;

    if (json_is_array(json)) {
        json_array_foreach(json, index, value)
        {
            if (json_is_string(value)) {
                struct step changed;
                struct sbx_error error;

                json_incref(value);
                json_array_set_new(json, index, json_string("abc"));
                CU_ASSERT_EQUAL(step_of(root, &changed, &error), SBX_OK);
                CU_ASSERT(!step_equal(&changed, step));
                step_free(&changed);
                json_array_set_new(json, index, value);
            } else {
                change_each(root, value, step);
            }
        }
        return;
    }
    json_object_foreach(json, key, value)
    {
        struct step changed;
        struct sbx_error error;
        bool counts = strcmp(key, "rule") != 0 && strcmp(key, "path") != 0;
        json_t *escaped = NULL;

        if (json_is_array(value)) {
            change_each(root, value, step);
            continue;
        }
        if (strcmp(key, "kind") == 0 || strcmp(key, "pathEscaped") == 0 || strcmp(key, "type") == 0)
            continue;
        if (strcmp(key, "path") == 0) {
            escaped = json_incref(json_object_get(json, "pathEscaped"));
            json_object_set_new(json, "pathEscaped", json_string("abc"));
        }
        json_incref(value);
        json_object_set_new(json, key, another_value(key, value));
        if (strcmp(key, "sid") == 0) { /* one SID: of both entries */
            json_t *entries = json_object_get(root, "entries");

            json_object_set_new(json_array_get(entries, 0), key, json_string("S-1-9-7"));
            json_object_set_new(json_array_get(entries, 1), key, json_string("S-1-9-7"));
        }
        CU_ASSERT_EQUAL(step_of(root, &changed, &error), SBX_OK);
        if (error.code)
            printf("    %s: %s\n", key, error.text);
        CU_ASSERT_EQUAL(step_equal(&changed, step), !counts);
        step_free(&changed);
        if (strcmp(key, "sid") == 0) {
            json_t *entries = json_object_get(root, "entries");

            json_object_set(json_array_get(entries, 0), key, value);
            json_object_set(json_array_get(entries, 1), key, value);
        }
        json_object_set_new(json, key, value);
        if (escaped)
            json_object_set_new(json, "pathEscaped", escaped);
    }
}

static void every_field_but_path_and_rule_counts(void)
{
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++) {
        struct step step = step_sample((enum step_kind)kind);
        json_t *json = step_as_json(&step);

        change_each(json, json, &step);
        json_decref(json);
        step_free(&step);
    }
}

static void steps_of_two_kinds_differ(void)
{
    struct step deny = step_sample(STEP_DENY);
    struct step anchor = step_sample(STEP_ANCHOR);

    CU_ASSERT(!step_equal(&deny, &anchor));
    step_free(&deny);
    step_free(&anchor);
}

/* Is refused, the text names the key, and nothing was made. */
static void is_refused(const json_t *json, const char *key)
{
    struct step step;
    struct step zero = {0};
    struct sbx_error error;
    char quoted[64];

    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    CU_ASSERT_EQUAL(step_of(json, &step, &error), SBX_E_JOURNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, quoted));
    if (!strstr(error.text, quoted))
        printf("    expected %s: %s\n", quoted, error.text);
    CU_ASSERT_EQUAL(memcmp(&step, &zero, sizeof step), 0);
}

/* Of an object of the step or in it: each key missing, of another type, and one more. */
static void spoil(const json_t *root, json_t *json)
{
    json_t *whole = json_deep_copy(json);
    const char *key;
    json_t *value;

    json_object_foreach(whole, key, value)
    {
        if (strcmp(key, "pathEscaped") == 0)
            continue;
        json_object_del(json, key);
        is_refused(root, key);
        json_object_set_new(json, key, json_real(1.5));
        is_refused(root, key);
        json_object_set_new(json, key, json_null());
        is_refused(root, key);
        if (json_is_integer(value)) {
            json_object_set_new(json, key, json_integer(-1));
            is_refused(root, key);
            json_object_set_new(json, key, json_integer(4294967296));
            is_refused(root, key);
        }
        json_object_set_new(json, key, json_deep_copy(value));
    }
    json_object_set_new(json, "later", json_true());
    is_refused(root, "later");
    json_object_del(json, "later");
    json_decref(whole);
}

static void what_is_not_understood_is_refused(void)
{
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++) {
        struct step step = step_sample((enum step_kind)kind);
        json_t *json = step_as_json(&step);
        json_t *list;

        spoil(json, json);
        list = json_object_get(json, kind == STEP_FILTERS ? "filters" : "entries");
        if (list)
            spoil(json, json_array_get(list, 1));
        json_decref(json);
        step_free(&step);
    }
}

static void is_refused_with(enum step_kind kind, const char *at, const char *text, const char *key)
{
    struct step step = step_sample(kind);
    json_t *json = step_as_json(&step);
    json_t *object = strchr(at, '/') ? json_array_get(json_object_get(json, "entries"), 1) : json;
    json_error_t place;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &place);

    CU_ASSERT_FATAL(value != NULL);
    json_object_set_new(object, strchr(at, '/') ? strchr(at, '/') + 1 : at, value);
    is_refused(json, key);
    json_decref(json);
    step_free(&step);
}

static void entries_are_of_the_kind_and_of_one_sid(void)
{
    is_refused_with(STEP_ALLOW, "entries/type", "1", "entries");
    is_refused_with(STEP_PASSAGE, "entries/type", "1", "entries");
    is_refused_with(STEP_DENY, "entries/type", "0", "entries");
    is_refused_with(STEP_ANCHOR, "entries/type", "0", "entries");
    is_refused_with(STEP_ALLOW, "entries/flags", "16", "entries"); /* inherited: only the system says that */
    is_refused_with(STEP_ALLOW, "entries/mask", "0", "entries");
    is_refused_with(STEP_ALLOW, "entries/sid", "\"S-1-1-0\"", "entries");
    is_refused_with(STEP_ALLOW, "entries/sid", "\"WD\"", "sid");
    is_refused_with(STEP_ALLOW, "entries", "[]", "entries");
    is_refused_with(STEP_ALLOW, "entries", "[7]", "entries");
    is_refused_with(STEP_ALLOW, "stops", "[\"..\"]", "stops");
    is_refused_with(STEP_ALLOW, "stops", "[1]", "stops");
    is_refused_with(STEP_ALLOW, "file", "\"0123456789012345678901234567890123456789\"", "file");
    is_refused_with(STEP_ALLOW, "file", "\"\"", "file");
    is_refused_with(STEP_ALLOW, "pathEscaped", "\"C:\\\\\"", "path");
    is_refused_with(STEP_ALLOW, "kind", "\"Allow\"", "kind");
    is_refused_with(STEP_FIREWALL, "direction", "\"up\"", "direction");
}

static void json_that_is_no_object_is_no_step(void)
{
    static const char *const texts[] = {"null", "[]", "7", "\"allow\"", "{}"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *json = json_loads(texts[i], JSON_DECODE_ANY, NULL);

        is_refused(json, "kind");
        json_decref(json);
    }
}

struct spelling {
    const char *text, *escaped, *expected; /* NULL: refused */
};

static void two_forms_of_a_text_must_be_of_one(void)
{
    static const struct spelling spellings[] = {
        {"a", NULL, "a"},
        {"a\\u0041", NULL, "a\\u0041"},
        {"\xEF\xBF\xBD", "\\ud800", "\xED\xA0\x80"},
        {"\xEF\xBF\xBDx\\", "\\udfffx\\\\", "\xED\xBF\xBFx\\"},
        {"\xEF\xBF\xBD\xEF\xBF\xBD", "\\udc00\\ud800", "\xED\xB0\x80\xED\xA0\x80"},
        {"\xEF\xBF\xBD\xEF\xBF\xBD", "\\ud800\\udc00", NULL}, /* a pair is one character */
        {"\xEF\xBF\xBD", "\\uD800", NULL},
        {"\xEF\xBF\xBD", "\\u0041", NULL},
        {"\xEF\xBF\xBD", "\\ud80", NULL},
        {"\xEF\xBF\xBD", "\\", NULL},
        {"a", "\\ud800", NULL},
        {"a", "b", NULL},
    };

    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        const struct spelling *at = &spellings[i];
        json_t *json = json_object();
        char *text = NULL;

        json_object_set_new(json, "name", json_string(at->text));
        if (at->escaped)
            json_object_set_new(json, "nameEscaped", json_string(at->escaped));
        CU_ASSERT_EQUAL(jsontext_get_text(json, "name", &text), at->expected ? SBX_OK : SBX_E_ARGUMENT);
        CU_ASSERT_STRING_EQUAL(text ? text : "(none)", at->expected ? at->expected : "(none)");
        sbx_free(text);
        json_decref(json);
    }
}

static void people_read_what_it_does_and_what_undoes_it(void)
{
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++) {
        struct step step = step_sample((enum step_kind)kind);
        struct sbx_buffer target = SBX_BUFFER_EMPTY, detail = SBX_BUFFER_EMPTY, undo = SBX_BUFFER_EMPTY;

        step_write_target(&step, &target);
        step_write_detail(&step, &detail);
        step_write_undo(&step, &undo);
        CU_ASSERT(target.size > 0 && detail.size > 0 && undo.size > 0);
        CU_ASSERT(*step_kind_name(step.kind) != '\0');
        CU_ASSERT_EQUAL(step_is_elevated(&step), kind > STEP_PASSAGE);
        if (kind == STEP_ALLOW)
            CU_ASSERT_STRING_EQUAL(
                buffer_text(&detail),
                "S-1-9-1397967427-1-2-3-4 may: read, write, run here; read, write, run, delete in "
                "all that is in it; 2 in it left to rules of their own");
        if (kind == STEP_VALUE)
            CU_ASSERT_STRING_EQUAL(buffer_text(&target), "HKLM\\SbxOff-1a2b3c4d\\Sbx-1a2b3c4d-off1");
        buffer_free(&target);
        buffer_free(&detail);
        buffer_free(&undo);
        step_free(&step);
    }
}

static sbx_status there_and_back(void *context)
{
    const struct step *step = context;
    struct step copy = {0}, again = {0}, zero = {0};
    struct sbx_error error = {0};
    json_t *json = NULL;
    sbx_status status = step_copy(step, &copy);

    if (!status && !(json = step_as_json(&copy)))
        status = SBX_E_MEMORY;
    if (!status)
        status = step_from_json(json, &again, &error);
    if (status)
        CU_ASSERT_EQUAL(memcmp(&again, &zero, sizeof again), 0);
    json_decref(json);
    step_free(&copy);
    step_free(&again);
    return status;
}

static void any_allocation_may_fail(void)
{
    for (int kind = 0; kind < STEP_KIND_COUNT; kind++) {
        struct step step = step_sample((enum step_kind)kind);

        with_memory_failing(there_and_back, &step);
        step_free(&step);
    }
}

const struct harness_suite step_suite = {
    "step",
    (const struct harness_test[]){
        {"a step comes back from JSON as it was, with names that are no UTF-16", a_step_comes_back_from_json},
        {"a copy is equal and its own", a_copy_is_equal_and_its_own},
        {"every field but path and rule counts when two are compared", every_field_but_path_and_rule_counts},
        {"steps of two kinds differ, whatever they hold", steps_of_two_kinds_differ},
        {"a missing, wrong or unknown key is refused by its name", what_is_not_understood_is_refused},
        {"entries are of the step's kind and of one SID", entries_are_of_the_kind_and_of_one_sid},
        {"JSON that is no object is no step", json_that_is_no_object_is_no_step},
        {"the two forms of an ill-formed text must be of one", two_forms_of_a_text_must_be_of_one},
        {"people can read what a step does and what undoes it", people_read_what_it_does_and_what_undoes_it},
        {"any allocation may fail", any_allocation_may_fail},
        {NULL, NULL},
    },
};
