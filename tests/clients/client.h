/*
 * client.h - what the C clients share: sessions, commands, errors.
 *
 * The tests know the product by its header and its registration alone, as any program of another vendor does. Whatever goes
 * wrong is said on a line of its own before the verdict: CUnit names the assertion, these lines name the error.
 */
#ifndef TESTS_CLIENTS_CLIENT_H
#define TESTS_CLIENTS_CLIENT_H

#include <windows.h>
#include <ole2.h>
#include <oleauto.h>

#include <stdbool.h>
#include <stdint.h>

#include "sbxcom.h"
#include "support/harness.h"

/* ---- sessions -------------------------------------------------------------------------------------------------- */

/* A session as CoCreateInstance gives it, or NULL after a failed assertion. */
ISandboxSession *session_new(void);

/*
 * A provisioned session on an empty workspace of its own, with the requirements that this host meets: the refusal of the
 * strict default prints them. `more` is NULL or further members of the policy ("\"limits\": {...}"). NULL after a
 * failed assertion.
 */
ISandboxSession *session_open(const wchar_t *more);

/*
 * `"require": {...}` of this host, found once in a process by a session that is refused; or what REQUIREMENT_VARIABLE says, for a process
 * that is to open one session and no more.
 */
#define REQUIREMENT_VARIABLE "SBX_CLIENT_REQUIRE"
const wchar_t *host_requirement(void);

/* The same before Provision. */
ISandboxSession *session_prepare(const wchar_t *more);

/* Closes and releases; NULL does nothing. */
void session_end(ISandboxSession *session);

/* The policy text of session_open; SysFreeString. */
BSTR policy_text(const wchar_t *more);

/* The path of a new empty folder below TEMP; SysFreeString. All are deleted by workspaces_delete. */
BSTR workspace_new(void);
void workspaces_delete(void);

/* ---- commands: `verb` is what fixture.exe is asked to do, see fixture.c ----------------------------------------------- */

const wchar_t *fixture_path(void);
BSTR fixture_line(const wchar_t *verb);
HRESULT run(ISandboxSession *session, const wchar_t *verb, ISandboxResult **result);
HRESULT spawn(ISandboxSession *session, const wchar_t *verb, long flags, ISandboxProcess **process);

/* Runs it and returns the exit code, or NO_EXIT_CODE after saying why there is none. */
#define NO_EXIT_CODE (-987654321)
long exit_code_of(ISandboxSession *session, const wchar_t *verb);

/* Reads the next line of a process as a number, 0 where there is none. */
unsigned long read_number(ISandboxProcess *process);

/* ---- values ----------------------------------------------------------------------------------------------------------- */

VARIANT v_absent(void); /* as a caller leaves a parameter out */
VARIANT v_long(long number);
VARIANT v_text(const wchar_t *text); /* VariantClear */
VARIANT v_bytes(const void *bytes, size_t size);
VARIANT v_object(void *object); /* lent: not cleared */

/* A SAFEARRAY of `type` (VT_VARIANT or VT_BSTR) with these texts. */
VARIANT v_texts(VARTYPE type, const wchar_t *const *texts, size_t count);

/* What a VARIANT with bytes holds; NULL and a line on the screen where it holds something else. Lent. */
const uint8_t *bytes_of(const VARIANT *value, size_t *size);

bool text_is(BSTR text, const wchar_t *expected); /* takes the text */
bool text_says(BSTR text, const wchar_t *part);   /* takes the text; case does not count */

/* ---- errors ------------------------------------------------------------------------------------------------------------- */

/* The number in `sbxErrorArgument` of the HRESULT that E_ARGUMENT is. */
#define SBX_CODE(name) ((HRESULT)sbxError##name)

/*
 * A call on this thread has failed as it should: `got` is `code`, and this thread's IErrorInfo starts with its word, names
 * the ProgID as source and holds `says` (NULL: anything). Takes the IErrorInfo.
 */
bool raised(HRESULT got, HRESULT code, const wchar_t *says);

/* Says what a failed call left as its error; true where it succeeded. */
bool went_well(HRESULT got, const char *what);

/* ---- time and threads --------------------------------------------------------------------------------------------------- */

/* Milliseconds since some start. */
uint64_t now_ms(void);

/* Runs it on a new thread in that apartment (COINIT_...) and waits, passing on messages that arrive meanwhile. */
void in_apartment(DWORD kind, void (*work)(void *context), void *context);

/* The same without waiting; thread_join waits. */
HANDLE thread_start(DWORD kind, void (*work)(void *context), void *context);
bool thread_join(HANDLE thread, DWORD timeout_ms);

#endif
