/*
 * findings_test.c - what somebody who reads a report can rely on: nothing below its requirement passes, the
 * way out that an error prints works when pasted, and every form of the report says the same.
 */
#include "core/findings.h"

#include "base/memory.h"
#include "core/policy.h"
#include "memory_failing.h"
#include "support/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_DETAIL                                                                                       \
    "The token that the system made reads back without restricting SIDs, although CreateRestrictedToken " \
    "said TRUE, "                                                                                         \
    "so a command may write wherever you may "                                                            \
    "(C:\\Users\\you\\AppData\\Local\\a\\rather\\long\\path\\that\\is\\never\\cut)"

/* As under Wine with the default policy. */
static void fill(struct findings *findings)
{
    static const struct {
        enum sbx_domain domain;
        enum sbx_assurance assurance;
        enum sbx_assurance required;
        const char *mechanism, *detail, *fix;
    } rows[] = {
        {SBX_FILE_WRITE, SBX_ABSENT, SBX_ENFORCED, "write-restricted token", LONG_DETAIL, "Use Windows."},
        {SBX_FILE_DELETE, SBX_ABSENT, SBX_ENFORCED, "", "", ""},
        {SBX_FILE_READ, SBX_ABSENT, SBX_ABSENT, "none", NULL, NULL},
        {SBX_NETWORK, SBX_ADVISORY, SBX_ENFORCED, "environment", "Programs that ask are told no",
         "Run sbxsetup"},
        {SBX_PROCESS, SBX_ABSENT, SBX_VERIFIED, "", "Same user.", ""},
        {SBX_DESKTOP, SBX_ABSENT, SBX_ABSENT, "", "", ""},
        {SBX_RESOURCES, SBX_ABSENT, SBX_ENFORCED, "job", "Limits read back as nothing", ""},
        {SBX_LIFETIME, SBX_VERIFIED, SBX_ENFORCED, "job", "probed", ""},
        {SBX_HANDLES, SBX_ENFORCED, SBX_ENFORCED, "handle list", "", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_EQUAL(findings_add(findings, domain_name(rows[i].domain), rows[i].assurance,
                                     rows[i].required, rows[i].mechanism, rows[i].detail, rows[i].fix),
                        SBX_OK);
}

static void names_are_those_of_policies(void)
{
    enum sbx_domain domain = SBX_HANDLES;
    enum sbx_assurance assurance = SBX_VERIFIED;

    for (int i = 0; i < SBX_DOMAIN_COUNT; i++) {
        CU_ASSERT(domain_from_name(domain_name((enum sbx_domain)i), &domain));
        CU_ASSERT_EQUAL((int)domain, i);
    }
    for (int i = SBX_ABSENT; i <= SBX_VERIFIED; i++) {
        CU_ASSERT(assurance_from_name(assurance_name((enum sbx_assurance)i), &assurance));
        CU_ASSERT_EQUAL((int)assurance, i);
    }
    CU_ASSERT(!domain_from_name("filewrite", &domain) && !domain_from_name("", &domain));
    CU_ASSERT(!assurance_from_name("Enforced", &assurance));
    CU_ASSERT_EQUAL(domain, SBX_DOMAIN_COUNT - 1);
    CU_ASSERT_STRING_EQUAL(domain_name(SBX_DOMAIN_COUNT), "");
    CU_ASSERT_STRING_EQUAL(assurance_name((enum sbx_assurance)4), "");
}

static void one_domain_below_is_enough_to_fail(void)
{
    for (int required = SBX_ABSENT; required <= SBX_VERIFIED; required++) {
        for (int found = SBX_ABSENT; found <= SBX_VERIFIED; found++) {
            struct findings findings = {NULL, 0};
            struct sbx_error error = {0};

            CU_ASSERT_EQUAL(findings_add(&findings, "handles", SBX_ENFORCED, SBX_ENFORCED, "", "", ""),
                            SBX_OK);
            CU_ASSERT_EQUAL(findings_add(&findings, "network", (enum sbx_assurance)found,
                                         (enum sbx_assurance)required, "", "", ""),
                            SBX_OK);
            CU_ASSERT_EQUAL(findings_meet(&findings), found >= required);
            CU_ASSERT_EQUAL(findings_check(&findings, &error),
                            found >= required ? SBX_OK : SBX_E_BELOW_REQUIREMENT);
            CU_ASSERT_EQUAL(error.code, found >= required ? SBX_OK : SBX_E_BELOW_REQUIREMENT);
            findings_free(&findings);
        }
    }
}

static void the_refusal_names_domain_reason_and_fix(void)
{
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};

    fill(&findings);
    CU_ASSERT_EQUAL(findings_check(&findings, &error), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "\nfileWrite is absent, enforced is required. The token that"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "never\\cut). Use Windows.\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text,
                                  "\nnetwork is advisory, enforced is required. Programs that ask are told "
                                  "no. Run sbxsetup.\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "\nprocess is absent, verified is required. Same user.\n"));
    CU_ASSERT_PTR_NULL(strstr(error.text, "lifetime is")); /* what holds is no reason */
    findings_free(&findings);
}

/* Puts the findings beside what `require` of a policy says now. */
static bool meets_policy(const struct findings *findings, const struct sbx_policy *policy)
{
    for (int i = 0; i < SBX_DOMAIN_COUNT; i++) {
        if (findings_find(findings, domain_name((enum sbx_domain)i))->assurance < policy->require[i])
            return false;
    }
    return true;
}

static void the_require_object_of_the_refusal_works_when_pasted(void)
{
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    struct sbx_policy policy;
    char text[SBX_ERROR_TEXT_SIZE + 16];
    const char *object;

    fill(&findings);
    CU_ASSERT_EQUAL(findings_check(&findings, &error), SBX_E_BELOW_REQUIREMENT);
    object = strstr(error.text, "\"require\": {");
    CU_ASSERT_FATAL(object != NULL);
    CU_ASSERT_STRING_EQUAL(object,
                           "\"require\": {\"fileWrite\": \"absent\", \"fileDelete\": \"absent\", "
                           "\"network\": \"advisory\", \"process\": \"absent\", \"resources\": \"absent\", "
                           "\"lifetime\": \"enforced\", \"handles\": \"enforced\"}");

    snprintf(text, sizeof text, "{%s}", object);
    CU_ASSERT_EQUAL_FATAL(policy_parse(text, strlen(text), &policy, NULL), SBX_OK);
    CU_ASSERT(meets_policy(&findings, &policy));
    policy_free(&policy);
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    CU_ASSERT(!meets_policy(&findings, &policy));
    policy_free(&policy);
    findings_free(&findings);
}

/* However much there is to say, what somebody pastes is whole and the text is UTF-8. */
static void long_details_never_cut_the_require_object(void)
{
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    char detail[3000];

    for (size_t i = 0; i < sizeof detail - 1; i++)
        detail[i] = "\xE3\x83\x97"[i % 3];
    detail[sizeof detail - 1] = '\0';
    for (int i = 0; i < SBX_DOMAIN_COUNT; i++)
        CU_ASSERT_EQUAL(findings_add(&findings, domain_name((enum sbx_domain)i), SBX_ADVISORY, SBX_VERIFIED,
                                     detail, detail + i % 3 * 3, detail),
                        SBX_OK);

    CU_ASSERT_EQUAL(findings_check(&findings, &error), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT(strlen(error.text) < SBX_ERROR_TEXT_SIZE);
    CU_ASSERT(text_is_utf8(error.text, strlen(error.text)));
    for (int i = 0; i < SBX_DOMAIN_COUNT; i++) {
        char line[64];

        snprintf(line, sizeof line, "\n%s is advisory, verified is required.",
                 domain_name((enum sbx_domain)i));
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, line));
    }
    CU_ASSERT_STRING_EQUAL(error.text + strlen(error.text) - strlen("\"handles\": \"advisory\"}"),
                           "\"handles\": \"advisory\"}");
    findings_free(&findings);
}

static void host_facts_are_no_requirements(void)
{
    struct findings findings = {NULL, 0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL(findings_add(&findings, "wine", SBX_ABSENT, SBX_ENFORCED, "", "", ""), SBX_OK);
    findings_write_require(&findings, &out);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), "{}");
    buffer_free(&out);
    findings_free(&findings);
}

static size_t columns(const char *line, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)line[i] & 0xC0) != 0x80;
    return count;
}

static void the_table_fits_a_console(void)
{
    struct findings findings = {NULL, 0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    size_t line_count = 0;

    fill(&findings);
    CU_ASSERT_EQUAL(findings_add(&findings, "wide", SBX_ABSENT, SBX_ABSENT, "a\nb\tc\x1B[31m",
                                 "Größe prüfen \xC3\xBC", " "),
                    SBX_OK);
    findings_write_text(&findings, &out);
    CU_ASSERT(!buffer_failed(&out));

    for (const char *line = buffer_text(&out); *line; line_count++) {
        const char *end = strstr(line, "\r\n");

        CU_ASSERT_FATAL(end != NULL);
        CU_ASSERT(columns(line, (size_t)(end - line)) <= 100);
        CU_ASSERT(end == line || end[-1] != ' ');
        for (const char *at = line; at < end; at++)
            CU_ASSERT((unsigned char)*at >= ' ' && *at != 0x7F);
        line = end + 2;
    }
    CU_ASSERT(line_count > findings.count + 2);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buffer_text(&out), "\r\n! fileWrite   absent    enforced  write-restricted token\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\r\n! fileDelete  absent    enforced\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\r\n  fileRead    absent    -         none\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "To raise it: Use Windows.\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\r\n5 of 10 below what is required (marked !).\r\n"));
    /* A path can be copied. */
    CU_ASSERT_PTR_NOT_NULL(strstr(
        buffer_text(&out), "(C:\\Users\\you\\AppData\\Local\\a\\rather\\long\\path\\that\\is\\never\\cut)"));
    buffer_free(&out);
    findings_free(&findings);
}

static const char *member(const json_t *array, size_t index, const char *key)
{
    const char *text = json_string_value(json_object_get(json_array_get(array, index), key));

    return text ? text : "(none)";
}

static void the_json_says_the_same(void)
{
    struct findings findings = {NULL, 0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    json_t *array;

    fill(&findings);
    CU_ASSERT_EQUAL(
        findings_add(&findings, "workspace", SBX_ENFORCED, SBX_ABSENT, "a \"b\"\n", "C:\\\xED\xA0\x80x", ""),
        SBX_OK);
    findings_write_json(&findings, &out);
    array = json_loads(buffer_text(&out), JSON_REJECT_DUPLICATES, NULL);
    CU_ASSERT_EQUAL_FATAL(json_array_size(array), findings.count);
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *item = &findings.items[i];

        CU_ASSERT_STRING_EQUAL(member(array, i, "domain"), item->domain);
        CU_ASSERT_STRING_EQUAL(member(array, i, "assurance"), assurance_name(item->assurance));
        CU_ASSERT_STRING_EQUAL(member(array, i, "required"), assurance_name(item->required));
        CU_ASSERT_STRING_EQUAL(member(array, i, "mechanism"), item->mechanism);
        if (i < SBX_DOMAIN_COUNT)
            CU_ASSERT_STRING_EQUAL(member(array, i, "detail"), item->detail);
        CU_ASSERT_STRING_EQUAL(member(array, i, "fix"), item->fix);
    }
    CU_ASSERT_STRING_EQUAL(member(array, SBX_DOMAIN_COUNT, "detail"), "C:\\\xEF\xBF\xBDx");
    CU_ASSERT_STRING_EQUAL(member(array, SBX_DOMAIN_COUNT, "detailEscaped"), "C:\\\\\\ud800x");
    json_decref(array);
    buffer_free(&out);
    findings_free(&findings);
}

static void a_copy_is_the_same_and_apart(void)
{
    struct findings findings = {NULL, 0};
    struct findings copy;
    struct sbx_buffer before = SBX_BUFFER_EMPTY;
    struct sbx_buffer after = SBX_BUFFER_EMPTY;

    fill(&findings);
    findings_write_json(&findings, &before);
    CU_ASSERT_EQUAL_FATAL(findings_copy(&findings, &copy), SBX_OK);
    findings_free(&findings);
    findings_write_json(&copy, &after);
    CU_ASSERT_STRING_EQUAL(buffer_text(&before), buffer_text(&after));
    CU_ASSERT_STRING_EQUAL(findings_find(&copy, "network")->mechanism, "environment");
    CU_ASSERT_PTR_NULL(findings_find(&copy, "Network"));
    findings_free(&copy);
    buffer_free(&before);
    buffer_free(&after);
}

static sbx_status build_and_write(void *context)
{
    struct findings findings = {NULL, 0};
    struct findings copy = {NULL, 0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_buffer json = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    (void)context;
    for (int i = 0; i < 3 && !status; i++) {
        status = findings_add(&findings, domain_name((enum sbx_domain)i), SBX_ABSENT, SBX_ENFORCED, "m",
                              "\xED\xA0\x80", NULL);
        CU_ASSERT_EQUAL(findings.count, (size_t)i + !status);
    }
    if (!status) {
        status = findings_copy(&findings, &copy);
        CU_ASSERT_EQUAL(copy.count, status ? 0 : 3);
    }
    if (!status) {
        struct sbx_error error = {0};

        /* Memory running out never makes a refusal a pass. */
        status = findings_check(&copy, &error);
        CU_ASSERT(status == SBX_E_BELOW_REQUIREMENT || status == SBX_E_MEMORY);
        CU_ASSERT_EQUAL(error.code, status);
        if (status == SBX_E_BELOW_REQUIREMENT)
            status = SBX_OK;
    }
    if (!status) {
        findings_write_text(&copy, &text);
        findings_write_json(&copy, &json);
        if (buffer_failed(&text) || buffer_failed(&json))
            status = SBX_E_MEMORY;
    }
    buffer_free(&text);
    buffer_free(&json);
    findings_free(&copy);
    findings_free(&findings);
    return status;
}

static void memory_running_out_loses_no_refusal(void)
{
    with_memory_failing(build_and_write, NULL);
}

const struct harness_suite findings_suite = {
    "findings",
    (const struct harness_test[]){
        {"names are those of policies", names_are_those_of_policies},
        {"one domain below is enough to fail", one_domain_below_is_enough_to_fail},
        {"the refusal names domain, reason and fix", the_refusal_names_domain_reason_and_fix},
        {"the require object of the refusal works when pasted",
         the_require_object_of_the_refusal_works_when_pasted},
        {"long details never cut the require object", long_details_never_cut_the_require_object},
        {"host facts are no requirements", host_facts_are_no_requirements},
        {"the table fits a console", the_table_fits_a_console},
        {"the JSON says the same", the_json_says_the_same},
        {"a copy is the same and apart", a_copy_is_the_same_and_apart},
        {"memory running out loses no refusal", memory_running_out_loses_no_refusal},
        {NULL, NULL},
    },
};
