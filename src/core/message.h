/*
 * message.h - what the frames say: one structure a message, one pair of functions each.
 *
 * The runner reads no policy: a launch request is finished (recipe, job limits, floors, environment), and
 * what it answers was measured. A decoder checks every length and every enumeration; bytes left over are an
 * error too.
 */
#ifndef SBX_CORE_MESSAGE_H
#define SBX_CORE_MESSAGE_H

#include "core/attest.h"
#include "core/environment.h"
#include "core/frame.h"
#include "os/console.h"
#include "os/job.h"
#include "os/token.h"

/*
 * First frame of each side: FRAME_HELLO from the caller, FRAME_READY from the runner. Versions must be equal.
 */
struct message_hello {
    char *version;       /* of the product, "1.0.0" */
    uint32_t process_id; /* of the sender */
};

/* FRAME_PREPARE: once, before the first launch: what every command of this session gets. */
struct message_prepare {
    struct token_recipe recipe;
    char *directory; /* System32's path is the runner's own business; this is the workspace */
    char *desktop;   /* "winsta\\desktop" that commands start on; "": the caller's */
    /* At the elevated level: whom every command must run as, and the group by which the network is closed to it; "" else. */
    char *account_sid, *group_sid;
    struct environment environment;
};

/*
 * FRAME_LAUNCH. Handles are values in the runner, which owns them from the moment the frame is read, success
 * or not.
 */
struct message_launch {
    bool is_line; /* arguments.items[0] is a whole command line */
    struct sbx_strings arguments;
    char *directory;                /* final: the runner starts nothing in a folder that is another one now */
    struct environment environment; /* set on top of the session's; "NAME" without '=' removes */
    bool own_environment;           /* environment replaces the session's */
    uint64_t input, output, error;  /* 0: the null device */
    struct job_limits limits;
    uint64_t timeout_ms; /* 0: none; ends the command with EXIT_TIMED_OUT */
    uint64_t limit_ms;   /* 0: none; the policy's, ends it with EXIT_TIME_LIMIT */
    bool keep_descendants;
    bool
        tell_token; /* what was read back of the child's token comes with FRAME_LAUNCHED: a kilobyte that few want */
    bool terminal; /* input and output belong to a pseudoconsole, error is not used */
    uint32_t columns, rows;
    enum sbx_assurance floor[SBX_DOMAIN_COUNT]; /* attestation refuses below this */
};

/* FRAME_LAUNCHED: the command runs. */
struct message_launched {
    uint32_t process_id;
    int64_t start_utc_ms;
    struct measurement measurement;
    struct token_facts token; /* where it was asked for; else user_sid is "" */
};

/* FRAME_EXITED, request id of its launch. */
enum exit_reason {
    EXIT_EXITED,
    EXIT_TIMED_OUT,
    EXIT_TERMINATED,
    EXIT_MEMORY_LIMIT,
    EXIT_PROCESS_LIMIT,
    EXIT_TIME_LIMIT,
    EXIT_OUTPUT_LIMIT,
    EXIT_SESSION_CLOSED,
    EXIT_RUNNER_LOST,
};
struct message_exited {
    uint32_t exit_code;
    uint8_t reason; /* enum exit_reason */
    uint64_t cpu_ms;
    uint64_t peak_memory_size; /* bytes */
    uint64_t elapsed_ms;
};

/*
 * FRAME_TERMINATE: the command of `launch`, with this exit code and reason. FRAME_INTERRUPT means `launch`
 * alone.
 */
struct message_terminate {
    uint32_t launch; /* its request id */
    uint32_t exit_code;
    uint8_t reason;
};

/* FRAME_RESIZE. To a second stage `launch` says nothing: it has one terminal. */
struct message_resize {
    uint32_t launch;
    uint32_t columns, rows;
};

/*
 * FRAME_ATTACH, to the second stage of a terminal: what to start, all of it found and checked by the first one. Handles are
 * values in the second stage. It answers with FRAME_ATTACHED, and goes on at FRAME_RESUME, which says nothing more.
 */
struct message_attach {
    char *image, *command_line;
    char *directory;
    char *desktop; /* "": its own */
    struct environment environment;
    uint32_t mitigations; /* enum process_mitigation */
    uint32_t columns, rows;
    uint64_t input, output;
};

/* FRAME_ATTACHED: it is there, suspended. */
struct message_attached {
    uint32_t process_id;
};

/* FRAME_FAILED: the request was refused; nothing was run. */
struct message_failed {
    struct sbx_error error; /* `where` is empty: pointers do not travel */
};

/*
 * Encoders append a payload to `out` (check with buffer_failed); a text that is NULL is written as an empty
 * one. Decoders take the frame whole, type included: SBX_E_RUNNER_PROTOCOL, SBX_E_MEMORY; *message is
 * untouched on failure.
 */
void message_put_hello(struct sbx_buffer *out, const struct message_hello *message);
void message_put_prepare(struct sbx_buffer *out, const struct message_prepare *message);
void message_put_launch(struct sbx_buffer *out, const struct message_launch *message);
void message_put_launched(struct sbx_buffer *out, const struct message_launched *message);
void message_put_exited(struct sbx_buffer *out, const struct message_exited *message);
void message_put_terminate(struct sbx_buffer *out, const struct message_terminate *message);
void message_put_resize(struct sbx_buffer *out, const struct message_resize *message);
void message_put_attach(struct sbx_buffer *out, const struct message_attach *message);
void message_put_attached(struct sbx_buffer *out, const struct message_attached *message);
void message_put_failed(struct sbx_buffer *out, const struct sbx_error *error);

sbx_status message_get_hello(const struct frame *frame, struct message_hello *message,
                             struct sbx_error *error);
sbx_status message_get_prepare(const struct frame *frame, struct message_prepare *message,
                               struct sbx_error *error);
sbx_status message_get_launch(const struct frame *frame, struct message_launch *message,
                              struct sbx_error *error);
sbx_status message_get_launched(const struct frame *frame, struct message_launched *message,
                                struct sbx_error *error);
sbx_status message_get_exited(const struct frame *frame, struct message_exited *message,
                              struct sbx_error *error);
sbx_status message_get_terminate(const struct frame *frame, struct message_terminate *message,
                                 struct sbx_error *error);
sbx_status message_get_resize(const struct frame *frame, struct message_resize *message,
                              struct sbx_error *error);
sbx_status message_get_attach(const struct frame *frame, struct message_attach *message,
                              struct sbx_error *error);
sbx_status message_get_attached(const struct frame *frame, struct message_attached *message,
                                struct sbx_error *error);
sbx_status message_get_failed(const struct frame *frame, struct sbx_error *received, struct sbx_error *error);

void message_free_hello(struct message_hello *message);
void message_free_prepare(struct message_prepare *message);
void message_free_launch(struct message_launch *message);
void message_free_launched(struct message_launched *message);
void message_free_attach(struct message_attach *message);

#endif
