/*
 * registration.h - our keys in the registry, and nobody else's.
 *
 * Everything that is written stands in one list, made from the table of classes and from the type library itself;
 * removing takes the same list. Values are taken out one by one, keys only when nothing is left in them: what a
 * stranger put there stays, and so does what the DLL of the other bitness, or of a later version, still needs.
 */
#ifndef SBX_SBXCOM_REGISTRATION_H
#define SBX_SBXCOM_REGISTRATION_H

#include "sbxcom/com.h"

/*
 * `root` is HKEY_LOCAL_MACHINE (for everybody; needs an elevated process, else HRESULT_FROM_WIN32(5)) or
 * HKEY_CURRENT_USER (elevated processes do not see it). A failure on the way puts back what was there before.
 * HRESULT_FROM_WIN32(ERROR_BAD_PATHNAME): the DLL lies on the network, where elevated processes and services would
 * not find it.
 */
HRESULT registration_add(HKEY root);

/* Goes on after a failure, and returns the first. */
HRESULT registration_remove(HKEY root);

#endif
