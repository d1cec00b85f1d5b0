/*
 * events_notify.c - the notifier: from what the feed has to calls of the sinks, each in its own apartment.
 *
 * What crosses the border between apartments is a call without arguments, to a courier: an object of ours that was made in
 * the sink's apartment and calls the sink there. So the arguments are never marshaled: a process is the very object that
 * Spawn returned (under Wine 8.0 the client of a single-threaded apartment would get a proxy, because its unmarshaler takes
 * every other apartment for another process), and text is not copied once more.
 */
#include "base/memory.h"
#include "sbxcom/events_private.h"
#include "sbxcom/module.h"
#include "sbxcom/process.h"
#include "sbxcom/values.h"

#include <string.h>

#define REJECTED_PAUSE_MS 100
#define REJECTED_MOST     50
#define MOST_ARGUMENTS    3

/*
 * One event as Invoke takes it: the last argument first. Held by the notifier and by a courier that has begun: a call may
 * be given up on one side and go on on the other.
 */
struct invocation {
    LONG references;
    DISPID id;
    UINT count;
    VARIANT arguments[MOST_ARGUMENTS];
};

static void invocation_release(struct invocation *invocation)
{
    if (InterlockedDecrement(&invocation->references) > 0)
        return;
    for (UINT i = 0; i < invocation->count; i++)
        VariantClear(&invocation->arguments[i]);
    sbx_free(invocation);
}

/* ---- couriers -------------------------------------------------------------------------------------------------- */

struct courier {
    IDispatch IDispatch_iface; /* called by the notifier alone; not agile, so it is called in its apartment */
    LONG references;
    IDispatch *sink;       /* held, of this apartment */
    struct events *events; /* held */
};

static struct courier *impl_from_IDispatch(IDispatch *iface)
{
    return CONTAINING_RECORD(iface, struct courier, IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Courier_QueryInterface(IDispatch *iface, REFIID iid, void **value)
{
    if (!value)
        return E_POINTER;
    *value = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch))
        return E_NOINTERFACE;
    IDispatch_AddRef(iface);
    *value = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Courier_AddRef(IDispatch *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IDispatch(iface)->references);
}

static ULONG STDMETHODCALLTYPE Courier_Release(IDispatch *iface)
{
    struct courier *self = impl_from_IDispatch(iface);
    LONG references = InterlockedDecrement(&self->references);

    if (references == 0) {
        IDispatch_Release(self->sink);
        events_release(self->events);
        sbx_free(self);
        module_release();
    }
    return (ULONG)references;
}

static HRESULT STDMETHODCALLTYPE Courier_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    if (!count)
        return E_POINTER;
    *count = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Courier_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid,
                                                     ITypeInfo **info)
{
    (void)iface, (void)index, (void)lcid;
    if (info)
        *info = NULL;
    return DISP_E_BADINDEX;
}

static HRESULT STDMETHODCALLTYPE Courier_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names,
                                                       UINT count, LCID lcid, DISPID *ids)
{
    (void)iface, (void)iid, (void)names, (void)lcid;
    for (UINT i = 0; ids && i < count; i++)
        ids[i] = DISPID_UNKNOWN;
    return DISP_E_UNKNOWNNAME;
}

/* Whatever it is called with: gives the sink what the notifier is telling now. */
static HRESULT STDMETHODCALLTYPE Courier_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid,
                                                WORD flags, DISPPARAMS *parameters, VARIANT *result,
                                                EXCEPINFO *exception, UINT *wrong)
{
    struct courier *self = impl_from_IDispatch(iface);
    struct events *events = self->events;
    struct invocation *invocation;
    DISPPARAMS given = {0};
    EXCEPINFO thrown = {0};
    HRESULT came;

    (void)id, (void)iid, (void)lcid, (void)flags, (void)parameters, (void)result, (void)exception,
        (void)wrong;
    AcquireSRWLockShared(&events->lock);
    invocation = events->telling;
    if (invocation)
        InterlockedIncrement(&invocation->references);
    ReleaseSRWLockShared(&events->lock);
    if (!invocation)
        return S_OK;

    given.rgvarg = invocation->arguments;
    given.cArgs = invocation->count;
    IDispatch_AddRef(iface); /* the sink may disconnect itself */
    came = IDispatch_Invoke(self->sink, invocation->id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_METHOD,
                            &given, NULL, &thrown, NULL);
    IDispatch_Release(iface);
    /* What a sink throws is its own affair: there is nobody who could be told. */
    SysFreeString(thrown.bstrSource);
    SysFreeString(thrown.bstrDescription);
    SysFreeString(thrown.bstrHelpFile);
    invocation_release(invocation);
    return came == DISP_E_EXCEPTION ? S_FALSE : came;
}

static const IDispatchVtbl courier_vtbl = {
    Courier_QueryInterface, Courier_AddRef,        Courier_Release, Courier_GetTypeInfoCount,
    Courier_GetTypeInfo,    Courier_GetIDsOfNames, Courier_Invoke,
};

HRESULT courier_create(struct events *events, IDispatch *sink, IDispatch **value)
{
    struct courier *self = sbx_alloc(sizeof *self);

    if (!self)
        return E_OUTOFMEMORY;
    self->IDispatch_iface.lpVtbl = &courier_vtbl;
    self->references = 1;
    IDispatch_AddRef(sink);
    self->sink = sink;
    InterlockedIncrement(&events->references);
    self->events = events;
    module_hold();
    *value = &self->IDispatch_iface;
    return S_OK;
}

/* ---- what is told ---------------------------------------------------------------------------------------------- */

/* The next argument from the front; `value` is moved. */
static void add_argument(struct invocation *invocation, VARIANT value)
{
    memmove(&invocation->arguments[1], &invocation->arguments[0],
            invocation->count * sizeof invocation->arguments[0]);
    invocation->arguments[0] = value;
    invocation->count++;
}

static void add_object(struct invocation *invocation, void *object)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_DISPATCH;
    V_DISPATCH(&value) = object;
    add_argument(invocation, value);
}

static void add_long(struct invocation *invocation, LONG number)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_I4;
    V_I4(&value) = number;
    add_argument(invocation, value);
}

static void add_double(struct invocation *invocation, double number)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_R8;
    V_R8(&value) = number;
    add_argument(invocation, value);
}

static HRESULT add_text(struct invocation *invocation, const struct sbx_buffer *text)
{
    VARIANT value;
    HRESULT result = value_variant_text(buffer_text(text), text->size, &value);

    if (SUCCEEDED(result))
        add_argument(invocation, value);
    return result;
}

static HRESULT add_process(struct invocation *invocation, struct session *session, struct engine_run *run)
{
    ISandboxProcess *process = NULL;
    HRESULT result;

    engine_run_hold(run);
    result = process_get(session, run, &process);
    if (SUCCEEDED(result))
        add_object(invocation, process);
    return result;
}

static HRESULT add_violation(struct invocation *invocation, struct session *session,
                             const struct violations *one)
{
    ISandboxViolation *violation = NULL;
    HRESULT result = session_violation(session, &one->items[0], &violation);

    if (SUCCEEDED(result))
        add_object(invocation, violation);
    return result;
}

static HRESULT add_grant(struct invocation *invocation, struct session *session, const void *payload)
{
    struct engine_allowance *allowance;
    ISandboxGrant *grant = NULL;
    struct engine *engine;
    HRESULT result;

    engine_expired(payload, &engine, &allowance);
    result = session_grant(session, engine, allowance, &grant);
    if (SUCCEEDED(result))
        add_object(invocation, grant);
    return result;
}

static HRESULT make_invocation(struct session *session, const struct feed_event *event,
                               struct invocation *invocation)
{
    HRESULT result = S_OK;

    switch (event->kind) {
    case FEED_OUTPUT:
        invocation->id = 1;
        result = add_process(invocation, session, event->subject);
        add_long(invocation, event->stream == 0 ? sbxStreamOutput : sbxStreamError);
        if (SUCCEEDED(result))
            result = add_text(invocation, &event->text);
        break;
    case FEED_EXIT:
        invocation->id = 2;
        result = add_process(invocation, session, event->subject);
        break;
    case FEED_PROGRESS:
        invocation->id = 3;
        result = add_text(invocation, &event->text);
        add_double(invocation, event->done);
        add_double(invocation, event->total);
        break;
    case FEED_VIOLATION:
        invocation->id = 4;
        result = add_violation(invocation, session, event->payload);
        break;
    case FEED_GRANT_EXPIRED:
        invocation->id = 5;
        result = add_grant(invocation, session, event->payload);
        break;
    }
    return result;
}

/* ---- the notifier ---------------------------------------------------------------------------------------------- */

/* Who was to be called is not there any more. */
static bool is_gone(HRESULT result)
{
    switch (result) {
    case CO_E_OBJNOTCONNECTED:
    case CO_E_OBJNOTREG:
    case RPC_E_DISCONNECTED:
    case RPC_E_SERVER_DIED:
    case RPC_E_SERVER_DIED_DNE:
        return true;
    default:
        return result == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) ||
               result == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
    }
}

/* One call, repeated while the sink's apartment cannot take it. */
static HRESULT call_sink(struct events *self, const struct connection *connection)
{
    DISPPARAMS nothing = {0};
    IDispatch *courier = NULL;
    HRESULT result;

    result = IGlobalInterfaceTable_GetInterfaceFromGlobal(self->table, connection->courier, &IID_IDispatch,
                                                          (void **)&courier);
    if (FAILED(result))
        return result == E_OUTOFMEMORY ? result : CO_E_OBJNOTCONNECTED;
    for (int tries = 0; tries < REJECTED_MOST; tries++) {
        if (tries > 0)
            Sleep(REJECTED_PAUSE_MS);
        if (!events_has(self, connection->cookie))
            break;
        result = IDispatch_Invoke(courier, DISPID_VALUE, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_METHOD,
                                  &nothing, NULL, NULL, NULL);
        if (result != RPC_E_CALL_REJECTED && result != RPC_E_SERVERCALL_RETRYLATER)
            break;
    }
    IDispatch_Release(courier);
    return result;
}

static void set_telling(struct events *self, struct invocation *invocation)
{
    AcquireSRWLockExclusive(&self->lock);
    self->telling = invocation;
    ReleaseSRWLockExclusive(&self->lock);
}

static void call_sinks(struct events *self, struct invocation *invocation)
{
    size_t count;
    struct connection *connections = events_connections(self, &count);

    set_telling(self, invocation);
    for (size_t i = 0; i < count; i++) {
        if (events_has(self, connections[i].cookie) && is_gone(call_sink(self, &connections[i])))
            events_disconnect(self, connections[i].cookie);
    }
    set_telling(self, NULL);
    sbx_free(connections);
}

/* The session with a reference; NULL: it is going. */
static struct session *hold_session(struct events *self)
{
    struct session *session;

    AcquireSRWLockShared(&self->lock);
    session = self->session;
    if (session && !object_hold_living(self->object))
        session = NULL;
    ReleaseSRWLockShared(&self->lock);
    return session;
}

static void deliver(struct events *self, const struct feed_event *event)
{
    struct session *session = hold_session(self);
    struct invocation *invocation;

    if (!session)
        return;
    invocation = sbx_alloc(sizeof *invocation);
    if (invocation) {
        invocation->references = 1;
        if (SUCCEEDED(make_invocation(session, event, invocation)))
            call_sinks(self, invocation);
        invocation_release(invocation);
    }
    session_release(session);
}

static bool is_over(struct events *self)
{
    bool over;

    AcquireSRWLockShared(&self->lock);
    over = !self->session;
    ReleaseSRWLockShared(&self->lock);
    return over;
}

void events_notify(void *context)
{
    struct events *self = context;
    HRESULT initialized = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    while (!is_over(self)) {
        struct feed_event event;

        WaitForSingleObject(feed_signal(self->feed), INFINITE);
        while (feed_take(self->feed, &event)) {
            deliver(self, &event);
            feed_done(self->feed, &event);
        }
    }
    events_disconnect_all(self); /* those that the thread which let go of the session could not revoke */
    if (SUCCEEDED(initialized))
        CoUninitialize();
    events_release(self);
}
