/*
 * runner.h - what the resident runner's own files share.
 *
 *     serve.c       requests in, answers out
 *     command.c     commands: their start, their end, what they leave behind
 *     interrupt.c   Ctrl-C
 *     terminal.c    the sizes of terminals
 *
 * One thread reads requests and carries them out in order; the ends of commands come on threads of the system's pool, and
 * what jobs tell on a thread of its own. What they share is guarded by one lock. "Locked" in a comment means: the
 * caller holds it.
 */
#ifndef SBX_SBXRUN_RUNNER_H
#define SBX_SBXRUN_RUNNER_H

#include "core/ending.h"
#include "core/launch.h"
#include "core/message.h"
#include "os/identity.h"

#include <windows.h>

struct running {
    struct running *next;
    struct runner *runner;
    uint32_t launch; /* request id, and the subject of what its job tells */
    struct launched launched;
    struct process_watch *watch;
    uint64_t started_ms;
    bool keep_descendants;
    uint64_t limit_ms; /* the policy's; 0: none */
    struct job_limits
        limits; /* of its request, and below which its attestation may not fall: for the messenger */
    enum sbx_assurance floor[SBX_DOMAIN_COUNT];
    uint8_t over_time_reason; /* what it means when the watch times out */
    uint8_t asked_reason;     /* EXIT_EXITED until somebody ended it */
    struct ending ending;     /* what its job told */
    bool started;             /* else it is being launched, and no request finds it */
    bool settled;             /* all that its job told before its end is in `ending` */
    bool ended;               /* reported; only the watch is left to be freed */
};

/* A messenger on its way, and the request that waits for what became of it. */
struct interrupt {
    struct interrupt *next;
    struct runner *runner;
    uint32_t request;
    struct launched messenger;
    struct process_watch *watch;
    bool ended; /* answered; only the watch is left to be freed */
};

/* A job whose command has ended but whose descendants may go on. */
struct kept_job {
    sbx_handle job;
    uint32_t launch;
    uint64_t until_ms; /* monotonic: the policy's time limit is theirs, too; UINT64_MAX: none */
};

struct runner {
    sbx_handle input;
    sbx_handle output;
    SRWLOCK
    lock; /* guards `running` and everything in it, the other lists, and whole frames on `output` */
    CONDITION_VARIABLE settled; /* one of `running` was */
    struct running *running;
    struct interrupt *interrupts;
    struct resize *resizes; /* requests that a terminal has not answered */
    struct kept_job *kept;
    size_t kept_count;

    /* The reading thread's alone. */
    bool greeted;
    bool prepared;
    struct message_prepare session;
    struct launch_context context;
    sbx_handle token;
    char user_sid[SID_TEXT_SIZE];
    char *system_folder; /* final, as all folders that commands start in */
    char *own_file;
};

/* serve.c: whole frames, from any thread. A failure means that the caller is gone. They free the payload. */
sbx_status send_frame(struct runner *runner, uint16_t type, uint32_t request, struct sbx_buffer *payload);
sbx_status send_failed(struct runner *runner, uint32_t request, const struct sbx_error *error);
sbx_status send_empty(struct runner *runner, uint16_t type, uint32_t request);

/*
 * command.c. The handlers carry out one request: a failure ends the runner, what concerns one request alone was answered
 * with FRAME_FAILED.
 */
sbx_status command_listen(
    struct runner *runner); /* starts the thread that hears what jobs tell; before the first launch */
sbx_status handle_launch(struct runner *runner, const struct frame *frame);
sbx_status handle_terminate(struct runner *runner, const struct frame *frame);
struct running *find_running(struct runner *runner, uint32_t launch); /* locked; NULL: none that runs */
void reap_commands(struct runner *runner); /* frees those that were reported; the reading thread's */

/* interrupt.c */
sbx_status handle_interrupt(struct runner *runner, const struct frame *frame);
void reap_interrupts(struct runner *runner);

/* terminal.c */
sbx_status terminal_listen(struct running *running); /* takes the pipe from the second stage */
sbx_status handle_resize(struct runner *runner, const struct frame *frame);

#endif
