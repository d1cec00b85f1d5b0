/*
 * apply_principals.h - the deeds on groups, accounts, memberships and rights, and what other deeds need of them. Private
 * to apply_machine.c, apply_principals.c and those who heal (setup_heal.c).
 *
 * An account or group of our name is ours when its comment is the step's or its SID the recorded one
 * (machine_record.h). Ours is finished where a crash left it and put right where it drifted, a stranger's is never
 * adopted (an account of a known name and an unknown password would be somebody's way in) and never taken away.
 */
#ifndef SBX_CORE_APPLY_PRINCIPALS_H
#define SBX_CORE_APPLY_PRINCIPALS_H

#include "core/apply.h"
#include "os/account.h"

#define PRINCIPAL_DEEDS(kind)                                                                                \
    sbx_status kind##_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,  \
                          struct sbx_error *error);                                                          \
    sbx_status kind##_holds(const struct step *step, bool *holds, struct sbx_error *error);                  \
    sbx_status kind##_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome, \
                           struct sbx_error *error)

PRINCIPAL_DEEDS(group);   /* one that was deleted leaves rights in LSA, which go by its recorded SID */
PRINCIPAL_DEEDS(account); /* `act` always gives a new password; a renamed one gets its name back */
PRINCIPAL_DEEDS(member);
PRINCIPAL_DEEDS(right);

/*
 * A call that asks for what may not be there: that is no error then, and *there says it. Whatever else fails
 * is reported to `error`, which must not have a text of "not found" in it.
 */
sbx_status absent_is_fine(sbx_status status, struct sbx_error *met, bool *there, struct sbx_error *error);

/* *sid NULL: there is none of that name. A group may be named by its SID: built-in ones are, their names being translated. */
sbx_status sid_of_group(const char *name, char **sid, struct sbx_error *error);
sbx_status sid_of_account(const char *name, char **sid, struct sbx_error *error);

/* `status`, or SBX_E_SETUP_FAILED where there is no SID. */
sbx_status needed(sbx_status status, const char *sid, const char *name, struct sbx_error *error);

bool holds_text(const struct sbx_strings *list, const char *text);

/* What a step's account is now. */
struct principal_look {
    bool there, ours; /* of the step's name */
    char *sid;        /* of what is there; NULL */
    char *recorded;   /* NULL: none */
    char *
        renamed_to; /* the name that the account with the recorded SID has now, where that is another; NULL */
    uint32_t flags;
};
sbx_status account_look(const struct step *step, struct principal_look *look, struct sbx_error *error);
void principal_look_free(struct principal_look *look);

#endif
