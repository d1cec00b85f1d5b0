/*
 * module.c - the DLL's entry points but registration, and the counts behind them.
 */
#include "sbxcom/module.h"
#include "base/memory.h"
#include "sbxcom/class_factory.h"
#include "sbxcom/typeinfo.h"

static LONG holds;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance;

    /*
     * At the end of the process (reserved is set) other DLLs may be gone already, and memory is freed anyway. Thread
     * notifications stay on: the C runtime that is linked in wants them.
     */
    if (reason == DLL_PROCESS_DETACH && !reserved)
        typeinfo_free();
    return TRUE;
}

STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **object)
{
    return class_factory_get(clsid, iid, object);
}

STDAPI DllCanUnloadNow(void)
{
    return module_is_idle() ? S_OK : S_FALSE;
}

void module_hold(void)
{
    InterlockedIncrement(&holds);
}

void module_release(void)
{
    InterlockedDecrement(&holds);
}

bool module_is_idle(void)
{
    return InterlockedCompareExchange(&holds, 0, 0) == 0;
}

/* ---- workers ------------------------------------------------------------------------------------------------------- */

struct worker {
    void (*run)(void *context);
    void *context;
    HMODULE module;
};

static DWORD WINAPI work(void *parameter)
{
    struct worker worker = *(struct worker *)parameter;

    sbx_free(parameter);
    worker.run(worker.context);
    module_release();
    FreeLibraryAndExitThread(worker.module, 0);
}

sbx_status module_start_worker(void (*run)(void *context), void *context, HANDLE *thread,
                               struct sbx_error *error)
{
    sbx_status status;
    HANDLE started;
    struct worker *worker = sbx_alloc(sizeof *worker);

    if (!worker)
        return error_memory(error, "a thread");
    worker->run = run;
    worker->context = context;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)(ULONG_PTR)&holds,
                            &worker->module)) {
        status = error_system(error, "GetModuleHandleEx", GetLastError());
        goto free_worker;
    }

    module_hold();
    started = CreateThread(NULL, 0, work, worker, 0, NULL);
    if (!started) {
        status = error_system(error, "CreateThread", GetLastError());
        goto release;
    }
    if (thread)
        *thread = started;
    else
        CloseHandle(started);
    return SBX_OK;

release:
    module_release();
    FreeLibrary(worker->module);
free_worker:
    sbx_free(worker);
    return status;
}

/* ---- where it lies ------------------------------------------------------------------------------------------------- */

HRESULT module_path(WCHAR **path)
{
    HMODULE module;
    WCHAR *text = NULL;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const WCHAR *)(ULONG_PTR)&holds, &module))
        return HRESULT_FROM_WIN32(GetLastError());

    /* The longest path has 32,767 units; a result as long as the room means that it was cut. */
    for (DWORD room = MAX_PATH; room <= 65536; room *= 2) {
        DWORD length;
        WCHAR *larger = sbx_realloc(text, room * sizeof *text);

        if (!larger) {
            sbx_free(text);
            return E_OUTOFMEMORY;
        }
        text = larger;
        length = GetModuleFileNameW(module, text, room);
        if (length > 0 && length < room) {
            *path = text;
            return S_OK;
        }
        if (length == 0)
            break;
    }
    sbx_free(text);
    return HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
}
