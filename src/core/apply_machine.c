/*
 * apply_machine.c - what steps on the machine do: accounts, groups, rights, firewall rules, filters, values.
 *
 * Something of our name is ours when it is what the step makes: a group or account by its comment, a value by
 * its content, a rule by all of it. Ours is finished where a crash left it, a stranger's is never adopted (an
 * account of a known name and an unknown password would be somebody's way in) and never taken away.
 */
#include "core/apply_files.h"
#include "core/password.h"
#include "os/account.h"
#include "os/firewall.h"
#include "os/registry.h"
#include "os/wfp.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What an administrator may have changed on an account, or a wrong password: nothing that makes it another.
 */
#define ACCOUNT_SET_FLAGS (ACCOUNT_DISABLED | ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD)

/*
 * A call that asks for what may not be there: that is no error then, and *there says it. Whatever else fails
 * is reported to `error`, which must not have a text of "not found" in it.
 */
static sbx_status absent_is_fine(sbx_status status, struct sbx_error *met, bool *there,
                                 struct sbx_error *error)
{
    *there = status == SBX_OK;
    if (status == SBX_E_PATH_NOT_FOUND)
        return SBX_OK;
    if (status && error && !error->code)
        *error = *met;
    return status;
}

static sbx_status drifted(const struct step *step, const char *what, struct sbx_error *error)
{
    return error_set(
        error, SBX_E_ACCOUNT_DRIFT,
        "There is a %s %s that sbxcom did not make (its comment is another). Rename or delete it, "
        "then set up again.",
        what, step->named.name);
}

static bool is_ours(const struct step *step, const struct account_facts *facts)
{
    return facts->comment && strcmp(facts->comment, step->named.text) == 0;
}

/* Groups. */

static sbx_status find_group(const char *name, struct account_facts *facts, bool *there,
                             struct sbx_error *error)
{
    struct sbx_error met = {0};

    return absent_is_fine(group_read(name, facts, &met), &met, there, error);
}

static sbx_status group_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct account_facts facts;
    bool there;
    sbx_status status = find_group(step->named.name, &facts, &there, error);

    if (status)
        return status;
    *holds = there && is_ours(step, &facts);
    if (there)
        account_facts_free(&facts);
    return SBX_OK;
}

static sbx_status group_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                            struct sbx_error *error)
{
    struct account_facts facts;
    bool there;
    bool ours;
    sbx_status status = find_group(step->named.name, &facts, &there, error);

    (void)apply;
    (void)outcome;
    if (status)
        return status;
    if (!there) {
        struct sbx_error met = {0};

        /* Somebody's of that name since we looked, or an account: groups and accounts share their names. */
        status = group_create(step->named.name, step->named.text, &met);
        if (status == SBX_E_STATE)
            return drifted(step, "group or account", error);
        return absent_is_fine(status, &met, &there, error);
    }
    ours = is_ours(step, &facts);
    account_facts_free(&facts);
    return ours ? SBX_OK : drifted(step, "group", error);
}

static sbx_status group_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                             struct sbx_error *error)
{
    struct sbx_error met = {0};
    bool there = false;
    sbx_status status = group_holds(step, &there, error);

    (void)apply;
    (void)outcome;
    if (status || !there)
        return status;
    return absent_is_fine(group_delete(step->named.name, &met), &met, &there, error);
}

/* Accounts. */

static sbx_status find_account(const char *name, struct account_facts *facts, bool *there,
                               struct sbx_error *error)
{
    struct sbx_error met = {0};

    return absent_is_fine(account_read(name, facts, &met), &met, there, error);
}

static sbx_status account_is_ours(const struct step *step, bool *there, bool *ours, uint32_t *flags,
                                  struct sbx_error *error)
{
    struct account_facts facts;
    sbx_status status = find_account(step->named.name, &facts, there, error);

    *ours = false;
    if (status || !*there)
        return status;
    *ours = is_ours(step, &facts);
    *flags = facts.flags;
    account_facts_free(&facts);
    return SBX_OK;
}

static sbx_status account_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    uint32_t flags = 0;
    bool there;
    bool ours = false;
    sbx_status status = account_is_ours(step, &there, &ours, &flags, error);

    if (!status)
        *holds = ours && (flags & ACCOUNT_SET_FLAGS) == (step->named.flags & ACCOUNT_SET_FLAGS);
    return status;
}

static sbx_status make_account(const struct step *step, const char *password, struct sbx_error *error)
{
    struct sbx_error met = {0};
    bool there;
    sbx_status status = account_create(step->named.name, password, step->named.text, step->named.flags, &met);

    if (status == SBX_E_STATE)
        return drifted(step, "account or group", error);
    return absent_is_fine(status, &met, &there, error);
}

/*
 * One of ours that is there was left by a crash between the deed and its record: its password is lost, so it
 * gets a new one.
 */
static sbx_status account_act(const struct apply *apply, const struct step *step,
                              struct tree_outcome *outcome, struct sbx_error *error)
{
    char password[PASSWORD_SIZE];
    uint32_t flags;
    bool there;
    bool ours;
    sbx_status status = account_is_ours(step, &there, &ours, &flags, error);

    (void)outcome;
    if (status)
        return status;
    if (there && !ours)
        return drifted(step, "account", error);

    status = password_make(password, error);
    if (!status && !there)
        status = make_account(step, password, error);
    if (!status && there)
        status = account_set_password(step->named.name, password, error);
    if (!status && there)
        status = account_set_flags(step->named.name, step->named.flags, error);
    if (!status)
        status = apply->keep_password(apply->context, step->named.name, password, error);
    sbx_wipe(password, sizeof password);
    return status;
}

static sbx_status account_undo(const struct apply *apply, const struct step *step,
                               struct tree_outcome *outcome, struct sbx_error *error)
{
    struct sbx_error met = {0};
    uint32_t flags;
    bool there;
    bool ours;
    sbx_status status = account_is_ours(step, &there, &ours, &flags, error);

    (void)apply;
    (void)outcome;
    if (status || !ours)
        return status;
    return absent_is_fine(account_delete(step->named.name, &met), &met, &there, error);
}

/* What names a group: *sid NULL when it is not there. */

static sbx_status sid_of_group(const char *name, char **sid, struct sbx_error *error)
{
    struct account_facts facts;
    bool there;
    sbx_status status = find_group(name, &facts, &there, error);

    if (status || !there) {
        *sid = NULL;
        return status;
    }
    *sid = facts.sid;
    facts.sid = NULL;
    account_facts_free(&facts);
    return SBX_OK;
}

static sbx_status sid_of_account(const char *name, char **sid, struct sbx_error *error)
{
    struct account_facts facts;
    bool there;
    sbx_status status = find_account(name, &facts, &there, error);

    if (status || !there) {
        *sid = NULL;
        return status;
    }
    *sid = facts.sid;
    facts.sid = NULL;
    account_facts_free(&facts);
    return SBX_OK;
}

static sbx_status needed(sbx_status status, const char *sid, const char *name, struct sbx_error *error)
{
    if (status || sid)
        return status;
    return error_set(error, SBX_E_SETUP_FAILED, "There is no %s any more. Set up again.", name);
}

static bool holds_text(const struct sbx_strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal_ascii_nocase(list->items[i], text))
            return true;
    return false;
}

/* Members. */

static sbx_status member_sids(const struct step *step, char **group, char **member, struct sbx_error *error)
{
    char *found = NULL;
    sbx_status status = sid_of_group(step->named.of, &found, error);

    if (status)
        return status;
    status = sid_of_account(step->named.name, member, error);
    if (status)
        sbx_free(found);
    else
        *group = found;
    return status;
}

static sbx_status member_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                             struct sbx_error *error)
{
    char *group = NULL;
    char *member = NULL;
    sbx_status status = member_sids(step, &group, &member, error);

    (void)apply;
    (void)outcome;
    status = needed(status, group, step->named.of, error);
    status = needed(status, member, step->named.name, error);
    if (!status)
        status = group_add_member(group, member, error);
    sbx_free(member);
    sbx_free(group);
    return status;
}

static sbx_status member_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct sbx_strings members = {0};
    char *group = NULL;
    char *member = NULL;
    sbx_status status = member_sids(step, &group, &member, error);

    if (!status && group && member)
        status = group_members(group, &members, error);
    if (!status)
        *holds = group && member && holds_text(&members, member);
    strings_free(&members);
    sbx_free(member);
    sbx_free(group);
    return status;
}

/* An account or group that is gone has taken its memberships with it. */
static sbx_status member_undo(const struct apply *apply, const struct step *step,
                              struct tree_outcome *outcome, struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *group = NULL;
    char *member = NULL;
    bool there;
    sbx_status status = member_sids(step, &group, &member, error);

    (void)apply;
    (void)outcome;
    if (!status && group && member)
        status = absent_is_fine(group_remove_member(group, member, &met), &met, &there, error);
    sbx_free(member);
    sbx_free(group);
    return status;
}

/* Rights. */

static sbx_status right_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                            struct sbx_error *error)
{
    char *group = NULL;
    sbx_status status = sid_of_group(step->named.of, &group, error);

    (void)apply;
    (void)outcome;
    status = needed(status, group, step->named.of, error);
    if (!status)
        status = right_add(group, step->named.name, error);
    sbx_free(group);
    return status;
}

static sbx_status right_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings rights = {0};
    char *group = NULL;
    bool there = false;
    sbx_status status = sid_of_group(step->named.of, &group, error);

    if (!status && group)
        status = absent_is_fine(right_list(group, &rights, &met), &met, &there, error);
    if (!status)
        *holds = there && holds_text(&rights, step->named.name);
    strings_free(&rights);
    sbx_free(group);
    return status;
}

static sbx_status right_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                             struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *group = NULL;
    bool there;
    sbx_status status = sid_of_group(step->named.of, &group, error);

    (void)apply;
    (void)outcome;
    if (!status && group)
        status = absent_is_fine(right_remove(group, step->named.name, &met), &met, &there, error);
    sbx_free(group);
    return status;
}

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
           texts_equal(a->remote_addresses, b->remote_addresses) &&
           texts_equal(a->remote_ports, b->remote_ports) && a->allow == b->allow && a->enabled == b->enabled;
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
    return registry_delete(step->named.of, step->named.name, "SOFTWARE", error);
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
};
