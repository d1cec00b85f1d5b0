/*
 * filesystem_append.c - the append file of os/filesystem.h in the simulation: one file, kept in memory, whose
 * content and number of writes a test can ask for.
 */
#include "os/filesystem.h"

#include "base/memory.h"
#include "sim/append.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

struct append_file {
    int unused;
};

static char *content;
static size_t content_size;
static size_t write_count;

void sim_append_reset(void)
{
    free(content);
    content = NULL;
    content_size = 0;
    write_count = 0;
}

const char *sim_append_text(void)
{
    return content ? content : "";
}

size_t sim_append_size(void)
{
    return content_size;
}

size_t sim_append_writes(void)
{
    return write_count;
}

sbx_status file_append_open(const char *path, struct append_file **file, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);
    struct append_file *made;

    (void)path;
    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "file");
    *file = made;
    return SBX_OK;
}

sbx_status file_append(struct append_file *file, const void *bytes, size_t size, struct sbx_error *error)
{
    sbx_status status = sim_enter("WriteFile", error);
    char *longer;

    (void)file;
    if (status)
        return status;
    longer = realloc(content, content_size + size + 1);
    if (!longer)
        abort();
    memcpy(longer + content_size, bytes, size);
    content = longer;
    content_size += size;
    content[content_size] = '\0';
    write_count++;
    return SBX_OK;
}

void file_append_close(struct append_file *file)
{
    sbx_free(file);
}
