/*
 * private_folder.h - the session's temporary folder, closed to everybody but its commands and their user.
 *
 * No plan knows of this folder: it is made for one session and deleted with it, so there is nothing to join and
 * nothing to undo. Its list is therefore not added to but replaced, and protected: what the folders above would
 * hand down (administrators, whoever else may read the profile) has no business in a command's temporary files.
 */
#ifndef SBX_CORE_PRIVATE_FOLDER_H
#define SBX_CORE_PRIVATE_FOLDER_H

#include "base/status.h"

/*
 * Makes the list of the folder at `path`, new and empty, this: SYSTEM and the user `user_sid` may do everything, and
 * `sandbox_sid` (NULL: nobody) what a write root gives, on the folder and on what will be in it; `account_sid` (may be NULL, may be the
 * same) too: at the elevated level with restricting SIDs both checks must pass. By handle; read back.
 *
 * The caller has asked acl_host_keeps_entries. SBX_E_WORKSPACE_REFUSED (no folder but a file or a link: somebody swapped
 * it), SBX_E_NOT_ENFORCED (the host accepts the list and keeps another), SBX_E_ARGUMENT (a SID that is none),
 * SBX_E_PATH_NOT_FOUND, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status private_folder_close(const char *path, const char *user_sid, const char *sandbox_sid,
                                const char *account_sid, struct sbx_error *error);

#endif
