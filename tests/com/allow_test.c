/*
 * allow_test.c - folders that commands may write for a while: what is put on them, and how it goes again, byte for byte. The real
 * engine and runner, on lists that are kept in memory.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/allow_world.h"
#include "com/support.h"
#include "os/filesystem.h"
#include "sbxcom/grants.h"

#include <string.h>

#define SHORT_MS 200

/* The texts of what stands on what was there before, for comparing. */
struct lists {
    char workspace[4096], file[4096], hook[4096];
};

static void read_lists(struct lists *lists)
{
    snprintf(lists->workspace, sizeof lists->workspace, "%s", acl_world_list(work_folder));
    snprintf(lists->file, sizeof lists->file, "%s", work_list("main.c"));
    snprintf(lists->hook, sizeof lists->hook, "%s", work_list(".git\\hooks\\pre-commit"));
}

static bool is_as_in(const struct lists *before)
{
    struct lists now;

    read_lists(&now);
    return !strcmp(now.workspace, before->workspace) && !strcmp(now.file, before->file) &&
           !strcmp(now.hook, before->hook);
}

/* The caller frees. */
static char *transcript_of(const char *session)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    char *state = NULL;

    CU_ASSERT_EQUAL_FATAL(grants_state_folder(&state, NULL), SBX_OK);
    buffer_append_format(&path, "%s\\sessions\\%s\\transcript.jsonl", state, session);
    sbx_free(state);
    return buffer_take(&path, NULL);
}

/* An earlier run's stays, and is appended to. */
static void forget_transcript(const char *session)
{
    char *path = transcript_of(session);

    file_delete(path, NULL);
    sbx_free(path);
}

/* How often the session's transcript has a line with both. */
static unsigned lines_with(const char *session, const char *first, const char *second)
{
    char *path = transcript_of(session);
    char *text = NULL;
    size_t size = 0;
    unsigned count = 0;

    CU_ASSERT_EQUAL_FATAL(file_read_all(path, 1024 * 1024, &text, &size, NULL), SBX_OK);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        count += strstr(line, first) && strstr(line, second);
    sbx_free(text);
    sbx_free(path);
    return count;
}

static void a_grant_stands_for_its_time_and_goes_byte_for_byte(void)
{
    struct engine_allowance_info info;
    struct engine_allowance *allowance;
    struct engine *engine;
    struct lists before;

    allow_begin();
    forget_transcript("allow-one");
    engine = work_open_well(USUAL, "allow-one", NULL);
    read_lists(&before);
    allowance = allow_well(engine, extra, 3000);
    engine_allowance_info(engine, allowance, &info);
    CU_ASSERT_STRING_EQUAL(info.path, extra);
    CU_ASSERT_TRUE(info.active);
    CU_ASSERT(info.seconds_left >= 1 && info.seconds_left <= 3);
    CU_ASSERT_TRUE(names(engine, "", "(A;"));
    CU_ASSERT_TRUE(names(engine, "data.txt", "(A;"));
    CU_ASSERT_TRUE(is_as_in(&before)); /* nothing of the policy's own was touched */

    CU_ASSERT_TRUE(ends_in_time(engine, allowance));
    engine_allowance_info(engine, allowance, &info);
    CU_ASSERT_EQUAL(info.seconds_left, 0);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    CU_ASSERT_TRUE(is_as_in(&before));
    CU_ASSERT_EQUAL(engine_state(engine), ENGINE_RUNNING);
    CU_ASSERT_EQUAL(work_listed(), 2);

    /* It can be had again. */
    allowance = allow_well(engine, extra, LONG_MS);
    CU_ASSERT_TRUE(names(engine, "data.txt", "(A;"));
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
    CU_ASSERT_FALSE(is_active(engine, allowance));
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    CU_ASSERT_TRUE(is_as_in(&before));
    CU_ASSERT_EQUAL(lines_with("allow-one", "\"event\":\"granted\"", "\"access\":\"write\""), 2);
    CU_ASSERT_EQUAL(lines_with("allow-one", "\"event\":\"granted\"", "\"until\":\"20"), 2);
    CU_ASSERT_EQUAL(lines_with("allow-one", "\"event\":\"ended\"", "\"reason\":\"expired\""), 1);
    CU_ASSERT_EQUAL(lines_with("allow-one", "\"event\":\"ended\"", "\"reason\":\"revoked\""), 1);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    allow_end();
}

static void of_several_grants_each_has_its_own_end(void)
{
    struct engine_allowance *outer, *inner, *again;
    struct engine *engine;
    char *folder;

    allow_begin();
    engine = work_open_well(USUAL, "allow-two", NULL);
    folder = in_extra("inner");
    inner = allow_well(engine, folder, LONG_MS);
    CU_ASSERT_TRUE(names(engine, "inner", "(A;"));
    CU_ASSERT_FALSE(names(engine, "data.txt", "(A;"));
    outer = allow_well(engine, extra, SHORT_MS);
    again = allow_well(engine, folder, LONG_MS);
    CU_ASSERT_TRUE(ends_in_time(engine, outer));
    CU_ASSERT_FALSE(names(engine, "data.txt", "(A;"));
    CU_ASSERT_TRUE(names(engine, "inner", "(A;"));

    CU_ASSERT_EQUAL(engine_revoke(engine, inner, NULL), SBX_OK);
    CU_ASSERT_TRUE(is_active(engine, again));
    CU_ASSERT_TRUE(names(engine, "inner", "(A;"));
    CU_ASSERT_EQUAL(engine_revoke(engine, again, NULL), SBX_OK);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    sbx_free(folder);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    allow_end();
}

/* Commands may write the outer folder, and so put something else in the place of the inner one. */
static void a_folder_that_is_gone_or_another_one_is_not_granted_again(void)
{
    for (int anew = 0; anew < 2; anew++) {
        struct engine_allowance *outer, *inner, *other;
        struct engine *engine;
        char *folder, *beside, *beside_it;

        allow_begin();
        engine = work_open_well(USUAL, "allow-gone", NULL);
        folder = in_extra("inner");
        beside = in_extra("secret");
        beside_it = in_extra("swapped");
        inner = allow_well(engine, folder, LONG_MS);
        outer = allow_well(engine, extra, LONG_MS);
        if (anew) /* made before the other one goes: Wine's file system gives its number to the next one */
            CU_ASSERT_EQUAL(folder_create(beside_it, NULL), SBX_OK);
        CU_ASSERT_EQUAL(folder_delete_tree(folder, NULL), SBX_OK);
        if (anew)
            CU_ASSERT_TRUE(MoveFileA(beside_it, folder));
        other = allow_well(engine, beside, LONG_MS);
        CU_ASSERT_EQUAL(engine_revoke(engine, outer, NULL), SBX_OK);
        CU_ASSERT_FALSE(names(engine, "inner", "(A;"));
        CU_ASSERT_TRUE(names(engine, "secret", "(A;"));
        CU_ASSERT_EQUAL(engine_revoke(engine, other, NULL), SBX_OK);
        CU_ASSERT_FALSE(names(engine, "secret", "(A;"));
        CU_ASSERT_EQUAL(engine_revoke(engine, inner, NULL), SBX_OK);
        CU_ASSERT_FALSE(is_active(engine, inner));
        sbx_free(folder);
        sbx_free(beside);
        sbx_free(beside_it);
        work_close(engine);
        CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
        allow_end();
    }
}

static void the_sessions_end_is_the_grants_end(void)
{
    struct engine_allowance *allowance;
    struct engine *engine, *second;
    struct lists before;

    allow_begin();
    forget_transcript("allow-close");
    engine = work_open_well(USUAL, "allow-close", NULL);
    read_lists(&before);
    allowance = allow_well(engine, extra, LONG_MS);
    engine_keep(engine);
    engine_close(engine);
    CU_ASSERT_FALSE(is_active(engine, allowance));
    CU_ASSERT_TRUE(extra_is_as_it_was());
    CU_ASSERT_TRUE(is_as_in(&before)); /* what stays for the next session stays */
    CU_ASSERT_EQUAL(work_listed(), 1);
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
    CU_ASSERT_TRUE(refused(engine, extra, SBX_E_CLOSED, "closed"));
    CU_ASSERT_EQUAL(lines_with("allow-close", "\"event\":\"ended\"", "\"reason\":\"closed\""), 1);
    engine_release(engine);
    engine_drop(engine);

    /* So it does where another engine of the session takes over, and comes to nothing or not. */
    engine = work_open_well(USUAL, "allow-anew", NULL);
    allowance = allow_well(engine, extra, LONG_MS);
    {
        struct opening opening = {
            .policy = USUAL, .id = "allow-anew", .runner = "C:\\there is none.exe", .former = engine};

        work_fails(&opening);
    }
    CU_ASSERT_TRUE(is_active(engine, allowance));
    CU_ASSERT_TRUE(names(engine, "data.txt", "(A;"));
    second = work_open_well(USUAL, "allow-anew", engine);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    engine_close(engine);
    CU_ASSERT_FALSE(is_active(engine, allowance));
    engine_release(engine);
    CU_ASSERT_TRUE(names(second, "data.txt", "") == false);
    work_close(second);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    allow_end();
}

static void a_grant_that_fails_at_any_write_is_none(void)
{
    struct engine_allowance *allowance = NULL;
    struct engine *engine;
    struct lists before;
    size_t n;

    allow_begin();
    engine = work_open_well(USUAL, "allow-fail", NULL);
    read_lists(&before);
    for (n = 1; n < 50; n++) {
        struct sbx_error error = {0};
        sbx_status status;

        acl_world_fail_write(n, false);
        status = engine_allow_write(engine, extra, LONG_MS, NULL, &allowance, &error);
        acl_world_fail_write(0, false);
        if (!status)
            break;
        CU_ASSERT_EQUAL(status, error.code);
        CU_ASSERT_PTR_NULL(allowance);
        CU_ASSERT_TRUE(extra_is_as_it_was());
        CU_ASSERT_TRUE(is_as_in(&before));
        CU_ASSERT_EQUAL(work_listed(), 2);
    }
    printf("    writes that failed in turn: %u\n", (unsigned)n - 1);
    CU_ASSERT(n > 3 && n < 50);
    CU_ASSERT_TRUE(names(engine, "data.txt", "(A;"));
    work_close(engine);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    allow_end();
}

static void set_event(void *context)
{
    SetEvent(context);
}

static void granting_can_be_cancelled_at_any_write(void)
{
    HANDLE stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct engine_allowance *allowance = NULL;
    struct engine *engine;
    struct lists before;
    size_t n;

    allow_begin();
    engine = work_open_well(USUAL, "allow-stop", NULL);
    read_lists(&before);
    for (n = 1; n < 50; n++) {
        struct sbx_error error = {0};
        sbx_status status;

        ResetEvent(stop);
        acl_world_at_write(n, set_event, stop);
        status = engine_allow_write(engine, extra, LONG_MS, stop, &allowance, &error);
        acl_world_at_write(0, NULL, NULL);
        if (!status)
            break;
        CU_ASSERT_EQUAL(status, SBX_E_CANCELLED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "nothing of it is left"));
        CU_ASSERT_TRUE(extra_is_as_it_was());
        CU_ASSERT_TRUE(is_as_in(&before));
    }
    printf("    writes at which it was cancelled: %u\n", (unsigned)n - 1);
    CU_ASSERT(n > 1 && n < 50);
    CU_ASSERT_EQUAL(engine_state(engine), ENGINE_RUNNING);
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CloseHandle(stop);
    allow_end();
}

static void close_engine_now(void *context)
{
    struct engine *engine = context;

    engine_keep(engine);
    engine_release(engine); /* the session's: it begins to close, and does not wait */
}

/* The session's end in the middle of a grant: nothing of it is left when the engine is gone. */
static void a_session_that_ends_while_it_is_granted_leaves_nothing(void)
{
    HANDLE stop = CreateEventW(NULL, TRUE, FALSE, NULL);

    for (size_t n = 1; n < 4; n++) {
        struct engine_allowance *allowance = NULL;
        struct engine *engine;

        ResetEvent(stop);
        allow_begin();
        engine = work_open_well(USUAL, "allow-end", NULL);
        acl_world_at_write(n, close_engine_now, engine);
        CU_ASSERT_NOT_EQUAL(engine_allow_write(engine, extra, LONG_MS, stop, &allowance, NULL), SBX_OK);
        acl_world_at_write(0, NULL, NULL);
        engine_close(engine);
        CU_ASSERT_TRUE(extra_is_as_it_was());
        CU_ASSERT_EQUAL(work_listed(), 1);
        engine_drop(engine);
        CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
        allow_end();
    }
    CloseHandle(stop);
}

static void what_cannot_be_taken_out_stays_in_force_until_it_can(void)
{
    struct engine_allowance_info info;
    struct engine_allowance *allowance;
    struct engine *engine;
    struct sbx_error error = {0};

    allow_begin();
    engine = work_open_well(USUAL, "allow-stuck", NULL);
    allowance = allow_well(engine, extra, SHORT_MS);
    acl_world_fail_write(1, true);
    Sleep(4 * SHORT_MS);
    engine_allowance_info(engine, allowance, &info);
    CU_ASSERT_TRUE(info.active); /* it is */
    CU_ASSERT_EQUAL(info.seconds_left, 0);
    CU_ASSERT_NOT_EQUAL(engine_revoke(engine, allowance, &error), SBX_OK);
    CU_ASSERT(strlen(error.text) > 0);
    acl_world_fail_write(0, false);
    CU_ASSERT_TRUE(ends_in_time(engine, allowance));
    CU_ASSERT_FALSE(names(engine, "data.txt", "(A;"));
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_FALSE(work_listed());
    allow_end();
}

static void what_a_policy_keeps_shut_stays_shut(void)
{
    char *policy, *secret, *inner, *deeper, *inside, *hooks;
    struct engine_allowance *allowance;
    struct engine *engine;

    allow_begin();
    policy = strict_policy();
    secret = in_extra("secret");
    inner = in_extra("inner");
    deeper = work_below(secret, "deeper");
    inside = work_below(work_folder, ".git");
    hooks = work_below(work_folder, ".git\\hooks");
    CU_ASSERT_EQUAL(folder_create(deeper, NULL), SBX_OK);
    engine = work_open_well(policy, "allow-deny", NULL);

    CU_ASSERT_TRUE(
        refused(engine, secret, SBX_E_POLICY_CONFLICT, "/files/deny/0 keeps commands from writing"));
    CU_ASSERT_TRUE(
        refused(engine, deeper, SBX_E_POLICY_CONFLICT, "/files/deny/0 keeps commands from writing"));
    CU_ASSERT_TRUE(
        refused(engine, inner, SBX_E_POLICY_CONFLICT, "/files/read/0 keeps commands from writing"));
    CU_ASSERT_TRUE(refused(engine, hooks, SBX_E_POLICY_CONFLICT, "keeps commands from writing"));
    CU_ASSERT_TRUE(refused(engine, inside, SBX_E_ARGUMENT, "/files/write/0"));
    CU_ASSERT_TRUE(refused(engine, work_folder, SBX_E_ARGUMENT, "No grant is needed"));
    CU_ASSERT_TRUE(refused(engine, "relative", SBX_E_ARGUMENT, "path"));
    CU_ASSERT_TRUE(refused(engine, "", SBX_E_ARGUMENT, "path"));
    CU_ASSERT_TRUE(refused(engine, "C:\\there is none", SBX_E_PATH_NOT_FOUND, "path: "));
    CU_ASSERT_TRUE(refused(engine, "C:\\windows", SBX_E_WORKSPACE_REFUSED, "path: "));
    *strrchr(inside, '\\') = '\0';
    *strrchr(inside, '\\') = '\0'; /* the folder above the workspace */
    CU_ASSERT_TRUE(refused(engine, inside, SBX_E_POLICY_CONFLICT, "beside it"));
    CU_ASSERT_TRUE(extra_is_as_it_was() || names(engine, "secret", "(D;"));

    allowance = allow_well(engine, extra, LONG_MS);
    CU_ASSERT_TRUE(names(engine, "data.txt", "(A;"));
    CU_ASSERT_TRUE(names(engine, "secret", "(D;"));
    CU_ASSERT_TRUE(names(engine, "inner", "(D;"));
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
    CU_ASSERT_TRUE(names(engine, "secret", "(D;")); /* the policy's own */
    CU_ASSERT_FALSE(names(engine, "inner", "(D;"));
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    sbx_free(policy);
    sbx_free(secret);
    sbx_free(inner);
    sbx_free(deeper);
    sbx_free(inside);
    sbx_free(hooks);
    allow_end();
}

static void a_second_session_is_told_the_way_out(void)
{
    struct opening opening = {.policy = USUAL, .id = "allow-other"};
    struct engine_allowance *allowance;
    struct engine *first, *second;

    allow_begin();
    first = work_open_well(USUAL, "allow-first", NULL);
    second = work_open_well(USUAL, "allow-second", NULL);
    CU_ASSERT_TRUE(refused(first, extra, SBX_E_POLICY_CONFLICT, "Close it first"));
    CU_ASSERT_TRUE(extra_is_as_it_was());
    work_close(second);

    allowance = allow_well(first, extra, LONG_MS);
    CU_ASSERT_EQUAL(work_fails(&opening), SBX_E_POLICY_CONFLICT);
    CU_ASSERT_PTR_NOT_NULL(strstr(opening.error.text, "for a while"));
    CU_ASSERT_EQUAL(engine_revoke(first, allowance, NULL), SBX_OK);
    second = work_open_well(USUAL, "allow-second", NULL);
    work_close(second);
    work_close(first);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    allow_end();
}

static void a_host_without_lists_refuses(void)
{
    struct engine *engine;

    allow_begin();
    acl_world_end();
    if (!on_wine()) {
        allow_end();
        HARNESS_SKIP("this host keeps access control lists");
    }
    engine = work_open_well(USUAL, "allow-none", NULL);
    CU_ASSERT_TRUE(refused(engine, extra, SBX_E_UNSUPPORTED_HOST, "nothing was granted"));
    work_close(engine);
    allow_end();
}

const struct harness_suite allow_suite = {
    "allow",
    (const struct harness_test[]){
        {"a grant stands for its time, and goes byte for byte",
         a_grant_stands_for_its_time_and_goes_byte_for_byte},
        {"of several grants each has its own end", of_several_grants_each_has_its_own_end},
        {"a folder that is gone, or another one, is not granted again",
         a_folder_that_is_gone_or_another_one_is_not_granted_again},
        {"the session's end is the grant's end", the_sessions_end_is_the_grants_end},
        {"a grant that fails at any write is none", a_grant_that_fails_at_any_write_is_none},
        {"granting can be cancelled at any write", granting_can_be_cancelled_at_any_write},
        {"a session that ends while it is granted leaves nothing",
         a_session_that_ends_while_it_is_granted_leaves_nothing},
        {"what cannot be taken out stays in force until it can",
         what_cannot_be_taken_out_stays_in_force_until_it_can},
        {"what a policy keeps shut stays shut", what_a_policy_keeps_shut_stays_shut},
        {"a second session is told the way out", a_second_session_is_told_the_way_out},
        {"a host without lists refuses", a_host_without_lists_refuses},
        {NULL, NULL},
    },
};
