#include "bench/plain.h"
#include "bench/samples.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PIPE_SIZE       65536
#define PIECE_SIZE      65536
#define MOST_PIECE_SIZE (1024 * 1024)
#define LINE_COUNT      2048

/* ---- a property ------------------------------------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE get_state(struct plain_object *object, int *value)
{
    if (!value)
        return E_POINTER;
    *value = object->state;
    return S_OK;
}

void plain_object_make(struct plain_object *object)
{
    static HRESULT(STDMETHODCALLTYPE *const volatile calls[])(struct plain_object *, int *) = {get_state};

    object->calls = calls;
    object->state = 1;
}

/* ---- a process ------------------------------------------------------------------------------------------------- */

struct child {
    HANDLE process;
    HANDLE streams[3]; /* our ends: its input, output, error */
};

static void close_all(HANDLE handles[3])
{
    for (int i = 0; i < 3; i++) {
        if (handles[i])
            CloseHandle(handles[i]);
        handles[i] = NULL;
    }
}

static bool start(const wchar_t *line, const wchar_t *directory, DWORD pipe_size, struct child *child)
{
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    HANDLE theirs[3] = {NULL};
    wchar_t copy[LINE_COUNT];
    bool done = wcslen(line) < LINE_COUNT;

    memset(child, 0, sizeof *child);
    for (int i = 0; i < 3 && done; i++) {
        HANDLE *read_end = i ? &child->streams[i] : &theirs[i],
               *write_end = i ? &theirs[i] : &child->streams[i];

        done = CreatePipe(read_end, write_end, &inheritable, pipe_size) &&
               SetHandleInformation(child->streams[i], HANDLE_FLAG_INHERIT, 0);
    }
    if (done) {
        wmemcpy(copy, line, wcslen(line) + 1);
        startup.hStdInput = theirs[0];
        startup.hStdOutput = theirs[1];
        startup.hStdError = theirs[2];
        done = CreateProcessW(NULL, copy, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, directory, &startup,
                              &process);
    }
    close_all(theirs);
    if (!done) {
        close_all(child->streams);
        return false;
    }
    CloseHandle(process.hThread);
    child->process = process.hProcess;
    CloseHandle(child->streams[0]);
    child->streams[0] = NULL;
    return true;
}

static bool finish(struct child *child, DWORD *exit_code)
{
    bool done = WaitForSingleObject(child->process, INFINITE) == WAIT_OBJECT_0 &&
                GetExitCodeProcess(child->process, exit_code);

    CloseHandle(child->process);
    close_all(child->streams);
    return done;
}

/* One piece of a stream; 0 at its end. */
static DWORD read_piece(HANDLE stream, void *bytes, DWORD capacity)
{
    DWORD size;

    return ReadFile(stream, bytes, capacity, &size, NULL) ? size : 0;
}

static void read_to_end(HANDLE stream)
{
    static unsigned char bytes[PIECE_SIZE];

    while (read_piece(stream, bytes, sizeof bytes))
        ;
}

bool plain_run(const wchar_t *line, const wchar_t *directory, DWORD *exit_code)
{
    struct child child;

    if (!start(line, directory, PIPE_SIZE, &child))
        return false;
    read_to_end(child.streams[1]);
    read_to_end(child.streams[2]);
    return finish(&child, exit_code);
}

bool plain_collect(const wchar_t *line, const wchar_t *directory, unsigned char **bytes, size_t *size)
{
    struct child child;
    unsigned char *kept = NULL;
    size_t capacity = 0, used = 0;
    DWORD exit_code = 1, got;

    if (!start(line, directory, PIPE_SIZE, &child))
        return false;
    do {
        if (capacity - used < PIECE_SIZE) {
            size_t wanted = capacity ? 2 * capacity : 4 * PIECE_SIZE;
            unsigned char *larger = realloc(kept, wanted);

            if (!larger)
                break;
            kept = larger;
            capacity = wanted;
        }
        got = read_piece(child.streams[1], kept + used, PIECE_SIZE);
        used += got;
    } while (got);
    read_to_end(child.streams[2]);
    *bytes = kept;
    *size = used;
    return finish(&child, &exit_code) && exit_code == 0;
}

bool plain_stream(const wchar_t *line, const wchar_t *directory, DWORD piece_size, double *seconds,
                  unsigned long long *size)
{
    static unsigned char bytes[MOST_PIECE_SIZE];
    struct child child;
    DWORD exit_code = 1, got;
    double begin;

    if (piece_size > MOST_PIECE_SIZE || !start(line, directory, piece_size, &child))
        return false;
    *size = read_piece(child.streams[1], bytes, piece_size);
    begin = now();
    while ((got = read_piece(child.streams[1], bytes, piece_size)) != 0)
        *size += got;
    *seconds = now() - begin;
    read_to_end(child.streams[2]);
    return finish(&child, &exit_code) && exit_code == 0;
}
