/*
 * script_array.h - objects as script engines make them: late-bound alone, with names that exist at run time.
 */
#ifndef TESTS_COM_SCRIPT_ARRAY_H
#define TESTS_COM_SCRIPT_ARRAY_H

#include "sbxcom/com.h"

/* JScript's ["a", "b"]: properties "length", "0", "1"..., no enumerator. Constant texts; one reference. */
IDispatch *script_array_new(const WCHAR *const *texts, size_t count);

/* An object whose default property is a text, as a Folder of the FileSystemObject is its path. */
IDispatch *script_value_new(const WCHAR *text);

#endif
