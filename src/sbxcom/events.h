/*
 * events.h - a session's events: its connection point, the sinks, and the one thread that calls them.
 *
 * A sink is called in the apartment that connected it: it stands in the global interface table, as IDispatch, and the
 * notifier, a thread of its own in the multi-threaded apartment, gets it from there for each event. One event at a time, in
 * order, to each sink. Nobody waits for a sink: not the engine's thread, which only puts into the feed; not Close; not Unadvise,
 * after which no call of that sink begins, while one that has begun may still be on its way (the sink is held
 * until it returns). A sink that hangs holds up the events of its session, and nothing else.
 *
 * A sink that fails is called again next time; one whose apartment is gone is disconnected. A call that the apartment
 * rejects for now (Office does, while a cell is edited) is repeated for five seconds.
 *
 * The connection point is a part of the session: a reference on it is one on the session.
 */
#ifndef SBX_SBXCOM_EVENTS_H
#define SBX_SBXCOM_EVENTS_H

#include "sbxcom/feed.h"
#include "sbxcom/session.h"

struct events;

/* `object` is the session's, not held. The feed is. NULL without memory. */
struct events *events_create(struct session *session, struct object *object, struct feed *feed);

/* The session goes: what is pending is dropped, the sinks are let go of, the notifier leaves when it can. NULL is fine. */
void events_end(struct events *events);

/* Lent. */
IConnectionPointContainer *events_container(struct events *events);

#endif
