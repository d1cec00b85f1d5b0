/*
 * crew_test.c - work that is handed from thread to thread is all done, once, and leaves no thread. What needs nothing but os/crew.h is
 * run natively under ThreadSanitizer as well (tests/threads).
 */
#include "os/crew.h"
#include "base/memory.h"
#include "os/clock.h"
#include "support/harness.h"

#include <string.h>

#define WORKERS      4
#define MOST_WAIT_MS 20000

/* A node of a tree that is not there: so many children, each with such a subtree. */
struct node {
    unsigned depth, width;
};

struct count {
    uint64_t done, freed, handed_over;
    uint64_t fail_at, stop_at; /* the how maniest node; 0: none */
    unsigned at_work, most_at_work;
};

static struct node *make_node(unsigned depth, unsigned width)
{
    struct node *node = sbx_alloc(sizeof *node);

    CU_ASSERT_PTR_NOT_NULL_FATAL(node);
    *node = (struct node){depth, width};
    return node;
}

/* One node is done; false: not any more. */
static bool do_node(struct crew *crew, struct count *count)
{
    struct sbx_error error = {0};
    bool stopped = crew_is_stopped(crew);

    crew_lock(crew);
    if (!stopped)
        count->done++;
    if (count->done == count->fail_at)
        crew_fail(crew, error_set(&error, SBX_E_STATE, "Number %u.", (unsigned)count->done), &error, false);
    if (count->done == count->stop_at)
        crew_fail(crew, error_set(&error, SBX_E_CANCELLED, "Stopped."), &error, true);
    crew_unlock(crew);
    return !stopped;
}

static void do_below(struct crew *crew, struct count *count, const struct node *node)
{
    if (!do_node(crew, count) || !node->depth)
        return;
    for (unsigned i = 0; i < node->width; i++) {
        struct node *child = make_node(node->depth - 1, node->width);

        if (crew_is_wanted(crew) && crew_hand_over(crew, child)) {
            crew_lock(crew);
            count->handed_over++;
            crew_unlock(crew);
            continue;
        }
        do_below(crew, count, child);
        sbx_free(child);
    }
}

static void work(struct crew *crew, void *context, void *item)
{
    struct count *count = context;

    crew_lock(crew);
    if (++count->at_work > count->most_at_work)
        count->most_at_work = count->at_work;
    crew_unlock(crew);
    do_below(crew, count, item);
    sbx_free(item);
    crew_lock(crew);
    count->at_work--;
    count->freed++;
    crew_unlock(crew);
}

/* Every item that was handed over was worked on, and nobody is at it any more. */
static sbx_status run(unsigned workers, struct count *count, unsigned depth, unsigned width,
                      struct sbx_error *error)
{
    sbx_status status = crew_run(workers, work, count, make_node(depth, width), error);

    CU_ASSERT_EQUAL(count->at_work, 0);
    CU_ASSERT_EQUAL(count->freed, count->handed_over + 1);
    CU_ASSERT(count->most_at_work <= (workers ? workers : CREW_MOST));
    return status;
}

/* 1 + 6 + 36 + ... */
static uint64_t size_of(unsigned depth, unsigned width)
{
    uint64_t level = 1, size = 1;

    while (depth--)
        size += level *= width;
    return size;
}

static void everything_is_done_once_by_however_many(void)
{
    for (unsigned workers = 0; workers <= CREW_MOST + 2; workers++) {
        struct count count = {0};

        CU_ASSERT_EQUAL(run(workers, &count, 6, 5, NULL), SBX_OK);
        CU_ASSERT_EQUAL(count.done, size_of(6, 5));
        CU_ASSERT(workers != 1 || count.handed_over == 0);
    }
}

struct meeting {
    int parts[WORKERS]; /* the first one hands the second over, that one the third, and so on */
    unsigned come;
    bool refused, alone;
};

static void meet(struct crew *crew, void *context, void *item)
{
    struct meeting *meeting = context;
    int *part = item;
    bool all = false;

    if (part + 1 < meeting->parts + WORKERS && !crew_hand_over(crew, part + 1))
        meeting->refused = true;
    crew_lock(crew);
    meeting->come++;
    crew_unlock(crew);
    for (unsigned ms = 0; !all && ms < MOST_WAIT_MS; ms++) {
        clock_sleep_ms(1);
        crew_lock(crew);
        all = meeting->come >= WORKERS;
        crew_unlock(crew);
    }
    crew_lock(crew);
    meeting->alone |= !all;
    crew_unlock(crew);
}

/* All at once, or none of them would ever go on. */
static void parts_are_handed_on_and_done_at_the_same_time(void)
{
    for (int i = 0; i < 20; i++) {
        struct meeting meeting = {.come = 0};

        CU_ASSERT_EQUAL(crew_run(WORKERS, meet, &meeting, meeting.parts, NULL), SBX_OK);
        CU_ASSERT_FALSE(meeting.refused || meeting.alone);
        CU_ASSERT_EQUAL(meeting.come, WORKERS);
    }
}

static void more_workers_than_parts_do_no_harm(void)
{
    for (unsigned i = 0; i < 200; i++) {
        struct count count = {0};

        CU_ASSERT_EQUAL(run(CREW_MOST, &count, i % 2, i % 4, NULL), SBX_OK);
        CU_ASSERT_EQUAL(count.done, size_of(i % 2, i % 4));
    }
}

/* The error is the first one's, whoever had it; the caller's own, if there is one, stays. */
static void failure_that_stops_nobody_is_told_at_the_end(void)
{
    struct sbx_error error = {0};
    struct count count = {.fail_at = 7};

    CU_ASSERT_EQUAL(run(WORKERS, &count, 6, 4, &error), SBX_E_STATE);
    CU_ASSERT_EQUAL(count.done, size_of(6, 4));
    CU_ASSERT_STRING_EQUAL(error.text, "Number 7.");
    count = (struct count){.fail_at = 9};
    CU_ASSERT_EQUAL(run(WORKERS, &count, 6, 4, &error), SBX_E_STATE);
    CU_ASSERT_STRING_EQUAL(error.text, "Number 7.");
}

static void stop_ends_all_and_the_first_failure_stays(void)
{
    for (uint64_t at = 1; at < 3000; at += 97) {
        struct sbx_error error = {0};
        struct count count = {.stop_at = at};

        CU_ASSERT_EQUAL(run(WORKERS, &count, 6, 4, &error), SBX_E_CANCELLED);
        CU_ASSERT(count.done >= at && count.done < at + CREW_MOST); /* who was in the middle of one */
        CU_ASSERT_STRING_EQUAL(error.text, "Stopped.");
        count = (struct count){.fail_at = at, .stop_at = at + 1};
        CU_ASSERT_EQUAL(run(WORKERS, &count, 6, 4, NULL), SBX_E_STATE);
    }
}

static void try_after_stop(struct crew *crew, void *context, void *item)
{
    struct sbx_error error = {0};

    crew_fail(crew, error_set(&error, SBX_E_CANCELLED, "Stopped."), &error, true);
    *(bool *)context = crew_is_wanted(crew) || crew_hand_over(crew, item);
}

static void nothing_is_handed_over_after_a_stop(void)
{
    bool taken = true;

    CU_ASSERT_EQUAL(crew_run(WORKERS, try_after_stop, &taken, &taken, NULL), SBX_E_CANCELLED);
    CU_ASSERT_FALSE(taken);
}

const struct harness_suite crew_suite = {
    "crew",
    (const struct harness_test[]){
        {"everything is done once, by however many", everything_is_done_once_by_however_many},
        {"parts are handed on, and done at the same time", parts_are_handed_on_and_done_at_the_same_time},
        {"more workers than parts do no harm", more_workers_than_parts_do_no_harm},
        {"a failure that stops nobody is told at the end", failure_that_stops_nobody_is_told_at_the_end},
        {"a stop ends all, and the first failure stays", stop_ends_all_and_the_first_failure_stays},
        {"nothing is handed over after a stop", nothing_is_handed_over_after_a_stop},
        {NULL, NULL},
    },
};
