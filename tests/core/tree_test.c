/*
 * tree_test.c - what a grant puts on a tree its revoke takes out again, whatever the tree is like and
 * whatever happened to it in between.
 */
#include "core/tree.h"
#include "base/memory.h"
#include "core/descriptor_random.h"
#include "core/memory_failing.h"
#include "core/step_maker.h"
#include "os/clock.h"
#include "sim/acts.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROOT    "C:\\work"
#define ELSE    "C:\\else"
#define MOST    64
#define SANE    "D:AI(A;OICI;FA;;;" SIM_USER ")(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)"
#define OF_USER "O:" SIM_USER "G:" SIM_NO_GROUP

static void expect_same(const struct sim_snapshot *before, const char *without)
{
    struct sim_snapshot *after = sim_snapshot(without);
    const char *difference = sim_snapshot_difference(before, after);

    if (difference)
        printf("    %s\n", difference);
    CU_ASSERT_PTR_NULL(difference);
    sim_snapshot_free(after);
}

/* A grant of the whole tree that must succeed; how many objects it changed. */
static uint64_t grant(const struct step *step, struct tree_outcome *outcome)
{
    struct tree_outcome own = {0};
    struct sbx_error error = {0};
    uint64_t changed;

    CU_ASSERT_EQUAL(tree_grant(&step->files, true, NULL, &own, &error), SBX_OK);
    if (error.code)
        printf("    %s\n", error.text);
    changed = own.changed;
    if (outcome)
        *outcome = own;
    else
        tree_outcome_free(&own);
    return changed;
}

static uint64_t revoke(const struct step *step, struct tree_outcome *outcome)
{
    struct tree_outcome own = {0};
    struct sbx_error error = {0};
    uint64_t changed;

    CU_ASSERT_EQUAL(tree_revoke(&step->files, true, NULL, &own, &error), SBX_OK);
    if (error.code)
        printf("    %s\n", error.text);
    changed = own.changed;
    if (outcome)
        *outcome = own;
    else
        tree_outcome_free(&own);
    return changed;
}

/* Random trees. */

/* A descriptor in the order in which NTFS keeps it, with any list and the bits that a list can have. */
static void set_random_descriptor(struct chance *chance, const char *path)
{
    struct descriptor descriptor = {
        .layout = {DESCRIPTOR_SACL, DESCRIPTOR_DACL, DESCRIPTOR_OWNER, DESCRIPTOR_GROUP}};
    struct sbx_buffer list = SBX_BUFFER_EMPTY;
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;

    chance_acl(chance, 7, chance_percent(chance, 60), &list);
    sid_parse(chance_percent(chance, 85) ? SIM_USER : SIM_OTHER_USER, &descriptor.owner, NULL);
    sid_parse(SIM_NO_GROUP, &descriptor.group, NULL);
    CU_ASSERT_EQUAL_FATAL(descriptor_set_dacl(&descriptor, list.data, list.size, NULL), SBX_OK);
    if (chance_percent(chance, 40))
        descriptor.control |= SD_DACL_PROTECTED;
    if (chance_percent(chance, 60))
        descriptor.control |= SD_DACL_AUTO_INHERITED;
    CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &bytes, NULL), SBX_OK);
    sim_set_descriptor_bytes(path, bytes.data, bytes.size);
    descriptor_free(&descriptor);
    buffer_free(&bytes);
    buffer_free(&list);
}

static void change_descriptor(struct chance *chance, const char *path)
{
    static const char *const odd[] = {
        OF_USER "D:P(A;OICI;FA;;;" SIM_USER ")",
        OF_USER "D:PAI(A;;FA;;;" SIM_USER ")S:(ML;;NW;;;LW)",
        OF_USER "D:",
        OF_USER "D:P",
        OF_USER "D:NO_ACCESS_CONTROL",
        OF_USER "D:(A;OICIID;FA;;;" SIM_USER ")(D;;FW;;;BU)(A;;FR;;;BU)(D;ID;FX;;;BG)",
        OF_USER "D:AI(D;OICI;SD;;;WD)(A;OICIID;FA;;;" SIM_USER ")",
        OF_USER "D:AI(D;;0x1;;;" SIM_USER ")(A;OICIID;FA;;;" SIM_USER ")", /* which its user may not list */
        "O:SYG:SYD:P(A;OICI;FA;;;SY)",
        "O:SYG:SYD:P(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)",
        OF_USER "D:(A;OICI;FA;;;CO)(A;OICI;GA;;;" SIM_USER ")",
    };

    if (chance_percent(chance, 40))
        set_random_descriptor(chance, path);
    else if (chance_percent(chance, 60))
        sim_set_descriptor(path, odd[chance_below(chance, sizeof odd / sizeof odd[0])]);
}

struct forest {
    char folders[MOST][256];
    size_t folder_count;
    char files[MOST][256];
    size_t file_count;
    size_t made; /* for names */
};

static char *new_folder(struct forest *forest, const char *in)
{
    char path[256];

    snprintf(path, sizeof path, "%s\\d%zu", in, ++forest->made);
    sim_add_folder(path);
    return memcpy(forest->folders[forest->folder_count++], path, sizeof path);
}

static char *new_file(struct forest *forest, const char *in)
{
    char path[256];

    snprintf(path, sizeof path, "%s\\f%zu.txt", in, ++forest->made);
    sim_add_file(path);
    return memcpy(forest->files[forest->file_count++], path, sizeof path);
}

static const char *any_folder(struct chance *chance, const struct forest *forest)
{
    return forest->folders[chance_below(chance, (uint32_t)forest->folder_count)];
}

static void grow(struct chance *chance, struct forest *forest, bool odd)
{
    char path[256];

    memset(forest, 0, sizeof *forest);
    sim_reset();
    sim_add_folder(ELSE);
    sim_add_file(ELSE "\\outside.txt");
    snprintf(forest->folders[forest->folder_count++], sizeof forest->folders[0], "%s", ROOT);
    sim_add_folder(ROOT);
    sim_set_descriptor(ROOT, OF_USER SANE);
    for (unsigned i = 0, count = chance_below(chance, 30); i < count; i++) {
        const char *in = any_folder(chance, forest);
        const char *made =
            strlen(in) < 60 && chance_percent(chance, 40) ? new_folder(forest, in) : new_file(forest, in);

        if (odd && chance_percent(chance, 50))
            change_descriptor(chance, made);
    }
    if (chance_percent(chance, 30)) {
        snprintf(path, sizeof path, "%s\\link", any_folder(chance, forest));
        sim_add_link(path, ELSE);
    }
    if (forest->file_count && chance_percent(chance, 30)) {
        snprintf(path, sizeof path, "%s\\hard.txt", any_folder(chance, forest));
        sim_add_hard_link(path, forest->files[0]);
    }
    if (chance_percent(chance, 20)) {
        snprintf(path, sizeof path, "%s\\hard2.txt", any_folder(chance, forest));
        sim_add_hard_link(path, ELSE "\\outside.txt");
    }
}

static enum step_kind any_kind(struct chance *chance)
{
    return chance_percent(chance, 50) ? STEP_ALLOW : STEP_DENY;
}

/* Runs the property for many seeds, until one of them fails. */
static void for_many(const char *test, unsigned long count, bool (*holds)(struct chance *chance))
{
    struct cases cases = chance_cases(count);
    struct chance chance;

    for (unsigned long i = 0; i < cases.count; i++) {
        chance_seed(&chance, cases.first_seed + i);
        if (!holds(&chance)) {
            chance_failed(test, cases.first_seed + i);
            CU_FAIL("other bytes");
            return;
        }
    }
}

static bool is_same(const struct sim_snapshot *before)
{
    struct sim_snapshot *after = sim_snapshot(NULL);
    const char *difference = sim_snapshot_difference(before, after);

    if (difference)
        printf("    %s\n", difference);
    sim_snapshot_free(after);
    return !difference;
}

static bool granting_and_revoking_is_nothing(struct chance *chance)
{
    struct sim_snapshot *before;
    struct sim_snapshot *granted;
    struct forest forest;
    struct step step;
    bool same;

    grow(chance, &forest, true);
    step = make_files_step(any_kind(chance), ROOT);
    before = sim_snapshot(NULL);
    same = grant(&step, NULL) > 0;
    granted = sim_snapshot(NULL);
    same = same && grant(&step, NULL) == 0 && is_same(granted); /* idempotent */
    same = same && revoke(&step, NULL) > 0 && is_same(before);
    same = same && revoke(&step, NULL) == 0 && is_same(before);
    sim_snapshot_free(granted);
    sim_snapshot_free(before);
    step_free(&step);
    return same;
}

static void revoke_gives_every_descriptor_back(void)
{
    for_many("revoke_gives_every_descriptor_back", 500, granting_and_revoking_is_nothing);
}

/* Two workspaces' grants on one tree, taken back in either order. */
static bool two_grants_do_not_meet(struct chance *chance)
{
    struct sim_snapshot *before;
    struct forest forest;
    struct step first, second;
    bool same;

    grow(chance, &forest, true);
    first = make_files_step(any_kind(chance), ROOT);
    second = make_files_step(any_kind(chance), ROOT);
    for (size_t i = 0; i < second.files.entry_count; i++)
        sid_parse("S-1-9-1396856881-5-6-7-8", &second.files.entries[i].sid, NULL);
    before = sim_snapshot(NULL);
    grant(&first, NULL);
    grant(&second, NULL);
    if (chance_percent(chance, 50)) {
        revoke(&first, NULL);
        revoke(&second, NULL);
    } else {
        revoke(&second, NULL);
        revoke(&first, NULL);
    }
    same = is_same(before);
    sim_snapshot_free(before);
    step_free(&second);
    step_free(&first);
    return same;
}

static void grants_of_two_sessions_do_not_meet(void)
{
    for_many("grants_of_two_sessions_do_not_meet", 250, two_grants_do_not_meet);
}

/* What is there already gets, byte for byte, what it would have got had it been made after the grant. */
static void children_get_what_they_would_have_inherited(void)
{
    for (enum step_kind kind = STEP_ALLOW; kind <= STEP_DENY; kind++)
        for (unsigned long seed = 1; seed < 60; seed++) {
            struct sim_snapshot *granted_before = NULL;
            struct forest forest;
            struct chance chance;
            struct step step;

            for (int before = 1; before >= 0; before--) {
                chance_seed(&chance, seed);
                memset(&forest, 0, sizeof forest);
                sim_reset();
                sim_add_folder(ROOT);
                sim_set_descriptor(ROOT, OF_USER "D:PAI(A;OICI;FA;;;" SIM_USER ")(A;OICI;FA;;;SY)");
                snprintf(forest.folders[forest.folder_count++], sizeof forest.folders[0], "%s", ROOT);
                step = make_files_step(kind, ROOT);
                if (before)
                    grant(&step, NULL);
                for (unsigned i = 0; i < 20; i++) {
                    const char *in = any_folder(&chance, &forest);

                    if (strlen(in) < 60 && chance_percent(&chance, 40))
                        new_folder(&forest, in);
                    else
                        new_file(&forest, in);
                }
                if (before)
                    granted_before = sim_snapshot(NULL);
                else
                    grant(&step, NULL);
                step_free(&step);
            }
            expect_same(granted_before, NULL);
            sim_snapshot_free(granted_before);
        }
}

/*
 * Cygwin and git write lists with explicit entries for Everyone. What is inherited comes behind those, so a deny that was
 * passed on as inherited would deny nothing.
 */
static void deny_counts_before_what_a_file_allows_itself(void)
{
    static const char *const lists[] = {
        "D:(A;;FA;;;WD)",
        "D:AI(A;;FA;;;WD)(A;OICIID;FA;;;" SIM_USER ")",
        "D:(A;OICIIO;FA;;;WD)(A;;FA;;;WD)",
        "D:AI(A;OICIID;FA;;;WD)(A;;FA;;;WD)",
        "D:PAI(A;OICI;FA;;;WD)",
    };

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char sddl[512];
        struct access_sid everyone = {.enabled = true};
        struct access_token token = {
            .groups = &everyone, .group_count = 1, .integrity = 0x2000, .no_write_up = true};
        struct sim_snapshot *before;
        struct step step;

        sim_reset();
        sim_add_folder(ROOT "\\folder");
        sim_add_file(ROOT "\\file");
        snprintf(sddl, sizeof sddl, OF_USER "%s", lists[i]);
        sim_set_descriptor(ROOT "\\folder", sddl);
        sim_set_descriptor(ROOT "\\file", sddl);
        step = make_files_step(STEP_DENY, ROOT);
        before = sim_snapshot(NULL);
        CU_ASSERT_EQUAL_FATAL(sid_parse("S-1-1-0", &everyone.sid, NULL), SBX_OK);
        token.user = (struct access_sid){step.files.entries[0].sid, true, false};
        CU_ASSERT_EQUAL(sim_may(&token, ROOT "\\file", SIM_ACT_WRITE), 0);
        CU_ASSERT(grant(&step, NULL) > 2);
        CU_ASSERT_EQUAL(sim_may(&token, ROOT "\\file", SIM_ACT_WRITE), 5);
        CU_ASSERT_EQUAL(sim_may(&token, ROOT "\\folder\\new", SIM_ACT_CREATE_FILE), 5);
        sim_add_file(ROOT "\\folder\\later"); /* inherits in the order in which its folder has them */
        CU_ASSERT_EQUAL(sim_may(&token, ROOT "\\folder\\later", SIM_ACT_WRITE), 5);
        sim_remove(ROOT "\\folder\\later");
        CU_ASSERT_EQUAL(grant(&step, NULL), 0);
        revoke(&step, NULL);
        expect_same(before, NULL);
        sim_snapshot_free(before);
        step_free(&step);
    }
    sim_reset();
}

/*
 * A protected list inherits nothing, so an entry in it that is marked as inherited is no entry of Windows' making, and is
 * dropped by whatever computes the list anew.
 */
static void protected_lists_hold_no_entry_marked_as_inherited(void)
{
    const enum step_kind kinds[] = {STEP_ALLOW, STEP_DENY};

    for (size_t i = 0; i < 2; i++) {
        struct step step;
        struct descriptor descriptor;
        struct acl_cursor cursor;
        struct acl_entry entry;
        const void *bytes;
        unsigned entries = 0;
        size_t size;

        sim_reset();
        sim_add_folder(ROOT "\\folder");
        sim_set_descriptor(ROOT "\\folder", OF_USER "D:PAI(A;OICI;FA;;;" SIM_USER ")");
        step = make_files_step(kinds[i], ROOT);
        grant(&step, NULL);
        bytes = sim_descriptor(ROOT "\\folder", &size);
        CU_ASSERT_EQUAL_FATAL(descriptor_parse(bytes, size, &descriptor, NULL), SBX_OK);
        CU_ASSERT_TRUE_FATAL(acl_begin(descriptor.dacl.bytes, descriptor.dacl.size, &cursor));
        for (; acl_next(&cursor, &entry); entries++)
            CU_ASSERT_EQUAL(entry.flags & ACE_INHERITED, 0);
        CU_ASSERT_EQUAL(entries, 2);
        descriptor_free(&descriptor);
        step_free(&step);
    }
    sim_reset();
}

/* What may happen to a tree while it is granted. */

static void edit(const char *path, bool (*change)(struct chance *chance, struct descriptor *descriptor),
                 struct chance *chance)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    const void *stored;
    size_t size;

    stored = sim_descriptor(path, &size);
    CU_ASSERT_EQUAL_FATAL(descriptor_parse(stored, size, &descriptor, NULL), SBX_OK);
    if (descriptor.control & SD_DACL_PRESENT && descriptor.dacl.bytes && change(chance, &descriptor)) {
        CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &bytes, NULL), SBX_OK);
        sim_set_descriptor_bytes(path, bytes.data, bytes.size);
        buffer_free(&bytes);
    }
    descriptor_free(&descriptor);
}

static bool add_foreign(struct chance *chance, struct descriptor *descriptor)
{
    struct ace entry = chance_ace(chance);
    struct sbx_buffer list = SBX_BUFFER_EMPTY;

    entry.flags &= ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT;
    if (sid_equal(&entry.sid, &sid_owner_rights)) /* would lock the user out of the workspace itself */
        entry.sid = sid_creator_owner;
    CU_ASSERT_EQUAL_FATAL(acl_add(descriptor->dacl.bytes, descriptor->dacl.size, &entry, 1, &list, NULL),
                          SBX_OK);
    CU_ASSERT_EQUAL_FATAL(descriptor_set_dacl(descriptor, list.data, list.size, NULL), SBX_OK);
    buffer_free(&list);
    return true;
}

/* "Convert inherited permissions into explicit permissions" */
static bool protect_and_copy(struct chance *chance, struct descriptor *descriptor)
{
    struct acl_cursor cursor;
    struct acl_entry entry;

    (void)chance;
    CU_ASSERT_TRUE_FATAL(acl_begin(descriptor->dacl.bytes, descriptor->dacl.size, &cursor));
    while (acl_next(&cursor, &entry))
        descriptor->dacl.bytes[entry.bytes - descriptor->dacl.bytes + 1] &= (uint8_t)~ACE_INHERITED;
    descriptor->control |= SD_DACL_PROTECTED;
    return true;
}

static bool unprotect(struct chance *chance, struct descriptor *descriptor)
{
    (void)chance;
    descriptor->control &= (uint16_t)~SD_DACL_PROTECTED;
    return true;
}

/* One thing that happens, the same in both worlds. */
static void happen(struct chance *chance, struct forest *forest)
{
    uint32_t what = chance_below(chance, 9);
    const char *folder = any_folder(chance, forest);
    uint32_t which = forest->file_count ? chance_below(chance, (uint32_t)forest->file_count) : 0;
    char *file = forest->file_count ? forest->files[which] : NULL;
    char path[256];

    if (what == 0)
        edit(folder, add_foreign, chance);
    else if (what == 1 && strcmp(folder, ROOT))
        edit(folder, protect_and_copy, chance);
    else if (what == 2)
        edit(folder, unprotect, chance);
    else if (what == 3 && file)
        edit(file, protect_and_copy, chance);
    else if (what == 4 && file)
        sim_set_descriptor(file, OF_USER "D:P(A;;FA;;;" SIM_USER ")");
    else if (what == 5 && forest->file_count < MOST)
        new_file(forest, folder);
    else if (what == 6 && forest->folder_count < MOST && strlen(folder) < 60)
        new_folder(forest, folder);
    else if (what == 7 && file) { /* within the tree */
        snprintf(path, sizeof path, "%s\\moved%zu", folder, ++forest->made);
        sim_rename(file, path);
        snprintf(file, sizeof forest->files[0], "%s", path);
    } else if (what == 8) { /* into the tree, and one more name of it outside */
        snprintf(path, sizeof path, ELSE "\\new%zu", ++forest->made);
        sim_add_file(path);
        snprintf(path, sizeof path, "%s\\in%zu", folder, forest->made);
        sim_add_hard_link(path, ELSE "\\outside.txt");
    }
}

/* False when something was denied to the user meanwhile: that is left as it is, and told. */
static bool live_through(struct chance *chance, bool granted)
{
    struct tree_outcome outcome = {0};
    struct forest forest;
    struct step step;
    unsigned count;
    bool all_reached;

    grow(chance, &forest, false);
    step = make_files_step(any_kind(chance), ROOT);
    if (granted)
        grant(&step, NULL);
    count = chance_below(chance, 12);
    for (unsigned i = 0; i < count; i++)
        happen(chance, &forest);
    if (granted)
        revoke(&step, &outcome);
    all_reached = !outcome.refused;
    CU_ASSERT_EQUAL(all_reached, !outcome.first_left_out);
    tree_outcome_free(&outcome);
    step_free(&step);
    return all_reached;
}

static unsigned long lives, lives_compared;

static bool granted_or_not_makes_no_difference(struct chance *chance)
{
    struct chance again = *chance;
    struct sim_snapshot *without;
    bool same;

    live_through(chance, false);
    without = sim_snapshot(NULL);
    lives++;
    same = true;
    if (live_through(&again, true)) {
        lives_compared++;
        same = is_same(without);
    }
    sim_snapshot_free(without);
    return same;
}

static void what_happened_meanwhile_is_kept_and_nothing_else(void)
{
    for_many("what_happened_meanwhile", 1500, granted_or_not_makes_no_difference);
    CU_ASSERT(lives_compared * 2 > lives);
}

/* Single cases, which say what is counted. */

static void tree_with_one_of_each(void)
{
    struct sbx_buffer full = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {.layout = {DESCRIPTOR_SACL, DESCRIPTOR_DACL}};
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct ace entry = {ACE_ALLOW, 0, 1, sid_everyone};

    sim_reset();
    sim_add_folder(ELSE);
    sim_add_file(ELSE "\\secret.txt");
    sim_add_folder(ROOT);
    sim_set_descriptor(ROOT, OF_USER SANE);
    sim_add_file(ROOT "\\plain.txt");
    sim_add_file(ROOT "\\hard.txt");
    sim_add_hard_link(ELSE "\\hard.txt", ROOT "\\hard.txt");
    sim_add_link(ROOT "\\link", ELSE);
    sim_add_folder(ROOT "\\null");
    sim_add_file(ROOT "\\null\\in.txt");
    sim_set_descriptor(ROOT "\\null", OF_USER "D:NO_ACCESS_CONTROL");
    sim_add_folder(ROOT "\\closed");
    sim_add_file(ROOT "\\closed\\in.txt");
    sim_set_descriptor(ROOT "\\closed", "O:SYG:SYD:P(A;OICI;FA;;;SY)");
    sim_add_folder(ROOT "\\unlisted");
    sim_add_file(ROOT "\\unlisted\\in.txt");
    sim_set_descriptor(ROOT "\\unlisted", OF_USER "D:AI(D;;0x1;;;" SIM_USER ")(A;OICIID;FA;;;" SIM_USER ")");
    sim_add_folder(ROOT "\\protected");
    sim_add_file(ROOT "\\protected\\in.txt");
    sim_set_descriptor(ROOT "\\protected", OF_USER "D:P(A;OICI;FA;;;" SIM_USER ")");
    sim_add_file(ROOT "\\full.txt");

    for (unsigned i = 0; i < 3276; i++)
        ace_write(&entry, &full);
    buffer_append(&bytes, (const uint8_t[]){2, 0, 0xF8, 0xFF, 0xCC, 0x0C, 0, 0},
                  8); /* 65,528 bytes, 3276 entries */
    buffer_append(&bytes, full.data, full.size);
    sid_parse(SIM_USER, &descriptor.owner, NULL);
    sid_parse(SIM_NO_GROUP, &descriptor.group, NULL);
    CU_ASSERT_EQUAL_FATAL(descriptor_set_dacl(&descriptor, bytes.data, bytes.size, NULL), SBX_OK);
    buffer_free(&full);
    CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &full, NULL), SBX_OK);
    sim_set_descriptor_bytes(ROOT "\\full.txt", full.data, full.size);
    descriptor_free(&descriptor);
    buffer_free(&bytes);
    buffer_free(&full);
}

static void what_is_left_out_is_counted_and_told(void)
{
    struct tree_outcome outcome;
    struct sim_snapshot *before;
    struct step step;

    tree_with_one_of_each();
    before = sim_snapshot(NULL);
    step = make_files_step(STEP_ALLOW, ROOT);
    grant(&step, &outcome);
    CU_ASSERT_EQUAL(outcome.several_links, 1);
    CU_ASSERT_EQUAL(outcome.reparse_points, 1);
    CU_ASSERT_EQUAL(outcome.null_dacls, 1);
    CU_ASSERT_EQUAL(outcome.full, 1);
    CU_ASSERT_EQUAL(outcome.refused, 2); /* what is closed; the names in what we may not list */
    CU_ASSERT_EQUAL(outcome.seen, 11);
    CU_ASSERT_EQUAL(outcome.changed, 6); /* the root, plain, null\in, unlisted, protected and what is in it */
    CU_ASSERT_PTR_NOT_NULL_FATAL(outcome.first_left_out);
    CU_ASSERT_EQUAL(strncmp(outcome.first_left_out, ROOT "\\", strlen(ROOT "\\")), 0);
    tree_outcome_free(&outcome);

    CU_ASSERT_TRUE(names_our_sid(ROOT "\\null\\in.txt"));
    CU_ASSERT_TRUE(names_our_sid(ROOT "\\unlisted"));
    CU_ASSERT_TRUE(names_our_sid(ROOT "\\protected\\in.txt"));
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\hard.txt"));
    CU_ASSERT_FALSE(names_our_sid(ELSE "\\hard.txt"));
    CU_ASSERT_FALSE(names_our_sid(ELSE "\\secret.txt"));
    CU_ASSERT_FALSE(names_our_sid(ELSE));
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\null"));
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\unlisted\\in.txt"));

    revoke(&step, NULL);
    expect_same(before, NULL);
    sim_snapshot_free(before);
    step_free(&step);
}

/* Each of the objects that is left out below is refused as the object itself, and nothing is changed. */
static void object_itself_must_take_the_entries(void)
{
    static const struct {
        const char *path;
        sbx_status status;
    } cases[] = {
        {ROOT "\\hard.txt", SBX_E_WORKSPACE_REFUSED},
        {ROOT "\\null", SBX_E_WORKSPACE_REFUSED},
        {ROOT "\\full.txt", SBX_E_WORKSPACE_REFUSED},
        {ROOT "\\closed", SBX_E_SYSTEM},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tree_outcome outcome = {0};
        struct sbx_error error = {0};
        struct sim_snapshot *before;
        struct step step;

        tree_with_one_of_each();
        step = make_files_step(STEP_ALLOW, cases[i].path);
        before = sim_snapshot(NULL);
        CU_ASSERT_EQUAL(tree_grant(&step.files, true, NULL, &outcome, &error), cases[i].status);
        CU_ASSERT_EQUAL(error.code, cases[i].status);
        expect_same(before, NULL);
        CU_ASSERT_EQUAL(outcome.changed, 0);
        tree_outcome_free(&outcome);
        sim_snapshot_free(before);
        step_free(&step);
    }
}

/*
 * A link that took the object's place is another object: it is not touched, and neither is what it leads to.
 */
static void link_in_the_objects_place_is_not_followed(void)
{
    struct tree_outcome outcome = {0};
    struct sim_snapshot *before;
    struct step step;
    struct sbx_error error = {0};

    tree_with_one_of_each();
    step = make_files_step(STEP_ALLOW, ROOT "\\protected");
    grant(&step, NULL);
    revoke(&step, NULL);
    sim_remove(ROOT "\\protected\\in.txt");
    sim_remove(ROOT "\\protected");
    sim_add_link(ROOT "\\protected", ELSE);
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL(tree_grant(&step.files, true, NULL, &outcome, &error), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(tree_revoke(&step.files, true, NULL, &outcome, NULL), SBX_OK);
    expect_same(before, NULL);
    CU_ASSERT_EQUAL(outcome.changed, 0);
    tree_outcome_free(&outcome);
    sim_snapshot_free(before);
    step_free(&step);
}

/* Names, and whether the object is still there. */

static void plain_tree(void)
{
    sim_reset();
    sim_add_folder(ROOT "\\a\\b");
    sim_add_folder("C:\\other");
    sim_set_descriptor(ROOT, OF_USER SANE);
    sim_add_file(ROOT "\\a\\b\\file.txt");
}

static void renamed_object_is_found_by_its_id(void)
{
    struct sim_snapshot *before;
    struct step step;
    bool holds = false;

    plain_tree();
    step = make_files_step(STEP_ALLOW, ROOT);
    sim_rename(ROOT, "C:\\other\\name");
    before = sim_snapshot(NULL);
    sim_rename("C:\\other\\name", ROOT);
    grant(&step, NULL);
    sim_rename(ROOT, "C:\\other\\name");
    CU_ASSERT_EQUAL(tree_holds(&step.files, &holds, NULL), SBX_OK);
    CU_ASSERT_TRUE(holds);
    CU_ASSERT_TRUE(names_our_sid("C:\\other\\name\\a\\b\\file.txt"));
    revoke(&step, NULL);
    expect_same(before, NULL);
    CU_ASSERT_EQUAL(tree_holds(&step.files, &holds, NULL), SBX_OK);
    CU_ASSERT_FALSE(holds);
    sim_snapshot_free(before);
    step_free(&step);
}

static void another_object_of_its_name_is_not_touched(void)
{
    struct tree_outcome outcome = {0};
    struct sim_snapshot *before;
    struct step step;
    bool holds = false;

    plain_tree();
    step = make_files_step(STEP_ALLOW, ROOT);
    grant(&step, NULL);
    sim_rename(ROOT, "C:\\moved");
    sim_add_folder(ROOT);
    before = sim_snapshot("C:\\moved");
    CU_ASSERT_EQUAL(revoke(&step, NULL), 4);
    expect_same(before, "C:\\moved");
    CU_ASSERT_FALSE(names_our_sid("C:\\moved\\a\\b\\file.txt"));
    sim_snapshot_free(before);

    /* And when the real one is gone for good: nothing is done, and that is success. */
    sim_remove("C:\\moved\\a\\b\\file.txt");
    sim_remove("C:\\moved\\a\\b");
    sim_remove("C:\\moved\\a");
    sim_remove("C:\\moved");
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL(revoke(&step, &outcome), 0);
    CU_ASSERT_EQUAL(outcome.seen, 0);
    CU_ASSERT_EQUAL(tree_grant(&step.files, true, NULL, &outcome, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(tree_holds(&step.files, &holds, NULL), SBX_E_PATH_NOT_FOUND);
    expect_same(before, NULL);
    sim_snapshot_free(before);
    step_free(&step);
}

/* A disk that is unplugged still has the entries: that is no success. */
static void missing_volume_is_not_taken_for_a_deleted_folder(void)
{
    struct tree_outcome outcome = {0};
    struct sbx_error error = {0};
    struct step step;

    sim_reset();
    sim_add_volume("E:", SIM_VOLUME_NTFS);
    sim_add_folder("E:\\work");
    step = make_files_step(STEP_ALLOW, "E:\\work");
    sim_reset();
    CU_ASSERT_EQUAL(tree_revoke(&step.files, true, NULL, &outcome, &error), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Connect it"));
    sim_add_folder("E:\\another"); /* another disk of that letter */
    sim_set_folder_id("E:\\", "00000000000000ff", "5");
    error.code = SBX_OK;
    CU_ASSERT_EQUAL(tree_revoke(&step.files, true, NULL, &outcome, &error), SBX_E_PATH_NOT_FOUND);
    step_free(&step);
}

static void object_alone_leaves_what_is_in_it(void)
{
    struct tree_outcome outcome = {0};
    struct sim_snapshot *before;
    struct step step;

    plain_tree();
    before = sim_snapshot(NULL);
    step = make_files_step(STEP_ANCHOR, ROOT);
    step.files.entries[0].flags = ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT;
    CU_ASSERT_EQUAL(tree_grant(&step.files, false, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(outcome.changed, 1);
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\a"));
    CU_ASSERT_EQUAL(tree_revoke(&step.files, false, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(outcome.seen, 2);
    expect_same(before, NULL);
    sim_snapshot_free(before);
    step_free(&step);
}

static void stops_are_not_walked_into(void)
{
    struct sim_snapshot *before;
    struct step step, stop;

    plain_tree();
    before = sim_snapshot(NULL);
    stop = make_files_step(STEP_DENY, ROOT "\\a\\b");
    step = make_files_step(STEP_ALLOW, ROOT);
    strings_append(&step.files.stops, stop.files.file_id);
    CU_ASSERT_EQUAL(grant(&step, NULL), 2);
    CU_ASSERT_TRUE(names_our_sid(ROOT "\\a"));
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\a\\b"));
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\a\\b\\file.txt"));

    /* The rule of the place itself stays when ours goes, though both name one SID. */
    step.files.entries[0].type = step.files.entries[1].type = ACE_DENY;
    grant(&stop, NULL);
    revoke(&step, NULL);
    CU_ASSERT_TRUE(names_our_sid(ROOT "\\a\\b\\file.txt"));
    step.files.entries[0].type = step.files.entries[1].type = ACE_ALLOW;
    revoke(&step, NULL);
    revoke(&stop, NULL);
    expect_same(before, NULL);
    sim_snapshot_free(before);
    step_free(&stop);
    step_free(&step);
}

/* What was moved out keeps our entries, and nothing else of it was changed. */
static void what_was_moved_out_differs_by_our_entries_alone(void)
{
    struct sim_snapshot *before;
    struct step step;

    plain_tree();
    sim_rename(ROOT "\\a\\b", "C:\\other\\b");
    before = sim_snapshot(NULL);
    sim_rename("C:\\other\\b", ROOT "\\a\\b");
    step = make_files_step(STEP_ALLOW, ROOT);
    grant(&step, NULL);
    sim_rename(ROOT "\\a\\b", "C:\\other\\b");
    revoke(&step, NULL);
    CU_ASSERT_TRUE(names_our_sid("C:\\other\\b"));
    CU_ASSERT_FALSE(names_our_sid(ROOT "\\a"));

    sim_rename("C:\\other\\b", ROOT "\\a\\b"); /* where the next revoke finds it */
    revoke(&step, NULL);
    sim_rename(ROOT "\\a\\b", "C:\\other\\b");
    expect_same(before, NULL);
    sim_snapshot_free(before);
    step_free(&step);
}

/* The sandbox could make such a file; if it made revoking fail, nobody could deprovision any more. */
static void file_that_nobody_may_change_does_not_block_revoking(void)
{
    struct tree_outcome outcome;
    struct step step;

    plain_tree();
    step = make_files_step(STEP_ALLOW, ROOT);
    grant(&step, NULL);
    sim_set_descriptor(ROOT "\\a\\b\\file.txt",
                       "O:SYG:SYD:P(A;;FA;;;SY)(A;;0x1201bf;;;" STEP_MAKER_SID ")(A;;FR;;;" SIM_USER ")");
    CU_ASSERT_EQUAL(revoke(&step, &outcome), 3);
    CU_ASSERT_EQUAL(outcome.refused, 1);
    CU_ASSERT_STRING_EQUAL(outcome.first_left_out, ROOT "\\a\\b\\file.txt");
    tree_outcome_free(&outcome);

    /* Without entries of ours it is nothing to talk about. */
    sim_set_descriptor(ROOT "\\a\\b\\file.txt", "O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;" SIM_USER ")");
    revoke(&step, &outcome);
    CU_ASSERT_EQUAL(outcome.refused, 0);
    CU_ASSERT_PTR_NULL(outcome.first_left_out);
    step_free(&step);
}

static void host_that_keeps_nothing_is_found_out(void)
{
    struct tree_outcome outcome = {0};
    struct sim_snapshot *before;
    struct sbx_error error = {0};
    struct step step;

    plain_tree();
    step = make_files_step(STEP_ALLOW, ROOT);
    before = sim_snapshot(NULL);
    sim_host.drops_acl_entries = true;
    CU_ASSERT_EQUAL(tree_grant(&step.files, true, NULL, &outcome, &error), SBX_E_NOT_ENFORCED);
    CU_ASSERT_EQUAL(error.code, SBX_E_NOT_ENFORCED);
    expect_same(before, NULL);
    sim_snapshot_free(before);
    step_free(&step);
}

/* Progress and cancelling. */

struct patience {
    unsigned asked, most;
    uint64_t seen;
};

static bool ask(void *context, const struct tree_outcome *so_far)
{
    struct patience *patience = context;

    CU_ASSERT(so_far->seen >= patience->seen);
    patience->seen = so_far->seen;
    return ++patience->asked < patience->most;
}

static void large_tree(unsigned folders, unsigned files)
{
    char path[64];

    sim_reset();
    sim_add_folder(ROOT);
    sim_set_descriptor(ROOT, OF_USER SANE);
    for (unsigned i = 0; i < folders; i++) {
        snprintf(path, sizeof path, ROOT "\\d%u\\d%u", i / 100, i);
        sim_add_folder(path);
        for (unsigned k = 0; k < files; k++) {
            snprintf(path, sizeof path, ROOT "\\d%u\\d%u\\f%u", i / 100, i, k);
            sim_add_file(path);
        }
    }
}

static void walk_can_be_cancelled_and_is_revoked(void)
{
    struct sim_snapshot *before;
    struct step step;

    large_tree(20, 20);
    before = sim_snapshot(NULL);
    step = make_files_step(STEP_ALLOW, ROOT);
    for (unsigned most = 1; most < 5; most++) {
        struct patience patience = {.most = most};
        const struct tree_control control = {ask, &patience};
        struct tree_outcome outcome = {0};
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(tree_grant(&step.files, true, &control, &outcome, &error), SBX_E_CANCELLED);
        CU_ASSERT_EQUAL(error.code, SBX_E_CANCELLED);
        CU_ASSERT_EQUAL(patience.asked, most);
        CU_ASSERT(outcome.changed > 0 && outcome.changed < 400);
        patience.asked = 0;
        patience.seen = 0;
        outcome.seen = 0;
        CU_ASSERT_EQUAL(tree_revoke(&step.files, true, &control, &outcome, NULL), SBX_E_CANCELLED);
        revoke(&step, NULL);
        expect_same(before, NULL);
    }
    sim_snapshot_free(before);
    step_free(&step);
}

static void hundred_thousand_objects_take_seconds(void)
{
    struct tree_outcome outcome;
    clock_t start = clock();
    double seconds;
    struct step step;

    large_tree(1000, 99);
    step = make_files_step(STEP_ALLOW, ROOT);
    grant(&step, &outcome);
    CU_ASSERT_EQUAL(outcome.changed, 100011);
    CU_ASSERT_EQUAL(revoke(&step, NULL), 100011);
    step_free(&step);
    sim_reset();
    seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    CU_ASSERT(seconds < 60); /* what is quadratic takes hours */
}

/* Failing. */

static struct step failing_step;
static struct sim_snapshot *failing_before;

static sbx_status grant_with_memory_failing(void *context)
{
    struct tree_outcome outcome = {0};
    sbx_status status = tree_grant(&failing_step.files, true, NULL, &outcome, NULL);

    (void)context;
    tree_outcome_free(&outcome);
    return status;
}

static sbx_status revoke_with_memory_failing(void *context)
{
    struct tree_outcome outcome = {0};
    bool holds = true;
    sbx_status status = tree_revoke(&failing_step.files, true, NULL, &outcome, NULL);

    (void)context;
    if (!status)
        status = tree_holds(&failing_step.files, &holds, NULL);
    if (!status)
        CU_ASSERT_FALSE(holds);
    tree_outcome_free(&outcome);
    return status;
}

static void memory_that_runs_out_leaves_what_revoke_takes_back(void)
{
    tree_with_one_of_each();
    sim_remove(ROOT "\\full.txt");
    failing_before = sim_snapshot(NULL);
    failing_step = make_files_step(STEP_ALLOW, ROOT);
    with_memory_failing(grant_with_memory_failing, NULL);
    with_memory_failing(revoke_with_memory_failing, NULL);
    expect_same(failing_before, NULL);
    sim_snapshot_free(failing_before);
    step_free(&failing_step);
}

/* Whichever call fails: a grant says so, and a revoke that says it succeeded has taken everything. */
static void call_that_fails_is_never_passed_over(void)
{
    struct sim_snapshot *before;
    struct step step;
    unsigned failed = 0;

    tree_with_one_of_each();
    sim_remove(ROOT "\\full.txt"); /* long to compare */
    before = sim_snapshot(NULL);
    step = make_files_step(STEP_ALLOW, ROOT);
    for (unsigned for_ever = 0; for_ever < 2; for_ever++)
        for (size_t n = 1;; n++) {
            struct tree_outcome outcome = {0};
            sbx_status status;

            (for_ever ? sim_fail_calls_from : sim_fail_call)(n);
            status = tree_grant(&step.files, true, NULL, &outcome, NULL);
            tree_outcome_free(&outcome);
            if (sim_call_count() < n)
                break;
            CU_ASSERT_EQUAL(status, SBX_E_SYSTEM);
            failed++;
            sim_fail_call(0);
            revoke(&step, NULL);
            expect_same(before, NULL);
        }
    for (unsigned for_ever = 0; for_ever < 2; for_ever++)
        for (size_t n = 1;; n++) {
            struct tree_outcome outcome = {0};
            sbx_status status;

            sim_fail_call(0);
            grant(&step, NULL);
            (for_ever ? sim_fail_calls_from : sim_fail_call)(n);
            status = tree_revoke(&step.files, true, NULL, &outcome, NULL);
            tree_outcome_free(&outcome);
            if (sim_call_count() < n)
                break;
            CU_ASSERT_EQUAL(status, SBX_E_SYSTEM);
            failed++;
            sim_fail_call(0);
            revoke(&step, NULL);
            expect_same(before, NULL);
        }
    CU_ASSERT(failed > 150);
    sim_fail_call(0);
    sim_snapshot_free(before);
    step_free(&step);
}

const struct harness_suite tree_suite = {
    "tree",
    (const struct harness_test[]){
        {"revoke gives every descriptor back byte for byte, for every tree",
         revoke_gives_every_descriptor_back},
        {"grants of two sessions do not meet", grants_of_two_sessions_do_not_meet},
        {"what is there gets what it would have inherited", children_get_what_they_would_have_inherited},
        {"protected lists hold no entry marked as inherited",
         protected_lists_hold_no_entry_marked_as_inherited},
        {"a deny counts before what a file allows itself", deny_counts_before_what_a_file_allows_itself},
        {"what happened to the tree meanwhile is kept, and nothing else",
         what_happened_meanwhile_is_kept_and_nothing_else},
        {"what is left out is counted and told", what_is_left_out_is_counted_and_told},
        {"the object itself must take the entries", object_itself_must_take_the_entries},
        {"a link in the object's place is not followed", link_in_the_objects_place_is_not_followed},
        {"a renamed object is found by its id", renamed_object_is_found_by_its_id},
        {"another object of its name is not touched", another_object_of_its_name_is_not_touched},
        {"a missing volume is not taken for a deleted folder",
         missing_volume_is_not_taken_for_a_deleted_folder},
        {"the object alone leaves what is in it", object_alone_leaves_what_is_in_it},
        {"stops are not walked into", stops_are_not_walked_into},
        {"what was moved out differs by our entries alone", what_was_moved_out_differs_by_our_entries_alone},
        {"a file that nobody may change does not block revoking",
         file_that_nobody_may_change_does_not_block_revoking},
        {"a host that keeps nothing is found out", host_that_keeps_nothing_is_found_out},
        {"a walk can be cancelled and is revoked", walk_can_be_cancelled_and_is_revoked},
        {"a hundred thousand objects take seconds", hundred_thousand_objects_take_seconds},
        {"memory that runs out leaves what revoke takes back",
         memory_that_runs_out_leaves_what_revoke_takes_back},
        {"a call that fails is never passed over", call_that_fails_is_never_passed_over},
        {NULL, NULL},
    },
};
