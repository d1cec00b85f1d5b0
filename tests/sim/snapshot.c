/*
 * snapshot.c - the durable world as sorted lines, and the first line that differs.
 */
#include "sim/snapshot.h"
#include "sim/file.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    char *key;
    char *value;
};

struct sim_snapshot {
    struct line *lines;
    size_t count, room;
    const char *without; /* while it is made */
};

void sim_snapshot_add(struct sim_snapshot *snapshot, const char *key, const char *value)
{
    if (snapshot->count == snapshot->room) {
        snapshot->room = snapshot->room * 2 + 64;
        snapshot->lines = realloc(snapshot->lines, snapshot->room * sizeof *snapshot->lines);
        if (!snapshot->lines)
            abort();
    }
    snapshot->lines[snapshot->count++] = (struct line){sim_duplicate(key), sim_duplicate(value)};
}

void sim_snapshot_add_bytes(struct sim_snapshot *snapshot, const char *key, const void *bytes, size_t size)
{
    char *text = sim_allocate(size * 2 + 1);

    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", ((const uint8_t *)bytes)[i]);
    sim_snapshot_add(snapshot, key, text);
    free(text);
}

static bool is_below(const char *path, const char *top)
{
    size_t i = 0;

    while (top[i] && text_equal_ascii_nocase((char[]){path[i], 0}, (char[]){top[i], 0}))
        i++;
    return !top[i] && (!path[i] || path[i] == '\\');
}

static void add_file(void *context, const struct sim_name *name, const char *path)
{
    struct sim_snapshot *snapshot = context;
    const struct sim_file *file = name->file;
    size_t key_size = strlen(path) + 32;
    char *key = sim_allocate(key_size);
    char *text = sim_descriptor_text(file->descriptor);
    char facts[128];

    if (snapshot->without && is_below(path, snapshot->without))
        goto done;
    snprintf(facts, sizeof facts, "id %s on %s, kind %d, %zu names%s", file->file_id, file->volume_id,
             (int)file->kind, file->links, file->read_only ? ", read only" : "");
    snprintf(key, key_size, "%s: object", path);
    sim_snapshot_add(snapshot, key, facts);
    if (file->link) {
        snprintf(key, key_size, "%s: link", path);
        sim_snapshot_add(snapshot, key, file->link);
    }
    snprintf(key, key_size, "%s: descriptor", path);
    sim_snapshot_add(snapshot, key, text);
    snprintf(key, key_size, "%s: descriptor bytes", path);
    sim_snapshot_add_bytes(snapshot, key, file->descriptor, file->descriptor_size);
    snprintf(key, key_size, "%s: contents", path);
    sim_snapshot_add_bytes(snapshot, key, file->bytes, file->size);

done:
    free(text);
    free(key);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->key, ((const struct line *)b)->key);
}

struct sim_snapshot *sim_snapshot(const char *without)
{
    struct sim_snapshot *snapshot = sim_allocate(sizeof *snapshot);

    snapshot->without = without;
    sim_visit(add_file, snapshot);
    sim_accounts_snapshot(snapshot);
    sim_firewall_snapshot(snapshot);
    sim_wfp_snapshot(snapshot);
    sim_registry_snapshot(snapshot);
    sim_profiles_snapshot(snapshot);
    qsort(snapshot->lines, snapshot->count, sizeof *snapshot->lines, by_key);
    snapshot->without = NULL;
    return snapshot;
}

const char *sim_snapshot_difference(const struct sim_snapshot *before, const struct sim_snapshot *after)
{
    static char text[4096];
    size_t i = 0;

    while (i < before->count && i < after->count && strcmp(before->lines[i].key, after->lines[i].key) == 0 &&
           strcmp(before->lines[i].value, after->lines[i].value) == 0)
        i++;
    if (i == before->count && i == after->count)
        return NULL;
    if (i == after->count || (i < before->count && by_key(&before->lines[i], &after->lines[i]) < 0))
        snprintf(text, sizeof text, "%s was there and is gone: %s", before->lines[i].key,
                 before->lines[i].value);
    else if (i == before->count || by_key(&before->lines[i], &after->lines[i]) > 0)
        snprintf(text, sizeof text, "%s is new: %s", after->lines[i].key, after->lines[i].value);
    else
        snprintf(text, sizeof text, "%s was\n    %.1900s\nand is\n    %.1900s", before->lines[i].key,
                 before->lines[i].value, after->lines[i].value);
    return text;
}

void sim_snapshot_free(struct sim_snapshot *snapshot)
{
    if (!snapshot)
        return;
    for (size_t i = 0; i < snapshot->count; i++) {
        free(snapshot->lines[i].key);
        free(snapshot->lines[i].value);
    }
    free(snapshot->lines);
    free(snapshot);
}
