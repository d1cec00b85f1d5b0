/*
 * change.h - ISandboxChange and ISandboxChanges: what commands changed in the workspace.
 */
#ifndef SBX_SBXCOM_CHANGE_H
#define SBX_SBXCOM_CHANGE_H

#include "core/changes.h"
#include "sbxcom/com.h"

/* A collection with a copy of each, by path. E_OUTOFMEMORY. */
HRESULT changes_collect(const struct change_list *list, ISandboxChanges **value);

#endif
