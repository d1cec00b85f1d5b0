/*
 * step.c - steps in memory, and as people read them.
 */
#include "core/step.h"

#include "base/memory.h"
#include "core/step_fields.h"

#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TEXT(name, at)                                    \
    {                                                     \
        .key = (name), .kind = FIELD_TEXT, .offset = (at) \
    }
#define IDENTIFIER(name, at)                            \
    {                                                   \
        .key = (name), .kind = FIELD_ID, .offset = (at) \
    }
#define TRUTH(name, at)                                   \
    {                                                     \
        .key = (name), .kind = FIELD_BOOL, .offset = (at) \
    }
#define NUMBER(name, at, type, largest)                                                              \
    {                                                                                                \
        .key = (name), .kind = FIELD_NUMBER, .offset = (at), .size = sizeof(type), .most = (largest) \
    }
#define WORD(name, at, list)                                                                    \
    {                                                                                           \
        .key = (name), .kind = FIELD_WORD, .offset = (at), .most = COUNT(list), .words = (list) \
    }
#define LIST(name, at, count_at, element)                                                                 \
    {                                                                                                     \
        .key = (name), .kind = FIELD_LIST, .offset = (at), .count_offset = (count_at), .shape = (element) \
    }

static const struct step_field ace_fields[] = {
    NUMBER("type", offsetof(struct ace, type), uint8_t, ACE_DENY),
    NUMBER("flags", offsetof(struct ace, flags), uint8_t, UINT8_MAX),
    NUMBER("mask", offsetof(struct ace, mask), uint32_t, UINT32_MAX),
    {.key = "sid", .kind = FIELD_SID, .offset = offsetof(struct ace, sid)},
};
static const struct step_shape ace_shape = {sizeof(struct ace), ace_fields, COUNT(ace_fields)};

static const char *const layers[] = {
    [WFP_CONNECT] = "connect", [WFP_LISTEN] = "listen", [WFP_ACCEPT] = "accept", [WFP_RESOURCE] = "resource"};

static const struct step_field filter_fields[] = {
    IDENTIFIER("key", offsetof(struct wfp_filter, key)),
    TEXT("name", offsetof(struct wfp_filter, name)),
    WORD("layer", offsetof(struct wfp_filter, layer), layers),
    TRUTH("ipv6", offsetof(struct wfp_filter, ipv6)),
    TRUTH("permit", offsetof(struct wfp_filter, permit)),
    NUMBER("weight", offsetof(struct wfp_filter, weight), uint8_t, 15),
    TEXT("group", offsetof(struct wfp_filter, user_sid)),
    NUMBER("protocol", offsetof(struct wfp_filter, protocol), uint8_t, UINT8_MAX),
    NUMBER("portLeast", offsetof(struct wfp_filter, port_least), uint16_t, UINT16_MAX),
    NUMBER("portMost", offsetof(struct wfp_filter, port_most), uint16_t, UINT16_MAX),
    TRUTH("loopback", offsetof(struct wfp_filter, loopback_only)),
};
static const struct step_shape filter_shape = {sizeof(struct wfp_filter), filter_fields,
                                               COUNT(filter_fields)};

static const struct step_field files_fields[] = {
    {.key = "path", .kind = FIELD_TEXT, .offset = offsetof(struct step, files.path), .another_name = true},
    IDENTIFIER("volume", offsetof(struct step, files.volume_id)),
    IDENTIFIER("file", offsetof(struct step, files.file_id)),
    TRUTH("folder", offsetof(struct step, files.folder)),
    LIST("entries", offsetof(struct step, files.entries), offsetof(struct step, files.entry_count),
         &ace_shape),
    {.key = "stops", .kind = FIELD_IDS, .offset = offsetof(struct step, files.stops)},
};

static const struct step_field named_fields[] = {
    TEXT("name", offsetof(struct step, named.name)),
    TEXT("of", offsetof(struct step, named.of)),
    TEXT("text", offsetof(struct step, named.text)),
    NUMBER("flags", offsetof(struct step, named.flags), uint32_t, UINT32_MAX),
};

static const char *const directions[] = {[FIREWALL_OUT] = "out", [FIREWALL_IN] = "in"};

static const struct step_field firewall_fields[] = {
    TEXT("name", offsetof(struct step, firewall.name)),
    TEXT("inGroup", offsetof(struct step, firewall.group)),
    TEXT("description", offsetof(struct step, firewall.description)),
    TEXT("group", offsetof(struct step, firewall.users)),
    WORD("direction", offsetof(struct step, firewall.direction), directions),
    NUMBER("protocol", offsetof(struct step, firewall.protocol), uint16_t, FIREWALL_ANY_PROTOCOL),
    TEXT("remoteAddresses", offsetof(struct step, firewall.remote_addresses)),
    TEXT("remotePorts", offsetof(struct step, firewall.remote_ports)),
    TRUTH("allow", offsetof(struct step, firewall.allow)),
    TRUTH("enabled", offsetof(struct step, firewall.enabled)),
};

static const struct step_field filters_fields[] = {
    LIST("filters", offsetof(struct step, filters.items), offsetof(struct step, filters.count),
         &filter_shape),
};

static const struct step_shape files_shape = {sizeof(struct step), files_fields, COUNT(files_fields)};
static const struct step_shape named_shape = {sizeof(struct step), named_fields, COUNT(named_fields)};
static const struct step_shape firewall_shape = {sizeof(struct step), firewall_fields,
                                                 COUNT(firewall_fields)};
static const struct step_shape filters_shape = {sizeof(struct step), filters_fields, COUNT(filters_fields)};

static const struct {
    const char *name;
    const struct step_shape *shape;
} kinds[STEP_KIND_COUNT] = {
    [STEP_ALLOW] = {"allow", &files_shape},          [STEP_DENY] = {"deny", &files_shape},
    [STEP_ANCHOR] = {"anchor", &files_shape},        [STEP_PASSAGE] = {"passage", &files_shape},
    [STEP_GROUP] = {"group", &named_shape},          [STEP_ACCOUNT] = {"account", &named_shape},
    [STEP_MEMBER] = {"member", &named_shape},        [STEP_RIGHT] = {"right", &named_shape},
    [STEP_FIREWALL] = {"firewall", &firewall_shape}, [STEP_FILTERS] = {"filters", &filters_shape},
    [STEP_VALUE] = {"value", &named_shape},          [STEP_CLOSED] = {"closed", &named_shape},
};

const struct step_shape *step_shape(enum step_kind kind)
{
    return kinds[kind].shape;
}

const char *step_kind_name(enum step_kind kind)
{
    return (size_t)kind < STEP_KIND_COUNT ? kinds[kind].name : "";
}

const char *step_state_name(enum step_state state)
{
    static const char *const names[] = {
        [STEP_PLANNED] = "planned", [STEP_DONE] = "done", [STEP_FAILED] = "failed", [STEP_UNDONE] = "undone"};

    return (size_t)state < COUNT(names) ? names[state] : "";
}

bool step_kind_is_files(enum step_kind kind)
{
    return kind <= STEP_PASSAGE;
}

bool step_is_elevated(const struct step *step)
{
    return !step_kind_is_files(step->kind);
}

/* Memory. */

static void *field_of(const struct step_field *field, void *object)
{
    return (uint8_t *)object + field->offset;
}

static const void *field_in(const struct step_field *field, const void *object)
{
    return (const uint8_t *)object + field->offset;
}

static size_t list_count(const struct step_field *field, const void *object)
{
    return *(const size_t *)((const uint8_t *)object + field->count_offset);
}

/* By bytes, because a list is of whatever type its shape is. */
static uint8_t *list_items(const struct step_field *field, const void *object)
{
    uint8_t *items;

    memcpy(&items, field_in(field, object), sizeof items);
    return items;
}

void step_shape_free(const struct step_shape *shape, void *object)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct step_field *field = &shape->fields[i];

        if (field->kind == FIELD_TEXT) {
            sbx_free(*(char **)field_of(field, object));
        } else if (field->kind == FIELD_IDS) {
            strings_free(field_of(field, object));
        } else if (field->kind == FIELD_LIST) {
            uint8_t *items = list_items(field, object);

            for (size_t n = 0; n < list_count(field, object); n++)
                step_shape_free(field->shape, items + n * field->shape->size);
            sbx_free(items);
        }
    }
}

void step_free(struct step *step)
{
    step_shape_free(step_shape(step->kind), step);
    sbx_free(step->rule);
    memset(step, 0, sizeof *step);
}

static sbx_status copy_shape(const struct step_shape *shape, const void *from, void *to);

static sbx_status copy_list(const struct step_field *field, const void *from, void *to)
{
    size_t count = list_count(field, from);
    const uint8_t *items = list_items(field, from);
    uint8_t *copies;
    sbx_status status = SBX_OK;

    if (!count)
        return SBX_OK;
    copies = sbx_alloc_array(count, field->shape->size);
    if (!copies)
        return SBX_E_MEMORY;
    memcpy(field_of(field, to), &copies, sizeof copies);
    *(size_t *)((uint8_t *)to + field->count_offset) = count;
    for (size_t i = 0; i < count && !status; i++)
        status = copy_shape(field->shape, items + i * field->shape->size, copies + i * field->shape->size);
    return status;
}

/* `to` is zero and frees what it got, also on a failure. */
static sbx_status copy_shape(const struct step_shape *shape, const void *from, void *to)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < shape->field_count && !status; i++) {
        const struct step_field *field = &shape->fields[i];
        const void *source = field_in(field, from);
        void *target = field_of(field, to);
        const char *text;

        switch (field->kind) {
        case FIELD_TEXT:
            text = *(char *const *)source;
            if (text && !(*(char **)target = sbx_strdup(text)))
                status = SBX_E_MEMORY;
            break;
        case FIELD_ID:
            memcpy(target, source, sizeof((struct step_files *)0)->file_id);
            break;
        case FIELD_IDS:
            status = strings_copy(source, target);
            break;
        case FIELD_BOOL:
            *(bool *)target = *(const bool *)source;
            break;
        case FIELD_NUMBER:
            memcpy(target, source, field->size);
            break;
        case FIELD_WORD:
            memcpy(target, source, sizeof(enum wfp_layer));
            break;
        case FIELD_SID:
            memcpy(target, source, sizeof(struct sid));
            break;
        case FIELD_LIST:
            status = copy_list(field, from, to);
            break;
        }
    }
    return status;
}

sbx_status step_copy(const struct step *from, struct step *to)
{
    struct step made = {.kind = from->kind, .state = from->state, .later = from->later};
    sbx_status status = SBX_OK;

    if (from->rule && !(made.rule = sbx_strdup(from->rule)))
        status = SBX_E_MEMORY;
    if (!status)
        status = copy_shape(step_shape(from->kind), from, &made);
    if (status) {
        step_free(&made);
        return status;
    }
    *to = made;
    return SBX_OK;
}

static bool equal_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool equal_strings(const struct sbx_strings *a, const struct sbx_strings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

static bool equal_shapes(const struct step_shape *shape, const void *a, const void *b);

static bool equal_lists(const struct step_field *field, const void *a, const void *b)
{
    size_t count = list_count(field, a);
    const uint8_t *a_items = list_items(field, a);
    const uint8_t *b_items = list_items(field, b);

    if (count != list_count(field, b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!equal_shapes(field->shape, a_items + i * field->shape->size, b_items + i * field->shape->size))
            return false;
    return true;
}

static bool equal_fields(const struct step_field *field, const void *a, const void *b)
{
    const void *x = field_in(field, a);
    const void *y = field_in(field, b);

    switch (field->kind) {
    case FIELD_TEXT:
        return equal_texts(*(char *const *)x, *(char *const *)y);
    case FIELD_ID:
        return strcmp(x, y) == 0;
    case FIELD_IDS:
        return equal_strings(x, y);
    case FIELD_BOOL:
        return *(const bool *)x == *(const bool *)y;
    case FIELD_NUMBER:
        return memcmp(x, y, field->size) == 0;
    case FIELD_WORD:
        return memcmp(x, y, sizeof(enum wfp_layer)) == 0;
    case FIELD_SID:
        return sid_equal(x, y);
    case FIELD_LIST:
        return equal_lists(field, a, b);
    }
    return false;
}

static bool equal_shapes(const struct step_shape *shape, const void *a, const void *b)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (!shape->fields[i].another_name && !equal_fields(&shape->fields[i], a, b))
            return false;
    return true;
}

bool step_equal(const struct step *a, const struct step *b)
{
    return a->kind == b->kind && equal_shapes(step_shape(a->kind), a, b);
}

const char *step_entries_fault(const struct step *step)
{
    bool denies = step->kind == STEP_DENY || step->kind == STEP_ANCHOR;
    const struct step_files *files = &step->files;

    if (!step_kind_is_files(step->kind))
        return NULL;
    if (!files->entry_count)
        return "is empty";
    for (size_t i = 0; i < files->entry_count; i++) {
        const struct ace *entry = &files->entries[i];

        if (entry->type != (denies ? ACE_DENY : ACE_ALLOW))
            return "holds an entry of another type than the step's kind says";
        if (!entry->mask ||
            entry->flags > (ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT | ACE_NO_PROPAGATE | ACE_INHERIT_ONLY))
            return "holds an entry without rights or with flags that no step has";
        if (!sid_equal(&entry->sid, &files->entries[0].sid))
            return "holds entries of several SIDs";
    }
    return NULL;
}

/* For people. */

static const struct {
    uint32_t mask;
    const char *word;
} right_words[] = {
    {0x00000001, "read"},
    {0x00000006, "write"},
    {0x00000020, "run"},
    {0x00010000, "delete"},
    {0x00000040, "delete what is in it"},
    {0x00040000, "change permissions"},
    {0x00080000, "take ownership"},
};

static void write_rights(uint32_t mask, struct sbx_buffer *out)
{
    const char *separator = "";

    for (size_t i = 0; i < COUNT(right_words); i++) {
        if (mask & right_words[i].mask) {
            buffer_append_format(out, "%s%s", separator, right_words[i].word);
            separator = ", ";
        }
    }
    if (!*separator)
        buffer_append_format(out, "0x%08x", (unsigned)mask);
}

static void write_entry(const struct ace *entry, bool folder, struct sbx_buffer *out)
{
    bool passed_on = entry->flags & (ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT);

    write_rights(entry->mask, out);
    if (!folder)
        return;
    if (entry->flags & ACE_INHERIT_ONLY)
        buffer_append_text(out, " in all that is in it");
    else if (passed_on)
        buffer_append_text(out, " here and in all that is in it");
    else
        buffer_append_text(out, " here");
}

static void write_files_detail(const struct step *step, struct sbx_buffer *out)
{
    const struct step_files *files = &step->files;

    sid_write_text(&files->entries[0].sid, out);
    if (step->kind == STEP_ANCHOR) {
        buffer_append_text(out, " may not: ");
        write_rights(files->entries[0].mask, out);
    } else if (step->kind == STEP_PASSAGE) {
        buffer_append_text(out, " may pass through and see this folder's attributes");
    } else {
        buffer_append_text(out, step->kind == STEP_ALLOW ? " may: " : " may not: ");
        for (size_t i = 0; i < files->entry_count; i++) {
            buffer_append_text(out, i ? "; " : "");
            write_entry(&files->entries[i], files->folder, out);
        }
    }
    if (files->stops.count)
        buffer_append_format(out, "; %zu in it left to %s own", files->stops.count,
                             files->stops.count == 1 ? "a rule of its" : "rules of their");
}

static const char *text_or_none(const char *text)
{
    return text ? text : "";
}

static void write_filter(const struct wfp_filter *filter, struct sbx_buffer *out)
{
    buffer_append_format(out, "%s %s of %s by IPv%d", filter->permit ? "permit" : "block",
                         layers[filter->layer], text_or_none(filter->user_sid), filter->ipv6 ? 6 : 4);
    if (filter->loopback_only)
        buffer_append_text(out, ", loop-back");
    if (filter->port_most && filter->port_least == filter->port_most)
        buffer_append_format(out, ", port %u", (unsigned)filter->port_most);
    else if (filter->port_most)
        buffer_append_format(out, ", ports %u to %u", (unsigned)filter->port_least,
                             (unsigned)filter->port_most);
}

static void write_firewall_detail(const struct firewall_rule *rule, struct sbx_buffer *out)
{
    buffer_append_format(out, "%s %s for %s", rule->allow ? "allow" : "block",
                         rule->direction == FIREWALL_OUT ? "outbound to" : "inbound from",
                         text_or_none(rule->users));
    buffer_append_format(out, ": addresses %s", text_or_none(rule->remote_addresses));
    if (rule->protocol == FIREWALL_ANY_PROTOCOL)
        buffer_append_text(out, ", any protocol");
    else
        buffer_append_format(out, ", protocol %u, ports %s", (unsigned)rule->protocol,
                             text_or_none(rule->remote_ports));
    if (!rule->enabled)
        buffer_append_text(out, ", disabled");
}

void step_write_target(const struct step *step, struct sbx_buffer *out)
{
    const char *name = step_kind_is_files(step->kind) ? "" : text_or_none(step->named.name);

    switch (step->kind) {
    case STEP_ALLOW:
    case STEP_DENY:
    case STEP_ANCHOR:
    case STEP_PASSAGE:
        buffer_append_text(out, text_or_none(step->files.path));
        break;
    case STEP_GROUP:
        buffer_append_format(out, "group %s", name);
        break;
    case STEP_ACCOUNT:
        buffer_append_format(out, "account %s", name);
        break;
    case STEP_MEMBER:
    case STEP_RIGHT:
        buffer_append_format(out, "group %s", text_or_none(step->named.of));
        break;
    case STEP_VALUE:
        buffer_append_format(out, "HKLM\\%s\\%s", text_or_none(step->named.of), name);
        break;
    case STEP_FIREWALL:
        buffer_append_format(out, "firewall rule %s", text_or_none(step->firewall.name));
        break;
    case STEP_FILTERS:
        buffer_append_format(out, "Windows Filtering Platform, %zu filters", step->filters.count);
        break;
    case STEP_CLOSED:
        buffer_append_text(out, name);
        break;
    case STEP_KIND_COUNT:
        break;
    }
}

void step_write_detail(const struct step *step, struct sbx_buffer *out)
{
    switch (step->kind) {
    case STEP_ALLOW:
    case STEP_DENY:
    case STEP_ANCHOR:
    case STEP_PASSAGE:
        write_files_detail(step, out);
        break;
    case STEP_GROUP:
        buffer_append_format(out, "make the group: %s", text_or_none(step->named.text));
        break;
    case STEP_ACCOUNT:
        buffer_append_format(out, "make the account: %s", text_or_none(step->named.text));
        break;
    case STEP_MEMBER:
        buffer_append_format(out, "make %s a member", text_or_none(step->named.name));
        break;
    case STEP_RIGHT:
        buffer_append_format(out, "give %s", text_or_none(step->named.name));
        break;
    case STEP_VALUE:
        buffer_append_format(out, "set to %s", text_or_none(step->named.text));
        break;
    case STEP_FIREWALL:
        write_firewall_detail(&step->firewall, out);
        break;
    case STEP_FILTERS:
        for (size_t i = 0; i < step->filters.count; i++) {
            buffer_append_text(out, i ? "; " : "");
            write_filter(&step->filters.items[i], out);
        }
        break;
    case STEP_CLOSED:
        buffer_append_format(out, "the sandbox accounts of %s may not write here%s",
                             text_or_none(step->named.of),
                             strlen(text_or_none(step->named.name)) > 3 ? " and in all that is in it" : "");
        break;
    case STEP_KIND_COUNT:
        break;
    }
}

void step_write_undo(const struct step *step, struct sbx_buffer *out)
{
    static const char *const undos[STEP_KIND_COUNT] = {
        [STEP_ALLOW] = "take these entries out again, here and in all that is in it",
        [STEP_DENY] = "take these entries out again, here and in all that is in it",
        [STEP_ANCHOR] = "take this entry out again",
        [STEP_PASSAGE] = "take this entry out again",
        [STEP_GROUP] = "delete the group",
        [STEP_ACCOUNT] = "delete the account",
        [STEP_MEMBER] = "take it out of the group",
        [STEP_RIGHT] = "take the right away",
        [STEP_FIREWALL] = "remove the rule",
        [STEP_FILTERS] = "remove the filters",
        [STEP_VALUE] = "delete the value",
        [STEP_CLOSED] = "take these entries out again",
    };

    buffer_append_text(out, undos[step->kind]);
}
