/*
 * main.c - clients.exe [PART OF A TEST'S NAME...]: the C clients.
 *
 * The main thread lives in a single-threaded apartment, as a script's does; the tests that are about threads say so.
 */
#include "clients/client.h"
#include "clients/victim.h"

#include <stdio.h>
#include <string.h>

extern const struct harness_suite vtable_suite, dispatch_suite, powershell_suite, threads_suite, bytes_suite,
    events_suite, endurance_suite, death_suite, killings_suite, interrupt_suite, files_suite;

int main(int argc, char **argv)
{
    static const struct harness_suite *const suites[] = {
        &vtable_suite, &dispatch_suite, &powershell_suite, &threads_suite, &bytes_suite,     &events_suite,
        &death_suite,  &killings_suite, &interrupt_suite,  &files_suite,   &endurance_suite, NULL,
    };
    int result;

    setvbuf(stdout, NULL, _IONBF, 0);
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (argc > 1 && !strcmp(argv[1], VICTIM_OPTION)) {
        victim_main();
        result = 0;
    } else if (argc > 1 && !strcmp(argv[1], BUSY_OPTION)) {
        busy_main();
        result = 0;
    } else if (argc > 1 && !strcmp(argv[1], WAITER_OPTION)) {
        waiter_main();
        result = 0;
    } else {
        result = harness_main(argc, argv, suites);
    }
    workspaces_delete();
    CoUninitialize();
    return result;
}
