/*
 * account.c - os/account.h of the simulation: one SAM for users and local groups, and LSA's rights by SID.
 *
 * As in Windows: a name is a user's or a group's, never both; SIDs are never used twice; deleting an account
 * takes it out of its groups, but its LSA rights and its profile stay; NetUserAdd puts nobody into Users.
 */
#include "os/account.h"
#include "base/memory.h"
#include "sim/account.h"
#include "sim/fault.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/snapshot.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_account *accounts;
static struct sim_holding *memberships, *rights;
static unsigned next_rid;

#define ANY_FLAGS (ACCOUNT_DISABLED | ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD)

/* The store. */

struct sim_account *sim_account_named(const char *name)
{
    struct sim_account *account = accounts;

    while (account && !text_equal_ascii_nocase(account->name, name))
        account = account->next;
    return account;
}

static struct sim_account *account_with_sid(const char *sid)
{
    struct sim_account *account = accounts;

    while (account && strcmp(account->sid, sid) != 0)
        account = account->next;
    return account;
}

struct sim_account *sim_account_first(void)
{
    return accounts;
}

static void replace(char **text, const char *with)
{
    char *copy = sim_duplicate(with);

    free(*text);
    *text = copy;
}

static struct sim_account *account_add(const char *name, const char *sid, const char *comment, bool group)
{
    struct sim_account *account = sim_allocate(sizeof *account);
    char made[64];

    snprintf(made, sizeof made, SIM_MACHINE_SID "-%u", next_rid);
    if (!sid)
        next_rid++;
    account->name = sim_duplicate(name);
    account->sid = sim_duplicate(sid ? sid : made);
    account->comment = sim_duplicate(comment);
    account->password = sim_duplicate("");
    account->group = group;
    account->next = accounts;
    accounts = account;
    return account;
}

static struct sim_holding **find_holding(struct sim_holding **list, const char *of, const char *what)
{
    while (*list && (strcmp((*list)->of, of) != 0 || strcmp((*list)->what, what) != 0))
        list = &(*list)->next;
    return list;
}

static void set_holding(struct sim_holding **list, const char *of, const char *what, bool held)
{
    struct sim_holding **link = find_holding(list, of, what);
    struct sim_holding *holding = *link;

    if (held && !holding) {
        *link = sim_allocate(sizeof **link);
        (*link)->of = sim_duplicate(of);
        (*link)->what = sim_duplicate(what);
    } else if (!held && holding) {
        *link = holding->next;
        free(holding->of);
        free(holding->what);
        free(holding);
    }
}

bool sim_is_member(const char *group_sid, const char *member_sid)
{
    return *find_holding(&memberships, group_sid, member_sid) != NULL;
}

bool sim_has_right(const char *sid, const char *right)
{
    return *find_holding(&rights, sid, right) != NULL;
}

/* An account that goes is in no group any more; a group that goes has no members. */
static void forget_memberships(const char *sid)
{
    for (struct sim_holding *holding = memberships, *next; holding; holding = next) {
        next = holding->next;
        if (strcmp(holding->of, sid) == 0 || strcmp(holding->what, sid) == 0)
            set_holding(&memberships, holding->of, holding->what, false);
    }
}

static void account_remove(struct sim_account *account)
{
    struct sim_account **link = &accounts;

    forget_memberships(account->sid);
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    free(account->name);
    free(account->sid);
    free(account->comment);
    free(account->password);
    free(account);
}

/* os/account.h */

/* SBX_E_SYSTEM with 5 for a caller that is no administrator. */
static sbx_status enter_as_administrator(const char *call, struct sbx_error *error)
{
    sbx_status status = sim_enter(call, error);

    if (!status && !sim_is_administrator(sim_caller()))
        status = error_system(error, call, SIM_ERROR_ACCESS_DENIED);
    return status;
}

static struct sim_account *named(const char *name, bool group, struct sbx_error *error)
{
    struct sim_account *account = sim_account_named(name);

    if (account && account->group == group)
        return account;
    (void)error_set(error, SBX_E_PATH_NOT_FOUND, "There is no %s %s.", group ? "group" : "account", name);
    return NULL;
}

static bool is_weak(const char *password)
{
    static const char *const kinds[] = {"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                        "0123456789"};
    size_t kind_count = password[strspn(password, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                  "0123456789")] != '\0';

    if (sim_host.refuses_passwords) {
        sim_host.refuses_passwords--;
        return true;
    }
    for (size_t i = 0; i < 3; i++)
        kind_count += strpbrk(password, kinds[i]) != NULL;
    return strlen(password) < sim_host.least_password || (sim_host.wants_complex_passwords && kind_count < 3);
}

/* What NetUserAdd and NetLocalGroupAdd have in common. */
static sbx_status create(const char *call, const char *name, const char *password, const char *comment,
                         uint32_t flags, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator(call, error);
    struct sim_account *account;

    if (status)
        return status;
    if (sim_host_facts.domain_controller)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "A domain controller has no accounts of its own.");
    if (!*name || strlen(name) > (password ? ACCOUNT_MOST_NAME : 256) || strpbrk(name, "\"/\\[]:;|=,+*?<>"))
        return error_system(error, call, SIM_ERROR_BAD_USERNAME);
    if (sim_account_named(name))
        return error_set(error, SBX_E_STATE, "There is an account or group %s already.", name);
    if (password && is_weak(password))
        return error_system(error, call, SIM_ERROR_PASSWORD_POLICY);
    status = sim_change(call, error);
    if (status)
        return status;
    if (!sim_host.drops_accounts) {
        account = account_add(name, NULL, comment, !password);
        account->flags = flags & ANY_FLAGS;
        replace(&account->password, password ? password : "");
    }
    return sim_changed(call, error);
}

sbx_status account_create(const char *name, const char *password, const char *comment, uint32_t flags,
                          struct sbx_error *error)
{
    return create("NetUserAdd", name, password, comment, flags, error);
}

sbx_status group_create(const char *name, const char *comment, struct sbx_error *error)
{
    return create("NetLocalGroupAdd", name, NULL, comment, 0, error);
}

static sbx_status read_facts(const char *call, const char *name, bool group, struct account_facts *facts,
                             struct sbx_error *error)
{
    struct account_facts made = {0};
    const struct sim_account *account;
    sbx_status status = sim_enter(call, error);

    if (status)
        return status;
    account = named(name, group, error);
    if (!account)
        return SBX_E_PATH_NOT_FOUND;
    made.name = sbx_strdup(account->name);
    made.sid = sbx_strdup(account->sid);
    made.comment = sbx_strdup(account->comment);
    made.flags = account->flags;
    if (!made.name || !made.sid || !made.comment) {
        account_facts_free(&made);
        return error_memory(error, "an account");
    }
    *facts = made;
    return SBX_OK;
}

sbx_status account_read(const char *name, struct account_facts *facts, struct sbx_error *error)
{
    return read_facts("NetUserGetInfo", name, false, facts, error);
}

sbx_status group_read(const char *name, struct account_facts *facts, struct sbx_error *error)
{
    return read_facts("NetLocalGroupGetInfo", name, true, facts, error);
}

void account_facts_free(struct account_facts *facts)
{
    sbx_free(facts->name);
    sbx_free(facts->sid);
    sbx_free(facts->comment);
    memset(facts, 0, sizeof *facts);
}

sbx_status account_set_password(const char *name, const char *password, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator("NetUserSetInfo", error);
    struct sim_account *account = status ? NULL : named(name, false, error);

    if (!account)
        return status ? status : SBX_E_PATH_NOT_FOUND;
    if (is_weak(password))
        return error_system(error, "NetUserSetInfo", SIM_ERROR_PASSWORD_POLICY);
    status = sim_change("NetUserSetInfo", error);
    if (status)
        return status;
    if (!sim_host.drops_accounts) {
        replace(&account->password, password);
        account->flags &= ~(uint32_t)ACCOUNT_PASSWORD_EXPIRED;
    }
    return sim_changed("NetUserSetInfo", error);
}

/* Nobody is locked out or expired by asking for it; whoever is stays so where the flag is given. */
sbx_status account_set_flags(const char *name, uint32_t flags, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator("NetUserSetInfo", error);
    struct sim_account *account = status ? NULL : named(name, false, error);

    if (!account)
        return status ? status : SBX_E_PATH_NOT_FOUND;
    status = sim_change("NetUserSetInfo", error);
    if (status)
        return status;
    if (!sim_host.drops_accounts)
        account->flags = (flags & ANY_FLAGS) | (account->flags & ACCOUNT_PASSWORD_EXPIRED) |
                         (account->flags & flags & (ACCOUNT_LOCKED_OUT | ACCOUNT_EXPIRED));
    return sim_changed("NetUserSetInfo", error);
}

sbx_status account_rename(const char *name, const char *to, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator("NetUserSetInfo", error);
    struct sim_account *account = status ? NULL : named(name, false, error);

    if (!account)
        return status ? status : SBX_E_PATH_NOT_FOUND;
    if (sim_account_named(to))
        return error_set(error, SBX_E_STATE, "There is an account or group %s already.", to);
    status = sim_change("NetUserSetInfo", error);
    if (status)
        return status;
    if (!sim_host.drops_accounts)
        replace(&account->name, to);
    return sim_changed("NetUserSetInfo", error);
}

static sbx_status delete_named(const char *call, const char *name, bool group, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator(call, error);
    struct sim_account *account = status ? NULL : named(name, group, error);

    if (!account)
        return status ? status : SBX_E_PATH_NOT_FOUND;
    if (strncmp(account->sid, "S-1-5-32-", 9) == 0)
        return error_system(error, call, SIM_ERROR_SPECIAL_ACCOUNT);
    status = sim_change(call, error);
    if (status)
        return status;
    if (!sim_host.drops_accounts)
        account_remove(account);
    return sim_changed(call, error);
}

sbx_status account_delete(const char *name, struct sbx_error *error)
{
    return delete_named("NetUserDel", name, false, error);
}

sbx_status group_delete(const char *name, struct sbx_error *error)
{
    return delete_named("NetLocalGroupDel", name, true, error);
}

static sbx_status list(const char *call, const char *prefix, bool group, struct sbx_strings *names,
                       struct sbx_error *error)
{
    struct sbx_strings found = {0};
    sbx_status status = sim_enter(call, error);

    if (status)
        return status;
    for (const struct sim_account *account = accounts; account && !status; account = account->next) {
        if (account->group == group && text_begins_ascii_nocase(account->name, prefix))
            status = strings_append(&found, account->name);
    }
    if (status) {
        strings_free(&found);
        return error_memory(error, "names");
    }
    *names = found;
    return SBX_OK;
}

sbx_status account_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error)
{
    return list("NetUserEnum", prefix, false, names, error);
}

sbx_status group_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error)
{
    return list("NetLocalGroupEnum", prefix, true, names, error);
}

/* Members and rights. */

static sbx_status set_member(const char *call, const char *group_sid, const char *member_sid, bool member,
                             struct sbx_error *error)
{
    sbx_status status = enter_as_administrator(call, error);
    const struct sim_account *group = account_with_sid(group_sid);

    if (status)
        return status;
    if (!group || !group->group)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no group %s.", group_sid);
    if (member && !account_with_sid(member_sid))
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is nobody with the SID %s.", member_sid);
    if (sim_is_member(group_sid, member_sid) == member)
        return SBX_OK;
    status = sim_change(call, error);
    if (status)
        return status;
    if (!sim_host.drops_members)
        set_holding(&memberships, group_sid, member_sid, member);
    return sim_changed(call, error);
}

sbx_status group_add_member(const char *group_sid, const char *member_sid, struct sbx_error *error)
{
    return set_member("NetLocalGroupAddMembers", group_sid, member_sid, true, error);
}

sbx_status group_remove_member(const char *group_sid, const char *member_sid, struct sbx_error *error)
{
    return set_member("NetLocalGroupDelMembers", group_sid, member_sid, false, error);
}

static sbx_status list_holdings(const struct sim_holding *holdings, const char *of, struct sbx_strings *list,
                                struct sbx_error *error)
{
    struct sbx_strings found = {0};
    sbx_status status = SBX_OK;

    for (; holdings && !status; holdings = holdings->next) {
        if (strcmp(holdings->of, of) == 0)
            status = strings_append(&found, holdings->what);
    }
    if (status) {
        strings_free(&found);
        return error_memory(error, "a list");
    }
    *list = found;
    return SBX_OK;
}

sbx_status group_members(const char *group_sid, struct sbx_strings *sids, struct sbx_error *error)
{
    sbx_status status = sim_enter("NetLocalGroupGetMembers", error);
    const struct sim_account *group = account_with_sid(group_sid);

    if (status)
        return status;
    if (!group || !group->group)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no group %s.", group_sid);
    return list_holdings(memberships, group_sid, sids, error);
}

static sbx_status set_right(const char *call, const char *sid, const char *right, bool held,
                            struct sbx_error *error)
{
    sbx_status status = enter_as_administrator(call, error);

    if (status)
        return status;
    if (strncmp(sid, "S-1-", 4) != 0)
        return error_set(error, SBX_E_ARGUMENT, "%s is no SID.", sid);
    if (strncmp(right, "Se", 2) != 0 || (!strstr(right, "Right") && !strstr(right, "Privilege")))
        return error_system(error, call, SIM_ERROR_NO_SUCH_PRIVILEGE);
    if (sim_has_right(sid, right) == held)
        return SBX_OK;
    status = sim_change(call, error);
    if (status)
        return status;
    if (!sim_host.drops_rights)
        set_holding(&rights, sid, right, held);
    return sim_changed(call, error);
}

sbx_status right_add(const char *sid, const char *right, struct sbx_error *error)
{
    return set_right("LsaAddAccountRights", sid, right, true, error);
}

sbx_status right_remove(const char *sid, const char *right, struct sbx_error *error)
{
    return set_right("LsaRemoveAccountRights", sid, right, false, error);
}

sbx_status right_list(const char *sid, struct sbx_strings *list, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator("LsaEnumerateAccountRights", error);

    return status ? status : list_holdings(rights, sid, list, error);
}

/* Drift, and the beginning. */

static struct sim_account *there(const char *name)
{
    struct sim_account *account = sim_account_named(name);

    if (!account) {
        fprintf(stderr, "The test speaks of %s, which is no account and no group.\n", name);
        abort();
    }
    return account;
}

void sim_add_account(const char *name, const char *comment)
{
    account_add(name, NULL, comment, false);
}

void sim_add_group(const char *name, const char *comment)
{
    account_add(name, NULL, comment, true);
}

void sim_delete_account(const char *name)
{
    account_remove(there(name));
}

void sim_rename_account(const char *name, const char *to)
{
    replace(&there(name)->name, to);
}

void sim_set_account_flags(const char *name, uint32_t flags)
{
    there(name)->flags = flags;
}

void sim_change_account_sid(const char *name)
{
    struct sim_account *account = there(name);
    char sid[64];

    forget_memberships(account->sid);
    snprintf(sid, sizeof sid, SIM_MACHINE_SID "-%u", next_rid++);
    replace(&account->sid, sid);
}

void sim_set_account_comment(const char *name, const char *comment)
{
    replace(&there(name)->comment, comment);
}

void sim_set_account_password(const char *name, const char *password)
{
    replace(&there(name)->password, password);
}

void sim_set_member(const char *group_sid, const char *member_sid, bool member)
{
    set_holding(&memberships, group_sid, member_sid, member);
}

void sim_set_right(const char *sid, const char *right, bool held)
{
    set_holding(&rights, sid, right, held);
}

const char *sim_account_sid(const char *name)
{
    const struct sim_account *account = sim_account_named(name);

    return account ? account->sid : NULL;
}

size_t sim_account_count(void)
{
    size_t count = 0;

    for (const struct sim_account *account = accounts; account; account = account->next)
        count++;
    return count;
}

void sim_speak_german(void)
{
    replace(&account_with_sid(SIM_ADMINISTRATORS)->name, "Administratoren");
    replace(&account_with_sid(SIM_USERS)->name, "Benutzer");
    replace(&account_with_sid("S-1-5-32-546")->name, "G\xC3\xA4ste");
}

static void clear(void)
{
    while (accounts)
        account_remove(accounts);
    while (memberships)
        set_holding(&memberships, memberships->of, memberships->what, false);
    while (rights)
        set_holding(&rights, rights->of, rights->what, false);
}

void sim_accounts_reset(void)
{
    clear();
    next_rid = 1003;
    account_add("Administrator", SIM_MACHINE_SID "-500", "", false)->flags = ACCOUNT_DISABLED;
    account_add("me", SIM_USER, "", false);
    account_add("other", SIM_OTHER_USER, "", false);
    account_add("Administrators", SIM_ADMINISTRATORS, "", true);
    account_add("Users", SIM_USERS, "", true);
    account_add("Guests", "S-1-5-32-546", "", true);
    set_holding(&memberships, SIM_ADMINISTRATORS, SIM_MACHINE_SID "-500", true);
    set_holding(&memberships, SIM_ADMINISTRATORS, SIM_USER, true);
    set_holding(&memberships, SIM_USERS, SIM_USER, true);
    set_holding(&memberships, SIM_USERS, SIM_OTHER_USER, true);
    set_holding(&memberships, SIM_USERS, "S-1-5-4",
                true); /* INTERACTIVE and Authenticated Users: so everybody */
    set_holding(&memberships, SIM_USERS, "S-1-5-11", true);
    set_holding(&rights, SIM_USERS, "SeChangeNotifyPrivilege", true);
}

void sim_accounts_snapshot(struct sim_snapshot *snapshot)
{
    char key[512], value[1024];

    for (const struct sim_account *account = accounts; account; account = account->next) {
        snprintf(key, sizeof key, "%s %s", account->group ? "group" : "account", account->name);
        snprintf(value, sizeof value, "%s, flags %u, comment \"%s\", password \"%s\"", account->sid,
                 (unsigned)account->flags, account->comment, account->password);
        sim_snapshot_add(snapshot, key, value);
    }
    for (const struct sim_holding *member = memberships; member; member = member->next) {
        snprintf(key, sizeof key, "member %s of %s", member->what, member->of);
        sim_snapshot_add(snapshot, key, "is");
    }
    for (const struct sim_holding *right = rights; right; right = right->next) {
        snprintf(key, sizeof key, "right %s of %s", right->what, right->of);
        sim_snapshot_add(snapshot, key, "is");
    }
}
