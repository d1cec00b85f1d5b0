/*
 * filesystem_walk.c - a path opened name by name, each link looked at before it is followed.
 *
 * Every call that takes a path follows the junctions and symbolic links on the way. One that a command has put into a workspace
 * may lead to another machine, and whoever follows it logs on there in the user's name, which is all that machine
 * needs. So here each name is opened by its folder's handle and never followed by the system; what a link says is read and judged, and a
 * link to anything but a local volume ends the walk. Nobody can swap a name between the look and the step, because the step is
 * made from the handle that was looked at.
 */
#include "os/filesystem.h"
#include "base/memory.h"
#include "os/filesystem_native.h"

#include <string.h>
#include <wchar.h>
#include <winternl.h>

#define MOST_LINKS    63 /* as Windows itself */
#define MOST_UNITS    32766
#define SHARE_ALL     (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define WAY_ACCESS    FILE_READ_ATTRIBUTES /* all that an entry for passing through gives (core/plan.h) */
#define MOST_REPARSE  (16 * 1024)          /* MAXIMUM_REPARSE_DATA_BUFFER_SIZE */
#define TAG_JUNCTION  0xA0000003u
#define TAG_SYMLINK   0xA000000Cu
#define LINK_RELATIVE 1u
#define GET_REPARSE   0x000900A8u         /* FSCTL_GET_REPARSE_POINT */
#define WAY_OPTIONS   FILE_DIRECTORY_FILE /* a synchronous handle would want SYNCHRONIZE, too */
#define WAY_IS_A_LINK "which somebody could turn elsewhere. Name the folder that it leads to."
#define WAY_LEADS_OFF                                                                                       \
    "which leads to another computer or to no local disk and was not followed. Look who put it there, and " \
    "delete it "                                                                                            \
    "or name what is meant itself."
#define NT_PREFIX      L"\\??\\"
#define NT_PREFIX_SIZE 4

/* Statuses that the public headers leave to those of drivers. */
#define NT_DELETE_PENDING  ((LONG)0xC0000056)
#define NT_IS_FOLDER       ((LONG)0xC00000BA)
#define NT_NOT_A_DIRECTORY ((LONG)0xC0000103)

typedef LONG(NTAPI *open_file)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, ULONG, ULONG);
typedef ULONG(NTAPI *status_to_error)(LONG);

static struct {
    open_file open;
    status_to_error to_error;
    bool wine;
} calls;

static volatile LONG plainly;

void file_walk_plainly(void)
{
    InterlockedExchange(&plainly, 1);
}

static BOOL CALLBACK look_up(INIT_ONCE *once, void *parameter, void **context)
{
    (void)once, (void)parameter, (void)context;
    calls.open = (open_file)native_call(L"ntdll.dll", "NtOpenFile");
    calls.to_error = (status_to_error)native_call(L"ntdll.dll", "RtlNtStatusToDosError");
    calls.wine = native_call(L"ntdll.dll", "wine_get_version") != NULL;
    return calls.open && calls.to_error;
}

/* REPARSE_DATA_BUFFER, of which the public headers have nothing; behind the four offsets a symbolic link has flags first. */
struct reparse_data {
    uint32_t tag;
    uint16_t size, reserved;
    uint16_t target_offset, target_size; /* bytes */
    uint16_t shown_offset, shown_size;
};

sbx_status native_link_target(const void *bytes, size_t size, WCHAR **target, bool *relative,
                              struct sbx_error *error)
{
    struct reparse_data data;
    size_t names = sizeof data;
    uint32_t flags = 0;
    WCHAR *made;

    if (size < sizeof data)
        return error_set(error, SBX_E_ARGUMENT, "A link has %zu bytes, which is no link.", size);
    memcpy(&data, bytes, sizeof data);
    if (data.tag == TAG_SYMLINK && size >= names + sizeof flags) {
        memcpy(&flags, (const uint8_t *)bytes + names, sizeof flags);
        names += sizeof flags;
    } else if (data.tag != TAG_JUNCTION)
        return error_set(error, SBX_E_ARGUMENT, "What is tagged %lx is no link.", (unsigned long)data.tag);
    if (data.target_size % sizeof *made || !data.target_size ||
        (size_t)data.target_offset + data.target_size > size - names)
        return error_set(error, SBX_E_ARGUMENT, "A link has a target outside of its own bytes.");

    made = sbx_alloc(data.target_size + sizeof *made);
    if (!made)
        return error_memory(error, "a link");
    memcpy(made, (const uint8_t *)bytes + names + data.target_offset, data.target_size);
    made[data.target_size / sizeof *made] = 0;
    *target = made;
    *relative = flags & LINK_RELATIVE;
    return SBX_OK;
}

static bool begins(const WCHAR *text, const WCHAR *with)
{
    size_t length = wcslen(with);

    return !_wcsnicmp(text, with, length);
}

/*
 * Is what `name` (a drive or a volume, without a backslash) stands for a disk of this machine? Asked of the table of names, never
 * by opening it. A name that stands for another one (SUBST) is as good as that; whoever is logged on may make some that lead
 * anywhere, so only what is known to be a disk is one.
 */
static bool is_disk(const WCHAR *name)
{
    static const WCHAR *const disks[] = {L"\\Device\\Harddisk", L"\\Device\\CdRom", L"\\Device\\Floppy",
                                         L"\\Device\\Ramdisk", L"\\Device\\Ramdrive"};
    WCHAR asked[64], device[MAX_PATH + 1];

    for (int depth = 0; depth < 8; depth++) {
        size_t length = wcscspn(name, L"\\");

        if (!length || length >= sizeof asked / sizeof *asked)
            return false;
        memcpy(asked, name, length * sizeof *asked);
        asked[length] = 0;
        if (!QueryDosDeviceW(asked, device, MAX_PATH))
            return false;
        for (size_t i = 0; i < sizeof disks / sizeof *disks; i++) {
            if (begins(device, disks[i]))
                return true;
        }
        if (wcsncmp(device, NT_PREFIX, NT_PREFIX_SIZE))
            return false;
        name = device + NT_PREFIX_SIZE;
    }
    return false;
}

/* Units of "\??\C:\" or "\??\Volume{...}\" in front; 0: another form, which nobody walks. */
static size_t root_size(const WCHAR *path)
{
    const WCHAR *at = path + NT_PREFIX_SIZE;
    const WCHAR *end = wcschr(at, L'\\');

    if (wcsncmp(path, NT_PREFIX, NT_PREFIX_SIZE) || !end)
        return 0;
    if ((end - at == 2 && at[1] == L':') || (end - at > 8 && begins(at, L"Volume{") && end[-1] == L'}'))
        return (size_t)(end - path) + 1;
    return 0;
}

bool native_is_local_target(const WCHAR *target)
{
    return root_size(target) && is_disk(target + NT_PREFIX_SIZE);
}

/* Takes "." and ".." out of what stands behind the root, by the text, as Windows does with what a link says. */
static void take_dots_out(WCHAR *path, size_t root)
{
    const WCHAR *from = path + root;
    size_t to = root;
    bool more = true;

    while (more) {
        size_t length = wcscspn(from, L"\\");

        more = from[length] != 0; /* asked before it may be written over */
        if (length == 2 && from[0] == L'.' && from[1] == L'.') {
            to -= to > root;
            while (to > root && path[to - 1] != L'\\')
                to--;
        } else if (length && !(length == 1 && from[0] == L'.')) {
            memmove(path + to, from, length * sizeof *path);
            to += length;
            path[to++] = L'\\';
        }
        from += length + 1;
    }
    path[to > root ? to - 1 : to] = 0;
}

sbx_status native_way_on(const WCHAR *path, size_t above, const WCHAR *target, bool relative,
                         const WCHAR *rest, WCHAR **next, struct sbx_error *error)
{
    size_t before = !relative ? 0 : target[0] == L'\\' ? root_size(path) : above;
    size_t length = wcslen(target);
    size_t room = before + length + 1 + wcslen(rest) + 3;
    WCHAR *made = sbx_alloc_array(room, sizeof *made);

    if (!made)
        return error_memory(error, "a path");
    memcpy(made, path, before * sizeof *made);
    memcpy(made + before, target, length * sizeof *made);
    made[before + length] = L'\\';
    memcpy(made + before + length + 1, rest, (wcslen(rest) + 1) * sizeof *made);
    if (root_size(made))
        take_dots_out(made, root_size(made));
    *next = made;
    return SBX_OK;
}

struct walking {
    const char *shown; /* the path as it was given */
    const struct native_walk *walk;
    HANDLE at; /* the folder that was reached, NULL: none yet */
};

/* The link is the first `size` units of `path`. */
static sbx_status refuse(const struct walking *walking, const WCHAR *path, size_t size, const char *why,
                         struct sbx_error *error)
{
    WCHAR *copy = sbx_alloc_array(size + 1, sizeof *copy);
    char *link = NULL;
    sbx_status status = copy ? SBX_OK : SBX_E_MEMORY;

    if (!status) {
        memcpy(copy, path, size * sizeof *copy);
        copy[size] = 0;
        status = native_text(copy + NT_PREFIX_SIZE, &link, NULL);
    }
    status = status ? error_memory(error, "a path")
                    : error_set(error, SBX_E_WORKSPACE_REFUSED, "%s goes over the link %s, %s",
                                walking->shown, link, why);
    sbx_free(link);
    sbx_free(copy);
    return status;
}

static void leave(struct walking *walking)
{
    if (walking->at)
        CloseHandle(walking->at);
    walking->at = NULL;
}

static sbx_status open_error(LONG result, bool last, const char *shown, struct sbx_error *error)
{
    DWORD system = calls.to_error(result);

    if (result == NT_IS_FOLDER)
        return native_error_as(error, SBX_E_ARGUMENT, "NtOpenFile", system,
                               "%s is a folder. Name the file itself.", shown);
    if (result == NT_DELETE_PENDING)
        system = ERROR_FILE_NOT_FOUND; /* still open somewhere, and as good as gone */
    else if (result == NT_NOT_A_DIRECTORY && !last)
        system = ERROR_PATH_NOT_FOUND;
    return native_path_error(error, "NtOpenFile", system, shown);
}

/* `name` in the folder that was reached, or the whole path where there is none yet. */
static LONG open_name(const struct walking *walking, const WCHAR *name, size_t length, ACCESS_MASK access,
                      ULONG share, ULONG options, HANDLE *file)
{
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block;

    text.Buffer = (WCHAR *)name;
    text.Length = text.MaximumLength = (USHORT)(length * sizeof *name);
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, walking->at, NULL);
    return native_unless_oplocked(calls.open(file, access, &attributes, &block, share, options), access,
                                  file);
}

static ULONG last_options(const struct native_walk *walk)
{
    return walk->options | FILE_COMPLETE_IF_OPLOCKED |
           ((walk->access & SYNCHRONIZE) ? FILE_SYNCHRONOUS_IO_NONALERT : 0);
}

/* *target NULL: it is no link. `file` is what was opened without following it. */
static sbx_status read_link(HANDLE file, WCHAR **target, bool *relative, bool *reparse,
                            struct sbx_error *error)
{
    FILE_BASIC_INFO basic;
    uint64_t bytes[MOST_REPARSE / sizeof(uint64_t)];
    uint32_t tag;
    DWORD size;

    if (!GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof basic))
        return native_error(error, "GetFileInformationByHandleEx");
    *reparse = (basic.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    if (!*reparse)
        return SBX_OK;
    if (!DeviceIoControl(file, GET_REPARSE, NULL, 0, bytes, sizeof bytes, &size, NULL))
        return native_error(error, "DeviceIoControl(FSCTL_GET_REPARSE_POINT)");
    memcpy(&tag, bytes, sizeof tag);
    if (tag != TAG_JUNCTION && tag != TAG_SYMLINK)
        return SBX_OK; /* a placeholder, or a kind that Windows itself does not follow */
    return native_link_target(bytes, size, target, relative, error);
}

/* What `from` (units of `path`) names is a link that says `target`: *next is where the way goes on. */
static sbx_status judge(const struct walking *walking, const WCHAR *path, size_t from, size_t length,
                        const WCHAR *target, bool relative, WCHAR **next, struct sbx_error *error)
{
    WCHAR *made = NULL;
    sbx_status status;

    if (walking->walk->links == NATIVE_NO_LINKS)
        return refuse(walking, path, from + length, WAY_IS_A_LINK, error);
    status = native_way_on(path, from, target, relative,
                           path + from + length + (path[from + length] == L'\\'), &made, error);
    if (status)
        return status;
    if (!relative && !native_is_local_target(made)) {
        sbx_free(made);
        return refuse(walking, path, from + length, WAY_LEADS_OFF, error);
    }
    *next = made;
    return SBX_OK;
}

/* Wine has followed a Unix link already, to somewhere on this machine, and tells of a path whether it is one to a folder. */
static bool is_wine_link(WCHAR *path, size_t size)
{
    WCHAR cut = path[size];
    DWORD attributes;

    path[size] = 0;
    path[1] = L'\\';
    attributes = GetFileAttributesW(path);
    path[1] = L'?';
    path[size] = cut;
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_REPARSE_POINT;
}

/* Where a name was opened: may the walk go on through it? *next: it goes on elsewhere. */
static sbx_status look_at(const struct walking *walking, HANDLE opened, WCHAR *path, size_t from,
                          size_t length, bool *reparse, WCHAR **next, struct sbx_error *error)
{
    enum native_links links = walking->walk->links;
    bool last = !path[from + length];
    WCHAR *target = NULL;
    bool relative = false, is_reparse = false;
    sbx_status status = read_link(opened, &target, &relative, &is_reparse, error);

    if (status)
        return status;
    if (target && !(last && links == NATIVE_LAST_ITSELF))
        status = judge(walking, path, from, length, target, relative, next, error);
    else if (calls.wine && (last || links == NATIVE_NO_LINKS)) {
        is_reparse = is_wine_link(path, from + length);
        if (is_reparse && links == NATIVE_NO_LINKS)
            status = refuse(walking, path, from + length, WAY_IS_A_LINK, error);
    }
    sbx_free(target);
    if (last && is_reparse)
        *reparse = true;
    return status;
}

/* From the root on. *next NULL: the last name is open in walking->at; else the way goes on there. */
static sbx_status walk_once(struct walking *walking, WCHAR *path, bool *reparse, WCHAR **next,
                            struct sbx_error *error)
{
    const struct native_walk *walk = walking->walk;
    size_t from = root_size(path);
    bool last = !path[from];
    HANDLE opened;
    LONG result = open_name(walking, path, from, last ? walk->access : WAY_ACCESS,
                            last ? walk->share : SHARE_ALL, last ? last_options(walk) : WAY_OPTIONS, &opened);

    while (result >= 0) {
        sbx_status status;
        size_t length;

        leave(walking);
        walking->at = opened;
        if (last)
            return SBX_OK;
        from += wcsspn(path + from, L"\\");
        length = wcscspn(path + from, L"\\");
        last = !path[from + length];
        result = open_name(walking, path + from, length, last ? walk->access : WAY_ACCESS,
                           last ? walk->share : SHARE_ALL,
                           FILE_OPEN_REPARSE_POINT | (last ? last_options(walk) : WAY_OPTIONS), &opened);
        if (result < 0)
            break;
        status = look_at(walking, opened, path, from, length, reparse, next, error);
        if (status || *next) {
            CloseHandle(opened);
            return status;
        }
        from += length;
    }
    return open_error(result, last, walking->shown, error);
}

static bool is_reparse_point(const struct walking *walking, const WCHAR *path)
{
    FILE_BASIC_INFO basic;
    HANDLE file;
    bool is;

    if (open_name(walking, path, wcslen(path), WAY_ACCESS, SHARE_ALL, FILE_OPEN_REPARSE_POINT, &file) < 0)
        return false;
    is = GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof basic) &&
         basic.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT;
    CloseHandle(file);
    return is;
}

/* A share or a device that the caller's own text names, where there is no way to look at, and what file_walk_plainly is for. */
static sbx_status open_whole(const struct walking *walking, const WCHAR *path, HANDLE *file,
                             struct sbx_error *error)
{
    const struct native_walk *walk = walking->walk;
    LONG result = open_name(
        walking, path, wcslen(path), walk->access, walk->share,
        last_options(walk) | (walk->links == NATIVE_LAST_ITSELF ? FILE_OPEN_REPARSE_POINT : 0), file);

    return result < 0 ? open_error(result, true, walking->shown, error) : SBX_OK;
}

sbx_status native_walk_open(const char *path, const struct native_walk *walk, HANDLE *file, bool *reparse,
                            struct sbx_error *error)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    struct walking walking = {path, walk, NULL};
    bool found_reparse = false;
    WCHAR *way, *next;
    int followed = 0;
    size_t length;
    sbx_status status;

    if (!InitOnceExecuteOnce(&once, look_up, NULL, NULL))
        return native_error(error, "ntdll.dll");
    status = native_path(path, &way, error);
    if (status)
        return status;
    memcpy(way, NT_PREFIX, NT_PREFIX_SIZE * sizeof *way); /* \\?\ and \\.\ of the calls above */
    length = wcslen(way);
    if (length > MOST_UNITS) {
        status = native_path_error(error, "NtOpenFile", ERROR_FILENAME_EXCED_RANGE, path);
        goto free_way;
    }
    if (!root_size(way) || (plainly && walk->links != NATIVE_NO_LINKS)) {
        found_reparse = root_size(way) && is_reparse_point(&walking, way);
        status = open_whole(&walking, way, file, error);
        if (!status)
            *reparse = found_reparse;
        goto free_way;
    }
    while (length > root_size(way) && way[length - 1] == L'\\')
        way[--length] = 0;

    for (;;) {
        next = NULL;
        status = walk_once(&walking, way, &found_reparse, &next, error);
        if (status || !next)
            break;
        leave(&walking);
        sbx_free(way);
        way = next;
        if (++followed > MOST_LINKS || wcslen(way) > MOST_UNITS) {
            status = native_path_error(error, "NtOpenFile", ERROR_CANT_RESOLVE_FILENAME, path);
            break;
        }
    }
    if (status)
        leave(&walking);
    else {
        *file = walking.at;
        *reparse = found_reparse;
    }

free_way:
    sbx_free(way);
    return status;
}
