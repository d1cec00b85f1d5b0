/*
 * frame_fuzz.c - any bytes as the runner's channel, in any pieces: a frame is read the same however it was cut, a
 * message is read or refused, and what is read is written as the very bytes it was read from.
 *
 * The first byte of the input says how large the pieces are.
 */
#include "base/memory.h"
#include "core/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* One frame, kept: the decoder's own bytes move. */
struct kept {
    uint16_t type;
    uint32_t request;
    struct sbx_buffer payload;
};

struct kept_list {
    struct kept *items;
    size_t count;
    sbx_status end; /* what the decoder said when there was no more */
};

static void take_frames(struct frame_decoder *decoder, struct kept_list *list)
{
    struct frame frame;

    while ((list->end = frame_next(decoder, &frame, NULL)) == SBX_OK) {
        struct kept *items = realloc(list->items, (list->count + 1) * sizeof *items);

        must(items != NULL);
        list->items = items;
        items[list->count] = (struct kept){frame.type, frame.request, SBX_BUFFER_EMPTY};
        buffer_append(&items[list->count].payload, frame.payload, frame.payload_size);
        list->count++;
    }
    must(list->end == SBX_E_TIMEOUT || list->end == SBX_E_RUNNER_PROTOCOL);
}

static struct kept_list read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    struct kept_list list = {NULL, 0, SBX_E_TIMEOUT};

    for (size_t at = 0; at < size; at += piece) {
        /* A broken decoder may refuse more bytes; the channel is given up then. */
        if (frame_feed(&decoder, data + at, size - at < piece ? size - at : piece, NULL))
            break;
        take_frames(&decoder, &list);
    }
    frame_decoder_free(&decoder);
    return list;
}

static void free_list(struct kept_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        buffer_free(&list->items[i].payload);
    free(list->items);
}

static void same_lists(const struct kept_list *a, const struct kept_list *b)
{
    must(a->count == b->count && a->end == b->end);
    for (size_t i = 0; i < a->count; i++) {
        const struct kept *x = &a->items[i], *y = &b->items[i];

        must(x->type == y->type && x->request == y->request && x->payload.size == y->payload.size);
        must(!x->payload.size || !memcmp(x->payload.data, y->payload.data, x->payload.size));
    }
}

/* What was read is what is written, so no two spellings of one message exist. */
static void same_payload(const struct frame *frame, struct sbx_buffer *written)
{
    must(!buffer_failed(written) && written->size == frame->payload_size);
    must(!written->size || !memcmp(written->data, frame->payload, written->size));
    buffer_free(written);
}

#define TRY_MESSAGE(kind)                                 \
    do {                                                  \
        struct message_##kind message;                    \
        if (!message_get_##kind(frame, &message, NULL)) { \
            message_put_##kind(&written, &message);       \
            same_payload(frame, &written);                \
            message_free_##kind(&message);                \
        }                                                 \
    } while (0)

#define TRY_PLAIN_MESSAGE(kind)                           \
    do {                                                  \
        struct message_##kind message;                    \
        if (!message_get_##kind(frame, &message, NULL)) { \
            message_put_##kind(&written, &message);       \
            same_payload(frame, &written);                \
        }                                                 \
    } while (0)

/* Every decoder gets every frame: the type in the header is the sender's claim. */
static void read_messages(const struct frame *frame)
{
    struct sbx_buffer written = SBX_BUFFER_EMPTY;
    struct sbx_error received = {0};

    TRY_MESSAGE(hello);
    TRY_MESSAGE(launch);
    TRY_MESSAGE(launched);
    TRY_PLAIN_MESSAGE(exited);
    TRY_PLAIN_MESSAGE(terminate);
    if (frame->type == FRAME_PREPARE) {
        TRY_MESSAGE(prepare);
    }
    must(message_get_failed(frame, &received, NULL) || received.code != SBX_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kept_list whole, pieces;

    if (size < 1)
        return 0;
    whole = read_in_pieces(data + 1, size - 1, size);
    pieces = read_in_pieces(data + 1, size - 1, 1 + data[0]);
    same_lists(&whole, &pieces);

    for (size_t i = 0; i < whole.count; i++) {
        const struct kept *kept = &whole.items[i];
        const struct frame frame = {kept->type, kept->request, (const uint8_t *)kept->payload.data,
                                    kept->payload.size};

        read_messages(&frame);
    }
    free_list(&whole);
    free_list(&pieces);
    return 0;
}
