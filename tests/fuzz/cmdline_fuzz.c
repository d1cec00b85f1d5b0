/*
 * cmdline_fuzz.c - any text as a command line, and any texts as arguments: what is quoted is taken apart again as it
 * was, and what is given to cmd holds nothing that cmd would read as its own.
 *
 * The arguments are the pieces of the input between line feeds.
 */
#include "base/memory.h"
#include "core/cmdline.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const struct sbx_strings *a, const struct sbx_strings *b)
{
    must(a->count == b->count);
    for (size_t i = 0; i < a->count; i++)
        must(strcmp(a->items[i], b->items[i]) == 0);
}

/* A line that somebody typed: taken apart, quoted, taken apart again. */
static void try_line(const char *text)
{
    struct sbx_strings arguments = {NULL, 0}, again = {NULL, 0};
    char *program = NULL, *line = NULL;
    const char *rest = NULL;

    if (cmdline_split(text, &arguments, NULL)) {
        must(cmdline_program(text, &program, &rest, NULL) != SBX_OK);
        return;
    }
    must(arguments.count > 0);
    must(!cmdline_program(text, &program, &rest, NULL));
    must(strcmp(program, arguments.items[0]) == 0 && rest >= text && rest <= text + strlen(text));
    if (!cmdline_make(arguments.items[0], &arguments, 1, &line, NULL)) {
        must(!cmdline_split(line, &again, NULL));
        same(&arguments, &again);
    }
    sbx_free(program);
    sbx_free(line);
    strings_free(&arguments);
    strings_free(&again);
}

static void split_input(const char *text, struct sbx_strings *arguments)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        char *piece = malloc(size + 1);

        must(piece != NULL);
        memcpy(piece, text, size);
        piece[size] = '\0';
        must(!strings_append(arguments, piece));
        free(piece);
        text += size + (text[size] == '\n');
    }
}

static void try_arguments(const char *text)
{
    struct sbx_strings arguments = {NULL, 0}, found = {NULL, 0};
    char *line = NULL;

    must(!strings_append(&arguments, "C:\\a b\\program.exe"));
    split_input(text, &arguments);
    if (!cmdline_make(arguments.items[0], &arguments, 1, &line, NULL)) {
        must(!cmdline_split(line, &found, NULL));
        same(&arguments, &found);
    }
    sbx_free(line);
    strings_free(&found);
    strings_free(&arguments);
}

/* What cmd would expand or end the line at, and what ends a quoted part, is never let through. */
static void try_batch(const char *text)
{
    struct sbx_strings arguments = {NULL, 0};
    char *line = NULL;

    split_input(text, &arguments);
    if (!cmdline_make_batch("C:\\Windows\\System32\\cmd.exe", "C:\\tools\\npm.cmd", &arguments, 0, &line,
                            NULL)) {
        must(!strpbrk(line, "%\r\n"));
        for (size_t i = 0; i < arguments.count; i++)
            must(!strchr(arguments.items[i], '"'));
    }
    sbx_free(line);
    strings_free(&arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* of its own, so that the sanitizer sees the byte behind its NUL */

    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    try_line(text);
    try_arguments(text);
    try_batch(text);
    free(text);
    return 0;
}
