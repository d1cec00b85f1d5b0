/*
 * cmdline.c - command lines by the C runtime's rules and by cmd's.
 *
 * The C runtime's: Microsoft, "Parsing C command-line arguments". Every runtime since 1998 agrees on \" and
 * on an even number of backslashes before a quote; older ones differ on "" inside quotes, so it is read but
 * never written.
 */
#include "core/cmdline.h"
#include "base/memory.h"
#include "core/excerpt.h"

#include <string.h>

#define BLANKS              " \t"
#define MOST_BYTES_PER_UNIT 3 /* of WTF-8, and of what is none: one U+FFFD for at most three bytes */

sbx_status cmdline_check_size(const char *line, size_t most, struct sbx_error *error)
{
    size_t size = strlen(line);
    size_t count = 0;
    uint16_t *units = NULL;

    /* Half a gigabyte is not converted to find out that it is too long. */
    if (size <= most * MOST_BYTES_PER_UNIT) {
        if (text_to_utf16(line, size, &units, &count))
            return error_memory(error, "a command line");
        sbx_free(units);
        if (count <= most)
            return SBX_OK;
    }
    return error_set(error, SBX_E_LIMIT,
                     "The command line is too long: at most %zu UTF-16 units are possible for such a "
                     "program. Pass the rest in a file or on the command's input.",
                     most);
}

sbx_status cmdline_program(const char *text, char **program, const char **rest, struct sbx_error *error)
{
    struct sbx_buffer name = SBX_BUFFER_EMPTY;
    const char *at = text + strspn(text, BLANKS);
    bool quoted = false;
    char *taken;

    for (; *at && (quoted || !strchr(BLANKS, *at)); at++) {
        if (*at == '"')
            quoted = !quoted;
        else
            buffer_append(&name, at, 1);
    }
    if (name.size == 0 && !buffer_failed(&name)) {
        buffer_free(&name);
        return error_set(error, SBX_E_ARGUMENT,
                         "The command is empty. Name a program, and its arguments behind it.");
    }
    taken = buffer_take(&name, NULL);
    if (!taken)
        return error_memory(error, "a command line");
    *program = taken;
    *rest = at;
    return SBX_OK;
}

/* One argument from `at`, which is no blank, up to the blank or the end behind it. */
static const char *take_argument(const char *at, struct sbx_buffer *out)
{
    bool quoted = false;

    while (*at && (quoted || !strchr(BLANKS, *at))) {
        size_t backslashes = strspn(at, "\\");

        if (backslashes > 0) {
            bool before_quote = at[backslashes] == '"';

            buffer_append(out, at, before_quote ? backslashes / 2 : backslashes);
            at += backslashes;
            if (before_quote && backslashes % 2)
                buffer_append(out, at++, 1);
        } else if (*at != '"') {
            buffer_append(out, at++, 1);
        } else if (quoted && at[1] == '"') {
            buffer_append(out, at, 1);
            at += 2;
        } else {
            quoted = !quoted;
            at++;
        }
    }
    return at;
}

sbx_status cmdline_split(const char *text, struct sbx_strings *arguments, struct sbx_error *error)
{
    struct sbx_strings made = {NULL, 0};
    struct sbx_buffer argument = SBX_BUFFER_EMPTY;
    char *program = NULL;
    sbx_status status = cmdline_program(text, &program, &text, error);

    if (status)
        return status;
    status = strings_append(&made, program);
    sbx_free(program);

    for (text += strspn(text, BLANKS); *text && !status; text += strspn(text, BLANKS)) {
        argument.size = 0;
        text = take_argument(text, &argument);
        buffer_append(&argument, "", 1);
        status = buffer_failed(&argument) ? SBX_E_MEMORY : strings_append(&made, buffer_text(&argument));
    }
    buffer_free(&argument);

    if (status) {
        strings_free(&made);
        return error_memory(error, "a command line");
    }
    *arguments = made;
    return SBX_OK;
}

void cmdline_quote(struct sbx_buffer *out, const char *argument)
{
    /* Line feed and vertical tab part nothing in the C runtime, but do in other programs' own parsers. */
    if (*argument && !strpbrk(argument, " \t\n\v\"")) {
        buffer_append_text(out, argument);
        return;
    }

    buffer_append(out, "\"", 1);
    while (*argument) {
        size_t backslashes = strspn(argument, "\\");
        char next = argument[backslashes];
        size_t doubled = next == '"' || !next ? backslashes : 0;

        buffer_append(out, argument, backslashes);
        buffer_append(out, argument, doubled);
        if (next == '"')
            buffer_append(out, "\\", 1);
        if (next)
            buffer_append(out, &next, 1);
        argument += backslashes + (next ? 1 : 0);
    }
    buffer_append(out, "\"", 1);
}

static sbx_status finish(struct sbx_buffer *out, size_t most, char **line, struct sbx_error *error)
{
    char *made = buffer_take(out, NULL);
    sbx_status status;

    if (!made)
        return error_memory(error, "a command line");
    status = cmdline_check_size(made, most, error);
    if (status)
        sbx_free(made);
    else
        *line = made;
    return status;
}

sbx_status cmdline_make(const char *program, const struct sbx_strings *arguments, size_t first, char **line,
                        struct sbx_error *error)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    if (strchr(program, '"'))
        return error_set(error, SBX_E_ARGUMENT,
                         "The program's name has a quote in it, which no Windows path has.");

    buffer_append_format(&out, "\"%s\"", program);
    for (size_t i = first; i < arguments->count; i++) {
        buffer_append(&out, " ", 1);
        cmdline_quote(&out, arguments->items[i]);
    }
    return finish(&out, CMDLINE_MOST_UNITS, line, error);
}

/*
 * What no quoting makes safe. cmd reads % before it looks at quotes (and ^% inside them is not an escape), a
 * quote ends the quoting whatever stands before it, a line end ends the command. The programs that batch
 * files call read the C runtime's rules again: for them a backslash before the closing quote takes it away,
 * and a doubled one is another text for the batch file itself. Other control characters have no use in
 * arguments and are read differently by different versions of cmd (0x1A ends a line).
 */
static const char *batch_fault(const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            return "a quote";
        if (text[i] == '%')
            return "a percent sign";
        if (text[i] == '\r' || text[i] == '\n')
            return "a line end";
        if ((unsigned char)text[i] < ' ' && text[i] != '\t')
            return "a control character";
    }
    return size && text[size - 1] == '\\' ? "a backslash at its end" : NULL;
}

static sbx_status append_for_batch(struct sbx_buffer *out, const char *text, const char *batch,
                                   struct sbx_error *error)
{
    const char *fault = batch_fault(text);
    char batch_start[EXCERPT_SIZE];
    char text_start[EXCERPT_SIZE];

    if (fault && text == batch)
        return error_set(error, SBX_E_COMMAND_UNSAFE_ARGUMENT,
                         "The batch file %s cannot be run: its path has %s, for which cmd has no safe "
                         "quoting. Rename its folder, or call the program behind it.",
                         excerpt(batch_start, batch), fault);
    if (fault)
        return error_set(
            error, SBX_E_COMMAND_UNSAFE_ARGUMENT,
            "The batch file %s cannot be given the text \"%s\": it has %s, for which cmd has no safe "
            "quoting. Call the program behind the batch file, or pass the text in a file or a variable.",
            excerpt(batch_start, batch), excerpt(text_start, text), fault);
    buffer_append_format(out, "\"%s\"", text);
    return SBX_OK;
}

sbx_status cmdline_make_batch(const char *cmd, const char *batch, const struct sbx_strings *arguments,
                              size_t first, char **line, struct sbx_error *error)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    sbx_status status;

    /*
     * /d: no AutoRun; /e:on: as documented, whatever the registry says; /v:off: ! is a letter; /s: the outer
     * quotes go.
     */
    buffer_append_format(&out, "\"%s\" /d /e:on /v:off /s /c \"", cmd);
    status = append_for_batch(&out, batch, batch, error);
    for (size_t i = first; i < arguments->count && !status; i++) {
        buffer_append(&out, " ", 1);
        status = append_for_batch(&out, arguments->items[i], batch, error);
    }
    if (status) {
        buffer_free(&out);
        return status;
    }
    buffer_append(&out, "\"", 1);
    return finish(&out, CMDLINE_MOST_BATCH_UNITS, line, error);
}
