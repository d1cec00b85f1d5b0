/*
 * serve.h - the resident runner: reads requests from its standard input, starts commands, reports their ends.
 */
#ifndef SBX_SBXRUN_SERVE_H
#define SBX_SBXRUN_SERVE_H

#include <wchar.h>

/*
 * Serves until the caller says close or is gone. The process's exit code: 0 asked to close, 1 anything else. `admit_sid` (NULL:
 * nobody) may open the runner beside SYSTEM and Administrators: the real user, where the runner runs under another account.
 */
int runner_serve(const char *admit_sid);

/* sbxrun --serve S-1-...: that user is admitted. Whoever starts it so himself lets somebody into a process of his own. */
int runner_serve_for(int count, wchar_t **arguments);

#endif
