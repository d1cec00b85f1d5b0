/*
 * ending.c - why a command ended.
 */
#include "core/ending.h"

void ending_take(struct ending *ending, const struct job_message *message)
{
    switch (message->event) {
    case JOB_MEMORY_LIMIT:
    case JOB_PROCESS_MEMORY_LIMIT:
        ending->refused = EXIT_MEMORY_LIMIT;
        break;
    case JOB_PROCESS_LIMIT:
        ending->refused = EXIT_PROCESS_LIMIT;
        break;
    default:
        break;
    }
}

enum exit_reason ending_reason(const struct ending *ending, enum exit_reason asked, uint32_t exit_code)
{
    if (asked != EXIT_EXITED)
        return asked;
    return exit_code == 0 ? EXIT_EXITED : ending->refused;
}
