/*
 * sandboxed.c - a provisioned workspace on the simulated Windows.
 */
#include "core/sandboxed.h"

#include "support/harness.h"

#include <string.h>

#define SESSION SANDBOXED_STATE "\\sessions\\one\\0123abcd"
#define OWN     "O:" SIM_USER "G:" SIM_NO_GROUP

static const struct provision_host host = {.state_folder = SANDBOXED_STATE, .deeds = apply_files};
static const char *workspace = SANDBOXED_WORKSPACE;

void sandboxed_at(const char *other)
{
    workspace = other ? other : SANDBOXED_WORKSPACE;
}

void sandboxed_world(void)
{
    sim_reset();
    sim_add_folder("C:\\src");
    sim_set_descriptor("C:\\src",
                       OWN "D:AI(A;OICI;FA;;;" SIM_USER ")(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)");
    sim_add_file(SANDBOXED_WORKSPACE "\\mine.txt");
    sim_add_file(SANDBOXED_OUTSIDE "\\mine.txt");
    sim_set_contents(SANDBOXED_WORKSPACE "\\mine.txt", "mine");
    sim_set_contents(SANDBOXED_OUTSIDE "\\mine.txt", "mine");
}

static sbx_status resolve(struct boundary *boundary, const char *policy_text, struct sbx_error *error)
{
    char *entries[] = {"PATH=C:\\Windows"};
    const struct sbx_strings environment = {entries, 1};
    struct sbx_policy policy;
    struct boundary_input input = {.workspace = workspace,
                                   .session_folder = SESSION,
                                   .user_sid = SIM_USER,
                                   .caller_environment = &environment,
                                   .policy = &policy};
    sbx_status status;

    CU_ASSERT_EQUAL_FATAL(policy_parse(policy_text, strlen(policy_text), &policy, NULL), SBX_OK);
    status = boundary_resolve(&input, boundary, error);
    policy_free(&policy);
    return status;
}

sbx_status sandboxed_try(struct sandboxed *sandboxed, const char *policy_text, struct sbx_error *error)
{
    struct sim_token user;
    sbx_status status;

    memset(sandboxed, 0, sizeof *sandboxed);
    status = resolve(&sandboxed->boundary, policy_text, error);
    if (!status)
        status = provision_apply(&host, &sandboxed->boundary, "one", &sandboxed->mark, &sandboxed->plan,
                                 &sandboxed->outcome, error);
    if (!status) {
        sim_token_copy(sim_token_of(SIM_ORDINARY_USER), &user);
        sim_restrict(&user, &sandboxed->boundary.recipe, &sandboxed->command);
    }
    return status;
}

void sandboxed_enter(struct sandboxed *sandboxed, const char *policy_text)
{
    struct sbx_error error = {0};
    sbx_status status = sandboxed_try(sandboxed, policy_text, &error);

    if (status)
        printf("    %s %s\n", status_word(status), error.text);
    CU_ASSERT_EQUAL_FATAL(status, SBX_OK);
}

sbx_status sandboxed_undo(struct sandboxed *sandboxed, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    sbx_status status;

    provision_release(sandboxed->mark);
    sandboxed->mark = NULL;
    status = provision_undo(&host, sandboxed->boundary.capability_sid, &outcome, error);
    tree_outcome_free(&outcome);
    return status;
}

void sandboxed_leave(struct sandboxed *sandboxed)
{
    provision_release(sandboxed->mark);
    plan_free(&sandboxed->plan);
    tree_outcome_free(&sandboxed->outcome);
    boundary_free(&sandboxed->boundary);
}
