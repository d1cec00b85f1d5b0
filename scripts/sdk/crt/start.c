/*
 * start.c - what stands between Windows and main, wmain, wWinMain or DllMain.
 *
 * Visual C++ links this from libraries of its own (vcruntime), which the Windows SDK does not contain. It does contain
 * the C library (ucrt) and that library's sources; what it asks of the start is read from there (startup/exit.cpp,
 * internal/initialization.cpp) and from corecrt_startup.h. ../README.md says which other parts are Microsoft's.
 */
#include "start.h"

/* The linker joins sections in the order of their names: between A and Z stand the functions of all objects. */
#pragma section(".CRT$XIA", long, read)
#pragma section(".CRT$XIZ", long, read)
#pragma section(".CRT$XCA", long, read)
#pragma section(".CRT$XCZ", long, read)
#pragma section(".CRT$XLA", long, read)
#pragma section(".CRT$XLZ", long, read)
#pragma section(".CRT$XPA", long, read)
#pragma section(".CRT$XPZ", long, read)
#pragma section(".CRT$XTA", long, read)
#pragma section(".CRT$XTZ", long, read)
__declspec(allocate(".CRT$XIA")) _PIFV __xi_a[] = {NULL};
__declspec(allocate(".CRT$XIZ")) _PIFV __xi_z[] = {NULL};
__declspec(allocate(".CRT$XCA")) _PVFV __xc_a[] = {NULL};
__declspec(allocate(".CRT$XCZ")) _PVFV __xc_z[] = {NULL};
__declspec(allocate(".CRT$XPA")) _PVFV __xp_a[] = {NULL};
__declspec(allocate(".CRT$XPZ")) _PVFV __xp_z[] = {NULL};
__declspec(allocate(".CRT$XTA")) _PVFV __xt_a[] = {NULL};
__declspec(allocate(".CRT$XTZ")) _PVFV __xt_z[] = {NULL};
__declspec(allocate(".CRT$XLA")) PIMAGE_TLS_CALLBACK __xl_a = NULL;
__declspec(allocate(".CRT$XLZ")) PIMAGE_TLS_CALLBACK __xl_z = NULL;

/* Thread-local variables: the linker looks for _tls_used, compiled code for _tls_index. */
#pragma section(".tls", long, read, write)
#pragma section(".tls$ZZZ", long, read, write)
#pragma section(".rdata$T", long, read)
ULONG _tls_index;
__declspec(allocate(".tls")) char _tls_start = 0;
__declspec(allocate(".tls$ZZZ")) char _tls_end = 0;
__declspec(allocate(".rdata$T")) const IMAGE_TLS_DIRECTORY _tls_used = {
    (ULONG_PTR)&_tls_start, (ULONG_PTR)&_tls_end, (ULONG_PTR)&_tls_index, (ULONG_PTR)(&__xl_a + 1), 0, {0}};

/* Compiled code names it where it uses floating point; nobody reads it. */
int _fltused = 0x9875;

/* Which instructions the processor has beyond the first x86-64: none that the C library may count on. */
int __isa_available = 0;

int start_library(void)
{
#ifndef SBX_DYNAMIC_UCRT
    if (!__acrt_initialize()) {
        return 0;
    }
#endif
    if (_initterm_e(__xi_a, __xi_z) != 0) {
        return 0;
    }
    _initterm(__xc_a, __xc_z);
    return 1;
}

void start_program(_crt_app_type type)
{
    if (!start_library()) {
        __fastfail(FAST_FAIL_FATAL_APP_EXIT);
    }
    _set_app_type(type);
}

int __cdecl atexit(_PVFV function)
{
    return _crt_atexit(function);
}
