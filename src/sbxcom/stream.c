/*
 * stream.c - the byte queue of pipes.
 */
#include "sbxcom/stream.h"

#include "base/memory.h"

#include <string.h>

/*
 * Most commands say little: the first piece is small. A read that fills its room calls for a larger one, up to what a pipe
 * can give at once. Both sizes leave room for headers below a power of two, which allocators like.
 */
#define LEAST_PIECE_SIZE (16 * 1024 - 64)
#define MOST_PIECE_SIZE  (256 * 1024 - 64)

struct stream_piece {
    struct stream_piece *next;
    size_t start; /* first byte held */
    size_t end;   /* behind the last one */
    size_t capacity;
    uint8_t bytes[];
};

static struct stream_piece *piece_make(size_t capacity)
{
    /* Not sbx_alloc: there is no sense in zeroing what a read overwrites. */
    struct stream_piece *piece = sbx_realloc(NULL, sizeof *piece + capacity);

    if (piece)
        *piece = (struct stream_piece){.capacity = capacity};
    return piece;
}

static void add_last(struct stream *stream, struct stream_piece *piece)
{
    if (stream->last)
        stream->last->next = piece;
    else
        stream->first = piece;
    stream->last = piece;
}

static void free_first(struct stream *stream)
{
    struct stream_piece *piece = stream->first;

    stream->first = piece->next;
    if (!stream->first)
        stream->last = NULL;
    if (!stream->spare && piece->capacity == stream->piece_size)
        stream->spare = piece; /* a busy stream needs the next one at once; fresh memory costs page faults */
    else
        sbx_free(piece);
}

static struct stream_piece *take_spare(struct stream *stream)
{
    struct stream_piece *piece = stream->spare;

    stream->spare = NULL;
    if (piece)
        *piece = (struct stream_piece){.capacity = piece->capacity};
    return piece;
}

/* An empty first piece is of no use, unless a read fills it. */
static void free_empty(struct stream *stream)
{
    while (stream->first && stream->first->start == stream->first->end &&
           !(stream->reserved && stream->first == stream->last))
        free_first(stream);
}

void stream_end(struct stream *stream)
{
    stream->piece_size = 0;
    sbx_free(stream->spare);
    stream->spare = NULL;
}

void stream_clear(struct stream *stream)
{
    stream_end(stream);
    if (stream->reserved)
        stream->last->start = stream->last->end;
    while (stream->first && !(stream->reserved && stream->first == stream->last))
        free_first(stream);
    stream->size = 0;
    stream->searched = 0;
}

bool stream_append(struct stream *stream, const void *bytes, size_t size)
{
    struct stream_piece *last = stream->last;
    size_t room = last ? last->capacity - last->end : 0;
    size_t head = size < room ? size : room;
    struct stream_piece *piece = NULL;

    /* What does not fit into the last piece gets one of its own: there is one allocation, which may fail. */
    if (size > head) {
        piece = piece_make(size - head > LEAST_PIECE_SIZE ? size - head : LEAST_PIECE_SIZE);
        if (!piece)
            return false;
        memcpy(piece->bytes, (const uint8_t *)bytes + head, size - head);
        piece->end = size - head;
    }
    if (head) {
        memcpy(last->bytes + last->end, bytes, head);
        last->end += head;
    }
    if (piece)
        add_last(stream, piece);
    stream->size += size;
    return true;
}

void *stream_reserve(struct stream *stream, size_t *room)
{
    struct stream_piece *piece = stream->last;

    if (!piece || piece->capacity - piece->end < piece->capacity / 4 ||
        piece->capacity < stream->piece_size) {
        piece = take_spare(stream);
        if (!piece)
            piece = piece_make(stream->piece_size ? stream->piece_size : LEAST_PIECE_SIZE);
        if (!piece)
            return NULL;
        add_last(stream, piece);
    }
    stream->reserved = piece->capacity - piece->end;
    *room = stream->reserved;
    return piece->bytes + piece->end;
}

void stream_commit(struct stream *stream, size_t size)
{
    if (size && size == stream->reserved && stream->last->capacity < MOST_PIECE_SIZE)
        stream->piece_size =
            stream->last->capacity * 4 < MOST_PIECE_SIZE ? stream->last->capacity * 4 : MOST_PIECE_SIZE;
    stream->reserved = 0;
    stream->last->end += size;
    stream->size += size;
    free_empty(stream);
}

const void *stream_front(const struct stream *stream, size_t *size)
{
    const struct stream_piece *piece = stream->first;

    if (stream->size == 0)
        return NULL;
    while (piece->start == piece->end)
        piece = piece->next;
    *size = piece->end - piece->start;
    return piece->bytes + piece->start;
}

void stream_drop(struct stream *stream, size_t size)
{
    stream->size -= size;
    stream->searched -= stream->searched < size ? stream->searched : size;
    while (size > 0) {
        struct stream_piece *piece = stream->first;
        size_t here = piece->end - piece->start;

        if (here > size)
            here = size;
        piece->start += here;
        size -= here;
        if (size > 0)
            free_first(stream);
    }
    free_empty(stream);
}

bool stream_take(struct stream *stream, size_t size, struct sbx_buffer *out)
{
    size_t before = out->size;
    size_t left = size;

    /* A whole collected output at once: one allocation of its size, not a dozen that grow towards it. */
    if (!out->data && !out->failed && size > LEAST_PIECE_SIZE) {
        out->data = sbx_realloc(NULL, size + 1);
        if (!out->data)
            return false;
        out->capacity = size + 1;
    }

    for (const struct stream_piece *piece = stream->first; left > 0; piece = piece->next) {
        size_t here = piece->end - piece->start;

        if (here > left)
            here = left;
        buffer_append(out, piece->bytes + piece->start, here);
        left -= here;
    }
    if (buffer_failed(out)) {
        out->size = before;
        out->failed = false;
        return false;
    }
    stream_drop(stream, size);
    return true;
}

size_t stream_line(struct stream *stream)
{
    size_t before = 0; /* bytes in the pieces before this one */

    for (const struct stream_piece *piece = stream->first; piece; piece = piece->next) {
        size_t here = piece->end - piece->start;

        if (before + here > stream->searched) {
            size_t skip = stream->searched > before ? stream->searched - before : 0;
            const uint8_t *from = piece->bytes + piece->start + skip;
            const uint8_t *found = memchr(from, '\n', here - skip);

            if (found) {
                size_t line_size = before + skip + (size_t)(found - from) + 1;

                stream->searched = line_size - 1; /* the next look finds it again at once */
                return line_size;
            }
        }
        before += here;
    }
    stream->searched = stream->size;
    return 0;
}

bool stream_unread(struct stream *stream, const void *bytes, size_t size)
{
    struct stream_piece *first = stream->first;

    if (size == 0)
        return true;
    if (!first || first->start < size) {
        first = piece_make(size);
        if (!first)
            return false;
        first->start = first->end = size;
        first->next = stream->first;
        stream->first = first;
        if (!stream->last)
            stream->last = first;
    }
    first->start -= size;
    memcpy(first->bytes + first->start, bytes, size);
    stream->size += size;
    stream->searched = 0;
    return true;
}
