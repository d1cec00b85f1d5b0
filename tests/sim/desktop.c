/*
 * desktop.c - os/desktop.h of the simulation: three descriptors, of which two are shared by all desktops.
 */
#include "os/desktop.h"
#include "base/memory.h"
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
    uint8_t *data;
    size_t size;
};

struct desktop {
    struct bytes descriptor;
};

static struct bytes shared[DESKTOP_OBJECT_COUNT];
static size_t open_count;

static void set(struct bytes *bytes, const void *data, size_t size)
{
    free(bytes->data);
    bytes->data = memcpy(sim_allocate(size), data, size);
    bytes->size = size;
}

void sim_desktops_reset(void)
{
    for (size_t i = 0; i < DESKTOP_OBJECT_COUNT; i++) {
        free(shared[i].data);
        shared[i] = (struct bytes){NULL, 0};
    }
    open_count = 0;
}

void sim_set_shared(int object, const void *descriptor, size_t size)
{
    set(&shared[object], descriptor, size);
}

const void *sim_shared(int object, size_t *size)
{
    *size = shared[object].size;
    return shared[object].data;
}

size_t sim_open_desktops(void)
{
    return open_count;
}

sbx_status desktop_create(const char *name, struct desktop **desktop, char **full_name,
                          struct sbx_error *error)
{
    static const uint8_t no_list[20] = {1, 0, 0, 0x80};
    sbx_status status = sim_enter("CreateDesktop", error);
    struct desktop *made;
    char full[128];

    if (status)
        return status;
    if (sim_host.has_no_desktops)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "This process has no window station.");
    snprintf(full, sizeof full, "WinSta0\\%s", name);
    made = sbx_alloc(sizeof *made);
    *full_name = made ? sbx_strdup(full) : NULL;
    if (!*full_name) {
        sbx_free(made);
        return error_memory(error, "a desktop");
    }
    set(&made->descriptor, no_list, sizeof no_list);
    open_count++;
    *desktop = made;
    return SBX_OK;
}

void desktop_close(struct desktop *desktop)
{
    if (!desktop)
        return;
    free(desktop->descriptor.data);
    sbx_free(desktop);
    open_count--;
}

static struct bytes *bytes_of(struct desktop *desktop, enum desktop_object object)
{
    return object == DESKTOP_ITSELF ? &desktop->descriptor : &shared[object];
}

sbx_status desktop_read(struct desktop *desktop, enum desktop_object object, void **descriptor, size_t *size,
                        struct sbx_error *error)
{
    struct bytes *bytes = bytes_of(desktop, object);
    sbx_status status = sim_enter("GetUserObjectSecurity", error);
    void *copy;

    if (status)
        return status;
    if (object && (int)object == sim_host.guarded_object)
        return error_system(error, "OpenWindowStation", SIM_ERROR_ACCESS_DENIED);
    copy = sbx_alloc(bytes->size);
    if (!copy)
        return error_memory(error, "a descriptor");
    memcpy(copy, bytes->data, bytes->size);
    *descriptor = copy;
    *size = bytes->size;
    return SBX_OK;
}

sbx_status desktop_write(struct desktop *desktop, enum desktop_object object, const void *descriptor,
                         struct sbx_error *error)
{
    const uint8_t *bytes = descriptor;
    uint32_t dacl = (uint32_t)bytes[16] | (uint32_t)bytes[17] << 8;
    sbx_status status = sim_enter("SetUserObjectSecurity", error);

    if (status)
        return status;
    if (sim_host.drops_desktop_entries)
        return SBX_OK;
    /* Self-relative with the DACL alone, and that behind the header. */
    set(bytes_of(desktop, object), bytes, dacl + bytes[dacl + 2] + 256u * bytes[dacl + 3]);
    return SBX_OK;
}
