/*
 * filesystem_native.h - what the files of `filesystem` and `acl` ask of a handle that is open already.
 *
 * Private to this folder. `path` is only for the text of an error.
 */
#ifndef SBX_OS_FILESYSTEM_NATIVE_H
#define SBX_OS_FILESYSTEM_NATIVE_H

#include "base/text.h"
#include "os/filesystem.h"
#include "os/native.h"

#include <stdbool.h>
#include <winternl.h>

/*
 * What whoever holds an opportunistic lock on a file makes of our open, for ever, unless it is made with FILE_COMPLETE_IF_OPLOCKED: it
 * waits until he gives way, which a command in a sandbox does not. With it the open returns this, which is a success: what reads and
 * writes attributes and descriptors goes on, what reads or renames would wait in the next call, and counts the file as one that somebody else
 * does not share.
 */
#define NT_OPLOCK_BREAK_IN_PROGRESS ((LONG)0x00000108)
#define NT_SHARING_VIOLATION        ((LONG)0xC0000043)

/* What such an open comes to for who wants `access`: `result`, or the file is closed and that is a sharing violation. */
LONG native_unless_oplocked(LONG result, ACCESS_MASK access, HANDLE *file);

/*
 * A path opened name by name: nothing follows a link that leads off this machine's disks, whoever put it on the way since the
 * caller looked last. (A share, or a drive that is one, is opened where `path` itself begins with it.) For whatever a command may
 * have had its hands on; our own folders need it not.
 */
enum native_links {
    NATIVE_LOCAL_LINKS, /* junctions and symbolic links are followed to local disks */
    NATIVE_LAST_ITSELF, /* the same, but what the last name is is opened itself, be it a link */
    NATIVE_NO_LINKS,    /* any is refused */
};
struct native_walk {
    ACCESS_MASK access; /* with SYNCHRONIZE, but for a handle that is read asynchronously */
    ULONG share;
    ULONG options; /* NtOpenFile's, FILE_NON_DIRECTORY_FILE and so on */
    enum native_links links;
};

/*
 * *reparse: the last name of `path` is a reparse point of whatever kind. SBX_E_WORKSPACE_REFUSED for a link that is not followed,
 * SBX_E_PATH_NOT_FOUND, SBX_E_ARGUMENT (a path that is not absolute; a folder with FILE_NON_DIRECTORY_FILE), SBX_E_SYSTEM,
 * SBX_E_MEMORY. Each folder on the way must let the caller read its attributes. What is a placeholder (OneDrive) is opened
 * itself. The caller closes *file; outputs are untouched on failure.
 */
sbx_status native_walk_open(const char *path, const struct native_walk *walk, HANDLE *file, bool *reparse,
                            struct sbx_error *error);

/*
 * What a link says, from the bytes of FSCTL_GET_REPARSE_POINT: \??\C:\..., or as seen from its own folder. SBX_E_ARGUMENT for
 * bytes that are no link's. Freed with sbx_free.
 */
sbx_status native_link_target(const void *bytes, size_t size, WCHAR **target, bool *relative,
                              struct sbx_error *error);

/*
 * Where the way goes on behind a link: what it says, and then `rest`, which stood behind its name. `above` units of `path` (\??\C:\...)
 * are the folder that the link lies in, with the backslash behind it. Dots are taken out. Freed with sbx_free.
 */
sbx_status native_way_on(const WCHAR *path, size_t above, const WCHAR *target, bool relative,
                         const WCHAR *rest, WCHAR **next, struct sbx_error *error);

/* Does the absolute target of a link (ended by a backslash, or longer) lie on a disk of this machine? Opens nothing. */
bool native_is_local_target(const WCHAR *target);

/*
 * Gives an open file (DELETE) another name in the open folder `folder`; by handles, because whoever may write the folder could turn a path
 * into something else meanwhile. ERROR_SUCCESS, or why not.
 */
#define MOST_NAME_UNITS 255
DWORD native_rename(HANDLE file, HANDLE folder, const WCHAR *name, bool replace);

/* The ids as struct file_facts has them; `information` is of the same handle. */
void native_file_ids(HANDLE file, const BY_HANDLE_FILE_INFORMATION *information, char volume_id[40],
                     char file_id[40]);

/* With \\?\ before it, true case, links resolved; of a volume without a letter with its GUID. Freed with sbx_free. */
sbx_status native_final_path(HANDLE file, WCHAR **wide, struct sbx_error *error);

/* From where the handle stands to the end, as file_read_all does. */
sbx_status native_read_whole(HANDLE file, const char *path, size_t most, char **bytes, size_t *size,
                             struct sbx_error *error);
sbx_status native_write_all(HANDLE file, const void *bytes, size_t size, struct sbx_error *error);

/*
 * file_replace with a descriptor for the new file (NULL: what it inherits) and a look at it (NULL: none) while it is still empty and has
 * its name beside `path`. The handle has GENERIC_WRITE and READ_CONTROL. A failure of the look is the call's.
 */
typedef sbx_status (*native_file_check)(HANDLE file, void *context, struct sbx_error *error);
sbx_status native_replace(const char *path, const void *bytes, size_t size, SECURITY_ATTRIBUTES *security,
                          native_file_check check, void *context, struct sbx_error *error);

/*
 * The names in a folder whose handle has FILE_LIST_DIRECTORY and was not listed before; without "." and "..", WTF-8, in the
 * file system's order. `folders` (NULL: they are in *names like all) takes those of real folders. Both are untouched on failure.
 */
sbx_status native_list_names(HANDLE folder, const char *path, struct sbx_strings *names,
                             struct sbx_strings *folders, struct sbx_error *error);

#endif
