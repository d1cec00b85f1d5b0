/*
 * engine.h - one session's runner, its channel and its commands; everything of a session that is not COM.
 *
 * The engine starts sbxrun.exe (suspended, locked, in a kill-on-close job, resumed), talks to it over its standard input
 * and output, and keeps one record for every command. One thread per engine serves the channel and all pipes through
 * one completion loop; it never calls a client. Blocking calls wait on an event of their own (wait.h: an STA goes on
 * pumping) with no lock held, and end early when the engine is closed, lost or cancelled, or by Ctrl-C.
 *
 * Life: COM objects hold engine references and run references. The engine's thread holds one, too; it leaves when
 * the runner is gone and every pipe is closed. A run keeps its output only while a client holds it.
 */
#ifndef SBX_SBXCOM_ENGINE_H
#define SBX_SBXCOM_ENGINE_H

#include "core/boundary.h"
#include "core/decode.h"
#include "core/explain.h"
#include "core/message.h"
#include "core/program.h"
#include "core/violation.h"
#include "sbxcom/change_log.h"
#include "sbxcom/feed.h"
#include "sbxcom/grants.h"

struct engine;
struct engine_run;

enum engine_state { ENGINE_RUNNING, ENGINE_CLOSED, ENGINE_LOST };

struct engine_options {
    const struct sbx_policy *policy; /* copied as far as it is needed */
    enum sbx_level level;            /* the session's wish */
    const char *workspace;           /* as the script wrote it */
    const char *session_id;          /* names the session's folder and transcript */
    uint32_t last_id;                /* of the commands that the session had with an engine before; 0: none */
    struct feed *feed;               /* hears what is to be told; held. NULL: nobody listens */
    struct change_log *changes;      /* gets what changes in the workspace; held. NULL: nobody asks */
    /*
     * The engine that this one takes the place of, lent for the call; NULL: the session's first. The session's mark in its
     * workspace goes over, and back when the call fails and it still runs.
     */
    struct engine *former;
    struct grants_progress progress; /* may be zero */
    const char *runner; /* absolute path of sbxrun.exe; NULL: the one beside this module. For tests. */
};

/*
 * Provision: resolves the boundary, puts the grants on files (or finds them there; but those on toolchains, which a thread of the
 * engine grants when this has returned), starts the runner, measures (a probe
 * command inside, with its controls outside) and checks against the policy's requirements. *findings is filled (caller
 * frees) whenever something was measured, also when the status is SBX_E_BELOW_REQUIREMENT; the runner is gone then and
 * *engine untouched. `stop` (may be NULL) is an event that ends the call with SBX_E_CANCELLED.
 *
 * On a failure what this call did to files is undone: what stood before stands again, unless another session has joined
 * in the meantime. When something is left, the error's text says so. provision_apply's errors, among others.
 */
sbx_status engine_open(const struct engine_options *options, void *stop, struct engine **engine,
                       struct findings *findings, struct sbx_error *error);

void engine_hold(struct engine *engine);
void engine_release(struct engine *engine); /* the last one closes and does not wait */

/*
 * Ends every command (EXIT_SESSION_CLOSED) and the runner, which is killed when it does not end in two seconds; waiting
 * calls end with SBX_E_CLOSED. Idempotent. Returns when the runner is gone, all handles are closed, the session's
 * temporary folder is deleted and its mark in the workspace gone. What was put on files stays for the next session.
 */
void engine_close(struct engine *engine);

/* Closes an engine that no client was told of, takes back what engine_open did to files, and gives the caller's hold back. */
void engine_abandon(struct engine *engine, struct engine *former);

/*
 * The steps that engine_open would take on files, with the state of each; changes nothing, makes no folder. `stop` ends
 * waiting for a session that is changing them. boundary_resolve's and provision_plan's errors. *plan is untouched on failure.
 */
sbx_status engine_plan(const struct engine_options *options, void *stop, struct plan *plan,
                       struct sbx_error *error);

/*
 * May commands do this to that path, with the token that the probe measured? explain_path's errors; SBX_E_NOT_ENFORCED where
 * the probe did not tell its token.
 */
sbx_status engine_explain(struct engine *engine, const char *path, uint32_t access,
                          struct explanation *explanation, struct sbx_error *error);

/*
 * One more folder that commands may write, for so long, those that run included. Waits until it is granted and read back, so
 * a client's thread has it done by task.h; `stop` (may be NULL) is an event that the session's end sets, too, and ends it:
 * SBX_E_CANCELLED. On a failure what stood before stands again.
 *
 * SBX_E_UNSUPPORTED_HOST (the host keeps no lists, as measured), SBX_E_ARGUMENT (no absolute path; the policy lets it be
 * written anyway), SBX_E_PATH_NOT_FOUND, SBX_E_POLICY_CONFLICT (the policy denies, protects or lets only be read what it is or
 * lies in; it holds a root of the policy's; another session lives in the workspace), SBX_E_STATE (a Provision is in progress),
 * boundary_resolve's and provision_apply's errors.
 *
 * It ends when its time is over (FEED_GRANT_EXPIRED), by engine_revoke, with the engine, and when another engine takes its place. What
 * the policy denies or protects in the folder stays so. Names that are not there yet are not looked for in it.
 *
 * An allowance lives as long as the engine's memory: engine_keep, engine_drop.
 */
struct engine_allowance;
sbx_status engine_allow_write(struct engine *engine, const char *path, uint64_t for_ms, void *stop,
                              struct engine_allowance **allowance, struct sbx_error *error);

/* Ends it now, as engine_allow_write began it; one that has ended is fine. It stays active on a failure. */
sbx_status engine_revoke(struct engine *engine, const struct engine_allowance *allowance,
                         struct sbx_error *error);

struct engine_allowance_info { /* a snapshot; reads memory only */
    const char *path;          /* final; lives as long as the allowance */
    int64_t expires_utc_ms;
    uint32_t seconds_left; /* rounded up; 0 when the time is over */
    bool
        active; /* its entries are on files: a moment longer than its time, longer where they cannot be taken out */
};
void engine_allowance_info(struct engine *engine, const struct engine_allowance *allowance,
                           struct engine_allowance_info *info);

/* What a FEED_GRANT_EXPIRED's payload is about; lent as long as that. */
void engine_expired(const void *payload, struct engine **engine, struct engine_allowance **allowance);

/*
 * How many of the toolchains that are granted while the session runs are, which could not be, and why, as "toolchains"; nothing where
 * there are none. Memory only; SBX_E_MEMORY, then nothing is appended.
 */
sbx_status engine_add_later_finding(struct engine *engine, struct findings *findings);

/* The engine's memory alone: its commands and its runner are not kept alive by it. */
void engine_keep(struct engine *engine);
void engine_drop(struct engine *engine);

/* Calls in progress end with SBX_E_CANCELLED; a command of ENGINE_WAITED is terminated, others live on. */
void engine_cancel(struct engine *engine);

enum engine_state engine_state(struct engine *engine); /* memory only */
const struct boundary *engine_boundary(struct engine *engine);
uint32_t engine_last_id(struct engine *engine); /* of the command that was started last; memory only */
bool engine_is_busy(struct engine *engine);     /* a command is starting or running; memory only */

enum engine_flags {                      /* the values of sbxSpawn */
                    ENGINE_TERMINAL = 1, /* at a terminal: one stream of output, UTF-8 with VT sequences */
                    ENGINE_NO_INPUT = 2,
                    ENGINE_KEEP_DESCENDANTS = 4,
                    ENGINE_COLLECT = 8,
                    /* Not a script's: the caller collects at once (Run). A Cancel or Ctrl-C then ends the command, and the session's
     * end while it runs is the error of engine_run_collect instead of a result. */
                    ENGINE_WAITED = 0x10000,
};

struct engine_command {
    struct command_text text;              /* lent */
    const char *directory;                 /* NULL: the workspace; relative: below the workspace */
    const struct environment *environment; /* NULL: the session's; else exactly this */
    uint32_t flags;                        /* enum engine_flags */
    uint64_t timeout_ms;                   /* 0: none of its own; the policy's limit holds always */
    uint64_t memory_size;   /* bytes; 0: the policy's; a larger one than the policy's is SBX_E_ARGUMENT */
    uint32_t process_count; /* likewise */
    uint64_t output_size;   /* likewise */
    const void *input;      /* written and closed at once; NULL: see flags */
    size_t input_size;
    enum text_encoding encoding; /* of its bytes: for those who are told of them as text */
    uint32_t columns, rows;      /* of a terminal; 0: 80 and 25 */
};

/* Starts a command; returns when it runs (or was refused: program_find's, attest's and process_start's errors, SBX_E_RUNNER_LOST,
 * SBX_E_CLOSED, SBX_E_CANCELLED, SBX_E_ARGUMENT, SBX_E_LIMIT). One that needs toolchains that are not granted yet waits for them, as part
 * of its time (SBX_E_TIMEOUT; the error of one that cannot be granted). The caller has one client reference on *run. */
sbx_status engine_start(struct engine *engine, const struct engine_command *command, struct engine_run **run,
                        struct sbx_error *error);

/* All runs of this engine, oldest first, each with a reference for the caller; the array by sbx_free. */
sbx_status engine_runs(struct engine *engine, struct engine_run ***runs, size_t *count,
                       struct sbx_error *error);

/*
 * What stood on protected names after commands, and was not there before: copies of those from number `first` on, in the order in
 * which they were found; of one command those that were found after it, complete when it is seen as exited. What was
 * found when the session ended is the session's alone. Memory only; SBX_E_MEMORY, then nothing is appended.
 */
sbx_status engine_violations(struct engine *engine, size_t first, struct violations *violations);
sbx_status engine_run_violations(struct engine_run *run, struct violations *violations);

/*
 * The full battery of probes inside, each with its control here. Nothing of the session changes. Two at a time, and beside
 * commands, are fine. engine_start's errors, those of making what is tried; *findings is untouched then.
 */
sbx_status engine_self_test(struct engine *engine, struct findings *findings, struct sbx_error *error);

/*
 * What has changed in the workspace up to now, all engines of the log counted; waits a moment for what is on its way. For an
 * engine with a log. *list is freed by the caller and untouched on failure: SBX_E_CANCELLED, SBX_E_MEMORY.
 */
sbx_status engine_changes(struct engine *engine, struct change_list *list, struct sbx_error *error);

/* Waits until all that has happened stands in the transcript, or a few seconds. */
void engine_write_out(struct engine *engine);

/* How many lines of the transcript could not be written, and why the first could not (*failure; 0: untouched). */
uint64_t engine_transcript_failure(struct engine *engine, struct sbx_error *failure);

/* A reference on the memory of a run that is no client's: a feed's drop. */
void engine_run_drop(void *run);

/* Client references: output is kept while there is one. */
void engine_run_hold(struct engine_run *run);
void engine_run_release(struct engine_run *run);

/* Room for the clients' one object of this run; the engine only keeps it. Whoever uses it has a lock for it. */
void **engine_run_slot(struct engine_run *run);

struct engine_run_info { /* a snapshot; reads memory only */
    uint32_t id;         /* ours, from 1 */
    uint32_t process_id;
    const char *command; /* as given (an array is shown quoted); lives as long as the run */
    bool exited;
    struct message_exited end; /* when exited */
    int64_t start_utc_ms;
    uint64_t elapsed_ms;
    bool at_end[2]; /* stdout, stderr: nothing unread and nothing will come */
    bool truncated; /* the output limit ended it */
    bool terminal;
    const struct measurement *measurement;
    enum text_encoding encoding; /* the command's */
};
void engine_run_info(struct engine_run *run, struct engine_run_info *info);

/* timeout_ms -1: no limit, 0: poll. *exited false when the time is over. */
sbx_status engine_run_wait(struct engine_run *run, int32_t timeout_ms, bool *exited, struct sbx_error *error);

/*
 * Takes unread bytes of a stream (0 stdout, 1 stderr): at most `most`, at least one, waiting for it; or up to and with the
 * next \n (`line`). *end: end of output and nothing taken. SBX_E_TIMEOUT with nothing taken. Bytes are
 * appended to `out`. The decoder sits above: what it did not use is handed back with engine_run_unread. A line longer
 * than `most`, or than the output limit, comes in pieces. SBX_E_STATE for a run with ENGINE_COLLECT.
 */
sbx_status engine_run_read(struct engine_run *run, int stream, bool line, size_t most, int32_t timeout_ms,
                           struct sbx_buffer *out, bool *end, struct sbx_error *error);
sbx_status engine_run_unread(struct engine_run *run, int stream, const void *bytes, size_t size,
                             struct sbx_error *error);

/* Waits while more than 1 MiB is queued. SBX_E_STATE when there is no input (any more). */
sbx_status engine_run_write(struct engine_run *run, const void *bytes, size_t size, struct sbx_error *error);

/* After what is queued. A terminal is not hung up by it: Ctrl-Z and Enter are typed, which is a console's end of file. */
sbx_status engine_run_close_input(struct engine_run *run, struct sbx_error *error);

sbx_status engine_run_terminate(struct engine_run *run, uint32_t exit_code, enum exit_reason reason,
                                struct sbx_error *error); /* an ended one: SBX_OK, nothing happens */

/* Ctrl-C: at a terminal as if it were typed, behind what was written before. */
sbx_status engine_run_interrupt(struct engine_run *run, struct sbx_error *error);

/* SBX_E_ARGUMENT for a size that cannot be, SBX_E_STATE without a terminal or when it has ended, SBX_E_UNSUPPORTED_HOST. */
sbx_status engine_run_resize(struct engine_run *run, int32_t columns, int32_t rows, struct sbx_error *error);

/*
 * Waits for the end and takes everything collected, once (a second time, or without ENGINE_COLLECT: SBX_E_STATE).
 * SBX_E_TIMEOUT takes nothing. The buffers are the caller's.
 */
sbx_status engine_run_collect(struct engine_run *run, int32_t timeout_ms, struct sbx_buffer out[2],
                              bool *truncated, struct sbx_error *error);

#endif
