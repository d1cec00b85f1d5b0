/*
 * sddl_fuzz.c - any text as SDDL: read or refused with a column; what is read is written in one way, which
 * reads as the same descriptor.
 */
#include "core/sddl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const struct sbx_buffer *a, const struct sbx_buffer *b)
{
    must(!buffer_failed(a) && !buffer_failed(b) && a->size == b->size &&
         (!a->size || !memcmp(a->data, b->data, a->size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* of its own, so that the sanitizer sees the byte behind its NUL */
    struct sbx_error error = {0};
    struct descriptor descriptors[2] = {{0}, {0}};
    struct sbx_buffer texts[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct sbx_buffer bytes[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    sbx_status status;

    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';

    status = sddl_parse(text, &descriptors[0], &error);
    if (status) {
        must(status == error.code && strncmp(error.text, "SDDL, column ", 13) == 0);
        free(text);
        return 0;
    }

    for (unsigned i = 0; i < 2; i++) {
        must(sddl_write(&descriptors[i], &texts[i], NULL) == SBX_OK);
        must(descriptor_build(&descriptors[i], &bytes[i], NULL) == SBX_OK);
        if (i == 0)
            must(sddl_parse(buffer_text(&texts[0]), &descriptors[1], NULL) == SBX_OK);
    }
    same(&texts[0], &texts[1]);
    same(&bytes[0], &bytes[1]);

    for (unsigned i = 0; i < 2; i++) {
        descriptor_free(&descriptors[i]);
        buffer_free(&texts[i]);
        buffer_free(&bytes[i]);
    }
    free(text);
    return 0;
}
