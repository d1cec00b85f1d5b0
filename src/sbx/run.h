/*
 * run.h - sbx run: one command inside the boundary, as if it had been started directly.
 */
#ifndef SBX_SBX_RUN_H
#define SBX_SBX_RUN_H

#include "client.h"

/*
 * Runs `arguments` (program first): both outputs as they come, our input passed on, Ctrl-C ends the whole tree. Returns the
 * command's own exit code, or one of ours, which always comes with a line on stderr.
 */
int run_command(const struct client_options *options, wchar_t **arguments, int count);

#endif
