/*
 * assume.h - promises that the analyzers cannot see, since they look at one file at a time: what makes a failure returns
 * one. Without it they follow paths on which error_system says that all is well.
 */
#ifndef ANALYSIS_ASSUME_H
#define ANALYSIS_ASSUME_H

#include "base/status.h"

static inline sbx_status assume_failure(sbx_status status)
{
    if (status == SBX_OK)
        __builtin_unreachable();
    return status;
}

#define error_set(...)    assume_failure(error_set(__VA_ARGS__))
#define error_memory(...) assume_failure(error_memory(__VA_ARGS__))
#define error_system(...) assume_failure(error_system(__VA_ARGS__))

#ifdef ANALYZE_OS /* src/os, but for native.c */
#include "os/native.h"
#define native_error(...) assume_failure(native_error(__VA_ARGS__))
#endif

#endif
