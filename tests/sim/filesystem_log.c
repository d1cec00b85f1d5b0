/*
 * filesystem_log.c - logs and marks of os/filesystem.h in the simulation: alone, per actor, torn by power
 * cuts.
 */
#include "base/memory.h"
#include "os/filesystem.h"
#include "sim/access.h"
#include "sim/fault.h"
#include "sim/open.h"
#include "sim/world.h"

struct log_file {
    struct sim_open *open;
};

struct held_file {
    struct sim_open *open;
};

/* Opens or makes the file, shared with nobody. */
static sbx_status open_alone(const char *path, uint32_t wanted, struct sim_open **open,
                             struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);

    if (status)
        return status;
    if (!place.file && !place.folder)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "The folder of %s is missing.", path);
    if (place.file && place.file->kind != FILE_KIND_FILE)
        return error_system(error, "CreateFile", SIM_ERROR_ACCESS_DENIED);
    if (place.file && sim_is_open(place.file, true))
        return error_set(error, SBX_E_STATE, "Somebody else has %s open.", path);
    status = place.file ? sim_allow("CreateFile", place.file, place.folder, wanted, error)
                        : sim_allow("CreateFile", place.folder, NULL, SIM_ADD_FILE, error);
    if (!status && !place.file) {
        status = sim_change("CreateFile", error);
        if (!status) {
            place.file = sim_file_make(place.folder, place.last, place.last_size, FILE_KIND_FILE);
            place.name = place.file->name;
            status = sim_changed("CreateFile", error);
        }
    }
    if (status)
        return status;
    *open = sim_open_make(place.file, place.name, wanted);
    (*open)->alone = true;
    return SBX_OK;
}

sbx_status log_open(const char *path, struct log_file **file, struct sbx_error *error)
{
    struct log_file *made = sbx_alloc(sizeof *made);
    sbx_status status;

    if (!made)
        return error_memory(error, "a log");
    status =
        open_alone(path, SIM_GENERIC_READ_FILE | SIM_GENERIC_WRITE_FILE | SIM_DELETE, &made->open, error);
    if (status) {
        sbx_free(made);
        return status;
    }
    *file = made;
    return SBX_OK;
}

void log_close(struct log_file *file)
{
    if (!file)
        return;
    sim_open_close(file->open);
    sbx_free(file);
}

static sbx_status enter(const char *call, const struct log_file *file, struct sbx_error *error)
{
    sbx_status status = sim_enter(call, error);

    if (!status && !file->open->file)
        status = error_system(error, call, SIM_ERROR_INVALID_HANDLE);
    return status;
}

sbx_status log_read(struct log_file *file, size_t most, char **bytes, size_t *size, struct sbx_error *error)
{
    sbx_status status = enter("ReadFile", file, error);
    char *copy;

    if (status)
        return status;
    if (file->open->file->size > most)
        return error_set(error, SBX_E_LIMIT, "The log is larger than %zu bytes.", most);
    copy = sbx_strndup((const char *)file->open->file->bytes, file->open->file->size);
    if (!copy)
        return error_memory(error, "a log");
    *bytes = copy;
    *size = file->open->file->size;
    return SBX_OK;
}

sbx_status log_append(struct log_file *file, const void *bytes, size_t size, struct sbx_error *error)
{
    sbx_status status = enter("WriteFile", file, error);
    size_t fits;

    if (!status)
        status = sim_change("WriteFile", error);
    if (status)
        return status;
    fits = sim_take_disk(size);
    sim_file_append(file->open->file, bytes, fits);
    if (fits < size)
        return error_system(error, "WriteFile", SIM_ERROR_DISK_FULL);
    return sim_changed("WriteFile", error);
}

static sbx_status flush(struct log_file *file, struct sbx_error *error)
{
    sbx_status status = sim_change("FlushFileBuffers", error);

    if (status)
        return status;
    file->open->file->flushed_size = file->open->file->size;
    return sim_changed("FlushFileBuffers", error);
}

sbx_status log_flush(struct log_file *file, struct sbx_error *error)
{
    sbx_status status = enter("FlushFileBuffers", file, error);

    return status ? status : flush(file, error);
}

sbx_status log_cut(struct log_file *file, size_t size, struct sbx_error *error)
{
    sbx_status status = enter("SetEndOfFile", file, error);

    if (!status && size > file->open->file->size)
        status = error_set(error, SBX_E_ARGUMENT, "The log is shorter than %zu bytes.", size);
    if (!status)
        status = sim_change("SetEndOfFile", error);
    if (status)
        return status;
    file->open->file->size = size;
    file->open->file->bytes[size] = '\0';
    if (file->open->file->flushed_size > size)
        file->open->file->flushed_size = size;
    status = sim_changed("SetEndOfFile", error);
    return status ? status : flush(file, error);
}

sbx_status log_delete(struct log_file *file, struct sbx_error *error)
{
    sbx_status status = enter("NtSetInformationFile", file, error);

    if (status)
        return status;
    if (!file->open->name)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "The log has no name any more.");
    status = sim_change("NtSetInformationFile", error);
    if (status)
        return status;
    sim_name_remove(file->open->name);
    return sim_changed("NtSetInformationFile", error);
}

/* Marks. */

sbx_status held_open(const char *path, struct held_file **file, struct sbx_error *error)
{
    struct held_file *made = sbx_alloc(sizeof *made);
    sbx_status status;

    if (!made)
        return error_memory(error, "a mark");
    status = open_alone(path, SIM_DELETE, &made->open, error);
    if (status) {
        sbx_free(made);
        return status;
    }
    made->open->dies_with_its_holder = true;
    *file = made;
    return SBX_OK;
}

void held_close(struct held_file *file)
{
    if (!file)
        return;
    sim_open_close(file->open);
    sbx_free(file);
}

bool held_is(const char *path)
{
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);

    if (sim_power_is_off() || !place.file || place.file->kind != FILE_KIND_FILE)
        return false;
    if (sim_is_open(place.file, false))
        return true;
    if (sim_allow("CreateFile", place.file, place.folder, SIM_DELETE, NULL) || sim_change("CreateFile", NULL))
        return false;
    sim_name_remove(place.name);
    (void)sim_changed("CreateFile", NULL);
    return false;
}
