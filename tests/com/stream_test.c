/*
 * stream_test.c - the byte queue between pipes and clients.
 */
#include "base/memory.h"
#include "sbxcom/stream.h"
#include "support/harness.h"

#include <string.h>

static void append_text(struct stream *stream, const char *text)
{
    CU_ASSERT(stream_append(stream, text, strlen(text)));
}

static void take_text(struct stream *stream, size_t size, const char *expected)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    CU_ASSERT(stream_take(stream, size, &out));
    CU_ASSERT_EQUAL(out.size, strlen(expected));
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), expected);
    buffer_free(&out);
}

static void bytes_come_out_as_they_went_in(void)
{
    enum { TOTAL = 1000003 };
    struct stream stream = {0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    size_t written = 0, step = 1;
    bool same = true;

    while (written < TOTAL) {
        uint8_t bytes[5000];
        size_t room, size = step % 4999 + 1;

        step = step * 7 + 3;
        if (size > TOTAL - written)
            size = TOTAL - written;
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)((written + i) * 31 >> 3);
        if (step % 2) {
            CU_ASSERT(stream_append(&stream, bytes, size));
        } else {
            void *at = stream_reserve(&stream, &room);

            CU_ASSERT_PTR_NOT_NULL_FATAL(at);
            if (size > room)
                size = room;
            CU_ASSERT(room >= 2048);
            memcpy(at, bytes, size);
            stream_commit(&stream, size);
        }
        written += size;
        if (step % 3 == 0 && stream.size > 100)
            CU_ASSERT(stream_take(&stream, stream.size / 2, &out));
    }
    CU_ASSERT(stream_take(&stream, stream.size, &out));
    CU_ASSERT_EQUAL(out.size, TOTAL);
    for (size_t i = 0; i < out.size; i++)
        same = same && out.data[i] == (uint8_t)(i * 31 >> 3);
    CU_ASSERT(same);
    CU_ASSERT_PTR_NULL(stream.first);
    buffer_free(&out);
}

static void lines_are_found_across_pieces_and_after_unread(void)
{
    struct stream stream = {0};
    static char long_part[100000];

    memset(long_part, 'x', sizeof long_part);
    CU_ASSERT_EQUAL(stream_line(&stream), 0);
    append_text(&stream, "one\ntwo");
    CU_ASSERT_EQUAL(stream_line(&stream), 4);
    CU_ASSERT_EQUAL(stream_line(&stream), 4);
    take_text(&stream, 4, "one\n");
    CU_ASSERT_EQUAL(stream_line(&stream), 0);
    CU_ASSERT(stream_append(&stream, long_part, sizeof long_part));
    CU_ASSERT_EQUAL(stream_line(&stream), 0);
    append_text(&stream, "\n\nend");
    CU_ASSERT_EQUAL(stream_line(&stream), 3 + sizeof long_part + 1);
    stream_drop(&stream, 3 + sizeof long_part + 1);
    CU_ASSERT_EQUAL(stream_line(&stream), 1);
    CU_ASSERT(stream_unread(&stream, "a\nb", 3));
    CU_ASSERT_EQUAL(stream_line(&stream), 2);
    take_text(&stream, 7, "a\nb\nend");
    stream_clear(&stream);
}

static void a_pending_read_survives_clear_take_and_unread(void)
{
    struct stream stream = {0};
    size_t room;
    char *at;

    append_text(&stream, "abc");
    at = stream_reserve(&stream, &room);
    take_text(&stream, 3, "abc");
    CU_ASSERT(stream_unread(&stream, "c", 1));
    memcpy(at, "def", 3);
    stream_commit(&stream, 3);
    take_text(&stream, 4, "cdef");

    at = stream_reserve(&stream, &room);
    CU_ASSERT(stream_unread(&stream, "left", 4));
    stream_clear(&stream);
    CU_ASSERT_EQUAL(stream.size, 0);
    memcpy(at, "late", 4);
    stream_commit(&stream, 4);
    take_text(&stream, 4, "late");
    CU_ASSERT_PTR_NULL(stream.first);
}

static bool always_fails(void *context, size_t size)
{
    (void)context;
    (void)size;
    return true;
}

static void without_memory_nothing_is_lost(void)
{
    struct stream stream = {0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    static char large[200000];
    size_t room;

    append_text(&stream, "kept");
    sbx_memory_set_hook(always_fails, NULL);
    CU_ASSERT_FALSE(stream_append(&stream, large, sizeof large));
    CU_ASSERT_FALSE(stream_unread(&stream, "x", 1));
    CU_ASSERT_FALSE(stream_take(&stream, 4, &out));
    CU_ASSERT_PTR_NOT_NULL(stream_reserve(&stream, &room)); /* in the piece that is there */
    sbx_memory_set_hook(NULL, NULL);
    stream_commit(&stream, 0);
    CU_ASSERT_EQUAL(stream.size, 4);
    take_text(&stream, 4, "kept");
    buffer_free(&out);
    stream_clear(&stream);
}

const struct harness_suite stream_suite = {
    "stream",
    (const struct harness_test[]){
        {"bytes come out as they went in, whatever the pieces", bytes_come_out_as_they_went_in},
        {"a line is found across pieces, and again after bytes were handed back",
         lines_are_found_across_pieces_and_after_unread},
        {"a read in flight survives taking, handing back and clearing",
         a_pending_read_survives_clear_take_and_unread},
        {"without memory nothing is lost", without_memory_nothing_is_lost},
        {NULL, NULL},
    },
};
