/*
 * lock.h - one elevated set-up at a time on this machine, whoever started it.
 *
 * A file in the Windows folder, which ordinary users may not write: open as long as it is held, shared with nobody, gone when its holder closes
 * it or dies. It admits Administrators and SYSTEM alone from its first moment, so nobody else can make it before us, or open it and so keep
 * us out (a mutex under Global\ anybody could make first). A mutex in a private namespace would be as good, but Wine 8.0 has
 * no AddSIDToBoundaryDescriptor: the name is there and ends the program.
 */
#ifndef SBX_OS_LOCK_H
#define SBX_OS_LOCK_H

#include "base/status.h"

struct machine_lock;

/*
 * Waits so long, in steps. One that its last holder died with is taken. SBX_E_TIMEOUT with a text, SBX_E_SYSTEM (5: no
 * administrator), SBX_E_MEMORY.
 */
sbx_status machine_lock_take(uint32_t timeout_ms, struct machine_lock **lock, struct sbx_error *error);
void machine_lock_release(struct machine_lock *lock); /* NULL is fine */

#endif
