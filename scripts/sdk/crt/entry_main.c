/*
 * entry_main.c - the start of a program with main: the tests.
 */
#include "start.h"

int main(int count, char **arguments, char **environment);

static _Noreturn __declspec(noinline) void run(void)
{
    start_program(_crt_console_app);
    if (_configure_narrow_argv(_crt_argv_unexpanded_arguments) != 0 ||
        _initialize_narrow_environment() != 0) {
        __fastfail(FAST_FAIL_FATAL_APP_EXIT);
    }
    exit(main(__argc, __argv, _get_initial_narrow_environment()));
}

_Noreturn void mainCRTStartup(void)
{
    __security_init_cookie(); /* before any function that has a cookie on its stack */
    run();
}
