/*
 * pipe.c - what core needs of os/pipe.h: the null device, and the two pipes to a terminal's second stage, which a test plays.
 */
#include "os/pipe.h"
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes heard, said;
static size_t said_taken;
static void (*play)(void *context, uint32_t stage_id);
static void *play_context;

static void append(struct bytes *to, const void *bytes, size_t size)
{
    uint8_t *grown = realloc(to->data, to->size + size + 1);

    if (!grown)
        abort();
    memcpy(grown + to->size, bytes, size);
    to->data = grown;
    to->size += size;
}

void sim_pipes_reset(void)
{
    free(heard.data);
    free(said.data);
    memset(&heard, 0, sizeof heard);
    memset(&said, 0, sizeof said);
    said_taken = 0;
    play = NULL;
}

void sim_play_stage(void (*player)(void *context, uint32_t stage_id), void *context)
{
    play = player;
    play_context = context;
}

const void *sim_stage_heard(size_t *size)
{
    *size = heard.size;
    return heard.data;
}

void sim_stage_says(const void *bytes, size_t size)
{
    append(&said, bytes, size);
}

sbx_status pipe_open_null(bool for_writing, sbx_handle *handle, struct sbx_error *error)
{
    sbx_status status = sim_enter("CreateFile", error);

    (void)for_writing;
    if (status)
        return status;
    *handle = sim_handle_make(sim_object_make(SIM_NULL_DEVICE), SIM_OWN_PROCESS);
    return SBX_OK;
}

/* Both ends are one object here: what is in it is the test's. */
sbx_status pipe_create(enum pipe_direction direction, size_t size, sbx_handle *ours, sbx_handle *theirs,
                       struct sbx_error *error)
{
    struct sim_object *pipe;
    sbx_status status = sim_enter("CreateNamedPipe", error);

    (void)direction, (void)size;
    if (status)
        return status;
    pipe = sim_object_make(SIM_PIPE);
    sim_object_hold(pipe);
    *ours = sim_handle_make(pipe, SIM_OWN_PROCESS);
    *theirs = sim_handle_make(pipe, SIM_OWN_PROCESS);
    return SBX_OK;
}

/* The process that was started last is the stage. */
static uint32_t stage_id(void)
{
    return sim_process_count() ? sim_process_at(sim_process_count() - 1)->id : 0;
}

/* In pieces of one byte at first, as a pipe may give them. */
sbx_status pipe_read_within(sbx_handle pipe, void *bytes, size_t capacity, int32_t timeout_ms, size_t *got,
                            struct sbx_error *error)
{
    sbx_status status = sim_enter("ReadFile", error);
    size_t left;

    (void)timeout_ms;
    if (status)
        return status;
    if (!sim_handle_object(pipe, SIM_PIPE))
        return error_system(error, "ReadFile", SIM_ERROR_INVALID_HANDLE);
    if (said_taken == said.size && play) {
        void (*player)(void *context, uint32_t stage_id) = play;

        play = NULL;
        player(play_context, stage_id());
    }
    left = said.size - said_taken;
    *got = said_taken == 0 && left ? 1 : left < capacity ? left : capacity;
    if (*got)
        memcpy(bytes, said.data + said_taken, *got);
    said_taken += *got;
    return SBX_OK;
}

sbx_status pipe_write_within(sbx_handle pipe, const void *bytes, size_t size, int32_t timeout_ms,
                             struct sbx_error *error)
{
    sbx_status status = sim_enter("WriteFile", error);

    (void)timeout_ms;
    if (status)
        return status;
    if (!sim_handle_object(pipe, SIM_PIPE))
        return error_system(error, "WriteFile", SIM_ERROR_INVALID_HANDLE);
    append(&heard, bytes, size);
    return SBX_OK;
}
