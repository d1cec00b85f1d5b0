/*
 * engine_private.h - what the engine's own files share.
 *
 *     engine.c          life, state, waiting calls
 *     engine_open.c     provisioning: folders, the runner's start, the first frames
 *     engine_account.c  the sandbox account of the elevated level
 *     engine_grants.c   what is put on files, plans of it
 *     engine_allow.c    what is put there for a while
 *     engine_explain.c  may commands do that, by what holds at the moment
 *     engine_later.c    toolchains: what is put there while the session runs already, and waiting for it
 *     engine_probe.c    the probe, and the report
 *     engine_search.c   how far git repositories are looked for
 *     engine_targets.c  what it tries its hands on, and the controls
 *     engine_desktop.c  the session's own desktop
 *     engine_channel.c  frames out and in, the engine's thread
 *     engine_pipe.c     one command's pipes: reads and writes in flight, back-pressure, their end
 *     engine_planted.c  what stands on protected names after a command
 *     engine_changes.c  what changes in the workspace meanwhile
 *     engine_feed.c     what is told of commands to those who listen
 *     engine_transcript.c  what is written down of commands
 *     engine_run.c      starting commands, their records
 *     engine_client.c   what clients do with a command: wait, read, write, end, collect
 *
 * One lock, engine->lock, guards everything that changes after engine_open (the structures say what). It is held for
 * memory work and for calls that only hand something to the system (starting an overlapped read or write, closing
 * a pipe, setting an event), never during a wait, file access, or a call of a client. "Locked" in a comment means: the caller
 * holds it. The transcript has a lock of its own, because writing to a disk may take its time; whoever holds it takes no other.
 */
#ifndef SBX_SBXCOM_ENGINE_PRIVATE_H
#define SBX_SBXCOM_ENGINE_PRIVATE_H

#include "core/account_pool.h"
#include "core/desktop.h"
#include "core/path.h"
#include "core/planted.h"
#include "core/transcript.h"
#include "os/folder_watch.h"
#include "os/job.h"
#include "os/pipe.h"
#include "os/process.h"
#include "sbxcom/engine.h"
#include "sbxcom/stream.h"

#include <windows.h>

#define PIPE_BUFFER_SIZE (64 * 1024)
#define OUTPUT_PIPE_SIZE \
    (256 * 1024) /* a writer gets ahead of us, and one read takes what several writes gave */
#define CHANNEL_READ_SIZE (64 * 1024)
#define HANDSHAKE_WAIT_MS 15000  /* for each answer while a session is provisioned */
#define LAUNCH_WAIT_MS    120000 /* a virus scanner may look long at a new program; for ever it may not */
#define INTERRUPT_WAIT_MS 15000
#define CLOSE_WAIT_MS     2000  /* from the wish to close until the runner is killed */
#define DEATH_WAIT_MS     10000 /* for a runner that was ended: a driver may hold it, or a busy machine */
#define OUTPUT_WAIT_MS    2000  /* from a command's exit until its pipes are given up */
#define INPUT_QUEUE_SIZE  (1024 * 1024)

#define EXIT_CODE_ENDED 1 /* of commands that were ended by us and have no exit code of their own */

enum operation_kind {
    OPERATION_WAKE,
    OPERATION_CHANNEL_READ,
    OPERATION_CHANNEL_WRITE,
    OPERATION_OUTPUT,
    OPERATION_INPUT,
    OPERATION_CHANGES,
};

struct operation {
    struct loop_operation loop; /* its `user` is this structure */
    enum operation_kind kind;
    struct engine_run *run; /* of OUTPUT and INPUT; the operation keeps it alive */
    int stream;             /* of OUTPUT */
};

struct channel_write {
    struct operation operation;
    struct sbx_buffer bytes; /* one whole frame */
};

/* A question to the runner that somebody waits for. Lives on the asking thread's stack, listed while it waits. */
struct request {
    struct request *next;
    uint32_t id;
    bool answered;
    sbx_status status;       /* the answer's */
    struct sbx_error *error; /* the asker's; may be NULL */
    char *version;           /* in FRAME_READY; the asker frees it */
};

/* What a waiting call waits for. */
enum wake {
    WAKE_ANSWER = 1,   /* subject: the request */
    WAKE_OUTPUT = 2,   /* subject: the run; of either stream */
    WAKE_INPUT = 4,    /* subject: the run */
    WAKE_END = 8,      /* subject: the run; its exit, or the end of a stream */
    WAKE_GONE = 16,    /* subject: the engine */
    WAKE_WRITTEN = 64, /* subject: the engine; the transcript is up to date */
    WAKE_CHANGES = 32, /* subject: the engine; a record of the workspace has come */
    WAKE_LATER = 128,  /* subject: the engine's `later`; a toolchain is granted, or failed */
};

struct engine_waiter {
    struct engine_waiter *next;
    HANDLE event; /* auto-reset */
    const void *subject;
    unsigned wants;
    bool woken; /* the event was set since the wait began */
};

/*
 * One blocking call of a client, from its first look to its answer:
 *
 *     call_begin(&call, engine, timeout_ms);      takes the lock
 *     while (!what_is_wanted) {
 *         status = call_wait(&call, subject, wants, error);
 *         if (status)
 *             break;
 *     }
 *     call_end(&call);                            gives the lock back
 */
struct call {
    struct engine *engine;
    uint64_t until_ms; /* monotonic; UINT64_MAX never */
    uint32_t cancels;  /* the engine's count when the call began */
    bool to_the_end;   /* not ended by Close, Cancel or Ctrl-C: Close's own wait */
};

/* What the transcript gets of a stream. */
struct written {
    struct text_decoder decoder;
    struct sbx_buffer bytes; /* not written yet; at first maybe the rest of a character */
    bool fresh;              /* some of them have come since the last writing ... */
    uint64_t since_ms;       /* ... then, by the monotonic clock */
    uint64_t size;           /* that were ever taken for it */
    uint64_t omitted;        /* that were not: there were too many */
};

struct run_output {
    sbx_handle pipe; /* ours; NULL: closed, nothing more will come */
    struct stream bytes;
    struct operation operation;
    bool reading;     /* the operation is in flight */
    void *room;       /* where to; NULL: into the engine's scratch, nobody wants the bytes */
    unsigned readers; /* calls that wait for its bytes */
    uint64_t total;   /* bytes that ever came */
    struct written written;
};

enum run_state { RUN_STARTING, RUN_RUNNING, RUN_EXITED, RUN_REFUSED };

struct engine_run {
    /* Set before anyone else sees the run. */
    struct engine *engine;
    uint32_t launch; /* its request's id */
    uint32_t flags;
    bool internal; /* the probe: no record, no transcript */
    char *command;
    char *directory;
    uint64_t output_size; /* the limit */
    enum text_encoding encoding;
    void *slot; /* the clients'; they have a lock for it */

    /* Guarded by the engine's lock. */
    struct engine_run *next; /* in the list of active runs */
    uint32_t references;     /* clients, the active list, the record */
    uint32_t clients;
    uint32_t cancels; /* the engine's count when it was started */
    uint32_t id;      /* given when it runs */
    enum run_state state;
    bool preparing;                 /* engine_start is making its pipes */
    bool abandoned;                 /* nobody waits for its start any more: it is ended as soon as it runs */
    bool started_told, exited_told; /* to the transcript, and the end to the feed */
    bool truncated;
    bool collected;
    struct message_launched launched;
    struct message_exited end;
    struct violations violations; /* found after it */
    uint64_t started_ms;
    uint64_t give_up_ms; /* when its pipes are closed whoever holds their other ends; 0: never */
    struct run_output output[2];
    sbx_handle input; /* ours; NULL: none (any more) */
    struct stream input_bytes;
    struct operation input_operation;
    bool writing;
    bool input_ending; /* closed when everything is written */
    bool end_typed;    /* at a terminal instead of that */
};

/* A command that has ended, and when by the monotonic clock. */
struct ended {
    uint32_t id;
    uint64_t ms;
};

/* Of the plan's places that come later (core/plan.h), in its order. */
enum later_state { LATER_PENDING, LATER_GRANTED, LATER_FAILED };
struct later_root {
    enum later_state state;
    struct sbx_error error; /* of a failed one; why one that is pending waits for more than its turn */
    unsigned wanted;        /* by how many commands that wait */
};
struct engine_later {
    struct later_root
        *roots;   /* the array, and `stop`, are set before anyone else sees the engine; NULL: there is none */
    HANDLE stop;  /* ends the thread */
    bool working; /* it runs */
    unsigned waiting; /* commands */
};

struct engine {
    /* Set by engine_open before anyone else sees the engine. */
    struct boundary boundary;
    struct sbx_policy policy;                   /* that it comes from: a copy */
    enum sbx_assurance floor[SBX_DOMAIN_COUNT]; /* below which no later command is started */
    enum setup_group network;                   /* at the elevated level: whose rules are the account's, */
    bool network_holds;                         /* and what was seen of them (struct pool_account) */
    char *network_words;
    bool runner_read; /* the runner's token was read back by us, at the elevated level */
    char *session_id;
    char *runner_file;
    char *folder;                   /* the session's */
    struct private_desktop desktop; /* empty: commands start on the caller's */
    char *desktop_words;            /* what became of it, for the report; NULL: the policy wants none */
    char *work; /* this engine's own below it: a session may have several, one after another */
    bool folder_made;
    struct feed *feed;           /* held; NULL: nobody listens */
    struct change_log *changes;  /* held; NULL: nobody asks */
    struct held_file *work_mark; /* on `work`, while it is there */
    /* Git repositories by root: engine_open's, then whoever has `changing` in hand. */
    struct repositories_kept searched;
    struct plan plan;            /* carried out */
    struct tree_outcome outcome; /* of carrying it out */
    struct token_facts
        token; /* of commands, as the runner read it back; guarded by the lock until it has a user, then never changed */

    SRWLOCK transcript_lock;
    struct transcript *transcript;
    uint64_t lost_lines; /* of a closed one, and why the first could not be written */
    struct sbx_error lost_why;

    /* The thread's alone (before it starts: engine_open's). */
    struct frame_decoder decoder;
    uint8_t *channel_bytes;
    sbx_handle job;
    struct planted *planted; /* NULL: it is not provisioned yet */

    SRWLOCK lock;        /* guards everything below */
    uint32_t references; /* clients and the thread: memory */
    uint32_t clients;    /* sessions and held runs: life */
    enum engine_state state;
    bool gone;        /* the thread has done everything: no handle is left */
    bool left_behind; /* a command was let leave processes behind: they may run yet, unknown to us */
    bool gives_way;   /* no command is started: another runner of the same account is */
    struct engine_account
        *account; /* the session's, shared with the engine that takes this one's place; NULL: none */
    struct provision
        *provision; /* the session's mark in its workspace; NULL: another engine has it, or none */
    struct engine_allowance *allowances; /* oldest first; they live as long as this */
    struct engine_view *view;            /* what holds while some are in force; NULL: the boundary alone */
    CONDITION_VARIABLE changed;          /* of the next three, and the state */
    bool changing;                       /* a worker has `provision` to change what is granted */
    bool keeping;                        /* the thread that ends allowances runs */
    bool widened;                        /* on files there is more than the policy's */
    sbx_handle changing_stop;            /* ends the change; lent; may be NULL */
    struct engine_later later;
    sbx_handle stop; /* while engine_open runs: ends its waits */
    struct loop *loop;
    struct process runner;
    sbx_handle to_runner, from_runner;
    struct operation channel_read;
    bool channel_reading;
    struct operation wake;
    bool wake_posted;
    uint32_t operations; /* in flight, without `wake` */
    uint64_t close_ms;   /* when the runner is killed; 0: never */
    uint32_t cancels;
    uint32_t last_request, last_id;
    struct request *requests;
    struct engine_waiter *waiters;      /* of the calls that wait now */
    struct engine_waiter *idle_waiters; /* kept for the next calls */
    struct engine_run *active;          /* not settled: starting, running, or with a pipe still open */
    bool untidy;                        /* an active run may have settled */
    struct engine_run **records;        /* oldest first */
    size_t record_count, record_capacity;
    size_t starting_count;        /* runs that may need a record soon; there is room for it */
    struct violations violations; /* of all commands */
    struct folder_watch *watch;   /* of the workspace; NULL: there is none */
    struct operation watch_operation;
    bool watching;                      /* the operation is in flight */
    uint32_t writes_asked, writes_done; /* that the transcript be up to date */
    struct ended ended[2];              /* the last ones */
    uint8_t *scratch;                   /* discarded output is read into it, of any number of runs at once */
};

/* engine.c */
void engine_lock(struct engine *engine);
void engine_unlock(struct engine *engine);
bool engine_has_commands(const struct engine *engine); /* locked; one is starting or running */
void engine_wake(struct engine *engine, const void *subject,
                 unsigned what);                /* locked; subject NULL: everybody */
void engine_begin_close(struct engine *engine); /* locked */
void engine_poke(struct engine *engine);        /* locked; the thread looks at everything */
sbx_status engine_check_running(const struct engine *engine, struct sbx_error *error); /* locked */
sbx_status engine_say_lost(struct sbx_error *error); /* SBX_E_RUNNER_LOST with its text */
void engine_end_runner(
    struct engine *engine); /* the thread's: kills the runner and every command; does not wait */
void engine_dismantle(
    struct engine *engine); /* ends the runner, closes and cleans everything up; no lock held */

void call_begin(struct call *call, struct engine *engine, int32_t timeout_ms);
/* SBX_OK: look again. SBX_E_TIMEOUT (no text), SBX_E_CANCELLED, SBX_E_CLOSED, SBX_E_RUNNER_LOST, SBX_E_MEMORY. */
sbx_status call_wait(struct call *call, const void *subject, unsigned wants, struct sbx_error *error);
void call_end(struct call *call);

/* engine_channel.c */
sbx_status channel_write_make(uint16_t type, uint32_t request, struct sbx_buffer *payload,
                              struct channel_write **write, struct sbx_error *error); /* frees the payload */
void channel_write_free(struct channel_write *write);
sbx_status channel_send(struct engine *engine, struct channel_write *write,
                        struct sbx_error *error);                         /* locked; takes it */
sbx_status channel_start(struct engine *engine, struct sbx_error *error); /* the thread, and its first read */
uint32_t channel_next_request(struct engine *engine);                     /* locked */
void request_list(struct engine *engine, struct request *request);        /* locked */
sbx_status request_end(const struct request *request, sbx_status waited, struct sbx_error *error);
void request_unlist(struct engine *engine, struct request *request); /* locked */
/* Sends and waits for the answer. */
sbx_status channel_ask(struct engine *engine, uint16_t type, struct sbx_buffer *payload, int32_t timeout_ms,
                       struct request *request, struct sbx_error *error);

/* engine_pipe.c: all locked */
void run_pump_output(struct engine_run *run, int stream);
void run_pump_input(struct engine_run *run);
void run_close_input(struct engine_run *run); /* at once, what is queued is lost */
void run_close_output(struct engine_run *run, int stream);
void run_output_event(struct engine_run *run, int stream, const struct loop_event *event);
void run_input_event(struct engine_run *run, const struct loop_event *event);
bool run_output_ended(const struct engine_run *run, int stream); /* nothing more will come */
bool run_pipes_closed(const struct engine_run *run);

/* engine_account.c */
/*
 * The account that the session's level asks for into `input`; none at the restricted level. `look`: nothing is taken. The texts in
 * `input` live as long as the engine, but *words, which the caller frees. account_pool_level's and account_pool_take's errors.
 */
sbx_status engine_choose_account(struct engine *engine, const struct engine_options *options, bool look,
                                 struct boundary_input *input, char **words, struct sbx_error *error);
const struct pool_account *engine_pool_account(const struct engine *engine); /* NULL: the restricted level */
/* Takes back what the account has on other workspaces of the user: it has served them before. */
sbx_status engine_clear_account(struct engine *engine, const struct provision_host *host,
                                struct sbx_error *error);
/*
 * The secondary logon service gives a new process a list that admits its account, and we lock it a moment later. Who runs under that account
 * then may open the runner, for good. So the engine before starts nothing from here on, until it is told to go on; SBX_E_STATE where
 * a command of its runs, or may have left something behind that does.
 */
sbx_status engine_give_way(struct engine *former, struct sbx_error *error);
void engine_go_on(struct engine *former);
/* Suspended, in start->job; the password is wiped when it returns. */
sbx_status engine_start_as(struct engine *engine, const struct process_start *start, struct sbx_error *error);
void engine_drop_account(struct engine *engine); /* idempotent */
/* What commands made in the workspace, as far as it was seen, becomes the caller's; told in the transcript. No command lives any more. */
void engine_give_back_files(struct engine *engine);

/* engine_planted.c */
void run_look(struct engine_run *run);        /* the thread's, locked; gives the lock away meanwhile */
void engine_last_look(struct engine *engine); /* the thread's, not locked; no command lives any more */

/* engine_changes.c */
void engine_watch_changes(struct engine *engine); /* not locked; from here on they are written down */
void changes_event(struct engine *engine, const struct loop_event *event); /* locked */
void changes_stop(struct engine *engine);                                  /* locked */
void run_is_over(struct engine_run *run);                                  /* locked */

/* engine_feed.c: all locked */
bool run_is_heard(
    const struct engine_run *run); /* somebody wants its output, whether or not a client holds it */
void run_hear(struct engine_run *run, int stream, const void *bytes, size_t size);
void run_hear_start(struct engine_run *run);
void run_hear_end(struct engine_run *run);
void run_hear_nothing(struct engine_run *run); /* it was refused */
void engine_hear_violations(struct engine *engine, const struct violations *found);

/* engine_transcript.c: the thread's, locked */
bool run_is_written(const struct engine_run *run); /* the transcript wants (more of) its output */
void run_write_down(struct engine_run *run, int stream, const void *bytes, size_t size);
void engine_write_down(struct engine *engine); /* what has happened; gives the lock away meanwhile */
uint64_t engine_next_writing(
    const struct engine *engine);                    /* when output is to be written; UINT64_MAX: never */
void engine_close_transcript(struct engine *engine); /* not locked: with the changes, the end */

/* engine_run.c */
sbx_status run_start(struct engine *engine, const struct engine_command *command, bool internal,
                     struct engine_run **run, struct sbx_error *error);
void run_exited(struct engine_run *run, const struct message_exited *end); /* locked */
void run_lost(struct engine_run *run, enum exit_reason reason);            /* locked; starting or running */
void run_refused(struct engine_run *run);                                  /* locked */
void run_launched(struct engine_run *run, const struct message_launched *launched);           /* locked */
void run_send_terminate(struct engine_run *run, uint32_t exit_code, enum exit_reason reason); /* locked */
void run_unreference(struct engine_run *run);                                                 /* locked */
void runs_free(struct engine *engine); /* records of an engine nobody knows any more */

/* engine_open.c */
sbx_status engine_resolve(struct engine *engine, const struct engine_options *options, bool look,
                          struct sbx_error *error); /* the boundary, and where its folders will be */
/* A policy for the workspace and the folders of this engine. */
sbx_status engine_resolve_policy(struct engine *engine, const struct sbx_policy *policy, enum sbx_level level,
                                 const char *workspace, sbx_handle stop, struct boundary *boundary,
                                 struct sbx_error *error);

/* engine_search.c */
struct engine_search {
    struct repositories_search wishes; /* in the input */
    const struct boundary_input *input;
    struct sbx_strings known; /* as the journal says, once that was looked at */
    bool looked;
    sbx_handle stop;                        /* lent; may be NULL */
    const struct grants_progress *progress; /* lent; may be NULL */
};
/*
 * Fills what `input` (with workspace, user and programs) has of the search, as long as *search and *input live where they are. Roots
 * that the engine has looked through are not looked through again. A search takes up the journal: nobody on this thread may hold
 * it. To be ended.
 */
void engine_search_begin(struct engine_search *search, struct engine *engine, sbx_handle stop,
                         const struct grants_progress *progress, struct boundary_input *input);
void engine_search_end(struct engine_search *search);

/* engine_grants.c */
/* *provision may be given on a failure, too: what was granted is to be taken back. */
sbx_status engine_grant(struct engine *engine, const struct engine_options *options,
                        struct provision **provision, struct sbx_error *error);
/* Releases `provision` (NULL is fine) in any case. `error`, set by somebody else's failure, gets told what is left. */
void engine_take_back(struct provision *provision, struct engine *former,
                      const struct grants_progress *progress, struct sbx_error *error);

/* engine_allow.c */
struct provision *engine_take_provision(struct engine *engine); /* when nobody is changing what is granted */
/* Takes out what was granted for a while, and releases `provision` (NULL: nobody of this engine has it now). */
void engine_let_go_of_files(struct engine *engine, struct provision *provision);
void engine_free_allowances(struct engine *engine);

/*
 * What holds at the moment: the policy's boundary with the folders that are allowed for a while. NULL: there are none. Held until
 * it is given back, which NULL may be, too.
 */
struct engine_view {
    uint32_t references; /* guarded by the engine's lock; the engine's own is one */
    struct boundary boundary;
};
struct engine_view *engine_hold_view(struct engine *engine);
void engine_drop_view(struct engine *engine, struct engine_view *view);
/* The mark, for one change of what is granted; others wait until it is given back. `stop` ends the change, by the session's end, too. */
sbx_status engine_begin_change(struct engine *engine, sbx_handle stop, struct provision **provision,
                               struct sbx_error *error);
void engine_end_change(struct engine *engine, struct provision *provision);

/* engine_later.c */
sbx_status engine_list_later(struct engine *engine, struct sbx_error *error); /* with the plan carried out */
void engine_free_later(struct engine *engine);
void engine_begin_later(struct engine *engine); /* with the mark; also after a stop */
void engine_stop_later(struct engine *engine);  /* waits; what it was at is undone. Idempotent */
/*
 * With the mark in hand, after each change of what is granted, one that failed, too: it may have undone what was granted here. The
 * caller gives the mark back and begins anew.
 */
void engine_look_at_later(struct engine *engine, const struct provision *provision);
/*
 * Until what the command needs is granted, at most as long as it may run. SBX_E_TIMEOUT, SBX_E_CANCELLED, SBX_E_CLOSED,
 * SBX_E_RUNNER_LOST, the error of a toolchain that could not be granted, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status engine_await_later(struct engine *engine, const struct engine_command *command,
                              const char *directory, struct sbx_error *error);

/* engine_desktop.c */
sbx_status engine_make_desktop(struct engine *engine, struct sbx_error *error); /* before the runner starts */
void engine_drop_desktop(struct engine *engine);                                /* when it is gone */

/* engine_probe.c */
/*
 * Starts the probe, compares with what the caller can do outside, makes the report, checks it against the policy's
 * requirements and sets the floors of later commands. *findings is filled also with SBX_E_BELOW_REQUIREMENT.
 */
sbx_status engine_measure(struct engine *engine, struct findings *findings, struct sbx_error *error);

#endif
