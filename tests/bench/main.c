/*
 * main.c - bench.exe [ROUNDS%]: what the sandbox costs, each line a ratio to the plain baseline of the same run.
 *
 *   bench            prints the table
 *   bench 10         with a tenth of the rounds, for a look or a test
 *   bench flood MB   (the command that is run) writes so much to standard output and ends
 *
 * The trivial program is fixture.exe of the tests, which imports kernel32 and the C runtime alone: the less a program
 * does, the more the sandbox's share shows.
 */
#include "bench/plain.h"
#include "bench/samples.h"
#include "bench/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define GETS_IN_A_ROUND 20000
#define STREAMED_MB     128
#define COLLECTED_MB    32

static int percent = 100;
static wchar_t trivial_line[MAX_PATH + 32], stream_line[MAX_PATH + 32], collect_line[MAX_PATH + 32];
static BSTR trivial, streamer, collector;

static int rounds(int usual)
{
    int count = usual * percent / 100;

    return count > 3 ? count : 3;
}

/* Which side is measured first changes from round to round. */
static bool measure(int round, bool (*ours)(void *context, struct row *row),
                    bool (*plain)(void *context, struct row *row), void *context, struct row *row)
{
    return round % 2 ? ours(context, row) && plain(context, row) : plain(context, row) && ours(context, row);
}

static bool measure_rounds(int count, bool (*ours)(void *, struct row *), bool (*plain)(void *, struct row *),
                           void *context, struct row *row)
{
    struct row *warm = calloc(1, sizeof *warm);
    bool done = warm != NULL;

    /* The first round fills caches and is thrown away. */
    done = done && measure(0, ours, plain, context, warm);
    free(warm);
    for (int round = 0; round < count && done; round++)
        done = measure(round, ours, plain, context, row);
    if (done)
        row_print(row);
    return done;
}

/* ---- property get ---------------------------------------------------------------------------------------------- */

struct getting {
    ISandboxSession *session;
    IDispatch *dispatch;
    DISPID state;
    DISPID id;
    struct plain_object object;
};

static bool get_plain(void *context, struct row *row)
{
    struct getting *getting = context;
    int value = 0, sum = 0;
    double begin = now();

    for (int i = 0; i < GETS_IN_A_ROUND; i++) {
        (*getting->object.calls)(&getting->object, &value);
        sum += value;
    }
    samples_add(&row->plain, (now() - begin) / GETS_IN_A_ROUND);
    return sum == GETS_IN_A_ROUND;
}

static bool get_by_vtable(void *context, struct row *row)
{
    struct getting *getting = context;
    sbxState value = sbxStateNew;
    int sum = 0;
    double begin = now();

    for (int i = 0; i < GETS_IN_A_ROUND; i++) {
        ISandboxSession_get_State(getting->session, &value);
        sum += (int)value;
    }
    samples_add(&row->ours, (now() - begin) / GETS_IN_A_ROUND);
    return sum == GETS_IN_A_ROUND * sbxStateProvisioned;
}

static bool get_by_dispatch(struct getting *getting, DISPID member, struct row *row)
{
    DISPPARAMS none = {NULL, NULL, 0, 0};
    HRESULT result = S_OK;
    double begin = now();

    for (int i = 0; i < GETS_IN_A_ROUND && SUCCEEDED(result); i++) {
        VARIANT value;

        VariantInit(&value);
        result = IDispatch_Invoke(getting->dispatch, member, &IID_NULL, LOCALE_USER_DEFAULT,
                                  DISPATCH_PROPERTYGET, &none, &value, NULL, NULL);
        VariantClear(&value);
    }
    samples_add(&row->ours, (now() - begin) / GETS_IN_A_ROUND);
    return went_well(result, "Invoke");
}

static bool get_number_by_dispatch(void *context, struct row *row)
{
    struct getting *getting = context;

    return get_by_dispatch(getting, getting->state, row);
}

static bool get_text_by_dispatch(void *context, struct row *row)
{
    struct getting *getting = context;

    return get_by_dispatch(getting, getting->id, row);
}

static bool name_to_id(IDispatch *dispatch, OLECHAR *name, DISPID *id)
{
    return went_well(IDispatch_GetIDsOfNames(dispatch, &IID_NULL, &name, 1, LOCALE_USER_DEFAULT, id),
                     "GetIDsOfNames");
}

static bool property_rows(ISandboxSession *session)
{
    static struct row vtable = {.name = "property get (number), vtable", .unit = ROW_NANOSECONDS};
    static struct row dispatch = {.name = "property get (number), IDispatch", .unit = ROW_NANOSECONDS};
    static struct row text = {.name = "property get (text), IDispatch", .unit = ROW_NANOSECONDS};
    static wchar_t state_name[] = L"State", id_name[] = L"Id";
    struct getting getting = {.session = session};
    bool done;

    plain_object_make(&getting.object);
    if (!went_well(ISandboxSession_QueryInterface(session, &IID_IDispatch, (void **)&getting.dispatch),
                   "IDispatch"))
        return false;
    done = name_to_id(getting.dispatch, state_name, &getting.state) &&
           name_to_id(getting.dispatch, id_name, &getting.id) &&
           measure_rounds(rounds(200), get_by_vtable, get_plain, &getting, &vtable) &&
           measure_rounds(rounds(200), get_number_by_dispatch, get_plain, &getting, &dispatch) &&
           measure_rounds(rounds(200), get_text_by_dispatch, get_plain, &getting, &text);
    IDispatch_Release(getting.dispatch);
    return done;
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static bool run_ours(void *context, struct row *row)
{
    DWORD exit_code = 1;
    double begin = now();
    bool done = sandbox_run(context, trivial, &exit_code);

    samples_add(&row->ours, now() - begin);
    return done && exit_code == 0;
}

static bool run_plain(void *context, struct row *row)
{
    DWORD exit_code = 1;
    double begin = now();
    bool done = plain_run(trivial_line, sandbox_workspace(), &exit_code);

    (void)context;
    samples_add(&row->plain, now() - begin);
    return done && exit_code == 0;
}

struct streaming {
    ISandboxSession *session;
    DWORD piece_size;
};

static bool stream_ours(void *context, struct row *row)
{
    const struct streaming *streaming = context;
    unsigned long long size = 0;
    double seconds = 0;
    bool done = sandbox_stream(streaming->session, streamer, streaming->piece_size, &seconds, &size);

    samples_add(&row->ours, seconds);
    return done && size == (unsigned long long)STREAMED_MB << 20;
}

static bool stream_plain(void *context, struct row *row)
{
    const struct streaming *streaming = context;
    unsigned long long size = 0;
    double seconds = 0;
    bool done = plain_stream(stream_line, sandbox_workspace(), streaming->piece_size, &seconds, &size);

    samples_add(&row->plain, seconds);
    return done && size == (unsigned long long)STREAMED_MB << 20;
}

static bool collect_ours(void *context, struct row *row)
{
    VARIANT bytes;
    size_t size = 0;
    double begin = now();
    bool done;

    VariantInit(&bytes);
    done = sandbox_collect(context, collector, &bytes, &size);
    samples_add(&row->ours, now() - begin);
    VariantClear(&bytes);
    return done && size == (size_t)COLLECTED_MB << 20;
}

static bool collect_plain(void *context, struct row *row)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    double begin = now();
    bool done = plain_collect(collect_line, sandbox_workspace(), &bytes, &size);

    (void)context;
    samples_add(&row->plain, now() - begin);
    free(bytes);
    return done && size == (size_t)COLLECTED_MB << 20;
}

static bool command_rows(ISandboxSession *session)
{
    static struct row run = {
        .name = "Run of a trivial program, warm session", .unit = ROW_MILLISECONDS, .target = 1.1};
    static struct row stream = {.name = "output streaming in pieces of 64 KiB",
                                .unit = ROW_MEGABYTES_A_SECOND,
                                .amount = STREAMED_MB,
                                .target = 0.9};
    static struct row large = {.name = "output streaming in pieces of 256 KiB",
                               .unit = ROW_MEGABYTES_A_SECOND,
                               .amount = STREAMED_MB};
    static struct row collect = {
        .name = "output collected by Run, 32 MB", .unit = ROW_MEGABYTES_A_SECOND, .amount = COLLECTED_MB};

    struct streaming usual = {session, 64 * 1024}, wide = {session, 256 * 1024};

    return measure_rounds(rounds(200), run_ours, run_plain, session, &run) &&
           measure_rounds(rounds(20), stream_ours, stream_plain, &usual, &stream) &&
           measure_rounds(rounds(20), stream_ours, stream_plain, &wide, &large) &&
           measure_rounds(rounds(20), collect_ours, collect_plain, session, &collect);
}

/* ---- sessions -------------------------------------------------------------------------------------------------- */

static bool start_session(void *context, struct row *row)
{
    double begin = now();
    ISandboxSession *session = sandbox_open();

    (void)context;
    samples_add(&row->ours, now() - begin);
    if (session)
        sandbox_close(session);
    return session != NULL;
}

static bool session_row(void)
{
    static struct row start = {.name = "session start (to one plain process)", .unit = ROW_MILLISECONDS};

    return measure_rounds(rounds(20), start_session, run_plain, NULL, &start);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static int flood(unsigned long megabytes)
{
    static unsigned char bytes[65536];
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD written;

    memset(bytes, 'x', sizeof bytes);
    for (unsigned long i = 0; i < megabytes * 16; i++) {
        if (!WriteFile(output, bytes, sizeof bytes, &written, NULL) || written != sizeof bytes)
            return 1;
    }
    return 0;
}

static void make_lines(void)
{
    wchar_t own[MAX_PATH], folder[MAX_PATH];
    wchar_t *slash;

    GetModuleFileNameW(NULL, own, MAX_PATH);
    wmemcpy(folder, own, wcslen(own) + 1);
    slash = wcsrchr(folder, L'\\');
    if (slash)
        *slash = L'\0';
    swprintf(trivial_line, MAX_PATH + 32, L"\"%ls\\programs\\fixture.exe\" exit 0", folder);
    swprintf(stream_line, MAX_PATH + 32, L"\"%ls\" flood %d", own, STREAMED_MB);
    swprintf(collect_line, MAX_PATH + 32, L"\"%ls\" flood %d", own, COLLECTED_MB);
    trivial = SysAllocString(trivial_line);
    streamer = SysAllocString(stream_line);
    collector = SysAllocString(collect_line);
}

static bool print_table(void)
{
    ISandboxSession *session = sandbox_open();
    bool done;

    if (!session)
        return false;
    row_print_head();
    done = property_rows(session) && command_rows(session);
    sandbox_close(session);
    return done && session_row();
}

int main(int argc, char **argv)
{
    bool done;

    if (argc == 3 && !strcmp(argv[1], "flood"))
        return flood(strtoul(argv[2], NULL, 10));
    if (argc == 2)
        percent = atoi(argv[1]);
    if (argc > 2 || percent < 1 || percent > 500) {
        fprintf(stderr, "usage: bench [PERCENT OF THE ROUNDS, 1 to 500]\n");
        return 64;
    }

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    make_lines();
    done = print_table();
    sandbox_end();
    CoUninitialize();
    if (!done)
        fprintf(stderr, "bench: stopped, something that was measured did not do its work\n");
    return done ? 0 : 1;
}
