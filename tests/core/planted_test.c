/*
 * planted_test.c - nothing that a command puts on a protected name stays unseen, whatever it is, and what is done
 * about it is done to that very thing.
 */
#include "core/planted.h"

#include "core/sandboxed.h"
#include "sim/acts.h"
#include "support/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define WS      SANDBOXED_WORKSPACE
#define OUTSIDE SANDBOXED_OUTSIDE
#define USUAL   "{\"version\": 1, \"files\": {\"deny\": [\"${workspace}/.env\"]}}"

static struct sandboxed box;
static struct planted *planted;
static struct violations found;

static void begin(bool move)
{
    struct planted_options options = {.boundary = &box.boundary, .granted = box.plan.count > 0, .move = move};

    CU_ASSERT_EQUAL_FATAL(planted_begin(&options, &planted, NULL), SBX_OK);
}

static void enter(bool move)
{
    sandboxed_enter(&box, USUAL);
    begin(move);
}

static void leave(void)
{
    planted_free(planted);
    planted = NULL;
    violations_free(&found);
    sandboxed_leave(&box);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sim_reset();
}

static size_t look(uint32_t process)
{
    size_t before = found.count;

    CU_ASSERT_EQUAL(planted_look(planted, process, NULL, &found, NULL), SBX_OK);
    return found.count - before;
}

/* As the command does it, which must be let. */
static void command_makes(const char *path, enum sim_act act)
{
    CU_ASSERT_EQUAL(sim_do(&box.command.access, path, act, "x"), 0);
}

#define MANY 300 /* more files than an impatient look strips */

static void command_makes_a_folder_of_files(void)
{
    command_makes(WS "\\.vscode", SIM_ACT_CREATE_FOLDER);
    for (int i = 0; i < MANY; i++) {
        char path[64];

        snprintf(path, sizeof path, WS "\\.vscode\\%03d", i);
        command_makes(path, SIM_ACT_CREATE_FILE);
    }
}

static void expect(size_t number, enum violation_kind kind, const char *path, const char *text)
{
    const struct violation *violation = &found.items[number];

    CU_ASSERT_FATAL(number < found.count);
    CU_ASSERT_EQUAL(violation->kind, kind);
    CU_ASSERT_STRING_EQUAL(violation->path, path);
    if (!strstr(violation->text, text))
        printf("    %s\n", violation->text);
    CU_ASSERT_PTR_NOT_NULL(strstr(violation->text, text));
    CU_ASSERT(*violation->fix && *violation->rule == '/' && violation->utc_ms > 0);
}

static void nothing_is_told_of_what_is_as_it_was(void)
{
    sandboxed_world();
    sim_add_file(WS "\\.git\\config");
    sim_add_folder(WS "\\.vscode");
    enter(false);
    CU_ASSERT_EQUAL(look(1), 0);
    command_makes(WS "\\new.txt", SIM_ACT_CREATE_FILE);
    command_makes(WS "\\src", SIM_ACT_CREATE_FOLDER);
    CU_ASSERT_EQUAL(look(2), 0);
    leave();
}

static void what_appears_is_told_once_with_the_command(void)
{
    sandboxed_world();
    enter(false);
    command_makes(WS "\\.git", SIM_ACT_CREATE_FOLDER);
    CU_ASSERT_EQUAL(look(6), 0);
    command_makes(WS "\\.git\\hooks", SIM_ACT_CREATE_FOLDER);
    command_makes(WS "\\.git\\hooks\\pre-commit", SIM_ACT_CREATE_FILE);
    CU_ASSERT_EQUAL(look(7), 1);
    expect(0, VIOLATION_PLANTED, WS "\\.git\\hooks", "after command 7");
    CU_ASSERT_EQUAL(found.items[0].process, 7);
    CU_ASSERT_PTR_NOT_NULL(strstr(found.items[0].rule, "/files/protect"));
    CU_ASSERT_EQUAL(look(8), 0);
    command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
    command_makes(WS "\\.env", SIM_ACT_CREATE_FILE);
    CU_ASSERT_EQUAL(look(9), 2);
    leave();
}

/* Whatever the command may do to what it has made it may do no more afterwards, deep in it too. */
static void what_appears_loses_the_sandboxs_rights(void)
{
    const struct access_token *command = &box.command.access;

    sandboxed_world();
    enter(false);
    command_makes(WS "\\.git", SIM_ACT_CREATE_FOLDER);
    command_makes(WS "\\.git\\hooks", SIM_ACT_CREATE_FOLDER);
    command_makes(WS "\\.git\\hooks\\deep", SIM_ACT_CREATE_FOLDER);
    command_makes(WS "\\.git\\hooks\\deep\\pre-commit", SIM_ACT_CREATE_FILE);
    CU_ASSERT_EQUAL(sim_may(command, WS "\\.git\\hooks\\deep\\pre-commit", SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(look(1), 1);
    expect(0, VIOLATION_PLANTED, WS "\\.git\\hooks", "rights on it were taken out");
    CU_ASSERT_EQUAL(sim_may(command, WS "\\.git\\hooks\\deep\\pre-commit", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(sim_may(command, WS "\\.git\\hooks\\new", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(sim_may(command, WS "\\mine.txt", SIM_ACT_WRITE), 0);
    CU_ASSERT_EQUAL(
        sim_may(sim_token_of(SIM_ORDINARY_USER), WS "\\.git\\hooks\\deep\\pre-commit", SIM_ACT_WRITE), 0);
    leave();
}

static bool goes_on(void *context, const struct tree_outcome *so_far)
{
    (void)so_far;
    return *(const bool *)context;
}

/*
 * A walk that is stopped half way leaves rights, and says so; the next look goes on, and what it came to is told. So does the
 * last one of the session, whatever it came to.
 */
static void rights_that_were_not_all_taken_out_are_tried_again(void)
{
    bool patient = false;
    const struct tree_control control = {goes_on, &patient};
    const struct access_token *command = &box.command.access;

    sandboxed_world();
    enter(false);
    command_makes_a_folder_of_files();
    CU_ASSERT_EQUAL(planted_look(planted, 1, &control, &found, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 1);
    expect(0, VIOLATION_PLANTED, WS "\\.vscode", "could not all be taken out");
    expect(0, VIOLATION_PLANTED, WS "\\.vscode", "tried again after each command");
    CU_ASSERT_EQUAL(sim_may(command, WS "\\.vscode\\299", SIM_ACT_WRITE), 0);

    CU_ASSERT_EQUAL(planted_look(planted, 2, &control, &found, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 1); /* no more patience, nothing new to tell */
    CU_ASSERT_EQUAL(planted_look(planted, 0, &control, &found, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 2);
    expect(1, VIOLATION_PLANTED, WS "\\.vscode", "The session ended");

    patient = true;
    CU_ASSERT_EQUAL(planted_look(planted, 3, &control, &found, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 3);
    expect(2, VIOLATION_PLANTED, WS "\\.vscode", "were taken out now");
    CU_ASSERT_EQUAL(sim_may(command, WS "\\.vscode\\299", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(sim_may(command, WS "\\.vscode\\000", SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(planted_look(planted, 4, &control, &found, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 3);
    leave();
}

/* Moved aside meanwhile, it is found by who it is. */
static void what_was_moved_aside_is_stripped_to_the_end(void)
{
    bool patient = false;
    const struct tree_control control = {goes_on, &patient};

    sandboxed_world();
    enter(true);
    command_makes_a_folder_of_files();
    CU_ASSERT_EQUAL(planted_look(planted, 1, &control, &found, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(found.items[0].moved_to, WS "\\.vscode.planted");
    patient = true;
    CU_ASSERT_EQUAL(planted_look(planted, 2, &control, &found, NULL), SBX_OK);
    expect(1, VIOLATION_PLANTED, WS "\\.vscode", "were taken out now");
    CU_ASSERT_EQUAL(sim_may(&box.command.access, WS "\\.vscode.planted\\299", SIM_ACT_WRITE), 5);
    leave();
}

static void remove_the_folder(const char *path)
{
    for (int i = 0; i < MANY; i++) {
        char file[64];

        snprintf(file, sizeof file, "%s\\%03d", path, i);
        sim_remove(file);
    }
    sim_remove(path);
}

/* Not as something that was done to it. Another thing on its name is another matter. */
static void what_is_gone_when_it_is_tried_again_is_told_as_gone(void)
{
    for (uint32_t process = 0; process < 3; process += 2) { /* the session's end, a command's */
        bool patient = false;
        const struct tree_control control = {goes_on, &patient};

        sandboxed_world();
        enter(true);
        command_makes_a_folder_of_files();
        CU_ASSERT_EQUAL(planted_look(planted, 1, &control, &found, NULL), SBX_OK);
        expect(0, VIOLATION_PLANTED, WS "\\.vscode", "could not all be taken out");
        remove_the_folder(WS "\\.vscode.planted");
        CU_ASSERT_EQUAL(planted_look(planted, process, &control, &found, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(found.count, 2);
        expect(1, VIOLATION_PLANTED, WS "\\.vscode", "is not there any more");
        CU_ASSERT_PTR_NULL(strstr(found.items[1].text, "taken out"));
        CU_ASSERT_EQUAL(planted_look(planted, 3, &control, &found, NULL), SBX_OK);
        CU_ASSERT_EQUAL(found.count, 2);
        leave();
    }
}

struct goer {
    size_t at;
    bool went;
};

static void go_at_call(void *context, size_t call)
{
    struct goer *goer = context;

    if (call == goer->at && sim_exists(WS "\\.mcp.json")) {
        sim_remove(WS "\\.mcp.json");
        goer->went = true;
    }
}

/* Whenever it goes: what is said of it is true. */
static void what_goes_while_it_is_looked_at_is_not_said_to_be_stripped(void)
{
    bool told_as_gone = false;

    for (size_t at = 1; at < 60; at++) {
        struct goer goer = {.at = at};

        sandboxed_world();
        enter(false);
        command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
        sim_at_call(go_at_call, &goer);
        look(1);
        sim_at_call(NULL, NULL);
        if (found.count && strstr(found.items[0].text, "It was gone before")) {
            CU_ASSERT(goer.went);
            CU_ASSERT_PTR_NULL(strstr(found.items[0].text, "were taken out"));
            told_as_gone = true;
        }
        leave();
    }
    CU_ASSERT(told_as_gone);
}

/* Its own full access, which it may give itself when it makes the file, goes as well. */
static void rights_that_the_maker_gave_itself_go_too(void)
{
    char sddl[200];

    sandboxed_world();
    enter(false);
    command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
    snprintf(sddl, sizeof sddl, "O:" SIM_USER "G:" SIM_NO_GROUP "D:P(A;;FA;;;%s)(A;;FA;;;" SIM_USER ")",
             box.boundary.capability_sid);
    sim_set_descriptor(WS "\\.mcp.json", sddl);
    CU_ASSERT_EQUAL(look(1), 1);
    CU_ASSERT_EQUAL(sim_may(&box.command.access, WS "\\.mcp.json", SIM_ACT_WRITE), 5);
    leave();
}

static void what_is_swapped_or_gone_is_told(void)
{
    sandboxed_world();
    sim_add_file(WS "\\.git\\config");
    sim_add_folder(WS "\\.vscode");
    enter(false);
    sim_remove(WS "\\.git\\config");
    sim_add_file(WS "\\.git\\config");
    sim_remove(WS "\\.vscode");
    CU_ASSERT_EQUAL(look(3), 2);
    expect(0, VIOLATION_REPLACED, WS "\\.git\\config", "another one after command 3");
    expect(1, VIOLATION_REMOVED, WS "\\.vscode", "gone after command 3");
    CU_ASSERT_EQUAL(look(4), 0);
    sim_add_folder(WS "\\.vscode");
    CU_ASSERT_EQUAL(look(5), 1);
    expect(2, VIOLATION_PLANTED, WS "\\.vscode", "after command 5");
    sim_remove(WS "\\.vscode");
    CU_ASSERT_EQUAL(look(6), 0); /* what was planted is gone again */
    leave();
}

/* A link on the name, or on the way to it, is what is told, and what it leads to is not touched. */
static void links_are_told_and_never_followed(void)
{
    struct sim_snapshot *before, *after;

    sandboxed_world();
    sim_add_file(OUTSIDE "\\hooks\\pre-commit");
    sim_add_file(OUTSIDE "\\config");
    enter(true);
    before = sim_snapshot(WS);
    command_makes(WS "\\.git", SIM_ACT_CREATE_FOLDER);
    CU_ASSERT_EQUAL(sim_do_junction(&box.command.access, WS "\\.git", OUTSIDE), 0);
    command_makes(WS "\\.vscode", SIM_ACT_CREATE_FOLDER);
    CU_ASSERT_EQUAL(sim_do_junction(&box.command.access, WS "\\.vscode", OUTSIDE), 0);
    CU_ASSERT_EQUAL(look(2), 2);
    expect(0, VIOLATION_PLANTED, WS "\\.git", "a link");
    CU_ASSERT_PTR_NOT_NULL(strstr(found.items[0].text, "It decides what " WS "\\.git\\"));
    expect(1, VIOLATION_PLANTED, WS "\\.vscode", "a link");
    CU_ASSERT_STRING_EQUAL(found.items[0].moved_to, WS "\\.git.planted");
    CU_ASSERT(!sim_exists(WS "\\.git\\hooks") && sim_exists(WS "\\.git.planted\\hooks"));
    after = sim_snapshot(WS);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
    sim_snapshot_free(before);
    sim_snapshot_free(after);
    CU_ASSERT_EQUAL(look(3), 0);
    leave();
}

/* The README's two ways out: something else in its place, or a list without that name. */
static void link_there_before_is_a_refusal_that_says_what_to_do(void)
{
    struct sbx_error error = {0};

    for (int way_out = 0; way_out < 3; way_out++) {
        sandboxed_world();
        if (way_out == 1)
            sim_add_folder(WS "\\.vscode");
        else
            sim_add_link(WS "\\.vscode", OUTSIDE);
        CU_ASSERT_EQUAL(sandboxed_try(&box,
                                      way_out == 2 ? "{\"version\": 1, \"files\": {\"protect\": [\"${vcs}\", "
                                                     "\"${agents}\", \".idea\"]}}"
                                                   : USUAL,
                                      &error),
                        way_out ? SBX_OK : SBX_E_WORKSPACE_REFUSED);
        if (!way_out) {
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, WS "\\.vscode (/files/protect/2 in the policy)"));
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "it is a link"));
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Delete it if a command put it there"));
        }
        leave();
    }
}

/* "gitdir: elsewhere": git then runs the hooks of another folder. */
static void gits_one_line_file_is_told(void)
{
    sandboxed_world();
    enter(false);
    command_makes(WS "\\.git", SIM_ACT_CREATE_FILE);
    CU_ASSERT_EQUAL(look(1), 1);
    expect(0, VIOLATION_PLANTED, WS "\\.git", "a file");
    leave();
}

static void what_is_moved_aside_covers_nothing(void)
{
    sandboxed_world();
    sim_add_file(WS "\\.mcp.json.planted");
    sim_set_contents(WS "\\.mcp.json.planted", "old");
    enter(true);
    command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
    CU_ASSERT_EQUAL(look(1), 1);
    CU_ASSERT_STRING_EQUAL(found.items[0].moved_to, WS "\\.mcp.json.planted-2");
    CU_ASSERT_STRING_EQUAL(sim_contents(WS "\\.mcp.json.planted", NULL), "old");
    CU_ASSERT(!sim_exists(WS "\\.mcp.json") && sim_exists(WS "\\.mcp.json.planted-2"));
    command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
    CU_ASSERT_EQUAL(look(2), 1); /* each time anew */
    CU_ASSERT_STRING_EQUAL(found.items[1].moved_to, WS "\\.mcp.json.planted-3");
    leave();
}

/* Whoever plants may have taken all the names that we would think of. */
static void names_taken_beforehand_keep_nothing_in_place(void)
{
    char path[100];

    sandboxed_world();
    enter(true);
    command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
    command_makes(WS "\\.mcp.json.planted", SIM_ACT_CREATE_FILE);
    for (int i = 2; i <= 100; i++) {
        snprintf(path, sizeof path, WS "\\.mcp.json.planted-%d", i);
        command_makes(path, SIM_ACT_CREATE_FILE);
    }
    CU_ASSERT_EQUAL(look(1), 1);
    CU_ASSERT(!sim_exists(WS "\\.mcp.json"));
    CU_ASSERT(*found.items[0].moved_to && sim_exists(found.items[0].moved_to));
    leave();
}

static void what_nobody_may_look_at_is_told(void)
{
    sandboxed_world();
    enter(true);
    command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
    sim_set_descriptor(WS "\\.mcp.json", "O:SYG:SYD:P");
    CU_ASSERT_EQUAL(look(1), 1);
    expect(0, VIOLATION_PLANTED, WS "\\.mcp.json", "nobody may look at");
    CU_ASSERT_EQUAL(*found.items[0].moved_to, '\0');
    CU_ASSERT_EQUAL(look(2), 0);
    leave();
}

static void another_folder_in_the_workspaces_place_is_told(void)
{
    sandboxed_world();
    enter(false);
    sim_rename(WS, "C:\\src\\moved");
    sim_add_file(WS "\\.git\\hooks\\pre-commit");
    CU_ASSERT_EQUAL(look(4), 1);
    expect(0, VIOLATION_UNCHECKED, WS, "after command 4");
    CU_ASSERT_EQUAL(look(5), 0);
    leave();
}

static bool is_told_of(const char *path)
{
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.items[i].path, path) == 0)
            return true;
    return false;
}

/* Whatever call fails: an error is told as one, or what was planted is told by this look or the next. */
static void any_failing_call_hides_nothing(void)
{
    for (size_t nth = 1;; nth++) {
        size_t calls;

        sandboxed_world();
        enter(true);
        command_makes(WS "\\.git", SIM_ACT_CREATE_FOLDER);
        command_makes(WS "\\.git\\hooks", SIM_ACT_CREATE_FOLDER);
        sim_fail_call(nth);
        look(1);
        calls = sim_call_count();
        sim_fail_call(0);
        CU_ASSERT(found.count > 0);
        look(2);
        CU_ASSERT(is_told_of(WS "\\.git\\hooks"));
        CU_ASSERT(!sim_exists(WS "\\.git\\hooks")); /* by the second look at the latest */
        CU_ASSERT_EQUAL(look(3), 0);
        leave();
        if (calls < nth)
            break;
    }
}

static void memory_running_out_hides_nothing(void)
{
    for (size_t nth = 1; nth < 200; nth++) {
        sbx_status status;

        sandboxed_world();
        enter(false);
        command_makes(WS "\\.mcp.json", SIM_ACT_CREATE_FILE);
        sim_fail_allocation(nth);
        status = planted_look(planted, 1, NULL, &found, NULL);
        sim_fail_allocation(0);
        CU_ASSERT(status == SBX_E_MEMORY || (!status && found.count == 1));
        if (status && !found.count)
            look(2);
        CU_ASSERT_EQUAL(found.count, 1);
        leave();
    }
}

static void violations_are_listed_whole_or_not_at_all(void)
{
    struct violations other = {NULL, 0};
    struct violation one = {.kind = VIOLATION_PLANTED, .path = "C:\\a", .process = 3, .utc_ms = 5};
    struct json_t *json;

    CU_ASSERT_EQUAL(violations_add(&found, &one), SBX_OK);
    CU_ASSERT_EQUAL(violations_add(&found, &one), SBX_OK);
    CU_ASSERT_STRING_EQUAL(found.items[1].rule, "");
    for (size_t nth = 1; nth < 6; nth++) {
        sim_fail_allocation(nth);
        CU_ASSERT_EQUAL(violations_append(&other, &found, 1), SBX_E_MEMORY);
        CU_ASSERT_EQUAL(other.count, 0);
    }
    sim_fail_allocation(0);
    CU_ASSERT_EQUAL(violations_append(&other, &found, 1), SBX_OK);
    CU_ASSERT_EQUAL(other.count, 1);
    CU_ASSERT_STRING_EQUAL(other.items[0].path, "C:\\a");
    CU_ASSERT_STRING_EQUAL(violation_kind_name(VIOLATION_UNCHECKED), "unchecked");
    CU_ASSERT_STRING_EQUAL(violation_kind_name(VIOLATION_KIND_COUNT), "");
    json = violation_as_json(&other.items[0]);
    CU_ASSERT_PTR_NOT_NULL(json);
    json_decref(json);
    violations_free(&other);
    violations_free(&found);
}

const struct harness_suite planted_suite = {
    "planted",
    (const struct harness_test[]){
        {"nothing is told of what is as it was", nothing_is_told_of_what_is_as_it_was},
        {"what appears is told once, with the command", what_appears_is_told_once_with_the_command},
        {"what appears loses the sandbox's rights", what_appears_loses_the_sandboxs_rights},
        {"rights that were not all taken out are tried again",
         rights_that_were_not_all_taken_out_are_tried_again},
        {"what was moved aside is stripped to the end", what_was_moved_aside_is_stripped_to_the_end},
        {"what is gone when it is tried again is told as gone",
         what_is_gone_when_it_is_tried_again_is_told_as_gone},
        {"what goes while it is looked at is not said to be stripped",
         what_goes_while_it_is_looked_at_is_not_said_to_be_stripped},
        {"rights that the maker gave itself go too", rights_that_the_maker_gave_itself_go_too},
        {"what is swapped or gone is told", what_is_swapped_or_gone_is_told},
        {"links are told and never followed", links_are_told_and_never_followed},
        {"a link there before is a refusal that says what to do",
         link_there_before_is_a_refusal_that_says_what_to_do},
        {"git's one-line file is told", gits_one_line_file_is_told},
        {"what is moved aside covers nothing", what_is_moved_aside_covers_nothing},
        {"names taken beforehand keep nothing in place", names_taken_beforehand_keep_nothing_in_place},
        {"what nobody may look at is told", what_nobody_may_look_at_is_told},
        {"another folder in the workspace's place is told", another_folder_in_the_workspaces_place_is_told},
        {"any failing call hides nothing", any_failing_call_hides_nothing},
        {"memory running out hides nothing", memory_running_out_hides_nothing},
        {"violations are listed whole or not at all", violations_are_listed_whole_or_not_at_all},
        {NULL, NULL},
    },
};
