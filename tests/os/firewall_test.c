/*
 * firewall_test.c - rules and filters under names of this test's own. An administrator's Windows does and keeps all of it;
 * Wine has neither, and must say so rather than succeed.
 */
#include "os/firewall.h"
#include "base/memory.h"
#include "core/firewall_scope.h"
#include "os/child.h"
#include "os/wfp.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define NAME   "SbxTest-rule"
#define GUESTS "S-1-5-32-546" /* nobody is logged on as one, so the rule blocks nobody */
#define KEY_1  "5b0f1a3e-0000-4000-8000-000000000001"
#define KEY_2  "5B0F1A3E-0000-4000-8000-000000000002"

#define SKIP_UNLESS_ELEVATED()                                            \
    do {                                                                  \
        if (!is_elevated())                                               \
            HARNESS_SKIP("only an administrator may change the machine"); \
    } while (0)

static struct firewall_rule a_rule(void)
{
    struct firewall_rule rule = {.name = (char *)NAME,
                                 .group = (char *)"sbxcom test",
                                 .description = (char *)"A test's, may be deleted.",
                                 .users = (char *)"O:LSD:(A;;CC;;;" GUESTS ")",
                                 .direction = FIREWALL_OUT,
                                 .protocol = 17,
                                 .remote_addresses = (char *)"127.0.0.0/8,::/127",
                                 .remote_ports = (char *)"1-8079,8081-65535",
                                 .enabled = true};

    return rule;
}

static struct wfp_filter a_filter(const char *key)
{
    struct wfp_filter filter;

    memset(&filter, 0, sizeof filter);
    snprintf(filter.key, sizeof filter.key, "%s", key);
    filter.name = (char *)"SbxTest-filter";
    filter.layer = WFP_CONNECT;
    filter.weight = 1;
    filter.user_sid = (char *)GUESTS;
    return filter;
}

static bool has(const struct sbx_strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal_ascii_nocase(list->items[i], text))
            return true;
    }
    return false;
}

static void a_rule_is_what_was_asked_for(void)
{
    const struct firewall_rule rule = a_rule();
    struct firewall_rule found = {0};
    struct sbx_strings names = {0};

    SKIP_UNLESS_ELEVATED();
    if (on_wine())
        HARNESS_SKIP("Wine's firewall has no rules");
    (void)firewall_remove(NAME, NULL);
    CU_ASSERT_EQUAL_FATAL(firewall_add(&rule, NULL), SBX_OK);
    CU_ASSERT_EQUAL(firewall_add(&rule, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL_FATAL(firewall_read(NAME, &found, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(found.name, rule.name);
    CU_ASSERT_STRING_EQUAL(found.group, rule.group);
    CU_ASSERT_STRING_EQUAL(found.description, rule.description);
    CU_ASSERT_STRING_EQUAL(found.users, rule.users);
    CU_ASSERT(scope_addresses_equal(found.remote_addresses, rule.remote_addresses));
    CU_ASSERT(scope_ports_equal(found.remote_ports, rule.remote_ports));
    CU_ASSERT_EQUAL(found.direction, FIREWALL_OUT);
    CU_ASSERT_EQUAL(found.protocol, 17);
    CU_ASSERT_FALSE(found.allow);
    CU_ASSERT(found.enabled);
    firewall_rule_free(&found);
    CU_ASSERT_EQUAL(firewall_list("SbxTest-", &names, NULL), SBX_OK);
    CU_ASSERT(has(&names, NAME));
    strings_free(&names);
    CU_ASSERT_EQUAL(firewall_remove(NAME, NULL), SBX_OK);
    CU_ASSERT_EQUAL(firewall_remove(NAME, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(firewall_read(NAME, &found, NULL), SBX_E_PATH_NOT_FOUND);
}

static void ports_without_a_protocol_that_has_them_are_refused(void)
{
    struct firewall_rule rule = a_rule();
    struct firewall_rule found = {0};
    struct sbx_error error = {0};

    SKIP_UNLESS_ELEVATED();
    if (on_wine())
        HARNESS_SKIP("Wine's firewall has no rules");
    rule.protocol = FIREWALL_ANY_PROTOCOL;
    CU_ASSERT_EQUAL(firewall_add(&rule, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 87);
    CU_ASSERT_EQUAL(firewall_read(NAME, &found, NULL), SBX_E_PATH_NOT_FOUND);
}

/* The guard: INetFwRules::Add and the rule's put_... say S_OK there. */
static void wine_is_told_apart_from_a_firewall(void)
{
    const struct firewall_rule rule = a_rule();
    struct firewall_rule found = {0};
    struct sbx_strings names = {0};
    struct sbx_error error = {0};

    if (!on_wine())
        HARNESS_SKIP("this is Windows, which has one");
    CU_ASSERT_EQUAL(firewall_add(&rule, &error), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT(strlen(error.text) > 20);
    CU_ASSERT_EQUAL(firewall_read(NAME, &found, NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_PTR_NULL(found.name);
    CU_ASSERT_EQUAL(firewall_remove(NAME, NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_EQUAL(firewall_list("SbxTest-", &names, NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_EQUAL(names.count, 0);
    CU_ASSERT_EQUAL(firewall_effective(NULL), SBX_E_FIREWALL_INEFFECTIVE);
}

static void whether_rules_count_is_said_with_a_reason(void)
{
    struct sbx_error error = {0};
    sbx_status status = firewall_effective(&error);

    CU_ASSERT(status == SBX_OK || status == SBX_E_FIREWALL_INEFFECTIVE);
    CU_ASSERT_EQUAL(status != SBX_OK, error.text[0] != '\0');
}

static sbx_status attempt_effective(void *context, struct sbx_error *error)
{
    sbx_status status = firewall_effective(error);
    struct firewall_rule found = {0};

    (void)context;
    if (status == SBX_E_FIREWALL_INEFFECTIVE) {
        if (error)
            error->code = SBX_OK;
        status = firewall_read(NAME, &found, error);
    }
    return status == SBX_E_UNSUPPORTED_HOST || status == SBX_E_PATH_NOT_FOUND ? SBX_OK : status;
}

static void memory_running_out_loses_no_object(void)
{
    expect_memory_failures(attempt_effective, NULL);
}

/* The filtering platform. */

static void filters_are_what_was_asked_for_and_take_their_place_with_them(void)
{
    struct wfp_filter block = a_filter(KEY_1);
    struct wfp_filter permit = a_filter(KEY_2);
    struct wfp_change add[] = {{&block, NULL}, {&permit, NULL}};
    struct wfp_change remove[] = {{NULL, KEY_1}, {NULL, KEY_2}};
    struct wfp_filter found;
    struct sbx_strings before = {0};
    struct sbx_strings keys = {0};

    SKIP_UNLESS_ELEVATED();
    if (on_wine())
        HARNESS_SKIP("Wine has no filtering platform");
    permit.layer = WFP_ACCEPT;
    permit.ipv6 = permit.permit = permit.loopback_only = true;
    permit.weight = 15;
    permit.protocol = 6;
    permit.port_least = 49152;
    permit.port_most = 65535;
    CU_ASSERT_EQUAL(wfp_apply(remove, 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(wfp_list(&before, NULL), SBX_OK);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(wfp_apply(add, 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(wfp_read(KEY_2, &found, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(found.name, permit.name);
    CU_ASSERT_STRING_EQUAL(found.user_sid, GUESTS);
    CU_ASSERT(found.layer == WFP_ACCEPT && found.ipv6 && found.permit && found.loopback_only);
    CU_ASSERT(found.weight == 15 && found.protocol == 6 && found.port_least == 49152 &&
              found.port_most == 65535);
    wfp_filter_free(&found);
    CU_ASSERT_EQUAL(wfp_list(&keys, NULL), SBX_OK);
    CU_ASSERT_EQUAL(keys.count, before.count + 2);
    CU_ASSERT(has(&keys, KEY_1) && has(&keys, KEY_2));
    strings_free(&keys);

    block.weight = 2; /* the whole transaction fails for one filter that differs */
    CU_ASSERT_EQUAL(wfp_apply((const struct wfp_change[]){{NULL, KEY_2}, {&block, NULL}}, 2, NULL),
                    SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(wfp_read(KEY_2, &found, NULL), SBX_OK);
    wfp_filter_free(&found);

    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(wfp_apply(remove, 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(wfp_read(KEY_1, &found, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(wfp_list(&keys, NULL), SBX_OK);
    CU_ASSERT_EQUAL(keys.count, before.count);
    strings_free(&keys);
    strings_free(&before);
}

/* The guard: FwpmTransactionBegin0 would end this program there. */
static void a_host_without_a_filtering_platform_says_so(void)
{
    struct wfp_filter filter = a_filter(KEY_1);
    struct wfp_change change = {&filter, NULL};
    struct wfp_filter found;
    struct sbx_strings keys = {0};
    struct sbx_error error = {0};

    if (!on_wine())
        HARNESS_SKIP("this is Windows, which has one");
    CU_ASSERT_EQUAL(wfp_apply(&change, 1, &error), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "filtering platform"));
    CU_ASSERT_EQUAL(wfp_read(KEY_1, &found, NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_EQUAL(wfp_list(&keys, NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_EQUAL(keys.count, 0);
}

static void keys_that_are_none_are_refused(void)
{
    static const char *const keys[] = {
        "",
        "5b0f1a3e-0000-4000-8000-00000000000",
        "{b0f1a3e-0000-4000-8000-000000000001}",
        "5b0f1a3e000004000-8000-0000000000001",
        "5b0f1a3e-0000-4000-8000-00000000000g",
        "5b0f1a3e-0000-4000-8000-0000000000-1",
    };
    struct wfp_filter found;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CU_ASSERT_EQUAL(wfp_read(keys[i], &found, NULL), SBX_E_ARGUMENT);
}

const struct harness_suite firewall_suite = {
    "firewall",
    (const struct harness_test[]){
        {"a rule is what was asked for", a_rule_is_what_was_asked_for},
        {"ports without a protocol that has them are refused",
         ports_without_a_protocol_that_has_them_are_refused},
        {"Wine is told apart from a firewall", wine_is_told_apart_from_a_firewall},
        {"whether rules count is said with a reason", whether_rules_count_is_said_with_a_reason},
        {"memory running out loses no object", memory_running_out_loses_no_object},
        {"filters are what was asked for and take their place with them",
         filters_are_what_was_asked_for_and_take_their_place_with_them},
        {"a host without a filtering platform says so", a_host_without_a_filtering_platform_says_so},
        {"keys that are none are refused", keys_that_are_none_are_refused},
        {NULL, NULL},
    },
};
