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
    bool gives_ui_access, hides_ui_access; /* to processes; the second: it cannot be asked for (Wine 8.0) */
    bool opens_default_dacl;               /* Everyone is in the list of what a process makes */
    bool loses_default_dacl, nulls_dacl;   /* it is not as it was set: SYSTEM is missing; there is no list */
    bool starts_as_another_user;
    const char *gives_logons_privilege;          /* one more in the token of a secondary logon; NULL: none */
    bool restricts_logons;                       /* and a restricting SID */
    const char *account_sid, *account_group_sid; /* who calls is the runner of that account; NULL: SIM_USER */
    bool starts_outside_job;                     /* the process is not in the job it was to be started in */
    bool drops_memory_limit;
    bool raises_memory_limit; /* a larger one reads back */
    bool drops_process_limit;
    bool drops_cpu_limit;
    bool hides_token;      /* a process's token cannot be opened */
    bool starts_elsewhere; /* on another desktop than asked for */
    bool hides_desktop;    /* a process's startup parameters cannot be read */
    bool leaks_handle;     /* a process inherits one more than it was given */
    bool hides_handles;    /* a process's handles cannot be listed */
    bool has_no_desktops;
    bool drops_desktop_entries; /* SetUserObjectSecurity says TRUE (Wine 8.0) */
    int guarded_object;         /* an enum desktop_object that the caller may not open; 0: none */
    bool drops_mitigations;     /* the attribute is taken, and no policy reads back (Wine 8.0) */
    bool drops_acl_entries;     /* acl_host_keeps_entries says no, acl_write is not enforced */

    /* What an administrator changes (sim/machine.h); the calls succeed and nothing is kept, as in Wine. */
    bool drops_accounts; /* and groups */
    bool drops_members;
    bool drops_rights;
    bool drops_firewall_rules;
    bool drops_filters;
    bool drops_values;
    bool has_no_wfp;
    bool firewall_is_off;
    bool firewall_is_overridden; /* by group policy: local rules count for nothing */
    bool has_no_secondary_logon;
    bool secondary_logon_is_disabled;
    uint32_t least_password;      /* characters; shorter ones are refused with 2245 */
    bool wants_complex_passwords; /* three kinds of characters, or 2245 */
    uint32_t refuses_passwords;   /* so many are refused with 2245, whatever they are: a filter's list */
    bool has_no_dpapi;            /* as in session 0 */
    bool lets_anybody_in;         /* LogonUser says TRUE to any name and password (Wine 8.0) */
};
#define SIM_INTEGRITY_UNKNOWN UINT32_MAX
extern struct sim_host sim_host;

/* How whoever calls logged on (identity_measure); sim_reset: interactively, in session 1. */
struct sim_logged_on {
    uint32_t session_id;
    uint32_t logon_type; /* SECURITY_LOGON_TYPE: 2 interactive, 3 network, 8 network clear text */
    bool app_container;
};
extern struct sim_logged_on sim_logged_on;

/* What host_examine says; sim_reset makes it a Windows 10. */
extern struct host_facts sim_host_facts;

#define SIM_USER       "S-1-5-21-1000-2000-3000-1001" /* who calls */
#define SIM_OTHER_USER "S-1-5-21-1000-2000-3000-1002"
#define SIM_NO_GROUP   "S-1-5-21-1000-2000-3000-513" /* "None", everybody's primary group */

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

/*
 * The power is cut at the nth (from 1) change to what is durable (a name, a descriptor, bytes, an account),
 * before or after it takes effect; 0: not at all. Every later call fails until sim_reboot. Counting starts
 * anew; sim_change_count tells how many there were since, so a test that runs once without a fault knows all
 * points there are.
 */
enum sim_cut { SIM_CUT_BEFORE, SIM_CUT_AFTER };
void sim_cut_power(size_t nth, enum sim_cut when);
size_t sim_change_count(void);

/*
 * The power comes back: no process, no handle, no mark that is held; all actors live. Names and descriptors
 * are as they were changed last, because NTFS journals them in order; of bytes behind the last flush the test
 * says what became.
 */
enum sim_unflushed {
    SIM_UNFLUSHED_LOST,
    SIM_UNFLUSHED_KEPT,
    SIM_UNFLUSHED_TORN,   /* the first half of them, at least one byte */
    SIM_UNFLUSHED_ZEROED, /* the file is as long as it was, they are zeros */
    SIM_UNFLUSHED_COUNT,
};
void sim_reboot(enum sim_unflushed what);

/* So many more bytes can be written: then what fits is, and the call fails with 112. */
void sim_disk_full_after(size_t size);
void sim_disk_empty(void); /* room again */

/*
 * Who is calling: actors are processes side by side, 0 from the start, up to 7. What one opens alone nobody
 * else opens. Killed, an actor's handles and marks are closed, and what its code still calls fails.
 */
void sim_actor(unsigned which);
void sim_kill_actor(unsigned which);
void sim_revive_actor(unsigned which);

/*
 * Runs before each call (counted from 1, as in sim_fail_call, which starts counting anew); NULL: no more. It
 * may switch to another actor and let that one do whatever it likes: those calls are not counted, not failed
 * and run no hook.
 */
void sim_at_call(void (*run)(void *context, size_t call), void *context);

/*
 * With which token the current actor calls; NULL: as the ordinary user. Decides what it may open, make and
 * delete.
 */
enum sim_standing {
    SIM_ORDINARY_USER, /* SIM_USER, an administrator with the filtered token */
    SIM_ELEVATED_USER, /* SIM_USER after the prompt */
    SIM_LOCAL_SYSTEM,
    SIM_OTHER_ORDINARY_USER, /* SIM_OTHER_USER, no administrator */
};
struct access_token;
const struct access_token *sim_token_of(enum sim_standing who);
void sim_call_as(const struct access_token *token);

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
    char *account; /* process_start_as; NULL: the caller's own or a token */
    char *desktop; /* NULL: the caller's */
    uint32_t mitigations;
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

/* How many processes that job holds at once; 0: any number. */
uint32_t sim_process_limit(sbx_handle job);

/* That process met a limit of its job: the port hears of it (enum job_event). */
void sim_refuse_in_job(uint32_t id, uint32_t event);

/*
 * A terminal's second stage, played by the test: when the tested code reads what it has to say, `play` is called once.
 * It reads what was written to it, starts the program as a child of the stage or of nobody, and answers; what it does not answer
 * is the end of the pipe. NULL: nobody plays.
 */
void sim_play_stage(void (*play)(void *context, uint32_t stage_id), void *context);
const void *sim_stage_heard(size_t *size); /* all that was written to it */
void sim_stage_says(const void *bytes, size_t size);
uint32_t sim_start_child(uint32_t parent_id); /* suspended; token, job, desktop and policies of its parent */
uint32_t sim_start_stranger(void);            /* in no job, with the user's own token */

/* The descriptors that all desktops share (enum desktop_object), as bytes; nothing until a test sets them. */
void sim_set_shared(int object, const void *descriptor, size_t size);
const void *sim_shared(int object, size_t *size);
size_t sim_open_desktops(void);

/*
 * Files. Paths are absolute with a drive or \\server\share; missing parents are made. sim_add_... ask nobody
 * for rights; a new file has the descriptor that it inherits from its folder and belongs to the caller. Names
 * are compared without regard to ASCII case. What a link names is another spelling of `target`: a junction,
 * an 8.3 name; of a path that is a drive, SUBST.
 */
void sim_add_folder(const char *path);
void sim_add_file(const char *path);
void sim_add_link(const char *path, const char *target);
void sim_add_hard_link(const char *path, const char *file); /* one more name of that file */
void sim_set_contents(const char *path, const char *text);  /* flushed */
void sim_set_read_only(const char *path, bool read_only);
void sim_set_folder_id(const char *path, const char *volume_id,
                       const char *file_id); /* as if it were another name of one */
size_t sim_visits_elsewhere(
    void); /* paths on another machine, or on a drive of it, that were opened, since sim_reset */
size_t sim_logons_elsewhere(void); /* calls that followed a link to another machine, since sim_reset */
void sim_remove(const char *path); /* the name; a folder must be empty */
void sim_rename(const char *from, const char *to); /* moves, keeps descriptors as NTFS does */

/* Drives and shares that are not C: and not what sim_add_folder makes (NTFS; a share: remote). */
enum sim_volume_kind {
    SIM_VOLUME_NTFS,
    SIM_VOLUME_FAT /* no ACLs, no ids */,
    SIM_VOLUME_REMOTE /* no ids */
};
void sim_add_volume(const char *root, enum sim_volume_kind kind);
#define SIM_ROOT_DESCRIPTOR                                            \
    "O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464" \
    "G:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464" \
    "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)"

/*
 * The object itself of that path, past every check; a path that is not there aborts the test. SDDL as
 * sim_sddl reads it: letters or numbers, D:, P, AI, AR, NO_ACCESS_CONTROL, S: with ML. sim_descriptor's bytes
 * are the world's, until they are changed.
 */
void sim_set_descriptor(const char *path, const char *sddl);
void sim_set_descriptor_bytes(const char *path, const void *bytes, size_t size);
const void *sim_descriptor(const char *path, size_t *size /* may be NULL */);

/* NUL-ended, NULL when there is nothing. Links are followed. */
const char *sim_contents(const char *path, size_t *size /* may be NULL */);
bool sim_exists(const char *path);

/*
 * All that is durable: names, ids, links, descriptors, contents. `without`: a path that does not count, with
 * all in it; NULL: all counts. sim_snapshot_difference: NULL when both are the same byte for byte, else the
 * first difference in words, valid until the next one.
 */
struct sim_snapshot;
struct sim_snapshot *sim_snapshot(const char *without);
const char *sim_snapshot_difference(const struct sim_snapshot *before, const struct sim_snapshot *after);
void sim_snapshot_free(struct sim_snapshot *snapshot);

/*
 * A repeatable sequence for property tests, the same on every machine. *seed is the state, any number to
 * start with.
 */
uint32_t sim_pseudo_random(uint32_t *seed);

#endif
