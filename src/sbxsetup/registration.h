/*
 * registration.h - what the elevation moniker looks for, below HKLM\SOFTWARE\Classes.
 *
 *   CLSID\{class}                 its name, LocalizedString (a resource of the program: without it CO_E_MISSING_DISPLAYNAME), AppID
 *   CLSID\{class}\LocalServer32   the program, in quotes; ServerExecutable, so that COM need not take the line apart
 *   CLSID\{class}\Elevation       Enabled, IconReference
 *   AppID\{class}                 LaunchPermission and AccessPermission; AppID\sbxsetup.exe: which AppID
 *
 * For all users or not at all: elevated programs do not look at a user's own classes. The interface itself (type library,
 * marshaler) is registered with sbxcom.dll.
 */
#ifndef SBX_SBXSETUP_REGISTRATION_H
#define SBX_SBXSETUP_REGISTRATION_H

#include "base/status.h"

/*
 * SBX_E_SETUP_FAILED from a folder that others than administrators may write (core/guarded.h); SBX_E_SYSTEM. *unguarded: this host
 * is Wine, which keeps no lists and has no elevation: it was not looked at.
 */
sbx_status registration_add(int *unguarded, struct sbx_error *error);

/* Exactly what registration_add wrote; nothing there is fine. SBX_E_STATE: it is registered from another folder, and stays. */
sbx_status registration_remove(struct sbx_error *error);

#endif
