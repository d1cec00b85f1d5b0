/*
 * allow_guards_test.c - what a grant for a while never opens, and that it never outlives its time: a folder that is swapped
 * meanwhile, what the policy keeps shut below the folder, the end.
 */
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/allow_world.h"
#include "com/engine_under_test.h"
#include "com/support.h"
#include "os/filesystem.h"
#include "sbxcom/grants.h"

#include <string.h>

#define SHORT_MS 200

/* ---- a folder that is swapped between the look and the grant ------------------------------------------------------ */

/* Somebody asks for a folder while another grant is changed, and it is swapped while he waits for his turn. */
struct swap {
    struct engine *engine;
    char *folder, *aside, *another;
    DWORD wait_ms;
    HANDLE thread;
    sbx_status status;
    struct sbx_error error;
    struct engine_allowance *allowance;
};

static DWORD WINAPI ask(void *context)
{
    struct swap *swap = context;

    swap->status =
        engine_allow_write(swap->engine, swap->folder, LONG_MS, NULL, &swap->allowance, &swap->error);
    return 0;
}

static void swap_while_somebody_waits(void *context)
{
    struct swap *swap = context;

    swap->thread = CreateThread(NULL, 0, ask, swap, 0, NULL);
    Sleep(swap->wait_ms); /* he has looked at the folder by then, or the test tries again and waits longer */
    CU_ASSERT_TRUE(MoveFileA(swap->folder, swap->aside));
    CU_ASSERT_TRUE(MoveFileA(swap->another, swap->folder));
}

/* True: the swap came between the look and the grant, and was seen. */
static bool swap_is_seen(DWORD wait_ms)
{
    struct swap swap = {.wait_ms = wait_ms};
    char *beside;
    bool seen;

    allow_begin();
    swap.engine = work_open_well(USUAL, "guards-swap", NULL);
    swap.folder = in_extra("inner");
    swap.aside = in_extra("aside");
    swap.another = in_extra("another");
    beside = in_extra("secret");
    CU_ASSERT_EQUAL(folder_create(swap.another, NULL), SBX_OK);
    acl_world_at_write(1, swap_while_somebody_waits, &swap);
    allow_well(swap.engine, beside, LONG_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(swap.thread);
    CU_ASSERT_EQUAL(WaitForSingleObject(swap.thread, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(swap.thread);
    seen = swap.status == SBX_E_WORKSPACE_REFUSED && !swap.allowance &&
           strstr(swap.error.text, "another folder was put in the place of") &&
           !names(swap.engine, "inner", "") && !names(swap.engine, "aside", "");
    work_close(swap.engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    sbx_free(swap.folder);
    sbx_free(swap.aside);
    sbx_free(swap.another);
    sbx_free(beside);
    allow_end();
    return seen;
}

static void a_folder_that_is_swapped_before_its_grant_is_not_granted(void)
{
    bool seen = false;

    for (DWORD wait_ms = 200; wait_ms < 10000 && !seen; wait_ms *= 5)
        seen = swap_is_seen(wait_ms);
    CU_ASSERT_TRUE(seen);
}

/* ---- what stays shut ---------------------------------------------------------------------------------------------- */

#define PROTECTED "0xd0156" /* PLAN_MASK_PROTECT and PLAN_MASK_DENY */
#define DENIED    "0xd01ff"

/* What counts is the first entry of ours: one that allows is inherited behind it from the granted folder. */
static bool is_kept(struct engine *engine, const char *name, const char *mask)
{
    char *path = in_extra(name);
    const char *list = acl_world_list(path);
    const char *sid = engine_boundary(engine)->capability_sid;
    bool found = false;

    for (const char *at = list; (at = strchr(at, '(')) != NULL; at++) {
        const char *end = strchr(at, ')');
        const char *of_sid = strstr(at, sid);

        if (!of_sid || of_sid > end)
            continue;
        found = !strncmp(at, "(D;", 3) && strstr(at, mask) && strstr(at, mask) < end;
        break;
    }
    sbx_free(path);
    return found;
}

static void what_is_denied_or_protected_below_a_granted_folder_stays_so(void)
{
    static const char *const of_git[] = {".git\\config", ".git\\hooks\\pre-commit", "lib\\.git\\config",
                                         "lib\\.git\\hooks\\pre-push"};
    struct engine_allowance *allowance;
    struct engine *engine;
    char *policy;

    allow_begin();
    make_in_extra("secret\\deeper\\key.txt");
    for (size_t i = 0; i < sizeof of_git / sizeof *of_git; i++)
        make_in_extra(of_git[i]);
    policy = strict_policy();
    engine = work_open_well(policy, "guards-below", NULL);
    allowance = allow_well(engine, extra, LONG_MS);
    CU_ASSERT_TRUE(names(engine, "data.txt", "(A;"));
    CU_ASSERT_TRUE(names(engine, "lib", "(A;"));
    CU_ASSERT_FALSE(is_kept(engine, "data.txt", PROTECTED));
    CU_ASSERT_TRUE(is_kept(engine, "secret", DENIED));
    CU_ASSERT_TRUE(is_kept(engine, "secret\\deeper", DENIED));
    CU_ASSERT_TRUE(is_kept(engine, "secret\\deeper\\key.txt", DENIED));
    for (size_t i = 0; i < sizeof of_git / sizeof *of_git; i++)
        CU_ASSERT_TRUE(is_kept(engine, of_git[i], PROTECTED));
    CU_ASSERT_TRUE(is_kept(engine, "inner", PROTECTED));
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
    CU_ASSERT_TRUE(is_kept(engine, "secret\\deeper\\key.txt", DENIED));
    CU_ASSERT_FALSE(names(engine, "data.txt", ""));
    for (size_t i = 0; i < sizeof of_git / sizeof *of_git; i++)
        CU_ASSERT_FALSE(names(engine, of_git[i], ""));
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    sbx_free(policy);
    allow_end();
}

/* The policy does not know of it, because only the first grant made its folder a root. */
static void what_is_protected_in_one_grants_folder_is_not_granted_by_another(void)
{
    struct engine *engine;
    char *hooks;

    allow_begin();
    make_in_extra(".git\\hooks\\pre-commit");
    engine = work_open_well(USUAL, "guards-other", NULL);
    hooks = in_extra(".git\\hooks");
    allow_well(engine, extra, LONG_MS);
    CU_ASSERT_TRUE(refused(engine, hooks, SBX_E_POLICY_CONFLICT, "would not be writable"));
    CU_ASSERT_TRUE(is_kept(engine, ".git\\hooks\\pre-commit", PROTECTED));
    work_close(engine);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    sbx_free(hooks);
    allow_end();
}

/* ---- what is looked for ------------------------------------------------------------------------------------------- */

/* In the new folder alone: what a command makes in the workspace meanwhile waits for the next Provision, grant or none. */
static void a_grant_looks_for_repositories_in_its_own_folder_alone(void)
{
    struct engine_allowance *allowance;
    struct engine *engine;
    char *made;

    allow_begin();
    make_in_extra("lib\\.git\\config");
    engine = work_open_well(USUAL, "guards-search", NULL);
    made = work_below(work_folder, "new\\.git");
    CU_ASSERT_EQUAL(folder_create(made, NULL), SBX_OK);
    work_make_file("new\\.git\\config");
    allowance = allow_well(engine, extra, LONG_MS);
    CU_ASSERT_TRUE(is_kept(engine, "lib\\.git\\config", PROTECTED));
    CU_ASSERT_PTR_NULL(strstr(work_list("new\\.git\\config"), "(D;"));
    CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(strstr(work_list("new\\.git\\config"), "(D;"));

    /* Granted again, the folder is looked through again. */
    make_in_extra("later\\.git\\config");
    allow_well(engine, extra, LONG_MS);
    CU_ASSERT_TRUE(is_kept(engine, "later\\.git\\config", PROTECTED));
    work_close(engine);
    engine = work_open_well(USUAL, "guards-search", NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(work_list("new\\.git\\config"), "(D;"));
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    sbx_free(made);
    allow_end();
}

#define DECOYS 300 /* more than REPOSITORIES_MOST */

/* What a command plants between two grants of one folder: the first one stands, with what it protects. */
static void a_grant_that_is_refused_leaves_the_earlier_ones_protection(void)
{
    struct engine_allowance *allowance = NULL, *inner;
    struct engine *engine;
    struct sbx_error error = {0};
    HANDLE stop = CreateEventW(NULL, TRUE, TRUE, NULL);
    char *folder;

    allow_begin();
    make_in_extra("zlib\\.git\\config");
    engine = work_open_well(USUAL, "guards-renewed", NULL);
    allow_well(engine, extra, LONG_MS);
    CU_ASSERT_TRUE(is_kept(engine, "zlib\\.git\\config", PROTECTED));
    for (int i = 0; i < DECOYS; i++) {
        char name[40];

        snprintf(name, sizeof name, "a%03d\\.git\\config", i);
        make_in_extra(name);
    }
    /* zlib's is one of 256, as the journal knows it; 254 would be the last otherwise. */
    CU_ASSERT_TRUE(refused(engine, extra, SBX_E_LIMIT, "a254\\.git; delete"));
    folder = in_extra("inner");
    inner = allow_well(engine, folder, LONG_MS);
    CU_ASSERT_TRUE(is_kept(engine, "zlib\\.git\\config", PROTECTED));
    CU_ASSERT_FALSE(is_kept(engine, "a000\\.git\\config", PROTECTED));

    CU_ASSERT_EQUAL(engine_allow_write(engine, extra, LONG_MS, stop, &allowance, &error), SBX_E_CANCELLED);
    CU_ASSERT_EQUAL(engine_revoke(engine, inner, NULL), SBX_OK);
    CU_ASSERT_TRUE(is_kept(engine, "zlib\\.git\\config", PROTECTED));
    CU_ASSERT_FALSE(is_kept(engine, "a000\\.git\\config", PROTECTED));
    work_close(engine);
    CU_ASSERT_TRUE(extra_is_as_it_was());
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CloseHandle(stop);
    sbx_free(folder);
    allow_end();
}

static void make_many_folders(const char *folder)
{
    for (int i = 0; i < 100; i++) {
        char name[16];
        char *path;

        snprintf(name, sizeof name, "d%03d", i);
        path = work_below(folder, name);
        CU_ASSERT_EQUAL(folder_create(path, NULL), SBX_OK);
        sbx_free(path);
    }
}

static void looking_for_repositories_tells_its_progress_and_can_be_cancelled(void)
{
    struct opening opening = {.policy = USUAL,
                              .id = "guards-stop",
                              .stop = CreateEventW(NULL, TRUE, FALSE, NULL),
                              .stop_in = "looking for git repositories"};
    struct engine_allowance *allowance = NULL;
    struct engine *engine;
    struct sbx_error error = {0};

    allow_begin();
    make_many_folders(work_folder);
    CU_ASSERT_EQUAL(work_fails(&opening), SBX_E_CANCELLED);
    CU_ASSERT_PTR_NOT_NULL(strstr(opening.error.text, "git repositories were looked for"));
    CU_ASSERT_EQUAL(work_listed(), 0);
    engine = work_open_well(USUAL, "guards-stop", NULL);
    CU_ASSERT_EQUAL(engine_allow_write(engine, extra, LONG_MS, opening.stop, &allowance, &error),
                    SBX_E_CANCELLED);
    CU_ASSERT_PTR_NULL(allowance);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "git repositories were looked for"));
    CU_ASSERT_TRUE(extra_is_as_it_was());
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    CloseHandle(opening.stop);
    allow_end();
}

/* ---- what Explain says of it -------------------------------------------------------------------------------------- */

#define GRANTED "allowed for 10 minutes by AllowWrite"

/* The token that commands have on Windows: the one that was measured, and the second check. */
static void restrict_token(struct engine *engine)
{
    struct token_facts *token = engine_test_token(engine);

    strings_free(&token->restricting_sids);
    CU_ASSERT_EQUAL_FATAL(strings_append(&token->restricting_sids, "S-1-1-0"), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(strings_append(&token->restricting_sids, engine_boundary(engine)->capability_sid),
                          SBX_OK);
    token->write_restricted = true;
}

/* May commands write it, by which rule? `says`: the whole text holds it; "!x": it does not hold x. */
static bool explains(struct engine *engine, const char *name, bool allowed, const char *rule,
                     const char *says)
{
    char *path = *name ? in_extra(name) : sbx_strdup(extra);
    struct explanation explanation = {0};
    struct sbx_error error = {0};
    sbx_status status = engine_explain(engine, path, EXPLAIN_WRITE, &explanation, &error);
    bool as_expected =
        !status && explanation.allowed == allowed && !strcmp(explanation.rule, rule) &&
        (*says == '!' ? !strstr(explanation.text, says + 1) : strstr(explanation.text, says) != NULL);

    if (!as_expected)
        printf("    %s: %s; %s\n", path, status ? error.text : explanation.rule,
               status ? "" : explanation.text);
    explanation_free(&explanation);
    sbx_free(path);
    return as_expected;
}

static void explain_names_the_grant_while_it_stands_and_no_longer(void)
{
    static const char own[] = "the host's own descriptor";
    struct engine_allowance *allowance;
    struct engine *engine;
    char *policy;

    allow_begin();
    make_in_extra("secret\\key.txt");
    make_in_extra(".git\\config");
    policy = strict_policy();
    engine = work_open_well(policy, "guards-explain", NULL);
    restrict_token(engine);
    CU_ASSERT_TRUE(explains(engine, "data.txt", false, own, "Name"));
    for (int again = 0; again < 2; again++) {
        allowance = allow_well(engine, extra, again ? SHORT_MS : LONG_MS);
        if (!again) { /* the other one may be over by now */
            CU_ASSERT_TRUE(explains(engine, "", true, GRANTED, GRANTED));
            CU_ASSERT_TRUE(explains(engine, "data.txt", true, GRANTED, "Commands may write"));
            CU_ASSERT_TRUE(explains(engine, "data.txt", true, GRANTED, "!No rule gives this"));
            CU_ASSERT_TRUE(explains(engine, "new.txt", true, GRANTED, "which is not there yet"));
            CU_ASSERT_TRUE(explains(engine, "secret\\key.txt", false, "/files/deny/0", "not write"));
            CU_ASSERT_TRUE(explains(engine, "inner", false, "/files/read/0", "not write"));
            CU_ASSERT_TRUE(explains(engine, ".git\\config", false, "/files/protect/0", "not write"));
            CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
        }
        CU_ASSERT_TRUE(ends_in_time(engine, allowance));
        CU_ASSERT_TRUE(explains(engine, "", false, own, "!AllowWrite"));
        CU_ASSERT_TRUE(explains(engine, "data.txt", false, own, "!AllowWrite"));
        CU_ASSERT_TRUE(explains(engine, "new.txt", false, own, "!AllowWrite"));
        CU_ASSERT_TRUE(explains(engine, "secret\\key.txt", false, "/files/deny/0", "!AllowWrite"));
        CU_ASSERT_TRUE(explains(engine, ".git\\config", false, own, "!AllowWrite"));
    }
    work_close(engine);
    CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
    sbx_free(policy);
    allow_end();
}

/* ---- the end ------------------------------------------------------------------------------------------------------ */

/* The file by which Recover knows after a crash that what stands was meant for a while (core/provision.h). */
static bool is_marked(struct engine *engine)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct file_facts facts;
    char *state = NULL;
    bool is;

    CU_ASSERT_EQUAL_FATAL(grants_state_folder(&state, NULL), SBX_OK);
    buffer_append_format(&path, "%s\\workspaces\\%s\\for-a-while", state,
                         engine_boundary(engine)->capability_sid);
    is = !file_examine(buffer_text(&path), &facts, NULL);
    if (is)
        file_facts_free(&facts);
    buffer_free(&path);
    sbx_free(state);
    return is;
}

enum way { BY_TIME, BY_REVOKE, BY_CLOSE, BY_RELEASE, BY_DEATH, WAYS };

static void end_by(enum way way, struct engine *engine, struct engine_allowance *allowance)
{
    switch (way) {
    case BY_TIME:
        CU_ASSERT_TRUE(ends_in_time(engine, allowance));
        break;
    case BY_REVOKE:
        CU_ASSERT_EQUAL(engine_revoke(engine, allowance, NULL), SBX_OK);
        break;
    case BY_DEATH:
        TerminateProcess(engine_test_runner(engine), 9);
        CU_ASSERT_TRUE(ends_in_time(engine, allowance));
        break;
    default:
        break;
    }
}

/* Whatever ends it: the lists are as they were, and nothing says any more that something is for a while. */
static void every_end_takes_the_grant_out(void)
{
    for (enum way way = BY_TIME; way < WAYS; way++) {
        struct engine_allowance *allowance;
        struct engine *engine;

        allow_begin();
        engine = work_open_well(USUAL, "guards-end", NULL);
        engine_keep(engine);
        CU_ASSERT_FALSE(is_marked(engine));
        allowance = allow_well(engine, extra, way == BY_TIME ? SHORT_MS : LONG_MS);
        if (way != BY_TIME) { /* else it may be over */
            CU_ASSERT_TRUE(names(engine, "data.txt", "(A;"));
            CU_ASSERT_TRUE(is_marked(engine));
        }
        end_by(way, engine, allowance);
        if (way != BY_RELEASE)
            engine_close(engine);
        engine_release(engine);
        CU_ASSERT_TRUE(ends_in_time(engine, allowance));
        CU_ASSERT_TRUE(extra_is_as_it_was());
        CU_ASSERT_FALSE(is_marked(engine));
        CU_ASSERT_PTR_NOT_NULL(strstr(work_list("main.c"), "S-1-9-")); /* what is for good stays */
        for (int waited = 0; waited < WAIT_MS && work_listed() == 2; waited += 20)
            Sleep(20);
        engine_drop(engine);
        CU_ASSERT_EQUAL(work_deprovision(NULL), SBX_OK);
        allow_end();
    }
}

const struct harness_suite allow_guards_suite = {
    "allow_guards",
    (const struct harness_test[]){
        {"a folder that is swapped before its grant is not granted",
         a_folder_that_is_swapped_before_its_grant_is_not_granted},
        {"what is denied or protected below a granted folder stays so",
         what_is_denied_or_protected_below_a_granted_folder_stays_so},
        {"what is protected in one grant's folder is not granted by another",
         what_is_protected_in_one_grants_folder_is_not_granted_by_another},
        {"a grant looks for repositories in its own folder alone",
         a_grant_looks_for_repositories_in_its_own_folder_alone},
        {"a grant that is refused leaves the earlier one's protection",
         a_grant_that_is_refused_leaves_the_earlier_ones_protection},
        {"looking for repositories tells its progress and can be cancelled",
         looking_for_repositories_tells_its_progress_and_can_be_cancelled},
        {"Explain names the grant while it stands, and no longer",
         explain_names_the_grant_while_it_stands_and_no_longer},
        {"every end takes the grant out", every_end_takes_the_grant_out},
        {NULL, NULL},
    },
};
