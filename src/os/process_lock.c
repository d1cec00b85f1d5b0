/*
 * process_lock.c - processes and threads that nobody but SYSTEM and Administrators can open.
 *
 * The list is D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;RC;;;OW) and, where somebody is admitted, (A;;GA;;;SID). The owner of an
 * object has READ_CONTROL and WRITE_DAC whatever its list says, unless an OWNER RIGHTS entry (S-1-3-4) names
 * the owner's rights (documentation, "Security identifiers in Windows", S-1-3-4): a command that runs as the same
 * user would otherwise give itself all access in two calls.
 */
#include "os/process.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/security.h"

#include <string.h>
#include <tlhelp32.h>

#define ENTRY_COUNT 4

/* With `all` for everybody but the owner; each kind of object has its own set of rights, a default DACL generic ones. */
static sbx_status make_list(const char *admit_sid, DWORD all, ACL **acl, struct sbx_error *error)
{
    const char *const texts[ENTRY_COUNT] = {"S-1-5-18", "S-1-5-32-544", "S-1-3-4", admit_sid};
    const DWORD masks[ENTRY_COUNT] = {all, all, READ_CONTROL, all};
    struct security_entry entries[ENTRY_COUNT];
    sbx_status status = SBX_OK;
    size_t count = 0;

    while (!status && count < ENTRY_COUNT && texts[count]) {
        status = security_sid(texts[count], &entries[count].sid, error);
        if (!status) {
            entries[count].mask = masks[count];
            count++;
        }
    }
    if (!status)
        status = security_acl(entries, count, acl, error);
    while (count)
        sbx_free(entries[--count].sid);
    return status;
}

static sbx_status check_list(HANDLE object, const ACL *acl, const char *what, struct sbx_error *error)
{
    void *descriptor;
    ACL *found;
    sbx_status status = security_object_acl(object, &descriptor, &found, error);

    if (status)
        return status;
    if (!security_acl_equal(acl, found))
        status = error_set(error, SBX_E_NOT_ENFORCED,
                           "The access control list of %s does not read back as it was set.", what);
    sbx_free(descriptor);
    return status;
}

static sbx_status lock_object(HANDLE object, ACL *acl, const char *what, struct sbx_error *error)
{
    SECURITY_DESCRIPTOR descriptor;
    sbx_status status = security_descriptor(acl, &descriptor, error);

    if (status)
        return status;
    if (!SetKernelObjectSecurity(object, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                 &descriptor))
        return native_error(error, "SetKernelObjectSecurity");
    return check_list(object, acl, what, error);
}

sbx_status process_lock(const struct process *process, const char *admit_sid, struct sbx_error *error)
{
    sbx_status status;
    ACL *acl;

    status = make_list(admit_sid, PROCESS_ALL_ACCESS, &acl, error);
    if (status)
        return status;
    status = lock_object(process->handle, acl, "the process", error);
    sbx_free(acl);
    if (status || !process->thread)
        return status;

    status = make_list(admit_sid, THREAD_ALL_ACCESS, &acl, error);
    if (status)
        return status;
    status = lock_object(process->thread, acl, "the first thread", error);
    sbx_free(acl);
    return status;
}

static sbx_status lock_default(const char *admit_sid, struct sbx_error *error)
{
    sbx_status status;
    HANDLE token;
    ACL *acl;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_DEFAULT, &token))
        return native_error(error, "OpenProcessToken");
    status = make_list(admit_sid, GENERIC_ALL, &acl, error);
    if (!status) {
        status = security_default_acl(token, acl, error);
        sbx_free(acl);
    }
    CloseHandle(token);
    return status;
}

/* A thread that was locked before (by who started us, or as a new one by the default DACL) lets us read its list only. */
static sbx_status lock_thread(DWORD id, ACL *acl, struct sbx_error *error)
{
    sbx_status status;
    HANDLE thread = OpenThread(READ_CONTROL | WRITE_DAC, FALSE, id);

    if (thread)
        status = lock_object(thread, acl, "a thread", error);
    else {
        thread = OpenThread(READ_CONTROL, FALSE, id);
        if (!thread) /* 87: it has ended meanwhile */
            return GetLastError() == ERROR_INVALID_PARAMETER ? SBX_OK : native_error(error, "OpenThread");
        status = check_list(thread, acl, "a thread", error);
    }
    CloseHandle(thread);
    return status;
}

static sbx_status lock_threads(const char *admit_sid, struct sbx_error *error)
{
    sbx_status status;
    THREADENTRY32 entry = {sizeof entry, 0, 0, 0, 0, 0, 0};
    HANDLE snapshot;
    ACL *acl;

    status = make_list(admit_sid, THREAD_ALL_ACCESS, &acl, error);
    if (status)
        return status;

    status = lock_object(GetCurrentThread(), acl, "the calling thread", error);
    if (status)
        goto free_acl;

    snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (snapshot == INVALID_HANDLE_VALUE) {
        status = native_error(error, "CreateToolhelp32Snapshot");
        goto free_acl;
    }
    for (BOOL more = Thread32First(snapshot, &entry); more && !status;
         more = Thread32Next(snapshot, &entry)) {
        if (entry.th32OwnerProcessID == GetCurrentProcessId() && entry.th32ThreadID != GetCurrentThreadId())
            status = lock_thread(entry.th32ThreadID, acl, error);
    }
    CloseHandle(snapshot);

free_acl:
    sbx_free(acl);
    return status;
}

sbx_status process_lock_self(const char *admit_sid, struct sbx_error *error)
{
    const struct process self = {.handle = GetCurrentProcess(), .id = GetCurrentProcessId()};
    sbx_status status;

    /* The default DACL first: a thread that starts between here and the list of threads is locked from its beginning. */
    status = lock_default(admit_sid, error);
    if (!status)
        status = process_lock(&self, admit_sid, error);
    if (!status)
        status = lock_threads(admit_sid, error);
    return status;
}
