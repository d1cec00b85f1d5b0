/*
 * jsonplace.h - where the values of a JSON text stand in it, which jansson does not tell.
 *
 * For texts that jansson has read without an error, and for no others: nothing is checked here. Offsets are bytes
 * from the beginning of the text.
 */
#ifndef SBX_CORE_JSONPLACE_H
#define SBX_CORE_JSONPLACE_H

#include "base/buffer.h"
#include "base/status.h"

struct jsonplace {
    size_t key;   /* of a member: of the first quotation mark; of an element: the same as start */
    size_t start; /* of the value */
    size_t end;   /* behind the value; 0 before the first one */
};

/* The value of the whole text. */
struct jsonplace jsonplace_root(const char *text);

/*
 * Goes to the next member of the object, or element of the list, that begins at `container`; with *place zeroed to
 * the first. False, with *place untouched, behind the last one.
 */
bool jsonplace_next(const char *text, size_t container, struct jsonplace *place);

/* Appends a member's key as it is meant, its escapes undone. SBX_E_MEMORY. */
sbx_status jsonplace_key(const char *text, const struct jsonplace *place, struct sbx_buffer *key);

/* Appends a name as a part of a JSON pointer (RFC 6901): ~ as ~0 and / as ~1. */
void jsonplace_append_part(struct sbx_buffer *pointer, const char *name);

/* A member's key as such a part. SBX_E_MEMORY. */
sbx_status jsonplace_pointer_part(const char *text, const struct jsonplace *place,
                                  struct sbx_buffer *pointer);

#endif
