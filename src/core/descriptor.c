/*
 * descriptor.c - self-relative security descriptors to their parts and back.
 */
#include "core/descriptor.h"
#include "base/memory.h"
#include "core/acl.h"

#include <string.h>

#define HEADER_SIZE 20 /* revision, Sbz1, control, four offsets */

static uint32_t read_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* A part as it lies in the bytes. */
struct found {
    uint8_t place; /* enum descriptor_place */
    size_t offset;
    size_t size;
};

static bool acl_fits(const uint8_t *bytes, size_t size, size_t *acl_size)
{
    struct acl_cursor cursor;
    struct acl_entry entry;

    if (!acl_begin(bytes, size, &cursor))
        return false;
    while (acl_next(&cursor, &entry))
        ;
    *acl_size = cursor.size;
    return cursor.left == 0;
}

static bool part_fits(enum descriptor_place place, const uint8_t *bytes, size_t size, size_t *part_size)
{
    struct sid sid;

    if (place == DESCRIPTOR_SACL || place == DESCRIPTOR_DACL)
        return acl_fits(bytes, size, part_size);
    if (!sid_read(bytes, size, &sid))
        return false;
    *part_size = sid.size;
    return true;
}

/* All parts in the order in which they lie; the group is left out where it is the owner's SID once more. */
static sbx_status find_parts(const uint8_t *bytes, size_t size, struct found parts[DESCRIPTOR_PLACES],
                             size_t *count, bool *one_sid, struct sbx_error *error)
{
    static const char *const names[] = {"", "owner", "group", "SACL", "DACL"};
    size_t end = HEADER_SIZE;

    *count = 0;
    *one_sid = false;
    for (uint8_t place = DESCRIPTOR_OWNER; place <= DESCRIPTOR_DACL; place++) {
        struct found part = {place, read_u32(bytes + 4 * place), 0};
        size_t at;

        if (!part.offset)
            continue;
        if (part.offset < HEADER_SIZE || part.offset >= size ||
            !part_fits(place, bytes + part.offset, size - part.offset, &part.size))
            return error_set(error, SBX_E_ARGUMENT,
                             "The security descriptor's %s at offset %lu does not fit.", names[place],
                             (unsigned long)part.offset);

        if (place == DESCRIPTOR_GROUP && *count && parts[0].offset == part.offset) {
            *one_sid = true;
            continue;
        }
        for (at = (*count)++; at > 0 && parts[at - 1].offset > part.offset; at--)
            parts[at] = parts[at - 1];
        parts[at] = part;
    }

    for (size_t i = 0; i < *count; i++) {
        if (parts[i].offset < end)
            return error_set(error, SBX_E_ARGUMENT, "The security descriptor's %s lies over its %s.",
                             names[parts[i].place], names[parts[i - 1].place]);
        end = parts[i].offset + parts[i].size;
    }
    return SBX_OK;
}

static bool copy_part(struct descriptor_part *part, const uint8_t *bytes, size_t size)
{
    part->bytes = sbx_alloc(size);
    if (!part->bytes)
        return false;
    memcpy(part->bytes, bytes, size);
    part->size = size;
    return true;
}

/* What lies before `parts`, between them and behind them. */
static bool copy_rest(const uint8_t *bytes, size_t size, const struct found *parts, size_t count,
                      struct descriptor *descriptor)
{
    size_t end = HEADER_SIZE;
    size_t total = size - HEADER_SIZE;

    for (size_t i = 0; i < count; i++)
        total -= parts[i].size;
    if (!total)
        return true;

    descriptor->rest.bytes = sbx_alloc(total);
    if (!descriptor->rest.bytes)
        return false;
    for (size_t i = 0; i <= count; i++) {
        size_t gap = (i < count ? parts[i].offset : size) - end;

        if (gap)
            memcpy(descriptor->rest.bytes + descriptor->rest.size, bytes + end, gap);
        descriptor->rest.size += gap;
        descriptor->gaps[i] = (uint32_t)gap;
        if (i < count)
            end = parts[i].offset + parts[i].size;
    }
    return true;
}

sbx_status descriptor_parse(const void *data, size_t size, struct descriptor *descriptor,
                            struct sbx_error *error)
{
    const uint8_t *bytes = data;
    struct descriptor made = {0};
    struct found parts[DESCRIPTOR_PLACES] = {{0}};
    size_t count = 0;
    sbx_status status;

    if (size < HEADER_SIZE || size > UINT32_MAX || bytes[0] != 1)
        return error_set(error, SBX_E_ARGUMENT, "These %lu bytes are no security descriptor of revision 1.",
                         (unsigned long)size);

    made.resource_manager = bytes[1];
    made.control = (uint16_t)(bytes[2] | bytes[3] << 8);
    if (!(made.control & SD_SELF_RELATIVE))
        return error_set(error, SBX_E_ARGUMENT, "The security descriptor is not self-relative.");

    status = find_parts(bytes, size, parts, &count, &made.one_sid, error);
    if (status)
        return status;

    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = bytes + parts[i].offset;

        made.layout[i] = parts[i].place;
        if (parts[i].place == DESCRIPTOR_OWNER)
            sid_read(at, parts[i].size, &made.owner);
        else if (parts[i].place == DESCRIPTOR_GROUP)
            sid_read(at, parts[i].size, &made.group);
        else if (!copy_part(parts[i].place == DESCRIPTOR_DACL ? &made.dacl : &made.sacl, at, parts[i].size))
            goto no_memory;
    }
    if (made.one_sid)
        made.group = made.owner;
    if (!copy_rest(bytes, size, parts, count, &made))
        goto no_memory;

    *descriptor = made;
    return SBX_OK;

no_memory:
    descriptor_free(&made);
    return error_memory(error, "a security descriptor");
}

/* Everything that is there, in the order in which it is written. */
static size_t places_to_write(const struct descriptor *descriptor, uint8_t places[DESCRIPTOR_PLACES])
{
    bool named[DESCRIPTOR_PLACES + 1] = {false};
    size_t count = 0;

    while (count < DESCRIPTOR_PLACES && descriptor->layout[count]) {
        places[count] = descriptor->layout[count];
        named[places[count++]] = true;
    }
    for (uint8_t place = DESCRIPTOR_OWNER; place <= DESCRIPTOR_DACL; place++)
        if (!named[place])
            places[count++] = place;
    return count;
}

static struct descriptor_part part_at(const struct descriptor *descriptor, uint8_t place)
{
    struct descriptor_part part = {NULL, 0};

    if (place == DESCRIPTOR_SACL)
        return descriptor->sacl;
    if (place == DESCRIPTOR_DACL)
        return descriptor->dacl;

    /* Only read from: the cast takes away a const that the one type for all parts cannot have. */
    part.bytes = (uint8_t *)(place == DESCRIPTOR_OWNER ? descriptor->owner.bytes : descriptor->group.bytes);
    part.size = place == DESCRIPTOR_OWNER ? descriptor->owner.size : descriptor->group.size;
    return part;
}

sbx_status descriptor_build(const struct descriptor *descriptor, struct sbx_buffer *out,
                            struct sbx_error *error)
{
    struct sbx_buffer body = SBX_BUFFER_EMPTY;
    struct sbx_buffer whole = SBX_BUFFER_EMPTY;
    uint8_t places[DESCRIPTOR_PLACES];
    size_t count = places_to_write(descriptor, places);
    uint32_t offsets[DESCRIPTOR_PLACES + 1] = {0};
    bool one_sid = descriptor->one_sid && sid_equal(&descriptor->owner, &descriptor->group);
    size_t used = 0; /* of rest */
    size_t named = 0;
    sbx_status status = SBX_OK;

    while (named < DESCRIPTOR_PLACES && descriptor->layout[named])
        named++;

    for (size_t i = 0; i <= count; i++) {
        struct descriptor_part part;

        /* Gaps lie before the parts that the layout names and behind the last of those. */
        if (i <= named && used < descriptor->rest.size) {
            buffer_append(&body, descriptor->rest.bytes + used, descriptor->gaps[i]);
            used += descriptor->gaps[i];
        }
        if (i == count)
            break;

        part = part_at(descriptor, places[i]);
        if (!part.size || (places[i] == DESCRIPTOR_GROUP && one_sid))
            continue;
        offsets[places[i]] = (uint32_t)(HEADER_SIZE + body.size);
        buffer_append(&body, part.bytes, part.size);
        if (body.size > UINT32_MAX - HEADER_SIZE) {
            status = error_set(error, SBX_E_LIMIT, "The security descriptor is larger than 4 GB.");
            goto free_buffers;
        }
    }
    if (one_sid)
        offsets[DESCRIPTOR_GROUP] = offsets[DESCRIPTOR_OWNER];

    buffer_append(&whole, (const uint8_t[]){1, descriptor->resource_manager}, 2);
    buffer_append_u16(&whole, (uint16_t)(descriptor->control | SD_SELF_RELATIVE));
    for (uint8_t place = DESCRIPTOR_OWNER; place <= DESCRIPTOR_DACL; place++)
        buffer_append_u32(&whole, offsets[place]);
    buffer_append(&whole, body.data, body.size);

    /* One append, so that what is in `out` stays as it is when memory runs out on the way. */
    if (!buffer_failed(&body) && !buffer_failed(&whole))
        buffer_append(out, whole.data, whole.size);
    if (buffer_failed(&body) || buffer_failed(&whole) || buffer_failed(out))
        status = error_memory(error, "a security descriptor");

free_buffers:
    buffer_free(&whole);
    buffer_free(&body);
    return status;
}

sbx_status descriptor_copy(const struct descriptor *from, struct descriptor *to)
{
    struct descriptor copy = *from;

    copy.dacl.bytes = copy.sacl.bytes = copy.rest.bytes = NULL;
    if ((from->dacl.bytes && !copy_part(&copy.dacl, from->dacl.bytes, from->dacl.size)) ||
        (from->sacl.bytes && !copy_part(&copy.sacl, from->sacl.bytes, from->sacl.size)) ||
        (from->rest.bytes && !copy_part(&copy.rest, from->rest.bytes, from->rest.size))) {
        descriptor_free(&copy);
        return SBX_E_MEMORY;
    }

    *to = copy;
    return SBX_OK;
}

sbx_status descriptor_set_dacl(struct descriptor *descriptor, const void *acl, size_t size,
                               struct sbx_error *error)
{
    struct descriptor_part made;

    if (!size)
        return error_set(error, SBX_E_ARGUMENT, "A DACL without bytes would allow everything.");
    if (!copy_part(&made, acl, size))
        return error_memory(error, "a DACL");

    sbx_free(descriptor->dacl.bytes);
    descriptor->dacl = made;
    descriptor->control |= SD_DACL_PRESENT;
    return SBX_OK;
}

void descriptor_free(struct descriptor *descriptor)
{
    sbx_free(descriptor->dacl.bytes);
    sbx_free(descriptor->sacl.bytes);
    sbx_free(descriptor->rest.bytes);
    memset(descriptor, 0, sizeof *descriptor);
}
