/*
 * client.h - how the command line reaches the COM objects, and how it says what went wrong.
 */
#ifndef SBX_SBX_CLIENT_H
#define SBX_SBX_CLIENT_H

#include <stdbool.h>
#include <windows.h>
#include <ole2.h> /* MIDL's header expects it of whoever includes it */

#include "sbxcom.h"

/* Exit codes of our own, as sysexits.h has them; every one of them comes with a line "sbx: CODE_WORD: ..." on stderr. */
enum { EXIT_USAGE = 64, EXIT_INTERNAL = 70, EXIT_REFUSED = 77 };

/* sbx explain's answer; not a failure, so without such a line. */
enum { EXIT_NOT_ALLOWED = 1 };

struct client_options {
    const wchar_t *workspace; /* NULL: the current directory */
    const wchar_t *policy;    /* a file; NULL: the strict default */
};

/*
 * Creates a session of the sbxcom.dll that lies beside this program (not of the registered one: what is run does
 * not depend on what somebody wrote into the registry) and sets its workspace and policy. The caller releases it.
 */
HRESULT client_open(const struct client_options *options, ISandboxSession **session);

/* A path on the command line is meant from the current directory, the session wants absolute ones. NULL without memory. */
BSTR client_absolute_path(const wchar_t *path);

/*
 * Writes "sbx: CODE_WORD: text" for a failed call of a session's object, from the thread's error information, and
 * returns the exit code: refused for what the caller can mend, internal for the rest.
 */
int client_failed(HRESULT failure);

/* "sbx: E_ARGUMENT: text Try sbx --help." Returns EXIT_USAGE. */
int client_usage(const wchar_t *text);

/* Text to a standard handle: as it is to a console, as UTF-8 to anything else; false where it could not be written. */
bool client_say(DWORD which, const wchar_t *text);

/* What was asked for, to standard output, with a line end if `line`. Returns 0, or EXIT_INTERNAL after saying so. */
int client_print(const wchar_t *text, bool line);

/* All bytes to a handle; false when nobody reads any more. */
bool client_write(HANDLE file, const void *bytes, DWORD size);

#endif
