/*
 * acl.c - os/acl.h of the simulation: a switch, until files have descriptors.
 */
#include "os/acl.h"
#include "sim/world.h"

sbx_status acl_host_keeps_entries(const char *folder, bool *kept, struct sbx_error *error)
{
    sbx_status status = sim_enter("SetSecurityInfo", error);

    (void)folder;
    if (status)
        return status;
    *kept = !sim_host.drops_acl_entries;
    return SBX_OK;
}
