/*
 * victim.h - clients.exe as the caller of somebody else's session, to which something is going to happen.
 */
#ifndef TESTS_CLIENTS_VICTIM_H
#define TESTS_CLIENTS_VICTIM_H

#include <windows.h>

/* Opens a session, starts a tree of processes, prints every process id, then "ready", and waits in Run. */
#define VICTIM_OPTION "--victim"
void victim_main(void);

/* Opens a session, prints "ready", and has commands and trees of processes come and go without an end. */
#define BUSY_OPTION "--busy"
void busy_main(void);

/* A console program that keeps Ctrl-C from ending it, as PowerShell does: prints "ready", waits in Run, prints how Run ended. */
#define WAITER_OPTION "--waiter"
void waiter_main(void);

/*
 * Starts clients.exe with that option and reads what it prints until "ready" into text (4096 bytes). The caller closes
 * the process and *output. NULL where it could not be started.
 */
HANDLE victim_start(const wchar_t *option, DWORD flags, HANDLE *output, char *text, DWORD *process_id);

#endif
