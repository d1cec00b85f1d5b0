/*
 * apply_test.c - whatever interrupts a plan, the host ends up as it was or as it was asked to be, and the
 * journal says which.
 */
#include "core/apply.h"
#include "base/memory.h"
#include "core/fault_points.h"
#include "core/setup.h"
#include "core/password.h"
#include "core/policy_scene.h"
#include "core/step_maker.h"
#include "os/filesystem.h"
#include "os/random.h"
#include "sim/machine.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#define STATE   "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define JOURNAL STATE "\\journal"
#define ABOVE   "C:\\above"
#define ROOT    ABOVE "\\work"
#define COMMENT "sbxcom: made by a test"

/* The plans that the tests carry out. */

enum plan_name { PLAN_FIRST, PLAN_SECOND, PLAN_MACHINE, PLAN_SETUP, PLAN_COUNT };

static void add_step(struct plan *plan, struct step step)
{
    struct step *grown = sbx_realloc(plan->steps, (plan->count + 1) * sizeof *grown);

    CU_ASSERT_PTR_NOT_NULL_FATAL(grown);
    plan->steps = grown;
    plan->steps[plan->count++] = step;
}

static struct step named(enum step_kind kind, const char *name, const char *of, const char *text,
                         uint32_t flags)
{
    struct step step = {.kind = kind};

    step.rule = sbx_strdup("");
    step.named.name = sbx_strdup(name);
    step.named.of = sbx_strdup(of);
    step.named.text = sbx_strdup(text);
    step.named.flags = flags;
    return step;
}

static struct step firewall_step(const char *name, const char *group)
{
    struct step step = {.kind = STEP_FIREWALL};

    step.rule = sbx_strdup("");
    step.firewall.name = sbx_strdup(name);
    step.firewall.group = sbx_strdup("sbxcom");
    step.firewall.description = sbx_strdup("");
    step.firewall.users = sbx_strdup(group);
    step.firewall.direction = FIREWALL_OUT;
    step.firewall.protocol = FIREWALL_ANY_PROTOCOL;
    step.firewall.remote_addresses = sbx_strdup("*");
    step.firewall.remote_ports = sbx_strdup("");
    step.firewall.enabled = true;
    return step;
}

static struct step filters_step(const char *group)
{
    static const char *const keys[] = {"6a3f0001-0000-4000-8000-000000000001",
                                       "6a3f0001-0000-4000-8000-000000000002"};
    struct step step = {.kind = STEP_FILTERS};

    step.rule = sbx_strdup("");
    step.filters.items = sbx_alloc_array(2, sizeof *step.filters.items);
    for (size_t i = 0; i < 2; i++) {
        struct wfp_filter *filter = &step.filters.items[step.filters.count++];

        snprintf(filter->key, sizeof filter->key, "%s", keys[i]);
        filter->name = sbx_strdup("block");
        filter->user_sid = sbx_strdup(group);
        filter->layer = WFP_CONNECT;
        filter->ipv6 = i == 1;
        filter->weight = 8;
    }
    return step;
}

static struct plan make_plan(enum plan_name name)
{
    struct plan plan = {0};

    if (name == PLAN_SETUP) {
        static char *folders[] = {"C:\\ProgramData"};
        static const struct sbx_strings closed = {folders, 1};
        const struct setup_input input = {
            .user_sid = SIM_USER, .proxy_http_port = 49001, .proxy_socks_port = 49002, .closed = &closed};

        CU_ASSERT_EQUAL_FATAL(setup_plan(&input, &plan, NULL), SBX_OK);
        return plan;
    }
    if (name == PLAN_MACHINE) {
        add_step(&plan, named(STEP_GROUP, "SbxOff-test", "", COMMENT, 0));
        add_step(&plan, named(STEP_RIGHT, "SeDenyNetworkLogonRight", "SbxOff-test", "", 0));
        add_step(&plan, firewall_step("SbxOff-test out", "SbxOff-test"));
        add_step(&plan, filters_step("SbxOff-test"));
        add_step(&plan, named(STEP_ACCOUNT, "Sbx-test-off1", "", COMMENT,
                              ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD));
        add_step(&plan, named(STEP_MEMBER, "Sbx-test-off1", "SbxOff-test", "", 0));
        add_step(&plan, named(STEP_VALUE, "Sbx-test-off1", "SOFTWARE\\sbxcom\\test", "0", STEP_VALUE_NUMBER));
        add_step(&plan, named(STEP_VALUE, "Version", "SOFTWARE\\sbxcom\\test", "1.0", 0));
        return plan;
    }
    add_step(&plan, make_files_step(STEP_DENY, ROOT "\\.git\\hooks"));
    add_step(&plan, make_files_step(STEP_ANCHOR, ROOT "\\.git"));
    if (name == PLAN_SECOND)
        add_step(&plan, make_files_step(STEP_DENY, ROOT "\\.env"));
    else
        add_step(&plan, make_files_step(STEP_PASSAGE, ABOVE));
    add_step(&plan, make_files_step(STEP_ALLOW, ROOT));
    return plan;
}

static void free_plan(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        step_free(&plan->steps[i]);
    sbx_free(plan->steps);
    memset(plan, 0, sizeof *plan);
}

/* Made with the world, where nothing fails yet. */
static struct plan plans[PLAN_COUNT];

static void make_plans(enum plan_name from, enum plan_name to)
{
    for (enum plan_name name = from; name <= to; name++) {
        free_plan(&plans[name]);
        plans[name] = make_plan(name);
    }
}

static void free_plans(void)
{
    for (enum plan_name name = PLAN_FIRST; name < PLAN_COUNT; name++)
        free_plan(&plans[name]);
}

static void plain_world(void)
{
    sim_reset();
    sim_add_folder(ROOT "\\.git\\hooks");
    sim_add_file(ROOT "\\.git\\hooks\\pre-commit");
    sim_add_file(ROOT "\\.env");
    sim_add_folder(ROOT "\\src");
    sim_add_file(ROOT "\\src\\main.c");
    sim_set_descriptor(ROOT "\\src", "O:" SIM_USER "G:" SIM_NO_GROUP "D:P(A;OICI;FA;;;" SIM_USER ")");
    make_plans(PLAN_FIRST, PLAN_SECOND);
}

static enum plan_name on_machine = PLAN_MACHINE; /* one of each kind, or the set-up's own */

static void machine_world(void)
{
    sim_reset();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    make_plans(on_machine, on_machine);
}

/* Carrying out. */

static unsigned passwords_kept;
static char last_password[64];
static bool keeper_fails;

static sbx_status keep_password(void *context, const char *account, const char *password,
                                struct sbx_error *error)
{
    (void)context;
    CU_ASSERT(strncmp(account, "Sbx-", 4) == 0);
    if (keeper_fails)
        return error_set(error, SBX_E_CREDENTIAL, "It cannot be kept.");
    passwords_kept++;
    snprintf(last_password, sizeof last_password, "%s", password);
    return SBX_OK;
}

static struct journal *open_journal(bool make, sbx_status *status, struct sbx_error *error)
{
    static const struct journal_subject subject = {.path = ROOT,
                                                   .volume_id = "1",
                                                   .file_id = "2",
                                                   .principal_sid = STEP_MAKER_SID,
                                                   .level = SBX_LEVEL_RESTRICTED};
    struct journal *journal = NULL;

    *status = journal_open(JOURNAL, make ? &subject : NULL, &journal, error);
    return journal;
}

static sbx_status with_journal(struct plan *plan, const struct apply *how, bool recovers, bool *undone,
                               struct tree_outcome *outcome, struct sbx_error *error)
{
    sbx_status status;
    struct apply apply = *how;

    apply.journal = open_journal(plan != NULL, &status, error);
    if (!apply.journal)
        return status == SBX_E_PATH_NOT_FOUND && !plan ? SBX_OK : status;
    if (plan)
        status = apply_plan(&apply, plan, outcome, error);
    else if (recovers)
        status = apply_recover(&apply, undone, outcome, error);
    else
        status = apply_undo(&apply, outcome, error);
    journal_close(apply.journal);
    return status;
}

static const struct apply on_host = {.deeds = apply_machine, .keep_password = keep_password};

static sbx_status run(enum plan_name name, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    sbx_status status = with_journal(&plans[name], &on_host, false, NULL, &outcome, error);

    tree_outcome_free(&outcome);
    return status;
}

static sbx_status undo(void)
{
    struct tree_outcome outcome = {0};
    sbx_status status = with_journal(NULL, &on_host, false, NULL, &outcome, NULL);

    tree_outcome_free(&outcome);
    return status;
}

static sbx_status recover(void)
{
    struct tree_outcome outcome = {0};
    bool undone;
    sbx_status status = with_journal(NULL, &on_host, true, &undone, &outcome, NULL);

    tree_outcome_free(&outcome);
    return status;
}

/* What the host may be like. */

static struct sim_snapshot *clean, *first, *second;

/* What stands, as far as the journal goes: complete with so many steps, or -1: not complete. */
static int standing(void)
{
    sbx_status status;
    struct journal *journal = open_journal(false, &status, NULL);
    int count = 0;

    CU_ASSERT(journal || status == SBX_E_PATH_NOT_FOUND);
    if (journal)
        count = journal_is_complete(journal) ? (int)journal_count(journal) : -1;
    journal_close(journal);
    return count;
}

/* Or empty: one that was just made, and never begun. */
static bool journal_is_gone(void)
{
    size_t size;

    return !sim_contents(JOURNAL, &size) || size == 0;
}

/* All that the plan asks for, read back. */
static bool holds_all(enum plan_name name)
{
    const struct plan *plan = &plans[name];
    bool all = true;

    for (size_t i = 0; i < plan->count; i++) {
        bool holds = false;

        CU_ASSERT_EQUAL(apply_machine[plan->steps[i].kind].holds(&plan->steps[i], &holds, NULL), SBX_OK);
        all = all && holds;
    }
    return all;
}

/* Never anything in between, and the journal knows which; only until recovery it may say that it does not. */
static void inspect_files(sbx_status status, int recovered)
{
    int count = standing();

    CU_ASSERT(!(recovered && count < 0));
    CU_ASSERT(!(status == SBX_OK && count < 0));
    if (count == 0)
        expect_host(clean, STATE);
    else if (count > 0 && host_difference(first, STATE) && host_difference(second, STATE))
        expect_host(first, STATE);
    if (recovered && count == 0)
        CU_ASSERT_TRUE(journal_is_gone());
}

static void inspect_machine(sbx_status status, int recovered)
{
    int count = standing();

    CU_ASSERT(!(recovered && count < 0));
    CU_ASSERT(!(status == SBX_OK && count < 0));
    if (count == 0)
        expect_host(clean, STATE);
    else if (count > 0)
        CU_ASSERT(holds_all(on_machine));
    if (recovered && count == 0)
        CU_ASSERT_TRUE(journal_is_gone());
}

static void take_snapshots(void)
{
    plain_world();
    clean = sim_snapshot(STATE);
    CU_ASSERT_EQUAL(run(PLAN_FIRST, NULL), SBX_OK);
    first = sim_snapshot(STATE);
    plain_world();
    CU_ASSERT_EQUAL(run(PLAN_SECOND, NULL), SBX_OK);
    second = sim_snapshot(STATE);
}

static void free_snapshots(void)
{
    sim_snapshot_free(clean);
    sim_snapshot_free(first);
    sim_snapshot_free(second);
    clean = first = second = NULL;
    free_plans();
}

/* Interrupted everywhere. */

static sbx_status run_first(void)
{
    return run(PLAN_FIRST, NULL);
}

static sbx_status run_second(void)
{
    return run(PLAN_SECOND, NULL);
}

static sbx_status run_machine(void)
{
    return run(on_machine, NULL);
}

static void world_with_first(void)
{
    plain_world();
    CU_ASSERT_EQUAL(run_first(), SBX_OK);
}

static void world_with_machine(void)
{
    machine_world();
    CU_ASSERT_EQUAL(run_machine(), SBX_OK);
}

/* A crash in the middle of changing the plan. */
static void world_after_a_crash(void)
{
    world_with_first();
    sim_cut_power(8, SIM_CUT_AFTER);
    CU_ASSERT_NOT_EQUAL(run_second(), SBX_OK);
    sim_reboot(SIM_UNFLUSHED_TORN);
}

static void files_are_as_they_were_or_as_asked(void)
{
    static const struct fault_scene scenes[] = {
        {"granting", false, false, plain_world, run_first, recover, inspect_files},
        {"changing grants", false, false, world_with_first, run_second, recover, inspect_files},
        {"undoing", false, false, world_with_first, undo, recover, inspect_files},
        {"recovering", false, false, world_after_a_crash, recover, recover, inspect_files},
    };

    take_snapshots();
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        fault_points(&scenes[i]);
    free_snapshots();
}

static void machine_is_as_it_was_or_as_asked(void)
{
    static const struct fault_scene scenes[] = {
        {"setting up", false, false, machine_world, run_machine, recover, inspect_machine},
        {"taking down", false, false, world_with_machine, undo, recover, inspect_machine},
    };

    machine_world();
    clean = sim_snapshot(STATE);
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        fault_points(&scenes[i]);
    free_snapshots();
}

/* The set-up's own plan, three groups and six accounts; of its requests of memory a few. */
static void set_up_is_as_it_was_or_as_asked(void)
{
    static const struct fault_scene scenes[] = {
        {"the set-up", false, true, machine_world, run_machine, recover, inspect_machine},
        {"its removal", false, true, world_with_machine, undo, recover, inspect_machine},
    };

    on_machine = PLAN_SETUP;
    machine_world();
    clean = sim_snapshot(STATE);
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        fault_points(&scenes[i]);
    free_snapshots();
    on_machine = PLAN_MACHINE;
}

/* Where one thing fails, once, nothing is left for a recovery: the call itself takes back what it did. */
static void single_failure_is_rolled_back_at_once(void)
{
    unsigned failed = 0;

    take_snapshots();
    for (size_t n = 1;; n++) {
        sbx_status status;

        world_with_first();
        sim_fail_call(n);
        status = run_second();
        if (sim_call_count() < n)
            break;
        sim_fail_call(0);
        CU_ASSERT_EQUAL(status, SBX_E_SYSTEM);
        failed++;
        if (standing() < 0)
            printf("    call %zu\n", n);
        CU_ASSERT_EQUAL(standing(), 4);
        expect_host(first, STATE);
    }
    CU_ASSERT(failed > 20);
    free_snapshots();
}

/* Plans. */

struct watched {
    size_t calls, last_done, total;
};

static void watch(void *context, const struct step *step, size_t done, size_t total)
{
    struct watched *watched = context;

    CU_ASSERT_PTR_NOT_NULL(step->files.path);
    CU_ASSERT(done < total);
    watched->calls++;
    watched->last_done = done;
    watched->total = total;
}

static void second_time_nothing_is_touched_or_written(void)
{
    struct tree_outcome outcome = {0};
    struct watched watched = {0};
    struct apply apply = {.deeds = apply_files, .progress = watch, .context = &watched};
    struct sim_snapshot *before;
    struct plan plan;

    plain_world();
    plan = make_plan(PLAN_FIRST);
    CU_ASSERT_EQUAL(with_journal(&plan, &apply, false, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(watched.calls, 4);
    CU_ASSERT_EQUAL(watched.last_done, 3);
    CU_ASSERT_EQUAL(watched.total, 4);
    CU_ASSERT(outcome.seen > 4);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_DONE);
    free_plan(&plan);
    tree_outcome_free(&outcome);

    before = sim_snapshot(NULL);
    plan = make_plan(PLAN_FIRST);
    watched.calls = 0;
    CU_ASSERT_EQUAL(with_journal(&plan, &apply, false, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(watched.calls, 0);
    CU_ASSERT_EQUAL(outcome.seen, 0);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_DONE);
    {
        struct sim_snapshot *after = sim_snapshot(NULL);

        CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
        sim_snapshot_free(after);
    }
    sim_snapshot_free(before);
    free_plan(&plan);
    free_plans();
}

static void changed_plan_changes_only_what_differs(void)
{
    struct tree_outcome outcome = {0};
    struct watched watched = {0};
    struct apply apply = {.deeds = apply_files, .progress = watch, .context = &watched};
    struct plan plan;

    take_snapshots();
    world_with_first();
    plan = make_plan(PLAN_SECOND);
    CU_ASSERT_EQUAL(with_journal(&plan, &apply, false, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(watched.calls, 2); /* the passage goes, the deny comes */
    CU_ASSERT_EQUAL(watched.total, 2);
    CU_ASSERT_EQUAL(outcome.seen, 2);
    expect_host(second, STATE);
    free_plan(&plan);
    tree_outcome_free(&outcome);

    /* A plan of nothing is the undoing of all. */
    memset(&plan, 0, sizeof plan);
    CU_ASSERT_EQUAL(with_journal(&plan, &apply, false, NULL, &outcome, NULL), SBX_OK);
    expect_host(clean, STATE);
    CU_ASSERT_FALSE(sim_exists(JOURNAL));
    tree_outcome_free(&outcome);
    free_snapshots();
}

static bool never_go_on(void *context, const struct tree_outcome *so_far)
{
    unsigned *left = context;

    (void)so_far;
    return *left && --*left;
}

static void cancelled_plan_is_taken_back(void)
{
    take_snapshots();
    for (unsigned patience = 1; patience < 5; patience++) {
        unsigned left = patience;
        const struct tree_control control = {never_go_on, &left};
        struct apply apply = {.deeds = apply_files, .control = &control};
        struct tree_outcome outcome = {0};
        struct sbx_error error = {0};
        struct plan plan;

        plain_world();
        plan = make_plan(PLAN_FIRST);
        CU_ASSERT_EQUAL(with_journal(&plan, &apply, false, NULL, &outcome, &error), SBX_E_CANCELLED);
        CU_ASSERT_EQUAL(error.code, SBX_E_CANCELLED);
        for (size_t i = 0; i < plan.count; i++)
            CU_ASSERT_EQUAL(plan.steps[i].state, i + 1 < patience ? STEP_UNDONE : STEP_PLANNED);
        expect_host(clean, STATE);
        CU_ASSERT_FALSE(sim_exists(JOURNAL));
        free_plan(&plan);
        tree_outcome_free(&outcome);
    }
    free_snapshots();
}

static void undo_can_be_cancelled_and_gone_on_with(void)
{
    unsigned left = 2;
    const struct tree_control control = {never_go_on, &left};
    struct apply apply = {.deeds = apply_files, .control = &control};
    struct tree_outcome outcome = {0};
    struct sbx_error error = {0};

    take_snapshots();
    world_with_first();
    CU_ASSERT_EQUAL(with_journal(NULL, &apply, false, NULL, &outcome, &error), SBX_E_CANCELLED);
    CU_ASSERT_EQUAL(standing(), -1);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    expect_host(clean, STATE);
    CU_ASSERT_FALSE(sim_exists(JOURNAL));
    tree_outcome_free(&outcome);
    free_snapshots();
}

static void step_that_reads_back_as_not_done_is_undone(void)
{
    struct sbx_error error = {0};

    take_snapshots();
    plain_world();
    sim_host.drops_acl_entries = true;
    CU_ASSERT_EQUAL(run(PLAN_FIRST, &error), SBX_E_NOT_ENFORCED);
    CU_ASSERT_EQUAL(error.code, SBX_E_NOT_ENFORCED);
    expect_host(clean, STATE);
    CU_ASSERT_FALSE(sim_exists(JOURNAL));
    free_snapshots();
}

static void steps_that_cannot_be_carried_out_are_refused_before_anything_is_done(void)
{
    struct tree_outcome outcome = {0};
    struct apply apply = {.deeds = apply_files};
    struct sbx_error error = {0};
    struct plan plan;

    machine_world();
    clean = sim_snapshot(STATE);
    plan = make_plan(PLAN_MACHINE);
    CU_ASSERT_EQUAL(with_journal(&plan, &apply, false, NULL, &outcome, &error), SBX_E_NOT_BUILT);
    apply.deeds = apply_machine;
    error.code = SBX_OK;
    CU_ASSERT_EQUAL(with_journal(&plan, &apply, false, NULL, &outcome, &error), SBX_E_ARGUMENT);
    expect_host(clean, STATE);
    CU_ASSERT_FALSE(sim_exists(JOURNAL));
    free_plan(&plan);
    free_snapshots();
}

/* What was moved to where another rule is comes out, too, when everything goes. */
static void undoing_everything_goes_into_stops(void)
{
    struct tree_outcome outcome = {0};
    struct plan plan;

    take_snapshots();
    plain_world();
    plan = make_plan(PLAN_FIRST);
    strings_append(&plan.steps[3].files.stops, plan.steps[0].files.file_id);
    CU_ASSERT_EQUAL(with_journal(&plan, &on_host, false, NULL, &outcome, NULL), SBX_OK);
    sim_rename(ROOT "\\src\\main.c", ROOT "\\.git\\hooks\\main.c");
    CU_ASSERT_TRUE(names_our_sid(ROOT "\\.git\\hooks\\main.c"));
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\.git\\hooks\\main.c"));
    sim_rename(ROOT "\\.git\\hooks\\main.c", ROOT "\\src\\main.c");
    expect_host(clean, STATE);
    free_plan(&plan);
    tree_outcome_free(&outcome);
    free_snapshots();
}

/* The machine. */

static void accounts_get_a_password_that_works_and_is_kept_once(void)
{
    char former[64];

    machine_world();
    passwords_kept = 0;
    CU_ASSERT_EQUAL(run(PLAN_MACHINE, NULL), SBX_OK);
    CU_ASSERT_EQUAL(passwords_kept, 1);
    CU_ASSERT_EQUAL(strlen(last_password), PASSWORD_LENGTH);
    CU_ASSERT_EQUAL(sim_logon_error("Sbx-test-off1", last_password), 0);
    snprintf(former, sizeof former, "%s", last_password);
    CU_ASSERT_EQUAL(run(PLAN_MACHINE, NULL), SBX_OK);
    CU_ASSERT_EQUAL(passwords_kept, 1);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    CU_ASSERT_EQUAL(run(PLAN_MACHINE, NULL), SBX_OK);
    CU_ASSERT_EQUAL(passwords_kept, 2);
    CU_ASSERT_STRING_NOT_EQUAL(former, last_password);
    free_plans();
}

static void password_is_in_no_file_of_ours(void)
{
    const char *contents;

    machine_world();
    CU_ASSERT_EQUAL(run(PLAN_MACHINE, NULL), SBX_OK);
    contents = sim_contents(JOURNAL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(contents);
    CU_ASSERT_PTR_NULL(strstr(contents, last_password));
    free_plans();
}

static void account_whose_password_nobody_keeps_is_taken_back(void)
{
    struct sbx_error error = {0};

    machine_world();
    clean = sim_snapshot(STATE);
    keeper_fails = true;
    CU_ASSERT_EQUAL(run(PLAN_MACHINE, &error), SBX_E_CREDENTIAL);
    keeper_fails = false;
    expect_host(clean, STATE);
    CU_ASSERT_FALSE(sim_exists(JOURNAL));
    free_snapshots();
}

/* What bears our name and is not ours is never adopted, and never deleted. */
static void strangers_are_neither_adopted_nor_deleted(void)
{
    static const struct {
        const char *account, *group;
        bool rule, value;
        sbx_status status;
    } cases[] = {
        {"Sbx-test-off1", NULL, false, false, SBX_E_ACCOUNT_DRIFT},
        {NULL, "SbxOff-test", false, false, SBX_E_ACCOUNT_DRIFT},
        {"SbxOff-test", NULL, false, false, SBX_E_ACCOUNT_DRIFT}, /* an account where a group should be */
        {NULL, "Sbx-test-off1", false, false, SBX_E_ACCOUNT_DRIFT},
        {NULL, NULL, true, false, SBX_E_SETUP_FAILED},
        {NULL, NULL, false, true, SBX_E_SETUP_FAILED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbx_error error = {0};

        machine_world();
        if (cases[i].account)
            sim_add_account(cases[i].account, "somebody's");
        if (cases[i].group)
            sim_add_group(cases[i].group, "somebody's");
        if (cases[i].rule) {
            struct step step = firewall_step("SbxOff-test out", "O:LSD:(A;;CC;;;" SIM_USERS ")");

            sbx_free(step.firewall.group);
            step.firewall.group = sbx_strdup("somebody's");
            CU_ASSERT_EQUAL(firewall_add(&step.firewall, NULL), SBX_OK);
            step_free(&step);
        }
        if (cases[i].value)
            sim_set_value_text("SOFTWARE\\sbxcom\\test", "Version", "2.0");
        clean = sim_snapshot(STATE);
        CU_ASSERT_EQUAL(run(PLAN_MACHINE, &error), cases[i].status);
        CU_ASSERT_EQUAL(error.code, cases[i].status);
        expect_host(clean, STATE);
        CU_ASSERT_FALSE(sim_exists(JOURNAL));
        free_snapshots();
    }
}

/*
 * Ours by its mark, but changed or gone: undoing takes what is there and does not stumble over what is not.
 */
static void undoing_takes_what_is_left_of_a_machine(void)
{
    for (unsigned i = 0; i < 7; i++) {
        machine_world();
        clean = sim_snapshot(STATE);
        CU_ASSERT_EQUAL(run(PLAN_MACHINE, NULL), SBX_OK);
        if (i == 0)
            sim_delete_account("Sbx-test-off1");
        else if (i == 1)
            sim_set_account_flags("Sbx-test-off1", ACCOUNT_DISABLED | ACCOUNT_LOCKED_OUT);
        else if (i == 2)
            sim_drop_rule("SbxOff-test out");
        else if (i == 3)
            sim_disable_rule("SbxOff-test out");
        else if (i == 4)
            sim_drop_filter("6a3f0001-0000-4000-8000-000000000001");
        else if (i == 5)
            sim_set_member(sim_account_sid("SbxOff-test"), sim_account_sid("Sbx-test-off1"), false);
        else
            sim_set_right(sim_account_sid("SbxOff-test"), "SeDenyNetworkLogonRight", false);
        CU_ASSERT_EQUAL(undo(), SBX_OK);
        expect_host(clean, STATE);
        free_snapshots();
    }
}

static void machine_that_keeps_nothing_is_found_out(void)
{
    for (unsigned i = 0; i < 6; i++) {
        struct sbx_error error = {0};

        machine_world();
        clean = sim_snapshot(STATE);
        sim_host.drops_accounts = i == 0;
        sim_host.drops_members = i == 1;
        sim_host.drops_rights = i == 2;
        sim_host.drops_firewall_rules = i == 3;
        sim_host.drops_filters = i == 4;
        sim_host.drops_values = i == 5;
        CU_ASSERT_EQUAL(run(PLAN_MACHINE, &error), SBX_E_NOT_ENFORCED);
        CU_ASSERT_EQUAL(error.code, SBX_E_NOT_ENFORCED);
        expect_host(clean, STATE);
        CU_ASSERT_FALSE(sim_exists(JOURNAL));
        free_snapshots();
    }
}

static void passwords_satisfy_every_policy_of_windows(void)
{
    char password[PASSWORD_SIZE];
    char before[PASSWORD_SIZE] = "";

    sim_reset();
    for (unsigned i = 0; i < 2000; i++) {
        size_t length = i % 3 == 0 ? 32 : i % 3 == 1 ? 64 : PASSWORD_MOST_LENGTH;

        CU_ASSERT_EQUAL_FATAL(password_make(password, length, NULL), SBX_OK);
        CU_ASSERT_EQUAL(strlen(password), length);
        CU_ASSERT_PTR_NOT_NULL(strpbrk(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
        CU_ASSERT_PTR_NOT_NULL(strpbrk(password, "abcdefghijklmnopqrstuvwxyz"));
        CU_ASSERT_PTR_NOT_NULL(strpbrk(password, "0123456789"));
        CU_ASSERT_PTR_NOT_NULL(strpbrk(password, "!#+-=_."));
        CU_ASSERT_STRING_NOT_EQUAL(password, before);
        memcpy(before, password, sizeof before);
    }
    memset(password, 'x', sizeof password);
    sim_fail_call(1);
    CU_ASSERT_EQUAL(password_make(password, 32, NULL), SBX_E_SYSTEM);
    for (size_t i = 0; i < sizeof password; i++)
        CU_ASSERT_EQUAL(password[i], 0);
    sim_fail_call(0);
    CU_ASSERT_EQUAL(password_make(password, PASSWORD_MOST_LENGTH + 1, NULL), SBX_E_ARGUMENT);
}

static void wiping_leaves_zeros(void)
{
    char secret[] = "correct horse battery staple";

    sbx_wipe(secret + 1, sizeof secret - 2);
    CU_ASSERT_EQUAL(secret[0], 'c');
    for (size_t i = 1; i < sizeof secret; i++)
        CU_ASSERT_EQUAL(secret[i], 0);
}

const struct harness_suite apply_suite = {
    "apply",
    (const struct harness_test[]){
        {"at every fault point files are as they were or as asked", files_are_as_they_were_or_as_asked},
        {"at every fault point the machine is as it was or as asked", machine_is_as_it_was_or_as_asked},
        {"at every fault point of the set-up's own plan the machine is as it was or as asked",
         set_up_is_as_it_was_or_as_asked},
        {"a single failure is rolled back at once", single_failure_is_rolled_back_at_once},
        {"the second time nothing is touched or written", second_time_nothing_is_touched_or_written},
        {"a changed plan changes only what differs", changed_plan_changes_only_what_differs},
        {"a cancelled plan is taken back", cancelled_plan_is_taken_back},
        {"an undo can be cancelled and gone on with", undo_can_be_cancelled_and_gone_on_with},
        {"a step that reads back as not done is undone", step_that_reads_back_as_not_done_is_undone},
        {"steps that cannot be carried out are refused before anything is done",
         steps_that_cannot_be_carried_out_are_refused_before_anything_is_done},
        {"undoing everything goes into stops", undoing_everything_goes_into_stops},
        {"accounts get a password that works and is kept once",
         accounts_get_a_password_that_works_and_is_kept_once},
        {"the password is in no file of ours", password_is_in_no_file_of_ours},
        {"an account whose password nobody keeps is taken back",
         account_whose_password_nobody_keeps_is_taken_back},
        {"strangers are neither adopted nor deleted", strangers_are_neither_adopted_nor_deleted},
        {"undoing takes what is left of a machine", undoing_takes_what_is_left_of_a_machine},
        {"a machine that keeps nothing is found out", machine_that_keeps_nothing_is_found_out},
        {"passwords satisfy every policy of Windows", passwords_satisfy_every_policy_of_windows},
        {"wiping leaves zeros", wiping_leaves_zeros},
        {NULL, NULL},
    },
};
