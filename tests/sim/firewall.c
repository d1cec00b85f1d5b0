/*
 * firewall.c - os/firewall.h of the simulation: the store of local rules, and a group policy that may make
 * them count for nothing.
 */
#include "os/firewall.h"
#include "base/memory.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/snapshot.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stored {
    struct firewall_rule rule; /* its texts are world memory */
    struct stored *next;
};

static struct stored *store;

static struct stored **find(const char *name)
{
    struct stored **link = &store;

    while (*link && !text_equal_ascii_nocase((*link)->rule.name, name))
        link = &(*link)->next;
    return link;
}

static const size_t texts[] = {
    offsetof(struct firewall_rule, name),
    offsetof(struct firewall_rule, group),
    offsetof(struct firewall_rule, description),
    offsetof(struct firewall_rule, users),
    offsetof(struct firewall_rule, remote_addresses),
    offsetof(struct firewall_rule, remote_ports),
};
#define TEXT_COUNT (sizeof texts / sizeof texts[0])

static char **text_of(struct firewall_rule *rule, size_t which)
{
    return (char **)((char *)rule + texts[which]);
}

void firewall_rule_free(struct firewall_rule *rule)
{
    for (size_t i = 0; i < TEXT_COUNT; i++)
        sbx_free(*text_of(rule, i));
    memset(rule, 0, sizeof *rule);
}

static void remove_stored(struct stored **link)
{
    struct stored *stored = *link;

    *link = stored->next;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        free(*text_of(&stored->rule, i));
    free(stored);
}

static bool has_ports(const struct firewall_rule *rule)
{
    return rule->protocol == 6 || rule->protocol == 17;
}

/* What INetFwRule's properties refuse: E_INVALIDARG, which is Windows's 87. */
static bool is_sound(const struct firewall_rule *rule)
{
    bool names_ports = rule->remote_ports && *rule->remote_ports && strcmp(rule->remote_ports, "*") != 0;

    return rule->name && *rule->name && strcmp(rule->name, "all") != 0 && !strchr(rule->name, '|') &&
           rule->protocol <= FIREWALL_ANY_PROTOCOL && (!names_ports || has_ports(rule)) &&
           (!rule->users || !*rule->users || strncmp(rule->users, "O:LSD:", 6) == 0);
}

/* As Windows keeps it: one prefix that our rules have comes back as a mask. */
static char *kept_text(const char *text)
{
    static const char written[] = "127.0.0.0/8", kept[] = "127.0.0.0/255.0.0.0";
    const char *at = text ? strstr(text, written) : NULL;
    char *made;

    if (!at)
        return sim_duplicate(text ? text : "");
    made = sim_allocate(strlen(text) + sizeof kept);
    snprintf(made, strlen(text) + sizeof kept, "%.*s%s%s", (int)(at - text), text, kept,
             at + strlen(written));
    return made;
}

sbx_status firewall_add(const struct firewall_rule *rule, struct sbx_error *error)
{
    sbx_status status = sim_enter("INetFwRules::Add", error);
    struct stored *stored;

    if (status)
        return status;
    if (!sim_is_administrator(sim_caller()))
        return error_system(error, "INetFwRules::Add", SIM_ERROR_ACCESS_DENIED);
    if (!is_sound(rule))
        return error_system(error, "INetFwRule", SIM_ERROR_INVALID_PARAMETER);
    if (*find(rule->name))
        return error_set(error, SBX_E_STATE, "There is a rule %s already.", rule->name);
    status = sim_change("INetFwRules::Add", error);
    if (status)
        return status;
    if (!sim_host.drops_firewall_rules) {
        stored = sim_allocate(sizeof *stored);
        stored->rule = *rule;
        for (size_t i = 0; i < TEXT_COUNT; i++)
            *text_of(&stored->rule, i) = kept_text(*text_of(&stored->rule, i));
        stored->next = store;
        store = stored;
    }
    return sim_changed("INetFwRules::Add", error);
}

sbx_status firewall_read(const char *name, struct firewall_rule *rule, struct sbx_error *error)
{
    sbx_status status = sim_enter("INetFwRules::Item", error);
    struct firewall_rule made;
    struct stored *stored;
    bool failed = false;

    if (status)
        return status;
    stored = *find(name);
    if (!stored)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no rule %s.", name);
    made = stored->rule;
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        *text_of(&made, i) = sbx_strdup(*text_of(&stored->rule, i));
        failed = failed || !*text_of(&made, i);
    }
    if (failed) {
        firewall_rule_free(&made);
        return error_memory(error, "a rule");
    }
    *rule = made;
    return SBX_OK;
}

sbx_status firewall_remove(const char *name, struct sbx_error *error)
{
    sbx_status status = sim_enter("INetFwRules::Remove", error);

    if (status)
        return status;
    if (!sim_is_administrator(sim_caller()))
        return error_system(error, "INetFwRules::Remove", SIM_ERROR_ACCESS_DENIED);
    if (!*find(name))
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no rule %s.", name);
    status = sim_change("INetFwRules::Remove", error);
    if (status)
        return status;
    if (!sim_host.drops_firewall_rules)
        remove_stored(find(name));
    return sim_changed("INetFwRules::Remove", error);
}

sbx_status firewall_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    sbx_status status = sim_enter("INetFwRules::get__NewEnum", error);

    if (status)
        return status;
    for (const struct stored *stored = store; stored && !status; stored = stored->next) {
        if (strncmp(stored->rule.name, prefix, strlen(prefix)) == 0)
            status = strings_append(&found, stored->rule.name);
    }
    if (status) {
        strings_free(&found);
        return error_memory(error, "names");
    }
    *names = found;
    return SBX_OK;
}

sbx_status firewall_effective(struct sbx_error *error)
{
    sbx_status status = sim_enter("INetFwPolicy2::get_LocalPolicyModifyState", error);

    if (status)
        return status;
    if (sim_host.firewall_is_off)
        return error_set(error, SBX_E_FIREWALL_INEFFECTIVE, "The firewall is off on the public profile.");
    if (sim_host.firewall_is_overridden)
        return error_set(error, SBX_E_FIREWALL_INEFFECTIVE,
                         "Group policy lets local rules count for nothing on the domain profile.");
    return SBX_OK;
}

/* What tests ask and do. */

size_t sim_rule_count(void)
{
    size_t count = 0;

    for (const struct stored *stored = store; stored; stored = stored->next)
        count++;
    return count;
}

bool sim_drop_rule(const char *name)
{
    if (!*find(name))
        return false;
    remove_stored(find(name));
    return true;
}

bool sim_disable_rule(const char *name)
{
    struct stored *stored = *find(name);

    if (stored)
        stored->rule.enabled = false;
    return stored != NULL;
}

void sim_firewall_reset(void)
{
    while (store)
        remove_stored(&store);
}

void sim_firewall_snapshot(struct sim_snapshot *snapshot)
{
    for (const struct stored *stored = store; stored; stored = stored->next) {
        const struct firewall_rule *rule = &stored->rule;
        char key[512], value[2048];

        snprintf(key, sizeof key, "firewall rule %s", rule->name);
        snprintf(value, sizeof value, "%s, %s, %s: %s %s%s protocol %u to %s ports %s", rule->group,
                 rule->description, rule->users, rule->allow ? "allow" : "block",
                 rule->direction == FIREWALL_OUT ? "out" : "in", rule->enabled ? "" : " (disabled)",
                 rule->protocol, rule->remote_addresses, rule->remote_ports);
        sim_snapshot_add(snapshot, key, value);
    }
}
