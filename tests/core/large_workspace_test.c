/*
 * large_workspace_test.c - a workspace of 100,000 files: progress while it is granted, a cancel that leaves nothing, a second session
 * that looks at none of them, and every descriptor back byte for byte.
 */
#include "core/provision.h"
#include "os/clock.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define STATE        "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define WORKSPACE    "C:\\src\\large"
#define FOLDERS      100
#define FILES        1000 /* in each */
#define MOST_JOIN_MS 100  /* what a second Provision may take, with sanitizers too */

static struct boundary boundary;
static double search_ms; /* what resolving the policy took, which looks for repositories */

static double ms_since(clock_t start)
{
    return 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void make_workspace(void)
{
    char *entries[] = {"PATH=C:\\Windows"};
    const struct sbx_strings environment = {entries, 1};
    struct sbx_policy policy = {0};
    struct boundary_input input = {.policy = &policy,
                                   .workspace = WORKSPACE,
                                   .session_folder = STATE "\\sessions\\one\\0123abcd",
                                   .user_sid = SIM_USER,
                                   .caller_environment = &environment};
    static const char text[] = "{\"version\":1}";
    clock_t start;

    sim_reset();
    sim_add_folder(WORKSPACE "\\.git\\hooks");
    sim_add_file(WORKSPACE "\\.git\\config");
    for (int folder = 0; folder < FOLDERS; folder++)
        for (int file = 0; file < FILES; file++) {
            char path[80];

            snprintf(path, sizeof path, WORKSPACE "\\d%02d\\f%03d.c", folder, file);
            sim_add_file(path);
        }
    CU_ASSERT_EQUAL_FATAL(policy_parse(text, strlen(text), &policy, NULL), SBX_OK);
    start = clock();
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    search_ms = ms_since(start);
    policy_free(&policy);
}

/* Somebody who looks at what is told, and says stop behind so many objects. */
struct viewer {
    uint64_t stop_at; /* 0: never */
    uint64_t told, last_seen;
    bool fell;
};

static bool look(void *context, const struct tree_outcome *so_far)
{
    struct viewer *viewer = context;

    viewer->told++;
    viewer->fell |= so_far->seen < viewer->last_seen;
    viewer->last_seen = so_far->seen;
    return !viewer->stop_at || so_far->seen < viewer->stop_at;
}

static sbx_status provision(struct viewer *viewer, const char *session, struct provision **mark,
                            uint64_t *seen)
{
    const struct tree_control control = {look, viewer};
    const struct provision_host host = {
        .state_folder = STATE, .deeds = apply_files, .control = viewer ? &control : NULL};
    struct tree_outcome outcome = {0};
    struct plan plan = {0};
    sbx_status status = provision_apply(&host, &boundary, session, mark, &plan, &outcome, NULL);

    *seen = outcome.seen;
    plan_free(&plan);
    tree_outcome_free(&outcome);
    return status;
}

static void expect(const struct sim_snapshot *expected)
{
    struct sim_snapshot *now = sim_snapshot(STATE);
    const char *difference = sim_snapshot_difference(expected, now);

    if (difference)
        printf("    %s\n", difference);
    CU_ASSERT_PTR_NULL(difference);
    sim_snapshot_free(now);
}

static void hundred_thousand_files(void)
{
    const struct provision_host host = {.state_folder = STATE, .deeds = apply_files};
    struct viewer viewer = {0};
    struct viewer impatient = {.stop_at = FOLDERS * FILES / 2};
    struct provision *first = NULL, *second = NULL;
    struct tree_outcome outcome = {0};
    struct sim_snapshot *before;
    double first_ms, join_ms;
    uint64_t seen;
    clock_t start;

    make_workspace();
    before = sim_snapshot(STATE);

    CU_ASSERT_EQUAL(provision(&impatient, "one", &first, &seen), SBX_E_CANCELLED);
    CU_ASSERT_PTR_NULL(first);
    expect(before);

    start = clock();
    CU_ASSERT_EQUAL(provision(&viewer, "one", &first, &seen), SBX_OK);
    first_ms = ms_since(start);
    CU_ASSERT(seen > FOLDERS * FILES);
    CU_ASSERT(viewer.told > 1000);
    CU_ASSERT_FALSE(viewer.fell);

    start = clock();
    CU_ASSERT_EQUAL(provision(NULL, "two", &second, &seen), SBX_OK);
    join_ms = ms_since(start);
    CU_ASSERT_EQUAL(seen, 0);
    CU_ASSERT(join_ms < MOST_JOIN_MS);
    provision_release(second);
    provision_release(first);

    CU_ASSERT_EQUAL(provision_undo(&host, boundary.capability_sid, &outcome, NULL), SBX_OK);
    expect(before);
    harness_note("%d files; granted in %.0f ms, told %lu times; the second session %.1f ms, and %.1f ms for "
                 "its policy with the "
                 "search for repositories",
                 FOLDERS * FILES, first_ms, (unsigned long)viewer.told, join_ms, search_ms);

    tree_outcome_free(&outcome);
    sim_snapshot_free(before);
    boundary_free(&boundary);
    sim_reset();
}

const struct harness_suite large_workspace_suite = {
    "large workspace",
    (const struct harness_test[]){
        {"progress is told, a cancel leaves nothing, a second session joins at once, undoing gives all back",
         hundred_thousand_files},
        {NULL, NULL},
    },
};
