/*
 * process.h - starting, watching and ending processes. CreateProcess stands in process.c alone.
 *
 * Every process is started suspended, inherits exactly the handles that are named, and is in its job from its first
 * moment where the host can do that (PROC_THREAD_ATTRIBUTE_JOB_LIST, Windows 10), else before it is resumed.
 */
#ifndef SBX_OS_PROCESS_H
#define SBX_OS_PROCESS_H

#include "base/text.h"
#include "os/handle.h"

/*
 * Mitigation policies that programs from a shell live with: no DLLs by AppInit, hooks and input methods of old, none from a
 * network share, none that a low-integrity process wrote. Not among them: System32 before the program's own folder (MSYS
 * and Git for Windows bring DLLs of the system's names), dynamic code and control flow (node and .NET make code), handle
 * checks (old programs close what they do not own), child processes.
 */
enum process_mitigation {
    PROCESS_NO_EXTENSION_POINTS = 1,
    PROCESS_NO_REMOTE_IMAGES = 2,
    PROCESS_NO_LOW_LABEL_IMAGES = 4,
};

/* Those that this Windows has: none before 8, all from 10 (1511) on. Whether a process has them: process_inspect. */
uint32_t process_mitigations(void);

struct console;

struct process_start {
    const char *image; /* absolute path of the program; no batch file, which is another program's input */
    const char *command_line; /* whole, the program's name included */
    /* "NAME=value", any order (sorted here as Windows wants); of one name the last counts. NULL: none at all. */
    const struct sbx_strings *environment;
    const char *directory;           /* absolute */
    const char *desktop;             /* "winsta\\desktop"; NULL: the caller's */
    sbx_handle token;                /* a primary token; NULL: the caller's own */
    sbx_handle job;                  /* NULL: none */
    sbx_handle input, output, error; /* standard handles or NULL; copies of them are all that is inherited */
    bool private_console;            /* a console of its own without a window (CREATE_NO_WINDOW) */
    const struct console
        *console;         /* attached to this pseudoconsole (os/console.h), then without standard handles */
    uint32_t mitigations; /* enum process_mitigation, of those that process_mitigations names */
};

struct process {
    sbx_handle handle; /* all access: the creation call's own */
    sbx_handle thread; /* the suspended first thread; closed by process_resume */
    uint32_t id;
    uint64_t given[3]; /* the inherited handles as values in the process; 0: none */
};

/*
 * Starts suspended. The caller frees with process_free, which closes handles and ends nothing (a process that must
 * not live is ended by process_terminate or by its job). With a token, the new process, thread and token admit whom
 * the token's default DACL admits, however the caller's own is locked. After a failure nothing is left running.
 *
 * SBX_E_PATH_NOT_FOUND (image or directory), SBX_E_ARGUMENT (a path that is not absolute, a batch file, a command line of
 * more than 32,766 units, an environment entry without a name), SBX_E_NOT_ENFORCED (it is not in its job),
 * SBX_E_UNSUPPORTED_HOST (a Unix program under Wine, which nothing holds), SBX_E_MEMORY, SBX_E_SYSTEM.
 */
sbx_status process_start(const struct process_start *start, struct process *process, struct sbx_error *error);
void process_free(struct process *process);

/*
 * The same under a local account of this machine, by the secondary logon service: one interactive logon with its profile, which is unloaded when
 * the process ends. `start->token` must be NULL. The service makes the process, so the job is entered between creation and
 * resume, the process's list is the service's until the caller locks it, and the console of a console program is its own. With no desktop named the service
 * lets the account onto the caller's; onto a named one the caller must have let it already. The logon SID in its token is the caller's.
 *
 * SBX_E_LOGON_DENIED with what it means and what to do (os/logon_error.h; `system` is Windows' number), SBX_E_UNSUPPORTED_HOST (Wine: there is no
 * secondary logon; and LocalSystem, whom the service refuses), SBX_E_ARGUMENT (a command line of more than PROCESS_AS_MOST_UNITS, too), and process_start's.
 */
#define PROCESS_AS_MOST_UNITS 1023
sbx_status process_start_as(const struct process_start *start, const char *account, const char *password,
                            struct process *process, struct sbx_error *error);

sbx_status process_resume(struct process *process, struct sbx_error *error);
sbx_status process_terminate(sbx_handle process, uint32_t exit_code, struct sbx_error *error);

/* Waits until it has ended. timeout_ms -1 is for ever. SBX_E_TIMEOUT without a text. */
sbx_status process_wait(sbx_handle process, int32_t timeout_ms, struct sbx_error *error);

/* Only after it has ended, SBX_E_STATE before. The unsigned 32 bits that Windows keeps. */
sbx_status process_exit_code(sbx_handle process, uint32_t *exit_code, struct sbx_error *error);

/*
 * CPU time so far, user and kernel; peak of committed private memory. Wine 8.0 tells the CPU time of the one who asks, whatever
 * the process, and no memory of one that has ended.
 */
sbx_status process_usage(sbx_handle process, uint64_t *cpu_ms, uint64_t *peak_memory_size,
                         struct sbx_error *error);

/* What a suspended process was given, besides its token and its job. */
struct process_facts {
    char *desktop; /* "winsta\\desktop" as it stands in its startup parameters; NULL: it could not be read */
    uint32_t mitigations; /* enum process_mitigation: those that read back */
    bool handles_known;   /* this host lets a process's handles be listed and compared */
    uint32_t leak_count;  /* handles that came from the parent and are not in `given` */
};

/*
 * Reads a process back that has not run yet; `parent` (NULL: the calling process) made it, and its handle needs
 * PROCESS_DUP_HANDLE, that of the process PROCESS_QUERY_INFORMATION, PROCESS_VM_READ and PROCESS_DUP_HANDLE. An inherited handle has
 * the same value in both, names the same object and is inheritable again, so one that came otherwise is none (a new process of
 * Wine's has its window station and its desktop from the beginning, where its parent has them). The desktop that a
 * program really uses is connected to at its first call of USER32, later than this. SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status process_inspect(const struct process *process, sbx_handle parent, struct process_facts *facts,
                           struct sbx_error *error);
void process_facts_free(struct process_facts *facts); /* leaves it empty */

/* A process that another one started for us: to measure, inspect, wait for and end it. SBX_E_SYSTEM. */
sbx_status process_adopt(uint32_t id, sbx_handle *process, struct sbx_error *error);

/* For a process that somebody else named by number; `wanted` are access bits of the system. SBX_E_SYSTEM with 5 where refused. */
sbx_status process_open(uint32_t id, uint32_t wanted, sbx_handle *process, struct sbx_error *error);

/*
 * Did the calling process start it, or somebody in its name (PROC_THREAD_ATTRIBUTE_PARENT_PROCESS), from the file `image`
 * and not before that time? For a process that somebody else named by number and that is to be ended. The handle needs
 * PROCESS_QUERY_INFORMATION. False where the host does not tell.
 */
bool process_is_child(sbx_handle process, const char *image, int64_t since_utc_ms);

/*
 * Calls `done` once on a thread of the system's pool, when the process has ended (timed_out false) or after
 * timeout_ms (true; -1 is never). process_unwatch waits for a running call to return and must not be called from it.
 */
struct process_watch;
typedef void (*process_watch_done)(void *context, bool timed_out);
sbx_status process_watch(sbx_handle process, int32_t timeout_ms, process_watch_done done, void *context,
                         struct process_watch **watch, struct sbx_error *error);
void process_unwatch(struct process_watch *watch);

/*
 * For probes, inside the sandbox alone: starts `image` with the caller's own token, environment and no inherited handles,
 * asking to leave the job where `break_away`, in the name of `parent` (a handle with PROCESS_CREATE_PROCESS) where there is one, in
 * `job`, too, from its first moment (NULL: in none but what it inherits). SBX_OK with *process NULL: the host started something that is no process of
 * its own (a Unix program under Wine), so no job can hold it. SBX_E_SYSTEM with the reason of the refusal.
 */
sbx_status process_probe_start(const char *image, const char *command_line, bool break_away,
                               sbx_handle parent, sbx_handle job, sbx_handle *process,
                               struct sbx_error *error);

/*
 * Locks a process and its threads against everybody but SYSTEM and Administrators, the owner included (an OWNER
 * RIGHTS entry that gives READ_CONTROL alone: without it the owner could rewrite the DACL), and reads the descriptor
 * back. `admit_sid` (may be NULL) is let in as well: the real user at the elevated level. For a suspended process
 * just started (its first thread too), or with process_lock_self for the calling one: its default DACL as well, so
 * that threads and objects made later are locked too. Handles that exist already keep their access.
 *
 * SBX_E_NOT_ENFORCED when the descriptor does not read back as set; SBX_E_SYSTEM.
 */
sbx_status process_lock(const struct process *process, const char *admit_sid, struct sbx_error *error);
sbx_status process_lock_self(const char *admit_sid, struct sbx_error *error);

/* DLLs from System32 only, no current directory, no error boxes, for the calling process. Called first in every main. */
sbx_status process_harden_self(struct sbx_error *error);

/* The calling process. */
uint32_t process_own_id(void);
sbx_handle process_standard(int which); /* 0 input, 1 output, 2 error; not owned; NULL where there is none */

/* The environment of the calling process as "NAME=value" (the hidden "=C:" entries left out). */
sbx_status process_environment(struct sbx_strings *environment, struct sbx_error *error);

/*
 * Absolute path of the file that holds this code: the DLL's inside a host, else the program's. For finding what is
 * installed beside it. The caller frees with sbx_free.
 */
sbx_status process_own_file(char **path, struct sbx_error *error);

#endif
