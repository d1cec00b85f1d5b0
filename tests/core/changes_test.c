/*
 * changes_test.c - what a list of changes tells of a folder is what differs between its beginning and its end.
 */
#include "core/changes.h"

#include "base/memory.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "+a ~a -a <a >b ! " are records; a digit before the sign sets the process of those that follow. */
static void feed(struct changes *changes, const char *records)
{
    static const char signs[] = "+-~<>!";
    uint32_t process = 0;
    char path[300];
    int used;

    while (*records) {
        if (*records >= '0' && *records <= '9') {
            process = (uint32_t)(*records++ - '0');
            continue;
        }
        path[0] = '\0';
        sscanf(records + 1, "%299[^ ]%n", path, &used);
        changes_add(changes, (enum change_action)(strchr(signs, *records) - signs), path, process);
        records += 1 + strlen(path);
        while (*records == ' ')
            records++;
    }
}

/* "created a 1; deleted b 0; " */
static char *told(const struct changes *changes, bool (*is_folder)(void *context, const char *path))
{
    static char text[4096];
    struct change_list list = {NULL, 0};
    size_t at = 0;

    text[0] = '\0';
    CU_ASSERT_EQUAL_FATAL(changes_list(changes, "C:\\w", &list), SBX_OK);
    if (is_folder)
        change_list_drop_folders(&list, is_folder, NULL);
    for (size_t i = 0; i < list.count; i++) {
        CU_ASSERT(!strncmp(list.items[i].path, "C:\\w", 4));
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%s %s %u; ", change_kind_name(list.items[i].kind),
                             list.items[i].path[4] ? list.items[i].path + 5 : "(all)", list.items[i].process);
    }
    change_list_free(&list);
    return text;
}

static bool comes_to(const char *records, const char *expected)
{
    struct changes *changes = NULL;
    bool same;

    CU_ASSERT_EQUAL_FATAL(changes_create(0, &changes), SBX_OK);
    feed(changes, records);
    same = !strcmp(told(changes, NULL), expected);
    if (!same)
        printf("    %s\n      comes to %s\n      not to   %s\n", records, told(changes, NULL), expected);
    changes_free(changes);
    return same;
}

static void records_of_a_path_merge(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"1+a ~a ~a", "created a 1; "},
        {"1+a 2~a", "created a 1; "},
        {"1~a 2~a", "changed a 2; "},
        {"1-a", "deleted a 1; "},
        {"1+a ~a -a", ""},
        {"1-a 2+a", "changed a 2; "},
        {"1~a 2-a", "deleted a 2; "},
        {"1+a 2-a 3+A", "created A 3; "},
        {"1+a ~A", "created a 1; "},
        {"1+a\\b\\c -a\\b\\c", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT(comes_to(cases[i][0], cases[i][1]));
}

static void renames_are_pairs(void)
{
    static const char *const cases[][2] = {
        {"1<a >b", "deleted a 1; renamed b 1; "},
        {"1+a 2<a >b", "created b 2; "},
        {"1<a >b 2<b >c", "deleted a 1; renamed c 2; "},
        {"1<a >b 2<b >a", ""},
        {"1<a >b 2~b 3<b >a", "changed a 3; "},
        {"1<a >b 2-b", "deleted a 1; "},
        {"1+x.lock ~x.lock -x <x.lock >x", "changed x 1; "}, /* how editors and git save */
        {"1<a >t 1<b >a 1<t >b", "changed a 1; changed b 1; "},
        {"1<a >A", ""},
        {"1<a", ""},                               /* the other half may still come */
        {"1<a 2~c", "deleted a 1; changed c 2; "}, /* it left the folder */
        {"1>b", "created b 1; "},                  /* it came from elsewhere */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT(comes_to(cases[i][0], cases[i][1]));
}

static void what_lies_in_a_folder_goes_with_it(void)
{
    static const char *const cases[][2] = {
        {"1+d +d\\f 2<d >e", "created e 2; created e\\f 2; "},
        {"1~d\\f 2<d >e", "deleted d 2; deleted d\\f 2; renamed e 2; renamed e\\f 2; "},
        {"1-d\\f 2<d >e", "deleted d 2; deleted d\\f 1; renamed e 2; "},
        {"1+d +d\\f 2-d", ""},
        {"1~d\\f 2-d", "deleted d 2; deleted d\\f 2; "},
        {"1+d +d\\x +d\\x\\y 2<d >e 3<e\\x >z", "created e 2; created z 3; created z\\y 3; "},
        {"1<c >a 2<a\\d >d", "deleted c 1; renamed a 1; renamed d 2; "},
        {"1<c >a 2~a\\d 3<a >c", "changed c\\d 3; "},
        {"1+dd\\f 2<d >e", "created dd\\f 1; deleted d 2; renamed e 2; "}, /* no folder of that name */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT(comes_to(cases[i][0], cases[i][1]));
}

static bool is_d(void *context, const char *path)
{
    (void)context;
    return !strcmp(path, "C:\\w\\d");
}

static void a_folders_time_is_no_change(void)
{
    struct changes *changes = NULL;

    CU_ASSERT_EQUAL_FATAL(changes_create(0, &changes), SBX_OK);
    feed(changes, "1~d ~d\\f +d\\g ~d");
    CU_ASSERT_STRING_EQUAL(told(changes, is_d), "changed d\\f 1; created d\\g 1; ");
    changes_free(changes);
}

static void what_is_lost_is_told_as_a_change_of_the_folder(void)
{
    struct changes *changes = NULL;
    char path[32];

    CU_ASSERT(comes_to("1+a ! +b", "changed (all) 0; created a 1; created b 1; "));

    CU_ASSERT_EQUAL_FATAL(changes_create(2000, &changes), SBX_OK);
    for (int i = 0; i < 1000; i++) { /* nothing in the end, so it takes no room */
        snprintf(path, sizeof path, "x\\%d.tmp", i);
        changes_add(changes, CHANGE_ACTION_ADDED, path, 1);
        changes_add(changes, CHANGE_ACTION_REMOVED, path, 1);
    }
    CU_ASSERT_STRING_EQUAL(told(changes, NULL), "");
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "x\\%d", i);
        changes_add(changes, CHANGE_ACTION_ADDED, path, 1);
    }
    CU_ASSERT_PTR_EQUAL(strstr(told(changes, NULL), "changed (all) 0; created x\\0 1; created x\\1 1; "),
                        told(changes, NULL));
    CU_ASSERT(strlen(told(changes, NULL)) < 600);
    changes_free(changes);
}

/* Fails nothing, and counts what is asked for. */
static bool count_memory(void *context, size_t size)
{
    *(size_t *)context += size;
    return false;
}

/* Where a moved thing stood may be a thousand times as long a text as where it stands: it takes room as well. */
static void long_origins_take_no_more_room_than_there_is(void)
{
    struct changes *changes = NULL;
    static char deep[20000];
    struct change_list list = {NULL, 0};
    size_t asked = 0;
    char path[20];

    memset(deep, 'a', sizeof deep - 1);
    CU_ASSERT_EQUAL_FATAL(changes_create(100000, &changes), SBX_OK);
    changes_add(changes, CHANGE_ACTION_RENAMED_FROM, deep, 1);
    changes_add(changes, CHANGE_ACTION_RENAMED_TO, "x", 1);
    sbx_memory_set_hook(count_memory, &asked);
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "x\\%d", i);
        changes_add(changes, CHANGE_ACTION_MODIFIED, path, 1);
    }
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT(asked < 100000);
    CU_ASSERT_EQUAL_FATAL(changes_list(changes, "C:\\w", &list), SBX_OK);
    CU_ASSERT_STRING_EQUAL_FATAL(list.items[0].path, "C:\\w"); /* it says so */
    change_list_free(&list);
    changes_free(changes);
}

static void deep_paths_take_no_stack(void)
{
    struct changes *changes = NULL;
    static char path[65001];

    for (size_t i = 0; i < 65000; i += 2)
        memcpy(path + i, "a\\", 2);
    CU_ASSERT_EQUAL_FATAL(changes_create(0, &changes), SBX_OK);
    changes_add(changes, CHANGE_ACTION_ADDED, path, 1);
    CU_ASSERT_STRING_EQUAL(told(changes, NULL), "changed (all) 0; ");
    changes_free(changes);
}

/* ---- against a model ------------------------------------------------------------------------------------------- */

#define MODEL_PATHS 60

struct file {
    char path[40]; /* "": gone */
    bool folder, old, modified;
    int object;
};

struct model {
    struct file files[MODEL_PATHS];
    int next_object;
};

static struct file *model_find(struct model *model, const char *path)
{
    for (int i = 0; i < MODEL_PATHS; i++) {
        if (*path && !strcmp(model->files[i].path, path))
            return &model->files[i];
    }
    return NULL;
}

static bool lies_in(const char *path, const char *folder)
{
    size_t size = strlen(folder);

    return !strncmp(path, folder, size) && path[size] == '\\';
}

static bool model_has_children(struct model *model, const char *path)
{
    for (int i = 0; i < MODEL_PATHS; i++) {
        if (lies_in(model->files[i].path, path))
            return true;
    }
    return false;
}

/* A random path in a folder that is there. */
static bool random_path(struct model *model, char path[40])
{
    const struct file *folder = &model->files[rand() % MODEL_PATHS];
    char name = (char)('a' + rand() % 4);

    if (rand() % 3 == 0)
        snprintf(path, 40, "%c", name);
    else if (folder->folder && *folder->path && strlen(folder->path) < 8)
        snprintf(path, 40, "%.8s\\%c", folder->path, name);
    else
        return false;
    return true;
}

static void model_create(struct model *model, const char *path, bool folder, bool old)
{
    for (int i = 0; i < MODEL_PATHS; i++) {
        struct file *file = &model->files[i];

        if (*file->path)
            continue;
        snprintf(file->path, sizeof file->path, "%s", path);
        file->folder = folder;
        file->old = old;
        file->modified = false;
        file->object = ++model->next_object;
        return;
    }
}

static bool model_is_full(const struct model *model)
{
    int gone = 0;

    for (int i = 0; i < MODEL_PATHS; i++)
        gone += !*model->files[i].path;
    return gone == 0;
}

static void model_move(struct model *model, const char *from, const char *to)
{
    size_t size = strlen(from);

    for (int i = 0; i < MODEL_PATHS; i++) {
        struct file *file = &model->files[i];
        char moved[40];

        if (strcmp(file->path, from) && !lies_in(file->path, from))
            continue;
        snprintf(moved, sizeof moved, "%.12s%.20s", to, file->path + size);
        memcpy(file->path, moved, sizeof moved);
    }
}

/* One deed in the model, and the records that Windows tells of it. */
static void act(struct model *model, struct changes *changes)
{
    struct file *file = &model->files[rand() % MODEL_PATHS], *target;
    uint32_t process = (uint32_t)(rand() % 3);
    char path[40], from[40];

    switch (rand() % 4) {
    case 0:
        if (!random_path(model, path) || model_find(model, path) || model_is_full(model))
            return;
        model_create(model, path, rand() % 3 == 0, false);
        changes_add(changes, CHANGE_ACTION_ADDED, path, process);
        return;
    case 1:
        if (!*file->path || file->folder)
            return;
        file->modified = true;
        changes_add(changes, CHANGE_ACTION_MODIFIED, file->path, process);
        return;
    case 2:
        if (!*file->path || model_has_children(model, file->path))
            return;
        changes_add(changes, CHANGE_ACTION_REMOVED, file->path, process);
        file->path[0] = '\0';
        return;
    default:
        if (!*file->path || !random_path(model, path) || lies_in(path, file->path) ||
            !strcmp(path, file->path))
            return;
        target = model_find(model, path);
        if (target && (target->folder || file->folder))
            return;
        if (target) {
            changes_add(changes, CHANGE_ACTION_REMOVED, path, process);
            target->path[0] = '\0';
        }
        snprintf(from, sizeof from, "%s", file->path);
        model_move(model, from, path);
        changes_add(changes, CHANGE_ACTION_RENAMED_FROM, from, process);
        changes_add(changes, CHANGE_ACTION_RENAMED_TO, path, process);
        return;
    }
}

static const struct change *change_of(const struct change_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!strcmp(list->items[i].path + 5, path))
            return &list->items[i];
    }
    return NULL;
}

static bool ancestor_is_listed(const struct change_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++) {
        if (lies_in(path, list->items[i].path + 5))
            return true;
    }
    return false;
}

/* What the list says of a path, or does not say, is so. */
static bool fits(const struct file *was, const struct file *is, const struct change *change,
                 const struct change_list *list, const char *path)
{
    if (change) {
        switch (change->kind) {
        case CHANGE_CREATED:
            return !was && is && !is->old;
        case CHANGE_RENAMED:
            return !was && is && is->old;
        case CHANGE_DELETED:
            return was && !is;
        case CHANGE_CHANGED:
            return was && is && (was->object != is->object || is->modified);
        }
    }
    if (was && is && was->object == is->object && !is->modified)
        return true;
    if (!was && !is)
        return true;
    /* Nothing was told of it alone: it went with its folder. */
    return ancestor_is_listed(list, path) && !(is && (is->modified || !is->old));
}

static bool round_fits(unsigned seed)
{
    struct model first = {.next_object = 0}, last;
    struct changes *changes = NULL;
    struct change_list list = {NULL, 0};
    char path[40];
    bool all = true;
    int deeds;

    srand(seed);
    deeds = rand() % 60;
    for (int i = 0; i < 20; i++) {
        if (random_path(&first, path) && !model_find(&first, path))
            model_create(&first, path, rand() % 2, true);
    }
    last = first;
    CU_ASSERT_EQUAL_FATAL(changes_create(0, &changes), SBX_OK);
    for (int i = 0; i < deeds; i++)
        act(&last, changes);
    CU_ASSERT_EQUAL_FATAL(changes_list(changes, "C:\\w", &list), SBX_OK);

    for (int i = 0; i < 2 * MODEL_PATHS && all; i++) {
        const char *at = i < MODEL_PATHS ? first.files[i].path : last.files[i - MODEL_PATHS].path;

        if (*at)
            all = fits(model_find(&first, at), model_find(&last, at), change_of(&list, at), &list, at);
        if (!all)
            printf("    seed %u: %s is told as %s\n", seed, at,
                   change_of(&list, at) ? change_kind_name(change_of(&list, at)->kind) : "nothing");
    }
    for (size_t i = 0; i < list.count && all; i++) {
        const char *at = list.items[i].path + 5;

        all = fits(model_find(&first, at), model_find(&last, at), &list.items[i], &list, at);
        if (!all)
            printf("    seed %u: %s %s is told\n", seed, at, change_kind_name(list.items[i].kind));
    }
    change_list_free(&list);
    changes_free(changes);
    return all;
}

static void the_list_is_the_difference(void)
{
    bool all = true;

    for (unsigned seed = 1; seed <= 100000 && all; seed++)
        all = round_fits(seed);
    CU_ASSERT(all);
}

/*
 * Folders with something in them, renamed by the thousand: what is looked at for each is what lies in it and not all that is known.
 * When all was looked at each time, this took 28 s.
 */
static void a_flood_of_renames_takes_no_time(void)
{
    struct changes *changes = NULL;
    struct change_list list = {NULL, 0};
    clock_t began = clock();

    CU_ASSERT_EQUAL_FATAL(changes_create(64 * 1024 * 1024, &changes), SBX_OK);
    for (int i = 0; i < 20000; i++) {
        char from[40], to[40], in[48];

        snprintf(from, sizeof from, "new\\a%d", i);
        snprintf(to, sizeof to, "new\\b%d", i);
        snprintf(in, sizeof in, "%s\\x", from);
        changes_add(changes, CHANGE_ACTION_ADDED, from, 1);
        changes_add(changes, CHANGE_ACTION_ADDED, in, 1);
        changes_add(changes, CHANGE_ACTION_RENAMED_FROM, from, 1);
        changes_add(changes, CHANGE_ACTION_RENAMED_TO, to, 1);
    }
    CU_ASSERT_EQUAL(changes_list(changes, "C:\\w", &list), SBX_OK);
    CU_ASSERT_EQUAL(list.count, 40000);
    change_list_free(&list);
    changes_free(changes);
    printf("    20,000 renames of folders: %.2f s\n", (double)(clock() - began) / CLOCKS_PER_SEC);
    CU_ASSERT((clock() - began) / CLOCKS_PER_SEC < 3);
}

struct requests {
    unsigned long count, nth;
};

static bool fails_nth(void *context, size_t size)
{
    struct requests *requests = context;

    (void)size;
    return ++requests->count == requests->nth;
}

/* Whatever request fails: nothing false is told without the word that something is missing. */
static void without_memory_the_list_is_incomplete_or_not_made(void)
{
    static const char records[] = "1+a\\b ~c 2<c >d -e 3<a >x\\y";
    struct requests requests = {0, 0};
    unsigned long most = 1;
    char whole[4096];

    for (requests.nth = 0; requests.nth <= most; requests.nth++) {
        struct changes *changes = NULL;
        char *text = NULL;
        bool made;

        requests.count = 0;
        sbx_memory_set_hook(fails_nth, &requests);
        made = !changes_create(0, &changes);
        if (made)
            feed(changes, records);
        sbx_memory_set_hook(NULL, NULL);
        if (!made)
            continue;
        text = told(changes, NULL);
        if (requests.nth == 0) {
            memcpy(whole, text, sizeof whole);
            most = requests.count;
        }
        CU_ASSERT(!strcmp(text, whole) || !strncmp(text, "changed (all) 0; ", 17));
        changes_free(changes);
    }
    CU_ASSERT(most > 10);
}

const struct harness_suite changes_suite = {
    "changes",
    (const struct harness_test[]){
        {"records of one path merge to what they come to", records_of_a_path_merge},
        {"a rename is a new path and an old one that is gone", renames_are_pairs},
        {"what lies in a folder moves and goes with it", what_lies_in_a_folder_goes_with_it},
        {"that a folder's time has changed is no change", a_folders_time_is_no_change},
        {"what is lost, or finds no room, is told as a change of the folder itself",
         what_is_lost_is_told_as_a_change_of_the_folder},
        {"deep paths take no stack", deep_paths_take_no_stack},
        {"long origins take no more room than there is", long_origins_take_no_more_room_than_there_is},
        {"whatever was done, the list is the difference between beginning and end",
         the_list_is_the_difference},
        {"a flood of renames takes no time", a_flood_of_renames_takes_no_time},
        {"without memory the list is incomplete or not made",
         without_memory_the_list_is_incomplete_or_not_made},
        {NULL, NULL},
    },
};
