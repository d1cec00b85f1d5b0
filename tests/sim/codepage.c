/*
 * codepage.c - os/codepage.h of the simulation: two pages that show what real ones do.
 *
 * OEM has a character a byte: ISO 8859-1 but for 0x80 to 0x9F, which it does not know. ANSI has characters of
 * two bytes as the pages of East Asia do: a lead byte from 0x81 to 0xFE, then 0x40 to 0x7E, which together
 * are one of U+4E00 and on; everything else above ASCII it does not know.
 */
#include "os/codepage.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "sim/world.h"

#include <string.h>

#define TRAIL_COUNT (0x7F - 0x40)

static void append_unit(struct sbx_buffer *out, uint16_t unit)
{
    char *text;
    size_t size;

    if (text_from_utf16(&unit, 1, &text, &size)) {
        out->failed = true;
        return;
    }
    buffer_append(out, text, size);
    sbx_free(text);
}

static bool is_lead(uint8_t byte)
{
    return byte >= 0x81 && byte <= 0xFE;
}

static bool is_trail(uint8_t byte)
{
    return byte >= 0x40 && byte < 0x7F;
}

/* The bytes of the first character; 0 when more must come. */
static size_t decode_one(enum codepage page, const uint8_t *bytes, size_t size, int last, uint16_t *unit)
{
    *unit = bytes[0];
    if (bytes[0] < 0x80)
        return 1;
    if (page == CODEPAGE_OEM) {
        if (bytes[0] < 0xA0)
            *unit = 0xFFFD;
        return 1;
    }
    if (is_lead(bytes[0]) && size == 1 && !last)
        return 0;
    if (is_lead(bytes[0]) && size > 1 && is_trail(bytes[1])) {
        *unit = (uint16_t)(0x4E00 + (bytes[0] - 0x81) * TRAIL_COUNT + (bytes[1] - 0x40));
        return 2;
    }
    *unit = 0xFFFD;
    return 1;
}

sbx_status codepage_decode(enum codepage page, const void *bytes, size_t size, int last, char **text,
                           size_t *text_size, size_t *used, struct sbx_error *error)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    sbx_status status = sim_enter("MultiByteToWideChar", error);
    size_t at = 0;
    size_t made_size;
    char *made;

    if (status)
        return status;
    while (at < size) {
        uint16_t unit;
        size_t taken = decode_one(page, (const uint8_t *)bytes + at, size - at, last, &unit);

        if (!taken)
            break;
        append_unit(&out, unit);
        at += taken;
    }
    made = buffer_take(&out, &made_size);
    if (!made)
        return error_memory(error, "text");
    *text = made;
    *text_size = made_size;
    *used = at;
    return SBX_OK;
}

sbx_status codepage_encode(enum codepage page, const char *text, size_t text_size, void **bytes, size_t *size,
                           struct sbx_error *error)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    sbx_status status = sim_enter("WideCharToMultiByte", error);
    uint16_t *units;
    size_t count;
    size_t made_size;
    char *made;

    if (status)
        return status;
    if (text_to_utf16(text, text_size, &units, &count))
        return error_memory(error, "bytes");
    for (size_t i = 0; i < count; i++) {
        unsigned index = units[i] - 0x4E00u;

        if (units[i] < 0x80 || (page == CODEPAGE_OEM && units[i] >= 0xA0 && units[i] < 0x100))
            buffer_append(&out, &(uint8_t){(uint8_t)units[i]}, 1);
        else if (page == CODEPAGE_ANSI && index < 126 * TRAIL_COUNT)
            buffer_append(
                &out,
                (uint8_t[]){(uint8_t)(0x81 + index / TRAIL_COUNT), (uint8_t)(0x40 + index % TRAIL_COUNT)}, 2);
        else
            buffer_append_text(&out, "?");
    }
    sbx_free(units);
    made = buffer_take(&out, &made_size);
    if (!made)
        return error_memory(error, "bytes");
    *bytes = made;
    *size = made_size;
    return SBX_OK;
}
