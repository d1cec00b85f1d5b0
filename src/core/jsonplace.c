/*
 * jsonplace.c - walks over a JSON text that is known to be one.
 */
#include "core/jsonplace.h"

#include "core/jsontext.h"

#include <string.h>

static size_t skip_blanks(const char *text, size_t at)
{
    while (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')
        at++;
    return at;
}

static size_t skip_string(const char *text, size_t at)
{
    for (at++; text[at] != '"'; at++) {
        if (text[at] == '\\')
            at++;
    }
    return at + 1;
}

static size_t skip_container(const char *text, size_t at)
{
    size_t depth = 0;

    do {
        if (text[at] == '"') {
            at = skip_string(text, at);
            continue;
        }
        if (text[at] == '{' || text[at] == '[')
            depth++;
        else if (text[at] == '}' || text[at] == ']')
            depth--;
        at++;
    } while (depth);
    return at;
}

static bool is_in_word(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '+' || letter == '-' || letter == '.';
}

/*
 * The length of a word or number is looked for only where something stands behind it: inside a container. So no
 * byte behind the text is read, be it ended by a NUL or not.
 */
static size_t skip_value(const char *text, size_t at)
{
    if (text[at] == '"')
        return skip_string(text, at);
    if (text[at] == '{' || text[at] == '[')
        return skip_container(text, at);
    while (is_in_word(text[at]))
        at++;
    return at;
}

struct jsonplace jsonplace_root(const char *text)
{
    struct jsonplace root;

    root.start = skip_blanks(text, 0);
    root.key = root.start;
    root.end = skip_value(text, root.start);
    return root;
}

bool jsonplace_next(const char *text, size_t container, struct jsonplace *place)
{
    size_t at = skip_blanks(text, place->end ? place->end : container + 1);

    if (text[at] == ',')
        at = skip_blanks(text, at + 1);
    if (text[at] == '}' || text[at] == ']')
        return false;

    place->key = at;
    if (text[container] == '{') {
        at = skip_blanks(text, skip_string(text, at));
        at = skip_blanks(text, at + 1); /* the colon */
    }
    place->start = at;
    place->end = skip_value(text, at);
    return true;
}

sbx_status jsonplace_key(const char *text, const struct jsonplace *place, struct sbx_buffer *key)
{
    size_t size = skip_string(text, place->key) - place->key;
    struct jsontext read;
    json_error_t where;
    sbx_status status;

    if (!memchr(text + place->key, '\\', size)) {
        buffer_append(key, text + place->key + 1, size - 2);
        return buffer_failed(key) ? SBX_E_MEMORY : SBX_OK;
    }
    status = jsontext_read_as(text + place->key, size, JSON_DECODE_ANY, &read, &where);
    if (status)
        return status;
    buffer_append_text(key, json_string_value(read.root));
    jsontext_free(&read);
    return buffer_failed(key) ? SBX_E_MEMORY : SBX_OK;
}

void jsonplace_append_part(struct sbx_buffer *pointer, const char *name)
{
    for (; *name; name++) {
        if (*name == '~')
            buffer_append_text(pointer, "~0");
        else if (*name == '/')
            buffer_append_text(pointer, "~1");
        else
            buffer_append(pointer, name, 1);
    }
}

sbx_status jsonplace_pointer_part(const char *text, const struct jsonplace *place, struct sbx_buffer *pointer)
{
    struct sbx_buffer key = SBX_BUFFER_EMPTY;
    sbx_status status = jsonplace_key(text, place, &key);

    if (!status)
        jsonplace_append_part(pointer, buffer_text(&key));
    buffer_free(&key);
    return status || buffer_failed(pointer) ? SBX_E_MEMORY : SBX_OK;
}
