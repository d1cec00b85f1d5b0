/*
 * step_json.c - steps as the journal keeps them. Strict: what is read is all there, of its type, in its range, and nothing
 * more; a step that was half understood would be half undone.
 */
#include "core/jsontext.h"
#include "base/memory.h"
#include "core/step_fields.h"

#include <string.h>

#define ID_SIZE (sizeof((struct step_files *)0)->file_id)

/* Writing. */

static json_t *shape_as_json(const struct step_shape *shape, const void *object);

static json_t *ids_as_json(const struct sbx_strings *ids)
{
    json_t *array = jsontext_array();

    for (size_t i = 0; i < ids->count; i++) {
        if (!jsontext_append(array, json_string(ids->items[i]))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *list_as_json(const struct step_field *field, const void *object)
{
    const uint8_t *items;
    size_t count = *(const size_t *)((const uint8_t *)object + field->count_offset);
    json_t *array = jsontext_array();

    memcpy(&items, (const uint8_t *)object + field->offset, sizeof items);
    for (size_t i = 0; i < count; i++) {
        if (!jsontext_append(array, shape_as_json(field->shape, items + i * field->shape->size))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *sid_as_json(const struct sid *sid)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    json_t *value = NULL;

    sid_write_text(sid, &text);
    if (!buffer_failed(&text))
        value = json_string(buffer_text(&text));
    buffer_free(&text);
    return value;
}

static uint32_t number_of(const struct step_field *field, const void *at)
{
    switch (field->size) {
    case 1:
        return *(const uint8_t *)at;
    case 2:
        return *(const uint16_t *)at;
    default:
        return *(const uint32_t *)at;
    }
}

static bool put_field(json_t *json, const struct step_field *field, const void *object)
{
    const void *at = (const uint8_t *)object + field->offset;
    const char *text;
    int word;

    switch (field->kind) {
    case FIELD_TEXT:
        text = *(char *const *)at;
        return jsontext_put_text(json, field->key, text ? text : "");
    case FIELD_ID:
        return jsontext_put(json, field->key, json_string(at));
    case FIELD_IDS:
        return jsontext_put(json, field->key, ids_as_json(at));
    case FIELD_BOOL:
        return jsontext_put(json, field->key, json_boolean(*(const bool *)at));
    case FIELD_NUMBER:
        return jsontext_put(json, field->key, json_integer(number_of(field, at)));
    case FIELD_WORD:
        memcpy(&word, at, sizeof word);
        return jsontext_put(json, field->key, json_string(field->words[word]));
    case FIELD_SID:
        return jsontext_put(json, field->key, sid_as_json(at));
    case FIELD_LIST:
        return jsontext_put(json, field->key, list_as_json(field, object));
    }
    return false;
}

static bool put_shape(json_t *json, const struct step_shape *shape, const void *object)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (!put_field(json, &shape->fields[i], object))
            return false;
    return true;
}

static json_t *shape_as_json(const struct step_shape *shape, const void *object)
{
    json_t *json = jsontext_object();

    if (put_shape(json, shape, object))
        return json;
    json_decref(json);
    return NULL;
}

json_t *step_as_json(const struct step *step)
{
    json_t *json = jsontext_object();

    if (jsontext_put(json, "kind", json_string(step_kind_name(step->kind))) &&
        jsontext_put_text(json, "rule", step->rule ? step->rule : "") &&
        put_shape(json, step_shape(step->kind), step))
        return json;
    json_decref(json);
    return NULL;
}

/* Reading. */

static sbx_status bad(const char *key, const char *why, struct sbx_error *error)
{
    return error_set(error, SBX_E_JOURNAL, "The journal holds a step that cannot be read: \"%s\" %s.", key,
                     why);
}

static sbx_status read_text(const json_t *json, const char *key, char **text, struct sbx_error *error)
{
    sbx_status status = jsontext_get_text(json, key, text);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "a step");
    return status ? bad(key, "is no text", error) : SBX_OK;
}

static bool is_id(const char *text)
{
    size_t size = text ? strlen(text) : 0;

    return size > 0 && size < ID_SIZE && strspn(text, "0123456789abcdef-") == size;
}

static sbx_status read_ids(const json_t *array, const char *key, struct sbx_strings *ids,
                           struct sbx_error *error)
{
    size_t count = json_array_size(array);

    if (!json_is_array(array))
        return bad(key, "is no list", error);
    if (!count)
        return SBX_OK;
    ids->items = sbx_alloc_array(count, sizeof *ids->items);
    if (!ids->items)
        return error_memory(error, "a step");
    for (; ids->count < count; ids->count++) {
        const char *text = json_string_value(json_array_get(array, ids->count));

        if (!is_id(text))
            return bad(key, "holds what is no id", error);
        ids->items[ids->count] = sbx_strdup(text);
        if (!ids->items[ids->count])
            return error_memory(error, "a step");
    }
    return SBX_OK;
}

static sbx_status read_number(const json_t *value, const struct step_field *field, void *at,
                              struct sbx_error *error)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < 0 || number > field->most)
        return bad(field->key, "is no number that it may be", error);
    if (field->size == 1)
        *(uint8_t *)at = (uint8_t)number;
    else if (field->size == 2)
        *(uint16_t *)at = (uint16_t)number;
    else
        *(uint32_t *)at = (uint32_t)number;
    return SBX_OK;
}

static sbx_status read_word(const json_t *value, const struct step_field *field, void *at,
                            struct sbx_error *error)
{
    const char *text = json_string_value(value);

    for (int word = 0; text && word < (int)field->most; word++) {
        if (strcmp(text, field->words[word]) == 0) {
            memcpy(at, &word, sizeof word);
            return SBX_OK;
        }
    }
    return bad(field->key, "is no word that it may be", error);
}

static sbx_status read_shape(const json_t *json, const struct step_shape *shape, void *object,
                             struct sbx_error *error);
static sbx_status refuse_unknown(const json_t *json, const struct step_shape *shape,
                                 const char *const *more_keys, struct sbx_error *error);

static sbx_status read_list(const json_t *array, const struct step_field *field, void *object,
                            struct sbx_error *error)
{
    size_t count = json_array_size(array);
    uint8_t *items;
    sbx_status status = SBX_OK;

    if (!json_is_array(array))
        return bad(field->key, "is no list", error);
    if (!count)
        return SBX_OK;
    items = sbx_alloc_array(count, field->shape->size);
    if (!items)
        return error_memory(error, "a step");
    memcpy((uint8_t *)object + field->offset, &items, sizeof items);
    *(size_t *)((uint8_t *)object + field->count_offset) = count;
    for (size_t i = 0; i < count && !status; i++) {
        const json_t *item = json_array_get(array, i);

        status = json_is_object(item) ? refuse_unknown(item, field->shape, NULL, error)
                                      : bad(field->key, "holds what is no object", error);
        if (!status)
            status = read_shape(item, field->shape, items + i * field->shape->size, error);
    }
    return status;
}

static sbx_status read_field(const json_t *json, const struct step_field *field, void *object,
                             struct sbx_error *error)
{
    const json_t *value = json_object_get(json, field->key);
    void *at = (uint8_t *)object + field->offset;

    if (!value)
        return bad(field->key, "is missing", error);
    switch (field->kind) {
    case FIELD_TEXT:
        return read_text(json, field->key, at, error);
    case FIELD_ID:
        if (!is_id(json_string_value(value)))
            return bad(field->key, "is no id", error);
        memcpy(at, json_string_value(value), json_string_length(value) + 1); /* measured by is_id */
        return SBX_OK;
    case FIELD_IDS:
        return read_ids(value, field->key, at, error);
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return bad(field->key, "is neither true nor false", error);
        *(bool *)at = json_is_true(value);
        return SBX_OK;
    case FIELD_NUMBER:
        return read_number(value, field, at, error);
    case FIELD_WORD:
        return read_word(value, field, at, error);
    case FIELD_SID:
        if (!json_is_string(value) || sid_parse(json_string_value(value), at, NULL))
            return bad(field->key, "is no SID", error);
        return SBX_OK;
    case FIELD_LIST:
        return read_list(value, field, object, error);
    }
    return SBX_OK;
}

/* What was read so far is the object's, also on a failure. */
static sbx_status read_shape(const json_t *json, const struct step_shape *shape, void *object,
                             struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < shape->field_count && !status; i++)
        status = read_field(json, &shape->fields[i], object, error);
    return status;
}

/* `key`, or the second form of an ill-formed text. */
static bool is_key(const char *text, const char *key, bool is_text)
{
    size_t size = strlen(key);

    return strncmp(text, key, size) == 0 && (!text[size] || (is_text && strcmp(text + size, "Escaped") == 0));
}

static bool is_known(const char *text, const struct step_shape *shape, const char *const *more_keys)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (is_key(text, shape->fields[i].key, shape->fields[i].kind == FIELD_TEXT))
            return true;
    for (; more_keys && *more_keys; more_keys++)
        if (is_key(text, *more_keys, true))
            return true;
    return false;
}

static sbx_status refuse_unknown(const json_t *json, const struct step_shape *shape,
                                 const char *const *more_keys, struct sbx_error *error)
{
    json_t *object = (json_t *)(uintptr_t)json; /* jansson's iterators do not know const */

    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        if (!is_known(json_object_iter_key(at), shape, more_keys))
            return bad(json_object_iter_key(at), "is not known to this version", error);
    return SBX_OK;
}

static sbx_status read_kind(const json_t *json, enum step_kind *kind, struct sbx_error *error)
{
    const char *text = json_string_value(json_object_get(json, "kind"));

    for (int i = 0; text && i < STEP_KIND_COUNT; i++) {
        if (strcmp(text, step_kind_name((enum step_kind)i)) == 0) {
            *kind = (enum step_kind)i;
            return SBX_OK;
        }
    }
    return bad("kind", "is none that this version knows", error);
}

sbx_status step_from_json(const json_t *json, struct step *step, struct sbx_error *error)
{
    static const char *const more_keys[] = {"kind", "rule", NULL};
    struct step made = {.state = STEP_PLANNED};
    const char *fault;
    sbx_status status = read_kind(json, &made.kind, error);

    if (status)
        return status;
    status = refuse_unknown(json, step_shape(made.kind), more_keys, error);
    if (!status)
        status = read_text(json, "rule", &made.rule, error);
    if (!status)
        status = read_shape(json, step_shape(made.kind), &made, error);
    fault = status ? NULL : step_entries_fault(&made);
    if (fault)
        status = bad("entries", fault, error);
    if (status) {
        step_free(&made);
        return status;
    }
    *step = made;
    return SBX_OK;
}
