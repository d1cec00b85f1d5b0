/*
 * boundary_test.c - what a workspace may be, and what policy, session and host make of each other.
 */
#include "core/boundary.h"
#include "base/memory.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define USER      "S-1-5-21-1000-2000-3000-1001"
#define WORKSPACE "C:\\src\\App"

static void prepare(void)
{
    sim_reset();
    sim_add_folder(WORKSPACE);
    sim_add_folder("D:\\data");
    sim_add_folder("C:\\Users\\me\\Documents\\work");
    sim_add_folder("C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions");
    sim_add_folder("C:\\Users\\me\\AppData\\Local\\other");
    sim_add_folder("C:\\Users\\Public\\shared");
    sim_add_folder("C:\\ProgramData\\tool\\work");
    sim_add_folder("C:\\Windows.old");
    sim_add_folder("\\\\server\\share\\ws");
    sim_add_file(WORKSPACE "\\readme.txt");
    sim_add_link("C:\\LONGNA~1", WORKSPACE);
    sim_add_link("C:\\to-windows", "C:\\Windows\\System32");
    sim_add_link("C:\\to-server", "\\\\server\\share\\ws");
    sim_add_link("S:", WORKSPACE);
    sim_add_link("N:", "\\\\server\\share\\ws");
}

static void several_spellings_give_one_workspace_and_one_sid(void)
{
    static const char *const spellings[] = {
        WORKSPACE,
        "c:\\SRC\\app",
        "C:\\src\\App\\",
        "C:/src/App",
        "C:\\src\\.\\x\\..\\App",
        "\\\\?\\C:\\src\\App",
        "C:\\LONGNA~1",
        "S:\\",
    };
    char *first = NULL;

    prepare();
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char *path = NULL;
        char *sid = NULL;

        CU_ASSERT_EQUAL_FATAL(boundary_workspace(spellings[i], USER, NULL, &path, &sid, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(path, WORKSPACE);
        if (first)
            CU_ASSERT_STRING_EQUAL(sid, first);
        sbx_free(path);
        if (first)
            sbx_free(sid);
        else
            first = sid;
    }
    sbx_free(first);
}

static void ordinary_folders_are_accepted(void)
{
    static const char *const folders[] = {"D:\\data",
                                          "C:\\src",
                                          "C:\\Users\\me\\Documents",
                                          "C:\\Users\\me\\Documents\\work",
                                          "C:\\Users\\me\\AppData\\Local\\other",
                                          "C:\\Users\\Public\\shared",
                                          "C:\\ProgramData\\tool\\work",
                                          "C:\\Windows.old"};

    prepare();
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char *path = NULL;
        char *sid = NULL;

        if (boundary_workspace(folders[i], USER, NULL, &path, &sid, NULL))
            CU_FAIL(folders[i]);
        CU_ASSERT_STRING_EQUAL(path, folders[i]);
        sbx_free(path);
        sbx_free(sid);
    }
}

static void everything_else_is_refused_with_its_own_reason(void)
{
    static const struct {
        const char *workspace;
        sbx_status status;
        const char *text;
    } cases[] = {
        {"", SBX_E_ARGUMENT, "is empty"},
        {"app", SBX_E_ARGUMENT, "is relative"},
        {".", SBX_E_ARGUMENT, "is relative"},
        {"..\\app", SBX_E_ARGUMENT, "is relative"},
        {"C:app", SBX_E_ARGUMENT, "depends on a current drive or directory"},
        {"C:", SBX_E_ARGUMENT, "depends on a current drive or directory"},
        {"\\src\\app", SBX_E_ARGUMENT, "depends on a current drive or directory"},
        {"\\\\server\\share\\ws", SBX_E_WORKSPACE_REFUSED, "is on the network"},
        {"\\\\?\\UNC\\server\\share\\ws", SBX_E_WORKSPACE_REFUSED, "is on the network"},
        {"//server/share/ws", SBX_E_WORKSPACE_REFUSED, "is on the network"},
        {"N:\\", SBX_E_WORKSPACE_REFUSED, "is on the network"},
        {"C:\\to-server", SBX_E_WORKSPACE_REFUSED, "leads to another computer"},
        {"\\\\.\\C:\\src\\App", SBX_E_WORKSPACE_REFUSED, "names a device"},
        {"\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1\\src", SBX_E_WORKSPACE_REFUSED, "names a device"},
        {"\\\\?\\Volume{b75e2c83-0000-0000-0000-602f00000000}\\", SBX_E_WORKSPACE_REFUSED, "names a device"},
        {"\\??\\C:\\src", SBX_E_WORKSPACE_REFUSED, "names a device"},
        {"C:\\src\\App.", SBX_E_ARGUMENT, "ends with a dot or a blank"},
        {"\\\\?\\C:\\src\\App ", SBX_E_ARGUMENT, "ends with a dot or a blank"},
        {"C:\\src\\App:stream", SBX_E_ARGUMENT, "a stream"},
        {"C:\\src\\*", SBX_E_ARGUMENT, "no Windows path has"},
        {"C:\\src\\nothere", SBX_E_PATH_NOT_FOUND, "does not exist"},
        {"Q:\\", SBX_E_PATH_NOT_FOUND, "does not exist"},
        {WORKSPACE "\\readme.txt", SBX_E_WORKSPACE_REFUSED, "is a file"},
        {"C:\\", SBX_E_WORKSPACE_REFUSED, "is the root of a volume"},
        {"D:\\", SBX_E_WORKSPACE_REFUSED, "is the root of a volume"},
        {"D:\\data\\..", SBX_E_WORKSPACE_REFUSED, "is the root of a volume"},
        {"C:\\Windows", SBX_E_WORKSPACE_REFUSED, "is the Windows folder"},
        {"c:\\windows\\system32", SBX_E_WORKSPACE_REFUSED, "lies in the Windows folder"},
        {"C:\\to-windows", SBX_E_WORKSPACE_REFUSED, "the Windows folder"},
        {"C:\\Program Files", SBX_E_WORKSPACE_REFUSED, "installed programs"},
        {"C:\\Program Files (x86)", SBX_E_WORKSPACE_REFUSED, "installed programs"},
        {"C:\\ProgramData", SBX_E_WORKSPACE_REFUSED, "all programs' data"},
        {"C:\\Users", SBX_E_WORKSPACE_REFUSED, "holds your profile folder"},
        {"C:\\Users\\me", SBX_E_WORKSPACE_REFUSED, "is your profile folder"},
        {"C:\\Users\\Public", SBX_E_WORKSPACE_REFUSED, "the profile folder of a user"},
        {"C:\\Users\\me\\AppData", SBX_E_WORKSPACE_REFUSED, "local application data"},
        {"C:\\Users\\me\\AppData\\Local", SBX_E_WORKSPACE_REFUSED, "local application data"},
        {"C:\\Users\\me\\AppData\\Local\\sbxcom", SBX_E_WORKSPACE_REFUSED, "its own state"},
        {"C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions", SBX_E_WORKSPACE_REFUSED, "its own state"},
    };

    prepare();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbx_error error = {0};
        char *path = NULL;
        char *sid = NULL;

        if (boundary_workspace(cases[i].workspace, USER, NULL, &path, &sid, &error) != cases[i].status)
            CU_FAIL(cases[i].workspace);
        CU_ASSERT_STRING_EQUAL(strstr(error.text, cases[i].text) ? "" : error.text, "");
        CU_ASSERT(path == NULL && sid == NULL);
    }
}

/*
 * A refused network path was not asked for: no server gets the user's credentials because of a typing error.
 */
static void refusals_by_the_text_ask_the_host_nothing(void)
{
    static const char *const texts[] = {
        "", "app", "C:app", "\\src", "\\\\server\\share", "\\\\?\\UNC\\server\\share", "\\\\.\\pipe\\x"};

    prepare();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *path, *sid;

        sim_fail_call(0);
        CU_ASSERT_NOT_EQUAL(boundary_workspace(texts[i], USER, NULL, &path, &sid, NULL), SBX_OK);
        CU_ASSERT_EQUAL(sim_call_count(), 0);
    }
}

/* The texts have nothing in common; only the host knows that they are one folder. */
static void folder_under_another_name_is_told_by_its_id(void)
{
    struct sbx_error error = {0};
    char *path = NULL;
    char *sid = NULL;

    prepare();
    sim_add_folder("E:\\mounted\\System32");
    sim_set_folder_id("C:\\Windows", "00000000000000aa", "000000000000000000000000000000bb");
    sim_set_folder_id("E:\\mounted", "00000000000000aa", "000000000000000000000000000000bb");
    CU_ASSERT_EQUAL(boundary_workspace("E:\\mounted", USER, NULL, &path, &sid, &error),
                    SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT(strstr(error.text, "the Windows folder") != NULL);
    CU_ASSERT_EQUAL(boundary_workspace("E:\\mounted\\System32", USER, NULL, &path, &sid, NULL),
                    SBX_E_WORKSPACE_REFUSED);

    /* One id on two volumes is two folders. */
    sim_set_folder_id("E:\\mounted", "00000000000000cc", "000000000000000000000000000000bb");
    CU_ASSERT_EQUAL(boundary_workspace("E:\\mounted", USER, NULL, &path, &sid, NULL), SBX_OK);
    sbx_free(path);
    sbx_free(sid);
}

/* A file system without ids: what is left is the names. */
static void folder_without_an_id_is_told_by_its_path(void)
{
    struct sbx_error error = {0};
    char *path = NULL;
    char *sid = NULL;

    prepare();
    sim_set_folder_id("C:\\Windows", "", "");
    sim_set_folder_id("C:\\Users\\me", "", "");
    CU_ASSERT_EQUAL(boundary_workspace("C:\\Windows\\System32", USER, NULL, &path, &sid, &error),
                    SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT(strstr(error.text, "the Windows folder") != NULL);
    CU_ASSERT_EQUAL(boundary_workspace("C:\\Users\\me", USER, NULL, &path, &sid, NULL),
                    SBX_E_WORKSPACE_REFUSED);
}

static void capability_sid_is_of_user_volume_and_folder(void)
{
    static const char *const parts[][3] = {
        {USER, "v", "f"},  {USER "1", "v", "f"}, {USER, "v2", "f"},
        {USER, "v", "f2"}, {USER, "vf", ""},     {USER, "", "vf"},
    };
    char *sids[6];

    for (size_t i = 0; i < 6; i++) {
        unsigned long numbers[5];

        CU_ASSERT_EQUAL_FATAL(boundary_capability_sid(parts[i][0], parts[i][1], parts[i][2], &sids[i], NULL),
                              SBX_OK);
        CU_ASSERT_EQUAL(sscanf(sids[i], "S-1-9-%lu-%lu-%lu-%lu-%lu", &numbers[0], &numbers[1], &numbers[2],
                               &numbers[3], &numbers[4]),
                        5);
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(sids[i], sids[k]);
    }
    /* Entries of earlier versions name it: it never changes. */
    CU_ASSERT_STRING_EQUAL(sids[0], "S-1-9-1396856881-3180324388-3252063785-852887908-2514563016");
    for (size_t i = 0; i < 6; i++)
        sbx_free(sids[i]);
}

/* Resolving. */

static char *caller_entries[] = {"PATH=C:\\Windows\\System32", "SystemRoot=C:\\Windows", "SECRET_TOKEN=1",
                                 "TEMP=C:\\Users\\me\\T"};
static const struct sbx_strings caller = {caller_entries, 4};

static struct boundary_input input_of(const struct sbx_policy *policy)
{
    return (struct boundary_input){.policy = policy,
                                   .workspace = WORKSPACE,
                                   .session_folder = "C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions\\1",
                                   .user_sid = USER,
                                   .caller_environment = &caller};
}

static void strict_default_resolves_to_a_write_restricted_boundary(void)
{
    struct sbx_policy policy;
    struct boundary_input input;
    struct boundary boundary;

    prepare();
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    input = input_of(&policy);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(boundary.level, SBX_LEVEL_RESTRICTED);
    CU_ASSERT_EQUAL(boundary.token, SBX_TOKEN_WRITE_RESTRICTED);
    CU_ASSERT_STRING_EQUAL(boundary.workspace, WORKSPACE);
    CU_ASSERT_STRING_EQUAL(boundary.temp, "C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions\\1\\temp");
    CU_ASSERT_STRING_EQUAL(environment_get(&boundary.environment, "TEMP"), boundary.temp);
    CU_ASSERT_STRING_EQUAL(environment_get(&boundary.environment, "PATH"), "C:\\Windows\\System32");
    CU_ASSERT_PTR_NULL(environment_get(&boundary.environment, "SECRET_TOKEN"));

    CU_ASSERT(boundary.recipe.write_restricted && !boundary.recipe.logon_deny_only);
    CU_ASSERT_EQUAL_FATAL(boundary.recipe.restricting_sids.count, 2);
    CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[0], boundary.capability_sid);
    CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[1], "S-1-1-0");
    CU_ASSERT_EQUAL(boundary.recipe.deny_only_sids.count, 0);
    CU_ASSERT_EQUAL_FATAL(boundary.recipe.default_dacl_sids.count, 1);
    CU_ASSERT_STRING_EQUAL(boundary.recipe.default_dacl_sids.items[0], boundary.capability_sid);

    CU_ASSERT_EQUAL(boundary.memory_size, 4096ull << 20);
    CU_ASSERT_EQUAL(boundary.process_count, 128);
    CU_ASSERT_EQUAL(boundary.cpu_percent, 100);
    CU_ASSERT_EQUAL(boundary.seconds, 600);
    CU_ASSERT_EQUAL(boundary.output_size, 64ull << 20);
    CU_ASSERT(memcmp(boundary.required, policy.require, sizeof boundary.required) == 0);
    boundary_free(&boundary);
    policy_free(&policy);
}

static void fully_restricted_policy_gets_its_recipe(void)
{
    static const char *const sids[] = {"S-1-5-32-545", "S-1-1-0", "S-1-5-12"};
    struct sbx_policy policy;
    struct boundary_input input;
    struct boundary boundary;

    prepare();
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    policy.token = SBX_TOKEN_FULLY_RESTRICTED;
    input = input_of(&policy);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(boundary.token, SBX_TOKEN_FULLY_RESTRICTED);
    CU_ASSERT(!boundary.recipe.write_restricted);
    CU_ASSERT_EQUAL_FATAL(boundary.recipe.restricting_sids.count, 4);
    CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[0], boundary.capability_sid);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[i + 1], sids[i]);
    boundary_free(&boundary);
    policy_free(&policy);
}

static void levels_agree_or_are_refused(void)
{
    static const struct {
        enum sbx_level session, policy;
        sbx_status status;
    } cases[] = {
        {SBX_LEVEL_AUTO, SBX_LEVEL_AUTO, SBX_OK},
        {SBX_LEVEL_RESTRICTED, SBX_LEVEL_AUTO, SBX_OK},
        {SBX_LEVEL_AUTO, SBX_LEVEL_RESTRICTED, SBX_OK},
        {SBX_LEVEL_RESTRICTED, SBX_LEVEL_RESTRICTED, SBX_OK},
        {SBX_LEVEL_ELEVATED, SBX_LEVEL_AUTO, SBX_E_NOT_PROVISIONED},
        {SBX_LEVEL_AUTO, SBX_LEVEL_ELEVATED, SBX_E_NOT_PROVISIONED},
        {SBX_LEVEL_ELEVATED, SBX_LEVEL_ELEVATED, SBX_E_NOT_PROVISIONED},
        {SBX_LEVEL_ELEVATED, SBX_LEVEL_RESTRICTED, SBX_E_POLICY_CONFLICT},
        {SBX_LEVEL_RESTRICTED, SBX_LEVEL_ELEVATED, SBX_E_POLICY_CONFLICT},
    };
    struct sbx_policy policy;

    prepare();
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct boundary_input input = input_of(&policy);
        struct boundary boundary;
        sbx_status status;

        input.level = cases[i].session;
        policy.level = cases[i].policy;
        status = boundary_resolve(&input, &boundary, NULL);
        CU_ASSERT_EQUAL(status, cases[i].status);
        if (!status) {
            CU_ASSERT_EQUAL(boundary.level, SBX_LEVEL_RESTRICTED);
            boundary_free(&boundary);
        }
    }
    policy_free(&policy);
}

/* What the policy asks for and this version cannot give is refused here, whoever forgot to ask before. */
static void values_that_are_not_built_are_refused(void)
{
    struct sbx_policy policy;
    struct boundary_input input;
    struct boundary boundary;

    prepare();
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    policy.network.mode = SBX_NETWORK_GRANTS;
    input = input_of(&policy);
    CU_ASSERT_EQUAL(boundary_resolve(&input, &boundary, NULL), SBX_E_NOT_BUILT);
    policy.network.mode = SBX_NETWORK_NONE;
    input.session_folder = "sessions\\1";
    CU_ASSERT_EQUAL(boundary_resolve(&input, &boundary, NULL), SBX_E_ARGUMENT);
    policy_free(&policy);
}

/* What only the other level has is refused by its pointer at this one, and resolves where there is an account. */
static void values_of_the_elevated_level_are_refused_at_the_restricted_one(void)
{
    static const struct {
        const char *pointer;
        enum sbx_token token;
        enum sbx_network mode;
        enum sbx_localhost localhost;
    } cases[] = {
        {"/token: ", SBX_TOKEN_FILTERED, SBX_NETWORK_NONE, SBX_LOCALHOST_NONE},
        {"/network/mode: ", SBX_TOKEN_AUTO, SBX_NETWORK_ANY, SBX_LOCALHOST_NONE},
        {"/network/localhost: ", SBX_TOKEN_AUTO, SBX_NETWORK_NONE, SBX_LOCALHOST_EPHEMERAL},
    };
    struct sbx_policy policy;

    prepare();
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct boundary_input input = input_of(&policy);
        struct sbx_error error = {0};
        struct boundary boundary;

        policy.token = cases[i].token;
        policy.network.mode = cases[i].mode;
        policy.network.localhost = cases[i].localhost;
        CU_ASSERT_EQUAL(policy_check_built(&policy, NULL), SBX_OK);
        CU_ASSERT_EQUAL(boundary_resolve(&input, &boundary, &error), SBX_E_POLICY_CONFLICT);
        CU_ASSERT_EQUAL(strncmp(error.text, cases[i].pointer, strlen(cases[i].pointer)), 0);
        input.account_sid = "S-1-5-21-1000-2000-3000-1042";
        input.account_group_sid = "S-1-5-21-1000-2000-3000-1043";
        CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
        CU_ASSERT_EQUAL(boundary.level, SBX_LEVEL_ELEVATED);
        boundary_free(&boundary);
    }
    policy_free(&policy);
}

/*
 * Each failing system call and each failing allocation: an error, the boundary untouched, no judgement
 * skipped.
 */
static void any_failure_gives_no_boundary(void)
{
    struct sbx_policy policy;
    struct boundary_input input;
    sbx_status status;
    size_t survived = 0;
    size_t calls;
    struct boundary whole;

    prepare();
    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    strings_free(&policy.files.read); /* toolchains that cannot be seen are left out */
    input = input_of(&policy);
    input.unbuilt_too = true;
    sim_fail_call(0);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &whole, NULL), SBX_OK);
    boundary_free(&whole);
    calls = sim_call_count();
    for (size_t nth = 1; nth <= calls; nth++) {
        struct boundary boundary = {.seconds = 77};

        sim_fail_call(nth);
        status = boundary_resolve(&input, &boundary, NULL);
        if (status) {
            CU_ASSERT(status == SBX_E_SYSTEM && boundary.seconds == 77 && boundary.workspace == NULL);
        } else {
            boundary_free(&boundary);
        }
        survived += status == SBX_OK;
    }
    sim_fail_call(0);

    /*
     * Survived are looks at folders above the workspace (2, once more as a root of the policy) and above the guarded ones
     * (15), and nothing else.
     */
    CU_ASSERT_EQUAL(survived, 2 + 2 + 15);

    status = SBX_E_MEMORY;
    for (size_t nth = 1; status; nth++) {
        struct boundary boundary = {.seconds = 77};

        sim_fail_allocation(nth);
        status = boundary_resolve(&input, &boundary, NULL);
        sim_fail_allocation(0);
        if (status) {
            CU_ASSERT(status == SBX_E_MEMORY && boundary.seconds == 77 && boundary.workspace == NULL);
        } else {
            boundary_free(&boundary);
        }
    }
    policy_free(&policy);
}

/* A folder above that cannot be examined costs one of two comparisons; the refusals by name stand. */
static void refusals_stand_where_folders_above_cannot_be_seen(void)
{
    static const char *const refused[] = {"C:\\Windows\\System32", "C:\\Users", "C:\\Program Files"};

    prepare();
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char *path = NULL;
        char *sid = NULL;
        size_t calls;

        sim_fail_call(0);
        CU_ASSERT_EQUAL(boundary_workspace(refused[i], USER, NULL, &path, &sid, NULL),
                        SBX_E_WORKSPACE_REFUSED);
        calls = sim_call_count();
        for (size_t nth = 1; nth <= calls; nth++) {
            sim_fail_call(nth);
            CU_ASSERT_NOT_EQUAL(boundary_workspace(refused[i], USER, NULL, &path, &sid, NULL), SBX_OK);
        }
        CU_ASSERT(path == NULL && sid == NULL);
    }
    sim_reset();
}

const struct harness_suite boundary_suite = {
    "boundary",
    (const struct harness_test[]){
        {"several spellings give one workspace and one SID",
         several_spellings_give_one_workspace_and_one_sid},
        {"ordinary folders are accepted", ordinary_folders_are_accepted},
        {"everything else is refused with its own reason", everything_else_is_refused_with_its_own_reason},
        {"refusals by the text ask the host nothing", refusals_by_the_text_ask_the_host_nothing},
        {"a folder under another name is told by its id", folder_under_another_name_is_told_by_its_id},
        {"a folder without an id is told by its path", folder_without_an_id_is_told_by_its_path},
        {"the capability SID is of user, volume and folder", capability_sid_is_of_user_volume_and_folder},
        {"the strict default resolves to a write-restricted boundary",
         strict_default_resolves_to_a_write_restricted_boundary},
        {"a fully restricted policy gets its recipe", fully_restricted_policy_gets_its_recipe},
        {"levels agree or are refused", levels_agree_or_are_refused},
        {"values that are not built are refused", values_that_are_not_built_are_refused},
        {"values of the elevated level are refused at the restricted one",
         values_of_the_elevated_level_are_refused_at_the_restricted_one},
        {"any failure gives no boundary", any_failure_gives_no_boundary},
        {"refusals stand where folders above cannot be seen",
         refusals_stand_where_folders_above_cannot_be_seen},
        {NULL, NULL},
    },
};
