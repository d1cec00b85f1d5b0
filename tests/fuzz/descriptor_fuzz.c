/*
 * descriptor_fuzz.c - any bytes as a security descriptor: read or refused, never past their end; what is read
 * is built again byte for byte, goes through text and back, takes entries and gives them back, and is decided
 * by the access check.
 */
#include "core/access_check.h"
#include "core/sddl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const struct sbx_buffer *buffer, const void *bytes, size_t size)
{
    must(!buffer_failed(buffer) && buffer->size == size && (!size || memcmp(buffer->data, bytes, size) == 0));
}

static void edit(const struct descriptor_part *dacl)
{
    static const struct ace entries[] = {
        {ACE_DENY, 0, 0x116, {{1, 1, 0, 0, 0, 0, 0, 9, 1}, 12}},
        {ACE_ALLOW, ACE_INHERITED, 0x1301BF, {{1, 1, 0, 0, 0, 0, 0, 9, 1}, 12}},
        {ACE_ALLOW, 0, 0x1301BF, {{1, 1, 0, 0, 0, 0, 0, 1, 0}, 12}},
    };
    struct sbx_buffer with = SBX_BUFFER_EMPTY;
    struct sbx_buffer without = SBX_BUFFER_EMPTY;
    size_t removed;
    sbx_status status = acl_add(dacl->bytes, dacl->size, entries, 3, &with, NULL);

    must(status == SBX_OK || status == SBX_E_LIMIT);
    if (status == SBX_OK) {
        must(acl_remove(with.data, with.size, entries, 3, &without, &removed, NULL) == SBX_OK &&
             removed == 3);
        same(&without, dacl->bytes, dacl->size);
    }
    buffer_free(&without);
    buffer_free(&with);
}

static void decide(const struct descriptor *descriptor)
{
    struct access_token token = {.integrity = 0x1000, .no_write_up = true};
    struct access_decision decision;

    token.user.sid = descriptor->owner;
    token.restricting = &sid_everyone;
    token.restricting_count = 1;
    access_check(descriptor, &token, 0x120116, &access_mapping_file, &decision, NULL);
    access_check(descriptor, &token, ACCESS_MAXIMUM_ALLOWED, &access_mapping_process, &decision, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct descriptor descriptor = {0};
    struct descriptor again = {0};
    struct sbx_buffer built = SBX_BUFFER_EMPTY;
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    if (descriptor_parse(data, size, &descriptor, NULL))
        return 0;

    must(descriptor_build(&descriptor, &built, NULL) == SBX_OK);
    same(&built, data, size);
    must(sddl_write(&descriptor, &text, NULL) == SBX_OK);
    must(sddl_parse(buffer_text(&text), &again, NULL) == SBX_OK);
    if (descriptor.dacl.bytes)
        edit(&descriptor.dacl);
    decide(&descriptor);

    descriptor_free(&again);
    descriptor_free(&descriptor);
    buffer_free(&text);
    buffer_free(&built);
    return 0;
}
