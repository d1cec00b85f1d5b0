/*
 * probe_test.c - the report claims what was measured and not a word more.
 */
#include "core/probe.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

/* What attestation and probe find on Windows, and what they find under Wine 8.0. */
static const struct measurement on_windows = {
    0, 0x2000, {SBX_ENFORCED, 0, 0, SBX_ADVISORY, 0, 0, SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED}, 0};
static const struct measurement fully_on_windows = {
    0,
    0x2000,
    {SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED, SBX_ADVISORY, 0, 0, SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED},
    0};
static const struct measurement on_wine = {ATTEST_RESTRICTING_SIDS | ATTEST_WRITE_RESTRICTED |
                                               ATTEST_INTEGRITY | ATTEST_MEMORY_LIMIT | ATTEST_PROCESS_LIMIT |
                                               ATTEST_CPU_LIMIT,
                                           0x3000,
                                           {0, 0, 0, SBX_ADVISORY, 0, 0, 0, SBX_ENFORCED, SBX_ENFORCED},
                                           0};
static const struct probe_results all_refused = {
    .write_workspace = PROBE_REFUSED,
    .write_outside = PROBE_REFUSED,
    .delete_outside = PROBE_REFUSED,
    .read_outside = PROBE_REFUSED,
    .open_caller = PROBE_REFUSED,
    .open_runner = PROBE_REFUSED,
    .inherit_unlisted = PROBE_REFUSED,
    .outlive_command = PROBE_REFUSED,
    .break_away = PROBE_REFUSED,
    .reparent = PROBE_REFUSED,
};
static const struct probe_results probed_on_wine = {
    .write_workspace = PROBE_ALLOWED,
    .write_outside = PROBE_ALLOWED,
    .delete_outside = PROBE_ALLOWED,
    .read_outside = PROBE_ALLOWED,
    .open_caller = PROBE_ALLOWED,
    .open_runner = PROBE_ALLOWED,
    .inherit_unlisted = PROBE_REFUSED,
    .outlive_command = PROBE_REFUSED,
    .break_away = PROBE_REFUSED,
    .reparent = PROBE_ALLOWED,
    .unix_program = PROBE_ALLOWED,
};
static const enum sbx_assurance required[SBX_DOMAIN_COUNT] = {
    SBX_ENFORCED, SBX_ENFORCED, 0, SBX_ENFORCED, SBX_ENFORCED, 0, SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED};

static struct report_input windows(void)
{
    return (struct report_input){.measurement = &on_windows,
                                 .probes = &all_refused,
                                 .required = required,
                                 .host_keeps_acls = true,
                                 .host = "Windows 10.0.19045 x64"};
}

static struct report_input wine(void)
{
    return (struct report_input){.measurement = &on_wine,
                                 .probes = &probed_on_wine,
                                 .required = required,
                                 .host = "Windows 10.0.19043 x64 under Wine 8.0",
                                 .wine = true};
}

static struct findings report(const struct report_input *input)
{
    struct findings findings = {NULL, 0};

    CU_ASSERT_EQUAL_FATAL(report_make(input, &findings, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(findings.count, SBX_DOMAIN_COUNT);
    for (size_t i = 0; i < SBX_DOMAIN_COUNT; i++) {
        const struct finding *finding = &findings.items[i];

        /* Every row can be read by itself, and what is less than enforced says what would help. */
        CU_ASSERT_STRING_EQUAL(finding->domain, domain_name((enum sbx_domain)i));
        CU_ASSERT_EQUAL(finding->required, required[i]);
        CU_ASSERT(strlen(finding->mechanism) > 0);
        CU_ASSERT(strlen(finding->detail) > 0);
        CU_ASSERT_EQUAL(strlen(finding->fix) > 0, finding->assurance < SBX_ENFORCED);
        CU_ASSERT(finding->assurance <= input->measurement->assurance[i]);
    }
    return findings;
}

static void expect_assurances(const struct findings *findings, const char *expected)
{
    static const char letters[] = "-aev";
    char found[SBX_DOMAIN_COUNT + 1] = "";

    for (size_t i = 0; i < SBX_DOMAIN_COUNT; i++)
        found[i] = letters[findings->items[i].assurance];
    CU_ASSERT_STRING_EQUAL(found, expected);
}

static void expect_detail(const struct report_input *input, enum sbx_domain domain, const char *words)
{
    struct findings findings = report(input);

    CU_ASSERT_STRING_EQUAL(strstr(findings.items[domain].detail, words) ? "" : findings.items[domain].detail,
                           "");
    findings_free(&findings);
}

static void expect_no_detail(const struct report_input *input, enum sbx_domain domain, const char *words)
{
    struct findings findings = report(input);

    CU_ASSERT_PTR_NULL(strstr(findings.items[domain].detail, words));
    findings_free(&findings);
}

static void windows_report_claims_what_was_attested_and_probed(void)
{
    struct report_input input = windows();
    struct findings findings = report(&input);

    expect_assurances(&findings, "e--a--eee");
    findings_free(&findings);

    input.measurement = &fully_on_windows;
    input.fully_restricted = true;
    findings = report(&input);
    expect_assurances(&findings, "eeea--eee");
    findings_free(&findings);
}

/* The runner has the user's rights: where it can be opened, no wall of the command's own token is one. */
static void a_runner_within_reach_takes_every_file_domain_away(void)
{
    static const enum probe_outcome outcomes[] = {PROBE_ALLOWED, PROBE_NOT_RUN, PROBE_INVALID};

    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        struct report_input input = windows();
        struct probe_results probes = *input.probes;
        struct findings findings;

        probes.open_runner = outcomes[i];
        input.probes = &probes;
        input.measurement = &fully_on_windows;
        input.fully_restricted = true;
        findings = report(&input);
        expect_assurances(&findings, "---a--eee");
        findings_free(&findings);
    }
}

static void wine_report_tells_the_truth(void)
{
    struct report_input input = wine();
    struct findings findings = report(&input);

    expect_assurances(&findings, "---a----e");
    findings_free(&findings);

    expect_detail(&input, SBX_FILE_WRITE,
                  "(Windows 10.0.19043 x64 under Wine 8.0) dropped the restricting SIDs: none read back.");
    expect_detail(&input, SBX_FILE_WRITE, "restricting SIDs, write-restricted flag, integrity level");
    expect_detail(&input, SBX_FILE_WRITE, "Commands can write the workspace: yes (probed).");
    expect_detail(&input, SBX_FILE_WRITE, "nothing in the workspace is protected: .git/hooks");
    expect_detail(&input, SBX_FILE_WRITE, "no grant is applied here");
    expect_detail(&input, SBX_FILE_WRITE, "Probed: a command could overwrite a file outside the workspace.");
    expect_detail(&input, SBX_FILE_DELETE, "Probed: a command could delete a file outside the workspace.");
    expect_detail(&input, SBX_FILE_READ,
                  "Probed: a command could read a file of yours outside the workspace.");
    expect_detail(&input, SBX_PROCESS, "Probed: a command could open the calling process");
    expect_detail(&input, SBX_PROCESS, "Probed: a command could open the session's runner");
    expect_detail(&input, SBX_RESOURCES, "not kept: memory limit, process limit, CPU limit.");
    expect_detail(&input, SBX_RESOURCES, "`seconds` and `outputMB` do not depend on the host");
    expect_detail(
        &input, SBX_LIFETIME,
        "A Unix program started from inside Wine has no process object and leaves the job (measured).");
    expect_detail(&input, SBX_LIFETIME,
                  "Probed: a command could start a child in the name of a process of yours");
    expect_detail(&input, SBX_DESKTOP, "share the caller's desktop");
    expect_detail(&input, SBX_NETWORK, "nothing stops one that does not");
}

static void report_always_says_whether_commands_can_write_the_workspace(void)
{
    static const char *const words[] = {
        [PROBE_NOT_RUN] = "Commands can write the workspace: unknown, the probe did not answer.",
        [PROBE_ALLOWED] = "Commands can write the workspace: yes (probed).",
        [PROBE_REFUSED] = "Commands can write the workspace: no (probed).",
        [PROBE_INVALID] = "Commands can write the workspace: unknown, the probe's attempt failed",
    };

    for (int outcome = PROBE_NOT_RUN; outcome <= PROBE_INVALID; outcome++) {
        struct probe_results results = all_refused;
        struct report_input input = windows();

        results.write_workspace = (enum probe_outcome)outcome;
        input.probes = &results;
        expect_detail(&input, SBX_FILE_WRITE, words[outcome]);
    }
}

static void grant_is_not_promised_where_the_host_keeps_no_acls(void)
{
    struct report_input input = windows();

    expect_no_detail(&input, SBX_FILE_WRITE, "no grant is applied");
    input.host_keeps_acls = false;
    expect_detail(&input, SBX_FILE_WRITE, "no grant is applied");
}

/* What was put on files is counted, what was left out is told with the first one, and so is what could not be planned. */
static void report_tells_what_was_put_on_files_and_what_was_not(void)
{
    struct step steps[] = {
        {.kind = STEP_DENY}, {.kind = STEP_DENY}, {.kind = STEP_ANCHOR}, {.kind = STEP_ALLOW}};
    char remark[] = "C:\\data is on a volume without lists.",
         note[] = "/files/write/1 gives way to /files/deny/0.";
    char first[] = "C:\\src\\app\\linked";
    char *remarks[] = {remark}, *notes[] = {note};
    struct plan plan = {.steps = steps, .count = 4};
    struct sbx_strings given = {notes, 1};
    struct tree_outcome outcome = {.seen = 100, .changed = 90, .several_links = 3, .reparse_points = 7};
    struct report_input input = windows();

    expect_detail(&input, SBX_FILE_WRITE, "nothing in the workspace is protected");
    input.plan = &plan;
    input.outcome = &outcome;
    expect_detail(&input, SBX_FILE_WRITE, "what may be used in 1 places, what is protected or denied in 2.");
    expect_no_detail(&input, SBX_FILE_WRITE, "nothing in the workspace is protected");
    expect_detail(&input, SBX_FILE_WRITE, "Left out, and as they were: 3 with several hard links;");
    expect_detail(&input, SBX_FILE_WRITE, "7 links or junctions;");
    expect_no_detail(&input, SBX_FILE_WRITE, "refused by the system");
    outcome.first_left_out = first;
    expect_detail(&input, SBX_FILE_WRITE, "the first is C:\\src\\app\\linked.");
    outcome = (struct tree_outcome){.seen = 100};
    expect_no_detail(&input, SBX_FILE_WRITE, "Left out");
    expect_no_detail(&input, SBX_FILE_WRITE, "stood already");
    outcome.seen = 0; /* the second session: nothing was left out that anybody saw */
    expect_detail(&input, SBX_FILE_WRITE, "All of it stood already and was not gone through again");
    outcome.seen = 100;
    plan.remarks = (struct sbx_strings){remarks, 1};
    input.notes = &given;
    expect_detail(&input, SBX_FILE_WRITE, remark);
    expect_detail(&input, SBX_FILE_WRITE, note);
}

/* A repository that was not found is not protected: no domain that says what is may be called enforced. */
static void repositories_that_were_not_found_lower_what_is_enforced(void)
{
    static const char sentence[] =
        "/files/protect/0 does not hold for all git repositories below C:\\src: not all "
        "were found. 9 folders were looked at; the limit of time ended it.";
    static const enum sbx_domain domains[] = {SBX_FILE_WRITE, SBX_FILE_DELETE};
    struct step step = {.kind = STEP_DENY};
    struct plan plan = {.steps = &step, .count = 1};
    struct measurement measured = on_windows;
    struct report_input input = windows();
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};

    measured.assurance[SBX_FILE_DELETE] = SBX_ENFORCED;
    input.measurement = &measured;
    input.fully_restricted = true;
    input.plan = &plan;
    CU_ASSERT_EQUAL_FATAL(report_make(&input, &findings, NULL), SBX_OK);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT(findings.items[domains[i]].assurance >= SBX_ENFORCED);
    findings_free(&findings);

    input.not_all_repositories = sentence;
    CU_ASSERT_EQUAL_FATAL(report_make(&input, &findings, NULL), SBX_OK);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(findings.items[domains[i]].assurance, SBX_ADVISORY);
        CU_ASSERT_PTR_NOT_NULL(strstr(findings.items[domains[i]].detail, sentence));
        CU_ASSERT_PTR_NOT_NULL(strstr(findings.items[domains[i]].fix, "narrower workspace"));
    }
    findings.items[SBX_FILE_WRITE].required = SBX_ENFORCED;
    CU_ASSERT_EQUAL(findings_check(&findings, &error), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "9 folders were looked at"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "name the repositories in the policy's files.protect"));
    findings_free(&findings);

    plan.count = 0; /* nothing is protected at all, which is said */
    expect_no_detail(&input, SBX_FILE_WRITE, sentence);
}

/* For each domain, each probe that backs it: only a refusal with the expected code leaves "enforced". */
static void anything_but_a_refusal_takes_the_assurance_away(void)
{
    static const struct {
        size_t probe;
        enum sbx_domain domain;
    } cases[] = {
        {offsetof(struct probe_results, write_outside), SBX_FILE_WRITE},
        {offsetof(struct probe_results, delete_outside), SBX_FILE_DELETE},
        {offsetof(struct probe_results, read_outside), SBX_FILE_READ},
        {offsetof(struct probe_results, outlive_command), SBX_LIFETIME},
        {offsetof(struct probe_results, break_away), SBX_LIFETIME},
        {offsetof(struct probe_results, reparent), SBX_LIFETIME},
        {offsetof(struct probe_results, inherit_unlisted), SBX_HANDLES},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int outcome = PROBE_NOT_RUN; outcome <= PROBE_INVALID; outcome++) {
            struct probe_results results = all_refused;
            struct report_input input = windows();
            struct findings findings;

            *(enum probe_outcome *)((char *)&results + cases[i].probe) = (enum probe_outcome)outcome;
            input.measurement = &fully_on_windows;
            input.fully_restricted = true;
            input.probes = &results;
            findings = report(&input);
            CU_ASSERT_EQUAL(findings.items[cases[i].domain].assurance,
                            outcome == PROBE_REFUSED ? SBX_ENFORCED : SBX_ABSENT);
            if (outcome == PROBE_NOT_RUN || outcome == PROBE_INVALID)
                CU_ASSERT(strstr(findings.items[cases[i].domain].detail, "so nothing is claimed") != NULL);
            if (outcome == PROBE_ALLOWED)
                CU_ASSERT(strstr(findings.items[cases[i].domain].detail, "Probed: a command could") != NULL);
            findings_free(&findings);
        }
    }
}

/* A refusal is no evidence against what was read back: the attested absence stands. */
static void probe_never_raises_what_was_attested(void)
{
    struct measurement nothing = {.differences = ATTEST_ALL};
    struct report_input input = windows();
    struct findings findings;

    input.measurement = &nothing;
    findings = report(&input);
    expect_assurances(&findings, "---------");
    findings_free(&findings);
    expect_detail(&input, SBX_FILE_WRITE, "another user");
    expect_detail(&input, SBX_LIFETIME, "not as set: job.");
}

/* Should attestation one day say more for these: this version has no mechanism that could back it. */
static void domains_without_a_mechanism_are_never_enforced(void)
{
    struct measurement everything = {.integrity = 0x2000};
    struct report_input input = windows();
    struct findings findings;

    for (size_t i = 0; i < SBX_DOMAIN_COUNT; i++)
        everything.assurance[i] = SBX_VERIFIED;
    input.measurement = &everything;
    findings = report(&input);
    CU_ASSERT_EQUAL(findings.items[SBX_NETWORK].assurance, SBX_ADVISORY);
    CU_ASSERT_EQUAL(findings.items[SBX_PROCESS].assurance, SBX_ABSENT);
    CU_ASSERT_EQUAL(findings.items[SBX_DESKTOP].assurance, SBX_ABSENT);
    findings_free(&findings);
}

/* What attestation gives at the elevated level, with a desktop of the session's own. */
static const struct measurement on_account = {0,
                                              0x2000,
                                              {SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED,
                                               SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED, SBX_ENFORCED,
                                               SBX_ENFORCED},
                                              0};

static struct report_input elevated(void)
{
    struct report_input input = windows();

    input.measurement = &on_account;
    input.elevated = true;
    input.desktop = "Commands start on WinSta0\\sbx-1.";
    input.network_holds = true;
    input.network_words = "Windows Firewall: All 8 are as they were left.";
    return input;
}

/* Where the lists could be looked at, the row of writing names what was found. */
static void places_that_everybody_may_write_are_named(void)
{
    struct report_input input = elevated();

    expect_no_detail(&input, SBX_FILE_WRITE, "beside may be written");
    expect_detail(&input, SBX_FILE_WRITE, "look for such places");
    input.outside_words = "1 place beside may be written: C:\\x (Users: add).";
    expect_detail(&input, SBX_FILE_WRITE, "C:\\x (Users: add)");
    input.probes = &(struct probe_results){.write_outside = PROBE_ALLOWED};
    expect_no_detail(&input, SBX_FILE_WRITE, "C:\\x"); /* nothing holds, so that is no exception */
}

/* Whoever comes first has the name: no list of ours is asked. */
static void names_that_nobody_has_taken_are_told(void)
{
    struct report_input input = elevated();

    expect_detail(&input, SBX_PROCESS, "a name that none of your programs has taken yet");
    expect_detail(&input, SBX_DESKTOP, "global atoms");
    input = windows();
    expect_no_detail(&input, SBX_PROCESS, "has taken yet");
}

/* Another wall keeps commands out of it; without one it is a place that the policy does not name. */
static void the_accounts_profile_is_told(void)
{
    struct report_input input = elevated();

    expect_detail(&input, SBX_FILE_WRITE, "the account's own profile, which outlives the session");
    input.second_wall = true;
    expect_no_detail(&input, SBX_FILE_WRITE, "own profile");
    input = windows();
    expect_no_detail(&input, SBX_FILE_WRITE, "own profile");
}

/* One user, both levels: what is a secret of his is one of every command that is he. */
static void passwords_within_reach_are_told(void)
{
    struct report_input input = windows();

    expect_no_detail(&input, SBX_FILE_READ, "sandbox accounts");
    input.passwords_kept = true;
    expect_detail(&input, SBX_FILE_READ, "passwords of your sandbox accounts");
}

static void who_read_the_runner_back_is_told(void)
{
    struct report_input input = elevated();

    expect_detail(&input, SBX_FILE_WRITE, "may not be opened by you");
    input.runner_read = true;
    expect_detail(&input, SBX_FILE_WRITE, "The runner's token read back as the account's.");
}

static void expect_elevated(const struct report_input *input, const char *expected)
{
    struct findings findings = report(input);

    expect_assurances(&findings, expected);
    findings_free(&findings);
}

/* The design's table, and each thing that takes a row of it away. */
static void elevated_report_is_the_table_where_all_of_it_stands(void)
{
    static const struct {
        size_t probe;
        const char *expected;
    } reached[] = {
        {offsetof(struct probe_results, write_outside), "-eeeeeeee"},
        {offsetof(struct probe_results, delete_outside), "e-eeeeeee"},
        {offsetof(struct probe_results, read_outside), "ee-eeeeee"},
        {offsetof(struct probe_results, connect_v4), "eee-eeeee"},
        {offsetof(struct probe_results, connect_v6), "eee-eeeee"},
        {offsetof(struct probe_results, open_caller), "eeee-eeee"},
        {offsetof(struct probe_results, open_runner), "---e-eeee"},
        {offsetof(struct probe_results, clipboard), "eeeee-eee"},
    };
    struct report_input input = elevated();

    expect_elevated(&input, "eeeeeeeee");
    for (size_t i = 0; i < sizeof reached / sizeof reached[0]; i++) {
        struct probe_results probes = all_refused;

        *(enum probe_outcome *)((char *)&probes + reached[i].probe) = PROBE_ALLOWED;
        input = elevated();
        input.probes = &probes;
        expect_elevated(&input, reached[i].expected);
    }

    input = elevated();
    input.network_holds = false;
    input.network_words = "Windows Firewall: group policy lets no local rule count.";
    expect_elevated(&input, "eeeaeeeee");
    expect_detail(&input, SBX_NETWORK, "group policy lets no local rule count");
    input.network_open = true;
    expect_elevated(&input, "eee-eeeee");
    expect_detail(&input, SBX_NETWORK, "whatever this computer reaches");

    input = elevated();
    input.desktop = NULL;
    expect_elevated(&input, "eeeee-eee");
}

static void open_loop_back_ports_are_told_and_not_weighed(void)
{
    struct probe_results probes = all_refused;
    struct report_input input = elevated();

    probes.connect_v4 = PROBE_ALLOWED;
    input.probes = &probes;
    input.network_ephemeral = true;
    expect_elevated(&input, "eeeeeeeee");
    expect_detail(&input, SBX_NETWORK, "Loop-back ports from 49152 up are open");
}

/* The account proves nothing about itself: what attestation lowers stays low. */
static void elevated_report_raises_nothing(void)
{
    struct measurement nothing = {.differences = ATTEST_ALL};
    struct report_input input = elevated();

    input.measurement = &nothing;
    expect_elevated(&input, "---------");
    expect_detail(&input, SBX_NETWORK, "the account's group");
    expect_detail(&input, SBX_FILE_READ, "another user");
}

static void unix_programs_are_told_of_under_wine_alone(void)
{
    static const char *const words[] = {
        [PROBE_NOT_RUN] = "was not measured",
        [PROBE_ALLOWED] = "leaves the job (measured)",
        [PROBE_REFUSED] = "or was held by the job (measured)",
        [PROBE_INVALID] = "was not measured",
    };
    struct report_input input = windows();

    expect_no_detail(&input, SBX_LIFETIME, "Unix");
    for (int outcome = PROBE_NOT_RUN; outcome <= PROBE_INVALID; outcome++) {
        struct probe_results results = probed_on_wine;

        results.unix_program = (enum probe_outcome)outcome;
        input = wine();
        input.probes = &results;
        expect_detail(&input, SBX_LIFETIME, words[outcome]);
    }
}

static void lines_are_read_back_as_they_were_written(void)
{
    static const char *const names[] = {
        "write_workspace", "write_outside",    "delete_outside",   "read_outside", "open_caller",
        "open_runner",     "inherit_unlisted", "outlive_command",  "break_away",   "reparent",
        "unix_program",    "write_protected",  "delete_protected", "read_denied",  "caller_threads",
        "runner_threads",  "set_event",        "squat_pipe",       "clipboard",    "physical_drive",
        "see_variable",    "connect_v4",       "connect_v6",       "limit_memory", "limit_processes"};
    struct probe_results results = {0};
    enum probe_outcome *slots = (enum probe_outcome *)&results;

    CU_ASSERT_EQUAL(sizeof results / sizeof *slots, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sbx_buffer line = SBX_BUFFER_EMPTY;
        enum probe_outcome outcome = i % 3 == 0 ? PROBE_ALLOWED : i % 3 == 1 ? PROBE_REFUSED : PROBE_INVALID;

        probe_write_line(&line, names[i], outcome, 4294967295u);
        CU_ASSERT(probe_read_line(&results, buffer_text(&line)));
        CU_ASSERT_EQUAL(slots[i], outcome);
        buffer_free(&line);
    }
}

static void lines_that_mean_nothing_change_nothing(void)
{
    static const char *const lines[] = {
        "",
        "\n",
        "write_outside",
        "write_outside ",
        "write_outside refuse 5",
        "write",
        "refused",
        "write_outside  refused",
        "write_outsides refused 5",
        "write_outside refused x",
        "write_outside refused 5 6",
        "write_outside refused5",
        "write_outside not-run 0",
        " write_outside refused 5",
        "Write_outside refused 5",
    };
    static const struct probe_results nothing;
    struct probe_results results = {0};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (probe_read_line(&results, lines[i]))
            CU_FAIL(lines[i]);
    }
    CU_ASSERT(memcmp(&results, &nothing, sizeof results) == 0);
    CU_ASSERT(probe_read_line(&results, "write_outside refused 5\r\n"));
    CU_ASSERT(probe_read_line(&results, "read_outside allowed"));
}

static void two_answers_that_differ_are_none(void)
{
    struct probe_results results = {0};

    CU_ASSERT(probe_read_line(&results, "write_outside allowed 0"));
    CU_ASSERT(probe_read_line(&results, "write_outside allowed 0"));
    CU_ASSERT_EQUAL(results.write_outside, PROBE_ALLOWED);
    CU_ASSERT(probe_read_line(&results, "write_outside refused 5"));
    CU_ASSERT_EQUAL(results.write_outside, PROBE_INVALID);
    CU_ASSERT(probe_read_line(&results, "write_outside refused 5"));
    CU_ASSERT_EQUAL(results.write_outside, PROBE_INVALID);
}

/* The full battery: all that there is, refused. */
static const struct probe_results whole_refused = {
    PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED,
    PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_NOT_RUN, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED,
    PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED,
    PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED, PROBE_REFUSED,
};

static void expect_whole(const struct probe_results *probes, bool whole, const char *expected)
{
    struct report_input input = windows();
    struct findings findings = {NULL, 0};

    input.measurement = &fully_on_windows;
    input.fully_restricted = true;
    input.probes = probes;
    input.whole = whole;
    CU_ASSERT_EQUAL_FATAL(report_make(&input, &findings, NULL), SBX_OK);
    expect_assurances(&findings, expected);
    findings_free(&findings);
}

static void only_the_full_battery_verifies(void)
{
    struct probe_results probes = whole_refused;

    expect_whole(&whole_refused, true, "vvva--vvv");
    expect_whole(&whole_refused, false, "eeea--eee");
    expect_whole(&all_refused, true, "vvva--evv"); /* the quick share, and nothing was said of limits */
    probes.write_protected = PROBE_NOT_RUN;        /* there is no protected path */
    probes.read_denied = PROBE_NOT_RUN;
    expect_whole(&probes, true, "vvva--vvv");
    probes.write_protected = PROBE_INVALID;
    expect_whole(&probes, true, "evva--vvv");
    probes.write_protected = PROBE_ALLOWED;
    expect_whole(&probes, true, "-vva--vvv");
    probes.open_runner = PROBE_ALLOWED;
    expect_whole(&probes, true, "---a--vvv");
    probes.limit_memory = PROBE_ALLOWED;
    probes.see_variable = PROBE_ALLOWED;
    expect_whole(&probes, true, "---a---v-");
}

static void a_refusal_without_its_control_is_none(void)
{
    struct probe_results results = whole_refused;
    struct probe_results controls = {0};

    controls.write_outside = PROBE_ALLOWED;
    controls.connect_v6 = PROBE_REFUSED;
    results.read_outside = PROBE_ALLOWED;
    results.clipboard = PROBE_NOT_RUN;
    probe_control(&results, &controls);
    CU_ASSERT_EQUAL(results.write_outside, PROBE_REFUSED);
    CU_ASSERT_EQUAL(results.read_outside, PROBE_ALLOWED);
    CU_ASSERT_EQUAL(results.clipboard, PROBE_NOT_RUN);
    CU_ASSERT_EQUAL(results.connect_v6, PROBE_INVALID);
    CU_ASSERT_EQUAL(results.limit_processes, PROBE_INVALID);
    CU_ASSERT_EQUAL(probe_outcome_of(0, 5), PROBE_ALLOWED);
    CU_ASSERT_EQUAL(probe_outcome_of(5, 5), PROBE_REFUSED);
    CU_ASSERT_EQUAL(probe_outcome_of(2, 5), PROBE_INVALID);
}

static void connections_are_told_and_change_nothing(void)
{
    struct report_input input = windows();
    struct probe_results probes = all_refused;

    probes.connect_v4 = PROBE_ALLOWED;
    probes.connect_v6 = PROBE_REFUSED;
    input.probes = &probes;
    expect_detail(&input, SBX_NETWORK, "could connect to a listener of yours on 127.0.0.1");
    expect_detail(&input, SBX_NETWORK, "could not connect to a listener of yours on ::1");
    probes.connect_v4 = PROBE_INVALID;
    expect_no_detail(&input, SBX_NETWORK, "127.0.0.1");
}

static void memory_running_out_makes_no_report(void)
{
    struct report_input input = wine();
    sbx_status status = SBX_E_MEMORY;

    for (size_t nth = 1; status; nth++) {
        struct findings findings = {NULL, 77};

        sim_fail_allocation(nth);
        status = report_make(&input, &findings, NULL);
        sim_fail_allocation(0);
        if (status) {
            CU_ASSERT_EQUAL(status, SBX_E_MEMORY);
            CU_ASSERT(findings.items == NULL && findings.count == 77);
        } else {
            findings_free(&findings);
        }
    }
}

const struct harness_suite probe_suite = {
    "probe",
    (const struct harness_test[]){
        {"the report on Windows claims what was attested and probed",
         windows_report_claims_what_was_attested_and_probed},
        {"a runner within reach takes every file domain away",
         a_runner_within_reach_takes_every_file_domain_away},
        {"the report under Wine tells the truth", wine_report_tells_the_truth},
        {"the report always says whether commands can write the workspace",
         report_always_says_whether_commands_can_write_the_workspace},
        {"a grant is not promised where the host keeps no access control lists",
         grant_is_not_promised_where_the_host_keeps_no_acls},
        {"what was put on files is counted, what was left out is told",
         report_tells_what_was_put_on_files_and_what_was_not},
        {"repositories that were not found lower what is enforced",
         repositories_that_were_not_found_lower_what_is_enforced},
        {"anything but a refusal takes the assurance away", anything_but_a_refusal_takes_the_assurance_away},
        {"a probe never raises what was attested", probe_never_raises_what_was_attested},
        {"domains without a mechanism are never enforced", domains_without_a_mechanism_are_never_enforced},
        {"Unix programs are told of under Wine alone", unix_programs_are_told_of_under_wine_alone},
        {"lines are read back as they were written", lines_are_read_back_as_they_were_written},
        {"lines that mean nothing change nothing", lines_that_mean_nothing_change_nothing},
        {"two answers that differ are none", two_answers_that_differ_are_none},
        {"only the full battery verifies", only_the_full_battery_verifies},
        {"a refusal without its control is none", a_refusal_without_its_control_is_none},
        {"connections are told and change nothing", connections_are_told_and_change_nothing},
        {"memory running out makes no report", memory_running_out_makes_no_report},
        {"elevated report is the table where all of it stands",
         elevated_report_is_the_table_where_all_of_it_stands},
        {"open loop-back ports are told and not weighed", open_loop_back_ports_are_told_and_not_weighed},
        {"elevated report raises nothing", elevated_report_raises_nothing},
        {"passwords within reach are told", passwords_within_reach_are_told},
        {"names that nobody has taken are told", names_that_nobody_has_taken_are_told},
        {"the account's profile is told", the_accounts_profile_is_told},
        {"who read the runner back is told", who_read_the_runner_back_is_told},
        {"places that everybody may write are named", places_that_everybody_may_write_are_named},
        {NULL, NULL},
    },
};
