/*
 * main.c - the COM tests that C alone can do: what scripts cannot see, or would have to provoke.
 */
#include "sbxcom/com.h"
#include "support/harness.h"

extern const struct harness_suite allow_guards_suite;
extern const struct harness_suite allow_session_suite;
extern const struct harness_suite allow_suite;
extern const struct harness_suite arguments_suite;
extern const struct harness_suite collection_suite;
extern const struct harness_suite dispatch_suite;
extern const struct harness_suite engine_suite;
extern const struct harness_suite feed_suite;
extern const struct harness_suite grants_suite;
extern const struct harness_suite object_suite;
extern const struct harness_suite plan_object_suite;
extern const struct harness_suite registration_suite;
extern const struct harness_suite stream_suite;
extern const struct harness_suite tree_walk_suite;
extern const struct harness_suite toolchains_suite;
extern const struct harness_suite typeinfo_suite;
extern const struct harness_suite wait_suite;

static const struct harness_suite *const suites[] = {
    &arguments_suite, &collection_suite,    &dispatch_suite,
    &object_suite,    &plan_object_suite,   &registration_suite,
    &typeinfo_suite,  &wait_suite,          &stream_suite,
    &feed_suite,      &engine_suite,        &grants_suite,
    &allow_suite,     &allow_session_suite, &allow_guards_suite,
    &tree_walk_suite, &toolchains_suite,    NULL,
};

int main(int argc, char **argv)
{
    int exit_code;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    exit_code = harness_main(argc, argv, suites);
    CoUninitialize();
    return exit_code;
}
