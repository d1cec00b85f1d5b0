/*
 * account.h - the simulation's accounts, groups and rights, shared with its tokens.
 */
#ifndef TESTS_SIM_ACCOUNT_H
#define TESTS_SIM_ACCOUNT_H

#include "sim/sim.h"

struct sim_account { /* or a local group */
    char *name;
    char *sid;
    char *comment;
    char *password;
    uint32_t flags;
    bool group;
    struct sim_account *next;
};

struct sim_holding { /* a group has a member, a SID a right */
    char *of;
    char *what;
    struct sim_holding *next;
};

struct sim_account *sim_account_named(const char *name);
struct sim_account *sim_account_first(void);
bool sim_is_member(const char *group_sid, const char *member_sid);
bool sim_has_right(const char *sid, const char *right);

#endif
