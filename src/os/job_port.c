/*
 * job_port.c - what the system tells of jobs.
 */
#include "os/job.h"
#include "base/memory.h"
#include "os/native.h"

#include <string.h>

struct job_port {
    HANDLE port;
};

sbx_status job_port_create(struct job_port **port, struct sbx_error *error)
{
    sbx_status status;
    struct job_port *made = sbx_alloc(sizeof *made);

    if (!made)
        return error_memory(error, "a port for jobs");
    made->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (!made->port) {
        status = native_error(error, "CreateIoCompletionPort");
        sbx_free(made);
        return status;
    }
    *port = made;
    return SBX_OK;
}

void job_port_free(struct job_port *port)
{
    if (!port)
        return;
    CloseHandle(port->port);
    sbx_free(port);
}

sbx_status job_port_attach(struct job_port *port, sbx_handle job, uint64_t subject, struct sbx_error *error)
{
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT association;

    memset(&association, 0, sizeof association);
    association.CompletionKey = (void *)(uintptr_t)subject;
    association.CompletionPort = port->port;
    if (!SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &association,
                                 sizeof association))
        return native_error(error, "SetInformationJobObject(AssociateCompletionPort)");
    return SBX_OK;
}

sbx_status job_port_post(struct job_port *port, uint64_t subject, struct sbx_error *error)
{
    if (!PostQueuedCompletionStatus(port->port, JOB_POSTED, (ULONG_PTR)subject, NULL))
        return native_error(error, "PostQueuedCompletionStatus");
    return SBX_OK;
}

/*
 * A job's packet has the event where others have a size, and the process id where others have an OVERLAPPED. That one is
 * NULL for events without a process, so whether there was a packet at all is told by the call's own result.
 */
sbx_status job_port_wait(struct job_port *port, int32_t timeout_ms, struct job_message *message,
                         struct sbx_error *error)
{
    DWORD event = 0;
    ULONG_PTR subject = 0;
    OVERLAPPED *process = NULL;

    if (!GetQueuedCompletionStatus(port->port, &event, &subject, &process,
                                   timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms)) {
        if (GetLastError() == WAIT_TIMEOUT)
            return SBX_E_TIMEOUT;
        return native_error(error, "GetQueuedCompletionStatus");
    }
    message->subject = (uint64_t)subject;
    message->event = event;
    message->process_id = (uint32_t)(uintptr_t)process;
    return SBX_OK;
}
