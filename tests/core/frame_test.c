/*
 * frame_test.c - what both ends of the runner's channel rely on: frames arrive whole, in order and unchanged
 * however the pipe cuts them, and anything that is no frame ends the channel.
 */
#include "base/memory.h"
#include "core/frame.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

static const char payload[] = "twenty bytes payload";

static void encode_three(struct sbx_buffer *out)
{
    CU_ASSERT_EQUAL(frame_encode(out, FRAME_HELLO, 0, NULL, 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(frame_encode(out, FRAME_LAUNCH, 7, payload, sizeof payload, NULL), SBX_OK);
    CU_ASSERT_EQUAL(frame_encode(out, FRAME_EXITED, UINT32_MAX, payload, 1, NULL), SBX_OK);
}

/* Takes what is whole; `seen` counts on over the calls. */
static void expect_next_of_three(struct frame_decoder *decoder, int *seen)
{
    static const struct {
        uint16_t type;
        uint32_t request;
        size_t size;
    } expected[] = {{FRAME_HELLO, 0, 0}, {FRAME_LAUNCH, 7, sizeof payload}, {FRAME_EXITED, UINT32_MAX, 1}};
    struct frame frame;

    while (frame_next(decoder, &frame, NULL) == SBX_OK) {
        CU_ASSERT_FATAL(*seen < 3);
        CU_ASSERT_EQUAL(frame.type, expected[*seen].type);
        CU_ASSERT_EQUAL(frame.request, expected[*seen].request);
        CU_ASSERT_EQUAL(frame.payload_size, expected[*seen].size);
        CU_ASSERT(memcmp(frame.payload, payload, frame.payload_size) == 0);
        (*seen)++;
    }
}

static void header_is_as_documented(void)
{
    static const uint8_t expected[] = {'S', 'B', 'X', 1,    2,    0,    0,    0,   FRAME_LAUNCH,
                                       0,   0,   0,   0x44, 0x33, 0x22, 0x11, 'h', 'i'};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL(frame_encode(&out, FRAME_LAUNCH, 0x11223344, "hi", 2, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(out.size, sizeof expected);
    CU_ASSERT(memcmp(out.data, expected, sizeof expected) == 0);
    buffer_free(&out);
}

static void frames_survive_pieces_of_any_size(void)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    encode_three(&out);
    for (size_t piece = 1; piece <= out.size; piece++) {
        struct frame_decoder decoder = FRAME_DECODER_EMPTY;
        int seen = 0;

        for (size_t at = 0; at < out.size; at += piece) {
            size_t size = out.size - at < piece ? out.size - at : piece;
            uint8_t *exact = malloc(size); /* so that a read past the piece is seen */

            memcpy(exact, out.data + at, size);
            CU_ASSERT_EQUAL(frame_feed(&decoder, exact, size, NULL), SBX_OK);
            free(exact);
            expect_next_of_three(&decoder, &seen);
        }
        CU_ASSERT_EQUAL(seen, 3);
        CU_ASSERT_EQUAL(frame_next(&decoder, &(struct frame){0}, NULL), SBX_E_TIMEOUT);
        frame_decoder_free(&decoder);
    }
    buffer_free(&out);
}

static void largest_frame_passes_and_one_byte_more_does_not(void)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    struct sbx_error error = {0};
    struct frame frame;
    uint8_t *large = calloc(1, FRAME_MOST_SIZE + 1);

    large[FRAME_MOST_SIZE - 1] = 42;
    CU_ASSERT_EQUAL(frame_encode(&out, FRAME_LAUNCH, 1, large, FRAME_MOST_SIZE, NULL), SBX_OK);
    CU_ASSERT_EQUAL(frame_feed(&decoder, out.data, out.size, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(frame_next(&decoder, &frame, NULL), SBX_OK);
    CU_ASSERT_EQUAL(frame.payload_size, FRAME_MOST_SIZE);
    CU_ASSERT_EQUAL(frame.payload[FRAME_MOST_SIZE - 1], 42);

    buffer_free(&out);
    CU_ASSERT_EQUAL(frame_encode(&out, FRAME_LAUNCH, 1, large, FRAME_MOST_SIZE + 1, &error), SBX_E_LIMIT);
    CU_ASSERT_EQUAL(out.size, 0);
    CU_ASSERT(strstr(error.text, "1048577 bytes") != NULL);

    free(large);
    frame_decoder_free(&decoder);
}

static void malformed_header_ends_the_channel_for_ever(void)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *text;
    } wrong[] = {
        {0, 'H', "no frame"},
        {2, 'Y', "no frame"},
        {3, 2, "another protocol version"},
        {6, 0x11, "too large"},
        {7, 0x80, "too large"},
        {8, 0, "unknown type"},
        {8, FRAME_ATTACHED + 1, "unknown type"},
        {8, FRAME_RESUME + 1, "unknown type"},
        {9, 1, "unknown type"},
        {10, 1, "reserved"},
        {11, 1, "reserved"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct frame_decoder decoder = FRAME_DECODER_EMPTY;
        struct sbx_buffer out = SBX_BUFFER_EMPTY;
        struct sbx_error error = {0};
        struct frame frame = {99, 99, NULL, 99};

        encode_three(&out);
        out.data[wrong[i].at] = wrong[i].value;
        CU_ASSERT_EQUAL(frame_feed(&decoder, out.data, out.size, NULL), SBX_OK);
        CU_ASSERT_EQUAL(frame_next(&decoder, &frame, &error), SBX_E_RUNNER_PROTOCOL);
        CU_ASSERT(strstr(error.text, wrong[i].text) != NULL);
        CU_ASSERT_EQUAL(frame.type, 99);
        CU_ASSERT_EQUAL(frame.payload_size, 99);

        /* The two good frames behind it are not looked at, and more bytes change nothing. */
        CU_ASSERT_EQUAL(frame_next(&decoder, &frame, NULL), SBX_E_RUNNER_PROTOCOL);
        CU_ASSERT_EQUAL(frame_feed(&decoder, out.data, out.size, NULL), SBX_E_RUNNER_PROTOCOL);
        CU_ASSERT_EQUAL(frame_next(&decoder, &frame, NULL), SBX_E_RUNNER_PROTOCOL);
        buffer_free(&out);
        frame_decoder_free(&decoder);
    }
}

static void garbage_is_never_a_frame(void)
{
    uint32_t seed = 1;
    size_t taken = 0;

    for (int round = 0; round < 2000; round++) {
        struct frame_decoder decoder = FRAME_DECODER_EMPTY;
        uint8_t bytes[64];
        struct frame frame;

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)sim_pseudo_random(&seed);
        frame_feed(&decoder, bytes, sizeof bytes, NULL);
        taken += frame_next(&decoder, &frame, NULL) == SBX_OK;
        frame_decoder_free(&decoder);
    }
    CU_ASSERT_EQUAL(taken, 0);
}

static void memory_running_out_loses_no_queued_frame(void)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    uint8_t large[600] = {0};

    encode_three(&out);
    sim_fail_allocation(1);
    CU_ASSERT_EQUAL(frame_encode(&out, FRAME_LAUNCH, 1, large, sizeof large, NULL), SBX_E_MEMORY);
    sim_fail_allocation(0);

    /* What was queued is whole, and the channel goes on. */
    CU_ASSERT_EQUAL(frame_encode(&out, FRAME_DONE, 2, NULL, 0, NULL), SBX_OK);
    CU_ASSERT_EQUAL(out.size, 4 * FRAME_HEADER_SIZE + sizeof payload + 1);
    CU_ASSERT_EQUAL(out.data[3 * FRAME_HEADER_SIZE + sizeof payload + 1], 'S');
    buffer_free(&out);
}

static void memory_running_out_while_feeding_can_be_repeated(void)
{
    struct frame_decoder decoder = FRAME_DECODER_EMPTY;
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    int seen = 0;

    encode_three(&out);
    sim_fail_allocation(1);
    CU_ASSERT_EQUAL(frame_feed(&decoder, out.data, out.size, NULL), SBX_E_MEMORY);
    sim_fail_allocation(0);
    CU_ASSERT_EQUAL(frame_feed(&decoder, out.data, out.size, NULL), SBX_OK);
    expect_next_of_three(&decoder, &seen);
    CU_ASSERT_EQUAL(seen, 3);
    buffer_free(&out);
    frame_decoder_free(&decoder);
}

const struct harness_suite frame_suite = {
    "frame",
    (const struct harness_test[]){
        {"the header on the wire is as documented", header_is_as_documented},
        {"frames survive pieces of any size", frames_survive_pieces_of_any_size},
        {"the largest frame passes and one byte more does not",
         largest_frame_passes_and_one_byte_more_does_not},
        {"a malformed header ends the channel for ever", malformed_header_ends_the_channel_for_ever},
        {"garbage is never taken for a frame", garbage_is_never_a_frame},
        {"memory running out loses no queued frame", memory_running_out_loses_no_queued_frame},
        {"memory running out while feeding can be repeated",
         memory_running_out_while_feeding_can_be_repeated},
        {NULL, NULL},
    },
};
