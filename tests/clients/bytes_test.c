/* Output and input are bytes: what a command writes arrives as it is, and so does what it is given. */
#include "clients/client.h"
#include "fixtures/programs/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static bool bytes_are(VARIANT *value, const void *expected, size_t expected_size)
{
    size_t size;
    const uint8_t *bytes = bytes_of(value, &size);
    bool same = bytes && size == expected_size && !memcmp(bytes, expected, size);

    if (bytes && !same)
        printf("    %zu bytes instead of %zu\n", size, expected_size);
    VariantClear(value);
    return same;
}

/* The two streams of a result are the pattern, `size` bytes of each. */
static bool streams_are_patterns(ISandboxResult *result, size_t size)
{
    VARIANT out, err;
    size_t out_size, err_size, i;
    const uint8_t *out_bytes, *err_bytes;
    bool same;

    if (!went_well(ISandboxResult_StdOutBytes(result, &out), "StdOutBytes") ||
        !went_well(ISandboxResult_StdErrBytes(result, &err), "StdErrBytes"))
        return false;
    out_bytes = bytes_of(&out, &out_size);
    err_bytes = bytes_of(&err, &err_size);
    same = out_bytes && err_bytes && out_size == size && err_size == size;
    for (i = 0; same && i < size; i++)
        same = out_bytes[i] == pattern_byte(1, i) && err_bytes[i] == pattern_byte(2, i);
    if (!same)
        printf("    %zu and %zu bytes, the same up to %zu\n", out_size, err_size, i);
    VariantClear(&out);
    VariantClear(&err);
    return same;
}

static void every_kind_of_byte_arrives(void)
{
    static const struct {
        const wchar_t *verb;
        const char *bytes;
        size_t size;
    } kinds[] = {
        {L"emit out hex 00", "\0", 1},
        {L"emit out hex 610062", "a\0b", 3},
        {L"emit out hex 0d0a0a0d0d0a", "\r\n\n\r\r\n", 6},
        {L"emit out hex fffe80c0afeda080", "\xff\xfe\x80\xc0\xaf\xed\xa0\x80", 8},
        {L"emit out hex 1a41",
         "\x1a"
         "A",
         2},
        {L"emit out hex 6e6f20656e64", "no end", 6},
        {L"exit 0", "", 0},
    };
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result;
    VARIANT value;
    size_t i;

    if (!session)
        return;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!went_well(run(session, kinds[i].verb, &result), "Run"))
            continue;
        CU_ASSERT(went_well(ISandboxResult_StdOutBytes(result, &value), "StdOutBytes"));
        CU_ASSERT(bytes_are(&value, kinds[i].bytes, kinds[i].size));
        CU_ASSERT(went_well(ISandboxResult_StdErrBytes(result, &value), "StdErrBytes"));
        CU_ASSERT(bytes_are(&value, "", 0));
        ISandboxResult_Release(result);
    }
    session_end(session);
}

static void flood_arrives_whole(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result;
    VARIANT_BOOL truncated = VARIANT_TRUE;
    uint64_t start = now_ms();

    if (!session)
        return;
    if (went_well(run(session, L"emit both kb 10240", &result), "Run")) {
        printf("    20 MiB in %llu ms\n", (unsigned long long)(now_ms() - start));
        CU_ASSERT(streams_are_patterns(result, 10 << 20));
        ISandboxResult_get_Truncated(result, &truncated);
        CU_ASSERT_EQUAL(truncated, VARIANT_FALSE);
        ISandboxResult_Release(result);
    }
    session_end(session);
}

static void collected_output_is_the_same(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    ISandboxResult *result;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"emit both kb 3000", sbxSpawnCollect, &process), "Spawn"));
    if (went_well(ISandboxProcess_Collect(process, v_absent(), &result), "Collect")) {
        CU_ASSERT(streams_are_patterns(result, 3000 * 1024));
        ISandboxResult_Release(result);
    }
    ISandboxProcess_Release(process);
    session_end(session);
}

/* Nobody reads for a while: the command is held back, nothing is lost, nothing grows without end. */
static void slow_reader_loses_nothing(void)
{
    ISandboxSession *session = session_open(L"\"limits\": { \"outputMB\": 1 }");
    ISandboxProcess *process;
    sbxProcessState state = sbxProcessExited;
    VARIANT_BOOL ended;
    VARIANT value;
    size_t at = 0, size, i;
    bool same = true;
    long code = -1;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"emit out kb 5000", 0, &process), "Spawn"));
    Sleep(1500);
    ISandboxProcess_get_State(process, &state);
    CU_ASSERT_EQUAL(state, sbxProcessRunning); /* 5 MB do not fit under 1 MB: it waits for us */
    for (;;) {
        const uint8_t *bytes;

        if (!went_well(ISandboxProcess_ReadBytes(process, v_long(100000), v_long(20000), v_absent(), &value),
                       "ReadBytes"))
            break;
        if (value.vt == VT_EMPTY)
            break;
        bytes = bytes_of(&value, &size);
        for (i = 0; i < size && same; i++)
            same = bytes[i] == pattern_byte(1, at + i);
        at += size;
        CU_ASSERT(size > 0 && size <= 100000);
        VariantClear(&value);
    }
    CU_ASSERT(same);
    CU_ASSERT_EQUAL(at, 5000 * 1024);
    CU_ASSERT(went_well(ISandboxProcess_Wait(process, v_long(10000), &ended), "Wait"));
    ISandboxProcess_get_ExitCode(process, &code);
    CU_ASSERT_EQUAL(code, 0);
    ISandboxProcess_Release(process);
    session_end(session);
}

static void over_the_limit_the_first_part_is_kept(void)
{
    ISandboxSession *session = session_open(L"\"limits\": { \"outputMB\": 1 }");
    ISandboxResult *result;
    VARIANT_BOOL truncated = VARIANT_FALSE;
    sbxExit reason = sbxExitExited;
    VARIANT value;
    size_t size, i;
    const uint8_t *bytes;
    bool same = true;

    if (!session)
        return;
    if (went_well(run(session, L"emit out kb 8000", &result), "Run")) {
        ISandboxResult_get_Truncated(result, &truncated);
        ISandboxResult_get_ExitReason(result, &reason);
        CU_ASSERT_EQUAL(truncated, VARIANT_TRUE);
        CU_ASSERT_EQUAL(reason, sbxExitOutputLimit);
        ISandboxResult_StdOutBytes(result, &value);
        bytes = bytes_of(&value, &size);
        CU_ASSERT_EQUAL(size, 1 << 20);
        for (i = 0; i < size && same; i++)
            same = bytes[i] == pattern_byte(1, i);
        CU_ASSERT(same);
        VariantClear(&value);
        ISandboxResult_Release(result);
    }
    session_end(session);
}

#define INPUT_SIZE (5 << 20)

static uint8_t *make_input(uint64_t *hash)
{
    uint8_t *bytes = malloc(INPUT_SIZE);
    size_t i;

    for (i = 0; i < INPUT_SIZE; i++)
        bytes[i] = pattern_byte(1, i);
    *hash = pattern_hash(PATTERN_HASH_START, bytes, INPUT_SIZE);
    return bytes;
}

static void input_arrives_whole_and_comes_back(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result;
    VARIANT command = {.vt = VT_BSTR}, input, value;
    uint64_t hash;
    uint8_t *bytes;
    wchar_t expected[64];
    BSTR text;

    if (!session)
        return;
    bytes = make_input(&hash);
    input = v_bytes(bytes, INPUT_SIZE);
    swprintf(expected, 64, L"%d %016llx\n", INPUT_SIZE, (unsigned long long)hash);
    command.bstrVal = fixture_line(L"read");
    if (went_well(ISandboxSession_Run(session, command, v_absent(), input, &result), "Run")) {
        ISandboxResult_get_StdOut(result, &text);
        CU_ASSERT(text_is(text, expected));
        ISandboxResult_Release(result);
    }
    VariantClear(&command);
    command = (VARIANT){.vt = VT_BSTR};
    command.bstrVal = fixture_line(L"echo");
    if (went_well(ISandboxSession_Run(session, command, v_absent(), input, &result), "Run")) {
        CU_ASSERT(went_well(ISandboxResult_StdOutBytes(result, &value), "StdOutBytes"));
        CU_ASSERT(bytes_are(&value, bytes, INPUT_SIZE));
        ISandboxResult_Release(result);
    }
    VariantClear(&command);
    VariantClear(&input);
    free(bytes);
    session_end(session);
}

static void unread_input_does_not_hang(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result;
    VARIANT command = {.vt = VT_BSTR}, input;
    uint64_t hash, start = now_ms();
    uint8_t *bytes;
    long code = 0;

    if (!session)
        return;
    bytes = make_input(&hash);
    input = v_bytes(bytes, INPUT_SIZE);
    command.bstrVal = fixture_line(L"exit 4");
    if (went_well(ISandboxSession_Run(session, command, v_absent(), input, &result), "Run")) {
        ISandboxResult_get_ExitCode(result, &code);
        CU_ASSERT_EQUAL(code, 4);
        ISandboxResult_Release(result);
    }
    CU_ASSERT(now_ms() - start < 15000);
    VariantClear(&command);
    VariantClear(&input);
    free(bytes);
    session_end(session);
}

static void written_bytes_come_back(void)
{
    static const uint8_t odd[] = {0, 0xff, '\r', '\n', 0x80, 0, 0x1a};
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    VARIANT value = v_bytes(odd, sizeof odd);
    size_t size = 0, more;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"echo", 0, &process), "Spawn"));
    CU_ASSERT(went_well(ISandboxProcess_WriteBytes(process, value), "WriteBytes"));
    VariantClear(&value);
    while (size < sizeof odd &&
           went_well(ISandboxProcess_ReadBytes(process, v_absent(), v_long(10000), v_absent(), &value),
                     "ReadBytes")) {
        const uint8_t *bytes = bytes_of(&value, &more);

        CU_ASSERT_FATAL(bytes && more && size + more <= sizeof odd);
        CU_ASSERT(!memcmp(bytes, odd + size, more));
        size += more;
        VariantClear(&value);
    }
    CU_ASSERT_EQUAL(size, sizeof odd);
    CU_ASSERT(went_well(ISandboxProcess_CloseInput(process), "CloseInput"));
    CU_ASSERT(went_well(ISandboxProcess_ReadBytes(process, v_absent(), v_long(10000), v_absent(), &value),
                        "ReadBytes"));
    CU_ASSERT_EQUAL(value.vt, VT_EMPTY);
    ISandboxProcess_Release(process);
    session_end(session);
}

/* A character whose bytes come in two writes is one character; reading in pieces splits none. */
static void characters_are_read_whole(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxProcess *process;
    VARIANT value;

    if (!session)
        return;
    CU_ASSERT_FATAL(went_well(spawn(session, L"echo", 0, &process), "Spawn"));
    value = v_bytes("a\xf0\x9f", 3);
    ISandboxProcess_WriteBytes(process, value);
    VariantClear(&value);
    CU_ASSERT(went_well(ISandboxProcess_Read(process, v_long(5), v_long(10000), &value), "Read"));
    CU_ASSERT(value.vt == VT_BSTR && text_is(value.bstrVal, L"a"));
    CU_ASSERT(raised(ISandboxProcess_Read(process, v_long(5), v_long(200), &value), SBX_CODE(Timeout), NULL));
    value = v_bytes("\x98\x80z", 3);
    ISandboxProcess_WriteBytes(process, value);
    VariantClear(&value);
    CU_ASSERT(went_well(ISandboxProcess_Read(process, v_long(2), v_long(10000), &value), "Read"));
    CU_ASSERT(value.vt == VT_BSTR && text_is(value.bstrVal, L"\xd83d\xde00"));
    CU_ASSERT(went_well(ISandboxProcess_Read(process, v_long(5), v_long(10000), &value), "Read"));
    CU_ASSERT(value.vt == VT_BSTR && text_is(value.bstrVal, L"z"));
    ISandboxProcess_Release(process);
    session_end(session);
}

/* Grandchildren that keep the pipe open do not keep a Run from ending: the tree ends with its command. */
static void descendants_end_with_their_command(void)
{
    ISandboxSession *session = session_open(NULL);
    ISandboxResult *result;
    BSTR text = NULL;
    HANDLE child;
    uint64_t start = now_ms();

    if (!session)
        return;
    if (went_well(run(session, L"spawn 1 sleep 60000", &result), "Run")) {
        ISandboxResult_get_StdOut(result, &text);
        child = OpenProcess(SYNCHRONIZE, FALSE, wcstoul(text, NULL, 10));
        CU_ASSERT(!child || WaitForSingleObject(child, 1000) == WAIT_OBJECT_0);
        CloseHandle(child);
        SysFreeString(text);
        ISandboxResult_Release(result);
    }
    CU_ASSERT(now_ms() - start < 10000);
    session_end(session);
}

const struct harness_suite bytes_suite = {
    "bytes",
    (const struct harness_test[]){
        {"NULs, line ends, ill-formed text and a missing last line end arrive as they are",
         every_kind_of_byte_arrives},
        {"10 MiB on both streams at once arrive whole", flood_arrives_whole},
        {"collected output is the same", collected_output_is_the_same},
        {"a command waits for a slow reader, and nothing is lost", slow_reader_loses_nothing},
        {"over the output limit the first part is kept", over_the_limit_the_first_part_is_kept},
        {"5 MiB of input arrive whole and come back", input_arrives_whole_and_comes_back},
        {"a command that does not read its input does not hang", unread_input_does_not_hang},
        {"bytes written to a process come back unchanged", written_bytes_come_back},
        {"a character in two pieces is read as one", characters_are_read_whole},
        {"descendants end with their command and do not hold it up", descendants_end_with_their_command},
        {NULL, NULL},
    },
};
