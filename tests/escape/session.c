/*
 * session.c - the battery's sessions, over the product's header and registration alone.
 */
#include "escape/battery.h"

#include <ole2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

const wchar_t *const domain_names[DOMAIN_COUNT] = {
    L"fileWrite", L"fileDelete", L"fileRead", L"network", L"process",
    L"desktop",   L"resources",  L"lifetime", L"handles",
};

/* Everything lowered: what this host holds is measured by the rows, not required here. */
#define REQUIRE                                                                                        \
    L"\"require\": {\"fileWrite\": \"absent\", \"fileDelete\": \"absent\", \"fileRead\": \"absent\", " \
    L"\"network\": \"absent\", \"process\": \"absent\", \"desktop\": \"absent\", \"resources\": "      \
    L"\"absent\", "                                                                                    \
    L"\"lifetime\": \"absent\", \"handles\": \"absent\"}"

static char last_failure[512] = "no call of a session failed";

const char *session_failure(void)
{
    return last_failure;
}

static bool failed(HRESULT result, const char *what)
{
    IErrorInfo *info = NULL;
    BSTR text = NULL;

    if (SUCCEEDED(result))
        return false;
    if (GetErrorInfo(0, &info) == S_OK) {
        IErrorInfo_GetDescription(info, &text);
        IErrorInfo_Release(info);
    }
    snprintf(last_failure, sizeof last_failure, "%s: %08lx %.400ls", what, (unsigned long)result,
             text ? text : L"(no text)");
    printf("    %s\n", last_failure);
    SysFreeString(text);
    return true;
}

static ISandboxFinding *find(ISandboxReport *report, const wchar_t *domain)
{
    ISandboxFindings *findings = NULL;
    ISandboxFinding *finding = NULL;
    VARIANT key = {.vt = VT_BSTR};

    key.bstrVal = SysAllocString(domain);
    if (SUCCEEDED(ISandboxReport_get_Findings(report, &findings))) {
        ISandboxFindings_get_Item(findings, key, &finding);
        ISandboxFindings_Release(findings);
    }
    VariantClear(&key);
    return finding;
}

static int assurance_of(ISandboxReport *report, int domain, wchar_t *detail)
{
    ISandboxFinding *finding = find(report, domain_names[domain]);
    sbxAssurance assurance = sbxAssuranceAbsent;
    BSTR text = NULL;

    if (!finding)
        return -1;
    ISandboxFinding_get_Assurance(finding, &assurance);
    if (detail && SUCCEEDED(ISandboxFinding_get_Detail(finding, &text)) && text)
        wcsncpy(detail, text, 255);
    SysFreeString(text);
    ISandboxFinding_Release(finding);
    return (int)assurance;
}

static void read_report(struct battery_session *session, ISandboxReport *report)
{
    BSTR text = NULL;

    for (int i = 0; i < DOMAIN_COUNT; i++)
        session->assurance[i] = assurance_of(report, i, session->detail[i]);
    if (SUCCEEDED(ISandboxReport_get_Json(report, &text)) && text)
        session->writes_workspace = wcsstr(text, L"Commands can write the workspace: yes") != NULL;
    SysFreeString(text);
}

static const wchar_t *wanted_level = L"auto";

void session_level(const wchar_t *level)
{
    wanted_level = level;
}

static HRESULT put_level(ISandboxSession *session)
{
    VARIANT level = {.vt = VT_BSTR};
    HRESULT result;

    level.bstrVal = SysAllocString(wanted_level);
    result = ISandboxSession_put_Level(session, level);
    VariantClear(&level);
    return result;
}

bool session_begin(struct battery_session *session, const wchar_t *workspace, bool read_only)
{
    VARIANT policy = {.vt = VT_BSTR};
    BSTR folder = SysAllocString(workspace);
    ISandboxReport *report = NULL;
    HRESULT result;

    memset(session, 0, sizeof *session);
    session->read_only = read_only;
    policy.bstrVal = SysAllocString(
        read_only ? L"{\"version\": 1, \"files\": {\"write\": [\"${temp}\"], \"read\": [\"${toolchains}\", "
                    L"\"${workspace}\"]}, " REQUIRE L"}"
                  : L"{\"version\": 1, \"files\": {\"deny\": [\"${workspace}/.env\"]}, " REQUIRE L"}");
    result = CoCreateInstance(&CLSID_SandboxSession, NULL, CLSCTX_INPROC_SERVER, &IID_ISandboxSession,
                              (void **)&session->session);
    if (!failed(result, "Sbx.Session") &&
        !failed(ISandboxSession_put_Workspace(session->session, folder), "Workspace") &&
        !failed(ISandboxSession_put_Policy(session->session, policy), "Policy") &&
        !failed(put_level(session->session), "Level") &&
        !failed(ISandboxSession_Provision(session->session, &report), "Provision"))
        read_report(session, report);
    if (report)
        ISandboxReport_Release(report);
    VariantClear(&policy);
    SysFreeString(folder);
    return report != NULL;
}

void session_end(struct battery_session *session)
{
    if (!session->session)
        return;
    ISandboxSession_Close(session->session);
    ISandboxSession_Release(session->session);
    session->session = NULL;
}

/* timeout_ms 0: no limit of its own. */
static ISandboxResult *run_for(struct battery_session *session, wchar_t *const *words, int count,
                               long timeout_ms)
{
    VARIANT command = {.vt = VT_ARRAY | VT_BSTR};
    VARIANT absent = {.vt = VT_ERROR};
    VARIANT limit;
    ISandboxResult *result = NULL;

    absent.scode = DISP_E_PARAMNOTFOUND;
    limit = absent;
    if (timeout_ms) {
        limit.vt = VT_I4;
        limit.lVal = timeout_ms;
    }
    command.parray = SafeArrayCreateVector(VT_BSTR, 0, (ULONG)count + 1);
    if (!command.parray)
        return NULL;
    for (LONG i = 0; i <= count; i++) {
        BSTR word = SysAllocString(i ? words[i - 1] : escape_program());

        SafeArrayPutElement(command.parray, &i, word);
        SysFreeString(word);
    }
    failed(ISandboxSession_Run(session->session, command, limit, absent, &result), "Run");
    VariantClear(&command);
    return result;
}

static ISandboxResult *run(struct battery_session *session, wchar_t *const *words, int count)
{
    return run_for(session, words, count, 0);
}

bool session_runs_into(struct battery_session *session, wchar_t *const *words, int count, long timeout_ms)
{
    ISandboxResult *result = run_for(session, words, count, timeout_ms);
    sbxExit reason = sbxExitExited;

    if (!result)
        return false;
    ISandboxResult_get_ExitReason(result, &reason);
    ISandboxResult_Release(result);
    return reason == sbxExitTimedOut;
}

DWORD session_number(struct battery_session *session, wchar_t *const *words, int count)
{
    ISandboxResult *result = run(session, words, count);
    DWORD number = 0;
    BSTR text = NULL;

    if (!result)
        return 0;
    if (SUCCEEDED(ISandboxResult_get_StdOut(result, &text)) && text)
        number = wcstoul(text, NULL, 10);
    SysFreeString(text);
    ISandboxResult_Release(result);
    return number;
}

DWORD act_inside(struct battery_session *session, wchar_t *const *words, int count)
{
    ISandboxResult *result = run(session, words, count);
    DWORD answer = NO_ANSWER;
    BSTR text = NULL;

    if (!result)
        return answer;
    if (SUCCEEDED(ISandboxResult_get_StdOut(result, &text)) && text) {
        char bytes[64] = "";

        WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes - 1, NULL, NULL);
        answer = read_answer(bytes);
    }
    SysFreeString(text);
    ISandboxResult_Release(result);
    return answer;
}

static int first_lower(struct battery_session *session, ISandboxReport *report)
{
    for (int i = 0; i < DOMAIN_COUNT; i++) {
        if (assurance_of(report, i, NULL) < session->assurance[i])
            return i;
    }
    return -1;
}

int session_self_test(struct battery_session *session)
{
    ISandboxReport *report = NULL;
    int lower = -2;

    if (failed(ISandboxSession_SelfTest(session->session, &report), "SelfTest"))
        return lower;
    lower = first_lower(session, report);
    ISandboxReport_Release(report);
    return lower;
}

int session_effective(struct battery_session *session, wchar_t *const *words, int count)
{
    ISandboxResult *result = run(session, words, count);
    ISandboxReport *report = NULL;
    int lower = -2;

    if (!result)
        return lower;
    if (!failed(ISandboxResult_Effective(result, &report), "Effective")) {
        lower = first_lower(session, report);
        ISandboxReport_Release(report);
    }
    ISandboxResult_Release(result);
    return lower;
}

/* The path as it stands in JSON: backslashes doubled. Read as bytes; the battery's paths are ASCII. */
static bool holds(const char *text, const wchar_t *path)
{
    char wanted[2 * PATH_UNITS];
    size_t size = 0;

    for (; *path && size < sizeof wanted - 2; path++) {
        wanted[size++] = (char)*path;
        if (*path == L'\\')
            wanted[size++] = '\\';
    }
    wanted[size] = '\0';
    return strstr(text, wanted) != NULL;
}

bool session_told_planted(struct battery_session *session, const wchar_t *path)
{
    wchar_t local[PATH_UNITS], file[PATH_UNITS];
    char *bytes = NULL;
    BSTR id = NULL;
    FILE *opened;
    bool told = false;
    long size;

    if (!GetEnvironmentVariableW(L"LOCALAPPDATA", local, PATH_UNITS) ||
        FAILED(ISandboxSession_get_Id(session->session, &id)))
        return false;
    _snwprintf(file, PATH_UNITS, L"%ls\\sbxcom\\sessions\\%ls\\transcript.jsonl", local, id);
    SysFreeString(id);
    opened = _wfopen(file, L"rb");
    if (!opened)
        return false;
    fseek(opened, 0, SEEK_END);
    size = ftell(opened);
    rewind(opened);
    bytes = calloc(1, (size_t)size + 1);
    if (bytes && fread(bytes, 1, (size_t)size, opened) == (size_t)size) {
        const char *violation = strstr(bytes, "\"violation\"");

        told = violation && strstr(violation, "planted") && holds(violation, path);
    }
    free(bytes);
    fclose(opened);
    return told;
}
