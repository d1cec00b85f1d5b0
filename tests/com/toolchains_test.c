/*
 * toolchains_test.c - toolchains, granted while the session runs, and commands that wait for theirs: the real engine and runner, on
 * lists that are kept in memory. The thread that grants is held up where a test wants it.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/engine_under_test.h"
#include "com/grants_world.h"
#include "com/support.h"
#include "os/filesystem.h"
#include "sbxcom/grants.h"
#include "sbxcom/session.h"

#include <stdio.h>
#include <string.h>

#define POLICY "{\"token\": \"fully-restricted\", " LOWERED "}"
#define OTHER  "{\"token\": \"fully-restricted\", \"files\": {\"protect\": [\"main.c\"]}, " LOWERED "}"
#define TOO_MUCH                                                                                            \
    "{\"token\": \"fully-restricted\", \"files\": {\"protect\": [\"main.c\"]}, \"require\": {\"network\": " \
    "\"verified\"}}"
#define LONG_MS 600000
#define WAIT_MS 30000
#define COUNT   3

/* ---- two toolchains of this user's, made for the test ------------------------------------------------------------ */

static const struct tool {
    const char *above, *below, *file;
} tools[COUNT] = {
    /* in the order in which they are granted */
    {".bun", "bin", "bun.txt"},
    {".deno", "bin", "deno.txt"},
    {".gradle", "wrapper", "gradle.txt"},
};
static char *homes[COUNT], *roots[COUNT], *files[COUNT];

/* False: this user has them; they are not touched. */
static bool make_tools(void)
{
    char *profile = NULL;
    struct file_facts facts;

    CU_ASSERT_EQUAL_FATAL(folder_path(FOLDER_PROFILE, &profile, NULL), SBX_OK);
    for (int i = 0; i < COUNT; i++) {
        char *home = work_below(profile, tools[i].above);
        bool there = !file_examine(home, &facts, NULL);

        sbx_free(home);
        if (there) {
            file_facts_free(&facts);
            sbx_free(profile);
            return false;
        }
    }
    for (int i = 0; i < COUNT; i++) {
        char *home = work_below(profile, tools[i].above), *root = work_below(home, tools[i].below);

        CU_ASSERT_EQUAL_FATAL(folder_create(root, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(file_examine(root, &facts, NULL), SBX_OK);
        roots[i] = facts.path;
        homes[i] = home;
        files[i] = work_below(roots[i], tools[i].file);
        CU_ASSERT_EQUAL_FATAL(file_create(files[i], "x", 1, NULL), SBX_OK);
        sbx_free(root);
    }
    sbx_free(profile);
    return true;
}

static bool begin(void)
{
    if (!make_tools())
        return false;
    work_begin();
    return true;
}

static void end(void)
{
    acl_world_at_write(0, NULL, NULL);
    acl_world_fail_write(0, false);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(work_listed(), 0);
    for (int i = 0; i < COUNT; i++) {
        CU_ASSERT_TRUE(acl_world_file_is_as_it_was(roots[i]));
        CU_ASSERT_TRUE(acl_world_file_is_as_it_was(files[i]));
        CU_ASSERT_EQUAL(folder_delete_tree(homes[i], NULL), SBX_OK);
        sbx_free(homes[i]);
        sbx_free(roots[i]);
        sbx_free(files[i]);
    }
    work_end();
}

#define BEGIN()                                                                \
    do {                                                                       \
        if (!begin())                                                          \
            HARNESS_SKIP("this user has toolchains that the test would make"); \
    } while (0)

/* ---- the thread that grants, held up ------------------------------------------------------------------------------ */

enum hold {
    HOLD_NONE,
    HOLD_ALL,
    HOLD_SECOND,
    HOLD_THIRD
}; /* the others: what comes when so many are granted */
static volatile LONG hold, held, own_writes;
static DWORD opener;
static volatile LONG skipped; /* so many writes are not the thread's, whoever does them */
static int opener_saw;        /* at its writes: 1, with 2 where the second one was granted */
static size_t act_at;         /* the thread's nth write, before which act_then is called; 0: none */
static void (*act_then)(void);

static bool is_granted(int tool)
{
    return strstr(acl_world_list(files[tool]), "S-1-9-") && strstr(acl_world_list(roots[tool]), "S-1-9-");
}

static struct engine *volatile watched;

static bool is_held(void)
{
    LONG granted = 0;

    if (!hold || !watched) /* who opens it is not done yet */
        return hold != HOLD_NONE;
    for (int i = 0; i < COUNT; i++)
        granted += engine_test_has_toolchain(watched, roots[i]);
    return granted >= hold - HOLD_ALL;
}

static void on_write(void *context)
{
    acl_world_at_write(1, on_write, context);
    if (GetCurrentThreadId() == opener)
        opener_saw |= 1 + 2 * is_granted(1);
    if (GetCurrentThreadId() == opener || (skipped && InterlockedDecrement(&skipped) >= 0))
        return;
    if ((size_t)InterlockedIncrement(&own_writes) == act_at)
        act_then();
    if (is_held()) {
        InterlockedExchange(&held, 1);
        for (int waited = 0; waited < 2 * WAIT_MS && is_held(); waited += 5)
            Sleep(5);
        InterlockedExchange(&held, 0);
    }
}

static struct engine *open_held(enum hold how, const char *policy, const char *id, struct engine *former)
{
    struct engine *engine;

    opener = GetCurrentThreadId();
    watched = NULL;
    hold = (LONG)how;
    InterlockedExchange(&own_writes, 0);
    acl_world_at_write(1, on_write, NULL);
    engine = work_open_well(policy, id, former);
    watched = engine;
    return engine;
}

static bool comes(volatile LONG *value)
{
    for (int waited = 0; waited < WAIT_MS && !*value; waited += 5)
        Sleep(5);
    return *value != 0;
}

/* "2 of 3 toolchains are granted. ...": a copy of the detail for strstr. */
static void report(struct engine *engine, unsigned *granted, unsigned *count, char *detail, size_t size)
{
    struct findings findings = {NULL, 0};
    const struct finding *finding;

    *granted = *count = 0;
    CU_ASSERT_EQUAL(engine_add_later_finding(engine, &findings), SBX_OK);
    finding = findings_find(&findings, "toolchains");
    CU_ASSERT_PTR_NOT_NULL(finding);
    if (finding) {
        CU_ASSERT_EQUAL(sscanf(finding->detail, "%u of %u toolchains are granted.", granted, count), 2);
        snprintf(detail, size, "%s", finding->detail);
    }
    findings_free(&findings);
}

static unsigned granted_of(struct engine *engine)
{
    unsigned granted, count;
    char detail[2048];

    report(engine, &granted, &count, detail, sizeof detail);
    CU_ASSERT(count >= COUNT);
    return granted;
}

static bool all_granted(struct engine *engine)
{
    unsigned granted = 0, count = 1;
    char detail[2048];

    for (int waited = 0; waited < WAIT_MS && granted < count; waited += 20) {
        report(engine, &granted, &count, detail, sizeof detail);
        Sleep(20);
    }
    return granted == count;
}

/* ---- a command, on a thread of its own ---------------------------------------------------------------------------- */

struct asked {
    struct engine *engine;
    int tool; /* in its PATH; -1: none */
    uint64_t timeout_ms;
    struct sbx_error error;
    sbx_status status;
    bool saw_it; /* when it was started, its toolchain was granted */
    volatile LONG over;
};

static void ask(struct asked *asked)
{
    struct environment environment = {{NULL, 0}};
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct engine_command command = {
        .text = {.line = "cmd /c exit 0"}, .flags = ENGINE_NO_INPUT, .timeout_ms = asked->timeout_ms};
    struct engine_run *run = NULL;
    bool exited = false;

    CU_ASSERT_EQUAL(environment_copy(&engine_boundary(asked->engine)->environment, &environment), SBX_OK);
    buffer_append_format(&path, "C:\\windows\\system32;%s", asked->tool < 0 ? "" : roots[asked->tool]);
    CU_ASSERT_EQUAL(environment_set(&environment, "PATH", buffer_text(&path), NULL), SBX_OK);
    command.environment = &environment;
    asked->status = engine_start(asked->engine, &command, &run, &asked->error);
    if (!asked->status) {
        asked->saw_it = asked->tool < 0 || is_granted(asked->tool);
        asked->status = engine_run_wait(run, WAIT_MS, &exited, &asked->error);
        CU_ASSERT_TRUE(asked->status || exited);
        engine_run_release(run);
    }
    environment_free(&environment);
    buffer_free(&path);
    InterlockedExchange(&asked->over, 1);
}

static DWORD WINAPI ask_thread(void *context)
{
    ask(context);
    return 0;
}

static HANDLE ask_beside(struct asked *asked)
{
    HANDLE thread = CreateThread(NULL, 0, ask_thread, asked, 0, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(thread);
    return thread;
}

static void join(HANDLE thread)
{
    CU_ASSERT_EQUAL(WaitForSingleObject(thread, 2 * WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
}

static bool waits(struct engine *engine, const struct asked *asked)
{
    for (int waited = 0; waited < WAIT_MS && !engine_is_busy(engine); waited += 5)
        Sleep(5);
    Sleep(200);
    return engine_is_busy(engine) && !asked->over;
}

/* ---- tests --------------------------------------------------------------------------------------------------------- */

static void provision_does_not_wait_and_commands_wait_for_theirs_alone(void)
{
    struct asked none, first, second;
    HANDLE waiting_first, waiting_second;
    struct engine *engine;

    BEGIN();
    engine = open_held(HOLD_ALL, POLICY, "tools-one", NULL);
    none = (struct asked){.engine = engine, .tool = -1};
    first = (struct asked){.engine = engine, .tool = 0};
    second = (struct asked){.engine = engine, .tool = 1};
    CU_ASSERT_TRUE(comes(&held));
    CU_ASSERT_EQUAL(granted_of(engine), 0);
    CU_ASSERT_FALSE(is_granted(0));
    CU_ASSERT_PTR_NULL(strstr(work_phases, "toolchains"));

    ask(&none); /* while the thread is held */
    CU_ASSERT_EQUAL(none.status, SBX_OK);
    CU_ASSERT_FALSE(engine_is_busy(engine));
    waiting_second = ask_beside(&second);
    CU_ASSERT_TRUE(waits(engine, &second));
    waiting_first = ask_beside(&first);
    CU_ASSERT_TRUE(waits(engine, &first));

    InterlockedExchange(&hold, HOLD_SECOND);
    join(waiting_first);
    CU_ASSERT_EQUAL(first.status, SBX_OK);
    CU_ASSERT_TRUE(first.saw_it);
    CU_ASSERT_FALSE(second.over);
    CU_ASSERT_FALSE(is_granted(1));
    InterlockedExchange(&hold, HOLD_NONE);
    join(waiting_second);
    CU_ASSERT_EQUAL(second.status, SBX_OK);
    CU_ASSERT_TRUE(second.saw_it);
    CU_ASSERT_TRUE(all_granted(engine));
    work_close(engine);
    CU_ASSERT_EQUAL(work_listed(), 1);

    /* The next session finds them. */
    engine = open_held(HOLD_ALL, POLICY, "tools-next", NULL);
    CU_ASSERT(granted_of(engine) >= COUNT);
    first = (struct asked){.engine = engine, .tool = 0};
    ask(&first);
    CU_ASSERT_EQUAL(first.status, SBX_OK);
    CU_ASSERT_EQUAL(own_writes, 0);
    work_close(engine);
    end();
}

static void waiting_ends_with_the_commands_time_by_cancel_and_with_the_session(void)
{
    struct asked timed, cancelled, closed;
    struct engine *engine;
    HANDLE waiting;

    BEGIN();
    engine = open_held(HOLD_ALL, POLICY, "tools-wait", NULL);
    timed = (struct asked){.engine = engine, .tool = 1, .timeout_ms = 300};
    ask(&timed);
    CU_ASSERT_EQUAL(timed.status, SBX_E_TIMEOUT);
    CU_ASSERT_EQUAL(timed.error.code, SBX_E_TIMEOUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(timed.error.text, roots[1]));

    cancelled = (struct asked){.engine = engine, .tool = 1};
    waiting = ask_beside(&cancelled);
    CU_ASSERT_TRUE(waits(engine, &cancelled));
    engine_cancel(engine);
    join(waiting);
    CU_ASSERT_EQUAL(cancelled.status, SBX_E_CANCELLED);
    CU_ASSERT_FALSE(engine_is_busy(engine));

    closed = (struct asked){.engine = engine, .tool = 1};
    waiting = ask_beside(&closed);
    CU_ASSERT_TRUE(waits(engine, &closed));
    engine_keep(engine);
    engine_release(engine); /* begins to close; the thread that grants is held still */
    join(waiting);
    CU_ASSERT_EQUAL(closed.status, SBX_E_CLOSED);
    InterlockedExchange(&hold, HOLD_NONE);
    engine_close(engine);
    engine_drop(engine);
    CU_ASSERT_EQUAL(work_listed(), 1);
    CU_ASSERT_FALSE(is_granted(0)); /* it was at that one, which is undone */
    end();
}

/* At the nth write of the thread the session's end begins. */
static struct engine *ending;

static void begin_end(void)
{
    engine_keep(ending);
    engine_release(ending);
}

static void the_end_leaves_none_half_granted(void)
{
    size_t n;

    BEGIN();
    for (n = 1; n < 40; n++) {
        bool whole[COUNT];

        act_at = 0;
        ending = open_held(HOLD_ALL, POLICY, "tools-end", NULL);
        CU_ASSERT_TRUE(comes(&held)); /* its first write has begun; the end comes at the nth after it */
        act_then = begin_end;
        act_at = n + 1;
        InterlockedExchange(&hold, HOLD_NONE);
        while (engine_state(ending) == ENGINE_RUNNING && granted_of(ending) < COUNT)
            Sleep(20);
        if (engine_state(ending) == ENGINE_RUNNING) {
            act_at = 0;
            work_close(ending); /* there was no such write */
            CU_ASSERT_EQUAL(work_listed(), 1);
            break;
        }
        engine_close(ending);
        for (int i = 0; i < COUNT; i++) {
            whole[i] = is_granted(i);
            CU_ASSERT_TRUE(whole[i] || acl_world_file_is_as_it_was(files[i]));
            CU_ASSERT_TRUE(whole[i] || acl_world_file_is_as_it_was(roots[i]));
        }
        CU_ASSERT_FALSE(whole[0] && whole[1] && n < 2);
        CU_ASSERT_EQUAL(work_listed(), 1);
        engine_drop(ending);
        act_at = 0;
        CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
        for (int i = 0; i < COUNT; i++)
            CU_ASSERT_TRUE(acl_world_file_is_as_it_was(roots[i]) && acl_world_file_is_as_it_was(homes[i]));
    }
    printf("    writes at which the session ended: %u\n", (unsigned)n - 1);
    CU_ASSERT(n > 3 && n < 40);
    end();
}

static void fail_this_write(void)
{
    acl_world_fail_write(1, false);
}

static void one_that_cannot_be_granted_fails_its_commands_alone(void)
{
    struct asked none, first, second;
    struct engine *engine;
    unsigned granted, count;
    char detail[2048];

    BEGIN();
    act_then = fail_this_write;
    act_at = 1;
    engine = open_held(HOLD_NONE, POLICY, "tools-fail", NULL);
    first = (struct asked){.engine = engine, .tool = 0};
    second = (struct asked){.engine = engine, .tool = 1};
    none = (struct asked){.engine = engine, .tool = -1};
    ask(&second);
    ask(&first);
    ask(&none);
    act_at = 0;
    /* Which of the two comes first depends on when the command asks. */
    if (!first.status) {
        const struct asked swap = first;

        first = second;
        second = swap;
    }
    CU_ASSERT_EQUAL(none.status, SBX_OK);
    CU_ASSERT_EQUAL(second.status, SBX_OK);
    CU_ASSERT_EQUAL(first.status, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(first.error.code, SBX_E_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(first.error.text, roots[first.tool]));
    CU_ASSERT_PTR_NOT_NULL(strstr(first.error.text, "could not be granted"));
    CU_ASSERT_PTR_NOT_NULL(strstr(first.error.text, "Provision another one"));
    report(engine, &granted, &count, detail, sizeof detail);
    CU_ASSERT_EQUAL(granted + 1, count);
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, roots[first.tool]));
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "could not be granted"));
    CU_ASSERT_PTR_NULL(strstr(detail, "in the background"));
    CU_ASSERT_TRUE(acl_world_file_is_as_it_was(roots[first.tool]));
    work_close(engine);

    /* Another session tries again. */
    engine = open_held(HOLD_NONE, POLICY, "tools-again", NULL);
    CU_ASSERT_TRUE(all_granted(engine));
    work_close(engine);
    end();
}

/* What the transcript of that session has, by a part of its lines. */
static unsigned lines_with(const char *session, const char *first, const char *second)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    char *state = NULL, *text = NULL;
    size_t size = 0;
    unsigned count = 0;

    CU_ASSERT_EQUAL_FATAL(grants_state_folder(&state, NULL), SBX_OK);
    buffer_append_format(&path, "%s\\sessions\\%s\\transcript.jsonl", state, session);
    if (!file_read_all(buffer_text(&path), 1024 * 1024, &text, &size, NULL)) {
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            count += strstr(line, first) && strstr(line, second);
    }
    sbx_free(text);
    sbx_free(state);
    buffer_free(&path);
    return count;
}

static void the_transcript_says_which_were_granted_and_which_not(void)
{
    struct engine *engine;
    unsigned granted, refused;

    BEGIN();
    granted = lines_with("tools-told", "\"event\":\"granted\"", "\"access\":\"read\"");
    refused = lines_with("tools-told", "\"event\":\"refused\"", "\"command\":\"toolchain ");
    act_then = fail_this_write;
    act_at = 1;
    engine = open_held(HOLD_NONE, POLICY, "tools-told", NULL);
    for (int waited = 0; waited < WAIT_MS && granted_of(engine) < COUNT - 1; waited += 20)
        Sleep(20);
    Sleep(500);
    act_at = 0;
    work_close(engine);
    CU_ASSERT(lines_with("tools-told", "\"event\":\"granted\"", "\"access\":\"read\"") > granted);
    CU_ASSERT_EQUAL(lines_with("tools-told", "\"event\":\"refused\"", "\"command\":\"toolchain "),
                    refused + 1);
    end();
}

static DWORD WINAPI let_go_when_stopped(void *context)
{
    struct engine *engine = context;

    for (int waited = 0; waited < WAIT_MS && !engine_test_stops_toolchains(engine); waited += 5)
        Sleep(5);
    InterlockedExchange(&hold, HOLD_NONE);
    return 0;
}

static void another_engine_stops_it_and_one_that_comes_to_nothing_lets_it_go_on(void)
{
    struct opening below_it = {.policy = TOO_MUCH, .id = "tools-anew"};
    struct asked asked;
    struct engine *first, *second;
    HANDLE waiting, letting_go;

    BEGIN();
    first = open_held(HOLD_SECOND, POLICY, "tools-anew", NULL);
    for (int waited = 0; waited < WAIT_MS && !granted_of(first); waited += 5)
        Sleep(5);
    CU_ASSERT_TRUE(comes(&held));
    CU_ASSERT_EQUAL(granted_of(first), 1);
    asked = (struct asked){.engine = first, .tool = 1};
    waiting = ask_beside(&asked);
    CU_ASSERT_TRUE(waits(first, &asked));

    opener_saw = 0;
    letting_go = CreateThread(NULL, 0, let_go_when_stopped, first, 0, NULL);
    below_it.former = first;
    CU_ASSERT_EQUAL(work_fails(&below_it), SBX_E_BELOW_REQUIREMENT);
    CU_ASSERT_EQUAL(opener_saw, 1); /* what the thread was at was undone, and not done meanwhile */
    join(letting_go);
    CU_ASSERT_EQUAL(engine_state(first), ENGINE_RUNNING);
    join(waiting);
    CU_ASSERT_EQUAL(asked.status, SBX_OK);
    CU_ASSERT_TRUE(all_granted(first));
    work_close(first);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);

    first = open_held(HOLD_NONE, POLICY, "tools-anew", NULL);
    second = work_open_well(OTHER, "tools-anew", first);
    work_close(first);
    CU_ASSERT_TRUE(all_granted(second));
    work_close(second);
    end();
}

static void what_a_command_waits_for_comes_first(void)
{
    struct asked asked;
    struct engine *engine;
    HANDLE waiting;

    BEGIN();
    engine = open_held(HOLD_ALL, POLICY, "tools-first", NULL);
    CU_ASSERT_TRUE(comes(&held));
    asked = (struct asked){.engine = engine, .tool = 2};
    waiting = ask_beside(&asked);
    CU_ASSERT_TRUE(waits(engine, &asked));
    InterlockedExchange(&hold, HOLD_THIRD);
    join(waiting);
    CU_ASSERT_EQUAL(asked.status, SBX_OK);
    CU_ASSERT_TRUE(engine_test_has_toolchain(engine, roots[0])); /* it had begun */
    CU_ASSERT_FALSE(engine_test_has_toolchain(engine, roots[1]));
    InterlockedExchange(&hold, HOLD_NONE);
    CU_ASSERT_TRUE(all_granted(engine));
    work_close(engine);
    end();
}

static void others_get_in_between(void)
{
    struct opening other = {.policy = OTHER, .id = "tools-other"};
    struct engine_allowance *allowance = NULL;
    struct sbx_error error = {0};
    struct engine *first, *second;
    struct sbx_buffer extra = SBX_BUFFER_EMPTY;

    BEGIN();
    buffer_append_format(&extra, "%s extra", work_folder);
    CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&extra), NULL), SBX_OK);
    first = open_held(HOLD_NONE, POLICY, "tools-first", NULL);
    CU_ASSERT_EQUAL(engine_allow_write(first, buffer_text(&extra), LONG_MS, NULL, &allowance, &error),
                    SBX_OK);
    if (error.code)
        printf("    %s\n", error.text);
    CU_ASSERT_TRUE(all_granted(first));
    CU_ASSERT_TRUE(is_granted(0) && is_granted(1));
    if (allowance)
        CU_ASSERT_EQUAL(engine_revoke(first, allowance, NULL), SBX_OK);
    CU_ASSERT_TRUE(is_granted(0) && is_granted(1));
    work_close(first);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);

    /* Both grant, and each waits for the other's turn. */
    first = open_held(HOLD_NONE, POLICY, "tools-first", NULL);
    second = work_open_well(POLICY, "tools-second", NULL);
    CU_ASSERT_EQUAL(work_fails(&other), SBX_E_POLICY_CONFLICT);
    CU_ASSERT_TRUE(all_granted(first));
    CU_ASSERT_TRUE(all_granted(second));
    work_close(second);
    work_close(first);
    CU_ASSERT_EQUAL(folder_delete_tree(buffer_text(&extra), NULL), SBX_OK);
    buffer_free(&extra);
    end();
}

/* A grant of the folder above lets commands read it, so its own entries are not planned meanwhile: they come again afterwards. */
static void a_grant_above_one_lends_it_and_it_is_granted_anew_after_that(void)
{
    struct engine_allowance *above = NULL, *beside = NULL;
    struct sbx_buffer extra = SBX_BUFFER_EMPTY;
    struct asked asked;
    struct engine *engine;
    HANDLE waiting;
    char *list;
    LONG writes;

    BEGIN();
    buffer_append_format(&extra, "%s extra", work_folder);
    CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&extra), NULL), SBX_OK);
    engine = open_held(HOLD_NONE, POLICY, "tools-above", NULL);
    CU_ASSERT_TRUE(all_granted(engine));
    list = sbx_strdup(acl_world_list(files[2]));
    writes = own_writes;

    CU_ASSERT_EQUAL_FATAL(engine_allow_write(engine, homes[2], LONG_MS, NULL, &above, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(engine_allow_write(engine, buffer_text(&extra), LONG_MS, NULL, &beside, NULL),
                          SBX_OK);
    CU_ASSERT_STRING_NOT_EQUAL(list, acl_world_list(files[2]));
    CU_ASSERT_TRUE(is_granted(2));
    Sleep(300);
    CU_ASSERT_TRUE(all_granted(engine));
    CU_ASSERT_EQUAL(own_writes, writes); /* it is lent: nothing was granted beside that */

    InterlockedExchange(&hold, HOLD_THIRD);
    CU_ASSERT_EQUAL(engine_revoke(engine, above, NULL), SBX_OK);
    CU_ASSERT_FALSE(engine_test_has_toolchain(engine, roots[2]));
    CU_ASSERT_TRUE(engine_test_has_toolchain(engine, roots[0]) &&
                   engine_test_has_toolchain(engine, roots[1]));
    CU_ASSERT_FALSE(is_granted(2));
    asked = (struct asked){.engine = engine, .tool = 2};
    waiting = ask_beside(&asked);
    CU_ASSERT_TRUE(waits(engine, &asked));
    InterlockedExchange(&hold, HOLD_NONE);
    join(waiting);
    CU_ASSERT_EQUAL(asked.status, SBX_OK);
    CU_ASSERT_TRUE(asked.saw_it);
    CU_ASSERT_TRUE(all_granted(engine));
    CU_ASSERT_STRING_EQUAL(list, acl_world_list(files[2]));
    CU_ASSERT_EQUAL(engine_revoke(engine, beside, NULL), SBX_OK);
    CU_ASSERT_TRUE(all_granted(engine));
    CU_ASSERT_STRING_EQUAL(list, acl_world_list(files[2]));
    work_close(engine);
    CU_ASSERT_EQUAL(folder_delete_tree(buffer_text(&extra), NULL), SBX_OK);
    sbx_free(list);
    buffer_free(&extra);
    end();
}

/* What cannot be taken back leaves the journal unfinished, and the next change undoes all that stands. */
static void what_a_change_undid_that_failed_before_is_granted_anew(void)
{
    struct engine_allowance *allowance = NULL;
    struct sbx_buffer extra = SBX_BUFFER_EMPTY;
    struct engine *engine;
    char *file;

    BEGIN();
    buffer_append_format(&extra, "%s extra", work_folder);
    CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&extra), NULL), SBX_OK);
    file = work_below(buffer_text(&extra), "x");
    CU_ASSERT_EQUAL(file_create(file, "x", 1, NULL), SBX_OK);
    engine = open_held(HOLD_NONE, POLICY, "tools-undone", NULL);
    CU_ASSERT_TRUE(all_granted(engine));
    CU_ASSERT_EQUAL_FATAL(engine_allow_write(engine, buffer_text(&extra), LONG_MS, NULL, &allowance, NULL),
                          SBX_OK);
    acl_world_fail_write(2, true); /* of two: half of it is taken back */
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_E_SYSTEM);
    acl_world_fail_write(0, false);
    CU_ASSERT_TRUE(is_granted(0) && is_granted(1) && is_granted(2));
    CU_ASSERT_TRUE(all_granted(engine));

    InterlockedExchange(&hold, HOLD_ALL);
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
    CU_ASSERT_TRUE(comes(&held));
    CU_ASSERT_FALSE(is_granted(0) || is_granted(1) || is_granted(2));
    CU_ASSERT_EQUAL(granted_of(engine), 0);
    InterlockedExchange(&hold, HOLD_NONE);
    CU_ASSERT_TRUE(all_granted(engine));
    CU_ASSERT_TRUE(is_granted(0) && is_granted(1) && is_granted(2));
    work_close(engine);
    CU_ASSERT_EQUAL(folder_delete_tree(buffer_text(&extra), NULL), SBX_OK);
    sbx_free(file);
    buffer_free(&extra);
    end();
}

static void fail_all_writes_after_this(void)
{
    acl_world_fail_write(2, true);
}

/* As a session beside this one leaves it that is killed in the middle. */
static void those_behind_an_unfinished_journal_stay_pending_until_it_is_mended(void)
{
    struct engine_allowance *allowance = NULL;
    struct sbx_buffer extra = SBX_BUFFER_EMPTY;
    struct engine *engine;
    struct asked asked;
    unsigned granted, count, left = 0;
    char detail[4096] = "";

    BEGIN();
    buffer_append_format(&extra, "%s extra", work_folder);
    CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&extra), NULL), SBX_OK);
    act_then = fail_all_writes_after_this;
    act_at = 1;
    engine = open_held(HOLD_NONE, POLICY, "tools-behind", NULL);
    for (int waited = 0; waited < WAIT_MS && !strstr(detail, "is not granted yet"); waited += 20) {
        Sleep(20);
        report(engine, &granted, &count, detail, sizeof detail);
    }
    act_at = 0;
    CU_ASSERT_EQUAL(granted, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "could not be granted"));
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "is not granted yet: An earlier change"));
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "Deprovision"));
    acl_world_fail_write(0, false);
    Sleep(2500); /* its turn comes again, and it does not fail for good */
    CU_ASSERT_EQUAL(granted_of(engine), 0);

    CU_ASSERT_EQUAL(engine_allow_write(engine, buffer_text(&extra), LONG_MS, NULL, &allowance, NULL), SBX_OK);
    for (int waited = 0; waited < WAIT_MS && granted_of(engine) + 1 < count; waited += 20)
        Sleep(20);
    report(engine, &granted, &count, detail, sizeof detail);
    CU_ASSERT_EQUAL(granted + 1, count);
    CU_ASSERT_PTR_NULL(strstr(detail, "is not granted yet"));
    for (int i = 0; i < COUNT; i++)
        left += !is_granted(i);
    CU_ASSERT(left <= 1);
    asked = (struct asked){.engine = engine, .tool = is_granted(1) ? 1 : 2};
    ask(&asked);
    CU_ASSERT_EQUAL(asked.status, SBX_OK);
    CU_ASSERT_TRUE(asked.saw_it);
    work_close(engine);
    CU_ASSERT_EQUAL(folder_delete_tree(buffer_text(&extra), NULL), SBX_OK);
    buffer_free(&extra);
    end();
}

static void progress_is_told_to_whoever_listens(void)
{
    struct opening opening = {.policy = POLICY, .id = "tools-feed"};
    struct engine *engine = NULL;
    struct feed_event event;
    double done = -1, total = 0;

    BEGIN();
    opening.feed = feed_create(engine_run_drop);
    feed_listen(opening.feed, true);
    CU_ASSERT_EQUAL_FATAL(work_open(&opening, &engine), SBX_OK);
    findings_free(&opening.findings);
    CU_ASSERT_TRUE(all_granted(engine));
    while (feed_take(opening.feed, &event)) {
        if (event.kind == FEED_PROGRESS && !strcmp(buffer_text(&event.text), "toolchains")) {
            done = event.done;
            total = event.total;
        }
        feed_done(opening.feed, &event);
    }
    CU_ASSERT(total >= COUNT);
    CU_ASSERT_EQUAL(done, total);
    work_close(engine);
    feed_release(opening.feed);
    end();
}

/* ---- as a client has it -------------------------------------------------------------------------------------------- */

static BSTR text_of(const char *text)
{
    WCHAR wide[512];

    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, 512);
    return SysAllocString(wide);
}

static ISandboxSession *provision_session(void)
{
    ISandboxSession *session = NULL;
    ISandboxReport *first = NULL;
    VARIANT policy;
    BSTR text = text_of(work_folder);

    CU_ASSERT_EQUAL_FATAL(session_create(&IID_ISandboxSession, (void **)&session), S_OK);
    CU_ASSERT_EQUAL(ISandboxSession_put_Workspace(session, text), S_OK);
    SysFreeString(text);
    V_VT(&policy) = VT_BSTR;
    V_BSTR(&policy) = text_of(POLICY);
    CU_ASSERT_EQUAL(ISandboxSession_put_Policy(session, policy), S_OK);
    VariantClear(&policy);
    CU_ASSERT_EQUAL_FATAL(ISandboxSession_Provision(session, &first), S_OK);
    ISandboxReport_Release(first);
    return session;
}

static bool reports(ISandboxSession *session, const WCHAR *part)
{
    ISandboxReport *report = NULL;
    BSTR text = NULL;
    bool holds;

    CU_ASSERT_EQUAL_FATAL(ISandboxSession_Report(session, &report), S_OK);
    CU_ASSERT_EQUAL(ISandboxReport_get_Text(report, &text), S_OK);
    holds = text_holds(text, part);
    SysFreeString(text);
    ISandboxReport_Release(report);
    return holds;
}

static HRESULT run_type(ISandboxSession *session, LONG timeout_ms)
{
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    ISandboxResult *result = NULL;
    VARIANT command;
    HRESULT status;

    buffer_append_format(&line, "cmd /c type \"%s\"", files[1]);
    V_VT(&command) = VT_BSTR;
    V_BSTR(&command) = text_of(buffer_text(&line));
    status = ISandboxSession_Run(session, command, v_long(timeout_ms), v_missing(), &result);
    if (result)
        ISandboxResult_Release(result);
    VariantClear(&command);
    buffer_free(&line);
    return status;
}

static void a_client_sees_how_far_it_is_and_runs_what_it_can(void)
{
    ISandboxSession *session;
    struct engine *engine;
    LONG writes;

    BEGIN();
    engine = open_held(HOLD_ALL, POLICY, "tools-count", NULL);
    CU_ASSERT_TRUE(comes(&held));
    writes = (LONG)acl_world_writes();
    InterlockedExchange(&hold, HOLD_NONE);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);

    opener = 0;
    watched = NULL;
    InterlockedExchange(&skipped, writes); /* Provision's own, on a thread of the session's */
    InterlockedExchange(&hold, HOLD_ALL);
    session = provision_session();
    CU_ASSERT_TRUE(comes(&held));
    CU_ASSERT_TRUE(reports(session, L"0 of "));
    CU_ASSERT_TRUE(reports(session, L"background"));
    CU_ASSERT_EQUAL(run_type(session, 300), (HRESULT)sbxErrorTimeout);
    InterlockedExchange(&hold, HOLD_NONE);
    CU_ASSERT_EQUAL(run_type(session, WAIT_MS), S_OK);
    for (int waited = 0; waited < WAIT_MS && reports(session, L"background"); waited += 20)
        Sleep(20);
    CU_ASSERT_FALSE(reports(session, L"background"));
    CU_ASSERT_TRUE(reports(session, L"toolchains"));
    CU_ASSERT_EQUAL(ISandboxSession_Close(session), S_OK);
    ISandboxSession_Release(session);
    end();
}

const struct harness_suite toolchains_suite = {
    "toolchains",
    (const struct harness_test[]){
        {"Provision does not wait for them, and commands wait for theirs alone",
         provision_does_not_wait_and_commands_wait_for_theirs_alone},
        {"waiting ends with the command's time, by Cancel, and with the session",
         waiting_ends_with_the_commands_time_by_cancel_and_with_the_session},
        {"the session's end leaves none half granted", the_end_leaves_none_half_granted},
        {"one that cannot be granted fails its commands alone",
         one_that_cannot_be_granted_fails_its_commands_alone},
        {"the transcript says which were granted, and which not",
         the_transcript_says_which_were_granted_and_which_not},
        {"another engine stops it, and one that comes to nothing lets it go on",
         another_engine_stops_it_and_one_that_comes_to_nothing_lets_it_go_on},
        {"what a command waits for comes first", what_a_command_waits_for_comes_first},
        {"others get in between", others_get_in_between},
        {"a grant above one lends it, and it is granted anew after that",
         a_grant_above_one_lends_it_and_it_is_granted_anew_after_that},
        {"what a change undid that failed before is granted anew",
         what_a_change_undid_that_failed_before_is_granted_anew},
        {"those behind an unfinished journal stay pending until it is mended",
         those_behind_an_unfinished_journal_stay_pending_until_it_is_mended},
        {"progress is told to whoever listens", progress_is_told_to_whoever_listens},
        {"a client sees how far it is, and runs what it can",
         a_client_sees_how_far_it_is_and_runs_what_it_can},
        {NULL, NULL},
    },
};
