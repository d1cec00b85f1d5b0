/*
 * main.c - what several threads do at once, natively under ThreadSanitizer.
 */
#include "support/harness.h"

#include <time.h>
#include <windows.h>

extern const struct harness_suite crew_suite;
extern const struct harness_suite tree_threads_suite;

unsigned shim_threads_left = 1000000;

/* The simulation's clock stands still while somebody sleeps; these threads wait for one another. */
void threads_sleep_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&time, NULL);
}

int main(int argc, char **argv)
{
    static const struct harness_suite *const suites[] = {&crew_suite, &tree_threads_suite, NULL};

    return harness_main(argc, argv, suites);
}
