/*
 * logon_test.c - starting under an account of this test's own, and every refusal with its meaning.
 */
#include "base/memory.h"
#include "os/account.h"
#include "os/child.h"
#include "os/identity.h"
#include "os/filesystem.h"
#include "os/job.h"
#include "os/logon_error.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define USER     "SbxTest-logon"
#define COMMENT  "sbxcom: a test's, may be deleted"
#define PASSWORD "N0t-known-to-anybody-else!"

static char system_folder[512];
static char image[600];

static struct process_start a_start(void)
{
    struct process_start start = {0};
    char *found;

    CU_ASSERT_EQUAL_FATAL(folder_path(FOLDER_SYSTEM, &found, NULL), SBX_OK);
    snprintf(system_folder, sizeof system_folder, "%s", found);
    snprintf(image, sizeof image, "%s\\cmd.exe", found);
    sbx_free(found);
    start.image = image;
    start.command_line = "cmd.exe /c exit 42";
    start.directory = system_folder;
    return start;
}

static bool can_log_on(void)
{
    enum secondary_logon state;

    return is_elevated() && !on_wine() && !identity_secondary_logon(&state, NULL) &&
           state != SECONDARY_LOGON_MISSING && state != SECONDARY_LOGON_DISABLED;
}

#define SKIP_WITHOUT_LOGON()                                                               \
    do {                                                                                   \
        if (!can_log_on())                                                                 \
            HARNESS_SKIP("needs an administrator on Windows with the secondary logon on"); \
    } while (0)

static void make_user(struct account_facts *facts)
{
    (void)account_delete(USER, NULL);
    CU_ASSERT_EQUAL_FATAL(account_create(USER, PASSWORD, COMMENT, ACCOUNT_PASSWORD_NEVER_EXPIRES, NULL),
                          SBX_OK);
    CU_ASSERT_EQUAL_FATAL(account_read(USER, facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_add_member("S-1-5-32-545", facts->sid, NULL), SBX_OK);
}

static void take_down(struct account_facts *facts)
{
    CU_ASSERT_EQUAL(account_delete(USER, NULL), SBX_OK);
    (void)account_delete_profile(facts->sid, NULL);
    account_facts_free(facts);
}

static void a_program_runs_as_the_account_suspended_and_in_its_job(void)
{
    struct process_start start = a_start();
    struct account_facts facts = {0};
    struct token_facts token;
    struct process process = {0};
    uint32_t code = 0;
    bool inside = false;
    struct job_limits limits = {0};
    struct job_limits kept;

    SKIP_WITHOUT_LOGON();
    make_user(&facts);
    CU_ASSERT_EQUAL_FATAL(job_create(&limits, &start.job, &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(process_start_as(&start, USER, PASSWORD, &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(process.handle, 300, NULL), SBX_E_TIMEOUT);
    CU_ASSERT_EQUAL(job_contains(start.job, process.handle, &inside, NULL), SBX_OK);
    CU_ASSERT(inside);
    CU_ASSERT_EQUAL_FATAL(token_measure_process(process.handle, &token, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(token.user_sid, facts.sid);
    CU_ASSERT_FALSE(token.administrator);
    token_facts_free(&token);
    CU_ASSERT_EQUAL(process_resume(&process, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_wait(process.handle, 30000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_exit_code(process.handle, &code, NULL), SBX_OK);
    CU_ASSERT_EQUAL(code, 42);
    process_free(&process);
    handle_close(start.job);
    take_down(&facts);
}

static void refusals_say_what_they_mean(void)
{
    struct process_start start = a_start();
    struct account_facts facts = {0};
    struct process process = {0};
    struct sbx_error error = {0};

    SKIP_WITHOUT_LOGON();
    make_user(&facts);
    CU_ASSERT_EQUAL(process_start_as(&start, USER, "wrong", &process, &error), SBX_E_LOGON_DENIED);
    CU_ASSERT_EQUAL(error.system, 1326);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "password"));
    memset(&error, 0, sizeof error);
    CU_ASSERT_EQUAL(account_set_flags(USER, ACCOUNT_DISABLED, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_start_as(&start, USER, PASSWORD, &process, &error), SBX_E_LOGON_DENIED);
    CU_ASSERT_EQUAL(error.system, 1331);
    memset(&error, 0, sizeof error);
    CU_ASSERT_EQUAL(account_set_flags(USER, 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(right_add(facts.sid, "SeDenyInteractiveLogonRight", NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_start_as(&start, USER, PASSWORD, &process, &error), SBX_E_LOGON_DENIED);
    CU_ASSERT_EQUAL(error.system, 1385);
    CU_ASSERT_EQUAL(right_remove(facts.sid, "SeDenyInteractiveLogonRight", NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(process.handle);
    take_down(&facts);
}

static void a_host_without_a_secondary_logon_says_so(void)
{
    struct process_start start = a_start();
    struct process process = {0};
    struct sbx_error error = {0};
    uint32_t handles = open_handles();

    if (!on_wine())
        HARNESS_SKIP("this is Windows, which has one");
    CU_ASSERT_EQUAL(process_start_as(&start, USER, PASSWORD, &process, &error), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "secondary logon"));
    CU_ASSERT_PTR_NULL(process.handle);
    CU_ASSERT_EQUAL(open_handles(), handles);
}

static void what_the_call_cannot_take_is_refused_before_it(void)
{
    struct process_start start = a_start();
    struct process process = {0};
    struct sbx_error error = {0};
    char line[PROCESS_AS_MOST_UNITS + 2];

    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    start.command_line = line;
    CU_ASSERT_EQUAL(process_start_as(&start, USER, PASSWORD, &process, &error), SBX_E_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "1023"));
    start = a_start();
    start.token = &process;
    CU_ASSERT_EQUAL(process_start_as(&start, USER, PASSWORD, &process, NULL), SBX_E_ARGUMENT);
    start.token = NULL;
    start.directory = "relative";
    CU_ASSERT_EQUAL(process_start_as(&start, USER, PASSWORD, &process, NULL), SBX_E_ARGUMENT);
}

static void every_refusal_has_a_meaning_and_a_fix(void)
{
    static const uint32_t numbers[] = {1326, 1327, 1331, 1385, 1907, 1909, 1058};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct logon_error *found = logon_error_find(numbers[i]);

        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_EQUAL(found->system, numbers[i]);
        CU_ASSERT(strlen(found->meaning) > 8 && found->meaning[strlen(found->meaning) - 1] != '.');
        CU_ASSERT(strlen(found->fix) > 15);
    }
    CU_ASSERT_PTR_NULL(logon_error_find(5));
    CU_ASSERT_PTR_NULL(logon_error_find(0));
}

const struct harness_suite logon_suite = {
    "logon",
    (const struct harness_test[]){
        {"a program runs as the account, suspended and in its job",
         a_program_runs_as_the_account_suspended_and_in_its_job},
        {"refusals say what they mean", refusals_say_what_they_mean},
        {"a host without a secondary logon says so", a_host_without_a_secondary_logon_says_so},
        {"what the call cannot take is refused before it", what_the_call_cannot_take_is_refused_before_it},
        {"every refusal has a meaning and a fix", every_refusal_has_a_meaning_and_a_fix},
        {NULL, NULL},
    },
};
