/*
 * memory.c - the one allocator, over the C library's.
 */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static sbx_memory_hook memory_hook;
static void *memory_hook_context;

void sbx_memory_set_hook(sbx_memory_hook hook, void *context)
{
    memory_hook = hook;
    memory_hook_context = context;
}

/* No object can be larger than PTRDIFF_MAX; some allocators take such a request for a bug and abort. */
static bool is_refused(size_t size)
{
    return size > PTRDIFF_MAX || (memory_hook && memory_hook(memory_hook_context, size));
}

void *sbx_alloc(size_t size)
{
    if (is_refused(size))
        return NULL;
    return calloc(1, size ? size : 1);
}

void *sbx_alloc_array(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return sbx_alloc(count * size);
}

void *sbx_realloc(void *memory, size_t size)
{
    if (is_refused(size))
        return NULL;

    /* realloc of 0 bytes may free the block and return NULL, which would look like a failure that keeps it. */
    return realloc(memory, size ? size : 1);
}

void sbx_free(void *memory)
{
    free(memory);
}

void sbx_wipe(void *memory, size_t size)
{
    volatile unsigned char *bytes = memory;

    while (size-- > 0)
        *bytes++ = 0;
}

char *sbx_strdup(const char *text)
{
    return sbx_strndup(text, strlen(text));
}

char *sbx_strndup(const char *text, size_t size)
{
    char *copy;

    if (size == SIZE_MAX)
        return NULL;

    copy = sbx_alloc(size + 1);
    if (copy && size)
        memcpy(copy, text, size);
    return copy;
}
