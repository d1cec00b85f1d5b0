/*
 * grants.c - the provisioning of core, on this host and for this user.
 */
#include "sbxcom/grants.h"
#include "base/memory.h"
#include "core/boundary.h"
#include "core/path.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "os/process.h"

#include <string.h>
#include <windows.h>

#define X86_FOLDER "x86" /* the 32-bit DLL lies in it, below the other programs */

/* Where things are. */

sbx_status grants_state_folder(char **path, struct sbx_error *error)
{
    struct sbx_buffer made = SBX_BUFFER_EMPTY;
    char *local_data = NULL;
    char *text;
    sbx_status status = folder_path(FOLDER_LOCAL_DATA, &local_data, error);

    if (status)
        return status;
    buffer_append_format(&made, "%s\\sbxcom", local_data);
    sbx_free(local_data);
    text = buffer_take(&made, NULL);
    if (!text)
        return error_memory(error, "a path");
    *path = text;
    return SBX_OK;
}

sbx_status grants_program_folder(char **path, struct sbx_error *error)
{
    char *own = NULL, *slash, *name;
    sbx_status status = process_own_file(&own, error);

    if (status)
        return status;
    slash = strrchr(own, '\\');
    if (slash)
        *slash = '\0';
    name = strrchr(own, '\\');
    if (sizeof(void *) == 4 && name && text_equal_ascii_nocase(name + 1, X86_FOLDER))
        *name = '\0';
    *path = own;
    return SBX_OK;
}

/* How far it is, and whether it goes on. */

void grants_tell(const struct grants_progress *progress, const char *phase, uint64_t done, uint64_t total)
{
    if (progress && progress->tell)
        progress->tell(progress->context, phase, done, total);
}

static void on_step(void *context, const struct step *step, size_t done, size_t total)
{
    const struct grants *grants = context;

    (void)step;
    grants_tell(grants->progress, grants->phase, done, total);
}

/* Steps are counted beforehand, what is in a tree cannot be: a phase of its own, which counts files and folders. */
static bool go_on(void *context, const struct tree_outcome *so_far)
{
    const struct grants *grants = context;

    if (so_far->seen)
        grants_tell(grants->progress, grants->files_phase, so_far->seen, 0);
    return !grants->stop || WaitForSingleObject(grants->stop, 0) != WAIT_OBJECT_0;
}

sbx_status grants_begin(struct grants *grants, enum grants_work work, sbx_handle stop,
                        const struct grants_progress *progress, struct sbx_error *error)
{
    static const char *const phases[][2] = {
        [GRANTS_LOOK] = {"looking", "looking at files"},
        [GRANTS_GIVE] = {"granting", "granting: files and folders"},
        [GRANTS_TAKE_BACK] = {"taking grants back", "taking grants back: files and folders"},
        [GRANTS_RECOVER] = {"recovering", "recovering: files and folders"},
    };
    char *state_folder = NULL;
    sbx_status status = grants_state_folder(&state_folder, error);

    if (status)
        return status;
    *grants = (struct grants){.state_folder = state_folder,
                              .stop = stop,
                              .progress = progress,
                              .phase = phases[work][0],
                              .files_phase = phases[work][1]};
    grants->control = (struct tree_control){go_on, grants};
    grants->host = (struct provision_host){.state_folder = state_folder,
                                           .deeds = apply_files,
                                           .control = &grants->control,
                                           .leaves_later = true,
                                           .progress = on_step,
                                           .context = grants};
    return SBX_OK;
}

void grants_end(struct grants *grants)
{
    sbx_free(grants->state_folder);
}

/* Undoing. */

/* The key that the folder has now; none where it is gone. *path is the one to look for in the journals. */
static sbx_status find_workspace(const char *workspace, char **path, struct sbx_strings *keys,
                                 struct sbx_error *error)
{
    struct sbx_error met = {0};
    char sid[SID_TEXT_SIZE];
    char *programs = NULL, *key = NULL;
    sbx_status status = identity_user_sid(sid, error);

    if (!status)
        status = grants_program_folder(&programs, error);
    if (status)
        return status;
    status = boundary_workspace(workspace, sid, programs, path, &key, &met);
    if (!status && strings_append(keys, key))
        status = error_memory(error, "a list of workspaces");
    else if (status == SBX_E_PATH_NOT_FOUND) {
        *path = path_absolute(workspace, workspace);
        status = *path ? SBX_OK : error_memory(error, "a path");
    } else if (status && error && !error->code)
        *error = met;
    sbx_free(key);
    sbx_free(programs);
    return status;
}

static sbx_status undo_all(struct grants *grants, const struct sbx_strings *keys, struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    sbx_status first = SBX_OK;

    for (size_t i = 0; i < keys->count; i++) {
        sbx_status status = provision_undo(&grants->host, keys->items[i], &outcome, error);

        first = first ? first : status;
        if (status == SBX_E_CANCELLED)
            break;
    }
    tree_outcome_free(&outcome);
    return first;
}

sbx_status grants_deprovision(const char *workspace, sbx_handle stop, const struct grants_progress *progress,
                              struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings keys = {NULL, 0};
    struct grants grants;
    char *path = NULL;
    sbx_status status = grants_begin(&grants, GRANTS_TAKE_BACK, stop, progress, error);

    if (status)
        return status;
    status = find_workspace(workspace, &path, &keys, &met);
    if (!status)
        status = provision_keys_of(&grants.host, path, &keys, &met);
    if (!status)
        status = undo_all(&grants, &keys, &met);
    if (status == SBX_E_CANCELLED)
        error_set(
            error, status,
            "Taking the grants back was cancelled; some are left. Call Deprovision again for the rest.");
    else if (status && error && !error->code)
        *error = met;
    strings_free(&keys);
    sbx_free(path);
    grants_end(&grants);
    return status;
}

/* All of them. */

sbx_status grants_list(struct provisioned_workspace **workspaces, size_t *count, struct sbx_error *error)
{
    struct grants grants;
    sbx_status status = grants_begin(&grants, GRANTS_LOOK, NULL, NULL, error);

    if (status)
        return status;
    status = provision_list(&grants.host, workspaces, count, error);
    grants_end(&grants);
    return status;
}

sbx_status grants_recover(sbx_handle stop, struct findings *findings, struct sbx_error *error)
{
    struct grants grants;
    sbx_status status = grants_begin(&grants, GRANTS_RECOVER, stop, NULL, error);

    if (status)
        return status;
    status = provision_recover(&grants.host, findings, error);
    grants_end(&grants);
    return status;
}
