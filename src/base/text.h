/*
 * text.h - UTF-8 in, UTF-16 at the edges, and lists of strings.
 *
 * Text is UTF-8. Where Windows hands out ill-formed UTF-16 (a lone surrogate in a file name, a variable, an
 * argument) it becomes WTF-8: the surrogate in three bytes as UTF-8 would have written it, so that every name
 * survives the round trip. Functions that want strict UTF-8 say so.
 */
#ifndef SBX_BASE_TEXT_H
#define SBX_BASE_TEXT_H

#include "base/status.h"

#include <stdbool.h>

struct sbx_strings {
    char **items; /* owned, each NUL-ended UTF-8; NULL when count is 0 */
    size_t count;
};

void strings_free(struct sbx_strings *strings);                           /* leaves it empty */
sbx_status strings_append(struct sbx_strings *strings, const char *text); /* copies; SBX_E_MEMORY */
sbx_status strings_copy(const struct sbx_strings *from,
                        struct sbx_strings *to); /* `to` is untouched on failure */

/*
 * UTF-8 or WTF-8 of `size` bytes to UTF-16 units, NUL-ended (the NUL does not count). Bytes that are neither
 * become U+FFFD, one for each maximal ill-formed part (Unicode 15, 3.9, table 3-8). *units is freed with
 * sbx_free. Embedded NULs are kept. SBX_E_MEMORY only.
 */
sbx_status text_to_utf16(const char *text, size_t size, uint16_t **units, size_t *unit_count);

/*
 * The way back; lone surrogates become their WTF-8 form, pairs one character. NUL-ended. SBX_E_MEMORY only.
 */
sbx_status text_from_utf16(const uint16_t *units, size_t unit_count, char **text,
                           size_t *size /* may be NULL */);

/*
 * Strict UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF)? `size` bytes; NULs are characters.
 */
bool text_is_utf8(const void *text, size_t size);

/*
 * Strict UTF-8 step by step: the size of the longest well-formed beginning of `text`. *ill_formed_size (may
 * be NULL) is how many bytes behind it are one maximal ill-formed part, 0 when the whole text is well-formed;
 * a character that is cut off by the end counts as one.
 */
size_t text_utf8_prefix(const void *text, size_t size, size_t *ill_formed_size);

/*
 * How many of the last bytes of `text` are the beginning of a well-formed UTF-8 character that is not
 * complete yet (0 to 3). What a decoder of a stream keeps back until more comes.
 */
size_t text_incomplete_tail(const void *text, size_t size);

/* ASCII letters compare equal regardless of case, everything else by its bytes. */
bool text_equal_ascii_nocase(const char *a, const char *b);
bool text_is_one_of_ascii_nocase(const char *text, const char *const *words, size_t word_count);
bool strings_hold_ascii_nocase(const struct sbx_strings *strings,
                               const char *text); /* one that is equal so */
bool text_begins_ascii_nocase(const char *text, const char *beginning);

/*
 * `*` any run, `?` any one character, letters by text_equal_ascii_nocase's rule; the whole of `text` must
 * match.
 */
bool text_matches(const char *pattern, const char *text);

/*
 * The best of `words` for a mistyped `text` (at most a third of its letters away, Damerau-Levenshtein), or
 * NULL.
 */
const char *text_nearest(const char *text, const char *const *words, size_t word_count);

#endif
