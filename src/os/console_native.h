/*
 * console_native.h - a pseudoconsole as an attribute of a new process. Private to this folder.
 */
#ifndef SBX_OS_CONSOLE_NATIVE_H
#define SBX_OS_CONSOLE_NATIVE_H

#include "os/console.h"

void *console_native(const struct console *console); /* the HPCON */

#endif
