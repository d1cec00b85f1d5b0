/*
 * program.h - which file a command names.
 *
 * Looked up by the runner, in the *child's* PATH with its PATHEXT, never in the working directory: a git.exe in a
 * cloned repository is not run because somebody typed git. A name with a separator is taken relative to the working
 * directory, as every shell does, since there somebody wrote the path.
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
 * SBX_E_COMMAND_NOT_FOUND (the text says where it was looked for; for a built-in of cmd it says how to ask for one), SBX_E_COMMAND_UNSAFE_ARGUMENT,
 * SBX_E_ARGUMENT (empty), SBX_E_LIMIT (too long), SBX_E_MEMORY. `system_folder` is System32, absolute.
 */
sbx_status program_find(const struct command_text *command, const struct environment *environment,
                        const char *directory, const char *system_folder, struct program *program,
                        struct sbx_error *error);
void program_free(struct program *program);

#endif
