/*
 * commands.h - the command line: the same verbs for an administrator at a shell, or for a roll-out that nobody watches.
 */
#ifndef SBX_SBXSETUP_COMMANDS_H
#define SBX_SBXSETUP_COMMANDS_H

#include <wchar.h>

enum {
    EXIT_DONE = 0,
    EXIT_DIFFERS = 1, /* status: set up, and not as it was left */
    EXIT_NOTHING = 2, /* status, repair: nothing is set up for that user */
    EXIT_USAGE = 64,
    EXIT_INTERNAL = 70, /* the host failed: a system call, a journal, memory */
    EXIT_REFUSED = 77,  /* not elevated, a policy in the way, somebody else's account: nothing was changed */
};

/* Is it a verb of ours? Then *exit_code is what became of it. */
int commands_run(int count, wchar_t **arguments, int *exit_code);

/* UTF-8 to standard output, or to standard error: to a console as text, else as bytes. */
void commands_say(const char *text);
void commands_complain(const char *text);

/* "sbxsetup: E_WORD: text" on standard error, and the exit code that belongs to it. */
struct sbx_error;
int commands_failed(int status, const struct sbx_error *error);

#endif
