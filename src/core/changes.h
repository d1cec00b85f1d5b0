/*
 * changes.h - what has changed in a folder, in the end: records of what happened, merged path by path.
 *
 * A file that was made and deleted again is no change; one that was made and written to is created; one that was deleted and
 * made anew is changed. A rename is two: the new path is renamed (created, where the file is new itself; changed, where
 * another file stood there before), the old one deleted. What lies in a folder that is renamed or goes moves or goes with
 * it. So the list says what differs from the beginning, and in which paths; only content that was changed back counts
 * as changed.
 *
 * Pure: no file is looked at. Paths are relative to the folder, separated by \, ASCII letters in any case. Bounded:
 * beyond CHANGES_MOST_SIZE bytes nothing new is taken in, and the list says that it is incomplete.
 */
#ifndef SBX_CORE_CHANGES_H
#define SBX_CORE_CHANGES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANGES_MOST_SIZE (8 * 1024 * 1024)

enum change_action {
    CHANGE_ACTION_ADDED,
    CHANGE_ACTION_REMOVED,
    CHANGE_ACTION_MODIFIED,
    CHANGE_ACTION_RENAMED_FROM, /* the next record says to where; else it has left the folder */
    CHANGE_ACTION_RENAMED_TO,   /* without the record before: it came from elsewhere */
    CHANGE_ACTION_LOST,         /* something happened that nobody knows */
};

struct changes;

/* `most`: bytes; 0: CHANGES_MOST_SIZE. SBX_E_MEMORY. */
sbx_status changes_create(size_t most, struct changes **changes);
void changes_free(struct changes *changes); /* NULL is fine */

/*
 * One record. `process`: the session's id of the command that ran then, 0: none or several. Never fails: without memory the
 * list is incomplete.
 */
void changes_add(struct changes *changes, enum change_action action, const char *path, uint32_t process);

enum change_kind { CHANGE_CREATED, CHANGE_CHANGED, CHANGE_DELETED, CHANGE_RENAMED };
const char *change_kind_name(enum change_kind kind); /* "created", "changed", "deleted", "renamed" */

struct change {
    char *path; /* absolute; owned */
    enum change_kind kind;
    uint32_t process; /* that made it so; 0: unknown */
};

struct change_list {
    struct change *items;
    size_t count;
};
void change_list_free(struct change_list *list); /* leaves it empty */

/*
 * Appends the changes below `folder`, in the order in which their paths were first seen, a folder before
 * what lies in it. Where something was lost or found
 * no room, a change of the folder itself comes first: more has changed than is listed. *list is untouched on failure:
 * SBX_E_MEMORY.
 */
sbx_status changes_list(const struct changes *changes, const char *folder, struct change_list *list);

/*
 * A folder's own time of writing changes with each name in it, and no record tells folders from files: takes out what was only
 * changed and is a folder, as far as it is asked.
 */
void change_list_drop_folders(struct change_list *list, bool (*is_folder)(void *context, const char *path),
                              void *context);

#endif
