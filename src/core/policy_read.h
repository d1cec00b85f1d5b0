/*
 * policy_read.h - values of a policy, read by the rules that a table gives them.
 *
 * Each reader takes one JSON value to one place in a structure, or adds to the problems what is wrong with it
 * and goes on: all mistakes of a text are found in one reading. So a reader's status says nothing of the
 * policy: it is SBX_OK or SBX_E_MEMORY. What was filled after a problem may be freed and nothing else. Only
 * policy_parse.c and policy_conflict.c include this.
 */
#ifndef SBX_CORE_POLICY_READ_H
#define SBX_CORE_POLICY_READ_H

#include "core/policy_fault.h"
#include "core/policy_problem.h"

#include <jansson.h>

#define POLICY_MOST_ENTRIES 1024 /* of one list */

/* Where a value stands: the way up to the whole text. */
struct policy_place {
    const struct policy_place *up; /* NULL: this is the whole text */
    const char *key;               /* NULL: an entry of a list */
    size_t index;
    bool key_is_wrong; /* problems are the key's, not the value's */
};

/* `rule` is what the table says of the key, `target` where the value goes. */
typedef sbx_status (*policy_reader)(const json_t *value, const struct policy_place *at, const void *rule,
                                    void *target, struct policy_problems *problems);

struct policy_key {
    const char *name;
    policy_reader read;
    size_t offset; /* of the value in what the table describes */
    const void *rule;
};

/* An object: read_section's rule. */
#define POLICY_MOST_KEYS 16
struct policy_section {
    const struct policy_key *keys;
    size_t count;       /* at most POLICY_MOST_KEYS */
    const char *wanted; /* "an object ...", for somebody who wrote something else */
};

/* A whole number, or minutes: from least to most; minutes above least, which need not be whole. */
struct policy_range {
    json_int_t least, most;
};

struct policy_text_rule {
    const char *wanted;
    struct policy_fault (*fault)(const char *text); /* policy_fault.h */
    bool hidden;                                    /* not to be quoted: it may be a secret */
};

struct policy_list_rule {
    const char *wanted;
    struct policy_fault (*fault)(const char *text); /* of each entry; NULL: they are paths */
    enum path_kind paths;
};

/*
 * Rules: of a word the words of an enumeration in its order, NULL at the end; else the structure that is
 * named like the reader. A list keeps "" in the place of an entry that was refused.
 */
sbx_status policy_read_section(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct policy_problems *problems);
sbx_status policy_read_word(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct policy_problems *problems); /* an enumeration */
sbx_status policy_read_u32(const json_t *value, const struct policy_place *at, const void *rule, void *target,
                           struct policy_problems *problems);
sbx_status policy_read_port(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct policy_problems *problems); /* uint16_t */
sbx_status policy_read_minutes(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct policy_problems *problems); /* double */
sbx_status policy_read_text(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target,
                            struct policy_problems *problems); /* char *, what was there is freed */
sbx_status policy_read_list(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target,
                            struct policy_problems *problems); /* struct sbx_strings, the same */

/*
 * For readers that are added: a problem at a place. `fix` is a whole sentence, what the format makes is one, too.
 */
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 5, 6)))
#elif defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
sbx_status
policy_refuse(const struct policy_place *at, struct policy_problems *problems, sbx_status code,
              const char *fix, const char *format, ...);
sbx_status policy_wrong_type(const json_t *value, const struct policy_place *at, const char *wanted,
                             struct policy_problems *problems);
sbx_status policy_too_many(size_t count, const struct policy_place *at, struct policy_problems *problems);

#endif
