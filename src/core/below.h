/*
 * below.h - what stands below a folder, looked at name by name and never through a link.
 *
 * A path of a workspace is what a command made of it: where it put a link that leads to another machine, the calling process
 * would log on there in the user's name, and whoever has that machine hears it. Opening by path follows such a link wherever it
 * stands; opening by name, from an open folder on, does not.
 */
#ifndef SBX_CORE_BELOW_H
#define SBX_CORE_BELOW_H

#include "os/acl.h"

/*
 * What is at that path ("a\\b"), relative to the open folder: opened itself, be it a link; a link on the way is SBX_E_PATH_NOT_FOUND, as is
 * what is no folder there. Else as acl_open_child. The caller closes *object, which is untouched on failure.
 */
sbx_status below_open(const struct acl_object *folder, const char *path, enum acl_use use,
                      struct acl_object **object, struct sbx_error *error);

/*
 * Is there a folder of that path ("a\\b"), relative to the open folder, with no link on the way and none itself? What cannot
 * be looked at is none.
 */
bool below_is_folder(const struct acl_object *folder, const char *path);

#endif
