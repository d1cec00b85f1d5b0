/*
 * explain_test.c - what explain says of a path, and that it never says another thing than who decides.
 *
 * Situations are SDDL on the simulation with CAP, the workspace's capability SID, and ROOT, that of the extra root,
 * written as they are. Beyond them random ones, which the simulation's own oracle must decide alike.
 */
#include "core/explain.h"
#include "base/memory.h"
#include "core/descriptor_random.h"
#include "core/memory_failing.h"
#include "sim/access.h"
#include "sim/sim.h"
#include "sim/world.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKSPACE "C:\\src\\App"
#define OWN       "the host's own descriptor"
#define R         EXPLAIN_READ
#define W         EXPLAIN_WRITE
#define D         EXPLAIN_DELETE
#define X         EXPLAIN_EXECUTE

static struct boundary boundary;
static struct explain_token token;

static void add(struct sbx_strings *strings, const char *text)
{
    CU_ASSERT_EQUAL_FATAL(strings_append(strings, text), SBX_OK);
}

/* The workspace, an extra root, something denied, something protected. */
static void resolve(enum sbx_token recipe)
{
    static const struct sbx_strings nothing = {NULL, 0};
    struct sbx_policy policy;
    struct boundary_input input = {.policy = &policy,
                                   .workspace = WORKSPACE,
                                   .session_folder = "C:\\Users\\me\\AppData\\Local\\sbxcom\\sessions\\1",
                                   .user_sid = SIM_USER,
                                   .caller_environment = &nothing,
                                   .unbuilt_too = true};
    sbx_status status;

    CU_ASSERT_EQUAL_FATAL(policy_default(&policy), SBX_OK);
    policy.token = recipe;
    strings_free(&policy.files.protect);
    add(&policy.files.write, "D:\\data");
    add(&policy.files.read, "D:\\data\\doc");
    add(&policy.files.deny, "${workspace}/.env");
    add(&policy.files.protect, ".git/hooks");
    status = boundary_resolve(&input, &boundary, NULL);
    policy_free(&policy);
    CU_ASSERT_EQUAL_FATAL(status, SBX_OK);
}

/* The user's token as the recipe leaves it. */
static void make_token(bool drops_restricting_sids)
{
    struct token_facts facts = {.user_sid = sbx_strdup(SIM_USER), .integrity = TOKEN_INTEGRITY_MEDIUM};

    add(&facts.enabled_groups, "S-1-1-0");
    add(&facts.enabled_groups, "S-1-5-11");
    add(&facts.enabled_groups, "S-1-5-32-545");
    facts.write_restricted = boundary.recipe.write_restricted && !drops_restricting_sids;
    if (!drops_restricting_sids)
        CU_ASSERT_EQUAL_FATAL(strings_copy(&boundary.recipe.restricting_sids, &facts.restricting_sids),
                              SBX_OK);
    CU_ASSERT_EQUAL_FATAL(explain_token_make(&facts, &token, NULL), SBX_OK);
    token_facts_free(&facts);
}

static void drop(void)
{
    explain_token_free(&token);
    boundary_free(&boundary);
}

/* SDDL with CAP and ROOT replaced. */
static void set(const char *path, const char *sddl)
{
    char text[1024] = "O:" SIM_USER "G:" SIM_USER;
    size_t size = strlen(text);

    while (*sddl && size < sizeof text - 128) {
        const char *sid = NULL;
        size_t skip = 0;

        if (strncmp(sddl, "CAP", skip = 3) == 0)
            sid = boundary.capability_sid;
        else if (strncmp(sddl, "ROOT", skip = 4) == 0)
            sid = boundary_place_for(&boundary, "D:\\data")->sid;
        else if (strncmp(sddl, "ME", skip = 2) == 0)
            sid = SIM_USER;
        if (sid) {
            size += (size_t)snprintf(text + size, sizeof text - size, "%s", sid);
            sddl += skip;
        } else {
            text[size++] = *sddl++;
            text[size] = '\0';
        }
    }
    sim_set_descriptor(path, text);
}

/* As provisioning leaves it, the entries that matter. */
#define ROOT_LIST   "D:AI(A;;0x1201bf;;;CAP)(A;OICIIO;0x1301bf;;;CAP)(A;OICIID;FA;;;SY)(A;OICIID;FA;;;ME)"
#define INSIDE_LIST "D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;ME)(A;OICIID;0x1301bf;;;CAP)"

static void prepare_host(enum sbx_token recipe)
{
    sim_reset();
    sim_add_folder(WORKSPACE "\\.git\\hooks");
    sim_add_file(WORKSPACE "\\.git\\hooks\\pre-commit");
    sim_add_file(WORKSPACE "\\.env");
    sim_add_file(WORKSPACE "\\readme.txt");
    sim_add_folder("D:\\data\\doc");
    sim_add_file("D:\\data\\doc\\a");
    sim_add_folder("D:\\open\\below");
    sim_add_file("D:\\open\\file");
    sim_add_folder("D:\\mine");
    sim_add_file("D:\\mine\\file");
    sim_add_link(WORKSPACE "\\link", "D:\\mine");
    resolve(recipe);
    make_token(false);

    set("C:\\src", "D:AI(A;;0xa0;;;CAP)(A;OICIID;FA;;;ME)");
    set(WORKSPACE, ROOT_LIST);
    set(WORKSPACE "\\.git", "D:AI(D;;SD;;;CAP)(A;OICIID;FA;;;SY)(A;OICIID;FA;;;ME)(A;OICIID;0x1301bf;;;CAP)");
    set(WORKSPACE "\\.git\\hooks", "D:AI(D;OICI;0xd0156;;;CAP)(A;OICIID;FA;;;ME)(A;OICIID;0x1301bf;;;CAP)");
    set(WORKSPACE "\\.git\\hooks\\pre-commit",
        "D:AI(D;OICIID;0xd0156;;;CAP)(A;OICIID;FA;;;ME)(A;OICIID;0x1301bf;;;CAP)");
    set(WORKSPACE "\\.env", "D:AI(D;;0xd01ff;;;CAP)(A;ID;FA;;;ME)(A;ID;0x1301bf;;;CAP)");
    set(WORKSPACE "\\readme.txt", INSIDE_LIST);
    set(WORKSPACE "\\link", INSIDE_LIST);
    set("D:\\data", "D:AI(A;OICI;0x1301bf;;;ROOT)(A;OICIID;FA;;;ME)");
    set("D:\\data\\doc", "D:AI(D;OICI;0xd0156;;;CAP)(A;OICIID;FA;;;ME)(A;OICIID;0x1301bf;;;ROOT)");
    set("D:\\data\\doc\\a", "D:AI(D;ID;0xd0156;;;CAP)(A;ID;FA;;;ME)(A;ID;0x1301bf;;;ROOT)");
    set("D:\\open", "D:AI(A;OICI;FA;;;WD)");
    set("D:\\open\\file", "D:AI(A;ID;FA;;;WD)");
    set("D:\\mine", "D:AI(A;OICI;FA;;;ME)");
    set("D:\\mine\\file", "D:AI(A;ID;FA;;;ME)");
}

static bool has(const char *text, const char *part)
{
    return part ? strstr(text, part) != NULL : !*text;
}

struct situation {
    const char *path;
    uint32_t access;
    bool allowed;
    const char *decided_by; /* a part of it */
    const char *rule;
    const char *fix; /* a part of it; NULL: there is none */
};

static void expect(const struct situation *s)
{
    struct explanation e = {0};
    struct sbx_error error = {0};

    if (explain_path(&boundary, &token.token, s->path, s->access, &e, &error)) {
        fprintf(stderr, "%s %u: %s\n", s->path, (unsigned)s->access, error.text);
        CU_FAIL("not explained");
        return;
    }
    if (e.allowed != s->allowed || e.allowed != e.decision.allowed || !has(e.decided_by, s->decided_by) ||
        strcmp(e.rule, s->rule) != 0 || !has(e.fix, s->fix) || !has(e.text, e.decided_by) ||
        !has(e.text, s->allowed ? "may" : "may not")) {
        fprintf(stderr, "%s %u: %s\n  by %s\n  rule %s\n  fix %s\n  text %s\n", s->path, (unsigned)s->access,
                e.allowed ? "allowed" : "refused", e.decided_by, e.rule, e.fix, e.text);
        CU_FAIL("another explanation");
    }
    explanation_free(&e);
}

static void write_restricted_situations(void)
{
    static const struct situation situations[] = {
        {WORKSPACE "\\readme.txt", R | W | D, true, "(the sandbox): read, write, execute, delete; on",
         "/files/write/0", NULL},
        {WORKSPACE "\\new.txt", W, true, "(the sandbox)", "/files/write/0", NULL},
        {WORKSPACE, W, true, "(the sandbox)", "/files/write/0", NULL},
        /* Denied, protected, and below. */
        {WORKSPACE "\\.env", W, false, "deny S-1-9-", "/files/deny/0", "out of files.deny (/files/deny/0)"},
        /* What a write-restricted token is not checked for twice. */
        {WORKSPACE "\\.env", R, true, "allow " SIM_USER " (the user whom commands run as)", OWN, NULL},
        {WORKSPACE "\\.git\\hooks", W, false, "deny S-1-9-", "/files/protect/0",
         "files.protect (/files/protect/0)"},
        {WORKSPACE "\\.git\\hooks\\pre-commit", W, false, "pre-commit, inherited", "/files/protect/0",
         "files.protect"},
        {WORKSPACE "\\.git\\hooks\\post-merge", W, false, "on C:\\src\\App\\.git\\hooks", "/files/protect/0",
         "files.protect"},
        {WORKSPACE "\\.git\\hooks\\pre-commit", R | X, true, "allow", OWN, NULL},
        {WORKSPACE "\\.git\\index", W, true, "(the sandbox)", "/files/write/0", NULL},
        /* An anchor; the user's own FILE_DELETE_CHILD on the folder takes it away all the same. */
        {WORKSPACE "\\.git", D, true, "the folder it is in", OWN, NULL},
        /* To be read in a root, and the SID of that root. */
        {"D:\\data\\x", W, true, "(the sandbox)", "/files/write/2", NULL},
        {"D:\\data\\doc\\a", W, false, "deny S-1-9-", "/files/read/1",
         "Name D:\\data\\doc under files.write"},
        /* Outside. */
        {"D:\\mine\\file", R, true, "the user whom commands run as", OWN, NULL},
        {"D:\\mine\\file", W, false, "no entry allows the sandbox", OWN,
         "Name D:\\mine\\file under files.write"},
        {"D:\\mine\\new", W, false, "no entry allows the sandbox", OWN, "Name D:\\mine under files.write"},
        {"D:\\mine\\file", D, true, "D:\\mine, the folder it is in", OWN, "The token fully-restricted is"},
        {"D:\\open\\file", W, true, "(everyone)", OWN, "the permissions of D:\\open\\file do"},
        {"D:\\open\\file", D, true, "(everyone)", OWN, "Take the entry out there"},
        /* A stream's file decides; a link is followed, but for its own deletion. */
        {WORKSPACE "\\readme.txt:notes", W, true, "(the sandbox)", "/files/write/0", NULL},
        {"D:\\mine\\file:$DATA", W, false, "no entry", OWN, "files.write"},
        {WORKSPACE "\\link\\file", W, false, "on D:\\mine\\file", OWN, "D:\\mine\\file"},
        {WORKSPACE "\\link", D, true, "on C:\\src\\App\\link", "/files/write/0", NULL},
        {"c:/SRC/app/./README.TXT", W, true, "on C:\\src\\App\\readme.txt", "/files/write/0", NULL},
        /* The host. */
        {"C:\\Windows\\new", W, false, "no entry allows the user", OWN, "to you as well"},
        {"C:\\Windows\\System32\\cmd.exe", X, true, "(all users)", OWN, NULL},
    };

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++)
        expect(&situations[i]);
    drop();
}

static void fully_restricted_situations(void)
{
    static const struct situation situations[] = {
        {WORKSPACE "\\readme.txt", R | W | X | D, true, "(the sandbox)", "/files/write/0", NULL},
        {WORKSPACE "\\.env", R, false, "deny S-1-9-", "/files/deny/0", "files.deny"},
        {WORKSPACE "\\.git\\hooks\\pre-commit", D, false, "deny S-1-9-", "/files/protect/0", "files.protect"},
        {WORKSPACE "\\.git", D, false, "deny S-1-9-", "/files/protect/0",
         "It holds C:\\src\\App\\.git\\hooks"},
        {"D:\\mine\\file", R, false, "no entry allows the sandbox", OWN, "under files.read"},
        {"D:\\mine\\file", D, false, "no entry allows the sandbox", OWN, "under files.write"},
        {"D:\\data\\doc\\a", D, false, "deny S-1-9-", "/files/read/1", "files.write"},
    };

    prepare_host(SBX_TOKEN_FULLY_RESTRICTED);
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++)
        expect(&situations[i]);
    drop();
}

static void odd_descriptors_are_explained(void)
{
    static const struct {
        const char *sddl;
        struct situation situation;
    } cases[] = {
        {"D:NO_ACCESS_CONTROL",
         {"D:\\mine\\file", W, true, "no access control list", OWN, "Give D:\\mine\\file a list"}},
        {"D:", {"D:\\mine\\file", R, false, "no entry allows the user", OWN, "to you as well"}},
        {"D:(A;;FA;;;ME)(A;;FA;;;CAP)S:(ML;;NW;;;HI)",
         {"D:\\mine\\file", W, false, "the mandatory label", OWN, "Lower the label"}},
        {"D:(D;;FW;;;ME)(A;;FA;;;ME)",
         {"D:\\mine\\file", W, false, "deny " SIM_USER " (the user whom commands run as): write; on", OWN,
          "change the permissions"}},
        {"D:(A;;0x2;;;S-1-5-21-7-8-9-10)(A;;FR;;;WD)",
         {"D:\\mine\\file", R, true, "allow S-1-1-0 (everyone): read;", OWN, NULL}},
        /* Only attributes are missing, and whoever may list the folder sees them. */
        {"D:(A;;0x120009;;;ME)", {"D:\\mine\\file", R, true, "D:\\mine, the folder it is in", OWN, NULL}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
        set("D:\\mine\\file", cases[i].sddl);
        expect(&cases[i].situation);
        drop();
    }
}

/* Moved in later: its root gives it, its entries do not. */
static void file_without_its_roots_entries_says_provision_again(void)
{
    static const struct situation situation = {WORKSPACE "\\readme.txt",      W,   false,
                                               "no entry allows the sandbox", OWN, "/files/write/0 gives it"};

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    set(WORKSPACE "\\readme.txt", "D:AI(A;ID;FA;;;ME)");
    expect(&situation);
    drop();
}

/* On a host that drops restricting SIDs the truth is that all is open. */
/* A place beside the policy has no pointer that anybody could look up. */
static void what_is_allowed_for_a_while_is_told_by_its_words(void)
{
    static const char words[] = "allowed for 10 minutes by AllowWrite";
    static const struct situation given = {"D:\\data\\file", W, true, "(the sandbox)", words, NULL};
    static const struct situation missing = {
        "D:\\data\\file",
        W,
        false,
        "no entry allows the sandbox",
        OWN,
        "allowed for 10 minutes by AllowWrite, but the entries are not on "
        "it: call AllowWrite again"};

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    sim_add_file("D:\\data\\file");
    for (size_t i = 0; i < boundary.place_count; i++) {
        if (strcmp(boundary.places[i].path, "D:\\data") == 0)
            boundary.places[i].grant = sbx_strdup(words);
    }
    set("D:\\data\\file", "D:AI(A;OICIID;FA;;;ME)(A;OICIID;0x1301bf;;;ROOT)");
    expect(&given);
    set("D:\\data\\file", "D:AI(A;OICIID;FA;;;ME)");
    expect(&missing);
    drop();
}

static void token_that_lost_its_restrictions_is_told_as_it_is(void)
{
    static const struct situation situation = {"D:\\mine\\file",
                                               W,
                                               true,
                                               "the user whom commands run as",
                                               OWN,
                                               "the permissions of D:\\mine\\file do"};

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    explain_token_free(&token);
    make_token(true);
    expect(&situation);
    drop();
}

static void volume_without_lists_lets_everybody_do_everything(void)
{
    static const struct situation situation = {
        "F:\\x", W | D, true, "no access control list", OWN, "a volume that keeps them"};

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    sim_add_volume("F:", SIM_VOLUME_FAT);
    sim_add_file("F:\\x");
    expect(&situation);
    drop();
}

static void final_path_and_stream_are_told(void)
{
    static const struct {
        const char *asked;
        const char *path;
    } cases[] = {
        {"c:\\SRC\\app\\README.txt:a", WORKSPACE "\\readme.txt:a"},
        {"\\\\?\\C:\\src\\App\\readme.txt::$DATA", WORKSPACE "\\readme.txt::$DATA"},
        {"C:\\src\\App\\link\\New", "D:\\mine\\New"},
        {"C:\\src\\App\\", WORKSPACE},
        {"D:\\", "D:\\"},
    };

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct explanation e = {0};

        CU_ASSERT_EQUAL_FATAL(explain_path(&boundary, &token.token, cases[i].asked, W, &e, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(e.path, cases[i].path);
        explanation_free(&e);
    }
    drop();
}

static void what_cannot_be_asked_is_an_error(void)
{
    static const struct {
        const char *path;
        uint32_t access;
        sbx_status status;
        const char *text;
    } cases[] = {
        {WORKSPACE, 0, SBX_E_ARGUMENT, "read (1)"},
        {WORKSPACE, 16, SBX_E_ARGUMENT, "0x10"},
        {"", R, SBX_E_ARGUMENT, "is empty"},
        {"readme.txt", R, SBX_E_ARGUMENT, "absolute path"},
        {"C:readme.txt", R, SBX_E_ARGUMENT, "absolute path"},
        {"\\\\server\\share\\x", R, SBX_E_ARGUMENT, "absolute path"},
        {"\\\\.\\pipe\\x", R, SBX_E_ARGUMENT, "absolute path"},
        {"N:\\x", R, SBX_E_ARGUMENT, "on the network"},
        {"D:\\", D, SBX_E_ARGUMENT, "the root of a volume"},
        {"C:\\src\\con", W, SBX_E_ARGUMENT, "a device"},
        {"C:\\src:x\\y", W, SBX_E_ARGUMENT, "a stream"},
        {"C:\\src\\x. ", W, SBX_E_ARGUMENT, "ends with a dot"},
        {WORKSPACE "\\gone", R, SBX_E_PATH_NOT_FOUND, "There is nothing at"},
        {WORKSPACE "\\gone", D, SBX_E_PATH_NOT_FOUND, "There is nothing at"},
        {WORKSPACE "\\gone\\x", W, SBX_E_PATH_NOT_FOUND, "neither is its folder"},
        {WORKSPACE "\\readme.txt\\x", W, SBX_E_PATH_NOT_FOUND, ""},
        {"Q:\\x", W, SBX_E_PATH_NOT_FOUND, "neither is its folder"},
        {"D:\\mine\\file", W, SBX_E_SYSTEM, "cannot be read"},
    };

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    sim_add_folder("\\\\server\\share\\x");
    sim_add_link("N:", "\\\\server\\share");
    sim_set_descriptor("D:\\mine\\file", "O:SYG:SYD:P(A;;FA;;;SY)");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct explanation e = {.access = 77};
        struct sbx_error error = {0};

        if (explain_path(&boundary, &token.token, cases[i].path, cases[i].access, &e, &error) !=
                cases[i].status ||
            !strstr(error.text, cases[i].text)) {
            fprintf(stderr, "%s: %s %s\n", cases[i].path, status_word(error.code), error.text);
            CU_FAIL("another error");
        }
        CU_ASSERT(e.access == 77 && !e.path);
    }
    drop();
}

static void token_is_made_of_what_was_measured(void)
{
    char *restricting[] = {"S-1-9-1", "S-1-1-0"};
    char *groups[] = {"S-1-5-11"};
    char *privileges[] = {"SeChangeNotifyPrivilege", "SeRelabelPrivilege"};
    char *wrong[] = {"S-1-5-11", "S-1-nothing"};
    struct token_facts facts = {.user_sid = SIM_USER,
                                .restricting_sids = {restricting, 2},
                                .enabled_groups = {groups, 1},
                                .privileges = {privileges, 2}};
    struct explain_token made = {0};

    CU_ASSERT_EQUAL_FATAL(explain_token_make(&facts, &made, NULL), SBX_OK);
    CU_ASSERT(made.token.group_count == 1 && made.token.groups[0].enabled && !made.token.groups[0].deny_only);
    CU_ASSERT(made.token.restricting_count == 2 && sid_equal(&made.token.restricting[1], &sid_everyone));
    CU_ASSERT(!made.token.write_restricted && made.token.no_write_up);
    CU_ASSERT_EQUAL(made.token.privileges, PRIVILEGE_RELABEL);
    CU_ASSERT_EQUAL(made.token.integrity, 0x2000);
    explain_token_free(&made);
    facts.enabled_groups = (struct sbx_strings){wrong, 2};
    CU_ASSERT_EQUAL(explain_token_make(&facts, &made, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_PTR_NULL(made.groups);
    facts.enabled_groups.count = 1;
    facts.integrity = 0x1000;
    facts.write_restricted = true;
    CU_ASSERT_EQUAL_FATAL(explain_token_make(&facts, &made, NULL), SBX_OK);
    CU_ASSERT(made.token.integrity == 0x1000 && made.token.write_restricted);
    explain_token_free(&made);
}

/* Failures. */

static void any_failing_call_explains_nothing(void)
{
    static const char *const paths[] = {WORKSPACE "\\link", "D:\\mine\\new", "D:\\mine\\file"};

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct explanation e = {0};
        size_t calls;

        sim_fail_call(0);
        CU_ASSERT_EQUAL_FATAL(
            explain_path(&boundary, &token.token, paths[i], i == 2 ? R | D : W | D, &e, NULL), SBX_OK);
        explanation_free(&e);
        calls = sim_call_count();
        CU_ASSERT(calls >= 3);
        for (size_t nth = 1; nth <= calls; nth++) {
            struct sbx_error error = {0};

            sim_fail_call(nth);
            CU_ASSERT_EQUAL(
                explain_path(&boundary, &token.token, paths[i], i == 2 ? R | D : W | D, &e, &error),
                SBX_E_SYSTEM);
            CU_ASSERT(error.code == SBX_E_SYSTEM && *error.text && !e.path);
        }
        sim_fail_call(0);
    }
    drop();
}

static sbx_status explain_once(void *context)
{
    struct explanation e = {0};
    sbx_status status = explain_path(&boundary, &token.token, context, R | W | D, &e, NULL);

    if (status) {
        CU_ASSERT(!e.path && !e.text);
    } else {
        explanation_free(&e);
    }
    return status;
}

static sbx_status make_once(void *context)
{
    struct explain_token made = {0};
    sbx_status status = explain_token_make(context, &made, NULL);

    if (status) {
        CU_ASSERT(!made.groups && !made.restricting);
    } else {
        explain_token_free(&made);
    }
    return status;
}

static void memory_running_out_explains_nothing(void)
{
    static char existing[] = WORKSPACE "\\link";
    static char absent[] = WORKSPACE "\\new";
    char *sids[] = {"S-1-1-0"};
    struct token_facts facts = {
        .user_sid = SIM_USER, .enabled_groups = {sids, 1}, .restricting_sids = {sids, 1}};

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    with_memory_failing(explain_once, existing);
    with_memory_failing(explain_once, absent);
    with_memory_failing(make_once, &facts);
    drop();
}

/* Two readings. */

struct random_case {
    struct access_token token;
    struct access_sid groups[6];
    struct sid restricting[4];
};

static void random_token(struct chance *chance, struct random_case *made)
{
    memset(made, 0, sizeof *made);
    made->token.user = (struct access_sid){chance_sid(chance), true, chance_percent(chance, 10)};
    made->token.group_count = chance_below(chance, 6);
    for (size_t i = 0; i < made->token.group_count; i++)
        made->groups[i] =
            (struct access_sid){chance_sid(chance), chance_percent(chance, 80), chance_percent(chance, 15)};
    if (chance_percent(chance, 60))
        made->token.restricting_count = chance_below(chance, 4);
    for (size_t i = 0; i < made->token.restricting_count; i++)
        made->restricting[i] = chance_sid(chance);
    made->token.groups = made->groups;
    made->token.restricting = made->restricting;
    made->token.write_restricted = chance_percent(chance, 50);
    made->token.integrity = 0x1000 * chance_below(chance, 5);
    made->token.no_write_up = chance_percent(chance, 90);
}

static void random_descriptor(struct chance *chance, const char *path)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct sbx_buffer list = SBX_BUFFER_EMPTY;

    descriptor.owner = chance_sid(chance);
    descriptor.group = chance_sid(chance);
    if (chance_percent(chance, 95)) {
        chance_acl(chance, 6, true, &list);
        CU_ASSERT_EQUAL_FATAL(descriptor_set_dacl(&descriptor, list.data, list.size, NULL), SBX_OK);
    }
    CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &bytes, NULL), SBX_OK);
    sim_set_descriptor_bytes(path, bytes.data, bytes.size);
    descriptor_free(&descriptor);
    buffer_free(&list);
    buffer_free(&bytes);
}

/* What the simulation itself would let that token do. */
static bool simulation_gives(const struct access_token *who, const char *path, uint32_t access)
{
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);
    uint32_t mask =
        (access & R ? 0x120089u : 0) | (access & W ? 0x120116u : 0) | (access & X ? 0x1200A0u : 0);

    if (!place.file)
        return sim_gives(place.folder, who, SIM_ADD_FILE);
    return (!mask || sim_gives_by_folder(place.file, place.folder, who, mask)) &&
           (!(access & D) || sim_gives_by_folder(place.file, place.folder, who, SIM_DELETE));
}

/* Who may read every descriptor, so that the question is never refused. */
static const struct access_token *reader(const char *path)
{
    static struct access_token token_of_owner;
    struct sim_file *file = sim_find(path, SIM_FOLLOW_LINK).file;
    struct descriptor descriptor;

    token_of_owner = *sim_token_of(SIM_LOCAL_SYSTEM);
    CU_ASSERT_EQUAL_FATAL(descriptor_parse(file->descriptor, file->descriptor_size, &descriptor, NULL),
                          SBX_OK);
    token_of_owner.user.sid = descriptor.owner;
    descriptor_free(&descriptor);
    return &token_of_owner;
}

static void explain_and_the_oracle_agree(void)
{
    struct cases cases = chance_cases(20000);
    static const char *const paths[] = {"D:\\mine\\file", "D:\\mine\\new", "D:\\mine"};
    unsigned long answered = 0;
    unsigned long allowed = 0;

    prepare_host(SBX_TOKEN_WRITE_RESTRICTED);
    for (unsigned long i = 0; i < cases.count; i++) {
        struct chance chance;
        struct random_case who;
        struct explanation e = {0};
        const char *path;
        uint32_t access;

        chance_seed(&chance, cases.first_seed + i);
        random_token(&chance, &who);
        random_descriptor(&chance, "D:\\mine");
        random_descriptor(&chance, "D:\\mine\\file");
        path = paths[chance_below(&chance, 3)];
        access = 1 + chance_below(&chance, 15);
        sim_call_as(reader(strcmp(path, paths[0]) == 0 ? paths[0] : paths[2]));
        if (!explain_path(&boundary, &who.token, path, access, &e, NULL)) {
            answered++;
            allowed += e.allowed;
            if (e.allowed != simulation_gives(&who.token, path, access) || !*e.decided_by || !*e.rule ||
                !*e.text) {
                fprintf(stderr, "%s %u: %s\n", path, (unsigned)access, e.text);
                chance_failed("explain", cases.first_seed + i);
                CU_FAIL("explain and the oracle disagree");
            }
            explanation_free(&e);
        }
    }
    sim_call_as(NULL);
    fprintf(stderr, "explain: %lu of %lu random cases answered, %lu allowed\n", answered, cases.count,
            allowed);
    CU_ASSERT(cases.count < 20000 || (answered > cases.count / 3 && allowed > answered / 20));
    drop();
    sim_reset();
}

const struct harness_suite explain_suite = {
    "explain",
    (const struct harness_test[]){
        {"situations of a write-restricted token", write_restricted_situations},
        {"situations of a fully restricted token", fully_restricted_situations},
        {"odd descriptors are explained", odd_descriptors_are_explained},
        {"a file without its root's entries says provision again",
         file_without_its_roots_entries_says_provision_again},
        {"what is allowed for a while is told by its words",
         what_is_allowed_for_a_while_is_told_by_its_words},
        {"a token that lost its restrictions is told as it is",
         token_that_lost_its_restrictions_is_told_as_it_is},
        {"a volume without lists lets everybody do everything",
         volume_without_lists_lets_everybody_do_everything},
        {"final path and stream are told", final_path_and_stream_are_told},
        {"what cannot be asked is an error", what_cannot_be_asked_is_an_error},
        {"the token is made of what was measured", token_is_made_of_what_was_measured},
        {"any failing call explains nothing", any_failing_call_explains_nothing},
        {"memory running out explains nothing", memory_running_out_explains_nothing},
        {"explain and the oracle agree", explain_and_the_oracle_agree},
        {NULL, NULL},
    },
};
