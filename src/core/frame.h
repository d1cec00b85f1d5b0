/*
 * frame.h - the runner's protocol on the wire: bounded frames with a fixed header.
 *
 *     0   u32 magic and version   'S' 'B' 'X' and the protocol's version
 *     4   u32 payload size        at most FRAME_MOST_SIZE
 *     8   u16 type                enum frame_type
 *     10  u16 reserved            0
 *     12  u32 request id          chosen by the caller; answers carry it back; 0 where there is none
 *
 * All little-endian. One codec for both sides; a receiver that meets anything else gives up the channel
 * (SBX_E_RUNNER_PROTOCOL), it never resynchronizes.
 */
#ifndef SBX_CORE_FRAME_H
#define SBX_CORE_FRAME_H

#include "base/buffer.h"
#include "base/status.h"

#define FRAME_PROTOCOL_VERSION 1
#define FRAME_HEADER_SIZE      16
#define FRAME_MOST_SIZE        1048576u /* bytes of a payload: command line and environment fit many times */

enum frame_type {
    /* caller to runner */
    FRAME_HELLO = 1,
    FRAME_PREPARE,
    FRAME_LAUNCH,
    FRAME_TERMINATE,
    FRAME_INTERRUPT,
    FRAME_CLOSE,
    FRAME_RESIZE, /* and on to a terminal's second stage */
    /* runner to second stage */
    FRAME_ATTACH,
    FRAME_RESUME,
    /* runner to caller */
    FRAME_READY = 64,
    FRAME_PREPARED,
    FRAME_LAUNCHED,
    FRAME_EXITED,
    FRAME_FAILED,
    FRAME_DONE,
    /* second stage to runner, which also gets FRAME_DONE and FRAME_FAILED from it */
    FRAME_ATTACHED,
};

struct frame {
    uint16_t type;
    uint32_t request;
    const uint8_t *payload; /* inside the decoder's buffer: valid until the next call */
    size_t payload_size;
};

/* Appends one whole frame. SBX_E_LIMIT when the payload is too large, SBX_E_MEMORY. */
sbx_status frame_encode(struct sbx_buffer *out, uint16_t type, uint32_t request, const void *payload,
                        size_t payload_size, struct sbx_error *error);

/*
 * Takes bytes as they come, in any pieces. frame_next: SBX_OK with a frame, SBX_E_TIMEOUT (no text) when more
 * bytes are needed, SBX_E_RUNNER_PROTOCOL for ever after the first malformed header.
 */
struct frame_decoder {
    struct sbx_buffer bytes;
    size_t consumed;
    bool broken;
};
#define FRAME_DECODER_EMPTY        \
    {                              \
        SBX_BUFFER_EMPTY, 0, false \
    }
void frame_decoder_free(struct frame_decoder *decoder);
sbx_status frame_feed(struct frame_decoder *decoder, const void *bytes, size_t size, struct sbx_error *error);
sbx_status frame_next(struct frame_decoder *decoder, struct frame *frame, struct sbx_error *error);

#endif
