/*
 * grants_test.c - what the engine puts on files, in which order, and how it goes again: the real engine, runner and files,
 * on lists that are kept in memory (acl_world.h). What the lists then let a token do is core's, on the simulation.
 */
#include "com/grants_world.h"
#include "com/support.h"
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/engine_under_test.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/process.h"

#include <string.h>

#define OTHER    "{\"files\": {\"protect\": [\"main.c\"]}, " LOWERED "}"
#define TOO_MUCH "{\"files\": {\"protect\": [\"main.c\"]}, \"require\": {\"network\": \"verified\"}}"

static void grants_stand_while_commands_run_and_after(void)
{
    struct opening opening = {.policy = USUAL, .id = "grants-one"};
    struct engine *engine = NULL;
    const struct boundary *boundary;
    char sid[SID_TEXT_SIZE];
    sbx_status status;

    work_begin();
    identity_user_sid(sid, NULL);
    status = work_open(&opening, &engine);
    if (status)
        printf("    %s\n", opening.error.text);
    CU_ASSERT_EQUAL_FATAL(status, SBX_OK);
    boundary = engine_boundary(engine);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(findings_find(&opening.findings, "fileWrite")->detail, "Put on files and read back"));
    findings_free(&opening.findings);

    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(work_folder), boundary->capability_sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list("main.c"), boundary->capability_sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list(".git\\hooks"), "(D;"));
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list(".git\\hooks\\pre-commit"), "(D;"));
    CU_ASSERT_PTR_NULL(strstr(work_list("main.c"), "(D;"));

    /* The temporary folder: the sandbox, the user, SYSTEM; nobody who was there by inheritance. */
    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(boundary->temp), boundary->capability_sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(boundary->temp), sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(boundary->temp), "D:P"));
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(boundary->temp), ";BA)"));

    CU_ASSERT_EQUAL(work_listed(), 2);
    CU_ASSERT_TRUE(work_has_private_folder("grants-one"));
    work_close(engine);
    CU_ASSERT_FALSE(work_has_private_folder("grants-one"));
    CU_ASSERT_EQUAL(work_listed(), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list("main.c"), "S-1-9-"));
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(work_listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(work_folder), "S-1-9-"));
    work_end();
}

static void what_cannot_be_granted_starts_no_runner_and_is_undone(void)
{
    struct opening opening;
    size_t n;

    work_begin();
    for (n = 1; n < 100; n++) {
        opening = (struct opening){.policy = USUAL, .id = "grants-fail", .runner = "C:\\there is none.exe"};
        acl_world_fail_write(n, false);
        work_fails(&opening);
        acl_world_fail_write(0, false);
        CU_ASSERT_FALSE(work_has_private_folder("grants-fail"));
        if (work_runner_was_started)
            break; /* n is more than all that is granted */
        CU_ASSERT_EQUAL(work_listed(), 0);
        CU_ASSERT_TRUE(acl_world_is_as_it_was());
    }
    printf("    writes that failed in turn: %u\n", (unsigned)n - 1);
    CU_ASSERT(n > 8 && n < 100);

    /* The next one failed while it was taken back: that is said, with what works then. */
    CU_ASSERT_PTR_NOT_NULL(strstr(opening.error.text, "could not be taken back"));
    CU_ASSERT_PTR_NOT_NULL(strstr(opening.error.text, "Deprovision"));
    CU_ASSERT_NOT_EQUAL(work_listed(), 0);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(work_listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(work_list(".git\\hooks\\pre-commit"), "S-1-9-"));
    work_end();
}

static void a_runner_that_does_not_start_leaves_nothing(void)
{
    struct opening opening = {.policy = USUAL, .id = "grants-norun", .runner = "C:\\there is none.exe"};
    struct engine *engine;
    char before[8192];

    work_begin();
    work_fails(&opening);
    CU_ASSERT_TRUE(work_runner_was_started);
    CU_ASSERT_PTR_NOT_NULL(strstr(work_phases, "granting"));
    CU_ASSERT_PTR_NOT_NULL(strstr(work_phases, "taking grants back"));
    CU_ASSERT_EQUAL(work_listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(work_folder), "S-1-9-"));
    CU_ASSERT_PTR_NULL(strstr(work_list(".git\\hooks\\pre-commit"), "S-1-9-"));

    /* What an earlier session left stays as that one left it. */
    engine = work_open_well(USUAL, "grants-earlier", NULL);
    work_close(engine);
    snprintf(before, sizeof before, "%s", work_list("main.c"));
    opening = (struct opening){.policy = OTHER, .id = "grants-norun", .runner = "C:\\there is none.exe"};
    work_fails(&opening);
    CU_ASSERT_STRING_EQUAL(before, work_list("main.c"));
    CU_ASSERT_EQUAL(work_listed(), 1);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    work_end();
}

static void a_host_below_the_requirement_leaves_nothing(void)
{
    struct opening opening = {.policy = TOO_MUCH, .id = "grants-below"};

    work_begin();
    CU_ASSERT_EQUAL(work_fails(&opening), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT_TRUE(work_runner_was_started);
    CU_ASSERT_EQUAL(work_listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(work_folder), "S-1-9-"));
    CU_ASSERT_FALSE(work_has_private_folder("grants-below"));
    work_end();
}

static void a_second_session_joins_and_protects_the_first(void)
{
    struct opening other = {.policy = OTHER, .id = "grants-two"};
    struct engine *first, *second;
    struct sbx_error error = {0};
    size_t writes;

    work_begin();
    first = work_open_well(USUAL, "grants-one", NULL);
    writes = acl_world_writes();
    second = work_open_well(USUAL, "grants-two", NULL);
    CU_ASSERT_EQUAL(acl_world_writes() - writes, 1); /* its own temporary folder */
    work_close(second);

    CU_ASSERT_EQUAL(work_fails(&other), SBX_E_POLICY_CONFLICT);
    CU_ASSERT_FALSE(work_runner_was_started);
    CU_ASSERT_EQUAL(work_deprovision(&error), SBX_E_STATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Close it first"));
    CU_ASSERT_EQUAL(engine_state(first), ENGINE_RUNNING);
    CU_ASSERT_EQUAL(work_listed(), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list("main.c"), "S-1-9-"));
    work_close(first);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(work_listed(), 0);
    work_end();
}

static void a_session_takes_over_from_itself(void)
{
    struct opening below_it = {.policy = TOO_MUCH, .id = "grants-one"};
    struct opening other = {.policy = OTHER, .id = "grants-two"};
    struct engine *first, *second;
    char before[8192];

    work_begin();
    first = work_open_well(USUAL, "grants-one", NULL);
    snprintf(before, sizeof before, "%s", work_list("main.c"));

    /* It comes to nothing: the first one goes on, with its grants, and is still protected. */
    below_it.former = first;
    CU_ASSERT_EQUAL(work_fails(&below_it), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT_STRING_EQUAL(before, work_list("main.c"));
    CU_ASSERT_EQUAL(engine_state(first), ENGINE_RUNNING);
    CU_ASSERT_EQUAL(work_listed(), 2);
    CU_ASSERT_EQUAL(work_fails(&other), SBX_E_POLICY_CONFLICT);

    /* It works: what the first one has is the second one's. */
    second = work_open_well(OTHER, "grants-one", first);
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list("main.c"), "(D;"));
    work_close(first);
    CU_ASSERT_EQUAL(work_listed(), 2);
    work_close(second);
    CU_ASSERT_EQUAL(work_listed(), 1);

    /* An engine that nobody was told of goes with what it did. */
    second = work_open_well(USUAL, "grants-one", NULL);
    CU_ASSERT_PTR_NULL(strstr(work_list("main.c"), "(D;"));
    engine_abandon(second, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list("main.c"), "(D;"));
    CU_ASSERT_EQUAL(work_listed(), 1);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(strstr(work_list("main.c"), "S-1-9-"));
    work_end();
}

static void a_lost_session_can_be_provisioned_anew(void)
{
    struct engine *first, *second;

    work_begin();
    first = work_open_well(USUAL, "grants-one", NULL);
    CU_ASSERT_EQUAL(process_terminate(engine_test_runner(first), 1, NULL), SBX_OK);
    while (engine_state(first) == ENGINE_RUNNING)
        Sleep(10);
    second = work_open_well(OTHER, "grants-one", first);
    CU_ASSERT_EQUAL(work_listed(), 2);
    work_close(first);
    CU_ASSERT_EQUAL(work_listed(), 2);
    work_close(second);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(work_listed(), 0);
    work_end();
}

static void set_event(void *context)
{
    SetEvent(context);
}

static void granting_can_be_cancelled_at_every_write(void)
{
    HANDLE stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    size_t first_writes = 0;
    size_t n;

    work_begin();
    for (n = 1; n < 100; n++) {
        struct opening opening = {.policy = USUAL, .id = "grants-stop", .stop = stop};
        struct engine *engine = NULL;
        sbx_status status;

        ResetEvent(stop);
        acl_world_at_write(n, set_event, stop);
        status = work_open(&opening, &engine);
        acl_world_at_write(0, NULL, NULL);
        findings_free(&opening.findings);
        if (!status) {
            work_close(engine); /* there was no such write any more */
            break;
        }
        CU_ASSERT_EQUAL(status, SBX_E_CANCELLED);
        CU_ASSERT_FALSE(work_runner_was_started);
        if (n == 1)
            first_writes = acl_world_writes(); /* those that took it back, too */
        CU_ASSERT_EQUAL(work_listed(), 0);
        CU_ASSERT_PTR_NULL(strstr(acl_world_list(work_folder), "S-1-9-"));
        CU_ASSERT_PTR_NULL(strstr(work_list(".git\\hooks\\pre-commit"), "S-1-9-"));
        CU_ASSERT_FALSE(work_has_private_folder("grants-stop"));
    }
    CU_ASSERT(first_writes < n); /* it ended with the step, not with all of them */
    printf("    writes at which it was cancelled: %u\n", (unsigned)n - 1);
    CU_ASSERT(n > 8 && n < 100);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CloseHandle(stop);
    work_end();
}

static void crash(void)
{
    struct opening opening = {.policy = USUAL, .id = "grants-crash"};

    acl_world_fail_write(4, true); /* and it cannot be undone either: as after a crash */
    work_fails(&opening);
    acl_world_fail_write(0, false);
    CU_ASSERT_EQUAL(work_listed(), -1);
    CU_ASSERT_FALSE(acl_world_is_as_it_was());
}

static void what_a_crash_left_is_put_right_by_the_next_session_or_by_recover(void)
{
    struct findings findings = {NULL, 0};
    struct engine *engine;

    work_begin();
    crash();
    engine = work_open_well(USUAL, "grants-next", NULL);
    CU_ASSERT_EQUAL(work_listed(), 2);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(work_listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(work_list(".git\\hooks\\pre-commit"), "S-1-9-"));
    acl_world_begin();

    crash();
    CU_ASSERT_EQUAL(grants_recover(NULL, &findings, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(findings_find(&findings, work_folder));
    findings_free(&findings);
    CU_ASSERT_EQUAL(work_listed(), 0);
    CU_ASSERT_TRUE(acl_world_is_as_it_was());
    work_end();
}

/* Recovering while a session lives leaves its private folder and its grants alone. */
static void recover_leaves_those_who_live_alone(void)
{
    struct findings findings = {NULL, 0};
    struct engine *engine;

    work_begin();
    engine = work_open_well(USUAL, "grants-alive", NULL);
    CU_ASSERT_EQUAL(grants_recover(NULL, &findings, NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(findings_find(&findings, work_folder));
    findings_free(&findings);
    CU_ASSERT_TRUE(work_has_private_folder("grants-alive"));
    CU_ASSERT_EQUAL(work_listed(), 2);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    work_end();
}

static void a_plan_is_shown_before_and_after_and_changes_nothing(void)
{
    struct engine_options options = {.workspace = work_folder, .session_id = "grants-plan"};
    struct sbx_policy policy;
    struct plan plan = {0};
    struct engine *engine;

    work_begin();
    options.workspace = work_folder;
    options.policy = &policy;
    CU_ASSERT_EQUAL_FATAL(policy_parse(USUAL, strlen(USUAL), &policy, NULL), SBX_OK);
    CU_ASSERT_EQUAL(engine_plan(&options, NULL, &plan, NULL), SBX_OK);
    CU_ASSERT(plan.count > 2);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_PLANNED);
    plan_free(&plan);
    CU_ASSERT_EQUAL(acl_world_writes(), 0);
    CU_ASSERT_EQUAL(work_listed(), 0);
    CU_ASSERT_FALSE(work_has_private_folder("grants-plan"));

    engine = work_open_well(USUAL, "grants-one", NULL);
    CU_ASSERT_EQUAL(engine_plan(&options, NULL, &plan, NULL), SBX_OK);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_DONE);
    plan_free(&plan);
    policy_free(&policy);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    work_end();
}

static void a_workspace_that_was_deleted_or_made_anew_can_be_deprovisioned(void)
{
    struct engine *engine;

    for (int anew = 0; anew < 2; anew++) {
        work_begin();
        engine = work_open_well(USUAL, "grants-one", NULL);
        work_close(engine);
        CU_ASSERT_EQUAL(work_listed(), 1);
        CU_ASSERT_EQUAL(folder_delete_tree(work_folder, NULL), SBX_OK);
        if (anew)
            CU_ASSERT_EQUAL(folder_create(work_folder, NULL), SBX_OK);
        CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
        CU_ASSERT_EQUAL(work_listed(), 0);
        folder_create(work_folder, NULL);
        work_end();
    }
}

static void explain_tells_of_the_entries_that_were_put_there(void)
{
    struct explanation explanation = {0};
    struct sbx_error error = {0};
    struct engine *engine;
    char *hook;

    work_begin();
    engine = work_open_well(USUAL, "grants-one", NULL);
    hook = work_below(work_folder, ".git\\hooks\\pre-commit");
    CU_ASSERT_EQUAL(engine_explain(engine, hook, EXPLAIN_WRITE, &explanation, &error), SBX_OK);
    if (on_wine()) /* no restricting SIDs, and the user may: which is what commands can do there */
        CU_ASSERT_TRUE(explanation.allowed);
    if (!on_wine())
        CU_ASSERT_FALSE(explanation.allowed);
    CU_ASSERT_STRING_EQUAL(explanation.path, hook);
    CU_ASSERT(strlen(explanation.decided_by) > 0);
    CU_ASSERT(strlen(explanation.text) > 0);
    explanation_free(&explanation);
    CU_ASSERT_EQUAL(engine_explain(engine, "main.c", EXPLAIN_WRITE, &explanation, &error), SBX_E_ARGUMENT);
    sbx_free(hook);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    work_end();
}

const struct harness_suite grants_suite = {
    "grants",
    (const struct harness_test[]){
        {"grants stand while commands run, and after", grants_stand_while_commands_run_and_after},
        {"what cannot be granted starts no runner and is undone",
         what_cannot_be_granted_starts_no_runner_and_is_undone},
        {"a runner that does not start leaves nothing", a_runner_that_does_not_start_leaves_nothing},
        {"a host below the requirement leaves nothing", a_host_below_the_requirement_leaves_nothing},
        {"a second session joins, and protects the first", a_second_session_joins_and_protects_the_first},
        {"a session takes over from itself", a_session_takes_over_from_itself},
        {"a lost session can be provisioned anew", a_lost_session_can_be_provisioned_anew},
        {"granting can be cancelled at every write", granting_can_be_cancelled_at_every_write},
        {"what a crash left is put right by the next session, or by Recover",
         what_a_crash_left_is_put_right_by_the_next_session_or_by_recover},
        {"Recover leaves those who live alone", recover_leaves_those_who_live_alone},
        {"a plan is shown before and after, and changes nothing",
         a_plan_is_shown_before_and_after_and_changes_nothing},
        {"a workspace that was deleted, or made anew, can be deprovisioned",
         a_workspace_that_was_deleted_or_made_anew_can_be_deprovisioned},
        {"Explain tells of the entries that were put there",
         explain_tells_of_the_entries_that_were_put_there},
        {NULL, NULL},
    },
};
