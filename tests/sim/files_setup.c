/*
 * files_setup.c - what tests put into the file system, past every check: it was there before.
 */
#include "sim/file.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place of a path whose folders are all there, made where they are missing. */
static struct sim_place place_for(const char *path)
{
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);
    const char *name = path + strlen(path);
    char *folder;

    if (place.name || place.folder)
        return place;
    if (!sim_root_size(path))
        abort();
    if (!path[sim_root_size(path)]) {
        place.last = path;
        place.last_size = strlen(path);
        return place;
    }
    while (!sim_is_separator(name[-1]))
        name--;
    folder = sim_duplicate(path);
    folder[name - path - 1] = '\0';
    sim_add_folder(folder);
    free(folder);
    return sim_find(path, SIM_LOOK_AT_LINK);
}

static struct sim_file *add(const char *path, enum file_kind kind)
{
    struct sim_place place = place_for(path);

    if (place.name || (!place.folder && !place.last))
        abort();
    return sim_file_make(place.folder, place.last, place.last_size, kind);
}

static struct sim_file *existing(const char *path)
{
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);

    if (!place.file) {
        fprintf(stderr, "The test speaks of %s, which is not there.\n", path);
        abort();
    }
    return place.file;
}

void sim_add_volume(const char *root, enum sim_volume_kind kind)
{
    struct sim_file *file = add(root, FILE_KIND_DIRECTORY);
    struct sim_bytes bytes = {0};

    file->volume->keeps_acls = kind != SIM_VOLUME_FAT;
    file->volume->remote = kind == SIM_VOLUME_REMOTE;
    file->volume->opens_by_id = kind == SIM_VOLUME_NTFS;
    sim_sddl(kind == SIM_VOLUME_FAT ? "O:WDG:WDD:NO_ACCESS_CONTROL" : SIM_ROOT_DESCRIPTOR, &bytes);
    sim_file_set_descriptor(file, bytes.data, bytes.size);
    sim_bytes_free(&bytes);
}

/* One that is there is fine; a missing drive becomes an NTFS volume, a missing share a remote one. */
void sim_add_folder(const char *path)
{
    struct sim_place place = place_for(path);
    size_t root = sim_root_size(path);

    if (place.name)
        return;
    if (!path[root] || (sim_is_separator(path[root]) && !path[root + 1])) {
        char *name = sim_duplicate(path);

        name[root] = '\0';
        sim_add_volume(name, sim_is_separator(path[0]) ? SIM_VOLUME_REMOTE : SIM_VOLUME_NTFS);
        free(name);
        return;
    }
    add(path, FILE_KIND_DIRECTORY);
}

void sim_add_file(const char *path)
{
    add(path, FILE_KIND_FILE);
}

void sim_add_link(const char *path, const char *target)
{
    struct sim_file *link = add(path, FILE_KIND_DIRECTORY);

    link->link = sim_duplicate(target);
    link->substitution = !path[2];
}

void sim_add_hard_link(const char *path, const char *file)
{
    struct sim_file *linked = existing(file);
    struct sim_place place = place_for(path);

    if (place.name || !place.folder || place.folder->volume != linked->volume)
        abort();
    sim_name_add(place.folder, place.last, place.last_size, linked);
}

void sim_set_contents(const char *path, const char *text)
{
    struct sim_file *file = existing(path);

    file->size = 0;
    sim_file_append(file, text, strlen(text));
    file->flushed_size = file->size;
}

const char *sim_contents(const char *path, size_t *size)
{
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);

    if (size)
        *size = place.file ? place.file->size : 0;
    return place.file ? (const char *)place.file->bytes : NULL;
}

bool sim_exists(const char *path)
{
    return sim_find(path, SIM_LOOK_AT_LINK).file != NULL;
}

void sim_set_read_only(const char *path, bool read_only)
{
    existing(path)->read_only = read_only;
}

void sim_set_folder_id(const char *path, const char *volume_id, const char *file_id)
{
    struct sim_file *file = existing(path);

    snprintf(file->volume_id, sizeof file->volume_id, "%s", volume_id);
    snprintf(file->file_id, sizeof file->file_id, "%s", file_id);
}

/* Descriptors. */

void sim_set_descriptor(const char *path, const char *sddl)
{
    struct sim_bytes bytes = {0};

    sim_sddl(sddl, &bytes);
    sim_file_set_descriptor(existing(path), bytes.data, bytes.size);
    sim_bytes_free(&bytes);
}

void sim_set_descriptor_bytes(const char *path, const void *bytes, size_t size)
{
    sim_file_set_descriptor(existing(path), bytes, size);
}

const void *sim_descriptor(const char *path, size_t *size)
{
    struct sim_file *file = existing(path);

    if (size)
        *size = file->descriptor_size;
    return file->descriptor;
}

void sim_remove(const char *path)
{
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);

    if (!place.name)
        abort();
    while (place.file->children)
        abort();
    sim_name_remove(place.name);
}

void sim_rename(const char *from, const char *to)
{
    struct sim_place source = sim_find(from, SIM_LOOK_AT_LINK);
    struct sim_place target = place_for(to);

    if (!source.name || target.name || !target.folder || target.folder->volume != source.file->volume)
        abort();
    sim_name_move(source.name, target.folder, target.last, target.last_size);
}
