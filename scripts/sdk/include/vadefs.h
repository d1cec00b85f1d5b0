/*
 * vadefs.h - variable arguments, for the Windows SDK's headers (see vcruntime.h). The compiler knows how.
 */
#pragma once

#include <sal.h>

#ifdef _WIN64
typedef unsigned long long uintptr_t;
#else
typedef unsigned int uintptr_t;
#endif
#define _UINTPTR_T_DEFINED
typedef char *va_list;
#define _VA_LIST_DEFINED

#define __crt_va_start(ap, last) __builtin_va_start(ap, last)
#define __crt_va_arg(ap, type)   __builtin_va_arg(ap, type)
#define __crt_va_end(ap)         __builtin_va_end(ap)
#define __crt_va_copy(to, from)  __builtin_va_copy(to, from)
