/*
 * ending.h - why a command ended: what somebody asked for, what its job told, and how it took that.
 */
#ifndef SBX_CORE_ENDING_H
#define SBX_CORE_ENDING_H

#include "core/message.h"

/* What a command's job has told so far. Begins zeroed. */
struct ending {
    enum exit_reason refused; /* the last limit at which something was refused; EXIT_EXITED: none */
};

/* Takes one message in; those that say nothing of the end are left. */
void ending_take(struct ending *ending, const struct job_message *message);

/*
 * The reason of a command that has ended with `exit_code`. Whoever ended it on purpose gives the reason (`asked`;
 * EXIT_EXITED: nobody did). Otherwise a limit is the reason where the command ran into it and did not succeed: the system
 * refuses memory and processes and ends nobody, so what the command makes of the refusal is its own; one that got by
 * with less and ended with 0 has simply exited.
 */
enum exit_reason ending_reason(const struct ending *ending, enum exit_reason asked, uint32_t exit_code);

#endif
