/*
 * world.h - what the files of the simulation share among themselves; tests include sim.h.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "os/job.h"
#include "os/token.h"
#include "sim/fault.h"
#include "sim/sim.h"

#define SIM_OWN_PROCESS 4

/* Error numbers of Windows that the simulation answers with. */
#define SIM_ERROR_INVALID_FUNCTION  1
#define SIM_ERROR_FILE_NOT_FOUND    2
#define SIM_ERROR_ACCESS_DENIED     5
#define SIM_ERROR_INVALID_HANDLE    6
#define SIM_ERROR_NOT_SAME_DEVICE   17
#define SIM_ERROR_NOT_READY         21
#define SIM_ERROR_INVALID_PARAMETER 87
#define SIM_ERROR_SHARING_VIOLATION 32
#define SIM_ERROR_FILE_EXISTS       80
#define SIM_ERROR_INVALID_PARAMETER 87
#define SIM_ERROR_DISK_FULL         112
#define SIM_ERROR_DIR_NOT_EMPTY     145
#define SIM_ERROR_ALREADY_EXISTS    183
#define SIM_ERROR_DIRECTORY         267
#define SIM_ERROR_PROCESS_ABORTED   1067
#define SIM_ERROR_NO_SUCH_PRIVILEGE 1313
#define SIM_ERROR_SPECIAL_ACCOUNT   1371
#define SIM_ERROR_NO_RESOURCES      1450
#define SIM_ERROR_UNSUPPORTED_TYPE  1630
#define SIM_ERROR_BAD_USERNAME      2202
#define SIM_ERROR_PASSWORD_POLICY   2245
#define SIM_E_FWP_ALREADY_EXISTS    0x80320009
#define SIM_E_FWP_INVALID_PARAMETER 0x80320035

enum sim_kind { SIM_NULL_DEVICE, SIM_PIPE, SIM_TOKEN, SIM_JOB, SIM_PROCESS, SIM_THREAD, SIM_FOLDER };

/* An object lives as long as a handle or another object refers to it. */
struct sim_object {
    enum sim_kind kind;
    size_t references;
    uint32_t pipe;              /* SIM_PIPE */
    struct token_facts token;   /* SIM_TOKEN, SIM_PROCESS: what it really is */
    struct job_limits kept;     /* SIM_JOB */
    struct job_port *port;      /* ... told of it; NULL: nobody */
    uint64_t subject;           /* ... as what */
    struct sim_object *job;     /* SIM_PROCESS */
    struct sim_object *process; /* SIM_THREAD */
    struct sim_process *record; /* SIM_PROCESS: outlives the object, for the test to look at */
};

sbx_status sim_token_facts_copy(const struct token_facts *from, struct token_facts *to);

/* World memory: never NULL, not counted as the tested code's. */
void *sim_allocate(size_t size);
char *sim_duplicate(const char *text);

struct sim_object *sim_object_make(enum sim_kind kind);
void sim_object_hold(struct sim_object *object);
void sim_object_release(struct sim_object *object);

/* A handle of process `owner` that takes over the caller's reference. */
sbx_handle sim_handle_make(struct sim_object *object, uint32_t owner);
void sim_handle_close(sbx_handle handle, uint32_t owner);

/* NULL unless it is a handle of the calling process to an object of that kind. */
struct sim_object *sim_handle_object(sbx_handle handle, enum sim_kind kind);
struct sim_object *sim_any_object(sbx_handle handle);

/* Ends a process, or every process of a job. */
void sim_kill(struct sim_object *process, uint32_t exit_code);
void sim_kill_job(struct sim_object *job, uint32_t exit_code);
void sim_job_tell(const struct sim_object *job, uint32_t event, uint32_t process_id); /* NULL is fine */
size_t sim_job_members(const struct sim_object *job, bool alive_only);

/* The list of processes that there ever were. */
struct sim_process *sim_record_make(struct sim_object *process);

struct sim_object *sim_process_object(uint32_t id); /* NULL: none that lives */

void sim_desktops_reset(void);
void sim_pipes_reset(void);
void sim_files_reset(void);
void sim_identity_reset(void);
void sim_callers_reset(void);
void sim_accounts_reset(void);
void sim_firewall_reset(void);
void sim_wfp_reset(void);
void sim_registry_reset(void);
void sim_profiles_reset(void);
void sim_lock_reset(void);

/* SHA-256, no call of the system's. */
void sim_hash(const void *bytes, size_t size, uint8_t digest[32]);

#endif
