/*
 * private_folder_test.c - the session's temporary folder: its list byte for byte, and what it lets tokens do.
 */
#include "core/private_folder.h"
#include "core/descriptor.h"
#include "core/explain.h"
#include "core/memory_failing.h"
#include "core/sddl.h"
#include "sim/acts.h"
#include "sim/logon.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define FOLDER  "C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions\\1\\0123abcd\\temp"
#define SANDBOX "S-1-9-1-2-3-4-5"
#define ANOTHER "S-1-9-1-2-3-4-6"

/* As a new folder in a profile is, and with a stranger who may read there. */
#define INHERITED                                                                                          \
    "O:" SIM_USER "G:" SIM_NO_GROUP "D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;FA;;;" SIM_USER ")" \
    "(A;OICIID;FR;;;BU)"

static void make_folder(void)
{
    sim_reset();
    sim_add_folder(FOLDER);
    sim_set_descriptor(FOLDER, INHERITED);
}

static void expect_list(const char *path, const char *expected)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct descriptor descriptor;
    size_t size;
    const void *bytes = sim_descriptor(path, &size);

    CU_ASSERT_EQUAL_FATAL(descriptor_parse(bytes, size, &descriptor, NULL), SBX_OK);
    CU_ASSERT_EQUAL(sddl_write(&descriptor, &text, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(buffer_text(&text), expected);
    if (strcmp(buffer_text(&text), expected))
        printf("    %s\n", buffer_text(&text));
    descriptor_free(&descriptor);
    buffer_free(&text);
}

static void nobody_but_sandbox_user_and_system_is_let_in(void)
{
    make_folder();
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, SANDBOX, NULL, NULL), SBX_OK);
    expect_list(FOLDER, "O:" SIM_USER "G:" SIM_NO_GROUP "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;" SIM_USER
                        ")(A;;0x1201bf;;;" SANDBOX ")(A;OICIIO;0x1301bf;;;" SANDBOX ")");

    make_folder();
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, NULL, NULL, NULL), SBX_OK);
    expect_list(FOLDER, "O:" SIM_USER "G:" SIM_NO_GROUP "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;" SIM_USER ")");

    /* The elevated level: one entry is enough for the account, with restricting SIDs either check needs its own. */
    make_folder();
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, SANDBOX, SANDBOX, NULL), SBX_OK);
    expect_list(FOLDER, "O:" SIM_USER "G:" SIM_NO_GROUP "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;" SIM_USER
                        ")(A;;0x1201bf;;;" SANDBOX ")(A;OICIIO;0x1301bf;;;" SANDBOX ")");
    make_folder();
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, SANDBOX, ANOTHER, NULL), SBX_OK);
    expect_list(FOLDER, "O:" SIM_USER "G:" SIM_NO_GROUP "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;" SIM_USER
                        ")(A;;0x1201bf;;;" SANDBOX ")(A;OICIIO;0x1301bf;;;" SANDBOX ")(A;;0x1201bf;;;" ANOTHER
                        ")(A;OICIIO;0x1301bf;;;" ANOTHER ")");
}

/* The user's token as the write-restricted recipe leaves it. */
static void make_token(const char *capability, struct explain_token *token)
{
    char *restricting[] = {"S-1-1-0", (char *)capability}, *groups[] = {"S-1-1-0", "S-1-5-32-545"};
    struct token_facts facts = {.user_sid = SIM_USER,
                                .restricting_sids = {restricting, 2},
                                .enabled_groups = {groups, 2},
                                .restricted = true,
                                .write_restricted = true,
                                .integrity = TOKEN_INTEGRITY_MEDIUM};

    CU_ASSERT_EQUAL_FATAL(explain_token_make(&facts, token, NULL), SBX_OK);
}

static void commands_of_the_session_work_in_it_and_no_others(void)
{
    struct explain_token own, other;

    make_folder();
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, SANDBOX, NULL, NULL), SBX_OK);
    make_token(SANDBOX, &own);
    make_token(ANOTHER, &other);

    CU_ASSERT_EQUAL(sim_do(&own.token, FOLDER "\\made", SIM_ACT_CREATE_FILE, "x"), 0);
    CU_ASSERT_EQUAL(sim_do(&own.token, FOLDER "\\sub", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do(&own.token, FOLDER "\\sub\\deep", SIM_ACT_CREATE_FILE, "x"), 0);
    CU_ASSERT_EQUAL(sim_do(&own.token, FOLDER "\\made", SIM_ACT_WRITE, "y"), 0);
    CU_ASSERT_EQUAL(sim_may(&own.token, FOLDER "\\made", SIM_ACT_SET_DACL), 5);
    CU_ASSERT_EQUAL(sim_may(&own.token, FOLDER "\\made", SIM_ACT_TAKE_OWNERSHIP), 5);
    CU_ASSERT_EQUAL(sim_may(&own.token, FOLDER, SIM_ACT_SET_DACL), 5);

    CU_ASSERT_EQUAL(sim_may(&other.token, FOLDER "\\made", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(sim_may(&other.token, FOLDER "\\new", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(sim_may(&other.token, FOLDER "\\sub\\new", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_OTHER_ORDINARY_USER), FOLDER "\\made", SIM_ACT_READ), 5);
    CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_OTHER_ORDINARY_USER), FOLDER, SIM_ACT_READ), 5);

    CU_ASSERT_EQUAL(sim_do(&own.token, FOLDER "\\sub\\deep", SIM_ACT_DELETE, NULL), 0);
    CU_ASSERT_EQUAL(sim_do(&own.token, FOLDER "\\sub", SIM_ACT_DELETE, NULL), 0);
    explain_token_free(&own);
    explain_token_free(&other);
}

static void what_is_no_folder_is_left_alone(void)
{
    struct sbx_error error = {0};

    sim_reset();
    sim_add_file(FOLDER);
    sim_set_descriptor(FOLDER, INHERITED);
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, SANDBOX, NULL, &error), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, FOLDER));
    expect_list(FOLDER, INHERITED);
    CU_ASSERT_EQUAL(private_folder_close(FOLDER "2", SIM_USER, SANDBOX, NULL, NULL), SBX_E_PATH_NOT_FOUND);
    make_folder();
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, "me", SANDBOX, NULL, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, "it", NULL, NULL), SBX_E_ARGUMENT);
    sim_host.drops_acl_entries = true;
    CU_ASSERT_EQUAL(private_folder_close(FOLDER, SIM_USER, SANDBOX, NULL, NULL), SBX_E_NOT_ENFORCED);
}

static sbx_status make_and_close(void *context)
{
    (void)context;
    make_folder();
    return private_folder_close(FOLDER, SIM_USER, SANDBOX, NULL, NULL);
}

static void no_failure_is_taken_for_success(void)
{
    size_t n;

    for (n = 1;; n++) {
        sbx_status status;

        make_folder();
        sim_fail_call(n);
        status = private_folder_close(FOLDER, SIM_USER, SANDBOX, NULL, NULL);
        if (sim_call_count() < n)
            break;
        CU_ASSERT_NOT_EQUAL(status, SBX_OK);
    }
    sim_fail_call(0);
    CU_ASSERT(n > 4);
    with_memory_failing(make_and_close, NULL);
}

const struct harness_suite private_folder_suite = {
    "private_folder",
    (const struct harness_test[]){
        {"nobody but sandbox, user and SYSTEM is let in", nobody_but_sandbox_user_and_system_is_let_in},
        {"commands of the session work in it, and no others",
         commands_of_the_session_work_in_it_and_no_others},
        {"what is no folder is left alone", what_is_no_folder_is_left_alone},
        {"no failure is taken for success", no_failure_is_taken_for_success},
        {NULL, NULL},
    },
};
