/*
 * account_test.c - accounts, groups and rights, under names of this test's own. An administrator's Windows does and
 * keeps all of it; Wine says that it did, and must be found out by reading back.
 */
#include "os/account.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/identity.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define USER     "SbxTest-user"
#define GROUP    "SbxTest-group"
#define COMMENT  "sbxcom: a test's, may be deleted"
#define PASSWORD "N0t-known-to-anybody-else!"
#define USERS    "S-1-5-32-545"

#define SKIP_UNLESS_ELEVATED()                                            \
    do {                                                                  \
        if (!is_elevated())                                               \
            HARNESS_SKIP("only an administrator may change the machine"); \
    } while (0)

#define SKIP_ON_WINE()                                                \
    do {                                                              \
        SKIP_UNLESS_ELEVATED();                                       \
        if (on_wine())                                                \
            HARNESS_SKIP("Wine keeps no accounts, groups or rights"); \
    } while (0)

static bool has(const struct sbx_strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!strcmp(list->items[i], text))
            return true;
    }
    return false;
}

static void take_down(void)
{
    (void)account_delete(USER, NULL);
    (void)group_delete(GROUP, NULL);
}

static void an_account_is_what_was_asked_for(void)
{
    const uint32_t flags = ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD;
    struct account_facts facts = {0};
    struct sbx_strings names = {0};

    SKIP_ON_WINE();
    take_down();
    CU_ASSERT_EQUAL_FATAL(account_create(USER, PASSWORD, COMMENT, flags, NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_create(USER, PASSWORD, COMMENT, flags, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL(group_create(USER, COMMENT, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL_FATAL(account_read(USER, &facts, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(facts.name, USER);
    CU_ASSERT_STRING_EQUAL(facts.comment, COMMENT);
    CU_ASSERT_EQUAL(facts.flags, flags);
    CU_ASSERT(text_matches("S-1-5-21-*", facts.sid));
    account_facts_free(&facts);
    CU_ASSERT_EQUAL(account_list("sbxtest-", &names, NULL), SBX_OK);
    CU_ASSERT(has(&names, USER));
    strings_free(&names);

    CU_ASSERT_EQUAL(account_set_flags(USER, ACCOUNT_DISABLED, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(account_read(USER, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.flags, ACCOUNT_DISABLED);
    account_facts_free(&facts);
    CU_ASSERT_EQUAL(account_set_password(USER, PASSWORD "2", NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_rename(USER, USER "2", NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_read(USER, &facts, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(account_rename(USER "2", USER, NULL), SBX_OK);

    CU_ASSERT_EQUAL(account_delete(USER, NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_delete(USER, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(account_read(USER, &facts, NULL), SBX_E_PATH_NOT_FOUND);
}

static void a_password_that_breaks_the_policy_is_told_apart(void)
{
    struct sbx_error error = {0};
    sbx_status status;

    SKIP_ON_WINE();
    take_down();
    status = account_create(USER, "", COMMENT, 0, &error);
    if (!status) {
        take_down();
        HARNESS_SKIP("this machine's password policy takes an empty password");
    }
    CU_ASSERT_EQUAL(status, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 2245);
}

static void members_come_and_go_by_sid(void)
{
    struct account_facts group = {0};
    struct account_facts user = {0};
    struct sbx_strings members = {0};

    SKIP_ON_WINE();
    take_down();
    CU_ASSERT_EQUAL_FATAL(account_create(USER, PASSWORD, COMMENT, 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(group_create(GROUP, COMMENT, NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_create(GROUP, COMMENT, NULL), SBX_E_STATE);
    CU_ASSERT_EQUAL_FATAL(group_read(GROUP, &group, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(account_read(USER, &user, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(group.comment, COMMENT);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(group_add_member(group.sid, user.sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_members(group.sid, &members, NULL), SBX_OK);
    CU_ASSERT(members.count == 1 && has(&members, user.sid));
    strings_free(&members);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(group_remove_member(group.sid, user.sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_members(group.sid, &members, NULL), SBX_OK);
    CU_ASSERT_EQUAL(members.count, 0);

    CU_ASSERT_EQUAL(group_add_member(USERS, user.sid, NULL), SBX_OK); /* whatever it is called here */
    CU_ASSERT_EQUAL(group_members(USERS, &members, NULL), SBX_OK);
    CU_ASSERT(has(&members, user.sid));
    strings_free(&members);
    CU_ASSERT_EQUAL(group_add_member(group.sid, "S-1-5-21-1-2-3-4", NULL), SBX_E_PATH_NOT_FOUND);
    account_facts_free(&user);
    account_facts_free(&group);
    take_down();
}

static void rights_come_and_go(void)
{
    static const char right[] = "SeDenyBatchLogonRight";
    struct account_facts group = {0};
    struct sbx_strings rights = {0};
    struct sbx_error error = {0};

    SKIP_ON_WINE();
    take_down();
    CU_ASSERT_EQUAL_FATAL(group_create(GROUP, COMMENT, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(group_read(GROUP, &group, NULL), SBX_OK);
    CU_ASSERT_EQUAL(right_list(group.sid, &rights, NULL), SBX_OK);
    CU_ASSERT_EQUAL(rights.count, 0);
    CU_ASSERT_EQUAL(right_remove(group.sid, right, NULL), SBX_OK);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(right_add(group.sid, right, NULL), SBX_OK);
    CU_ASSERT_EQUAL(right_list(group.sid, &rights, NULL), SBX_OK);
    CU_ASSERT(rights.count == 1 && has(&rights, right));
    strings_free(&rights);
    CU_ASSERT_EQUAL(right_add(group.sid, "SeNoSuchRight", &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 1313);
    CU_ASSERT_EQUAL(right_remove(group.sid, right, NULL), SBX_OK);
    CU_ASSERT_EQUAL(right_list(group.sid, &rights, NULL), SBX_OK);
    CU_ASSERT_EQUAL(rights.count, 0);
    account_facts_free(&group);
    take_down();
}

/* The guard: NetUserAdd, NetLocalGroupAdd and their like say 0 there. */
static void wine_is_found_out_by_reading_back(void)
{
    struct account_facts facts = {0};
    struct sbx_strings list = {0};
    char self[SID_TEXT_SIZE];

    if (!on_wine())
        HARNESS_SKIP("this is Windows, which keeps what it accepts");
    CU_ASSERT_EQUAL(identity_user_sid(self, NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_create(USER, PASSWORD, COMMENT, 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(account_read(USER, &facts, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(account_list("SbxTest-", &list, NULL), SBX_OK);
    CU_ASSERT_EQUAL(list.count, 0);
    (void)account_delete(USER, NULL);

    CU_ASSERT_EQUAL(group_create(GROUP, COMMENT, NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_read(GROUP, &facts, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(group_list("SbxTest-", &list, NULL), SBX_OK);
    CU_ASSERT_EQUAL(list.count, 0);
    CU_ASSERT_EQUAL(group_add_member(USERS, self, NULL), SBX_OK);
    CU_ASSERT_EQUAL(group_members(USERS, &list, NULL), SBX_OK);
    CU_ASSERT_EQUAL(list.count, 0);
    CU_ASSERT_EQUAL(group_add_member("S-1-5-21-1-2-3-4", self, NULL), SBX_E_PATH_NOT_FOUND);

    CU_ASSERT_EQUAL(right_add(self, "SeDenyBatchLogonRight", NULL), SBX_OK);
    CU_ASSERT_EQUAL(right_list(self, &list, NULL), SBX_OK);
    CU_ASSERT_EQUAL(list.count, 0);
}

/* The guard: the call itself would end this program there. */
static void calls_that_would_end_the_program_are_not_made(void)
{
    struct sbx_error error = {0};

    if (!on_wine())
        HARNESS_SKIP("this is Windows, which has the calls");
    CU_ASSERT_EQUAL(account_set_password(USER, PASSWORD, &error), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Wine"));
    CU_ASSERT_EQUAL(account_rename(USER, USER "2", NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_EQUAL(account_delete_profile("S-1-5-21-1-2-3-4", NULL), SBX_E_UNSUPPORTED_HOST);
}

static void built_in_groups_are_found_by_sid_alone(void)
{
    struct sbx_strings members = {0};
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(group_members(USERS, &members, NULL), SBX_OK);
    strings_free(&members);
    CU_ASSERT_EQUAL(group_members("S-1-1-0", &members, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(group_members("S-1-5-32-1", &members, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(group_members("Users", &members, &error), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(right_add("Users", "SeBatchLogonRight", NULL), SBX_E_ARGUMENT);
}

static sbx_status attempt_reading(void *context, struct sbx_error *error)
{
    struct account_facts facts = {0};
    struct sbx_strings list = {0};
    struct sbx_error met = {0};
    sbx_status status = account_read("SbxTest-nobody", &facts, &met);

    (void)context;
    if (status == SBX_E_PATH_NOT_FOUND)
        status = group_members(USERS, &list, error);
    else if (error)
        *error = met;
    strings_free(&list);
    if (!status)
        status = account_list("", &list, error);
    strings_free(&list);
    if (!status)
        status = right_list(USERS, &list, error);
    strings_free(&list);
    return status;
}

static void reading_survives_memory_running_out(void)
{
    SKIP_UNLESS_ELEVATED();
    expect_memory_failures(attempt_reading, NULL);
}

const struct harness_suite account_suite = {
    "account",
    (const struct harness_test[]){
        {"an account is what was asked for", an_account_is_what_was_asked_for},
        {"a password that breaks the policy is told apart", a_password_that_breaks_the_policy_is_told_apart},
        {"members come and go by SID", members_come_and_go_by_sid},
        {"rights come and go", rights_come_and_go},
        {"Wine is found out by reading back", wine_is_found_out_by_reading_back},
        {"calls that would end the program are not made", calls_that_would_end_the_program_are_not_made},
        {"built-in groups are found by SID alone", built_in_groups_are_found_by_sid_alone},
        {"reading survives memory running out", reading_survives_memory_running_out},
        {NULL, NULL},
    },
};
