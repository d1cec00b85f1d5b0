/*
 * tree_test.c - core/tree's walk by one thread and by four comes to the same, whatever fails on the way.
 */
#include "core/tree.h"
#include "base/memory.h"
#include "core/step_maker.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdatomic.h>
#include <windows.h>

#define ROOT    "C:\\work"
#define ELSE    "C:\\else"
#define OF_USER "O:" SIM_USER "G:" SIM_NO_GROUP
#define MORE    3 /* threads beside the caller's */

/* Folders in folders, and of each kind that is left out some; the seed says which. */
static void plant(unsigned seed)
{
    char folder[200], path[260];

    sim_reset();
    sim_add_folder(ELSE);
    sim_add_file(ELSE "\\outside.txt");
    sim_add_folder(ROOT);
    sim_set_descriptor(ROOT, OF_USER "D:AI(A;OICI;FA;;;" SIM_USER ")(A;OICIID;FA;;;SY)");
    for (unsigned i = 0; i < 120; i++) {
        unsigned kind = (i * 7 + seed) % 40;

        snprintf(folder, sizeof folder, ROOT "\\d%u\\e%u\\g%u", i % 3, (i + seed) % 11, i);
        sim_add_folder(folder);
        for (unsigned k = 0; k < 6; k++) {
            snprintf(path, sizeof path, "%s\\f%u", folder, k);
            sim_add_file(path);
        }
        snprintf(path, sizeof path, "%s\\odd", folder);
        if (kind == 0)
            sim_add_link(path, ELSE);
        else if (kind == 1)
            sim_add_hard_link(path, ELSE "\\outside.txt");
        else if (kind == 2)
            sim_set_descriptor(folder, OF_USER "D:NO_ACCESS_CONTROL");
        else if (kind == 3)
            sim_set_descriptor(folder, "O:SYG:SYD:P(A;OICI;FA;;;SY)");
        else if (kind == 4)
            sim_set_descriptor(folder, OF_USER "D:P(A;OICI;FA;;;" SIM_USER ")");
    }
}

static void expect(const struct sim_snapshot *wanted)
{
    struct sim_snapshot *now = sim_snapshot(NULL);
    const char *difference = sim_snapshot_difference(wanted, now);

    if (difference)
        printf("    %s\n", difference);
    CU_ASSERT_PTR_NULL(difference);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sim_snapshot_free(now);
}

static sbx_status grant(const struct step *step, unsigned more, const struct tree_control *control,
                        struct tree_outcome *outcome)
{
    struct sbx_error error = {0};
    sbx_status status;

    *outcome = (struct tree_outcome){0};
    shim_threads_left = more;
    status = tree_grant(&step->files, true, control, outcome, &error);
    CU_ASSERT_EQUAL(status, error.code);
    CU_ASSERT(!status || error.text[0]);
    CU_ASSERT(!more || outcome->seen < 400 || !shim_threads_left); /* they were there */
    return status;
}

static sbx_status revoke(const struct step *step, unsigned more, const struct tree_control *control,
                         struct tree_outcome *outcome)
{
    struct sbx_error error = {0};
    sbx_status status;

    *outcome = (struct tree_outcome){0};
    shim_threads_left = more;
    status = tree_revoke(&step->files, true, control, outcome, &error);
    CU_ASSERT_EQUAL(status, error.code);
    return status;
}

static void take_all_back(const struct step *step, const struct sim_snapshot *before)
{
    struct tree_outcome outcome;

    CU_ASSERT_EQUAL(revoke(step, MORE, NULL, &outcome), SBX_OK);
    tree_outcome_free(&outcome);
    expect(before);
}

static void expect_same_counts(const struct tree_outcome *a, const struct tree_outcome *b)
{
    CU_ASSERT_EQUAL(a->seen, b->seen);
    CU_ASSERT_EQUAL(a->changed, b->changed);
    CU_ASSERT_EQUAL(a->several_links, b->several_links);
    CU_ASSERT_EQUAL(a->reparse_points, b->reparse_points);
    CU_ASSERT_EQUAL(a->null_dacls, b->null_dacls);
    CU_ASSERT_EQUAL(a->refused, b->refused);
    CU_ASSERT_EQUAL(!a->first_left_out, !b->first_left_out);
}

static void four_threads_come_to_the_same_as_one(void)
{
    for (unsigned seed = 0; seed < 20; seed++) {
        struct tree_outcome by_one, by_four;
        struct sim_snapshot *before, *granted;
        struct step step;

        plant(seed);
        step = make_files_step(seed % 2 ? STEP_DENY : STEP_ALLOW, ROOT);
        before = sim_snapshot(NULL);
        CU_ASSERT_EQUAL(grant(&step, 0, NULL, &by_one), SBX_OK);
        granted = sim_snapshot(NULL);
        take_all_back(&step, before);
        CU_ASSERT_EQUAL(grant(&step, MORE, NULL, &by_four), SBX_OK);
        CU_ASSERT(by_four.changed > 700);
        expect_same_counts(&by_one, &by_four);
        expect(granted);
        tree_outcome_free(&by_four);
        CU_ASSERT_EQUAL(grant(&step, MORE, NULL, &by_four), SBX_OK);
        CU_ASSERT_EQUAL(by_four.changed, 0);
        take_all_back(&step, before);
        tree_outcome_free(&by_one);
        tree_outcome_free(&by_four);
        sim_snapshot_free(granted);
        sim_snapshot_free(before);
        step_free(&step);
    }
    sim_reset();
}

static void small_tree_starts_no_thread(void)
{
    struct tree_outcome outcome = {0};
    char path[100];
    struct step step;

    sim_reset();
    for (unsigned i = 0; i < 50; i++) {
        snprintf(path, sizeof path, ROOT "\\d%u\\e%u", i % 3, i);
        sim_add_folder(path);
    }
    step = make_files_step(STEP_ALLOW, ROOT);
    shim_threads_left = MORE;
    CU_ASSERT_EQUAL(tree_grant(&step.files, true, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(outcome.changed, 54);
    CU_ASSERT_EQUAL(shim_threads_left, MORE);
    step_free(&step);
    sim_reset();
}

struct patience {
    uint64_t left, seen;
    bool over, fell;
};

/* Nothing here is guarded: ThreadSanitizer would see two at once. */
static bool ask(void *context, const struct tree_outcome *so_far)
{
    struct patience *patience = context;

    patience->fell |= so_far->seen < patience->seen || so_far->seen % 64;
    patience->seen = so_far->seen;
    patience->over = !patience->left || !--patience->left;
    return !patience->over;
}

static void cancelled_walk_is_revoked(void)
{
    struct sim_snapshot *before;
    struct step step;

    plant(3);
    before = sim_snapshot(NULL);
    step = make_files_step(STEP_ALLOW, ROOT);
    for (uint64_t left = 1; left < 13; left++) {
        struct patience patience = {.left = left};
        const struct tree_control control = {ask, &patience};
        struct tree_outcome outcome;

        CU_ASSERT_EQUAL(grant(&step, MORE, &control, &outcome), SBX_E_CANCELLED);
        CU_ASSERT(patience.over && !patience.fell);
        CU_ASSERT_EQUAL(patience.seen, 64 * left);
        CU_ASSERT(outcome.seen >= patience.seen && outcome.seen <= patience.seen + MORE);
        tree_outcome_free(&outcome);
        patience = (struct patience){.left = left};
        if (outcome.changed > 64 * left) /* so many are seen then */
            CU_ASSERT_EQUAL(revoke(&step, MORE, &control, &outcome), SBX_E_CANCELLED);
        tree_outcome_free(&outcome);
        take_all_back(&step, before);
    }
    sim_snapshot_free(before);
    step_free(&step);
    sim_reset();
}

/* A grant ends with it; a revoke goes on past it, and all that it could reach is done. */
static void call_that_fails_is_the_walks_failure(void)
{
    struct sim_snapshot *before;
    struct step step;

    plant(5);
    before = sim_snapshot(NULL);
    step = make_files_step(STEP_ALLOW, ROOT);
    for (size_t n = 5; n < 4500; n += 137) {
        struct tree_outcome outcome;

        sim_fail_call(n);
        CU_ASSERT_EQUAL(grant(&step, MORE, NULL, &outcome), SBX_E_SYSTEM);
        sim_fail_call(0);
        CU_ASSERT(outcome.seen < 960);
        tree_outcome_free(&outcome);
        take_all_back(&step, before);

        CU_ASSERT_EQUAL(grant(&step, MORE, NULL, &outcome), SBX_OK);
        tree_outcome_free(&outcome);
        sim_fail_call(n);
        CU_ASSERT_EQUAL(revoke(&step, MORE, NULL, &outcome), SBX_E_SYSTEM);
        sim_fail_call(0);
        CU_ASSERT(outcome.changed > 300);
        tree_outcome_free(&outcome);
        take_all_back(&step, before);
    }
    sim_snapshot_free(before);
    step_free(&step);
    sim_reset();
}

static atomic_size_t allocations_left;

static bool refuse(void *context, size_t size)
{
    (void)context, (void)size;
    return atomic_fetch_sub(&allocations_left, 1) == 1;
}

static void memory_that_runs_out_leaves_what_revoke_takes_back(void)
{
    struct sim_snapshot *before;
    struct step step;

    plant(7);
    before = sim_snapshot(NULL);
    step = make_files_step(STEP_ALLOW, ROOT);
    for (size_t n = 3; n < 9000; n += 311) {
        struct tree_outcome outcome;

        atomic_store(&allocations_left, n);
        sbx_memory_set_hook(refuse, NULL);
        CU_ASSERT_EQUAL(grant(&step, MORE, NULL, &outcome), SBX_E_MEMORY);
        sbx_memory_set_hook(NULL, NULL);
        tree_outcome_free(&outcome);
        take_all_back(&step, before);
    }
    sim_snapshot_free(before);
    step_free(&step);
    sim_reset();
}

const struct harness_suite tree_threads_suite = {
    "tree_threads",
    (const struct harness_test[]){
        {"four threads come to the same as one", four_threads_come_to_the_same_as_one},
        {"a small tree starts no thread", small_tree_starts_no_thread},
        {"a cancelled walk is revoked", cancelled_walk_is_revoked},
        {"a call that fails is the walk's failure", call_that_fails_is_the_walks_failure},
        {"memory that runs out leaves what revoke takes back",
         memory_that_runs_out_leaves_what_revoke_takes_back},
        {NULL, NULL},
    },
};
