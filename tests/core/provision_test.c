/*
 * provision_test.c - one workspace's grants, with other sessions beside, folders that are renamed and
 * deleted, and crashes anywhere.
 */
#include "core/provision.h"
#include "base/memory.h"
#include "core/fault_points.h"
#include "core/policy_scene.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

#define STATE     "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define WORKSPACE "C:\\src\\app"
#define SESSION   STATE "\\sessions\\one\\0123abcd"

/* The world: a workspace like many, and the boundaries of two policies. */

static struct boundary usual, other;

static void make_world(void)
{
    sim_reset();
    sim_add_folder(WORKSPACE "\\.git\\hooks");
    sim_set_descriptor("C:\\src", "O:" SIM_USER "G:" SIM_NO_GROUP "D:AI(A;OICI;FA;;;" SIM_USER
                                  ")(A;OICIID;0x1200a9;;;BU)");
    sim_set_descriptor(WORKSPACE, "O:" SIM_USER "G:" SIM_NO_GROUP "D:AI(A;OICIID;FA;;;" SIM_USER
                                  ")(A;OICIID;0x1200a9;;;BU)");
    sim_add_file(WORKSPACE "\\.git\\hooks\\pre-commit");
    sim_add_file(WORKSPACE "\\.git\\config");
    sim_add_file(WORKSPACE "\\main.c");
    policy_scene("{\"version\":1}", WORKSPACE, SESSION, &usual);
    policy_scene("{\"version\":1,\"files\":{\"protect\":[\"main.c\"]}}", WORKSPACE, SESSION, &other);
}

static void free_world(void)
{
    boundary_free(&usual);
    boundary_free(&other);
}

static const struct provision_host host = {.state_folder = STATE, .deeds = apply_files};

/* One session's acts. */

static sbx_status provision(const struct boundary *boundary, const char *session,
                            struct provision **provision, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    struct plan plan = {0};
    sbx_status status = provision_apply(&host, boundary, session, provision, &plan, &outcome, error);

    plan_free(&plan);
    tree_outcome_free(&outcome);
    return status;
}

/* The folder of ours that is kept for the workspace. Constant until the next call. */
static const char *workspace_folder(void)
{
    static char path[256];

    snprintf(path, sizeof path, STATE "\\workspaces\\%s", usual.capability_sid);
    return path;
}

static sbx_status undo(struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    sbx_status status = provision_undo(&host, usual.capability_sid, &outcome, error);

    tree_outcome_free(&outcome);
    return status;
}

static sbx_status recover(void)
{
    struct findings findings = {0};
    sbx_status status = provision_recover(&host, &findings, NULL);

    findings_free(&findings);
    return status;
}

static struct sim_snapshot *clean, *granted, *granted_other;

static void take_snapshots(void)
{
    struct provision *mark = NULL;

    make_world();
    clean = sim_snapshot(STATE);
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, NULL), SBX_OK);
    provision_release(mark);
    granted = sim_snapshot(STATE);
    mark = NULL;
    make_world();
    CU_ASSERT_EQUAL(provision(&other, "one", &mark, NULL), SBX_OK);
    provision_release(mark);
    granted_other = sim_snapshot(STATE);
    CU_ASSERT_PTR_NOT_NULL(sim_snapshot_difference(clean, granted));
    CU_ASSERT_PTR_NOT_NULL(sim_snapshot_difference(granted, granted_other));
}

static void free_snapshots(void)
{
    sim_snapshot_free(clean);
    sim_snapshot_free(granted);
    sim_snapshot_free(granted_other);
    clean = granted = granted_other = NULL;
    free_world();
}

/* Is a workspace listed, and completely? -1: it is unfinished. */
static int listed(bool *in_use)
{
    struct provisioned_workspace *workspaces = NULL;
    size_t count = 0;
    int result = 0;

    CU_ASSERT_EQUAL(provision_list(&host, &workspaces, &count, NULL), SBX_OK);
    CU_ASSERT(count < 2);
    if (count) {
        CU_ASSERT_PTR_NULL(workspaces[0].problem);
        result = workspaces[0].complete ? 1 : -1;
        if (in_use)
            *in_use = workspaces[0].in_use;
    }
    provisioned_workspaces_free(workspaces, count);
    return result;
}

/* Interrupted everywhere. */

static void inspect(sbx_status status, int recovered)
{
    int state = listed(NULL);

    CU_ASSERT(!(recovered && state < 0));
    CU_ASSERT(!(status == SBX_OK && state < 0));
    if (state == 0)
        expect_host(clean, STATE);
    else if (state > 0 && host_difference(granted_other, STATE))
        expect_host(granted, STATE);
    if (recovered) {
        CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
        expect_host(clean, STATE);
    }
}

static sbx_status provision_usual(void)
{
    struct provision *mark = NULL;
    sbx_status status = provision(&usual, "one", &mark, NULL);

    CU_ASSERT(status || mark);
    provision_release(mark);
    return status;
}

static sbx_status provision_other(void)
{
    struct provision *mark = NULL;
    sbx_status status = provision(&other, "two", &mark, NULL);

    CU_ASSERT(status || mark);
    provision_release(mark);
    return status;
}

static sbx_status undo_usual(void)
{
    return undo(NULL);
}

static void provisioned_world(void)
{
    make_world();
    CU_ASSERT_EQUAL(provision_usual(), SBX_OK);
}

static void crashed_world(void)
{
    make_world();
    sim_cut_power(14, SIM_CUT_AFTER);
    CU_ASSERT_NOT_EQUAL(provision_usual(), SBX_OK);
    sim_reboot(SIM_UNFLUSHED_LOST);
}

static void grants_are_as_they_were_or_as_asked(void)
{
    static const struct fault_scene scenes[] = {
        {"provisioning", false, false, make_world, provision_usual, recover, inspect},
        {"provisioning another policy", false, false, provisioned_world, provision_other, recover, inspect},
        {"deprovisioning", false, false, provisioned_world, undo_usual, recover, inspect},
        {"recovering", false, false, crashed_world, recover, recover, inspect},
    };

    take_snapshots();
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        fault_points(&scenes[i]);
    free_snapshots();
}

/* One session. */

static void second_session_finds_it_done(void)
{
    struct tree_outcome outcome = {0};
    struct provision *mark = NULL;
    struct plan plan = {0};
    bool in_use = false;

    take_snapshots();
    provisioned_world();
    CU_ASSERT_EQUAL(provision_apply(&host, &usual, "two", &mark, &plan, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(outcome.seen, 0);
    CU_ASSERT(plan.count > 2);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_DONE);
    CU_ASSERT_EQUAL(listed(&in_use), 1);
    CU_ASSERT_TRUE(in_use);
    provision_release(mark);
    CU_ASSERT_EQUAL(listed(&in_use), 1);
    CU_ASSERT_FALSE(in_use);
    expect_host(granted, STATE);
    plan_free(&plan);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(clean, STATE);
    CU_ASSERT_FALSE(sim_exists(STATE "\\workspaces\\S-1-9"));
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    free_snapshots();
}

static void plan_is_shown_with_what_is_done_and_changes_nothing(void)
{
    struct sim_snapshot *before;
    struct sim_snapshot *after;
    struct plan plan = {0};

    make_world();
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL(provision_plan(&host, &usual, &plan, NULL), SBX_OK);
    CU_ASSERT(plan.count > 2);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_PLANNED);
    plan_free(&plan);
    after = sim_snapshot(NULL);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
    sim_snapshot_free(after);
    sim_snapshot_free(before);

    CU_ASSERT_EQUAL(provision_usual(), SBX_OK);
    CU_ASSERT_EQUAL(provision_plan(&host, &usual, &plan, NULL), SBX_OK);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_DONE);
    plan_free(&plan);
    free_world();
}

static void session_may_change_its_own_policy(void)
{
    struct provision *mark = NULL;
    bool in_use = false;

    take_snapshots();
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, NULL), SBX_OK);
    CU_ASSERT_EQUAL(provision(&other, "one", &mark, NULL), SBX_OK);
    expect_host(granted_other, STATE);
    CU_ASSERT_EQUAL(listed(&in_use), 1);
    CU_ASSERT_TRUE(in_use);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(clean, STATE);
    free_snapshots();
}

/* Sessions that do not come about. */

static void apply(const struct boundary *boundary, const char *session, struct provision **mark)
{
    CU_ASSERT_EQUAL(provision(boundary, session, mark, NULL), SBX_OK);
}

static void what_a_provisioning_did_can_be_taken_back(void)
{
    struct provision *mark = NULL;

    take_snapshots();
    make_world();
    apply(&usual, "one", &mark);
    expect_host(granted, STATE);
    CU_ASSERT_TRUE(provision_has_mark(mark));
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    expect_host(clean, STATE);
    CU_ASSERT_FALSE(provision_has_mark(mark));
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    provision_release(mark);
    CU_ASSERT_EQUAL(listed(NULL), 0);
    CU_ASSERT_FALSE(sim_exists(workspace_folder()));
    free_snapshots();
}

static void taking_back_leaves_what_stood_before(void)
{
    struct provision *mark = NULL;

    take_snapshots();
    provisioned_world();
    apply(&usual, "two", &mark); /* nothing to do */
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    provision_release(mark);
    expect_host(granted, STATE);

    mark = NULL;
    apply(&other, "two", &mark);
    expect_host(granted_other, STATE);
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    provision_release(mark);
    expect_host(granted, STATE);
    CU_ASSERT_EQUAL(listed(NULL), 1);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(clean, STATE);
    free_snapshots();
}

static void taking_back_keeps_the_mark_that_a_session_had(void)
{
    struct provision *mark = NULL;
    bool in_use = false;

    take_snapshots();
    make_world();
    apply(&usual, "one", &mark);
    apply(&other, "one", &mark);
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    expect_host(granted, STATE);
    CU_ASSERT_TRUE(provision_has_mark(mark));
    CU_ASSERT_EQUAL(listed(&in_use), 1);
    CU_ASSERT_TRUE(in_use);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(clean, STATE);
    free_snapshots();
}

static void what_another_session_has_joined_is_not_taken_back(void)
{
    struct provision *first = NULL, *second = NULL;
    struct sbx_error error = {0};

    take_snapshots();
    make_world();
    apply(&usual, "one", &first);
    sim_actor(1);
    apply(&usual, "two", &second);
    sim_actor(0);
    CU_ASSERT_EQUAL(provision_take_back(&host, first, &error), SBX_E_STATE);
    CU_ASSERT_EQUAL(error.code, SBX_E_STATE);
    CU_ASSERT_FALSE(provision_has_mark(first));
    expect_host(granted, STATE);
    provision_release(first);
    sim_actor(1);
    provision_release(second);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(clean, STATE);
    free_snapshots();
}

static sbx_status provision_and_take_back(void)
{
    struct provision *mark = NULL;
    sbx_status status = provision(&other, "two", &mark, NULL);

    if (!status)
        status = provision_take_back(&host, mark, NULL);
    provision_release(mark);
    return status;
}

static void inspect_taken_back(sbx_status status, int recovered)
{
    if (!status && !recovered) {
        expect_host(granted, STATE);
        CU_ASSERT_EQUAL(listed(NULL), 1);
    }
    inspect(status, recovered);
}

static void taking_back_may_be_interrupted_anywhere(void)
{
    static const struct fault_scene scene = {
        "taking back", false, 0, provisioned_world, provision_and_take_back, recover, inspect_taken_back};

    take_snapshots();
    fault_points(&scene);
    free_snapshots();
}

static void policy_that_grants_nothing_takes_away_what_stood(void)
{
    struct boundary nothing = {0};
    struct provision *mark = NULL, *second = NULL;

    take_snapshots();
    provisioned_world();
    policy_scene("{\"version\":1,\"files\":{\"write\":[],\"read\":[],\"protect\":[]}}", WORKSPACE, SESSION,
                 &nothing);
    apply(&nothing, "one", &mark);
    expect_host(clean, STATE);
    CU_ASSERT_TRUE(provision_has_mark(mark));

    /* And nobody grants anything to its token while it lives. */
    sim_actor(1);
    CU_ASSERT_EQUAL(provision(&usual, "two", &second, NULL), SBX_E_POLICY_CONFLICT);
    sim_actor(0);
    expect_host(clean, STATE);
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    expect_host(granted, STATE);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    boundary_free(&nothing);
    free_snapshots();
}

/* Sessions side by side. */

static bool never(void *context, const struct tree_outcome *so_far)
{
    (void)context, (void)so_far;
    return false;
}

static void waiting_for_another_session_can_be_cancelled(void)
{
    const struct tree_control control = {never, NULL};
    struct provision_host impatient = host;
    struct provision *mark = NULL;
    struct tree_outcome outcome = {0};
    struct sbx_error error = {0};
    struct log_file *held = NULL;
    struct plan plan = {0};
    char path[300];

    provisioned_world();
    snprintf(path, sizeof path, "%s\\journal", workspace_folder());
    sim_actor(1);
    CU_ASSERT_EQUAL(log_open(path, &held, NULL), SBX_OK);
    sim_actor(0);
    impatient.control = &control;
    CU_ASSERT_EQUAL(provision_apply(&impatient, &usual, "one", &mark, &plan, &outcome, &error),
                    SBX_E_CANCELLED);
    CU_ASSERT_EQUAL(error.code, SBX_E_CANCELLED);
    CU_ASSERT_PTR_NULL(mark);
    plan_free(&plan);
    tree_outcome_free(&outcome);
    CU_ASSERT_EQUAL(provision_undo(&impatient, usual.capability_sid, &outcome, NULL), SBX_E_CANCELLED);
    sim_actor(1);
    log_close(held);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    free_world();
}

static void plan_that_differs_is_refused_while_another_session_lives(void)
{
    struct provision *first = NULL, *second = NULL;
    struct sbx_error error = {0};

    take_snapshots();
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &first, NULL), SBX_OK);
    sim_actor(1);
    CU_ASSERT_EQUAL(provision(&other, "two", &second, &error), SBX_E_POLICY_CONFLICT);
    CU_ASSERT_EQUAL(error.code, SBX_E_POLICY_CONFLICT);
    CU_ASSERT_PTR_NULL(second);
    expect_host(granted, STATE);
    CU_ASSERT_EQUAL(provision(&usual, "two", &second, NULL), SBX_OK); /* joins */
    error.code = SBX_OK;
    sim_actor(0);
    provision_release(first);
    CU_ASSERT_EQUAL(undo(&error), SBX_E_STATE);
    CU_ASSERT_EQUAL(error.code, SBX_E_STATE);
    expect_host(granted, STATE);
    sim_actor(1);
    provision_release(second);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(clean, STATE);
    free_snapshots();
}

static void mark_of_a_session_that_died_does_not_count(void)
{
    struct provision *first = NULL;

    take_snapshots();
    make_world();
    sim_actor(1);
    CU_ASSERT_EQUAL(provision(&usual, "one", &first, NULL), SBX_OK);
    sim_kill_actor(1);
    sim_actor(0);
    CU_ASSERT_EQUAL(provision_other(), SBX_OK);
    expect_host(granted_other, STATE);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(clean, STATE);
    sim_revive_actor(1);
    sim_actor(1);
    provision_release(first);
    free_snapshots();
}

/* The second session does its whole act at one call of the first. */

enum meanwhile { JOINS, CONFLICTS, UNDOES, RECOVERS };

static struct meeting {
    enum meanwhile what;
    size_t at;
    bool met;
    sbx_status status;
    struct provision *mark;
} meeting;

static void meet(void *context, size_t call)
{
    (void)context;
    if (call != meeting.at)
        return;
    meeting.met = true;
    sim_actor(1);
    if (meeting.what == JOINS)
        meeting.status = provision(&usual, "two", &meeting.mark, NULL);
    else if (meeting.what == CONFLICTS)
        meeting.status = provision(&other, "two", &meeting.mark, NULL);
    else
        meeting.status = meeting.what == UNDOES ? undo(NULL) : recover();
}

/*
 * Every way in which two can meet ends with what one of them asked for, and nobody is told what does not
 * hold.
 */
static void judge(sbx_status first, const struct provision *mark, size_t at)
{
    unsigned failures = CU_get_number_of_failures();
    int state = listed(NULL);

    CU_ASSERT(state >= 0);
    CU_ASSERT(first == SBX_OK || first == SBX_E_POLICY_CONFLICT || first == SBX_E_STATE ||
              first == SBX_E_TIMEOUT);
    CU_ASSERT(meeting.status == SBX_OK || meeting.status == SBX_E_TIMEOUT ||
              meeting.status == SBX_E_POLICY_CONFLICT || meeting.status == SBX_E_STATE);
    CU_ASSERT_FALSE(first && meeting.status); /* one of them at least gets what it asked for */
    if (mark)
        expect_host(granted, STATE);
    if (meeting.mark)
        expect_host(meeting.what == CONFLICTS ? granted_other : granted, STATE);
    if (!mark && !meeting.mark && state == 0)
        expect_host(clean, STATE);
    if (CU_get_number_of_failures() > failures)
        printf("    the second one %d, at call %zu: %d and %d\n", (int)meeting.what, at, first,
               meeting.status);
}

static void two_sessions_meet_at_every_call(void)
{
    size_t count = 0;

    take_snapshots();
    for (unsigned undoing = 0; undoing < 2; undoing++)
        for (enum meanwhile what = JOINS; what <= RECOVERS; what++)
            for (size_t at = 1;; at++) {
                struct provision *mark = NULL;
                sbx_status status;

                if (undoing)
                    provisioned_world();
                else
                    make_world();
                meeting = (struct meeting){.what = what, .at = at};
                sim_fail_call(0);
                sim_at_call(meet, NULL);
                status = undoing ? undo(NULL) : provision(&usual, "one", &mark, NULL);
                sim_at_call(NULL, NULL);
                sim_actor(0);
                if (!meeting.met) {
                    provision_release(mark);
                    break;
                }
                judge(status, mark, at);
                count++;
                provision_release(mark);
                sim_actor(1);
                provision_release(meeting.mark);
                sim_actor(0);
                CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
                expect_host(clean, STATE);
            }
    fault_points_count("meetings", count);
    CU_ASSERT(count > 300);
    free_snapshots();
}

/* Another session lives in the workspace, and whatever becomes of this one, that one keeps what it was told. */

static struct provision *living;

static void world_with_a_session(void)
{
    provision_release(living); /* of a world in which nothing was interrupted any more */
    living = NULL;
    make_world();
    sim_actor(1);
    CU_ASSERT_EQUAL(provision(&usual, "two", &living, NULL), SBX_OK);
    sim_actor(0);
}

static sbx_status undo_beside(void)
{
    sbx_status status = undo(NULL);

    CU_ASSERT_NOT_EQUAL(status, SBX_OK);
    return status;
}

static sbx_status the_other_one_ends_and_recover(void)
{
    sbx_status status = recover();

    CU_ASSERT_EQUAL(listed(NULL), 1);
    expect_host(granted, STATE);
    sim_actor(1);
    provision_release(living);
    living = NULL;
    sim_actor(0);
    return status ? status : recover();
}

static void inspect_beside(sbx_status status, int recovered)
{
    (void)status;
    CU_ASSERT_EQUAL(listed(NULL), 1);
    expect_host(granted, STATE);
    if (recovered) {
        CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
        expect_host(clean, STATE);
    }
}

/* What a session does at its end: its private folder goes, then its marks. The grants stay for the next one. */

static struct provision *ending;
static struct held_file *folder_mark;

static void world_with_own_session(void)
{
    held_close(folder_mark);
    provision_release(ending);
    folder_mark = NULL;
    ending = NULL;
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &ending, NULL), SBX_OK);
    sim_add_folder(STATE "\\sessions\\one");
    CU_ASSERT_EQUAL(provision_mark_folder(SESSION, &folder_mark, NULL), SBX_OK);
    sim_add_folder(SESSION "\\temp\\x");
    sim_add_file(SESSION "\\temp\\x\\left.txt");
}

static sbx_status close_session(void)
{
    sbx_status status = folder_delete_tree(SESSION, NULL);

    held_close(folder_mark);
    folder_mark = NULL;
    provision_release(ending);
    ending = NULL;
    return status;
}

static void inspect_closed(sbx_status status, int recovered)
{
    bool in_use = true;

    CU_ASSERT_EQUAL(listed(&in_use), 1);
    CU_ASSERT_FALSE(in_use);
    CU_ASSERT(!((recovered || !status) && sim_exists(SESSION)));
    inspect_beside(status, recovered);
}

static void sessions_beside_and_ending(void)
{
    static const struct fault_scene scenes[] = {
        {"joining", false, false, world_with_a_session, provision_usual, the_other_one_ends_and_recover,
         inspect_beside},
        {"a refused change", false, false, world_with_a_session, provision_other,
         the_other_one_ends_and_recover, inspect_beside},
        {"a refused undo", false, false, world_with_a_session, undo_beside, the_other_one_ends_and_recover,
         inspect_beside},
        {"closing", false, false, world_with_own_session, close_session, recover, inspect_closed},
    };

    take_snapshots();
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        fault_points(&scenes[i]);
    provision_release(living);
    provision_release(ending);
    held_close(folder_mark);
    living = ending = NULL;
    folder_mark = NULL;
    free_snapshots();
}

/* The workspace's folder. */

static void renamed_workspace_is_undone_where_it_is(void)
{
    struct sim_snapshot *before;

    make_world();
    sim_rename(WORKSPACE, "C:\\src\\renamed");
    before = sim_snapshot(STATE);
    sim_rename("C:\\src\\renamed", WORKSPACE);
    CU_ASSERT_EQUAL(provision_usual(), SBX_OK);
    sim_rename(WORKSPACE, "C:\\src\\renamed");
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(before, STATE);
    CU_ASSERT_EQUAL(listed(NULL), 0);
    sim_snapshot_free(before);
    free_world();
}

static void replaced_workspace_is_not_touched_and_a_deleted_one_is_no_failure(void)
{
    struct sim_snapshot *before;

    provisioned_world();
    sim_remove(WORKSPACE "\\.git\\hooks\\pre-commit");
    sim_remove(WORKSPACE "\\.git\\hooks");
    sim_remove(WORKSPACE "\\.git\\config");
    sim_remove(WORKSPACE "\\.git");
    sim_remove(WORKSPACE "\\main.c");
    sim_remove(WORKSPACE);
    sim_add_folder(WORKSPACE "\\.git");
    before = sim_snapshot(STATE);
    CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
    expect_host(before, STATE);
    CU_ASSERT_EQUAL(listed(NULL), 0);
    sim_snapshot_free(before);
    free_world();
}

/* Hosts. */

static void host_without_acls_gets_nothing_written(void)
{
    struct sim_snapshot *before;
    struct sim_snapshot *after;
    struct provision *mark = NULL;

    make_world();
    sim_host.drops_acl_entries = true;
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(mark);
    provision_release(mark);
    after = sim_snapshot(NULL);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
    sim_snapshot_free(after);
    sim_snapshot_free(before);
    free_world();
}

/* Recovering. */

/* As AllowWrite does, with a policy that stands for the wider one. */
static void what_is_for_a_while_is_undone_when_its_session_dies(void)
{
    const struct provision_host for_a_while = {
        .state_folder = STATE, .deeds = apply_files, .for_a_while = true};
    struct provision *mark = NULL;
    struct plan plan = {0};
    struct tree_outcome outcome = {0};

    take_snapshots();
    for (int narrowed = 0; narrowed < 3; narrowed++) {
        make_world();
        apply(&usual, "one", &mark);
        CU_ASSERT_EQUAL(provision_apply(&for_a_while, &other, "one", &mark, &plan, &outcome, NULL), SBX_OK);
        plan_free(&plan);
        tree_outcome_free(&outcome);
        CU_ASSERT_EQUAL(recover(), SBX_OK); /* it lives: nothing happens */
        CU_ASSERT_EQUAL(listed(NULL), 1);
        if (narrowed == 1)
            apply(&usual, "one", &mark);
        if (narrowed == 2)
            CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
        provision_release(mark);
        mark = NULL;
        CU_ASSERT_EQUAL(recover(), SBX_OK);
        expect_host(narrowed ? granted : clean, STATE);
        CU_ASSERT_EQUAL(undo(NULL), SBX_OK);
        expect_host(clean, STATE);
        CU_ASSERT_FALSE(sim_exists(workspace_folder()));
    }
    free_snapshots();
}

static void recovery_tells_what_it_did(void)
{
    struct findings findings = {0};
    struct held_file *mark = NULL;

    take_snapshots();
    crashed_world();
    CU_ASSERT_EQUAL(listed(NULL), -1);
    sim_add_file(SESSION "\\temp\\left.txt");
    sim_add_file(STATE "\\sessions\\one\\transcript.jsonl");
    CU_ASSERT_EQUAL(provision_mark_folder(STATE "\\sessions\\one\\ffff0000", &mark, NULL), SBX_OK);
    sim_add_folder(STATE "\\sessions\\one\\ffff0000");
    CU_ASSERT_EQUAL(provision_recover(&host, &findings, NULL), SBX_OK);
    CU_ASSERT_EQUAL(findings.count, 2);
    CU_ASSERT_PTR_NOT_NULL(findings_find(&findings, WORKSPACE));
    CU_ASSERT_PTR_NOT_NULL(findings_find(&findings, SESSION));
    CU_ASSERT_FALSE(sim_exists(SESSION));
    CU_ASSERT_TRUE(sim_exists(STATE "\\sessions\\one\\ffff0000"));
    CU_ASSERT_TRUE(sim_exists(STATE "\\sessions\\one\\transcript.jsonl"));
    expect_host(clean, STATE);
    findings_free(&findings);
    held_close(mark);
    CU_ASSERT_EQUAL(provision_recover(&host, &findings, NULL), SBX_OK);
    CU_ASSERT_EQUAL(findings.count, 1);
    CU_ASSERT_FALSE(sim_exists(STATE "\\sessions\\one\\ffff0000"));
    findings_free(&findings);
    free_snapshots();
}

static void damaged_journal_is_listed_with_its_problem(void)
{
    struct provisioned_workspace *workspaces = NULL;
    struct findings findings = {0};
    struct sbx_strings keys = {0};
    char path[256];
    char *damaged;
    size_t count = 0;

    provisioned_world();
    CU_ASSERT_EQUAL(provision_list(&host, &workspaces, &count, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_STRING_EQUAL(workspaces[0].key, usual.capability_sid);
    CU_ASSERT_STRING_EQUAL(workspaces[0].subject.path, WORKSPACE);
    CU_ASSERT_PTR_NOT_NULL(strstr(workspaces[0].rights, "write"));
    CU_ASSERT_PTR_NOT_NULL(strstr(workspaces[0].rights, "protected"));
    provisioned_workspaces_free(workspaces, count);

    CU_ASSERT_EQUAL(provision_keys_of(&host, "c:\\SRC\\app", &keys, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(keys.count, 1);
    CU_ASSERT_STRING_EQUAL(keys.items[0], usual.capability_sid);
    CU_ASSERT_EQUAL(provision_keys_of(&host, "C:\\src", &keys, NULL), SBX_OK);
    CU_ASSERT_EQUAL(keys.count, 1);
    strings_free(&keys);

    snprintf(path, sizeof path, STATE "\\workspaces\\%s\\journal", usual.capability_sid);
    damaged = sbx_strdup(sim_contents(path, NULL));
    CU_ASSERT_PTR_NOT_NULL_FATAL(damaged);
    damaged[strlen(damaged) / 2] ^= 1;
    sim_set_contents(path, damaged);
    sbx_free(damaged);
    CU_ASSERT_EQUAL(provision_list(&host, &workspaces, &count, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_PTR_NOT_NULL(workspaces[0].problem);
    provisioned_workspaces_free(workspaces, count);
    CU_ASSERT_EQUAL(provision_recover(&host, &findings, NULL), SBX_E_JOURNAL);
    CU_ASSERT_EQUAL(findings.count, 1);
    CU_ASSERT_FALSE(findings_meet(&findings));
    findings_free(&findings);
    free_world();
}

const struct harness_suite provision_suite = {
    "provision",
    (const struct harness_test[]){
        {"at every fault point grants are as they were or as asked", grants_are_as_they_were_or_as_asked},
        {"a second session finds it done", second_session_finds_it_done},
        {"a plan is shown with what is done and changes nothing",
         plan_is_shown_with_what_is_done_and_changes_nothing},
        {"a session may change its own policy", session_may_change_its_own_policy},
        {"what a provisioning did can be taken back", what_a_provisioning_did_can_be_taken_back},
        {"what is for a while is undone when its session dies",
         what_is_for_a_while_is_undone_when_its_session_dies},
        {"taking back leaves what stood before", taking_back_leaves_what_stood_before},
        {"taking back keeps the mark that a session had", taking_back_keeps_the_mark_that_a_session_had},
        {"what another session has joined is not taken back",
         what_another_session_has_joined_is_not_taken_back},
        {"at every fault point of taking back grants are as they were or as asked",
         taking_back_may_be_interrupted_anywhere},
        {"a policy that grants nothing takes away what stood",
         policy_that_grants_nothing_takes_away_what_stood},
        {"waiting for another session can be cancelled", waiting_for_another_session_can_be_cancelled},
        {"a plan that differs is refused while another session lives",
         plan_that_differs_is_refused_while_another_session_lives},
        {"the mark of a session that died does not count", mark_of_a_session_that_died_does_not_count},
        {"two sessions may meet at every call, a fault point each", two_sessions_meet_at_every_call},
        {"at every fault point another session keeps what it was told, and closing leaves the grants",
         sessions_beside_and_ending},
        {"a renamed workspace is undone where it is", renamed_workspace_is_undone_where_it_is},
        {"a replaced workspace is not touched, and a deleted one is no failure",
         replaced_workspace_is_not_touched_and_a_deleted_one_is_no_failure},
        {"a host without ACLs gets nothing written", host_without_acls_gets_nothing_written},
        {"recovery tells what it did", recovery_tells_what_it_did},
        {"a damaged journal is listed with its problem", damaged_journal_is_listed_with_its_problem},
        {NULL, NULL},
    },
};
