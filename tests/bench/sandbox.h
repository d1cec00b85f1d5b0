/*
 * sandbox.h - our side: a session of the registered sbxcom.dll, used as any C program would.
 */
#ifndef TESTS_BENCH_SANDBOX_H
#define TESTS_BENCH_SANDBOX_H

#include <windows.h>
#include <ole2.h>
#include <oleauto.h>

#include <stdbool.h>

#include "sbxcom.h"

/* Says what failed, with the text of the call's error; true where it succeeded. */
bool went_well(HRESULT got, const char *what);

/* An absent optional argument, and a number. */
VARIANT absent(void);
VARIANT number(long value);

/*
 * A provisioned session on an empty workspace under TEMP, with the requirements that this host meets: the refusal of the
 * strict default prints them, and they are asked for once. NULL after saying why. The caller closes and releases.
 */
ISandboxSession *sandbox_open(void);
void sandbox_close(ISandboxSession *session);

/* The folder of the sessions; made at the first call, removed by sandbox_end. */
const wchar_t *sandbox_workspace(void);
void sandbox_end(void);

/* The same three as in plain.h. */
bool sandbox_run(ISandboxSession *session, BSTR line, DWORD *exit_code);
bool sandbox_collect(ISandboxSession *session, BSTR line, VARIANT *bytes, size_t *size);
bool sandbox_stream(ISandboxSession *session, BSTR line, DWORD piece_size, double *seconds,
                    unsigned long long *size);

#endif
