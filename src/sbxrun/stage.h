/*
 * stage.h - a terminal's second stage: the runner's own file with the command's token, in the command's job.
 */
#ifndef SBX_SBXRUN_STAGE_H
#define SBX_SBXRUN_STAGE_H

#include <wchar.h>

/*
 * --terminal: makes the pseudoconsole that the first stage describes on standard input, starts the program at it as
 * core/launch_terminal.c tells, resizes it, and closes it when the program has ended. A command may start it too and gains
 * nothing by it: it has that command's rights.
 */
int stage_serve(int count, wchar_t **arguments);

#endif
