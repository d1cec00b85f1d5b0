/*
 * decode.h - a command's bytes as text, piece by piece.
 *
 * "auto" is UTF-8 while the stream is valid UTF-8 and the OEM page from the first byte on that is not (a
 * decision for the rest of that stream; what was given out before stays). Invalid bytes become U+FFFD in text
 * only: the bytes themselves are kept elsewhere, unchanged.
 */
#ifndef SBX_CORE_DECODE_H
#define SBX_CORE_DECODE_H

#include "base/buffer.h"
#include "base/status.h"

enum text_encoding {
    ENCODING_AUTO,
    ENCODING_UTF8, /* here and under auto a byte-order mark at the start is dropped */
    ENCODING_OEM,
    ENCODING_ANSI,
    ENCODING_UTF16,  /* little-endian; a byte-order mark at the start is dropped */
    ENCODING_LATIN1, /* a character a byte */
};

bool encoding_from_name(const char *name,
                        enum text_encoding *encoding); /* "auto", "utf-8", "oem", ... any case */
const char *encoding_name(enum text_encoding encoding);

struct text_decoder {
    enum text_encoding encoding; /* auto turns into oem when the stream proves it */
    bool started;
};

/*
 * Decodes as much of `bytes` as is whole characters and appends UTF-8 to `out`; *used bytes were taken, at
 * most three are left for the next call. With `last` everything is taken, an incomplete tail becoming U+FFFD.
 * However a stream is cut into pieces, the text is the same.
 *
 * SBX_E_MEMORY, SBX_E_SYSTEM; decoder, `out` and *used are then as they were.
 */
sbx_status text_decode(struct text_decoder *decoder, const void *bytes, size_t size, bool last,
                       struct sbx_buffer *out, size_t *used, struct sbx_error *error);

/*
 * Text to the bytes that a command reads: "auto" writes UTF-8, "utf-16" no byte-order mark. What the encoding
 * has no character for becomes '?', in UTF-8 and UTF-16 what is ill-formed U+FFFD. *bytes is freed with
 * sbx_free. SBX_E_MEMORY, SBX_E_SYSTEM.
 */
sbx_status text_encode(enum text_encoding encoding, const char *text, size_t text_size, void **bytes,
                       size_t *size, struct sbx_error *error);

#endif
