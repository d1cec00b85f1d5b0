/*
 * i686.c - the stack cookie of 32-bit x86; the other two processors have Microsoft's, from the SDK's BufferOverflowU.lib.
 */
#include <windows.h>

uintptr_t __security_cookie = 0xBB40E64E;

void __security_init_cookie(void)
{
    FILETIME now;
    LARGE_INTEGER counter;
    GetSystemTimeAsFileTime(&now);
    QueryPerformanceCounter(&counter);
    __security_cookie = now.dwLowDateTime ^ now.dwHighDateTime ^ counter.LowPart ^ GetCurrentProcessId() ^
                        GetCurrentThreadId() ^ (uintptr_t)&now;
}
