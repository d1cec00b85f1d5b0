/*
 * events_private.h - what events.c (connections) and events_notify.c (calls) share.
 */
#ifndef SBX_SBXCOM_EVENTS_PRIVATE_H
#define SBX_SBXCOM_EVENTS_PRIVATE_H

#include "sbxcom/events.h"

struct invocation;

/* Both stand in the global interface table, by these cookies. */
struct connection {
    DWORD cookie;  /* of the sink, and of its connection */
    DWORD courier; /* through which it is called */
};

struct events {
    IConnectionPointContainer IConnectionPointContainer_iface; /* the session's */
    IConnectionPoint IConnectionPoint_iface; /* an object of its own, on the session's references */
    IUnknown *marshaler;                     /* of the connection point; made when it is first asked for */
    LONG references;                         /* the session's, the notifier's, the couriers' */
    struct object *object;                   /* the session, lent: for the interfaces' clients */
    struct feed *feed;

    SRWLOCK listening;            /* held while the feed learns whether there is a sink; before `lock` */
    SRWLOCK lock;                 /* guards everything below */
    struct session *session;      /* lent; NULL: it is going */
    IGlobalInterfaceTable *table; /* once made, it stays */
    struct connection *connections;
    size_t connection_count;
    bool notifying;             /* the thread runs */
    struct invocation *telling; /* what couriers give their sinks now */
};

/* events.c */
void events_release(struct events *self);
bool events_has(struct events *self, DWORD cookie);
bool events_disconnect(struct events *self,
                       DWORD cookie); /* false: there is no such one. No call begins after this */
void events_disconnect_all(struct events *self);
struct connection *events_connections(struct events *self,
                                      size_t *count); /* a copy; *count is 0 without memory */

/* events_notify.c */
HRESULT courier_create(struct events *events, IDispatch *sink, IDispatch **value);
void events_notify(void *context); /* the thread; has a reference, which it gives back */

#endif
