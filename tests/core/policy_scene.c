/*
 * policy_scene.c - shared by the tests of what is put on the host and taken away again.
 */
#include "core/policy_scene.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

void policy_scene(const char *policy_text, const char *workspace, const char *session_folder,
                  struct boundary *boundary)
{
    char *entries[] = {"PATH=C:\\Windows"};
    const struct sbx_strings environment = {entries, 1};
    struct boundary_input input = {.workspace = workspace,
                                   .session_folder = session_folder,
                                   .user_sid = SIM_USER,
                                   .caller_environment = &environment};
    struct sbx_policy policy = {0};
    struct sbx_error error = {0};

    boundary_free(boundary);
    CU_ASSERT_EQUAL_FATAL(policy_parse(policy_text, strlen(policy_text), &policy, &error), SBX_OK);
    input.policy = &policy;
    CU_ASSERT_EQUAL(boundary_resolve(&input, boundary, &error), SBX_OK);
    if (error.code)
        printf("    %s\n", error.text);
    policy_free(&policy);
}

const char *host_difference(const struct sim_snapshot *expected, const char *without)
{
    struct sim_snapshot *now = sim_snapshot(without);
    const char *difference = sim_snapshot_difference(expected, now);

    sim_snapshot_free(now);
    return difference;
}

void expect_host(const struct sim_snapshot *expected, const char *without)
{
    const char *difference = host_difference(expected, without);

    if (difference)
        printf("    %s\n", difference);
    CU_ASSERT_PTR_NULL(difference);
}
