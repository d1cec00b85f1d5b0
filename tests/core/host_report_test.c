/*
 * host_report_test.c - what somebody who asks what a host can do can rely on: what is missing is said, with what would
 * help, and what could not be found out counts as missing.
 */
#include "core/host_report.h"

#include "memory_failing.h"
#include "sim/sim.h"
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
    {NULL, NULL},
};

const struct harness_suite host_report_suite = {"host report", tests};
