/*
 * engine_under_test.c - the engine's own files, for a program that is not the DLL: what a test can reach is what a
 * client of the engine can reach. Only the DLL's life is put in the place of.
 */
#include "com/engine_under_test.h"

#include "sbxcom/change_log.c"
#include "sbxcom/engine.c"
#include "sbxcom/engine_account.c"
#include "sbxcom/engine_allow.c"
#include "sbxcom/engine_changes.c"
#include "sbxcom/engine_channel.c"
#include "sbxcom/engine_client.c"
#include "sbxcom/engine_desktop.c"
#include "sbxcom/engine_explain.c"
#include "sbxcom/engine_feed.c"
#include "sbxcom/engine_grants.c"
#include "sbxcom/engine_later.c"
#include "sbxcom/engine_open.c"
#include "sbxcom/engine_pipe.c"
#include "sbxcom/engine_planted.c"
#include "sbxcom/engine_probe.c"
#include "sbxcom/engine_run.c"
#include "sbxcom/engine_search.c"
#include "sbxcom/engine_targets.c"
#include "sbxcom/engine_transcript.c"
#include "sbxcom/feed.c"
#include "sbxcom/grants.c"
#include "sbxcom/stream.c"

struct test_worker {
    void (*run)(void *context);
    void *context;
};

static DWORD WINAPI run_worker(void *parameter)
{
    struct test_worker worker = *(struct test_worker *)parameter;

    sbx_free(parameter);
    worker.run(worker.context);
    return 0;
}

sbx_status module_start_worker(void (*run)(void *context), void *context, HANDLE *thread,
                               struct sbx_error *error)
{
    struct test_worker *worker = sbx_alloc(sizeof *worker);
    HANDLE started;

    if (!worker)
        return error_memory(error, "a thread");
    *worker = (struct test_worker){run, context};
    started = CreateThread(NULL, 0, run_worker, worker, 0, NULL);
    if (!started) {
        sbx_free(worker);
        return error_system(error, "CreateThread", GetLastError());
    }
    if (thread)
        *thread = started;
    else
        CloseHandle(started);
    return SBX_OK;
}

sbx_handle engine_test_runner(struct engine *engine)
{
    return engine->runner.handle;
}

struct token_facts *engine_test_token(struct engine *engine)
{
    return &engine->token;
}

enum sbx_assurance *engine_test_floors(struct engine *engine)
{
    return engine->floor;
}

bool engine_test_has_toolchain(struct engine *engine, const char *path)
{
    bool has = false;

    engine_lock(engine);
    for (size_t i = 0; i < engine->plan.later_count; i++)
        has |= !strcmp(engine->plan.later[i].path, path) && engine->later.roots[i].state == LATER_GRANTED;
    engine_unlock(engine);
    return has;
}

bool engine_test_stops_toolchains(struct engine *engine)
{
    return WaitForSingleObject(engine->later.stop, 0) == WAIT_OBJECT_0;
}
