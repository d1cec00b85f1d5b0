/*
 * entry_wmain.c - the start of a program with wmain: sbx.exe.
 */
#include "start.h"

int wmain(int count, wchar_t **arguments, wchar_t **environment);

static _Noreturn __declspec(noinline) void run(void)
{
    start_program(_crt_console_app);
    if (_configure_wide_argv(_crt_argv_unexpanded_arguments) != 0 || _initialize_wide_environment() != 0) {
        __fastfail(FAST_FAIL_FATAL_APP_EXIT);
    }
    exit(wmain(__argc, __wargv, _get_initial_wide_environment()));
}

_Noreturn void wmainCRTStartup(void)
{
    __security_init_cookie(); /* before any function that has a cookie on its stack */
    run();
}
