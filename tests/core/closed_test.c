/*
 * closed_test.c - folders that everybody may write are closed to the sandbox's accounts, to nobody else, and open again when
 * the set-up goes.
 */
#include "core/closed.h"

#include "base/memory.h"
#include "core/setup_machine.h"
#include "sim/acts.h"
#include "sim/logon.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <string.h>

#define STATE   "C:\\Program Files\\sbxcom\\state"
#define KEY     CLOSED_KEY "\\" SIM_USER
#define TOOLS   "C:\\tools"
#define REFUSED 5

static const struct setup_machine machine = {.state_folder = STATE};
static struct sim_snapshot *clean;
static char *off1, *off_group;

static void forget(void)
{
    sim_snapshot_free(clean);
    clean = NULL;
    sbx_free(off1);
    sbx_free(off_group);
    off1 = off_group = NULL;
}

/* C:\tools was made by somebody, so Authenticated Users may change all that is in it; one file has a list of its own. */
static void fresh_machine(void)
{
    forget();
    sim_reset();
    sim_add_folder(TOOLS "\\bin");
    sim_add_file(TOOLS "\\bin\\tool.exe");
    sim_add_file(TOOLS "\\own.txt");
    sim_set_descriptor(TOOLS "\\own.txt", "O:SYG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;WD)");
    sim_add_folder("C:\\ProgramData\\Vendor");
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    clean = sim_snapshot(NULL);
    off1 = setup_account_name(SIM_USER, SETUP_OFFLINE, 1);
    off_group = setup_group_name(SIM_USER, SETUP_OFFLINE);
}

static sbx_status provision(const struct sbx_strings *closed)
{
    const struct setup_input input = {.user_sid = SIM_USER, .closed = closed};
    struct credentials credentials = {0};
    struct sbx_error error = {0};
    sbx_status status = setup_provision(&machine, &input, &credentials, &error);

    credentials_free(&credentials);
    if (status)
        printf("    %s\n", error.text);
    return status;
}

static sbx_status provision_with(const char *folder)
{
    char *items[] = {(char *)(uintptr_t)folder};
    const struct sbx_strings list = {items, 1};

    return provision(&list);
}

static sbx_status repair(size_t *healed)
{
    struct credentials credentials = {0};
    struct findings findings = {NULL, 0};
    sbx_status status = setup_repair(&machine, SIM_USER, &credentials, &findings, NULL);

    *healed = findings.count;
    findings_free(&findings);
    credentials_free(&credentials);
    return status;
}

static void expect_taken_down(void)
{
    struct sim_snapshot *now;
    const char *difference;

    CU_ASSERT_EQUAL(setup_deprovision(&machine, NULL, false, NULL), SBX_OK);
    now = sim_snapshot(NULL);
    difference = sim_snapshot_difference(clean, now);
    CU_ASSERT_PTR_NULL(difference);
    if (difference)
        printf("    %s\n", difference);
    sim_snapshot_free(now);
}

/* Of the account: by an interactive logon, what the oracle says. */
static uint32_t account_may(const char *path, enum sim_act act)
{
    struct sim_token token;

    sim_logon(off1, &token);
    return sim_may(&token.access, path, act);
}

static uint32_t user_may(const char *path, enum sim_act act)
{
    return sim_may(sim_token_of(SIM_ORDINARY_USER), path, act);
}

static bool is_as_left(void)
{
    struct setup_look look;
    bool meets;

    CU_ASSERT_EQUAL_FATAL(setup_look(SIM_USER, &look, NULL), SBX_OK);
    meets = findings_meet(&look.findings);
    setup_look_free(&look);
    return meets;
}

static const struct {
    const char *path;
    enum sim_act act;
} usual[] = {
    {"C:\\made", SIM_ACT_CREATE_FOLDER},
    {"C:\\ProgramData\\made.txt", SIM_ACT_CREATE_FILE},
    {"C:\\ProgramData\\made", SIM_ACT_CREATE_FOLDER},
    {"C:\\ProgramData\\Vendor\\made.txt", SIM_ACT_CREATE_FILE},
    {"C:\\Windows\\Temp\\made.txt", SIM_ACT_CREATE_FILE},
};
#define USUAL (sizeof usual / sizeof usual[0])

static void accounts_may_not_write_where_everybody_may_and_people_still_may(void)
{
    static const struct sbx_strings none = {NULL, 0};

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(&none), SBX_OK); /* the control: nothing is closed */
    for (size_t i = 0; i < USUAL; i++)
        CU_ASSERT_EQUAL(account_may(usual[i].path, usual[i].act), 0);
    expect_taken_down();

    CU_ASSERT_EQUAL_FATAL(provision(NULL), SBX_OK);
    for (size_t i = 0; i < USUAL; i++) {
        CU_ASSERT_EQUAL(account_may(usual[i].path, usual[i].act), REFUSED);
        CU_ASSERT_EQUAL(user_may(usual[i].path, usual[i].act), 0);
    }
    CU_ASSERT_EQUAL(account_may("C:\\ProgramData", SIM_ACT_READ), 0); /* reading is as it was */
    CU_ASSERT(is_as_left());
    expect_taken_down();
    forget();
}

static void administrators_list_is_closed_kept_and_opened_again(void)
{
    const void *before;
    size_t size;

    fresh_machine();
    before = sim_descriptor(TOOLS, &size);
    CU_ASSERT_EQUAL_FATAL(provision_with("c:\\TOOLS"), SBX_OK);
    CU_ASSERT_EQUAL(account_may(TOOLS "\\bin\\tool.exe", SIM_ACT_WRITE), REFUSED);
    CU_ASSERT_EQUAL(account_may(TOOLS "\\own.txt", SIM_ACT_WRITE), REFUSED);
    CU_ASSERT_EQUAL(account_may(TOOLS "\\new", SIM_ACT_CREATE_FILE), REFUSED);
    CU_ASSERT_EQUAL(user_may(TOOLS "\\bin\\tool.exe", SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(account_may("C:\\ProgramData\\made", SIM_ACT_CREATE_FILE), 0);

    CU_ASSERT_EQUAL(provision(NULL), SBX_OK); /* the user's own call leaves the list alone */
    CU_ASSERT_EQUAL(account_may(TOOLS "\\bin\\tool.exe", SIM_ACT_WRITE), REFUSED);
    CU_ASSERT_EQUAL(account_may("C:\\ProgramData\\made", SIM_ACT_CREATE_FILE), 0);

    CU_ASSERT_EQUAL(provision_with("C:\\ProgramData"), SBX_OK); /* another one opens what is not in it */
    CU_ASSERT_EQUAL(account_may(TOOLS "\\bin\\tool.exe", SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(account_may(TOOLS "\\own.txt", SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(account_may("C:\\ProgramData\\made", SIM_ACT_CREATE_FILE), REFUSED);
    CU_ASSERT(before != NULL);
    expect_taken_down();
    forget();
}

static void what_is_no_system_folder_is_refused_before_anything_is_changed(void)
{
    static const struct {
        const char *folder;
        sbx_status status;
    } rows[] = {
        {"tools", SBX_E_ARGUMENT},
        {"\\\\server\\share\\tools", SBX_E_ARGUMENT},
        {"C:\\nowhere", SBX_E_PATH_NOT_FOUND},
        {TOOLS "\\own.txt", SBX_E_ARGUMENT},
        {"F:\\data", SBX_E_ARGUMENT},
        {"C:\\Users", SBX_E_ARGUMENT},
        {"C:\\Users\\me\\Documents", SBX_E_ARGUMENT},
        {"C:\\Users\\other", SBX_E_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fresh_machine();
        sim_add_volume("F:", SIM_VOLUME_FAT);
        sim_add_folder("F:\\data");
        sim_snapshot_free(clean);
        clean = sim_snapshot(NULL);
        CU_ASSERT_EQUAL(provision_with(rows[i].folder), rows[i].status);
        expect_taken_down();
    }
    forget();
}

static void lose_entry(void)
{
    sim_set_descriptor("C:\\ProgramData",
                       "O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
                       "(A;CI;DCLCRPCR;;;BU)");
}
static void lose_record(void)
{
    CU_ASSERT_EQUAL(registry_delete(KEY, "C:\\ProgramData", "SOFTWARE", NULL), SBX_OK);
}
static void spoil_record(void)
{
    sim_set_value_text(KEY, "C:\\ProgramData", "nonsense");
}
static void turn_record_binary(void)
{
    sim_set_value_binary(KEY, "C:\\ProgramData");
}
static void make_group_anew(void)
{
    sim_change_account_sid(off_group);
}
static void replace_folder(void)
{
    sim_rename(TOOLS, "C:\\old");
    sim_add_folder(TOOLS);
}

static void drift_is_seen_healed_and_leaves_nothing(void)
{
    static const struct {
        const char *name;
        void (*happens)(void);
        const char *closed;
    } rows[] = {
        {"entry taken out", lose_entry, "C:\\ProgramData"},
        {"record deleted", lose_record, "C:\\ProgramData"},
        {"record changed", spoil_record, "C:\\ProgramData"},
        {"record of another type", turn_record_binary, "C:\\ProgramData"},
        {"group made again", make_group_anew, "C:\\ProgramData"},
        {"folder renamed, another of its name", replace_folder, TOOLS},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned failures = CU_get_number_of_failures();
        size_t healed = 0;
        char path[64];

        fresh_machine();
        CU_ASSERT_EQUAL_FATAL(provision_with(rows[i].closed), SBX_OK);
        rows[i].happens();
        CU_ASSERT(!is_as_left());
        CU_ASSERT_EQUAL(repair(&healed), SBX_OK);
        CU_ASSERT(healed > 0);
        CU_ASSERT(is_as_left());
        snprintf(path, sizeof path, "%s\\new", rows[i].closed);
        CU_ASSERT_EQUAL(account_may(path, SIM_ACT_CREATE_FILE), REFUSED);
        if (rows[i].happens == replace_folder) { /* names are not ours to put back */
            sim_remove(TOOLS);
            sim_rename("C:\\old", TOOLS);
        }
        expect_taken_down();
        if (CU_get_number_of_failures() > failures)
            printf("    %s\n", rows[i].name);
    }
    forget();
}

/* Each drift without Repair: what was put there goes all the same. */
static void folder_that_was_moved_is_opened_again(void)
{
    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision_with(TOOLS), SBX_OK);
    sim_rename(TOOLS, "C:\\Program Files\\tools");
    CU_ASSERT_EQUAL(setup_deprovision(&machine, NULL, false, NULL), SBX_OK);
    sim_rename("C:\\Program Files\\tools", TOOLS);
    expect_taken_down();

    CU_ASSERT_EQUAL_FATAL(provision_with(TOOLS), SBX_OK);
    make_group_anew();
    expect_taken_down();
    forget();
}

static void link_in_a_folders_place_is_refused(void)
{
    size_t healed = 0;
    const void *before;
    size_t size;

    fresh_machine();
    sim_add_folder("C:\\Program Files\\aim");
    before = sim_descriptor("C:\\Program Files\\aim", &size);
    sim_snapshot_free(clean);
    clean = sim_snapshot(NULL);
    CU_ASSERT_EQUAL_FATAL(provision_with(TOOLS), SBX_OK);
    sim_rename(TOOLS, "C:\\old");
    sim_add_link(TOOLS, "C:\\Program Files\\aim");
    CU_ASSERT(!is_as_left());
    CU_ASSERT_EQUAL(repair(&healed), SBX_E_SETUP_FAILED);
    CU_ASSERT(sim_descriptor("C:\\Program Files\\aim", NULL) == before); /* nobody touched what it leads to */
    sim_remove(TOOLS);
    sim_rename("C:\\old", TOOLS);
    expect_taken_down();
    forget();
}

static void folder_that_is_gone_is_no_trouble(void)
{
    size_t healed = 0;

    fresh_machine();
    sim_add_folder("C:\\passing");
    CU_ASSERT_EQUAL_FATAL(provision_with("C:\\passing"), SBX_OK);
    sim_remove("C:\\passing");
    CU_ASSERT(is_as_left());
    CU_ASSERT_EQUAL(repair(&healed), SBX_OK);
    expect_taken_down();
    forget();
}

static void two_users_close_the_same_folder_each_for_his_own(void)
{
    const struct setup_input other = {.user_sid = SIM_OTHER_USER};
    struct credentials credentials = {0};

    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision(NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(setup_provision(&machine, &other, &credentials, NULL), SBX_OK);
    credentials_free(&credentials);
    CU_ASSERT_EQUAL(setup_deprovision(&machine, SIM_OTHER_USER, false, NULL), SBX_OK);
    CU_ASSERT(is_as_left());
    CU_ASSERT_EQUAL(account_may("C:\\ProgramData\\new", SIM_ACT_CREATE_FILE), REFUSED);
    expect_taken_down();
    forget();
}

static void workspace_in_a_closed_folder_is_refused(void)
{
    char *outside = "C:\\src\\app", *inside = "C:\\ProgramData\\Vendor";
    struct boundary_place place = {.right = BOUNDARY_WRITE, .path = inside};
    struct boundary boundary = {.places = &place, .place_count = 1};
    struct sbx_error error = {0};

    fresh_machine();
    CU_ASSERT_EQUAL(closed_check_boundary(SIM_USER, &boundary, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(provision(NULL), SBX_OK);
    CU_ASSERT_EQUAL(closed_check_boundary(SIM_USER, &boundary, &error), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "C:\\ProgramData,"));
    place.right = BOUNDARY_READ;
    CU_ASSERT_EQUAL(closed_check_boundary(SIM_USER, &boundary, NULL), SBX_OK);
    place = (struct boundary_place){.right = BOUNDARY_WRITE,
                                    .path = outside}; /* the drive's root is closed alone */
    CU_ASSERT_EQUAL(closed_check_boundary(SIM_USER, &boundary, NULL), SBX_OK);
    forget();
}

static void lost_journal_is_swept_with_them(void)
{
    fresh_machine();
    CU_ASSERT_EQUAL_FATAL(provision_with(TOOLS), SBX_OK);
    sim_remove(STATE "\\" SIM_USER ".journal");
    CU_ASSERT_EQUAL(setup_deprovision(&machine, SIM_USER, true, NULL), SBX_OK);
    expect_taken_down();
    forget();
}

const struct harness_suite closed_suite = {
    "closed",
    (const struct harness_test[]){
        {"accounts may not write where everybody may, and people still may",
         accounts_may_not_write_where_everybody_may_and_people_still_may},
        {"an administrator's list is closed, kept, and opened again",
         administrators_list_is_closed_kept_and_opened_again},
        {"what is no system folder is refused before anything is changed",
         what_is_no_system_folder_is_refused_before_anything_is_changed},
        {"drift is seen, healed, and leaves nothing", drift_is_seen_healed_and_leaves_nothing},
        {"a folder that was moved is opened again", folder_that_was_moved_is_opened_again},
        {"a link in a folder's place is refused", link_in_a_folders_place_is_refused},
        {"a folder that is gone is no trouble", folder_that_is_gone_is_no_trouble},
        {"two users close the same folder, each for his own",
         two_users_close_the_same_folder_each_for_his_own},
        {"a workspace in a closed folder is refused", workspace_in_a_closed_folder_is_refused},
        {"a lost journal is swept with them", lost_journal_is_swept_with_them},
        {NULL, NULL},
    },
};
