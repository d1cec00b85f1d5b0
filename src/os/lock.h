/*
 * lock.h - one elevated set-up at a time on this machine, whoever started it.
 *
 * A mutex in a private namespace whose boundary holds the Administrators' SID: an ordinary user can neither make that
 * namespace nor an object in it, so he cannot hold the lock before us (a name under Global\ he could).
 */
#ifndef SBX_OS_LOCK_H
#define SBX_OS_LOCK_H

#include "base/status.h"

struct machine_lock;

/*
 * Waits so long. One that its last holder died with is taken. The thread that took it releases it. SBX_E_TIMEOUT with a text,
 * SBX_E_SYSTEM (5: no administrator), SBX_E_MEMORY.
 */
sbx_status machine_lock_take(uint32_t timeout_ms, struct machine_lock **lock, struct sbx_error *error);
void machine_lock_release(struct machine_lock *lock); /* NULL is fine */

#endif
