/*
 * arguments.h - what scripts mean by what they pass.
 *
 * Every language fills VARIANTs in its own way: PowerShell passes $null as Empty and [long] as VT_I8, VBScript variables
 * arrive by reference, JScript arrays are objects. These functions take a VARIANT as it came, see through
 * references, and either give the value meant or fail with SBX_E_ARGUMENT and a text that names the parameter, what it
 * takes and what it was given. `name` is the parameter's name as the IDL spells it.
 *
 * What is given out is copied: nothing of the caller's is kept. Clients' objects (enumerators, default members) may be
 * called, so the caller holds no lock. All can fail with SBX_E_MEMORY as well; outputs are untouched on failure.
 */
#ifndef SBX_SBXCOM_ARGUMENTS_H
#define SBX_SBXCOM_ARGUMENTS_H

#include "base/buffer.h"
#include "base/text.h"
#include "sbxcom/com.h"

#include <stdint.h>

/* The value behind any number of references; a shallow copy that owns nothing and is never by reference. */
VARIANT argument_value(const VARIANT *given);

/* Left out, Empty or Null: all three mean "not given". */
bool argument_absent(const VARIANT *given);

/* What kind of thing was given, for members that take several. */
enum argument_shape {
    ARGUMENT_ABSENT,
    ARGUMENT_TEXT,
    ARGUMENT_NUMBER,
    ARGUMENT_BOOLEAN,
    ARGUMENT_ARRAY,
    ARGUMENT_OBJECT, /* not Nothing */
    ARGUMENT_OTHER,  /* a date, an error value, Nothing, a record */
};
enum argument_shape argument_shape(const VARIANT *given);

/*
 * Text: a text, a number, a Boolean (True, False), or an object whose default property is one of these (a Folder of the
 * FileSystemObject is its path). UTF-8, NUL-ended, freed with sbx_free. With `size` NULL a text with a NUL in it is
 * refused.
 */
sbx_status argument_text(const VARIANT *given, const char *name, char **text, size_t *size,
                         struct sbx_error *error);

/* The same for a BSTR parameter (NULL is ""). */
sbx_status argument_bstr(BSTR given, const char *name, char **text, size_t *size, struct sbx_error *error);

/* The same as a BSTR. *made tells whether it was made and is the caller's to free; else it is the client's own. */
sbx_status argument_as_bstr(const VARIANT *given, const char *name, BSTR *text, bool *made,
                            struct sbx_error *error);

/*
 * Numbers: any numeric type, or a text that is a decimal number ("1.5", "1e3") or a hexadecimal one ("0x1F"). No
 * Booleans: VBScript's True is -1, which means "no limit" in half of the places.
 */
sbx_status argument_number(const VARIANT *given, const char *name, double least, double most, double *number,
                           struct sbx_error *error);
/* Rounded to the nearest whole number. */
sbx_status argument_whole(const VARIANT *given, const char *name, int64_t least, int64_t most,
                          int64_t *number, struct sbx_error *error);

/* A Boolean, a number (0 is False), or the words true and false. */
sbx_status argument_bool(const VARIANT *given, const char *name, bool *value, struct sbx_error *error);

/* Milliseconds: -1 no limit, 0 poll; `absent` where it was not given. */
sbx_status argument_time_out(const VARIANT *given, const char *name, int32_t absent, int32_t *timeout_ms,
                             struct sbx_error *error);

struct argument_word {
    const char *word;
    int32_t value;
};

/* One of `words`, as the word (any case) or its number. */
sbx_status argument_enum(const VARIANT *given, const char *name, const struct argument_word *words,
                         size_t word_count, int32_t *value, struct sbx_error *error);

/* Any of `words` together: a sum of numbers, words with blanks, commas, + or | between them, or several of these. */
sbx_status argument_flags(const VARIANT *given, const char *name, const struct argument_word *words,
                          size_t word_count, int32_t *value, struct sbx_error *error);

/*
 * One or many texts: a text, an array with one dimension and any bounds, an object that can be enumerated, a JScript
 * array. Appended to `strings`. Absent is an error; an empty array is no text at all.
 */
sbx_status argument_strings(const VARIANT *given, const char *name, struct sbx_strings *strings,
                            struct sbx_error *error);

/* Bytes: an array of bytes, or one or many numbers from 0 to 255. Appended to `bytes`. */
sbx_status argument_bytes(const VARIANT *given, const char *name, struct sbx_buffer *bytes,
                          struct sbx_error *error);

/*
 * Calls `visit` for each element of an array or of an object that can be enumerated, in order, and for anything else
 * once. `element` is never by reference, an array or a collection, and lives for the call alone. Ends with the first failure.
 */
typedef sbx_status (*argument_visit)(void *context, const VARIANT *element, struct sbx_error *error);
sbx_status argument_each(const VARIANT *given, const char *name, argument_visit visit, void *context,
                         struct sbx_error *error);

/* The failure itself: "NAME takes TAKES, not the text "x"." */
sbx_status argument_wrong(const VARIANT *given, const char *name, const char *takes, struct sbx_error *error);

#endif
