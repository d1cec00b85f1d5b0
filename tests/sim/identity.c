/*
 * identity.c - os/identity.h of the simulation.
 */
#include "os/identity.h"
#include "sim/world.h"

#include <stdio.h>
#include <string.h>

#define SIMULATED                                                    \
    {                                                                \
        10, 0, 19045, "Windows 10.0.19045 x64", "", true, true, true \
    }

static const struct host_facts simulated = SIMULATED;
struct host_facts sim_host_facts = SIMULATED;

void sim_identity_reset(void)
{
    sim_host_facts = simulated;
}

void host_examine(struct host_facts *facts)
{
    *facts = sim_host_facts;
}

sbx_status identity_user_sid(char sid[SID_TEXT_SIZE], struct sbx_error *error)
{
    sbx_status status = sim_enter("GetTokenInformation", error);

    if (!status)
        snprintf(sid, SID_TEXT_SIZE, "%s", SIM_USER);
    return status;
}
