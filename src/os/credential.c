/*
 * credential.c - wrapping by DPAPI, and the file that one user alone may read.
 *
 * crypt32.dll is looked up at run time: it is no known DLL on Windows 7.
 */
#include "os/credential.h"
#include "base/memory.h"
#include "os/filesystem_native.h"
#include "os/identity.h"
#include "os/security.h"

#include <string.h>
#include <wincrypt.h>

#define SYSTEM_SID         "S-1-5-18"
#define ADMINISTRATORS_SID "S-1-5-32-544"
#define OWN_ENTRIES        2

/* Wrapping. */

typedef BOOL(WINAPI *protect_data)(DATA_BLOB *, LPCWSTR, DATA_BLOB *, PVOID, CRYPTPROTECT_PROMPTSTRUCT *,
                                   DWORD, DATA_BLOB *);
typedef BOOL(WINAPI *unprotect_data)(DATA_BLOB *, LPWSTR *, DATA_BLOB *, PVOID, CRYPTPROTECT_PROMPTSTRUCT *,
                                     DWORD, DATA_BLOB *);

static sbx_status refused(struct sbx_error *error, const char *call, DWORD system)
{
    return native_error_as(
        error, SBX_E_CREDENTIAL, call, system,
        system == ERROR_INVALID_DATA
            ? "The kept credential is not this user's, or was changed (%s, error 0x%lX). Set up again."
            : "The key of this user that keeps credentials cannot be had here (%s, error 0x%lX). Log on "
              "with a password, not by a key or as a service, then try again.",
        call, (unsigned long)system);
}

/* What the system gave, as ours. Its own is wiped. */
static sbx_status take(DATA_BLOB *made, uint8_t **bytes, size_t *size, struct sbx_error *error)
{
    uint8_t *copy = sbx_alloc(made->cbData);

    if (copy) {
        memcpy(copy, made->pbData, made->cbData);
        *bytes = copy;
        *size = made->cbData;
    }
    sbx_wipe(made->pbData, made->cbData);
    LocalFree(made->pbData);
    return copy ? SBX_OK : error_memory(error, "a credential");
}

static bool as_blob(const void *bytes, size_t size, DATA_BLOB *blob)
{
    blob->cbData = (DWORD)size;
    blob->pbData = (BYTE *)bytes;
    return size <= MAXDWORD;
}

sbx_status credential_protect(const void *secret, size_t size, const void *entropy, size_t entropy_size,
                              uint8_t **blob, size_t *blob_size, struct sbx_error *error)
{
    protect_data call = (protect_data)native_call(L"crypt32.dll", "CryptProtectData");
    DATA_BLOB in;
    DATA_BLOB salt;
    DATA_BLOB out = {0, NULL};

    if (!call)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "This host has no CryptProtectData.");
    if (!as_blob(secret, size, &in) || !as_blob(entropy, entropy_size, &salt))
        return error_set(error, SBX_E_LIMIT, "The credential is too long.");
    if (!call(&in, L"sbxcom", &salt, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return refused(error, "CryptProtectData", GetLastError());
    return take(&out, blob, blob_size, error);
}

sbx_status credential_unprotect(const void *blob, size_t blob_size, const void *entropy, size_t entropy_size,
                                uint8_t **secret, size_t *secret_size, struct sbx_error *error)
{
    unprotect_data call = (unprotect_data)native_call(L"crypt32.dll", "CryptUnprotectData");
    DATA_BLOB in;
    DATA_BLOB salt;
    DATA_BLOB out = {0, NULL};

    if (!call)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "This host has no CryptUnprotectData.");
    if (!as_blob(blob, blob_size, &in) || !as_blob(entropy, entropy_size, &salt))
        return error_set(error, SBX_E_LIMIT, "The credential is too long.");
    if (!call(&in, NULL, &salt, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return refused(error, "CryptUnprotectData", GetLastError());
    return take(&out, secret, secret_size, error);
}

/* The file's list. */

struct own_list {
    PSID sids[OWN_ENTRIES]; /* the user, SYSTEM */
    ACL *acl;
    SECURITY_DESCRIPTOR descriptor;
};

static void own_list_free(struct own_list *list)
{
    sbx_free(list->acl);
    for (size_t i = 0; i < OWN_ENTRIES; i++)
        sbx_free(list->sids[i]);
}

static sbx_status own_list_make(const char *user_sid, struct own_list *list, struct sbx_error *error)
{
    struct security_entry entries[OWN_ENTRIES];
    char self[SID_TEXT_SIZE];
    sbx_status status = SBX_OK;

    memset(list, 0, sizeof *list);
    if (!user_sid) {
        status = identity_user_sid(self, error);
        user_sid = self;
    }
    if (!status)
        status = security_sid(user_sid, &list->sids[0], error);
    if (!status)
        status = security_sid(SYSTEM_SID, &list->sids[1], error);
    for (size_t i = 0; i < OWN_ENTRIES; i++) {
        entries[i].sid = list->sids[i];
        entries[i].mask = FILE_ALL_ACCESS;
    }
    if (!status)
        status = security_acl(entries, OWN_ENTRIES, &list->acl, error);
    if (!status)
        status = security_descriptor(list->acl, &list->descriptor, error);
    if (status)
        own_list_free(list);
    return status;
}

/*
 * Has nobody else a right on it? *own false also for a list that a folder above may add to. Wine 8.0 has no such flag and adds nothing;
 * its list is made of the file's mode bits, an entry for Everyone among them where others may.
 */
static sbx_status list_is_own(HANDLE file, const struct own_list *list, bool *own, struct sbx_error *error)
{
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision;
    void *descriptor;
    ACL *acl;
    sbx_status status = security_object_acl(file, &descriptor, &acl, error);

    if (status)
        return status;
    *own = acl && GetSecurityDescriptorControl(descriptor, &control, &revision) &&
           (control & SE_DACL_PROTECTED || native_wine_version());
    for (DWORD i = 0; *own && i < acl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry;

        *own = GetAce(acl, i, (void **)&entry) && entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE &&
               (EqualSid(&entry->SidStart, list->sids[0]) || EqualSid(&entry->SidStart, list->sids[1]));
    }
    sbx_free(descriptor);
    return SBX_OK;
}

static sbx_status check_new(HANDLE file, void *context, struct sbx_error *error)
{
    bool own = false;
    sbx_status status = list_is_own(file, context, &own, error);

    if (!status && !own)
        status = error_set(error, SBX_E_NOT_ENFORCED,
                           "This volume does not keep a file for one user alone. Credentials need NTFS.");
    return status;
}

sbx_status credential_write(const char *path, const char *user_sid, const void *bytes, size_t size,
                            struct sbx_error *error)
{
    struct own_list list;
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
    sbx_status status = own_list_make(user_sid, &list, error);

    if (status)
        return status;
    security.lpSecurityDescriptor = &list.descriptor;
    status = native_replace(path, bytes, size, &security, check_new, &list, error);
    own_list_free(&list);
    return status;
}

/* Reading. */

static sbx_status owner_is_trusted(HANDLE file, const struct own_list *list, bool *trusted,
                                   struct sbx_error *error)
{
    union {
        SECURITY_DESCRIPTOR_RELATIVE head;
        BYTE bytes[sizeof(SECURITY_DESCRIPTOR_RELATIVE) + SECURITY_MAX_SID_SIZE];
    } room;
    DWORD size = sizeof room;
    PSID owner = NULL;
    BOOL defaulted;

    if (!GetKernelObjectSecurity(file, OWNER_SECURITY_INFORMATION, &room, size, &size) ||
        !GetSecurityDescriptorOwner(&room, &owner, &defaulted) || !owner)
        return native_error(error, "GetKernelObjectSecurity");
    *trusted = EqualSid(owner, list->sids[0]) || EqualSid(owner, list->sids[1]) ||
               IsWellKnownSid(owner, WinBuiltinAdministratorsSid);
    return SBX_OK;
}

static sbx_status check_old(HANDLE file, const char *path, struct sbx_error *error)
{
    BY_HANDLE_FILE_INFORMATION information;
    struct own_list list;
    bool own = false;
    bool trusted = false;
    sbx_status status;

    if (!GetFileInformationByHandle(file, &information))
        return native_error(error, "GetFileInformationByHandle");
    if (information.dwFileAttributes & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY))
        return error_set(error, SBX_E_CREDENTIAL, "%s is no file of ours. Delete it, then set up again.",
                         path);
    status = own_list_make(NULL, &list, error);
    if (status)
        return status;
    status = list_is_own(file, &list, &own, error);
    if (!status)
        status = owner_is_trusted(file, &list, &trusted, error);
    own_list_free(&list);
    if (!status && !(own && trusted))
        status = error_set(
            error, SBX_E_CREDENTIAL,
            "Others than you may read or replace %s. Delete it, then set up again: what it held may be "
            "known.",
            path);
    return status;
}

/* Without following a link at the last name. */
static sbx_status open_file(const char *path, DWORD wanted, HANDLE *file, struct sbx_error *error)
{
    WCHAR *wide;
    sbx_status status = native_path(path, &wide, error);

    if (status)
        return status;
    *file = CreateFileW(wide, wanted, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                        FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (*file == INVALID_HANDLE_VALUE)
        status = native_path_error(error, "CreateFile", GetLastError(), path);
    sbx_free(wide);
    return status;
}

sbx_status credential_read(const char *path, size_t most, uint8_t **bytes, size_t *size,
                           struct sbx_error *error)
{
    HANDLE file;
    char *found;
    sbx_status status = open_file(path, GENERIC_READ, &file, error);

    if (status)
        return status;
    status = check_old(file, path, error);
    if (!status)
        status = native_read_whole(file, path, most, &found, size, error);
    if (!status)
        *bytes = (uint8_t *)found;
    CloseHandle(file);
    return status;
}

static sbx_status overwrite(HANDLE file, struct sbx_error *error)
{
    static const BYTE zeros[512];
    LARGE_INTEGER left;
    sbx_status status = SBX_OK;

    if (!GetFileSizeEx(file, &left))
        return native_error(error, "GetFileSizeEx");
    while (!status && left.QuadPart > 0) {
        size_t part = left.QuadPart < (LONGLONG)sizeof zeros ? (size_t)left.QuadPart : sizeof zeros;

        status = native_write_all(file, zeros, part, error);
        left.QuadPart -= (LONGLONG)part;
    }
    if (!status && !FlushFileBuffers(file))
        status = native_error(error, "FlushFileBuffers");
    return status;
}

/* A link goes itself: nothing is written through it. */
sbx_status credential_destroy(const char *path, struct sbx_error *error)
{
    BY_HANDLE_FILE_INFORMATION information;
    HANDLE file;
    sbx_status status = open_file(path, GENERIC_READ | GENERIC_WRITE, &file, error);

    if (status)
        return status;
    if (!GetFileInformationByHandle(file, &information))
        status = native_error(error, "GetFileInformationByHandle");
    else if (!(information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
        status = overwrite(file, error);
    CloseHandle(file);
    return status ? status : file_delete(path, error);
}
