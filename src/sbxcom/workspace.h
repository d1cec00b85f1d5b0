/*
 * workspace.h - ISandboxWorkspaces: the folders on which this user's sessions have put grants. The list itself is
 * core/provision.h.
 */
#ifndef SBX_SBXCOM_WORKSPACE_H
#define SBX_SBXCOM_WORKSPACE_H

#include "core/provision.h"
#include "sbxcom/com.h"

/* A collection by number and path. Takes the list in any case. E_OUTOFMEMORY. */
HRESULT workspaces_create(const WCHAR *source, struct provisioned_workspace *workspaces, size_t count,
                          ISandboxWorkspaces **value);

#endif
