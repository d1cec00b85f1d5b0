/*
 * effective_test.c - what somebody who asks for one command's report can rely on: it never says more than was
 * read back of that very process, and says what differed.
 */
#include "core/effective.h"

#include "memory_failing.h"
#include "support/harness.h"

#include <string.h>

static void fill(struct findings *session)
{
    CU_ASSERT_EQUAL(findings_add(session, "fileWrite", SBX_VERIFIED, SBX_ENFORCED, "write-restricted token",
                                 "A probe tried it.", ""),
                    SBX_OK);
    CU_ASSERT_EQUAL(
        findings_add(session, "resources", SBX_ABSENT, SBX_ABSENT, "job", "Not kept.", "Windows."), SBX_OK);
    CU_ASSERT_EQUAL(
        findings_add(session, "handles", SBX_VERIFIED, SBX_ENFORCED, "handle list", "A probe tried it.", ""),
        SBX_OK);
    CU_ASSERT_EQUAL(findings_add(session, "volume", SBX_ENFORCED, SBX_ABSENT, "asked", "NTFS.", ""), SBX_OK);
}

/* All that attest could find in order. */
static struct measurement flawless(void)
{
    struct measurement measurement = {0};

    for (int i = 0; i < SBX_DOMAIN_COUNT; i++)
        measurement.assurance[i] = SBX_VERIFIED;
    return measurement;
}

static void a_flawless_process_has_what_the_session_has(void)
{
    const struct measurement measurement = flawless();
    struct findings session = {NULL, 0}, effective = {NULL, 0};

    fill(&session);
    CU_ASSERT_EQUAL_FATAL(effective_make(&session, &measurement, &effective, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(effective.count, session.count);
    for (size_t i = 0; i < session.count; i++) {
        CU_ASSERT_STRING_EQUAL(effective.items[i].domain, session.items[i].domain);
        CU_ASSERT_EQUAL(effective.items[i].assurance, session.items[i].assurance);
        CU_ASSERT_EQUAL(effective.items[i].required, session.items[i].required);
        CU_ASSERT_STRING_EQUAL(effective.items[i].mechanism, session.items[i].mechanism);
        CU_ASSERT_STRING_EQUAL(effective.items[i].fix, session.items[i].fix);
    }
    CU_ASSERT_STRING_EQUAL(findings_find(&effective, "fileWrite")->detail,
                           "Read back of this process before it ran: nothing differs from what was set. Of "
                           "the session: A probe tried it.");
    CU_ASSERT_STRING_EQUAL(findings_find(&effective, "volume")->detail, "NTFS.");
    findings_free(&session);
    findings_free(&effective);
}

static void what_differs_lowers_its_domain_and_is_named(void)
{
    struct measurement measurement = flawless();
    struct findings session = {NULL, 0}, effective = {NULL, 0};
    const struct finding *finding;

    measurement.differences = ATTEST_RESTRICTING_SIDS;
    measurement.assurance[SBX_FILE_WRITE] = SBX_ABSENT;
    fill(&session);
    CU_ASSERT_EQUAL_FATAL(effective_make(&session, &measurement, &effective, NULL), SBX_OK);
    finding = findings_find(&effective, "fileWrite");
    CU_ASSERT_EQUAL(finding->assurance, SBX_ABSENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->detail, "not as set: restricting SIDs."));
    CU_ASSERT_FALSE(findings_meet(&effective));

    /* What was better in one process than in the session does not raise the session. */
    CU_ASSERT_EQUAL(findings_find(&effective, "resources")->assurance, SBX_ABSENT);
    findings_free(&session);
    findings_free(&effective);
}

static void what_only_a_probe_shows_says_so(void)
{
    struct measurement measurement = flawless();
    struct findings session = {NULL, 0}, effective = {NULL, 0};

    CU_ASSERT(attest_covers(&measurement, SBX_HANDLES));
    CU_ASSERT(attest_covers(&measurement, SBX_NETWORK)); /* an account's group */
    measurement.unread = ATTEST_GROUP;                   /* the restricted level */
    CU_ASSERT_FALSE(attest_covers(&measurement, SBX_NETWORK));
    measurement.unread |= ATTEST_HANDLES; /* a host that lists no handles */
    CU_ASSERT_FALSE(attest_covers(&measurement, SBX_HANDLES));
    fill(&session);
    CU_ASSERT_EQUAL_FATAL(effective_make(&session, &measurement, &effective, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(findings_find(&effective, "handles")->detail,
                           "Not read back of a single process. Of the session: A probe tried it.");
    findings_free(&session);
    findings_free(&effective);
}

static sbx_status make(void *context)
{
    const struct measurement measurement = flawless();
    struct findings effective = {NULL, 0};
    sbx_status status = effective_make(context, &measurement, &effective, NULL);

    if (status)
        CU_ASSERT_EQUAL(effective.count, 0);
    findings_free(&effective);
    return status;
}

static void memory_running_out_leaves_no_half_report(void)
{
    struct findings session = {NULL, 0};

    fill(&session);
    with_memory_failing(make, &session);
    findings_free(&session);
}

static const struct harness_test tests[] = {
    {"a flawless process has what the session has", a_flawless_process_has_what_the_session_has},
    {"what differs lowers its domain and is named", what_differs_lowers_its_domain_and_is_named},
    {"what only a probe shows says so", what_only_a_probe_shows_says_so},
    {"memory running out leaves no half report", memory_running_out_leaves_no_half_report},
    {NULL, NULL},
};

const struct harness_suite effective_suite = {"effective", tests};
