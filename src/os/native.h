/*
 * native.h - what the files of os share: windows.h, wide text, failed calls, calls newer than Windows 7.
 *
 * Private to this folder. The binaries import kernel32 and advapi32 here, and for firewall.c alone ole32 and oleaut32:
 * known DLLs, which cannot be planted beside a program. Everything else comes by native_call.
 */
#ifndef SBX_OS_NATIVE_H
#define SBX_OS_NATIVE_H

#include "os/handle.h"

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

/* A failed call with the thread's last error; asked at once, before any clean-up. Returns SBX_E_SYSTEM. */
sbx_status native_error(struct sbx_error *error, const char *call);

/* The same with a code and a text of our own, for failures that have a meaning of their own. Returns `code`. */
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 5, 6)))
#endif
sbx_status
native_error_as(struct sbx_error *error, sbx_status code, const char *call, DWORD system, const char *format,
                ...);

/*
 * For a call that was given `path`: SBX_E_PATH_NOT_FOUND where the system says that there is no such thing,
 * SBX_E_SYSTEM for the rest.
 */
sbx_status native_path_error(struct sbx_error *error, const char *call, DWORD system, const char *path);

/* UTF-8 (WTF-8) to a NUL-ended wide text, freed with sbx_free. SBX_E_MEMORY. */
sbx_status native_wide(const char *text, WCHAR **wide, struct sbx_error *error);
sbx_status native_text(const WCHAR *wide, char **text, struct sbx_error *error);

/*
 * An absolute path as the system's calls want it: normalized as the system would (slashes, dots, trailing blanks) and
 * with \\?\ before it, so that no length is too long. A path that has \\?\ or \\.\ stays as it is. Freed with
 * sbx_free. SBX_E_ARGUMENT for a path that is not absolute, SBX_E_MEMORY.
 */
sbx_status native_path(const char *path, WCHAR **wide, struct sbx_error *error);

/* A final path without \\?\ and \\?\UNC\; other device paths stay. Freed with sbx_free. */
sbx_status native_plain_path(const WCHAR *wide, char **path, struct sbx_error *error);

/*
 * A function of a DLL of System32, loaded from there by its whole path and kept loaded. NULL where the host has none.
 * Cast it to the function's own type.
 */
typedef void (*native_function)(void);
native_function native_call(const WCHAR *dll, const char *name);

/* "8.0" where the host is Wine, NULL on Windows. */
const char *native_wine_version(void);

/*
 * Asked before a call that Wine exports and does not have: it would end the process, and no read-back tells that
 * beforehand. SBX_E_UNSUPPORTED_HOST there. Calls that merely do nothing there are made: what reads back tells.
 */
sbx_status native_needs_windows(const char *call, struct sbx_error *error);

#endif
