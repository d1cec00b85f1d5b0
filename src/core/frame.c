/*
 * frame.c - the header in front of every message, written and checked in one place each.
 */
#include "core/frame.h"

#include <string.h>

static const uint8_t magic[] = {'S', 'B', 'X'};

static uint32_t read_little_endian(const uint8_t *bytes, size_t size)
{
    uint32_t value = 0;

    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static bool is_known_type(uint32_t type)
{
    return (type >= FRAME_HELLO && type <= FRAME_RESUME) || (type >= FRAME_READY && type <= FRAME_ATTACHED);
}

sbx_status frame_encode(struct sbx_buffer *out, uint16_t type, uint32_t request, const void *payload,
                        size_t payload_size, struct sbx_error *error)
{
    size_t size = out->size;

    if (payload_size > FRAME_MOST_SIZE)
        return error_set(error, SBX_E_LIMIT,
                         "A message to or from the command runner would be %zu bytes, %u is the most. Give "
                         "the command a shorter command line or a smaller environment.",
                         payload_size, FRAME_MOST_SIZE);
    if (buffer_failed(out))
        return error_memory(error, "a frame");

    buffer_append(out, magic, sizeof magic);
    buffer_append(out, &(uint8_t){FRAME_PROTOCOL_VERSION}, 1);
    buffer_append_u32(out, (uint32_t)payload_size);
    buffer_append_u16(out, type);
    buffer_append_u16(out, 0);
    buffer_append_u32(out, request);
    buffer_append(out, payload, payload_size);
    if (!buffer_failed(out))
        return SBX_OK;

    /*
     * Half a frame would desynchronize the channel, and what was queued before is still good: take the half
     * back.
     */
    out->size = size;
    out->failed = false;
    if (out->data)
        out->data[size] = 0;
    return error_memory(error, "a frame");
}

void frame_decoder_free(struct frame_decoder *decoder)
{
    buffer_free(&decoder->bytes);
    decoder->consumed = 0;
    decoder->broken = false;
}

sbx_status frame_feed(struct frame_decoder *decoder, const void *bytes, size_t size, struct sbx_error *error)
{
    if (decoder->broken)
        return error_set(error, SBX_E_RUNNER_PROTOCOL, "The channel was given up after a malformed frame.");

    buffer_remove_front(&decoder->bytes, decoder->consumed);
    decoder->consumed = 0;

    buffer_append(&decoder->bytes, bytes, size);
    if (!buffer_failed(&decoder->bytes))
        return SBX_OK;

    /* An append is whole or not at all: the same piece can be fed again. */
    decoder->bytes.failed = false;
    return error_memory(error, "a received frame");
}

static sbx_status give_up(struct frame_decoder *decoder, struct sbx_error *error, const char *why,
                          uint32_t value)
{
    decoder->broken = true;
    return error_set(error, SBX_E_RUNNER_PROTOCOL, "The other end of the runner's channel sent %s (%lu).",
                     why, (unsigned long)value);
}

sbx_status frame_next(struct frame_decoder *decoder, struct frame *frame, struct sbx_error *error)
{
    const uint8_t *header = decoder->bytes.data;
    size_t size = decoder->bytes.size - decoder->consumed;
    uint32_t payload_size;
    uint32_t type;

    if (decoder->broken)
        return error_set(error, SBX_E_RUNNER_PROTOCOL, "The channel was given up after a malformed frame.");
    if (size < FRAME_HEADER_SIZE)
        return SBX_E_TIMEOUT;

    header += decoder->consumed;
    if (memcmp(header, magic, sizeof magic) != 0)
        return give_up(decoder, error, "something that is no frame", read_little_endian(header, 4));
    if (header[3] != FRAME_PROTOCOL_VERSION)
        return give_up(decoder, error, "a frame of another protocol version; install one version of sbxcom",
                       header[3]);

    payload_size = read_little_endian(header + 4, 4);
    if (payload_size > FRAME_MOST_SIZE)
        return give_up(decoder, error, "a frame that is too large", payload_size);
    type = read_little_endian(header + 8, 2);
    if (!is_known_type(type))
        return give_up(decoder, error, "a frame of an unknown type", type);
    if (read_little_endian(header + 10, 2) != 0)
        return give_up(decoder, error, "a frame with reserved bits set", read_little_endian(header + 10, 2));

    if (size - FRAME_HEADER_SIZE < payload_size)
        return SBX_E_TIMEOUT;

    frame->type = (uint16_t)type;
    frame->request = read_little_endian(header + 12, 4);
    frame->payload = header + FRAME_HEADER_SIZE;
    frame->payload_size = payload_size;
    decoder->consumed += FRAME_HEADER_SIZE + payload_size;
    return SBX_OK;
}
