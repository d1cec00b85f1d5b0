/*
 * message_test.c - a message arrives as it was sent, and no bytes that a peer can send crash, over-read or
 * half-fill it.
 */
#include "base/memory.h"
#include "core/message.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

/* The messages behind one face, so that every property below is tried on each of them. */
union any {
    struct message_hello hello;
    struct message_prepare prepare;
    struct message_launch launch;
    struct message_launched launched;
    struct message_exited exited;
    struct message_terminate terminate;
    struct message_resize resize;
    struct message_attach attach;
    struct message_attached attached;
    struct sbx_error failed;
};

static char *texts[] = {"A=1",        "PATH=C:\\x;C:\\y", "", "lone \xED\xA0\x80 surrogate",
                        "B=\xC3\xA9", "S-1-1-0"};

#define SOME(first, number)   \
    {                         \
        &texts[first], number \
    }

static const struct message_hello a_hello = {"1.0.0", 4711};
static const struct message_prepare a_prepare = {{true, false, SOME(5, 1), SOME(0, 0), SOME(4, 2)},
                                                 "C:\\src\\app",
                                                 "WinSta0\\sbx-1",
                                                 "S-1-5-21-1-2-3-4",
                                                 "S-1-5-21-1-2-3-5",
                                                 {SOME(0, 5)}};
static const struct message_launch a_launch = {
    .arguments = SOME(0, 6),
    .directory = "C:\\src\\app",
    .environment = {SOME(1, 3)},
    .own_environment = true,
    .input = 0x10,
    .output = 0xFFFFFFFFu,
    .error = 0x123456789ABCDEF0u,
    .limits = {UINT64_MAX, 128, 99},
    .timeout_ms = 1,
    .limit_ms = UINT64_MAX,
    .keep_descendants = true,
    .tell_token = true,
    .terminal = true,
    .columns = CONSOLE_MOST_CELLS,
    .rows = 1,
    .floor = {SBX_ENFORCED, SBX_ABSENT, SBX_VERIFIED, SBX_ADVISORY, 0, 0, SBX_ENFORCED, SBX_ENFORCED,
              SBX_VERIFIED},
};
static const struct message_launched a_launched = {
    12,
    -1,
    {ATTEST_ALL,
     0x2000,
     {SBX_ENFORCED, 0, 0, SBX_ADVISORY, 0, 0, SBX_ENFORCED, 0, SBX_VERIFIED},
     ATTEST_HANDLES},
    {"S-1-5-21-1-2-3-4", SOME(0, 2), SOME(1, 3), SOME(0, 5), SOME(2, 2), true, false, true, false, 0x2000,
     TOKEN_UI_ACCESS}};
static const struct message_exited an_exited = {0xC0000005u, EXIT_RUNNER_LOST, 1, UINT64_MAX, 3};
static const struct message_terminate a_terminate = {7, 0xFFFFFFFFu, EXIT_TERMINATED};
static const struct message_resize a_resize = {7, CONSOLE_MOST_CELLS, 1};
static const struct message_attach an_attach = {
    .image = "C:\\x.exe",
    .command_line = "x \xC3\xA9",
    .directory = "C:\\src\\app",
    .desktop = "",
    .environment = {SOME(1, 3)},
    .mitigations = UINT32_MAX,
    .columns = 80,
    .rows = 25,
    .input = 0xFFFFFFFFu,
    .output = 4,
};
static const struct message_attached an_attached = {4711};
static const struct sbx_error a_failure = {SBX_E_COMMAND_NOT_FOUND, 2, "", "There is no such program."};

static void put_any(struct sbx_buffer *out, uint16_t type, const void *message)
{
    switch (type) {
    case FRAME_HELLO:
        message_put_hello(out, message);
        break;
    case FRAME_PREPARE:
        message_put_prepare(out, message);
        break;
    case FRAME_LAUNCH:
        message_put_launch(out, message);
        break;
    case FRAME_LAUNCHED:
        message_put_launched(out, message);
        break;
    case FRAME_EXITED:
        message_put_exited(out, message);
        break;
    case FRAME_TERMINATE:
        message_put_terminate(out, message);
        break;
    case FRAME_RESIZE:
        message_put_resize(out, message);
        break;
    case FRAME_ATTACH:
        message_put_attach(out, message);
        break;
    case FRAME_ATTACHED:
        message_put_attached(out, message);
        break;
    default:
        message_put_failed(out, message);
        break;
    }
}

static sbx_status get_any(const struct frame *frame, uint16_t type, union any *message)
{
    switch (type) {
    case FRAME_HELLO:
        return message_get_hello(frame, &message->hello, NULL);
    case FRAME_PREPARE:
        return message_get_prepare(frame, &message->prepare, NULL);
    case FRAME_LAUNCH:
        return message_get_launch(frame, &message->launch, NULL);
    case FRAME_LAUNCHED:
        return message_get_launched(frame, &message->launched, NULL);
    case FRAME_EXITED:
        return message_get_exited(frame, &message->exited, NULL);
    case FRAME_TERMINATE:
        return message_get_terminate(frame, &message->terminate, NULL);
    case FRAME_RESIZE:
        return message_get_resize(frame, &message->resize, NULL);
    case FRAME_ATTACH:
        return message_get_attach(frame, &message->attach, NULL);
    case FRAME_ATTACHED:
        return message_get_attached(frame, &message->attached, NULL);
    default:
        return message_get_failed(frame, &message->failed, NULL);
    }
}

static void free_any(uint16_t type, union any *message)
{
    if (type == FRAME_HELLO)
        message_free_hello(&message->hello);
    else if (type == FRAME_PREPARE)
        message_free_prepare(&message->prepare);
    else if (type == FRAME_LAUNCH)
        message_free_launch(&message->launch);
    else if (type == FRAME_LAUNCHED)
        message_free_launched(&message->launched);
    else if (type == FRAME_ATTACH)
        message_free_attach(&message->attach);
}

static const struct {
    uint16_t type;
    const void *message;
} samples[] = {
    {FRAME_HELLO, &a_hello},       {FRAME_PREPARE, &a_prepare}, {FRAME_LAUNCH, &a_launch},
    {FRAME_LAUNCHED, &a_launched}, {FRAME_EXITED, &an_exited},  {FRAME_TERMINATE, &a_terminate},
    {FRAME_RESIZE, &a_resize},     {FRAME_ATTACH, &an_attach},  {FRAME_ATTACHED, &an_attached},
    {FRAME_FAILED, &a_failure},
};
#define SAMPLE_COUNT (sizeof samples / sizeof samples[0])

static void fill(union any *message)
{
    memset(message, 0xA5, sizeof *message);
}

static bool is_untouched(const union any *message)
{
    const uint8_t *bytes = (const uint8_t *)message;

    for (size_t i = 0; i < sizeof *message; i++) {
        if (bytes[i] != 0xA5)
            return false;
    }
    return true;
}

/* Decodes exactly these bytes, in a block of their own, so that the sanitizer sees one read too many. */
static sbx_status decode(uint16_t type, const void *bytes, size_t size, union any *message)
{
    uint8_t *exact = malloc(size ? size : 1);
    struct frame frame = {type, 1, exact, size};
    sbx_status status;

    memcpy(exact, bytes, size);
    status = get_any(&frame, type, message);
    free(exact);
    return status;
}

static struct sbx_buffer encode(size_t sample)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    put_any(&out, samples[sample].type, samples[sample].message);
    CU_ASSERT_FATAL(!buffer_failed(&out));
    return out;
}

static void every_message_arrives_as_it_was_sent(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct sbx_buffer out = encode(i);
        struct sbx_buffer again = SBX_BUFFER_EMPTY;
        union any message;

        fill(&message);
        CU_ASSERT_EQUAL_FATAL(decode(samples[i].type, out.data, out.size, &message), SBX_OK);
        put_any(&again, samples[i].type, &message);
        CU_ASSERT_EQUAL(again.size, out.size);
        CU_ASSERT(memcmp(again.data, out.data, out.size) == 0);

        free_any(samples[i].type, &message);
        buffer_free(&again);
        buffer_free(&out);
    }
}

/* The bytes agreeing would not show a field that is missing on both sides: so the longest one by name. */
static void launch_keeps_every_field(void)
{
    struct sbx_buffer out = encode(2);
    union any message;
    const struct message_launch *launch = &message.launch;

    CU_ASSERT_EQUAL_FATAL(decode(FRAME_LAUNCH, out.data, out.size, &message), SBX_OK);
    CU_ASSERT(!launch->is_line && launch->own_environment && launch->keep_descendants);
    CU_ASSERT_EQUAL_FATAL(launch->arguments.count, 6);
    for (size_t i = 0; i < 6; i++)
        CU_ASSERT_STRING_EQUAL(launch->arguments.items[i], texts[i]);
    CU_ASSERT_STRING_EQUAL(launch->directory, "C:\\src\\app");
    CU_ASSERT_EQUAL(launch->environment.entries.count, 3);
    CU_ASSERT_EQUAL(launch->input, a_launch.input);
    CU_ASSERT_EQUAL(launch->output, a_launch.output);
    CU_ASSERT_EQUAL(launch->error, a_launch.error);
    CU_ASSERT_EQUAL(launch->limits.memory_size, UINT64_MAX);
    CU_ASSERT_EQUAL(launch->limits.process_count, 128);
    CU_ASSERT_EQUAL(launch->limits.cpu_percent, 99);
    CU_ASSERT_EQUAL(launch->timeout_ms, 1);
    CU_ASSERT_EQUAL(launch->limit_ms, UINT64_MAX);
    CU_ASSERT(memcmp(launch->floor, a_launch.floor, sizeof launch->floor) == 0);
    message_free_launch(&message.launch);
    buffer_free(&out);
}

static void failure_travels_without_its_pointer(void)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct sbx_error longest = {SBX_E_SYSTEM, 5, "CreateProcessAsUser", ""};
    union any message;

    memset(longest.text, 'x', SBX_ERROR_TEXT_SIZE - 1);
    message_put_failed(&out, &longest);
    CU_ASSERT_EQUAL_FATAL(decode(FRAME_FAILED, out.data, out.size, &message), SBX_OK);
    CU_ASSERT_EQUAL(message.failed.code, SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(message.failed.system, 5);
    CU_ASSERT_STRING_EQUAL(message.failed.where, "");
    CU_ASSERT_STRING_EQUAL(message.failed.text, longest.text);
    buffer_free(&out);
}

static void every_truncation_is_refused(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct sbx_buffer out = encode(i);
        union any message;
        size_t wrong = 0;

        fill(&message);
        for (size_t size = 0; size < out.size; size++)
            wrong += decode(samples[i].type, out.data, size, &message) != SBX_E_RUNNER_PROTOCOL ||
                     !is_untouched(&message);
        CU_ASSERT_EQUAL(wrong, 0);
        buffer_free(&out);
    }
}

static void leftover_bytes_are_refused(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct sbx_buffer out = encode(i);
        union any message;

        fill(&message);
        buffer_append(&out, "", 1);
        CU_ASSERT_EQUAL(decode(samples[i].type, out.data, out.size, &message), SBX_E_RUNNER_PROTOCOL);
        CU_ASSERT(is_untouched(&message));
        buffer_free(&out);
    }
}

/*
 * What a changed byte still lets through is a message that encodes to exactly those bytes: nothing is bent
 * into shape.
 */
static void every_changed_byte_is_refused_or_means_what_it_says(void)
{
    static const uint8_t values[] = {0, 1, 2, 3, 4, 0x0A, 0x7F, 0x80, 0xFE, 0xFF};

    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct sbx_buffer out = encode(i);
        size_t wrong = 0;

        for (size_t at = 0; at < out.size; at++) {
            uint8_t original = out.data[at];

            for (size_t change = 0; change < sizeof values + 8; change++) {
                struct sbx_buffer again = SBX_BUFFER_EMPTY;
                union any message;
                sbx_status status;

                out.data[at] = change < 8 ? (uint8_t)(original ^ (1 << change)) : values[change - 8];
                fill(&message);
                status = decode(samples[i].type, out.data, out.size, &message);
                if (status) {
                    wrong += status != SBX_E_RUNNER_PROTOCOL || !is_untouched(&message);
                    continue;
                }
                put_any(&again, samples[i].type, &message);
                wrong += again.size != out.size || memcmp(again.data, out.data, out.size) != 0;
                buffer_free(&again);
                free_any(samples[i].type, &message);
            }
            out.data[at] = original;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        buffer_free(&out);
    }
}

static void random_bytes_never_crash(void)
{
    uint32_t seed = 2;

    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[96];
        size_t size = sim_pseudo_random(&seed) % sizeof bytes;
        size_t sample = sim_pseudo_random(&seed) % SAMPLE_COUNT;
        union any message;

        /* Mostly zeros, or every first length would already be out of bounds. */
        for (size_t i = 0; i < size; i++)
            bytes[i] = sim_pseudo_random(&seed) % 4 ? 0 : (uint8_t)(sim_pseudo_random(&seed) % 9);
        if (decode(samples[sample].type, bytes, size, &message) == SBX_OK)
            free_any(samples[sample].type, &message);
    }
    CU_PASS("nothing crashed");
}

static void wrong_values_are_refused_one_by_one(void)
{
    struct message_launch launch = a_launch;
    struct message_exited exited = an_exited;
    struct message_launched launched = a_launched, token = a_launched;
    struct sbx_error failure = a_failure;
    const struct {
        uint16_t type;
        const void *message;
    } wrong[] = {{FRAME_LAUNCH, &launch},
                 {FRAME_EXITED, &exited},
                 {FRAME_LAUNCHED, &launched},
                 {FRAME_LAUNCHED, &token},
                 {FRAME_FAILED, &failure}};

    launch.limits.cpu_percent = 101;
    exited.reason = EXIT_RUNNER_LOST + 1;
    launched.measurement.differences = ATTEST_ALL + 1;
    token.token.ui_access = TOKEN_UI_ACCESS + 1;
    failure.code = SBX_OK;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sbx_buffer out = SBX_BUFFER_EMPTY;
        union any message;

        put_any(&out, wrong[i].type, wrong[i].message);
        CU_ASSERT_EQUAL(decode(wrong[i].type, out.data, out.size, &message), SBX_E_RUNNER_PROTOCOL);
        buffer_free(&out);
    }
}

static void command_line_is_exactly_one_text(void)
{
    for (size_t count = 0; count < 3; count++) {
        struct message_launch launch = a_launch;
        struct sbx_buffer out = SBX_BUFFER_EMPTY;
        union any message;
        sbx_status status;

        launch.is_line = true;
        launch.arguments.count = count;
        message_put_launch(&out, &launch);
        status = decode(FRAME_LAUNCH, out.data, out.size, &message);
        CU_ASSERT_EQUAL(status, count == 1 ? SBX_OK : SBX_E_RUNNER_PROTOCOL);
        if (!status)
            message_free_launch(&message.launch);
        buffer_free(&out);
    }
}

static void nul_inside_a_text_is_refused(void)
{
    static const uint8_t bytes[] = {3, 0, 0, 0, 'a', 0, 'b', 1, 0, 0, 0};
    union any message;

    CU_ASSERT_EQUAL(decode(FRAME_HELLO, bytes, sizeof bytes, &message), SBX_E_RUNNER_PROTOCOL);
}

/*
 * A frame can claim four thousand million arguments in four bytes: nothing is allocated for what it cannot
 * hold.
 */
static bool refuse_large(void *context, size_t size)
{
    *(size_t *)context = size > *(size_t *)context ? size : *(size_t *)context;
    return false;
}

static void huge_counts_allocate_nothing(void)
{
    static const uint8_t bytes[] = {0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0};
    size_t largest = 0;
    union any message;

    sbx_memory_set_hook(refuse_large, &largest);
    CU_ASSERT_EQUAL(decode(FRAME_LAUNCH, bytes, sizeof bytes, &message), SBX_E_RUNNER_PROTOCOL);
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT_EQUAL(largest, 0);
}

static void frame_of_another_type_is_refused(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct sbx_buffer out = encode(i);
        struct frame frame = {FRAME_DONE, 1, out.data, out.size};
        union any message;

        CU_ASSERT_EQUAL(get_any(&frame, samples[i].type, &message), SBX_E_RUNNER_PROTOCOL);
        frame.type = 0;
        CU_ASSERT_EQUAL(get_any(&frame, samples[i].type, &message), SBX_E_RUNNER_PROTOCOL);
        buffer_free(&out);
    }
}

static void ready_and_interrupt_share_their_twins_shape(void)
{
    struct sbx_buffer hello = encode(0);
    struct sbx_buffer terminate = encode(5);
    struct frame ready = {FRAME_READY, 1, hello.data, hello.size};
    struct frame interrupt = {FRAME_INTERRUPT, 1, terminate.data, terminate.size};
    union any message;

    CU_ASSERT_EQUAL_FATAL(message_get_hello(&ready, &message.hello, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(message.hello.version, "1.0.0");
    message_free_hello(&message.hello);
    CU_ASSERT_EQUAL(message_get_terminate(&interrupt, &message.terminate, NULL), SBX_OK);
    buffer_free(&hello);
    buffer_free(&terminate);
}

static void text_too_large_for_any_frame_fails_when_framed(void)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct sbx_buffer framed = SBX_BUFFER_EMPTY;
    size_t size = 3 * FRAME_MOST_SIZE;
    char *text = malloc(size + 1);
    struct message_hello hello = {text, 1};

    memset(text, 'x', size);
    text[size] = '\0';
    message_put_hello(&out, &hello);
    CU_ASSERT(!buffer_failed(&out));
    CU_ASSERT_EQUAL(frame_encode(&framed, FRAME_HELLO, 0, out.data, out.size, NULL), SBX_E_LIMIT);
    free(text);
    buffer_free(&out);
}

static void memory_running_out_fails_whole(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct sbx_buffer out = encode(i);
        struct frame frame = {samples[i].type, 1, out.data, out.size};
        union any message;
        sbx_status status = SBX_E_MEMORY;

        for (size_t nth = 1; status; nth++) {
            fill(&message);
            sim_fail_allocation(nth);
            status = get_any(&frame, samples[i].type, &message);
            sim_fail_allocation(0);
            CU_ASSERT(status == SBX_OK || (status == SBX_E_MEMORY && is_untouched(&message)));
        }
        free_any(samples[i].type, &message);
        buffer_free(&out);
    }
}

const struct harness_suite message_suite = {
    "message",
    (const struct harness_test[]){
        {"every message arrives as it was sent", every_message_arrives_as_it_was_sent},
        {"a launch request keeps every field", launch_keeps_every_field},
        {"a failure travels with code, number and text, without its pointer",
         failure_travels_without_its_pointer},
        {"every truncation is refused and fills nothing", every_truncation_is_refused},
        {"leftover bytes are refused", leftover_bytes_are_refused},
        {"every changed byte is refused or means what it says",
         every_changed_byte_is_refused_or_means_what_it_says},
        {"random bytes never crash a decoder", random_bytes_never_crash},
        {"wrong enumerations, bits and ranges are refused one by one", wrong_values_are_refused_one_by_one},
        {"a command line is exactly one text", command_line_is_exactly_one_text},
        {"a NUL inside a text is refused", nul_inside_a_text_is_refused},
        {"huge counts allocate nothing", huge_counts_allocate_nothing},
        {"a frame of another type is refused", frame_of_another_type_is_refused},
        {"READY and INTERRUPT have the shape of HELLO and TERMINATE",
         ready_and_interrupt_share_their_twins_shape},
        {"a text too large for any frame fails when it is framed",
         text_too_large_for_any_frame_fails_when_framed},
        {"memory running out fails the whole message", memory_running_out_fails_whole},
        {NULL, NULL},
    },
};
