/*
 * feed.c - pending output by command, pending events in their order.
 */
#include "sbxcom/feed.h"

#include "base/memory.h"

#include <string.h>
#include <windows.h>

/* What is pending of one stream. */
struct pending {
    struct text_decoder decoder;
    struct sbx_buffer bytes; /* not told yet; what was taken off is the first `taken` of them */
    size_t taken;
    size_t left_over; /* of the rest, the beginning of a character that was looked at already */
    uint64_t omitted; /* behind `bytes`: there was no room */
    bool begun;
    bool skipping; /* it began, or goes on, in the middle: what is left of a character goes */
};

/* One pending event, or a command with something to tell: a command is an entry once, whatever it has to tell. */
struct feed_entry {
    struct feed_entry *next;
    enum feed_kind kind; /* of a command: FEED_OUTPUT */
    bool listed;         /* in the feed's list of what is due */
    bool busy;           /* the taker has it */
    bool dead;           /* let go of while the taker had it */

    /* A command. */
    struct feed_entry *next_command;
    void *subject;
    bool waits;
    bool exited;
    int turn; /* the stream that is looked at first */
    struct pending streams[2];

    /* Anything else. */
    char *phase;
    double done, total;
    void *payload;
    void (*free_payload)(void *payload);
};

struct feed {
    LONG references;
    void (*drop)(void *subject);
    HANDLE signal;
    volatile LONG listening;         /* written with the lock */
    SRWLOCK lock;                    /* guards everything below */
    struct feed_entry *first, **end; /* what is due */
    struct feed_entry *commands;
    size_t note_count;
};

/* ---- life ------------------------------------------------------------------------------------------------------ */

struct feed *feed_create(void (*drop)(void *subject))
{
    struct feed *feed = sbx_alloc(sizeof *feed);

    if (!feed)
        return NULL;
    feed->signal = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!feed->signal) {
        sbx_free(feed);
        return NULL;
    }
    feed->references = 1;
    feed->drop = drop;
    feed->end = &feed->first;
    InitializeSRWLock(&feed->lock);
    return feed;
}

void feed_hold(struct feed *feed)
{
    InterlockedIncrement(&feed->references);
}

void feed_release(struct feed *feed)
{
    if (!feed || InterlockedDecrement(&feed->references) > 0)
        return;
    feed_listen(feed, false);
    CloseHandle(feed->signal);
    sbx_free(feed);
}

/* Not locked: payloads and subjects have locks of their own. */
static void free_entry(struct feed *feed, struct feed_entry *entry)
{
    for (int stream = 0; stream < 2; stream++)
        buffer_free(&entry->streams[stream].bytes);
    if (entry->subject)
        feed->drop(entry->subject);
    if (entry->payload && entry->free_payload)
        entry->free_payload(entry->payload);
    sbx_free(entry->phase);
    sbx_free(entry);
}

/* Lists, all locked. */

static void append(struct feed *feed, struct feed_entry *entry)
{
    entry->next = NULL;
    entry->listed = true;
    *feed->end = entry;
    feed->end = &entry->next;
    SetEvent(feed->signal);
}

static void unlist(struct feed *feed, struct feed_entry *entry)
{
    struct feed_entry **link = &feed->first;

    if (!entry->listed)
        return;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    if (!*link)
        feed->end = link;
    entry->listed = false;
}

static void unlist_command(struct feed *feed, const struct feed_entry *entry)
{
    struct feed_entry **link = &feed->commands;

    while (*link != entry)
        link = &(*link)->next_command;
    *link = entry->next_command;
}

static struct feed_entry *find_command(const struct feed *feed, const void *subject)
{
    struct feed_entry *entry = feed->commands;

    while (entry && entry->subject != subject)
        entry = entry->next_command;
    return entry;
}

void feed_listen(struct feed *feed, bool listening)
{
    struct feed_entry *freed = NULL, *entry;

    AcquireSRWLockExclusive(&feed->lock);
    InterlockedExchange(&feed->listening, listening);
    if (!listening) {
        while ((entry = feed->commands) != NULL) {
            unlist(feed, entry);
            feed->commands = entry->next_command;
            entry->dead = entry->busy;
            entry->next = freed;
            if (!entry->busy)
                freed = entry;
        }
        while ((entry = feed->first) != NULL) {
            unlist(feed, entry);
            entry->next = freed;
            freed = entry;
        }
        feed->note_count = 0;
    }
    ReleaseSRWLockExclusive(&feed->lock);

    while ((entry = freed) != NULL) {
        freed = entry->next;
        free_entry(feed, entry);
    }
}

bool feed_is_heard(const struct feed *feed)
{
    return feed && feed->listening;
}

sbx_handle feed_signal(struct feed *feed)
{
    return feed->signal;
}

void feed_wake(struct feed *feed)
{
    SetEvent(feed->signal);
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static size_t pending_size(const struct pending *pending)
{
    return pending->bytes.size - pending->taken;
}

/* Is there more than the beginning of a character? */
static bool has_more(const struct pending *pending)
{
    return pending_size(pending) > pending->left_over || pending->omitted;
}

static bool has_something(const struct feed_entry *entry)
{
    return has_more(&entry->streams[0]) || has_more(&entry->streams[1]) || entry->exited;
}

/* Locked. */
static void list_if_due(struct feed *feed, struct feed_entry *entry)
{
    if (!entry->waits && !entry->listed && !entry->busy && has_something(entry))
        append(feed, entry);
}

/* The subject's entry, made where it has none; NULL without memory. Locked. */
static struct feed_entry *take_command(struct feed *feed, void *subject, bool *made)
{
    struct feed_entry *entry = find_command(feed, subject);

    *made = !entry;
    if (entry)
        return entry;
    entry = sbx_alloc(sizeof *entry);
    if (!entry) {
        *made = false;
        return NULL;
    }
    entry->kind = FEED_OUTPUT;
    entry->subject = subject;
    entry->next_command = feed->commands;
    feed->commands = entry;
    return entry;
}

/* What was taken off goes once it is more than what is left. */
static void pack(struct pending *pending)
{
    if (pending->taken < 4096 || pending->taken < pending_size(pending))
        return;
    buffer_remove_front(&pending->bytes, pending->taken);
    pending->taken = 0;
}

/*
 * Where a stream is heard only from its middle on, the first bytes may be the rest of a character: they would make UTF-8
 * look like another encoding. True: the byte belongs to one.
 */
static bool is_rest(const struct pending *pending, uint8_t byte, uint64_t offset)
{
    switch (pending->decoder.encoding) {
    case ENCODING_AUTO:
    case ENCODING_UTF8:
        return (byte & 0xC0) == 0x80;
    case ENCODING_UTF16:
        return offset % 2 != 0;
    default:
        return false;
    }
}

static void add_bytes(struct feed_entry *entry, const struct feed_output *output)
{
    struct pending *pending = &entry->streams[output->stream];
    const uint8_t *bytes = output->bytes;
    size_t size = output->size, skipped = 0, before;

    if (!pending->begun) {
        pending->begun = true;
        pending->decoder = (struct text_decoder){output->encoding, output->offset > 0};
        pending->skipping = output->offset > 0;
    }
    if (pending->omitted || size > output->most || pending_size(pending) > output->most - size) {
        pending->omitted += size;
        return;
    }
    while (pending->skipping && skipped < size && skipped < 3 &&
           is_rest(pending, bytes[skipped], output->offset + skipped))
        skipped++;
    pending->skipping = false;

    if (!has_more(pending))
        entry->turn = has_more(&entry->streams[!output->stream]) ? !output->stream : output->stream;
    pack(pending);
    before = pending->bytes.size;
    buffer_append(&pending->bytes, bytes + skipped, size - skipped);
    if (buffer_failed(&pending->bytes)) {
        pending->bytes.size = before;
        pending->bytes.failed = false;
        pending->omitted += size;
    }
}

bool feed_output(struct feed *feed, const struct feed_output *output)
{
    struct feed_entry *entry;
    bool made = false;

    if (!feed_is_heard(feed) || output->size == 0)
        return false;
    AcquireSRWLockExclusive(&feed->lock);
    entry = feed->listening ? take_command(feed, output->subject, &made) : NULL;
    if (entry) {
        if (made)
            entry->waits = output->waits;
        add_bytes(entry, output);
        list_if_due(feed, entry);
    }
    ReleaseSRWLockExclusive(&feed->lock);
    return made;
}

void feed_known(struct feed *feed, const void *subject)
{
    struct feed_entry *entry;

    if (!feed_is_heard(feed))
        return;
    AcquireSRWLockExclusive(&feed->lock);
    entry = find_command(feed, subject);
    if (entry) {
        entry->waits = false;
        list_if_due(feed, entry);
    }
    ReleaseSRWLockExclusive(&feed->lock);
}

bool feed_forget(struct feed *feed, const void *subject)
{
    struct feed_entry *entry;

    if (!feed_is_heard(feed))
        return false;
    AcquireSRWLockExclusive(&feed->lock);
    entry = find_command(feed, subject);
    if (entry && entry->waits)
        unlist_command(feed, entry);
    else
        entry = NULL;
    ReleaseSRWLockExclusive(&feed->lock);
    if (!entry)
        return false;
    entry->subject = NULL; /* the caller's */
    free_entry(feed, entry);
    return true;
}

bool feed_exit(struct feed *feed, void *subject)
{
    struct feed_entry *entry;
    bool made = false;

    if (!feed_is_heard(feed))
        return false;
    AcquireSRWLockExclusive(&feed->lock);
    entry = feed->listening ? take_command(feed, subject, &made) : NULL;
    if (entry) {
        entry->exited = true;
        list_if_due(feed, entry);
    }
    ReleaseSRWLockExclusive(&feed->lock);
    return made;
}

/* ---- notes ----------------------------------------------------------------------------------------------------- */

static struct feed_entry *find_phase(const struct feed *feed, const char *phase)
{
    struct feed_entry *entry = feed->first;

    while (entry && !(entry->kind == FEED_PROGRESS && strcmp(entry->phase, phase) == 0))
        entry = entry->next;
    return entry;
}

/* Takes the entry. False: nobody listens, or there is no room. */
static bool add_note(struct feed *feed, struct feed_entry *entry)
{
    bool added;

    AcquireSRWLockExclusive(&feed->lock);
    added = feed->listening && feed->note_count < FEED_MOST_NOTES;
    if (added) {
        feed->note_count++;
        append(feed, entry);
    }
    ReleaseSRWLockExclusive(&feed->lock);
    if (!added)
        free_entry(feed, entry);
    return added;
}

void feed_progress(struct feed *feed, const char *phase, double done, double total)
{
    struct feed_entry *entry;

    if (!feed_is_heard(feed))
        return;
    AcquireSRWLockExclusive(&feed->lock);
    entry = find_phase(feed, phase);
    if (entry) {
        entry->done = done;
        entry->total = total;
    }
    ReleaseSRWLockExclusive(&feed->lock);
    if (entry)
        return;

    entry = sbx_alloc(sizeof *entry);
    if (!entry)
        return;
    entry->kind = FEED_PROGRESS;
    entry->done = done;
    entry->total = total;
    entry->phase = sbx_strdup(phase);
    if (entry->phase)
        add_note(feed, entry);
    else
        sbx_free(entry);
}

void feed_note(struct feed *feed, enum feed_kind kind, void *payload, void (*free_payload)(void *payload))
{
    struct feed_entry *entry = feed_is_heard(feed) ? sbx_alloc(sizeof *entry) : NULL;

    if (!entry) {
        if (free_payload)
            free_payload(payload);
        return;
    }
    entry->kind = kind;
    entry->payload = payload;
    entry->free_payload = free_payload;
    add_note(feed, entry);
}

/* ---- taking ---------------------------------------------------------------------------------------------------- */

/* The next text of a stream; false: there is none that is whole. With `last` nothing is left. Locked. */
static bool take_text(struct pending *pending, bool last, struct sbx_buffer *text)
{
    size_t size = pending_size(pending), used = 0;
    bool all;

    if (size == 0 || (size == pending->left_over && !last && !pending->omitted)) {
        if (!pending->omitted)
            return false;
        buffer_append_format(
            text, "\r\n[sbxcom: %llu bytes of output are left out here: the client took too long]\r\n",
            (unsigned long long)pending->omitted);
        pending->omitted = 0;
        pending->skipping = true;
        return true;
    }
    if (size > FEED_MOST_TEXT)
        size = FEED_MOST_TEXT;
    all = size == pending_size(pending) && (last || pending->omitted);
    if (text_decode(&pending->decoder, pending->bytes.data + pending->taken, size, all, text, &used, NULL)) {
        /* No memory for the text: it is left out, and told as such. */
        used = size;
        pending->omitted += size;
    }
    pending->taken += used;
    pending->left_over = size - used;
    if (pending->taken == pending->bytes.size) {
        buffer_free(&pending->bytes);
        pending->taken = 0;
    }
    return text->size > 0 || take_text(pending, last, text);
}

/* Locked. */
static bool take_of_command(struct feed *feed, struct feed_entry *entry, struct feed_event *event)
{
    for (int i = 0; i < 2; i++) {
        int stream = i == 0 ? entry->turn : !entry->turn;

        if (take_text(&entry->streams[stream], entry->exited, &event->text)) {
            event->kind = FEED_OUTPUT;
            event->stream = stream;
            entry->turn = !stream;
            return true;
        }
    }
    if (!entry->exited)
        return false;
    event->kind = FEED_EXIT;
    /* What comes from those that it left behind is heard as something new. */
    unlist_command(feed, entry);
    entry->dead = true;
    return true;
}

static bool take_note(struct feed *feed, struct feed_entry *entry, struct feed_event *event)
{
    feed->note_count--;
    event->kind = entry->kind;
    event->done = entry->done;
    event->total = entry->total;
    event->payload = entry->payload;
    entry->dead = true;
    if (entry->phase)
        buffer_append_text(&event->text, entry->phase);
    return true;
}

bool feed_take(struct feed *feed, struct feed_event *event)
{
    struct feed_entry *entry;
    bool taken = false;

    memset(event, 0, sizeof *event);
    AcquireSRWLockExclusive(&feed->lock);
    while (!taken && (entry = feed->first) != NULL) {
        unlist(feed, entry);
        taken =
            entry->kind == FEED_OUTPUT ? take_of_command(feed, entry, event) : take_note(feed, entry, event);
        if (taken) {
            entry->busy = true;
            event->entry = entry;
            event->subject = entry->subject;
        }
    }
    ReleaseSRWLockExclusive(&feed->lock);
    return taken;
}

void feed_done(struct feed *feed, struct feed_event *event)
{
    struct feed_entry *entry = event->entry;
    bool dead;

    AcquireSRWLockExclusive(&feed->lock);
    entry->busy = false;
    dead = entry->dead;
    if (!dead)
        list_if_due(feed, entry);
    ReleaseSRWLockExclusive(&feed->lock);
    if (dead)
        free_entry(feed, entry);
    buffer_free(&event->text);
}
