/*
 * policy.h - policy text, version 1, to a checked structure.
 *
 * jansson reads the syntax (line and column of the first mistake), this module the meaning (JSON pointer of
 * the value, what is allowed there, the nearest known word). Every key is optional and its default is the
 * strict one; an unknown key, a repeated key, a wrong type, a relative path is an error. Nothing that is read
 * is ignored: what a build cannot honour yet, policy_check_built refuses. The table of keys is in README.md
 * beside this file.
 */
#ifndef SBX_CORE_POLICY_H
#define SBX_CORE_POLICY_H

#include "base/buffer.h"
#include "base/text.h"
#include "core/findings.h"
#include "core/policy_problem.h"

enum sbx_level { SBX_LEVEL_AUTO, SBX_LEVEL_RESTRICTED, SBX_LEVEL_ELEVATED };
enum sbx_token { SBX_TOKEN_AUTO, SBX_TOKEN_FILTERED, SBX_TOKEN_WRITE_RESTRICTED, SBX_TOKEN_FULLY_RESTRICTED };
enum sbx_network { SBX_NETWORK_NONE, SBX_NETWORK_GRANTS, SBX_NETWORK_ANY };
enum sbx_localhost { SBX_LOCALHOST_NONE, SBX_LOCALHOST_EPHEMERAL };
enum sbx_on_planted { SBX_PLANTED_REPORT, SBX_PLANTED_MOVE };
enum sbx_desktop { SBX_DESKTOP_PRIVATE, SBX_DESKTOP_SHARED };
enum sbx_transcript_output { SBX_TRANSCRIPT_FULL, SBX_TRANSCRIPT_NONE };

struct policy_grant {
    char *host;
    uint16_t port;
    double minutes;
    char *command; /* pattern, NULL: any */
};

struct policy_variable {
    char *name;
    char *value;
};

struct sbx_policy {
    enum sbx_level level;
    enum sbx_token token;
    struct {
        struct sbx_strings write, read, deny, protect; /* as written, presets not expanded */
        enum sbx_on_planted on_planted;
    } files;
    struct {
        enum sbx_network mode;
        enum sbx_localhost localhost;
        struct policy_grant *allow;
        size_t allow_count;
    } network;
    struct {
        uint32_t memory_mb; /* MiB, 0 never */
        uint32_t processes;
        uint32_t cpu_percent; /* 1..100 */
        uint32_t seconds;
        uint32_t output_mb; /* MiB of stdout and stderr together */
    } limits;
    struct {
        struct sbx_strings inherit; /* names, patterns allowed */
        struct policy_variable *set;
        size_t set_count;
        struct sbx_strings deny; /* patterns; beat inherit, never `set` */
    } environment;
    enum sbx_desktop desktop;
    enum sbx_assurance require[SBX_DOMAIN_COUNT];
    enum sbx_transcript_output transcript_output;
    /*
     * No key: the file that it was read from, as its reader named it; NULL: none. Commands that could write it would choose the next
     * session's policy, so a boundary protects it. Whoever reads a file puts it here; edits and copies keep it.
     */
    char *source;
};

/* The strict default. The caller frees with policy_free. SBX_E_MEMORY. */
sbx_status policy_default(struct sbx_policy *policy);

/*
 * Reads a policy. `text` need not be NUL-ended and must be UTF-8. SBX_E_POLICY_SYNTAX (the text names line
 * and column), SBX_E_POLICY_VALUE (JSON pointer, what is allowed, nearest word), SBX_E_POLICY_CONFLICT,
 * SBX_E_LIMIT over POLICY_MOST_SIZE, SBX_E_MEMORY: the first problem that policy_validate finds. *policy is
 * untouched on failure.
 */
#define POLICY_MOST_SIZE (1024 * 1024)
sbx_status policy_parse(const char *text, size_t size, struct sbx_policy *policy, struct sbx_error *error);

/*
 * Every problem of a text, in the text's order; none where policy_parse would take it. An error of syntax hides what
 * comes behind it, but for repeated keys. The caller frees *problems with policy_problems_free. SBX_E_MEMORY
 * alone; then *problems is untouched.
 */
sbx_status policy_validate(const char *text, size_t size, struct policy_problems *problems,
                           struct sbx_error *error);

/*
 * Appends the canonical text: the whole policy, defaults spelled out, keys in the order of the README, two blanks a
 * level, one line end at the end. policy_parse makes the same policy of it.
 */
void policy_write(const struct sbx_policy *policy, struct sbx_buffer *out);

sbx_status policy_copy(const struct sbx_policy *from, struct sbx_policy *to);
void policy_free(struct sbx_policy *policy); /* leaves it zeroed */

/*
 * Refuses every value that this version reads but cannot honour yet: SBX_E_NOT_BUILT naming the JSON pointer
 * and the one value that works. The restricted level with its default recipe, and everything README.md marks
 * as enforced or reported, passes.
 */
sbx_status policy_check_built(const struct sbx_policy *policy, struct sbx_error *error);

/*
 * Refuses what the level that the session comes to cannot give: SBX_E_POLICY_CONFLICT with the JSON pointer, at the restricted
 * level for token filtered, network.mode any and network.localhost ephemeral. `level` is never auto.
 */
sbx_status policy_check_level(const struct sbx_policy *policy, enum sbx_level level, struct sbx_error *error);

const char *level_name(enum sbx_level level); /* "auto", "restricted", "elevated" */
const char *token_name(enum sbx_token token);

#endif
