/*
 * ending_test.c - why a command ended, as a table: who asked, what the job told, how the command took it.
 */
#include "core/ending.h"
#include "support/harness.h"

#define MOST_MESSAGES 4
#define CRASHED       0xC0000005u
#define NO_MEMORY     0xC0000017u

struct row {
    enum exit_reason asked;
    uint32_t events[MOST_MESSAGES]; /* 0: no more */
    uint32_t exit_code;
    enum exit_reason reason;
};

static const struct row rows[] = {
    /* Nothing happened that could be told. */
    {EXIT_EXITED, {0}, 0, EXIT_EXITED},
    {EXIT_EXITED, {0}, 3, EXIT_EXITED},
    {EXIT_EXITED, {JOB_PROCESS_STARTED, JOB_PROCESS_ENDED, JOB_EMPTY}, 3, EXIT_EXITED},
    {EXIT_EXITED, {JOB_PROCESS_STARTED, JOB_PROCESS_CRASHED}, CRASHED, EXIT_EXITED},
    {EXIT_EXITED, {11 /* a notification limit */}, 3, EXIT_EXITED},
    {EXIT_EXITED, {JOB_POSTED}, 3, EXIT_EXITED},

    /* Refused, and it did not get over it. */
    {EXIT_EXITED, {JOB_MEMORY_LIMIT}, 3, EXIT_MEMORY_LIMIT},
    {EXIT_EXITED, {JOB_PROCESS_MEMORY_LIMIT}, 3, EXIT_MEMORY_LIMIT},
    {EXIT_EXITED, {JOB_PROCESS_STARTED, JOB_MEMORY_LIMIT, JOB_PROCESS_CRASHED}, NO_MEMORY, EXIT_MEMORY_LIMIT},
    {EXIT_EXITED, {JOB_PROCESS_LIMIT}, 2, EXIT_PROCESS_LIMIT},
    {EXIT_EXITED, {JOB_PROCESS_LIMIT, JOB_PROCESS_ENDED}, 0xFFFFFFFFu, EXIT_PROCESS_LIMIT},

    /* Refused, and it went on with less. */
    {EXIT_EXITED, {JOB_MEMORY_LIMIT}, 0, EXIT_EXITED},
    {EXIT_EXITED, {JOB_PROCESS_LIMIT}, 0, EXIT_EXITED},

    /* Of two limits the one it met last. */
    {EXIT_EXITED, {JOB_MEMORY_LIMIT, JOB_PROCESS_LIMIT}, 1, EXIT_PROCESS_LIMIT},
    {EXIT_EXITED, {JOB_PROCESS_LIMIT, JOB_MEMORY_LIMIT}, 1, EXIT_MEMORY_LIMIT},

    /* Ended on purpose: that is the reason, whatever it had met before. */
    {EXIT_TERMINATED, {0}, 1, EXIT_TERMINATED},
    {EXIT_TERMINATED, {JOB_MEMORY_LIMIT}, 1, EXIT_TERMINATED},
    {EXIT_TIMED_OUT, {JOB_PROCESS_LIMIT}, 124, EXIT_TIMED_OUT},
    {EXIT_TIME_LIMIT, {0}, 124, EXIT_TIME_LIMIT},
    {EXIT_TIME_LIMIT, {JOB_MEMORY_LIMIT}, 0, EXIT_TIME_LIMIT},
    {EXIT_OUTPUT_LIMIT, {JOB_MEMORY_LIMIT}, 1, EXIT_OUTPUT_LIMIT},
    {EXIT_SESSION_CLOSED, {0}, 1, EXIT_SESSION_CLOSED},
};

static void each_end_has_the_reason_that_explains_it(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ending ending = {EXIT_EXITED};

        for (size_t event = 0; event < MOST_MESSAGES && rows[i].events[event]; event++) {
            const struct job_message message = {7, rows[i].events[event], 4711};

            ending_take(&ending, &message);
        }
        CU_ASSERT_EQUAL(ending_reason(&ending, rows[i].asked, rows[i].exit_code), rows[i].reason);
    }
}

const struct harness_suite ending_suite = {
    "ending",
    (const struct harness_test[]){
        {"each end has the reason that explains it", each_end_has_the_reason_that_explains_it},
        {NULL, NULL},
    },
};
