/*
 * setup_test.c - what a set-up puts on a machine: nothing of another user's is ever named, the walls stand before the accounts
 * that they hold, and both walls leave open exactly the same.
 */
#include "core/setup.h"
#include "core/apply.h"

#include "base/memory.h"
#include "memory_failing.h"
#include "os/account.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct plan plan_of(const struct setup_input *input)
{
    struct plan plan = {0};

    sim_reset();
    CU_ASSERT_EQUAL_FATAL(setup_plan(input, &plan, NULL), SBX_OK);
    return plan;
}

static const struct setup_input usual = {SIM_USER, 0, 8081, 8080, false, NULL, 0};

static void names_are_short_and_of_one_user(void)
{
    for (int group = 0; group < SETUP_GROUP_COUNT; group++) {
        char *mine = setup_group_name(SIM_USER, (enum setup_group)group);
        char *others = setup_group_name(SIM_OTHER_USER, (enum setup_group)group);
        char *account = setup_account_name(SIM_USER, (enum setup_group)group, SETUP_MOST_ACCOUNTS);

        CU_ASSERT(strlen(mine) <= ACCOUNT_MOST_NAME && strlen(account) <= ACCOUNT_MOST_NAME);
        CU_ASSERT_STRING_NOT_EQUAL(mine, others);
        CU_ASSERT_EQUAL(strncmp(account, "Sbx-", 4), 0);
        sbx_free(mine);
        sbx_free(others);
        sbx_free(account);
    }
}

/* Groups, rights, rules, filters, then accounts: hidden, made, put into their group. */
static void walls_stand_before_the_accounts(void)
{
    static const enum step_kind order[] = {STEP_GROUP, STEP_RIGHT, STEP_FIREWALL, STEP_FILTERS};
    struct plan plan = plan_of(&usual);
    size_t at = 0;
    size_t accounts = 0;

    for (size_t i = 0; i < 4; i++)
        for (; at < plan.count && plan.steps[at].kind == order[i]; at++)
            CU_ASSERT(step_is_elevated(&plan.steps[at]));
    CU_ASSERT_EQUAL(at, 3 + 3 * 4 + 2 * 4 + 1);
    for (; at + 3 < plan.count; at += 4, accounts++) {
        CU_ASSERT_EQUAL(plan.steps[at].kind, STEP_VALUE);
        CU_ASSERT_EQUAL(plan.steps[at + 1].kind, STEP_ACCOUNT);
        CU_ASSERT_EQUAL(plan.steps[at + 2].kind, STEP_MEMBER);
        CU_ASSERT_STRING_EQUAL(plan.steps[at].named.name, plan.steps[at + 1].named.name);
        CU_ASSERT_STRING_EQUAL(plan.steps[at].named.name, plan.steps[at + 2].named.name);
        CU_ASSERT_STRING_EQUAL(plan.steps[at].named.text, "0");
        CU_ASSERT_EQUAL(plan.steps[at + 3].kind, STEP_MEMBER);
        CU_ASSERT_STRING_EQUAL(plan.steps[at + 3].named.name, plan.steps[at].named.name);
        CU_ASSERT_STRING_EQUAL(plan.steps[at + 3].named.of, "S-1-5-32-545");
    }
    CU_ASSERT_EQUAL(at + 1, plan.count); /* and the record, when all else stands */
    CU_ASSERT_EQUAL(plan.steps[at].kind, STEP_VALUE);
    CU_ASSERT_STRING_EQUAL(plan.steps[at].named.name, SIM_USER);
    CU_ASSERT_EQUAL(accounts, SETUP_OFFLINE_ACCOUNTS + SETUP_LOOPBACK_ACCOUNTS + SETUP_ONLINE_ACCOUNTS);
    plan_free(&plan);
}

/* Is the port in "1-8079,8081-65535"? "*" is all. */
static bool in_ports(const char *ports, unsigned port)
{
    if (strcmp(ports, "*") == 0)
        return true;
    while (*ports) {
        char *end;
        unsigned least = (unsigned)strtoul(ports, &end, 10);
        unsigned most = *end == '-' ? (unsigned)strtoul(end + 1, &end, 10) : least;

        CU_ASSERT(least <= most && most <= 65535);
        if (port >= least && port <= most)
            return true;
        ports = *end ? end + 1 : end;
    }
    return false;
}

static bool firewall_blocks(const struct plan *plan, const char *group, uint16_t protocol, unsigned port)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct firewall_rule *rule = &plan->steps[i].firewall;

        if (plan->steps[i].kind == STEP_FIREWALL && strcmp(rule->users, group) == 0 && !rule->allow &&
            rule->enabled && rule->direction == FIREWALL_OUT && rule->protocol == protocol &&
            strncmp(rule->remote_addresses, "127.", 4) == 0 && in_ports(rule->remote_ports, port))
            return true;
    }
    return false;
}

/* By the heaviest filter that matches. */
static bool filters_block(const struct plan *plan, const char *group, enum wfp_layer layer, bool ipv6,
                          uint8_t protocol, unsigned port, bool loopback)
{
    const struct wfp_filter *best = NULL;

    for (size_t i = 0; i < plan->count; i++) {
        for (size_t n = 0; plan->steps[i].kind == STEP_FILTERS && n < plan->steps[i].filters.count; n++) {
            const struct wfp_filter *filter = &plan->steps[i].filters.items[n];

            if (strcmp(filter->user_sid, group) == 0 && filter->layer == layer && filter->ipv6 == ipv6 &&
                (!filter->protocol || filter->protocol == protocol) && (loopback || !filter->loopback_only) &&
                (!filter->port_most || (port >= filter->port_least && port <= filter->port_most)) &&
                (!best || filter->weight > best->weight))
                best = filter;
        }
    }
    return best && !best->permit;
}

static void both_walls_leave_open_the_same(void)
{
    static const unsigned ports[] = {1, 53, 443, 8079, 8080, 8081, 8082, 49151, 49152, 60000, 65535};
    struct plan plan = plan_of(&usual);

    for (int kind = 0; kind < SETUP_GROUP_COUNT; kind++) {
        char *group = setup_group_name(SIM_USER, (enum setup_group)kind);

        for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
            for (int udp = 0; udp < 2; udp++) {
                uint8_t protocol = udp ? 17 : 6;
                bool open = kind == SETUP_ONLINE || (!udp && (ports[i] == 8080 || ports[i] == 8081)) ||
                            (kind == SETUP_LOOPBACK && ports[i] >= SETUP_EPHEMERAL_PORT);

                CU_ASSERT_EQUAL(firewall_blocks(&plan, group, protocol, ports[i]), !open);
                for (int ipv6 = 0; ipv6 < 2; ipv6++) {
                    CU_ASSERT_EQUAL(filters_block(&plan, group, WFP_CONNECT, ipv6, protocol, ports[i], true),
                                    !open);
                    CU_ASSERT_EQUAL(filters_block(&plan, group, WFP_CONNECT, ipv6, protocol, ports[i], false),
                                    kind != SETUP_ONLINE);
                    CU_ASSERT_EQUAL(filters_block(&plan, group, WFP_ACCEPT, ipv6, protocol, ports[i], false),
                                    kind != SETUP_ONLINE);
                    CU_ASSERT_EQUAL(filters_block(&plan, group, WFP_RESOURCE, ipv6, ipv6 ? 58 : 1, 0, true),
                                    kind != SETUP_ONLINE);
                    CU_ASSERT(!filters_block(&plan, group, WFP_RESOURCE, ipv6, protocol, ports[i], true));
                }
            }
        }
        CU_ASSERT_EQUAL(filters_block(&plan, group, WFP_LISTEN, false, 6, 0, true), kind == SETUP_OFFLINE);
        sbx_free(group);
    }
    plan_free(&plan);
}

static void without_a_proxy_nothing_is_open(void)
{
    static const struct setup_input none = {SIM_USER, 1, 0, 0, false, NULL, 0};
    struct plan plan = plan_of(&none);
    char *group = setup_group_name(SIM_USER, SETUP_OFFLINE);

    for (unsigned port = 1; port <= 65535; port += 7) {
        CU_ASSERT(firewall_blocks(&plan, group, 6, port));
        CU_ASSERT(filters_block(&plan, group, WFP_CONNECT, false, 6, port, true));
    }
    sbx_free(group);
    plan_free(&plan);
}

static void keys_of_filters_are_each_their_own(void)
{
    static const struct setup_input other = {SIM_OTHER_USER, 0, 8081, 8080, false, NULL, 0};
    struct plan plans[2];
    const struct wfp_filter *all[200];
    size_t count = 0;

    plans[0] = plan_of(&usual);
    plans[1] = plan_of(&other);
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < plans[p].count; i++)
            for (size_t n = 0; plans[p].steps[i].kind == STEP_FILTERS && n < plans[p].steps[i].filters.count;
                 n++)
                all[count++] = &plans[p].steps[i].filters.items[n];
    CU_ASSERT(count > 40);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(strlen(all[i]->key), 36);
        for (size_t n = 0; n < i; n++)
            CU_ASSERT_STRING_NOT_EQUAL(all[i]->key, all[n]->key);
    }
    plan_free(&plans[0]);
    plan_free(&plans[1]);
}

static void record_tells_the_input_again(void)
{
    static const struct setup_input inputs[] = {{SIM_USER, 0, 8081, 8080, false, NULL, 0},
                                                {SIM_USER, 16, 0, 0, true, NULL, 0}};

    for (size_t i = 0; i < 2; i++) {
        struct plan plan = plan_of(&inputs[i]);
        const struct step_named *record = &plan.steps[plan.count - 1].named;
        struct setup_input input;
        bool there = true;

        CU_ASSERT_EQUAL(setup_read_record(SIM_USER, &input, &there, NULL), SBX_OK);
        CU_ASSERT(!there);
        sim_set_value_text(record->of, record->name, record->text);
        CU_ASSERT_EQUAL_FATAL(setup_read_record(SIM_USER, &input, &there, NULL), SBX_OK);
        CU_ASSERT(there && input.offline_accounts == (i ? 16 : SETUP_OFFLINE_ACCOUNTS));
        CU_ASSERT_EQUAL(input.proxy_http_port, inputs[i].proxy_http_port);
        CU_ASSERT_EQUAL(input.proxy_socks_port, inputs[i].proxy_socks_port);
        CU_ASSERT_EQUAL(input.without_filters, inputs[i].without_filters);
        for (size_t n = 0; n < plan.count; n++)
            CU_ASSERT(plan.steps[n].kind != STEP_FILTERS || !input.without_filters);
        plan_free(&plan);
    }
}

static void record_of_nobody_is_an_error(void)
{
    static const char *const texts[] = {
        "",
        "version 2, offline accounts 3, ports 1 2, filters 1, closed 0",
        "version 1, offline accounts 0, ports 1 2, filters 1, closed 0",
        "version 1, offline accounts 17, ports 1 2, filters 1, closed 0",
        "version 1, offline accounts 3, ports 1 70000, filters 1, closed 0",
        "version 1, offline accounts 3, ports 1 2, filters 2, closed 0",
        "version 1, offline accounts 3, ports 1 2, filters 1, closed 0 and more",
        "version 1, offline accounts 3, ports 1 2, filters 1",
        "version 1, offline accounts 3, ports 1 2, filters 1, closed 65",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct setup_input input;
        bool there;

        sim_reset();
        sim_set_value_text(SETUP_USERS_KEY, SIM_USER, texts[i]);
        CU_ASSERT_EQUAL(setup_read_record(SIM_USER, &input, &there, NULL), SBX_E_SETUP_FAILED);
    }
}

static void ports_of_a_user_are_his_and_not_the_systems(void)
{
    uint16_t http[2], socks[2];

    sim_reset();
    CU_ASSERT_EQUAL(setup_ports(SIM_USER, &http[0], &socks[0], NULL), SBX_OK);
    CU_ASSERT_EQUAL(setup_ports(SIM_OTHER_USER, &http[1], &socks[1], NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(http[0], http[1]);
    for (int i = 0; i < 2; i++)
        CU_ASSERT(http[i] >= 20000 && socks[i] < 40000 && socks[i] == http[i] + 1);
}

static void what_is_no_user_is_refused(void)
{
    static const struct setup_input inputs[] = {{NULL, 0, 0, 0, false, NULL, 0},
                                                {"me", 0, 0, 0, false, NULL, 0},
                                                {SIM_USER, 17, 0, 0, false, NULL, 0}};
    struct plan plan = {0};

    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(setup_plan(&inputs[i], &plan, NULL), SBX_E_ARGUMENT);
    CU_ASSERT(!plan.steps);
}

static sbx_status make(void *context)
{
    struct plan plan = {0};
    sbx_status status = setup_plan(context, &plan, NULL);

    if (status)
        CU_ASSERT(!plan.steps && !plan.count);
    plan_free(&plan);
    return status;
}

static void any_allocation_may_fail(void)
{
    struct setup_input input = usual;

    sim_reset();
    with_memory_failing(make, &input);
}

/* The firewall gives 127.0.0.0/8 back as 127.0.0.0/255.0.0.0: it is the rule that was asked for all the same. */
static void a_rule_holds_however_the_firewall_writes_it(void)
{
    struct plan plan = plan_of(&usual);
    size_t masks = 0;

    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    for (size_t i = 0; i < plan.count; i++) {
        const struct step *step = &plan.steps[i];
        struct firewall_rule rule;
        bool holds = false;

        if (step->kind == STEP_GROUP)
            CU_ASSERT_EQUAL(group_create(step->named.name, step->named.text, NULL), SBX_OK);
        if (step->kind != STEP_FIREWALL)
            continue;
        CU_ASSERT_EQUAL_FATAL(apply_machine[STEP_FIREWALL].act(NULL, step, NULL, NULL), SBX_OK);
        CU_ASSERT_EQUAL(apply_machine[STEP_FIREWALL].holds(step, &holds, NULL), SBX_OK);
        CU_ASSERT(holds);
        CU_ASSERT_EQUAL_FATAL(firewall_read(step->firewall.name, &rule, NULL), SBX_OK);
        masks += strstr(rule.remote_addresses, "255.0.0.0") != NULL;
        firewall_rule_free(&rule);
    }
    CU_ASSERT(masks > 0); /* there was one to be taken for another */
    plan_free(&plan);
}

const struct harness_suite setup_suite = {
    "setup",
    (const struct harness_test[]){
        {"names are short and of one user", names_are_short_and_of_one_user},
        {"walls stand before the accounts that they hold", walls_stand_before_the_accounts},
        {"both walls leave open the same", both_walls_leave_open_the_same},
        {"without a proxy nothing is open", without_a_proxy_nothing_is_open},
        {"keys of filters are each their own", keys_of_filters_are_each_their_own},
        {"the record tells the input again", record_tells_the_input_again},
        {"a record of nobody's is an error", record_of_nobody_is_an_error},
        {"ports of a user are his and not the system's", ports_of_a_user_are_his_and_not_the_systems},
        {"a rule holds however the firewall writes it", a_rule_holds_however_the_firewall_writes_it},
        {"what is no user is refused", what_is_no_user_is_refused},
        {"any allocation may fail", any_allocation_may_fail},
        {NULL, NULL},
    },
};
