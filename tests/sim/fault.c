/*
 * fault.c - the Nth call fails, the power is cut at the Nth change, the disk is full, an actor dies, another
 * one runs in between.
 */
#include "sim/fault.h"
#include "base/memory.h"
#include "sim/open.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

static size_t call_count, call_to_fail;
static bool call_fails_for_ever;
static size_t allocations_left;

static size_t change_count, change_to_cut;
static enum sim_cut cut;
static bool cut_is_pending; /* this change still happens, then the power goes */
static bool power_is_off;

static bool disk_is_limited;
static size_t disk_left;

static unsigned actor;
static bool dead[SIM_MOST_ACTORS];

static void (*hook)(void *context, size_t call);
static void *hook_context;
static bool in_hook;

/* Calls. */

void sim_fail_call(size_t nth)
{
    call_count = 0;
    call_to_fail = nth;
    call_fails_for_ever = false;
}

void sim_fail_calls_from(size_t nth)
{
    sim_fail_call(nth);
    call_fails_for_ever = true;
}

size_t sim_call_count(void)
{
    return call_count;
}

void sim_at_call(void (*run)(void *context, size_t call), void *context)
{
    call_count = 0;
    hook = run;
    hook_context = context;
}

/*
 * The hook may switch to another actor and let it act: the calls of that one are neither counted nor failed.
 */
static void run_hook(void)
{
    unsigned whose = actor;

    in_hook = true;
    hook(hook_context, call_count);
    in_hook = false;
    actor = whose;
}

sbx_status sim_enter(const char *call, struct sbx_error *error)
{
    if (!in_hook) {
        call_count++;
        if (hook)
            run_hook();
    }
    if (power_is_off)
        return error_system(error, call, SIM_ERROR_NOT_READY);
    if (dead[actor])
        return error_system(error, call, SIM_ERROR_PROCESS_ABORTED);
    if (in_hook || !call_to_fail || call_count < call_to_fail ||
        (call_count > call_to_fail && !call_fails_for_ever))
        return SBX_OK;
    return error_system(error, call, SIM_ERROR_NO_RESOURCES);
}

/* Power. */

void sim_cut_power(size_t nth, enum sim_cut when)
{
    change_count = 0;
    change_to_cut = nth;
    cut = when;
}

size_t sim_change_count(void)
{
    return change_count;
}

bool sim_power_is_off(void)
{
    return power_is_off;
}

void sim_power_off(void)
{
    power_is_off = true;
}

void sim_power_on(void)
{
    power_is_off = false;
    cut_is_pending = false;
    change_to_cut = 0;
    memset(dead, 0, sizeof dead);
    actor = 0;
}

sbx_status sim_change(const char *call, struct sbx_error *error)
{
    if (power_is_off)
        return error_system(error, call, SIM_ERROR_NOT_READY);
    change_count++;
    if (!change_to_cut || change_count != change_to_cut)
        return SBX_OK;
    if (cut == SIM_CUT_AFTER) {
        cut_is_pending = true;
        return SBX_OK;
    }
    power_is_off = true;
    return error_system(error, call, SIM_ERROR_NOT_READY);
}

sbx_status sim_changed(const char *call, struct sbx_error *error)
{
    if (!cut_is_pending)
        return SBX_OK;
    cut_is_pending = false;
    power_is_off = true;
    return error_system(error, call, SIM_ERROR_NOT_READY);
}

/* The disk. */

void sim_disk_full_after(size_t size)
{
    disk_is_limited = true;
    disk_left = size;
}

void sim_disk_empty(void)
{
    disk_is_limited = false;
}

size_t sim_take_disk(size_t size)
{
    if (!disk_is_limited)
        return size;
    if (size > disk_left)
        size = disk_left;
    disk_left -= size;
    return size;
}

/* Actors. */

void sim_actor(unsigned which)
{
    if (which >= SIM_MOST_ACTORS)
        abort();
    actor = which;
}

unsigned sim_current_actor(void)
{
    return actor;
}

bool sim_actor_is_dead(unsigned which)
{
    return dead[which];
}

void sim_kill_actor(unsigned which)
{
    if (which >= SIM_MOST_ACTORS)
        abort();
    dead[which] = true;
    sim_opens_end(which);
}

void sim_revive_actor(unsigned which)
{
    if (which >= SIM_MOST_ACTORS)
        abort();
    dead[which] = false;
}

/* Memory. */

static bool is_refused(void *context, size_t size)
{
    (void)context;
    (void)size;
    return allocations_left > 0 && --allocations_left == 0;
}

void sim_fail_allocation(size_t nth)
{
    allocations_left = nth;
    sbx_memory_set_hook(nth ? is_refused : NULL, NULL);
}

void sim_faults_reset(void)
{
    sim_fail_call(0);
    sim_fail_allocation(0);
    sim_cut_power(0, SIM_CUT_BEFORE);
    sim_power_on();
    sim_disk_empty();
    sim_at_call(NULL, NULL);
}
