/*
 * desktop.h - a private desktop, and the descriptors of what a program needs beside it.
 *
 * Programs draw on a desktop of a window station and meet others by names in their session's BaseNamedObjects. All three are
 * the caller's to make or to change: only the interactive user may create desktops. user32 is looked up at run time, as
 * not every caller has it loaded.
 *
 * Wine 8.0 has desktops by name; descriptors of all three are taken with TRUE, and what reads back has no list.
 */
#ifndef SBX_OS_DESKTOP_H
#define SBX_OS_DESKTOP_H

#include "os/handle.h"

#include <stddef.h>

enum desktop_object {
    DESKTOP_ITSELF,
    DESKTOP_STATION,       /* the calling process's window station */
    DESKTOP_NAMED_OBJECTS, /* the session's directory */
    DESKTOP_OBJECT_COUNT,
};

struct desktop;

/*
 * Makes a desktop on the caller's window station; it is there until it is closed and the last program on it has ended.
 * *full_name ("WinSta0\name", freed with sbx_free) is what process_start takes. SBX_E_UNSUPPORTED_HOST where there is no window
 * station or no user32, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status desktop_create(const char *name, struct desktop **desktop, char **full_name,
                          struct sbx_error *error);
void desktop_close(struct desktop *desktop); /* NULL is fine */

/*
 * The object's descriptor, with its DACL alone, self-relative, freed with sbx_free; and back. The list is written as it is. The window
 * station and the directory are opened at the call: SBX_E_SYSTEM with 5 where the caller may not change them.
 */
sbx_status desktop_read(struct desktop *desktop, enum desktop_object object, void **descriptor, size_t *size,
                        struct sbx_error *error);
sbx_status desktop_write(struct desktop *desktop, enum desktop_object object, const void *descriptor,
                         struct sbx_error *error);

#endif
