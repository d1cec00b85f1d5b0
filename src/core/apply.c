/*
 * apply.c - plans carried out, taken back, finished or undone after a crash.
 */
#include "core/apply.h"
#include "base/memory.h"

/* One call of apply_plan. */
struct change {
    const struct apply *apply;
    struct plan *plan;
    struct tree_outcome *outcome;
    struct sbx_error *error;
    bool adds;                /* what stands and is not planned is left alone */
    size_t done_count, total; /* for progress */
    uint32_t before;          /* numbers of steps above this one are this call's */
    struct taken {            /* steps that stood before and were undone, or begun to be, in this order */
        struct step step;
        uint32_t number;
    } * taken;
    size_t taken_count;
};

/* Steps of any kind. */

static bool is_on_files(const struct step *step)
{
    return step->kind <= STEP_PASSAGE;
}

static sbx_status check_step(const struct apply *apply, const struct step *step, struct sbx_error *error)
{
    if (!apply->deeds[step->kind].act)
        return error_set(error, SBX_E_NOT_BUILT, "A step of the kind \"%s\" cannot be carried out here.",
                         step_kind_name(step->kind));
    if (step->kind == STEP_ACCOUNT && !apply->keep_password)
        return error_set(error, SBX_E_ARGUMENT, "Nobody would keep the password of the account %s.",
                         step->named.name);
    return SBX_OK;
}

static void tell(const struct apply *apply, const struct step *step, size_t done, size_t total)
{
    if (apply->progress)
        apply->progress(apply->context, step, done, total);
}

static sbx_status go_on(const struct apply *apply, const struct tree_outcome *outcome,
                        struct sbx_error *error)
{
    const struct tree_control *control = apply->control;

    if (!control || !control->go_on || control->go_on(control->context, outcome))
        return SBX_OK;
    return error_set(error, SBX_E_CANCELLED, "It was cancelled.");
}

static sbx_status do_step(const struct apply *apply, const struct step *step, struct tree_outcome *outcome,
                          struct sbx_error *error)
{
    const struct step_deeds *deeds = &apply->deeds[step->kind];
    bool holds = false;
    uint32_t number;
    sbx_status status = journal_intend(apply->journal, step, &number, error);

    if (!status)
        status = deeds->act(apply, step, outcome, error);
    if (!status)
        status = deeds->holds(step, &holds, error);
    if (!status && !holds) {
        struct sbx_buffer target = SBX_BUFFER_EMPTY;

        step_write_target(step, &target);
        status = error_set(error, SBX_E_NOT_ENFORCED,
                           "The host accepted a change of %s and reads back without it. It cannot hold a "
                           "boundary.",
                           buffer_text(&target));
        buffer_free(&target);
    }
    return status ? status : journal_done(apply->journal, number, error);
}

/*
 * An intent that could not be read back stands just as a done step does, and goes the same way. Where
 * `insists`, the deed is undone even if the record of it cannot be written: the journal is unfinished, all of
 * it will be undone anyway.
 */
static sbx_status undo_step(const struct apply *apply, const struct step *step, uint32_t number, bool insists,
                            struct tree_outcome *outcome, struct sbx_error *error)
{
    sbx_status recorded = journal_undo(apply->journal, number, error);
    sbx_status status;

    if (recorded && !insists)
        return recorded;
    status = apply->deeds[step->kind].undo(apply, step, outcome, error);
    if (!status && !recorded)
        status = journal_undone(apply->journal, number, error);
    return status ? status : recorded;
}

/*
 * Everything that stands, last first. Steps on files do not need one another, so a failure of one does not
 * keep the others; those on the machine do: a group that went before its rights would leave them behind where
 * nobody finds them.
 */

static sbx_status undo_all(const struct apply *apply, struct tree_outcome *outcome, struct sbx_error *error)
{
    size_t total = journal_count(apply->journal);
    sbx_status first = SBX_OK;

    for (size_t i = total; i-- > 0;) {
        const struct journal_entry entry = *journal_at(apply->journal, i);
        struct step step = entry.step; /* shares its memory with the journal, until the step is undone */
        sbx_status status = go_on(apply, outcome, error);

        if (status)
            return first ? first : status;
        if (!apply->deeds[step.kind].undo)
            status = check_step(apply, &step, error);
        else {
            if (is_on_files(&step))
                step.files.stops = (struct sbx_strings){NULL, 0};
            tell(apply, &entry.step, total - 1 - i, total);
            status = undo_step(apply, &step, entry.number, true, outcome, error);
        }
        if (!first)
            first = status;
        if (status && (status == SBX_E_CANCELLED || !is_on_files(&step)))
            break;
    }
    return first;
}

/* Complete, or gone when nothing stands. */
static sbx_status finish(const struct apply *apply, struct sbx_error *error)
{
    return journal_count(apply->journal) ? journal_complete(apply->journal, error)
                                         : journal_delete(apply->journal, error);
}

sbx_status apply_undo(const struct apply *apply, struct tree_outcome *outcome, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    if (journal_is_complete(apply->journal) && journal_count(apply->journal))
        status = journal_begin(apply->journal, error);
    if (!status)
        status = undo_all(apply, outcome, error);
    return status ? status : finish(apply, error);
}

sbx_status apply_recover(const struct apply *apply, bool *undone, struct tree_outcome *outcome,
                         struct sbx_error *error)
{
    bool unfinished = !journal_is_complete(apply->journal);
    sbx_status status = SBX_OK;

    if (unfinished || !journal_count(apply->journal))
        status = apply_undo(apply, outcome, error);
    if (!status)
        *undone = unfinished;
    return status;
}

/* From what stands to what is planned. */

static bool is_planned(const struct plan *plan, const struct step *step)
{
    for (size_t i = 0; i < plan->count; i++)
        if (step_equal(&plan->steps[i], step))
            return true;
    return false;
}

static bool is_left(const struct apply *apply, const struct step *step)
{
    return step->later && apply->leaves_later;
}

/* Counts what is to be done; looks that all of it can be. */
static sbx_status prepare(struct change *change)
{
    const struct apply *apply = change->apply;
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < change->plan->count && !status; i++) {
        struct step *step = &change->plan->steps[i];

        step->state = journal_has_done(apply->journal, step) ? STEP_DONE : STEP_PLANNED;
        change->total += step->state == STEP_PLANNED && !is_left(apply, step);
        status = check_step(apply, step, change->error);
    }
    for (size_t i = 0; i < journal_count(apply->journal) && !status; i++) {
        const struct journal_entry *entry = journal_at(apply->journal, i);

        change->total += !change->adds && !is_planned(change->plan, &entry->step);
        if (entry->number > change->before)
            change->before = entry->number;
        status = check_step(apply, &entry->step, change->error);
    }
    return status;
}

static sbx_status take(struct change *change, const struct journal_entry *entry)
{
    struct taken *taken = &change->taken[change->taken_count];
    sbx_status status = step_copy(&entry->step, &taken->step);

    if (status)
        return error_memory(change->error, "a step");
    tell(change->apply, &taken->step, change->done_count++, change->total);
    taken->number = entry->number;
    change->taken_count++;
    return undo_step(change->apply, &taken->step, taken->number, false, change->outcome, change->error);
}

static sbx_status take_unplanned(struct change *change)
{
    const struct apply *apply = change->apply;
    sbx_status status = SBX_OK;

    change->taken = sbx_alloc_array(journal_count(apply->journal), sizeof *change->taken);
    if (!change->taken)
        return error_memory(change->error, "a step");

    for (size_t i = journal_count(apply->journal); i-- > 0 && !status;)
        if (!is_planned(change->plan, &journal_at(apply->journal, i)->step)) {
            status = go_on(apply, change->outcome, change->error);
            if (!status)
                status = take(change, journal_at(apply->journal, i));
        }
    return status;
}

static sbx_status do_planned(struct change *change)
{
    const struct apply *apply = change->apply;
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < change->plan->count && !status; i++) {
        struct step *step = &change->plan->steps[i];

        if (step->state == STEP_DONE || journal_has_done(apply->journal, step)) {
            step->state = STEP_DONE;
            continue;
        }
        if (is_left(apply, step))
            continue;
        status = go_on(apply, change->outcome, change->error);
        if (status)
            break;
        tell(apply, step, change->done_count++, change->total);
        status = do_step(apply, step, change->outcome, change->error);
        step->state = status ? STEP_FAILED : STEP_DONE;
    }
    return status;
}

/* Back to what stood before the call. */

static bool keep_going(void *context, const struct tree_outcome *so_far)
{
    const struct tree_control *control = context;

    if (control && control->go_on)
        control->go_on(control->context, so_far);
    return true;
}

static void mark_undone(struct plan *plan, const struct step *step)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].state == STEP_DONE && step_equal(&plan->steps[i], step))
            plan->steps[i].state = STEP_UNDONE;
}

static sbx_status undo_own(struct change *change, const struct apply *apply)
{
    sbx_status first = SBX_OK;

    for (size_t i = journal_count(apply->journal); i-- > 0;) {
        const struct journal_entry entry = *journal_at(apply->journal, i);
        sbx_status status;

        if (entry.number <= change->before)
            continue;
        mark_undone(change->plan, &entry.step);
        status = undo_step(apply, &entry.step, entry.number, true, change->outcome, NULL);
        if (!first)
            first = status;
        if (status && !is_on_files(&entry.step))
            break;
    }
    return first;
}

static bool stands(const struct apply *apply, uint32_t number)
{
    for (size_t i = 0; i < journal_count(apply->journal); i++)
        if (journal_at(apply->journal, i)->number == number)
            return true;
    return false;
}

/* One that was perhaps half undone is done again under a new number before the old one goes. */
static sbx_status give_back(struct change *change, const struct apply *apply)
{
    sbx_status status = SBX_OK;

    for (size_t i = change->taken_count; i-- > 0 && !status;) {
        const struct taken *taken = &change->taken[i];
        struct tree_outcome again = {0};

        status = do_step(apply, &taken->step, &again, NULL);
        if (!status && stands(apply, taken->number))
            status = journal_undo(apply->journal, taken->number, NULL);
        if (!status && stands(apply, taken->number))
            status = journal_undone(apply->journal, taken->number, NULL);
        tree_outcome_free(&again);
    }
    return status;
}

/*
 * What of this fails stays in a journal that is not complete, for apply_recover. The caller has its error
 * already.
 */
static void roll_back(struct change *change)
{
    struct tree_control control = {keep_going, (void *)(uintptr_t)change->apply->control};
    struct apply apply = *change->apply;

    apply.control = &control;
    if (!undo_own(change, &apply) && !give_back(change, &apply))
        finish(&apply, NULL);
}

sbx_status apply_plan(const struct apply *apply, struct plan *plan, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    struct change change = {.apply = apply, .plan = plan, .outcome = outcome, .error = error};
    bool begun = !journal_is_complete(apply->journal);
    sbx_status status = prepare(&change);

    if (!status && begun) {
        status = undo_all(apply, outcome, error);
        change.total = 0;
        if (!status)
            status = prepare(&change);
    }
    if (!status && !begun && !change.total && journal_count(apply->journal))
        return SBX_OK;
    if (!status && (journal_count(apply->journal) || change.total))
        status = journal_begin(apply->journal, error);
    if (status) {
        if (!journal_count(apply->journal))
            journal_delete(apply->journal, NULL);
        return status;
    }

    status = take_unplanned(&change);
    if (!status)
        status = do_planned(&change);
    if (!status)
        status = finish(apply, error);
    if (status)
        roll_back(&change);

    for (size_t i = 0; i < change.taken_count; i++)
        step_free(&change.taken[i].step);
    sbx_free(change.taken);
    return status;
}

sbx_status apply_more(const struct apply *apply, struct plan *plan, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    struct apply all = *apply;
    struct change change = {.apply = &all, .plan = plan, .outcome = outcome, .error = error, .adds = true};
    sbx_status status;

    all.leaves_later = false;
    if (!journal_is_complete(apply->journal))
        return error_set(error, SBX_E_STATE,
                         "An earlier change of the grants on this workspace could neither be finished nor be "
                         "undone. Close its sessions, then Deprovision it and begin anew.");
    status = prepare(&change);
    if (!status && change.total)
        status = journal_begin(apply->journal, error);
    if (status || !change.total) {
        if (!journal_count(apply->journal))
            journal_delete(apply->journal, NULL);
        return status;
    }

    status = do_planned(&change);
    if (!status)
        status = finish(&all, error);
    if (status)
        roll_back(&change);
    return status;
}
