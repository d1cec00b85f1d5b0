/*
 * setup.h - the machine's part: accounts, groups, logon rights, firewall rules and filters of one user, as a plan.
 *
 * Carried out by apply with apply_machine, in the elevated server. Pure: the same input gives the same plan. Names carry a
 * hash of the user's SID, so that two users of one machine never meet: groups SbxOff-xxxxxxxx, SbxLoop-xxxxxxxx,
 * SbxOn-xxxxxxxx, accounts Sbx-xxxxxxxx-off1...
 *
 * What stands at the end is said by a value below HKLM\\SOFTWARE\\sbxcom\\users, named by the user's SID and readable for
 * everybody: the plan's last step, undone first. So whoever reads it knows that the set-up is whole, and from what input the
 * plan can be made again.
 */
#ifndef SBX_CORE_SETUP_H
#define SBX_CORE_SETUP_H

#include "core/plan.h"

#define SETUP_OFFLINE_ACCOUNTS  3
#define SETUP_LOOPBACK_ACCOUNTS 2
#define SETUP_ONLINE_ACCOUNTS   1
#define SETUP_MOST_ACCOUNTS     16
#define SETUP_EPHEMERAL_PORT    49152 /* loop-back ports from here on are open to the loop group */

enum setup_group { SETUP_OFFLINE, SETUP_LOOPBACK, SETUP_ONLINE, SETUP_GROUP_COUNT };

struct setup_input {
    const char *user_sid;
    uint32_t offline_accounts; /* 0: SETUP_OFFLINE_ACCOUNTS */
    uint16_t proxy_http_port,
        proxy_socks_port; /* loop-back ports that stay open to the offline groups; 0: none */
    bool
        without_filters; /* a host without WFP, by the administrator's own word: `network` is not enforced then */
    const struct sbx_strings *closed; /* system folders (closed.h); NULL in a plan: none */
    size_t closed_count;              /* of a record: how many there are; a plan goes by `closed` */
};

/*
 * The loop-back ports of the user's proxy: two in a row from 20000 to 39998, by his SID, so that two users' proxies rarely
 * meet and the ports below 49152 that the system hands out to nobody. SBX_E_MEMORY, SBX_E_SYSTEM.
 */
sbx_status setup_ports(const char *user_sid, uint16_t *http_port, uint16_t *socks_port,
                       struct sbx_error *error);

/* "SbxOff-1a2b3c4d", "Sbx-1a2b3c4d-off1"; at most ACCOUNT_MOST_NAME characters. `number` from 1. Freed with sbx_free, NULL without memory. */
char *setup_group_name(const char *user_sid, enum setup_group group);
char *setup_account_name(const char *user_sid, enum setup_group group, uint32_t number);

/*
 * Order: groups, their denied logon rights, firewall rules and filters, folders closed to them, and only then the accounts that
 * they hold, each hidden from the logon screen before it is made. Rules and filters name groups, not SIDs (step.h). SBX_E_ARGUMENT (too many accounts, no
 * SID), SBX_E_MEMORY, SBX_E_SYSTEM.
 */
sbx_status setup_plan(const struct setup_input *input, struct plan *plan, struct sbx_error *error);

/* What a record's text says, but which folders are closed (closed_read): their number alone. SBX_E_SETUP_FAILED for one that no version of ours wrote. */
sbx_status setup_parse_record(const char *user_sid, const char *text, struct setup_input *input,
                              struct sbx_error *error);

#define SETUP_USERS_KEY "SOFTWARE\\sbxcom\\users"

/*
 * What the record of that user says: the input that stands (user_sid is the argument, `closed` NULL). *there false: nothing is set up
 * whole. SBX_E_SETUP_FAILED for a record that no version of ours wrote, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status setup_read_record(const char *user_sid, struct setup_input *input, bool *there,
                             struct sbx_error *error);

#endif
