/*
 * policy_read.h - values of a policy, read by the rules that a table gives them.
 *
 * Each reader takes one JSON value to one place in a structure, or refuses it with SBX_E_POLICY_VALUE and a
 * text that begins with the value's JSON pointer (RFC 6901) and says what would be right. Only policy_parse.c
 * includes this.
 */
#ifndef SBX_CORE_POLICY_READ_H
#define SBX_CORE_POLICY_READ_H

#include "core/policy_fault.h"

#include "base/status.h"

#include <jansson.h>

#define POLICY_MOST_ENTRIES 1024 /* of one list */

/* Where a value stands: the way up to the whole text. */
struct policy_place {
    const struct policy_place *up; /* NULL: this is the whole text */
    const char *key;               /* NULL: an entry of a list */
    size_t index;
};

/*
 * `rule` is what the table says of the key, `target` where the value goes; an SBX_E_MEMORY is possible as
 * well.
 */
typedef sbx_status (*policy_reader)(const json_t *value, const struct policy_place *at, const void *rule,
                                    void *target, struct sbx_error *error);

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
    const char *(*fault)(const char *text); /* policy_fault.h */
    bool hidden;                            /* not to be quoted: it may be a secret */
};

struct policy_list_rule {
    const char *wanted;
    const char *(*fault)(const char *text); /* of each entry; NULL: they are paths */
    enum path_kind paths;
};

/*
 * Rules: of a word the words of an enumeration in its order, NULL at the end; else the structure that is
 * named like the reader.
 */
sbx_status policy_read_section(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct sbx_error *error);
sbx_status policy_read_word(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct sbx_error *error); /* an enumeration */
sbx_status policy_read_u32(const json_t *value, const struct policy_place *at, const void *rule, void *target,
                           struct sbx_error *error);
sbx_status policy_read_port(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct sbx_error *error); /* uint16_t */
sbx_status policy_read_minutes(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct sbx_error *error); /* double */
sbx_status policy_read_text(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct sbx_error *error); /* char *, what was there is freed */
sbx_status policy_read_list(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target,
                            struct sbx_error *error); /* struct sbx_strings, what was there is freed */

/* For readers that policy_parse.c adds. The text goes behind "POINTER: ". */
#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 4, 5)))
#elif defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
sbx_status
policy_refuse(const struct policy_place *at, struct sbx_error *error, sbx_status code, const char *format,
              ...);
sbx_status policy_wrong_type(const json_t *value, const struct policy_place *at, const char *wanted,
                             struct sbx_error *error);
sbx_status policy_too_many(size_t count, const struct policy_place *at, struct sbx_error *error);

/*
 * Somebody's text in double quotes as a message can bear it: at most 80 bytes and "...", control characters
 * as JSON writes them. Returns `shown`.
 */
#define POLICY_MOST_SHOWN 80
#define POLICY_SHOWN_SIZE (6 * POLICY_MOST_SHOWN + 8)
const char *policy_show(const char *text, char shown[POLICY_SHOWN_SIZE]);

#endif
