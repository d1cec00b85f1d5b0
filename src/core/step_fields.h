/*
 * step_fields.h - what each kind of step consists of, as tables: one for copying, comparing, freeing, writing and reading.
 *
 * Private to step.c and step_json.c.
 */
#ifndef SBX_CORE_STEP_FIELDS_H
#define SBX_CORE_STEP_FIELDS_H

#include "core/step.h"

enum step_field_kind {
    FIELD_TEXT,   /* char *, owned; NULL counts as "" */
    FIELD_ID,     /* char[40], lower-case hexadecimal digits */
    FIELD_IDS,    /* struct sbx_strings of such */
    FIELD_BOOL,   /* bool */
    FIELD_NUMBER, /* unsigned, of `size` bytes, at most `most` */
    FIELD_WORD,   /* an enum, as one of `most` words */
    FIELD_SID,    /* struct sid */
    FIELD_LIST,   /* pointer to `*count` elements of `shape`, owned */
};

struct step_shape;

struct step_field {
    const char *key;
    enum step_field_kind kind;
    size_t offset;
    uint32_t most;
    size_t size;
    size_t count_offset; /* of a list's size_t */
    const struct step_shape *shape;
    const char *const *words;
    bool another_name; /* does not count in comparisons */
};

struct step_shape {
    size_t size; /* bytes of a list's element */
    const struct step_field *fields;
    size_t field_count;
};

/* Offsets are from the step's own beginning. */
const struct step_shape *step_shape(enum step_kind kind);

void step_shape_free(const struct step_shape *shape, void *object); /* what it owns */
bool step_kind_is_files(enum step_kind kind);

/* Entries of one SID, of the kind's type and nothing that only the system sets; steps of other kinds are fine. NULL, or why not. */
const char *step_entries_fault(const struct step *step);

#endif
