/*
 * policy_place.c - from JSON pointers to lines and columns, and keys that are repeated.
 *
 * Both walk once over the whole text; the pointer of where they are grows and shrinks in one buffer.
 */
#include "core/policy_place.h"

#include "base/memory.h"
#include "core/jsonplace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void policy_place_column(const char *text, size_t at, uint32_t *line, uint32_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80)
            ++*column;
    }
}

static bool is_container(const char *text, const struct jsonplace *place)
{
    return text[place->start] == '{' || text[place->start] == '[';
}

/* Appends "/key" or "/index". */
static sbx_status go_down(const char *text, size_t container, const struct jsonplace *place, size_t index,
                          struct sbx_buffer *pointer)
{
    buffer_append_text(pointer, "/");
    if (text[container] == '{')
        return jsonplace_pointer_part(text, place, pointer);
    buffer_append_format(pointer, "%zu", index);
    return buffer_failed(pointer) ? SBX_E_MEMORY : SBX_OK;
}

static void go_up(struct sbx_buffer *pointer, size_t size)
{
    pointer->size = size;
    if (pointer->data)
        pointer->data[size] = '\0';
}

/* ---- Repeated keys ---- */

struct key {
    char *name; /* as a part of a pointer */
    size_t offset;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a;
    const struct key *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

static sbx_status add_repeated(const struct key *key, struct sbx_buffer *pointer,
                               struct policy_problems *problems)
{
    size_t size = pointer->size;
    char text[POLICY_SHOWN_SIZE + 40];
    char shown[POLICY_SHOWN_SIZE];
    sbx_status status = SBX_E_MEMORY;

    if (policy_problems_full(problems))
        return SBX_OK;
    snprintf(text, sizeof text, "%s stands in its object already.", policy_show(key->name, shown));
    buffer_append_text(pointer, "/");
    buffer_append_text(pointer, key->name);
    if (!buffer_failed(pointer))
        status = policy_problems_add(problems, SBX_E_POLICY_SYNTAX, buffer_text(pointer), text,
                                     "Each key may stand once: take out one of the two.");
    go_up(pointer, size);
    if (!status && !policy_problems_full(problems))
        problems->items[problems->count - 1].offset = key->offset;
    return status;
}

static size_t count_members(const char *text, size_t container)
{
    struct jsonplace place = {0, 0, 0};
    size_t count = 0;

    while (jsonplace_next(text, container, &place))
        count++;
    return count;
}

/* The keys of one object, not of those in it. */
static sbx_status repeated_in_object(const char *text, size_t container, struct sbx_buffer *pointer,
                                     struct policy_problems *problems)
{
    size_t count = count_members(text, container);
    struct key *keys = sbx_alloc_array(count, sizeof *keys);
    struct jsonplace place = {0, 0, 0};
    sbx_status status = keys ? SBX_OK : SBX_E_MEMORY;

    for (size_t i = 0; i < count && !status; i++) {
        struct sbx_buffer name = SBX_BUFFER_EMPTY;

        jsonplace_next(text, container, &place);
        status = jsonplace_pointer_part(text, &place, &name);
        if (status)
            buffer_free(&name);
        else {
            keys[i].offset = place.key;
            keys[i].name = name.data ? buffer_take(&name, NULL) : sbx_strdup("");
            status = keys[i].name ? SBX_OK : SBX_E_MEMORY;
        }
    }
    if (!status)
        qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count && !status; i++) {
        if (strcmp(keys[i - 1].name, keys[i].name) == 0)
            status = add_repeated(&keys[i], pointer, problems);
    }
    for (size_t i = 0; keys && i < count; i++)
        sbx_free(keys[i].name);
    sbx_free(keys);
    return status;
}

static sbx_status repeated_below(const char *text, size_t container, struct sbx_buffer *pointer,
                                 struct policy_problems *problems)
{
    struct jsonplace place = {0, 0, 0};
    size_t size = pointer->size;
    sbx_status status = SBX_OK;

    if (text[container] == '{')
        status = repeated_in_object(text, container, pointer, problems);
    for (size_t i = 0; !status && jsonplace_next(text, container, &place); i++) {
        if (!is_container(text, &place))
            continue;
        status = go_down(text, container, &place, i, pointer);
        if (!status)
            status = repeated_below(text, place.start, pointer, problems);
        go_up(pointer, size);
    }
    return status;
}

sbx_status policy_place_repeated_keys(const char *text, struct policy_problems *problems)
{
    const struct jsonplace root = jsonplace_root(text);
    struct sbx_buffer pointer = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    if (is_container(text, &root))
        status = repeated_below(text, root.start, &pointer, problems);
    buffer_free(&pointer);
    return status;
}

/* ---- Places ---- */

struct search {
    const char *text;
    struct policy_problem **sorted; /* by pointer */
    size_t count;
    struct sbx_buffer pointer; /* where the walk is */
};

static int compare_pointers(const void *a, const void *b)
{
    const struct policy_problem *const *x = a;
    const struct policy_problem *const *y = b;

    return strcmp((*x)->pointer, (*y)->pointer);
}

/* The first problem whose pointer is not in front of `pointer`. */
static size_t first_from(const struct search *search, const char *pointer)
{
    size_t low = 0;
    size_t high = search->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(search->sorted[middle]->pointer, pointer) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of a key that stands twice the last one counts, as it does for jansson. */
static void found(const struct search *search, const struct jsonplace *place)
{
    const char *pointer = buffer_text(&search->pointer);

    for (size_t i = first_from(search, pointer);
         i < search->count && strcmp(search->sorted[i]->pointer, pointer) == 0; i++) {
        struct policy_problem *problem = search->sorted[i];

        if (problem->code != SBX_E_POLICY_SYNTAX)
            problem->offset = problem->at_key ? place->key : place->start;
    }
}

/* Is there a problem below where the walk is? */
static bool is_wanted(struct search *search, bool *wanted)
{
    size_t size = search->pointer.size;
    size_t first;

    buffer_append_text(&search->pointer, "/");
    if (buffer_failed(&search->pointer))
        return false;
    first = first_from(search, buffer_text(&search->pointer));
    *wanted = first < search->count &&
              strncmp(search->sorted[first]->pointer, buffer_text(&search->pointer), size + 1) == 0;
    go_up(&search->pointer, size);
    return true;
}

static sbx_status search_below(struct search *search, size_t container)
{
    struct jsonplace place = {0, 0, 0};
    size_t size = search->pointer.size;
    bool wanted = false;

    if (!is_wanted(search, &wanted))
        return SBX_E_MEMORY;
    for (size_t i = 0; wanted && jsonplace_next(search->text, container, &place); i++) {
        if (go_down(search->text, container, &place, i, &search->pointer))
            return SBX_E_MEMORY;
        found(search, &place);
        if (is_container(search->text, &place) && search_below(search, place.start))
            return SBX_E_MEMORY;
        go_up(&search->pointer, size);
    }
    return SBX_OK;
}

static int compare_places(const void *a, const void *b)
{
    const struct policy_problem *x = a;
    const struct policy_problem *y = b;
    int order = (x->offset > y->offset) - (x->offset < y->offset);

    if (!order)
        order = strcmp(x->pointer, y->pointer);
    return order ? order : strcmp(x->text, y->text);
}

/* One pass for all, which are in the text's order. */
static void fill_columns(const char *text, struct policy_problems *problems)
{
    size_t at = 0;
    uint32_t line = 1;
    uint32_t column = 1;

    for (size_t i = 0; i < problems->count && problems->items[i].offset != SIZE_MAX; i++) {
        for (; at < problems->items[i].offset; at++) {
            if (text[at] == '\n') {
                line++;
                column = 1;
            } else if (((unsigned char)text[at] & 0xC0) != 0x80)
                column++;
        }
        problems->items[i].line = line;
        problems->items[i].column = column;
    }
}

sbx_status policy_place_problems(const char *text, struct policy_problems *problems)
{
    const struct jsonplace root = jsonplace_root(text);
    struct search search = {.text = text, .pointer = SBX_BUFFER_EMPTY};
    sbx_status status = SBX_OK;

    search.sorted = sbx_alloc_array(problems->count, sizeof *search.sorted);
    if (!search.sorted)
        return SBX_E_MEMORY;
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].code != SBX_E_LIMIT)
            search.sorted[search.count++] = &problems->items[i];
    }
    qsort(search.sorted, search.count, sizeof *search.sorted, compare_pointers);

    found(&search, &root);
    if (is_container(text, &root))
        status = search_below(&search, root.start);
    sbx_free(search.sorted);
    buffer_free(&search.pointer);
    if (status)
        return status;

    qsort(problems->items, problems->count, sizeof *problems->items, compare_places);
    fill_columns(text, problems);
    return SBX_OK;
}
