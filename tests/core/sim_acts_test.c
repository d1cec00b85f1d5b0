/*
 * sim_acts_test.c - which rights each act on a file needs, on the file or on its folder: NTFS's rules as a
 * table.
 */
#include "sim/acts.h"
#include "sim/logon.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define FOLDER "C:\\work"
#define FILE   "C:\\work\\file"
#define SUB    "C:\\work\\sub"
#define OTHER  "C:\\other"

enum deed {
    DO_READ = SIM_ACT_READ,
    DO_WRITE = SIM_ACT_WRITE,
    DO_APPEND = SIM_ACT_APPEND,
    DO_EXECUTE = SIM_ACT_EXECUTE,
    DO_READ_ATTRIBUTES = SIM_ACT_READ_ATTRIBUTES,
    DO_DELETE = SIM_ACT_DELETE,
    DO_SET_DACL = SIM_ACT_SET_DACL,
    DO_TAKE_OWNERSHIP = SIM_ACT_TAKE_OWNERSHIP,
    DO_CREATE_FILE = SIM_ACT_COUNT,
    DO_CREATE_FOLDER,
    DO_RENAME_HERE,
    DO_MOVE,
    DO_MOVE_FOLDER,
    DO_REPLACE,
    DO_HARD_LINK,
    DO_JUNCTION,
};

static uint32_t act(const struct access_token *token, enum deed deed)
{
    switch (deed) {
    case DO_CREATE_FILE:
        return sim_do(token, FOLDER "\\new", SIM_ACT_CREATE_FILE, "x");
    case DO_CREATE_FOLDER:
        return sim_do(token, FOLDER "\\new", SIM_ACT_CREATE_FOLDER, NULL);
    case DO_RENAME_HERE:
        return sim_do_rename(token, FILE, FOLDER "\\new", false);
    case DO_MOVE:
        return sim_do_rename(token, FILE, OTHER "\\new", false);
    case DO_MOVE_FOLDER:
        return sim_do_rename(token, SUB, OTHER "\\new", false);
    case DO_REPLACE:
        return sim_do_rename(token, FILE, OTHER "\\there", true);
    case DO_HARD_LINK:
        return sim_do_hard_link(token, OTHER "\\new", FILE);
    case DO_JUNCTION:
        return sim_do_junction(token, SUB, "C:\\Windows");
    default:
        return sim_do(token, FILE, (enum sim_act)deed, deed == DO_SET_DACL ? "D:(A;;FA;;;SY)" : "text");
    }
}

/* Each right that is needed, where; taking one of them away refuses, and nothing else is needed. */
static const struct {
    enum deed deed;
    uint32_t file, folder, sub, other, there;
} rows[] = {
    {DO_READ, 0x1, 0, 0, 0, 0},
    {DO_WRITE, 0x2, 0, 0, 0, 0},
    {DO_APPEND, 0x4, 0, 0, 0, 0},
    {DO_EXECUTE, 0x20, 0, 0, 0, 0},
    {DO_READ_ATTRIBUTES, 0x80, 0, 0, 0, 0},
    {DO_READ_ATTRIBUTES, 0, 0x1, 0, 0, 0},
    {DO_DELETE, 0x10000, 0, 0, 0, 0},
    {DO_DELETE, 0, 0x40, 0, 0, 0},
    {DO_SET_DACL, 0x40000, 0, 0, 0, 0},
    {DO_TAKE_OWNERSHIP, 0x80000, 0, 0, 0, 0},
    {DO_CREATE_FILE, 0, 0x2, 0, 0, 0},
    {DO_CREATE_FOLDER, 0, 0x4, 0, 0, 0},
    {DO_RENAME_HERE, 0x10000, 0, 0, 0, 0},
    {DO_RENAME_HERE, 0, 0x40, 0, 0, 0},
    {DO_MOVE, 0x10000, 0, 0, 0x2, 0},
    {DO_MOVE, 0, 0x40, 0, 0x2, 0},
    {DO_MOVE_FOLDER, 0, 0, 0x10000, 0x4, 0},
    {DO_MOVE_FOLDER, 0, 0x40, 0, 0x4, 0},
    {DO_REPLACE, 0x10000, 0, 0, 0x2, 0x10000},
    {DO_REPLACE, 0x10000, 0, 0, 0x42, 0},
    {DO_HARD_LINK, 0x100, 0, 0, 0x2, 0},
    {DO_JUNCTION, 0, 0, 0x100, 0, 0},
    {DO_JUNCTION, 0, 0, 0x2, 0, 0},
};

static void give(const char *path, uint32_t rights)
{
    char sddl[128];

    /* An entry without rights is for somebody else: the list is never empty, never NULL. */
    snprintf(sddl, sizeof sddl, "O:SYG:SYD:P(A;;0x%x;;;%s)", rights, rights ? "BU" : "SY");
    sim_set_descriptor(path, sddl);
}

static void prepare(uint32_t file, uint32_t folder, uint32_t sub, uint32_t other, uint32_t there)
{
    sim_reset();
    sim_add_file(FILE);
    sim_add_folder(SUB);
    sim_add_file(OTHER "\\there");
    give(FILE, file);
    give(FOLDER, folder);
    give(SUB, sub);
    give(OTHER, other);
    give(OTHER "\\there", there);
}

static void each_act_needs_its_rights_and_no_others(void)
{
    const struct access_token *token = sim_token_of(SIM_ORDINARY_USER);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t needed[5] = {rows[i].file, rows[i].folder, rows[i].sub, rows[i].other, rows[i].there};

        prepare(needed[0], needed[1], needed[2], needed[3], needed[4]);
        CU_ASSERT_EQUAL(act(token, rows[i].deed), 0);
        for (size_t which = 0; which < 5; which++) {
            uint32_t less[5];

            for (unsigned bit = 0; bit < 20; bit++) {
                memcpy(less, needed, sizeof less);
                less[which] &= ~(1u << bit);
                if (less[which] == needed[which])
                    continue;
                prepare(less[0], less[1], less[2], less[3], less[4]);
                CU_ASSERT_EQUAL(act(token, rows[i].deed), 5);
            }
        }
    }
}

static void what_may_be_done_is_what_is_done(void)
{
    const struct access_token *token = sim_token_of(SIM_ORDINARY_USER);

    prepare(0x1F01FF, 0x1F01FF, 0x1F01FF, 0x1F01FF, 0x1F01FF);
    CU_ASSERT_EQUAL(sim_do(token, FILE, SIM_ACT_WRITE, "new"), 0);
    CU_ASSERT_STRING_EQUAL(sim_contents(FILE, NULL), "new");
    CU_ASSERT_EQUAL(sim_do(token, FILE, SIM_ACT_APPEND, "er"), 0);
    CU_ASSERT_STRING_EQUAL(sim_contents(FILE, NULL), "newer");
    CU_ASSERT_EQUAL(sim_do(token, FILE, SIM_ACT_CREATE_FILE, ""), 80);
    CU_ASSERT_EQUAL(sim_do(token, FOLDER "\\no\\where", SIM_ACT_CREATE_FILE, ""), 2);
    CU_ASSERT_EQUAL(sim_do(token, FOLDER, SIM_ACT_DELETE, NULL), 145);
    CU_ASSERT_EQUAL(sim_do_rename(token, FILE, OTHER "\\there", false), 183);
    CU_ASSERT_EQUAL(sim_do_rename(token, FILE, OTHER "\\there", true), 0);
    CU_ASSERT_STRING_EQUAL(sim_contents(OTHER "\\there", NULL), "newer");
    CU_ASSERT_EQUAL(sim_do_rename(token, FOLDER, SUB "\\inside", false), 5);
    CU_ASSERT_EQUAL(sim_do_junction(token, SUB, OTHER), 0);
    CU_ASSERT_EQUAL(sim_do(token, SUB "\\there", SIM_ACT_WRITE, "through"), 0);
    CU_ASSERT_STRING_EQUAL(sim_contents(OTHER "\\there", NULL), "through");
    CU_ASSERT_EQUAL(sim_do(token, SUB, SIM_ACT_DELETE, NULL), 0);
    CU_ASSERT(sim_exists(OTHER "\\there"));
}

/* A file that is moved keeps its own list; a new one has its folder's. */
static void moving_keeps_the_descriptor(void)
{
    const struct access_token *token = sim_token_of(SIM_ORDINARY_USER);
    const void *found;
    size_t size, moved_size;
    uint8_t before[512];

    sim_reset();
    sim_add_file("C:\\Users\\me\\private");
    sim_add_folder(OTHER);
    found = sim_descriptor("C:\\Users\\me\\private", &size);
    memcpy(before, found, size);
    CU_ASSERT_EQUAL(sim_do_rename(token, "C:\\Users\\me\\private", OTHER "\\moved", false), 0);
    found = sim_descriptor(OTHER "\\moved", &moved_size);
    CU_ASSERT(size == moved_size && memcmp(found, before, size) == 0);
    CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_OTHER_ORDINARY_USER), OTHER "\\moved", SIM_ACT_READ), 5);
    CU_ASSERT_EQUAL(sim_do(token, OTHER "\\new", SIM_ACT_CREATE_FILE, ""), 0);
    CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_OTHER_ORDINARY_USER), OTHER "\\new", SIM_ACT_READ), 0);
}

/*
 * openai/codex #32915: the second check does not cover FILE_DELETE_CHILD, so the user's own right on the
 * folder deletes and moves what the restricting SIDs may not touch.
 */
static void write_restricted_tokens_delete_by_the_folders_right(void)
{
    static char *capability[] = {(char *)"S-1-9-1-2"};
    const struct token_recipe recipe = {.write_restricted = true, .restricting_sids = {capability, 1}};
    const struct token_recipe fully = {.restricting_sids = {capability, 1}};
    struct sim_token user, token;

    prepare(0x1F01FF, 0x1F01FF, 0, 0, 0);
    sim_token_copy(sim_token_of(SIM_ORDINARY_USER), &user);
    sim_restrict(&user, &recipe, &token);
    CU_ASSERT_EQUAL(sim_may(&token.access, FILE, SIM_ACT_WRITE), 5);
    CU_ASSERT_EQUAL(sim_may(&token.access, FILE, SIM_ACT_DELETE), 0);
    give(FOLDER, 0x1F01FF & ~0x40u);
    CU_ASSERT_EQUAL(sim_may(&token.access, FILE, SIM_ACT_DELETE), 5);
    give(FOLDER, 0x1F01FF);
    sim_restrict(&user, &fully, &token);
    CU_ASSERT_EQUAL(sim_may(&token.access, FILE, SIM_ACT_DELETE), 5);
}

static void the_drive_is_as_windows_leaves_it(void)
{
    static const struct {
        const char *path;
        enum sim_act act;
        uint32_t user, other, elevated;
    } lines[] = {
        {"C:\\new", SIM_ACT_CREATE_FOLDER, 0, 0, 0},
        {"C:\\new", SIM_ACT_CREATE_FILE, 5, 5, 0},
        {"C:\\Windows\\new", SIM_ACT_CREATE_FILE, 5, 5, 0},
        {"C:\\Windows\\System32\\cmd.exe", SIM_ACT_EXECUTE, 0, 0, 0},
        {"C:\\Windows\\System32\\cmd.exe", SIM_ACT_DELETE, 5, 5, 0},
        {"C:\\Windows\\Temp\\new", SIM_ACT_CREATE_FILE, 0, 0, 0},
        {"C:\\Windows\\Temp", SIM_ACT_READ, 5, 5, 0},
        {"C:\\ProgramData\\new", SIM_ACT_CREATE_FILE, 0, 0, 0},
        {"C:\\Program Files\\new", SIM_ACT_CREATE_FOLDER, 5, 5, 0},
        {"C:\\Users\\new", SIM_ACT_CREATE_FOLDER, 5, 5, 0},
        {"C:\\Users\\Public\\new", SIM_ACT_CREATE_FILE, 0, 0, 0},
        {"C:\\Users\\me\\Documents", SIM_ACT_READ, 0, 5, 0},
        {"C:\\Users\\me\\Documents", SIM_ACT_READ_ATTRIBUTES, 0, 5, 0},
        {"C:\\Users\\me", SIM_ACT_READ_ATTRIBUTES, 0, 0, 0},
        {"C:\\Users\\other\\new", SIM_ACT_CREATE_FILE, 5, 0, 0},
        {"C:\\Users\\other", SIM_ACT_TAKE_OWNERSHIP, 5, 0, 0},
    };

    sim_reset();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_ORDINARY_USER), lines[i].path, lines[i].act), lines[i].user);
        CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_OTHER_ORDINARY_USER), lines[i].path, lines[i].act),
                        lines[i].other);
        CU_ASSERT_EQUAL(sim_may(sim_token_of(SIM_ELEVATED_USER), lines[i].path, lines[i].act),
                        lines[i].elevated);
    }
}

const struct harness_suite sim_acts_suite = {
    "sim_acts",
    (const struct harness_test[]){
        {"each act needs its rights and no others", each_act_needs_its_rights_and_no_others},
        {"what may be done is what is done", what_may_be_done_is_what_is_done},
        {"moving keeps the descriptor", moving_keeps_the_descriptor},
        {"write-restricted tokens delete by the folder's right",
         write_restricted_tokens_delete_by_the_folders_right},
        {"the drive is as Windows leaves it", the_drive_is_as_windows_leaves_it},
        {NULL, NULL},
    },
};
