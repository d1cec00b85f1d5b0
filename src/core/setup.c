/*
 * setup.c - the machine's part of a user, as a plan.
 *
 * Two walls keep the offline groups off the network, each enough alone: firewall rules, which administrators see, and filters, which no
 * rule of others can overrule. A block beats an allow in the firewall, so what stays open is left out of its blocks; among filters
 * the heavier one counts, so what stays open is a permit above a block of everything.
 */
#include "core/setup.h"

#include "base/memory.h"
#include "core/closed.h"
#include "os/account.h"
#include "os/registry.h"
#include "os/random.h"

#include <stdio.h>
#include <string.h>

#define TCP           6
#define UDP           17
#define ICMP          1
#define ICMPV6        58
#define MOST_PORT     65535
#define WEIGHT_BLOCK  1
#define WEIGHT_PERMIT 15
#define RULE_GROUP    "sbxcom"
#define LOOPBACK      "127.0.0.0/8,::/127"
#define NOT_LOOPBACK                                            \
    "0.0.0.0-126.255.255.255,128.0.0.0-255.255.255.255,::,::2-" \
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
#define HIDDEN_KEY   "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\SpecialAccounts\\UserList"
#define USERS        "S-1-5-32-545" /* by SID: its name is translated */
#define RECORD       "version 1, offline accounts %u, ports %u %u, filters %u, closed %u"
#define FIRST_PORT   20000
#define PORT_PAIRS   10000
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const group_names[SETUP_GROUP_COUNT] = {"SbxOff", "SbxLoop", "SbxOn"};
static const char *const account_names[SETUP_GROUP_COUNT] = {"off", "loop", "on"};
static const char *const group_comments[SETUP_GROUP_COUNT] = {
    "sbxcom: sandbox accounts without network", "sbxcom: sandbox accounts with loop-back ports from 49152",
    "sbxcom: sandbox accounts with network"};

struct making {
    const struct setup_input *input;
    struct plan plan;
    size_t capacity;
    char *groups[SETUP_GROUP_COUNT]; /* names */
    struct sbx_error *error;
};

static sbx_status digest_of(const char *user_sid, const char *purpose, uint8_t digest[32])
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status;

    buffer_append_format(&text, "sbxcom setup 1\n%s\n%s\n", user_sid, purpose);
    status = buffer_failed(&text) ? SBX_E_MEMORY : hash_sha256(text.data, text.size, digest, NULL);
    buffer_free(&text);
    return status;
}

static char *text_of(struct sbx_buffer *buffer)
{
    char *text = buffer_take(buffer, NULL);

    buffer_free(buffer);
    return text;
}

static char *name_of(const char *prefix, const char *user_sid, const char *suffix, uint32_t number)
{
    struct sbx_buffer name = SBX_BUFFER_EMPTY;
    uint8_t digest[32];

    if (digest_of(user_sid, "names", digest))
        return NULL;
    buffer_append_format(&name, "%s-%02x%02x%02x%02x", prefix, digest[0], digest[1], digest[2], digest[3]);
    if (suffix)
        buffer_append_format(&name, "-%s%u", suffix, (unsigned)number);
    return text_of(&name);
}

char *setup_group_name(const char *user_sid, enum setup_group group)
{
    return name_of(group_names[group], user_sid, NULL, 0);
}

char *setup_account_name(const char *user_sid, enum setup_group group, uint32_t number)
{
    return name_of("Sbx", user_sid, account_names[group], number);
}

/* Takes the step over. */
static sbx_status add(struct making *making, struct step *step, bool whole)
{
    struct step *grown;

    if (!whole || !(step->rule = sbx_strdup("")))
        goto no_memory;
    if (making->plan.count == making->capacity) {
        size_t capacity = making->capacity ? making->capacity * 2 : 16;

        grown = sbx_realloc(making->plan.steps, capacity * sizeof *grown);
        if (!grown)
            goto no_memory;
        making->plan.steps = grown;
        making->capacity = capacity;
    }
    making->plan.steps[making->plan.count++] = *step;
    return SBX_OK;

no_memory:
    step_free(step);
    return error_memory(making->error, "the plan of a set-up");
}

static sbx_status add_named(struct making *making, enum step_kind kind, const char *name, const char *of,
                            const char *text, uint32_t flags)
{
    struct step step = {.kind = kind};

    step.named.name = sbx_strdup(name);
    step.named.of = sbx_strdup(of);
    step.named.text = sbx_strdup(text);
    step.named.flags = flags;
    return add(making, &step, step.named.name && step.named.of && step.named.text);
}

static sbx_status add_groups(struct making *making)
{
    static const char *const denied[] = {"SeDenyNetworkLogonRight", "SeDenyBatchLogonRight",
                                         "SeDenyServiceLogonRight", "SeDenyRemoteInteractiveLogonRight"};
    sbx_status status = SBX_OK;

    for (int i = 0; i < SETUP_GROUP_COUNT && !status; i++)
        status = add_named(making, STEP_GROUP, making->groups[i], "", group_comments[i], 0);
    for (int i = 0; i < SETUP_GROUP_COUNT; i++)
        for (size_t right = 0; right < COUNT(denied) && !status; right++)
            status = add_named(making, STEP_RIGHT, denied[right], making->groups[i], "", 0);
    return status;
}

/* Firewall. */

/* All ports but the proxy's, below `end`: "1-8079,8081-65535". NULL without memory. */
static char *closed_ports(const struct setup_input *input, uint32_t end, bool tcp)
{
    uint32_t open[2] = {tcp ? input->proxy_http_port : 0, tcp ? input->proxy_socks_port : 0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    uint32_t from = 1;

    if (open[0] > open[1]) {
        uint32_t larger = open[0];

        open[0] = open[1];
        open[1] = larger;
    }
    for (int i = 0; i < 3; i++) {
        uint32_t until = i < 2 && open[i] < end ? open[i] : end; /* not included */

        if (until > from)
            buffer_append_format(&text, "%s%u-%u", text.size ? "," : "", (unsigned)from, (unsigned)until - 1);
        if (until >= from)
            from = until + 1;
    }
    return text_of(&text);
}

static sbx_status add_rule(struct making *making, enum setup_group group, const char *purpose,
                           enum firewall_direction direction, uint16_t protocol, const char *addresses,
                           char *ports)
{
    struct step step = {.kind = STEP_FIREWALL};
    struct firewall_rule *rule = &step.firewall;
    struct sbx_buffer name = SBX_BUFFER_EMPTY;

    buffer_append_format(&name, "sbxcom %s %s", making->groups[group], purpose);
    rule->name = text_of(&name);
    rule->group = sbx_strdup(RULE_GROUP);
    rule->description =
        sbx_strdup("Keeps commands in sbxcom's sandbox off the network. Made and removed by sbxcom.");
    rule->users = sbx_strdup(making->groups[group]);
    rule->direction = direction;
    rule->protocol = protocol;
    rule->remote_addresses = sbx_strdup(addresses);
    rule->remote_ports = ports;
    rule->enabled = true;
    return add(making, &step,
               rule->name && rule->group && rule->description && rule->users && rule->remote_addresses &&
                   ports);
}

static sbx_status add_rules(struct making *making, enum setup_group group)
{
    bool ephemeral = group == SETUP_LOOPBACK;
    uint32_t end = ephemeral ? SETUP_EPHEMERAL_PORT : MOST_PORT + 1;
    sbx_status status =
        add_rule(making, group, "out", FIREWALL_OUT, FIREWALL_ANY_PROTOCOL, NOT_LOOPBACK, sbx_strdup("*"));

    if (!status)
        status = add_rule(making, group, "in", FIREWALL_IN, FIREWALL_ANY_PROTOCOL,
                          ephemeral ? NOT_LOOPBACK : "*", sbx_strdup("*"));
    if (!status)
        status = add_rule(making, group, "loop-back UDP", FIREWALL_OUT, UDP, LOOPBACK,
                          closed_ports(making->input, end, false));
    if (!status)
        status = add_rule(making, group, "loop-back TCP", FIREWALL_OUT, TCP, LOOPBACK,
                          closed_ports(making->input, end, true));
    return status;
}

/* Filters. */

struct filter_of {
    enum wfp_layer layer;
    bool permit;
    uint8_t protocol;
    uint32_t port_least, port_most;
};

/* One for each version of IP. */
static sbx_status add_filter(struct making *making, struct step_filters *filters, enum setup_group group,
                             const struct filter_of *of)
{
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct wfp_filter *filter = &filters->items[filters->count];
        struct sbx_buffer name = SBX_BUFFER_EMPTY;
        uint8_t id[32];
        sbx_status status;

        buffer_append_format(&name, "sbxcom %s filter %zu", making->groups[group], filters->count + 1);
        filter->name = text_of(&name);
        filter->user_sid = sbx_strdup(making->groups[group]);
        filters->count++;
        if (!filter->name || !filter->user_sid)
            return error_memory(making->error, "the plan of a set-up");
        status = digest_of(making->input->user_sid, filter->name, id);
        if (status)
            return status == SBX_E_MEMORY ? error_memory(making->error, "the plan of a set-up")
                                          : error_system(making->error, "hash_sha256", 0);
        snprintf(filter->key, sizeof filter->key,
                 "%02x%02x%02x%02x-%02x%02x-8%x%02x-8%x%02x-%02x%02x%02x%02x%02x%02x", id[0], id[1], id[2],
                 id[3], id[4], id[5], id[6] & 15, id[7], id[8] & 15, id[9], id[10], id[11], id[12], id[13],
                 id[14], id[15]);
        filter->layer = of->layer;
        filter->ipv6 = ipv6;
        filter->permit = of->permit;
        filter->weight = of->permit ? WEIGHT_PERMIT : WEIGHT_BLOCK;
        filter->protocol = of->protocol == ICMP && ipv6 ? ICMPV6 : of->protocol;
        filter->port_least = (uint16_t)of->port_least;
        filter->port_most = (uint16_t)of->port_most;
        filter->loopback_only = of->permit;
    }
    return SBX_OK;
}

#define MOST_FILTERS 24 /* of one group: a dozen for each version of IP */

/*
 * Blocked: connecting, listening, accepting, and at resource assignment ICMP alone, because every socket's port is assigned there and the
 * proxy's connections with it. The loop group may listen: what it may accept is decided at ALE_AUTH_RECV_ACCEPT.
 */
static size_t filters_of(const struct setup_input *input, enum setup_group group, struct filter_of *of)
{
    uint32_t proxies[2] = {input->proxy_http_port, input->proxy_socks_port};
    size_t count = 0;

    of[count++] = (struct filter_of){WFP_CONNECT, false, 0, 0, 0};
    of[count++] = (struct filter_of){WFP_ACCEPT, false, 0, 0, 0};
    of[count++] = (struct filter_of){WFP_RESOURCE, false, ICMP, 0, 0};
    if (group == SETUP_OFFLINE)
        of[count++] = (struct filter_of){WFP_LISTEN, false, 0, 0, 0};
    for (int i = 0; i < 2; i++)
        if (proxies[i])
            of[count++] = (struct filter_of){WFP_CONNECT, true, TCP, proxies[i], proxies[i]};
    if (group == SETUP_LOOPBACK) {
        of[count++] = (struct filter_of){WFP_CONNECT, true, TCP, SETUP_EPHEMERAL_PORT, MOST_PORT};
        of[count++] = (struct filter_of){WFP_CONNECT, true, UDP, SETUP_EPHEMERAL_PORT, MOST_PORT};
        of[count++] = (struct filter_of){WFP_ACCEPT, true, TCP, SETUP_EPHEMERAL_PORT, MOST_PORT};
        of[count++] = (struct filter_of){WFP_ACCEPT, true, UDP, SETUP_EPHEMERAL_PORT, MOST_PORT};
    }
    return count;
}

static sbx_status add_filters(struct making *making)
{
    struct step step = {.kind = STEP_FILTERS};
    sbx_status status = SBX_OK;

    step.filters.items = sbx_alloc_array(2 * MOST_FILTERS, sizeof *step.filters.items);
    if (!step.filters.items)
        return error_memory(making->error, "the plan of a set-up");
    for (int group = SETUP_OFFLINE; group <= SETUP_LOOPBACK; group++) {
        struct filter_of of[MOST_FILTERS / 2];
        size_t count = filters_of(making->input, (enum setup_group)group, of);

        for (size_t i = 0; i < count && !status; i++)
            status = add_filter(making, &step.filters, (enum setup_group)group, &of[i]);
    }
    if (status) {
        step_free(&step);
        return status;
    }
    return add(making, &step, true);
}

/* Accounts. Hidden before it is there, so that no logon screen ever shows it. */
static sbx_status add_account(struct making *making, enum setup_group group, uint32_t number)
{
    char *name = setup_account_name(making->input->user_sid, group, number);
    struct sbx_buffer comment = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    buffer_append_format(&comment, "sbxcom: sandbox account of %s", making->input->user_sid);
    if (!name || buffer_failed(&comment))
        status = error_memory(making->error, "the plan of a set-up");
    if (!status)
        status = add_named(making, STEP_VALUE, name, HIDDEN_KEY, "0", STEP_VALUE_NUMBER);
    if (!status)
        status = add_named(making, STEP_ACCOUNT, name, "", buffer_text(&comment),
                           ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD);
    if (!status)
        status = add_named(making, STEP_MEMBER, name, making->groups[group], "", 0);
    if (!status)
        status = add_named(making, STEP_MEMBER, name, USERS, "", 0);
    buffer_free(&comment);
    sbx_free(name);
    return status;
}

static sbx_status add_accounts(struct making *making, const uint32_t counts[SETUP_GROUP_COUNT])
{
    sbx_status status = SBX_OK;

    for (int group = 0; group < SETUP_GROUP_COUNT; group++)
        for (uint32_t number = 1; number <= counts[group] && !status; number++)
            status = add_account(making, (enum setup_group)group, number);
    return status;
}

static sbx_status add_record(struct making *making, const uint32_t counts[SETUP_GROUP_COUNT])
{
    const struct setup_input *input = making->input;
    char text[96];

    snprintf(text, sizeof text, RECORD, (unsigned)counts[SETUP_OFFLINE], input->proxy_http_port,
             input->proxy_socks_port, input->without_filters ? 0u : 1u,
             input->closed ? (unsigned)input->closed->count : 0u);
    return add_named(making, STEP_VALUE, input->user_sid, SETUP_USERS_KEY, text, 0);
}

static sbx_status add_closed(struct making *making)
{
    const struct sbx_strings *folders = making->input->closed;
    sbx_status status = SBX_OK;

    for (size_t i = 0; folders && i < folders->count && !status; i++)
        status = add_named(making, STEP_CLOSED, folders->items[i], making->input->user_sid, "", 0);
    return status;
}

static sbx_status make_names(struct making *making)
{
    for (int i = 0; i < SETUP_GROUP_COUNT; i++) {
        making->groups[i] = setup_group_name(making->input->user_sid, (enum setup_group)i);
        if (!making->groups[i])
            return error_memory(making->error, "the plan of a set-up");
    }
    return SBX_OK;
}

static sbx_status check_input(const struct setup_input *input, struct sbx_error *error)
{
    struct sid sid;

    if (!input->user_sid || sid_parse(input->user_sid, &sid, NULL))
        return error_set(error, SBX_E_ARGUMENT, "A set-up is for one user: there is no SID.");
    if (input->offline_accounts > SETUP_MOST_ACCOUNTS)
        return error_set(error, SBX_E_ARGUMENT, "%u offline accounts are too many: at most %d.",
                         (unsigned)input->offline_accounts, SETUP_MOST_ACCOUNTS);
    if (input->closed && input->closed->count > CLOSED_MOST)
        return error_set(error, SBX_E_ARGUMENT, "%zu folders to close are too many: at most %d.",
                         input->closed->count, CLOSED_MOST);
    return SBX_OK;
}

sbx_status setup_plan(const struct setup_input *input, struct plan *plan, struct sbx_error *error)
{
    struct making making = {.input = input, .error = error};
    const uint32_t counts[SETUP_GROUP_COUNT] = {input->offline_accounts ? input->offline_accounts
                                                                        : SETUP_OFFLINE_ACCOUNTS,
                                                SETUP_LOOPBACK_ACCOUNTS, SETUP_ONLINE_ACCOUNTS};
    sbx_status status = check_input(input, error);

    if (!status)
        status = make_names(&making);
    if (!status)
        status = add_groups(&making);
    if (!status)
        status = add_rules(&making, SETUP_OFFLINE);
    if (!status)
        status = add_rules(&making, SETUP_LOOPBACK);
    if (!status && !input->without_filters)
        status = add_filters(&making);
    if (!status)
        status = add_closed(&making);
    if (!status)
        status = add_accounts(&making, counts);
    if (!status)
        status = add_record(&making, counts);
    for (int i = 0; i < SETUP_GROUP_COUNT; i++)
        sbx_free(making.groups[i]);
    if (status) {
        plan_free(&making.plan);
        return status;
    }
    *plan = making.plan;
    return SBX_OK;
}

sbx_status setup_ports(const char *user_sid, uint16_t *http_port, uint16_t *socks_port,
                       struct sbx_error *error)
{
    uint8_t digest[32];
    sbx_status status = digest_of(user_sid, "ports", digest);

    if (status)
        return status == SBX_E_MEMORY ? error_memory(error, "ports") : error_system(error, "hash_sha256", 0);
    *http_port = (uint16_t)(FIRST_PORT + 2 * ((digest[0] << 8 | digest[1]) % PORT_PAIRS));
    *socks_port = (uint16_t)(*http_port + 1);
    return SBX_OK;
}

sbx_status setup_parse_record(const char *user_sid, const char *text, struct setup_input *input,
                              struct sbx_error *error)
{
    unsigned accounts, http, socks, filters, closed;
    int end = 0;

    if (sscanf(text, RECORD "%n", &accounts, &http, &socks, &filters, &closed, &end) != 5 || text[end] ||
        closed > CLOSED_MOST || accounts < 1 || accounts > SETUP_MOST_ACCOUNTS || http > MOST_PORT ||
        socks > MOST_PORT || filters > 1)
        return error_set(error, SBX_E_SETUP_FAILED,
                         "What is recorded of the set-up of %s is not understood (HKLM\\" SETUP_USERS_KEY
                         "). Run sbxsetup deprovision --force, then set up again.",
                         user_sid);
    *input =
        (struct setup_input){user_sid, accounts, (uint16_t)http, (uint16_t)socks, !filters, NULL, closed};
    return SBX_OK;
}

sbx_status setup_read_record(const char *user_sid, struct setup_input *input, bool *there,
                             struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *text = NULL;
    sbx_status status = registry_read_text(SETUP_USERS_KEY, user_sid, &text, &met);

    if (status == SBX_E_PATH_NOT_FOUND) {
        *there = false;
        return SBX_OK;
    }
    if (status) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    status = setup_parse_record(user_sid, text, input, error);
    sbx_free(text);
    if (!status)
        *there = true;
    return status;
}
