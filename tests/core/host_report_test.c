/*
 * host_report_test.c - what somebody who asks what a host can do can rely on: what is missing is said, with what would
 * help, and what could not be found out counts as missing.
 */
#include "core/host_report.h"
#include "core/setup_machine.h"

#include "memory_failing.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define SCRATCH "C:\\Users\\me\\AppData\\Local"

static bool is_there(const struct findings *findings, const char *fact)
{
    const struct finding *finding = findings_find(findings, fact);

    CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
    CU_ASSERT_NOT_EQUAL(*finding->detail, '\0');
    if (finding->assurance == SBX_ABSENT)
        CU_ASSERT_NOT_EQUAL(*finding->fix, '\0');
    return finding->assurance != SBX_ABSENT;
}

static void a_whole_windows_has_everything_that_is_built(void)
{
    struct findings findings = {NULL, 0};

    sim_reset();
    CU_ASSERT_EQUAL_FATAL(host_report_make(SCRATCH, &findings, NULL), SBX_OK);
    CU_ASSERT(is_there(&findings, "sbxcom"));
    CU_ASSERT(is_there(&findings, "windows"));
    CU_ASSERT(is_there(&findings, "acls"));
    CU_ASSERT(is_there(&findings, "jobList"));
    CU_ASSERT(is_there(&findings, "pseudoconsole"));
    CU_ASSERT(is_there(&findings, "mitigations"));
    CU_ASSERT(findings_meet(&findings)); /* nothing is required of a host */
    findings_free(&findings);
}

/* What nothing is there for in a Windows just installed, and what is. */
static void every_fact_has_what_was_seen_and_what_would_help(void)
{
    static const char *const absent[] = {"runner",        "longPaths",  "setupServer", "elevated",
                                         "asLeft",        "powershell", "git",         "userAccountControl",
                                         "writablePlaces"};
    static const struct setup_machine machine = {.state_folder = "C:\\Program Files\\sbxcom\\state"};
    static const struct setup_input me = {.user_sid = SIM_USER};
    struct findings findings = {NULL, 0};
    struct credentials credentials = {0};
    size_t missing = 0;

    sim_reset();
    CU_ASSERT_EQUAL_FATAL(host_report_make(SCRATCH, &findings, NULL), SBX_OK);
    CU_ASSERT(findings.count >= 25);
    for (size_t i = 0; i < findings.count; i++) {
        bool expected = true;

        for (size_t n = 0; n < sizeof absent / sizeof absent[0]; n++)
            expected = expected && strcmp(findings.items[i].domain, absent[n]) != 0;
        CU_ASSERT_EQUAL(is_there(&findings, findings.items[i].domain), expected);
        if (is_there(&findings, findings.items[i].domain) != expected)
            printf("    %s: %s\n", findings.items[i].domain, findings.items[i].detail);
        missing += !expected;
        for (size_t n = 0; n < i; n++)
            CU_ASSERT_STRING_NOT_EQUAL(findings.items[i].domain, findings.items[n].domain);
    }
    CU_ASSERT_EQUAL(missing, sizeof absent / sizeof absent[0]);
    printf("    facts of a host: %zu\n", findings.count);
    findings_free(&findings);

    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL_FATAL(setup_provision(&machine, &me, &credentials, NULL), SBX_OK);
    credentials_free(&credentials);
    sim_call_as(NULL);
    CU_ASSERT_EQUAL_FATAL(host_report_make(SCRATCH, &findings, NULL), SBX_OK);
    CU_ASSERT(is_there(&findings, "elevated") && is_there(&findings, "asLeft"));
    CU_ASSERT(is_there(&findings, "writablePlaces")); /* they were closed */
    findings_free(&findings);

    sim_host.drops_acl_entries = true; /* and where lists are not kept nothing is said by them */
    CU_ASSERT_EQUAL_FATAL(host_report_make(SCRATCH, &findings, NULL), SBX_OK);
    CU_ASSERT(!is_there(&findings, "writablePlaces"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(findings_find(&findings, "writablePlaces")->detail, "keeps no access control"));
    findings_free(&findings);
}

/* Each lie of a host lowers the fact that it is about. */
static void each_fact_is_measured(void)
{
    static const struct {
        const char *fact;
        bool *lie;
    } lies[] = {
        {"restrictedToken", &sim_host.drops_restricting_sids},
        {"writeRestricted", &sim_host.drops_write_restricted},
        {"privileges", &sim_host.keeps_privileges},
        {"administrators", &sim_host.keeps_administrator},
        {"memoryLimit", &sim_host.drops_memory_limit},
        {"processLimit", &sim_host.drops_process_limit},
        {"cpuLimit", &sim_host.drops_cpu_limit},
        {"acls", &sim_host.drops_acl_entries},
        {"secondaryLogon", &sim_host.has_no_secondary_logon},
        {"secondaryLogon", &sim_host.secondary_logon_is_disabled},
        {"dpapi", &sim_host.has_no_dpapi},
        {"passwordLogon", &sim_host.lets_anybody_in},
        {"filters", &sim_host.has_no_wfp},
        {"firewall", &sim_host.firewall_is_off},
        {"firewall", &sim_host.firewall_is_overridden},
        {"localAccounts", &sim_host_facts.domain_controller},
    };

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct findings findings = {NULL, 0};

        sim_reset();
        *lies[i].lie = true;
        CU_ASSERT_EQUAL_FATAL(host_report_make(SCRATCH, &findings, NULL), SBX_OK);
        CU_ASSERT_FALSE(is_there(&findings, lies[i].fact));
        if (is_there(&findings, lies[i].fact))
            printf("    %s: %s\n", lies[i].fact, findings_find(&findings, lies[i].fact)->detail);
        findings_free(&findings);
    }
    sim_reset();
}

static void what_a_host_lacks_is_absent_each_by_itself(void)
{
    struct findings findings = {NULL, 0};

    sim_reset();
    snprintf(sim_host_facts.wine, sizeof sim_host_facts.wine, "8.0");
    sim_host_facts.job_list_attribute = false;
    sim_host_facts.pseudoconsole = false;
    sim_host_facts.mitigation_policies = false;
    sim_host.drops_acl_entries = true;
    CU_ASSERT_EQUAL_FATAL(host_report_make(SCRATCH, &findings, NULL), SBX_OK);
    CU_ASSERT(is_there(&findings, "sbxcom"));
    CU_ASSERT_FALSE(is_there(&findings, "windows"));
    CU_ASSERT_FALSE(is_there(&findings, "acls"));
    CU_ASSERT_FALSE(is_there(&findings, "jobList"));
    CU_ASSERT_FALSE(is_there(&findings, "pseudoconsole"));
    CU_ASSERT_FALSE(is_there(&findings, "mitigations"));
    findings_free(&findings);
    sim_reset();
}

static void an_experiment_that_fails_counts_as_absent_and_tells_why(void)
{
    struct findings findings = {NULL, 0};

    sim_reset();
    sim_fail_calls_from(1);
    CU_ASSERT_EQUAL_FATAL(host_report_make(SCRATCH, &findings, NULL), SBX_OK);
    CU_ASSERT_FALSE(is_there(&findings, "acls"));
    CU_ASSERT_PTR_NOT_NULL(strstr(findings_find(&findings, "acls")->detail, "failed with error"));
    findings_free(&findings);
    sim_reset();
}

static sbx_status make(void *context)
{
    struct findings findings = {NULL, 0};
    sbx_status status;

    (void)context;
    status = host_report_make(SCRATCH, &findings, NULL);
    if (status)
        CU_ASSERT_EQUAL(findings.count, 0);
    findings_free(&findings);
    return status;
}

static void memory_running_out_leaves_no_half_report(void)
{
    sim_reset();
    with_memory_failing(make, NULL);
}

static const struct harness_test tests[] = {
    {"a whole Windows has everything that is built", a_whole_windows_has_everything_that_is_built},
    {"what a host lacks is absent, each by itself", what_a_host_lacks_is_absent_each_by_itself},
    {"an experiment that fails counts as absent and tells why",
     an_experiment_that_fails_counts_as_absent_and_tells_why},
    {"memory running out leaves no half report", memory_running_out_leaves_no_half_report},
    {"every fact has what was seen and what would help", every_fact_has_what_was_seen_and_what_would_help},
    {"each fact is measured", each_fact_is_measured},
    {NULL, NULL},
};

const struct harness_suite host_report_suite = {"host report", tests};
