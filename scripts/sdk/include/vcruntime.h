/*
 * vcruntime.h - what the Windows SDK's C library headers expect of the compiler's own header of this name.
 *
 * That header comes with Visual C++, not with the SDK, so a compiler that is not Visual C++ brings its own. Here is what
 * the SDK's headers use and no more; each macro does what its documented or evident counterpart does.
 */
#pragma once

#define _CRT_STRINGIZE_(x)        #x
#define _CRT_STRINGIZE(x)         _CRT_STRINGIZE_(x)
#define _CRT_WIDE_(s)             L##s
#define _CRT_WIDE(s)              _CRT_WIDE_(s)
#define _CRT_CONCATENATE_(a, b)   a##b
#define _CRT_CONCATENATE(a, b)    _CRT_CONCATENATE_(a, b)
#define _CRT_UNPARENTHESIZE_(...) __VA_ARGS__
#define _CRT_UNPARENTHESIZE(...)  _CRT_UNPARENTHESIZE_ __VA_ARGS__

#ifdef __cplusplus
#define _CRT_BEGIN_C_HEADER            \
    __pragma(pack(push, 8)) extern "C" \
    {
#define _CRT_END_C_HEADER \
    }                     \
    __pragma(pack(pop))
#else
#define _CRT_BEGIN_C_HEADER __pragma(pack(push, 8))
#define _CRT_END_C_HEADER   __pragma(pack(pop))
#endif

/* Annotations of Microsoft's own checks, the calling convention, and where functions come from: a static library. */
#include <sal.h>
#include <vadefs.h>
#define _VCRTIMP
#define _MRTIMP
#define _ACRTIMP_ALT
#define __CRTDECL          __cdecl
#define __CLRCALL_OR_CDECL __cdecl
#define _CRT_GUARDOVERFLOW
#define _CRT_ALIGN(n) __declspec(align(n))
#define _CRTNOALIAS   __declspec(noalias)
#define _CRTRESTRICT  __declspec(restrict)
#define _CRT_SATELLITE_1
#define _NODISCARD
#define _HAS_NODISCARD 0
#define _CONST_RETURN
#define _UNALIGNED     __unaligned
#define _CRT_UNUSED(x) (void)x
#define _CRT_SECURE_CPP_NOTHROW

/* Deprecation: the product decides which functions it uses by its own checks (tests/static). */
#define _CRT_DEPRECATE_TEXT(text)
#define _CRT_INSECURE_DEPRECATE(replacement)
#define _CRT_INSECURE_DEPRECATE_MEMORY(replacement)
#define _CRT_INSECURE_DEPRECATE_GLOBALS(replacement)

/* The language: C11, with the parts of C++17's library off. */
#ifdef __cplusplus
#define _CRT_HAS_CXX17 0
#endif
#define _CRT_HAS_C11 1
#ifndef _HAS_EXCEPTIONS
#define _HAS_EXCEPTIONS 0
#endif

#ifdef _WIN64
typedef unsigned long long size_t;
typedef long long ptrdiff_t;
typedef long long intptr_t;
#else
typedef unsigned int size_t;
typedef int ptrdiff_t;
typedef int intptr_t;
#endif
#ifndef __cplusplus
typedef unsigned short wchar_t;
#endif
#define _SIZE_T_DEFINED
#define _PTRDIFF_T_DEFINED
#define _INTPTR_T_DEFINED
#define _WCHAR_T_DEFINED

#ifdef __cplusplus
#define NULL 0
#else
#define NULL ((void *)0)
#endif

/* Stack protection (-fstack-protector-strong uses Microsoft's names here); crt/security.c has them. */
_CRT_BEGIN_C_HEADER
extern uintptr_t __security_cookie;
void __cdecl __security_init_cookie(void);
_CRT_END_C_HEADER
