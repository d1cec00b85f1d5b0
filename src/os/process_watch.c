/*
 * process_watch.c - being told when a process has ended, on a thread of the system's pool.
 */
#include "os/process.h"
#include "base/memory.h"
#include "os/native.h"

struct process_watch {
    HANDLE process; /* a copy: the caller may close its own while the pool waits */
    HANDLE wait;
    process_watch_done done;
    void *context;
};

static VOID CALLBACK call_done(PVOID parameter, BOOLEAN timed_out)
{
    const struct process_watch *watch = parameter;

    watch->done(watch->context, timed_out);
}

sbx_status process_watch(sbx_handle process, int32_t timeout_ms, process_watch_done done, void *context,
                         struct process_watch **watch, struct sbx_error *error)
{
    sbx_status status;
    struct process_watch *made = sbx_alloc(sizeof *made);

    if (!made)
        return error_memory(error, "a watch");
    made->done = done;
    made->context = context;

    if (!DuplicateHandle(GetCurrentProcess(), process, GetCurrentProcess(), &made->process, SYNCHRONIZE,
                         FALSE, 0)) {
        status = native_error(error, "DuplicateHandle");
        goto free_watch;
    }
    if (!RegisterWaitForSingleObject(&made->wait, made->process, call_done, made,
                                     timeout_ms < 0 ? INFINITE : (ULONG)timeout_ms, WT_EXECUTEONLYONCE)) {
        status = native_error(error, "RegisterWaitForSingleObject");
        goto close_process;
    }

    *watch = made;
    return SBX_OK;

close_process:
    CloseHandle(made->process);
free_watch:
    sbx_free(made);
    return status;
}

void process_unwatch(struct process_watch *watch)
{
    if (!watch)
        return;

    /* INVALID_HANDLE_VALUE waits for a running call. If that fails the call may still come: its memory stays then. */
    if (!UnregisterWaitEx(watch->wait, INVALID_HANDLE_VALUE))
        return;
    CloseHandle(watch->process);
    sbx_free(watch);
}
