/*
 * registration.c - what the elevation moniker looks for.
 */
#include "registration.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "com.h"
#include "core/guarded.h"
#include "os/identity.h"
#include "os/process.h"
#include "os/registry.h"
#include "base/text.h"

#include <string.h>

#define CLASSES "SOFTWARE\\Classes\\"
#define STOP    "SOFTWARE\\Classes"
#define CLASS   "{d379d699-4818-4d1e-ae56-e2280b084ab9}" /* CLSID_SandboxSetup, and the AppID's, too */
#define LIBRARY "{0a57d922-f1dd-49e5-aab8-c2b93b5c5594}"
#define CLSID_  CLASSES "CLSID\\" CLASS
#define APPID_  CLASSES "AppID\\" CLASS

enum kind { TEXT, TEXT_WITH_PATH, NUMBER, DESCRIPTOR };

/* `text` of TEXT_WITH_PATH has %s where the program's path goes. The first one tells whose registration it is. */
static const struct entry {
    const char *key, *name;
    enum kind kind;
    const char *text;
    const WCHAR *sddl;
} entries[] = {
    {CLSID_ "\\LocalServer32", "", TEXT_WITH_PATH, "\"%s\"", NULL},
    {CLSID_ "\\LocalServer32", "ServerExecutable", TEXT_WITH_PATH, "%s", NULL},
    {CLSID_, "", TEXT, "sbxcom set-up", NULL},
    {CLSID_, "LocalizedString", TEXT_WITH_PATH, "@%s,-101", NULL},
    {CLSID_, "AppID", TEXT, CLASS, NULL},
    {CLSID_ "\\TypeLib", "", TEXT, LIBRARY, NULL},
    {CLSID_ "\\Version", "", TEXT, "1.0", NULL},
    {CLSID_ "\\Elevation", "Enabled", NUMBER, NULL, NULL},
    {CLSID_ "\\Elevation", "IconReference", TEXT_WITH_PATH, "@%s,-201", NULL},
    {APPID_, "", TEXT, "sbxcom set-up", NULL},
    {APPID_, "LaunchPermission", DESCRIPTOR, NULL, SERVER_LAUNCH},
    {APPID_, "AccessPermission", DESCRIPTOR, NULL, SERVER_ACCESS},
    {CLASSES "AppID\\sbxsetup.exe", "AppID", TEXT, CLASS, NULL},
};
#define ENTRY_COUNT (sizeof entries / sizeof entries[0])

static sbx_status text_of(const struct entry *entry, const char *path, char **text, struct sbx_error *error)
{
    const char *hole = strstr(entry->text, "%s");
    struct sbx_buffer made = SBX_BUFFER_EMPTY;

    if (entry->kind == TEXT_WITH_PATH && hole)
        buffer_append_format(&made, "%.*s%s%s", (int)(hole - entry->text), entry->text, path, hole + 2);
    else
        buffer_append_text(&made, entry->text);
    *text = buffer_take(&made, NULL);
    buffer_free(&made);
    return *text ? SBX_OK : error_memory(error, "a registration");
}

/* Binary values are COM's alone, so they are written here. The keys are there: a text stands in them already. */
static sbx_status write_descriptor(const struct entry *entry, struct sbx_error *error)
{
    SECURITY_DESCRIPTOR *descriptor;
    uint16_t *key = NULL, *name = NULL;
    size_t count;
    DWORD size;
    HKEY opened;
    LSTATUS system;
    sbx_status status = SBX_OK;

    if (!server_descriptor(entry->sddl, &descriptor, &size))
        return error_system(error, "ConvertStringSecurityDescriptorToSecurityDescriptor", GetLastError());
    if (text_to_utf16(entry->key, strlen(entry->key), &key, &count) ||
        text_to_utf16(entry->name, strlen(entry->name), &name, &count))
        status = error_memory(error, "a registration");
    if (!status) {
        system = RegOpenKeyExW(HKEY_LOCAL_MACHINE, (const WCHAR *)key, 0, KEY_SET_VALUE | KEY_WOW64_64KEY,
                               &opened);
        if (!system) {
            system =
                RegSetValueExW(opened, (const WCHAR *)name, 0, REG_BINARY, (const BYTE *)descriptor, size);
            RegCloseKey(opened);
        }
        if (system)
            status = error_system(error, "RegSetValueEx", (uint32_t)system);
    }
    sbx_free(name);
    sbx_free(key);
    LocalFree(descriptor);
    return status;
}

static sbx_status write_entry(const struct entry *entry, const char *path, struct sbx_error *error)
{
    char *text = NULL;
    sbx_status status;

    if (entry->kind == NUMBER)
        return registry_write_number(entry->key, entry->name, 1, error);
    if (entry->kind == DESCRIPTOR)
        return write_descriptor(entry, error);
    status = text_of(entry, path, &text, error);
    if (!status)
        status = registry_write_text(entry->key, entry->name, text, error);
    sbx_free(text);
    return status;
}

/* Last first: the entry that tells whose it is goes at the end. */
static sbx_status remove_entries(struct sbx_error *error)
{
    sbx_status first = SBX_OK;

    for (size_t i = ENTRY_COUNT; i-- > 0;) {
        sbx_status status = registry_delete(entries[i].key, entries[i].name, STOP, error);

        if (!first)
            first = status;
    }
    return first;
}

/* *whose: 0 nobody's, 1 this program's, 2 another one's. */
static sbx_status look(const char *path, int *whose, struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *found = NULL, *wanted = NULL;
    sbx_status status = registry_read_text(entries[0].key, entries[0].name, &found, &met);

    if (status == SBX_E_PATH_NOT_FOUND) {
        *whose = 0;
        return SBX_OK;
    }
    if (status) {
        *error = met;
        return status;
    }
    status = text_of(&entries[0], path, &wanted, error);
    if (!status)
        *whose = text_equal_ascii_nocase(found, wanted) ? 1 : 2;
    sbx_free(wanted);
    sbx_free(found);
    return status;
}

static bool is_wine(void)
{
    struct host_facts host;

    host_examine(&host);
    return host.wine[0] != '\0';
}

sbx_status registration_add(int *unguarded, struct sbx_error *error)
{
    char *path;
    sbx_status status = process_own_file(&path, error);

    if (status)
        return status;
    *unguarded = is_wine();
    if (!*unguarded)
        status = guarded_check(path, error);
    for (size_t i = 0; i < ENTRY_COUNT && !status; i++) {
        status = write_entry(&entries[i], path, error);
        if (status)
            (void)remove_entries(NULL);
    }
    sbx_free(path);
    return status;
}

sbx_status registration_remove(struct sbx_error *error)
{
    char *path;
    int whose = 0;
    sbx_status status = process_own_file(&path, error);

    if (status)
        return status;
    status = look(path, &whose, error);
    if (!status && whose == 2)
        status = error_set(error, SBX_E_STATE,
                           "The set-up server is registered from another folder. Unregister it with the "
                           "sbxsetup.exe that lies there.");
    if (!status)
        status = remove_entries(error);
    sbx_free(path);
    return status;
}
