/*
 * plain.h - the baselines: what a careful program does without sbxcom.
 *
 * The same as on our side: three pipes, a hidden console of the command's own (CREATE_NO_WINDOW), all
 * output read to its end, the process waited for, its exit code fetched, every handle closed. Not the same: no token, no job, no
 * attestation, no list of handles - what the sandbox costs is the difference. The outputs are read one after the
 * other on the calling thread, which is the cheapest way there is, and enough for programs that write to one of them.
 */
#ifndef TESTS_BENCH_PLAIN_H
#define TESTS_BENCH_PLAIN_H

#include <windows.h>

#include <stdbool.h>
#include <stddef.h>

/* An object with one property, as plain C has it: read by a call through a pointer. */
struct plain_object {
    HRESULT(STDMETHODCALLTYPE *const volatile *calls)(struct plain_object *object, int *value);
    int state;
};

void plain_object_make(struct plain_object *object);

/* Runs a command line to its end in `directory`; its input is at its end from the start. */
bool plain_run(const wchar_t *line, const wchar_t *directory, DWORD *exit_code);

/* The same, and keeps all of standard output. `bytes` is the caller's, to be freed by free. */
bool plain_collect(const wchar_t *line, const wchar_t *directory, unsigned char **bytes, size_t *size);

/*
 * The same, and reads standard output in pieces of at most `piece_size` bytes, which is the pipe's buffer as well.
 * `seconds` is from the first piece to the end.
 */
bool plain_stream(const wchar_t *line, const wchar_t *directory, DWORD piece_size, double *seconds,
                  unsigned long long *size);

#endif
