/*
 * policy_read.c - values of a policy, by their rules.
 */
#include "core/policy_read.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text of limited room for messages; what does not fit is cut at a whole character. */
struct line {
    char text[2 * POLICY_SHOWN_SIZE];
    size_t size;
};

static void line_add(struct line *line, const char *text, size_t size)
{
    size_t room = sizeof line->text - 1 - line->size;

    if (size > room)
        size = room - text_incomplete_tail(text, room);
    memcpy(line->text + line->size, text, size);
    line->size += size;
    line->text[line->size] = '\0';
}

static void line_add_text(struct line *line, const char *text)
{
    line_add(line, text, strlen(text));
}

/* Somebody's text: never longer than a message can bear, control characters as JSON writes them. */
static void line_add_foreign(struct line *line, const char *text, const char *const escapes[2])
{
    size_t size = strlen(text);
    bool cut = size > POLICY_MOST_SHOWN;

    if (cut)
        size = POLICY_MOST_SHOWN - text_incomplete_tail(text, POLICY_MOST_SHOWN);
    for (size_t i = 0; i < size; i++) {
        char escaped[8];

        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F) {
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)text[i]);
            line_add_text(line, escaped);
        } else if (escapes && text[i] == '~')
            line_add_text(line, escapes[0]);
        else if (escapes && text[i] == '/')
            line_add_text(line, escapes[1]);
        else
            line_add(line, text + i, 1);
    }
    if (cut)
        line_add_text(line, "...");
}

const char *policy_show(const char *text, char shown[POLICY_SHOWN_SIZE])
{
    struct line line = {"", 0};

    line_add_text(&line, "\"");
    line_add_foreign(&line, text, NULL);
    line_add_text(&line, "\"");
    memcpy(shown, line.text, line.size + 1);
    return shown;
}

/* RFC 6901: the way down from the whole text, ~ as ~0 and / as ~1. */
static void line_add_place(struct line *line, const struct policy_place *at)
{
    static const char *const pointer_escapes[2] = {"~0", "~1"};

    if (!at->up)
        return;
    line_add_place(line, at->up);
    line_add_text(line, "/");
    if (at->key)
        line_add_foreign(line, at->key, pointer_escapes);
    else {
        char number[24];

        snprintf(number, sizeof number, "%lu", (unsigned long)at->index);
        line_add_text(line, number);
    }
}

/* `"a", "b", "c"` */
static void line_add_words(struct line *line, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        line_add_text(line, i ? ", \"" : "\"");
        line_add_text(line, words[i]);
        line_add_text(line, "\"");
    }
}

sbx_status policy_refuse(const struct policy_place *at, struct sbx_error *error, sbx_status code,
                         const char *format, ...)
{
    struct line pointer = {"", 0};
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    line_add_place(&pointer, at);
    return error_set(error, code, "%s: %s", at->up ? pointer.text : "The policy as a whole", text);
}

static const char *type_words(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "a number";
    case JSON_REAL:
        return "a number with a point or an exponent";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}

sbx_status policy_wrong_type(const json_t *value, const struct policy_place *at, const char *wanted,
                             struct sbx_error *error)
{
    return policy_refuse(at, error, SBX_E_POLICY_VALUE, "this is %s. Write %s.", type_words(value), wanted);
}

sbx_status policy_too_many(size_t count, const struct policy_place *at, struct sbx_error *error)
{
    return policy_refuse(at, error, SBX_E_POLICY_VALUE, "%zu entries are too many. Write at most %d.", count,
                         POLICY_MOST_ENTRIES);
}

/* `"elevatd" is not known. Did you mean "elevated"? Known here: "auto", "restricted", "elevated".` */
static sbx_status unknown_word(const char *found, const struct policy_place *at, const char *what,
                               const char *const *words, size_t count, struct sbx_error *error)
{
    const char *nearest = text_nearest(found, words, count);
    struct line allowed = {"", 0};
    char shown[POLICY_SHOWN_SIZE];

    line_add_words(&allowed, words, count);
    return policy_refuse(at, error, SBX_E_POLICY_VALUE, "%s is not %s.%s%s%s Known here: %s.",
                         policy_show(found, shown), what, nearest ? " Did you mean \"" : "",
                         nearest ? nearest : "", nearest ? "\"?" : "", allowed.text);
}

sbx_status policy_read_section(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct sbx_error *error)
{
    const struct policy_section *section = rule;
    const char *name;
    json_t *member;

    if (!json_is_object(value))
        return policy_wrong_type(value, at, section->wanted, error);

    json_object_foreach((json_t *)value, name, member)
    {
        const struct policy_place place = {at, name, 0};
        const struct policy_key *key = NULL;
        sbx_status status;

        for (size_t i = 0; i < section->count && !key; i++) {
            if (strcmp(section->keys[i].name, name) == 0)
                key = &section->keys[i];
        }
        if (!key) {
            const char *names[POLICY_MOST_KEYS];

            for (size_t i = 0; i < section->count; i++)
                names[i] = section->keys[i].name;
            return unknown_word(name, &place, "a key", names, section->count, error);
        }
        status = key->read(member, &place, key->rule, (char *)target + key->offset, error);
        if (status)
            return status;
    }
    return SBX_OK;
}

sbx_status policy_read_word(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct sbx_error *error)
{
    const char *const *words = rule;
    size_t count = 0;

    while (words[count])
        count++;

    if (!json_is_string(value)) {
        struct line wanted = {"", 0};

        line_add_text(&wanted, "one of ");
        line_add_words(&wanted, words, count);
        return policy_wrong_type(value, at, wanted.text, error);
    }
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], json_string_value(value)) == 0) {
            /* Whatever the enumeration is, it is as large as an int. */
            memcpy(target, &i, sizeof i);
            return SBX_OK;
        }
    }
    return unknown_word(json_string_value(value), at, "known", words, count, error);
}

static sbx_status read_integer(const json_t *value, const struct policy_place *at,
                               const struct policy_range *range, json_int_t *found, struct sbx_error *error)
{
    char wanted[96];

    snprintf(wanted, sizeof wanted, "a whole number from %ld to %ld", (long)range->least, (long)range->most);
    if (!json_is_integer(value))
        return policy_wrong_type(value, at, wanted, error);
    if (json_integer_value(value) < range->least || json_integer_value(value) > range->most)
        return policy_refuse(at, error, SBX_E_POLICY_VALUE, "%lld is out of range. Write %s.",
                             (long long)json_integer_value(value), wanted);
    *found = json_integer_value(value);
    return SBX_OK;
}

sbx_status policy_read_u32(const json_t *value, const struct policy_place *at, const void *rule, void *target,
                           struct sbx_error *error)
{
    json_int_t found = 0;
    sbx_status status = read_integer(value, at, rule, &found, error);

    if (!status)
        *(uint32_t *)target = (uint32_t)found;
    return status;
}

sbx_status policy_read_port(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct sbx_error *error)
{
    json_int_t found = 0;
    sbx_status status = read_integer(value, at, rule, &found, error);

    if (!status)
        *(uint16_t *)target = (uint16_t)found;
    return status;
}

sbx_status policy_read_minutes(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct sbx_error *error)
{
    const struct policy_range *range = rule;
    double found = json_number_value(value);

    if (!json_is_number(value))
        return policy_wrong_type(value, at, "a number of minutes", error);
    if (!(found > (double)range->least && found <= (double)range->most))
        return policy_refuse(at, error, SBX_E_POLICY_VALUE,
                             "%g is out of range. Write a number above %ld and up to %ld.", found,
                             (long)range->least, (long)range->most);
    *(double *)target = found;
    return SBX_OK;
}

sbx_status policy_read_text(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct sbx_error *error)
{
    const struct policy_text_rule *text = rule;
    const char *fault;
    char shown[POLICY_SHOWN_SIZE];
    char *copy;

    if (!json_is_string(value))
        return policy_wrong_type(value, at, text->wanted, error);
    fault = text->fault(json_string_value(value));
    if (fault)
        return policy_refuse(at, error, SBX_E_POLICY_VALUE, "%s %s.",
                             text->hidden ? "the text" : policy_show(json_string_value(value), shown), fault);
    copy = sbx_strdup(json_string_value(value));
    if (!copy)
        return error_memory(error, "the policy");
    sbx_free(*(char **)target);
    *(char **)target = copy;
    return SBX_OK;
}

static sbx_status check_entry(const char *text, const struct policy_place *at,
                              const struct policy_list_rule *rule, struct sbx_error *error)
{
    const char *nearest = NULL;
    const char *wrong = rule->fault ? rule->fault(text) : policy_fault_of_path(rule->paths, text, &nearest);
    char shown[POLICY_SHOWN_SIZE];

    if (!wrong)
        return SBX_OK;
    return policy_refuse(at, error, SBX_E_POLICY_VALUE, "%s %s.%s%s%s", policy_show(text, shown), wrong,
                         nearest ? " Did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

sbx_status policy_read_list(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct sbx_error *error)
{
    const struct policy_list_rule *list = rule;
    struct sbx_strings strings = {NULL, 0};
    sbx_status status = SBX_OK;
    size_t index;
    json_t *entry;

    if (!json_is_array(value))
        return policy_wrong_type(value, at, list->wanted, error);
    if (json_array_size(value) > POLICY_MOST_ENTRIES)
        return policy_too_many(json_array_size(value), at, error);

    json_array_foreach(value, index, entry)
    {
        const struct policy_place place = {at, NULL, index};

        if (!json_is_string(entry))
            status = policy_wrong_type(entry, &place, "text in double quotes", error);
        else
            status = check_entry(json_string_value(entry), &place, list, error);
        if (!status && strings_append(&strings, json_string_value(entry)))
            status = error_memory(error, "the policy");
        if (status) {
            strings_free(&strings);
            return status;
        }
    }
    strings_free(target);
    *(struct sbx_strings *)target = strings;
    return SBX_OK;
}
