/*
 * boundary_rules.c - of several places that say something of one path, which counts, and what is said of the others.
 *
 * Two sorts and one walk, so that a thousand places take no longer than looking them up did.
 */
#include "base/memory.h"
#include "core/boundary_private.h"
#include "core/excerpt.h"
#include "core/path.h"

#include <stdlib.h>
#include <string.h>

/* A separator before every other character: a folder is followed by all that is in it. */
static int compare_letters(char a, char b)
{
    unsigned char first = a == '\\' ? 1 : (unsigned char)a;
    unsigned char other = b == '\\' ? 1 : (unsigned char)b;

    if (first >= 'A' && first <= 'Z')
        first = (unsigned char)(first - 'A' + 'a');
    if (other >= 'A' && other <= 'Z')
        other = (unsigned char)(other - 'A' + 'a');
    return (first > other) - (first < other);
}

/* Of `size` bytes of `path` with the whole of `other`. */
static int compare_paths(const char *path, size_t size, const char *other)
{
    for (size_t i = 0; i < size; i++) {
        int order = other[i] ? compare_letters(path[i], other[i]) : 1;

        if (order)
            return order;
    }
    return other[size] ? -1 : 0;
}

/* Of two that are one: the stricter right, then the one that stands first in the policy. */
static int compare_rank(const struct boundary_place *a, const struct boundary_place *b)
{
    if (a->right != b->right)
        return a->right > b->right ? -1 : 1;
    return 0;
}

/* A place with what sorting must not forget. */
struct ranked {
    struct boundary_place *place;
    size_t number; /* in the policy's order */
};

static int compare_numbers(const struct ranked *a, const struct ranked *b)
{
    int order = compare_rank(a->place, b->place);

    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static int by_id(const void *a, const void *b)
{
    const struct ranked *first = a;
    const struct ranked *other = b;
    int order = strcmp(first->place->volume_id, other->place->volume_id);

    if (!order)
        order = strcmp(first->place->file_id, other->place->file_id);
    return order ? order : compare_numbers(first, other);
}

static int by_path(const void *a, const void *b)
{
    const struct ranked *first = a;
    const struct ranked *other = b;
    int order = compare_paths(first->place->path, strlen(first->place->path), other->place->path);

    return order ? order : compare_numbers(first, other);
}

static bool is_same_path(const struct boundary_place *a, const struct boundary_place *b)
{
    return compare_paths(a->path, strlen(a->path), b->path) == 0;
}

static bool closes(const struct boundary_place *place)
{
    return place->right == BOUNDARY_PROTECT || place->right == BOUNDARY_DENY;
}

/* A file may have several names. Where two of them close it, each is to be kept, and so are the folders above each. */
static bool is_same_object(const struct boundary_place *a, const struct boundary_place *b)
{
    if (!*a->file_id || strcmp(a->file_id, b->file_id) != 0 || strcmp(a->volume_id, b->volume_id) != 0)
        return false;
    return !closes(a) || !closes(b) || is_same_path(a, b);
}

static sbx_status note(struct sbx_strings *notes, const struct boundary_place *loser,
                       const struct boundary_place *winner, const char *before, const char *after)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char shown[EXCERPT_SIZE];
    sbx_status status = SBX_E_MEMORY;

    buffer_append_format(&text, "%s gives way to %s: %s%s%s.", loser->pointer, winner->pointer, before,
                         excerpt(shown, winner->path), after);
    if (!buffer_failed(&text))
        status = strings_append(notes, buffer_text(&text));
    buffer_free(&text);
    return status;
}

/* What is left out. */
static void drop(struct ranked *ranked)
{
    boundary_place_free(ranked->place);
    ranked->place = NULL;
}

static size_t close_gaps(struct ranked *ranked, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (ranked[i].place)
            ranked[kept++] = ranked[i];
    }
    return kept;
}

/*
 * Of neighbours that are one file or folder, only the first stays. A right that a set of names or of tools came with
 * gives way without a word: nobody wrote that path. What the policy names itself is not later.
 */
static sbx_status drop_same(struct ranked *ranked, size_t *count, struct sbx_strings *notes,
                            bool (*is_same)(const struct boundary_place *, const struct boundary_place *))
{
    size_t first = 0;

    for (size_t i = 1; i < *count; i++) {
        struct boundary_place *winner = ranked[first].place;

        if (!is_same(winner, ranked[i].place)) {
            first = i;
            continue;
        }
        if (winner->right != ranked[i].place->right && note(notes, ranked[i].place, winner, "both are ", ""))
            return SBX_E_MEMORY;
        winner->later = winner->later && ranked[i].place->later;
        drop(&ranked[i]);
    }
    *count = close_gaps(ranked, *count);
    return SBX_OK;
}

/* Does a place of that right say nothing in one of the other? */
static bool is_idle(enum boundary_right right, const struct boundary_place *around)
{
    if (!around)
        return right == BOUNDARY_PROTECT;
    if (right == BOUNDARY_PROTECT)
        return around->right != BOUNDARY_WRITE;
    return right == around->right || (right == BOUNDARY_READ && around->right == BOUNDARY_PROTECT);
}

/* To be protected is what a name in a root is for: the root does not give way there, it was meant so. */
static bool is_news(enum boundary_right right, const struct boundary_place *around)
{
    return around && right != BOUNDARY_PROTECT;
}

/*
 * What the policy names itself holds when the session begins, and with it the way there: a workspace in a toolchain's folder is
 * reached through what that folder is given. `inner` is the index, plus 1, of the nearest place around.
 */
static void hurry_around(const struct boundary_place *place, struct ranked *ranked, const size_t *around,
                         size_t inner)
{
    if (place->later || (place->right != BOUNDARY_READ && place->right != BOUNDARY_WRITE))
        return;
    for (; inner; inner = around[inner - 1])
        ranked[inner - 1].place->later = false;
}

/* In order of paths, with the places around the current one as a line from the narrowest outwards. */
static sbx_status drop_idle(struct ranked *ranked, size_t *count, struct sbx_strings *notes)
{
    size_t *around = sbx_alloc_array(*count + 1, sizeof *around); /* index of the next wider one, plus 1 */
    size_t inner = 0;                                             /* index plus 1 */
    sbx_status status = around ? SBX_OK : SBX_E_MEMORY;

    for (size_t i = 0; i < *count && !status; i++) {
        const struct boundary_place *place = ranked[i].place;
        const struct boundary_place *wider;

        while (inner &&
               (ranked[inner - 1].place->link || !path_holds(ranked[inner - 1].place->path, place->path)))
            inner = around[inner - 1];
        wider = inner ? ranked[inner - 1].place : NULL;
        hurry_around(place, ranked, around, inner);
        if (is_idle(place->right, wider)) {
            drop(&ranked[i]);
            continue;
        }
        if (is_news(place->right, wider) && strcmp(place->pointer, wider->pointer) != 0)
            status = note(notes, wider, place, "", " is the narrower path");
        around[i] = inner;
        inner = i + 1;
    }
    sbx_free(around);
    *count = close_gaps(ranked, *count);
    return status;
}

static bool holds_workspace(const struct boundary_place *place, const struct host_place *workspace)
{
    if (path_holds(place->path, workspace->facts.path))
        return true;
    for (size_t i = 0; i < workspace->lineage.count; i++) {
        const struct folder_id *id = &workspace->lineage.items[i];

        if (*place->file_id && strcmp(place->file_id, id->file) == 0 &&
            strcmp(place->volume_id, id->volume) == 0)
            return true;
    }
    return false;
}

static sbx_status check_denied(const struct host_place *workspace, const struct place_list *list,
                               struct sbx_error *error)
{
    char shown[EXCERPT_SIZE];

    for (size_t i = 0; i < list->count; i++) {
        const struct boundary_place *place = &list->items[i];

        if (place->right == BOUNDARY_DENY && !place->link && holds_workspace(place, workspace))
            return error_set(
                error, SBX_E_POLICY_CONFLICT,
                "%s: %s holds the whole workspace, so nothing could be done in it. Deny narrower "
                "paths, or choose another workspace.",
                place->pointer, excerpt(shown, place->path));
    }
    return SBX_OK;
}

static sbx_status apply(struct ranked *ranked, size_t *count, struct sbx_strings *notes)
{
    sbx_status status;

    qsort(ranked, *count, sizeof *ranked, by_id);
    status = drop_same(ranked, count, notes, is_same_object);
    if (status)
        return status;
    qsort(ranked, *count, sizeof *ranked, by_path);
    status = drop_same(ranked, count, notes, is_same_path);
    return status ? status : drop_idle(ranked, count, notes);
}

sbx_status boundary_apply_rules(const struct host_place *workspace, struct place_list *list,
                                struct sbx_strings *notes, struct sbx_error *error)
{
    struct place_list kept = {NULL, 0, 0};
    struct ranked *ranked;
    size_t count = list->count;
    sbx_status status = check_denied(workspace, list, error);

    if (status || !count)
        return status;
    ranked = sbx_alloc_array(count, sizeof *ranked);
    kept.items = sbx_alloc_array(count, sizeof *kept.items);
    status = ranked && kept.items ? SBX_OK : SBX_E_MEMORY;
    for (size_t i = 0; i < count && !status; i++)
        ranked[i] = (struct ranked){&list->items[i], i};
    if (!status)
        status = apply(ranked, &count, notes);
    if (status) {
        sbx_free(kept.items);
        sbx_free(ranked);
        return error_memory(error, "a boundary");
    }

    kept.capacity = list->count;
    for (size_t i = 0; i < count; i++) {
        kept.items[kept.count++] = *ranked[i].place;
        memset(ranked[i].place, 0, sizeof *ranked[i].place);
    }
    sbx_free(ranked);
    place_list_free(list);
    *list = kept;
    return SBX_OK;
}

/* By the first `size` bytes of `path`. */
static const struct boundary_place *find_place(const struct boundary *boundary, const char *path, size_t size)
{
    size_t low = 0;
    size_t high = boundary->place_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_paths(path, size, boundary->places[middle].path);

        if (!order)
            return &boundary->places[middle];
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct boundary_place *boundary_place_for(const struct boundary *boundary, const char *path)
{
    size_t size = strlen(path);

    while (size > 0) {
        const struct boundary_place *place = find_place(boundary, path, size);

        if (place && !(place->link && path[size]))
            return place;
        if (path[size - 1] == '\\')
            size--; /* a volume's root, "C:\", has been looked for */
        else {
            while (size > 0 && path[size - 1] != '\\')
                size--;
            if (size > 1 && path[size - 2] != ':')
                size--;
        }
    }
    return NULL;
}
