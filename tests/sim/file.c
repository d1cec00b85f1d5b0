/*
 * file.c - volumes, files and names of the simulation, and how a path finds them.
 */
#include "sim/file.h"
#include "sim/open.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LINKS 8

static struct sim_volume *volumes;
static struct sim_file *files;
static struct sim_name *roots;
static unsigned made_count; /* ids are never used twice */
static size_t logons;       /* on other machines, by a link that was followed */
static size_t visits;       /* of paths on other machines */

bool sim_is_separator(char letter)
{
    return letter == '\\' || letter == '/';
}

static size_t component_size(const char *text)
{
    size_t size = 0;

    while (text[size] && !sim_is_separator(text[size]))
        size++;
    return size;
}

size_t sim_root_size(const char *path)
{
    size_t size;

    if (path[0] && path[1] == ':' && (sim_is_separator(path[2]) || !path[2]))
        return 2;
    if (!sim_is_separator(path[0]) || !sim_is_separator(path[1]))
        return 0;
    size = 2 + component_size(path + 2);
    return sim_is_separator(path[size]) ? size + 1 + component_size(path + size + 1) : 0;
}

/* Names. */

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter + ('a' - 'A')) : letter;
}

static bool name_is(const char *name, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!name[i] || lower(name[i]) != lower(text[i]))
            return false;
    }
    return !name[size];
}

static struct sim_name *name_in(struct sim_name *list, const char *text, size_t size)
{
    while (list && !name_is(list->text, text, size))
        list = list->next;
    return list;
}

struct sim_name *sim_child(const struct sim_file *folder, const char *name, size_t size)
{
    return name_in(folder->children, name, size);
}

static struct sim_name **list_of(struct sim_file *folder)
{
    return folder ? &folder->children : &roots;
}

/* Lists are kept in the order of their names, as NTFS keeps them: whatever lists a folder sees that order. */
static void put_into_folder(struct sim_name *name, struct sim_file *folder)
{
    struct sim_name **link = list_of(folder);

    while (*link && strcmp((*link)->text, name->text) < 0)
        link = &(*link)->next;
    name->next = *link;
    *link = name;
    name->folder = folder;
}

static void take_from_folder(struct sim_name *name)
{
    struct sim_name **link = list_of(name->folder);

    while (*link != name)
        link = &(*link)->next;
    *link = name->next;
}

static char *text_of(const char *text, size_t size)
{
    char *copy = sim_allocate(size + 1);

    memcpy(copy, text, size);
    return copy;
}

struct sim_name *sim_name_add(struct sim_file *folder, const char *text, size_t size, struct sim_file *file)
{
    struct sim_name *name = sim_allocate(sizeof *name);

    name->text = text_of(text, size);
    name->file = file;
    name->other = file->name;
    file->name = name;
    file->links++;
    sim_file_hold(file);
    put_into_folder(name, folder);
    return name;
}

void sim_name_remove(struct sim_name *name)
{
    struct sim_file *file = name->file;
    struct sim_name **link = &file->name;

    sim_opens_forget_name(name);
    take_from_folder(name);
    while (*link != name)
        link = &(*link)->other;
    *link = name->other;
    file->links--;
    free(name->text);
    free(name);
    sim_file_release(file);
}

void sim_name_move(struct sim_name *name, struct sim_file *folder, const char *text, size_t size)
{
    char *copy = text_of(text, size);

    take_from_folder(name);
    free(name->text);
    name->text = copy;
    put_into_folder(name, folder);
}

/* Files. */

void sim_file_hold(struct sim_file *file)
{
    file->references++;
}

void sim_file_release(struct sim_file *file)
{
    if (--file->references > 0)
        return;
    *(file->before ? &file->before->next : &files) = file->next;
    if (file->next)
        file->next->before = file->before;
    free(file->link);
    free(file->descriptor);
    free(file->bytes);
    free(file);
}

static struct sim_volume *volume_make(bool remote)
{
    struct sim_volume *volume = sim_allocate(sizeof *volume);

    volume->number = 0x1000 + made_count;
    volume->keeps_acls = true;
    volume->opens_by_id = !remote;
    volume->remote = remote;
    volume->next = volumes;
    volumes = volume;
    return volume;
}

void sim_file_set_descriptor(struct sim_file *file, const void *bytes, size_t size)
{
    uint8_t *copy = sim_allocate(size);

    memcpy(copy, bytes, size);
    free(file->descriptor);
    file->descriptor = copy;
    file->descriptor_size = size;
}

static void give_first_descriptor(struct sim_file *file, const struct sim_file *folder)
{
    struct sim_bytes bytes = {0};

    if (file->volume->keeps_acls)
        sim_inherit(folder ? folder->descriptor : NULL, file->kind == FILE_KIND_DIRECTORY, sim_caller(),
                    &sim_file_mapping, &bytes);
    else
        sim_sddl("O:WDG:WDD:NO_ACCESS_CONTROL", &bytes);
    sim_file_set_descriptor(file, bytes.data, bytes.size); /* no larger than it is, or a sanitizer is blind */
    sim_bytes_free(&bytes);
}

struct sim_file *sim_file_make(struct sim_file *folder, const char *name, size_t size, enum file_kind kind)
{
    struct sim_file *file = sim_allocate(sizeof *file);

    file->kind = kind;
    file->volume = folder ? folder->volume : volume_make(sim_is_separator(name[0]));
    snprintf(file->volume_id, sizeof file->volume_id, "%016x", file->volume->number);
    if (folder)
        memcpy(file->volume_id, folder->volume_id, sizeof file->volume_id);
    snprintf(file->file_id, sizeof file->file_id, "%032x", 0x100 + made_count++);
    file->bytes = sim_allocate(1);
    file->room = 1;
    file->next = files;
    if (files)
        files->before = file;
    files = file;
    give_first_descriptor(file, folder);
    sim_name_add(folder, name, size, file);
    return file;
}

void sim_file_append(struct sim_file *file, const void *bytes, size_t size)
{
    if (file->size + size + 1 > file->room) {
        size_t room = 2 * (file->size + size) + 64;
        uint8_t *longer = realloc(file->bytes, room);

        if (!longer)
            abort();
        file->bytes = longer;
        file->room = room;
    }
    if (size)
        memcpy(file->bytes + file->size, bytes, size);
    file->size += size;
    file->bytes[file->size] = '\0';
}

struct sim_file *sim_file_by_id(const char *volume_id, const char *file_id)
{
    struct sim_file *file = files;

    while (file &&
           (!file->name || strcmp(file->file_id, file_id) != 0 || strcmp(file->volume_id, volume_id) != 0))
        file = file->next;
    return file;
}

/* Paths. */

/* How a call goes along a path. */
struct way {
    int links;   /* followed so far */
    bool judges; /* what a link says, before it is followed */
};
static struct sim_place find(const char *path, enum sim_follow follow, struct way way);

static void follow_link(struct sim_place *place, struct way way)
{
    struct sim_place found = {0};

    place->through_link = place->over_link = true;
    way.links++;
    if (way.links <= MOST_LINKS)
        found = find(place->file->link, SIM_FOLLOW_LINK, way);
    place->file = found.file;
    if (found.leads_off) {
        place->leads_off = true;
        place->folder = NULL;
    }
}

/* One step down. Windows drops trailing dots and blanks of a name. */
static void step(struct sim_place *place, const char *text, size_t size, enum sim_follow follow,
                 struct way way)
{
    struct sim_file *at = place->file;

    if (size == 0 || (size == 1 && text[0] == '.'))
        return;
    place->through_link = false;
    if (size == 2 && text[0] == '.' && text[1] == '.') {
        if (at->name && at->name->folder) {
            place->file = at->name->folder;
            place->name = place->file->name;
            place->folder = place->name ? place->name->folder : NULL;
        }
        return;
    }
    while (size > 0 && (text[size - 1] == '.' || text[size - 1] == ' '))
        size--;
    place->folder = at->kind == FILE_KIND_DIRECTORY && !at->link ? at : NULL;
    place->last = text;
    place->last_size = size;
    place->name = place->folder ? sim_child(at, text, size) : NULL;
    place->file = place->name ? place->name->file : NULL;
    if (place->file && place->file->link && follow == SIM_FOLLOW_LINK)
        follow_link(place, way);
}

/* Only blanks, dots and separators behind it: the last name is before them. */
static bool is_last(const char *rest)
{
    while (sim_is_separator(*rest))
        rest++;
    return !*rest;
}

static struct sim_place find(const char *path, enum sim_follow follow, struct way way)
{
    struct sim_place place = {0};
    size_t at = sim_root_size(path);

    if (!at)
        return place;
    place.name = name_in(roots, path, at);
    place.file = place.name ? place.name->file : NULL;
    if (place.file && place.file->link) /* a SUBST drive, which is seen by nobody */
        place.file = find(place.file->link, SIM_FOLLOW_LINK, way).file;
    visits += way.judges && place.file && place.file->volume->remote;
    if (way.links && (sim_is_separator(path[0]) || (place.file && place.file->volume->remote))) {
        if (way.judges) {
            place.leads_off = true;
            place.file = NULL;
            return place;
        }
        logons++;
    }
    while (place.file && path[at]) {
        const char *text = path + at + 1;
        size_t size = component_size(text);

        at = (size_t)(text + size - path);
        step(&place, text, size, is_last(path + at) ? follow : SIM_FOLLOW_LINK, way);
        if (!place.file && !is_last(path + at))
            place.folder = NULL; /* one above is missing */
    }
    return place;
}

struct sim_place sim_find(const char *path, enum sim_follow follow)
{
    return find(path, follow, (struct way){0, false});
}

struct sim_place sim_walk(const char *path, enum sim_follow follow)
{
    return find(path, follow, (struct way){0, true});
}

size_t sim_visits_elsewhere(void)
{
    return visits;
}

size_t sim_logons_elsewhere(void)
{
    return logons;
}

char *sim_path_of(const struct sim_name *name)
{
    size_t size = strlen(name->text) + 2;
    char *path, *end;

    for (const struct sim_file *folder = name->folder; folder && folder->name; folder = folder->name->folder)
        size += strlen(folder->name->text) + 1;
    path = sim_allocate(size);
    end = path + size - 1;
    if (!name->folder)
        *--end = '\\';
    for (const struct sim_name *at = name; at; at = at->folder ? at->folder->name : NULL) {
        size_t length = strlen(at->text);

        if (at != name)
            *--end = '\\';
        end -= length;
        memcpy(end, at->text, length);
    }
    memmove(path, end, strlen(end) + 1);
    return path;
}

/* All of them. */

static void visit_list(const struct sim_name *list,
                       void (*visit)(void *, const struct sim_name *, const char *), void *context)
{
    for (; list; list = list->next) {
        char *path = sim_path_of(list);

        visit(context, list, path);
        free(path);
        visit_list(list->file->children, visit, context);
    }
}

void sim_visit(void (*visit)(void *context, const struct sim_name *name, const char *path), void *context)
{
    visit_list(roots, visit, context);
}

/* The bytes behind what was flushed, after the power came back. */
static void settle(struct sim_file *file, enum sim_unflushed what)
{
    size_t unflushed = file->size - file->flushed_size;

    switch (what) {
    case SIM_UNFLUSHED_KEPT:
    case SIM_UNFLUSHED_COUNT:
        break;
    case SIM_UNFLUSHED_LOST:
        file->size = file->flushed_size;
        break;
    case SIM_UNFLUSHED_TORN:
        file->size = file->flushed_size + (unflushed + 1) / 2;
        break;
    case SIM_UNFLUSHED_ZEROED: /* the new size was journaled, the data was not */
        memset(file->bytes + file->flushed_size, 0, unflushed);
        break;
    }
    file->bytes[file->size] = '\0';
    file->flushed_size = file->size;
}

void sim_files_power_returns(enum sim_unflushed what)
{
    for (struct sim_file *file = files; file; file = file->next)
        settle(file, what);
}

static void remove_list(struct sim_name **list)
{
    while (*list) {
        remove_list(&(*list)->file->children);
        sim_name_remove(*list);
    }
}

void sim_files_clear(void)
{
    sim_opens_end_all();

    /* Held until the end and released from the front of the list: the search in it would take n * n steps. */
    for (struct sim_file *file = files; file; file = file->next)
        sim_file_hold(file);
    remove_list(&roots);
    while (files)
        sim_file_release(files);
    while (volumes) {
        struct sim_volume *next = volumes->next;

        free(volumes);
        volumes = next;
    }
    made_count = 0;
    logons = 0;
    visits = 0;
}
