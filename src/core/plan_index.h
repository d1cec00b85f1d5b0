/*
 * plan_index.h - paths by their text, so that a plan for thousands of them asks for the folder above in no time.
 *
 * Private to plan*.c. Paths as the host or path_absolute give them; ASCII letters in any case.
 */
#ifndef SBX_CORE_PLAN_INDEX_H
#define SBX_CORE_PLAN_INDEX_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PLAN_NONE SIZE_MAX

struct plan_index {
    struct plan_index_slot *slots;
    size_t slot_count; /* a power of two */
};

/* Room for `most` paths. SBX_E_MEMORY. Freed with plan_index_free. */
sbx_status plan_index_make(size_t most, struct plan_index *index);
void plan_index_free(struct plan_index *index);

/* The path itself is not copied. False: it is there already, with another value. */
bool plan_index_add(struct plan_index *index, const char *path, size_t size, size_t value);

/* PLAN_NONE: not there. */
size_t plan_index_find(const struct plan_index *index, const char *path, size_t size);

/* How much of the path names the folder above: "C:\a" of "C:\a\b", "C:\" of "C:\a", 0 of "C:\". */
size_t plan_parent_size(const char *path, size_t size);

#endif
