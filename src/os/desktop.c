/*
 * desktop.c - private desktops.
 */
#include "os/desktop.h"
#include "base/memory.h"
#include "os/native.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

typedef HDESK(WINAPI *create_desktop)(const WCHAR *name, const WCHAR *device, DEVMODEW *mode, DWORD flags,
                                      ACCESS_MASK access, SECURITY_ATTRIBUTES *attributes);
typedef BOOL(WINAPI *close_object)(HANDLE object);
typedef HWINSTA(WINAPI *process_station)(void);
typedef HWINSTA(WINAPI *open_station)(const WCHAR *name, BOOL inherit, ACCESS_MASK access);
typedef BOOL(WINAPI *get_information)(HANDLE object, int index, void *information, DWORD size, DWORD *needed);
typedef BOOL(WINAPI *get_security)(HANDLE object, SECURITY_INFORMATION *which,
                                   PSECURITY_DESCRIPTOR descriptor, DWORD size, DWORD *needed);
typedef BOOL(WINAPI *set_security)(HANDLE object, SECURITY_INFORMATION *which,
                                   PSECURITY_DESCRIPTOR descriptor);

struct counted_name {
    USHORT size, room; /* bytes */
    WCHAR *text;
};

struct object_attributes {
    ULONG size;
    HANDLE root;
    struct counted_name *name;
    ULONG flags;
    void *descriptor, *quality;
};

typedef LONG(WINAPI *open_directory)(HANDLE *directory, ACCESS_MASK access,
                                     struct object_attributes *attributes);

#define OBJECT_NAME      2 /* UOI_NAME */
#define NAME_SIZE        256
#define FIRST_SIZE       512
#define CASE_INSENSITIVE 0x40 /* OBJ_CASE_INSENSITIVE */
#define DESKTOP_ALL      0x000F01FF

struct desktop {
    HDESK native;
    WCHAR station[NAME_SIZE]; /* its name */
};

static native_function user_call(const char *name)
{
    return native_call(L"user32.dll", name);
}

static sbx_status say_unsupported(struct sbx_error *error)
{
    return error_set(error, SBX_E_UNSUPPORTED_HOST,
                     "This process has no window station, so there is nothing to make a desktop on.");
}

sbx_status desktop_create(const char *name, struct desktop **desktop, char **full_name,
                          struct sbx_error *error)
{
    create_desktop create = (create_desktop)user_call("CreateDesktopW");
    process_station own_station = (process_station)user_call("GetProcessWindowStation");
    get_information information = (get_information)user_call("GetUserObjectInformationW");
    WCHAR full[2 * NAME_SIZE];
    struct desktop *made;
    WCHAR *wide = NULL;
    sbx_status status;

    if (!create || !own_station || !information)
        return say_unsupported(error);
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "a desktop");
    if (!information(own_station(), OBJECT_NAME, made->station, sizeof made->station, NULL)) {
        status = say_unsupported(error);
        goto free_made;
    }
    status = native_wide(name, &wide, error);
    if (status)
        goto free_made;
    if (_snwprintf(full, 2 * NAME_SIZE, L"%ls\\%ls", made->station, wide) < 0) {
        status = error_set(error, SBX_E_ARGUMENT, "\"%s\" is too long for a desktop's name.", name);
        goto free_made;
    }
    status = native_text(full, full_name, error);
    if (status)
        goto free_made;
    made->native = create(wide, NULL, NULL, 0, DESKTOP_ALL, NULL);
    if (!made->native) {
        status = native_error(error, "CreateDesktop");
        sbx_free(*full_name);
        *full_name = NULL;
        goto free_made;
    }
    sbx_free(wide);
    *desktop = made;
    return SBX_OK;

free_made:
    sbx_free(wide);
    sbx_free(made);
    return status;
}

void desktop_close(struct desktop *desktop)
{
    close_object close = (close_object)user_call("CloseDesktop");

    if (!desktop)
        return;
    if (close)
        close((HANDLE)desktop->native);
    sbx_free(desktop);
}

/* \Sessions\1\BaseNamedObjects; the services' session has the root's. */
static sbx_status open_named_objects(HANDLE *directory, struct sbx_error *error)
{
    open_directory open = (open_directory)native_call(L"ntdll.dll", "NtOpenDirectoryObject");
    WCHAR path[64] = L"\\BaseNamedObjects";
    struct counted_name name;
    struct object_attributes attributes;
    DWORD session = 0;
    LONG result;

    if (!ProcessIdToSessionId(GetCurrentProcessId(), &session))
        return native_error(error, "ProcessIdToSessionId");
    if (session)
        _snwprintf(path, sizeof path / sizeof *path, L"\\Sessions\\%lu\\BaseNamedObjects",
                   (unsigned long)session);
    name.size = (USHORT)(wcslen(path) * sizeof *path);
    name.room = sizeof path;
    name.text = path;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.name = &name;
    attributes.flags = CASE_INSENSITIVE;
    result = open ? open(directory, READ_CONTROL | WRITE_DAC, &attributes) : -1;
    return result < 0 ? error_system(error, "NtOpenDirectoryObject", (uint32_t)result) : SBX_OK;
}

/* The caller closes it with close_opened. */
static sbx_status open_object(struct desktop *desktop, enum desktop_object object, HANDLE *opened,
                              struct sbx_error *error)
{
    open_station open = (open_station)user_call("OpenWindowStationW");

    switch (object) {
    case DESKTOP_ITSELF:
        *opened = (HANDLE)desktop->native;
        return SBX_OK;
    case DESKTOP_STATION:
        *opened = open ? (HANDLE)open(desktop->station, FALSE, READ_CONTROL | WRITE_DAC) : NULL;
        return *opened ? SBX_OK : native_error(error, "OpenWindowStation");
    default:
        return open_named_objects(opened, error);
    }
}

static void close_opened(enum desktop_object object, HANDLE opened)
{
    close_object close = (close_object)user_call("CloseWindowStation");

    if (object == DESKTOP_NAMED_OBJECTS)
        CloseHandle(opened);
    else if (object == DESKTOP_STATION && close)
        close(opened);
}

static BOOL get_descriptor(enum desktop_object object, HANDLE opened, void *descriptor, DWORD size,
                           DWORD *needed)
{
    get_security get = (get_security)user_call("GetUserObjectSecurity");
    SECURITY_INFORMATION which = DACL_SECURITY_INFORMATION;

    if (object == DESKTOP_NAMED_OBJECTS)
        return GetKernelObjectSecurity(opened, which, descriptor, size, needed);
    return get && get(opened, &which, descriptor, size, needed);
}

/* Wine 8.0 answers with an empty descriptor in the form with pointers; *descriptor is replaced. */
static sbx_status make_self_relative(void **descriptor, struct sbx_error *error)
{
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision, size = 0;
    void *made;

    if (!GetSecurityDescriptorControl(*descriptor, &control, &revision))
        return native_error(error, "GetSecurityDescriptorControl");
    if (control & SE_SELF_RELATIVE)
        return SBX_OK;
    MakeSelfRelativeSD(*descriptor, NULL, &size);
    made = sbx_alloc(size);
    if (!made)
        return error_memory(error, "a descriptor");
    if (!MakeSelfRelativeSD(*descriptor, made, &size)) {
        sbx_status status = native_error(error, "MakeSelfRelativeSD");

        sbx_free(made);
        return status;
    }
    sbx_free(*descriptor);
    *descriptor = made;
    return SBX_OK;
}

sbx_status desktop_read(struct desktop *desktop, enum desktop_object object, void **descriptor, size_t *size,
                        struct sbx_error *error)
{
    DWORD needed = FIRST_SIZE, room;
    void *made = NULL;
    HANDLE opened;
    sbx_status status = open_object(desktop, object, &opened, error);

    if (status)
        return status;
    do {
        sbx_free(made);
        room = needed;
        made = sbx_alloc(room);
        if (!made)
            status = error_memory(error, "a descriptor");
        else if (get_descriptor(object, opened, made, room, &needed))
            break;
        else if (GetLastError() != ERROR_INSUFFICIENT_BUFFER || needed <= room)
            status = native_error(error, "GetUserObjectSecurity");
    } while (!status);
    close_opened(object, opened);
    if (!status)
        status = make_self_relative(&made, error);
    if (status) {
        sbx_free(made);
        return status;
    }
    *descriptor = made;
    *size = GetSecurityDescriptorLength(made);
    return SBX_OK;
}

sbx_status desktop_write(struct desktop *desktop, enum desktop_object object, const void *descriptor,
                         struct sbx_error *error)
{
    set_security set = (set_security)user_call("SetUserObjectSecurity");
    SECURITY_INFORMATION which = DACL_SECURITY_INFORMATION;
    HANDLE opened;
    BOOL done;
    sbx_status status = open_object(desktop, object, &opened, error);

    if (status)
        return status;
    if (object == DESKTOP_NAMED_OBJECTS)
        done = SetKernelObjectSecurity(opened, which, (void *)descriptor);
    else
        done = set && set(opened, &which, (void *)descriptor);
    if (!done)
        status = native_error(error, "SetUserObjectSecurity");
    close_opened(object, opened);
    return status;
}
