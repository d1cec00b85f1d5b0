/*
 * boundary.c - policy, session and host put together once.
 */
#include "base/memory.h"
#include "core/boundary_private.h"
#include "core/path.h"

#include <string.h>

#define EVERYONE_SID   "S-1-1-0"
#define RESTRICTED_SID "S-1-5-12"
#define USERS_SID      "S-1-5-32-545"
#define TEMP_FOLDER    "temp" /* of the session */
#define MIB            ((uint64_t)1 << 20)
#define COUNT(array)   (sizeof(array) / sizeof(array)[0])

static sbx_status resolve_level(const struct boundary_input *input, enum sbx_level *level,
                                struct sbx_error *error)
{
    enum sbx_level own = input->level;
    enum sbx_level policy = input->policy->level;
    enum sbx_level wanted = own != SBX_LEVEL_AUTO ? own : policy;

    if (own != SBX_LEVEL_AUTO && policy != SBX_LEVEL_AUTO && own != policy)
        return error_set(error, SBX_E_POLICY_CONFLICT,
                         "The session's Level is %s and the policy's \"level\" is %s. Set one of them to "
                         "auto, or both to the same.",
                         level_name(own), level_name(policy));
    if (wanted == SBX_LEVEL_AUTO)
        wanted = input->account_sid ? SBX_LEVEL_ELEVATED : SBX_LEVEL_RESTRICTED;
    if (wanted == SBX_LEVEL_ELEVATED && !input->account_sid)
        return error_set(
            error, SBX_E_NOT_PROVISIONED,
            "The elevated level has no account for this workspace. Run Host.Provision, or use the "
            "restricted level.");
    if (input->account_sid && !input->account_group_sid)
        return error_set(error, SBX_E_ARGUMENT,
                         "An account without its group is bound by no rule of the network.");
    *level = wanted;
    return SBX_OK;
}

/* Each level has a recipe of its own; the elevated one may be narrowed by the others. */
static enum sbx_token resolve_token(enum sbx_level level, enum sbx_token wanted)
{
    if (wanted != SBX_TOKEN_AUTO)
        return wanted;
    return level == SBX_LEVEL_ELEVATED ? SBX_TOKEN_FILTERED : SBX_TOKEN_WRITE_RESTRICTED;
}

/*
 * The second check's SIDs. Everyone is among them because of objects that every program writes and that name
 * nobody else, the null device above all; what Everyone may write on disk stays writable, and the report says
 * so. A fully restricted token is checked for reads too: without Users and RESTRICTED it could not even load
 * System32's DLLs. Objects the command makes name the capability SID, or its own second check would keep it
 * out of them; at the elevated level the user, too, who could otherwise not wait for what runs in his name.
 * There the account's group is among the restricting SIDs (boundary.h) and nowhere deny-only: filters name it.
 */
static sbx_status append_sids(struct sbx_strings *list, const char *const *sids, size_t count)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < count && !status; i++)
        status = strings_append(list, sids[i]);
    return status;
}

static sbx_status make_recipe(const struct boundary_input *input, const struct boundary *boundary,
                              struct token_recipe *recipe)
{
    static const char *const of_fully_restricted[] = {USERS_SID, EVERYONE_SID, RESTRICTED_SID};
    static const char *const of_write_restricted[] = {EVERYONE_SID};
    sbx_status status = SBX_OK;

    recipe->logon_deny_only = boundary->level == SBX_LEVEL_ELEVATED;
    if (boundary->level == SBX_LEVEL_ELEVATED)
        status = strings_append(&recipe->default_dacl_sids, input->user_sid);
    if (status || boundary->token == SBX_TOKEN_FILTERED)
        return status;

    recipe->write_restricted = boundary->token == SBX_TOKEN_WRITE_RESTRICTED;
    status = strings_append(&recipe->restricting_sids, boundary->capability_sid);
    if (!status && boundary->group_sid)
        status = strings_append(&recipe->restricting_sids, boundary->group_sid);
    for (size_t i = 0; i < boundary->place_count && !status; i++) {
        const struct boundary_place *place = &boundary->places[i];

        if (place->right == BOUNDARY_WRITE && strcmp(place->sid, boundary->capability_sid) != 0)
            status = strings_append(&recipe->restricting_sids, place->sid);
    }
    if (!status)
        status =
            recipe->write_restricted
                ? append_sids(&recipe->restricting_sids, of_write_restricted, COUNT(of_write_restricted))
                : append_sids(&recipe->restricting_sids, of_fully_restricted, COUNT(of_fully_restricted));
    if (!status)
        status = strings_append(&recipe->default_dacl_sids, boundary->capability_sid);
    return status;
}

/* Places. */

/* Whom the entries on a place name that allow. */
static sbx_status name_sid(const struct boundary_input *input, const struct host_place *workspace,
                           const struct boundary *boundary, struct boundary_place *place,
                           struct sbx_error *error)
{
    struct boundary_place of_workspace = {0};
    bool filtered = boundary->token == SBX_TOKEN_FILTERED;

    if (place->right != BOUNDARY_WRITE && place->right != BOUNDARY_READ)
        return SBX_OK;
    memcpy(of_workspace.volume_id, workspace->facts.volume_id, sizeof of_workspace.volume_id);
    memcpy(of_workspace.file_id, workspace->facts.file_id, sizeof of_workspace.file_id);
    if (!filtered && place->right == BOUNDARY_WRITE && place->present &&
        (strcmp(place->volume_id, of_workspace.volume_id) != 0 ||
         strcmp(place->file_id, of_workspace.file_id) != 0))
        return boundary_root_sid(input->user_sid, &of_workspace, place, &place->sid, error);
    place->sid = sbx_strdup(filtered ? input->account_sid : boundary->capability_sid);
    return place->sid ? SBX_OK : error_memory(error, "a SID");
}

static sbx_status resolve_places(const struct boundary_input *input, const struct root_guards *guards,
                                 const struct host_place *workspace, struct boundary *boundary,
                                 struct sbx_error *error)
{
    struct place_list list = {NULL, 0, 0};
    sbx_status status = boundary_gather(input, guards, workspace, boundary->temp,
                                        boundary->level == SBX_LEVEL_ELEVATED ||
                                            boundary->token == SBX_TOKEN_FULLY_RESTRICTED,
                                        &list, &boundary->notes, &boundary->not_all_repositories, error);

    if (!status)
        status = boundary_apply_rules(workspace, &list, &boundary->notes, error);
    for (size_t i = 0; i < list.count && !status; i++)
        status = name_sid(input, workspace, boundary, &list.items[i], error);
    if (status) {
        place_list_free(&list);
        return status;
    }
    boundary->places = list.items;
    boundary->place_count = list.count;
    return SBX_OK;
}

static sbx_status resolve_workspace(const struct boundary_input *input, const struct root_guards *guards,
                                    struct host_place *workspace, struct boundary *boundary,
                                    struct sbx_error *error)
{
    const struct root_question question = {NULL, input->workspace, BOUNDARY_WRITE};
    char *path = path_absolute(input->workspace, input->workspace);
    sbx_status status =
        path ? root_examine(&question, path, workspace, error) : error_memory(error, "a path");

    sbx_free(path);
    if (!status)
        status = root_judge(guards, &question, workspace, error);
    if (!status)
        status = boundary_capability_sid(input->user_sid, workspace->facts.volume_id,
                                         workspace->facts.file_id, &boundary->capability_sid, error);
    if (status)
        return status;
    boundary->workspace = sbx_strdup(workspace->facts.path);
    boundary->principal_sid =
        sbx_strdup(boundary->level == SBX_LEVEL_ELEVATED ? input->account_sid : boundary->capability_sid);
    if (boundary->level == SBX_LEVEL_ELEVATED) {
        boundary->group_sid = sbx_strdup(input->account_group_sid);
        if (!boundary->group_sid)
            return error_memory(error, "a boundary");
    }
    return boundary->workspace && boundary->principal_sid ? SBX_OK : error_memory(error, "a boundary");
}

/* Workspace and places: everything that is asked of the host. */
static sbx_status resolve_files(const struct boundary_input *input, struct boundary *boundary,
                                struct sbx_error *error)
{
    struct root_guards *guards = NULL;
    struct host_place workspace = {0};
    sbx_status status = root_guards_make(input->program_folder, &guards, error);

    if (status)
        return status;
    status = resolve_workspace(input, guards, &workspace, boundary, error);
    if (!status)
        status = resolve_places(input, guards, &workspace, boundary, error);
    host_place_free(&workspace);
    root_guards_free(guards);
    return status;
}

/* What tells where the user is at home would lead an account to folders that it may not open: its own come from the runner. */
static bool is_of_the_user(const char *entry)
{
    static const char *const names[] = {"USERPROFILE", "HOMEDRIVE",    "HOMEPATH", "HOME",
                                        "APPDATA",     "LOCALAPPDATA", "USERNAME", "USERDOMAIN"};
    size_t size = strcspn(entry, "=");
    char name[16];

    if (size >= sizeof name)
        return false;
    memcpy(name, entry, size);
    name[size] = '\0';
    return text_is_one_of_ascii_nocase(name, names, COUNT(names));
}

static sbx_status build_environment(const struct boundary_input *input, struct boundary *boundary,
                                    struct sbx_error *error)
{
    struct sbx_strings shared = {NULL, 0};
    sbx_status status = SBX_OK;

    if (boundary->level != SBX_LEVEL_ELEVATED)
        return environment_build(input->policy, input->caller_environment, boundary->temp,
                                 &boundary->environment, error);
    for (size_t i = 0; i < input->caller_environment->count && !status; i++) {
        if (!is_of_the_user(input->caller_environment->items[i]))
            status = strings_append(&shared, input->caller_environment->items[i]);
    }
    status = status
                 ? error_memory(error, "an environment")
                 : environment_build(input->policy, &shared, boundary->temp, &boundary->environment, error);
    strings_free(&shared);

    /* These belong to the user, and git refuses what belongs to another than who runs it. */
    for (size_t i = 0; i < boundary->place_count && !status; i++) {
        const struct boundary_place *place = &boundary->places[i];

        if (place->right == BOUNDARY_WRITE && place->kind == FILE_KIND_DIRECTORY &&
            !path_holds(boundary->temp, place->path))
            status = environment_trust_git(&boundary->environment, place->path, error);
    }
    return status;
}

static void copy_limits(const struct sbx_policy *policy, struct boundary *boundary)
{
    boundary->memory_size = policy->limits.memory_mb * MIB;
    boundary->process_count = policy->limits.processes;
    boundary->cpu_percent = policy->limits.cpu_percent;
    boundary->seconds = policy->limits.seconds;
    boundary->output_size = policy->limits.output_mb * MIB;
    boundary->private_desktop = policy->desktop == SBX_DESKTOP_PRIVATE;
    boundary->transcript_output = policy->transcript_output;
    memcpy(boundary->required, policy->require, sizeof boundary->required);
}

sbx_status boundary_resolve(const struct boundary_input *input, struct boundary *boundary,
                            struct sbx_error *error)
{
    const struct root_question question = {NULL, input->workspace, BOUNDARY_WRITE};
    struct boundary made = {0};
    sbx_status status = resolve_level(input, &made.level, error);

    if (!status && !input->unbuilt_too)
        status = policy_check_built(input->policy, error);
    if (!status)
        status = policy_check_level(input->policy, made.level, error);
    if (!status && path_form(input->session_folder) != PATH_FORM_DRIVE)
        status = error_set(error, SBX_E_ARGUMENT, "The session's folder is not an absolute local path.");
    if (!status)
        status = root_check_text(&question, error);
    if (status)
        return status;

    copy_limits(input->policy, &made);
    made.token = resolve_token(made.level, input->policy->token);
    if (input->level_words && strings_append(&made.notes, input->level_words))
        return error_memory(error, "a boundary");
    made.temp = path_absolute(input->session_folder, TEMP_FOLDER);
    status = made.temp ? resolve_files(input, &made, error) : error_memory(error, "a boundary");
    if (!status && make_recipe(input, &made, &made.recipe))
        status = error_memory(error, "a boundary");
    if (!status)
        status = build_environment(input, &made, error);
    if (status)
        boundary_free(&made);
    else
        *boundary = made;
    return status;
}

void boundary_free(struct boundary *boundary)
{
    for (size_t i = 0; i < boundary->place_count; i++)
        boundary_place_free(&boundary->places[i]);
    sbx_free(boundary->places);
    strings_free(&boundary->notes);
    sbx_free(boundary->not_all_repositories);
    sbx_free(boundary->workspace);
    sbx_free(boundary->capability_sid);
    sbx_free(boundary->principal_sid);
    sbx_free(boundary->group_sid);
    sbx_free(boundary->temp);
    environment_free(&boundary->environment);
    strings_free(&boundary->recipe.restricting_sids);
    strings_free(&boundary->recipe.deny_only_sids);
    strings_free(&boundary->recipe.default_dacl_sids);
    memset(boundary, 0, sizeof *boundary);
}
