/*
 * guarded.h - may anybody but an administrator change what lies here?
 *
 * For folders that something elevated trusts: the one it was started from, the one that its journal is in. Judged by
 * reading descriptors, of the path itself and of every folder above it: who may rename a folder above swaps all in it.
 */
#ifndef SBX_CORE_GUARDED_H
#define SBX_CORE_GUARDED_H

#include "base/status.h"

/*
 * SBX_OK when only SYSTEM, Administrators and TrustedInstaller may write, delete, re-permission or own `path` (absolute;
 * a folder or a file), or rename it with one of the folders above. SBX_E_SETUP_FAILED naming the folder, who, and what to do:
 * also for a reparse point on the way, a volume without lists, a list that is missing or has entries of a kind unknown here.
 * SBX_E_PATH_NOT_FOUND, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status guarded_check(const char *path, struct sbx_error *error);

/*
 * Makes the folder where it is missing, gives it a protected list (SYSTEM and Administrators everything, what is made in it
 * likewise; its owner no more than others) and holds it against guarded_check. `path` in a place that is guarded already,
 * so that nobody can have been there first. SBX_E_NOT_ENFORCED where the host does not keep the list.
 */
sbx_status guarded_make(const char *path, struct sbx_error *error);

#endif
