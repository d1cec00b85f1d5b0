/*
 * setup_client.h - the elevated server, called: the one seam between this DLL and sbxsetup.exe.
 *
 * Activated by the elevation moniker, with a prompt; where the host has none (Wine) by plain local activation, and then the
 * server's own check decides. The caller's thread is in an apartment. What the server returns is copied and wiped.
 */
#ifndef SBX_SBXCOM_SETUP_CLIENT_H
#define SBX_SBXCOM_SETUP_CLIENT_H

#include "core/credential.h"
#include "sbxcom/com.h"

/*
 * `window`: over which the prompt appears; NULL: the console's or the active one. `accounts`: 0 for the usual number.
 * SBX_E_SETUP_DECLINED: the prompt was refused; SBX_E_SETUP_FAILED: the server is not registered, or could not be started; what
 * the server says (its errors come with their texts where the host carries them); SBX_E_CREDENTIAL, SBX_E_MEMORY.
 */
sbx_status setup_client_provision(HWND window, long accounts, struct credentials *credentials,
                                  struct sbx_error *error);
sbx_status setup_client_repair(HWND window, struct credentials *credentials, struct sbx_error *error);
sbx_status setup_client_deprovision(HWND window, bool all, struct sbx_error *error);

#endif
