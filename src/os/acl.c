/*
 * acl.c - descriptors of files and folders, by handle.
 *
 * The calls are ntdll's own, for three things that the ones above them cannot do: open a child relative to its folder's
 * handle, ask for owner, list and label in one descriptor as it is stored, and set a list exactly as it is given
 * (SetSecurityInfo mixes in what the folder has to inherit). All of them are older than Windows 7.
 */
#include "os/acl.h"
#include "base/memory.h"
#include "os/acl_native.h"
#include "os/filesystem_native.h"
#include "os/identity.h"
#include "os/security.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <winternl.h>

#define SHARE_ALL    (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define LOOK_ACCESS  (READ_CONTROL | FILE_READ_ATTRIBUTES | SYNCHRONIZE)
#define OPEN_OPTIONS (FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT | FILE_COMPLETE_IF_OPLOCKED)
#define READ_PARTS                                                                         \
    (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | \
     LABEL_SECURITY_INFORMATION)
#define INHERITED_BITS (SE_DACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED)
#define KEPT_BITS      (SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED)
#define FIRST_SIZE     1024  /* of a descriptor, most of which are smaller */
#define MOST_UNITS     32766 /* what a UNICODE_STRING holds */

/* FILE_SUPPORTS_OPEN_BY_FILE_ID, and statuses that the public headers leave to those of drivers. */
#define VOLUME_OPENS_BY_ID   0x01000000
#define NT_BUFFER_TOO_SMALL  ((LONG)0xC0000023)
#define NT_INVALID_PARAMETER ((LONG)0xC000000D)
#define NT_DELETE_PENDING    ((LONG)0xC0000056)

typedef LONG(NTAPI *open_file)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, ULONG, ULONG);
typedef LONG(NTAPI *query_security)(HANDLE, SECURITY_INFORMATION, void *, ULONG, ULONG *);
typedef LONG(NTAPI *set_security)(HANDLE, SECURITY_INFORMATION, PSECURITY_DESCRIPTOR);
typedef ULONG(NTAPI *status_to_error)(LONG);

/* Looked up once: a walk opens a hundred thousand children. */
static struct {
    open_file open;
    query_security query;
    set_security set;
    status_to_error to_error;
    bool wine;
} calls;

static BOOL CALLBACK look_up(INIT_ONCE *once, void *parameter, void **context)
{
    (void)once, (void)parameter, (void)context;
    calls.open = (open_file)native_call(L"ntdll.dll", "NtOpenFile");
    calls.query = (query_security)native_call(L"ntdll.dll", "NtQuerySecurityObject");
    calls.set = (set_security)native_call(L"ntdll.dll", "NtSetSecurityObject");
    calls.to_error = (status_to_error)native_call(L"ntdll.dll", "RtlNtStatusToDosError");
    calls.wine = native_call(L"ntdll.dll", "wine_get_version") != NULL;
    return calls.open && calls.query && calls.set && calls.to_error;
}

static sbx_status have_calls(struct sbx_error *error)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    return InitOnceExecuteOnce(&once, look_up, NULL, NULL) ? SBX_OK : native_error(error, "ntdll.dll");
}

/* A file that is deleted and still open somewhere is as good as gone; the usual translation is "access denied". */
static DWORD system_of(LONG result)
{
    return result == NT_DELETE_PENDING ? ERROR_FILE_NOT_FOUND : calls.to_error(result);
}

/* What there is in `root` under that name; `size` in bytes, an id's bytes among them. */
static LONG open_in(HANDLE root, const void *name, size_t size, ACCESS_MASK access, ULONG options,
                    HANDLE *file)
{
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block;
    HANDLE made = NULL;
    LONG result;

    text.Buffer = (WCHAR *)name;
    text.Length = text.MaximumLength = (USHORT)size;
    InitializeObjectAttributes(&attributes, &text, 0, root, NULL);
    result = calls.open(&made, access, &attributes, &block, SHARE_ALL, OPEN_OPTIONS | options);
    if (result >= 0)
        *file = made;
    return result;
}

/*
 * Wine opens what a Unix link leads to, whatever the options say, but tells of a path that it is one where it leads to a folder
 * (of a link to a file it tells nothing). Asked after the open: a name that is swapped in between is told as a link
 * once too often. In a folder that Wine cannot name any more nothing is told.
 */
static sbx_status ask_wine_for_link(HANDLE root, const WCHAR *name, bool *is_link, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *folder, *path;
    size_t length;
    DWORD attributes;

    status = native_final_path(root, &folder, NULL);
    if (status)
        return status == SBX_E_MEMORY ? error_memory(error, "a path") : SBX_OK;
    length = wcslen(folder) + 1 + wcslen(name);
    path = sbx_alloc_array(length + 1, sizeof *path);
    if (!path) {
        sbx_free(folder);
        return error_memory(error, "a path");
    }
    _snwprintf(path, length + 1, L"%ls\\%ls", folder, name);
    attributes = GetFileAttributesW(path);
    *is_link = attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_REPARSE_POINT;
    sbx_free(path);
    sbx_free(folder);
    return SBX_OK;
}

static ACCESS_MASK access_of(enum acl_use use)
{
    return LOOK_ACCESS | (use == ACL_CHANGE ? WRITE_DAC : 0) | (use == ACL_OWN ? WRITE_OWNER : 0);
}

/* `shown` is what an error calls it. */
static sbx_status open_named(HANDLE root, const WCHAR *name, const char *shown, enum acl_use use,
                             struct acl_object **object, struct sbx_error *error)
{
    sbx_status status;
    size_t size = wcslen(name) * sizeof *name;
    struct acl_object *made;
    LONG result;

    if (size > MOST_UNITS * sizeof *name)
        return native_path_error(error, "NtOpenFile", ERROR_FILENAME_EXCED_RANGE, shown);
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "an open file");
    result = open_in(root, name, size, access_of(use), 0, &made->handle);
    if (result < 0) {
        sbx_free(made);
        return native_path_error(error, "NtOpenFile", system_of(result), shown);
    }
    status = calls.wine ? ask_wine_for_link(root, name, &made->followed, error) : SBX_OK;
    if (status) {
        acl_close(made);
        return status;
    }
    *object = made;
    return SBX_OK;
}

sbx_status acl_open(const char *path, enum acl_use use, struct acl_object **object, struct sbx_error *error)
{
    const struct native_walk walk = {access_of(use), SHARE_ALL, 0, NATIVE_LAST_ITSELF};
    sbx_status status = have_calls(error);
    struct acl_object *made;

    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "an open file");
    status = native_walk_open(path, &walk, &made->handle, &made->followed, error);
    if (status)
        sbx_free(made);
    else
        *object = made;
    return status;
}

sbx_status acl_open_child(const struct acl_object *folder, const char *name, enum acl_use use,
                          struct acl_object **object, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;

    /* One name and nothing that leads on: no path, no stream of a file, not the folder itself. */
    if (!*name || strpbrk(name, "\\/:"))
        return error_set(error, SBX_E_ARGUMENT, "\"%s\" is not the name of a file in a folder.", name);
    status = native_wide(name, &wide, error);
    if (status)
        return status;
    status = open_named(folder->handle, wide, name, use, object, error);
    sbx_free(wide);
    return status;
}

/* 32 hexadecimal digits, the upper half first, to the 8 or 16 bytes that the file system gave. 0: it is none. */
static size_t parse_id(const char *text, uint64_t id[2])
{
    char half[17];

    if (strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32)
        return 0;
    memcpy(half, text, 16);
    half[16] = '\0';
    id[1] = strtoull(half, NULL, 16);
    id[0] = strtoull(text + 16, NULL, 16);
    return id[1] ? 16 : 8;
}

static sbx_status by_id_error(HANDLE volume, LONG result, const char *file_id, struct sbx_error *error)
{
    DWORD flags = 0;
    DWORD system = system_of(result);
    bool can = GetVolumeInformationByHandleW(volume, NULL, 0, NULL, NULL, &flags, NULL, 0) &&
               flags & VOLUME_OPENS_BY_ID;

    /* NTFS says "invalid parameter" of an id that is free or was used again (its sequence number is another). */
    if (system == ERROR_FILE_NOT_FOUND || system == ERROR_PATH_NOT_FOUND ||
        (can && result == NT_INVALID_PARAMETER))
        return native_error_as(error, SBX_E_PATH_NOT_FOUND, "NtOpenFile", system,
                               "There is no file with the id %s.", file_id);
    if (!can)
        return native_error_as(error, SBX_E_UNSUPPORTED_HOST, "NtOpenFile", system,
                               "The volume opens no file by its id (error %lu).", (unsigned long)system);
    return native_error_as(error, SBX_E_SYSTEM, "NtOpenFile", system,
                           "Opening the file with the id %s failed with error %lu.", file_id,
                           (unsigned long)system);
}

static sbx_status open_id(HANDLE volume, const char *file_id, enum acl_use use, struct acl_object **object,
                          struct sbx_error *error)
{
    sbx_status status;
    uint64_t id[2];
    size_t size = parse_id(file_id, id);
    struct acl_facts facts;
    struct acl_object *made;
    LONG result;

    if (!size)
        return error_set(error, SBX_E_ARGUMENT, "\"%s\" is not the id of a file.", file_id);
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "an open file");
    result = open_in(volume, id, size, access_of(use), FILE_OPEN_BY_FILE_ID, &made->handle);
    if (result < 0) {
        status = by_id_error(volume, result, file_id, error);
        goto free_made;
    }

    /* 16 bytes are an object id to NTFS, which is something else. What was opened says who it is. */
    status = acl_examine(made, &facts, error);
    if (!status && strcmp(facts.file_id, file_id))
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "There is no file with the id %s.", file_id);
    if (status)
        goto close_file;
    *object = made;
    return SBX_OK;

close_file:
    CloseHandle(made->handle);
free_made:
    sbx_free(made);
    return status;
}

sbx_status acl_open_by_id(const char *volume_path, const char *file_id, enum acl_use use,
                          struct acl_object **object, struct sbx_error *error)
{
    static const struct native_walk look = {FILE_READ_ATTRIBUTES | SYNCHRONIZE, SHARE_ALL, 0,
                                            NATIVE_LOCAL_LINKS};
    sbx_status status = have_calls(error);
    HANDLE volume;
    bool reparse;

    if (!status)
        status = native_walk_open(volume_path, &look, &volume, &reparse, error);
    if (status)
        return status;
    status = open_id(volume, file_id, use, object, error);
    CloseHandle(volume);
    return status;
}

void acl_close(struct acl_object *object)
{
    if (!object)
        return;
    CloseHandle(object->handle);
    sbx_free(object);
}

sbx_status acl_examine(const struct acl_object *object, struct acl_facts *facts, struct sbx_error *error)
{
    BY_HANDLE_FILE_INFORMATION information;
    struct acl_facts found;

    memset(&found, 0, sizeof found);
    if (!GetFileInformationByHandle(object->handle, &information))
        return native_error(error, "GetFileInformationByHandle");
    found.kind =
        information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? FILE_KIND_DIRECTORY : FILE_KIND_FILE;
    found.reparse = object->followed || information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT;
    found.link_count = found.kind == FILE_KIND_DIRECTORY ? 1 : information.nNumberOfLinks;
    native_file_ids(object->handle, &information, found.volume_id, found.file_id);
    *facts = found;
    return SBX_OK;
}

sbx_status acl_path(const struct acl_object *object, char **path, struct sbx_error *error)
{
    WCHAR *wide;
    sbx_status status = native_final_path(object->handle, &wide, error);

    if (status)
        return status;
    status = native_plain_path(wide, path, error);
    sbx_free(wide);
    return status;
}

sbx_status acl_read(const struct acl_object *object, struct sbx_buffer *out, struct sbx_error *error)
{
    sbx_status status = have_calls(error);
    ULONG size = FIRST_SIZE;
    LONG result;
    void *made;

    if (status)
        return status;
    made = sbx_alloc(size);
    if (!made)
        return error_memory(error, "a security descriptor");

    /* Asked until it fits: somebody may add to it in between. */
    while ((result = calls.query(object->handle, READ_PARTS, made, size, &size)) == NT_BUFFER_TOO_SMALL) {
        sbx_free(made);
        made = sbx_alloc(size);
        if (!made)
            return error_memory(error, "a security descriptor");
    }
    if (result < 0) {
        status = error_system(error, "NtQuerySecurityObject", system_of(result));
        goto free_made;
    }
    buffer_append(out, made, GetSecurityDescriptorLength(made));
    if (buffer_failed(out))
        status = error_memory(error, "a security descriptor");

free_made:
    sbx_free(made);
    return status;
}

/* IsValidAcl with its own look at the sizes: Wine's takes a list that counts more entries than it has room for. */
static bool is_valid_list(ACL *acl)
{
    size_t at = sizeof *acl;

    for (DWORD i = 0; i < acl->AceCount; i++) {
        ACE_HEADER entry;

        if (acl->AclSize - at < sizeof entry)
            return false;
        memcpy(&entry, (const uint8_t *)acl + at, sizeof entry);
        if (entry.AceSize < sizeof entry || entry.AceSize > acl->AclSize - at)
            return false;
        at += entry.AceSize;
    }
    return IsValidAcl(acl);
}

/* A copy of the DACL in a self-relative descriptor, freed with sbx_free: nothing in there is believed before it is measured. */
static sbx_status copy_list(const void *descriptor, size_t size, WORD *control, ACL **acl,
                            struct sbx_error *error)
{
    SECURITY_DESCRIPTOR_RELATIVE head;
    ACL head_of_list;
    ACL *made;

    if (size < sizeof head)
        goto refuse;
    memcpy(&head, descriptor, sizeof head);
    if (head.Revision != SECURITY_DESCRIPTOR_REVISION || !(head.Control & SE_SELF_RELATIVE) ||
        !(head.Control & SE_DACL_PRESENT) || head.Dacl < sizeof head ||
        head.Dacl > size - sizeof head_of_list)
        goto refuse;
    memcpy(&head_of_list, (const uint8_t *)descriptor + head.Dacl, sizeof head_of_list);
    if (head_of_list.AclSize < sizeof head_of_list || head_of_list.AclSize > size - head.Dacl)
        goto refuse;

    made = sbx_alloc(head_of_list.AclSize);
    if (!made)
        return error_memory(error, "an access control list");
    memcpy(made, (const uint8_t *)descriptor + head.Dacl, head_of_list.AclSize);
    if (!is_valid_list(made)) {
        sbx_free(made);
        goto refuse;
    }
    *acl = made;
    *control = head.Control;
    return SBX_OK;

refuse:
    return error_set(error, SBX_E_ARGUMENT,
                     "This is no self-relative security descriptor with a list in it.");
}

/* The kernel keeps SE_DACL_AUTO_INHERITED only where the request bit comes with it, so both are echoed. */
static sbx_status set_list(HANDLE file, ACL *acl, WORD control, struct sbx_error *error)
{
    SECURITY_DESCRIPTOR descriptor;
    WORD echo = control & SE_DACL_PROTECTED;
    LONG result;

    if (control & SE_DACL_AUTO_INHERITED)
        echo |= INHERITED_BITS;
    if (!InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) ||
        !SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE) ||
        !SetSecurityDescriptorControl(&descriptor, INHERITED_BITS | SE_DACL_PROTECTED, echo))
        return native_error(error, "SetSecurityDescriptorDacl");
    result = calls.set(file, DACL_SECURITY_INFORMATION, &descriptor);
    return result < 0 ? error_system(error, "NtSetSecurityObject", system_of(result)) : SBX_OK;
}

static sbx_status check_list(const struct acl_object *object, const ACL *wanted, WORD control,
                             struct sbx_error *error)
{
    struct sbx_buffer found = SBX_BUFFER_EMPTY;
    WORD found_control;
    ACL *acl;
    sbx_status status = acl_read(object, &found, error);

    if (status)
        return status;
    status = copy_list(found.data, found.size, &found_control, &acl, error);
    buffer_free(&found);
    if (status == SBX_E_MEMORY)
        return status;
    if (!status) {
        if (!security_acl_equal(wanted, acl) || (control & KEPT_BITS) != (found_control & KEPT_BITS))
            status = SBX_E_NOT_ENFORCED;
        sbx_free(acl);
    }
    return status
               ? error_set(
                     error, SBX_E_NOT_ENFORCED,
                     "The access control list does not read back as it was set: this host does not keep it.")
               : SBX_OK;
}

sbx_status acl_write(struct acl_object *object, const void *descriptor, size_t size, struct sbx_error *error)
{
    sbx_status status = have_calls(error);
    WORD control;
    ACL *acl;

    if (status)
        return status;
    status = copy_list(descriptor, size, &control, &acl, error);
    if (status)
        return status;
    status = set_list(object->handle, acl, control, error);
    if (!status)
        status = check_list(object, acl, control, error);
    sbx_free(acl);
    return status;
}

static sbx_status list(const struct acl_object *folder, struct sbx_strings *names,
                       struct sbx_strings *folders, struct sbx_error *error)
{
    sbx_status status = have_calls(error);
    HANDLE listed;
    LONG result;

    if (status)
        return status;

    /*
     * The same object once more, by no name at all: a right to list that is asked for only here fails only here, and two
     * lists of one folder do not share one place to go on from.
     */
    result = open_in(folder->handle, L"", 0, FILE_LIST_DIRECTORY | SYNCHRONIZE, FILE_DIRECTORY_FILE, &listed);
    if (result < 0)
        return error_system(error, "NtOpenFile", system_of(result));
    status = native_list_names(listed, "a folder", names, folders, error);
    CloseHandle(listed);
    return status;
}

/* Whose an object is by now. */
static sbx_status has_owner(const struct acl_object *object, PSID wanted, bool *has, struct sbx_error *error)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    PSID owner = NULL;
    BOOL defaulted;
    sbx_status status = acl_read(object, &bytes, error);

    if (!status && !GetSecurityDescriptorOwner(bytes.data, &owner, &defaulted))
        status = native_error(error, "GetSecurityDescriptorOwner");
    if (!status)
        *has = owner && EqualSid(owner, wanted);
    buffer_free(&bytes);
    return status;
}

sbx_status acl_own(struct acl_object *object, struct sbx_error *error)
{
    char text[SID_TEXT_SIZE];
    SECURITY_DESCRIPTOR descriptor;
    PSID user = NULL;
    LONG result;
    bool has = false;
    sbx_status status = have_calls(error);

    if (!status)
        status = identity_user_sid(text, error);
    if (!status)
        status = security_sid(text, &user, error);
    if (status)
        return status;
    if (!InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) ||
        !SetSecurityDescriptorOwner(&descriptor, user, FALSE)) {
        status = native_error(error, "SetSecurityDescriptorOwner");
        goto free_user;
    }
    result = calls.set(object->handle, OWNER_SECURITY_INFORMATION, &descriptor);
    if (result < 0) {
        status = error_system(error, "NtSetSecurityObject", system_of(result));
        goto free_user;
    }
    status = has_owner(object, user, &has, error);
    if (!status && !has)
        status = error_set(error, SBX_E_NOT_ENFORCED,
                           "The owner does not read back as it was set: this host does not keep it.");

free_user:
    sbx_free(user);
    return status;
}

sbx_status acl_list(const struct acl_object *folder, struct sbx_strings *names, struct sbx_error *error)
{
    return list(folder, names, NULL, error);
}

sbx_status acl_list_apart(const struct acl_object *folder, struct sbx_strings *folders,
                          struct sbx_strings *others, struct sbx_error *error)
{
    return list(folder, others, folders, error);
}
