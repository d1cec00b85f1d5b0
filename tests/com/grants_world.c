/*
 * grants_world.c - a workspace, and engines opened in it.
 */
#include "com/grants_world.h"
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/support.h"
#include "os/filesystem.h"
#include "os/process.h"
#include "os/random.h"

#include <string.h>

char *work_folder;
static char *work_runner;

/* What is there. */

char *work_below(const char *folder, const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", folder, name);
    return buffer_take(&path, NULL);
}

void work_make_file(const char *name)
{
    char *path = work_below(work_folder, name);

    CU_ASSERT_EQUAL(file_create(path, "x", 1, NULL), SBX_OK);
    sbx_free(path);
}

char *work_find_runner(void)
{
    char *own = NULL, *path;

    CU_ASSERT_EQUAL_FATAL(process_own_file(&own, NULL), SBX_OK);
    *strrchr(own, '\\') = '\0';
    path = work_below(own, "sbxrun.exe");
    if (!file_is_program(path)) {
        sbx_free(path);
        path = work_below(own, "..\\bin\\sbxrun.exe");
    }
    sbx_free(own);
    return path;
}

void work_begin(void)
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
    work_folder = facts.path;
    sbx_free(hooks);
    work_make_file(".git\\hooks\\pre-commit");
    work_make_file(".git\\config");
    work_make_file("main.c");
    if (!work_runner)
        work_runner = work_find_runner();
    acl_world_begin();
}

void work_end(void)
{
    acl_world_end();
    CU_ASSERT_EQUAL(folder_delete_tree(work_folder, NULL), SBX_OK);
    sbx_free(work_folder);
    work_folder = NULL;
}

const char *work_list(const char *name)
{
    char *path = work_below(work_folder, name);
    const char *list = acl_world_list(path);

    sbx_free(path);
    return list;
}

int work_listed(void)
{
    struct provisioned_workspace *workspaces = NULL;
    size_t count = 0;
    int result = 0;

    CU_ASSERT_EQUAL(grants_list(&workspaces, &count, NULL), SBX_OK);
    for (size_t i = 0; i < count; i++)
        if (workspaces[i].subject.path && !strcmp(workspaces[i].subject.path, work_folder))
            result = !workspaces[i].complete ? -1 : workspaces[i].in_use ? 2 : 1;
    provisioned_workspaces_free(workspaces, count);
    return result;
}

/* Opening. */

bool work_runner_was_started;
char work_phases[4096];

static void on_progress(void *context, const char *phase, uint64_t done, uint64_t total)
{
    const struct opening *opening = context;
    size_t size;

    (void)done, (void)total;
    if (opening->stop_in && strstr(phase, opening->stop_in))
        SetEvent(opening->stop);
    if (strstr(phase, "runner"))
        work_runner_was_started = true;
    size = strlen(work_phases);
    snprintf(work_phases + size, sizeof work_phases - size, "%s\n", phase);
}

sbx_status work_open(struct opening *opening, struct engine **engine)
{
    struct engine_options options = {.workspace = work_folder,
                                     .session_id = opening->id,
                                     .runner = opening->runner ? opening->runner : work_runner,
                                     .former = opening->former,
                                     .feed = opening->feed,
                                     .progress = {on_progress, opening}};
    struct sbx_policy policy;
    sbx_status status;

    CU_ASSERT_EQUAL_FATAL(policy_parse(opening->policy, strlen(opening->policy), &policy, NULL), SBX_OK);
    work_runner_was_started = false;
    work_phases[0] = '\0';
    options.policy = &policy;
    status = engine_open(&options, opening->stop, engine, &opening->findings, &opening->error);
    policy_free(&policy);
    return status;
}

struct engine *work_open_well(const char *policy, const char *id, struct engine *former)
{
    struct opening opening = {.policy = policy, .id = id, .former = former};
    struct engine *engine = NULL;

    if (work_open(&opening, &engine))
        printf("    %s\n", opening.error.text);
    findings_free(&opening.findings);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
    return engine;
}

void work_close(struct engine *engine)
{
    engine_close(engine);
    engine_release(engine);
}

sbx_status work_fails(struct opening *opening)
{
    struct engine *engine = NULL;
    sbx_status status = work_open(opening, &engine);

    CU_ASSERT_NOT_EQUAL(status, SBX_OK);
    CU_ASSERT_PTR_NULL(engine);
    CU_ASSERT_EQUAL(opening->error.code, status);
    if (engine)
        work_close(engine);
    findings_free(&opening->findings);
    return status;
}

sbx_status work_deprovision(struct sbx_error *error)
{
    return grants_deprovision(work_folder, NULL, NULL, error);
}

bool work_has_private_folder(const char *id)
{
    struct sbx_strings names = {NULL, 0};
    char *state = NULL, *sessions, *own;
    bool found = false;

    CU_ASSERT_EQUAL_FATAL(grants_state_folder(&state, NULL), SBX_OK);
    sessions = work_below(state, "sessions");
    own = work_below(sessions, id);
    folder_list(own, &names, NULL);
    for (size_t i = 0; i < names.count; i++)
        found = found || strcmp(names.items[i], "transcript.jsonl");
    strings_free(&names);
    sbx_free(own);
    sbx_free(sessions);
    sbx_free(state);
    return found;
}
