/*
 * pipe.c - what core needs of os/pipe.h: the null device.
 */
#include "os/pipe.h"
#include "sim/world.h"

sbx_status pipe_open_null(bool for_writing, sbx_handle *handle, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);

    (void)for_writing;
    if (status)
        return status;
    *handle = sim_handle_make(sim_object_make(SIM_NULL_DEVICE), SIM_OWN_PROCESS);
    return SBX_OK;
}
