/*
 * job.h - job objects: one per command, nested in the session's own.
 *
 * A job is the only thing in Windows that a process tree cannot leave: children join it without being asked, and
 * closing the last handle ends them all. Limits are set before the first process enters. No job of ours allows
 * breakaway, silent or asked for.
 */
#ifndef SBX_OS_JOB_H
#define SBX_OS_JOB_H

#include "os/handle.h"

struct job_limits {
    uint64_t memory_size;   /* bytes of committed memory for the whole job; 0 is no limit */
    uint32_t process_count; /* live processes at once; 0 is no limit */
    uint32_t cpu_percent;   /* hard cap of all cores, 1..99; 0 and 100 are no limit */
};

struct job_usage {
    uint64_t cpu_ms; /* user and kernel time of all processes that were ever in it */
    uint64_t
        peak_memory_size;  /* bytes, the whole job's peak of committed memory; 0 where the host keeps none */
    uint32_t active_count; /* processes alive now */
    uint32_t total_count;  /* processes ever */
};

/*
 * Creates an empty job with `limits` set and KILL_ON_JOB_CLOSE. *kept tells which limits the system really keeps, by
 * read-back: a limit that was asked for and does not read back is 0 there (Wine 8.0 accepts all and keeps none).
 * Whether that is enough is the caller's policy, not decided here. The caller owns *job; closing it (handle_close)
 * ends every process inside. Limits that the host has no call for (CPU rate on Windows 7) are not kept either.
 *
 * SBX_E_SYSTEM. Outputs are untouched on failure.
 */
sbx_status job_create(const struct job_limits *limits, sbx_handle *job, struct job_limits *kept,
                      struct sbx_error *error);

sbx_status job_assign(sbx_handle job, sbx_handle process, struct sbx_error *error);
sbx_status job_contains(sbx_handle job, sbx_handle process, bool *inside, struct sbx_error *error);
sbx_status job_terminate(sbx_handle job, uint32_t exit_code, struct sbx_error *error);
sbx_status job_measure(sbx_handle job, struct job_usage *usage, struct sbx_error *error);

/*
 * What the system tells of jobs, as it happens: one port for any number of them, read by one thread. The system promises
 * delivery of none of these ("Completion Port for Job Objects" remarks of JOBOBJECT_ASSOCIATE_COMPLETION_PORT), so they explain
 * an end and decide nothing. Wine 8.0 sends STARTED, ENDED and EMPTY; the others belong to limits, which it does not keep.
 */
enum job_event {                        /* JOB_OBJECT_MSG_... of winnt.h */
                 JOB_PROCESS_LIMIT = 3, /* one process more was refused */
                 JOB_EMPTY = 4,
                 JOB_PROCESS_STARTED = 6,
                 JOB_PROCESS_ENDED = 7,
                 JOB_PROCESS_CRASHED = 8,
                 JOB_PROCESS_MEMORY_LIMIT = 9, /* memory was refused: a process's own limit */
                 JOB_MEMORY_LIMIT = 10,        /* ... the whole job's */
                 JOB_POSTED = 0x10000,         /* none of the system's: job_port_post */
};

struct job_message {
    uint64_t subject; /* as job_port_attach was given it */
    uint32_t event;   /* enum job_event, or another of the system's */
    uint32_t process_id;
};

struct job_port;
sbx_status job_port_create(struct job_port **port, struct sbx_error *error);
void job_port_free(struct job_port *port);

/* Before the first process enters, or its beginning is not told. `subject` fits a pointer. A job has one port for its life. */
sbx_status job_port_attach(struct job_port *port, sbx_handle job, uint64_t subject, struct sbx_error *error);

/* A JOB_POSTED of our own, behind everything that was told until now. */
sbx_status job_port_post(struct job_port *port, uint64_t subject, struct sbx_error *error);

/* The next one. timeout_ms -1 waits for ever; SBX_E_TIMEOUT without a text. */
sbx_status job_port_wait(struct job_port *port, int32_t timeout_ms, struct job_message *message,
                         struct sbx_error *error);

#endif
