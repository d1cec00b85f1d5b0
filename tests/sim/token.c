/*
 * token.c - os/token.h of the simulation: tokens of one ordinary administrator's filtered logon.
 */
#include "os/token.h"
#include "base/memory.h"
#include "sim/world.h"

#include <string.h>

static const char *const groups[] = {"S-1-1-0",  "S-1-5-32-544", "S-1-5-32-545", "S-1-5-4",
                                     "S-1-5-11", "S-1-5-15",     "S-1-5-5-0-77"};
static const char *const privileges[] = {"SeChangeNotifyPrivilege", "SeShutdownPrivilege",
                                         "SeDebugPrivilege"};

#define ADMINISTRATORS "S-1-5-32-544"
#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))

static bool is_sid(const char *text)
{
    return strncmp(text, "S-1-", 4) == 0 && text[4] && strspn(text + 4, "0123456789-") == strlen(text + 4);
}

static bool holds(const struct sbx_strings *sids, const char *sid)
{
    for (size_t i = 0; i < sids->count; i++) {
        if (strcmp(sids->items[i], sid) == 0)
            return true;
    }
    return false;
}

static bool is_deny_only(const struct token_recipe *recipe, const char *sid)
{
    bool logon = strcmp(sid, "S-1-5-4") == 0 || strncmp(sid, "S-1-5-5-", 8) == 0;

    if (strcmp(sid, ADMINISTRATORS) == 0)
        return !sim_host.keeps_administrator;
    return !sim_host.keeps_deny_only &&
           (holds(&recipe->deny_only_sids, sid) || (recipe->logon_deny_only && logon));
}

static sbx_status make_default_dacl(const struct token_recipe *recipe, struct token_facts *facts)
{
    struct sbx_strings *list = &facts->default_dacl;
    sbx_status status;

    if (sim_host.nulls_dacl)
        return strings_append(list, "no list");
    status = strings_append(list, facts->user_sid);
    if (!status && !sim_host.loses_default_dacl)
        status = strings_append(list, "S-1-5-18");
    for (size_t i = 0; i < recipe->default_dacl_sids.count && !status; i++)
        status = strings_append(list, recipe->default_dacl_sids.items[i]);
    if (!status && sim_host.opens_default_dacl)
        status = strings_append(list, "S-1-1-0");
    return status;
}

/* What this host makes of the recipe. */
static sbx_status filter(const struct token_recipe *recipe, struct token_facts *facts)
{
    sbx_status status = SBX_OK;

    facts->user_sid = sbx_strdup(sim_host.account_sid ? sim_host.account_sid : SIM_USER);
    if (!facts->user_sid)
        return SBX_E_MEMORY;
    for (size_t i = sim_host.loses_restricting_sid ? 1 : 0;
         i < recipe->restricting_sids.count && !sim_host.drops_restricting_sids && !status; i++)
        status = strings_append(&facts->restricting_sids, recipe->restricting_sids.items[i]);
    if (sim_host.adds_restricting_sid && !status)
        status = strings_append(&facts->restricting_sids, "S-1-5-11");
    for (size_t i = 0; i < COUNT(groups) && !status; i++) {
        if (!is_deny_only(recipe, groups[i]))
            status = strings_append(&facts->enabled_groups, groups[i]);
    }
    if (sim_host.account_group_sid && !is_deny_only(recipe, sim_host.account_group_sid) && !status)
        status = strings_append(&facts->enabled_groups, sim_host.account_group_sid);
    for (size_t i = 0; i < (sim_host.keeps_privileges ? COUNT(privileges) : 1) && !status; i++)
        status = strings_append(&facts->privileges, privileges[i]);

    if (!status)
        status = make_default_dacl(recipe, facts);
    facts->ui_access = sim_host.hides_ui_access   ? TOKEN_UI_UNKNOWN
                       : sim_host.gives_ui_access ? TOKEN_UI_ACCESS
                                                  : TOKEN_UI_NONE;
    facts->restricted = facts->restricting_sids.count > 0 && !sim_host.denies_being_restricted;
    facts->write_restricted =
        facts->restricting_sids.count > 0 && recipe->write_restricted && !sim_host.drops_write_restricted;
    facts->administrator = sim_host.keeps_administrator;
    facts->integrity = TOKEN_INTEGRITY_MEDIUM;
    return status;
}

sbx_status token_make(const struct token_recipe *recipe, sbx_handle *token, struct sbx_error *error)
{
    struct token_facts facts = {0};
    struct sim_object *object;
    sbx_status status = sim_enter("CreateRestrictedToken", error);

    if (status)
        return status;
    for (size_t i = 0; i < recipe->restricting_sids.count; i++) {
        if (!is_sid(recipe->restricting_sids.items[i]))
            return error_set(error, SBX_E_ARGUMENT, "%s is no SID.", recipe->restricting_sids.items[i]);
    }

    status = filter(recipe, &facts);
    if (status) {
        token_facts_free(&facts);
        return error_memory(error, "a token");
    }
    object = sim_object_make(SIM_TOKEN);
    object->token = facts;
    *token = sim_handle_make(object, SIM_OWN_PROCESS);
    return SBX_OK;
}

sbx_status sim_token_facts_copy(const struct token_facts *from, struct token_facts *to)
{
    struct token_facts made = {0};
    sbx_status status;

    made = *from;
    made.user_sid = from->user_sid ? sbx_strdup(from->user_sid) : NULL;
    memset(&made.restricting_sids, 0, sizeof made.restricting_sids);
    memset(&made.enabled_groups, 0, sizeof made.enabled_groups);
    memset(&made.privileges, 0, sizeof made.privileges);
    memset(&made.default_dacl, 0, sizeof made.default_dacl);
    status = made.user_sid ? SBX_OK : SBX_E_MEMORY;
    if (!status)
        status = strings_copy(&from->restricting_sids, &made.restricting_sids);
    if (!status)
        status = strings_copy(&from->enabled_groups, &made.enabled_groups);
    if (!status)
        status = strings_copy(&from->privileges, &made.privileges);
    if (!status)
        status = strings_copy(&from->default_dacl, &made.default_dacl);
    if (status) {
        token_facts_free(&made);
        return status;
    }
    *to = made;
    return SBX_OK;
}

sbx_status token_measure(sbx_handle token, struct token_facts *facts, struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(token, SIM_TOKEN);
    sbx_status status = sim_enter("GetTokenInformation", error);

    if (status)
        return status;
    if (!object)
        return error_system(error, "GetTokenInformation", SIM_ERROR_INVALID_HANDLE);
    status = sim_token_facts_copy(&object->token, facts);
    return status ? error_memory(error, "token facts") : SBX_OK;
}

sbx_status token_measure_process(sbx_handle process, struct token_facts *facts, struct sbx_error *error)
{
    static const struct token_recipe nothing;
    struct sim_object *object = sim_handle_object(process, SIM_PROCESS);
    struct token_facts found = {0};
    sbx_status status = sim_enter("OpenProcessToken", error);

    if (status)
        return status;
    if (process && (!object || sim_host.hides_token))
        return error_system(error, "OpenProcessToken", SIM_ERROR_ACCESS_DENIED);

    status = process ? sim_token_facts_copy(&object->token, &found) : filter(&nothing, &found);
    if (status) {
        token_facts_free(&found);
        return error_memory(error, "token facts");
    }
    if (process && sim_host.integrity)
        found.integrity =
            sim_host.integrity == SIM_INTEGRITY_UNKNOWN ? TOKEN_INTEGRITY_UNKNOWN : sim_host.integrity;
    *facts = found;
    return SBX_OK;
}

void token_facts_free(struct token_facts *facts)
{
    sbx_free(facts->user_sid);
    strings_free(&facts->restricting_sids);
    strings_free(&facts->enabled_groups);
    strings_free(&facts->privileges);
    strings_free(&facts->default_dacl);
    memset(facts, 0, sizeof *facts);
}
