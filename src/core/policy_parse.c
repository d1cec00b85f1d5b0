/*
 * policy_parse.c - policy text to a checked structure.
 *
 * The keys stand in tables, one for each object: name, reader, where the value goes and the rule that it must
 * keep. So an unknown key, a wrong type or a value out of range is refused in the same way everywhere, and
 * the tables are the list of what this version knows.
 */
#include "core/policy.h"

#include "base/memory.h"
#include "core/policy_conflict.h"
#include "core/policy_place.h"
#include "core/policy_read.h"
#include "core/policy_text.h"
#include "core/policy_words.h"

#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static sbx_status read_version(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct policy_problems *problems)
{
    static const char fix[] = "Write 1, and the keys that version 1 has.";

    (void)rule;
    (void)target;
    if (!json_is_integer(value))
        return policy_wrong_type(value, at, "1, the number", problems);
    if (json_integer_value(value) == 1)
        return SBX_OK;
    return policy_refuse(at, problems, SBX_E_POLICY_VALUE, fix,
                         "this version reads policies of version 1, not %lld.",
                         (long long)json_integer_value(value));
}

static const struct policy_text_rule host_rule = {"a host's name in double quotes", policy_fault_of_host,
                                                  false};
static const struct policy_text_rule command_rule = {"a command or pattern in double quotes",
                                                     policy_fault_of_command, false};
static const struct policy_text_rule value_rule = {"the value as text in double quotes",
                                                   policy_fault_of_value, true};
static const struct policy_range port_range = {1, 65535};
static const struct policy_range minutes_range = {0, 10080}; /* a week */

static const struct policy_key grant_keys[] = {
    {"host", policy_read_text, offsetof(struct policy_grant, host), &host_rule},
    {"port", policy_read_port, offsetof(struct policy_grant, port), &port_range},
    {"minutes", policy_read_minutes, offsetof(struct policy_grant, minutes), &minutes_range},
    {"command", policy_read_text, offsetof(struct policy_grant, command), &command_rule},
};
static const struct policy_section grant_section = {
    grant_keys, COUNT(grant_keys), "an object such as {\"host\": \"packages.example.com\", \"port\": 443}"};

/* What was refused has no host afterwards, so that nothing is concluded from what stands there instead. */
static sbx_status read_grant(const json_t *entry, const struct policy_place *at, struct policy_grant *grant,
                             struct policy_problems *problems)
{
    size_t before = problems->count;
    sbx_status status = policy_read_section(entry, at, &grant_section, grant, problems);

    if (!status && json_is_object(entry) && !json_object_get(entry, "host"))
        status = policy_refuse(at, problems, SBX_E_POLICY_VALUE, "A grant names the host that it is for.",
                               "\"host\" is missing.");
    if (problems->count > before) {
        sbx_free(grant->host);
        grant->host = NULL;
    }
    return status;
}

static sbx_status read_grants(const json_t *value, const struct policy_place *at, const void *rule,
                              void *target, struct policy_problems *problems)
{
    struct sbx_policy *policy = target;
    sbx_status status = SBX_OK;
    size_t index;
    json_t *entry;

    (void)rule;
    if (!json_is_array(value))
        return policy_wrong_type(value, at, "a list of objects", problems);
    if (json_array_size(value) > POLICY_MOST_ENTRIES)
        return policy_too_many(json_array_size(value), at, problems);
    policy->network.allow = sbx_alloc_array(json_array_size(value), sizeof *policy->network.allow);
    if (!policy->network.allow)
        return SBX_E_MEMORY;

    json_array_foreach(value, index, entry)
    {
        const struct policy_place place = {at, NULL, index, false};
        struct policy_grant *grant = &policy->network.allow[policy->network.allow_count++];

        grant->port = 443;
        grant->minutes = 10;
        status = read_grant(entry, &place, grant, problems);
        if (status)
            break;
    }
    return status;
}

static sbx_status read_variable(const char *name, const json_t *value, const struct policy_place *at,
                                struct policy_variable *variable, struct policy_problems *problems)
{
    const struct policy_place place = {at, name, 0, false};
    const struct policy_place key = {at, name, 0, true};
    struct policy_fault fault = policy_fault_of_name(name);

    if (fault.what)
        return policy_refuse(&key, problems, SBX_E_POLICY_VALUE, fault.fix, "the variable's name %s.",
                             fault.what);
    variable->name = sbx_strdup(name);
    return variable->name ? policy_read_text(value, &place, &value_rule, &variable->value, problems)
                          : SBX_E_MEMORY;
}

static sbx_status read_variables(const json_t *value, const struct policy_place *at, const void *rule,
                                 void *target, struct policy_problems *problems)
{
    struct sbx_policy *policy = target;
    sbx_status status = SBX_OK;
    const char *name;
    json_t *member;

    (void)rule;
    if (!json_is_object(value))
        return policy_wrong_type(value, at, "an object of names and values, such as {\"CI\": \"1\"}",
                                 problems);
    if (json_object_size(value) > POLICY_MOST_ENTRIES)
        return policy_too_many(json_object_size(value), at, problems);
    policy->environment.set = sbx_alloc_array(json_object_size(value), sizeof *policy->environment.set);
    if (!policy->environment.set)
        return SBX_E_MEMORY;

    json_object_foreach((json_t *)value, name, member)
    {
        status = read_variable(name, member, at, &policy->environment.set[policy->environment.set_count++],
                               problems);
        if (status)
            break;
    }
    return status;
}

/* ---- The tables ---- */

#define AT(member) offsetof(struct sbx_policy, member)

static const struct policy_list_rule write_rule = {"a list of paths", NULL, PATH_ONE_PLACE};
static const struct policy_list_rule read_rule = {"a list of paths", NULL, PATH_ANY_PLACES};
static const struct policy_list_rule protect_rule = {"a list of names", NULL, PATH_PROTECTED};
static const struct policy_list_rule pattern_rule = {"a list of variables' names", policy_fault_of_pattern,
                                                     PATH_ONE_PLACE};

static const struct policy_key file_keys[] = {
    {"write", policy_read_list, AT(files.write), &write_rule},
    {"read", policy_read_list, AT(files.read), &read_rule},
    {"deny", policy_read_list, AT(files.deny), &write_rule},
    {"protect", policy_read_list, AT(files.protect), &protect_rule},
    {"onPlanted", policy_read_word, AT(files.on_planted), policy_planted_words},
};
static const struct policy_section files = {file_keys, COUNT(file_keys), "an object with the files' rules"};

static const struct policy_key network_keys[] = {
    {"mode", policy_read_word, AT(network.mode), policy_mode_words},
    {"localhost", policy_read_word, AT(network.localhost), policy_localhost_words},
    {"allow", read_grants, 0, NULL},
};
static const struct policy_section network = {network_keys, COUNT(network_keys),
                                              "an object with the network's rules"};

static const struct policy_range memory_range = {1, 1048576}; /* a TiB */
static const struct policy_range process_range = {1, 65536};
static const struct policy_range percent_range = {1, 100};
static const struct policy_range seconds_range = {1, 604800}; /* a week */
static const struct policy_range output_range = {1, 65536};

static const struct policy_key limit_keys[] = {
    {"memoryMB", policy_read_u32, AT(limits.memory_mb), &memory_range},
    {"processes", policy_read_u32, AT(limits.processes), &process_range},
    {"cpuPercent", policy_read_u32, AT(limits.cpu_percent), &percent_range},
    {"seconds", policy_read_u32, AT(limits.seconds), &seconds_range},
    {"outputMB", policy_read_u32, AT(limits.output_mb), &output_range},
};
static const struct policy_section limits = {limit_keys, COUNT(limit_keys), "an object with the limits"};

static const struct policy_key environment_keys[] = {
    {"inherit", policy_read_list, AT(environment.inherit), &pattern_rule},
    {"set", read_variables, 0, NULL},
    {"deny", policy_read_list, AT(environment.deny), &pattern_rule},
};
static const struct policy_section environment = {environment_keys, COUNT(environment_keys),
                                                  "an object with the environment's rules"};

/* Domains and assurances have their names in findings.c; the table is made of those. */
static sbx_status read_require(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct policy_problems *problems)
{
    const char *assurances[SBX_VERIFIED + 2] = {NULL};
    struct policy_key keys[SBX_DOMAIN_COUNT];
    const struct policy_section require = {keys, SBX_DOMAIN_COUNT,
                                           "an object such as {\"network\": \"enforced\"}"};

    (void)rule;
    for (int i = 0; i <= SBX_VERIFIED; i++)
        assurances[i] = assurance_name((enum sbx_assurance)i);
    for (size_t i = 0; i < SBX_DOMAIN_COUNT; i++) {
        keys[i].name = domain_name((enum sbx_domain)i);
        keys[i].read = policy_read_word;
        keys[i].offset = i * sizeof(enum sbx_assurance);
        keys[i].rule = assurances;
    }
    return policy_read_section(value, at, &require, target, problems);
}

static const struct policy_key transcript_keys[] = {
    {"output", policy_read_word, AT(transcript_output), policy_output_words},
};
static const struct policy_section transcript = {transcript_keys, COUNT(transcript_keys),
                                                 "an object such as {\"output\": \"full\"}"};

static const struct policy_key policy_keys[] = {
    {"version", read_version, 0, NULL},
    {"level", policy_read_word, AT(level), policy_level_words},
    {"token", policy_read_word, AT(token), policy_token_words},
    {"files", policy_read_section, 0, &files},
    {"network", policy_read_section, 0, &network},
    {"limits", policy_read_section, 0, &limits},
    {"environment", policy_read_section, 0, &environment},
    {"desktop", policy_read_word, AT(desktop), policy_desktop_words},
    {"require", read_require, AT(require), NULL},
    {"transcript", policy_read_section, 0, &transcript},
};
static const struct policy_section whole = {policy_keys, COUNT(policy_keys),
                                            "an object: {\"version\": 1, ...}"};

_Static_assert(COUNT(policy_keys) <= POLICY_MOST_KEYS && SBX_DOMAIN_COUNT <= POLICY_MOST_KEYS,
               "policy_read_section lists the keys");
_Static_assert(sizeof(enum sbx_level) == sizeof(int), "policy_read_word");

/* ---- The one reader ---- */

/*
 * Reads the text into *policy, a default one, and adds what is wrong to *problems, which is empty. What is in the
 * policy counts only where nothing was. SBX_E_MEMORY.
 */
static sbx_status read_policy(const char *text, size_t size, struct sbx_policy *policy,
                              struct policy_problems *problems)
{
    const struct policy_place place = {NULL, NULL, 0, false};
    struct jsontext read = {NULL, NULL};
    sbx_status status = policy_read_json(text, size, &read, problems);

    if (status || !read.root)
        return status;
    status = policy_read_section(read.root, &place, &whole, policy, problems);
    if (!status)
        status = policy_conflicts(policy, problems);
    if (!status && problems->count)
        status = policy_place_problems(text, problems);
    jsontext_free(&read);
    return status;
}

static sbx_status read_text(const char *text, size_t size, struct sbx_policy *policy,
                            struct policy_problems *problems)
{
    struct sbx_policy made;
    sbx_status status;

    /* Windows' editors put a mark in front of UTF-8, and PowerShell 5 does by its own -Encoding UTF8. */
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    status = policy_default(&made);
    if (status)
        return status;
    status = read_policy(text, size, &made, problems);
    if (status || problems->count || !policy)
        policy_free(&made);
    else
        *policy = made;
    return status;
}

sbx_status policy_validate(const char *text, size_t size, struct policy_problems *problems,
                           struct sbx_error *error)
{
    struct policy_problems found = {NULL, 0};

    if (read_text(text, size, NULL, &found)) {
        policy_problems_free(&found);
        return error_memory(error, "the policy");
    }
    *problems = found;
    return SBX_OK;
}

sbx_status policy_parse(const char *text, size_t size, struct sbx_policy *policy, struct sbx_error *error)
{
    struct policy_problems problems = {NULL, 0};
    sbx_status status = read_text(text, size, policy, &problems);

    if (status)
        error_memory(error, "the policy");
    else if (problems.count)
        status = policy_problem_raise(&problems.items[0], error);
    policy_problems_free(&problems);
    return status;
}
