/*
 * violation.c - lists of violations.
 */
#include "core/violation.h"

#include "base/memory.h"
#include "core/jsontext.h"
#include "os/clock.h"

static const char *const kind_names[VIOLATION_KIND_COUNT] = {
    [VIOLATION_PLANTED] = "planted",
    [VIOLATION_REPLACED] = "replaced",
    [VIOLATION_REMOVED] = "removed",
    [VIOLATION_UNCHECKED] = "unchecked",
};

const char *violation_kind_name(enum violation_kind kind)
{
    return (unsigned)kind < VIOLATION_KIND_COUNT ? kind_names[kind] : "";
}

static void violation_free(struct violation *violation)
{
    sbx_free(violation->path);
    sbx_free(violation->moved_to);
    sbx_free(violation->rule);
    sbx_free(violation->text);
    sbx_free(violation->fix);
}

static void cut_to(struct violations *violations, size_t count)
{
    while (violations->count > count)
        violation_free(&violations->items[--violations->count]);
}

void violations_free(struct violations *violations)
{
    cut_to(violations, 0);
    sbx_free(violations->items);
    violations->items = NULL;
}

static char *copy_text(const char *text)
{
    return sbx_strdup(text ? text : "");
}

sbx_status violations_add(struct violations *violations, const struct violation *violation)
{
    struct violation *items;
    struct violation added = {
        .kind = violation->kind,
        .path = copy_text(violation->path),
        .moved_to = copy_text(violation->moved_to),
        .process = violation->process,
        .rule = copy_text(violation->rule),
        .utc_ms = violation->utc_ms,
        .text = copy_text(violation->text),
        .fix = copy_text(violation->fix),
    };

    if (!added.path || !added.moved_to || !added.rule || !added.text || !added.fix)
        goto free_added;
    items = sbx_realloc(violations->items, (violations->count + 1) * sizeof *items);
    if (!items)
        goto free_added;

    items[violations->count++] = added;
    violations->items = items;
    return SBX_OK;

free_added:
    violation_free(&added);
    return SBX_E_MEMORY;
}

sbx_status violations_append(struct violations *violations, const struct violations *from, size_t first)
{
    size_t before = violations->count;
    sbx_status status = SBX_OK;

    for (size_t i = first; i < from->count && !status; i++)
        status = violations_add(violations, &from->items[i]);
    if (status)
        cut_to(violations, before);
    return status;
}

struct json_t *violation_as_json(const struct violation *violation)
{
    char time[CLOCK_TEXT_SIZE];
    json_t *object = jsontext_object();
    bool ok;

    clock_format_utc(violation->utc_ms, time);
    ok = jsontext_put(object, "kind", json_string(violation_kind_name(violation->kind)));
    ok &= jsontext_put_text(object, "path", violation->path);
    if (*violation->moved_to)
        ok &= jsontext_put_text(object, "movedTo", violation->moved_to);
    ok &= jsontext_put(object, "process", json_integer(violation->process));
    ok &= jsontext_put_text(object, "rule", violation->rule);
    ok &= jsontext_put(object, "time", json_string(time));
    ok &= jsontext_put_text(object, "text", violation->text);
    ok &= jsontext_put_text(object, "fix", violation->fix);
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}
