#include "support/harness.h"

#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *running_suite;
static const char *running_test;
static const char *skip_reason;
static char note[256];
static unsigned run_count;
static unsigned fail_count;

void harness_skip(const char *reason)
{
    skip_reason = reason;
}

void harness_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(note, sizeof note, format, arguments);
    va_end(arguments);
}

const char *harness_running(void)
{
    return running_test;
}

static void print_end(const char *verdict)
{
    printf("%s %s/%s", verdict, running_suite, running_test);
}

static void test_starts(const CU_pTest test, const CU_pSuite suite)
{
    running_suite = suite->pName;
    running_test = test->pName;
    skip_reason = NULL;
    note[0] = '\0';
}

/* `failure` is the list of this test's failed assertions. A failure counts even where the test then skipped. */
static void test_ends(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
    const struct CU_FailureRecord *other;
    unsigned more = 0;

    (void)test;
    (void)suite;
    run_count++;
    if (failure) {
        fail_count++;
        for (other = failure->pNext; other; other = other->pNext)
            more++;
        print_end("FAIL");
        printf(": %s:%u %s", failure->strFileName, failure->uiLineNumber, failure->strCondition);
        if (more)
            printf(" (and %u more)", more);
    } else if (skip_reason) {
        print_end("SKIP");
        printf(": %s", skip_reason);
    } else {
        print_end("PASS");
        if (note[0])
            printf(" (%s)", note);
    }
    printf("\n");
    fflush(stdout);
    running_test = NULL;
}

static void report_death(void)
{
    if (!running_test)
        return;
    print_end("FAIL");
    printf(": the program died in this test\n");
    fflush(stdout);
    running_test = NULL;
}

/* Not safe in every state a program can crash in, but the process is lost anyway and the line helps. */
static void died(int number)
{
    report_death();
    signal(number, SIG_DFL);
    raise(number);
}

/*
 * The sanitizers end the process by themselves, the address sanitizer after its callback (a symbol that is there only
 * where it is linked), the other one after its hook: natively every report of it is the end.
 */
#if defined(__GNUC__) && !defined(_WIN32)
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
void __ubsan_on_report(void);

void __ubsan_on_report(void)
{
    report_death();
}
#endif

static void watch_for_death(void)
{
    signal(SIGABRT, died);
#if defined(__GNUC__) && !defined(_WIN32)
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(report_death);
        return;
    }
#endif
    signal(SIGSEGV, died);
    signal(SIGILL, died);
    signal(SIGFPE, died);
}

static int wanted(const char *suite, const char *test, int argc, char **argv)
{
    char name[512];
    int i;

    if (argc < 2)
        return 1;
    snprintf(name, sizeof name, "%s/%s", suite, test);
    for (i = 1; i < argc; i++)
        if (strstr(name, argv[i]))
            return 1;
    return 0;
}

static int add_suite(const struct harness_suite *suite, int argc, char **argv)
{
    const struct harness_test *test;
    CU_pSuite added = NULL;

    for (test = suite->tests; test->name; test++) {
        if (!wanted(suite->name, test->name, argc, argv))
            continue;
        if (!added)
            added = CU_add_suite(suite->name, NULL, NULL);
        /* CUnit takes a second test of the same name with a warning only; here it is a mistake in the table. */
        if (!added || !CU_add_test(added, test->name, test->run) || CU_get_error() != CUE_SUCCESS) {
            printf("FAIL %s/%s: %s\n", suite->name, test->name, CU_get_error_msg());
            return 0;
        }
    }
    return 1;
}

int harness_main(int argc, char **argv, const struct harness_suite *const *suites)
{
    int result = EXIT_FAILURE;

    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    for (; *suites; suites++)
        if (!add_suite(*suites, argc, argv))
            goto clean_up;

    CU_set_test_start_handler(test_starts);
    CU_set_test_complete_handler(test_ends);
    watch_for_death();
    CU_run_all_tests();
    if (!run_count)
        fprintf(stderr, "no test of that name\n");
    else if (!fail_count)
        result = EXIT_SUCCESS;

clean_up:
    CU_cleanup_registry();
    return result;
}
