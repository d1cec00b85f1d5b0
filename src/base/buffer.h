/*
 * buffer.h - bytes that grow, with one check at the end.
 *
 * The first append that fails marks the buffer; later appends do nothing. So a serializer writes on and asks once
 * with buffer_failed. The content is always followed by a NUL that does not count, so text can be used as it is.
 */
#ifndef SBX_BASE_BUFFER_H
#define SBX_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sbx_buffer {
    uint8_t *data; /* NULL while empty and never grown */
    size_t size;   /* bytes in use */
    size_t capacity;
    bool failed;
};

#define SBX_BUFFER_EMPTY  \
    {                     \
        NULL, 0, 0, false \
    }

void buffer_free(struct sbx_buffer *buffer); /* leaves it empty and usable */
bool buffer_failed(const struct sbx_buffer *buffer);

void buffer_append(struct sbx_buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(struct sbx_buffer *buffer, const char *text);
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 2, 3)))
#elif defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void buffer_append_format(struct sbx_buffer *buffer, const char *format, ...);
void buffer_append_u16(struct sbx_buffer *buffer, uint16_t value); /* little-endian, as on the wire */
void buffer_append_u32(struct sbx_buffer *buffer, uint32_t value);
void buffer_append_u64(struct sbx_buffer *buffer, uint64_t value);
void buffer_remove_front(struct sbx_buffer *buffer, size_t size);

/* Hands the bytes (NUL-ended) to the caller, who frees them with sbx_free; NULL when failed. Empties the buffer. */
char *buffer_take(struct sbx_buffer *buffer, size_t *size /* may be NULL */);

/* The text as is, "" when empty. Valid until the next append. */
const char *buffer_text(const struct sbx_buffer *buffer);

#endif
