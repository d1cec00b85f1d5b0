/*
 * policy_read.c - values of a policy, by their rules.
 */
#include "core/policy_read.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/jsonplace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The way down from the whole text. */
static void append_place(struct sbx_buffer *pointer, const struct policy_place *at)
{
    if (!at->up)
        return;
    append_place(pointer, at->up);
    buffer_append_text(pointer, "/");
    if (!at->key) {
        buffer_append_format(pointer, "%zu", at->index);
        return;
    }
    jsonplace_append_part(pointer, at->key);
}

/* `"a", "b", "c"` */
static void append_words(struct sbx_buffer *out, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_append_format(out, "%s\"%s\"", i ? ", " : "", words[i]);
}

static sbx_status add(const struct policy_place *at, struct policy_problems *problems, sbx_status code,
                      struct sbx_buffer *fix, const char *text)
{
    struct sbx_buffer pointer = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_E_MEMORY;

    if (policy_problems_full(problems)) {
        buffer_free(fix);
        return SBX_OK;
    }
    append_place(&pointer, at);
    if (!buffer_failed(&pointer) && !buffer_failed(fix))
        status = policy_problems_add(problems, code, buffer_text(&pointer), text, buffer_text(fix));
    if (!status)
        problems->items[problems->count - 1].at_key = at->key_is_wrong;
    buffer_free(&pointer);
    buffer_free(fix);
    return status;
}

sbx_status policy_refuse(const struct policy_place *at, struct policy_problems *problems, sbx_status code,
                         const char *fix, const char *format, ...)
{
    struct sbx_buffer copy = SBX_BUFFER_EMPTY;
    char text[2 * POLICY_SHOWN_SIZE + 256];
    va_list arguments;

    if (policy_problems_full(problems))
        return SBX_OK;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer_append_text(&copy, fix);
    return add(at, problems, code, &copy, text);
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
                             struct policy_problems *problems)
{
    struct sbx_buffer fix = SBX_BUFFER_EMPTY;
    char text[64];

    buffer_append_format(&fix, "Write %s.", wanted);
    snprintf(text, sizeof text, "this is %s.", type_words(value));
    return add(at, problems, SBX_E_POLICY_VALUE, &fix, text);
}

sbx_status policy_too_many(size_t count, const struct policy_place *at, struct policy_problems *problems)
{
    struct sbx_buffer fix = SBX_BUFFER_EMPTY;
    char text[64];

    buffer_append_format(&fix, "Write at most %d.", POLICY_MOST_ENTRIES);
    snprintf(text, sizeof text, "%zu entries are too many.", count);
    return add(at, problems, SBX_E_POLICY_VALUE, &fix, text);
}

/* `"elevatd" is not known.` `Did you mean "elevated"? Known here: "auto", "restricted", "elevated".` */
static sbx_status unknown_word(const char *found, const struct policy_place *at, const char *what,
                               const char *const *words, size_t count, struct policy_problems *problems)
{
    struct sbx_buffer fix = SBX_BUFFER_EMPTY;
    char text[POLICY_SHOWN_SIZE + 32];
    char shown[POLICY_SHOWN_SIZE];
    const char *nearest;

    if (policy_problems_full(problems))
        return SBX_OK;
    nearest = text_nearest(found, words, count);
    if (nearest)
        buffer_append_format(&fix, "Did you mean \"%s\"? ", nearest);
    buffer_append_text(&fix, "Known here: ");
    append_words(&fix, words, count);
    buffer_append_text(&fix, ".");
    snprintf(text, sizeof text, "%s is not %s.", policy_show(found, shown), what);
    return add(at, problems, SBX_E_POLICY_VALUE, &fix, text);
}

/* `text` NULL: it may be a secret and is not shown. */
static sbx_status refuse_fault(const struct policy_place *at, struct policy_problems *problems,
                               const char *text, const struct policy_fault *fault)
{
    struct sbx_buffer fix = SBX_BUFFER_EMPTY;
    char shown[POLICY_SHOWN_SIZE];
    sbx_status status = SBX_E_MEMORY;

    if (policy_problems_full(problems))
        return SBX_OK;
    if (fault->nearest)
        buffer_append_format(&fix, "Did you mean %s? ", fault->nearest);
    buffer_append_text(&fix, fault->fix);
    if (!buffer_failed(&fix))
        status = policy_refuse(at, problems, SBX_E_POLICY_VALUE, buffer_text(&fix), "%s %s.",
                               text ? policy_show(text, shown) : "the text", fault->what);
    buffer_free(&fix);
    return status;
}

/* In problems the key itself is the place. */
static sbx_status unknown_key(const char *name, const struct policy_place *at,
                              const struct policy_section *section, struct policy_problems *problems)
{
    const struct policy_place place = {at, name, 0, true};
    const char *names[POLICY_MOST_KEYS];

    for (size_t i = 0; i < section->count; i++)
        names[i] = section->keys[i].name;
    return unknown_word(name, &place, "a key", names, section->count, problems);
}

sbx_status policy_read_section(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct policy_problems *problems)
{
    const struct policy_section *section = rule;
    const char *name;
    json_t *member;

    if (!json_is_object(value))
        return policy_wrong_type(value, at, section->wanted, problems);

    json_object_foreach((json_t *)value, name, member)
    {
        const struct policy_place place = {at, name, 0, false};
        const struct policy_key *key = NULL;
        sbx_status status;

        for (size_t i = 0; i < section->count && !key; i++) {
            if (strcmp(section->keys[i].name, name) == 0)
                key = &section->keys[i];
        }
        status = key ? key->read(member, &place, key->rule, (char *)target + key->offset, problems)
                     : unknown_key(name, at, section, problems);
        if (status)
            return status;
    }
    return SBX_OK;
}

sbx_status policy_read_word(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct policy_problems *problems)
{
    const char *const *words = rule;
    size_t count = 0;

    while (words[count])
        count++;

    if (!json_is_string(value)) {
        struct sbx_buffer wanted = SBX_BUFFER_EMPTY;
        sbx_status status = SBX_E_MEMORY;

        buffer_append_text(&wanted, "one of ");
        append_words(&wanted, words, count);
        if (!buffer_failed(&wanted))
            status = policy_wrong_type(value, at, buffer_text(&wanted), problems);
        buffer_free(&wanted);
        return status;
    }
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], json_string_value(value)) == 0) {
            /* Whatever the enumeration is, it is as large as an int. */
            memcpy(target, &i, sizeof i);
            return SBX_OK;
        }
    }
    return unknown_word(json_string_value(value), at, "known", words, count, problems);
}

static sbx_status read_integer(const json_t *value, const struct policy_place *at,
                               const struct policy_range *range, json_int_t *found,
                               struct policy_problems *problems)
{
    char wanted[96];

    snprintf(wanted, sizeof wanted, "a whole number from %ld to %ld", (long)range->least, (long)range->most);
    if (!json_is_integer(value))
        return policy_wrong_type(value, at, wanted, problems);
    if (json_integer_value(value) < range->least || json_integer_value(value) > range->most) {
        char fix[128];

        snprintf(fix, sizeof fix, "Write %s.", wanted);
        return policy_refuse(at, problems, SBX_E_POLICY_VALUE, fix, "%lld is out of range.",
                             (long long)json_integer_value(value));
    }
    *found = json_integer_value(value);
    return SBX_OK;
}

sbx_status policy_read_u32(const json_t *value, const struct policy_place *at, const void *rule, void *target,
                           struct policy_problems *problems)
{
    json_int_t found = *(uint32_t *)target;
    sbx_status status = read_integer(value, at, rule, &found, problems);

    *(uint32_t *)target = (uint32_t)found;
    return status;
}

sbx_status policy_read_port(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct policy_problems *problems)
{
    json_int_t found = *(uint16_t *)target;
    sbx_status status = read_integer(value, at, rule, &found, problems);

    *(uint16_t *)target = (uint16_t)found;
    return status;
}

sbx_status policy_read_minutes(const json_t *value, const struct policy_place *at, const void *rule,
                               void *target, struct policy_problems *problems)
{
    const struct policy_range *range = rule;
    double found = json_number_value(value);

    if (!json_is_number(value))
        return policy_wrong_type(value, at, "a number of minutes", problems);
    if (!(found > (double)range->least && found <= (double)range->most)) {
        char fix[96];

        snprintf(fix, sizeof fix, "Write a number above %ld and up to %ld.", (long)range->least,
                 (long)range->most);
        return policy_refuse(at, problems, SBX_E_POLICY_VALUE, fix, "%g is out of range.", found);
    }
    *(double *)target = found;
    return SBX_OK;
}

sbx_status policy_read_text(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct policy_problems *problems)
{
    const struct policy_text_rule *text = rule;
    struct policy_fault fault;
    char *copy;

    if (!json_is_string(value))
        return policy_wrong_type(value, at, text->wanted, problems);
    fault = text->fault(json_string_value(value));
    if (fault.what)
        return refuse_fault(at, problems, text->hidden ? NULL : json_string_value(value), &fault);
    copy = sbx_strdup(json_string_value(value));
    if (!copy)
        return SBX_E_MEMORY;
    sbx_free(*(char **)target);
    *(char **)target = copy;
    return SBX_OK;
}

/* Appends the entry, or "" where it was refused. */
static sbx_status read_entry(const json_t *entry, const struct policy_place *at,
                             const struct policy_list_rule *rule, struct sbx_strings *strings,
                             struct policy_problems *problems)
{
    const char *text = json_string_value(entry);
    struct policy_fault fault;
    sbx_status status = SBX_OK;

    if (!text) {
        status = policy_wrong_type(entry, at, "text in double quotes", problems);
        text = "";
    } else {
        fault = rule->fault ? rule->fault(text) : policy_fault_of_path(rule->paths, text);
        if (fault.what) {
            status = refuse_fault(at, problems, text, &fault);
            text = "";
        }
    }
    return status ? status : strings_append(strings, text);
}

sbx_status policy_read_list(const json_t *value, const struct policy_place *at, const void *rule,
                            void *target, struct policy_problems *problems)
{
    struct sbx_strings strings = {NULL, 0};
    size_t index;
    json_t *entry;

    /* The default is gone even where the list is refused: it is not what the author has in mind. */
    strings_free(target);
    if (!json_is_array(value)) {
        const struct policy_list_rule *list = rule;

        return policy_wrong_type(value, at, list->wanted, problems);
    }
    if (json_array_size(value) > POLICY_MOST_ENTRIES)
        return policy_too_many(json_array_size(value), at, problems);

    json_array_foreach(value, index, entry)
    {
        const struct policy_place place = {at, NULL, index, false};

        if (read_entry(entry, &place, rule, &strings, problems)) {
            strings_free(&strings);
            return SBX_E_MEMORY;
        }
    }
    *(struct sbx_strings *)target = strings;
    return SBX_OK;
}
