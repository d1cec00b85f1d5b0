/*
 * events.c - a session's connection point, and its connections.
 */
#include "base/memory.h"
#include "sbxcom/connection_enum.h"
#include "sbxcom/events_private.h"
#include "sbxcom/module.h"

#include <string.h>

void events_release(struct events *self)
{
    if (InterlockedDecrement(&self->references) > 0)
        return;
    if (self->table)
        IGlobalInterfaceTable_Release(self->table);
    feed_release(self->feed);
    sbx_free(self->connections);
    sbx_free(self);
}

/* ---- connections ----------------------------------------------------------------------------------------------- */

bool events_has(struct events *self, DWORD cookie)
{
    bool found = false;

    AcquireSRWLockShared(&self->lock);
    for (size_t i = 0; i < self->connection_count; i++)
        found |= self->connections[i].cookie == cookie;
    ReleaseSRWLockShared(&self->lock);
    return found;
}

/* Without `lock`: what the feed lets go of may be the last of an object that has to do with this session. */
static void tell_feed(struct events *self)
{
    bool listening;

    AcquireSRWLockExclusive(&self->listening);
    AcquireSRWLockShared(&self->lock);
    listening = self->connection_count > 0;
    ReleaseSRWLockShared(&self->lock);
    feed_listen(self->feed, listening);
    ReleaseSRWLockExclusive(&self->listening);
}

bool events_disconnect(struct events *self, DWORD cookie)
{
    struct connection connection = {0, 0};
    size_t i = 0;

    AcquireSRWLockExclusive(&self->lock);
    while (i < self->connection_count && self->connections[i].cookie != cookie)
        i++;
    if (i < self->connection_count) {
        connection = self->connections[i];
        self->connections[i] = self->connections[--self->connection_count];
    }
    ReleaseSRWLockExclusive(&self->lock);
    if (!connection.cookie)
        return false;
    tell_feed(self);
    IGlobalInterfaceTable_RevokeInterfaceFromGlobal(self->table, connection.courier);
    IGlobalInterfaceTable_RevokeInterfaceFromGlobal(self->table, connection.cookie);
    return true;
}

struct connection *events_connections(struct events *self, size_t *count)
{
    struct connection *copy;

    AcquireSRWLockShared(&self->lock);
    *count = self->connection_count;
    copy = sbx_alloc_array(self->connection_count, sizeof *copy);
    if (copy && *count)
        memcpy(copy, self->connections, *count * sizeof *copy);
    ReleaseSRWLockShared(&self->lock);
    if (!copy)
        *count = 0;
    return copy;
}

void events_disconnect_all(struct events *self)
{
    size_t count;
    struct connection *connections = events_connections(self, &count);

    for (size_t i = 0; i < count; i++)
        events_disconnect(self, connections[i].cookie);
    sbx_free(connections);
}

/* ---- IConnectionPoint ------------------------------------------------------------------------------------------ */

static struct events *impl_from_IConnectionPoint(IConnectionPoint *iface)
{
    return CONTAINING_RECORD(iface, struct events, IConnectionPoint_iface);
}

static HRESULT get_marshaler(struct events *self, void **value)
{
    IUnknown *marshaler = InterlockedCompareExchangePointer((void **)&self->marshaler, NULL, NULL);

    if (!marshaler) {
        HRESULT result = CoCreateFreeThreadedMarshaler((IUnknown *)&self->IConnectionPoint_iface, &marshaler);

        if (FAILED(result))
            return result;
        if (InterlockedCompareExchangePointer((void **)&self->marshaler, marshaler, NULL)) {
            IUnknown_Release(marshaler);
            marshaler = self->marshaler;
        }
    }
    return IUnknown_QueryInterface(marshaler, &IID_IMarshal, value);
}

static HRESULT STDMETHODCALLTYPE Point_QueryInterface(IConnectionPoint *iface, REFIID iid, void **value)
{
    if (!value)
        return E_POINTER;
    *value = NULL;
    if (IsEqualIID(iid, &IID_IMarshal))
        return get_marshaler(impl_from_IConnectionPoint(iface), value);
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IConnectionPoint))
        return E_NOINTERFACE;
    IConnectionPoint_AddRef(iface);
    *value = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Point_AddRef(IConnectionPoint *iface)
{
    return object_AddRef(&impl_from_IConnectionPoint(iface)->object->IDispatch_iface);
}

static ULONG STDMETHODCALLTYPE Point_Release(IConnectionPoint *iface)
{
    return object_Release(&impl_from_IConnectionPoint(iface)->object->IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Point_GetConnectionInterface(IConnectionPoint *iface, IID *iid)
{
    (void)iface;
    if (!iid)
        return E_POINTER;
    *iid = DIID_ISandboxSessionEvents;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Point_GetConnectionPointContainer(IConnectionPoint *iface,
                                                                   IConnectionPointContainer **value)
{
    struct events *self = impl_from_IConnectionPoint(iface);

    if (!value)
        return E_POINTER;
    object_hold(self->object);
    *value = &self->IConnectionPointContainer_iface;
    return S_OK;
}

/* The sink as what it is called by. Scripts and .NET answer for the event interface, others only for IDispatch. */
static HRESULT sink_of(IUnknown *client, IDispatch **sink)
{
    HRESULT result = IUnknown_QueryInterface(client, &DIID_ISandboxSessionEvents, (void **)sink);

    if (FAILED(result))
        result = IUnknown_QueryInterface(client, &IID_IDispatch, (void **)sink);
    return SUCCEEDED(result) ? S_OK : CONNECT_E_CANNOTCONNECT;
}

/* Room for one more, the table, the thread. Locked. */
static HRESULT prepare(struct events *self)
{
    struct connection *larger;
    HRESULT result = S_OK;

    if (!self->table)
        result = CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IGlobalInterfaceTable, (void **)&self->table);
    if (FAILED(result))
        return result;
    larger = sbx_realloc(self->connections, (self->connection_count + 1) * sizeof *larger);
    if (!larger)
        return E_OUTOFMEMORY;
    self->connections = larger;
    if (!self->notifying) {
        InterlockedIncrement(&self->references);
        if (module_start_worker(events_notify, self, NULL, NULL)) {
            InterlockedDecrement(&self->references);
            return E_OUTOFMEMORY;
        }
        self->notifying = true;
    }
    return S_OK;
}

/* Puts the sink and its courier into the table. Not locked: the table asks the sink for more of itself. */
static HRESULT enter(struct events *self, IDispatch *sink, struct connection *connection)
{
    IDispatch *courier = NULL;
    HRESULT result = courier_create(self, sink, &courier);

    if (FAILED(result))
        return result;
    result = IGlobalInterfaceTable_RegisterInterfaceInGlobal(self->table, (IUnknown *)courier, &IID_IDispatch,
                                                             &connection->courier);
    IDispatch_Release(courier);
    if (FAILED(result))
        return result;
    result = IGlobalInterfaceTable_RegisterInterfaceInGlobal(self->table, (IUnknown *)sink, &IID_IDispatch,
                                                             &connection->cookie);
    if (FAILED(result))
        IGlobalInterfaceTable_RevokeInterfaceFromGlobal(self->table, connection->courier);
    return result;
}

static HRESULT STDMETHODCALLTYPE Point_Advise(IConnectionPoint *iface, IUnknown *client, DWORD *cookie)
{
    struct events *self = impl_from_IConnectionPoint(iface);
    struct connection made = {0, 0};
    IDispatch *sink = NULL;
    HRESULT result;

    if (!client || !cookie)
        return E_POINTER;
    *cookie = 0;
    result = sink_of(client, &sink);
    if (FAILED(result))
        return result;

    AcquireSRWLockExclusive(&self->lock);
    result = prepare(self);
    ReleaseSRWLockExclusive(&self->lock);
    if (SUCCEEDED(result))
        result = enter(self, sink, &made);
    IDispatch_Release(sink);
    if (FAILED(result))
        return result;

    AcquireSRWLockExclusive(&self->lock);
    result = prepare(self); /* another one may have taken the room */
    if (SUCCEEDED(result))
        self->connections[self->connection_count++] = made;
    ReleaseSRWLockExclusive(&self->lock);
    if (FAILED(result)) {
        IGlobalInterfaceTable_RevokeInterfaceFromGlobal(self->table, made.courier);
        IGlobalInterfaceTable_RevokeInterfaceFromGlobal(self->table, made.cookie);
        return result;
    }
    tell_feed(self);
    *cookie = made.cookie;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Point_Unadvise(IConnectionPoint *iface, DWORD cookie)
{
    return events_disconnect(impl_from_IConnectionPoint(iface), cookie) ? S_OK : CONNECT_E_NOCONNECTION;
}

/* Sinks as this thread's apartment sees them; one that has gone is left out. */
static HRESULT STDMETHODCALLTYPE Point_EnumConnections(IConnectionPoint *iface, IEnumConnections **value)
{
    struct events *self = impl_from_IConnectionPoint(iface);
    struct connection *connections;
    CONNECTDATA *items;
    size_t count, found = 0;
    HRESULT result;

    if (!value)
        return E_POINTER;
    *value = NULL;
    connections = events_connections(self, &count);
    items = sbx_alloc_array(count, sizeof *items);
    if (!connections || !items) {
        sbx_free(connections);
        sbx_free(items);
        return E_OUTOFMEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        items[found].dwCookie = connections[i].cookie;
        if (SUCCEEDED(IGlobalInterfaceTable_GetInterfaceFromGlobal(
                self->table, connections[i].cookie, &IID_IDispatch, (void **)&items[found].pUnk)))
            found++;
    }
    result = connections_create(items, found, value);
    for (size_t i = 0; i < found; i++)
        IUnknown_Release(items[i].pUnk);
    sbx_free(items);
    sbx_free(connections);
    return result;
}

static const IConnectionPointVtbl point_vtbl = {
    Point_QueryInterface,
    Point_AddRef,
    Point_Release,
    Point_GetConnectionInterface,
    Point_GetConnectionPointContainer,
    Point_Advise,
    Point_Unadvise,
    Point_EnumConnections,
};

/* ---- IConnectionPointContainer --------------------------------------------------------------------------------- */

static struct events *impl_from_IConnectionPointContainer(IConnectionPointContainer *iface)
{
    return CONTAINING_RECORD(iface, struct events, IConnectionPointContainer_iface);
}

static HRESULT STDMETHODCALLTYPE Container_QueryInterface(IConnectionPointContainer *iface, REFIID iid,
                                                          void **value)
{
    return object_QueryInterface(&impl_from_IConnectionPointContainer(iface)->object->IDispatch_iface, iid,
                                 value);
}

static ULONG STDMETHODCALLTYPE Container_AddRef(IConnectionPointContainer *iface)
{
    return object_AddRef(&impl_from_IConnectionPointContainer(iface)->object->IDispatch_iface);
}

static ULONG STDMETHODCALLTYPE Container_Release(IConnectionPointContainer *iface)
{
    return object_Release(&impl_from_IConnectionPointContainer(iface)->object->IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Container_EnumConnectionPoints(IConnectionPointContainer *iface,
                                                                IEnumConnectionPoints **value)
{
    struct events *self = impl_from_IConnectionPointContainer(iface);
    const CONNECTDATA item = {(IUnknown *)&self->IConnectionPoint_iface, 0};

    if (!value)
        return E_POINTER;
    *value = NULL;
    return connection_points_create(&item, 1, value);
}

static HRESULT STDMETHODCALLTYPE Container_FindConnectionPoint(IConnectionPointContainer *iface, REFIID iid,
                                                               IConnectionPoint **value)
{
    struct events *self = impl_from_IConnectionPointContainer(iface);

    if (!value)
        return E_POINTER;
    *value = NULL;
    if (!IsEqualIID(iid, &DIID_ISandboxSessionEvents))
        return CONNECT_E_NOCONNECTION;
    object_hold(self->object);
    *value = &self->IConnectionPoint_iface;
    return S_OK;
}

static const IConnectionPointContainerVtbl container_vtbl = {
    Container_QueryInterface,      Container_AddRef, Container_Release, Container_EnumConnectionPoints,
    Container_FindConnectionPoint,
};

/* ---- life ------------------------------------------------------------------------------------------------------ */

struct events *events_create(struct session *session, struct object *object, struct feed *feed)
{
    struct events *self = sbx_alloc(sizeof *self);

    if (!self)
        return NULL;
    self->IConnectionPointContainer_iface.lpVtbl = &container_vtbl;
    self->IConnectionPoint_iface.lpVtbl = &point_vtbl;
    self->references = 1;
    self->session = session;
    self->object = object;
    self->feed = feed;
    feed_hold(feed);
    InitializeSRWLock(&self->listening);
    InitializeSRWLock(&self->lock);
    return self;
}

IConnectionPointContainer *events_container(struct events *self)
{
    return &self->IConnectionPointContainer_iface;
}

void events_end(struct events *self)
{
    if (!self)
        return;
    AcquireSRWLockExclusive(&self->lock);
    self->session = NULL;
    ReleaseSRWLockExclusive(&self->lock);
    events_disconnect_all(self);
    feed_listen(self->feed, false);
    feed_wake(self->feed);
    if (self->marshaler)
        IUnknown_Release(self->marshaler);
    self->marshaler = NULL;
    events_release(self);
}
