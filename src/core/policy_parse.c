/*
 * policy_parse.c - policy text to a checked structure.
 *
 * The keys stand in tables, one for each object: name, reader, where the value goes and the rule that it must
 * keep. So an unknown key, a wrong type or a value out of range is refused in the same way everywhere, and
 * the tables are the list of what this version knows.
 */
#include "core/policy.h"

#include "base/memory.h"
#include "core/jsontext.h"
#include "core/policy_read.h"
#include "core/policy_words.h"

#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define MOST_DEPTH 16 /* a policy has four levels; jansson recurses into whatever it is given */

static sbx_status read_version(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct sbx_error *error)
{
    (void)rule;
    (void)target;
    if (json_is_integer(value) && json_integer_value(value) == 1)
        return SBX_OK;
    if (json_is_integer(value))
        return policy_refuse(
            at, error, SBX_E_POLICY_VALUE,
            "this version reads policies of version 1, not %lld. Write 1, and the keys that version 1 has.",
            (long long)json_integer_value(value));
    return policy_wrong_type(value, at, "1, the number", error);
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

static sbx_status read_grants(const json_t *value, const struct policy_place *at, const void *rule,
                              void *target, struct sbx_error *error)
{
    struct sbx_policy *policy = target;
    size_t index;
    json_t *entry;

    (void)rule;
    if (!json_is_array(value))
        return policy_wrong_type(value, at, "a list of objects", error);
    if (json_array_size(value) > POLICY_MOST_ENTRIES)
        return policy_too_many(json_array_size(value), at, error);
    policy->network.allow = sbx_alloc_array(json_array_size(value), sizeof *policy->network.allow);
    if (!policy->network.allow)
        return error_memory(error, "the policy");

    json_array_foreach(value, index, entry)
    {
        const struct policy_place place = {at, NULL, index};
        struct policy_grant *grant = &policy->network.allow[policy->network.allow_count++];
        sbx_status status;

        grant->port = 443;
        grant->minutes = 10;
        status = policy_read_section(entry, &place, &grant_section, grant, error);
        if (status)
            return status;
        if (!grant->host)
            return policy_refuse(&place, error, SBX_E_POLICY_VALUE,
                                 "\"host\" is missing. A grant names the host that it is for.");
    }
    return SBX_OK;
}

static sbx_status read_variables(const json_t *value, const struct policy_place *at, const void *rule,
                                 void *target, struct sbx_error *error)
{
    struct sbx_policy *policy = target;
    const char *name;
    json_t *member;

    (void)rule;
    if (!json_is_object(value))
        return policy_wrong_type(value, at, "an object of names and values, such as {\"CI\": \"1\"}", error);
    if (json_object_size(value) > POLICY_MOST_ENTRIES)
        return policy_too_many(json_object_size(value), at, error);
    policy->environment.set = sbx_alloc_array(json_object_size(value), sizeof *policy->environment.set);
    if (!policy->environment.set)
        return error_memory(error, "the policy");

    json_object_foreach((json_t *)value, name, member)
    {
        const struct policy_place place = {at, name, 0};
        struct policy_variable *variable = &policy->environment.set[policy->environment.set_count++];
        const char *fault = policy_fault_of_name(name);
        sbx_status status;

        if (fault)
            return policy_refuse(&place, error, SBX_E_POLICY_VALUE, "the variable's name %s.", fault);
        status = policy_read_text(member, &place, &value_rule, &variable->value, error);
        if (status)
            return status;
        variable->name = sbx_strdup(name);
        if (!variable->name)
            return error_memory(error, "the policy");
    }
    return SBX_OK;
}

/* ---- The tables ---- */

#define AT(member) offsetof(struct sbx_policy, member)

static const char *const mode_words[] = {"none", "grants", "any", NULL};
static const char *const localhost_words[] = {"none", "ephemeral", NULL};
static const char *const on_planted_words[] = {"report", "move", NULL};
static const char *const desktop_words[] = {"private", "shared", NULL};
static const char *const output_words[] = {"full", "none", NULL};

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
    {"onPlanted", policy_read_word, AT(files.on_planted), on_planted_words},
};
static const struct policy_section files = {file_keys, COUNT(file_keys), "an object with the files' rules"};

static const struct policy_key network_keys[] = {
    {"mode", policy_read_word, AT(network.mode), mode_words},
    {"localhost", policy_read_word, AT(network.localhost), localhost_words},
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
                               void *target, struct sbx_error *error)
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
    return policy_read_section(value, at, &require, target, error);
}

static const struct policy_key transcript_keys[] = {
    {"output", policy_read_word, AT(transcript_output), output_words},
};
static const struct policy_section transcript = {transcript_keys, COUNT(transcript_keys),
                                                 "an object such as {\"output\": \"full\"}"};

static const struct policy_key policy_keys[] = {
    {"version", read_version, 0, NULL},
    {"level", policy_read_word, AT(level), level_words},
    {"token", policy_read_word, AT(token), token_words},
    {"files", policy_read_section, 0, &files},
    {"network", policy_read_section, 0, &network},
    {"limits", policy_read_section, 0, &limits},
    {"environment", policy_read_section, 0, &environment},
    {"desktop", policy_read_word, AT(desktop), desktop_words},
    {"require", read_require, AT(require), NULL},
    {"transcript", policy_read_section, 0, &transcript},
};
static const struct policy_section whole = {policy_keys, COUNT(policy_keys),
                                            "an object: {\"version\": 1, ...}"};

_Static_assert(COUNT(policy_keys) <= POLICY_MOST_KEYS && SBX_DOMAIN_COUNT <= POLICY_MOST_KEYS,
               "policy_read_section lists the keys");
_Static_assert(sizeof(enum sbx_level) == sizeof(int), "policy_read_word");

/* ---- What contradicts itself ---- */

static sbx_status check_paths(const struct sbx_strings *granted, const char *key,
                              const struct sbx_policy *policy, struct sbx_error *error)
{
    for (size_t i = 0; i < policy->files.deny.count; i++) {
        for (size_t j = 0; j < granted->count; j++) {
            char shown[POLICY_SHOWN_SIZE];

            if (!policy_same_path(policy->files.deny.items[i], granted->items[j]))
                continue;
            return error_set(
                error, SBX_E_POLICY_CONFLICT,
                "/files/deny/%zu: %s is granted by /files/%s/%zu and denied here. Take out one of the two.",
                i, policy_show(policy->files.deny.items[i], shown), key, j);
        }
    }
    return SBX_OK;
}

static bool same_command(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static sbx_status check_grants(const struct sbx_policy *policy, struct sbx_error *error)
{
    for (size_t i = 1; i < policy->network.allow_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct policy_grant *a = &policy->network.allow[j];
            const struct policy_grant *b = &policy->network.allow[i];
            char shown[POLICY_SHOWN_SIZE];

            if (a->port != b->port || !text_equal_ascii_nocase(a->host, b->host) ||
                !same_command(a->command, b->command))
                continue;
            return error_set(error, SBX_E_POLICY_CONFLICT,
                             "/network/allow/%zu: %s, port %u, is granted by /network/allow/%zu already. "
                             "Take out one of the two.",
                             i, policy_show(b->host, shown), (unsigned)b->port, j);
        }
    }
    return SBX_OK;
}

/* JSON's keys differ by case, Windows' variables do not: of two values one would be dropped. */
static sbx_status check_variables(const struct sbx_policy *policy, struct sbx_error *error)
{
    for (size_t i = 1; i < policy->environment.set_count; i++) {
        for (size_t j = 0; j < i; j++) {
            char first[POLICY_SHOWN_SIZE];
            char second[POLICY_SHOWN_SIZE];

            if (!text_equal_ascii_nocase(policy->environment.set[i].name, policy->environment.set[j].name))
                continue;
            return error_set(
                error, SBX_E_POLICY_CONFLICT,
                "/environment/set: %s and %s are the same variable to Windows. Take out one of the two.",
                policy_show(policy->environment.set[j].name, first),
                policy_show(policy->environment.set[i].name, second));
        }
    }
    return SBX_OK;
}

static sbx_status check_conflicts(const struct sbx_policy *policy, struct sbx_error *error)
{
    sbx_status status = check_paths(&policy->files.write, "write", policy, error);

    if (!status)
        status = check_paths(&policy->files.read, "read", policy, error);
    if (!status)
        status = check_grants(policy, error);
    if (!status)
        status = check_variables(policy, error);
    return status;
}

/* ---- The text as such ---- */

static const char json_advice[] =
    "A policy is one JSON object: keys and texts in double quotes, a comma between entries and none "
    "behind the last, no comments.";

/* Line and column of a byte, counted from 1 in characters. */
static void find_column(const char *text, size_t at, unsigned long *line, unsigned long *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80)
            ++*column;
    }
}

static sbx_status refuse_byte(const char *text, size_t at, const char *what, struct sbx_error *error)
{
    unsigned long line;
    unsigned long column;

    find_column(text, at, &line, &column);
    return error_set(error, SBX_E_POLICY_SYNTAX, "Line %lu, column %lu: %s", line, column, what);
}

/* Encoding and depth, which have to be right before jansson reads. */
static sbx_status check_text(const char *text, size_t size, struct sbx_error *error)
{
    size_t ill_formed;
    size_t good = text_utf8_prefix(text, size, &ill_formed);
    const char *zero = memchr(text, 0, good);
    bool inside = false; /* of a string */
    size_t depth = 0;

    /* A text in UTF-16 gets here as well: half of its bytes are 0. */
    if (size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return refuse_byte(text, 0, "the text is in UTF-16. Save it as UTF-8.", error);
    if (zero)
        return refuse_byte(text, (size_t)(zero - text), "a zero byte. Save the policy as UTF-8 text.", error);
    if (ill_formed)
        return refuse_byte(text, good, "this is not UTF-8. Save the policy as UTF-8 text.", error);

    for (size_t i = 0; i < size; i++) {
        if (inside) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                inside = false;
        } else if (text[i] == '"')
            inside = true;
        else if (text[i] == '{' || text[i] == '[') {
            if (++depth > MOST_DEPTH)
                return refuse_byte(text, i, "nested too deep (16 levels are read, a policy needs four).",
                                   error);
        } else if ((text[i] == '}' || text[i] == ']') && depth)
            depth--;
    }
    return SBX_OK;
}

static bool is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!strchr(" \t\r\n", text[i]))
            return false;
    }
    return true;
}

static sbx_status refuse_syntax(const char *text, size_t size, const json_error_t *place,
                                struct sbx_error *error)
{
    const char *advice = json_advice;
    char found[POLICY_SHOWN_SIZE];

    if (is_blank(text, size))
        return error_set(error, SBX_E_POLICY_SYNTAX, "The policy is empty. %s", json_advice);
    switch (json_error_code(place)) {
    case json_error_duplicate_key:
        advice = "Each key may stand once in its object.";
        break;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return error_set(
            error, SBX_E_POLICY_SYNTAX,
            "Line %d, column %d: a zero character (\\u0000), which no name, path or value can have.",
            place->line, place->column);
    case json_error_numeric_overflow:
        advice = "Write a smaller number.";
        break;
    default:
        /* What everybody runs into who writes a Windows path. */
        if (strncmp(place->text, "invalid escape", strlen("invalid escape")) == 0)
            advice = "In JSON a backslash is written twice; in a path / means the same.";
        break;
    }

    /* jansson's words end with a piece of the text in quotes of their own. */
    policy_show(place->text, found);
    return error_set(error, SBX_E_POLICY_SYNTAX, "Line %d, column %d: %.*s. %s", place->line, place->column,
                     (int)strlen(found) - 2, found + 1, advice);
}

sbx_status policy_parse(const char *text, size_t size, struct sbx_policy *policy, struct sbx_error *error)
{
    const struct policy_place place = {NULL, NULL, 0};
    struct sbx_policy made;
    struct jsontext read;
    json_error_t where;
    sbx_status status;

    if (!size)
        return error_set(error, SBX_E_POLICY_SYNTAX, "The policy is empty. %s", json_advice);
    if (size > POLICY_MOST_SIZE)
        return error_set(error, SBX_E_LIMIT, "The policy has %zu bytes; at most %d are read.", size,
                         POLICY_MOST_SIZE);

    /* Windows' editors put a mark in front of UTF-8, and PowerShell 5 does by its own -Encoding UTF8. */
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }

    status = check_text(text, size, error);
    if (status)
        return status;
    status = jsontext_read(text, size, &read, &where);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "the policy");
    if (status)
        return refuse_syntax(text, size, &where, error);

    status = policy_default(&made);
    if (status) {
        error_memory(error, "the policy");
        goto free_json;
    }
    status = policy_read_section(read.root, &place, &whole, &made, error);
    if (!status)
        status = check_conflicts(&made, error);
    if (status)
        goto free_made;

    *policy = made;
    jsontext_free(&read);
    return SBX_OK;

free_made:
    policy_free(&made);
free_json:
    jsontext_free(&read);
    return status;
}
