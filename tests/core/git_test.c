/*
 * git_test.c - git takes the workspace, which belongs to the user, from a command that runs as another: what the environment says, and
 * that a real git listens to it.
 */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L
#endif
#include "core/boundary.h"
#include "memory_failing.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

static void expect(const struct environment *environment, const char *name, const char *value)
{
    const char *found = environment_get(environment, name);

    CU_ASSERT_STRING_EQUAL(found ? found : "(not there)", value);
}

static void folders_are_added_behind_what_is_there(void)
{
    struct environment environment = {{NULL, 0}};

    CU_ASSERT_EQUAL(environment_trust_git(&environment, "C:\\src\\app", NULL), SBX_OK);
    expect(&environment, "GIT_CONFIG_COUNT", "2");
    expect(&environment, "GIT_CONFIG_KEY_0", "safe.directory");
    expect(&environment, "GIT_CONFIG_VALUE_0", "C:/src/app");
    expect(&environment, "GIT_CONFIG_VALUE_1", "C:/src/app/*");
    CU_ASSERT_EQUAL(environment_trust_git(&environment, "D:\\cache", NULL), SBX_OK);
    expect(&environment, "GIT_CONFIG_COUNT", "4");
    expect(&environment, "GIT_CONFIG_VALUE_2", "D:/cache");
    environment_free(&environment);

    CU_ASSERT_EQUAL(environment_set(&environment, "GIT_CONFIG_COUNT", "1", NULL), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "GIT_CONFIG_KEY_0", "core.abbrev", NULL), SBX_OK);
    CU_ASSERT_EQUAL(environment_trust_git(&environment, "C:\\a", NULL), SBX_OK);
    expect(&environment, "GIT_CONFIG_KEY_0", "core.abbrev");
    expect(&environment, "GIT_CONFIG_KEY_1", "safe.directory");
    expect(&environment, "GIT_CONFIG_COUNT", "3");
    environment_free(&environment);

    CU_ASSERT_EQUAL(environment_set(&environment, "GIT_CONFIG_COUNT", "-1", NULL), SBX_OK);
    CU_ASSERT_EQUAL(environment_trust_git(&environment, "C:\\a", NULL), SBX_OK);
    CU_ASSERT_EQUAL(environment.entries.count, 1); /* git says itself what is wrong with that */
    environment_free(&environment);
}

static sbx_status trust(void *context)
{
    struct environment environment = {{NULL, 0}};
    sbx_status status = environment_trust_git(&environment, "C:\\src\\app", NULL);

    (void)context;
    environment_free(&environment);
    return status;
}

static void every_lack_of_memory_is_survived(void)
{
    with_memory_failing(trust, NULL);
}

static void commands_under_an_account_have_it_and_others_not(void)
{
    static char *caller_entries[] = {"PATH=C:\\Windows\\System32"};
    static const struct sbx_strings caller = {caller_entries, 1};
    struct sbx_policy policy;
    struct boundary_input input = {.policy = &policy,
                                   .workspace = "C:\\src\\app",
                                   .session_folder = "C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions\\1",
                                   .user_sid = SIM_USER,
                                   .caller_environment = &caller};
    struct boundary boundary;

    sim_reset();
    sim_add_folder("C:\\src\\app");
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(environment_get(&boundary.environment, "GIT_CONFIG_COUNT"));
    boundary_free(&boundary);

    input.account_sid = "S-1-5-21-1000-2000-3000-1042";
    input.account_group_sid = "S-1-5-21-1000-2000-3000-1043";
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    expect(&boundary.environment, "GIT_CONFIG_COUNT",
           "2"); /* the workspace; what is in temp is the account's own */
    expect(&boundary.environment, "GIT_CONFIG_VALUE_0", "C:/src/app");
    boundary_free(&boundary);
    policy_free(&policy);
}

#ifndef _WIN32

/* The exit code of git in `folder`, which belongs to somebody else as far as git is told. */
static int git_status(const char *folder, const struct environment *environment)
{
    struct sbx_buffer line = SBX_BUFFER_EMPTY;
    int code;

    buffer_append_text(&line, "env -i PATH=\"$PATH\" HOME=/nowhere GIT_TEST_ASSUME_DIFFERENT_OWNER=1");
    for (size_t i = 0; i < environment->entries.count; i++)
        buffer_append_format(&line, " '%s'", environment->entries.items[i]);
    buffer_append_format(&line, " git -C '%s' status > /dev/null 2>&1", folder);
    CU_ASSERT_FATAL(!buffer_failed(&line));
    code = system(buffer_text(&line));
    buffer_free(&line);
    return code;
}

static void real_git_listens_to_it(void)
{
    struct environment environment = {{NULL, 0}};
    char folder[] = "/tmp/sbxgitXXXXXX";
    struct sbx_buffer line = SBX_BUFFER_EMPTY;

    if (system("git version 2> /dev/null | awk '{split($3, v, \".\"); exit !(v[1] > 2 || (v[1] == 2 && v[2] "
               ">= 38))}'")) {
        harness_skip("there is no git of 2.38 or later");
        return;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    buffer_append_format(&line, "git -C '%s' init -q > /dev/null 2>&1", folder);
    CU_ASSERT_EQUAL(system(buffer_text(&line)), 0);
    CU_ASSERT_NOT_EQUAL(git_status(folder, &environment), 0); /* the control: dubious ownership */
    CU_ASSERT_EQUAL(environment_trust_git(&environment, "/tmp/another", NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(git_status(folder, &environment), 0);
    CU_ASSERT_EQUAL(environment_trust_git(&environment, folder, NULL), SBX_OK);
    CU_ASSERT_EQUAL(git_status(folder, &environment), 0);
    environment_free(&environment);
    buffer_free(&line);
    buffer_append_format(&line, "rm -rf '%s'", folder);
    CU_ASSERT_EQUAL(system(buffer_text(&line)), 0);
    buffer_free(&line);
}

#else

static void real_git_listens_to_it(void)
{
    harness_skip("it is asked where there is a shell");
}

#endif

const struct harness_suite git_suite = {
    "git",
    (const struct harness_test[]){
        {"folders are added behind what is there", folders_are_added_behind_what_is_there},
        {"every lack of memory is survived", every_lack_of_memory_is_survived},
        {"commands under an account have it, and others not",
         commands_under_an_account_have_it_and_others_not},
        {"a real git listens to it", real_git_listens_to_it},
        {NULL, NULL},
    },
};
