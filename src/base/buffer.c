/*
 * buffer.c - bytes that grow.
 */
#include "base/buffer.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY 64

void buffer_free(struct sbx_buffer *buffer)
{
    const struct sbx_buffer empty = SBX_BUFFER_EMPTY;

    sbx_free(buffer->data);
    *buffer = empty;
}

bool buffer_failed(const struct sbx_buffer *buffer)
{
    return buffer->failed;
}

/* Makes room for `more` bytes and the NUL behind them. Marks the buffer when there is none. */
static bool reserve(struct sbx_buffer *buffer, size_t more)
{
    size_t needed;
    size_t capacity;
    uint8_t *data;

    if (buffer->failed)
        return false;

    if (more >= SIZE_MAX - buffer->size)
        goto fail;
    needed = buffer->size + more + 1;
    if (needed <= buffer->capacity)
        return true;

    capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;

    data = sbx_realloc(buffer->data, capacity);
    if (!data)
        goto fail;

    buffer->data = data;
    buffer->capacity = capacity;
    return true;

fail:
    buffer->failed = true;
    return false;
}

void buffer_append(struct sbx_buffer *buffer, const void *bytes, size_t size)
{
    if (!reserve(buffer, size))
        return;
    if (size)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = 0;
}

void buffer_append_text(struct sbx_buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_format(struct sbx_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        buffer->failed = true;
        return;
    }

    if (!reserve(buffer, (size_t)size))
        return;

    va_start(arguments, format);
    vsnprintf((char *)buffer->data + buffer->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)size;
}

static void append_little_endian(struct sbx_buffer *buffer, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    buffer_append(buffer, bytes, size);
}

void buffer_append_u16(struct sbx_buffer *buffer, uint16_t value)
{
    append_little_endian(buffer, value, sizeof value);
}

void buffer_append_u32(struct sbx_buffer *buffer, uint32_t value)
{
    append_little_endian(buffer, value, sizeof value);
}

void buffer_append_u64(struct sbx_buffer *buffer, uint64_t value)
{
    append_little_endian(buffer, value, sizeof value);
}

void buffer_remove_front(struct sbx_buffer *buffer, size_t size)
{
    if (!buffer->data)
        return;
    if (size > buffer->size)
        size = buffer->size;
    buffer->size -= size;
    memmove(buffer->data, buffer->data + size, buffer->size + 1);
}

char *buffer_take(struct sbx_buffer *buffer, size_t *size)
{
    const struct sbx_buffer empty = SBX_BUFFER_EMPTY;
    char *taken;

    if (!reserve(buffer, 0)) {
        buffer_free(buffer);
        return NULL;
    }

    taken = (char *)buffer->data;
    taken[buffer->size] = '\0';
    if (size)
        *size = buffer->size;
    *buffer = empty;
    return taken;
}

const char *buffer_text(const struct sbx_buffer *buffer)
{
    return buffer->data ? (const char *)buffer->data : "";
}
