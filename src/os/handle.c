/*
 * handle.c - handles between processes.
 */
#include "os/native.h"

void handle_close(sbx_handle handle)
{
    if (handle)
        CloseHandle(handle);
}

sbx_status handle_give(sbx_handle process, sbx_handle local, bool inheritable, uint64_t *remote,
                       struct sbx_error *error)
{
    HANDLE there;

    if (!DuplicateHandle(GetCurrentProcess(), local, process, &there, 0, inheritable, DUPLICATE_SAME_ACCESS))
        return native_error(error, "DuplicateHandle");
    *remote = handle_to_wire(there);
    return SBX_OK;
}

void handle_take_back(sbx_handle process, uint64_t remote)
{
    HANDLE here;

    /* Moved to us and closed here: Wine closes nothing there when no copy is wanted. */
    if (DuplicateHandle(process, handle_from_wire(remote), GetCurrentProcess(), &here, 0, FALSE,
                        DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS))
        CloseHandle(here);
}

/*
 * Handles are sign-extended between 32 and 64 bits and only their lower half counts (Windows documentation,
 * "Interprocess Communication Between 32-bit and 64-bit Applications"), so the wire carries that half.
 */
sbx_handle handle_from_wire(uint64_t value)
{
    return (sbx_handle)(intptr_t)(int32_t)(uint32_t)value;
}

uint64_t handle_to_wire(sbx_handle handle)
{
    return (uint32_t)(uintptr_t)handle;
}
