/*
 * grants_test.c - what the engine puts on files, in which order, and how it goes again: the real engine, runner and files,
 * on lists that are kept in memory (acl_world.h). What the lists then let a token do is core's, on the simulation.
 */
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/engine_under_test.h"
#include "com/support.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/process.h"
#include "os/random.h"

#include <string.h>

#define LOWERED                                                                                              \
    "\"require\": {\"fileWrite\": \"absent\", \"fileDelete\": \"absent\", \"fileRead\": \"absent\", "        \
    "\"network\": \"absent\", \"process\": \"absent\", \"desktop\": \"absent\", \"resources\": \"absent\", " \
    "\"lifetime\": \"absent\", \"handles\": \"absent\"}"
#define USUAL    "{" LOWERED "}"
#define OTHER    "{\"files\": {\"protect\": [\"main.c\"]}, " LOWERED "}"
#define TOO_MUCH "{\"files\": {\"protect\": [\"main.c\"]}, \"require\": {\"network\": \"verified\"}}"

static char *workspace, *runner;

/* What is there. */

static char *below(const char *folder, const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", folder, name);
    return buffer_take(&path, NULL);
}

static void make_file(const char *name)
{
    char *path = below(workspace, name);

    CU_ASSERT_EQUAL(file_create(path, "x", 1, NULL), SBX_OK);
    sbx_free(path);
}

static char *find_runner_file(void)
{
    char *own = NULL, *path;

    CU_ASSERT_EQUAL_FATAL(process_own_file(&own, NULL), SBX_OK);
    *strrchr(own, '\\') = '\0';
    path = below(own, "sbxrun.exe");
    if (!file_is_program(path)) {
        sbx_free(path);
        path = below(own, "..\\bin\\sbxrun.exe");
    }
    sbx_free(own);
    return path;
}

static void begin(void)
{
    struct sbx_buffer name = SBX_BUFFER_EMPTY;
    struct file_facts facts;
    char *local = NULL, *hooks;
    char random[17];

    CU_ASSERT_EQUAL_FATAL(folder_path(FOLDER_LOCAL_DATA, &local, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(random_hex(random, 8, NULL), SBX_OK);
    buffer_append_format(&name, "%s\\Temp\\sbxcom grants test %s\\.git\\hooks", local, random);
    hooks = buffer_take(&name, NULL);
    sbx_free(local);
    CU_ASSERT_EQUAL_FATAL(folder_create(hooks, NULL), SBX_OK);
    *strstr(hooks, "\\.git") = '\0';
    CU_ASSERT_EQUAL_FATAL(file_examine(hooks, &facts, NULL), SBX_OK);
    workspace = facts.path;
    sbx_free(hooks);
    make_file(".git\\hooks\\pre-commit");
    make_file(".git\\config");
    make_file("main.c");
    if (!runner)
        runner = find_runner_file();
    acl_world_begin();
}

static void end(void)
{
    acl_world_end();
    CU_ASSERT_EQUAL(folder_delete_tree(workspace, NULL), SBX_OK);
    sbx_free(workspace);
    workspace = NULL;
}

static const char *list_of(const char *name)
{
    char *path = below(workspace, name);
    const char *list = acl_world_list(path);

    sbx_free(path);
    return list;
}

/* -1: unfinished; 0: not listed; 1: complete; 2: and a session lives in it. */
static int listed(void)
{
    struct provisioned_workspace *workspaces = NULL;
    size_t count = 0;
    int result = 0;

    CU_ASSERT_EQUAL(grants_list(&workspaces, &count, NULL), SBX_OK);
    for (size_t i = 0; i < count; i++)
        if (workspaces[i].subject.path && !strcmp(workspaces[i].subject.path, workspace))
            result = !workspaces[i].complete ? -1 : workspaces[i].in_use ? 2 : 1;
    provisioned_workspaces_free(workspaces, count);
    return result;
}

/* Opening. */

static bool runner_was_started;
static char phases[4096];

static void on_progress(void *context, const char *phase, uint64_t done, uint64_t total)
{
    size_t size;

    (void)context, (void)done, (void)total;
    if (strstr(phase, "runner"))
        runner_was_started = true;
    size = strlen(phases);
    snprintf(phases + size, sizeof phases - size, "%s\n", phase);
}

struct opening {
    const char *policy, *id, *runner;
    struct engine *former;
    HANDLE stop;
    struct findings findings;
    struct sbx_error error;
};

static sbx_status open_engine(struct opening *opening, struct engine **engine)
{
    struct engine_options options = {.workspace = workspace,
                                     .session_id = opening->id,
                                     .runner = opening->runner ? opening->runner : runner,
                                     .former = opening->former,
                                     .progress = {on_progress, NULL}};
    struct sbx_policy policy;
    sbx_status status;

    CU_ASSERT_EQUAL_FATAL(policy_parse(opening->policy, strlen(opening->policy), &policy, NULL), SBX_OK);
    runner_was_started = false;
    phases[0] = '\0';
    options.policy = &policy;
    status = engine_open(&options, opening->stop, engine, &opening->findings, &opening->error);
    policy_free(&policy);
    return status;
}

static struct engine *open_well(const char *policy, const char *id, struct engine *former)
{
    struct opening opening = {.policy = policy, .id = id, .former = former};
    struct engine *engine = NULL;

    if (open_engine(&opening, &engine))
        printf("    %s\n", opening.error.text);
    findings_free(&opening.findings);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
    return engine;
}

static void close_engine(struct engine *engine)
{
    engine_close(engine);
    engine_release(engine);
}

static sbx_status fails(struct opening *opening)
{
    struct engine *engine = NULL;
    sbx_status status = open_engine(opening, &engine);

    CU_ASSERT_NOT_EQUAL(status, SBX_OK);
    CU_ASSERT_PTR_NULL(engine);
    CU_ASSERT_EQUAL(opening->error.code, status);
    if (engine)
        close_engine(engine);
    findings_free(&opening->findings);
    return status;
}

static sbx_status deprovision(struct sbx_error *error)
{
    return grants_deprovision(workspace, NULL, NULL, error);
}

/* Is there a private folder of that session? */
static bool has_private_folder(const char *id)
{
    struct sbx_strings names = {NULL, 0};
    char *state = NULL, *sessions, *own;
    bool found = false;

    CU_ASSERT_EQUAL_FATAL(grants_state_folder(&state, NULL), SBX_OK);
    sessions = below(state, "sessions");
    own = below(sessions, id);
    folder_list(own, &names, NULL);
    for (size_t i = 0; i < names.count; i++)
        found = found || strcmp(names.items[i], "transcript.jsonl");
    strings_free(&names);
    sbx_free(own);
    sbx_free(sessions);
    sbx_free(state);
    return found;
}

/* The tests. */

static void grants_stand_while_commands_run_and_after(void)
{
    struct opening opening = {.policy = USUAL, .id = "grants-one"};
    struct engine *engine = NULL;
    const struct boundary *boundary;
    char sid[SID_TEXT_SIZE];
    sbx_status status;

    begin();
    identity_user_sid(sid, NULL);
    status = open_engine(&opening, &engine);
    if (status)
        printf("    %s\n", opening.error.text);
    CU_ASSERT_EQUAL_FATAL(status, SBX_OK);
    boundary = engine_boundary(engine);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(findings_find(&opening.findings, "fileWrite")->detail, "Put on files and read back"));
    findings_free(&opening.findings);

    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(workspace), boundary->capability_sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(list_of("main.c"), boundary->capability_sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(list_of(".git\\hooks"), "(D;"));
    CU_ASSERT_PTR_NOT_NULL(strstr(list_of(".git\\hooks\\pre-commit"), "(D;"));
    CU_ASSERT_PTR_NULL(strstr(list_of("main.c"), "(D;"));

    /* The temporary folder: the sandbox, the user, SYSTEM; nobody who was there by inheritance. */
    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(boundary->temp), boundary->capability_sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(boundary->temp), sid));
    CU_ASSERT_PTR_NOT_NULL(strstr(acl_world_list(boundary->temp), "D:P"));
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(boundary->temp), ";BA)"));

    CU_ASSERT_EQUAL(listed(), 2);
    CU_ASSERT_TRUE(has_private_folder("grants-one"));
    close_engine(engine);
    CU_ASSERT_FALSE(has_private_folder("grants-one"));
    CU_ASSERT_EQUAL(listed(), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(list_of("main.c"), "S-1-9-"));
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(workspace), "S-1-9-"));
    end();
}

static void what_cannot_be_granted_starts_no_runner_and_is_undone(void)
{
    struct opening opening;
    size_t n;

    begin();
    for (n = 1; n < 100; n++) {
        opening = (struct opening){.policy = USUAL, .id = "grants-fail", .runner = "C:\\there is none.exe"};
        acl_world_fail_write(n, false);
        fails(&opening);
        acl_world_fail_write(0, false);
        CU_ASSERT_FALSE(has_private_folder("grants-fail"));
        if (runner_was_started)
            break; /* n is more than all that is granted */
        CU_ASSERT_EQUAL(listed(), 0);
        CU_ASSERT_TRUE(acl_world_is_as_it_was());
    }
    printf("    writes that failed in turn: %u\n", (unsigned)n - 1);
    CU_ASSERT(n > 8 && n < 100);

    /* The next one failed while it was taken back: that is said, with what works then. */
    CU_ASSERT_PTR_NOT_NULL(strstr(opening.error.text, "could not be taken back"));
    CU_ASSERT_PTR_NOT_NULL(strstr(opening.error.text, "Deprovision"));
    CU_ASSERT_NOT_EQUAL(listed(), 0);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(list_of(".git\\hooks\\pre-commit"), "S-1-9-"));
    end();
}

static void a_runner_that_does_not_start_leaves_nothing(void)
{
    struct opening opening = {.policy = USUAL, .id = "grants-norun", .runner = "C:\\there is none.exe"};
    struct engine *engine;
    char before[8192];

    begin();
    fails(&opening);
    CU_ASSERT_TRUE(runner_was_started);
    CU_ASSERT_PTR_NOT_NULL(strstr(phases, "granting"));
    CU_ASSERT_PTR_NOT_NULL(strstr(phases, "taking grants back"));
    CU_ASSERT_EQUAL(listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(workspace), "S-1-9-"));
    CU_ASSERT_PTR_NULL(strstr(list_of(".git\\hooks\\pre-commit"), "S-1-9-"));

    /* What an earlier session left stays as that one left it. */
    engine = open_well(USUAL, "grants-earlier", NULL);
    close_engine(engine);
    snprintf(before, sizeof before, "%s", list_of("main.c"));
    opening = (struct opening){.policy = OTHER, .id = "grants-norun", .runner = "C:\\there is none.exe"};
    fails(&opening);
    CU_ASSERT_STRING_EQUAL(before, list_of("main.c"));
    CU_ASSERT_EQUAL(listed(), 1);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    end();
}

static void a_host_below_the_requirement_leaves_nothing(void)
{
    struct opening opening = {.policy = TOO_MUCH, .id = "grants-below"};

    begin();
    CU_ASSERT_EQUAL(fails(&opening), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT_TRUE(runner_was_started);
    CU_ASSERT_EQUAL(listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(acl_world_list(workspace), "S-1-9-"));
    CU_ASSERT_FALSE(has_private_folder("grants-below"));
    end();
}

static void a_second_session_joins_and_protects_the_first(void)
{
    struct opening other = {.policy = OTHER, .id = "grants-two"};
    struct engine *first, *second;
    struct sbx_error error = {0};
    size_t writes;

    begin();
    first = open_well(USUAL, "grants-one", NULL);
    writes = acl_world_writes();
    second = open_well(USUAL, "grants-two", NULL);
    CU_ASSERT_EQUAL(acl_world_writes() - writes, 1); /* its own temporary folder */
    close_engine(second);

    CU_ASSERT_EQUAL(fails(&other), SBX_E_POLICY_CONFLICT);
    CU_ASSERT_FALSE(runner_was_started);
    CU_ASSERT_EQUAL(deprovision(&error), SBX_E_STATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Close it first"));
    CU_ASSERT_EQUAL(engine_state(first), ENGINE_RUNNING);
    CU_ASSERT_EQUAL(listed(), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(list_of("main.c"), "S-1-9-"));
    close_engine(first);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(listed(), 0);
    end();
}

static void a_session_takes_over_from_itself(void)
{
    struct opening below_it = {.policy = TOO_MUCH, .id = "grants-one"};
    struct opening other = {.policy = OTHER, .id = "grants-two"};
    struct engine *first, *second;
    char before[8192];

    begin();
    first = open_well(USUAL, "grants-one", NULL);
    snprintf(before, sizeof before, "%s", list_of("main.c"));

    /* It comes to nothing: the first one goes on, with its grants, and is still protected. */
    below_it.former = first;
    CU_ASSERT_EQUAL(fails(&below_it), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT_STRING_EQUAL(before, list_of("main.c"));
    CU_ASSERT_EQUAL(engine_state(first), ENGINE_RUNNING);
    CU_ASSERT_EQUAL(listed(), 2);
    CU_ASSERT_EQUAL(fails(&other), SBX_E_POLICY_CONFLICT);

    /* It works: what the first one has is the second one's. */
    second = open_well(OTHER, "grants-one", first);
    CU_ASSERT_PTR_NOT_NULL(strstr(list_of("main.c"), "(D;"));
    close_engine(first);
    CU_ASSERT_EQUAL(listed(), 2);
    close_engine(second);
    CU_ASSERT_EQUAL(listed(), 1);

    /* An engine that nobody was told of goes with what it did. */
    second = open_well(USUAL, "grants-one", NULL);
    CU_ASSERT_PTR_NULL(strstr(list_of("main.c"), "(D;"));
    engine_abandon(second, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(list_of("main.c"), "(D;"));
    CU_ASSERT_EQUAL(listed(), 1);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(strstr(list_of("main.c"), "S-1-9-"));
    end();
}

static void a_lost_session_can_be_provisioned_anew(void)
{
    struct engine *first, *second;

    begin();
    first = open_well(USUAL, "grants-one", NULL);
    CU_ASSERT_EQUAL(process_terminate(engine_test_runner(first), 1, NULL), SBX_OK);
    while (engine_state(first) == ENGINE_RUNNING)
        Sleep(10);
    second = open_well(OTHER, "grants-one", first);
    CU_ASSERT_EQUAL(listed(), 2);
    close_engine(first);
    CU_ASSERT_EQUAL(listed(), 2);
    close_engine(second);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(listed(), 0);
    end();
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

    begin();
    for (n = 1; n < 100; n++) {
        struct opening opening = {.policy = USUAL, .id = "grants-stop", .stop = stop};
        struct engine *engine = NULL;
        sbx_status status;

        ResetEvent(stop);
        acl_world_at_write(n, set_event, stop);
        status = open_engine(&opening, &engine);
        acl_world_at_write(0, NULL, NULL);
        findings_free(&opening.findings);
        if (!status) {
            close_engine(engine); /* there was no such write any more */
            break;
        }
        CU_ASSERT_EQUAL(status, SBX_E_CANCELLED);
        CU_ASSERT_FALSE(runner_was_started);
        if (n == 1)
            first_writes = acl_world_writes(); /* those that took it back, too */
        CU_ASSERT_EQUAL(listed(), 0);
        CU_ASSERT_PTR_NULL(strstr(acl_world_list(workspace), "S-1-9-"));
        CU_ASSERT_PTR_NULL(strstr(list_of(".git\\hooks\\pre-commit"), "S-1-9-"));
        CU_ASSERT_FALSE(has_private_folder("grants-stop"));
    }
    CU_ASSERT(first_writes < n); /* it ended with the step, not with all of them */
    printf("    writes at which it was cancelled: %u\n", (unsigned)n - 1);
    CU_ASSERT(n > 8 && n < 100);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    CloseHandle(stop);
    end();
}

static void crash(void)
{
    struct opening opening = {.policy = USUAL, .id = "grants-crash"};

    acl_world_fail_write(4, true); /* and it cannot be undone either: as after a crash */
    fails(&opening);
    acl_world_fail_write(0, false);
    CU_ASSERT_EQUAL(listed(), -1);
    CU_ASSERT_FALSE(acl_world_is_as_it_was());
}

static void what_a_crash_left_is_put_right_by_the_next_session_or_by_recover(void)
{
    struct findings findings = {NULL, 0};
    struct engine *engine;

    begin();
    crash();
    engine = open_well(USUAL, "grants-next", NULL);
    CU_ASSERT_EQUAL(listed(), 2);
    close_engine(engine);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(listed(), 0);
    CU_ASSERT_PTR_NULL(strstr(list_of(".git\\hooks\\pre-commit"), "S-1-9-"));
    acl_world_begin();

    crash();
    CU_ASSERT_EQUAL(grants_recover(NULL, &findings, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(findings_find(&findings, workspace));
    findings_free(&findings);
    CU_ASSERT_EQUAL(listed(), 0);
    CU_ASSERT_TRUE(acl_world_is_as_it_was());
    end();
}

/* Recovering while a session lives leaves its private folder and its grants alone. */
static void recover_leaves_those_who_live_alone(void)
{
    struct findings findings = {NULL, 0};
    struct engine *engine;

    begin();
    engine = open_well(USUAL, "grants-alive", NULL);
    CU_ASSERT_EQUAL(grants_recover(NULL, &findings, NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(findings_find(&findings, workspace));
    findings_free(&findings);
    CU_ASSERT_TRUE(has_private_folder("grants-alive"));
    CU_ASSERT_EQUAL(listed(), 2);
    close_engine(engine);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    end();
}

static void a_plan_is_shown_before_and_after_and_changes_nothing(void)
{
    struct engine_options options = {.workspace = workspace, .session_id = "grants-plan"};
    struct sbx_policy policy;
    struct plan plan = {0};
    struct engine *engine;

    begin();
    options.workspace = workspace;
    options.policy = &policy;
    CU_ASSERT_EQUAL_FATAL(policy_parse(USUAL, strlen(USUAL), &policy, NULL), SBX_OK);
    CU_ASSERT_EQUAL(engine_plan(&options, NULL, &plan, NULL), SBX_OK);
    CU_ASSERT(plan.count > 2);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_PLANNED);
    plan_free(&plan);
    CU_ASSERT_EQUAL(acl_world_writes(), 0);
    CU_ASSERT_EQUAL(listed(), 0);
    CU_ASSERT_FALSE(has_private_folder("grants-plan"));

    engine = open_well(USUAL, "grants-one", NULL);
    CU_ASSERT_EQUAL(engine_plan(&options, NULL, &plan, NULL), SBX_OK);
    for (size_t i = 0; i < plan.count; i++)
        CU_ASSERT_EQUAL(plan.steps[i].state, STEP_DONE);
    plan_free(&plan);
    policy_free(&policy);
    close_engine(engine);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    end();
}

static void a_workspace_that_was_deleted_or_made_anew_can_be_deprovisioned(void)
{
    struct engine *engine;

    for (int anew = 0; anew < 2; anew++) {
        begin();
        engine = open_well(USUAL, "grants-one", NULL);
        close_engine(engine);
        CU_ASSERT_EQUAL(listed(), 1);
        CU_ASSERT_EQUAL(folder_delete_tree(workspace, NULL), SBX_OK);
        if (anew)
            CU_ASSERT_EQUAL(folder_create(workspace, NULL), SBX_OK);
        CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
        CU_ASSERT_EQUAL(listed(), 0);
        folder_create(workspace, NULL);
        end();
    }
}

static void explain_tells_of_the_entries_that_were_put_there(void)
{
    struct explanation explanation = {0};
    struct sbx_error error = {0};
    struct engine *engine;
    char *hook;

    begin();
    engine = open_well(USUAL, "grants-one", NULL);
    hook = below(workspace, ".git\\hooks\\pre-commit");
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
    close_engine(engine);
    CU_ASSERT_EQUAL(deprovision(NULL), SBX_OK);
    end();
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
