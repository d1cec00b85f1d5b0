/*
 * acl.c - os/acl.h of the simulation. Opening is decided by the oracle for the caller's token; what is
 * written stays byte for byte, in the order in which NTFS lays descriptors out.
 */
#include "os/acl.h"
#include "base/memory.h"
#include "sim/access.h"
#include "sim/fault.h"
#include "sim/open.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct acl_object {
    struct sim_open *open;
};

static sbx_status try_list(bool *kept, struct sbx_error *error)
{
    sbx_status status = sim_enter("NtSetSecurityObject", error);

    if (!status)
        status = sim_change("NtSetSecurityObject", error);
    if (!status)
        status = sim_changed("NtSetSecurityObject", error);
    if (!status)
        *kept = !sim_host.drops_acl_entries;
    return status;
}

/*
 * On a file that goes when it is closed: only a power cut leaves it. What lists are kept is the volume's,
 * too.
 */
sbx_status acl_host_keeps_entries(const char *folder, bool *kept, struct sbx_error *error)
{
    static unsigned number;
    sbx_status status = sim_enter("CreateFile", error);
    struct sim_file *in = sim_find(folder, SIM_FOLLOW_LINK).file;
    struct sim_file *file;
    struct sim_open *open;
    char name[32];

    if (status)
        return status;
    if (!in || in->kind != FILE_KIND_DIRECTORY)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no folder %s.", folder);
    status = sim_allow("CreateFile", in, NULL, SIM_ADD_FILE, error);
    if (!status)
        status = sim_change("CreateFile", error);
    if (status)
        return status;
    snprintf(name, sizeof name, "sbx-%08x.tmp", number++);
    file = sim_file_make(in, name, strlen(name), FILE_KIND_FILE);
    open = sim_open_make(file, file->name, SIM_READ_CONTROL | SIM_WRITE_DAC | SIM_DELETE);
    open->dies_with_its_holder = true;
    status = sim_changed("CreateFile", error);
    if (!status && !file->volume->keeps_acls)
        *kept = false;
    else if (!status)
        status = try_list(kept, error);
    sim_open_close(open);
    return status;
}

/* Takes the struct's memory over or frees it. A caller who may not list a folder still looks at it. */
static sbx_status open_file(struct sim_file *file, struct sim_name *name, enum acl_use use,
                            struct acl_object **object, struct sbx_error *error)
{
    uint32_t wanted = SIM_READ_CONTROL | SIM_READ_ATTRIBUTES |
                      (use == ACL_CHANGE ? SIM_WRITE_DAC
                       : use == ACL_OWN  ? SIM_WRITE_OWNER
                                         : 0);
    const struct sim_file *folder = name ? name->folder : NULL;
    struct acl_object *made;
    sbx_status status = sim_allow("CreateFile", file, folder, wanted, error);

    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "an open file");
    if (file->kind == FILE_KIND_DIRECTORY && sim_gives(file, sim_caller(), SIM_LIST))
        wanted |= SIM_LIST;
    made->open = sim_open_make(file, name, wanted);
    *object = made;
    return SBX_OK;
}

sbx_status acl_open(const char *path, enum acl_use use, struct acl_object **object, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);
    struct sim_place place = sim_walk(path, SIM_LOOK_AT_LINK);

    if (status)
        return status;
    if (place.leads_off)
        return sim_leads_off(path, error);
    if (!place.file)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is nothing at %s.", path);
    return open_file(place.file, place.name->file == place.file ? place.name : place.file->name, use, object,
                     error);
}

static sbx_status enter(const char *call, const struct acl_object *object, struct sbx_error *error)
{
    sbx_status status = sim_enter(call, error);

    if (!status && !object->open->file)
        status = error_system(error, call, SIM_ERROR_INVALID_HANDLE);
    return status;
}

sbx_status acl_open_child(const struct acl_object *folder, const char *name, enum acl_use use,
                          struct acl_object **object, struct sbx_error *error)
{
    sbx_status status = enter("NtCreateFile", folder, error);
    struct sim_name *child;

    if (status)
        return status;
    if (!*name || strpbrk(name, "\\/") || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(error, SBX_E_ARGUMENT, "\"%s\" is not the name of a file in a folder.", name);
    child = folder->open->file->link ? NULL : sim_child(folder->open->file, name, strlen(name));
    if (!child)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no %s any more.", name);
    return open_file(child->file, child, use, object, error);
}

sbx_status acl_open_by_id(const char *volume_path, const char *file_id, enum acl_use use,
                          struct acl_object **object, struct sbx_error *error)
{
    sbx_status status = sim_enter("OpenFileById", error);
    struct sim_place place = sim_walk(volume_path, SIM_FOLLOW_LINK);
    const struct sim_file *volume = place.file;
    struct sim_file *file;

    if (status)
        return status;
    if (place.leads_off)
        return sim_leads_off(volume_path, error);
    if (!volume)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is nothing at %s.", volume_path);
    if (!volume->volume->opens_by_id)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "The volume of %s opens nothing by id.", volume_path);
    file = sim_file_by_id(volume->volume_id, file_id);
    if (!file)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "The file %s is gone.", file_id);
    return open_file(file, NULL, use, object, error);
}

void acl_close(struct acl_object *object)
{
    if (!object)
        return;
    sim_open_close(object->open);
    sbx_free(object);
}

sbx_status acl_examine(const struct acl_object *object, struct acl_facts *facts, struct sbx_error *error)
{
    sbx_status status = enter("GetFileInformationByHandle", object, error);
    const struct sim_file *file = object->open->file;

    if (status)
        return status;
    memset(facts, 0, sizeof *facts);
    facts->kind = file->kind;
    facts->reparse = file->link != NULL;
    facts->link_count = (uint32_t)file->links;
    memcpy(facts->volume_id, file->volume_id, sizeof facts->volume_id);
    memcpy(facts->file_id, file->file_id, sizeof facts->file_id);
    return SBX_OK;
}

sbx_status acl_path(const struct acl_object *object, char **path, struct sbx_error *error)
{
    sbx_status status = enter("GetFinalPathNameByHandle", object, error);
    const struct sim_name *name = object->open->name;
    char *found, *copy;

    if (status)
        return status;
    name = name ? name : object->open->file->name;
    if (!name)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "The file has no name any more.");
    found = sim_path_of(name);
    copy = sbx_strdup(found);
    free(found);
    if (!copy)
        return error_memory(error, "a path");
    *path = copy;
    return SBX_OK;
}

sbx_status acl_read(const struct acl_object *object, struct sbx_buffer *out, struct sbx_error *error)
{
    sbx_status status = enter("NtQuerySecurityObject", object, error);

    if (status)
        return status;
    buffer_append(out, object->open->file->descriptor, object->open->file->descriptor_size);
    return buffer_failed(out) ? error_memory(error, "a descriptor") : SBX_OK;
}

/* Does the descriptor's DACL lie inside it, with a header that fits? The rest is the kernel's to check. */
static bool has_dacl(const uint8_t *bytes, size_t size)
{
    size_t dacl_size, offset;

    if (size < 20 || bytes[0] != 1)
        return false;
    offset = bytes[16] | bytes[17] << 8 | (size_t)bytes[18] << 16 | (size_t)bytes[19] << 24;
    return offset >= 20 && offset + 8 <= size && sim_part_of(bytes, SIM_DACL, &dacl_size) && dacl_size >= 8 &&
           offset + dacl_size <= size;
}

static void set_dacl(struct sim_file *file, const void *descriptor)
{
    const unsigned of_dacl = 0x0004 | 0x0008 | 0x0100 | 0x0400 | 0x1000;
    struct sim_bytes made = {0};
    size_t size;
    unsigned control = (sim_control_of(file->descriptor) & ~of_dacl) |
                       (sim_control_of(descriptor) & (0x0004 | 0x0400 | 0x1000));

    sim_build(control, sim_part_of(file->descriptor, SIM_OWNER, &size),
              sim_part_of(file->descriptor, SIM_GROUP, &size), sim_part_of(file->descriptor, SIM_SACL, &size),
              sim_part_of(descriptor, SIM_DACL, &size), &made);
    sim_file_set_descriptor(file, made.data, made.size);
    sim_bytes_free(&made);
}

sbx_status acl_write(struct acl_object *object, const void *descriptor, size_t size, struct sbx_error *error)
{
    sbx_status status = enter("NtSetSecurityObject", object, error);

    if (status)
        return status;
    if (!has_dacl(descriptor, size))
        return error_set(error, SBX_E_ARGUMENT, "There is no list to be set.");
    if (!(object->open->granted & SIM_WRITE_DAC))
        return error_system(error, "NtSetSecurityObject", SIM_ERROR_ACCESS_DENIED);
    if (!object->open->file->volume->keeps_acls)
        return error_system(error, "NtSetSecurityObject", SIM_ERROR_INVALID_FUNCTION);
    status = sim_change("NtSetSecurityObject", error);
    if (status)
        return status;
    if (!sim_host.drops_acl_entries)
        set_dacl(object->open->file, descriptor);
    status = sim_changed("NtSetSecurityObject", error);
    if (!status)
        status = sim_enter("NtQuerySecurityObject", error);
    if (!status && sim_host.drops_acl_entries)
        status = error_set(error, SBX_E_NOT_ENFORCED, "The list reads back as another one.");
    return status;
}

sbx_status acl_own(struct acl_object *object, struct sbx_error *error)
{
    sbx_status status = enter("NtSetSecurityObject", object, error);

    if (status)
        return status;
    if (!(object->open->granted & SIM_WRITE_OWNER))
        return error_system(error, "NtSetSecurityObject", SIM_ERROR_ACCESS_DENIED);
    status = sim_change("NtSetSecurityObject", error);
    if (status)
        return status;
    if (!sim_host.drops_acl_entries)
        sim_set_owner(object->open->file, &sim_caller()->user.sid);
    status = sim_changed("NtSetSecurityObject", error);
    if (!status)
        status = sim_enter("NtQuerySecurityObject", error);
    if (!status && sim_host.drops_acl_entries)
        status = error_set(error, SBX_E_NOT_ENFORCED, "The owner reads back as another one.");
    return status;
}

sbx_status acl_rename_child(const struct acl_object *folder, const char *name,
                            const struct acl_facts *expected, const char *new_name, struct sbx_error *error)
{
    sbx_status status = enter("NtSetInformationFile", folder, error);
    struct sim_file *in = folder->open->file;
    struct sim_name *child;

    if (status)
        return status;
    if (!*name || strpbrk(name, "\\/:") || !*new_name || strpbrk(new_name, "\\/:"))
        return error_set(error, SBX_E_ARGUMENT, "That is not the name of a file in a folder.");
    child = in->link ? NULL : sim_child(in, name, strlen(name));
    if (!child)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no %s any more.", name);
    status = sim_allow("NtOpenFile", child->file, in, SIM_DELETE, error);
    if (status)
        return status;
    if (strcmp(child->file->volume_id, expected->volume_id) ||
        strcmp(child->file->file_id, expected->file_id))
        return error_set(error, SBX_E_STATE, "%s is another file or folder now.", name);
    if (sim_child(in, new_name, strlen(new_name)))
        return error_system(error, "NtSetInformationFile", SIM_ERROR_ALREADY_EXISTS);
    status = sim_change("NtSetInformationFile", error);
    if (status)
        return status;
    sim_name_move(child, in, new_name, strlen(new_name));
    return sim_changed("NtSetInformationFile", error);
}

/* `folders` may be the same as `names`. */
static sbx_status list(const struct acl_object *folder, struct sbx_strings *names,
                       struct sbx_strings *folders, struct sbx_error *error)
{
    sbx_status status = enter("NtQueryDirectoryFile", folder, error);

    if (status)
        return status;
    if (!(folder->open->granted & SIM_LIST) || folder->open->file->link)
        return error_system(error, "NtQueryDirectoryFile", SIM_ERROR_ACCESS_DENIED);
    for (const struct sim_name *name = folder->open->file->children; name && !status; name = name->next) {
        bool is_folder = name->file->kind == FILE_KIND_DIRECTORY && !name->file->link;

        status = strings_append(is_folder ? folders : names, name->text);
    }
    return status ? error_memory(error, "names") : SBX_OK;
}

sbx_status acl_list(const struct acl_object *folder, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    sbx_status status = list(folder, &found, &found, error);

    if (status)
        strings_free(&found);
    else
        *names = found;
    return status;
}

sbx_status acl_list_apart(const struct acl_object *folder, struct sbx_strings *folders,
                          struct sbx_strings *others, struct sbx_error *error)
{
    struct sbx_strings found[2] = {{0}};
    sbx_status status = list(folder, &found[0], &found[1], error);

    if (status) {
        strings_free(&found[0]);
        strings_free(&found[1]);
        return status;
    }
    *others = found[0];
    *folders = found[1];
    return SBX_OK;
}
