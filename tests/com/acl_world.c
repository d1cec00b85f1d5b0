/*
 * acl_world.c - src/os's own functions, with the lists kept in memory when a test says so.
 */
#define acl_read               acl_read_of_host
#define acl_write              acl_write_of_host
#define acl_host_keeps_entries acl_host_keeps_entries_of_host
#include "os/acl.c"
#include "os/acl_host.c"
#undef acl_read
#undef acl_write
#undef acl_host_keeps_entries

#include "com/acl_world.h"
#include "core/sddl.h"
#include "os/identity.h"

#include <stdio.h>

sbx_status acl_read(const struct acl_object *object, struct sbx_buffer *out, struct sbx_error *error);
sbx_status acl_write(struct acl_object *object, const void *descriptor, size_t size, struct sbx_error *error);
sbx_status acl_host_keeps_entries(const char *folder, bool *kept, struct sbx_error *error);

#define MOST_BUCKETS 16384

struct kept_list {
    struct kept_list *next;
    char id[80]; /* of volume and file */
    struct sbx_buffer before, now;
};

static struct {
    SRWLOCK lock;
    bool on;
    struct kept_list *lists[MOST_BUCKETS]; /* by what hash gives */
    size_t writes;
    size_t fail_at, act_at; /* counted down */
    bool for_ever;
    void (*act)(void *context);
    void *context;
} world = {.lock = SRWLOCK_INIT};

void acl_world_begin(void)
{
    acl_world_end();
    world.on = true;
}

void acl_world_end(void)
{
    for (size_t i = 0; i < MOST_BUCKETS; i++) {
        while (world.lists[i]) {
            struct kept_list *list = world.lists[i];

            world.lists[i] = list->next;
            buffer_free(&list->before);
            buffer_free(&list->now);
            sbx_free(list);
        }
    }
    world.writes = world.fail_at = world.act_at = 0;
    world.on = world.for_ever = false;
}

size_t acl_world_writes(void)
{
    return world.writes;
}

void acl_world_fail_write(size_t nth, bool for_ever)
{
    world.fail_at = nth;
    world.for_ever = for_ever;
}

void acl_world_at_write(size_t nth, void (*act)(void *context), void *context)
{
    world.act_at = nth;
    world.act = act;
    world.context = context;
}

static bool is_as_it_was(const struct kept_list *list)
{
    return list->before.size == list->now.size && !memcmp(list->before.data, list->now.data, list->now.size);
}

bool acl_world_is_as_it_was(void)
{
    for (size_t i = 0; i < MOST_BUCKETS; i++) {
        for (const struct kept_list *list = world.lists[i]; list; list = list->next)
            if (!is_as_it_was(list))
                return false;
    }
    return true;
}

/* As it is where the user works: inherited entries for SYSTEM, administrators and the user. */
static BOOL CALLBACK make_default(INIT_ONCE *once, void *parameter, void **context)
{
    static struct sbx_buffer made;
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct descriptor descriptor;
    char sid[SID_TEXT_SIZE];

    (void)once, (void)parameter;

    if (identity_user_sid(sid, NULL))
        abort();
    buffer_append_format(&text, "O:%sG:%sD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;FA;;;%s)", sid,
                         sid, sid);
    if (sddl_parse(buffer_text(&text), &descriptor, NULL) || descriptor_build(&descriptor, &made, NULL))
        abort();
    descriptor_free(&descriptor);
    buffer_free(&text);
    *context = &made;
    return TRUE;
}

static void append_default(struct sbx_buffer *out)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    void *made;

    if (!InitOnceExecuteOnce(&once, make_default, NULL, &made))
        abort();
    buffer_append(out, ((const struct sbx_buffer *)made)->data, ((const struct sbx_buffer *)made)->size);
}

static bool id_of(const struct acl_object *object, char id[80])
{
    struct acl_facts facts;

    if (acl_examine(object, &facts, NULL))
        return false;
    snprintf(id, 80, "%s:%s", facts.volume_id, facts.file_id);
    return true;
}

static struct kept_list **bucket_of(const char *id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    while (*id)
        hash = (hash ^ (uint8_t)*id++) * 16777619u;
    return &world.lists[hash % MOST_BUCKETS];
}

static struct kept_list *find_list(const char *id)
{
    struct kept_list *list = *bucket_of(id);

    while (list && strcmp(list->id, id))
        list = list->next;
    return list;
}

/* NULL without memory. */
static struct kept_list *add_list(const char *id)
{
    struct kept_list *list = sbx_alloc(sizeof *list);

    if (!list)
        return NULL;
    memcpy(list->id, id, sizeof list->id);
    append_default(&list->before);
    append_default(&list->now);
    list->next = *bucket_of(id);
    return *bucket_of(id) = list;
}

sbx_status acl_read(const struct acl_object *object, struct sbx_buffer *out, struct sbx_error *error)
{
    const struct kept_list *list;
    char id[80];

    if (!world.on)
        return acl_read_of_host(object, out, error);
    if (!id_of(object, id))
        return error_system(error, "acl_examine", ERROR_ACCESS_DENIED);
    AcquireSRWLockShared(&world.lock);
    list = find_list(id);
    if (list)
        buffer_append(out, list->now.data, list->now.size);
    ReleaseSRWLockShared(&world.lock);
    if (!list)
        append_default(out);
    return buffer_failed(out) ? error_memory(error, "a list") : SBX_OK;
}

static bool write_fails(void)
{
    bool fails = world.fail_at == 1 || (world.for_ever && !world.fail_at);

    if (world.fail_at)
        world.fail_at--;
    return fails;
}

sbx_status acl_write(struct acl_object *object, const void *descriptor, size_t size, struct sbx_error *error)
{
    struct kept_list *list;
    char id[80];

    if (!world.on)
        return acl_write_of_host(object, descriptor, size, error);
    if (world.act_at && !--world.act_at)
        world.act(world.context);
    if (!id_of(object, id))
        return error_system(error, "acl_examine", ERROR_ACCESS_DENIED);
    AcquireSRWLockExclusive(&world.lock);
    world.writes++;
    list = find_list(id);
    if (!list)
        list = add_list(id);
    if (!list || write_fails()) {
        ReleaseSRWLockExclusive(&world.lock);
        return error_system(error, "NtSetSecurityObject", ERROR_ACCESS_DENIED);
    }
    buffer_free(&list->now);
    buffer_append(&list->now, descriptor, size);
    ReleaseSRWLockExclusive(&world.lock);
    return SBX_OK;
}

sbx_status acl_host_keeps_entries(const char *folder, bool *kept, struct sbx_error *error)
{
    if (!world.on)
        return acl_host_keeps_entries_of_host(folder, kept, error);
    *kept = true;
    return SBX_OK;
}

const char *acl_world_list(const char *path)
{
    static struct sbx_buffer text;
    const struct kept_list *list = NULL;
    struct acl_object *object;
    struct descriptor descriptor;
    char id[80];

    buffer_free(&text);
    if (acl_open(path, ACL_LOOK, &object, NULL))
        return "";
    if (id_of(object, id))
        list = find_list(id);
    acl_close(object);
    if (!list || descriptor_parse(list->now.data, list->now.size, &descriptor, NULL))
        return "";
    sddl_write(&descriptor, &text, NULL);
    descriptor_free(&descriptor);
    return buffer_text(&text);
}

bool acl_world_file_is_as_it_was(const char *path)
{
    const struct kept_list *list = NULL;
    struct acl_object *object;
    char id[80];

    if (acl_open(path, ACL_LOOK, &object, NULL))
        return true;
    if (id_of(object, id))
        list = find_list(id);
    acl_close(object);
    return !list || is_as_it_was(list);
}
