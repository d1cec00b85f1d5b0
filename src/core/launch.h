/*
 * launch.h - the one function that starts a sandboxed command.
 *
 * Pipe or terminal, first or thousandth, restricted or elevated, a probe of ours or a user's npm: all of them
 * start here, in the runner, and nowhere else. Token from the recipe, job before the process, only the named
 * handles, the folder held, suspended, attested, resumed; on any failure the child is dead before the function
 * returns.
 */
#ifndef SBX_CORE_LAUNCH_H
#define SBX_CORE_LAUNCH_H

#include "core/message.h"
#include "core/program.h"

/* What is the same for all commands of a session. Made once by the runner. */
struct launch_context {
    const struct token_recipe *recipe;
    sbx_handle token; /* made of the recipe by token_make, kept for all launches */
    const char *
        user_sid; /* whom commands must run as: the runner's own, at the elevated level the account as its caller has it */
    const char *group_sid; /* the account's; NULL at the restricted level */
    const char *system_folder;
    const struct environment *environment;
    struct job_port *port; /* told of every command's job; NULL: nobody listens */
    const char *desktop;   /* "winsta\\desktop" of the session; NULL: it has none of its own */
    const char *own_file;  /* the runner's: a terminal's second stage */
};

struct launched {
    struct process process;          /* running */
    sbx_handle job;                  /* closing it ends the tree */
    struct process stage;            /* a terminal's second stage, which ends after the program; else empty */
    sbx_handle to_stage, from_stage; /* its frames: FRAME_RESIZE; NULL without a terminal */
    struct measurement measurement;
    struct token_facts token; /* as it was read back, where the request asks for it; else empty */
    int64_t start_utc_ms;
};

/*
 * `request` only lends its handles. What the command's job tells comes out of the context's port with `subject`, from
 * before the command runs. SBX_E_NOT_ENFORCED (attest_check's, or a context without a token: NULL
 * would mean the runner's own), SBX_E_ARGUMENT (a malformed change of the environment), program_find's
 * errors, process_start's, console_create's, SBX_E_SYSTEM. *launched is untouched on failure, and no child is left, suspended
 * or running.
 */
sbx_status launch_command(const struct launch_context *context, const struct message_launch *request,
                          uint64_t subject, struct launched *launched, struct sbx_error *error);

/* Ends the tree and closes everything. */
void launched_free(struct launched *launched);

/*
 * For a terminal's second stage alone: what the first one has found and checked, suspended, with the stage's own token and in its
 * job, at `console`. The first stage attests it. process_start's errors.
 */
sbx_status launch_attached(const struct message_attach *attach, const struct console *console,
                           struct process *process, struct sbx_error *error);

#endif
