/*
 * lock.c - one elevated set-up at a time on this machine.
 */
#include "os/lock.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/security.h"

#include <string.h>
#include <wchar.h>

#define FILE_NAME L"\\sbxcom-setup.lock"
#define STEP_MS   50
#define REFUSALS  20 /* as many in a row are no deletion that goes on: this is no administrator */
#define ADMITTED  2

struct machine_lock {
    HANDLE file;
};

/* The system's own Windows folder: a terminal server gives GetWindowsDirectory a private one for each user. */
static sbx_status lock_path(WCHAR path[MAX_PATH], struct sbx_error *error)
{
    const UINT room = MAX_PATH - sizeof FILE_NAME / sizeof(WCHAR);
    UINT length = GetSystemWindowsDirectoryW(path, room);

    if (!length || length >= room)
        return native_error(error, "GetSystemWindowsDirectory");
    memcpy(path + length, FILE_NAME, sizeof FILE_NAME);
    return SBX_OK;
}

/*
 * The descriptor counts when the file is made; one that is there was made by an administrator. Whoever closes it deletes it, and while
 * that goes on an open is refused with 5 (STATUS_DELETE_PENDING). After a power cut it may be there, held by nobody.
 */
static DWORD open_file(const WCHAR *path, SECURITY_ATTRIBUTES *security, HANDLE *file)
{
    *file = CreateFileW(path, GENERIC_READ | DELETE, 0, security, OPEN_ALWAYS,
                        FILE_FLAG_DELETE_ON_CLOSE | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    return *file == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
}

static sbx_status wait_for_file(const WCHAR *path, SECURITY_ATTRIBUTES *security, uint32_t timeout_ms,
                                HANDLE *file, struct sbx_error *error)
{
    const ULONGLONG begin = GetTickCount64();
    DWORD system = open_file(path, security, file);

    for (int refusals = 0; system; system = open_file(path, security, file)) {
        refusals = system == ERROR_ACCESS_DENIED ? refusals + 1 : 0;
        if (system != ERROR_SHARING_VIOLATION && (system != ERROR_ACCESS_DENIED || refusals == REFUSALS))
            return error_system(error, "CreateFile", system);
        if (GetTickCount64() - begin >= timeout_ms)
            break;
        Sleep(STEP_MS);
    }
    if (!system)
        return SBX_OK;
    return error_set(error, SBX_E_TIMEOUT,
                     "Another set-up is at work on this machine. Wait until it is done, then try again.");
}

static sbx_status take(uint32_t timeout_ms, const struct security_entry *entries, HANDLE *file,
                       struct sbx_error *error)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = {sizeof security, &descriptor, FALSE};
    WCHAR path[MAX_PATH];
    ACL *acl;
    sbx_status status = security_acl(entries, ADMITTED, &acl, error);

    if (status)
        return status;
    status = security_descriptor(acl, &descriptor, error);
    if (!status)
        status = lock_path(path, error);
    if (!status)
        status = wait_for_file(path, &security, timeout_ms, file, error);
    sbx_free(acl);
    return status;
}

sbx_status machine_lock_take(uint32_t timeout_ms, struct machine_lock **lock, struct sbx_error *error)
{
    static const char *const admitted[ADMITTED] = {"S-1-5-32-544", "S-1-5-18"};
    struct security_entry entries[ADMITTED] = {{NULL, FILE_ALL_ACCESS}, {NULL, FILE_ALL_ACCESS}};
    struct machine_lock *made = sbx_alloc(sizeof *made);
    sbx_status status = made ? SBX_OK : error_memory(error, "a lock");

    for (size_t i = 0; i < ADMITTED && !status; i++)
        status = security_sid(admitted[i], &entries[i].sid, error);
    if (!status)
        status = take(timeout_ms, entries, &made->file, error);
    for (size_t i = 0; i < ADMITTED; i++)
        sbx_free(entries[i].sid);
    if (status)
        sbx_free(made);
    else
        *lock = made;
    return status;
}

void machine_lock_release(struct machine_lock *lock)
{
    if (lock)
        CloseHandle(lock->file);
    sbx_free(lock);
}
