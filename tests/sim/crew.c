/*
 * crew.c - os/crew.h of the simulation: the caller alone. The world here is for one thread, and a fault point must be the same one at
 * each run. With real threads over a world that is locked: tests/threads.
 */
#include "os/crew.h"

struct crew {
    sbx_status status;
    struct sbx_error error;
    bool stopped;
};

sbx_status crew_run(unsigned most_workers, crew_work work, void *context, void *item, struct sbx_error *error)
{
    struct crew crew = {0};

    (void)most_workers;
    work(&crew, context, item);
    if (crew.status && error && !error->code)
        *error = crew.error;
    return crew.status;
}

bool crew_is_wanted(struct crew *crew)
{
    (void)crew;
    return false;
}

bool crew_hand_over(struct crew *crew, void *item)
{
    (void)crew;
    (void)item;
    return false;
}

void crew_fail(struct crew *crew, sbx_status status, const struct sbx_error *error, bool stops)
{
    if (!crew->status) {
        crew->status = status;
        crew->error = *error;
    }
    crew->stopped |= stops;
}

bool crew_is_stopped(struct crew *crew)
{
    return crew->stopped;
}

void crew_lock(struct crew *crew)
{
    (void)crew;
}

void crew_unlock(struct crew *crew)
{
    (void)crew;
}
