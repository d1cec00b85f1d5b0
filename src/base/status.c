/*
 * status.c - the words of the codes, and filling an error once.
 */
#include "base/status.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *status_word(sbx_status code)
{
    static const char *const words[] = {
        [SBX_OK] = "OK",
        [SBX_E_POLICY_SYNTAX] = "E_POLICY_SYNTAX",
        [SBX_E_POLICY_VALUE] = "E_POLICY_VALUE",
        [SBX_E_POLICY_CONFLICT] = "E_POLICY_CONFLICT",
        [SBX_E_WORKSPACE_REFUSED] = "E_WORKSPACE_REFUSED",
        [SBX_E_PATH_NOT_FOUND] = "E_PATH_NOT_FOUND",
        [SBX_E_NOT_PROVISIONED] = "E_NOT_PROVISIONED",
        [SBX_E_BELOW_REQUIREMENT] = "E_BELOW_REQUIREMENT",
        [SBX_E_NOT_ENFORCED] = "E_NOT_ENFORCED",
        [SBX_E_SETUP_DECLINED] = "E_SETUP_DECLINED",
        [SBX_E_SETUP_FAILED] = "E_SETUP_FAILED",
        [SBX_E_SETUP_CALLER] = "E_SETUP_CALLER",
        [SBX_E_ACCOUNT_DRIFT] = "E_ACCOUNT_DRIFT",
        [SBX_E_CREDENTIAL] = "E_CREDENTIAL",
        [SBX_E_LOGON_DENIED] = "E_LOGON_DENIED",
        [SBX_E_FIREWALL_INEFFECTIVE] = "E_FIREWALL_INEFFECTIVE",
        [SBX_E_RUNNER_LOST] = "E_RUNNER_LOST",
        [SBX_E_RUNNER_PROTOCOL] = "E_RUNNER_PROTOCOL",
        [SBX_E_COMMAND_NOT_FOUND] = "E_COMMAND_NOT_FOUND",
        [SBX_E_COMMAND_UNSAFE_ARGUMENT] = "E_COMMAND_UNSAFE_ARGUMENT",
        [SBX_E_LIMIT] = "E_LIMIT",
        [SBX_E_TIMEOUT] = "E_TIMEOUT",
        [SBX_E_CANCELLED] = "E_CANCELLED",
        [SBX_E_STATE] = "E_STATE",
        [SBX_E_CLOSED] = "E_CLOSED",
        [SBX_E_JOURNAL] = "E_JOURNAL",
        [SBX_E_UNSUPPORTED_HOST] = "E_UNSUPPORTED_HOST",
        [SBX_E_ARGUMENT] = "E_ARGUMENT",
        [SBX_E_SYSTEM] = "E_SYSTEM",
        [SBX_E_NOT_BUILT] = "E_NOT_BUILT",
        [SBX_E_MEMORY] = "E_MEMORY",
    };

    if (code < 0 || (size_t)code >= sizeof words / sizeof words[0])
        return words[SBX_E_SYSTEM];
    return words[code];
}

/* True when this failure is the first: `error` then carries its code and system number, and wants a text. */
static bool is_first(struct sbx_error *error, sbx_status code, uint32_t system, const char *where)
{
    if (!error || error->code != SBX_OK)
        return false;
    error->code = code;
    error->system = system;
    error->where = where;
    error->text[0] = '\0';
    return true;
}

sbx_status error_set(struct sbx_error *error, sbx_status code, const char *format, ...)
{
    va_list arguments;
    int needed;

    if (!is_first(error, code, 0, ""))
        return code;

    va_start(arguments, format);
    needed = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);

    if (needed < 0)
        error->text[0] = '\0';
    else if ((size_t)needed >= sizeof error->text) {
        size_t size = sizeof error->text - 1;

        error->text[size - text_incomplete_tail(error->text, size)] = '\0';
    }
    return code;
}

sbx_status error_memory(struct sbx_error *error, const char *what)
{
    return error_set(error, SBX_E_MEMORY, "Memory ran out while making %s.", what);
}

sbx_status error_system(struct sbx_error *error, const char *call, uint32_t system)
{
    if (is_first(error, SBX_E_SYSTEM, system, call))
        snprintf(error->text, sizeof error->text, "%s failed with error %lu.", call, (unsigned long)system);
    return SBX_E_SYSTEM;
}
