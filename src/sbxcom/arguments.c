/*
 * arguments.c - one value: text, numbers, words. Many values are in arguments_many.c.
 */
#include "sbxcom/arguments.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_REFERENCES 8 /* a VARIANT that refers to itself would not end */

VARIANT argument_value(const VARIANT *given)
{
    VARIANT value;

    for (int i = 0; i < MOST_REFERENCES && V_VT(given) == (VT_BYREF | VT_VARIANT); i++)
        given = V_VARIANTREF(given);
    value = *given;
    if (!(V_VT(&value) & VT_BYREF))
        return value;

    V_VT(&value) = V_VT(given) & ~VT_BYREF;
    if (V_VT(&value) & VT_ARRAY) {
        V_ARRAY(&value) = *V_ARRAYREF(given);
        return value;
    }
    switch (V_VT(&value)) {
    case VT_I1:
    case VT_UI1:
        V_UI1(&value) = *V_UI1REF(given);
        break;
    case VT_I2:
    case VT_UI2:
    case VT_BOOL:
        V_UI2(&value) = *V_UI2REF(given);
        break;
    case VT_I4:
    case VT_UI4:
    case VT_INT:
    case VT_UINT:
    case VT_R4:
    case VT_ERROR:
        V_UI4(&value) = *V_UI4REF(given);
        break;
    case VT_I8:
    case VT_UI8:
    case VT_R8:
    case VT_CY:
    case VT_DATE:
        V_I8(&value) = *V_I8REF(given);
        break;
    case VT_BSTR:
        V_BSTR(&value) = *V_BSTRREF(given);
        break;
    case VT_DISPATCH:
    case VT_UNKNOWN:
        V_UNKNOWN(&value) = *V_UNKNOWNREF(given);
        break;
    case VT_DECIMAL:
        V_DECIMAL(&value) = *V_DECIMALREF(given);
        V_VT(&value) = VT_DECIMAL; /* the type lies within a DECIMAL, in bytes that mean nothing there */
        break;
    default:
        V_VT(&value) = VT_RECORD; /* nothing that any parameter takes */
        break;
    }
    return value;
}

static bool is_missing(const VARIANT *value)
{
    return V_VT(value) == VT_ERROR && V_ERROR(value) == DISP_E_PARAMNOTFOUND;
}

bool argument_absent(const VARIANT *given)
{
    return argument_shape(given) == ARGUMENT_ABSENT;
}

enum argument_shape argument_shape(const VARIANT *given)
{
    VARIANT value = argument_value(given);

    if (V_VT(&value) & VT_ARRAY)
        return V_ARRAY(&value) ? ARGUMENT_ARRAY : ARGUMENT_OTHER;
    switch (V_VT(&value)) {
    case VT_EMPTY:
    case VT_NULL:
        return ARGUMENT_ABSENT;
    case VT_ERROR:
        return is_missing(&value) ? ARGUMENT_ABSENT : ARGUMENT_OTHER;
    case VT_BSTR:
        return ARGUMENT_TEXT;
    case VT_BOOL:
        return ARGUMENT_BOOLEAN;
    case VT_I1:
    case VT_I2:
    case VT_I4:
    case VT_I8:
    case VT_INT:
    case VT_UI1:
    case VT_UI2:
    case VT_UI4:
    case VT_UI8:
    case VT_UINT:
    case VT_R4:
    case VT_R8:
    case VT_CY:
    case VT_DECIMAL:
        return ARGUMENT_NUMBER;
    case VT_DISPATCH:
    case VT_UNKNOWN:
        return V_UNKNOWN(&value) ? ARGUMENT_OBJECT : ARGUMENT_OTHER;
    default:
        return ARGUMENT_OTHER;
    }
}

/* ---- what was wrong ------------------------------------------------------------------------------------------------ */

static sbx_status wrong_text(BSTR given, const char *name, const char *takes, struct sbx_error *error)
{
    enum { SHOWN = 40 };
    UINT length = SysStringLen(given);
    char *text;
    sbx_status status =
        text_from_utf16((const uint16_t *)given, length < SHOWN ? length : SHOWN, &text, NULL);

    if (status)
        return error_memory(error, "an error's text");
    status = error_set(error, SBX_E_ARGUMENT, "%s takes %s, not the text \"%s\"%s.", name, takes, text,
                       length > SHOWN ? "..." : "");
    sbx_free(text);
    return status;
}

sbx_status argument_wrong(const VARIANT *given, const char *name, const char *takes, struct sbx_error *error)
{
    VARIANT value = argument_value(given), number;
    const char *what;

    switch (argument_shape(&value)) {
    case ARGUMENT_TEXT:
        return wrong_text(V_BSTR(&value), name, takes, error);
    case ARGUMENT_NUMBER:
        VariantInit(&number);
        if (SUCCEEDED(VariantChangeTypeEx(&number, &value, LOCALE_INVARIANT, 0, VT_R8)))
            return error_set(error, SBX_E_ARGUMENT, "%s takes %s, not the number %.15g.", name, takes,
                             V_R8(&number));
        what = "this number";
        break;
    case ARGUMENT_ABSENT:
        what = V_VT(&value) == VT_NULL ? "Null" : V_VT(&value) == VT_EMPTY ? "Empty (or $null)" : "nothing";
        break;
    case ARGUMENT_BOOLEAN:
        what = "a Boolean";
        break;
    case ARGUMENT_ARRAY:
        what = "an array";
        break;
    case ARGUMENT_OBJECT:
        what = "this object";
        break;
    default:
        what = V_VT(&value) == VT_DATE                                     ? "a date"
               : V_VT(&value) == VT_DISPATCH || V_VT(&value) == VT_UNKNOWN ? "Nothing"
                                                                           : "this kind of value";
        break;
    }
    return error_set(error, SBX_E_ARGUMENT, "%s takes %s, not %s.", name, takes, what);
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

/* What an object stands for when it is used as a value. The caller clears *value. */
static bool default_value(const VARIANT *object, VARIANT *value)
{
    DISPPARAMS none = {NULL, NULL, 0, 0};
    IDispatch *dispatch;
    HRESULT result;

    if (FAILED(IUnknown_QueryInterface(V_UNKNOWN(object), &IID_IDispatch, (void **)&dispatch)))
        return false;
    VariantInit(value);
    result = IDispatch_Invoke(dispatch, DISPID_VALUE, &IID_NULL, LOCALE_INVARIANT, DISPATCH_PROPERTYGET,
                              &none, value, NULL, NULL);
    IDispatch_Release(dispatch);
    return SUCCEEDED(result);
}

/* *taken: the type is one that has a text. */
static sbx_status scalar_to_bstr(const VARIANT *value, BSTR *text, bool *taken, struct sbx_error *error)
{
    VARIANT converted;
    HRESULT result;

    switch (argument_shape(value)) {
    case ARGUMENT_TEXT:
    case ARGUMENT_NUMBER:
    case ARGUMENT_BOOLEAN:
        break;
    default:
        *taken = false;
        return SBX_OK;
    }

    VariantInit(&converted);
    result = VariantChangeTypeEx(&converted, (VARIANT *)value, LOCALE_INVARIANT, VARIANT_ALPHABOOL, VT_BSTR);
    if (result == E_OUTOFMEMORY)
        return error_memory(error, "an argument");
    *taken = SUCCEEDED(result);
    if (*taken)
        *text = V_BSTR(&converted);
    return SBX_OK;
}

sbx_status argument_as_bstr(const VARIANT *given, const char *name, BSTR *text, bool *made,
                            struct sbx_error *error)
{
    VARIANT value = argument_value(given), meant;
    bool taken = false;
    sbx_status status = SBX_OK;

    switch (argument_shape(&value)) {
    case ARGUMENT_TEXT:
        *text = V_BSTR(&value);
        *made = false;
        return SBX_OK;
    case ARGUMENT_OBJECT:
        if (default_value(&value, &meant)) {
            VARIANT inner = argument_value(&meant);

            status = scalar_to_bstr(&inner, text, &taken, error);
            VariantClear(&meant);
        }
        break;
    default:
        status = scalar_to_bstr(&value, text, &taken, error);
        break;
    }
    if (status)
        return status;
    if (!taken)
        return argument_wrong(&value, name, "text", error);
    *made = true;
    return SBX_OK;
}

sbx_status argument_bstr(BSTR given, const char *name, char **text, size_t *size, struct sbx_error *error)
{
    char *made;
    size_t made_size;
    sbx_status status = text_from_utf16((const uint16_t *)given, SysStringLen(given), &made, &made_size);

    if (status)
        return error_memory(error, "an argument");
    if (size) {
        *size = made_size;
    } else if (strlen(made) != made_size) {
        sbx_free(made);
        return error_set(error, SBX_E_ARGUMENT, "%s has a NUL character in it, at which the text would end.",
                         name);
    }
    *text = made;
    return SBX_OK;
}

sbx_status argument_text(const VARIANT *given, const char *name, char **text, size_t *size,
                         struct sbx_error *error)
{
    BSTR units;
    bool made;
    sbx_status status = argument_as_bstr(given, name, &units, &made, error);

    if (status)
        return status;
    status = argument_bstr(units, name, text, size, error);
    if (made)
        SysFreeString(units);
    return status;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------- */

static const WCHAR *skip_blanks(const WCHAR *text, const WCHAR *end)
{
    while (text < end && (*text == L' ' || *text == L'\t'))
        text++;
    return text;
}

static int digit_of(WCHAR unit)
{
    if (unit >= L'0' && unit <= L'9')
        return unit - L'0';
    if (unit >= L'a' && unit <= L'f')
        return unit - L'a' + 10;
    if (unit >= L'A' && unit <= L'F')
        return unit - L'A' + 10;
    return 16;
}

/* Digits of a base; adds how many there were to *count. */
static const WCHAR *read_digits(const WCHAR *text, const WCHAR *end, int base, double *number, int *count)
{
    for (; text < end && digit_of(*text) < base; text++, (*count)++)
        *number = *number * base + digit_of(*text);
    return text;
}

/* Not the system's conversions: they follow the user's locale, in which "1.5" may be a date or fifteen. */
static bool parse_number(BSTR given, double *number)
{
    const WCHAR *text = given, *end = given + SysStringLen(given);
    double value = 0, exponent = 0;
    bool negative = false, negative_exponent = false;
    int digits = 0, fraction = 0, exponent_digits = 0;

    text = skip_blanks(text, end);
    if (text < end && (*text == L'-' || *text == L'+'))
        negative = *text++ == L'-';
    if (end - text > 2 && text[0] == L'0' && (text[1] == L'x' || text[1] == L'X')) {
        text = read_digits(text + 2, end, 16, &value, &digits);
    } else {
        text = read_digits(text, end, 10, &value, &digits);
        if (text < end && *text == L'.') {
            text = read_digits(text + 1, end, 10, &value, &fraction);
            digits += fraction;
        }
        if (digits > 0 && text < end && (*text == L'e' || *text == L'E')) {
            text++;
            if (text < end && (*text == L'-' || *text == L'+'))
                negative_exponent = *text++ == L'-';
            text = read_digits(text, end, 10, &exponent, &exponent_digits);
            if (exponent_digits == 0 || exponent > 400)
                return false;
        }
    }
    if (digits == 0 || skip_blanks(text, end) != end)
        return false;
    exponent = (negative_exponent ? -exponent : exponent) - fraction;
    value = exponent < 0 ? value / pow(10, -exponent) : value * pow(10, exponent);
    *number = negative ? -value : value;
    return true;
}

static bool number_of(const VARIANT *value, double *number)
{
    switch (V_VT(value)) {
    case VT_BSTR:
        return parse_number(V_BSTR(value), number);
    case VT_I1:
        *number = (signed char)V_I1(value);
        return true;
    case VT_UI1:
        *number = V_UI1(value);
        return true;
    case VT_I2:
        *number = V_I2(value);
        return true;
    case VT_UI2:
        *number = V_UI2(value);
        return true;
    case VT_I4:
    case VT_INT:
        *number = V_I4(value);
        return true;
    case VT_UI4:
    case VT_UINT:
        *number = V_UI4(value);
        return true;
    case VT_I8:
        *number = (double)V_I8(value);
        return true;
    case VT_UI8:
        *number = (double)V_UI8(value);
        return true;
    case VT_R4:
        *number = V_R4(value);
        return true;
    case VT_R8:
        *number = V_R8(value);
        return true;
    case VT_CY:
        *number = (double)V_CY(value).int64 / 10000;
        return true;
    case VT_DECIMAL:
        return SUCCEEDED(VarR8FromDec((DECIMAL *)&V_DECIMAL(value), number));
    default:
        return false;
    }
}

sbx_status argument_number(const VARIANT *given, const char *name, double least, double most, double *number,
                           struct sbx_error *error)
{
    VARIANT value = argument_value(given);
    char takes[96];
    double found;

    /* Written so that a NaN is refused. */
    if (number_of(&value, &found) && found >= least && found <= most) {
        *number = found;
        return SBX_OK;
    }
    snprintf(takes, sizeof takes, "a number from %.15g to %.15g", least, most);
    return argument_wrong(&value, name, takes, error);
}

sbx_status argument_whole(const VARIANT *given, const char *name, int64_t least, int64_t most,
                          int64_t *number, struct sbx_error *error)
{
    VARIANT value = argument_value(given);
    char takes[96];
    double found;

    if (number_of(&value, &found)) {
        found = floor(found + 0.5);
        if (found >= (double)least && found <= (double)most) {
            *number = (int64_t)found;
            return SBX_OK;
        }
    }
    snprintf(takes, sizeof takes, "a whole number from %lld to %lld", (long long)least, (long long)most);
    return argument_wrong(&value, name, takes, error);
}

sbx_status argument_time_out(const VARIANT *given, const char *name, int32_t absent, int32_t *timeout_ms,
                             struct sbx_error *error)
{
    int64_t number;
    sbx_status status;

    if (argument_absent(given)) {
        *timeout_ms = absent;
        return SBX_OK;
    }
    status = argument_whole(given, name, -1, INT32_MAX, &number, error);
    if (!status)
        *timeout_ms = (int32_t)number;
    return status;
}

/* ---- words --------------------------------------------------------------------------------------------------------- */

/* Is it this word, whatever the case? Words are ASCII. */
static bool is_word(const WCHAR *text, size_t length, const char *word)
{
    size_t i;

    for (i = 0; i < length && word[i]; i++) {
        unsigned a = text[i], b = (unsigned char)word[i];

        if (a >= 'A' && a <= 'Z')
            a += 'a' - 'A';
        if (b >= 'A' && b <= 'Z')
            b += 'a' - 'A';
        if (a != b)
            return false;
    }
    return i == length && !word[i];
}

static const struct argument_word *find_word(const WCHAR *text, size_t length,
                                             const struct argument_word *words, size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        if (is_word(text, length, words[i].word))
            return &words[i];
    }
    return NULL;
}

sbx_status argument_bool(const VARIANT *given, const char *name, bool *value, struct sbx_error *error)
{
    VARIANT found = argument_value(given);
    double number;

    if (V_VT(&found) == VT_BOOL) {
        *value = V_BOOL(&found) != VARIANT_FALSE;
        return SBX_OK;
    }
    if (V_VT(&found) == VT_BSTR) {
        UINT length = SysStringLen(V_BSTR(&found));

        if (is_word(V_BSTR(&found), length, "true") || is_word(V_BSTR(&found), length, "false")) {
            *value = length == 4;
            return SBX_OK;
        }
    }
    if (number_of(&found, &number)) {
        *value = number != 0;
        return SBX_OK;
    }
    return argument_wrong(&found, name, "True or False", error);
}

/* "auto (0), restricted (1) or elevated (2)" */
static void list_words(const struct argument_word *words, size_t word_count, const char *before_last,
                       struct sbx_buffer *list)
{
    for (size_t i = 0; i < word_count; i++)
        buffer_append_format(list, "%s%s (%ld)",
                             i == 0                ? ""
                             : i + 1 == word_count ? before_last
                                                   : ", ",
                             words[i].word, (long)words[i].value);
}

static const char *nearest_word(BSTR given, const struct argument_word *words, size_t word_count)
{
    enum { MOST = 32 };
    const char *plain[MOST], *nearest = NULL;
    char *text;
    size_t count = word_count < MOST ? word_count : MOST;

    for (size_t i = 0; i < count; i++)
        plain[i] = words[i].word;
    if (text_from_utf16((const uint16_t *)given, SysStringLen(given), &text, NULL))
        return NULL;
    nearest = text_nearest(text, plain, count);
    sbx_free(text);
    return nearest;
}

static sbx_status wrong_word(const VARIANT *value, const char *name, const struct argument_word *words,
                             size_t word_count, const char *before_last, struct sbx_error *error)
{
    struct sbx_buffer takes = SBX_BUFFER_EMPTY;
    const char *nearest = V_VT(value) == VT_BSTR ? nearest_word(V_BSTR(value), words, word_count) : NULL;
    sbx_status status;

    list_words(words, word_count, before_last, &takes);
    if (nearest)
        buffer_append_format(&takes, " (perhaps %s)", nearest);
    if (buffer_failed(&takes))
        status = error_memory(error, "an error's text");
    else
        status = argument_wrong(value, name, buffer_text(&takes), error);
    buffer_free(&takes);
    return status;
}

sbx_status argument_enum(const VARIANT *given, const char *name, const struct argument_word *words,
                         size_t word_count, int32_t *value, struct sbx_error *error)
{
    VARIANT found = argument_value(given);
    const struct argument_word *word;
    double number;

    if (V_VT(&found) == VT_BSTR) {
        word = find_word(V_BSTR(&found), SysStringLen(V_BSTR(&found)), words, word_count);
        if (word) {
            *value = word->value;
            return SBX_OK;
        }
    }
    if (number_of(&found, &number)) {
        for (size_t i = 0; i < word_count; i++) {
            if (words[i].value == number) {
                *value = words[i].value;
                return SBX_OK;
            }
        }
    }
    return wrong_word(&found, name, words, word_count, " or ", error);
}

struct flags {
    const char *name;
    const struct argument_word *words;
    size_t word_count;
    int32_t value;
};

static bool is_between_words(WCHAR unit)
{
    return unit == L' ' || unit == L',' || unit == L'+' || unit == L'|' || unit == L'\t';
}

/* Words in one text. */
static bool add_words(BSTR text, struct flags *flags)
{
    const WCHAR *at = text, *end = text + SysStringLen(text);
    int32_t value = 0;

    while (at < end) {
        const WCHAR *word = at;
        const struct argument_word *found;

        while (at < end && !is_between_words(*at))
            at++;
        if (at > word) {
            found = find_word(word, (size_t)(at - word), flags->words, flags->word_count);
            if (!found)
                return false;
            value |= found->value;
        }
        if (at < end)
            at++;
    }
    flags->value |= value;
    return true;
}

static sbx_status add_flags(void *context, const VARIANT *element, struct sbx_error *error)
{
    struct flags *flags = context;
    int32_t all = 0;
    double number;

    for (size_t i = 0; i < flags->word_count; i++)
        all |= flags->words[i].value;
    if (number_of(element, &number)) {
        if (number == floor(number) && number >= 0 && number <= all && ((int32_t)number & ~all) == 0) {
            flags->value |= (int32_t)number;
            return SBX_OK;
        }
    } else if (V_VT(element) == VT_BSTR && add_words(V_BSTR(element), flags)) {
        return SBX_OK;
    }
    return wrong_word(element, flags->name, flags->words, flags->word_count, " and ", error);
}

sbx_status argument_flags(const VARIANT *given, const char *name, const struct argument_word *words,
                          size_t word_count, int32_t *value, struct sbx_error *error)
{
    struct flags flags = {name, words, word_count, 0};
    sbx_status status = argument_each(given, name, add_flags, &flags, error);

    if (!status)
        *value = flags.value;
    return status;
}
