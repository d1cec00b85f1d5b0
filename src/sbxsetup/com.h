/*
 * com.h - Windows, Automation and our own interfaces, for the files that are COM.
 */
#ifndef SBX_SBXSETUP_COM_H
#define SBX_SBXSETUP_COM_H

#include <windows.h>
#include <ole2.h>
#include <oleauto.h>

#include "sbxcom.h" /* made from idl/sbxcom.idl */

/* Who may start the server, and who may call it: whoever is logged on (INTERACTIVE, also over the shoulder, where the
   caller is another user than the server), SYSTEM, Administrators. No label for low integrity: those are refused by COM already. */
#define SERVER_LAUNCH \
    L"O:BAG:BAD:(A;;0xb;;;IU)(A;;0xb;;;SY)(A;;0xb;;;BA)" /* execute, execute locally, activate locally */
#define SERVER_ACCESS L"O:BAG:BAD:(A;;0x3;;;IU)(A;;0x3;;;SY)(A;;0x3;;;BA)" /* execute, execute locally */

/*
 * The self-relative descriptor of SDDL, freed with LocalFree. SBX_E_SYSTEM is for callers to say.
 */
BOOL server_descriptor(const WCHAR *sddl, SECURITY_DESCRIPTOR **descriptor, DWORD *size);

#endif
