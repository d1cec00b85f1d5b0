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
    HANDLE interrupt; /* lent; set by Ctrl-C */
    bool pressed;
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
        for (waiter = waiters; waiter; waiter = waiter->next) {
            waiter->pressed = true;
            SetEvent(waiter->interrupt);
        }
        ReleaseSRWLockExclusive(&listing);
    }
    return FALSE; /* not ours alone: whoever listened before is asked, too */
}

static void waiter_enter(struct waiter *waiter, HANDLE interrupt)
{
    waiter->interrupt = interrupt;
    waiter->pressed = false;
    AcquireSRWLockExclusive(&listing);
    waiter->next = waiters;
    waiters = waiter;
    ReleaseSRWLockExclusive(&listing);

    /* Without a console this does nothing, and nothing is lost when it fails. */
    AcquireSRWLockExclusive(&installing);
    if (installations++ == 0)
        SetConsoleCtrlHandler(interrupt_waiters, TRUE);
    ReleaseSRWLockExclusive(&installing);
}

/* Was Ctrl-C pressed since waiter_enter? */
static bool waiter_leave(struct waiter *waiter)
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
    return waiter->pressed;
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

static DWORD wait_any(DWORD count, const HANDLE *handles, DWORD timeout_ms)
{
    return in_single_threaded_apartment() ? wait_pumping(count, handles, timeout_ms)
                                          : wait_plain(count, handles, timeout_ms);
}

static sbx_status say_interrupted(struct sbx_error *error)
{
    return error_set(error, SBX_E_CANCELLED, "Ctrl-C was pressed while the call waited.");
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
        all[count] = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!all[count])
            return error_memory(error, "an event to wait for");
        waiter_enter(&waiter, all[count]);
        woken = wait_any((DWORD)count + 1, all, timeout_ms);
        failure = GetLastError();
        waiter_leave(&waiter);
        CloseHandle(all[count]);
    }

    if (woken < WAIT_OBJECT_0 + count) {
        *index = woken - WAIT_OBJECT_0;
        return SBX_OK;
    }
    if (woken == WAIT_OBJECT_0 + count)
        return say_interrupted(error);
    if (woken == WAIT_TIMEOUT)
        return SBX_E_TIMEOUT;
    return error_system(error, "Waiting", failure);
}

sbx_status wait_for_own(sbx_handle own, sbx_handle other, uint32_t timeout_ms, bool *other_came,
                        struct sbx_error *error)
{
    const HANDLE handles[2] = {own, other};
    DWORD count = other ? 2 : 1, woken, failure;
    struct waiter waiter;
    bool pressed;

    waiter_enter(&waiter, own);
    woken = wait_any(count, handles, timeout_ms);
    failure = GetLastError();
    pressed = waiter_leave(&waiter);

    if (pressed)
        return say_interrupted(error);
    if (woken < WAIT_OBJECT_0 + count) {
        *other_came = woken == WAIT_OBJECT_0 + 1;
        return SBX_OK;
    }
    if (woken == WAIT_TIMEOUT)
        return SBX_E_TIMEOUT;
    return error_system(error, "Waiting", failure);
}
