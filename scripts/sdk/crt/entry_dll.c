/*
 * entry_dll.c - the start of a DLL: sbxcom.dll.
 */
#include "start.h"

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved);

/* Undone in the order of Visual C++'s start. A C library in a DLL of its own looks after itself. */
static void stop_library(int process_ends)
{
    _cexit(); /* what atexit was given */
#ifdef SBX_DYNAMIC_UCRT
    (void)process_ends;
#else
    __acrt_uninitialize_critical(FALSE);
    __acrt_uninitialize((__crt_bool)process_ends);
#endif
}

static __declspec(noinline) BOOL call(HINSTANCE module, DWORD reason, void *reserved)
{
    BOOL done;
    if (reason == DLL_PROCESS_ATTACH && !start_library()) {
        return FALSE;
    }
#ifndef SBX_DYNAMIC_UCRT
    if (reason == DLL_THREAD_ATTACH && !__acrt_thread_attach()) {
        return FALSE;
    }
#endif
    done = DllMain(module, reason, reserved);
    if (reason == DLL_PROCESS_DETACH) {
        stop_library(reserved != NULL);
    } else if (reason == DLL_PROCESS_ATTACH && !done) {
        stop_library(FALSE);
    }
#ifndef SBX_DYNAMIC_UCRT
    if (reason == DLL_THREAD_DETACH) {
        __acrt_thread_detach();
    }
#endif
    return done;
}

BOOL WINAPI _DllMainCRTStartup(HINSTANCE module, DWORD reason, void *reserved)
{
    if (reason == DLL_PROCESS_ATTACH) {
        __security_init_cookie(); /* before any function that has a cookie on its stack */
    }
    return call(module, reason, reserved);
}
