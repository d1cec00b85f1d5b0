/*
 * main.c - the tests of src/os, against the host they run on. Started with a verb it is its own child.
 */
#include "os/child.h"
#include "support/harness.h"

extern const struct harness_suite native_suite;
extern const struct harness_suite handle_suite;
extern const struct harness_suite pipe_suite;
extern const struct harness_suite loop_suite;
extern const struct harness_suite process_suite;
extern const struct harness_suite watch_suite;
extern const struct harness_suite lock_suite;
extern const struct harness_suite job_suite;
extern const struct harness_suite token_suite;
extern const struct harness_suite filesystem_suite;
extern const struct harness_suite host_suite;
extern const struct harness_suite codepage_suite;
extern const struct harness_suite acl_rename_suite;
extern const struct harness_suite acl_suite;
extern const struct harness_suite attempt_suite;
extern const struct harness_suite filesystem_drive_suite;
extern const struct harness_suite crew_native_suite;
extern const struct harness_suite crew_suite;
extern const struct harness_suite filesystem_walk_suite;
extern const struct harness_suite folder_watch_suite;
extern const struct harness_suite inspect_suite;
extern const struct harness_suite log_suite;
extern const struct harness_suite registry_suite;
extern const struct harness_suite account_suite;
extern const struct harness_suite firewall_suite;
extern const struct harness_suite identity_suite;
extern const struct harness_suite machine_lock_suite;
extern const struct harness_suite logon_suite;
extern const struct harness_suite walk_plainly_suite;
extern const struct harness_suite credential_suite;

static const struct harness_suite *const suites[] = {
    &native_suite,
    &handle_suite,
    &pipe_suite,
    &loop_suite,
    &process_suite,
    &watch_suite,
    &lock_suite,
    &job_suite,
    &token_suite,
    &host_suite,
    &filesystem_suite,
    &codepage_suite,
    &acl_suite,
    &inspect_suite,
    &log_suite,
    &registry_suite,
    &acl_rename_suite,
    &account_suite,
    &firewall_suite,
    &credential_suite,
    &attempt_suite,
    &folder_watch_suite,
    &identity_suite,
    &machine_lock_suite,
    &logon_suite,
    &filesystem_drive_suite,
    &filesystem_walk_suite,
    &walk_plainly_suite,
    &crew_suite,
    &crew_native_suite,
    NULL,
};

int main(int argc, char **argv)
{
    int exit_code;

    if (child_main(argc, argv, &exit_code))
        return exit_code;
    exit_code = harness_main(argc, argv, suites);
    scratch_end();
    return exit_code;
}
