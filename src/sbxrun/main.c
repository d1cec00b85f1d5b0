/*
 * main.c - sbxrun.exe: the command runner. A GUI-subsystem program, so that it has no console a command could open.
 */
#include "os/process.h"
#include "sbxrun/inside.h"
#include "sbxrun/serve.h"
#include "sbxrun/stage.h"

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static const struct {
    const wchar_t *name;
    int (*run)(int count, wchar_t **arguments);
} verbs[] = {
    {L"--probe", inside_probe},   {L"--interrupt", inside_interrupt}, {L"--sleep", inside_sleep},
    {L"--terminal", stage_serve}, {L"--serve", runner_serve_for},
};

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, LPWSTR line, int show)
{
    (void)instance, (void)previous, (void)line, (void)show;

    if (process_harden_self(NULL))
        return 1;

    /* Whether Ctrl-C is ignored is inherited; a host that ignores it must not make every command deaf to Interrupt. */
    SetConsoleCtrlHandler(NULL, FALSE);

    /* The C runtime has taken the line apart already; CommandLineToArgvW would load shell32 for it. */
    if (__argc < 2)
        return runner_serve(NULL);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!wcscmp(__wargv[1], verbs[i].name))
            return verbs[i].run(__argc - 2, __wargv + 2);
    }
    return 2;
}
