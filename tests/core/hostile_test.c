/*
 * hostile_test.c - workspaces that somebody made, or that commands have made, to get more than they should: what is granted stays
 * in the workspace, what is outside stays as it is, and undoing gives back every descriptor byte for byte.
 */
#include "core/explain.h"
#include "core/planted.h"
#include "core/sandboxed.h"
#include "os/acl.h"
#include "sim/acts.h"
#include "support/harness.h"

#include <string.h>

#define WS      SANDBOXED_WORKSPACE
#define OUTSIDE SANDBOXED_OUTSIDE
#define STATE   SANDBOXED_STATE
#define OWN     "O:" SIM_USER "G:" SIM_NO_GROUP
#define USUAL   "{\"version\": 1}"

static struct sandboxed box;
static struct sim_snapshot *before; /* of all but our state */

static void expect_as_before(const char *without)
{
    struct sim_snapshot *own = sim_snapshot(without);
    const char *difference = sim_snapshot_difference(before, own);

    if (difference)
        printf("    %s\n", difference);
    CU_ASSERT_PTR_NULL(difference);
    sim_snapshot_free(own);
}

static void enter_by(const char *policy)
{
    before = sim_snapshot(STATE);
    sandboxed_enter(&box, policy);
}

static void enter(void)
{
    enter_by(USUAL);
}

/* Undone, everything is as it was before; the test must have changed nothing itself. */
static void leave_as_before(void)
{
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL(sandboxed_undo(&box, &error), SBX_OK);
    if (error.code)
        printf("    %s\n", error.text);
    expect_as_before(STATE);
    sim_snapshot_free(before);
    sandboxed_leave(&box);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sandboxed_at(NULL);
    sim_reset();
}

/* Provisioning says no, with the code and these words, and nothing is changed. */
static void expect_refused(sbx_status wanted, const char *words)
{
    struct sbx_error error = {0};

    before = sim_snapshot(STATE);
    CU_ASSERT_EQUAL(sandboxed_try(&box, USUAL, &error), wanted);
    if (!strstr(error.text, words))
        printf("    %s\n", error.text);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, words));
    expect_as_before(STATE);
    sim_snapshot_free(before);
    sandboxed_leave(&box);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sandboxed_at(NULL);
    sim_reset();
}

static uint32_t may(const char *path, enum sim_act act)
{
    return sim_may(&box.command.access, path, act);
}

static void a_junction_to_windows_grants_nothing_there(void)
{
    sandboxed_world();
    sim_add_link(WS "\\win", "C:\\Windows");
    sim_add_link(WS "\\deep\\drive", "C:\\");
    sim_add_link(WS "\\other", OUTSIDE);
    enter();
    CU_ASSERT_EQUAL(box.outcome.reparse_points, 3);
    CU_ASSERT_EQUAL(may(WS "\\win\\new.txt", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(may(WS "\\deep\\drive\\new.txt", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(may(WS "\\other\\mine.txt", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\mine.txt", SIM_ACT_WRITE), 0);
    leave_as_before();
}

static void a_hard_link_to_a_file_outside_grants_nothing_on_it(void)
{
    sandboxed_world();
    sim_add_hard_link(WS "\\linked.txt", OUTSIDE "\\mine.txt");
    enter();
    CU_ASSERT_EQUAL(box.outcome.several_links, 1);
    CU_ASSERT_PTR_NOT_NULL(box.outcome.first_left_out);
    CU_ASSERT_EQUAL(may(OUTSIDE "\\mine.txt", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\linked.txt", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\linked.txt", SIM_ACT_SET_DACL), 5);
    leave_as_before();
}

static void leave_two(struct sandboxed *second)
{
    CU_ASSERT_EQUAL(sandboxed_undo(second, NULL), SBX_OK);
    sandboxed_leave(second);
    sandboxed_leave(&box);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sim_reset();
}

/*
 * A clone that a command made, whose user has looked at it and calls Provision again, so that it is protected as it is: a second
 * name of the hook, of the configuration, is no way to write them afterwards.
 */
static void a_second_name_opens_nothing_that_is_protected(void)
{
    static const char *const files[][2] = {{WS "\\sub\\.git\\hooks\\pre-commit", WS "\\a"},
                                           {WS "\\sub\\.git\\config", WS "\\b"},
                                           {WS "\\.mcp.json", WS "\\c"}};
    struct sandboxed second = {0};

    sandboxed_world();
    sandboxed_enter(&box, USUAL);
    CU_ASSERT_EQUAL(sim_do(&box.command.access, WS "\\sub", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do(&box.command.access, WS "\\sub\\.git", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do(&box.command.access, WS "\\sub\\.git\\hooks", SIM_ACT_CREATE_FOLDER, NULL), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        CU_ASSERT_EQUAL(sim_do(&box.command.access, files[i][0], SIM_ACT_CREATE_FILE, "x"), 0);
        CU_ASSERT_EQUAL(sim_do_hard_link(&box.command.access, files[i][1], files[i][0]), 0);
        CU_ASSERT_EQUAL(sim_may(&box.command.access, files[i][1], SIM_ACT_WRITE), 0); /* the control */
    }
    provision_release(box.mark);
    box.mark = NULL;
    sandboxed_enter(&second, USUAL);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        CU_ASSERT_EQUAL(sim_may(&second.command.access, files[i][0], SIM_ACT_WRITE), 5);
        CU_ASSERT_EQUAL(sim_may(&second.command.access, files[i][1], SIM_ACT_WRITE), 5);
        CU_ASSERT_EQUAL(sim_may(&second.command.access, files[i][1], SIM_ACT_SET_DACL), 5);
    }
    leave_two(&second);
}

/* One file by two protected names: each stays where it is, and so does what each lies in. */
static void both_protected_names_of_one_file_are_kept(void)
{
    static const char *const kept[] = {WS "\\libs\\sub\\.git", WS "\\libs\\sub", WS "\\libs",
                                       WS "\\.git\\config"};

    sandboxed_world();
    sim_add_folder(WS "\\libs\\sub");
    sim_add_file(WS "\\.git\\config");
    sim_add_hard_link(WS "\\libs\\sub\\.git", WS "\\.git\\config");
    enter_by(
        "{\"level\": \"restricted\", \"token\": \"fully-restricted\"}"); /* where deletes are checked, too */
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        CU_ASSERT_EQUAL(may(kept[i], SIM_ACT_DELETE), 5);
        CU_ASSERT_EQUAL(may(kept[i], SIM_ACT_SET_DACL), 5);
    }
    CU_ASSERT_EQUAL(may(kept[0], SIM_ACT_WRITE), 5);
    leave_as_before();
}

/* A link that a command makes itself is as little: it needs a right on the file. */
static void a_command_makes_no_link_to_a_file_outside(void)
{
    sandboxed_world();
    enter();
    CU_ASSERT_EQUAL(sim_do_hard_link(&box.command.access, WS "\\taken.txt", OUTSIDE "\\mine.txt"), 5);
    leave_as_before();
}

static void a_protected_list_is_granted_and_given_back(void)
{
    sandboxed_world();
    sim_add_file(WS "\\private\\deep.txt");
    sim_set_descriptor(WS "\\private", OWN "D:PAI(A;OICI;FA;;;" SIM_USER ")(A;OICI;FA;;;SY)");
    sim_set_descriptor(WS "\\private\\deep.txt", OWN "D:P(A;;FA;;;" SIM_USER ")");
    enter();
    CU_ASSERT_EQUAL(may(WS "\\private\\deep.txt", SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(may(WS "\\private\\new.txt", SIM_ACT_CREATE_FILE), 0);
    CU_ASSERT_EQUAL(may(WS "\\private\\deep.txt", SIM_ACT_SET_DACL), 5);
    leave_as_before();
}

/* One entry "added" to a NULL DACL would lock everybody else out. */
static void a_null_list_stays_open_and_is_told(void)
{
    sandboxed_world();
    sim_add_file(WS "\\open.txt");
    sim_set_descriptor(WS "\\open.txt", OWN "D:NO_ACCESS_CONTROL");
    enter();
    CU_ASSERT_EQUAL(box.outcome.null_dacls, 1);
    CU_ASSERT_STRING_EQUAL(box.outcome.first_left_out, WS "\\open.txt");
    CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_OTHER_ORDINARY_USER), WS "\\open.txt", SIM_ACT_READ), 0);
    leave_as_before();

    sandboxed_world();
    sim_set_descriptor(WS, OWN "D:NO_ACCESS_CONTROL");
    expect_refused(SBX_E_WORKSPACE_REFUSED, "access control list");
}

static void a_folder_that_its_user_may_not_list_is_told(void)
{
    sandboxed_world();
    sim_add_file(WS "\\hidden\\file.txt");
    sim_set_descriptor(WS "\\hidden", OWN "D:P(D;;0x1;;;" SIM_USER ")(A;OICI;FA;;;" SIM_USER ")");
    enter();
    CU_ASSERT_EQUAL(box.outcome.refused, 1);
    CU_ASSERT_EQUAL(may(WS "\\hidden\\file.txt", SIM_ACT_WRITE), 5); /* it was not reached */
    CU_ASSERT_EQUAL(may(WS "\\mine.txt", SIM_ACT_WRITE), 0);
    leave_as_before();
}

/* Whose lists the user may not change at all. */
static void what_is_somebody_elses_is_left_out(void)
{
    sandboxed_world();
    sim_add_file(WS "\\theirs.txt");
    sim_set_descriptor(WS "\\theirs.txt", "O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;" SIM_USER ")");
    enter();
    CU_ASSERT_EQUAL(box.outcome.refused, 1);
    CU_ASSERT_EQUAL(may(WS "\\theirs.txt", SIM_ACT_WRITE), 5);
    leave_as_before();
}

static void paths_of_more_than_400_characters_are_granted(void)
{
    char path[512] = WS;
    size_t size = strlen(path);

    sandboxed_world();
    while (size < 400)
        size += (size_t)snprintf(path + size, sizeof path - size, "\\a-folder-of-20-chars");
    snprintf(path + size, sizeof path - size, "\\deep.txt");
    sim_add_file(path);
    enter();
    CU_ASSERT_EQUAL(may(path, SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(box.outcome.refused, 0);
    leave_as_before();
}

/*
 * Windows takes dots and blanks off a name's end: ".git." is .git, and as protected. (Names that keep them, by \\?\, are
 * tests/os/acl_test.c's: the walk opens each by its handle.)
 */
static void names_that_end_in_dots_are_what_windows_takes_them_for(void)
{
    static const char *const odd[] = {WS "\\dots...", WS "\\blank ", WS "\\nul.txt", WS "\\a.b. . ."};

    sandboxed_world();
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        sim_add_file(odd[i]);
    sim_add_file(WS "\\.git\\config");
    enter();
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        CU_ASSERT_EQUAL(may(odd[i], SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(may(WS "\\.git.\\config", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\.git \\CONFIG..", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\.git.\\index", SIM_ACT_CREATE_FILE), 0);
    leave_as_before();
}

static void a_loop_of_links_ends(void)
{
    sandboxed_world();
    sim_add_folder(WS "\\a\\b");
    sim_add_link(WS "\\a\\b\\back", WS);
    sim_add_link(WS "\\a\\self", WS "\\a");
    sim_add_link(WS "\\first", WS "\\second");
    sim_add_link(WS "\\second", WS "\\first");
    enter();
    CU_ASSERT_EQUAL(box.outcome.reparse_points, 4);
    CU_ASSERT(box.outcome.seen < 50);
    leave_as_before();
}

static void volumes_without_lists_and_other_machines_are_refused(void)
{
    sandboxed_world();
    sim_add_volume("E:", SIM_VOLUME_FAT);
    sim_add_file("E:\\app\\mine.txt");
    sandboxed_at("E:\\app");
    expect_refused(SBX_E_WORKSPACE_REFUSED, "E:\\app");

    sandboxed_world();
    sim_add_volume("\\\\server\\share", SIM_VOLUME_REMOTE);
    sim_add_file("\\\\server\\share\\app\\mine.txt");
    sandboxed_at("\\\\server\\share\\app");
    expect_refused(SBX_E_WORKSPACE_REFUSED, "server");

    sandboxed_world();
    sim_add_volume("\\\\server\\share", SIM_VOLUME_REMOTE);
    sim_add_file("\\\\server\\share\\app\\mine.txt");
    sim_add_link("N:", "\\\\server\\share");
    sandboxed_at("N:\\app");
    expect_refused(SBX_E_WORKSPACE_REFUSED, "server");
}

static void roots_that_hold_too_much_are_refused(void)
{
    static const char *const roots[] = {"C:\\",          "C:\\Windows", "C:\\Windows\\System32",
                                        "C:\\Users\\me", "C:\\Users",   "C:\\Program Files"};

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        sandboxed_world();
        sandboxed_at(roots[i]);
        expect_refused(SBX_E_WORKSPACE_REFUSED, roots[i]);
    }
    sandboxed_world();
    sim_add_link("C:\\src\\link", "C:\\Windows");
    sandboxed_at("C:\\src\\link");
    expect_refused(SBX_E_WORKSPACE_REFUSED, "C:\\Windows");
}

/* Between two sessions a command's folder becomes a link: the next grant, and the undo, follow nothing. */
static void a_folder_that_becomes_a_link_between_sessions_leads_nowhere(void)
{
    struct sandboxed second;
    size_t size_before = 0, size_after = 0;

    sandboxed_world();
    sandboxed_enter(&box, USUAL);
    CU_ASSERT_EQUAL(sim_do(&box.command.access, WS "\\build", SIM_ACT_CREATE_FOLDER, NULL), 0);
    CU_ASSERT_EQUAL(sim_do_junction(&box.command.access, WS "\\build", OUTSIDE), 0);
    sim_descriptor(OUTSIDE "\\mine.txt", &size_before);
    provision_release(box.mark);
    box.mark = NULL;
    sandboxed_enter(&second, USUAL);
    CU_ASSERT_EQUAL(sim_may(&second.command.access, WS "\\build\\mine.txt", SIM_ACT_WRITE), 5);
    sim_descriptor(OUTSIDE "\\mine.txt", &size_after);
    CU_ASSERT_EQUAL(size_after, size_before);
    CU_ASSERT_EQUAL(sandboxed_undo(&second, NULL), SBX_OK);
    CU_ASSERT_EQUAL(sim_may(&second.command.access, OUTSIDE "\\mine.txt", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(sim_may(&second.command.access, WS "\\mine.txt", SIM_ACT_WRITE), 5);
    sandboxed_leave(&second);
    sandboxed_leave(&box);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sim_reset();
}

/* A clone in the workspace, git's own directory of a submodule, a worktree's file: written to or swapped, the user's git would run it. */
static void repositories_below_are_closed_and_given_back(void)
{
    sandboxed_world();
    sim_add_file(WS "\\vendor\\lib\\.git\\HEAD");
    sim_add_file(WS "\\vendor\\lib\\.git\\config");
    sim_add_file(WS "\\vendor\\lib\\.git\\hooks\\pre-commit");
    sim_add_file(WS "\\.git\\modules\\sub\\config");
    sim_add_file(WS "\\.git\\modules\\sub\\HEAD");
    sim_add_folder(WS "\\.git\\modules\\sub\\objects");
    sim_add_folder(WS "\\.git\\modules\\sub\\refs");
    sim_add_file(WS "\\sub\\.git");
    sim_set_contents(WS "\\sub\\.git", "gitdir: ../.git/modules/sub");
    before = sim_snapshot(STATE);
    sandboxed_enter(&box, "{\"token\": \"fully-restricted\"}");
    CU_ASSERT_EQUAL(may(WS "\\vendor\\lib\\.git\\config", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\vendor\\lib\\.git\\hooks\\pre-commit", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\vendor\\lib\\.git\\hooks\\post-commit", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(may(WS "\\vendor\\lib\\.git\\hooks\\pre-commit", SIM_ACT_DELETE), 5);
    CU_ASSERT_EQUAL(may(WS "\\.git\\modules\\sub\\config", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\sub\\.git", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(may(WS "\\vendor", SIM_ACT_DELETE), 5); /* nor what they lie in */
    CU_ASSERT_EQUAL(may(WS "\\vendor\\lib", SIM_ACT_DELETE), 5);
    CU_ASSERT_EQUAL(may(WS "\\.git\\modules\\sub", SIM_ACT_DELETE), 5);
    CU_ASSERT_EQUAL(may(WS "\\vendor\\lib\\.git\\index", SIM_ACT_CREATE_FILE), 0);
    CU_ASSERT_EQUAL(may(WS "\\vendor\\lib\\new.c", SIM_ACT_CREATE_FILE), 0);
    leave_as_before();
}

/* Somebody else's, or without a list: the user's own workspace can still be used, and it is told. */
static void a_repository_that_cannot_be_closed_is_told(void)
{
    sandboxed_world();
    sim_add_file(WS "\\theirs\\.git\\config");
    sim_set_descriptor(WS "\\theirs\\.git\\config",
                       "O:" SIM_OTHER_USER "G:" SIM_NO_GROUP "D:P(A;;FA;;;" SIM_OTHER_USER
                       ")(A;;0x1200a9;;;" SIM_USER ")");
    enter();
    CU_ASSERT_FATAL(box.plan.remarks.count > 0);
    for (size_t i = 0; i < box.plan.remarks.count; i++) {
        if (strstr(box.plan.remarks.items[i],
                   WS "\\theirs\\.git\\config (/files/protect/0, a repository that was found)"))
            goto told;
    }
    CU_FAIL("nothing is told of it");
told:
    CU_ASSERT_EQUAL(may(WS "\\theirs\\.git\\config", SIM_ACT_WRITE),
                    5); /* nobody gave it to commands either */
    leave_as_before();
}

/*
 * A command that puts a link to a machine of its own wherever the calling process looks later gets no log-on there: not when
 * commands are looked after, not from questions, not by the next session, not by undoing.
 */
static void a_planted_link_to_another_machine_hears_nobody(void)
{
    static const char *const planted[] = {WS "\\.git", WS "\\.vscode", WS "\\.claude", WS "\\sub\\.git"};
    struct planted_options options = {.boundary = &box.boundary, .granted = true};
    struct planted *looking;
    struct violations found = {0};
    struct explanation explanation = {0};
    struct acl_object *object;
    struct sandboxed second = {0};
    struct sbx_error error = {0};
    sbx_handle held;
    char *final = NULL;

    sandboxed_world();
    sim_add_file("\\\\evil\\share\\tool.exe");
    sandboxed_enter(&box, USUAL);
    CU_ASSERT_EQUAL_FATAL(planted_begin(&options, &looking, NULL), SBX_OK);
    CU_ASSERT_EQUAL(sim_do(&box.command.access, WS "\\sub", SIM_ACT_CREATE_FOLDER, NULL), 0);
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        CU_ASSERT_EQUAL(sim_do(&box.command.access, planted[i], SIM_ACT_CREATE_FOLDER, NULL), 0);
        CU_ASSERT_EQUAL(sim_do_junction(&box.command.access, planted[i], "\\\\evil\\share"), 0);
    }
    CU_ASSERT_EQUAL(planted_look(looking, 1, NULL, &found, NULL), SBX_OK);
    CU_ASSERT(found.count > 0);
    planted_free(looking);
    violations_free(&found);
    CU_ASSERT_EQUAL(explain_path(&box.boundary, &box.command.access, WS "\\.vscode\\settings.json",
                                 EXPLAIN_WRITE, &explanation, NULL),
                    SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_FALSE(file_is_program(WS "\\.vscode\\tool.exe"));
    CU_ASSERT_EQUAL(acl_open(WS "\\.vscode\\tool.exe", ACL_LOOK, &object, NULL), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_EQUAL(folder_hold(WS "\\.vscode", &held, &final, NULL), SBX_E_WORKSPACE_REFUSED);
    provision_release(box.mark);
    box.mark = NULL;
    CU_ASSERT_EQUAL(sandboxed_try(&second, USUAL, &error), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text,
                                  ".claude (/files/protect/1 in the policy) cannot be given its entries: "
                                  "it is a link"));
    CU_ASSERT_EQUAL(sandboxed_undo(&box, NULL), SBX_OK);
    CU_ASSERT_EQUAL(sim_logons_elsewhere(), 0);
    sandboxed_leave(&second);
    sandboxed_leave(&box);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sim_reset();
}

const struct harness_suite hostile_suite = {
    "hostile",
    (const struct harness_test[]){
        {"a junction to Windows grants nothing there", a_junction_to_windows_grants_nothing_there},
        {"a hard link to a file outside grants nothing on it",
         a_hard_link_to_a_file_outside_grants_nothing_on_it},
        {"a second name opens nothing that is protected", a_second_name_opens_nothing_that_is_protected},
        {"both protected names of one file are kept", both_protected_names_of_one_file_are_kept},
        {"a command makes no link to a file outside", a_command_makes_no_link_to_a_file_outside},
        {"a protected list is granted and given back", a_protected_list_is_granted_and_given_back},
        {"a NULL list stays open and is told, a workspace with one is refused",
         a_null_list_stays_open_and_is_told},
        {"a folder that its user may not list is told", a_folder_that_its_user_may_not_list_is_told},
        {"what is somebody else's is left out", what_is_somebody_elses_is_left_out},
        {"paths of more than 400 characters are granted", paths_of_more_than_400_characters_are_granted},
        {"names that end in dots are what Windows takes them for",
         names_that_end_in_dots_are_what_windows_takes_them_for},
        {"a loop of links ends", a_loop_of_links_ends},
        {"volumes without lists and other machines are refused",
         volumes_without_lists_and_other_machines_are_refused},
        {"roots that hold too much are refused", roots_that_hold_too_much_are_refused},
        {"a folder that becomes a link between sessions leads nowhere",
         a_folder_that_becomes_a_link_between_sessions_leads_nowhere},
        {"repositories below are closed and given back", repositories_below_are_closed_and_given_back},
        {"a repository that cannot be closed is told", a_repository_that_cannot_be_closed_is_told},
        {"a planted link to another machine hears nobody", a_planted_link_to_another_machine_hears_nobody},
        {NULL, NULL},
    },
};
