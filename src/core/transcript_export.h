/*
 * transcript_export.h - a session's transcript for people and programs: Markdown, one JSON text, or the lines as they are.
 *
 * The text is data of commands that nobody trusts: in Markdown what they wrote stands in fences and code spans that it cannot
 * end, control characters are shown as pictures, and long output is cut to its beginning and end.
 */
#ifndef SBX_CORE_TRANSCRIPT_EXPORT_H
#define SBX_CORE_TRANSCRIPT_EXPORT_H

#include "core/changes.h"

#include "base/buffer.h"

enum transcript_format { TRANSCRIPT_MARKDOWN, TRANSCRIPT_JSONL, TRANSCRIPT_JSON };

/*
 * Appends the transcript of `size` bytes in that format to `out`. `session` names it; `changes` is the latest list where the
 * transcript has none yet (the session goes on), NULL: it has. A last line that is not whole yet, and lines that are no
 * JSON object, are left out; a document says how many. SBX_E_MEMORY, then `out` holds part of it.
 */
sbx_status transcript_export(enum transcript_format format, const char *session, const char *text,
                             size_t size, const struct change_list *changes, struct sbx_buffer *out,
                             struct sbx_error *error);

#endif
