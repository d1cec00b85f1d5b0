/*
 * start.h - what the four entries (entry_*.c) share.
 */
#pragma once

#include <windows.h>
#include <corecrt_startup.h>
#include <process.h>
#include <stdlib.h>

extern IMAGE_DOS_HEADER __ImageBase; /* the linker's name for the module's first byte */

/* start_library makes the C library of this module ready; 0 when it cannot. */
int start_library(void);

/* start_program does the same for a program of that kind, or ends the process. Nobody could be told more. */
void start_program(_crt_app_type type);
