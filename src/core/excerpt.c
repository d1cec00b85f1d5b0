/*
 * excerpt.c - the beginning of a text that may be very long.
 */
#include "core/excerpt.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define MOST_SIZE 256

const char *excerpt(char out[EXCERPT_SIZE], const char *text)
{
    size_t size = strlen(text);

    if (size < EXCERPT_SIZE)
        return memcpy(out, text, size + 1);

    size = MOST_SIZE - text_incomplete_tail(text, MOST_SIZE);
    snprintf(out, EXCERPT_SIZE, "%.*s...", (int)size, text);
    return out;
}
