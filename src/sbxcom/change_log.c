/*
 * change_log.c - core/changes under a lock, for several engines and whoever asks.
 */
#include "sbxcom/change_log.h"

#include "base/memory.h"
#include "os/filesystem.h"

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

/* What cannot be seen is no folder: it may have gone since. */
static bool is_folder(const char *path)
{
    struct file_facts facts;
    bool folder;

    if (file_is_program(path) || file_examine(path, &facts, NULL))
        return false;
    folder = facts.kind == FILE_KIND_DIRECTORY;
    file_facts_free(&facts);
    return folder;
}

/* The workspace itself, where something was lost, is a folder that counts. */
static void drop_folders(const char *workspace, struct change_list *list)
{
    bool incomplete = list->count > 0 && strcmp(list->items[0].path, workspace) == 0;
    struct change_list rest = {list->items + incomplete, list->count - incomplete};

    change_list_drop_folders(&rest, is_folder);
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
