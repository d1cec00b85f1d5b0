/*
 * later.h - which of the places that are granted while the session runs (plan.h) a command has to wait for.
 *
 * Those that what it names lies in: its program's file, the folders of its PATH, its working directory, absolute paths in its
 * arguments, each as it is written and as the host has it. Of a family (boundary.h) all where it needs one of them, and where it
 * can call one of the programs that read them: cargo.exe on its PATH reads .rustup, which no PATH names; dotnet.exe may lie in
 * Program Files, its packages lie in the profile. What a program finds in any other way (a variable, a file that it reads) nobody
 * sees here: that is refused as long as its folder is not granted.
 *
 * The text is the command's, and the caller looks at what it names: on disks alone, and not at more than a line of a few hundred paths.
 */
#ifndef SBX_CORE_LATER_H
#define SBX_CORE_LATER_H

#include "core/plan.h"
#include "core/program.h"

/* What a command may reach. */
struct later_reach {
    struct sbx_strings paths; /* absolute */
    struct sbx_strings names; /* of programs, without folder and extension */
    bool too_many;            /* more paths than are looked at: it may reach everything */
};
void later_reach_free(struct later_reach *reach);

/* The command as it would be started; all is lent. */
struct later_question {
    const struct command_text *command;
    const struct environment *environment;
    const char *directory;     /* final path */
    const char *system_folder; /* System32 */
};

/*
 * Asks the host, for each path and for each family in each folder of PATH. A command that names no program reaches nothing, as it will not be started. SBX_E_MEMORY;
 * *reach is untouched then.
 */
sbx_status later_look(const struct plan *plan, const struct later_question *question,
                      struct later_reach *reach, struct sbx_error *error);

/* Pure: does it have to wait for plan->later[index]? */
bool later_needs(const struct plan *plan, const struct later_reach *reach, size_t index);

#endif
