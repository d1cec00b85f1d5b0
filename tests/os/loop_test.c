/*
 * loop_test.c - many pipes on one thread: what a command writes comes out whole, and every operation comes to an end.
 */
#include "base/memory.h"
#include "os/child.h"
#include "os/clock.h"
#include "os/native.h"
#include "os/pipe.h"
#include "support/harness.h"

#include <string.h>

#define FLOOD_SIZE (8u * 1024 * 1024)

struct ends {
    struct loop *loop;
    sbx_handle ours;
    sbx_handle theirs;
};

static void open_ends(struct ends *ends, enum pipe_direction direction)
{
    CU_ASSERT_EQUAL_FATAL(loop_create(&ends->loop, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(pipe_create(direction, 65536, &ends->ours, &ends->theirs, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(loop_attach(ends->loop, ends->ours, NULL), SBX_OK);
}

static void close_ends(struct ends *ends)
{
    handle_close(ends->ours);
    handle_close(ends->theirs);
    loop_free(ends->loop);
}

static void nothing_to_do_is_a_timeout_without_a_text(void)
{
    struct loop *loop;
    struct loop_event event = {0};
    struct sbx_error error = {0};
    uint64_t before;

    CU_ASSERT_EQUAL_FATAL(loop_create(&loop, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_wait(loop, 0, &event, &error), SBX_E_TIMEOUT);
    before = clock_monotonic_ms();
    CU_ASSERT_EQUAL(loop_wait(loop, 100, &event, &error), SBX_E_TIMEOUT);
    CU_ASSERT(clock_monotonic_ms() - before >= 90);
    CU_ASSERT_EQUAL(error.code, SBX_OK);
    CU_ASSERT_PTR_NULL(event.operation);
    loop_free(loop);
    loop_free(NULL);
}

static void posted_operation_comes_out_with_its_user(void)
{
    struct loop *loop;
    struct loop_event event;
    struct loop_operation operation;
    int user;

    operation.user = &user;
    CU_ASSERT_EQUAL_FATAL(loop_create(&loop, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_post(loop, &operation, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_wait(loop, -1, &event, NULL), SBX_OK);
    CU_ASSERT_PTR_EQUAL(event.operation, &operation);
    CU_ASSERT_PTR_EQUAL(event.operation->user, &user);
    CU_ASSERT_EQUAL(event.size, 0);
    CU_ASSERT_FALSE(event.ended);
    loop_free(loop);
}

/* Done at once or later, an operation has exactly one event. */
static void read_that_is_done_at_once_has_one_event_too(void)
{
    struct ends ends;
    struct loop_event event;
    struct loop_operation operation = {0};
    char bytes[8];

    open_ends(&ends, PIPE_READ_BY_US);
    CU_ASSERT_EQUAL(pipe_write(ends.theirs, "xyz", 3, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_read(ends.ours, bytes, sizeof bytes, &operation, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 5000, &event, NULL), SBX_OK);
    CU_ASSERT_EQUAL(event.size, 3);
    CU_ASSERT_FALSE(event.ended);
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 50, &event, NULL), SBX_E_TIMEOUT);
    close_ends(&ends);
}

static void pending_read_ends_when_the_other_end_goes(void)
{
    struct ends ends;
    struct loop_event event;
    struct loop_operation operation = {0};
    char bytes[8];

    open_ends(&ends, PIPE_READ_BY_US);
    CU_ASSERT_EQUAL(loop_read(ends.ours, bytes, sizeof bytes, &operation, NULL), SBX_OK);
    handle_close(ends.theirs);
    ends.theirs = NULL;
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 5000, &event, NULL), SBX_OK);
    CU_ASSERT_PTR_EQUAL(event.operation, &operation);
    CU_ASSERT(event.ended);
    CU_ASSERT_EQUAL(event.size, 0);
    close_ends(&ends);
}

/* Either SBX_E_CLOSED and no event, or SBX_OK and one: never both, never neither. */
static void read_behind_the_end_is_closed_without_an_event(void)
{
    struct ends ends;
    struct loop_event event;
    struct loop_operation operation = {0};
    sbx_status status;
    char bytes[8];

    open_ends(&ends, PIPE_READ_BY_US);
    handle_close(ends.theirs);
    ends.theirs = NULL;
    status = loop_read(ends.ours, bytes, sizeof bytes, &operation, NULL);
    if (status == SBX_OK) {
        CU_ASSERT_EQUAL(loop_wait(ends.loop, 5000, &event, NULL), SBX_OK);
        CU_ASSERT(event.ended);
    } else
        CU_ASSERT_EQUAL(status, SBX_E_CLOSED);
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 100, &event, NULL), SBX_E_TIMEOUT);
    close_ends(&ends);
}

static void write_to_a_closed_end_is_closed(void)
{
    struct ends ends;
    struct loop_event event;
    struct loop_operation operation = {0};
    sbx_status status;

    open_ends(&ends, PIPE_WRITTEN_BY_US);
    handle_close(ends.theirs);
    ends.theirs = NULL;
    status = loop_write(ends.ours, "x", 1, &operation, NULL);
    if (status == SBX_OK) {
        CU_ASSERT_EQUAL(loop_wait(ends.loop, 5000, &event, NULL), SBX_OK);
        CU_ASSERT(event.ended);
    } else
        CU_ASSERT_EQUAL(status, SBX_E_CLOSED);
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 100, &event, NULL), SBX_E_TIMEOUT);
    close_ends(&ends);
}

static void cancelled_operation_ends_with_its_event(void)
{
    struct ends ends;
    struct loop_event event;
    struct loop_operation operation = {0};
    char bytes[8];

    open_ends(&ends, PIPE_READ_BY_US);
    CU_ASSERT_EQUAL(loop_read(ends.ours, bytes, sizeof bytes, &operation, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 50, &event, NULL), SBX_E_TIMEOUT);
    loop_cancel(ends.ours);
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 5000, &event, NULL), SBX_OK);
    CU_ASSERT_PTR_EQUAL(event.operation, &operation);
    CU_ASSERT(event.ended);

    /* The pipe lives on. */
    CU_ASSERT_EQUAL(pipe_write(ends.theirs, "on", 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_read(ends.ours, bytes, sizeof bytes, &operation, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 5000, &event, NULL), SBX_OK);
    CU_ASSERT_EQUAL(event.size, 2);
    close_ends(&ends);
}

static void closing_our_end_brings_the_pending_event_out(void)
{
    struct ends ends;
    struct loop_event event;
    struct loop_operation operation = {0};
    char bytes[8];

    open_ends(&ends, PIPE_READ_BY_US);
    CU_ASSERT_EQUAL(loop_read(ends.ours, bytes, sizeof bytes, &operation, NULL), SBX_OK);
    handle_close(ends.ours);
    ends.ours = NULL;
    CU_ASSERT_EQUAL(loop_wait(ends.loop, 5000, &event, NULL), SBX_OK);
    CU_ASSERT_PTR_EQUAL(event.operation, &operation);
    CU_ASSERT(event.ended);
    close_ends(&ends);
}

static void event_of_a_write_of_nothing_is_not_the_end(void)
{
    struct ends ends;
    struct process process;
    struct process_start start = {0};
    struct loop_event event = {0};
    struct loop_operation operation = {0};
    char bytes[8];
    char all[8] = "";
    size_t size = 0;
    sbx_status status;

    open_ends(&ends, PIPE_READ_BY_US);
    start.output = ends.theirs;
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-write-nothing", &process, NULL), SBX_OK);
    handle_close(ends.theirs);
    ends.theirs = NULL;
    process_resume(&process, NULL);
    do {
        status = loop_read(ends.ours, bytes, sizeof bytes, &operation, NULL);
        if (!status)
            CU_ASSERT_EQUAL_FATAL(loop_wait(ends.loop, 30000, &event, NULL), SBX_OK);
        if (!status && !event.ended && size + event.size < sizeof all) {
            memcpy(all + size, bytes, event.size);
            size += event.size;
        }
    } while (!status && !event.ended);
    CU_ASSERT_STRING_EQUAL(all, "ab");
    process_wait(process.handle, 30000, NULL);
    process_free(&process);
    close_ends(&ends);
}

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

struct flood {
    struct loop *loop;
    sbx_handle in;
    sbx_handle out;
    uint8_t *sent;
    size_t written; /* how much the command has been given */
    size_t read;
    bool wrong;
    bool ended;
    struct loop_operation write;
    struct loop_operation read_operation;
    uint8_t bytes[65536];
};

static void flood_write(struct flood *flood)
{
    size_t left = FLOOD_SIZE - flood->written;

    if (!left) {
        handle_close(flood->in);
        flood->in = NULL;
        return;
    }
    CU_ASSERT_EQUAL(loop_write(flood->in, flood->sent + flood->written, left < 300000 ? left : 300000,
                               &flood->write, NULL),
                    SBX_OK);
}

static void flood_read(struct flood *flood)
{
    if (loop_read(flood->out, flood->bytes, sizeof flood->bytes, &flood->read_operation, NULL))
        flood->ended = true;
}

static void flood_event(struct flood *flood, const struct loop_event *event)
{
    if (event->operation == &flood->write) {
        CU_ASSERT_FALSE(event->ended);
        flood->written += event->size;
        flood_write(flood);
        return;
    }
    flood->ended = event->ended;
    for (size_t i = 0; i < event->size; i++)
        flood->wrong |= flood->bytes[i] != pattern(flood->read + i);
    flood->read += event->size;
    if (!flood->ended)
        flood_read(flood);
}

static void eight_megabytes_go_through_a_command_and_back(void)
{
    struct flood *flood = sbx_alloc(sizeof *flood);
    struct process process;
    struct process_start start = {0};
    struct loop_event event;
    uint32_t exit_code = 99;

    CU_ASSERT_PTR_NOT_NULL_FATAL(flood);
    flood->sent = sbx_alloc(FLOOD_SIZE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(flood->sent);
    for (size_t i = 0; i < FLOOD_SIZE; i++)
        flood->sent[i] = pattern(i);

    CU_ASSERT_EQUAL_FATAL(loop_create(&flood->loop, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_WRITTEN_BY_US, 65536, &flood->in, &start.input, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(pipe_create(PIPE_READ_BY_US, 65536, &flood->out, &start.output, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_attach(flood->loop, flood->in, NULL), SBX_OK);
    CU_ASSERT_EQUAL(loop_attach(flood->loop, flood->out, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(child_start(&start, "--child-echo", &process, NULL), SBX_OK);
    handle_close(start.input);
    handle_close(start.output);
    process_resume(&process, NULL);

    flood_write(flood);
    flood_read(flood);
    while (!flood->ended) {
        CU_ASSERT_EQUAL_FATAL(loop_wait(flood->loop, 60000, &event, NULL), SBX_OK);
        flood_event(flood, &event);
    }
    CU_ASSERT_EQUAL(flood->written, FLOOD_SIZE);
    CU_ASSERT_EQUAL(flood->read, FLOOD_SIZE);
    CU_ASSERT_FALSE(flood->wrong);
    CU_ASSERT_EQUAL(process_wait(process.handle, 30000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_exit_code(process.handle, &exit_code, NULL), SBX_OK);
    CU_ASSERT_EQUAL(exit_code, 0);

    process_free(&process);
    handle_close(flood->out);
    loop_free(flood->loop);
    sbx_free(flood->sent);
    sbx_free(flood);
}

const struct harness_suite loop_suite = {
    "loop",
    (const struct harness_test[]){
        {"nothing to do is a time-out without a text", nothing_to_do_is_a_timeout_without_a_text},
        {"a posted operation comes out with its user", posted_operation_comes_out_with_its_user},
        {"a read that is done at once has one event too", read_that_is_done_at_once_has_one_event_too},
        {"a pending read ends when the other end goes", pending_read_ends_when_the_other_end_goes},
        {"a read behind the end is closed or has one event", read_behind_the_end_is_closed_without_an_event},
        {"a write to a closed end is closed or has one event", write_to_a_closed_end_is_closed},
        {"a cancelled operation ends with its event", cancelled_operation_ends_with_its_event},
        {"closing our end brings the pending event out", closing_our_end_brings_the_pending_event_out},
        {"a command's write of nothing does not end its output", event_of_a_write_of_nothing_is_not_the_end},
        {"eight megabytes go through a command and back", eight_megabytes_go_through_a_command_and_back},
        {NULL, NULL},
    },
};
