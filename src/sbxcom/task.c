/*
 * task.c - a worker, and the wait for it.
 */
#include "sbxcom/task.h"
#include "sbxcom/module.h"
#include "sbxcom/wait.h"

void task_wait(HANDLE event, HANDLE stop)
{
    for (;;) {
        sbx_handle handle = event;
        size_t index;
        sbx_status status = wait_for(&handle, 1, WAIT_FOREVER, &index, NULL);

        if (!status)
            return;
        if (status == SBX_E_CANCELLED && stop)
            SetEvent(stop);
        else if (status != SBX_E_CANCELLED)
            break;
    }

    /* No memory for a proper wait: what the other thread uses is ours, so there is no leaving before it has ended. */
    WaitForSingleObject(event, INFINITE);
}

sbx_status task_run(void (*run)(void *context), void *context, HANDLE stop, struct sbx_error *error)
{
    HANDLE thread;
    sbx_status status = module_start_worker(run, context, &thread, error);

    if (status)
        return status;
    task_wait(thread, stop);
    CloseHandle(thread);
    return SBX_OK;
}
