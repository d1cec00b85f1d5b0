/*
 * apply_principals.c - what steps on groups, accounts, memberships and rights do.
 */
#include "core/apply_principals.h"
#include "core/machine_record.h"
#include "core/password.h"

#include "base/memory.h"

#include <string.h>

/*
 * What an administrator may have changed on an account, or a wrong password: nothing that makes it another.
 */
#define ACCOUNT_SET_FLAGS                                                                 \
    (ACCOUNT_DISABLED | ACCOUNT_PASSWORD_NEVER_EXPIRES | ACCOUNT_CANNOT_CHANGE_PASSWORD | \
     ACCOUNT_LOCKED_OUT | ACCOUNT_EXPIRED | ACCOUNT_PASSWORD_EXPIRED)

/* NERR_PasswordTooShort: also for what lacks a class of characters, or is on a filter's list. */
#define PASSWORD_REFUSED 2245

sbx_status absent_is_fine(sbx_status status, struct sbx_error *met, bool *there, struct sbx_error *error)
{
    *there = status == SBX_OK;
    if (status == SBX_E_PATH_NOT_FOUND)
        return SBX_OK;
    if (status && error && !error->code)
        *error = *met;
    return status;
}

bool holds_text(const struct sbx_strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal_ascii_nocase(list->items[i], text))
            return true;
    return false;
}

static bool same_sid(const char *a, const char *b)
{
    return a && b && text_equal_ascii_nocase(a, b);
}

static sbx_status drifted(const struct step *step, const char *what, struct sbx_error *error)
{
    return error_set(
        error, SBX_E_ACCOUNT_DRIFT,
        "There is a %s %s that sbxcom did not make (its comment is another). Rename or delete it, "
        "then set up again.",
        what, step->named.name);
}

/* Looking. */

void principal_look_free(struct principal_look *look)
{
    sbx_free(look->sid);
    sbx_free(look->recorded);
    sbx_free(look->renamed_to);
    memset(look, 0, sizeof *look);
}

typedef sbx_status (*read_principal)(const char *name, struct account_facts *facts, struct sbx_error *error);
typedef sbx_status (*list_principals)(const char *prefix, struct sbx_strings *names, struct sbx_error *error);

static sbx_status find_by_sid(read_principal read, list_principals list, const char *sid, char **name,
                              struct sbx_error *error)
{
    struct sbx_strings names = {0};
    sbx_status status = list("", &names, error);

    for (size_t i = 0; i < names.count && !status && !*name; i++) {
        struct sbx_error met = {0};
        struct account_facts facts;
        bool there;

        status = absent_is_fine(read(names.items[i], &facts, &met), &met, &there, error);
        if (status || !there)
            continue;
        if (same_sid(facts.sid, sid)) {
            *name = facts.name;
            facts.name = NULL;
        }
        account_facts_free(&facts);
    }
    strings_free(&names);
    return status;
}

static sbx_status look_at(const struct step *step, read_principal read, list_principals list,
                          struct principal_look *look, struct sbx_error *error)
{
    struct principal_look made = {0};
    struct sbx_error met = {0};
    struct account_facts facts = {0};
    sbx_status status = record_read(step->named.name, &made.recorded, error);

    if (!status)
        status = absent_is_fine(read(step->named.name, &facts, &met), &met, &made.there, error);
    if (!status && made.there) {
        made.sid = facts.sid;
        facts.sid = NULL;
        made.flags = facts.flags;
        made.ours = same_sid(made.sid, made.recorded) ||
                    (facts.comment && strcmp(facts.comment, step->named.text) == 0);
        account_facts_free(&facts);
    }
    if (!status && made.recorded && !same_sid(made.sid, made.recorded))
        status = find_by_sid(read, list, made.recorded, &made.renamed_to, error);
    if (status)
        principal_look_free(&made);
    else
        *look = made;
    return status;
}

sbx_status account_look(const struct step *step, struct principal_look *look, struct sbx_error *error)
{
    return look_at(step, account_read, account_list, look, error);
}

static sbx_status group_look(const struct step *step, struct principal_look *look, struct sbx_error *error)
{
    return look_at(step, group_read, group_list, look, error);
}

/* Both: there, ours, and known by the SID that it has. */
static bool is_settled(const struct principal_look *look)
{
    return look->there && look->ours && same_sid(look->sid, look->recorded);
}

static sbx_status sid_of(const char *name, read_principal read, char **sid, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct account_facts facts;
    bool there;
    sbx_status status = absent_is_fine(read(name, &facts, &met), &met, &there, error);

    *sid = NULL;
    if (status || !there)
        return status;
    *sid = facts.sid;
    facts.sid = NULL;
    account_facts_free(&facts);
    return SBX_OK;
}

sbx_status sid_of_group(const char *name, char **sid, struct sbx_error *error)
{
    if (strncmp(name, "S-1-", 4) != 0)
        return sid_of(name, group_read, sid, error);
    *sid = sbx_strdup(name);
    return *sid ? SBX_OK : error_memory(error, "a SID");
}

sbx_status sid_of_account(const char *name, char **sid, struct sbx_error *error)
{
    return sid_of(name, account_read, sid, error);
}

sbx_status needed(sbx_status status, const char *sid, const char *name, struct sbx_error *error)
{
    if (status || sid)
        return status;
    return error_set(error, SBX_E_SETUP_FAILED, "There is no %s any more. Set up again.", name);
}

/* Records what is there now under the step's name. */
static sbx_status record_now(const struct step *step, read_principal read, const char *recorded,
                             struct sbx_error *error)
{
    char *sid = NULL;
    sbx_status status = sid_of(step->named.name, read, &sid, error);

    /* A host that keeps nothing is found out by the read-back. */
    if (!status && sid && !same_sid(sid, recorded))
        status = record_write(step->named.name, sid, error);
    sbx_free(sid);
    return status;
}

/* Groups. */

/* LSA keeps the rights of a group that is gone. */
static sbx_status forget_rights(const char *sid, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings rights = {0};
    bool there;
    sbx_status status = absent_is_fine(right_list(sid, &rights, &met), &met, &there, error);

    for (size_t i = 0; i < rights.count && !status; i++) {
        met.code = SBX_OK;
        status = absent_is_fine(right_remove(sid, rights.items[i], &met), &met, &there, error);
    }
    strings_free(&rights);
    return status;
}

static sbx_status delete_group(const char *name, struct sbx_error *error)
{
    struct sbx_error met = {0};
    bool there;

    return absent_is_fine(group_delete(name, &met), &met, &there, error);
}

/* What the recorded SID still is, where the step's name is another's or nobody's. */
static sbx_status forget_former_group(const struct principal_look *look, struct sbx_error *error)
{
    sbx_status status;

    if (!look->recorded || same_sid(look->sid, look->recorded))
        return SBX_OK;
    status = forget_rights(look->recorded, error);
    if (!status && look->renamed_to)
        status = delete_group(look->renamed_to, error);
    return status;
}

sbx_status group_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct principal_look look;
    sbx_status status = group_look(step, &look, error);

    if (status)
        return status;
    *holds = is_settled(&look);
    principal_look_free(&look);
    return SBX_OK;
}

sbx_status group_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                     struct sbx_error *error)
{
    struct principal_look look;
    struct sbx_error met = {0};
    bool there;
    sbx_status status = group_look(step, &look, error);

    (void)apply;
    (void)outcome;
    if (status)
        return status;
    if (look.there && !look.ours)
        status = drifted(step, "group", error);
    if (!status)
        status = forget_former_group(&look, error);
    if (!status && !look.there) {
        status = group_create(step->named.name, step->named.text, &met);

        /* Somebody's of that name since we looked, or an account: groups and accounts share their names. */
        if (status == SBX_E_STATE)
            status = drifted(step, "group or account", error);
        else
            status = absent_is_fine(status, &met, &there, error);
    }
    if (!status)
        status = record_now(step, group_read, look.recorded, error);
    principal_look_free(&look);
    return status;
}

sbx_status group_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    struct principal_look look;
    sbx_status status = group_look(step, &look, error);

    (void)apply;
    (void)outcome;
    if (status)
        return status;
    status = forget_former_group(&look, error);
    if (!status && look.ours)
        status = delete_group(step->named.name, error);

    /* Last: while it is there, a crash in between loses nothing. Also where there is none, for the keys made for it. */
    if (!status)
        status = record_delete(step->named.name, error);
    principal_look_free(&look);
    return status;
}

/* Accounts. */

sbx_status account_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct principal_look look;
    sbx_status status = account_look(step, &look, error);

    if (status)
        return status;
    *holds = is_settled(&look) && (look.flags & ACCOUNT_SET_FLAGS) == (step->named.flags & ACCOUNT_SET_FLAGS);
    principal_look_free(&look);
    return SBX_OK;
}

static sbx_status forget_profile(const char *sid, struct sbx_error *error)
{
    struct sbx_error met = {0};
    sbx_status status = account_delete_profile(sid, &met);

    if (!status || status == SBX_E_UNSUPPORTED_HOST) /* then no logon has left one either */
        return SBX_OK;
    if (status == SBX_E_MEMORY)
        return error_memory(error, "a profile");
    if (error && !error->code) {
        (void)error_set(error, status,
                        "The profile of the sandbox account %s cannot be deleted (%s) Close the sessions "
                        "that use it, then try again.",
                        sid, met.text);
        error->system = met.system;
    }
    return status;
}

static sbx_status delete_account(const char *name, const char *sid, struct sbx_error *error)
{
    struct sbx_error met = {0};
    bool there;
    sbx_status status = sid ? forget_profile(sid, error) : SBX_OK;

    return status ? status : absent_is_fine(account_delete(name, &met), &met, &there, error);
}

/* One try. *refused: the host's policy wants another password. */
static sbx_status try_password(const struct step *step, bool there, const char *password, bool *refused,
                               struct sbx_error *error)
{
    struct sbx_error met = {0};
    sbx_status status =
        there ? account_set_password(step->named.name, password, &met)
              : account_create(step->named.name, password, step->named.text, step->named.flags, &met);

    *refused = status == SBX_E_SYSTEM && met.system == PASSWORD_REFUSED;
    if (status == SBX_E_STATE && !there)
        return drifted(step, "account or group", error);
    if (status && !*refused && error && !error->code)
        *error = met;
    return status;
}

/*
 * Policies ask for more than we need (a minimum length up to 128 since Windows 10 version 2004) and filters refuse
 * what they like; so another one is tried, then longer ones.
 */
static sbx_status give_password(const struct step *step, bool there, char password[PASSWORD_SIZE],
                                struct sbx_error *error)
{
    static const size_t lengths[] = {PASSWORD_LENGTH,      PASSWORD_LENGTH,     PASSWORD_LENGTH, 64,
                                     PASSWORD_MOST_LENGTH, PASSWORD_MOST_LENGTH};

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        bool refused = false;
        sbx_status status = password_make(password, lengths[i], error);

        if (!status)
            status = try_password(step, there, password, &refused, error);
        if (!refused)
            return status;
    }
    return error_set(error, SBX_E_SETUP_FAILED,
                     "The password policy of this computer refused %u passwords of %u to %u characters, each "
                     "with capital and small "
                     "letters, digits and signs, for the account %s. Loosen the policy (secpol.msc, Password "
                     "Policy), or ask who wrote its password filter.",
                     (unsigned)(sizeof lengths / sizeof lengths[0]), (unsigned)PASSWORD_LENGTH,
                     (unsigned)PASSWORD_MOST_LENGTH, step->named.name);
}

/* Back to its name, where somebody gave it another; its SID, and with it all that was granted, stays. */
static sbx_status give_name_back(const struct step *step, struct principal_look *look,
                                 struct sbx_error *error)
{
    sbx_status status;

    if (look->there || !look->renamed_to)
        return SBX_OK;
    status = account_rename(look->renamed_to, step->named.name, error);
    if (status)
        return status;
    principal_look_free(look);
    return account_look(step, look, error);
}

/*
 * One of ours that is there was left by a crash between the deed and its record, or is put right: its password
 * is lost or doubtful, so it gets a new one.
 */
sbx_status account_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                       struct sbx_error *error)
{
    char password[PASSWORD_SIZE];
    struct principal_look look = {0};
    sbx_status status = account_look(step, &look, error);

    (void)outcome;
    if (!status && look.there && !look.ours)
        status = drifted(step, "account", error);
    if (!status)
        status = give_name_back(step, &look, error);
    if (!status && look.there && look.recorded && !same_sid(look.sid, look.recorded))
        status = forget_profile(look.recorded, error);
    if (!status && !look.there && look.recorded)
        status = forget_profile(look.recorded, error);
    if (!status)
        status = give_password(step, look.there, password, error);
    if (!status && look.there)
        status = account_set_flags(step->named.name, step->named.flags, error);
    if (!status)
        status = record_now(step, account_read, look.recorded, error);
    if (!status)
        status = apply->keep_password(apply->context, step->named.name, password, error);
    sbx_wipe(password, sizeof password);
    principal_look_free(&look);
    return status;
}

sbx_status account_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                        struct sbx_error *error)
{
    struct principal_look look;
    sbx_status status = account_look(step, &look, error);

    (void)apply;
    (void)outcome;
    if (status)
        return status;
    if (look.ours)
        status = delete_account(step->named.name, look.sid, error);
    if (!status && look.recorded && !same_sid(look.sid, look.recorded))
        status = look.renamed_to ? delete_account(look.renamed_to, look.recorded, error)
                                 : forget_profile(look.recorded, error);
    if (!status)
        status = record_delete(step->named.name, error);
    principal_look_free(&look);
    return status;
}

/* Members. */

static sbx_status member_sids(const struct step *step, char **group, char **member, struct sbx_error *error)
{
    char *found = NULL;
    sbx_status status = sid_of_group(step->named.of, &found, error);

    if (status)
        return status;
    status = sid_of_account(step->named.name, member, error);
    if (status)
        sbx_free(found);
    else
        *group = found;
    return status;
}

sbx_status member_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    char *group = NULL;
    char *member = NULL;
    sbx_status status = member_sids(step, &group, &member, error);

    (void)apply;
    (void)outcome;
    status = needed(status, group, step->named.of, error);
    status = needed(status, member, step->named.name, error);
    if (!status)
        status = group_add_member(group, member, error);
    sbx_free(member);
    sbx_free(group);
    return status;
}

sbx_status member_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct sbx_strings members = {0};
    char *group = NULL;
    char *member = NULL;
    sbx_status status = member_sids(step, &group, &member, error);

    if (!status && group && member)
        status = group_members(group, &members, error);
    if (!status)
        *holds = group && member && holds_text(&members, member);
    strings_free(&members);
    sbx_free(member);
    sbx_free(group);
    return status;
}

/* An account or group that is gone has taken its memberships with it. */
sbx_status member_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                       struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *group = NULL;
    char *member = NULL;
    bool there;
    sbx_status status = member_sids(step, &group, &member, error);

    (void)apply;
    (void)outcome;
    if (!status && group && member)
        status = absent_is_fine(group_remove_member(group, member, &met), &met, &there, error);
    sbx_free(member);
    sbx_free(group);
    return status;
}

/* Rights. */

sbx_status right_act(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                     struct sbx_error *error)
{
    char *group = NULL;
    sbx_status status = sid_of_group(step->named.of, &group, error);

    (void)apply;
    (void)outcome;
    status = needed(status, group, step->named.of, error);
    if (!status)
        status = right_add(group, step->named.name, error);
    sbx_free(group);
    return status;
}

sbx_status right_holds(const struct step *step, bool *holds, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings rights = {0};
    char *group = NULL;
    bool there = false;
    sbx_status status = sid_of_group(step->named.of, &group, error);

    if (!status && group)
        status = absent_is_fine(right_list(group, &rights, &met), &met, &there, error);
    if (!status)
        *holds = there && holds_text(&rights, step->named.name);
    strings_free(&rights);
    sbx_free(group);
    return status;
}

sbx_status right_undo(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *group = NULL;
    bool there;
    sbx_status status = sid_of_group(step->named.of, &group, error);

    (void)apply;
    (void)outcome;
    if (!status && group)
        status = absent_is_fine(right_remove(group, step->named.name, &met), &met, &there, error);
    sbx_free(group);
    return status;
}
