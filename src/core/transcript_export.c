/*
 * transcript_export.c - lines to lines, to an array, to a document.
 */
#include "core/transcript_export.h"

#include "base/memory.h"
#include "base/text.h"
#include "core/jsontext.h"
#include "core/transcript.h"

#include <string.h>

#define EXCERPT_HEAD  3000 /* bytes of a stream that a document shows, from its beginning ... */
#define EXCERPT_TAIL  1000 /* ... and from its end */
#define SHOWN_CHANGES 500

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct lines {
    struct jsontext *items;
    const char **text; /* of each, in what was given */
    size_t *size;
    size_t count, capacity;
    size_t left_out;
};

static void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        jsontext_free(&lines->items[i]);
    sbx_free(lines->items);
    sbx_free(lines->text);
    sbx_free(lines->size);
}

static bool grow(struct lines *lines)
{
    size_t capacity = lines->capacity ? lines->capacity * 2 : 64;
    struct jsontext *items = sbx_realloc(lines->items, capacity * sizeof *items);
    const char **text;
    size_t *size;

    if (!items)
        return false;
    lines->items = items;
    text = sbx_realloc(lines->text, capacity * sizeof *text);
    if (!text)
        return false;
    lines->text = text;
    size = sbx_realloc(lines->size, capacity * sizeof *size);
    if (!size)
        return false;
    lines->size = size;
    lines->capacity = capacity;
    return true;
}

static sbx_status read_line(struct lines *lines, const char *text, size_t size)
{
    struct jsontext read = {0};
    json_error_t place;
    sbx_status status;

    if (!text_is_utf8(text, size) || memchr(text, 0, size)) {
        lines->left_out++;
        return SBX_OK;
    }
    if (lines->count == lines->capacity && !grow(lines))
        return SBX_E_MEMORY;
    status = jsontext_read(text, size, &read, &place);
    if (status == SBX_E_MEMORY)
        return status;
    if (status || !json_is_object(read.root)) {
        lines->left_out++;
        if (!status)
            jsontext_free(&read);
        return SBX_OK;
    }
    lines->items[lines->count] = read;
    lines->text[lines->count] = text;
    lines->size[lines->count++] = size;
    return SBX_OK;
}

static sbx_status read_lines(const char *text, size_t size, struct lines *lines)
{
    sbx_status status = SBX_OK;
    size_t at = 0;

    while (at < size && !status) {
        const char *end = memchr(text + at, '\n', size - at);

        if (!end) {
            lines->left_out++;
            break;
        }
        if (end > text + at)
            status = read_line(lines, text + at, (size_t)(end - text) - at);
        at = (size_t)(end - text) + 1;
    }
    return status;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static bool is_event(const struct lines *lines, size_t i, const char *event)
{
    return strcmp(text_of(lines->items[i].root, "event"), event) == 0;
}

/* ---- untrusted text in Markdown -------------------------------------------------------------------------------- */

/*
 * What is not seen and changes what is: C1 controls, line separators, and what turns the order of letters round, by which
 * a path or an output reads as another (CVE-2021-42574). Its size in bytes, 0: it is none of these.
 */
static size_t unseen_size(const unsigned char *at, size_t left, unsigned *code)
{
    static const struct {
        unsigned first, last;
    } unseen[] = {{0x80, 0x9F}, {0x61C, 0x61C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}};
    size_t size = at[0] >= 0xE0 ? 3 : 2;

    if (left < size || at[0] < 0xC2 || at[0] >= 0xF0)
        return 0;
    *code = size == 2 ? (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu)
                      : (at[0] & 0xFu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++)
        if (*code >= unseen[i].first && *code <= unseen[i].last)
            return size;
    return 0;
}

/* Control characters as their pictures (U+2400 on), other unseen ones by number; line ends and tabs stay where `lines`. */
static void put_visible(struct sbx_buffer *out, const char *text, size_t size, bool lines)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned code;
        size_t unseen = unseen_size((const unsigned char *)text + i, size - i, &code);

        if (unseen) {
            buffer_append_format(out, "<U+%04X>", code);
            i += unseen - 1;
        } else if (c == '\r' && lines && i + 1 < size && text[i + 1] == '\n') {
            continue;
        } else if ((c == '\n' || c == '\t') && lines) {
            buffer_append(out, &text[i], 1);
        } else if (c < 0x20 || c == 0x7F) {
            buffer_append(out, (const char[]){(char)0xE2, (char)0x90, (char)(c == 0x7F ? 0xA1 : 0x80 + c)},
                          3);
        } else {
            buffer_append(out, &text[i], 1);
        }
    }
}

static size_t longest_run(const char *text, size_t size, char c)
{
    size_t longest = 0, run = 0;

    for (size_t i = 0; i < size; i++) {
        run = text[i] == c ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    return longest;
}

static void put_ticks(struct sbx_buffer *out, size_t count)
{
    while (count--)
        buffer_append_text(out, "`");
}

/* A code span that the text cannot end; in a table a bar would end the cell, and a backslash before it does not show. */
static void put_code(struct sbx_buffer *out, const char *text, bool in_table)
{
    struct sbx_buffer shown = SBX_BUFFER_EMPTY;
    size_t ticks;

    put_visible(&shown, text, strlen(text), false);
    ticks = longest_run((const char *)shown.data, shown.size, '`') + 1;
    put_ticks(out, ticks);
    if (ticks > 1 || shown.size == 0)
        buffer_append_text(out, " ");
    for (size_t i = 0; i < shown.size; i++) {
        if (shown.data[i] == '|' && in_table)
            buffer_append_text(out, "\\");
        buffer_append(out, &shown.data[i], 1);
    }
    if (ticks > 1)
        buffer_append_text(out, " ");
    put_ticks(out, ticks);
    if (buffer_failed(&shown))
        out->failed = true;
    buffer_free(&shown);
}

/* Words of ours that may quote a path: what Markdown would read is escaped. */
static void put_words(struct sbx_buffer *out, const char *text)
{
    struct sbx_buffer shown = SBX_BUFFER_EMPTY;

    put_visible(&shown, text, strlen(text), false);
    for (size_t i = 0; i < shown.size; i++) {
        if (strchr("\\`*_{}[]<>#|!~&", shown.data[i]))
            buffer_append_text(out, "\\");
        buffer_append(out, &shown.data[i], 1);
    }
    if (buffer_failed(&shown))
        out->failed = true;
    buffer_free(&shown);
}

static void put_fenced(struct sbx_buffer *out, const char *text, size_t size)
{
    size_t ticks = longest_run(text, size, '`') + 1;

    if (ticks < 3)
        ticks = 3;
    put_ticks(out, ticks);
    buffer_append_text(out, "text\n");
    put_visible(out, text, size, true);
    if (size == 0 || text[size - 1] != '\n')
        buffer_append_text(out, "\n");
    put_ticks(out, ticks);
    buffer_append_text(out, "\n\n");
}

/* ---- the document ---------------------------------------------------------------------------------------------- */

/* Where a text may be cut near `at`: not inside a character. */
static size_t whole_at(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static void put_stream(struct sbx_buffer *out, const struct lines *lines, long long id, const char *stream)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    long long omitted = 0;
    size_t head, tail;

    for (size_t i = 0; i < lines->count; i++) {
        const json_t *line = lines->items[i].root;

        if (!is_event(lines, i, "output") || number_of(line, "id") != id ||
            strcmp(text_of(line, "stream"), stream))
            continue;
        buffer_append_text(&text, text_of(line, "text"));
        omitted += number_of(line, "omittedSize");
    }
    if (buffer_failed(&text))
        out->failed = true;
    if (text.size > 0) {
        buffer_append_format(out, "%s:\n\n", strcmp(stream, "stdout") ? "Error output" : "Output");
        if (text.size <= EXCERPT_HEAD + EXCERPT_TAIL) {
            put_fenced(out, buffer_text(&text), text.size);
        } else {
            head = whole_at(buffer_text(&text), EXCERPT_HEAD);
            tail = whole_at(buffer_text(&text), text.size - EXCERPT_TAIL);
            put_fenced(out, buffer_text(&text), head);
            buffer_append_format(out, "(%llu bytes left out here)\n\n", (unsigned long long)(tail - head));
            put_fenced(out, buffer_text(&text) + tail, text.size - tail);
        }
    }
    if (omitted)
        buffer_append_format(out, "%lld bytes more are not in the transcript.\n\n", omitted);
    buffer_free(&text);
}

static const json_t *find_event(const struct lines *lines, const char *event, long long id)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (is_event(lines, i, event) && number_of(lines->items[i].root, "id") == id)
            return lines->items[i].root;
    }
    return NULL;
}

static void put_end(struct sbx_buffer *out, const json_t *end)
{
    if (!end) {
        buffer_append_text(out, "has not ended");
        return;
    }
    if (strcmp(text_of(end, "reason"), "exited") == 0)
        buffer_append_format(out, "exit code %lld", number_of(end, "exitCode"));
    else
        buffer_append_format(out, "**%s** (exit code %lld)", text_of(end, "reason"),
                             number_of(end, "exitCode"));
    buffer_append_format(out, " after %lld ms", number_of(end, "elapsedMs"));
}

static void put_violation(struct sbx_buffer *out, const json_t *violation)
{
    buffer_append_format(out, "* %s, seen after command %lld: ", text_of(violation, "kind"),
                         number_of(violation, "process"));
    put_code(out, text_of(violation, "path"), false);
    buffer_append_text(out, ". ");
    put_words(out, text_of(violation, "text"));
    if (*text_of(violation, "fix")) {
        buffer_append_text(out, " *");
        put_words(out, text_of(violation, "fix"));
        buffer_append_text(out, "*");
    }
    buffer_append_text(out, "\n");
}

static void put_command(struct sbx_buffer *out, const struct lines *lines, const json_t *start)
{
    long long id = number_of(start, "id");

    buffer_append_format(out, "### %lld. ", id);
    put_code(out, text_of(start, "command"), false);
    buffer_append_format(out, "\n\n%s, in ", text_of(start, "start"));
    put_code(out, text_of(start, "directory"), false);
    buffer_append_text(out, ": ");
    put_end(out, find_event(lines, "exited", id));
    buffer_append_text(out, "\n\n");
    put_stream(out, lines, id, "stdout");
    put_stream(out, lines, id, "stderr");
}

static void put_refusal(struct sbx_buffer *out, const json_t *line)
{
    buffer_append_text(out, "### Refused: ");
    put_code(out, text_of(line, "command"), false);
    buffer_append_format(out, "\n\n%s: %s: ", text_of(line, "time"), text_of(line, "code"));
    put_words(out, text_of(line, "text"));
    buffer_append_text(out, "\n\n");
}

static void put_findings(struct sbx_buffer *out, const json_t *line)
{
    const json_t *findings = json_object_get(line, "findings");

    buffer_append_format(out, "## Provisioned %s\n\nWorkspace: ", text_of(line, "time"));
    put_code(out, text_of(line, "workspace"), false);
    buffer_append_text(out, "\n\n| Domain | Assurance | Required | Seen |\n|---|---|---|---|\n");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);

        buffer_append_format(out, "| %s | %s | %s | ", text_of(finding, "domain"),
                             text_of(finding, "assurance"), text_of(finding, "required"));
        put_words(out, text_of(finding, "detail"));
        buffer_append_text(out, " |\n");
    }
    buffer_append_text(out, "\n");
}

/* In the order in which things happened; a command's output and end stand with its start. */
static void put_events(struct sbx_buffer *out, const struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const json_t *line = lines->items[i].root;

        if (is_event(lines, i, "provisioned")) {
            put_findings(out, line);
        } else if (is_event(lines, i, "started")) {
            put_command(out, lines, line);
        } else if (is_event(lines, i, "refused")) {
            put_refusal(out, line);
        } else if (is_event(lines, i, "closed") || is_event(lines, i, "lost")) {
            buffer_append_format(out, "%s %s\n\n",
                                 is_event(lines, i, "lost") ? "**The runner was lost**" : "Closed",
                                 text_of(line, "time"));
        } else if (is_event(lines, i, "gap")) {
            buffer_append_format(out, "**%lld lines could not be written to the transcript here:** ",
                                 number_of(line, "lines"));
            put_words(out, text_of(line, "text"));
            buffer_append_text(out, "\n\n");
        }
    }
}

static void put_violations(struct sbx_buffer *out, const struct lines *lines)
{
    bool any = false;

    for (size_t i = 0; i < lines->count; i++) {
        const json_t *violation = json_object_get(lines->items[i].root, "violation");

        if (!is_event(lines, i, "violation"))
            continue;
        if (!any)
            buffer_append_text(out, "## Violations\n\n");
        any = true;
        put_violation(out, violation);
    }
    if (any)
        buffer_append_text(out, "\n");
}

static void put_grants(struct sbx_buffer *out, const struct lines *lines)
{
    bool any = false;

    for (size_t i = 0; i < lines->count; i++) {
        const json_t *line = lines->items[i].root;
        bool granted = is_event(lines, i, "granted");

        if (!granted && !is_event(lines, i, "ended"))
            continue;
        if (!any)
            buffer_append_text(out, "## Grants\n\n");
        any = true;
        buffer_append_format(out, "* %s: %s ", text_of(line, "time"), text_of(line, "access"));
        put_code(out, text_of(line, "path"), false);
        if (granted && json_object_get(line, "until"))
            buffer_append_format(out, " until %s\n", text_of(line, "until"));
        else if (granted)
            buffer_append_text(out, "\n");
        else
            buffer_append_format(out, " ended: %s\n", text_of(line, "reason"));
    }
    if (any)
        buffer_append_text(out, "\n");
}

static void put_change(struct sbx_buffer *out, const char *kind, const char *path, long long process)
{
    buffer_append_format(out, "| %s | ", kind);
    put_code(out, path, true);
    if (process)
        buffer_append_format(out, " | %lld |\n", process);
    else
        buffer_append_text(out, " | unknown |\n");
}

static void put_changes(struct sbx_buffer *out, const struct lines *lines, const struct change_list *changes)
{
    size_t first = lines->count, count = 0, shown = 0;

    for (size_t i = 0; i < lines->count; i++) {
        if (is_event(lines, i, "changes"))
            first = i;
    }
    if (changes)
        count = changes->count;
    else if (first < lines->count)
        count = (size_t)number_of(lines->items[first].root, "count");
    buffer_append_text(out, "## Changes in the workspace\n\n");
    if (count == 0) {
        buffer_append_text(out, "None was seen.\n");
        return;
    }
    buffer_append_text(out, "| | Path | Command |\n|---|---|---|\n");
    for (size_t i = 0; changes && i < changes->count && shown < SHOWN_CHANGES; i++, shown++)
        put_change(out, change_kind_name(changes->items[i].kind), changes->items[i].path,
                   changes->items[i].process);
    for (size_t i = first; !changes && i < lines->count && shown < SHOWN_CHANGES; i++) {
        const json_t *line = lines->items[i].root;

        if (!is_event(lines, i, "change"))
            continue;
        put_change(out, text_of(line, "kind"), text_of(line, "path"), number_of(line, "process"));
        shown++;
    }
    if (shown < count)
        buffer_append_format(out, "\n%llu more are not shown.\n", (unsigned long long)(count - shown));
}

static void write_markdown(const char *session, const struct lines *lines, const struct change_list *changes,
                           struct sbx_buffer *out)
{
    buffer_append_format(out, "# Sandbox session %s\n\n", session);
    put_events(out, lines);
    put_violations(out, lines);
    put_grants(out, lines);
    put_changes(out, lines, changes);
    if (lines->left_out)
        buffer_append_format(out, "\n%llu lines of the transcript could not be read.\n",
                             (unsigned long long)lines->left_out);
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

/* The lines as they are, then those that the list of changes makes; `between` stands between two. */
static void write_lines(const char *session, const struct lines *lines, const struct change_list *changes,
                        const char *between, struct sbx_buffer *out)
{
    struct sbx_buffer more = SBX_BUFFER_EMPTY;

    for (size_t i = 0; i < lines->count; i++) {
        buffer_append_text(out, i ? between : "");
        buffer_append(out, lines->text[i], lines->size[i]);
    }
    if (changes)
        transcript_write_changes(session, changes, &more);
    if (buffer_failed(&more))
        out->failed = true;
    for (const char *at = buffer_failed(&more) ? "" : buffer_text(&more); *at;) {
        size_t size = (size_t)(strchr(at, '\n') - at);

        buffer_append_text(out, lines->count || at > buffer_text(&more) ? between : "");
        buffer_append(out, at, size);
        at += size + 1;
    }
    buffer_free(&more);
}

sbx_status transcript_export(enum transcript_format format, const char *session, const char *text,
                             size_t size, const struct change_list *changes, struct sbx_buffer *out,
                             struct sbx_error *error)
{
    struct lines lines = {0};
    sbx_status status = read_lines(text, size, &lines);

    if (status) {
        lines_free(&lines);
        return error_memory(error, "a transcript");
    }
    switch (format) {
    case TRANSCRIPT_MARKDOWN:
        write_markdown(session, &lines, changes, out);
        break;
    case TRANSCRIPT_JSONL:
        write_lines(session, &lines, changes, "\n", out);
        buffer_append_text(out, lines.count || changes ? "\n" : "");
        break;
    case TRANSCRIPT_JSON:
        buffer_append_text(out, "[\n");
        write_lines(session, &lines, changes, ",\n", out);
        buffer_append_text(out, "\n]\n");
        break;
    }
    lines_free(&lines);
    return buffer_failed(out) ? error_memory(error, "a transcript") : SBX_OK;
}
