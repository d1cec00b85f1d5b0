/*
 * child.h - the test program as its own child: started with a verb, it does one thing and its exit code tells.
 */
#ifndef TESTS_OS_CHILD_H
#define TESTS_OS_CHILD_H

#include "os/process.h"

/* Is this the command line of a child? Then *exit_code is what main has to return. */
bool child_main(int argc, char **argv, int *exit_code);

/*
 * Starts this program with `arguments` behind its name, suspended. Of `how` the token, job, handles, environment and
 * private_console count; NULL is a child with nothing. Environment NULL: the caller's own here, not none.
 */
sbx_status child_start(const struct process_start *how, const char *arguments, struct process *process,
                       struct sbx_error *error);

/* The same, resumed and waited for. Returns its exit code; a failure to get one is 0xBAD00000 + the status. */
uint32_t child_run(const struct process_start *how, const char *arguments);

/* The same, and what it wrote to its standard output (freed by the caller with sbx_free). */
uint32_t child_run_output(const struct process_start *how, const char *arguments, char **output,
                          size_t *size);

/* A folder of our own for files, made at the first call and deleted at the end of the program, if it is empty then. */
const char *scratch_folder(void);
void scratch_end(void);

/*
 * Makes `name` in the scratch folder a link to `target`, relative to where the link is, and takes such a link away. False where
 * that is not possible. Wine says TRUE to CreateSymbolicLink and makes none; but it starts Unix programs.
 */
bool make_link(const char *name, const char *target);
bool remove_link(const char *name);

/* On Wine? Tests that demand what only Windows does say so. */
bool on_wine(void);

/* May this process change the machine? Wine says yes to everybody. Tests that need it and do not have it are skipped. */
bool is_elevated(void);

/* The handles that this process has open. For leaks: the same before and after. */
uint32_t open_handles(void);

/*
 * Calls `attempt` with the 1st, 2nd, ... request for memory refused until it succeeds, and expects SBX_E_MEMORY (with a
 * text) of every failure and no handle lost. `attempt` frees what it made.
 */
void expect_memory_failures(sbx_status (*attempt)(void *context, struct sbx_error *error), void *context);

#endif
