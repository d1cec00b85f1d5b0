/*
 * feed.h - what a session tells, on its way from the engine's thread to the sinks.
 *
 * Whoever has something to tell puts it in, and goes on at once: memory only, no call of anybody. One taker, the session's
 * notifier, takes it out again as events: output in whole characters, all that has come of one stream since the last look in
 * one piece (at most FEED_MOST_TEXT bytes), a command's end behind its output.
 *
 * Bounded by what it is about: of each stream there is one pending piece, no longer than the command's output limit, which
 * bounds what the session itself keeps of it; of each command one end; of the other events FEED_MOST_NOTES. What finds no
 * room is not told, and a gap in output says so in its place. Nothing is kept while nobody listens.
 *
 * Subjects are commands, known here by their address. The feed's reference on one is taken and given back by the owner,
 * because that needs a lock that the owner may hold: functions that return true say when.
 *
 * The feed's lock is the last one: whoever calls may hold any other.
 */
#ifndef SBX_SBXCOM_FEED_H
#define SBX_SBXCOM_FEED_H

#include "base/buffer.h"
#include "core/decode.h"
#include "os/handle.h"

#define FEED_MOST_TEXT  (64 * 1024) /* bytes that one event is made of */
#define FEED_MOST_NOTES 256

struct feed;

/* `drop` gives a reference on a subject back; called without the feed's lock. NULL without memory or handles. */
struct feed *feed_create(void (*drop)(void *subject));
void feed_hold(struct feed *feed);
void feed_release(struct feed *feed); /* NULL is fine */

/* Does anybody listen? With false, what is pending goes. */
void feed_listen(struct feed *feed, bool listening);
bool feed_is_heard(const struct feed *feed); /* a look without the lock: it may change at once. NULL: no */

/* Bytes of a command's output, at `offset` in its stream (0 stdout, 1 stderr). */
struct feed_output {
    void *subject;
    int stream;
    enum text_encoding encoding;
    const void *bytes;
    size_t size;
    uint64_t offset;
    uint64_t most; /* how many bytes of the stream may be pending */
    bool waits;    /* clients do not know the command yet: not before feed_known */
};

/* True: the feed has a reference on the subject from now on. Likewise below. */
bool feed_output(struct feed *feed, const struct feed_output *output);
void feed_known(struct feed *feed, const void *subject);
bool feed_forget(struct feed *feed,
                 const void *subject); /* one that waits; true: the reference is the caller's now */
bool feed_exit(struct feed *feed, void *subject);

/* How far a phase has come: of one phase only the latest pending one counts. Copies the text. */
void feed_progress(struct feed *feed, const char *phase, double done, double total);

/* Anything else: `free_payload` is called for what nobody takes, also before this returns. No lock that it needs may be held. */
enum feed_kind { FEED_OUTPUT, FEED_EXIT, FEED_PROGRESS, FEED_VIOLATION, FEED_GRANT_EXPIRED };
void feed_note(struct feed *feed, enum feed_kind kind, void *payload, void (*free_payload)(void *payload));

struct feed_event {
    enum feed_kind kind;
    void *subject;          /* OUTPUT, EXIT: alive until feed_done */
    int stream;             /* OUTPUT */
    struct sbx_buffer text; /* OUTPUT: UTF-8, not empty; PROGRESS: the phase */
    double done, total;     /* PROGRESS */
    void *payload;          /* the others: alive until feed_done */
    struct feed_entry *entry;
};

/*
 * The next event; false: there is none now. Each is ended by feed_done, which frees its text, before the next is taken. One
 * taker at a time.
 */
bool feed_take(struct feed *feed, struct feed_event *event);
void feed_done(struct feed *feed, struct feed_event *event);

/* Set when something is to be taken; auto-reset. Whoever wants the taker to look up sets it, too. The feed's. */
sbx_handle feed_signal(struct feed *feed);
void feed_wake(struct feed *feed);

#endif
