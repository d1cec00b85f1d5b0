/*
 * token_test.c - what a command may no longer do, and that the measure tells what the host really made of the recipe.
 */
#include "os/token.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/identity.h"
#include "os/native.h"
#include "os/security.h"
#include "support/harness.h"

#include <sddl.h>
#include <stdio.h>
#include <string.h>

static char capability[] = "S-1-9-1396865091-1-2-3-4";
static char everyone[] = "S-1-1-0";

static struct sbx_strings one(char **text)
{
    struct sbx_strings strings = {text, 1};

    return strings;
}

static bool has(const struct sbx_strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++) {
        if (!strcmp(strings->items[i], text))
            return true;
    }
    return false;
}

static void make(const struct token_recipe *recipe, sbx_handle *token, struct token_facts *facts)
{
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL_FATAL(token_make(recipe, token, &error), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(token_measure(*token, facts, &error), SBX_OK);
}

static const struct token_recipe plain_recipe;

static void no_administrator_is_left(void)
{
    sbx_handle token;
    struct token_facts facts;

    make(&plain_recipe, &token, &facts);
    CU_ASSERT_FALSE(facts.administrator);
    for (size_t i = 0; i < facts.enabled_groups.count; i++) {
        CU_ASSERT_FALSE(text_matches("S-1-5-32-544", facts.enabled_groups.items[i]));
        CU_ASSERT_FALSE(text_matches("S-1-5-21-*-512", facts.enabled_groups.items[i]));
    }
    token_facts_free(&facts);
    CU_ASSERT_PTR_NULL(facts.user_sid);
    handle_close(token);
}

static void measure_sees_the_administrator_that_the_caller_is(void)
{
    struct token_facts facts;
    BOOL member = FALSE;
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;

    CU_ASSERT(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size));
    CU_ASSERT(CheckTokenMembership(NULL, sid, &member));
    CU_ASSERT_EQUAL_FATAL(token_measure_process(NULL, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.administrator, member != FALSE);
    CU_ASSERT_EQUAL(has(&facts.enabled_groups, "S-1-5-32-544"), member != FALSE);
    token_facts_free(&facts);
}

static void only_traverse_is_left_of_the_privileges(void)
{
    sbx_handle token;
    struct token_facts facts;
    struct token_facts own;

    make(&plain_recipe, &token, &facts);
    CU_ASSERT_EQUAL(facts.privileges.count, 1);
    CU_ASSERT(has(&facts.privileges, "SeChangeNotifyPrivilege"));
    CU_ASSERT_EQUAL_FATAL(token_measure_process(NULL, &own, NULL), SBX_OK);
    CU_ASSERT(own.privileges.count > 1); /* there was something to delete */
    token_facts_free(&own);
    token_facts_free(&facts);
    handle_close(token);
}

static void token_without_any_privilege_is_measured_as_that(void)
{
    HANDLE own;
    HANDLE bare;
    TOKEN_PRIVILEGES *all;
    struct token_facts facts = {0};

    CU_ASSERT_FATAL(OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY, &own));
    CU_ASSERT_EQUAL_FATAL(security_token_query(own, TokenPrivileges, (void **)&all, NULL), SBX_OK);
    CU_ASSERT_FATAL(
        CreateRestrictedToken(own, 0, 0, NULL, all->PrivilegeCount, all->Privileges, 0, NULL, &bare));
    CU_ASSERT_EQUAL(token_measure(bare, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.privileges.count, 0);
    token_facts_free(&facts);
    CloseHandle(bare);
    CloseHandle(own);
    sbx_free(all);
}

static void user_stays_the_same(void)
{
    sbx_handle token;
    struct token_facts facts;
    char sid[SID_TEXT_SIZE];

    make(&plain_recipe, &token, &facts);
    CU_ASSERT_EQUAL(identity_user_sid(sid, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(facts.user_sid, sid);
    token_facts_free(&facts);
    handle_close(token);
}

/*
 * The guard: the measure is of the token and not of the recipe. A host keeps all restricting SIDs, as Windows does, or it
 * keeps none and says so, as Wine 8.0: CreateRestrictedToken returns TRUE on both.
 */
static void restricting_sids_are_all_there_or_reported_as_none(void)
{
    char *sids[] = {capability, everyone};
    struct token_recipe recipe = {0};
    struct sbx_strings list = {sids, 2};
    sbx_handle token;
    struct token_facts facts;

    recipe.restricting_sids = list;
    make(&recipe, &token, &facts);
    if (on_wine()) {
        CU_ASSERT_EQUAL(facts.restricting_sids.count, 0);
        CU_ASSERT_FALSE(facts.restricted);
    } else {
        CU_ASSERT_EQUAL(facts.restricting_sids.count, 2);
        CU_ASSERT(has(&facts.restricting_sids, capability));
        CU_ASSERT(has(&facts.restricting_sids, everyone));
        CU_ASSERT(facts.restricted);
    }
    CU_ASSERT_FALSE(facts.write_restricted);
    token_facts_free(&facts);
    handle_close(token);
}

static void write_restriction_is_reported_only_where_it_is_kept(void)
{
    char *text = capability;
    struct token_recipe recipe = {0};
    sbx_handle token;
    struct token_facts facts;

    recipe.write_restricted = true;
    recipe.restricting_sids = one(&text);
    make(&recipe, &token, &facts);
    CU_ASSERT_EQUAL(facts.write_restricted, !on_wine());
    CU_ASSERT_EQUAL(facts.restricting_sids.count, on_wine() ? 0 : 1);
    token_facts_free(&facts);
    handle_close(token);
}

static void bad_recipes_are_refused(void)
{
    char no_sid[] = "BA";
    char half[] = "S-1-";
    char *texts[] = {no_sid, half};
    struct token_recipe recipe = {0};
    sbx_handle token = &recipe;
    struct sbx_error error = {0};

    recipe.write_restricted = true;
    CU_ASSERT_EQUAL(token_make(&recipe, &token, &error), SBX_E_ARGUMENT);
    recipe.write_restricted = false;

    for (size_t i = 0; i < 2; i++) {
        const struct token_recipe empty = {0};

        recipe = empty;
        recipe.restricting_sids = one(&texts[i]);
        CU_ASSERT_EQUAL(token_make(&recipe, &token, NULL), SBX_E_ARGUMENT);
        recipe = empty;
        recipe.deny_only_sids = one(&texts[i]);
        CU_ASSERT_EQUAL(token_make(&recipe, &token, NULL), SBX_E_ARGUMENT);
        recipe = empty;
        recipe.default_dacl_sids = one(&texts[i]);
        CU_ASSERT_EQUAL(token_make(&recipe, &token, NULL), SBX_E_ARGUMENT);
    }
    CU_ASSERT_PTR_EQUAL(token, &recipe);
}

static void named_groups_grant_nothing_more(void)
{
    char users[] = "S-1-5-32-545";
    char *text = users;
    struct token_recipe recipe = {0};
    sbx_handle token;
    struct token_facts facts;
    struct token_facts before;

    make(&plain_recipe, &token, &before);
    handle_close(token);
    CU_ASSERT(has(&before.enabled_groups, users));
    recipe.deny_only_sids = one(&text);
    make(&recipe, &token, &facts);
    CU_ASSERT_FALSE(has(&facts.enabled_groups, users));
    CU_ASSERT_EQUAL(facts.enabled_groups.count, before.enabled_groups.count - 1);
    token_facts_free(&before);
    token_facts_free(&facts);
    handle_close(token);
}

static void logon_session_and_interactive_grant_nothing_more_where_the_recipe_says_so(void)
{
    struct token_recipe recipe = {0};
    sbx_handle token;
    struct token_facts facts;
    struct token_facts before;
    size_t logon = 0;

    make(&plain_recipe, &token, &before);
    handle_close(token);
    recipe.logon_deny_only = true;
    make(&recipe, &token, &facts);
    for (size_t i = 0; i < before.enabled_groups.count; i++) {
        const char *group = before.enabled_groups.items[i];
        bool is_logon = text_matches("S-1-5-5-*", group) || text_matches("S-1-5-4", group);

        logon += is_logon;
        CU_ASSERT_EQUAL(has(&facts.enabled_groups, group), !is_logon);
    }
    CU_ASSERT(logon > 0); /* there was something to disable */
    token_facts_free(&before);
    token_facts_free(&facts);
    handle_close(token);
}

static void default_dacl_admits_user_system_and_the_recipes_sids(void)
{
    char *text = capability;
    struct token_recipe recipe = {0};
    sbx_handle token;
    TOKEN_DEFAULT_DACL *found;
    char sid[SID_TEXT_SIZE];
    const char *wanted[3] = {sid, "S-1-5-18", capability};

    recipe.default_dacl_sids = one(&text);
    CU_ASSERT_EQUAL(identity_user_sid(sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &token, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(security_token_query(token, TokenDefaultDacl, (void **)&found, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found->DefaultDacl);
    CU_ASSERT_EQUAL_FATAL(found->DefaultDacl->AceCount, 3);
    for (DWORD i = 0; i < 3; i++) {
        ACCESS_ALLOWED_ACE *entry;
        char *who = NULL;

        CU_ASSERT(GetAce(found->DefaultDacl, i, (void **)&entry));
        CU_ASSERT_EQUAL(entry->Mask, GENERIC_ALL);
        CU_ASSERT_EQUAL(security_sid_text(&entry->SidStart, &who, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(who, wanted[i]);
        sbx_free(who);
    }
    sbx_free(found);
    handle_close(token);
}

static void integrity_is_medium_at_most_where_the_host_keeps_it(void)
{
    sbx_handle token;
    struct token_facts facts;
    bool wine = on_wine();

    make(&plain_recipe, &token, &facts);
    if (!wine)
        CU_ASSERT(facts.integrity && facts.integrity <= TOKEN_INTEGRITY_MEDIUM);
    token_facts_free(&facts);
    handle_close(token);
    if (wine)
        HARNESS_SKIP("Wine accepts a lower label and keeps its own");
}

static void same_facts(const struct token_facts *a, const struct token_facts *b)
{
    CU_ASSERT_STRING_EQUAL(a->user_sid, b->user_sid);
    CU_ASSERT_EQUAL(a->restricting_sids.count, b->restricting_sids.count);
    CU_ASSERT_EQUAL(a->enabled_groups.count, b->enabled_groups.count);
    CU_ASSERT_EQUAL(a->privileges.count, b->privileges.count);
    CU_ASSERT_EQUAL(a->restricted, b->restricted);
    CU_ASSERT_EQUAL(a->write_restricted, b->write_restricted);
    CU_ASSERT_EQUAL(a->administrator, b->administrator);
    CU_ASSERT_EQUAL(a->elevated, b->elevated);
    CU_ASSERT_EQUAL(a->integrity, b->integrity);
}

static void started_program_has_the_token_it_was_given(void)
{
    struct process_start start = {0};
    struct process process;
    struct token_facts made;
    struct token_facts found;
    HANDLE thread_token = NULL;

    make(&plain_recipe, &start.token, &made);
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-exit 0", &process, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(token_measure_process(process.handle, &found, NULL), SBX_OK);
    same_facts(&made, &found);

    /* And the thread that started it speaks for itself again. */
    CU_ASSERT_FALSE(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &thread_token));
    CU_ASSERT_EQUAL(GetLastError(), ERROR_NO_TOKEN);

    token_facts_free(&made);
    token_facts_free(&found);
    process_terminate(process.handle, 1, NULL);
    process_free(&process);
    handle_close(start.token);
}

static void expect_users_list(HANDLE object)
{
    static const char *const wanted[] = {NULL, "S-1-5-18"};
    char sid[SID_TEXT_SIZE];
    void *descriptor;
    ACL *acl;

    CU_ASSERT_EQUAL(identity_user_sid(sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(security_object_acl(object, &descriptor, &acl, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(acl);
    CU_ASSERT_EQUAL(acl->AceCount, 2);
    for (DWORD i = 0; i < acl->AceCount && i < 2; i++) {
        ACCESS_ALLOWED_ACE *entry;
        char *who = NULL;

        CU_ASSERT(GetAce(acl, i, (void **)&entry));
        CU_ASSERT_EQUAL(security_sid_text(&entry->SidStart, &who, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(who, wanted[i] ? wanted[i] : sid);
        sbx_free(who);
    }
    sbx_free(descriptor);
}

/*
 * The guard: process, thread and token get the token's default DACL, not that of whoever starts them, which in the
 * runner is locked. (Wine's tokens have no list at all.)
 */
static void started_program_owns_its_process_thread_and_token(void)
{
    struct process_start start = {0};
    struct process process;
    HANDLE token = NULL;

    CU_ASSERT_EQUAL_FATAL(token_make(&plain_recipe, &start.token, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-exit 0", &process, NULL), SBX_OK);
    expect_users_list(process.handle);
    expect_users_list(process.thread);
    CU_ASSERT(OpenProcessToken(process.handle, READ_CONTROL, &token));
    if (!on_wine())
        expect_users_list(token);
    expect_users_list(start.token);
    handle_close(token);
    process_terminate(process.handle, 1, NULL);
    process_free(&process);
    handle_close(start.token);
}

/* An impersonating caller (a COM server in a call) impersonates on. */
static void callers_impersonation_survives_a_start(void)
{
    struct process_start start = {0};
    HANDLE thread_token = NULL;

    CU_ASSERT_EQUAL_FATAL(token_make(&plain_recipe, &start.token, NULL), SBX_OK);
    CU_ASSERT_FATAL(ImpersonateSelf(SecurityImpersonation));
    CU_ASSERT_EQUAL(child_run(&start, "--child-exit 3"), 3);
    CU_ASSERT(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &thread_token));
    handle_close(thread_token);
    RevertToSelf();
    handle_close(start.token);
}

static void restricted_program_is_refused_what_only_administrators_may(void)
{
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
    struct process_start start = {0};
    struct token_facts own;
    HANDLE closed;
    HANDLE open;

    CU_ASSERT_EQUAL_FATAL(token_measure_process(NULL, &own, NULL), SBX_OK);
    CU_ASSERT_FATAL(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        "D:(A;;GA;;;BA)", SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL));
    closed = CreateEventA(&security, TRUE, FALSE, "sbx-test-administrators");
    open = CreateEventA(NULL, TRUE, FALSE, "sbx-test-user");
    CU_ASSERT_EQUAL_FATAL(token_make(&plain_recipe, &start.token, NULL), SBX_OK);

    if (own.administrator) /* the control: it is the token that makes the difference */
        CU_ASSERT_EQUAL(child_run(NULL, "--child-open-event sbx-test-administrators"), 0);
    CU_ASSERT_EQUAL(child_run(&start, "--child-open-event sbx-test-administrators"), ERROR_ACCESS_DENIED);
    CU_ASSERT_EQUAL(child_run(&start, "--child-open-event sbx-test-user"), 0);

    handle_close(start.token);
    CloseHandle(closed);
    CloseHandle(open);
    LocalFree(security.lpSecurityDescriptor);
    token_facts_free(&own);
}

/* Cygwin and MSYS ask for TOKEN_ADJUST_DEFAULT, git and Python for TOKEN_ADJUST_PRIVILEGES, browsers for everything. */
static void restricted_program_can_open_itself_and_its_token(void)
{
    struct process_start start = {0};
    char line[96];

    CU_ASSERT_EQUAL_FATAL(token_make(&plain_recipe, &start.token, NULL), SBX_OK);
    snprintf(line, sizeof line, "--child-open-self 0x%lx 0x%lx", (unsigned long)PROCESS_ALL_ACCESS,
             (unsigned long)(TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES | TOKEN_ADJUST_DEFAULT | TOKEN_DUPLICATE));
    CU_ASSERT_EQUAL(child_run(&start, line), 0);
    snprintf(line, sizeof line, "--child-open-self 0x%lx 0x%lx", (unsigned long)PROCESS_ALL_ACCESS,
             (unsigned long)TOKEN_ALL_ACCESS);
    CU_ASSERT_EQUAL(child_run(&start, line), 0);
    handle_close(start.token);
}

static void measuring_what_is_no_token_fails_and_leaves_the_facts_alone(void)
{
    struct token_facts facts = {0};
    struct sbx_error error = {0};

    facts.integrity = 7;
    CU_ASSERT_EQUAL(token_measure(GetCurrentThread(), &facts, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(facts.integrity, 7);
    CU_ASSERT_PTR_NULL(facts.user_sid);
    CU_ASSERT_NOT_EQUAL(error.system, 0);
}

static sbx_status attempt_make(void *context, struct sbx_error *error)
{
    sbx_handle token = context;
    sbx_status status = token_make(context, &token, error);

    CU_ASSERT_EQUAL(token == context, status != SBX_OK);
    if (!status)
        handle_close(token);
    return status;
}

static sbx_status attempt_measure(void *context, struct sbx_error *error)
{
    struct token_facts facts = {0};
    sbx_status status = token_measure_process(context, &facts, error);

    CU_ASSERT_EQUAL(facts.user_sid == NULL, status != SBX_OK);
    token_facts_free(&facts);
    return status;
}

static void tokens_survive_memory_running_out_anywhere(void)
{
    char *sids[] = {capability, everyone};
    struct sbx_strings list = {sids, 2};
    struct token_recipe recipe = {0};

    recipe.restricting_sids = list;
    recipe.deny_only_sids = list;
    recipe.default_dacl_sids = list;
    expect_memory_failures(attempt_make, &recipe);
    expect_memory_failures(attempt_measure, NULL);
}

const struct harness_suite token_suite = {
    "token",
    (const struct harness_test[]){
        {"no administrator is left", no_administrator_is_left},
        {"the measure sees the administrator that the caller is",
         measure_sees_the_administrator_that_the_caller_is},
        {"only traverse is left of the privileges", only_traverse_is_left_of_the_privileges},
        {"a token without any privilege is measured as that",
         token_without_any_privilege_is_measured_as_that},
        {"the user stays the same", user_stays_the_same},
        {"restricting SIDs are all there or reported as none",
         restricting_sids_are_all_there_or_reported_as_none},
        {"a write restriction is reported only where it is kept",
         write_restriction_is_reported_only_where_it_is_kept},
        {"bad recipes are refused", bad_recipes_are_refused},
        {"named groups grant nothing more", named_groups_grant_nothing_more},
        {"logon session and INTERACTIVE grant nothing more where the recipe says so",
         logon_session_and_interactive_grant_nothing_more_where_the_recipe_says_so},
        {"the default DACL admits user, SYSTEM and the recipe's SIDs",
         default_dacl_admits_user_system_and_the_recipes_sids},
        {"integrity is medium at most where the host keeps it",
         integrity_is_medium_at_most_where_the_host_keeps_it},
        {"a started program has the token it was given", started_program_has_the_token_it_was_given},
        {"a started program owns its process, thread and token",
         started_program_owns_its_process_thread_and_token},
        {"the caller's impersonation survives a start", callers_impersonation_survives_a_start},
        {"a restricted program is refused what only administrators may",
         restricted_program_is_refused_what_only_administrators_may},
        {"a restricted program can open itself and its token",
         restricted_program_can_open_itself_and_its_token},
        {"measuring what is no token fails and leaves the facts alone",
         measuring_what_is_no_token_fails_and_leaves_the_facts_alone},
        {"memory running out anywhere loses no handle", tokens_survive_memory_running_out_anywhere},
        {NULL, NULL},
    },
};
