/*
 * identity.c - os/identity.h of the simulation.
 */
#include "os/identity.h"
#include "base/memory.h"
#include "sim/logon.h"
#include "sim/machine.h"
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

#define INTERACTIVELY \
    {                 \
        1, 2, false   \
    }
static const struct sim_logged_on interactively = INTERACTIVELY;
struct sim_logged_on sim_logged_on = INTERACTIVELY;

void sim_identity_reset(void)
{
    sim_logged_on = interactively;
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

void identity_facts_free(struct identity_facts *facts)
{
    token_facts_free(&facts->token);
    strings_free(&facts->groups);
    memset(facts, 0, sizeof *facts);
}

bool identity_in_group(const struct identity_facts *facts, const char *sid)
{
    for (size_t i = 0; i < facts->groups.count; i++)
        if (strcmp(facts->groups.items[i], sid) == 0)
            return true;
    return false;
}

static sbx_status measure_caller(struct identity_facts *facts, struct sbx_error *error)
{
    const struct access_token *caller = sim_caller();
    sbx_status status = sim_facts_of(caller, &facts->token, error);

    for (size_t i = 0; i < caller->group_count && !status; i++) {
        char sid[SID_TEXT_SIZE];

        sim_sid_text(&caller->groups[i].sid, sid);
        facts->could_elevate =
            facts->could_elevate || (caller->groups[i].deny_only && strcmp(sid, SIM_ADMINISTRATORS) == 0);
        if (strings_append(&facts->groups, sid))
            status = error_memory(error, "an identity");
    }
    return status;
}

static sbx_status measure_handle(sbx_handle token, struct identity_facts *facts, struct sbx_error *error)
{
    sbx_status status = token_measure(token, &facts->token, error);

    if (!status && strings_copy(&facts->token.enabled_groups, &facts->groups))
        status = error_memory(error, "an identity");
    return status;
}

/* NULL is whoever calls by sim_call_as, so that a test may judge a caller as the elevated server does. */
sbx_status identity_measure(sbx_handle token, struct identity_facts *facts, struct sbx_error *error)
{
    struct identity_facts made = {.level = IDENTITY_PRIMARY};
    sbx_status status = sim_enter("OpenProcessToken", error);

    if (status)
        return status;
    status = token ? measure_handle(token, &made, error) : measure_caller(&made, error);
    if (status) {
        identity_facts_free(&made);
        return status;
    }
    made.system = strcmp(made.token.user_sid, "S-1-5-18") == 0;
    made.session_id = made.system ? 0 : sim_logged_on.session_id;
    made.logon_type = made.system ? 0 : sim_logged_on.logon_type;
    made.app_container = sim_logged_on.app_container;
    made.without_password = made.logon_type == 3;
    snprintf(made.logon_package, sizeof made.logon_package, "NTLM");
    *facts = made;
    return SBX_OK;
}

sbx_status identity_secondary_logon(enum secondary_logon *state, struct sbx_error *error)
{
    sbx_status status = sim_enter("QueryServiceStatus", error);

    if (status)
        return status;
    *state = sim_host.has_no_secondary_logon        ? SECONDARY_LOGON_MISSING
             : sim_host.secondary_logon_is_disabled ? SECONDARY_LOGON_DISABLED
                                                    : SECONDARY_LOGON_STOPPED;
    return SBX_OK;
}

sbx_status identity_checks_passwords(bool *checks, struct sbx_error *error)
{
    sbx_status status = sim_enter("LogonUser", error);

    if (!status)
        *checks = !sim_host.lets_anybody_in;
    return status;
}
