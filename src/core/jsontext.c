/*
 * jsontext.c - jansson on our memory.
 *
 * jansson's lexer does not look whether a token's buffer could grow (lex_save in its load.c): the byte is
 * dropped, and then an assertion ends the process or a string is read past its end (akheron/jansson #362,
 * open, seen in 2.14). This code runs in other people's processes, so while jansson reads, an allocation that
 * fails does not return: it jumps out of jansson, and what jansson had is freed from our own list. Writing
 * looks at every result and needs none of that.
 */
#include "core/jsontext.h"

#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <string.h>

#if defined(_MSC_VER) && !defined(__clang__)
#define THREAD_LOCAL __declspec(thread)
#else
#define THREAD_LOCAL _Thread_local
#endif

/* In front of each allocation, as large as keeps what follows aligned. */
union block {
    union block *next;
    json_int_t integer;
    double real;
};

struct reading {
    jmp_buf out_of_memory;
    union block *blocks;
};

/* jansson's allocator has no context of its own. Set only while this thread is inside json_loadb. */
static THREAD_LOCAL struct reading *reading;

static void *json_alloc(size_t size)
{
    union block *block;

    if (!reading)
        return sbx_alloc(size);

    block = size < SIZE_MAX - sizeof *block ? sbx_alloc(sizeof *block + size) : NULL;
    if (!block)
        longjmp(reading->out_of_memory, 1);
    block->next = reading->blocks;
    reading->blocks = block;
    return block + 1;
}

/* What was read is freed as a whole. */
static void json_release(void *memory)
{
    if (!reading)
        sbx_free(memory);
}

/*
 * Each time, because there is no moment before which nobody writes JSON; it only stores two pointers, always
 * the same.
 */
static void use_our_memory(void)
{
    json_set_alloc_funcs(json_alloc, json_release);
}

static void free_blocks(union block *block)
{
    while (block) {
        union block *next = block->next;

        sbx_free(block);
        block = next;
    }
}

/*
 * A function of its own: `now` lies outside it, so its content is certain when setjmp returns a second time.
 */
static sbx_status read_into(struct reading *now, const char *text, size_t size, size_t flags, json_t **root,
                            json_error_t *place)
{
    if (setjmp(now->out_of_memory)) {
        reading = NULL;
        return SBX_E_MEMORY;
    }
    reading = now;
    *root = json_loadb(text, size, flags, place);
    reading = NULL;
    return *root ? SBX_OK : SBX_E_POLICY_SYNTAX;
}

sbx_status jsontext_read_as(const char *text, size_t size, size_t flags, struct jsontext *read,
                            json_error_t *place)
{
    struct reading now = {.blocks = NULL};
    json_t *root = NULL;
    sbx_status status;

    use_our_memory();
    status = read_into(&now, text, size, flags, &root, place);
    if (status) {
        free_blocks(now.blocks);
        return status;
    }
    read->root = root;
    read->blocks = now.blocks;
    return SBX_OK;
}

sbx_status jsontext_read(const char *text, size_t size, struct jsontext *read, json_error_t *place)
{
    return jsontext_read_as(text, size, JSON_REJECT_DUPLICATES, read, place);
}

void jsontext_free(struct jsontext *read)
{
    free_blocks(read->blocks);
    read->root = NULL;
    read->blocks = NULL;
}

json_t *jsontext_object(void)
{
    use_our_memory();
    return json_object();
}

json_t *jsontext_array(void)
{
    use_our_memory();
    return json_array();
}

bool jsontext_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

bool jsontext_append(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) == 0;
}

static bool is_surrogate(uint16_t unit)
{
    return (unit & 0xF800) == 0xD800;
}

static bool is_pair(const uint16_t *units, size_t count)
{
    return count > 1 && (units[0] & 0xFC00) == 0xD800 && (units[1] & 0xFC00) == 0xDC00;
}

/*
 * Both forms of an ill-formed text. Lone surrogates become U+FFFD in `units`; `escaped` gets the pieces
 * between them as they are and their own six characters.
 */
static sbx_status escape_surrogates(uint16_t *units, size_t count, struct sbx_buffer *escaped)
{
    for (size_t at = 0; at < count;) {
        size_t start = at;
        sbx_status status;
        char *piece;

        while (at < count && units[at] != '\\' &&
               (!is_surrogate(units[at]) || is_pair(units + at, count - at)))
            at += is_surrogate(units[at]) ? 2 : 1;

        status = text_from_utf16(units + start, at - start, &piece, NULL);
        if (status)
            return status;
        buffer_append_text(escaped, piece);
        sbx_free(piece);

        if (at < count && units[at] == '\\') {
            buffer_append_text(escaped, "\\\\");
            at++;
        } else if (at < count) {
            buffer_append_format(escaped, "\\u%04x", (unsigned)units[at]);
            units[at++] = 0xFFFD;
        }
    }
    return buffer_failed(escaped) ? SBX_E_MEMORY : SBX_OK;
}

/*
 * An ill-formed text. What is not even WTF-8 has become U+FFFD in `units` already and stays that in both
 * forms.
 */
static bool put_ill_formed(json_t *object, const char *key, const char *text)
{
    struct sbx_buffer escaped = SBX_BUFFER_EMPTY;
    struct sbx_buffer escaped_key = SBX_BUFFER_EMPTY;
    uint16_t *units;
    size_t count;
    char *readable = NULL;
    bool ok = false;

    if (text_to_utf16(text, strlen(text), &units, &count))
        return false;
    if (escape_surrogates(units, count, &escaped) || text_from_utf16(units, count, &readable, NULL))
        goto done;

    buffer_append_format(&escaped_key, "%sEscaped", key);
    ok = !buffer_failed(&escaped_key) && jsontext_put(object, key, json_string(readable)) &&
         jsontext_put(object, buffer_text(&escaped_key), json_string(buffer_text(&escaped)));

done:
    buffer_free(&escaped_key);
    buffer_free(&escaped);
    sbx_free(readable);
    sbx_free(units);
    return ok;
}

bool jsontext_put_text(json_t *object, const char *key, const char *text)
{
    if (text_is_utf8(text, strlen(text)))
        return jsontext_put(object, key, json_string(text));
    return put_ill_formed(object, key, text);
}

/* "\udXXX", as escape_surrogates writes it; 0: it is not that. */
static uint16_t read_escape(const char *text)
{
    uint16_t unit = 0;

    if (text[0] != '\\' || text[1] != 'u')
        return 0;
    for (const char *digit = text + 2; digit < text + 6; digit++) {
        const char *digits = "0123456789abcdef";
        const char *found = *digit ? strchr(digits, *digit) : NULL;

        if (!found)
            return 0;
        unit = (uint16_t)(unit << 4 | (found - digits));
    }
    return is_surrogate(unit) ? unit : 0;
}

/*
 * The way back of escape_surrogates: the text itself, and in *readable what had stood beside it. False where no
 * text is escaped so.
 */
static bool unescape(const char *escaped, struct sbx_buffer *text, struct sbx_buffer *readable)
{
    uint16_t before = 0;

    while (*escaped) {
        uint16_t unit = read_escape(escaped);
        size_t plain = strcspn(escaped, "\\");

        if (unit) {
            /* Two that make a pair are one character and never escaped. */
            if ((unit & 0xFC00) == 0xDC00 && (before & 0xFC00) == 0xD800)
                return false;
            buffer_append(text,
                          (const char[]){(char)(0xE0 | unit >> 12), (char)(0x80 | (unit >> 6 & 0x3F)),
                                         (char)(0x80 | (unit & 0x3F))},
                          3);
            buffer_append_text(readable, "\xEF\xBF\xBD");
            escaped += 6;
        } else if (plain) {
            buffer_append(text, escaped, plain);
            buffer_append(readable, escaped, plain);
            escaped += plain;
        } else if (escaped[1] == '\\') {
            buffer_append_text(text, "\\");
            buffer_append_text(readable, "\\");
            escaped += 2;
        } else {
            return false;
        }
        before = unit;
    }
    return true;
}

sbx_status jsontext_get_text(const json_t *object, const char *key, char **text)
{
    struct sbx_buffer escaped_key = SBX_BUFFER_EMPTY;
    struct sbx_buffer whole = SBX_BUFFER_EMPTY;
    struct sbx_buffer readable = SBX_BUFFER_EMPTY;
    const char *plain = json_string_value(json_object_get(object, key));
    const json_t *escaped;
    sbx_status status = SBX_E_ARGUMENT;
    char *made;

    buffer_append_format(&escaped_key, "%sEscaped", key);
    if (buffer_failed(&escaped_key)) {
        status = SBX_E_MEMORY;
        goto done;
    }
    escaped = json_object_get(object, buffer_text(&escaped_key));
    if (!plain || (escaped && !json_is_string(escaped)))
        goto done;

    if (!escaped)
        buffer_append_text(&whole, plain);
    else if (!unescape(json_string_value(escaped), &whole, &readable))
        goto done;
    if (buffer_failed(&whole) || buffer_failed(&readable)) {
        status = SBX_E_MEMORY;
        goto done;
    }
    if (escaped && strcmp(buffer_text(&readable), plain) != 0)
        goto done;

    made = sbx_strdup(buffer_text(&whole));
    status = made ? SBX_OK : SBX_E_MEMORY;
    if (made)
        *text = made;

done:
    buffer_free(&readable);
    buffer_free(&whole);
    buffer_free(&escaped_key);
    return status;
}

static int append_to_buffer(const char *text, size_t size, void *out)
{
    buffer_append(out, text, size);
    return buffer_failed(out) ? -1 : 0;
}

void jsontext_write(json_t *value, struct sbx_buffer *out)
{
    if (!value || json_dump_callback(value, append_to_buffer, out, JSON_COMPACT | JSON_ENCODE_ANY))
        out->failed = true;
    json_decref(value);
}
