/*
 * identity.c - os/identity.h of the simulation.
 */
#include "os/identity.h"
#include "sim/world.h"

#include <stdio.h>
#include <string.h>

void host_examine(struct host_facts *facts)
{
    static const struct host_facts simulated = {10, 0, 19045, "Windows 10.0.19045 x64", "", true, true, true};

    *facts = simulated;
}

sbx_status identity_user_sid(char sid[SID_TEXT_SIZE], struct sbx_error *error)
{
    sbx_status status = sim_enter("GetTokenInformation", error);

    if (!status)
        snprintf(sid, SID_TEXT_SIZE, "%s", SIM_USER);
    return status;
}
