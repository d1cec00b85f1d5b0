/*
 * repositories_test.c - which git repositories are found, and which are not when there are too many: what commands make crowds out
 * nothing that was protected before, and nothing that lies nearer to the root.
 */
#include "core/repositories.h"
#include "base/memory.h"
#include "core/provision.h"
#include "core/memory_failing.h"
#include "sim/sim.h"
#include "sim/world.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT   "C:\\src\\app"
#define STATE  "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define DECOYS 300 /* more than REPOSITORIES_MOST */

static void make_decoys(const char *below)
{
    for (int i = 0; i < DECOYS; i++) {
        char path[160];

        snprintf(path, sizeof path, ROOT "\\%s%03d\\.git\\config", below, i);
        sim_add_file(path);
    }
}

static bool finds(const struct repositories *found, const char *path)
{
    return strings_hold_ascii_nocase(&found->directories, path) ||
           strings_hold_ascii_nocase(&found->files, path);
}

static struct repositories find(const struct repositories_search *search)
{
    struct repositories found = {0};

    CU_ASSERT_EQUAL_FATAL(repositories_find(ROOT, search, &found, NULL), SBX_OK);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    return found;
}

static void decoys_deep_down_crowd_out_nothing_near_the_root(void)
{
    struct repositories found;

    sim_reset();
    make_decoys("a\\b\\c\\d");
    sim_add_file(ROOT "\\z\\.git\\config");
    sim_add_file(ROOT "\\x\\y\\.git");
    found = find(NULL);
    CU_ASSERT_TRUE(finds(&found, ROOT "\\z\\.git"));
    CU_ASSERT_TRUE(finds(&found, ROOT "\\x\\y\\.git"));
    CU_ASSERT_TRUE(finds(&found, ROOT "\\a\\b\\c\\d000\\.git"));
    CU_ASSERT_TRUE(finds(&found, ROOT "\\a\\b\\c\\d253\\.git"));
    CU_ASSERT_FALSE(finds(&found, ROOT "\\a\\b\\c\\d254\\.git"));
    CU_ASSERT_EQUAL(found.directories.count + found.files.count, REPOSITORIES_MOST);
    CU_ASSERT_TRUE(found.more);
    CU_ASSERT_FALSE(repositories_are_all(&found));
    repositories_free(&found);
}

static void what_was_protected_before_is_never_crowded_out(void)
{
    static char *paths[] = {ROOT "\\x\\y\\z\\lib\\.git",
                            ROOT "\\x\\y\\sub\\.GIT",
                            ROOT "\\x\\bare",
                            ROOT "\\x\\none",
                            ROOT "\\gone\\.git",
                            ROOT "\\linked\\.git",
                            "C:\\src\\other\\.git",
                            ROOT "\\x\\none\\hooks",
                            ROOT};
    const struct sbx_strings known = {paths, sizeof paths / sizeof *paths};
    const struct repositories_search search = {.known = &known};
    struct repositories found;

    sim_reset();
    make_decoys("a");
    sim_add_file(ROOT "\\x\\y\\z\\lib\\.git\\config");
    sim_add_file(ROOT "\\x\\y\\sub\\.git");
    sim_add_file(ROOT "\\x\\bare\\HEAD");
    sim_add_folder(ROOT "\\x\\bare\\objects");
    sim_add_folder(ROOT "\\x\\bare\\refs");
    sim_add_folder(ROOT "\\x\\none\\hooks");
    sim_add_file("C:\\src\\other\\.git\\config");
    sim_add_link(ROOT "\\linked", "C:\\src\\other");
    found = find(&search);
    CU_ASSERT_TRUE(finds(&found, paths[0]));
    CU_ASSERT_TRUE(finds(&found, paths[1]));
    CU_ASSERT_TRUE(finds(&found, paths[2]));
    for (size_t i = 3; i < known.count; i++)
        CU_ASSERT_FALSE(finds(&found, paths[i]));
    CU_ASSERT_EQUAL(found.directories.count + found.files.count, REPOSITORIES_MOST);
    CU_ASSERT_TRUE(found.more);
    CU_ASSERT_EQUAL_FATAL(found.last.count, 2); /* none of them is what was known */
    CU_ASSERT_STRING_EQUAL(found.last.items[0], ROOT "\\a251\\.git");
    CU_ASSERT_STRING_EQUAL(found.last.items[1], ROOT "\\a252\\.git");
    repositories_free(&found);

    /* Found again on the way, they are no second ones. */
    sim_reset();
    sim_add_file(ROOT "\\x\\y\\z\\lib\\.git\\config");
    found = find(&search);
    CU_ASSERT_EQUAL(found.directories.count, 1);
    CU_ASSERT_EQUAL(found.files.count, 0);
    CU_ASSERT_TRUE(repositories_are_all(&found));
    repositories_free(&found);
}

/* HEAD, objects and refs are a command's to make: in a folder that holds the user's repositories, the root itself among them. */
static void a_folder_made_a_repository_hides_none(void)
{
    static const char *const decoys[] = {ROOT, ROOT "\\libs", ROOT "\\.git\\modules"};
    struct repositories found;

    sim_reset();
    for (size_t i = 0; i < sizeof decoys / sizeof *decoys; i++) {
        char path[160];

        snprintf(path, sizeof path, "%s\\HEAD", decoys[i]);
        sim_add_file(path);
        snprintf(path, sizeof path, "%s\\objects\\ab", decoys[i]);
        sim_add_folder(path);
        snprintf(path, sizeof path, "%s\\refs", decoys[i]);
        sim_add_folder(path);
    }
    sim_add_file(ROOT "\\libs\\new\\.git\\config");
    sim_add_file(ROOT "\\objects\\sub\\.git");
    sim_add_file(ROOT "\\.git\\modules\\m\\HEAD");
    sim_add_folder(ROOT "\\.git\\modules\\m\\objects");
    sim_add_folder(ROOT "\\.git\\modules\\m\\refs");
    sim_add_file(ROOT "\\.git\\objects\\x\\.git");
    found = find(NULL);
    CU_ASSERT_TRUE(finds(&found, ROOT));
    CU_ASSERT_TRUE(finds(&found, ROOT "\\libs"));
    CU_ASSERT_TRUE(finds(&found, ROOT "\\libs\\new\\.git"));
    CU_ASSERT_TRUE(finds(&found, ROOT "\\objects\\sub\\.git"));
    CU_ASSERT_TRUE(finds(&found, ROOT "\\.git\\modules\\m"));
    CU_ASSERT_FALSE(finds(&found, ROOT "\\.git\\objects\\x\\.git")); /* nothing of anybody's is in there */
    repositories_free(&found);
}

static void a_link_to_objects_makes_a_repository_as_well(void)
{
    struct repositories found;

    sim_reset();
    sim_add_file(ROOT "\\bare\\HEAD");
    sim_add_folder(ROOT "\\elsewhere");
    sim_add_folder(ROOT "\\bare\\refs");
    sim_add_link(ROOT "\\bare\\objects", ROOT "\\elsewhere");
    found = find(NULL);
    CU_ASSERT_TRUE(finds(&found, ROOT "\\bare"));
    repositories_free(&found);
}

/* Between two sessions a command takes out what it may, and puts it back when it may write the rest. */
static void what_was_protected_before_stays_one_without_its_head(void)
{
    static char *paths[] = {ROOT "\\bare", ROOT "\\tree", ROOT "\\docs", ROOT "\\gone"};
    const struct sbx_strings known = {paths, sizeof paths / sizeof *paths};
    const struct repositories_search search = {.known = &known};
    struct repositories found;

    sim_reset();
    sim_add_file(ROOT "\\bare\\config");
    sim_add_folder(ROOT "\\bare\\hooks");
    sim_add_folder(ROOT "\\bare\\refs");
    sim_add_file(ROOT "\\tree\\commondir");
    sim_add_file(ROOT "\\docs\\config"); /* protected by its name, of a policy */
    sim_add_file(ROOT "\\new\\config");
    sim_add_folder(ROOT "\\new\\hooks");
    found = find(&search);
    CU_ASSERT_TRUE(finds(&found, paths[0]));
    CU_ASSERT_TRUE(finds(&found, paths[1]));
    CU_ASSERT_EQUAL(found.directories.count, 2);
    repositories_free(&found);
}

static void the_same_tree_gives_the_same_list(void)
{
    static const char *const paths[] = {ROOT "\\b\\.git\\x", ROOT "\\a\\c\\.git\\x",
                                        ROOT "\\.git\\modules\\m\\HEAD", ROOT "\\A1\\.git\\x"};
    struct repositories lists[2];

    for (int turn = 0; turn < 2; turn++) {
        sim_reset();
        for (int i = 0; i < 4; i++)
            sim_add_file(paths[turn ? 3 - i : i]);
        sim_add_folder(ROOT "\\.git\\modules\\m\\objects");
        sim_add_folder(ROOT "\\.git\\modules\\m\\refs");
        lists[turn] = find(NULL);
    }
    CU_ASSERT_EQUAL_FATAL(lists[0].directories.count, 5);
    CU_ASSERT_EQUAL_FATAL(lists[1].directories.count, 5);
    CU_ASSERT_STRING_EQUAL(lists[0].directories.items[0], ROOT "\\.git");
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_STRING_EQUAL(lists[0].directories.items[i], lists[1].directories.items[i]);
    repositories_free(&lists[0]);
    repositories_free(&lists[1]);
}

static void limits_of_number_and_time_end_it_and_are_told(void)
{
    struct repositories_search search = {.most_folders = 200};
    struct repositories found;

    sim_reset();
    make_decoys("a");
    found = find(&search);
    CU_ASSERT_EQUAL(found.folders, 200);
    CU_ASSERT_TRUE(found.out_of_count);
    CU_ASSERT_FALSE(found.out_of_time);
    CU_ASSERT_FALSE(repositories_are_all(&found));
    repositories_free(&found);

    search = (struct repositories_search){.most_ms = 2}; /* a look at the clock takes one here */
    found = find(&search);
    CU_ASSERT_TRUE(found.out_of_time);
    CU_ASSERT(found.folders > 0 && found.folders < 200);
    CU_ASSERT_EQUAL(found.last.count, 1);
    CU_ASSERT_FALSE(repositories_are_all(&found));
    repositories_free(&found);

    /* No more than there is. */
    sim_reset();
    sim_add_folder(ROOT "\\a\\b");
    search = (struct repositories_search){.most_folders = 3};
    found = find(&search);
    CU_ASSERT_EQUAL(found.folders, 3);
    CU_ASSERT_TRUE(repositories_are_all(&found));
    repositories_free(&found);
}

static bool stop_at(void *context, size_t folders)
{
    size_t *at = context;

    return folders < *at;
}

static void it_can_be_cancelled(void)
{
    sim_reset();
    make_decoys("a");
    for (size_t at = 0; at < 300; at += 100) {
        struct repositories_search search = {.go_on = stop_at, .context = &at};
        struct repositories found = {0};
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(repositories_find(ROOT, &search, &found, &error), SBX_E_CANCELLED);
        CU_ASSERT_EQUAL(error.code, SBX_E_CANCELLED);
        CU_ASSERT_EQUAL(found.directories.count, 0);
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
    }
}

/* Nested as deep as a command likes, with handles for the way alone. */
static void deep_folders_are_walked(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct repositories found;

    sim_reset();
    buffer_append_text(&path, ROOT);
    for (int i = 0; i < 300; i++)
        buffer_append_text(&path, "\\d");
    buffer_append_text(&path, "\\.git\\config");
    sim_add_file(buffer_text(&path));
    found = find(NULL);
    CU_ASSERT_EQUAL(found.directories.count, 1);
    CU_ASSERT_EQUAL(found.folders, 302);
    repositories_free(&found);
    buffer_free(&path);
}

/* Whoever may not list a folder knows nothing of it, whatever it is called: it is passed by, and the rest is found. */
static void what_may_not_be_listed_is_passed_by(void)
{
    struct repositories found;

    sim_reset();
    sim_add_file(ROOT "\\a\\.git\\config");
    sim_add_file(ROOT "\\b\\.git\\config");
    for (int turn = 0; turn < 2; turn++) { /* may not be opened; may be looked at, and not listed */
        sim_set_descriptor(ROOT "\\a\\.git", turn ? "O:" SIM_OTHER_USER "G:" SIM_OTHER_USER
                                                    "D:P(A;;0x120080;;;" SIM_USER ")"
                                                  : "O:" SIM_OTHER_USER "G:" SIM_OTHER_USER
                                                    "D:P(A;OICI;FA;;;" SIM_OTHER_USER ")");
        found = find(NULL);
        CU_ASSERT_EQUAL(found.directories.count, 1);
        CU_ASSERT_TRUE(finds(&found, ROOT "\\b\\.git"));
        CU_ASSERT_TRUE(repositories_are_all(&found));
        repositories_free(&found);
    }
}

static void any_failing_call_or_allocation_is_survived(void)
{
    static char *paths[] = {ROOT "\\x\\lib\\.git", ROOT "\\x\\sub\\.git"};
    const struct sbx_strings known = {paths, 2};
    const struct repositories_search search = {.known = &known};
    size_t failed[2] = {0, 0};

    sim_reset();
    sim_add_file(ROOT "\\x\\lib\\.git\\config");
    sim_add_file(ROOT "\\x\\sub\\.git");
    for (int kind = 0; kind < 2; kind++) {
        for (size_t n = 1; n < 500; n++) {
            struct repositories found = {0};
            struct sbx_error error = {0};
            sbx_status status;

            if (kind)
                sim_fail_allocation(n);
            else
                sim_fail_call(n);
            status = repositories_find(ROOT, &search, &found, &error);
            sim_fail_allocation(0);
            sim_fail_call(0);
            CU_ASSERT_EQUAL(sim_open_handles(), 0);
            CU_ASSERT_EQUAL(status, error.code);
            if (status) {
                failed[kind]++;
                CU_ASSERT_EQUAL(found.directories.count + found.files.count, 0);
            }
            repositories_free(&found);
        }
    }
    CU_ASSERT(failed[0] > 5 && failed[1] > 5);
    harness_note("%lu calls and %lu allocations failed", (unsigned long)failed[0], (unsigned long)failed[1]);
}

/* ---- in a boundary ------------------------------------------------------------------------------------------------- */

static sbx_status resolve(const char *text, struct repositories_search *search,
                          struct repositories_kept *kept, struct boundary *boundary)
{
    char *entries[] = {"PATH=C:\\Windows"};
    const struct sbx_strings environment = {entries, 1};
    struct sbx_policy policy;
    struct boundary_input input = {.policy = &policy,
                                   .workspace = ROOT,
                                   .session_folder = STATE "\\sessions\\one\\0123abcd",
                                   .user_sid = SIM_USER,
                                   .caller_environment = &environment,
                                   .search = search,
                                   .searched = kept};
    sbx_status status;

    CU_ASSERT_EQUAL_FATAL(policy_parse(text, strlen(text), &policy, NULL), SBX_OK);
    status = boundary_resolve(&input, boundary, NULL);
    policy_free(&policy);
    return status;
}

static enum boundary_right right_of(const struct boundary *boundary, const char *path)
{
    return boundary_place_for(boundary, path)->right;
}

static bool count_calls(void *context, size_t folders)
{
    (void)folders;
    ++*(size_t *)context;
    return true;
}

static void a_root_that_was_looked_through_is_not_looked_through_again(void)
{
    size_t calls = 0;
    struct repositories_search search = {.go_on = count_calls, .context = &calls};
    struct repositories_kept kept = {NULL, 0};
    struct boundary boundary;

    sim_reset();
    sim_add_file(ROOT "\\lib\\.git\\config");
    sim_add_file("D:\\more\\lib\\.git\\config");
    CU_ASSERT_EQUAL_FATAL(resolve("{}", &search, &kept, &boundary), SBX_OK);
    CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\lib\\.git\\config"), BOUNDARY_PROTECT);
    CU_ASSERT_PTR_NULL(boundary.not_all_repositories);
    CU_ASSERT_EQUAL(calls, 1);
    boundary_free(&boundary);

    sim_add_file(ROOT "\\later\\.git\\config");
    CU_ASSERT_EQUAL_FATAL(resolve("{\"files\": {\"write\": [\"${workspace}\", \"${temp}\", \"D:/more\"]}}",
                                  &search, &kept, &boundary),
                          SBX_OK);
    CU_ASSERT_EQUAL(calls, 2); /* the new root alone */
    CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\lib\\.git\\config"), BOUNDARY_PROTECT);
    CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\later\\.git\\config"), BOUNDARY_WRITE);
    CU_ASSERT_EQUAL(right_of(&boundary, "D:\\more\\lib\\.git\\config"), BOUNDARY_PROTECT);
    boundary_free(&boundary);

    /* Anew; the new counts only where that is said of it, else what was found before does. */
    for (int anew = 0; anew < 2; anew++) {
        repositories_set_aside(&kept, ROOT);
        CU_ASSERT_EQUAL_FATAL(resolve("{}", &search, &kept, &boundary), SBX_OK);
        CU_ASSERT_EQUAL(calls, 3 + (size_t)anew);
        CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\later\\.git\\config"), BOUNDARY_PROTECT);
        boundary_free(&boundary);
        CU_ASSERT_EQUAL(kept.count, 3);
        repositories_settle(&kept, ROOT, anew);
        CU_ASSERT_EQUAL(kept.count, 2);
        CU_ASSERT_EQUAL_FATAL(resolve("{}", &search, &kept, &boundary), SBX_OK);
        CU_ASSERT_EQUAL(calls, 3 + (size_t)anew);
        CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\later\\.git\\config"),
                        anew ? BOUNDARY_PROTECT : BOUNDARY_WRITE);
        boundary_free(&boundary);
    }
    repositories_kept_free(&kept);
}

static void a_boundary_says_where_not_all_were_found(void)
{
    struct repositories_search search = {.most_folders = 10};
    struct boundary boundary;

    sim_reset();
    make_decoys("a");
    CU_ASSERT_EQUAL_FATAL(resolve("{}", NULL, NULL, &boundary), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(boundary.not_all_repositories);
    CU_ASSERT_PTR_NOT_NULL(strstr(boundary.not_all_repositories,
                                  "there are more repositories than 256, the last " ROOT "\\a254\\.git, " ROOT
                                  "\\a255\\.git; delete those if a command made them."));
    boundary_free(&boundary);
    CU_ASSERT_EQUAL_FATAL(resolve("{}", &search, NULL, &boundary), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(boundary.not_all_repositories);
    CU_ASSERT_STRING_EQUAL(
        boundary.not_all_repositories,
        "/files/protect/0 does not hold for all git repositories below " ROOT
        ": not all were found. 10 folders were looked at; the limit of their number ended it "
        "in " ROOT "; delete those if a command made them.");
    boundary_free(&boundary);
    CU_ASSERT_EQUAL_FATAL(
        resolve("{\"files\": {\"protect\": [\"lib/.git/hooks\"]}}", &search, NULL, &boundary), SBX_OK);
    CU_ASSERT_PTR_NULL(boundary.not_all_repositories); /* nobody wants them found */
    boundary_free(&boundary);
}

/* Its hooks are protected where they lie; whoever turns the link has others. */
static void a_boundary_says_where_a_git_is_a_link_to_a_folder(void)
{
    struct boundary boundary;
    size_t told = 0;

    sim_reset();
    sim_add_file(ROOT "\\real\\HEAD");
    sim_add_folder(ROOT "\\real\\hooks");
    sim_add_folder(ROOT "\\real\\objects");
    sim_add_folder(ROOT "\\real\\refs");
    sim_add_link(ROOT "\\lib\\.git", ROOT "\\real");
    CU_ASSERT_EQUAL_FATAL(resolve("{}", NULL, NULL, &boundary), SBX_OK);
    CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\real\\hooks"), BOUNDARY_PROTECT);
    for (size_t i = 0; i < boundary.notes.count; i++)
        told +=
            strstr(boundary.notes.items[i], ROOT "\\lib\\.git\\hooks: there is a link on the way") != NULL;
    CU_ASSERT_EQUAL(told, 1);
    boundary_free(&boundary);
}

/* From one session to the next: what the first one protected is in the journal. */
static void the_journal_tells_the_next_search_what_is_protected(void)
{
    const struct provision_host host = {.state_folder = STATE, .deeds = apply_files};
    struct sbx_strings known = {NULL, 0};
    struct repositories_search search = {.known = &known};
    struct provision *provision = NULL;
    struct tree_outcome outcome = {0};
    struct boundary boundary;
    struct plan plan = {0};

    sim_reset();
    sim_add_file(ROOT "\\x\\y\\lib\\.git\\config");
    sim_add_file(ROOT "\\x\\y\\sub\\.git");
    CU_ASSERT_EQUAL_FATAL(resolve("{}", NULL, NULL, &boundary), SBX_OK);
    CU_ASSERT_EQUAL(provision_repositories(&host, boundary.capability_sid, &known, NULL), SBX_OK);
    CU_ASSERT_EQUAL(known.count, 0);
    CU_ASSERT_EQUAL_FATAL(provision_apply(&host, &boundary, "one", &provision, &plan, &outcome, NULL),
                          SBX_OK);
    provision_release(provision);
    make_decoys("a");
    CU_ASSERT_EQUAL(provision_repositories(&host, boundary.capability_sid, &known, NULL), SBX_OK);
    CU_ASSERT_TRUE(strings_hold_ascii_nocase(&known, ROOT "\\x\\y\\lib\\.git"));
    CU_ASSERT_TRUE(strings_hold_ascii_nocase(&known, ROOT "\\x\\y\\sub\\.git"));
    boundary_free(&boundary);

    CU_ASSERT_EQUAL_FATAL(resolve("{}", &search, NULL, &boundary), SBX_OK);
    CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\x\\y\\lib\\.git\\config"), BOUNDARY_PROTECT);
    CU_ASSERT_EQUAL(right_of(&boundary, ROOT "\\x\\y\\sub\\.git"), BOUNDARY_PROTECT);
    CU_ASSERT_PTR_NOT_NULL(boundary.not_all_repositories);
    CU_ASSERT_EQUAL(provision_undo(&host, boundary.capability_sid, &outcome, NULL), SBX_OK);
    plan_free(&plan);
    tree_outcome_free(&outcome);
    boundary_free(&boundary);
    strings_free(&known);
    sim_reset();
}

const struct harness_suite repositories_suite = {
    "repositories",
    (const struct harness_test[]){
        {"decoys deep down crowd out nothing near the root",
         decoys_deep_down_crowd_out_nothing_near_the_root},
        {"what was protected before is never crowded out", what_was_protected_before_is_never_crowded_out},
        {"a folder made a repository hides none", a_folder_made_a_repository_hides_none},
        {"a link to objects makes a repository as well", a_link_to_objects_makes_a_repository_as_well},
        {"what was protected before stays one without its HEAD",
         what_was_protected_before_stays_one_without_its_head},
        {"the same tree gives the same list", the_same_tree_gives_the_same_list},
        {"limits of number and time end it, and are told", limits_of_number_and_time_end_it_and_are_told},
        {"it can be cancelled", it_can_be_cancelled},
        {"deep folders are walked", deep_folders_are_walked},
        {"what may not be listed is passed by", what_may_not_be_listed_is_passed_by},
        {"any failing call or allocation is survived", any_failing_call_or_allocation_is_survived},
        {"a root that was looked through is not looked through again",
         a_root_that_was_looked_through_is_not_looked_through_again},
        {"a boundary says where not all were found", a_boundary_says_where_not_all_were_found},
        {"a boundary says where a .git is a link to a folder",
         a_boundary_says_where_a_git_is_a_link_to_a_folder},
        {"the journal tells the next search what is protected",
         the_journal_tells_the_next_search_what_is_protected},
        {NULL, NULL},
    },
};
