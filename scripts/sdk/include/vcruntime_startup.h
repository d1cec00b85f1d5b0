/*
 * vcruntime_startup.h - what the SDK's corecrt_startup.h expects of Visual C++'s header of this name.
 */
#pragma once

#include <vcruntime.h>

typedef enum _crt_argv_mode {
    _crt_argv_no_arguments,
    _crt_argv_unexpanded_arguments,
    _crt_argv_expanded_arguments
} _crt_argv_mode;
