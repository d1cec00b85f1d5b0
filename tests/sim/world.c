/*
 * world.c - objects, handles, processes that were, and whose turn it is to fail.
 */
#include "sim/world.h"
#include "base/memory.h"
#include "sim/file.h"
#include "sim/open.h"

#include <stdlib.h>
#include <string.h>

struct sim_host sim_host;

struct handle_entry {
    struct sim_object *object; /* NULL: closed; a value is never used twice, so a stale handle is seen */
    uint32_t owner;
};

static struct handle_entry *handles;
static size_t handle_count;

struct record_entry {
    struct sim_process record;
    struct sim_object *process; /* NULL once the object is gone */
    struct record_entry *next;
};

static struct record_entry *records;
static uint32_t next_process_id;

void *sim_allocate(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        abort();
    return memory;
}

char *sim_duplicate(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(sim_allocate(size), text, size);
}

uint32_t sim_pseudo_random(uint32_t *seed)
{
    /* Numerical Recipes' generator; its upper half is good enough for tests. */
    uint32_t high;

    *seed = *seed * 1664525u + 1013904223u;
    high = *seed >> 16;
    *seed = *seed * 1664525u + 1013904223u;
    return high << 16 | *seed >> 16;
}

/* Objects and handles. */

struct sim_object *sim_object_make(enum sim_kind kind)
{
    struct sim_object *object = sim_allocate(sizeof *object);

    object->kind = kind;
    object->references = 1;
    return object;
}

void sim_object_hold(struct sim_object *object)
{
    object->references++;
}

static void forget_process(const struct sim_object *process)
{
    for (struct record_entry *entry = records; entry; entry = entry->next) {
        if (entry->process == process)
            entry->process = NULL;
    }
}

void sim_object_release(struct sim_object *object)
{
    if (!object || --object->references > 0)
        return;

    if (object->kind == SIM_PROCESS) {
        forget_process(object);
        sim_object_release(object->job);
    }
    if (object->kind == SIM_THREAD)
        sim_object_release(object->process);
    token_facts_free(&object->token);
    free(object);
}

sbx_handle sim_handle_make(struct sim_object *object, uint32_t owner)
{
    struct handle_entry *grown = realloc(handles, (handle_count + 1) * sizeof *grown);

    if (!grown)
        abort();
    handles = grown;
    handles[handle_count] = (struct handle_entry){object, owner};
    handle_count++;
    return (sbx_handle)(uintptr_t)(handle_count * 4);
}

static struct handle_entry *find_handle(sbx_handle handle, uint32_t owner)
{
    size_t value = (size_t)(uintptr_t)handle;

    if (value == 0 || value % 4 || value / 4 > handle_count)
        return NULL;
    if (!handles[value / 4 - 1].object || handles[value / 4 - 1].owner != owner)
        return NULL;
    return &handles[value / 4 - 1];
}

/*
 * The last handle of a job ends what is inside. Processes refer to their job too, so handles are counted, not
 * references.
 */
static void job_handle_closed(struct sim_object *job)
{
    for (size_t i = 0; i < handle_count; i++) {
        if (handles[i].object == job)
            return;
    }
    sim_kill_job(job, 0);
}

void sim_handle_close(sbx_handle handle, uint32_t owner)
{
    struct handle_entry *entry = find_handle(handle, owner);
    struct sim_object *object;

    /* Closing what is no handle, or twice, is how a program closes somebody else's: never let it pass. */
    if (!entry)
        abort();
    object = entry->object;
    entry->object = NULL;
    if (object->kind == SIM_JOB)
        job_handle_closed(object);
    sim_object_release(object);
}

struct sim_object *sim_any_object(sbx_handle handle)
{
    struct handle_entry *entry = find_handle(handle, SIM_OWN_PROCESS);

    return entry ? entry->object : NULL;
}

struct sim_object *sim_handle_object(sbx_handle handle, enum sim_kind kind)
{
    struct sim_object *object = sim_any_object(handle);

    return object && object->kind == kind ? object : NULL;
}

sbx_handle sim_pipe(uint32_t number)
{
    struct sim_object *pipe = sim_object_make(SIM_PIPE);

    pipe->pipe = number;
    return sim_handle_make(pipe, SIM_OWN_PROCESS);
}

size_t sim_open_handles(void)
{
    size_t count = sim_opens_count();

    for (size_t i = 0; i < handle_count; i++)
        count += handles[i].object && handles[i].owner == SIM_OWN_PROCESS;
    return count;
}

/* Processes. */

struct sim_process *sim_record_make(struct sim_object *process)
{
    struct record_entry *entry = sim_allocate(sizeof *entry);
    struct record_entry **link = &records;

    while (*link)
        link = &(*link)->next;
    *link = entry;
    entry->process = process;
    sim_object_hold(process); /* its own reference: it lives on without a handle, until sim_kill */
    entry->record.id = next_process_id;
    entry->record.alive = true;
    next_process_id += 4;
    return &entry->record;
}

void sim_kill(struct sim_object *process, uint32_t exit_code)
{
    if (!process->record->alive)
        return;
    process->record->alive = false;
    process->record->exit_code = exit_code;
    sim_job_tell(process->job, JOB_PROCESS_ENDED, process->record->id);
    if (process->job && !sim_job_members(process->job, true))
        sim_job_tell(process->job, JOB_EMPTY, 0);

    /* A process's own handles go with it. */
    for (size_t i = 0; i < handle_count; i++) {
        if (handles[i].object && handles[i].owner == process->record->id)
            sim_handle_close((sbx_handle)(uintptr_t)((i + 1) * 4), handles[i].owner);
    }
    sim_object_release(process);
}

void sim_kill_job(struct sim_object *job, uint32_t exit_code)
{
    for (struct record_entry *entry = records; entry; entry = entry->next) {
        if (entry->process && entry->process->job == job)
            sim_kill(entry->process, exit_code);
    }
}

size_t sim_job_members(const struct sim_object *job, bool alive_only)
{
    size_t count = 0;

    for (struct record_entry *entry = records; entry; entry = entry->next)
        count += entry->process && entry->process->job == job && (entry->record.alive || !alive_only);
    return count;
}

void sim_end_process(uint32_t id, uint32_t exit_code)
{
    for (struct record_entry *entry = records; entry; entry = entry->next) {
        if (entry->process && entry->record.id == id)
            sim_kill(entry->process, exit_code);
    }
}

void sim_refuse_in_job(uint32_t id, uint32_t event)
{
    for (struct record_entry *entry = records; entry; entry = entry->next) {
        if (entry->process && entry->record.id == id)
            sim_job_tell(entry->process->job, event, id);
    }
}

struct sim_object *sim_process_object(uint32_t id)
{
    for (struct record_entry *entry = records; entry; entry = entry->next) {
        if (entry->record.id == id && entry->record.alive)
            return entry->process;
    }
    return NULL;
}

size_t sim_live_processes(void)
{
    size_t count = 0;

    for (struct record_entry *entry = records; entry; entry = entry->next)
        count += entry->record.alive;
    return count;
}

size_t sim_process_count(void)
{
    size_t count = 0;

    for (struct record_entry *entry = records; entry; entry = entry->next)
        count++;
    return count;
}

const struct sim_process *sim_process_at(size_t index)
{
    struct record_entry *entry = records;

    while (entry && index--)
        entry = entry->next;
    return entry ? &entry->record : NULL;
}

static void forget_records(void)
{
    while (records) {
        struct record_entry *next = records->next;

        free(records->record.image);
        free(records->record.command_line);
        free(records->record.directory);
        free(records->record.account);
        free(records->record.desktop);
        strings_free(&records->record.environment);
        free(records);
        records = next;
    }
    next_process_id = 1000;
}

static void kill_all(void)
{
    for (struct record_entry *entry = records; entry; entry = entry->next) {
        if (entry->record.alive)
            sim_kill(entry->process, 0);
    }
}

/* The current goes first, so that nobody cleans up behind himself. */
void sim_reboot(enum sim_unflushed what)
{
    sim_power_off();
    sim_opens_end_all();
    kill_all();
    sim_lock_reset();
    sim_files_power_returns(what);
    sim_power_on();
}

void sim_reset(void)
{
    static const struct sim_host honest;

    sim_faults_reset();
    sim_callers_reset();
    kill_all();
    for (size_t i = 0; i < handle_count; i++) {
        struct sim_object *object = handles[i].object;

        handles[i].object = NULL;
        sim_object_release(object);
    }
    free(handles);
    handles = NULL;
    handle_count = 0;
    forget_records();
    sim_desktops_reset();
    sim_pipes_reset();
    sim_files_reset();
    sim_accounts_reset();
    sim_firewall_reset();
    sim_wfp_reset();
    sim_registry_reset();
    sim_profiles_reset();
    sim_lock_reset();
    sim_identity_reset();
    sim_host = honest;
}
