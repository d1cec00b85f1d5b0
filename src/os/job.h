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

#endif
