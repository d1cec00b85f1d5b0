/*
 * folder_watch.c - ReadDirectoryChangesW on a completion port.
 */
#include "os/folder_watch.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/filesystem_native.h"
#include "os/native.h"

#include <string.h>

/*
 * Ours, and the system's for this handle, in memory that is never paged out: so no more than what a busy build writes while
 * our thread is not there. (Above 64 KiB a network's protocol refuses; workspaces are never there.)
 */
#define WATCH_SIZE (64 * 1024)

#define WATCH_FILTER                                                                        \
    (FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_SIZE | \
     FILE_NOTIFY_CHANGE_LAST_WRITE)

struct folder_watch {
    HANDLE folder; /* NULL: stopped */
    union {
        DWORD aligned; /* as the records want it */
        uint8_t bytes[WATCH_SIZE];
    } records;
};

sbx_status folder_watch_open(const char *path, struct loop *loop, struct folder_watch **watch,
                             struct sbx_error *error)
{
    static const struct native_walk list = {FILE_LIST_DIRECTORY,
                                            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                            FILE_DIRECTORY_FILE, NATIVE_LOCAL_LINKS};
    struct folder_watch *made = sbx_alloc(sizeof *made);
    bool reparse;
    sbx_status status;

    if (!made)
        return error_memory(error, "a watch");
    status = native_walk_open(path, &list, &made->folder, &reparse, error);
    if (status)
        goto free_made;
    status = loop_attach(loop, made->folder, error);
    if (status)
        goto close_folder;
    *watch = made;
    return SBX_OK;

close_folder:
    CloseHandle(made->folder);
free_made:
    sbx_free(made);
    return status;
}

sbx_status folder_watch_next(struct folder_watch *watch, struct loop_operation *operation,
                             struct sbx_error *error)
{
    memset(operation->overlapped, 0, sizeof operation->overlapped);
    if (!ReadDirectoryChangesW(watch->folder, watch->records.bytes, WATCH_SIZE, TRUE, WATCH_FILTER, NULL,
                               (OVERLAPPED *)operation->overlapped, NULL))
        return native_error(error, "ReadDirectoryChanges");
    return SBX_OK;
}

static bool action_of(DWORD system, enum folder_action *action)
{
    switch (system) {
    case FILE_ACTION_ADDED:
        *action = FOLDER_ADDED;
        return true;
    case FILE_ACTION_REMOVED:
        *action = FOLDER_REMOVED;
        return true;
    case FILE_ACTION_MODIFIED:
        *action = FOLDER_MODIFIED;
        return true;
    case FILE_ACTION_RENAMED_OLD_NAME:
        *action = FOLDER_RENAMED_FROM;
        return true;
    case FILE_ACTION_RENAMED_NEW_NAME:
        *action = FOLDER_RENAMED_TO;
        return true;
    default:
        return false;
    }
}

/* The system's own records, so their offsets are believed as far as the bytes go. */
void folder_watch_take(struct folder_watch *watch, const struct loop_event *event, folder_watch_each each,
                       void *context)
{
    const size_t head = offsetof(FILE_NOTIFY_INFORMATION, FileName);
    size_t at = 0;

    if (event->ended)
        return;
    if (event->size == 0) {
        each(context, FOLDER_LOST, ""); /* the system's buffer was too small */
        return;
    }
    while (at + head <= event->size) {
        const FILE_NOTIFY_INFORMATION *record = (const FILE_NOTIFY_INFORMATION *)(watch->records.bytes + at);
        enum folder_action action;
        char *name;

        if (record->FileNameLength > event->size - at - head)
            break;
        if (action_of(record->Action, &action)) {
            if (text_from_utf16(record->FileName, record->FileNameLength / sizeof *record->FileName, &name,
                                NULL)) {
                each(context, FOLDER_LOST, "");
            } else {
                each(context, action, name);
                sbx_free(name);
            }
        }
        if (!record->NextEntryOffset)
            return;
        at += record->NextEntryOffset;
    }
}

void folder_watch_stop(struct folder_watch *watch)
{
    if (!watch->folder)
        return;
    CancelIoEx(watch->folder, NULL);
    CloseHandle(watch->folder);
    watch->folder = NULL;
}

void folder_watch_free(struct folder_watch *watch)
{
    if (!watch)
        return;
    folder_watch_stop(watch);
    sbx_free(watch);
}
