/*
 * attempt.c - acts on files, processes, named objects, the clipboard.
 */
#include "os/attempt.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/security.h"

#include <tlhelp32.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define PIPE_SIZE 4096

uint32_t attempt_file(const char *path, uint32_t access)
{
    WCHAR *wide;
    HANDLE file;
    uint32_t system = ERROR_SUCCESS;

    if (native_path(path, &wide, NULL))
        return ERROR_NOT_ENOUGH_MEMORY;
    file = CreateFileW(wide, access, SHARE_ALL, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (file == INVALID_HANDLE_VALUE)
        system = GetLastError();
    else
        CloseHandle(file);
    sbx_free(wide);
    return system;
}

/* Of several answers the one that counts: any success, else the first that is no lack of access. */
static void take_answer(HANDLE opened, uint32_t *system)
{
    uint32_t answer = opened ? ERROR_SUCCESS : GetLastError();

    if (opened)
        CloseHandle(opened);
    if (*system && (!answer || *system == ERROR_ACCESS_DENIED))
        *system = answer;
}

uint32_t attempt_process(uint32_t id)
{
    static const DWORD rights[] = {
        PROCESS_TERMINATE,
        PROCESS_VM_READ,
        PROCESS_VM_WRITE,
        PROCESS_VM_OPERATION,
        PROCESS_CREATE_THREAD,
        PROCESS_DUP_HANDLE,
        PROCESS_CREATE_PROCESS,
        PROCESS_SET_INFORMATION,
        PROCESS_SET_QUOTA,
        WRITE_DAC,
        WRITE_OWNER,
        PROCESS_SUSPEND_RESUME,
    };
    uint32_t system = ERROR_ACCESS_DENIED;

    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++)
        take_answer(OpenProcess(rights[i], FALSE, id), &system);
    return system;
}

static void attempt_thread(DWORD id, uint32_t *system)
{
    static const DWORD rights[] = {
        THREAD_TERMINATE,   THREAD_SUSPEND_RESUME,       THREAD_GET_CONTEXT,
        THREAD_SET_CONTEXT, THREAD_SET_INFORMATION,      THREAD_SET_THREAD_TOKEN,
        THREAD_IMPERSONATE, THREAD_DIRECT_IMPERSONATION, WRITE_DAC,
        WRITE_OWNER,
    };

    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++)
        take_answer(OpenThread(rights[i], FALSE, id), system);
}

uint32_t attempt_threads(uint32_t process_id)
{
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    uint32_t system = ERROR_ACCESS_DENIED;
    bool any = false;

    if (snapshot == INVALID_HANDLE_VALUE)
        return GetLastError();
    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry)) {
        if (entry.th32OwnerProcessID != process_id)
            continue;
        any = true;
        attempt_thread(entry.th32ThreadID, &system);
    }
    CloseHandle(snapshot);
    return any ? system : ERROR_NOT_FOUND;
}

uint32_t attempt_event(const char *name)
{
    WCHAR *wide;
    HANDLE event;
    uint32_t system = ERROR_SUCCESS;

    if (native_wide(name, &wide, NULL))
        return ERROR_NOT_ENOUGH_MEMORY;
    event = OpenEventW(EVENT_MODIFY_STATE, FALSE, wide);
    if (!event)
        system = GetLastError();
    else
        CloseHandle(event);
    sbx_free(wide);
    return system;
}

static HANDLE serve_pipe(const char *name)
{
    WCHAR *wide;
    HANDLE pipe;
    DWORD system;

    if (native_wide(name, &wide, NULL)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    pipe = CreateNamedPipeW(wide, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, PIPE_SIZE, PIPE_SIZE, 0, NULL);
    system = GetLastError();
    sbx_free(wide);
    SetLastError(system);
    return pipe;
}

uint32_t attempt_pipe(const char *name)
{
    HANDLE pipe = serve_pipe(name);

    if (pipe == INVALID_HANDLE_VALUE)
        return GetLastError();
    CloseHandle(pipe);
    return ERROR_SUCCESS;
}

uint32_t attempt_clipboard(void)
{
    typedef BOOL(WINAPI * open_clipboard)(HWND);
    typedef BOOL(WINAPI * close_clipboard)(void);
    open_clipboard open = (open_clipboard)native_call(L"user32.dll", "OpenClipboard");
    close_clipboard close = (close_clipboard)native_call(L"user32.dll", "CloseClipboard");

    if (!open || !close)
        return ERROR_NOT_FOUND;
    if (!open(NULL))
        return GetLastError();
    close();
    return ERROR_SUCCESS;
}

uint32_t attempt_memory(size_t size)
{
    void *memory = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

    if (!memory)
        return GetLastError();
    VirtualFree(memory, 0, MEM_RELEASE);
    return ERROR_SUCCESS;
}

uint32_t attempt_variable(const char *name)
{
    WCHAR *wide;
    DWORD size;
    uint32_t system = ERROR_SUCCESS;

    if (native_wide(name, &wide, NULL))
        return ERROR_NOT_ENOUGH_MEMORY;
    SetLastError(ERROR_SUCCESS);
    size = GetEnvironmentVariableW(wide, NULL, 0);
    if (!size)
        system = GetLastError(); /* none for a variable without a value */
    sbx_free(wide);
    return system;
}

struct attempt_target {
    HANDLE handle;
};

static sbx_status keep_target(HANDLE handle, const char *call, struct attempt_target **target,
                              struct sbx_error *error)
{
    struct attempt_target *made;

    if (!handle || handle == INVALID_HANDLE_VALUE)
        return native_error(error, call);
    made = sbx_alloc(sizeof *made);
    if (!made) {
        CloseHandle(handle);
        return error_memory(error, "a probe's target");
    }
    made->handle = handle;
    *target = made;
    return SBX_OK;
}

sbx_status attempt_target_event(const char *name, struct attempt_target **target, struct sbx_error *error)
{
    WCHAR *wide;
    HANDLE event;
    sbx_status status = native_wide(name, &wide, error);

    if (status)
        return status;
    event = CreateEventW(NULL, TRUE, FALSE, wide);
    sbx_free(wide);
    return keep_target(event, "CreateEvent", target, error);
}

sbx_status attempt_target_pipe(const char *name, struct attempt_target **target, struct sbx_error *error)
{
    return keep_target(serve_pipe(name), "CreateNamedPipe", target, error);
}

static sbx_status make_job_list(const struct sbx_strings *sids, ACL **acl, struct sbx_error *error)
{
    struct security_entry *entries = sbx_alloc_array(sids->count, sizeof *entries);
    sbx_status status = entries ? SBX_OK : error_memory(error, "a probe's target");
    size_t count = 0;

    while (!status && count < sids->count) {
        status = security_sid(sids->items[count], &entries[count].sid, error);
        if (!status)
            entries[count++].mask = JOB_OBJECT_ASSIGN_PROCESS;
    }
    if (!status)
        status = security_acl(entries, count, acl, error);
    while (count)
        sbx_free(entries[--count].sid);
    sbx_free(entries);
    return status;
}

/* By the one handle that is ours: nobody may open it for more than to put something in. */
static HANDLE make_job(const WCHAR *name, ACL *acl)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {.BasicLimitInformation.LimitFlags =
                                                       JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = {sizeof security, &descriptor, FALSE};
    HANDLE job;
    DWORD system;

    if (security_descriptor(acl, &descriptor, NULL))
        return NULL;
    job = CreateJobObjectW(&security, name);
    if (!job || SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        return job;
    system = GetLastError();
    CloseHandle(job);
    SetLastError(system);
    return NULL;
}

sbx_status attempt_target_job(const char *name, const struct sbx_strings *sids,
                              struct attempt_target **target, struct sbx_error *error)
{
    WCHAR *wide;
    ACL *acl = NULL;
    sbx_status status = native_wide(name, &wide, error);

    if (status)
        return status;
    status = make_job_list(sids, &acl, error);
    if (!status)
        status = keep_target(make_job(wide, acl), "CreateJobObject", target, error);
    sbx_free(acl);
    sbx_free(wide);
    return status;
}

void attempt_target_close(struct attempt_target *target)
{
    if (!target)
        return;
    CloseHandle(target->handle);
    sbx_free(target);
}
