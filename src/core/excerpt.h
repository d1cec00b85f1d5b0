/*
 * excerpt.h - the beginning of a text that may be very long, for quoting it in an error.
 */
#ifndef SBX_CORE_EXCERPT_H
#define SBX_CORE_EXCERPT_H

#define EXCERPT_SIZE 264

/*
 * Fills `out` with `text`, or with its first 256 bytes at most, cut at a whole character, and "...". Returns
 * `out`.
 */
const char *excerpt(char out[EXCERPT_SIZE], const char *text);

#endif
