/*
 * identity.c - the caller's user, and what this host is.
 */
#include "os/identity.h"
#include "base/memory.h"
#include "os/native.h"
#include "os/security.h"

#include <stdio.h>
#include <string.h>

#define ATTRIBUTE_JOB_LIST 0x2000D /* PROC_THREAD_ATTRIBUTE_JOB_LIST */

typedef LONG(WINAPI *get_version)(OSVERSIONINFOW *);

static const char *processor_name(void)
{
    SYSTEM_INFO system;

    GetNativeSystemInfo(&system); /* for a 32-bit process, what the 64-bit system is */
    switch (system.wProcessorArchitecture) {
    case PROCESSOR_ARCHITECTURE_AMD64:
        return "x64";
    case PROCESSOR_ARCHITECTURE_INTEL:
        return "x86";
    case 12: /* PROCESSOR_ARCHITECTURE_ARM64 */
        return "arm64";
    default:
        return "";
    }
}

/* Whether the attribute can be put into a list, which is where older systems refuse it. Nothing is started. */
static bool has_job_list(void)
{
    HANDLE job = NULL;
    SIZE_T size = 0;
    LPPROC_THREAD_ATTRIBUTE_LIST list;
    bool found = false;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    list = sbx_alloc(size);
    if (!list)
        return false;
    if (InitializeProcThreadAttributeList(list, 1, 0, &size)) {
        found = UpdateProcThreadAttribute(list, 0, ATTRIBUTE_JOB_LIST, &job, sizeof job, NULL, NULL);
        DeleteProcThreadAttributeList(list);
    }
    sbx_free(list);
    return found;
}

void host_examine(struct host_facts *facts)
{
    get_version version = (get_version)native_call(L"ntdll.dll", "RtlGetVersion");
    const char *wine = native_wine_version();
    OSVERSIONINFOEXW system;

    memset(facts, 0, sizeof *facts);
    memset(&system, 0, sizeof system);
    system.dwOSVersionInfoSize = sizeof system;
    if (version && version((OSVERSIONINFOW *)&system) >= 0) {
        facts->major = system.dwMajorVersion;
        facts->minor = system.dwMinorVersion;
        facts->build = system.dwBuildNumber;
        facts->domain_controller = system.wProductType == VER_NT_DOMAIN_CONTROLLER;
    }
    if (wine)
        snprintf(facts->wine, sizeof facts->wine, "%s", wine);
    snprintf(facts->product, sizeof facts->product, "Windows %lu.%lu.%lu %s%s%s", (unsigned long)facts->major,
             (unsigned long)facts->minor, (unsigned long)facts->build, processor_name(),
             wine ? " under Wine " : "", facts->wine);

    facts->pseudoconsole = native_call(L"kernel32.dll", "CreatePseudoConsole") != NULL;
    facts->job_list_attribute = has_job_list();
    facts->mitigation_policies = native_call(L"kernel32.dll", "SetProcessMitigationPolicy") != NULL;
}

sbx_status identity_user_sid(char sid[SID_TEXT_SIZE], struct sbx_error *error)
{
    sbx_status status;
    HANDLE token;
    TOKEN_USER *user;
    char *text;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return native_error(error, "OpenProcessToken");
    status = security_token_query(token, TokenUser, (void **)&user, error);
    CloseHandle(token);
    if (status)
        return status;

    status = security_sid_text(user->User.Sid, &text, error);
    if (!status) {
        snprintf(sid, SID_TEXT_SIZE, "%s", text);
        sbx_free(text);
    }
    sbx_free(user);
    return status;
}
