/*
 * cmdline.h - command lines: taken apart and quoted by the rules of the program's kind.
 *
 * Windows hands a program one string. Programs built with the C runtime take it apart by the rules in
 * Microsoft's "Parsing C command-line arguments" (backslashes before quotes, "" inside quotes); cmd.exe,
 * which runs batch files, has its own, under which no quoting is safe for some characters (CVE-2024-24576,
 * "BatBadBut"): those are refused.
 */
#ifndef SBX_CORE_CMDLINE_H
#define SBX_CORE_CMDLINE_H

#include "base/buffer.h"
#include "base/text.h"

#define CMDLINE_MOST_UNITS       32766 /* UTF-16 units without the NUL, CreateProcess's limit */
#define CMDLINE_MOST_BATCH_UNITS 8191  /* cmd's own */

/* SBX_E_LIMIT when `line` has more than `most` UTF-16 units. SBX_E_MEMORY. */
sbx_status cmdline_check_size(const char *line, size_t most, struct sbx_error *error);

/*
 * Arguments of a command line as the C runtime sees them; the first by the program-name rule (quotes toggle,
 * no escapes; blanks before it are skipped). An empty or blank text gives SBX_E_ARGUMENT. SBX_E_MEMORY.
 */
sbx_status cmdline_split(const char *text, struct sbx_strings *arguments, struct sbx_error *error);

/*
 * The first argument and where the rest begins (leading blanks kept in the rest). SBX_E_ARGUMENT when there
 * is none.
 */
sbx_status cmdline_program(const char *text, char **program, const char **rest, struct sbx_error *error);

/* Appends one argument (not the program's name) so that the C runtime gives it back unchanged. */
void cmdline_quote(struct sbx_buffer *out, const char *argument);

/*
 * The whole line "program" arg arg … for a program with the C runtime's rules. The program's name is always
 * quoted; a name with a quote in it is SBX_E_ARGUMENT. SBX_E_LIMIT over CMDLINE_MOST_UNITS.
 */
sbx_status cmdline_make(const char *program, const struct sbx_strings *arguments, size_t first, char **line,
                        struct sbx_error *error);

/*
 * The line for running a batch file through cmd: "CMD" /d /e:on /v:off /s /c ""BATCH" "arg" …". An argument
 * (or the batch file's path) that cannot be passed so that cmd and the batch file see it unchanged and
 * nothing is executed or expanded is SBX_E_COMMAND_UNSAFE_ARGUMENT: a quote, %, a line end or another control
 * character but the tab, and a backslash at its end, for which no quoting is safe. SBX_E_LIMIT over 8,191
 * units, cmd's own limit.
 */
sbx_status cmdline_make_batch(const char *cmd, const char *batch, const struct sbx_strings *arguments,
                              size_t first, char **line, struct sbx_error *error);

#endif
