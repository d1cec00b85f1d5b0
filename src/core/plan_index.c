/*
 * plan_index.c - a hash table of paths.
 */
#include "core/plan_index.h"

#include "base/memory.h"

#include <stdint.h>

struct plan_index_slot {
    const char *path; /* NULL: empty */
    size_t size;
    size_t value;
};

static char folded(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* FNV-1a. */
static size_t hash_of(const char *path, size_t size)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)folded(path[i])) * 16777619u;
    return hash;
}

static bool is_path(const struct plan_index_slot *slot, const char *path, size_t size)
{
    if (slot->size != size)
        return false;
    for (size_t i = size; i-- > 0;) /* from the end: that is where paths differ */
        if (folded(slot->path[i]) != folded(path[i]))
            return false;
    return true;
}

static struct plan_index_slot *slot_of(const struct plan_index *index, const char *path, size_t size)
{
    size_t at = hash_of(path, size) & (index->slot_count - 1);

    while (index->slots[at].path && !is_path(&index->slots[at], path, size))
        at = (at + 1) & (index->slot_count - 1);
    return &index->slots[at];
}

sbx_status plan_index_make(size_t most, struct plan_index *index)
{
    size_t count = 16;

    while (count / 2 < most && count < SIZE_MAX / 2)
        count *= 2;
    index->slots = sbx_alloc_array(count, sizeof *index->slots);
    if (!index->slots)
        return SBX_E_MEMORY;
    index->slot_count = count;
    return SBX_OK;
}

void plan_index_free(struct plan_index *index)
{
    sbx_free(index->slots);
    index->slots = NULL;
    index->slot_count = 0;
}

bool plan_index_add(struct plan_index *index, const char *path, size_t size, size_t value)
{
    struct plan_index_slot *slot = slot_of(index, path, size);

    if (slot->path)
        return false;
    *slot = (struct plan_index_slot){path, size, value};
    return true;
}

size_t plan_index_find(const struct plan_index *index, const char *path, size_t size)
{
    const struct plan_index_slot *slot = slot_of(index, path, size);

    return slot->path ? slot->value : PLAN_NONE;
}

size_t plan_parent_size(const char *path, size_t size)
{
    size_t above = size;

    while (above > 0 && path[above - 1] != '\\')
        above--;
    if (above == 3 && path[1] == ':') /* "C:\" keeps its separator, and nothing is above it */
        return size > 3 ? 3 : 0;
    return above ? above - 1 : 0;
}
