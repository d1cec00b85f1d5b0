/*
 * host.h - Sbx.Host: this computer, as ISandboxHost has it.
 */
#ifndef SBX_SBXCOM_HOST_H
#define SBX_SBXCOM_HOST_H

#include "sbxcom/com.h"

HRESULT host_create(REFIID iid, void **value);

/* host_workspaces.c: methods for the vtable. */
HRESULT STDMETHODCALLTYPE Host_Workspaces(ISandboxHost *iface, ISandboxWorkspaces **value);
HRESULT STDMETHODCALLTYPE Host_Recover(ISandboxHost *iface, ISandboxReport **value);

#endif
