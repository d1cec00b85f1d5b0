/*
 * filesystem_append.c - the append files of os/filesystem.h in the simulation. A test can ask for the one
 * that was opened last.
 */
#include "os/filesystem.h"

#include "base/memory.h"
#include "sim/access.h"
#include "sim/append.h"
#include "sim/fault.h"
#include "sim/open.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

struct append_file {
    struct sim_open *open;
};

static char last_path[1024];
static size_t write_count;

void sim_append_reset(void)
{
    if (*last_path && sim_exists(last_path))
        sim_remove(last_path);
    *last_path = '\0';
    write_count = 0;
    sim_add_folder(SIM_APPEND_FOLDER);
}

const char *sim_append_text(void)
{
    const char *text = *last_path ? sim_contents(last_path, NULL) : NULL;

    return text ? text : "";
}

size_t sim_append_size(void)
{
    size_t size = 0;

    if (*last_path)
        (void)sim_contents(last_path, &size);
    return size;
}

size_t sim_append_writes(void)
{
    return write_count;
}

static void remember(const char *path)
{
    size_t size = strlen(path) + 1;

    if (size > sizeof last_path)
        abort();
    memcpy(last_path, path, size);
}

sbx_status file_append_open(const char *path, struct append_file **file, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);
    struct append_file *made;

    if (status)
        return status;
    if (!place.file && !place.folder)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "The folder of %s is missing.", path);
    status = place.file ? sim_allow("CreateFile", place.file, place.folder, SIM_APPEND_DATA, error)
                        : sim_allow("CreateFile", place.folder, NULL, SIM_ADD_FILE, error);
    if (!status && place.file && sim_is_open(place.file, true))
        status = error_system(error, "CreateFile", SIM_ERROR_SHARING_VIOLATION);
    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "file");
    if (!place.file) {
        status = sim_change("CreateFile", error);
        if (!status) {
            place.file = sim_file_make(place.folder, place.last, place.last_size, FILE_KIND_FILE);
            place.name = place.file->name;
            status = sim_changed("CreateFile", error);
        }
    }
    if (status) {
        sbx_free(made);
        return status;
    }
    made->open = sim_open_make(place.file, place.name, SIM_APPEND_DATA);
    remember(path);
    *file = made;
    return SBX_OK;
}

sbx_status file_append(struct append_file *file, const void *bytes, size_t size, struct sbx_error *error)
{
    sbx_status status = sim_enter("WriteFile", error);
    size_t fits;

    if (!status && !file->open->file)
        status = error_system(error, "WriteFile", SIM_ERROR_INVALID_HANDLE);
    if (!status)
        status = sim_change("WriteFile", error);
    if (status)
        return status;
    fits = sim_take_disk(size);
    sim_file_append(file->open->file, bytes, fits);
    if (fits < size)
        return error_system(error, "WriteFile", SIM_ERROR_DISK_FULL);
    write_count++;
    return sim_changed("WriteFile", error);
}

void file_append_close(struct append_file *file)
{
    if (!file)
        return;
    sim_open_close(file->open);
    sbx_free(file);
}
