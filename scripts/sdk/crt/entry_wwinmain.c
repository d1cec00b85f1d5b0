/*
 * entry_wwinmain.c - the start of a program with wWinMain: sbxrun.exe.
 */
#include "start.h"

static _Noreturn __declspec(noinline) void run(void)
{
    STARTUPINFOW info;
    start_program(_crt_gui_app);
    if (_configure_wide_argv(_crt_argv_unexpanded_arguments) != 0 || _initialize_wide_environment() != 0) {
        __fastfail(FAST_FAIL_FATAL_APP_EXIT);
    }
    GetStartupInfoW(&info);
    exit(wWinMain((HINSTANCE)&__ImageBase, NULL, _get_wide_winmain_command_line(),
                  info.dwFlags & STARTF_USESHOWWINDOW ? info.wShowWindow : SW_SHOWDEFAULT));
}

_Noreturn void wWinMainCRTStartup(void)
{
    __security_init_cookie(); /* before any function that has a cookie on its stack */
    run();
}
