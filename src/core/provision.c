/*
 * provision.c - one workspace's grants: made, joined, released, taken back. All workspaces are looked at in
 * provision_list.c.
 */
#include "core/provision.h"
#include "base/memory.h"
#include "core/provision_state.h"
#include "os/clock.h"
#include "os/filesystem.h"

#include <stdlib.h>
#include <string.h>

#define LIVE     ".live"
#define A_WHILE  "for-a-while"
#define PAUSE_MS 50

struct provision {
    char *key;              /* NULL: on a host without ACLs there is nothing to hold */
    struct held_file *mark; /* NULL likewise */
    bool had_mark;          /* the session had it before */
    bool may_take_back;
    bool was_for_a_while; /* what stood before */
    char *session_id;
    struct journal_subject subject; /* owned texts */
    struct plan former;             /* the steps that stood before */
};

/* Names. */

char *provision_join(const char *folder, const char *name, const char *extension)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s%s", folder, name, extension);
    return buffer_take(&path, NULL);
}

static char *workspace_folder(const struct provision_host *host, const char *key)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\workspaces\\%s", host->state_folder, key);
    return buffer_take(&path, NULL);
}

/* The journal, alone. */

static sbx_status open_once(const char *folder, const char *path, const struct journal_subject *subject,
                            struct journal **journal, struct sbx_error *error)
{
    sbx_status status = journal_open(path, subject, journal, error);

    /* Its folder may be missing, or go in the moment between: whoever undid the workspace last removes it. */
    if (status != SBX_E_PATH_NOT_FOUND || !subject)
        return status;
    error->code = SBX_OK;
    status = folder_create(folder, error);
    return status ? status : journal_open(path, subject, journal, error);
}

static bool is_cancelled(const struct tree_control *control)
{
    const struct tree_outcome nothing = {0};

    return control && control->go_on && !control->go_on(control->context, &nothing);
}

sbx_status provision_open_journal(const char *folder, const struct journal_subject *subject,
                                  uint32_t most_wait_ms, const struct tree_control *control,
                                  struct journal **journal, struct sbx_error *error)
{
    uint64_t start_ms = clock_monotonic_ms();
    struct sbx_error met = {0};
    char *path = provision_join(folder, "journal", "");
    sbx_status status;

    if (!path)
        return error_memory(error, "a path");

    while ((status = open_once(folder, path, subject, journal, &met)) == SBX_E_STATE ||
           (status == SBX_E_PATH_NOT_FOUND && subject)) {
        if (clock_monotonic_ms() - start_ms >= most_wait_ms) {
            status = most_wait_ms
                         ? error_set(error, SBX_E_TIMEOUT,
                                     "Another session has been changing the grants on this workspace for "
                                     "more than %u seconds. Try again when it is done.",
                                     (unsigned)(most_wait_ms / 1000))
                         : status;
            break;
        }
        if (is_cancelled(control)) {
            status = error_set(error, SBX_E_CANCELLED,
                               "It was cancelled while another session was changing the grants on this "
                               "workspace.");
            break;
        }
        clock_sleep_ms(PAUSE_MS);
        met.code = SBX_OK;
    }
    if (status && error && !error->code)
        *error = met;
    sbx_free(path);
    return status;
}

/* Who lives. */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* A mark that nobody holds goes on the way: it is what a power cut left. */
sbx_status provision_is_in_use(const char *folder, const char *own_session, bool *in_use,
                               struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings names = {0};
    bool found = false;
    char *own = own_session ? provision_join("", own_session, LIVE) : NULL;
    sbx_status status;

    if (own_session && !own)
        return error_memory(error, "a path");
    status = folder_list(folder, &names, &met);
    for (size_t i = 0; i < names.count && !status; i++) {
        char *path;

        if (!ends_with(names.items[i], LIVE) || (own && text_equal_ascii_nocase(names.items[i], own + 1)))
            continue;
        path = provision_join(folder, names.items[i], "");
        if (!path)
            status = error_memory(&met, "a path");
        else
            found = held_is(path) || found;
        sbx_free(path);
    }
    if (status == SBX_E_PATH_NOT_FOUND)
        status = SBX_OK;
    if (!status)
        *in_use = found;
    else if (error && !error->code)
        *error = met;
    strings_free(&names);
    sbx_free(own);
    return status;
}

bool provision_is_for_a_while(const char *folder)
{
    char *path = provision_join(folder, A_WHILE, "");
    struct file_facts facts;
    bool is = path && !file_examine(path, &facts, NULL);

    if (is)
        file_facts_free(&facts);
    sbx_free(path);
    return is;
}

sbx_status provision_set_for_a_while(const char *folder, bool for_a_while, struct sbx_error *error)
{
    char *path = provision_join(folder, A_WHILE, "");
    sbx_status status;

    if (!path)
        return error_memory(error, "a path");
    status = for_a_while ? file_create(path, "", 0, error) : file_delete(path, error);
    sbx_free(path);
    return status;
}

/* Closes the journal and removes the folder, when nothing is left in it. */
void provision_close_journal(const char *folder, struct journal *journal)
{
    journal_close(journal);
    folder_delete(folder, NULL);
}

/* Plans. */

static sbx_status make_plan(const struct provision_host *host, const struct boundary *boundary,
                            struct plan *plan, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct file_facts state;
    struct plan_facts facts = {0};
    char *scratch = sbx_strdup(host->state_folder);
    sbx_status status;

    if (!scratch)
        return error_memory(error, "a path");

    /* On the first use our folder is not there yet, and looking makes none. */
    status = file_examine(scratch, &state, &met);
    if (!status)
        file_facts_free(&state);
    else if (status == SBX_E_PATH_NOT_FOUND && strrchr(scratch, '\\')) {
        *strrchr(scratch, '\\') = '\0';
        status = SBX_OK;
    } else if (error && !error->code)
        *error = met;

    if (!status)
        status = plan_look(boundary, scratch, &facts, error);
    if (!status) {
        status = plan_make(boundary, &facts, plan, error);
        plan_facts_free(&facts);
    }
    sbx_free(scratch);
    return status;
}

/* Is every planned step done (but later ones, where they may be left), and nothing else? */
static bool stands(const struct journal *journal, struct plan *plan, bool leaves_later)
{
    size_t count = journal_count(journal);
    size_t done = 0, left = 0;

    for (size_t i = 0; i < plan->count; i++) {
        bool found = journal_has_done(journal, &plan->steps[i]);

        plan->steps[i].state = found ? STEP_DONE : STEP_PLANNED;
        done += found;
        left += !found && leaves_later && plan->steps[i].later;
    }
    return journal_is_complete(journal) && done + left == plan->count && count == done;
}

sbx_status provision_plan(const struct provision_host *host, const struct boundary *boundary,
                          struct plan *plan, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct plan made = {0};
    struct journal *journal;
    char *folder = workspace_folder(host, boundary->capability_sid);
    sbx_status status;

    if (!folder)
        return error_memory(error, "a path");
    status = make_plan(host, boundary, &made, error);
    if (status)
        goto free_folder;

    status = provision_open_journal(folder, NULL, PROVISION_MOST_WAIT_MS, host->control, &journal, &met);
    if (!status) {
        stands(journal, &made, false);
        journal_close(journal);
    } else if (status == SBX_E_PATH_NOT_FOUND)
        status = SBX_OK;
    else if (error && !error->code)
        *error = met;
    if (status)
        plan_free(&made);
    else
        *plan = made;

free_folder:
    sbx_free(folder);
    return status;
}

/* Provisioning. */

static void subject_of(const struct boundary *boundary, struct journal_subject *subject)
{
    const struct boundary_place *place = boundary_place_for(boundary, boundary->workspace);

    memset(subject, 0, sizeof *subject);
    subject->path = boundary->workspace;
    subject->principal_sid = boundary->principal_sid;
    subject->level = boundary->level;
    subject->since_utc_ms = clock_utc_ms();
    if (place && place->present && text_equal_ascii_nocase(place->path, boundary->workspace)) {
        memcpy(subject->volume_id, place->volume_id, sizeof subject->volume_id);
        memcpy(subject->file_id, place->file_id, sizeof subject->file_id);
    }
}

static void make_apply(const struct provision_host *host, struct journal *journal, struct apply *apply)
{
    *apply = (struct apply){.deeds = host->deeds,
                            .journal = journal,
                            .control = host->control,
                            .leaves_later = host->leaves_later,
                            .progress = host->progress,
                            .context = host->context};
}

static sbx_status refuse_change(const struct provision_host *host, struct journal *journal, struct plan *plan,
                                const char *folder, const char *session_id, struct sbx_error *error)
{
    bool in_use;
    sbx_status status = provision_is_in_use(folder, session_id, &in_use, error);

    if (status || stands(journal, plan, host->leaves_later) || !in_use)
        return status;
    return error_set(
        error, SBX_E_POLICY_CONFLICT,
        "Another session lives in this workspace with other grants than this policy needs. Close it, "
        "or use its policy; what it was allowed for a while ends by itself.");
}

/* With the journal in hand: looks who lives, takes the mark, changes. */
static sbx_status change_grants(const struct provision_host *host, struct journal *journal,
                                const char *folder, const char *session_id, bool has_mark,
                                struct held_file **mark, struct plan *plan, struct tree_outcome *outcome,
                                struct sbx_error *error)
{
    struct apply apply;
    char *path = NULL;
    sbx_status status = refuse_change(host, journal, plan, folder, session_id, error);

    if (!status && !has_mark) {
        path = provision_join(folder, session_id, LIVE);
        status = path ? held_open(path, mark, error) : error_memory(error, "a path");
        sbx_free(path);
    }
    if (status) {
        if (!journal_count(journal))
            journal_delete(journal, NULL); /* it is new */
        return status;
    }

    make_apply(host, journal, &apply);
    status = apply_plan(&apply, plan, outcome, error);
    if (status && !has_mark)
        held_close(*mark);
    return status;
}

/* The same, with the file that says for how long it is meant. One that is left over makes Recover take out too much, not too little. */
static sbx_status change_for_a_while(const struct provision_host *host, struct journal *journal,
                                     const char *folder, const char *session_id, const struct provision *made,
                                     struct held_file **mark, struct plan *plan, struct tree_outcome *outcome,
                                     struct sbx_error *error)
{
    bool was = made->was_for_a_while;
    sbx_status status = host->for_a_while && !was ? provision_set_for_a_while(folder, true, error) : SBX_OK;

    if (status)
        return status;
    status = change_grants(host, journal, folder, session_id, made->had_mark, mark, plan, outcome, error);
    if (status ? host->for_a_while && !was : !host->for_a_while && was)
        provision_set_for_a_while(folder, false, NULL);
    return status;
}

/* What provision_take_back needs to know of before; nothing of what was unfinished, which is undone in any case. */
static sbx_status remember(const struct journal *journal, struct provision *made)
{
    const struct journal_subject *subject = journal_subject(journal);
    size_t count = journal_is_complete(journal) ? journal_count(journal) : 0;

    made->subject = *subject;
    made->subject.path = sbx_strdup(subject->path);
    made->subject.principal_sid = sbx_strdup(subject->principal_sid);
    made->former.steps = sbx_alloc_array(count, sizeof *made->former.steps);
    if (!made->subject.path || !made->subject.principal_sid || !made->former.steps)
        return SBX_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        if (step_copy(&journal_at(journal, i)->step, &made->former.steps[i]))
            return SBX_E_MEMORY;
        made->former.count++;
    }
    return SBX_OK;
}

static struct provision *new_provision(const char *key, const char *session_id)
{
    struct provision *made = sbx_alloc(sizeof *made);

    if (!made)
        return NULL;
    made->key = sbx_strdup(key);
    made->session_id = sbx_strdup(session_id);
    if (!made->key || !made->session_id) {
        provision_release(made);
        return NULL;
    }
    return made;
}

static sbx_status provision_workspace(const struct provision_host *host, const struct boundary *boundary,
                                      const char *session_id, struct provision **provision, struct plan *plan,
                                      struct tree_outcome *outcome, struct sbx_error *error)
{
    struct provision *former = *provision;
    struct provision *made = new_provision(boundary->capability_sid, session_id);
    char *folder = workspace_folder(host, boundary->capability_sid);
    struct held_file *mark = NULL;
    struct journal_subject subject;
    struct journal *journal;
    sbx_status status;

    if (!made || !folder) {
        status = error_memory(error, "a session's mark");
        goto free_made;
    }
    made->had_mark = former && former->mark && strcmp(former->key, boundary->capability_sid) == 0;

    subject_of(boundary, &subject);
    status = provision_open_journal(folder, &subject, PROVISION_MOST_WAIT_MS, host->control, &journal, error);
    if (status)
        goto free_made;
    made->was_for_a_while = provision_is_for_a_while(folder);
    status = remember(journal, made);
    if (status)
        error_memory(error, "what stood before");
    else
        status = change_for_a_while(host, journal, folder, session_id, made, &mark, plan, outcome, error);
    provision_close_journal(folder, journal);
    if (status)
        goto free_made;

    made->mark = mark;
    if (made->had_mark) {
        made->mark = former->mark;
        former->mark = NULL;
    }
    made->may_take_back = true;
    provision_release(former);
    *provision = made;
    sbx_free(folder);
    return SBX_OK;

free_made:
    provision_release(made);
    sbx_free(folder);
    return status;
}

sbx_status provision_apply(const struct provision_host *host, const struct boundary *boundary,
                           const char *session_id, struct provision **provision, struct plan *plan,
                           struct tree_outcome *outcome, struct sbx_error *error)
{
    struct provision *nothing;
    sbx_status status = make_plan(host, boundary, plan, error);

    if (status)
        return status;
    if (plan->host_keeps_acls)
        return provision_workspace(host, boundary, session_id, provision, plan, outcome, error);

    nothing = sbx_alloc(sizeof *nothing);
    if (!nothing)
        return error_memory(error, "a session's mark");
    provision_release(*provision);
    *provision = nothing;
    return SBX_OK;
}

sbx_status provision_apply_later(const struct provision_host *host, const struct provision *provision,
                                 const struct plan *plan, const char *path, struct tree_outcome *outcome,
                                 struct sbx_error *error)
{
    struct plan part = {0};
    struct apply apply;
    struct journal *journal;
    char *folder;
    sbx_status status;

    if (!provision->key)
        return SBX_OK;
    status = plan_part(plan, path, &part, error);
    if (status)
        return status;
    folder = workspace_folder(host, provision->key);
    status = folder ? provision_open_journal(folder, &provision->subject, PROVISION_MOST_WAIT_MS,
                                             host->control, &journal, error)
                    : error_memory(error, "a path");
    if (!status) {
        make_apply(host, journal, &apply);
        status = apply_more(&apply, &part, outcome, error);
        provision_close_journal(folder, journal);
    }
    sbx_free(folder);
    plan_free(&part);
    return status;
}

/* `journal` NULL: nothing stands. */
static sbx_status look_at_later(const struct journal *journal, const struct plan *plan, bool *stand,
                                struct sbx_error *error)
{
    for (size_t i = 0; i < plan->later_count; i++) {
        struct plan part = {0};
        sbx_status status = plan_part(plan, plan->later[i].path, &part, error);

        if (status)
            return status;
        stand[i] = true;
        for (size_t n = 0; n < part.count; n++)
            stand[i] = stand[i] && journal_has_done(journal, &part.steps[n]);
        plan_free(&part);
    }
    return SBX_OK;
}

sbx_status provision_later_stand(const struct provision_host *host, const struct provision *provision,
                                 const struct plan *plan, bool **stand, struct sbx_error *error)
{
    struct sbx_error met = {0};
    bool *made = sbx_alloc_array(plan->later_count, sizeof *made);
    char *folder = workspace_folder(host, provision->key ? provision->key : "");
    struct journal *journal = NULL;
    sbx_status status = SBX_OK;

    if (!made || !folder)
        status = error_memory(&met, "a list of toolchains");
    else if (provision->key)
        status = provision_open_journal(folder, NULL, PROVISION_MOST_WAIT_MS, host->control, &journal, &met);
    if (status == SBX_E_PATH_NOT_FOUND) {
        met.code = SBX_OK;
        status = SBX_OK;
    }
    if (!status)
        status = look_at_later(journal, plan, made, &met);
    journal_close(journal);
    sbx_free(folder);
    if (!status) {
        *stand = made;
        return SBX_OK;
    }
    sbx_free(made);
    if (error && !error->code)
        *error = met;
    return status;
}

/* With the journal in hand. */
static sbx_status restore(const struct provision_host *host, struct provision *provision, const char *folder,
                          struct journal *journal, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    struct apply apply;
    bool in_use;
    sbx_status status = provision_is_in_use(folder, provision->session_id, &in_use, error);

    if (!status && in_use)
        status =
            error_set(error, SBX_E_STATE,
                      "Another session has joined this workspace; what it was told holds stays until it is "
                      "deprovisioned.");
    if (!status && provision->was_for_a_while && !provision_is_for_a_while(folder))
        status = provision_set_for_a_while(folder, true, error);
    if (status)
        return status;
    make_apply(host, journal, &apply);
    apply.control = NULL;
    status = apply_plan(&apply, &provision->former, &outcome, error);
    tree_outcome_free(&outcome);
    if (!status && !provision->was_for_a_while && provision_is_for_a_while(folder))
        provision_set_for_a_while(folder, false, NULL);
    return status;
}

sbx_status provision_take_back(const struct provision_host *host, struct provision *provision,
                               struct sbx_error *error)
{
    struct journal *journal = NULL;
    char *folder;
    sbx_status status;

    if (!provision->may_take_back)
        return SBX_OK;
    provision->may_take_back = false;
    folder = workspace_folder(host, provision->key);
    status = folder ? provision_open_journal(folder, &provision->subject, PROVISION_MOST_WAIT_MS, NULL,
                                             &journal, error)
                    : error_memory(error, "a path");
    if (!status)
        status = restore(host, provision, folder, journal, error);
    if (!provision->had_mark && provision->mark) {
        held_close(provision->mark);
        provision->mark = NULL;
    }
    if (journal)
        provision_close_journal(folder, journal);
    sbx_free(folder);
    return status;
}

bool provision_has_mark(const struct provision *provision)
{
    return provision->mark != NULL;
}

void provision_release(struct provision *provision)
{
    if (!provision)
        return;
    if (provision->mark)
        held_close(provision->mark);
    sbx_free(provision->key);
    sbx_free(provision->session_id);
    sbx_free(provision->subject.path);
    sbx_free(provision->subject.principal_sid);
    plan_free(&provision->former);
    sbx_free(provision);
}

/* Undoing. */

sbx_status provision_undo(const struct provision_host *host, const char *capability_sid,
                          struct tree_outcome *outcome, struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *folder = workspace_folder(host, capability_sid);
    struct journal *journal;
    struct apply apply;
    bool in_use;
    sbx_status status;

    if (!folder)
        return error_memory(error, "a path");
    status = provision_open_journal(folder, NULL, PROVISION_MOST_WAIT_MS, host->control, &journal, &met);
    if (status == SBX_E_PATH_NOT_FOUND) {
        status = SBX_OK;
        goto free_folder;
    }
    if (status) {
        if (error && !error->code)
            *error = met;
        goto free_folder;
    }

    status = provision_is_in_use(folder, NULL, &in_use, error);
    if (!status && in_use)
        status = error_set(error, SBX_E_STATE,
                           "Another session lives in this workspace. Close it first, then deprovision.");
    if (!status) {
        make_apply(host, journal, &apply);
        status = apply_undo(&apply, outcome, error);
    }
    if (!status && provision_is_for_a_while(folder))
        provision_set_for_a_while(folder, false, NULL);
    provision_close_journal(folder, journal);

free_folder:
    sbx_free(folder);
    return status;
}
