/*
 * sim.h - a small Windows in memory, behind the headers of src/os.
 *
 * The core tests link tests/sim where the product links src/os, so launch and attest run unchanged under
 * sanitizers, on hosts that lie in ways a test chooses, with the Nth call failing. sim_reset gives a Windows
 * that keeps what it accepts; a test then changes `sim_host` before it acts, and afterwards asks what was
 * started and what is still open.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "base/text.h"
#include "os/handle.h"
#include "os/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * In what this host differs from one that keeps its word. Calls succeed all the same: only reading back
 * tells.
 */
struct sim_host {
    bool drops_restricting_sids; /* CreateRestrictedToken says TRUE, none reads back (Wine 8.0) */
    bool adds_restricting_sid;   /* one more reads back than asked for: a hole of that SID's size */
    bool loses_restricting_sid;  /* one of several does not read back */
    bool drops_write_restricted;
    bool denies_being_restricted; /* the SIDs read back, but the token does not count as restricted */
    bool keeps_privileges;
    bool keeps_administrator;
    bool keeps_deny_only; /* what should be deny-only still grants */
    uint32_t integrity;   /* of every process; 0: medium, as asked; else this, or SIM_INTEGRITY_UNKNOWN */
    bool starts_as_another_user;
    bool starts_outside_job; /* the process is not in the job it was to be started in */
    bool drops_memory_limit;
    bool raises_memory_limit; /* a larger one reads back */
    bool drops_process_limit;
    bool drops_cpu_limit;
    bool hides_token;       /* a process's token cannot be opened */
    bool drops_acl_entries; /* acl_host_keeps_entries says no */
};
#define SIM_INTEGRITY_UNKNOWN UINT32_MAX
extern struct sim_host sim_host;

/* What host_examine says; sim_reset makes it a Windows 10. */
extern struct host_facts sim_host_facts;

/* A fresh Windows: nothing open, no process, the usual folders, no call or allocation failing. */
void sim_reset(void);

/*
 * Makes the nth (from 1) call into the simulated system fail with SBX_E_SYSTEM, that one alone or all from it
 * on; 0: none. Counting starts anew. sim_call_count tells how many there were since: a loop over all n ends
 * when nothing failed.
 */
void sim_fail_call(size_t nth);
void sim_fail_calls_from(size_t nth);
size_t sim_call_count(void);

/* The same for the nth request of memory through base/memory.h. */
void sim_fail_allocation(size_t nth);

/* What the tested code left behind. Handles are those of the calling process. */
size_t sim_open_handles(void);
size_t sim_live_processes(void);

/* Every process that was ever started since sim_reset, oldest first; valid until the next sim_reset. */
struct sim_process {
    uint32_t id;
    bool alive;
    bool resumed; /* has ever run */
    bool in_job;
    uint32_t exit_code;
    char *image;
    char *command_line;
    char *directory;
    struct sbx_strings environment;
    bool null_device[3];  /* the standard handle is the null device */
    uint32_t standard[3]; /* else the number of the pipe, see sim_pipe */
    bool private_console;
    bool has_token;
};
size_t sim_process_count(void);
const struct sim_process *sim_process_at(size_t index);

/*
 * A handle of the calling process to something that is no null device; `number` tells it apart in struct
 * sim_process.
 */
sbx_handle sim_pipe(uint32_t number);

/* The process object of a running child as the tested code holds it: ends it as if by itself. */
void sim_end_process(uint32_t id, uint32_t exit_code);

/*
 * Files. Paths are absolute with a drive or \\server\share; missing parents are made. What a link names is
 * another spelling of `target`: a junction, an 8.3 name, a SUBST drive. Names are compared without regard to
 * ASCII case.
 */
void sim_add_folder(const char *path);
void sim_add_file(const char *path);
void sim_add_link(const char *path, const char *target);
void sim_set_folder_id(const char *path, const char *volume_id,
                       const char *file_id); /* as if it were another name of one */

/*
 * A repeatable sequence for property tests, the same on every machine. *seed is the state, any number to
 * start with.
 */
uint32_t sim_pseudo_random(uint32_t *seed);

#endif
