/*
 * locked_world.c - the simulation's files for several threads: its own functions, one thread at a time. Whoever leaves the lock lets the
 * others come, so that the threads mix.
 */
#define acl_open       acl_open_alone
#define acl_open_child acl_open_child_alone
#define acl_close      acl_close_alone
#define acl_examine    acl_examine_alone
#define acl_path       acl_path_alone
#define acl_read       acl_read_alone
#define acl_write      acl_write_alone
#define acl_list       acl_list_alone
#include "../sim/acl.c"
#undef acl_open
#undef acl_open_child
#undef acl_close
#undef acl_examine
#undef acl_path
#undef acl_read
#undef acl_write
#undef acl_list

#include <pthread.h>
#include <sched.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void leave(void)
{
    pthread_mutex_unlock(&mutex);
    sched_yield();
}

sbx_status acl_open(const char *path, enum acl_use use, struct acl_object **object, struct sbx_error *error)
{
    sbx_status status;

    pthread_mutex_lock(&mutex);
    status = acl_open_alone(path, use, object, error);
    leave();
    return status;
}

sbx_status acl_open_child(const struct acl_object *folder, const char *name, enum acl_use use,
                          struct acl_object **object, struct sbx_error *error)
{
    sbx_status status;

    pthread_mutex_lock(&mutex);
    status = acl_open_child_alone(folder, name, use, object, error);
    leave();
    return status;
}

void acl_close(struct acl_object *object)
{
    pthread_mutex_lock(&mutex);
    acl_close_alone(object);
    leave();
}

sbx_status acl_examine(const struct acl_object *object, struct acl_facts *facts, struct sbx_error *error)
{
    sbx_status status;

    pthread_mutex_lock(&mutex);
    status = acl_examine_alone(object, facts, error);
    leave();
    return status;
}

sbx_status acl_path(const struct acl_object *object, char **path, struct sbx_error *error)
{
    sbx_status status;

    pthread_mutex_lock(&mutex);
    status = acl_path_alone(object, path, error);
    leave();
    return status;
}

sbx_status acl_read(const struct acl_object *object, struct sbx_buffer *out, struct sbx_error *error)
{
    sbx_status status;

    pthread_mutex_lock(&mutex);
    status = acl_read_alone(object, out, error);
    leave();
    return status;
}

sbx_status acl_write(struct acl_object *object, const void *descriptor, size_t size, struct sbx_error *error)
{
    sbx_status status;

    pthread_mutex_lock(&mutex);
    status = acl_write_alone(object, descriptor, size, error);
    leave();
    return status;
}

sbx_status acl_list(const struct acl_object *folder, struct sbx_strings *names, struct sbx_error *error)
{
    sbx_status status;

    pthread_mutex_lock(&mutex);
    status = acl_list_alone(folder, names, error);
    leave();
    return status;
}
