/*
 * registry.h - the few values that we keep below HKEY_LOCAL_MACHINE. 64-bit view always.
 *
 * Called by the elevated server alone. `key` is below HKLM: "SOFTWARE\\sbxcom\\...".
 */
#ifndef SBX_OS_REGISTRY_H
#define SBX_OS_REGISTRY_H

#include "base/text.h"

/* SBX_E_PATH_NOT_FOUND: no such key or value. Freed with sbx_free. A value of another type is SBX_E_SYSTEM with 1630. */
sbx_status registry_read_text(const char *key, const char *name, char **text, struct sbx_error *error);
sbx_status registry_read_number(const char *key, const char *name, uint32_t *number, struct sbx_error *error);

/* Missing keys are made. Flushed before it returns. */
sbx_status registry_write_text(const char *key, const char *name, const char *text, struct sbx_error *error);
sbx_status registry_write_number(const char *key, const char *name, uint32_t number, struct sbx_error *error);

/*
 * One value; then the key, and the keys above it, as long as they are empty and below `stop` ("SOFTWARE", which is there). Flushed before it
 * returns. Not there is fine.
 */
sbx_status registry_delete(const char *key, const char *name, const char *stop, struct sbx_error *error);

sbx_status registry_list(const char *key, struct sbx_strings *names,
                         struct sbx_error *error); /* value names */

#endif
