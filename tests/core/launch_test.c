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
#define DESKTOP   "WinSta0\\sbx-1"
#define RUNNER    "C:\\Program Files\\sbxcom\\sbxrun.exe"
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
        [SBX_FILE_WRITE] = SBX_ENFORCED, [SBX_NETWORK] = SBX_ADVISORY,  [SBX_DESKTOP] = SBX_ADVISORY,
        [SBX_RESOURCES] = SBX_ENFORCED,  [SBX_LIFETIME] = SBX_ENFORCED, [SBX_HANDLES] = SBX_ENFORCED,
    };

    sim_reset();
    sim_add_folder(WORKSPACE);
    sim_add_file(RUNNER);
    memset(scene, 0, sizeof *scene);
    scene->environment.entries = (struct sbx_strings){session_entries, 3};
    scene->context = (struct launch_context){.recipe = &recipe,
                                             .user_sid = USER,
                                             .system_folder = "C:\\Windows\\System32",
                                             .environment = &scene->environment,
                                             .desktop = DESKTOP,
                                             .own_file = RUNNER};
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
    CU_ASSERT_STRING_EQUAL(process->desktop, DESKTOP);
    CU_ASSERT_EQUAL(process->mitigations, process_mitigations());
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
    {"desktop", SBX_DESKTOP, {.starts_elsewhere = true}},
    {"desktop", SBX_DESKTOP, {.hides_desktop = true}},
    {"inherited handles", SBX_HANDLES, {.leaks_handle = true}},
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

/* Swapped by a link of that name, or above it: the text is the same and the folder another. */
static void folder_that_leads_elsewhere_now_starts_nothing(void)
{
    static const char *const links[] = {WORKSPACE, "C:\\src"};

    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        struct scene scene;

        prepare(&scene);
        sim_remove(WORKSPACE);
        if (i == 1)
            sim_remove("C:\\src");
        sim_add_folder("C:\\Users\\me\\app");
        sim_add_link(links[i], i == 0 ? "C:\\Users\\me\\app" : "C:\\Users\\me");
        CU_ASSERT_EQUAL(launch(&scene), SBX_E_NOT_ENFORCED);
        CU_ASSERT(strstr(scene.error.text, "leads to C:\\Users\\me\\app now") != NULL);
        CU_ASSERT_EQUAL(sim_process_count(), 0);
        expect_nothing_left(&scene);
    }
}

/*
 * A terminal. The test plays the second stage, well or badly.
 */
enum stage_play {
    STAGE_HONEST,
    STAGE_NAMES_A_STRANGER, /* a process that is not in the job */
    STAGE_NAMES_NOBODY,
    STAGE_FAILS,
    STAGE_SAYS_NOTHING,
    STAGE_SAYS_NO_FRAME,
    STAGE_SAYS_ANOTHER_FRAME,
    STAGE_STARTS_ELSEWHERE, /* the program is on another desktop than the stage */
};

struct play {
    enum stage_play kind;
    uint32_t program_id;
    struct message_attach heard;
};

static void say(uint16_t type, struct sbx_buffer *payload)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL(frame_encode(&bytes, type, 0, payload->data, payload->size, NULL), SBX_OK);
    sim_stage_says(bytes.data, bytes.size);
    buffer_free(&bytes);
    buffer_free(payload);
}

static void hear(struct message_attach *attach)
{
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    struct frame frame;
    size_t size;
    const void *bytes = sim_stage_heard(&size);

    CU_ASSERT_EQUAL_FATAL(frame_feed(&decoder, bytes, size, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(frame_next(&decoder, &frame, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(message_get_attach(&frame, attach, NULL), SBX_OK);
    frame_decoder_free(&decoder);
}

/* The stage's own calls and memory do not fail: it is another process. */
static void play_stage(void *context, uint32_t stage_id)
{
    struct play *play = context;
    struct sbx_buffer payload = SBX_BUFFER_EMPTY;
    struct sbx_error failure = {SBX_E_UNSUPPORTED_HOST, 0, "", "This Windows has no pseudoconsoles."};
    struct message_attached attached;

    sim_fail_allocation(0);
    CU_ASSERT(sim_process_at(sim_process_count() - 1)->resumed);
    message_free_attach(&play->heard);
    hear(&play->heard);
    if (play->kind == STAGE_SAYS_NOTHING)
        return;
    if (play->kind == STAGE_SAYS_NO_FRAME) {
        sim_stage_says("what is this and why does it come here", 38);
        return;
    }
    if (play->kind == STAGE_SAYS_ANOTHER_FRAME) {
        say(FRAME_DONE, &payload);
        return;
    }
    if (play->kind == STAGE_FAILS) {
        message_put_failed(&payload, &failure);
        say(FRAME_FAILED, &payload);
        return;
    }
    sim_host.starts_elsewhere = play->kind == STAGE_STARTS_ELSEWHERE;
    attached.process_id = play->kind == STAGE_NAMES_NOBODY       ? 77
                          : play->kind == STAGE_NAMES_A_STRANGER ? sim_start_stranger()
                                                                 : sim_start_child(stage_id);
    play->program_id = attached.process_id;
    message_put_attached(&payload, &attached);
    say(FRAME_ATTACHED, &payload);
}

static void prepare_terminal(struct scene *scene, struct play *play, enum stage_play kind)
{
    prepare(scene);
    scene->request.terminal = true;
    scene->request.columns = 120;
    scene->request.rows = 40;
    memset(play, 0, sizeof *play);
    play->kind = kind;
    sim_play_stage(play_stage, play);
}

/* The last frame that the stage was sent. */
static uint16_t last_heard(void)
{
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    struct frame frame = {0};
    size_t size;
    const void *bytes = sim_stage_heard(&size);

    CU_ASSERT_EQUAL(frame_feed(&decoder, bytes, size, NULL), SBX_OK);
    while (!frame_next(&decoder, &frame, NULL))
        ;
    frame_decoder_free(&decoder);
    return frame.type;
}

static void program_at_a_terminal_is_attested_by_the_first_stage_and_then_resumed(void)
{
    const struct sim_process *stage, *program;
    struct scene scene;
    struct play play;

    prepare_terminal(&scene, &play, STAGE_HONEST);
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(sim_process_count(), 2);
    stage = sim_process_at(0);
    program = sim_process_at(1);

    /* The stage is as confined as the command, and starts nowhere near the workspace. */
    CU_ASSERT(stage->has_token && stage->in_job && stage->resumed && stage->alive);
    CU_ASSERT_STRING_EQUAL(stage->image, RUNNER);
    CU_ASSERT_STRING_EQUAL(stage->command_line, "\"" RUNNER "\" --terminal");
    CU_ASSERT_STRING_EQUAL(stage->directory, "C:\\Windows\\System32");
    CU_ASSERT_STRING_EQUAL(stage->desktop, DESKTOP);

    /* It gets what was found here, finished, and the pipes as handles of its own. */
    CU_ASSERT_STRING_EQUAL(play.heard.image, "C:\\Windows\\System32\\cmd.exe");
    CU_ASSERT_STRING_EQUAL(play.heard.command_line, "\"cmd\" /c \"exit 3\"");
    CU_ASSERT_STRING_EQUAL(play.heard.directory, WORKSPACE);
    CU_ASSERT_STRING_EQUAL(play.heard.desktop, DESKTOP);
    CU_ASSERT_EQUAL(play.heard.environment.entries.count, 3);
    CU_ASSERT_EQUAL(play.heard.mitigations, process_mitigations());
    CU_ASSERT(play.heard.columns == 120 && play.heard.rows == 40);
    CU_ASSERT(play.heard.input && play.heard.output && play.heard.input != scene.request.input);

    CU_ASSERT_EQUAL(scene.launched.process.id, program->id);
    CU_ASSERT_EQUAL(scene.launched.measurement.differences, 0);
    CU_ASSERT_EQUAL(last_heard(), FRAME_RESUME);
    CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES + 5); /* program, stage, job, two pipes */
    launched_free(&scene.launched);
    CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES);
    CU_ASSERT_EQUAL(sim_live_processes(), 0);
    message_free_attach(&play.heard);
}

static void second_stage_that_lies_or_fails_runs_nothing(void)
{
    static const struct {
        enum stage_play kind;
        sbx_status status;
        const char *words;
    } cases[] = {
        {STAGE_NAMES_A_STRANGER, SBX_E_NOT_ENFORCED, "not in its job"},
        {STAGE_NAMES_NOBODY, SBX_E_SYSTEM, "OpenProcess"},
        {STAGE_FAILS, SBX_E_UNSUPPORTED_HOST, "no pseudoconsoles"},
        {STAGE_SAYS_NOTHING, SBX_E_NOT_ENFORCED, "ended before"},
        {STAGE_SAYS_NO_FRAME, SBX_E_RUNNER_PROTOCOL, "no frame"},
        {STAGE_SAYS_ANOTHER_FRAME, SBX_E_RUNNER_PROTOCOL, "attached"},
        {STAGE_STARTS_ELSEWHERE, SBX_E_NOT_ENFORCED, "desktop"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        struct play play;

        prepare_terminal(&scene, &play, cases[i].kind);
        if (cases[i].kind == STAGE_NAMES_A_STRANGER) /* not even where nothing is required of a job */
            memset(scene.request.floor, 0, sizeof scene.request.floor);
        CU_ASSERT_EQUAL(launch(&scene), cases[i].status);
        CU_ASSERT_STRING_EQUAL(strstr(scene.error.text, cases[i].words) ? "" : scene.error.text, "");
        CU_ASSERT_NOT_EQUAL(last_heard(), FRAME_RESUME);
        if (cases[i].kind == STAGE_NAMES_A_STRANGER) {
            /* It is somebody else's: left alone. */
            CU_ASSERT_EQUAL(sim_live_processes(), 1);
            sim_end_process(play.program_id, 0);
        }
        CU_ASSERT_EQUAL(sim_live_processes(), 0);
        CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES);
        message_free_attach(&play.heard);
    }
}

static void terminal_without_a_size_or_a_pipe_is_refused(void)
{
    for (int i = 0; i < 4; i++) {
        struct scene scene;
        struct play play;

        prepare_terminal(&scene, &play, STAGE_HONEST);
        if (i < 2)
            *(i ? &scene.request.columns : &scene.request.rows) = 0;
        else
            *(i == 2 ? &scene.request.input : &scene.request.output) = 0;
        CU_ASSERT_EQUAL(launch(&scene), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(sim_process_count(), 0);
        expect_nothing_left(&scene);
    }
}

/* The two processes that make the terminal do not take away from what the command may start. */
static void terminals_own_processes_are_on_top_of_the_limit(void)
{
    struct scene scene;
    struct play play;

    prepare_terminal(&scene, &play, STAGE_HONEST);
    sim_host.drops_process_limit = true;
    CU_ASSERT_EQUAL(launch(&scene), SBX_E_NOT_ENFORCED);
    message_free_attach(&play.heard);

    prepare_terminal(&scene, &play, STAGE_HONEST);
    CU_ASSERT_EQUAL_FATAL(launch(&scene), SBX_OK);
    CU_ASSERT_EQUAL(sim_process_limit(scene.launched.job), scene.request.limits.process_count + 2);
    launched_free(&scene.launched);
    message_free_attach(&play.heard);
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

/* At a terminal the second stage has run, which is none of the command. */
static void expect_nothing_run(const struct scene *scene, bool terminal)
{
    if (!terminal) {
        expect_nothing_left(scene);
        return;
    }
    CU_ASSERT_EQUAL(sim_live_processes(), 0);
    CU_ASSERT_EQUAL(sim_open_handles(), SCENE_HANDLES);
    for (size_t i = 1; i < sim_process_count(); i++)
        CU_ASSERT(!sim_process_at(i)->resumed);
}

/* Each call and request of memory in turn, on the longest way: all handles are the null device. */

static struct scene spawned;
static struct play played;
static bool at_terminal;

/* The last round, in which nothing failed any more, is not looked at. */
static void forget_played(void)
{
    sim_reset(); /* whoever still runs would tell the port of his end */
    job_port_free(spawned.context.port);
    spawned.context.port = NULL;
    message_free_attach(&played.heard);
    memset(&played, 0, sizeof played);
}

static void prepare_to_spawn(void)
{
    forget_played();
    if (at_terminal) {
        prepare_terminal(&spawned, &played, STAGE_HONEST);
    } else {
        prepare(&spawned);
        spawned.request.input = spawned.request.output = spawned.request.error = 0;
    }
    CU_ASSERT_EQUAL_FATAL(job_port_create(&spawned.context.port, NULL), SBX_OK);
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
        expect_nothing_run(&spawned, at_terminal);
    else
        launched_free(&spawned.launched);
    job_port_free(spawned.context.port);
    spawned.context.port = NULL;
}

static void spawning_leaves_nothing_behind(void)
{
    static const struct fault_scene pipes = {"spawning", true,        false,          prepare_to_spawn,
                                             spawn,      no_recovery, inspect_spawned};
    static const struct fault_scene terminal = {
        "spawning at a terminal", true, false, prepare_to_spawn, spawn, no_recovery, inspect_spawned};

    at_terminal = false;
    CU_ASSERT(fault_points(&pipes) > 60);
    forget_played();
    at_terminal = true;
    CU_ASSERT(fault_points(&terminal) > 120);
    forget_played();
    at_terminal = false;
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
        {"a folder that leads elsewhere now starts nothing", folder_that_leads_elsewhere_now_starts_nothing},
        {"a program at a terminal is attested by the first stage, and then resumed",
         program_at_a_terminal_is_attested_by_the_first_stage_and_then_resumed},
        {"a second stage that lies or fails runs nothing", second_stage_that_lies_or_fails_runs_nothing},
        {"a terminal without a size or a pipe is refused", terminal_without_a_size_or_a_pipe_is_refused},
        {"a terminal's own processes are on top of the limit",
         terminals_own_processes_are_on_top_of_the_limit},
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
