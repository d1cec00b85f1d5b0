#include "com/recorder.h"
#include "sbxcom/arguments.h"
#include "sbxcom/environment.h"
#include "sbxcom/not_built.h"

static struct recorder *impl_from_ISandboxCommand(ISandboxCommand *iface)
{
    return CONTAINING_RECORD(iface, struct recorder, object.IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Command_put_Program(ISandboxCommand *iface, BSTR program)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);

    SysFreeString(self->program);
    self->program = SysAllocString(program);
    self->calls++;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_Program(ISandboxCommand *iface, BSTR *value)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);

    self->calls++;
    *value = SysAllocString(self->program);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_put_TimeoutMs(ISandboxCommand *iface, VARIANT value)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);

    self->calls++;
    self->time_out_type = V_VT(&value);
    self->time_out = V_VT(&value) == VT_I4 ? V_I4(&value) : 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_put_Terminal(ISandboxCommand *iface, VARIANT_BOOL value)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);

    self->calls++;
    self->terminal = value;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_put_Columns(ISandboxCommand *iface, LONG value)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);

    self->calls++;
    self->columns = value;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_Columns(ISandboxCommand *iface, LONG *value)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);

    self->calls++;
    *value = self->columns;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_get_Environment(ISandboxCommand *iface, ISandboxEnvironment **value)
{
    struct environment variables = {{NULL, 0}};
    struct environment_object *object;

    impl_from_ISandboxCommand(iface)->calls++;
    if (environment_set(&variables, "NAME", "value", NULL))
        return E_OUTOFMEMORY;
    object = environment_object_new(&variables);
    environment_free(&variables);
    if (!object)
        return E_OUTOFMEMORY;
    *value = object_interface(environment_object_base(object));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Command_Run(ISandboxCommand *iface, ISandboxResult **value)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);
    struct sbx_error error = {0};

    (void)value;
    self->calls++;
    if (self->outcome == E_OUTOFMEMORY || self->outcome == S_OK)
        return self->outcome;
    return object_result(&self->object, error_set(&error, SBX_E_LIMIT, "Too much. Take less."), &error);
}

static HRESULT STDMETHODCALLTYPE Command_Spawn(ISandboxCommand *iface, VARIANT flags, ISandboxProcess **value)
{
    struct recorder *self = impl_from_ISandboxCommand(iface);

    self->calls++;
    self->flags_absent = argument_absent(&flags);
    *value = NULL;
    return S_OK;
}

NOT_BUILT1(Command, put_Arguments, VARIANT)
NOT_BUILT_RESULT1(Command, get_Arguments, VARIANT *)
NOT_BUILT1(Command, put_WorkingDirectory, BSTR)
NOT_BUILT_RESULT1(Command, get_WorkingDirectory, BSTR *)
NOT_BUILT1(Command, put_Input, VARIANT)
NOT_BUILT_RESULT1(Command, get_Input, VARIANT *)
NOT_BUILT1(Command, put_Encoding, BSTR)
NOT_BUILT_RESULT1(Command, get_Encoding, BSTR *)
NOT_BUILT_RESULT1(Command, get_TimeoutMs, VARIANT *)
NOT_BUILT_RESULT1(Command, get_Terminal, VARIANT_BOOL *)
NOT_BUILT1(Command, put_Rows, LONG)
NOT_BUILT_RESULT1(Command, get_Rows, LONG *)
NOT_BUILT1(Command, put_MemoryLimitMB, VARIANT)
NOT_BUILT_RESULT1(Command, get_MemoryLimitMB, VARIANT *)
NOT_BUILT1(Command, put_ProcessLimit, VARIANT)
NOT_BUILT_RESULT1(Command, get_ProcessLimit, VARIANT *)
NOT_BUILT1(Command, put_OutputLimitMB, VARIANT)
NOT_BUILT_RESULT1(Command, get_OutputLimitMB, VARIANT *)

static const ISandboxCommandVtbl recorder_vtbl = {
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

static void recorder_destroy(struct object *object)
{
    SysFreeString(CONTAINING_RECORD(object, struct recorder, object)->program);
}

static const struct object_class recorder_class = {
    .type = TYPE_ISandboxCommand,
    .source = L"Test.Recorder",
    .destroy = recorder_destroy,
};

struct recorder *recorder_new(void)
{
    return object_new(sizeof(struct recorder), &recorder_class, &recorder_vtbl);
}
