/*
 * wait.c - waiting with COM's message loop where there is one, ended by Ctrl-C.
 */
#include "sbxcom/wait.h"
#include "sbxcom/com.h"

#include <stdint.h>

/* Windows 8; the headers hide it from Windows 7 programs. */
#define DISPATCH_CALLS 8 /* COWAIT_DISPATCH_CALLS */

/* ---- Ctrl-C -------------------------------------------------------------------------------------------------------- */

struct waiter {
    struct waiter *next;
    HANDLE interrupt;
};

/*
 * Two locks, because the system calls interrupt_waiters under a lock of its own, the one that SetConsoleCtrlHandler
 * takes, too: `installing` is held while the handler is put in or taken out and never by the handler,
 * `listing` is held for the list alone.
 */
static SRWLOCK installing = SRWLOCK_INIT;
static SRWLOCK listing = SRWLOCK_INIT;
static unsigned installations;
static struct waiter *waiters;

static BOOL WINAPI interrupt_waiters(DWORD event)
{
    struct waiter *waiter;

    if (event == CTRL_C_EVENT) {
        AcquireSRWLockExclusive(&listing);
        for (waiter = waiters; waiter; waiter = waiter->next)
            SetEvent(waiter->interrupt);
        ReleaseSRWLockExclusive(&listing);
    }
    return FALSE; /* not ours alone: whoever listened before is asked, too */
}

static bool waiter_enter(struct waiter *waiter)
{
    waiter->interrupt = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!waiter->interrupt)
        return false;

    AcquireSRWLockExclusive(&listing);
    waiter->next = waiters;
    waiters = waiter;
    ReleaseSRWLockExclusive(&listing);

    /* Without a console this does nothing, and nothing is lost when it fails. */
    AcquireSRWLockExclusive(&installing);
    if (installations++ == 0)
        SetConsoleCtrlHandler(interrupt_waiters, TRUE);
    ReleaseSRWLockExclusive(&installing);
    return true;
}

static void waiter_leave(struct waiter *waiter)
{
    struct waiter **link;

    /* Taking the handler out waits until it has returned: after this no thread is in our code on account of it. */
    AcquireSRWLockExclusive(&installing);
    if (--installations == 0)
        SetConsoleCtrlHandler(interrupt_waiters, FALSE);
    ReleaseSRWLockExclusive(&installing);

    AcquireSRWLockExclusive(&listing);
    for (link = &waiters; *link != waiter; link = &(*link)->next)
        ;
    *link = waiter->next;
    ReleaseSRWLockExclusive(&listing);
    CloseHandle(waiter->interrupt);
}

/* ---- waiting ------------------------------------------------------------------------------------------------------- */

static bool in_single_threaded_apartment(void)
{
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;

    if (FAILED(CoGetApartmentType(&type, &qualifier)))
        return false;
    return type == APTTYPE_STA || type == APTTYPE_MAINSTA ||
           (type == APTTYPE_NA &&
            (qualifier == APTTYPEQUALIFIER_NA_ON_STA || qualifier == APTTYPEQUALIFIER_NA_ON_MAINSTA));
}

/* Like WaitForMultipleObjects for any of them; WAIT_FAILED with the last error set. */
static DWORD wait_pumping(DWORD count, const HANDLE *handles, DWORD timeout_ms)
{
    DWORD index = 0;
    HRESULT result = CoWaitForMultipleHandles(DISPATCH_CALLS, timeout_ms, count, (HANDLE *)handles, &index);

    if (result == E_INVALIDARG) /* Windows 7 does not know the flag; there calls are dispatched without it */
        result = CoWaitForMultipleHandles(0, timeout_ms, count, (HANDLE *)handles, &index);
    if (result == RPC_S_CALLPENDING)
        return WAIT_TIMEOUT;
    if (FAILED(result)) {
        SetLastError((DWORD)result);
        return WAIT_FAILED;
    }
    return WAIT_OBJECT_0 + index;
}

static DWORD wait_plain(DWORD count, const HANDLE *handles, DWORD timeout_ms)
{
    return WaitForMultipleObjects(count, handles, FALSE, timeout_ms);
}

sbx_status wait_for(const sbx_handle *handles, size_t count, uint32_t timeout_ms, size_t *index,
                    struct sbx_error *error)
{
    HANDLE all[WAIT_MOST + 1];
    struct waiter waiter;
    DWORD woken, failure;

    if (count == 0 || count > WAIT_MOST)
        return error_set(error, SBX_E_ARGUMENT, "Between 1 and %d handles can be waited for.", WAIT_MOST);
    for (size_t i = 0; i < count; i++)
        all[i] = handles[i];

    /* Most waits end here: what was asked for is already there, or a poll. */
    woken = wait_plain((DWORD)count, all, 0);
    failure = GetLastError();
    if (woken == WAIT_TIMEOUT && timeout_ms > 0) {
        if (!waiter_enter(&waiter))
            return error_memory(error, "an event to wait for");
        all[count] = waiter.interrupt;
        if (in_single_threaded_apartment())
            woken = wait_pumping((DWORD)count + 1, all, timeout_ms);
        else
            woken = wait_plain((DWORD)count + 1, all, timeout_ms);
        failure = GetLastError();
        waiter_leave(&waiter);
    }

    if (woken < WAIT_OBJECT_0 + count) {
        *index = woken - WAIT_OBJECT_0;
        return SBX_OK;
    }
    if (woken == WAIT_OBJECT_0 + count)
        return error_set(error, SBX_E_CANCELLED, "Ctrl-C was pressed while the call waited.");
    if (woken == WAIT_TIMEOUT)
        return SBX_E_TIMEOUT;
    return error_system(error, "Waiting", failure);
}
