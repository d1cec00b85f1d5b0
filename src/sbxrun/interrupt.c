/*
 * interrupt.c - Ctrl-C for a command with pipes.
 */
#include "base/memory.h"
#include "os/process.h"
#include "sbxrun/runner.h"

#include <stdio.h>
#include <string.h>

#define INTERRUPT_WAIT_MS 3000

/* The messenger has ended, or takes too long. On a thread of the system's pool, once an interrupt. */
static void messenger_ended(void *context, bool timed_out)
{
    struct interrupt *interrupt = context;
    struct runner *runner = interrupt->runner;
    struct sbx_error error = {0};
    uint32_t exit_code = 0;
    sbx_status status = SBX_OK;

    if (timed_out)
        status = error_set(&error, SBX_E_TIMEOUT,
                           "The command's console did not take the interrupt in %d ms.", INTERRUPT_WAIT_MS);
    if (!status)
        status = process_exit_code(interrupt->messenger.process.handle, &exit_code, &error);
    if (!status && exit_code != 0)
        status = error_system(&error, "AttachConsole or GenerateConsoleCtrlEvent", exit_code);
    launched_free(&interrupt->messenger); /* ends one that hangs */

    status = status ? send_failed(runner, interrupt->request, &error)
                    : send_empty(runner, FRAME_DONE, interrupt->request);
    if (status)
        ExitProcess(1); /* as for the end of a command */
    AcquireSRWLockExclusive(&runner->lock);
    interrupt->ended = true;
    ReleaseSRWLockExclusive(&runner->lock);
}

static sbx_status launch_messenger(struct runner *runner, uint32_t process_id, const struct running *like,
                                   struct launched *messenger, struct sbx_error *error)
{
    struct message_launch request = {0};
    char *own_file = NULL;
    char number[16];
    sbx_status status;

    snprintf(number, sizeof number, "%lu", (unsigned long)process_id);
    request.directory = runner->system_folder;
    request.limits = like->limits;
    memcpy(request.floor, like->floor, sizeof request.floor);
    status = process_own_file(&own_file, error);
    if (!status &&
        (strings_append(&request.arguments, own_file) || strings_append(&request.arguments, "--interrupt") ||
         strings_append(&request.arguments, number)))
        status = error_memory(error, "an interrupt");
    if (!status)
        status = launch_command(&runner->context, &request, 0, messenger, error);
    strings_free(&request.arguments);
    sbx_free(own_file);
    return status;
}

/*
 * Ctrl-C reaches a console's processes only from a process attached to that console. The runner does not attach itself:
 * with more rights than the command, it would be the one at the other end. A messenger with the command's own
 * token does, started as any command is, and its end is watched as any command's: a console that does not answer delays
 * nobody else's request. Answered by messenger_ended where this succeeds.
 */
static sbx_status send_interrupt(struct runner *runner, uint32_t request, uint32_t process_id,
                                 const struct running *like, struct sbx_error *error)
{
    struct interrupt *interrupt = sbx_alloc(sizeof *interrupt);
    sbx_status status;

    if (!interrupt)
        return error_memory(error, "an interrupt");
    interrupt->runner = runner;
    interrupt->request = request;
    status = launch_messenger(runner, process_id, like, &interrupt->messenger, error);
    if (status)
        goto free_interrupt;

    /* Under the lock, as a command is: its end may come at once. */
    AcquireSRWLockExclusive(&runner->lock);
    status = process_watch(interrupt->messenger.process.handle, INTERRUPT_WAIT_MS, messenger_ended, interrupt,
                           &interrupt->watch, error);
    if (!status) {
        interrupt->next = runner->interrupts;
        runner->interrupts = interrupt;
    }
    ReleaseSRWLockExclusive(&runner->lock);
    if (!status)
        return SBX_OK;
    launched_free(&interrupt->messenger);

free_interrupt:
    sbx_free(interrupt);
    return status;
}

/* As reap_commands does for commands. */
void reap_interrupts(struct runner *runner)
{
    struct interrupt *done = NULL;
    struct interrupt **link;

    AcquireSRWLockExclusive(&runner->lock);
    link = &runner->interrupts;
    while (*link) {
        struct interrupt *interrupt = *link;

        if (interrupt->ended) {
            *link = interrupt->next;
            interrupt->next = done;
            done = interrupt;
        } else {
            link = &interrupt->next;
        }
    }
    ReleaseSRWLockExclusive(&runner->lock);

    while (done) {
        struct interrupt *next = done->next;

        process_unwatch(done->watch);
        sbx_free(done);
        done = next;
    }
}

sbx_status handle_interrupt(struct runner *runner, const struct frame *frame)
{
    struct sbx_error error = {0};
    struct message_terminate request;
    struct running *running;
    struct running like = {0}; /* a copy: the command may end meanwhile */
    uint32_t process_id = 0;
    sbx_status status;

    status = message_get_terminate(frame, &request, NULL);
    if (status)
        return status;

    AcquireSRWLockExclusive(&runner->lock);
    running = find_running(runner, request.launch);
    if (running) {
        like = *running;
        process_id = running->launched.process.id;
    }
    ReleaseSRWLockExclusive(&runner->lock);

    if (!running)
        error_set(&error, SBX_E_STATE, "The command has ended already; there is nobody to interrupt.");
    else if (!send_interrupt(runner, frame->request, process_id, &like, &error))
        return SBX_OK;
    return send_failed(runner, frame->request, &error);
}
