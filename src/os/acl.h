/*
 * acl.h - the security descriptors of files and folders, read and changed by handle.
 *
 * Nothing here takes a path twice: an object is opened once, without following a reparse point at its last name,
 * and everything that is asked or changed goes by that handle, so that nobody can swap it in between. What a
 * descriptor should be is thought out in core/acl and core/tree; here are only the calls.
 */
#ifndef SBX_OS_ACL_H
#define SBX_OS_ACL_H

#include "base/buffer.h"
#include "os/filesystem.h"

#include <stdbool.h>

/*
 * Makes an empty scratch file in `folder` (absolute, ours to write), adds an allow entry for a SID that is nobody
 * here, reads the list back and deletes the file. *kept: the entry came back, with its mask, and nothing else changed. Wine 8.0
 * folds every list into mode bits of the owner, so it comes back false there, and a grant on a user's real folder
 * would rewrite the modes of real files: whoever edits lists asks this first.
 *
 * SBX_E_SYSTEM when the scratch file cannot be made or its list not be read.
 */
sbx_status acl_host_keeps_entries(const char *folder, bool *kept, struct sbx_error *error);

/* A file, a folder, or a reparse point itself, open. */
struct acl_object;

enum acl_use {
    ACL_LOOK,   /* READ_CONTROL, FILE_READ_ATTRIBUTES; of a folder acl_list when the caller may list it */
    ACL_CHANGE, /* and WRITE_DAC */
    ACL_OWN,    /* and WRITE_OWNER: whoever has it may make himself the owner */
};

struct acl_facts {
    enum file_kind kind;
    bool
        reparse; /* the object is a reparse point: never walked into, never granted (Wine 8.0: a link to a folder) */
    uint32_t link_count; /* hard links of a file; 1 of a folder */
    char volume_id[40];  /* as in struct file_facts */
    char file_id[40];
};

/*
 * Opens `path` (absolute). Links above the last name are followed, but only to local disks (filesystem.h): the caller compares
 * acl_examine's ids with those it resolved. The caller closes *object.
 *
 * SBX_E_PATH_NOT_FOUND, SBX_E_WORKSPACE_REFUSED (a link that leads off), SBX_E_SYSTEM (5: no READ_CONTROL or WRITE_DAC for us;
 * `where` tells that it was the open), SBX_E_MEMORY. *object is untouched on failure.
 */
sbx_status acl_open(const char *path, enum acl_use use, struct acl_object **object, struct sbx_error *error);

/*
 * A child by its name exactly as acl_list gave it, relative to the folder's handle: nothing above is looked up again.
 * SBX_E_ARGUMENT for what is more or less than one name.
 */
sbx_status acl_open_child(const struct acl_object *folder, const char *name, enum acl_use use,
                          struct acl_object **object, struct sbx_error *error);

/*
 * The object of that id wherever it is called now, on the volume that holds the folder `volume_path`: somebody renames a workspace
 * between two sessions, and its entries must still come out. SBX_E_PATH_NOT_FOUND when it is gone, SBX_E_UNSUPPORTED_HOST where
 * the volume opens nothing by id.
 */
sbx_status acl_open_by_id(const char *volume_path, const char *file_id, enum acl_use use,
                          struct acl_object **object, struct sbx_error *error);

void acl_close(struct acl_object *object); /* NULL is fine */

sbx_status acl_examine(const struct acl_object *object, struct acl_facts *facts, struct sbx_error *error);

/*
 * Where it is called now: the final path as in struct file_facts. The caller frees. Wine 8.0 leaves out dots and blanks at a
 * name's end and fails where a folder above was renamed meanwhile.
 */
sbx_status acl_path(const struct acl_object *object, char **path, struct sbx_error *error);

/*
 * Appends the self-relative descriptor to *out: owner, group, DACL and the mandatory label, with the control bits as
 * they are stored. All or nothing.
 */
sbx_status acl_read(const struct acl_object *object, struct sbx_buffer *out, struct sbx_error *error);

/*
 * Makes the DACL of `descriptor` (self-relative, DACL present and not NULL: else SBX_E_ARGUMENT) the object's, entries
 * byte for byte, with SD_DACL_AUTO_INHERITED and SD_DACL_PROTECTED as they stand there; owner, group and label stay. Then
 * reads back: SBX_E_NOT_ENFORCED when the list is another than was given. Children are not touched (NtSetSecurityObject,
 * not SetNamedSecurityInfo). In one atomic step of the file system: after a power cut it is the old or the new one.
 */
sbx_status acl_write(struct acl_object *object, const void *descriptor, size_t size, struct sbx_error *error);

/*
 * Makes the user of the calling process the owner of an object opened with ACL_OWN; list, group and label stay. Then reads back:
 * SBX_E_NOT_ENFORCED when the owner is another (Wine 8.0 says TRUE and keeps none). SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status acl_own(struct acl_object *object, struct sbx_error *error);

/*
 * Gives a child another name in the same folder, the child itself and not what a link leads to, and never over
 * something that is there: SBX_E_SYSTEM with 183 where there is. `expected`: whom the caller means; SBX_E_STATE
 * when the name is another object's by now, and nothing is renamed. Both names as for acl_open_child.
 * SBX_E_UNSUPPORTED_HOST: a link under Wine, which renames what it leads to.
 */
sbx_status acl_rename_child(const struct acl_object *folder, const char *name,
                            const struct acl_facts *expected, const char *new_name, struct sbx_error *error);

/*
 * The names in a folder, without "." and "..", in no particular order, WTF-8. SBX_E_SYSTEM with 5 where the caller may
 * not list it, or it is none.
 */
sbx_status acl_list(const struct acl_object *folder, struct sbx_strings *names, struct sbx_error *error);

/* The same, real folders apart from files, links and junctions, so that nothing is opened to find out which is which. */
sbx_status acl_list_apart(const struct acl_object *folder, struct sbx_strings *folders,
                          struct sbx_strings *others, struct sbx_error *error);

#endif
