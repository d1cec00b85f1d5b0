/*
 * identity.c - os/identity.h of the simulation.
 */
#include "os/identity.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <string.h>

#define SIMULATED                                                           \
    {                                                                       \
        10, 0, 19045, "Windows 10.0.19045 x64", "", true, true, true, false \
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

/* Authorities below 2^32, which all users' are. */
void sim_sid_text(const struct sid *sid, char text[SID_TEXT_SIZE])
{
    int length = snprintf(text, SID_TEXT_SIZE, "S-%u-%u", sid->bytes[0], sid->bytes[7]);

    for (size_t i = 8; i < sid->size; i += 4)
        length +=
            snprintf(text + length, SID_TEXT_SIZE - (size_t)length, "-%lu",
                     (unsigned long)sid->bytes[i] | (unsigned long)sid->bytes[i + 1] << 8 |
                         (unsigned long)sid->bytes[i + 2] << 16 | (unsigned long)sid->bytes[i + 3] << 24);
}

sbx_status identity_user_sid(char sid[SID_TEXT_SIZE], struct sbx_error *error)
{
    sbx_status status = sim_enter("GetTokenInformation", error);

    if (!status)
        sim_sid_text(&sim_caller()->user.sid, sid);
    return status;
}
