/*
 * console.h - pseudoconsoles: a terminal's other end, made of two pipes.
 *
 * The console host is started by CreatePseudoConsole with its caller's token, so whoever makes one has the token of the
 * program that will sit at it (the runner's second stage), and nothing with more rights is at the other end. The calls are
 * Windows 10 1809's and looked up at run time.
 *
 * Wine 8.0 has them, but for resizing; there only programs that open CONIN$ and CONOUT$ are at the terminal, because a
 * program's standard handles are not set to it.
 */
#ifndef SBX_OS_CONSOLE_H
#define SBX_OS_CONSOLE_H

#include "os/handle.h"

#define CONSOLE_MOST_CELLS 32767 /* columns and rows are positive 16-bit numbers */

struct console;

/*
 * A console of that size, 1 to CONSOLE_MOST_CELLS each, whose host reads `input` and writes `output` (UTF-8 with VT sequences).
 * The host has copies of both: the caller's may be closed once a program is attached (process_start). SBX_E_ARGUMENT, SBX_E_UNSUPPORTED_HOST
 * where there are no pseudoconsoles, SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status console_create(uint32_t columns, uint32_t rows, sbx_handle input, sbx_handle output,
                          struct console **console, struct sbx_error *error);

/* SBX_E_ARGUMENT, SBX_E_UNSUPPORTED_HOST (Wine 8.0: E_NOTIMPL), SBX_E_SYSTEM. */
sbx_status console_resize(struct console *console, uint32_t columns, uint32_t rows, struct sbx_error *error);

/*
 * Ends what is still attached, and the host. Before Windows 11 24H2 the call waits until the host has written all there
 * is, so somebody must go on reading. NULL is fine.
 */
void console_close(struct console *console);

#endif
