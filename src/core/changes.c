/*
 * changes.c - paths with what stood there, what stands there, and where that comes from.
 */
#include "core/changes.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <string.h>

#define LEAST_BUCKETS 64

/* What stands on a path now. */
struct thing {
    bool old;      /* it was there in the beginning, somewhere */
    bool modified; /* written to since */
    char *home;    /* of an old one that was moved: where it stood; owned */
};

/* A path that something happened to, or a folder with such paths below it. */
struct node {
    struct node *next_in_bucket;
    struct node *before_it, *after_it; /* in the order of their making */
    struct node *parent;               /* NULL: it lies in the folder itself */
    struct node *first_below, *last_below, *before_beside,
        *after_beside;  /* right below; beside, in that order */
    bool happened;      /* else it is here for its children only */
    bool was;           /* something stood here in the beginning */
    bool is;            /* something stands here */
    struct thing thing; /* where `is` */
    uint32_t process;   /* of what happened last */
    size_t path_size;
    char path[];
};

struct changes {
    size_t most, size; /* bytes that nodes and homes may take, and take */
    bool incomplete;
    struct node **buckets;
    size_t bucket_count, node_count;
    struct node *first, *last;
    char *renamed; /* where the rename that is being told comes from; NULL: none is */
    uint32_t renamed_process;
};

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t bucket_of(const struct changes *changes, const char *path, size_t size)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)fold(path[i])) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32) & (changes->bucket_count - 1);
}

static bool same_path(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (fold(a[i]) != fold(b[i]))
            return false;
    }
    return true;
}

static struct node *find(const struct changes *changes, const char *path, size_t size)
{
    struct node *node = changes->buckets[bucket_of(changes, path, size)];

    while (node && !(node->path_size == size && same_path(node->path, path, size)))
        node = node->next_in_bucket;
    return node;
}

/* 0: it lies in the folder itself. */
static size_t parent_size(const char *path, size_t size)
{
    while (size > 0 && path[size - 1] != '\\')
        size--;
    return size ? size - 1 : 0;
}

static void grow(struct changes *changes)
{
    size_t count = changes->bucket_count * 2;
    struct node **buckets = sbx_alloc_array(count, sizeof *buckets);

    if (!buckets)
        return; /* longer chains, that is all */
    sbx_free(changes->buckets);
    changes->buckets = buckets;
    changes->bucket_count = count;
    for (struct node *node = changes->first; node; node = node->after_it) {
        size_t bucket = bucket_of(changes, node->path, node->path_size);

        node->next_in_bucket = buckets[bucket];
        buckets[bucket] = node;
    }
}

static size_t cost_of(size_t path_size)
{
    return sizeof(struct node) + path_size + 1;
}

/* A home is as long as its maker likes, whatever the length of the path on which the thing stands now. */
static void drop_home(struct changes *changes, struct thing *thing)
{
    if (thing->home)
        changes->size -= strlen(thing->home) + 1;
    sbx_free(thing->home);
    thing->home = NULL;
}

/* "headrest"; without memory or room for it the list is incomplete. */
static void keep_home(struct changes *changes, struct thing *thing, const char *head, const char *rest)
{
    size_t head_size = strlen(head), size = head_size + strlen(rest) + 1;

    thing->home = changes->most - changes->size >= size ? sbx_alloc(size) : NULL;
    if (!thing->home) {
        changes->incomplete = true;
        return;
    }
    memcpy(thing->home, head, head_size);
    memcpy(thing->home + head_size, rest, size - head_size);
    changes->size += size;
}

static void drop_thing(struct changes *changes, struct thing *thing)
{
    drop_home(changes, thing);
    *thing = (struct thing){0};
}

static void unlink_node(struct changes *changes, struct node *node)
{
    struct node **link = &changes->buckets[bucket_of(changes, node->path, node->path_size)];

    while (*link != node)
        link = &(*link)->next_in_bucket;
    *link = node->next_in_bucket;
    if (node->before_it)
        node->before_it->after_it = node->after_it;
    else
        changes->first = node->after_it;
    if (node->after_it)
        node->after_it->before_it = node->before_it;
    else
        changes->last = node->before_it;
    changes->node_count--;
    changes->size -= cost_of(node->path_size);
}

static void put_below(struct node *node, struct node *parent)
{
    node->parent = parent;
    if (!parent)
        return;
    node->before_beside = parent->last_below;
    if (parent->last_below)
        parent->last_below->after_beside = node;
    else
        parent->first_below = node;
    parent->last_below = node;
}

static void take_from_below(struct node *node)
{
    struct node *parent = node->parent;

    if (!parent)
        return;
    if (node->before_beside)
        node->before_beside->after_beside = node->after_beside;
    else
        parent->first_below = node->after_beside;
    if (node->after_beside)
        node->after_beside->before_beside = node->before_beside;
    else
        parent->last_below = node->before_beside;
}

/* The next of those below `top`, a folder before what lies in it; NULL: that was the last. */
static struct node *next_below(const struct node *node, const struct node *top)
{
    if (node->first_below)
        return node->first_below;
    while (node != top && !node->after_beside)
        node = node->parent;
    return node == top ? NULL : node->after_beside;
}

/* The other way round: what lies in a folder before the folder, `node` itself last. */
static struct node *innermost_last(struct node *node)
{
    while (node->last_below)
        node = node->last_below;
    return node;
}

/* Frees a node with nothing below; its parent. */
static struct node *free_node(struct changes *changes, struct node *node)
{
    struct node *parent = node->parent;

    drop_thing(changes, &node->thing);
    take_from_below(node);
    unlink_node(changes, node);
    sbx_free(node);
    return parent;
}

/*
 * A path on which nothing stood and nothing stands is as if nothing had happened, and is forgotten, as are the folders that
 * were kept for it: temporary files by the million take no room.
 */
static bool is_nothing(const struct node *node)
{
    return !node->first_below && (!node->happened || (!node->was && !node->is));
}

static void settle(struct changes *changes, struct node *node)
{
    while (node && is_nothing(node))
        node = free_node(changes, node);
}

/* A node that is not there yet; NULL: no memory, or no room. */
static struct node *make_node(struct changes *changes, const char *path, size_t size, struct node *parent)
{
    struct node *node = changes->most - changes->size >= cost_of(size) ? sbx_alloc(cost_of(size)) : NULL;
    size_t bucket;

    if (!node)
        return NULL;
    changes->size += cost_of(size);
    if (changes->node_count++ >= changes->bucket_count)
        grow(changes);

    memcpy(node->path, path, size);
    node->path_size = size;
    bucket = bucket_of(changes, path, size);
    node->next_in_bucket = changes->buckets[bucket];
    changes->buckets[bucket] = node;
    node->before_it = changes->last;
    if (changes->last)
        changes->last->after_it = node;
    else
        changes->first = node;
    changes->last = node;
    put_below(node, parent);
    return node;
}

/* The node of a path and of each folder above, made where there is none; NULL: no memory, or no room. */
static struct node *get(struct changes *changes, const char *path, size_t size)
{
    struct node *node = find(changes, path, size), *parent = NULL;

    if (node)
        return node;
    for (size_t end = 1; end <= size; end++) {
        if (end < size && path[end] != '\\')
            continue;
        node = find(changes, path, end);
        if (!node)
            node = make_node(changes, path, end, parent);
        if (!node) {
            settle(changes, parent);
            return NULL;
        }
        parent = node;
    }
    return node;
}

/* The nearest folder above to which something happened; NULL: none. */
static const struct node *folder_above(const struct changes *changes, const struct node *node)
{
    size_t size = parent_size(node->path, node->path_size);

    while (size) {
        const struct node *above = find(changes, node->path, size);

        if (above && above->happened)
            return above;
        size = parent_size(node->path, size);
    }
    return NULL;
}

/*
 * What stands on a path, where something stands and nothing is known yet: what stood there in the beginning, unless it came
 * with a folder, of which alone was told.
 */
static void find_origin(struct changes *changes, struct node *node)
{
    const struct node *above = folder_above(changes, node);

    node->is = true;
    node->was = !above || !above->is || (above->thing.old && !above->thing.home);
    node->thing.old = !above || !above->is || above->thing.old;
    if (node->was || !node->thing.old)
        return;
    keep_home(changes, &node->thing, above->thing.home, node->path + above->path_size);
}

/* The node of a path to which something happens; `stands`: something stands there, if nothing else is known. */
static struct node *touch(struct changes *changes, const char *path, bool stands)
{
    struct node *node = get(changes, path, strlen(path));

    if (!node) {
        changes->incomplete = true;
        return NULL;
    }
    if (!node->happened) {
        node->happened = true;
        if (stands)
            find_origin(changes, node);
    }
    return node;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static void add(struct changes *changes, const char *path, uint32_t process)
{
    struct node *node = touch(changes, path, false);

    if (!node)
        return;
    drop_thing(changes, &node->thing);
    node->is = true;
    node->process = process;
}

static void modify(struct changes *changes, const char *path, uint32_t process)
{
    struct node *node = touch(changes, path, true);

    if (!node)
        return;
    node->is = true;
    node->thing.modified = true;
    /* Of what is new or was moved, who made or moved it counts. */
    if (node->thing.old && !node->thing.home)
        node->process = process;
}

/* What lay below a folder that goes as a whole. */
static void remove_below(struct changes *changes, struct node *folder, uint32_t process)
{
    for (struct node *node = next_below(folder, folder); node; node = next_below(node, folder)) {
        if (!node->happened || !node->is)
            continue;
        node->is = false;
        node->process = process;
        drop_thing(changes, &node->thing);
    }
}

/* From the inside out, so that each is looked at after what it was kept for. */
static void forget_below(struct changes *changes, struct node *folder)
{
    struct node *next;

    for (struct node *node = innermost_last(folder); node != folder; node = next) {
        next = node->before_beside ? innermost_last(node->before_beside) : node->parent;
        if (is_nothing(node))
            free_node(changes, node);
    }
}

static void remove_path(struct changes *changes, const char *path, uint32_t process)
{
    struct node *node = touch(changes, path, true);

    if (!node)
        return;
    node->is = false;
    node->process = process;
    drop_thing(changes, &node->thing);
    if (node->first_below) {
        remove_below(changes, node, process);
        forget_below(changes, node);
    }
    settle(changes, node);
}

/* `from` has happened. It stays, with nothing on it. */
static void move_thing(struct changes *changes, struct node *from, const char *to, uint32_t process)
{
    struct thing thing = from->thing;
    struct node *node = touch(changes, to, false);

    from->thing = (struct thing){0};
    from->is = false;
    from->process = process;
    if (thing.old && !thing.home)
        keep_home(changes, &thing, from->path, "");
    if (!node) {
        drop_thing(changes, &thing);
        return;
    }
    drop_thing(changes, &node->thing);
    /* Back where it came from. */
    if (thing.home && strlen(thing.home) == node->path_size &&
        same_path(thing.home, node->path, node->path_size)) {
        drop_home(changes, &thing);
        node->was = true; /* it may be the first that is told of this very path */
    }
    node->thing = thing;
    node->is = true;
    node->process = process;
}

/* Nodes are only added on the way, and none of them below `from`. */
static void move_below(struct changes *changes, struct node *from, const char *to, uint32_t process)
{
    for (struct node *node = next_below(from, from); node; node = next_below(node, from)) {
        struct sbx_buffer path = SBX_BUFFER_EMPTY;

        if (!node->happened || !node->is)
            continue;
        buffer_append_format(&path, "%s%s", to, node->path + from->path_size);
        if (buffer_failed(&path)) {
            changes->incomplete = true;
            node->is = false;
            drop_thing(changes, &node->thing);
        } else {
            move_thing(changes, node, buffer_text(&path), process);
        }
        buffer_free(&path);
    }
    forget_below(changes, from);
}

/* Is `path` the other one, or below it? */
static bool holds(const char *folder, const char *path)
{
    size_t size = strlen(folder);

    return strlen(path) >= size && same_path(folder, path, size) &&
           (path[size] == '\0' || path[size] == '\\');
}

static void rename_path(struct changes *changes, const char *from, const char *to, uint32_t process)
{
    struct node *node;

    if (holds(from, to)) {
        /* Only the case of its letters: one path, nothing has changed. Into itself nothing can be moved. */
        changes->incomplete |= strlen(from) != strlen(to);
        return;
    }
    node = touch(changes, from, true);
    if (!node) {
        add(changes, to, process);
        return;
    }
    if (!node->is) /* its coming was not told */
        node->thing = (struct thing){0};
    move_thing(changes, node, to, process);
    if (node->first_below)
        move_below(changes, node, to, process);
    settle(changes, node);
}

/* A rename that was begun and has no second half: what was renamed is elsewhere. */
static void end_rename(struct changes *changes)
{
    char *from = changes->renamed;

    changes->renamed = NULL;
    if (from)
        remove_path(changes, from, changes->renamed_process);
    sbx_free(from);
}

void changes_add(struct changes *changes, enum change_action action, const char *path, uint32_t process)
{
    if (action == CHANGE_ACTION_RENAMED_TO && changes->renamed) {
        rename_path(changes, changes->renamed, path, process);
        sbx_free(changes->renamed);
        changes->renamed = NULL;
        return;
    }
    end_rename(changes);
    switch (action) {
    case CHANGE_ACTION_ADDED:
    case CHANGE_ACTION_RENAMED_TO:
        add(changes, path, process);
        break;
    case CHANGE_ACTION_REMOVED:
        remove_path(changes, path, process);
        break;
    case CHANGE_ACTION_MODIFIED:
        modify(changes, path, process);
        break;
    case CHANGE_ACTION_RENAMED_FROM:
        changes->renamed = sbx_strdup(path);
        changes->renamed_process = process;
        if (!changes->renamed)
            changes->incomplete = true;
        break;
    case CHANGE_ACTION_LOST:
        changes->incomplete = true;
        break;
    }
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

sbx_status changes_create(size_t most, struct changes **changes)
{
    struct changes *made = sbx_alloc(sizeof *made);

    if (!made)
        return SBX_E_MEMORY;
    made->buckets = sbx_alloc_array(LEAST_BUCKETS, sizeof *made->buckets);
    if (!made->buckets) {
        sbx_free(made);
        return SBX_E_MEMORY;
    }
    made->bucket_count = LEAST_BUCKETS;
    made->most = most ? most : CHANGES_MOST_SIZE;
    *changes = made;
    return SBX_OK;
}

void changes_free(struct changes *changes)
{
    struct node *node;

    if (!changes)
        return;
    while ((node = changes->first) != NULL) {
        changes->first = node->after_it;
        drop_thing(changes, &node->thing);
        sbx_free(node);
    }
    sbx_free(changes->renamed);
    sbx_free(changes->buckets);
    sbx_free(changes);
}

/* ---- the list -------------------------------------------------------------------------------------------------- */

const char *change_kind_name(enum change_kind kind)
{
    static const char *const names[] = {"created", "changed", "deleted", "renamed"};

    return names[kind];
}

void change_list_free(struct change_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        sbx_free(list->items[i].path);
    sbx_free(list->items);
    *list = (struct change_list){NULL, 0};
}

/* What a path comes to; false: to nothing. */
static bool kind_of(const struct node *node, enum change_kind *kind)
{
    if (!node->happened)
        return false;
    if (!node->is)
        *kind = CHANGE_DELETED;
    else if (node->was)
        *kind = CHANGE_CHANGED;
    else
        *kind = node->thing.old ? CHANGE_RENAMED : CHANGE_CREATED;
    if (node->was && node->is)
        return !node->thing.old || node->thing.home || node->thing.modified;
    return node->was || node->is;
}

static sbx_status append(struct change_list *list, const char *folder, const char *path,
                         enum change_kind kind, uint32_t process)
{
    struct sbx_buffer whole = SBX_BUFFER_EMPTY;
    size_t length = strlen(folder);
    bool separated = length > 0 && folder[length - 1] == '\\';

    buffer_append_format(&whole, "%s%s%s", folder, *path && !separated ? "\\" : "", path);
    list->items[list->count].path = buffer_take(&whole, NULL);
    if (!list->items[list->count].path)
        return SBX_E_MEMORY;
    list->items[list->count].kind = kind;
    list->items[list->count].process = process;
    list->count++;
    return SBX_OK;
}

sbx_status changes_list(const struct changes *changes, const char *folder, struct change_list *list)
{
    struct change_list made = {NULL, 0};
    sbx_status status = SBX_OK;
    enum change_kind kind;

    made.items = sbx_alloc_array(list->count + changes->node_count + 1, sizeof *made.items);
    if (!made.items)
        return SBX_E_MEMORY;
    if (list->count)
        memcpy(made.items, list->items, list->count * sizeof *made.items);
    made.count = list->count;

    if (changes->incomplete)
        status = append(&made, folder, "", CHANGE_CHANGED, 0);
    for (const struct node *node = changes->first; node && !status; node = node->after_it) {
        if (kind_of(node, &kind))
            status = append(&made, folder, node->path, kind, node->process);
    }

    if (status) {
        while (made.count > list->count)
            sbx_free(made.items[--made.count].path);
        sbx_free(made.items);
        return status;
    }
    sbx_free(list->items);
    *list = made;
    return SBX_OK;
}

void change_list_drop_folders(struct change_list *list, bool (*is_folder)(void *context, const char *path),
                              void *context)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == CHANGE_CHANGED && is_folder(context, list->items[i].path))
            sbx_free(list->items[i].path);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}
