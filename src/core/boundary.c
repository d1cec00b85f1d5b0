/*
 * boundary.c - policy, session and host put together once.
 */
#include "core/boundary.h"
#include "base/memory.h"
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

    if (own != SBX_LEVEL_AUTO && policy != SBX_LEVEL_AUTO && own != policy)
        return error_set(error, SBX_E_POLICY_CONFLICT,
                         "The session's Level is %s and the policy's \"level\" is %s. Set one of them to "
                         "auto, or both to the same.",
                         level_name(own), level_name(policy));
    if (own == SBX_LEVEL_ELEVATED || policy == SBX_LEVEL_ELEVATED)
        return error_set(error, SBX_E_NOT_BUILT,
                         "The elevated level is not built in this version. Use restricted, or auto, which is "
                         "the same until the other is built.");
    *level = SBX_LEVEL_RESTRICTED;
    return SBX_OK;
}

/*
 * The second check's SIDs. Everyone is among them because of objects that every program writes and that name
 * nobody else, the null device above all; what Everyone may write on disk stays writable, and the report says
 * so. A fully restricted token is checked for reads too: without Users and RESTRICTED it could not even load
 * System32's DLLs. Objects the command makes name the capability SID, or its own second check would keep it
 * out of them.
 */
static sbx_status make_recipe(enum sbx_token token, const char *capability_sid, struct token_recipe *recipe)
{
    static const char *const of_fully_restricted[] = {USERS_SID, EVERYONE_SID, RESTRICTED_SID};
    static const char *const of_write_restricted[] = {EVERYONE_SID};
    bool fully = token == SBX_TOKEN_FULLY_RESTRICTED;
    const char *const *sids = fully ? of_fully_restricted : of_write_restricted;
    size_t count = fully ? COUNT(of_fully_restricted) : COUNT(of_write_restricted);
    sbx_status status = strings_append(&recipe->restricting_sids, capability_sid);

    recipe->write_restricted = !fully;
    for (size_t i = 0; i < count && !status; i++)
        status = strings_append(&recipe->restricting_sids, sids[i]);
    if (!status)
        status = strings_append(&recipe->default_dacl_sids, capability_sid);
    return status;
}

static void copy_limits(const struct sbx_policy *policy, struct boundary *boundary)
{
    boundary->memory_size = policy->limits.memory_mb * MIB;
    boundary->process_count = policy->limits.processes;
    boundary->cpu_percent = policy->limits.cpu_percent;
    boundary->seconds = policy->limits.seconds;
    boundary->output_size = policy->limits.output_mb * MIB;
    boundary->transcript_output = policy->transcript_output;
    memcpy(boundary->required, policy->require, sizeof boundary->required);
}

sbx_status boundary_resolve(const struct boundary_input *input, struct boundary *boundary,
                            struct sbx_error *error)
{
    struct boundary made = {0};
    sbx_status status = resolve_level(input, &made.level, error);

    if (!status)
        status = policy_check_built(input->policy, error);
    if (!status && path_form(input->session_folder) != PATH_FORM_DRIVE)
        status = error_set(error, SBX_E_ARGUMENT, "The session's folder is not an absolute local path.");
    if (!status)
        status = boundary_workspace(input->workspace, &made.workspace, &made.capability_sid, input->user_sid,
                                    error);
    if (status)
        goto free_made;

    made.token = input->policy->token == SBX_TOKEN_AUTO ? SBX_TOKEN_WRITE_RESTRICTED : input->policy->token;
    copy_limits(input->policy, &made);
    made.temp = path_absolute(input->session_folder, TEMP_FOLDER);
    if (!made.temp || make_recipe(made.token, made.capability_sid, &made.recipe)) {
        status = error_memory(error, "a boundary");
        goto free_made;
    }
    status = environment_build(input->policy, input->caller_environment, made.temp, &made.environment, error);
    if (status)
        goto free_made;

    *boundary = made;
    return SBX_OK;

free_made:
    boundary_free(&made);
    return status;
}

void boundary_free(struct boundary *boundary)
{
    sbx_free(boundary->workspace);
    sbx_free(boundary->capability_sid);
    sbx_free(boundary->temp);
    environment_free(&boundary->environment);
    strings_free(&boundary->recipe.restricting_sids);
    strings_free(&boundary->recipe.deny_only_sids);
    strings_free(&boundary->recipe.default_dacl_sids);
    memset(boundary, 0, sizeof *boundary);
}
