/*
 * owner_test.c - what an account made becomes the user's where he may take it, and nothing else does.
 */
#include "core/owner.h"

#include "base/memory.h"
#include "memory_failing.h"
#include "sim/acts.h"
#include "sim/logon.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "support/harness.h"

#include <string.h>

#define ROOT "C:\\Users\\me\\app"
#define BARE "C:\\bare"

static struct sim_token account;
static char account_sid[200];

/* The account may modify both folders; the user has full control of what is in the first one, no more than that of the second. */
static void world(void)
{
    sim_reset();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    sim_add_account("Sbx-off1", "");
    sim_set_member(SIM_USERS, sim_account_sid("Sbx-off1"), true);
    snprintf(account_sid, sizeof account_sid, "%s", sim_account_sid("Sbx-off1"));
    sim_logon("Sbx-off1", &account);
    sim_call_as(NULL);
    sim_add_folder(ROOT);
    sim_set_descriptor(ROOT, "O:" SIM_USER "G:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;" SIM_USER
                             ")(A;OICI;0x1301bf;;;BU)");
    sim_add_folder(BARE);
    sim_set_descriptor(BARE, "O:" SIM_USER "G:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;BU)");
    CU_ASSERT_EQUAL(sim_do(&account.access, ROOT "\\.git", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do(&account.access, ROOT "\\.git\\HEAD", SIM_ACT_CREATE_FILE, "ref"), 0);
    CU_ASSERT_EQUAL(sim_do(&account.access, BARE "\\made.txt", SIM_ACT_CREATE_FILE, "x"), 0);
    sim_add_file(ROOT "\\mine.txt");
}

static bool belongs_to(const char *path, const char *sid)
{
    uint8_t wanted[68];
    size_t size;
    const uint8_t *owner = sim_part_of(sim_descriptor(path, NULL), SIM_OWNER, &size);

    sim_sid(sid, wanted);
    return owner && memcmp(owner, wanted, size) == 0;
}

static struct change changes[] = {
    {ROOT, CHANGE_CHANGED, 0},
    {ROOT "\\.git", CHANGE_CREATED, 1},
    {ROOT "\\.git\\HEAD", CHANGE_RENAMED, 1},
    {ROOT "\\mine.txt", CHANGE_CHANGED, 1},
    {ROOT "\\gone.txt", CHANGE_CREATED, 1},
    {ROOT "\\deleted.txt", CHANGE_DELETED, 1},
    {BARE "\\made.txt", CHANGE_CREATED, 1},
};
static const struct change_list list = {changes, sizeof changes / sizeof changes[0]};

static void what_the_account_made_becomes_the_users(void)
{
    struct owner_outcome outcome = {0};
    const void *before;
    size_t before_size, size;

    world();
    CU_ASSERT(belongs_to(ROOT "\\.git", account_sid)); /* the control */
    before = sim_part_of(sim_descriptor(ROOT "\\.git", NULL), SIM_DACL, &before_size);
    {
        uint8_t list_before[4096];

        CU_ASSERT_FATAL(before_size <= sizeof list_before);
        memcpy(list_before, before, before_size);
        CU_ASSERT_EQUAL(owner_take("C:\\", &list, account_sid, &outcome, NULL), SBX_OK);
        before = sim_part_of(sim_descriptor(ROOT "\\.git", NULL), SIM_DACL, &size);
        CU_ASSERT(size == before_size && memcmp(before, list_before, size) == 0); /* the list stays */
    }
    CU_ASSERT(belongs_to(ROOT "\\.git", SIM_USER));
    CU_ASSERT(belongs_to(ROOT "\\.git\\HEAD", SIM_USER));
    CU_ASSERT_EQUAL(outcome.taken, 2);
    CU_ASSERT_EQUAL(sim_may(&account.access, ROOT "\\.git\\HEAD", SIM_ACT_WRITE),
                    0); /* as granted, no more */
    CU_ASSERT_EQUAL(sim_may(&account.access, ROOT "\\.git\\HEAD", SIM_ACT_SET_DACL), 5);

    CU_ASSERT(belongs_to(BARE "\\made.txt", account_sid)); /* no right to take it: told */
    CU_ASSERT_EQUAL(outcome.refused, 1);
    CU_ASSERT_STRING_EQUAL(outcome.first_refused, BARE "\\made.txt");
    owner_outcome_free(&outcome);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
}

static void what_is_somebody_elses_stays_his(void)
{
    struct owner_outcome outcome = {0};

    world();
    sim_set_descriptor(ROOT "\\mine.txt", "O:" SIM_OTHER_USER "G:SYD:P(A;;FA;;;" SIM_USER ")(A;;FA;;;BU)");
    CU_ASSERT_EQUAL(sim_do(&account.access, ROOT "\\link", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do_junction(&account.access, ROOT "\\link", BARE), 0);
    {
        struct change more[] = {{ROOT "\\mine.txt", CHANGE_CREATED, 1}, {ROOT "\\link", CHANGE_CREATED, 1}};

        CU_ASSERT_EQUAL(owner_take("C:\\", &(struct change_list){more, 2}, account_sid, &outcome, NULL),
                        SBX_OK);
    }
    CU_ASSERT(belongs_to(ROOT "\\mine.txt", SIM_OTHER_USER));
    CU_ASSERT(belongs_to(ROOT "\\link", account_sid)); /* a link is left alone, and where it leads, too */
    CU_ASSERT(belongs_to(BARE, SIM_USER));
    CU_ASSERT_EQUAL(outcome.taken + outcome.refused, 0);
    CU_ASSERT_EQUAL(owner_take("C:\\", &list, "nobody", &outcome, NULL), SBX_E_ARGUMENT);
}

/* Changes that got lost (a flood of them), and what they named is a link by now: to the account's own, where everybody may write. */
static void nothing_is_taken_through_a_link(void)
{
    struct owner_outcome outcome = {0};
    struct change found[] = {{ROOT "\\lib", CHANGE_CREATED, 1},
                             {ROOT "\\lib\\.git", CHANGE_CREATED, 1},
                             {"C:\\trap\\.git", CHANGE_CREATED, 1}};

    world();
    sim_add_folder("C:\\trap");
    sim_set_descriptor("C:\\trap", "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;WD)");
    CU_ASSERT_EQUAL(sim_do(&account.access, "C:\\trap\\.git", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do(&account.access, ROOT "\\lib", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do_junction(&account.access, ROOT "\\lib", "C:\\trap"), 0);
    CU_ASSERT_EQUAL(owner_take(ROOT, &(struct change_list){found, sizeof found / sizeof *found}, account_sid,
                               &outcome, NULL),
                    SBX_OK);
    CU_ASSERT(belongs_to("C:\\trap\\.git", account_sid));
    CU_ASSERT_EQUAL(outcome.taken + outcome.refused, 0);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
}

static void a_file_with_names_elsewhere_is_not_taken(void)
{
    struct owner_outcome outcome = {0};
    struct change found = {ROOT "\\name", CHANGE_CREATED, 1};

    world();
    sim_add_folder("C:\\trap");
    sim_set_descriptor("C:\\trap", "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;WD)");
    CU_ASSERT_EQUAL(sim_do(&account.access, "C:\\trap\\.git", SIM_ACT_CREATE_FILE, "gitdir: x"), 0);
    CU_ASSERT_EQUAL(sim_do_hard_link(&account.access, ROOT "\\name", "C:\\trap\\.git"), 0);
    CU_ASSERT_EQUAL(owner_take(ROOT, &(struct change_list){&found, 1}, account_sid, &outcome, NULL), SBX_OK);
    CU_ASSERT(belongs_to("C:\\trap\\.git", account_sid));
    CU_ASSERT_EQUAL(outcome.taken, 0);
    CU_ASSERT_EQUAL(outcome.refused, 1);
    CU_ASSERT_STRING_EQUAL(outcome.first_refused, ROOT "\\name");
    owner_outcome_free(&outcome);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
}

static void host_that_keeps_no_owner_is_told(void)
{
    struct owner_outcome outcome = {0};

    world();
    sim_host.drops_acl_entries = true;
    CU_ASSERT_EQUAL(owner_take("C:\\", &list, account_sid, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(outcome.taken, 0);
    CU_ASSERT_EQUAL(outcome.refused, 3);
    owner_outcome_free(&outcome);
}

static void each_failing_call_leaves_the_others_taken(void)
{
    size_t calls;

    world();
    sim_fail_call(0);
    {
        struct owner_outcome outcome = {0};

        CU_ASSERT_EQUAL(owner_take("C:\\", &list, account_sid, &outcome, NULL), SBX_OK);
        owner_outcome_free(&outcome);
    }
    calls = sim_call_count();
    for (size_t n = 1; n <= calls; n++) {
        struct owner_outcome outcome = {0};

        world();
        sim_fail_call(n);
        CU_ASSERT_EQUAL(owner_take("C:\\", &list, account_sid, &outcome, NULL), SBX_OK);
        CU_ASSERT(outcome.taken >= 1);
        owner_outcome_free(&outcome);
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
    }
    sim_fail_call(0);
}

static sbx_status take_again(void *context)
{
    struct owner_outcome outcome = {0};
    sbx_status status;

    (void)context;
    world();
    status = owner_take("C:\\", &list, account_sid, &outcome, NULL);
    owner_outcome_free(&outcome);
    return status;
}

static void every_lack_of_memory_is_survived(void)
{
    with_memory_failing(take_again, NULL);
}

const struct harness_suite owner_suite = {
    "owner",
    (const struct harness_test[]){
        {"what the account made becomes the user's", what_the_account_made_becomes_the_users},
        {"what is somebody else's stays his", what_is_somebody_elses_stays_his},
        {"nothing is taken through a link", nothing_is_taken_through_a_link},
        {"a file with names elsewhere is not taken", a_file_with_names_elsewhere_is_not_taken},
        {"a host that keeps no owner is told", host_that_keeps_no_owner_is_told},
        {"each failing call leaves the others taken", each_failing_call_leaves_the_others_taken},
        {"every lack of memory is survived", every_lack_of_memory_is_survived},
        {NULL, NULL},
    },
};
