/*
 * values.h - values on their way out: what methods and properties return, in the forms that every script can hold.
 *
 * They are how methods end: `value` may be the client's own pointer. NULL is E_POINTER; else E_OUTOFMEMORY is the only
 * failure, and *value is empty then, as COM wants it. The client owns what was made.
 */
#ifndef SBX_SBXCOM_VALUES_H
#define SBX_SBXCOM_VALUES_H

#include "base/text.h"
#include "sbxcom/com.h"

#include <stdint.h>

/* UTF-8 or WTF-8 to BSTR; lone surrogates survive, other ill-formed bytes become U+FFFD. NULL is "". */
HRESULT value_text(const char *text, BSTR *value);
HRESULT value_text_size(const char *text, size_t size, BSTR *value);

/* A VARIANT of one text. */
HRESULT value_variant_text(const char *text, size_t size, VARIANT *value);

/* An array of VARIANTs of text, from 0: VBScript cannot read any other kind of array. */
HRESULT value_strings(const struct sbx_strings *strings, VARIANT *value);

/* An array of bytes, from 0; with zero elements, not Empty, when there are none. */
HRESULT value_bytes(const void *bytes, size_t size, VARIANT *value);

/* A moment for people: the local time that clocks on the wall showed, and ISO 8601 in UTC. */
DATE value_local_time(int64_t utc_ms);
HRESULT value_utc_text(int64_t utc_ms, BSTR *value);

#endif
