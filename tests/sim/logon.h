/*
 * logon.h - the tokens that Windows makes: of a logon, and restricted by a recipe. For tests that ask the
 * oracle what a sandbox may do, without a process.
 *
 *     struct sim_token account, sandbox;
 *     sim_logon("Sbx-1a2b3c4d-off1", &account);
 *     sim_restrict(&account, &recipe, &sandbox);
 *     CU_ASSERT_EQUAL(sim_may(&sandbox.access, "C:\\Users\\me", SIM_ACT_READ), 5);
 *
 * A struct sim_token points into itself: pass it by address, copy it with sim_token_copy alone.
 */
#ifndef TESTS_SIM_LOGON_H
#define TESTS_SIM_LOGON_H

#include "core/access_check.h"
#include "os/token.h"
#include "sim/sim.h"

#define SIM_TOKEN_MOST_GROUPS      32
#define SIM_TOKEN_MOST_RESTRICTING 16

struct sim_token {
    struct access_token access;
    struct access_sid groups[SIM_TOKEN_MOST_GROUPS];
    struct sid restricting[SIM_TOKEN_MOST_RESTRICTING];
};

/*
 * An interactive logon of a local account, as the secondary logon service makes it: with the caller's logon
 * SID, with the local groups that the account or one of its well-known groups is in. An administrator's is
 * the filtered one. Aborts where there is no such account; whether it would be let in is sim_logon_error's.
 */
void sim_logon(const char *name, struct sim_token *token);

/* The same of one of those who call. */
void sim_token_copy(const struct access_token *from, struct sim_token *token);

/*
 * CreateRestrictedToken as token_make uses it: what the recipe disables and the administrative groups become
 * deny-only where the token has them, nothing becomes enabled again; restricting SIDs of a token that has
 * some already are those in both; every privilege but SeChangeNotify goes; integrity is medium at most.
 */
void sim_restrict(const struct sim_token *from, const struct token_recipe *recipe, struct sim_token *to);

/* What token_measure would say of it. SBX_E_MEMORY; freed with token_facts_free. */
sbx_status sim_facts_of(const struct access_token *token, struct token_facts *facts, struct sbx_error *error);

/* The token of a handle from token_make or of a process, with all that this host did to it. */
void sim_token_of_facts(const struct token_facts *facts, struct sim_token *token);

#endif
