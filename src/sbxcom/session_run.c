/*
 * session_run.c - a session's commands: Run, Spawn, CreateCommand, and what their children ask of the session.
 */
#include "base/memory.h"
#include "sbxcom/arguments.h"
#include "sbxcom/command.h"
#include "sbxcom/process.h"
#include "sbxcom/result.h"
#include "sbxcom/session_private.h"

HRESULT session_run(struct session *session, const struct object *caller, struct engine_command *command,
                    enum text_encoding encoding, ISandboxResult **value)
{
    struct sbx_buffer output[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct sbx_error error = {0};
    struct engine *engine = NULL;
    struct engine_run *run = NULL;
    bool truncated = false;
    sbx_status status;

    status = session_take_engine(session, &engine, &error);
    if (status)
        return object_result(caller, status, &error);

    command->flags |= ENGINE_COLLECT | ENGINE_WAITED;
    command->encoding = encoding;
    status = engine_start(engine, command, &run, &error);
    engine_release(engine);
    if (status)
        return object_result(caller, status, &error);

    status = engine_run_collect(run, -1, output, &truncated, &error);
    if (status) {
        engine_run_release(run);
        return object_result(caller, status, &error);
    }
    return result_create(session, run, output, truncated, encoding, value);
}

HRESULT session_spawn(struct session *session, const struct object *caller, struct engine_command *command,
                      enum text_encoding encoding, ISandboxProcess **value)
{
    struct sbx_error error = {0};
    struct engine *engine = NULL;
    struct engine_run *run = NULL;
    sbx_status status;

    status = session_take_engine(session, &engine, &error);
    if (status)
        return object_result(caller, status, &error);

    command->encoding = encoding;
    status = engine_start(engine, command, &run, &error);
    engine_release(engine);
    if (status)
        return object_result(caller, status, &error);
    return process_get(session, run, value);
}

/* Run('git', 'status') is what everybody writes once; the answer says what to write instead. */
static sbx_status take_run_time_out(const VARIANT *given, uint64_t *timeout_ms, struct sbx_error *error)
{
    struct sbx_error plain = {0};
    int32_t value;
    sbx_status status;

    status = argument_time_out(given, "timeoutMs", -1, &value, &plain);
    if (status == SBX_E_ARGUMENT)
        return error_set(error, SBX_E_ARGUMENT,
                         "%s Program and arguments are given as one array: Run(Array(\"git\", \"status\")), "
                         "in PowerShell Run(@('git', 'status')).",
                         plain.text);
    if (status)
        return error_set(error, status, "%s", plain.text);
    /* To the engine 0 is no time-out; a script that writes 0 wants the command ended at once. */
    *timeout_ms = value < 0 ? 0 : value == 0 ? 1 : (uint64_t)value;
    return SBX_OK;
}

HRESULT STDMETHODCALLTYPE Session_Run(ISandboxSession *iface, VARIANT command, VARIANT timeoutMs,
                                      VARIANT input, ISandboxResult **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct given_command given = {0};
    struct engine_command engine_command = {0};
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    bool has_input = false;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = given_command_take(&command, &given, &error);
    if (!status)
        status = take_run_time_out(&timeoutMs, &engine_command.timeout_ms, &error);
    if (!status)
        status = given_input_take(&input, ENCODING_AUTO, &bytes, &has_input, &error);
    if (status) {
        result = session_result(self, status, &error);
    } else {
        engine_command.text = given_command_text(&given);
        engine_command.flags = has_input ? 0 : ENGINE_NO_INPUT;
        engine_command.input = has_input ? buffer_text(&bytes) : NULL;
        engine_command.input_size = bytes.size;
        result = session_run(self, &self->object, &engine_command, ENCODING_AUTO, value);
    }
    buffer_free(&bytes);
    given_command_free(&given);
    return result;
}

HRESULT STDMETHODCALLTYPE Session_Spawn(ISandboxSession *iface, VARIANT command, VARIANT workingDirectory,
                                        VARIANT flags, ISandboxProcess **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct given_command given = {0};
    struct engine_command engine_command = {0};
    struct sbx_error error = {0};
    char *directory = NULL;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = given_command_take(&command, &given, &error);
    if (!status && !argument_absent(&workingDirectory))
        status = argument_text(&workingDirectory, "workingDirectory", &directory, NULL, &error);
    if (!status)
        status = given_flags_take(&flags, &engine_command.flags, &error);
    if (status) {
        result = session_result(self, status, &error);
    } else {
        engine_command.text = given_command_text(&given);
        engine_command.directory = directory && *directory ? directory : NULL;
        result = session_spawn(self, &self->object, &engine_command, ENCODING_AUTO, value);
    }
    sbx_free(directory);
    given_command_free(&given);
    return result;
}

sbx_status session_environment(struct session *session, struct environment *environment,
                               struct sbx_error *error)
{
    struct engine *engine = NULL;
    sbx_status status;

    status = session_take_engine(session, &engine, error);
    if (status)
        return status;
    if (environment_copy(&engine_boundary(engine)->environment, environment))
        status = error_memory(error, "an environment");
    engine_release(engine);
    return status;
}

HRESULT STDMETHODCALLTYPE Session_CreateCommand(ISandboxSession *iface, VARIANT command,
                                                ISandboxCommand **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct environment environment = {{NULL, 0}};
    struct given_command given = {0};
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = session_environment(self, &environment, &error);
    if (!status)
        status = given_command_take(&command, &given, &error);
    result =
        status ? session_result(self, status, &error) : command_create(self, &given, &environment, value);
    environment_free(&environment);
    return result;
}
