/*
 * acl_host.c - does this host keep access control lists of files?
 */
#include "os/acl.h"
#include "base/memory.h"
#include "os/acl_native.h"
#include "os/random.h"
#include "os/security.h"

#include <string.h>

#define NOBODY_MASK (FILE_GENERIC_READ | DELETE)

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

/* A self-relative descriptor with nothing but that list. Freed with buffer_free. */
static sbx_status make_descriptor(const ACL *acl, WORD control, struct sbx_buffer *descriptor,
                                  struct sbx_error *error)
{
    SECURITY_DESCRIPTOR_RELATIVE head;

    memset(&head, 0, sizeof head);
    head.Revision = SECURITY_DESCRIPTOR_REVISION;
    head.Control = control | SE_SELF_RELATIVE | SE_DACL_PRESENT;
    head.Dacl = sizeof head;
    buffer_append(descriptor, &head, sizeof head);
    buffer_append(descriptor, acl, acl->AclSize);
    return buffer_failed(descriptor) ? error_memory(error, "a security descriptor") : SBX_OK;
}

static sbx_status try_file(struct acl_object *file, PSID sid, bool *kept, struct sbx_error *error)
{
    sbx_status status;
    struct sbx_buffer before = SBX_BUFFER_EMPTY;
    struct sbx_buffer wanted = SBX_BUFFER_EMPTY;
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision;
    BOOL present = FALSE;
    BOOL defaulted;
    ACL *old = NULL;
    ACL *acl = NULL;

    status = acl_read(file, &before, error);
    if (status)
        return status;
    if (!GetSecurityDescriptorControl(before.data, &control, &revision) ||
        !GetSecurityDescriptorDacl(before.data, &present, &old, &defaulted)) {
        status = native_error(error, "GetSecurityDescriptorDacl");
        goto free_before;
    }
    if (!present || !old) { /* a file system without lists says that everything is allowed */
        *kept = false;
        goto free_before;
    }
    status = add_entry(old, sid, &acl, error);
    if (status)
        goto free_before;
    status = make_descriptor(acl, control, &wanted, error);
    if (status)
        goto free_wanted;

    /* A host that refuses to set it keeps it as little as one that lies. */
    status = acl_write(file, wanted.data, wanted.size, NULL);
    if (status == SBX_E_MEMORY) {
        error_memory(error, "an access control list");
        goto free_wanted;
    }
    *kept = status == SBX_OK;
    status = SBX_OK;

free_wanted:
    buffer_free(&wanted);
    sbx_free(acl);
free_before:
    buffer_free(&before);
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
    struct acl_object file = {NULL, false};
    PSID sid;

    status = make_nobody(&sid, error);
    if (status)
        return status;
    status = create_scratch(folder, &file.handle, error);
    if (!status) {
        status = try_file(&file, sid, kept, error);
        CloseHandle(file.handle);
    }
    sbx_free(sid);
    return status;
}
