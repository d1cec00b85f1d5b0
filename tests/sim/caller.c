/*
 * caller.c - the tokens of those who call: the ordinary user, the same one elevated, the system.
 */
#include "sim/fault.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#define MOST_GROUPS 12

struct standing {
    const char *user;
    const char *groups[MOST_GROUPS]; /* "!" before it: deny-only */
    uint32_t integrity;
    uint32_t privileges;
};

static const struct standing standings[] = {
    [SIM_ORDINARY_USER] = {SIM_USER,
                           {SIM_NO_GROUP, "S-1-1-0", "!S-1-5-32-544", "S-1-5-32-545", "S-1-5-4", "S-1-2-1",
                            "S-1-5-11", "S-1-5-15", "S-1-5-113", "S-1-5-5-0-77", "S-1-2-0"},
                           0x2000,
                           0},
    [SIM_ELEVATED_USER] = {SIM_USER,
                           {SIM_NO_GROUP, "S-1-1-0", "S-1-5-32-544", "S-1-5-32-545", "S-1-5-4", "S-1-2-1",
                            "S-1-5-11", "S-1-5-15", "S-1-5-113", "S-1-5-5-0-77", "S-1-2-0"},
                           0x3000,
                           PRIVILEGE_TAKE_OWNERSHIP | PRIVILEGE_SECURITY},
    [SIM_LOCAL_SYSTEM] = {"S-1-5-18",
                          {"S-1-5-32-544", "S-1-1-0", "S-1-5-11"},
                          0x4000,
                          PRIVILEGE_TAKE_OWNERSHIP | PRIVILEGE_SECURITY},
    [SIM_OTHER_ORDINARY_USER] = {SIM_OTHER_USER,
                                 {SIM_NO_GROUP, "S-1-1-0", "S-1-5-32-545", "S-1-5-4", "S-1-2-1", "S-1-5-11",
                                  "S-1-5-15", "S-1-5-113", "S-1-5-5-0-78", "S-1-2-0"},
                                 0x2000,
                                 0},
};
#define STANDING_COUNT (sizeof standings / sizeof standings[0])

static struct access_token tokens[STANDING_COUNT];
static struct access_sid groups[STANDING_COUNT][MOST_GROUPS];
static const struct access_token *callers[SIM_MOST_ACTORS];

static struct sid sid_of(const char *text)
{
    struct sid sid = {.size = 0};

    sim_sid(text, sid.bytes);
    sid.size = (uint8_t)(8 + 4 * sid.bytes[1]);
    return sid;
}

const struct access_token *sim_token_of(enum sim_standing who)
{
    const struct standing *standing = &standings[who];
    struct access_token *token = &tokens[who];

    if (token->user.sid.size)
        return token;
    *token = (struct access_token){
        .user = {sid_of(standing->user), true, false},
        .groups = groups[who],
        .integrity = standing->integrity,
        .no_write_up = true,
        .privileges = standing->privileges,
    };
    while (token->group_count < MOST_GROUPS && standing->groups[token->group_count]) {
        const char *text = standing->groups[token->group_count];
        bool deny_only = *text == '!';

        groups[who][token->group_count++] =
            (struct access_sid){sid_of(text + deny_only), !deny_only, deny_only};
    }
    return token;
}

void sim_call_as(const struct access_token *token)
{
    callers[sim_current_actor()] = token;
}

const struct access_token *sim_caller_set(const struct access_token *token)
{
    const struct access_token *before = callers[sim_current_actor()];

    sim_call_as(token);
    return before;
}

const struct access_token *sim_caller(void)
{
    const struct access_token *token = callers[sim_current_actor()];

    return token ? token : sim_token_of(SIM_ORDINARY_USER);
}

bool sim_is_administrator(const struct access_token *token)
{
    const struct sid administrators = sid_of("S-1-5-32-544");

    for (size_t i = 0; i < token->group_count; i++) {
        const struct access_sid *group = &token->groups[i];

        if (group->enabled && !group->deny_only && group->sid.size == administrators.size &&
            memcmp(group->sid.bytes, administrators.bytes, administrators.size) == 0)
            return true;
    }
    return false;
}

void sim_callers_reset(void)
{
    memset(callers, 0, sizeof callers);
}
