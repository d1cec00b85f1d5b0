/*
 * acl.h - access control lists of files: for now, whether this host keeps them at all.
 */
#ifndef SBX_OS_ACL_H
#define SBX_OS_ACL_H

#include "base/status.h"

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

#endif
