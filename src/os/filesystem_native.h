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
 * file system's order. *names is untouched on failure.
 */
sbx_status native_list_names(HANDLE folder, const char *path, struct sbx_strings *names,
                             struct sbx_error *error);

#endif
