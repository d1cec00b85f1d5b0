/*
 * change_log.c - core/changes under a lock, for several engines and whoever asks.
 */
#include "sbxcom/change_log.h"

#include "base/memory.h"
#include "core/below.h"

#include <string.h>
#include <windows.h>

struct change_log {
    LONG references;
    SRWLOCK lock; /* the last one: engines add with their own held */
    struct changes *changes;
    const void *writer;
};

struct change_log *change_log_create(void)
{
    struct change_log *log = sbx_alloc(sizeof *log);

    if (!log)
        return NULL;
    if (changes_create(0, &log->changes)) {
        sbx_free(log);
        return NULL;
    }
    log->references = 1;
    InitializeSRWLock(&log->lock);
    return log;
}

void change_log_hold(struct change_log *log)
{
    InterlockedIncrement(&log->references);
}

void change_log_release(struct change_log *log)
{
    if (!log || InterlockedDecrement(&log->references) > 0)
        return;
    changes_free(log->changes);
    sbx_free(log);
}

void change_log_claim(struct change_log *log, const void *writer)
{
    AcquireSRWLockExclusive(&log->lock);
    log->writer = writer;
    ReleaseSRWLockExclusive(&log->lock);
}

void change_log_add(struct change_log *log, const void *writer, enum change_action action, const char *path,
                    uint32_t process)
{
    AcquireSRWLockExclusive(&log->lock);
    if (log->writer == writer)
        changes_add(log->changes, action, path, process);
    ReleaseSRWLockExclusive(&log->lock);
}

/* A workspace while its changes are asked about. */
struct asked {
    const char *workspace;
    struct acl_object *folder; /* NULL: it cannot be looked at */
};

/* What cannot be seen is no folder: it may have gone since. */
static bool is_folder(void *context, const char *path)
{
    const struct asked *asked = context;
    const char *below = path + strlen(asked->workspace);

    return asked->folder && below_is_folder(asked->folder, below + (*below == '\\'));
}

/* The workspace itself, where something was lost, is a folder that counts. */
static void drop_folders(const char *workspace, struct change_list *list)
{
    bool incomplete = list->count > 0 && strcmp(list->items[0].path, workspace) == 0;
    struct change_list rest = {list->items + incomplete, list->count - incomplete};
    struct asked asked = {workspace, NULL};

    acl_open(workspace, ACL_LOOK, &asked.folder, NULL);
    change_list_drop_folders(&rest, is_folder, &asked);
    acl_close(asked.folder);
    list->count = rest.count + incomplete;
}

sbx_status change_log_list(struct change_log *log, const char *workspace, struct change_list *list)
{
    struct change_list made = {NULL, 0};
    sbx_status status;

    AcquireSRWLockShared(&log->lock);
    status = changes_list(log->changes, workspace, &made);
    ReleaseSRWLockShared(&log->lock);
    if (status)
        return status;
    drop_folders(workspace, &made);
    *list = made;
    return SBX_OK;
}
