/*
 * lock.c - os/lock.h of the simulation: one holder among the actors. Nobody waits: time stands still here, so who finds
 * it held has waited in vain.
 */
#include "os/lock.h"
#include "base/memory.h"
#include "sim/security.h"
#include "sim/world.h"

struct machine_lock {
    int holder; /* memory of the tested code's own must not be empty */
};

static bool held;
static unsigned holder;

void sim_lock_reset(void)
{
    held = false;
}

sbx_status machine_lock_take(uint32_t timeout_ms, struct machine_lock **lock, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);
    struct machine_lock *made;

    (void)timeout_ms;
    if (status)
        return status;
    if (!sim_is_administrator(sim_caller()))
        return error_system(error, "CreateFile", SIM_ERROR_ACCESS_DENIED);
    if (held && !sim_actor_is_dead(holder))
        return error_set(error, SBX_E_TIMEOUT, "Another set-up is at work.");
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "a lock");
    held = true;
    holder = sim_current_actor();
    *lock = made;
    return SBX_OK;
}

/* A holder that died, or whose machine lost its power, has let go already. */
void machine_lock_release(struct machine_lock *lock)
{
    if (lock && held && holder == sim_current_actor())
        held = false;
    sbx_free(lock);
}
