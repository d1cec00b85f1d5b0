/*
 * crew.c - threads that hand parts of their work to one another.
 *
 * Threads are started one by one, by a hand-over that found nobody idle. One that is started, or waits, and was given nothing yet is idle;
 * a hand-over takes place only where somebody is, so each item that was handed over has its taker. When all are idle and
 * nothing lies there, nothing can come any more.
 */
#include "os/crew.h"
#include "os/native.h"

struct crew {
    crew_work work;
    void *context;
    unsigned most; /* workers */
    SRWLOCK shared_lock;

    SRWLOCK lock; /* for all that follows */
    CONDITION_VARIABLE changed;
    HANDLE threads[CREW_MOST - 1];
    unsigned count; /* workers, the caller included */
    unsigned idle;
    void *handed[CREW_MOST]; /* never more than are idle */
    unsigned handed_count;
    bool over, stopped;
    sbx_status status;
    struct sbx_error error;
};

static unsigned processors(void)
{
    DWORD_PTR ours, all;
    unsigned count = 0;

    if (!GetProcessAffinityMask(GetCurrentProcess(), &ours, &all))
        return 1;
    if (!ours) /* its threads are in several groups of processors, so there are more than 64 */
        return CREW_MOST;
    for (; ours; ours &= ours - 1)
        count++;
    return count;
}

/* Where it cannot be found out, too. */
static bool has_token_of_its_own(void)
{
    HANDLE token;

    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
        CloseHandle(token);
        return true;
    }
    return GetLastError() != ERROR_NO_TOKEN;
}

/* Takes items, until there is nothing any more that could become one. */
static void serve(struct crew *crew)
{
    AcquireSRWLockExclusive(&crew->lock);
    for (;;) {
        void *item;

        while (!crew->handed_count && !crew->over)
            SleepConditionVariableSRW(&crew->changed, &crew->lock, INFINITE, 0);
        if (!crew->handed_count)
            break;
        item = crew->handed[--crew->handed_count];
        crew->idle--;
        ReleaseSRWLockExclusive(&crew->lock);
        crew->work(crew, crew->context, item);
        AcquireSRWLockExclusive(&crew->lock);
        crew->idle++;
        if (crew->idle == crew->count && !crew->handed_count) {
            crew->over = true;
            WakeAllConditionVariable(&crew->changed);
        }
    }
    ReleaseSRWLockExclusive(&crew->lock);
}

static DWORD WINAPI start_to_serve(void *crew)
{
    serve(crew);
    return 0;
}

/* Locked. One that fails is not tried again. */
static bool start_another(struct crew *crew)
{
    HANDLE thread;

    if (crew->count >= crew->most)
        return false;
    thread = CreateThread(NULL, 0, start_to_serve, crew, 0, NULL);
    if (!thread) {
        crew->most = crew->count;
        return false;
    }
    crew->threads[crew->count++ - 1] = thread;
    crew->idle++;
    return true;
}

sbx_status crew_run(unsigned most_workers, crew_work work, void *context, void *item, struct sbx_error *error)
{
    struct crew crew = {.work = work,
                        .context = context,
                        .most = most_workers ? most_workers : processors(),
                        .shared_lock = SRWLOCK_INIT,
                        .lock = SRWLOCK_INIT,
                        .changed = CONDITION_VARIABLE_INIT,
                        .count = 1,
                        .idle = 1,
                        .handed = {item},
                        .handed_count = 1};

    if (crew.most > CREW_MOST)
        crew.most = CREW_MOST;
    if (crew.most > 1 && has_token_of_its_own())
        crew.most = 1;

    serve(&crew);
    for (unsigned i = 0; i + 1 < crew.count; i++) {
        WaitForSingleObject(crew.threads[i], INFINITE);
        CloseHandle(crew.threads[i]);
    }
    if (crew.status && error && !error->code)
        *error = crew.error;
    return crew.status;
}

bool crew_is_wanted(struct crew *crew)
{
    bool wanted;

    AcquireSRWLockShared(&crew->lock);
    wanted = !crew->stopped && (crew->idle > crew->handed_count || crew->count < crew->most);
    ReleaseSRWLockShared(&crew->lock);
    return wanted;
}

bool crew_hand_over(struct crew *crew, void *item)
{
    bool taken;

    AcquireSRWLockExclusive(&crew->lock);
    taken = !crew->stopped && (crew->idle > crew->handed_count || start_another(crew));
    if (taken) {
        crew->handed[crew->handed_count++] = item;
        WakeAllConditionVariable(&crew->changed);
    }
    ReleaseSRWLockExclusive(&crew->lock);
    return taken;
}

void crew_fail(struct crew *crew, sbx_status status, const struct sbx_error *error, bool stops)
{
    AcquireSRWLockExclusive(&crew->lock);
    if (!crew->status) {
        crew->status = status;
        crew->error = *error;
    }
    crew->stopped |= stops;
    ReleaseSRWLockExclusive(&crew->lock);
}

bool crew_is_stopped(struct crew *crew)
{
    bool stopped;

    AcquireSRWLockShared(&crew->lock);
    stopped = crew->stopped;
    ReleaseSRWLockShared(&crew->lock);
    return stopped;
}

void crew_lock(struct crew *crew)
{
    AcquireSRWLockExclusive(&crew->shared_lock);
}

void crew_unlock(struct crew *crew)
{
    ReleaseSRWLockExclusive(&crew->shared_lock);
}
