/*
 * handle.h - system handles without windows.h.
 *
 * A sbx_handle is a HANDLE; NULL is none (the functions of os turn INVALID_HANDLE_VALUE into NULL). On the wire a
 * handle is its value in the process that owns it, as uint64_t: only the lower 32 bits of a handle are
 * significant, so a 32-bit caller and the 64-bit runner understand each other.
 */
#ifndef SBX_OS_HANDLE_H
#define SBX_OS_HANDLE_H

#include "base/status.h"

#include <stdbool.h>

typedef void *sbx_handle;

void handle_close(sbx_handle handle); /* NULL is fine */

/*
 * Puts a copy of `local` with the same access into `process` (its handle needs PROCESS_DUP_HANDLE). *remote is the
 * value there; whoever runs there owns it. SBX_E_SYSTEM.
 */
sbx_status handle_give(sbx_handle process, sbx_handle local, bool inheritable, uint64_t *remote,
                       struct sbx_error *error);

/* Closes a handle that handle_give put there and nobody was told of. Best effort. */
void handle_take_back(sbx_handle process, uint64_t remote);

sbx_handle handle_from_wire(uint64_t value);
uint64_t handle_to_wire(sbx_handle handle);

#endif
