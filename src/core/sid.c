/*
 * sid.c - security identifiers as bytes and as text.
 */
#include "core/sid.h"

#include <string.h>

#define SID_HEADER_SIZE         8
#define SID_MOST_SUBAUTHORITIES 15

#define ONE_SUBAUTHORITY(authority, subauthority)          \
    {                                                      \
        {1, 1, 0, 0, 0, 0, 0, authority, subauthority}, 12 \
    }

const struct sid sid_everyone = ONE_SUBAUTHORITY(1, 0);
const struct sid sid_creator_owner = ONE_SUBAUTHORITY(3, 0);
const struct sid sid_creator_group = ONE_SUBAUTHORITY(3, 1);
const struct sid sid_owner_rights = ONE_SUBAUTHORITY(3, 4);
const struct sid sid_principal_self = ONE_SUBAUTHORITY(5, 10);

bool sid_read(const void *bytes, size_t size, struct sid *sid)
{
    const uint8_t *from = bytes;
    size_t needed;

    if (size < SID_HEADER_SIZE || from[0] != 1 || from[1] > SID_MOST_SUBAUTHORITIES)
        return false;

    needed = SID_HEADER_SIZE + 4u * from[1];
    if (size < needed)
        return false;

    memcpy(sid->bytes, from, needed);
    sid->size = (uint8_t)needed;
    return true;
}

bool sid_equal(const struct sid *a, const struct sid *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static int digit_value(char digit, unsigned base)
{
    int value;

    if (digit >= '0' && digit <= '9')
        value = digit - '0';
    else if (digit >= 'a' && digit <= 'f')
        value = digit - 'a' + 10;
    else if (digit >= 'A' && digit <= 'F')
        value = digit - 'A' + 10;
    else
        return -1;
    return (unsigned)value < base ? value : -1;
}

/* A number of at most `most`; *text is left behind it. Decimal ones have no leading zeros. */
static bool read_number(const char **text, unsigned base, uint64_t most, uint64_t *number)
{
    const char *at = *text;
    uint64_t value = 0;

    if (base == 10 && at[0] == '0' && digit_value(at[1], 10) >= 0)
        return false;
    if (digit_value(*at, base) < 0)
        return false;

    for (; digit_value(*at, base) >= 0; at++) {
        unsigned digit = (unsigned)digit_value(*at, base);

        if (value > (most - digit) / base)
            return false;
        value = value * base + digit;
    }
    *text = at;
    *number = value;
    return true;
}

sbx_status sid_parse(const char *text, struct sid *sid, struct sbx_error *error)
{
    struct sid made = {{1, 0}, SID_HEADER_SIZE};
    const char *at = text;
    uint64_t number;
    bool readable;

    if ((at[0] != 'S' && at[0] != 's') || strncmp(at + 1, "-1-", 3) != 0)
        goto malformed;
    at += 4;

    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
        at += 2;
        readable = read_number(&at, 16, UINT64_C(0xFFFFFFFFFFFF), &number);
    } else
        readable = read_number(&at, 10, UINT32_MAX, &number);
    if (!readable)
        goto malformed;
    for (unsigned i = 0; i < 6; i++)
        made.bytes[2 + i] = (uint8_t)(number >> (8 * (5 - i)));

    while (*at == '-') {
        at++;
        if (made.bytes[1] == SID_MOST_SUBAUTHORITIES || !read_number(&at, 10, UINT32_MAX, &number))
            goto malformed;
        for (unsigned i = 0; i < 4; i++)
            made.bytes[made.size + i] = (uint8_t)(number >> (8 * i));
        made.size = (uint8_t)(made.size + 4);
        made.bytes[1]++;
    }
    if (*at)
        goto malformed;

    *sid = made;
    return SBX_OK;

malformed:
    return error_set(error, SBX_E_ARGUMENT, "\"%s\" is no SID. One looks like S-1-5-32-545.", text);
}

void sid_write_text(const struct sid *sid, struct sbx_buffer *out)
{
    uint64_t authority = 0;

    if (!sid->size)
        return;

    for (unsigned i = 0; i < 6; i++)
        authority = authority << 8 | sid->bytes[2 + i];
    if (authority > UINT32_MAX)
        buffer_append_format(out, "S-1-0x%012llX", (unsigned long long)authority);
    else
        buffer_append_format(out, "S-1-%lu", (unsigned long)authority);

    for (const uint8_t *at = sid->bytes + SID_HEADER_SIZE; at < sid->bytes + sid->size; at += 4)
        buffer_append_format(out, "-%lu",
                             at[0] | (unsigned long)at[1] << 8 | (unsigned long)at[2] << 16 |
                                 (unsigned long)at[3] << 24);
}
