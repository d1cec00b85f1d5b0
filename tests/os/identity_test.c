/*
 * identity_test.c - what is found out about a token is what the system says elsewhere.
 */
#include "os/identity.h"
#include "os/child.h"
#include "os/native.h"
#include "os/security.h"
#include "support/harness.h"

#include <string.h>

static void own_facts_agree_with_each_other(void)
{
    struct identity_facts facts = {.session_id = 0};
    char sid[SID_TEXT_SIZE];
    DWORD session = 0;

    CU_ASSERT_EQUAL_FATAL(identity_measure(NULL, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(identity_user_sid(sid, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(facts.token.user_sid, sid);
    CU_ASSERT_EQUAL(facts.level, IDENTITY_PRIMARY);
    CU_ASSERT_FALSE(facts.app_container);
    CU_ASSERT_FALSE(facts.system);
    CU_ASSERT(ProcessIdToSessionId(GetCurrentProcessId(), &session));
    CU_ASSERT_EQUAL(facts.session_id, session);
    CU_ASSERT(identity_in_group(&facts, "S-1-1-0"));
    CU_ASSERT_FALSE(identity_in_group(&facts, "S-1-5-21-1-2-3-4"));
    for (size_t i = 0; i < facts.token.enabled_groups.count; i++)
        CU_ASSERT(identity_in_group(&facts, facts.token.enabled_groups.items[i]));
    CU_ASSERT(!facts.could_elevate || !facts.token.administrator);
    if (!on_wine())
        CU_ASSERT(facts.logon_type > 0 && facts.logon_package[0]);
    identity_facts_free(&facts);
    CU_ASSERT_PTR_NULL(facts.token.user_sid);
}

/* A group that no longer grants is still one that somebody is in: that is how a sandbox's account is known. */
static void membership_counts_where_it_grants_nothing_any_more(void)
{
    static const struct token_recipe recipe;
    struct identity_facts own = {.session_id = 0};
    struct identity_facts facts = {.session_id = 0};
    sbx_handle token;

    CU_ASSERT_EQUAL_FATAL(identity_measure(NULL, &own, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &token, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(identity_measure(token, &facts, NULL), SBX_OK);
    CU_ASSERT_FALSE(facts.token.administrator);
    CU_ASSERT_EQUAL(identity_in_group(&facts, "S-1-5-32-544"), identity_in_group(&own, "S-1-5-32-544"));
    CU_ASSERT_EQUAL(facts.could_elevate, identity_in_group(&own, "S-1-5-32-544"));
    CU_ASSERT_EQUAL(facts.groups.count, own.groups.count);
    identity_facts_free(&facts);
    identity_facts_free(&own);
    handle_close(token);
}

/* Whoever calls over COM at identification level can be asked, and is not taken for a process of his own. */
static void an_impersonated_caller_is_measured_by_his_level(void)
{
    static const struct {
        SECURITY_IMPERSONATION_LEVEL level;
        enum identity_level expected;
    } rows[] = {{SecurityIdentification, IDENTITY_IDENTIFICATION},
                {SecurityImpersonation, IDENTITY_IMPERSONATION}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity_facts facts = {.session_id = 0};
        char sid[SID_TEXT_SIZE];
        HANDLE own;
        HANDLE thread = NULL;

        CU_ASSERT_FATAL(ImpersonateSelf(rows[i].level));
        CU_ASSERT(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &thread));
        CU_ASSERT_FATAL(RevertToSelf());
        CU_ASSERT_FATAL(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &own));
        CU_ASSERT_EQUAL_FATAL(identity_measure(thread, &facts, NULL), SBX_OK);
        CU_ASSERT_EQUAL(facts.level, rows[i].expected);
        CU_ASSERT_EQUAL(identity_user_sid(sid, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(facts.token.user_sid, sid);
        identity_facts_free(&facts);
        CloseHandle(own);
        CloseHandle(thread);
    }
}

static void a_handle_that_is_no_token_is_refused(void)
{
    struct identity_facts facts = {.session_id = 0};
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    CU_ASSERT_EQUAL(identity_measure(event, &facts, NULL), SBX_E_SYSTEM);
    CU_ASSERT_PTR_NULL(facts.token.user_sid);
    CloseHandle(event);
}

static void the_secondary_logon_is_looked_for(void)
{
    enum secondary_logon state = SECONDARY_LOGON_DISABLED;

    CU_ASSERT_EQUAL_FATAL(identity_secondary_logon(&state, NULL), SBX_OK);
    CU_ASSERT_EQUAL(state == SECONDARY_LOGON_MISSING, on_wine());
}

static sbx_status attempt_measure(void *context, struct sbx_error *error)
{
    struct identity_facts facts = {.session_id = 0};
    sbx_status status = identity_measure(NULL, &facts, error);

    (void)context;
    CU_ASSERT_EQUAL(facts.token.user_sid == NULL, status != SBX_OK);
    identity_facts_free(&facts);
    return status;
}

static void memory_running_out_leaves_the_facts_alone(void)
{
    expect_memory_failures(attempt_measure, NULL);
}

/* Wine lets anybody in, and must be found out; Windows must refuse. */
static void host_that_lets_anybody_in_is_found_out(void)
{
    struct host_facts host;
    bool checks = false;

    host_examine(&host);
    checks = host.wine[0] != '\0'; /* the other way round */
    CU_ASSERT_EQUAL_FATAL(identity_checks_passwords(&checks, NULL), SBX_OK);
    CU_ASSERT_EQUAL(checks, host.wine[0] == '\0');
}

const struct harness_suite identity_suite = {
    "identity",
    (const struct harness_test[]){
        {"own facts agree with each other", own_facts_agree_with_each_other},
        {"membership counts where it grants nothing any more",
         membership_counts_where_it_grants_nothing_any_more},
        {"an impersonated caller is measured by his level", an_impersonated_caller_is_measured_by_his_level},
        {"a handle that is no token is refused", a_handle_that_is_no_token_is_refused},
        {"the secondary logon is looked for", the_secondary_logon_is_looked_for},
        {"memory running out leaves the facts alone", memory_running_out_leaves_the_facts_alone},
        {"a host that lets anybody in is found out", host_that_lets_anybody_in_is_found_out},
        {NULL, NULL},
    },
};
