/*
 * message.c - every message as a table of its fields, and one writer, one reader and one release over such
 * tables.
 *
 * On the wire: integers little-endian in their own size, a truth value one byte, a text its size (u32) and
 * its bytes without a NUL, a list its count (u32) and its texts, assurances a byte each. What is written in
 * one order is read in the same, because there is only the one table.
 */
#include "core/message.h"
#include "base/memory.h"

#include <string.h>

enum field_kind {
    FIELD_BOOL,       /* bool */
    FIELD_U8,         /* uint8_t, at most `most` */
    FIELD_U32,        /* uint32_t, at most `most` */
    FIELD_BITS,       /* uint32_t, no bits outside `most` */
    FIELD_U64,        /* uint64_t or int64_t */
    FIELD_TEXT,       /* char *, owned; NULL is written as "" */
    FIELD_STRINGS,    /* struct sbx_strings, owned */
    FIELD_ASSURANCES, /* enum sbx_assurance[SBX_DOMAIN_COUNT] */
    FIELD_CODE,       /* sbx_status of a failure */
    FIELD_ERROR_TEXT, /* char[SBX_ERROR_TEXT_SIZE] */
};

struct field {
    enum field_kind kind;
    size_t offset;
    uint32_t most;
};

struct shape {
    const char *name;
    uint16_t types[2]; /* of frames that may carry it; 0: none */
    size_t size;
    const struct field *fields;
    size_t field_count;
};

#define AT(type, member) offsetof(struct type, member)
#define ANY              UINT32_MAX
#define FIELDS(table)    (table), sizeof(table) / sizeof(table)[0]

static const struct field hello_fields[] = {
    {FIELD_TEXT, AT(message_hello, version), 0},
    {FIELD_U32, AT(message_hello, process_id), ANY},
};

static const struct field prepare_fields[] = {
    {FIELD_BOOL, AT(message_prepare, recipe.write_restricted), 0},
    {FIELD_BOOL, AT(message_prepare, recipe.logon_deny_only), 0},
    {FIELD_STRINGS, AT(message_prepare, recipe.restricting_sids), 0},
    {FIELD_STRINGS, AT(message_prepare, recipe.deny_only_sids), 0},
    {FIELD_STRINGS, AT(message_prepare, recipe.default_dacl_sids), 0},
    {FIELD_TEXT, AT(message_prepare, directory), 0},
    {FIELD_TEXT, AT(message_prepare, desktop), 0},
    {FIELD_TEXT, AT(message_prepare, account_sid), 0},
    {FIELD_TEXT, AT(message_prepare, group_sid), 0},
    {FIELD_STRINGS, AT(message_prepare, environment.entries), 0},
};

static const struct field launch_fields[] = {
    {FIELD_BOOL, AT(message_launch, is_line), 0},
    {FIELD_STRINGS, AT(message_launch, arguments), 0},
    {FIELD_TEXT, AT(message_launch, directory), 0},
    {FIELD_STRINGS, AT(message_launch, environment.entries), 0},
    {FIELD_BOOL, AT(message_launch, own_environment), 0},
    {FIELD_U64, AT(message_launch, input), 0},
    {FIELD_U64, AT(message_launch, output), 0},
    {FIELD_U64, AT(message_launch, error), 0},
    {FIELD_U64, AT(message_launch, limits.memory_size), 0},
    {FIELD_U32, AT(message_launch, limits.process_count), ANY},
    {FIELD_U32, AT(message_launch, limits.cpu_percent), 100},
    {FIELD_U64, AT(message_launch, timeout_ms), 0},
    {FIELD_U64, AT(message_launch, limit_ms), 0},
    {FIELD_BOOL, AT(message_launch, keep_descendants), 0},
    {FIELD_BOOL, AT(message_launch, tell_token), 0},
    {FIELD_BOOL, AT(message_launch, terminal), 0},
    {FIELD_U32, AT(message_launch, columns), CONSOLE_MOST_CELLS},
    {FIELD_U32, AT(message_launch, rows), CONSOLE_MOST_CELLS},
    {FIELD_ASSURANCES, AT(message_launch, floor), 0},
};

static const struct field launched_fields[] = {
    {FIELD_U32, AT(message_launched, process_id), ANY},
    {FIELD_U64, AT(message_launched, start_utc_ms), 0},
    {FIELD_BITS, AT(message_launched, measurement.differences), ATTEST_ALL},
    {FIELD_U32, AT(message_launched, measurement.integrity), ANY},
    {FIELD_ASSURANCES, AT(message_launched, measurement.assurance), 0},
    {FIELD_BITS, AT(message_launched, measurement.unread), ATTEST_ALL},
    {FIELD_TEXT, AT(message_launched, token.user_sid), 0},
    {FIELD_STRINGS, AT(message_launched, token.restricting_sids), 0},
    {FIELD_STRINGS, AT(message_launched, token.enabled_groups), 0},
    {FIELD_STRINGS, AT(message_launched, token.privileges), 0},
    {FIELD_STRINGS, AT(message_launched, token.default_dacl), 0},
    {FIELD_BOOL, AT(message_launched, token.restricted), 0},
    {FIELD_BOOL, AT(message_launched, token.write_restricted), 0},
    {FIELD_BOOL, AT(message_launched, token.administrator), 0},
    {FIELD_BOOL, AT(message_launched, token.elevated), 0},
    {FIELD_U32, AT(message_launched, token.integrity), ANY},
    {FIELD_U8, AT(message_launched, token.ui_access), TOKEN_UI_ACCESS},
};

static const struct field exited_fields[] = {
    {FIELD_U32, AT(message_exited, exit_code), ANY}, {FIELD_U8, AT(message_exited, reason), EXIT_RUNNER_LOST},
    {FIELD_U64, AT(message_exited, cpu_ms), 0},      {FIELD_U64, AT(message_exited, peak_memory_size), 0},
    {FIELD_U64, AT(message_exited, elapsed_ms), 0},
};

static const struct field terminate_fields[] = {
    {FIELD_U32, AT(message_terminate, launch), ANY},
    {FIELD_U32, AT(message_terminate, exit_code), ANY},
    {FIELD_U8, AT(message_terminate, reason), EXIT_RUNNER_LOST},
};

static const struct field resize_fields[] = {
    {FIELD_U32, AT(message_resize, launch), ANY},
    {FIELD_U32, AT(message_resize, columns), CONSOLE_MOST_CELLS},
    {FIELD_U32, AT(message_resize, rows), CONSOLE_MOST_CELLS},
};

static const struct field attach_fields[] = {
    {FIELD_TEXT, AT(message_attach, image), 0},
    {FIELD_TEXT, AT(message_attach, command_line), 0},
    {FIELD_TEXT, AT(message_attach, directory), 0},
    {FIELD_TEXT, AT(message_attach, desktop), 0},
    {FIELD_STRINGS, AT(message_attach, environment.entries), 0},
    {FIELD_U32, AT(message_attach, mitigations), ANY},
    {FIELD_U32, AT(message_attach, columns), CONSOLE_MOST_CELLS},
    {FIELD_U32, AT(message_attach, rows), CONSOLE_MOST_CELLS},
    {FIELD_U64, AT(message_attach, input), 0},
    {FIELD_U64, AT(message_attach, output), 0},
};

static const struct field attached_fields[] = {
    {FIELD_U32, AT(message_attached, process_id), ANY},
};

static const struct field failed_fields[] = {
    {FIELD_CODE, AT(message_failed, error.code), 0},
    {FIELD_U32, AT(message_failed, error.system), ANY},
    {FIELD_ERROR_TEXT, AT(message_failed, error.text), 0},
};

static const struct shape hello_shape = {
    "hello", {FRAME_HELLO, FRAME_READY}, sizeof(struct message_hello), FIELDS(hello_fields)};
static const struct shape prepare_shape = {
    "prepare", {FRAME_PREPARE}, sizeof(struct message_prepare), FIELDS(prepare_fields)};
static const struct shape launch_shape = {
    "launch", {FRAME_LAUNCH}, sizeof(struct message_launch), FIELDS(launch_fields)};
static const struct shape launched_shape = {
    "launched", {FRAME_LAUNCHED}, sizeof(struct message_launched), FIELDS(launched_fields)};
static const struct shape exited_shape = {
    "exited", {FRAME_EXITED}, sizeof(struct message_exited), FIELDS(exited_fields)};
static const struct shape terminate_shape = {"terminate",
                                             {FRAME_TERMINATE, FRAME_INTERRUPT},
                                             sizeof(struct message_terminate),
                                             FIELDS(terminate_fields)};
static const struct shape resize_shape = {
    "resize", {FRAME_RESIZE}, sizeof(struct message_resize), FIELDS(resize_fields)};
static const struct shape attach_shape = {
    "attach", {FRAME_ATTACH}, sizeof(struct message_attach), FIELDS(attach_fields)};
static const struct shape attached_shape = {
    "attached", {FRAME_ATTACHED}, sizeof(struct message_attached), FIELDS(attached_fields)};
static const struct shape failed_shape = {
    "failed", {FRAME_FAILED}, sizeof(struct message_failed), FIELDS(failed_fields)};

/* Writing. */

static void put_u8(struct sbx_buffer *out, uint8_t value)
{
    buffer_append(out, &value, 1);
}

static void put_text(struct sbx_buffer *out, const char *text)
{
    size_t size = text ? strlen(text) : 0;

    /*
     * No frame can carry more. One byte too many is enough for frame_encode to fail, with the text that says
     * so.
     */
    if (size > FRAME_MOST_SIZE)
        size = FRAME_MOST_SIZE + 1;
    buffer_append_u32(out, (uint32_t)size);
    buffer_append(out, text, size);
}

static void put_strings(struct sbx_buffer *out, const struct sbx_strings *strings)
{
    buffer_append_u32(out, (uint32_t)strings->count);
    for (size_t i = 0; i < strings->count; i++)
        put_text(out, strings->items[i]);
}

static void put_assurances(struct sbx_buffer *out, const enum sbx_assurance *assurances)
{
    for (size_t i = 0; i < SBX_DOMAIN_COUNT; i++)
        put_u8(out, (uint8_t)assurances[i]);
}

static void put_field(struct sbx_buffer *out, enum field_kind kind, const void *value)
{
    switch (kind) {
    case FIELD_BOOL:
        put_u8(out, *(const bool *)value ? 1 : 0);
        break;
    case FIELD_U8:
        put_u8(out, *(const uint8_t *)value);
        break;
    case FIELD_U32:
    case FIELD_BITS:
        buffer_append_u32(out, *(const uint32_t *)value);
        break;
    case FIELD_U64:
        buffer_append_u64(out, *(const uint64_t *)value);
        break;
    case FIELD_TEXT:
        put_text(out, *(char *const *)value);
        break;
    case FIELD_STRINGS:
        put_strings(out, value);
        break;
    case FIELD_ASSURANCES:
        put_assurances(out, value);
        break;
    case FIELD_CODE:
        buffer_append_u32(out, (uint32_t) * (const sbx_status *)value);
        break;
    case FIELD_ERROR_TEXT:
        put_text(out, value);
        break;
    }
}

static void put(struct sbx_buffer *out, const struct shape *shape, const void *message)
{
    for (size_t i = 0; i < shape->field_count; i++)
        put_field(out, shape->fields[i].kind, (const uint8_t *)message + shape->fields[i].offset);
}

/* Reading. */

struct reader {
    const uint8_t *bytes;
    size_t size;       /* bytes left */
    sbx_status status; /* of the first failure; what is read afterwards is 0 */
};

static uint64_t get_number(struct reader *reader, size_t size, uint64_t most)
{
    uint64_t value = 0;

    if (!reader->status && reader->size < size)
        reader->status = SBX_E_RUNNER_PROTOCOL;
    if (reader->status)
        return 0;

    for (size_t i = size; i-- > 0;)
        value = value << 8 | reader->bytes[i];
    if (value > most) {
        reader->status = SBX_E_RUNNER_PROTOCOL;
        return 0;
    }
    reader->bytes += size;
    reader->size -= size;
    return value;
}

/* The text's bytes inside the frame, checked: all there, no NUL among them. */
static const char *get_bytes(struct reader *reader, size_t most, size_t *size)
{
    const char *bytes;

    *size = (size_t)get_number(reader, 4, most);
    if (!reader->status && (*size > reader->size || memchr(reader->bytes, 0, *size)))
        reader->status = SBX_E_RUNNER_PROTOCOL;
    if (reader->status)
        return NULL;

    bytes = (const char *)reader->bytes;
    reader->bytes += *size;
    reader->size -= *size;
    return bytes;
}

static char *get_text(struct reader *reader)
{
    size_t size;
    const char *bytes = get_bytes(reader, FRAME_MOST_SIZE, &size);
    char *text = bytes ? sbx_strndup(bytes, size) : NULL;

    if (bytes && !text)
        reader->status = SBX_E_MEMORY;
    return text;
}

static void get_strings(struct reader *reader, struct sbx_strings *strings)
{
    /* Each text takes at least its size: a count that the frame cannot hold allocates nothing. */
    size_t count = (size_t)get_number(reader, 4, reader->size / 4);

    if (reader->status || count == 0)
        return;
    strings->items = sbx_alloc_array(count, sizeof *strings->items);
    if (!strings->items) {
        reader->status = SBX_E_MEMORY;
        return;
    }
    while (strings->count < count) {
        char *text = get_text(reader);

        if (!text)
            return;
        strings->items[strings->count++] = text;
    }
}

static void get_error_text(struct reader *reader, char *text)
{
    size_t size;
    const char *bytes = get_bytes(reader, SBX_ERROR_TEXT_SIZE - 1, &size);

    if (bytes) {
        memcpy(text, bytes, size);
        text[size] = '\0';
    }
}

static void get_field(struct reader *reader, const struct field *field, void *value)
{
    switch (field->kind) {
    case FIELD_BOOL:
        *(bool *)value = get_number(reader, 1, 1) != 0;
        break;
    case FIELD_U8:
        *(uint8_t *)value = (uint8_t)get_number(reader, 1, field->most);
        break;
    case FIELD_U32:
        *(uint32_t *)value = (uint32_t)get_number(reader, 4, field->most);
        break;
    case FIELD_BITS:
        *(uint32_t *)value = (uint32_t)get_number(reader, 4, ANY);
        if (*(uint32_t *)value & ~field->most)
            reader->status = SBX_E_RUNNER_PROTOCOL;
        break;
    case FIELD_U64:
        *(uint64_t *)value = get_number(reader, 8, UINT64_MAX);
        break;
    case FIELD_TEXT:
        *(char **)value = get_text(reader);
        break;
    case FIELD_STRINGS:
        get_strings(reader, value);
        break;
    case FIELD_ASSURANCES:
        for (size_t i = 0; i < SBX_DOMAIN_COUNT; i++)
            ((enum sbx_assurance *)value)[i] = (enum sbx_assurance)get_number(reader, 1, SBX_VERIFIED);
        break;
    case FIELD_CODE:
        *(sbx_status *)value = (sbx_status)get_number(reader, 4, SBX_E_MEMORY);
        if (*(sbx_status *)value == SBX_OK && !reader->status)
            reader->status = SBX_E_RUNNER_PROTOCOL;
        break;
    case FIELD_ERROR_TEXT:
        get_error_text(reader, value);
        break;
    }
}

static void release(const struct shape *shape, void *message)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        void *value = (uint8_t *)message + shape->fields[i].offset;

        if (shape->fields[i].kind == FIELD_TEXT) {
            sbx_free(*(char **)value);
            *(char **)value = NULL;
        } else if (shape->fields[i].kind == FIELD_STRINGS)
            strings_free(value);
    }
}

union any_message {
    struct message_hello hello;
    struct message_prepare prepare;
    struct message_launch launch;
    struct message_launched launched;
    struct message_exited exited;
    struct message_terminate terminate;
    struct message_resize resize;
    struct message_attach attach;
    struct message_attached attached;
    struct message_failed failed;
};

static bool is_carried_by(const struct shape *shape, uint16_t type)
{
    return type != 0 && (type == shape->types[0] || type == shape->types[1]);
}

static sbx_status get(const struct frame *frame, const struct shape *shape, void *message,
                      struct sbx_error *error)
{
    union any_message made;
    struct reader reader = {frame->payload, frame->payload_size, SBX_OK};

    memset(&made, 0, sizeof made);
    if (!is_carried_by(shape, frame->type))
        reader.status = SBX_E_RUNNER_PROTOCOL;
    for (size_t i = 0; i < shape->field_count && !reader.status; i++)
        get_field(&reader, &shape->fields[i], (uint8_t *)&made + shape->fields[i].offset);
    if (!reader.status && reader.size != 0)
        reader.status = SBX_E_RUNNER_PROTOCOL;

    /* The one rule between two fields. */
    if (!reader.status && shape == &launch_shape && made.launch.is_line && made.launch.arguments.count != 1)
        reader.status = SBX_E_RUNNER_PROTOCOL;

    if (reader.status) {
        release(shape, &made);
        if (reader.status == SBX_E_MEMORY)
            return error_memory(error, "a received message");
        return error_set(
            error, SBX_E_RUNNER_PROTOCOL,
            "The other end of the runner's channel sent a frame of type %d that is no valid \"%s\".",
            frame->type, shape->name);
    }
    memcpy(message, &made, shape->size);
    return SBX_OK;
}

/* The names. */

void message_put_hello(struct sbx_buffer *out, const struct message_hello *message)
{
    put(out, &hello_shape, message);
}

void message_put_prepare(struct sbx_buffer *out, const struct message_prepare *message)
{
    put(out, &prepare_shape, message);
}

void message_put_launch(struct sbx_buffer *out, const struct message_launch *message)
{
    put(out, &launch_shape, message);
}

void message_put_launched(struct sbx_buffer *out, const struct message_launched *message)
{
    put(out, &launched_shape, message);
}

void message_put_exited(struct sbx_buffer *out, const struct message_exited *message)
{
    put(out, &exited_shape, message);
}

void message_put_terminate(struct sbx_buffer *out, const struct message_terminate *message)
{
    put(out, &terminate_shape, message);
}

void message_put_resize(struct sbx_buffer *out, const struct message_resize *message)
{
    put(out, &resize_shape, message);
}

void message_put_attach(struct sbx_buffer *out, const struct message_attach *message)
{
    put(out, &attach_shape, message);
}

void message_put_attached(struct sbx_buffer *out, const struct message_attached *message)
{
    put(out, &attached_shape, message);
}

void message_put_failed(struct sbx_buffer *out, const struct sbx_error *error)
{
    put(out, &failed_shape, error); /* the error is all there is of a struct message_failed */
}

sbx_status message_get_hello(const struct frame *frame, struct message_hello *message,
                             struct sbx_error *error)
{
    return get(frame, &hello_shape, message, error);
}

sbx_status message_get_prepare(const struct frame *frame, struct message_prepare *message,
                               struct sbx_error *error)
{
    return get(frame, &prepare_shape, message, error);
}

sbx_status message_get_launch(const struct frame *frame, struct message_launch *message,
                              struct sbx_error *error)
{
    return get(frame, &launch_shape, message, error);
}

sbx_status message_get_launched(const struct frame *frame, struct message_launched *message,
                                struct sbx_error *error)
{
    return get(frame, &launched_shape, message, error);
}

sbx_status message_get_exited(const struct frame *frame, struct message_exited *message,
                              struct sbx_error *error)
{
    return get(frame, &exited_shape, message, error);
}

sbx_status message_get_terminate(const struct frame *frame, struct message_terminate *message,
                                 struct sbx_error *error)
{
    return get(frame, &terminate_shape, message, error);
}

sbx_status message_get_resize(const struct frame *frame, struct message_resize *message,
                              struct sbx_error *error)
{
    return get(frame, &resize_shape, message, error);
}

sbx_status message_get_attach(const struct frame *frame, struct message_attach *message,
                              struct sbx_error *error)
{
    return get(frame, &attach_shape, message, error);
}

sbx_status message_get_attached(const struct frame *frame, struct message_attached *message,
                                struct sbx_error *error)
{
    return get(frame, &attached_shape, message, error);
}

sbx_status message_get_failed(const struct frame *frame, struct sbx_error *received, struct sbx_error *error)
{
    struct message_failed message;
    sbx_status status = get(frame, &failed_shape, &message, error);

    if (status)
        return status;
    message.error.where = "";
    *received = message.error;
    return SBX_OK;
}

void message_free_hello(struct message_hello *message)
{
    release(&hello_shape, message);
}

void message_free_prepare(struct message_prepare *message)
{
    release(&prepare_shape, message);
}

void message_free_launch(struct message_launch *message)
{
    release(&launch_shape, message);
}

void message_free_launched(struct message_launched *message)
{
    release(&launched_shape, message);
}

void message_free_attach(struct message_attach *message)
{
    release(&attach_shape, message);
}
