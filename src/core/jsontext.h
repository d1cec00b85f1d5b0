/*
 * jsontext.h - jansson on our memory: reading texts that somebody wrote, writing records that somebody will
 * read.
 *
 * Core's alone. Reading never leaves jansson without memory half-way (see jsontext.c for why that matters),
 * and writing survives texts that JSON cannot hold.
 */
#ifndef SBX_CORE_JSONTEXT_H
#define SBX_CORE_JSONTEXT_H

#include "base/buffer.h"
#include "base/status.h"

#include <jansson.h>

struct jsontext {
    const json_t *root;
    void *blocks; /* everything that root consists of */
};

/*
 * Reads one JSON object or list of `size` bytes, repeated keys being errors. `text` must be UTF-8 without NULs and
 * not nested deeper than the caller's stack allows (jansson recurses). SBX_E_POLICY_SYNTAX with *place filled,
 * SBX_E_MEMORY.
 */
sbx_status jsontext_read(const char *text, size_t size, struct jsontext *read, json_error_t *place);

/* The same with flags of jansson's: JSON_REJECT_DUPLICATES, JSON_DECODE_ANY for texts and numbers, too. */
sbx_status jsontext_read_as(const char *text, size_t size, size_t flags, struct jsontext *read,
                            json_error_t *place);
void jsontext_free(struct jsontext *read);

/*
 * Builders. They take the value over, whatever happens; a NULL value or object (memory ran out before) makes
 * false. So a record is built with one check at the end:  ok &= jsontext_put(object, "pid",
 * json_integer(4711));
 */
json_t *jsontext_object(void);
json_t *jsontext_array(void);
bool jsontext_put(json_t *object, const char *key, json_t *value);
bool jsontext_append(json_t *array, json_t *value);

/*
 * Text that may be ill-formed. Under `key` lies what JSON can hold, each lone surrogate and each ill-formed
 * part being U+FFFD. Where there was one, "<key>Escaped" has the whole text: a lone surrogate as the six
 * characters \udXXX, a backslash doubled.
 */
bool jsontext_put_text(json_t *object, const char *key, const char *text);

/*
 * The text that jsontext_put_text put there; freed with sbx_free. SBX_E_ARGUMENT: no text, or two that are not of
 * one; SBX_E_MEMORY. *text is untouched on failure.
 */
sbx_status jsontext_get_text(const json_t *object, const char *key, char **text);

/*
 * Appends the value as compact JSON without a line end and takes it over. NULL, or no memory: the buffer is
 * marked failed.
 */
void jsontext_write(json_t *value, struct sbx_buffer *out);

#endif
