/*
 * victim.h - clients.exe as a caller that is going to be killed: it opens a session, starts a tree of processes, prints
 * every process id, then "ready", and waits in Run.
 */
#ifndef TESTS_CLIENTS_VICTIM_H
#define TESTS_CLIENTS_VICTIM_H

#define VICTIM_OPTION "--victim"

void victim_main(void);

#endif
