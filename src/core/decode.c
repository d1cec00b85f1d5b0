/*
 * decode.c - bytes to text and back.
 */
#include "core/decode.h"

#include "base/memory.h"
#include "base/text.h"
#include "os/codepage.h"

#include <string.h>

static const char *const names[] = {
    [ENCODING_AUTO] = "auto", [ENCODING_UTF8] = "utf-8",   [ENCODING_OEM] = "oem",
    [ENCODING_ANSI] = "ansi", [ENCODING_UTF16] = "utf-16", [ENCODING_LATIN1] = "latin1",
};

#define NAME_COUNT (sizeof names / sizeof names[0])

bool encoding_from_name(const char *name, enum text_encoding *encoding)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (text_equal_ascii_nocase(name, names[i])) {
            *encoding = (enum text_encoding)i;
            return true;
        }
    }
    return false;
}

const char *encoding_name(enum text_encoding encoding)
{
    return (size_t)encoding < NAME_COUNT ? names[encoding] : "";
}

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

static void append_character(struct sbx_buffer *out, uint32_t character)
{
    char text[4];
    size_t size = 0;

    if (character < 0x80)
        text[size++] = (char)character;
    else {
        if (character < 0x800)
            text[size++] = (char)(0xC0 | character >> 6);
        else {
            if (character < 0x10000)
                text[size++] = (char)(0xE0 | character >> 12);
            else {
                text[size++] = (char)(0xF0 | character >> 18);
                text[size++] = (char)(0x80 | (character >> 12 & 0x3F));
            }
            text[size++] = (char)(0x80 | (character >> 6 & 0x3F));
        }
        text[size++] = (char)(0x80 | (character & 0x3F));
    }
    buffer_append(out, text, size);
}

/*
 * A step of a decoder takes bytes from the front and says how many; less than all only where more must come
 * first.
 */

/*
 * `first_fault`: stop in front of what is ill-formed, instead of replacing it. An incomplete tail is none
 * unless `last`.
 */
static size_t decode_utf8(const uint8_t *bytes, size_t size, bool last, bool first_fault,
                          struct sbx_buffer *out)
{
    size_t at = 0;

    for (;;) {
        size_t ill_formed;
        size_t good = text_utf8_prefix(bytes + at, size - at, &ill_formed);

        buffer_append(out, bytes + at, good);
        at += good;
        if (at == size || first_fault)
            return at;
        if (!last && at + ill_formed == size && text_incomplete_tail(bytes + at, ill_formed))
            return at;
        buffer_append_text(out, replacement);
        at += ill_formed;
    }
}

static uint16_t unit_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static size_t decode_utf16(const uint8_t *bytes, size_t size, bool last, struct sbx_buffer *out)
{
    size_t at = 0;

    while (size - at >= 2) {
        uint32_t unit = unit_at(bytes + at);

        if ((unit & 0xFC00) == 0xD800) {
            if (size - at < 4 && !last)
                return at;
            if (size - at >= 4 && (unit_at(bytes + at + 2) & 0xFC00) == 0xDC00) {
                unit = 0x10000 + ((unit & 0x3FF) << 10) + (unit_at(bytes + at + 2) & 0x3FFu);
                at += 2;
            }
        }
        append_character(out, (unit & 0xFFFFF800) == 0xD800 ? 0xFFFD : unit);
        at += 2;
    }
    if (at < size && last) {
        buffer_append_text(out, replacement);
        at = size;
    }
    return at;
}

static void decode_latin1(const uint8_t *bytes, size_t size, struct sbx_buffer *out)
{
    for (size_t i = 0; i < size; i++)
        append_character(out, bytes[i]);
}

static sbx_status decode_page(enum codepage page, const uint8_t *bytes, size_t size, bool last,
                              struct sbx_buffer *out, size_t *used, struct sbx_error *error)
{
    char *text;
    size_t text_size;
    sbx_status status = codepage_decode(page, bytes, size, last, &text, &text_size, used, error);

    if (status)
        return status;
    buffer_append(out, text, text_size);
    sbx_free(text);
    return SBX_OK;
}

/* How many bytes at the start are a byte-order mark. *undecided: they may become one. */
static size_t mark_size(enum text_encoding encoding, const uint8_t *bytes, size_t size, bool *undecided)
{
    static const uint8_t utf8_mark[] = {0xEF, 0xBB, 0xBF};
    static const uint8_t utf16_mark[] = {0xFF, 0xFE};
    const uint8_t *mark;
    size_t mark_size;

    *undecided = false;
    if (encoding == ENCODING_AUTO || encoding == ENCODING_UTF8) {
        mark = utf8_mark;
        mark_size = sizeof utf8_mark;
    } else if (encoding == ENCODING_UTF16) {
        mark = utf16_mark;
        mark_size = sizeof utf16_mark;
    } else
        return 0;

    if (size < mark_size) {
        *undecided = memcmp(bytes, mark, size) == 0;
        return 0;
    }
    return memcmp(bytes, mark, mark_size) == 0 ? mark_size : 0;
}

/*
 * UTF-8 up to the first byte that is not, from there on the OEM page. The decoder changes only with success.
 */
static sbx_status decode_auto(struct text_decoder *decoder, const uint8_t *bytes, size_t size, bool last,
                              struct sbx_buffer *out, size_t *used, struct sbx_error *error)
{
    size_t at = decode_utf8(bytes, size, last, true, out);
    size_t page_used;
    sbx_status status;

    if (at == size || text_incomplete_tail(bytes + at, size - at) == size - at) {
        if (last)
            at += decode_utf8(bytes + at, size - at, true, false, out);
        *used = at;
        return SBX_OK;
    }

    status = decode_page(CODEPAGE_OEM, bytes + at, size - at, last, out, &page_used, error);
    if (status)
        return status;
    decoder->encoding = ENCODING_OEM;
    *used = at + page_used;
    return SBX_OK;
}

static sbx_status decode_piece(struct text_decoder *decoder, const uint8_t *bytes, size_t size, bool last,
                               struct sbx_buffer *out, size_t *used, struct sbx_error *error)
{
    switch (decoder->encoding) {
    case ENCODING_UTF8:
        *used = decode_utf8(bytes, size, last, false, out);
        return SBX_OK;
    case ENCODING_UTF16:
        *used = decode_utf16(bytes, size, last, out);
        return SBX_OK;
    case ENCODING_LATIN1:
        decode_latin1(bytes, size, out);
        *used = size;
        return SBX_OK;
    case ENCODING_OEM:
        return decode_page(CODEPAGE_OEM, bytes, size, last, out, used, error);
    case ENCODING_ANSI:
        return decode_page(CODEPAGE_ANSI, bytes, size, last, out, used, error);
    default:
        return decode_auto(decoder, bytes, size, last, out, used, error);
    }
}

sbx_status text_decode(struct text_decoder *decoder, const void *bytes, size_t size, bool last,
                       struct sbx_buffer *out, size_t *used, struct sbx_error *error)
{
    struct text_decoder next = *decoder;
    size_t start = out->size;
    size_t mark = 0;
    size_t taken = 0;
    bool undecided = false;
    sbx_status status = SBX_OK;

    if (buffer_failed(out))
        return error_memory(error, "the text of a command's output");
    if (size && !decoder->started)
        mark = mark_size(decoder->encoding, bytes, size, &undecided);
    if (!size || (undecided && !last)) {
        *used = 0;
        return SBX_OK;
    }

    next.started = true;
    if (size > mark)
        status = decode_piece(&next, (const uint8_t *)bytes + mark, size - mark, last, out, &taken, error);
    if (!status && buffer_failed(out))
        status = error_memory(error, "the text of a command's output");
    if (status) {
        /* As it was, though with more room. */
        out->size = start;
        if (out->data)
            out->data[start] = 0;
        out->failed = false;
        return status;
    }

    *decoder = next;
    *used = mark + taken;
    return SBX_OK;
}

/* Text without what is ill-formed: lone surrogates in WTF-8 are not UTF-8 either. */
static sbx_status encode_utf8(const char *text, size_t text_size, struct sbx_buffer *out)
{
    decode_utf8((const uint8_t *)text, text_size, true, false, out);
    return buffer_failed(out) ? SBX_E_MEMORY : SBX_OK;
}

static sbx_status encode_units(enum text_encoding encoding, const char *text, size_t text_size,
                               struct sbx_buffer *out)
{
    struct sbx_buffer clean = SBX_BUFFER_EMPTY;
    uint16_t *units = NULL;
    size_t count;
    sbx_status status = encode_utf8(text, text_size, &clean);

    if (!status)
        status = text_to_utf16(buffer_text(&clean), clean.size, &units, &count);
    if (status)
        goto free_clean;

    for (size_t i = 0; i < count; i++) {
        bool is_second = (units[i] & 0xFC00) == 0xDC00;

        if (encoding == ENCODING_UTF16)
            buffer_append_u16(out, units[i]);
        else if (units[i] < 0x100)
            buffer_append(out, &(uint8_t){(uint8_t)units[i]}, 1);
        else if (!is_second) /* a pair is one character */
            buffer_append_text(out, "?");
    }
    status = buffer_failed(out) ? SBX_E_MEMORY : SBX_OK;
    sbx_free(units);

free_clean:
    buffer_free(&clean);
    return status;
}

sbx_status text_encode(enum text_encoding encoding, const char *text, size_t text_size, void **bytes,
                       size_t *size, struct sbx_error *error)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    sbx_status status;
    size_t made_size;
    char *made;

    if (encoding == ENCODING_OEM || encoding == ENCODING_ANSI)
        return codepage_encode(encoding == ENCODING_OEM ? CODEPAGE_OEM : CODEPAGE_ANSI, text, text_size,
                               bytes, size, error);

    if (encoding == ENCODING_UTF16 || encoding == ENCODING_LATIN1)
        status = encode_units(encoding, text, text_size, &out);
    else
        status = encode_utf8(text, text_size, &out);

    made = status ? NULL : buffer_take(&out, &made_size);
    if (!made) {
        buffer_free(&out);
        return error_memory(error, "the bytes of a text");
    }
    *bytes = made;
    *size = made_size;
    return SBX_OK;
}
