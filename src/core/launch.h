/*
 * launch.h - the one function that starts a sandboxed command.
 *
 * Pipe or terminal, first or thousandth, restricted or elevated, a probe of ours or a user's npm: all of them
 * start here, in the runner, and nowhere else. Token from the recipe, job before the process, only the named
 * handles, suspended, attested, resumed; on any failure the child is dead before the function returns.
 */
#ifndef SBX_CORE_LAUNCH_H
#define SBX_CORE_LAUNCH_H

#include "core/message.h"
#include "core/program.h"

/* What is the same for all commands of a session. Made once by the runner. */
struct launch_context {
    const struct token_recipe *recipe;
    sbx_handle token;     /* made of the recipe by token_make, kept for all launches */
    const char *user_sid; /* the runner's own */
    const char *system_folder;
    const struct environment *environment;
    struct job_port *port; /* told of every command's job; NULL: nobody listens */
};

struct launched {
    struct process process; /* running */
    sbx_handle job;         /* closing it ends the tree */
    struct measurement measurement;
    int64_t start_utc_ms;
};

/*
 * `request` only lends its handles. What the command's job tells comes out of the context's port with `subject`, from
 * before the command runs. SBX_E_NOT_ENFORCED (attest_check's, or a context without a token: NULL
 * would mean the runner's own), SBX_E_ARGUMENT (a malformed change of the environment), program_find's
 * errors, process_start's, SBX_E_SYSTEM. *launched is untouched on failure, and no child is left, suspended
 * or running.
 */
sbx_status launch_command(const struct launch_context *context, const struct message_launch *request,
                          uint64_t subject, struct launched *launched, struct sbx_error *error);

/* Ends the tree and closes everything. */
void launched_free(struct launched *launched);

#endif
