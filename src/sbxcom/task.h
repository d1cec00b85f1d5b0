/*
 * task.h - work that takes its time, for a client's call: done on a thread of the module's own, while the caller waits
 * as calls do (wait.h: an apartment goes on taking calls).
 */
#ifndef SBX_SBXCOM_TASK_H
#define SBX_SBXCOM_TASK_H

#include "base/status.h"
#include "sbxcom/com.h"

/*
 * Runs `run` on a worker and returns when it has ended; `context` may lie on the caller's stack. Ctrl-C sets `stop`
 * (NULL: the work cannot be stopped), which the work looks at; it is waited for all the same. The caller holds no
 * lock. SBX_E_MEMORY, SBX_E_SYSTEM: nothing was run.
 */
sbx_status task_run(void (*run)(void *context), void *context, HANDLE stop, struct sbx_error *error);

/* Waits for an event as task_run does: it is not left before the event is set, and Ctrl-C sets `stop`. */
void task_wait(HANDLE event, HANDLE stop);

#endif
