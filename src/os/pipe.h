/*
 * pipe.h - pipes between us and a command, and the loop that serves many of them on one thread.
 *
 * Our end is overlapped and belongs to a loop; the other end is an ordinary synchronous handle, as programs expect
 * of their standard handles. Anonymous pipes cannot be overlapped, so this is a named one with a random 128-bit
 * name, one instance, first instance, no remote clients: nobody can open it before us, and nothing is left to open
 * afterwards.
 */
#ifndef SBX_OS_PIPE_H
#define SBX_OS_PIPE_H

#include "os/handle.h"

#include <stddef.h>

enum pipe_direction {
    PIPE_READ_BY_US,    /* a command's output */
    PIPE_WRITTEN_BY_US, /* a command's input */
};

/* Neither end is inheritable. The caller owns both. `size` is the buffer that the system is asked for, bytes. */
sbx_status pipe_create(enum pipe_direction direction, size_t size, sbx_handle *ours, sbx_handle *theirs,
                       struct sbx_error *error);

/* An inheritable handle of the null device: reads give end of file. The caller owns it. */
sbx_status pipe_open_null(bool for_writing, sbx_handle *handle, struct sbx_error *error);

/*
 * Synchronous use of a plain pipe end (the runner's own standard handles). pipe_read: *got is 0 at the end of file,
 * which is a success. pipe_write writes everything or fails; SBX_E_CLOSED when nobody reads any more.
 */
sbx_status pipe_read(sbx_handle pipe, void *bytes, size_t capacity, size_t *got, struct sbx_error *error);
sbx_status pipe_write(sbx_handle pipe, const void *bytes, size_t size, struct sbx_error *error);

/*
 * The same of an end of ours that belongs to no loop, and in time: for a peer that may not answer. SBX_E_TIMEOUT without a text;
 * what was taken or given by then is told nobody, so the pipe is good for nothing any more. timeout_ms -1 waits for ever.
 */
sbx_status pipe_read_within(sbx_handle pipe, void *bytes, size_t capacity, int32_t timeout_ms, size_t *got,
                            struct sbx_error *error);
sbx_status pipe_write_within(sbx_handle pipe, const void *bytes, size_t size, int32_t timeout_ms,
                             struct sbx_error *error);

/*
 * The loop: a completion port. One thread calls loop_wait; any thread may start operations, post and cancel. An
 * operation lives until its event came out of loop_wait, also when it was cancelled or its handle closed.
 */
struct loop;

struct loop_operation {
    uint64_t overlapped[5]; /* room for an OVERLAPPED */
    void *user;             /* the caller's, untouched */
};

struct loop_event {
    struct loop_operation *operation; /* NULL never: time-out is a status of its own */
    size_t size;                      /* bytes moved; 0 is not the end: a program may write nothing */
    bool ended;                       /* end of file, the other end is gone, or cancelled; size is then 0 */
};

sbx_status loop_create(struct loop **loop, struct sbx_error *error);
void loop_free(struct loop *loop);
sbx_status loop_attach(struct loop *loop, sbx_handle pipe,
                       struct sbx_error *error); /* once for each of our ends */

/*
 * Starts one operation. SBX_OK: its event will come. SBX_E_CLOSED: the other end is gone and no event will come.
 * Other failures: no event will come either.
 */
sbx_status loop_read(sbx_handle pipe, void *bytes, size_t capacity, struct loop_operation *operation,
                     struct sbx_error *error);
sbx_status loop_write(sbx_handle pipe, const void *bytes, size_t size, struct loop_operation *operation,
                      struct sbx_error *error);
void loop_cancel(sbx_handle pipe); /* everything pending on it ends; its events come */

/* Makes an event of size 0 for `operation` come out of loop_wait. */
sbx_status loop_post(struct loop *loop, struct loop_operation *operation, struct sbx_error *error);

/* The next event. timeout_ms -1 waits for ever; SBX_E_TIMEOUT (no text) when none came. */
sbx_status loop_wait(struct loop *loop, int32_t timeout_ms, struct loop_event *event,
                     struct sbx_error *error);

#endif
