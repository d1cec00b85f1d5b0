/*
 * save.h - files that a client asks for by a path of its own: a policy, a transcript.
 */
#ifndef SBX_CORE_SAVE_H
#define SBX_CORE_SAVE_H

#include "base/status.h"

#include <stddef.h>

/*
 * Makes `bytes` the whole content of the file (os/filesystem.h, file_save), whose name must be what Windows will call it: a
 * name that ends with a dot or a blank would be another file, one with a colon a stream. SBX_E_ARGUMENT for those and for a path
 * without a drive or a share; else file_save's errors.
 */
sbx_status save_file(const char *path, const void *bytes, size_t size, struct sbx_error *error);

#endif
