/*
 * codepage.c - the host's legacy code pages, of one byte or two a character, or UTF-8 where the user chose that.
 */
#include "os/codepage.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/native.h"

#include <limits.h>
#include <string.h>

#define MOST_SIZE (INT_MAX / 4) /* the calls take int, and a unit becomes up to four bytes */

static UINT page_number(enum codepage page)
{
    return page == CODEPAGE_OEM ? GetOEMCP() : GetACP();
}

static sbx_status refuse_size(size_t size, struct sbx_error *error)
{
    return error_set(error, SBX_E_LIMIT, "%zu bytes are too many to convert at once.", size);
}

/* How long the character at the front is. A lead byte that is the last one counts as one. */
static size_t character_size(UINT page, const uint8_t *bytes, size_t size)
{
    return size > 1 && IsDBCSLeadByteEx(page, bytes[0]) ? 2 : 1;
}

/*
 * Bytes to units, at most one a byte. All at once where every byte is known. Else character by character, because the
 * call would put another page's idea of a default character where U+FFFD is wanted.
 */
static size_t decode_units(UINT page, const uint8_t *bytes, size_t size, WCHAR *units)
{
    int count = size ? MultiByteToWideChar(page, MB_ERR_INVALID_CHARS, (const char *)bytes, (int)size, units,
                                           (int)size)
                     : 0;
    size_t total = 0;

    if (count > 0)
        return (size_t)count;

    for (size_t at = 0; at < size;) {
        size_t length = character_size(page, bytes + at, size - at);

        count = MultiByteToWideChar(page, MB_ERR_INVALID_CHARS, (const char *)bytes + at, (int)length,
                                    units + total, 2);
        if (count <= 0) {
            units[total] = 0xFFFD;
            count = 1;
        }
        total += (size_t)count;
        at += length;
    }
    return total;
}

/* What is left when the last byte only begins a character. From the front: a second byte may look like a first one. */
static size_t whole_size(UINT page, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    CPINFO information;

    if (page == CP_UTF8)
        return size - text_incomplete_tail(bytes, size);
    if (GetCPInfo(page, &information) && information.MaxCharSize == 1)
        return size;
    while (at + 1 < size)
        at += character_size(page, bytes + at, size - at);
    return at < size && IsDBCSLeadByteEx(page, bytes[at]) ? at : size;
}

sbx_status codepage_decode(enum codepage page, const void *bytes, size_t size, int last, char **text,
                           size_t *text_size, size_t *used, struct sbx_error *error)
{
    UINT number = page_number(page);
    sbx_status status = SBX_OK;
    size_t whole;
    size_t count;
    WCHAR *units;

    if (size > MOST_SIZE)
        return refuse_size(size, error);

    whole = last ? size : whole_size(number, bytes, size);
    if (number == CP_UTF8)
        status = text_to_utf16(bytes, whole, &units, &count) ? error_memory(error, "a text") : SBX_OK;
    else {
        units = sbx_alloc_array(whole + 2, sizeof *units);
        if (!units)
            status = error_memory(error, "a text");
        else
            count = decode_units(number, bytes, whole, units);
    }
    if (status)
        return status;

    if (text_from_utf16(units, count, text, text_size))
        status = error_memory(error, "a text");
    else
        *used = whole;
    sbx_free(units);
    return status;
}

/* Pairs of surrogates become one question mark each: no legacy page has a character outside the first plane. */
static size_t replace_pairs(WCHAR *units, size_t count)
{
    size_t kept = 0;

    for (size_t at = 0; at < count; at++) {
        bool pair = at + 1 < count && IS_SURROGATE_PAIR(units[at], units[at + 1]);

        units[kept++] = pair ? L'?' : units[at];
        if (pair)
            at++;
    }
    return kept;
}

sbx_status codepage_encode(enum codepage page, const char *text, size_t text_size, void **bytes, size_t *size,
                           struct sbx_error *error)
{
    UINT number = page_number(page);
    bool utf8 = number == CP_UTF8; /* takes neither the flag nor a default character */
    sbx_status status = SBX_OK;
    WCHAR *units;
    size_t count;
    char *made;
    int length = 0;

    if (text_size > MOST_SIZE)
        return refuse_size(text_size, error);
    if (text_to_utf16(text, text_size, &units, &count))
        return error_memory(error, "a text");
    if (!utf8)
        count = replace_pairs(units, count);

    made = sbx_alloc(count * 4 + 1);
    if (!made) {
        status = error_memory(error, "a text");
        goto free_units;
    }
    if (count) {
        length = WideCharToMultiByte(number, utf8 ? 0 : WC_NO_BEST_FIT_CHARS, units, (int)count, made,
                                     (int)count * 4, utf8 ? NULL : "?", NULL);
        if (length <= 0) {
            status = native_error(error, "WideCharToMultiByte");
            sbx_free(made);
            goto free_units;
        }
    }
    *bytes = made;
    *size = (size_t)length;

free_units:
    sbx_free(units);
    return status;
}
