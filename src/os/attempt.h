/*
 * attempt.h - single acts that a boundary should stop, each with the system's own answer: 0, or its error number.
 *
 * The probes inside do them, and whoever asked for the probes does the very same outside as the control. Nothing here
 * changes what it is tried on: what is opened is closed again.
 */
#ifndef SBX_OS_ATTEMPT_H
#define SBX_OS_ATTEMPT_H

#include "base/text.h"
#include "os/handle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens what is there, the last name itself, file or folder, with exactly these rights and shared with everybody. */
uint32_t attempt_file(const char *path, uint32_t access);
#define ATTEMPT_READ   0x00000001u /* FILE_READ_DATA, FILE_LIST_DIRECTORY */
#define ATTEMPT_WRITE  0x00000002u /* FILE_WRITE_DATA, FILE_ADD_FILE */
#define ATTEMPT_DELETE 0x00010000u

/*
 * Each right by which a process, or one of its threads, can be ended, read, changed or taken over, one at a time: asked
 * for together they are refused together. 0 when any is given, else the first answer that is no lack of access, else 5.
 * The threads are those of the process at this moment; 1168 (not found) when none can be seen.
 */
uint32_t attempt_process(uint32_t id);
uint32_t attempt_threads(uint32_t process_id);

uint32_t attempt_event(const char *name); /* of an event that is there: to set it */
uint32_t attempt_pipe(
    const char *name); /* one more instance of a pipe that somebody serves: to answer in his place */
uint32_t attempt_clipboard(void);            /* 1168 where there is no user32 */
uint32_t attempt_memory(size_t size);        /* commits so much at once, and gives it back */
uint32_t attempt_variable(const char *name); /* of the calling process's environment; 203: it is not there */
#define ATTEMPT_PHYSICAL_DRIVE "\\\\.\\PhysicalDrive0"

/* Named things of the caller's for attempt_event and attempt_pipe, gone with attempt_target_close. */
struct attempt_target;
sbx_status attempt_target_event(const char *name, struct attempt_target **target, struct sbx_error *error);
sbx_status attempt_target_pipe(const char *name, struct attempt_target **target, struct sbx_error *error);
void attempt_target_close(struct attempt_target *target); /* NULL is fine */

/*
 * A job into which tokens with one of `sids` may put processes (all that they may do with it), and which ends what is in it when it is
 * closed: by attempt_target_close, or by the system when the calling process ends.
 */
sbx_status attempt_target_job(const char *name, const struct sbx_strings *sids,
                              struct attempt_target **target, struct sbx_error *error);

/* A listener on 127.0.0.1, or ::1, at a port that the system chooses. SBX_E_SYSTEM where the host has no such address. */
struct attempt_listener;
sbx_status attempt_listen(bool v6, struct attempt_listener **listener, uint16_t *port,
                          struct sbx_error *error);
bool attempt_heard(struct attempt_listener *listener); /* has anybody connected since it was asked last? */
void attempt_listener_close(struct attempt_listener *listener); /* NULL is fine */

uint32_t attempt_connect(bool v6, uint16_t port); /* and closes at once; 10013: refused by a filter */
#define ATTEMPT_BLOCKED 10013u

#endif
