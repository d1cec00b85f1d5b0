/*
 * provision_list.c - all workspaces and sessions of a user: what stands, and what a crash left.
 */
#include "base/memory.h"
#include "core/plan.h"
#include "core/provision_state.h"
#include "os/filesystem.h"

#include <string.h>

/* Listing. */

static void workspace_free(struct provisioned_workspace *workspace)
{
    sbx_free(workspace->subject.path);
    sbx_free(workspace->subject.principal_sid);
    sbx_free(workspace->key);
    sbx_free(workspace->rights);
    sbx_free(workspace->problem);
}

void provisioned_workspaces_free(struct provisioned_workspace *workspaces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        workspace_free(&workspaces[i]);
    sbx_free(workspaces);
}

/* The names in a folder that may not be there. */
static sbx_status list(const char *folder, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_error met = {0};
    sbx_status status = folder_list(folder, names, &met);

    if (status == SBX_E_PATH_NOT_FOUND)
        return SBX_OK;
    if (status && error && !error->code)
        *error = met;
    return status;
}

static void write_counted(struct sbx_buffer *out, size_t count, const char *word)
{
    if (count)
        buffer_append_format(out, "%s%zu %s", out->size ? "; " : "", count, word);
}

static char *rights_in_words(const struct journal *journal)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    size_t write = 0, read = 0, protect = 0, deny = 0;

    for (size_t i = 0; i < journal_count(journal); i++) {
        const struct step *step = &journal_at(journal, i)->step;
        uint32_t mask =
            step->kind <= STEP_PASSAGE && step->files.entry_count ? step->files.entries[0].mask : 0;

        write += step->kind == STEP_ALLOW && mask != PLAN_MASK_READ;
        read += step->kind == STEP_ALLOW && mask == PLAN_MASK_READ;
        protect += step->kind == STEP_DENY && mask == PLAN_MASK_PROTECT;
        deny += step->kind == STEP_DENY && mask != PLAN_MASK_PROTECT;
    }
    if (write == 1)
        buffer_append_text(&out, "write");
    else
        write_counted(&out, write, "written");
    write_counted(&out, read, "read");
    write_counted(&out, protect, "protected");
    write_counted(&out, deny, "denied");
    return out.size || buffer_failed(&out) ? buffer_take(&out, NULL) : sbx_strdup("");
}

static sbx_status fill_from_journal(const struct journal *journal, struct provisioned_workspace *workspace,
                                    struct sbx_error *error)
{
    const struct journal_subject *subject = journal_subject(journal);

    workspace->subject = *subject;
    workspace->subject.path = sbx_strdup(subject->path);
    workspace->subject.principal_sid = sbx_strdup(subject->principal_sid);
    workspace->complete = journal_is_complete(journal);
    workspace->rights = rights_in_words(journal);
    if (!workspace->subject.path || !workspace->subject.principal_sid || !workspace->rights)
        return error_memory(error, "a workspace");
    return SBX_OK;
}

/* *listed: something stands, or may stand. */
static sbx_status examine(const char *folder, struct provisioned_workspace *workspace, bool *listed,
                          struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct journal *journal;
    sbx_status status = provision_is_in_use(folder, NULL, &workspace->in_use, error);

    if (status)
        return status;
    status = provision_open_journal(folder, NULL, 0, NULL, &journal, &met);
    *listed = status != SBX_E_PATH_NOT_FOUND;
    if (status == SBX_E_MEMORY)
        return error_memory(error, "a workspace");
    if (status && *listed) {
        workspace->rights = sbx_strdup("");
        workspace->problem =
            sbx_strdup(status == SBX_E_STATE ? "A session is changing it right now." : met.text);
        return workspace->rights && workspace->problem ? SBX_OK : error_memory(error, "a workspace");
    }
    if (status)
        return SBX_OK;

    *listed = journal_count(journal) || !journal_is_complete(journal);
    status = fill_from_journal(journal, workspace, error);
    journal_close(journal);
    return status;
}

sbx_status provision_list(const struct provision_host *host, struct provisioned_workspace **workspaces,
                          size_t *count, struct sbx_error *error)
{
    struct sbx_strings keys = {0};
    struct provisioned_workspace *found = NULL;
    size_t found_count = 0;
    char *all = provision_join(host->state_folder, "workspaces", "");
    sbx_status status = all ? list(all, &keys, error) : error_memory(error, "a path");

    if (!status) {
        found = sbx_alloc_array(keys.count, sizeof *found);
        status = found ? SBX_OK : error_memory(error, "a list of workspaces");
    }
    for (size_t i = 0; i < keys.count && !status; i++) {
        struct provisioned_workspace *workspace = &found[found_count];
        char *folder = provision_join(all, keys.items[i], "");
        bool listed = false;

        workspace->key = sbx_strdup(keys.items[i]);
        status = folder && workspace->key ? examine(folder, workspace, &listed, error)
                                          : error_memory(error, "a workspace");
        sbx_free(folder);
        if (!status && listed)
            found_count++;
        else {
            workspace_free(workspace);
            memset(workspace, 0, sizeof *workspace);
        }
    }
    if (status)
        provisioned_workspaces_free(found, found_count);
    else {
        *workspaces = found;
        *count = found_count;
    }
    strings_free(&keys);
    sbx_free(all);
    return status;
}

sbx_status provision_keys_of(const struct provision_host *host, const char *path, struct sbx_strings *keys,
                             struct sbx_error *error)
{
    struct provisioned_workspace *workspaces = NULL;
    size_t count = 0;
    sbx_status status = provision_list(host, &workspaces, &count, error);

    for (size_t i = 0; i < count && !status; i++) {
        const struct provisioned_workspace *workspace = &workspaces[i];

        if (workspace->subject.path && text_equal_ascii_nocase(workspace->subject.path, path) &&
            strings_append(keys, workspace->key))
            status = error_memory(error, "a list of workspaces");
    }
    provisioned_workspaces_free(workspaces, count);
    return status;
}

/* Recovering. */

static sbx_status report(struct findings *findings, const char *what, sbx_status status,
                         const struct sbx_error *met, const char *done, struct sbx_error *error)
{
    const char *fix = status ? "Run it again; what is left is in the journal." : "";
    sbx_status added = findings_add(findings, what, status ? SBX_ABSENT : SBX_ENFORCED, SBX_ENFORCED,
                                    "recovery", status ? met->text : done, fix);

    if (status && error && !error->code)
        *error = *met;
    if (added && !status)
        return error_memory(error, "a finding");
    return status;
}

/* With the journal in hand. */
static sbx_status recover_journal(const struct provision_host *host, const char *folder,
                                  struct journal *journal, struct findings *findings, struct sbx_error *error)
{
    struct apply apply = {.deeds = host->deeds,
                          .journal = journal,
                          .control = host->control,
                          .progress = host->progress,
                          .context = host->context};
    struct tree_outcome outcome = {0};
    struct sbx_error met = {0};
    bool in_use = false;
    bool undone = false;
    bool for_a_while = provision_is_for_a_while(folder);
    sbx_status status = provision_is_in_use(folder, NULL, &in_use, &met);

    if (!status && !in_use)
        status =
            for_a_while ? apply_undo(&apply, &outcome, &met) : apply_recover(&apply, &undone, &outcome, &met);
    if (!status && !in_use && for_a_while) {
        undone = true;
        provision_set_for_a_while(folder, false, NULL);
    }
    if (status || undone)
        status = report(findings, journal_subject(journal)->path, status, &met,
                        for_a_while
                            ? "What a session that died had granted for a while was undone, with the rest. "
                              "Provision again."
                            : "An unfinished provisioning was undone. Provision again.",
                        error);
    tree_outcome_free(&outcome);
    return status;
}

static sbx_status recover_workspace(const struct provision_host *host, const char *folder,
                                    struct findings *findings, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct journal *journal;
    bool in_use;
    sbx_status status = provision_open_journal(folder, NULL, 0, NULL, &journal, &met);

    if (status == SBX_E_STATE) /* somebody is at work */
        return SBX_OK;
    if (status == SBX_E_PATH_NOT_FOUND) { /* only what a power cut left of a mark, or nothing at all */
        if (!provision_is_in_use(folder, NULL, &in_use, NULL) && !in_use) {
            if (provision_is_for_a_while(folder))
                provision_set_for_a_while(folder, false, NULL);
            folder_delete(folder, NULL);
        }
        return SBX_OK;
    }
    if (status)
        return report(findings, folder, status, &met, "", error);

    status = recover_journal(host, folder, journal, findings, error);
    provision_close_journal(folder, journal);
    return status;
}

/* Eight hexadecimal digits: a session's private folder. Its transcript beside it stays. */
static bool is_private_folder(const char *name)
{
    return strlen(name) == 8 && strspn(name, "0123456789abcdef") == 8;
}

sbx_status provision_mark_folder(const char *folder, struct held_file **mark, struct sbx_error *error)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    sbx_status status;

    buffer_append_format(&path, "%s.live", folder);
    status =
        buffer_failed(&path) ? error_memory(error, "a path") : held_open(buffer_text(&path), mark, error);
    buffer_free(&path);
    return status;
}

static sbx_status recover_private(const char *session, const char *name, struct findings *findings,
                                  struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *folder = provision_join(session, name, "");
    char *mark = provision_join(session, name, ".live");
    sbx_status status = SBX_OK;

    if (!folder || !mark)
        status = error_memory(error, "a path");
    else if (!held_is(mark)) {
        status = folder_delete_tree(folder, &met);
        status =
            report(findings, folder, status, &met, "The folder of a session that died was removed.", error);
    }
    sbx_free(mark);
    sbx_free(folder);
    return status;
}

static sbx_status recover_session(const struct provision_host *host, const char *session,
                                  struct findings *findings, struct sbx_error *error)
{
    struct sbx_strings names = {0};
    sbx_status first = list(session, &names, error);

    (void)host;
    for (size_t i = 0; i < names.count; i++) {
        sbx_status status = SBX_OK;

        if (is_private_folder(names.items[i]))
            status = recover_private(session, names.items[i], findings, error);
        first = first ? first : status;
    }
    strings_free(&names);
    return first;
}

/* Of every name in a folder of ours, past failures. */
static sbx_status for_each(const struct provision_host *host, const char *name,
                           sbx_status (*recover)(const struct provision_host *host, const char *folder,
                                                 struct findings *findings, struct sbx_error *error),
                           struct findings *findings, struct sbx_error *error)
{
    struct sbx_strings names = {0};
    char *all = provision_join(host->state_folder, name, "");
    sbx_status first = all ? list(all, &names, error) : error_memory(error, "a path");

    for (size_t i = 0; i < names.count; i++) {
        char *folder = provision_join(all, names.items[i], "");
        sbx_status status = folder ? recover(host, folder, findings, error) : error_memory(error, "a path");

        sbx_free(folder);
        first = first ? first : status;
    }
    strings_free(&names);
    sbx_free(all);
    return first;
}

sbx_status provision_recover(const struct provision_host *host, struct findings *findings,
                             struct sbx_error *error)
{
    sbx_status workspaces = for_each(host, "workspaces", recover_workspace, findings, error);
    sbx_status sessions = for_each(host, "sessions", recover_session, findings, error);

    return workspaces ? workspaces : sessions;
}
