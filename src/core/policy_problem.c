/*
 * policy_problem.c - a list of problems, and how one is said.
 */
#include "core/policy_problem.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void policy_problems_free(struct policy_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        sbx_free(problems->items[i].pointer);
        sbx_free(problems->items[i].text);
        sbx_free(problems->items[i].fix);
    }
    sbx_free(problems->items);
    problems->items = NULL;
    problems->count = 0;
}

bool policy_problems_full(const struct policy_problems *problems)
{
    return problems->count >= POLICY_MOST_PROBLEMS;
}

sbx_status policy_problems_add(struct policy_problems *problems, sbx_status code, const char *pointer,
                               const char *text, const char *fix)
{
    struct policy_problem *items;
    struct policy_problem made = {.code = code, .offset = SIZE_MAX};

    if (policy_problems_full(problems))
        return SBX_OK;
    if (problems->count == POLICY_MOST_PROBLEMS - 1) {
        made.code = SBX_E_LIMIT;
        pointer = "";
        text = "There are more mistakes than are listed.";
        fix = "Mend these and look again.";
    }

    items = sbx_realloc(problems->items, (problems->count + 1) * sizeof *items);
    if (!items)
        return SBX_E_MEMORY;
    problems->items = items;
    made.pointer = sbx_strdup(pointer);
    made.text = sbx_strdup(text);
    made.fix = sbx_strdup(fix);
    if (!made.pointer || !made.text || !made.fix) {
        sbx_free(made.pointer);
        sbx_free(made.text);
        sbx_free(made.fix);
        return SBX_E_MEMORY;
    }
    items[problems->count++] = made;
    return SBX_OK;
}

/* At most POLICY_MOST_SHOWN bytes and "...", cut at a whole character and never inside ~0 or ~1. */
static void show_foreign(const char *text, size_t size, struct sbx_buffer *out)
{
    bool cut = size > POLICY_MOST_SHOWN;

    if (cut) {
        size = POLICY_MOST_SHOWN - text_incomplete_tail(text, POLICY_MOST_SHOWN);
        if (size && text[size - 1] == '~')
            size--;
    }
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F)
            buffer_append_format(out, "\\u%04x", (unsigned)text[i]);
        else
            buffer_append(out, text + i, 1);
    }
    if (cut)
        buffer_append_text(out, "...");
}

const char *policy_show(const char *text, char shown[POLICY_SHOWN_SIZE])
{
    size_t size = strlen(text);
    bool cut = size > POLICY_MOST_SHOWN;
    size_t at = 0;

    if (cut)
        size = POLICY_MOST_SHOWN - text_incomplete_tail(text, POLICY_MOST_SHOWN);
    shown[at++] = '"';
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F)
            at += (size_t)snprintf(shown + at, POLICY_SHOWN_SIZE - at, "\\u%04x", (unsigned)text[i]);
        else
            shown[at++] = text[i];
    }
    snprintf(shown + at, POLICY_SHOWN_SIZE - at, "%s", cut ? "...\"" : "\"");
    return shown;
}

/* Each part of the way down by itself, so that a long name in the middle does not hide the end. */
static void show_pointer(const char *pointer, struct sbx_buffer *out)
{
    while (*pointer) {
        size_t size = strcspn(pointer + 1, "/");

        buffer_append_text(out, "/");
        show_foreign(pointer + 1, size, out);
        pointer += 1 + size;
    }
}

sbx_status policy_problem_raise(const struct policy_problem *problem, struct sbx_error *error)
{
    struct sbx_buffer place = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (problem->code == SBX_E_POLICY_SYNTAX && problem->line)
        buffer_append_format(&place, "Line %lu, column %lu: ", (unsigned long)problem->line,
                             (unsigned long)problem->column);
    else if (problem->pointer[0]) {
        show_pointer(problem->pointer, &place);
        buffer_append_text(&place, ": ");
    } else if (problem->code == SBX_E_POLICY_VALUE)
        buffer_append_text(&place, "The policy as a whole: ");

    if (buffer_failed(&place))
        status = error_memory(error, "the policy");
    else
        status = error_set(error, problem->code, "%s%s %s", buffer_text(&place), problem->text, problem->fix);
    buffer_free(&place);
    return status;
}
