/*
 * launch_test.c - a command runs attested, in its job, with its token and its handles, or it does not run at
 * all.
 */
#include "core/ending.h"
#include "core/launch.h"
#include "core/fault_points.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define USER      "S-1-5-21-1000-2000-3000-1001"
#define WORKSPACE "C:\\src\\app"
#define SUBJECT   0x1234567890u

static char *sids[] = {"S-1-9-1396856881-1-2-3-4", "S-1-1-0"};
static const struct token_recipe recipe = {true, false, {sids, 2}, {NULL, 0}, {NULL, 0}};

static char *session_entries[] = {"PATH=C:\\Windows\\System32", "KEEP=1", "GONE=1"};
static char *change_entries[] = {"ADDED=2=3", "gone", "KEEP=changed"};
static char *arguments[] = {"cmd", "/c", "exit 3"};

/* One session on the simulated host, and one request that asks for everything this level holds. */
struct scene {
    struct environment environment;
    struct launch_context context;
    struct message_launch request;
    struct launched launched;
    struct sbx_error error;
};

static void prepare(struct scene *scene)
{
    static const enum sbx_assurance floor[SBX_DOMAIN_COUNT] = {
        [SBX_FILE_WRITE] = SBX_ENFORCED, [SBX_NETWORK] = SBX_ADVISORY, [SBX_RESOURCES] = SBX_ENFORCED,
        [SBX_LIFETIME] = SBX_ENFORCED,   [SBX_HANDLES] = SBX_ENFORCED,
    };

    sim_reset();
    sim_add_folder(WORKSPACE);
    memset(scene, 0, sizeof *scene);
    scene->environment.entries = (struct sbx_strings){session_entries, 3};
    scene->context =
        (struct launch_context){&recipe, NULL, USER, "C:\\Windows\\System32", &scene->environment, NULL};
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &scene->context.token, NULL), SBX_OK);
    scene->request.arguments = (struct sbx_strings){arguments, 3};
    scene->request.directory = WORKSPACE;
    scene->request.environment.entries = (struct sbx_strings){change_entries, 3};
    scene->request.input = handle_to_wire(sim_pipe(1));
    scene->request.output = handle_to_wire(sim_pipe(2));
    scene->request.error = handle_to_wire(sim_pipe(3));
    scene->request.limits = (struct job_limits){64 << 20, 8, 50};
    memcpy(scene->request.floor, floor, sizeof floor);
}

/*
 * The token and the three pipes of the scene: what is open before and must be all that is open after a
 * refusal.
 */
#define SCENE_HANDLES 4

static sbx_status launch(struct scene *scene)
{
    return launch_command(&scene->context, &scene->request, SUBJECT, &scene->launched, &scene->error);
}

/* Whatever was started is dead and never ran; whatever was opened is closed; nothing was handed out. */
static void expect_nothing_left(const struct scene *scene)
{
    static const struct launched untouched;

    CU_ASSERT_EQUAL(sim_live_processes(), 0);
    for (size_t i = 0; i < sim_process_count(); i++)
        CU_ASSERT(!sim_process_at(i)->resumed);
    CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES);
    CU_ASSERT(memcmp(&scene->launched, &untouched, sizeof untouched) == 0);
}

static const char *variable(const struct sim_process *process, const char *name)
{
    const struct environment environment = {process->environment};

    return environment_get(&environment, name);
}

static void command_runs_with_its_token_job_directory_and_handles(void)
{
    struct scene scene;
    const struct sim_process *process;

    prepare(&scene);
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(sim_process_count(), 1);
    process = sim_process_at(0);
    CU_ASSERT(process->alive && process->resumed && process->in_job && process->has_token &&
              process->private_console);
    CU_ASSERT_EQUAL(process->id, scene.launched.process.id);
    CU_ASSERT_STRING_EQUAL(process->image, "C:\\Windows\\System32\\cmd.exe");
    CU_ASSERT_STRING_EQUAL(process->command_line, "\"cmd\" /c \"exit 3\"");
    CU_ASSERT_STRING_EQUAL(process->directory, WORKSPACE);
    for (uint32_t i = 0; i < 3; i++)
        CU_ASSERT(process->standard[i] == i + 1 && !process->null_device[i]);
    CU_ASSERT_EQUAL(scene.launched.measurement.differences, 0);
    CU_ASSERT_EQUAL(scene.launched.measurement.assurance[SBX_FILE_WRITE], SBX_ENFORCED);
    CU_ASSERT(scene.launched.start_utc_ms > 0);

    /* Process and job; the request's handles were only lent. */
    CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES + 2);
    launched_free(&scene.launched);
    CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES);
    CU_ASSERT_EQUAL(sim_live_processes(), 0);
}

static void command_sees_the_sessions_variables_with_its_own_changes(void)
{
    struct scene scene;
    const struct sim_process *process;

    prepare(&scene);
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    process = sim_process_at(0);
    CU_ASSERT_STRING_EQUAL(variable(process, "ADDED"), "2=3");
    CU_ASSERT_STRING_EQUAL(variable(process, "KEEP"), "changed");
    CU_ASSERT_PTR_NULL(variable(process, "GONE"));
    CU_ASSERT_EQUAL(process->environment.count, 3);
    launched_free(&scene.launched);

    /* The session's own list is as it was. */
    CU_ASSERT_STRING_EQUAL(environment_get(&scene.environment, "GONE"), "1");
}

static void environment_of_its_own_replaces_the_sessions(void)
{
    char *own[] = {"PATH=C:\\Windows\\System32", "ONLY=this"};
    struct scene scene;

    prepare(&scene);
    scene.request.own_environment = true;
    scene.request.environment.entries = (struct sbx_strings){own, 2};
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    CU_ASSERT_EQUAL(sim_process_at(0)->environment.count, 2);
    CU_ASSERT_STRING_EQUAL(variable(sim_process_at(0), "ONLY"), "this");
    launched_free(&scene.launched);
}

/* A PATH that the request changes is the one the program is looked up in. */
static void program_is_looked_up_in_the_childs_own_path(void)
{
    char *changes[] = {"PATH=C:\\Elsewhere"};
    struct scene scene;

    prepare(&scene);
    sim_add_file("C:\\Elsewhere\\cmd.exe");
    scene.request.environment.entries = (struct sbx_strings){changes, 1};
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sim_process_at(0)->image, "C:\\Elsewhere\\cmd.exe");
    launched_free(&scene.launched);
}

static void handles_not_given_are_the_null_device_and_closed_again(void)
{
    struct scene scene;
    const struct sim_process *process;

    prepare(&scene);
    scene.request.input = 0;
    scene.request.error = 0;
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    process = sim_process_at(0);
    CU_ASSERT(process->null_device[0] && !process->null_device[1] && process->null_device[2]);
    CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES + 2);
    launched_free(&scene.launched);
}

static void command_line_is_passed_on_as_typed(void)
{
    char *line[] = {" cmd  /c \"echo  a\" "};
    struct scene scene;

    prepare(&scene);
    scene.request.is_line = true;
    scene.request.arguments = (struct sbx_strings){line, 1};
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sim_process_at(0)->command_line, "cmd  /c \"echo  a\" ");
    launched_free(&scene.launched);
}

static const struct {
    const char *words;
    enum sbx_domain domain;
    struct sim_host host;
} lies[] = {
    {"another user", SBX_FILE_WRITE, {.starts_as_another_user = true}},
    {"restricting SIDs", SBX_FILE_WRITE, {.drops_restricting_sids = true}},
    {"restricting SIDs", SBX_FILE_WRITE, {.adds_restricting_sid = true}},
    {"write-restricted flag", SBX_FILE_WRITE, {.drops_write_restricted = true}},
    {"privileges", SBX_FILE_WRITE, {.keeps_privileges = true}},
    {"administrator", SBX_FILE_WRITE, {.keeps_administrator = true}},
    {"integrity level", SBX_FILE_WRITE, {.integrity = 0x3000}},
    {"integrity level", SBX_FILE_WRITE, {.integrity = SIM_INTEGRITY_UNKNOWN}},
    {"job", SBX_LIFETIME, {.starts_outside_job = true}},
    {"memory limit", SBX_RESOURCES, {.drops_memory_limit = true}},
    {"process limit", SBX_RESOURCES, {.drops_process_limit = true}},
    {"CPU limit", SBX_RESOURCES, {.drops_cpu_limit = true}},
};

/*
 * The host's token functions lie when the session's token is made, too: so it is made anew on the lying host.
 */
static void prepare_on(struct scene *scene, const struct sim_host *host)
{
    prepare(scene);
    handle_close(scene->context.token);
    sim_host = *host;
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &scene->context.token, NULL), SBX_OK);
}

static void command_is_killed_unrun_where_anything_reads_back_wrong(void)
{
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct scene scene;

        prepare_on(&scene, &lies[i].host);
        CU_ASSERT_EQUAL(launch(&scene), SBX_E_NOT_ENFORCED);
        CU_ASSERT_STRING_EQUAL(strstr(scene.error.text, lies[i].words) ? "" : scene.error.text, "");
        CU_ASSERT(strstr(scene.error.text, domain_name(lies[i].domain)) != NULL);
        CU_ASSERT_EQUAL(sim_process_count(), 1);
        expect_nothing_left(&scene);
    }
}

static void command_runs_and_the_measurement_says_absent_where_nothing_is_required(void)
{
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct scene scene;

        prepare_on(&scene, &lies[i].host);
        memset(scene.request.floor, 0, sizeof scene.request.floor);
        CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
        CU_ASSERT_EQUAL(scene.launched.measurement.assurance[lies[i].domain], SBX_ABSENT);
        CU_ASSERT(scene.launched.measurement.differences != 0);
        CU_ASSERT(sim_process_at(0)->resumed);
        sim_end_process(scene.launched.process.id, 0); /* outside its job, closing that would not end it */
        launched_free(&scene.launched);
        CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES);
    }
}

/* A token that the runner lost would otherwise be NULL, which to CreateProcess means its own. */
static void session_without_a_token_starts_nothing(void)
{
    struct scene scene;

    prepare(&scene);
    handle_close(scene.context.token);
    scene.context.token = NULL;
    memset(scene.request.floor, 0, sizeof scene.request.floor);
    CU_ASSERT_EQUAL(launch(&scene), SBX_E_NOT_ENFORCED);
    CU_ASSERT_EQUAL(sim_process_count(), 0);
}

static void refused_commands_start_no_process(void)
{
    static const struct {
        const char *name, *directory;
        sbx_status status;
    } cases[] = {
        {"nothere", WORKSPACE, SBX_E_COMMAND_NOT_FOUND},
        {"", WORKSPACE, SBX_E_ARGUMENT},
        {"cmd", "C:\\nothere", SBX_E_PATH_NOT_FOUND},
        {"cmd", "relative", SBX_E_ARGUMENT},
        {"cmd", "", SBX_E_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[16];
        char directory[32];
        char *items[] = {name};
        struct scene scene;

        prepare(&scene);
        snprintf(name, sizeof name, "%s", cases[i].name);
        snprintf(directory, sizeof directory, "%s", cases[i].directory);
        scene.request.arguments = (struct sbx_strings){items, 1};
        scene.request.directory = directory;
        CU_ASSERT_EQUAL(launch(&scene), cases[i].status);
        CU_ASSERT_EQUAL(sim_process_count(), 0);
        expect_nothing_left(&scene);
    }
}

static void malformed_changes_of_the_environment_are_refused(void)
{
    static char *const wrong[] = {"", "=C:=C:\\x"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *items[] = {wrong[i]};
        struct scene scene;

        prepare(&scene);
        scene.request.environment.entries = (struct sbx_strings){items, 1};
        CU_ASSERT_EQUAL(launch(&scene), SBX_E_ARGUMENT);
        expect_nothing_left(&scene);
    }
}

static void stale_handles_start_nothing_that_runs(void)
{
    for (size_t i = 0; i < 3; i++) {
        struct scene scene;

        prepare(&scene);
        *(i == 0 ? &scene.request.input : i == 1 ? &scene.request.output : &scene.request.error) = 0xFFFC;
        CU_ASSERT_EQUAL(launch(&scene), SBX_E_SYSTEM);
        expect_nothing_left(&scene);
    }
}

/* A job's account of its command, told from the first moment on, comes to the reason of its end. */
static void what_the_job_tells_becomes_the_reason_of_the_end(void)
{
    static const struct {
        uint32_t event, exit_code;
        enum exit_reason reason;
    } cases[] = {
        {JOB_MEMORY_LIMIT, 3, EXIT_MEMORY_LIMIT},
        {JOB_PROCESS_LIMIT, 2, EXIT_PROCESS_LIMIT},
        {JOB_PROCESS_LIMIT, 0, EXIT_EXITED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ending ending = {EXIT_EXITED};
        struct job_message message;
        struct scene scene;
        size_t told = 0;

        prepare(&scene);
        CU_ASSERT_EQUAL_FATAL(job_port_create(&scene.context.port, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
        sim_refuse_in_job(scene.launched.process.id, cases[i].event);
        sim_end_process(scene.launched.process.id, cases[i].exit_code);
        for (; !job_port_wait(scene.context.port, 0, &message, NULL); told++) {
            CU_ASSERT_EQUAL(message.subject, SUBJECT);
            CU_ASSERT(told || message.event == JOB_PROCESS_STARTED);
            ending_take(&ending, &message);
        }
        CU_ASSERT_EQUAL(told, 4); /* started, refused, ended, empty */
        CU_ASSERT_EQUAL(ending_reason(&ending, EXIT_EXITED, cases[i].exit_code), cases[i].reason);
        launched_free(&scene.launched);
        job_port_free(scene.context.port);
    }
}

/* Each call and request of memory in turn, on the longest way: all handles are the null device. */

static struct scene spawned;

static void prepare_to_spawn(void)
{
    prepare(&spawned);
    spawned.request.input = spawned.request.output = spawned.request.error = 0;
}

static sbx_status spawn(void)
{
    return launch(&spawned);
}

/* Nothing is kept anywhere, so there is nothing to recover: what is left behind is there at once, or not. */
static sbx_status no_recovery(void)
{
    return SBX_OK;
}

static void inspect_spawned(sbx_status status, int recovered)
{
    CU_ASSERT(status == SBX_OK || status == SBX_E_SYSTEM || status == SBX_E_MEMORY);
    if (recovered)
        return;
    if (status)
        expect_nothing_left(&spawned);
    else
        launched_free(&spawned.launched);
}

static void spawning_leaves_nothing_behind(void)
{
    static const struct fault_scene scene = {"spawning", true,        false,          prepare_to_spawn,
                                             spawn,      no_recovery, inspect_spawned};

    CU_ASSERT(fault_points(&scene) > 60);
}

/* The refusal itself meets a failing system: TerminateProcess does not work, and still nothing lives on. */
static void refused_child_dies_even_where_terminating_fails(void)
{
    struct sim_host host = {.drops_restricting_sids = true};
    size_t calls;
    struct scene scene;

    prepare_on(&scene, &host);
    sim_fail_call(0);
    CU_ASSERT_EQUAL(launch(&scene), SBX_E_NOT_ENFORCED);
    calls = sim_call_count(); /* the last two are terminating and waiting */

    prepare_on(&scene, &host);
    sim_fail_calls_from(calls - 1);
    CU_ASSERT_EQUAL(launch(&scene), SBX_E_NOT_ENFORCED);
    sim_fail_call(0);
    expect_nothing_left(&scene);
    sim_reset();
}

const struct harness_suite launch_suite = {
    "launch",
    (const struct harness_test[]){
        {"a command runs with its token, job, directory and handles",
         command_runs_with_its_token_job_directory_and_handles},
        {"a command sees the session's variables with its own changes",
         command_sees_the_sessions_variables_with_its_own_changes},
        {"an environment of its own replaces the session's", environment_of_its_own_replaces_the_sessions},
        {"the program is looked up in the child's own PATH", program_is_looked_up_in_the_childs_own_path},
        {"handles not given are the null device and closed again",
         handles_not_given_are_the_null_device_and_closed_again},
        {"a command line is passed on as typed", command_line_is_passed_on_as_typed},
        {"a command is killed unrun where anything reads back wrong",
         command_is_killed_unrun_where_anything_reads_back_wrong},
        {"a command runs and the measurement says absent where nothing is required",
         command_runs_and_the_measurement_says_absent_where_nothing_is_required},
        {"a session without a token starts nothing", session_without_a_token_starts_nothing},
        {"refused commands start no process", refused_commands_start_no_process},
        {"malformed changes of the environment are refused",
         malformed_changes_of_the_environment_are_refused},
        {"stale handles start nothing that runs", stale_handles_start_nothing_that_runs},
        {"what the job tells becomes the reason of the end",
         what_the_job_tells_becomes_the_reason_of_the_end},
        {"at every fault point nothing that was started runs, nothing that was opened stays open",
         spawning_leaves_nothing_behind},
        {"a refused child dies even where terminating fails",
         refused_child_dies_even_where_terminating_fails},
        {NULL, NULL},
    },
};
