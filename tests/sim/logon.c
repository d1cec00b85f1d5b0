/*
 * logon.c - who a logon is, and what a restricted token leaves of it.
 */
#include "sim/logon.h"
#include "base/memory.h"
#include "sim/account.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

static struct sid sid_of(const char *text)
{
    struct sid sid = {.size = 0};

    sim_sid(text, sid.bytes);
    sid.size = (uint8_t)(8 + 4 * sid.bytes[1]);
    return sid;
}

static bool is(const struct sid *a, const struct sid *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static bool is_text(const struct sid *sid, const char *text)
{
    const struct sid other = sid_of(text);

    return is(sid, &other);
}

static void settle(struct sim_token *token)
{
    token->access.groups = token->groups;
    token->access.restricting = token->restricting;
}

static void add_group(struct sim_token *token, const char *text, bool deny_only)
{
    if (token->access.group_count == SIM_TOKEN_MOST_GROUPS)
        abort();
    token->groups[token->access.group_count++] = (struct access_sid){sid_of(text), !deny_only, deny_only};
}

static void add_restricting(struct sim_token *token, const struct sid *sid)
{
    if (token->access.restricting_count == SIM_TOKEN_MOST_RESTRICTING)
        abort();
    token->restricting[token->access.restricting_count++] = *sid;
}

void sim_token_copy(const struct access_token *from, struct sim_token *token)
{
    struct sim_token made = {.access = *from};

    if (from->group_count > SIM_TOKEN_MOST_GROUPS || from->restricting_count > SIM_TOKEN_MOST_RESTRICTING)
        abort();
    if (from->group_count)
        memcpy(made.groups, from->groups, from->group_count * sizeof made.groups[0]);
    if (from->restricting_count)
        memcpy(made.restricting, from->restricting, from->restricting_count * sizeof made.restricting[0]);
    *token = made;
    settle(token);
}

/* Logons. */

/* What every interactive logon of a local account is, before its own groups. */
static const char *const well_known[] = {
    SIM_NO_GROUP, "S-1-1-0",   "S-1-5-4",      "S-1-2-1", "S-1-5-11",
    "S-1-5-15",   "S-1-5-113", "S-1-5-5-0-77", "S-1-2-0",
};
#define WELL_KNOWN_COUNT (sizeof well_known / sizeof well_known[0])

static bool is_in(const struct sim_account *group, const struct sim_account *account)
{
    bool found = sim_is_member(group->sid, account->sid);

    for (size_t i = 0; i < WELL_KNOWN_COUNT; i++)
        found = found || sim_is_member(group->sid, well_known[i]);
    return found;
}

void sim_logon(const char *name, struct sim_token *token)
{
    const struct sim_account *account = sim_account_named(name);
    struct sim_token made = {.access = {.integrity = 0x2000, .no_write_up = true}};

    if (!account || account->group)
        abort();
    made.access.user = (struct access_sid){sid_of(account->sid), true, false};
    for (size_t i = 0; i < WELL_KNOWN_COUNT; i++)
        add_group(&made, well_known[i], false);
    for (const struct sim_account *group = sim_account_first(); group; group = group->next) {
        if (group->group && is_in(group, account))
            add_group(&made, group->sid, strcmp(group->sid, SIM_ADMINISTRATORS) == 0);
    }
    *token = made;
    settle(token);
}

static bool is_denied_interactive_logon(const struct sim_account *account)
{
    bool denied = sim_has_right(account->sid, "SeDenyInteractiveLogonRight");

    for (size_t i = 0; i < WELL_KNOWN_COUNT; i++)
        denied = denied || sim_has_right(well_known[i], "SeDenyInteractiveLogonRight");
    for (const struct sim_account *group = sim_account_first(); group; group = group->next)
        denied = denied || (group->group && is_in(group, account) &&
                            sim_has_right(group->sid, "SeDenyInteractiveLogonRight"));
    return denied;
}

uint32_t sim_logon_error(const char *name, const char *password)
{
    const struct sim_account *account = sim_account_named(name);

    if (!account || account->group || strcmp(account->password, password) != 0)
        return 1326;
    if (account->flags & ACCOUNT_LOCKED_OUT)
        return 1909;
    if (account->flags & ACCOUNT_DISABLED)
        return 1331;
    if (account->flags & ACCOUNT_EXPIRED)
        return 1793;
    if (account->flags & ACCOUNT_PASSWORD_EXPIRED)
        return 1330;
    return is_denied_interactive_logon(account) ? 1385 : 0;
}

/* Restricted tokens. */

/* The groups that UAC's filtered token disables, too: administrators and the operators. */
static bool is_administrative(const struct sid *sid)
{
    static const char *const groups[] = {"S-1-5-32-544", "S-1-5-32-547", "S-1-5-32-548", "S-1-5-32-549",
                                         "S-1-5-32-550", "S-1-5-32-551", "S-1-5-32-552", "S-1-5-32-553",
                                         "S-1-5-32-554", "S-1-5-32-556", "S-1-5-32-578", "S-1-5-32-582",
                                         "S-1-5-32-569", "S-1-5-114"};
    bool found = false;

    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        found = found || is_text(sid, groups[i]);
    return found;
}

static bool is_listed(const struct sbx_strings *sids, const struct sid *sid)
{
    for (size_t i = 0; i < sids->count; i++) {
        if (is_text(sid, sids->items[i]))
            return true;
    }
    return false;
}

/* INTERACTIVE, and S-1-5-5-X-Y. */
static bool is_of_logon(const struct sid *sid)
{
    static const uint8_t logon[12] = {1, 3, 0, 0, 0, 0, 0, 5, 5};

    return is_text(sid, "S-1-5-4") || memcmp(sid->bytes, logon, sizeof logon) == 0;
}

static bool was_restricting(const struct access_token *token, const struct sid *sid)
{
    for (size_t i = 0; i < token->restricting_count; i++) {
        if (is(&token->restricting[i], sid))
            return true;
    }
    return false;
}

void sim_restrict(const struct sim_token *from, const struct token_recipe *recipe, struct sim_token *to)
{
    struct sim_token made;

    sim_token_copy(&from->access, &made);
    if (is_listed(&recipe->deny_only_sids, &made.access.user.sid))
        made.access.user.deny_only = true;
    for (size_t i = 0; i < made.access.group_count; i++) {
        struct access_sid *group = &made.groups[i];

        if (!is_administrative(&group->sid) && !is_listed(&recipe->deny_only_sids, &group->sid) &&
            !(recipe->logon_deny_only && is_of_logon(&group->sid)))
            continue;
        group->enabled = false;
        group->deny_only = true;
    }
    if (recipe->restricting_sids.count)
        made.access.restricting_count = 0;
    for (size_t i = 0; i < recipe->restricting_sids.count; i++) {
        const struct sid sid = sid_of(recipe->restricting_sids.items[i]);

        if (!from->access.restricting_count || was_restricting(&from->access, &sid))
            add_restricting(&made, &sid);
    }
    made.access.write_restricted = recipe->write_restricted || from->access.write_restricted;
    made.access.privileges = 0;
    if (made.access.integrity > 0x2000)
        made.access.integrity = 0x2000;
    *to = made;
    settle(to);
}

void sim_token_of_facts(const struct token_facts *facts, struct sim_token *token)
{
    const struct access_token *base = sim_token_of(SIM_ORDINARY_USER);
    struct sim_token made = {.access = {.integrity = facts->integrity, .no_write_up = true}};

    made.access.user = (struct access_sid){sid_of(facts->user_sid), true, false};
    for (size_t i = 0; i < facts->enabled_groups.count; i++)
        add_group(&made, facts->enabled_groups.items[i], false);
    for (size_t i = 0; i < base->group_count; i++) {
        if (is_listed(&facts->enabled_groups, &base->groups[i].sid))
            continue;
        made.groups[made.access.group_count++] = (struct access_sid){base->groups[i].sid, false, true};
    }
    for (size_t i = 0; i < facts->restricting_sids.count; i++) {
        const struct sid sid = sid_of(facts->restricting_sids.items[i]);

        add_restricting(&made, &sid);
    }
    made.access.write_restricted = facts->write_restricted;
    *token = made;
    settle(token);
}

static sbx_status append_sid(struct sbx_strings *list, const struct sid *sid)
{
    char text[SID_TEXT_SIZE];

    sim_sid_text(sid, text);
    return strings_append(list, text);
}

sbx_status sim_facts_of(const struct access_token *token, struct token_facts *facts, struct sbx_error *error)
{
    struct token_facts made = {.restricted = token->restricting_count > 0,
                               .write_restricted = token->write_restricted,
                               .integrity = token->integrity,
                               .elevated = token->integrity > 0x2000};
    char user[SID_TEXT_SIZE];
    sbx_status status = SBX_OK;

    sim_sid_text(&token->user.sid, user);
    made.user_sid = sbx_strdup(user);
    for (size_t i = 0; i < token->group_count && !status; i++) {
        if (token->groups[i].enabled && !token->groups[i].deny_only)
            status = append_sid(&made.enabled_groups, &token->groups[i].sid);
    }
    for (size_t i = 0; i < token->restricting_count && !status; i++)
        status = append_sid(&made.restricting_sids, &token->restricting[i]);
    if (!status)
        status = strings_append(&made.privileges, "SeChangeNotifyPrivilege");
    made.administrator = sim_is_administrator(token);
    if (status || !made.user_sid) {
        token_facts_free(&made);
        return error_memory(error, "token facts");
    }
    *facts = made;
    return SBX_OK;
}
