/*
 * handle.c - os/handle.h of the simulation.
 */
#include "os/handle.h"
#include "sim/world.h"

void handle_close(sbx_handle handle)
{
    if (handle)
        sim_handle_close(handle, SIM_OWN_PROCESS);
}

sbx_status handle_give(sbx_handle process, sbx_handle local, bool inheritable, uint64_t *remote,
                       struct sbx_error *error)
{
    struct sim_object *target = sim_handle_object(process, SIM_PROCESS);
    struct sim_object *object = sim_any_object(local);
    sbx_status status = sim_enter("DuplicateHandle", error);

    (void)inheritable;
    if (status)
        return status;
    if (!target || !object || !target->record->alive)
        return error_system(error, "DuplicateHandle", SIM_ERROR_INVALID_HANDLE);

    sim_object_hold(object);
    *remote = handle_to_wire(sim_handle_make(object, target->record->id));
    return SBX_OK;
}

void handle_take_back(sbx_handle process, uint64_t remote)
{
    struct sim_object *target = sim_handle_object(process, SIM_PROCESS);

    if (target && target->record->alive)
        sim_handle_close(handle_from_wire(remote), target->record->id);
}

sbx_handle handle_from_wire(uint64_t value)
{
    return (sbx_handle)(uintptr_t)value;
}

uint64_t handle_to_wire(sbx_handle handle)
{
    return (uint64_t)(uintptr_t)handle;
}
