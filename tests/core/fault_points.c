/*
 * fault_points.c - one act, interrupted at every point there is.
 */
#include "core/fault_points.h"
#include "base/memory.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#define MOST_POINTS 100000
#define DISK_STRIDE 41 /* bytes; every single one of a record is tried in journal_test.c */
#define LONG_MEMORY 499
#define LONG_DISK   997

static size_t asked, refused_from;
static bool for_ever, refused;

static bool refuse(void *context, size_t size)
{
    (void)context;
    (void)size;
    asked++;
    if (!refused_from || asked < refused_from || (asked > refused_from && !for_ever))
        return false;
    refused = true;
    return true;
}

static bool in_part(const struct fault_scene *scene)
{
    return scene->long_act && !getenv("SBX_LONG");
}

static size_t stride_of(const struct fault_scene *scene)
{
    return in_part(scene) ? scene->long_act : 1;
}

static void nothing_fails(void)
{
    sbx_memory_set_hook(NULL, NULL);
    sim_fail_call(0);
    sim_cut_power(0, SIM_CUT_BEFORE);
    sim_disk_empty();
}

void fault_points_count(const char *name, size_t count)
{
    static const char *test;
    static char line[256];
    static size_t total;
    size_t size;

    if (test != harness_running()) {
        test = harness_running();
        line[0] = '\0';
        total = 0;
    }
    total += count;
    size = strlen(line);
    snprintf(line + size, sizeof line - size, "%s%s %zu", size ? ", " : "", name, count);
    harness_note("%zu fault points: %s", total, line);
}

static void finish(const struct fault_scene *scene, sbx_status status, bool died, size_t point,
                   const char *what)
{
    unsigned failures = CU_get_number_of_failures();

    nothing_fails();
    if (!died)
        scene->inspect(status, 0);
    status = scene->recover();
    CU_ASSERT_EQUAL(status, SBX_OK);
    scene->inspect(status, 1);
    if (CU_get_number_of_failures() > failures)
        printf("    %s: %s %zu\n", scene->name, what, point);
}

static size_t failing_calls(const struct fault_scene *scene)
{
    size_t points = 0;

    for (unsigned ever = 0; ever < 2; ever++)
        for (size_t n = 1; n < MOST_POINTS; n += stride_of(scene)) {
            sbx_status status;

            scene->prepare();
            (ever ? sim_fail_calls_from : sim_fail_call)(n);
            status = scene->act();
            if (sim_call_count() < n)
                break;
            finish(scene, status, false, n, ever ? "calls fail from" : "call fails:");
            points++;
        }
    return points;
}

static size_t failing_memory(const struct fault_scene *scene)
{
    size_t points = 0;

    for (unsigned ever = 0; ever < 2; ever++)
        for (size_t n = 1; n < MOST_POINTS; n += in_part(scene) ? LONG_MEMORY : 1) {
            sbx_status status;

            scene->prepare();
            asked = 0;
            refused_from = n;
            for_ever = ever;
            refused = false;
            sbx_memory_set_hook(refuse, NULL);
            status = scene->act();
            sbx_memory_set_hook(NULL, NULL);
            if (!refused)
                break;
            finish(scene, status, false, n, ever ? "memory runs out from" : "request refused:");
            points++;
        }
    return points;
}

/* The process dies at a call; another one finds what it left. */
static size_t kill_at;
static bool killed;

static void kill_actor(void *context, size_t call)
{
    (void)context;
    if (call == kill_at) {
        sim_kill_actor(0);
        killed = true;
    }
}

static size_t killed_processes(const struct fault_scene *scene)
{
    size_t points = 0;

    for (size_t n = 1; n < MOST_POINTS; n += stride_of(scene)) {
        sbx_status status;

        scene->prepare();
        kill_at = n;
        killed = false;
        sim_fail_call(0);
        sim_at_call(kill_actor, NULL);
        status = scene->act();
        sim_at_call(NULL, NULL);
        if (!killed)
            break;
        sim_revive_actor(0);
        finish(scene, status, true, n, "killed at call");
        points++;
    }
    return points;
}

static size_t power_cuts(const struct fault_scene *scene)
{
    size_t points = 0;

    for (enum sim_unflushed unflushed = 0; unflushed < (in_part(scene) ? 1 : SIM_UNFLUSHED_COUNT);
         unflushed++)
        for (enum sim_cut when = SIM_CUT_BEFORE; when <= SIM_CUT_AFTER; when++)
            for (size_t n = 1; n < MOST_POINTS; n += stride_of(scene)) {
                sbx_status status;

                scene->prepare();
                sim_cut_power(n, when);
                status = scene->act();
                if (sim_change_count() < n)
                    break;
                sim_reboot(unflushed);
                finish(scene, status, true, n, "power cut at change");
                points++;
            }
    return points;
}

static size_t full_disks(const struct fault_scene *scene)
{
    sbx_status undisturbed;
    size_t points = 0;

    scene->prepare();
    undisturbed = scene->act();
    finish(scene, undisturbed, false, 0, "nothing fails,");
    for (size_t size = 0; size < MOST_POINTS; size += in_part(scene) ? LONG_DISK : DISK_STRIDE) {
        sbx_status status;

        scene->prepare();
        sim_disk_full_after(size);
        status = scene->act();
        finish(scene, status, false, size, "disk full after");
        if (status == undisturbed)
            break;
        points++;
    }
    return points;
}

size_t fault_points(const struct fault_scene *scene)
{
    size_t calls = failing_calls(scene);
    size_t memory = failing_memory(scene);
    size_t kills = scene->volatile_only ? 0 : killed_processes(scene);
    size_t cuts = scene->volatile_only ? 0 : power_cuts(scene);
    size_t disks = scene->volatile_only ? 0 : full_disks(scene);
    size_t all = calls + memory + kills + cuts + disks;

    nothing_fails();
    printf("    fault points of %s: %zu (calls %zu, memory %zu, killed %zu, power %zu, disk %zu)\n",
           scene->name, all, calls, memory, kills, cuts, disks);
    CU_ASSERT(calls > 0);
    CU_ASSERT(scene->volatile_only || kills > 0);
    fault_points_count(scene->name, all);
    return all;
}
