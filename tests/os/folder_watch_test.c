/*
 * folder_watch_test.c - what happens in a folder is told, in order, by the loop that serves pipes.
 */
#include "base/buffer.h"
#include "os/child.h"
#include "os/filesystem.h"
#include "os/folder_watch.h"
#include "os/native.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

struct watching {
    char folder[512];
    struct loop *loop;
    struct folder_watch *watch;
    struct loop_operation operation;
    struct sbx_buffer told; /* "+a ~a -a " */
    unsigned lost;
    bool ended;
};

static void note(void *context, enum folder_action action, const char *name)
{
    struct watching *watching = context;

    if (action == FOLDER_LOST)
        watching->lost++;
    else
        buffer_append_format(&watching->told, "%c%s ", "+-~<>"[action], name);
}

static bool begin(struct watching *watching, const char *name)
{
    memset(watching, 0, sizeof *watching);
    snprintf(watching->folder, sizeof watching->folder, "%s\\%s", scratch_folder(), name);
    CreateDirectoryA(watching->folder, NULL);
    CU_ASSERT_EQUAL_FATAL(loop_create(&watching->loop, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(folder_watch_open(watching->folder, watching->loop, &watching->watch, NULL),
                          SBX_OK);
    return folder_watch_next(watching->watch, &watching->operation, NULL) == SBX_OK;
}

/* Serves the loop until `wanted` is among what was told, or nothing more comes for a while. */
static bool told(struct watching *watching, const char *wanted)
{
    struct loop_event event;

    while (!strstr(buffer_text(&watching->told), wanted)) {
        if (loop_wait(watching->loop, 5000, &event, NULL)) {
            printf("    \"%s\" has no \"%s\"\n", buffer_text(&watching->told), wanted);
            return false;
        }
        folder_watch_take(watching->watch, &event, note, watching);
        watching->ended = event.ended;
        if (event.ended || folder_watch_next(watching->watch, &watching->operation, NULL))
            return false;
    }
    return true;
}

static void end(struct watching *watching)
{
    struct loop_event event;

    folder_watch_stop(watching->watch);
    CU_ASSERT_EQUAL(loop_wait(watching->loop, 5000, &event, NULL), SBX_OK);
    CU_ASSERT_PTR_EQUAL(event.operation, &watching->operation);
    watching->ended = event.ended; /* or it had come already, with records */
    folder_watch_free(watching->watch);
    loop_free(watching->loop);
    buffer_free(&watching->told);
    CU_ASSERT_EQUAL(folder_delete_tree(watching->folder, NULL), SBX_OK);
}

static char *path_in(const struct watching *watching, const char *name)
{
    static char path[4][1024];
    static int next;
    char *made = path[next++ % 4];

    snprintf(made, sizeof path[0], "%s\\%s", watching->folder, name);
    return made;
}

static void write_file(const struct watching *watching, const char *name, const char *text)
{
    HANDLE file =
        CreateFileA(path_in(watching, name), FILE_APPEND_DATA, FILE_SHARE_READ, NULL, OPEN_ALWAYS, 0, NULL);
    DWORD written;

    CU_ASSERT_FATAL(file != INVALID_HANDLE_VALUE);
    WriteFile(file, text, (DWORD)strlen(text), &written, NULL);
    CloseHandle(file);
}

static void files_come_change_move_and_go(void)
{
    struct watching watching;

    CU_ASSERT_FATAL(begin(&watching, "watch-files"));
    write_file(&watching, "a.txt", "one");
    CU_ASSERT(told(&watching, "+a.txt "));
    CU_ASSERT(told(&watching, "~a.txt "));
    MoveFileA(path_in(&watching, "a.txt"), path_in(&watching, "b.txt"));
    CU_ASSERT(told(&watching, "<a.txt >b.txt "));
    DeleteFileA(path_in(&watching, "b.txt"));
    CU_ASSERT(told(&watching, "-b.txt "));
    CU_ASSERT_EQUAL(watching.lost, 0);
    end(&watching);
}

static void folders_below_are_watched(void)
{
    struct watching watching;

    CU_ASSERT_FATAL(begin(&watching, "watch-below"));
    CreateDirectoryA(path_in(&watching, "new"), NULL);
    CU_ASSERT(told(&watching, "+new "));
    Sleep(200); /* Wine's watch of the new folder has to come first */
    write_file(&watching, "new\\inner.txt", "x");
    CU_ASSERT(told(&watching, "+new\\inner.txt "));
    end(&watching);
}

static void a_stopped_watch_ends_its_read(void)
{
    struct watching watching;

    CU_ASSERT_FATAL(begin(&watching, "watch-stop"));
    end(&watching);
    CU_ASSERT(watching.ended);
}

static void what_does_not_fit_is_told_as_lost(void)
{
    struct watching watching;
    struct loop_event event;
    char name[64];

    CU_ASSERT_FATAL(begin(&watching, "watch-flood"));
    for (int i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "a file with a name that is not short at all %d", i);
        write_file(&watching, name, "x");
    }
    while (!loop_wait(watching.loop, 1000, &event, NULL)) {
        folder_watch_take(watching.watch, &event, note, &watching);
        if (event.ended || folder_watch_next(watching.watch, &watching.operation, NULL))
            break;
    }
    CU_ASSERT(watching.lost > 0 || strstr(buffer_text(&watching.told), "at all 5999 "));
    end(&watching);
}

static void what_is_no_folder_is_not_watched(void)
{
    struct folder_watch *watch = NULL;
    struct loop *loop;

    CU_ASSERT_EQUAL_FATAL(loop_create(&loop, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_watch_open("C:\\there is no such folder", loop, &watch, NULL),
                    SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(folder_watch_open("relative", loop, &watch, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_PTR_NULL(watch);
    loop_free(loop);
}

const struct harness_suite folder_watch_suite = {
    "folder watch",
    (const struct harness_test[]){
        {"files come, change, move and go, and each is told", files_come_change_move_and_go},
        {"folders that come later are watched, too", folders_below_are_watched},
        {"a watch that is stopped ends its read with an event", a_stopped_watch_ends_its_read},
        {"a flood is told whole, or what is missing is told as lost", what_does_not_fit_is_told_as_lost},
        {"what is no folder is not watched", what_is_no_folder_is_not_watched},
        {NULL, NULL},
    },
};
