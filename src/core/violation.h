/*
 * violation.h - what a command did, or seems to have done, that the policy does not want: for people and scripts.
 *
 * Pure data. Who finds violations is core/planted, after each command; the engine keeps them in the order in which
 * they were found (engine_violations, engine_run_violations); COM shows them (Query("violations"),
 * Result.Violations).
 */
#ifndef SBX_CORE_VIOLATION_H
#define SBX_CORE_VIOLATION_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct json_t;

enum violation_kind {
    VIOLATION_PLANTED,   /* something stands on a protected or denied name where there was nothing */
    VIOLATION_REPLACED,  /* another object stands where a protected or denied one stood */
    VIOLATION_REMOVED,   /* a protected or denied one is gone */
    VIOLATION_UNCHECKED, /* whether any of these happened could not be looked at */
    VIOLATION_KIND_COUNT,
};

/* "planted", "replaced", "removed", "unchecked". Constant. */
const char *violation_kind_name(enum violation_kind kind);

struct violation {
    enum violation_kind kind;
    char *path;       /* what it is about, where it was found; owned texts, "" never NULL */
    char *moved_to;   /* where it lies now (files.onPlanted "move"); "": where it was found */
    uint32_t process; /* the session's id of the command after which it was seen; 0: of none */
    char *rule;       /* JSON pointer of the policy's value, "/files/protect/0" */
    int64_t utc_ms;   /* when it was seen */
    char *text;       /* all of it in one sentence or two */
    char *fix;        /* what to do */
};

struct violations {
    struct violation *items;
    size_t count;
};

void violations_free(struct violations *violations); /* leaves it empty */

/* A copy of `violation` at the end (NULL texts count as ""). SBX_E_MEMORY, then nothing was added. */
sbx_status violations_add(struct violations *violations, const struct violation *violation);

/* Copies of `from`'s, from number `first` on, to the end. All of them or, SBX_E_MEMORY, none. */
sbx_status violations_append(struct violations *violations, const struct violations *from, size_t first);

/* An object for the transcript: kind, path, movedTo (where it was moved), process, rule, time, text, fix. NULL without memory. */
struct json_t *violation_as_json(const struct violation *violation);

#endif
