/*
 * policy_text.c - encoding, depth and syntax of a policy's text.
 */
#include "core/policy_text.h"

#include "base/buffer.h"
#include "base/text.h"
#include "core/policy.h"
#include "core/policy_place.h"

#include <stdio.h>
#include <string.h>

#define MOST_DEPTH 16 /* a policy has four levels; jansson recurses into whatever it is given */

/* Of a whole policy, and of one value to be put into a policy. */
static const char *advice_for(size_t flags)
{
    if (flags & JSON_DECODE_ANY)
        return "Write one JSON value: texts in double quotes, a comma between entries and none behind the "
               "last, no "
               "comments.";
    return "A policy is one JSON object: keys and texts in double quotes, a comma between entries and none "
           "behind "
           "the last, no comments.";
}

static sbx_status refuse_text(struct policy_problems *problems, sbx_status code, uint32_t line,
                              uint32_t column, const char *what, const char *fix)
{
    sbx_status status = policy_problems_add(problems, code, "", what, fix);

    if (!status) {
        problems->items[0].line = line;
        problems->items[0].column = column;
    }
    return status;
}

static sbx_status refuse_byte(const char *text, size_t at, const char *what, const char *fix,
                              struct policy_problems *problems)
{
    uint32_t line;
    uint32_t column;

    policy_place_column(text, at, &line, &column);
    return refuse_text(problems, SBX_E_POLICY_SYNTAX, line, column, what, fix);
}

/* No level of brackets that jansson would go down to without need. */
static sbx_status check_depth(const char *text, size_t size, struct policy_problems *problems)
{
    bool inside = false; /* of a string */
    size_t depth = 0;

    for (size_t i = 0; i < size; i++) {
        if (inside) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                inside = false;
        } else if (text[i] == '"')
            inside = true;
        else if (text[i] == '{' || text[i] == '[') {
            if (++depth > MOST_DEPTH)
                return refuse_byte(text, i, "nested too deep.",
                                   "16 levels are read, and a policy needs four.", problems);
        } else if ((text[i] == '}' || text[i] == ']') && depth)
            depth--;
    }
    return SBX_OK;
}

/* Encoding and depth, which have to be right before jansson reads. */
static sbx_status check_text(const char *text, size_t size, struct policy_problems *problems)
{
    static const char save[] = "Save the policy as UTF-8 text.";
    size_t ill_formed;
    size_t good = text_utf8_prefix(text, size, &ill_formed);
    const char *zero = memchr(text, 0, good);

    /* A text in UTF-16 gets here as well: half of its bytes are 0. */
    if (size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return refuse_byte(text, 0, "the text is in UTF-16.", "Save it as UTF-8.", problems);
    if (zero)
        return refuse_byte(text, (size_t)(zero - text), "a zero byte.", save, problems);
    if (ill_formed)
        return refuse_byte(text, good, "this is not UTF-8.", save, problems);
    return check_depth(text, size, problems);
}

static bool is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!strchr(" \t\r\n", text[i]))
            return false;
    }
    return true;
}

/* The end of the token that begins at `at`: a text, a run of letters and digits, or a single character. */
static size_t token_end(const char *text, size_t size, size_t at)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._";

    if (text[at] == '"') {
        for (at++; at < size && text[at] != '"' && text[at] != '\n'; at++)
            at += text[at] == '\\';
        return at < size ? at + 1 : size;
    }
    if (!strchr(word, text[at]))
        return at + 1;
    while (at < size && strchr(word, text[at]))
        at++;
    return at;
}

/*
 * Where the mistake begins. jansson tells how far it has read, which is behind the token that it did not expect; in a
 * text with a bad escape, behind that. Where the end came too early it is behind the last thing that is there.
 */
static size_t mistake_start(const char *text, size_t size, const json_error_t *place)
{
    size_t read = place->position > 0 ? (size_t)place->position : 0;
    size_t at = 0;

    if (strncmp(place->text, "control character", strlen("control character")) == 0)
        return read;
    if (strncmp(place->text, "invalid escape", strlen("invalid escape")) == 0) {
        while (read > 0 && text[read - 1] != '\\')
            read--;
        return read > 0 ? read - 1 : 0;
    }
    if (strstr(place->text, "near end of file")) {
        while (size > 0 && strchr(" \t\r\n", text[size - 1]))
            size--;
        return size;
    }
    while (at < size) {
        size_t end;

        if (strchr(" \t\r\n", text[at])) {
            at++;
            continue;
        }
        end = token_end(text, size, at);
        if (read <= end)
            return at;
        at = end;
    }
    return size;
}

static sbx_status refuse_syntax(const char *text, size_t size, const json_error_t *place, size_t flags,
                                struct policy_problems *problems)
{
    const char *advice = advice_for(flags);
    size_t at = mistake_start(text, size, place);
    struct sbx_buffer what = SBX_BUFFER_EMPTY;
    char found[POLICY_SHOWN_SIZE];
    sbx_status status = SBX_E_MEMORY;

    switch (json_error_code(place)) {
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return refuse_byte(text, at, "a zero character (\\u0000).",
                           "No name, path or value can have one: take it out.", problems);
    case json_error_numeric_overflow:
        advice = "Write a smaller number.";
        break;
    default:
        /* What everybody runs into who writes a Windows path. */
        if (strncmp(place->text, "invalid escape", strlen("invalid escape")) == 0)
            advice = "In JSON a backslash is written twice; in a path / means the same.";
        break;
    }

    /* jansson's words end with a piece of the text in quotes of their own. */
    policy_show(place->text, found);
    buffer_append_format(&what, "%.*s.", (int)strlen(found) - 2, found + 1);
    if (!buffer_failed(&what))
        status = refuse_byte(text, at, buffer_text(&what), advice, problems);
    buffer_free(&what);
    return status;
}

static sbx_status refuse_size(size_t size, struct policy_problems *problems)
{
    char what[64];
    char fix[64];

    snprintf(what, sizeof what, "The policy has %zu bytes.", size);
    snprintf(fix, sizeof fix, "At most %d are read.", POLICY_MOST_SIZE);
    return refuse_text(problems, SBX_E_LIMIT, 0, 0, what, fix);
}

/*
 * A repeated key stops jansson as an error of syntax does, but is no reason not to look at the rest.
 */
static sbx_status read_json(const char *text, size_t size, size_t flags, struct jsontext *read,
                            struct policy_problems *problems)
{
    json_error_t where;
    sbx_status status = jsontext_read_as(text, size, flags | JSON_REJECT_DUPLICATES, read, &where);

    if (status != SBX_E_POLICY_SYNTAX)
        return status;
    if (json_error_code(&where) == json_error_duplicate_key) {
        status = jsontext_read_as(text, size, flags, read, &where);
        if (!status) {
            status = policy_place_repeated_keys(text, problems);
            if (status)
                jsontext_free(read);
            return status;
        }
    }
    return status == SBX_E_POLICY_SYNTAX ? refuse_syntax(text, size, &where, flags, problems) : status;
}

static sbx_status read_checked(const char *text, size_t size, size_t flags, struct jsontext *read,
                               struct policy_problems *problems)
{
    sbx_status status;

    if (size > POLICY_MOST_SIZE)
        return refuse_size(size, problems);
    if (is_blank(text, size))
        return refuse_text(problems, SBX_E_POLICY_SYNTAX, 0, 0,
                           flags & JSON_DECODE_ANY ? "The text is empty." : "The policy is empty.",
                           advice_for(flags));
    status = check_text(text, size, problems);
    if (status || problems->count)
        return status;
    return read_json(text, size, flags, read, problems);
}

sbx_status policy_read_json(const char *text, size_t size, struct jsontext *read,
                            struct policy_problems *problems)
{
    struct jsontext made = {NULL, NULL};
    sbx_status status = read_checked(text, size, 0, &made, problems);

    *read = made;
    return status;
}

sbx_status policy_check_json(const char *text, size_t size, struct policy_problems *problems)
{
    struct jsontext read = {NULL, NULL};
    sbx_status status = read_checked(text, size, JSON_DECODE_ANY, &read, problems);

    if (!status && read.root && problems->count)
        status = policy_place_problems(text, problems);
    jsontext_free(&read);
    return status;
}
