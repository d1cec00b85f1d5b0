/*
 * sim_faults_test.c - failing calls, full disks, power cuts and second actors come where they were asked for,
 * and nowhere else.
 */
#include "base/memory.h"
#include "os/acl.h"
#include "sim/fault.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define STATE "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define WORK  "C:\\src\\app"

/* Some of everything on files. Returns the first failure, having let go of all. */
static sbx_status work(void)
{
    struct log_file *log = NULL;
    struct held_file *mark = NULL;
    struct acl_object *object = NULL;
    struct sbx_buffer descriptor = SBX_BUFFER_EMPTY;
    bool kept = false;
    sbx_status status = folder_create(STATE "\\workspaces\\key", NULL);

    if (!status)
        status = log_open(STATE "\\workspaces\\key\\journal", &log, NULL);
    if (!status)
        status = held_open(STATE "\\workspaces\\key\\a.live", &mark, NULL);
    if (!status)
        status = acl_host_keeps_entries(STATE, &kept, NULL);
    if (!status)
        status = log_append(log, "intent\n", 7, NULL);
    if (!status)
        status = log_flush(log, NULL);
    if (!status)
        status = acl_open(WORK, ACL_CHANGE, &object, NULL);
    if (!status)
        status = acl_read(object, &descriptor, NULL);
    if (!status)
        status = acl_write(object, descriptor.data, descriptor.size, NULL);
    if (!status)
        status = log_append(log, "done\n", 5, NULL);
    if (!status)
        status = log_flush(log, NULL);
    if (!status)
        status = file_replace(STATE "\\settings", "new", 3, NULL);
    if (!status)
        status = log_delete(log, NULL);
    acl_close(object);
    held_close(mark);
    log_close(log);
    buffer_free(&descriptor);
    return status;
}

static void begin(void)
{
    sim_reset();
    sim_add_folder(WORK);
    sim_add_file(STATE "\\settings");
    sim_set_contents(STATE "\\settings", "old");
    sim_fail_call(0);
    sim_cut_power(0, SIM_CUT_BEFORE);
}

static void every_call_can_be_made_to_fail(void)
{
    size_t calls;

    begin();
    CU_ASSERT_EQUAL(work(), SBX_OK);
    calls = sim_call_count();
    printf("    sim_faults: %zu calls\n", calls);
    for (size_t nth = 1; nth <= calls; nth++) {
        const char *settings;

        begin();
        sim_fail_call(nth);
        CU_ASSERT_EQUAL(work(), SBX_E_SYSTEM);
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
        settings = sim_contents(STATE "\\settings", NULL);
        CU_ASSERT(strcmp(settings, "old") == 0 || (nth == calls && strcmp(settings, "new") == 0));
        begin();
        sim_fail_calls_from(nth);
        CU_ASSERT_EQUAL(work(), SBX_E_SYSTEM);
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
    }
    CU_ASSERT(calls > 15);
}

/* After a cut nothing changes any more, whatever is still called; and it changes nothing twice. */
static void the_power_can_go_before_and_after_every_change(void)
{
    size_t changes;

    begin();
    CU_ASSERT_EQUAL(work(), SBX_OK);
    changes = sim_change_count();
    printf("    sim_faults: %zu changes\n", changes);
    CU_ASSERT(changes > 12);
    for (size_t nth = 1; nth <= changes; nth++) {
        for (int cut = SIM_CUT_BEFORE; cut <= SIM_CUT_AFTER; cut++) {
            struct sim_snapshot *at_cut, *later;
            const char *settings;

            begin();
            sim_cut_power(nth, (enum sim_cut)cut);
            CU_ASSERT_EQUAL(work(), SBX_E_SYSTEM);
            at_cut = sim_snapshot(NULL);
            CU_ASSERT_EQUAL(work(), SBX_E_SYSTEM);
            later = sim_snapshot(NULL);
            CU_ASSERT_PTR_NULL(sim_snapshot_difference(at_cut, later));
            sim_reboot(SIM_UNFLUSHED_ZEROED);
            settings = sim_contents(STATE "\\settings", NULL);
            CU_ASSERT(strcmp(settings, "old") == 0 || strcmp(settings, "new") == 0);
            CU_ASSERT_EQUAL(sim_open_handles(), 0);
            CU_ASSERT(!held_is(STATE "\\workspaces\\key\\a.live"));
            sim_snapshot_free(at_cut);
            sim_snapshot_free(later);
        }
    }
}

static void a_full_disk_takes_what_fits_and_spares_what_was_there(void)
{
    struct log_file *log = NULL;
    struct sbx_error error = {0};

    begin();
    CU_ASSERT_EQUAL(log_open(STATE "\\log", &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(log_append(log, "one", 3, NULL), SBX_OK);
    sim_disk_full_after(2);
    CU_ASSERT_EQUAL(log_append(log, "two", 3, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 112);
    CU_ASSERT_STRING_EQUAL(sim_contents(STATE "\\log", NULL), "onetw");
    CU_ASSERT_EQUAL(log_cut(log, 3, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_create(STATE "\\new", "x", 1, NULL), SBX_E_SYSTEM);
    CU_ASSERT(!sim_exists(STATE "\\new"));
    CU_ASSERT_EQUAL(file_replace(STATE "\\settings", "x", 1, NULL), SBX_E_SYSTEM);
    CU_ASSERT_STRING_EQUAL(sim_contents(STATE "\\settings", NULL), "old");
    sim_disk_empty();
    CU_ASSERT_EQUAL(log_append(log, "two", 3, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sim_contents(STATE "\\log", NULL), "onetwo");
    log_close(log);
}

struct second {
    size_t at;
    sbx_status status;
};

static void second_works(void *context, size_t call)
{
    struct second *second = context;

    if (call != second->at)
        return;
    sim_actor(1);
    second->status = work();
}

/* Both use one log: at some calls the second finds it taken, at others it does all its work in between. */
static void a_second_actor_runs_between_any_two_calls_of_the_first(void)
{
    size_t alone, calls, refused = 0, worked = 0;

    begin();
    CU_ASSERT_EQUAL(work(), SBX_OK);
    alone = calls = sim_call_count();
    for (size_t nth = 1; nth <= calls; nth++) {
        struct second second = {.at = nth, .status = SBX_E_NOT_BUILT};

        begin();
        sim_at_call(second_works, &second);
        CU_ASSERT_EQUAL(work(), SBX_OK);
        CU_ASSERT(sim_call_count() <= alone);
        CU_ASSERT(second.status == SBX_OK || second.status == SBX_E_STATE);
        refused += second.status == SBX_E_STATE;
        worked += second.status == SBX_OK;
        CU_ASSERT_EQUAL(sim_current_actor(), 0);
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
    }
    sim_at_call(NULL, NULL);
    CU_ASSERT(refused > 5);
    CU_ASSERT(worked > 2);
}

static void kill_first(void *context, size_t call)
{
    if (call == *(const size_t *)context)
        sim_kill_actor(0);
}

/* Killed at any call, an actor holds nothing any more, and another one can go on at once. */
static void a_killed_actor_lets_go_of_everything(void)
{
    size_t calls;

    begin();
    CU_ASSERT_EQUAL(work(), SBX_OK);
    calls = sim_call_count();
    for (size_t nth = 1; nth <= calls; nth++) {
        begin();
        sim_at_call(kill_first, &nth);
        CU_ASSERT_EQUAL(work(), SBX_E_SYSTEM);
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
        sim_at_call(NULL, NULL);
        sim_actor(1);
        CU_ASSERT_EQUAL(work(), SBX_OK);
    }
}

const struct harness_suite sim_faults_suite = {
    "sim_faults",
    (const struct harness_test[]){
        {"every call can be made to fail", every_call_can_be_made_to_fail},
        {"the power can go before and after every change", the_power_can_go_before_and_after_every_change},
        {"a full disk takes what fits and spares what was there",
         a_full_disk_takes_what_fits_and_spares_what_was_there},
        {"a second actor runs between any two calls of the first",
         a_second_actor_runs_between_any_two_calls_of_the_first},
        {"a killed actor lets go of everything", a_killed_actor_lets_go_of_everything},
        {NULL, NULL},
    },
};
