/*
 * profile_state_test.c - temporary profiles are told apart from own ones, and told where somebody looks.
 */
#include "core/profile_state.h"

#include "base/memory.h"
#include "core/host_report.h"
#include "core/setup_machine.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <string.h>

#define LIST "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\"
#define SID  "S-1-5-21-1000-2000-3000-1042"

static enum profile_state state_of(const char *sid)
{
    enum profile_state state = PROFILE_NONE;

    CU_ASSERT_EQUAL(profile_look(sid, &state, NULL), SBX_OK);
    return state;
}

static void windows_own_signs_are_read(void)
{
    sim_reset();
    CU_ASSERT_EQUAL(state_of(SID), PROFILE_NONE);
    sim_set_value_number(LIST SID, "State", 0);
    CU_ASSERT_EQUAL(state_of(SID), PROFILE_OWN);
    sim_set_value_number(LIST SID, "State", 0x204); /* new, and the default one at hand */
    CU_ASSERT_EQUAL(state_of(SID), PROFILE_OWN);
    sim_set_value_number(LIST SID ".bak", "State", 0);
    CU_ASSERT_EQUAL(state_of(SID), PROFILE_PUT_ASIDE);
    sim_set_value_number(LIST SID, "State", 0xA04);
    CU_ASSERT_EQUAL(state_of(SID), PROFILE_TEMPORARY);
    sim_set_value_binary(LIST SID, "State");
    CU_ASSERT_EQUAL(state_of(SID), PROFILE_PUT_ASIDE);
    CU_ASSERT_PTR_NULL(profile_words(PROFILE_NONE));
    CU_ASSERT_PTR_NULL(profile_words(PROFILE_OWN));
}

static void failures_are_none_of_these(void)
{
    enum profile_state state = PROFILE_OWN;

    sim_reset();
    for (size_t n = 1; n <= 2; n++) {
        sim_fail_call(n);
        CU_ASSERT_EQUAL(profile_look(SID, &state, NULL), SBX_E_SYSTEM);
        CU_ASSERT_EQUAL(state, PROFILE_OWN);
    }
    sim_fail_call(0);
}

static void session_reports_have_it_where_there_is_trouble(void)
{
    struct findings findings = {NULL, 0};

    sim_reset();
    sim_set_value_number(LIST SID, "State", 0);
    CU_ASSERT_EQUAL(profile_add_finding(SID, &findings, NULL), SBX_OK);
    CU_ASSERT_EQUAL(findings.count, 0);
    sim_set_value_number(LIST SID, "State", 0x800);
    CU_ASSERT_EQUAL(profile_add_finding(SID, &findings, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(findings_find(&findings, "profile"));
    CU_ASSERT(findings_meet(&findings));
    CU_ASSERT_NOT_EQUAL(*findings_find(&findings, "profile")->fix, '\0');
    findings_free(&findings);
}

static void doctor_and_status_name_the_account(void)
{
    static const struct setup_machine machine = {.state_folder = "C:\\Program Files\\sbxcom\\state"};
    const struct setup_input me = {.user_sid = SIM_USER};
    struct credentials credentials = {0};
    struct findings findings = {NULL, 0};
    struct setup_look look;
    char *off1 = setup_account_name(SIM_USER, SETUP_OFFLINE, 1);
    char key[200];

    sim_reset();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL_FATAL(setup_provision(&machine, &me, &credentials, NULL), SBX_OK);
    credentials_free(&credentials);
    snprintf(key, sizeof key, LIST "%s", sim_account_sid(off1));
    for (int temporary = 0; temporary < 2; temporary++) {
        sim_set_value_number(key, "State", temporary ? 0x800 : 0);
        CU_ASSERT_EQUAL_FATAL(setup_look(SIM_USER, &look, NULL), SBX_OK);
        CU_ASSERT_EQUAL(setup_look_add_profiles(&look, NULL), SBX_OK);
        CU_ASSERT_EQUAL(findings_find(&look.findings, "profiles")->assurance,
                        temporary ? SBX_ABSENT : SBX_ENFORCED);
        CU_ASSERT_EQUAL(strstr(findings_find(&look.findings, "profiles")->detail, off1) != NULL, temporary);
        CU_ASSERT(findings_meet(&look.findings)); /* sessions work all the same */
        setup_look_free(&look);
        CU_ASSERT_EQUAL_FATAL(host_report_make("C:\\Users\\me\\AppData\\Local\\Temp", &findings, NULL),
                              SBX_OK);
        CU_ASSERT_EQUAL(findings_find(&findings, "profiles")->assurance,
                        temporary ? SBX_ABSENT : SBX_ENFORCED);
        findings_free(&findings);
    }
    sbx_free(off1);
}

const struct harness_suite profile_state_suite = {
    "profile state",
    (const struct harness_test[]){
        {"Windows' own signs are read", windows_own_signs_are_read},
        {"failures are none of these", failures_are_none_of_these},
        {"session reports have it where there is trouble", session_reports_have_it_where_there_is_trouble},
        {"Doctor and Status name the account", doctor_and_status_name_the_account},
        {NULL, NULL},
    },
};
