/*
 * stream.h - bytes on their way between a pipe and a client, first in, first out.
 *
 * A list of pieces that never move: a pending read fills the end in place, a pending write takes from the front in
 * place, and meanwhile the other side may go on. Not synchronized: the owner's lock guards every call.
 */
#ifndef SBX_SBXCOM_STREAM_H
#define SBX_SBXCOM_STREAM_H

#include "base/buffer.h"

struct stream_piece;

struct stream {
    struct stream_piece *first;
    struct stream_piece *last;
    size_t size;                /* bytes held */
    size_t searched;            /* of these, from the front, in which no \n was found yet */
    size_t reserved;            /* room in the last piece that a pending read fills; 0: none is pending */
    size_t piece_size;          /* of the next piece for reads; 0: the least */
    struct stream_piece *spare; /* of that size, or NULL */
};

/*
 * Frees everything but a piece with a read pending: that one stays until stream_commit, so a stream is empty for good
 * after stream_clear and the commit of its last read.
 */
void stream_clear(struct stream *stream);

/* No more reads will come: what is held stays, what is kept for them goes. */
void stream_end(struct stream *stream);

/* Copies to the end; false without memory, then nothing was added. Not between reserve and commit. */
bool stream_append(struct stream *stream, const void *bytes, size_t size);

/*
 * Room at the end for a read, 4 KiB to 256 KiB as the stream shows that it needs; NULL without memory. Stays put until
 * the commit.
 */
void *stream_reserve(struct stream *stream, size_t *room);
/* `size` bytes of the room were filled; 0 gives the room back. */
void stream_commit(struct stream *stream, size_t size);

/* The first bytes in one run, for a write; NULL when empty. They stay put until they are dropped. */
const void *stream_front(const struct stream *stream, size_t *size);
void stream_drop(struct stream *stream, size_t size);

/* Moves the first `size` bytes to the end of `out`. False without memory: nothing was moved. */
bool stream_take(struct stream *stream, size_t size, struct sbx_buffer *out);

/* How many bytes up to and with the first \n; 0: there is none. Looks at no byte twice. */
size_t stream_line(struct stream *stream);

/* Puts bytes back in front of everything; false without memory. */
bool stream_unread(struct stream *stream, const void *bytes, size_t size);

#endif
