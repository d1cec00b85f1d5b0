/*
 * folder_watch.h - what changes in a folder and in all that is in it, told by the system as it happens.
 *
 * Served by a loop (pipe.h) as a pipe is: one read is in flight, its event comes out of loop_wait. Between reads the
 * system keeps what happens in a buffer of the size of ours; what does not fit is lost as a whole, and told as lost.
 *
 * Watched are names, sizes and times of writing: not attributes, not security, not reading. Names come as whoever made
 * the change wrote them, so rarely a short name (8.3) stands for a long one. Under Wine 8.0 records come a moment after the
 * change, and only for folders that could be listed when the watch or they themselves came.
 */
#ifndef SBX_OS_FOLDER_WATCH_H
#define SBX_OS_FOLDER_WATCH_H

#include "os/pipe.h"

enum folder_action {
    FOLDER_ADDED,
    FOLDER_REMOVED,
    FOLDER_MODIFIED,
    FOLDER_RENAMED_FROM, /* FOLDER_RENAMED_TO follows, if the new name is in the folder, too */
    FOLDER_RENAMED_TO,
    FOLDER_LOST, /* something happened that is not told; without a name */
};

struct folder_watch;

/* Opens the folder, shared with everybody, and attaches it to the loop. Nothing is told yet. SBX_E_PATH_NOT_FOUND, SBX_E_SYSTEM. */
sbx_status folder_watch_open(const char *path, struct loop *loop, struct folder_watch **watch,
                             struct sbx_error *error);

/*
 * Starts the next read; its event belongs to `operation`. What happens from the first one on is told. SBX_E_SYSTEM: no
 * event will come.
 */
sbx_status folder_watch_next(struct folder_watch *watch, struct loop_operation *operation,
                             struct sbx_error *error);

/*
 * Calls `each` for what the event brought, in order, with names relative to the folder (WTF-8, separated by \). After an event
 * that says `ended` the watch is over. To be called before the next read.
 */
typedef void (*folder_watch_each)(void *context, enum folder_action action, const char *name);
void folder_watch_take(struct folder_watch *watch, const struct loop_event *event, folder_watch_each each,
                       void *context);

void folder_watch_stop(
    struct folder_watch *watch); /* closes the folder; a read in flight ends with its event */
void folder_watch_free(struct folder_watch *watch); /* no read is in flight. NULL is fine */

#endif
