/*
 * status.h - how every function of base, os and core says what went wrong.
 *
 * A function returns sbx_status: SBX_OK, or one code of the table below, and fills a struct sbx_error where the
 * caller gave one. The first failure fills it; clean-up that fails later never overwrites it. The codes up to
 * SBX_E_NOT_BUILT are the contract with scripts (idl/sbxcom.idl, enum sbxError): COM's edge adds SBX_HRESULT_BASE
 * and nothing else, so their order never changes.
 */
#ifndef SBX_BASE_STATUS_H
#define SBX_BASE_STATUS_H

#include <stddef.h>
#include <stdint.h>

typedef int sbx_status;

enum sbx_code {
    SBX_OK = 0,
    SBX_E_POLICY_SYNTAX,
    SBX_E_POLICY_VALUE,
    SBX_E_POLICY_CONFLICT,
    SBX_E_WORKSPACE_REFUSED,
    SBX_E_PATH_NOT_FOUND,
    SBX_E_NOT_PROVISIONED,
    SBX_E_BELOW_REQUIREMENT,
    SBX_E_NOT_ENFORCED,
    SBX_E_SETUP_DECLINED,
    SBX_E_SETUP_FAILED,
    SBX_E_SETUP_CALLER,
    SBX_E_ACCOUNT_DRIFT,
    SBX_E_CREDENTIAL,
    SBX_E_LOGON_DENIED,
    SBX_E_FIREWALL_INEFFECTIVE,
    SBX_E_RUNNER_LOST,
    SBX_E_RUNNER_PROTOCOL,
    SBX_E_COMMAND_NOT_FOUND,
    SBX_E_COMMAND_UNSAFE_ARGUMENT,
    SBX_E_LIMIT,
    SBX_E_TIMEOUT,
    SBX_E_CANCELLED,
    SBX_E_STATE,
    SBX_E_CLOSED,
    SBX_E_JOURNAL,
    SBX_E_UNSUPPORTED_HOST,
    SBX_E_ARGUMENT,
    SBX_E_SYSTEM,
    SBX_E_NOT_BUILT,
    SBX_E_MEMORY, /* last: COM's edge turns it into a bare E_OUTOFMEMORY */
};

#define SBX_HRESULT_BASE 0x80040A00u /* + enum sbx_code: E_POLICY_SYNTAX is 0x80040A01 */

#define SBX_ERROR_TEXT_SIZE 4096

struct sbx_error {
    sbx_status code;
    uint32_t system;   /* the system's own error number, 0 where there was none */
    const char *where; /* the call that failed; a string constant, "" where it does not matter */
    char text
        [SBX_ERROR_TEXT_SIZE]; /* UTF-8: "What happened. What to do.", without the code word; never NULL-less */
};

/* "E_POLICY_SYNTAX" for SBX_E_POLICY_SYNTAX; "OK" for SBX_OK; "E_SYSTEM" for a number outside the table. Constant. */
const char *status_word(sbx_status code);

/*
 * Fills `error` (may be NULL) unless an earlier failure already did, and returns `code`, so that a failure is one
 * expression: return error_set(error, SBX_E_ARGUMENT, "...", ...). The text is cut at a whole UTF-8 character.
 */
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 3, 4)))
#elif defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
sbx_status
error_set(struct sbx_error *error, sbx_status code, const char *format, ...);

/* The same for memory running out while making `what`. Returns SBX_E_MEMORY. */
sbx_status error_memory(struct sbx_error *error, const char *what);

/* The same for a failed system call: SBX_E_SYSTEM, text "CALL failed with error N." */
sbx_status error_system(struct sbx_error *error, const char *call, uint32_t system);

#endif
