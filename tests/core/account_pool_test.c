/*
 * account_pool_test.c - a workspace keeps its account, no account serves two sessions, and what is broken is named.
 */
#include "core/account_pool.h"

#include "base/memory.h"
#include "core/setup_machine.h"
#include "os/filesystem.h"
#include "os/registry.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <string.h>

#define MINE     "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define STATE    "C:\\Program Files\\sbxcom\\state"
#define FIRST    "S-1-9-1-1"
#define SECOND   "S-1-9-1-2"
#define ACCOUNTS MINE "\\accounts\\"

static char *names[SETUP_GROUP_COUNT][SETUP_OFFLINE_ACCOUNTS];

static void forget_names(void)
{
    for (int group = 0; group < SETUP_GROUP_COUNT; group++)
        for (int i = 0; i < SETUP_OFFLINE_ACCOUNTS; i++) {
            sbx_free(names[group][i]);
            names[group][i] = NULL;
        }
}

/* Set up, with the passwords kept; the user calls. */
static void set_up(void)
{
    const struct setup_machine machine = {.state_folder = STATE};
    const struct setup_input input = {.user_sid = SIM_USER};
    struct credentials credentials = {0};

    forget_names();
    sim_reset();
    for (int group = 0; group < SETUP_GROUP_COUNT; group++)
        for (uint32_t i = 0; i < SETUP_OFFLINE_ACCOUNTS; i++)
            names[group][i] = setup_account_name(SIM_USER, (enum setup_group)group, i + 1);
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL_FATAL(setup_provision(&machine, &input, &credentials, NULL), SBX_OK);
    sim_call_as(NULL);
    CU_ASSERT_EQUAL_FATAL(credentials_keep(MINE, &credentials, NULL), SBX_OK);
    credentials_free(&credentials);
}

static struct pool_question question(const char *key, enum setup_group group)
{
    return (struct pool_question){.state_folder = MINE,
                                  .machine_folder = STATE,
                                  .user_sid = SIM_USER,
                                  .key = key,
                                  .group = group,
                                  .network_enforced = group != SETUP_ONLINE};
}

static sbx_status take_of(const char *key, enum setup_group group, struct pool_account *account,
                          struct sbx_error *error)
{
    const struct pool_question asked = question(key, group);

    return account_pool_take(&asked, account, error);
}

static void expect(const char *key, enum setup_group group, const char *name, struct pool_account *account)
{
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(take_of(key, group, account, &error), SBX_OK);
    if (error.code)
        printf("    %s\n", error.text);
    CU_ASSERT_STRING_EQUAL(account->name ? account->name : "", name);
}

static void expect_refusal(const char *key, sbx_status code, const char *words)
{
    struct pool_account account = {0};
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(take_of(key, SETUP_OFFLINE, &account, &error), code);
    CU_ASSERT(strstr(error.text, words) != NULL);
    if (!strstr(error.text, words))
        printf("    %s\n", error.text);
    CU_ASSERT_PTR_NULL(account.name);
    CU_ASSERT_FALSE(held_is(ACCOUNTS FIRST "-off.live"));
}

static void an_account_comes_with_what_a_session_needs(void)
{
    struct pool_account account = {0};
    char *group;

    set_up();
    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][0], &account);
    CU_ASSERT_EQUAL(sim_logon_error(account.name, account.password), 0);
    CU_ASSERT_STRING_EQUAL(account.sid, sim_account_sid(account.name));
    group = setup_group_name(SIM_USER, SETUP_OFFLINE);
    CU_ASSERT_STRING_EQUAL(account.group_sid, sim_account_sid(group));
    sbx_free(group);
    CU_ASSERT_TRUE(account.network_holds);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(account.network_words, "the network rests on them")); /* he sees no filters */
    CU_ASSERT_EQUAL(account.others.count, 0);
    account_pool_forget_password(&account);
    CU_ASSERT_PTR_NULL(account.password);
    account_pool_give_back(&account);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);

    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    expect(FIRST, SETUP_LOOPBACK, names[SETUP_LOOPBACK][0], &account);
    CU_ASSERT_TRUE(account.network_holds);
    CU_ASSERT_PTR_NULL(
        strstr(account.network_words, "the network rests on them")); /* an administrator does */
    sim_call_as(NULL);
    account_pool_give_back(&account);
    expect(FIRST, SETUP_ONLINE, names[SETUP_ONLINE][0], &account);
    CU_ASSERT_FALSE(account.network_holds);
    account_pool_give_back(&account);
    forget_names();
}

static void a_policy_s_network_says_which_group(void)
{
    struct sbx_policy policy;

    sim_reset();
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    CU_ASSERT_EQUAL(account_pool_group(&policy), SETUP_OFFLINE);
    policy.network.localhost = SBX_LOCALHOST_EPHEMERAL;
    CU_ASSERT_EQUAL(account_pool_group(&policy), SETUP_LOOPBACK);
    policy.network.mode = SBX_NETWORK_ANY;
    CU_ASSERT_EQUAL(account_pool_group(&policy), SETUP_ONLINE);
    policy_free(&policy);
}

static void workspaces_keep_their_accounts(void)
{
    struct pool_account first = {0}, second = {0};

    set_up();
    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][0], &first);
    account_pool_give_back(&first);
    expect(SECOND, SETUP_OFFLINE, names[SETUP_OFFLINE][1],
           &second); /* not the free one of another workspace */
    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][0], &first);
    account_pool_give_back(&second);
    account_pool_give_back(&first);
    expect(SECOND, SETUP_OFFLINE, names[SETUP_OFFLINE][1], &second);
    account_pool_give_back(&second);

    /* What nobody wrote is no memory. */
    sim_set_contents(ACCOUNTS SECOND "-off", "Administrator\n");
    expect(SECOND, SETUP_OFFLINE, names[SETUP_OFFLINE][1], &second);
    account_pool_give_back(&second);
    forget_names();
}

/* More workspaces than accounts: the account that fewest keep, and the others are told. */
static void of_too_many_workspaces_some_share(void)
{
    static const char *const keys[] = {FIRST, SECOND, "S-1-9-1-3", "S-1-9-1-4"};
    struct pool_account account = {0};

    set_up();
    for (int i = 0; i < SETUP_OFFLINE_ACCOUNTS; i++) {
        expect(keys[i], SETUP_OFFLINE, names[SETUP_OFFLINE][i], &account);
        account_pool_give_back(&account);
    }
    expect(keys[3], SETUP_OFFLINE, names[SETUP_OFFLINE][0], &account);
    CU_ASSERT_EQUAL_FATAL(account.others.count, 1);
    CU_ASSERT_STRING_EQUAL(account.others.items[0], FIRST);
    account_pool_give_back(&account);
    forget_names();
}

static void one_live_session_each_until_none_is_left(void)
{
    static const char *const keys[] = {FIRST, SECOND, "S-1-9-1-3"};
    struct pool_account accounts[SETUP_OFFLINE_ACCOUNTS] = {{0}}, more = {0};
    struct sbx_error error = {0};

    set_up();
    for (int i = 0; i < SETUP_OFFLINE_ACCOUNTS; i++)
        expect(keys[i], SETUP_OFFLINE, names[SETUP_OFFLINE][i], &accounts[i]);
    CU_ASSERT_EQUAL(take_of(FIRST, SETUP_OFFLINE, &more, &error), SBX_E_STATE); /* its own session */
    memset(&error, 0, sizeof error);
    CU_ASSERT_EQUAL(take_of("S-1-9-1-4", SETUP_OFFLINE, &more, &error), SBX_E_LIMIT);
    CU_ASSERT(strstr(error.text, "sbxsetup provision --accounts") != NULL);
    CU_ASSERT_FALSE(held_is(ACCOUNTS "S-1-9-1-4-off.live"));
    expect("S-1-9-1-4", SETUP_LOOPBACK, names[SETUP_LOOPBACK][0], &more); /* another kind is free */
    account_pool_give_back(&more);
    account_pool_give_back(&accounts[1]);
    expect("S-1-9-1-4", SETUP_OFFLINE, names[SETUP_OFFLINE][1], &more);
    account_pool_give_back(&more);
    account_pool_give_back(&accounts[0]);
    account_pool_give_back(&accounts[2]);
    forget_names();
}

static void the_dead_hold_nothing(void)
{
    struct pool_account dead = {0}, account = {0};

    set_up();
    sim_actor(1);
    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][0], &dead);
    sim_actor(0);
    CU_ASSERT_EQUAL(take_of(FIRST, SETUP_OFFLINE, &account, NULL), SBX_E_STATE);
    sim_kill_actor(1);
    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][0], &account);
    account_pool_give_back(&account);
    account_pool_give_back(&dead);
    forget_names();
}

static void drift_is_named_with_its_repair(void)
{
    struct pool_account account = {0};
    char *group;

    set_up();
    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][0], &account);
    account_pool_give_back(&account);
    sim_set_account_flags(names[SETUP_OFFLINE][0],
                          ACCOUNT_DISABLED | ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD);
    expect_refusal(FIRST, SBX_E_ACCOUNT_DRIFT, "Host.Repair");        /* its files are that account's */
    expect(SECOND, SETUP_OFFLINE, names[SETUP_OFFLINE][1], &account); /* a new workspace takes a whole one */
    account_pool_give_back(&account);

    sim_change_account_sid(names[SETUP_OFFLINE][1]);
    sim_delete_account(names[SETUP_OFFLINE][2]);
    expect_refusal("S-1-9-1-3", SBX_E_ACCOUNT_DRIFT, "Host.Repair");

    set_up();
    group = setup_group_name(SIM_USER, SETUP_OFFLINE);
    sim_set_member(sim_account_sid(group), sim_account_sid(names[SETUP_OFFLINE][0]), false);
    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][1], &account); /* no rule binds the first one */
    account_pool_give_back(&account);
    sim_delete_account(group);
    sbx_free(group);
    expect_refusal(FIRST, SBX_E_ACCOUNT_DRIFT, "Host.Repair");
    forget_names();
}

static void a_network_that_does_not_hold_is_no_session_where_it_must(void)
{
    struct pool_question asked = question(FIRST, SETUP_OFFLINE);
    struct pool_account account = {0};
    struct sbx_buffer rule = SBX_BUFFER_EMPTY;
    char *group;

    set_up();
    sim_host.firewall_is_overridden = true;
    expect_refusal(FIRST, SBX_E_FIREWALL_INEFFECTIVE, "Host.Repair");
    asked.network_enforced = false;
    CU_ASSERT_EQUAL(account_pool_take(&asked, &account, NULL), SBX_OK);
    CU_ASSERT_FALSE(account.network_holds);
    account_pool_give_back(&account);

    sim_host.firewall_is_overridden = false;
    group = setup_group_name(SIM_USER, SETUP_OFFLINE);
    buffer_append_format(&rule, "sbxcom %s out", group);
    CU_ASSERT_TRUE(sim_drop_rule(buffer_text(&rule)));
    expect_refusal(FIRST, SBX_E_FIREWALL_INEFFECTIVE, "are not as they were left");
    buffer_free(&rule);
    sbx_free(group);
    forget_names();
}

static void a_set_up_without_filters_does_not_count_as_enforced(void)
{
    const struct setup_machine machine = {.state_folder = STATE};
    const struct setup_input input = {.user_sid = SIM_USER, .without_filters = true};
    struct credentials credentials = {0};

    set_up();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL_FATAL(setup_deprovision(&machine, SIM_USER, false, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(setup_provision(&machine, &input, &credentials, NULL), SBX_OK);
    credentials_free(&credentials);
    sim_call_as(NULL);
    expect_refusal(FIRST, SBX_E_FIREWALL_INEFFECTIVE, "without filters");
    forget_names();
}

static void a_password_that_is_not_there_says_so(void)
{
    set_up();
    CU_ASSERT_EQUAL_FATAL(credentials_forget(MINE, NULL), SBX_OK);
    expect_refusal(FIRST, SBX_E_CREDENTIAL, "Host.Repair");
    forget_names();
}

static void looking_changes_nothing(void)
{
    const struct pool_question asked = question(FIRST, SETUP_OFFLINE);
    struct pool_account live = {0}, seen = {0};
    struct sim_snapshot *before, *after;

    set_up();
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL(account_pool_look(&asked, &seen, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(seen.name, names[SETUP_OFFLINE][0]);
    CU_ASSERT_PTR_NULL(seen.password);
    account_pool_give_back(&seen);
    after = sim_snapshot(NULL);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
    sim_snapshot_free(before);
    sim_snapshot_free(after);

    expect(FIRST, SETUP_OFFLINE, names[SETUP_OFFLINE][0], &live);
    CU_ASSERT_EQUAL(account_pool_look(&asked, &seen, NULL), SBX_OK); /* in use, and its own all the same */
    CU_ASSERT_STRING_EQUAL(seen.name, names[SETUP_OFFLINE][0]);
    account_pool_give_back(&seen);
    account_pool_give_back(&live);
    forget_names();
}

/* Two sessions, the second one wholly between any two calls of the first. */

static struct {
    size_t at;
    const char *key;
    struct pool_account account;
    sbx_status status;
    bool ran;
} rival;

static void rival_comes(void *context, size_t call)
{
    (void)context;
    if (call != rival.at)
        return;
    sim_actor(1);
    rival.status = take_of(rival.key, SETUP_OFFLINE, &rival.account, NULL);
    rival.ran = true;
    sim_actor(0);
}

static void race(const char *key, bool same)
{
    size_t points = 0;

    for (size_t n = 1;; n++) {
        struct pool_account account = {0};
        sbx_status status;

        set_up();
        memset(&rival, 0, sizeof rival);
        rival.at = n;
        rival.key = key;
        sim_at_call(rival_comes, NULL);
        status = take_of(FIRST, SETUP_OFFLINE, &account, NULL);
        sim_at_call(NULL, NULL);
        if (!rival.ran) {
            CU_ASSERT_EQUAL(status, SBX_OK);
            account_pool_give_back(&account);
            break;
        }
        points++;
        if (same) {
            CU_ASSERT((status == SBX_OK) != (rival.status == SBX_OK));
            CU_ASSERT(status == SBX_OK || status == SBX_E_STATE);
            CU_ASSERT(rival.status == SBX_OK || rival.status == SBX_E_STATE);
        } else {
            CU_ASSERT_EQUAL(status, SBX_OK);
            CU_ASSERT_EQUAL(rival.status, SBX_OK);
            CU_ASSERT(account.name && rival.account.name && strcmp(account.name, rival.account.name) != 0);
        }
        account_pool_give_back(&account);
        sim_actor(1);
        account_pool_give_back(&rival.account);
        sim_actor(0);
    }
    CU_ASSERT(points > 20);
    forget_names();
}

static void two_sessions_never_get_one_account(void)
{
    race(SECOND, false);
}

static void of_two_sessions_in_one_workspace_one_is_refused(void)
{
    race(FIRST, true);
}

/* An account that could not be looked at is passed over; whichever was given is the workspace's from then on. */
static void any_call_may_fail(void)
{
    for (size_t n = 1;; n++) {
        struct pool_account account = {0};
        const char *given;
        sbx_status status;

        set_up();
        sim_fail_call(n);
        status = take_of(FIRST, SETUP_OFFLINE, &account, NULL);
        if (sim_call_count() < n) {
            sim_fail_call(0);
            CU_ASSERT_EQUAL(status, SBX_OK);
            account_pool_give_back(&account);
            break;
        }
        sim_fail_call(0);
        given = names[SETUP_OFFLINE][!status && strcmp(account.name, names[SETUP_OFFLINE][0]) ? 1 : 0];
        if (status)
            CU_ASSERT_PTR_NULL(account.name);
        account_pool_give_back(&account);
        CU_ASSERT_FALSE(held_is(ACCOUNTS FIRST "-off.live"));
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
        expect(FIRST, SETUP_OFFLINE, given, &account);
        account_pool_give_back(&account);
    }
    forget_names();
}

static void any_allocation_may_fail(void)
{
    for (size_t n = 1;; n += 7) { /* a plan of the whole set-up is made on the way */
        struct pool_account account = {0};
        sbx_status status;

        set_up();
        sim_fail_allocation(n);
        status = take_of(FIRST, SETUP_OFFLINE, &account, NULL);
        sim_fail_allocation(0);
        account_pool_give_back(&account);
        if (!status)
            break;
        CU_ASSERT_FALSE(held_is(ACCOUNTS FIRST "-off.live"));
    }
    forget_names();
}

static void expect_level(enum sbx_level wanted, sbx_status status, enum sbx_level level, const char *why)
{
    struct sbx_error error = {0};
    enum sbx_level found = SBX_LEVEL_AUTO;
    char *words = NULL;

    CU_ASSERT_EQUAL(account_pool_level(SIM_USER, wanted, &found, &words, &error), status);
    CU_ASSERT_EQUAL(found, level);
    CU_ASSERT(strstr(status ? error.text : words ? words : "", why) != NULL);
    sbx_free(words);
}

static void a_level_is_what_was_asked_for_or_none(void)
{
    sim_reset();
    expect_level(SBX_LEVEL_RESTRICTED, SBX_OK, SBX_LEVEL_RESTRICTED, "");
    expect_level(SBX_LEVEL_AUTO, SBX_OK, SBX_LEVEL_RESTRICTED, "not set up for you");
    expect_level(SBX_LEVEL_ELEVATED, SBX_E_NOT_PROVISIONED, SBX_LEVEL_AUTO, "Host.Provision");
    sim_host.has_no_secondary_logon = true; /* Wine */
    expect_level(SBX_LEVEL_AUTO, SBX_OK, SBX_LEVEL_RESTRICTED, "not set up for you");
    expect_level(SBX_LEVEL_ELEVATED, SBX_E_UNSUPPORTED_HOST, SBX_LEVEL_AUTO, "secondary logon");

    set_up();
    expect_level(SBX_LEVEL_RESTRICTED, SBX_OK, SBX_LEVEL_RESTRICTED, "");
    expect_level(SBX_LEVEL_AUTO, SBX_OK, SBX_LEVEL_ELEVATED, "is set up for you");
    expect_level(SBX_LEVEL_ELEVATED, SBX_OK, SBX_LEVEL_ELEVATED, "");
    sim_host.secondary_logon_is_disabled =
        true; /* set up and unusable: auto does not go lower behind one's back */
    expect_level(SBX_LEVEL_AUTO, SBX_E_LOGON_DENIED, SBX_LEVEL_AUTO, "seclogon");
    expect_level(SBX_LEVEL_ELEVATED, SBX_E_LOGON_DENIED, SBX_LEVEL_AUTO, "seclogon");
    forget_names();
}

const struct harness_suite account_pool_suite = {
    "account_pool",
    (const struct harness_test[]){
        {"a level is what was asked for, or none", a_level_is_what_was_asked_for_or_none},
        {"a policy's network says which group", a_policy_s_network_says_which_group},
        {"an account comes with what a session needs", an_account_comes_with_what_a_session_needs},
        {"workspaces keep their accounts", workspaces_keep_their_accounts},
        {"of too many workspaces some share", of_too_many_workspaces_some_share},
        {"one live session each, until none is left", one_live_session_each_until_none_is_left},
        {"the dead hold nothing", the_dead_hold_nothing},
        {"drift is named with its repair", drift_is_named_with_its_repair},
        {"a network that does not hold is no session where it must",
         a_network_that_does_not_hold_is_no_session_where_it_must},
        {"a set-up without filters does not count as enforced",
         a_set_up_without_filters_does_not_count_as_enforced},
        {"a password that is not there says so", a_password_that_is_not_there_says_so},
        {"looking changes nothing", looking_changes_nothing},
        {"two sessions never get one account", two_sessions_never_get_one_account},
        {"of two sessions in one workspace one is refused", of_two_sessions_in_one_workspace_one_is_refused},
        {"any call may fail", any_call_may_fail},
        {"any allocation may fail", any_allocation_may_fail},
        {NULL, NULL},
    },
};
