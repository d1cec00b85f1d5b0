/*
 * setup_machine_test.c - set up, put right, looked at, taken down: whatever happens in between, the machine ends up as it
 * was or as asked, and passwords reach nobody but the user.
 */
#include "core/setup_machine.h"

#include "base/memory.h"
#include "core/fault_points.h"
#include "os/filesystem.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#define STATE    "C:\\Program Files\\sbxcom\\state"
#define JOURNAL  STATE "\\" SIM_USER ".journal"
#define HIDDEN   "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\SpecialAccounts\\UserList"
#define ACCOUNTS (SETUP_OFFLINE_ACCOUNTS + SETUP_LOOPBACK_ACCOUNTS + SETUP_ONLINE_ACCOUNTS)
#define STRIDE   23 /* of thousands of points; apply_test takes each one of a plan of every kind */
#define RULE     "sbxcom %s out"

static const struct setup_machine machine = {.state_folder = STATE};
static const struct setup_input me = {.user_sid = SIM_USER};
static const struct setup_input other = {.user_sid = SIM_OTHER_USER};

static struct credentials credentials; /* of the last provisioning or repair */
static struct sim_snapshot *clean;
static char *off1, *off_group,
    *rule_name; /* names of SIM_USER's first account, its group and that one's first rule */

static void forget(void)
{
    credentials_free(&credentials);
    sim_snapshot_free(clean);
    clean = NULL;
    sbx_free(off1);
    sbx_free(off_group);
    sbx_free(rule_name);
    off1 = off_group = rule_name = NULL;
}

static void fresh_machine(void)
{
    struct sbx_buffer rule = SBX_BUFFER_EMPTY;

    forget();
    sim_reset();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    clean = sim_snapshot(NULL);
    off1 = setup_account_name(SIM_USER, SETUP_OFFLINE, 1);
    off_group = setup_group_name(SIM_USER, SETUP_OFFLINE);
    buffer_append_format(&rule, RULE, off_group);
    rule_name = buffer_take(&rule, NULL);
}

static void expect_clean(void)
{
    struct sim_snapshot *now = sim_snapshot(NULL);
    const char *difference = sim_snapshot_difference(clean, now);

    CU_ASSERT_PTR_NULL(difference);
    if (difference)
        printf("    %s\n", difference);
    sim_snapshot_free(now);
}

static sbx_status provision_as(const struct setup_input *input, struct sbx_error *error)
{
    struct credentials made = {0};
    sbx_status status = setup_provision(&machine, input, &made, error);

    if (!status) {
        credentials_free(&credentials);
        credentials = made;
    } else
        CU_ASSERT_PTR_NULL(made.items);
    return status;
}

static sbx_status provision(void)
{
    return provision_as(&me, NULL);
}

static sbx_status repair_with(struct findings *healed, struct sbx_error *error)
{
    struct credentials made = {0};
    sbx_status status = setup_repair(&machine, SIM_USER, &made, healed, error);

    if (!status) {
        credentials_free(&credentials);
        credentials = made;
    }
    return status;
}

static sbx_status repair(void)
{
    struct findings healed = {NULL, 0};
    sbx_status status = repair_with(&healed, NULL);

    findings_free(&healed);
    return status;
}

static sbx_status take_down(void)
{
    return setup_deprovision(&machine, NULL, false, NULL);
}

/* Every account of the user logs on with the password that was handed over, and is where it belongs. */
static void expect_whole(const char *user_sid, size_t accounts)
{
    struct setup_look look;

    CU_ASSERT_EQUAL(credentials.count, accounts);
    CU_ASSERT_STRING_EQUAL(credentials.user_sid, user_sid);
    for (size_t i = 0; i < credentials.count; i++)
        CU_ASSERT_EQUAL(sim_logon_error(credentials.items[i].account, credentials.items[i].password), 0);
    CU_ASSERT_EQUAL_FATAL(setup_look(user_sid, &look, NULL), SBX_OK);
    CU_ASSERT(look.provisioned);
    CU_ASSERT(findings_meet(&look.findings));
    CU_ASSERT_EQUAL(look.count, accounts);
    for (size_t i = 0; i < look.count; i++)
        CU_ASSERT_EQUAL(look.accounts[i].trouble, 0);
    for (size_t i = 0; i < look.findings.count; i++) {
        CU_ASSERT_EQUAL(look.findings.items[i].assurance, SBX_ENFORCED);
        if (look.findings.items[i].assurance != SBX_ENFORCED)
            printf("    %s: %s\n", look.findings.items[i].domain, look.findings.items[i].detail);
    }
    setup_look_free(&look);
}

static void what_is_set_up_is_whole_and_goes_without_a_trace(void)
{
    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    expect_whole(SIM_USER, ACCOUNTS);
    printf("    set up: %zu accounts and groups, %zu rules, %zu filters\n", sim_account_count() - 6,
           sim_rule_count(), sim_filter_count());
    CU_ASSERT(sim_exists(JOURNAL) && sim_has_key("SOFTWARE\\sbxcom\\users"));
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    expect_clean();
    CU_ASSERT_EQUAL(take_down(), SBX_OK); /* nothing there is fine */
    expect_clean();
    forget();
}

static void second_provisioning_changes_nothing_but_passwords(void)
{
    struct credentials before;
    char sid[64];

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    before = credentials;
    memset(&credentials, 0, sizeof credentials);
    snprintf(sid, sizeof sid, "%s", sim_account_sid(off1));
    CU_ASSERT_EQUAL(provision(), SBX_OK);
    expect_whole(SIM_USER, ACCOUNTS);
    CU_ASSERT_STRING_EQUAL(sim_account_sid(off1), sid);
    CU_ASSERT_EQUAL(sim_logon_error(off1, credentials_find(&before, off1)), 1326);
    credentials_free(&before);
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    expect_clean();
    forget();
}

static void more_accounts_are_added_and_too_many_refused(void)
{
    struct setup_input more = {.user_sid = SIM_USER, .offline_accounts = 5};
    char sid[64];

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    snprintf(sid, sizeof sid, "%s", sim_account_sid(off1));
    CU_ASSERT_EQUAL(provision_as(&more, NULL), SBX_OK);
    expect_whole(SIM_USER, ACCOUNTS + 2);
    CU_ASSERT_STRING_EQUAL(sim_account_sid(off1), sid);
    CU_ASSERT_EQUAL(provision(), SBX_OK); /* and fewer again */
    expect_whole(SIM_USER, ACCOUNTS);
    more.offline_accounts = SETUP_MOST_ACCOUNTS + 1;
    CU_ASSERT_EQUAL(provision_as(&more, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    expect_clean();
    forget();
}

/* Drift. */

static void drift_delete_account(void)
{
    sim_delete_account(off1);
}
static void drift_disable(void)
{
    sim_set_account_flags(off1,
                          ACCOUNT_DISABLED | ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD);
}
static void drift_lock_out(void)
{
    sim_set_account_flags(off1, ACCOUNT_LOCKED_OUT | ACCOUNT_PASSWORD_NEVER_EXPIRES |
                                    ACCOUNT_CANNOT_CHANGE_PASSWORD);
}
static void drift_expire(void)
{
    sim_set_account_flags(off1,
                          ACCOUNT_EXPIRED | ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD);
}
static void drift_expire_password(void)
{
    sim_set_account_flags(off1, ACCOUNT_PASSWORD_EXPIRED | ACCOUNT_PASSWORD_NEVER_EXPIRES |
                                    ACCOUNT_CANNOT_CHANGE_PASSWORD);
}
static void drift_flags(void)
{
    sim_set_account_flags(off1, 0);
}
static void drift_rename(void)
{
    sim_rename_account(off1, "somebody");
}
static void drift_rename_with_profile(void)
{
    sim_add_profile(sim_account_sid(off1), false);
    sim_rename_account(off1, "somebody");
}
static void drift_new_sid(void)
{
    sim_add_profile(sim_account_sid(off1), false);
    sim_change_account_sid(off1);
}
static void drift_deleted_with_profile(void)
{
    sim_add_profile(sim_account_sid(off1), false);
    sim_delete_account(off1);
}
static void drift_new_comment(void)
{
    sim_set_account_comment(off1, "somebody's");
}
static void drift_leave_group(void)
{
    sim_set_member(sim_account_sid(off_group), sim_account_sid(off1), false);
}
static void drift_leave_users(void)
{
    sim_set_member(SIM_USERS, sim_account_sid(off1), false);
}
static void drift_become_administrator(void)
{
    sim_set_member(SIM_ADMINISTRATORS, sim_account_sid(off1), true);
}
static void drift_password(void)
{
    sim_set_account_password(off1, "Another-1");
}
static void drift_delete_group(void)
{
    sim_delete_account(off_group);
}
static void drift_new_group_sid(void)
{
    sim_change_account_sid(off_group);
}
static void drift_rename_group(void)
{
    sim_rename_account(off_group, "somebodies");
}
static void drift_new_group_comment(void)
{
    sim_set_account_comment(off_group, "somebodies'");
}
static void drift_lose_right(void)
{
    sim_set_right(sim_account_sid(off_group), "SeDenyNetworkLogonRight", false);
}
static void drift_drop_rule(void)
{
    CU_ASSERT_TRUE(sim_drop_rule(rule_name));
}
static void drift_disable_rule(void)
{
    CU_ASSERT_TRUE(sim_disable_rule(rule_name));
}
static char *first_filter(void)
{
    struct sbx_strings keys = {0};
    char *key;

    CU_ASSERT_EQUAL_FATAL(wfp_list(&keys, NULL), SBX_OK);
    key = sbx_strdup(keys.items[0]);
    strings_free(&keys);
    return key;
}
static void drift_drop_filter(void)
{
    char *key = first_filter();

    CU_ASSERT_TRUE(sim_drop_filter(key));
    sbx_free(key);
}
static void drift_change_filter(void)
{
    char *key = first_filter();
    struct wfp_filter filter;
    struct wfp_change change = {.add = &filter};

    CU_ASSERT_EQUAL_FATAL(wfp_read(key, &filter, NULL), SBX_OK);
    CU_ASSERT_TRUE(sim_drop_filter(key));
    filter.permit = !filter.permit;
    CU_ASSERT_EQUAL(wfp_apply(&change, 1, NULL), SBX_OK);
    wfp_filter_free(&filter);
    sbx_free(key);
}
static void drift_show_account(void)
{
    sim_set_value_number(HIDDEN, off1, 1);
}
static void drift_forget_hidden(void)
{
    CU_ASSERT_EQUAL(registry_delete(HIDDEN, off1, "SOFTWARE", NULL), SBX_OK);
}
static void drift_binary_value(void)
{
    sim_set_value_binary(HIDDEN, off1);
}
static void drift_forget_identity(void)
{
    CU_ASSERT_EQUAL(registry_delete("SOFTWARE\\sbxcom\\identities", off1, "SOFTWARE", NULL), SBX_OK);
}
static void drift_everything(void)
{
    drift_new_sid();
    drift_new_group_sid();
    drift_disable_rule();
    drift_change_filter();
    drift_show_account();
}

static const struct drift {
    const char *name;
    void (*happens)(void);
    uint32_t trouble; /* of the account; 0: other findings tell, if anything does */
    bool unseen;      /* nobody can see it by looking */
} drifts[] = {
    {"account deleted", drift_delete_account, SETUP_MISSING, false},
    {"account disabled", drift_disable, SETUP_DISABLED, false},
    {"account locked out", drift_lock_out, SETUP_LOCKED_OUT, false},
    {"account expired", drift_expire, SETUP_EXPIRED, false},
    {"password expired", drift_expire_password, SETUP_PASSWORD_EXPIRED, false},
    {"account's flags changed", drift_flags, SETUP_FLAGS, false},
    {"account renamed", drift_rename, SETUP_RENAMED, false},
    {"account with a profile renamed", drift_rename_with_profile, SETUP_RENAMED, false},
    {"account made again", drift_new_sid, SETUP_NEW_SID, false},
    {"account deleted and its profile left", drift_deleted_with_profile, SETUP_MISSING, false},
    {"account's comment changed", drift_new_comment, 0, true},
    {"account out of its group", drift_leave_group, SETUP_NOT_IN_GROUP, false},
    {"account out of Users", drift_leave_users, SETUP_NOT_IN_USERS, false},
    {"account made an administrator", drift_become_administrator, SETUP_ADMINISTRATOR, false},
    {"password changed", drift_password, 0, true},
    {"group deleted", drift_delete_group, SETUP_NOT_IN_GROUP, false},
    {"group made again", drift_new_group_sid, SETUP_NOT_IN_GROUP, false},
    {"group renamed", drift_rename_group, SETUP_NOT_IN_GROUP, false},
    {"group's comment changed", drift_new_group_comment, 0, true},
    {"right taken away", drift_lose_right, 0, false},
    {"rule deleted", drift_drop_rule, 0, false},
    {"rule disabled", drift_disable_rule, 0, false},
    {"filter deleted", drift_drop_filter, 0, false},
    {"filter turned around", drift_change_filter, 0, false},
    {"account shown", drift_show_account, 0, false},
    {"value deleted", drift_forget_hidden, 0, false},
    {"value of another type", drift_binary_value, 0, false},
    {"recorded SID deleted", drift_forget_identity, SETUP_NEW_SID, false},
    {"everything at once", drift_everything, SETUP_NEW_SID | SETUP_NOT_IN_GROUP | SETUP_NOT_IN_USERS, false},
};
#define DRIFT_COUNT (sizeof drifts / sizeof drifts[0])

static void drifted_machine(const struct drift *drift)
{
    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    drift->happens();
}

/* Before Repair: seen, and the right account named. */
static void expect_seen(const struct drift *drift)
{
    struct setup_look look;

    CU_ASSERT_EQUAL_FATAL(setup_look(SIM_USER, &look, NULL), SBX_OK);
    CU_ASSERT_EQUAL(findings_meet(&look.findings), drift->unseen);
    for (size_t i = 0; i < look.count; i++)
        if (strcmp(look.accounts[i].name, off1) == 0)
            CU_ASSERT_EQUAL(look.accounts[i].trouble & drift->trouble, drift->trouble);
    setup_look_free(&look);
}

static void every_drift_is_seen_and_healed(void)
{
    for (size_t i = 0; i < DRIFT_COUNT; i++) {
        unsigned failures = CU_get_number_of_failures();
        struct findings healed = {NULL, 0};
        struct sbx_error error = {0};

        drifted_machine(&drifts[i]);
        expect_seen(&drifts[i]);
        CU_ASSERT_EQUAL(repair_with(&healed, &error), SBX_OK);
        CU_ASSERT(drifts[i].unseen || healed.count > 0);
        expect_whole(SIM_USER, ACCOUNTS);
        CU_ASSERT_EQUAL(take_down(), SBX_OK);
        expect_clean();
        findings_free(&healed);
        if (CU_get_number_of_failures() > failures)
            printf("    %s: %s\n", drifts[i].name, error.text);
    }
    printf("    drifts healed: %zu\n", DRIFT_COUNT);
    forget();
}

static void every_drift_is_healed_by_another_provisioning(void)
{
    for (size_t i = 0; i < DRIFT_COUNT; i++) {
        unsigned failures = CU_get_number_of_failures();

        drifted_machine(&drifts[i]);
        CU_ASSERT_EQUAL(provision(), SBX_OK);
        expect_whole(SIM_USER, ACCOUNTS);
        if (CU_get_number_of_failures() > failures)
            printf("    %s\n", drifts[i].name);
    }
    forget();
}

static void every_drift_goes_without_a_trace(void)
{
    for (size_t i = 0; i < DRIFT_COUNT; i++) {
        unsigned failures = CU_get_number_of_failures();

        drifted_machine(&drifts[i]);
        CU_ASSERT_EQUAL(take_down(), SBX_OK);
        expect_clean();
        if (CU_get_number_of_failures() > failures)
            printf("    %s\n", drifts[i].name);
    }
    printf("    drifts taken down: %zu\n", DRIFT_COUNT);
    forget();
}

static void renamed_account_keeps_its_sid(void)
{
    char sid[64];

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    snprintf(sid, sizeof sid, "%s", sim_account_sid(off1));
    drift_rename();
    CU_ASSERT_EQUAL(repair(), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sim_account_sid(off1), sid);
    forget();
}

static void repair_of_nothing_says_so(void)
{
    struct sbx_error error = {0};
    struct findings healed = {NULL, 0};

    fresh_machine();
    CU_ASSERT_EQUAL(repair_with(&healed, &error), SBX_E_NOT_PROVISIONED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Provision"));
    expect_clean();
    forget();
}

/* Interrupted everywhere. */

static sbx_status recover_by_taking_down(void)
{
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    return take_down();
}

static sbx_status recover_by_provisioning(void)
{
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    return provision();
}

static void inspect_down(sbx_status status, int recovered)
{
    (void)status;
    if (recovered)
        expect_clean();
}

static void inspect_whole(sbx_status status, int recovered)
{
    (void)status;
    if (recovered)
        expect_whole(SIM_USER, ACCOUNTS);
}

static void set_up_machine(void)
{
    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
}

static void machine_with_drift(void)
{
    set_up_machine();
    drift_everything();
}

static sbx_status provision_few(void)
{
    static const struct setup_input few = {.user_sid = SIM_USER, .offline_accounts = 1};

    return provision_as(&few, NULL);
}

static void whatever_interrupts_it_taking_down_leaves_nothing(void)
{
    static const struct fault_scene scenes[] = {
        {"provisioning, taken down", false, STRIDE, fresh_machine, provision_few, recover_by_taking_down,
         inspect_down},
        {"repairing, taken down", false, STRIDE, machine_with_drift, repair, recover_by_taking_down,
         inspect_down},
        {"taking down, taken down", false, STRIDE, set_up_machine, take_down, recover_by_taking_down,
         inspect_down},
    };

    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        fault_points(&scenes[i]);
    forget();
}

static void whatever_interrupts_it_provisioning_makes_it_whole(void)
{
    static const struct fault_scene scenes[] = {
        {"provisioning, provisioned", false, STRIDE, fresh_machine, provision_few, recover_by_provisioning,
         inspect_whole},
        {"taking down, provisioned", false, STRIDE, set_up_machine, take_down, recover_by_provisioning,
         inspect_whole},
    };

    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        fault_points(&scenes[i]);
    forget();
}

/* A failure that leaves the power on is taken back by the call itself. */
static void failure_is_taken_back_at_once(void)
{
    size_t points = 0, clean_points = 0;

    for (size_t n = 1;; n += 5) {
        struct sim_snapshot *now;
        sbx_status status;

        fresh_machine();
        sim_fail_call(n);
        status = provision_few();
        if (sim_call_count() < n) {
            sim_fail_call(0);
            break;
        }
        sim_fail_call(0);
        points++;
        if (!status)
            continue;
        now = sim_snapshot(NULL);
        clean_points += !sim_snapshot_difference(clean, now);
        sim_snapshot_free(now);
        CU_ASSERT_EQUAL(sim_account_count(), 6);
        CU_ASSERT_EQUAL(sim_rule_count() + sim_filter_count(), 0);
        CU_ASSERT_EQUAL(take_down(), SBX_OK);
        expect_clean();
    }
    printf("    failing calls: %zu, of them %zu left no trace at once\n", points, clean_points);
    CU_ASSERT(points > 50);
    forget();
}

/* More than one user, and whoever elevates. */

static void users_of_one_machine_never_meet(void)
{
    struct credentials mine;

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    mine = credentials;
    memset(&credentials, 0, sizeof credentials);
    CU_ASSERT_EQUAL_FATAL(provision_as(&other, NULL), SBX_OK);
    expect_whole(SIM_OTHER_USER, ACCOUNTS);
    for (size_t i = 0; i < credentials.count; i++)
        CU_ASSERT_PTR_NULL(credentials_find(&mine, credentials.items[i].account));
    for (size_t i = 0; i < mine.count; i++)
        CU_ASSERT_EQUAL(sim_logon_error(mine.items[i].account, mine.items[i].password), 0);

    CU_ASSERT_EQUAL(setup_deprovision(&machine, SIM_USER, false, NULL), SBX_OK);
    expect_whole(SIM_OTHER_USER, ACCOUNTS);
    CU_ASSERT_EQUAL(sim_account_count(), 6 + 3 + ACCOUNTS);
    credentials_free(&credentials);
    credentials = mine;
    CU_ASSERT_EQUAL(provision(), SBX_OK);
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    expect_clean();
    forget();
}

/* Over the shoulder: a standard user, an administrator's token. What is made is the user's. */
static void over_the_shoulder_it_is_the_callers(void)
{
    struct credentials kept = {0};

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision_as(&other, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(credentials.user_sid, SIM_OTHER_USER);
    sim_call_as(sim_token_of(SIM_OTHER_ORDINARY_USER));
    sim_add_folder("C:\\Users\\other\\AppData\\Local\\sbxcom");
    CU_ASSERT_EQUAL(credentials_keep("C:\\Users\\other\\AppData\\Local\\sbxcom", &credentials, NULL), SBX_OK);
    CU_ASSERT_EQUAL(credentials_load("C:\\Users\\other\\AppData\\Local\\sbxcom", NULL, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL(kept.count, ACCOUNTS);
    credentials_free(&kept);

    /* The administrator who typed his password keeps none of it, and cannot: they are not his. */
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL(credentials_keep("C:\\Users\\me\\AppData\\Local\\sbxcom", &credentials, NULL),
                    SBX_E_CREDENTIAL);
    forget();
}

static void nobody_but_an_administrator_changes_anything(void)
{
    struct findings healed = {NULL, 0};
    struct plan plan = {0};
    struct sbx_error error = {0};

    fresh_machine();
    sim_call_as(NULL);
    CU_ASSERT_NOT_EQUAL(provision_as(&me, &error), SBX_OK);
    CU_ASSERT_NOT_EQUAL(repair_with(&healed, NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(take_down(), SBX_OK);
    CU_ASSERT_NOT_EQUAL(setup_dry_run(&machine, &me, &plan, NULL), SBX_OK);
    expect_clean();
    forget();
}

static void user_that_is_none_is_refused(void)
{
    static const char *const users[] = {NULL, "", "me", "S-1-5-18", "S-1-5-32-544", "S-1-1-0"};
    struct setup_input input = {0};
    char sid[64];

    fresh_machine();
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        input.user_sid = users[i];
        CU_ASSERT_EQUAL(provision_as(&input, NULL), SBX_E_ARGUMENT);
    }
    expect_clean();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    snprintf(sid, sizeof sid, "%s", sim_account_sid(off1));
    input.user_sid = sid;
    CU_ASSERT_EQUAL(provision_as(&input, NULL), SBX_E_SETUP_CALLER);
    expect_whole(SIM_USER, ACCOUNTS);
    forget();
}

/* Hosts. */

static void policy_that_neutralizes_rules_is_named_before_anything_is_changed(void)
{
    for (int i = 0; i < 2; i++) {
        struct sbx_error error = {0};

        fresh_machine();
        sim_host.firewall_is_overridden = i == 0;
        sim_host.firewall_is_off = i == 1;
        CU_ASSERT_EQUAL(provision_as(&me, &error), SBX_E_FIREWALL_INEFFECTIVE);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, i == 0 ? "Group policy" : "off"));
        expect_clean();
    }
    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    sim_host.firewall_is_overridden = true;
    {
        struct setup_look look;

        CU_ASSERT_EQUAL_FATAL(setup_look(SIM_USER, &look, NULL), SBX_OK);
        CU_ASSERT_FALSE(findings_meet(&look.findings));
        CU_ASSERT_EQUAL(findings_find(&look.findings, "firewall")->assurance, SBX_ABSENT);
        setup_look_free(&look);
    }
    CU_ASSERT_EQUAL(take_down(), SBX_OK); /* that needs no firewall */
    expect_clean();
    forget();
}

static unsigned calls_until_overridden;

static void override_late(void *context, size_t call)
{
    (void)context;
    if (call == calls_until_overridden)
        sim_host.firewall_is_overridden = true;
}

/* Group policy comes while it is set up. */
static void policy_that_comes_in_between_is_found_out(void)
{
    unsigned refused = 0;

    for (calls_until_overridden = 1;; calls_until_overridden += 31) {
        sbx_status status;

        fresh_machine();
        sim_at_call(override_late, NULL);
        status = provision_few();
        sim_at_call(NULL, NULL);
        if (!sim_host.firewall_is_overridden)
            break;
        CU_ASSERT_EQUAL(status, SBX_E_FIREWALL_INEFFECTIVE);
        expect_clean();
        refused++;
    }
    CU_ASSERT(refused > 10);
    forget();
}

static void strict_password_policies_are_satisfied(void)
{
    static const struct {
        uint32_t least, refuses;
        sbx_status status;
    } policies[] = {
        {14, 0, SBX_OK}, {40, 0, SBX_OK}, {100, 0, SBX_OK},           {127, 0, SBX_OK},
        {0, 3, SBX_OK},  {20, 5, SBX_OK}, {0, 6, SBX_E_SETUP_FAILED}, {128, 0, SBX_E_SETUP_FAILED},
    };

    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct sbx_error error = {0};

        fresh_machine();
        sim_host.least_password = policies[i].least;
        sim_host.refuses_passwords = policies[i].refuses;
        sim_host.wants_complex_passwords = true;
        CU_ASSERT_EQUAL(provision_as(&me, &error), policies[i].status);
        sim_host.refuses_passwords = 0;
        if (policies[i].status) {
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "password policy"));
            expect_clean();
        } else {
            expect_whole(SIM_USER, ACCOUNTS);
            CU_ASSERT_EQUAL(repair(), SBX_OK);
            expect_whole(SIM_USER, ACCOUNTS);
        }
        CU_ASSERT_EQUAL(take_down(), SBX_OK);
        expect_clean();
    }
    forget();
}

static void built_in_groups_may_have_any_name(void)
{
    fresh_machine();
    sim_speak_german();
    sim_snapshot_free(clean);
    clean = sim_snapshot(NULL);
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    expect_whole(SIM_USER, ACCOUNTS);
    drift_become_administrator();
    drift_leave_users();
    CU_ASSERT_EQUAL(repair(), SBX_OK);
    expect_whole(SIM_USER, ACCOUNTS);
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    expect_clean();
    forget();
}

static void host_without_filters_is_refused_unless_told_so(void)
{
    static const struct setup_input without = {.user_sid = SIM_USER, .without_filters = true};
    struct sbx_error error = {0};
    struct setup_look look;

    fresh_machine();
    sim_host.has_no_wfp = true;
    CU_ASSERT_EQUAL(provision_as(&me, &error), SBX_E_UNSUPPORTED_HOST);
    expect_clean();
    CU_ASSERT_EQUAL_FATAL(provision_as(&without, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(setup_look(SIM_USER, &look, NULL), SBX_OK);
    CU_ASSERT_EQUAL(findings_find(&look.findings, "filters")->assurance, SBX_ABSENT);
    setup_look_free(&look);
    CU_ASSERT_EQUAL(repair(), SBX_OK);
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    expect_clean();
    forget();
}

static void host_that_keeps_nothing_is_found_out(void)
{
    for (unsigned i = 0; i < 7; i++) {
        struct sbx_error error = {0};

        fresh_machine();
        sim_host.drops_accounts = i == 0;
        sim_host.drops_members = i == 1;
        sim_host.drops_rights = i == 2;
        sim_host.drops_firewall_rules = i == 3;
        sim_host.drops_filters = i == 4;
        sim_host.drops_values = i == 5;
        sim_host.drops_acl_entries = i == 6; /* the journal would lie where anybody writes */
        CU_ASSERT_EQUAL(provision_as(&me, &error), SBX_E_NOT_ENFORCED);
        expect_clean();
    }
    forget();
}

static void names_of_strangers_are_neither_adopted_nor_taken(void)
{
    static const char *const comments[] = {"somebody's", "", ("sbxcom: sandbox account of " SIM_OTHER_USER)};

    for (size_t i = 0; i < sizeof comments / sizeof comments[0] * 2; i++) {
        struct sbx_error error = {0};
        char sid[64];

        fresh_machine();
        if (i % 2)
            sim_add_group(off_group, comments[i / 2]);
        else
            sim_add_account(off1, comments[i / 2]);
        snprintf(sid, sizeof sid, "%s", sim_account_sid(i % 2 ? off_group : off1));
        sim_snapshot_free(clean);
        clean = sim_snapshot(NULL);
        CU_ASSERT_EQUAL(provision_as(&me, &error), SBX_E_ACCOUNT_DRIFT);
        expect_clean();
        CU_ASSERT_EQUAL(setup_deprovision(&machine, SIM_USER, true, NULL), SBX_OK);
        expect_clean();
    }

    /* One that takes the name of an account which was deleted. */
    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    sim_delete_account(off1);
    sim_add_account(off1, "somebody's");
    CU_ASSERT_EQUAL(repair(), SBX_E_ACCOUNT_DRIFT);
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(sim_account_sid(off1));
    CU_ASSERT_EQUAL(sim_account_count(), 6 + 1);
    sim_delete_account(off1);
    expect_clean();
    forget();
}

/* Journals. */

static void damage_journal(void)
{
    sim_set_contents(JOURNAL, "00000000 2 {}\n00000000 2 {}\n");
}

static void lose_journal(void)
{
    sim_remove(JOURNAL);
}

static void lost_journal_is_said_and_swept_when_told(void)
{
    static void (*const losses[])(void) = {damage_journal, lose_journal};

    for (size_t i = 0; i < 2; i++) {
        struct sbx_error error = {0};

        fresh_machine();
        CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
        losses[i]();
        CU_ASSERT_EQUAL(setup_deprovision(&machine, NULL, false, &error), SBX_E_JOURNAL);
        CU_ASSERT_EQUAL(setup_deprovision(&machine, NULL, true, NULL), SBX_OK);
        expect_clean();
    }
    forget();
}

static void password_is_in_nothing_that_lasts_but_the_account(void)
{
    struct sbx_strings names = {0};
    const char *journal;

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    journal = sim_contents(JOURNAL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(journal);
    for (size_t i = 0; i < credentials.count; i++)
        CU_ASSERT_PTR_NULL(strstr(journal, credentials.items[i].password));
    CU_ASSERT_EQUAL(folder_list(STATE, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL(names.count, 1);
    strings_free(&names);
    forget();
}

static void dry_run_tells_all_steps_and_takes_none(void)
{
    struct plan plan = {0};
    size_t done = 0;

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(setup_dry_run(&machine, &me, &plan, NULL), SBX_OK);
    CU_ASSERT(plan.count > 40);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_PLANNED);
    plan_free(&plan);
    expect_clean();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(setup_dry_run(&machine, &me, &plan, NULL), SBX_OK);
    for (size_t i = 0; i < plan.count; i++)
        done += plan.steps[i].state == STEP_DONE;
    CU_ASSERT_EQUAL(done, plan.count);
    plan_free(&plan);
    forget();
}

/* Side by side. */

static sbx_status second_status;
static bool second_ran;

static void another_set_up(void *context, size_t call)
{
    struct credentials made = {0};

    (void)context;
    if (call != 60)
        return;
    sim_actor(1);
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    second_ran = true;
    second_status = setup_provision(&machine, &other, &made, NULL);
    credentials_free(&made);
}

static void one_set_up_at_a_time(void)
{
    fresh_machine();
    second_ran = false;
    sim_at_call(another_set_up, NULL);
    CU_ASSERT_EQUAL(provision(), SBX_OK);
    sim_at_call(NULL, NULL);
    CU_ASSERT_TRUE(second_ran);
    CU_ASSERT_EQUAL(second_status, SBX_E_TIMEOUT);
    expect_whole(SIM_USER, ACCOUNTS);
    forget();
}

static void profile_in_use_stops_taking_down_and_says_so(void)
{
    struct sbx_error error = {0};

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    sim_add_profile(sim_account_sid(off1), true);
    CU_ASSERT_EQUAL(setup_deprovision(&machine, NULL, false, &error), SBX_E_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "profile"));
    sim_add_profile(sim_account_sid(off1), false);
    CU_ASSERT_EQUAL(take_down(), SBX_OK);
    expect_clean();
    forget();
}

/* Looking. */

static void anybody_may_look_and_is_told_what_he_cannot_see(void)
{
    struct setup_look look;
    struct sbx_buffer json = SBX_BUFFER_EMPTY;

    fresh_machine();
    sim_call_as(NULL);
    CU_ASSERT_EQUAL_FATAL(setup_look(SIM_USER, &look, NULL), SBX_OK);
    CU_ASSERT_FALSE(look.provisioned);
    CU_ASSERT_TRUE(findings_meet(&look.findings));
    setup_look_free(&look);
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL_FATAL(provision(), SBX_OK);
    sim_call_as(NULL);
    CU_ASSERT_EQUAL_FATAL(setup_look(SIM_USER, &look, NULL), SBX_OK);
    CU_ASSERT_TRUE(look.provisioned);
    CU_ASSERT_TRUE(findings_meet(&look.findings));
    CU_ASSERT_EQUAL(findings_find(&look.findings, "accounts")->assurance, SBX_ENFORCED);
    CU_ASSERT_EQUAL(findings_find(&look.findings, "logonRights")->assurance, SBX_ADVISORY);
    CU_ASSERT_EQUAL(findings_find(&look.findings, "filters")->assurance, SBX_ADVISORY);
    setup_look_write_json(&look, SIM_USER, &json);
    CU_ASSERT_FALSE(buffer_failed(&json));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&json), "\"provisioned\":true"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&json), "\"state\":[\"ok\"]"));
    buffer_free(&json);
    setup_look_free(&look);
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    forget();
}

const struct harness_suite setup_machine_suite = {
    "setup_machine",
    (const struct harness_test[]){
        {"what is set up is whole, and goes without a trace",
         what_is_set_up_is_whole_and_goes_without_a_trace},
        {"a second provisioning changes nothing but passwords",
         second_provisioning_changes_nothing_but_passwords},
        {"more accounts are added, and too many refused", more_accounts_are_added_and_too_many_refused},
        {"every drift is seen and healed", every_drift_is_seen_and_healed},
        {"every drift is healed by another provisioning", every_drift_is_healed_by_another_provisioning},
        {"every drift goes without a trace", every_drift_goes_without_a_trace},
        {"a renamed account keeps its SID", renamed_account_keeps_its_sid},
        {"repair of nothing says so", repair_of_nothing_says_so},
        {"whatever interrupts it, taking down leaves nothing",
         whatever_interrupts_it_taking_down_leaves_nothing},
        {"whatever interrupts it, provisioning makes it whole",
         whatever_interrupts_it_provisioning_makes_it_whole},
        {"a failure is taken back at once", failure_is_taken_back_at_once},
        {"users of one machine never meet", users_of_one_machine_never_meet},
        {"over the shoulder it is the caller's", over_the_shoulder_it_is_the_callers},
        {"nobody but an administrator changes anything", nobody_but_an_administrator_changes_anything},
        {"a user that is none is refused", user_that_is_none_is_refused},
        {"policy that neutralizes rules is named before anything is changed",
         policy_that_neutralizes_rules_is_named_before_anything_is_changed},
        {"policy that comes in between is found out", policy_that_comes_in_between_is_found_out},
        {"strict password policies are satisfied", strict_password_policies_are_satisfied},
        {"built-in groups may have any name", built_in_groups_may_have_any_name},
        {"a host without filters is refused unless told so", host_without_filters_is_refused_unless_told_so},
        {"a host that keeps nothing is found out", host_that_keeps_nothing_is_found_out},
        {"names of strangers are neither adopted nor taken",
         names_of_strangers_are_neither_adopted_nor_taken},
        {"a lost journal is said, and swept when told", lost_journal_is_said_and_swept_when_told},
        {"a password is in nothing that lasts but the account",
         password_is_in_nothing_that_lasts_but_the_account},
        {"a dry run tells all steps and takes none", dry_run_tells_all_steps_and_takes_none},
        {"one set-up at a time", one_set_up_at_a_time},
        {"a profile in use stops taking down, and says so", profile_in_use_stops_taking_down_and_says_so},
        {"anybody may look, and is told what he cannot see", anybody_may_look_and_is_told_what_he_cannot_see},
        {NULL, NULL},
    },
};
