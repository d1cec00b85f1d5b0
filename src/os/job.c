/*
 * job.c - job objects and what they keep.
 */
#include "os/job.h"
#include "os/native.h"

#include <string.h>

/* JobObjectCpuRateControlInformation, Windows 8; the headers hide it from Windows 7 programs. */
#define CPU_RATE_CLASS    ((JOBOBJECTINFOCLASS)15)
#define CPU_RATE_ENABLE   0x1
#define CPU_RATE_HARD_CAP 0x4
struct cpu_rate {
    DWORD flags;
    DWORD rate; /* hundredths of a percent of all cores */
};

/* The largest whole number of pages that fits: on 32 bits a limit above 4 GB becomes the nearest stricter one. */
static SIZE_T memory_limit(uint64_t size)
{
    return size > SIZE_MAX ? (SIZE_T)SIZE_MAX & ~(SIZE_T)0xFFFF : (SIZE_T)size;
}

static sbx_status set_limits(HANDLE job, const struct job_limits *limits, struct sbx_error *error)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION wanted;

    memset(&wanted, 0, sizeof wanted);

    /* DIE_ON_UNHANDLED_EXCEPTION: a crash ends with its exception as exit code, not in a box of error reporting. */
    wanted.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    if (limits->memory_size) {
        wanted.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_JOB_MEMORY;
        wanted.JobMemoryLimit = memory_limit(limits->memory_size);
    }
    if (limits->process_count) {
        wanted.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
        wanted.BasicLimitInformation.ActiveProcessLimit = limits->process_count;
    }
    if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &wanted, sizeof wanted))
        return native_error(error, "SetInformationJobObject");

    /* Not known before Windows 8, and refused inside a job that has a rate of its own: then it is not kept. */
    if (limits->cpu_percent && limits->cpu_percent < 100) {
        struct cpu_rate rate = {CPU_RATE_ENABLE | CPU_RATE_HARD_CAP, limits->cpu_percent * 100};

        SetInformationJobObject(job, CPU_RATE_CLASS, &rate, sizeof rate);
    }
    return SBX_OK;
}

/* A limit is kept if it reads back as strict as it was asked for; the system may round memory down to whole pages. */
static sbx_status read_limits(HANDLE job, const struct job_limits *wanted, struct job_limits *kept,
                              struct sbx_error *error)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION found;
    struct cpu_rate rate = {0, 0};
    const DWORD hard = CPU_RATE_ENABLE | CPU_RATE_HARD_CAP;

    memset(kept, 0, sizeof *kept);
    memset(&found, 0, sizeof found);
    if (!QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &found, sizeof found, NULL))
        return native_error(error, "QueryInformationJobObject");

    if (found.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_JOB_MEMORY &&
        found.JobMemoryLimit <= wanted->memory_size)
        kept->memory_size = found.JobMemoryLimit;
    if (found.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS &&
        found.BasicLimitInformation.ActiveProcessLimit <= wanted->process_count)
        kept->process_count = found.BasicLimitInformation.ActiveProcessLimit;
    if (QueryInformationJobObject(job, CPU_RATE_CLASS, &rate, sizeof rate, NULL) &&
        (rate.flags & hard) == hard && rate.rate <= wanted->cpu_percent * 100)
        kept->cpu_percent = rate.rate / 100;
    return SBX_OK;
}

sbx_status job_create(const struct job_limits *limits, sbx_handle *job, struct job_limits *kept,
                      struct sbx_error *error)
{
    sbx_status status;
    struct job_limits found;
    HANDLE made = CreateJobObjectW(NULL, NULL);

    if (!made)
        return native_error(error, "CreateJobObject");

    status = set_limits(made, limits, error);
    if (status)
        goto close_job;
    status = read_limits(made, limits, &found, error);
    if (status)
        goto close_job;

    *job = made;
    *kept = found;
    return SBX_OK;

close_job:
    CloseHandle(made);
    return status;
}

sbx_status job_assign(sbx_handle job, sbx_handle process, struct sbx_error *error)
{
    if (!AssignProcessToJobObject(job, process))
        return native_error(error, "AssignProcessToJobObject");
    return SBX_OK;
}

sbx_status job_contains(sbx_handle job, sbx_handle process, bool *inside, struct sbx_error *error)
{
    BOOL found;

    if (!IsProcessInJob(process, job, &found))
        return native_error(error, "IsProcessInJob");
    *inside = found;
    return SBX_OK;
}

sbx_status job_terminate(sbx_handle job, uint32_t exit_code, struct sbx_error *error)
{
    if (!TerminateJobObject(job, exit_code))
        return native_error(error, "TerminateJobObject");
    return SBX_OK;
}

sbx_status job_measure(sbx_handle job, struct job_usage *usage, struct sbx_error *error)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;

    memset(&accounting, 0, sizeof accounting);
    memset(&limits, 0, sizeof limits);
    if (!QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting, sizeof accounting,
                                   NULL) ||
        !QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL))
        return native_error(error, "QueryInformationJobObject");

    usage->cpu_ms =
        (uint64_t)(accounting.TotalUserTime.QuadPart + accounting.TotalKernelTime.QuadPart) / 10000;
    usage->peak_memory_size = limits.PeakJobMemoryUsed;
    usage->active_count = accounting.ActiveProcesses;
    usage->total_count = accounting.TotalProcesses;
    return SBX_OK;
}
