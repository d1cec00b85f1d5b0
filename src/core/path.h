/*
 * path.h - Windows paths by their text alone; what a path really names is asked of the host
 * (os/filesystem.h).
 */
#ifndef SBX_CORE_PATH_H
#define SBX_CORE_PATH_H

#include <stdbool.h>

/*
 * Separators are \ and / alike, except that // before a name is no network path to people; it is to Windows.
 */
enum path_form {
    PATH_FORM_RELATIVE,       /* a\b, .\a, ..\a, and the empty text */
    PATH_FORM_DRIVE,          /* C:\a, \\?\C:\a */
    PATH_FORM_DRIVE_RELATIVE, /* C:a, C: - relative to a directory that each drive keeps of its own */
    PATH_FORM_ROOTED,         /* \a - relative to whatever the current drive is */
    PATH_FORM_NETWORK,        /* \\server\share\a, \\?\UNC\server\share\a */
    PATH_FORM_DEVICE,         /* \\.\a, \\?\Volume{...}\a, \??\a */
};
enum path_form path_form(const char *path);

/*
 * NULL, or what is wrong with a name in it, to be put behind the path itself: "has a name that ends with ..."
 * Constant. Wrong is what no file can be called, and what Windows would read as another name than the one
 * that stands there.
 */
const char *path_fault(const char *path);

/*
 * `path` (of the form DRIVE or RELATIVE) as seen from `directory` (DRIVE): without \\?\, only \ between
 * names, no "." or ".." (which stay at the root, as in Windows), none at the end but a root's own. NULL for
 * lack of memory; freed with sbx_free.
 */
char *path_absolute(const char *directory, const char *path);

/* "C:\\a" and "b\\c" to "C:\\a\\b\\c", "C:\\" and "b" to "C:\\b". NULL for lack of memory; freed with sbx_free. */
char *path_join(const char *folder, const char *names);

/*
 * Is `path` the folder itself or below it? Both absolute as path_absolute or the host gives them; ASCII
 * letters in any case.
 */
bool path_holds(const char *folder, const char *path);

/* The part of `path` below `folder` ("a\b" of C:\x\a\b in C:\x), in it; NULL: it is the folder itself, or not in there. */
const char *path_below(const char *folder, const char *path);

bool path_is_drive_root(const char *path); /* "C:\\" or "C:" */

/*
 * The last name of a path, "" when it ends with a separator; and its extension with the dot, "" where there
 * is none.
 */
const char *path_name(const char *path);
const char *path_extension(const char *path);

#endif
