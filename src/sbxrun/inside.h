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
 * --probe TARGET=VALUE...: tries what a command should not be able to do with each target that is named, and writes a
 * line for each act to the standard output (core/probe.h), and nothing where none is named. The targets:
 *
 *     workspace, outside   folders; the second with write.txt, read.txt and delete.txt
 *     protected, denied, drive                         paths
 *     caller, runner, caller-threads, runner-threads   process ids
 *     canary               a handle's number      variable, event, pipe   names
 *     port4, port6         of a listener          clipboard, tree         anything
 *     leash                a job of the caller's: what is started in his name goes in there, too
 *     memory (MiB), crowd  more than the command may have: for one whose limits are set for it
 *
 * With `tree` it leaves a process behind on purpose, "grandchild PID"; with `caller`, too, "reparented PID" is one that
 * it could start in the caller's name: whoever asked for the probe looks whether it lives, and ends it.
 */
int inside_probe(int count, wchar_t **arguments);

/* --interrupt PID: sends Ctrl-C to the console of that process. Exit code 0, or the system's error number. */
int inside_interrupt(int count, wchar_t **arguments);

/* --sleep MILLISECONDS */
int inside_sleep(int count, wchar_t **arguments);

#endif
