/*
 * crew_world.c - src/os's own crew, with as many workers as a test says.
 */
#define crew_run crew_run_of_host
#include "os/crew.c"
#undef crew_run

#include "com/crew_world.h"

#include <string.h>

sbx_status crew_run(unsigned most_workers, crew_work work, void *context, void *item,
                    struct sbx_error *error);

static unsigned wanted;
static struct {
    crew_work work;
    void *context;
    DWORD seen[CREW_MOST]; /* threads */
    unsigned count;
} run;

void crew_world_workers(unsigned workers)
{
    wanted = workers;
}

unsigned crew_world_helpers(void)
{
    return run.count - 1;
}

static void work_seen(struct crew *crew, void *context, void *item)
{
    DWORD thread = GetCurrentThreadId();
    unsigned i = 0;

    (void)context;
    crew_lock(crew);
    while (i < run.count && run.seen[i] != thread)
        i++;
    if (i == run.count)
        run.seen[run.count++] = thread;
    crew_unlock(crew);
    run.work(crew, run.context, item);
}

sbx_status crew_run(unsigned most_workers, crew_work work, void *context, void *item, struct sbx_error *error)
{
    memset(&run, 0, sizeof run);
    run.work = work;
    run.context = context;
    return crew_run_of_host(wanted ? wanted : most_workers, work_seen, NULL, item, error);
}
