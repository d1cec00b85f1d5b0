/*
 * apply_machine.c - what steps on the machine do: firewall rules, filters, values; and the table of all kinds.
 *
 * Something of our name is ours when it is what the step makes: a value by its content, a rule by all of it. Ours is
 * finished where a crash left it, a stranger's is never adopted and never taken away. Groups and accounts are in
 * apply_principals.c.
 */
#include "core/apply_files.h"
#include "core/apply_principals.h"
#include "core/closed.h"
#include "core/firewall_scope.h"
#include "os/firewall.h"
#include "os/registry.h"
#include "os/wfp.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Firewall rules. The step names the group; the rule, once the group has a SID, names that. */

static sbx_status rule_of(const struct step *step, struct firewall_rule *rule, struct sbx_error *error)
{
    struct sbx_buffer users = SBX_BUFFER_EMPTY;
    char *group = NULL;
    sbx_status status = sid_of_group(step->firewall.users, &group, error);

    status = needed(status, group, step->firewall.users, error);
    if (status)
        return status;
    buffer_append_format(&users, "O:LSD:(A;;CC;;;%s)", group);
    sbx_free(group);
    *rule = step->firewall;
    rule->users = buffer_take(&users, NULL);
    return rule->users ? SBX_OK : error_memory(error, "a firewall rule");
}

static bool texts_equal(const char *a, const char *b)
{
    return text_equal_ascii_nocase(a ? a : "", b ? b : "");
}

static bool rules_equal(const struct firewall_rule *a, const struct firewall_rule *b)
{
    return texts_equal(a->name, b->name) && texts_equal(a->group, b->group) &&
           texts_equal(a->users, b->users) && a->direction == b->direction && a->protocol == b->protocol &&
           scope_addresses_equal(a->remote_addresses, b->remote_addresses) &&
           scope_ports_equal(a->remote_ports, b->remote_ports) && a->allow == b->allow &&
           a->enabled == b->enabled;
}

static sbx_status find_rule(const char *name, struct firewall_rule *rule, bool *there,
                            struct sbx_error *error)
{
    struct sbx_error met = {0};

    return absent_is_fine(firewall_read(name, rule, &met), &met, there, error);
}

static sbx_status rule_compare(const struct firewall_rule *wanted, bool *there, bool *equal,
                               struct sbx_error *error)
{
    struct firewall_rule found;
    sbx_status status = find_rule(wanted->name, &found, there, error);

    *equal = false;
    if (status || !*there)
        return status;
    *equal = rules_equal(&found, wanted);
    firewall_rule_free(&found);
    return SBX_OK;
}

static sbx_status firewall_act(const struct apply *apply, const struct step *step,
                               struct tree_outcome *outcome, struct sbx_error *error)
{
    struct firewall_rule rule;
    bool there;
    bool equal;
    sbx_status status = rule_of(step, &rule, error);

    (void)apply;
    (void)outcome;
    if (status)
        return status;
    status = rule_compare(&rule, &there, &equal, error);
    if (!status && there && !equal)
        status =
            error_set(error, SBX_E_SETUP_FAILED,
                      "There is another firewall rule called %s. Delete it, then set up again.", rule.name);
    if (!status && !there)
        status = firewall_add(&rule, error);
    sbx_free(rule.users);
    return status;
}

static sbx_status firewall_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct firewall_rule rule;
    bool there;
    bool equal;
    sbx_status status = rule_of(step, &rule, error);

    if (status)
        return status;
    status = rule_compare(&rule, &there, &equal, error);
    if (!status)
        *holds = equal;
    sbx_free(rule.users);
    return status;
}

/* By its name and ours in the user interface: it goes too when somebody changed or disabled it. */
static sbx_status firewall_undo(const struct apply *apply, const struct step *step,
                                struct tree_outcome *outcome, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct firewall_rule found;
    bool there;
    bool ours;
    sbx_status status = find_rule(step->firewall.name, &found, &there, error);

    (void)apply;
    (void)outcome;
    if (status || !there)
        return status;
    ours = texts_equal(found.group, step->firewall.group);
    firewall_rule_free(&found);
    if (!ours)
        return SBX_OK;
    return absent_is_fine(firewall_remove(step->firewall.name, &met), &met, &there, error);
}

/* Filters, all in one transaction. The same of their groups. */

static void free_filters(struct wfp_filter *filters, size_t count)
{
    for (size_t i = 0; filters && i < count; i++)
        sbx_free(filters[i].user_sid);
    sbx_free(filters);
}

/* Shares all but the SIDs with the step. */
static sbx_status filters_of(const struct step *step, struct wfp_filter **filters, struct sbx_error *error)
{
    size_t count = step->filters.count;
    struct wfp_filter *made = sbx_alloc_array(count, sizeof *made);
    sbx_status status = SBX_OK;

    if (!made)
        return error_memory(error, "filters");
    for (size_t i = 0; i < count && !status; i++) {
        made[i] = step->filters.items[i];
        made[i].user_sid = NULL;
        status = sid_of_group(step->filters.items[i].user_sid, &made[i].user_sid, error);
        status = needed(status, made[i].user_sid, step->filters.items[i].user_sid, error);
    }
    if (status)
        free_filters(made, count);
    else
        *filters = made;
    return status;
}

static sbx_status change_filters(const struct step *step, const struct wfp_filter *added,
                                 struct sbx_error *error)
{
    struct wfp_change *changes = sbx_alloc_array(step->filters.count, sizeof *changes);
    sbx_status status;

    if (!changes)
        return error_memory(error, "filters");
    for (size_t i = 0; i < step->filters.count; i++) {
        if (added)
            changes[i].add = &added[i];
        else
            changes[i].remove = step->filters.items[i].key;
    }
    status = wfp_apply(changes, step->filters.count, error);
    sbx_free(changes);
    return status;
}

static sbx_status filters_act(const struct apply *apply, const struct step *step,
                              struct tree_outcome *outcome, struct sbx_error *error)
{
    struct wfp_filter *filters;
    sbx_status status = filters_of(step, &filters, error);

    (void)apply;
    (void)outcome;
    if (status)
        return status;
    status = change_filters(step, filters, error);
    free_filters(filters, step->filters.count);
    return status;
}

static bool filters_equal(const struct wfp_filter *a, const struct wfp_filter *b)
{
    return text_equal_ascii_nocase(a->key, b->key) && a->layer == b->layer && a->ipv6 == b->ipv6 &&
           a->permit == b->permit && a->weight == b->weight && texts_equal(a->user_sid, b->user_sid) &&
           a->protocol == b->protocol && a->port_least == b->port_least && a->port_most == b->port_most &&
           a->loopback_only == b->loopback_only;
}

static sbx_status filter_holds(const struct wfp_filter *wanted, bool *holds, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct wfp_filter found;
    bool there;
    sbx_status status = absent_is_fine(wfp_read(wanted->key, &found, &met), &met, &there, error);

    if (status)
        return status;
    *holds = there && filters_equal(&found, wanted);
    if (there)
        wfp_filter_free(&found);
    return SBX_OK;
}

static sbx_status filters_hold(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct wfp_filter *filters;
    bool all = true;
    sbx_status status = filters_of(step, &filters, error);

    if (status)
        return status;
    for (size_t i = 0; i < step->filters.count && all && !status; i++)
        status = filter_holds(&filters[i], &all, error);
    if (!status)
        *holds = all;
    free_filters(filters, step->filters.count);
    return status;
}

static sbx_status filters_undo(const struct apply *apply, const struct step *step,
                               struct tree_outcome *outcome, struct sbx_error *error)
{
    (void)apply;
    (void)outcome;
    return change_filters(step, NULL, error);
}

/* Values. */

static sbx_status value_compare(const struct step *step, bool *there, bool *equal, struct sbx_error *error)
{
    const struct step_named *value = &step->named;
    struct sbx_error met = {0};
    char number_text[16];
    uint32_t number = 0;
    char *text = NULL;
    sbx_status status;

    if (value->flags & STEP_VALUE_NUMBER) {
        status = registry_read_number(value->of, value->name, &number, &met);
        snprintf(number_text, sizeof number_text, "%lu", (unsigned long)number);
    } else
        status = registry_read_text(value->of, value->name, &text, &met);
    status = absent_is_fine(status, &met, there, error);
    *equal = !status && *there && strcmp(text ? text : number_text, value->text) == 0;
    sbx_free(text);
    return status;
}

static sbx_status write_value(const struct step_named *value, struct sbx_error *error)
{
    if (value->flags & STEP_VALUE_NUMBER)
        return registry_write_number(value->of, value->name, (uint32_t)strtoul(value->text, NULL, 10), error);
    return registry_write_text(value->of, value->name, value->text, error);
}

static sbx_status value_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                            struct sbx_error *error)
{
    bool there;
    bool equal;
    sbx_status status = value_compare(step, &there, &equal, error);

    (void)apply;
    (void)outcome;
    if (status || equal)
        return status;
    if (there)
        return error_set(error, SBX_E_SETUP_FAILED,
                         "The registry value HKLM\\%s\\%s is there and says something else. Delete it, then "
                         "set up again.",
                         step->named.of, step->named.name);
    return write_value(&step->named, error);
}

static sbx_status value_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    bool there;

    return value_compare(step, &there, holds, error);
}

/*
 * Which keys above a value are not ours, and stay although nothing is in them any more. Below Winlogon Windows makes none of
 * those that hide accounts.
 */
static const char *keys_end_at(const char *key)
{
    static const char *const not_ours[] = {"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"};

    for (size_t i = 0; i < sizeof not_ours / sizeof not_ours[0]; i++)
        if (strncmp(key, not_ours[i], strlen(not_ours[i])) == 0)
            return not_ours[i];
    return "SOFTWARE";
}

static sbx_status value_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                             struct sbx_error *error)
{
    bool there;
    bool equal;
    sbx_status status = value_compare(step, &there, &equal, error);

    (void)apply;
    (void)outcome;
    if (status || (there && !equal))
        return status;

    /* Also where there is no value: a crash may have left the keys that were made for it. */
    return registry_delete(step->named.of, step->named.name, keys_end_at(step->named.of), error);
}

const struct step_deeds apply_machine[STEP_KIND_COUNT] = {
    APPLY_FILES_DEEDS,
    [STEP_GROUP] = {group_act, group_holds, group_undo},
    [STEP_ACCOUNT] = {account_act, account_holds, account_undo},
    [STEP_MEMBER] = {member_act, member_holds, member_undo},
    [STEP_RIGHT] = {right_act, right_holds, right_undo},
    [STEP_FIREWALL] = {firewall_act, firewall_holds, firewall_undo},
    [STEP_FILTERS] = {filters_act, filters_hold, filters_undo},
    [STEP_VALUE] = {value_act, value_holds, value_undo},
    [STEP_CLOSED] = {closed_act, closed_holds, closed_undo},
};
