/*
 * profile.h - profiles that logons of our accounts left: the folder below Users, the hive, the entry in ProfileList.
 */
#ifndef SBX_OS_PROFILE_H
#define SBX_OS_PROFILE_H

#include "base/status.h"

#include <stdbool.h>

/* Has this SID a profile on this machine? By ProfileList, which anybody may read. SBX_E_SYSTEM. */
sbx_status profile_is_there(const char *sid, bool *there, struct sbx_error *error);

/*
 * Folder, hive and entry. Needs an administrator; none there is fine. SBX_E_STATE: it is loaded, a process of the account
 * still runs; SBX_E_UNSUPPORTED_HOST, SBX_E_SYSTEM.
 */
sbx_status profile_delete(const char *sid, struct sbx_error *error);

#endif
