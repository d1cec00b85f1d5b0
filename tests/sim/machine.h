/*
 * machine.h - the machine's part of the simulated Windows: accounts, groups, logon rights, firewall, filters,
 * registry, and what drifts there behind our back. Beside sim.h, which is about files and faults.
 *
 * Whoever changes any of it must call with an administrator's token, or gets SBX_E_SYSTEM with 5 as in
 * Windows:
 *
 *     sim_call_as(sim_token_of(SIM_ELEVATED_USER));
 *
 * How the host lies or refuses is in sim_host: drops_accounts and so on. All of it is in the snapshots.
 */
#ifndef TESTS_SIM_MACHINE_H
#define TESTS_SIM_MACHINE_H

#include "os/account.h"
#include "os/firewall.h"
#include "os/registry.h"
#include "os/wfp.h"
#include "sim/sim.h"

#define SIM_MACHINE_SID    "S-1-5-21-1000-2000-3000"
#define SIM_ADMINISTRATORS "S-1-5-32-544"
#define SIM_USERS          "S-1-5-32-545"

/* Accounts from the start: "me" (SIM_USER), "other" (SIM_OTHER_USER), "Administrator", which is disabled. */

/* Built-in groups have the names of a German Windows: "Administratoren", "Benutzer", "Gäste". */
void sim_speak_german(void);

/* Somebody else's, past every check; the SID is of this machine. */
void sim_add_account(const char *name, const char *comment);
void sim_add_group(const char *name, const char *comment);

/*
 * Drift. A name that is not there aborts the test. A new SID is as if somebody had deleted the account (or
 * group) and made another one of that name: it is in no group and has no rights.
 */
void sim_delete_account(const char *name); /* or group */
void sim_rename_account(const char *name, const char *to);
void sim_set_account_flags(const char *name, uint32_t flags); /* any: locked out, expired, disabled */
void sim_change_account_sid(const char *name);                /* or group's */
void sim_set_account_comment(const char *name, const char *comment);
void sim_set_account_password(const char *name, const char *password);
void sim_set_member(const char *group_sid, const char *member_sid, bool member);
void sim_set_right(const char *sid, const char *right, bool held);

/* A logon left a profile; a loaded one cannot be deleted. */
void sim_add_profile(const char *sid, bool loaded);
bool sim_has_profile(const char *sid);

/* Valid until it changes; NULL: no account of that name. */
const char *sim_account_sid(const char *name);

/*
 * A logon as CreateProcessWithLogonW does it: 0, or the system's error (1326 wrong name or password, 1331
 * disabled, 1909 locked out, 1793 account expired, 1330 password expired, 1385 interactive logon denied to it
 * or one of its groups).
 */
uint32_t sim_logon_error(const char *name, const char *password);

/* The accounts' and groups' count, our rules', filters', values': for "nothing is left". */
size_t sim_account_count(void);
size_t sim_rule_count(void);
size_t sim_filter_count(void);
bool sim_has_provider(void); /* WFP: ours, with its sublayer */

/* Drift of rules, filters and values; false where there was none of that name. */
bool sim_drop_rule(const char *name);
bool sim_disable_rule(const char *name);
bool sim_drop_filter(const char *key);
void sim_set_value_text(const char *key, const char *name, const char *text);
void sim_set_value_number(const char *key, const char *name, uint32_t number);
void sim_set_value_binary(const char *key, const char *name); /* a type that is never ours */
bool sim_has_key(const char *key);

/*
 * May who has these SIDs connect to that port? By the filters of highest weight; SIM_NO_FILTER: none matches.
 */
enum sim_verdict { SIM_NO_FILTER, SIM_PERMITTED, SIM_BLOCKED };
enum sim_verdict sim_filter_verdict(const char *sid, enum wfp_layer layer, bool ipv6, uint8_t protocol,
                                    uint16_t port, bool loopback);

#endif
