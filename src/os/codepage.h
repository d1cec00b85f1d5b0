/*
 * codepage.h - bytes in the host's legacy code pages.
 */
#ifndef SBX_OS_CODEPAGE_H
#define SBX_OS_CODEPAGE_H

#include "base/status.h"

enum codepage { CODEPAGE_OEM, CODEPAGE_ANSI };

/*
 * To UTF-8, NUL-ended; *text is freed with sbx_free. Bytes the page does not know become U+FFFD. *used is how many
 * bytes were whole characters: a lead byte at the very end is left for the next call, unless `last`.
 */
sbx_status codepage_decode(enum codepage page, const void *bytes, size_t size, int last, char **text,
                           size_t *text_size, size_t *used, struct sbx_error *error);

/* From UTF-8; what the page has no character for becomes '?'. *bytes is freed with sbx_free. */
sbx_status codepage_encode(enum codepage page, const char *text, size_t text_size, void **bytes, size_t *size,
                           struct sbx_error *error);

#endif
