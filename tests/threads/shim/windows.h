/*
 * windows.h - as much of Windows as src/os/crew.c uses, over POSIX threads, so that ThreadSanitizer sees the very file that Windows runs.
 */
#ifndef TESTS_THREADS_WINDOWS_H
#define TESTS_THREADS_WINDOWS_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

typedef int BOOL;
typedef uint32_t DWORD;
typedef uintptr_t DWORD_PTR;
typedef wchar_t WCHAR;
typedef void *HANDLE;
typedef pthread_mutex_t SRWLOCK;
typedef pthread_cond_t CONDITION_VARIABLE;

#define WINAPI
#define CONST                   const
#define TRUE                    1
#define INFINITE                0xFFFFFFFFu
#define TOKEN_QUERY             8
#define ERROR_NO_TOKEN          1008
#define SRWLOCK_INIT            PTHREAD_MUTEX_INITIALIZER
#define CONDITION_VARIABLE_INIT PTHREAD_COND_INITIALIZER

static inline void AcquireSRWLockExclusive(SRWLOCK *lock)
{
    if (pthread_mutex_lock(lock))
        abort();
}

static inline void ReleaseSRWLockExclusive(SRWLOCK *lock)
{
    if (pthread_mutex_unlock(lock))
        abort();
}

static inline void AcquireSRWLockShared(SRWLOCK *lock)
{
    AcquireSRWLockExclusive(lock);
}

static inline void ReleaseSRWLockShared(SRWLOCK *lock)
{
    ReleaseSRWLockExclusive(lock);
}

static inline void SleepConditionVariableSRW(CONDITION_VARIABLE *condition, SRWLOCK *lock, DWORD ms,
                                             DWORD flags)
{
    (void)ms, (void)flags;
    if (pthread_cond_wait(condition, lock))
        abort();
}

static inline void WakeAllConditionVariable(CONDITION_VARIABLE *condition)
{
    pthread_cond_broadcast(condition);
}

struct shim_start {
    DWORD (*run)(void *context);
    void *context;
};

static inline void *shim_run(void *start)
{
    struct shim_start given = *(struct shim_start *)start;

    free(start);
    given.run(given.context);
    return NULL;
}

/* How many more threads can be started; the tests' to choose. */
extern unsigned shim_threads_left;

static inline HANDLE CreateThread(void *security, size_t stack, DWORD (*run)(void *context), void *context,
                                  DWORD flags, DWORD *id)
{
    struct shim_start *start;
    pthread_t *thread;

    (void)security, (void)stack, (void)flags, (void)id;
    if (!shim_threads_left)
        return NULL;
    shim_threads_left--;
    start = malloc(sizeof *start);
    thread = malloc(sizeof *thread);
    if (!start || !thread)
        abort();
    *start = (struct shim_start){run, context};
    if (pthread_create(thread, NULL, shim_run, start))
        abort();
    return thread;
}

static inline DWORD WaitForSingleObject(HANDLE thread, DWORD ms)
{
    (void)ms;
    return (DWORD)pthread_join(*(pthread_t *)thread, NULL);
}

static inline BOOL CloseHandle(HANDLE thread)
{
    free(thread);
    return TRUE;
}

static inline HANDLE GetCurrentThread(void)
{
    return NULL;
}

static inline HANDLE GetCurrentProcess(void)
{
    return NULL;
}

static inline BOOL OpenThreadToken(HANDLE thread, DWORD access, BOOL as_self, HANDLE *token)
{
    (void)thread, (void)access, (void)as_self, (void)token;
    return 0;
}

static inline DWORD GetLastError(void)
{
    return ERROR_NO_TOKEN;
}

/* Four processors. */
static inline BOOL GetProcessAffinityMask(HANDLE process, DWORD_PTR *ours, DWORD_PTR *all)
{
    (void)process;
    *ours = *all = 0xF;
    return TRUE;
}

#endif
