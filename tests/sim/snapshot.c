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

/* Bytes become text only where they are shown: most snapshots are the same as the one before. */
enum content { TEXT, BYTES, DESCRIPTOR };

struct line {
    char *key;
    uint8_t *value;
    size_t size;
    enum content content;
};

struct sim_snapshot {
    struct line *lines;
    size_t count, room;
    const char *without; /* while it is made */
};

static void add(struct sim_snapshot *snapshot, const char *key, enum content content, const void *value,
                size_t size)
{
    uint8_t *copy = sim_allocate(size);

    if (snapshot->count == snapshot->room) {
        snapshot->room = snapshot->room * 2 + 64;
        snapshot->lines = realloc(snapshot->lines, snapshot->room * sizeof *snapshot->lines);
        if (!snapshot->lines)
            abort();
    }
    if (size)
        memcpy(copy, value, size);
    snapshot->lines[snapshot->count++] = (struct line){sim_duplicate(key), copy, size, content};
}

void sim_snapshot_add(struct sim_snapshot *snapshot, const char *key, const char *value)
{
    add(snapshot, key, TEXT, value, strlen(value) + 1);
}

void sim_snapshot_add_bytes(struct sim_snapshot *snapshot, const char *key, const void *bytes, size_t size)
{
    add(snapshot, key, BYTES, bytes, size);
}

/* Freed with free. */
static char *shown(const struct line *line)
{
    char *text;

    if (line->content == TEXT)
        return sim_duplicate((const char *)line->value);
    text = sim_allocate(line->size * 2 + 1);
    for (size_t i = 0; i < line->size; i++)
        snprintf(text + 2 * i, 3, "%02x", line->value[i]);
    if (line->content == DESCRIPTOR) {
        char *words = sim_descriptor_text(line->value);
        size_t size = strlen(words) + strlen(text) + 16;
        char *both = sim_allocate(size);

        snprintf(both, size, "%s, bytes %s", words, text);
        free(words);
        free(text);
        text = both;
    }
    return text;
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
    add(snapshot, key, DESCRIPTOR, file->descriptor, file->descriptor_size);
    snprintf(key, key_size, "%s: contents", path);
    sim_snapshot_add_bytes(snapshot, key, file->bytes, file->size);

done:
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

static bool same(const struct line *a, const struct line *b)
{
    return a->size == b->size && strcmp(a->key, b->key) == 0 &&
           (!a->size || memcmp(a->value, b->value, a->size) == 0);
}

const char *sim_snapshot_difference(const struct sim_snapshot *before, const struct sim_snapshot *after)
{
    static char text[4096];
    const struct line *was, *is;
    char *was_shown, *is_shown;
    size_t i = 0;

    while (i < before->count && i < after->count && same(&before->lines[i], &after->lines[i]))
        i++;
    if (i == before->count && i == after->count)
        return NULL;

    was = i < before->count ? &before->lines[i] : NULL;
    is = i < after->count ? &after->lines[i] : NULL;
    was_shown = was ? shown(was) : NULL;
    is_shown = is ? shown(is) : NULL;
    if (was && (!is || by_key(was, is) < 0))
        snprintf(text, sizeof text, "%s was there and is gone: %s", was->key, was_shown);
    else if (is && (!was || by_key(was, is) > 0))
        snprintf(text, sizeof text, "%s is new: %s", is->key, is_shown);
    else if (was && is)
        snprintf(text, sizeof text, "%s was\n    %.1900s\nand is\n    %.1900s", was->key, was_shown,
                 is_shown);
    free(was_shown);
    free(is_shown);
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
