/*
 * pipe.c - pipes, and the loop over a completion port.
 */
#include "os/pipe.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/random.h"
#include "os/security.h"

#include <string.h>

#define NAME_PREFIX      "\\\\.\\pipe\\sbx-"
#define NAME_RANDOM_SIZE 16
#define PART_SIZE        0x40000000u /* one call takes a 32-bit size */

static sbx_status make_name(WCHAR **name, struct sbx_error *error)
{
    char text[sizeof NAME_PREFIX + 2 * NAME_RANDOM_SIZE] = NAME_PREFIX;
    sbx_status status = random_hex(text + sizeof NAME_PREFIX - 1, NAME_RANDOM_SIZE, error);

    return status ? status : native_wide(text, name, error);
}

/* A list that lets in nobody but the calling process's user: the system's default also lets Everyone read. */
static sbx_status make_user_acl(ACL **acl, struct sbx_error *error)
{
    sbx_status status;
    HANDLE token;
    TOKEN_USER *user;
    struct security_entry entry;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return native_error(error, "OpenProcessToken");
    status = security_token_query(token, TokenUser, (void **)&user, error);
    CloseHandle(token);
    if (status)
        return status;

    entry.sid = user->User.Sid;
    entry.mask = FILE_ALL_ACCESS;
    status = security_acl(&entry, 1, acl, error);
    sbx_free(user);
    return status;
}

sbx_status pipe_create(enum pipe_direction direction, size_t size, sbx_handle *ours, sbx_handle *theirs,
                       struct sbx_error *error)
{
    sbx_status status;
    bool reading = direction == PIPE_READ_BY_US;
    DWORD buffer_size = size < PART_SIZE ? (DWORD)size : PART_SIZE;
    WCHAR *name;
    ACL *acl;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    HANDLE server;
    HANDLE client;

    status = make_name(&name, error);
    if (status)
        return status;
    status = make_user_acl(&acl, error);
    if (status)
        goto free_name;
    status = security_descriptor(acl, &descriptor, error);
    if (status)
        goto free_acl;

    server = CreateNamedPipeW(name,
                              (reading ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND) | FILE_FLAG_OVERLAPPED |
                                  FILE_FLAG_FIRST_PIPE_INSTANCE,
                              PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1,
                              buffer_size, buffer_size, 0, &attributes);
    if (server == INVALID_HANDLE_VALUE) {
        status = native_error(error, "CreateNamedPipe");
        goto free_acl;
    }

    /*
     * The attribute right against the direction is what CreatePipe's ends have too: programs ask for the state of
     * their standard handles (GetNamedPipeHandleState) and set it. The open connects: no ConnectNamedPipe is needed.
     */
    client = CreateFileW(
        name, reading ? GENERIC_WRITE | FILE_READ_ATTRIBUTES : GENERIC_READ | FILE_WRITE_ATTRIBUTES, 0, NULL,
        OPEN_EXISTING, 0, NULL);
    if (client == INVALID_HANDLE_VALUE) {
        status = native_error(error, "CreateFile of a pipe");
        goto close_server;
    }

    *ours = server;
    *theirs = client;
    goto free_acl;

close_server:
    CloseHandle(server);
free_acl:
    sbx_free(acl);
free_name:
    sbx_free(name);
    return status;
}

sbx_status pipe_open_null(bool for_writing, sbx_handle *handle, struct sbx_error *error)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, TRUE};
    HANDLE opened = CreateFileW(L"\\\\.\\NUL", for_writing ? GENERIC_WRITE : GENERIC_READ,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes, OPEN_EXISTING, 0, NULL);

    if (opened == INVALID_HANDLE_VALUE)
        return native_error(error, "CreateFile of NUL");
    *handle = opened;
    return SBX_OK;
}

/* The other end has gone, in one of the ways that the system puts it. */
static bool is_gone(DWORD system)
{
    return system == ERROR_BROKEN_PIPE || system == ERROR_HANDLE_EOF || system == ERROR_NO_DATA ||
           system == ERROR_PIPE_NOT_CONNECTED;
}

sbx_status pipe_read(sbx_handle pipe, void *bytes, size_t capacity, size_t *got, struct sbx_error *error)
{
    DWORD size = 0;

    /* A write of nothing at the other end of a pipe comes out as a read of nothing, which is not the end. */
    do {
        if (!ReadFile(pipe, bytes, capacity < PART_SIZE ? (DWORD)capacity : PART_SIZE, &size, NULL)) {
            if (!is_gone(GetLastError()))
                return native_error(error, "ReadFile");
            size = 0;
            break;
        }
    } while (!size && capacity && GetFileType(pipe) == FILE_TYPE_PIPE);

    *got = size;
    return SBX_OK;
}

sbx_status pipe_write(sbx_handle pipe, const void *bytes, size_t size, struct sbx_error *error)
{
    const uint8_t *at = bytes;

    while (size) {
        DWORD written = 0;

        if (!WriteFile(pipe, at, size < PART_SIZE ? (DWORD)size : PART_SIZE, &written, NULL)) {
            DWORD system = GetLastError();

            if (is_gone(system))
                return native_error_as(error, SBX_E_CLOSED, "WriteFile", system,
                                       "Nobody reads the pipe any more.");
            return error_system(error, "WriteFile", system);
        }
        at += written;
        size -= written;
    }
    return SBX_OK;
}

/* Waits for a started operation, and gives it up when the time is over: its memory is the caller's stack. */
static sbx_status finish(HANDLE pipe, OVERLAPPED *overlapped, BOOL done, const char *call, int32_t timeout_ms,
                         DWORD *moved, struct sbx_error *error)
{
    bool late = false;
    DWORD system;

    if (!done && GetLastError() == ERROR_IO_PENDING) {
        if (WaitForSingleObject(overlapped->hEvent, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms) !=
            WAIT_OBJECT_0) {
            late = true;
            CancelIoEx(pipe, overlapped);
        }
        done = GetOverlappedResult(pipe, overlapped, moved, TRUE);
    } else if (done) {
        done = GetOverlappedResult(pipe, overlapped, moved, FALSE);
    }
    if (done)
        return SBX_OK;
    system = GetLastError();
    if (late && system == ERROR_OPERATION_ABORTED)
        return SBX_E_TIMEOUT;
    if (is_gone(system))
        return native_error_as(error, SBX_E_CLOSED, call, system, "The other end of the pipe is closed.");
    return error_system(error, call, system);
}

sbx_status pipe_read_within(sbx_handle pipe, void *bytes, size_t capacity, int32_t timeout_ms, size_t *got,
                            struct sbx_error *error)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD moved = 0;
    sbx_status status;

    if (!overlapped.hEvent)
        return native_error(error, "CreateEvent");
    status =
        finish(pipe, &overlapped,
               ReadFile(pipe, bytes, capacity < PART_SIZE ? (DWORD)capacity : PART_SIZE, NULL, &overlapped),
               "ReadFile", timeout_ms, &moved, NULL);
    CloseHandle(overlapped.hEvent);
    if (status == SBX_E_CLOSED)
        status = SBX_OK; /* the end of the file */
    else if (status && status != SBX_E_TIMEOUT)
        return error_set(error, status, "Reading a pipe failed.");
    if (!status)
        *got = moved;
    return status;
}

sbx_status pipe_write_within(sbx_handle pipe, const void *bytes, size_t size, int32_t timeout_ms,
                             struct sbx_error *error)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD moved = 0;
    sbx_status status;

    if (!overlapped.hEvent)
        return native_error(error, "CreateEvent");
    if (size > PART_SIZE)
        status = error_set(error, SBX_E_LIMIT, "%zu bytes are too many for one write to a pipe.", size);
    else
        status = finish(pipe, &overlapped, WriteFile(pipe, bytes, (DWORD)size, NULL, &overlapped),
                        "WriteFile", timeout_ms, &moved, error);
    if (!status && moved != size)
        status = error_set(error, SBX_E_SYSTEM, "A pipe took a part of what was written.");
    CloseHandle(overlapped.hEvent);
    return status;
}

struct loop {
    HANDLE port;
};

_Static_assert(sizeof(OVERLAPPED) <= sizeof(((struct loop_operation *)0)->overlapped),
               "an OVERLAPPED must fit");

static OVERLAPPED *overlapped_of(struct loop_operation *operation)
{
    return (OVERLAPPED *)operation->overlapped;
}

sbx_status loop_create(struct loop **loop, struct sbx_error *error)
{
    sbx_status status;
    struct loop *made = sbx_alloc(sizeof *made);

    if (!made)
        return error_memory(error, "a loop");
    made->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (!made->port) {
        status = native_error(error, "CreateIoCompletionPort");
        sbx_free(made);
        return status;
    }
    *loop = made;
    return SBX_OK;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    CloseHandle(loop->port);
    sbx_free(loop);
}

sbx_status loop_attach(struct loop *loop, sbx_handle pipe, struct sbx_error *error)
{
    if (!CreateIoCompletionPort(pipe, loop->port, 0, 0))
        return native_error(error, "CreateIoCompletionPort");
    return SBX_OK;
}

/*
 * What a started call says. Without FILE_SKIP_COMPLETION_PORT_ON_SUCCESS a call that is done at once posts its packet
 * as one that takes time does; a call that fails at once posts none.
 */
static sbx_status started(BOOL done, const char *call, struct sbx_error *error)
{
    DWORD system = done ? ERROR_IO_PENDING : GetLastError();

    if (system == ERROR_IO_PENDING)
        return SBX_OK;
    if (is_gone(system))
        return native_error_as(error, SBX_E_CLOSED, call, system, "The other end of the pipe is closed.");
    return error_system(error, call, system);
}

sbx_status loop_read(sbx_handle pipe, void *bytes, size_t capacity, struct loop_operation *operation,
                     struct sbx_error *error)
{
    memset(operation->overlapped, 0, sizeof operation->overlapped);
    return started(ReadFile(pipe, bytes, capacity < PART_SIZE ? (DWORD)capacity : PART_SIZE, NULL,
                            overlapped_of(operation)),
                   "ReadFile", error);
}

sbx_status loop_write(sbx_handle pipe, const void *bytes, size_t size, struct loop_operation *operation,
                      struct sbx_error *error)
{
    memset(operation->overlapped, 0, sizeof operation->overlapped);
    return started(
        WriteFile(pipe, bytes, size < PART_SIZE ? (DWORD)size : PART_SIZE, NULL, overlapped_of(operation)),
        "WriteFile", error);
}

void loop_cancel(sbx_handle pipe)
{
    CancelIoEx(pipe, NULL);
}

sbx_status loop_post(struct loop *loop, struct loop_operation *operation, struct sbx_error *error)
{
    memset(operation->overlapped, 0, sizeof operation->overlapped);
    if (!PostQueuedCompletionStatus(loop->port, 0, 0, overlapped_of(operation)))
        return native_error(error, "PostQueuedCompletionStatus");
    return SBX_OK;
}

sbx_status loop_wait(struct loop *loop, int32_t timeout_ms, struct loop_event *event, struct sbx_error *error)
{
    DWORD size = 0;
    ULONG_PTR key;
    OVERLAPPED *overlapped = NULL;
    BOOL done = GetQueuedCompletionStatus(loop->port, &size, &key, &overlapped,
                                          timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms);

    if (!overlapped) {
        if (GetLastError() == WAIT_TIMEOUT)
            return SBX_E_TIMEOUT;
        return native_error(error, "GetQueuedCompletionStatus");
    }

    /* A failed operation has come to its end, whatever the reason: its event must come out, or its memory never does. */
    event->operation = CONTAINING_RECORD(overlapped, struct loop_operation, overlapped);
    event->size = done ? size : 0;
    event->ended = !done;
    return SBX_OK;
}
