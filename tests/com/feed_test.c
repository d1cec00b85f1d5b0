/*
 * feed_test.c - what a session tells, between the engine's thread and the notifier.
 */
#include "base/memory.h"
#include "sbxcom/feed.h"
#include "support/harness.h"

#include <string.h>

static long drops;
static void *dropped;

static void drop(void *subject)
{
    drops++;
    dropped = subject;
}

static struct feed *feed_new(void)
{
    struct feed *feed = feed_create(drop);

    CU_ASSERT_PTR_NOT_NULL_FATAL(feed);
    drops = 0;
    feed_listen(feed, true);
    return feed;
}

static int commands[3];

struct said {
    const char *text;
    int command, stream;
    uint64_t offset, most;
    bool waits;
};

static bool say(struct feed *feed, struct said said)
{
    struct feed_output output = {.subject = &commands[said.command],
                                 .stream = said.stream,
                                 .encoding = ENCODING_AUTO,
                                 .bytes = said.text,
                                 .size = strlen(said.text),
                                 .offset = said.offset,
                                 .most = said.most ? said.most : 1 << 20,
                                 .waits = said.waits};

    return feed_output(feed, &output);
}

/* The next event is this output. */
static bool hear(struct feed *feed, int command, int stream, const char *text)
{
    struct feed_event event;
    bool same;

    if (!feed_take(feed, &event)) {
        printf("    nothing instead of \"%s\"\n", text);
        return false;
    }
    same = event.kind == FEED_OUTPUT && event.subject == &commands[command] && event.stream == stream &&
           !strcmp(buffer_text(&event.text), text);
    if (!same)
        printf("    kind %d, stream %d, \"%s\" instead of \"%s\"\n", event.kind, event.stream,
               buffer_text(&event.text), text);
    feed_done(feed, &event);
    return same;
}

static bool hear_exit(struct feed *feed, int command)
{
    struct feed_event event;
    bool same;

    if (!feed_take(feed, &event))
        return false;
    same = event.kind == FEED_EXIT && event.subject == &commands[command];
    feed_done(feed, &event);
    return same;
}

static bool is_quiet(struct feed *feed)
{
    struct feed_event event;

    if (!feed_take(feed, &event))
        return true;
    printf("    kind %d, \"%s\" instead of nothing\n", event.kind, buffer_text(&event.text));
    feed_done(feed, &event);
    return false;
}

static void output_is_merged_and_the_end_comes_last(void)
{
    struct feed *feed = feed_new();

    CU_ASSERT(say(feed, (struct said){.text = "one "}));
    CU_ASSERT_FALSE(say(feed, (struct said){.text = "err", .stream = 1}));
    CU_ASSERT(say(feed, (struct said){.text = "other", .command = 1}));
    CU_ASSERT_FALSE(say(feed, (struct said){.text = "two", .offset = 4}));
    CU_ASSERT_FALSE(feed_exit(feed, &commands[0]));
    CU_ASSERT(hear(feed, 0, 0, "one two"));
    CU_ASSERT(hear(feed, 1, 0, "other"));
    CU_ASSERT(hear(feed, 0, 1, "err"));
    CU_ASSERT_EQUAL(drops, 0);
    CU_ASSERT(hear_exit(feed, 0));
    CU_ASSERT_EQUAL(drops, 1);
    CU_ASSERT_PTR_EQUAL(dropped, &commands[0]);
    CU_ASSERT(is_quiet(feed));
    CU_ASSERT(feed_exit(feed, &commands[2])); /* one that said nothing */
    CU_ASSERT(hear_exit(feed, 2));
    CU_ASSERT_EQUAL(drops, 2);
    feed_release(feed);
    CU_ASSERT_EQUAL(drops, 3);
}

static void characters_wait_until_they_are_whole(void)
{
    struct feed *feed = feed_new();

    say(feed, (struct said){.text = "a\xe2\x82"});
    CU_ASSERT(hear(feed, 0, 0, "a"));
    CU_ASSERT(is_quiet(feed));
    say(feed, (struct said){.text = "\xac", .offset = 3});
    CU_ASSERT(hear(feed, 0, 0, "\xe2\x82\xac"));
    say(feed, (struct said){.text = "\xc3", .offset = 4});
    CU_ASSERT(is_quiet(feed));
    feed_exit(feed, &commands[0]);
    CU_ASSERT(hear(feed, 0, 0, "\xef\xbf\xbd"));
    CU_ASSERT(hear_exit(feed, 0));
    feed_release(feed);
}

/* The rest of a character that began before anybody listened would make the stream look like another encoding. */
static void a_stream_heard_from_its_middle_begins_with_a_character(void)
{
    struct feed *feed = feed_new();

    say(feed, (struct said){.text = "\x82\xac\xc3\xbc", .offset = 7});
    CU_ASSERT(hear(feed, 0, 0, "\xc3\xbc"));
    say(feed, (struct said){.text = "\xc3\xa4", .offset = 11});
    CU_ASSERT(hear(feed, 0, 0, "\xc3\xa4"));
    feed_release(feed);
}

static void what_finds_no_room_leaves_a_gap_that_is_told(void)
{
    struct feed *feed = feed_new();
    struct feed_event event;

    say(feed, (struct said){.text = "12345678", .most = 8});
    say(feed, (struct said){.text = "9", .most = 8, .offset = 8});
    say(feed, (struct said){.text = "abc", .most = 8, .offset = 9});
    CU_ASSERT(hear(feed, 0, 0, "12345678"));
    say(feed, (struct said){.text = "d", .most = 8, .offset = 12}); /* the gap is not told yet: it grows */
    CU_ASSERT_FATAL(feed_take(feed, &event));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&event.text), "5 bytes"));
    feed_done(feed, &event);
    say(feed, (struct said){.text = "on", .most = 8, .offset = 13});
    CU_ASSERT(hear(feed, 0, 0, "on"));
    feed_release(feed);
}

static bool always_fails(void *context, size_t size)
{
    (void)context, (void)size;
    return true;
}

static void without_memory_there_is_a_gap(void)
{
    struct feed *feed = feed_new();
    static char large[100000];
    struct feed_event event;

    memset(large, 'x', sizeof large - 1);
    say(feed, (struct said){.text = "kept"});
    sbx_memory_set_hook(always_fails, NULL);
    CU_ASSERT_FALSE(say(feed, (struct said){.text = large, .offset = 4}));
    CU_ASSERT_FALSE(say(feed, (struct said){.text = "a command that nobody knows", .command = 1}));
    CU_ASSERT_FALSE(feed_exit(feed, &commands[2]));
    feed_progress(feed, "phase", 1, 2);
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT(hear(feed, 0, 0, "kept"));
    CU_ASSERT_FATAL(feed_take(feed, &event));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&event.text), "99999 bytes"));
    feed_done(feed, &event);
    CU_ASSERT(is_quiet(feed));
    feed_release(feed);
    CU_ASSERT_EQUAL(drops, 1);
}

static void a_command_that_does_not_run_yet_waits(void)
{
    struct feed *feed = feed_new();

    CU_ASSERT(say(feed, (struct said){.text = "early", .waits = true}));
    CU_ASSERT(say(feed, (struct said){.text = "never", .command = 1, .waits = true}));
    CU_ASSERT(is_quiet(feed));
    feed_known(feed, &commands[0]);
    CU_ASSERT(hear(feed, 0, 0, "early"));
    CU_ASSERT_FALSE(feed_forget(feed, &commands[0]));
    CU_ASSERT(feed_forget(feed, &commands[1]));
    CU_ASSERT_EQUAL(drops, 0); /* the caller's now */
    feed_release(feed);
    CU_ASSERT_EQUAL(drops, 1);
}

static long freed_payloads;

static void free_payload(void *payload)
{
    (void)payload;
    freed_payloads++;
}

static void nothing_is_kept_while_nobody_listens(void)
{
    struct feed *feed = feed_new();
    struct feed_event event;

    freed_payloads = 0;
    say(feed, (struct said){.text = "pending"});
    feed_exit(feed, &commands[1]);
    feed_note(feed, FEED_VIOLATION, &commands[2], free_payload);
    CU_ASSERT_FATAL(feed_take(feed, &event));
    feed_listen(feed, false); /* while the taker has one */
    CU_ASSERT_EQUAL(drops, 1);
    CU_ASSERT_EQUAL(freed_payloads, 1);
    feed_done(feed, &event);
    CU_ASSERT_EQUAL(drops, 2);
    CU_ASSERT_FALSE(say(feed, (struct said){.text = "unheard"}));
    CU_ASSERT_FALSE(feed_exit(feed, &commands[0]));
    feed_note(feed, FEED_VIOLATION, &commands[2], free_payload);
    CU_ASSERT_EQUAL(freed_payloads, 2);
    feed_listen(feed, true);
    CU_ASSERT(is_quiet(feed));
    feed_release(feed);
}

static void of_a_phase_the_latest_counts(void)
{
    struct feed *feed = feed_new();
    struct feed_event event;

    feed_progress(feed, "grants", 1, 10);
    feed_progress(feed, "probe", 0, 0);
    feed_progress(feed, "grants", 7, 10);
    CU_ASSERT_FATAL(feed_take(feed, &event));
    CU_ASSERT(event.kind == FEED_PROGRESS && event.done == 7 && event.total == 10);
    CU_ASSERT_STRING_EQUAL(buffer_text(&event.text), "grants");
    feed_done(feed, &event);
    CU_ASSERT_FATAL(feed_take(feed, &event));
    CU_ASSERT_STRING_EQUAL(buffer_text(&event.text), "probe");
    feed_done(feed, &event);
    CU_ASSERT(is_quiet(feed));
    feed_release(feed);
}

static void notes_are_bounded(void)
{
    struct feed *feed = feed_new();

    freed_payloads = 0;
    for (int i = 0; i < FEED_MOST_NOTES + 10; i++)
        feed_note(feed, FEED_VIOLATION, &commands[0], free_payload);
    CU_ASSERT_EQUAL(freed_payloads, 10);
    feed_release(feed);
    CU_ASSERT_EQUAL(freed_payloads, FEED_MOST_NOTES + 10);
}

const struct harness_suite feed_suite = {
    "feed",
    (const struct harness_test[]){
        {"output is merged by stream, and a command's end comes behind it",
         output_is_merged_and_the_end_comes_last},
        {"characters wait until they are whole, or their stream has ended",
         characters_wait_until_they_are_whole},
        {"a stream that is heard from its middle begins with a whole character",
         a_stream_heard_from_its_middle_begins_with_a_character},
        {"what finds no room leaves a gap, which is told in its place",
         what_finds_no_room_leaves_a_gap_that_is_told},
        {"without memory there is a gap, too", without_memory_there_is_a_gap},
        {"a command that does not run yet waits, and may be forgotten",
         a_command_that_does_not_run_yet_waits},
        {"nothing is kept while nobody listens", nothing_is_kept_while_nobody_listens},
        {"of a phase the latest counts", of_a_phase_the_latest_counts},
        {"other events are bounded", notes_are_bounded},
        {NULL, NULL},
    },
};
