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
 * Is there a folder of that path ("a\\b"), relative to the open folder, with no link on the way and none itself? What cannot
 * be looked at is none.
 */
bool below_is_folder(const struct acl_object *folder, const char *path);

#endif
