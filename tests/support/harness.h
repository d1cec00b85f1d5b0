/*
 * harness.h - a thin layer over CUnit: tables of tests, one line of output per test, skipping by name.
 *
 *     static void journal_drops_torn_tail(void) { CU_ASSERT_EQUAL(...); }
 *
 *     const struct harness_suite journal_suite = {
 *         "journal",
 *         (const struct harness_test[]){
 *             {"a torn tail is cut and what came before it is kept", journal_drops_torn_tail},
 *             {NULL, NULL},
 *         },
 *     };
 *
 * A test's name is a sentence that states what a user can rely on. Checks are CUnit's own CU_ASSERT... macros; its
 * _FATAL forms end the test. Prints, to standard output, exactly one line per test:
 *
 *     PASS journal/a torn tail is cut and what came before it is kept
 *     FAIL journal/...: tests/core/journal.c:31 status == SBX_OK (and 2 more)
 *     SKIP journal/...: reason
 *
 * A test that kills the program has its FAIL line too; the tests after it have none, and the exit code tells.
 */
#ifndef TESTS_SUPPORT_HARNESS_H
#define TESTS_SUPPORT_HARNESS_H

#include <stdio.h>
#include <CUnit/CUnit.h>
#undef snprintf /* CUnit gives every Microsoft C library the _snprintf of the oldest, which ends no full buffer */

struct harness_test {
    const char *name;
    void (*run)(void);
};

/* Both tables end with NULL. */
struct harness_suite {
    const char *name;
    const struct harness_test *tests;
};

/*
 * Runs the tests whose "suite/test name" contains one of the arguments, or all where there is none, and returns the
 * program's exit code: 0 where nothing failed, 1 where something did or no test was run at all.
 */
int harness_main(int argc, char **argv, const struct harness_suite *const *suites);

/* Marks the running test as skipped; HARNESS_SKIP returns from the function that it stands in as well. */
void harness_skip(const char *reason);

/*
 * What the running test counted or measured, for the end of its PASS line: "... (10000 worlds, 4 s)". The last one stays. printf's
 * formats; at most 255 characters.
 */
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 1, 2)))
#elif defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void harness_note(const char *format, ...);

/* The running test's name. */
const char *harness_running(void);

#define HARNESS_SKIP(reason)  \
    do {                      \
        harness_skip(reason); \
        return;               \
    } while (0)

#endif
