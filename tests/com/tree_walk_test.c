/*
 * tree_walk_test.c - core/tree on a tree of 1,000 real files (20,000 where SBX_LONG=1) by several threads: the calls of the host are real, the
 * lists are kept in memory (acl_world.h), because Wine keeps none, but for the one entry that it does keep.
 */
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/crew_world.h"
#include "com/support.h"
#include "core/sddl.h"
#include "core/tree.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "os/random.h"

#include <stdlib.h>
#include <string.h>

#define MANY   200 /* folders */
#define FEW    10
#define FILES  100 /* in each */
#define OUTERS 5   /* folders that those lie in */
#define SID    "S-1-9-1396856881-11-22-33-44"

static char *root;
static struct step_files step;
static uint64_t object_count;

static void plant(unsigned folders)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct file_facts facts;
    char random[17];
    size_t size;

    CU_ASSERT_EQUAL_FATAL(folder_path(FOLDER_LOCAL_DATA, &root, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(random_hex(random, 8, NULL), SBX_OK);
    object_count = 1 + OUTERS + folders * (1 + FILES);
    buffer_append_format(&path, "%s\\Temp\\sbxcom walk test %s", root, random);
    sbx_free(root);
    root = sbx_strdup(buffer_text(&path));
    size = path.size;
    for (unsigned i = 0; i < folders; i++) {
        path.size = size;
        buffer_append_format(&path, "\\%u\\%u", i % OUTERS, i);
        CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&path), NULL), SBX_OK);
        for (unsigned k = 0; k < FILES; k++) {
            size_t folder_size = path.size;

            buffer_append_format(&path, "\\%u.c", k);
            CU_ASSERT_EQUAL_FATAL(file_create(buffer_text(&path), "x", 1, NULL), SBX_OK);
            path.size = folder_size;
        }
    }
    buffer_free(&path);
    CU_ASSERT_EQUAL_FATAL(file_examine(root, &facts, NULL), SBX_OK);
    sbx_free(root);
    root = facts.path;
    step = (struct step_files){
        .path = root, .folder = true, .entries = sbx_alloc(sizeof(struct ace)), .entry_count = 1};
    memcpy(step.volume_id, facts.volume_id, sizeof step.volume_id);
    memcpy(step.file_id, facts.file_id, sizeof step.file_id);
    step.entries[0] = (struct ace){
        .type = ACE_ALLOW, .flags = ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT, .mask = 0x001301BF};
    CU_ASSERT_EQUAL_FATAL(sid_parse(SID, &step.entries[0].sid, NULL), SBX_OK);
}

static void clear(void)
{
    CU_ASSERT_EQUAL(folder_delete_tree(root, NULL), SBX_OK);
    sbx_free(step.entries);
    sbx_free(root);
    crew_world_workers(0);
}

static struct tree_outcome walk(bool grants, unsigned workers, const struct tree_control *control,
                                sbx_status expected, unsigned *ms)
{
    struct tree_outcome outcome = {0};
    struct sbx_error error = {0};
    uint64_t start = clock_monotonic_ms();
    sbx_status status;

    crew_world_workers(workers);
    status = (grants ? tree_grant : tree_revoke)(&step, true, control, &outcome, &error);
    if (ms)
        *ms = (unsigned)(clock_monotonic_ms() - start);
    if (status != expected)
        printf("    %s\n", error.text);
    CU_ASSERT_EQUAL(status, expected);
    CU_ASSERT_PTR_NULL(outcome.first_left_out);
    return outcome;
}

/* Called on any thread, one at a time. */
struct patience {
    uint64_t most, told, last;
    bool fell;
};

static bool ask(void *context, const struct tree_outcome *so_far)
{
    struct patience *patience = context;

    patience->told++;
    patience->fell |= so_far->seen <= patience->last;
    patience->last = so_far->seen;
    return !patience->most || so_far->seen < patience->most;
}

static void expect_all(const struct tree_outcome *outcome, const struct tree_outcome *same)
{
    CU_ASSERT_EQUAL(outcome->seen, object_count);
    CU_ASSERT_EQUAL(outcome->changed, object_count);
    CU_ASSERT_EQUAL(memcmp(outcome, same, sizeof *outcome), 0);
}

static void several_threads_do_what_one_does(void)
{
    static const unsigned workers[] = {1, 2, 4};
    struct tree_outcome by_one = {0};
    unsigned ms[3], back_ms[3];

    plant(getenv("SBX_LONG") ? MANY : FEW);
    for (size_t i = 0; i < 3; i++) {
        struct patience patience = {0};
        const struct tree_control control = {ask, &patience};
        struct tree_outcome outcome;

        acl_world_begin();
        outcome = walk(true, workers[i], &control, SBX_OK, &ms[i]);
        if (!i)
            by_one = outcome;
        expect_all(&outcome, &by_one);
        CU_ASSERT_EQUAL(acl_world_writes(), object_count);
        CU_ASSERT_EQUAL(crew_world_helpers(), workers[i] - 1);
        CU_ASSERT_EQUAL(patience.told, object_count / 64);
        CU_ASSERT_FALSE(patience.fell || acl_world_is_as_it_was());
        outcome = walk(false, workers[i], NULL, SBX_OK, &back_ms[i]);
        expect_all(&outcome, &by_one);
        CU_ASSERT(acl_world_is_as_it_was());
        acl_world_end();
    }
    clear();
    harness_note("%u objects by 1, 2, 4 threads: granted in %u, %u, %u ms, taken back in %u, %u, %u ms",
                 (unsigned)object_count, ms[0], ms[1], ms[2], back_ms[0], back_ms[1], back_ms[2]);
}

static void cancelled_walk_of_several_threads_is_taken_back(void)
{
    plant(FEW);
    for (uint64_t most = 320; most < object_count; most += 1280) {
        struct patience patience = {.most = most};
        const struct tree_control control = {ask, &patience};
        struct tree_outcome outcome;

        acl_world_begin();
        outcome = walk(true, 4, &control, SBX_E_CANCELLED, NULL);
        CU_ASSERT_EQUAL(patience.last, most);
        CU_ASSERT(outcome.changed >= most && outcome.changed < most + 4);
        CU_ASSERT_EQUAL(crew_world_helpers(), 3);
        CU_ASSERT_FALSE(acl_world_is_as_it_was());
        outcome = walk(false, 4, NULL, SBX_OK, NULL);
        CU_ASSERT_EQUAL(outcome.seen, object_count);
        CU_ASSERT(acl_world_is_as_it_was());
        acl_world_end();
    }
    clear();
}

/* A write that the host refuses in the middle: a grant ends there, a revoke goes on and says so at its end. */
static void refused_write_of_several_threads_is_told(void)
{
    struct tree_outcome outcome;

    plant(FEW);
    acl_world_begin();
    acl_world_fail_write(500, false);
    outcome = walk(true, 4, NULL, SBX_E_SYSTEM, NULL);
    CU_ASSERT(outcome.changed >= 499 && outcome.changed < 499 + 4);
    walk(false, 4, NULL, SBX_OK, NULL);
    CU_ASSERT(acl_world_is_as_it_was());
    walk(true, 4, NULL, SBX_OK, NULL);
    acl_world_fail_write(500, false);
    outcome = walk(false, 4, NULL, SBX_E_SYSTEM, NULL);
    CU_ASSERT_EQUAL(outcome.seen, object_count);
    CU_ASSERT_EQUAL(outcome.changed, object_count - 1);
    walk(false, 4, NULL, SBX_OK, NULL);
    CU_ASSERT(acl_world_is_as_it_was());
    acl_world_end();
    clear();
}

/* The one entry that Wine keeps of its own: what others than the owner may do. Real lists, read back. */
static void real_lists_are_stripped_by_several_threads(void)
{
    struct tree_outcome outcome = {0};
    struct sid everyone;

    if (!on_wine())
        HARNESS_SKIP("only under Wine everybody is named in each list");
    plant(FEW);
    CU_ASSERT_EQUAL(sid_parse("S-1-1-0", &everyone, NULL), SBX_OK);
    crew_world_workers(4);
    CU_ASSERT_EQUAL(tree_strip(&step, &everyone, 1, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(outcome.seen, object_count);
    CU_ASSERT_EQUAL(outcome.changed, object_count);
    CU_ASSERT_EQUAL(crew_world_helpers(), 3);
    outcome = (struct tree_outcome){0};
    CU_ASSERT_EQUAL(tree_strip(&step, &everyone, 1, NULL, &outcome, NULL), SBX_OK);
    CU_ASSERT_EQUAL(outcome.seen, object_count);
    CU_ASSERT_EQUAL(outcome.changed, 0);
    clear();
}

const struct harness_suite tree_walk_suite = {
    "tree_walk",
    (const struct harness_test[]){
        {"several threads do what one does", several_threads_do_what_one_does},
        {"a cancelled walk of several threads is taken back",
         cancelled_walk_of_several_threads_is_taken_back},
        {"a refused write of several threads is told", refused_write_of_several_threads_is_told},
        {"real lists are stripped by several threads", real_lists_are_stripped_by_several_threads},
        {NULL, NULL},
    },
};
