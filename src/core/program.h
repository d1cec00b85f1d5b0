/*
 * program.h - which file a command names.
 *
 * Looked up by the runner, in the *child's* PATH with its PATHEXT, never in the working directory: a git.exe
 * in a cloned repository is not run because somebody typed git. Only absolute local folders of PATH count. A
 * name with a separator is taken relative to the working directory, as every shell does, since there somebody
 * wrote the path. Programs on network paths are refused: the runner looks with the user's credentials, before
 * any boundary has a say. Nothing is guessed: a built-in of cmd, a script, a file that Windows opens with
 * another program is an error that tells what to write instead.
 */
#ifndef SBX_CORE_PROGRAM_H
#define SBX_CORE_PROGRAM_H

#include "core/environment.h"

struct command_text {
    const char *line;                    /* a command line as typed; or NULL and: */
    const struct sbx_strings *arguments; /* program, then arguments */
};

struct program {
    char *
        image; /* absolute path of what CreateProcess gets: the program, or System32's cmd for a batch file */
    char *command_line; /* whole */
    bool batch;
};

/*
 * A command line keeps its first word as typed (the image is told to the system apart), an array's first is
 * quoted; for a batch file the line is cmd's, made from the arguments by cmdline_make_batch.
 *
 * SBX_E_COMMAND_NOT_FOUND (the text says where it was looked for and what to write),
 * SBX_E_COMMAND_UNSAFE_ARGUMENT, SBX_E_ARGUMENT (empty, a working directory that is not absolute),
 * SBX_E_LIMIT (too long), SBX_E_MEMORY; *program is untouched on failure. `system_folder` is System32,
 * absolute.
 */
sbx_status program_find(const struct command_text *command, const struct environment *environment,
                        const char *directory, const char *system_folder, struct program *program,
                        struct sbx_error *error);
void program_free(struct program *program);

/* The folders of its PATH that count, in order; appended. SBX_E_MEMORY. */
sbx_status program_folders(const struct environment *environment, struct sbx_strings *folders);

#endif
