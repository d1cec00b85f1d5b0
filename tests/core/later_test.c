/*
 * later_test.c - toolchains, granted one after another while a session lives: which places and steps come later, what others see of
 * it meanwhile, crashes anywhere, and which commands wait for which of them.
 */
#include "core/later.h"
#include "base/memory.h"
#include "core/fault_points.h"
#include "core/plan_scene.h"
#include "core/policy_scene.h"
#include "core/provision.h"
#include "memory_failing.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

#define HOME      "C:\\Users\\me"
#define LOCAL     HOME "\\AppData\\Local"
#define STATE     LOCAL "\\sbxcom"
#define WORKSPACE "C:\\src\\app"
#define SESSION   STATE "\\sessions\\one\\0123abcd"
#define CARGO     HOME "\\.cargo\\bin"
#define RUSTUP    HOME "\\.rustup"
#define PROGRAMS  LOCAL "\\Programs"
#define PRIVATE   "O:" SIM_USER "G:" SIM_NO_GROUP "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;" SIM_USER ")"

/* Reads are checked, so toolchains need entries. */
#define USUAL "{\"token\":\"fully-restricted\"}"
#define WIDER \
    "{\"token\":\"fully-restricted\",\"files\":{\"write\":[\"${workspace}\",\"${temp}\",\"C:/more\"]}}"
#define NOTHING_ELSE \
    "{\"token\":\"fully-restricted\",\"files\":{\"write\":[],\"protect\":[],\"read\":[\"${toolchains}\"]}}"

static struct boundary usual, wider;

static void add_files(void)
{
    sim_reset();
    sim_add_folder(WORKSPACE "\\.git\\hooks");
    sim_add_file(WORKSPACE "\\main.c");
    sim_add_folder("C:\\more");
    sim_add_folder(CARGO);
    sim_set_descriptor(HOME, PRIVATE);
    sim_set_descriptor("C:\\src", PRIVATE);
    sim_add_file(CARGO "\\cargo.exe");
    sim_add_folder(RUSTUP "\\toolchains");
    sim_add_file(RUSTUP "\\toolchains\\rustc.exe");
    sim_add_file(PROGRAMS "\\Python\\python.exe");
}

static void make_world(void)
{
    add_files();
    policy_scene(USUAL, WORKSPACE, SESSION, &usual);
    policy_scene(WIDER, WORKSPACE, SESSION, &wider);
}

static void free_world(void)
{
    boundary_free(&usual);
    boundary_free(&wider);
}

/* ---- which places --------------------------------------------------------------------------------------------- */

static const struct place_row {
    const char *policy;
    const char *expected; /* the places that come later, by path */
} place_rows[] = {
    {USUAL, CARGO "\n" RUSTUP "\n" PROGRAMS "\n"},
    {"{}", CARGO "\n" RUSTUP "\n" PROGRAMS "\n"}, /* where reads are not checked they only need nothing */
    {"{\"files\":{\"read\":[\"${toolchains}\",\"${home}/.rustup\"]}}", CARGO "\n" PROGRAMS "\n"},
    {"{\"files\":{\"read\":[\"${home}/.rustup\",\"${toolchains}\"]}}", CARGO "\n" PROGRAMS "\n"},
    {"{\"files\":{\"write\":[\"${workspace}\",\"${home}/.rustup\"]}}", CARGO "\n" PROGRAMS "\n"},
    /* What is named lies in one: it holds from the beginning, as it is given with it or reached through it. */
    {"{\"files\":{\"read\":[\"${toolchains}\",\"${home}/.rustup/toolchains\"]}}", CARGO "\n" PROGRAMS "\n"},
    {"{\"files\":{\"write\":[\"${workspace}\",\"${home}/.rustup/toolchains\"]}}", CARGO "\n" PROGRAMS "\n"},
    /* What is denied in one is not. */
    {"{\"files\":{\"deny\":[\"${home}/.rustup/toolchains\"]}}", CARGO "\n" RUSTUP "\n" PROGRAMS "\n"},
    {"{\"files\":{\"read\":[\"${home}/.rustup\"]}}", ""},
};

static void only_what_the_policy_does_not_name_itself_comes_later(void)
{
    for (size_t i = 0; i < sizeof place_rows / sizeof *place_rows; i++) {
        struct boundary boundary = {0};
        struct sbx_buffer text = SBX_BUFFER_EMPTY;

        add_files();
        policy_scene(place_rows[i].policy, WORKSPACE, SESSION, &boundary);
        buffer_append_text(&text, "");
        for (size_t n = 0; n < boundary.place_count; n++) {
            CU_ASSERT(!boundary.places[n].later || boundary.places[n].family);
            if (boundary.places[n].later)
                buffer_append_format(&text, "%s\n", boundary.places[n].path);
        }
        CU_ASSERT_STRING_EQUAL(buffer_text(&text), place_rows[i].expected);
        if (strcmp(buffer_text(&text), place_rows[i].expected))
            printf("    %s: %s", place_rows[i].policy, buffer_text(&text));
        buffer_free(&text);
        boundary_free(&boundary);
    }
}

/* ---- which steps ---------------------------------------------------------------------------------------------- */

/* `l` of a scene's place: it comes later. */
static const struct step_row {
    char recipe;
    const char *places; /* plan_scene.h; those in "tools" come later */
    const char *later;  /* its later steps */
    const char *roots;  /* and places; "!": with a problem */
    size_t others;      /* the rest */
} step_rows[] = {
    {'f', "r C:\\u\\tools;w C:\\w", "passage C:\\u\nallow C:\\u\\tools\n", "C:\\u\\tools\n", 1},
    {'e', "r C:\\u\\tools;w C:\\w", "passage C:\\u\nallow C:\\u\\tools\n", "C:\\u\\tools\n", 1},
    /* Both checks: the account's and the capability's. */
    {'g', "r C:\\u\\tools;w C:\\w", "passage C:\\u\npassage C:\\u\nallow C:\\u\\tools\nallow C:\\u\\tools\n",
     "C:\\u\\tools\n", 2},
    /* A folder that others need too is not only theirs. */
    {'f', "r C:\\u\\tools;w C:\\u\\w", "allow C:\\u\\tools\n", "C:\\u\\tools\n", 2},
    {'f', "r C:\\u\\a\\tools;r C:\\u\\tools;w C:\\u\\w",
     "passage C:\\u\\a\nallow C:\\u\\a\\tools\nallow C:\\u\\tools\n", "C:\\u\\a\\tools\nC:\\u\\tools\n", 2},
    /* Reads are not checked: they need nothing. Nor where everybody may read. */
    {'w', "r C:\\u\\tools;w C:\\w", "", "", 1},
    {'f', "r C:\\Program Files\\tools;w C:\\w", "", "", 1},
    /* In a write root to be read alone is a restriction, and what is denied is denied from the beginning. */
    {'f', "w C:\\w;r C:\\w\\tools", "", "", 3},
    {'f', "r C:\\u\\tools;d C:\\u\\tools\\d;w C:\\w", "passage C:\\u\nallow C:\\u\\tools\n", "C:\\u\\tools\n",
     2},
    /* What cannot be given entries keeps nobody from provisioning. */
    {'f', "r C:\\u\\tools fixed;w C:\\w", "", "!C:\\u\\tools fixed\n", 1},
    {'f', "r C:\\u\\tools blind;r C:\\u\\tools2;w C:\\w", "passage C:\\u\nallow C:\\u\\tools2\n",
     "!C:\\u\\tools blind\nC:\\u\\tools2\n", 1},
    /* One that everybody may do everything with needs none; the way there is not part of it. */
    {'f', "r C:\\u\\tools null;r C:\\u\\tools2;w C:\\w", "allow C:\\u\\tools2\n", "C:\\u\\tools2\n", 2},
};

static void steps_that_only_they_need_come_later(void)
{
    static const struct toolchain_family family = {"tool"};

    for (size_t i = 0; i < sizeof step_rows / sizeof *step_rows; i++) {
        const struct step_row *row = &step_rows[i];
        struct sbx_buffer later = SBX_BUFFER_EMPTY, roots = SBX_BUFFER_EMPTY;
        struct plan plan = {0};
        struct scene scene;
        struct sbx_error error = {0};
        size_t others = 0;

        scene_make(row->recipe, row->places, &scene);
        for (size_t n = 0; n < scene.boundary.place_count; n++) {
            scene.boundary.places[n].later = strstr(scene.boundary.places[n].path, "\\tools") &&
                                             scene.boundary.places[n].right == BOUNDARY_READ;
            scene.boundary.places[n].family = &family;
        }
        CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, &error), SBX_OK);
        buffer_append_text(&later, "");
        buffer_append_text(&roots, "");
        for (size_t n = 0; n < plan.count; n++) {
            if (plan.steps[n].later)
                buffer_append_format(&later, "%s %s\n", step_kind_name(plan.steps[n].kind),
                                     plan.steps[n].files.path);
            others += !plan.steps[n].later;
        }
        for (size_t n = 0; n < plan.later_count; n++) {
            CU_ASSERT_PTR_EQUAL(plan.later[n].family, &family);
            buffer_append_format(&roots, "%s%s\n", plan.later[n].problem ? "!" : "", plan.later[n].path);
            if (plan.later[n].problem) {
                CU_ASSERT_PTR_NOT_NULL(strstr(plan.later[n].problem, "cannot be given its entries"));
                CU_ASSERT(plan.remarks.count && strstr(plan.remarks.items[0], plan.later[n].path));
            }
        }
        CU_ASSERT_STRING_EQUAL(buffer_text(&later), row->later);
        CU_ASSERT_STRING_EQUAL(buffer_text(&roots), row->roots);
        CU_ASSERT_EQUAL(others, row->others);
        if (strcmp(buffer_text(&later), row->later) || others != row->others)
            printf("    %c %s: %zu, %s\n", row->recipe, row->places, others, buffer_text(&later));
        buffer_free(&later);
        buffer_free(&roots);
        plan_free(&plan);
        scene_free(&scene);
    }
}

static sbx_status make_part(void *context)
{
    struct scene *scene = context;
    struct plan plan = {0}, part = {0};
    sbx_status status = plan_make(&scene->boundary, &scene->facts, &plan, NULL);

    if (!status)
        status = plan_part(&plan, "C:\\u\\a\\tools", &part, NULL);
    if (!status) {
        CU_ASSERT_EQUAL(part.count, 3);
        CU_ASSERT_STRING_EQUAL(part.steps[0].files.path, "C:\\u");
        CU_ASSERT_STRING_EQUAL(part.steps[2].files.path, "C:\\u\\a\\tools");
        for (size_t i = 0; i < part.count; i++)
            CU_ASSERT_TRUE(part.steps[i].later);
    }
    plan_free(&part);
    plan_free(&plan);
    return status;
}

static void a_part_is_what_one_place_needs(void)
{
    struct scene scene;

    scene_make('f', "r C:\\u\\a\\tools;r C:\\u\\b\\tools fixed;r C:\\u\\tools;w C:\\w", &scene);
    for (size_t i = 0; i < 3; i++)
        scene.boundary.places[i].later = true;
    with_memory_failing(make_part, &scene);
    scene_free(&scene);
}

/* ---- one after another ---------------------------------------------------------------------------------------- */

static size_t told, told_total;

static void count_step(void *context, const struct step *step, size_t done, size_t total)
{
    (void)context, (void)step, (void)done;
    told++;
    told_total = total;
}

static const struct provision_host host = {
    .state_folder = STATE, .deeds = apply_files, .progress = count_step, .leaves_later = true};
static const struct provision_host whole_host = {.state_folder = STATE, .deeds = apply_files};

static sbx_status provision_with(const struct provision_host *with, const struct boundary *boundary,
                                 const char *session, struct provision **provision, struct plan *plan,
                                 struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    sbx_status status;

    plan_free(plan);
    status = provision_apply(with, boundary, session, provision, plan, &outcome, error);
    tree_outcome_free(&outcome);
    return status;
}

static sbx_status provision(const struct boundary *boundary, const char *session,
                            struct provision **provision, struct plan *plan)
{
    struct sbx_error error = {0};
    sbx_status status = provision_with(&host, boundary, session, provision, plan, &error);

    if (status)
        printf("    %s\n", error.text);
    return status;
}

static sbx_status later_with(const struct provision_host *with, const struct provision *provision,
                             const struct plan *plan, const char *path, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    sbx_status status = provision_apply_later(with, provision, plan, path, &outcome, error);

    tree_outcome_free(&outcome);
    return status;
}

static sbx_status grant(const struct provision *provision, const struct plan *plan, const char *path)
{
    return later_with(&host, provision, plan, path, NULL);
}

static sbx_status undo(void)
{
    struct tree_outcome outcome = {0};
    sbx_status status = provision_undo(&host, usual.capability_sid, &outcome, NULL);

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

/* -1: unfinished, 0: nothing stands, 1: complete. */
static int listed(void)
{
    struct provisioned_workspace *workspaces = NULL;
    size_t count = 0;
    int result = 0;

    CU_ASSERT_EQUAL(provision_list(&host, &workspaces, &count, NULL), SBX_OK);
    if (count)
        result = workspaces[0].complete ? 1 : -1;
    provisioned_workspaces_free(workspaces, count);
    return result;
}

/* Of the host: as it was; with the policy's own; with cargo, too; with all. */
static struct sim_snapshot *clean, *base, *with_cargo, *whole;

static void take_snapshots(void)
{
    struct provision *mark = NULL;
    struct plan plan = {0};

    make_world();
    clean = sim_snapshot(STATE);
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    base = sim_snapshot(STATE);
    CU_ASSERT_EQUAL(grant(mark, &plan, CARGO), SBX_OK);
    with_cargo = sim_snapshot(STATE);
    provision_release(mark);
    mark = NULL;
    make_world();
    CU_ASSERT_EQUAL(provision_with(&whole_host, &usual, "one", &mark, &plan, NULL), SBX_OK);
    provision_release(mark);
    plan_free(&plan);
    whole = sim_snapshot(STATE);
    CU_ASSERT_PTR_NOT_NULL(sim_snapshot_difference(clean, base));
    CU_ASSERT_PTR_NOT_NULL(sim_snapshot_difference(base, with_cargo));
    CU_ASSERT_PTR_NOT_NULL(sim_snapshot_difference(with_cargo, whole));
}

static void free_snapshots(void)
{
    sim_snapshot_free(clean);
    sim_snapshot_free(base);
    sim_snapshot_free(with_cargo);
    sim_snapshot_free(whole);
    clean = base = with_cargo = whole = NULL;
    free_world();
}

static struct provision *living, *beside;
static struct plan living_plan, beside_plan;

static size_t count_planned(const struct plan *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->count; i++) {
        CU_ASSERT(plan->steps[i].state == STEP_DONE ||
                  (plan->steps[i].state == STEP_PLANNED && plan->steps[i].later));
        count += plan->steps[i].state == STEP_PLANNED;
    }
    return count;
}

static void provisioning_leaves_them_and_each_is_done_alone(void)
{
    struct provision *mark = NULL;
    struct plan plan = {0}, again = {0};
    size_t left;

    take_snapshots();
    make_world();
    told = 0;
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    expect_host(base, STATE);
    left = count_planned(&plan);
    CU_ASSERT(left > 3);
    CU_ASSERT_EQUAL(told, plan.count - left); /* nor are they counted */
    CU_ASSERT_EQUAL(told_total, plan.count - left);
    CU_ASSERT_EQUAL_FATAL(plan.later_count, 3);
    CU_ASSERT_EQUAL(listed(), 1);

    CU_ASSERT_EQUAL(grant(mark, &plan, CARGO), SBX_OK);
    expect_host(with_cargo, STATE);
    CU_ASSERT_EQUAL(grant(mark, &plan, CARGO), SBX_OK);
    expect_host(with_cargo, STATE);
    CU_ASSERT_EQUAL(grant(mark, &plan, PROGRAMS), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(host_difference(whole, STATE));
    CU_ASSERT_EQUAL(grant(mark, &plan, RUSTUP), SBX_OK);
    expect_host(whole, STATE);
    CU_ASSERT_EQUAL(listed(), 1);
    provision_release(mark);

    /* The next session finds them done. */
    mark = NULL;
    told = 0;
    CU_ASSERT_EQUAL(provision(&usual, "two", &mark, &again), SBX_OK);
    CU_ASSERT_EQUAL(count_planned(&again), 0);
    CU_ASSERT_EQUAL(told, 0);
    CU_ASSERT_EQUAL(grant(mark, &again, CARGO), SBX_OK);
    CU_ASSERT_EQUAL(told, 0);
    expect_host(whole, STATE);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    expect_host(clean, STATE);
    plan_free(&plan);
    plan_free(&again);
    free_snapshots();
}

static void sessions_of_one_policy_grant_side_by_side(void)
{
    struct provision *first = NULL, *second = NULL, *third = NULL;
    struct plan plan = {0}, other = {0}, refused = {0};
    struct sbx_error error = {0};

    take_snapshots();
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &first, &plan), SBX_OK);
    sim_actor(1);
    CU_ASSERT_EQUAL(provision(&usual, "two", &second, &other), SBX_OK);
    CU_ASSERT(count_planned(&other) > 3);
    CU_ASSERT_EQUAL(provision_with(&host, &wider, "three", &third, &refused, &error), SBX_E_POLICY_CONFLICT);
    sim_actor(0);
    CU_ASSERT_EQUAL(grant(first, &plan, CARGO), SBX_OK);
    expect_host(with_cargo, STATE);
    sim_actor(1);
    CU_ASSERT_EQUAL(grant(second, &other, CARGO), SBX_OK);
    expect_host(with_cargo, STATE);
    CU_ASSERT_EQUAL(grant(second, &other, RUSTUP), SBX_OK);
    sim_actor(0);
    CU_ASSERT_EQUAL(undo(), SBX_E_STATE);
    provision_release(first);
    sim_actor(1);
    CU_ASSERT_EQUAL(grant(second, &other, PROGRAMS), SBX_OK);
    expect_host(whole, STATE);
    provision_release(second);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    expect_host(clean, STATE);
    plan_free(&plan);
    plan_free(&other);
    plan_free(&refused);
    free_snapshots();
}

/* AllowWrite between two of them: neither touches what the other did. */
static void a_grant_for_a_while_and_toolchains_leave_each_other_alone(void)
{
    struct provision_host for_a_while = host;
    struct provision *mark = NULL;
    struct plan plan = {0}, wide = {0};

    take_snapshots();
    make_world();
    for_a_while.for_a_while = true;
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    CU_ASSERT_EQUAL(grant(mark, &plan, CARGO), SBX_OK);
    CU_ASSERT_EQUAL(provision_with(&for_a_while, &wider, "one", &mark, &wide, NULL), SBX_OK);
    CU_ASSERT(count_planned(&wide) > 1); /* they are not done on the way */
    CU_ASSERT_EQUAL(grant(mark, &plan, RUSTUP), SBX_OK);
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &wide), SBX_OK);
    CU_ASSERT_EQUAL(grant(mark, &plan, PROGRAMS), SBX_OK);
    expect_host(whole, STATE);

    /* One that is cancelled takes back its own alone. */
    CU_ASSERT_EQUAL(provision_with(&for_a_while, &wider, "one", &mark, &wide, NULL), SBX_OK);
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    expect_host(whole, STATE);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    expect_host(clean, STATE);
    plan_free(&plan);
    plan_free(&wide);
    free_snapshots();
}

/* Letters of those that stand, in the plan's order; "?": it could not be looked up. */
static const char *standing(const struct provision *mark, const struct plan *plan, sbx_status expected)
{
    static char letters[8];
    bool *stand = NULL;
    size_t count = 0;

    CU_ASSERT_EQUAL(provision_later_stand(&host, mark, plan, &stand, NULL), expected);
    if (!stand)
        return "?";
    for (size_t i = 0; i < plan->later_count; i++)
        if (stand[i])
            letters[count++] = "crp"[i];
    letters[count] = '\0';
    sbx_free(stand);
    return letters;
}

static sbx_status look_at_standing(void *context)
{
    struct sbx_error error = {0};
    bool *stand = NULL;
    sbx_status status = provision_later_stand(&host, context, &living_plan, &stand, &error);

    CU_ASSERT_EQUAL(error.code, status);
    CU_ASSERT_EQUAL(stand == NULL, status != SBX_OK);
    sbx_free(stand);
    return status;
}

static void which_of_them_stand_is_seen_whoever_undid_them(void)
{
    struct provision *mark = NULL;
    struct plan wide = {0};
    struct boundary above = {0};

    make_world();
    policy_scene(
        "{\"token\":\"fully-restricted\",\"files\":{\"write\":[\"${workspace}\",\"C:/Users/me/.cargo\"]}}",
        WORKSPACE, SESSION, &above);
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &living_plan), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(living_plan.later_count, 3);
    CU_ASSERT_STRING_EQUAL(standing(mark, &living_plan, SBX_OK), "");
    CU_ASSERT_EQUAL(grant(mark, &living_plan, CARGO), SBX_OK);
    CU_ASSERT_EQUAL(grant(mark, &living_plan, PROGRAMS), SBX_OK);
    CU_ASSERT_STRING_EQUAL(standing(mark, &living_plan, SBX_OK), "cp");
    with_memory_failing(look_at_standing, mark);
    sim_fail_call(1);
    CU_ASSERT_STRING_EQUAL(standing(mark, &living_plan, SBX_E_SYSTEM), "?");
    sim_fail_call(0);

    /* A folder above one is granted to be written, and is not any more. */
    CU_ASSERT_EQUAL(provision(&above, "one", &mark, &wide), SBX_OK);
    CU_ASSERT_STRING_EQUAL(standing(mark, &living_plan, SBX_OK), "p");
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &wide), SBX_OK);
    CU_ASSERT_STRING_EQUAL(standing(mark, &living_plan, SBX_OK), "p");
    CU_ASSERT_EQUAL(grant(mark, &living_plan, CARGO), SBX_OK);
    CU_ASSERT_STRING_EQUAL(standing(mark, &living_plan, SBX_OK), "cp");
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    plan_free(&wide);
    plan_free(&living_plan);
    boundary_free(&above);
    free_world();
}

static void a_session_that_does_not_come_about_takes_them_back(void)
{
    struct provision *mark = NULL;
    struct plan plan = {0};

    take_snapshots();
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    CU_ASSERT_EQUAL(grant(mark, &plan, CARGO), SBX_OK);
    CU_ASSERT_EQUAL(provision_take_back(&host, mark, NULL), SBX_OK);
    expect_host(clean, STATE);
    CU_ASSERT_EQUAL(listed(), 0);
    provision_release(mark);
    plan_free(&plan);
    free_snapshots();
}

/* Nothing but toolchains is to be granted: no journal is left that lists nothing. */
static void a_policy_of_toolchains_alone_leaves_no_empty_journal(void)
{
    struct boundary boundary = {0};
    struct provision *mark = NULL;
    struct plan plan = {0};
    char path[256];

    make_world();
    policy_scene(NOTHING_ELSE, WORKSPACE, SESSION, &boundary);
    CU_ASSERT_EQUAL(provision(&boundary, "one", &mark, &plan), SBX_OK);
    CU_ASSERT_EQUAL(count_planned(&plan), plan.count);
    CU_ASSERT(plan.count > 3);
    CU_ASSERT_EQUAL(listed(), 0);
    snprintf(path, sizeof path, STATE "\\workspaces\\%s\\journal", boundary.capability_sid);
    CU_ASSERT_FALSE(sim_exists(path));
    CU_ASSERT_EQUAL(grant(mark, &plan, CARGO), SBX_OK);
    CU_ASSERT_EQUAL(listed(), 1);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    plan_free(&plan);
    boundary_free(&boundary);
    free_world();
}

static size_t go_on_for;

static bool go_on(void *context, const struct tree_outcome *so_far)
{
    (void)context, (void)so_far;
    return go_on_for && --go_on_for;
}

static void one_that_is_cancelled_leaves_nothing_of_itself(void)
{
    static const struct tree_control control = {go_on, NULL};
    struct provision_host impatient = host;
    struct provision *mark = NULL;
    struct plan plan = {0};
    size_t times = 1;

    impatient.control = &control;
    take_snapshots();
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    for (; times < 100; times++) {
        sbx_status status;

        go_on_for = times;
        status = later_with(&impatient, mark, &plan, CARGO, NULL);
        if (!status)
            break;
        CU_ASSERT_EQUAL(status, SBX_E_CANCELLED);
        expect_host(base, STATE);
        CU_ASSERT_EQUAL(listed(), 1);
    }
    CU_ASSERT(times > 2 && times < 100);
    expect_host(with_cargo, STATE);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    plan_free(&plan);
    free_snapshots();
}

static void one_that_fails_at_any_call_leaves_nothing_of_itself(void)
{
    struct provision *mark = NULL;
    struct plan plan = {0};
    sbx_status status = SBX_E_SYSTEM;
    size_t nth, failures = 0;

    take_snapshots();
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    for (nth = 1; nth < 500; nth++) {
        sim_fail_call(nth);
        status = grant(mark, &plan, CARGO);
        if (!status && sim_call_count() < nth)
            break;
        sim_fail_call(0);
        CU_ASSERT_EQUAL(listed(), 1);
        if (status) {
            failures++;
            expect_host(base, STATE);
            continue;
        }
        expect_host(with_cargo, STATE); /* it was a call that may fail; anew */
        provision_release(mark);
        mark = NULL;
        CU_ASSERT_EQUAL(undo(), SBX_OK);
        CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    }
    sim_fail_call(0);
    CU_ASSERT(failures > 20 && nth < 500);
    provision_release(mark);
    CU_ASSERT_EQUAL(undo(), SBX_OK);
    plan_free(&plan);
    free_snapshots();
}

static void what_is_unfinished_is_not_built_upon(void)
{
    struct provision *mark = NULL;
    struct plan plan = {0};
    struct sbx_error error = {0};

    take_snapshots();
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &mark, &plan), SBX_OK);
    sim_fail_calls_from(12);
    CU_ASSERT_NOT_EQUAL(grant(mark, &plan, CARGO), SBX_OK);
    sim_fail_call(0);
    CU_ASSERT_EQUAL(listed(), -1);
    CU_ASSERT_EQUAL(later_with(&host, mark, &plan, RUSTUP, &error), SBX_E_STATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Deprovision"));
    provision_release(mark);
    CU_ASSERT_EQUAL(recover(), SBX_OK);
    expect_host(clean, STATE);
    plan_free(&plan);
    free_snapshots();
}

/* Interrupted everywhere. */

static void world_with_a_session(void)
{
    provision_release(living);
    provision_release(beside);
    living = beside = NULL;
    make_world();
    CU_ASSERT_EQUAL(provision(&usual, "one", &living, &living_plan), SBX_OK);
}

/* Its neighbour has granted another one. */
static void world_with_two_sessions(void)
{
    world_with_a_session();
    sim_actor(1);
    CU_ASSERT_EQUAL(provision(&usual, "two", &beside, &beside_plan), SBX_OK);
    sim_actor(0);
}

static sbx_status grant_cargo(void)
{
    return grant(living, &living_plan, CARGO);
}

static sbx_status end_and_recover(void)
{
    provision_release(living);
    living = NULL;
    sim_actor(1);
    provision_release(beside);
    beside = NULL;
    sim_actor(0);
    return recover();
}

static void inspect(sbx_status status, int recovered)
{
    int state = listed();

    CU_ASSERT(!(recovered && state < 0));
    CU_ASSERT(!(status == SBX_OK && state < 0));
    if (status == SBX_OK && !recovered)
        expect_host(with_cargo, STATE);
    else if (state == 0)
        expect_host(clean, STATE);
    else if (state > 0 && host_difference(with_cargo, STATE))
        expect_host(base, STATE);
    if (recovered) {
        CU_ASSERT_EQUAL(undo(), SBX_OK);
        expect_host(clean, STATE);
    }
}

static void one_may_be_interrupted_anywhere(void)
{
    static const struct fault_scene scenes[] = {
        {"granting a toolchain", false, 0, world_with_a_session, grant_cargo, end_and_recover, inspect},
        {"the same beside another session", false, 7, world_with_two_sessions, grant_cargo, end_and_recover,
         inspect},
    };

    take_snapshots();
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        fault_points(&scenes[i]);
    end_and_recover();
    plan_free(&living_plan);
    plan_free(&beside_plan);
    free_snapshots();
}

/* The second one does its whole act at one call of the first, which grants. */

static enum { JOINS, GRANTS, UNDOES } meeting;
static size_t meet_at;
static bool met;
static sbx_status met_status;

static void meet(void *context, size_t call)
{
    (void)context;
    if (call != meet_at)
        return;
    met = true;
    sim_actor(1);
    if (meeting == JOINS)
        met_status = provision_with(&host, &usual, "two", &beside, &beside_plan, NULL);
    else if (meeting == GRANTS)
        met_status = later_with(&host, beside, &beside_plan, CARGO, NULL);
    else
        met_status = undo();
}

static void whoever_comes_while_one_is_granted_waits_or_goes_on(void)
{
    size_t count = 0;

    take_snapshots();
    for (int what = JOINS; what <= UNDOES; what++)
        for (meet_at = 1;; meet_at++) {
            sbx_status status;

            meeting = what;
            if (what == GRANTS)
                world_with_two_sessions();
            else
                world_with_a_session();
            met = false;
            sim_fail_call(0);
            sim_at_call(meet, NULL);
            status = grant_cargo();
            sim_at_call(NULL, NULL);
            sim_actor(0);
            if (!met)
                break;
            count++;
            CU_ASSERT_EQUAL(status, SBX_OK);
            expect_host(with_cargo, STATE);
            /* In the simulation nobody lets go of the journal while another waits for it. */
            CU_ASSERT(met_status == SBX_E_TIMEOUT || met_status == (what == UNDOES ? SBX_E_STATE : SBX_OK));
            end_and_recover();
            CU_ASSERT_EQUAL(undo(), SBX_OK);
            expect_host(clean, STATE);
        }
    CU_ASSERT(count > 60);
    fault_points_count("meetings", count);
    end_and_recover();
    plan_free(&living_plan);
    plan_free(&beside_plan);
    free_snapshots();
}

/* ---- who waits ------------------------------------------------------------------------------------------------ */

#define NODE  HOME "\\AppData\\Roaming\\nvm"
#define NUGET HOME "\\.nuget\\packages"
#define PLAIN "C:\\Windows\\System32"
#define MANY  4

static const struct wait_row {
    const char *why;
    const char *line; /* or an array: */
    const char *array[MANY];
    const char *path;      /* the command's PATH */
    const char *directory; /* NULL: the workspace */
    const char *expected;  /* letters: c(argo) r(ustup) p(rograms) n(ode) u (nuget) */
} wait_rows[] = {
    {"needs none", "cmd /c dir", {NULL}, PLAIN, NULL, ""},
    {"a folder of PATH", "cmd /c dir", {NULL}, PLAIN ";" PROGRAMS "\\Python", NULL, "p"},
    {"in another spelling", "cmd /c dir", {NULL}, PLAIN ";c:/users/ME/appdata/local\\PROGRAMS\\", NULL, "p"},
    {"a name that only begins alike", "cmd /c dir", {NULL}, PLAIN ";" PROGRAMS " too", NULL, ""},
    {"a folder of PATH that is not there", "cmd /c dir", {NULL}, PLAIN ";" PROGRAMS "\\none", NULL, "p"},
    {"a folder of PATH that leads there", "cmd /c dir", {NULL}, PLAIN ";C:\\nodejs", NULL, "n"},
    {"what holds one is not in it", "cmd /c dir", {NULL}, PLAIN ";" LOCAL, NULL, ""},
    {"the program", PROGRAMS "\\Python\\python.exe x.py", {NULL}, PLAIN, NULL, "p"},
    {"the program behind a link", "C:\\nodejs\\node.exe x.js", {NULL}, PLAIN, NULL, "n"},
    {"a batch file", NULL, {HOME "\\AppData\\Roaming\\nvm\\npm.cmd", "test"}, PLAIN, NULL, "n"},
    {"one of a family, all of it", NULL, {CARGO "\\cargo.exe", "build"}, PLAIN, NULL, "cr"},
    {"the other way round", NULL, {"cmd", "/c", "dir", RUSTUP "\\toolchains"}, PLAIN, NULL, "cr"},
    {"an argument", NULL, {"cmd", "/c", "type " PROGRAMS "\\x.txt"}, PLAIN, NULL, "p"},
    {"in an argument", NULL, {"cmd", "-I" PROGRAMS "\\include"}, PLAIN, NULL, "p"},
    {"as a URL", "cmd /c x file:///C:/Users/me/AppData/Local/Programs/x", {NULL}, PLAIN, NULL, "p"},
    {"in quotes", "cmd /c \"type \"" PROGRAMS "\\a b\\x.txt\"\"", {NULL}, PLAIN, NULL, "p"},
    {"the second of a list", "cmd /c set INCLUDE=C:\\x;" PROGRAMS "\\y;D:\\z", {NULL}, PLAIN, NULL, "p"},
    {"with dots", "cmd /c dir C:\\Windows\\..\\Users\\me\\.rustup", {NULL}, PLAIN, NULL, "cr"},
    {"through a link", "cmd /c type C:\\nodejs\\README.md", {NULL}, PLAIN, NULL, "n"},
    {"a pattern", "cmd /c dir " PROGRAMS "\\*.dll", {NULL}, PLAIN, NULL, "p"},
    {"the working directory", "cmd /c dir", {NULL}, PLAIN, PROGRAMS "\\Python", "p"},
    {"a program of a family by its name",
     "cmd /c dir",
     {NULL},
     PLAIN ";C:\\Program Files\\dotnet",
     NULL,
     "u"},
    {"a virtual environment's own program, which calls the python beside it",
     NULL,
     {"C:\\x\\venv\\pytest.exe"},
     PLAIN,
     NULL,
     "p"},
    {"a letter that is no disk's leads nowhere", "cmd /c type S:\\README.md", {NULL}, PLAIN, NULL, ""},
    {"each of many paths in a row",
     "cmd /c C:\\a b C:\\c d C:\\e C:\\f " RUSTUP "\\x y z C:\\g",
     {NULL},
     PLAIN,
     NULL,
     "cr"},
    {"the same by its path", NULL, {"C:\\Program Files\\dotnet\\dotnet.exe", "build"}, PLAIN, NULL, "u"},
    {"a folder with a family's name is no program",
     "cmd /c dir",
     {NULL},
     PLAIN ";C:\\x\\go;C:\\x\\dotnet",
     NULL,
     ""},
    {"relative folders of PATH do not count",
     "cmd /c dir",
     {NULL},
     PLAIN ";AppData\\Local\\Programs",
     NULL,
     ""},
    {"all of them", "cargo build", {NULL}, CARGO ";" PLAIN ";" PROGRAMS ";C:\\nodejs", NULL, "crpn"},
    {"no program: it will not start", "nothing-such " PROGRAMS, {NULL}, PLAIN ";" PROGRAMS, NULL, ""},
};

struct waiting {
    struct plan plan;
    const struct wait_row *row;
    char needed[16];
};

static void make_tools(struct waiting *waiting)
{
    struct boundary boundary = {0};
    struct plan_facts facts = {0};

    add_files();
    sim_add_folder(SESSION "\\temp");
    sim_add_file(NODE "\\node.exe");
    sim_add_file(NODE "\\npm.cmd");
    sim_add_file(NODE "\\README.md");
    sim_add_link("C:\\nodejs", NODE);
    sim_add_folder(NUGET);
    sim_add_link("S:", NODE); /* SUBST */
    sim_add_file("C:\\x\\venv\\pytest.exe");
    sim_add_file("C:\\x\\venv\\python.exe");
    sim_add_folder("C:\\x\\dotnet");
    sim_add_file("C:\\x\\dotnet\\README");
    sim_add_file("C:\\Program Files\\dotnet\\dotnet.exe");
    policy_scene(USUAL, WORKSPACE, SESSION, &boundary);
    CU_ASSERT_EQUAL(plan_look(&boundary, SESSION, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(plan_make(&boundary, &facts, &waiting->plan, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(waiting->plan.later_count, 5);
    plan_facts_free(&facts);
    boundary_free(&boundary);
}

static char letter_of(const char *path)
{
    static const struct {
        const char *path;
        char letter;
    } letters[] = {{CARGO, 'c'}, {RUSTUP, 'r'}, {PROGRAMS, 'p'}, {NODE, 'n'}, {NUGET, 'u'}};

    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (!strcmp(letters[i].path, path))
            return letters[i].letter;
    }
    return '?';
}

static sbx_status find_needed(void *context)
{
    struct waiting *waiting = context;
    const struct wait_row *row = waiting->row;
    char path[512];
    char *entries[] = {path};
    const struct environment environment = {{entries, 1}};
    struct sbx_strings array = {(char **)(uintptr_t)row->array, 0};
    const struct command_text command = {row->line, &array};
    const struct later_question question = {&command, &environment,
                                            row->directory ? row->directory : WORKSPACE, PLAIN};
    struct later_reach reach;
    sbx_status status;
    size_t count = 0;

    snprintf(path, sizeof path, "Path=%s", row->path);
    while (array.count < MANY && row->array[array.count])
        array.count++;
    status = later_look(&waiting->plan, &question, &reach, NULL);
    if (status)
        return status;
    for (size_t i = 0; i < waiting->plan.later_count; i++) {
        if (later_needs(&waiting->plan, &reach, i))
            waiting->needed[count++] = letter_of(waiting->plan.later[i].path);
    }
    waiting->needed[count] = '\0';
    later_reach_free(&reach);
    return SBX_OK;
}

static bool same_letters(const char *a, const char *b)
{
    return strlen(a) == strlen(b) && strspn(a, b) == strlen(a);
}

static size_t requests, refused_at;

static bool refuse(void *context, size_t size)
{
    (void)context, (void)size;
    return ++requests == refused_at;
}

/* A look-up that had no memory finds nothing (file_is_program), so not each refusal is an error. */
static void needs_without_memory(struct waiting *waiting)
{
    size_t failures = 0;

    for (refused_at = 1;; refused_at++) {
        sbx_status status;

        requests = 0;
        sbx_memory_set_hook(refuse, NULL);
        status = find_needed(waiting);
        sbx_memory_set_hook(NULL, NULL);
        CU_ASSERT(status == SBX_OK || status == SBX_E_MEMORY);
        failures += status != SBX_OK;
        if (requests < refused_at)
            break;
    }
    CU_ASSERT(failures > 50);
}

/* A line is 32,767 characters long at most; what it names is looked at by the caller, while nobody can cancel it. */
static void a_line_of_very_many_paths_is_not_gone_through(void)
{
    struct wait_row row = {.why = "thousands of paths", .path = PLAIN, .expected = "crpnu"};
    struct waiting waiting = {.row = &row};
    struct sbx_buffer line = SBX_BUFFER_EMPTY;

    make_tools(&waiting);
    buffer_append_text(&line, "cmd /c echo");
    for (size_t i = 0; i < 6000; i++)
        buffer_append_text(&line, " C:\\a");
    row.line = buffer_text(&line);
    sim_fail_call(0);
    CU_ASSERT_EQUAL(find_needed(&waiting), SBX_OK);
    CU_ASSERT(sim_call_count() < 5000);
    CU_ASSERT(same_letters(waiting.needed, row.expected));
    plan_free(&waiting.plan);
    buffer_free(&line);
}

static void a_command_waits_for_what_it_can_reach(void)
{
    struct waiting waiting = {.row = NULL};

    make_tools(&waiting);
    for (size_t i = 0; i < sizeof wait_rows / sizeof *wait_rows; i++) {
        waiting.row = &wait_rows[i];
        CU_ASSERT_EQUAL(find_needed(&waiting), SBX_OK);
        CU_ASSERT(same_letters(waiting.needed, waiting.row->expected));
        if (!same_letters(waiting.needed, waiting.row->expected))
            printf("    %s: \"%s\", not \"%s\"\n", waiting.row->why, waiting.needed, waiting.row->expected);
    }
    waiting.row = &wait_rows[sizeof wait_rows / sizeof *wait_rows - 2];
    needs_without_memory(&waiting);
    plan_free(&waiting.plan);
}

const struct harness_suite later_suite = {
    "later",
    (const struct harness_test[]){
        {"only what the policy does not name itself comes later",
         only_what_the_policy_does_not_name_itself_comes_later},
        {"steps that only toolchains need come later", steps_that_only_they_need_come_later},
        {"a part is what one place needs", a_part_is_what_one_place_needs},
        {"provisioning leaves them, and each is done alone", provisioning_leaves_them_and_each_is_done_alone},
        {"sessions of one policy grant side by side", sessions_of_one_policy_grant_side_by_side},
        {"a grant for a while and toolchains leave each other alone",
         a_grant_for_a_while_and_toolchains_leave_each_other_alone},
        {"which of them stand is seen, whoever undid them", which_of_them_stand_is_seen_whoever_undid_them},
        {"a session that does not come about takes them back",
         a_session_that_does_not_come_about_takes_them_back},
        {"a policy of toolchains alone leaves no empty journal",
         a_policy_of_toolchains_alone_leaves_no_empty_journal},
        {"one that is cancelled leaves nothing of itself", one_that_is_cancelled_leaves_nothing_of_itself},
        {"one that fails at any call leaves nothing of itself",
         one_that_fails_at_any_call_leaves_nothing_of_itself},
        {"what is unfinished is not built upon", what_is_unfinished_is_not_built_upon},
        {"at every fault point of granting one it is there or not", one_may_be_interrupted_anywhere},
        {"whoever comes while one is granted waits or goes on, a fault point each",
         whoever_comes_while_one_is_granted_waits_or_goes_on},
        {"a command waits for what it can reach", a_command_waits_for_what_it_can_reach},
        {"a line of very many paths is not gone through", a_line_of_very_many_paths_is_not_gone_through},
        {NULL, NULL},
    },
};
