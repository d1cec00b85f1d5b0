/*
 * policy_edit_test.c - what a script that changes a policy value by value can rely on: an edit does what it says and
 * nothing else, or it fails and nothing has changed.
 */
#include "core/policy_edit.h"

#include "base/memory.h"
#include "memory_failing.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sbx_policy read_policy(const char *text)
{
    struct sbx_policy policy = {0};
    struct sbx_error error = {0};

    if (policy_parse(text, strlen(text), &policy, &error))
        printf("    %s\n", error.text);
    CU_ASSERT_EQUAL_FATAL(error.code, SBX_OK);
    return policy;
}

static bool is_written_as(const struct sbx_policy *policy, const char *text)
{
    struct sbx_buffer now = SBX_BUFFER_EMPTY;
    bool same;

    policy_write(policy, &now);
    same = strcmp(buffer_text(&now), text) == 0;
    buffer_free(&now);
    return same;
}

static char *written(const struct sbx_policy *policy)
{
    struct sbx_buffer now = SBX_BUFFER_EMPTY;

    policy_write(policy, &now);
    return buffer_take(&now, NULL);
}

/* What stands at `pointer` as JSON. */
static bool stands(const struct sbx_policy *policy, const char *pointer, const char *json)
{
    struct sbx_buffer found = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    bool same = !policy_get_json(policy, pointer, &found, &error) && strcmp(buffer_text(&found), json) == 0;

    if (!same)
        printf("    %s: %s %s instead of %s\n", pointer, buffer_text(&found), error.text, json);
    buffer_free(&found);
    return same;
}

/* ---- Edits by rows: what is done, on what, and what stands there afterwards or the error ---- */

struct row {
    const char *before; /* NULL: the default */
    const char *pointer;
    const char *json;  /* NULL: taken out */
    const char *look;  /* at this pointer */
    const char *after; /* what stands there; NULL: it fails */
    sbx_status status;
    const char *says; /* the whole text of the error */
};

static const struct row rows[] = {
    /* set */
    {NULL, "/limits/seconds", "5", "/limits/seconds", "5", 0, NULL},
    {NULL, "/level", "\"restricted\"", "/level", "\"restricted\"", 0, NULL},
    {NULL, "/files/write/1", "\"C:/x\"", "/files/write", "[\n  \"${workspace}\",\n  \"C:/x\"\n]", 0, NULL},
    {NULL, "/files/deny/-", "\"C:/x\"", "/files/deny", "[\n  \"C:/x\"\n]", 0, NULL},
    {NULL, "/files/write/-", "\"C:/x\"", "/files/write/2", "\"C:/x\"", 0, NULL},
    {NULL, "/environment/set/CI", "\"1\"", "/environment/set", "{\n  \"CI\": \"1\"\n}", 0, NULL},
    {NULL, "/environment/set/a~1b~0c", "\"1\"", "/environment/set", "{\n  \"a/b~c\": \"1\"\n}", 0, NULL},
    {"{\"environment\": {\"set\": {\"A\": \"\"}}}", "/environment/set/\xC3\xBC", "\"\\u00fc\"",
     "/environment/set/\xC3\xBC", "\"\xC3\xBC\"", 0, NULL},
    {NULL, "/network/allow/-", "{\"host\": \"a\"}", "/network/allow/0",
     "{\n  \"host\": \"a\",\n  \"port\": 443,\n  \"minutes\": 10\n}", 0, NULL},
    {NULL, "/network/allow/-/host", "\"a\"", "/network/allow/0/port", "443", 0, NULL},
    {"{\"network\": {\"allow\": [{\"host\": \"a\"}]}}", "/network/allow/0/command", "\"npm *\"",
     "/network/allow/0/command", "\"npm *\"", 0, NULL},
    {NULL, "/require", "{\"network\": \"absent\"}", "/require/network", "\"absent\"", 0, NULL},
    {NULL, "/files/deny", "[]", "/files/deny", "[]", 0, NULL},
    {"{\"level\": \"restricted\", \"desktop\": \"shared\"}", "", "{\"level\": \"elevated\"}", "/desktop",
     "\"private\"", 0, NULL},
    /* taken out */
    {"{\"limits\": {\"seconds\": 5}}", "/limits/seconds", NULL, "/limits/seconds", "600", 0, NULL},
    {"{\"limits\": {\"memoryMB\": 5, \"outputMB\": 6}}", "/limits/memoryMB", NULL, "/limits",
     "{\n  \"memoryMB\": 4096,\n  \"processes\": 128,\n  \"cpuPercent\": 100,\n  \"seconds\": 600,\n  "
     "\"outputMB\": 6\n}",
     0, NULL},
    {"{\"limits\": {\"outputMB\": 6}}", "/limits", NULL, "/limits/outputMB", "64", 0, NULL},
    {"{\"files\": {\"deny\": [\"C:/a\", \"C:/b\", \"C:/c\"]}}", "/files/deny/0", NULL, "/files/deny",
     "[\n  \"C:/b\",\n  \"C:/c\"\n]", 0, NULL},
    {"{\"files\": {\"deny\": [\"C:/a\", \"C:/b\", \"C:/c\"]}}", "/files/deny/2", NULL, "/files/deny",
     "[\n  \"C:/a\",\n  \"C:/b\"\n]", 0, NULL},
    {"{\"files\": {\"deny\": [\"C:/a\"]}}", "/files/deny/0", NULL, "/files/deny", "[]", 0, NULL},
    {NULL, "/files/write", NULL, "/files/write", "[\n  \"${workspace}\",\n  \"${temp}\"\n]", 0, NULL},
    {"{\"environment\": {\"set\": {\"A\": \"1\", \"B\": \"2\"}}}", "/environment/set/A", NULL,
     "/environment/set", "{\n  \"B\": \"2\"\n}", 0, NULL},
    {"{\"level\": \"elevated\"}", "/version", NULL, "/version", "1", 0, NULL},
    {"{\"transcript\": {\"output\": \"none\"}}", "/transcript", NULL, "/transcript/output", "\"full\"", 0,
     NULL},
    {"{\"level\": \"elevated\"}", "", NULL, "/level", "\"auto\"", 0, NULL},
    /* refused by the reader */
    {NULL, "/limits/seconds", "0", NULL, NULL, SBX_E_POLICY_VALUE,
     "/limits/seconds: 0 is out of range. Write a whole number from 1 to 604800."},
    {NULL, "/limits/second", "5", NULL, NULL, SBX_E_POLICY_VALUE,
     "/limits/second: \"second\" is not a key. Did you mean \"seconds\"? Known here: \"memoryMB\", "
     "\"processes\", "
     "\"cpuPercent\", \"seconds\", \"outputMB\"."},
    {NULL, "/limit/seconds/x", "5", NULL, NULL, SBX_E_POLICY_VALUE,
     "/limit: \"limit\" is not a key. Did you mean \"limits\"? Known here: \"version\", \"level\", "
     "\"token\", \"files\", "
     "\"network\", \"limits\", \"environment\", \"desktop\", \"require\", \"transcript\"."},
    {NULL, "/level", "\"elevatd\"", NULL, NULL, SBX_E_POLICY_VALUE,
     "/level: \"elevatd\" is not known. Did you mean \"elevated\"? Known here: \"auto\", \"restricted\", "
     "\"elevated\"."},
    {NULL, "/files/write/-", "\"build\"", NULL, NULL, SBX_E_POLICY_VALUE,
     "/files/write/2: \"build\" is relative. Write C:\\folder, or begin with ${workspace}, ${temp} or "
     "${home}."},
    {NULL, "/files/deny/-", "\"${WORKSPACE}\"", NULL, NULL, SBX_E_POLICY_VALUE,
     "/files/deny/0: \"${WORKSPACE}\" is no known place here. Did you mean ${workspace}? Known are "
     "${workspace}, ${temp} "
     "and ${home}."},
    {NULL, "/files/deny/-", "\"${workspace}/\"", NULL, NULL, SBX_E_POLICY_CONFLICT,
     "/files/deny/0: \"${workspace}/\" is granted by /files/write/0 and denied here. Take out one of the "
     "two."},
    {"{\"network\": {\"allow\": [{\"host\": \"a\"}]}}", "/network/allow/0/host", NULL, NULL, NULL,
     SBX_E_POLICY_VALUE, "/network/allow/0: \"host\" is missing. A grant names the host that it is for."},
    /* nothing there */
    {NULL, "/files/write/7", "\"C:/x\"", NULL, NULL, SBX_E_POLICY_VALUE,
     "/files/write/7: the list has no such entry. Its entries are 0 to 1, and - is behind the last."},
    {NULL, "/files/write/01", "\"C:/x\"", NULL, NULL, SBX_E_POLICY_VALUE,
     "/files/write/01: the list has no such entry. Its entries are 0 to 1, and - is behind the last."},
    {NULL, "/files/deny/0", NULL, NULL, NULL, SBX_E_POLICY_VALUE,
     "/files/deny/0: the list has no such entry. It is empty; - is behind its last entry."},
    {NULL, "/limits/second", NULL, NULL, NULL, SBX_E_POLICY_VALUE,
     "/limits/second: there is nothing of that name. Did you mean \"seconds\"? Here are: \"memoryMB\", "
     "\"processes\", "
     "\"cpuPercent\", \"seconds\", \"outputMB\"."},
    {NULL, "/environment/set/CI", NULL, NULL, NULL, SBX_E_POLICY_VALUE,
     "/environment/set/CI: there is nothing of that name. Nothing is set here yet."},
    {NULL, "/level/x", "1", NULL, NULL, SBX_E_POLICY_VALUE,
     "/level/x: a single value has nothing below it. Name the value itself: /level."},
    /* no pointer, no JSON */
    {NULL, "limits/seconds", "5", NULL, NULL, SBX_E_ARGUMENT,
     "\"limits/seconds\" is no JSON pointer. Write one as /limits/seconds or /files/deny/0; ~ is written as "
     "~0 and / as "
     "~1 in a name."},
    {NULL, "/environment/set/~2", "5", NULL, NULL, SBX_E_ARGUMENT,
     "\"/environment/set/~2\" is no JSON pointer. Write one as /limits/seconds or /files/deny/0; ~ is "
     "written as ~0 and / "
     "as ~1 in a name."},
    {NULL, "/limits/seconds", "5, \"outputMB\": 7", NULL, NULL, SBX_E_POLICY_SYNTAX,
     "Line 1, column 2: end of file expected near ','. Write one JSON value: texts in double quotes, a comma "
     "between entries and none behind the last, no comments."},
    {NULL, "/require", "{\"network\": \"absent\", \"network\": \"absent\"}", NULL, NULL, SBX_E_POLICY_SYNTAX,
     "Line 1, column 23: \"network\" stands in its object already. Each key may stand once: take out one of "
     "the two."},
    {NULL, "/limits/seconds", "", NULL, NULL, SBX_E_POLICY_SYNTAX,
     "The text is empty. Write one JSON value: texts in double quotes, a comma between entries and none "
     "behind the last, no comments."},
};

static void try_row(const struct row *row)
{
    struct sbx_policy policy = read_policy(row->before ? row->before : "{}");
    char *before = written(&policy);
    struct sbx_error error = {0};
    sbx_status status = row->json
                            ? policy_set_json(&policy, row->pointer, row->json, strlen(row->json), &error)
                            : policy_remove(&policy, row->pointer, &error);

    if (status != row->status || (status && strcmp(error.text, row->says) != 0)) {
        printf("    %s = %s: %s %s\n", row->pointer, row->json ? row->json : "(out)", status_word(status),
               error.text);
        CU_FAIL("another result than expected");
    }
    CU_ASSERT(status ? is_written_as(&policy, before) : stands(&policy, row->look, row->after));
    policy_free(&policy);
    sbx_free(before);
}

static void edits_do_what_they_say_or_nothing(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        try_row(&rows[i]);
}

/* ---- Single values ---- */

static bool is_value(const struct sbx_policy *policy, const char *pointer, enum policy_kind kind,
                     const char *text, double number)
{
    struct policy_value value = {POLICY_BOOLEAN, NULL, 0};
    bool same = policy_get(policy, pointer, &value, NULL) == SBX_OK && value.kind == kind &&
                value.number == number && (text ? value.text && strcmp(value.text, text) == 0 : !value.text);

    sbx_free(value.text);
    return same;
}

static void values_are_what_they_are(void)
{
    struct sbx_policy policy =
        read_policy("{\"environment\": {\"set\": {\"A\": \"\\u00fc\\n\"}}, \"network\": {\"allow\": "
                    "[{\"host\": \"a\", \"minutes\": 0.1}]}}");
    struct policy_value value = {POLICY_BOOLEAN, NULL, 4711};

    CU_ASSERT(is_value(&policy, "/version", POLICY_NUMBER, NULL, 1));
    CU_ASSERT(is_value(&policy, "/network/allow/0/minutes", POLICY_NUMBER, NULL, 0.1));
    CU_ASSERT(is_value(&policy, "/environment/set/A", POLICY_TEXT, "\xC3\xBC\n", 0));
    CU_ASSERT(is_value(&policy, "/files/write", POLICY_LIST, NULL, 0));
    CU_ASSERT(is_value(&policy, "/network/allow/0", POLICY_OBJECT, NULL, 0));
    CU_ASSERT(is_value(&policy, "", POLICY_OBJECT, NULL, 0));
    CU_ASSERT_EQUAL(policy_get(&policy, "/nothing", &value, NULL), SBX_E_POLICY_VALUE);
    CU_ASSERT(value.kind == POLICY_BOOLEAN && value.number == 4711); /* untouched */
    policy_free(&policy);
}

static sbx_status set_text(struct sbx_policy *policy, const char *pointer, const char *text)
{
    const struct policy_value value = {POLICY_TEXT, (char *)text, 0};

    return policy_set(policy, pointer, &value, NULL);
}

static sbx_status set_number(struct sbx_policy *policy, const char *pointer, double number)
{
    const struct policy_value value = {POLICY_NUMBER, NULL, number};

    return policy_set(policy, pointer, &value, NULL);
}

/* VBScript's "5" and PowerShell's 5 mean the same; what is neither is refused. */
static void texts_and_numbers_become_what_is_wanted(void)
{
    struct sbx_policy policy = read_policy("{}");
    const struct policy_value yes = {POLICY_BOOLEAN, NULL, 1};

    CU_ASSERT_EQUAL(set_text(&policy, "/limits/seconds", "5"), SBX_OK);
    CU_ASSERT(stands(&policy, "/limits/seconds", "5"));
    CU_ASSERT_EQUAL(set_number(&policy, "/limits/seconds", 7), SBX_OK);
    CU_ASSERT(stands(&policy, "/limits/seconds", "7"));
    CU_ASSERT_EQUAL(set_number(&policy, "/environment/set/CI", 1), SBX_OK);
    CU_ASSERT(stands(&policy, "/environment/set/CI", "\"1\""));
    CU_ASSERT_EQUAL(set_number(&policy, "/environment/set/CI", 2.5), SBX_OK);
    CU_ASSERT(stands(&policy, "/environment/set/CI", "\"2.5\""));
    CU_ASSERT_EQUAL(set_text(&policy, "/environment/set/CI", "a \"b\" \\"), SBX_OK);
    CU_ASSERT(stands(&policy, "/environment/set/CI", "\"a \\\"b\\\" \\\\\""));

    CU_ASSERT_EQUAL(set_number(&policy, "/limits/seconds", 7.5), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(set_number(&policy, "/limits/seconds", 1e300), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(set_number(&policy, "/limits/seconds", strtod("nan", NULL)), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(set_number(&policy, "/limits/seconds", -strtod("inf", NULL)), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(set_number(&policy, "/level", 1), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(set_text(&policy, "/limits/seconds", "soon"), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(set_text(&policy, "/limits/seconds", "5, \"outputMB\": 9"), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(policy_set(&policy, "/limits/seconds", &yes, NULL), SBX_E_POLICY_VALUE);
    CU_ASSERT(stands(&policy, "/limits/seconds", "7"));
    CU_ASSERT_EQUAL(set_text(&policy, "/environment/set/X", "\xED\xA0\x80"),
                    SBX_E_POLICY_SYNTAX); /* no UTF-8 */
    policy_free(&policy);
}

/* Where a client's UTF-16 was ill-formed: told of what he gave, not of a line of the policy that he has never seen. */
static void half_of_a_character_is_told_where_it_was_given(void)
{
    struct sbx_policy policy = read_policy("{}");
    const struct policy_value half = {POLICY_TEXT, "a\xED\xA0\x80", 0};
    char *paths[] = {"C:\\good", "C:\\\xED\xA0\x80"};
    const struct sbx_strings entries = {paths, 2};
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(policy_set(&policy, "/environment/set/X", &half, &error), SBX_E_POLICY_SYNTAX);
    CU_ASSERT(strstr(error.text, "/environment/set/X: ") == error.text && strstr(error.text, "surrogate"));
    memset(&error, 0, sizeof error);
    CU_ASSERT_EQUAL(policy_add(&policy, "/files/deny", &entries, &error), SBX_E_POLICY_SYNTAX);
    CU_ASSERT(strstr(error.text, "/files/deny: ") == error.text && strstr(error.text, "surrogate"));
    CU_ASSERT_EQUAL(policy.files.deny.count, 0);
    policy_free(&policy);
}

/* ---- Lists and requirements ---- */

static void what_is_there_is_not_added_again(void)
{
    struct sbx_policy policy = read_policy("{}");
    char *paths[] = {"C:\\a b", "c:/A B/", "${TEMP}", "D:/", "C:/a b/c"};
    const struct sbx_strings good = {paths, 2};
    const struct sbx_strings one_is_bad = {paths + 2, 3};
    const struct sbx_strings more = {paths + 3, 2};
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(policy_add(&policy, "/files/read", &good, &error), SBX_OK);
    CU_ASSERT_EQUAL(policy_add(&policy, "/files/read", &good, &error), SBX_OK);
    CU_ASSERT(stands(&policy, "/files/read", "[\n  \"${toolchains}\",\n  \"C:\\\\a b\"\n]"));
    CU_ASSERT_EQUAL(policy_add(&policy, "/files/read", &one_is_bad, &error), SBX_E_POLICY_VALUE);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "/files/read/2: \"${TEMP}\" is no known place. Did you mean ${temp}? Known are "
                           "${workspace}, ${temp}, ${home} and ${toolchains}.");
    CU_ASSERT_EQUAL(policy.files.read.count, 2);
    CU_ASSERT_EQUAL(policy_add(&policy, "/files/read", &more, NULL), SBX_OK);
    CU_ASSERT_EQUAL(policy.files.read.count, 4);
    CU_ASSERT_EQUAL(policy_add(&policy, "/limits", &good, NULL), SBX_E_ARGUMENT);
    policy_free(&policy);
}

static void requirements_are_set_together_or_not_at_all(void)
{
    struct sbx_policy policy = read_policy("{}");
    char *names[] = {"network", "fileRead", "wether"};
    const struct sbx_strings good = {names, 2};
    const struct sbx_strings one_is_bad = {names, 3};
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(policy_require(&policy, &good, "Advisory", NULL), SBX_OK);
    CU_ASSERT(stands(&policy, "/require/network", "\"advisory\"") &&
              stands(&policy, "/require/fileRead", "\"advisory\""));
    CU_ASSERT_EQUAL(policy_require(&policy, &one_is_bad, "absent", &error), SBX_E_POLICY_VALUE);
    CU_ASSERT_EQUAL(strncmp(error.text, "/require/wether: \"wether\" is not a key.", 38), 0);
    error.code = SBX_OK;
    CU_ASSERT_EQUAL(policy_require(&policy, &good, "enforce", &error), SBX_E_POLICY_VALUE);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "/require/fileRead: \"enforce\" is not known. Did you mean \"enforced\"? Known "
                           "here: \"absent\", \"advisory\", \"enforced\", \"verified\".");
    CU_ASSERT(stands(&policy, "/require/network", "\"advisory\"") &&
              stands(&policy, "/require/fileRead", "\"advisory\""));
    policy_free(&policy);
}

/* What GetJson gives SetJson takes, everywhere, and it changes nothing. */
static void what_is_read_can_be_put_back(void)
{
    static const char *const pointers[] = {"",
                                           "/files",
                                           "/files/write",
                                           "/files/write/0",
                                           "/limits",
                                           "/limits/seconds",
                                           "/network/allow",
                                           "/network/allow/0",
                                           "/network/allow/0/minutes",
                                           "/require",
                                           "/environment/set",
                                           "/environment/set/a~1b",
                                           "/environment/inherit"};
    struct sbx_policy policy =
        read_policy("{\"network\": {\"allow\": [{\"host\": \"a\", \"minutes\": 0.3}]}, "
                    "\"environment\": {\"set\": {\"a/b\": \"\\n  x\"}}}");
    char *before = written(&policy);

    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++) {
        struct sbx_buffer json = SBX_BUFFER_EMPTY;

        CU_ASSERT_EQUAL(policy_get_json(&policy, pointers[i], &json, NULL), SBX_OK);
        CU_ASSERT_EQUAL(policy_set_json(&policy, pointers[i], buffer_text(&json), json.size, NULL), SBX_OK);
        CU_ASSERT(is_written_as(&policy, before));
        buffer_free(&json);
    }
    policy_free(&policy);
    sbx_free(before);
}

/* ---- Memory ---- */

static sbx_status edit_all(struct sbx_policy *policy)
{
    char *paths[] = {"C:/one", "c:/ONE", "C:/two"};
    char *domains[] = {"network", "process"};
    const struct sbx_strings path_list = {paths, 3};
    const struct sbx_strings domain_list = {domains, 2};
    const struct policy_value number = {POLICY_NUMBER, NULL, 3};
    struct sbx_buffer json = SBX_BUFFER_EMPTY;
    sbx_status status = policy_add(policy, "/files/deny", &path_list, NULL);

    if (!status)
        status = policy_require(policy, &domain_list, "absent", NULL);
    if (!status)
        status = policy_set(policy, "/environment/set/a~1b", &number, NULL);
    if (!status)
        status = policy_remove(policy, "/files/deny/0", NULL);
    if (!status)
        status = policy_get_json(policy, "/files/deny", &json, NULL);
    if (!status && policy_set_json(policy, "/limits/second", "1", 1, NULL) != SBX_E_POLICY_VALUE)
        status = SBX_E_MEMORY;
    if (!status && policy_remove(policy, "/limits/second", NULL) != SBX_E_POLICY_VALUE)
        status = SBX_E_MEMORY;
    buffer_free(&json);
    return status;
}

static sbx_status edit(void *context)
{
    static const char text[] = "{\"environment\": {\"set\": {\"A\": \"1\"}}}";
    struct sbx_policy policy;
    sbx_status status = policy_parse(text, strlen(text), &policy, NULL);

    (void)context;
    if (status)
        return status;
    status = edit_all(&policy);
    CU_ASSERT(policy.environment.set_count >= 1 && policy.files.write.count == 2); /* still a whole policy */
    policy_free(&policy);
    return status;
}

static void memory_running_out_leaves_the_policy(void)
{
    with_memory_failing(edit, NULL);
}

const struct harness_suite policy_edit_suite = {
    "policy edits",
    (const struct harness_test[]){
        {"edits do what they say, or nothing", edits_do_what_they_say_or_nothing},
        {"values are what they are", values_are_what_they_are},
        {"texts and numbers become what is wanted", texts_and_numbers_become_what_is_wanted},
        {"half of a character is told where it was given", half_of_a_character_is_told_where_it_was_given},
        {"what is there is not added again", what_is_there_is_not_added_again},
        {"requirements are set together or not at all", requirements_are_set_together_or_not_at_all},
        {"what is read can be put back", what_is_read_can_be_put_back},
        {"memory running out leaves the policy", memory_running_out_leaves_the_policy},
        {NULL, NULL},
    },
};
