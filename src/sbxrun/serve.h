/*
 * serve.h - the resident runner: reads requests from its standard input, starts commands, reports their ends.
 */
#ifndef SBX_SBXRUN_SERVE_H
#define SBX_SBXRUN_SERVE_H

/* Serves until the caller says close or is gone. The process's exit code: 0 asked to close, 1 anything else. */
int runner_serve(void);

#endif
