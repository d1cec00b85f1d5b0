/*
 * registration.c - the list of keys, and writing and removing it.
 */
#include "sbxcom/registration.h"
#include "base/memory.h"
#include "sbxcom/class_factory.h"
#include "sbxcom/module.h"
#include "sbxcom/typeinfo.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define CLASSES L"Software\\Classes\\"

#ifdef _WIN64
#define THIS_PLATFORM  L"win64"
#define OTHER_PLATFORM L"win32"
#else
#define THIS_PLATFORM  L"win32"
#define OTHER_PLATFORM L"win64"
#endif

/* Automation's own marshalers: by type library, and for dispinterfaces. */
#define MARSHALER_TYPE_LIBRARY L"{00020424-0000-0000-C000-000000000046}"
#define MARSHALER_DISPATCH     L"{00020420-0000-0000-C000-000000000046}"

enum {
    KEY_UNITS = 160, /* the longest key is a CLSID's: 75 units */
    GUID_UNITS = 39, /* "{...}" and the NUL */
    VERSION_UNITS = 16,
};

/* ---- the list ------------------------------------------------------------------------------------------------------ */

enum entry_flags {
    ENTRY_PATH = 1, /* a place on this disk: ours whatever it says, since the DLL may have been moved */
    ENTRY_SHARED =
        2, /* the DLL of the other bitness needs it, too: ProgIDs and the type library have one key for both */
    ENTRY_OWNER = 4, /* tells whose its group is: a later version's group is not touched */
};

struct value {
    DWORD type; /* REG_NONE: there is none */
    BYTE *data;
    DWORD size;
};

struct entry {
    WCHAR *key;
    const WCHAR *name; /* of the value; NULL: the key's default one. Constant */
    WCHAR *data;
    unsigned flags;
    unsigned group; /* entries that stand or fall together */

    /* What was there before, while a failure can still undo it all. */
    size_t existing_length; /* how much of the key's path was there */
    struct value previous;
};

struct list {
    struct entry *items;
    size_t count;
    size_t capacity;
    unsigned group;
    bool failed; /* no memory: asked once, at the end */
};

static WCHAR *copy_text(const WCHAR *text)
{
    size_t size = (wcslen(text) + 1) * sizeof *text;
    WCHAR *copy = sbx_alloc(size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static void list_free(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        sbx_free(list->items[i].key);
        sbx_free(list->items[i].data);
        sbx_free(list->items[i].previous.data);
    }
    sbx_free(list->items);
}

/* One value. The key is made from `format`, below Software\Classes. */
static void list_add(struct list *list, unsigned flags, const WCHAR *name, const WCHAR *data,
                     const WCHAR *format, ...)
{
    struct entry entry = {.name = name, .flags = flags, .group = list->group};
    WCHAR key[KEY_UNITS] = CLASSES;
    va_list arguments;

    if (list->failed)
        return;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct entry *larger = sbx_realloc(list->items, capacity * sizeof *larger);

        if (!larger) {
            list->failed = true;
            return;
        }
        list->items = larger;
        list->capacity = capacity;
    }
    va_start(arguments, format);
    _vsnwprintf(key + wcslen(CLASSES), KEY_UNITS - 1 - wcslen(CLASSES), format, arguments);
    va_end(arguments);
    key[KEY_UNITS - 1] = L'\0';

    entry.key = copy_text(key);
    entry.data = copy_text(data);
    list->failed = !entry.key || !entry.data;
    list->items[list->count++] = entry;
}

struct library {
    ITypeLib *library;
    WCHAR id[GUID_UNITS];
    WCHAR version[VERSION_UNITS];
    LCID lcid;
};

static void add_class(struct list *list, const struct class_entry *class, const struct library *library,
                      const WCHAR *path)
{
    WCHAR clsid[GUID_UNITS], versioned[64];

    StringFromGUID2(class->clsid, clsid, GUID_UNITS);
    _snwprintf(versioned, 64, L"%ls.1", class->prog_id);

    list->group++;
    list_add(list, 0, NULL, class->description, L"CLSID\\%ls", clsid);
    list_add(list, ENTRY_PATH, NULL, path, L"CLSID\\%ls\\InprocServer32", clsid);
    list_add(list, 0, L"ThreadingModel", L"Both", L"CLSID\\%ls\\InprocServer32", clsid);
    list_add(list, 0, NULL, versioned, L"CLSID\\%ls\\ProgID", clsid);
    list_add(list, 0, NULL, class->prog_id, L"CLSID\\%ls\\VersionIndependentProgID", clsid);
    list_add(list, 0, NULL, library->id, L"CLSID\\%ls\\TypeLib", clsid);
    list_add(list, 0, NULL, library->version, L"CLSID\\%ls\\Version", clsid);

    list->group++;
    list_add(list, ENTRY_SHARED, NULL, class->description, L"%ls", versioned);
    list_add(list, ENTRY_SHARED | ENTRY_OWNER, NULL, clsid, L"%ls\\CLSID", versioned);

    list->group++;
    list_add(list, ENTRY_SHARED, NULL, class->description, L"%ls", class->prog_id);
    list_add(list, ENTRY_SHARED, NULL, clsid, L"%ls\\CLSID", class->prog_id);
    list_add(list, ENTRY_SHARED | ENTRY_OWNER, NULL, versioned, L"%ls\\CurVer", class->prog_id);
}

static void add_interface(struct list *list, const WCHAR *name, const IID *iid, const WCHAR *marshaler,
                          const struct library *library)
{
    WCHAR text[GUID_UNITS];

    StringFromGUID2(iid, text, GUID_UNITS);
    list->group++;
    list_add(list, 0, NULL, name, L"Interface\\%ls", text);
    list_add(list, 0, NULL, marshaler, L"Interface\\%ls\\ProxyStubClsid32", text);
    list_add(list, 0, NULL, library->id, L"Interface\\%ls\\TypeLib", text);
    list_add(list, ENTRY_OWNER, L"Version", library->version, L"Interface\\%ls\\TypeLib", text);
}

/* NULL: not an interface that can be marshaled by what the library says. */
static const WCHAR *marshaler_of(const TYPEATTR *attributes)
{
    if (attributes->typekind == TKIND_DISPATCH)
        return attributes->wTypeFlags & TYPEFLAG_FDUAL ? MARSHALER_TYPE_LIBRARY : MARSHALER_DISPATCH;
    if (attributes->typekind == TKIND_INTERFACE && attributes->wTypeFlags & TYPEFLAG_FOLEAUTOMATION)
        return MARSHALER_TYPE_LIBRARY;
    return NULL;
}

static HRESULT add_interface_at(struct list *list, const struct library *library, UINT index)
{
    ITypeInfo *info;
    TYPEATTR *attributes;
    BSTR name;
    HRESULT result = ITypeLib_GetTypeInfo(library->library, index, &info);

    if (FAILED(result))
        return result;
    result = ITypeInfo_GetTypeAttr(info, &attributes);
    if (FAILED(result))
        goto release_info;
    if (marshaler_of(attributes)) {
        result = ITypeInfo_GetDocumentation(info, MEMBERID_NIL, &name, NULL, NULL, NULL);
        if (SUCCEEDED(result)) {
            add_interface(list, name, &attributes->guid, marshaler_of(attributes), library);
            SysFreeString(name);
        }
    }
    ITypeInfo_ReleaseTypeAttr(info, attributes);
release_info:
    ITypeInfo_Release(info);
    return result;
}

static HRESULT add_library(struct list *list, const struct library *library, const WCHAR *path)
{
    WCHAR *folder;
    BSTR description = NULL;
    HRESULT result =
        ITypeLib_GetDocumentation(library->library, MEMBERID_NIL, NULL, &description, NULL, NULL);

    if (FAILED(result))
        return result;
    folder = copy_text(path);
    if (folder) {
        WCHAR *end = wcsrchr(folder, L'\\');

        *(end ? end : folder) = L'\0';
        list->group++;
        list_add(list, ENTRY_SHARED, NULL, description, L"TypeLib\\%ls\\%ls", library->id, library->version);
        list_add(list, ENTRY_PATH, NULL, path, L"TypeLib\\%ls\\%ls\\%lx\\" THIS_PLATFORM, library->id,
                 library->version, library->lcid);
        list_add(list, ENTRY_SHARED, NULL, L"0", L"TypeLib\\%ls\\%ls\\FLAGS", library->id, library->version);
        list_add(list, ENTRY_SHARED | ENTRY_PATH, NULL, folder, L"TypeLib\\%ls\\%ls\\HELPDIR", library->id,
                 library->version);
    }
    list->failed = list->failed || !folder;
    sbx_free(folder);
    SysFreeString(description);
    return S_OK;
}

static HRESULT open_library(struct library *library)
{
    TLIBATTR *attributes;
    HRESULT result = typeinfo_get_library(&library->library);

    if (FAILED(result))
        return result;
    result = ITypeLib_GetLibAttr(library->library, &attributes);
    if (FAILED(result)) {
        ITypeLib_Release(library->library);
        return result;
    }
    StringFromGUID2(&attributes->guid, library->id, GUID_UNITS);
    _snwprintf(library->version, VERSION_UNITS, L"%x.%x", attributes->wMajorVerNum, attributes->wMinorVerNum);
    library->lcid = attributes->lcid;
    ITypeLib_ReleaseTLibAttr(library->library, attributes);
    return S_OK;
}

/* The whole list. The caller frees it, also after a failure. */
static HRESULT make_list(struct list *list, struct library *library, const WCHAR *path)
{
    HRESULT result = add_library(list, library, path);

    for (size_t i = 0; i < class_entry_count; i++)
        add_class(list, &class_entries[i], library, path);
    for (UINT i = 0; i < ITypeLib_GetTypeInfoCount(library->library) && SUCCEEDED(result); i++)
        result = add_interface_at(list, library, i);
    return SUCCEEDED(result) && list->failed ? E_OUTOFMEMORY : result;
}

/* ---- the registry -------------------------------------------------------------------------------------------------- */

/* A value that is not there has the type REG_NONE; that is no failure. The caller frees the data. */
static LSTATUS read_value(HKEY root, const struct entry *entry, struct value *value)
{
    HKEY key;
    struct value found = {REG_NONE, NULL, 0};
    LSTATUS status = RegOpenKeyExW(root, entry->key, 0, KEY_QUERY_VALUE, &key);

    if (!status) {
        status = RegQueryValueExW(key, entry->name, NULL, &found.type, NULL, &found.size);
        if (!status) {
            found.data = sbx_alloc(found.size + sizeof(WCHAR)); /* zeroed: a text need not be NUL-ended */
            status = found.data
                         ? RegQueryValueExW(key, entry->name, NULL, &found.type, found.data, &found.size)
                         : ERROR_OUTOFMEMORY;
        }
        RegCloseKey(key);
    }
    if (status) {
        sbx_free(found.data);
        found.type = REG_NONE;
        found.data = NULL;
        if (status != ERROR_FILE_NOT_FOUND)
            return status;
    }
    *value = found;
    return ERROR_SUCCESS;
}

static LSTATUS write_value(HKEY root, const struct entry *entry, DWORD type, const void *data, DWORD size)
{
    HKEY key;
    LSTATUS status = RegCreateKeyExW(root, entry->key, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);

    if (status)
        return status;
    status = RegSetValueExW(key, entry->name, 0, type, data, size);
    RegCloseKey(key);
    return status;
}

static LSTATUS delete_value(HKEY root, const struct entry *entry)
{
    HKEY key;
    LSTATUS status = RegOpenKeyExW(root, entry->key, 0, KEY_SET_VALUE, &key);

    if (!status) {
        status = RegDeleteValueW(key, entry->name);
        RegCloseKey(key);
    }
    return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status;
}

static bool key_exists(HKEY root, const WCHAR *path)
{
    HKEY key;
    LSTATUS status = RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE, &key);

    if (!status)
        RegCloseKey(key);
    return status != ERROR_FILE_NOT_FOUND;
}

/* How much of a key's path is there already. */
static size_t existing_length(HKEY root, const WCHAR *path)
{
    WCHAR rest[KEY_UNITS];

    _snwprintf(rest, KEY_UNITS, L"%ls", path);
    while (wcslen(rest) > wcslen(CLASSES) && !key_exists(root, rest))
        *wcsrchr(rest, L'\\') = L'\0';
    return wcslen(rest);
}

static bool is_empty(HKEY root, const WCHAR *path)
{
    HKEY key;
    DWORD keys = 1, values = 1;

    if (RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE, &key))
        return false;
    RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    return keys == 0 && values == 0;
}

/* Deletes the key and then those above it, as long as they are empty and longer than `keep`. */
static LSTATUS delete_empty_keys(HKEY root, const WCHAR *path, size_t keep)
{
    WCHAR rest[KEY_UNITS];
    LSTATUS status = ERROR_SUCCESS;

    _snwprintf(rest, KEY_UNITS, L"%ls", path);
    while (!status && wcslen(rest) > keep && is_empty(root, rest)) {
        status = RegDeleteKeyW(root, rest);
        *wcsrchr(rest, L'\\') = L'\0';
    }
    return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

static void undo(HKEY root, struct list *list, size_t count)
{
    while (count > 0) {
        struct entry *entry = &list->items[--count];

        if (entry->previous.type != REG_NONE)
            write_value(root, entry, entry->previous.type, entry->previous.data, entry->previous.size);
        else
            delete_value(root, entry);
        delete_empty_keys(root, entry->key, entry->existing_length);
    }
}

static LSTATUS write_all(HKEY root, struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct entry *entry = &list->items[i];
        LSTATUS status = read_value(root, entry, &entry->previous);

        entry->existing_length = existing_length(root, entry->key);
        if (!status)
            status = write_value(root, entry, REG_SZ, entry->data,
                                 (DWORD)((wcslen(entry->data) + 1) * sizeof(WCHAR)));
        if (status) {
            /* The key may be there already when it is the value that failed. */
            delete_empty_keys(root, entry->key, entry->existing_length);
            undo(root, list, i);
            return status;
        }
    }
    return ERROR_SUCCESS;
}

/* ---- removing ------------------------------------------------------------------------------------------------------ */

/* The type library's file of the other bitness stands in the key that both share: then it is installed. */
static bool other_platform_is_there(HKEY root, const struct library *library)
{
    WCHAR path[KEY_UNITS];
    HKEY key;

    _snwprintf(path, KEY_UNITS, CLASSES L"TypeLib\\%ls\\%ls\\%lx\\" OTHER_PLATFORM, library->id,
               library->version, library->lcid);
    if (RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE, &key))
        return false;
    RegCloseKey(key);
    return true;
}

static bool is_text(const struct value *value, const WCHAR *text)
{
    return value->type == REG_SZ && wcscmp((const WCHAR *)value->data, text) == 0;
}

/* Does the value that tells the owner of this group tell somebody else? */
static bool is_foreign(HKEY root, const struct list *list, unsigned group)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct entry *entry = &list->items[i];
        struct value value;
        bool foreign;

        if (entry->group != group || !(entry->flags & ENTRY_OWNER) || read_value(root, entry, &value))
            continue;
        foreign = value.type != REG_NONE && !is_text(&value, entry->data);
        sbx_free(value.data);
        return foreign;
    }
    return false;
}

/* What somebody else has written in our place stays, and with it the key. */
static LSTATUS remove_entry(HKEY root, const struct entry *entry)
{
    struct value value;
    LSTATUS status = read_value(root, entry, &value);

    if (status)
        return status;
    if (value.type == REG_SZ && (entry->flags & ENTRY_PATH || is_text(&value, entry->data)))
        status = delete_value(root, entry);
    sbx_free(value.data);
    if (!status)
        status = delete_empty_keys(root, entry->key, wcslen(CLASSES) - 1);
    return status;
}

static LSTATUS remove_all(HKEY root, const struct list *list, bool shared_too)
{
    LSTATUS first = ERROR_SUCCESS;
    bool foreign = false;

    for (size_t i = list->count; i > 0; i--) {
        const struct entry *entry = &list->items[i - 1];
        LSTATUS status = ERROR_SUCCESS;

        if (i == list->count || entry->group != list->items[i].group)
            foreign = is_foreign(root, list, entry->group);
        if (!foreign && (shared_too || !(entry->flags & ENTRY_SHARED)))
            status = remove_entry(root, entry);
        if (!first)
            first = status;
    }
    return first;
}

/* ---- the way in ---------------------------------------------------------------------------------------------------- */

static HRESULT local_path(WCHAR **path)
{
    WCHAR *text;
    HRESULT result = module_path(&text);

    if (FAILED(result))
        return result;
    if (wcsncmp(text, L"\\\\?\\", 4) == 0 && wcsncmp(text, L"\\\\?\\UNC\\", 8) != 0)
        memmove(text, text + 4, (wcslen(text + 4) + 1) * sizeof *text);
    if (wcsncmp(text, L"\\\\", 2) == 0) {
        sbx_free(text);
        return HRESULT_FROM_WIN32(ERROR_BAD_PATHNAME);
    }
    *path = text;
    return S_OK;
}

static HRESULT with_list(HKEY root, bool add)
{
    struct list list = {0};
    struct library library;
    WCHAR *path;
    LSTATUS status = ERROR_SUCCESS;
    HRESULT result = local_path(&path);

    if (FAILED(result))
        return result;
    result = open_library(&library);
    if (FAILED(result))
        goto free_path;
    result = make_list(&list, &library, path);
    if (SUCCEEDED(result)) {
        status =
            add ? write_all(root, &list) : remove_all(root, &list, !other_platform_is_there(root, &library));
        result = HRESULT_FROM_WIN32(status);
    }
    list_free(&list);
    ITypeLib_Release(library.library);
free_path:
    sbx_free(path);
    return result;
}

HRESULT registration_add(HKEY root)
{
    return with_list(root, true);
}

HRESULT registration_remove(HKEY root)
{
    return with_list(root, false);
}

STDAPI DllRegisterServer(void)
{
    return registration_add(HKEY_LOCAL_MACHINE);
}

STDAPI DllUnregisterServer(void)
{
    return registration_remove(HKEY_LOCAL_MACHINE);
}

/* regsvr32 /n /i:user: for this user alone, without an administrator. */
STDAPI DllInstall(BOOL install, const WCHAR *command)
{
    if (!command || !*command)
        return S_OK;
    if (lstrcmpiW(command, L"user") != 0)
        return E_INVALIDARG;
    return install ? registration_add(HKEY_CURRENT_USER) : registration_remove(HKEY_CURRENT_USER);
}
