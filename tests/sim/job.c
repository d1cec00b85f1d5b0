/*
 * job.c - os/job.h of the simulation.
 */
#include "os/job.h"
#include "base/memory.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

sbx_status job_create(const struct job_limits *limits, sbx_handle *job, struct job_limits *kept,
                      struct sbx_error *error)
{
    struct sim_object *object;
    sbx_status status = sim_enter("CreateJobObject", error);

    if (!status)
        status = sim_enter("SetInformationJobObject", error);
    if (status)
        return status;

    object = sim_object_make(SIM_JOB);
    object->kept.memory_size = sim_host.drops_memory_limit ? 0 : limits->memory_size;
    if (sim_host.raises_memory_limit)
        object->kept.memory_size++;
    object->kept.process_count = sim_host.drops_process_limit ? 0 : limits->process_count;
    object->kept.cpu_percent =
        sim_host.drops_cpu_limit || limits->cpu_percent == 100 ? 0 : limits->cpu_percent;
    *kept = object->kept;
    *job = sim_handle_make(object, SIM_OWN_PROCESS);
    return SBX_OK;
}

sbx_status job_assign(sbx_handle job, sbx_handle process, struct sbx_error *error)
{
    struct sim_object *to = sim_handle_object(job, SIM_JOB);
    struct sim_object *object = sim_handle_object(process, SIM_PROCESS);
    sbx_status status = sim_enter("AssignProcessToJobObject", error);

    if (status)
        return status;
    if (!to || !object || object->job)
        return error_system(error, "AssignProcessToJobObject", SIM_ERROR_ACCESS_DENIED);
    sim_object_hold(to);
    object->job = to;
    object->record->in_job = true;
    sim_job_tell(to, JOB_PROCESS_STARTED, object->record->id);
    return SBX_OK;
}

sbx_status job_contains(sbx_handle job, sbx_handle process, bool *inside, struct sbx_error *error)
{
    struct sim_object *which = sim_handle_object(job, SIM_JOB);
    struct sim_object *object = sim_handle_object(process, SIM_PROCESS);
    sbx_status status = sim_enter("IsProcessInJob", error);

    if (status)
        return status;
    if (!which || !object)
        return error_system(error, "IsProcessInJob", SIM_ERROR_INVALID_HANDLE);
    *inside = object->job == which;
    return SBX_OK;
}

sbx_status job_terminate(sbx_handle job, uint32_t exit_code, struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(job, SIM_JOB);
    sbx_status status = sim_enter("TerminateJobObject", error);

    if (status)
        return status;
    if (!object)
        return error_system(error, "TerminateJobObject", SIM_ERROR_INVALID_HANDLE);
    sim_kill_job(object, exit_code);
    return SBX_OK;
}

sbx_status job_measure(sbx_handle job, struct job_usage *usage, struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(job, SIM_JOB);
    sbx_status status = sim_enter("QueryInformationJobObject", error);

    if (status)
        return status;
    if (!object)
        return error_system(error, "QueryInformationJobObject", SIM_ERROR_INVALID_HANDLE);
    memset(usage, 0, sizeof *usage);
    usage->active_count = (uint32_t)sim_job_members(object, true);
    usage->total_count = (uint32_t)sim_job_members(object, false);
    return SBX_OK;
}

uint32_t sim_process_limit(sbx_handle job)
{
    struct sim_object *object = sim_handle_object(job, SIM_JOB);

    return object ? object->kept.process_count : 0;
}

/* What is told of jobs: one queue for each port, in order. */

struct job_port {
    struct job_message *messages;
    size_t count;
};

sbx_status job_port_create(struct job_port **port, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateIoCompletionPort", error);
    struct job_port *made;

    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "a port for jobs");
    *port = made;
    return SBX_OK;
}

void job_port_free(struct job_port *port)
{
    if (!port)
        return;
    free(port->messages);
    sbx_free(port);
}

sbx_status job_port_attach(struct job_port *port, sbx_handle job, uint64_t subject, struct sbx_error *error)
{
    struct sim_object *object = sim_handle_object(job, SIM_JOB);
    sbx_status status = sim_enter("SetInformationJobObject", error);

    if (status)
        return status;
    if (!object || object->port)
        return error_system(error, "SetInformationJobObject", SIM_ERROR_INVALID_HANDLE);
    object->port = port;
    object->subject = subject;
    return SBX_OK;
}

static void tell(struct job_port *port, uint64_t subject, uint32_t event, uint32_t process_id)
{
    struct job_message *grown = realloc(port->messages, (port->count + 1) * sizeof *grown);

    if (!grown)
        abort();
    port->messages = grown;
    grown[port->count++] = (struct job_message){subject, event, process_id};
}

void sim_job_tell(const struct sim_object *job, uint32_t event, uint32_t process_id)
{
    if (job && job->port)
        tell(job->port, job->subject, event, process_id);
}

sbx_status job_port_post(struct job_port *port, uint64_t subject, struct sbx_error *error)
{
    sbx_status status = sim_enter("PostQueuedCompletionStatus", error);

    if (!status)
        tell(port, subject, JOB_POSTED, 0);
    return status;
}

sbx_status job_port_wait(struct job_port *port, int32_t timeout_ms, struct job_message *message,
                         struct sbx_error *error)
{
    sbx_status status = sim_enter("GetQueuedCompletionStatus", error);

    (void)timeout_ms; /* nothing happens by itself: what has not come will not */
    if (status)
        return status;
    if (!port->count)
        return SBX_E_TIMEOUT;
    *message = port->messages[0];
    memmove(port->messages, port->messages + 1, --port->count * sizeof *port->messages);
    return SBX_OK;
}
