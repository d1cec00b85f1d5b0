/*
 * text.c - UTF-8 and WTF-8 to UTF-16 and back, lists of strings, comparing.
 */
#include "base/text.h"
#include "base/memory.h"

#include <string.h>

#define REPLACEMENT 0xFFFDu

void strings_free(struct sbx_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        sbx_free(strings->items[i]);
    sbx_free(strings->items);
    strings->items = NULL;
    strings->count = 0;
}

sbx_status strings_append(struct sbx_strings *strings, const char *text)
{
    char **items;
    char *copy = sbx_strdup(text);

    if (!copy)
        return SBX_E_MEMORY;

    /* To the exact size each time: lists are short, and a list that was filled by other means can be appended to. */
    items = strings->count < SIZE_MAX / sizeof *items - 1
                ? sbx_realloc(strings->items, (strings->count + 1) * sizeof *items)
                : NULL;
    if (!items) {
        sbx_free(copy);
        return SBX_E_MEMORY;
    }

    items[strings->count++] = copy;
    strings->items = items;
    return SBX_OK;
}

sbx_status strings_copy(const struct sbx_strings *from, struct sbx_strings *to)
{
    struct sbx_strings copy = {NULL, 0};

    for (size_t i = 0; i < from->count; i++) {
        if (strings_append(&copy, from->items[i])) {
            strings_free(&copy);
            return SBX_E_MEMORY;
        }
    }
    *to = copy;
    return SBX_OK;
}

/*
 * One step of a decoder: what the bytes at the front are. The ranges of the second byte are those of Unicode 15,
 * table 3-7; they keep out overlong forms, surrogates and everything above U+10FFFF, so that what follows the
 * longest well-formed beginning starts anew (table 3-8).
 */
enum piece_kind {
    PIECE_CHARACTER,  /* a whole well-formed character */
    PIECE_INCOMPLETE, /* a well-formed beginning, and then the bytes end */
    PIECE_ILL_FORMED, /* a maximal ill-formed part */
};

struct piece {
    enum piece_kind kind;
    size_t size; /* in bytes, never 0 */
    uint32_t character;
};

static struct piece next_piece(const uint8_t *bytes, size_t size, bool surrogates)
{
    struct piece piece = {PIECE_CHARACTER, 1, bytes[0]};
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    size_t length;

    if (bytes[0] < 0x80)
        return piece;

    if (bytes[0] >= 0xC2 && bytes[0] <= 0xDF) {
        length = 2;
        piece.character = bytes[0] & 0x1Fu;
    } else if (bytes[0] >= 0xE0 && bytes[0] <= 0xEF) {
        length = 3;
        piece.character = bytes[0] & 0x0Fu;
        if (bytes[0] == 0xE0)
            low = 0xA0;
        else if (bytes[0] == 0xED && !surrogates)
            high = 0x9F;
    } else if (bytes[0] >= 0xF0 && bytes[0] <= 0xF4) {
        length = 4;
        piece.character = bytes[0] & 0x07u;
        if (bytes[0] == 0xF0)
            low = 0x90;
        else if (bytes[0] == 0xF4)
            high = 0x8F;
    } else {
        piece.kind = PIECE_ILL_FORMED;
        return piece;
    }

    for (; piece.size < length; piece.size++) {
        if (piece.size == size) {
            piece.kind = PIECE_INCOMPLETE;
            return piece;
        }
        if (bytes[piece.size] < low || bytes[piece.size] > high) {
            piece.kind = PIECE_ILL_FORMED;
            return piece;
        }
        piece.character = piece.character << 6 | (bytes[piece.size] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    return piece;
}

/* The same for text that may be WTF-8: a whole surrogate in three bytes is a character, half a one is ill-formed. */
static struct piece next_wtf8_piece(const uint8_t *bytes, size_t size)
{
    struct piece piece = next_piece(bytes, size, true);

    if (piece.kind != PIECE_CHARACTER)
        piece = next_piece(bytes, size, false);
    return piece;
}

sbx_status text_to_utf16(const char *text, size_t size, uint16_t **units, size_t *unit_count)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t count = 0;
    uint16_t *made =
        size < SIZE_MAX ? sbx_alloc_array(size + 1, sizeof *made) : NULL; /* a unit a byte at most */

    if (!made)
        return SBX_E_MEMORY;

    for (size_t at = 0; at < size;) {
        struct piece piece = next_wtf8_piece(bytes + at, size - at);
        uint32_t character = piece.kind == PIECE_CHARACTER ? piece.character : REPLACEMENT;

        if (character >= 0x10000) {
            made[count++] = (uint16_t)(0xD800 + ((character - 0x10000) >> 10));
            made[count++] = (uint16_t)(0xDC00 + ((character - 0x10000) & 0x3FF));
        } else
            made[count++] = (uint16_t)character;
        at += piece.size;
    }
    made[count] = 0;

    *units = made;
    *unit_count = count;
    return SBX_OK;
}

static uint32_t next_utf16_character(const uint16_t *units, size_t count, size_t *used)
{
    *used = 1;
    if (count > 1 && (units[0] & 0xFC00) == 0xD800 && (units[1] & 0xFC00) == 0xDC00) {
        *used = 2;
        return 0x10000u + ((units[0] & 0x3FFu) << 10) + (units[1] & 0x3FFu);
    }
    return units[0];
}

static size_t utf8_size(uint32_t character)
{
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
}

static void write_utf8(char *text, uint32_t character, size_t size)
{
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};

    for (size_t i = size - 1; i > 0; i--) {
        text[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    text[0] = (char)(leads[size] | character);
}

sbx_status text_from_utf16(const uint16_t *units, size_t unit_count, char **text, size_t *size)
{
    size_t total = 0;
    size_t used;
    char *made;

    for (size_t at = 0; at < unit_count; at += used) {
        total += utf8_size(next_utf16_character(units + at, unit_count - at, &used));
        if (total >= SIZE_MAX - 4)
            return SBX_E_MEMORY;
    }

    made = sbx_alloc(total + 1);
    if (!made)
        return SBX_E_MEMORY;

    total = 0;
    for (size_t at = 0; at < unit_count; at += used) {
        uint32_t character = next_utf16_character(units + at, unit_count - at, &used);

        write_utf8(made + total, character, utf8_size(character));
        total += utf8_size(character);
    }

    *text = made;
    if (size)
        *size = total;
    return SBX_OK;
}

size_t text_utf8_prefix(const void *text, size_t size, size_t *ill_formed_size)
{
    const uint8_t *bytes = text;
    struct piece piece = {PIECE_CHARACTER, 0, 0};
    size_t at = 0;

    while (at < size) {
        piece = next_piece(bytes + at, size - at, false);
        if (piece.kind != PIECE_CHARACTER)
            break;
        at += piece.size;
    }
    if (ill_formed_size)
        *ill_formed_size = at < size ? piece.size : 0;
    return at;
}

bool text_is_utf8(const void *text, size_t size)
{
    return text_utf8_prefix(text, size, NULL) == size;
}

size_t text_incomplete_tail(const void *text, size_t size)
{
    const uint8_t *bytes = text;

    /* A character that is not complete starts at one of the last three bytes with its lead byte. */
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        const uint8_t *start = bytes + size - back;

        if ((*start & 0xC0) == 0x80)
            continue;
        return next_piece(start, back, false).kind == PIECE_INCOMPLETE ? back : 0;
    }
    return 0;
}

static unsigned char ascii_lower(char letter)
{
    unsigned char byte = (unsigned char)letter;

    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte - 'A' + 'a') : byte;
}

bool text_equal_ascii_nocase(const char *a, const char *b)
{
    while (*a && ascii_lower(*a) == ascii_lower(*b)) {
        a++;
        b++;
    }
    return ascii_lower(*a) == ascii_lower(*b);
}

bool text_is_one_of_ascii_nocase(const char *text, const char *const *words, size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        if (text_equal_ascii_nocase(text, words[i]))
            return true;
    }
    return false;
}

bool strings_hold_ascii_nocase(const struct sbx_strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++) {
        if (text_equal_ascii_nocase(strings->items[i], text))
            return true;
    }
    return false;
}

bool text_begins_ascii_nocase(const char *text, const char *beginning)
{
    while (*beginning && ascii_lower(*text) == ascii_lower(*beginning)) {
        text++;
        beginning++;
    }
    return !*beginning;
}

/* Past one character. The NUL continues none, so nothing behind it is read. What is ill-formed goes part by part. */
static const char *after_character(const char *text)
{
    return text + next_piece((const uint8_t *)text, 4, true).size;
}

bool text_matches(const char *pattern, const char *text)
{
    const char *star = NULL;  /* behind the last `*` seen */
    const char *retry = NULL; /* where its run would end next */

    /* Only the last star ever has to be tried again, so the time is the product of the lengths and not more. */
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == '?') {
            pattern++;
            text = after_character(text);
        } else if (*pattern && ascii_lower(*pattern) == ascii_lower(*text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            retry = after_character(retry);
            text = retry;
        } else
            return false;
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* No word of ours is longer. Keeps the rows on the stack. */
#define NEAREST_MOST 63

/*
 * Optimal string alignment, the common form of Damerau-Levenshtein: a swap of neighbours counts once. Letters are
 * bytes without case: the words are names in ASCII.
 */
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t rows[3][NEAREST_MOST + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];

    for (size_t j = 0; j <= b_size; j++)
        before[j] = last[j] = j;

    for (size_t i = 1; i <= a_size; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            bool equal = ascii_lower(a[i - 1]) == ascii_lower(b[j - 1]);
            size_t best = last[j - 1] + (equal ? 0 : 1);

            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && ascii_lower(a[i - 1]) == ascii_lower(b[j - 2]) &&
                ascii_lower(a[i - 2]) == ascii_lower(b[j - 1]) && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_size];
}

const char *text_nearest(const char *text, const char *const *words, size_t word_count)
{
    size_t size = strlen(text);
    size_t best_distance = size / 3;
    const char *best = NULL;

    for (size_t i = 0; i < word_count; i++) {
        size_t word_size = strlen(words[i]);
        size_t found;

        if (word_size > NEAREST_MOST)
            continue;
        found = distance(text, size, words[i], word_size);
        if (found < best_distance || (found == best_distance && !best)) {
            best = words[i];
            best_distance = found;
        }
    }
    return best;
}
