/*
 * launch_private.h - what the two files of launch share.
 */
#ifndef SBX_CORE_LAUNCH_PRIVATE_H
#define SBX_CORE_LAUNCH_PRIVATE_H

#include "core/launch.h"

/* One command on its way. Everything is lent. */
struct launching {
    const struct launch_context *context;
    const struct message_launch *request;
    const struct program *program;
    const struct environment *environment;
    struct attest_expectation expected; /* the job among it */
};

/*
 * Starts suspended in the command's job with the session's token, and attests: nothing of it is left after a failure, and
 * nothing of it ran. `start` has what differs: program, directory, environment, handles; `token` may be NULL.
 */
sbx_status launch_attested(const struct launching *launching, struct process_start *start,
                           struct process *process, struct measurement *measurement,
                           struct token_facts *token, struct sbx_error *error);

/* Where the token that was read back goes: NULL, nobody asks for it. */
struct token_facts *launching_token(const struct launching *launching, struct launched *launched);

/*
 * The program at a terminal of its own, suspended and attested, with launched->stage and its pipes. Whoever fails
 * after it ends the job. terminal_resume lets it run.
 */
sbx_status terminal_start(const struct launching *launching, struct launched *launched,
                          struct sbx_error *error);
sbx_status terminal_resume(struct launched *launched, struct sbx_error *error);

#endif
