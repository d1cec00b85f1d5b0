/*
 * setup_machine.c - the verbs.
 */
#include "core/setup_machine.h"
#include "base/memory.h"
#include "core/closed.h"
#include "core/guarded.h"
#include "core/machine_record.h"
#include "core/setup_caller.h"
#include "core/setup_private.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "os/firewall.h"
#include "os/lock.h"
#include "os/registry.h"

#include <string.h>

#define JOURNAL  ".journal"
#define HANDOVER ".handover"

/* One call of a verb, while it holds the machine. */
struct work {
    const struct setup_machine *machine;
    struct machine_lock *lock;
    struct credentials credentials;
    struct sbx_strings closed; /* folders that its input names */
    struct sbx_error *error;
};

sbx_status setup_state_folder(char **path, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char *programs;
    sbx_status status = folder_path(FOLDER_PROGRAM_FILES, &programs, error);

    if (status)
        return status;
    buffer_append_format(&text, "%s\\sbxcom\\state", programs);
    sbx_free(programs);
    *path = buffer_take(&text, NULL);
    buffer_free(&text);
    return *path ? SBX_OK : error_memory(error, "a path");
}

static sbx_status file_of(const struct setup_machine *machine, const char *user_sid, const char *extension,
                          char **path, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_format(&text, "%s\\%s%s", machine->state_folder, user_sid, extension);
    *path = buffer_take(&text, NULL);
    buffer_free(&text);
    return *path ? SBX_OK : error_memory(error, "a path");
}

/* Carrying out. */

static sbx_status keep_password(void *context, const char *account, const char *password,
                                struct sbx_error *error)
{
    struct work *work = context;

    return credentials_add(&work->credentials, account, password, error);
}

static void tell(void *context, const struct step *step, size_t done, size_t total)
{
    const struct work *work = context;

    if (work->machine->progress)
        work->machine->progress(work->machine->context, step, done, total);
}

static struct apply apply_of(struct work *work, struct journal *journal)
{
    return (struct apply){.deeds = apply_machine,
                          .journal = journal,
                          .progress = tell,
                          .keep_password = keep_password,
                          .context = work};
}

static sbx_status open_journal(struct work *work, const char *user_sid, bool make, struct journal **journal,
                               struct sbx_error *error)
{
    const struct journal_subject subject = {.path = (char *)"",
                                            .principal_sid = (char *)(uintptr_t)user_sid,
                                            .level = SBX_LEVEL_ELEVATED,
                                            .since_utc_ms = clock_utc_ms()};
    char *path = NULL;
    sbx_status status = file_of(work->machine, user_sid, JOURNAL, &path, error);

    if (!status)
        status = journal_open(path, make ? &subject : NULL, journal, error);
    sbx_free(path);
    return status;
}

static sbx_status begin(struct work *work)
{
    return machine_lock_take(SETUP_MOST_WAIT_MS, &work->lock, work->error);
}

/* Our folders go with the last thing in them; one that is not empty stays, and so does a stranger's. */
static void remove_empty_folders(const struct setup_machine *machine)
{
    char *folder = sbx_strdup(machine->state_folder);

    for (int i = 0; folder && i < 2; i++) {
        (void)folder_delete(folder, NULL);
        *strrchr(folder, '\\') = '\0';
    }
    sbx_free(folder);
}

static void end(struct work *work)
{
    remove_empty_folders(work->machine);
    machine_lock_release(work->lock);
    credentials_free(&work->credentials);
    strings_free(&work->closed);
}

/* Whom it is for. */

static sbx_status check_user(const char *user_sid, struct sbx_error *error)
{
    struct sbx_strings own = {0};
    sbx_status status;

    if (!setup_is_person(user_sid))
        return error_set(error, SBX_E_ARGUMENT, "%s is no person's account.", user_sid ? user_sid : "Nobody");
    status = record_list_sids(&own, error);
    for (size_t i = 0; i < own.count && !status; i++)
        if (text_equal_ascii_nocase(own.items[i], user_sid))
            status = error_set(error, SBX_E_SETUP_CALLER,
                               "%s is a sandbox account. Nothing is set up for it.", user_sid);
    strings_free(&own);
    return status;
}

static sbx_status add_closed(struct work *work, const char *folder)
{
    char *final = NULL;
    bool there = false;
    sbx_status status = closed_check(folder, &final, work->error);

    for (size_t i = 0; i < work->closed.count && !status; i++)
        there = there || text_equal_ascii_nocase(work->closed.items[i], final);
    if (!status && !there && strings_append(&work->closed, final))
        status = error_memory(work->error, "a list of folders");
    sbx_free(final);
    return status;
}

/* An administrator's list as he gave it; else what stands, so that a user's own call does not put it aside; else the usual one. */
static sbx_status choose_closed(struct work *work, const struct setup_input *input)
{
    struct setup_input recorded;
    bool stands = false;
    sbx_status status = SBX_OK;

    for (size_t i = 0; input->closed && i < input->closed->count && !status; i++)
        status = add_closed(work, input->closed->items[i]);
    if (status || input->closed)
        return status;
    if (setup_read_record(input->user_sid, &recorded, &stands, NULL))
        stands = false; /* one that is none is for those to tell who undo or repair */
    return stands ? closed_read(input->user_sid, &work->closed, work->error)
                  : closed_usual(&work->closed, work->error);
}

static sbx_status complete_input(struct work *work, const struct setup_input *input,
                                 struct setup_input *whole)
{
    sbx_status status = choose_closed(work, input);

    *whole = *input;
    whole->closed = &work->closed;
    if (status || whole->proxy_http_port || whole->proxy_socks_port)
        return status;
    return setup_ports(whole->user_sid, &whole->proxy_http_port, &whole->proxy_socks_port, work->error);
}

/* What only looking tells, before anything is changed. */
static sbx_status look_at_host(const struct setup_input *input, struct sbx_error *error)
{
    struct sbx_strings keys = {0};
    sbx_status status = firewall_effective(error);

    if (!status && !input->without_filters)
        status = wfp_list(&keys, error);
    strings_free(&keys);
    return status;
}

/* Provision and Repair. */

/*
 * What stands is put right before the plan is carried out: new accounts cannot go into a group that is gone. Afterwards the
 * firewall is asked again: group policy may have come in between, and only rules that count are a wall.
 */
static sbx_status provision_in(struct work *work, struct journal *journal, const struct setup_input *input,
                               struct findings *healed)
{
    struct apply apply = apply_of(work, journal);
    struct plan plan = {0};
    struct tree_outcome outcome = {0};
    bool stood = journal_is_complete(journal) && journal_count(journal);
    sbx_status status = setup_plan(input, &plan, work->error);

    if (!status && stood)
        status = setup_heal(&apply, healed, work->error);
    if (!status)
        status = apply_plan(&apply, &plan, &outcome, work->error);
    if (!status)
        status = setup_renew_passwords(&apply, &work->credentials, work->error);
    if (!status)
        status = firewall_effective(work->error);
    if (status && !stood && journal_count(journal))
        (void)apply_undo(&apply, &outcome, NULL);
    tree_outcome_free(&outcome);
    plan_free(&plan);
    return status;
}

static sbx_status provision(struct work *work, const struct setup_input *input, bool make,
                            struct findings *healed)
{
    struct journal *journal = NULL;
    sbx_status status = SBX_OK;

    work->credentials.user_sid = sbx_strdup(input->user_sid);
    if (!work->credentials.user_sid)
        return error_memory(work->error, "credentials");
    if (make)
        status = guarded_make(work->machine->state_folder, work->error);
    if (!status)
        status = open_journal(work, input->user_sid, make, &journal, work->error);
    if (!status)
        status = provision_in(work, journal, input, healed);
    journal_close(journal);
    return status;
}

static void give(struct work *work, struct credentials *credentials)
{
    *credentials = work->credentials;
    memset(&work->credentials, 0, sizeof work->credentials);
}

sbx_status setup_provision(const struct setup_machine *machine, const struct setup_input *input,
                           struct credentials *credentials, struct sbx_error *error)
{
    struct work work = {.machine = machine, .error = error};
    struct setup_input whole;
    sbx_status status = check_user(input->user_sid, error);

    if (!status)
        status = complete_input(&work, input, &whole);
    if (!status)
        status = look_at_host(input, error);
    if (!status)
        status = begin(&work);
    if (status) {
        strings_free(&work.closed);
        return status;
    }
    status = provision(&work, &whole, true, NULL);
    if (!status)
        give(&work, credentials);
    end(&work);
    return status;
}

static sbx_status not_provisioned(struct sbx_error *error)
{
    return error_set(error, SBX_E_NOT_PROVISIONED,
                     "Nothing is set up for this user. Run Host.Provision, or sbxsetup provision.");
}

/* What a crash left unfinished is undone; *stands false: nothing is left. */
static sbx_status recover(struct work *work, const char *user_sid, bool *stands)
{
    struct sbx_error met = {0};
    struct journal *journal = NULL;
    struct tree_outcome outcome = {0};
    bool undone = false;
    sbx_status status = open_journal(work, user_sid, false, &journal, &met);

    *stands = false;
    if (status == SBX_E_PATH_NOT_FOUND)
        return SBX_OK;
    if (status) {
        if (work->error && !work->error->code)
            *work->error = met;
        return status;
    }
    {
        struct apply apply = apply_of(work, journal);

        status = apply_recover(&apply, &undone, &outcome, work->error);
    }
    *stands = !status && journal_count(journal) > 0;
    tree_outcome_free(&outcome);
    journal_close(journal);
    return status;
}

/* The input that stands: by the journal, because the record may have drifted. */
static sbx_status recorded_input(struct work *work, const char *user_sid, struct setup_input *input)
{
    struct journal *journal = NULL;
    bool there = false;
    sbx_status status = open_journal(work, user_sid, false, &journal, work->error);

    if (status)
        return status;
    for (size_t i = 0; i < journal_count(journal) && !status && !there; i++) {
        const struct step *step = &journal_at(journal, i)->step;

        there = step->kind == STEP_VALUE && strcmp(step->named.of, SETUP_USERS_KEY) == 0;
        if (there)
            status = setup_parse_record(user_sid, step->named.text, input, work->error);
        if (step->kind == STEP_CLOSED && strings_append(&work->closed, step->named.name))
            status = error_memory(work->error, "a list of folders");
    }
    input->closed = &work->closed; /* its step is the last one */
    journal_close(journal);
    return status || there ? status : not_provisioned(work->error);
}

sbx_status setup_repair(const struct setup_machine *machine, const char *user_sid,
                        struct credentials *credentials, struct findings *healed, struct sbx_error *error)
{
    struct work work = {.machine = machine, .error = error};
    struct findings found = {NULL, 0};
    struct setup_input input;
    bool stands = false;
    sbx_status status = check_user(user_sid, error);

    if (!status)
        status = begin(&work);
    if (status)
        return status;
    status = recover(&work, user_sid, &stands);
    if (!status && !stands)
        status = not_provisioned(error);
    if (!status)
        status = recorded_input(&work, user_sid, &input);
    if (!status)
        status = look_at_host(&input, error);
    if (!status)
        status = guarded_make(machine->state_folder, error);
    if (!status)
        status = provision(&work, &input, false, &found);
    if (!status) {
        give(&work, credentials);
        findings_free(healed);
        *healed = found;
    } else
        findings_free(&found);
    end(&work);
    return status;
}

/* Deprovision. */

/* By name, what this version would have made, the most accounts that there can be: where no journal tells. */
static sbx_status sweep(struct work *work, const char *user_sid)
{
    struct setup_input input = {.user_sid = user_sid};
    struct apply apply = apply_of(work, NULL);
    struct tree_outcome outcome = {0};
    struct plan plan = {0};
    bool recorded = false;
    sbx_status status = setup_read_record(user_sid, &input, &recorded, NULL);

    strings_free(&work->closed); /* another user's */
    if (status || !recorded) {
        input = (struct setup_input){.user_sid = user_sid};
        status = setup_ports(user_sid, &input.proxy_http_port, &input.proxy_socks_port, work->error);
    }
    if (!status)
        status = closed_read(user_sid, &work->closed, work->error);
    if (!status && !work->closed.count)
        status = closed_usual(&work->closed, work->error);
    input.closed = &work->closed;
    input.offline_accounts = SETUP_MOST_ACCOUNTS;
    input.without_filters = false;
    if (!status)
        status = setup_plan(&input, &plan, work->error);
    for (size_t i = plan.count; i-- > 0 && !status;) {
        const struct step *step = &plan.steps[i];

        if (step->kind == STEP_VALUE)
            status = registry_delete(step->named.of, step->named.name, "SOFTWARE", work->error);
        else
            status = apply.deeds[step->kind].undo(&apply, step, &outcome, work->error);
        if (status == SBX_E_UNSUPPORTED_HOST && step->kind == STEP_FILTERS)
            status = SBX_OK; /* nothing can have been made */
    }
    tree_outcome_free(&outcome);
    plan_free(&plan);
    return status;
}

static sbx_status undo_journal(struct work *work, struct journal *journal)
{
    struct apply apply = apply_of(work, journal);
    struct tree_outcome outcome = {0};
    sbx_status status = setup_claim_changed(&apply, work->error);

    if (!status)
        status = apply_undo(&apply, &outcome, work->error);
    tree_outcome_free(&outcome);
    return status;
}

/* One without a whole record, too: the power went, or the disk was full, before there was anything to undo. */
static sbx_status delete_journal(struct work *work, const char *user_sid)
{
    char *path = NULL;
    sbx_status status = file_of(work->machine, user_sid, JOURNAL, &path, work->error);

    if (!status && file_is_program(path))
        status = file_delete(path, work->error);
    sbx_free(path);
    return status;
}

/* The journal is lost or damaged. */
static sbx_status without_journal(struct work *work, const char *user_sid, const struct sbx_error *met,
                                  bool force)
{
    struct setup_input input;
    bool recorded = false;
    sbx_status status;

    if (met->code != SBX_E_PATH_NOT_FOUND && !force) {
        *work->error = *met;
        return met->code;
    }
    if (!force && (setup_read_record(user_sid, &input, &recorded, NULL) || recorded))
        return error_set(
            work->error, SBX_E_JOURNAL,
            "The journal of the set-up for %s is lost. sbxsetup deprovision --force takes out what "
            "it knows by name.",
            user_sid);
    status = force ? sweep(work, user_sid) : SBX_OK;
    return status ? status : delete_journal(work, user_sid);
}

static sbx_status deprovision_user(struct work *work, const char *user_sid, bool force)
{
    struct sbx_error met = {0};
    struct journal *journal = NULL;
    sbx_status status = open_journal(work, user_sid, false, &journal, &met);

    if (!status)
        status = undo_journal(work, journal);
    else if (status == SBX_E_PATH_NOT_FOUND || status == SBX_E_JOURNAL)
        status = without_journal(work, user_sid, &met, force);
    else
        *work->error = met;
    journal_close(journal);
    return status ? status : handover_remove(work->machine->state_folder, user_sid, work->error);
}

/* Names that end in `ending`, without it. */
static sbx_status add_users(struct sbx_strings *users, const struct sbx_strings *names, const char *ending)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < names->count && !status; i++) {
        size_t size = strlen(names->items[i]), end_size = strlen(ending);
        char *user;
        bool there = false;

        if (size <= end_size || strcmp(names->items[i] + size - end_size, ending) != 0)
            continue;
        user = sbx_strndup(names->items[i], size - end_size);
        if (!user)
            return SBX_E_MEMORY;
        for (size_t n = 0; n < users->count; n++)
            there = there || text_equal_ascii_nocase(users->items[n], user);
        if (!there && setup_is_person(user))
            status = strings_append(users, user);
        sbx_free(user);
    }
    return status;
}

static sbx_status none_is_fine(sbx_status status, const struct sbx_error *met, struct sbx_error *error)
{
    if (status == SBX_E_PATH_NOT_FOUND)
        return SBX_OK;
    if (status && error && !error->code)
        *error = *met;
    return status;
}

/* Everybody who has a journal, a hand-over or a record. */
static sbx_status list_users(const struct setup_machine *machine, struct sbx_strings *users,
                             struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings files = {0}, records = {0};
    sbx_status status = none_is_fine(folder_list(machine->state_folder, &files, &met), &met, error);

    if (!status) {
        met.code = SBX_OK;
        status = none_is_fine(registry_list(SETUP_USERS_KEY, &records, &met), &met, error);
    }
    if (!status && (add_users(users, &files, JOURNAL) || add_users(users, &files, HANDOVER) ||
                    add_users(users, &records, "")))
        status = error_memory(error, "a list");
    strings_free(&files);
    strings_free(&records);
    return status;
}

sbx_status setup_deprovision(const struct setup_machine *machine, const char *user_sid, bool force,
                             struct sbx_error *error)
{
    struct sbx_error own = {0};
    struct work work = {.machine = machine, .error = error ? error : &own};
    struct sbx_strings users = {0};
    sbx_status status = SBX_OK;

    if (user_sid && !setup_is_person(user_sid))
        return error_set(error, SBX_E_ARGUMENT, "%s is no person's account.", user_sid);
    status = begin(&work);
    if (status)
        return status;
    if (!user_sid)
        status = list_users(machine, &users, work.error);
    else if (strings_append(&users, user_sid))
        status = error_memory(work.error, "a list");
    for (size_t i = 0; i < users.count && !status; i++)
        status = deprovision_user(&work, users.items[i], force);
    strings_free(&users);
    end(&work);
    return status;
}

/* Dry run. */

sbx_status setup_dry_run(const struct setup_machine *machine, const struct setup_input *input,
                         struct plan *plan, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct work work = {.machine = machine, .error = error};
    struct journal *journal = NULL;
    struct setup_input whole;
    struct plan made = {0};
    sbx_status status = check_user(input->user_sid, error);

    if (!status)
        status = complete_input(&work, input, &whole);
    if (!status)
        status = begin(&work);
    if (status) {
        strings_free(&work.closed);
        return status;
    }
    status = none_is_fine(open_journal(&work, whole.user_sid, false, &journal, &met), &met, error);
    if (!status)
        status = setup_plan(&whole, &made, error);
    for (size_t i = 0; i < made.count; i++)
        made.steps[i].state = journal_has_done(journal, &made.steps[i]) ? STEP_DONE : STEP_PLANNED;
    journal_close(journal);
    machine_lock_release(work.lock);
    strings_free(&work.closed);
    if (!status)
        *plan = made;
    return status;
}
