/*
 * registry.c - the few values that we keep below HKEY_LOCAL_MACHINE.
 *
 * Every key is opened with KEY_WOW64_64KEY, so that a 32-bit client finds what the 64-bit server wrote. RegGetValue
 * has a flag of its own for that, but only since Windows 10.
 */
#include "os/registry.h"
#include "base/memory.h"
#include "os/native.h"

#include <string.h>
#include <wchar.h>

#define MOST_VALUE_NAME 16383 /* units, as documented; a key's own name has at most 255 */

static bool is_absent(LSTATUS system)
{
    return system == ERROR_FILE_NOT_FOUND || system == ERROR_PATH_NOT_FOUND || system == ERROR_KEY_DELETED;
}

static sbx_status open_key(const char *key, REGSAM wanted, HKEY *opened, struct sbx_error *error)
{
    WCHAR *wide;
    LSTATUS system;
    sbx_status status = native_wide(key, &wide, error);

    if (status)
        return status;
    system = RegOpenKeyExW(HKEY_LOCAL_MACHINE, wide, 0, wanted | KEY_WOW64_64KEY, opened);
    sbx_free(wide);
    if (is_absent(system))
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no key HKLM\\%s.", key);
    return system ? error_system(error, "RegOpenKeyEx", (uint32_t)system) : SBX_OK;
}

/*
 * Reading. REG_EXPAND_SZ would be let in as a text, expanded with this process's environment, but for RRF_NOEXPAND.
 * The size is asked for until it fits, because the value may change in between. *bytes is freed with sbx_free.
 */
static sbx_status read_value(const char *key, const char *name, DWORD type, void **bytes,
                             struct sbx_error *error)
{
    HKEY opened;
    WCHAR *wide;
    void *room = NULL;
    DWORD size = sizeof(DWORD);
    LSTATUS system;
    sbx_status status = native_wide(name, &wide, error);

    if (status)
        return status;
    status = open_key(key, KEY_QUERY_VALUE, &opened, error);
    if (status)
        goto free_wide;
    do {
        sbx_free(room);
        room = sbx_alloc(size);
        if (!room) {
            status = error_memory(error, "a value");
            goto close_key;
        }
        system = RegGetValueW(opened, NULL, wide, type | RRF_NOEXPAND, NULL, room, &size);
    } while (system == ERROR_MORE_DATA);
    if (is_absent(system))
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "There is no value %s in HKLM\\%s.", name, key);
    else if (system)
        status = error_system(error, "RegGetValue", (uint32_t)system);
    if (status)
        sbx_free(room);
    else
        *bytes = room;

close_key:
    RegCloseKey(opened);
free_wide:
    sbx_free(wide);
    return status;
}

sbx_status registry_read_text(const char *key, const char *name, char **text, struct sbx_error *error)
{
    void *wide;
    sbx_status status = read_value(key, name, RRF_RT_REG_SZ, &wide, error);

    if (status)
        return status;
    status = native_text(wide, text, error);
    sbx_free(wide);
    return status;
}

sbx_status registry_read_number(const char *key, const char *name, uint32_t *number, struct sbx_error *error)
{
    void *bytes;
    sbx_status status = read_value(key, name, RRF_RT_REG_DWORD, &bytes, error);

    if (status)
        return status;
    memcpy(number, bytes, sizeof *number);
    sbx_free(bytes);
    return SBX_OK;
}

static sbx_status append_name(struct sbx_strings *names, const WCHAR *wide, struct sbx_error *error)
{
    char *name;
    sbx_status status = native_text(wide, &name, error);

    if (status)
        return status;
    if (strings_append(names, name))
        status = error_memory(error, "names");
    sbx_free(name);
    return status;
}

sbx_status registry_list(const char *key, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    WCHAR *name = sbx_alloc_array(MOST_VALUE_NAME + 1, sizeof *name);
    HKEY opened;
    sbx_status status;

    if (!name)
        return error_memory(error, "names");
    status = open_key(key, KEY_QUERY_VALUE, &opened, error);
    if (status)
        goto free_name;
    for (DWORD i = 0; !status; i++) {
        DWORD size = MOST_VALUE_NAME + 1;
        LSTATUS system = RegEnumValueW(opened, i, name, &size, NULL, NULL, NULL, NULL);

        if (system == ERROR_NO_MORE_ITEMS)
            break;
        status =
            system ? error_system(error, "RegEnumValue", (uint32_t)system) : append_name(&found, name, error);
    }
    if (status)
        strings_free(&found);
    else
        *names = found;
    RegCloseKey(opened);
free_name:
    sbx_free(name);
    return status;
}

/* Writing. */

static sbx_status write_value(const char *key, const char *name, DWORD type, const void *bytes, size_t size,
                              struct sbx_error *error)
{
    HKEY made;
    WCHAR *wide_key;
    WCHAR *wide_name;
    LSTATUS system;
    sbx_status status;

    if (size > MAXDWORD)
        return error_set(error, SBX_E_LIMIT, "The value %s is too long.", name);
    status = native_wide(key, &wide_key, error);
    if (status)
        return status;
    status = native_wide(name, &wide_name, error);
    if (status)
        goto free_key;
    system = RegCreateKeyExW(HKEY_LOCAL_MACHINE, wide_key, 0, NULL, REG_OPTION_NON_VOLATILE,
                             KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &made, NULL);
    if (system) {
        status = error_system(error, "RegCreateKeyEx", (uint32_t)system);
        goto free_name;
    }
    system = RegSetValueExW(made, wide_name, 0, type, bytes, (DWORD)size);
    if (system)
        status = error_system(error, "RegSetValueEx", (uint32_t)system);
    else if ((system = RegFlushKey(made)) != ERROR_SUCCESS)
        status = error_system(error, "RegFlushKey", (uint32_t)system);
    RegCloseKey(made);
free_name:
    sbx_free(wide_name);
free_key:
    sbx_free(wide_key);
    return status;
}

sbx_status registry_write_text(const char *key, const char *name, const char *text, struct sbx_error *error)
{
    WCHAR *wide;
    sbx_status status = native_wide(text, &wide, error);

    if (status)
        return status;
    status = write_value(key, name, REG_SZ, wide, (wcslen(wide) + 1) * sizeof *wide, error);
    sbx_free(wide);
    return status;
}

sbx_status registry_write_number(const char *key, const char *name, uint32_t number, struct sbx_error *error)
{
    return write_value(key, name, REG_DWORD, &number, sizeof number, error);
}

/* Taking out. */

static sbx_status delete_value(const char *key, const char *name, struct sbx_error *error)
{
    HKEY opened;
    WCHAR *wide;
    LSTATUS system;
    struct sbx_error met = {0};
    sbx_status status = native_wide(name, &wide, error);

    if (status)
        return status;
    status = open_key(key, KEY_SET_VALUE, &opened, &met);
    if (status == SBX_E_PATH_NOT_FOUND)
        status = SBX_OK;
    else if (status) {
        if (error && !error->code)
            *error = met;
    } else {
        system = RegDeleteValueW(opened, wide);
        if (system && !is_absent(system))
            status = error_system(error, "RegDeleteValue", (uint32_t)system);
        RegCloseKey(opened);
    }
    sbx_free(wide);
    return status;
}

/* Is `path` below `stop`, which the loop over its parents must not reach? */
static bool is_below(const WCHAR *path, const WCHAR *stop)
{
    size_t size = wcslen(stop);

    return wcslen(path) > size + 1 && path[size] == L'\\' &&
           CompareStringOrdinal(path, (int)size, stop, (int)size, TRUE) == CSTR_EQUAL;
}

/* *gone: it is not there any more, or was not. One with values or keys in it stays. */
static sbx_status delete_empty_key(const WCHAR *path, bool *gone, struct sbx_error *error)
{
    HKEY opened;
    DWORD keys = 0;
    DWORD values = 0;
    LSTATUS system = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &opened);

    *gone = is_absent(system);
    if (*gone)
        return SBX_OK;
    if (system)
        return error_system(error, "RegOpenKeyEx", (uint32_t)system);
    system = RegQueryInfoKeyW(opened, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
    RegCloseKey(opened);
    if (system)
        return error_system(error, "RegQueryInfoKey", (uint32_t)system);
    if (keys || values)
        return SBX_OK;

    system = RegDeleteKeyExW(HKEY_LOCAL_MACHINE, path, KEY_WOW64_64KEY, 0);
    *gone = !system || is_absent(system);
    return *gone ? SBX_OK : error_system(error, "RegDeleteKeyEx", (uint32_t)system);
}

static sbx_status flush(const char *key, struct sbx_error *error)
{
    HKEY opened;
    LSTATUS system;
    sbx_status status = open_key(key, KEY_QUERY_VALUE, &opened, error);

    if (status)
        return status;
    system = RegFlushKey(opened);
    RegCloseKey(opened);
    return system ? error_system(error, "RegFlushKey", (uint32_t)system) : SBX_OK;
}

sbx_status registry_delete(const char *key, const char *name, const char *stop, struct sbx_error *error)
{
    WCHAR *path;
    WCHAR *end;
    bool gone = true;
    sbx_status status = native_wide(stop, &end, error);

    if (status)
        return status;
    status = native_wide(key, &path, error);
    if (status)
        goto free_end;
    status = delete_value(key, name, error);
    while (!status && gone && is_below(path, end)) {
        status = delete_empty_key(path, &gone, error);
        *wcsrchr(path, L'\\') = L'\0';
    }
    if (!status)
        status = flush(stop, error);
    sbx_free(path);
free_end:
    sbx_free(end);
    return status;
}
