/*
 * inside.h - what the runner's own file does when it is started as a command, inside the sandbox.
 *
 * The runner's file is the one program that is certain to be there, so the probes and the Ctrl-C messenger are verbs
 * of it. They run with the command's token, in a job, through core/launch like everything else; a command may
 * start them too and gains nothing by it.
 */
#ifndef SBX_SBXRUN_INSIDE_H
#define SBX_SBXRUN_INSIDE_H

#include <wchar.h>

/*
 * --probe WORKSPACE OUTSIDE CALLER-PID RUNNER-PID CANARY: tries what a command should not be able to do and writes a
 * line for each to the standard output (core/probe.h), then "grandchild PID" of a process it leaves behind on purpose. "reparented PID"
 * is one that it could start in the caller's name; whoever asked for the probe looks whether it lives, and ends it.
 */
int inside_probe(int count, wchar_t **arguments);

/* --interrupt PID: sends Ctrl-C to the console of that process. Exit code 0, or the system's error number. */
int inside_interrupt(int count, wchar_t **arguments);

/* --sleep MILLISECONDS */
int inside_sleep(int count, wchar_t **arguments);

#endif
