/*
 * environment_test.c - what somebody with secrets in their environment can rely on: a command sees what was
 * named, and nothing else.
 */
#include "core/environment.h"

#include "base/memory.h"
#include "memory_failing.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRINGS(...)                                                              \
    (struct sbx_strings)                                                          \
    {                                                                             \
        (char *[]){__VA_ARGS__}, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *) \
    }

/* The environment that a policy makes of `caller`; the policy's text may be "{}". */
static struct environment build(const char *policy_text, const struct sbx_strings *caller, const char *temp)
{
    struct environment environment = {{NULL, 0}};
    struct sbx_policy policy;
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL_FATAL(policy_parse(policy_text, strlen(policy_text), &policy, &error), SBX_OK);
    CU_ASSERT_EQUAL(environment_build(&policy, caller, temp, &environment, &error), SBX_OK);
    policy_free(&policy);
    return environment;
}

static bool mentions(const struct environment *environment, const char *text)
{
    for (size_t i = 0; i < environment->entries.count; i++) {
        if (strstr(environment->entries.items[i], text))
            return true;
    }
    return false;
}

static void expect(const struct environment *environment, const char *name, const char *value)
{
    const char *found = environment_get(environment, name);

    if (!found || strcmp(found, value) != 0)
        printf("    %s is %s, expected %s\n", name, found ? found : "not there", value);
    CU_ASSERT(found && strcmp(found, value) == 0);
}

static struct sbx_strings usual_caller(void)
{
    static char *entries[] = {
        "=C:=C:\\Users\\me",
        "=ExitCode=00000000",
        "ALLUSERSPROFILE=C:\\ProgramData",
        "APPDATA=C:\\Users\\me\\AppData\\Roaming",
        "AWS_SECRET_ACCESS_KEY=CANARY-aws",
        "ComSpec=C:\\Windows\\System32\\cmd.exe",
        "GITHUB_TOKEN=CANARY-github",
        "HTTP_PROXY=http://me:CANARY-proxy@proxy:3128",
        "MY_API_KEY=CANARY-api",
        "NO_PROXY=*",
        "OPENAI_API_KEY=CANARY-openai",
        "Path=C:\\Windows\\System32;C:\\Windows",
        "ProgramFiles(x86)=C:\\Program Files (x86)",
        "SystemRoot=C:\\Windows",
        "TEMP=C:\\Users\\me\\AppData\\Local\\Temp",
        "UNHEARD_OF=CANARY-unheard",
    };

    return (struct sbx_strings){entries, sizeof entries / sizeof entries[0]};
}

static void secrets_never_reach_a_command(void)
{
    struct sbx_strings caller = usual_caller();
    struct environment environment = build("{}", &caller, NULL);

    CU_ASSERT(!mentions(&environment, "CANARY"));
    CU_ASSERT_PTR_NULL(environment_get(&environment, "GITHUB_TOKEN"));
    expect(&environment, "SYSTEMROOT", "C:\\Windows");
    expect(&environment, "PATH", "C:\\Windows\\System32;C:\\Windows");
    expect(&environment, "ProgramFiles(x86)", "C:\\Program Files (x86)");
    environment_free(&environment);
}

/* Even where a policy lets everything in; only what is no secret by its name gets through then. */
static void the_default_deny_list_holds_for_a_wide_inherit(void)
{
    static const char *const secrets[] = {
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "NPM_TOKEN",
        "CI_JOB_TOKEN",
        "npm_config_//packages.example.com/:_authToken",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AZURE_CLIENT_SECRET",
        "ARM_CLIENT_SECRET",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "MY_API_KEY",
        "APIKEY",
        "STRIPE_SECRET_KEY",
        "JWT_SECRET_V2",
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "GPG_PASSPHRASE",
        "SONAR_PAT",
        "DATABASE_URL",
        "SENTRY_DSN",
        "AzureStorage_CONNECTION_STRING",
        "SSH_AUTH_SOCK",
        "GIT_ASKPASS",
        "VSCODE_GIT_IPC_HANDLE",
        "VAULT_ADDR",
        "github_token",
        "Kubeconfig",
        "TWINE_PASSWORD",
        "SSH_PRIVATE_KEY",
        "NODE_AUTH_TOKEN",
        "DOCKER_AUTH_CONFIG",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "MONGODB_URI",
    };

    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        struct environment environment;
        char entry[128];

        snprintf(entry, sizeof entry, "%s=CANARY", secrets[i]);
        environment =
            build("{\"environment\": {\"inherit\": [\"*\"]}}", &STRINGS(entry, "HARMLESS=yes"), NULL);
        if (mentions(&environment, "CANARY"))
            printf("    %s got through\n", secrets[i]);
        CU_ASSERT(!mentions(&environment, "CANARY"));
        expect(&environment, "HARMLESS", "yes");
        environment_free(&environment);
    }
}

static void the_default_lists_do_not_contradict(void)
{
    for (size_t i = 0; i < environment_default_inherit_count; i++) {
        for (size_t j = 0; j < environment_default_deny_count; j++)
            CU_ASSERT(!text_matches(environment_default_deny[j], environment_default_inherit[i]));
        for (size_t j = 0; j < i; j++)
            CU_ASSERT(
                !text_equal_ascii_nocase(environment_default_inherit[i], environment_default_inherit[j]));
    }
}

static void deny_beats_inherit_and_never_set(void)
{
    struct environment environment =
        build("{\"environment\": {\"inherit\": [\"A_KEY\", \"B*\"], \"deny\": [\"*_key\", \"?2\"],"
              " \"set\": {\"A_KEY\": \"written\", \"C2\": \"\"}}}",
              &STRINGS("A_KEY=CANARY", "B1=one", "B2=CANARY", "b_Key=CANARY"), NULL);

    CU_ASSERT(!mentions(&environment, "CANARY"));
    expect(&environment, "A_KEY", "written");
    expect(&environment, "B1", "one");
    expect(&environment, "C2", "");
    environment_free(&environment);
}

static void names_are_one_in_any_case(void)
{
    struct environment environment =
        build("{\"environment\": {\"inherit\": [\"path\", \"x\"], \"set\": {\"X\": \"set\"}}}",
              &STRINGS("Path=first", "PATH=second", "x=caller"), NULL);
    size_t count = 0;

    expect(&environment, "pAtH", "first");
    expect(&environment, "x", "set");
    for (size_t i = 0; i < environment.entries.count; i++)
        count += environment.entries.items[i][0] == 'x' || environment.entries.items[i][0] == 'X';
    CU_ASSERT_EQUAL(count, 1);
    environment_free(&environment);
}

static void hidden_and_malformed_entries_are_dropped(void)
{
    struct environment environment =
        build("{\"environment\": {\"inherit\": [\"*\"], \"deny\": []}}",
              &STRINGS("=C:=C:\\x", "=::=::\\", "no equals sign", "", "OK=a=b", "EMPTY="), NULL);

    for (size_t i = 0; i < environment.entries.count; i++)
        CU_ASSERT(environment.entries.items[i][0] != '=' && strchr(environment.entries.items[i], '='));
    CU_ASSERT(!mentions(&environment, "no equals"));
    expect(&environment, "OK", "a=b");
    expect(&environment, "EMPTY", "");
    CU_ASSERT_PTR_NULL(environment_get(&environment, "=C:"));
    CU_ASSERT_PTR_NULL(environment_get(&environment, ""));
    CU_ASSERT_PTR_NULL(environment_get(&environment, "OK=a"));
    environment_free(&environment);
}

static void temporary_files_go_to_the_sessions_folder(void)
{
    struct sbx_strings caller = usual_caller();
    struct environment environment = build("{}", &caller, "C:\\s\\temp");

    expect(&environment, "TEMP", "C:\\s\\temp");
    expect(&environment, "TMP", "C:\\s\\temp");
    environment_free(&environment);
    environment = build("{}", &caller, NULL);
    expect(&environment, "TEMP", "C:\\Users\\me\\AppData\\Local\\Temp");
    environment_free(&environment);
    environment = build("{\"environment\": {\"set\": {\"temp\": \"D:\\\\t\"}}}", &caller, "C:\\s\\temp");
    expect(&environment, "TEMP", "D:\\t");
    expect(&environment, "TMP", "C:\\s\\temp");
    environment_free(&environment);
}

static void without_network_programs_are_told_so(void)
{
    static const char *const names[] = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"};
    struct sbx_strings caller = usual_caller();
    struct environment environment =
        build("{\"environment\": {\"inherit\": [\"*\"], \"set\": {\"GOPROXY\": \"direct\"}}}", &caller, NULL);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect(&environment, names[i], "http://127.0.0.1:9");
    expect(&environment, "NO_PROXY", ""); /* the caller's * would lead past the dead proxy */
    expect(&environment, "PIP_NO_INDEX", "1");
    expect(&environment, "NPM_CONFIG_OFFLINE", "true");
    expect(&environment, "CARGO_NET_OFFLINE", "true");
    expect(&environment, "GIT_ALLOW_PROTOCOL", "file");
    expect(&environment, "GOPROXY", "direct"); /* somebody wrote it */
    environment_free(&environment);

    environment = build("{\"network\": {\"localhost\": \"ephemeral\"}}", &caller, NULL);
    expect(&environment, "NO_PROXY", "localhost,127.0.0.1,::1");
    environment_free(&environment);

    environment = build("{\"network\": {\"mode\": \"any\"}}", &caller, NULL);
    CU_ASSERT_PTR_NULL(environment_get(&environment, "HTTP_PROXY"));
    CU_ASSERT_PTR_NULL(environment_get(&environment, "PIP_NO_INDEX"));
    environment_free(&environment);
}

static void variables_are_set_replaced_and_removed(void)
{
    struct environment environment = {{NULL, 0}};
    struct environment copy;
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(environment_set(&environment, "A", "1", &error), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "B", "2", &error), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "AB", "3", &error), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "a", "4", &error), SBX_OK);
    CU_ASSERT_EQUAL(environment.entries.count, 3);
    CU_ASSERT_STRING_EQUAL(environment.entries.items[0], "a=4"); /* in the first one's place */
    CU_ASSERT_EQUAL_FATAL(environment_copy(&environment, &copy), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "b", NULL, &error), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "nobody", NULL, &error), SBX_OK);
    CU_ASSERT_PTR_NULL(environment_get(&environment, "B"));
    expect(&environment, "AB", "3");
    expect(&copy, "B", "2");
    CU_ASSERT_EQUAL(error.code, SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "", "x", &error), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(environment_set(&environment, "=C:", "x", NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(environment_set(&environment, "A=B", NULL, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(environment_set(&environment, "a", NULL, NULL), SBX_OK);
    CU_ASSERT_EQUAL(environment_set(&environment, "ab", NULL, NULL), SBX_OK);
    CU_ASSERT(environment.entries.count == 0 && !environment.entries.items);
    environment_free(&copy);
    environment_free(&environment);
}

/* A model by two lists: after any sequence of sets and removals both say the same. */
static void any_sequence_of_changes_agrees_with_a_model(void)
{
    static const char *const names[] = {"A", "a", "B", "AB", "aB", "Path", "PATH", "ab="};
    struct environment environment = {{NULL, 0}};
    int model[5] = {-1, -1, -1, -1, -1}; /* of A, B, AB, PATH, "ab=" by number */
    static const int slot[] = {0, 0, 1, 2, 2, 3, 3, 4};
    uint32_t seed = 7;

    for (int round = 0; round < 5000; round++) {
        size_t which = sim_pseudo_random(&seed) % 8;
        bool removes = sim_pseudo_random(&seed) % 3 == 0;
        char value[16];
        sbx_status status;

        snprintf(value, sizeof value, "%d", round);
        status = environment_set(&environment, names[which], removes ? NULL : value, NULL);
        CU_ASSERT_EQUAL(status, slot[which] == 4 ? SBX_E_ARGUMENT : SBX_OK);
        if (!status)
            model[slot[which]] = removes ? -1 : round;
        for (size_t i = 0; i < 8; i++) {
            const char *found = environment_get(&environment, names[i]);

            CU_ASSERT_EQUAL(found ? atoi(found) : -1, model[slot[i]]);
        }
    }
    environment_free(&environment);
}

static sbx_status build_and_set(void *context)
{
    struct sbx_strings caller = usual_caller();
    struct environment environment = {{NULL, 0}};
    sbx_status status = environment_build(context, &caller, "C:\\t", &environment, NULL);

    if (status) {
        CU_ASSERT(!environment.entries.items);
        return status;
    }
    for (int i = 0; i < 2 && !status; i++) {
        size_t before = environment.entries.count;

        status = environment_set(&environment, i ? "new" : "SystemRoot", "x", NULL);
        if (status) {
            CU_ASSERT_EQUAL(environment.entries.count, before);
            CU_ASSERT(i || strcmp(environment_get(&environment, "SystemRoot"), "C:\\Windows") == 0);
        }
    }
    environment_free(&environment);
    return status;
}

static void memory_running_out_makes_no_environment(void)
{
    static const char text[] = "{\"environment\": {\"set\": {\"CI\": \"1\"}}}";
    struct sbx_policy policy;

    CU_ASSERT_EQUAL_FATAL(policy_parse(text, strlen(text), &policy, NULL), SBX_OK);
    with_memory_failing(build_and_set, &policy);
    policy_free(&policy);
}

const struct harness_suite environment_suite = {
    "environment",
    (const struct harness_test[]){
        {"the caller's secrets never reach a command", secrets_never_reach_a_command},
        {"the default deny list holds for a wide inherit", the_default_deny_list_holds_for_a_wide_inherit},
        {"the default lists do not contradict each other", the_default_lists_do_not_contradict},
        {"deny beats inherit and never set", deny_beats_inherit_and_never_set},
        {"names are one in any case", names_are_one_in_any_case},
        {"hidden and malformed entries are dropped", hidden_and_malformed_entries_are_dropped},
        {"temporary files go to the session's folder", temporary_files_go_to_the_sessions_folder},
        {"without a network programs are told so", without_network_programs_are_told_so},
        {"variables are set, replaced and removed", variables_are_set_replaced_and_removed},
        {"any sequence of changes agrees with a model", any_sequence_of_changes_agrees_with_a_model},
        {"memory running out makes no environment", memory_running_out_makes_no_environment},
        {NULL, NULL},
    },
};
