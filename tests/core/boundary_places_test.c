/*
 * boundary_places_test.c - the policy's paths on a host: which places a boundary has, and which of them counts.
 *
 * What a boundary says of files is written a line a place and compared as text: the right (w r p d), then "-" for one that
 * is not there or "@" for a link itself, path, pointer.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "core/boundary.h"
#include "core/memory_failing.h"
#include "core/policy_edit.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER      "S-1-5-21-1000-2000-3000-1001"
#define ACCOUNT   "S-1-5-21-1000-2000-3000-1042"
#define GROUP     "S-1-5-21-1000-2000-3000-1043"
#define WORKSPACE "C:\\src\\App"
#define SESSION   "C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions\\1\\ab"
#define TEMP      SESSION "\\temp"
#define MOST      8

/* A policy's files; NULL ends a list. */
struct files {
    const char *write[MOST];
    const char *read[MOST];
    const char *deny[MOST];
    const char *protect[MOST];
};

static char *caller_entries[] = {"PATH=C:\\Windows\\System32", "SystemRoot=C:\\Windows"};
static const struct sbx_strings caller = {caller_entries, 2};

static void prepare(void)
{
    sim_reset();
    sim_add_folder(WORKSPACE);
    sim_add_folder("D:\\data\\deep");
    sim_add_folder("D:\\cache");
}

static void fill(struct sbx_strings *strings, const char *const *items)
{
    strings_free(strings);
    for (size_t i = 0; i < MOST && items[i]; i++)
        CU_ASSERT_EQUAL_FATAL(strings_append(strings, items[i]), SBX_OK);
}

static struct sbx_policy policy_of(const struct files *files)
{
    struct sbx_policy policy;

    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    fill(&policy.files.write, files->write);
    fill(&policy.files.read, files->read);
    fill(&policy.files.deny, files->deny);
    fill(&policy.files.protect, files->protect);
    return policy;
}

static struct boundary_input input_of(const struct sbx_policy *policy)
{
    return (struct boundary_input){.policy = policy,
                                   .workspace = WORKSPACE,
                                   .session_folder = SESSION,
                                   .user_sid = USER,
                                   .caller_environment = &caller,
                                   .unbuilt_too = true};
}

static sbx_status resolve(const struct files *files, struct boundary *boundary, struct sbx_error *error)
{
    struct sbx_policy policy = policy_of(files);
    struct boundary_input input = input_of(&policy);
    sbx_status status = boundary_resolve(&input, boundary, error);

    policy_free(&policy);
    return status;
}

static char *places_as_text(const struct boundary *boundary)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    for (size_t i = 0; i < boundary->place_count; i++) {
        const struct boundary_place *place = &boundary->places[i];

        buffer_append_format(&text, "%c%s %s %s\n", "wrpd"[place->right],
                             place -> link ? "@" : (place->present ? "" : "-"), place->path, place->pointer);
    }
    for (size_t i = 0; i < boundary->notes.count; i++)
        buffer_append_format(&text, "%s\n", boundary->notes.items[i]);
    return buffer_take(&text, NULL);
}

static void expect_text(const char *name, char *found, const char *expected)
{
    if (strcmp(found, expected) != 0) {
        fprintf(stderr, "%s:\n%s-- expected:\n%s", name, found, expected);
        CU_FAIL("other places than expected");
    }
    sbx_free(found);
}

static void expect_places(const char *name, const struct files *files, const char *expected)
{
    struct boundary boundary;
    struct sbx_error error = {0};

    if (resolve(files, &boundary, &error)) {
        fprintf(stderr, "%s: %s\n", name, error.text);
        CU_FAIL("not resolved");
        return;
    }
    expect_text(name, places_as_text(&boundary), expected);
    boundary_free(&boundary);
}

static void expect_refusal(const struct files *files, sbx_status status, const char *start, const char *part)
{
    struct boundary boundary = {.seconds = 77};
    struct sbx_error error = {0};
    sbx_status found = resolve(files, &boundary, &error);

    if (found != status || strncmp(error.text, start, strlen(start)) != 0 || !strstr(error.text, part)) {
        fprintf(stderr, "expected %s %s...%s, is %s %s\n", status_word(status), start, part,
                status_word(found), error.text);
        CU_FAIL("another answer");
    }
    if (found) {
        CU_ASSERT(boundary.seconds == 77 && !boundary.places && !boundary.workspace);
    } else {
        boundary_free(&boundary);
    }
}

static const struct files strict = {
    {"${workspace}", "${temp}"}, {"${toolchains}"}, {NULL}, {"${vcs}", "${agents}", "${editors}"}};

/* Presets. */

static void strict_default_has_workspace_temp_and_protected_names(void)
{
    prepare();
    sim_add_folder(WORKSPACE "\\.git\\hooks");
    sim_add_file(WORKSPACE "\\.git\\Config");
    sim_add_folder(WORKSPACE "\\.vscode");
    expect_places("default", &strict,
                  "w C:\\src\\App /files/write/0\n"
                  "p- C:\\src\\App\\.agents /files/protect/1\n"
                  "p- C:\\src\\App\\.claude /files/protect/1\n"
                  "p- C:\\src\\App\\.codex /files/protect/1\n"
                  "p- C:\\src\\App\\.git\\commondir /files/protect/0\n"
                  "p C:\\src\\App\\.git\\Config /files/protect/0\n"
                  "p- C:\\src\\App\\.git\\config.worktree /files/protect/0\n"
                  "p C:\\src\\App\\.git\\hooks /files/protect/0\n"
                  "p- C:\\src\\App\\.gitmodules /files/protect/0\n"
                  "p- C:\\src\\App\\.idea /files/protect/2\n"
                  "p- C:\\src\\App\\.mcp.json /files/protect/1\n"
                  "p C:\\src\\App\\.vscode /files/protect/2\n"
                  "w- " TEMP " /files/write/1\n");
}

static void presets_stand_for_folders_of_this_host(void)
{
    static const struct files files = {{"${workspace}/out", "${temp}/x"},
                                       {"${home}/Documents", "${workspace}"},
                                       {"${home}/.ssh", "${temp}\\x\\secret", "${home}"},
                                       {NULL}};

    prepare();
    sim_add_folder(WORKSPACE "\\out");
    expect_places(
        "presets", &files,
        "r C:\\src\\App /files/read/1\n"
        "w C:\\src\\App\\out /files/write/0\n"
        "d C:\\Users\\me /files/deny/2\n"
        "w- " TEMP "\\x /files/write/1\n"
        "d- " TEMP "\\x\\secret /files/deny/1\n"
        "r C:\\Users\\me\\Documents /files/read/0\n"
        "/files/read/1 gives way to /files/write/0: C:\\src\\App\\out is the narrower path.\n"
        "/files/deny/2 gives way to /files/write/1: " TEMP "\\x is the narrower path.\n"
        "/files/write/1 gives way to /files/deny/1: " TEMP "\\x\\secret is the narrower path.\n"
        "/files/deny/2 gives way to /files/read/0: C:\\Users\\me\\Documents is the narrower path.\n");
}

/* Tools that are not here are no error, and those that may not be given stay away. */
static void toolchains_are_those_of_this_host_and_only_read(void)
{
    static const struct files files = {{"${workspace}"}, {"${toolchains}"}, {NULL}, {NULL}};

    prepare();
    sim_add_folder("C:\\Users\\me\\AppData\\Local\\Programs\\Python");
    sim_add_folder("C:\\Users\\me\\.cargo\\bin");
    sim_add_file("C:\\Users\\me\\.cargo\\credentials.toml");
    sim_add_folder("D:\\scoop\\apps");
    sim_add_folder("D:\\scoop\\persist\\firefox\\profile"); /* nothing of it */
    sim_add_link("C:\\Users\\me\\scoop", "D:\\scoop");
    sim_add_link("C:\\Users\\me\\go", "C:\\Users\\me");
    sim_add_link("C:\\Users\\me\\.dotnet", WORKSPACE);
    expect_places("toolchains", &files,
                  "r C:\\src\\App /files/read/0\n" /* read beats write: somebody linked it there */
                  "r C:\\Users\\me\\.cargo\\bin /files/read/0\n"
                  "r C:\\Users\\me\\AppData\\Local\\Programs /files/read/0\n"
                  "r D:\\scoop\\apps /files/read/0\n"
                  "/files/write/0 gives way to /files/read/0: both are C:\\src\\App.\n");
}

/* Where reads are checked at all: elsewhere to deny them would be words. */
static void what_toolchains_keep_of_credentials_is_denied(void)
{
    static const struct files files = {{"${workspace}"}, {"${toolchains}"}, {NULL}, {NULL}};
    struct sbx_policy policy = policy_of(&files);
    struct boundary_input input = input_of(&policy);
    struct boundary boundary;

    prepare();
    sim_add_file("C:\\Users\\me\\AppData\\Local\\pnpm\\config\\auth.ini");
    sim_add_file("C:\\Users\\me\\AppData\\Local\\pnpm\\pnpm.exe");
    sim_add_file("C:\\Users\\me\\AppData\\Roaming\\npm\\tool.cmd");
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    expect_text("reads are not checked", places_as_text(&boundary),
                "w C:\\src\\App /files/write/0\n"
                "r C:\\Users\\me\\AppData\\Local\\pnpm /files/read/0\n"
                "r C:\\Users\\me\\AppData\\Roaming\\npm /files/read/0\n");
    boundary_free(&boundary);

    policy.token = SBX_TOKEN_FULLY_RESTRICTED;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    expect_text("fully restricted", places_as_text(&boundary),
                "w C:\\src\\App /files/write/0\n"
                "r C:\\Users\\me\\AppData\\Local\\pnpm /files/read/0\n"
                "d C:\\Users\\me\\AppData\\Local\\pnpm\\config /files/read/0\n"
                "r C:\\Users\\me\\AppData\\Roaming\\npm /files/read/0\n");
    boundary_free(&boundary);

    /* Behind a link there is nothing that the folder's grant would reach; an account's reads are checked whatever its token. */
    policy.token = SBX_TOKEN_AUTO;
    input.account_sid = ACCOUNT;
    input.account_group_sid = GROUP;
    sim_add_folder("D:\\dotfiles");
    sim_add_link("C:\\Users\\me\\AppData\\Roaming\\npm\\etc", "D:\\dotfiles");
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    expect_text("an account", places_as_text(&boundary),
                "w C:\\src\\App /files/write/0\n"
                "r C:\\Users\\me\\AppData\\Local\\pnpm /files/read/0\n"
                "d C:\\Users\\me\\AppData\\Local\\pnpm\\config /files/read/0\n"
                "r C:\\Users\\me\\AppData\\Roaming\\npm /files/read/0\n");
    boundary_free(&boundary);
    policy_free(&policy);
}

/* Spellings. */

static void odd_spellings_give_the_place_itself(void)
{
    static const char *const spellings[] = {"D:\\data",      "d:/DATA/",        "D:\\data\\deep\\..",
                                            "D:\\.\\\\data", "\\\\?\\D:\\data", "D:\\LONGNA~1",
                                            "E:\\",          "C:\\to-data",     "D:\\DATA\\.\\"};

    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct files files = {{"${workspace}", spellings[i]}, {NULL}, {NULL}, {NULL}};

        prepare();
        sim_add_link("D:\\LONGNA~1", "D:\\data");
        sim_add_link("C:\\to-data", "D:\\data");
        sim_add_link("E:", "D:\\data");
        expect_places(spellings[i], &files, "w C:\\src\\App /files/write/0\nw D:\\data /files/write/1\n");
        files.write[1] = NULL;
        files.read[0] = spellings[i];
        expect_places(spellings[i], &files, "w C:\\src\\App /files/write/0\nr D:\\data /files/read/0\n");
    }
}

static void roots_are_refused_with_pointer_and_reason(void)
{
    static const struct {
        const char *path;
        sbx_status status;
        const char *text;
    } cases[] = {
        {"", SBX_E_ARGUMENT, "is empty"},
        {"data", SBX_E_ARGUMENT, "is relative"},
        {"D:data", SBX_E_ARGUMENT, "depends on a current drive"},
        {"\\data", SBX_E_ARGUMENT, "depends on a current drive"},
        {"${nowhere}/x", SBX_E_ARGUMENT, "is relative"},
        {"D:\\data.", SBX_E_ARGUMENT, "ends with a dot or a blank"},
        {"D:\\data ", SBX_E_ARGUMENT, "ends with a dot or a blank"},
        {"D:\\data:stream", SBX_E_ARGUMENT, "a stream"},
        {"D:\\data::$INDEX_ALLOCATION", SBX_E_ARGUMENT, "a stream"},
        {"D:\\con", SBX_E_ARGUMENT, "keeps for a device"},
        {"D:\\data\\NUL.txt", SBX_E_ARGUMENT, "Give the file or folder another name"},
        {"${workspace}/com1/x", SBX_E_ARGUMENT, "keeps for a device"},
        {"\\\\.\\D:\\data", SBX_E_WORKSPACE_REFUSED, "names a device"},
        {"\\\\server\\share\\x", SBX_E_WORKSPACE_REFUSED, "is on the network"},
        {"D:\\missing", SBX_E_PATH_NOT_FOUND, "Create the folder first"},
        {"Q:\\missing", SBX_E_PATH_NOT_FOUND, "Create the folder first"},
        {"D:\\", SBX_E_WORKSPACE_REFUSED, "is the root of a volume"},
        {"N:\\x", SBX_E_WORKSPACE_REFUSED, "is on the network"},
        {"C:\\Windows\\Temp", SBX_E_WORKSPACE_REFUSED, "lies in the Windows folder"},
        {"C:\\Program Files", SBX_E_WORKSPACE_REFUSED, "installed programs"},
        {"${home}", SBX_E_WORKSPACE_REFUSED, "is your profile folder"},
        {"C:\\Users\\other", SBX_E_WORKSPACE_REFUSED, "the profile folder of a user"},
        {"${home}/AppData", SBX_E_WORKSPACE_REFUSED, "local application data"},
        {"${home}/AppData/Local/sbxcom", SBX_E_WORKSPACE_REFUSED, "its own state"},
        {SESSION, SBX_E_PATH_NOT_FOUND, ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct files files = {{"${workspace}", cases[i].path}, {NULL}, {NULL}, {NULL}};

        prepare();
        sim_add_link("N:", "\\\\server\\share");
        sim_add_folder("\\\\server\\share\\x");
        expect_refusal(&files, cases[i].status, "/files/write/1", cases[i].text);
        files.write[1] = NULL;
        files.read[0] = cases[i].path;
        expect_refusal(&files, cases[i].status, "/files/read/0", cases[i].text);
    }
}

static void file_may_be_read_but_is_no_root_to_write(void)
{
    struct files files = {{"${workspace}", "D:\\data\\f"}, {NULL}, {NULL}, {NULL}};

    prepare();
    sim_add_file("D:\\data\\f");
    expect_refusal(&files, SBX_E_WORKSPACE_REFUSED, "/files/write/1: D:\\data\\f is a file", "");
    files.write[1] = NULL;
    files.read[0] = "D:\\data\\f";
    expect_places("a file", &files, "w C:\\src\\App /files/write/0\nr D:\\data\\f /files/read/0\n");
}

static void denied_and_protected_paths_need_not_be_there(void)
{
    static const struct files files = {{"${workspace}"},
                                       {NULL},
                                       {"${workspace}/.Env", "Q:\\gone\\x", "D:\\data\\none\\deep"},
                                       {"build/Keep"}};

    prepare();
    sim_add_folder(WORKSPACE "\\Build");
    expect_places("absent", &files,
                  "w C:\\src\\App /files/write/0\n"
                  "d- C:\\src\\App\\.Env /files/deny/0\n"
                  "p- C:\\src\\App\\Build\\Keep /files/protect/0\n"
                  "d- D:\\data\\none\\deep /files/deny/2\n"
                  "d- Q:\\gone\\x /files/deny/1\n"
                  "/files/write/0 gives way to /files/deny/0: C:\\src\\App\\.Env is the narrower path.\n");
}

static void denied_paths_on_the_network_and_odd_ones_are_refused(void)
{
    struct files files = {{"${workspace}"}, {NULL}, {"N:\\x"}, {NULL}};

    prepare();
    sim_add_folder("\\\\server\\share\\x");
    sim_add_link("N:", "\\\\server\\share");
    expect_refusal(&files, SBX_E_WORKSPACE_REFUSED, "/files/deny/0", "on the network");
    files.deny[0] = "D:\\data\\aux";
    expect_refusal(&files, SBX_E_ARGUMENT, "/files/deny/0", "keeps for a device");
    files.deny[0] = NULL;
    files.protect[0] = "prn.json";
    expect_refusal(&files, SBX_E_ARGUMENT, "/files/protect/0", "keeps for a device");
    files.protect[0] = "D:\\data";
    expect_refusal(&files, SBX_E_ARGUMENT, "/files/protect/0", "not relative to a root");
}

/*
 * Links to another machine, as commands can plant them: whoever followed one would log on there. The link is protected itself,
 * as the way to what cannot be looked at.
 */
static void links_to_another_machine_are_never_followed(void)
{
    struct files files = {{"${workspace}"}, {NULL}, {NULL}, {"${vcs}", "${editors}", "lib/deep/x"}};

    prepare();
    sim_add_folder("\\\\evil\\share\\x");
    sim_add_link(WORKSPACE "\\.git", "\\\\evil\\share\\x");
    sim_add_link(WORKSPACE "\\.vscode", "\\\\gone\\share");
    sim_add_link(WORKSPACE "\\.idea", WORKSPACE "\\.vscode");
    sim_add_folder(WORKSPACE "\\elsewhere");
    sim_add_link(WORKSPACE "\\lib", WORKSPACE "\\elsewhere");
    sim_add_link(WORKSPACE "\\elsewhere\\deep", "\\\\evil\\share");
    expect_places("protected", &files,
                  "w C:\\src\\App /files/write/0\n"
                  "p@ C:\\src\\App\\.git /files/protect/0\n"
                  "p- C:\\src\\App\\.gitmodules /files/protect/0\n"
                  "p@ C:\\src\\App\\.idea /files/protect/1\n"
                  "p@ C:\\src\\App\\.vscode /files/protect/1\n"
                  "p@ C:\\src\\App\\elsewhere\\deep /files/protect/2\n"
                  "p@ C:\\src\\App\\lib /files/protect/2\n");

    files.deny[0] = "${workspace}/.git/secret";
    expect_refusal(&files, SBX_E_WORKSPACE_REFUSED, "/files/deny/0", "on the network");
    files.deny[0] = NULL;
    files.write[1] = "${workspace}/lib/deep/x";
    expect_refusal(&files, SBX_E_WORKSPACE_REFUSED, "/files/write/1", "leads to another computer");
    files.write[1] = NULL;
    files.read[0] = "${workspace}/.vscode";
    expect_refusal(&files, SBX_E_WORKSPACE_REFUSED, "/files/read/0", "leads to another computer");
    CU_ASSERT_EQUAL(sim_logons_elsewhere(), 0);
}

/* Our own programs: who writes them writes what the next session runs. */
static void folder_of_our_programs_is_no_root(void)
{
    static const struct {
        const char *workspace;
        const char *relation;
    } cases[] = {
        {"D:\\tools\\sbx", "is the folder of sbxcom's own programs"},
        {"D:\\tools", "holds the folder of sbxcom's own programs"},
        {"D:\\tools\\sbx\\x86", "lies in the folder of sbxcom's own programs"},
    };
    struct sbx_policy policy = policy_of(&strict);
    struct boundary boundary;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct boundary_input input = input_of(&policy);
        struct sbx_error error = {0};

        prepare();
        sim_add_folder("D:\\tools\\sbx\\x86");
        input.workspace = cases[i].workspace;
        input.program_folder = "d:\\TOOLS\\sbx\\";
        CU_ASSERT_EQUAL(boundary_resolve(&input, &boundary, &error), SBX_E_WORKSPACE_REFUSED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, cases[i].relation));
        input.program_folder = NULL;
        CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
        boundary_free(&boundary);
    }
    policy_free(&policy);
}

/* To be read does it no harm: it may lie among the user's tools. */
static void folder_of_our_programs_may_be_read(void)
{
    static const struct files files = {{"${workspace}"}, {"${toolchains}"}, {NULL}, {NULL}};
    struct sbx_policy policy = policy_of(&files);
    struct boundary_input input = input_of(&policy);
    struct boundary boundary;

    prepare();
    sim_add_folder("C:\\Users\\me\\AppData\\Local\\Programs\\sbxcom");
    input.program_folder = "C:\\Users\\me\\AppData\\Local\\Programs\\sbxcom";
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    expect_text("programs", places_as_text(&boundary),
                "w C:\\src\\App /files/write/0\n"
                "r C:\\Users\\me\\AppData\\Local\\Programs /files/read/0\n");
    boundary_free(&boundary);
    policy_free(&policy);
}

/* Links. */

static void root_through_a_link_out_of_a_root_is_refused(void)
{
    static const char *const ways[] = {"${workspace}/link", "C:\\src\\App\\link", "c:/SRC/app/LINK/deep",
                                       "C:\\other\\link"};
    struct files files = {{"${workspace}", NULL}, {NULL}, {NULL}, {NULL}};

    prepare();
    sim_add_link(WORKSPACE "\\link", "D:\\data");
    sim_add_link("C:\\other", WORKSPACE);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        files.write[1] = ways[i];
        expect_refusal(&files, SBX_E_WORKSPACE_REFUSED, "/files/write/1",
                       "is a link that leads out of the root it lies in, to D:\\data");
        files.write[1] = NULL;
        files.read[0] = ways[i];
        expect_refusal(&files, SBX_E_WORKSPACE_REFUSED, "/files/read/0", "leads out of the root");
        files.read[0] = NULL;
    }

    /* One that stays, and one that nobody in the sandbox can turn. */
    sim_add_folder(WORKSPACE "\\sub");
    sim_add_link(WORKSPACE "\\inner", WORKSPACE "\\sub");
    sim_add_link("C:\\outer", "D:\\cache");
    files.write[1] = "${workspace}/inner";
    files.write[2] = "C:\\outer";
    expect_places("links that stay", &files, "w C:\\src\\App /files/write/0\nw D:\\cache /files/write/2\n");
}

static void denied_link_and_its_target_are_denied(void)
{
    static const struct files files = {
        {"${workspace}"}, {NULL}, {"${workspace}/link", "${workspace}/link/deep/x"}, {NULL}};

    prepare();
    sim_add_link(WORKSPACE "\\link", "D:\\data");
    expect_places("a link", &files,
                  "w C:\\src\\App /files/write/0\n"
                  "d@ C:\\src\\App\\link /files/deny/0\n"
                  "d D:\\data /files/deny/0\n"
                  "/files/write/0 gives way to /files/deny/0: C:\\src\\App\\link is the narrower path.\n");
}

/* Who swaps the link has swapped the hooks; what it leads to outside is nobody's to write anyway. */
static void links_on_the_way_to_a_protected_name_are_protected(void)
{
    static const struct files files = {{"${workspace}", "D:\\data"}, {NULL}, {NULL}, {"${vcs}", ".idea"}};

    prepare();
    sim_add_folder("D:\\data\\git\\hooks");
    sim_add_link(WORKSPACE "\\.git", "D:\\data\\git");
    sim_add_folder("D:\\elsewhere");
    sim_add_link(WORKSPACE "\\.gitmodules", "D:\\elsewhere");
    sim_add_link(WORKSPACE "\\.idea", WORKSPACE); /* must not take the workspace away */
    expect_places("protected links", &files,
                  "w C:\\src\\App /files/write/0\n"
                  "p@ C:\\src\\App\\.git /files/protect/0\n"
                  "p@ C:\\src\\App\\.gitmodules /files/protect/0\n"
                  "p@ C:\\src\\App\\.idea /files/protect/1\n"
                  "w D:\\data /files/write/1\n"
                  "p- D:\\data\\.git\\commondir /files/protect/0\n"
                  "p- D:\\data\\.git\\config /files/protect/0\n"
                  "p- D:\\data\\.git\\config.worktree /files/protect/0\n"
                  "p- D:\\data\\.git\\hooks /files/protect/0\n"
                  "p- D:\\data\\.gitmodules /files/protect/0\n"
                  "p- D:\\data\\.idea /files/protect/1\n"
                  "p- D:\\data\\git\\commondir /files/protect/0\n"
                  "p- D:\\data\\git\\config /files/protect/0\n"
                  "p- D:\\data\\git\\config.worktree /files/protect/0\n"
                  "p D:\\data\\git\\hooks /files/protect/0\n");
}

/* Git's own files. */

static void git_file_and_the_directory_it_names_are_protected(void)
{
    static const struct files files = {{"${workspace}", "D:\\data"}, {NULL}, {NULL}, {"${vcs}"}};

    prepare();
    sim_add_file(WORKSPACE "\\.git");
    sim_set_contents(WORKSPACE "\\.git", "gitdir: D:/data/main/.git/worktrees/App\n");
    sim_add_file("D:\\data\\main\\.git\\worktrees\\App\\commondir");
    sim_set_contents("D:\\data\\main\\.git\\worktrees\\App\\commondir", "../..\r\n");
    sim_add_folder("D:\\data\\main\\.git\\hooks");
    expect_places("worktree", &files,
                  "w C:\\src\\App /files/write/0\n"
                  "p C:\\src\\App\\.git /files/protect/0\n"
                  "p- C:\\src\\App\\.gitmodules /files/protect/0\n"
                  "w D:\\data /files/write/1\n"
                  "p- D:\\data\\.git\\commondir /files/protect/0\n"
                  "p- D:\\data\\.git\\config /files/protect/0\n"
                  "p- D:\\data\\.git\\config.worktree /files/protect/0\n"
                  "p- D:\\data\\.git\\hooks /files/protect/0\n"
                  "p- D:\\data\\.gitmodules /files/protect/0\n"
                  "p- D:\\data\\main\\.git\\commondir /files/protect/0\n"
                  "p- D:\\data\\main\\.git\\config /files/protect/0\n"
                  "p- D:\\data\\main\\.git\\config.worktree /files/protect/0\n"
                  "p D:\\data\\main\\.git\\hooks /files/protect/0\n"
                  "p D:\\data\\main\\.git\\worktrees\\App\\commondir /files/protect/0\n"
                  "p- D:\\data\\main\\.git\\worktrees\\App\\config /files/protect/0\n"
                  "p- D:\\data\\main\\.git\\worktrees\\App\\config.worktree /files/protect/0\n"
                  "p- D:\\data\\main\\.git\\worktrees\\App\\hooks /files/protect/0\n"
                  "p- D:\\data\\main\\.gitmodules /files/protect/0\n"
                  "/files/protect/0 holds for 1 more git repository below D:\\data.\n");
}

/* git asks nobody whose repository it is: what a command writes there, the user's own git runs when it comes there. */
static void repositories_below_a_root_are_protected_as_its_own(void)
{
    static const struct files files = {{"${workspace}"}, {NULL}, {"${workspace}/secret"}, {"${vcs}"}};

    prepare();
    sim_add_file(WORKSPACE "\\sub\\.git\\HEAD"); /* a clone */
    sim_add_folder(WORKSPACE "\\sub\\.git\\hooks");
    sim_add_file(WORKSPACE "\\sub\\.git\\config");
    sim_add_file(WORKSPACE "\\sub\\.git\\objects\\aa\\.git\\HEAD"); /* no place for one */
    sim_add_file(WORKSPACE "\\lib\\.git");                          /* a submodule */
    sim_set_contents(WORKSPACE "\\lib\\.git", "gitdir: ../.git/modules/lib");
    sim_add_file(WORKSPACE "\\.git\\modules\\lib\\HEAD");
    sim_add_file(WORKSPACE "\\.git\\modules\\lib\\config");
    sim_add_folder(WORKSPACE "\\.git\\modules\\lib\\objects");
    sim_add_folder(WORKSPACE "\\.git\\modules\\lib\\refs");
    sim_add_file(WORKSPACE "\\bare\\HEAD");
    sim_add_folder(WORKSPACE "\\bare\\objects");
    sim_add_folder(WORKSPACE "\\bare\\refs");
    sim_add_file(WORKSPACE "\\bare\\config");
    sim_add_file(WORKSPACE "\\like\\HEAD"); /* none */
    sim_add_file(WORKSPACE "\\like\\config");
    sim_add_file(WORKSPACE "\\secret\\.git\\config"); /* denied as a whole */
    sim_add_link(WORKSPACE "\\linked", WORKSPACE "\\sub");
    sim_add_folder(WORKSPACE "\\odd\\.git");
    sim_add_link(WORKSPACE "\\odd\\.git\\hooks", WORKSPACE "\\elsewhere");
    sim_add_folder(WORKSPACE "\\elsewhere");
    expect_places("repositories", &files,
                  "w C:\\src\\App /files/write/0\n"
                  "p- C:\\src\\App\\.git\\commondir /files/protect/0\n"
                  "p- C:\\src\\App\\.git\\config /files/protect/0\n"
                  "p- C:\\src\\App\\.git\\config.worktree /files/protect/0\n"
                  "p- C:\\src\\App\\.git\\hooks /files/protect/0\n"
                  "p- C:\\src\\App\\.git\\modules\\lib\\commondir /files/protect/0\n"
                  "p C:\\src\\App\\.git\\modules\\lib\\config /files/protect/0\n"
                  "p- C:\\src\\App\\.git\\modules\\lib\\config.worktree /files/protect/0\n"
                  "p- C:\\src\\App\\.git\\modules\\lib\\hooks /files/protect/0\n"
                  "p- C:\\src\\App\\.gitmodules /files/protect/0\n"
                  "p- C:\\src\\App\\bare\\commondir /files/protect/0\n"
                  "p C:\\src\\App\\bare\\config /files/protect/0\n"
                  "p- C:\\src\\App\\bare\\config.worktree /files/protect/0\n"
                  "p- C:\\src\\App\\bare\\hooks /files/protect/0\n"
                  "p C:\\src\\App\\lib\\.git /files/protect/0\n"
                  "p- C:\\src\\App\\lib\\.gitmodules /files/protect/0\n"
                  "p- C:\\src\\App\\odd\\.git\\commondir /files/protect/0\n"
                  "p- C:\\src\\App\\odd\\.git\\config /files/protect/0\n"
                  "p- C:\\src\\App\\odd\\.git\\config.worktree /files/protect/0\n"
                  "p- C:\\src\\App\\odd\\.gitmodules /files/protect/0\n"
                  "d C:\\src\\App\\secret /files/deny/0\n"
                  "p- C:\\src\\App\\sub\\.git\\commondir /files/protect/0\n"
                  "p C:\\src\\App\\sub\\.git\\config /files/protect/0\n"
                  "p- C:\\src\\App\\sub\\.git\\config.worktree /files/protect/0\n"
                  "p C:\\src\\App\\sub\\.git\\hooks /files/protect/0\n"
                  "p- C:\\src\\App\\sub\\.gitmodules /files/protect/0\n"
                  "/files/protect/0 does not hold for C:\\src\\App\\odd\\.git\\hooks: there is a link on the "
                  "way, which commands may turn.\n"
                  "/files/protect/0 holds for 6 more git repositories below C:\\src\\App.\n"
                  "/files/write/0 gives way to /files/deny/0: C:\\src\\App\\secret is the narrower path.\n");
}

/* Whatever stands in it: the file is protected, nothing outside is touched, no server is asked. */
static void git_file_that_leads_nowhere_is_protected_itself(void)
{
    static const char *const contents[] = {"gitdir: D:\\data\\main\\.git",
                                           "gitdir: \\\\server\\share\\x",
                                           "gitdir: //server/share/x",
                                           "gitdir: D:x",
                                           "gitdir: nul",
                                           "gitdir: ${workspace}\\a?b",
                                           "gitdir: ..\\..\\main"};
    static const struct files files = {{"${workspace}"}, {NULL}, {NULL}, {"${vcs}"}};

    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        prepare();
        sim_add_file(WORKSPACE "\\.git");
        sim_set_contents(WORKSPACE "\\.git", contents[i]);
        expect_places(contents[i], &files,
                      "w C:\\src\\App /files/write/0\n"
                      "p C:\\src\\App\\.git /files/protect/0\n"
                      "p- C:\\src\\App\\.gitmodules /files/protect/0\n");
    }
}

/* A command writes the file, and defines the letter: SUBST, or a share. What it stands for is not even opened. */
static void git_file_that_names_a_defined_drive_is_not_followed(void)
{
    static const char *const contents[] = {"gitdir: X:/App/main", "gitdir: N:/main",
                                           "gitdir: \\\\?\\N:\\main"};
    static const struct files files = {{"${workspace}"}, {NULL}, {NULL}, {"${vcs}"}};

    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        for (int common = 0; common < 2; common++) {
            prepare();
            sim_add_file(WORKSPACE "\\.git");
            sim_set_contents(WORKSPACE "\\.git", common ? "gitdir: main" : contents[i]);
            sim_add_file(WORKSPACE "\\main\\commondir");
            sim_set_contents(WORKSPACE "\\main\\commondir", common ? contents[i] + strlen("gitdir: ") : "x");
            sim_add_link("X:", "C:\\src");
            sim_add_link("N:", "\\\\evil\\share");
            expect_places(contents[i], &files,
                          common ? "w C:\\src\\App /files/write/0\n"
                                   "p C:\\src\\App\\.git /files/protect/0\n"
                                   "p- C:\\src\\App\\.gitmodules /files/protect/0\n"
                                   "p C:\\src\\App\\main\\commondir /files/protect/0\n"
                                   "p- C:\\src\\App\\main\\config /files/protect/0\n"
                                   "p- C:\\src\\App\\main\\config.worktree /files/protect/0\n"
                                   "p- C:\\src\\App\\main\\hooks /files/protect/0\n"
                                 : "w C:\\src\\App /files/write/0\n"
                                   "p C:\\src\\App\\.git /files/protect/0\n"
                                   "p- C:\\src\\App\\.gitmodules /files/protect/0\n");
            CU_ASSERT_EQUAL(sim_visits_elsewhere(), 0);
        }
    }
}

static void submodule_path_is_as_seen_from_the_file(void)
{
    static const struct files files = {{"${workspace}", "C:\\src"}, {NULL}, {NULL}, {"${vcs}"}};
    struct boundary boundary;

    prepare();
    sim_add_file(WORKSPACE "\\.git");
    sim_set_contents(WORKSPACE "\\.git", "gitdir: ../.git/modules/App");
    sim_add_folder("C:\\src\\.git\\modules\\App\\hooks");
    CU_ASSERT_EQUAL_FATAL(resolve(&files, &boundary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(boundary_place_for(&boundary, "C:\\src\\.git\\modules\\App\\hooks\\x")->right,
                    BOUNDARY_PROTECT);
    CU_ASSERT_EQUAL(boundary_place_for(&boundary, "C:\\src\\.git\\modules\\App\\HEAD")->right,
                    BOUNDARY_WRITE);
    boundary_free(&boundary);
}

/* Rules. */

static void of_several_places_one_counts_and_the_notes_say_which(void)
{
    static const struct {
        const char *name;
        struct files files;
        const char *expected;
    } cases[] = {
        {"deny beats read beats write",
         {{"${workspace}", "D:\\data"}, {"D:\\data"}, {"d:\\DATA"}, {NULL}},
         "w C:\\src\\App /files/write/0\nd D:\\data /files/deny/0\n"
         "/files/read/0 gives way to /files/deny/0: both are D:\\data.\n"
         "/files/write/1 gives way to /files/deny/0: both are D:\\data.\n"},
        {"read beats write",
         {{"${workspace}", "D:\\data"}, {"D:\\data"}, {NULL}, {NULL}},
         "w C:\\src\\App /files/write/0\nr D:\\data /files/read/0\n"
         "/files/write/1 gives way to /files/read/0: both are D:\\data.\n"},
        {"protect beats write, deny beats protect",
         {{"${workspace}", "${workspace}/lib"}, {NULL}, {"${workspace}/key"}, {"lib", "key"}},
         "w C:\\src\\App /files/write/0\n"
         "d C:\\src\\App\\key /files/deny/0\n"
         "p C:\\src\\App\\lib /files/protect/0\n"
         "/files/write/1 gives way to /files/protect/0: both are C:\\src\\App\\lib.\n"
         "/files/protect/1 gives way to /files/deny/0: both are C:\\src\\App\\key.\n"
         "/files/write/0 gives way to /files/deny/0: C:\\src\\App\\key is the narrower path.\n"},
        {"the same twice is said once",
         {{"${workspace}", "C:\\src\\app\\", "${workspace}"}, {NULL}, {NULL}, {NULL}},
         "w C:\\src\\App /files/write/0\n"},
        {"two roots of which one holds the other",
         {{"${workspace}", "C:\\src"}, {NULL}, {NULL}, {"x"}},
         "w C:\\src /files/write/1\n"
         "p- C:\\src\\App\\x /files/protect/0\n"
         "p- C:\\src\\x /files/protect/0\n"},
        {"the narrower path beats the wider, both ways",
         {{"${workspace}", "D:\\data\\deep"}, {NULL}, {"D:\\data", "D:\\data\\deep\\x"}, {NULL}},
         "w C:\\src\\App /files/write/0\n"
         "d D:\\data /files/deny/0\n"
         "w D:\\data\\deep /files/write/1\n"
         "d- D:\\data\\deep\\x /files/deny/1\n"
         "/files/deny/0 gives way to /files/write/1: D:\\data\\deep is the narrower path.\n"
         "/files/write/1 gives way to /files/deny/1: D:\\data\\deep\\x is the narrower path.\n"},
        {"written below protected",
         {{"${workspace}", "${workspace}/lib/out"}, {"${workspace}/lib/doc"}, {NULL}, {"lib"}},
         "w C:\\src\\App /files/write/0\n"
         "p C:\\src\\App\\lib /files/protect/0\n"
         "w C:\\src\\App\\lib\\out /files/write/1\n"
         "p- C:\\src\\App\\lib\\out\\lib /files/protect/0\n"
         "/files/protect/0 gives way to /files/write/1: C:\\src\\App\\lib\\out is the narrower path.\n"},
        {"what may not be written is not protected, what is denied not denied again",
         {{"${workspace}"},
          {"${workspace}/lib"},
          {"${workspace}/key", "${workspace}/key/a"},
          {"lib/x", "key/y"}},
         "w C:\\src\\App /files/write/0\n"
         "d C:\\src\\App\\key /files/deny/0\n"
         "r C:\\src\\App\\lib /files/read/0\n"
         "/files/write/0 gives way to /files/deny/0: C:\\src\\App\\key is the narrower path.\n"
         "/files/write/0 gives way to /files/read/0: C:\\src\\App\\lib is the narrower path.\n"},
        {"a name that only begins alike is another one",
         {{"${workspace}"}, {NULL}, {"D:\\data", "D:\\data.old", "D:\\data\\z", "D:\\data-1"}, {NULL}},
         "w C:\\src\\App /files/write/0\nd D:\\data /files/deny/0\nd- D:\\data-1 /files/deny/3\n"
         "d- D:\\data.old /files/deny/1\n"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        prepare();
        sim_add_folder(WORKSPACE "\\lib");
        sim_add_file(WORKSPACE "\\key");
        sim_add_folder(WORKSPACE "\\lib\\out");
        sim_add_folder(WORKSPACE "\\lib\\doc");
        expect_places(cases[i].name, &cases[i].files, cases[i].expected);
    }
}

/* Two names of one file: what is said of one is said of both, and the stricter counts. */
static void names_of_one_file_are_one_place(void)
{
    static const struct files files = {
        {"${workspace}"}, {"D:\\data\\a", "D:\\data\\c"}, {"D:\\data\\b"}, {NULL}};

    prepare();
    sim_add_file("D:\\data\\a");
    sim_add_hard_link("D:\\data\\b", "D:\\data\\a");
    sim_add_volume("F:", SIM_VOLUME_FAT);
    sim_add_file("D:\\data\\c");
    expect_places("hard links", &files,
                  "w C:\\src\\App /files/write/0\n"
                  "d D:\\data\\b /files/deny/0\n"
                  "r D:\\data\\c /files/read/1\n"
                  "/files/read/0 gives way to /files/deny/0: both are D:\\data\\b.\n");
}

/* Without ids all files look alike to who compares ids: they must not become one. */
static void files_without_ids_are_told_apart_by_their_paths(void)
{
    static const struct files files = {{"${workspace}"}, {"F:\\a"}, {"F:\\b"}, {NULL}};
    struct boundary boundary;

    prepare();
    sim_add_volume("F:", SIM_VOLUME_FAT);
    sim_add_file("F:\\a");
    sim_add_file("F:\\b");
    CU_ASSERT_EQUAL_FATAL(resolve(&files, &boundary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(boundary_place_for(&boundary, "F:\\a")->right, BOUNDARY_READ);
    CU_ASSERT_EQUAL(boundary_place_for(&boundary, "f:\\B")->right, BOUNDARY_DENY);
    CU_ASSERT_FALSE(boundary_place_for(&boundary, "F:\\a")->keeps_acls);
    boundary_free(&boundary);
}

static void denied_place_that_holds_the_workspace_is_a_conflict(void)
{
    static const char *const denied[] = {"${workspace}", "C:\\src", "C:\\", "C:\\to-app", "X:\\src"};

    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        const struct files files = {{"${workspace}"}, {NULL}, {"D:\\cache", denied[i]}, {NULL}};

        prepare();
        sim_add_link("C:\\to-app", WORKSPACE);
        sim_add_link("X:", "C:\\");
        expect_refusal(&files, SBX_E_POLICY_CONFLICT, "/files/deny/1", "holds the whole workspace");
    }
}

static void place_for_a_path_is_the_narrowest_one(void)
{
    static const struct files files = {
        {"${workspace}", "D:\\data\\deep"}, {NULL}, {"D:\\data", "${workspace}/link"}, {".git"}};
    static const struct {
        const char *path;
        const char *pointer; /* NULL: none */
    } cases[] = {
        {"C:\\src\\App", "/files/write/0"},
        {"c:\\SRC\\app\\a\\b\\c", "/files/write/0"},
        {"C:\\src\\App\\.git", "/files/protect/0"},
        {"C:\\src\\App\\.GIT\\hooks\\x", "/files/protect/0"},
        {"C:\\src\\App\\.gitignore", "/files/write/0"},
        {"C:\\src\\App2", NULL},
        {"C:\\src", NULL},
        {"C:\\", NULL},
        {"D:\\data\\x", "/files/deny/0"},
        {"D:\\data\\deep\\x", "/files/write/1"},
        {"C:\\src\\App\\link", "/files/deny/1"},
        {"C:\\src\\App\\link\\x", "/files/write/0"}, /* no final path has a link in it */
        {"", NULL},
    };
    struct boundary boundary;

    prepare();
    sim_add_link(WORKSPACE "\\link", "D:\\cache");
    CU_ASSERT_EQUAL_FATAL(resolve(&files, &boundary, NULL), SBX_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct boundary_place *place = boundary_place_for(&boundary, cases[i].path);

        if (cases[i].pointer ? !place || strcmp(place->pointer, cases[i].pointer) != 0 : place != NULL)
            CU_FAIL(cases[i].path);
    }
    boundary_free(&boundary);
}

/* SIDs. */

static const char *sid_at(const struct boundary *boundary, const char *path)
{
    return boundary_place_for(boundary, path)->sid;
}

static void each_root_has_a_sid_of_its_own_among_the_restricting_ones(void)
{
    static const struct files files = {
        {"${workspace}", "D:\\data", "D:\\cache", "${temp}"}, {"${home}/Documents"}, {"D:\\data\\x"}, {"p"}};
    struct boundary boundary;

    prepare();
    CU_ASSERT_EQUAL_FATAL(resolve(&files, &boundary, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(boundary.principal_sid, boundary.capability_sid);
    CU_ASSERT_STRING_EQUAL(sid_at(&boundary, WORKSPACE), boundary.capability_sid);
    CU_ASSERT_STRING_EQUAL(sid_at(&boundary, TEMP), boundary.capability_sid);
    CU_ASSERT_STRING_EQUAL(sid_at(&boundary, "C:\\Users\\me\\Documents"), boundary.capability_sid);
    CU_ASSERT_PTR_NULL(sid_at(&boundary, "D:\\data\\x"));
    CU_ASSERT_PTR_NULL(sid_at(&boundary, WORKSPACE "\\p"));
    CU_ASSERT_EQUAL_FATAL(boundary.recipe.restricting_sids.count, 4);
    CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[0], boundary.capability_sid);
    CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[1], sid_at(&boundary, "D:\\cache"));
    CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[2], sid_at(&boundary, "D:\\data"));
    CU_ASSERT_STRING_EQUAL(boundary.recipe.restricting_sids.items[3], "S-1-1-0");
    CU_ASSERT_STRING_NOT_EQUAL(sid_at(&boundary, "D:\\cache"), sid_at(&boundary, "D:\\data"));
    boundary_free(&boundary);
}

/* Neither may ever take out the other's entries. */
static void workspaces_that_share_a_root_name_two_sids_on_it(void)
{
    static const struct files files = {{"${workspace}", "D:\\data"}, {NULL}, {NULL}, {NULL}};
    struct sbx_policy policy = policy_of(&files);
    struct boundary_input input = input_of(&policy);
    struct boundary first;
    struct boundary again;
    struct boundary other;

    prepare();
    sim_add_folder("C:\\src\\Other");
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &first, NULL), SBX_OK);
    input.workspace = "c:\\SRC\\app\\";
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &again, NULL), SBX_OK);
    input.workspace = "C:\\src\\Other";
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &other, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sid_at(&first, "D:\\data"), sid_at(&again, "D:\\data"));
    CU_ASSERT_STRING_NOT_EQUAL(sid_at(&first, "D:\\data"), sid_at(&other, "D:\\data"));
    CU_ASSERT_STRING_NOT_EQUAL(sid_at(&first, "D:\\data"), first.capability_sid);
    /* The root as the workspace of a session of its own is a third. */
    input.workspace = "D:\\data";
    boundary_free(&other);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &other, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sid_at(&other, "D:\\data"), other.capability_sid);
    CU_ASSERT_STRING_NOT_EQUAL(sid_at(&first, "D:\\data"), other.capability_sid);
    boundary_free(&first);
    boundary_free(&again);
    boundary_free(&other);
    policy_free(&policy);
}

static bool restricts(const struct boundary *boundary, const char *sid)
{
    for (size_t i = 0; i < boundary->recipe.restricting_sids.count; i++) {
        if (!strcmp(boundary->recipe.restricting_sids.items[i], sid))
            return true;
    }
    return false;
}

static void elevated_level_names_the_account(void)
{
    static const struct files files = {{"${workspace}", "D:\\data"}, {"D:\\cache"}, {NULL}, {NULL}};
    struct sbx_policy policy = policy_of(&files);
    struct boundary_input input = input_of(&policy);
    struct boundary boundary;

    prepare();
    input.account_sid = ACCOUNT;
    CU_ASSERT_EQUAL(boundary_resolve(&input, &boundary, NULL), SBX_E_ARGUMENT); /* bound by no rule */
    input.account_group_sid = GROUP;
    input.level_words = "Level auto is the elevated level here.";
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(boundary.level, SBX_LEVEL_ELEVATED);
    CU_ASSERT_EQUAL(boundary.token, SBX_TOKEN_FILTERED);
    CU_ASSERT(boundary.recipe.logon_deny_only && !boundary.recipe.write_restricted);
    CU_ASSERT_EQUAL(boundary.recipe.restricting_sids.count, 0);
    CU_ASSERT_EQUAL(boundary.recipe.deny_only_sids.count, 0);
    CU_ASSERT_EQUAL_FATAL(boundary.recipe.default_dacl_sids.count, 1);
    CU_ASSERT_STRING_EQUAL(boundary.recipe.default_dacl_sids.items[0], USER);
    CU_ASSERT_STRING_EQUAL(boundary.principal_sid, ACCOUNT);
    CU_ASSERT_STRING_EQUAL(boundary.group_sid, GROUP);
    CU_ASSERT(boundary.notes.count > 0 && !strcmp(boundary.notes.items[0], input.level_words));
    CU_ASSERT_STRING_EQUAL(sid_at(&boundary, WORKSPACE), ACCOUNT);
    CU_ASSERT_STRING_EQUAL(sid_at(&boundary, "D:\\data"), ACCOUNT);
    CU_ASSERT_STRING_EQUAL(sid_at(&boundary, "D:\\cache"), ACCOUNT);
    boundary_free(&boundary);

    /* A second wall: entries for the second check besides; filters are matched by a check of the token, which it has to pass. */
    policy.token = SBX_TOKEN_WRITE_RESTRICTED;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT(boundary.recipe.logon_deny_only && boundary.recipe.write_restricted);
    CU_ASSERT_EQUAL(boundary.recipe.restricting_sids.count, 4);
    CU_ASSERT(restricts(&boundary, GROUP));
    CU_ASSERT_EQUAL(boundary.recipe.deny_only_sids.count, 0);
    boundary_free(&boundary);
    policy.token = SBX_TOKEN_FULLY_RESTRICTED;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT(restricts(&boundary, GROUP));
    boundary_free(&boundary);
    policy.token = SBX_TOKEN_WRITE_RESTRICTED;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(boundary.principal_sid, ACCOUNT);
    CU_ASSERT_STRING_EQUAL(sid_at(&boundary, WORKSPACE), boundary.capability_sid);
    boundary_free(&boundary);

    /* The session that asks for the other level gets it; a recipe of this one is a conflict there. */
    input.level = SBX_LEVEL_RESTRICTED;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_EQUAL(boundary.level, SBX_LEVEL_RESTRICTED);
    CU_ASSERT_STRING_EQUAL(boundary.principal_sid, boundary.capability_sid);
    CU_ASSERT_FALSE(restricts(&boundary, GROUP));
    CU_ASSERT_PTR_NULL(boundary.group_sid);
    boundary_free(&boundary);
    policy.token = SBX_TOKEN_FILTERED;
    CU_ASSERT_EQUAL(boundary_resolve(&input, &boundary, NULL), SBX_E_POLICY_CONFLICT);

    input.level = SBX_LEVEL_AUTO;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    boundary_free(&boundary);
    policy_free(&policy);
}

/* Where the user is at home is told to nobody who may not go there. */
static void expect_source(const char *source, const char *expected)
{
    static const struct files files = {{"${workspace}", "D:/data"}, {NULL}, {NULL}, {NULL}};
    struct sbx_policy policy = policy_of(&files), copy;
    struct boundary boundary;
    struct boundary_input input = input_of(&copy);

    policy.source = sbx_strdup(source);
    CU_ASSERT_EQUAL_FATAL(policy_copy(&policy, &copy), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(policy_set_json(&copy, "/limits/seconds", "5", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    expect_text(source, places_as_text(&boundary), expected);
    boundary_free(&boundary);
    policy_free(&copy);
    policy_free(&policy);
}

/* Else a command would choose what the next session is allowed. */
static void the_file_of_the_policy_is_protected_in_a_root(void)
{
    prepare();
    sim_add_file(WORKSPACE "\\ci\\sandbox.json");
    sim_add_file("D:\\data\\policy.json");
    sim_add_file("C:\\policies\\mine.json");
    sim_add_link(WORKSPACE "\\link", "C:\\policies");
    expect_source("C:\\SRC\\app\\ci/sandbox.json", "w C:\\src\\App /files/write/0\n"
                                                   "p C:\\src\\App\\ci\\sandbox.json /files/protect\n"
                                                   "w D:\\data /files/write/1\n");
    expect_source("\\\\?\\C:\\src\\App\\ci\\sandbox.json", "w C:\\src\\App /files/write/0\n"
                                                           "p C:\\src\\App\\ci\\sandbox.json /files/protect\n"
                                                           "w D:\\data /files/write/1\n");
    expect_source("D:\\data\\policy.json", "w C:\\src\\App /files/write/0\n"
                                           "w D:\\data /files/write/1\n"
                                           "p D:\\data\\policy.json /files/protect\n");
    expect_source("C:\\policies\\mine.json", "w C:\\src\\App /files/write/0\n"
                                             "w D:\\data /files/write/1\n");
    /* It is gone: whoever makes it anew is told of. */
    expect_source(WORKSPACE "\\gone.json", "w C:\\src\\App /files/write/0\n"
                                           "p- C:\\src\\App\\gone.json /files/protect\n"
                                           "w D:\\data /files/write/1\n");
    /* What leads to it is as good as itself. */
    expect_source(WORKSPACE "\\link\\mine.json", "w C:\\src\\App /files/write/0\n"
                                                 "p@ C:\\src\\App\\link /files/protect\n"
                                                 "w D:\\data /files/write/1\n");
}

static void home_of_the_user_is_none_of_an_account(void)
{
    static char *entries[] = {"UserProfile=C:\\Users\\me", "APPDATA=C:\\Users\\me\\AppData\\Roaming",
                              "PATH=C:\\Windows"};
    static const struct sbx_strings users = {entries, 3};
    static const struct files files = {{"${workspace}"}, {NULL}, {NULL}, {NULL}};
    struct sbx_policy policy = policy_of(&files);
    struct boundary_input input = input_of(&policy);
    struct boundary boundary;

    prepare();
    input.caller_environment = &users;
    input.account_sid = ACCOUNT;
    input.account_group_sid = GROUP;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(environment_get(&boundary.environment, "USERPROFILE"));
    CU_ASSERT_PTR_NULL(environment_get(&boundary.environment, "APPDATA"));
    CU_ASSERT_PTR_NOT_NULL(environment_get(&boundary.environment, "PATH"));
    boundary_free(&boundary);
    input.level = SBX_LEVEL_RESTRICTED;
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL(environment_get(&boundary.environment, "USERPROFILE"));
    boundary_free(&boundary);
    policy_free(&policy);
}

/* Many paths, and failures. */

#define MANY 1000

/* What a path costs does not grow with their number. */
static void thousand_paths_cost_a_thousand_times_one(void)
{
    static const struct files files = {{"${workspace}"}, {NULL}, {NULL}, {NULL}};
    struct sbx_policy policy = policy_of(&files);
    struct boundary_input input = input_of(&policy);
    struct boundary boundary;
    size_t calls;

    prepare();
    sim_fail_call(0);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    boundary_free(&boundary);
    calls = sim_call_count();
    for (unsigned i = 0; i < MANY; i++) {
        char path[64];

        snprintf(path, sizeof path, "D:\\data\\%03u\\deny", (i * 7919) % MANY);
        CU_ASSERT_EQUAL_FATAL(strings_append(&policy.files.deny, path), SBX_OK);
        snprintf(path, sizeof path, "keep%03u", (i * 7919) % MANY);
        CU_ASSERT_EQUAL_FATAL(strings_append(&policy.files.protect, path), SBX_OK);
    }
    sim_fail_call(0);
    CU_ASSERT_EQUAL_FATAL(boundary_resolve(&input, &boundary, NULL), SBX_OK);
    CU_ASSERT(sim_call_count() <= calls + (size_t)MANY * (3 + 2)); /* the path and what is above it */
    CU_ASSERT_EQUAL(boundary.place_count, 1 + 2 * MANY);
    for (size_t i = 1; i < boundary.place_count; i++)
        CU_ASSERT(strcmp(boundary.places[i - 1].path, boundary.places[i].path) < 0);
    CU_ASSERT_STRING_EQUAL(boundary_place_for(&boundary, "D:\\data\\500\\deny\\x")->path,
                           "D:\\data\\500\\deny");
    boundary_free(&boundary);
    policy_free(&policy);
}

static void prepare_everything(void)
{
    prepare();
    sim_add_file(WORKSPACE "\\.git");
    sim_set_contents(WORKSPACE "\\.git", "gitdir: sub\\git");
    sim_add_file(WORKSPACE "\\sub\\git\\commondir");
    sim_set_contents(WORKSPACE "\\sub\\git\\commondir", "..");
    sim_add_link(WORKSPACE "\\link", "D:\\cache");
    sim_add_link("C:\\to-data", "D:\\data");
    sim_add_folder("C:\\Users\\me\\.rustup");
}

static const struct files everything = {{"${workspace}", "C:\\to-data", "${temp}"},
                                        {"${home}/Documents", "${toolchains}"},
                                        {"${workspace}/link", "D:\\data\\deep", "${home}/Documents"},
                                        {"${vcs}", "${editors}"}};

/*
 * A host that fails somewhere gives an error or the very same boundary: what may be left out when it cannot be seen is a
 * toolchain, and a folder above, whose name stands for it.
 */
static void any_failing_call_gives_no_other_boundary(void)
{
    struct boundary boundary;
    struct sbx_error error = {0};
    char *whole;
    size_t calls;
    size_t refused = 0;

    prepare_everything();
    sim_fail_call(0);
    CU_ASSERT_EQUAL_FATAL(resolve(&everything, &boundary, &error), SBX_OK);
    calls = sim_call_count();
    whole = places_as_text(&boundary);
    boundary_free(&boundary);
    for (size_t nth = 1; nth <= calls; nth++) {
        struct boundary other = {.seconds = 77};
        char *found;

        sim_fail_call(nth);
        if (resolve(&everything, &other, NULL)) {
            refused++;
            CU_ASSERT(other.seconds == 77 && !other.places && !other.notes.items);
            continue;
        }
        found = places_as_text(&other);
        if (strcmp(found, whole) != 0 && strstr(found, ".rustup")) {
            fprintf(stderr, "call %lu:\n%s", (unsigned long)nth, found);
            CU_FAIL("another boundary");
        }
        sbx_free(found);
        boundary_free(&other);
    }
    sim_fail_call(0);
    CU_ASSERT(refused > calls / 3);
    sbx_free(whole);
}

static sbx_status resolve_everything(void *context)
{
    struct boundary boundary = {.seconds = 77};
    const struct boundary_input *input = context;
    sbx_status status = boundary_resolve(input, &boundary, NULL);

    if (status) {
        CU_ASSERT(boundary.seconds == 77 && !boundary.places && !boundary.notes.items);
    } else {
        boundary_free(&boundary);
    }
    return status;
}

static void any_failing_allocation_gives_no_boundary(void)
{
    struct sbx_policy policy = policy_of(&everything);
    struct boundary_input input = input_of(&policy);

    prepare_everything();
    with_memory_failing(resolve_everything, &input);
    policy_free(&policy);
    sim_reset();
}

const struct harness_suite boundary_places_suite = {
    "boundary_places",
    (const struct harness_test[]){
        {"the strict default has workspace, temp and protected names",
         strict_default_has_workspace_temp_and_protected_names},
        {"presets stand for folders of this host", presets_stand_for_folders_of_this_host},
        {"toolchains are those of this host and only read", toolchains_are_those_of_this_host_and_only_read},
        {"what toolchains keep of credentials is denied", what_toolchains_keep_of_credentials_is_denied},
        {"odd spellings give the place itself", odd_spellings_give_the_place_itself},
        {"roots are refused with pointer and reason", roots_are_refused_with_pointer_and_reason},
        {"a file may be read but is no root to write", file_may_be_read_but_is_no_root_to_write},
        {"denied and protected paths need not be there", denied_and_protected_paths_need_not_be_there},
        {"links to another machine are never followed", links_to_another_machine_are_never_followed},
        {"denied paths on the network and odd ones are refused",
         denied_paths_on_the_network_and_odd_ones_are_refused},
        {"the folder of our programs is no root", folder_of_our_programs_is_no_root},
        {"the folder of our programs may be read", folder_of_our_programs_may_be_read},
        {"a root through a link out of a root is refused", root_through_a_link_out_of_a_root_is_refused},
        {"a denied link and its target are denied", denied_link_and_its_target_are_denied},
        {"links on the way to a protected name are protected",
         links_on_the_way_to_a_protected_name_are_protected},
        {"a git file and the directory it names are protected",
         git_file_and_the_directory_it_names_are_protected},
        {"repositories below a root are protected as its own",
         repositories_below_a_root_are_protected_as_its_own},
        {"a git file that leads nowhere is protected itself",
         git_file_that_leads_nowhere_is_protected_itself},
        {"a .git file that names a defined drive is not followed",
         git_file_that_names_a_defined_drive_is_not_followed},
        {"a submodule's path is as seen from the file", submodule_path_is_as_seen_from_the_file},
        {"of several places one counts and the notes say which",
         of_several_places_one_counts_and_the_notes_say_which},
        {"names of one file are one place", names_of_one_file_are_one_place},
        {"files without ids are told apart by their paths", files_without_ids_are_told_apart_by_their_paths},
        {"a denied place that holds the workspace is a conflict",
         denied_place_that_holds_the_workspace_is_a_conflict},
        {"the place for a path is the narrowest one", place_for_a_path_is_the_narrowest_one},
        {"each root has a SID of its own among the restricting ones",
         each_root_has_a_sid_of_its_own_among_the_restricting_ones},
        {"workspaces that share a root name two SIDs on it",
         workspaces_that_share_a_root_name_two_sids_on_it},
        {"the elevated level names the account", elevated_level_names_the_account},
        {"a thousand paths cost a thousand times one", thousand_paths_cost_a_thousand_times_one},
        {"any failing call gives no other boundary", any_failing_call_gives_no_other_boundary},
        {"any failing allocation gives no boundary", any_failing_allocation_gives_no_boundary},
        {"the file of the policy is protected in a root", the_file_of_the_policy_is_protected_in_a_root},
        {"home of the user is none of an account", home_of_the_user_is_none_of_an_account},
        {NULL, NULL},
    },
};
