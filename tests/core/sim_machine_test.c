/*
 * sim_machine_test.c - the simulated machine: accounts, groups, rights, rules, filters, values and logons
 * behave as Windows' do.
 */
#include "base/memory.h"
#include "os/credential.h"
#include "os/lock.h"
#include "os/process.h"
#include "sim/logon.h"
#include "sim/machine.h"
#include "sim/oracle.h"
#include "support/harness.h"

#include <string.h>

#define KEY "SOFTWARE\\sbxcom\\Users\\one"

static void begin(void)
{
    sim_reset();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
}

static struct firewall_rule a_rule(void)
{
    return (struct firewall_rule){(char *)"Sbx-1", (char *)"sbxcom",
                                  (char *)"text",  (char *)"O:LSD:(A;;CC;;;S-1-5-21-1-2-3-4)",
                                  FIREWALL_OUT,    6,
                                  (char *)"*",     (char *)"1-5",
                                  false,           true};
}

static struct wfp_filter a_filter(const char *key, uint8_t weight, bool permit)
{
    struct wfp_filter filter = {.name = (char *)"filter",
                                .layer = WFP_CONNECT,
                                .permit = permit,
                                .weight = weight,
                                .user_sid = (char *)"S-1-5-21-1-2-3-4"};

    snprintf(filter.key, sizeof filter.key, "%s", key);
    return filter;
}
#define KEY_1 "11111111-1111-1111-1111-111111111111"
#define KEY_2 "22222222-2222-2222-2222-222222222222"

/* One of each, as an elevated server might. */
static sbx_status set_up(void)
{
    struct firewall_rule rule = a_rule();
    struct wfp_filter filters[] = {a_filter(KEY_1, 1, false), a_filter(KEY_2, 2, true)};
    struct wfp_change changes[] = {{&filters[0], NULL}, {&filters[1], NULL}};
    sbx_status status = group_create("SbxOff", "ours", NULL);

    if (!status)
        status = right_add(sim_account_sid("SbxOff"), "SeDenyNetworkLogonRight", NULL);
    if (!status)
        status = firewall_add(&rule, NULL);
    if (!status)
        status = wfp_apply(changes, 2, NULL);
    if (!status)
        status = account_create("Sbx-off1", "Secret-0123", "ours", ACCOUNT_PASSWORD_NEVER_EXPIRES, NULL);
    if (!status)
        status = group_add_member(sim_account_sid("SbxOff"), sim_account_sid("Sbx-off1"), NULL);
    if (!status)
        status = registry_write_text(KEY, "name", "text", NULL);
    if (!status)
        status = registry_write_number(KEY, "number", 7, NULL);
    return status;
}

/* Whatever of it is there. */
static void take_down(void)
{
    struct wfp_change changes[] = {{NULL, KEY_1}, {NULL, KEY_2}};

    (void)registry_delete(KEY, "number", "SOFTWARE", NULL);
    (void)registry_delete(KEY, "name", "SOFTWARE", NULL);
    (void)account_delete("Sbx-off1", NULL);
    (void)wfp_apply(changes, 2, NULL);
    (void)firewall_remove("Sbx-1", NULL);
    if (sim_account_sid("SbxOff"))
        (void)right_remove(sim_account_sid("SbxOff"), "SeDenyNetworkLogonRight", NULL);
    (void)group_delete("SbxOff", NULL);
}

static void what_was_set_up_is_taken_down_to_the_last_byte(void)
{
    struct sim_snapshot *before, *between, *after;

    begin();
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL(set_up(), SBX_OK);
    between = sim_snapshot(NULL);
    CU_ASSERT_PTR_NOT_NULL(sim_snapshot_difference(before, between));
    CU_ASSERT(sim_has_provider());
    take_down();
    after = sim_snapshot(NULL);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
    sim_snapshot_free(before);
    sim_snapshot_free(between);
    sim_snapshot_free(after);
}

/*
 * Before each change nothing of it is there, after it all: so the worlds after n changes are all there are.
 */
static void a_power_cut_leaves_what_was_changed_before_it(void)
{
    size_t changes;

    begin();
    sim_cut_power(0, SIM_CUT_BEFORE);
    CU_ASSERT_EQUAL(set_up(), SBX_OK);
    changes = sim_change_count();
    CU_ASSERT(changes >= 10);
    for (size_t n = 1; n < changes; n++) {
        struct sim_snapshot *after_n, *before_next;

        begin();
        sim_cut_power(n, SIM_CUT_AFTER);
        CU_ASSERT_NOT_EQUAL(set_up(), SBX_OK);
        sim_reboot(SIM_UNFLUSHED_LOST);
        after_n = sim_snapshot(NULL);
        begin();
        sim_cut_power(n + 1, SIM_CUT_BEFORE);
        CU_ASSERT_NOT_EQUAL(set_up(), SBX_OK);
        sim_reboot(SIM_UNFLUSHED_LOST);
        before_next = sim_snapshot(NULL);
        CU_ASSERT_PTR_NULL(sim_snapshot_difference(after_n, before_next));
        sim_snapshot_free(after_n);
        sim_snapshot_free(before_next);
    }
}

static void every_call_fails_in_its_turn_and_changes_nothing_then(void)
{
    size_t nth = 0;
    sbx_status status;

    do {
        begin();
        sim_fail_call(++nth);
        status = set_up();
        CU_ASSERT(status == SBX_OK || status == SBX_E_SYSTEM);
        CU_ASSERT(status == SBX_OK || sim_call_count() == nth);
    } while (status);
    CU_ASSERT(nth > 12);
}

static void nobody_but_an_administrator_changes_the_machine(void)
{
    struct firewall_rule rule = a_rule();
    struct sbx_strings rights = {0};
    struct sbx_error error = {0};

    sim_reset();
    CU_ASSERT_EQUAL(account_create("a", "b", "c", 0, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 5);
    CU_ASSERT_EQUAL(group_create("a", "c", NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(right_add("S-1-1-0", "SeDenyNetworkLogonRight", NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(right_list("S-1-1-0", &rights, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(firewall_add(&rule, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(wfp_apply(NULL, 0, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(registry_write_number(KEY, "a", 1, NULL), SBX_E_SYSTEM);
}

static void names_are_taken_once_and_groups_are_found_by_sid(void)
{
    struct sbx_strings members = {0};
    struct account_facts facts = {0};

    begin();
    sim_speak_german();
    sim_add_account("taken", "somebody else's");
    CU_ASSERT_EQUAL(account_create("TAKEN", "x", "ours", 0, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(group_create("taken", "ours", NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(account_create("123456789012345678901", "x", "", 0, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(group_read("Users", &facts, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(group_read("Benutzer", &facts, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(facts.sid, SIM_USERS);
    account_facts_free(&facts);
    CU_ASSERT_EQUAL(group_add_member(SIM_USERS, sim_account_sid("taken"), NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_members(SIM_USERS, &members, NULL), SBX_OK);
    CU_ASSERT_EQUAL(members.count, 5);
    strings_free(&members);
    CU_ASSERT_EQUAL(group_add_member(SIM_USERS, "S-1-5-21-9-9-9-9", NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(group_delete("Benutzer", NULL), SBX_E_SYSTEM);
}

static void passwords_keep_to_the_hosts_policy(void)
{
    struct sbx_error error = {0};

    begin();
    sim_host.least_password = 12;
    sim_host.wants_complex_passwords = true;
    CU_ASSERT_EQUAL(account_create("a", "Short-1", "", 0, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 2245);
    CU_ASSERT_EQUAL(account_create("a", "longbutplainlyplain", "", 0, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(account_create("a", "Long-enough-0", "", 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_set_password("a", "short", NULL), SBX_E_SYSTEM);
}

/* Wine's way: success everywhere, and nothing reads back. */
static void a_host_that_keeps_nothing_says_success(void)
{
    struct account_facts facts;
    struct sim_snapshot *before, *after;

    begin();
    sim_add_group("SbxOff", "");
    sim_add_account("Sbx-off1", "");
    before = sim_snapshot(NULL);
    sim_host.drops_accounts = sim_host.drops_members = sim_host.drops_rights = true;
    sim_host.drops_firewall_rules = sim_host.drops_filters = sim_host.drops_values = true;
    CU_ASSERT_EQUAL(account_create("new", "Secret-0123", "", 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_read("new", &facts, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(group_add_member(sim_account_sid("SbxOff"), sim_account_sid("Sbx-off1"), NULL), SBX_OK);
    CU_ASSERT_EQUAL(right_add(sim_account_sid("SbxOff"), "SeDenyBatchLogonRight", NULL), SBX_OK);
    {
        struct firewall_rule rule = a_rule();
        struct wfp_filter filter = a_filter(KEY_1, 1, false);
        struct wfp_change change = {&filter, NULL};

        CU_ASSERT_EQUAL(firewall_add(&rule, NULL), SBX_OK);
        CU_ASSERT_EQUAL(wfp_apply(&change, 1, NULL), SBX_OK);
    }
    CU_ASSERT_EQUAL(registry_write_number(KEY, "a", 1, NULL), SBX_OK);
    after = sim_snapshot(NULL);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
    sim_snapshot_free(before);
    sim_snapshot_free(after);
}

static void filters_change_all_together_and_the_heaviest_decides(void)
{
    struct wfp_filter block = a_filter(KEY_1, 1, false), permit = a_filter(KEY_2, 9, true), other = block;
    struct wfp_change good[] = {{&block, NULL}, {&permit, NULL}};
    struct wfp_change bad[] = {{NULL, KEY_2}, {&other, NULL}};

    begin();
    permit.port_least = permit.port_most = 443;
    other.weight = 5;
    CU_ASSERT_EQUAL(wfp_apply(good, 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(wfp_apply(good, 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(wfp_apply(bad, 2, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(sim_filter_count(), 2);
    CU_ASSERT_EQUAL(sim_filter_verdict("S-1-5-21-1-2-3-4", WFP_CONNECT, false, 6, 443, false), SIM_PERMITTED);
    CU_ASSERT_EQUAL(sim_filter_verdict("S-1-5-21-1-2-3-4", WFP_CONNECT, false, 6, 80, false), SIM_BLOCKED);
    CU_ASSERT_EQUAL(sim_filter_verdict("S-1-5-21-1-2-3-4", WFP_CONNECT, true, 6, 80, false), SIM_NO_FILTER);
    CU_ASSERT_EQUAL(sim_filter_verdict(SIM_USER, WFP_CONNECT, false, 6, 80, false), SIM_NO_FILTER);
}

static void logons_are_refused_with_the_systems_numbers(void)
{
    static const struct {
        uint32_t flags, expected;
    } rows[] = {{0, 0},
                {ACCOUNT_DISABLED, 1331},
                {ACCOUNT_LOCKED_OUT, 1909},
                {ACCOUNT_EXPIRED, 1793},
                {ACCOUNT_PASSWORD_EXPIRED, 1330}};

    begin();
    CU_ASSERT_EQUAL(set_up(), SBX_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sim_set_account_flags("Sbx-off1", rows[i].flags);
        CU_ASSERT_EQUAL(sim_logon_error("Sbx-off1", "Secret-0123"), rows[i].expected);
    }
    sim_set_account_flags("Sbx-off1", 0);
    CU_ASSERT_EQUAL(sim_logon_error("Sbx-off1", "wrong"), 1326);
    CU_ASSERT_EQUAL(right_add(sim_account_sid("SbxOff"), "SeDenyInteractiveLogonRight", NULL), SBX_OK);
    CU_ASSERT_EQUAL(sim_logon_error("Sbx-off1", "Secret-0123"), 1385);
}

static void a_domain_controller_gets_no_accounts(void)
{
    begin();
    sim_host_facts.domain_controller = true;
    CU_ASSERT_EQUAL(account_create("one", "Secret-0123", "", 0, NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_EQUAL(group_create("two", "", NULL), SBX_E_UNSUPPORTED_HOST);
}

static void processes_start_under_an_account_that_may_log_on(void)
{
    struct process_start start = {.image = "C:\\Windows\\System32\\cmd.exe",
                                  .command_line = "cmd",
                                  .directory = "C:\\Windows\\System32"};
    struct process process = {0};
    struct sbx_error error = {0};
    struct token_facts facts = {0};

    begin();
    CU_ASSERT_EQUAL(set_up(), SBX_OK);
    start.input = start.output = start.error = sim_pipe(1);
    CU_ASSERT_EQUAL(process_start_as(&start, "Sbx-off1", "wrong", &process, &error), SBX_E_LOGON_DENIED);
    CU_ASSERT_EQUAL(error.system, 1326);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Sbx-off1"));
    CU_ASSERT_FALSE(sim_has_profile(sim_account_sid("Sbx-off1")));
    CU_ASSERT_EQUAL_FATAL(process_start_as(&start, "Sbx-off1", "Secret-0123", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(token_measure_process(process.handle, &facts, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(facts.user_sid, sim_account_sid("Sbx-off1"));
    CU_ASSERT_FALSE(facts.administrator);
    token_facts_free(&facts);
    CU_ASSERT(sim_has_profile(sim_account_sid("Sbx-off1")));
    CU_ASSERT_STRING_EQUAL(sim_process_at(sim_process_count() - 1)->account, "Sbx-off1");
    CU_ASSERT_EQUAL(process_terminate(process.handle, 1, NULL), SBX_OK);
    process_free(&process);

    memset(&error, 0, sizeof error);
    sim_host.secondary_logon_is_disabled = true;
    CU_ASSERT_EQUAL(process_start_as(&start, "Sbx-off1", "Secret-0123", &process, &error),
                    SBX_E_LOGON_DENIED);
    CU_ASSERT_EQUAL(error.system, 1058);
    sim_host.has_no_secondary_logon = true;
    CU_ASSERT_EQUAL(process_start_as(&start, "Sbx-off1", "Secret-0123", &process, NULL),
                    SBX_E_UNSUPPORTED_HOST);
    handle_close(start.input);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
}

static void whoever_calls_can_be_asked_who_he_is(void)
{
    static const struct {
        enum sim_standing who;
        const char *sid;
        bool administrator, could_elevate, system;
    } rows[] = {{SIM_ORDINARY_USER, SIM_USER, false, true, false},
                {SIM_ELEVATED_USER, SIM_USER, true, false, false},
                {SIM_LOCAL_SYSTEM, "S-1-5-18", true, false, true},
                {SIM_OTHER_ORDINARY_USER, SIM_OTHER_USER, false, false, false}};

    sim_reset();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct identity_facts facts;

        sim_call_as(sim_token_of(rows[i].who));
        CU_ASSERT_EQUAL_FATAL(identity_measure(NULL, &facts, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(facts.token.user_sid, rows[i].sid);
        CU_ASSERT_EQUAL(facts.token.administrator, rows[i].administrator);
        CU_ASSERT_EQUAL(facts.could_elevate, rows[i].could_elevate);
        CU_ASSERT_EQUAL(identity_in_group(&facts, SIM_ADMINISTRATORS),
                        rows[i].administrator || rows[i].could_elevate);
        CU_ASSERT_EQUAL(facts.system, rows[i].system);
        CU_ASSERT_FALSE(facts.without_password);
        identity_facts_free(&facts);
    }
}

static bool gives(const char *path, const struct sim_token *token, uint32_t wanted)
{
    static const struct access_mapping mapping = {0x120089, 0x120116, 0x1200A0, 0x1F01FF};
    size_t size;
    const void *descriptor = sim_descriptor(path, &size);

    return oracle_gives(descriptor, size, &token->access, wanted, &mapping, NULL);
}

static void a_sandbox_accounts_token_is_its_own_groups_and_no_more(void)
{
    static char *deny_only[] = {(char *)"S-1-5-32-545"};
    static char *capability[] = {(char *)"S-1-9-1-2"};
    struct token_recipe recipe = {0};
    struct sim_token account, filtered, restricted;

    begin();
    CU_ASSERT_EQUAL(set_up(), SBX_OK);
    sim_call_as(NULL);
    sim_add_folder("C:\\src\\app");
    sim_set_descriptor("C:\\src\\app", "O:SYD:(A;;FR;;;BU)(A;;FW;;;S-1-9-1-2)(A;;FA;;;S-1-5-4)");
    sim_logon("Sbx-off1", &account);
    CU_ASSERT(gives("C:\\src\\app", &account, 0x2));
    CU_ASSERT(!gives("C:\\Users\\me", &account, 0x1));

    recipe.logon_deny_only = true;
    sim_restrict(&account, &recipe, &filtered);
    CU_ASSERT(gives("C:\\src\\app", &filtered, 0x1));
    CU_ASSERT(!gives("C:\\src\\app", &filtered, 0x2));
    recipe.deny_only_sids = (struct sbx_strings){deny_only, 1};
    sim_restrict(&account, &recipe, &filtered);
    CU_ASSERT(!gives("C:\\src\\app", &filtered, 0x1));

    recipe = (struct token_recipe){.write_restricted = true, .restricting_sids = {capability, 1}};
    sim_restrict(&account, &recipe, &restricted);
    CU_ASSERT(gives("C:\\src\\app", &restricted, 0x1 | 0x2));
    CU_ASSERT(!gives("C:\\src\\app", &restricted, 0x10000));
    recipe.write_restricted = false;
    sim_restrict(&account, &recipe, &restricted);
    CU_ASSERT(gives("C:\\src\\app", &restricted, 0x2));
    CU_ASSERT(!gives("C:\\src\\app", &restricted, 0x20));
}

static void empty_keys_go_with_their_last_value(void)
{
    uint32_t number = 0;

    begin();
    sim_set_value_binary("SOFTWARE\\other", "theirs");
    CU_ASSERT_EQUAL(registry_write_number(KEY, "a", 5, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_write_number("SOFTWARE\\sbxcom", "b", 6, NULL), SBX_OK);
    CU_ASSERT_EQUAL(registry_read_number(KEY, "A", &number, NULL), SBX_OK);
    CU_ASSERT_EQUAL(number, 5);
    CU_ASSERT_EQUAL(registry_read_number("SOFTWARE\\other", "theirs", &number, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(registry_delete(KEY, "a", "SOFTWARE", NULL), SBX_OK);
    CU_ASSERT(!sim_has_key("SOFTWARE\\sbxcom\\Users"));
    CU_ASSERT(sim_has_key("SOFTWARE\\sbxcom"));
    CU_ASSERT_EQUAL(registry_delete("SOFTWARE\\sbxcom", "b", "SOFTWARE", NULL), SBX_OK);
    CU_ASSERT(!sim_has_key("SOFTWARE\\sbxcom"));
    CU_ASSERT(sim_has_key("SOFTWARE"));
}

static void secrets_open_for_their_user_and_purpose_alone(void)
{
    uint8_t *blob = NULL, *secret = NULL;
    size_t blob_size = 0, size = 0;

    sim_reset();
    CU_ASSERT_EQUAL_FATAL(credential_protect("secret", 6, "for", 3, &blob, &blob_size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(credential_unprotect(blob, blob_size, "form", 4, &secret, &size, NULL), SBX_E_CREDENTIAL);
    sim_call_as(sim_token_of(SIM_OTHER_ORDINARY_USER));
    CU_ASSERT_EQUAL(credential_unprotect(blob, blob_size, "for", 3, &secret, &size, NULL), SBX_E_CREDENTIAL);
    sim_call_as(NULL);
    blob[blob_size - 1] ^= 1;
    CU_ASSERT_EQUAL(credential_unprotect(blob, blob_size, "for", 3, &secret, &size, NULL), SBX_E_CREDENTIAL);
    blob[blob_size - 1] ^= 1;
    CU_ASSERT_EQUAL_FATAL(credential_unprotect(blob, blob_size, "for", 3, &secret, &size, NULL), SBX_OK);
    CU_ASSERT(size == 6 && memcmp(secret, "secret", 6) == 0);
    sbx_free(secret);
    sbx_free(blob);
}

static void lock_is_one_holders_until_he_lets_go_or_dies(void)
{
    struct machine_lock *lock = NULL, *other = NULL;

    sim_reset();
    CU_ASSERT_EQUAL(machine_lock_take(0, &lock, NULL), SBX_E_SYSTEM); /* an ordinary user */
    begin();
    CU_ASSERT_EQUAL_FATAL(machine_lock_take(0, &lock, NULL), SBX_OK);
    sim_actor(1);
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL(machine_lock_take(0, &other, NULL), SBX_E_TIMEOUT);
    sim_kill_actor(0);
    CU_ASSERT_EQUAL_FATAL(machine_lock_take(0, &other, NULL), SBX_OK);
    machine_lock_release(other);
    machine_lock_release(lock);
}

static void renamed_account_and_its_profile_are_the_same_ones(void)
{
    char sid[64];

    begin();
    CU_ASSERT_EQUAL_FATAL(account_create("Sbx-off1", "Secret-0123", "ours", 0, NULL), SBX_OK);
    snprintf(sid, sizeof sid, "%s", sim_account_sid("Sbx-off1"));
    CU_ASSERT_EQUAL(account_rename("Sbx-off1", "me", NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(account_rename("Sbx-off1", "else", NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sim_account_sid("else"), sid);
    sim_add_profile(sid, true);
    CU_ASSERT_EQUAL(account_delete_profile(sid, NULL), SBX_E_SYSTEM);
    CU_ASSERT(sim_has_profile(sid));
    sim_add_profile(sid, false);
    CU_ASSERT_EQUAL(account_delete_profile(sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_delete_profile(sid, NULL), SBX_OK);
    CU_ASSERT(!sim_has_profile(sid));
}

const struct harness_suite sim_machine_suite = {
    "sim_machine",
    (const struct harness_test[]){
        {"what was set up is taken down to the last byte", what_was_set_up_is_taken_down_to_the_last_byte},
        {"a power cut leaves what was changed before it", a_power_cut_leaves_what_was_changed_before_it},
        {"every call fails in its turn and changes nothing then",
         every_call_fails_in_its_turn_and_changes_nothing_then},
        {"nobody but an administrator changes the machine", nobody_but_an_administrator_changes_the_machine},
        {"names are taken once, groups are found by SID", names_are_taken_once_and_groups_are_found_by_sid},
        {"passwords keep to the host's policy", passwords_keep_to_the_hosts_policy},
        {"a host that keeps nothing says success", a_host_that_keeps_nothing_says_success},
        {"filters change all together and the heaviest decides",
         filters_change_all_together_and_the_heaviest_decides},
        {"processes start under an account that may log on",
         processes_start_under_an_account_that_may_log_on},
        {"whoever calls can be asked who he is", whoever_calls_can_be_asked_who_he_is},
        {"a domain controller gets no accounts", a_domain_controller_gets_no_accounts},
        {"logons are refused with the system's numbers", logons_are_refused_with_the_systems_numbers},
        {"a sandbox account's token is its own groups and no more",
         a_sandbox_accounts_token_is_its_own_groups_and_no_more},
        {"empty keys go with their last value", empty_keys_go_with_their_last_value},
        {"secrets open for their user and purpose alone", secrets_open_for_their_user_and_purpose_alone},
        {"a lock is one holder's until he lets go or dies", lock_is_one_holders_until_he_lets_go_or_dies},
        {"a renamed account and its profile are the same ones",
         renamed_account_and_its_profile_are_the_same_ones},
        {NULL, NULL},
    },
};
