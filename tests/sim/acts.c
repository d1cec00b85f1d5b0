/*
 * acts.c - programs at work on files, each act with the rights that NTFS wants for it.
 */
#include "sim/acts.h"
#include "sim/access.h"
#include "sim/open.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t rights; /* on the object; 0: see below */
    bool through_links;
} acts[SIM_ACT_COUNT] = {
    [SIM_ACT_READ] = {"read", SIM_READ_DATA, true},
    [SIM_ACT_WRITE] = {"write", SIM_WRITE_DATA, true},
    [SIM_ACT_APPEND] = {"append", SIM_APPEND_DATA, true},
    [SIM_ACT_EXECUTE] = {"execute", SIM_EXECUTE, true},
    [SIM_ACT_READ_ATTRIBUTES] = {"read attributes", SIM_READ_ATTRIBUTES, true},
    [SIM_ACT_WRITE_ATTRIBUTES] = {"write attributes", SIM_WRITE_ATTRIBUTES, true},
    [SIM_ACT_CREATE_FILE] = {"create a file", 0, true},
    [SIM_ACT_CREATE_FOLDER] = {"create a folder", 0, true},
    [SIM_ACT_DELETE] = {"delete", SIM_DELETE, false},
    [SIM_ACT_READ_DESCRIPTOR] = {"read the descriptor", SIM_READ_CONTROL, true},
    [SIM_ACT_SET_DACL] = {"set the DACL", SIM_WRITE_DAC, true},
    [SIM_ACT_TAKE_OWNERSHIP] = {"take ownership", SIM_WRITE_OWNER, true},
    [SIM_ACT_OPEN_TO_READ] = {"open to read", SIM_GENERIC_READ_FILE, true},
    [SIM_ACT_OPEN_TO_WRITE] = {"open to write", SIM_GENERIC_WRITE_FILE, true},
};

const char *sim_act_name(enum sim_act act)
{
    return acts[act].name;
}

/* The name that counts for what the folder gives: of a link's target its own. */
static const struct sim_name *name_of(const struct sim_place *place)
{
    return place->name && place->name->file == place->file ? place->name : place->file->name;
}

static uint32_t allowed(bool given)
{
    return given ? 0 : SIM_ERROR_ACCESS_DENIED;
}

static uint32_t may_create(const struct access_token *token, const struct sim_place *place, enum sim_act act)
{
    if (place->name)
        return act == SIM_ACT_CREATE_FILE ? SIM_ERROR_FILE_EXISTS : SIM_ERROR_ALREADY_EXISTS;
    if (!place->folder)
        return SIM_ERROR_FILE_NOT_FOUND;
    return allowed(
        sim_gives(place->folder, token, act == SIM_ACT_CREATE_FILE ? SIM_ADD_FILE : SIM_ADD_SUBDIRECTORY));
}

static uint32_t may_delete(const struct access_token *token, const struct sim_name *name)
{
    uint32_t wanted = SIM_DELETE | (name->file->read_only ? SIM_WRITE_ATTRIBUTES : 0);

    if (!name->folder || !sim_gives_by_folder(name->file, name->folder, token, wanted))
        return SIM_ERROR_ACCESS_DENIED;
    if (sim_is_open(name->file, true))
        return SIM_ERROR_SHARING_VIOLATION;
    return name->file->children ? SIM_ERROR_DIR_NOT_EMPTY : 0;
}

static bool shares_data(enum sim_act act)
{
    return act == SIM_ACT_READ || act == SIM_ACT_WRITE || act == SIM_ACT_APPEND || act == SIM_ACT_EXECUTE ||
           act == SIM_ACT_OPEN_TO_READ || act == SIM_ACT_OPEN_TO_WRITE;
}

static uint32_t may_at(const struct access_token *token, const struct sim_place *place, enum sim_act act)
{
    if (act == SIM_ACT_CREATE_FILE || act == SIM_ACT_CREATE_FOLDER)
        return may_create(token, place, act);
    if (!place->file)
        return SIM_ERROR_FILE_NOT_FOUND;
    if (act == SIM_ACT_DELETE)
        return may_delete(token, name_of(place));
    if (!sim_gives_by_folder(place->file, name_of(place)->folder, token, acts[act].rights))
        return SIM_ERROR_ACCESS_DENIED;
    if (shares_data(act) && sim_is_open(place->file, true))
        return SIM_ERROR_SHARING_VIOLATION;
    return 0;
}

uint32_t sim_may(const struct access_token *token, const char *path, enum sim_act act)
{
    struct sim_place place = sim_find(path, acts[act].through_links ? SIM_FOLLOW_LINK : SIM_LOOK_AT_LINK);

    return may_at(token, &place, act);
}

/* The DACL of the text; owner, group and label stay. Nothing is inherited: NtSetSecurityObject. */
static void set_dacl(struct sim_file *file, const char *sddl)
{
    struct sim_bytes given = {0}, made = {0};
    size_t size;

    sim_sddl(sddl, &given);
    sim_build((sim_control_of(file->descriptor) & ~0x140Cu) | (sim_control_of(given.data) & 0x1404u),
              sim_part_of(file->descriptor, SIM_OWNER, &size),
              sim_part_of(file->descriptor, SIM_GROUP, &size), sim_part_of(file->descriptor, SIM_SACL, &size),
              sim_part_of(given.data, SIM_DACL, &size), &made);
    sim_file_set_descriptor(file, made.data, made.size);
    sim_bytes_free(&given);
    sim_bytes_free(&made);
}

void sim_set_owner(struct sim_file *file, const struct sid *owner)
{
    struct sim_bytes made = {0};
    size_t size;

    sim_build(sim_control_of(file->descriptor), owner->bytes, sim_part_of(file->descriptor, SIM_GROUP, &size),
              sim_part_of(file->descriptor, SIM_SACL, &size), sim_part_of(file->descriptor, SIM_DACL, &size),
              &made);
    sim_file_set_descriptor(file, made.data, made.size);
    sim_bytes_free(&made);
}

static void create(const struct access_token *token, const struct sim_place *place, enum file_kind kind,
                   const char *text)
{
    const struct access_token *caller = sim_caller_set(token); /* whose the new one is */
    struct sim_file *file = sim_file_make(place->folder, place->last, place->last_size, kind);

    if (text)
        sim_file_append(file, text, strlen(text));
    file->flushed_size = file->size;
    (void)sim_caller_set(caller);
}

uint32_t sim_do(const struct access_token *token, const char *path, enum sim_act act, const char *text)
{
    struct sim_place place = sim_find(path, acts[act].through_links ? SIM_FOLLOW_LINK : SIM_LOOK_AT_LINK);
    uint32_t refused = may_at(token, &place, act);

    if (refused)
        return refused;
    switch (act) {
    case SIM_ACT_WRITE:
        place.file->size = 0;
        /* fall through */
    case SIM_ACT_APPEND:
        sim_file_append(place.file, text, strlen(text));
        place.file->flushed_size = place.file->size;
        break;
    case SIM_ACT_CREATE_FILE:
        create(token, &place, FILE_KIND_FILE, text);
        break;
    case SIM_ACT_CREATE_FOLDER:
        create(token, &place, FILE_KIND_DIRECTORY, NULL);
        break;
    case SIM_ACT_DELETE:
        sim_name_remove(place.name);
        break;
    case SIM_ACT_SET_DACL:
        set_dacl(place.file, text);
        break;
    case SIM_ACT_TAKE_OWNERSHIP:
        sim_set_owner(place.file, &token->user.sid);
        break;
    default:
        break;
    }
    return 0;
}

/* Renaming. */

static bool is_inside(const struct sim_file *file, const struct sim_file *folder)
{
    while (file && file != folder)
        file = file->name ? file->name->folder : NULL;
    return file != NULL;
}

static bool has_open_files(const struct sim_file *folder)
{
    for (const struct sim_name *name = folder->children; name; name = name->next) {
        if (sim_is_open(name->file, false) || has_open_files(name->file))
            return true;
    }
    return false;
}

static uint32_t may_move(const struct access_token *token, const struct sim_place *from,
                         const struct sim_place *to, bool replace)
{
    const struct sim_file *file = from->file;
    bool other_name = to->name && to->name != from->name;

    if (!file || !to->folder)
        return SIM_ERROR_FILE_NOT_FOUND;
    if (!from->name->folder || !sim_gives_by_folder(file, from->name->folder, token, SIM_DELETE))
        return SIM_ERROR_ACCESS_DENIED;
    if (to->folder->volume != file->volume)
        return SIM_ERROR_NOT_SAME_DEVICE;
    if (is_inside(to->folder, file) || has_open_files(file))
        return SIM_ERROR_ACCESS_DENIED;
    if (sim_is_open(file, true))
        return SIM_ERROR_SHARING_VIOLATION;
    if (to->folder != from->name->folder &&
        !sim_gives(to->folder, token,
                   file->kind == FILE_KIND_DIRECTORY ? SIM_ADD_SUBDIRECTORY : SIM_ADD_FILE))
        return SIM_ERROR_ACCESS_DENIED;
    if (!other_name)
        return 0;
    if (!replace)
        return SIM_ERROR_ALREADY_EXISTS;
    if (to->name->file->kind == FILE_KIND_DIRECTORY || to->name->file->read_only)
        return SIM_ERROR_ACCESS_DENIED;
    return may_delete(token, to->name);
}

uint32_t sim_may_rename(const struct access_token *token, const char *from, const char *to, bool replace)
{
    struct sim_place source = sim_find(from, SIM_LOOK_AT_LINK);
    struct sim_place target = sim_find(to, SIM_LOOK_AT_LINK);

    return may_move(token, &source, &target, replace);
}

uint32_t sim_do_rename(const struct access_token *token, const char *from, const char *to, bool replace)
{
    struct sim_place source = sim_find(from, SIM_LOOK_AT_LINK);
    struct sim_place target = sim_find(to, SIM_LOOK_AT_LINK);
    uint32_t refused = may_move(token, &source, &target, replace);

    if (refused)
        return refused;
    if (target.name && target.name != source.name)
        sim_name_remove(target.name);
    sim_name_move(source.name, target.folder, target.last, target.last_size);
    return 0;
}

/* Links. */

uint32_t sim_do_hard_link(const struct access_token *token, const char *path, const char *file)
{
    struct sim_place source = sim_find(file, SIM_FOLLOW_LINK);
    struct sim_place target = sim_find(path, SIM_LOOK_AT_LINK);
    uint32_t refused =
        source.file ? may_create(token, &target, SIM_ACT_CREATE_FILE) : SIM_ERROR_FILE_NOT_FOUND;

    if (refused)
        return refused;
    if (source.file->kind == FILE_KIND_DIRECTORY ||
        !sim_gives_by_folder(source.file, NULL, token, SIM_WRITE_ATTRIBUTES))
        return SIM_ERROR_ACCESS_DENIED;
    if (target.folder->volume != source.file->volume)
        return SIM_ERROR_NOT_SAME_DEVICE;
    sim_name_add(target.folder, target.last, target.last_size, source.file);
    return 0;
}

uint32_t sim_do_junction(const struct access_token *token, const char *path, const char *target)
{
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);

    if (!place.file)
        return SIM_ERROR_FILE_NOT_FOUND;
    if (place.file->kind != FILE_KIND_DIRECTORY || place.file->link)
        return SIM_ERROR_DIRECTORY;
    if (!sim_gives(place.file, token, SIM_WRITE_ATTRIBUTES) && !sim_gives(place.file, token, SIM_WRITE_DATA))
        return SIM_ERROR_ACCESS_DENIED;
    if (place.file->children || !place.name->folder)
        return SIM_ERROR_DIR_NOT_EMPTY;
    place.file->link = sim_duplicate(target);
    return 0;
}
