#include "clients/client.h"

#include <shellapi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* ---- sessions -------------------------------------------------------------------------------------------------- */

/* The victim is no test: an assertion there would end it. */
static void must(bool holds)
{
    if (CU_get_current_test())
        CU_ASSERT(holds);
}

static wchar_t workspaces[MAX_PATH]; /* the folder that holds all of this process's workspaces */
static LONG workspace_count;

BSTR workspace_new(void)
{
    wchar_t path[MAX_PATH + 16];

    if (!*workspaces) {
        wchar_t temp[MAX_PATH];

        GetTempPathW(MAX_PATH, temp);
        swprintf(workspaces, MAX_PATH, L"%lssbx-clients-%lu", temp, GetCurrentProcessId());
        CreateDirectoryW(workspaces, NULL);
    }
    swprintf(path, MAX_PATH + 16, L"%ls\\%ld", workspaces, InterlockedIncrement(&workspace_count));
    CreateDirectoryW(path, NULL);
    return SysAllocString(path);
}

void workspaces_delete(void)
{
    wchar_t list[MAX_PATH + 1] = {0};
    SHFILEOPSTRUCTW operation = {.wFunc = FO_DELETE, .pFrom = list, .fFlags = FOF_NO_UI};

    if (!*workspaces)
        return;
    memcpy(list, workspaces, wcslen(workspaces) * sizeof *list);
    SHFileOperationW(&operation);
}

ISandboxSession *session_new(void)
{
    ISandboxSession *session = NULL;
    HRESULT result = CoCreateInstance(&CLSID_SandboxSession, NULL, CLSCTX_INPROC_SERVER, &IID_ISandboxSession,
                                      (void **)&session);

    if (FAILED(result))
        printf("    CoCreateInstance: %08lx\n", (unsigned long)result);
    must(SUCCEEDED(result));
    return session;
}

/* The text of this thread's IErrorInfo, taken from the thread; NULL where there is none. */
static BSTR take_error(BSTR *source)
{
    IErrorInfo *info;
    BSTR text = NULL;

    *source = NULL;
    if (GetErrorInfo(0, &info) != S_OK)
        return NULL;
    IErrorInfo_GetDescription(info, &text);
    IErrorInfo_GetSource(info, source);
    IErrorInfo_Release(info);
    return text;
}

const wchar_t *host_requirement(void)
{
    static wchar_t found[2048];
    ISandboxSession *session;
    ISandboxReport *report;
    BSTR workspace, text, source;
    const wchar_t *from, *to;

    if (*found || GetEnvironmentVariableW(L"" REQUIREMENT_VARIABLE, found, 2048))
        return found;
    swprintf(found, 2048, L"\"require\": {}");
    session = session_new();
    if (!session)
        return found;
    workspace = workspace_new();
    ISandboxSession_put_Workspace(session, workspace);
    if (SUCCEEDED(ISandboxSession_Provision(session, &report))) {
        ISandboxReport_Release(report);
    } else {
        text = take_error(&source);
        from = text ? wcsrchr(text, L'{') : NULL;
        to = text ? wcsrchr(text, L'}') : NULL;
        if (from && to > from)
            swprintf(found, 2048, L"\"require\": %.*ls", (int)(to - from + 1), from);
        else
            printf("    the refusal prints no requirements: %ls\n", text ? text : L"(no text)");
        SysFreeString(text);
        SysFreeString(source);
    }
    SysFreeString(workspace);
    session_end(session);
    return found;
}

BSTR policy_text(const wchar_t *more)
{
    wchar_t text[4096];

    swprintf(text, 4096, L"{ \"version\": 1, %ls%ls%ls }", host_requirement(), more ? L", " : L"",
             more ? more : L"");
    return SysAllocString(text);
}

ISandboxSession *session_prepare(const wchar_t *more)
{
    ISandboxSession *session = session_new();
    BSTR workspace;
    VARIANT policy = {.vt = VT_BSTR};
    bool done;

    if (!session)
        return NULL;
    workspace = workspace_new();
    policy.bstrVal = policy_text(more);
    done = went_well(ISandboxSession_put_Workspace(session, workspace), "put Workspace") &&
           went_well(ISandboxSession_put_Policy(session, policy), "put Policy");
    VariantClear(&policy);
    SysFreeString(workspace);
    must(done);
    if (!done) {
        ISandboxSession_Release(session);
        return NULL;
    }
    return session;
}

ISandboxSession *session_open(const wchar_t *more)
{
    ISandboxSession *session = session_prepare(more);
    ISandboxReport *report;
    bool done;

    if (!session)
        return NULL;
    done = went_well(ISandboxSession_Provision(session, &report), "Provision");
    must(done);
    if (!done) {
        ISandboxSession_Release(session);
        return NULL;
    }
    ISandboxReport_Release(report);
    return session;
}

void session_end(ISandboxSession *session)
{
    if (!session)
        return;
    ISandboxSession_Close(session);
    ISandboxSession_Release(session);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

const wchar_t *fixture_path(void)
{
    static wchar_t path[MAX_PATH];

    if (!*path) {
        wchar_t *end;

        GetModuleFileNameW(NULL, path, MAX_PATH);
        end = wcsrchr(path, L'\\') + 1;
        swprintf(end, (size_t)(path + MAX_PATH - end), L"programs\\fixture.exe");
    }
    return path;
}

BSTR fixture_line(const wchar_t *verb)
{
    wchar_t line[2048];

    swprintf(line, 2048, L"\"%ls\" %ls", fixture_path(), verb);
    return SysAllocString(line);
}

HRESULT run(ISandboxSession *session, const wchar_t *verb, ISandboxResult **result)
{
    VARIANT command = {.vt = VT_BSTR};
    HRESULT status;

    command.bstrVal = fixture_line(verb);
    status = ISandboxSession_Run(session, command, v_absent(), v_absent(), result);
    VariantClear(&command);
    return status;
}

HRESULT spawn(ISandboxSession *session, const wchar_t *verb, long flags, ISandboxProcess **process)
{
    VARIANT command = {.vt = VT_BSTR};
    HRESULT status;

    command.bstrVal = fixture_line(verb);
    status = ISandboxSession_Spawn(session, command, v_absent(), flags ? v_long(flags) : v_absent(), process);
    VariantClear(&command);
    return status;
}

long exit_code_of(ISandboxSession *session, const wchar_t *verb)
{
    ISandboxResult *result;
    long code = NO_EXIT_CODE;

    if (!went_well(run(session, verb, &result), "Run"))
        return NO_EXIT_CODE;
    went_well(ISandboxResult_get_ExitCode(result, &code), "ExitCode");
    ISandboxResult_Release(result);
    return code;
}

unsigned long read_number(ISandboxProcess *process)
{
    VARIANT line;
    unsigned long number = 0;

    VariantInit(&line);
    if (went_well(ISandboxProcess_ReadLine(process, v_long(10000), &line), "ReadLine") && line.vt == VT_BSTR)
        number = wcstoul(line.bstrVal, NULL, 10);
    VariantClear(&line);
    return number;
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

VARIANT v_absent(void)
{
    VARIANT value = {.vt = VT_ERROR, .scode = DISP_E_PARAMNOTFOUND};

    return value;
}

VARIANT v_long(long number)
{
    VARIANT value = {.vt = VT_I4, .lVal = number};

    return value;
}

VARIANT v_text(const wchar_t *text)
{
    VARIANT value = {.vt = VT_BSTR};

    value.bstrVal = SysAllocString(text);
    return value;
}

VARIANT v_bytes(const void *bytes, size_t size)
{
    VARIANT value = {.vt = VT_ARRAY | VT_UI1};
    void *data;

    value.parray = SafeArrayCreateVector(VT_UI1, 0, (ULONG)size);
    SafeArrayAccessData(value.parray, &data);
    memcpy(data, bytes, size);
    SafeArrayUnaccessData(value.parray);
    return value;
}

VARIANT v_object(void *object)
{
    VARIANT value = {.vt = VT_DISPATCH};

    value.pdispVal = object;
    return value;
}

VARIANT v_texts(VARTYPE type, const wchar_t *const *texts, size_t count)
{
    VARIANT value = {.vt = VT_ARRAY | type};
    LONG i;

    value.parray = SafeArrayCreateVector(type, 0, (ULONG)count);
    for (i = 0; i < (LONG)count; i++) {
        VARIANT text = v_text(texts[i]);

        SafeArrayPutElement(value.parray, &i, type == VT_BSTR ? (void *)text.bstrVal : (void *)&text);
        VariantClear(&text);
    }
    return value;
}

const uint8_t *bytes_of(const VARIANT *value, size_t *size)
{
    LONG lower = 0, upper = -1;

    *size = 0;
    if (value->vt != (VT_ARRAY | VT_UI1) || !value->parray || SafeArrayGetDim(value->parray) != 1 ||
        FAILED(SafeArrayGetLBound(value->parray, 1, &lower)) ||
        FAILED(SafeArrayGetUBound(value->parray, 1, &upper)) || lower) {
        printf("    not an array of bytes: type %04x\n", value->vt);
        return NULL;
    }
    *size = (size_t)(upper - lower + 1);
    return *size ? value->parray->pvData : (const uint8_t *)"";
}

bool text_is(BSTR text, const wchar_t *expected)
{
    bool same = SysStringLen(text) == wcslen(expected) && (!*expected || !wcscmp(text, expected));

    if (!same)
        printf("    text: %ls\n", text ? text : L"(none)");
    SysFreeString(text);
    return same;
}

static bool contains(const wchar_t *text, const wchar_t *part)
{
    size_t length = wcslen(part);

    for (; *text; text++)
        if (!_wcsnicmp(text, part, length))
            return true;
    return !length;
}

bool text_says(BSTR text, const wchar_t *part)
{
    bool says = contains(text ? text : L"", part);

    if (!says)
        printf("    \"%ls\" is not in: %ls\n", part, text ? text : L"(none)");
    SysFreeString(text);
    return says;
}

/* ---- errors ---------------------------------------------------------------------------------------------------------- */

static const wchar_t *const words[] = {
    L"E_POLICY_SYNTAX",
    L"E_POLICY_VALUE",
    L"E_POLICY_CONFLICT",
    L"E_WORKSPACE_REFUSED",
    L"E_PATH_NOT_FOUND",
    L"E_NOT_PROVISIONED",
    L"E_BELOW_REQUIREMENT",
    L"E_NOT_ENFORCED",
    L"E_SETUP_DECLINED",
    L"E_SETUP_FAILED",
    L"E_SETUP_CALLER",
    L"E_ACCOUNT_DRIFT",
    L"E_CREDENTIAL",
    L"E_LOGON_DENIED",
    L"E_FIREWALL_INEFFECTIVE",
    L"E_RUNNER_LOST",
    L"E_RUNNER_PROTOCOL",
    L"E_COMMAND_NOT_FOUND",
    L"E_COMMAND_UNSAFE_ARGUMENT",
    L"E_LIMIT",
    L"E_TIMEOUT",
    L"E_CANCELLED",
    L"E_STATE",
    L"E_CLOSED",
    L"E_JOURNAL",
    L"E_UNSUPPORTED_HOST",
    L"E_ARGUMENT",
    L"E_SYSTEM",
    L"E_NOT_BUILT",
};

bool raised(HRESULT got, HRESULT code, const wchar_t *says)
{
    BSTR source, text = take_error(&source);
    unsigned long number = (unsigned long)code - (unsigned long)sbxErrorPolicySyntax;
    const wchar_t *word = number < sizeof words / sizeof *words ? words[number] : L"(no code of ours)";
    size_t length = wcslen(word);
    const char *complaint = NULL;

    if (got != code)
        complaint = "the code differs";
    else if (!text || wcsncmp(text, word, length) || text[length] != L':')
        complaint = "the text does not start with the word";
    else if (wcslen(text) < length + 12)
        complaint = "the text says nothing";
    else if (!source || wcsncmp(source, L"Sbx.", 4))
        complaint = "the source is not the ProgID";
    else if (says && !contains(text, says))
        complaint = "the text does not say it";
    if (complaint)
        printf("    %s: %08lx instead of %ls (%08lx)%s%ls, from %ls: %ls\n", complaint, (unsigned long)got,
               word, (unsigned long)code, says ? ", " : "", says ? says : L"", source ? source : L"(none)",
               text ? text : L"(no text)");
    SysFreeString(text);
    SysFreeString(source);
    return !complaint;
}

bool went_well(HRESULT got, const char *what)
{
    BSTR source, text;

    if (SUCCEEDED(got))
        return true;
    text = take_error(&source);
    printf("    %s: %08lx %ls\n", what, (unsigned long)got, text ? text : L"(no text)");
    SysFreeString(text);
    SysFreeString(source);
    return false;
}

/* ---- time and threads -------------------------------------------------------------------------------------------------- */

uint64_t now_ms(void)
{
    return GetTickCount64();
}

struct thread_work {
    DWORD kind;
    void (*work)(void *context);
    void *context;
};

static DWORD WINAPI thread_main(void *given)
{
    struct thread_work work = *(struct thread_work *)given;

    free(given);
    CoInitializeEx(NULL, work.kind);
    work.work(work.context);
    CoUninitialize();
    return 0;
}

HANDLE thread_start(DWORD kind, void (*work)(void *context), void *context)
{
    struct thread_work *given = malloc(sizeof *given);

    *given = (struct thread_work){kind, work, context};
    return CreateThread(NULL, 0, thread_main, given, 0, NULL);
}

bool thread_join(HANDLE thread, DWORD timeout_ms)
{
    uint64_t end = now_ms() + timeout_ms;
    DWORD left, answer;
    MSG message;

    do {
        left = now_ms() < end ? (DWORD)(end - now_ms()) : 0;
        answer = MsgWaitForMultipleObjects(1, &thread, FALSE, left, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    } while (answer == WAIT_OBJECT_0 + 1);
    CloseHandle(thread);
    return answer == WAIT_OBJECT_0;
}

void in_apartment(DWORD kind, void (*work)(void *context), void *context)
{
    CU_ASSERT(thread_join(thread_start(kind, work, context), 120000));
}
