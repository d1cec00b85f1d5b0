/*
 * save.c - files that a client asks for by a path of its own.
 */
#include "core/save.h"

#include "core/excerpt.h"
#include "core/path.h"
#include "os/filesystem.h"

sbx_status save_file(const char *path, const void *bytes, size_t size, struct sbx_error *error)
{
    const char *fault = path_fault(path);
    enum path_form form = path_form(path);
    char shown[EXCERPT_SIZE];

    if (form != PATH_FORM_DRIVE && form != PATH_FORM_NETWORK)
        return error_set(error, SBX_E_ARGUMENT,
                         "The path \"%s\" does not say where the file goes. Begin it with a drive, as "
                         "C:\\folder\\name.",
                         excerpt(shown, path));
    if (fault)
        return error_set(error, SBX_E_ARGUMENT, "The path \"%s\" %s. Give the file another name.",
                         excerpt(shown, path), fault);
    return file_save(path, bytes, size, error);
}
