/*
 * transcript_export_test.c - what a reader of an exported transcript can rely on, whatever the commands wrote.
 */
#include "core/transcript_export.h"

#include "base/memory.h"
#include "base/text.h"
#include "memory_failing.h"
#include "support/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define HEAD "{\"time\":\"2026-11-30T10:00:00.000Z\",\"session\":\"s-1\",\"event\":"

static const char lines[] = HEAD
    "\"provisioned\",\"workspace\":\"C:\\\\w\",\"meets\":true,\"findings\":[{\"domain\":\"fileWrite\","
    "\"assurance\":\"enforced\",\"required\":\"enforced\",\"mechanism\":\"m\",\"detail\":\"a | "
    "b\",\"fix\":\"\"}]}\n" HEAD
    "\"refused\",\"command\":\"nope\",\"code\":\"E_COMMAND_NOT_FOUND\",\"text\":\"There is no nope.\"}\n" HEAD
    "\"started\",\"id\":1,\"processId\":7,\"start\":\"2026-11-30T10:00:01.000Z\",\"command\":\"git `log` | "
    "x\","
    "\"directory\":\"C:\\\\w\"}\n" HEAD "\"started\",\"id\":2,\"processId\":8,\"start\":\"2026-11-30T10:00:"
    "02.000Z\",\"command\":\"npm\",\"directory\":\"C:\\\\w\"}\n" HEAD
    "\"output\",\"id\":1,\"stream\":\"stdout\",\"text\":\"one\\r\\n\"}\n" HEAD
    "\"output\",\"id\":2,\"stream\":\"stdout\",\"text\":\"````\\n# no heading\\n\\u001b[31m\"}\n" HEAD
    "\"output\",\"id\":1,\"stream\":\"stdout\",\"text\":\"two\\r\\n\"}\n" HEAD
    "\"output\",\"id\":1,\"stream\":\"stderr\",\"omittedSize\":99}\n" HEAD
    "\"exited\",\"id\":1,\"exitCode\":-1,\"reason\":\"exited\",\"elapsedMs\":12}\n" HEAD
    "\"exited\",\"id\":2,\"exitCode\":1,\"reason\":\"timeLimit\",\"elapsedMs\":600000}\n" HEAD
    "\"violation\",\"violation\":{\"kind\":\"planted\",\"path\":\"C:\\\\w\\\\.git\",\"process\":2,\"text\":"
    "\"It *stands* there.\",\"fix\":\"Look.\"}}\n" HEAD
    "\"granted\",\"access\":\"write\",\"path\":\"C:\\\\more\",\"until\":\"2026-11-30T10:10:00.000Z\"}\n" HEAD
    "\"ended\",\"access\":\"write\",\"path\":\"C:\\\\more\",\"reason\":\"expired\"}\n" HEAD
    "\"gap\",\"lines\":3,\"text\":\"disk full\"}\n";

static const char ending[] =
    HEAD "\"changes\",\"count\":1}\n" HEAD
         "\"change\",\"kind\":\"created\",\"path\":\"C:\\\\w\\\\old list\",\"process\":1}\n" HEAD
         "\"changes\",\"count\":2}\n" HEAD
         "\"change\",\"kind\":\"created\",\"path\":\"C:\\\\w\\\\a|b\",\"process\":1}\n" HEAD
         "\"change\",\"kind\":\"deleted\",\"path\":\"C:\\\\w\\\\c\",\"process\":0}\n" HEAD "\"closed\"}\n";

static char *export_of(enum transcript_format format, const char *text, const struct change_list *changes)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL(transcript_export(format, "s-1", text, strlen(text), changes, &out, NULL), SBX_OK);
    CU_ASSERT(text_is_utf8(out.data, out.size));
    return buffer_take(&out, NULL);
}

static bool has(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    printf("    no \"%s\" in:\n%s\n", part, text);
    return false;
}

static void a_document_tells_what_happened(void)
{
    char *text = export_of(TRANSCRIPT_MARKDOWN, lines, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_EQUAL(strncmp(text, "# Sandbox session s-1\n", 22), 0);
    CU_ASSERT(has(text, "Workspace: `C:\\w`\n"));
    CU_ASSERT(has(text, "| fileWrite | enforced | enforced | a \\| b |\n"));
    CU_ASSERT(has(
        text, "### Refused: `nope`\n\n2026-11-30T10:00:00.000Z: E_COMMAND_NOT_FOUND: There is no nope.\n"));
    CU_ASSERT(has(text, "### 1. `` git `log` | x ``\n"));
    CU_ASSERT(has(text, "in `C:\\w`: exit code -1 after 12 ms\n"));
    CU_ASSERT(has(text, "Output:\n\n```text\none\ntwo\n```\n"));
    CU_ASSERT(has(text, "99 bytes more are not in the transcript.\n"));
    CU_ASSERT(has(text, "**timeLimit** (exit code 1) after 600000 ms\n"));
    CU_ASSERT(has(text, "* planted, seen after command 2: `C:\\w\\.git`. It \\*stands\\* there. *Look.*\n"));
    CU_ASSERT(has(text, "**3 lines could not be written to the transcript here:** disk full\n"));
    CU_ASSERT(has(text,
                  "## Grants\n\n* 2026-11-30T10:00:00.000Z: write `C:\\more` until 2026-11-30T10:10:00.000Z\n"
                  "* 2026-11-30T10:00:00.000Z: write `C:\\more` ended: expired\n"));
    CU_ASSERT(has(text, "None was seen.\n"));
    sbx_free(text);
}

/* A fence that output could end would let a command write the rest of the document. */
static void output_cannot_end_its_fence(void)
{
    char *text = export_of(TRANSCRIPT_MARKDOWN, lines, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT(has(text, "`````text\n````\n# no heading\n\xE2\x90\x9B[31m\n`````\n"));
    CU_ASSERT_PTR_NULL(strchr(text, 0x1B));
    sbx_free(text);
}

/* "evil\u202Etxt.exe" would read as "evilexe.txt". */
static void nothing_unseen_changes_what_is_seen(void)
{
    static const char text[] =
        HEAD "\"started\",\"id\":1,\"command\":\"a\xE2\x80\xAE"
             "b\",\"start\":\"\",\"directory\":\"C:\"}\n" HEAD
             "\"output\",\"id\":1,\"stream\":\"stdout\",\"text\":\"c\xC2\x9B"
             "d\xE2\x81\xA9\xC3\xA4\xE2\x82\xAC\"}\n" HEAD
             "\"refused\",\"command\":\"c\",\"code\":\"E\",\"text\":\"e\xE2\x80\xA8\"}\n";
    char *document = export_of(TRANSCRIPT_MARKDOWN, text, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    CU_ASSERT(has(document, "`a<U+202E>b`"));
    CU_ASSERT(has(document, "\nc<U+009B>d<U+2069>\xC3\xA4\xE2\x82\xAC\n"));
    CU_ASSERT(has(document, "e\\<U+2028\\>"));
    sbx_free(document);
}

static void changes_are_the_latest_list(void)
{
    char path[] = "C:\\w\\now";
    struct change change = {path, CHANGE_RENAMED, 4};
    const struct change_list live = {&change, 1};
    char both[sizeof lines + sizeof ending];
    char *text;

    snprintf(both, sizeof both, "%s%s", lines, ending);
    text = export_of(TRANSCRIPT_MARKDOWN, both, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT(has(text, "| created | `C:\\w\\a\\|b` | 1 |\n| deleted | `C:\\w\\c` | unknown |\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "old list"));
    sbx_free(text);
    text = export_of(TRANSCRIPT_MARKDOWN, lines, &live);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT(has(text, "| renamed | `C:\\w\\now` | 4 |\n"));
    sbx_free(text);
}

static void long_output_shows_its_beginning_and_end(void)
{
    static char text[40000], line[20000];
    char *document;

    memset(line, 'x', sizeof line - 1);
    snprintf(text, sizeof text,
             HEAD "\"started\",\"id\":1,\"command\":\"c\",\"start\":\"\",\"directory\":\"\"}\n" HEAD
                  "\"output\",\"id\":1,\"stream\":\"stderr\",\"text\":\"first %.9000s last\"}\n",
             line);
    document = export_of(TRANSCRIPT_MARKDOWN, text, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    CU_ASSERT(has(document, "Error output:\n\n```text\nfirst x"));
    CU_ASSERT(has(document, "x last\n```\n"));
    CU_ASSERT(has(document, "bytes left out here"));
    CU_ASSERT(has(document, "has not ended"));
    CU_ASSERT(strlen(document) < 5000);
    sbx_free(document);
}

static void json_is_one_text_and_jsonl_the_lines(void)
{
    char path[] = "C:\\w\\now";
    struct change change = {path, CHANGE_RENAMED, 4};
    const struct change_list live = {&change, 1};
    char *text = export_of(TRANSCRIPT_JSON, lines, &live);
    json_t *array = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(array);
    CU_ASSERT_EQUAL(json_array_size(array), 16);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(array, 15), "path")),
                           "C:\\w\\now");
    json_decref(array);
    sbx_free(text);

    text = export_of(TRANSCRIPT_JSONL, lines, NULL);
    CU_ASSERT_STRING_EQUAL(text, lines);
    sbx_free(text);
    text = export_of(TRANSCRIPT_JSON, "", NULL);
    CU_ASSERT_STRING_EQUAL(text, "[\n\n]\n");
    sbx_free(text);
    text = export_of(TRANSCRIPT_JSONL, "", NULL);
    CU_ASSERT_STRING_EQUAL(text, "");
    sbx_free(text);
}

static void what_is_no_line_is_left_out_and_counted(void)
{
    static const char broken[] = HEAD "\"closed\"}\nnonsense\n\n[1]\n\"\xFF\"\n" HEAD "\"torn";
    char *text = export_of(TRANSCRIPT_JSONL, broken, NULL);

    CU_ASSERT_STRING_EQUAL(text, HEAD "\"closed\"}\n");
    sbx_free(text);
    text = export_of(TRANSCRIPT_MARKDOWN, broken, NULL);
    CU_ASSERT(has(text, "4 lines of the transcript could not be read.\n"));
    sbx_free(text);
}

static sbx_status export_all(void *context)
{
    char path[] = "C:\\w\\now";
    struct change change = {path, CHANGE_RENAMED, 4};
    const struct change_list live = {&change, 1};
    sbx_status status = SBX_OK;

    (void)context;
    for (int format = TRANSCRIPT_MARKDOWN; format <= TRANSCRIPT_JSON && !status; format++) {
        struct sbx_buffer out = SBX_BUFFER_EMPTY;

        status =
            transcript_export((enum transcript_format)format, "s-1", lines, strlen(lines), &live, &out, NULL);
        buffer_free(&out);
    }
    return status;
}

static void memory_running_out_is_an_error(void)
{
    with_memory_failing(export_all, NULL);
}

const struct harness_suite transcript_export_suite = {
    "transcript export",
    (const struct harness_test[]){
        {"a document tells what happened", a_document_tells_what_happened},
        {"output cannot end its fence, and shows no control characters", output_cannot_end_its_fence},
        {"nothing unseen changes what is seen", nothing_unseen_changes_what_is_seen},
        {"changes are the latest list", changes_are_the_latest_list},
        {"long output shows its beginning and its end", long_output_shows_its_beginning_and_end},
        {"JSON is one text, JSONL the lines", json_is_one_text_and_jsonl_the_lines},
        {"what is no line is left out and counted", what_is_no_line_is_left_out_and_counted},
        {"memory running out is an error", memory_running_out_is_an_error},
        {NULL, NULL},
    },
};
