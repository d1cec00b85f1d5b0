/*
 * exceptions.c - what the SDK's C library names for its own exception handling and vcruntime has.
 *
 * The product is C and handles no exception, so nothing here runs before the process is lost anyway. What it must not do
 * is hide that: a frame of the C library that would have to clean up ends the process instead.
 */
#include <windows.h>

typedef EXCEPTION_DISPOSITION handler(PEXCEPTION_RECORD record, void *frame, PCONTEXT context,
                                      PDISPATCHER_CONTEXT dispatcher);

handler __C_specific_handler;                   /* kernel32.dll */
handler __GSHandlerCheck, __GSHandlerCheck_SEH; /* vertdll.lib */
handler __C_specific_handler_noexcept, __CxxFrameHandler3, __GSHandlerCheck_EH, __GSHandlerCheck_SEH_noexcept;
void __GSHandlerCheckCommon(void *frame, PDISPATCHER_CONTEXT dispatcher, void *data); /* vertdll.lib */

#define UNWINDING(record) (((record)->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) != 0)

__declspec(noreturn) void __std_terminate(void)
{
    __fastfail(FAST_FAIL_FATAL_APP_EXIT);
}

void __crt_debugger_hook(int reason)
{
    (void)reason; /* a place for a debugger to stop at */
}

unsigned char __vcrt_uninitialize(unsigned char process_ends)
{
    (void)process_ends; /* nothing here was initialized */
    return TRUE;
}

/* An exception that nobody below a noexcept function wants ends the process. */
EXCEPTION_DISPOSITION __C_specific_handler_noexcept(PEXCEPTION_RECORD record, void *frame, PCONTEXT context,
                                                    PDISPATCHER_CONTEXT dispatcher)
{
    EXCEPTION_DISPOSITION disposition = __C_specific_handler(record, frame, context, dispatcher);
    if (disposition == ExceptionContinueSearch && !UNWINDING(record)) {
        __std_terminate();
    }
    return disposition;
}

EXCEPTION_DISPOSITION __GSHandlerCheck_SEH_noexcept(PEXCEPTION_RECORD record, void *frame, PCONTEXT context,
                                                    PDISPATCHER_CONTEXT dispatcher)
{
    EXCEPTION_DISPOSITION disposition = __GSHandlerCheck_SEH(record, frame, context, dispatcher);
    if (disposition == ExceptionContinueSearch && !UNWINDING(record)) {
        __std_terminate();
    }
    return disposition;
}

/* C++ frames: a search passes by them; to unwind one would need the C++ runtime, which is not here. */
EXCEPTION_DISPOSITION __CxxFrameHandler3(PEXCEPTION_RECORD record, void *frame, PCONTEXT context,
                                         PDISPATCHER_CONTEXT dispatcher)
{
    (void)frame, (void)context, (void)dispatcher;
    if (UNWINDING(record)) {
        __std_terminate();
    }
    return ExceptionContinueSearch;
}

/* The data of such a frame: where its C++ tables are, then what the cookie's check needs. */
EXCEPTION_DISPOSITION __GSHandlerCheck_EH(PEXCEPTION_RECORD record, void *frame, PCONTEXT context,
                                          PDISPATCHER_CONTEXT dispatcher)
{
    __GSHandlerCheckCommon(frame, dispatcher, (ULONG *)dispatcher->HandlerData + 1);
    return __CxxFrameHandler3(record, frame, context, dispatcher);
}
