/*
 * wait.h - how a client's call waits for something: without stopping the client's world.
 *
 * A script's thread lives in a single-threaded apartment: while it waits it must go on taking calls (events, Cancel
 * from another thread, other objects of the script), or it hangs and with it whoever calls it. In a
 * multi-threaded apartment, and on threads that COM does not know, the wait is an ordinary one.
 */
#ifndef SBX_SBXCOM_WAIT_H
#define SBX_SBXCOM_WAIT_H

#include "os/handle.h"

#define WAIT_FOREVER UINT32_MAX
#define WAIT_MOST    62 /* handles at once */

/*
 * Waits until one of `handles` is signalled and says which one in *index (the first of several). The caller
 * holds no lock: in a single-threaded apartment any other method of any object may run on this thread meanwhile.
 *
 * In a console process Ctrl-C ends the wait with SBX_E_CANCELLED. The key is passed on to the handlers that were there
 * before: a host that stops the script on Ctrl-C (PowerShell) still does, one without a handler of its own still ends.
 *
 * SBX_E_TIMEOUT (without a text: the caller knows what was waited for), SBX_E_CANCELLED, SBX_E_MEMORY, SBX_E_SYSTEM.
 */
sbx_status wait_for(const sbx_handle *handles, size_t count, uint32_t timeout_ms, size_t *index,
                    struct sbx_error *error);

/*
 * The same for one event of the caller's own, which Ctrl-C sets as well: the caller takes a wait that ends for nothing in
 * its stride. Nothing is made for the wait, so it suits one who waits thousands of times a second. `other` (may be
 * NULL) ends the wait, too, with *other_came true.
 */
sbx_status wait_for_own(sbx_handle own, sbx_handle other, uint32_t timeout_ms, bool *other_came,
                        struct sbx_error *error);

#endif
