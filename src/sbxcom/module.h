/*
 * module.h - the DLL's own life: what keeps it loaded, where it lies.
 *
 * COM asks DllCanUnloadNow and unloads the code on a yes. So everything that may still run code of ours counts: objects,
 * locks on class factories, and worker threads, which hold the module itself as well and leave with
 * FreeLibraryAndExitThread, because between the last of their instructions and the thread's end nothing else would.
 */
#ifndef SBX_SBXCOM_MODULE_H
#define SBX_SBXCOM_MODULE_H

#include "base/status.h"
#include "sbxcom/com.h"

#include <stdbool.h>

/* One count for objects, locks and workers alike. */
void module_hold(void);
void module_release(void);
bool module_is_idle(void);

/*
 * Starts a thread that runs `run` and then lets go of the module. *thread (may be NULL) is its handle, for waiting; the
 * caller closes it. Nobody may wait for it inside DllMain. SBX_E_SYSTEM.
 */
sbx_status module_start_worker(void (*run)(void *context), void *context, HANDLE *thread,
                               struct sbx_error *error);

/* The file that this code lies in, absolute, as the loader knows it. The caller frees with sbx_free. */
HRESULT module_path(WCHAR **path);

#endif
