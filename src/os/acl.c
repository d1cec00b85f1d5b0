/*
 * acl.c - does this host keep access control lists of files?
 */
#include "os/acl.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/random.h"
#include "os/security.h"

#include <string.h>

#define NOBODY_MASK    (FILE_GENERIC_READ | DELETE)
#define INHERITED_BITS (SE_DACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED)

/* NtSetSecurityObject writes a list as it is given. SetSecurityInfo would mix in what the folder has to inherit. */
typedef LONG(NTAPI *set_security_object)(HANDLE, SECURITY_INFORMATION, PSECURITY_DESCRIPTOR);

/* A resource manager's authority and random numbers: nobody's SID, so its entry gives nobody anything while it is there. */
static sbx_status make_nobody(PSID *sid, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    uint32_t numbers[4];
    sbx_status status = random_bytes(numbers, sizeof numbers, error);

    if (status)
        return status;
    buffer_append_text(&text, "S-1-9");
    for (size_t i = 0; i < 4; i++)
        buffer_append_format(&text, "-%lu", (unsigned long)numbers[i]);
    status =
        buffer_failed(&text) ? error_memory(error, "a SID") : security_sid(buffer_text(&text), sid, error);
    buffer_free(&text);
    return status;
}

/* `old` and one allow entry more, before the first inherited one: explicit denies and allows stay where they are. */
static sbx_status add_entry(ACL *old, PSID sid, ACL **acl, struct sbx_error *error)
{
    sbx_status status;
    DWORD size = old->AclSize + (DWORD)sizeof(ACCESS_ALLOWED_ACE) + GetLengthSid(sid);
    DWORD room[(sizeof(ACCESS_ALLOWED_ACE) + SECURITY_MAX_SID_SIZE) / sizeof(DWORD) + 1];
    ACCESS_ALLOWED_ACE *ours = (ACCESS_ALLOWED_ACE *)room;
    bool added = false;
    ACL *made = size <= MAXWORD ? sbx_alloc(size) : NULL;

    if (!made)
        return error_memory(error, "an access control list");
    memset(room, 0, sizeof room);
    ours->Header.AceType = ACCESS_ALLOWED_ACE_TYPE;
    ours->Header.AceSize = (WORD)(FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) + GetLengthSid(sid));
    ours->Mask = NOBODY_MASK;
    CopySid(SECURITY_MAX_SID_SIZE, &ours->SidStart, sid);

    if (!InitializeAcl(made, size, old->AclRevision))
        goto fail;
    for (DWORD i = 0; i < old->AceCount; i++) {
        ACE_HEADER *entry;

        if (!GetAce(old, i, (void **)&entry))
            goto fail;
        if (!added && entry->AceFlags & INHERITED_ACE) {
            if (!AddAce(made, old->AclRevision, MAXDWORD, ours, ours->Header.AceSize))
                goto fail;
            added = true;
        }
        if (!AddAce(made, old->AclRevision, MAXDWORD, entry, entry->AceSize))
            goto fail;
    }
    if (!added && !AddAce(made, old->AclRevision, MAXDWORD, ours, ours->Header.AceSize))
        goto fail;
    *acl = made;
    return SBX_OK;

fail:
    status = native_error(error, "AddAce");
    sbx_free(made);
    return status;
}

static WORD control_of(PSECURITY_DESCRIPTOR descriptor)
{
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision;

    GetSecurityDescriptorControl(descriptor, &control, &revision);
    return control;
}

/* The kernel keeps SE_DACL_AUTO_INHERITED only where the request bit comes with it, so both are echoed. */
static sbx_status set_list(HANDLE file, ACL *acl, WORD control, struct sbx_error *error)
{
    set_security_object set = (set_security_object)native_call(L"ntdll.dll", "NtSetSecurityObject");
    SECURITY_DESCRIPTOR descriptor;
    WORD echo = control & SE_DACL_PROTECTED;
    LONG result;

    if (!set)
        return native_error(error, "ntdll.dll");
    if (control & SE_DACL_AUTO_INHERITED)
        echo |= INHERITED_BITS;
    if (!InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) ||
        !SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE) ||
        !SetSecurityDescriptorControl(&descriptor, INHERITED_BITS | SE_DACL_PROTECTED, echo))
        return native_error(error, "SetSecurityDescriptorDacl");
    result = set(file, DACL_SECURITY_INFORMATION, &descriptor);
    if (result < 0)
        return error_system(error, "NtSetSecurityObject", (uint32_t)result);
    return SBX_OK;
}

static sbx_status try_file(HANDLE file, PSID sid, bool *kept, struct sbx_error *error)
{
    const WORD kept_bits = SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED;
    sbx_status status;
    void *before;
    void *after;
    ACL *old;
    ACL *wanted = NULL;
    ACL *found;

    status = security_object_acl(file, &before, &old, error);
    if (status)
        return status;
    if (!old) { /* a file system without lists says that everything is allowed */
        *kept = false;
        goto free_before;
    }
    status = add_entry(old, sid, &wanted, error);
    if (status)
        goto free_before;

    /* A host that refuses to set it keeps it as little as one that lies. */
    if (set_list(file, wanted, control_of(before), NULL)) {
        *kept = false;
        goto free_wanted;
    }
    status = security_object_acl(file, &after, &found, error);
    if (status)
        goto free_wanted;
    *kept = security_acl_equal(wanted, found) &&
            (control_of(before) & kept_bits) == (control_of(after) & kept_bits);
    sbx_free(after);

free_wanted:
    sbx_free(wanted);
free_before:
    sbx_free(before);
    return status;
}

static sbx_status create_scratch(const char *folder, HANDLE *file, struct sbx_error *error)
{
    sbx_status status;
    char name[2 * 16 + 1];
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    WCHAR *wide;
    HANDLE made;

    status = random_hex(name, 16, error);
    if (status)
        return status;
    buffer_append_format(&path, "%s\\sbx-%s.tmp", folder, name);
    status =
        buffer_failed(&path) ? error_memory(error, "a path") : native_path(buffer_text(&path), &wide, error);
    if (status)
        goto free_path;

    /* DELETE_ON_CLOSE: nothing is left even if we die in between. */
    made = CreateFileW(wide, READ_CONTROL | WRITE_DAC | DELETE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, CREATE_NEW,
                       FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (made == INVALID_HANDLE_VALUE)
        status = native_path_error(error, "CreateFile", GetLastError(), buffer_text(&path));
    else
        *file = made;
    sbx_free(wide);

free_path:
    buffer_free(&path);
    return status;
}

sbx_status acl_host_keeps_entries(const char *folder, bool *kept, struct sbx_error *error)
{
    sbx_status status;
    HANDLE file = NULL;
    PSID sid;

    status = make_nobody(&sid, error);
    if (status)
        return status;
    status = create_scratch(folder, &file, error);
    if (!status) {
        status = try_file(file, sid, kept, error);
        CloseHandle(file);
    }
    sbx_free(sid);
    return status;
}
