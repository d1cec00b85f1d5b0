/*
 * setup_heal.c - what has drifted, put right.
 */
#include "core/apply_principals.h"
#include "core/setup_private.h"
#include "os/account.h"
#include "os/firewall.h"
#include "os/registry.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define OTHER_TYPE 1630 /* ERROR_UNSUPPORTED_TYPE */

/* A value of our name that says something else was changed: it is ours by the journal. */
static sbx_status overwrite_value(const struct step_named *value, struct sbx_error *error)
{
    sbx_status status = registry_delete(value->of, value->name, "SOFTWARE", error);

    if (status)
        return status;
    if (value->flags & STEP_VALUE_NUMBER)
        return registry_write_number(value->of, value->name, (uint32_t)strtoul(value->text, NULL, 10), error);
    return registry_write_text(value->of, value->name, value->text, error);
}

static sbx_status heal_step(const struct apply *apply, const struct step *step, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    const struct step_deeds *deeds = &apply->deeds[step->kind];
    sbx_status status = SBX_OK;

    if (step->kind == STEP_VALUE)
        return overwrite_value(&step->named, error);

    /* Rules and filters that were changed are in the way of the right ones. Two walls: the other one stands meanwhile. */
    if (step->kind == STEP_FIREWALL || step->kind == STEP_FILTERS)
        status = deeds->undo(apply, step, &outcome, error);
    if (!status)
        status = deeds->act(apply, step, &outcome, error);
    tree_outcome_free(&outcome);
    return status;
}

static sbx_status tell(struct findings *healed, const struct step *step, struct sbx_error *error)
{
    struct sbx_buffer target = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (!healed)
        return SBX_OK;
    step_write_target(step, &target);
    status = buffer_failed(&target)
                 ? SBX_E_MEMORY
                 : findings_add(healed, buffer_text(&target), SBX_ENFORCED, SBX_ENFORCED,
                                step_kind_name(step->kind), "It had changed, and was put right.", "");
    buffer_free(&target);
    return status ? error_memory(error, "a report") : SBX_OK;
}

static sbx_status hold(const struct apply *apply, const struct step *step, struct findings *healed,
                       struct sbx_error *error)
{
    const struct step_deeds *deeds = &apply->deeds[step->kind];
    struct sbx_buffer target = SBX_BUFFER_EMPTY;
    struct sbx_error met = {0};
    bool holds = false;
    sbx_status status = deeds->holds(step, &holds, &met);

    /* A rule that names a group which is gone cannot be compared with anything, nor a value of another type. */
    if (status == SBX_E_SETUP_FAILED || (status == SBX_E_SYSTEM && met.system == OTHER_TYPE))
        status = SBX_OK;
    else if (status && error && !error->code)
        *error = met;
    if (status || holds)
        return status;
    status = heal_step(apply, step, error);
    if (!status)
        status = deeds->holds(step, &holds, error);
    if (!status && !holds) {
        step_write_target(step, &target);
        status = error_set(
            error, SBX_E_NOT_ENFORCED,
            "%s was put right and reads back as before. Something on this computer changes it back.",
            buffer_text(&target));
        buffer_free(&target);
    }
    return status ? status : tell(healed, step, error);
}

/* Nobody makes a sandbox account an administrator by mistake. */
static sbx_status take_from_administrators(const struct step *step, struct findings *healed,
                                           struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings members = {0};
    char *sid = NULL;
    bool there;
    sbx_status status = sid_of_account(step->named.name, &sid, error);

    if (!status && sid)
        status = absent_is_fine(group_members(SETUP_ADMINISTRATORS, &members, &met), &met, &there, error);
    if (!status && sid && holds_text(&members, sid)) {
        status = group_remove_member(SETUP_ADMINISTRATORS, sid, error);
        if (!status)
            status = tell(healed, step, error);
    }
    strings_free(&members);
    sbx_free(sid);
    return status;
}

static sbx_status renew_password(const struct apply *apply, const struct step *step,
                                 const struct credentials *credentials, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    sbx_status status = SBX_OK;

    if (!credentials_find(credentials, step->named.name))
        status = apply->deeds[STEP_ACCOUNT].act(apply, step, &outcome, error);
    tree_outcome_free(&outcome);
    return status;
}

sbx_status setup_heal(const struct apply *apply, struct findings *healed, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < journal_count(apply->journal) && !status; i++) {
        const struct step *step = &journal_at(apply->journal, i)->step;

        if (apply->progress)
            apply->progress(apply->context, step, i, journal_count(apply->journal));
        status = hold(apply, step, healed, error);
        if (!status && step->kind == STEP_ACCOUNT)
            status = take_from_administrators(step, healed, error);
    }
    return status;
}

sbx_status setup_renew_passwords(const struct apply *apply, const struct credentials *credentials,
                                 struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < journal_count(apply->journal) && !status; i++) {
        const struct step *step = &journal_at(apply->journal, i)->step;

        if (step->kind == STEP_ACCOUNT)
            status = renew_password(apply, step, credentials, error);
    }
    return status;
}

static sbx_status claim_value(const struct step *step, struct sbx_error *error)
{
    struct sbx_strings names = {0};
    struct sbx_error met = {0};
    bool holds = false, there;
    sbx_status status = absent_is_fine(registry_list(step->named.of, &names, &met), &met, &there, error);

    /* A type of value that is never ours cannot even be compared. */
    if (!status && holds_text(&names, step->named.name) &&
        (apply_machine[STEP_VALUE].holds(step, &holds, NULL) || !holds))
        status = overwrite_value(&step->named, error);
    strings_free(&names);
    return status;
}

static sbx_status claim_rule(const struct step *step, struct sbx_error *error)
{
    struct sbx_error met = {0};
    bool there;

    return absent_is_fine(firewall_remove(step->firewall.name, &met), &met, &there, error);
}

sbx_status setup_claim_changed(const struct apply *apply, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = journal_count(apply->journal); i-- > 0 && !status;) {
        const struct journal_entry *entry = journal_at(apply->journal, i);
        struct firewall_rule found = {0};

        if (entry->step.state != STEP_DONE)
            continue;
        if (entry->step.kind == STEP_VALUE)
            status = claim_value(&entry->step, error);
        if (entry->step.kind == STEP_FIREWALL && !firewall_read(entry->step.firewall.name, &found, NULL)) {
            if (!text_equal_ascii_nocase(found.group ? found.group : "", entry->step.firewall.group))
                status = claim_rule(&entry->step, error);
            firewall_rule_free(&found);
        }
    }
    return status;
}
