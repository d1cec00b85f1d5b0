/*
 * setjmp.h - for the Windows SDK's headers and clang's intrin.h (see vcruntime.h); crt/CPU.S has the two functions.
 */
#pragma once

#include <vcruntime.h>

_CRT_BEGIN_C_HEADER

/* The registers that a function preserves; the largest set is x86-64's, with ten of 16 bytes each. */
typedef struct _JBTYPE {
    __declspec(align(16)) unsigned char registers[256];
} jmp_buf[1];

#define setjmp _setjmp
int __cdecl _setjmp(jmp_buf buffer);
__declspec(noreturn) void __cdecl longjmp(jmp_buf buffer, int value);

_CRT_END_C_HEADER
