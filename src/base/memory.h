/*
 * memory.h - the one allocator of base, os and core.
 *
 * Running out of memory is an error like another: every function here may return NULL and every caller looks. Tests
 * install a hook that fails the Nth request; nothing else may allocate in these libraries (jansson is given the
 * same functions).
 */
#ifndef SBX_BASE_MEMORY_H
#define SBX_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *sbx_alloc(size_t size);                     /* zeroed; size 0 gives a pointer that can be freed */
void *sbx_alloc_array(size_t count, size_t size); /* zeroed; NULL when count * size overflows */
void *sbx_realloc(void *memory,
                  size_t size); /* the old block stays valid on failure; new bytes are not zeroed */
void sbx_free(void *memory);    /* NULL is fine */
char *sbx_strdup(const char *text);
char *sbx_strndup(const char *text, size_t size); /* copies exactly `size` bytes and ends them */

/* Makes it zero, also where the compiler sees that nobody reads it any more: for passwords. */
void sbx_wipe(void *memory, size_t size);

/*
 * Called before each request, on the thread that asks; returning true fails it. For tests, set while one thread runs; NULL takes it
 * out. Where others are started meanwhile (os/crew.h) it is called by several at once.
 */
typedef bool (*sbx_memory_hook)(void *context, size_t size);
void sbx_memory_set_hook(sbx_memory_hook hook, void *context);

#endif
