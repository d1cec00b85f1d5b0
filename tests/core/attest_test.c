/*
 * attest_test.c - nothing is believed that did not read back: each attested item is falsified once.
 */
#include "core/attest.h"
#include "sim/machine.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

#define USER    "S-1-5-21-1000-2000-3000-1001"
#define DESKTOP "WinSta0\\sbx-1"
#define IMAGE   "C:\\Windows\\System32\\cmd.exe"

static char *write_sids[] = {"S-1-9-1396856881-1-2-3-4", "S-1-1-0"};
static char *denied_sids[] = {"S-1-5-32-545"};

static const struct token_recipe write_restricted = {
    true, false, {write_sids, 2}, {denied_sids, 1}, {NULL, 0}};
static const struct token_recipe fully_restricted = {
    false, false, {write_sids, 2}, {denied_sids, 1}, {NULL, 0}};
static const struct token_recipe filtered = {false, true, {NULL, 0}, {NULL, 0}, {NULL, 0}};
static const struct job_limits limits = {64 << 20, 8, 50};
static const char *desktop;         /* the session's own; NULL: none */
static const char *account, *group; /* expected at the elevated level; NULL: the restricted one */
#define ACCOUNT "S-1-5-21-1000-2000-3000-1042"
#define GROUP   "S-1-5-21-1000-2000-3000-1043"

/*
 * One suspended child of the recipe on the host as it is set up, measured; then everything is closed again.
 */
static struct measurement measure(const struct token_recipe *recipe, const struct job_limits *asked)
{
    struct measurement measurement = {0};
    struct attest_expectation expected = {.recipe = recipe,
                                          .user_sid = account ? account : USER,
                                          .group_sid = group,
                                          .limits = *asked,
                                          .desktop = desktop,
                                          .mitigations = process_mitigations()};
    struct sbx_strings environment = {NULL, 0};
    struct process_start start = {.image = IMAGE,
                                  .command_line = "cmd",
                                  .environment = &environment,
                                  .directory = "C:\\Windows",
                                  .desktop = desktop,
                                  .mitigations = process_mitigations(),
                                  .input = sim_pipe(1),
                                  .output = sim_pipe(2),
                                  .error = sim_pipe(3)};
    struct process process;

    CU_ASSERT_EQUAL_FATAL(token_make(recipe, &start.token, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(job_create(asked, &expected.job, &expected.kept, NULL), SBX_OK);
    start.job = expected.job;
    CU_ASSERT_EQUAL_FATAL(process_start(&start, &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(attest_process(&process, &expected, &measurement, NULL, NULL), SBX_OK);

    process_free(&process);
    handle_close(expected.job);
    handle_close(start.token);
    handle_close(start.input);
    handle_close(start.output);
    handle_close(start.error);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    return measurement;
}

static void expect_assurances(const struct measurement *measurement, const char *expected)
{
    /*
     * A letter a domain, in their order: fileWrite fileDelete fileRead network process desktop resources
     * lifetime handles
     */
    static const char letters[] = "-aev";
    char found[SBX_DOMAIN_COUNT + 1] = "";

    for (size_t i = 0; i < SBX_DOMAIN_COUNT; i++)
        found[i] = letters[measurement->assurance[i]];
    CU_ASSERT_STRING_EQUAL(found, expected);
}

static void each_recipe_holds_what_it_can_on_a_host_that_keeps_its_word(void)
{
    struct measurement measurement;

    sim_reset();
    measurement = measure(&write_restricted, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    CU_ASSERT_EQUAL(measurement.integrity, TOKEN_INTEGRITY_MEDIUM);
    CU_ASSERT_EQUAL(measurement.unread, ATTEST_GROUP); /* an account has one */
    expect_assurances(&measurement, "e--a--eee");

    /* A desktop of its own is where it starts, not where the same user could not leave. */
    desktop = DESKTOP;
    measurement = measure(&write_restricted, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    expect_assurances(&measurement, "e--a-aeee");
    desktop = NULL;

    measurement = measure(&fully_restricted, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    expect_assurances(&measurement, "eeea--eee");

    /* Without restricting SIDs nothing holds the same user's files. */
    measurement = measure(&filtered, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    expect_assurances(&measurement, "---a--eee");
}

static void begin_elevated(void)
{
    sim_reset();
    sim_host.account_sid = account = ACCOUNT;
    sim_host.account_group_sid = group = GROUP;
    desktop = DESKTOP;
}

/* Another user is the wall: no second check is needed for files, and what binds the network is the group. */
static void the_elevated_level_holds_by_its_account(void)
{
    char group_text[] = GROUP, capability[] = "S-1-9-1-2";
    char *sids[] = {capability, group_text};
    char *denied[] = {group_text};
    struct token_recipe second_wall = {true, true, {sids, 2}, {NULL, 0}, {NULL, 0}};
    const struct token_recipe group_denied = {false, true, {NULL, 0}, {denied, 1}, {NULL, 0}};
    struct measurement measurement;

    begin_elevated();
    measurement = measure(&filtered, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    expect_assurances(&measurement, "eeeeeeeee");
    measurement = measure(&second_wall, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    expect_assurances(&measurement, "eeeeeeeee");

    /* A filter is matched by an access check that names the group: one that is deny-only, or not among the restricting SIDs, */
    measurement =
        measure(&group_denied, &limits); /* is no match, and a block that does not match blocks nothing. */
    CU_ASSERT_EQUAL(measurement.differences, ATTEST_GROUP);
    expect_assurances(&measurement, "eee-eeeee");
    second_wall.restricting_sids.count = 1;
    measurement = measure(&second_wall, &limits);
    CU_ASSERT_EQUAL(measurement.differences, ATTEST_GROUP);
    expect_assurances(&measurement, "eee-eeeee");

    /* The child is the user himself, or another account. */
    sim_host.account_sid = NULL;
    measurement = measure(&filtered, &limits);
    CU_ASSERT_EQUAL(measurement.differences, ATTEST_USER);
    expect_assurances(&measurement, "---e--eee");

    begin_elevated();
    sim_host.account_group_sid = NULL; /* taken out of its group since */
    measurement = measure(&filtered, &limits);
    CU_ASSERT_EQUAL(measurement.differences, ATTEST_GROUP);

    begin_elevated();
    sim_host.keeps_deny_only = true; /* the caller's logon SID still grants */
    measurement = measure(&filtered, &limits);
    CU_ASSERT_EQUAL(measurement.differences, ATTEST_DENY_ONLY);
    expect_assurances(&measurement, "---e--eee");

    begin_elevated();
    sim_host.gives_ui_access = true;
    measurement = measure(&filtered, &limits);
    CU_ASSERT_EQUAL(measurement.differences, ATTEST_UI_ACCESS);
    expect_assurances(&measurement, "eeee--eee");

    /* Another sandbox of the same user has another account: what a command makes is not to be open to it. */
    begin_elevated();
    sim_host.opens_default_dacl = true;
    measurement = measure(&filtered, &limits);
    CU_ASSERT_EQUAL(measurement.differences, ATTEST_DEFAULT_DACL);
    expect_assurances(&measurement, "eeee-eeee");

    begin_elevated();
    sim_host.starts_elsewhere = true;
    measurement = measure(&filtered, &limits);
    expect_assurances(&measurement, "eeeee-eee");
    account = group = desktop = NULL;
    sim_reset();
}

static void no_limit_asked_for_is_no_limit_lost(void)
{
    static const struct job_limits none = {0, 0, 0};
    static const struct job_limits whole_cpu = {0, 0, 100};
    struct measurement measurement;

    sim_reset();
    sim_host.drops_memory_limit = sim_host.drops_process_limit = sim_host.drops_cpu_limit = true;
    measurement = measure(&write_restricted, &none);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    measurement = measure(&write_restricted, &whole_cpu);
    CU_ASSERT_EQUAL(measurement.differences, 0);
}

struct lie {
    const char *words;
    uint32_t difference;
    const char *write_restricted, *fully_restricted,
        *filtered; /* assurances; NULL: the lie changes nothing there */
    struct sim_host host;
};

static const struct lie lies[] = {
    {"another user", ATTEST_USER, "---a--eee", "---a--eee", "---a--eee", {.starts_as_another_user = true}},
    {"restricting SIDs, write-restricted flag",
     ATTEST_RESTRICTING_SIDS | ATTEST_WRITE_RESTRICTED,
     "---a--eee",
     NULL,
     NULL,
     {.drops_restricting_sids = true}},
    {"restricting SIDs", ATTEST_RESTRICTING_SIDS, NULL, "---a--eee", NULL, {.drops_restricting_sids = true}},
    {"restricting SIDs",
     ATTEST_RESTRICTING_SIDS,
     "---a--eee",
     "---a--eee",
     "---a--eee",
     {.adds_restricting_sid = true}},
    {"restricting SIDs",
     ATTEST_RESTRICTING_SIDS,
     "---a--eee",
     "---a--eee",
     NULL,
     {.loses_restricting_sid = true}},
    {"restricting SIDs",
     ATTEST_RESTRICTING_SIDS,
     "---a--eee",
     "---a--eee",
     NULL,
     {.denies_being_restricted = true}},
    {"write-restricted flag",
     ATTEST_WRITE_RESTRICTED,
     "---a--eee",
     NULL,
     NULL,
     {.drops_write_restricted = true}},
    {"privileges", ATTEST_PRIVILEGES, "---a--eee", "---a--eee", "---a--eee", {.keeps_privileges = true}},
    {"administrator",
     ATTEST_ADMINISTRATOR,
     "---a--eee",
     "---a--eee",
     "---a--eee",
     {.keeps_administrator = true}},
    {"deny-only SIDs", ATTEST_DENY_ONLY, "---a--eee", "---a--eee", "---a--eee", {.keeps_deny_only = true}},
    {"integrity level", ATTEST_INTEGRITY, "---a--eee", "---a--eee", "---a--eee", {.integrity = 0x3000}},
    {"integrity level", ATTEST_INTEGRITY, "---a--eee", "---a--eee", "---a--eee", {.integrity = 0x2001}},
    {"integrity level",
     ATTEST_INTEGRITY,
     "---a--eee",
     "---a--eee",
     "---a--eee",
     {.integrity = SIM_INTEGRITY_UNKNOWN}},
    /* Of domains that this level does not hold anyway; at the elevated one they are: below. */
    {"UI access", ATTEST_UI_ACCESS, "e--a--eee", "eeea--eee", "---a--eee", {.gives_ui_access = true}},
    {"default DACL",
     ATTEST_DEFAULT_DACL,
     "e--a--eee",
     "eeea--eee",
     "---a--eee",
     {.opens_default_dacl = true}},
    {"default DACL",
     ATTEST_DEFAULT_DACL,
     "e--a--eee",
     "eeea--eee",
     "---a--eee",
     {.loses_default_dacl = true}},
    {"default DACL", ATTEST_DEFAULT_DACL, "e--a--eee", "eeea--eee", "---a--eee", {.nulls_dacl = true}},
    {"job", ATTEST_JOB, "e--a----e", "eeea----e", "---a----e", {.starts_outside_job = true}},
    {"memory limit",
     ATTEST_MEMORY_LIMIT,
     "e--a---ee",
     "eeea---ee",
     "---a---ee",
     {.drops_memory_limit = true}},
    {"memory limit",
     ATTEST_MEMORY_LIMIT,
     "e--a---ee",
     "eeea---ee",
     "---a---ee",
     {.raises_memory_limit = true}},
    {"process limit",
     ATTEST_PROCESS_LIMIT,
     "e--a---ee",
     "eeea---ee",
     "---a---ee",
     {.drops_process_limit = true}},
    {"CPU limit", ATTEST_CPU_LIMIT, "e--a---ee", "eeea---ee", "---a---ee", {.drops_cpu_limit = true}},
    {"inherited handles", ATTEST_HANDLES, "e--a--ee-", "eeea--ee-", "---a--ee-", {.leaks_handle = true}},
    {"mitigation policies",
     ATTEST_MITIGATION,
     "e--a--eee",
     "eeea--eee",
     "---a--eee",
     {.drops_mitigations = true}},
};

/*
 * With everything that the honest host holds as the floor, the lie is refused by name; with no floor it is
 * only told.
 */
static void expect_refusal(const struct lie *lie, const struct token_recipe *recipe, const char *assurances)
{
    static const enum sbx_assurance no_floor[SBX_DOMAIN_COUNT];
    struct measurement honest, measurement;
    struct sbx_error error = {0};

    if (!assurances)
        return;
    sim_reset();
    honest = measure(recipe, &limits);
    sim_host = lie->host;
    measurement = measure(recipe, &limits);
    CU_ASSERT_EQUAL(measurement.differences, lie->difference);
    expect_assurances(&measurement, assurances);

    CU_ASSERT_EQUAL(attest_check(&measurement, no_floor, &error), SBX_OK);
    CU_ASSERT_EQUAL(error.code, SBX_OK);
    if (memcmp(honest.assurance, measurement.assurance, sizeof honest.assurance) == 0)
        return; /* a recipe that held nothing has nothing to lose */
    CU_ASSERT_EQUAL(attest_check(&measurement, honest.assurance, &error), SBX_E_NOT_ENFORCED);
    CU_ASSERT(strstr(error.text, "The command was not run") != NULL);
    CU_ASSERT_STRING_EQUAL(strstr(error.text, lie->words) ? "" : error.text, "");
}

static void every_lie_of_the_host_is_found_and_lowers_its_domains(void)
{
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        expect_refusal(&lies[i], &write_restricted, lies[i].write_restricted);
        expect_refusal(&lies[i], &fully_restricted, lies[i].fully_restricted);
        expect_refusal(&lies[i], &filtered, lies[i].filtered);
    }
}

/* The session's own desktop, and a process that starts on another or does not tell. */
static void process_on_another_desktop_has_lost_its_own(void)
{
    static const struct sim_host hosts[] = {{.starts_elsewhere = true}, {.hides_desktop = true}};

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        enum sbx_assurance floor[SBX_DOMAIN_COUNT] = {[SBX_DESKTOP] = SBX_ADVISORY};
        struct measurement measurement;
        struct sbx_error error = {0};

        sim_reset();
        sim_host = hosts[i];
        desktop = DESKTOP;
        measurement = measure(&write_restricted, &limits);
        desktop = NULL;
        CU_ASSERT_EQUAL(measurement.differences, ATTEST_DESKTOP);
        expect_assurances(&measurement, "e--a--eee");
        CU_ASSERT_EQUAL(attest_check(&measurement, floor, &error), SBX_E_NOT_ENFORCED);
        CU_ASSERT(strstr(error.text, "not as set: desktop") != NULL);

        /* A session that shares the caller's has nothing to lose. */
        measurement = measure(&write_restricted, &limits);
        CU_ASSERT_EQUAL(measurement.differences, 0);
    }
}

/* A host that lists no handles is believed to keep its list, because the creation call names it; but that is told. */
static void handles_that_nobody_lists_are_told_as_unread(void)
{
    struct measurement measurement;

    sim_reset();
    sim_host.leaks_handle = sim_host.hides_handles = true;
    measurement = measure(&write_restricted, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    CU_ASSERT_EQUAL(measurement.unread, ATTEST_HANDLES | ATTEST_GROUP);
    expect_assurances(&measurement, "e--a--eee");
}

/* A host that does not know the class has nothing of the kind to give (Wine 8.0); it is told. */
static void ui_access_that_cannot_be_asked_for_is_told_as_unread(void)
{
    struct measurement measurement;

    sim_reset();
    sim_host.hides_ui_access = true;
    measurement = measure(&write_restricted, &limits);
    CU_ASSERT_EQUAL(measurement.differences, 0);
    CU_ASSERT_EQUAL(measurement.unread, ATTEST_UI_ACCESS | ATTEST_GROUP);
    sim_reset();
}

/* The recipe's own SIDs belong in the list, and one that is missing there is a difference like another. */
static void default_dacl_is_the_recipes(void)
{
    char capability[] = "S-1-9-1-2";
    char *sids[] = {capability};
    struct token_recipe recipe = {true, false, {write_sids, 2}, {NULL, 0}, {sids, 1}};
    struct token_recipe asked = recipe;
    struct measurement measurement = {0};
    struct attest_expectation expected = {.recipe = &asked, .user_sid = USER};
    struct process_start start = {.image = IMAGE, .command_line = "cmd", .directory = "C:\\Windows"};
    struct token_facts token = {0};
    struct process process;

    sim_reset();
    start.input = start.output = start.error = sim_pipe(1);
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &start.token, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(job_create(&expected.limits, &expected.job, &expected.kept, NULL), SBX_OK);
    start.job = expected.job;
    CU_ASSERT_EQUAL_FATAL(process_start(&start, &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(attest_process(&process, &expected, &measurement, &token, NULL), SBX_OK);
    CU_ASSERT_EQUAL(measurement.differences & ATTEST_DEFAULT_DACL, 0);
    CU_ASSERT_EQUAL(token.default_dacl.count, 3);
    CU_ASSERT_STRING_EQUAL(token.user_sid, USER);
    token_facts_free(&token);

    asked.default_dacl_sids.count = 0;
    CU_ASSERT_EQUAL(attest_process(&process, &expected, &measurement, NULL, NULL), SBX_OK);
    CU_ASSERT(measurement.differences & ATTEST_DEFAULT_DACL);
    handle_close(expected.job);
    handle_close(start.token);
    handle_close(start.input);
    process_free(&process);
    sim_reset();
}

static void refusal_names_domain_measured_needed_and_differences(void)
{
    enum sbx_assurance floor[SBX_DOMAIN_COUNT] = {
        [SBX_FILE_WRITE] = SBX_ENFORCED, [SBX_RESOURCES] = SBX_ENFORCED};
    struct measurement measurement;
    struct sbx_error error = {0};

    sim_reset();
    sim_host.drops_restricting_sids = true;
    sim_host.keeps_privileges = true;
    sim_host.drops_memory_limit = true;
    sim_host.drops_cpu_limit = true;
    measurement = measure(&write_restricted, &limits);
    CU_ASSERT_EQUAL(attest_check(&measurement, floor, &error), SBX_E_NOT_ENFORCED);
    CU_ASSERT(strstr(error.text,
                     "fileWrite is absent and must be enforced (read back not as set: restricting "
                     "SIDs, write-restricted flag, privileges); resources is absent and must be "
                     "enforced (read back not as set: memory limit, CPU limit).") != NULL);
}

/*
 * At this level there is nothing that could be measured for these: the requirement is refused, not
 * overlooked.
 */
static void what_the_level_does_not_have_is_refused_when_required(void)
{
    static const enum sbx_domain domains[] = {SBX_FILE_DELETE, SBX_NETWORK, SBX_PROCESS, SBX_DESKTOP};
    struct measurement measurement;

    sim_reset();
    measurement = measure(&write_restricted, &limits);
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        enum sbx_assurance floor[SBX_DOMAIN_COUNT] = {0};
        struct sbx_error error = {0};

        floor[domains[i]] = SBX_ENFORCED;
        CU_ASSERT_EQUAL(attest_check(&measurement, floor, &error), SBX_E_NOT_ENFORCED);
        CU_ASSERT(strstr(error.text, domain_name(domains[i])) != NULL);
        CU_ASSERT(strstr(error.text, "this level has no more to give") != NULL);
    }
}

static void process_that_cannot_be_read_is_not_attested(void)
{
    const struct process nobody = {0};
    struct measurement measurement = {.differences = 77, .integrity = 77};
    struct attest_expectation expected = {
        .recipe = &write_restricted, .user_sid = USER, .limits = limits, .kept = limits};
    struct process_start start = {.image = IMAGE, .command_line = "cmd", .directory = "C:\\Windows"};
    struct process process;

    sim_reset();
    start.input = start.output = start.error = sim_pipe(1);
    CU_ASSERT_EQUAL_FATAL(process_start(&start, &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(attest_process(&nobody, &expected, &measurement, NULL, NULL), SBX_E_ARGUMENT);
    sim_host.hides_token = true;
    CU_ASSERT_EQUAL(attest_process(&process, &expected, &measurement, NULL, NULL), SBX_E_SYSTEM);
    sim_host.hides_token = false;
    CU_ASSERT_EQUAL(attest_process(&process, &expected, &measurement, NULL, NULL), SBX_E_SYSTEM); /* no job */
    CU_ASSERT(measurement.differences == 77 && measurement.integrity == 77);
    process_free(&process);
    sim_reset();
}

static void refusal_stands_without_memory_for_its_text(void)
{
    enum sbx_assurance floor[SBX_DOMAIN_COUNT] = {[SBX_PROCESS] = SBX_ENFORCED};
    struct measurement measurement = {0};

    for (size_t nth = 1; nth < 6; nth++) {
        struct sbx_error error = {0};

        sim_fail_allocation(nth);
        CU_ASSERT_EQUAL(attest_check(&measurement, floor, &error), SBX_E_NOT_ENFORCED);
        sim_fail_allocation(0);
        CU_ASSERT(strstr(error.text, "The command was not run") != NULL);
    }
}

static void every_difference_has_a_consequence(void)
{
    for (uint32_t bit = 1; bit < ATTEST_ALL; bit <<= 1) {
        struct measurement measurement = {.differences = bit};
        size_t size = 0;

        for (size_t domain = 0; domain < SBX_DOMAIN_COUNT; domain++) {
            struct sbx_buffer words = SBX_BUFFER_EMPTY;

            attest_describe(&measurement, (enum sbx_domain)domain, &words);
            size += words.size;
            buffer_free(&words);
        }
        CU_ASSERT(size > 0);
    }
}

/* ---- the runner of an account ---- */

#define RUNNER_ACCOUNT "Sbx-off1"
#define RUNNER_GROUP   "SbxOff"
#define PASSWORD       "Secret-0123"

static void add_account(void)
{
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL(account_create(RUNNER_ACCOUNT, PASSWORD, "", 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_create(RUNNER_GROUP, "", NULL), SBX_OK);
    sim_set_member(sim_account_sid(RUNNER_GROUP), sim_account_sid(RUNNER_ACCOUNT), true);
    sim_set_member(SIM_USERS, sim_account_sid(RUNNER_ACCOUNT), true);
    sim_call_as(NULL);
}

/* A runner of the account, attested for `account_name` and `group_name`, before it runs. */
static sbx_status attest(const char *account_name, const char *group_name, bool *token_read,
                         struct sbx_error *error)
{
    const struct job_limits none = {0};
    struct job_limits kept;
    struct process_start start = {.image = IMAGE, .command_line = "cmd", .directory = "C:\\Windows"};
    struct process process;
    sbx_handle job;
    sbx_status status;

    CU_ASSERT_EQUAL_FATAL(job_create(&none, &job, &kept, NULL), SBX_OK);
    start.job = job;
    start.input = start.output = start.error = sim_pipe(1);
    CU_ASSERT_EQUAL_FATAL(process_start_as(&start, RUNNER_ACCOUNT, PASSWORD, &process, NULL), SBX_OK);
    status = attest_runner(&process, sim_account_sid(account_name), sim_account_sid(group_name), job,
                           token_read, error);
    process_free(&process);
    handle_close(start.input);
    handle_close(job);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    return status;
}

static void become_administrator(void)
{
    sim_set_member(SIM_ADMINISTRATORS, sim_account_sid(RUNNER_ACCOUNT), true);
}
static void leave_group(void)
{
    sim_set_member(sim_account_sid(RUNNER_GROUP), sim_account_sid(RUNNER_ACCOUNT), false);
}
static void get_high_integrity(void)
{
    sim_host.integrity = 0x3000;
}
static void hide_integrity(void)
{
    sim_host.integrity = SIM_INTEGRITY_UNKNOWN;
}
static void leave_job(void)
{
    sim_host.starts_outside_job = true;
}
static void get_privilege(void)
{
    sim_host.gives_logons_privilege = "SeDebugPrivilege";
}
static void get_another_user(void)
{
    sim_host.starts_as_another_user = true;
}
static void get_restricted(void)
{
    sim_host.restricts_logons = true;
}

static void runner_that_is_another_is_refused(void)
{
    static const struct {
        void (*happens)(void);
        const char *words;
    } lies[] = {
        {get_another_user, "another user"},   {leave_group, "the account's group"},
        {get_privilege, "privileges"},        {get_high_integrity, "integrity level"},
        {hide_integrity, "integrity level"},  {leave_job, "job"},
        {get_restricted, "restricting SIDs"},
    };
    bool token_read = false;

    sim_reset();
    add_account();
    CU_ASSERT_EQUAL(attest(RUNNER_ACCOUNT, RUNNER_GROUP, &token_read, NULL), SBX_OK);
    CU_ASSERT(token_read);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct sbx_error error = {0};

        sim_reset();
        add_account();
        lies[i].happens();
        CU_ASSERT_EQUAL(attest(RUNNER_ACCOUNT, RUNNER_GROUP, &token_read, &error), SBX_E_NOT_ENFORCED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, lies[i].words));
        if (!strstr(error.text, lies[i].words))
            printf("    %s: %s\n", lies[i].words, error.text);
    }

    sim_reset();
    add_account();
    become_administrator(); /* the filtered half of its logon: it denies there, and that is no difference */
    CU_ASSERT_EQUAL(attest(RUNNER_ACCOUNT, RUNNER_GROUP, &token_read, NULL), SBX_OK);
    sim_host.keeps_administrator = true;
    CU_ASSERT_EQUAL(attest(RUNNER_ACCOUNT, RUNNER_GROUP, &token_read, NULL), SBX_E_NOT_ENFORCED);
}

/* A token's own list need not admit the real user; then its job is what is looked at. */
static void runner_whose_token_may_not_be_opened_is_told(void)
{
    bool token_read = true;

    sim_reset();
    add_account();
    sim_host.hides_token = true;
    CU_ASSERT_EQUAL(attest(RUNNER_ACCOUNT, RUNNER_GROUP, &token_read, NULL), SBX_OK);
    CU_ASSERT(!token_read);
    sim_host.starts_outside_job = true;
    CU_ASSERT_EQUAL(attest(RUNNER_ACCOUNT, RUNNER_GROUP, &token_read, NULL), SBX_E_NOT_ENFORCED);
}

const struct harness_suite attest_suite = {
    "attest",
    (const struct harness_test[]){
        {"each recipe holds what it can on a host that keeps its word",
         each_recipe_holds_what_it_can_on_a_host_that_keeps_its_word},
        {"the elevated level holds by its account", the_elevated_level_holds_by_its_account},
        {"no limit asked for is no limit lost", no_limit_asked_for_is_no_limit_lost},
        {"every lie of the host is found and lowers its domains",
         every_lie_of_the_host_is_found_and_lowers_its_domains},
        {"a process on another desktop has lost its own", process_on_another_desktop_has_lost_its_own},
        {"handles that nobody lists are told as unread", handles_that_nobody_lists_are_told_as_unread},
        {"UI access that cannot be asked for is told as unread",
         ui_access_that_cannot_be_asked_for_is_told_as_unread},
        {"the default DACL is the recipe's", default_dacl_is_the_recipes},
        {"a refusal names domain, measured, needed and differences",
         refusal_names_domain_measured_needed_and_differences},
        {"what the level does not have is refused when required",
         what_the_level_does_not_have_is_refused_when_required},
        {"a process that cannot be read is not attested", process_that_cannot_be_read_is_not_attested},
        {"a refusal stands without memory for its text", refusal_stands_without_memory_for_its_text},
        {"every difference has a consequence", every_difference_has_a_consequence},
        {"a runner that is another is refused", runner_that_is_another_is_refused},
        {"a runner whose token may not be opened is told", runner_whose_token_may_not_be_opened_is_told},
        {NULL, NULL},
    },
};
