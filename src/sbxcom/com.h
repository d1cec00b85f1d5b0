/*
 * com.h - Windows, Automation and our own interfaces, for the files that are COM.
 */
#ifndef SBX_SBXCOM_COM_H
#define SBX_SBXCOM_COM_H

#include <windows.h>
#include <ole2.h>
#include <oleauto.h>
#include <olectl.h>

#include "sbxcom.h" /* made from idl/sbxcom.idl */

#endif
