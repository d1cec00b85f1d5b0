/*
 * policy.c - the default policy, copies, and what of a policy this version can honour.
 */
#include "core/policy.h"

#include "base/memory.h"
#include "core/environment.h"
#include "core/policy_words.h"

#include <string.h>

const char *const policy_level_words[] = {"auto", "restricted", "elevated", NULL};
const char *const policy_token_words[] = {"auto", "filtered", "write-restricted", "fully-restricted", NULL};
const char *const policy_planted_words[] = {"report", "move", NULL};
const char *const policy_mode_words[] = {"none", "grants", "any", NULL};
const char *const policy_localhost_words[] = {"none", "ephemeral", NULL};
const char *const policy_desktop_words[] = {"private", "shared", NULL};
const char *const policy_output_words[] = {"full", "none", NULL};

const char *level_name(enum sbx_level level)
{
    return policy_level_words[level];
}

const char *token_name(enum sbx_token token)
{
    return policy_token_words[token];
}

static const char *const default_write[] = {"${workspace}", "${temp}"};
static const char *const default_read[] = {"${toolchains}"};
static const char *const default_protect[] = {"${vcs}", "${agents}", "${editors}"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static sbx_status append_all(struct sbx_strings *strings, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strings_append(strings, items[i]))
            return SBX_E_MEMORY;
    }
    return SBX_OK;
}

sbx_status policy_default(struct sbx_policy *policy)
{
    struct sbx_policy made = {
        .level = SBX_LEVEL_AUTO,
        .token = SBX_TOKEN_AUTO,
        .files.on_planted = SBX_PLANTED_REPORT,
        .network = {.mode = SBX_NETWORK_NONE, .localhost = SBX_LOCALHOST_NONE},
        .limits = {.memory_mb = 4096, .processes = 128, .cpu_percent = 100, .seconds = 600, .output_mb = 64},
        .desktop = SBX_DESKTOP_PRIVATE,
        .require =
            {
                [SBX_FILE_WRITE] = SBX_ENFORCED,
                [SBX_FILE_DELETE] = SBX_ENFORCED,
                [SBX_FILE_READ] = SBX_ABSENT,
                [SBX_NETWORK] = SBX_ENFORCED,
                [SBX_PROCESS] = SBX_ENFORCED,
                [SBX_DESKTOP] = SBX_ABSENT,
                [SBX_RESOURCES] = SBX_ENFORCED,
                [SBX_LIFETIME] = SBX_ENFORCED,
                [SBX_HANDLES] = SBX_ENFORCED,
            },
        .transcript_output = SBX_TRANSCRIPT_FULL,
    };

    if (append_all(&made.files.write, default_write, COUNT(default_write)) ||
        append_all(&made.files.read, default_read, COUNT(default_read)) ||
        append_all(&made.files.protect, default_protect, COUNT(default_protect)) ||
        append_all(&made.environment.inherit, environment_default_inherit,
                   environment_default_inherit_count) ||
        append_all(&made.environment.deny, environment_default_deny, environment_default_deny_count)) {
        policy_free(&made);
        return SBX_E_MEMORY;
    }
    *policy = made;
    return SBX_OK;
}

void policy_free_grant(struct policy_grant *grant)
{
    sbx_free(grant->host);
    sbx_free(grant->command);
}

void policy_free(struct sbx_policy *policy)
{
    const struct sbx_policy nothing = {0};

    strings_free(&policy->files.write);
    strings_free(&policy->files.read);
    strings_free(&policy->files.deny);
    strings_free(&policy->files.protect);
    for (size_t i = 0; i < policy->network.allow_count; i++)
        policy_free_grant(&policy->network.allow[i]);
    sbx_free(policy->network.allow);
    strings_free(&policy->environment.inherit);
    for (size_t i = 0; i < policy->environment.set_count; i++) {
        sbx_free(policy->environment.set[i].name);
        sbx_free(policy->environment.set[i].value);
    }
    sbx_free(policy->environment.set);
    strings_free(&policy->environment.deny);
    sbx_free(policy->source);
    *policy = nothing;
}

static sbx_status copy_grants(const struct sbx_policy *from, struct sbx_policy *to)
{
    if (!from->network.allow_count)
        return SBX_OK;
    to->network.allow = sbx_alloc_array(from->network.allow_count, sizeof *to->network.allow);
    if (!to->network.allow)
        return SBX_E_MEMORY;

    for (size_t i = 0; i < from->network.allow_count; i++) {
        const struct policy_grant *grant = &from->network.allow[i];
        struct policy_grant *copy = &to->network.allow[to->network.allow_count++];

        copy->port = grant->port;
        copy->minutes = grant->minutes;
        copy->host = sbx_strdup(grant->host);
        copy->command = grant->command ? sbx_strdup(grant->command) : NULL;
        if (!copy->host || (grant->command && !copy->command))
            return SBX_E_MEMORY;
    }
    return SBX_OK;
}

static sbx_status copy_variables(const struct sbx_policy *from, struct sbx_policy *to)
{
    if (!from->environment.set_count)
        return SBX_OK;
    to->environment.set = sbx_alloc_array(from->environment.set_count, sizeof *to->environment.set);
    if (!to->environment.set)
        return SBX_E_MEMORY;

    for (size_t i = 0; i < from->environment.set_count; i++) {
        struct policy_variable *copy = &to->environment.set[to->environment.set_count++];

        copy->name = sbx_strdup(from->environment.set[i].name);
        copy->value = sbx_strdup(from->environment.set[i].value);
        if (!copy->name || !copy->value)
            return SBX_E_MEMORY;
    }
    return SBX_OK;
}

sbx_status policy_copy(const struct sbx_policy *from, struct sbx_policy *to)
{
    static const struct sbx_strings no_strings = {NULL, 0};
    struct sbx_policy copy = *from; /* the plain values; what is owned is made anew */

    copy.files.write = copy.files.read = copy.files.deny = copy.files.protect = no_strings;
    copy.environment.inherit = copy.environment.deny = no_strings;
    copy.network.allow = NULL;
    copy.network.allow_count = 0;
    copy.environment.set = NULL;
    copy.environment.set_count = 0;
    copy.source = from->source ? sbx_strdup(from->source) : NULL;

    if ((from->source && !copy.source) || strings_copy(&from->files.write, &copy.files.write) ||
        strings_copy(&from->files.read, &copy.files.read) ||
        strings_copy(&from->files.deny, &copy.files.deny) ||
        strings_copy(&from->files.protect, &copy.files.protect) ||
        strings_copy(&from->environment.inherit, &copy.environment.inherit) ||
        strings_copy(&from->environment.deny, &copy.environment.deny) || copy_grants(from, &copy) ||
        copy_variables(from, &copy)) {
        policy_free(&copy);
        return SBX_E_MEMORY;
    }
    *to = copy;
    return SBX_OK;
}

static sbx_status not_built(struct sbx_error *error, const char *pointer, const char *what,
                            const char *instead)
{
    return error_set(error, SBX_E_NOT_BUILT,
                     "%s: %s cannot be honoured by this version. Write %s, or leave the key out.", pointer,
                     what, instead);
}

/*
 * What stands in the way is a whole feature each time, so this list shrinks with the versions. README.md has
 * it as a table.
 */
sbx_status policy_check_built(const struct sbx_policy *policy, struct sbx_error *error)
{
    if (policy->network.mode == SBX_NETWORK_GRANTS)
        return not_built(error, "/network/mode", "\"grants\"", "\"none\"");
    if (policy->network.allow_count)
        return not_built(error, "/network/allow", "a network grant", "[]");
    return SBX_OK;
}

static sbx_status of_the_other_level(struct sbx_error *error, const char *pointer, const char *what,
                                     const char *why, const char *instead)
{
    return error_set(
        error, SBX_E_POLICY_CONFLICT,
        "%s: %s belongs to the elevated level, and this session comes to the restricted one: %s. Set the "
        "elevated level up (Host.Provision), or write %s.",
        pointer, what, why, instead);
}

sbx_status policy_check_level(const struct sbx_policy *policy, enum sbx_level level, struct sbx_error *error)
{
    if (level != SBX_LEVEL_RESTRICTED)
        return SBX_OK;
    if (policy->token == SBX_TOKEN_FILTERED)
        return of_the_other_level(error, "/token", "\"filtered\"",
                                  "there it takes nothing from the user's own rights",
                                  "\"write-restricted\"");
    if (policy->network.mode == SBX_NETWORK_ANY)
        return of_the_other_level(
            error, "/network/mode", "\"any\"",
            "there commands are the user, and nothing tells which of them may have the network", "\"none\"");
    if (policy->network.localhost != SBX_LOCALHOST_NONE)
        return of_the_other_level(error, "/network/localhost", "\"ephemeral\"",
                                  "there nothing closes loop-back ports, so none can be left open",
                                  "\"none\"");
    return SBX_OK;
}
