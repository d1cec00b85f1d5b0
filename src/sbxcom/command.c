/*
 * command.c - commands as scripts give them, and ISandboxCommand.
 */
#include "sbxcom/command.h"

#include "base/memory.h"
#include "core/cmdline.h"
#include "sbxcom/arguments.h"
#include "sbxcom/environment.h"
#include "sbxcom/values.h"

#include <string.h>

/* What scripts give. */

sbx_status given_command_take(const VARIANT *given, struct given_command *command, struct sbx_error *error)
{
    struct given_command taken = {0};
    sbx_status status;

    switch (argument_shape(given)) {
    case ARGUMENT_TEXT:
        status = argument_text(given, "command", &taken.line, NULL, error);
        break;
    case ARGUMENT_ARRAY:
    case ARGUMENT_OBJECT:
        status = argument_strings(given, "command", &taken.arguments, error);
        if (!status && taken.arguments.count == 0)
            status = error_set(
                error, SBX_E_ARGUMENT,
                "command is an empty array. Its first element is the program, the others its arguments.");
        break;
    default:
        status =
            argument_wrong(given, "command", "a command line, or an array of program and arguments", error);
    }
    if (status)
        given_command_free(&taken);
    else
        *command = taken;
    return status;
}

void given_command_free(struct given_command *command)
{
    sbx_free(command->line);
    command->line = NULL;
    strings_free(&command->arguments);
}

struct command_text given_command_text(const struct given_command *command)
{
    struct command_text text = {command->line, command->line ? NULL : &command->arguments};

    return text;
}

/*
 * A number alone is no byte: whoever writes 42 means its text. PowerShell's [byte] is one, since its pipelines make that of an
 * array with one element.
 */
static sbx_status take_input_bytes(const VARIANT *value, struct sbx_buffer *input, struct sbx_error *error)
{
    static const char takes[] = "text, or an array of bytes";
    VARIANT given = argument_value(value);
    struct sbx_error why = {0};
    sbx_status status;

    switch (argument_shape(&given)) {
    case ARGUMENT_NUMBER:
        if (V_VT(&given) != VT_UI1)
            return argument_wrong(&given, "input", takes, error);
        break;
    case ARGUMENT_ARRAY:
    case ARGUMENT_OBJECT:
        break;
    default:
        return argument_wrong(&given, "input", takes, error);
    }
    status = argument_bytes(&given, "As bytes it", input, &why);
    return status == SBX_E_ARGUMENT ? error_set(error, status, "input takes %s. %s", takes, why.text)
           : status                 ? error_memory(error, "input for a command")
                                    : SBX_OK;
}

sbx_status given_input_take(const VARIANT *value, enum text_encoding encoding, struct sbx_buffer *input,
                            bool *given, struct sbx_error *error)
{
    char *text = NULL;
    void *bytes = NULL;
    size_t text_size, size;
    sbx_status status;

    *given = !argument_absent(value);
    if (!*given)
        return SBX_OK;
    if (argument_shape(value) != ARGUMENT_TEXT)
        return take_input_bytes(value, input, error);

    status = argument_text(value, "input", &text, &text_size, error);
    if (!status)
        status = text_encode(encoding, text, text_size, &bytes, &size, error);
    if (!status) {
        buffer_append(input, bytes, size);
        if (buffer_failed(input))
            status = error_memory(error, "input for a command");
    }
    sbx_free(bytes);
    sbx_free(text);
    return status;
}

sbx_status given_flags_take(const VARIANT *value, uint32_t *flags, struct sbx_error *error)
{
    static const struct argument_word words[] = {
        {"terminal", sbxSpawnTerminal},
        {"noInput", sbxSpawnNoInput},
        {"keepDescendants", sbxSpawnKeepDescendants},
        {"collect", sbxSpawnCollect},
    };
    int32_t taken = 0;
    sbx_status status = SBX_OK;

    if (!argument_absent(value))
        status = argument_flags(value, "flags", words, sizeof words / sizeof *words, &taken, error);
    if (!status)
        *flags = (uint32_t)taken;
    return status;
}

/* The object. */

/* A limit that was put, in its unit; 0: the policy's. */
enum limit { LIMIT_MEMORY, LIMIT_PROCESSES, LIMIT_OUTPUT, LIMIT_COUNT };

struct command_object {
    struct object object;
    struct session *session;                /* held */
    struct environment_object *environment; /* held */
    SRWLOCK lock;                           /* guards everything below */
    struct given_command command;
    char *directory; /* NULL: the workspace */
    VARIANT input;   /* a text, an array of bytes or Empty */
    enum text_encoding encoding;
    int64_t timeout_ms; /* -2: not put; -1: none of its own */
    bool terminal;
    LONG columns, rows; /* of a terminal, should it be one */
    int64_t limits[LIMIT_COUNT];
};

#define TIMEOUT_NOT_PUT (-2)
#define MEGABYTE        (1024 * 1024)
#define DEFAULT_COLUMNS 80
#define DEFAULT_ROWS    25

static struct command_object *impl_from_ISandboxCommand(ISandboxCommand *iface)
{
    return CONTAINING_RECORD(iface, struct command_object, object.IDispatch_iface);
}

static HRESULT result_of(const struct command_object *self, sbx_status status, const struct sbx_error *error)
{
    return object_result(&self->object, status, error);
}

/* A command line becomes program and arguments when one of them is put; until then it is passed on as it was typed. */
static sbx_status arguments_of(const struct given_command *command, struct sbx_strings *arguments,
                               struct sbx_error *error)
{
    if (command->line)
        return cmdline_split(command->line, arguments, error);
    return strings_copy(&command->arguments, arguments) ? error_memory(error, "arguments") : SBX_OK;
}

/* Locked. Takes over `arguments`. */
static void set_arguments(struct command_object *self, struct sbx_strings *arguments)
{
    given_command_free(&self->command);
    self->command.arguments = *arguments;
}

static HRESULT STDMETHODCALLTYPE Command_put_Program(ISandboxCommand *iface, BSTR program)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct sbx_strings arguments = {NULL, 0};
    struct sbx_error error = {0};
    char *text = NULL;
    sbx_status status;

    status = argument_bstr(program, "Program", &text, NULL, &error);
    if (status)
        return result_of(self, status, &error);

    AcquireSRWLockExclusive(&self->lock);
    status = arguments_of(&self->command, &arguments, &error);
    if (!status) {
        char *old = arguments.items[0];

        arguments.items[0] = text;
        text = old;
        set_arguments(self, &arguments);
    }
    ReleaseSRWLockExclusive(&self->lock);
    sbx_free(text);
    return result_of(self, status, &error);
}

/* A copy of program and arguments as they are now. */
static sbx_status copy_arguments(struct command_object *self, struct sbx_strings *arguments,
                                 struct sbx_error *error)
{
    sbx_status status;

    AcquireSRWLockShared(&self->lock);
    status = arguments_of(&self->command, arguments, error);
    ReleaseSRWLockShared(&self->lock);
    return status;
}

static HRESULT STDMETHODCALLTYPE Command_get_Program(ISandboxCommand *iface, BSTR *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct sbx_strings arguments = {NULL, 0};
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    status = copy_arguments(self, &arguments, &error);
    result = status ? result_of(self, status, &error) : value_text(arguments.items[0], value);
    strings_free(&arguments);
    return result;
}

static HRESULT STDMETHODCALLTYPE Command_put_Arguments(ISandboxCommand *iface, VARIANT arguments)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct sbx_strings old = {NULL, 0}, made = {NULL, 0};
    struct sbx_error error = {0};
    sbx_status status;

    status = copy_arguments(self, &old, &error);
    if (!status && strings_append(&made, old.items[0]))
        status = error_memory(&error, "arguments");
    if (!status && !argument_absent(&arguments))
        status = argument_strings(&arguments, "Arguments", &made, &error);
    if (!status) {
        AcquireSRWLockExclusive(&self->lock);
        set_arguments(self, &made);
        ReleaseSRWLockExclusive(&self->lock);
    } else {
        strings_free(&made);
    }
    strings_free(&old);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Command_get_Arguments(ISandboxCommand *iface, VARIANT *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct sbx_strings all = {NULL, 0};
    struct sbx_strings rest;
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    status = copy_arguments(self, &all, &error);
    if (status)
        return result_of(self, status, &error);
    rest.items = all.items + 1;
    rest.count = all.count - 1;
    result = value_strings(&rest, value);
    strings_free(&all);
    return result;
}

static HRESULT STDMETHODCALLTYPE Command_put_WorkingDirectory(ISandboxCommand *iface, BSTR path)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct sbx_error error = {0};
    char *text = NULL;
    char *old;
    sbx_status status;

    status = argument_bstr(path, "WorkingDirectory", &text, NULL, &error);
    if (status)
        return result_of(self, status, &error);
    if (!*text) {
        sbx_free(text);
        text = NULL;
    }
    AcquireSRWLockExclusive(&self->lock);
    old = self->directory;
    self->directory = text;
    ReleaseSRWLockExclusive(&self->lock);
    sbx_free(old);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_WorkingDirectory(ISandboxCommand *iface, BSTR *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    HRESULT result;

    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    result = value_text(self->directory, value);
    ReleaseSRWLockShared(&self->lock);
    return result;
}

static HRESULT STDMETHODCALLTYPE Command_get_Environment(ISandboxCommand *iface, ISandboxEnvironment **value)
{
    struct object *environment = environment_object_base(impl_from_ISandboxCommand(iface)->environment);

    if (!value)
        return E_POINTER;
    *value = NULL;
    object_hold(environment);
    *value = object_interface(environment);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_put_Input(ISandboxCommand *iface, VARIANT input)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    VARIANT copy, old;
    bool given;
    HRESULT result = S_OK;
    sbx_status status;

    /*
     * Text is kept as it is, since its encoding is known only at Run. Everything else becomes bytes now: a JScript array is an
     * object of the client's, which would be another one by then.
     */
    status = given_input_take(&input, ENCODING_UTF8, &bytes, &given, &error);
    VariantInit(&copy);
    if (!status && argument_shape(&input) == ARGUMENT_TEXT)
        result = VariantCopyInd(&copy, &input);
    else if (!status && given)
        result = value_bytes(bytes.data, bytes.size, &copy);
    buffer_free(&bytes);
    if (status)
        return result_of(self, status, &error);
    if (FAILED(result))
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&self->lock);
    old = self->input;
    self->input = copy;
    ReleaseSRWLockExclusive(&self->lock);
    VariantClear(&old);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_Input(ISandboxCommand *iface, VARIANT *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    VARIANT copy;
    HRESULT result;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    VariantInit(&copy);
    AcquireSRWLockShared(&self->lock);
    result = VariantCopy(&copy, &self->input);
    ReleaseSRWLockShared(&self->lock);
    if (SUCCEEDED(result))
        *value = copy;
    return result;
}

static HRESULT STDMETHODCALLTYPE Command_put_Encoding(ISandboxCommand *iface, BSTR encoding)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    enum text_encoding value = ENCODING_AUTO;
    struct sbx_error error = {0};
    char *name = NULL;
    sbx_status status;

    status = argument_bstr(encoding, "Encoding", &name, NULL, &error);
    if (!status && *name && !encoding_from_name(name, &value))
        status = error_set(&error, SBX_E_ARGUMENT,
                           "Encoding takes auto, utf-8, oem, ansi, utf-16 or latin1, not \"%.64s\".", name);
    sbx_free(name);
    if (status)
        return result_of(self, status, &error);
    AcquireSRWLockExclusive(&self->lock);
    self->encoding = value;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_Encoding(ISandboxCommand *iface, BSTR *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    enum text_encoding encoding;

    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    encoding = self->encoding;
    ReleaseSRWLockShared(&self->lock);
    return value_text(encoding_name(encoding), value);
}

static HRESULT STDMETHODCALLTYPE Command_put_TimeoutMs(ISandboxCommand *iface, VARIANT timeoutMs)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct sbx_error error = {0};
    int32_t value;
    sbx_status status;

    status = argument_time_out(&timeoutMs, "TimeoutMs", TIMEOUT_NOT_PUT, &value, &error);
    if (status)
        return result_of(self, status, &error);
    AcquireSRWLockExclusive(&self->lock);
    self->timeout_ms = value;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

/* A number that was put, as a long; Empty where it was not. */
static HRESULT get_number(struct command_object *self, const int64_t *field, int64_t not_put, VARIANT *value)
{
    int64_t number;

    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    number = *field;
    ReleaseSRWLockShared(&self->lock);
    VariantInit(value);
    if (number != not_put) {
        V_VT(value) = VT_I4;
        V_I4(value) = (LONG)number;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_TimeoutMs(ISandboxCommand *iface, VARIANT *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return get_number(self, &self->timeout_ms, TIMEOUT_NOT_PUT, value);
}

static HRESULT STDMETHODCALLTYPE Command_put_Terminal(ISandboxCommand *iface, VARIANT_BOOL terminal)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    AcquireSRWLockExclusive(&self->lock);
    self->terminal = terminal != VARIANT_FALSE;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_Terminal(ISandboxCommand *iface, VARIANT_BOOL *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    *value = self->terminal ? VARIANT_TRUE : VARIANT_FALSE;
    ReleaseSRWLockShared(&self->lock);
    return S_OK;
}

/* The terminal's size; without a terminal it counts for nothing and is kept. */
static HRESULT put_cells(struct command_object *self, LONG *field, const char *name, LONG cells)
{
    struct sbx_error error = {0};

    if (cells < 1 || cells > CONSOLE_MOST_CELLS)
        return result_of(self,
                         error_set(&error, SBX_E_ARGUMENT, "%s takes 1 to %d, not %ld.", name,
                                   CONSOLE_MOST_CELLS, (long)cells),
                         &error);
    AcquireSRWLockExclusive(&self->lock);
    *field = cells;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT get_cells(struct command_object *self, const LONG *field, LONG *value)
{
    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    *value = *field;
    ReleaseSRWLockShared(&self->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_put_Columns(ISandboxCommand *iface, LONG columns)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return put_cells(self, &self->columns, "Columns", columns);
}

static HRESULT STDMETHODCALLTYPE Command_get_Columns(ISandboxCommand *iface, LONG *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return get_cells(self, &self->columns, value);
}

static HRESULT STDMETHODCALLTYPE Command_put_Rows(ISandboxCommand *iface, LONG rows)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return put_cells(self, &self->rows, "Rows", rows);
}

static HRESULT STDMETHODCALLTYPE Command_get_Rows(ISandboxCommand *iface, LONG *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return get_cells(self, &self->rows, value);
}

static HRESULT put_limit(struct command_object *self, enum limit limit, const char *name,
                         const VARIANT *given)
{
    struct sbx_error error = {0};
    int64_t value = 0;
    sbx_status status = SBX_OK;

    if (!argument_absent(given))
        status = argument_whole(given, name, 1, INT32_MAX, &value, &error);
    if (status)
        return result_of(self, status, &error);
    AcquireSRWLockExclusive(&self->lock);
    self->limits[limit] = value;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_put_MemoryLimitMB(ISandboxCommand *iface, VARIANT megabytes)
{
    return put_limit(impl_from_ISandboxCommand(iface), LIMIT_MEMORY, "MemoryLimitMB", &megabytes);
}

static HRESULT STDMETHODCALLTYPE Command_get_MemoryLimitMB(ISandboxCommand *iface, VARIANT *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return get_number(self, &self->limits[LIMIT_MEMORY], 0, value);
}

static HRESULT STDMETHODCALLTYPE Command_put_ProcessLimit(ISandboxCommand *iface, VARIANT processes)
{
    return put_limit(impl_from_ISandboxCommand(iface), LIMIT_PROCESSES, "ProcessLimit", &processes);
}

static HRESULT STDMETHODCALLTYPE Command_get_ProcessLimit(ISandboxCommand *iface, VARIANT *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return get_number(self, &self->limits[LIMIT_PROCESSES], 0, value);
}

static HRESULT STDMETHODCALLTYPE Command_put_OutputLimitMB(ISandboxCommand *iface, VARIANT megabytes)
{
    return put_limit(impl_from_ISandboxCommand(iface), LIMIT_OUTPUT, "OutputLimitMB", &megabytes);
}

static HRESULT STDMETHODCALLTYPE Command_get_OutputLimitMB(ISandboxCommand *iface, VARIANT *value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);

    return get_number(self, &self->limits[LIMIT_OUTPUT], 0, value);
}

/* Running. */

/* A copy of everything that one start needs: the object may be changed by another thread meanwhile. */
struct snapshot {
    struct given_command command;
    char *directory;
    struct environment environment;
    struct sbx_buffer input;
    bool has_input;
    enum text_encoding encoding;
    struct engine_command engine_command; /* lends all of the above */
};

static void snapshot_free(struct snapshot *snapshot)
{
    given_command_free(&snapshot->command);
    sbx_free(snapshot->directory);
    environment_free(&snapshot->environment);
    buffer_free(&snapshot->input);
}

/* Locked. */
static sbx_status copy_fields(struct command_object *self, struct snapshot *snapshot, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    snapshot->encoding = self->encoding;
    if (self->terminal) {
        /* An encoding that would not count is not accepted either. */
        if (snapshot->encoding != ENCODING_AUTO && snapshot->encoding != ENCODING_UTF8)
            return error_set(
                error, SBX_E_ARGUMENT,
                "Encoding is %s, and a terminal speaks UTF-8 whatever its program does. Leave it auto.",
                encoding_name(snapshot->encoding));
        snapshot->encoding = ENCODING_UTF8;
    }
    if (self->command.line)
        snapshot->command.line = sbx_strdup(self->command.line);
    else
        status = strings_copy(&self->command.arguments, &snapshot->command.arguments);
    if (status || (self->command.line && !snapshot->command.line))
        return error_memory(error, "a command");
    if (self->directory) {
        snapshot->directory = sbx_strdup(self->directory);
        if (!snapshot->directory)
            return error_memory(error, "a command");
    }
    return given_input_take(&self->input, snapshot->encoding, &snapshot->input, &snapshot->has_input, error);
}

static sbx_status take_snapshot(struct command_object *self, struct snapshot *snapshot,
                                struct sbx_error *error)
{
    struct engine_command *command = &snapshot->engine_command;
    sbx_status status;

    AcquireSRWLockShared(&self->lock);
    status = copy_fields(self, snapshot, error);
    command->timeout_ms = self->timeout_ms > 0 ? (uint64_t)self->timeout_ms : self->timeout_ms == 0 ? 1 : 0;
    command->memory_size = (uint64_t)self->limits[LIMIT_MEMORY] * MEGABYTE;
    command->process_count = (uint32_t)self->limits[LIMIT_PROCESSES];
    command->output_size = (uint64_t)self->limits[LIMIT_OUTPUT] * MEGABYTE;
    command->flags = self->terminal ? ENGINE_TERMINAL : 0;
    command->columns = (uint32_t)self->columns;
    command->rows = (uint32_t)self->rows;
    ReleaseSRWLockShared(&self->lock);
    if (!status)
        status = environment_object_copy(self->environment, &snapshot->environment);
    if (status)
        return status;

    command->text = given_command_text(&snapshot->command);
    command->directory = snapshot->directory;
    command->environment = &snapshot->environment;
    command->input = snapshot->has_input ? buffer_text(&snapshot->input) : NULL;
    command->input_size = snapshot->input.size;
    return SBX_OK;
}

static HRESULT STDMETHODCALLTYPE Command_Run(ISandboxCommand *iface, ISandboxResult **value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct snapshot snapshot = {0};
    struct sbx_error error = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = take_snapshot(self, &snapshot, &error);
    if (!snapshot.has_input)
        snapshot.engine_command.flags |= ENGINE_NO_INPUT;
    result = status ? result_of(self, status, &error)
                    : session_run(self->session, &self->object, &snapshot.engine_command, snapshot.encoding,
                                  value);
    snapshot_free(&snapshot);
    return result;
}

static HRESULT STDMETHODCALLTYPE Command_Spawn(ISandboxCommand *iface, VARIANT flags, ISandboxProcess **value)
{
    struct command_object *self = impl_from_ISandboxCommand(iface);
    struct snapshot snapshot = {0};
    struct sbx_error error = {0};
    uint32_t given_flags = 0;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = take_snapshot(self, &snapshot, &error);
    if (!status)
        status = given_flags_take(&flags, &given_flags, &error);
    snapshot.engine_command.flags |= given_flags;
    result = status ? result_of(self, status, &error)
                    : session_spawn(self->session, &self->object, &snapshot.engine_command, snapshot.encoding,
                                    value);
    snapshot_free(&snapshot);
    return result;
}

static void command_destroy(struct object *object)
{
    struct command_object *self = CONTAINING_RECORD(object, struct command_object, object);

    given_command_free(&self->command);
    sbx_free(self->directory);
    VariantClear(&self->input);
    if (self->environment)
        object_release(environment_object_base(self->environment));
    if (self->session)
        session_release(self->session);
}

static const ISandboxCommandVtbl command_vtbl = {
    OBJECT_METHODS(ISandboxCommand),
    Command_put_Program,
    Command_get_Program,
    Command_put_Arguments,
    Command_get_Arguments,
    Command_put_WorkingDirectory,
    Command_get_WorkingDirectory,
    Command_get_Environment,
    Command_put_Input,
    Command_get_Input,
    Command_put_Encoding,
    Command_get_Encoding,
    Command_put_TimeoutMs,
    Command_get_TimeoutMs,
    Command_put_Terminal,
    Command_get_Terminal,
    Command_put_Columns,
    Command_get_Columns,
    Command_put_Rows,
    Command_get_Rows,
    Command_put_MemoryLimitMB,
    Command_get_MemoryLimitMB,
    Command_put_ProcessLimit,
    Command_get_ProcessLimit,
    Command_put_OutputLimitMB,
    Command_get_OutputLimitMB,
    Command_Run,
    Command_Spawn,
};

static const struct object_class command_class = {
    .type = TYPE_ISandboxCommand,
    .source = L"Sbx.Session",
    .destroy = command_destroy,
};

HRESULT command_create(struct session *session, struct given_command *command,
                       const struct environment *environment, ISandboxCommand **value)
{
    struct command_object *self = object_new(sizeof *self, &command_class, &command_vtbl);

    if (!self) {
        given_command_free(command);
        return E_OUTOFMEMORY;
    }
    InitializeSRWLock(&self->lock);
    self->command = *command;
    memset(command, 0, sizeof *command);
    self->timeout_ms = TIMEOUT_NOT_PUT;
    self->columns = DEFAULT_COLUMNS;
    self->rows = DEFAULT_ROWS;
    self->environment = environment_object_new(environment);
    if (!self->environment) {
        object_release(&self->object);
        return E_OUTOFMEMORY;
    }
    session_hold(session);
    self->session = session;
    *value = object_interface(&self->object);
    return S_OK;
}
