/*
 * session_transcript.c - ExportTranscript.
 */
#include "base/memory.h"
#include "core/save.h"
#include "core/transcript_export.h"
#include "os/filesystem.h"
#include "sbxcom/arguments.h"
#include "sbxcom/grants.h"
#include "sbxcom/session_private.h"

#define MOST_TRANSCRIPT_SIZE ((size_t)512 * 1024 * 1024)

static sbx_status take_format(const VARIANT *given, enum transcript_format *format, struct sbx_error *error)
{
    static const struct argument_word words[] = {
        {"markdown", TRANSCRIPT_MARKDOWN}, {"jsonl", TRANSCRIPT_JSONL}, {"json", TRANSCRIPT_JSON}};
    char *text = NULL;
    sbx_status status;

    *format = TRANSCRIPT_MARKDOWN;
    if (argument_absent(given))
        return SBX_OK;
    status = argument_text(given, "format", &text, NULL, error);
    if (status)
        return status;
    status = SBX_E_ARGUMENT;
    for (size_t i = 0; i < sizeof words / sizeof *words && status; i++) {
        if (text_equal_ascii_nocase(text, words[i].word)) {
            *format = (enum transcript_format)words[i].value;
            status = SBX_OK;
        }
    }
    sbx_free(text);
    if (status)
        argument_wrong(given, "format", "\"markdown\", \"jsonl\" or \"json\"", error);
    return status;
}

/* The whole transcript as it is now; freed by the caller. */
static sbx_status read_transcript(const struct session *self, char **text, size_t *size,
                                  struct sbx_error *error)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct sbx_error why = {0};
    char *state_folder = NULL;
    sbx_status status = grants_state_folder(&state_folder, error);

    if (status)
        return status;
    buffer_append_format(&path, "%s\\sessions\\%s\\transcript.jsonl", state_folder, self->id);
    status = buffer_failed(&path) ? error_memory(&why, "a path")
                                  : file_read_all(buffer_text(&path), MOST_TRANSCRIPT_SIZE, text, size, &why);
    if (status == SBX_E_PATH_NOT_FOUND)
        status = session_not_running(sbxStateNew, error);
    else if (status)
        error_set(error, status, "The transcript cannot be read: %s", why.text);
    buffer_free(&path);
    sbx_free(state_folder);
    return status;
}

/* The engine in use, with a hold; NULL: there is none. */
static struct engine *engine_of(struct session *self)
{
    struct engine *engine;

    AcquireSRWLockShared(&self->lock);
    engine = self->engine;
    if (engine)
        engine_hold(engine);
    ReleaseSRWLockShared(&self->lock);
    return engine;
}

static sbx_status export_to(struct session *self, const char *path, enum transcript_format format,
                            struct sbx_error *error)
{
    struct change_list changes = {NULL, 0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct engine *engine = engine_of(self);
    bool runs = engine && engine_state(engine) == ENGINE_RUNNING;
    char *text = NULL;
    size_t size = 0;
    sbx_status status = SBX_OK;

    /* Before the session's end the list of changes is not in the transcript yet. */
    if (runs) {
        status = engine_changes(engine, &changes, error);
        engine_write_out(engine);
    }
    if (engine)
        engine_release(engine);
    if (!status)
        status = read_transcript(self, &text, &size, error);
    if (!status)
        status = transcript_export(format, self->id, text, size, runs ? &changes : NULL, &out, error);
    if (!status)
        status = save_file(path, out.data, out.size, error);
    sbx_free(text);
    buffer_free(&out);
    change_list_free(&changes);
    return status;
}

HRESULT STDMETHODCALLTYPE Session_ExportTranscript(ISandboxSession *iface, BSTR given, VARIANT format)
{
    struct session *self = impl_from_ISandboxSession(iface);
    enum transcript_format wanted = TRANSCRIPT_MARKDOWN;
    struct sbx_error error = {0};
    char *path = NULL;
    sbx_status status = argument_bstr(given, "path", &path, NULL, &error);

    if (!status)
        status = take_format(&format, &wanted, &error);
    if (!status)
        status = export_to(self, path, wanted, &error);
    sbx_free(path);
    return session_result(self, status, &error);
}
