/*
 * probe.h - what a probe inside the sandbox found out, and the session's report made of it.
 *
 * The probe is the runner's own file started as a command (core/launch, same token, same job): it tries each
 * act and writes one line a result to its output; the caller does the same act outside as the control. A row
 * whose control failed is invalid, never evidence.
 */
#ifndef SBX_CORE_PROBE_H
#define SBX_CORE_PROBE_H

#include "core/attest.h"
#include "core/findings.h"
#include "core/plan.h"
#include "core/tree.h"

enum probe_outcome {
    PROBE_NOT_RUN, /* no answer: nothing may be concluded */
    PROBE_ALLOWED,
    PROBE_REFUSED, /* with the expected code */
    PROBE_INVALID, /* the control failed, or another code */
};

struct probe_results {
    enum probe_outcome write_workspace; /* create a file in the workspace */
    enum probe_outcome write_outside;   /* overwrite a file of the session folder that the caller can write */
    enum probe_outcome delete_outside;  /* delete such a file */
    enum probe_outcome read_outside;    /* read such a file */
    enum probe_outcome open_caller;     /* any dangerous right on the calling process */
    enum probe_outcome open_runner;     /* the same on the runner */
    enum probe_outcome inherit_unlisted; /* use an inheritable handle of the runner that was not listed */
    enum probe_outcome outlive_command;  /* a grandchild of the probe is alive after its command ended */
    enum probe_outcome break_away;       /* CREATE_BREAKAWAY_FROM_JOB */
    enum probe_outcome
        reparent; /* a child in the calling process's name, alive after the command's job is closed */
    enum probe_outcome
        unix_program; /* Wine: start a Unix program, which has no process object a job could hold */

    /* Of the full battery alone. What has nothing to be tried on (no protected path is there) is not run. */
    enum probe_outcome write_protected;  /* open a protected path to write, or to make something in it */
    enum probe_outcome delete_protected; /* the same to delete it */
    enum probe_outcome read_denied;      /* the same of a denied one to read it */
    enum probe_outcome caller_threads;   /* any dangerous right on a thread of the calling process */
    enum probe_outcome runner_threads;
    enum probe_outcome set_event;      /* set a named event of the calling process */
    enum probe_outcome squat_pipe;     /* serve a named pipe of the calling process in its place */
    enum probe_outcome clipboard;      /* open it */
    enum probe_outcome physical_drive; /* open the disk below all file systems */
    enum probe_outcome see_variable;   /* a variable of the caller's that the policy does not pass on */
    enum probe_outcome connect_v4;     /* to a listener of the calling process on 127.0.0.1 */
    enum probe_outcome connect_v6;     /* ... ::1 */
    enum probe_outcome limit_memory;   /* more memory than the command's limit */
    enum probe_outcome limit_processes;
};

/* ERROR_SUCCESS is allowed, the one code that means a refusal is refused, anything else, "not found" too, nothing. */
enum probe_outcome probe_outcome_of(uint32_t system, uint32_t refusal);

/*
 * The same acts outside. A refusal whose control was not PROBE_ALLOWED becomes invalid; what could be done inside stays, whatever
 * the control.
 */
void probe_control(struct probe_results *results, const struct probe_results *controls);

/*
 * One line of the probe's output: "write_workspace allowed 0". Unknown names and words are ignored (false).
 */
bool probe_read_line(struct probe_results *results, const char *line);
void probe_write_line(struct sbx_buffer *out, const char *name, enum probe_outcome outcome, uint32_t system);

struct report_input {
    const struct measurement *measurement; /* of the probe's own process */
    const struct probe_results *probes;
    const enum sbx_assurance *required; /* SBX_DOMAIN_COUNT of them */
    bool host_keeps_acls;               /* acl_host_keeps_entries */
    const struct plan *plan;            /* carried out; NULL: nothing was planned */
    const struct tree_outcome *outcome; /* of carrying it out; NULL with the plan */
    const char *not_all_repositories;   /* the boundary's; NULL: all were found */
    const struct sbx_strings *notes; /* the boundary's: which of the policy's rules gave way; may be NULL */
    const char *host;                /* struct host_facts' product */
    bool wine;
    const char *
        desktop; /* what became of the session's own (private_desktop_describe); NULL: the policy wants none */
    bool fully_restricted; /* recipe */
    bool second_wall;      /* elevated: a recipe with restricting SIDs on top of the account */
    bool elevated;         /* commands run under a sandbox account */
    /* At the elevated level: what was seen of the walls around the account's group (struct pool_account), and the policy's wish. */
    bool network_holds, network_open, network_ephemeral;
    const char *network_words;
    bool
        passwords_kept; /* restricted: the user's sandbox accounts are set up, and their passwords are in his profile */
    bool
        runner_read; /* elevated: the runner's own token read back as it is to be (attest_runner); else it may not be opened */
    const char
        *outside_words; /* what commands may write besides, by the lists (audit.h); NULL: not looked at */
    bool whole; /* the full battery was run: an enforced domain whose probes were all refused is verified */
};

/*
 * The session's report: every domain, its assurance the least of what was attested and what the probe showed.
 */
sbx_status report_make(const struct report_input *input, struct findings *findings, struct sbx_error *error);

#endif
