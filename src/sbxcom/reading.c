/*
 * reading.c - from bytes that come in any pieces to whole characters and whole lines.
 */
#include "sbxcom/reading.h"

#include "os/clock.h"

static int32_t time_left(int32_t timeout_ms, uint64_t began_ms)
{
    uint64_t passed_ms;

    if (timeout_ms < 0)
        return -1;
    passed_ms = clock_monotonic_ms() - began_ms;
    return passed_ms >= (uint64_t)timeout_ms ? 0 : timeout_ms - (int32_t)passed_ms;
}

/*
 * The engine looks for the byte \n. In UTF-16 that byte is a line end only at an even place and with a zero behind it.
 */
static bool is_whole_line(const struct text_decoder *decoder, const struct sbx_buffer *bytes)
{
    if (decoder->encoding != ENCODING_UTF16)
        return true;
    return bytes->size % 2 == 0 && bytes->data[bytes->size - 2] == '\n' && bytes->data[bytes->size - 1] == 0;
}

/* One more piece behind `bytes`. Afterwards either they are more, or *end says that no more will come. */
static sbx_status read_piece(const struct reading *reading, const struct text_decoder *decoder,
                             uint64_t began_ms, struct sbx_buffer *bytes, bool *end, struct sbx_error *error)
{
    bool line = reading->line;
    size_t most = reading->most;

    if (bytes->size > 0) {
        /* The rest of one character: byte by byte, so that no more than `most` characters come of it. */
        line = line && bytes->size % 2 == 0;
        most = line ? SIZE_MAX : 1;
    } else if (decoder->encoding == ENCODING_UTF16 && most < SIZE_MAX / 2) {
        most *= 2;
    }
    return engine_run_read(reading->run, reading->stream, line, line ? SIZE_MAX : most,
                           time_left(reading->timeout_ms, began_ms), bytes, end, error);
}

static void drop_line_end(struct sbx_buffer *text)
{
    if (text->size > 0 && text->data[text->size - 1] == '\n')
        text->data[--text->size] = 0;
    if (text->size > 0 && text->data[text->size - 1] == '\r')
        text->data[--text->size] = 0;
}

sbx_status reading_text(const struct reading *reading, struct text_decoder *decoder, struct sbx_buffer *text,
                        bool *end, struct sbx_error *error)
{
    const uint64_t began_ms = clock_monotonic_ms();
    struct text_decoder trial = *decoder;
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    bool ended = false;
    size_t used = 0;
    sbx_status status;

    do {
        status = read_piece(reading, &trial, began_ms, &bytes, &ended, error);
        if (status)
            goto give_back;
        if (reading->line && !ended && !is_whole_line(decoder, &bytes))
            continue;
        trial = *decoder;
        text->size = 0;
        status = text_decode(&trial, bytes.data, bytes.size, ended, text, &used, error);
        if (status)
            goto give_back;
    } while (text->size == 0 && !ended);

    if (used < bytes.size) {
        status =
            engine_run_unread(reading->run, reading->stream, bytes.data + used, bytes.size - used, error);
        if (status)
            goto free_bytes;
    }
    if (reading->line)
        drop_line_end(text);
    *decoder = trial;
    *end = ended && bytes.size == 0;
    goto free_bytes;

give_back:
    if (bytes.size > 0)
        engine_run_unread(reading->run, reading->stream, bytes.data, bytes.size, NULL);
free_bytes:
    buffer_free(&bytes);
    return status;
}
